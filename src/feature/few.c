/* One idea: most entities have few events, and most windows ask for little: they are answered
 * straight from the arrays of the row's one block.
 *
 * 1. What is not plain enough goes to window_read, which answers everything.
 * 2. A small row's sums of integers fit in 64 bits: 32 of at most 10^15. */
#include "feature/few_int.h"

/* The events [from, to) of the row's run. */
struct few_range {
    const struct table *table;
    const struct run *run;
    uint32_t from;
    uint32_t to;
};

static inline int64_t sum_all(const struct few_range *r, uint8_t column)
{
    if (r->from >= r->to)
        return 0;
    const char *values = run_column(r->table, r->run, column);
    const int32_t *narrow = (const int32_t *)(const void *)values + r->run->start;
    const int64_t *wide = (const int64_t *)(const void *)values + r->run->start;
    int64_t sum = 0;
    if ((r->run->shape & WIDE_INTS) != 0) {
        for (uint32_t k = r->from; k < r->to; k++)
            sum += wide[k];
        return sum;
    }
    uint32_t k = r->from;
    for (; k + 4 <= r->to; k += 4)
        sum += ((int64_t)narrow[k] + narrow[k + 1]) + ((int64_t)narrow[k + 2] + narrow[k + 3]);
    for (; k < r->to; k++)
        sum += narrow[k];
    return sum;
}

static inline uint32_t length(const struct few_range *r)
{
    return r->from < r->to ? r->to - r->from : 0;
}

static inline uint32_t count_in(const struct few_range *r, uint8_t class_index)
{
    return tally_count(r->table, r->run, r->from, r->to, class_index);
}

static inline bool mean(int64_t sum, uint32_t count, union feature_value *ret_value)
{
    if (count != 0)
        ret_value->f64 = (double)sum / (double)count;
    return count != 0;
}

static bool rate(const struct glance *glance, const struct reading *reading, struct few_range r,
                 union feature_value *ret_value)
{
    uint32_t all = count_in(&r, reading->class_index);
    if (all == 0)
        return false;
    r.to = reading->hit_end == NO_PART ? r.from : glance->ranks[reading->hit_end];
    ret_value->f64 = (double)count_in(&r, reading->class_hit) / (double)all;
    return true;
}

/* A missing symbol is no value. */
static uint32_t distinct(const struct few_range *r, uint8_t column)
{
    if (r->from >= r->to)
        return 0;
    const uint32_t *symbols =
        (const uint32_t *)(const void *)run_column(r->table, r->run, column) + r->run->start;
    uint32_t different = 0;
    for (uint32_t k = r->from; k < r->to; k++) {
        uint32_t seen = symbols[k] == NONE;
        for (uint32_t i = r->from; i < k && seen == 0; i++)
            seen = symbols[i] == symbols[k];
        different += seen ^ 1;
    }
    return different;
}

static bool read_one(const struct glance *glance, const struct reading *reading,
                     const struct few_range *r, union feature_value *ret_value)
{
    switch (reading->few) {
    case FEW_COUNT_ALL:
        ret_value->i64 = length(r);
        return true;
    case FEW_COUNT:
        ret_value->i64 = count_in(r, reading->class_index);
        return true;
    case FEW_SUM_ALL:
        ret_value->i64 = sum_all(r, reading->column);
        return true;
    case FEW_SUM:
        ret_value->i64 = tally_integers(r->table, r->run, r->from, r->to, reading->class_index,
                                        reading->column);
        return true;
    case FEW_MEAN_ALL:
        return mean(sum_all(r, reading->column), length(r), ret_value);
    case FEW_MEAN:
        return mean(tally_integers(r->table, r->run, r->from, r->to, reading->class_index,
                                   reading->column),
                    count_in(r, reading->class_index), ret_value);
    case FEW_RATE:
        return rate(glance, reading, *r, ret_value);
    case FEW_AGE_ALL:
        if (r->from < r->to)
            ret_value->i64 = glance->at_ms - run_time(r->table, r->run, r->from);
        return r->from < r->to;
    case FEW_SINCE_ALL:
        if (r->from < r->to)
            ret_value->i64 = glance->at_ms - run_time(r->table, r->run, r->to - 1);
        return r->from < r->to;
    case FEW_DISTINCT_ALL:
        ret_value->i64 = distinct(r, reading->column);
        return true;
    case FEW_NOT:
        break;
    }
    return window_read(glance, reading, ret_value);
}

void few_read(const struct glance *glance, const struct reading *readings,
              const uint16_t *windows, uint32_t count, union feature_value *ret_values,
              bool *ret_present)
{
    struct few_range range = {.table = glance->table, .run = &glance->row->run};
    for (uint32_t k = 0; k < count; k++) {
        uint16_t window = windows[k];
        const struct reading *reading = &readings[window];
        range.from = reading->begin == NO_PART ? 0 : glance->ranks[reading->begin];
        range.to = reading->end == NO_PART ? 0 : glance->ranks[reading->end];
        ret_present[window] = read_one(glance, reading, &range, &ret_values[window]);
    }
}
