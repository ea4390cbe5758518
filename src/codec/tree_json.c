/* One idea: one pass over the bytes with the grammar as functions; an array is first looked ahead
 * at, as far as it holds nothing but numbers, so that a run is allocated once and at its size.
 *
 * 1. A function that reads something stands at its first byte and leaves `at` behind its last.
 * 2. The look ahead ends at the first byte that no run has, so no byte is seen twice by it. */
#include "codec/tree.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/json_int.h"
#include "codec/number.h"
#include "codec/tree_int.h"

/* The words that number_words allows. */
static const struct word {
    struct view text;
    double value;
} words[] = {
    {{"NaN", 3}, (double)NAN},
    {{"Infinity", 8}, (double)INFINITY},
    {{"-Infinity", 9}, -(double)INFINITY},
};

static struct tree_value *read_value(struct tree_parse *parse);

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The byte at hand, 0 behind the end. */
static char peek(const struct tree_parse *parse)
{
    return parse->at < parse->size_bytes ? parse->data[parse->at] : '\0';
}

static void skip_space(struct tree_parse *parse)
{
    while (parse->at < parse->size_bytes && is_space(parse->data[parse->at]))
        parse->at++;
}

/* Says that something else than `wanted` stands at hand. */
static bool unexpected(struct tree_parse *parse, const char *wanted)
{
    if (parse->at == parse->size_bytes)
        return tree_refuse(parse, parse->at, "json-end", "the document ends where %s must stand",
                           wanted);
    unsigned char c = (unsigned char)parse->data[parse->at];
    if (c > 0x20 && c < 0x7f)
        return tree_refuse(parse, parse->at, "json-syntax", "%s must stand here, not %c", wanted,
                           c);
    return tree_refuse(parse, parse->at, "json-syntax", "%s must stand here, not the byte 0x%02x",
                       wanted, c);
}

static bool take(struct tree_parse *parse, char c, const char *wanted)
{
    if (parse->at == parse->size_bytes || parse->data[parse->at] != c)
        return unexpected(parse, wanted);
    parse->at++;
    return true;
}

static bool starts_with(const struct tree_parse *parse, struct view word)
{
    return parse->size_bytes - parse->at >= word.size_bytes &&
           memcmp(parse->data + parse->at, word.data, word.size_bytes) == 0;
}

