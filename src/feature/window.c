/* One idea: a window is the events between two ranks, and each function asks the row about them.
 *
 * 1. Functions of sums subtract two tallies; a window without a beginning starts at rank 0 and
 *    adds what the fold has of the events before that.
 * 2. Nothing here changes what a later read answers. */
#include "feature/window_int.h"

#include "base/assert.h"
#include "feature/cursor_int.h"
#include "feature/decay_int.h"
#include "feature/fold_int.h"
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
    if (glance->row->big == NULL) {
        run_uppers(glance->table, &glance->row->run, glance->at_ms, glance->ranks);
        glance->shared_classes = shared_classes(glance->table, &glance->row->run);
        return;
    }
    cursors_find(glance->table, glance->row, glance->at_ms, glance->ranks, glance->places);
}

/* An event of the reading time lies behind every bound but the one of now. Events out of reach
 * lie before all of them. */
void glance_move(struct glance *glance, uint32_t dropped)
{
    const struct table *table = glance->table;
    const struct big *big = glance->row->big;
    uint16_t now = table->bound_now;
    if (glance->at_ms < big->seen_ms) {
        cursors_find_again(table, glance->row, glance->at_ms, dropped != 0, glance->ranks,
                           glance->places);
        return;
    }
    for (uint16_t i = 0; dropped != 0 && i < table->bound_count; i++)
        glance->ranks[i] -= dropped;
    if (now != NO_PART)
        glance->ranks[now]++;
}

static uint32_t rank_of(const struct glance *glance, uint16_t bound)
{
    return bound == NO_PART ? 0 : glance->ranks[bound];
}

/* The words of a measure at a bound of a big row, when its cursor stands there; else NULL. */
static const uint64_t *words_at(const struct glance *glance, uint16_t bound, uint16_t at)
{
    if (bound == NO_PART || glance->places[bound].leaf != NONE)
        return NULL;
    return cursor_words(big_cursor(glance->table, glance->row->big, bound)) + at;
}

/* The tally before a bound of a big row. */
static struct tally before(const struct glance *glance, uint16_t bound, uint16_t measure,
                           uint16_t at)
{
    const struct measure *m = &glance->table->measures[measure];
    const uint64_t *words = words_at(glance, bound, at);
    if (words != NULL)
        return tally_load(m, words);
    struct place place = {0, 0};
    return big_before(glance->table, glance->row->big,
                      bound == NO_PART ? place : glance->places[bound], m);
}

static struct tally between(const struct glance *glance, uint16_t begin, uint16_t end,
                            uint16_t measure, struct ends at)
{
    return tally_minus(before(glance, end, measure, at.end),
                       before(glance, begin, measure, at.begin));
}

/* How many events of a class there are between two bounds. */
static uint64_t count_between(const struct glance *glance, uint16_t begin, uint16_t end,
                              uint16_t counter, struct ends at)
{
    uint32_t from = rank_of(glance, begin);
    uint32_t to = rank_of(glance, end);
    if (from >= to)
        return 0;
    if (counter == NO_PART)
        return to - from;
    if (glance->row->big == NULL)
        return tally_count(glance->table, &glance->row->run, from, to,
                           glance->table->measures[counter].class_index);
    const uint64_t *low = words_at(glance, begin, at.begin);
    const uint64_t *high = words_at(glance, end, at.end);
    return low != NULL && high != NULL ? *high - *low
                                       : between(glance, begin, end, counter, at).count;
}

/* Sums between a window's bounds, and the count if it is wanted. */
static struct tally sums_between(const struct glance *glance, const struct reading *reading)
{
    struct tally tally = {.count = 0};
    uint32_t from = rank_of(glance, reading->begin);
    uint32_t to = rank_of(glance, reading->end);
    if (from >= to)
        return tally;
    if (glance->row->big == NULL) {
        tally_add(glance->table, &glance->table->measures[reading->measure], &glance->row->run,
                  from, to, &tally);
        return tally;
    }
    tally = between(glance, reading->begin, reading->end, reading->measure, reading->measure_at);
    if (reading->fn != FEATURE_SUM)
        tally.count = count_between(glance, reading->begin, reading->end, reading->counter,
                                    reading->counter_at);
    return tally;
}

static const struct fold *fold_of(const struct glance *glance, const struct reading *reading)
{
    return reading->fold == NO_PART ? NULL : &glance->table->folds[reading->fold];
}

