/* One idea: what people look for comes first, the verdict and why, then what it rests on, from the
 * event to the rules; names stand in one column, values in the next. */
#include <string.h>

#include "base/datetime.h"
#include "cmd/explain.h"
#include "cmd/term.h"
#include "engine/render_model.h"

#define NAME_COLUMNS_MAX 32

/* A page being written. */
struct page {
    struct cmd_explanation *explanation;
    const struct policy *policy;
    const struct engine_outcome *outcome;
    struct buf *out;
    bool colour;
    int name_columns;
};

static const char *paint(const struct page *page, const char *sequence)
{
    return cmd_term_paint(page->colour, sequence);
}

static void put_head(const struct page *page, const char *text)
{
    buf_printf(page->out, "\n%s%s%s\n", paint(page, CMD_TERM_BOLD), text,
               paint(page, CMD_TERM_RESET));
}

/* Appends a value; strangers may have written it. */
static void put_value(const struct page *page, const struct policy_type *type, uint16_t slot)
{
    const struct policy_frame *frame = page->outcome->frame;
    size_t start = page->out->size_bytes;
    policy_value_print(page->policy, type, frame->values[slot], frame->present[slot], page->out);
    cmd_tame(page->out, start);
}

static void widen(struct page *page, struct view name)
{
    int size = name.size_bytes < NAME_COLUMNS_MAX ? (int)name.size_bytes : NAME_COLUMNS_MAX;
    page->name_columns = size > page->name_columns ? size : page->name_columns;
}

static void measure(struct page *page)
{
    const struct policy_event *event = &page->policy->events[page->outcome->event];
    for (uint16_t i = 0; i < event->field_count; i++)
        widen(page, event->fields[i].name);
    for (uint16_t i = 0; i < page->policy->let_count; i++) {
        if (cmd_explain_has_let(page->explanation, i))
            widen(page, page->policy->lets[i].name);
    }
}

static void put_named(const struct page *page, struct view name, const struct policy_type *type,
                      uint16_t slot)
{
    buf_printf(page->out, "  %-*.*s  ", page->name_columns, VIEW_ARG(name));
    put_value(page, type, slot);
    buf_put_char(page->out, '\n');
}

static const char *verdict_colour(enum policy_verdict verdict)
{
    return verdict == POLICY_ALLOW ? CMD_TERM_GREEN
         : verdict == POLICY_BLOCK ? CMD_TERM_RED : CMD_TERM_YELLOW;
}

static void put_verdict(const struct page *page)
{
    const struct engine_outcome *outcome = page->outcome;
    struct buf *out = page->out;
    char at[DATETIME_TEXT_BYTES_MAX];
    struct view when = {at, datetime_format(at, outcome->at_ms)};
    size_t start = out->size_bytes;
    buf_printf(out, "%.*s %.*s", VIEW_ARG(page->policy->events[outcome->event].name),
               VIEW_ARG(outcome->id));
    cmd_tame(out, start);
    buf_printf(out, ", line %llu, %.*s\n%s%s%s", (unsigned long long)outcome->line, VIEW_ARG(when),
               paint(page, verdict_colour(outcome->verdict)),
               policy_verdict_text(outcome->verdict), paint(page, CMD_TERM_RESET));
    if (outcome->reason.size_bytes > 0)
        buf_printf(out, " \"%.*s\"", VIEW_ARG(outcome->reason));
    buf_printf(out, ", score %lld: ", (long long)outcome->score);
    cmd_explain_why(page->explanation, out);
    buf_put_char(out, '\n');
    if (outcome->diag != NULL)
        buf_printf(out, "%s\n", outcome->diag->message);
}

static void put_fields(const struct page *page)
{
    const struct policy_event *event = &page->policy->events[page->outcome->event];
    put_head(page, "fields");
    for (uint16_t i = 0; i < event->field_count; i++)
        put_named(page, event->fields[i].name, &event->fields[i].type, event->fields[i].slot);
}

static void put_lets(const struct page *page)
{
    bool any = false;
    for (uint16_t i = 0; i < page->policy->let_count; i++) {
        const struct policy_let *let = &page->policy->lets[i];
        if (!cmd_explain_has_let(page->explanation, i))
            continue;
        if (!any)
            put_head(page, "features");
        any = true;
        put_named(page, let->name, &let->type, let->slot);
    }
}

/* ---- models ---- */

/* What a part gives in points, where it gives any. */
static void put_points(const struct page *page, int32_t points)
{
    if (points != ENGINE_NO_POINTS)
        buf_printf(page->out, "%+5d points  ", (int)points);
}

static void put_contributions(const struct page *page, const struct engine_score *score)
{
    struct engine_reason reasons[POLICY_ARGUMENTS_MAX];
    const struct policy_model *model = &page->policy->models[score->model];
    double start = 0;
    double margin = 0;
    int32_t base = engine_model_base_points(page->explanation->engine, score->model);
    int32_t points = base;
    uint16_t count =
        engine_model_explain(page->explanation->engine, score->model, reasons, &start);
    for (uint16_t i = 0; i < count; i++) {
        const struct policy_argument *argument = &model->arguments[reasons[i].argument];
        margin += reasons[i].contribution;
        buf_printf(page->out, "  %+10.4f  ", reasons[i].contribution);
        put_points(page, reasons[i].points);
        points += reasons[i].points != ENGINE_NO_POINTS ? reasons[i].points : 0;
        buf_printf(page->out, "%-*.*s  ", page->name_columns, VIEW_ARG(argument->name));
        put_value(page, &argument->type, argument->slot);
        buf_put_char(page->out, '\n');
    }
    buf_printf(page->out, "  %+10.4f  ", start);
    put_points(page, base);
    buf_printf(page->out, "%swhat every event starts from%s\n", paint(page, CMD_TERM_DIM),
               paint(page, CMD_TERM_RESET));
    buf_printf(page->out, "  %+10.4f  ", margin + start);
    put_points(page, points);
    buf_printf(page->out, "%sthe margin%s%s\n", paint(page, CMD_TERM_DIM),
               points != score->points ? ", kept within the scale of the points" : "",
               paint(page, CMD_TERM_RESET));
}

