/* One idea: the parts of a rule are compiled again, each on its own, into code beside the policy's;
 * the frame of an event is copied, so that asking them leaves no trace.
 *
 * A part relies on what the parts before it have shown to be present. While nothing is decided that
 * holds; afterwards a part is asked only when all that it takes to be present is. */
#include "policy/explain.h"

#include <string.h>

#include "base/assert.h"
#include "policy/build_int.h"
#include "policy/print.h"

struct condition {
    uint16_t when_count;
    uint16_t part_count;
    bool when_any;              /* the parts of `when` are joined by `or` */
    bool unless_any;
    struct policy_explain_part *parts;
    uint32_t *codes;            /* of each part */
};

struct policy_explain {
    struct mem *mem;
    struct arena arena;
    struct policy policy;       /* the policy, with the code of the parts for its own */
    struct condition *conditions; /* by rule; of other events: nothing */
    struct policy_frame frame;
};

/* ---- parts ---- */

static bool is_chain(const struct ast_expr *expr)
{
    return expr->kind == EXPR_AND || expr->kind == EXPR_OR;
}

static uint16_t count_parts(const struct ast_expr *expr)
{
    return expr == NULL ? 0 : is_chain(expr) ? (uint16_t)expr->child_count : 1;
}

static size_t count_reads(const struct ast_expr *expr)
{
    size_t count = expr->kind == EXPR_NAME || expr->kind == EXPR_AGGREGATE;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        count += count_reads(child);
    return count;
}

static struct view text_of(struct compiler *compiler, const struct ast_expr *expr)
{
    struct buf text;
    buf_init(&text, compiler->checker->mem);
    print_expr(&text, expr, (struct print_style){.bare = false});
    struct view kept = arena_copy(compiler->checker->arena, buf_view(&text));
    compiler->failed = compiler->failed || text.failed || kept.data == NULL;
    buf_done(&text);
    return kept;
}

/* The type that a name has where nothing is known of it. */
static struct policy_type declared_type(const struct compiler *compiler,
                                        const struct ast_expr *expr)
{
    if (expr->kind == EXPR_NAME && expr->meaning == MEANING_FIELD)
        return ast_field_of(expr->word.name, compiler->event)->type;
    if (expr->kind == EXPR_NAME && expr->meaning == MEANING_LET)
        return expr->word.name->let->type;
    return expr->type;
}

static void add_operand(struct compiler *compiler, const struct ast_expr *expr,
                        struct policy_operand *operands, uint16_t *count)
{
    uint16_t slot = compile_slot(compiler, expr);
    uint16_t at = 0;
    while (at < *count && operands[at].slot != slot)
        at++;
    if (at == *count)
        operands[(*count)++] = (struct policy_operand){
            expr->kind == EXPR_NAME ? expr->word.name->text : text_of(compiler, expr), slot,
            declared_type(compiler, expr), false};
    operands[at].assumed = operands[at].assumed || !expr->type.optional;
}

static void find_operands(struct compiler *compiler, const struct ast_expr *expr,
                          struct policy_operand *operands, uint16_t *count)
{
    if ((expr->kind == EXPR_NAME && expr->meaning != MEANING_CHOICE) ||
        expr->kind == EXPR_AGGREGATE)
        add_operand(compiler, expr, operands, count);
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        find_operands(compiler, child, operands, count);
}

static void add_part(struct compiler *compiler, const struct ast_expr *expr, bool unless,
                     struct condition *condition)
{
    uint16_t index = condition->part_count++;
    struct policy_explain_part *part = &condition->parts[index];
    struct policy_operand *operands =
        check_make(compiler->checker, count_reads(expr), sizeof *operands);
    part->unless = unless;
    part->text = text_of(compiler, expr);
    part->operands = operands;
    if (operands != NULL)
        find_operands(compiler, expr, operands, &part->operand_count);
    condition->codes[index] = compile_question(compiler, expr, NULL);
}

static void add_parts(struct compiler *compiler, const struct ast_expr *expr, bool unless,
                      struct condition *condition)
{
    if (expr == NULL)
        return;
    if (!is_chain(expr)) {
        add_part(compiler, expr, unless, condition);
        return;
    }
    for (const struct ast_expr *child = expr->first; child != NULL && !compiler->failed;
         child = child->next)
        add_part(compiler, child, unless, condition);
}

static void add_rule(struct compiler *compiler, const struct ast_rule *rule,
                     struct condition *condition)
{
    struct checker *checker = compiler->checker;
    size_t count = (size_t)count_parts(rule->when) + count_parts(rule->unless);
    condition->parts = check_make(checker, count, sizeof *condition->parts);
    condition->codes = check_make(checker, count, sizeof *condition->codes);
    if (checker->failed)
        return;
    condition->when_any = rule->when->kind == EXPR_OR;
    condition->unless_any = rule->unless != NULL && rule->unless->kind == EXPR_OR;
    add_parts(compiler, rule->when, false, condition);
    condition->when_count = condition->part_count;
    add_parts(compiler, rule->unless, true, condition);
}

/* ---- making ---- */

