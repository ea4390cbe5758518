#ifndef ENGINE_MODEL_SET_H
#define ENGINE_MODEL_SET_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "engine/engine.h"
#include "model/model.h"
#include "policy/policy.h"

/* The models of a policy as they are served: files whose features have found their arguments. */

struct served_model {
    struct model *model;          /* owned; NULL: not loaded */
    uint16_t feature_count;
    uint16_t argument_of[POLICY_ARGUMENTS_MAX]; /* by feature of the file */
};

struct model_set {
    const struct policy *policy;  /* borrowed */
    struct mem *mem;
    struct served_model *served;  /* model_count of the policy, in the arena */
    double row[POLICY_ARGUMENTS_MAX];      /* of the arguments of the model at work */
    double features[POLICY_ARGUMENTS_MAX]; /* the same in the order of the file */
    double contributions[POLICY_ARGUMENTS_MAX + 1];
};

/* A set without a file. policy, mem: outlive it; arena: likewise. STATUS_NO_MEMORY. */
MUST_CHECK enum status model_set_init(struct model_set *set, const struct policy *policy,
                                      struct arena *arena, struct mem *mem);

/* Frees the models; a zeroed set is allowed. */
void model_set_done(struct model_set *set);

/* As engine_model_load. */
MUST_CHECK enum status model_set_load(struct model_set *set, uint16_t model, struct view bytes,
                                      struct diag *diag);

/* Scores the event of a frame, on which the model exists. failed: slot_count flags of slots whose
 * arithmetic failed, or NULL when none did. ret_score: finite; ret_points: of a scorecard, else
 * ENGINE_NO_POINTS; both are set when ENGINE_SCORED is returned. Allocates nothing. Costs what the
 * model costs, and some nanoseconds an argument. */
enum engine_scoring model_set_score(struct model_set *set, uint16_t model,
                                    const struct policy_frame *frame, const bool *failed,
                                    double *ret_score, int32_t *ret_points);

/* Finds the `most` arguments that add most to the margin of the frame, by size, between equals in
 * the order of the arguments; those that add nothing are none of them. The model has scored this
 * frame. ret_reasons: room for `most`; ret_start: what every event starts from, or NULL. Returns
 * how many. Allocates nothing. */
uint16_t model_set_explain(struct model_set *set, uint16_t model, const struct policy_frame *frame,
                           uint16_t most, struct engine_reason *ret_reasons, double *ret_start);

/* The points of a scorecard's base, or ENGINE_NO_POINTS. The model is loaded. */
int32_t model_set_base_points(const struct model_set *set, uint16_t model);

/* Lower-case hex SHA-256 of the model's file, as long as it is loaded; NULL: it is not. */
const char *model_set_hash(const struct model_set *set, uint16_t model);

/* Adds which files are loaded to a digest. */
void model_set_digest(const struct model_set *set, struct hash_digest *digest);

#endif
