/* One idea: a run's events are arrays side by side in one block, as narrow as its values allow.
 *
 * 1. Only events [start, start + count) of the block mean anything; count > 0 needs a block.
 * 2. Capacities are even and come from one short list.
 * 3. Integers are 4 bytes and times 4 bytes from base_ms until a value does not fit: then the run
 *    is encoded anew, wider or with another base. */
#include "feature/row_int.h"

#include "base/assert.h"

#define SLACK_MS_MAX ((int64_t)1 << 28) /* three days */

static const uint16_t CAPACITIES[] = {2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512, 1024};

static uint16_t capacity_for(uint32_t count)
{
    size_t i = 0;
    while (CAPACITIES[i] < count)
        i++;
    ASSERT(i < sizeof CAPACITIES / sizeof *CAPACITIES);
    return CAPACITIES[i];
}

static uint32_t block_bytes(const struct table *table, unsigned shape, uint32_t capacity)
{
    return capacity * table->event_bytes[shape];
}

static uint32_t upper_narrow(const uint32_t *times, uint32_t count, uint32_t limit)
{
    if (count == 0 || times[count - 1] <= limit)
        return count;
    const uint32_t *low = times;
    while (count > 1) {
        uint32_t half = count / 2;
        low += low[half - 1] <= limit ? half : 0;
        count -= half;
    }
    return (uint32_t)(low - times) + (*low <= limit);
}

static uint32_t upper_wide(const int64_t *times, uint32_t count, int64_t limit)
{
    uint32_t low = 0;
    while (count > 0) {
        uint32_t half = count / 2;
        bool right = times[low + half] <= limit;
        low = right ? low + half + 1 : low;
        count = right ? count - half - 1 : half;
    }
    return low;
}

uint32_t run_upper(const struct table *table, const struct run *run, int64_t at_ms)
{
    int64_t delta_ms = at_ms - run->base_ms;
    if (run->count == 0)
        return 0;
    const char *times = run_times(table, run);
    if ((run->shape & WIDE_TIMES) != 0)
        return upper_wide((const int64_t *)(const void *)times + run->start, run->count, delta_ms);
    if (delta_ms < 0)
        return 0;
    if (delta_ms >= (int64_t)UINT32_MAX)
        return run->count;
    return upper_narrow((const uint32_t *)(const void *)times + run->start, run->count,
                        (uint32_t)delta_ms);
}

void run_uppers(const struct table *table, const struct run *run, int64_t at_ms,
                uint32_t *ret_ranks)
{
    uint32_t count = run->count;
    if (count == 0 || (run->shape & WIDE_TIMES) != 0) {
        for (uint16_t i = 0; i < table->bound_count; i++)
            ret_ranks[i] = run_upper(table, run, at_ms - table->bounds_ms[i]);
        return;
    }
    const uint32_t *times = (const uint32_t *)(const void *)run_times(table, run) + run->start;
    int64_t delta_ms = at_ms - run->base_ms;
    int64_t first = times[0];
    int64_t last = times[count - 1];
    for (uint16_t i = 0; i < table->bound_count; i++) {
        int64_t limit = delta_ms - table->bounds_ms[i];
        ret_ranks[i] = limit >= last   ? count
                       : limit < first ? 0
                                       : upper_narrow(times, count, (uint32_t)limit);
    }
}

void run_get(const struct table *table, const struct run *run, uint32_t i, struct item *ret_item)
{
    ret_item->at_ms = run_time(table, run, i);
    ret_item->classes = run_classes(table, run, i);
    for (uint8_t k = 0; k < table->stored_count; k++) {
        uint8_t c = table->stored[k];
        ret_item->values[c] = run_value(table, run, c, i);
    }
}

static void put_classes(const struct table *table, const struct run *run, uint32_t at,
                        uint32_t classes)
{
    char *masks = run_masks(table, run);
    if (table->mask_bytes == 1)
        ((uint8_t *)(void *)masks)[at] = (uint8_t)classes;
    else if (table->mask_bytes == 2)
        ((uint16_t *)(void *)masks)[at] = (uint16_t)classes;
    else if (table->mask_bytes == 4)
        ((uint32_t *)(void *)masks)[at] = classes;
}

