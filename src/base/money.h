#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Amounts are integers of the currency's minor unit (cents), in an int64_t named ..._minor. An
 * amount read from outside is at most MONEY_MINOR_MAX in size, so that 9,000 of them can be added
 * in 64 bits and any number that weir retains in 128. */
#define MONEY_MINOR_MAX ((int64_t)1000000000000000)

/* Bytes that money_format may write. */
#define MONEY_TEXT_BYTES_MAX 24

/* A currency: an index into the table of ISO 4217 codes. */
typedef uint8_t money_currency;

/* Finds a currency by its three capital letters (ISO 4217:2015, amendments to 177). Any thread.
 * STATUS_NOT_FOUND when there is none of that code. */
MUST_CHECK enum status money_currency_find(struct view code, money_currency *ret_currency);

/* The three letters of a currency, a static string. */
const char *money_currency_code(money_currency currency);

/* How many decimals its minor unit has: 0 for JPY, 2 for CNY, 3 for KWD, 4 for CLF. */
unsigned money_currency_exponent(money_currency currency);

/* Reads a plain decimal ("-12.50", "7"): optional minus, digits, optionally a point and digits; no
 * exponent, no separators, no spaces, no leading plus. Trailing zeros beyond the exponent are
 * accepted, other digits beyond it are not.
 * text: the number; exponent: decimals of the currency, 0 to 4.
 * STATUS_INVALID: not such a number; STATUS_LIMIT: more decimals than the currency has;
 * STATUS_OVERFLOW: above MONEY_MINOR_MAX in size. Any thread. O(size). */
MUST_CHECK enum status money_parse(struct view text, unsigned exponent, int64_t *ret_minor);

/* As money_parse, but what has more decimals than the currency is rounded to the nearest minor
 * unit, halves away from zero; never STATUS_LIMIT. For inputs that carry the noise of binary
 * fractions ("85.64999999999999"). */
MUST_CHECK enum status money_parse_rounded(struct view text, unsigned exponent,
                                           int64_t *ret_minor);

/* Writes an amount in major units with exactly `exponent` decimals ("-12.50"), at most
 * MONEY_TEXT_BYTES_MAX bytes, no NUL; returns how many. Any int64_t is allowed. */
size_t money_format(char *to, int64_t minor, unsigned exponent);

/* The sum of two amounts, at the ends of int64_t when it would lie beyond them: for totals that are
 * shown, where a wrong sign would be worse than a bound. */
int64_t money_add(int64_t a_minor, int64_t b_minor);

#endif
