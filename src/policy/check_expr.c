/* One idea: one walk from the leaves up gives every expression its type; what follows from a
 * condition (a name is present) is learned before what the condition guards is looked at. */
#include "policy/check_int.h"

void check_poison(struct ast_expr *expr)
{
    expr->poisoned = true;
    expr->type = type_of(POLICY_BOOL);
}

bool check_poisoned(struct ast_expr *expr)
{
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (child->poisoned)
            check_poison(expr);
    }
    return expr->poisoned;
}

/* ---- what conditions show ---- */

size_t check_mark(const struct checker *checker)
{
    return checker->fact_count;
}

static void learn(struct checker *checker, struct ast_name *name)
{
    if (name->present_count > 0)
        return;
    if (checker->fact_count == checker->fact_capacity) {
        size_t capacity = checker->fact_capacity * 2 + 64;
        struct ast_name **facts = mem_array(checker->mem, checker->facts, checker->fact_capacity,
                                            capacity, sizeof *facts);
        if (facts == NULL) {
            checker->failed = true;
            return;
        }
        checker->facts = facts;
        checker->fact_capacity = capacity;
    }
    name->present_count++;
    checker->facts[checker->fact_count++] = name;
}

/* True by `truth`: `a and b` shows what both show when true, `a or b` when false. */
void check_learn(struct checker *checker, const struct ast_expr *expr, bool truth)
{
    if (expr->kind == (truth ? EXPR_PRESENT : EXPR_MISSING)) {
        const struct ast_expr *child = expr->first;
        if (child->kind == EXPR_NAME && child->word.name != NULL && !child->poisoned)
            learn(checker, child->word.name);
    } else if (expr->kind == EXPR_NOT) {
        check_learn(checker, expr->first, !truth);
    } else if (expr->kind == (truth ? EXPR_AND : EXPR_OR)) {
        for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
            check_learn(checker, child, truth);
    }
}

void check_forget(struct checker *checker, size_t mark)
{
    while (checker->fact_count > mark)
        checker->facts[--checker->fact_count]->present_count--;
}

/* ---- conditions ---- */

void check_present(struct checker *checker, struct ast_expr *expr)
{
    if (expr->poisoned || !expr->type.optional)
        return;
    struct view name = check_word(&expr->word);
    struct diag *diag;
    if (expr->kind == EXPR_NAME)
        diag = sink_add(checker->sink, CODE_MAY_BE_MISSING, expr->place,
                        "`%.*s` may be missing here", VIEW_ARG(name));
    else
        diag = sink_add(checker->sink, CODE_MAY_BE_MISSING, expr->place,
                        "this value may be missing%s",
                        expr->kind == EXPR_DIV ? " (when the divisor is zero)" : "");
    if (expr->kind == EXPR_NAME)
        diag_hint(diag, "give a value for that case with ??, or ask `%.*s is present` first",
                  VIEW_ARG(name));
    else
        diag_hint(diag, "give a value for that case with ??, as in (a / b ?? 0)");
    expr->type.optional = false;
    check_poison(expr);
}

void check_condition(struct checker *checker, struct ast_expr *expr, const char *what)
{
    check_expr(checker, expr);
    check_present(checker, expr);
    if (expr->poisoned || expr->type.base == POLICY_BOOL)
        return;
    char text[TYPE_TEXT_BYTES_MAX];
    diag_hint(sink_add(checker->sink, CODE_NOT_BOOL, expr->place, "%s is true or false, not %s",
                       what, type_text(&expr->type, text)),
              "compare it with something");
    check_poison(expr);
}

static void check_chain(struct checker *checker, struct ast_expr *expr)
{
    bool and = expr->kind == EXPR_AND;
    size_t mark = check_mark(checker);
    for (struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        check_condition(checker, child, and ? "each side of `and`" : "each side of `or`");
        check_learn(checker, child, and);
    }
    check_forget(checker, mark);
    expr->type = type_of(POLICY_BOOL);
    check_poisoned(expr);
}

static void check_presence(struct checker *checker, struct ast_expr *expr)
{
    check_expr(checker, expr->first);
    expr->type = type_of(POLICY_BOOL);
    if (!check_poisoned(expr) && !expr->first->type.optional)
        diag_hint(sink_add(checker->sink, CODE_NEVER_MISSING, expr->first->place,
                           "this is never missing here"),
                  expr->kind == EXPR_PRESENT ? "the test is always true; leave it out"
                                             : "the test is always false; leave it out");
}

