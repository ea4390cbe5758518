/* One idea: an outcome is written in one pass, in a fixed order of keys, from views that were ready
 * before. */
#include "engine/render.h"

#include "base/datetime.h"
#include "codec/csv.h"
#include "codec/json.h"

static unsigned level(enum policy_verdict verdict)
{
    bool challenges = verdict >= POLICY_CHALLENGE_1 && verdict <= POLICY_CHALLENGE_3;
    return challenges ? (unsigned)(verdict - POLICY_CHALLENGE_1) + 1 : 0;
}

static void put_key(struct buf *out, const char *key)
{
    buf_put_text(out, ",\"");
    buf_put_text(out, key);
    buf_put_text(out, "\":");
}

static void put_string(struct buf *out, const char *key, struct view text)
{
    put_key(out, key);
    json_put_string(out, text);
}

static void put_verdict_word(struct buf *out, enum policy_verdict verdict)
{
    buf_put_text(out, ",\"verdict\":\"");
    buf_put_text(out, policy_verdict_text(verdict));
    buf_put_char(out, '"');
}

static void put_verdict(struct buf *out, enum policy_verdict verdict)
{
    put_verdict_word(out, verdict);
    buf_put_text(out, ",\"level\":");
    buf_put_char(out, (char)('0' + level(verdict)));
}

static void put_rule_head(struct buf *out, const struct policy_rule *rule)
{
    buf_put_text(out, "{\"rule\":");
    json_put_string(out, rule->name);
    put_string(out, "reason", rule->reason);
    if (rule->has_verdict)
        put_verdict_word(out, rule->verdict);
    if (rule->score != 0) {
        put_key(out, "score");
        buf_put_i64(out, rule->score);
    }
}

/* Moves what `text` holds into the arena and empties it. */
static struct view keep(struct render *render, struct buf *text)
{
    struct view copy = arena_copy(&render->arena, buf_view(text));
    text->failed = text->failed || copy.data == NULL;
    text->size_bytes = 0;
    return copy;
}

/* Writes everything that does not change from line to line. */
static void prepare(struct render *render, struct buf *text)
{
    const struct policy *policy = render->policy;
    for (uint16_t i = 0; i < policy->event_count; i++) {
        put_string(text, "event", policy->events[i].name);
        render->event_keys[i] = keep(render, text);
    }
    for (uint16_t i = 0; i < policy->rule_count; i++) {
        put_rule_head(text, &policy->rules[i]);
        render->rule_heads[i] = keep(render, text);
    }
    for (uint16_t i = 0; i < policy->let_count; i++) {
        json_put_string(text, policy->lets[i].name);
        buf_put_char(text, ':');
        render->let_keys[i] = keep(render, text);
    }
    buf_printf(text, ",\"policy\":\"%s\"}\n", policy->hash);
    render->tail = keep(render, text);
}

enum status render_init(struct render *render, const struct policy *policy,
                        enum engine_format format, bool features, struct mem *mem)
{
    *render = (struct render){.policy = policy, .format = format, .features = features};
    arena_init(&render->arena, mem, 0);
    buf_init(&render->cell, mem);
    render->event_keys = arena_array(&render->arena, policy->event_count, sizeof(struct view));
    render->rule_heads = arena_array(&render->arena, policy->rule_count, sizeof(struct view));
    render->let_keys = arena_array(&render->arena, policy->let_count, sizeof(struct view));
    if (render->event_keys == NULL || render->rule_heads == NULL || render->let_keys == NULL)
        return STATUS_NO_MEMORY;
    prepare(render, &render->cell);
    return buf_status(&render->cell);
}

void render_done(struct render *render)
{
    arena_done(&render->arena);
    buf_done(&render->cell);
}

static void put_time(struct buf *out, int64_t ms)
{
    char *to = buf_reserve(out, DATETIME_TEXT_BYTES_MAX);
    if (to != NULL)
        out->size_bytes += datetime_format(to, ms);
}

