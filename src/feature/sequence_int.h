#ifndef FEATURE_SEQUENCE_INT_H
#define FEATURE_SEQUENCE_INT_H

#include "feature/row_int.h"
#include "feature/tally_int.h"

/* A row's events as one sequence of ranks 0 .. count - 1, however they are stored. */

struct peak_cache;
struct group_cache;

/* What a row of many events adds to its run: leaves in order, and caches that later reads in
 * order of time move on from. Caches hold positions, so that dropping events moves none. Behind it
 * lie the cursors, peaks and groups of the table. */
struct big {
    int64_t seen_ms;     /* the time for which its cursors stand; SEEN_NEVER at first */
    uint32_t count;
    uint32_t first;      /* position of rank 0 */
    uint32_t leaf_first; /* index of the first leaf in `leaves` */
    uint32_t leaf_count;
    uint32_t leaf_room;
    char *leaves;
    struct big *next;    /* among the idle ones */
};

#define SEEN_NEVER (INT64_MIN / 2)

/* Where a bound is when it is not where its cursor stands: in front of event `i` of a leaf, which
 * may be one past its last. */
struct place {
    uint32_t leaf; /* NONE: where the cursor stands */
    uint32_t i;
};

/* Part of a range of ranks that lies in one run. */
struct piece {
    const struct run *run;
    const struct leaf *leaf; /* NULL in a small row */
    uint32_t i;
    uint32_t j;
    bool whole;              /* all of the leaf, and its least and greatest are exact */
};

struct span {
    uint32_t rank;
    uint32_t end;
    uint32_t leaf; /* of `rank`; NONE: not yet known */
};

static inline uint32_t row_count(const struct row *row)
{
    return row->big != NULL ? row->big->count : row->run.count;
}

static inline struct leaf *big_leaf(const struct table *table, const struct big *big, uint32_t i)
{
    return (struct leaf *)(void *)(big->leaves + (size_t)(big->leaf_first + i) * table->leaf_bytes);
}

static inline uint64_t *leaf_tally(struct leaf *leaf)
{
    return (uint64_t *)(void *)(leaf + 1);
}

static inline int64_t *leaf_extremes(const struct table *table, struct leaf *leaf)
{
    return (int64_t *)(void *)(leaf_tally(leaf) + table->tally_words);
}

static inline struct cursor *big_cursor(const struct table *table, const struct big *big,
                                        uint32_t bound)
{
    return (struct cursor *)(void *)((char *)(uintptr_t)big + table->bounds[bound].cursor_at);
}

static inline uint64_t *cursor_words(struct cursor *cursor)
{
    return (uint64_t *)(void *)(cursor + 1);
}

static inline struct peak_cache *big_peaks(const struct table *table, const struct big *big)
{
    return (struct peak_cache *)(void *)((char *)(uintptr_t)big + table->peaks_at);
}

static inline struct group_cache *big_groups(const struct table *table, const struct big *big)
{
    return (struct group_cache *)(void *)((char *)(uintptr_t)big + table->groups_at);
}

/* How many events are at or before at_ms. */
uint32_t row_upper(const struct table *table, const struct row *row, int64_t at_ms);

/* The leaf that holds a rank; rank < count. */
uint32_t big_leaf_of(const struct table *table, const struct big *big, uint32_t rank);

/* The same, looking first where `hint` says, a cursor's leaf. */
static inline uint32_t big_leaf_near(const struct table *table, const struct big *big,
                                     uint32_t rank, uint32_t hint)
{
    uint32_t at = hint - big->leaf_first;
    for (uint32_t tries = 0; tries < 2 && at < big->leaf_count; tries++, at++) {
        const struct leaf *leaf = big_leaf(table, big, at);
        if (rank - (leaf->position - big->first) < leaf->run.count)
            return at;
    }
    return big_leaf_of(table, big, rank);
}

/* In front of which event a time lies, in a row that has events. */
struct place big_place(const struct table *table, const struct big *big, int64_t at_ms);

/* The next piece of a span; false at its end. Start with leaf NONE. */
bool row_piece(const struct table *table, const struct row *row, struct span *span,
               struct piece *ret_piece);

/* The first or last event in ranks [begin, end) of the class that has a value in the column
 * (NO_COLUMN: any event); NONE when there is none. O(events of one leaf + leaves). */
uint32_t row_first(const struct table *table, const struct row *row, uint32_t begin, uint32_t end,
                   uint8_t class_index, uint8_t column);
uint32_t row_last(const struct table *table, const struct row *row, uint32_t begin, uint32_t end,
                  uint8_t class_index, uint8_t column);

/* Time and value of the event of a rank. */
int64_t row_time(const struct table *table, const struct row *row, uint32_t rank);
uint64_t row_value(const struct table *table, const struct row *row, uint32_t rank, uint8_t column);

/* The tally of a measure over all events before a place. */
struct tally big_before(const struct table *table, const struct big *big, struct place place,
                        const struct measure *measure);

/* Whether a small row has room for `extra` events like item, as it is. */
static inline bool row_is_ready(const struct row *row, const struct item *item, uint32_t extra)
{
    return row->big == NULL && row->run.count + extra <= SMALL_EVENTS_MAX &&
           run_is_ready(&row->run, item, extra);
}

/* Room for `extra` events like item; false without memory. Nothing observable changes. */
bool row_reserve(const struct table *table, struct row *row, const struct item *item,
                 uint32_t extra);

/* Inserts behind all events at or before its time, after row_reserve. */
void row_insert(const struct table *table, struct row *row, const struct item *item);

/* Drops the events at or before line_ms, folding them in; returns how many. */
uint32_t row_drop(const struct table *table, struct row *row, int64_t line_ms);

/* Frees all the row's events; it is as new, its fold aside. */
void row_clear(const struct table *table, struct row *row);

/* Frees what a table keeps for later. */
void row_free_idle(const struct table *table);

/* Bytes of the row's caches and of its events. */
void row_bytes(const struct table *table, const struct row *row, uint64_t *window_bytes,
               uint64_t *event_bytes);

#endif
