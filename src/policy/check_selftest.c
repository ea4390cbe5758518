/* One idea: a test's values become the JSON that live input would have, so that a test goes the
 * same way. Times never go back within a test unless it says so with `at`. */
#include "policy/check_int.h"

#include "base/datetime.h"
#include "codec/json.h"

/* When a test begins that says nothing about time: 2026-01-01T00:00:00Z. */
#define TEST_START_MS ((int64_t)1767225600000)
/* The time between two events of a test that says nothing about it. */
#define TEST_GAP_MS ((int64_t)1000)

/* ---- JSON ---- */

static void put_time(struct buf *out, const struct ast_field *field, int64_t ms)
{
    char text[POLICY_TEXT_BYTES_MAX];
    size_t size = 0;
    if (field->has_format && field->format == POLICY_TIME_UNIX_S) {
        buf_put_i64(out, ms / DATETIME_MS_SECOND);
    } else if (field->has_format && field->format == POLICY_TIME_UNIX_MS) {
        buf_put_i64(out, ms);
    } else {
        if (field->has_format)
            datetime_format_as(text, field->pattern.text, ms);
        else
            size = datetime_format(text, ms);
        json_put_string(out, (struct view){text, field->has_format
                                                 ? field->pattern.text.size_bytes : size});
    }
}

static void put_money(const struct checker *checker, struct buf *out, int64_t minor)
{
    char text[MONEY_TEXT_BYTES_MAX];
    buf_put(out, text, money_format(text, minor, money_currency_exponent(checker->currency)));
}

static void put_duration(struct buf *out, int64_t ms)
{
    char text[DURATION_TEXT_BYTES_MAX];
    json_put_string(out, (struct view){text, duration_format(text, ms)});
}

/* A literal as the input of a field. Numbers keep their spelling, so nothing is rounded. */
static void put_value(const struct checker *checker, struct buf *out,
                      const struct ast_field *field, const struct ast_expr *expr)
{
    bool minus = expr->kind == EXPR_NEGATE;
    const struct ast_expr *literal = minus ? expr->first : expr;
    int64_t value = literal->value.i64;
    if (literal->kind == EXPR_INT || literal->kind == EXPR_DECIMAL) {
        buf_put_text(out, minus ? "-" : "");
        for (size_t i = 0; i < literal->text.size_bytes; i++) {
            if (literal->text.data[i] != '_')
                buf_put_char(out, literal->text.data[i]);
        }
    } else if (literal->kind == EXPR_BOOL) {
        buf_put_text(out, value != 0 ? "true" : "false");
    } else if (literal->kind == EXPR_MONEY) {
        put_money(checker, out, minus ? -value : value);
    } else if (literal->kind == EXPR_DURATION) {
        put_duration(out, minus ? -value : value);
    } else if (literal->kind == EXPR_TEXT && field->base == POLICY_TIME) {
        int64_t ms = 0;
        if (datetime_parse(*literal->value.text, &ms) == STATUS_OK)
            put_time(out, field, ms);
    } else if (literal->kind == EXPR_TEXT) {
        json_put_string(out, *literal->value.text);
    } else if (literal->kind == EXPR_DATE) {
        put_time(out, field, value);
    } else {
        json_put_string(out, check_word(&literal->word));
    }
}

/* ---- values ---- */

static bool literal_fits(struct checker *checker, struct ast_expr *expr,
                         const struct ast_field *field)
{
    if (field->base == POLICY_ONE_OF && expr->kind == EXPR_NAME && expr->event.name == NULL)
        return expr->word.name != NULL && type_choice(&field->type, expr->word.name->text) >= 0;
    if (expr->kind == EXPR_NAME)
        return false;
    check_expr(checker, expr);
    if (expr->poisoned)
        return true;
    int64_t ms;
    if (field->base == POLICY_TIME && expr->kind == EXPR_TEXT)
        return datetime_parse(*expr->value.text, &ms) == STATUS_OK;
    /* Countries and addresses keep their text; whether it is right is looked at on a copy. */
    struct ast_expr copy = *expr;
    check_adapt(checker, &copy, &field->type);
    expr->poisoned = copy.poisoned;
    return copy.poisoned || type_same(&copy.type, &field->type);
}

