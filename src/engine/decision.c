/* One idea: a decision is packed once, and every answer, the first or a repeated one, is read from
 * those bytes.
 *
 *     0  u8   verdict
 *     1  u8   flags: 1 arithmetic failed, 2 in a rule
 *     2  u16  let or rule that failed
 *     4  i64  score
 *    12  u16  rules that fired
 *    14  u16  shadow rules that fired
 *    16  u16  bytes of the reason
 *    18  u16  models of the event
 *    20  the rules, fired and shadow, each: u16 rule, u16 and bytes of the sentence, u16 and bytes
 *        of the case key; the models, each: u16 model, u8 enum engine_scoring, u8 reasons, the
 *        16 characters of the file's hash or zeros, f64 score, i32 points, then the reasons,
 *        each: u16 argument, u8 present, the 8 bytes of a value, f64 contribution, i32 points; the
 *        reason's bytes; and either nothing more or every let of the policy, each: u8 form, then
 *        nothing, the 8 bytes of a value, or u16 and bytes of a text
 *
 * Features come last and as values, so that a decision is the same bytes without them. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/utf8.h"
#include "engine/engine_int.h"

#define HEAD_BYTES 20
#define FLAG_FAILED 1
#define FLAG_IN_RULE 2

enum form { FORM_MISSING, FORM_VALUE, FORM_TEXT };

#define RULE_HEAD_BYTES (3 * sizeof(uint16_t))
#define MODEL_BYTES (sizeof(uint16_t) + 2 + ENGINE_HASH_HEX + sizeof(double) + sizeof(int32_t))
#define REASON_BYTES                                                                              \
    (sizeof(uint16_t) + 1 + sizeof(union policy_value) + sizeof(double) + sizeof(int32_t))
#define MODEL_BYTES_MAX (MODEL_BYTES + POLICY_EXPLAIN_MAX * REASON_BYTES)
#define FEATURE_BYTES_MAX (1 + sizeof(uint16_t) + ENGINE_FEATURE_BYTES_MAX)

_Static_assert(FEATURE_BYTES_MAX >= 1 + sizeof(union policy_value), "a value is no larger");
_Static_assert(HEAD_BYTES + POLICY_RULES_MAX * RULE_HEAD_BYTES + ENGINE_SENTENCES_BYTES_MAX +
                       ENGINE_CASES_BYTES_MAX + POLICY_MODELS_MAX * MODEL_BYTES_MAX +
                       POLICY_REASON_BYTES_MAX +
                       POLICY_LETS_MAX * FEATURE_BYTES_MAX <= SEEN_BODY_BYTES_MAX,
               "whatever is decided can be remembered");

/* A rule's part of what there is for all, which may be more than it needs. Shares are equal, so
 * that what one rule says never depends on which others fired. */
static size_t share(const struct policy *policy, size_t all_bytes, size_t bytes_max)
{
    size_t bytes = all_bytes / (policy->rule_count == 0 ? 1 : policy->rule_count);
    return bytes < bytes_max ? bytes : bytes_max;
}

static size_t sentence_bytes_max(const struct policy *policy)
{
    return share(policy, ENGINE_SENTENCES_BYTES_MAX, ENGINE_SENTENCE_BYTES_MAX);
}

static size_t case_bytes_max(const struct policy *policy)
{
    return share(policy, ENGINE_CASES_BYTES_MAX, ENGINE_CASE_BYTES_MAX);
}

size_t decision_bytes_max(const struct policy *policy, bool features)
{
    size_t rule_bytes = RULE_HEAD_BYTES + sentence_bytes_max(policy) + case_bytes_max(policy);
    return HEAD_BYTES + policy->rule_count * rule_bytes +
           policy->model_count * MODEL_BYTES_MAX + POLICY_REASON_BYTES_MAX +
           (features ? policy->let_count * FEATURE_BYTES_MAX : 0);
}

static void put_u16(struct buf *body, size_t value)
{
    ASSERT(value <= UINT16_MAX);
    uint16_t word = (uint16_t)value;
    buf_put(body, &word, sizeof word);
}

