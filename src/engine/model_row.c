/* One idea: a value becomes a model's number as render_value writes it, without the text. */
#include "engine/model_row.h"

#include <math.h>

#include "base/assert.h"
#include "base/money.h"

#define MS_PER_SECOND 1000.0

static double money_number(const struct policy_type *type, unsigned exponent,
                           union policy_value value)
{
    static const double scale[] = {1, 10, 100, 1000, 10000};
    return (type->fractional ? value.f64 : (double)value.i64) / scale[exponent];
}

double model_number(const struct policy_type *type, unsigned exponent, union policy_value value)
{
    switch (type->base) {
    case POLICY_BOOL: case POLICY_INT: case POLICY_ONE_OF: return (double)value.i64;
    case POLICY_NUMBER: return value.f64;
    case POLICY_MONEY: return money_number(type, exponent, value);
    case POLICY_DURATION: return (double)value.i64 / MS_PER_SECOND;
    case POLICY_TEXT: case POLICY_TIME: case POLICY_COUNTRY: case POLICY_IP: case POLICY_ENTITY:
    case POLICY_ID: case POLICY_REF: break;
    }
    ASSERT(false && "the checker gives models numbers only");
    return NAN;
}

void model_row_fill(const struct policy *policy, const struct policy_model *model,
                    const struct policy_frame *frame, double *ret_row)
{
    unsigned exponent = money_currency_exponent(policy->currency);
    for (uint16_t i = 0; i < model->argument_count; i++) {
        const struct policy_argument *argument = &model->arguments[i];
        ret_row[i] = frame->present[argument->slot]
                     ? model_number(&argument->type, exponent, frame->values[argument->slot])
                     : NAN;
    }
}
