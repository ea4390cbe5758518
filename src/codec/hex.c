/* One idea: two digits a byte, high half first. */
#include "codec/hex.h"

void hex_put(struct buf *buf, struct view bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *to = buf_reserve(buf, 2 * bytes.size_bytes);
    if (to == NULL)
        return;
    for (size_t i = 0; i < bytes.size_bytes; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        to[2 * i] = digits[byte >> 4];
        to[2 * i + 1] = digits[byte & 15];
    }
    buf->size_bytes += 2 * bytes.size_bytes;
}

static int value_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

enum status hex_get(struct view text, void *to, size_t size_bytes)
{
    unsigned char *bytes = to;
    if (text.size_bytes / 2 != size_bytes || text.size_bytes % 2 != 0)
        return STATUS_INVALID;
    for (size_t i = 0; i < size_bytes; i++) {
        int high = value_of(text.data[2 * i]);
        int low = value_of(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return STATUS_INVALID;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return STATUS_OK;
}
