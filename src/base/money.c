/* One idea: amounts are integers from the first byte read to the last byte written. */
#include "base/money.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"

#define EXPONENT_MAX 4

/* ISO 4217 list one: funds and accounting units that have a minor unit included, metals and test
 * codes left out. In the order of their codes, for the binary search. */
static const struct {
    char code[4];
    unsigned char exponent;
} currencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2},
    {"AUD", 2}, {"AWG", 2}, {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BGN", 2},
    {"BHD", 3}, {"BIF", 0}, {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BOV", 2}, {"BRL", 2},
    {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2},
    {"CHE", 2}, {"CHF", 2}, {"CHW", 2}, {"CLF", 4}, {"CLP", 0}, {"CNY", 2}, {"COP", 2},
    {"COU", 2}, {"CRC", 2}, {"CUP", 2}, {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2},
    {"DOP", 2}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2}, {"EUR", 2}, {"FJD", 2},
    {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2}, {"GNF", 0},
    {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2}, {"HUF", 2}, {"IDR", 2},
    {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2}, {"JOD", 3},
    {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0},
    {"KWD", 3}, {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2},
    {"LSL", 2}, {"LYD", 3}, {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2},
    {"MNT", 2}, {"MOP", 2}, {"MRU", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2}, {"MXN", 2},
    {"MXV", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"NIO", 2}, {"NOK", 2},
    {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2}, {"PGK", 2}, {"PHP", 2},
    {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2}, {"RUB", 2},
    {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2},
    {"SHP", 2}, {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2},
    {"SYP", 2}, {"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2},
    {"TRY", 2}, {"TTD", 2}, {"TWD", 2}, {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2},
    {"USN", 2}, {"UYI", 0}, {"UYU", 2}, {"UYW", 4}, {"UZS", 2}, {"VED", 2}, {"VES", 2},
    {"VND", 0}, {"VUV", 0}, {"WST", 2}, {"XAD", 2}, {"XAF", 0}, {"XCD", 2}, {"XCG", 2},
    {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2}, {"ZMW", 2}, {"ZWG", 2},
};

#define CURRENCY_COUNT (sizeof currencies / sizeof currencies[0])
_Static_assert(CURRENCY_COUNT <= UINT8_MAX, "money_currency is a byte");

enum status money_currency_find(struct view code, money_currency *ret_currency)
{
    size_t low = 0;
    size_t high = CURRENCY_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(code, view_of(currencies[middle].code));
        if (order == 0) {
            *ret_currency = (money_currency)middle;
            return STATUS_OK;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return STATUS_NOT_FOUND;
}

const char *money_currency_code(money_currency currency)
{
    ASSERT(currency < CURRENCY_COUNT);
    return currencies[currency].code;
}

unsigned money_currency_exponent(money_currency currency)
{
    ASSERT(currency < CURRENCY_COUNT);
    return currencies[currency].exponent;
}

/* A decimal as it was read: digits up to the currency's exponent, and what lay beyond them. */
struct decimal {
    bool negative;
    bool overflow;    /* above MONEY_MINOR_MAX */
    bool excess;      /* a digit beyond the exponent is not zero */
    bool rounds_up;   /* the first digit beyond it is at least 5 */
    uint64_t minor;   /* without its sign; of use unless `overflow` */
};

/* Appends one decimal digit. What wraps was above the bound before. */
static inline void add_digit(struct decimal *decimal, unsigned digit)
{
    decimal->minor = decimal->minor * 10 + digit;
    decimal->overflow |= decimal->minor > MONEY_MINOR_MAX;
}

/* The value of the digit at `at`, or more than 9. */
static inline unsigned digit_at(const char *at, const char *end)
{
    return at < end ? (unsigned)(unsigned char)*at - '0' : UINT_MAX;
}

/* Reads the digits behind the point from `at` on; returns where they end. */
static inline const char *read_fraction(const char *at, const char *end, unsigned exponent,
                                        struct decimal *decimal)
{
    unsigned digit;
    for (; exponent > 0 && (digit = digit_at(at, end)) <= 9; at++, exponent--)
        add_digit(decimal, digit);
    for (; exponent > 0; exponent--)
        add_digit(decimal, 0);
    decimal->rounds_up = (digit = digit_at(at, end)) <= 9 && digit >= 5;
    for (; (digit = digit_at(at, end)) <= 9; at++)
        decimal->excess |= digit != 0;
    return at;
}

static inline enum status read_decimal(struct view text, unsigned exponent, struct decimal *ret)
{
    ASSERT(exponent <= EXPONENT_MAX);
    struct decimal decimal = {.negative = text.size_bytes > 0 && text.data[0] == '-'};
    const char *start = text.data + decimal.negative;
    const char *end = text.data + text.size_bytes;
    const char *at = start;
    for (unsigned digit; (digit = digit_at(at, end)) <= 9; at++)
        add_digit(&decimal, digit);
    if (at == start)
        return STATUS_INVALID;
    bool has_point = at < end && *at == '.';
    const char *first = at + has_point;
    at = read_fraction(first, has_point ? end : first, exponent, &decimal);
    *ret = decimal;
    return at == end && (!has_point || at > first) ? STATUS_OK : STATUS_INVALID;
}

enum status money_parse(struct view text, unsigned exponent, int64_t *ret_minor)
{
    struct decimal decimal;
    if (read_decimal(text, exponent, &decimal) != STATUS_OK)
        return STATUS_INVALID;
    if (decimal.excess)
        return STATUS_LIMIT;
    if (decimal.overflow)
        return STATUS_OVERFLOW;
    *ret_minor = decimal.negative ? -(int64_t)decimal.minor : (int64_t)decimal.minor;
    return STATUS_OK;
}

enum status money_parse_rounded(struct view text, unsigned exponent, int64_t *ret_minor)
{
    struct decimal decimal;
    if (read_decimal(text, exponent, &decimal) != STATUS_OK)
        return STATUS_INVALID;
    int64_t minor = (int64_t)(decimal.minor + decimal.rounds_up);
    if (decimal.overflow || minor > MONEY_MINOR_MAX)
        return STATUS_OVERFLOW;
    *ret_minor = decimal.negative ? -minor : minor;
    return STATUS_OK;
}

size_t money_format(char *to, int64_t minor, unsigned exponent)
{
    ASSERT(exponent <= EXPONENT_MAX);
    char digits[MONEY_TEXT_BYTES_MAX];
    uint64_t size_minor = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    size_t count = decimal_put_u64(digits, size_minor);
    size_t written = 0;
    if (minor < 0)
        to[written++] = '-';
    size_t whole = count > exponent ? count - exponent : 0;
    if (whole == 0)
        to[written++] = '0';
    memcpy(to + written, digits, whole);
    written += whole;
    if (exponent == 0)
        return written;
    to[written++] = '.';
    for (size_t zeros = count < exponent ? exponent - count : 0; zeros > 0; zeros--)
        to[written++] = '0';
    memcpy(to + written, digits + whole, count - whole);
    return written + (count - whole);
}

int64_t money_add(int64_t a_minor, int64_t b_minor)
{
    int64_t sum = 0;
    if (!__builtin_add_overflow(a_minor, b_minor, &sum))
        return sum;
    return a_minor > 0 ? INT64_MAX : INT64_MIN;
}
