/* One idea: code is laid down from front to back; a jump is written before its target is known and
 * waits in the target's chain. Missing values never lie anywhere: they are a jump. */
#include "policy/compile_int.h"

#include "base/assert.h"

static bool grow(struct compiler *compiler, void **items, uint32_t *capacity, size_t item_size)
{
    uint32_t wanted = *capacity * 2 + 64;
    void *grown = mem_array(compiler->checker->mem, *items, *capacity, wanted, item_size);
    if (grown == NULL) {
        compiler->failed = true;
        return false;
    }
    *items = grown;
    *capacity = wanted;
    return true;
}

uint32_t compile_emit(struct compiler *compiler, enum policy_op op, uint16_t dst, uint32_t a,
                      uint32_t b)
{
    void *items = compiler->instructions;
    if (compiler->count == compiler->capacity &&
        (compiler->count >= POLICY_CODE_MAX ||
         !grow(compiler, &items, &compiler->capacity, sizeof *compiler->instructions)))
        return 0;
    compiler->instructions = items;
    compiler->instructions[compiler->count] = (struct policy_instruction){(uint16_t)op, dst, a, b,
                                                                          UINT32_MAX};
    return compiler->count++;
}

void compile_jump(struct compiler *compiler, enum policy_op op, uint16_t dst, uint32_t a,
                  uint32_t b, struct label *to)
{
    uint32_t at = compile_emit(compiler, op, dst, a, b);
    if (compiler->failed || at + 1 != compiler->count)
        return;
    compiler->instructions[at].to = to->chain;
    to->chain = at;
}

void compile_bind(struct compiler *compiler, struct label *label)
{
    while (label->chain != UINT32_MAX && !compiler->failed) {
        struct policy_instruction *jump = &compiler->instructions[label->chain];
        label->chain = jump->to;
        jump->to = compiler->count;
    }
}

uint16_t compile_temp(struct compiler *compiler)
{
    ASSERT(compiler->temp < POLICY_TEMPS_MAX);
    compiler->temp++;
    if (compiler->temp > compiler->temp_count)
        compiler->temp_count = compiler->temp;
    return (uint16_t)(compiler->temp - 1);
}

uint32_t compile_constant(struct compiler *compiler, union policy_value value)
{
    void *items = compiler->constants;
    if (compiler->constant_count == compiler->constant_capacity &&
        !grow(compiler, &items, &compiler->constant_capacity, sizeof value))
        return OPERAND_CONSTANT;
    compiler->constants = items;
    compiler->constants[compiler->constant_count] = value;
    return OPERAND_CONSTANT | compiler->constant_count++;
}

uint32_t compile_range(struct compiler *compiler, struct view bytes, unsigned bits)
{
    void *items = compiler->ranges;
    if (compiler->range_count == compiler->range_capacity &&
        !grow(compiler, &items, &compiler->range_capacity, sizeof *compiler->ranges))
        return 0;
    compiler->ranges = items;
    compiler->ranges[compiler->range_count] = (struct policy_range){bytes, bits};
    return compiler->range_count++;
}

/* ---- pieces of code ---- */

uint32_t compile_question(struct compiler *compiler, const struct ast_expr *when,
                          const struct ast_expr *unless)
{
    struct label no = LABEL_NEW;
    uint32_t entry = compiler->count;
    compiler->temp = 0;
    compile_when(compiler, when, false, &no);
    if (unless != NULL)
        compile_when(compiler, unless, true, &no);
    compile_emit(compiler, OP_YES, 0, 0, 0);
    compile_bind(compiler, &no);
    compile_emit(compiler, OP_NO, 0, 0, 0);
    return entry;
}

/* Whether code for an expression differs from event to event. */
static bool depends_on_event(const struct ast_expr *expr)
{
    if (expr->kind == EXPR_NAME && expr->meaning == MEANING_FIELD)
        return true;
    if (expr->kind == EXPR_IN_LIST && expr->word.name->list->key.name != NULL)
        return true;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (depends_on_event(child))
            return true;
    }
    return false;
}

static uint32_t compile_derived(struct compiler *compiler, const struct ast_let *let)
{
    struct label missing = LABEL_NEW;
    uint32_t entry = compiler->count;
    compiler->temp = 0;
    uint32_t value = compile_value(compiler, let->expr, &missing);
    compile_emit(compiler, OP_STORE, 0, value, let->slot);
    if (missing.chain != UINT32_MAX) {
        compile_bind(compiler, &missing);
        compile_emit(compiler, OP_STORE_MISSING, 0, 0, let->slot);
    }
    return entry;
}

static const uint32_t *compile_let(struct compiler *compiler, const struct ast_let *let)
{
    uint32_t event_count = compiler->checker->ast->event_count;
    uint32_t *code = check_make(compiler->checker, event_count, sizeof *code);
    bool differs = depends_on_event(let->expr);
    uint32_t entry = POLICY_NO_CODE;
    for (uint32_t event = 0; code != NULL && event < event_count; event++) {
        code[event] = POLICY_NO_CODE;
        if ((let->events >> event & 1) == 0)
            continue;
        compiler->event = (uint16_t)event;
        if (entry == POLICY_NO_CODE || differs)
            entry = compile_derived(compiler, let);
        code[event] = entry;
    }
    return code;
}

