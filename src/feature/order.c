/* One idea: sorted blocks of some hundred values: finding is a binary search, changing moves part
 * of one block, and a finger remembers how many values lie before the block last asked for.
 *
 * 1. No block is empty; blocks[i].low <= every value in block i <= blocks[i + 1].low. */
#include "feature/order_int.h"

#include <string.h>

#include "base/assert.h"

#define BLOCK_VALUES 256u
#define BLOCK_BYTES (BLOCK_VALUES * 8u)
#define BLOCKS_FIRST 4u

static int64_t *values_of(const struct order *order, uint32_t block)
{
    return pool_at(order->pool, order->blocks[block].handle);
}

void order_init(struct order *order, struct pool *pool)
{
    *order = (struct order){.pool = pool};
}

void order_clear(struct order *order)
{
    for (uint32_t i = 0; i < order->block_count; i++)
        pool_give(order->pool, order->blocks[i].handle, BLOCK_BYTES);
    order->block_count = 0;
    order->finger = 0;
    order->finger_before = 0;
}

void order_done(struct order *order)
{
    if (order->pool == NULL)
        return;
    order_clear(order);
    while (order->spare_count > 0)
        pool_give(order->pool, order->spares[--order->spare_count], BLOCK_BYTES);
    mem_free(order->pool->units.mem, order->blocks,
             (size_t)order->block_room * sizeof *order->blocks);
    order->blocks = NULL;
    order->block_room = 0;
}

uint64_t order_bytes(const struct order *order)
{
    return (uint64_t)order->block_room * sizeof *order->blocks +
           (uint64_t)(order->block_count + order->spare_count) * BLOCK_BYTES;
}

bool order_reserve(struct order *order, uint32_t extra)
{
    while (order->spare_count < extra) {
        uint32_t handle = pool_take(order->pool, BLOCK_BYTES);
        if (handle == 0)
            return false;
        order->spares[order->spare_count++] = handle;
    }
    if (order->block_count + extra <= order->block_room)
        return true;
    uint32_t room = order->block_room == 0 ? BLOCKS_FIRST : order->block_room * 2;
    while (room < order->block_count + extra)
        room *= 2;
    struct order_block *blocks = mem_array(order->pool->units.mem, order->blocks,
                                           order->block_room, room, sizeof *blocks);
    if (blocks == NULL)
        return false;
    order->blocks = blocks;
    order->block_room = room;
    return true;
}

/* The last block whose least value is below `value`, or at it when `at` is set; else the first. */
static uint32_t find(const struct order *order, int64_t value, bool at)
{
    uint32_t low = 0;
    uint32_t count = order->block_count;
    while (count > 1) {
        uint32_t half = count / 2;
        int64_t least = order->blocks[low + half].low;
        bool right = least < value || (at && least == value);
        low = right ? low + half : low;
        count = right ? count - half : half;
    }
    return low;
}

static uint32_t lower(const int64_t *values, uint32_t count, int64_t value)
{
    uint32_t low = 0;
    while (count > 0) {
        uint32_t half = count / 2;
        bool right = values[low + half] < value;
        low = right ? low + half + 1 : low;
        count = right ? count - half - 1 : half;
    }
    return low;
}

static void insert_block(struct order *order, uint32_t at)
{
    ASSERT(order->spare_count > 0 && order->block_count < order->block_room);
    memmove(order->blocks + at + 1, order->blocks + at,
            (order->block_count - at) * sizeof *order->blocks);
    order->blocks[at] = (struct order_block){.handle = order->spares[--order->spare_count]};
    order->block_count++;
}

static void split(struct order *order, uint32_t at)
{
    insert_block(order, at + 1);
    struct order_block *block = &order->blocks[at];
    struct order_block *next = &order->blocks[at + 1];
    next->count = block->count / 2;
    block->count -= next->count;
    memcpy(values_of(order, at + 1), values_of(order, at) + block->count,
           next->count * sizeof(int64_t));
    next->low = values_of(order, at + 1)[0];
    if (order->finger > at)
        order->finger++;
}

void order_add(struct order *order, int64_t value)
{
    if (order->block_count == 0)
        insert_block(order, 0);
    uint32_t at = find(order, value, true);
    if (order->blocks[at].count == BLOCK_VALUES) {
        split(order, at);
        at += value >= order->blocks[at + 1].low;
    }
    struct order_block *block = &order->blocks[at];
    int64_t *values = values_of(order, at);
    uint32_t i = lower(values, block->count, value);
    memmove(values + i + 1, values + i, (block->count - i) * sizeof *values);
    values[i] = value;
    block->count++;
    block->low = values[0];
    if (order->finger > at)
        order->finger_before++;
}

static void remove_block(struct order *order, uint32_t at)
{
    pool_give(order->pool, order->blocks[at].handle, BLOCK_BYTES);
    order->block_count--;
    memmove(order->blocks + at, order->blocks + at + 1,
            (order->block_count - at) * sizeof *order->blocks);
    if (order->finger > at)
        order->finger--;
    if (order->finger >= order->block_count) {
        order->finger = 0;
        order->finger_before = 0;
    }
}

void order_remove(struct order *order, int64_t value)
{
    uint32_t at = find(order, value, true);
    struct order_block *block = &order->blocks[at];
    int64_t *values = values_of(order, at);
    uint32_t i = lower(values, block->count, value);
    ASSERT(i < block->count && values[i] == value);
    block->count--;
    memmove(values + i, values + i + 1, (block->count - i) * sizeof *values);
    if (order->finger > at)
        order->finger_before--;
    if (block->count == 0)
        remove_block(order, at);
    else
        block->low = values[0];
}

int64_t order_at(struct order *order, uint32_t rank)
{
    while (rank < order->finger_before)
        order->finger_before -= order->blocks[--order->finger].count;
    while (rank >= order->finger_before + order->blocks[order->finger].count)
        order->finger_before += order->blocks[order->finger++].count;
    return values_of(order, order->finger)[rank - order->finger_before];
}
