#ifndef MODEL_SORT_INT_H
#define MODEL_SORT_INT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/status.h"

/* A row and what it is sorted by. */
struct sort_item {
    uint64_t key;
    uint32_t row;
};

/* Items with the room that sorting them takes. */
struct sort_table {
    struct mem *mem;
    struct sort_item *items;   /* count of them, and as many behind them to work in */
    size_t count;
};

/* Room for `count` items. STATUS_NO_MEMORY; then nothing is to be freed. */
MUST_CHECK enum status sort_init(struct sort_table *table, struct mem *mem, size_t count);

/* Frees; does nothing on a zeroed table. */
void sort_done(struct sort_table *table);

/* Sorts items first to first + count - 1 by rising keys; equal keys keep their order. Linear: a
 * pass for each of the keys' eight bytes that is not the same in all of them. */
void sort_slice(struct sort_table *table, size_t first, size_t count);

/* A key that rises as x does; -0 and 0 are the same. x is no NAN. */
static inline uint64_t sort_key_rising(double x)
{
    uint64_t bits;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 != 0 ? ~bits : bits | (uint64_t)1 << 63;
}

/* A key that rises as x falls. */
static inline uint64_t sort_key_falling(double x)
{
    return ~sort_key_rising(x);
}

#endif
