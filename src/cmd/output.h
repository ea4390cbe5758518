#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/exit.h"
#include "cmd/stream.h"
#include "os/os.h"
#include "os/os_file.h"

struct cmd_context;

/* The files that a command writes, and the care that none of them is one that it reads or writes
 * already, by whatever path or link. Each is claimed before anything is written and appears under
 * its name only when it is complete: until then it is FILE.partial (os/os_file.h). All of these
 * complain by themselves and return the exit code to end with. */

/* A file that the command reads. */
struct cmd_read {
    struct os_identity identity;
    const char *role; /* "the policy"; static */
};

/* What a command line reads and writes; part of its context. */
struct cmd_files {
    struct cmd_read *reads; /* owned */
    size_t read_count;
    size_t read_capacity;
    struct cmd_output *outputs; /* a list of those claimed and not closed; borrowed */
};

/* A file to write. Does not move while it is claimed. */
struct cmd_output {
    struct cmd_context *context; /* NULL: not claimed */
    const char *path;            /* as given; borrowed */
    struct os_replace replace;
    struct cmd_stream stream;    /* once open */
    struct cmd_output *next;
};

/* Notes a file that is read, so that no output claimed later can destroy it. role: static. */
MUST_CHECK enum cmd_exit cmd_files_note(struct cmd_context *context, const struct os_file *file,
                                        const char *role);
/* As cmd_files_note, by a path; "-" is standard input. */
MUST_CHECK enum cmd_exit cmd_files_note_path(struct cmd_context *context, const char *path,
                                             const char *role);

/* Frees what was noted. A zeroed object is allowed. */
void cmd_files_done(struct cmd_files *files, struct mem *mem);

/* Refuses, when standard output is a file that the command reads. */
MUST_CHECK enum cmd_exit cmd_output_check_stdout(struct cmd_context *context);

/* Looks where `path` leads, and refuses it when it is a file noted or claimed before; writes
 * nothing. output: zeroed. */
MUST_CHECK enum cmd_exit cmd_output_claim(struct cmd_output *output, struct cmd_context *context,
                                          const char *path);

/* Opens output->stream. */
MUST_CHECK enum cmd_exit cmd_output_open(struct cmd_output *output);

/* Writes what has gathered and, when `keep`, puts the file in its place; else, and when that fails,
 * nothing stays of it and what stood there before is untouched. What is no regular file is only
 * closed. A reader who has gone is no failure. A zeroed output is allowed. Returns CMD_EXIT_OK, or
 * after a complaint CMD_EXIT_MACHINE. */
MUST_CHECK enum cmd_exit cmd_output_close(struct cmd_output *output, bool keep);

#endif
