/* One idea: a row per fold, then their mean and spread, with the numbers of rows beside the figures
 * so that nobody takes a share of ten for one of ten thousand. */
#include "cmd/evaluate.h"

#include <math.h>
#include <string.h>

#include "cmd/amount.h"
#include "cmd/json.h"
#include "cmd/term.h"

#define NAME_COLUMNS 10
#define MONEY_COLUMNS 16

/* The figures of a fold, in the order of the report. */
static const struct figure {
    const char *title;   /* of its column */
    const char *name;    /* in JSON */
    size_t offset;
    bool entity;         /* shown only with --entity */
} figures[] = {
    {"AUC", "auc", offsetof(struct fold_figures, auc), false},
    {"AP", "average_precision", offsetof(struct fold_figures, average_precision), false},
    {"entity", "entity_precision", offsetof(struct fold_figures, entity_precision), true},
    {"best", "entity_precision_best", offsetof(struct fold_figures, entity_precision_best), true},
    {"prec.", "precision", offsetof(struct fold_figures, precision), false},
    {"recall", "recall", offsetof(struct fold_figures, recall), false},
    {"Brier*", "brier_raw", offsetof(struct fold_figures, brier), false},
    {"ECE*", "calibration_error_raw", offsetof(struct fold_figures, calibration_error), false},
};
#define FIGURE_COUNT (sizeof figures / sizeof figures[0])

static double figure_in(const struct fold_figures *from, size_t offset)
{
    return *(const double *)((const char *)from + offset);
}

static bool is_shown(const struct cmd_evaluate *e, const struct figure *figure)
{
    return !figure->entity || e->judging.entity_count > 0;
}

static size_t positives_in(const struct cmd_evaluate *e, const struct train_rows *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += matrix_is_positive(rows_matrix(e->learn.rows), rows->rows[i], rows->as_of_ms);
    return count;
}

/* ---- for people ---- */

static void put_bold(const struct cmd_evaluate *e, struct buf *out, bool on)
{
    buf_put_text(out, cmd_term_paint(e->context->colour_out, on ? CMD_TERM_BOLD : CMD_TERM_RESET));
}

static void put_share(struct buf *out, double share)
{
    if (isnan(share))
        buf_put_text(out, "       -");
    else
        buf_printf(out, " %7.4f", share);
}

static void put_duration(struct buf *out, const char *before, int64_t ms)
{
    char text[DURATION_TEXT_BYTES_MAX];
    buf_put_text(out, before);
    buf_put(out, text, duration_format(text, ms));
}

static void put_settings(struct cmd_evaluate *e, struct buf *out)
{
    unsigned long long seed = e->seed;
    if (e->kind == MODEL_SCORECARD)
        buf_put_text(out, "Kind: scorecard.\n");
    if (e->kind == MODEL_ISOLATION)
        buf_printf(out, "Kind: isolation, seed=%llu.\n", seed);
    if (e->kind != MODEL_XGBOOST)
        return;
    buf_put_text(out, "Settings: ");
    train_params_put(&e->params, NULL, out);
    buf_printf(out, ",seed=%llu; %s splits.\n", seed,
               e->report.items[0].result.method == TRAIN_EXACT ? "exact" : "binned");
}

/* "nd" of 2nd. */
static const char *ordinal_ending(size_t number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    bool teens = number % 100 / 10 == 1;
    return number % 10 > 3 || teens ? "th" : endings[number % 10];
}

static void put_what(struct cmd_evaluate *e, struct buf *out)
{
    const struct policy *policy = e->learn.session.policy;
    const struct policy_model *model = cmd_learn_model(&e->learn);
    size_t used = 0;
    for (size_t i = 0; i < e->learn.feature_count; i++)
        used += !e->learn.features[i].excluded;
    buf_printf(out, "%.*s: model %.*s of %zu features on %.*s, label %.*s.\n",
               VIEW_ARG(policy->name), VIEW_ARG(model->name), used,
               VIEW_ARG(cmd_learn_event(&e->learn)->name),
               VIEW_ARG(policy->labels[e->learn.options.label].name));
    if (e->kfold > 0) {
        buf_printf(out, "%zu folds, every %zu%s event tested.\n", e->kfold, e->kfold,
                   ordinal_ending(e->kfold));
    } else {
        put_duration(out, "Train ", e->train_ms);
        put_duration(out, ", wait ", e->delay_ms);
        put_duration(out, ", test ", e->test_ms);
        buf_put_text(out, e->judging.entity_count > 0
                              ? "; entities known to be bad leave the test.\n" : ".\n");
    }
    put_settings(e, out);
}

