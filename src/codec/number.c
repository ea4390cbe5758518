/* One idea: the grammar of a number is checked here, once, before any conversion; conversions then
 * only have to be right about values. */
#include "codec/number.h"

#include <math.h>

#include "base/assert.h"
#include "codec/number_int.h"

/* Digits that any int64_t has at most. */
#define I64_DIGITS_MAX 19

/* Above every exponent that could still matter, however many digits stand before it. */
#define EXPONENT_MAX ((int64_t)1 << 40)

/* Whole numbers up to here are written digit by digit: 2^53. */
#define WHOLE_MAX 9007199254740992.0

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Behind the digits that must stand at `at`, or NULL when none do. */
static const char *need_digits(const char *at, const char *end)
{
    const char *after = skip_digits(at, end);
    return after == at ? NULL : after;
}

bool number_valid(struct view text)
{
    const char *at = text.data;
    const char *end = text.data + text.size_bytes;
    if (at < end && *at == '-')
        at++;
    if (at < end && *at == '0')
        at++;
    else
        at = need_digits(at, end);
    if (at != NULL && at < end && *at == '.')
        at = need_digits(at + 1, end);
    if (at != NULL && at < end && (*at | 0x20) == 'e') {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        at = need_digits(at, end);
    }
    return at != NULL && at == end && text.size_bytes > 0;
}

/* The power of ten of the first digit that is not 0; `text` is a number with such a digit. */
static int64_t magnitude(struct view text)
{
    const char *end = text.data + text.size_bytes;
    const char *at = text.data + (text.data[0] == '-');
    int64_t power = skip_digits(at, end) - at - 1;
    for (; *at == '0' || *at == '.'; at++)
        power -= *at == '0';
    while (at < end && (*at | 0x20) != 'e')
        at++;
    if (at == end)
        return power;
    bool minus = at[1] == '-';
    int64_t exponent = 0;
    for (at += 1 + (minus || at[1] == '+'); at < end && exponent < EXPONENT_MAX; at++)
        exponent = exponent * 10 + (*at - '0');
    return power + (minus ? -exponent : exponent);
}

enum status number_parse_f64(struct view text, double *ret_value)
{
    if (!number_valid(text))
        return STATUS_INVALID;
    double value = 0;
    if (!number_convert(text.data, text.size_bytes, &value)) {
        if (magnitude(text) >= 0)
            return STATUS_OVERFLOW;
        value = text.data[0] == '-' ? -0.0 : 0.0;
    }
    *ret_value = value;
    return STATUS_OK;
}

enum status number_parse_i64(struct view text, int64_t *ret_value)
{
    bool minus = text.size_bytes > 0 && text.data[0] == '-';
    const char *digits = text.data + minus;
    size_t count = text.size_bytes - minus;
    if (count == 0 || skip_digits(digits, digits + count) != digits + count ||
        (digits[0] == '0' && count > 1))
        return STATUS_INVALID;
    if (count > I64_DIGITS_MAX)
        return STATUS_OVERFLOW;
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    if (value > (uint64_t)INT64_MAX + minus)
        return STATUS_OVERFLOW;
    *ret_value = minus ? (int64_t)(0 - value) : (int64_t)value;
    return STATUS_OK;
}

size_t number_format_f64(char *to, double value)
{
    ASSERT(isfinite(value));
    bool minus_zero = value == 0 && signbit(value);
    if (fabs(value) > WHOLE_MAX || value != (double)(int64_t)value || minus_zero)
        return number_shortest(to, NUMBER_TEXT_BYTES_MAX, value);
    bool minus = value < 0;
    to[0] = '-';
    return minus + decimal_put_u64(to + minus, (uint64_t)fabs(value));
}

void number_put_f64(struct buf *buf, double value)
{
    char *to = buf_reserve(buf, NUMBER_TEXT_BYTES_MAX);
    if (to != NULL)
        buf->size_bytes += number_format_f64(to, value);
}
