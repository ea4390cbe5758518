#ifndef CMD_AMOUNT_H
#define CMD_AMOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/money.h"

#define CMD_AMOUNT_BYTES_MAX (2 * MONEY_TEXT_BYTES_MAX)

/* Writes an amount for people, its thousands separated by commas, and returns its bytes; no NUL.
 * minor: in minor units; exponent: digits behind the point; unit_digits: how many of the last whole
 * digits are left out, with what stands behind them: 3 for thousands; 0: all is written. */
size_t cmd_amount_format(char to[CMD_AMOUNT_BYTES_MAX], int64_t minor, unsigned exponent,
                         size_t unit_digits);

#endif
