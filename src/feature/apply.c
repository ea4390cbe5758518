/* One idea: a call first finds and reserves all it could fail to get, then does what cannot fail.
 *
 * 1. Until commit() nothing that can be observed has changed, apart from symbols and rows that
 *    this call has made, which undo() takes back in reverse order.
 * 2. Windows that leave the event out are read before it goes in, the others after: both when
 *    nothing can fail any more, so a failure leaves the caller's values alone.
 * 3. In a small row all are read after. The event then lies just before the bound of now and is
 *    skipped: some window of the table reaches further back than the latest event allowed, so the
 *    event itself has not been dropped. Where none does, it might be folded in by then: those
 *    windows are read before, as in a big row. */
#include "base/assert.h"
#include "feature/cursor_int.h"
#include "feature/decay_int.h"
#include "feature/few_int.h"
#include "feature/group_int.h"
#include "feature/state_int.h"

#define SWEEPS 2u /* records looked at for each that the event has made */

/* One call on its way. */
struct call {
    struct feature_state *state;
    const struct feature_event_type *type;
    const struct menu *menus; /* per touch */
    int64_t at_ms;
    uint32_t symbols[FEATURE_SLOTS_MAX];
    uint8_t slots_done;
    uint32_t made;      /* bit per slot: its symbol was made by this call */
    uint32_t was_free;  /* bit per slot: and its number had been used before */
    uint8_t touches_done;
    struct diag *diag;
};

static enum status refuse(struct call *call, enum status status, const char *why)
{
    diag_set(call->diag, "feature-event", "%s", why);
    return status;
}

static void undo(struct call *call)
{
    struct feature_state *state = call->state;
    while (call->touches_done > 0) {
        const struct touching *t = &state->touchings[--call->touches_done];
        if (t->created)
            key_undo(state, t->touch->table, t->index, t->was_free);
    }
    while (call->slots_done > 0) {
        uint8_t slot = --call->slots_done;
        if ((call->made >> slot & 1) != 0)
            symbol_undo(state, call->type->key_kinds[slot], call->symbols[slot],
                        (call->was_free >> slot & 1) != 0);
    }
}

static enum status find_symbols(struct call *call, const struct view *keys,
                                const struct feature_handle *handle)
{
    struct feature_state *state = call->state;
    for (uint8_t i = 0; i < call->type->key_count; i++) {
        call->symbols[i] = NONE;
        if (keys[i].data == NULL) {
            call->slots_done++;
            continue;
        }
        if (keys[i].size_bytes > FEATURE_KEY_BYTES_MAX)
            return refuse(call, STATUS_LIMIT, "a key is too long");
        uint8_t kind = call->type->key_kinds[i];
        uint32_t symbol = symbol_find(state, kind, keys[i], handle->hashes[i],
                                      handle->symbols[i]);
        if (symbol == NONE) {
            bool was_free = state->kinds[kind].free_head != NONE;
            symbol = symbol_add(state, kind, keys[i], handle->hashes[i]);
            if (symbol == NONE)
                return refuse(call, STATUS_NO_MEMORY, "no memory for a key");
            call->made |= 1u << i;
            call->was_free |= (uint32_t)was_free << i;
        }
        call->symbols[i] = symbol;
        call->slots_done++;
    }
    return STATUS_OK;
}

/* The symbols of a touch; false when one is missing. */
static bool touch_symbols(const struct call *call, const struct feature_touch *touch,
                          uint32_t symbols[FEATURE_KEYS_MAX])
{
    uint8_t count = call->state->tables[touch->table].spec->key_count;
    for (uint8_t i = 0; i < count; i++) {
        symbols[i] = call->symbols[touch->key_slots[i]];
        if (symbols[i] == NONE)
            return false;
    }
    return true;
}

static bool number_fits(enum feature_type type, uint64_t *bits)
{
    if (type == FEATURE_I64)
        return (int64_t)*bits <= FEATURE_VALUE_MAX && (int64_t)*bits >= -FEATURE_VALUE_MAX;
    double number;
    memcpy(&number, bits, sizeof number);
    if (!(number <= FEATURE_NUMBER_MAX && number >= -FEATURE_NUMBER_MAX))
        return false;
    if (number == 0)
        *bits = 0; /* no negative zero */
    return true;
}

/* Fills in the values of the columns that a class of the item needs, 0 for the others, and how wide
 * they are. */
