/* One idea: the state owns every container and the scratch of one call, sized by the plan. */
#include "feature/state_int.h"

#include "base/assert.h"
#include "feature/few_int.h"
#include "feature/fold_int.h"

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
    state->row_records[table] = spec->key_count == 1 ? &state->kinds[spec->key_kinds[0]].records
                                                     : &state->rows[table].records;
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

static uint16_t most_strands(const struct feature_state *state)
{
    uint16_t most = 1;
    for (uint8_t i = 0; i < state->plan->table_count; i++)
        if (most < state->tables[i].strand_count)
            most = state->tables[i].strand_count;
    return most;
}

/* What the glance of each touch needs; the strips are shared. */
static bool init_glances(struct feature_state *state)
{
    uint32_t bounds = 1;
    for (uint8_t i = 0; i < state->plan->table_count; i++)
        if (bounds < state->tables[i].bound_count)
            bounds = state->tables[i].bound_count;
    struct strip *strips = arena_array(&state->arena, most_strands(state), sizeof *strips);
    if (strips == NULL)
        return false;
    for (uint8_t i = 0; i < FEATURE_TOUCHES_MAX; i++) {
        struct glance *glance = &state->touchings[i].glance;
        glance->strips = strips;
        glance->ranks = arena_array(&state->arena, bounds, sizeof *glance->ranks);
        glance->places = arena_array(&state->arena, bounds, sizeof *glance->places);
        if (glance->ranks == NULL || glance->places == NULL)
            return false;
    }
    return true;
}

static bool init_arrays(struct feature_state *state)
{
    struct arena *arena = &state->arena;
    state->kinds = arena_array(arena, state->plan->kind_count, sizeof *state->kinds);
    state->rows = arena_array(arena, state->plan->table_count, sizeof *state->rows);
    state->touchings = arena_array(arena, FEATURE_TOUCHES_MAX, sizeof *state->touchings);
    state->blanks = arena_array(arena, FEATURE_TABLES_MAX, sizeof *state->blanks);
    state->row_offsets = arena_array(arena, FEATURE_TABLES_MAX, sizeof *state->row_offsets);
    state->row_records = arena_array(arena, FEATURE_TABLES_MAX, sizeof *state->row_records);
    state->menus = arena_array(arena, FEATURE_EVENT_TYPES_MAX, sizeof *state->menus);
    return state->kinds != NULL && state->rows != NULL && state->touchings != NULL &&
           state->blanks != NULL && state->row_offsets != NULL && state->row_records != NULL &&
           state->menus != NULL;
}

/* Whether a window that leaves the event out must be read before it goes in: a decayed sum takes it
 * in at once, and where no window has a beginning an event may be folded in as soon as it comes. */
static bool is_early(const struct table *table, const struct reading *reading)
{
    return reading->decay != NO_PART || (reading->ever && table->reach_ms == 0);
}

static bool fill_menu(struct feature_state *state, const struct feature_event_type *type,
                      const struct feature_touch *touch, struct menu *menu)
{
    menu->alone = true;
    for (uint8_t i = 0; i < type->touch_count; i++)
        if (&type->touches[i] != touch && type->touches[i].table == touch->table)
            menu->alone = false;
    if (!touch->reads || touch->window_count == 0)
        return true;
    uint16_t *windows = arena_array(&state->arena, touch->window_count, sizeof *windows);
    if (windows == NULL)
        return false;
    for (int before = 1; before >= 0; before--) {
        for (uint16_t i = 0; i < touch->window_count; i++)
            if (state->readings[touch->windows[i]].before == (before == 1))
                windows[menu->count++] = touch->windows[i];
        if (before == 1)
            menu->before_count = menu->count;
    }
    for (uint16_t i = 0; i < menu->before_count; i++)
        menu->early = menu->early || is_early(&state->tables[touch->table],
                                              &state->readings[windows[i]]);
    menu->windows = windows;
    return true;
}

static bool init_menus(struct feature_state *state)
{
    for (uint8_t i = 0; i < state->plan->event_type_count; i++) {
        const struct feature_event_type *type = &state->plan->event_types[i];
        state->menus[i] = arena_array(&state->arena, type->touch_count, sizeof **state->menus);
        if (state->menus[i] == NULL && type->touch_count != 0)
            return false;
        for (uint8_t k = 0; k < type->touch_count; k++)
            if (!fill_menu(state, type, &type->touches[k], &state->menus[i][k]))
                return false;
    }
    return true;
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
        !init_arrays(state) || !init_glances(state) || !init_menus(state) || !init_blanks(state))
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
    bool ready = state->tables != NULL && state->menus != NULL && state->kinds != NULL &&
                 state->rows != NULL && state->row_offsets != NULL &&
                 state->row_records != NULL;
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
