/* One idea: two models side by side: first what they look at, then what they say of the same
 * events. */
#include "cmd/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/json.h"
#include "cmd/model_file.h"
#include "cmd/model_rows.h"
#include "cmd/term.h"
#include "codec/number.h"
#include "model/agree.h"
#include "model/measure.h"

#define THRESHOLD_DEFAULT 0.5
#define NAME_COLUMNS 28

/* A feature of either model. */
struct weight {
    struct view name;
    bool has[2];      /* it is the model's */
    double share[2];  /* of the model's whole gain; NAN: it is not the model's, or not known */
};

/* What a model did on the rows. */
struct judged {
    double *scores;   /* owned */
    double auc;
    double average_precision;
    double brier;     /* NAN: its scores are no probabilities */
};

struct compare {
    struct cmd_context *context;
    struct cmd_model_file files[2];
    struct weight *weights;   /* in the first file's arena */
    size_t weight_count;
    double threshold;
    struct cmd_model_rows rows;
    bool has_rows;
    struct judged judged[2];
    struct agree agree;
};

/* ---- what they look at ---- */

static struct weight *find_weight(struct compare *compare, struct view name)
{
    for (size_t i = 0; i < compare->weight_count; i++)
        if (view_equal(compare->weights[i].name, name))
            return &compare->weights[i];
    struct weight *weight = &compare->weights[compare->weight_count++];
    *weight = (struct weight){.name = name, .share = {NAN, NAN}};
    return weight;
}

/* The name of a feature, or its number where the file has none. */
static struct view name_of(struct compare *compare, const struct outline_feature *feature,
                           uint32_t index)
{
    char text[32];
    if (feature->name.size_bytes > 0)
        return feature->name;
    int size = snprintf(text, sizeof text, "feature %u", index);
    return arena_copy(&compare->files[0].arena, (struct view){text, (size_t)size});
}

static double moved(const struct weight *weight)
{
    double before = isnan(weight->share[0]) ? 0 : weight->share[0];
    double after = isnan(weight->share[1]) ? 0 : weight->share[1];
    return fabs(after - before);
}

/* By how far they moved, largest first. */
static void sort_weights(struct compare *compare)
{
    for (size_t i = 1; i < compare->weight_count; i++) {
        struct weight weight = compare->weights[i];
        size_t at = i;
        for (; at > 0 && moved(&compare->weights[at - 1]) < moved(&weight); at--)
            compare->weights[at] = compare->weights[at - 1];
        compare->weights[at] = weight;
    }
}

static enum cmd_exit weigh(struct compare *compare)
{
    size_t room = (size_t)compare->files[0].outline.feature_count +
                  compare->files[1].outline.feature_count;
    compare->weights =
        arena_array(&compare->files[0].arena, room, sizeof *compare->weights);
    if (compare->weights == NULL)
        return cmd_complain_memory(compare->context);
    for (int m = 0; m < 2; m++) {
        const struct outline *outline = &compare->files[m].outline;
        double sum = 0;
        for (uint32_t i = 0; i < outline->feature_count; i++)
            sum += isnan(outline->features[i].gain) ? 0 : outline->features[i].gain;
        for (uint32_t i = 0; i < outline->feature_count; i++) {
            double gain = outline->features[i].gain;
            struct weight *weight =
                find_weight(compare, name_of(compare, &outline->features[i], i));
            weight->has[m] = true;
            weight->share[m] = sum > 0 ? gain / sum : NAN;
        }
    }
    sort_weights(compare);
    return CMD_EXIT_OK;
}

/* ---- what they say ---- */

static enum cmd_exit judge(struct compare *compare, int m)
{
    struct judged *judged = &compare->judged[m];
    const struct cmd_model_rows *rows = &compare->rows;
    struct measure_bin bins[MEASURE_BINS_DEFAULT];
    struct measure_fit fit;
    struct diag diag = {0};
    enum cmd_exit exit = cmd_model_rows_score(rows, &compare->files[m], &judged->scores);
    if (exit != CMD_EXIT_OK)
        return exit;
    const struct measure_rows scored = {rows->count, judged->scores, rows->truths,
                                        rows->amounts_minor};
    struct measure *measure;
    enum status status = measure_new(&scored, compare->context->mem, &measure, &diag);
    if (status != STATUS_OK)
        return cmd_fail(compare->context, NULL, status, &diag);
    judged->auc = measure_auc(measure);
    judged->average_precision = measure_average_precision(measure);
    judged->brier = measure_probabilities(measure, MEASURE_BINS_DEFAULT, bins, &fit, NULL) ==
                            STATUS_OK
                        ? fit.brier
                        : NAN;
    measure_free(measure);
    return CMD_EXIT_OK;
}

