/* One idea: which operators exist for which types is one table; everything else is an error that
 * says what there is. */
#include "policy/check_int.h"

/* Both operands' bases and the result's. Money times or divided by a number is fractional. */
static const struct {
    enum ast_kind kind;
    enum policy_base left, right, result;
    bool fractional;
} rules[] = {
    {EXPR_ADD, POLICY_INT, POLICY_INT, POLICY_INT, false},
    {EXPR_ADD, POLICY_NUMBER, POLICY_NUMBER, POLICY_NUMBER, false},
    {EXPR_ADD, POLICY_MONEY, POLICY_MONEY, POLICY_MONEY, false},
    {EXPR_ADD, POLICY_DURATION, POLICY_DURATION, POLICY_DURATION, false},
    {EXPR_ADD, POLICY_TIME, POLICY_DURATION, POLICY_TIME, false},
    {EXPR_ADD, POLICY_DURATION, POLICY_TIME, POLICY_TIME, false},
    {EXPR_SUB, POLICY_INT, POLICY_INT, POLICY_INT, false},
    {EXPR_SUB, POLICY_NUMBER, POLICY_NUMBER, POLICY_NUMBER, false},
    {EXPR_SUB, POLICY_MONEY, POLICY_MONEY, POLICY_MONEY, false},
    {EXPR_SUB, POLICY_DURATION, POLICY_DURATION, POLICY_DURATION, false},
    {EXPR_SUB, POLICY_TIME, POLICY_DURATION, POLICY_TIME, false},
    {EXPR_SUB, POLICY_TIME, POLICY_TIME, POLICY_DURATION, false},
    {EXPR_MUL, POLICY_INT, POLICY_INT, POLICY_INT, false},
    {EXPR_MUL, POLICY_NUMBER, POLICY_NUMBER, POLICY_NUMBER, false},
    {EXPR_MUL, POLICY_MONEY, POLICY_INT, POLICY_MONEY, false},
    {EXPR_MUL, POLICY_INT, POLICY_MONEY, POLICY_MONEY, false},
    {EXPR_MUL, POLICY_MONEY, POLICY_NUMBER, POLICY_MONEY, true},
    {EXPR_MUL, POLICY_NUMBER, POLICY_MONEY, POLICY_MONEY, true},
    {EXPR_MUL, POLICY_DURATION, POLICY_INT, POLICY_DURATION, false},
    {EXPR_MUL, POLICY_INT, POLICY_DURATION, POLICY_DURATION, false},
    {EXPR_DIV, POLICY_INT, POLICY_INT, POLICY_NUMBER, false},
    {EXPR_DIV, POLICY_NUMBER, POLICY_NUMBER, POLICY_NUMBER, false},
    {EXPR_DIV, POLICY_MONEY, POLICY_MONEY, POLICY_NUMBER, false},
    {EXPR_DIV, POLICY_DURATION, POLICY_DURATION, POLICY_NUMBER, false},
    {EXPR_DIV, POLICY_MONEY, POLICY_INT, POLICY_MONEY, true},
    {EXPR_DIV, POLICY_MONEY, POLICY_NUMBER, POLICY_MONEY, true},
};

static bool find_rule(struct ast_expr *expr, const struct policy_type *a,
                      const struct policy_type *b)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].kind != expr->kind || rules[i].left != a->base || rules[i].right != b->base)
            continue;
        expr->type = type_of(rules[i].result);
        expr->type.fractional = rules[i].fractional ||
            (rules[i].result == POLICY_MONEY && (a->fractional || b->fractional));
        return true;
    }
    return false;
}

static const char *operator_verb(enum ast_kind kind)
{
    return kind == EXPR_ADD ? "add" : kind == EXPR_SUB ? "subtract" : kind == EXPR_MUL ? "multiply"
                                                                                     : "divide";
}

