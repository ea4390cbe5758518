/* One idea: an outcome is written in one pass, in a fixed order of keys, from views that were ready
 * before. */
#include "engine/render.h"

#include <string.h>

#include "base/datetime.h"
#include "base/money.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "engine/render_model.h"
#include "engine/render_value.h"

static unsigned level(enum policy_verdict verdict)
{
    bool challenges = verdict >= POLICY_CHALLENGE_1 && verdict <= POLICY_CHALLENGE_3;
    return challenges ? (unsigned)(verdict - POLICY_CHALLENGE_1) + 1 : 0;
}

static inline void put_key(struct buf *out, const char *key)
{
    buf_put_text(out, ",\"");
    buf_put_text(out, key);
    buf_put_text(out, "\":");
}

static inline void put_string(struct buf *out, const char *key, struct view text)
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
    if (rule->reason.size_bytes > 0)
        put_string(out, "reason", rule->reason);
    if (rule->has_verdict)
        put_verdict_word(out, rule->verdict);
    if (rule->score != 0) {
        put_key(out, "score");
        buf_put_i64(out, rule->score);
    }
}

/* Pieces that are the same on many lines are copied so many bytes at a time, without a call. */
#define STEP_BYTES ((size_t)16)

/* Moves what `text` holds, and a step's room behind it, into the arena and empties it. */
static struct view keep(struct render *render, struct buf *text)
{
    struct view piece = {NULL, text->size_bytes};
    char *copy = arena_alloc(&render->arena, text->size_bytes + STEP_BYTES);
    if (copy != NULL && !text->failed && text->size_bytes > 0)
        memcpy(copy, text->data, text->size_bytes);
    piece.data = copy;
    text->failed = text->failed || copy == NULL;
    text->size_bytes = 0;
    return piece;
}

/* Copies a piece that keep() made to where there is a step's room behind it; returns its end. */
static inline char *copy_piece(char *to, struct view piece)
{
    for (size_t at = 0; at < piece.size_bytes; at += STEP_BYTES)
        memcpy(to + at, piece.data + at, STEP_BYTES);
    return to + piece.size_bytes;
}

static void put_piece(struct buf *out, struct view piece)
{
    char *to = buf_reserve(out, piece.size_bytes + STEP_BYTES);
    if (to != NULL)
        out->size_bytes += (size_t)(copy_piece(to, piece) - to);
}

/* Writes everything that does not change from line to line. */
static void prepare(struct render *render, struct buf *text)
{
    const struct policy *policy = render->policy;
    for (uint16_t i = 0; i < policy->event_count; i++) {
        put_string(text, "event", policy->events[i].name);
        render->event_keys[i] = keep(render, text);
    }
    for (int i = POLICY_ALLOW; i <= POLICY_BLOCK; i++) {
        put_verdict(text, (enum policy_verdict)i);
        render->verdicts[i] = keep(render, text);
    }
    for (uint16_t i = 0; i < policy->rule_count; i++) {
        put_rule_head(text, &policy->rules[i]);
        render->rule_heads[i] = keep(render, text);
    }
    for (uint16_t i = 0; i < policy->let_count; i++) {
        if (i > 0)
            buf_put_char(text, ',');
        json_put_string(text, policy->lets[i].name);
        buf_put_char(text, ':');
        const struct policy_type *type = &policy->lets[i].type;
        render->lets[i] = (struct render_let){keep(render, text), type,
                                              render_value_is_text(type)};
    }
    buf_printf(text, ",\"policy\":\"%s\"}\n", policy->hash);
    render->tail = keep(render, text);
    buf_put_text(text, ",\"rules\":[],\"shadow\":[]");
    render->no_rules = keep(render, text);
}

enum status render_init(struct render *render, const struct policy *policy,
                        enum engine_format format, bool features, struct mem *mem)
{
    *render = (struct render){.policy = policy, .format = format, .features = features,
                              .exponent = money_currency_exponent(policy->currency),
                              .day_start_ms = INT64_MAX};
    arena_init(&render->arena, mem, 0);
    buf_init(&render->cell, mem);
    render->event_keys = arena_array(&render->arena, policy->event_count, sizeof(struct view));
    render->rule_heads = arena_array(&render->arena, policy->rule_count, sizeof(struct view));
    render->lets = arena_array(&render->arena, policy->let_count, sizeof(struct render_let));
    if (render->event_keys == NULL || render->rule_heads == NULL || render->lets == NULL)
        return STATUS_NO_MEMORY;
    prepare(render, &render->cell);
    return buf_status(&render->cell);
}

void render_done(struct render *render)
{
    arena_done(&render->arena);
    buf_done(&render->cell);
}

