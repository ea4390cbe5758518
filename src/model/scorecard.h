#ifndef MODEL_SCORECARD_H
#define MODEL_SCORECARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "codec/tree.h"
#include "model/train.h"

/*
 * A credit scorecard: each feature is cut into bins, each bin is worth points, and a borrower's
 * score is the sum. Siddiqi, "Credit Risk Scorecards" (Wiley, 2006): binning by weight of evidence
 * (chapter 6), scaling by points to double the odds, reasons by the points lost against the average
 * borrower (both chapter 7).
 *
 * The body of a model file of kind "scorecard" is one JSON object:
 *
 *   {"scale": {"points": 660, "odds": 15, "double": 40, "least": 300, "most": 850},
 *    "base": {"log_odds": -3.1, "points": 683},
 *    "features": [{"below": [27, 33], "bins": [CELL, CELL, CELL], "missing": CELL,
 *                  "special": [{"value": 98, "cell": CELL}, ...]},
 *                 {"categories": [0, 1, 0], "bins": [CELL, CELL], "missing": CELL, "special": []}]}
 *
 *   CELL = {"log_odds": 0.35, "points": -20, "rows": 4711, "positives": 512}
 *
 * A value x is missing (NAN), or special (equal to one of the values), or falls into the first bin
 * whose "below" it is below, and into the last bin when there is none; category c falls into bin
 * categories[c], and into none, which is worth nothing, when that is -1 or not there. Values are
 * rounded to single precision first, as they were when the card was made.
 *
 * Log-odds are those of a positive label, so more is worse; points are the other way round. Both
 * are given against the average row of the training: a row starts at the base, which is the average
 * borrower, and each feature adds to it or takes away. Rows are scored by points alone, which are
 * whole, so that a score can be added up on paper; log-odds are what the points were rounded from.
 */

#define SCORECARD_FEATURES_MAX 256
#define SCORECARD_BINS_MAX 64            /* of one feature */
#define SCORECARD_SPECIAL_MAX 8          /* special values of one feature */
#define SCORECARD_CATEGORIES_MAX 1024    /* of one feature */
#define SCORECARD_CELL_POINTS_MAX 100000 /* of one cell or the base, either way */
#define SCORECARD_ODDS_MIN 1e-6
#define SCORECARD_ODDS_MAX 1e6
#define SCORECARD_DOUBLE_MAX 1000.0      /* points to double the odds; at least 1 */
#define SCORECARD_NO_BIN UINT16_MAX

/* What a bin is worth, and the rows of the training that fell into it. */
struct scorecard_cell {
    double log_odds;
    int32_t points;
    uint64_t row_count;
    uint64_t positive_count;
};

struct scorecard_feature {
    bool category;
    uint32_t bin_count;                 /* 1 to SCORECARD_BINS_MAX */
    const double *below;                /* not of a category: bin_count - 1, rising */
    uint32_t category_count;
    const uint16_t *category_bins;      /* of each category its bin, or SCORECARD_NO_BIN */
    uint32_t special_count;
    const double *special_values;
    const struct scorecard_cell *cells; /* of the bins, then of the special values, then of what
                                           is missing */
};

/* How log-odds become points: `points` at `odds` to 1 of a negative label, and `to_double` points
 * more wherever the odds double. */
struct scorecard_scale {
    int32_t points;
    double odds;
    double to_double;
    int32_t least;                      /* a score is never below ... */
    int32_t most;                       /* ... and never above */
};

/* A card that was read is checked: every number is finite and every index in range. */
struct scorecard {
    struct scorecard_scale scale;
    double even_points;                 /* points at even odds, by the scale */
    double factor;                      /* points for which log-odds fall by 1 */
    double base_log_odds;
    int32_t base_points;
    uint32_t feature_count;
    const struct scorecard_feature *features;
};

/* A feature that costs points. */
struct scorecard_reason {
    uint32_t feature;
    int32_t points;                     /* below 0: lost against the average borrower */
};

