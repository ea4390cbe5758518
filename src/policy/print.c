/* One idea: an expression is printed so that parsing it again gives the same tree; parentheses
 * stand exactly where the levels of precedence need them. */
#include "policy/print.h"

#include "base/datetime.h"

enum {
    LEVEL_IF, LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_DEFAULT, LEVEL_SUM,
    LEVEL_PRODUCT, LEVEL_UNARY, LEVEL_PRIMARY,
};

static const struct {
    int level;
    const char *sign;
} operators[] = {
    [EXPR_OR] = {LEVEL_OR, " or "}, [EXPR_AND] = {LEVEL_AND, " and "},
    [EXPR_NOT] = {LEVEL_NOT, "not "}, [EXPR_NEGATE] = {LEVEL_UNARY, "-"},
    [EXPR_EQ] = {LEVEL_COMPARE, " == "}, [EXPR_NE] = {LEVEL_COMPARE, " != "},
    [EXPR_LT] = {LEVEL_COMPARE, " < "}, [EXPR_LE] = {LEVEL_COMPARE, " <= "},
    [EXPR_GT] = {LEVEL_COMPARE, " > "}, [EXPR_GE] = {LEVEL_COMPARE, " >= "},
    [EXPR_STARTS] = {LEVEL_COMPARE, " starts with "}, [EXPR_ENDS] = {LEVEL_COMPARE, " ends with "},
    [EXPR_CONTAINS] = {LEVEL_COMPARE, " contains "},
    [EXPR_PRESENT] = {LEVEL_COMPARE, " is present"},
    [EXPR_MISSING] = {LEVEL_COMPARE, " is missing"}, [EXPR_IN_LIST] = {LEVEL_COMPARE, " in "},
    [EXPR_IN_SET] = {LEVEL_COMPARE, " in "}, [EXPR_DEFAULT] = {LEVEL_DEFAULT, " ?? "},
    [EXPR_ADD] = {LEVEL_SUM, " + "}, [EXPR_SUB] = {LEVEL_SUM, " - "},
    [EXPR_MUL] = {LEVEL_PRODUCT, " * "}, [EXPR_DIV] = {LEVEL_PRODUCT, " / "},
    [EXPR_IF] = {LEVEL_IF, ""}, [EXPR_CALL] = {LEVEL_PRIMARY, ""},
};

int print_level(const struct ast_expr *expr)
{
    const char *sign = expr->kind < sizeof operators / sizeof operators[0]
                       ? operators[expr->kind].sign : NULL;
    return sign == NULL ? LEVEL_PRIMARY : operators[expr->kind].level;
}

void print_text(struct buf *out, struct view text)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < text.size_bytes; i++) {
        char c = text.data[i];
        if (c == '"' || c == '\\')
            buf_put_char(out, '\\');
        buf_put_text(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "");
        if (c != '\n' && c != '\t')
            buf_put_char(out, c);
    }
    buf_put_char(out, '"');
}

void print_digits(struct buf *out, struct view text)
{
    size_t whole = 0;
    size_t at = 0;
    for (; at < text.size_bytes && text.data[at] != '.'; at++)
        whole += text.data[at] != '_';
    size_t left = whole;
    for (size_t i = 0; i < at; i++) {
        if (text.data[i] == '_')
            continue;
        buf_put_char(out, text.data[i]);
        left--;
        if (whole >= 5 && left > 0 && left % 3 == 0)
            buf_put_char(out, '_');
    }
    for (; at < text.size_bytes; at++) {
        if (text.data[at] != '_')
            buf_put_char(out, text.data[at]);
    }
}

void print_duration(struct buf *out, int64_t ms)
{
    char text[DURATION_TEXT_BYTES_MAX];
    buf_put(out, text, duration_format(text, ms));
}

/* CNY 500 and CNY 500.0 are CNY 500.00; what is no amount stays as it was written. */
static void print_money(struct buf *out, const struct ast_expr *expr)
{
    buf_printf(out, "%.*s ", VIEW_ARG(expr->word.name->text));
    print_digits(out, expr->text);
    money_currency currency;
    if (money_currency_find(expr->word.name->text, &currency) != STATUS_OK)
        return;
    const char *point = memchr(expr->text.data, '.', expr->text.size_bytes);
    size_t decimals = 0;
    for (const char *at = point; at != NULL && at < expr->text.data + expr->text.size_bytes; at++)
        decimals += *at >= '0' && *at <= '9';
    unsigned exponent = money_currency_exponent(currency);
    if (decimals == 0 && exponent > 0)
        buf_put_char(out, '.');
    for (; decimals < exponent; decimals++)
        buf_put_char(out, '0');
}

static void print_literal(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    if (expr->kind == EXPR_MONEY)
        print_money(out, expr);
    else if (expr->kind == EXPR_TEXT)
        buf_put_view(out, expr->text);
    else if (expr->kind == EXPR_INT || expr->kind == EXPR_DECIMAL)
        print_digits(out, expr->text);
    else if (expr->kind == EXPR_DURATION && style.bare)
        print_duration(out, expr->value.i64);
    else
        buf_put_view(out, expr->text);
}

static void print_words(struct buf *out, const char *before, const struct ast_word *words,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%.*s", i == 0 ? before : ", ", VIEW_ARG(words[i].name->text));
}

