/* One idea: runs without anything special are copied whole; only what stands between them is looked
 * at byte by byte. */
#include "codec/json.h"

#include <string.h>

#include "codec/json_int.h"

/* A byte that must be escaped grows to at most this many: \u001f. */
#define ESCAPE_BYTES_MAX 6

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))
#define HIGH_BITS BYTES(0x80)

static bool is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* The high bit of some byte is set when one of the eight bytes is special. Subtracting borrows
 * upward only out of a byte that is itself a hit, so "none" is exact. */
static uint64_t special_bits(uint64_t word)
{
    uint64_t quote = word ^ BYTES('"');
    uint64_t backslash = word ^ BYTES('\\');
    uint64_t control = (word - BYTES(0x20)) & ~word;
    uint64_t equal = ((quote - BYTES(1)) & ~quote) | ((backslash - BYTES(1)) & ~backslash);
    return (control | equal) & HIGH_BITS;
}

/* Index of the first special byte at or behind `at`, or the size. */
static size_t plain_end(struct view text, size_t at)
{
    uint64_t word;
    for (; text.size_bytes - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        if (special_bits(word) != 0)
            break;
    }
    while (at < text.size_bytes && !is_special((unsigned char)text.data[at]))
        at++;
    return at;
}

static void put_escape(struct buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "btn\0fr"; /* of 8 to 13 */
    char text[ESCAPE_BYTES_MAX] = {'\\', (char)c, '0', '0', 0, 0};
    size_t size = 2;
    if (c >= 8 && c <= 13 && c != 11) {
        text[1] = letters[c - 8];
    } else if (c < 0x20) {
        text[1] = 'u';
        text[4] = hex[c >> 4];
        text[5] = hex[c & 15];
        size = sizeof text;
    }
    buf_put(buf, text, size);
}

/* The general way, from the first special byte at `stop` on. */
static void put_escaped(struct buf *buf, struct view text, size_t stop)
{
    size_t at = 0;
    buf_put_char(buf, '"');
    for (;;) {
        buf_put(buf, text.data + at, stop - at);
        if (stop == text.size_bytes)
            break;
        put_escape(buf, (unsigned char)text.data[stop]);
        at = stop + 1;
        stop = plain_end(text, at);
    }
    buf_put_char(buf, '"');
}

void json_put_string(struct buf *buf, struct view text)
{
    size_t stop = plain_end(text, 0);
    if (stop < text.size_bytes) {
        put_escaped(buf, text, stop);
        return;
    }
    char *to = buf_reserve(buf, text.size_bytes + 2);
    if (to == NULL)
        return;
    to[0] = '"';
    if (text.size_bytes > 0)
        memcpy(to + 1, text.data, text.size_bytes);
    to[text.size_bytes + 1] = '"';
    buf->size_bytes += text.size_bytes + 2;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The number in `\uXXXX` at `from`, of which `left` bytes are there; -1 if there is none. */
static int32_t unit_at(const char *from, size_t left)
{
    if (left < 6 || from[0] != '\\' || from[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(from[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static size_t put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3f));
    to[0] = (char)(first[size] | point);
    return size;
}

/* One `\u` escape, or two that are a surrogate pair: returns how many bytes of `from` it took, 0
 * when it is none, and moves *to behind what it wrote. */
static size_t unescape_unit(const char *from, size_t left, char **to)
{
    int32_t unit = unit_at(from, left);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return 0;
    if (unit < 0xd800 || unit > 0xdfff) {
        *to += put_utf8(*to, (uint32_t)unit);
        return 6;
    }
    int32_t low = unit_at(from + 6, left - 6);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *to += put_utf8(*to, 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
    return 12;
}

/* The byte that `\c` stands for, or 0 when it stands for none. */
static char unescape_letter(char c)
{
    switch (c) {
    case '"': case '\\': case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

int64_t json_unescape(const char *from, size_t size_bytes, char *to, size_t *ret_bad)
{
    char *start = to;
    size_t at = 0;
    while (at < size_bytes) {
        const char *stop = memchr(from + at, '\\', size_bytes - at);
        size_t run = (stop == NULL ? size_bytes : (size_t)(stop - from)) - at;
        memcpy(to, from + at, run);
        to += run;
        at += run;
        if (stop == NULL)
            break;
        size_t left = size_bytes - at;
        char letter = left < 2 ? 0 : unescape_letter(from[at + 1]);
        size_t used = letter != 0 ? 2 : unescape_unit(from + at, left, &to);
        if (used == 0) {
            *ret_bad = at;
            return -1;
        }
        if (letter != 0)
            *to++ = letter;
        at += used;
    }
    return to - start;
}