static void compile_lets(struct compiler *compiler, struct policy *policy)
{
    struct checker *checker = compiler->checker;
    const struct ast_policy *ast = checker->ast;
    struct policy_let *lets = check_make(checker, ast->let_count, sizeof *lets);
    policy->let_count = (uint16_t)ast->let_count;
    policy->lets = lets;
    for (uint32_t i = 0; i < ast->let_count && !checker->failed && !compiler->failed; i++) {
        const struct ast_let *let = ast->lets[i];
        lets[i] = (struct policy_let){
            .name = check_word(&let->name), .type = let->type, .slot = let->slot,
            .window = let->window, .line = sink_line(checker->sink, let->name.place.offset)};
        if (let->window == POLICY_NO_SLOT)
            lets[i].code = compile_let(compiler, let);
    }
}

static struct policy_rule plain_rule(const struct checker *checker, const struct ast_rule *rule)
{
    int64_t shadow_end = rule->shadow_until.given ? rule->shadow_until.value : INT64_MAX;
    return (struct policy_rule){
        .name = check_word(&rule->name), .sentence = rule->sentence_template,
        .event = rule->event_index, .has_verdict = rule->has_verdict, .verdict = rule->verdict,
        .reason = rule->reason.text, .score = (int32_t)rule->score.value,
        .has_case = rule->has_case, .case_key = rule->case_template,
        .explain = (uint8_t)rule->explain.value, .shadow = rule->shadow,
        .shadow_until_ms = shadow_end,
        .until_ms = rule->until.given ? rule->until.value : INT64_MAX, .models = rule->models,
        .line = sink_line(checker->sink, rule->name.place.offset)};
}

static void compile_rules(struct compiler *compiler, struct policy *policy)
{
    struct checker *checker = compiler->checker;
    const struct ast_policy *ast = checker->ast;
    struct policy_rule *rules = check_make(checker, ast->rule_count, sizeof *rules);
    policy->rule_count = (uint16_t)ast->rule_count;
    policy->rules = rules;
    for (const struct ast_rule *rule = ast->first_rule;
         rule != NULL && !checker->failed && !compiler->failed; rule = rule->next) {
        rules[rule->index] = plain_rule(checker, rule);
        compiler->event = rule->event_index;
        rules[rule->index].code = compile_question(compiler, rule->when, rule->unless);
    }
}

/* ---- the whole ---- */

static const void *keep(struct compiler *compiler, const void *items, size_t count,
                        size_t item_size)
{
    void *kept = check_make(compiler->checker, count, item_size);
    if (kept != NULL && count > 0)
        memcpy(kept, items, count * item_size);
    return kept;
}

/* An operand as an index into a frame's values; what is none stays as it is. */
static uint32_t place(uint32_t operand, uint32_t first_temp, uint32_t first_constant)
{
    uint32_t where = operand & ~OPERAND_INDEX(UINT32_MAX);
    if (where == OPERAND_TEMP)
        return first_temp + OPERAND_INDEX(operand);
    return where == OPERAND_CONSTANT ? first_constant + OPERAND_INDEX(operand) : operand;
}

void compile_keep(struct compiler *compiler, struct policy *policy)
{
    struct policy_code *code = check_make(compiler->checker, 1, sizeof *code);
    if (code == NULL)
        return;
    uint32_t first_temp = compiler->checker->slot_count;
    uint32_t first_constant = first_temp + compiler->temp_count;
    for (uint32_t i = 0; i < compiler->count; i++) {
        struct policy_instruction *instruction = &compiler->instructions[i];
        instruction->a = place(instruction->a, first_temp, first_constant);
        instruction->b = place(instruction->b, first_temp, first_constant);
    }
    *code = (struct policy_code){
        .instructions = keep(compiler, compiler->instructions, compiler->count,
                             sizeof *compiler->instructions),
        .instruction_count = compiler->count,
        .constants = keep(compiler, compiler->constants, compiler->constant_count,
                          sizeof *compiler->constants),
        .constant_count = compiler->constant_count,
        .first_temp = first_temp,
        .first_constant = first_constant,
        .ranges = keep(compiler, compiler->ranges, compiler->range_count,
                       sizeof *compiler->ranges),
        .timezone_ms = compiler->checker->ast->timezone_ms,
    };
    policy->code = code;
    policy->value_count = first_constant + compiler->constant_count;
}

void compile_done(struct compiler *compiler)
{
    struct mem *mem = compiler->checker->mem;
    mem_free(mem, compiler->instructions, compiler->capacity * sizeof *compiler->instructions);
    mem_free(mem, compiler->constants, compiler->constant_capacity * sizeof *compiler->constants);
    mem_free(mem, compiler->ranges, compiler->range_capacity * sizeof *compiler->ranges);
}

enum status compile_policy(struct checker *checker, struct policy *policy)
{
    struct compiler compiler = {.checker = checker};
    compile_windows(&compiler, policy);
    compile_lets(&compiler, policy);
    compile_rules(&compiler, policy);
    bool large = compiler.count >= POLICY_CODE_MAX;
    if (large)
        diag_hint(sink_add(checker->sink, CODE_LIMIT_CODE, (struct ast_place){0, 1},
                           "this policy is too large: it has more than %d instructions",
                           POLICY_CODE_MAX),
                  "a let is compiled for each event that it exists on; qualify its fields");
    else if (!compiler.failed && !checker->failed)
        compile_keep(&compiler, policy);
    compile_done(&compiler);
    if (compiler.failed || checker->failed || checker->sink->failed)
        return STATUS_NO_MEMORY;
    return large ? STATUS_INVALID : STATUS_OK;
}
