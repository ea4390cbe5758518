/* One idea: open addressing with linear probing whose slots are never erased: a slot whose place
 * has been forgotten is stale, is reused by an insertion that passes it, and is left behind when
 * the table is next remade.
 *
 * 1. A pair is in `now`, or in `next` as well when moved_count has passed it, or in `next` alone
 *    when it was inserted after the moving began. A walk passes over the slots of `now` that
 *    moved_count has passed, so that it meets each pair once.
 * 2. Remaking starts when `now` is half full and, at CLEAR_BYTES and then MOVE_SLOTS per
 *    insertion, ends before it is three quarters full. */
#include "base/hash_index.h"

#include <string.h>

#include "base/assert.h"

#define SLOTS_MIN ((size_t)64)
#define CLEAR_BYTES ((size_t)512)
#define MOVE_SLOTS ((size_t)16)
#define SAMPLE_RUNS ((size_t)64) /* at most SLOTS_MIN; both powers of two */
#define SAMPLE_RUN_SLOTS ((size_t)16)

struct hash_index_slot {
    uint64_t hash;
    uint64_t place; /* plus one; 0 when empty */
};

void hash_index_init(struct hash_index *index, struct mem *mem)
{
    *index = (struct hash_index){.mem = mem};
}

static void table_done(struct mem *mem, struct hash_index_table *table)
{
    mem_free(mem, table->slots, table->slot_count * sizeof table->slots[0]);
    *table = (struct hash_index_table){NULL, 0, 0};
}

void hash_index_done(struct hash_index *index)
{
    if (index->mem == NULL)
        return;
    table_done(index->mem, &index->now);
    table_done(index->mem, &index->next);
    hash_index_init(index, index->mem);
}

static bool is_stale(const struct hash_index *index, const struct hash_index_slot *slot)
{
    return slot->place - 1 < index->place_min;
}

/* Puts a pair into the first empty or stale slot of its probe sequence. */
static void put(const struct hash_index *index, struct hash_index_table *table, uint64_t hash,
                uint64_t place)
{
    size_t mask = table->slot_count - 1;
    size_t at = hash & mask;
    while (table->slots[at].place != 0 && !is_stale(index, &table->slots[at]))
        at = (at + 1) & mask;
    if (table->slots[at].place == 0)
        table->used_count++;
    table->slots[at] = (struct hash_index_slot){hash, place + 1};
}

static void clear_some(struct hash_index *index)
{
    size_t size = index->next.slot_count * sizeof index->next.slots[0];
    size_t left = size - index->cleared_bytes;
    size_t step = left < CLEAR_BYTES ? left : CLEAR_BYTES;
    memset((char *)index->next.slots + index->cleared_bytes, 0, step);
    index->cleared_bytes += step;
}

static void move_some(struct hash_index *index)
{
    size_t end = index->moved_count + MOVE_SLOTS;
    if (end > index->now.slot_count)
        end = index->now.slot_count;
    for (; index->moved_count < end; index->moved_count++) {
        const struct hash_index_slot *slot = &index->now.slots[index->moved_count];
        if (slot->place != 0 && !is_stale(index, slot))
            put(index, &index->next, slot->hash, slot->place - 1);
    }
    if (index->moved_count < index->now.slot_count)
        return;
    table_done(index->mem, &index->now);
    index->now = index->next;
    index->next = (struct hash_index_table){NULL, 0, 0};
}

static bool is_moving(const struct hash_index *index)
{
    return index->next.slots != NULL &&
           index->cleared_bytes == index->next.slot_count * sizeof index->next.slots[0];
}

/* How many slots are live, from runs of slots spread over the whole table, since places under one
 * hash lie in one heap: enough to choose the next size. */
