/* One idea: margins rank, scores are believed; every table of figures asks here. */
#include "model/judge.h"

#include <math.h>

static enum status judge_ranking(const struct measure_rows *rows, struct mem *mem,
                                 struct judge_figures *figures, struct diag *diag)
{
    struct measure *measure;
    enum status status = measure_new(rows, mem, &measure, diag);
    if (status != STATUS_OK)
        return status;
    figures->auc = measure_auc(measure);
    figures->average_precision = measure_average_precision(measure);
    measure_free(measure);
    return STATUS_OK;
}

static enum status judge_scores(const struct judge_rows *rows, struct mem *mem,
                                struct judge_figures *figures, struct diag *diag)
{
    struct measure_rows scored = {rows->count, rows->scores, rows->truths, NULL};
    struct measure *measure;
    struct measure_fit fit;
    enum status status = measure_new(&scored, mem, &measure, diag);
    if (status != STATUS_OK)
        return status;
    status = measure_probabilities(measure, MEASURE_BINS_DEFAULT, figures->bins, &fit, diag);
    measure_free(measure);
    if (status != STATUS_OK)
        return status;
    figures->brier = fit.brier;
    figures->calibration_error = fit.calibration_error;
    return STATUS_OK;
}

static enum status judge_days(const struct judge_rows *rows, const struct measure_rows *ranked,
                              const struct judge_capacity *capacity, struct mem *mem,
                              struct judge_figures *figures, struct diag *diag)
{
    enum status status = STATUS_OK;
    if (capacity->rows > 0) {
        struct measure_review review;
        status = measure_at_capacity(ranked, rows->days, capacity->rows, mem, &review, diag);
        if (status != STATUS_OK)
            return status;
        struct measure_point point = {.row_count = review.review_count,
                                      .hit_count = review.hit_count,
                                      .hit_minor = review.hit_minor};
        figures->precision = review.precision;
        figures->recall = review.recall;
        if (rows->amounts_minor != NULL)
            figures->saved_minor = measure_saved_minor(&point, capacity->cost_minor);
    }
    struct measure_entities about = {rows->entities, rows->days};
    if (rows->entities != NULL && capacity->entities > 0)
        status = measure_entity_precision(ranked, &about, capacity->entities, mem,
                                          &figures->entity_precision, diag);
    return status;
}

enum status judge(const struct judge_rows *rows, const struct judge_capacity *capacity,
                  struct mem *mem, struct judge_figures *ret_figures, struct diag *diag)
{
    struct measure_rows ranked = {rows->count, rows->margins, rows->truths, rows->amounts_minor};
    struct judge_figures figures = {.precision = NAN, .recall = NAN, .entity_precision = NAN,
                                    .brier = NAN, .calibration_error = NAN};
    enum status status = judge_ranking(&ranked, mem, &figures, diag);
    if (status == STATUS_OK && rows->scores != NULL)
        status = judge_scores(rows, mem, &figures, diag);
    if (status == STATUS_OK)
        status = judge_days(rows, &ranked, capacity, mem, &figures, diag);
    if (status == STATUS_OK)
        *ret_figures = figures;
    return status;
}
