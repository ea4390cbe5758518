#ifndef FEATURE_STORE_INT_H
#define FEATURE_STORE_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/mem.h"

/* The three containers that everything in the room lies in. None knows what it holds. */

#define NONE UINT32_MAX /* no index */

/* An array of many items that grows without moving what it holds, except while it is smaller than
 * one segment (2 MiB). New items are zeroed. */
struct vec {
    struct mem *mem;
    char **segments;
    uint32_t segment_count;
    uint32_t first_items; /* room in the first segment */
    uint32_t shift;       /* log2 of the items of a whole segment */
    uint32_t item_bytes;
};

void vec_init(struct vec *vec, struct mem *mem, uint32_t item_bytes);
void vec_done(struct vec *vec);
/* Room for items [0, count); false when there is no memory or count is NONE. Items may move. */
bool vec_reserve(struct vec *vec, uint32_t count);
uint64_t vec_bytes(const struct vec *vec);

static inline void *vec_at(const struct vec *vec, uint32_t index)
{
    uint32_t inside = index & ((1u << vec->shift) - 1);
    return vec->segments[index >> vec->shift] + (size_t)inside * vec->item_bytes;
}

/* Blocks of 16 bytes and multiples, named by 32-bit handles; 0 is no block. Freed blocks are kept
 * for others of the same size class. Taking a block may move all blocks while the pool is small,
 * so pointers are fetched anew after each pool_take. */
#define POOL_UNIT_BYTES 16u
#define POOL_SHIFT 17u       /* log2 of the units of a segment */
#define POOL_EXACT_UNITS 64u /* every size up to this has a list of its own, then 8 per doubling */
#define POOL_CLASSES 192u
#define POOL_BLOCK_BYTES_MAX (1u << 20)

struct pool {
    struct vec units;
    uint32_t used;      /* units ever handed out */
    uint64_t live_bytes;
    uint32_t free_heads[POOL_CLASSES];
};

void pool_init(struct pool *pool, struct mem *mem);
void pool_done(struct pool *pool);
/* A block of at least size_bytes (1 to POOL_BLOCK_BYTES_MAX), not zeroed; 0 without memory. */
uint32_t pool_take(struct pool *pool, uint32_t size_bytes);
/* Gives a block back; handle 0 is allowed. size_bytes: as it was taken. */
void pool_give(struct pool *pool, uint32_t handle, uint32_t size_bytes);

static inline void *pool_at(const struct pool *pool, uint32_t handle)
{
    uint32_t inside = handle & ((1u << POOL_SHIFT) - 1);
    return pool->units.segments[handle >> POOL_SHIFT] + (size_t)inside * POOL_UNIT_BYTES;
}

/* A hash index from 64-bit hashes to item numbers; the caller compares the items. It is split
 * into parts that grow one at a time, so that no growth costs more than 1/256 of the whole. */
#define INDEX_PARTS 256u

struct index_slot {
    uint32_t tag;
    uint32_t item; /* NONE: empty */
};

struct index_part {
    struct index_slot *slots;
    uint32_t mask; /* slots - 1; 0 while there are none */
    uint32_t used;
};

struct index {
    struct mem *mem;
    struct index_part parts[INDEX_PARTS];
    uint64_t slot_count;
};

void index_init(struct index *index, struct mem *mem);
void index_done(struct index *index);
/* Room for one more item of this hash. */
bool index_reserve(struct index *index, uint64_t hash);
/* After index_reserve. */
void index_put(struct index *index, uint64_t hash, uint32_t item);
void index_remove(struct index *index, uint64_t hash, uint32_t item);

/* Candidates for a hash one after the other: start with *step 0; NONE: there are no more. */
static inline uint32_t index_next(const struct index *index, uint64_t hash, uint32_t *step)
{
    const struct index_part *part = &index->parts[hash >> 56];
    if (part->slots == NULL)
        return NONE;
    for (;;) {
        const struct index_slot *slot = &part->slots[((uint32_t)hash + *step) & part->mask];
        ++*step;
        if (slot->item == NONE || slot->tag == (uint32_t)hash)
            return slot->item;
    }
}

static inline void index_prefetch(const struct index *index, uint64_t hash)
{
    const struct index_part *part = &index->parts[hash >> 56];
    if (part->slots != NULL)
        __builtin_prefetch(part->slots + ((uint32_t)hash & part->mask));
}

#endif
