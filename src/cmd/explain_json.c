/* One idea: the same as the page for people, each value typed as decisions have their features. */
#include "base/datetime.h"
#include "cmd/explain.h"
#include "cmd/json.h"
#include "codec/json.h"
#include "engine/render_model.h"
#include "engine/render_value.h"

/* What is at work. */
struct work {
    struct cmd_explanation *explanation;
    const struct policy *policy;
    const struct engine_outcome *outcome;
    struct cmd_json json;
};

/* A member with a value; null when it is missing, or a time beyond the calendar. */
static void put_value(struct work *work, struct view name, const struct policy_type *type,
                      uint16_t slot)
{
    const struct policy_frame *frame = work->outcome->frame;
    union policy_value value = frame->values[slot];
    bool there = frame->present[slot] &&
                 (type->base != POLICY_TIME ||
                  (value.i64 >= DATETIME_MS_MIN && value.i64 <= DATETIME_MS_MAX));
    struct buf *scratch = &work->explanation->scratch;
    char text[RENDER_VALUE_BYTES_MAX];
    buf_clear(scratch);
    if (!there)
        buf_put_text(scratch, "null");
    else if (render_value_is_text(type))
        json_put_string(scratch, *value.text);
    else
        buf_put(scratch, text,
                render_value(text, type, money_currency_exponent(work->policy->currency), value,
                             true));
    cmd_json_raw(&work->json, name, buf_view(scratch));
}

static void put_event(struct work *work)
{
    const struct policy_event *event = &work->policy->events[work->outcome->event];
    cmd_json_object(&work->json, "fields");
    for (uint16_t i = 0; i < event->field_count; i++)
        put_value(work, event->fields[i].name, &event->fields[i].type, event->fields[i].slot);
    cmd_json_end(&work->json);
    cmd_json_object(&work->json, "features");
    for (uint16_t i = 0; i < work->policy->let_count; i++) {
        const struct policy_let *let = &work->policy->lets[i];
        if (cmd_explain_has_let(work->explanation, i))
            put_value(work, let->name, &let->type, let->slot);
    }
    cmd_json_end(&work->json);
}

static void put_points(struct work *work, const char *name, int32_t points)
{
    struct buf *scratch = &work->explanation->scratch;
    if (points == ENGINE_NO_POINTS)
        return;
    buf_clear(scratch);
    buf_put_i64(scratch, points);
    cmd_json_raw(&work->json, view_of(name), buf_view(scratch));
}

static void put_contributions(struct work *work, const struct engine_score *score)
{
    struct engine_reason reasons[POLICY_ARGUMENTS_MAX];
    const struct policy_model *model = &work->policy->models[score->model];
    struct buf *scratch = &work->explanation->scratch;
    double start = 0;
    uint16_t count =
        engine_model_explain(work->explanation->engine, score->model, reasons, &start);
    double margin = start;
    cmd_json_array(&work->json, "contributions");
    for (uint16_t i = 0; i < count; i++) {
        const struct policy_argument *argument = &model->arguments[reasons[i].argument];
        margin += reasons[i].contribution;
        cmd_json_item(&work->json);
        cmd_json_view(&work->json, "feature", argument->name);
        put_value(work, VIEW("value"), &argument->type, argument->slot);
        cmd_json_f64(&work->json, "contribution", reasons[i].contribution);
        put_points(work, "points", reasons[i].points);
        buf_clear(scratch);
        render_reason(work->policy, score->model, &reasons[i], scratch);
        cmd_json_view(&work->json, "sentence", buf_view(scratch));
        cmd_json_end(&work->json);
    }
    cmd_json_end(&work->json);
    cmd_json_f64(&work->json, "start", start);
    put_points(work, "start_points",
               engine_model_base_points(work->explanation->engine, score->model));
    cmd_json_f64(&work->json, "margin", margin);
}

static void put_model(struct work *work, const struct engine_score *score)
{
    const struct policy_model *model = &work->policy->models[score->model];
    cmd_json_item(&work->json);
    cmd_json_view(&work->json, "model", model->name);
    cmd_json_view(&work->json, "path", model->path);
    if (score->hash[0] != '\0')
        cmd_json_text(&work->json, "hash", engine_model_hash(work->explanation->engine,
                                                             score->model));
    if (model->challenges != POLICY_NO_MODEL)
        cmd_json_view(&work->json, "challenges", work->policy->models[model->challenges].name);
    if (score->scoring == ENGINE_SCORED) {
        cmd_json_f64(&work->json, "score", score->score);
        put_points(work, "points", score->points);
        put_contributions(work, score);
    } else {
        cmd_json_text(&work->json, "error", render_scoring(score->scoring));
    }
    cmd_json_end(&work->json);
}

