/* One idea: one round at a time, so that the later rows can be asked after each whether it has
 * helped; what came after the best round is cut off. Members are trained one after the other and
 * become one ensemble. */
#include "model/train.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "model/booster_int.h"
#include "model/measure.h"
#include "model/merge.h"
#include "model/real.h"

struct training {
    const struct train_job *job;
    struct mem *mem;
    struct booster_columns columns;
    struct booster booster;
    struct train_result result;
    double *margins;        /* of the later rows; owned, as the rest */
    bool *truths;
    uint64_t rounds_done;
    struct diag *diag;
};

static double param(const struct training *t, enum train_param number)
{
    return t->job->params.values[number];
}

/* Complains unless there are bad rows and others. what: "to train on". */
static enum status count_classes(const struct training *t, const struct train_rows *rows,
                                 const char *what, size_t *ret_positives)
{
    size_t positives = 0;
    for (size_t i = 0; i < rows->count; i++)
        positives += matrix_is_positive(t->job->matrix, rows->rows[i], rows->as_of_ms);
    if (rows->count == 0) {
        diag_set(t->diag, "no-rows", "there are no rows %s", what);
        return STATUS_INVALID;
    }
    if (positives == 0 || positives == rows->count) {
        diag_set(t->diag, "one-class", "%s of the %zu rows %s is bad",
                 positives == 0 ? "none" : "every one", rows->count, what);
        diag_hint(t->diag, "both kinds are needed; take a longer or another stretch of time");
        return STATUS_INVALID;
    }
    *ret_positives = positives;
    return STATUS_OK;
}

static enum status check_rows(struct training *t)
{
    const struct train_job *job = t->job;
    size_t later_positives;
    size_t positives = 0;
    enum status status = count_classes(t, &job->fit, "to train on", &positives);
    if (status == STATUS_OK && job->later.count > 0)
        status = count_classes(t, &job->later, "to stop the training by", &later_positives);
    if (status != STATUS_OK)
        return status;
    t->result.positive_count = positives;
    t->result.scale_pos_weight = param(t, TRAIN_SCALE_POS_WEIGHT);
    if (t->result.scale_pos_weight <= 0)
        t->result.scale_pos_weight = (double)(job->fit.count - positives) / (double)positives;
    return STATUS_OK;
}

static enum status choose_method(struct training *t)
{
    bool fits = t->job->fit.count <= TRAIN_EXACT_CELLS_MAX / t->columns.count;
    t->result.method = t->job->method;
    if (t->job->method == TRAIN_AUTO)
        t->result.method = fits ? TRAIN_EXACT : TRAIN_HIST;
    if (t->result.method == TRAIN_HIST || fits)
        return STATUS_OK;
    diag_set(t->diag, "exact-limit", "%zu rows of %zu features are more than the %zu cells that "
             "exact splits are for", t->job->fit.count, t->columns.count, TRAIN_EXACT_CELLS_MAX);
    diag_hint(t->diag, "use --method hist, or auto");
    return STATUS_LIMIT;
}

static enum status take_later(struct training *t)
{
    const struct train_rows *later = &t->job->later;
    if (later->count == 0)
        return STATUS_OK;
    t->margins = mem_array(t->mem, NULL, 0, later->count, sizeof *t->margins);
    t->truths = mem_array(t->mem, NULL, 0, later->count, sizeof *t->truths);
    if (t->margins == NULL || t->truths == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < later->count; i++)
        t->truths[i] = matrix_is_positive(t->job->matrix, later->rows[i], later->as_of_ms);
    return STATUS_OK;
}

/* Less the mean of -log of what a margin says of the truth. */
static double log_likelihood(const struct training *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->job->later.count; i++) {
        double wrong = t->truths[i] ? -t->margins[i] : t->margins[i];
        sum += (wrong > 0 ? wrong : 0) + real_log(1 + real_exp(-fabs(wrong)));
    }
    return -sum / (double)t->job->later.count;
}

