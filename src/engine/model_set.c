/* One idea: a model's file and the policy meet by name once, when the file is loaded; what cannot
 * fit is refused there, so that scoring only copies numbers. */
#include "engine/model_set.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "engine/model_row.h"

enum status model_set_init(struct model_set *set, const struct policy *policy,
                           struct arena *arena, struct mem *mem)
{
    *set = (struct model_set){.policy = policy, .mem = mem};
    set->served = arena_array(arena, policy->model_count, sizeof *set->served);
    return set->served == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void model_set_done(struct model_set *set)
{
    for (uint16_t i = 0; set->served != NULL && i < set->policy->model_count; i++) {
        model_free(set->served[i].model);
        set->served[i].model = NULL;
    }
}

/* ---- a file's features find their arguments ---- */

static uint16_t argument_named(const struct policy_model *into, struct view name)
{
    uint16_t at = 0;
    while (at < into->argument_count && !view_equal(into->arguments[at].name, name))
        at++;
    return at;
}

/* Whether a value of a type can be asked as a category: it is a whole number. */
static bool may_be_category(enum policy_base base)
{
    return base == POLICY_ONE_OF || base == POLICY_INT || base == POLICY_BOOL;
}

static enum status check_feature(const struct policy_model *into, const struct model *model,
                                 uint32_t feature, uint16_t argument, struct diag *diag)
{
    const struct policy_argument *at = &into->arguments[argument];
    if (at->excluded) {
        diag_set(diag, "model-feature", "feature %u of the file is `%.*s`, which the policy "
                 "excludes", feature, VIEW_ARG(at->name));
        diag_hint(diag, "train the model without it");
        return STATUS_INVALID;
    }
    if (model_feature_is_category(model, feature) && !may_be_category(at->type.base)) {
        diag_set(diag, "model-feature", "the file takes `%.*s` as a category, and to the policy "
                 "it is a number with parts", VIEW_ARG(at->name));
        diag_hint(diag, "train the model with it as a number");
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status name_unknown(const struct policy_model *into, uint32_t feature,
                                struct view name, struct diag *diag)
{
    int size = name.size_bytes < 80 ? (int)name.size_bytes : 80;
    diag_set(diag, "model-feature", "feature %u of the file is `%.*s`, which is no argument of "
             "`%.*s` in the policy", feature, size, name.data, VIEW_ARG(into->name));
    diag_hint(diag, "name it in the model's arguments, or train the model without it");
    return STATUS_INVALID;
}

static enum status map_by_name(const struct policy_model *into, const struct model *model,
                               struct served_model *served, struct diag *diag)
{
    uint32_t count = model_feature_count(model);
    for (uint32_t i = 0; i < count; i++) {
        struct view name = model_feature_name(model, i);
        uint16_t argument = argument_named(into, name);
        if (argument == into->argument_count)
            return name_unknown(into, i, name, diag);
        ASSERT(i < POLICY_ARGUMENTS_MAX); /* no two features have one name, nor two arguments */
        served->argument_of[i] = argument;
    }
    return STATUS_OK;
}

/* A file without names has one feature for each argument that is not excluded, in their order. */
static enum status map_by_place(const struct policy_model *into, const struct model *model,
                                struct served_model *served, struct diag *diag)
{
    uint32_t wanted = 0;
    uint32_t count = model_feature_count(model);
    for (uint16_t i = 0; i < into->argument_count; i++) {
        if (into->arguments[i].excluded)
            continue;
        served->argument_of[wanted++] = i;
    }
    if (count == wanted)
        return STATUS_OK;
    diag_set(diag, "model-feature", "the file has %u features without names, and `%.*s` has %u "
             "arguments to train on", count, VIEW_ARG(into->name), wanted);
    diag_hint(diag, "keep the names of the features when the model is trained");
    return STATUS_INVALID;
}

static bool has_names(const struct model *model)
{
    bool any = false;
    for (uint32_t i = 0; i < model_feature_count(model); i++)
        any = any || model_feature_name(model, i).size_bytes > 0;
    return any;
}

static enum status map_features(const struct policy_model *into, const struct model *model,
                                struct served_model *served, struct diag *diag)
{
    uint32_t count = model_feature_count(model);
    enum status status = has_names(model) ? map_by_name(into, model, served, diag)
                                          : map_by_place(into, model, served, diag);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        status = check_feature(into, model, i, served->argument_of[i], diag);
    served->feature_count = (uint16_t)count;
    return status;
}

enum status model_set_load(struct model_set *set, uint16_t number, struct view bytes,
                           struct diag *diag)
{
    ASSERT(number < set->policy->model_count);
    struct served_model served = {.model = NULL};
    enum status status = model_read(bytes, set->mem, &served.model, diag);
    if (status != STATUS_OK)
        return status;
    status = map_features(&set->policy->models[number], served.model, &served, diag);
    if (status != STATUS_OK) {
        model_free(served.model);
        return status;
    }
    model_free(set->served[number].model);
    set->served[number] = served;
    return STATUS_OK;
}

/* ---- an event ---- */

static void fill_features(struct model_set *set, uint16_t number, const struct policy_frame *frame)
{
    const struct served_model *served = &set->served[number];
    model_row_fill(set->policy, &set->policy->models[number], frame, set->row);
    for (uint16_t i = 0; i < served->feature_count; i++)
        set->features[i] = set->row[served->argument_of[i]];
}

static bool reads_any(const struct policy_model *model, const bool *slots)
{
    for (uint16_t i = 0; i < model->argument_count; i++) {
        if (slots[model->arguments[i].slot] && !model->arguments[i].excluded)
            return true;
    }
    return false;
}

enum engine_scoring model_set_score(struct model_set *set, uint16_t number,
                                    const struct policy_frame *frame, const bool *failed,
                                    double *ret_score, int32_t *ret_points)
{
    struct model *model = set->served[number].model;
    if (model == NULL)
        return ENGINE_NOT_LOADED;
    if (failed != NULL && reads_any(&set->policy->models[number], failed))
        return ENGINE_ARGUMENT_OVERFLOW;
    fill_features(set, number, frame);
    double margin = model_margin(model, set->features);
    double score = model_score_of(model, margin);
    if (!isfinite(score))
        return ENGINE_NO_SCORE;
    *ret_score = score;
    if (!model_points(model, margin, ret_points))
        *ret_points = ENGINE_NO_POINTS;
    return ENGINE_SCORED;
}

/* Puts a reason where it belongs among the largest; those before it in the order of the arguments
 * stand before it when they are as large. */
static uint16_t place_reason(struct engine_reason *reasons, uint16_t count, uint16_t most,
                             struct engine_reason reason)
{
    uint16_t at = count;
    while (at > 0) {
        double before = fabs(reasons[at - 1].contribution);
        double size = fabs(reason.contribution);
        if (before > size || (!(before < size) && reasons[at - 1].argument < reason.argument))
            break;
        if (at < most)
            reasons[at] = reasons[at - 1];
        at--;
    }
    if (at < most)
        reasons[at] = reason;
    return count < most ? (uint16_t)(count + 1) : most;
}

uint16_t model_set_explain(struct model_set *set, uint16_t number,
                           const struct policy_frame *frame, uint16_t most,
                           struct engine_reason *ret_reasons, double *ret_start)
{
    const struct served_model *served = &set->served[number];
    const struct policy_model *from = &set->policy->models[number];
    uint16_t count = 0;
    fill_features(set, number, frame);
    model_explain(served->model, set->features, set->contributions);
    if (ret_start != NULL)
        *ret_start = set->contributions[served->feature_count];
    for (uint16_t i = 0; i < served->feature_count && most > 0; i++) {
        double contribution = set->contributions[i];
        if (!isfinite(contribution) || fabs(contribution) <= 0)
            continue;
        uint16_t argument = served->argument_of[i];
        uint16_t slot = from->arguments[argument].slot;
        struct engine_reason reason = {.argument = argument, .present = frame->present[slot],
                                       .contribution = contribution,
                                       .points = ENGINE_NO_POINTS};
        if (reason.present)
            reason.value = frame->values[slot];
        (void)model_points_of_part(served->model, contribution, &reason.points);
        count = place_reason(ret_reasons, count, most, reason);
    }
    return count;
}

int32_t model_set_base_points(const struct model_set *set, uint16_t number)
{
    int32_t points;
    return model_base_points(set->served[number].model, &points) ? points
                                                                        : ENGINE_NO_POINTS;
}

const char *model_set_hash(const struct model_set *set, uint16_t number)
{
    const struct model *model = set->served[number].model;
    return model == NULL ? NULL : model_hash(model);
}

void model_set_digest(const struct model_set *set, struct hash_digest *digest)
{
    for (uint16_t i = 0; i < set->policy->model_count; i++) {
        const char *hash = model_set_hash(set, i);
        hash_digest_add(digest, view_of(hash == NULL ? "none" : hash));
    }
}
