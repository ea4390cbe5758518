/* One idea: precedence climbing, one function per level, with every depth counted: nothing that is
 * written can make the parser, or whoever walks the tree after it, recurse deeper than
 * POLICY_DEPTH_MAX.
 *
 *   expr       = and { "or" and }
 *   and        = not { "and" not }
 *   not        = "not" not | comparison
 *   comparison = default [ op default | "is" ("present" | "missing") | ["not"] "in" set
 *                        | "starts" "with" default | "ends" "with" default | "contains" default ]
 *   default    = sum { "??" sum }
 *   sum        = product { ("+" | "-") product }
 *   product    = unary { ("*" | "/") unary }
 *   unary      = "-" unary | primary
 *   primary    = literal | "(" expr ")" | "if" expr "then" expr "else" expr | call | aggregate
 *              | name ["." name]
 */
#include "base/assert.h"
#include "codec/number.h"
#include "policy/foreign.h"
#include "policy/parse_int.h"

#define DECIMAL_BYTES_MAX 40

struct ast_expr *parse_node(struct parser *parser, enum ast_kind kind)
{
    struct ast_expr *expr = parse_make(parser, sizeof *expr);
    expr->kind = kind;
    expr->depth = 1;
    expr->place = parse_here(parser);
    expr->mark = expr->place;
    if (++parser->node_count == POLICY_NODES_MAX + 1)
        diag_hint(parse_fail(parser, CODE_LIMIT_NODES, "this policy is too large: its expressions "
                             "have more than %d parts", POLICY_NODES_MAX),
                  "split it into several policies");
    if (parser->node_count > POLICY_NODES_MAX)
        parser->panic = true;
    return expr;
}

static struct ast_expr *bad(struct parser *parser)
{
    return parse_node(parser, EXPR_BAD);
}

static void too_deep(struct parser *parser)
{
    diag_hint(parse_fail(parser, CODE_LIMIT_DEPTH, "this expression is nested deeper than %d",
                         POLICY_DEPTH_MAX),
              "name parts of it with let");
}

/* Every level that can hold itself enters here. False when it may not go deeper. */
static bool enter(struct parser *parser)
{
    if (++parser->depth > POLICY_DEPTH_MAX)
        too_deep(parser);
    return !parser->panic;
}

static void leave(struct parser *parser)
{
    parser->depth--;
}

static void deepen(struct parser *parser, struct ast_expr *parent, uint32_t child_depth)
{
    if (child_depth >= parent->depth)
        parent->depth = child_depth + 1;
    if (parent->depth > POLICY_DEPTH_MAX)
        too_deep(parser);
}

static void add_child(struct parser *parser, struct ast_expr *parent, struct ast_expr **last,
                      struct ast_expr *child)
{
    if (parser->failed)
        return;
    if (*last == NULL)
        parent->first = child;
    else
        (*last)->next = child;
    *last = child;
    parent->child_count++;
    deepen(parser, parent, child->depth);
}

static struct ast_expr *binary(struct parser *parser, enum ast_kind kind, struct ast_expr *left)
{
    struct ast_expr *expr = parse_node(parser, kind);
    struct ast_expr *last = NULL;
    expr->place = left->place;
    add_child(parser, expr, &last, left);
    return expr;
}

static void close(struct parser *parser, struct ast_expr *expr)
{
    expr->place = parse_since(parser, expr->place.offset);
}

static void right(struct parser *parser, struct ast_expr *expr, struct ast_expr *child)
{
    struct ast_expr *last = expr->first;
    add_child(parser, expr, &last, child);
    close(parser, expr);
}

/* ---- literals ---- */

/* Without underscores and leading zeros, as JSON writes numbers. */
static double decimal_value(struct view text)
{
    char plain[DECIMAL_BYTES_MAX];
    size_t size = 0;
    double value = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        bool leading = size == 0 && text.data[i] == '0' && text.data[i + 1] != '.';
        if (text.data[i] != '_' && !leading)
            plain[size++] = text.data[i];
    }
    bool read = number_parse_f64((struct view){plain, size}, &value) == STATUS_OK;
    ASSERT(read);
    return value;
}

