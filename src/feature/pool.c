/* One idea: blocks of a few sizes, cut from the end of one long array of 16-byte units, named by
 * the number of their first unit.
 *
 * 1. A block never crosses a segment of the array, so it is contiguous.
 * 2. A free block's first four bytes are the handle of the next free block of its class. */
#include "feature/store_int.h"

#include <string.h>

#include "base/assert.h"

void pool_init(struct pool *pool, struct mem *mem)
{
    *pool = (struct pool){.used = 1};
    vec_init(&pool->units, mem, POOL_UNIT_BYTES);
    ASSERT(pool->units.shift == POOL_SHIFT);
}

void pool_done(struct pool *pool)
{
    vec_done(&pool->units);
}

/* The list for a size; *units is rounded up to what the blocks of that list have. */
static uint32_t size_class(uint32_t size_bytes, uint32_t *units)
{
    uint32_t count = (size_bytes + POOL_UNIT_BYTES - 1) / POOL_UNIT_BYTES;
    if (count <= POOL_EXACT_UNITS) {
        *units = count;
        return count - 1;
    }
    uint32_t log = 31u - (uint32_t)__builtin_clz(count - 1);
    uint32_t step = 1u << (log - 3);
    uint32_t eighths = (count - (1u << log) + step - 1) / step;
    *units = (1u << log) + eighths * step;
    return POOL_EXACT_UNITS + (log - 6) * 8 + eighths - 1;
}

uint32_t pool_take(struct pool *pool, uint32_t size_bytes)
{
    ASSERT(size_bytes > 0 && size_bytes <= POOL_BLOCK_BYTES_MAX);
    uint32_t units;
    uint32_t list = size_class(size_bytes, &units);
    uint32_t handle = pool->free_heads[list];
    if (handle != 0) {
        memcpy(&pool->free_heads[list], pool_at(pool, handle), sizeof handle);
    } else {
        uint32_t whole = 1u << pool->units.shift;
        uint32_t at = pool->used;
        if (whole - (at & (whole - 1)) < units)
            at = (at | (whole - 1)) + 1;
        if (at < pool->used || NONE - at <= units || !vec_reserve(&pool->units, at + units))
            return 0;
        pool->used = at + units;
        handle = at;
    }
    pool->live_bytes += (uint64_t)units * POOL_UNIT_BYTES;
    return handle;
}

void pool_give(struct pool *pool, uint32_t handle, uint32_t size_bytes)
{
    if (handle == 0)
        return;
    uint32_t units;
    uint32_t list = size_class(size_bytes, &units);
    memcpy(pool_at(pool, handle), &pool->free_heads[list], sizeof handle);
    pool->free_heads[list] = handle;
    pool->live_bytes -= (uint64_t)units * POOL_UNIT_BYTES;
}
