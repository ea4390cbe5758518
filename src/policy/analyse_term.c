/* One idea: an expression is spelled as bytes from its meaning, its children as numbers of terms,
 * so that two expressions have one spelling exactly when they always have one value. */
#include "policy/analyse_int.h"

#include <math.h>

#include "base/hash.h"
#include "policy/type.h"

static const struct hash_seed seed = {0x616e616c797365u, 0x7465726d73u};

static void put_u64(struct buf *key, uint64_t word)
{
    buf_put(key, &word, sizeof word);
}

/* ---- what a term can be at all ---- */

static void calendar_range(enum ast_function function, struct term *term)
{
    term->least = function == FUNCTION_HOUR || function == FUNCTION_MINUTE ? 0 : 1;
    term->most = function == FUNCTION_HOUR ? 23
               : function == FUNCTION_MINUTE ? 59
               : function == FUNCTION_WEEKDAY ? 7
               : function == FUNCTION_DAY ? 31
               : function == FUNCTION_MONTH ? 12 : 9999;
}

static void narrow_range(const struct ast_expr *expr, struct term *term)
{
    if (expr->kind == EXPR_AGGREGATE && (expr->aggregate->fn == POLICY_COUNT ||
                                         expr->aggregate->fn == POLICY_DISTINCT))
        term->least = 0;
    if (expr->kind == EXPR_AGGREGATE && expr->aggregate->fn == POLICY_RATE) {
        term->least_real = 0;
        term->most_real = 1;
    }
    if (expr->kind != EXPR_CALL)
        return;
    if (expr->function == FUNCTION_LENGTH || expr->function == FUNCTION_ABS) {
        term->least = 0;
        term->least_real = 0;
    } else if (expr->function >= FUNCTION_HOUR) {
        calendar_range(expr->function, term);
    }
}