static void parse_number(struct parser *parser, struct ast_expr *expr)
{
    expr->text = parser->token.text;
    if (parser->token.kind == TOKEN_DECIMAL) {
        expr->kind = EXPR_DECIMAL;
        if (expr->text.size_bytes > DECIMAL_BYTES_MAX)
            diag_hint(parse_fail(parser, CODE_OUT_OF_RANGE, "this number has too many digits"),
                      "a number keeps about 16 digits");
        else
            expr->value.f64 = decimal_value(expr->text);
        parse_advance(parser);
        return;
    }
    expr->kind = EXPR_INT;
    expr->value.i64 = parse_int(parser, "an int", 0, POLICY_INT_MAX).value;
}

/* `CNY 50_000.00`: three capital letters before a number. Its value is read when the policy's
 * currency is known. */
static bool money_ahead(const struct parser *parser)
{
    const struct token *token = &parser->token;
    if (token->kind != TOKEN_NAME || token->text.size_bytes != 3 ||
        (parser->ahead.kind != TOKEN_INT && parser->ahead.kind != TOKEN_DECIMAL))
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (token->text.data[i] < 'A' || token->text.data[i] > 'Z')
            return false;
    }
    return true;
}

static bool literal_ahead(const struct parser *parser)
{
    enum token_kind kind = parser->token.kind;
    return kind == TOKEN_INT || kind == TOKEN_DECIMAL || kind == TOKEN_TEXT ||
           kind == TOKEN_DURATION || kind == TOKEN_DATE || parse_is_word(parser, "true") ||
           parse_is_word(parser, "false") || money_ahead(parser);
}

static struct ast_expr *parse_plain_literal(struct parser *parser)
{
    struct ast_expr *expr = bad(parser);
    uint32_t start = parser->token.offset;
    expr->text = parser->token.text;
    if (parser->token.kind == TOKEN_TEXT) {
        struct view *text = parse_make(parser, sizeof *text);
        expr->kind = EXPR_TEXT;
        *text = parse_text(parser, "a text").text;
        expr->value.text = text;
    } else if (parser->token.kind == TOKEN_DURATION) {
        expr->kind = EXPR_DURATION;
        expr->value.i64 = parse_duration(parser, "a duration").value;
    } else if (parser->token.kind == TOKEN_DATE) {
        expr->kind = EXPR_DATE;
        expr->value.i64 = parse_date(parser).value;
    } else if (money_ahead(parser)) {
        expr->kind = EXPR_MONEY;
        expr->word = parse_word(parser, "a currency");
        expr->text = parser->token.text;
        parse_advance(parser);
    } else if (parser->token.kind == TOKEN_NAME) {
        expr->kind = EXPR_BOOL;
        expr->value.i64 = parse_is_word(parser, "true");
        parse_advance(parser);
    } else {
        parse_number(parser, expr);
    }
    expr->place = parse_since(parser, start);
    expr->mark = expr->place;
    return expr;
}

struct ast_expr *parse_literal(struct parser *parser)
{
    if (!parser->panic && parse_is_sign(parser, "-")) {
        struct ast_expr *expr = parse_node(parser, EXPR_NEGATE);
        struct ast_expr *last = NULL;
        parse_advance(parser);
        add_child(parser, expr, &last,
                  literal_ahead(parser) ? parse_plain_literal(parser) : bad(parser));
        close(parser, expr);
        if (last != NULL && last->kind == EXPR_BAD)
            parse_expected(parser, "a number");
        return expr;
    }
    if (literal_ahead(parser))
        return parse_plain_literal(parser);
    if (parser->token.kind == TOKEN_NAME)
        return parse_name(parser);
    parse_expected(parser, "a value");
    return bad(parser);
}

/* ---- names, calls, aggregates ---- */

struct ast_expr *parse_name(struct parser *parser)
{
    struct ast_expr *expr = parse_node(parser, EXPR_NAME);
    expr->word = parse_word(parser, "a name");
    if (parse_take_sign(parser, ".")) {
        expr->event = expr->word;
        expr->word = parse_word(parser, "a field's name");
    }
    close(parser, expr);
    expr->mark = expr->place;
    return expr;
}

