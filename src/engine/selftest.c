/* One idea: a test is written out as NDJSON lines and read back, so that nothing can pass here that
 * would not pass live. Fields that a test leaves out get the plainest value of their type. */
#include "engine/selftest.h"

#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "codec/json.h"
#include "engine/value.h"

struct run {
    const struct selftest_options *options;
    struct engine *engine;
    struct engine_sink sink;
    struct buf line;
    struct buf failure;
    struct selftest_coverage *coverage;
    const struct policy_test *test;
    bool refused;       /* a line was not decided: the test has failed and ends */
    bool judged;        /* the line at work is the one that `expect` is about */
    uint32_t serial;    /* of lines, for ids */
};

/* ---- events as lines ---- */

static void put_time(struct buf *line, const struct policy_field *field, int64_t timezone_ms,
                     int64_t ms)
{
    char text[POLICY_TEXT_BYTES_MAX];
    switch (field->time_format) {
    case POLICY_TIME_RFC3339:
        json_put_string(line, (struct view){text, datetime_format(text, ms)});
        break;
    case POLICY_TIME_PATTERN:
        ASSERT(field->time_pattern.size_bytes <= sizeof text);
        ms += value_ahead_ms(field, timezone_ms);
        datetime_format_as(text, field->time_pattern, ms);
        json_put_string(line, (struct view){text, field->time_pattern.size_bytes});
        break;
    case POLICY_TIME_UNIX_S:
        buf_put_i64(line, ms / DATETIME_MS_SECOND);
        break;
    case POLICY_TIME_UNIX_MS:
        buf_put_i64(line, ms);
        break;
    }
}

/* What a field holds when the test does not say; false: it is left out. */
static bool put_default(struct run *run, const struct policy_field *field, int64_t at_ms)
{
    struct buf *line = &run->line;
    switch (field->type.base) {
    case POLICY_BOOL:
        buf_put_text(line, "false");
        return true;
    case POLICY_INT:
    case POLICY_NUMBER:
    case POLICY_MONEY:
        buf_put_char(line, '0');
        return true;
    case POLICY_TIME:
        put_time(line, field, run->options->policy->timezone_ms, at_ms);
        return true;
    case POLICY_DURATION:
        buf_put_text(line, "\"0s\"");
        return true;
    case POLICY_COUNTRY:
        buf_put_text(line, "\"CN\"");
        return true;
    case POLICY_IP:
        buf_put_text(line, "\"192.0.2.1\"");
        return true;
    case POLICY_ONE_OF:
        json_put_string(line, field->type.choices[0]);
        return true;
    case POLICY_ID:
        buf_printf(line, "\"test-%u\"", run->serial);
        return true;
    case POLICY_TEXT:
    case POLICY_ENTITY:
    case POLICY_REF:
        json_put_string(line, field->name);
        return true;
    }
    ASSERT(false && "every type is listed");
    return false;
}

/* Writes a value of the test with its number in place of each "{n}". */
static void put_numbered(struct buf *line, struct view json, uint32_t number)
{
    for (size_t at = 0; at < json.size_bytes;) {
        if (json.size_bytes - at >= 3 && memcmp(json.data + at, "{n}", 3) == 0) {
            buf_put_u64(line, number);
            at += 3;
        } else {
            buf_put_char(line, json.data[at++]);
        }
    }
}

static const struct view *value_of(const struct policy_test_step *step, uint16_t field)
{
    for (uint16_t i = 0; i < step->value_count; i++)
        if (step->values[i].field == field)
            return &step->values[i].json;
    return NULL;
}

static void write_event(struct run *run, const struct policy_test_step *step, uint32_t number,
                        int64_t at_ms)
{
    const struct policy_event *event = &run->options->policy->events[step->event];
    struct buf *line = &run->line;
    buf_clear(line);
    buf_put_text(line, "{\"event\":");
    json_put_string(line, event->name);
    for (uint16_t i = 0; i < event->field_count; i++) {
        const struct policy_field *field = &event->fields[i];
        const struct view *value = value_of(step, i);
        if (value == NULL && field->type.optional)
            continue;
        buf_put_char(line, ',');
        json_put_string(line, field->input_name);
        buf_put_char(line, ':');
        if (value != NULL && i != event->at_field)
            put_numbered(line, *value, number);
        else
            put_default(run, field, at_ms);
    }
    buf_put_char(line, '}');
}

/* ---- expectations ---- */

static struct view rule_name(const struct run *run, uint16_t rule)
{
    return run->options->policy->rules[rule].name;
}

static bool fired(const struct engine_fired *list, uint16_t count, uint16_t rule)
{
    for (uint16_t i = 0; i < count; i++)
        if (list[i].rule == rule)
            return true;
    return false;
}

static bool has_reason(const struct run *run, const struct engine_outcome *outcome,
                       struct view reason)
{
    if (view_equal(outcome->reason, reason))
        return true;
    for (uint16_t i = 0; i < outcome->fired_count; i++)
        if (view_equal(run->options->policy->rules[outcome->fired[i].rule].reason, reason))
            return true;
    return false;
}

