/* One idea: people read amounts in groups of three digits. */
#include "cmd/amount.h"

#include <stdbool.h>
#include <string.h>

size_t cmd_amount_format(char to[CMD_AMOUNT_BYTES_MAX], int64_t minor, unsigned exponent,
                         size_t unit_digits)
{
    char plain[MONEY_TEXT_BYTES_MAX];
    size_t size = money_format(plain, minor, exponent);
    size_t whole = exponent > 0 ? size - exponent - 1 : size;
    size_t shown = whole > unit_digits ? whole - unit_digits : 0;
    size_t at = 0;
    for (size_t i = 0; i < shown; i++) {
        bool digit_before = i > 0 && plain[i - 1] != '-';
        if (digit_before && (shown - i) % 3 == 0)
            to[at++] = ',';
        to[at++] = plain[i];
    }
    if (unit_digits > 0)
        return at;
    memcpy(to + at, plain + whole, size - whole);
    return at + size - whole;
}