static bool fill_item(const struct call *call, struct touching *t,
                      const union feature_value *inputs)
{
    const struct table *table = t->table;
    t->item.shape = 0;
    for (uint8_t k = 0; k < table->stored_count; k++) {
        uint8_t c = table->stored[k];
        enum feature_type type = table->spec->columns[c].type;
        uint64_t *value = &t->item.values[c];
        bool symbol = type == FEATURE_SYMBOL;
        *value = symbol ? NONE : 0;
        if ((table->column_classes[c] & t->item.classes) == 0 || t->touch->column_inputs[c] < 0)
            continue;
        if (symbol)
            *value = call->symbols[t->touch->column_inputs[c]];
        else if (inputs != NULL)
            memcpy(value, &inputs[t->touch->column_inputs[c]], sizeof *value);
        if (!symbol && !number_fits(type, value))
            return false;
        t->item.shape |= value_shape(type, *value);
    }
    return true;
}

static bool single_key(const struct table *table)
{
    return table->spec->key_count == 1;
}

/* Finds the record of a touch, and makes it when it inserts. */
static enum status find_record(struct call *call, struct touching *t)
{
    uint32_t symbols[FEATURE_KEYS_MAX];
    t->keyed = touch_symbols(call, t->touch, symbols);
    t->inserts = t->inserts && t->keyed;
    if (!t->keyed)
        return STATUS_OK;
    if (single_key(t->table)) {
        t->index = symbols[0];
        return STATUS_OK;
    }
    t->index = key_find(call->state, t->touch->table, symbols);
    if (t->index != NONE || !t->inserts)
        return STATUS_OK;
    bool was_free = call->state->rows[t->touch->table].free_head != NONE;
    t->index = key_add(call->state, t->touch->table, symbols);
    if (t->index == NONE)
        return refuse(call, STATUS_NO_MEMORY, "no memory for an entity");
    t->created = true;
    t->was_free = was_free;
    return STATUS_OK;
}

static enum status find_touches(struct call *call, const uint32_t *classes,
                                const union feature_value *inputs)
{
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        struct touching *t = &call->state->touchings[i];
        t->touch = &call->type->touches[i];
        t->table = &call->state->tables[t->touch->table];
        t->row = NULL;
        t->index = NONE;
        t->created = false;
        t->glanced = false;
        t->dropped = 0;
        t->item.at_ms = call->at_ms;
        t->item.classes = classes[i] & t->table->used_classes;
        t->inserts = t->touch->feeds && t->item.classes != 0;
        enum status status = find_record(call, t);
        if (status != STATUS_OK)
            return status;
        call->touches_done++;
        if (t->inserts && !fill_item(call, t, inputs))
            return refuse(call, STATUS_OVERFLOW, "a value is out of range");
    }
    return STATUS_OK;
}

/* Once every record is there: adding one may have moved others. */
static void find_rows(struct call *call)
{
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        struct touching *t = &call->state->touchings[i];
        uint32_t symbols[FEATURE_KEYS_MAX];
        if (t->index == NONE && t->keyed && touch_symbols(call, t->touch, symbols))
            t->index = key_find(call->state, t->touch->table, symbols); /* a later touch's */
        if (t->index != NONE)
            t->row = state_row(call->state, t->touch->table, t->index);
    }
}

static bool room_for(const struct table *table, const struct row *row, uint32_t extra,
                     int64_t line_ms)
{
    uint32_t count = row_count(row);
    if (count + extra <= FEATURE_ENTITY_EVENTS_MAX)
        return true;
    return count + extra - row_upper(table, row, line_ms) <= FEATURE_ENTITY_EVENTS_MAX;
}

/* How many events this call puts into the touch's row. */
static uint32_t events_for(const struct call *call, uint8_t i)
{
    const struct touching *touchings = call->state->touchings;
    uint32_t events = 1;
    if (call->menus[i].alone)
        return events;
    for (uint8_t k = 0; k < call->type->touch_count; k++)
        events += k != i && touchings[k].inserts && touchings[k].row == touchings[i].row;
    return events;
}

static enum status reserve_row(struct call *call, uint8_t i, int64_t newest_ms)
{
    struct touching *t = &call->state->touchings[i];
    uint32_t extra = events_for(call, i);
    if (row_is_ready(t->row, &t->item, extra))
        return STATUS_OK;
    if (!room_for(t->table, t->row, extra, newest_ms - t->table->keep_ms))
        return refuse(call, STATUS_LIMIT, "an entity has too many events");
    if (!row_reserve(t->table, t->row, &t->item, extra))
        return refuse(call, STATUS_NO_MEMORY, "no memory for an event");
    return STATUS_OK;
}

