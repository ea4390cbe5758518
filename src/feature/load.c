/* One idea: reading builds the state with the same calls that events would, in the order written,
 * and refuses whatever no event could have led to. The bytes are described in save.c.
 *
 * 1. A read beyond the end gives zeros and is remembered; loops end because their counts are
 *    checked against the bytes that are left.
 * 2. Numbers that are later used in arithmetic or as an index are in range from here on.
 * 3. Values that are symbols are checked last, when every kind is there. One in an event that no
 *    window can reach any more may have been forgotten; any other must be in use. */
#include <math.h>

#include "feature/save_int.h"

/* Where bytes come from. */
struct source {
    struct feature_state *state;
    struct view bytes;
    size_t at;
    enum status status; /* the first fault */
};

static bool good(const struct source *source)
{
    return source->status == STATUS_OK;
}

static void fault(struct source *source, enum status status)
{
    if (good(source))
        source->status = status;
}

static void need(struct source *source, bool condition)
{
    if (!condition)
        fault(source, STATUS_CORRUPT);
}

static void get(struct source *source, void *to, size_t size_bytes)
{
    need(source, source->bytes.size_bytes - source->at >= size_bytes);
    if (!good(source)) {
        memset(to, 0, size_bytes);
        return;
    }
    if (size_bytes != 0)
        memcpy(to, source->bytes.data + source->at, size_bytes);
    source->at += size_bytes;
}

static uint8_t get_u8(struct source *source)
{
    uint8_t value;
    get(source, &value, sizeof value);
    return value;
}

static uint32_t get_u32(struct source *source)
{
    uint32_t value;
    get(source, &value, sizeof value);
    return value;
}

static uint64_t get_u64(struct source *source)
{
    uint64_t value;
    get(source, &value, sizeof value);
    return value;
}

/* A count of things that take at least `least_bytes` each. */
static uint32_t get_count(struct source *source, size_t least_bytes)
{
    uint32_t count = get_u32(source);
    need(source, count <= (source->bytes.size_bytes - source->at) / least_bytes);
    return good(source) ? count : 0;
}

static bool time_allowed(const struct source *source, int64_t at_ms)
{
    return at_ms >= -FEATURE_AT_MS_MAX && at_ms <= FEATURE_AT_MS_MAX &&
           at_ms <= source->state->newest_ms;
}

static void get_value(struct source *source, const struct feature_column *column,
                      uint64_t *ret_value)
{
    uint64_t bits = get_u64(source);
    double number;
    memcpy(&number, &bits, sizeof number);
    *ret_value = bits;
    switch (column->type) {
    case FEATURE_SYMBOL:
        need(source, bits <= NONE);
        break;
    case FEATURE_I64:
        need(source, (int64_t)bits <= FEATURE_VALUE_MAX && (int64_t)bits >= -FEATURE_VALUE_MAX);
        break;
    case FEATURE_F64:
        need(source, number <= FEATURE_NUMBER_MAX && number >= -FEATURE_NUMBER_MAX &&
                         (number != 0 || bits == 0));
        break;
    }
}

static void check_time_word(struct source *source, uint64_t word, int64_t none)
{
    need(source, (int64_t)word == none || time_allowed(source, (int64_t)word));
}

static void check_fold(struct source *source, const struct table *table, const uint64_t *words)
{
    for (uint16_t i = 0; i < table->fold_count; i++) {
        const struct fold *fold = &table->folds[i];
        if (fold->first_ms_at != NO_PART)
            check_time_word(source, words[fold->first_ms_at], INT64_MAX);
        if (fold->last_ms_at != NO_PART)
            check_time_word(source, words[fold->last_ms_at], INT64_MIN);
    }
    for (uint16_t i = 0; i < table->decay_count; i++) {
        const uint64_t *at = words + table->decays[i].at;
        double sums[2];
        memcpy(&sums[0], at, sizeof sums[0]);
        memcpy(&sums[1], at + 2, sizeof sums[1]);
        need(source, isfinite(sums[0]) && isfinite(sums[1]));
        check_time_word(source, at[1], INT64_MIN);
        check_time_word(source, at[3], INT64_MIN);
    }
}

