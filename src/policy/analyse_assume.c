/* One idea: assume that a condition holds and see what it says about each term; when nothing is
 * left for one of them, the condition cannot hold. Alternatives are tried one by one, each from the
 * same facts; what cannot be looked at within the limits may hold. */
#include "policy/analyse_int.h"

static bool assume(struct assumer *assumer, const struct ast_expr *expr, bool truth);

/* ---- operators ---- */

static enum ast_kind denied(enum ast_kind op)
{
    return op == EXPR_EQ ? EXPR_NE : op == EXPR_NE ? EXPR_EQ
         : op == EXPR_LT ? EXPR_GE : op == EXPR_GE ? EXPR_LT
         : op == EXPR_GT ? EXPR_LE : EXPR_GT;
}

static enum ast_kind mirrored(enum ast_kind op)
{
    return op == EXPR_LT ? EXPR_GT : op == EXPR_GT ? EXPR_LT
         : op == EXPR_LE ? EXPR_GE : op == EXPR_GE ? EXPR_LE : op;
}

static bool holds(struct constant a, enum ast_kind op, struct constant b)
{
    double left = a.real ? a.f64 : 0;
    double right = b.real ? b.f64 : 0;
    int order = a.real || b.real ? (left > right) - (left < right)
                                 : (a.i64 > b.i64) - (a.i64 < b.i64);
    return op == EXPR_EQ ? order == 0 : op == EXPR_NE ? order != 0
         : op == EXPR_LT ? order < 0 : op == EXPR_LE ? order <= 0
         : op == EXPR_GT ? order > 0 : order >= 0;
}

/* ---- alternatives ---- */

/* Whether one of the alternatives, each two assumptions, may be. What the only possible one says
 * is kept. */
static bool assume_any(struct assumer *assumer, const struct assumption (*alternatives)[2],
                       size_t count)
{
    if (assumer->nest == ANALYSE_NEST_MAX)
        return true;
    struct facts *before = &assumer->saved[assumer->nest * 2];
    struct facts *kept = before + 1;
    size_t possible = 0;
    facts_copy(before, assumer->facts);
    assumer->nest++;
    for (size_t i = 0; i < count && possible < 2; i++) {
        facts_copy(assumer->facts, before);
        bool may_be = true;
        for (size_t part = 0; part < 2 && may_be; part++) {
            const struct assumption *item = &alternatives[i][part];
            may_be = item->expr == NULL || assume(assumer, item->expr, item->truth);
        }
        if (may_be && possible++ == 0)
            facts_copy(kept, assumer->facts);
    }
    assumer->nest--;
    facts_copy(assumer->facts, possible == 1 ? kept : before);
    assumer->open |= possible > 1;
    return possible > 0;
}

/* `or` when true, `and` when false: one of the children is so. */
static bool assume_one_of(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    struct assumption alternatives[16][2] = {{{NULL, false}}};
    size_t count = 0;
    if (expr->child_count > 16)
        return true;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        alternatives[count++][0] = (struct assumption){child, truth};
    return assume_any(assumer, (const struct assumption (*)[2])alternatives, count);
}

static bool assume_all_of(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (!assume(assumer, child, truth))
            return false;
    }
    return true;
}

static bool assume_if(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    const struct ast_expr *yes = expr->first->next;
    const struct assumption alternatives[2][2] = {
        {{expr->first, true}, {yes, truth}},
        {{expr->first, false}, {yes->next, truth}},
    };
    return assume_any(assumer, alternatives, 2);
}

/* ---- terms ---- */

/* A bool that is not looked into. */
static bool assume_term(struct assumer *assumer, const struct term *term, bool truth)
{
    return term == NULL || facts_bound(assumer->facts, term, EXPR_EQ,
                                       (struct constant){.i64 = truth});
}

static bool assume_presence(struct assumer *assumer, const struct ast_expr *expr, bool present)
{
    if (!expr->type.optional)
        return present;
    const struct term *term = term_of(assumer->terms, expr);
    return term == NULL || facts_presence(assumer->facts, term, present);
}

