/* One idea: a rule is read as it is spoken: on, when, unless, then.
 *
 *   rule   = "rule" NAME TEXT "on" EVENT "when" expr ["unless" expr] "then" action { "," action }
 *            { "shadow" ["until" DATE] | "until" DATE }
 *   action = "challenge" N [TEXT] | "review" [TEXT] | "block" [TEXT] | "score" N [TEXT]
 *          | "case" TEXT | "explain" K        ("explain" also without a comma)
 *   score  = "score" N verdict { "," N verdict }
 */
#include "policy/foreign.h"
#include "policy/parse_int.h"

static void check_twice(struct parser *parser, bool twice, const char *what)
{
    if (twice)
        diag_hint(parse_fail(parser, CODE_ACTION_TWICE, "a rule has one %s", what),
                  "write a second rule");
}

static void parse_reason(struct parser *parser, struct ast_rule *rule)
{
    if (parser->panic || parser->token.kind != TOKEN_TEXT)
        return;
    check_twice(parser, rule->has_reason, "reason");
    rule->has_reason = true;
    rule->reason = parse_text(parser, "a reason code");
}

static void parse_rule_score(struct parser *parser, struct ast_rule *rule)
{
    check_twice(parser, rule->has_score, "score");
    rule->has_score = true;
    rule->score = parse_int(parser, "a score", -POLICY_SCORE_MAX, POLICY_SCORE_MAX);
    rule->score_has_reason = parser->token.kind == TOKEN_TEXT;
    parse_reason(parser, rule);
}

static void parse_explain(struct parser *parser, struct ast_rule *rule)
{
    check_twice(parser, rule->explain.given, "`explain`");
    rule->explain = parse_int(parser, "how many contributions to explain", 1, POLICY_EXPLAIN_MAX);
}

static void parse_action(struct parser *parser, struct ast_rule *rule)
{
    if (parse_verdict_ahead(parser, false)) {
        check_twice(parser, rule->has_verdict, "verdict");
        rule->has_verdict = true;
        rule->verdict = parse_verdict(parser, false, "a verdict");
        parse_reason(parser, rule);
    } else if (parse_take_word(parser, "score")) {
        parse_rule_score(parser, rule);
    } else if (parse_take_word(parser, "case")) {
        check_twice(parser, rule->has_case, "case");
        rule->has_case = true;
        rule->case_key = parse_text(parser, "the case's key in quotes");
    } else if (parse_take_word(parser, "explain")) {
        parse_explain(parser, rule);
    } else {
        diag_hint(parse_expected(parser, "an action"),
                  parse_is_word(parser, "allow")
                  ? "what no rule stops is allowed; say exceptions with unless"
                  : "actions are challenge, review, block, score, case and explain");
    }
}

static void parse_life(struct parser *parser, struct ast_rule *rule)
{
    for (;;) {
        if (parse_take_word(parser, "shadow")) {
            check_twice(parser, rule->shadow, "`shadow`");
            rule->shadow = true;
            if (parse_take_word(parser, "until"))
                rule->shadow_until = parse_date(parser);
        } else if (parse_take_word(parser, "until")) {
            check_twice(parser, rule->until.given, "`until`");
            rule->until = parse_date(parser);
        } else {
            return;
        }
    }
}

static void need_then(struct parser *parser)
{
    bool there = parser->panic || parse_is_word(parser, "then");
    struct diag *diag = there ? NULL : parse_expected(parser, "`then` and what the rule does");
    if (parser->token.kind == TOKEN_NAME && diag != NULL && diag->hint[0] == '\0')
        diag_hint(diag, "conditions are joined by and, or by or; behind them stands then");
    parse_take_word(parser, "then");
}

struct ast_rule *parse_rule(struct parser *parser)
{
    struct ast_rule *rule = parse_make(parser, sizeof *rule);
    rule->name = parse_word(parser, "the rule's name");
    if (!parser->panic && parser->token.kind != TOKEN_TEXT)
        diag_hint(parse_expected(parser, "the rule's sentence in quotes"),
                  "say in words what it catches: rule large \"Payment of {amount}\"");
    rule->sentence = parse_text(parser, "the rule's sentence in quotes");
    parse_need_word(parser, "on", "and the event that the rule judges");
    rule->event = parse_word(parser, "the event that the rule judges");
    parse_need_word(parser, "when", "and the rule's condition");
    rule->when = parse_expr(parser);
    if (parse_take_word(parser, "unless"))
        rule->unless = parse_expr(parser);
    need_then(parser);
    if (!parser->panic)
        parse_action(parser, rule);
    while (!parser->panic &&
           (parse_take_sign(parser, ",") || parse_is_word(parser, "explain")))
        parse_action(parser, rule);
    rule->actions_end = parser->last_end;
    if (!parser->panic)
        parse_life(parser, rule);
    rule->broken = parser->panic;
    return rule;
}

void parse_score(struct parser *parser)
{
    struct ast_policy *ast = parser->ast;
    do {
        if (ast->band_count == POLICY_BANDS_MAX)
            parse_fail(parser, CODE_LIMIT_BANDS, "there are at most %d bands", POLICY_BANDS_MAX);
        struct ast_band band = {.score = parse_int(parser, "a score", 1, INT32_MAX)};
        band.verdict = parse_verdict(parser, false, "the verdict from that score on");
        if (!parser->panic)
            ast->bands[ast->band_count++] = band;
    } while (parse_take_sign(parser, ","));
}