static void put_text(struct buf *body, struct view text, size_t size_max)
{
    if (text.size_bytes > size_max)
        text.size_bytes = utf8_whole_prefix(text.data, size_max);
    put_u16(body, text.size_bytes);
    buf_put_view(body, text);
}

void decision_begin(struct buf *body)
{
    static const char head[HEAD_BYTES];
    buf_clear(body);
    buf_put(body, head, sizeof head);
}

static struct view fill_template(const struct policy *policy, const struct policy_template *text,
                                 const struct policy_frame *frame, struct buf *scratch)
{
    buf_clear(scratch);
    for (uint16_t i = 0; i < text->part_count; i++) {
        const struct policy_part *part = &text->parts[i];
        buf_put_view(scratch, part->literal);
        if (part->slot != POLICY_NO_SLOT)
            policy_value_print(policy, &part->type, frame->values[part->slot],
                               frame->present[part->slot], scratch);
    }
    return buf_view(scratch);
}

void decision_put_fired(struct buf *body, const struct policy *policy, uint16_t number,
                        const struct policy_frame *frame, struct buf *scratch)
{
    const struct policy_rule *rule = &policy->rules[number];
    put_u16(body, number);
    put_text(body, fill_template(policy, &rule->sentence, frame, scratch),
             sentence_bytes_max(policy));
    body->failed = body->failed || scratch->failed;
    if (rule->has_case)
        put_text(body, fill_template(policy, &rule->case_key, frame, scratch),
                 case_bytes_max(policy));
    else
        put_u16(body, 0);
    body->failed = body->failed || scratch->failed;
}

static void put_reason(struct buf *body, const struct engine_reason *reason)
{
    put_u16(body, reason->argument);
    buf_put_char(body, reason->present);
    buf_put(body, &reason->value, sizeof reason->value);
    buf_put(body, &reason->contribution, sizeof reason->contribution);
    buf_put(body, &reason->points, sizeof reason->points);
}

void decision_put_model(struct buf *body, const struct engine_score *score)
{
    ASSERT(score->reason_count <= POLICY_EXPLAIN_MAX);
    put_u16(body, score->model);
    buf_put_char(body, (char)score->scoring);
    buf_put_char(body, (char)score->reason_count);
    buf_put(body, score->hash, ENGINE_HASH_HEX);
    buf_put(body, &score->score, sizeof score->score);
    buf_put(body, &score->points, sizeof score->points);
    for (uint16_t i = 0; i < score->reason_count; i++)
        put_reason(body, &score->reasons[i]);
}

/* Arithmetic may give times that no calendar has; a saved state may give anything. */
bool decision_value_is_sound(const struct policy_type *type, union policy_value value)
{
    const unsigned always = 1u << POLICY_INT | 1u << POLICY_DURATION;
    if ((always >> type->base & 1) != 0)
        return true;
    if (type->base == POLICY_NUMBER || (type->base == POLICY_MONEY && type->fractional))
        return isfinite(value.f64);
    if (type->base == POLICY_TIME)
        return value.i64 >= DATETIME_MS_MIN && value.i64 <= DATETIME_MS_MAX;
    if (type->base == POLICY_ONE_OF)
        return value.i64 >= 0 && value.i64 < type->choice_count;
    if (type->base == POLICY_BOOL)
        return value.i64 == 0 || value.i64 == 1;
    if (type->base == POLICY_COUNTRY)
        return value.i64 >> 8 >= 'A' && value.i64 >> 8 <= 'Z' && (value.i64 & 0xff) >= 'A' &&
               (value.i64 & 0xff) <= 'Z';
    return true;
}

bool decision_text_is_sound(const struct policy_type *type, struct view text)
{
    if (type->base == POLICY_IP)
        return text.size_bytes == 4 || text.size_bytes == 16;
    return utf8_valid(text.data, text.size_bytes);
}

