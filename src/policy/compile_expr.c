/* One idea: conditions become jumps and values become operands; types were decided by the checker,
 * so each case picks its instruction by whether it handles integers, doubles or texts. */
#include "policy/compile_int.h"

#include "base/assert.h"

bool compile_is_float(const struct policy_type *type)
{
    return type->base == POLICY_NUMBER || (type->base == POLICY_MONEY && type->fractional);
}

uint16_t compile_slot(const struct compiler *compiler, const struct ast_expr *expr)
{
    if (expr->kind == EXPR_AGGREGATE)
        return compiler->checker->windows[expr->aggregate->window].window.slot;
    const struct ast_name *name = expr->word.name;
    if (expr->meaning == MEANING_FIELD)
        return ast_field_of(name, compiler->event)->slot;
    return expr->meaning == MEANING_LET ? name->let->slot : name->model->slot;
}

/* A value that lies in a slot: no code is needed to have it. */
static bool in_slot(const struct ast_expr *expr)
{
    return expr->kind == EXPR_AGGREGATE ||
           (expr->kind == EXPR_NAME && expr->meaning != MEANING_CHOICE);
}

static uint32_t as_float(struct compiler *compiler, uint32_t operand,
                         const struct policy_type *type)
{
    if (compile_is_float(type))
        return operand;
    uint16_t dst = compile_temp(compiler);
    compile_emit(compiler, OP_FLOAT, dst, operand, 0);
    return OPERAND_TEMP | dst;
}

static uint32_t value_as(struct compiler *compiler, const struct ast_expr *expr, bool as_double,
                         struct label *missing)
{
    uint32_t operand = compile_value(compiler, expr, missing);
    return as_double ? as_float(compiler, operand, &expr->type) : operand;
}

/* ---- values ---- */

static uint32_t result(struct compiler *compiler, enum policy_op op, uint16_t dst, uint32_t a,
                       uint32_t b)
{
    compile_emit(compiler, op, dst, a, b);
    compiler->temp = (uint16_t)(dst + 1);
    return OPERAND_TEMP | dst;
}

static uint32_t compile_arithmetic(struct compiler *compiler, const struct ast_expr *expr,
                                   struct label *missing)
{
    bool as_double = compile_is_float(&expr->type);
    uint16_t dst = compile_temp(compiler);
    uint32_t a = value_as(compiler, expr->first, as_double, missing);
    if (expr->kind == EXPR_NEGATE)
        return result(compiler, as_double ? OP_NEG_F : OP_NEG_I, dst, a, 0);
    uint32_t b = value_as(compiler, expr->first->next, as_double, missing);
    if (expr->kind == EXPR_DIV) {
        if (expr->type.optional)
            compile_jump(compiler, OP_DIV_F, dst, a, b, missing);
        else
            compile_emit(compiler, OP_DIV_F, dst, a, b);
        compiler->temp = (uint16_t)(dst + 1);
        return OPERAND_TEMP | dst;
    }
    enum policy_op op = expr->kind == EXPR_ADD ? (as_double ? OP_ADD_F : OP_ADD_I)
                      : expr->kind == EXPR_SUB ? (as_double ? OP_SUB_F : OP_SUB_I)
                                               : (as_double ? OP_MUL_F : OP_MUL_I);
    return result(compiler, op, dst, a, b);
}

static uint32_t compile_extreme(struct compiler *compiler, const struct ast_expr *expr,
                                struct label *missing)
{
    bool as_double = compile_is_float(&expr->type);
    bool least = expr->function == FUNCTION_MIN;
    enum policy_op op = as_double ? (least ? OP_MIN_F : OP_MAX_F) : (least ? OP_MIN_I : OP_MAX_I);
    uint16_t dst = compile_temp(compiler);
    uint32_t best = value_as(compiler, expr->first, as_double, missing);
    for (const struct ast_expr *other = expr->first->next; other != NULL; other = other->next) {
        uint32_t value = value_as(compiler, other, as_double, missing);
        best = result(compiler, op, dst, best, value);
    }
    return best;
}

