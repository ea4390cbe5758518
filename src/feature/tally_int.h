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

/* Adds the events [i, j) of the run that belong to the measure's class. */
void tally_add(const struct table *table, const struct measure *measure, const struct run *run,
               uint32_t i, uint32_t j, struct tally *tally);

/* How many of the events [i, j) belong to the class. */
uint32_t tally_count(const struct table *table, const struct run *run, uint32_t i, uint32_t j,
                     uint8_t class_index);

/* The sum over those events of a column of integers: at most 1024 of them fit in 64 bits. */
int64_t tally_integers(const struct table *table, const struct run *run, uint32_t i, uint32_t j,
                       uint8_t class_index, uint8_t column);

/* Adds one value. */
void tally_add_value(const struct measure *measure, enum feature_type type, uint64_t value,
                     struct tally *tally);

/* a - b. */
struct tally tally_minus(struct tally a, struct tally b);
struct tally tally_plus(struct tally a, struct tally b);

/* To and from the words that `measure` has at its place in an array of words. */
struct tally tally_load(const struct measure *measure, const uint64_t *words);
void tally_store(const struct measure *measure, struct tally tally, uint64_t *words);

/* Adds one event to all measures of an array of words. */
void tally_add_event(const struct table *table, const struct item *item, uint64_t *words);

/* Sum as int64_t, saturated; sum and mean and sample deviation as doubles. count > 0, or > 1. */
int64_t tally_sum_i64(const struct tally *tally);
double tally_sum(const struct tally *tally, enum feature_type type);
double tally_mean(const struct tally *tally, enum feature_type type);
double tally_deviation(const struct tally *tally, enum feature_type type);

#endif