/* As datetime_format; the date is that of the line before, mostly. */
static void put_time(struct render *render, struct buf *out, int64_t ms)
{
    char *to = buf_reserve(out, DATETIME_TEXT_BYTES_MAX);
    if (to == NULL)
        return;
    if (ms < render->day_start_ms || ms - render->day_start_ms >= DATETIME_MS_DAY) {
        int64_t into_day_ms = ms % DATETIME_MS_DAY;
        render->day_start_ms = ms - into_day_ms - (into_day_ms < 0 ? DATETIME_MS_DAY : 0);
        datetime_format(render->day_text, ms);
    }
    uint32_t left_ms = (uint32_t)(ms - render->day_start_ms);
    uint32_t seconds = left_ms / 1000;
    memcpy(to, render->day_text, RENDER_DAY_BYTES);
    decimal_put_padded(to + 11, seconds / 3600, 2);
    to[13] = ':';
    decimal_put_padded(to + 14, seconds / 60 % 60, 2);
    to[16] = ':';
    decimal_put_padded(to + 17, seconds % 60, 2);
    size_t size = RENDER_DAY_BYTES + 8;
    if (left_ms % 1000 != 0) {
        to[size] = '.';
        decimal_put_padded(to + size + 1, left_ms % 1000, 3);
        size += 4;
    }
    to[size] = 'Z';
    out->size_bytes += size + 1;
}

static void put_rules(struct buf *out, const char *key, const struct render *render,
                      const struct engine_fired *fired, uint16_t count)
{
    buf_put_text(out, key);
    for (uint16_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        put_piece(out, render->rule_heads[fired[i].rule]);
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
    buf_put_text(out, ",\"features\":{");
    for (uint16_t i = 0; i < outcome->feature_count; i++) {
        const struct render_let *let = &render->lets[i];
        const struct engine_feature *feature = &outcome->features[i];
        char *start = buf_reserve(out, let->key.size_bytes + RENDER_VALUE_BYTES_MAX);
        if (start == NULL)
            return;
        char *to = copy_piece(start, let->key);
        if (!feature->present) {
            memcpy(to, "null", 4);
            to += 4;
        } else if (!let->is_text) {
            to += render_value(to, let->type, render->exponent, feature->value, true);
        }
        out->size_bytes += (size_t)(to - start);
        if (feature->present && let->is_text)
            json_put_string(out, feature->text);
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
        put_piece(out, render->event_keys[outcome->event]);
    if (decided) {
        buf_put_text(out, ",\"at\":\"");
        put_time(render, out, outcome->at_ms);
        buf_put_char(out, '"');
    }
    put_piece(out, render->verdicts[outcome->verdict]);
    if (decided) {
        buf_put_text(out, ",\"score\":");
        buf_put_i64(out, outcome->score);
    }
    if (outcome->reason.size_bytes > 0)
        put_string(out, "reason", outcome->reason);
    if (outcome->duplicate)
        buf_put_text(out, ",\"duplicate\":true");
    if (decided && outcome->fired_count + outcome->shadow_count == 0) {
        put_piece(out, render->no_rules);
    } else if (decided) {
        put_rules(out, ",\"rules\":[", render, outcome->fired, outcome->fired_count);
        put_rules(out, ",\"shadow\":[", render, outcome->shadow, outcome->shadow_count);
    }
    if (decided && outcome->model_count > 0)
        render_models(render->policy, outcome, &render->cell, out);
    if (decided && render->features)
        put_features(out, render, outcome);
    if (outcome->diag != NULL)
        put_error(out, outcome->diag);
    put_piece(out, render->tail);
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
    render_model_columns(render->policy, out);
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

/* feature: NULL when there is none. */
static void csv_feature(struct buf *out, const struct render *render,
                        const struct engine_feature *feature, uint16_t let)
{
    char text[RENDER_VALUE_BYTES_MAX];
    struct view cell = {text, 0};
    const struct render_let *how = &render->lets[let];
    if (feature != NULL && feature->present && how->is_text)
        cell = feature->text;
    else if (feature != NULL && feature->present)
        cell.size_bytes = render_value(text, how->type, render->exponent, feature->value, false);
    csv_cell(out, cell);
}

/* The cells of every model of the policy, in its order. */
static void csv_models(struct render *render, const struct engine_outcome *outcome,
                       struct buf *out)
{
    uint16_t at = 0;
    for (uint16_t i = 0; i < render->policy->model_count; i++) {
        bool here = at < outcome->model_count && outcome->models[at].model == i;
        render_model_cells(render->policy, here ? &outcome->models[at++] : NULL, &render->cell,
                           out);
    }
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
        put_time(render, out, outcome->at_ms);
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
    csv_models(render, outcome, out);
    for (uint16_t i = 0; render->features && i < render->policy->let_count; i++)
        csv_feature(out, render, i < outcome->feature_count ? &outcome->features[i] : NULL, i);
    buf_put_char(out, '\n');
}

void render_outcome(struct render *render, const struct engine_outcome *outcome, struct buf *out)
{
    if (render->format == ENGINE_CSV)
        csv_outcome(render, outcome, out);
    else
        json_outcome(render, outcome, out);
}
