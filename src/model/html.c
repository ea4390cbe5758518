/* One idea: what a stranger wrote can never be markup, and a number has only the digits that a
 * reader can use. */
#include "model/html.h"

#include <math.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define DASH "\xe2\x80\x93"        /* U+2013 */

/* From this size on a number is written with an exponent. */
#define PLAIN_MAX 1e15

static void put_ascii(struct buf *out, char c)
{
    switch (c) {
    case '&': buf_put_text(out, "&amp;"); break;
    case '<': buf_put_text(out, "&lt;"); break;
    case '>': buf_put_text(out, "&gt;"); break;
    case '"': buf_put_text(out, "&quot;"); break;
    case '\'': buf_put_text(out, "&#39;"); break;
    default:
        if ((unsigned char)c < 0x20 || c == 0x7f)
            buf_put_text(out, REPLACEMENT);
        else
            buf_put_char(out, c);
    }
}

void html_put_text(struct buf *out, struct view text)
{
    size_t valid = utf8_valid_prefix(text.data, text.size_bytes);
    for (size_t i = 0; i < text.size_bytes; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (i == valid) {
            buf_put_text(out, REPLACEMENT);
            valid = i + 1 + utf8_valid_prefix(text.data + i + 1, text.size_bytes - i - 1);
        } else if (c == 0xc2 && (unsigned char)text.data[i + 1] < 0xa0) {
            buf_put_text(out, REPLACEMENT); /* U+0080 to U+009F are control characters too */
            i++;
        } else {
            put_ascii(out, text.data[i]);
        }
    }
}

void html_put_name(struct buf *out, struct view name)
{
    buf_put_text(out, "<bdi>");
    html_put_text(out, name);
    buf_put_text(out, "</bdi>");
}

/* Appends digits with a comma before each three from the right. */
static void put_grouped(struct buf *out, const char *digits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            buf_put_char(out, ',');
        buf_put_char(out, digits[i]);
    }
}

void html_put_count(struct buf *out, uint64_t count)
{
    char digits[20];
    put_grouped(out, digits, decimal_put_u64(digits, count));
}

void html_put_fixed(struct buf *out, double value, unsigned decimals)
{
    ASSERT(decimals <= 9);
    if (isnan(value)) {
        buf_put_text(out, DASH);
        return;
    }
    if (fabs(value) >= PLAIN_MAX) {
        buf_printf(out, "%.3g", value);
        return;
    }
    char text[40];
    int size = snprintf(text, sizeof text, "%.*f", (int)decimals, fabs(value));
    ASSERT(size > 0 && (size_t)size < sizeof text);
    size_t whole = strcspn(text, ".");
    if (value < 0 && strspn(text, "0.") < (size_t)size)
        buf_put_char(out, '-');
    put_grouped(out, text, whole);
    buf_put(out, text + whole, (size_t)size - whole);
}

void html_put_percent(struct buf *out, double share, unsigned decimals)
{
    html_put_fixed(out, share * 100, decimals);
    if (!isnan(share))
        buf_put_char(out, '%');
}

/* Takes the zeros behind a point away again, and the point when nothing is left behind it. */
static void trim_zeros(struct buf *out, size_t start)
{
    if (out->failed || memchr(out->data + start, '.', out->size_bytes - start) == NULL)
        return;
    while (out->data[out->size_bytes - 1] == '0')
        out->size_bytes--;
    if (out->data[out->size_bytes - 1] == '.')
        out->size_bytes--;
}

void html_put_short(struct buf *out, double value)
{
    double size = fabs(value);
    size_t start = out->size_bytes;
    if (size >= PLAIN_MAX || (size > 0 && size < 0.0001)) {
        buf_printf(out, "%.3g", value);
        return;
    }
    html_put_fixed(out, value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4);
    trim_zeros(out, start);
}

void html_put_time(struct buf *out, int64_t at_ms)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    if (at_ms < DATETIME_MS_MIN || at_ms > DATETIME_MS_MAX) {
        buf_put_text(out, DASH);
        return;
    }
    size_t size = datetime_format(text, at_ms);
    if (at_ms % DATETIME_MS_DAY == 0)
        size = strlen("2026-11-22");
    buf_put(out, text, size);
}