/* How good the margins are; more is better. */
static enum status judge(struct training *t, double *ret_metric)
{
    if (t->job->metric == TRAIN_LOG_LOSS) {
        *ret_metric = log_likelihood(t);
        return STATUS_OK;
    }
    struct measure_rows rows = {t->job->later.count, t->margins, t->truths, NULL};
    struct measure *measure;
    enum status status = measure_new(&rows, t->mem, &measure, t->diag);
    if (status != STATUS_OK)
        return status;
    *ret_metric = measure_average_precision(measure);
    measure_free(measure);
    return STATUS_OK;
}

static void tell(struct training *t)
{
    if (t->job->listener != NULL)
        t->job->listener->tell(t->job->listener, t->rounds_done);
}

/* Trains one member; *ret_rounds is how many of its rounds are kept. */
static enum status train_member(struct training *t, unsigned *ret_rounds, double *ret_metric)
{
    unsigned rounds = (unsigned)param(t, TRAIN_ROUNDS);
    unsigned best = 0;
    double best_metric = -INFINITY;
    if (t->margins != NULL)
        memset(t->margins, 0, t->job->later.count * sizeof *t->margins);
    for (unsigned i = 0; i < rounds; i++) {
        enum status status = booster_round(&t->booster, i, t->diag);
        double metric = 0;
        if (status == STATUS_OK && t->margins != NULL)
            status = booster_add_round(&t->booster, i, &t->job->later, t->margins, t->diag);
        if (status == STATUS_OK && t->margins != NULL)
            status = judge(t, &metric);
        if (status != STATUS_OK)
            return status;
        t->rounds_done++;
        tell(t);
        if (t->margins == NULL || metric > best_metric) {
            best = i;
            best_metric = metric;
        } else if (i - best >= t->job->stop_rounds) {
            t->rounds_done += rounds - i - 1;
            break;
        }
    }
    *ret_rounds = best + 1;
    *ret_metric = best_metric;
    return STATUS_OK;
}

static enum status train_members(struct training *t, struct merge *merge)
{
    unsigned members = (unsigned)param(t, TRAIN_MEMBERS);
    double metrics = 0;
    struct train_result *result = &t->result;
    for (unsigned i = 0; i < members; i++) {
        unsigned rounds = 0;
        double metric = NAN;
        enum status status = booster_restart(&t->booster, result->method,
                                             result->scale_pos_weight, t->job->seed + i, t->diag);
        if (status == STATUS_OK)
            status = train_member(t, &rounds, &metric);
        if (status == STATUS_OK)
            status = booster_save(&t->booster, rounds, merge_begin_member(merge), t->diag);
        if (status == STATUS_OK)
            status = merge_add_member(merge, t->diag);
        if (status != STATUS_OK)
            return status;
        metrics += metric;
        result->rounds_min = i == 0 || rounds < result->rounds_min ? rounds : result->rounds_min;
        result->rounds_max = rounds > result->rounds_max ? rounds : result->rounds_max;
    }
    result->metric = t->margins != NULL ? metrics / members : (double)NAN;
    return STATUS_OK;
}

enum status train_xgboost(const struct train_job *job, struct mem *mem, struct buf *body,
                          struct train_result *ret_result, struct diag *diag)
{
    struct training t = {.job = job, .mem = mem, .diag = diag};
    struct merge merge;
    merge_init(&merge, (unsigned)param(&t, TRAIN_MEMBERS), mem);
    enum status status = check_rows(&t);
    if (status == STATUS_OK)
        status = booster_columns_init(&t.columns, job, mem);
    if (status == STATUS_OK)
        status = choose_method(&t);
    if (status == STATUS_OK)
        status = take_later(&t);
    if (status == STATUS_OK)
        status = booster_begin(&t.booster, &t.columns, t.result.method, diag);
    if (status == STATUS_OK)
        status = train_members(&t, &merge);
    if (status == STATUS_OK)
        status = merge_end(&merge, body, diag);
    if (status == STATUS_OK)
        *ret_result = t.result;
    booster_done(&t.booster);
    booster_columns_done(&t.columns);
    merge_done(&merge);
    mem_free(mem, t.margins, job->later.count * sizeof *t.margins);
    mem_free(mem, t.truths, job->later.count * sizeof *t.truths);
    return status;
}
