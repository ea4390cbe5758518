#ifndef MODEL_POPULATION_INT_H
#define MODEL_POPULATION_INT_H

#include <stddef.h>

#include "base/buf.h"
#include "model/histogram.h"

/* The picture of a feature's values. */

#define POPULATION_COLUMNS 30 /* at least HISTOGRAM_BINS_MAX */

/* Turns a histogram, whose bins hold about equal counts, into columns that show where the values
 * lie: one per value where each has a bin of its own, else evenly spaced ones from min to max, on a
 * scale of logarithms where a long tail would leave nothing to see. ret_columns: counts, in
 * fractions where a bin is spread over several. Returns how many columns; 0 without values. Pure.
 */
size_t population_columns(const struct histogram *histogram,
                          double ret_columns[POPULATION_COLUMNS]);

/* Draws the columns as a thumbnail that says in words what it shows. */
void population_put_thumbnail(const struct histogram *histogram, struct buf *out);

/* All values, the missing ones too. */
uint64_t population_rows(const struct histogram *histogram);

#endif
