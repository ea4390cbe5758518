#ifndef CODEC_NUMBER_H
#define CODEC_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* Bytes that number_format_f64 may write. */
#define NUMBER_TEXT_BYTES_MAX 32

/* Writes the shortest decimal that reads back as `value`, valid as JSON, at most
 * NUMBER_TEXT_BYTES_MAX bytes, no NUL; returns how many. Whole numbers up to 2^53 in size have
 * neither exponent nor point. `value` must be finite. About 60 ns, 25 ns between 0.001 and
 * 2^53, 5 ns when whole; any thread. */
size_t number_format_f64(char *to, double value);

/* Appends number_format_f64(value). */
void number_put_f64(struct buf *buf, double value);

/* The size of the number (RFC 8259 section 6) that `text` begins with, as long as it can be; 0 when
 * it begins with none, or with one that breaks off behind a point or an exponent's e. */
size_t number_prefix(struct view text);

/* Whether `text` is a JSON number (RFC 8259 section 6) from its first byte to its last. */
bool number_valid(struct view text);

/* Reads a JSON number (RFC 8259 section 6: no leading plus, zeros or point) rounded to the nearest
 * double; what is too small becomes 0. STATUS_INVALID: not such a number; STATUS_OVERFLOW: beyond
 * the largest double. Any thread. */
MUST_CHECK enum status number_parse_f64(struct view text, double *ret_value);

/* Reads a whole number in decimal: optional minus, digits without leading zeros. "1.0" and "1e3"
 * are STATUS_INVALID as is all else; outside int64_t is STATUS_OVERFLOW. "-0" is 0. Any thread. */
MUST_CHECK enum status number_parse_i64(struct view text, int64_t *ret_value);

#endif