static uint64_t folded_word(const struct glance *glance, uint16_t at)
{
    return row_fold(glance->row)[at];
}

static struct tally folded(const struct glance *glance, const struct reading *reading)
{
    const struct fold *fold = fold_of(glance, reading);
    struct measure sums = fold_measure(fold, reading->type);
    struct tally tally = tally_load(&sums, row_fold(glance->row) + fold->tally_at + 1);
    tally.count = folded_word(glance, fold->tally_at);
    return tally;
}

static bool read_count(const struct glance *glance, const struct reading *reading,
                       union feature_value *ret_value)
{
    const struct fold *fold = fold_of(glance, reading);
    uint64_t count = count_between(glance, reading->begin, reading->end, reading->counter,
                                   reading->counter_at);
    if (fold != NULL)
        count += folded_word(glance, fold->tally_at);
    ret_value->i64 = (int64_t)count;
    return true;
}

static bool read_sums(const struct glance *glance, const struct reading *reading,
                      union feature_value *ret_value)
{
    struct tally tally = sums_between(glance, reading);
    if (reading->fold != NO_PART)
        tally = tally_plus(tally, folded(glance, reading));
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
    uint64_t all = count_between(glance, reading->begin, reading->end, reading->counter,
                                 reading->counter_at);
    if (all == 0)
        return false;
    uint64_t hits = 0;
    if (reading->hit_end != NO_PART)
        hits = count_between(glance, reading->begin, reading->hit_end, reading->hit_counter,
                             reading->hit_counter_at);
    ret_value->f64 = (double)hits / (double)all;
    return true;
}

static bool read_peak(const struct glance *glance, const struct reading *reading,
                      union feature_value *ret_value)
{
    const struct fold *fold = fold_of(glance, reading);
    bool greatest = reading->fn == FEATURE_MAX;
    int64_t order = greatest ? INT64_MIN : INT64_MAX;
    bool any = fold != NULL && folded_word(glance, fold->tally_at) != 0;
    if (any)
        order = (int64_t)folded_word(glance, greatest ? fold->greatest_at : fold->least_at);
    any = peak_between(glance->table, glance->row, reading->peak, rank_of(glance, reading->begin),
                       rank_of(glance, reading->end), &order) ||
          any;
    if (any)
        *ret_value = value_of_order(reading->type, order);
    return any;
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
        return read_count(glance, reading, ret_value);
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

/* Counts, and sums and means of integers, which the cursors of both bounds know: most reads of a
 * big row. */
static bool read_plain(const struct glance *glance, const struct reading *reading,
                       union feature_value *ret_value)
{
    uint32_t from = glance->ranks[reading->begin];
    uint32_t to = glance->ranks[reading->end];
    if (from >= to || glance->places[reading->begin].leaf != NONE ||
        glance->places[reading->end].leaf != NONE)
        return window_read(glance, reading, ret_value);
    const struct big *big = glance->row->big;
    const uint64_t *low = cursor_words(big_cursor(glance->table, big, reading->begin));
    const uint64_t *high = cursor_words(big_cursor(glance->table, big, reading->end));
    uint64_t count = to - from;
    if (reading->counter != NO_PART)
        count = high[reading->counter_at.end] - low[reading->counter_at.begin];
    if (reading->fn == FEATURE_COUNT) {
        ret_value->i64 = (int64_t)count;
        return true;
    }
    tally_u128 sums[2];
    memcpy(&sums[0], low + reading->measure_at.begin, sizeof sums[0]);
    memcpy(&sums[1], high + reading->measure_at.end, sizeof sums[1]);
    tally_i128 sum = (tally_i128)(sums[1] - sums[0]);
    if (sum != (int64_t)sum || count == 0)
        return window_read(glance, reading, ret_value);
    if (reading->fn == FEATURE_SUM)
        ret_value->i64 = (int64_t)sum;
    else
        ret_value->f64 = (double)(int64_t)sum / (double)(int64_t)count;
    return true;
}

void windows_read(const struct glance *glance, const struct reading *readings,
                  const uint16_t *windows, uint32_t count, union feature_value *ret_values,
                  bool *ret_present)
{
    for (uint32_t k = 0; k < count; k++) {
        uint16_t window = windows[k];
        const struct reading *reading = &readings[window];
        ret_present[window] = reading->plain ? read_plain(glance, reading, &ret_values[window])
                                             : window_read(glance, reading, &ret_values[window]);
    }
}
