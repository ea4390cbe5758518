/* One idea: most entities have few events: what their windows ask of is laid out densely once, and
 * every window is then a range of it.
 *
 * 1. A strip is valid for the glance whose stamp it bears.
 * 2. The sums of a small row's integers fit in 64 bits, and n times the sum of their squares in
 *    128: they are 32 of at most 10^15.
 * 3. What is not answered here goes to window_read, which answers everything. */
#include "feature/few_int.h"

#include <math.h>

#include "feature/group_int.h"
#include "feature/tally_int.h"

/* The values of all events of a column, widened and ordered; returns whether any is missing. */
static bool widen(const struct table *table, const struct run *run, uint8_t column,
                  int64_t orders[SMALL_EVENTS_MAX])
{
    enum feature_type type = table->spec->columns[column].type;
    uint32_t count = run->count;
    if (count == 0)
        return false;
    const char *values = run_column(table, run, column);
    const uint32_t *narrow = (const uint32_t *)(const void *)values + run->start;
    const uint64_t *wide = (const uint64_t *)(const void *)values + run->start;
    uint32_t missing = 0;
    if (type == FEATURE_SYMBOL) {
        for (uint32_t k = 0; k < count; k++) {
            orders[k] = narrow[k];
            missing |= narrow[k] == NONE;
        }
    } else if (table->column_bytes[run->shape][column] == 4) {
        for (uint32_t k = 0; k < count; k++)
            orders[k] = (int32_t)narrow[k];
    } else {
        for (uint32_t k = 0; k < count; k++)
            orders[k] = value_order(type, wide[k]);
    }
    return missing != 0;
}

/* Closes the gaps that events of other classes and missing symbols leave. */
static void thin(const struct table *table, const struct run *run, const struct strand *strand,
                 struct strip *strip)
{
    bool symbols = strand->column != NO_COLUMN &&
                   table->spec->columns[strand->column].type == FEATURE_SYMBOL;
    uint32_t events = run->count;
    uint32_t count = 0;
    for (uint32_t k = 0; k < events; k++) {
        int64_t order = strip->orders[k];
        strip->places[k] = (uint8_t)count;
        strip->events[count] = (uint8_t)k;
        strip->orders[count] = order;
        count += run_in_class(table, run, k, strand->class_index) && !(symbols && order == NONE);
    }
    strip->places[events] = (uint8_t)count;
    strip->count = count;
}

static void add_up(struct strip *strip)
{
    uint32_t count = strip->count;
    int64_t sum = 0;
    for (uint32_t k = 0; k < count; k++) {
        strip->sums[k] = sum;
        sum += strip->orders[k];
    }
    strip->sums[count] = sum;
}

static void lay_out(const struct glance *glance, const struct strand *strand, struct strip *strip)
{
    const struct run *run = &glance->row->run;
    strip->stamp = glance->stamp;
    strip->count = run->count;
    strip->dense = (glance->shared_classes >> strand->class_index & 1) != 0;
    if (strand->column != NO_COLUMN && widen(glance->table, run, strand->column, strip->orders))
        strip->dense = false;
    if (!strip->dense)
        thin(glance->table, run, strand, strip);
    if (strand->summed)
        add_up(strip);
}

static inline const struct strip *strip_at(const struct glance *glance, uint16_t index)
{
    struct strip *strip = &glance->strips[index];
    if (strip->stamp != glance->stamp)
        lay_out(glance, &glance->table->strands[index], strip);
    return strip;
}

/* How many of the first `rank` events of the row belong to the strip. */
static inline uint32_t place(const struct strip *strip, uint32_t rank)
{
    return strip->dense ? rank : strip->places[rank];
}

static bool read_mean(const struct strip *strip, uint32_t from, uint32_t to,
                      union feature_value *ret_value)
{
    if (from < to)
        ret_value->f64 = (double)(strip->sums[to] - strip->sums[from]) / (double)(to - from);
    return from < to;
}

static bool read_deviation(const struct strip *strip, uint32_t from, uint32_t to,
                           union feature_value *ret_value)
{
    uint32_t count = to - from;
    if (count < 2)
        return false;
    tally_u128 squares = 0;
    for (uint32_t k = from; k < to; k++)
        squares += (tally_u128)((tally_i128)strip->orders[k] * strip->orders[k]);
    tally_i128 sum = strip->sums[to] - strip->sums[from];
    double spread = (double)(squares * count - (tally_u128)(sum * sum));
    ret_value->f64 = sqrt(spread / ((double)count * ((double)count - 1)));
    return true;
}

/* The value whose order is `order`, if the window is not empty. */
static inline bool put_ordered(bool any, enum feature_type type, int64_t order,
                               union feature_value *ret_value)
{
    if (any)
        *ret_value = value_of_order(type, order);
    return any;
}

static int64_t least(const int64_t *orders, uint32_t from, uint32_t to)
{
    int64_t best = INT64_MAX;
    for (uint32_t k = from; k < to; k++)
        best = orders[k] < best ? orders[k] : best;
    return best;
}

