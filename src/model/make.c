/* One idea: a model is first written without calibration and read back, so that its margins on the
 * rows to calibrate on are those it will be served with; then it is written again with what they
 * tell. */
#include "model/make.h"

#include <string.h>

#include "base/assert.h"
#include "model/calibrate.h"
#include "model/isolation.h"
#include "model/model_write.h"
#include "model/scorecard.h"
#include "model/scorer.h"

struct making {
    const struct make_job *job;
    struct mem *mem;
    struct model_file_feature *features;  /* those not excluded; owned */
    uint32_t feature_count;
    struct buf body;
    struct buf trained;
    struct calibration calibration;
    bool calibrated;
    struct train_result result;
    struct diag *diag;
};

void make_row(const struct matrix *matrix, const struct train_feature *features, size_t number,
              double *ret_row)
{
    const float *values = matrix_values(matrix, number);
    for (size_t i = 0; i < matrix->feature_count; i++)
        if (!features[i].excluded)
            *ret_row++ = (double)values[i];
}

static enum status list_features(struct making *m)
{
    const struct train_job *train = &m->job->train;
    size_t count = train->matrix->feature_count;
    m->features = mem_array(m->mem, NULL, 0, count, sizeof *m->features);
    if (m->features == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct train_feature *feature = &train->features[i];
        if (!feature->excluded)
            m->features[m->feature_count++] = (struct model_file_feature){
                feature->name, feature->category && m->result.method == TRAIN_HIST};
    }
    return STATUS_OK;
}

static enum status write_file(struct making *m, struct buf *out)
{
    struct model_file file = {
        .kind = m->job->kind,
        .name = m->job->name,
        .features = m->features,
        .feature_count = m->feature_count,
        .calibration = m->calibrated ? &m->calibration : NULL,
        .trained = buf_view(&m->trained),
        .body = buf_view(&m->body),
    };
    return model_write(&file, out);
}

enum status make_margins(struct model *model, const struct matrix *matrix,
                         const struct train_feature *features, const struct train_rows *rows,
                         struct mem *mem, double *ret_margins, double *ret_scores)
{
    size_t count = matrix->feature_count;
    double *row = mem_array(mem, NULL, 0, count, sizeof *row);
    if (row == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++) {
        make_row(matrix, features, rows->rows[i], row);
        ret_margins[i] = model_margin(model, row);
        if (ret_scores != NULL)
            ret_scores[i] = model_score_of(model, ret_margins[i]);
    }
    mem_free(mem, row, count * sizeof *row);
    return STATUS_OK;
}

/* ---- kinds ---- */

static void fill_row(const void *self, size_t index, double *ret_row)
{
    const struct train_job *train = self;
    make_row(train->matrix, train->features, train->fit.rows[index], ret_row);
}

/* Ranks margins of the training rows. */
static enum status rank_rows(struct making *m, const struct isolation *isolation)
{
    const struct train_rows *fit = &m->job->train.fit;
    size_t count = fit->count < MAKE_RANKED_ROWS_MAX ? fit->count : MAKE_RANKED_ROWS_MAX;
    struct scorer *scorer = NULL;
    double *margins = mem_array(m->mem, NULL, 0, count, sizeof *margins);
    double *row = mem_array(m->mem, NULL, 0, m->feature_count, sizeof *row);
    enum status status = margins == NULL || row == NULL
                             ? STATUS_NO_MEMORY
                             : scorer_new(&isolation->ensemble, m->mem, &scorer);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        fill_row(&m->job->train, (size_t)((uint64_t)i * fit->count / count), row);
        margins[i] = scorer_margin(scorer, row);
    }
    if (status == STATUS_OK)
        status = isolation_rank(margins, count, m->mem, &m->calibration);
    m->calibrated = status == STATUS_OK;
    scorer_free(scorer);
    mem_free(m->mem, margins, count * sizeof *margins);
    mem_free(m->mem, row, m->feature_count * sizeof *row);
    return status;
}

static enum status make_isolation(struct making *m)
{
    const struct train_job *train = &m->job->train;
    const struct isolation_rows rows = {train->fit.count, m->feature_count, fill_row, train};
    const struct isolation_settings settings = {ISOLATION_TREES_DEFAULT, ISOLATION_SAMPLE_DEFAULT,
                                                train->seed};
    struct isolation isolation;
    struct arena arena;
    arena_init(&arena, m->mem, 0);
    enum status status = isolation_train(&rows, &settings, m->mem, &arena, &isolation, m->diag);
    if (status == STATUS_OK)
        status = rank_rows(m, &isolation);
    if (status == STATUS_OK) {
        isolation_put_json(&isolation, &m->body);
        status = buf_status(&m->body);
    }
    arena_done(&arena);
    return status;
}

