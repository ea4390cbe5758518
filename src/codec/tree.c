/* One idea: values are links of lists, because nobody knows how many follow, and numbers are runs,
 * because they are nearly all of a model. Keys that stand twice are found by sorting a list by its
 * keys, and it is put back in order by sorting it by place: no memory and no hash to attack. */
#include "codec/tree.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "codec/tree_int.h"

enum status tree_parse_init(struct tree_parse *parse, struct view bytes, struct arena *arena,
                            struct diag *diag)
{
    if (bytes.size_bytes > TREE_BYTES_MAX) {
        diag_set(diag, "document-size", "the document is longer than %zu bytes", TREE_BYTES_MAX);
        return STATUS_LIMIT;
    }
    *parse = (struct tree_parse){
        .data = bytes.data, .size_bytes = bytes.size_bytes, .arena = arena, .diag = diag};
    return STATUS_OK;
}

bool tree_refuse(struct tree_parse *parse, size_t at, const char *code, const char *format, ...)
{
    char text[DIAG_MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diag_set(parse->diag, code, "byte %zu: %s", at, text);
    parse->status = STATUS_INVALID;
    return false;
}

void *tree_array(struct tree_parse *parse, size_t count, size_t item_size)
{
    void *memory = arena_array(parse->arena, count, item_size);
    if (memory != NULL)
        return memory;
    size_t bound = parse->arena->used_bytes_max;
    size_t left = bound == 0 ? SIZE_MAX : bound - parse->arena->used_bytes;
    parse->status = STATUS_NO_MEMORY;
    if (count > left / item_size || count * item_size + _Alignof(max_align_t) > left) {
        tree_refuse(parse, parse->at, "document-memory",
                    "the document would take more than %zu bytes of memory", bound);
        parse->status = STATUS_LIMIT;
    }
    return NULL;
}

struct tree_value *tree_new(struct tree_parse *parse, enum tree_kind kind, size_t offset)
{
    struct tree_value *value = tree_array(parse, 1, sizeof *value);
    if (value != NULL) {
        value->kind = (uint8_t)kind;
        value->offset = (uint32_t)offset;
    }
    return value;
}

bool tree_enter(struct tree_parse *parse)
{
    if (parse->depth == TREE_DEPTH_MAX) {
        tree_refuse(parse, parse->at, "document-depth",
                    "arrays and objects stand more than %d deep", TREE_DEPTH_MAX);
        parse->status = STATUS_LIMIT;
        return false;
    }
    parse->depth++;
    return true;
}

static bool key_before(const struct tree_value *a, const struct tree_value *b)
{
    return view_compare(a->key, b->key) < 0;
}

static bool place_before(const struct tree_value *a, const struct tree_value *b)
{
    return a->offset < b->offset;
}

typedef bool before_fn(const struct tree_value *a, const struct tree_value *b);

static struct tree_value *merged(struct tree_value *a, struct tree_value *b, before_fn *before)
{
    struct tree_value *first = NULL;
    struct tree_value **end = &first;
    while (a != NULL && b != NULL) {
        struct tree_value **least = before(b, a) ? &b : &a;
        *end = *least;
        end = &(*least)->next;
        *least = (*least)->next;
    }
    *end = a != NULL ? a : b;
    return first;
}

/* Sorts the first `count` values (at least 1) of a list; *ret_rest: what follows them. */
static struct tree_value *sorted(struct tree_value *list, uint32_t count, before_fn *before,
                                 struct tree_value **ret_rest)
{
    if (count == 1) {
        *ret_rest = list->next;
        list->next = NULL;
        return list;
    }
    struct tree_value *rest;
    struct tree_value *front = sorted(list, count / 2, before, &rest);
    struct tree_value *back = sorted(rest, count - count / 2, before, ret_rest);
    return merged(front, back, before);
}

bool tree_check_keys(struct tree_parse *parse, struct tree_value *object)
{
    if (object->count < 2)
        return true;
    struct tree_value *rest;
    const struct tree_value *twice = NULL;
    object->first = sorted(object->first, object->count, key_before, &rest);
    for (struct tree_value *at = object->first; at->next != NULL; at = at->next)
        if (view_equal(at->key, at->next->key))
            twice = at->next;
    object->first = sorted(object->first, object->count, place_before, &rest);
    if (twice == NULL)
        return true;
    tree_refuse(parse, twice->offset, "document-duplicate",
                "the field whose value this is stands twice in one object");
    diag_field(parse->diag, "%.*s", VIEW_ARG(twice->key));
    return false;
}

const struct tree_value *tree_first(const struct tree_value *value)
{
    if (value == NULL || value->run != TREE_RUN_NONE)
        return NULL;
    return value->kind == TREE_ARRAY || value->kind == TREE_OBJECT ? value->first : NULL;
}

const struct tree_value *tree_field(const struct tree_value *object, struct view key)
{
    if (object == NULL || object->kind != TREE_OBJECT)
        return NULL;
    for (const struct tree_value *field = object->first; field != NULL; field = field->next)
        if (view_equal(field->key, key))
            return field;
    return NULL;
}

bool tree_text(const struct tree_value *value, struct view *ret_text)
{
    if (value == NULL || value->kind != TREE_STRING)
        return false;
    *ret_text = (struct view){value->text, value->count};
    return true;
}

bool tree_f64(const struct tree_value *value, double *ret_value)
{
    if (value == NULL || (value->kind != TREE_I64 && value->kind != TREE_F64))
        return false;
    *ret_value = value->kind == TREE_I64 ? (double)value->whole : value->real;
    return true;
}

bool tree_i64(const struct tree_value *value, int64_t *ret_value)
{
    if (value == NULL || value->kind != TREE_I64)
        return false;
    *ret_value = value->whole;
    return true;
}

bool tree_is_run(const struct tree_value *value)
{
    return value != NULL && value->kind == TREE_ARRAY &&
           (value->run != TREE_RUN_NONE || value->count == 0);
}

bool tree_is_whole_run(const struct tree_value *value)
{
    return tree_is_run(value) && value->run != TREE_RUN_F64 && value->run != TREE_RUN_UBJ_F32 &&
           value->run != TREE_RUN_UBJ_F64;
}

/* The big-endian bytes of number `index`. */
static uint64_t bytes_at(const struct tree_value *run, uint32_t index, size_t size_bytes)
{
    const unsigned char *from = (const unsigned char *)run->numbers + (size_t)index * size_bytes;
    uint64_t bits = 0;
    for (size_t i = 0; i < size_bytes; i++)
        bits = bits << 8 | from[i];
    return bits;
}

int64_t tree_run_i64(const struct tree_value *run, uint32_t index)
{
    ASSERT(tree_is_whole_run(run) && index < run->count);
    switch ((enum tree_run)run->run) {
    case TREE_RUN_UBJ_I8: return (int8_t)bytes_at(run, index, 1);
    case TREE_RUN_UBJ_U8: return (uint8_t)bytes_at(run, index, 1);
    case TREE_RUN_UBJ_I16: return (int16_t)bytes_at(run, index, 2);
    case TREE_RUN_UBJ_I32: return (int32_t)bytes_at(run, index, 4);
    case TREE_RUN_UBJ_I64: return (int64_t)bytes_at(run, index, 8);
    case TREE_RUN_NONE: case TREE_RUN_I64: case TREE_RUN_F64:
    case TREE_RUN_UBJ_F32: case TREE_RUN_UBJ_F64:
        break;
    }
    return ((const int64_t *)run->numbers)[index];
}

double tree_run_f64(const struct tree_value *run, uint32_t index)
{
    if (tree_is_whole_run(run))
        return (double)tree_run_i64(run, index);
    ASSERT(tree_is_run(run) && index < run->count);
    if (run->run == TREE_RUN_F64)
        return ((const double *)run->numbers)[index];
    uint64_t bits = bytes_at(run, index, run->run == TREE_RUN_UBJ_F32 ? 4 : 8);
    uint32_t low = (uint32_t)bits;
    double wide;
    float narrow;
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &low, sizeof narrow);
    return run->run == TREE_RUN_UBJ_F32 ? (double)narrow : wide;
}
