#ifndef CODEC_LINES_H
#define CODEC_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "codec/source.h"

#define LINES_BATCH_MAX 64                     /* lines of one batch, all valid at once */
#define LINES_LINE_BYTES_MAX ((size_t)1 << 20) /* a longer one is skipped and reported */
#define LINES_BATCH_BYTES_MAX ((size_t)2 << 20) /* of all lines in one batch together */

enum lines_format {
    LINES_NDJSON, /* a record ends at LF */
    LINES_CSV,    /* a record ends at an LF outside quotes */
};

/* One record of the input. */
struct line {
    struct view text;   /* without LF or CRLF; JSON_PADDING_BYTES readable bytes lie behind it */
    uint64_t number;    /* 1-based, of the first line that the record stands on */
    enum status status; /* OK; LIMIT: longer than allowed, `text` is empty; INVALID: a CSV quote
                           opened on this line is never closed, `text` is this line alone */
    bool blank;         /* nothing but spaces and tabs */
};

/* Cuts a stream of bytes into records, in batches, without copying them. One thread at a time. */
struct lines;

/* NULL when there is no memory (about 2 MiB). `mem` and the source's context are borrowed and
 * outlive it. `separator` matters to LINES_CSV only: the separator of its fields. */
struct lines *lines_new(struct mem *mem, enum lines_format format, char separator,
                        struct source source);

/* Frees; `lines` may be NULL. The source is not closed. */
void lines_free(struct lines *lines);

/* Writes the next 1 to `count_max` (<= LINES_BATCH_MAX) records to `batch` and their number to
 * *ret_count. They are valid until the next call. Reads from the source only when no whole record
 * is at hand, so that a record from a pipe is answered before the next one is waited for. Every
 * line is reported, blank and bad ones too; the last one needs no LF. A UTF-8 byte order mark at
 * the start of the input is skipped.
 * STATUS_END: there are no more; anything else is what the source reported, after all whole
 * records before it have been given; then and ever after the same. */
MUST_CHECK enum status lines_read(struct lines *lines, struct line *batch, size_t count_max,
                                  size_t *ret_count, struct diag *diag);

#endif
