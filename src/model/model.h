#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/*
 * A model as a policy uses it: a file's bytes in, a score with its reasons out. This header is what
 * the engine sees of the room.
 *
 * A row is one double per feature of the model: numbers as they are, money in major units,
 * durations in seconds, false and true as 0 and 1, a choice as its index (a category), NAN where
 * missing: the values that `weir decide --features` writes.
 *
 * Files that are understood: weir's own, XGBoost's JSON and UBJ, LightGBM's text. weir's own
 * is one JSON object around the model as its maker wrote it:
 *
 *   {"weir_model": 1,
 *    "kind": "xgboost" | "lightgbm" | "scorecard" | "isolation",
 *    "name": "risk",
 *    "features": [{"name": "amount", "type": "number" | "category"}, ...],  as the body has them
 *    "calibration": null | {"method": "isotonic", "margins": [...], "scores": [...]}
 *                        | {"method": "platt", "slope": a, "intercept": b},
 *    "trained": {...},     what `weir model show` tells of it; not read by the scorer
 *    "body": {...}}     XGBoost's JSON document; LightGBM's text as a JSON string; else an object
 */

#define MODEL_FILE_BYTES_MAX ((size_t)1 << 30)
#define MODEL_FEATURES_MAX 4096
#define MODEL_NAME_BYTES_MAX 256

enum model_kind { MODEL_XGBOOST, MODEL_LIGHTGBM, MODEL_SCORECARD, MODEL_ISOLATION };

/* The word for a kind in a model file, a static string. */
const char *model_kind_text(enum model_kind kind);

struct model;

/* Reads a model file of any of the forms above, and checks it.
 * bytes: the whole file, hostile, borrowed for the call; mem: all memory of the model, outlives it.
 * STATUS_INVALID or STATUS_LIMIT with a diag that names the byte or field and says why;
 * STATUS_NO_MEMORY. Linear in the bytes, and the tables of the explanation. */
MUST_CHECK enum status model_read(struct view bytes, struct mem *mem, struct model **ret_model,
                                  struct diag *diag);

/* Frees; NULL is allowed. */
void model_free(struct model *model);

/* Of which kind it is; O(1), as all that only tells. */
enum model_kind model_kind(const struct model *model);

/* The name in weir's own form, or an empty view; lives as long as the model. */
struct view model_name(const struct model *model);

/* Lower-case hex SHA-256 of the file's bytes, 64 characters and a NUL; as long as the model. */
const char *model_hash(const struct model *model);

/* How many features a row has. */
uint32_t model_feature_count(const struct model *model);

/* The name of feature `index`, or an empty view when the file names none (then features are taken
 * by position). Lives as long as the model. */
struct view model_feature_name(const struct model *model, uint32_t index);

/* Whether feature `index` is asked as a category. */
bool model_feature_is_category(const struct model *model, uint32_t index);

/* The margin of a row: log-odds of a classifier before calibration; a scorecard's log-odds; log2 of
 * an isolation forest's anomaly score. Never fails; NAN when the model gives none.
 * Allocates nothing; one thread at a time per model, as all that follows. */
double model_margin(struct model *model, const double *row);

/* What a margin means: a probability from 0 to 1 after link and calibration; for an isolation
 * forest the share of the training rows that were less anomalous; of a model that was made for a
 * number and has no calibration, that number. NAN of NAN. O(log(points)). */
double model_score_of(const struct model *model, double margin);

/* How much each feature adds to the margin. ret_contributions: feature_count + 1: of each feature,
 * and last what every row starts from; they sum to the margin. */
void model_explain(struct model *model, const double *row, double *ret_contributions);

/* The score of a scorecard, in points such as 300 to 850, higher being better: what a margin of
 * model_margin stands for. False for all other kinds, and then nothing is written. */
bool model_points(const struct model *model, double margin, int32_t *ret_points);

/* The points that a contribution of model_explain stands for: below 0 where it costs points. False
 * for all kinds but a scorecard, and then nothing is written. */
bool model_points_of_part(const struct model *model, double contribution, int32_t *ret_points);

/* The points that the last of model_explain's contributions stands for: those of the base, to which
 * the features' are added before the sum is kept within the scale. False for all kinds but a
 * scorecard, and then nothing is written. */
bool model_base_points(const struct model *model, int32_t *ret_points);

#endif
