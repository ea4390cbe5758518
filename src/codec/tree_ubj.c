/* One idea: every value is a letter that says what follows, and lengths come first, so reading is
 * checking that a length fits into what is left and stepping over it.
 *
 *     Z null   T true   F false   N nothing, allowed before any value
 *     i int8   U uint8   I int16   l int32   L int64   d float32   D float64   all big-endian
 *     C one ASCII byte   S string: a length (a whole number with its letter), then UTF-8
 *     H a number as text, otherwise like a string
 *     [ values ]   { length and bytes of a key, then its value; ... }
 *     behind [ or {:  # count       so many items follow, and no closing bracket
 *                     $ letter # count   likewise, and items have no letter of their own
 *
 * 1. A typed run of numbers stays where it is in the file; an untyped one is copied.
 * 2. Every item takes at least one byte, so no count is above the bytes that are left. */
#include "codec/tree.h"

#include <string.h>

#include "base/utf8.h"
#include "codec/number.h"
#include "codec/tree_int.h"

/* What a container says of itself behind its bracket. */
struct head {
    char type;       /* of all items, or 0 */
    bool counted;
    uint32_t count;
};

static struct tree_value *read_value(struct tree_parse *parse);
static struct tree_value *read_typed(struct tree_parse *parse, char type, size_t offset);

/* How the numbers of a letter lie, TREE_RUN_NONE when it is no number's. */
static enum tree_run run_of(char type)
{
    switch (type) {
    case 'i': return TREE_RUN_UBJ_I8;
    case 'U': return TREE_RUN_UBJ_U8;
    case 'I': return TREE_RUN_UBJ_I16;
    case 'l': return TREE_RUN_UBJ_I32;
    case 'L': return TREE_RUN_UBJ_I64;
    case 'd': return TREE_RUN_UBJ_F32;
    case 'D': return TREE_RUN_UBJ_F64;
    default: return TREE_RUN_NONE;
    }
}

static size_t bytes_of(enum tree_run run)
{
    switch (run) {
    case TREE_RUN_UBJ_I8: case TREE_RUN_UBJ_U8: return 1;
    case TREE_RUN_UBJ_I16: return 2;
    case TREE_RUN_UBJ_I32: case TREE_RUN_UBJ_F32: return 4;
    case TREE_RUN_NONE: case TREE_RUN_I64: case TREE_RUN_F64:
    case TREE_RUN_UBJ_I64: case TREE_RUN_UBJ_F64:
        break;
    }
    return 8;
}

static size_t left(const struct tree_parse *parse)
{
    return parse->size_bytes - parse->at;
}

static bool ended(struct tree_parse *parse, const char *wanted)
{
    tree_refuse(parse, parse->size_bytes, "ubj-end", "the document ends where %s must stand",
                wanted);
    return false;
}

static bool take_letter(struct tree_parse *parse, const char *wanted, char *ret_letter)
{
    if (left(parse) == 0)
        return ended(parse, wanted);
    *ret_letter = parse->data[parse->at++];
    return true;
}

static bool next_is(const struct tree_parse *parse, char letter)
{
    return left(parse) > 0 && parse->data[parse->at] == letter;
}

/* Takes the bytes of a number of a type. */
static bool take_number(struct tree_parse *parse, enum tree_run run, struct tree_value *ret_value)
{
    struct tree_value one = {.kind = TREE_ARRAY, .run = (uint8_t)run, .count = 1};
    if (left(parse) < bytes_of(run))
        return ended(parse, "a number");
    one.numbers = parse->data + parse->at;
    parse->at += bytes_of(run);
    ret_value->kind = tree_is_whole_run(&one) ? TREE_I64 : TREE_F64;
    if (ret_value->kind == TREE_I64)
        ret_value->whole = tree_run_i64(&one, 0);
    else
        ret_value->real = tree_run_f64(&one, 0);
    return true;
}

/* Takes a length or count with its letter: at most the bytes that are left behind it. */
static bool take_length(struct tree_parse *parse, uint32_t *ret_length)
{
    size_t start = parse->at;
    struct tree_value number;
    char type;
    if (!take_letter(parse, "a length", &type))
        return false;
    enum tree_run run = run_of(type);
    if (run == TREE_RUN_NONE || run == TREE_RUN_UBJ_F32 || run == TREE_RUN_UBJ_F64)
        return tree_refuse(parse, start, "ubj-length", "a length must stand here");
    if (!take_number(parse, run, &number))
        return false;
    if (number.whole < 0 || (uint64_t)number.whole > left(parse))
        return tree_refuse(parse, start, "ubj-length",
                           "a length of %lld, where %zu bytes are left",
                           (long long)number.whole, left(parse));
    *ret_length = (uint32_t)number.whole;
    return true;
}

