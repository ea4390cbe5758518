/* One idea: what the tree's reader says of a JSON text, the other reader of JSON must say too, but
 * for names that stand twice, numbers no double holds, and what only the tree's arena bounds; and
 * every value of a tree that was read, from JSON or from UBJ, can be looked at. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

#define ARENA_BYTES_MAX ((size_t)64 << 20)

static void look(const struct tree_value *value, unsigned depth)
{
    struct view text;
    double real;
    int64_t whole;
    uint32_t count = 0;
    ASSERT(depth <= TREE_DEPTH_MAX);
    ASSERT(!tree_text(value, &text) || utf8_valid(text.data, text.size_bytes));
    ASSERT(tree_f64(value, &real) == (value->kind == TREE_I64 || value->kind == TREE_F64));
    ASSERT(tree_i64(value, &whole) == (value->kind == TREE_I64));
    for (uint32_t i = 0; tree_is_run(value) && i < value->count; i++) {
        real = tree_run_f64(value, i);
        ASSERT(!tree_is_whole_run(value) || (double)tree_run_i64(value, i) == real);
    }
    uint32_t offset = value->offset;
    for (const struct tree_value *item = tree_first(value); item != NULL; item = item->next) {
        /* The first item of an array in a typed array has no letter: both begin with it. */
        ASSERT(item->offset > offset || (item == tree_first(value) && item->offset == offset));
        offset = item->offset;
        ASSERT(value->kind != TREE_OBJECT || tree_field(value, item->key) == item);
        look(item, depth + 1);
        count++;
    }
    ASSERT(value->run != TREE_RUN_NONE || tree_first(value) == NULL || count == value->count);
}

static enum status read(struct view text, bool json, bool number_words, struct diag *diag)
{
    struct arena arena;
    const struct tree_value *root = NULL;
    arena_init(&arena, mem_libc(), ARENA_BYTES_MAX);
    enum status status = json ? tree_read_json(text, number_words, &arena, &root, diag)
                              : tree_read_ubj(text, &arena, &root, diag);
    if (status == STATUS_OK)
        look(root, 0);
    else
        ASSERT(diag->message[0] != '\0');
    arena_done(&arena);
    return status;
}

static void check_json(struct json_reader *reader, struct view text)
{
    struct diag diag = {0};
    enum status status = read(text, true, false, &diag);
    json_reader_begin(reader);
    enum status other = json_validate(reader, text, NULL);
    if (status == STATUS_OK)
        ASSERT(other == STATUS_OK);
    else if (other == STATUS_OK)
        ASSERT(strcmp(diag.code, "document-duplicate") == 0 ||
               strcmp(diag.code, "json-number") == 0 || strcmp(diag.code, "document-memory") == 0);
    ASSERT(status != STATUS_OK || read(text, true, true, &diag) == STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static struct json_reader *reader;
    struct diag diag = {0};
    if (reader == NULL)
        reader = json_reader_new(mem_libc());
    ASSERT(reader != NULL);
    if (size_bytes > JSON_LINE_BYTES_MAX)
        return 0;
    char *copy = malloc(size_bytes + 1); /* so that the sanitizer sees a read beyond it */
    ASSERT(copy != NULL);
    if (size_bytes > 0)
        memcpy(copy, data, size_bytes);
    char *exact = realloc(copy, size_bytes == 0 ? 1 : size_bytes);
    struct view text = {exact, size_bytes};
    check_json(reader, text);
    (void)read(text, true, true, &diag);
    (void)read(text, false, false, &diag);
    free(exact);
    return 0;
}
