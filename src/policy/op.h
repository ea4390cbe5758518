#ifndef POLICY_OP_H
#define POLICY_OP_H

#include "policy/policy.h"

/*
 * The instructions of compiled policies. Operands a and b are values of the frame, temporaries or
 * constants (OPERAND_...); dst is a temporary; `to` is the instruction to go to. Jumps only go
 * forward, so every piece of code ends. I: int64 (int, bool, money, time, duration, country,
 * choice); F: double; T: text. "checked": leaves with STATUS_OVERFLOW when the result does not
 * fit. In jumps that have it, dst is the answer on which they jump.
 */
#define POLICY_OP_TABLE(X)                                                                        \
    X(OP_MOVE, "move", "dst a", "dst = a")                                                        \
    X(OP_OR_ELSE, "or_else", "dst a b", "dst = slot a when it is present, else b")                \
    X(OP_FLOAT, "float", "dst a", "dst = a, I to F")                                              \
    X(OP_ADD_I, "add_i", "dst a b", "dst = a + b, checked")                                       \
    X(OP_SUB_I, "sub_i", "dst a b", "dst = a - b, checked")                                       \
    X(OP_MUL_I, "mul_i", "dst a b", "dst = a * b, checked")                                       \
    X(OP_NEG_I, "neg_i", "dst a", "dst = -a, checked")                                            \
    X(OP_ABS_I, "abs_i", "dst a", "dst = |a|, checked")                                           \
    X(OP_MIN_I, "min_i", "dst a b", "dst = the smaller")                                          \
    X(OP_MAX_I, "max_i", "dst a b", "dst = the larger")                                           \
    X(OP_ADD_F, "add_f", "dst a b", "dst = a + b, checked")                                       \
    X(OP_SUB_F, "sub_f", "dst a b", "dst = a - b, checked")                                       \
    X(OP_MUL_F, "mul_f", "dst a b", "dst = a * b, checked")                                       \
    X(OP_DIV_F, "div_f", "dst a b to", "dst = a / b, checked; to when b is 0")                    \
    X(OP_NEG_F, "neg_f", "dst a", "dst = -a")                                                     \
    X(OP_ABS_F, "abs_f", "dst a", "dst = |a|")                                                    \
    X(OP_MIN_F, "min_f", "dst a b", "dst = the smaller")                                          \
    X(OP_MAX_F, "max_f", "dst a b", "dst = the larger")                                           \
    X(OP_ROUND, "round", "dst a", "dst = a, F to I, halves away from 0, checked")                 \
    X(OP_FLOOR, "floor", "dst a", "dst = a, F to I, downwards, checked")                          \
    X(OP_CEIL, "ceil", "dst a", "dst = a, F to I, upwards, checked")                              \
    X(OP_LENGTH, "length", "dst a", "dst = characters in the text a")                             \
    X(OP_HOUR, "hour", "dst a", "dst = hour of the time a in the policy's zone, checked")         \
    X(OP_MINUTE, "minute", "dst a", "likewise its minute")                                        \
    X(OP_WEEKDAY, "weekday", "dst a", "likewise its weekday, 1 for Monday")                       \
    X(OP_DAY, "day", "dst a", "likewise its day of the month")                                    \
    X(OP_MONTH, "month", "dst a", "likewise its month")                                           \
    X(OP_YEAR, "year", "dst a", "likewise its year")                                              \
    X(OP_JUMP, "jump", "to", "go")                                                                \
    X(OP_JUMP_MISSING, "jump_missing", "a to", "go when slot a is missing")                       \
    X(OP_JUMP_PRESENT, "jump_present", "a to", "go when slot a is present")                       \
    X(OP_JUMP_TRUE, "jump_true", "a to", "go when the bool a is true")                            \
    X(OP_JUMP_FALSE, "jump_false", "a to", "go when the bool a is false")                         \
    X(OP_JUMP_LT_I, "jump_lt_i", "a b to", "go when a < b")                                       \
    X(OP_JUMP_LE_I, "jump_le_i", "a b to", "go when a <= b")                                      \
    X(OP_JUMP_EQ_I, "jump_eq_i", "a b to", "go when a == b")                                      \
    X(OP_JUMP_NE_I, "jump_ne_i", "a b to", "go when a != b")                                      \
    X(OP_JUMP_LT_F, "jump_lt_f", "a b to", "go when a < b")                                       \
    X(OP_JUMP_LE_F, "jump_le_f", "a b to", "go when a <= b")                                      \
    X(OP_JUMP_EQ_F, "jump_eq_f", "a b to", "go when a == b")                                      \
    X(OP_JUMP_NE_F, "jump_ne_f", "a b to", "go when a != b")                                      \
    X(OP_JUMP_LT_IF, "jump_lt_if", "a b to", "go when the I a < the F b, exactly")                \
    X(OP_JUMP_LE_IF, "jump_le_if", "a b to", "go when the I a <= the F b, exactly")               \
    X(OP_JUMP_LT_FI, "jump_lt_fi", "a b to", "go when the F a < the I b, exactly")                \
    X(OP_JUMP_LE_FI, "jump_le_fi", "a b to", "go when the F a <= the I b, exactly")               \
    X(OP_JUMP_EQ_IF, "jump_eq_if", "a b to", "go when the I a == the F b, exactly")               \
    X(OP_JUMP_NE_IF, "jump_ne_if", "a b to", "go when the I a != the F b, exactly")               \
    X(OP_JUMP_EQ_T, "jump_eq_t", "a b to", "go when the texts are equal")                         \
    X(OP_JUMP_NE_T, "jump_ne_t", "a b to", "go when the texts differ")                            \
    X(OP_JUMP_STARTS, "jump_starts", "dst a b to", "go when (a starts with b) is dst")            \
    X(OP_JUMP_ENDS, "jump_ends", "dst a b to", "go when (a ends with b) is dst")                  \
    X(OP_JUMP_CONTAINS, "jump_contains", "dst a b to", "go when (a contains b) is dst")           \
    X(OP_JUMP_RANGE, "jump_range", "dst a b to", "go when (the ip a is in range number b) is dst")\
    X(OP_JUMP_LIST, "jump_list", "dst a b to",                                                    \
      "go when (a is in list dst / 2, under the key in slot b) is dst % 2")                       \
    X(OP_STORE, "store", "a b", "slot b = a and is present; end")                                 \
    X(OP_STORE_MISSING, "store_missing", "b", "slot b is missing; end")                           \
    X(OP_YES, "yes", "", "answer true; end")                                                      \
    X(OP_NO, "no", "", "answer false; end")

