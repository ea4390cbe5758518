/* One idea: one pass, eight bytes at a time, cuts a record at its separators and notes whether
 * it has quotes or bytes above 127; only those that have are looked at again.
 *
 * 1. A quote opens a quoted field only as the first byte of the field. Elsewhere outside quotes
 *    it has no effect on where records end, so that one stray quote damages one record.
 * 2. What is unescaped since csv_reader_begin is at most what was read. */
#include "codec/csv.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"

#define BYTES(b) (UINT64_C(0x0101010101010101) * (unsigned char)(b))

struct csv_reader {
    struct mem *mem;
    char *scratch; /* CSV_BATCH_BYTES_MAX */
    size_t scratch_used;
    size_t batch_bytes;
    char separator;
};

/* Where the fields of one record go. */
struct fields {
    struct view *fields;
    size_t count;
    size_t count_max;
    const char *excess; /* where the first field starts that there was no room for, or NULL */
};

/* What the first pass over a record saw. */
struct seen {
    uint64_t high;   /* not 0 when there is a byte above 127 */
    uint64_t quotes; /* not 0 when there is a quote */
};

static bool is_separator(char separator)
{
    return (unsigned char)separator < 0x80 && separator != '"' && separator != '\r' &&
           separator != '\n';
}

struct csv_reader *csv_reader_new(struct mem *mem, char separator)
{
    ASSERT(is_separator(separator));
    struct csv_reader *reader = mem_zeroed(mem, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->mem = mem;
    reader->separator = separator;
    reader->scratch = mem->resize(mem, NULL, 0, CSV_BATCH_BYTES_MAX);
    if (reader->scratch == NULL) {
        csv_reader_free(reader);
        return NULL;
    }
    return reader;
}

void csv_reader_separate(struct csv_reader *reader, char separator)
{
    ASSERT(is_separator(separator));
    reader->separator = separator;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    mem_free(reader->mem, reader->scratch, CSV_BATCH_BYTES_MAX);
    mem_free(reader->mem, reader, sizeof *reader);
}

void csv_reader_begin(struct csv_reader *reader)
{
    reader->scratch_used = 0;
    reader->batch_bytes = 0;
}

static enum status fault(struct diag *diag, enum status status, size_t offset, const char *code,
                         const char *message)
{
    diag_set(diag, code, "%s", message);
    if (diag != NULL) {
        diag->column = (uint32_t)offset + 1;
        diag->span = 1;
    }
    return status;
}

/* The high bit of each byte of `word` that equals the byte repeated in `wanted`; exact. */
static uint64_t equal_bytes(uint64_t word, uint64_t wanted)
{
    uint64_t differ = word ^ wanted;
    uint64_t low = (differ & BYTES(0x7f)) + BYTES(0x7f);
    return ~(low | differ | BYTES(0x7f));
}

/* Ends a field at `end`. */
static inline void put_field(struct fields *out, const char *start, const char *end)
{
    if (out->count == out->count_max) {
        out->excess = out->excess == NULL ? start : out->excess;
        return;
    }
    out->fields[out->count].data = start;
    out->fields[out->count].size_bytes = (size_t)(end - start);
    out->count++;
}

/* Cuts a record at every separator, as is right when it has no quotes. */
static struct seen cut(struct view record, char separator, struct fields *out)
{
    struct seen seen = {0, 0};
    const char *start = record.data;
    const char *at = record.data;
    const char *end = record.data + record.size_bytes;
    for (uint64_t word; (size_t)(end - at) >= sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        seen.high |= word & BYTES(0x80);
        seen.quotes |= equal_bytes(word, BYTES('"'));
        for (uint64_t hits = equal_bytes(word, BYTES(separator)); hits != 0; hits &= hits - 1) {
            const char *stop = at + __builtin_ctzll(hits) / 8;
            put_field(out, start, stop);
            start = stop + 1;
        }
    }
    for (; at < end; at++) {
        seen.high |= (unsigned char)*at & 0x80u;
        seen.quotes |= *at == '"';
        if (*at != separator)
            continue;
        put_field(out, start, at);
        start = at + 1;
    }
    put_field(out, start, end);
    return seen;
}

/* Copies the inside of a quoted field, which has doubled quotes, into the scratch. */
static struct view undouble(struct csv_reader *reader, struct view inside)
{
    char *start = reader->scratch + reader->scratch_used;
    char *to = start;
    const char *at = inside.data;
    const char *end = inside.data + inside.size_bytes;
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *stop = quote == NULL ? end : quote + 1;
        memcpy(to, at, (size_t)(stop - at));
        to += stop - at;
        at = quote == NULL ? end : quote + 2;
    }
    reader->scratch_used += (size_t)(to - start);
    return (struct view){start, (size_t)(to - start)};
}

