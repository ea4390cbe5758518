#ifndef ENGINE_RENDER_MODEL_H
#define ENGINE_RENDER_MODEL_H

#include "engine/engine.h"

/* What models say of an event, for machines and in sentences. */

/* Why there is no score, as outputs name it, static; "" for ENGINE_SCORED. */
const char *render_scoring(enum engine_scoring scoring);

/* Appends a reason in words: `spent_1h is 4,210.00, raises the risk by 0.31`; of a scorecard
 * `utilisation is 0.98, costs 54 points`. model: index into the policy's models. */
void render_reason(const struct policy *policy, uint16_t model, const struct engine_reason *reason,
                   struct buf *out);

/* Appends `,"models":{...}` with every model of an outcome, or nothing when there is none. scratch:
 * any buffer, changed. */
void render_models(const struct policy *policy, const struct engine_outcome *outcome,
                   struct buf *scratch, struct buf *out);

/* Appends the CSV cells of one model, a comma before each: score, points, hash, error,
 * reasons.
 * score: NULL when the model does not exist on the event. scratch: as above. */
void render_model_cells(const struct policy *policy, const struct engine_score *score,
                        struct buf *scratch, struct buf *out);

/* Appends the names of these columns for all models, a comma before each. */
void render_model_columns(const struct policy *policy, struct buf *out);

#endif
