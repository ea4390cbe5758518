/* One idea: the state owns every container and the scratch of one call, sized by the plan. */
#include "feature/state_int.h"

#include "base/assert.h"
#include "feature/fold_int.h"

struct row *state_row(const struct feature_state *state, uint8_t table, uint32_t index)
{
    const struct feature_table *spec = state->tables[table].spec;
    const struct vec *records = spec->key_count == 1 ? &state->kinds[spec->key_kinds[0]].records
                                                     : &state->rows[table].records;
    return (struct row *)(void *)((char *)vec_at(records, index) + state->row_offsets[table]);
}

void state_row_clear(struct feature_state *state, uint8_t table, struct row *row)
{
    if (row->run.live) {
        state->entities--;
        state->entity_windows -= state->tables[table].window_count;
        state->events -= row_count(row);
    }
    row_clear(&state->tables[table], row);
}

/* What a kind must outlive: every table that has it as a key or stores it in a column. */
static void widen_horizon(struct kind *kind, const struct table *table)
{
    kind->ever = kind->ever || table->ever;
    if (kind->horizon_ms < table->reach_ms)
        kind->horizon_ms = table->reach_ms;
}

static void place_row(struct feature_state *state, uint8_t table, uint32_t *record_bytes)
{
    const struct feature_table *spec = state->tables[table].spec;
    if (spec->key_count != 1) {
        state->row_offsets[table] = sizeof(struct key);
        return;
    }
    struct kind *kind = &state->kinds[spec->key_kinds[0]];
    uint32_t *bytes = &record_bytes[spec->key_kinds[0]];
    kind->tables[kind->table_count++] = table;
    state->row_offsets[table] = *bytes;
    *bytes += state->tables[table].row_bytes;
}

static void init_containers(struct feature_state *state)
{
    const struct feature_plan *plan = state->plan;
    uint32_t record_bytes[FEATURE_KINDS_MAX];
    for (uint8_t i = 0; i < plan->kind_count; i++)
        record_bytes[i] = sizeof(struct symbol);
    for (uint8_t i = 0; i < plan->table_count; i++) {
        const struct table *table = &state->tables[i];
        place_row(state, i, record_bytes);
        for (uint8_t k = 0; k < table->spec->key_count; k++)
            widen_horizon(&state->kinds[table->spec->key_kinds[k]], table);
        for (uint8_t c = 0; c < table->column_count; c++)
            if (table->spec->columns[c].type == FEATURE_SYMBOL && table->column_classes[c] != 0)
                widen_horizon(&state->kinds[table->spec->columns[c].kind], table);
        vec_init(&state->rows[i].records, state->mem,
                 (uint32_t)sizeof(struct key) + table->row_bytes);
        index_init(&state->rows[i].index, state->mem);
        state->rows[i].free_head = NONE;
    }
    for (uint8_t i = 0; i < plan->kind_count; i++) {
        vec_init(&state->kinds[i].records, state->mem, record_bytes[i]);
        index_init(&state->kinds[i].index, state->mem);
        state->kinds[i].free_head = NONE;
    }
}

static bool init_blanks(struct feature_state *state)
{
    for (uint8_t i = 0; i < state->plan->table_count; i++) {
        struct row *row = arena_alloc(&state->arena, state->tables[i].row_bytes);
        if (row == NULL)
            return false;
        fold_init(&state->tables[i], row_fold(row));
        state->blanks[i] = row;
    }
    return true;
}

static bool init_scratch(struct feature_state *state)
{
    uint32_t bounds = 1;
    for (uint8_t i = 0; i < state->plan->table_count; i++)
        if (bounds < state->tables[i].bound_count)
            bounds = state->tables[i].bound_count;
    struct arena *arena = &state->arena;
    state->kinds = arena_array(arena, state->plan->kind_count, sizeof *state->kinds);
    state->rows = arena_array(arena, state->plan->table_count, sizeof *state->rows);
    state->ranks = arena_array(arena, bounds, sizeof *state->ranks);
    state->tallies = arena_array(arena, bounds, sizeof *state->tallies);
    state->values = arena_array(arena, FEATURE_WINDOWS_MAX, sizeof *state->values);
    state->present = arena_array(arena, FEATURE_WINDOWS_MAX, sizeof *state->present);
    state->touchings = arena_array(arena, FEATURE_TOUCHES_MAX, sizeof *state->touchings);
    state->blanks = arena_array(arena, FEATURE_TABLES_MAX, sizeof *state->blanks);
    state->row_offsets = arena_array(arena, FEATURE_TABLES_MAX, sizeof *state->row_offsets);
    return state->kinds != NULL && state->rows != NULL && state->ranks != NULL && state->tallies != NULL && state->values != NULL &&
           state->present != NULL && state->touchings != NULL && state->blanks != NULL &&
           state->row_offsets != NULL;
}

enum status feature_new(const struct feature_plan *plan, struct mem *mem, struct hash_seed seed,
                        struct feature_state **ret_state)
{
    struct feature_state *state = mem_zeroed(mem, sizeof *state);
    if (state == NULL)
        return STATUS_NO_MEMORY;
    state->plan = plan;
    state->mem = mem;
    state->seed = seed;
    state->newest_ms = INT64_MIN;
    arena_init(&state->arena, mem, 0);
    pool_init(&state->pool, mem);
    if (!tables_new(plan, &state->arena, &state->pool, seed, &state->tables,
                    &state->readings) ||
        !init_scratch(state) || !init_blanks(state))
        goto fail;
    init_containers(state);
    *ret_state = state;
    return STATUS_OK;
fail:
    feature_free(state);
    return STATUS_NO_MEMORY;
}

/* Only rows of many events own memory of their own. */
static void free_rows(struct feature_state *state, uint8_t table)
{
    const struct feature_table *spec = state->tables[table].spec;
    uint32_t count = spec->key_count == 1 ? state->kinds[spec->key_kinds[0]].count
                                          : state->rows[table].count;
    for (uint32_t i = 0; i < count; i++) {
        struct row *row = state_row(state, table, i);
        if (row->big != NULL)
            row_clear(&state->tables[table], row);
    }
    row_free_idle(&state->tables[table]);
}

void feature_free(struct feature_state *state)
{
    if (state == NULL)
        return;
    bool ready = state->tables != NULL && state->row_offsets != NULL && state->kinds != NULL &&
                 state->rows != NULL;
    for (uint8_t i = 0; ready && i < state->plan->table_count; i++)
        free_rows(state, i);
    for (uint8_t i = 0; state->rows != NULL && i < state->plan->table_count; i++) {
        vec_done(&state->rows[i].records);
        index_done(&state->rows[i].index);
    }
    for (uint8_t i = 0; state->kinds != NULL && i < state->plan->kind_count; i++) {
        vec_done(&state->kinds[i].records);
        index_done(&state->kinds[i].index);
    }
    pool_done(&state->pool);
    arena_done(&state->arena);
    mem_free(state->mem, state, sizeof *state);
}
