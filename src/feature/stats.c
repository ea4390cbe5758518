/* One idea: counts are kept, bytes are added up when they are asked for. */
#include "feature/state_int.h"

static void add_rows(const struct feature_state *state, uint8_t table,
                     struct feature_stats *stats)
{
    const struct feature_table *spec = state->tables[table].spec;
    uint32_t count = spec->key_count == 1 ? state->kinds[spec->key_kinds[0]].count
                                          : state->rows[table].count;
    for (uint32_t i = 0; i < count; i++) {
        const struct row *row = state_row(state, table, i);
        if (row->run.live)
            row_bytes(&state->tables[table], row, &stats->window_bytes, &stats->event_bytes);
    }
}

void feature_stats(const struct feature_state *state, struct feature_stats *ret_stats)
{
    struct feature_stats stats = {
        .entities = state->entities, .entity_windows = state->entity_windows,
        .events = state->events, .newest_ms = state->newest_ms};
    for (uint8_t i = 0; i < state->plan->kind_count; i++) {
        const struct kind *kind = &state->kinds[i];
        stats.symbols += kind->live;
        stats.key_bytes += (uint64_t)kind->live * sizeof(struct symbol) + kind->text_bytes +
                           kind->index.slot_count * sizeof(struct index_slot);
    }
    for (uint8_t i = 0; i < state->plan->table_count; i++) {
        const struct rows *rows = &state->rows[i];
        stats.key_bytes += (uint64_t)rows->live * sizeof(struct key) +
                           rows->index.slot_count * sizeof(struct index_slot);
        add_rows(state, i, &stats);
    }
    *ret_stats = stats;
}