/* The checker's view of a policy that was compiled long ago: as much as compiling asks for. */
static enum status revive(struct policy_explain *explain, const struct policy *policy,
                          struct checker *checker)
{
    *checker = (struct checker){.arena = &explain->arena, .mem = explain->mem,
                                .ast = &policy->body->ast, .slot_count = policy->slot_count};
    checker->windows = check_make(checker, policy->window_count, sizeof *checker->windows);
    for (uint16_t i = 0; checker->windows != NULL && i < policy->window_count; i++)
        checker->windows[i].window = policy->windows[i];
    return checker->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status make_frame(struct policy_explain *explain)
{
    const struct policy *policy = &explain->policy;
    explain->frame.values = arena_array(&explain->arena, policy->value_count,
                                        sizeof *explain->frame.values);
    explain->frame.present = arena_array(&explain->arena, policy->slot_count,
                                         sizeof *explain->frame.present);
    if (explain->frame.values == NULL || explain->frame.present == NULL)
        return STATUS_NO_MEMORY;
    policy_frame_init(policy, explain->frame.values);
    return STATUS_OK;
}

static enum status make_all(struct policy_explain *explain, const struct policy *policy,
                            uint16_t event, struct checker *checker)
{
    enum status status = revive(explain, policy, checker);
    if (status != STATUS_OK)
        return status;
    explain->conditions = check_make(checker, policy->rule_count, sizeof *explain->conditions);
    struct compiler compiler = {.checker = checker, .event = event};
    for (const struct ast_rule *rule = policy->body->ast.first_rule;
         rule != NULL && !checker->failed && !compiler.failed; rule = rule->next) {
        if (rule->event_index == event)
            add_rule(&compiler, rule, &explain->conditions[rule->index]);
    }
    bool large = compiler.count >= POLICY_CODE_MAX;
    if (!large && !checker->failed && !compiler.failed)
        compile_keep(&compiler, &explain->policy);
    compile_done(&compiler);
    if (large)
        return STATUS_LIMIT;
    return checker->failed || compiler.failed ? STATUS_NO_MEMORY : make_frame(explain);
}

enum status policy_explain_new(const struct policy *policy, uint16_t event, struct mem *mem,
                               struct policy_explain **ret_explain)
{
    ASSERT(event < policy->event_count);
    struct policy_explain *explain = mem_zeroed(mem, sizeof *explain);
    struct checker *checker = mem_zeroed(mem, sizeof *checker);
    enum status status = STATUS_NO_MEMORY;
    if (explain != NULL) {
        explain->mem = mem;
        explain->policy = *policy;
        arena_init(&explain->arena, mem, 0);
    }
    if (explain != NULL && checker != NULL)
        status = make_all(explain, policy, event, checker);
    mem_free(mem, checker, sizeof *checker);
    if (status != STATUS_OK) {
        policy_explain_free(explain);
        return status;
    }
    *ret_explain = explain;
    return STATUS_OK;
}

void policy_explain_free(struct policy_explain *explain)
{
    if (explain == NULL)
        return;
    struct mem *mem = explain->mem;
    arena_done(&explain->arena);
    mem_free(mem, explain, sizeof *explain);
}

const struct policy_explain_part *policy_explain_parts(const struct policy_explain *explain,
                                                       uint16_t rule, uint16_t *ret_count)
{
    const struct condition *condition = &explain->conditions[rule];
    *ret_count = condition->part_count;
    return condition->parts;
}

/* ---- asking ---- */

/* Whether a part can be asked. decided: what was asked before it need not hold. What is never
 * missing by its type may be: a model without a score, a let whose arithmetic failed. */
static bool can_ask(const struct policy_explain *explain, const struct policy_explain_part *part,
                    bool decided)
{
    for (uint16_t i = 0; i < part->operand_count; i++) {
        const struct policy_operand *operand = &part->operands[i];
        if (!explain->frame.present[operand->slot] && operand->assumed &&
            (decided || !operand->type.optional))
            return false;
    }
    return true;
}

static enum policy_explain_truth ask_part(struct policy_explain *explain, uint32_t code)
{
    bool answer = false;
    if (policy_ask(&explain->policy, code, &explain->frame, &answer) != STATUS_OK)
        return POLICY_PART_OVERFLOW;
    return answer ? POLICY_PART_TRUE : POLICY_PART_FALSE;
}

/* Asks the parts from `first` to before `end`; returns whether what stands behind them may still
 * rely on them: all of it was asked in order, and what it came to is `wanted`. */
static bool ask_chain(struct policy_explain *explain, const struct condition *condition,
                      uint16_t first, uint16_t end, bool any, bool decided,
                      enum policy_explain_truth *ret_truths)
{
    enum policy_explain_truth goes_on = any ? POLICY_PART_FALSE : POLICY_PART_TRUE;
    enum policy_explain_truth last = any ? POLICY_PART_FALSE : POLICY_PART_TRUE;
    for (uint16_t i = first; i < end; i++) {
        bool can = can_ask(explain, &condition->parts[i], decided);
        ret_truths[i] = can ? ask_part(explain, condition->codes[i]) : POLICY_PART_NOT_ASKED;
        if (!decided)
            last = ret_truths[i];
        decided = decided || ret_truths[i] != goes_on;
    }
    return last == POLICY_PART_TRUE;
}

void policy_explain_ask(struct policy_explain *explain, uint16_t rule,
                        const struct policy_frame *frame,
                        enum policy_explain_truth *ret_truths)
{
    const struct condition *condition = &explain->conditions[rule];
    uint16_t slots = explain->policy.slot_count;
    memcpy(explain->frame.values, frame->values, slots * sizeof frame->values[0]);
    memcpy(explain->frame.present, frame->present, slots * sizeof frame->present[0]);
    explain->frame.at_ms = frame->at_ms;
    explain->frame.lists = frame->lists;
    bool fires = ask_chain(explain, condition, 0, condition->when_count, condition->when_any,
                           false, ret_truths);
    ask_chain(explain, condition, condition->when_count, condition->part_count,
              condition->unless_any, !fires, ret_truths);
}
