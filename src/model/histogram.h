#ifndef MODEL_HISTOGRAM_H
#define MODEL_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"

/*
 * What a feature's values, or scores, look like in so few numbers that they can be kept with a
 * model and held against later values: what drift is measured by.
 *
 * Bin i holds the values x with edges[i - 1] < x <= edges[i]; the first has no lower edge and the
 * last no upper one. The edges are values of the rows that they were made from: each value has a
 * bin of its own where HISTOGRAM_BINS_MAX are enough for that, otherwise they are the quantiles
 * i / HISTOGRAM_BINS_MAX, one where several are equal. NAN counts as missing.
 */

#define HISTOGRAM_BINS_MAX 20
#define HISTOGRAM_ROWS_MAX ((size_t)1 << 31)

struct histogram {
    uint32_t bin_count;                      /* 1 to HISTOGRAM_BINS_MAX */
    double edges[HISTOGRAM_BINS_MAX - 1];    /* bin_count - 1 of them, finite, rising */
    uint64_t counts[HISTOGRAM_BINS_MAX];
    uint64_t missing_count;
    uint64_t finite_count;   /* of the values below; infinite ones count in the end bins alone */
    double mean;             /* of the finite values; 0 when there are none, as all below */
    double std;              /* divided by finite_count */
    double min;
    double max;
};

/* Summarises values in bins made from them.
 * values: NAN where missing; count: 0 to HISTOGRAM_ROWS_MAX. mem: 32 bytes a value while it runs.
 * STATUS_LIMIT: more values; STATUS_NO_MEMORY. Linear. */
MUST_CHECK enum status histogram_make(const double *values, size_t count, struct mem *mem,
                                      struct histogram *ret_histogram);

/* Summarises other values in the bins of `like`. ret_histogram may not be `like`. O(count). */
void histogram_count(const struct histogram *like, const double *values, size_t count,
                     struct histogram *ret_histogram);

/* Whether both have the same bins, so that they can be compared. */
bool histogram_same_bins(const struct histogram *a, const struct histogram *b);

/* Population stability index: the sum over the bins, missing values being one more, of
 * (a - b) log(a / b), where a and b are the shares of all values in the bin; symmetric, 0 where
 * nothing changed. Below 0.1 is commonly read as stable and above 0.25 as a shift (Siddiqi: "Credit
 * Risk Scorecards", 2006, chapter 9). Half a value is added to each bin, so that an empty one has a
 * share. Both have the same bins (histogram_same_bins). O(bins). */
double histogram_psi(const struct histogram *a, const struct histogram *b);

/* Two-sample Kolmogorov-Smirnov statistic on bins: the largest difference of the shares of values
 * up to an edge, missing ones left out; 0 to 1, at most the statistic of the values themselves
 * (Smirnov: "Table for estimating the goodness of fit of empirical distributions", Annals of
 * Mathematical Statistics 19, 1948). 0 where one of them has no values. Both have the same bins.
 * O(bins). */
double histogram_ks(const struct histogram *a, const struct histogram *b);

/* Appends it as one JSON object: {"edges": [...], "counts": [...], "missing": n, "finite": n,
 * "mean": x, "std": x, "min": x, "max": x}; numbers read back to the bit. */
void histogram_put_json(const struct histogram *histogram, struct buf *out);

struct tree_value;

/* Reads what histogram_put_json wrote from a document's tree (codec/tree.h), which is hostile.
 * STATUS_INVALID with a diag that names the field. */
MUST_CHECK enum status histogram_read(const struct tree_value *value,
                                      struct histogram *ret_histogram, struct diag *diag);

#endif
