#ifndef OS_OS_H
#define OS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/* Bytes of a path, its NUL and a suffix of ours included, where weir has to build one. */
#define OS_PATH_BYTES_MAX 4096

/* The code of a diag about a write to a pipe whose reader has gone: often no error at all. */
#define OS_BROKEN_PIPE "broken-pipe"

/* What tells a file apart from every other, whatever names it goes by. */
struct os_identity {
    uint64_t device;
    uint64_t inode;
    unsigned mode;  /* its permissions: 0 to 0777 */
    bool regular;   /* and no device, pipe, directory */
};

/* The kernel as weir sees it: a table of raw calls, which a test may replace (os/os_fault.h), under
 * functions that retry, complete short writes and put failures into words. A call returns a value
 * of 0 or more, or minus an errno. Calls that cannot fail or whose failure changes nothing have
 * plain results. */
struct os {
    int64_t (*open)(struct os *os, const char *path, int flags, unsigned mode);
    int64_t (*read)(struct os *os, int fd, void *to, size_t max);
    int64_t (*write)(struct os *os, int fd, const void *from, size_t size);
    int64_t (*sync)(struct os *os, int fd);
    int64_t (*close)(struct os *os, int fd);
    int64_t (*rename)(struct os *os, const char *from, const char *to);
    int64_t (*unlink)(struct os *os, const char *path);
    int64_t (*size)(struct os *os, int fd); /* of a regular file; -ESPIPE for all else */
    /* Of an open file; of what `path` leads to when `fd` is below 0. */
    int64_t (*identify)(struct os *os, int fd, const char *path, struct os_identity *ret_identity);
    int64_t (*read_link)(struct os *os, const char *path, char *to, size_t max); /* its bytes */
    int64_t (*set_mode)(struct os *os, int fd, unsigned mode);
    int64_t (*entropy)(struct os *os, void *to, size_t size);
    uint64_t (*monotonic_ns)(struct os *os);
    uint64_t (*cpu_ns)(struct os *os);
    int64_t (*wall_ms)(struct os *os);
    bool (*is_terminal)(struct os *os, int fd);
    unsigned (*terminal_columns)(struct os *os, int fd); /* 0 when it is none */
    const char *(*getenv)(struct os *os, const char *name);
};

/* An open file. Plain data; `path` is borrowed from whoever opened it, for messages. */
struct os_file {
    int fd; /* -1: closed */
    const char *path;
};

#define OS_FILE_CLOSED ((struct os_file){-1, ""})

enum os_mode {
    OS_READ,       /* an existing file */
    OS_READ_REGULAR, /* an existing regular file; of anything else STATUS_INVALID, at once */
    OS_CREATE,     /* for writing; made, or cut to nothing when it exists */
    OS_WRITE,      /* an existing file, for writing; its bytes stay until written over */
    OS_CREATE_NEW, /* for writing; STATUS_CONFLICT when it exists */
};

/* The real kernel. Never NULL; static; any thread. */
struct os *os_real(void);

/* All below that return a status: STATUS_NOT_FOUND when there is no such file, STATUS_IO for every
 * other failure, with the operation, the path and the system's reason in `diag` (may be NULL).
 * Interrupted calls are retried. As many threads as the kernel allows. */

/* Opens a file; `path` must outlive the handle. New files get mode 0666 under the umask. */
MUST_CHECK enum status os_open(struct os *os, const char *path, enum os_mode mode,
                               struct os_file *ret_file, struct diag *diag);

/* The process's standard streams; never to be closed. */
struct os_file os_stdin(void);
struct os_file os_stdout(void);
struct os_file os_stderr(void);

/* One read of 1 to `max` bytes; *ret_size 0 is the end. May give fewer than there are.
 * STATUS_INVALID: it is a directory; STATUS_IO. */
MUST_CHECK enum status os_read(struct os *os, const struct os_file *file, void *to, size_t max,
                               size_t *ret_size, struct diag *diag);

/* Writes all of `bytes`, or fails with an unknown part of them written. */
MUST_CHECK enum status os_write(struct os *os, const struct os_file *file, struct view bytes,
                                struct diag *diag);

/* Makes what was written durable. After a failure the file's contents are unknown: never retry. */
MUST_CHECK enum status os_sync(struct os *os, const struct os_file *file, struct diag *diag);

/* Closes, if open; the handle is OS_FILE_CLOSED afterwards in any case. */
MUST_CHECK enum status os_close(struct os *os, struct os_file *file, struct diag *diag);

/* Bytes in a regular file. STATUS_INVALID for a pipe, a terminal or a directory. */
MUST_CHECK enum status os_size(struct os *os, const struct os_file *file, uint64_t *ret_size_bytes,
                               struct diag *diag);

/* Renames, replacing `to` at once when it exists. */
MUST_CHECK enum status os_rename(struct os *os, const char *from, const char *to,
                                 struct diag *diag);

/* Removes a file. */
MUST_CHECK enum status os_unlink(struct os *os, const char *path, struct diag *diag);

/* What an open file is, and what a path leads to, symbolic links followed. */
MUST_CHECK enum status os_identify(struct os *os, const struct os_file *file,
                                   struct os_identity *ret_identity, struct diag *diag);
MUST_CHECK enum status os_identify_path(struct os *os, const char *path,
                                        struct os_identity *ret_identity, struct diag *diag);

/* Whether two are the same file. */
bool os_identity_equal(const struct os_identity *a, const struct os_identity *b);

/* Where a symbolic link points, with a NUL behind it, at `to` (OS_PATH_BYTES_MAX bytes).
 * *ret_link false, and `to` not set: there is nothing at `path`, or no link. STATUS_LIMIT: too
 * long. */
MUST_CHECK enum status os_read_link(struct os *os, const char *path, char *to, bool *ret_link,
                                    struct diag *diag);

/* Sets the permissions of an open file. */
MUST_CHECK enum status os_set_mode(struct os *os, const struct os_file *file, unsigned mode,
                                   struct diag *diag);

/* Writes the directory that holds `path` at `to` (OS_PATH_BYTES_MAX bytes). STATUS_LIMIT: the path
 * is too long. */
MUST_CHECK enum status os_directory_of(const char *path, char *to, struct diag *diag);

/* Makes the names in the directory that holds `path` durable. STATUS_LIMIT: the path is too
 * long. */
MUST_CHECK enum status os_sync_directory(struct os *os, const char *path, struct diag *diag);

/* Random bytes from the kernel, fit for keys. */
MUST_CHECK enum status os_entropy(struct os *os, void *to, size_t size, struct diag *diag);

/* Time since some fixed point, never going back; and processor time of this process so far. */
uint64_t os_monotonic_ns(struct os *os);
uint64_t os_cpu_ns(struct os *os);

/* Milliseconds since 1970-01-01 UTC: for reports, never for a decision. */
int64_t os_wall_ms(struct os *os);

/* Whether it is a terminal. */
bool os_is_terminal(struct os *os, const struct os_file *file);

/* Width of the terminal, or 0 when the file is none or has no width. */
unsigned os_terminal_columns(struct os *os, const struct os_file *file);

/* An environment variable, or NULL; borrowed until the environment changes. */
const char *os_getenv(struct os *os, const char *name);

/* Lets a write to a pipe whose reader has gone fail with STATUS_IO instead of ending the process.
 * Once, at the start of a program. */
void os_ignore_broken_pipes(void);

/* An allocator for large arrays: blocks of 2 MiB and more are aligned to 2 MiB, asked to lie on
 * huge pages, and grown by moving pages instead of bytes; smaller ones are the C library's. Never
 * NULL; static; any thread. */
struct mem *os_mem(void);

#endif
