/* One idea: the table's calls report an errno or a count and nothing else; here they are retried,
 * completed and put into words, once for every room. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

#define REASON_BYTES_MAX 64

static const char *mode_verb(enum os_mode mode)
{
    if (mode == OS_READ || mode == OS_READ_REGULAR)
        return "open";
    return mode == OS_WRITE ? "write" : "create";
}

/* A pipe without a writer would be waited for, and a terminal taken over. */
static int mode_flags(enum os_mode mode)
{
    switch (mode) {
    case OS_READ:
        return O_RDONLY;
    case OS_READ_REGULAR:
        return O_RDONLY | O_NONBLOCK | O_NOCTTY;
    case OS_WRITE:
        return O_WRONLY;
    case OS_CREATE:
        return O_WRONLY | O_CREAT | O_TRUNC;
    case OS_CREATE_NEW:
        break;
    }
    return O_WRONLY | O_CREAT | O_EXCL;
}

static enum status status_of(int64_t error)
{
    if (error == -ENOENT)
        return STATUS_NOT_FOUND;
    return error == -EEXIST ? STATUS_CONFLICT : STATUS_IO;
}

/* Puts a failed call into words; `error` is minus an errno. */
static enum status fault(struct diag *diag, const char *verb, const char *path, int64_t error)
{
    char reason[REASON_BYTES_MAX];
    const char *text = strerror_r((int)-error, reason, sizeof reason);
    const char *code = error == -EPIPE ? OS_BROKEN_PIPE : "os-error";
    diag_set(diag, code, "cannot %s %s: %s", verb, path, text);
    return status_of(error);
}

/* What is opened may not be what was looked at before, so it is looked at afterwards. */
static enum status refuse_special(struct os *os, struct os_file *file, struct diag *diag)
{
    uint64_t size_bytes;
    struct diag unused;
    enum status status = os_size(os, file, &size_bytes, diag);
    if (status == STATUS_OK)
        return STATUS_OK;
    enum status closed = os_close(os, file, &unused);
    (void)closed; /* nothing was written */
    return status;
}

enum status os_open(struct os *os, const char *path, enum os_mode mode, struct os_file *ret_file,
                    struct diag *diag)
{
    int flags = O_CLOEXEC | mode_flags(mode);
    int64_t fd;
    do
        fd = os->open(os, path, flags, 0666);
    while (fd == -EINTR);
    if (fd < 0)
        return fault(diag, mode_verb(mode), path, fd);
    struct os_file file = {(int)fd, path};
    enum status status = mode == OS_READ_REGULAR ? refuse_special(os, &file, diag) : STATUS_OK;
    if (status == STATUS_OK)
        *ret_file = file;
    return status;
}

struct os_file os_stdin(void)
{
    return (struct os_file){0, "standard input"};
}

struct os_file os_stdout(void)
{
    return (struct os_file){1, "standard output"};
}

struct os_file os_stderr(void)
{
    return (struct os_file){2, "standard error"};
}

enum status os_read(struct os *os, const struct os_file *file, void *to, size_t max,
                    size_t *ret_size, struct diag *diag)
{
    ASSERT(max > 0);
    int64_t size;
    do
        size = os->read(os, file->fd, to, max);
    while (size == -EINTR);
    if (size < 0) {
        enum status status = fault(diag, "read", file->path, size);
        return size == -EISDIR ? STATUS_INVALID : status;
    }
    *ret_size = (size_t)size;
    return STATUS_OK;
}

enum status os_write(struct os *os, const struct os_file *file, struct view bytes,
                     struct diag *diag)
{
    while (bytes.size_bytes > 0) {
        int64_t size = os->write(os, file->fd, bytes.data, bytes.size_bytes);
        if (size == -EINTR)
            continue;
        if (size <= 0)
            return fault(diag, "write", file->path, size < 0 ? size : -ENOSPC);
        bytes.data += size;
        bytes.size_bytes -= (size_t)size;
    }
    return STATUS_OK;
}

enum status os_sync(struct os *os, const struct os_file *file, struct diag *diag)
{
    int64_t result;
    do
        result = os->sync(os, file->fd);
    while (result == -EINTR);
    return result < 0 ? fault(diag, "sync", file->path, result) : STATUS_OK;
}

/* Linux frees the descriptor even when close is interrupted: a second try could close another. */
enum status os_close(struct os *os, struct os_file *file, struct diag *diag)
{
    struct os_file closing = *file;
    *file = OS_FILE_CLOSED;
    if (closing.fd < 0)
        return STATUS_OK;
    int64_t result = os->close(os, closing.fd);
    if (result < 0 && result != -EINTR)
        return fault(diag, "close", closing.path, result);
    return STATUS_OK;
}