static void get_event(struct source *source, const struct table *table, struct row *row,
                      int64_t *last_ms)
{
    struct item item;
    item.at_ms = (int64_t)get_u64(source);
    item.classes = get_u32(source);
    need(source, time_allowed(source, item.at_ms) && item.at_ms >= *last_ms);
    need(source, item.classes != 0 && (item.classes & ~table->used_classes) == 0);
    item.shape = 0;
    for (uint8_t k = 0; k < table->stored_count; k++) {
        const struct feature_column *column = &table->spec->columns[table->stored[k]];
        uint64_t *value = &item.values[table->stored[k]];
        get_value(source, column, value);
        item.shape |= value_shape(column->type, *value);
    }
    if (!good(source))
        return;
    *last_ms = item.at_ms;
    if (!row_reserve(table, row, &item, 1)) {
        fault(source, STATUS_NO_MEMORY);
        return;
    }
    row_insert(table, row, &item);
    source->state->events++;
}

static void get_row(struct source *source, const struct table *table, struct row *row)
{
    uint8_t live = get_u8(source);
    need(source, live <= 1);
    if (!good(source) || live == 0)
        return;
    row->run.live = true;
    source->state->entities++;
    source->state->entity_windows += table->window_count;
    get(source, row_fold(row), (size_t)table->fold_words * 8);
    check_fold(source, table, row_fold(row));
    uint32_t count = get_count(source, sizeof(uint64_t) + sizeof(uint32_t));
    need(source, count <= FEATURE_ENTITY_EVENTS_MAX);
    int64_t last_ms = INT64_MIN;
    for (uint32_t i = 0; i < count && good(source); i++)
        get_event(source, table, row, &last_ms);
}

static void get_symbol(struct source *source, uint8_t kind, uint16_t size_bytes)
{
    char text[FEATURE_KEY_BYTES_MAX];
    struct feature_state *state = source->state;
    int64_t last_ms = (int64_t)get_u64(source);
    need(source, size_bytes <= FEATURE_KEY_BYTES_MAX && time_allowed(source, last_ms));
    if (!good(source))
        return;
    get(source, text, size_bytes);
    struct view key = {text, size_bytes};
    uint64_t hash = symbol_hash(state, key);
    need(source, symbol_find(state, kind, key, hash, NONE) == NONE);
    if (!good(source))
        return;
    uint32_t index = symbol_add(state, kind, key, hash);
    if (index == NONE) {
        fault(source, STATUS_NO_MEMORY);
        return;
    }
    struct kind *k = &state->kinds[kind];
    symbol_at(k, index)->last_ms = last_ms;
    for (uint8_t i = 0; i < k->table_count && good(source); i++)
        get_row(source, &state->tables[k->tables[i]], state_row(state, k->tables[i], index));
}

/* Takes the next number as free; a listed one is marked by its last_ms. */
static void get_free_symbol(struct source *source, struct kind *kind)
{
    if (!vec_reserve(&kind->records, kind->count + 1)) {
        fault(source, STATUS_NO_MEMORY);
        return;
    }
    struct symbol *symbol = symbol_at(kind, kind->count++);
    *symbol = (struct symbol){.size_bytes = SYMBOL_FREE, .last_ms = INT64_MIN};
    memset(symbol->text, 0xff, sizeof(uint32_t));
}

static void get_free_symbols(struct source *source, struct kind *kind)
{
    uint32_t count = get_count(source, sizeof(uint32_t));
    need(source, count == kind->count - kind->live);
    uint32_t previous = NONE;
    for (uint32_t i = 0; i < count && good(source); i++) {
        uint32_t index = get_u32(source);
        need(source, index < kind->count);
        if (!good(source))
            return;
        struct symbol *symbol = symbol_at(kind, index);
        need(source, symbol->size_bytes == SYMBOL_FREE && symbol->last_ms == INT64_MIN);
        symbol->last_ms = good(source) ? 0 : symbol->last_ms;
        if (previous == NONE)
            kind->free_head = index;
        else
            memcpy(symbol_at(kind, previous)->text, &index, sizeof index);
        previous = index;
    }
    kind->hand = get_u32(source);
    need(source, kind->hand <= kind->count);
}

static void get_kind(struct source *source, uint8_t kind)
{
    struct kind *k = &source->state->kinds[kind];
    uint32_t count = get_count(source, sizeof(uint16_t));
    for (uint32_t i = 0; i < count && good(source); i++) {
        uint16_t size_bytes;
        get(source, &size_bytes, sizeof size_bytes);
        if (good(source) && size_bytes == SYMBOL_FREE)
            get_free_symbol(source, k);
        else if (good(source))
            get_symbol(source, kind, size_bytes);
    }
    if (good(source))
        get_free_symbols(source, k);
}