static enum status reserve_rows(struct call *call)
{
    const struct feature_state *state = call->state;
    int64_t newest_ms = call->at_ms > state->newest_ms ? call->at_ms : state->newest_ms;
    find_rows(call);
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        enum status status = state->touchings[i].inserts ? reserve_row(call, i, newest_ms)
                                                         : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void look(struct call *call, struct touching *t)
{
    if (t->glanced)
        return;
    t->glance.table = t->table;
    t->glance.row = t->row != NULL ? t->row : call->state->blanks[t->touch->table];
    t->glance.at_ms = call->at_ms;
    t->glance.stamp = ++call->state->stamp;
    glance_find(&t->glance);
    t->glanced = true;
}

static uint32_t rank(const struct touching *t, uint16_t bound)
{
    return bound == NO_PART ? 0 : t->glance.ranks[bound];
}

/* Gets ready what a read could fail to get: the groups of rows with many events. */
static enum status prepare_groups(struct call *call)
{
    struct feature_state *state = call->state;
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        struct touching *t = &state->touchings[i];
        if (!t->touch->reads || t->row == NULL || t->row->big == NULL ||
            t->table->group_count == 0)
            continue;
        look(call, t);
        for (uint16_t k = 0; k < t->touch->window_count; k++) {
            const struct reading *reading = &state->readings[t->touch->windows[k]];
            if (reading->group != NO_PART &&
                !group_prepare(t->table, t->row, reading, rank(t, reading->begin),
                               rank(t, reading->end), events_for(call, i)))
                return refuse(call, STATUS_NO_MEMORY, "no memory for a window");
        }
    }
    return STATUS_OK;
}

/* Whether a touch is about a small row, that stays small, and about nothing else. */
static bool is_small(const struct touching *t, const struct menu *menu)
{
    return menu->alone && !menu->early && (t->row == NULL || t->row->big == NULL);
}

/* All windows of a small row. The event lies just before the bound of now. */
static void read_small(struct call *call, struct touching *t, const struct menu *menu,
                       union feature_value *ret_values, bool *ret_present)
{
    const struct reading *readings = call->state->readings;
    uint16_t now = t->table->bound_now;
    bool own = t->inserts && now != NO_PART;
    look(call, t);
    if (menu->before_count != 0) {
        ASSERT(!own || t->glance.ranks[now] > 0);
        if (own)
            t->glance.ranks[now]--;
        few_read(&t->glance, readings, menu->windows, menu->before_count, ret_values, ret_present);
        if (own)
            t->glance.ranks[now]++;
    }
    few_read(&t->glance, readings, menu->windows + menu->before_count,
             (uint32_t)menu->count - menu->before_count, ret_values, ret_present);
}

static void read_big(struct call *call, struct touching *t, const struct menu *menu, bool before,
                     union feature_value *ret_values, bool *ret_present)
{
    uint16_t k = before ? 0 : menu->before_count;
    uint16_t end = before ? menu->before_count : menu->count;
    if (k == end)
        return;
    look(call, t);
    if (t->glance.row->big == NULL)
        few_read(&t->glance, call->state->readings, menu->windows + k, end - (uint32_t)k,
                 ret_values, ret_present);
    else
        windows_read(&t->glance, call->state->readings, menu->windows + k, end - (uint32_t)k,
                     ret_values, ret_present);
}

/* Windows that leave the event out, of rows that are not small. */
static void read_before(struct call *call, union feature_value *ret_values, bool *ret_present)
{
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        struct touching *t = &call->state->touchings[i];
        t->small = is_small(t, &call->menus[i]);
        if (!t->small)
            read_big(call, t, &call->menus[i], true, ret_values, ret_present);
    }
}

static void read_after(struct call *call, union feature_value *ret_values, bool *ret_present)
{
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        struct touching *t = &call->state->touchings[i];
        const struct menu *menu = &call->menus[i];
        if (!t->small)
            read_big(call, t, menu, false, ret_values, ret_present);
        else if (menu->count != 0)
            read_small(call, t, menu, ret_values, ret_present);
    }
}

/* After the insertions: what was seen of big rows moves on, or must be looked for again. */
static void move_glances(struct call *call)
{
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        struct touching *t = &call->state->touchings[i];
        if (!t->glanced || t->small || (!t->inserts && call->menus[i].alone))
            continue;
        if (call->menus[i].alone && t->was_big && t->row->big != NULL)
            glance_move(&t->glance, t->dropped);
        else
            t->glanced = false;
    }
}