static void no_rule(struct checker *checker, struct ast_expr *expr, const struct ast_expr *a,
                    const struct ast_expr *b)
{
    char text_a[TYPE_TEXT_BYTES_MAX], text_b[TYPE_TEXT_BYTES_MAX];
    struct diag *diag = sink_add(checker->sink, CODE_BAD_OPERANDS, expr->place,
                                 "cannot %s %s and %s", operator_verb(expr->kind),
                                 type_text(&a->type, text_a), type_text(&b->type, text_b));
    bool numbers = (a->type.base == POLICY_INT && b->type.base == POLICY_NUMBER) ||
                   (a->type.base == POLICY_NUMBER && b->type.base == POLICY_INT);
    bool amount = a->type.base == POLICY_MONEY || b->type.base == POLICY_MONEY;
    if (numbers)
        diag_hint(diag, "convert the int: number(x)");
    else if (amount && expr->kind == EXPR_MUL)
        diag_hint(diag, "money is multiplied by an int or a number");
    else if (amount && checker->has_currency)
        diag_hint(diag, "write an amount with its currency: %s 100.00",
                  money_currency_code(checker->currency));
    else if (a->type.base == POLICY_TIME && b->type.base == POLICY_INT)
        diag_hint(diag, "write a duration with its unit: at - 1h");
    check_poison(expr);
}

static bool is_zero(const struct ast_expr *expr)
{
    return expr->type.base == POLICY_NUMBER ? expr->value.f64 == 0 : expr->value.i64 == 0;
}

/* A quotient is missing when the divisor is zero, unless that can be seen not to happen. */
static void check_divisor(struct checker *checker, struct ast_expr *expr, struct ast_expr *divisor)
{
    bool literal = divisor->kind == EXPR_INT || divisor->kind == EXPR_DECIMAL ||
                   divisor->kind == EXPR_MONEY || divisor->kind == EXPR_DURATION;
    expr->type.optional = !literal;
    if (!literal || !is_zero(divisor))
        return;
    sink_add(checker->sink, CODE_DIVISION_BY_ZERO, divisor->place, "this divides by zero");
    check_poison(expr);
}

static void check_binary(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *a = expr->first;
    struct ast_expr *b = a->next;
    check_expr(checker, a);
    check_expr(checker, b);
    check_present(checker, a);
    check_present(checker, b);
    if (check_poisoned(expr))
        return;
    check_adapt(checker, a, &b->type);
    check_adapt(checker, b, &a->type);
    if (!find_rule(expr, &a->type, &b->type)) {
        no_rule(checker, expr, a, b);
        return;
    }
    expr->flexible = a->flexible && b->flexible && expr->kind != EXPR_DIV;
    if (expr->kind == EXPR_DIV)
        check_divisor(checker, expr, b);
}

static bool may_be_signed(const struct policy_type *type)
{
    return type->base == POLICY_INT || type->base == POLICY_NUMBER || type->base == POLICY_MONEY ||
           type->base == POLICY_DURATION;
}

static void wrong_argument(struct checker *checker, struct ast_expr *expr,
                           const struct ast_expr *argument, const char *what, const char *wants)
{
    char text[TYPE_TEXT_BYTES_MAX];
    sink_add(checker->sink, CODE_BAD_ARGUMENT, argument->place, "%s takes %s, not %s", what, wants,
             type_text(&argument->type, text));
    check_poison(expr);
}

void check_arithmetic(struct checker *checker, struct ast_expr *expr)
{
    if (expr->kind != EXPR_NEGATE) {
        check_binary(checker, expr);
        return;
    }
    struct ast_expr *operand = expr->first;
    check_expr(checker, operand);
    check_present(checker, operand);
    if (check_poisoned(expr))
        return;
    expr->type = operand->type;
    expr->flexible = operand->flexible;
    if (!may_be_signed(&operand->type))
        wrong_argument(checker, expr, operand, "a minus", "an int, number, money or duration");
}

/* ---- functions ---- */

