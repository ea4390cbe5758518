/* One idea: a diagnostic is printed with the line it is about, and the caret stands under the
 * right character whatever bytes the line holds. */
#include "policy/policy.h"

#include "base/utf8.h"

#define LINE_BYTES_MAX 200 /* of a source line shown; more is cut around the caret */

void policy_report_init(struct policy_report *report, struct mem *mem)
{
    *report = (struct policy_report){.mem = mem};
}

void policy_report_done(struct policy_report *report)
{
    mem_free(report->mem, report->diags, report->capacity * sizeof *report->diags);
    mem_free(report->mem, report->warnings, report->capacity * sizeof *report->warnings);
    *report = (struct policy_report){.mem = report->mem};
}

static struct view line_of(struct view source, uint32_t line)
{
    const char *at = source.data;
    const char *end = source.data + source.size_bytes;
    for (uint32_t i = 1; i < line && at != NULL && at < end; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at == NULL ? end : at + 1;
    }
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    struct view found = {at, (size_t)((stop == NULL ? end : stop) - at)};
    if (found.size_bytes > 0 && found.data[found.size_bytes - 1] == '\r')
        found.size_bytes--;
    return found;
}

/* How many bytes the character at the start has; bytes that are no character count one by one. */
static size_t character(struct view text)
{
    unsigned char c = (unsigned char)text.data[0];
    size_t size = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    return size <= text.size_bytes && utf8_valid(text.data, size) ? size : 1;
}

/* Terminals show Chinese, Japanese and Korean twice as wide (Unicode Standard Annex 11). */
static int width(const char *data, size_t size)
{
    const unsigned char *c = (const unsigned char *)data;
    if (size == 4)
        return 2;
    if (size != 3)
        return 1;
    unsigned point = (c[0] & 15u) << 12 | (c[1] & 63u) << 6 | (c[2] & 63u);
    return (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
           (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
           (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ? 2 : 1;
}

static void put_visible(struct buf *out, const char *data, size_t size)
{
    unsigned char c = (unsigned char)data[0];
    if (size > 1)
        buf_put(out, data, size);
    else
        buf_put_char(out, c == '\t' ? ' ' : c < 0x20 || c >= 0x7F ? '?' : data[0]);
}

/* The line, then under it spaces up to `column` and carets up to `column + span`, in bytes. */
static void put_line(struct buf *out, struct view line, size_t column, size_t span,
                     const char *colour, const char *plain)
{
    size_t start = column > LINE_BYTES_MAX / 2 ? column - LINE_BYTES_MAX / 2 : 0;
    while (start > 0 && start < line.size_bytes &&
           ((unsigned char)line.data[start] & 0xC0) == 0x80)
        start--;
    if (start > line.size_bytes)
        start = line.size_bytes;
    size_t stop = line.size_bytes - start > LINE_BYTES_MAX ? start + LINE_BYTES_MAX
                                                           : line.size_bytes;
    size_t before = 0;
    size_t under = 0;
    buf_put_text(out, "    ");
    for (size_t i = start; i < stop;) {
        size_t size = character((struct view){line.data + i, line.size_bytes - i});
        put_visible(out, line.data + i, size);
        if (i < column)
            before += (size_t)width(line.data + i, size);
        else if (i < column + span)
            under += (size_t)width(line.data + i, size);
        i += size;
    }
    buf_put_text(out, "\n    ");
    for (size_t i = 0; i < before; i++)
        buf_put_char(out, ' ');
    buf_put_text(out, colour);
    for (size_t i = 0; i < (under == 0 ? 1 : under); i++)
        buf_put_char(out, '^');
    buf_printf(out, "%s\n", plain);
}

void policy_report_print(const struct policy_report *report, size_t index, struct view path,
                         struct view source, bool colour, struct buf *out)
{
    const struct diag *diag = &report->diags[index];
    bool warning = report->warnings[index];
    const char *strong = colour ? "\033[1m" : "";
    const char *tint = !colour ? "" : warning ? "\033[1;33m" : "\033[1;31m";
    const char *plain = colour ? "\033[0m" : "";
    buf_printf(out, "%s%.*s:%u:%u: %s%s:%s %s [%s]\n", strong, VIEW_ARG(path), diag->line,
               diag->column, tint, warning ? "warning" : "error", plain, diag->message,
               diag->code);
    if (source.size_bytes > 0 && diag->line > 0)
        put_line(out, line_of(source, diag->line), diag->column == 0 ? 0 : diag->column - 1,
                 diag->span, tint, plain);
    if (diag->hint[0] != '\0')
        buf_printf(out, "  hint: %s\n", diag->hint);
}