static enum cmd_exit judge_both(struct compare *compare, const struct cmd_args *args)
{
    enum cmd_exit exit = cmd_model_rows_read(&compare->rows, compare->context, args, 2);
    if (exit == CMD_EXIT_OK)
        exit = judge(compare, 0);
    if (exit == CMD_EXIT_OK)
        exit = judge(compare, 1);
    if (exit != CMD_EXIT_OK)
        return exit;
    const struct agree_rows rows = {compare->rows.count, compare->judged[0].scores,
                                    compare->judged[1].scores, compare->rows.truths};
    compare->has_rows = true;
    enum status status =
        agree_measure(&rows, compare->threshold, compare->context->mem, &compare->agree);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_complain_memory(compare->context);
}

/* ---- for people ---- */

static void put_share(struct buf *out, double share)
{
    if (isnan(share))
        buf_printf(out, " %8s", "-");
    else
        buf_printf(out, " %7.2f%%", share * 100);
}

static void put_weights(const struct compare *compare, struct buf *out)
{
    bool colour = compare->context->colour_out;
    buf_printf(out, "%s%-*s %8s %8s%s\n", cmd_term_paint(colour, CMD_TERM_BOLD), NAME_COLUMNS,
               "share of the gain", "A", "B", cmd_term_paint(colour, CMD_TERM_RESET));
    for (size_t i = 0; i < compare->weight_count; i++) {
        const struct weight *weight = &compare->weights[i];
        size_t start = out->size_bytes;
        buf_printf(out, "%-*.*s", NAME_COLUMNS, VIEW_ARG(weight->name));
        cmd_tame(out, start);
        put_share(out, weight->share[0]);
        put_share(out, weight->share[1]);
        buf_put_text(out, !weight->has[0]   ? "  new in B\n"
                          : !weight->has[1] ? "  only in A\n"
                                            : "\n");
    }
}

static void put_measure(struct buf *out, const char *name, double a, double b)
{
    buf_printf(out, "%-*s", NAME_COLUMNS, name);
    for (int m = 0; m < 2; m++) {
        double value = m == 0 ? a : b;
        if (isnan(value))
            buf_printf(out, " %8s", "-");
        else
            buf_printf(out, " %8.4f", value);
    }
    buf_put_char(out, '\n');
}

static void put_flips(const struct compare *compare, struct buf *out)
{
    const struct agree *agree = &compare->agree;
    static const struct {
        const char *words;
        bool a;
        bool b;
    } cells[] = {{"both flag", true, true}, {"only A flags", true, false},
                 {"only B flags", false, true}, {"neither flags", false, false}};
    buf_printf(out, "\nAt a score of %g and more:\n", compare->threshold);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        buf_printf(out, "  %-14s %10llu events, %llu of them bad\n", cells[i].words,
                   (unsigned long long)agree->rows[cells[i].a][cells[i].b],
                   (unsigned long long)agree->bad[cells[i].a][cells[i].b]);
}

static void put_text(const struct compare *compare, struct buf *out)
{
    for (int m = 0; m < 2; m++) {
        const struct outline *outline = &compare->files[m].outline;
        size_t start = out->size_bytes;
        buf_printf(out, "%c: %s, %s, %u features, sha256 %.16s...", 'A' + m,
                   compare->files[m].path, model_kind_text(outline->kind),
                   outline->feature_count, model_hash(compare->files[m].model));
        cmd_tame(out, start);
        buf_put_char(out, '\n');
    }
    buf_put_char(out, '\n');
    put_weights(compare, out);
    if (!compare->has_rows)
        return;
    buf_printf(out, "\nOn the same %zu events, %zu of them bad:\n", compare->rows.count,
               compare->rows.positives);
    put_measure(out, "AUC ROC", compare->judged[0].auc, compare->judged[1].auc);
    put_measure(out, "average precision", compare->judged[0].average_precision,
                compare->judged[1].average_precision);
    put_measure(out, "Brier score", compare->judged[0].brier, compare->judged[1].brier);
    buf_printf(out, "correlation of the scores %.4f, of their ranks %.4f; PSI from A to B %.4f\n",
               compare->agree.correlation, compare->agree.rank_correlation, compare->agree.psi);
    put_flips(compare, out);
}

