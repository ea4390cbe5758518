#ifndef OS_OS_FAULT_H
#define OS_OS_FAULT_H

#include "os/os.h"

/* The raw calls that can fail. */
enum os_call {
    OS_CALL_OPEN,
    OS_CALL_READ,
    OS_CALL_WRITE,
    OS_CALL_SYNC,
    OS_CALL_CLOSE,
    OS_CALL_RENAME,
    OS_CALL_UNLINK,
    OS_CALL_SIZE,
    OS_CALL_IDENTIFY,
    OS_CALL_READ_LINK,
    OS_CALL_SET_MODE,
    OS_CALL_ENTROPY,
    OS_CALL_COUNT,
};

/* A kernel for tests: passes calls on to `below`, counts them, and can make one of them fail or
 * every read and write a short one. Set the plain members at any time. */
struct os_fault {
    struct os os; /* pass &fault.os on */
    struct os *below;
    size_t calls[OS_CALL_COUNT]; /* made so far, by kind */
    size_t calls_all;            /* made so far, of any kind above */
    size_t fail_at;              /* the call of this number (1-based, of any kind) fails; 0: none */
    size_t fail_at_kind[OS_CALL_COUNT]; /* the same, counted by kind */
    int fail_errno;              /* what the failed call reports; EIO at first */
    size_t transfer_bytes_max;   /* reads and writes move at most this many bytes; 0: no bound */
    size_t interrupt_every;      /* each such call of read and write is interrupted; 0: none */
    uint64_t now_ns;             /* what all three clocks say, when not 0 */
};

/* A kernel that passes everything on to `below` until told otherwise. A call that fails has no
 * effect below it, but for close, which closes. Nothing to free. */
void os_fault_init(struct os_fault *fault, struct os *below);

#endif