static size_t live_estimate(const struct hash_index *index)
{
    size_t stride = index->now.slot_count / SAMPLE_RUNS;
    size_t run = stride < SAMPLE_RUN_SLOTS ? stride : SAMPLE_RUN_SLOTS;
    size_t live = 0;
    for (size_t start = 0; start < index->now.slot_count; start += stride) {
        for (size_t i = start; i < start + run; i++) {
            const struct hash_index_slot *slot = &index->now.slots[i];
            live += slot->place != 0 && !is_stale(index, slot);
        }
    }
    return live * (stride / run);
}

static enum status start_next(struct hash_index *index)
{
    size_t count = index->now.slot_count;
    if (live_estimate(index) > count / 4)
        count *= 2;
    struct hash_index_slot *slots = mem_array(index->mem, NULL, 0, count, sizeof *slots);
    if (slots == NULL)
        return STATUS_NO_MEMORY;
    index->next = (struct hash_index_table){slots, count, 0};
    index->cleared_bytes = 0;
    index->moved_count = 0;
    return STATUS_OK;
}

enum status hash_index_reserve(struct hash_index *index)
{
    if (index->now.slots == NULL) {
        struct hash_index_slot *slots = mem_zeroed(index->mem, SLOTS_MIN * sizeof *slots);
        if (slots == NULL)
            return STATUS_NO_MEMORY;
        index->now = (struct hash_index_table){slots, SLOTS_MIN, 0};
    }
    if (index->next.slots == NULL && index->now.used_count >= index->now.slot_count / 2)
        return start_next(index);
    return STATUS_OK;
}

void hash_index_insert(struct hash_index *index, uint64_t hash, uint64_t place)
{
    ASSERT(place <= HASH_INDEX_PLACE_MAX && place >= index->place_min);
    if (is_moving(index))
        move_some(index);
    else if (index->next.slots != NULL)
        clear_some(index);
    struct hash_index_table *table = is_moving(index) ? &index->next : &index->now;
    ASSERT(table->used_count + 1 < table->slot_count); /* walks end at an empty slot */
    put(index, table, hash, place);
}

void hash_index_forget_below(struct hash_index *index, uint64_t place_min)
{
    ASSERT(place_min >= index->place_min);
    index->place_min = place_min;
}

struct hash_index_walk hash_index_walk(const struct hash_index *index, uint64_t hash)
{
    return (struct hash_index_walk){index, hash, 0, is_moving(index), false};
}

/* The next matching slot of one table at or behind `slot_min`, or NULL at an empty slot, the end of
 * the sequence. */
static const struct hash_index_slot *walk_table(struct hash_index_walk *walk,
                                           const struct hash_index_table *table, size_t slot_min)
{
    size_t mask = table->slot_count - 1;
    walk->at = walk->started ? (walk->at + 1) & mask : walk->hash & mask;
    walk->started = true;
    for (;; walk->at = (walk->at + 1) & mask) {
        const struct hash_index_slot *slot = &table->slots[walk->at];
        if (slot->place == 0)
            return NULL;
        if (slot->hash == walk->hash && walk->at >= slot_min && !is_stale(walk->index, slot))
            return slot;
    }
}

bool hash_index_walk_next(struct hash_index_walk *walk, uint64_t *ret_place)
{
    const struct hash_index *index = walk->index;
    const struct hash_index_slot *slot = NULL;
    if (walk->in_next) {
        slot = walk_table(walk, &index->next, 0);
        if (slot == NULL) {
            walk->in_next = false;
            walk->started = false;
        }
    }
    if (slot == NULL && index->now.slots != NULL)
        slot = walk_table(walk, &index->now, is_moving(index) ? index->moved_count : 0);
    if (slot == NULL)
        return false;
    *ret_place = slot->place - 1;
    return true;
}

void hash_index_prefetch(const struct hash_index *index, uint64_t hash)
{
    if (index->now.slots != NULL)
        __builtin_prefetch(&index->now.slots[hash & (index->now.slot_count - 1)]);
    if (is_moving(index))
        __builtin_prefetch(&index->next.slots[hash & (index->next.slot_count - 1)]);
}