static struct key *key_at(const struct rows *rows, uint32_t index)
{
    return vec_at(&rows->records, index);
}

static void get_key(struct source *source, uint8_t table)
{
    struct feature_state *state = source->state;
    const struct feature_table *spec = state->tables[table].spec;
    uint32_t symbols[FEATURE_KEYS_MAX] = {0};
    for (uint8_t i = 0; i < spec->key_count; i++) {
        symbols[i] = get_u32(source);
        need(source, symbols[i] < state->kinds[spec->key_kinds[i]].count);
    }
    need(source, good(source) && key_find(state, table, symbols) == NONE);
    if (!good(source))
        return;
    uint32_t index = key_add(state, table, symbols);
    if (index == NONE) {
        fault(source, STATUS_NO_MEMORY);
        return;
    }
    struct row *row = state_row(state, table, index);
    get_row(source, &state->tables[table], row);
    need(source, row->run.live);
}

static void get_free_key(struct source *source, uint8_t table)
{
    struct rows *rows = &source->state->rows[table];
    if (!vec_reserve(&rows->records, rows->count + 1)) {
        fault(source, STATUS_NO_MEMORY);
        return;
    }
    *key_at(rows, rows->count) = (struct key){{NONE, NONE, NONE, NONE}};
    *state_row(source->state, table, rows->count) = (struct row){.big = NULL};
    rows->count++;
}

/* A free key that is not yet listed has NONE as its second symbol. */
static void get_free_keys(struct source *source, uint8_t table)
{
    struct rows *rows = &source->state->rows[table];
    uint32_t count = get_count(source, sizeof(uint32_t));
    need(source, count == rows->count - rows->live);
    uint32_t previous = NONE;
    for (uint32_t i = 0; i < count && good(source); i++) {
        uint32_t index = get_u32(source);
        need(source, index < rows->count);
        if (!good(source))
            return;
        struct key *key = key_at(rows, index);
        need(source, !state_row(source->state, table, index)->run.live && key->symbols[1] == NONE);
        key->symbols[1] = 0;
        if (previous == NONE)
            rows->free_head = index;
        else
            key_at(rows, previous)->symbols[0] = index;
        previous = index;
    }
    rows->hand = get_u32(source);
    need(source, rows->hand <= rows->count);
}

static void get_rows(struct source *source, uint8_t table)
{
    uint32_t count = get_count(source, 1);
    for (uint32_t i = 0; i < count && good(source); i++) {
        uint8_t live = get_u8(source);
        need(source, live <= 1);
        if (good(source) && live == 1)
            get_key(source, table);
        else if (good(source))
            get_free_key(source, table);
    }
    if (good(source))
        get_free_keys(source, table);
}

/* A symbol that an event of this time named; at_ms: INT64_MAX for one that must be in use. */
static void check_symbol(struct source *source, const struct feature_column *column,
                         int64_t at_ms, uint64_t symbol)
{
    const struct feature_state *state = source->state;
    const struct kind *kind = &state->kinds[column->kind];
    if (!kind->ever && at_ms < state_line(state, kind->horizon_ms + state->plan->late_ms))
        return;
    need(source, symbol < kind->count);
    if (!good(source))
        return;
    const struct symbol *s = symbol_at(kind, (uint32_t)symbol);
    need(source, s->size_bytes != SYMBOL_FREE && (kind->ever || s->last_ms >= at_ms));
}

static void check_fold_symbols(struct source *source, const struct table *table,
                               const uint64_t *words)
{
    for (uint16_t i = 0; i < table->fold_count; i++) {
        const struct fold *fold = &table->folds[i];
        if (fold->column == NO_COLUMN ||
            table->spec->columns[fold->column].type != FEATURE_SYMBOL)
            continue;
        const struct feature_column *column = &table->spec->columns[fold->column];
        if (fold->first_at != NO_PART && (int64_t)words[fold->first_ms_at] != INT64_MAX)
            check_symbol(source, column, INT64_MAX, words[fold->first_at]);
        if (fold->last_at != NO_PART && (int64_t)words[fold->last_ms_at] != INT64_MIN)
            check_symbol(source, column, INT64_MAX, words[fold->last_at]);
    }
}

