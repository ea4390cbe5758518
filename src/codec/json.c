/* One idea: the first pass says where tokens start; a walk over those offsets checks each token and
 * the grammar between them, so that nothing is left unchecked and nothing is looked at twice. An
 * object that json_quick.c can read comes not so far; all others do, and all that is wrong.
 *
 * 1. offsets[count] is the size of the text, so every token has an end.
 * 2. Bytes behind the text are never part of a token: peek() gives 0 there, which no token is.
 * 3. Every backslash of a valid text stands in a string, so a text without any needs no unescaping.
 * 4. What is unescaped or copied since json_reader_begin is at most twice what was read. */
#include "codec/json.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "codec/json_int.h"
#include "codec/json_names_int.h"
#include "codec/number.h"

#define SCRATCH_BYTES (2 * JSON_BATCH_BYTES_MAX + JSON_PADDING_BYTES)

/* Bytes of the text that a message quotes. */
#define QUOTE_BYTES_MAX 24

struct json_reader {
    struct mem *mem;
    struct json_indexer *indexer;
    struct json_names names;
    char *scratch;          /* SCRATCH_BYTES */
    size_t scratch_used;
    size_t batch_bytes;     /* read since json_reader_begin */
};

struct walk {
    struct json_reader *reader;
    const char *data;
    const uint32_t *offsets;
    size_t count;
    size_t next;        /* index of the token to look at */
    bool has_escapes;
    enum status status; /* why a function returned false or NULL */
    struct diag *diag;
};