enum status os_size(struct os *os, const struct os_file *file, uint64_t *ret_size_bytes,
                    struct diag *diag)
{
    int64_t size = os->size(os, file->fd);
    if (size == -ESPIPE) {
        diag_set(diag, "os-size", "%s is not a regular file", file->path);
        return STATUS_INVALID;
    }
    if (size < 0)
        return fault(diag, "measure", file->path, size);
    *ret_size_bytes = (uint64_t)size;
    return STATUS_OK;
}

enum status os_rename(struct os *os, const char *from, const char *to, struct diag *diag)
{
    int64_t result = os->rename(os, from, to);
    return result < 0 ? fault(diag, "rename a file to", to, result) : STATUS_OK;
}

enum status os_unlink(struct os *os, const char *path, struct diag *diag)
{
    int64_t result = os->unlink(os, path);
    return result < 0 ? fault(diag, "remove", path, result) : STATUS_OK;
}

static enum status identify(struct os *os, int fd, const char *path,
                            struct os_identity *ret_identity, struct diag *diag)
{
    struct os_identity identity;
    int64_t result = os->identify(os, fd, path, &identity);
    if (result < 0)
        return fault(diag, "look at", path, result);
    *ret_identity = identity;
    return STATUS_OK;
}

enum status os_identify(struct os *os, const struct os_file *file,
                        struct os_identity *ret_identity, struct diag *diag)
{
    ASSERT(file->fd >= 0);
    return identify(os, file->fd, file->path, ret_identity, diag);
}

enum status os_identify_path(struct os *os, const char *path, struct os_identity *ret_identity,
                             struct diag *diag)
{
    return identify(os, -1, path, ret_identity, diag);
}

bool os_identity_equal(const struct os_identity *a, const struct os_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static enum status path_too_long(struct diag *diag)
{
    diag_set(diag, "os-path", "the path is longer than %d bytes", OS_PATH_BYTES_MAX - 1);
    return STATUS_LIMIT;
}

enum status os_read_link(struct os *os, const char *path, char *to, bool *ret_link,
                         struct diag *diag)
{
    int64_t size = os->read_link(os, path, to, OS_PATH_BYTES_MAX);
    if (size == OS_PATH_BYTES_MAX)
        return path_too_long(diag);
    if (size < 0 && size != -EINVAL && size != -ENOENT)
        return fault(diag, "look at", path, size);
    *ret_link = size >= 0;
    if (size >= 0)
        to[size] = '\0';
    return STATUS_OK;
}

enum status os_set_mode(struct os *os, const struct os_file *file, unsigned mode,
                        struct diag *diag)
{
    int64_t result = os->set_mode(os, file->fd, mode);
    return result < 0 ? fault(diag, "set the permissions of", file->path, result) : STATUS_OK;
}

enum status os_directory_of(const char *path, char *to, struct diag *diag)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    if (size >= OS_PATH_BYTES_MAX)
        return path_too_long(diag);
    if (size == 0)
        memcpy(to, slash == NULL ? "." : "/", 2);
    else
        memcpy(to, path, size);
    to[size == 0 ? 1 : size] = '\0';
    return STATUS_OK;
}

enum status os_sync_directory(struct os *os, const char *path, struct diag *diag)
{
    char directory[OS_PATH_BYTES_MAX];
    struct os_file file = OS_FILE_CLOSED;
    struct diag unused;
    enum status status = os_directory_of(path, directory, diag);
    if (status != STATUS_OK)
        return status;
    status = os_open(os, directory, OS_READ, &file, diag);
    if (status != STATUS_OK)
        return status;
    status = os_sync(os, &file, diag);
    enum status closed = os_close(os, &file, status == STATUS_OK ? diag : &unused);
    return status == STATUS_OK ? closed : status;
}

enum status os_entropy(struct os *os, void *to, size_t size, struct diag *diag)
{
    char *at = to;
    while (size > 0) {
        int64_t got = os->entropy(os, at, size);
        if (got == -EINTR)
            continue;
        if (got <= 0)
            return fault(diag, "get", "random bytes", got < 0 ? got : -EIO);
        at += got;
        size -= (size_t)got;
    }
    return STATUS_OK;
}

uint64_t os_monotonic_ns(struct os *os)
{
    return os->monotonic_ns(os);
}

uint64_t os_cpu_ns(struct os *os)
{
    return os->cpu_ns(os);
}

int64_t os_wall_ms(struct os *os)
{
    return os->wall_ms(os);
}

bool os_is_terminal(struct os *os, const struct os_file *file)
{
    return os->is_terminal(os, file->fd);
}

unsigned os_terminal_columns(struct os *os, const struct os_file *file)
{
    return os->terminal_columns(os, file->fd);
}

const char *os_getenv(struct os *os, const char *name)
{
    return os->getenv(os, name);
}
