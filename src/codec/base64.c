/* One idea: 24 bits at a time; a text is right when writing its bytes again would give it back. */
#include "codec/base64.h"

#include <stdint.h>

static const char letters[2][65] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* Writes the first `count` (2 to 4) of the four letters of 24 bits. */
static size_t put_letters(char *to, const char *alphabet, uint32_t bits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = alphabet[bits >> (18 - 6 * i) & 63];
    return count;
}

void base64_put(struct buf *buf, enum base64_alphabet alphabet, struct view bytes)
{
    const unsigned char *from = (const unsigned char *)bytes.data;
    size_t groups = bytes.size_bytes / 3;
    size_t rest = bytes.size_bytes % 3;
    char *to = buf_reserve(buf, (groups + 1) * 4);
    if (to == NULL)
        return;
    char *start = to;
    for (size_t i = 0; i < groups; i++, from += 3) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        to += put_letters(to, letters[alphabet], bits, 4);
    }
    if (rest > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (rest == 2 ? (uint32_t)from[1] << 8 : 0);
        to += put_letters(to, letters[alphabet], bits, rest + 1);
        for (size_t i = rest; alphabet == BASE64_STANDARD && i < 3; i++)
            *to++ = '=';
    }
    buf->size_bytes += (size_t)(to - start);
}

/* The value of a letter, or -1. */
static int value_of(enum base64_alphabet alphabet, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == letters[alphabet][62])
        return 62;
    return c == letters[alphabet][63] ? 63 : -1;
}

/* The 24 bits of `count` letters, missing ones 0; false when one is none. */
static bool take_letters(enum base64_alphabet alphabet, const char *from, size_t count,
                         uint32_t *ret_bits)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < count ? value_of(alphabet, from[i]) : 0;
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    *ret_bits = bits;
    return true;
}

/* `text` without its filling; false when the filling is not as it must be. */
static bool strip(enum base64_alphabet alphabet, struct view *text)
{
    if (alphabet == BASE64_URL)
        return true;
    if (text->size_bytes % 4 != 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (text->size_bytes > 0 && text->data[text->size_bytes - 1] == '=')
            text->size_bytes--;
    return true;
}

enum status base64_get(struct buf *buf, enum base64_alphabet alphabet, struct view text)
{
    if (!strip(alphabet, &text) || text.size_bytes % 4 == 1)
        return STATUS_INVALID;
    char *start = buf_reserve(buf, text.size_bytes / 4 * 3 + 3);
    if (start == NULL)
        return STATUS_NO_MEMORY;
    char *to = start;
    for (size_t at = 0; at < text.size_bytes; at += 4) {
        size_t left = text.size_bytes - at;
        size_t count = left < 4 ? left : 4;
        uint32_t bits = 0;
        if (!take_letters(alphabet, text.data + at, count, &bits))
            return STATUS_INVALID;
        for (size_t i = 0; i + 1 < count; i++, bits = bits << 8 & 0xffffffu)
            *to++ = (char)(bits >> 16);
        if (count < 4 && bits != 0)
            return STATUS_INVALID;
    }
    buf->size_bytes += (size_t)(to - start);
    return STATUS_OK;
}