static void put_points(struct cmd_evaluate *e, struct buf *out)
{
    const struct train_params usual = train_params_default();
    if (e->point_count == 0)
        return;
    put_bold(e, out, true);
    buf_printf(out, "\ntried on %zu folds           AUC      AP  entity    rank  settings\n",
               e->tune.count);
    put_bold(e, out, false);
    for (size_t i = 0; i < e->point_count; i++) {
        const struct cmd_evaluate_point *point = &e->points[i];
        buf_printf(out, "%-22s", i == e->chosen ? "chosen" : "");
        put_share(out, point->auc);
        put_share(out, point->average_precision);
        put_share(out, point->entity_precision);
        buf_printf(out, " %7.2f  ", point->rank);
        train_params_put(&point->params, &usual, out);
        buf_put_char(out, '\n');
    }
}

static void put_money(struct cmd_evaluate *e, struct buf *out, int64_t minor)
{
    char text[CMD_AMOUNT_BYTES_MAX];
    unsigned exponent = money_currency_exponent(e->learn.session.policy->currency);
    size_t size = cmd_amount_format(text, minor, exponent, 0);
    buf_printf(out, " %*.*s", MONEY_COLUMNS, (int)size, text);
}

static void put_head(struct cmd_evaluate *e, struct buf *out)
{
    put_bold(e, out, true);
    buf_printf(out, "\n%-*s   trained     bad    tested     bad", NAME_COLUMNS, "fold");
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (is_shown(e, &figures[i]))
            buf_printf(out, " %7s", figures[i].title);
    if (e->learn.options.amount_field != UINT16_MAX)
        buf_printf(out, " %*s %s", MONEY_COLUMNS - 4, "saved",
                   money_currency_code(e->learn.session.policy->currency));
    buf_put_char(out, '\n');
    put_bold(e, out, false);
}

static void put_fold(struct cmd_evaluate *e, struct buf *out, const struct cmd_evaluate_fold *fold)
{
    buf_printf(out, "%-*s %9zu %7zu %9zu %7zu", NAME_COLUMNS, fold->name, fold->fold.fit.count,
               positives_in(e, &fold->fold.fit), fold->fold.test.count,
               positives_in(e, &fold->fold.test));
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (is_shown(e, &figures[i]))
            put_share(out, figure_in(&fold->figures, figures[i].offset));
    if (e->learn.options.amount_field != UINT16_MAX)
        put_money(e, out, fold->figures.saved_minor);
    buf_put_char(out, '\n');
}

static void put_means(struct cmd_evaluate *e, struct buf *out, bool deviation)
{
    buf_printf(out, "%-*s %35s", NAME_COLUMNS, deviation ? "spread" : "mean", "");
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        struct cmd_evaluate_mean mean = cmd_evaluate_mean(&e->report, figures[i].offset);
        if (is_shown(e, &figures[i]))
            put_share(out, deviation ? mean.deviation : mean.mean);
    }
    buf_put_char(out, '\n');
}

void cmd_evaluate_report(struct cmd_evaluate *e, struct buf *out)
{
    put_what(e, out);
    put_points(e, out);
    put_head(e, out);
    for (size_t i = 0; i < e->report.count; i++)
        put_fold(e, out, &e->report.items[i]);
    if (e->report.count > 1) {
        put_means(e, out, false);
        put_means(e, out, true);
    }
    const char *span = e->kfold > 0 ? "fold" : "day"; /* folds by number know no days */
    buf_printf(out, "\nprec.%s: the %zu highest scores of each %s reviewed.\n",
               e->learn.options.amount_field != UINT16_MAX ? ", recall and saved" : " and recall",
               e->judging.capacity, span);
    buf_put_text(out, "*: before calibration, which weir train learns from rows of its own.\n");
    if (e->judging.entity_count > 0)
        buf_printf(out, "entity: the share of the %zu entities of each %s that were bad; best: "
                   "that of a perfect scorer.\n", e->judging.capacity, span);
}

/* ---- for programs ---- */

