#ifndef BENCH_FOREST_H
#define BENCH_FOREST_H

#include "base/buf.h"
#include "base/random.h"

/* A forest to score with, as a file of XGBoost: complete trees that ask random features at values
 * that rows have had, so that rows go every way. */

#define FOREST_TREES 100
#define FOREST_DEPTH 6

/* Appends the file. rows: row_count of feature_count doubles each, NAN where missing. */
void forest_put(struct buf *out, struct random *random, const double *rows, size_t row_count,
                size_t feature_count);

#endif
