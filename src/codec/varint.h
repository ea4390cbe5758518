#ifndef CODEC_VARINT_H
#define CODEC_VARINT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

#define VARINT_BYTES_MAX 10

/* Writes `value` at `to` (room for VARINT_BYTES_MAX) in unsigned LEB128, seven bits a byte, lowest
 * first, the high bit set in all but the last; returns how many bytes. Any thread. */
size_t varint_format(char *to, uint64_t value);

/* Appends varint_format(value). */
void varint_put(struct buf *buf, uint64_t value);

/* Reads one from the front of *from and moves *from behind it. Each value has one encoding: a last
 * byte of 0 behind others is not accepted. STATUS_CORRUPT: cut short, too large or not of that
 * form; *from is unchanged. Any thread. */
MUST_CHECK enum status varint_get(struct view *from, uint64_t *ret_value);

#endif
