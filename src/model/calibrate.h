#ifndef MODEL_CALIBRATE_H
#define MODEL_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"

/* Turns margins into probabilities, learned on rows that are later than those the model was
 * trained on. */

#define CALIBRATION_ROWS_MAX ((size_t)1 << 31)
#define CALIBRATION_POINTS_MAX ((size_t)1 << 20)

enum calibration_method { CALIBRATION_ISOTONIC, CALIBRATION_PLATT };

/* Plain data; the arrays belong to whoever made it (calibration_done, or an arena). */
struct calibration {
    enum calibration_method method;
    size_t point_count;      /* isotonic: 1 to CALIBRATION_POINTS_MAX */
    double *margins;         /* finite, rising */
    double *scores;          /* 0 to 1, never falling */
    double slope;            /* Platt: the score is 1 / (1 + e^-(slope * margin + intercept)) */
    double intercept;
};

/* Rows of which the truth is known. */
struct calibration_rows {
    size_t count;            /* 1 to CALIBRATION_ROWS_MAX */
    const double *margins;   /* finite */
    const bool *truths;
    const double *weights;   /* above 0 and finite, or NULL: all 1 */
};

/* Isotonic regression: the scores, never falling in the margin, with the least weighted squared
 * distance from the truths, by pooling adjacent violators (Ayer, Brunk, Ewing, Reid, Silverman: "An
 * empirical distribution function for sampling with incomplete information", Annals of Mathematical
 * Statistics 26, 1955; for classifiers: Zadrozny, Elkan, KDD 2002). Rows of one margin are pooled
 * first. Kept are the first and last margin of each block, as scikit-learn: IsotonicRegression.
 * mem: 32 bytes a row while it runs; the result's arrays come from it.
 * STATUS_INVALID with a diag: no rows, one class only, a margin that is not finite or a weight that
 * is not above 0; STATUS_LIMIT: more rows, or more points than the limits; STATUS_NO_MEMORY.
 * Linear. */
MUST_CHECK enum status calibration_fit_isotonic(const struct calibration_rows *rows,
                                                struct mem *mem,
                                                struct calibration *ret_calibration,
                                                struct diag *diag);

/* Platt scaling: the logistic curve of greatest likelihood, truths drawn in by the class counts
 * (Platt: "Probabilistic outputs for support vector machines", 1999), by Newton steps that neither
 * overflow nor cancel (Lin, Lin, Weng: "A note on Platt's probabilistic outputs for support vector
 * machines", Machine Learning 68, 2007). Weights count as that many rows.
 * Errors as calibration_fit_isotonic; takes no memory. O(rows), about 10 times over. */
MUST_CHECK enum status calibration_fit_platt(const struct calibration_rows *rows,
                                             struct calibration *ret_calibration,
                                             struct diag *diag);

/* Frees the arrays of a calibration that calibration_fit_isotonic made; does nothing on another or
 * a zeroed one. `mem` is the one that it was made with. */
void calibration_done(struct calibration *calibration, struct mem *mem);

/* Whether it is as the comments of the struct say, for what was read from a file. STATUS_INVALID or
 * STATUS_LIMIT with a diag. O(points). */
MUST_CHECK enum status calibration_check(const struct calibration *calibration,
                                         struct diag *diag);

/* The score of a margin. Isotonic: linear between points, the end points' scores beyond them
 * (scikit-learn: out_of_bounds="clip"). NAN of NAN. O(log(points)); pure. */
double calibration_apply(const struct calibration *calibration, double margin);

#endif