static void json_params(struct cmd_json *json, const struct train_params *params)
{
    cmd_json_object(json, "settings");
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++)
        cmd_json_f64(json, train_param_name((enum train_param)i), params->values[i]);
    cmd_json_end(json);
}

static void json_time(struct cmd_json *json, const char *name, int64_t ms)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    cmd_json_view(json, name, (struct view){text, datetime_format(text, ms)});
}

static void json_points(struct cmd_evaluate *e, struct cmd_json *json)
{
    if (e->point_count == 0)
        return;
    cmd_json_array(json, "tried");
    for (size_t i = 0; i < e->point_count; i++) {
        cmd_json_item(json);
        cmd_json_bool(json, "chosen", i == e->chosen);
        cmd_json_f64(json, "auc", e->points[i].auc);
        cmd_json_f64(json, "average_precision", e->points[i].average_precision);
        cmd_json_f64(json, "entity_precision", e->points[i].entity_precision);
        cmd_json_f64(json, "rank", e->points[i].rank);
        json_params(json, &e->points[i].params);
        cmd_json_end(json);
    }
    cmd_json_end(json);
}

static void json_fold(struct cmd_evaluate *e, struct cmd_json *json,
                      const struct cmd_evaluate_fold *fold)
{
    unsigned exponent = money_currency_exponent(e->learn.session.policy->currency);
    cmd_json_item(json);
    cmd_json_text(json, "fold", fold->name);
    if (e->kfold == 0) {
        json_time(json, "train_from", fold->times.train_from_ms);
        json_time(json, "train_until", fold->times.train_until_ms);
        json_time(json, "test_from", fold->times.test_from_ms);
        json_time(json, "test_until", fold->times.test_until_ms);
    }
    cmd_json_u64(json, "train_rows", fold->fold.fit.count);
    cmd_json_u64(json, "train_bad", positives_in(e, &fold->fold.fit));
    cmd_json_u64(json, "test_rows", fold->fold.test.count);
    cmd_json_u64(json, "test_bad", positives_in(e, &fold->fold.test));
    cmd_json_u64(json, "known_rows", fold->fold.known_count);
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (is_shown(e, &figures[i]))
            cmd_json_f64(json, figures[i].name, figure_in(&fold->figures, figures[i].offset));
    if (e->learn.options.amount_field != UINT16_MAX)
        cmd_json_money(json, "saved", fold->figures.saved_minor, exponent);
    cmd_json_end(json);
}

static void json_means(struct cmd_evaluate *e, struct cmd_json *json, bool deviation)
{
    cmd_json_object(json, deviation ? "spread" : "mean");
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        struct cmd_evaluate_mean mean = cmd_evaluate_mean(&e->report, figures[i].offset);
        if (is_shown(e, &figures[i]))
            cmd_json_f64(json, figures[i].name, deviation ? mean.deviation : mean.mean);
    }
    cmd_json_end(json);
}

void cmd_evaluate_json(struct cmd_evaluate *e, struct buf *out)
{
    const struct policy *policy = e->learn.session.policy;
    struct cmd_json json = cmd_json_begin(out);
    cmd_json_view(&json, "policy", policy->name);
    cmd_json_text(&json, "policy_hash", policy->hash);
    cmd_json_view(&json, "model", cmd_learn_model(&e->learn)->name);
    cmd_json_view(&json, "label", policy->labels[e->learn.options.label].name);
    cmd_json_u64(&json, "lines", e->learn.tally.lines);
    cmd_json_u64(&json, "errors", e->learn.tally.errors);
    cmd_json_u64(&json, "seed", e->seed);
    cmd_json_u64(&json, "capacity", e->judging.capacity);
    cmd_json_text(&json, "kind", model_kind_text(e->kind));
    if (e->kind == MODEL_XGBOOST) {
        cmd_json_text(&json, "method", cmd_learn_methods[e->report.items[0].result.method]);
        json_params(&json, &e->params);
    }
    json_points(e, &json);
    cmd_json_array(&json, "folds");
    for (size_t i = 0; i < e->report.count; i++)
        json_fold(e, &json, &e->report.items[i]);
    cmd_json_end(&json);
    json_means(e, &json, false);
    json_means(e, &json, true);
    cmd_json_end(&json);
    buf_put_char(out, '\n');
}
