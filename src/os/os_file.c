/* One idea: a file is replaced by renaming a finished and synced one over it; at every moment its
 * path holds all of the old bytes or all of the new. */
#include "os/os_file.h"

#include <string.h>

#define SUFFIX ".tmp"

/* The least room that a read is given. */
#define READ_BYTES_MIN ((size_t)64 << 10)

static enum status read_all(struct os *os, const struct os_file *file, size_t size_max,
                            struct buf *buf, struct diag *diag)
{
    size_t start = buf->size_bytes;
    for (;;) {
        size_t size = 0;
        char *to = buf_reserve(buf, READ_BYTES_MIN);
        if (to == NULL)
            return STATUS_NO_MEMORY;
        enum status status =
            os_read(os, file, to, buf->capacity_bytes - buf->size_bytes, &size, diag);
        if (status != STATUS_OK)
            return status;
        if (size == 0)
            return STATUS_OK;
        buf->size_bytes += size;
        if (buf->size_bytes - start > size_max) {
            diag_set(diag, "os-limit", "%s is larger than %zu bytes", file->path, size_max);
            return STATUS_LIMIT;
        }
    }
}

enum status os_file_read_all(struct os *os, const char *path, size_t size_max, struct buf *buf,
                             struct diag *diag)
{
    struct os_file file = OS_FILE_CLOSED;
    struct diag unused;
    size_t start = buf->size_bytes;
    enum status status = os_open(os, path, OS_READ, &file, diag);
    if (status != STATUS_OK)
        return status;
    status = read_all(os, &file, size_max, buf, diag);
    if (status != STATUS_OK)
        buf->size_bytes = start;
    enum status closed = os_close(os, &file, &unused);
    (void)closed; /* nothing was written, so nothing can be lost */
    return status;
}

enum status os_replace_open(struct os *os, const char *path, struct os_replace *replace,
                            struct diag *diag)
{
    size_t size = strlen(path);
    replace->file = OS_FILE_CLOSED;
    if (size + sizeof SUFFIX > OS_PATH_BYTES_MAX) {
        diag_set(diag, "os-path", "the path is longer than %zu bytes",
                 OS_PATH_BYTES_MAX - sizeof SUFFIX);
        return STATUS_LIMIT;
    }
    memcpy(replace->path, path, size + 1);
    memcpy(replace->path_new, path, size);
    memcpy(replace->path_new + size, SUFFIX, sizeof SUFFIX);
    enum status status = os_is_special(os, path, &replace->direct, diag);
    if (status != STATUS_OK)
        return status;
    const char *target = replace->direct ? replace->path : replace->path_new;
    return os_open(os, target, OS_CREATE, &replace->file, diag);
}

/* Removes the temporary file on the way out of a failure, which is the one to report. */
static void discard(struct os *os, const struct os_replace *replace)
{
    struct diag unused;
    enum status removed = replace->direct ? STATUS_OK : os_unlink(os, replace->path_new, &unused);
    (void)removed;
}

void os_replace_abandon(struct os *os, struct os_replace *replace)
{
    struct diag unused;
    if (replace->file.fd < 0)
        return;
    enum status closed = os_close(os, &replace->file, &unused);
    (void)closed; /* what was written is thrown away */
    discard(os, replace);
}

/* Renames the finished file over the old one and makes the new name durable. */
static enum status put_in_place(struct os *os, const struct os_replace *replace, struct diag *diag)
{
    enum status status = os_rename(os, replace->path_new, replace->path, diag);
    if (status == STATUS_OK)
        return os_sync_directory(os, replace->path, diag);
    discard(os, replace);
    return status;
}

enum status os_replace_commit(struct os *os, struct os_replace *replace, struct diag *diag)
{
    struct diag unused;
    enum status status = STATUS_OK;
    if (!replace->direct)
        status = os_sync(os, &replace->file, diag);
    enum status closed = os_close(os, &replace->file, status == STATUS_OK ? diag : &unused);
    if (status == STATUS_OK)
        status = closed;
    if (status == STATUS_OK && !replace->direct)
        return put_in_place(os, replace, diag);
    if (status != STATUS_OK)
        discard(os, replace);
    return status;
}

enum status os_file_write(struct os *os, const char *path, struct view bytes, struct diag *diag)
{
    struct os_replace replace;
    enum status status = os_replace_open(os, path, &replace, diag);
    if (status != STATUS_OK)
        return status;
    status = os_write(os, &replace.file, bytes, diag);
    if (status == STATUS_OK)
        return os_replace_commit(os, &replace, diag);
    os_replace_abandon(os, &replace);
    return status;
}
