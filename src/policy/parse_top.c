/* One idea: a statement is known by its first word; what one file of the parser reads is what one
 * kind of statement needs. */
#include "base/datetime.h"
#include "policy/foreign.h"
#include "policy/parse_int.h"

static const char *const statement_words[] = {
    [STATEMENT_POLICY] = "policy", [STATEMENT_CURRENCY] = "currency", [STATEMENT_ON_ERROR] = "on",
    [STATEMENT_LATE] = "late", [STATEMENT_REMEMBER] = "remember",
    [STATEMENT_TIMEZONE] = "timezone", [STATEMENT_EVENT] = "event", [STATEMENT_LABEL] = "label",
    [STATEMENT_LIST] = "list", [STATEMENT_LET] = "let", [STATEMENT_MODEL] = "model",
    [STATEMENT_RULE] = "rule", [STATEMENT_SCORE] = "score", [STATEMENT_TEST] = "test",
};
#define STATEMENT_COUNT (sizeof statement_words / sizeof statement_words[0])

/* Whether the token in hand begins a statement. After a mistake only words that begin a line
 * count, and `on` and `score`, which rules use too, only where they cannot be a rule's. */
static bool begins(const struct parser *parser, bool after_mistake, enum ast_statement_kind *ret)
{
    if (parser->token.kind != TOKEN_NAME || (after_mistake && !parser->token.line_first))
        return false;
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (!parse_is_word(parser, statement_words[i]))
            continue;
        if (i == STATEMENT_ON_ERROR && !parse_ahead_is(parser, "error"))
            return false;
        bool text_next = parser->ahead.kind == TOKEN_TEXT;
        bool fits = i == STATEMENT_TEST ? text_next
                  : i == STATEMENT_SCORE ? parser->ahead.kind == TOKEN_INT
                  : i == STATEMENT_TIMEZONE ? parser->ahead.kind != TOKEN_NAME
                                            : parser->ahead.kind == TOKEN_NAME;
        if (after_mistake && !fits)
            return false;
        *ret = (enum ast_statement_kind)i;
        return true;
    }
    return false;
}

bool parse_begins_statement(const struct parser *parser)
{
    enum ast_statement_kind kind;
    return begins(parser, true, &kind);
}

void parse_skip(struct parser *parser)
{
    if (parser->token.kind == TOKEN_NAME && !parser->failed) {
        struct ast_name *name = ast_name_intern(parser->ast, parser->token.text);
        if (name == NULL)
            parser->failed = true;
        else
            name->doubtful = true;
    }
    parse_advance(parser);
}

static void synchronize(struct parser *parser)
{
    while (parser->token.kind != TOKEN_END && !parse_begins_statement(parser))
        parse_skip(parser);
    parser->panic = parser->failed;
}

static int64_t two_digits(struct parser *parser, int64_t most)
{
    struct view text = parser->token.text;
    if (parser->panic)
        return 0;
    if (parser->token.kind != TOKEN_INT || text.size_bytes != 2 || text.data[1] == '_') {
        diag_hint(parse_expected(parser, "an offset from UTC"), "write it as +08:00 or -03:30");
        return 0;
    }
    int64_t value = (text.data[0] - '0') * 10 + (text.data[1] - '0');
    if (value > most)
        diag_hint(parse_fail(parser, CODE_OUT_OF_RANGE, "there is no such offset from UTC"),
                  "offsets go from -14:00 to +14:00");
    parse_advance(parser);
    return value;
}

static void parse_timezone(struct parser *parser)
{
    uint32_t start = parser->token.offset;
    bool west = parse_take_sign(parser, "-");
    if (!west)
        parse_need_sign(parser, "+", "or `-` and an offset like 08:00");
    int64_t hours = two_digits(parser, 14);
    parse_need_sign(parser, ":", "between hours and minutes");
    int64_t minutes = two_digits(parser, hours == 14 ? 0 : 59);
    int64_t ms = hours * DATETIME_MS_HOUR + minutes * DATETIME_MS_MINUTE;
    parser->ast->timezone_ms = west ? -ms : ms;
    parser->ast->timezone_text = (struct view){parser->lexer.source.data + start,
                                               parse_since(parser, start).span};
}

