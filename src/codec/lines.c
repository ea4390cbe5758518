/* One idea: records are views into one buffer, which is moved only when none of them is in use, and
 * then only by the piece of a record that its end cut off.
 *
 * 1. data[start, end) is read and not yet given out; scan says how much of it was searched.
 * 2. Behind data[end) lie JSON_PADDING_BYTES readable bytes at least.
 * 3. Before each read less than LINES_LINE_BYTES_MAX + 2 bytes are kept, so there is always room.
 * 4. What is given does not depend on how the source cuts its bytes into reads. */
#include "codec/lines.h"

#include <string.h>

#include "base/assert.h"
#include "codec/csv.h"
#include "codec/json.h"

#define DATA_BYTES LINES_BATCH_BYTES_MAX
#define BUFFER_BYTES (DATA_BYTES + JSON_PADDING_BYTES)

/* Read at once: little enough to stay in the second-level cache until it is used. */
#define READ_BYTES_MAX ((size_t)256 << 10)

_Static_assert(DATA_BYTES >= LINES_LINE_BYTES_MAX + 2 + READ_BYTES_MAX, "room for a read");
_Static_assert(LINES_BATCH_BYTES_MAX <= JSON_BATCH_BYTES_MAX, "a batch fits one JSON reader");
_Static_assert(LINES_BATCH_BYTES_MAX <= CSV_BATCH_BYTES_MAX, "a batch fits one CSV reader");
_Static_assert(LINES_LINE_BYTES_MAX <= JSON_LINE_BYTES_MAX, "a line fits");
_Static_assert(LINES_LINE_BYTES_MAX <= CSV_RECORD_BYTES_MAX, "a record fits");

struct lines {
    struct mem *mem;
    struct source source;
    enum lines_format format;
    char separator;
    char *data;           /* BUFFER_BYTES */
    size_t start;
    size_t end;
    struct csv_scan scan; /* of the record at `start`; NDJSON uses `at` alone */
    uint64_t number;      /* of the line at `start` */
    bool begun;           /* a byte order mark was looked for */
    bool skipping;        /* inside a line over the limit, up to its newline */
    enum status final;    /* what the source said last; OK while it may say more */
    struct diag diag;     /* of `final` */
};

struct lines *lines_new(struct mem *mem, enum lines_format format, char separator,
                        struct source source)
{
    struct lines *lines = mem_zeroed(mem, sizeof *lines);
    if (lines == NULL)
        return NULL;
    lines->mem = mem;
    lines->source = source;
    lines->format = format;
    lines->separator = separator;
    lines->number = 1;
    lines->data = mem->resize(mem, NULL, 0, BUFFER_BYTES);
    if (lines->data == NULL) {
        lines_free(lines);
        return NULL;
    }
    memset(lines->data + DATA_BYTES, 0, JSON_PADDING_BYTES);
    return lines;
}

void lines_free(struct lines *lines)
{
    if (lines == NULL)
        return;
    mem_free(lines->mem, lines->data, BUFFER_BYTES);
    mem_free(lines->mem, lines, sizeof *lines);
}

static struct view rest(const struct lines *lines)
{
    return (struct view){lines->data + lines->start, lines->end - lines->start};
}

static bool at_end(const struct lines *lines)
{
    return lines->final == STATUS_END;
}

static bool is_blank(struct view text)
{
    for (size_t i = 0; i < text.size_bytes; i++)
        if (text.data[i] != ' ' && text.data[i] != '\t')
            return false;
    return true;
}

/* Bytes without the CR of a CRLF. */
static size_t trimmed(const char *data, size_t size)
{
    return size > 0 && data[size - 1] == '\r' ? size - 1 : size;
}

/* Gives the record at `start` of `size` bytes and goes `taken` bytes on. */
static bool give(struct lines *lines, struct line *line, enum status status, size_t size,
                 size_t taken)
{
    struct view text = {lines->data + lines->start, trimmed(rest(lines).data, size)};
    if (status == STATUS_LIMIT)
        text.size_bytes = 0;
    *line = (struct line){text, lines->number, status, status == STATUS_OK && is_blank(text)};
    lines->number += 1 + (status == STATUS_OK ? lines->scan.newlines : 0);
    lines->start += taken;
    lines->scan = (struct csv_scan){0};
    return true;
}