/* min and max are functions of several values and aggregates of one: the comma tells. */
static bool comma_inside(const struct parser *parser)
{
    struct lexer lexer = parser->lexer;
    struct token token = parser->ahead;
    int open = 0;
    for (size_t i = 0; i < 4096 && token.kind != TOKEN_END; i++, token = lexer_next(&lexer)) {
        if (token.kind != TOKEN_SIGN)
            continue;
        char c = token.text.data[0];
        open += (c == '(') - (c == ')');
        if (open <= 0)
            return false;
        if (open == 1 && c == ',')
            return true;
    }
    return false;
}

static void parse_arguments(struct parser *parser, struct ast_expr *expr)
{
    struct ast_expr *last = NULL;
    do
        add_child(parser, expr, &last, parse_expr(parser));
    while (parse_take_sign(parser, ","));
    parse_need_sign(parser, ")", "at the end of the arguments");
}

static struct ast_expr *parse_call(struct parser *parser)
{
    struct ast_expr *expr = parse_node(parser, EXPR_CALL);
    struct view word = parser->token.text;
    enum policy_window_fn fn;
    bool function = ast_function_find(word, &expr->function);
    if (ast_window_find(word, &fn) && !(function && comma_inside(parser))) {
        expr->kind = EXPR_AGGREGATE;
        parse_aggregate(parser, fn, expr);
        for (uint16_t i = 0; i < expr->aggregate->source_count; i++) {
            const struct ast_expr *filter = expr->aggregate->sources[i].filter;
            deepen(parser, expr, filter == NULL ? 0 : filter->depth);
        }
    } else if (function) {
        parse_advance(parser);
        parse_advance(parser);
        parse_arguments(parser, expr);
    } else {
        struct guess guess;
        expr->kind = EXPR_BAD;
        guess_init(&guess, parser->sink, word);
        for (size_t i = 0; i < AST_FUNCTION_COUNT; i++)
            guess_try(&guess, view_of(ast_function_word((enum ast_function)i)));
        for (size_t i = 0; i <= POLICY_DECAYED; i++)
            guess_try(&guess, view_of(ast_window_word((enum policy_window_fn)i)));
        struct diag *diag = parse_fail(parser, CODE_UNKNOWN_FUNCTION,
                                       "there is no function `%.*s`", VIEW_ARG(word));
        guess_hint(&guess, diag);
        const char *hint = foreign_function(word);
        if (hint != NULL)
            diag_hint(diag, "%s", hint);
    }
    close(parser, expr);
    return expr;
}

/* ---- operators ---- */

static struct ast_expr *parse_if(struct parser *parser)
{
    struct ast_expr *expr = parse_node(parser, EXPR_IF);
    struct ast_expr *last = NULL;
    parse_advance(parser);
    add_child(parser, expr, &last, parse_expr(parser));
    parse_need_word(parser, "then", "behind the condition of `if`");
    add_child(parser, expr, &last, parse_expr(parser));
    if (!parser->panic && !parse_is_word(parser, "else"))
        diag_hint(parse_expected(parser, "`else`"),
                  "`if` is a value in both cases: if c then a else b; a rule has none: "
                  "when c then block");
    parse_take_word(parser, "else");
    add_child(parser, expr, &last, parse_expr(parser));
    close(parser, expr);
    return expr;
}

static struct ast_expr *parse_group(struct parser *parser)
{
    uint32_t start = parser->token.offset;
    parse_advance(parser);
    struct ast_expr *expr = parse_expr(parser);
    parse_need_sign(parser, ")", "that closes the group");
    expr->place = parse_since(parser, start);
    return expr;
}

static struct ast_expr *parse_primary(struct parser *parser)
{
    if (parser->panic)
        return bad(parser);
    if (literal_ahead(parser))
        return parse_plain_literal(parser);
    if (parse_is_sign(parser, "("))
        return parse_group(parser);
    if (parse_is_word(parser, "if"))
        return parse_if(parser);
    if (parser->token.kind == TOKEN_NAME && parse_ahead_is(parser, "("))
        return parse_call(parser);
    if (parser->token.kind == TOKEN_NAME && !parse_reserved(parser->token.text))
        return parse_name(parser);
    parse_expected(parser, "a value");
    return bad(parser);
}

