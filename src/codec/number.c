/* One idea: the grammar of a number is checked here, once, before any conversion, and conversions
 * only have to be right about values; of those, what people's amounts, means and rates look like is
 * written here, and the rest by the C++ library. */
#include "codec/number.h"

#include <math.h>
#include <string.h>

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

size_t number_prefix(struct view text)
{
    if (text.size_bytes == 0) /* data may be NULL, to which not even 0 can be added */
        return 0;
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
    return at == NULL ? 0 : (size_t)(at - text.data);
}

bool number_valid(struct view text)
{
    return text.size_bytes > 0 && number_prefix(text) == text.size_bytes;
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
    if (text.size_bytes == 0)
        return STATUS_INVALID;
    bool minus = text.data[0] == '-';
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

/* What lies between them, and is not whole, is written here; the rest by the library. Below 0.001
 * the shortest text may have an exponent. */
#define PLAIN_MIN 0.001
#define PLAIN_END WHOLE_MAX

#define FRACTION_BITS 52
#define FRACTION_MASK (((uint64_t)1 << FRACTION_BITS) - 1)
#define PLACES_MAX 19

__extension__ typedef unsigned __int128 u128;

static const uint64_t powers[PLACES_MAX + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
    100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000u,
};

/* The shortest decimal among those that lie nearer to mantissa / 2^scale than to the doubles beside
 * it (halfway counts when the mantissa is even), and of several the nearest: returns its digits
 * without the point, which stands *ret_places from the end. scale: 1 to 62; mantissa: over 2^52, so
 * that the doubles beside it are equally far.
 *
 * With so many places that the doubles are 1 to 10 units apart, there is always a number of whole
 * units within half that distance, and at most one of whole tens. If there is one of tens, it is
 * the shortest, with its zeros taken off; else the nearest unit is. All of it is exact: distances
 * are in units / 2^scale and have less than 128 bits. */
static uint64_t shortest_digits(uint64_t mantissa, unsigned scale, unsigned *ret_places)
{
    unsigned places = (scale * 1233 >> 12) + 1;
    u128 value = (u128)mantissa * powers[places];
    uint64_t half = powers[places] / 2;
    uint64_t units = (uint64_t)(value >> scale);
    uint64_t rest = (uint64_t)value & (((uint64_t)1 << scale) - 1);
    uint64_t above_tens = units % 10;
    u128 down = (u128)above_tens << scale | rest;
    u128 up = ((u128)10 << scale) - down;
    bool closed = mantissa % 2 == 0;
    *ret_places = places;
    if (down < half || (closed && down == half))
        return units - above_tens;
    if (up < half || (closed && up == half))
        return units - above_tens + 10;
    uint64_t middle = (uint64_t)1 << (scale - 1);
    return units + (rest > middle || (rest == middle && units % 2 == 1));
}

static uint64_t without_zeros(uint64_t digits, unsigned *places)
{
    static const unsigned steps[] = {8, 4, 2, 1};
    if (digits % 10 != 0)
        return digits;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (; digits % powers[steps[i]] == 0; *places -= steps[i])
            digits /= powers[steps[i]];
    }
    return digits;
}

/* Writes a value from PLAIN_MIN to PLAIN_END that is neither whole nor a power of two. */
static size_t format_plain(char *to, uint64_t bits)
{
    unsigned exponent = (unsigned)(bits >> FRACTION_BITS) & 0x7FF;
    uint64_t mantissa = (bits & FRACTION_MASK) | (uint64_t)1 << FRACTION_BITS;
    unsigned places;
    uint64_t digits = shortest_digits(mantissa, 1075 - exponent, &places);
    digits = without_zeros(digits, &places);
    size_t size = decimal_put_u64(to, digits / powers[places]);
    to[size++] = '.';
    decimal_put_padded(to + size, digits % powers[places], places);
    return size + places;
}

size_t number_format_f64(char *to, double value)
{
    ASSERT(isfinite(value));
    double size = fabs(value);
    uint64_t bits;
    memcpy(&bits, &size, sizeof bits);
    bool minus = signbit(value) != 0;
    to[0] = '-';
    if (size <= WHOLE_MAX && size == (double)(int64_t)size && (size != 0 || !minus))
        return minus + decimal_put_u64(to + minus, (uint64_t)size);
    bool power_of_two = (bits & FRACTION_MASK) == 0;
    if (size >= PLAIN_MIN && size < PLAIN_END && !power_of_two)
        return minus + format_plain(to + minus, bits);
    return number_shortest(to, NUMBER_TEXT_BYTES_MAX, value);
}

void number_put_f64(struct buf *buf, double value)
{
    char *to = buf_reserve(buf, NUMBER_TEXT_BYTES_MAX);
    if (to != NULL)
        buf->size_bytes += number_format_f64(to, value);
}