static void check_row_symbols(struct source *source, const struct table *table, struct row *row)
{
    struct span span = {0, row_count(row), NONE};
    struct piece piece;
    check_fold_symbols(source, table, row_fold(row));
    while (good(source) && row_piece(table, row, &span, &piece))
        for (uint32_t k = piece.i; k < piece.j; k++)
            for (uint8_t i = 0; i < table->stored_count; i++) {
                const struct feature_column *column = &table->spec->columns[table->stored[i]];
                if (column->type != FEATURE_SYMBOL)
                    continue;
                uint64_t symbol = run_value(table, piece.run, table->stored[i], k);
                if (symbol != NONE)
                    check_symbol(source, column, run_time(table, piece.run, k), symbol);
            }
}

static void check_symbols(struct source *source, uint8_t table)
{
    const struct feature_state *state = source->state;
    const struct table *t = &state->tables[table];
    bool any = false;
    for (uint8_t i = 0; i < t->stored_count; i++)
        any = any || t->spec->columns[t->stored[i]].type == FEATURE_SYMBOL;
    uint32_t count = t->spec->key_count == 1 ? state->kinds[t->spec->key_kinds[0]].count
                                             : state->rows[table].count;
    for (uint32_t i = 0; any && i < count && good(source); i++) {
        struct row *row = state_row(source->state, table, i);
        if (row->run.live)
            check_row_symbols(source, t, row);
    }
}

static void get_state(struct source *source)
{
    struct feature_state *state = source->state;
    state->newest_ms = (int64_t)get_u64(source);
    need(source, state->newest_ms == INT64_MIN || (state->newest_ms >= -FEATURE_AT_MS_MAX &&
                                                   state->newest_ms <= FEATURE_AT_MS_MAX));
    for (uint8_t i = 0; i < state->plan->kind_count && good(source); i++)
        get_kind(source, i);
    for (uint8_t i = 0; i < state->plan->table_count && good(source); i++)
        if (state->tables[i].spec->key_count != 1)
            get_rows(source, i);
    need(source, source->at == source->bytes.size_bytes);
    for (uint8_t i = 0; i < state->plan->table_count && good(source); i++)
        check_symbols(source, i);
}

static enum status refuse(struct diag *diag, const char *why)
{
    diag_set(diag, "feature-state", "%s", why);
    return STATUS_CORRUPT;
}

/* Checks what frames the state; *ret_body is what lies between. */
static enum status open_frame(const struct feature_plan *plan, struct view bytes,
                              struct view *ret_body, struct diag *diag)
{
    const size_t head = SAVE_MAGIC.size_bytes + SAVE_DIGEST_BYTES;
    uint64_t digest[2];
    struct hash_digest running;
    if (bytes.size_bytes < head + SAVE_DIGEST_BYTES ||
        memcmp(bytes.data, SAVE_MAGIC.data, SAVE_MAGIC.size_bytes) != 0)
        return refuse(diag, "these bytes are not a saved state");
    size_t size_bytes = bytes.size_bytes - SAVE_DIGEST_BYTES;
    hash_digest_init(&running);
    hash_digest_add(&running, (struct view){bytes.data, size_bytes});
    hash_digest_result(&running, digest);
    if (memcmp(digest, bytes.data + size_bytes, SAVE_DIGEST_BYTES) != 0)
        return refuse(diag, "the saved state is damaged: its digest does not match");
    save_plan_digest(plan, digest);
    if (memcmp(digest, bytes.data + SAVE_MAGIC.size_bytes, SAVE_DIGEST_BYTES) != 0)
        return refuse(diag, "the saved state belongs to another policy");
    *ret_body = (struct view){bytes.data + head, size_bytes - head};
    return STATUS_OK;
}

enum status feature_load(const struct feature_plan *plan, struct mem *mem, struct hash_seed seed,
                         struct view bytes, struct feature_state **ret_state, struct diag *diag)
{
    struct source source = {.status = STATUS_OK};
    enum status status = open_frame(plan, bytes, &source.bytes, diag);
    if (status != STATUS_OK)
        return status;
    status = feature_new(plan, mem, seed, &source.state);
    if (status != STATUS_OK)
        return status;
    get_state(&source);
    if (!good(&source)) {
        feature_free(source.state);
        return source.status == STATUS_CORRUPT
                   ? refuse(diag, "the saved state contradicts itself")
                   : source.status;
    }
    *ret_state = source.state;
    return STATUS_OK;
}