static void put(const struct table *table, const struct run *run, uint32_t at,
                const struct item *item)
{
    unsigned shape = run->shape;
    size_t capacity = run->capacity;
    char *block = run_block(table, run);
    char *times = block + capacity * table->time_at[shape];
    if ((shape & WIDE_TIMES) != 0)
        ((int64_t *)(void *)times)[at] = item->at_ms - run->base_ms;
    else
        ((uint32_t *)(void *)times)[at] = (uint32_t)(item->at_ms - run->base_ms);
    if (table->mask_bytes != 0)
        put_classes(table, run, at, item->classes);
    for (uint8_t k = 0; k < table->stored_count; k++) {
        uint8_t c = table->stored[k];
        char *values = block + capacity * table->column_at[shape][c];
        if (table->column_bytes[shape][c] == 4)
            ((uint32_t *)(void *)values)[at] = (uint32_t)item->values[c];
        else
            ((uint64_t *)(void *)values)[at] = item->values[c];
    }
}

static void slide(char *array, uint32_t bytes, uint32_t to, uint32_t from, uint32_t count)
{
    memmove(array + (size_t)to * bytes, array + (size_t)from * bytes, (size_t)count * bytes);
}

/* Moves `count` events inside the block, all arrays alike. */
static void slide_all(const struct table *table, const struct run *run, uint32_t to, uint32_t from,
                      uint32_t count)
{
    if (count == 0)
        return;
    slide(run_times(table, run), (run->shape & WIDE_TIMES) != 0 ? 8 : 4, to, from, count);
    if (table->mask_bytes != 0)
        slide(run_masks(table, run), table->mask_bytes, to, from, count);
    for (uint8_t k = 0; k < table->stored_count; k++) {
        uint8_t c = table->stored[k];
        slide(run_column(table, run, c), table->column_bytes[run->shape][c], to, from, count);
    }
}

void run_insert(const struct table *table, struct run *run, uint32_t i, const struct item *item)
{
    ASSERT((uint32_t)run->start + run->count < run->capacity && i <= run->count);
    uint32_t at = (uint32_t)run->start + i;
    slide_all(table, run, at + 1, at, run->count - i);
    put(table, run, at, item);
    run->count++;
}

void run_drop(struct run *run, uint32_t count)
{
    ASSERT(count <= run->count);
    run->start = (uint16_t)(run->start + count);
    run->count = (uint16_t)(run->count - count);
    if (run->count == 0)
        run->start = 0;
}

void run_done(const struct table *table, struct run *run)
{
    if (run->block != 0)
        pool_give(table->pool, run->block, block_bytes(table, run->shape, run->capacity));
    *run = (struct run){.block = 0, .live = run->live};
}

static void copy_array(char *to, const char *from, uint32_t bytes, uint32_t first, uint32_t count)
{
    memcpy(to, from + (size_t)first * bytes, (size_t)count * bytes);
}

/* Copies events [from, from + count) of one run to the start of an empty one. */
static void copy(const struct table *table, const struct run *run, uint32_t from, uint32_t count,
                 struct run *to)
{
    bool same = run->shape == to->shape && run->base_ms == to->base_ms;
    uint32_t first = run->start + from;
    to->count = (uint16_t)count;
    if (count == 0)
        return;
    if (!same) {
        for (uint32_t i = 0; i < count; i++) {
            struct item item;
            run_get(table, run, from + i, &item);
            put(table, to, i, &item);
        }
        return;
    }
    copy_array(run_times(table, to), run_times(table, run),
               (run->shape & WIDE_TIMES) != 0 ? 8 : 4, first, count);
    if (table->mask_bytes != 0)
        copy_array(run_masks(table, to), run_masks(table, run), table->mask_bytes, first, count);
    for (uint8_t k = 0; k < table->stored_count; k++) {
        uint8_t c = table->stored[k];
        copy_array(run_column(table, to, c), run_column(table, run, c),
                   table->column_bytes[run->shape][c], first, count);
    }
}

