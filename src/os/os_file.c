/* One idea: a file is replaced by renaming a finished and synced one over it; at every moment its
 * path holds all of the old bytes or all of the new. */
#include "os/os_file.h"

#include <string.h>

/* The least room that a read is given. */
#define READ_BYTES_MIN ((size_t)64 << 10)

static enum status too_large(const struct os_file *file, size_t size_max, struct diag *diag)
{
    diag_set(diag, "os-limit", "%s is larger than %zu bytes", file->path, size_max);
    return STATUS_LIMIT;
}

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
        if (buf->size_bytes - start > size_max)
            return too_large(file, size_max, diag);
    }
}

/* So that a file known to be too large is not read first. */
static enum status check_size(struct os *os, const struct os_file *file, size_t size_max,
                              struct diag *diag)
{
    uint64_t size_bytes = 0;
    enum status status = os_size(os, file, &size_bytes, diag);
    return status == STATUS_OK && size_bytes > size_max ? too_large(file, size_max, diag) : status;
}

static enum status read_file(struct os *os, const char *path, enum os_mode mode, size_t size_max,
                             struct buf *buf, struct diag *diag)
{
    struct os_file file = OS_FILE_CLOSED;
    struct diag unused;
    size_t start = buf->size_bytes;
    enum status status = os_open(os, path, mode, &file, diag);
    if (status != STATUS_OK)
        return status;
    if (mode == OS_READ_REGULAR)
        status = check_size(os, &file, size_max, diag);
    if (status == STATUS_OK)
        status = read_all(os, &file, size_max, buf, diag);
    if (status != STATUS_OK)
        buf->size_bytes = start;
    enum status closed = os_close(os, &file, &unused);
    (void)closed; /* nothing was written, so nothing can be lost */
    return status;
}

enum status os_file_read_all(struct os *os, const char *path, size_t size_max, struct buf *buf,
                             struct diag *diag)
{
    return read_file(os, path, OS_READ, size_max, buf, diag);
}

enum status os_file_read_regular(struct os *os, const char *path, size_t size_max, struct buf *buf,
                                 struct diag *diag)
{
    return read_file(os, path, OS_READ_REGULAR, size_max, buf, diag);
}

