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

static const char pairs[] = /* "00" to "99" */
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

static size_t digit_count(uint64_t value)
{
    static const uint64_t powers[DECIMAL_BYTES_MAX] = {
        0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
        100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
        10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000u,
    };
    /* 1233 / 4096 is a little less than the decimal logarithm of 2. */
    size_t most = (64 - (size_t)__builtin_clzll(value | 1)) * 1233 >> 12;
    return most + (value >= powers[most]);
}

void decimal_put_padded(char *to, uint64_t value, size_t size_bytes)
{
    size_t left = size_bytes;
    for (; left >= 2; left -= 2, value /= 100)
        memcpy(to + left - 2, pairs + value % 100 * 2, 2);
    if (left == 1)
        to[0] = (char)('0' + value % 10);
}

size_t decimal_put_u64(char *to, uint64_t value)
{
    if (value < 10) {
        to[0] = (char)('0' + value);
        return 1;
    }
    size_t size = digit_count(value);
    decimal_put_padded(to, value, size);
    return size;
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
