#ifndef MODEL_MEASURE_H
#define MODEL_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"

/*
 * How good scores are, on rows of which the truth is known. A row is an event; its score says how
 * likely it is bad (any scale, higher is worse), its truth whether it was. "Positive" is a bad row,
 * "reviewed" or "alerted" a row that is at or above a threshold or within a capacity, and a "hit" a
 * positive one that is.
 *
 * All counts are exact integers; a figure is rounded once, where it is divided.
 */

#define MEASURE_ROWS_MAX ((size_t)1 << 31)
#define MEASURE_BINS_MAX 100
#define MEASURE_BINS_DEFAULT 10

struct measure_rows {
    size_t row_count;             /* 1 to MEASURE_ROWS_MAX */
    const double *scores;         /* no NAN; -0 and 0 are equal */
    const bool *truths;
    const int64_t *amounts_minor; /* what each row is worth, or NULL: nothing is known of money */
};

/* What lies at or above a threshold. */
struct measure_point {
    double score;       /* the threshold; INFINITY where no row is reviewed */
    size_t row_count;   /* rows scored `score` or more: reviews */
    size_t hit_count;   /* positives among them */
    int64_t hit_minor;  /* amounts of these positives */
};

/* Rows in the order of falling scores, equal scores taken together: one point per distinct score.
 * Any thread may read. */
struct measure;

/* Sorts the rows, of which nothing is kept. Memory: 64 bytes a row while it runs, then 32 a
 * distinct score. Linear.
 * STATUS_INVALID with a diag: no rows, a score that is NAN, or one class only (then neither curve
 * is defined); STATUS_LIMIT: more than MEASURE_ROWS_MAX; STATUS_OVERFLOW: the positives' amounts
 * add up beyond int64_t; STATUS_NO_MEMORY. */
MUST_CHECK enum status measure_new(const struct measure_rows *rows, struct mem *mem,
                                   struct measure **ret_measure, struct diag *diag);

/* Frees; NULL is allowed. */
void measure_free(struct measure *measure);

/* All rows: score is the lowest there is, hit_count the number of positives. O(1). */
struct measure_point measure_total(const struct measure *measure);

/* Area under the ROC curve: the share of pairs of a positive and a negative in which the positive
 * has the higher score, ties counting half (Hanley, McNeil: "The meaning and use of the area under
 * a receiver operating characteristic (ROC) curve", Radiology 143, 1982; scikit-learn:
 * roc_auc_score). Pairs are counted in integers. O(distinct scores). */
double measure_auc(const struct measure *measure);

/* Average precision: the sum of (R_n - R_(n-1)) P_n over the distinct scores, highest first, where
 * P_n and R_n are precision and recall of all rows at or above the n-th; no interpolation
 * (scikit-learn: average_precision_score). O(distinct scores). */
double measure_average_precision(const struct measure *measure);

/* The points that curves are drawn of, at most `point_count_max` (2 or more): the first has no
 * row, the last all, and those between are the distinct scores, thinned where there are more to
 * even steps along the ROC curve's path (right and up added). With P and N the positives and
 * negatives of measure_total, a point is drawn
 *   ROC: x = (row_count - hit_count) / N, y = hit_count / P (scikit-learn: roc_curve)
 *   precision-recall: x = hit_count / P, y = hit_count / row_count, 1 where there is no row
 *     (scikit-learn: precision_recall_curve)
 *   gains: x = row_count / (P + N), y = hit_count / P.
 * ret_points: room for point_count_max. O(distinct scores). */
void measure_curve(const struct measure *measure, size_t point_count_max,
                   struct measure_point *ret_points, size_t *ret_count);

/* What is reviewed when all rows scored `score` or more are. O(log(distinct scores)). */
struct measure_point measure_at(const struct measure *measure, double score);

/* Gains: the share of the positives within the `share` (0 to 1) of all rows with the highest
 * scores. Where the border falls among equal scores, their positives count in proportion, as in the
 * mean over all orders of them (cumulative gains: Provost, Fawcett: "Data Science for Business",
 * 2013, chapter 8). O(log(distinct scores)). */
double measure_gain(const struct measure *measure, double share);

