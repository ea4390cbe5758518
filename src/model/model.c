/* One idea: every kind of model but a scorecard is an ensemble, with a scorer and an explanation,
 * and what its margin means. */
#include "model/model.h"

#include <math.h>

#include "model/model_int.h"
#include "model/real.h"

const char *model_kind_text(enum model_kind kind)
{
    static const char *const texts[MODEL_KINDS] = {
        [MODEL_XGBOOST] = "xgboost",
        [MODEL_LIGHTGBM] = "lightgbm",
        [MODEL_SCORECARD] = "scorecard",
        [MODEL_ISOLATION] = "isolation",
    };
    return texts[kind];
}

void model_free(struct model *model)
{
    if (model == NULL)
        return;
    struct mem *mem = model->mem;
    scorer_free(model->scorer);
    shap_free(model->shap);
    arena_done(&model->arena);
    mem_free(mem, model, sizeof *model);
}

enum model_kind model_kind(const struct model *model)
{
    return model->kind;
}

struct view model_name(const struct model *model)
{
    return model->name;
}

const char *model_hash(const struct model *model)
{
    return model->hash;
}

uint32_t model_feature_count(const struct model *model)
{
    return model->feature_count;
}

struct view model_feature_name(const struct model *model, uint32_t index)
{
    return model->names[index];
}

bool model_feature_is_category(const struct model *model, uint32_t index)
{
    return model->categories[index];
}

double model_margin(struct model *model, const double *row)
{
    return model->card != NULL ? scorecard_margin(model->card, row)
                               : scorer_margin(model->scorer, row);
}

double model_score_of(const struct model *model, double margin)
{
    if (isnan(margin))
        return margin;
    if (model->calibrated)
        return calibration_apply(&model->calibration, margin);
    if (model->link == ENSEMBLE_LOGISTIC)
        return real_logistic(model->slope * margin);
    return margin;
}

void model_explain(struct model *model, const double *row, double *ret_contributions)
{
    if (model->card != NULL)
        scorecard_explain(model->card, row, ret_contributions);
    else
        shap_explain(model->shap, row, ret_contributions);
}

bool model_points(const struct model *model, double margin, int32_t *ret_points)
{
    if (model->card == NULL)
        return false;
    *ret_points = scorecard_points(model->card, margin);
    return true;
}

bool model_base_points(const struct model *model, int32_t *ret_points)
{
    if (model->card == NULL)
        return false;
    *ret_points = model->card->base_points;
    return true;
}

bool model_points_of_part(const struct model *model, double contribution, int32_t *ret_points)
{
    if (model->card == NULL)
        return false;
    *ret_points = scorecard_points_of_part(model->card, contribution);
    return true;
}