/* Reads a card from the body of a model file.
 * body: as above, hostile; feature_count: how many the file names; arena: receives the card.
 * STATUS_INVALID, STATUS_LIMIT with a diag that names the byte, the feature and what is wrong;
 * STATUS_NO_MEMORY. Linear. */
MUST_CHECK enum status scorecard_read(const struct tree_value *body, uint32_t feature_count,
                                      struct arena *arena, struct scorecard *ret_card,
                                      struct diag *diag);

/* What the value x of a feature (below feature_count) is worth; lives as long as the card.
 * O(log bins); pure, as all that follows. */
const struct scorecard_cell *scorecard_cell(const struct scorecard *card, uint32_t feature,
                                            double x);

/* The margin of a row: the log-odds of a positive label that its points stand for. row:
 * feature_count doubles. */
double scorecard_margin(const struct scorecard *card, const double *row);

/* The score that a margin stands for, in points: the sum of the base and of the points of the row's
 * cells, kept within least and most. The margin is one that scorecard_margin gave; NAN gives the
 * least. */
int32_t scorecard_points(const struct scorecard *card, double margin);

/* The contributions to the margin: one per feature, and last the base. They sum to the margin but
 * for rounding. ret_contributions: feature_count + 1. */
void scorecard_explain(const struct scorecard *card, const double *row, double *ret_contributions);

/* The points that one contribution stands for, exactly those of its cell. */
int32_t scorecard_points_of_part(const struct scorecard *card, double contribution);

/* The features that cost a row the most points, the costliest first, of equal ones the earlier
 * first. ret_reasons: room for reason_count_max; returns how many there are, at most that.
 * O(features * reasons). */
uint32_t scorecard_reasons(const struct scorecard *card, const double *row,
                           uint32_t reason_count_max, struct scorecard_reason *ret_reasons);

/* ---- making one ---- */

struct scorecard_options {
    uint32_t bins_max;          /* of a feature, 2 to SCORECARD_BINS_MAX */
    double share_min;           /* of the rows in a bin, above 0, up to 0.5 */
    double chi2_min;            /* neighbours whose rates differ by less are one bin: Pearson's
                                   chi-squared, one degree of freedom; 6.63 is p = 0.01 */
    double smoothing;           /* rows at the average rate that are added to each bin's before its
                                   weight of evidence is taken; above 0 */
    double ridge;               /* of the coefficients; above 0 */
    uint32_t special_count;     /* values that are no quantities, such as 98 for "not told", and */
    double special_values[SCORECARD_SPECIAL_MAX]; /* get cells of their own where they occur */
    struct scorecard_scale scale;
};

/* Bins of half a percent and more, at most 20; 660 points at 15 to 1, 40 to double, 300 to 850. */
struct scorecard_options scorecard_options_default(void);

struct scorecard_job {
    const struct matrix *matrix;
    const struct train_feature *features; /* matrix->feature_count; at least one not excluded; a
                                             direction makes the bins' rates rise or fall */
    struct train_rows fit;
    struct scorecard_options options;
};

struct scorecard_result {
    size_t row_count;
    size_t positive_count;
    uint32_t feature_count;     /* of the card: those not excluded */
    uint32_t used_count;        /* those of them that are worth points */
};

/* Makes a card, and appends its body to `body`. The features are those not excluded, in their
 * order. A feature whose coefficient would be negative, so that the card would punish what is good
 * by itself, is worth nothing (the most negative goes first, and the others are fitted again).
 * The same rows and options give the same bytes.
 * STATUS_INVALID with a diag: no rows, one class only, nothing but missing values, options out of
 * range; STATUS_LIMIT: too many features or categories; STATUS_NO_MEMORY. `body` may then hold part
 * of it. Takes rows * (features + 34) bytes, 4 KiB for each feature and 128 KiB;
 * O(rows * features^2) for each step of the fit. */
MUST_CHECK enum status scorecard_train(const struct scorecard_job *job, struct mem *mem,
                                       struct buf *body, struct scorecard_result *ret_result,
                                       struct diag *diag);

#endif
