/* One idea: a bound moves on with time; remembering where it was, and what lies before it, makes
 * a read cost only the events that have crossed it since.
 *
 * 1. Before a cursor are exactly the events at or before big->seen_ms less its bound, after it the
 *    others, the first of them at next_ms.
 * 2. A reading time before seen_ms leaves the cursors alone. */
#include "feature/cursor_int.h"

#define STEPS_MAX 16u /* beyond this a search is cheaper */

void cursors_start(const struct table *table, struct row *row)
{
    struct big *big = row->big;
    big->seen_ms = SEEN_NEVER;
    for (uint16_t i = 0; i < table->bound_count; i++) {
        struct cursor *cursor = big_cursor(table, big, i);
        *cursor = (struct cursor){.position = big->first,
                                  .next_ms = big_leaf(table, big, 0)->first_ms};
        memset(cursor_words(cursor), 0, 8u * table->bounds[i].words);
    }
}

/* The time of the event in front of which a place lies; INT64_MAX: there is none. */
static int64_t time_at(const struct table *table, const struct big *big, struct place place)
{
    const struct leaf *leaf = big_leaf(table, big, place.leaf);
    if (place.i < leaf->run.count)
        return run_time(table, &leaf->run, place.i);
    return place.leaf + 1 < big->leaf_count ? big_leaf(table, big, place.leaf + 1)->first_ms
                                            : INT64_MAX;
}

/* Goes to a place by what its leaf knows of all before it. */
static void jump(const struct table *table, const struct big *big, const struct bound *bound,
                 struct cursor *cursor, struct place place)
{
    struct leaf *leaf = big_leaf(table, big, place.leaf);
    const struct term *terms = table->terms + bound->term_first;
    for (uint16_t k = 0; k < bound->term_count; k++) {
        const struct measure *m = &table->measures[terms[k].measure];
        uint64_t *words = cursor_words(cursor) + terms[k].at;
        memcpy(words, leaf_tally(leaf) + m->at, 8u * measure_words(m));
        tally_add_run(table, m, &leaf->run, 0, place.i, words);
    }
    cursor->position = leaf->position + place.i;
    cursor->leaf = big->leaf_first + place.leaf;
    cursor->next_ms = time_at(table, big, place);
}

/* Adds event i of a run to the terms of a bound. */
static void add_event(const struct table *table, const struct bound *bound, const struct run *run,
                      uint32_t i, uint64_t *words)
{
    const struct term *terms = table->terms + bound->term_first;
    for (uint16_t k = 0; k < bound->term_count; k++)
        tally_add_event(table, &table->measures[terms[k].measure], run, i, words + terms[k].at);
}

/* Moves a cursor on; the event behind it is at or before at_ms. */
static void advance(const struct table *table, const struct big *big, const struct bound *bound,
                    struct cursor *cursor, int64_t at_ms)
{
    uint32_t at = big_leaf_near(table, big, cursor->position - big->first, cursor->leaf);
    const struct leaf *leaf = big_leaf(table, big, at);
    uint32_t i = cursor->position - leaf->position;
    uint32_t steps = 0;
    for (int64_t next_ms = cursor->next_ms; next_ms <= at_ms && steps < STEPS_MAX; steps++) {
        add_event(table, bound, &leaf->run, i, cursor_words(cursor));
        if (++i < leaf->run.count) {
            next_ms = run_time(table, &leaf->run, i);
        } else if (at + 1 < big->leaf_count) {
            leaf = big_leaf(table, big, ++at);
            next_ms = leaf->first_ms;
            i = 0;
        } else {
            next_ms = INT64_MAX;
        }
        cursor->next_ms = next_ms;
    }
    cursor->position += steps;
    cursor->leaf = big->leaf_first + at;
    if (cursor->next_ms <= at_ms)
        jump(table, big, bound, cursor, big_place(table, big, at_ms));
}