/* Takes a length and its text; data is NULL when they are wrong. */
static struct view take_text(struct tree_parse *parse)
{
    uint32_t length;
    if (!take_length(parse, &length))
        return (struct view){NULL, 0};
    struct view text = {parse->data + parse->at, length};
    size_t good = utf8_valid_prefix(text.data, length);
    if (good < length) {
        tree_refuse(parse, parse->at + good, "ubj-utf8", "these bytes are not UTF-8");
        return (struct view){NULL, 0};
    }
    parse->at += length;
    return text;
}

static bool read_text(struct tree_parse *parse, struct tree_value *value)
{
    struct view text = take_text(parse);
    value->kind = TREE_STRING;
    value->text = text.data;
    value->count = (uint32_t)text.size_bytes;
    return text.data != NULL;
}

/* Reads a number that is written as text. */
static bool read_long_number(struct tree_parse *parse, struct tree_value *value)
{
    size_t start = parse->at;
    struct view text = take_text(parse);
    double real;
    if (text.data == NULL)
        return false;
    if (number_parse_f64(text, &real) != STATUS_OK)
        return tree_refuse(parse, start, "ubj-number", "this text is no number of a double");
    value->kind = TREE_F64;
    value->real = real;
    return true;
}

static bool read_char(struct tree_parse *parse, struct tree_value *value)
{
    char c;
    if (!take_letter(parse, "a character", &c))
        return false;
    if ((unsigned char)c > 0x7f)
        return tree_refuse(parse, parse->at - 1, "ubj-utf8", "this character is not ASCII");
    value->kind = TREE_STRING;
    value->text = parse->data + parse->at - 1;
    value->count = 1;
    return true;
}

/* Reads what stands between a container's bracket and its items. */
static bool read_head(struct tree_parse *parse, struct head *ret_head)
{
    struct head head = {0};
    if (next_is(parse, '$')) {
        parse->at++;
        if (!take_letter(parse, "a type", &head.type))
            return false;
        if (head.type == '\0' || strchr("iUIlLdDCSH[{", head.type) == NULL)
            return tree_refuse(parse, parse->at - 1, "ubj-type",
                               "items of a typed container cannot be of the type 0x%02x",
                               (unsigned)(unsigned char)head.type);
        if (!next_is(parse, '#'))
            return tree_refuse(parse, parse->at, "ubj-count",
                               "a typed container must say how many items it has");
    }
    if (next_is(parse, '#')) {
        parse->at++;
        head.counted = true;
        if (!take_length(parse, &head.count))
            return false;
    }
    *ret_head = head;
    return true;
}

/* A run that lies in the file. */
static bool read_run(struct tree_parse *parse, const struct head *head, struct tree_value *array)
{
    enum tree_run run = run_of(head->type);
    size_t size = bytes_of(run) * head->count;
    if (size > left(parse))
        return ended(parse, "a number");
    array->run = (uint8_t)run;
    array->numbers = parse->data + parse->at;
    array->count = head->count;
    parse->at += size;
    return true;
}

/* How many numbers with letters of their own the array has, when it has at least one and nothing
 * else; else 0. */
static uint32_t letters_count(const struct tree_parse *parse, const struct head *head,
                              bool *ret_whole)
{
    uint32_t count = 0;
    bool whole = true;
    for (size_t at = parse->at; at < parse->size_bytes && (!head->counted || count < head->count);
         count++) {
        enum tree_run run = run_of(parse->data[at]);
        if (run == TREE_RUN_NONE && !head->counted && parse->data[at] == ']')
            break;
        if (run == TREE_RUN_NONE || parse->size_bytes - at - 1 < bytes_of(run))
            return 0;
        whole = whole && run != TREE_RUN_UBJ_F32 && run != TREE_RUN_UBJ_F64;
        at += 1 + bytes_of(run);
    }
    *ret_whole = whole;
    return head->counted && count < head->count ? 0 : count;
}

/* Copies numbers with letters of their own, which letters_count has seen. */
static bool copy_run(struct tree_parse *parse, const struct head *head, uint32_t count, bool whole,
                     struct tree_value *array)
{
    void *numbers = tree_array(parse, count, sizeof(double));
    if (numbers == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct tree_value number;
        enum tree_run run = run_of(parse->data[parse->at++]);
        if (!take_number(parse, run, &number))
            return false;
        if (whole)
            ((int64_t *)numbers)[i] = number.whole;
        else
            ((double *)numbers)[i] = number.kind == TREE_I64 ? (double)number.whole : number.real;
    }
    char bracket;
    array->run = whole ? TREE_RUN_I64 : TREE_RUN_F64;
    array->numbers = numbers;
    array->count = count;
    return head->counted || take_letter(parse, "a closing bracket", &bracket);
}

