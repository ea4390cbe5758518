/* One idea: a key's text becomes a small number once, and everything of an entity whose key it is
 * lies in one record beside it.
 *
 * 1. Two keys are the same when their bytes are; the hash only says where to look.
 * 2. A symbol is forgotten when no window, at any time still allowed, can reach an event that
 *    named it; its number goes to the head of the free list. Nothing that can be read depends on
 *    when the sweep comes by. */
#include "feature/state_int.h"

#include "base/assert.h"
#include "feature/fold_int.h"

uint64_t symbol_hash(const struct feature_state *state, struct view text)
{
    return hash_bytes(state->seed, text);
}

static uint32_t word_of(const struct symbol *symbol)
{
    uint32_t word;
    memcpy(&word, symbol->text, sizeof word);
    return word;
}

struct view symbol_text(const struct feature_state *state, const struct symbol *symbol)
{
    if (symbol->size_bytes <= SYMBOL_INLINE_BYTES)
        return (struct view){symbol->text, symbol->size_bytes};
    return (struct view){pool_at(&state->pool, word_of(symbol)), symbol->size_bytes};
}

static uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Both have `size` bytes, at most 22. */
static bool same_short(const char *a, const char *b, size_t size)
{
    uint64_t differ = 0;
    size_t at = 0;
    for (; at + 8 <= size; at += 8)
        differ |= word_at(a + at) ^ word_at(b + at);
    if (size >= 8)
        return (differ | (word_at(a + size - 8) ^ word_at(b + size - 8))) == 0;
    for (; at < size; at++)
        differ |= (uint64_t)(unsigned char)(a[at] ^ b[at]);
    return differ == 0;
}

static bool is_text(const struct feature_state *state, const struct symbol *symbol,
                    struct view text)
{
    if (symbol->size_bytes != text.size_bytes)
        return false;
    if (text.size_bytes <= SYMBOL_INLINE_BYTES)
        return same_short(symbol->text, text.data, text.size_bytes);
    return view_equal(symbol_text(state, symbol), text);
}

uint32_t symbol_find(const struct feature_state *state, uint8_t kind, struct view text,
                     uint64_t hash, uint32_t guess)
{
    const struct kind *k = &state->kinds[kind];
    if (guess < k->count && is_text(state, symbol_at(k, guess), text))
        return guess;
    uint32_t step = 0;
    for (;;) {
        uint32_t index = index_next(&k->index, hash, &step);
        if (index == NONE || is_text(state, symbol_at(k, index), text))
            return index;
    }
}

static bool put_text(struct feature_state *state, struct kind *kind, struct symbol *symbol,
                     struct view text)
{
    if (text.size_bytes > SYMBOL_INLINE_BYTES) {
        uint32_t handle = pool_take(&state->pool, (uint32_t)text.size_bytes);
        if (handle == 0)
            return false;
        memcpy(pool_at(&state->pool, handle), text.data, text.size_bytes);
        memcpy(symbol->text, &handle, sizeof handle);
        kind->text_bytes += text.size_bytes;
    } else if (text.size_bytes != 0) {
        memcpy(symbol->text, text.data, text.size_bytes);
    }
    symbol->size_bytes = (uint16_t)text.size_bytes;
    return true;
}

static void drop_text(struct feature_state *state, struct kind *kind, struct symbol *symbol)
{
    if (symbol->size_bytes <= SYMBOL_INLINE_BYTES)
        return;
    pool_give(&state->pool, word_of(symbol), symbol->size_bytes);
    kind->text_bytes -= symbol->size_bytes;
}

static void fresh_rows(struct feature_state *state, const struct kind *kind, uint32_t index)
{
    for (uint8_t i = 0; i < kind->table_count; i++) {
        struct row *row = state_row(state, kind->tables[i], index);
        *row = (struct row){.big = NULL};
        fold_init(&state->tables[kind->tables[i]], row_fold(row));
    }
}

uint32_t symbol_add(struct feature_state *state, uint8_t kind, struct view text, uint64_t hash)
{
    struct kind *k = &state->kinds[kind];
    uint32_t index = k->free_head != NONE ? k->free_head : k->count;
    if (!index_reserve(&k->index, hash) || !vec_reserve(&k->records, index + 1))
        return NONE;
    struct symbol *symbol = symbol_at(k, index);
    uint32_t next = index == k->count ? NONE : word_of(symbol);
    if (!put_text(state, k, symbol, text))
        return NONE;
    if (index == k->count)
        k->count++;
    else
        k->free_head = next;
    symbol->last_ms = INT64_MIN;
    fresh_rows(state, k, index);
    index_put(&k->index, hash, index);
    k->live++;
    return index;
}

/* Takes a symbol out, down to its place in the free list. */
static void take_out(struct feature_state *state, struct kind *kind, uint32_t index)
{
    struct symbol *symbol = symbol_at(kind, index);
    index_remove(&kind->index, symbol_hash(state, symbol_text(state, symbol)), index);
    drop_text(state, kind, symbol);
    for (uint8_t i = 0; i < kind->table_count; i++)
        state_row_clear(state, kind->tables[i], state_row(state, kind->tables[i], index));
    *symbol = (struct symbol){.size_bytes = SYMBOL_FREE};
    memcpy(symbol->text, &kind->free_head, sizeof kind->free_head);
    kind->free_head = index;
    kind->live--;
}

void symbol_undo(struct feature_state *state, uint8_t kind, uint32_t index, bool was_free)
{
    struct kind *k = &state->kinds[kind];
    take_out(state, k, index);
    if (!was_free) {
        k->free_head = word_of(symbol_at(k, index));
        k->count--;
    }
}

void symbol_sweep(struct feature_state *state, uint8_t kind, uint32_t count)
{
    struct kind *k = &state->kinds[kind];
    int64_t line_ms = k->ever ? INT64_MIN
                              : state_line(state, k->horizon_ms + state->plan->late_ms);
    for (; count > 0 && k->count > 0; count--) {
        uint32_t index = k->hand < k->count ? k->hand : 0;
        k->hand = index + 1;
        const struct symbol *symbol = symbol_at(k, index);
        if (symbol->size_bytes != SYMBOL_FREE && symbol->last_ms < line_ms)
            take_out(state, k, index);
    }
}

struct view feature_symbol_text(const struct feature_state *state, uint8_t kind, int64_t symbol)
{
    const struct kind *k = &state->kinds[kind];
    ASSERT(kind < state->plan->kind_count && symbol >= 0 && symbol < (int64_t)k->count);
    const struct symbol *s = symbol_at(k, (uint32_t)symbol);
    return s->size_bytes == SYMBOL_FREE ? (struct view){"", 0} : symbol_text(state, s);
}

bool feature_symbols_possible(const struct feature_state *state, uint16_t type, int64_t at_ms,
                              const uint32_t *symbols)
{
    ASSERT(type < state->plan->event_type_count);
    const struct feature_event_type *t = &state->plan->event_types[type];
    for (uint8_t i = 0; i < t->key_count; i++) {
        const struct kind *k = &state->kinds[t->key_kinds[i]];
        int64_t line_ms = state_line(state, k->horizon_ms + state->plan->late_ms);
        bool forgotten = !k->ever && at_ms < line_ms;
        if (symbols[i] == NONE || forgotten)
            continue;
        if (symbols[i] >= k->count || symbol_at(k, symbols[i])->size_bytes == SYMBOL_FREE ||
            symbol_at(k, symbols[i])->last_ms < at_ms)
            return false;
    }
    return true;
}
