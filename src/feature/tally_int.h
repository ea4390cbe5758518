#ifndef FEATURE_TALLY_INT_H
#define FEATURE_TALLY_INT_H

#include "feature/row_int.h"

/* Exact counts, sums and sums of squares. All arithmetic is modulo 2^n and so invertible: the
 * difference of two tallies is exact whenever the true result fits, which the limits ensure. */

__extension__ typedef unsigned __int128 tally_u128;
__extension__ typedef __int128 tally_i128;

/* Doubles are summed as multiples of 2^-64, their squares as multiples of 2^-128. */
struct tally {
    uint64_t count;
    tally_u128 sum;
    tally_u128 square_low;
    tally_u128 square_high;
};

/* Adds the events [i, j) of the run that belong to the measure's class: their count and sums. */
void tally_add(const struct table *table, const struct measure *measure, const struct run *run,
               uint32_t i, uint32_t j, struct tally *tally);

/* How many of the events [i, j) belong to the class. */
uint32_t tally_count(const struct table *table, const struct run *run, uint32_t i, uint32_t j,
                     uint8_t class_index);

/* The sum over those events of a column of integers: at most 1024 of them fit in 64 bits. */
int64_t tally_integers(const struct table *table, const struct run *run, uint32_t i, uint32_t j,
                       uint8_t class_index, uint8_t column);

/* How many of those events, of whatever class, have this value in a column. */
uint32_t tally_equal(const struct table *table, const struct run *run, uint8_t column, uint32_t i,
                     uint32_t j, uint64_t value);

/* a - b. */
struct tally tally_minus(struct tally a, struct tally b);
struct tally tally_plus(struct tally a, struct tally b);

/* From the words of a measure: a count, or a sum and squares. */
struct tally tally_load(const struct measure *measure, const uint64_t *words);

/* Adds to a sum of two words. */
static inline void tally_add_sum(uint64_t *words, tally_i128 x)
{
    tally_u128 sum;
    memcpy(&sum, words, sizeof sum);
    sum += (tally_u128)x;
    memcpy(words, &sum, sizeof sum);
}

/* Adds a double, or a value with its square, to the words of a measure. */
void tally_add_number(const struct measure *measure, uint64_t value, uint64_t *words);

/* Adds a value to the words of a measure, or 1 to those of a count. */
static inline void tally_add_value(const struct measure *measure, uint64_t value, uint64_t *words)
{
    if (measure->column == NO_COLUMN)
        words[0]++;
    else if (measure->type == FEATURE_I64 && !measure->square)
        tally_add_sum(words, (int64_t)value);
    else
        tally_add_number(measure, value, words);
}

/* Adds an event to the words of a measure, if it belongs to its class. */
static inline void tally_add_item(const struct measure *measure, const struct item *item,
                                  uint64_t *words)
{
    if ((item->classes >> measure->class_index & 1) != 0)
        tally_add_value(measure, measure->column == NO_COLUMN ? 0 : item->values[measure->column],
                        words);
}

/* Adds event i of a run to the words of a measure, if it belongs to its class. */
static inline void tally_add_event(const struct table *table, const struct measure *measure,
                                   const struct run *run, uint32_t i, uint64_t *words)
{
    if (table->mask_bytes == 0 || run_in_class(table, run, i, measure->class_index))
        tally_add_value(measure, measure->column == NO_COLUMN
                                     ? 0
                                     : run_value(table, run, measure->column, i),
                        words);
}

/* Adds the events [i, j) of a run to the words of a measure. */
void tally_add_run(const struct table *table, const struct measure *measure, const struct run *run,
                   uint32_t i, uint32_t j, uint64_t *words);

/* Sum as int64_t, saturated; sum and mean and sample deviation as doubles. count > 0, or > 1. */
int64_t tally_sum_i64(const struct tally *tally);
double tally_sum(const struct tally *tally, enum feature_type type);
double tally_mean(const struct tally *tally, enum feature_type type);
double tally_deviation(const struct tally *tally, enum feature_type type);

#endif