/* Money saved: the hits' amounts less `cost_minor` for each review (0 to MONEY_MINOR_MAX), at the
 * ends of int64_t where it would lie beyond them (the saving of Bahnsen, Aouada, Ottersten:
 * "Example-dependent cost-sensitive decision trees", Expert Systems with Applications 42, 2015, in
 * money rather than as a share). O(1). */
int64_t measure_saved_minor(const struct measure_point *point, int64_t cost_minor);

/* The threshold that saves most: of all distinct scores and of reviewing nothing; of several that
 * save the same, the one with the fewest reviews. O(distinct scores). */
struct measure_point measure_best(const struct measure *measure, int64_t cost_minor);

/* A bin of scores: what was said and what came. */
struct measure_bin {
    size_t row_count;
    size_t hit_count;   /* positives */
    double score_mean;  /* of its rows; 0 when it has none */
};

/* How well scores do as probabilities. */
struct measure_fit {
    double brier;             /* mean of (score - truth)^2 (Brier: "Verification of forecasts
                                 expressed in terms of probability", Monthly Weather Review 78,
                                 1950, for two classes as scikit-learn: brier_score_loss) */
    double log_loss;          /* mean of -log of what was said of what came, in nats, scores held
                                 2^-52 away from 0 and 1 (scikit-learn: log_loss) */
    double calibration_error; /* expected calibration error: the mean over the rows of
                                 |share of positives - mean score| of their bin (Naeini, Cooper,
                                 Hauskrecht: "Obtaining well calibrated probabilities using
                                 Bayesian binning", AAAI 2015; Guo et al.: "On calibration of
                                 modern neural networks", ICML 2017, equation 5) */
};

/* Measures scores as probabilities, in bins of equal width: bin i holds the scores in
 * (i / bin_count, (i + 1) / bin_count], the first 0 too (as scikit-learn: calibration_curve).
 * bin_count: 1 to MEASURE_BINS_MAX; ret_bins: that many.
 * STATUS_INVALID with a diag: a score below 0 or above 1. O(distinct scores). */
MUST_CHECK enum status measure_probabilities(const struct measure *measure, size_t bin_count,
                                             struct measure_bin *ret_bins,
                                             struct measure_fit *ret_fit, struct diag *diag);

/* What a team sees that can review so many rows and no more. */
struct measure_review {
    size_t day_count;
    size_t review_count;
    size_t hit_count;
    int64_t hit_minor;    /* amounts of the hits */
    double precision;     /* hits / reviews */
    double recall;        /* hits / positives */
};

/* Precision and recall when on each day the `k` (at least 1) highest scores are reviewed, all where
 * there are fewer; of equal scores the row that comes first. A share of all rows is reviewed as
 * share * row_count of a single day.
 * days: each row's day, any numbering; NULL: all rows are of one day.
 * Errors and memory as measure_new. O(rows). */
MUST_CHECK enum status measure_at_capacity(const struct measure_rows *rows, const int32_t *days,
                                           size_t k, struct mem *mem,
                                           struct measure_review *ret_review, struct diag *diag);

/* What rows are about, for measures that count an entity once. */
struct measure_entities {
    const uint32_t *entities;  /* each row's entity (card, customer): small indexes, since memory
                                  is taken for each up to the highest */
    const int32_t *days;       /* each row's day, any numbering */
};

/* Entity (card) precision at k: on each day, in order, entities are ranked by their highest score,
 * leaving out those that were among the k highest with a positive (a hit) on an earlier day; the
 * day's figure is the number of entities that have a positive that day, of the k first, divided by
 * k (also where there are fewer); the measure is the mean over the days that have rows (card
 * precision top-k: Le Borgne et al., "Reproducible Machine Learning for Credit Card Fraud
 * Detection", 2022, chapter 4). Of entities with equal scores the lower index comes first.
 * k: at least 1. A perfect scorer's figure is that of the truths as scores.
 * Errors as measure_new, but one class is allowed. Memory: 33 bytes a row and one an entity.
 * Linear. */
MUST_CHECK enum status measure_entity_precision(const struct measure_rows *rows,
                                                const struct measure_entities *about, size_t k,
                                                struct mem *mem, double *ret_precision,
                                                struct diag *diag);

#endif