enum policy_op {
#define POLICY_OP_ENUM(name, word, operands, meaning) name,
    POLICY_OP_TABLE(POLICY_OP_ENUM)
#undef POLICY_OP_ENUM
    OP_COUNT
};

/* Where an operand lies while code is compiled: the two top bits; the rest is its index there. When
 * all is compiled, operands become indices into a frame's values: slots, temporaries, constants. */
#define OPERAND_SLOT ((uint32_t)0 << 30)
#define OPERAND_TEMP ((uint32_t)1 << 30)
#define OPERAND_CONSTANT ((uint32_t)2 << 30)
#define OPERAND_INDEX(operand) ((operand) & (((uint32_t)1 << 30) - 1))
#define OPERAND_NONE UINT32_MAX

/* Temporaries of one piece of code; an expression needs one per level, and a few. */
#define POLICY_TEMPS_MAX 256

struct policy_instruction {
    uint16_t op;
    uint16_t dst;
    uint32_t a;
    uint32_t b;
    uint32_t to;
};

/* A range of addresses: those that begin with the first `bits` bits of `bytes`. */
struct policy_range {
    struct view bytes;
    unsigned bits;
};

struct policy_code {
    const struct policy_instruction *instructions;
    uint32_t instruction_count;
    const union policy_value *constants;
    uint32_t constant_count;
    uint32_t first_temp;        /* index in a frame's values; dst counts from here */
    uint32_t first_constant;    /* likewise */
    const struct policy_range *ranges;
    int64_t timezone_ms;
};

/* The word and the operands of an instruction, static. */
const char *policy_op_text(enum policy_op op);
const char *policy_op_operands(enum policy_op op);

#endif
