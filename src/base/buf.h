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

/* The slow path of buf_reserve: grows, or sets `failed` and returns NULL. */
char *buf_grow(struct buf *buf, size_t extra);

/* Makes room for `extra` more bytes and returns where they go (then add to size_bytes), or
 * NULL with `failed` set. */
static inline char *buf_reserve(struct buf *buf, size_t extra)
{
    if (!buf->failed && buf->capacity_bytes - buf->size_bytes > extra)
        return buf->data + buf->size_bytes;
    return buf_grow(buf, extra);
}

/* Appends bytes. */
static inline void buf_put(struct buf *buf, const void *data, size_t size_bytes)
{
    char *to = size_bytes == 0 ? NULL : buf_reserve(buf, size_bytes);
    if (to == NULL)
        return;
    memcpy(to, data, size_bytes);
    buf->size_bytes += size_bytes;
}

/* Appends a view's bytes. */
static inline void buf_put_view(struct buf *buf, struct view text)
{
    buf_put(buf, text.data, text.size_bytes);
}

/* Appends a C string. */
static inline void buf_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

/* Appends one byte. */
static inline void buf_put_char(struct buf *buf, char c)
{
    char *to = buf_reserve(buf, 1);
    if (to == NULL)
        return;
    *to = c;
    buf->size_bytes++;
}

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

/* Writes the last `size_bytes` digits of `value` at `to`, with zeros before them where it has
 * fewer. */
void decimal_put_padded(char *to, uint64_t value, size_t size_bytes);

#endif