static struct ast_expr *parse_unary(struct parser *parser)
{
    if (parser->panic || !parse_is_sign(parser, "-"))
        return parse_primary(parser);
    struct ast_expr *expr = parse_node(parser, EXPR_NEGATE);
    struct ast_expr *last = NULL;
    parse_advance(parser);
    add_child(parser, expr, &last, enter(parser) ? parse_unary(parser) : bad(parser));
    leave(parser);
    close(parser, expr);
    return expr;
}

static struct ast_expr *parse_product(struct parser *parser)
{
    struct ast_expr *expr = parse_unary(parser);
    while (!parser->panic && (parse_is_sign(parser, "*") || parse_is_sign(parser, "/"))) {
        expr = binary(parser, parse_is_sign(parser, "*") ? EXPR_MUL : EXPR_DIV, expr);
        parse_advance(parser);
        right(parser, expr, parse_unary(parser));
    }
    return expr;
}

static struct ast_expr *parse_sum(struct parser *parser)
{
    struct ast_expr *expr = parse_product(parser);
    while (!parser->panic && (parse_is_sign(parser, "+") || parse_is_sign(parser, "-"))) {
        expr = binary(parser, parse_is_sign(parser, "+") ? EXPR_ADD : EXPR_SUB, expr);
        parse_advance(parser);
        right(parser, expr, parse_product(parser));
    }
    return expr;
}

static struct ast_expr *parse_default(struct parser *parser)
{
    struct ast_expr *expr = parse_sum(parser);
    while (!parser->panic && parse_is_sign(parser, "??")) {
        expr = binary(parser, EXPR_DEFAULT, expr);
        parse_advance(parser);
        right(parser, expr, parse_sum(parser));
    }
    return expr;
}

static bool comparison_ahead(const struct parser *parser, enum ast_kind *ret_kind)
{
    static const struct {
        const char *sign;
        enum ast_kind kind;
    } signs[] = {{"==", EXPR_EQ}, {"!=", EXPR_NE}, {"<=", EXPR_LE},
                 {">=", EXPR_GE}, {"<", EXPR_LT},  {">", EXPR_GT}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (parse_is_sign(parser, signs[i].sign)) {
            *ret_kind = signs[i].kind;
            return true;
        }
    }
    return false;
}

static void parse_members(struct parser *parser, struct ast_expr *expr, struct ast_expr *last)
{
    do {
        /* The value is a child, too. */
        if (expr->child_count == POLICY_MEMBERS_MAX + 1)
            diag_hint(parse_fail(parser, CODE_LIMIT_MEMBERS, "a set has at most %d members",
                                 POLICY_MEMBERS_MAX),
                      "keep them in a file: list NAME: TYPE from \"FILE.csv\"");
        if (!parser->panic)
            add_child(parser, expr, &last, parse_default(parser));
    } while (parse_take_sign(parser, ","));
    parse_need_sign(parser, ")", "at the end of the set");
}

/* Behind `in`: a list's name, a set in parentheses, or one range of addresses. */
static struct ast_expr *parse_in(struct parser *parser, struct ast_expr *left, bool negated)
{
    struct ast_expr *expr = binary(parser, EXPR_IN_SET, left);
    struct ast_expr *last = left;
    expr->negated = negated;
    parse_advance(parser);
    if (parse_take_sign(parser, "(")) {
        parse_members(parser, expr, last);
    } else if (parser->token.kind == TOKEN_TEXT) {
        add_child(parser, expr, &last, parse_primary(parser));
    } else {
        expr->kind = EXPR_IN_LIST;
        expr->word = parse_word(parser, "a list's name or a set in parentheses");
    }
    close(parser, expr);
    return expr;
}

