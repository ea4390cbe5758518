#ifndef ENGINE_RENDER_VALUE_H
#define ENGINE_RENDER_VALUE_H

#include "policy/policy.h"

/* Bytes that render_value may write. */
#define RENDER_VALUE_BYTES_MAX 80

/* Whether a type's values are texts that may need escaping, which render_value does not write. */
bool render_value_is_text(const struct policy_type *type);

/* Writes a value of any other type as JSON has it, valid UTF-8, at `to`; returns how many bytes.
 * type, value: such that decision.c packs them (finite, in the calendar, a choice of the type);
 * exponent: decimals of the policy's currency; quotes: around what is no number, true or false. */
size_t render_value(char *to, const struct policy_type *type, unsigned exponent,
                    union policy_value value, bool quotes);

#endif