static void put_part(struct work *work, const struct policy_explain_part *part,
                     enum policy_explain_truth truth)
{
    cmd_json_item(&work->json);
    cmd_json_view(&work->json, "text", part->text);
    cmd_json_bool(&work->json, "unless", part->unless);
    cmd_json_text(&work->json, "truth", cmd_explain_truth_word(truth));
    cmd_json_object(&work->json, "operands");
    for (uint16_t i = 0; i < part->operand_count; i++)
        put_value(work, part->operands[i].name, &part->operands[i].type, part->operands[i].slot);
    cmd_json_end(&work->json);
    cmd_json_end(&work->json);
}

static void put_rule(struct work *work, uint16_t number)
{
    static const char *const states[] = {
        [CMD_RULE_FIRED] = "fired", [CMD_RULE_SHADOW] = "shadow", [CMD_RULE_QUIET] = "quiet",
        [CMD_RULE_ENDED] = "ended",
    };
    struct cmd_explanation *explanation = work->explanation;
    const struct engine_fired *fired;
    uint16_t count;
    enum cmd_rule_state state = cmd_explain_rule(explanation, number, &fired);
    cmd_json_item(&work->json);
    cmd_json_view(&work->json, "rule", work->policy->rules[number].name);
    cmd_json_text(&work->json, "state", states[state]);
    if (fired != NULL)
        cmd_json_view(&work->json, "sentence", fired->sentence);
    const struct policy_explain_part *parts =
        policy_explain_parts(explanation->parts, number, &count);
    policy_explain_ask(explanation->parts, number, work->outcome->frame, explanation->truths);
    cmd_json_array(&work->json, "parts");
    for (uint16_t i = 0; i < count; i++)
        put_part(work, &parts[i], explanation->truths[i]);
    cmd_json_end(&work->json);
    cmd_json_end(&work->json);
}

static void put_verdict(struct work *work)
{
    const struct engine_outcome *outcome = work->outcome;
    struct buf *scratch = &work->explanation->scratch;
    char at[DATETIME_TEXT_BYTES_MAX];
    struct view when = {at, datetime_format(at, outcome->at_ms)};
    cmd_json_view(&work->json, "policy", work->policy->name);
    cmd_json_text(&work->json, "policy_hash", work->policy->hash);
    cmd_json_u64(&work->json, "line", outcome->line);
    cmd_json_view(&work->json, "id", outcome->id);
    cmd_json_view(&work->json, "event", work->policy->events[outcome->event].name);
    cmd_json_view(&work->json, "at", when);
    cmd_json_text(&work->json, "verdict", policy_verdict_text(outcome->verdict));
    cmd_json_view(&work->json, "reason", outcome->reason);
    buf_clear(scratch);
    buf_put_i64(scratch, outcome->score);
    cmd_json_raw(&work->json, VIEW("score"), buf_view(scratch));
    buf_clear(scratch);
    cmd_explain_why(work->explanation, scratch);
    cmd_json_view(&work->json, "why", buf_view(scratch));
    if (outcome->diag != NULL)
        cmd_json_text(&work->json, "error", outcome->diag->message);
}

void cmd_explain_json(struct cmd_explanation *explanation, struct buf *out)
{
    struct work work = {.explanation = explanation, .policy = explanation->policy,
                        .outcome = explanation->outcome, .json = cmd_json_begin(out)};
    const struct policy_event *event = &work.policy->events[work.outcome->event];
    put_verdict(&work);
    put_event(&work);
    cmd_json_array(&work.json, "models");
    for (uint16_t i = 0; i < work.outcome->model_count; i++)
        put_model(&work, &work.outcome->models[i]);
    cmd_json_end(&work.json);
    cmd_json_array(&work.json, "rules");
    for (uint16_t i = 0; i < event->rule_count; i++)
        put_rule(&work, event->rules[i]);
    cmd_json_end(&work.json);
    cmd_json_end(&work.json);
    buf_put_char(out, '\n');
}
