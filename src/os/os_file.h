#ifndef OS_OS_FILE_H
#define OS_OS_FILE_H

#include "os/os.h"

/* Appends a whole file to `buf`. Works on pipes too.
 * size_max: a file of more bytes is STATUS_LIMIT; after any failure `buf` is as long as it was.
 * STATUS_NO_MEMORY, or as os_read. */
MUST_CHECK enum status os_file_read_all(struct os *os, const char *path, size_t size_max,
                                        struct buf *buf, struct diag *diag);

/* As os_file_read_all for a regular file; what is none is STATUS_INVALID, and what is too large is
 * not read at all. */
MUST_CHECK enum status os_file_read_regular(struct os *os, const char *path, size_t size_max,
                                            struct buf *buf, struct diag *diag);

/* Behind the name of a file that is being written: what an interrupted program leaves. */
#define OS_REPLACE_SUFFIX ".partial"

/* How many symbolic links may follow each other. */
#define OS_LINKS_MAX 40

/* A file being written beside the one it will replace, so that readers see the old content or all
 * of the new, also after a crash. Symbolic links stay and what they lead to is replaced; the new
 * file has the old one's permissions. What is no regular file (a device, a pipe), or is reached by
 * a link of the kernel's own (below /dev or /proc: /dev/stdout), is written to directly instead:
 * there is nothing to replace. */
struct os_replace {
    struct os_file file;             /* write here */
    bool direct;                     /* to the path itself */
    bool exists;                     /* there is something at `path` */
    struct os_identity identity;     /* of that */
    bool partial_exists;             /* an abandoned file of an earlier run */
    struct os_identity partial;      /* that file; once created, `file` */
    struct os_identity directory;    /* that holds `path` */
    char path[OS_PATH_BYTES_MAX];    /* what links led to */
    char path_new[OS_PATH_BYTES_MAX];
};

/* Looks at what stands at `path` and touches nothing. STATUS_NOT_FOUND: there is no such directory;
 * STATUS_LIMIT: the path is too long; or STATUS_IO. */
MUST_CHECK enum status os_replace_find(struct os *os, const char *path, struct os_replace *replace,
                                       struct diag *diag);

/* Creates the temporary file of a replacement that was found, `path` with OS_REPLACE_SUFFIX behind
 * it, in place of an abandoned one if there is. As os_open. Nothing is left on failure. */
MUST_CHECK enum status os_replace_create(struct os *os, struct os_replace *replace,
                                         struct diag *diag);

/* The two above in one. */
MUST_CHECK enum status os_replace_open(struct os *os, const char *path, struct os_replace *replace,
                                       struct diag *diag);

/* Whether a replacement that was found would destroy this regular file. */
bool os_replace_hits(const struct os_replace *replace, const struct os_identity *file);

/* Whether two replacements that were found would destroy each other's files, whether they exist
 * yet or not. */
bool os_replace_clash(const struct os_replace *a, const struct os_replace *b);

/* Syncs, closes, renames over `path`, syncs the directory. On failure the temporary file is
 * removed and `path` holds its old or (when only the directory's sync failed) its new content.
 * STATUS_IO also when another run has put a temporary file of its own in the place of this one;
 * that is left to it. A file written directly is only closed. */
MUST_CHECK enum status os_replace_commit(struct os *os, struct os_replace *replace,
                                         struct diag *diag);

/* Closes and removes the temporary file; `path` stays as it was. Does nothing after a commit. */
void os_replace_abandon(struct os *os, struct os_replace *replace);

/* Replaces the content of `path` with `bytes`: the three above in one. */
MUST_CHECK enum status os_file_write(struct os *os, const char *path, struct view bytes,
                                     struct diag *diag);

#endif