static uint32_t compile_call(struct compiler *compiler, const struct ast_expr *expr,
                             struct label *missing)
{
    static const enum policy_op ops[] = {
        [FUNCTION_ROUND] = OP_ROUND, [FUNCTION_FLOOR] = OP_FLOOR, [FUNCTION_CEIL] = OP_CEIL,
        [FUNCTION_NUMBER] = OP_FLOAT, [FUNCTION_LENGTH] = OP_LENGTH, [FUNCTION_HOUR] = OP_HOUR,
        [FUNCTION_MINUTE] = OP_MINUTE, [FUNCTION_WEEKDAY] = OP_WEEKDAY, [FUNCTION_DAY] = OP_DAY,
        [FUNCTION_MONTH] = OP_MONTH, [FUNCTION_YEAR] = OP_YEAR,
    };
    if (expr->function == FUNCTION_MIN || expr->function == FUNCTION_MAX)
        return compile_extreme(compiler, expr, missing);
    if (expr->function == FUNCTION_TEXT)
        return compile_value(compiler, expr->first, missing);
    enum policy_op op = ops[expr->function];
    if (expr->function == FUNCTION_ABS)
        op = compile_is_float(&expr->type) ? OP_ABS_F : OP_ABS_I;
    uint16_t dst = compile_temp(compiler);
    uint32_t a = compile_value(compiler, expr->first, missing);
    return result(compiler, op, dst, a, 0);
}

static bool leaf(const struct ast_expr *expr)
{
    return expr->first == NULL && !expr->type.optional;
}

static uint32_t compile_default(struct compiler *compiler, const struct ast_expr *expr,
                                struct label *missing)
{
    const struct ast_expr *a = expr->first;
    bool as_double = compile_is_float(&expr->type);
    uint16_t dst = compile_temp(compiler);
    bool one_class = compile_is_float(&a->type) == as_double &&
                     compile_is_float(&a->next->type) == as_double;
    if (in_slot(a) && leaf(a->next) && one_class) {
        uint32_t other = compile_value(compiler, a->next, missing);
        return result(compiler, OP_OR_ELSE, dst, compile_slot(compiler, a), other);
    }
    struct label absent = LABEL_NEW;
    struct label end = LABEL_NEW;
    result(compiler, OP_MOVE, dst, value_as(compiler, a, as_double, &absent), 0);
    compile_jump(compiler, OP_JUMP, 0, 0, 0, &end);
    compile_bind(compiler, &absent);
    result(compiler, OP_MOVE, dst, value_as(compiler, a->next, as_double, missing), 0);
    compile_bind(compiler, &end);
    return OPERAND_TEMP | dst;
}

static uint32_t compile_if(struct compiler *compiler, const struct ast_expr *expr,
                           struct label *missing)
{
    const struct ast_expr *yes = expr->first->next;
    bool as_double = compile_is_float(&expr->type);
    struct label otherwise = LABEL_NEW;
    struct label end = LABEL_NEW;
    uint16_t dst = compile_temp(compiler);
    compile_when(compiler, expr->first, false, &otherwise);
    result(compiler, OP_MOVE, dst, value_as(compiler, yes, as_double, missing), 0);
    compile_jump(compiler, OP_JUMP, 0, 0, 0, &end);
    compile_bind(compiler, &otherwise);
    result(compiler, OP_MOVE, dst, value_as(compiler, yes->next, as_double, missing), 0);
    compile_bind(compiler, &end);
    return OPERAND_TEMP | dst;
}

/* A condition whose answer is wanted as a value. */
static uint32_t compile_answer(struct compiler *compiler, const struct ast_expr *expr)
{
    struct label no = LABEL_NEW;
    struct label end = LABEL_NEW;
    uint16_t dst = compile_temp(compiler);
    compile_when(compiler, expr, false, &no);
    compile_emit(compiler, OP_MOVE, dst, compile_constant(compiler,
                 (union policy_value){.i64 = 1}), 0);
    compile_jump(compiler, OP_JUMP, 0, 0, 0, &end);
    compile_bind(compiler, &no);
    compile_emit(compiler, OP_MOVE, dst, compile_constant(compiler,
                 (union policy_value){.i64 = 0}), 0);
    compile_bind(compiler, &end);
    compiler->temp = (uint16_t)(dst + 1);
    return OPERAND_TEMP | dst;
}

static uint32_t compile_stored(struct compiler *compiler, const struct ast_expr *expr,
                               struct label *missing)
{
    uint16_t slot = compile_slot(compiler, expr);
    if (expr->type.optional)
        compile_jump(compiler, OP_JUMP_MISSING, 0, slot, 0, missing);
    return OPERAND_SLOT | slot;
}

