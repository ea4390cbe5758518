/* One idea: names are interned once, so that all later lookups follow a pointer; and the words of
 * the language stand in one table per kind of word. */
#include "policy/ast.h"

#include "base/hash.h"

static const struct hash_seed name_seed = {0x7765697220706f6cu, 0x696379206e616d65u};

static struct ast_name *find(const struct ast_policy *ast, struct view text, uint64_t hash)
{
    if (ast->bucket_count == 0)
        return NULL;
    struct ast_name *name = ast->buckets[hash % ast->bucket_count];
    while (name != NULL && !view_equal(name->text, text))
        name = name->next_in_bucket;
    return name;
}

struct ast_name *ast_name_find(const struct ast_policy *ast, struct view text)
{
    return find(ast, text, hash_bytes(name_seed, text));
}

static bool grow(struct ast_policy *ast)
{
    size_t count = ast->bucket_count == 0 ? 256 : ast->bucket_count * 4;
    struct ast_name **buckets = arena_array(ast->arena, count, sizeof(struct ast_name *));
    if (buckets == NULL)
        return false;
    for (size_t i = 0; i < ast->bucket_count; i++) {
        struct ast_name *name = ast->buckets[i];
        while (name != NULL) {
            struct ast_name *next = name->next_in_bucket;
            size_t at = hash_bytes(name_seed, name->text) % count;
            name->next_in_bucket = buckets[at];
            buckets[at] = name;
            name = next;
        }
    }
    ast->buckets = buckets;
    ast->bucket_count = count;
    return true;
}

struct ast_name *ast_name_intern(struct ast_policy *ast, struct view text)
{
    uint64_t hash = hash_bytes(name_seed, text);
    struct ast_name *name = find(ast, text, hash);
    if (name != NULL)
        return name;
    if (ast->name_count >= ast->bucket_count && !grow(ast))
        return NULL;
    name = arena_alloc(ast->arena, sizeof *name);
    if (name == NULL)
        return NULL;
    name->text = text;
    name->next_in_bucket = ast->buckets[hash % ast->bucket_count];
    ast->buckets[hash % ast->bucket_count] = name;
    ast->name_count++;
    return name;
}

struct ast_field *ast_field_of(const struct ast_name *name, uint16_t event)
{
    if (name == NULL || (name->field_events >> event & 1) == 0)
        return NULL;
    struct ast_field *field = name->fields;
    while (field != NULL && field->event != event)
        field = field->next_same_name;
    return field;
}

static const char *const window_words[] = {
    [POLICY_COUNT] = "count", [POLICY_SUM] = "sum", [POLICY_MEAN] = "mean", [POLICY_STD] = "std",
    [POLICY_MIN] = "min", [POLICY_MAX] = "max", [POLICY_FIRST] = "first", [POLICY_LAST] = "last",
    [POLICY_DISTINCT] = "distinct", [POLICY_AGE] = "age", [POLICY_SINCE] = "since",
    [POLICY_RATE] = "rate", [POLICY_ENTROPY] = "entropy", [POLICY_QUANTILE] = "quantile",
    [POLICY_DECAYED] = "decayed",
};

static const struct {
    const char *word;
    uint32_t least;
    uint32_t most;
} functions[] = {
#define FUNCTION_ROW(name, word, least, most) [name] = {word, least, most},
    AST_FUNCTION_TABLE(FUNCTION_ROW)
#undef FUNCTION_ROW
};

static const char *const base_words[] = {
    [POLICY_BOOL] = "bool", [POLICY_INT] = "int", [POLICY_NUMBER] = "number",
    [POLICY_MONEY] = "money", [POLICY_TEXT] = "text", [POLICY_TIME] = "time",
    [POLICY_DURATION] = "duration", [POLICY_COUNTRY] = "country", [POLICY_IP] = "ip",
    [POLICY_ONE_OF] = "one of", [POLICY_ENTITY] = "entity", [POLICY_ID] = "id",
    [POLICY_REF] = "ref",
};

const char *ast_window_word(enum policy_window_fn fn)
{
    return window_words[fn];
}

const char *ast_function_word(enum ast_function function)
{
    return functions[function].word;
}

const char *ast_base_word(enum policy_base base)
{
    return base_words[base];
}

void ast_function_arity(enum ast_function function, uint32_t *ret_least, uint32_t *ret_most)
{
    *ret_least = functions[function].least;
    *ret_most = functions[function].most;
}

bool ast_window_find(struct view word, enum policy_window_fn *ret_fn)
{
    for (size_t i = 0; i < sizeof window_words / sizeof window_words[0]; i++) {
        if (view_equal(word, view_of(window_words[i]))) {
            *ret_fn = (enum policy_window_fn)i;
            return true;
        }
    }
    return false;
}

bool ast_function_find(struct view word, enum ast_function *ret_function)
{
    for (size_t i = 0; i < AST_FUNCTION_COUNT; i++) {
        if (view_equal(word, view_of(functions[i].word))) {
            *ret_function = (enum ast_function)i;
            return true;
        }
    }
    return false;
}

bool ast_base_find(struct view word, enum policy_base *ret_base)
{
    for (size_t i = 0; i < sizeof base_words / sizeof base_words[0]; i++) {
        if (view_equal(word, view_of(base_words[i]))) {
            *ret_base = (enum policy_base)i;
            return true;
        }
    }
    return false;
}
