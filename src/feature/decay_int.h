#ifndef FEATURE_DECAY_INT_H
#define FEATURE_DECAY_INT_H

#include "feature/sequence_int.h"

/* Decayed sums, four words each in a row's fold. */

void decay_init(const struct table *table, uint64_t *words);

/* Counts an event in; before or after its insertion. */
void decay_insert(const struct table *table, struct row *row, const struct item *item);

/* After an insertion: nothing will be read before settled_ms, and events at or before line_ms are
 * about to be dropped. */
void decay_settle(const struct table *table, struct row *row, int64_t settled_ms, int64_t line_ms);

/* The sum at a time. O(1), or O(events since it last settled) when late. */
double decay_read(const struct table *table, const struct row *row, uint16_t decay, int64_t at_ms);

/* 2^-x for x >= 0: within 2 units in the last place, the same on every machine. */
double decay_factor(double x);

#endif