static void put_model(const struct page *page, const struct engine_score *score)
{
    const struct policy_model *model = &page->policy->models[score->model];
    buf_printf(page->out, "  %.*s", VIEW_ARG(model->name));
    if (model->challenges != POLICY_NO_MODEL)
        buf_printf(page->out, ", which challenges %.*s",
                   VIEW_ARG(page->policy->models[model->challenges].name));
    if (score->scoring == ENGINE_SCORED)
        buf_printf(page->out, ": %.6g", score->score);
    if (score->points != ENGINE_NO_POINTS)
        buf_printf(page->out, ", %d points", (int)score->points);
    if (score->scoring != ENGINE_SCORED)
        buf_printf(page->out, ": %sno score, %s%s", paint(page, CMD_TERM_YELLOW),
                   render_scoring(score->scoring), paint(page, CMD_TERM_RESET));
    buf_printf(page->out, "  %s%.*s%s%s%s\n", paint(page, CMD_TERM_DIM), VIEW_ARG(model->path),
               score->hash[0] != '\0' ? " " : "", score->hash, paint(page, CMD_TERM_RESET));
    if (score->scoring == ENGINE_SCORED)
        put_contributions(page, score);
}

static void put_models(const struct page *page)
{
    if (page->outcome->model_count > 0)
        put_head(page, "models, and what each argument adds to the margin");
    for (uint16_t i = 0; i < page->outcome->model_count; i++)
        put_model(page, &page->outcome->models[i]);
}

/* ---- rules ---- */

static void put_operands(const struct page *page, const struct policy_explain_part *part)
{
    for (uint16_t i = 0; i < part->operand_count; i++) {
        buf_put_text(page->out, i == 0 ? "   " : ", ");
        buf_printf(page->out, "%s%.*s = ", paint(page, CMD_TERM_DIM),
                   VIEW_ARG(part->operands[i].name));
        put_value(page, &part->operands[i].type, part->operands[i].slot);
        buf_put_text(page->out, paint(page, CMD_TERM_RESET));
    }
}

static const char *truth_colour(enum policy_explain_truth truth)
{
    return truth == POLICY_PART_TRUE ? CMD_TERM_GREEN
         : truth == POLICY_PART_OVERFLOW ? CMD_TERM_RED : CMD_TERM_DIM;
}

static void put_part(const struct page *page, const struct policy_explain_part *part,
                     enum policy_explain_truth truth)
{
    buf_printf(page->out, "      %s%-9s%s  %s%.*s", paint(page, truth_colour(truth)),
               cmd_explain_truth_word(truth), paint(page, CMD_TERM_RESET),
               part->unless ? "unless " : "", VIEW_ARG(part->text));
    put_operands(page, part);
    buf_put_char(page->out, '\n');
}

static void put_state(const struct page *page, enum cmd_rule_state state)
{
    static const struct {
        const char *word;
        const char *colour;
    } states[] = {
        [CMD_RULE_FIRED] = {"fired", CMD_TERM_RED},
        [CMD_RULE_SHADOW] = {"in shadow", CMD_TERM_YELLOW},
        [CMD_RULE_QUIET] = {"no", CMD_TERM_DIM},
        [CMD_RULE_ENDED] = {"ended", CMD_TERM_DIM},
    };
    buf_printf(page->out, "  %s%-9s%s  ", paint(page, states[state].colour), states[state].word,
               paint(page, CMD_TERM_RESET));
}

static void put_rule(const struct page *page, uint16_t number)
{
    const struct policy_rule *rule = &page->policy->rules[number];
    const struct engine_fired *fired;
    uint16_t count;
    put_state(page, cmd_explain_rule(page->explanation, number, &fired));
    buf_printf(page->out, "%s%.*s%s", paint(page, CMD_TERM_BOLD), VIEW_ARG(rule->name),
               paint(page, CMD_TERM_RESET));
    if (fired != NULL) {
        size_t start = page->out->size_bytes;
        buf_printf(page->out, ": %.*s", VIEW_ARG(fired->sentence));
        cmd_tame(page->out, start);
    }
    buf_put_char(page->out, '\n');
    const struct policy_explain_part *parts =
        policy_explain_parts(page->explanation->parts, number, &count);
    policy_explain_ask(page->explanation->parts, number, page->outcome->frame,
                       page->explanation->truths);
    for (uint16_t i = 0; i < count; i++)
        put_part(page, &parts[i], page->explanation->truths[i]);
}

void cmd_explain_text(struct cmd_explanation *explanation, bool colour, struct buf *out)
{
    struct page page = {.explanation = explanation, .policy = explanation->policy,
                        .outcome = explanation->outcome, .out = out, .colour = colour};
    const struct policy_event *event = &page.policy->events[page.outcome->event];
    measure(&page);
    put_verdict(&page);
    put_fields(&page);
    put_lets(&page);
    put_models(&page);
    if (event->rule_count > 0)
        put_head(&page, "rules");
    for (uint16_t i = 0; i < event->rule_count; i++)
        put_rule(&page, event->rules[i]);
}
