#ifndef CODEC_INFLATE_H
#define CODEC_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "codec/source.h"

#define INFLATE_INPUT_BYTES ((size_t)128 << 10) /* pulled from the source at once */
#define INFLATE_ZSTD_WINDOW_LOG_MAX 27          /* a larger window than 128 MiB is refused */

enum inflate_format {
    INFLATE_UNKNOWN, /* nothing read yet */
    INFLATE_PLAIN,
    INFLATE_GZIP, /* RFC 1952, one or more members */
    INFLATE_ZSTD, /* RFC 8878, one or more frames, skippable ones too */
};

/* Decompresses a stream of bytes, whose format its first bytes tell; what is neither gzip nor zstd
 * passes unchanged. Memory does not depend on how much comes out: at most 128 KiB and the window
 * (gzip 32 KiB, zstd as its frame says up to the limit above). One thread at a time. */
struct inflate;

/* NULL when there is no memory. `mem` and the source's context are borrowed and outlive it. */
struct inflate *inflate_new(struct mem *mem, struct source source);

/* Frees; `stream` may be NULL. The source is not closed. */
void inflate_free(struct inflate *stream);

/* Writes 1 to `max` (> 0) bytes at `to` and their number to *ret_size, or 0 at the end.
 * STATUS_CORRUPT: the stream is damaged or cut short; STATUS_LIMIT: it needs too large a window;
 * STATUS_NO_MEMORY; or what the source reported. All are final. */
MUST_CHECK enum status inflate_read(struct inflate *stream, char *to, size_t max,
                                    size_t *ret_size, struct diag *diag);

/* This stage as a source for the next one; borrows `stream`. */
struct source inflate_source(struct inflate *stream);

/* What the first bytes said. */
enum inflate_format inflate_format_of(const struct inflate *stream);

/* Bytes pulled from the source so far, for a progress bar against the size of a file. */
uint64_t inflate_input_bytes(const struct inflate *stream);

#endif
