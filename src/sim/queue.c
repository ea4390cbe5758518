/* One idea: a binary heap of small keys over slots that do not move.
 *
 * Invariants:
 * 1. keys[0 .. count) is a heap by (at_ms, order), and their slots hold the waiting events;
 * 2. keys[count .. slots_used) hold the slots that are free, so that no free list is needed;
 * 3. every slot below slots_used is in exactly one key. */
#include "sim/queue_int.h"

#include <stdbool.h>

#include "base/assert.h"

enum status queue_init(struct queue *queue, struct mem *mem, uint32_t count_max)
{
    *queue = (struct queue){.mem = mem, .count_max = count_max};
    queue->keys = mem_array(mem, NULL, 0, count_max, sizeof *queue->keys);
    queue->slots = mem_array(mem, NULL, 0, count_max, sizeof *queue->slots);
    if (queue->keys != NULL && queue->slots != NULL)
        return STATUS_OK;
    queue_done(queue);
    return STATUS_NO_MEMORY;
}

void queue_done(struct queue *queue)
{
    if (queue->mem == NULL)
        return;
    mem_free(queue->mem, queue->keys, queue->count_max * sizeof *queue->keys);
    mem_free(queue->mem, queue->slots, queue->count_max * sizeof *queue->slots);
    *queue = (struct queue){.mem = NULL};
}

uint32_t queue_room(const struct queue *queue)
{
    return queue->count_max - queue->count;
}

static bool before(const struct queue_key *a, const struct queue_key *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void queue_push(struct queue *queue, const struct event *event)
{
    ASSERT(queue->count < queue->count_max);
    struct queue_key *keys = queue->keys;
    uint32_t at = queue->count++;
    uint32_t slot = at == queue->slots_used ? queue->slots_used++ : keys[at].slot;
    struct queue_key key = {event->at_ms, queue->order++, slot};
    queue->slots[slot] = *event;
    for (; at > 0 && before(&key, &keys[(at - 1) / 2]); at = (at - 1) / 2)
        keys[at] = keys[(at - 1) / 2];
    keys[at] = key;
}

int64_t queue_due_ms(const struct queue *queue)
{
    return queue->count == 0 ? INT64_MAX : queue->keys[0].at_ms;
}

/* Lets `key` sink from the root to its place. */
static void sink(struct queue *queue, struct queue_key key)
{
    struct queue_key *keys = queue->keys;
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= queue->count)
            break;
        if (child + 1 < queue->count && before(&keys[child + 1], &keys[child]))
            child++;
        if (!before(&keys[child], &key))
            break;
        keys[at] = keys[child];
        at = child;
    }
    keys[at] = key;
}

struct event queue_pop(struct queue *queue)
{
    ASSERT(queue->count > 0);
    uint32_t slot = queue->keys[0].slot;
    struct queue_key last = queue->keys[--queue->count];
    if (queue->count > 0)
        sink(queue, last);
    queue->keys[queue->count].slot = slot;
    return queue->slots[slot];
}
