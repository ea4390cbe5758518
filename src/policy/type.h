#ifndef POLICY_TYPE_H
#define POLICY_TYPE_H

#include "policy/policy.h"

#define TYPE_TEXT_BYTES_MAX 96

/* Whether two types hold the same kind of values; optional and fractional are not looked at. */
bool type_same(const struct policy_type *a, const struct policy_type *b);

/* Whether values of the type have an order that < may ask for. */
bool type_ordered(const struct policy_type *type);

/* Writes how people name the type ("money?", "entity account"), NUL-terminated, cut when longer
 * than TYPE_TEXT_BYTES_MAX, and returns `to`. */
const char *type_text(const struct policy_type *type, char to[TYPE_TEXT_BYTES_MAX]);

/* The index of a choice, or -1. */
int type_choice(const struct policy_type *type, struct view word);

/* A type with nothing but its base. */
struct policy_type type_of(enum policy_base base);

#endif
