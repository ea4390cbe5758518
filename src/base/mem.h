#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* The allocator that every object which owns memory is given at birth, so that a test can count
 * allocations, fail the Nth, or cap their sum. Borrowed by its users; outlives them. */
struct mem {
    /* As realloc: `block` may be NULL (then `size_old` is 0); `size_new` 0 frees and returns NULL.
     * On failure returns NULL and leaves `block` as it was. New bytes are not set. Aligned for any
     * type, and to 2 MiB for blocks of 2 MiB and more where the implementation can. */
    void *(*resize)(struct mem *mem, void *block, size_t size_old, size_t size_new);
};

/* The C library's allocator. Never NULL; any thread. */
struct mem *mem_libc(void);

/* `size` bytes set to zero, or NULL when there are none to be had; size 0 returns NULL. */
void *mem_zeroed(struct mem *mem, size_t size);

/* As mem->resize for an array: NULL also when count_new * item_size overflows. */
void *mem_array(struct mem *mem, void *block, size_t count_old, size_t count_new, size_t item_size);

/* Frees; `block` may be NULL. `size` is the size it was given. */
void mem_free(struct mem *mem, void *block, size_t size);

/* An allocator for tests and budgets: passes on to `below`, counts, and can refuse. */
struct mem_meter {
    struct mem mem;           /* pass &meter.mem on */
    struct mem *below;
    size_t calls;             /* allocations and growths asked for so far */
    size_t fail_at;           /* the call of this number (1-based) fails; 0: none does */
    size_t fail_from;         /* this call and all later ones fail; 0: none does */
    size_t used_bytes;        /* now */
    size_t used_bytes_peak;
    size_t used_bytes_max;    /* more than this is refused; 0: no bound */
};

/* Makes `meter` pass on to `below` with all counts and bounds at 0. No error, nothing to free. */
void mem_meter_init(struct mem_meter *meter, struct mem *below);

#endif
