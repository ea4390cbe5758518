#ifndef FEATURE_ORDER_INT_H
#define FEATURE_ORDER_INT_H

#include "feature/feature.h"
#include "feature/store_int.h"

/* A sorted multiset of integers, in blocks. */

struct order_block {
    int64_t low; /* its least value */
    uint32_t handle;
    uint32_t count;
};

struct order {
    struct pool *pool;
    struct order_block *blocks;
    uint32_t block_count;
    uint32_t block_room;
    uint32_t finger;        /* a block, and how many values lie before it */
    uint32_t finger_before;
    uint32_t spare_count;   /* blocks put aside, so that adding cannot fail */
    uint32_t spares[FEATURE_TOUCHES_MAX];
};

void order_init(struct order *order, struct pool *pool);
void order_done(struct order *order);
/* Room to add `extra` values, at most FEATURE_TOUCHES_MAX; false without memory. */
bool order_reserve(struct order *order, uint32_t extra);
void order_add(struct order *order, int64_t value);    /* after order_reserve */
void order_remove(struct order *order, int64_t value); /* which is there */
void order_clear(struct order *order);
/* The value of a rank, which is there. */
int64_t order_at(struct order *order, uint32_t rank);
uint64_t order_bytes(const struct order *order);

#endif