static struct ast_field *value_field(struct checker *checker, const struct ast_event *event,
                                     const struct ast_value *value)
{
    struct ast_field *field = value->field.name == NULL ? NULL
                              : ast_field_of(value->field.name, event->index);
    if (field != NULL || value->field.name == NULL)
        return field;
    struct guess guess;
    guess_init(&guess, checker->sink, value->field.name->text);
    for (uint16_t i = 0; i < event->field_count; i++)
        guess_try(&guess, check_word(&event->fields[i]->name));
    check_unknown(checker, CODE_UNKNOWN_FIELD, value->field, "field", &guess);
    return NULL;
}

static void set_value(struct checker *checker, struct policy_test_step *step,
                      struct policy_template_fields *values, uint16_t field, struct buf *json)
{
    struct view kept = arena_copy(checker->arena, buf_view(json));
    checker->failed |= json->failed || kept.data == NULL;
    values[step->value_count++] = (struct policy_template_fields){field, kept};
}

static void given_values(struct checker *checker, struct ast_step *step,
                         const struct ast_event *event, struct policy_template_fields *values,
                         bool *given)
{
    struct buf json;
    buf_init(&json, checker->mem);
    for (const struct ast_value *value = step->first_value; value != NULL; value = value->next) {
        const struct ast_field *field = value_field(checker, event, value);
        if (field == NULL || field->poisoned)
            continue;
        char text[TYPE_TEXT_BYTES_MAX];
        if (given[field->index])
            sink_add(checker->sink, CODE_TEST_VALUE, value->field.place,
                     "`%.*s` already has a value", VIEW_ARG(check_word(&value->field)));
        else if (field->index == event->at_field)
            diag_hint(sink_add(checker->sink, CODE_TEST_VALUE, value->field.place,
                               "the time of an event stands behind its values"),
                      "write { ... } at \"2026-03-01T12:00:00Z\" or { ... } after 1h");
        else if (!literal_fits(checker, value->expr, field))
            sink_add(checker->sink, CODE_TEST_VALUE, value->expr->place,
                     "`%.*s` is %s, and this is not", VIEW_ARG(check_word(&value->field)),
                     type_text(&field->type, text));
        else if (!value->expr->poisoned) {
            buf_clear(&json);
            put_value(checker, &json, field, value->expr);
            set_value(checker, &step->step, values, field->index, &json);
        }
        given[field->index] = true;
    }
    buf_done(&json);
}

static void check_values(struct checker *checker, struct ast_step *step,
                         const struct ast_event *event)
{
    bool given[POLICY_FIELDS_MAX] = {false};
    struct policy_template_fields *values = check_make(checker, event->field_count,
                                                       sizeof *values);
    if (values == NULL)
        return;
    given_values(checker, step, event, values, given);
    step->step.values = values;
}

/* ---- steps ---- */

/* Where the clock of the test stands after this step. */
static int64_t check_time(struct checker *checker, struct ast_step *step, bool first,
                          int64_t clock_ms)
{
    struct policy_test_step *to = &step->step;
    to->count = step->count.given ? (uint32_t)step->count.value : 1;
    to->every_ms = step->every.given ? step->every.value : TEST_GAP_MS;
    to->at_ms = step->after.given ? clock_ms + step->after.value
              : first ? clock_ms : clock_ms + TEST_GAP_MS;
    if (step->has_at && step->after.given)
        sink_add(checker->sink, CODE_TEST_TIME, step->at.place,
                 "an event has either `at` or `after`");
    else if (step->has_at && datetime_parse(step->at.text, &to->at_ms) != STATUS_OK)
        diag_hint(sink_add(checker->sink, CODE_TEST_TIME, step->at.place, "this is not a time"),
                  "write it as \"2026-03-01T12:00:00Z\"");
    int64_t room = DATETIME_MS_MAX - to->at_ms;
    if (to->at_ms > DATETIME_MS_MAX || (int64_t)to->count - 1 > room / (to->every_ms + 1)) {
        sink_add(checker->sink, CODE_TEST_TIME, step->place, "this goes beyond the year 9999");
        return clock_ms;
    }
    return to->at_ms + ((int64_t)to->count - 1) * to->every_ms;
}