static void put_feature(struct buf *body, const struct policy_type *type, bool present,
                        union policy_value value)
{
    char *to = buf_reserve(body, 1 + sizeof value);
    if (to == NULL)
        return;
    bool is_text = policy_type_is_text(type);
    *to = !present ? FORM_MISSING : is_text ? FORM_TEXT
        : decision_value_is_sound(type, value) ? FORM_VALUE : FORM_MISSING;
    body->size_bytes++;
    if (*to == FORM_VALUE) {
        memcpy(to + 1, &value, sizeof value);
        body->size_bytes += sizeof value;
    } else if (*to == FORM_TEXT) {
        put_text(body, *value.text, ENGINE_FEATURE_BYTES_MAX);
    }
}

static void put_features(struct buf *body, const struct policy *policy,
                         const struct policy_frame *frame)
{
    const struct policy_let *end = policy->lets + policy->let_count;
    for (const struct policy_let *let = policy->lets; let < end; let++)
        put_feature(body, &let->type, frame->present[let->slot], frame->values[let->slot]);
}

void decision_end(struct buf *body, const struct decision *decision, const struct policy *policy,
                  const struct policy_frame *features)
{
    buf_put_view(body, decision->reason);
    if (features != NULL)
        put_features(body, policy, features);
    if (body->failed)
        return;
    char *head = body->data;
    uint16_t counts[] = {decision->fired_count, decision->shadow_count,
                         (uint16_t)decision->reason.size_bytes, decision->model_count};
    head[0] = (char)decision->verdict;
    head[1] = (char)((decision->failed ? FLAG_FAILED : 0) |
                     (decision->failed_in_rule ? FLAG_IN_RULE : 0));
    memcpy(head + 2, &decision->failed_slot, 2);
    memcpy(head + 4, &decision->score, 8);
    memcpy(head + 12, counts, sizeof counts);
}

/* Reading: a cursor that remembers that something was wrong. */
struct cursor {
    struct view bytes;
    size_t at;
    bool failed;
};

static struct view take(struct cursor *cursor, size_t size)
{
    if (cursor->failed || cursor->bytes.size_bytes - cursor->at < size) {
        cursor->failed = true;
        return (struct view){NULL, 0};
    }
    cursor->at += size;
    return (struct view){cursor->bytes.data + cursor->at - size, size};
}

static uint16_t take_u16(struct cursor *cursor)
{
    uint16_t word = 0;
    struct view bytes = take(cursor, sizeof word);
    if (bytes.data != NULL)
        memcpy(&word, bytes.data, sizeof word);
    return word;
}

static struct view take_text(struct cursor *cursor)
{
    return take(cursor, take_u16(cursor));
}

static void take_fired(struct cursor *cursor, const struct policy *policy, uint16_t count,
                       struct engine_fired *fired)
{
    for (uint16_t i = 0; i < count && !cursor->failed; i++) {
        fired[i].rule = take_u16(cursor);
        fired[i].sentence = take_text(cursor);
        fired[i].case_key = take_text(cursor);
        cursor->failed = cursor->failed || fired[i].rule >= policy->rule_count;
    }
}

static void take_reason(struct cursor *cursor, uint16_t argument_count,
                        struct engine_reason *reason)
{
    reason->argument = take_u16(cursor);
    const char *bytes = take(cursor, REASON_BYTES - sizeof(uint16_t)).data;
    cursor->failed = cursor->failed || reason->argument >= argument_count || bytes[0] < 0 ||
                     bytes[0] > 1;
    if (cursor->failed)
        return;
    reason->present = bytes[0] == 1;
    bytes++;
    memcpy(&reason->value, bytes, sizeof reason->value);
    bytes += sizeof reason->value;
    memcpy(&reason->contribution, bytes, sizeof reason->contribution);
    memcpy(&reason->points, bytes + sizeof reason->contribution, sizeof reason->points);
}