/* Whether a cursor stands right for an earlier time than it has seen. */
static bool stands(const struct table *table, const struct big *big, const struct cursor *cursor,
                   int64_t at_ms)
{
    uint32_t rank = cursor->position - big->first;
    if (rank == 0)
        return true;
    const struct leaf *leaf =
        big_leaf(table, big, big_leaf_near(table, big, rank - 1, cursor->leaf));
    return run_time(table, &leaf->run, cursor->position - 1 - leaf->position) <= at_ms;
}

static void find_late(const struct table *table, const struct big *big, uint16_t bound,
                      int64_t at_ms, uint32_t *ret_rank, struct place *ret_place)
{
    const struct cursor *cursor = big_cursor(table, big, bound);
    int64_t line_ms = at_ms - table->bounds_ms[bound];
    if (stands(table, big, cursor, line_ms)) {
        ret_place->leaf = NONE;
        *ret_rank = cursor->position - big->first;
        return;
    }
    *ret_place = big_place(table, big, line_ms);
    *ret_rank = big_leaf(table, big, ret_place->leaf)->position - big->first + ret_place->i;
}

static void find_all_late(const struct table *table, const struct big *big, int64_t at_ms,
                          uint32_t *ret_ranks, struct place *ret_places)
{
    for (uint16_t i = 0; i < table->bound_count; i++)
        find_late(table, big, i, at_ms, &ret_ranks[i], &ret_places[i]);
}

void cursors_find(const struct table *table, struct row *row, int64_t at_ms, uint32_t *ret_ranks,
                  struct place *ret_places)
{
    struct big *big = row->big;
    if (at_ms < big->seen_ms) {
        find_all_late(table, big, at_ms, ret_ranks, ret_places);
        return;
    }
    for (uint16_t i = 0; i < table->bound_count; i++) {
        const struct bound *bound = &table->bounds[i];
        struct cursor *cursor = big_cursor(table, big, i);
        int64_t line_ms = at_ms - table->bounds_ms[i];
        if (cursor->next_ms <= line_ms)
            advance(table, big, bound, cursor, line_ms);
        ret_places[i].leaf = NONE;
        ret_ranks[i] = cursor->position - big->first;
    }
    big->seen_ms = at_ms;
}

void cursors_find_again(const struct table *table, const struct row *row, int64_t at_ms,
                        bool dropped, uint32_t *ret_ranks, struct place *ret_places)
{
    for (uint16_t i = 0; i < table->bound_count; i++)
        if (dropped || i == table->bound_now || ret_places[i].leaf == NONE)
            find_late(table, row->big, i, at_ms, &ret_ranks[i], &ret_places[i]);
}

/* Counts an event that is not behind a cursor any more, or never was, into its terms. */
static void pass(const struct table *table, const struct bound *bound, struct cursor *cursor,
                 const struct item *item)
{
    const struct term *terms = table->terms + bound->term_first;
    cursor->position++;
    for (uint16_t k = 0; k < bound->term_count; k++)
        tally_add_item(&table->measures[terms[k].measure], item,
                       cursor_words(cursor) + terms[k].at);
}

void cursors_insert(const struct table *table, struct big *big, const struct item *item)
{
    for (uint16_t i = 0; i < table->bound_count; i++) {
        struct cursor *cursor = big_cursor(table, big, i);
        if (item->at_ms <= big->seen_ms - table->bounds_ms[i])
            pass(table, &table->bounds[i], cursor, item);
        else if (item->at_ms < cursor->next_ms)
            cursor->next_ms = item->at_ms;
    }
}

void cursors_drop(const struct table *table, struct big *big, const struct item *item)
{
    for (uint16_t i = 0; i < table->bound_count; i++) {
        struct cursor *cursor = big_cursor(table, big, i);
        if (cursor->position != big->first)
            continue;
        pass(table, &table->bounds[i], cursor, item);
        cursor->next_ms = time_at(table, big, (struct place){0, 1});
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
