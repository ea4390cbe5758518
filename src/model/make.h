#ifndef MODEL_MAKE_H
#define MODEL_MAKE_H

#include "model/model.h"
#include "model/train.h"

/* From rows to a model file in weir's own form (model.h), of every kind that weir makes. */

/* How margins become probabilities; learned on rows for that alone. AUTO: isotonic where those have
 * MAKE_ISOTONIC_POSITIVES_MIN bad rows, else Platt's curve. A scorecard has its points
 * and an isolation forest its ranks instead. */
enum make_calibration { MAKE_CALIBRATE_AUTO, MAKE_CALIBRATE_ISOTONIC, MAKE_CALIBRATE_PLATT,
                        MAKE_CALIBRATE_NONE };
#define MAKE_ISOTONIC_POSITIVES_MIN 200

#define MAKE_RANKED_ROWS_MAX ((size_t)1000000) /* of an isolation forest's training rows, those that
                                                  its ranks are made of; of more, evenly taken */

struct make_job {
    struct train_job train;    /* with later rows for early stopping, or none. Only XGBoost has
                                  settings; an isolation forest has no labels */
    struct train_rows calibrate; /* rows that are neither trained on nor stopped by, of which
                                    XGBoost's calibration is learned; none: it has none */
    enum model_kind kind;      /* MODEL_XGBOOST, MODEL_SCORECARD or MODEL_ISOLATION */
    enum make_calibration calibration;
    struct view name;          /* of the model */
    /* Appends the JSON object `trained` of the file; NULL: none. */
    void (*put_trained)(const void *self, const struct train_result *result, struct buf *out);
    const void *self;
};

/* Trains, calibrates, and appends the file to `file`; what it made has been read back. ret_result:
 * of kinds without rounds, rounds are 0. Errors as those of the training. */
MUST_CHECK enum status make_model(const struct make_job *job, struct mem *mem, struct buf *file,
                                  struct train_result *ret_result, struct diag *diag);

/* Fills the row of a model made from such a job: the values of row `number` of the matrix, without
 * the excluded. ret_row: room for as many doubles. Pure. */
void make_row(const struct matrix *matrix, const struct train_feature *features, size_t number,
              double *ret_row);

/* The margins of rows by a model made from such a job, and their scores unless that is NULL.
 * STATUS_NO_MEMORY. O(rows * trees). */
MUST_CHECK enum status make_margins(struct model *model, const struct matrix *matrix,
                                    const struct train_feature *features,
                                    const struct train_rows *rows, struct mem *mem,
                                    double *ret_margins, double *ret_scores);

#endif