static void print_aggregate(struct buf *out, const struct ast_aggregate *aggregate,
                            struct print_style style)
{
    buf_printf(out, "%s(", ast_window_word(aggregate->fn));
    for (uint16_t i = 0; i < aggregate->source_count; i++) {
        const struct ast_source *source = &aggregate->sources[i];
        buf_printf(out, "%s%s%.*s", i == 0 ? "" : " or ", source->negated ? "not " : "",
                   VIEW_ARG(source->event.name->text));
        if (source->field.name != NULL)
            buf_printf(out, ".%.*s", VIEW_ARG(source->field.name->text));
        if (source->filter != NULL) {
            buf_put_text(out, " where ");
            print_operand(out, source->filter, LEVEL_AND, style);
        }
    }
    if (aggregate->parameter != NULL) {
        buf_put_text(out, aggregate->fn == POLICY_DECAYED ? ", half " : ", ");
        print_expr(out, aggregate->parameter, style);
    }
    buf_put_char(out, ')');
    print_words(out, " per ", aggregate->keys, aggregate->key_count);
    print_words(out, " fed by ", aggregate->fed, aggregate->fed_count);
    if (aggregate->over.given)
        buf_printf(out, " over %.*s", VIEW_ARG(aggregate->over.text));
    if (aggregate->before)
        buf_put_text(out, " before");
    if (aggregate->ending.given)
        buf_printf(out, " ending %.*s ago", VIEW_ARG(aggregate->ending.text));
}

static void print_name(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    if (expr->event.name != NULL && !style.bare)
        buf_printf(out, "%.*s.", VIEW_ARG(expr->event.name->text));
    buf_put_view(out, expr->word.name->text);
}

static void print_call(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    buf_printf(out, "%s(", ast_function_word(expr->function));
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        buf_put_text(out, child == expr->first ? "" : ", ");
        /* A key list in an aggregate would take the comma for its own. */
        if (child->kind == EXPR_AGGREGATE && child->next != NULL)
            buf_put_char(out, '(');
        print_expr(out, child, style);
        if (child->kind == EXPR_AGGREGATE && child->next != NULL)
            buf_put_char(out, ')');
    }
    buf_put_char(out, ')');
}

static void print_in(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    const struct ast_expr *member = expr->first->next;
    print_operand(out, expr->first, LEVEL_DEFAULT, style);
    buf_put_text(out, expr->negated ? " not in " : " in ");
    if (expr->kind == EXPR_IN_LIST) {
        buf_put_view(out, expr->word.name->text);
        return;
    }
    /* A single text is a range of addresses; it reads better without parentheses. */
    bool range = member->next == NULL && member->kind == EXPR_TEXT;
    buf_put_text(out, range ? "" : "(");
    for (; member != NULL; member = member->next) {
        print_operand(out, member, member->next != NULL && member->kind == EXPR_AGGREGATE
                      ? LEVEL_PRIMARY + 1 : LEVEL_DEFAULT, style);
        buf_put_text(out, member->next != NULL ? ", " : "");
    }
    buf_put_text(out, range ? "" : ")");
}

static void print_if(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    const struct ast_expr *yes = expr->first->next;
    buf_put_text(out, "if ");
    print_expr(out, expr->first, style);
    buf_put_text(out, " then ");
    print_expr(out, yes, style);
    buf_put_text(out, " else ");
    print_expr(out, yes->next, style);
}

/* The left operand may bind as tightly as the operator itself, the right one must bind tighter;
 * comparisons do not chain, so both must. */
static void print_operators(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    int level = operators[expr->kind].level;
    if (expr->kind == EXPR_NOT || expr->kind == EXPR_NEGATE) {
        buf_put_text(out, operators[expr->kind].sign);
        print_operand(out, expr->first, level, style);
        return;
    }
    bool chain = level == LEVEL_OR || level == LEVEL_AND;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        bool loose = child == expr->first && level != LEVEL_COMPARE && !chain;
        print_operand(out, child, loose ? level : level + 1, style);
        if (child->next != NULL || expr->child_count == 1)
            buf_put_text(out, operators[expr->kind].sign);
    }
}

void print_operand(struct buf *out, const struct ast_expr *expr, int level,
                   struct print_style style)
{
    /* a ?? b < c is read wrongly by people, so the default is grouped where it is compared. */
    bool group = print_level(expr) < level ||
                 (expr->kind == EXPR_DEFAULT && level > LEVEL_AND && level <= LEVEL_DEFAULT + 1);
    if (group)
        buf_put_char(out, '(');
    print_expr(out, expr, style);
    if (group)
        buf_put_char(out, ')');
}

void print_expr(struct buf *out, const struct ast_expr *expr, struct print_style style)
{
    if (expr->kind == EXPR_NAME)
        print_name(out, expr, style);
    else if (expr->kind == EXPR_AGGREGATE)
        print_aggregate(out, expr->aggregate, style);
    else if (expr->kind == EXPR_CALL)
        print_call(out, expr, style);
    else if (expr->kind == EXPR_IN_LIST || expr->kind == EXPR_IN_SET)
        print_in(out, expr, style);
    else if (expr->kind == EXPR_IF)
        print_if(out, expr, style);
    else if (print_level(expr) == LEVEL_PRIMARY)
        print_literal(out, expr, style);
    else
        print_operators(out, expr, style);
}
