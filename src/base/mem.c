/* One idea: all memory comes through one function pointer that is told the old size, so that
 * counting, capping and failing need no bookkeeping of their own. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static void *libc_resize(struct mem *mem, void *block, size_t size_old, size_t size_new)
{
    (void)mem;
    (void)size_old;
    if (size_new == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size_new);
}

struct mem *mem_libc(void)
{
    static struct mem libc = {libc_resize};
    return &libc;
}

void *mem_zeroed(struct mem *mem, size_t size)
{
    void *block = size == 0 ? NULL : mem->resize(mem, NULL, 0, size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void *mem_array(struct mem *mem, void *block, size_t count_old, size_t count_new, size_t item_size)
{
    ASSERT(item_size > 0);
    if (count_new > SIZE_MAX / item_size)
        return NULL;
    return mem->resize(mem, block, count_old * item_size, count_new * item_size);
}

void mem_free(struct mem *mem, void *block, size_t size)
{
    if (block != NULL)
        mem->resize(mem, block, size, 0);
}

static int meter_refuses(struct mem_meter *meter, size_t size_old, size_t size_new)
{
    meter->calls++;
    if (meter->fail_at != 0 && meter->calls == meter->fail_at)
        return 1;
    if (meter->fail_from != 0 && meter->calls >= meter->fail_from)
        return 1;
    size_t left = meter->used_bytes_max < meter->used_bytes
                      ? 0 : meter->used_bytes_max - meter->used_bytes;
    return meter->used_bytes_max != 0 && size_new - size_old > left;
}

static void *meter_resize(struct mem *mem, void *block, size_t size_old, size_t size_new)
{
    struct mem_meter *meter = (struct mem_meter *)mem;
    ASSERT(block != NULL || size_old == 0);
    if (size_new > size_old && meter_refuses(meter, size_old, size_new))
        return NULL;
    void *moved = meter->below->resize(meter->below, block, size_old, size_new);
    if (moved == NULL && size_new != 0)
        return NULL;
    meter->used_bytes += size_new - size_old;
    if (meter->used_bytes > meter->used_bytes_peak)
        meter->used_bytes_peak = meter->used_bytes;
    return moved;
}

void mem_meter_init(struct mem_meter *meter, struct mem *below)
{
    *meter = (struct mem_meter){.mem = {meter_resize}, .below = below};
}
