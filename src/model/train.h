#ifndef MODEL_TRAIN_H
#define MODEL_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "model/matrix.h"

/*
 * Training of boosted trees (Chen, Guestrin: "XGBoost: A scalable tree boosting system", KDD 2016,
 * arXiv 1603.02754) by the XGBoost library, whose memory is its own and not taken from struct mem.
 *
 * The same rows, settings and seed give the same bytes: training runs in one thread, since sums of
 * gradients round otherwise as they are split among threads.
 */

/* Settings: name, XGBoost's name (or "" where the loop here does it), default, smallest, largest,
 * whole. docs/models.md tells what they do. */
#define TRAIN_PARAM_TABLE(X)                                                                      \
    X(TRAIN_ROUNDS, "rounds", "", 100, 1, 10000, true)                                            \
    X(TRAIN_DEPTH, "depth", "max_depth", 4, 1, 16, true)                                          \
    X(TRAIN_ETA, "eta", "eta", 0.1, 0.0001, 1, false)                                             \
    X(TRAIN_MIN_CHILD_WEIGHT, "min_child_weight", "min_child_weight", 1, 0, 1e6, false)           \
    X(TRAIN_SUBSAMPLE, "subsample", "subsample", 1, 0.01, 1, false)                               \
    X(TRAIN_COLSAMPLE, "colsample", "colsample_bytree", 1, 0.01, 1, false)                        \
    X(TRAIN_GAMMA, "gamma", "gamma", 0, 0, 1e6, false)                                            \
    X(TRAIN_LAMBDA, "lambda", "lambda", 1, 0, 1e6, false)                                         \
    X(TRAIN_ALPHA, "alpha", "alpha", 0, 0, 1e6, false)                                            \
    X(TRAIN_SCALE_POS_WEIGHT, "scale_pos_weight", "", 1, 0, 1e6, false)                           \
    X(TRAIN_TREES, "trees", "num_parallel_tree", 1, 1, 1000, true)                                \
    X(TRAIN_BINS, "bins", "max_bin", 256, 2, 65536, true)                                         \
    X(TRAIN_MEMBERS, "members", "", 1, 1, 100, true)

enum train_param {
#define TRAIN_PARAM_ENUM(id, name, library_name, fallback, least, most, whole) id,
    TRAIN_PARAM_TABLE(TRAIN_PARAM_ENUM)
#undef TRAIN_PARAM_ENUM
    TRAIN_PARAM_COUNT
};

/* One setting for each of the table above. */
struct train_params {
    double values[TRAIN_PARAM_COUNT];
};

/* The defaults: shallower trees and smaller steps than those of XGBoost (depth 6, eta 0.3), which
 * learn a few hundred frauds by heart. */
struct train_params train_params_default(void);

/* Changes settings by a text such as "rounds=300,depth=4,eta=0.1"; scale_pos_weight=0 weighs the
 * classes equally. STATUS_INVALID with a diag that names the word: not a setting, twice, or out of
 * range; `params` is as before. */
MUST_CHECK enum status train_params_parse(struct view text, struct train_params *params,
                                          struct diag *diag);

/* Appends settings as train_params_parse reads them; only those that differ from `usual`, unless
 * that is NULL. */
void train_params_put(const struct train_params *params, const struct train_params *usual,
                      struct buf *out);

/* The name of a setting; a static string. */
const char *train_param_name(enum train_param param);

#define TRAIN_GRID_VALUES_MAX 32   /* of one setting */
#define TRAIN_GRID_POINTS_MAX 4096 /* all combinations */

/* Settings to be tried in all combinations. */
struct train_grid {
    size_t value_counts[TRAIN_PARAM_COUNT]; /* at least 1 each */
    double values[TRAIN_PARAM_COUNT][TRAIN_GRID_VALUES_MAX];
};

/* Reads a grid such as "depth=4|6|8,eta=0.1|0.3"; a setting that it does not name has the value of
 * `base`. STATUS_INVALID as train_params_parse; STATUS_LIMIT: more values or combinations than
 * above. */
MUST_CHECK enum status train_grid_parse(struct view text, const struct train_params *base,
                                        struct train_grid *ret_grid, struct diag *diag);

/* How many combinations a grid has. */
size_t train_grid_count(const struct train_grid *grid);

/* Combination `index` (below the count); the last setting of the table changes fastest. */
struct train_params train_grid_at(const struct train_grid *grid, size_t index);

/* How splits are found. EXACT looks at every value, in memory of about 20 bytes a cell beside the
 * matrix; HIST at bins of them, in about 2 bytes a cell, 4 where values are missing. AUTO: EXACT up
 * to TRAIN_EXACT_CELLS_MAX cells (rows times features), else HIST. */
enum train_method { TRAIN_AUTO, TRAIN_EXACT, TRAIN_HIST };
#define TRAIN_EXACT_CELLS_MAX ((size_t)16 << 20)

/* What the best round is chosen by, on the later rows. */
enum train_metric { TRAIN_AVERAGE_PRECISION, TRAIN_LOG_LOSS };

/* Which way the margin may go when the value rises and all else stays. */
enum train_direction { TRAIN_EITHER_WAY, TRAIN_RISING, TRAIN_FALLING };

/* A column of the matrix. */
struct train_feature {
    struct view name;
    enum train_direction direction;
    bool category;          /* small whole numbers without an order. EXACT takes them as numbers */
    bool excluded;          /* left out: the model does not know it */
};

/* Rows by their numbers in the matrix, with their labels as known before a time. */
struct train_rows {
    const uint32_t *rows;   /* ascending */
    size_t count;
    int64_t as_of_ms;
};

/* Told after each round of each member; counts from 1 to all rounds of all members, and jumps where
 * training stopped early. */
struct train_listener {
    void (*tell)(struct train_listener *listener, uint64_t rounds_done);
};

struct train_job {
    const struct matrix *matrix;
    const struct train_feature *features; /* matrix->feature_count; at least one not excluded */
    struct train_rows fit;
    struct train_rows later;       /* for early stopping; none: all rounds are kept */
    struct train_params params;
    enum train_method method;
    enum train_metric metric;
    unsigned stop_rounds;          /* ends when the metric has not risen for so many rounds; used
                                      with later rows only; at least 1 then */
    uint64_t seed;                 /* of member i: seed + i; the library takes the low 63 bits */
    struct train_listener *listener; /* or NULL */
};

/* What came of it. */
struct train_result {
    enum train_method method;      /* EXACT or HIST */
    size_t positive_count;         /* of the rows fitted */
    double scale_pos_weight;       /* the one used */
    unsigned rounds_min;           /* kept, of the members */
    unsigned rounds_max;
    double metric;                 /* on the later rows, the members' mean; NAN without them */
};

/* Trains, and appends XGBoost's JSON document of the model to `body`: one ensemble whose margin is
 * the mean of its members'. Its feature names are those not excluded, in their order.
 * STATUS_INVALID with a diag: no rows or one class only, or the library refused the settings;
 * STATUS_LIMIT: EXACT was asked for with more than TRAIN_EXACT_CELLS_MAX cells; STATUS_NO_MEMORY.
 * One call at a time in a process: the library has state of its own. */
MUST_CHECK enum status train_xgboost(const struct train_job *job, struct mem *mem,
                                     struct buf *body, struct train_result *ret_result,
                                     struct diag *diag);

#endif
