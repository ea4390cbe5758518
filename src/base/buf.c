/* One idea: writers never check, the reader of the result does, once. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CAPACITY_BYTES_MIN ((size_t)256)
#define DECIMAL_BYTES_MAX 20

void buf_init(struct buf *buf, struct mem *mem)
{
    *buf = (struct buf){.mem = mem};
}

void buf_done(struct buf *buf)
{
    if (buf->mem != NULL)
        mem_free(buf->mem, buf->data, buf->capacity_bytes);
    *buf = (struct buf){.mem = buf->mem};
}

void buf_clear(struct buf *buf)
{
    buf->size_bytes = 0;
    buf->failed = false;
}

static bool grow(struct buf *buf, size_t extra)
{
    size_t capacity = buf->capacity_bytes == 0 ? CAPACITY_BYTES_MIN : buf->capacity_bytes;
    while (capacity - buf->size_bytes < extra) {
        if (capacity > SIZE_MAX / 4)
            return false;
        capacity *= 2;
    }
    char *data = buf->mem->resize(buf->mem, buf->data, buf->capacity_bytes, capacity);
    if (data == NULL)
        return false;
    buf->data = data;
    buf->capacity_bytes = capacity;
    return true;
}

char *buf_grow(struct buf *buf, size_t extra)
{
    bool fits = buf->data != NULL && buf->capacity_bytes - buf->size_bytes >= extra;
    if (!buf->failed && !fits && !grow(buf, extra))
        buf->failed = true;
    return buf->failed ? NULL : buf->data + buf->size_bytes;
}

size_t decimal_put_u64(char *to, uint64_t value)
{
    char digits[DECIMAL_BYTES_MAX];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    memcpy(to, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    char *to = buf_reserve(buf, DECIMAL_BYTES_MAX);
    if (to != NULL)
        buf->size_bytes += decimal_put_u64(to, value);
}

void buf_put_i64(struct buf *buf, int64_t value)
{
    if (value < 0)
        buf_put_char(buf, '-');
    buf_put_u64(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *to = length < 0 ? NULL : buf_reserve(buf, (size_t)length + 1);
    if (to != NULL) {
        vsnprintf(to, (size_t)length + 1, format, again);
        buf->size_bytes += (size_t)length;
    } else {
        buf->failed = true;
    }
    va_end(again);
}

struct view buf_view(const struct buf *buf)
{
    return (struct view){buf->data, buf->size_bytes};
}

enum status buf_status(const struct buf *buf)
{
    return buf->failed ? STATUS_NO_MEMORY : STATUS_OK;
}
