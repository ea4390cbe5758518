/* One idea: a character's length follows from its first byte, and the second byte alone carries
 * the bounds that rule out overlong forms, surrogates and what lies above U+10FFFF. */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Length of the well-formed character at `s`, of which `left` bytes are there; 0 if none is. */
static size_t character_size(const unsigned char *s, size_t left)
{
    unsigned char first = s[0];
    if (first < 0x80)
        return 1;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < size)
        return 0;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if (!is_continuation(s[i]))
            return 0;
    return size;
}

size_t utf8_valid_prefix(const char *data, size_t size_bytes)
{
    const unsigned char *s = (const unsigned char *)data;
    size_t at = 0;
    while (at < size_bytes) {
        uint64_t word;
        if (size_bytes - at >= sizeof word) {
            memcpy(&word, s + at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t size = character_size(s + at, size_bytes - at);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

bool utf8_valid(const char *data, size_t size_bytes)
{
    return utf8_valid_prefix(data, size_bytes) == size_bytes;
}

size_t utf8_whole_prefix(const char *data, size_t size_bytes)
{
    const unsigned char *s = (const unsigned char *)data;
    size_t start = size_bytes;
    while (start > 0 && size_bytes - start < 3 && is_continuation(s[start - 1]))
        start--;
    if (start == 0 || s[start - 1] < 0xc0)
        return size_bytes;
    unsigned char first = s[start - 1];
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    return size_bytes - (start - 1) < size ? start - 1 : size_bytes;
}
