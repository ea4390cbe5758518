/* One idea: a window is the events between two ranks, and each function asks the row about them.
 *
 * 1. Functions of sums subtract two tallies; a window without a beginning starts at rank 0 and
 *    adds what the fold has of the events before that.
 * 2. Nothing here changes what a later read answers. */
#include "feature/window_int.h"

#include "base/assert.h"
#include "feature/decay_int.h"
#include "feature/group_int.h"
#include "feature/peak_int.h"
#include "feature/tally_int.h"

/* The classes that every event of the run belongs to. */
static uint32_t shared_classes(const struct table *table, const struct run *run)
{
    uint32_t count = run->count;
    uint32_t classes = UINT32_MAX;
    if (count == 0 || table->mask_bytes == 0)
        return classes;
    if (table->mask_bytes == 1) {
        const uint8_t *masks = (const uint8_t *)(const void *)run_masks(table, run) + run->start;
        for (uint32_t k = 0; k < count; k++)
            classes &= masks[k];
        return classes;
    }
    for (uint32_t k = 0; k < count; k++)
        classes &= run_classes(table, run, k);
    return classes;
}

void glance_find(struct glance *glance)
{
    const struct table *table = glance->table;
    if (glance->row->big == NULL) {
        run_uppers(table, &glance->row->run, glance->at_ms, glance->ranks);
        glance->shared_classes = shared_classes(table, &glance->row->run);
        return;
    }
    for (uint16_t i = 0; i < table->bound_count; i++)
        glance->ranks[i] = big_bound(table, glance->row, i, glance->at_ms - table->bounds_ms[i],
                                     &glance->tallies[i]);
}

/* An event of the reading time lies behind every bound but the one of now. Events out of reach
 * lie before all of them. */
void glance_move(struct glance *glance, uint32_t dropped)
{
    const struct table *table = glance->table;
    for (uint16_t i = 0; dropped != 0 && i < table->bound_count; i++)
        glance->ranks[i] -= dropped;
    if (table->bound_now == NO_PART)
        return;
    glance->ranks[table->bound_now] = big_bound(table, glance->row, table->bound_now,
                                                glance->at_ms,
                                                &glance->tallies[table->bound_now]);
}

static uint32_t rank_of(const struct glance *glance, uint16_t bound)
{
    return bound == NO_PART ? 0 : glance->ranks[bound];
}

static struct tally before(const struct glance *glance, uint16_t bound,
                           const struct measure *measure)
{
    const uint64_t *words = bound == NO_PART ? NULL : glance->tallies[bound];
    if (words != NULL)
        return tally_load(measure, words);
    return big_before(glance->table, glance->row, rank_of(glance, bound), measure);
}

static struct tally tally_between(const struct glance *glance, uint16_t begin, uint16_t end,
                                  uint16_t measure_index)
{
    const struct measure *measure = &glance->table->measures[measure_index];
    struct tally tally = {.count = 0};
    uint32_t from = rank_of(glance, begin);
    uint32_t to = rank_of(glance, end);
    if (from >= to)
        return tally;
    if (glance->row->big == NULL) {
        tally_add(glance->table, measure, &glance->row->run, from, to, &tally);
        return tally;
    }
    return tally_minus(before(glance, end, measure), before(glance, begin, measure));
}

/* Count and sum alone, where the cursors of both bounds know them: most reads of a big row. */
static bool plain_between(const struct glance *glance, uint16_t begin, uint16_t end,
                          uint16_t measure, struct tally *ret_tally)
{
    if (begin == NO_PART || glance->row->big == NULL)
        return false;
    const struct measure *m = &glance->table->measures[measure];
    const uint64_t *from = glance->tallies[begin];
    const uint64_t *to = glance->tallies[end];
    if (from == NULL || to == NULL)
        return false;
    ret_tally->count = to[m->at] - from[m->at];
    if (m->column != NO_COLUMN) {
        tally_u128 sums[2];
        memcpy(&sums[0], from + m->at + 1, sizeof sums[0]);
        memcpy(&sums[1], to + m->at + 1, sizeof sums[1]);
        ret_tally->sum = sums[1] - sums[0];
    }
    return true;
}

static uint64_t count_between(const struct glance *glance, uint16_t begin, uint16_t end,
                              uint16_t measure)
{
    struct tally tally;
    return plain_between(glance, begin, end, measure, &tally)
               ? tally.count
               : tally_between(glance, begin, end, measure).count;
}

static const struct fold *fold_of(const struct glance *glance, const struct reading *reading)
{
    return reading->fold == NO_PART ? NULL : &glance->table->folds[reading->fold];
}

static struct tally folded(const struct glance *glance, const struct fold *fold)
{
    struct measure m = {fold->class_index, fold->column, fold->square, fold->tally_at};
    return tally_load(&m, row_fold(glance->row));
}

