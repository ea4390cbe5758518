#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "policy/ast.h"

/* How expressions are written. */
struct print_style {
    bool bare;      /* names without their event, durations by value: two texts are equal only
                       when they mean the same (where the event is known from elsewhere) */
};

/* Appends an expression in canonical form, on one line, with no more parentheses than needed. */
void print_expr(struct buf *out, const struct ast_expr *expr, struct print_style style);

/* How tightly an expression binds, from 0 (if) upwards. */
int print_level(const struct ast_expr *expr);

/* Appends an expression as an operand of something that binds at `level`. */
void print_operand(struct buf *out, const struct ast_expr *expr, int level,
                   struct print_style style);

/* Appends a text in quotes with its escapes. */
void print_text(struct buf *out, struct view text);

/* Appends the digits of a number, underscores where they belong. */
void print_digits(struct buf *out, struct view text);

/* Appends a duration by its value. */
void print_duration(struct buf *out, int64_t ms);

#endif
