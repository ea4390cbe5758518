#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "policy/policy.h"

/*
 * Why a rule fired or did not: its condition in parts, each with the values it read and what it
 * came to. A condition that is a chain of `and`, or of `or`, has its operands as parts, every other
 * one is one part; the parts of `when` come first, then those of `unless`.
 */

/* A value that a part reads: a field, let, model or aggregate. */
struct policy_operand {
    struct view name;            /* of an aggregate: its source text */
    uint16_t slot;
    struct policy_type type;     /* as declared */
    bool assumed;                /* the part takes it to be present, at least at one place */
};

struct policy_explain_part {
    struct view text;            /* canonical source */
    bool unless;
    uint16_t operand_count;
    const struct policy_operand *operands; /* each once, in the order in which they are read */
};

/* What a part came to. NOT_ASKED: values that it needs are missing; OVERFLOW: its arithmetic left
 * its range. */
enum policy_explain_truth {
    POLICY_PART_FALSE, POLICY_PART_TRUE, POLICY_PART_NOT_ASKED, POLICY_PART_OVERFLOW,
};

struct policy_explain;

/* Prepares the rules of one event. policy: borrowed, outlives the explanation; mem: all memory of
 * it. STATUS_LIMIT: more than POLICY_CODE_MAX instructions; STATUS_NO_MEMORY. Linear in the rules
 * of the event. */
MUST_CHECK enum status policy_explain_new(const struct policy *policy, uint16_t event,
                                          struct mem *mem, struct policy_explain **ret_explain);

/* Frees; NULL is allowed. */
void policy_explain_free(struct policy_explain *explain);

/* The parts of a rule of the event. rule: index into policy->rules; *ret_count: how many there are.
 * Owned by the explanation. O(1). */
const struct policy_explain_part *policy_explain_parts(const struct policy_explain *explain,
                                                       uint16_t rule, uint16_t *ret_count);

/* What each part of a rule came to on an event. frame: after lets and models, of the policy that
 * was given above, not changed. ret_truths: one for each part. One thread at a time per
 * explanation. Cost is the number of instructions, and of slots. */
void policy_explain_ask(struct policy_explain *explain, uint16_t rule,
                        const struct policy_frame *frame,
                        enum policy_explain_truth *ret_truths);

#endif
