/* One idea: seven bits a byte, and only one way to write each number. */
#include "codec/varint.h"

size_t varint_format(char *to, uint64_t value)
{
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        to[size++] = (char)(value | 0x80);
    to[size++] = (char)value;
    return size;
}

void varint_put(struct buf *buf, uint64_t value)
{
    char *to = buf_reserve(buf, VARINT_BYTES_MAX);
    if (to != NULL)
        buf->size_bytes += varint_format(to, value);
}

enum status varint_get(struct view *from, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < from->size_bytes && i < VARINT_BYTES_MAX; i++) {
        uint64_t byte = (unsigned char)from->data[i];
        value |= (byte & 0x7f) << (7 * i);
        if ((byte & 0x80) != 0)
            continue;
        if ((byte == 0 && i > 0) || (i == VARINT_BYTES_MAX - 1 && byte > 1))
            return STATUS_CORRUPT;
        from->data += i + 1;
        from->size_bytes -= i + 1;
        *ret_value = value;
        return STATUS_OK;
    }
    return STATUS_CORRUPT;
}
