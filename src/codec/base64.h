#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

enum base64_alphabet {
    BASE64_STANDARD, /* RFC 4648 section 4: + and /, filled up with = to whole groups of four */
    BASE64_URL,      /* RFC 4648 section 5: - and _, not filled up */
};

/* Appends `bytes` in base64. Any thread. */
void base64_put(struct buf *buf, enum base64_alphabet alphabet, struct view bytes);

/* Appends the bytes that `text` stands for. Strict: no white space, filling as the alphabet has it,
 * unused bits 0, so that each sequence of bytes has one text. STATUS_INVALID: not such a text;
 * STATUS_NO_MEMORY; `buf` is as long as it was. Any thread. */
MUST_CHECK enum status base64_get(struct buf *buf, enum base64_alphabet alphabet,
                                  struct view text);

#endif
