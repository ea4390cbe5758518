#ifndef OS_OS_FILE_H
#define OS_OS_FILE_H

#include "os/os.h"

/* Appends a whole file to `buf`. Works on pipes too.
 * size_max: a file of more bytes is STATUS_LIMIT; after any failure `buf` is as long as it was.
 * STATUS_NO_MEMORY, or as os_read. */
MUST_CHECK enum status os_file_read_all(struct os *os, const char *path, size_t size_max,
                                        struct buf *buf, struct diag *diag);

/* A file being written beside the one it will replace, so that readers see the old content or all
 * of the new, also after a crash. What stands at the path and is no regular file (a device, a pipe,
 * a symbolic link) is written to directly instead: there is nothing to replace. */
struct os_replace {
    struct os_file file; /* write here */
    bool direct;         /* to the path itself */
    char path[OS_PATH_BYTES_MAX];
    char path_new[OS_PATH_BYTES_MAX];
};

/* Creates the temporary file, `path` with ".tmp" behind it, over an abandoned one if there is.
 * STATUS_LIMIT: the path is too long; or as os_open. Nothing is left on failure. */
MUST_CHECK enum status os_replace_open(struct os *os, const char *path, struct os_replace *replace,
                                       struct diag *diag);

/* Syncs, closes, renames over `path`, syncs the directory. On failure the temporary file is
 * removed and `path` holds its old or (when only the directory's sync failed) its new content.
 * A file written directly is only closed. */
MUST_CHECK enum status os_replace_commit(struct os *os, struct os_replace *replace,
                                         struct diag *diag);

/* Closes and removes the temporary file; `path` stays as it was. Does nothing after a commit. */
void os_replace_abandon(struct os *os, struct os_replace *replace);

/* Replaces the content of `path` with `bytes`: the three above in one. */
MUST_CHECK enum status os_file_write(struct os *os, const char *path, struct view bytes,
                                     struct diag *diag);

#endif