static bool bound(struct assumer *assumer, const struct ast_expr *expr, enum ast_kind op,
                  struct constant value);

/* (x ?? other) OP value: where `other` would not do, x is there and does. */
static bool bound_default(struct assumer *assumer, const struct ast_expr *expr, enum ast_kind op,
                          struct constant value)
{
    struct constant other;
    const struct ast_expr *first = expr->first;
    if (!term_constant(assumer->terms, first->next, &other) || other.real != value.real)
        return true;
    const struct term *term = term_of(assumer->terms, first);
    if (term == NULL)
        return true;
    if (holds(other, op, value))
        return !facts_present(assumer->facts, term) || bound(assumer, first, op, value);
    return assume_presence(assumer, first, true) && bound(assumer, first, op, value);
}

static bool bound(struct assumer *assumer, const struct ast_expr *expr, enum ast_kind op,
                  struct constant value)
{
    if (expr->type.base == POLICY_BOOL && !expr->type.optional)
        return assume(assumer, expr, (op == EXPR_EQ) == (value.i64 != 0));
    const struct term *term = term_of(assumer->terms, expr);
    if (term == NULL || !facts_bound(assumer->facts, term, op, value))
        return term == NULL;
    return expr->kind != EXPR_DEFAULT || bound_default(assumer, expr, op, value);
}

/* ---- comparisons ---- */

static bool assume_relation(struct assumer *assumer, const struct term *a, enum ast_kind op,
                            const struct term *b, bool truth)
{
    const struct term *relation = term_relation(assumer->terms, a, op, b);
    return relation == NULL || facts_bound(assumer->facts, relation, EXPR_EQ,
                                           (struct constant){.i64 = truth});
}

static bool assume_equal(struct assumer *assumer, const struct term *a, const struct term *b,
                         bool truth)
{
    return assume_relation(assumer, a, EXPR_EQ, b, truth) &&
           assume_relation(assumer, b, EXPR_EQ, a, truth);
}

/* Of a < b, a == b and b < a exactly one is true. op: neither > nor >=. */
static bool assume_order(struct assumer *assumer, const struct term *a, enum ast_kind op,
                         const struct term *b)
{
    if (op == EXPR_NE)
        return assume_equal(assumer, a, b, false);
    bool less = op == EXPR_LT;
    bool equal = op == EXPR_EQ;
    return assume_relation(assumer, b, EXPR_LT, a, false) &&
           (!less || assume_relation(assumer, a, EXPR_LT, b, true)) &&
           (!less || assume_equal(assumer, a, b, false)) &&
           (!equal || assume_relation(assumer, a, EXPR_LT, b, false)) &&
           (!equal || assume_equal(assumer, a, b, true));
}

static bool assume_compare(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    const struct ast_expr *a = expr->first;
    const struct ast_expr *b = a->next;
    enum ast_kind op = truth ? expr->kind : denied(expr->kind);
    struct constant left, right;
    bool left_known = term_constant(assumer->terms, a, &left);
    bool right_known = term_constant(assumer->terms, b, &right);
    if (left_known && right_known)
        return holds(left, op, right);
    if (right_known)
        return bound(assumer, a, op, right);
    if (left_known)
        return bound(assumer, b, mirrored(op), left);
    const struct term *first = term_of(assumer->terms, a);
    const struct term *second = term_of(assumer->terms, b);
    if (first == NULL || second == NULL)
        return true;
    if (first == second)
        return op == EXPR_EQ || op == EXPR_LE || op == EXPR_GE;
    if (op == EXPR_GT || op == EXPR_GE)
        return assume_order(assumer, second, mirrored(op), first);
    return assume_order(assumer, first, op, second);
}

/* ---- the rest ---- */

/* The members of a set that are all written down; 0 when they are not or are too many. */
static size_t members(struct assumer *assumer, const struct ast_expr *expr,
                      struct constant values[32])
{
    size_t count = 0;
    for (const struct ast_expr *at = expr->first->next; at != NULL; at = at->next) {
        if (count == 32 || !term_constant(assumer->terms, at, &values[count]))
            return 0;
        count++;
    }
    return count;
}