static struct ast_expr *parse_is(struct parser *parser, struct ast_expr *left)
{
    struct ast_expr *expr = binary(parser, EXPR_PRESENT, left);
    parse_advance(parser);
    if (parse_take_word(parser, "missing"))
        expr->kind = EXPR_MISSING;
    else if (!parse_take_word(parser, "present"))
        diag_hint(parse_expected(parser, "`present` or `missing`"),
                  parse_is_word(parser, "not") || foreign_null(parser->token.text)
                  ? "ask whether it is there: NAME is present, NAME is missing"
                  : "values are compared with == and !=");
    close(parser, expr);
    return expr;
}

static struct ast_expr *parse_with(struct parser *parser, struct ast_expr *left)
{
    bool contains = parse_is_word(parser, "contains");
    struct ast_expr *expr = binary(parser, contains ? EXPR_CONTAINS
                                   : parse_is_word(parser, "starts") ? EXPR_STARTS : EXPR_ENDS,
                                   left);
    parse_advance(parser);
    if (!contains)
        parse_need_word(parser, "with", "behind `starts` or `ends`");
    right(parser, expr, parse_default(parser));
    return expr;
}

static struct ast_expr *parse_compared(struct parser *parser, struct ast_expr *left)
{
    enum ast_kind kind;
    if (comparison_ahead(parser, &kind)) {
        struct ast_expr *expr = binary(parser, kind, left);
        parse_advance(parser);
        right(parser, expr, parse_default(parser));
        return expr;
    }
    if (parse_is_word(parser, "is"))
        return parse_is(parser, left);
    if (parse_is_word(parser, "in"))
        return parse_in(parser, left, false);
    if (parse_is_word(parser, "not") && parse_ahead_is(parser, "in")) {
        parse_advance(parser);
        return parse_in(parser, left, true);
    }
    if ((parse_ahead_is(parser, "with") && (parse_is_word(parser, "starts") ||
                                            parse_is_word(parser, "ends"))) ||
        parse_is_word(parser, "contains"))
        return parse_with(parser, left);
    return left;
}

static struct ast_expr *parse_comparison(struct parser *parser)
{
    struct ast_expr *left = parse_default(parser);
    if (parser->panic)
        return left;
    enum ast_kind kind;
    if (parse_is_sign(parser, "="))
        parse_expected(parser, "an operator");
    struct ast_expr *expr = parse_compared(parser, left);
    if (!parser->panic && expr != left && comparison_ahead(parser, &kind))
        diag_hint(parse_fail(parser, CODE_CHAINED_COMPARISON, "comparisons do not chain"),
                  "write a < b and b < c");
    return expr;
}

static struct ast_expr *parse_not(struct parser *parser)
{
    if (parser->panic || !parse_is_word(parser, "not"))
        return parse_comparison(parser);
    struct ast_expr *expr = parse_node(parser, EXPR_NOT);
    struct ast_expr *last = NULL;
    parse_advance(parser);
    add_child(parser, expr, &last, enter(parser) ? parse_not(parser) : bad(parser));
    leave(parser);
    close(parser, expr);
    return expr;
}

static struct ast_expr *parse_chain(struct parser *parser, enum ast_kind kind, const char *word,
                                    struct ast_expr *(*operand)(struct parser *))
{
    struct ast_expr *left = operand(parser);
    if (parser->panic || !parse_is_word(parser, word))
        return left;
    struct ast_expr *expr = binary(parser, kind, left);
    struct ast_expr *last = left;
    while (parse_take_word(parser, word))
        add_child(parser, expr, &last, operand(parser));
    close(parser, expr);
    return expr;
}

static struct ast_expr *parse_and(struct parser *parser)
{
    return parse_chain(parser, EXPR_AND, "and", parse_not);
}

struct ast_expr *parse_expr(struct parser *parser)
{
    struct ast_expr *expr;
    if (enter(parser))
        expr = parse_chain(parser, EXPR_OR, "or", parse_and);
    else
        expr = bad(parser);
    leave(parser);
    return expr;
}

struct ast_expr *parse_filter(struct parser *parser)
{
    struct ast_expr *expr;
    if (enter(parser))
        expr = parse_and(parser);
    else
        expr = bad(parser);
    leave(parser);
    return expr;
}