static void parse_header(struct parser *parser, enum ast_statement_kind kind)
{
    struct ast_policy *ast = parser->ast;
    if (kind == STATEMENT_POLICY) {
        ast->name = parse_word(parser, "the policy's name");
    } else if (kind == STATEMENT_CURRENCY) {
        ast->currency = parse_word(parser, "the code of a currency, such as CNY");
    } else if (kind == STATEMENT_ON_ERROR) {
        parse_need_word(parser, "error", "behind `on`");
        ast->error_verdict = parse_verdict(parser, true, "the verdict given on an error");
        ast->error_reason = parse_text(parser, "the reason given on an error, such as \"ENGINE\"");
    } else if (kind == STATEMENT_LATE) {
        parse_need_word(parser, "up", "behind `late`");
        parse_need_word(parser, "to", "behind `late up`");
        ast->late = parse_duration(parser, "how late an event may be");
    } else if (kind == STATEMENT_REMEMBER) {
        parse_need_word(parser, "ids", "behind `remember`");
        ast->remember = parse_duration(parser, "how long ids are remembered");
    } else {
        parse_timezone(parser);
    }
}

static struct ast_let *parse_let(struct parser *parser)
{
    struct ast_let *let = parse_make(parser, sizeof *let);
    let->name = parse_word(parser, "the name of a let");
    parse_need_sign(parser, "=", "behind the name");
    let->expr = parse_expr(parser);
    if (parser->panic)
        let->expr = parse_node(parser, EXPR_BAD);
    return let;
}

static void parse_body(struct parser *parser, struct ast_statement *statement)
{
    if (statement->kind == STATEMENT_EVENT)
        statement->of.event = parse_event(parser);
    else if (statement->kind == STATEMENT_LABEL)
        statement->of.label = parse_label(parser);
    else if (statement->kind == STATEMENT_LIST)
        statement->of.list = parse_list(parser);
    else if (statement->kind == STATEMENT_LET)
        statement->of.let = parse_let(parser);
    else if (statement->kind == STATEMENT_MODEL)
        statement->of.model = parse_model(parser);
    else if (statement->kind == STATEMENT_RULE)
        statement->of.rule = parse_rule(parser);
    else if (statement->kind == STATEMENT_TEST)
        statement->of.test = parse_test(parser);
    else if (statement->kind == STATEMENT_SCORE)
        parse_score(parser);
    else
        parse_header(parser, statement->kind);
}

/* Of two statements that stand once the first counts; the second is passed over. */
static bool check_once(struct parser *parser, enum ast_statement_kind kind)
{
    bool once = kind <= STATEMENT_TIMEZONE || kind == STATEMENT_SCORE;
    bool again = once && parser->ast->given[kind];
    if (again)
        diag_hint(parse_fail(parser, CODE_STATEMENT_TWICE, "a policy has one `%s` statement",
                             statement_words[kind]),
                  "keep one of them");
    parser->ast->given[kind] = true;
    return !again;
}

static void parse_statement(struct parser *parser, enum ast_statement_kind kind)
{
    struct ast_statement *statement = parse_make(parser, sizeof *statement);
    statement->kind = kind;
    uint32_t start = parser->token.offset;
    bool first = check_once(parser, kind);
    parse_advance(parser);
    if (!first)
        return;
    parse_body(parser, statement);
    statement->place = parse_since(parser, start);
    if (parser->failed)
        return;
    if (parser->ast->last == NULL)
        parser->ast->first = statement;
    else
        parser->ast->last->next = statement;
    parser->ast->last = statement;
}

static void parse_unknown(struct parser *parser)
{
    struct guess guess;
    guess_init(&guess, parser->sink, parser->token.text);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        guess_try(&guess, view_of(statement_words[i]));
    struct diag *diag = parse_expected(parser, "a statement");
    diag_hint(diag, "statements begin with policy, currency, on error, late, remember, timezone, "
                    "event, label, list, let, model, rule, score or test");
    if (parser->token.kind == TOKEN_NAME)
        guess_hint(&guess, diag);
    bool joins = parser->token.kind == TOKEN_SIGN || parse_is_word(parser, "if") ||
                 parse_is_word(parser, "when");
    const char *hint = joins ? foreign_sign(parser->token.text) : NULL;
    if (hint != NULL)
        diag_hint(diag, "%s", hint);
    parse_skip(parser);
}

enum status parse_source(struct view source, struct sink *sink, struct ast_policy *ast)
{
    struct parser *parser = arena_alloc(ast->arena, sizeof *parser);
    if (parser == NULL)
        return STATUS_NO_MEMORY;
    parser->arena = ast->arena;
    parser->sink = sink;
    parser->ast = ast;
    lexer_init(&parser->lexer, source);
    parse_advance(parser);
    parse_advance(parser);
    while (parser->token.kind != TOKEN_END && !parser->failed && !sink->failed) {
        enum ast_statement_kind kind;
        if (begins(parser, false, &kind))
            parse_statement(parser, kind);
        else
            parse_unknown(parser);
        if (parser->panic)
            synchronize(parser);
        parser->muted = false;
    }
    return parser->failed || sink->failed ? STATUS_NO_MEMORY : STATUS_OK;
}