static bool assume_set(struct assumer *assumer, const struct ast_expr *expr, bool inside)
{
    struct constant values[32];
    const struct ast_expr *value = expr->first;
    const struct term *term = term_of(assumer->terms, value);
    size_t count = term == NULL ? 0 : members(assumer, expr, values);
    if (count == 0)
        return true;
    if (inside)
        return facts_among(assumer->facts, term, values, count);
    for (size_t i = 0; i < count; i++) {
        if (!facts_bound(assumer->facts, term, EXPR_NE, values[i]))
            return false;
    }
    return true;
}

static bool assume_in(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    bool inside = truth != expr->negated;
    return assume_term(assumer, term_inside(assumer->terms, expr), inside) &&
           (expr->kind == EXPR_IN_LIST || assume_set(assumer, expr, inside));
}

/* A let stands for its expression, as long as it is not missing. */
static bool assume_name(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    if (!assume_term(assumer, term_of(assumer->terms, expr), truth))
        return false;
    if (expr->meaning != MEANING_LET || assumer->let_depth == ANALYSE_LET_DEPTH_MAX ||
        expr->word.name->let->type.optional)
        return true;
    assumer->let_depth++;
    bool may_be = assume(assumer, expr->word.name->let->expr, truth);
    assumer->let_depth--;
    return may_be;
}

static bool assume_default(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    return assume_term(assumer, term_of(assumer->terms, expr), truth) &&
           bound_default(assumer, expr, EXPR_EQ, (struct constant){.i64 = truth});
}

static bool assume_kind(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    if (expr->kind == EXPR_NOT)
        return assume(assumer, expr->first, !truth);
    if (expr->kind == EXPR_AND || expr->kind == EXPR_OR)
        return (expr->kind == EXPR_AND) == truth ? assume_all_of(assumer, expr, truth)
                                                 : assume_one_of(assumer, expr, truth);
    if (expr->kind == EXPR_BOOL)
        return (expr->value.i64 != 0) == truth;
    if (expr->kind == EXPR_NAME)
        return assume_name(assumer, expr, truth);
    if (expr->kind >= EXPR_EQ && expr->kind <= EXPR_GE)
        return assume_compare(assumer, expr, truth);
    if (expr->kind == EXPR_PRESENT || expr->kind == EXPR_MISSING)
        return assume_presence(assumer, expr->first, (expr->kind == EXPR_PRESENT) == truth);
    if (expr->kind == EXPR_IN_LIST || expr->kind == EXPR_IN_SET)
        return assume_in(assumer, expr, truth);
    if (expr->kind == EXPR_IF)
        return assume_if(assumer, expr, truth);
    if (expr->kind == EXPR_DEFAULT)
        return assume_default(assumer, expr, truth);
    return assume_term(assumer, term_of(assumer->terms, expr), truth);
}

/* False when the condition cannot be so together with the facts at hand. */
static bool assume(struct assumer *assumer, const struct ast_expr *expr, bool truth)
{
    if (assumer->steps == 0)
        return true;
    assumer->steps--;
    bool may_be = assume_kind(assumer, expr, truth) || assumer->terms->failed;
    bool leaf = expr->kind != EXPR_AND && expr->kind != EXPR_NOT;
    if (!may_be && assumer->let_depth == 0 && leaf)
        assumer->culprit = expr;
    return may_be;
}

bool assume_contradicts(struct assumer *assumer, const struct assumption *items, size_t count)
{
    assumer->facts->count = 0;
    assumer->facts->excluded_count = 0;
    assumer->nest = 0;
    assumer->let_depth = 0;
    assumer->steps = ANALYSE_STEPS_MAX;
    assumer->open = false;
    assumer->culprit = NULL;
    /* Twice, so that alternatives are tried against what stands behind them, too. */
    for (size_t i = 0; i < count * (assumer->open ? 2 : 1); i++) {
        const struct assumption *item = &items[i % count];
        if (item->expr != NULL && !assume(assumer, item->expr, item->truth))
            return true;
    }
    return false;
}