/* The record at `start` is too long or its quotes never close: gives its first line alone, so that
 * the damage ends there. False when the newline of that line is not yet read. */
static bool give_bad(struct lines *lines, struct line *line)
{
    struct view text = rest(lines);
    const char *newline = memchr(text.data, '\n', text.size_bytes);
    if (newline == NULL && !at_end(lines)) {
        lines->skipping = true;
        lines->start = lines->end;
        lines->scan = (struct csv_scan){0};
        return false;
    }
    size_t size = newline == NULL ? text.size_bytes : (size_t)(newline - text.data);
    bool fits = trimmed(text.data, size) <= LINES_LINE_BYTES_MAX;
    return give(lines, line, fits ? STATUS_INVALID : STATUS_LIMIT, size, size + (newline != NULL));
}

/* Goes on to the end of a line over the limit. */
static bool skip(struct lines *lines, struct line *line)
{
    struct view text = rest(lines);
    const char *newline = memchr(text.data, '\n', text.size_bytes);
    lines->start = newline == NULL ? lines->end : (size_t)(newline - lines->data);
    if (newline == NULL && !at_end(lines))
        return false;
    lines->skipping = false;
    return give(lines, line, STATUS_LIMIT, 0, newline != NULL);
}

static bool find_end(struct lines *lines, size_t *ret_end)
{
    struct view text = rest(lines);
    if (lines->format == LINES_CSV)
        return csv_record_end(&lines->scan, lines->separator, text, ret_end);
    const char *newline =
        memchr(text.data + lines->scan.at, '\n', text.size_bytes - lines->scan.at);
    lines->scan.at = text.size_bytes;
    if (newline == NULL)
        return false;
    *ret_end = (size_t)(newline - text.data);
    return true;
}

/* Gives the next record if all of it is there. */
static bool take(struct lines *lines, struct line *line)
{
    if (lines->skipping)
        return skip(lines, line);
    struct view text = rest(lines);
    if (text.size_bytes == 0)
        return false;
    size_t size = text.size_bytes;
    bool found = find_end(lines, &size);
    if (trimmed(text.data, size) > LINES_LINE_BYTES_MAX)
        return (found || at_end(lines) || size > LINES_LINE_BYTES_MAX + 1) &&
               give_bad(lines, line);
    if (found)
        return give(lines, line, STATUS_OK, size, size + 1);
    if (!at_end(lines))
        return false;
    if (csv_scan_in_quotes(&lines->scan))
        return give_bad(lines, line);
    return give(lines, line, STATUS_OK, size, size);
}

/* Steps over a byte order mark; false while it cannot be told whether there is one. */
static bool begin(struct lines *lines)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct view text = rest(lines);
    size_t size = text.size_bytes < 3 ? text.size_bytes : 3;
    if (size > 0 && memcmp(text.data, mark, size) == 0) {
        if (size < 3 && !at_end(lines))
            return false;
        lines->start += size == 3 ? 3 : 0;
    }
    lines->begun = size > 0;
    return true;
}

static void read_more(struct lines *lines)
{
    size_t kept = lines->end - lines->start;
    if (lines->start >= kept || DATA_BYTES - lines->end < READ_BYTES_MAX) {
        memmove(lines->data, lines->data + lines->start, kept);
        lines->start = 0;
        lines->end = kept;
    }
    size_t size = 0;
    enum status status = lines->source.read(lines->source.context, lines->data + lines->end,
                                            READ_BYTES_MAX, &size, &lines->diag);
    lines->end += status == STATUS_OK ? size : 0;
    lines->final = status == STATUS_OK && size == 0 ? STATUS_END : status;
}

enum status lines_read(struct lines *lines, struct line *batch, size_t count_max,
                       size_t *ret_count, struct diag *diag)
{
    ASSERT(count_max >= 1 && count_max <= LINES_BATCH_MAX);
    for (;;) {
        size_t count = 0;
        if (lines->begun || begin(lines))
            while (count < count_max && take(lines, &batch[count]))
                count++;
        if (count > 0) {
            *ret_count = count;
            return STATUS_OK;
        }
        if (lines->final != STATUS_OK)
            break;
        read_more(lines);
    }
    if (diag != NULL && lines->final != STATUS_END)
        *diag = lines->diag;
    return lines->final;
}
