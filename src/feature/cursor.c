/* One idea: a bound moves on with time; remembering where it was, and what lies before it, makes
 * a read cost only the events that have crossed it since.
 *
 * 1. previous_ms <= (the time the cursor was moved to) < next_ms, and no event lies between.
 * 2. A reading time before previous_ms is answered by search and leaves the cursor alone. */
#include "feature/cursor_int.h"

#define STEPS_MAX 32u /* beyond this a search is cheaper */

static int64_t next_time(const struct table *table, const struct row *row, uint32_t rank)
{
    return rank < row->big->count ? row_time(table, row, rank) : INT64_MAX;
}

void cursors_start(const struct table *table, struct row *row)
{
    for (uint16_t i = 0; i < table->bound_count; i++) {
        struct cursor *cursor = big_cursor(table, row->big, i);
        memset(cursor, 0, table->cursor_bytes);
        cursor->position = row->big->first;
        cursor->previous_ms = INT64_MIN;
        cursor->next_ms = next_time(table, row, 0);
    }
}

/* Steps over the event it stands before. */
static void step(const struct table *table, struct cursor *cursor, const struct item *item,
                 int64_t next_ms)
{
    tally_add_event(table, item, cursor_tally(cursor));
    cursor->position++;
    cursor->previous_ms = item->at_ms;
    cursor->next_ms = next_ms;
}

/* Goes to a rank by search. */
static void jump(const struct table *table, const struct row *row, struct cursor *cursor,
                 uint32_t rank)
{
    for (uint16_t i = 0; i < table->measure_count; i++) {
        const struct measure *m = &table->measures[i];
        tally_store(m, big_before(table, row, rank, m), cursor_tally(cursor));
    }
    cursor->position = row->big->first + rank;
    cursor->previous_ms = row_time(table, row, rank - 1);
    cursor->next_ms = next_time(table, row, rank);
}

/* The leaf of a rank that is there: the one of last time, the next, or by search. */
static const struct leaf *leaf_of(const struct table *table, const struct big *big,
                                  struct cursor *cursor, uint32_t rank)
{
    uint32_t at = cursor->leaf - big->leaf_first;
    for (uint32_t tries = 0; tries < 2 && at < big->leaf_count; tries++, at++) {
        const struct leaf *leaf = big_leaf(table, big, at);
        if (rank - (leaf->position - big->first) < leaf->run.count) {
            cursor->leaf = big->leaf_first + at;
            return leaf;
        }
    }
    at = big_leaf_of(table, big, rank);
    cursor->leaf = big->leaf_first + at;
    return big_leaf(table, big, at);
}

static void advance(const struct table *table, const struct row *row, struct cursor *cursor,
                    int64_t at_ms)
{
    const struct big *big = row->big;
    for (uint32_t steps = 0; cursor->next_ms <= at_ms; steps++) {
        if (steps == STEPS_MAX) {
            jump(table, row, cursor, row_upper(table, row, at_ms));
            return;
        }
        struct item item;
        uint32_t rank = cursor->position - big->first;
        const struct leaf *leaf = leaf_of(table, big, cursor, rank);
        uint32_t i = rank - (leaf->position - big->first);
        run_get(table, &leaf->run, i, &item);
        step(table, cursor, &item,
             i + 1u < leaf->run.count ? run_time(table, &leaf->run, i + 1)
                                      : next_time(table, row, rank + 1));
    }
}

uint32_t big_bound(const struct table *table, const struct row *row, uint32_t bound, int64_t at_ms,
                   const uint64_t **ret_tally)
{
    struct cursor *cursor = big_cursor(table, row->big, bound);
    if (at_ms < cursor->previous_ms) {
        *ret_tally = NULL;
        return row_upper(table, row, at_ms);
    }
    if (at_ms >= cursor->next_ms)
        advance(table, row, cursor, at_ms);
    *ret_tally = cursor_tally(cursor);
    return cursor->position - row->big->first;
}

void cursors_insert(const struct table *table, struct big *big, uint32_t rank,
                    const struct item *item)
{
    for (uint16_t i = 0; i < table->bound_count; i++) {
        struct cursor *cursor = big_cursor(table, big, i);
        uint32_t at = cursor->position - big->first;
        if (rank == at) {
            cursor->next_ms = item->at_ms;
        } else if (rank < at) {
            cursor->position++;
            tally_add_event(table, item, cursor_tally(cursor));
        }
    }
}

void cursors_drop(const struct table *table, struct row *row, const struct item *item)
{
    for (uint16_t i = 0; i < table->bound_count; i++) {
        struct cursor *cursor = big_cursor(table, row->big, i);
        if (cursor->position == row->big->first)
            step(table, cursor, item, next_time(table, row, 1));
    }
}

static void prefetch_event(const struct table *table, const struct run *run, uint32_t i)
{
    size_t wide = (run->shape & WIDE_TIMES) != 0 ? 8 : 4;
    if (run->block == 0)
        return;
    __builtin_prefetch(run_times(table, run) + (run->start + i) * wide);
    if (table->mask_bytes != 0)
        __builtin_prefetch(run_masks(table, run) + (size_t)(run->start + i) * table->mask_bytes);
    for (uint8_t k = 0; k < table->stored_count; k++) {
        uint8_t c = table->stored[k];
        __builtin_prefetch(run_column(table, run, c) +
                           (size_t)(run->start + i) * table->column_bytes[run->shape][c]);
    }
}

void cursors_prefetch(const struct table *table, const struct big *big)
{
    for (uint16_t i = 0; i < table->bound_count; i++) {
        const struct cursor *cursor = big_cursor(table, big, i);
        uint32_t at = cursor->leaf - big->leaf_first;
        if (at >= big->leaf_count)
            continue;
        const struct leaf *leaf = big_leaf(table, big, at);
        uint32_t inside = cursor->position - leaf->position;
        if (inside < leaf->run.capacity)
            prefetch_event(table, &leaf->run, inside);
    }
    if (big->leaf_count != 0) {
        const struct leaf *last = big_leaf(table, big, big->leaf_count - 1);
        prefetch_event(table, &last->run, last->run.count);
    }
}