static int64_t greatest(const int64_t *orders, uint32_t from, uint32_t to)
{
    int64_t best = INT64_MIN;
    for (uint32_t k = from; k < to; k++)
        best = orders[k] > best ? orders[k] : best;
    return best;
}

/* How long before the reading time the event of a place was. */
static int64_t elapsed(const struct glance *glance, const struct strip *strip, uint32_t at)
{
    uint32_t event = strip->dense ? at : strip->events[at];
    return glance->at_ms - run_time(glance->table, &glance->row->run, event);
}

static uint32_t occurrences(const int64_t *values, uint32_t count, int64_t value)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += values[i] == value;
    return n;
}

/* Earlier values are only looked through when one of them had the same place among 64. */
static uint32_t distinct(const int64_t *values, uint32_t count)
{
    uint32_t different = 0;
    uint64_t places = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t mark = (uint64_t)1 << ((uint64_t)values[i] * 0x9e3779b97f4a7c15u >> 58);
        different += (places & mark) == 0 || occurrences(values, i, values[i]) == 0;
        places |= mark;
    }
    return different;
}

static bool read_entropy(const int64_t *power_logs, const int64_t *values, uint32_t count,
                         union feature_value *ret_value)
{
    int64_t log_sum = 0;
    for (uint32_t i = 0; i < count; i++)
        if (occurrences(values, i, values[i]) == 0)
            log_sum += power_logs[occurrences(values, count, values[i])];
    if (count != 0)
        ret_value->f64 = entropy_of(power_logs, count, log_sum);
    return count != 0;
}

static int64_t select_rank(const int64_t *values, uint32_t count, uint32_t rank)
{
    int64_t sorted[SMALL_EVENTS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > values[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = values[i];
    }
    return sorted[rank];
}

static bool read_quantile(const struct reading *reading, const int64_t *values, uint32_t count,
                          union feature_value *ret_value)
{
    return count != 0 &&
           put_ordered(true, reading->type,
                       select_rank(values, count, quantile_rank(reading->parameter, count)),
                       ret_value);
}

static bool read_rate(const struct glance *glance, const struct reading *reading, uint32_t count,
                      union feature_value *ret_value)
{
    if (count == 0)
        return false;
    uint32_t hits = 0;
    if (reading->hit_end != NO_PART) {
        const struct strip *strip = strip_at(glance, reading->hit_strand);
        hits = place(strip, glance->ranks[reading->hit_end]) -
               place(strip, glance->ranks[reading->begin]);
    }
    ret_value->f64 = (double)hits / (double)count;
    return true;
}

static inline bool read_one(const struct glance *glance, const struct reading *reading,
                            union feature_value *ret_value)
{
    const struct strip *strip = strip_at(glance, reading->strand);
    uint32_t from = place(strip, glance->ranks[reading->begin]);
    uint32_t to = place(strip, glance->ranks[reading->end]);
    const int64_t *orders = strip->orders;
    bool any = from < to;
    switch (reading->fn) {
    case FEATURE_COUNT:
        ret_value->i64 = to - from;
        return true;
    case FEATURE_SUM:
        ret_value->i64 = strip->sums[to] - strip->sums[from];
        return true;
    case FEATURE_MEAN:
        return read_mean(strip, from, to, ret_value);
    case FEATURE_STD:
        return read_deviation(strip, from, to, ret_value);
    case FEATURE_MIN:
        return put_ordered(any, reading->type, least(orders, from, to), ret_value);
    case FEATURE_MAX:
        return put_ordered(any, reading->type, greatest(orders, from, to), ret_value);
    case FEATURE_FIRST:
        return any && put_ordered(any, reading->type, orders[from], ret_value);
    case FEATURE_LAST:
        return any && put_ordered(any, reading->type, orders[to - 1], ret_value);
    case FEATURE_DISTINCT:
        ret_value->i64 = distinct(orders + from, to - from);
        return true;
    case FEATURE_AGE:
        if (any)
            ret_value->i64 = elapsed(glance, strip, from);
        return any;
    case FEATURE_SINCE:
        if (any)
            ret_value->i64 = elapsed(glance, strip, to - 1);
        return any;
    case FEATURE_RATE:
        return read_rate(glance, reading, to - from, ret_value);
    case FEATURE_ENTROPY:
        return read_entropy(glance->table->power_logs, orders + from, to - from, ret_value);
    case FEATURE_QUANTILE:
        return read_quantile(reading, orders + from, to - from, ret_value);
    case FEATURE_DECAYED:
        break;
    }
    return false;
}

void few_read(const struct glance *glance, const struct reading *readings,
              const uint16_t *windows, uint32_t count, union feature_value *ret_values,
              bool *ret_present)
{
    for (uint32_t k = 0; k < count; k++) {
        uint16_t window = windows[k];
        const struct reading *reading = &readings[window];
        if (reading->counts_all) {
            ret_values[window].i64 = glance->ranks[reading->end] - glance->ranks[reading->begin];
            ret_present[window] = true;
            continue;
        }
        ret_present[window] = reading->strand != NO_PART
                                  ? read_one(glance, reading, &ret_values[window])
                                  : window_read(glance, reading, &ret_values[window]);
    }
}