static bool rebuild(const struct table *table, struct run *run, uint32_t capacity, unsigned shape,
                    int64_t base_ms)
{
    struct run fresh = {.base_ms = base_ms, .capacity = (uint16_t)capacity,
                        .shape = (uint8_t)shape, .live = run->live};
    fresh.block = pool_take(table->pool, block_bytes(table, shape, capacity));
    if (fresh.block == 0)
        return false;
    copy(table, run, 0, run->count, &fresh);
    run_done(table, run);
    *run = fresh;
    return true;
}

/* How far before its first event a base is put, so that late events seldom move it. */
static int64_t slack_ms(const struct table *table)
{
    return table->late_ms < SLACK_MS_MAX ? table->late_ms : SLACK_MS_MAX;
}

/* The shape and base that hold the run's times and one more. */
static unsigned shape_of_times(const struct table *table, const struct run *run, int64_t at_ms,
                               int64_t *base_ms)
{
    if ((run->shape & WIDE_TIMES) != 0)
        return WIDE_TIMES;
    if (at_ms >= *base_ms && at_ms - *base_ms < (int64_t)UINT32_MAX)
        return 0;
    int64_t first = run_time(table, run, 0);
    int64_t last = run_time(table, run, run->count - 1u);
    first = at_ms < first ? at_ms : first;
    last = at_ms > last ? at_ms : last;
    *base_ms = first - slack_ms(table);
    return last - *base_ms < (int64_t)UINT32_MAX ? 0 : WIDE_TIMES;
}

/* Whether the run can take on this base and shape without being encoded anew. Narrow times that
 * stay narrow are moved to the new base where they are. */
static bool adopt(const struct table *table, struct run *run, unsigned shape, int64_t base_ms)
{
    if (run->count != 0) {
        if (shape != run->shape || (shape & WIDE_TIMES) != 0)
            return shape == run->shape && base_ms == run->base_ms;
        uint32_t *times = (uint32_t *)(void *)run_times(table, run) + run->start;
        uint32_t shift = (uint32_t)(run->base_ms - base_ms);
        for (uint32_t i = 0; shift != 0 && i < run->count; i++)
            times[i] += shift;
        run->base_ms = base_ms;
        return true;
    }
    if ((shape & ~(unsigned)run->shape) != 0)
        return false;
    run->base_ms = base_ms;
    return true;
}

/* The capacity for `count` events: the run's own unless it is too small or far too large. */
static uint32_t fitting(const struct run *run, uint32_t count)
{
    if (count > run->capacity)
        return capacity_for(count);
    uint32_t ample = count < LEAF_EVENTS_MAX / 2 ? capacity_for(count + count / 4)
                                                 : LEAF_EVENTS_MAX;
    return ample < run->capacity ? ample : run->capacity;
}

bool run_reserve(const struct table *table, struct run *run, const struct item *item,
                 uint32_t extra)
{
    uint32_t count = run->count + extra;
    if (run_is_ready(run, item, extra))
        return true;
    int64_t base_ms = run->count == 0 ? item->at_ms - slack_ms(table) : run->base_ms;
    unsigned shape = item->shape | (run->shape & WIDE_INTS);
    if (run->count != 0)
        shape |= shape_of_times(table, run, item->at_ms, &base_ms);
    if (run->block == 0)
        return rebuild(table, run, capacity_for(count), shape, base_ms);
    if (!adopt(table, run, shape, base_ms))
        return rebuild(table, run, fitting(run, count), shape, base_ms);
    if ((uint32_t)run->start + count <= run->capacity)
        return true;
    uint32_t capacity = fitting(run, count);
    if (capacity != run->capacity)
        return rebuild(table, run, capacity, run->shape, run->base_ms);
    slide_all(table, run, 0, run->start, run->count);
    run->start = 0;
    return true;
}

bool run_split(const struct table *table, struct run *run, uint32_t i, struct run *ret_tail)
{
    struct run tail = {.base_ms = run->base_ms, .capacity = run->capacity, .shape = run->shape};
    tail.block = pool_take(table->pool, block_bytes(table, run->shape, run->capacity));
    if (tail.block == 0)
        return false;
    copy(table, run, i, run->count - i, &tail);
    run->count = (uint16_t)i;
    *ret_tail = tail;
    return true;
}