/* Writes what is wrong with one expectation to run->failure, or nothing. */
static void check_expect(struct run *run, const struct policy_expect *expect,
                         const struct engine_outcome *outcome)
{
    struct buf *failure = &run->failure;
    size_t before = failure->size_bytes;
    bool did = fired(outcome->fired, outcome->fired_count, expect->rule);
    switch (expect->what) {
    case POLICY_EXPECT_VERDICT:
        if (outcome->verdict != expect->verdict)
            buf_printf(failure, "expected %s, got %s", policy_verdict_text(expect->verdict),
                       policy_verdict_text(outcome->verdict));
        break;
    case POLICY_EXPECT_RULE:
        if (!did)
            buf_printf(failure, "rule %.*s did not fire", VIEW_ARG(rule_name(run, expect->rule)));
        break;
    case POLICY_EXPECT_NO_RULE:
        if (did)
            buf_printf(failure, "rule %.*s fired", VIEW_ARG(rule_name(run, expect->rule)));
        break;
    case POLICY_EXPECT_SHADOW:
        if (!fired(outcome->shadow, outcome->shadow_count, expect->rule))
            buf_printf(failure, "rule %.*s did not fire in shadow",
                       VIEW_ARG(rule_name(run, expect->rule)));
        break;
    case POLICY_EXPECT_SCORE:
        if (outcome->score != expect->score)
            buf_printf(failure, "expected score %d, got %lld", (int)expect->score,
                       (long long)outcome->score);
        break;
    case POLICY_EXPECT_REASON:
        if (!has_reason(run, outcome, expect->reason))
            buf_printf(failure, "no reason \"%.*s\"", VIEW_ARG(expect->reason));
        break;
    }
    if (failure->size_bytes > before)
        buf_printf(failure, " (line %u)\n", expect->line);
}

static void cover(struct run *run, const struct engine_outcome *outcome)
{
    if (run->coverage == NULL)
        return;
    for (uint16_t i = 0; i < outcome->fired_count; i++)
        run->coverage->fired[outcome->fired[i].rule]++;
    for (uint16_t i = 0; i < outcome->shadow_count; i++)
        run->coverage->shadow[outcome->shadow[i].rule]++;
}

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct run *run = (struct run *)((char *)sink - offsetof(struct run, sink));
    if (outcome->status != STATUS_OK) {
        run->refused = true;
        buf_printf(&run->failure, "an event was refused: %s: %.*s\n", outcome->diag->message,
                   VIEW_ARG(buf_view(&run->line)));
        return;
    }
    if (!run->judged)
        return;
    cover(run, outcome);
    for (uint16_t i = 0; i < run->test->expect_count; i++)
        check_expect(run, &run->test->expects[i], outcome);
}

/* ---- running ---- */

static enum status run_step(struct run *run, const struct policy_test_step *step)
{
    static const char padding[JSON_PADDING_BYTES];
    for (uint32_t i = 0; i < step->count && !run->refused; i++) {
        run->serial++;
        run->judged = step->judged;
        write_event(run, step, i + 1, step->at_ms + (int64_t)i * step->every_ms);
        size_t size = run->line.size_bytes;
        buf_put(&run->line, padding, sizeof padding);
        if (buf_status(&run->line) != STATUS_OK)
            return STATUS_NO_MEMORY;
        run->line.size_bytes = size;
        struct line line = {.text = buf_view(&run->line), .number = run->serial};
        enum status status = engine_decide(run->engine, ENGINE_NDJSON, &line, 1, &run->sink);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status run_test(struct run *run, struct diag *diag)
{
    const struct selftest_options *options = run->options;
    struct engine_options engine_options = {options->policy, options->mem, options->seed, false};
    buf_clear(&run->failure);
    run->serial = 0;
    run->refused = false;
    enum status status = engine_new(&engine_options, &run->engine, diag);
    if (status == STATUS_OK && options->prepare != NULL)
        status = options->prepare(options->context, run->engine, diag);
    for (uint16_t i = 0; i < run->test->step_count && status == STATUS_OK; i++)
        status = run_step(run, &run->test->steps[i]);
    engine_free(run->engine);
    run->engine = NULL;
    return status == STATUS_OK ? buf_status(&run->failure) : status;
}

enum status selftest_run(const struct selftest_options *options,
                         struct selftest_coverage *coverage, struct selftest_sink *sink,
                         struct diag *diag)
{
    struct run run = {.options = options, .sink = {take}, .coverage = coverage};
    buf_init(&run.line, options->mem);
    buf_init(&run.failure, options->mem);
    enum status status = STATUS_OK;
    for (uint16_t i = 0; i < options->policy->test_count && status == STATUS_OK; i++) {
        run.test = &options->policy->tests[i];
        status = run_test(&run, diag);
        if (status != STATUS_OK)
            break;
        struct selftest_report report = {run.test, buf_view(&run.failure)};
        sink->take(sink, &report);
    }
    buf_done(&run.line);
    buf_done(&run.failure);
    return status;
}
