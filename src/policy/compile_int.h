#ifndef POLICY_COMPILE_INT_H
#define POLICY_COMPILE_INT_H

#include "policy/check_int.h"
#include "policy/op.h"

/* The jumps that wait for a place to go to, chained through their `to`. */
struct label {
    uint32_t chain;
};
#define LABEL_NEW {UINT32_MAX}

/* The code under construction. Growing arrays lie in `mem` and are copied into the policy's arena
 * at the end. */
struct compiler {
    struct checker *checker;
    struct policy_instruction *instructions;
    uint32_t count;
    uint32_t capacity;
    union policy_value *constants;
    uint32_t constant_count;
    uint32_t constant_capacity;
    struct policy_range *ranges;
    uint32_t range_count;
    uint32_t range_capacity;
    uint16_t event;             /* that the code runs on */
    uint16_t temp;              /* the next free temporary */
    uint16_t temp_count;        /* the most that were used at a time */
    bool failed;                /* no memory */
};

/* ---- instructions (compile.c) ---- */

uint32_t compile_emit(struct compiler *compiler, enum policy_op op, uint16_t dst, uint32_t a,
                      uint32_t b);
void compile_jump(struct compiler *compiler, enum policy_op op, uint16_t dst, uint32_t a,
                  uint32_t b, struct label *to);
void compile_bind(struct compiler *compiler, struct label *label); /* here */
uint16_t compile_temp(struct compiler *compiler);
uint32_t compile_constant(struct compiler *compiler, union policy_value value);
uint32_t compile_range(struct compiler *compiler, struct view bytes, unsigned bits);

/* ---- pieces of code ---- */

/* Lays down what answers yes when `when` holds and `unless`, which may be NULL, does not; answers
 * its entry. */
uint32_t compile_question(struct compiler *compiler, const struct ast_expr *when,
                          const struct ast_expr *unless);

/* Copies the code into the arena and makes it the policy's. Sets checker->failed without memory. */
void compile_keep(struct compiler *compiler, struct policy *policy);

/* Frees what the code was built in. */
void compile_done(struct compiler *compiler);

/* Fills the policy's windows and lays down the code of their filters. */
void compile_windows(struct compiler *compiler, struct policy *policy);

/* ---- expressions ---- */

/* Whether values of the type are doubles. */
bool compile_is_float(const struct policy_type *type);

/* Computes; answers where the value is. An expression that may be missing goes to `missing`. */
uint32_t compile_value(struct compiler *compiler, const struct ast_expr *expr,
                       struct label *missing);

/* Goes to `to` when the bool expression is `when`, and on otherwise. */
void compile_when(struct compiler *compiler, const struct ast_expr *expr, bool when,
                  struct label *to);

/* The slot of a resolved name or aggregate on the compiler's event. */
uint16_t compile_slot(const struct compiler *compiler, const struct ast_expr *expr);

/* Fills the arrays and the code of a policy from a checked tree without errors. Diagnostics: only
 * CODE_LIMIT_CODE. STATUS_NO_MEMORY, STATUS_INVALID, STATUS_OK. */
MUST_CHECK enum status compile_policy(struct checker *checker, struct policy *policy);

#endif