uint32_t compile_value(struct compiler *compiler, const struct ast_expr *expr,
                       struct label *missing)
{
    if (in_slot(expr))
        return compile_stored(compiler, expr, missing);
    if (expr->first == NULL)
        return compile_constant(compiler, expr->value);
    if (expr->kind == EXPR_IF)
        return compile_if(compiler, expr, missing);
    if (expr->kind == EXPR_DEFAULT)
        return compile_default(compiler, expr, missing);
    if (expr->kind == EXPR_CALL)
        return compile_call(compiler, expr, missing);
    if (expr->kind == EXPR_NEGATE || (expr->kind >= EXPR_ADD && expr->kind <= EXPR_DIV))
        return compile_arithmetic(compiler, expr, missing);
    return compile_answer(compiler, expr);
}

/* ---- conditions ---- */

static void compile_chain(struct compiler *compiler, const struct ast_expr *expr, bool when,
                          struct label *to)
{
    bool decides = expr->kind == EXPR_OR; /* the answer of one operand that decides all */
    struct label skip = LABEL_NEW;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (decides == when)
            compile_when(compiler, child, when, to);
        else
            compile_when(compiler, child, child->next != NULL ? decides : when,
                         child->next != NULL ? &skip : to);
    }
    compile_bind(compiler, &skip);
}

/* The order of two values: a < b, or a <= b where `or_equal`. */
static enum policy_op order_op(bool float_a, bool float_b, bool or_equal)
{
    if (float_a && float_b)
        return or_equal ? OP_JUMP_LE_F : OP_JUMP_LT_F;
    if (float_a)
        return or_equal ? OP_JUMP_LE_FI : OP_JUMP_LT_FI;
    if (float_b)
        return or_equal ? OP_JUMP_LE_IF : OP_JUMP_LT_IF;
    return or_equal ? OP_JUMP_LE_I : OP_JUMP_LT_I;
}

static void jump_equal(struct compiler *compiler, const struct policy_type *type_a, uint32_t a,
                       const struct policy_type *type_b, uint32_t b, bool equal, struct label *to)
{
    bool float_a = compile_is_float(type_a);
    bool float_b = compile_is_float(type_b);
    enum policy_op op = equal ? OP_JUMP_EQ_I : OP_JUMP_NE_I;
    if (policy_type_is_text(type_a))
        op = equal ? OP_JUMP_EQ_T : OP_JUMP_NE_T;
    else if (float_a && float_b)
        op = equal ? OP_JUMP_EQ_F : OP_JUMP_NE_F;
    else if (float_a || float_b)
        op = equal ? OP_JUMP_EQ_IF : OP_JUMP_NE_IF;
    bool swap = float_a && !float_b;
    compile_jump(compiler, op, 0, swap ? b : a, swap ? a : b, to);
}

static void compile_compare(struct compiler *compiler, const struct ast_expr *expr, bool when,
                            struct label *to)
{
    const struct ast_expr *left = expr->first;
    const struct ast_expr *right = left->next;
    uint32_t a = compile_value(compiler, left, NULL);
    uint32_t b = compile_value(compiler, right, NULL);
    if (expr->kind == EXPR_EQ || expr->kind == EXPR_NE) {
        jump_equal(compiler, &left->type, a, &right->type, b, (expr->kind == EXPR_EQ) == when, to);
        return;
    }
    bool float_a = compile_is_float(&left->type);
    bool float_b = compile_is_float(&right->type);
    /* a > b is b < a, and not (a < b) is b <= a: values are finite, so there is no third case. */
    bool greater = expr->kind == EXPR_GT || expr->kind == EXPR_GE;
    bool or_equal = (expr->kind == EXPR_LE || expr->kind == EXPR_GE) == when;
    if (greater == when)
        compile_jump(compiler, order_op(float_b, float_a, or_equal), 0, b, a, to);
    else
        compile_jump(compiler, order_op(float_a, float_b, or_equal), 0, a, b, to);
}

static void compile_presence(struct compiler *compiler, const struct ast_expr *expr, bool when,
                             struct label *to)
{
    const struct ast_expr *child = expr->first;
    bool present = (expr->kind == EXPR_PRESENT) == when; /* go when it is present */
    if (in_slot(child) && child->type.optional) {
        compile_jump(compiler, present ? OP_JUMP_PRESENT : OP_JUMP_MISSING, 0,
                     compile_slot(compiler, child), 0, to);
        return;
    }
    struct label missing = LABEL_NEW;
    struct label end = LABEL_NEW;
    compile_value(compiler, child, &missing);
    compile_jump(compiler, OP_JUMP, 0, 0, 0, present ? to : &end);
    compile_bind(compiler, &missing);
    if (!present && child->type.optional)
        compile_jump(compiler, OP_JUMP, 0, 0, 0, to);
    compile_bind(compiler, &end);
}

