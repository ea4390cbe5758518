/* One idea: what is written is what can be asked for: keys with their numbers, rows with their
 * retained events and folds. How they lie in memory is built anew when they are read.
 *
 * Bytes, little-endian:
 *   "weirFEA1", the plan's digest (16), newest_ms (8)
 *   per kind: count (4); per symbol: size (2), and unless that is 0xffff, which means free:
 *     last_ms (8), the text, a row for each table that has the kind as its only key;
 *     then a free list
 *   per table with another number of keys: count (4); per record: 1 live or 0 free (1), and when
 *     live: its symbols (4 each), a row; then a free list
 *   a row: 1 or 0 (1): it has had an event; and if so its fold (8 per word), count (4), and the
 *     events: at_ms (8), classes (4), the stored columns (8 each)
 *   a free list: count (4), the numbers from its head on (4 each), the sweep's hand (4)
 *   the digest of all this (16)
 * 1. feature_digest is the digest at the end: a state can be compared without being written.
 * 2. What is read is hostile, its digest notwithstanding: every number is checked. */
#include "feature/save_int.h"

/* Where bytes go: into a digest, and into a buffer when there is one. */
struct sink {
    struct hash_digest digest;
    struct buf *out;
};

static void put(struct sink *sink, const void *data, size_t size_bytes)
{
    hash_digest_add(&sink->digest, (struct view){data, size_bytes});
    if (sink->out != NULL)
        buf_put(sink->out, data, size_bytes);
}

static void put_u8(struct sink *sink, uint8_t value)
{
    put(sink, &value, sizeof value);
}

static void put_u32(struct sink *sink, uint32_t value)
{
    put(sink, &value, sizeof value);
}

static void put_u64(struct sink *sink, uint64_t value)
{
    put(sink, &value, sizeof value);
}

static void put_double(struct sink *sink, double value)
{
    put(sink, &value, sizeof value);
}

static void put_table(struct sink *sink, const struct feature_table *table)
{
    put_u8(sink, table->key_count);
    put(sink, table->key_kinds, table->key_count);
    put_u8(sink, table->class_count);
    put_u8(sink, table->column_count);
    for (uint8_t c = 0; c < table->column_count; c++) {
        put_u8(sink, (uint8_t)table->columns[c].type);
        put_u8(sink, table->columns[c].type == FEATURE_SYMBOL ? table->columns[c].kind : 0);
    }
}

static void put_window(struct sink *sink, const struct feature_window *window)
{
    put_u8(sink, (uint8_t)window->fn);
    put_u8(sink, window->table);
    put_u8(sink, window->class_index);
    put_u8(sink, window->fn == FEATURE_RATE ? window->class_hit : 0);
    put_u8(sink, window->column);
    put_u8(sink, window->before);
    put_u64(sink, (uint64_t)window->over_ms);
    put_u64(sink, (uint64_t)window->ending_ms);
    put_u64(sink, (uint64_t)window->hit_ending_ms);
    put_double(sink, window->parameter);
}

/* What decides the shape of a state: not the event types, which only say how it is reached. */
void save_plan_digest(const struct feature_plan *plan, uint64_t ret_digest[2])
{
    struct sink sink = {.out = NULL};
    hash_digest_init(&sink.digest);
    put_u8(&sink, plan->kind_count);
    put_u64(&sink, (uint64_t)plan->late_ms);
    for (uint8_t i = 0; i < plan->table_count; i++)
        put_table(&sink, &plan->tables[i]);
    for (uint16_t i = 0; i < plan->window_count; i++)
        put_window(&sink, &plan->windows[i]);
    hash_digest_result(&sink.digest, ret_digest);
}

static void put_row(struct sink *sink, const struct table *table, struct row *row)
{
    put_u8(sink, row->run.live);
    if (!row->run.live)
        return;
    put(sink, row_fold(row), (size_t)table->fold_words * 8);
    put_u32(sink, row_count(row));
    struct span span = {0, row_count(row), NONE};
    struct piece piece;
    while (row_piece(table, row, &span, &piece)) {
        for (uint32_t k = piece.i; k < piece.j; k++) {
            struct item item;
            run_get(table, piece.run, k, &item);
            put_u64(sink, (uint64_t)item.at_ms);
            put_u32(sink, item.classes);
            for (uint8_t c = 0; c < table->column_count; c++)
                if (table->column_classes[c] != 0)
                    put_u64(sink, item.values[c]);
        }
    }
}

static uint32_t next_symbol(const struct kind *kind, uint32_t index)
{
    uint32_t next;
    memcpy(&next, symbol_at(kind, index)->text, sizeof next);
    return next;
}

static void put_kind(struct sink *sink, const struct feature_state *state,
                     const struct kind *kind)
{
    put_u32(sink, kind->count);
    for (uint32_t i = 0; i < kind->count; i++) {
        const struct symbol *symbol = symbol_at(kind, i);
        put(sink, &symbol->size_bytes, sizeof symbol->size_bytes);
        if (symbol->size_bytes == SYMBOL_FREE)
            continue;
        put_u64(sink, (uint64_t)symbol->last_ms);
        struct view text = symbol_text(state, symbol);
        put(sink, text.data, text.size_bytes);
        for (uint8_t k = 0; k < kind->table_count; k++)
            put_row(sink, &state->tables[kind->tables[k]], state_row(state, kind->tables[k], i));
    }
    put_u32(sink, kind->count - kind->live);
    for (uint32_t i = kind->free_head; i != NONE; i = next_symbol(kind, i))
        put_u32(sink, i);
    put_u32(sink, kind->hand);
}

static const struct key *key_at(const struct rows *rows, uint32_t index)
{
    return vec_at(&rows->records, index);
}

static void put_rows(struct sink *sink, const struct feature_state *state, uint8_t table)
{
    const struct rows *rows = &state->rows[table];
    const struct table *t = &state->tables[table];
    put_u32(sink, rows->count);
    for (uint32_t i = 0; i < rows->count; i++) {
        struct row *row = state_row(state, table, i);
        put_u8(sink, row->run.live);
        if (!row->run.live)
            continue;
        put(sink, key_at(rows, i)->symbols, t->spec->key_count * sizeof(uint32_t));
        put_row(sink, t, row);
    }
    put_u32(sink, rows->count - rows->live);
    for (uint32_t i = rows->free_head; i != NONE; i = key_at(rows, i)->symbols[0])
        put_u32(sink, i);
    put_u32(sink, rows->hand);
}

static void put_state(struct sink *sink, const struct feature_state *state)
{
    uint64_t digest[2];
    hash_digest_init(&sink->digest);
    put(sink, SAVE_MAGIC.data, SAVE_MAGIC.size_bytes);
    save_plan_digest(state->plan, digest);
    put(sink, digest, sizeof digest);
    put_u64(sink, (uint64_t)state->newest_ms);
    for (uint8_t i = 0; i < state->plan->kind_count; i++)
        put_kind(sink, state, &state->kinds[i]);
    for (uint8_t i = 0; i < state->plan->table_count; i++)
        if (state->tables[i].spec->key_count != 1)
            put_rows(sink, state, i);
}

enum status feature_save(const struct feature_state *state, struct buf *out)
{
    struct sink sink = {.out = out};
    uint64_t digest[2];
    put_state(&sink, state);
    hash_digest_result(&sink.digest, digest);
    buf_put(out, digest, sizeof digest);
    return buf_status(out);
}

void feature_digest(const struct feature_state *state, uint64_t ret_digest[2])
{
    struct sink sink = {.out = NULL};
    put_state(&sink, state);
    hash_digest_result(&sink.digest, ret_digest);
}
