/* One idea: a composite key is the tuple of its symbols, looked up once more.
 *
 * 1. A symbol outlives every row whose events a window can still reach, so a row that meets its
 *    symbols' numbers used again holds nothing that can be read.
 * 2. A record is live exactly when its row is, apart from one being added by the call at hand. */
#include "feature/state_int.h"

#include "feature/fold_int.h"

static struct key *key_at(const struct rows *rows, uint32_t index)
{
    return vec_at(&rows->records, index);
}

uint64_t key_hash(const struct feature_state *state, uint8_t table, const uint32_t *symbols)
{
    uint8_t count = state->tables[table].spec->key_count;
    uint64_t low = count > 0 ? symbols[0] : 0;
    uint64_t high = count > 2 ? symbols[2] : 0;
    low |= (uint64_t)(count > 1 ? symbols[1] : 0) << 32;
    high |= (uint64_t)(count > 3 ? symbols[3] : 0) << 32;
    return hash_words(state->seed, low, high);
}

uint32_t key_find(const struct feature_state *state, uint8_t table, const uint32_t *symbols)
{
    const struct rows *rows = &state->rows[table];
    size_t bytes = state->tables[table].spec->key_count * sizeof *symbols;
    uint64_t hash = key_hash(state, table, symbols);
    uint32_t step = 0;
    for (;;) {
        uint32_t index = index_next(&rows->index, hash, &step);
        if (index == NONE || memcmp(key_at(rows, index)->symbols, symbols, bytes) == 0)
            return index;
    }
}

uint32_t key_add(struct feature_state *state, uint8_t table, const uint32_t *symbols)
{
    struct rows *rows = &state->rows[table];
    uint64_t hash = key_hash(state, table, symbols);
    uint32_t index = rows->free_head != NONE ? rows->free_head : rows->count;
    if (!index_reserve(&rows->index, hash) || !vec_reserve(&rows->records, index + 1))
        return NONE;
    struct key *key = key_at(rows, index);
    if (index == rows->count)
        rows->count++;
    else
        rows->free_head = key->symbols[0];
    *key = (struct key){{0}};
    memcpy(key->symbols, symbols, state->tables[table].spec->key_count * sizeof *symbols);
    struct row *row = state_row(state, table, index);
    *row = (struct row){.big = NULL};
    fold_init(&state->tables[table], row_fold(row));
    index_put(&rows->index, hash, index);
    rows->live++;
    return index;
}

static void take_out(struct feature_state *state, uint8_t table, uint32_t index)
{
    struct rows *rows = &state->rows[table];
    struct key *key = key_at(rows, index);
    index_remove(&rows->index, key_hash(state, table, key->symbols), index);
    state_row_clear(state, table, state_row(state, table, index));
    *key = (struct key){{rows->free_head}};
    rows->free_head = index;
    rows->live--;
}

void key_undo(struct feature_state *state, uint8_t table, uint32_t index, bool was_free)
{
    struct rows *rows = &state->rows[table];
    take_out(state, table, index);
    if (!was_free) {
        rows->free_head = key_at(rows, index)->symbols[0];
        rows->count--;
    }
}

void key_sweep(struct feature_state *state, uint8_t table, uint32_t count)
{
    struct rows *rows = &state->rows[table];
    const struct table *t = &state->tables[table];
    if (t->ever || state->newest_ms == INT64_MIN)
        return;
    int64_t line_ms = state_line(state, t->reach_ms + t->late_ms);
    for (; count > 0 && rows->count > 0; count--) {
        uint32_t index = rows->hand < rows->count ? rows->hand : 0;
        rows->hand = index + 1;
        const struct row *row = state_row(state, table, index);
        uint32_t events = row_count(row);
        if (row->run.live && (events == 0 || row_time(t, row, events - 1) < line_ms))
            take_out(state, table, index);
    }
}