static enum status make_scorecard(struct making *m)
{
    const struct scorecard_job card = {m->job->train.matrix, m->job->train.features,
                                       m->job->train.fit, scorecard_options_default()};
    struct scorecard_result result;
    enum status status = scorecard_train(&card, m->mem, &m->body, &result, m->diag);
    if (status == STATUS_OK)
        m->result.positive_count = result.positive_count;
    return status;
}

static enum status make_body(struct making *m)
{
    enum status status = STATUS_OK;
    m->result = (struct train_result){.method = TRAIN_HIST};
    if (m->job->kind == MODEL_XGBOOST)
        status = train_xgboost(&m->job->train, m->mem, &m->body, &m->result, m->diag);
    if (status == STATUS_OK)
        status = list_features(m);
    if (status == STATUS_OK && m->job->kind == MODEL_SCORECARD)
        status = make_scorecard(m);
    if (status == STATUS_OK && m->job->kind == MODEL_ISOLATION)
        status = make_isolation(m);
    if (status == STATUS_OK && m->job->put_trained != NULL) {
        m->job->put_trained(m->job->self, &m->result, &m->trained);
        status = buf_status(&m->trained);
    }
    return status;
}

/* ---- calibration ---- */

static enum status fit_calibration(struct making *m, const struct calibration_rows *rows)
{
    size_t positives = 0;
    enum make_calibration wish = m->job->calibration;
    for (size_t i = 0; i < rows->count; i++)
        positives += rows->truths[i];
    bool isotonic = wish == MAKE_CALIBRATE_ISOTONIC ||
                    (wish == MAKE_CALIBRATE_AUTO && positives >= MAKE_ISOTONIC_POSITIVES_MIN);
    enum status status =
        isotonic ? calibration_fit_isotonic(rows, m->mem, &m->calibration, m->diag)
                 : calibration_fit_platt(rows, &m->calibration, m->diag);
    m->calibrated = status == STATUS_OK;
    return status;
}

/* Learns what margins mean. file: as it is without. */
static enum status calibrate(struct making *m, struct view file)
{
    const struct train_job *train = &m->job->train;
    const struct train_rows *from = &m->job->calibrate;
    struct model *model = NULL;
    double *margins = mem_array(m->mem, NULL, 0, from->count, sizeof *margins);
    bool *truths = mem_array(m->mem, NULL, 0, from->count, sizeof *truths);
    enum status status = margins == NULL || truths == NULL
                             ? STATUS_NO_MEMORY
                             : model_read(file, m->mem, &model, m->diag);
    if (status == STATUS_OK)
        status = make_margins(model, train->matrix, train->features, from, m->mem, margins, NULL);
    for (size_t i = 0; i < from->count && status == STATUS_OK; i++)
        truths[i] = matrix_is_positive(train->matrix, from->rows[i], from->as_of_ms);
    if (status == STATUS_OK) {
        struct calibration_rows rows = {from->count, margins, truths, NULL};
        status = fit_calibration(m, &rows);
    }
    model_free(model);
    mem_free(m->mem, margins, from->count * sizeof *margins);
    mem_free(m->mem, truths, from->count * sizeof *truths);
    return status;
}

static bool wants_calibration(const struct make_job *job)
{
    return job->kind == MODEL_XGBOOST && job->calibrate.count > 0 &&
           job->calibration != MAKE_CALIBRATE_NONE;
}

/* What cannot be read back is a bug here or a library of which weir does not know enough. */
static enum status check_file(struct making *m, struct view file)
{
    struct model *model;
    enum status status = model_read(file, m->mem, &model, m->diag);
    if (status == STATUS_OK)
        model_free(model);
    return status;
}

enum status make_model(const struct make_job *job, struct mem *mem, struct buf *file,
                       struct train_result *ret_result, struct diag *diag)
{
    struct making m = {.job = job, .mem = mem, .diag = diag};
    struct buf out;
    buf_init(&m.body, mem);
    buf_init(&m.trained, mem);
    buf_init(&out, mem);
    enum status status = make_body(&m);
    if (status == STATUS_OK && wants_calibration(job)) {
        status = write_file(&m, &out);
        if (status == STATUS_OK)
            status = calibrate(&m, buf_view(&out));
        buf_clear(&out);
    }
    if (status == STATUS_OK)
        status = write_file(&m, &out);
    if (status == STATUS_OK)
        status = check_file(&m, buf_view(&out));
    if (status == STATUS_OK) {
        buf_put_view(file, buf_view(&out));
        status = buf_status(file);
    }
    if (status == STATUS_OK)
        *ret_result = m.result;
    buf_done(&m.body);
    buf_done(&m.trained);
    buf_done(&out);
    calibration_done(&m.calibration, mem);
    mem_free(mem, m.features, job->train.matrix->feature_count * sizeof *m.features);
    return status;
}