struct json_reader *json_reader_new(struct mem *mem)
{
    struct json_reader *reader = mem_zeroed(mem, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->mem = mem;
    reader->indexer = json_indexer_new(JSON_LINE_BYTES_MAX);
    reader->scratch = mem->resize(mem, NULL, 0, SCRATCH_BYTES);
    if (reader->indexer == NULL || reader->scratch == NULL) {
        json_reader_free(reader);
        return NULL;
    }
    return reader;
}

void json_reader_free(struct json_reader *reader)
{
    if (reader == NULL)
        return;
    json_indexer_free(reader->indexer);
    json_names_done(&reader->names);
    mem_free(reader->mem, reader->scratch, SCRATCH_BYTES);
    mem_free(reader->mem, reader, sizeof *reader);
}

enum status json_reader_learn(struct json_reader *reader, const struct view *names, size_t count)
{
    ASSERT(reader->names.count == 0);
    enum status status = json_names_init(&reader->names, reader->mem, names, count);
    if (status != STATUS_OK)
        json_names_done(&reader->names);
    return status;
}

uint16_t json_reader_name(const struct json_reader *reader, struct view name)
{
    return json_names_find_alone(&reader->names, name);
}

void json_reader_begin(struct json_reader *reader)
{
    reader->scratch_used = 0;
    reader->batch_bytes = 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline char peek(const struct walk *walk)
{
    return walk->next < walk->count ? walk->data[walk->offsets[walk->next]] : '\0';
}

/* The next token, without the white space behind it. */
static inline struct view peek_text(const struct walk *walk)
{
    const char *start = walk->data + walk->offsets[walk->next];
    const char *end = walk->data + walk->offsets[walk->next + 1];
    while ((unsigned char)end[-1] <= ' ' && is_space(end[-1]))
        end--;
    return (struct view){start, (size_t)(end - start)};
}

/* Writes the beginning of a token at `to` (QUOTE_BYTES_MAX + 4), fit to be shown. */
static void quote(char *to, struct view text)
{
    bool whole = text.size_bytes <= QUOTE_BYTES_MAX;
    size_t size = whole ? text.size_bytes : utf8_whole_prefix(text.data, QUOTE_BYTES_MAX);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        to[i] = c < 0x20 || c == 0x7f ? '?' : text.data[i];
    }
    memcpy(to + size, whole ? "" : "...", whole ? 1 : 4);
}

/* Says that the next token is not `wanted`. Always false. */
static bool unexpected(struct walk *walk, const char *wanted)
{
    walk->status = STATUS_INVALID;
    if (walk->next == walk->count) {
        diag_set(walk->diag, "json-end", "the text ends where %s must stand", wanted);
        json_diag_place(walk->diag, walk->offsets[walk->count], 1);
        return false;
    }
    char shown[QUOTE_BYTES_MAX + 4];
    struct view text = peek_text(walk);
    quote(shown, text);
    diag_set(walk->diag, "json-syntax", "%s must stand here, not %s", wanted, shown);
    json_diag_place(walk->diag, walk->offsets[walk->next], text.size_bytes);
    return false;
}

/* What stands between the quotes, unescaped into the scratch; data is NULL when an escape is
 * bad. */
static struct view unescape(struct walk *walk, struct view raw)
{
    struct json_reader *reader = walk->reader;
    char *to = reader->scratch + reader->scratch_used;
    size_t bad = 0;
    int64_t size = json_unescape(raw.data, raw.size_bytes, to, &bad);
    if (size < 0) {
        walk->status = STATUS_INVALID;
        diag_set(walk->diag, "json-escape", "this escape stands for no character");
        diag_hint(walk->diag, "the escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX, "
                  "characters above U+FFFF being a pair of \\uXXXX");
        json_diag_place(walk->diag, (size_t)(raw.data - walk->data) + bad, 2);
        return (struct view){NULL, 0};
    }
    reader->scratch_used += (size_t)size;
    return (struct view){to, (size_t)size};
}

/* Takes the next token, which starts with a quote; data is NULL when an escape is bad. Views are
 * passed by value in this file: through memory, 16-byte loads of what was just written as two
 * words wait for both. */
static inline struct view take_string(struct walk *walk)
{
    struct view text = peek_text(walk);
    text.data++;
    text.size_bytes -= 2;
    if (walk->has_escapes && memchr(text.data, '\\', text.size_bytes) != NULL)
        text = unescape(walk, text);
    walk->next++;
    return text;
}

/* Takes the next token if it is `word`; data is NULL if not. */
static struct view take_word(struct walk *walk, struct view word)
{
    if (!view_equal(peek_text(walk), word)) {
        unexpected(walk, "a value");
        return (struct view){NULL, 0};
    }
    walk->next++;
    return word;
}

/* Takes the next token if it is a number; data is NULL if not. */
static struct view take_number(struct walk *walk)
{
    struct view text = peek_text(walk);
    if (!number_valid(text)) {
        unexpected(walk, "a number");
        return (struct view){NULL, 0};
    }
    walk->next++;
    return text;
}

/* Takes a value that is neither array nor object; data is NULL when it is not valid. */
static inline struct view take_scalar(struct walk *walk, enum json_kind *ret_kind)
{
    switch (peek(walk)) {
    case '"':
        *ret_kind = JSON_STRING;
        return take_string(walk);
    case 't':
        *ret_kind = JSON_BOOL;
        return take_word(walk, VIEW("true"));
    case 'f':
        *ret_kind = JSON_BOOL;
        return take_word(walk, VIEW("false"));
    case 'n':
        *ret_kind = JSON_NULL;
        return take_word(walk, VIEW("null"));
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        *ret_kind = JSON_NUMBER;
        return take_number(walk);
    default:
        unexpected(walk, "a value");
        return (struct view){NULL, 0};
    }
}

/* Takes a name and its colon; data is NULL when they are not there. */
static inline struct view take_key(struct walk *walk)
{
    struct view key = {NULL, 0};
    if (peek(walk) != '"') {
        unexpected(walk, "a name in quotes");
        return key;
    }
    key = take_string(walk);
    if (key.data != NULL && peek(walk) != ':') {
        unexpected(walk, "a colon");
        return (struct view){NULL, 0};
    }
    walk->next++;
    return key;
}

/* The arrays and objects that are open, innermost in the lowest bit: 1 is an object. */
struct nest {
    uint64_t objects;
    unsigned depth;
};

_Static_assert(JSON_DEPTH_MAX <= 64, "a nest is one word");

static bool open_container(struct walk *walk, struct nest *nest, unsigned depth_max)
{
    if (nest->depth == depth_max) {
        diag_set(walk->diag, "json-depth", "arrays and objects stand more than %d deep",
                 JSON_DEPTH_MAX);
        json_diag_place(walk->diag, walk->offsets[walk->next], 1);
        walk->status = STATUS_LIMIT;
        return false;
    }
    nest->objects = nest->objects << 1 | (peek(walk) == '{');
    nest->depth++;
    walk->next++;
    return true;
}

static char closing_bracket(const struct nest *nest)
{
    return nest->objects & 1 ? '}' : ']';
}

static void close_container(struct walk *walk, struct nest *nest)
{
    nest->objects >>= 1;
    nest->depth--;
    walk->next++;
}

/* Goes to where a value must stand in the innermost container. */
static bool enter_item(struct walk *walk, const struct nest *nest)
{
    return (nest->objects & 1) == 0 || take_key(walk).data != NULL;
}

/* Goes from behind a value to the next value, closing what ends here. */
static bool next_item(struct walk *walk, struct nest *nest)
{
    while (nest->depth > 0) {
        if (peek(walk) == ',') {
            walk->next++;
            return enter_item(walk, nest);
        }
        if (peek(walk) != closing_bracket(nest))
            return unexpected(walk, nest->objects & 1 ? "a comma or }" : "a comma or ]");
        close_container(walk, nest);
    }
    return true;
}

/* Takes one scalar, or one opening bracket and what must follow it before the first value. */
static bool take_item(struct walk *walk, struct nest *nest, unsigned depth_max)
{
    enum json_kind kind;
    if (peek(walk) != '{' && peek(walk) != '[')
        return take_scalar(walk, &kind).data != NULL && next_item(walk, nest);
    if (!open_container(walk, nest, depth_max))
        return false;
    if (peek(walk) != closing_bracket(nest))
        return enter_item(walk, nest);
    close_container(walk, nest);
    return next_item(walk, nest);
}

/* Takes a value of any kind, checks all of it, and keeps nothing; depth_max: levels it may have. */
static bool check_value(struct walk *walk, unsigned depth_max)
{
    struct nest nest = {0};
    size_t scratch_used = walk->reader->scratch_used;
    bool good;
    do {
        good = take_item(walk, &nest, depth_max);
        walk->reader->scratch_used = scratch_used;
    } while (good && nest.depth > 0);
    return good;
}

/* Takes an array or object at the top level; data is NULL when it is not valid. */
static struct view take_container(struct walk *walk)
{
    const char *start = walk->data + walk->offsets[walk->next];
    if (!check_value(walk, JSON_DEPTH_MAX - 1))
        return (struct view){NULL, 0};
    const char *end = walk->data + walk->offsets[walk->next - 1] + 1;
    return (struct view){start, (size_t)(end - start)};
}

/* Takes the value of a top-level field. */
static inline bool take_value(struct walk *walk, struct json_field *field)
{
    char first = peek(walk);
    struct view text;
    if (first == '{' || first == '[') {
        field->kind = first == '{' ? JSON_OBJECT : JSON_ARRAY;
        text = take_container(walk);
    } else {
        text = take_scalar(walk, &field->kind);
    }
    field->text = text;
    field->truth = first == 't';
    return text.data != NULL;
}

static bool has_key(const struct json_field *fields, size_t count, struct view key)
{
    for (size_t i = 0; i < count; i++)
        if (view_equal(fields[i].key, key))
            return true;
    return false;
}

static bool duplicate(struct walk *walk, size_t place, struct view key)
{
    diag_set(walk->diag, "json-duplicate", "the field stands twice in one object");
    diag_field(walk->diag, "%.*s", VIEW_ARG(key));
    json_diag_place(walk->diag, walk->offsets[place], key.size_bytes + 2);
    walk->status = STATUS_INVALID;
    return false;
}

/* Takes one `"key": value` into fields[count]; `marks` has a bit for each name before it. */
static inline bool take_field(struct walk *walk, struct json_marks *marks,
                              struct json_field *fields, size_t count)
{
    struct json_field *field = &fields[count];
    size_t place = walk->next;
    struct view key = take_key(walk);
    if (key.data == NULL)
        return false;
    uint64_t mix = json_key_mix(key);
    if (json_marks_set(marks, mix) && has_key(fields, count, key))
        return duplicate(walk, place, key);
    field->key = key;
    field->name = json_names_find(&walk->reader->names, key, mix);
    if (take_value(walk, field))
        return true;
    diag_field(walk->diag, "%.*s", VIEW_ARG(key));
    return false;
}

static bool too_many_fields(struct walk *walk, size_t count_max)
{
    diag_set(walk->diag, "json-fields", "the object has more than %zu fields", count_max);
    json_diag_place(walk->diag, walk->offsets[walk->next], 1);
    walk->status = STATUS_LIMIT;
    return false;
}

/* Takes the object that is the whole text. */
static bool take_object(struct walk *walk, struct json_field *fields, size_t count_max,
                        size_t *ret_count)
{
    struct json_marks marks = {{0}};
    size_t count = 0;
    if (peek(walk) != '{')
        return unexpected(walk, "an object");
    walk->next++;
    bool more = peek(walk) != '}';
    while (more) {
        if (count == count_max)
            return too_many_fields(walk, count_max);
        if (!take_field(walk, &marks, fields, count))
            return false;
        count++;
        more = peek(walk) == ',';
        if (!more && peek(walk) != '}')
            return unexpected(walk, "a comma or }");
        walk->next += more;
    }
    walk->next++;
    if (walk->next != walk->count)
        return unexpected(walk, "the end of the line");
    *ret_count = count;
    return true;
}

/* Counts a text against the limits. */
static enum status admit(struct json_reader *reader, struct view text, struct diag *diag)
{
    if (text.size_bytes > JSON_LINE_BYTES_MAX) {
        diag_set(diag, "json-size", "the text is longer than %zu bytes", JSON_LINE_BYTES_MAX);
        return STATUS_LIMIT;
    }
    reader->batch_bytes += text.size_bytes;
    ASSERT(reader->batch_bytes <= JSON_BATCH_BYTES_MAX);
    return STATUS_OK;
}

/* Runs the first pass and sets up the walk. */
static enum status start(struct json_reader *reader, struct view text, struct diag *diag,
                         struct walk *ret_walk)
{
    struct walk walk = {.reader = reader, .data = text.data, .diag = diag};
    enum json_fault fault = JSON_FAULT_EMPTY;
    if (text.size_bytes > 0)
        fault = json_indexer_run(reader->indexer, text.data, text.size_bytes, &walk.offsets,
                                 &walk.count);
    if (fault != JSON_FAULT_NONE) {
        json_fault_explain(fault, text.data, text.size_bytes, diag);
        return STATUS_INVALID;
    }
    walk.has_escapes = memchr(text.data, '\\', text.size_bytes) != NULL;
    *ret_walk = walk;
    return STATUS_OK;
}

enum status json_object_read(struct json_reader *reader, struct view line,
                             struct json_field *fields, size_t field_count_max,
                             size_t *ret_count, struct diag *diag)
{
    ASSERT(field_count_max <= JSON_FIELDS_MAX);
    enum status status = admit(reader, line, diag);
    if (status != STATUS_OK)
        return status;
    if (json_quick_read(&reader->names, line, fields, field_count_max, ret_count))
        return STATUS_OK;
    struct walk walk;
    status = start(reader, line, diag, &walk);
    if (status != STATUS_OK)
        return status;
    return take_object(&walk, fields, field_count_max, ret_count) ? STATUS_OK : walk.status;
}

/* A copy with padding behind it; a text over the limit stays where it is, to be refused. */
static struct view copy(struct json_reader *reader, struct view text)
{
    if (text.size_bytes > JSON_LINE_BYTES_MAX || text.size_bytes == 0)
        return text;
    ASSERT(reader->batch_bytes + text.size_bytes <= JSON_BATCH_BYTES_MAX);
    char *to = reader->scratch + reader->scratch_used;
    memcpy(to, text.data, text.size_bytes);
    reader->scratch_used += text.size_bytes;
    return (struct view){to, text.size_bytes};
}

enum status json_object_read_copy(struct json_reader *reader, struct view line,
                                  struct json_field *fields, size_t field_count_max,
                                  size_t *ret_count, struct diag *diag)
{
    return json_object_read(reader, copy(reader, line), fields, field_count_max, ret_count, diag);
}

enum status json_validate(struct json_reader *reader, struct view text, struct diag *diag)
{
    struct walk walk;
    enum status status = admit(reader, text, diag);
    if (status == STATUS_OK)
        status = start(reader, copy(reader, text), diag, &walk);
    if (status != STATUS_OK)
        return status;
    if (check_value(&walk, JSON_DEPTH_MAX) && walk.next != walk.count)
        unexpected(&walk, "the end of the text");
    return walk.status;
}
