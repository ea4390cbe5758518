/* One idea: bump a cursor through blocks that double in size, so that a version of a policy is
 * built from a handful of allocations and freed as one. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_BYTES_MIN ((size_t)4096)
#define BLOCK_BYTES_MAX ((size_t)1 << 20)

struct arena_block {
    struct arena_block *older;
    size_t size_bytes;  /* of the whole block, this header included */
    size_t used_bytes;  /* likewise */
};

static size_t aligned(size_t size)
{
    const size_t unit = alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

void arena_init(struct arena *arena, struct mem *mem, size_t used_bytes_max)
{
    *arena = (struct arena){.mem = mem, .used_bytes_max = used_bytes_max};
}

void arena_done(struct arena *arena)
{
    struct arena_block *block = arena->block;
    while (block != NULL) {
        struct arena_block *older = block->older;
        mem_free(arena->mem, block, block->size_bytes);
        block = older;
    }
    arena->block = NULL;
    arena->used_bytes = 0;
}

static struct arena_block *block_new(struct arena *arena, size_t need)
{
    size_t size = arena->block == NULL ? BLOCK_BYTES_MIN : arena->block->size_bytes * 2;
    if (size > BLOCK_BYTES_MAX)
        size = BLOCK_BYTES_MAX;
    size_t least = aligned(sizeof(struct arena_block)) + need;
    if (size < least)
        size = least;
    struct arena_block *block = arena->mem->resize(arena->mem, NULL, 0, size);
    if (block == NULL)
        return NULL;
    *block = (struct arena_block){arena->block, size, aligned(sizeof *block)};
    arena->block = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t need = aligned(size == 0 ? 1 : size);
    if (arena->used_bytes_max != 0 && need > arena->used_bytes_max - arena->used_bytes)
        return NULL;
    struct arena_block *block = arena->block;
    if (block == NULL || block->size_bytes - block->used_bytes < need) {
        block = block_new(arena, need);
        if (block == NULL)
            return NULL;
    }
    char *piece = (char *)block + block->used_bytes;
    block->used_bytes += need;
    arena->used_bytes += need;
    return memset(piece, 0, need);
}

void *arena_array(struct arena *arena, size_t count, size_t item_size)
{
    if (item_size != 0 && count > SIZE_MAX / item_size)
        return NULL;
    return arena_alloc(arena, count * item_size);
}

struct view arena_copy(struct arena *arena, struct view text)
{
    char *copy = arena_alloc(arena, text.size_bytes + 1);
    if (copy == NULL)
        return (struct view){NULL, 0};
    if (text.size_bytes > 0)
        memcpy(copy, text.data, text.size_bytes);
    return (struct view){copy, text.size_bytes};
}
