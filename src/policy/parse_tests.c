/* One idea: a test is events with literal values, one of them judged, and what is expected.
 *
 *   test   = "test" TEXT { step } "expect" expect { "," expect }
 *   step   = ("given" [N] | "when") EVENT ["{" [value { "," value }] "}"] { timing }
 *   value  = FIELD ":" literal
 *   timing = "every" D | "after" D | "at" TEXT
 *   expect = verdict | "rule" RULE | "no" "rule" RULE | "shadow" RULE | "score" N | "reason" TEXT
 */
#include "policy/parse_int.h"

static void parse_values(struct parser *parser, struct ast_step *step)
{
    struct ast_value *last = NULL;
    while (!parser->panic && !parse_is_sign(parser, "}")) {
        struct ast_value *value = parse_make(parser, sizeof *value);
        value->field = parse_word(parser, "a field's name");
        parse_need_sign(parser, ":", "and a value behind the field's name");
        value->expr = parse_literal(parser);
        if (parser->failed)
            return;
        if (last == NULL)
            step->first_value = value;
        else
            last->next = value;
        last = value;
        parse_take_sign(parser, ",");
    }
    parse_need_sign(parser, "}", "at the end of the values");
}

static void parse_timing(struct parser *parser, struct ast_step *step)
{
    for (;;) {
        if (parse_take_word(parser, "every")) {
            step->every = parse_duration(parser, "the time between two events");
        } else if (parse_take_word(parser, "after")) {
            step->after = parse_duration(parser, "the time since the event before");
        } else if (parse_take_word(parser, "at")) {
            step->has_at = true;
            step->at = parse_text(parser, "a time in quotes, such as \"2026-03-01T12:00:00Z\"");
        } else {
            return;
        }
    }
}

static struct ast_step *parse_step(struct parser *parser)
{
    struct ast_step *step = parse_make(parser, sizeof *step);
    uint32_t start = parser->token.offset;
    step->judged = parse_is_word(parser, "when");
    parse_advance(parser);
    if (!step->judged && parser->token.kind == TOKEN_INT)
        step->count = parse_int(parser, "how many events", 1, 1000000);
    step->event = parse_word(parser, "an event");
    if (parse_take_sign(parser, "{"))
        parse_values(parser, step);
    parse_timing(parser, step);
    step->place = parse_since(parser, start);
    return step;
}

static void parse_expect_item(struct parser *parser, struct ast_expect *item)
{
    struct policy_expect *expect = &item->expect;
    if (parse_verdict_ahead(parser, true)) {
        expect->what = POLICY_EXPECT_VERDICT;
        expect->verdict = parse_verdict(parser, true, "a verdict");
    } else if (parse_take_word(parser, "rule")) {
        expect->what = POLICY_EXPECT_RULE;
        item->rule = parse_word(parser, "a rule's name");
    } else if (parse_take_word(parser, "no")) {
        expect->what = POLICY_EXPECT_NO_RULE;
        parse_need_word(parser, "rule", "behind `no`");
        item->rule = parse_word(parser, "a rule's name");
    } else if (parse_take_word(parser, "shadow")) {
        expect->what = POLICY_EXPECT_SHADOW;
        item->rule = parse_word(parser, "a rule's name");
    } else if (parse_take_word(parser, "score")) {
        expect->what = POLICY_EXPECT_SCORE;
        item->score = parse_int(parser, "a score", INT32_MIN, INT32_MAX);
        expect->score = (int32_t)item->score.value;
    } else if (parse_take_word(parser, "reason")) {
        expect->what = POLICY_EXPECT_REASON;
        item->reason = parse_text(parser, "a reason code in quotes");
        expect->reason = item->reason.text;
    } else {
        diag_hint(parse_expected(parser, "what is expected"),
                  "expect a verdict, rule NAME, no rule NAME, shadow NAME, score N or "
                  "reason \"R\"");
    }
}

static void parse_expects(struct parser *parser, struct ast_test *test)
{
    struct ast_expect *last = NULL;
    test->expect_place = parse_here(parser);
    parse_need_word(parser, "expect", "at the end of the test");
    if (parser->panic)
        return;
    do {
        if (test->expect_count++ == POLICY_EXPECTS_MAX)
            parse_fail(parser, CODE_LIMIT_EXPECTS, "a test expects at most %d things",
                       POLICY_EXPECTS_MAX);
        if (parser->panic)
            return;
        struct ast_expect *item = parse_make(parser, sizeof *item);
        uint32_t start = parser->token.offset;
        parse_expect_item(parser, item);
        item->place = parse_since(parser, start);
        if (parser->failed)
            return;
        if (last == NULL)
            test->first_expect = item;
        else
            last->next = item;
        last = item;
    } while (parse_take_sign(parser, ","));
}

struct ast_test *parse_test(struct parser *parser)
{
    struct ast_test *test = parse_make(parser, sizeof *test);
    struct ast_step *last = NULL;
    test->name = parse_text(parser, "the test's name in quotes");
    while (!parser->panic && (parse_is_word(parser, "given") || parse_is_word(parser, "when"))) {
        if (test->step_count++ == POLICY_TEST_STEPS_MAX)
            parse_fail(parser, CODE_LIMIT_STEPS, "a test has at most %d steps",
                       POLICY_TEST_STEPS_MAX);
        struct ast_step *step = parse_step(parser);
        if (parser->failed)
            return test;
        if (last == NULL)
            test->first_step = step;
        else
            last->next = step;
        last = step;
    }
    parse_expects(parser, test);
    test->broken = parser->panic;
    return test;
}
