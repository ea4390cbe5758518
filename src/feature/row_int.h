#ifndef FEATURE_ROW_INT_H
#define FEATURE_ROW_INT_H

#include <string.h>

#include "feature/table_int.h"

/* The retained events of an entity, ordered by time and then by arrival. */

#define SMALL_EVENTS_MAX 32u  /* more are kept in leaves */
#define LEAF_EVENTS_MAX 1024u

/* An event on its way in. A value is the bits of its column's type; a missing symbol is NONE. */
struct item {
    int64_t at_ms;
    uint32_t classes;
    unsigned shape; /* WIDE_INTS when an integer needs it */
    uint64_t values[FEATURE_COLUMNS_MAX];
};

/* Consecutive events, as arrays side by side in one block. Event i lies at start + i. */
struct run {
    int64_t base_ms;
    uint32_t block; /* in the table's pool; 0: none */
    uint16_t capacity;
    uint16_t start;
    uint16_t count;
    uint8_t shape;  /* WIDE_ bits */
    bool live;      /* of a row: it has had an event */
};

/* One entity: 32 bytes, then fold_words words. Few events lie in `run`, many in `big`. */
struct row {
    struct run run;
    struct big *big;
};

/* A run of a big row: then the tally of all events before it (tally_words), then least and
 * greatest of each extreme. */
struct leaf {
    struct run run;
    int64_t first_ms;  /* INT64_MAX while it is empty, as only the last may be */
    uint32_t position; /* of its first event; positions count up, modulo 2^32 */
    uint32_t classes;  /* at least those that occur in it */
};

/* A bound of a big row where it was last seen: then its terms over all events before it. */
struct cursor {
    int64_t next_ms; /* of the event behind it; INT64_MAX: none */
    uint32_t position;
    uint32_t leaf;   /* where that was, as a hint: counted from leaves[0], dropped ones too */
};

static inline uint64_t *row_fold(struct row *row)
{
    return (uint64_t *)(void *)(row + 1);
}

static inline char *run_block(const struct table *table, const struct run *run)
{
    return pool_at(table->pool, run->block);
}

static inline char *run_column(const struct table *table, const struct run *run, uint8_t column)
{
    return run_block(table, run) + (size_t)run->capacity * table->column_at[run->shape][column];
}

static inline char *run_times(const struct table *table, const struct run *run)
{
    return run_block(table, run) + (size_t)run->capacity * table->time_at[run->shape];
}

static inline char *run_masks(const struct table *table, const struct run *run)
{
    return run_block(table, run) + (size_t)run->capacity * table->mask_at[run->shape];
}

static inline int64_t run_time(const struct table *table, const struct run *run, uint32_t i)
{
    const char *times = run_times(table, run);
    if ((run->shape & WIDE_TIMES) != 0)
        return run->base_ms + ((const int64_t *)(const void *)times)[run->start + i];
    return run->base_ms + ((const uint32_t *)(const void *)times)[run->start + i];
}

static inline uint32_t run_classes(const struct table *table, const struct run *run, uint32_t i)
{
    const char *masks = run_masks(table, run);
    switch (table->mask_bytes) {
    case 0:
        return 1;
    case 1:
        return ((const uint8_t *)(const void *)masks)[run->start + i];
    case 2:
        return ((const uint16_t *)(const void *)masks)[run->start + i];
    default:
        return ((const uint32_t *)(const void *)masks)[run->start + i];
    }
}

static inline bool run_in_class(const struct table *table, const struct run *run, uint32_t i,
                                uint8_t class_index)
{
    return (run_classes(table, run, i) >> class_index & 1) != 0;
}

/* The bits of a value, widened to 64. */
static inline uint64_t run_value(const struct table *table, const struct run *run, uint8_t column,
                                 uint32_t i)
{
    const char *values = run_column(table, run, column);
    enum feature_type type = table->spec->columns[column].type;
    if (type == FEATURE_SYMBOL)
        return ((const uint32_t *)(const void *)values)[run->start + i];
    if (type == FEATURE_I64 && (run->shape & WIDE_INTS) == 0)
        return (uint64_t)((const int32_t *)(const void *)values)[run->start + i];
    return ((const uint64_t *)(const void *)values)[run->start + i];
}

/* A symbol column's NONE is no value. */
static inline bool run_has_value(const struct table *table, uint8_t column, uint64_t value)
{
    return table->spec->columns[column].type != FEATURE_SYMBOL || value != NONE;
}

/* Orders values of any type as signed integers; its own inverse for doubles. */
static inline int64_t value_order(enum feature_type type, uint64_t bits)
{
    int64_t value = (int64_t)bits;
    return type == FEATURE_F64 && value < 0 ? value ^ INT64_MAX : value;
}

/* The shape that a value asks of its run. */
static inline unsigned value_shape(enum feature_type type, uint64_t value)
{
    return type == FEATURE_I64 && (int64_t)value != (int32_t)value ? WIDE_INTS : 0;
}

/* Whether `extra` events like item fit as the run is; the run is not empty. */
static inline bool run_is_ready(const struct run *run, const struct item *item, uint32_t extra)
{
    int64_t delta_ms = item->at_ms - run->base_ms;
    return run->count != 0 && (uint32_t)run->start + run->count + extra <= run->capacity &&
           (item->shape & ~(unsigned)run->shape) == 0 && (run->shape & WIDE_TIMES) == 0 &&
           delta_ms >= 0 && delta_ms < (int64_t)UINT32_MAX;
}

/* The value whose order is `order`. */
static inline union feature_value value_of_order(enum feature_type type, int64_t order)
{
    return (union feature_value){.i64 = value_order(type, (uint64_t)order)};
}

/* How many events of the run are at or before at_ms. O(log). */
uint32_t run_upper(const struct table *table, const struct run *run, int64_t at_ms);

/* run_upper at at_ms - bounds_ms[i] for each bound of the table. */
void run_uppers(const struct table *table, const struct run *run, int64_t at_ms,
                uint32_t *ret_ranks);

/* Room for `extra` more events like `item`, whatever else the run holds; false without memory (the
 * events are as before). At most capacity_max events. */
bool run_reserve(const struct table *table, struct run *run, const struct item *item,
                 uint32_t extra);

/* Inserts after run_reserve. O(events behind i). */
void run_insert(const struct table *table, struct run *run, uint32_t i, const struct item *item);

/* Moves the events from i on into `ret_tail`, an unused run. */
bool run_split(const struct table *table, struct run *run, uint32_t i, struct run *ret_tail);

/* Reads event i back. */
void run_get(const struct table *table, const struct run *run, uint32_t i, struct item *ret_item);

void run_drop(struct run *run, uint32_t count); /* the first ones */
void run_done(const struct table *table, struct run *run);

#endif
