/* One idea: a model's number is only as good as its reasons, so both are written wherever a
 * decision is, and what is missing is said where the number would stand. */
#include "engine/render_model.h"

#include <math.h>

#include "codec/csv.h"
#include "codec/json.h"
#include "codec/number.h"
#include "engine/render_value.h"

/* A contribution below it is not worth its decimals in a sentence. */
#define TOLD_MIN 0.005

const char *render_scoring(enum engine_scoring scoring)
{
    switch (scoring) {
    case ENGINE_SCORED: break;
    case ENGINE_NOT_LOADED: return "model-not-loaded";
    case ENGINE_NO_SCORE: return "no-score";
    case ENGINE_ARGUMENT_OVERFLOW: return "arithmetic-overflow";
    }
    return "";
}

static void put_number(struct buf *out, double value)
{
    char *to = buf_reserve(out, NUMBER_TEXT_BYTES_MAX);
    if (to != NULL)
        out->size_bytes += number_format_f64(to, value);
}

/* A value as sentences have it, money without the currency: all amounts are in one. */
static void put_value(const struct policy *policy, const struct policy_type *type,
                      union policy_value value, struct buf *out)
{
    size_t start = out->size_bytes;
    policy_value_print(policy, type, value, true, out);
    if (type->base != POLICY_MONEY || out->failed)
        return;
    size_t code = strlen(money_currency_code(policy->currency)) + 1;
    out->size_bytes -= code;
    memmove(out->data + start, out->data + start + code, out->size_bytes - start);
}

static void put_points(int32_t points, struct buf *out)
{
    long long size = points < 0 ? -(long long)points : points;
    buf_printf(out, ", %s %lld point%s", points < 0 ? "costs" : "gives", size,
               size == 1 ? "" : "s");
}

static void put_risk(double contribution, struct buf *out)
{
    double size = fabs(contribution);
    buf_put_text(out, contribution > 0 ? ", raises the risk by " : ", lowers the risk by ");
    if (size < TOLD_MIN)
        buf_put_text(out, "less than 0.01");
    else
        buf_printf(out, "%.2f", size);
}

void render_reason(const struct policy *policy, uint16_t model, const struct engine_reason *reason,
                   struct buf *out)
{
    const struct policy_argument *argument = &policy->models[model].arguments[reason->argument];
    buf_put_view(out, argument->name);
    buf_put_text(out, " is ");
    if (reason->present)
        put_value(policy, &argument->type, reason->value, out);
    else
        buf_put_text(out, "missing");
    if (reason->points != ENGINE_NO_POINTS)
        put_points(reason->points, out);
    else
        put_risk(reason->contribution, out);
}

static void put_points_member(int32_t points, struct buf *out)
{
    if (points != ENGINE_NO_POINTS)
        buf_printf(out, ",\"points\":%d", (int)points);
}

static void put_reason(const struct policy *policy, uint16_t model,
                       const struct engine_reason *reason, struct buf *scratch, struct buf *out)
{
    const struct policy_argument *argument = &policy->models[model].arguments[reason->argument];
    char value[RENDER_VALUE_BYTES_MAX];
    size_t size = 0;
    buf_put_text(out, "{\"feature\":");
    json_put_string(out, argument->name);
    buf_put_text(out, ",\"value\":");
    if (reason->present)
        size = render_value(value, &argument->type, money_currency_exponent(policy->currency),
                            reason->value, true);
    buf_put_view(out, reason->present ? (struct view){value, size} : VIEW("null"));
    buf_put_text(out, ",\"contribution\":");
    put_number(out, reason->contribution);
    put_points_member(reason->points, out);
    buf_put_text(out, ",\"sentence\":");
    buf_clear(scratch);
    render_reason(policy, model, reason, scratch);
    out->failed = out->failed || scratch->failed;
    json_put_string(out, buf_view(scratch));
    buf_put_char(out, '}');
}

static void put_score(const struct policy *policy, const struct engine_score *score,
                      struct buf *scratch, struct buf *out)
{
    const struct policy_model *model = &policy->models[score->model];
    if (score->scoring == ENGINE_SCORED) {
        buf_put_text(out, "\"score\":");
        put_number(out, score->score);
        put_points_member(score->points, out);
    } else {
        buf_printf(out, "\"error\":\"%s\"", render_scoring(score->scoring));
    }
    if (score->hash[0] != '\0')
        buf_printf(out, ",\"hash\":\"%s\"", score->hash);
    if (model->challenges != POLICY_NO_MODEL) {
        buf_put_text(out, ",\"challenges\":");
        json_put_string(out, policy->models[model->challenges].name);
    }
    for (uint16_t i = 0; i < score->reason_count; i++) {
        buf_put_text(out, i == 0 ? ",\"reasons\":[" : ",");
        put_reason(policy, score->model, &score->reasons[i], scratch, out);
    }
    buf_put_text(out, score->reason_count > 0 ? "]}" : "}");
}

void render_models(const struct policy *policy, const struct engine_outcome *outcome,
                   struct buf *scratch, struct buf *out)
{
    for (uint16_t i = 0; i < outcome->model_count; i++) {
        buf_put_text(out, i == 0 ? ",\"models\":{" : ",");
        json_put_string(out, policy->models[outcome->models[i].model].name);
        buf_put_text(out, ":{");
        put_score(policy, &outcome->models[i], scratch, out);
    }
    if (outcome->model_count > 0)
        buf_put_char(out, '}');
}

void render_model_cells(const struct policy *policy, const struct engine_score *score,
                        struct buf *scratch, struct buf *out)
{
    if (score == NULL) {
        buf_put_text(out, ",,,,,");
        return;
    }
    buf_put_char(out, ',');
    if (score->scoring == ENGINE_SCORED)
        put_number(out, score->score);
    buf_put_char(out, ',');
    if (score->points != ENGINE_NO_POINTS)
        buf_put_i64(out, score->points);
    buf_printf(out, ",%s,%s,", score->hash, render_scoring(score->scoring));
    buf_clear(scratch);
    for (uint16_t i = 0; i < score->reason_count; i++) {
        buf_put_text(scratch, i == 0 ? "" : "; ");
        render_reason(policy, score->model, &score->reasons[i], scratch);
    }
    out->failed = out->failed || scratch->failed;
    csv_put_field(out, ',', buf_view(scratch));
}

void render_model_columns(const struct policy *policy, struct buf *out)
{
    for (uint16_t i = 0; i < policy->model_count; i++) {
        struct view name = policy->models[i].name;
        buf_printf(out, ",%.*s,%.*s.points,%.*s.hash,%.*s.error,%.*s.reasons", VIEW_ARG(name),
                   VIEW_ARG(name), VIEW_ARG(name), VIEW_ARG(name), VIEW_ARG(name));
    }
}
