/* One idea: what an entity and an event of a table take is known before the first event. */
#include "feature/state_int.h"

#include "base/assert.h"

void feature_cost(const struct feature_state *state, uint8_t number, struct feature_cost *ret_cost)
{
    ASSERT(number < state->plan->table_count);
    const struct table *table = &state->tables[number];
    bool single = table->spec->key_count == 1;
    *ret_cost = (struct feature_cost){
        .name = table->spec->name,
        .window_count = table->window_count,
        .entity_bytes = table->row_bytes +
                        (uint32_t)(single ? sizeof(struct symbol) : sizeof(struct key)),
        .event_bytes = table->event_bytes[0],
        .reach_ms = table->reach_ms,
        .ever = table->ever,
    };
}