static bool take_word(struct tree_parse *parse, double *ret_value)
{
    for (size_t i = 0; parse->number_words && i < sizeof words / sizeof words[0]; i++) {
        if (starts_with(parse, words[i].text)) {
            parse->at += words[i].text.size_bytes;
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

/* Takes a number; *ret_whole is set and *ret_is_whole true when it is an int64_t. */
static bool take_number(struct tree_parse *parse, bool *ret_is_whole, int64_t *ret_whole,
                        double *ret_real)
{
    struct view rest = {parse->data + parse->at, parse->size_bytes - parse->at};
    struct view token = {rest.data, number_prefix(rest)};
    *ret_is_whole = false;
    if (token.size_bytes == 0)
        return take_word(parse, ret_real) || unexpected(parse, "a number");
    if (number_parse_i64(token, ret_whole) == STATUS_OK) {
        *ret_is_whole = true;
        *ret_real = (double)*ret_whole;
    } else if (number_parse_f64(token, ret_real) != STATUS_OK) {
        return tree_refuse(parse, parse->at, "json-number",
                           "this number is beyond the largest double");
    }
    parse->at += token.size_bytes;
    return true;
}

/* What a byte between brackets makes of the array. */
enum { NO_RUN, SPACE, COMMA, WHOLE, REAL };

static const unsigned char run_bytes[256] = {
    [' '] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE, ['\t'] = SPACE, [','] = COMMA,
    ['0'] = WHOLE, ['1'] = WHOLE, ['2'] = WHOLE, ['3'] = WHOLE, ['4'] = WHOLE, ['5'] = WHOLE,
    ['6'] = WHOLE, ['7'] = WHOLE, ['8'] = WHOLE, ['9'] = WHOLE, ['-'] = WHOLE,
    ['+'] = REAL, ['.'] = REAL, ['e'] = REAL, ['E'] = REAL,
    ['N'] = REAL, ['a'] = REAL, ['I'] = REAL, ['n'] = REAL, ['f'] = REAL, ['i'] = REAL,
    ['t'] = REAL, ['y'] = REAL,
};

/* How many numbers the array has whose first byte behind the bracket is at hand, when it has at
 * least one and nothing else; else 0. Whether they are numbers is not checked. */
static uint32_t run_count(const struct tree_parse *parse, bool *ret_whole)
{
    uint32_t seen[REAL + 1] = {0};
    for (size_t at = parse->at; at < parse->size_bytes && parse->data[at] != ']'; at++) {
        unsigned char kind = run_bytes[(unsigned char)parse->data[at]];
        if (kind == NO_RUN)
            return 0;
        seen[kind]++;
    }
    *ret_whole = seen[REAL] == 0;
    return seen[COMMA] + seen[WHOLE] + seen[REAL] == 0 ? 0 : seen[COMMA] + 1;
}

/* Reads the numbers of a run; *ret_whole: all of them were whole, and wholes holds them. */
static bool read_numbers(struct tree_parse *parse, uint32_t count, int64_t *wholes, double *reals,
                         bool *ret_whole)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_whole;
        int64_t whole;
        double real;
        skip_space(parse);
        if (!take_number(parse, &is_whole, &whole, &real))
            return false;
        if (wholes != NULL && !is_whole) {
            *ret_whole = false;
            return true;
        }
        if (wholes != NULL)
            wholes[i] = whole;
        else
            reals[i] = real;
        skip_space(parse);
        if (i + 1 < count && !take(parse, ',', "a comma or ]"))
            return false;
    }
    *ret_whole = wholes != NULL;
    return take(parse, ']', "a comma or ]");
}

/* Reads a run; a whole number that is too large makes all of them doubles. */
static bool read_run(struct tree_parse *parse, struct tree_value *array, uint32_t count, bool whole)
{
    size_t start = parse->at;
    void *numbers = tree_array(parse, count, sizeof(double));
    if (numbers == NULL)
        return false;
    if (whole && !read_numbers(parse, count, numbers, NULL, &whole))
        return false;
    if (!whole) {
        parse->at = start;
        if (!read_numbers(parse, count, NULL, numbers, &whole))
            return false;
    }
    array->run = whole ? TREE_RUN_I64 : TREE_RUN_F64;
    array->numbers = numbers;
    array->count = count;
    return true;
}

/* The offset of the quote that ends the string whose text begins at `at`, or the size. */
static size_t string_end(const struct tree_parse *parse, size_t at, bool *ret_escapes)
{
    *ret_escapes = false;
    for (; at < parse->size_bytes; at++) {
        unsigned char c = (unsigned char)parse->data[at];
        if (c == '"' || c < 0x20)
            return at;
        if (c == '\\') {
            *ret_escapes = true;
            at++;
        }
    }
    return parse->size_bytes;
}

/* Takes a string's text; data is NULL when it is wrong. */
static struct view take_string(struct tree_parse *parse)
{
    static const struct view none = {NULL, 0};
    size_t start = parse->at + 1;
    bool escapes;
    if (peek(parse) != '"') {
        unexpected(parse, "a name in quotes");
        return none;
    }
    size_t end = string_end(parse, start, &escapes);
    if (end == parse->size_bytes) {
        tree_refuse(parse, parse->at, "json-string", "this string does not end");
        return none;
    }
    if (parse->data[end] != '"') {
        tree_refuse(parse, end, "json-control", "a control character stands in a string");
        return none;
    }
    struct view text = {parse->data + start, end - start};
    parse->at = end + 1;
    if (!escapes)
        return text;
    char *to = tree_array(parse, text.size_bytes, 1);
    size_t bad = 0;
    if (to == NULL)
        return none;
    int64_t size = json_unescape(text.data, text.size_bytes, to, &bad);
    if (size < 0) {
        tree_refuse(parse, start + bad, "json-escape", "this escape stands for no character");
        return none;
    }
    return (struct view){to, (size_t)size};
}

/* Reads the next item behind the bracket or a comma, with its key in an object. */
static struct tree_value *read_item(struct tree_parse *parse, bool object)
{
    struct view key = {NULL, 0};
    skip_space(parse);
    if (object) {
        key = take_string(parse);
        if (key.data == NULL)
            return NULL;
        skip_space(parse);
        if (!take(parse, ':', "a colon"))
            return NULL;
        skip_space(parse);
    }
    struct tree_value *item = read_value(parse);
    if (item != NULL)
        item->key = key;
    return item;
}

/* Reads the items up to the closing bracket. */
static bool read_items(struct tree_parse *parse, struct tree_value *list)
{
    bool object = list->kind == TREE_OBJECT;
    char closing = object ? '}' : ']';
    struct tree_value **end = &list->first;
    skip_space(parse);
    bool more = peek(parse) != closing;
    while (more) {
        struct tree_value *item = read_item(parse, object);
        if (item == NULL)
            return false;
        *end = item;
        end = &item->next;
        list->count++;
        skip_space(parse);
        more = peek(parse) == ',';
        parse->at += more;
    }
    return take(parse, closing, object ? "a comma or }" : "a comma or ]");
}

static bool read_container(struct tree_parse *parse, struct tree_value *list)
{
    if (!tree_enter(parse))
        return false;
    parse->at++;
    bool whole = false;
    uint32_t count = list->kind == TREE_ARRAY ? run_count(parse, &whole) : 0;
    bool good = count > 0 ? read_run(parse, list, count, whole) : read_items(parse, list);
    parse->depth--;
    return good && (list->kind != TREE_OBJECT || tree_check_keys(parse, list));
}

static bool read_number(struct tree_parse *parse, struct tree_value *value)
{
    bool is_whole;
    int64_t whole = 0;
    double real;
    if (!take_number(parse, &is_whole, &whole, &real))
        return false;
    value->kind = is_whole ? TREE_I64 : TREE_F64;
    if (is_whole)
        value->whole = whole;
    else
        value->real = real;
    return true;
}

static bool read_string(struct tree_parse *parse, struct tree_value *value)
{
    struct view text = take_string(parse);
    value->text = text.data;
    value->count = (uint32_t)text.size_bytes;
    return text.data != NULL;
}

/* Reads true, false or null. */
static bool read_name(struct tree_parse *parse, struct tree_value *value)
{
    static const struct view names[] = {{"null", 4}, {"false", 5}, {"true", 4}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (starts_with(parse, names[i])) {
            parse->at += names[i].size_bytes;
            value->kind = i == 0 ? TREE_NULL : TREE_BOOL;
            value->truth = i == 2;
            return true;
        }
    }
    return unexpected(parse, "a value");
}

static bool is_number_start(const struct tree_parse *parse, char c)
{
    return c == '-' || (c >= '0' && c <= '9') || (parse->number_words && (c == 'N' || c == 'I'));
}

static struct tree_value *read_value(struct tree_parse *parse)
{
    char c = peek(parse);
    bool good;
    struct tree_value *value = tree_new(parse, TREE_NULL, parse->at);
    if (value == NULL)
        return NULL;
    if (c == '{' || c == '[') {
        value->kind = c == '{' ? TREE_OBJECT : TREE_ARRAY;
        good = read_container(parse, value);
    } else if (c == '"') {
        value->kind = TREE_STRING;
        good = read_string(parse, value);
    } else if (is_number_start(parse, c)) {
        good = read_number(parse, value);
    } else {
        good = read_name(parse, value);
    }
    return good ? value : NULL;
}

enum status tree_read_json(struct view bytes, bool number_words, struct arena *arena,
                           const struct tree_value **ret_root, struct diag *diag)
{
    struct tree_parse parse;
    enum status status = tree_parse_init(&parse, bytes, arena, diag);
    if (status != STATUS_OK)
        return status;
    parse.number_words = number_words;
    size_t bad = utf8_valid_prefix(bytes.data, bytes.size_bytes);
    if (bad < bytes.size_bytes) {
        tree_refuse(&parse, bad, "json-utf8", "these bytes are not UTF-8");
        return STATUS_INVALID;
    }
    skip_space(&parse);
    const struct tree_value *root = read_value(&parse);
    if (root == NULL)
        return parse.status;
    skip_space(&parse);
    if (parse.at < parse.size_bytes) {
        unexpected(&parse, "the end of the document");
        return STATUS_INVALID;
    }
    *ret_root = root;
    return STATUS_OK;
}
