#ifndef MODEL_SCORECARD_INT_H
#define MODEL_SCORECARD_INT_H

#include "model/scorecard.h"
#include "model/sort_int.h"

/* What the parts of the making of a card share. */

/* The rows of a job and their labels. */
struct scorecard_rows {
    const struct matrix *matrix;
    const uint32_t *numbers;     /* in the matrix */
    size_t count;
    const uint8_t *labels;       /* count: 0 or 1 */
    size_t positive_count;
};

/* A feature while its card is being made: as in a card, but writable. */
struct scorecard_draft {
    bool category;
    uint32_t bin_count;
    double below[SCORECARD_BINS_MAX];
    uint32_t category_count;
    uint16_t *category_bins;     /* in the arena */
    uint32_t special_count;
    double special_values[SCORECARD_SPECIAL_MAX];
    struct scorecard_cell cells[SCORECARD_BINS_MAX + SCORECARD_SPECIAL_MAX + 1];
};

/* The number of the cell that a value falls into, or SCORECARD_NO_BIN; x is a float's value. */
uint32_t scorecard_place(const struct scorecard_feature *feature, double x);

/* A draft seen as a feature of a card; borrows it. */
struct scorecard_feature scorecard_draft_feature(const struct scorecard_draft *draft);

/* Cuts one column into bins and counts what falls into each cell. column: of the matrix; table:
 * room for all rows; arena: receives the categories' bins. STATUS_LIMIT: too many categories;
 * STATUS_NO_MEMORY. O(rows), and the square of the number of bins it begins with. */
MUST_CHECK enum status scorecard_bin(const struct scorecard_rows *rows, size_t column,
                                     const struct train_feature *feature,
                                     const struct scorecard_options *options,
                                     struct sort_table *table, struct arena *arena,
                                     struct scorecard_draft *ret_draft, struct diag *diag);

/* A logistic regression on weights of evidence, which are the same for all rows of a cell. */
struct scorecard_fit {
    const struct scorecard_rows *rows;
    const uint8_t *places;       /* of each row and feature its cell */
    uint32_t feature_count;
    const double *weights;       /* feature_count * SCORECARD_CELLS_MAX: of each cell, about 0 */
    double ridge;
};
#define SCORECARD_LN2 0x1.62e42fefa39efp-1
#define SCORECARD_CELLS_MAX (SCORECARD_BINS_MAX + SCORECARD_SPECIAL_MAX + 1)

/* Fits coefficients none of which is negative. ret_coefficients: feature_count, 0 of a feature that
 * was left out; ret_intercept: at weights of 0. STATUS_NO_MEMORY. */
MUST_CHECK enum status scorecard_fit(const struct scorecard_fit *fit, struct mem *mem,
                                     double *ret_coefficients, double *ret_intercept);

#endif
