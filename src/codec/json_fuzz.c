/* One idea: what the reader accepts must be JSON by the validator's judgement too, and must come
 * back the same when it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static const struct view names[] = {{"id", 2}, {"at", 2}, {"a", 1}, {"b", 1}, {"amount", 6},
                                    {"terminal_of_the_merchant", 24}};
#define NAMES (sizeof names / sizeof names[0])

static struct json_field fields[JSON_FIELDS_MAX];
static struct json_field again[JSON_FIELDS_MAX];

/* Writes fields as an object. */
static void put_object(struct buf *buf, size_t count)
{
    buf_put_char(buf, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_char(buf, ',');
        json_put_string(buf, fields[i].key);
        buf_put_char(buf, ':');
        if (fields[i].kind == JSON_STRING)
            json_put_string(buf, fields[i].text);
        else
            buf_put_view(buf, fields[i].text);
    }
    buf_put_char(buf, '}');
    ASSERT(buf_status(buf) == STATUS_OK);
}

static void check_fields(struct json_reader *reader, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct view text = fields[i].text;
        ASSERT(utf8_valid(fields[i].key.data, fields[i].key.size_bytes));
        ASSERT(utf8_valid(text.data, text.size_bytes));
        ASSERT(fields[i].kind != JSON_NUMBER || number_valid(text));
        if (fields[i].kind == JSON_ARRAY || fields[i].kind == JSON_OBJECT)
            ASSERT(json_validate(reader, text, NULL) == STATUS_OK);
        ASSERT(fields[i].truth == (fields[i].kind == JSON_BOOL && text.size_bytes == 4));
        for (size_t j = 0; j < i; j++)
            ASSERT(!view_equal(fields[i].key, fields[j].key));
    }
}

static void check_round_trip(struct json_reader *reader, size_t count)
{
    struct buf buf;
    size_t count_again = 0;
    buf_init(&buf, mem_libc());
    put_object(&buf, count);
    enum status status = json_object_read_copy(reader, buf_view(&buf), again, JSON_FIELDS_MAX,
                                               &count_again, NULL);
    if (buf.size_bytes <= JSON_LINE_BYTES_MAX) {
        ASSERT(status == STATUS_OK && count_again == count);
        for (size_t i = 0; i < count; i++) {
            ASSERT(fields[i].kind == again[i].kind);
            ASSERT(view_equal(fields[i].key, again[i].key));
            ASSERT(view_equal(fields[i].text, again[i].text));
        }
    }
    buf_done(&buf);
}

/* A reader that was told names must say the same as one that was not. */
static void check_told(struct json_reader *told, struct view line, enum status status, size_t count,
                       const struct diag *diag)
{
    size_t count_again = 0;
    struct diag diag_again;
    for (int round = 0; round < 2; round++) {
        json_reader_begin(told);
        ASSERT(json_object_read(told, line, again, JSON_FIELDS_MAX, &count_again, &diag_again) ==
               status);
        ASSERT(status == STATUS_OK || (strcmp(diag->message, diag_again.message) == 0 &&
                                       diag->column == diag_again.column));
        ASSERT(status != STATUS_OK || count == count_again);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            ASSERT(fields[i].kind == again[i].kind && fields[i].truth == again[i].truth);
            ASSERT(view_equal(fields[i].key, again[i].key));
            ASSERT(view_equal(fields[i].text, again[i].text));
            ASSERT(again[i].name == json_reader_name(told, again[i].key));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static struct json_reader *reader;
    static struct json_reader *told;
    struct diag diag;
    size_t count = 0;
    if (size_bytes > JSON_BATCH_BYTES_MAX / 8)
        return 0;
    if (reader == NULL) {
        reader = json_reader_new(mem_libc());
        told = json_reader_new(mem_libc());
        ASSERT(told != NULL && json_reader_learn(told, names, NAMES) == STATUS_OK);
    }
    char *line = malloc(size_bytes + JSON_PADDING_BYTES);
    ASSERT(reader != NULL && line != NULL);
    if (size_bytes > 0)
        memcpy(line, data, size_bytes);
    memset(line + size_bytes, '"', JSON_PADDING_BYTES);
    struct view text = {line, size_bytes};
    json_reader_begin(reader);
    enum status status = json_object_read(reader, text, fields, JSON_FIELDS_MAX, &count, &diag);
    check_told(told, text, status, count, &diag);
    if (status == STATUS_OK) {
        ASSERT(json_validate(reader, text, NULL) == STATUS_OK);
        check_fields(reader, count);
        json_reader_begin(reader);
        ASSERT(json_object_read(reader, text, fields, JSON_FIELDS_MAX, &count, NULL) == STATUS_OK);
        check_round_trip(reader, count);
    } else {
        ASSERT(diag.message[0] != '\0' && diag.column <= size_bytes + 1);
        ASSERT(json_validate(reader, text, &diag) == STATUS_OK || diag.message[0] != '\0');
    }
    free(line);
    return 0;
}