static bool read_sums(const struct glance *glance, const struct reading *reading,
                      union feature_value *ret_value)
{
    const struct fold *fold = fold_of(glance, reading);
    if (reading->fn == FEATURE_COUNT && glance->table->mask_bytes == 0 && fold == NULL) {
        uint32_t from = rank_of(glance, reading->begin);
        uint32_t to = rank_of(glance, reading->end);
        ret_value->i64 = from < to ? (int64_t)(to - from) : 0;
        return true;
    }
    struct tally tally;
    if (reading->fn == FEATURE_STD ||
        !plain_between(glance, reading->begin, reading->end, reading->measure, &tally))
        tally = tally_between(glance, reading->begin, reading->end, reading->measure);
    if (fold != NULL)
        tally = tally_plus(tally, folded(glance, fold));
    if (reading->fn == FEATURE_COUNT) {
        ret_value->i64 = (int64_t)tally.count;
        return true;
    }
    if (reading->fn == FEATURE_SUM && reading->type == FEATURE_I64) {
        ret_value->i64 = tally_sum_i64(&tally);
        return true;
    }
    if (reading->fn == FEATURE_SUM) {
        ret_value->f64 = tally_sum(&tally, reading->type);
        return true;
    }
    if (tally.count < (reading->fn == FEATURE_MEAN ? 1 : 2))
        return false;
    ret_value->f64 = reading->fn == FEATURE_MEAN ? tally_mean(&tally, reading->type)
                                                 : tally_deviation(&tally, reading->type);
    return true;
}

static bool read_rate(const struct glance *glance, const struct reading *reading,
                      union feature_value *ret_value)
{
    uint64_t all = count_between(glance, reading->begin, reading->end, reading->measure);
    if (all == 0)
        return false;
    uint64_t hits = 0;
    if (reading->hit_end != NO_PART)
        hits = count_between(glance, reading->begin, reading->hit_end, reading->hit_measure);
    ret_value->f64 = (double)hits / (double)all;
    return true;
}

static void put_ordered(enum feature_type type, int64_t order, union feature_value *ret_value)
{
    ret_value->i64 = type == FEATURE_F64 ? value_order(type, (uint64_t)order) : order;
}

static bool read_peak(const struct glance *glance, const struct reading *reading,
                      union feature_value *ret_value)
{
    const struct fold *fold = fold_of(glance, reading);
    bool greatest = reading->fn == FEATURE_MAX;
    int64_t order = greatest ? INT64_MIN : INT64_MAX;
    bool any = fold != NULL && folded(glance, fold).count != 0;
    if (any)
        order = (int64_t)row_fold(glance->row)[greatest ? fold->greatest_at : fold->least_at];
    any = peak_between(glance->table, glance->row, reading->peak, rank_of(glance, reading->begin),
                       rank_of(glance, reading->end), &order) ||
          any;
    if (any)
        put_ordered(reading->type, order, ret_value);
    return any;
}

static uint64_t folded_word(const struct glance *glance, uint16_t at)
{
    return row_fold(glance->row)[at];
}

/* FIRST and AGE: the fold comes before everything retained. */
static bool read_first(const struct glance *glance, const struct reading *reading,
                       union feature_value *ret_value)
{
    const struct fold *fold = fold_of(glance, reading);
    bool age = reading->fn == FEATURE_AGE;
    if (fold != NULL && (int64_t)folded_word(glance, fold->first_ms_at) != INT64_MAX) {
        ret_value->i64 = age ? glance->at_ms - (int64_t)folded_word(glance, fold->first_ms_at)
                             : (int64_t)folded_word(glance, fold->first_at);
        return true;
    }
    uint32_t rank = row_first(glance->table, glance->row, rank_of(glance, reading->begin),
                              rank_of(glance, reading->end), reading->class_index, reading->column);
    if (rank == NONE)
        return false;
    ret_value->i64 = age ? glance->at_ms - row_time(glance->table, glance->row, rank)
                         : (int64_t)row_value(glance->table, glance->row, rank, reading->column);
    return true;
}

/* LAST and SINCE: what is retained comes after the fold. */
static bool read_last(const struct glance *glance, const struct reading *reading,
                      union feature_value *ret_value)
{
    const struct fold *fold = fold_of(glance, reading);
    bool since = reading->fn == FEATURE_SINCE;
    uint32_t rank = row_last(glance->table, glance->row, rank_of(glance, reading->begin),
                             rank_of(glance, reading->end), reading->class_index, reading->column);
    if (rank != NONE) {
        ret_value->i64 = since
                             ? glance->at_ms - row_time(glance->table, glance->row, rank)
                             : (int64_t)row_value(glance->table, glance->row, rank,
                                                  reading->column);
        return true;
    }
    if (fold == NULL || (int64_t)folded_word(glance, fold->last_ms_at) == INT64_MIN)
        return false;
    ret_value->i64 = since ? glance->at_ms - (int64_t)folded_word(glance, fold->last_ms_at)
                           : (int64_t)folded_word(glance, fold->last_at);
    return true;
}

bool window_read(const struct glance *glance, const struct reading *reading,
                 union feature_value *ret_value)
{
    switch (reading->fn) {
    case FEATURE_COUNT:
    case FEATURE_SUM:
    case FEATURE_MEAN:
    case FEATURE_STD:
        return read_sums(glance, reading, ret_value);
    case FEATURE_RATE:
        return read_rate(glance, reading, ret_value);
    case FEATURE_MIN:
    case FEATURE_MAX:
        return read_peak(glance, reading, ret_value);
    case FEATURE_FIRST:
    case FEATURE_AGE:
        return read_first(glance, reading, ret_value);
    case FEATURE_LAST:
    case FEATURE_SINCE:
        return read_last(glance, reading, ret_value);
    case FEATURE_DISTINCT:
    case FEATURE_ENTROPY:
    case FEATURE_QUANTILE:
        return group_read(glance->table, glance->row, reading,
                          rank_of(glance, reading->begin), rank_of(glance, reading->end),
                          ret_value);
    case FEATURE_DECAYED:
        ret_value->f64 = decay_read(glance->table, glance->row, reading->decay, glance->at_ms);
        return true;
    }
    return false;
}