static void insert(struct feature_state *state, struct touching *t)
{
    if (!t->row->run.live) {
        state->entities++;
        state->entity_windows += t->table->window_count;
    }
    t->was_big = t->row->big != NULL;
    row_insert(t->table, t->row, &t->item);
    if (t->table->decay_count != 0)
        decay_insert(t->table, t->row, &t->item);
    state->events++;
}

static void settle(struct feature_state *state, struct touching *t)
{
    const struct table *table = t->table;
    int64_t line_ms = state->newest_ms - table->keep_ms;
    if (table->decay_count != 0)
        decay_settle(table, t->row, state->newest_ms - table->late_ms, line_ms);
    t->dropped = row_drop(table, t->row, line_ms);
    state->events -= t->dropped;
}

/* Nothing is dropped before all is in: dropping could take the room that was reserved. */
static void insert_all(struct call *call)
{
    struct touching *touchings = call->state->touchings;
    for (uint8_t i = 0; i < call->type->touch_count; i++)
        if (touchings[i].inserts)
            insert(call->state, &touchings[i]);
    for (uint8_t i = 0; i < call->type->touch_count; i++)
        if (touchings[i].inserts)
            settle(call->state, &touchings[i]);
}

static void commit(struct call *call)
{
    struct feature_state *state = call->state;
    if (call->at_ms > state->newest_ms)
        state->newest_ms = call->at_ms;
    for (uint8_t i = 0; i < call->type->key_count; i++) {
        if (call->symbols[i] == NONE)
            continue;
        struct symbol *symbol = symbol_at(&state->kinds[call->type->key_kinds[i]],
                                          call->symbols[i]);
        if (symbol->last_ms < call->at_ms)
            symbol->last_ms = call->at_ms;
    }
    insert_all(call);
}

/* Records must be forgotten as fast as they are made; one key of each event has its turn even when
 * none is. */
static void sweep(struct call *call)
{
    struct feature_state *state = call->state;
    uint8_t count = call->type->key_count;
    if (count == 0)
        return;
    uint32_t turn = state->kinds[call->type->key_kinds[0]].hand % count;
    symbol_sweep(state, call->type->key_kinds[0], 1);
    for (uint8_t i = 0; i < count; i++)
        if ((call->made >> i & 1) != 0 || i == turn)
            symbol_sweep(state, call->type->key_kinds[i], SWEEPS);
    for (uint8_t i = 0; i < call->type->touch_count; i++) {
        const struct touching *t = &state->touchings[i];
        if (t->inserts && t->table->spec->key_count > 1)
            key_sweep(state, t->touch->table, t->created ? SWEEPS : 1);
    }
}

static enum status check_time(struct call *call)
{
    struct feature_state *state = call->state;
    if (call->at_ms > FEATURE_AT_MS_MAX || call->at_ms < -FEATURE_AT_MS_MAX)
        return refuse(call, STATUS_OVERFLOW, "the time is out of range");
    if (state->newest_ms != INT64_MIN && call->at_ms < state->newest_ms - state->plan->late_ms)
        return refuse(call, STATUS_LATE, "the event is older than the policy allows");
    return STATUS_OK;
}

enum status feature_apply(struct feature_state *state, const struct feature_event *event,
                          struct feature_handle *handle, union feature_value *ret_values,
                          bool *ret_present, struct diag *diag)
{
    ASSERT(event->type < state->plan->event_type_count);
    struct call call = {.state = state, .type = &state->plan->event_types[event->type],
                        .menus = state->menus[event->type], .at_ms = event->at_ms, .diag = diag};
    enum status status = check_time(&call);
    if (status == STATUS_OK)
        status = find_symbols(&call, event->keys, handle);
    if (status == STATUS_OK)
        status = find_touches(&call, event->classes, event->inputs);
    if (status == STATUS_OK)
        status = reserve_rows(&call);
    if (status == STATUS_OK)
        status = prepare_groups(&call);
    if (status != STATUS_OK) {
        undo(&call);
        return status;
    }
    read_before(&call, ret_values, ret_present);
    commit(&call);
    move_glances(&call);
    read_after(&call, ret_values, ret_present);
    for (uint8_t i = 0; i < call.type->key_count; i++)
        handle->symbols[i] = call.symbols[i];
    sweep(&call);
    return STATUS_OK;
}

/* Whether every symbol of a touch is certainly still that of the earlier event. */
static bool remembered(const struct call *call, const struct feature_touch *touch)
{
    const struct feature_state *state = call->state;
    const struct feature_table *spec = state->tables[touch->table].spec;
    for (uint8_t i = 0; i < spec->key_count; i++) {
        const struct kind *kind = &state->kinds[spec->key_kinds[i]];
        if (!kind->ever &&
            call->at_ms < state_line(state, kind->horizon_ms + state->plan->late_ms))
            return false;
    }
    return true;
}