static void jump_member(struct compiler *compiler, const struct ast_expr *value, uint32_t operand,
                        const struct ast_expr *member, struct label *to)
{
    uint16_t temp = compiler->temp;
    bool range = member->kind == EXPR_TEXT && member->type.base == POLICY_IP;
    if (range)
        compile_jump(compiler, OP_JUMP_RANGE, 1, operand,
                     compile_range(compiler, member->bytes, member->prefix_bits), to);
    else
        jump_equal(compiler, &value->type, operand, &member->type,
                   compile_value(compiler, member, NULL), true, to);
    compiler->temp = temp;
}

static void compile_set(struct compiler *compiler, const struct ast_expr *expr, bool when,
                        struct label *to)
{
    const struct ast_expr *value = expr->first;
    struct label found = LABEL_NEW;
    bool inside = when != expr->negated; /* go when it is among them */
    uint32_t operand = compile_value(compiler, value, NULL);
    for (const struct ast_expr *member = value->next; member != NULL; member = member->next)
        jump_member(compiler, value, operand, member, inside ? to : &found);
    if (!inside)
        compile_jump(compiler, OP_JUMP, 0, 0, 0, to);
    compile_bind(compiler, &found);
}

static void compile_list(struct compiler *compiler, const struct ast_expr *expr, bool when,
                         struct label *to)
{
    const struct ast_list *list = expr->word.name->list;
    uint32_t value = compile_value(compiler, expr->first, NULL);
    uint32_t key = OPERAND_NONE;
    if (list->key.name != NULL)
        key = ast_field_of(list->key.name, compiler->event)->slot;
    bool inside = when != expr->negated;
    compile_jump(compiler, OP_JUMP_LIST, (uint16_t)(list->index * 2 + inside), value, key, to);
}

static void compile_text_test(struct compiler *compiler, const struct ast_expr *expr, bool when,
                              struct label *to)
{
    enum policy_op op = expr->kind == EXPR_STARTS ? OP_JUMP_STARTS
                      : expr->kind == EXPR_ENDS ? OP_JUMP_ENDS : OP_JUMP_CONTAINS;
    uint32_t a = compile_value(compiler, expr->first, NULL);
    uint32_t b = compile_value(compiler, expr->first->next, NULL);
    compile_jump(compiler, op, when, a, b, to);
}

static void compile_plain(struct compiler *compiler, const struct ast_expr *expr, bool when,
                          struct label *to)
{
    if (expr->kind == EXPR_BOOL) {
        if ((expr->value.i64 != 0) == when)
            compile_jump(compiler, OP_JUMP, 0, 0, 0, to);
        return;
    }
    uint32_t value = compile_value(compiler, expr, NULL);
    compile_jump(compiler, when ? OP_JUMP_TRUE : OP_JUMP_FALSE, 0, value, 0, to);
}

void compile_when(struct compiler *compiler, const struct ast_expr *expr, bool when,
                  struct label *to)
{
    uint16_t temp = compiler->temp;
    if (expr->kind == EXPR_NOT)
        compile_when(compiler, expr->first, !when, to);
    else if (expr->kind == EXPR_AND || expr->kind == EXPR_OR)
        compile_chain(compiler, expr, when, to);
    else if (expr->kind >= EXPR_EQ && expr->kind <= EXPR_GE)
        compile_compare(compiler, expr, when, to);
    else if (expr->kind == EXPR_PRESENT || expr->kind == EXPR_MISSING)
        compile_presence(compiler, expr, when, to);
    else if (expr->kind == EXPR_IN_SET)
        compile_set(compiler, expr, when, to);
    else if (expr->kind == EXPR_IN_LIST)
        compile_list(compiler, expr, when, to);
    else if (expr->kind == EXPR_STARTS || expr->kind == EXPR_ENDS || expr->kind == EXPR_CONTAINS)
        compile_text_test(compiler, expr, when, to);
    else
        compile_plain(compiler, expr, when, to);
    compiler->temp = temp;
}