/* ---- for programs ---- */

static void json_model(const struct compare *compare, int m, struct cmd_json *json)
{
    const struct judged *judged = &compare->judged[m];
    cmd_json_object(json, m == 0 ? "a" : "b");
    cmd_json_text(json, "kind", model_kind_text(compare->files[m].outline.kind));
    cmd_json_text(json, "sha256", model_hash(compare->files[m].model));
    if (compare->has_rows) {
        cmd_json_f64(json, "auc", judged->auc);
        cmd_json_f64(json, "average_precision", judged->average_precision);
        cmd_json_f64(json, "brier", judged->brier);
    }
    cmd_json_end(json);
}

static void json_rows(const struct compare *compare, struct cmd_json *json)
{
    const struct agree *agree = &compare->agree;
    cmd_json_u64(json, "rows", compare->rows.count);
    cmd_json_u64(json, "bad", compare->rows.positives);
    cmd_json_f64(json, "correlation", agree->correlation);
    cmd_json_f64(json, "rank_correlation", agree->rank_correlation);
    cmd_json_f64(json, "psi", agree->psi);
    cmd_json_object(json, "flagged");
    cmd_json_f64(json, "threshold", compare->threshold);
    cmd_json_u64(json, "both", agree->rows[1][1]);
    cmd_json_u64(json, "both_bad", agree->bad[1][1]);
    cmd_json_u64(json, "only_a", agree->rows[1][0]);
    cmd_json_u64(json, "only_a_bad", agree->bad[1][0]);
    cmd_json_u64(json, "only_b", agree->rows[0][1]);
    cmd_json_u64(json, "only_b_bad", agree->bad[0][1]);
    cmd_json_u64(json, "neither", agree->rows[0][0]);
    cmd_json_u64(json, "neither_bad", agree->bad[0][0]);
    cmd_json_end(json);
}

static void put_json(const struct compare *compare, struct buf *out)
{
    struct cmd_json json = cmd_json_begin(out);
    json_model(compare, 0, &json);
    json_model(compare, 1, &json);
    cmd_json_array(&json, "features");
    for (size_t i = 0; i < compare->weight_count; i++) {
        cmd_json_item(&json);
        cmd_json_view(&json, "name", compare->weights[i].name);
        cmd_json_f64(&json, "share_a", compare->weights[i].share[0]);
        cmd_json_f64(&json, "share_b", compare->weights[i].share[1]);
        cmd_json_end(&json);
    }
    cmd_json_end(&json);
    if (compare->has_rows)
        json_rows(compare, &json);
    cmd_json_end(&json);
    buf_put_char(out, '\n');
}

static enum cmd_exit read_threshold(struct compare *compare, const struct cmd_value *value)
{
    compare->threshold = THRESHOLD_DEFAULT;
    if (!value->given || number_parse_f64(view_of(value->text), &compare->threshold) == STATUS_OK)
        return CMD_EXIT_OK;
    return cmd_complain_usage(compare->context, "--threshold takes a number such as 0.5, not '%s'",
                              value->text);
}

enum cmd_exit cmd_model_compare(struct cmd_context *context, const struct cmd_args *args)
{
    struct compare compare = {.context = context};
    enum cmd_exit exit = read_threshold(&compare, &args->values[CMD_MODEL_THRESHOLD]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_model_file_open(&compare.files[0], context, args->operands[0]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_model_file_open(&compare.files[1], context, args->operands[1]);
    if (exit == CMD_EXIT_OK)
        exit = weigh(&compare);
    if (exit == CMD_EXIT_OK && args->operand_count > 2)
        exit = judge_both(&compare, args);
    if (exit == CMD_EXIT_OK) {
        if (args->values[CMD_MODEL_JSON].given)
            put_json(&compare, &context->out.buf);
        else
            put_text(&compare, &context->out.buf);
    }
    for (int m = 0; m < 2; m++) {
        mem_free(context->mem, compare.judged[m].scores,
                 compare.rows.count * sizeof *compare.judged[m].scores);
        cmd_model_file_close(&compare.files[m]);
    }
    exit = cmd_learn_tell(&compare.rows.learn, exit);
    cmd_model_rows_done(&compare.rows);
    return exit;
}