static void set_class(const struct policy_type *type, struct term *term)
{
    unsigned count = type->base == POLICY_BOOL ? 2 : type->base == POLICY_ONE_OF
                                                         ? type->choice_count : 0;
    bool real = type->base == POLICY_NUMBER || (type->base == POLICY_MONEY && type->fractional);
    term->class = real ? TERM_REAL : count > 0 && count <= 64 ? TERM_FEW : TERM_WHOLE;
    term->least = INT64_MIN;
    term->most = INT64_MAX;
    term->least_real = -INFINITY;
    term->most_real = INFINITY;
    term->few = count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

/* ---- numbering ---- */

#define BUCKETS_FIRST 256

static bool grow_terms(struct terms *terms)
{
    size_t count = terms->bucket_count == 0 ? BUCKETS_FIRST : terms->bucket_count * 4;
    struct term **buckets = arena_array(&terms->arena, count, sizeof(struct term *));
    for (size_t i = 0; i < terms->bucket_count && buckets != NULL; i++) {
        for (struct term *term = terms->buckets[i]; term != NULL;) {
            struct term *next = term->next_in_bucket;
            struct term **to = &buckets[hash_bytes(seed, term->key) % count];
            term->next_in_bucket = *to;
            *to = term;
            term = next;
        }
    }
    if (buckets == NULL)
        return false;
    terms->buckets = buckets;
    terms->bucket_count = count;
    return true;
}

/* The term of the spelling from `start` on, which is taken back; *ret_new: there was none. */
static struct term *intern(struct terms *terms, size_t start, bool *ret_new)
{
    terms->failed |= terms->key.failed ||
                     (terms->count >= terms->bucket_count && !grow_terms(terms));
    if (terms->failed)
        return NULL;
    struct view key = {terms->key.data + start, terms->key.size_bytes - start};
    terms->key.size_bytes = start;
    struct term **bucket = &terms->buckets[hash_bytes(seed, key) % terms->bucket_count];
    *ret_new = false;
    for (struct term *term = *bucket; term != NULL; term = term->next_in_bucket) {
        if (view_equal(term->key, key))
            return term;
    }
    struct term *term = arena_alloc(&terms->arena, sizeof *term);
    struct view kept = arena_copy(&terms->arena, key);
    terms->failed = term == NULL || kept.data == NULL;
    if (terms->failed)
        return NULL;
    *term = (struct term){.key = kept, .id = terms->count++, .next_in_bucket = *bucket};
    *bucket = term;
    *ret_new = true;
    return term;
}

/* Which name, literal, list or window it is. Types with the same words on two events may differ in
 * their choices, which therefore belong to the spelling. */
static void put_leaf(struct buf *key, const struct ast_expr *expr)
{
    enum policy_base base = expr->type.base;
    bool text = expr->kind == EXPR_TEXT && base != POLICY_COUNTRY;
    /* An entity and a text are one value when their bytes are the same. */
    base = text && base != POLICY_IP ? POLICY_TEXT : base;
    put_u64(key, (uint64_t)base << 32 | expr->type.choice_count);
    if (expr->kind == EXPR_AGGREGATE) {
        put_u64(key, expr->aggregate->window);
    } else if (text) {
        put_u64(key, expr->prefix_bits);
        buf_put_view(key, base == POLICY_IP ? expr->bytes : *expr->value.text);
    } else if (expr->kind == EXPR_NAME && expr->meaning != MEANING_CHOICE) {
        put_u64(key, (uint64_t)(uintptr_t)expr->word.name);
    } else if (expr->kind == EXPR_IN_LIST) {
        put_u64(key, expr->word.name->list->index);
    } else {
        put_u64(key, (uint64_t)expr->value.i64);
    }
}

static void put_key(struct terms *terms, const struct ast_expr *expr, bool negated)
{
    struct buf *key = &terms->key;
    enum ast_kind kind = expr->kind;
    /* Numbers that stand for one value have one spelling, wherever they stand. */
    if (expr->kind == EXPR_NAME && expr->meaning == MEANING_CHOICE)
        kind = EXPR_INT;
    put_u64(key, (uint64_t)kind << 32 | (uint64_t)negated << 31 | (uint64_t)expr->function);
    if (expr->first == NULL || kind == EXPR_IN_LIST)
        put_leaf(key, expr);
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        const struct term *term = term_of(terms, child);
        put_u64(key, term == NULL ? 0 : term->id);
    }
}

/* ---- answers given before ---- */

static size_t known_at(const struct ast_expr *expr, size_t bucket_count)
{
    uintptr_t address = (uintptr_t)expr;
    return hash_bytes(seed, (struct view){(const char *)&address, sizeof address}) % bucket_count;
}

static bool grow_known(struct terms *terms)
{
    size_t count = terms->known_bucket_count == 0 ? BUCKETS_FIRST : terms->known_bucket_count * 4;
    struct known **buckets = arena_array(&terms->arena, count, sizeof(struct known *));
    for (size_t i = 0; i < terms->known_bucket_count && buckets != NULL; i++) {
        for (struct known *known = terms->known[i]; known != NULL;) {
            struct known *next = known->next_in_bucket;
            struct known **to = &buckets[known_at(known->expr, count)];
            known->next_in_bucket = *to;
            *to = known;
            known = next;
        }
    }
    if (buckets == NULL)
        return false;
    terms->known = buckets;
    terms->known_bucket_count = count;
    return true;
}

static struct term *find_known(const struct terms *terms, const struct ast_expr *expr,
                               bool negated)
{
    const struct known *known = terms->known_bucket_count == 0
        ? NULL : terms->known[known_at(expr, terms->known_bucket_count)];
    while (known != NULL && (known->expr != expr || known->negated != negated))
        known = known->next_in_bucket;
    return known == NULL ? NULL : known->term;
}

static void keep_known(struct terms *terms, const struct ast_expr *expr, bool negated,
                       struct term *term)
{
    bool room = terms->known_count < terms->known_bucket_count || grow_known(terms);
    struct known *known = room ? arena_alloc(&terms->arena, sizeof *known) : NULL;
    if (known == NULL) {
        terms->failed = true;
        return;
    }
    struct known **bucket = &terms->known[known_at(expr, terms->known_bucket_count)];
    *known = (struct known){expr, negated, term, *bucket};
    *bucket = known;
    terms->known_count++;
}