/* Links that the kernel makes up lead to open files, not to names of files. */
static bool is_kernel_link(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

/* Puts what a link at `path` says in its place: as it is when absolute, else beside the link. */
static enum status follow(char *path, const char *link, struct diag *diag)
{
    const char *slash = strrchr(path, '/');
    size_t kept = link[0] == '/' || slash == NULL ? 0 : (size_t)(slash - path) + 1;
    size_t size = strlen(link);
    if (kept + size + sizeof OS_REPLACE_SUFFIX > OS_PATH_BYTES_MAX) {
        diag_set(diag, "os-path", "the path that %s leads to is too long", path);
        return STATUS_LIMIT;
    }
    memcpy(path + kept, link, size + 1);
    return STATUS_OK;
}

/* Follows the links at replace->path to their end. */
static enum status resolve(struct os *os, const char *path, struct os_replace *replace,
                           struct diag *diag)
{
    char link[OS_PATH_BYTES_MAX];
    bool is_link = true;
    for (unsigned count = 0; count <= OS_LINKS_MAX; count++) {
        enum status status = os_read_link(os, replace->path, link, &is_link, diag);
        if (status != STATUS_OK || !is_link)
            return status;
        replace->direct = is_kernel_link(replace->path);
        if (replace->direct) {
            memcpy(replace->path, path, strlen(path) + 1);
            return STATUS_OK;
        }
        status = follow(replace->path, link, diag);
        if (status != STATUS_OK)
            return status;
    }
    diag_set(diag, "os-error", "cannot look at %s: too many symbolic links", path);
    return STATUS_IO;
}

/* Looks at what may be there or not. */
static enum status identify_if_any(struct os *os, const char *path, bool *ret_exists,
                                   struct os_identity *ret_identity, struct diag *diag)
{
    enum status status = os_identify_path(os, path, ret_identity, diag);
    *ret_exists = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status identify_directory(struct os *os, const char *path, struct os_replace *replace,
                                      struct diag *diag)
{
    char directory[OS_PATH_BYTES_MAX];
    enum status status = os_directory_of(replace->path, directory, diag);
    if (status == STATUS_OK)
        status = os_identify_path(os, directory, &replace->directory, diag);
    if (status == STATUS_NOT_FOUND)
        diag_set(diag, "os-error", "cannot create %s: No such file or directory", path);
    return status;
}

enum status os_replace_find(struct os *os, const char *path, struct os_replace *replace,
                            struct diag *diag)
{
    size_t size = strlen(path);
    *replace = (struct os_replace){.file = OS_FILE_CLOSED};
    if (size + sizeof OS_REPLACE_SUFFIX > OS_PATH_BYTES_MAX) {
        diag_set(diag, "os-path", "the path is longer than %zu bytes",
                 OS_PATH_BYTES_MAX - sizeof OS_REPLACE_SUFFIX);
        return STATUS_LIMIT;
    }
    memcpy(replace->path, path, size + 1);
    enum status status = resolve(os, path, replace, diag);
    if (status == STATUS_OK)
        status = identify_if_any(os, replace->path, &replace->exists, &replace->identity, diag);
    if (status != STATUS_OK)
        return status;
    if (replace->direct || (replace->exists && !replace->identity.regular)) {
        replace->direct = true;
        return STATUS_OK;
    }
    size = strlen(replace->path);
    memcpy(replace->path_new, replace->path, size);
    memcpy(replace->path_new + size, OS_REPLACE_SUFFIX, sizeof OS_REPLACE_SUFFIX);
    status = identify_directory(os, path, replace, diag);
    if (status == STATUS_OK)
        status = identify_if_any(os, replace->path_new, &replace->partial_exists,
                                 &replace->partial, diag);
    return status;
}

/* A name ending in `suffix`, so long as it is beside the other, may be the other's. */
static bool same_names(const struct os_replace *a, const struct os_replace *b)
{
    const char *names[2] = {a->path, b->path};
    for (int i = 0; i < 2; i++) {
        const char *slash = strrchr(names[i], '/');
        names[i] = slash == NULL ? names[i] : slash + 1;
    }
    size_t size_a = strlen(names[0]);
    size_t size_b = strlen(names[1]);
    size_t common = size_a < size_b ? size_a : size_b;
    const char *rest = size_a < size_b ? names[1] + common : names[0] + common;
    return memcmp(names[0], names[1], common) == 0 &&
           (rest[0] == '\0' || strcmp(rest, OS_REPLACE_SUFFIX) == 0);
}

bool os_replace_hits(const struct os_replace *replace, const struct os_identity *file)
{
    return file->regular &&
           ((replace->exists && os_identity_equal(&replace->identity, file)) ||
            (replace->partial_exists && os_identity_equal(&replace->partial, file)));
}

bool os_replace_clash(const struct os_replace *a, const struct os_replace *b)
{
    if ((a->exists && os_replace_hits(b, &a->identity)) ||
        (b->exists && os_replace_hits(a, &b->identity)))
        return true;
    return !a->direct && !b->direct && os_identity_equal(&a->directory, &b->directory) &&
           same_names(a, b);
}

/* A rename asks nobody whether the old file may be written: its permissions are asked here. */
static enum status ask_old(struct os *os, const struct os_replace *replace, struct diag *diag)
{
    struct os_file old;
    enum status status = os_open(os, replace->path, OS_WRITE, &old, diag);
    return status == STATUS_OK ? os_close(os, &old, diag) : status;
}

static enum status create_beside(struct os *os, struct os_replace *replace, struct diag *diag)
{
    struct diag unused;
    enum status status = replace->exists ? ask_old(os, replace, diag) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    status = os_unlink(os, replace->path_new, diag);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    status = os_open(os, replace->path_new, OS_CREATE_NEW, &replace->file, diag);
    if (status != STATUS_OK)
        return status;
    status = os_identify(os, &replace->file, &replace->partial, diag);
    if (status == STATUS_OK && replace->exists)
        status = os_set_mode(os, &replace->file, replace->identity.mode, diag);
    if (status != STATUS_OK) {
        enum status closed = os_close(os, &replace->file, &unused);
        enum status removed = os_unlink(os, replace->path_new, &unused);
        (void)closed; /* the first failure is the one to report */
        (void)removed;
    }
    return status;
}

enum status os_replace_create(struct os *os, struct os_replace *replace, struct diag *diag)
{
    if (replace->direct)
        return os_open(os, replace->path, OS_CREATE, &replace->file, diag);
    return create_beside(os, replace, diag);
}

enum status os_replace_open(struct os *os, const char *path, struct os_replace *replace,
                            struct diag *diag)
{
    enum status status = os_replace_find(os, path, replace, diag);
    return status == STATUS_OK ? os_replace_create(os, replace, diag) : status;
}

/* Whether another run to the same path has put its own temporary file in the place of ours. */
static enum status find_another(struct os *os, const struct os_replace *replace, bool *ret_another,
                                struct diag *diag)
{
    struct os_identity now;
    enum status status = os_identify_path(os, replace->path_new, &now, diag);
    *ret_another = status == STATUS_OK && !os_identity_equal(&now, &replace->partial);
    return status;
}

/* Removes the temporary file on the way out of a failure, which is the one to report. */
static void discard(struct os *os, const struct os_replace *replace)
{
    struct diag unused;
    bool another = false;
    enum status found = replace->direct ? STATUS_OK
                                        : find_another(os, replace, &another, &unused);
    (void)found; /* what cannot be looked at is taken to be ours */
    enum status removed = replace->direct || another ? STATUS_OK
                                                     : os_unlink(os, replace->path_new, &unused);
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
    bool another = false;
    enum status status = find_another(os, replace, &another, diag);
    if (another) {
        diag_set(diag, "os-error", "cannot write %s: another run has begun to write it",
                 replace->path);
        diag_hint(diag, "give each run an output of its own");
        return STATUS_IO;
    }
    if (status == STATUS_OK)
        status = os_rename(os, replace->path_new, replace->path, diag);
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
