#ifndef MODEL_BOOSTER_INT_H
#define MODEL_BOOSTER_INT_H

#include "base/buf.h"
#include "base/diag.h"
#include "model/train.h"

/* XGBoost's C API as weir uses it: a matrix that the library holds, a booster over it, and every
 * error of the library as a status with what it said. */

/* Rows of a job with the columns that are not excluded, gathered for the library. */
struct booster_columns {
    const struct train_job *job;
    size_t count;             /* columns not excluded */
    uint16_t *columns;        /* their numbers in the matrix; owned */
    float *gathered;          /* MATRIX_BLOCK_ROWS rows of them; owned */
    struct mem *mem;
};

/* STATUS_NO_MEMORY; then nothing is to be freed. */
MUST_CHECK enum status booster_columns_init(struct booster_columns *columns,
                                            const struct train_job *job, struct mem *mem);
void booster_columns_done(struct booster_columns *columns);

struct booster {
    void *matrix;             /* the rows fitted */
    void *booster;
    struct booster_columns *columns;
};

/* Hands the rows fitted to the library. method: EXACT or HIST. A booster that failed to begin needs
 * booster_done too. STATUS_INVALID with a diag, STATUS_NO_MEMORY. */
MUST_CHECK enum status booster_begin(struct booster *booster, struct booster_columns *columns,
                                     enum train_method method, struct diag *diag);

/* Frees; a zeroed booster is allowed. */
void booster_done(struct booster *booster);

/* Starts training anew on the same rows. */
MUST_CHECK enum status booster_restart(struct booster *booster, enum train_method method,
                                       double scale_pos_weight, uint64_t seed, struct diag *diag);

/* One more round. round: from 0. */
MUST_CHECK enum status booster_round(struct booster *booster, unsigned round, struct diag *diag);

/* Adds what the trees of one round give each row to its margin. margins: rows->count. */
MUST_CHECK enum status booster_add_round(struct booster *booster, unsigned round,
                                         const struct train_rows *rows, double *margins,
                                         struct diag *diag);

/* Appends the JSON document of the first `rounds` rounds. */
MUST_CHECK enum status booster_save(struct booster *booster, unsigned rounds, struct buf *out,
                                    struct diag *diag);

#endif