static void check_steps(struct checker *checker, struct ast_test *test)
{
    int64_t clock_ms = TEST_START_MS;
    uint16_t index = 0;
    const struct ast_step *judged = NULL;
    for (struct ast_step *step = test->first_step; step != NULL; step = step->next) {
        clock_ms = check_time(checker, step, index == 0, clock_ms);
        step->step.judged = step->judged;
        if (judged != NULL)
            diag_hint(sink_add(checker->sink, CODE_TEST_STEPS, step->place,
                               "nothing follows the event that is judged"),
                      "put `given` before `when`, and a second `when` into a second test");
        if (step->judged)
            judged = step;
        struct ast_event *event = check_event_named(checker, step->event);
        if (event != NULL) {
            step->step.event = event->index;
            check_values(checker, step, event);
        }
        index++;
    }
    if (judged == NULL)
        diag_hint(sink_add(checker->sink, CODE_TEST_STEPS, test->expect_place,
                           "this test judges no event"),
                  "write `when EVENT { ... }` before `expect`");
}

/* ---- expectations ---- */

static uint16_t judged_event(const struct ast_test *test)
{
    uint16_t event = UINT16_MAX;
    for (const struct ast_step *step = test->first_step; step != NULL; step = step->next) {
        if (step->judged && step->event.name != NULL && step->event.name->event != NULL)
            event = step->step.event;
    }
    return event;
}

static void expect_rule(struct checker *checker, const struct ast_test *test,
                        struct ast_expect *item)
{
    struct ast_name *name = item->rule.name;
    if (name == NULL)
        return;
    if (name->rule == NULL) {
        struct guess guess;
        guess_init(&guess, checker->sink, name->text);
        for (struct ast_rule *rule = checker->ast->first_rule; rule != NULL; rule = rule->next)
            guess_try(&guess, check_word(&rule->name));
        check_unknown(checker, CODE_UNKNOWN_RULE, item->rule, "rule", &guess);
        return;
    }
    const struct ast_rule *rule = name->rule;
    uint16_t event = judged_event(test);
    item->expect.rule = rule->index;
    if (item->expect.what == POLICY_EXPECT_SHADOW && !rule->shadow && !rule->broken)
        diag_hint(sink_add(checker->sink, CODE_TEST_RULE, item->rule.place,
                           "rule `%.*s` has no shadow", VIEW_ARG(name->text)),
                  "write `rule %.*s`", VIEW_ARG(name->text));
    else if (event != UINT16_MAX && !rule->broken && !rule->poisoned && rule->event_index != event)
        sink_add(checker->sink, CODE_TEST_RULE, item->rule.place,
                 "rule `%.*s` never judges %.*s", VIEW_ARG(name->text),
                 VIEW_ARG(check_word(&checker->ast->events[event]->name)));
}

void check_tests(struct checker *checker)
{
    for (struct ast_test *test = checker->ast->first_test; test != NULL && !checker->failed;
         test = test->next) {
        if (test->broken)
            continue;
        check_steps(checker, test);
        for (struct ast_expect *item = test->first_expect; item != NULL; item = item->next) {
            item->expect.line = sink_line(checker->sink, item->place.offset);
            if (item->expect.what == POLICY_EXPECT_RULE ||
                item->expect.what == POLICY_EXPECT_NO_RULE ||
                item->expect.what == POLICY_EXPECT_SHADOW)
                expect_rule(checker, test, item);
        }
    }
}