static void take_model(struct cursor *cursor, const struct policy *policy,
                       struct engine_reason *reasons, struct engine_score *score)
{
    *score = (struct engine_score){.model = take_u16(cursor), .reasons = reasons};
    const char *bytes = take(cursor, MODEL_BYTES - sizeof(uint16_t)).data;
    cursor->failed = cursor->failed || score->model >= policy->model_count ||
                     (unsigned char)bytes[0] > ENGINE_ARGUMENT_OVERFLOW ||
                     (unsigned char)bytes[1] > POLICY_EXPLAIN_MAX;
    if (cursor->failed)
        return;
    score->scoring = (enum engine_scoring)bytes[0];
    score->reason_count = (uint16_t)bytes[1];
    memcpy(score->hash, bytes + 2, ENGINE_HASH_HEX);
    bytes += 2 + ENGINE_HASH_HEX;
    memcpy(&score->score, bytes, sizeof score->score);
    memcpy(&score->points, bytes + sizeof score->score, sizeof score->points);
    for (uint16_t i = 0; i < score->reason_count && !cursor->failed; i++)
        take_reason(cursor, policy->models[score->model].argument_count, &reasons[i]);
}

static void take_models(struct cursor *cursor, const struct policy *policy, uint16_t count,
                        const struct outcome_store *store)
{
    struct engine_reason *reasons = store->reasons;
    for (uint16_t i = 0; i < count && !cursor->failed; i++) {
        take_model(cursor, policy, reasons, &store->models[i]);
        reasons += store->models[i].reason_count;
    }
}

static void take_feature(struct cursor *cursor, const struct policy_type *type,
                         struct engine_feature *feature)
{
    const char *at = cursor->bytes.data + cursor->at;
    size_t left = cursor->bytes.size_bytes - cursor->at;
    bool is_text = policy_type_is_text(type);
    feature->present = left > 0 && *at != FORM_MISSING;
    cursor->at += left > 0;
    if (left > sizeof feature->value && *at == FORM_VALUE && !is_text) {
        memcpy(&feature->value, at + 1, sizeof feature->value);
        cursor->at += sizeof feature->value;
    } else if (left > 0 && *at == FORM_TEXT && is_text) {
        feature->text = take_text(cursor);
        feature->value.text = &feature->text;
    } else {
        cursor->failed = left == 0 || *at != FORM_MISSING;
    }
}

/* All of them or none; the number there is. */
static uint16_t take_features(struct cursor *cursor, const struct policy *policy,
                              struct engine_feature *features)
{
    if (cursor->failed || cursor->at == cursor->bytes.size_bytes)
        return 0;
    const struct policy_let *end = policy->lets + policy->let_count;
    for (const struct policy_let *let = policy->lets; let < end && !cursor->failed; let++)
        take_feature(cursor, &let->type, features++);
    return policy->let_count;
}

static void describe_failure(const struct policy *policy, const char *head, struct diag *diag)
{
    uint16_t number;
    memcpy(&number, head + 2, sizeof number);
    bool in_rule = (head[1] & FLAG_IN_RULE) != 0;
    struct view name = in_rule ? policy->rules[number].name : policy->lets[number].name;
    diag_set(diag, "arithmetic-overflow", "the arithmetic of %.*s went out of range",
             VIEW_ARG(name));
    diag_field(diag, "%.*s", VIEW_ARG(name));
}

