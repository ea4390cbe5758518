/* One idea: an aggregate is a call followed by clauses in any order, each at most once.
 *
 *   FN(source {"or" source} ["," parameter]) [per KEY {, KEY}] [fed by FIELD {, FIELD}]
 *     [over DURATION] [before] [ending DURATION ago]
 *   source = ["not"] NAME ["." FIELD] ["where" and]
 *
 * A filter stops before `or`, which separates sources; parentheses give it everything.
 */
#include "policy/parse_int.h"

static void parse_source_item(struct parser *parser, struct ast_aggregate *aggregate)
{
    if (aggregate->source_count == POLICY_SOURCES_MAX) {
        parse_fail(parser, CODE_LIMIT_SOURCES, "an aggregate has at most %d kinds of events",
                   POLICY_SOURCES_MAX);
        return;
    }
    struct ast_source *source = &aggregate->sources[aggregate->source_count++];
    uint32_t start = parser->token.offset;
    source->negated = parse_take_word(parser, "not");
    source->event = parse_word(parser, source->negated ? "the label that must not be true"
                                                       : "the event to aggregate");
    if (parse_take_sign(parser, "."))
        source->field = parse_word(parser, "a field's name");
    if (parse_take_word(parser, "where"))
        source->filter = parse_filter(parser);
    source->place = parse_since(parser, start);
}

static void parse_parameter(struct parser *parser, struct ast_aggregate *aggregate)
{
    if (aggregate->fn == POLICY_DECAYED) {
        parse_need_sign(parser, ",", "and the half-life: decayed(payment.amount, half 1h)");
        parse_need_word(parser, "half", "and a duration: decayed(payment.amount, half 1h)");
        aggregate->parameter = parse_literal(parser);
    } else if (aggregate->fn == POLICY_QUANTILE) {
        parse_need_sign(parser, ",", "and which quantile: quantile(payment.amount, 0.95)");
        aggregate->parameter = parse_literal(parser);
    }
}

static uint8_t parse_keys(struct parser *parser, struct ast_word *keys, const char *what)
{
    uint8_t count = 0;
    do {
        if (count == POLICY_KEYS_MAX) {
            parse_fail(parser, CODE_LIMIT_KEYS, "a key has at most %d parts", POLICY_KEYS_MAX);
            return count;
        }
        keys[count++] = parse_word(parser, what);
    } while (parser->ahead.kind == TOKEN_NAME && !parse_reserved(parser->ahead.text) &&
             parse_take_sign(parser, ","));
    return count;
}

static void check_clause(struct parser *parser, bool twice, const char *clause)
{
    if (twice)
        diag_hint(parse_fail(parser, CODE_CLAUSE_TWICE, "an aggregate has `%s` at most once",
                             clause), "keep one of them");
}

static bool parse_clause(struct parser *parser, struct ast_aggregate *aggregate)
{
    struct ast_place here = parse_here(parser);
    if (parse_is_word(parser, "per")) {
        check_clause(parser, aggregate->key_count > 0, "per");
        parse_take_word(parser, "per");
        aggregate->key_count = parse_keys(parser, aggregate->keys, "the field to group by");
    } else if (parse_is_word(parser, "fed") && parse_ahead_is(parser, "by")) {
        check_clause(parser, aggregate->fed_count > 0, "fed by");
        parse_take_word(parser, "fed");
        parse_take_word(parser, "by");
        aggregate->fed_count = parse_keys(parser, aggregate->fed, "a field of the counted events");
    } else if (parse_is_word(parser, "over")) {
        check_clause(parser, aggregate->over.given, "over");
        parse_take_word(parser, "over");
        aggregate->over = parse_duration(parser, "a duration");
    } else if (parse_is_word(parser, "before")) {
        check_clause(parser, aggregate->before, "before");
        parse_take_word(parser, "before");
        aggregate->before = true;
        aggregate->before_place = here;
    } else if (parse_is_word(parser, "ending") && parser->ahead.kind == TOKEN_DURATION) {
        check_clause(parser, aggregate->ending.given, "ending");
        parse_take_word(parser, "ending");
        aggregate->ending = parse_duration(parser, "a duration");
        parse_need_word(parser, "ago", "behind the duration of `ending`");
    } else {
        return false;
    }
    return true;
}

void parse_aggregate(struct parser *parser, enum policy_window_fn fn, struct ast_expr *expr)
{
    struct ast_aggregate *aggregate = parse_make(parser, sizeof *aggregate);
    expr->aggregate = aggregate;
    aggregate->fn = fn;
    aggregate->place = parse_here(parser);
    parse_advance(parser);
    parse_advance(parser);
    do
        parse_source_item(parser, aggregate);
    while (parse_take_word(parser, "or"));
    parse_parameter(parser, aggregate);
    if (!parser->panic && !parse_is_sign(parser, ")") && aggregate->source_count > 1)
        diag_hint(parse_expected(parser, "`)` at the end of the aggregate"),
                  "`or` separates kinds of events here; in a filter write where (a or b)");
    parse_need_sign(parser, ")", "at the end of the aggregate");
    while (!parser->panic && parse_clause(parser, aggregate))
        ;
}
