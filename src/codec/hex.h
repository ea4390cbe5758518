#ifndef CODEC_HEX_H
#define CODEC_HEX_H

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* Appends two lower-case digits for each byte. Any thread. */
void hex_put(struct buf *buf, struct view bytes);

/* Writes the bytes that `text` stands for at `to`, exactly `size_bytes` of them; digits of either
 * case. STATUS_INVALID: another length, or not digits; what is at `to` is then of no use. */
MUST_CHECK enum status hex_get(struct view text, void *to, size_t size_bytes);

#endif
