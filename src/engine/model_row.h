#ifndef ENGINE_MODEL_ROW_H
#define ENGINE_MODEL_ROW_H

#include "policy/policy.h"

/* The row of a model: the one place where values of the policy become the numbers that models are
 * trained on and served with, so that the two cannot differ. */

/* The number that a value is to a model: int and number as they are, bool as 0 or 1, money in major
 * units, a duration in seconds, a choice as its index. type: of an argument of a model; exponent:
 * of the policy's currency. Pure. */
double model_number(const struct policy_type *type, unsigned exponent, union policy_value value);

/* Fills the row of one model from the frame of an event on which the model exists, NAN where a
 * value is missing. ret_row: argument_count doubles. O(arguments); pure. */
void model_row_fill(const struct policy *policy, const struct policy_model *model,
                    const struct policy_frame *frame, double *ret_row);

#endif
