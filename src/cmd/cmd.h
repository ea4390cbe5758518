#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "cmd/exit.h"
#include "cmd/output.h"
#include "cmd/stream.h"
#include "os/os.h"

/*
 * A subcommand is one constant: its names and options in words, and the function that runs it. From
 * the list of these (cmd/commands.c) come parsing, help, the man page and completion. To add one,
 * write a file with a `const struct cmd_command`, name it in cmd/commands.h and cmd/commands.c.
 */

#define CMD_OPTIONS_MAX 32u      /* of one command, without the common ones */
#define CMD_OPERANDS_ANY SIZE_MAX

enum cmd_type {
    CMD_FLAG,     /* takes no value */
    CMD_U64,      /* a whole number from u64_min to u64_max */
    CMD_DURATION, /* "1h30m", "7d", "250ms": as the policy language writes them, not negative */
    CMD_TIME,     /* a date or an RFC 3339 time: "2026-07-01", "2026-07-01T12:00:00Z"; UTC */
    CMD_CHOICE,   /* one of `choices`; spaces in what is given count for nothing */
    CMD_TEXT,     /* any text; `choices`, when there are any, are only offered for completion */
    CMD_PATH,     /* a file; "-" is a standard stream where the command says so */
};

struct cmd_option {
    char letter;               /* of the short form, or '\0' */
    const char *name;          /* of the long form, without the dashes */
    const char *value;         /* what help calls its value: "FILE"; NULL for a flag */
    enum cmd_type type;
    uint64_t u64_min;
    uint64_t u64_max;
    const char *const *choices;/* ends with NULL */
    const char *const *aliases;/* of CMD_CHOICE: as many other words for the choices; or NULL */
    const char *summary;       /* a phrase without a full stop */
};

/* What was given for an option; zero when it was not. The last one given counts. */
struct cmd_value {
    bool given;
    uint64_t u64;
    int64_t duration_ms;
    int64_t time_ms;
    size_t choice;             /* index into `choices` */
    const char *text;          /* as written; borrowed from argv; NULL for a flag */
};

/* A parsed command line: values by the index of their option, operands in order. */
struct cmd_args {
    struct cmd_value values[CMD_OPTIONS_MAX];
    char *const *operands;
    size_t operand_count;
};

struct cmd_context;

struct cmd_command {
    const char *name;
    const char *summary;       /* a phrase without a full stop */
    const char *operands;      /* for the usage line: "POLICY [EVENTS]", or "" */
    size_t operand_count_min;
    size_t operand_count_max;  /* CMD_OPERANDS_ANY: no bound */
    const struct cmd_option *options;
    size_t option_count;
    const char *description;   /* paragraphs with an empty line between them; wrapped when shown */
    const char *const *examples; /* command lines; ends with NULL; may be NULL */
    /* Does the work. Output goes to context->out and context->err. */
    enum cmd_exit (*run)(struct cmd_context *context, const struct cmd_args *args);
};

/* Everything a command may touch, so that tests can run it in process over a kernel of theirs. */
struct cmd_context {
    struct os *os;
    struct mem *mem;
    struct cmd_stream out;
    struct cmd_stream err;
    struct cmd_files files;
    bool colour_out;           /* set from --color, NO_COLOR and what the streams are */
    bool colour_err;
    const struct cmd_command *command; /* the one that runs; NULL before it is known */
};

/* Runs a whole command line and returns the exit code: flushes both streams, reports a failure to
 * write, treats a reader of standard output who has gone as content with what there was.
 * os: the kernel; mem: for all memory; argv: as main's, argv[0] being the program; its order may
 * change. */
enum cmd_exit cmd_run(struct os *os, struct mem *mem, int argc, char **argv);

/* Replaces the control characters of a buffer, from byte `start` on, by '?': what strangers wrote
 * may not steer a terminal. buf: its text from there is one line; a failed one is left alone.
 * O(size). One thread at a time. */
void cmd_tame(struct buf *buf, size_t start);

/* Writes "weir COMMAND: message" and a newline to context->err. */
void cmd_complain(struct cmd_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes a line that belongs to the message before it. */
void cmd_remark(struct cmd_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes a diag as "weir COMMAND: SUBJECT:LINE:COLUMN: message", the hint on the next line.
 * subject: a path ("-" is called standard input), or NULL when the message names it. */
void cmd_complain_diag(struct cmd_context *context, const char *subject, const struct diag *diag);

/* Writes the hint of a diag on a line of its own, when it has one. */
void cmd_complain_hint(struct cmd_context *context, const struct diag *diag);

/* As cmd_complain_diag, and returns the exit code that a failure of that kind deserves. When the
 * diag has no message, the status speaks; for STATUS_NO_MEMORY, cmd_complain_memory does. */
enum cmd_exit cmd_fail(struct cmd_context *context, const char *subject, enum status status,
                       const struct diag *diag);

/* Writes what is wrong with the usage and where help is; returns CMD_EXIT_USAGE. */
enum cmd_exit cmd_complain_usage(struct cmd_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes that memory ran out, and what may help; returns CMD_EXIT_MACHINE. */
enum cmd_exit cmd_complain_memory(struct cmd_context *context);

/* The exit code that a failure of that kind deserves; CMD_EXIT_OK for STATUS_OK. */
enum cmd_exit cmd_exit_of(enum status status);

/* Appends a whole file to `buf`; "-" is standard input. size_max: more bytes are STATUS_LIMIT.
 * Errors as os_file_read_all. */
MUST_CHECK enum status cmd_read_all(struct cmd_context *context, const char *path, size_t size_max,
                                    struct buf *buf, struct diag *diag);

#endif
