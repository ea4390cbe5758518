#ifndef SIM_QUEUE_INT_H
#define SIM_QUEUE_INT_H

#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"
#include "sim/event_int.h"

/* Events that wait for their time. Of a fixed size: whoever plans asks for room first. */
struct queue_key {
    int64_t at_ms;
    uint64_t order;  /* when it was pushed: among equal times the earlier plan comes first */
    uint32_t slot;
};

struct queue {
    struct mem *mem;
    struct queue_key *keys;
    struct event *slots;
    uint32_t count;
    uint32_t count_max;
    uint32_t slots_used;  /* slots that ever held an event; the rest was never touched */
    uint64_t order;
};

/* An empty queue for up to `count_max` events. STATUS_NO_MEMORY leaves it empty. */
MUST_CHECK enum status queue_init(struct queue *queue, struct mem *mem, uint32_t count_max);

/* Frees; does nothing on a zeroed queue. */
void queue_done(struct queue *queue);

/* How many more events fit. */
uint32_t queue_room(const struct queue *queue);

/* Adds a copy of `event`; there must be room. O(log count). */
void queue_push(struct queue *queue, const struct event *event);

/* The time of the first event, or INT64_MAX when there is none. */
int64_t queue_due_ms(const struct queue *queue);

/* Takes the first event out; there must be one. O(log count). */
struct event queue_pop(struct queue *queue);

#endif