/* Reads one item of a container, with its key in an object. */
static struct tree_value *read_item(struct tree_parse *parse, const struct head *head, bool object)
{
    struct view key = {NULL, 0};
    if (object) {
        key = take_text(parse);
        if (key.data == NULL)
            return NULL;
    }
    struct tree_value *item = head->type == 0 ? read_value(parse)
                                              : read_typed(parse, head->type, parse->at);
    if (item != NULL)
        item->key = key;
    return item;
}

static void skip_nothing(struct tree_parse *parse)
{
    while (next_is(parse, 'N'))
        parse->at++;
}

/* Whether another item follows; takes the closing bracket when none does. */
static bool has_more(struct tree_parse *parse, const struct head *head,
                     const struct tree_value *list)
{
    if (head->counted)
        return list->count < head->count;
    skip_nothing(parse);
    if (!next_is(parse, list->kind == TREE_OBJECT ? '}' : ']'))
        return true;
    parse->at++;
    return false;
}

static bool read_items(struct tree_parse *parse, const struct head *head, struct tree_value *list)
{
    struct tree_value **end = &list->first;
    while (has_more(parse, head, list)) {
        struct tree_value *item = read_item(parse, head, list->kind == TREE_OBJECT);
        if (item == NULL)
            return false;
        *end = item;
        end = &item->next;
        list->count++;
    }
    return true;
}

static bool read_array(struct tree_parse *parse, const struct head *head, struct tree_value *array)
{
    bool whole = false;
    if (run_of(head->type) != TREE_RUN_NONE)
        return read_run(parse, head, array);
    uint32_t count = head->type == 0 ? letters_count(parse, head, &whole) : 0;
    if (count > 0)
        return copy_run(parse, head, count, whole, array);
    return read_items(parse, head, array);
}

static bool read_container(struct tree_parse *parse, struct tree_value *list)
{
    struct head head;
    if (!tree_enter(parse) || !read_head(parse, &head))
        return false;
    bool good;
    if (list->kind == TREE_ARRAY)
        good = read_array(parse, &head, list);
    else
        good = read_items(parse, &head, list) && tree_check_keys(parse, list);
    parse->depth--;
    return good;
}

/* Reads what follows a value's letter into it. */
static bool read_payload(struct tree_parse *parse, char type, struct tree_value *value)
{
    if (run_of(type) != TREE_RUN_NONE)
        return take_number(parse, run_of(type), value);
    switch (type) {
    case 'Z':
        return true;
    case 'T': case 'F':
        value->kind = TREE_BOOL;
        value->truth = type == 'T';
        return true;
    case 'C':
        return read_char(parse, value);
    case 'S':
        return read_text(parse, value);
    case 'H':
        return read_long_number(parse, value);
    case '[': case '{':
        value->kind = type == '[' ? TREE_ARRAY : TREE_OBJECT;
        return read_container(parse, value);
    default:
        return tree_refuse(parse, value->offset, "ubj-type", "0x%02x is no type of UBJ",
                           (unsigned)(unsigned char)type);
    }
}

static struct tree_value *read_typed(struct tree_parse *parse, char type, size_t offset)
{
    struct tree_value *value = tree_new(parse, TREE_NULL, offset);
    return value != NULL && read_payload(parse, type, value) ? value : NULL;
}

static struct tree_value *read_value(struct tree_parse *parse)
{
    char type;
    skip_nothing(parse);
    size_t offset = parse->at;
    return take_letter(parse, "a value", &type) ? read_typed(parse, type, offset) : NULL;
}

enum status tree_read_ubj(struct view bytes, struct arena *arena,
                          const struct tree_value **ret_root, struct diag *diag)
{
    struct tree_parse parse;
    enum status status = tree_parse_init(&parse, bytes, arena, diag);
    if (status != STATUS_OK)
        return status;
    const struct tree_value *root = read_value(&parse);
    if (root == NULL)
        return parse.status;
    skip_nothing(&parse);
    if (left(&parse) > 0) {
        tree_refuse(&parse, parse.at, "ubj-end", "bytes follow behind the document");
        return STATUS_INVALID;
    }
    *ret_root = root;
    return STATUS_OK;
}
