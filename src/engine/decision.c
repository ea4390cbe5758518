/* One idea: a decision is packed once, and every answer, the first or a repeated one, is read from
 * those bytes.
 *
 *     0  u8   verdict
 *     1  u8   flags: 1 arithmetic failed, 2 in a rule
 *     2  u16  let or rule that failed
 *     4  i64  score
 *    12  u16  rules that fired
 *    14  u16  shadow rules that fired
 *    16  u16  features
 *    18  u16  bytes of the reason
 *    20  the rules, fired and shadow, each: u16 rule, u16 and bytes of the sentence, u16 and bytes
 *        of the case key; the features, each: u8 quoted, u16 and bytes; the reason's bytes */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/ip.h"
#include "base/utf8.h"
#include "codec/number.h"
#include "engine/engine_int.h"

#define HEAD_BYTES 20
#define FLAG_FAILED 1
#define FLAG_IN_RULE 2

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
    size_t most = body->size_bytes > ENGINE_SENTENCES_BYTES_MAX ? 0 : ENGINE_SENTENCE_BYTES_MAX;
    put_u16(body, number);
    put_text(body, fill_template(policy, &rule->sentence, frame, scratch), most);
    if (rule->has_case)
        put_text(body, fill_template(policy, &rule->case_key, frame, scratch), most);
    else
        put_u16(body, 0);
    body->failed = body->failed || scratch->failed;
}

static void put_f64(struct buf *out, double value)
{
    if (isfinite(value))
        number_put_f64(out, value);
    else
        buf_put_text(out, "null");
}

static void put_money(struct buf *out, const struct policy *policy, bool fractional,
                      union policy_value value)
{
    unsigned exponent = money_currency_exponent(policy->currency);
    static const double scale[] = {1, 10, 100, 1000, 10000};
    if (fractional) {
        put_f64(out, value.f64 / scale[exponent]);
        return;
    }
    char text[MONEY_TEXT_BYTES_MAX];
    buf_put(out, text, money_format(text, value.i64, exponent));
}

/* Writes a value as machines read it; true when it is a string. */
static bool put_value(struct buf *out, const struct policy *policy,
                      const struct policy_type *type, union policy_value value)
{
    char text[IP_TEXT_BYTES_MAX];
    switch (type->base) {
    case POLICY_BOOL:
        buf_put_text(out, value.i64 != 0 ? "true" : "false");
        return false;
    case POLICY_INT:
        buf_put_i64(out, value.i64);
        return false;
    case POLICY_NUMBER:
        put_f64(out, value.f64);
        return false;
    case POLICY_MONEY:
        put_money(out, policy, type->fractional, value);
        return false;
    case POLICY_DURATION:
        put_f64(out, (double)value.i64 / 1000.0);
        return false;
    case POLICY_TIME:
        buf_put(out, text, datetime_format(text, value.i64));
        return true;
    case POLICY_COUNTRY:
        buf_put_char(out, (char)(value.i64 >> 8));
        buf_put_char(out, (char)(value.i64 & 0xff));
        return true;
    case POLICY_ONE_OF:
        buf_put_view(out, type->choices[value.i64]);
        return true;
    case POLICY_IP:
        buf_put(out, text, ip_format(text, *value.text));
        return true;
    case POLICY_TEXT:
    case POLICY_ENTITY:
    case POLICY_ID:
    case POLICY_REF:
        buf_put_view(out, *value.text);
        return true;
    }
    ASSERT(false && "every type is listed");
    return false;
}

_Static_assert(IP_TEXT_BYTES_MAX >= DATETIME_TEXT_BYTES_MAX, "one scratch for both");

void decision_put_feature(struct buf *body, const struct policy *policy,
                          const struct policy_let *let, const struct policy_frame *frame)
{
    size_t head = body->size_bytes;
    buf_put(body, "\0\0", 3); /* quoted, and the size of what follows */
    bool quoted = false;
    if (frame->present[let->slot])
        quoted = put_value(body, policy, &let->type, frame->values[let->slot]);
    else
        buf_put_text(body, "null");
    if (body->failed)
        return;
    size_t size = body->size_bytes - head - 3;
    if (size > ENGINE_FEATURE_BYTES_MAX)
        size = utf8_whole_prefix(body->data + head + 3, ENGINE_FEATURE_BYTES_MAX);
    uint16_t word = (uint16_t)size;
    body->data[head] = quoted;
    memcpy(body->data + head + 1, &word, sizeof word);
    body->size_bytes = head + 3 + size;
}

void decision_end(struct buf *body, const struct decision *decision)
{
    buf_put_view(body, decision->reason);
    if (body->failed)
        return;
    char *head = body->data;
    uint16_t counts[] = {decision->fired_count, decision->shadow_count, decision->feature_count,
                         (uint16_t)decision->reason.size_bytes};
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

static void take_features(struct cursor *cursor, uint16_t count, struct engine_feature *features)
{
    for (uint16_t i = 0; i < count && !cursor->failed; i++) {
        struct view quoted = take(cursor, 1);
        features[i].quoted = quoted.data != NULL && quoted.data[0] != 0;
        features[i].text = take_text(cursor);
    }
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
        counts[2] > policy->let_count || (failed && failed_slot >= most))
        return STATUS_CORRUPT;
    take_fired(&cursor, policy, counts[0], store->fired);
    take_fired(&cursor, policy, counts[1], store->shadow);
    take_features(&cursor, counts[2], store->features);
    struct view reason = take(&cursor, counts[3]);
    if (cursor.failed || cursor.at != body.size_bytes)
        return STATUS_CORRUPT;
    outcome->verdict = (enum policy_verdict)head[0];
    memcpy(&outcome->score, head + 4, 8);
    outcome->fired_count = counts[0];
    outcome->fired = store->fired;
    outcome->shadow_count = counts[1];
    outcome->shadow = store->shadow;
    outcome->feature_count = counts[2];
    outcome->features = store->features;
    outcome->reason = reason;
    if (failed) {
        describe_failure(policy, head, &store->diag);
        outcome->diag = &store->diag;
    }
    return STATUS_OK;
}
