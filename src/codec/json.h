#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/* This many bytes behind a text must be readable, whatever they hold (struct lines gives such). */
#define JSON_PADDING_BYTES 64

#define JSON_LINE_BYTES_MAX ((size_t)1 << 20) /* a longer text is STATUS_LIMIT */
#define JSON_FIELDS_MAX 256                   /* fields of one object, at the top level */
#define JSON_DEPTH_MAX 64                     /* arrays and objects inside one another */

/* Bytes of all texts read between two calls of json_reader_begin. */
#define JSON_BATCH_BYTES_MAX ((size_t)2 << 20)

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

#define JSON_NAMES_MAX 8192         /* names that one reader can be told */
#define JSON_NAME_UNKNOWN UINT16_MAX

/* One `"key": value` of an object. */
struct json_field {
    struct view key;      /* unescaped */
    struct view text;     /* STRING: unescaped; NUMBER: its token; ARRAY, OBJECT: source text from
                             bracket to bracket; BOOL, NULL: the word */
    enum json_kind kind;
    bool truth;           /* of a BOOL; false otherwise */
    uint16_t name;        /* which of the reader's names the key is, or JSON_NAME_UNKNOWN */
};

/* Reads JSON (RFC 8259): simdjson's first pass and the memory that it works in, about
 * 8 MiB of address space of which a short line touches a few KiB. One thread at a time. */
struct json_reader;

/* A reader, or NULL when there is no memory. `mem` is borrowed and outlives the reader; the
 * parser's inner tables come from the C++ allocator, all of them here and none later. */
struct json_reader *json_reader_new(struct mem *mem);

/* Tells the reader, once, which names objects are likely to have: their fields then say which name
 * it is, and objects that have them in the order of the object before are read faster.
 * names: `count` of them, 1 to JSON_NAMES_MAX; borrowed, outlive the reader.
 * STATUS_NO_MEMORY: the reader knows none. */
MUST_CHECK enum status json_reader_learn(struct json_reader *reader, const struct view *names,
                                         size_t count);

/* The number of a name that was told, or JSON_NAME_UNKNOWN. O(1); any bytes. */
uint16_t json_reader_name(const struct json_reader *reader, struct view name);

/* Frees; `reader` may be NULL. */
void json_reader_free(struct json_reader *reader);

/* Gives back the room taken by unescaped strings and copied lines: views from earlier reads are
 * dead after it. Call it before each line, or before each batch of lines whose fields are wanted at
 * the same time; more than JSON_BATCH_BYTES_MAX read without it is the caller's bug. O(1). */
void json_reader_begin(struct json_reader *reader);

/* Reads a text that is one object, with nothing but white space around it, and checks every byte of
 * it: nested values, escapes, numbers and UTF-8 too.
 * line: the text, with JSON_PADDING_BYTES readable bytes behind it; borrowed.
 * fields: receives the top-level fields in source order, at most `field_count_max` of them. Their
 * views point into `line` or into the reader and live until `line` ends or json_reader_begin.
 * ret_count: how many there are.
 * STATUS_INVALID: not such an object, or two fields of one name; STATUS_LIMIT: longer, deeper or
 * more fields than allowed. On failure `fields` holds nothing of use and `diag` (may be NULL) has
 * the column, 1-based in bytes. About 0.2 ns a byte for flat objects
 * without escapes, 0.7 for others; allocates nothing. */
MUST_CHECK enum status json_object_read(struct json_reader *reader, struct view line,
                                        struct json_field *fields, size_t field_count_max,
                                        size_t *ret_count, struct diag *diag);

/* As json_object_read for text without padding, which it copies into the reader first. */
MUST_CHECK enum status json_object_read_copy(struct json_reader *reader, struct view line,
                                             struct json_field *fields, size_t field_count_max,
                                             size_t *ret_count, struct diag *diag);

/* Checks that `text` (no padding needed, it is copied) is one JSON document of any kind, by the
 * grammar of RFC 8259 and the limits above. STATUS_INVALID or STATUS_LIMIT with `diag` if not. */
MUST_CHECK enum status json_validate(struct json_reader *reader, struct view text,
                                     struct diag *diag);

/* Appends `text` as a JSON string, quotes included. `text` must be UTF-8; then the output is too.
 * Escapes the quote, the backslash and control characters, nothing else. About 20 ns and 0.2 ns a
 * byte when nothing needs escaping. */
void json_put_string(struct buf *buf, struct view text);

#endif