static struct term *spell(struct terms *terms, const struct ast_expr *expr, bool negated)
{
    struct term *term = find_known(terms, expr, negated);
    if (term != NULL || terms->failed)
        return term;
    size_t start = terms->key.size_bytes;
    bool new = false;
    put_key(terms, expr, negated);
    term = intern(terms, start, &new);
    if (new) {
        set_class(&expr->type, term);
        narrow_range(expr, term);
    }
    if (term != NULL)
        keep_known(terms, expr, negated, term);
    return term;
}

struct term *term_inside(struct terms *terms, const struct ast_expr *expr)
{
    return spell(terms, expr, false);
}

struct term *term_relation(struct terms *terms, const struct term *a, enum ast_kind op,
                           const struct term *b)
{
    size_t start = terms->key.size_bytes;
    bool new = false;
    put_u64(&terms->key, (uint64_t)op << 32);
    put_u64(&terms->key, a->id);
    put_u64(&terms->key, b->id);
    struct term *term = intern(terms, start, &new);
    if (new) {
        struct policy_type type = type_of(POLICY_BOOL);
        set_class(&type, term);
    }
    return term;
}

struct term *term_of(struct terms *terms, const struct ast_expr *expr)
{
    if (terms->failed)
        return NULL;
    if (expr->kind == EXPR_NAME && expr->meaning == MEANING_LET)
        return terms->lets[expr->word.name->let->index];
    if (expr->kind == EXPR_CALL && expr->function == FUNCTION_TEXT)
        return term_of(terms, expr->first);
    return spell(terms, expr, expr->negated);
}

enum status terms_init(struct terms *terms, const struct ast_policy *ast, struct mem *mem)
{
    *terms = (struct terms){.count = 0};
    buf_init(&terms->key, mem);
    arena_init(&terms->arena, mem, 0);
    terms->lets = arena_array(&terms->arena, ast->let_count, sizeof(struct term *));
    terms->failed = terms->lets == NULL;
    /* Each let reads only earlier ones. */
    for (uint32_t i = 0; i < ast->let_count && !terms->failed; i++)
        terms->lets[i] = term_of(terms, ast->lets[i]->expr);
    return terms->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

void terms_done(struct terms *terms)
{
    arena_done(&terms->arena);
    buf_done(&terms->key);
}

/* ---- constants ---- */

static bool is_literal(const struct ast_expr *expr)
{
    return expr->kind == EXPR_BOOL || expr->kind == EXPR_INT || expr->kind == EXPR_DECIMAL ||
           expr->kind == EXPR_MONEY || expr->kind == EXPR_DURATION || expr->kind == EXPR_DATE ||
           (expr->kind == EXPR_NAME && expr->meaning == MEANING_CHOICE) ||
           (expr->kind == EXPR_TEXT && expr->type.base == POLICY_COUNTRY);
}

bool term_constant(struct terms *terms, const struct ast_expr *expr, struct constant *ret)
{
    *ret = (struct constant){.real = expr->type.base == POLICY_NUMBER};
    if (expr->kind == EXPR_NEGATE) {
        if (expr->first->kind == EXPR_NEGATE || !term_constant(terms, expr->first, ret))
            return false;
        ret->i64 = -ret->i64;
        ret->f64 = -ret->f64;
        return true;
    }
    if (expr->kind == EXPR_TEXT && expr->type.base != POLICY_COUNTRY) {
        bool range = expr->type.base == POLICY_IP &&
                     expr->prefix_bits != expr->bytes.size_bytes * 8;
        const struct term *term = range ? NULL : term_of(terms, expr);
        ret->i64 = term == NULL ? 0 : term->id;
        return term != NULL;
    }
    if (!is_literal(expr))
        return false;
    if (ret->real)
        ret->f64 = expr->value.f64;
    else
        ret->i64 = expr->value.i64;
    return true;
}