static void call_extreme(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *first = expr->first;
    expr->type = first->type;
    expr->flexible = first->flexible;
    if (!type_ordered(&first->type)) {
        wrong_argument(checker, expr, first, ast_function_word(expr->function),
                       "values that have an order");
        return;
    }
    for (struct ast_expr *other = first->next; other != NULL; other = other->next) {
        check_adapt(checker, other, &expr->type);
        if (expr->flexible && other->type.base == POLICY_NUMBER) {
            for (struct ast_expr *back = first; back != other; back = back->next)
                check_adapt(checker, back, &other->type);
            expr->type.base = POLICY_NUMBER;
        }
        expr->flexible = expr->flexible && other->flexible;
        if (!type_same(&expr->type, &other->type)) {
            char a[TYPE_TEXT_BYTES_MAX], b[TYPE_TEXT_BYTES_MAX];
            sink_add(checker->sink, CODE_TYPE_MISMATCH, other->place, "cannot compare %s and %s",
                     type_text(&expr->type, a), type_text(&other->type, b));
            check_poison(expr);
            return;
        }
        expr->type.fractional |= other->type.fractional;
    }
}

static void call_rounding(struct checker *checker, struct ast_expr *expr)
{
    const struct ast_expr *argument = expr->first;
    bool number = argument->type.base == POLICY_NUMBER;
    bool money = argument->type.base == POLICY_MONEY && argument->type.fractional;
    expr->type = type_of(number ? POLICY_INT : POLICY_MONEY);
    if (!number && !money)
        wrong_argument(checker, expr, argument, ast_function_word(expr->function),
                       "a number or fractional money");
}

static void call_plain(struct checker *checker, struct ast_expr *expr)
{
    const struct policy_type *type = &expr->first->type;
    const char *word = ast_function_word(expr->function);
    if (expr->function == FUNCTION_ABS) {
        expr->type = *type;
        expr->flexible = expr->first->flexible;
        if (!may_be_signed(type))
            wrong_argument(checker, expr, expr->first, word, "an int, number, money or duration");
    } else if (expr->function == FUNCTION_NUMBER) {
        expr->type = type_of(POLICY_NUMBER);
        if (type->base != POLICY_INT)
            wrong_argument(checker, expr, expr->first, word, "an int");
    } else if (expr->function == FUNCTION_TEXT || expr->function == FUNCTION_LENGTH) {
        expr->type = type_of(expr->function == FUNCTION_TEXT ? POLICY_TEXT : POLICY_INT);
        if (!policy_type_is_text(type) || type->base == POLICY_IP)
            wrong_argument(checker, expr, expr->first, word, "a text, entity, id or ref");
    } else {
        expr->type = type_of(POLICY_INT);
        if (type->base != POLICY_TIME)
            wrong_argument(checker, expr, expr->first, word, "a time");
    }
}

static void wrong_count(struct checker *checker, struct ast_expr *expr, uint32_t least,
                        uint32_t most)
{
    const char *word = ast_function_word(expr->function);
    struct diag *diag = least == most
        ? sink_add(checker->sink, CODE_ARGUMENT_COUNT, expr->place, "%s takes %u argument, not %u",
                   word, least, expr->child_count)
        : sink_add(checker->sink, CODE_ARGUMENT_COUNT, expr->place,
                   "%s takes %u to %u arguments, not %u", word, least, most, expr->child_count);
    diag_hint(diag, least == most ? "give it one value" : "give it two or more values");
    check_poison(expr);
}

void check_call(struct checker *checker, struct ast_expr *expr)
{
    uint32_t least, most;
    ast_function_arity(expr->function, &least, &most);
    for (struct ast_expr *argument = expr->first; argument != NULL; argument = argument->next) {
        check_expr(checker, argument);
        check_present(checker, argument);
    }
    if (expr->child_count < least || expr->child_count > most) {
        wrong_count(checker, expr, least, most);
        return;
    }
    if (check_poisoned(expr))
        return;
    if (expr->function == FUNCTION_MIN || expr->function == FUNCTION_MAX)
        call_extreme(checker, expr);
    else if (expr->function == FUNCTION_ROUND || expr->function == FUNCTION_FLOOR ||
             expr->function == FUNCTION_CEIL)
        call_rounding(checker, expr);
    else
        call_plain(checker, expr);
}
