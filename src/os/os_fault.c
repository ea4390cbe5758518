/* One idea: each call asks first whether it is the one to fail. */
#include "os/os_fault.h"

#include <errno.h>

static struct os_fault *fault_of(struct os *os)
{
    return (struct os_fault *)os;
}

/* Counts a call; true when it must fail. */
static bool fails(struct os_fault *fault, enum os_call call)
{
    fault->calls[call]++;
    fault->calls_all++;
    return (fault->fail_at != 0 && fault->calls_all == fault->fail_at) ||
           (fault->fail_at_kind[call] != 0 && fault->calls[call] == fault->fail_at_kind[call]);
}

/* True when a call of read or write must be interrupted before it moves anything. */
static bool interrupts(struct os_fault *fault, enum os_call call)
{
    return fault->interrupt_every != 0 && fault->calls[call] % fault->interrupt_every == 0;
}

static size_t transfer(const struct os_fault *fault, size_t size)
{
    size_t max = fault->transfer_bytes_max;
    return max != 0 && size > max ? max : size;
}

static int64_t fault_open(struct os *os, const char *path, int flags, unsigned mode)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_OPEN))
        return -fault->fail_errno;
    return fault->below->open(fault->below, path, flags, mode);
}

static int64_t fault_read(struct os *os, int fd, void *to, size_t max)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_READ))
        return -fault->fail_errno;
    if (interrupts(fault, OS_CALL_READ))
        return -EINTR;
    return fault->below->read(fault->below, fd, to, transfer(fault, max));
}

static int64_t fault_write(struct os *os, int fd, const void *from, size_t size)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_WRITE))
        return -fault->fail_errno;
    if (interrupts(fault, OS_CALL_WRITE))
        return -EINTR;
    return fault->below->write(fault->below, fd, from, transfer(fault, size));
}

static int64_t fault_sync(struct os *os, int fd)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_SYNC))
        return -fault->fail_errno;
    return fault->below->sync(fault->below, fd);
}

static int64_t fault_close(struct os *os, int fd)
{
    struct os_fault *fault = fault_of(os);
    bool failing = fails(fault, OS_CALL_CLOSE);
    int64_t result = fault->below->close(fault->below, fd);
    return failing ? -fault->fail_errno : result;
}

static int64_t fault_rename(struct os *os, const char *from, const char *to)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_RENAME))
        return -fault->fail_errno;
    return fault->below->rename(fault->below, from, to);
}

static int64_t fault_unlink(struct os *os, const char *path)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_UNLINK))
        return -fault->fail_errno;
    return fault->below->unlink(fault->below, path);
}

static int64_t fault_size(struct os *os, int fd)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_SIZE))
        return -fault->fail_errno;
    return fault->below->size(fault->below, fd);
}

static int64_t fault_identify(struct os *os, int fd, const char *path,
                              struct os_identity *ret_identity)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_IDENTIFY))
        return -fault->fail_errno;
    return fault->below->identify(fault->below, fd, path, ret_identity);
}

static int64_t fault_read_link(struct os *os, const char *path, char *to, size_t max)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_READ_LINK))
        return -fault->fail_errno;
    return fault->below->read_link(fault->below, path, to, max);
}

static int64_t fault_set_mode(struct os *os, int fd, unsigned mode)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_SET_MODE))
        return -fault->fail_errno;
    return fault->below->set_mode(fault->below, fd, mode);
}

static int64_t fault_entropy(struct os *os, void *to, size_t size)
{
    struct os_fault *fault = fault_of(os);
    if (fails(fault, OS_CALL_ENTROPY))
        return -fault->fail_errno;
    return fault->below->entropy(fault->below, to, transfer(fault, size));
}

static uint64_t fault_monotonic_ns(struct os *os)
{
    struct os_fault *fault = fault_of(os);
    return fault->now_ns != 0 ? fault->now_ns : fault->below->monotonic_ns(fault->below);
}

static uint64_t fault_cpu_ns(struct os *os)
{
    struct os_fault *fault = fault_of(os);
    return fault->now_ns != 0 ? fault->now_ns : fault->below->cpu_ns(fault->below);
}

static int64_t fault_wall_ms(struct os *os)
{
    struct os_fault *fault = fault_of(os);
    return fault->now_ns != 0 ? (int64_t)(fault->now_ns / 1000000u)
                              : fault->below->wall_ms(fault->below);
}

static bool fault_is_terminal(struct os *os, int fd)
{
    return fault_of(os)->below->is_terminal(fault_of(os)->below, fd);
}

static unsigned fault_terminal_columns(struct os *os, int fd)
{
    return fault_of(os)->below->terminal_columns(fault_of(os)->below, fd);
}

static const char *fault_getenv(struct os *os, const char *name)
{
    return fault_of(os)->below->getenv(fault_of(os)->below, name);
}

void os_fault_init(struct os_fault *fault, struct os *below)
{
    static const struct os table = {
        .open = fault_open,
        .read = fault_read,
        .write = fault_write,
        .sync = fault_sync,
        .close = fault_close,
        .rename = fault_rename,
        .unlink = fault_unlink,
        .size = fault_size,
        .identify = fault_identify,
        .read_link = fault_read_link,
        .set_mode = fault_set_mode,
        .entropy = fault_entropy,
        .monotonic_ns = fault_monotonic_ns,
        .cpu_ns = fault_cpu_ns,
        .wall_ms = fault_wall_ms,
        .is_terminal = fault_is_terminal,
        .terminal_columns = fault_terminal_columns,
        .getenv = fault_getenv,
    };
    *fault = (struct os_fault){.os = table, .below = below, .fail_errno = EIO};
}
