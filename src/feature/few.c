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

/* A window's share of a strip. */
struct part {
    const struct table *table;
    const struct strip *strip;
    const struct run *run;
    uint32_t from;
    uint32_t to;
};

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
    strip->dense = (shared_classes(glance->table, run) >> strand->class_index & 1) != 0;
    if (strand->column != NO_COLUMN && widen(glance->table, run, strand->column, strip->orders))
        strip->dense = false;
    if (!strip->dense)
        thin(glance->table, run, strand, strip);
    if (strand->summed)
        add_up(strip);
}

static inline struct part part_of(const struct glance *glance, uint16_t index, uint16_t begin,
                                  uint16_t end)
{
    struct strip *strip = &glance->strips[index];
    if (strip->stamp != glance->stamp)
        lay_out(glance, &glance->table->strands[index], strip);
    struct part part = {glance->table, strip, &glance->row->run, glance->ranks[begin],
                        glance->ranks[end]};
    if (!strip->dense) {
        part.from = strip->places[part.from];
        part.to = strip->places[part.to];
    }
    return part;
}

static inline uint32_t size_of(const struct part *part)
{
    return part->to - part->from;
}

static inline int64_t sum_of(const struct part *part)
{
    return part->strip->sums[part->to] - part->strip->sums[part->from];
}

static bool read_mean(const struct part *part, union feature_value *ret_value)
{
    if (size_of(part) == 0)
        return false;
    ret_value->f64 = (double)sum_of(part) / (double)size_of(part);
    return true;
}

static bool read_deviation(const struct part *part, union feature_value *ret_value)
{
    uint32_t count = size_of(part);
    if (count < 2)
        return false;
    tally_u128 squares = 0;
    for (uint32_t k = part->from; k < part->to; k++)
        squares += (tally_u128)((tally_i128)part->strip->orders[k] * part->strip->orders[k]);
    tally_i128 sum = sum_of(part);
    double spread = (double)(squares * count - (tally_u128)(sum * sum));
    ret_value->f64 = sqrt(spread / ((double)count * ((double)count - 1)));
    return true;
}

static void put_ordered(enum feature_type type, int64_t order, union feature_value *ret_value)
{
    ret_value->i64 = value_order(type, (uint64_t)order);
}

static bool read_least(const struct part *part, enum feature_type type,
                       union feature_value *ret_value)
{
    int64_t least = INT64_MAX;
    for (uint32_t k = part->from; k < part->to; k++)
        least = part->strip->orders[k] < least ? part->strip->orders[k] : least;
    if (size_of(part) != 0)
        put_ordered(type, least, ret_value);
    return size_of(part) != 0;
}

static bool read_greatest(const struct part *part, enum feature_type type,
                          union feature_value *ret_value)
{
    int64_t greatest = INT64_MIN;
    for (uint32_t k = part->from; k < part->to; k++)
        greatest = part->strip->orders[k] > greatest ? part->strip->orders[k] : greatest;
    if (size_of(part) != 0)
        put_ordered(type, greatest, ret_value);
    return size_of(part) != 0;
}

/* How long before the reading time event `k` of the part's strip was. */
static int64_t elapsed(const struct glance *glance, const struct part *part, uint32_t k)
{
    uint32_t event = part->strip->dense ? k : part->strip->events[k];
    return glance->at_ms - run_time(part->table, part->run, event);
}

static uint32_t occurrences(const int64_t *values, uint32_t count, int64_t value)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += values[i] == value;
    return n;
}

/* Earlier values are only looked through when one of them had the same place among 64. */
static uint32_t distinct(const struct part *part)
{
    const int64_t *values = part->strip->orders + part->from;
    uint32_t different = 0;
    uint64_t places = 0;
    for (uint32_t i = 0; i < size_of(part); i++) {
        uint64_t place = (uint64_t)1 << ((uint64_t)values[i] * 0x9e3779b97f4a7c15u >> 58);
        different += (places & place) == 0 || occurrences(values, i, values[i]) == 0;
        places |= place;
    }
    return different;
}

static bool read_entropy(const struct part *part, union feature_value *ret_value)
{
    const int64_t *values = part->strip->orders + part->from;
    uint32_t count = size_of(part);
    int64_t log_sum = 0;
    for (uint32_t i = 0; i < count; i++)
        if (occurrences(values, i, values[i]) == 0)
            log_sum += part->table->power_logs[occurrences(values, count, values[i])];
    if (count != 0)
        ret_value->f64 = entropy_of(part->table->power_logs, count, log_sum);
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

static bool read_quantile(const struct part *part, const struct reading *reading,
                          union feature_value *ret_value)
{
    uint32_t count = size_of(part);
    if (count == 0)
        return false;
    int64_t order = select_rank(part->strip->orders + part->from, count,
                                quantile_rank(reading->parameter, count));
    put_ordered(reading->type, order, ret_value);
    return true;
}

static bool read_rate(const struct glance *glance, const struct reading *reading,
                      const struct part *part, union feature_value *ret_value)
{
    if (size_of(part) == 0)
        return false;
    uint32_t hits = 0;
    if (reading->hit_end != NO_PART) {
        struct part hit = part_of(glance, reading->hit_strand, reading->begin, reading->hit_end);
        hits = size_of(&hit);
    }
    ret_value->f64 = (double)hits / (double)size_of(part);
    return true;
}

static bool read_one(const struct glance *glance, const struct reading *reading,
                     union feature_value *ret_value)
{
    struct part part = part_of(glance, reading->strand, reading->begin, reading->end);
    switch (reading->fn) {
    case FEATURE_COUNT:
        ret_value->i64 = size_of(&part);
        return true;
    case FEATURE_SUM:
        ret_value->i64 = sum_of(&part);
        return true;
    case FEATURE_MEAN:
        return read_mean(&part, ret_value);
    case FEATURE_STD:
        return read_deviation(&part, ret_value);
    case FEATURE_MIN:
        return read_least(&part, reading->type, ret_value);
    case FEATURE_MAX:
        return read_greatest(&part, reading->type, ret_value);
    case FEATURE_FIRST:
        if (size_of(&part) != 0)
            put_ordered(reading->type, part.strip->orders[part.from], ret_value);
        return size_of(&part) != 0;
    case FEATURE_LAST:
        if (size_of(&part) != 0)
            put_ordered(reading->type, part.strip->orders[part.to - 1], ret_value);
        return size_of(&part) != 0;
    case FEATURE_DISTINCT:
        ret_value->i64 = distinct(&part);
        return true;
    case FEATURE_AGE:
        if (size_of(&part) != 0)
            ret_value->i64 = elapsed(glance, &part, part.from);
        return size_of(&part) != 0;
    case FEATURE_SINCE:
        if (size_of(&part) != 0)
            ret_value->i64 = elapsed(glance, &part, part.to - 1);
        return size_of(&part) != 0;
    case FEATURE_RATE:
        return read_rate(glance, reading, &part, ret_value);
    case FEATURE_ENTROPY:
        return read_entropy(&part, ret_value);
    case FEATURE_QUANTILE:
        return read_quantile(&part, reading, ret_value);
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
        ret_present[window] = reading->strand != NO_PART
                                  ? read_one(glance, reading, &ret_values[window])
                                  : window_read(glance, reading, &ret_values[window]);
    }
}