static void check_text_test(struct checker *checker, struct ast_expr *expr)
{
    expr->type = type_of(POLICY_BOOL);
    for (struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        check_expr(checker, child);
        check_present(checker, child);
        if (child->poisoned || (policy_type_is_text(&child->type) && child->type.base != POLICY_IP))
            continue;
        char text[TYPE_TEXT_BYTES_MAX];
        sink_add(checker->sink, CODE_NOT_TEXT, child->place, "this is %s, not a text",
                 type_text(&child->type, text));
        check_poison(child);
    }
    check_poisoned(expr);
}

/* ---- literals ---- */

static void check_money(struct checker *checker, struct ast_expr *expr)
{
    expr->type = type_of(POLICY_MONEY);
    struct view code = check_word(&expr->word);
    if (!check_currency(checker, expr->place)) {
        check_poison(expr);
        return;
    }
    struct view own = view_of(money_currency_code(checker->currency));
    if (!view_equal(code, own)) {
        diag_hint(sink_add(checker->sink, CODE_OTHER_CURRENCY, expr->word.place,
                           "the currency of this policy is %.*s, not %.*s", VIEW_ARG(own),
                           VIEW_ARG(code)),
                  "write %.*s %.*s", VIEW_ARG(own), VIEW_ARG(expr->text));
        check_poison(expr);
        return;
    }
    char plain[64];
    size_t size = 0;
    for (size_t i = 0; i < expr->text.size_bytes && size < sizeof plain; i++) {
        if (expr->text.data[i] != '_')
            plain[size++] = expr->text.data[i];
    }
    unsigned exponent = money_currency_exponent(checker->currency);
    enum status status = money_parse((struct view){plain, size}, exponent, &expr->value.i64);
    if (status == STATUS_LIMIT)
        diag_hint(sink_add(checker->sink, CODE_MONEY_DECIMALS, expr->place,
                           "%.*s has %u decimals", VIEW_ARG(own), exponent),
                  "round the amount");
    else if (status != STATUS_OK)
        sink_add(checker->sink, CODE_OUT_OF_RANGE, expr->place, "this amount is too large");
    if (status != STATUS_OK)
        check_poison(expr);
}

static void check_not(struct checker *checker, struct ast_expr *expr)
{
    check_condition(checker, expr->first, "what follows `not`");
    expr->type = type_of(POLICY_BOOL);
    check_poisoned(expr);
}

static void check_leaf(struct checker *checker, struct ast_expr *expr)
{
    if (expr->kind == EXPR_MONEY) {
        check_money(checker, expr);
        return;
    }
    enum policy_base base = expr->kind == EXPR_BOOL ? POLICY_BOOL
                          : expr->kind == EXPR_INT ? POLICY_INT
                          : expr->kind == EXPR_DECIMAL ? POLICY_NUMBER
                          : expr->kind == EXPR_TEXT ? POLICY_TEXT
                          : expr->kind == EXPR_DURATION ? POLICY_DURATION : POLICY_TIME;
    expr->type = type_of(base);
    expr->flexible = expr->kind == EXPR_INT;
    if (expr->kind == EXPR_DATE)
        expr->value.i64 -= checker->ast->timezone_ms;
}

void check_expr(struct checker *checker, struct ast_expr *expr)
{
    switch (expr->kind) {
    case EXPR_BAD: check_poison(expr); break;
    case EXPR_BOOL: case EXPR_INT: case EXPR_DECIMAL: case EXPR_MONEY: case EXPR_TEXT:
    case EXPR_DURATION: case EXPR_DATE: check_leaf(checker, expr); break;
    case EXPR_NAME: check_name(checker, expr); break;
    case EXPR_AGGREGATE: check_aggregate(checker, expr); break;
    case EXPR_NOT: check_not(checker, expr); break;
    case EXPR_NEGATE: case EXPR_ADD: case EXPR_SUB: case EXPR_MUL: case EXPR_DIV:
        check_arithmetic(checker, expr); break;
    case EXPR_AND: case EXPR_OR: check_chain(checker, expr); break;
    case EXPR_EQ: case EXPR_NE: case EXPR_LT: case EXPR_LE: case EXPR_GT: case EXPR_GE:
        check_compare(checker, expr); break;
    case EXPR_DEFAULT: check_default(checker, expr); break;
    case EXPR_PRESENT: case EXPR_MISSING: check_presence(checker, expr); break;
    case EXPR_IN_LIST: check_in_list(checker, expr); break;
    case EXPR_IN_SET: check_set(checker, expr); break;
    case EXPR_IF: check_branches(checker, expr); break;
    case EXPR_STARTS: case EXPR_ENDS: case EXPR_CONTAINS: check_text_test(checker, expr); break;
    case EXPR_CALL: check_call(checker, expr); break;
    }
}