/* Reads the quoted field whose quote is at *at and moves *at behind its closing quote. */
static enum status quoted(struct csv_reader *reader, struct view record, size_t *at,
                          struct view *ret_field, struct diag *diag)
{
    const char *start = record.data + *at + 1;
    const char *end = record.data + record.size_bytes;
    bool doubled = false;
    const char *quote = memchr(start, '"', (size_t)(end - start));
    while (quote != NULL && quote + 1 < end && quote[1] == '"') {
        doubled = true;
        quote = memchr(quote + 2, '"', (size_t)(end - quote - 2));
    }
    if (quote == NULL)
        return fault(diag, STATUS_INVALID, *at, "csv-quote", "this quote is never closed");
    struct view inside = {start, (size_t)(quote - start)};
    *at = (size_t)(quote + 1 - record.data);
    if (*at < record.size_bytes && record.data[*at] != reader->separator)
        return fault(diag, STATUS_INVALID, *at, "csv-quote",
                     "the separator must follow a closing quote; quotes inside are doubled");
    *ret_field = doubled ? undouble(reader, inside) : inside;
    return STATUS_OK;
}

/* Reads the field at *at that does not start with a quote and moves *at behind it. */
static enum status unquoted(const struct csv_reader *reader, struct view record, size_t *at,
                            struct view *ret_field, struct diag *diag)
{
    const char *start = record.data + *at;
    size_t left = record.size_bytes - *at;
    const char *stop = memchr(start, reader->separator, left);
    size_t size = stop == NULL ? left : (size_t)(stop - start);
    const char *quote = memchr(start, '"', size);
    if (quote != NULL)
        return fault(diag, STATUS_INVALID, (size_t)(quote - record.data), "csv-quote",
                     "a field with a quote in it must stand in quotes");
    *at += size;
    *ret_field = (struct view){start, size};
    return STATUS_OK;
}

/* Cuts a record with quotes. */
static enum status cut_quoted(struct csv_reader *reader, struct view record, struct fields *out,
                              struct diag *diag)
{
    size_t at = 0;
    for (;;) {
        struct view field;
        size_t start = at;
        bool has_quote = at < record.size_bytes && record.data[at] == '"';
        enum status status = has_quote ? quoted(reader, record, &at, &field, diag)
                                       : unquoted(reader, record, &at, &field, diag);
        if (status != STATUS_OK)
            return status;
        put_field(out, field.data, field.data + field.size_bytes);
        if (out->excess != NULL)
            out->excess = record.data + start;
        if (at == record.size_bytes || out->excess != NULL)
            return STATUS_OK;
        at++;
    }
}

enum status csv_record_read(struct csv_reader *reader, struct view record, struct view *fields,
                            size_t field_count_max, size_t *ret_count, struct diag *diag)
{
    ASSERT(field_count_max <= CSV_FIELDS_MAX);
    if (record.size_bytes > CSV_RECORD_BYTES_MAX)
        return fault(diag, STATUS_LIMIT, CSV_RECORD_BYTES_MAX, "csv-size",
                     "the record is too long");
    if (record.data == NULL)
        record = VIEW("");
    reader->batch_bytes += record.size_bytes;
    ASSERT(reader->batch_bytes <= CSV_BATCH_BYTES_MAX);
    struct fields out = {.fields = fields, .count_max = field_count_max};
    struct seen seen = cut(record, reader->separator, &out);
    size_t good = record.size_bytes;
    if (seen.high != 0)
        good = utf8_valid_prefix(record.data, record.size_bytes);
    if (good < record.size_bytes)
        return fault(diag, STATUS_INVALID, good, "csv-utf8", "these bytes are not UTF-8");
    if (seen.quotes != 0) {
        out = (struct fields){.fields = fields, .count_max = field_count_max};
        enum status status = cut_quoted(reader, record, &out, diag);
        if (status != STATUS_OK)
            return status;
    }
    if (out.excess != NULL)
        return fault(diag, STATUS_LIMIT, (size_t)(out.excess - record.data), "csv-fields",
                     "the record has too many fields");
    *ret_count = out.count;
    return STATUS_OK;
}

enum status csv_header_check(const struct view *names, size_t count, struct diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].size_bytes == 0) {
            diag_set(diag, "csv-header", "column %zu of the header has no name", i + 1);
            return STATUS_INVALID;
        }
        for (size_t j = 0; j < i; j++) {
            if (!view_equal(names[i], names[j]))
                continue;
            diag_set(diag, "csv-header", "columns %zu and %zu of the header have one name", j + 1,
                     i + 1);
            diag_field(diag, "%.*s", VIEW_ARG(names[i]));
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

/* Writes a field that needs quotes around it. */
static void put_quoted(struct buf *buf, struct view field)
{
    const char *at = field.data;
    const char *end = field.data + field.size_bytes;
    buf_put_char(buf, '"');
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *stop = quote == NULL ? end : quote + 1;
        buf_put(buf, at, (size_t)(stop - at));
        if (quote != NULL)
            buf_put_char(buf, '"');
        at = stop;
    }
    buf_put_char(buf, '"');
}

static bool needs_quotes(struct view field, char separator)
{
    if (field.size_bytes == 0)
        return false;
    if (field.data[0] == ' ' || field.data[field.size_bytes - 1] == ' ')
        return true;
    for (size_t i = 0; i < field.size_bytes; i++) {
        char c = field.data[i];
        if (c == separator || c == '"' || c == '\n' || c == '\r')
            return true;
    }
    return false;
}

void csv_put_field(struct buf *buf, char separator, struct view field)
{
    if (needs_quotes(field, separator))
        put_quoted(buf, field);
    else
        buf_put_view(buf, field);
}
