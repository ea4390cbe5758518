/* One idea: a large block is its own mapping on a 2 MiB boundary, so that the kernel can back it
 * with huge pages and growing it moves page tables, not bytes.
 *
 * 1. A block of LARGE_BYTES or more is a mapping of its size rounded up to LARGE_BYTES, aligned
 *    to LARGE_BYTES. A smaller one belongs to malloc. The old size tells which it is.
 * 2. A mapping is made by asking for one boundary more and giving back what lies outside. */
#include "os/os.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_BYTES ((size_t)2 << 20)

static size_t rounded(size_t size)
{
    return (size + LARGE_BYTES - 1) & ~(LARGE_BYTES - 1);
}

static char *aligned(char *at)
{
    return at + (0 - (uintptr_t)at % LARGE_BYTES) % LARGE_BYTES;
}

static void unmap(char *start, char *end)
{
    if (end > start)
        munmap(start, (size_t)(end - start));
}

/* An aligned mapping of `size` bytes (a multiple of LARGE_BYTES) with protection `access`. */
static void *map(size_t size, int access)
{
    char *start = mmap(NULL, size + LARGE_BYTES, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    char *block = aligned(start);
    unmap(start, block);
    unmap(block + size, start + size + LARGE_BYTES);
    return block;
}

static void *map_huge(size_t size)
{
    void *block = map(size, PROT_READ | PROT_WRITE);
    if (block != NULL)
        madvise(block, size, MADV_HUGEPAGE);
    return block;
}

/* Grows or shrinks a mapping, in place or to an aligned place that is reserved for it first. */
static void *remap(void *block, size_t old, size_t new)
{
    if (old == new)
        return block;
    void *moved = mremap(block, old, new, 0);
    if (moved == MAP_FAILED) {
        void *place = map(new, PROT_NONE);
        if (place == NULL)
            return NULL;
        moved = mremap(block, old, new, MREMAP_MAYMOVE | MREMAP_FIXED, place);
        if (moved == MAP_FAILED) {
            munmap(place, new);
            return NULL;
        }
    }
    madvise(moved, new, MADV_HUGEPAGE);
    return moved;
}

static void release(void *block, size_t size)
{
    if (size >= LARGE_BYTES)
        munmap(block, rounded(size));
    else
        free(block);
}

/* From malloc to a mapping or back. */
static void *migrate(void *block, size_t size_old, size_t size_new)
{
    void *moved = size_new >= LARGE_BYTES ? map_huge(rounded(size_new)) : malloc(size_new);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, size_old < size_new ? size_old : size_new);
        release(block, size_old);
    }
    return moved;
}

static void *resize(struct mem *mem, void *block, size_t size_old, size_t size_new)
{
    (void)mem;
    if (size_new == 0) {
        release(block, size_old);
        return NULL;
    }
    if (size_new > SIZE_MAX - 2 * LARGE_BYTES)
        return NULL;
    bool was_large = size_old >= LARGE_BYTES;
    if (was_large != (size_new >= LARGE_BYTES) || (was_large && block == NULL))
        return migrate(block, size_old, size_new);
    if (was_large)
        return remap(block, rounded(size_old), rounded(size_new));
    return realloc(block, size_new);
}

struct mem *os_mem(void)
{
    static struct mem large = {resize};
    return &large;
}