static void put_rules(struct buf *out, const char *key, const struct render *render,
                      const struct engine_fired *fired, uint16_t count)
{
    buf_put_text(out, key);
    for (uint16_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        buf_put_view(out, render->rule_heads[fired[i].rule]);
        if (render->policy->rules[fired[i].rule].has_case)
            put_string(out, "case", fired[i].case_key);
        put_string(out, "sentence", fired[i].sentence);
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
}

static void put_features(struct buf *out, const struct render *render,
                         const struct engine_outcome *outcome)
{
    put_key(out, "features");
    buf_put_char(out, '{');
    for (uint16_t i = 0; i < outcome->feature_count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        buf_put_view(out, render->let_keys[i]);
        if (outcome->features[i].quoted)
            json_put_string(out, outcome->features[i].text);
        else
            buf_put_view(out, outcome->features[i].text);
    }
    buf_put_char(out, '}');
}

static void put_error(struct buf *out, const struct diag *diag)
{
    put_key(out, "error");
    buf_put_text(out, "{\"code\":");
    json_put_string(out, view_of(diag->code));
    if (diag->field[0] != '\0')
        put_string(out, "field", view_of(diag->field));
    if (diag->column != 0) {
        put_key(out, "column");
        buf_put_u64(out, diag->column);
    }
    put_string(out, "message", view_of(diag->message));
    if (diag->hint[0] != '\0')
        put_string(out, "hint", view_of(diag->hint));
    buf_put_char(out, '}');
}

static void json_outcome(struct render *render, const struct engine_outcome *outcome,
                         struct buf *out)
{
    bool decided = outcome->status == STATUS_OK;
    buf_put_text(out, "{\"line\":");
    buf_put_u64(out, outcome->line);
    if (outcome->id.size_bytes > 0)
        put_string(out, "id", outcome->id);
    if (outcome->event != UINT16_MAX)
        buf_put_view(out, render->event_keys[outcome->event]);
    if (decided) {
        buf_put_text(out, ",\"at\":\"");
        put_time(out, outcome->at_ms);
        buf_put_char(out, '"');
    }
    put_verdict(out, outcome->verdict);
    if (decided) {
        buf_put_text(out, ",\"score\":");
        buf_put_i64(out, outcome->score);
    }
    if (outcome->reason.size_bytes > 0)
        put_string(out, "reason", outcome->reason);
    if (outcome->duplicate)
        buf_put_text(out, ",\"duplicate\":true");
    if (decided) {
        put_rules(out, ",\"rules\":[", render, outcome->fired, outcome->fired_count);
        put_rules(out, ",\"shadow\":[", render, outcome->shadow, outcome->shadow_count);
        if (render->features)
            put_features(out, render, outcome);
    }
    if (outcome->diag != NULL)
        put_error(out, outcome->diag);
    buf_put_view(out, render->tail);
}

static const char *const csv_columns[] = {
    "line",  "id",     "event", "at",        "verdict", "level",
    "score", "reason", "rules", "sentences", "shadow",  "error",
};

void render_header(const struct render *render, struct buf *out)
{
    if (render->format != ENGINE_CSV)
        return;
    for (size_t i = 0; i < sizeof csv_columns / sizeof csv_columns[0]; i++) {
        buf_put_text(out, i == 0 ? "" : ",");
        buf_put_text(out, csv_columns[i]);
    }
    for (uint16_t i = 0; render->features && i < render->policy->let_count; i++) {
        buf_put_char(out, ',');
        csv_put_field(out, ',', render->policy->lets[i].name);
    }
    buf_put_char(out, '\n');
}

static void csv_cell(struct buf *out, struct view text)
{
    buf_put_char(out, ',');
    csv_put_field(out, ',', text);
}

/* Puts the rules' names, or their sentences, into one cell. */
static void csv_rules(struct render *render, const struct engine_fired *fired, uint16_t count,
                      bool sentences, struct buf *out)
{
    buf_clear(&render->cell);
    for (uint16_t i = 0; i < count; i++) {
        buf_put_text(&render->cell, i == 0 ? "" : "; ");
        buf_put_view(&render->cell,
                     sentences ? fired[i].sentence : render->policy->rules[fired[i].rule].name);
    }
    out->failed = out->failed || render->cell.failed;
    csv_cell(out, buf_view(&render->cell));
}

static void csv_outcome(struct render *render, const struct engine_outcome *outcome,
                        struct buf *out)
{
    bool decided = outcome->status == STATUS_OK;
    buf_put_u64(out, outcome->line);
    csv_cell(out, outcome->id);
    csv_cell(out, outcome->event == UINT16_MAX ? VIEW("")
                                               : render->policy->events[outcome->event].name);
    buf_put_char(out, ',');
    if (decided)
        put_time(out, outcome->at_ms);
    csv_cell(out, view_of(policy_verdict_text(outcome->verdict)));
    buf_put_char(out, ',');
    buf_put_u64(out, level(outcome->verdict));
    buf_put_char(out, ',');
    if (decided)
        buf_put_i64(out, outcome->score);
    csv_cell(out, outcome->reason);
    csv_rules(render, outcome->fired, outcome->fired_count, false, out);
    csv_rules(render, outcome->fired, outcome->fired_count, true, out);
    csv_rules(render, outcome->shadow, outcome->shadow_count, false, out);
    csv_cell(out, outcome->diag == NULL ? VIEW("") : view_of(outcome->diag->message));
    for (uint16_t i = 0; render->features && i < render->policy->let_count; i++) {
        bool known = i < outcome->feature_count &&
                     (outcome->features[i].quoted ||
                      !view_equal(outcome->features[i].text, VIEW("null")));
        csv_cell(out, known ? outcome->features[i].text : VIEW(""));
    }
    buf_put_char(out, '\n');
}

void render_outcome(struct render *render, const struct engine_outcome *outcome, struct buf *out)
{
    if (render->format == ENGINE_CSV)
        csv_outcome(render, outcome, out);
    else
        json_outcome(render, outcome, out);
}