enum status decision_read(const struct policy *policy, struct view body,
                          struct outcome_store *store, struct engine_outcome *outcome)
{
    struct cursor cursor = {body, 0, false};
    const char *head = take(&cursor, HEAD_BYTES).data;
    if (head == NULL || (unsigned char)head[0] > POLICY_BLOCK)
        return STATUS_CORRUPT;
    uint16_t counts[4];
    uint16_t failed_slot;
    memcpy(counts, head + 12, sizeof counts);
    memcpy(&failed_slot, head + 2, sizeof failed_slot);
    bool failed = (head[1] & FLAG_FAILED) != 0;
    uint16_t most = (head[1] & FLAG_IN_RULE) != 0 ? policy->rule_count : policy->let_count;
    if (counts[0] > policy->rule_count || counts[1] > policy->rule_count ||
        counts[3] > policy->model_count || (failed && failed_slot >= most))
        return STATUS_CORRUPT;
    take_fired(&cursor, policy, counts[0], store->fired);
    take_fired(&cursor, policy, counts[1], store->shadow);
    take_models(&cursor, policy, counts[3], store);
    struct view reason = take(&cursor, counts[2]);
    uint16_t feature_count = take_features(&cursor, policy, store->features);
    if (cursor.failed || cursor.at != body.size_bytes)
        return STATUS_CORRUPT;
    outcome->verdict = (enum policy_verdict)head[0];
    memcpy(&outcome->score, head + 4, 8);
    outcome->fired_count = counts[0];
    outcome->fired = store->fired;
    outcome->shadow_count = counts[1];
    outcome->shadow = store->shadow;
    outcome->model_count = counts[3];
    outcome->models = store->models;
    outcome->feature_count = feature_count;
    outcome->features = store->features;
    outcome->reason = reason;
    if (failed) {
        describe_failure(policy, head, &store->diag);
        outcome->diag = &store->diag;
    }
    return STATUS_OK;
}

static bool fired_is_sound(const struct engine_fired *fired, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        if (!utf8_valid(fired[i].sentence.data, fired[i].sentence.size_bytes) ||
            !utf8_valid(fired[i].case_key.data, fired[i].case_key.size_bytes))
            return false;
    }
    return true;
}

static bool reason_is_sound(const struct policy_model *model, const struct engine_reason *reason)
{
    return isfinite(reason->contribution) &&
           (!reason->present ||
            decision_value_is_sound(&model->arguments[reason->argument].type, reason->value));
}

static bool hash_is_sound(const char *hash, bool wanted)
{
    for (size_t i = 0; i < ENGINE_HASH_HEX; i++) {
        bool hex = (hash[i] >= '0' && hash[i] <= '9') || (hash[i] >= 'a' && hash[i] <= 'f');
        if (wanted ? !hex : hash[i] != '\0')
            return false;
    }
    return true;
}

static bool score_is_sound(const struct policy *policy, const struct engine_score *score)
{
    bool scored = score->scoring == ENGINE_SCORED;
    if (!hash_is_sound(score->hash, score->scoring != ENGINE_NOT_LOADED) ||
        (scored && !isfinite(score->score)) || (!scored && score->reason_count > 0) ||
        (!scored && score->points != ENGINE_NO_POINTS))
        return false;
    for (uint16_t i = 0; i < score->reason_count; i++) {
        bool pointed = score->reasons[i].points != ENGINE_NO_POINTS;
        if (!reason_is_sound(&policy->models[score->model], &score->reasons[i]) ||
            pointed != (score->points != ENGINE_NO_POINTS))
            return false;
    }
    return true;
}

bool decision_is_sound(const struct policy *policy, const struct engine_outcome *outcome)
{
    for (uint16_t i = 0; i < outcome->feature_count; i++) {
        const struct policy_type *type = &policy->lets[i].type;
        const struct engine_feature *feature = &outcome->features[i];
        if (feature->present && !(policy_type_is_text(type)
                                      ? decision_text_is_sound(type, feature->text)
                                      : decision_value_is_sound(type, feature->value)))
            return false;
    }
    for (uint16_t i = 0; i < outcome->model_count; i++) {
        if (!score_is_sound(policy, &outcome->models[i]))
            return false;
    }
    return outcome->reason.size_bytes <= POLICY_REASON_BYTES_MAX &&
           utf8_valid(outcome->reason.data, outcome->reason.size_bytes) &&
           fired_is_sound(outcome->fired, outcome->fired_count) &&
           fired_is_sound(outcome->shadow, outcome->shadow_count);
}

struct view decision_without_features(const struct engine_outcome *outcome, struct view body)
{
    const char *end = outcome->reason.data + outcome->reason.size_bytes;
    return (struct view){body.data, (size_t)(end - body.data)};
}
