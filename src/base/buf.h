#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/* Growing bytes, for output. A failed growth is remembered in `failed`: writers write on without
 * checking, and whoever uses the result checks once. Bytes written after a failure are dropped. */
struct buf {
    struct mem *mem;
    char *data;             /* owned */
    size_t size_bytes;
    size_t capacity_bytes;
    bool failed;
};

/* An empty buffer over `mem`; allocates nothing. */
void buf_init(struct buf *buf, struct mem *mem);

/* Frees; the buffer is empty and usable again. Does nothing on a zeroed buffer. */
void buf_done(struct buf *buf);

/* Empties without freeing and forgets a failure, so that one buffer serves many lines. */
void buf_clear(struct buf *buf);

/* Makes room for `extra` more bytes and returns where they go (then add to size_bytes), or NULL
 * with `failed` set. */
char *buf_reserve(struct buf *buf, size_t extra);

void buf_put(struct buf *buf, const void *data, size_t size_bytes); /* appends bytes */
void buf_put_view(struct buf *buf, struct view text);               /* appends a view's bytes */
void buf_put_text(struct buf *buf, const char *text);               /* appends a C string */
void buf_put_char(struct buf *buf, char c);                         /* appends one byte */
void buf_put_u64(struct buf *buf, uint64_t value);                  /* appends it in decimal */
void buf_put_i64(struct buf *buf, int64_t value);                   /* appends it in decimal */
void buf_printf(struct buf *buf, const char *format, ...)           /* appends as printf does */
    __attribute__((format(printf, 2, 3)));

/* The bytes so far; borrowed until the next write. */
struct view buf_view(const struct buf *buf);

/* STATUS_OK, or STATUS_NO_MEMORY when some write did not fit. */
MUST_CHECK enum status buf_status(const struct buf *buf);

/* Writes `value` in decimal at `to` (at least 20 bytes, no NUL) and returns how many bytes. */
size_t decimal_put_u64(char *to, uint64_t value);

#endif
