/* One idea: one place knows how each type of value is written, for people and for lists. */
#include "policy/value.h"

#include <math.h>

#include "base/datetime.h"
#include "base/ip.h"
#include "codec/number.h"
#include "policy/codes.h"

static const char *const verdict_words[] = {
    [POLICY_ALLOW] = "allow", [POLICY_CHALLENGE_1] = "challenge 1",
    [POLICY_CHALLENGE_2] = "challenge 2", [POLICY_CHALLENGE_3] = "challenge 3",
    [POLICY_REVIEW] = "review", [POLICY_BLOCK] = "block",
};

const char *policy_verdict_text(enum policy_verdict verdict)
{
    return verdict_words[verdict];
}

static const struct {
    const char *text;
    enum { CODE_IS_ERROR, CODE_IS_WARNING } kind;
    const char *meaning;
} codes[] = {
    [CODE_NONE] = {"", CODE_IS_ERROR, ""},
#define CODE_ROW(name, text, kind, meaning) [name] = {text, CODE_IS_##kind, meaning},
    POLICY_CODE_TABLE(CODE_ROW)
#undef CODE_ROW
};

const char *policy_code_text(enum policy_diag code)
{
    return codes[code].text;
}

const char *policy_code_meaning(enum policy_diag code)
{
    return codes[code].meaning;
}

bool policy_code_warns(enum policy_diag code)
{
    return codes[code].kind == CODE_IS_WARNING;
}

struct view value_key(const struct policy_type *type, union policy_value value,
                      char to[VALUE_KEY_BYTES_MAX])
{
    size_t size = 0;
    if (type->base == POLICY_COUNTRY) {
        to[size++] = (char)(value.i64 >> 8);
        to[size++] = (char)(value.i64 & 0xFF);
    } else if (type->base == POLICY_INT) {
        uint64_t magnitude = value.i64 < 0 ? 0 - (uint64_t)value.i64 : (uint64_t)value.i64;
        if (value.i64 < 0)
            to[size++] = '-';
        size += decimal_put_u64(to + size, magnitude);
    } else if (type->base == POLICY_IP) {
        size = ip_format(to, *value.text);
    } else if (type->base == POLICY_ONE_OF) {
        return type->choices[value.i64];
    } else {
        return *value.text;
    }
    return (struct view){to, size};
}

/* ---- for people ---- */

static void put_grouped(struct buf *out, const char *digits, size_t size)
{
    size_t at = digits[0] == '-';
    size_t whole = at;
    while (whole < size && digits[whole] != '.')
        whole++;
    buf_put(out, digits, at);
    for (; at < size; at++) {
        buf_put_char(out, digits[at]);
        if (at + 1 < whole && (whole - at - 1) % 3 == 0)
            buf_put_char(out, ',');
    }
}

static void put_money(const struct policy *policy, const struct policy_type *type,
                      union policy_value value, struct buf *out)
{
    char text[MONEY_TEXT_BYTES_MAX];
    int64_t minor = value.i64;
    buf_printf(out, "%s ", money_currency_code(policy->currency));
    if (type->fractional) {
        double rounded = round(value.f64);
        bool fits = rounded > -9e18 && rounded < 9e18;
        if (!fits) {
            buf_printf(out, "%.6g", value.f64);
            return;
        }
        minor = (int64_t)rounded;
    }
    put_grouped(out, text, money_format(text, minor, money_currency_exponent(policy->currency)));
}

static void put_time(const struct policy *policy, int64_t ms, struct buf *out)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    int64_t zone = policy->timezone_ms;
    int64_t local;
    if (__builtin_add_overflow(ms, zone, &local) || local < DATETIME_MS_MIN ||
        local > DATETIME_MS_MAX) {
        buf_put_i64(out, ms);
        return;
    }
    size_t size = datetime_format(text, local);
    int64_t minutes = (zone < 0 ? -zone : zone) / DATETIME_MS_MINUTE;
    buf_put(out, text, zone == 0 ? size : size - 1);
    if (zone != 0)
        buf_printf(out, "%c%02d:%02d", zone < 0 ? '-' : '+', (int)(minutes / 60),
                   (int)(minutes % 60));
}

void policy_value_print(const struct policy *policy, const struct policy_type *type,
                        union policy_value value, bool present, struct buf *out)
{
    char text[VALUE_KEY_BYTES_MAX];
    if (!present) {
        buf_put_char(out, '-');
        return;
    }
    switch (type->base) {
    case POLICY_BOOL: buf_put_text(out, value.i64 != 0 ? "true" : "false"); break;
    case POLICY_INT: {
        struct view digits = value_key(type, value, text);
        put_grouped(out, digits.data, digits.size_bytes);
        break;
    }
    case POLICY_NUMBER: buf_printf(out, "%.6g", value.f64); break;
    case POLICY_MONEY: put_money(policy, type, value, out); break;
    case POLICY_TIME: put_time(policy, value.i64, out); break;
    case POLICY_DURATION: buf_put(out, text, duration_format(text, value.i64)); break;
    case POLICY_TEXT: case POLICY_COUNTRY: case POLICY_IP: case POLICY_ONE_OF: case POLICY_ENTITY:
    case POLICY_ID: case POLICY_REF: buf_put_view(out, value_key(type, value, text)); break;
    }
}
