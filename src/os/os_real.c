/* One idea: each entry of the table is one system call and says what the kernel said. */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Linux moves at most about 2 GiB at once; what is more is cut here, so that no kernel differs. */
#define TRANSFER_BYTES_MAX ((size_t)1 << 30)

static int64_t result_of(int64_t result)
{
    return result < 0 ? -errno : result;
}

static size_t bounded(size_t size)
{
    return size < TRANSFER_BYTES_MAX ? size : TRANSFER_BYTES_MAX;
}

static int64_t real_open(struct os *os, const char *path, int flags, unsigned mode)
{
    (void)os;
    return result_of(open(path, flags, (mode_t)mode));
}

static int64_t real_read(struct os *os, int fd, void *to, size_t max)
{
    (void)os;
    return result_of(read(fd, to, bounded(max)));
}

static int64_t real_write(struct os *os, int fd, const void *from, size_t size)
{
    (void)os;
    return result_of(write(fd, from, bounded(size)));
}

static int64_t real_sync(struct os *os, int fd)
{
    (void)os;
    return result_of(fsync(fd));
}

static int64_t real_close(struct os *os, int fd)
{
    (void)os;
    return result_of(close(fd));
}

static int64_t real_rename(struct os *os, const char *from, const char *to)
{
    (void)os;
    return result_of(rename(from, to));
}

static int64_t real_unlink(struct os *os, const char *path)
{
    (void)os;
    return result_of(unlink(path));
}

static int64_t real_size(struct os *os, int fd)
{
    (void)os;
    struct stat info;
    if (fstat(fd, &info) != 0)
        return -errno;
    return S_ISREG(info.st_mode) ? info.st_size : -ESPIPE;
}

static int64_t real_identify(struct os *os, int fd, const char *path,
                             struct os_identity *ret_identity)
{
    (void)os;
    struct stat info;
    if ((fd < 0 ? stat(path, &info) : fstat(fd, &info)) != 0)
        return -errno;
    *ret_identity = (struct os_identity){
        .device = info.st_dev,
        .inode = info.st_ino,
        .mode = info.st_mode & 0777u,
        .regular = S_ISREG(info.st_mode),
    };
    return 0;
}

static int64_t real_read_link(struct os *os, const char *path, char *to, size_t max)
{
    (void)os;
    return result_of(readlink(path, to, max));
}

static int64_t real_set_mode(struct os *os, int fd, unsigned mode)
{
    (void)os;
    return result_of(fchmod(fd, (mode_t)mode));
}

static int64_t real_entropy(struct os *os, void *to, size_t size)
{
    (void)os;
    return result_of(getrandom(to, bounded(size), 0));
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec at;
    if (clock_gettime(clock, &at) != 0)
        return 0;
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static uint64_t real_monotonic_ns(struct os *os)
{
    (void)os;
    return clock_ns(CLOCK_MONOTONIC);
}

static uint64_t real_cpu_ns(struct os *os)
{
    (void)os;
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static int64_t real_wall_ms(struct os *os)
{
    (void)os;
    return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000u);
}

static bool real_is_terminal(struct os *os, int fd)
{
    (void)os;
    return isatty(fd) == 1;
}

static unsigned real_terminal_columns(struct os *os, int fd)
{
    (void)os;
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static const char *real_getenv(struct os *os, const char *name)
{
    (void)os;
    return getenv(name);
}

struct os *os_real(void)
{
    static struct os real = {
        .open = real_open,
        .read = real_read,
        .write = real_write,
        .sync = real_sync,
        .close = real_close,
        .rename = real_rename,
        .unlink = real_unlink,
        .size = real_size,
        .identify = real_identify,
        .read_link = real_read_link,
        .set_mode = real_set_mode,
        .entropy = real_entropy,
        .monotonic_ns = real_monotonic_ns,
        .cpu_ns = real_cpu_ns,
        .wall_ms = real_wall_ms,
        .is_terminal = real_is_terminal,
        .terminal_columns = real_terminal_columns,
        .getenv = real_getenv,
    };
    return &real;
}

void os_ignore_broken_pipes(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &action, NULL);
}
