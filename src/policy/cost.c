/* One idea: jumps only go forward, so a piece of code runs at most the instructions from its entry
 * to its last end, each once. */
#include "policy/op.h"

static bool is_end(enum policy_op op)
{
    return op == OP_STORE || op == OP_STORE_MISSING || op == OP_YES || op == OP_NO;
}

static bool is_jump(enum policy_op op)
{
    return op == OP_DIV_F || (op >= OP_JUMP && op <= OP_JUMP_LIST);
}

/* The instructions of the piece of code that starts at `entry`. */
static uint32_t piece_cost(const struct policy_code *code, uint32_t entry)
{
    uint32_t at = entry;
    uint32_t furthest = entry;
    if (entry == POLICY_NO_CODE)
        return 0;
    for (; at < code->instruction_count; at++) {
        const struct policy_instruction *instruction = &code->instructions[at];
        if (is_jump((enum policy_op)instruction->op) && instruction->to > furthest)
            furthest = instruction->to;
        if (is_end((enum policy_op)instruction->op) && at >= furthest)
            break;
    }
    return at - entry + 1;
}

static bool is_marked(const struct policy *policy, const bool *slots, uint32_t operand)
{
    return operand < policy->slot_count && slots[operand];
}

bool policy_reads(const struct policy *policy, uint32_t code, const bool *slots)
{
    uint32_t count = piece_cost(policy->code, code);
    for (uint32_t i = 0; i < count; i++) {
        const struct policy_instruction *instruction = &policy->code->instructions[code + i];
        bool is_store = instruction->op == OP_STORE || instruction->op == OP_STORE_MISSING;
        bool has_range = instruction->op == OP_JUMP_RANGE;
        if (is_marked(policy, slots, instruction->a) ||
            (!is_store && !has_range && is_marked(policy, slots, instruction->b)))
            return true;
    }
    return false;
}

/* The filters of the windows that an event feeds, each once: one that lies behind all before it is
 * new (compile_window.c). */
static uint32_t filters_cost(const struct policy *policy, uint16_t event)
{
    uint32_t cost = 0;
    uint32_t unseen = 0;
    for (uint16_t w = 0; w < policy->window_count; w++) {
        const struct policy_window *window = &policy->windows[w];
        for (uint16_t s = 0; s < window->source_count; s++) {
            const struct policy_source *source = &window->sources[s];
            if (source->event != event || source->filter == POLICY_NO_CODE ||
                source->filter < unseen)
                continue;
            cost += piece_cost(policy->code, source->filter);
            unseen = source->filter + 1;
        }
    }
    return cost;
}

uint32_t policy_event_cost(const struct policy *policy, uint16_t number)
{
    const struct policy_event *event = &policy->events[number];
    uint32_t cost = filters_cost(policy, number);
    for (uint16_t i = 0; i < event->let_count; i++)
        cost += piece_cost(policy->code, policy->lets[event->lets[i]].code[number]);
    for (uint16_t i = 0; i < event->rule_count; i++)
        cost += piece_cost(policy->code, policy->rules[event->rules[i]].code);
    return cost;
}
