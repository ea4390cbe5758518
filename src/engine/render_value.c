/* One idea: a value becomes text in one place, as machines read it: JSON's numbers, true and false,
 * amounts with their decimals, durations in seconds, and between quotes all that is a word. */
#include "engine/render_value.h"

#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/ip.h"
#include "base/money.h"
#include "codec/number.h"

#define MS_PER_SECOND 1000.0

static size_t put_i64(char *to, int64_t value)
{
    bool minus = value < 0;
    to[0] = '-';
    return minus + decimal_put_u64(to + minus, minus ? 0 - (uint64_t)value : (uint64_t)value);
}

static size_t put_money(char *to, unsigned exponent, bool fractional, union policy_value value)
{
    static const double scale[] = {1, 10, 100, 1000, 10000};
    return fractional ? number_format_f64(to, value.f64 / scale[exponent])
                      : money_format(to, value.i64, exponent);
}

static size_t put_truth(char *to, bool truth)
{
    size_t size = truth ? 4 : 5;
    memcpy(to, truth ? "true" : "false", size);
    return size;
}

/* The text between quotes of what is a word rather than a number. */
static size_t put_word(char *to, const struct policy_type *type, union policy_value value)
{
    if (type->base == POLICY_TIME)
        return datetime_format(to, value.i64);
    if (type->base == POLICY_IP)
        return ip_format(to, *value.text);
    if (type->base == POLICY_COUNTRY) {
        to[0] = (char)(value.i64 >> 8);
        to[1] = (char)(value.i64 & 0xff);
        return 2;
    }
    ASSERT(type->base == POLICY_ONE_OF);
    struct view choice = type->choices[value.i64];
    memcpy(to, choice.data, choice.size_bytes);
    return choice.size_bytes;
}

bool render_value_is_text(const struct policy_type *type)
{
    return type->base == POLICY_TEXT || type->base == POLICY_ENTITY || type->base == POLICY_ID ||
           type->base == POLICY_REF;
}

size_t render_value(char *to, const struct policy_type *type, unsigned exponent,
                    union policy_value value, bool quotes)
{
    switch (type->base) {
    case POLICY_BOOL: return put_truth(to, value.i64 != 0);
    case POLICY_INT: return put_i64(to, value.i64);
    case POLICY_NUMBER: return number_format_f64(to, value.f64);
    case POLICY_MONEY: return put_money(to, exponent, type->fractional, value);
    case POLICY_DURATION: return number_format_f64(to, (double)value.i64 / MS_PER_SECOND);
    case POLICY_TIME: case POLICY_COUNTRY: case POLICY_ONE_OF: case POLICY_IP: {
        to[0] = '"';
        size_t size = quotes + put_word(to + quotes, type, value);
        to[size] = '"';
        return size + quotes;
    }
    case POLICY_TEXT: case POLICY_ENTITY: case POLICY_ID: case POLICY_REF: break;
    }
    ASSERT(false && "texts are escaped by the format they go into");
    return 0;
}

_Static_assert(RENDER_VALUE_BYTES_MAX >= NUMBER_TEXT_BYTES_MAX &&
                   RENDER_VALUE_BYTES_MAX >= MONEY_TEXT_BYTES_MAX &&
                   RENDER_VALUE_BYTES_MAX >= DATETIME_TEXT_BYTES_MAX + 2 &&
                   RENDER_VALUE_BYTES_MAX >= IP_TEXT_BYTES_MAX + 2 &&
                   RENDER_VALUE_BYTES_MAX >= POLICY_NAME_BYTES_MAX + 2,
               "room for every value");