enum status feature_label(struct feature_state *state, uint16_t type, int64_t at_ms,
                          const uint32_t *symbols, const uint32_t *classes, struct diag *diag)
{
    ASSERT(type < state->plan->event_type_count && at_ms <= state->newest_ms);
    struct call call = {.state = state, .type = &state->plan->event_types[type],
                        .menus = state->menus[type], .at_ms = at_ms, .diag = diag};
    uint32_t remaining[FEATURE_TOUCHES_MAX];
    for (uint8_t i = 0; i < call.type->key_count; i++)
        call.symbols[i] = symbols[i];
    for (uint8_t i = 0; i < call.type->touch_count; i++)
        remaining[i] = remembered(&call, &call.type->touches[i]) ? classes[i] : 0;
    enum status status = find_touches(&call, remaining, NULL);
    if (status == STATUS_OK)
        status = reserve_rows(&call);
    if (status != STATUS_OK) {
        undo(&call);
        return status;
    }
    insert_all(&call);
    return STATUS_OK;
}

void feature_hash(const struct feature_state *state, const struct feature_event *event,
                  struct feature_handle *ret_handle)
{
    const struct feature_event_type *type = &state->plan->event_types[event->type];
    for (uint8_t i = 0; i < type->key_count; i++) {
        ret_handle->symbols[i] = NONE;
        ret_handle->hashes[i] = 0;
        if (event->keys[i].data == NULL || event->keys[i].size_bytes > FEATURE_KEY_BYTES_MAX)
            continue;
        ret_handle->hashes[i] = symbol_hash(state, event->keys[i]);
        index_prefetch(&state->kinds[type->key_kinds[i]].index, ret_handle->hashes[i]);
    }
}

void feature_find(const struct feature_state *state, const struct feature_event *event,
                  struct feature_handle *handle)
{
    const struct feature_event_type *type = &state->plan->event_types[event->type];
    for (uint8_t i = 0; i < type->key_count; i++) {
        const struct kind *kind = &state->kinds[type->key_kinds[i]];
        if (event->keys[i].data == NULL || event->keys[i].size_bytes > FEATURE_KEY_BYTES_MAX)
            continue;
        uint32_t step = 0;
        handle->symbols[i] = index_next(&kind->index, handle->hashes[i], &step);
        if (handle->symbols[i] == NONE)
            continue;
        const char *record = vec_at(&kind->records, handle->symbols[i]);
        for (uint32_t at = 0; at < kind->records.item_bytes; at += 64)
            __builtin_prefetch(record + at);
        __builtin_prefetch(record + kind->records.item_bytes - 1);
    }
}

/* The symbols of a touch as feature_find guessed them; false when one is missing. */
static bool guess(const struct feature_state *state, const struct feature_touch *touch,
                  const struct feature_handle *handle, uint32_t symbols[FEATURE_KEYS_MAX])
{
    uint8_t count = state->tables[touch->table].spec->key_count;
    for (uint8_t i = 0; i < count; i++) {
        symbols[i] = handle->symbols[touch->key_slots[i]];
        if (symbols[i] == NONE)
            return false;
    }
    return true;
}

static void prefetch_row(const struct table *table, const struct row *row)
{
    if (row->big != NULL) {
        cursors_prefetch(table, row->big);
    } else if (row->run.block != 0) {
        const char *block = run_block(table, &row->run);
        uint32_t size_bytes = (uint32_t)row->run.capacity * table->event_bytes[row->run.shape];
        for (uint32_t at = 0; at < size_bytes && at < 512; at += 64)
            __builtin_prefetch(block + at);
    }
}

void feature_fetch(const struct feature_state *state, const struct feature_event *event,
                   const struct feature_handle *handle)
{
    const struct feature_event_type *type = &state->plan->event_types[event->type];
    for (uint8_t i = 0; i < type->touch_count; i++) {
        const struct feature_touch *touch = &type->touches[i];
        uint32_t symbols[FEATURE_KEYS_MAX];
        if (!guess(state, touch, handle, symbols))
            continue;
        if (single_key(&state->tables[touch->table]))
            prefetch_row(&state->tables[touch->table], state_row(state, touch->table, symbols[0]));
        else
            index_prefetch(&state->rows[touch->table].index,
                           key_hash(state, touch->table, symbols));
    }
}
