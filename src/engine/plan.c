/* One idea: a policy's windows are grouped by the namespaces of their keys into tables; what a
 * window counts becomes a class of its table, what it adds up a column, and each way in which an
 * event reaches an entity of a table (which fields name it) a touch of that event.
 *
 * 1. Windows whose keys have the same namespaces share a table, whatever the fields are called.
 * 2. Windows that count the same events of a table share a class, and two arguments share a column
 *    when they never come from the same event type.
 * 3. The classes of an event that have one filter follow each other, so that it is asked once.
 * 4. Lets are known only when windows have been read. What windows take of an event's lets is fed
 *    behind that, as an event of a second type which has the same keys and reads nothing. */
#include <string.h>

#include "base/assert.h"
#include "engine/engine_int.h"

/* What makes a class: which events, by which filter, reaching the entity through which fields. */
struct class_source {
    uint16_t event;
    uint16_t let;          /* whose value comes with it, or NO_FIELD */
    uint32_t filter;
    uint16_t needs_field;
    uint16_t truth_field;
    bool truth;
};
struct class {
    const struct policy_window *window; /* the first that wanted it; for its fed_by */
    int label;                          /* of a label told by an event, else -1 */
    uint16_t source_count;
    struct class_source *sources;
};

struct column {
    uint16_t inputs[FEATURE_EVENT_TYPES_MAX]; /* per type: the field or let, or NO_FIELD */
};

struct table {
    uint8_t class_count;
    struct class classes[FEATURE_CLASSES_MAX];
    struct column columns[FEATURE_COLUMNS_MAX];
};

struct builder {
    const struct policy *policy;
    struct arena *arena;
    struct plan *plan;
    struct table *tables;
    struct view kinds[FEATURE_KINDS_MAX];
    struct diag *diag;
};

static enum status too_many(struct builder *b, const char *what, struct view where, size_t most)
{
    diag_set(b->diag, "policy-too-large", "the windows of this policy need more than %zu %s%s%.*s",
             most, what, where.size_bytes > 0 ? " at " : "", VIEW_ARG(where));
    diag_hint(b->diag, "split the policy in two, or drop windows that no rule needs");
    return STATUS_LIMIT;
}

/* The type under which the lets of an event are fed. */
static uint16_t let_type(struct builder *b, uint16_t event)
{
    struct event_plan *plan = &b->plan->events[event];
    if (plan->let_type == 0)
        plan->let_type = b->plan->feature.event_type_count++;
    return plan->let_type;
}

/* The type under which what a source counts is fed. */
static uint16_t source_type(struct builder *b, uint16_t event, uint16_t let)
{
    return let == NO_FIELD ? event : let_type(b, event);
}

static const struct policy_field *find_field(const struct policy_event *event, struct view name,
                                             uint16_t *ret_index)
{
    for (uint16_t i = 0; i < event->field_count; i++) {
        if (view_equal(event->fields[i].name, name)) {
            *ret_index = i;
            return &event->fields[i];
        }
    }
    return NULL;
}

static enum status kind_index(struct builder *b, struct view name, uint8_t *ret_kind)
{
    uint8_t count = b->plan->feature.kind_count;
    for (uint8_t i = 0; i < count; i++) {
        if (view_equal(b->kinds[i], name)) {
            *ret_kind = i;
            return STATUS_OK;
        }
    }
    if (count == FEATURE_KINDS_MAX)
        return too_many(b, "namespaces of keys and texts", VIEW(""),
                        FEATURE_KINDS_MAX);
    b->kinds[count] = name;
    b->plan->feature.kind_count++;
    *ret_kind = count;
    return STATUS_OK;
}

static enum status kind_of_field(struct builder *b, const struct policy_field *field,
                                 uint8_t *ret_kind)
{
    bool named = field->type.base == POLICY_ENTITY && field->type.kind.size_bytes > 0;
    return kind_index(b, named ? field->type.kind : field->name, ret_kind);
}

/* The namespace of a window's key: that of the field of this name in some event. */
static enum status kind_of_key(struct builder *b, struct view name, uint8_t *ret_kind)
{
    uint16_t index;
    for (uint16_t e = 0; e < b->policy->event_count; e++) {
        const struct policy_field *field = find_field(&b->policy->events[e], name, &index);
        if (field != NULL)
            return kind_of_field(b, field, ret_kind);
    }
    ASSERT(false && "the checker lets no window have a key that no event has");
    return STATUS_NOT_FOUND;
}

static bool same_kinds(const struct feature_table *table, const uint8_t *kinds, uint8_t count)
{
    return table->key_count == count &&
           (count == 0 || memcmp(table->key_kinds, kinds, count) == 0);
}

static const char *table_name(struct builder *b, const struct policy_window *window)
{
    struct buf name;
    buf_init(&name, b->arena->mem);
    for (uint8_t i = 0; i < window->key_count; i++) {
        buf_put_text(&name, i == 0 ? "" : ", ");
        buf_put_view(&name, window->keys[i]);
    }
    bool whole = buf_status(&name) == STATUS_OK;
    struct view copy = whole ? arena_copy(b->arena, buf_view(&name)) : (struct view){NULL, 0};
    buf_done(&name);
    return copy.data;
}

static enum status table_index(struct builder *b, const struct policy_window *window,
                               uint8_t *ret_table)
{
    struct feature_plan *plan = &b->plan->feature;
    uint8_t kinds[POLICY_KEYS_MAX] = {0};
    for (uint8_t i = 0; i < window->key_count; i++) {
        enum status status = kind_of_key(b, window->keys[i], &kinds[i]);
        if (status != STATUS_OK)
            return status;
    }
    for (uint8_t i = 0; i < plan->table_count; i++) {
        if (same_kinds(&plan->tables[i], kinds, window->key_count)) {
            *ret_table = i;
            return STATUS_OK;
        }
    }
    if (plan->table_count == FEATURE_TABLES_MAX)
        return too_many(b, "kinds of keys", VIEW(""), FEATURE_TABLES_MAX);
    struct feature_table *table = &plan->tables[plan->table_count];
    table->name = table_name(b, window);
    if (table->name == NULL)
        return STATUS_NO_MEMORY;
    table->key_count = window->key_count;
    memcpy(table->key_kinds, kinds, sizeof kinds);
    *ret_table = plan->table_count++;
    return STATUS_OK;
}

static bool same_fed_by(const struct policy_window *a, const struct policy_window *b)
{
    for (uint8_t i = 0; i < a->key_count; i++)
        if (!view_equal(a->fed_by[i], b->fed_by[i]))
            return false;
    return true;
}

static bool same_sources(const struct class *a, const struct class *b)
{
    for (uint16_t i = 0; i < a->source_count; i++)
        if (a->sources[i].event != b->sources[i].event ||
            a->sources[i].let != b->sources[i].let ||
            a->sources[i].filter != b->sources[i].filter ||
            a->sources[i].needs_field != b->sources[i].needs_field ||
            a->sources[i].truth_field != b->sources[i].truth_field ||
            a->sources[i].truth != b->sources[i].truth)
            return false;
    return true;
}

static bool same_class(const struct class *a, const struct class *b)
{
    return a->label == b->label && a->source_count == b->source_count &&
           same_fed_by(a->window, b->window) && same_sources(a, b);
}

static enum status class_index(struct builder *b, uint8_t table_number, const struct class *wanted,
                               uint8_t *ret_class)
{
    struct table *table = &b->tables[table_number];
    for (uint8_t i = 0; i < table->class_count; i++) {
        if (same_class(&table->classes[i], wanted)) {
            *ret_class = i;
            return STATUS_OK;
        }
    }
    if (table->class_count == FEATURE_CLASSES_MAX)
        return too_many(b, "different conditions",
                        view_of(b->plan->feature.tables[table_number].name), FEATURE_CLASSES_MAX);
    table->classes[table->class_count] = *wanted;
    *ret_class = table->class_count++;
    b->plan->feature.tables[table_number].class_count = table->class_count;
    return STATUS_OK;
}

/* Of which label the events of a source are, and whether it must be true of them. */
static void set_truth(const struct policy *policy, uint16_t number, bool truth,
                      struct class *class, struct class_source *source)
{
    const struct policy_label *label = &policy->labels[number];
    if (label->by_event)
        class->label = number;
    source->truth_field = label->by_event ? NO_FIELD : label->truth_field;
    source->truth = truth;
}

/* The class of the events that a window counts. */
static enum status window_class(struct builder *b, uint8_t table,
                                const struct policy_window *window, uint8_t *ret_class)
{
    struct class class = {window, -1, window->source_count,
                          arena_array(b->arena, window->source_count, sizeof *class.sources)};
    if (class.sources == NULL)
        return STATUS_NO_MEMORY;
    for (uint16_t i = 0; i < window->source_count; i++) {
        const struct policy_source *source = &window->sources[i];
        const struct policy_event *event = &b->policy->events[source->event];
        bool needs = source->field != POLICY_NO_SLOT && event->fields[source->field].type.optional;
        class.sources[i].event = source->event;
        class.sources[i].let = source->let;
        class.sources[i].filter = source->filter;
        class.sources[i].needs_field = needs ? source->field : NO_FIELD;
        class.sources[i].truth_field = NO_FIELD;
        if (source->truth != POLICY_ANY)
            set_truth(b->policy, source->label, source->truth == POLICY_TRUE, &class,
                      &class.sources[i]);
    }
    return class_index(b, table, &class, ret_class);
}

/* The class of the events that a label has been told true of. */
static enum status label_class(struct builder *b, uint8_t table,
                               const struct policy_window *window, uint8_t *ret_class)
{
    struct class_source *source = arena_array(b->arena, 1, sizeof *source);
    if (source == NULL)
        return STATUS_NO_MEMORY;
    source->event = window->sources[0].event;
    source->let = NO_FIELD;
    source->filter = window->sources[0].filter;
    source->needs_field = NO_FIELD;
    struct class class = {window, -1, 1, source};
    set_truth(b->policy, window->sources[0].label, true, &class, source);
    return class_index(b, table, &class, ret_class);
}

static uint16_t source_input(const struct policy_source *source)
{
    return source->let != NO_FIELD ? source->let : source->field;
}

static bool column_fits(struct builder *b, const struct column *column,
                        const struct policy_window *window)
{
    for (uint16_t i = 0; i < window->source_count; i++) {
        const struct policy_source *source = &window->sources[i];
        uint16_t there = column->inputs[source_type(b, source->event, source->let)];
        if (there != NO_FIELD && there != source_input(source))
            return false;
    }
    return true;
}

static bool is_double(const struct policy_type *type)
{
    return type->base == POLICY_NUMBER || (type->base == POLICY_MONEY && type->fractional);
}

static enum status column_type(struct builder *b, const struct policy_window *window,
                               struct feature_column *ret_column)
{
    const struct policy_source *source = &window->sources[0];
    struct feature_column column = {FEATURE_I64, 0};
    if (source->let != NO_FIELD) {
        column.type = is_double(&b->policy->lets[source->let].type) ? FEATURE_F64 : FEATURE_I64;
        *ret_column = column;
        return STATUS_OK;
    }
    const struct policy_field *field = &b->policy->events[source->event].fields[source->field];
    enum status status = STATUS_OK;
    if (policy_type_is_text(&field->type)) { /* its identity is kept, not its bytes */
        column.type = FEATURE_SYMBOL;
        status = kind_of_field(b, field, &column.kind);
    } else if (is_double(&field->type)) {
        column.type = FEATURE_F64;
    }
    if (status == STATUS_OK)
        *ret_column = column;
    return status;
}

static enum status window_column(struct builder *b, uint8_t table_number,
                                 const struct policy_window *window, uint8_t *ret_column)
{
    struct feature_column type;
    enum status status = column_type(b, window, &type);
    if (status != STATUS_OK)
        return status;
    struct feature_table *table = &b->plan->feature.tables[table_number];
    struct column *columns = b->tables[table_number].columns;
    uint8_t at = 0;
    while (at < table->column_count &&
           (table->columns[at].type != type.type || table->columns[at].kind != type.kind ||
            !column_fits(b, &columns[at], window)))
        at++;
    if (at == FEATURE_COLUMNS_MAX)
        return too_many(b, "different arguments", view_of(table->name), FEATURE_COLUMNS_MAX);
    if (at == table->column_count) {
        table->columns[table->column_count++] = type;
        for (size_t t = 0; t < FEATURE_EVENT_TYPES_MAX; t++)
            columns[at].inputs[t] = NO_FIELD;
    }
    for (uint16_t i = 0; i < window->source_count; i++) {
        const struct policy_source *source = &window->sources[i];
        columns[at].inputs[source_type(b, source->event, source->let)] = source_input(source);
    }
    *ret_column = at;
    return STATUS_OK;
}

static enum feature_fn window_fn(enum policy_window_fn fn)
{
    static const enum feature_fn fns[] = {
        [POLICY_COUNT] = FEATURE_COUNT,       [POLICY_SUM] = FEATURE_SUM,
        [POLICY_MEAN] = FEATURE_MEAN,         [POLICY_STD] = FEATURE_STD,
        [POLICY_MIN] = FEATURE_MIN,           [POLICY_MAX] = FEATURE_MAX,
        [POLICY_FIRST] = FEATURE_FIRST,       [POLICY_LAST] = FEATURE_LAST,
        [POLICY_DISTINCT] = FEATURE_DISTINCT, [POLICY_AGE] = FEATURE_AGE,
        [POLICY_SINCE] = FEATURE_SINCE,       [POLICY_RATE] = FEATURE_RATE,
        [POLICY_ENTROPY] = FEATURE_ENTROPY,   [POLICY_QUANTILE] = FEATURE_QUANTILE,
        [POLICY_DECAYED] = FEATURE_DECAYED,
    };
    return fns[fn];
}

static bool has_argument(const struct policy_window *window)
{
    return window->fn != POLICY_COUNT && window->fn != POLICY_AGE &&
           window->fn != POLICY_SINCE && window->fn != POLICY_RATE;
}

static enum status add_window(struct builder *b, const struct policy_window *window)
{
    struct feature_plan *plan = &b->plan->feature;
    struct feature_window *w = &plan->windows[plan->window_count];
    *w = (struct feature_window){
        .fn = window_fn(window->fn),
        .before = window->before || window->fn == POLICY_SINCE,
        .over_ms = window->over_ms < 0 ? FEATURE_EVER : window->over_ms,
        .ending_ms = window->ending_ms,
        .parameter = window->parameter,
    };
    enum status status = table_index(b, window, &w->table);
    if (status == STATUS_OK)
        status = window_class(b, w->table, window, &w->class_index);
    if (status == STATUS_OK && has_argument(window))
        status = window_column(b, w->table, window, &w->column);
    if (status == STATUS_OK && window->fn == POLICY_RATE) {
        const struct policy_label *label = &b->policy->labels[window->sources[0].label];
        w->hit_ending_ms = label->by_event ? 0 : label->delay_ms;
        status = label_class(b, w->table, window, &w->class_hit);
    }
    if (status == STATUS_OK)
        plan->window_count++;
    return status;
}

/* The slot of an event that holds a field as a name in a namespace. */
static enum status slot_index(struct builder *b, uint16_t event, uint16_t field, uint8_t kind,
                              uint8_t *ret_slot)
{
    struct feature_event_type *type = &b->plan->feature.event_types[event];
    struct event_plan *plan = &b->plan->events[event];
    for (uint8_t i = 0; i < plan->slot_count; i++) {
        if (plan->slots[i].field == field && type->key_kinds[i] == kind) {
            *ret_slot = i;
            return STATUS_OK;
        }
    }
    if (plan->slot_count == FEATURE_SLOTS_MAX)
        return too_many(b, "keys and texts", b->policy->events[event].name, FEATURE_SLOTS_MAX);
    plan->slots[plan->slot_count].field = field;
    type->key_kinds[plan->slot_count] = kind;
    *ret_slot = plan->slot_count++;
    type->key_count = plan->slot_count;
    return STATUS_OK;
}

/* The slots through which `event` names an entity of a table by the fields `names`.
 * STATUS_NOT_FOUND when it lacks one of them. */
static enum status touch_slots(struct builder *b, uint16_t event, uint8_t table,
                               const struct view *names, uint8_t *ret_slots)
{
    const struct feature_table *t = &b->plan->feature.tables[table];
    uint16_t fields[POLICY_KEYS_MAX];
    for (uint8_t i = 0; i < t->key_count; i++)
        if (find_field(&b->policy->events[event], names[i], &fields[i]) == NULL)
            return STATUS_NOT_FOUND;
    for (uint8_t i = 0; i < t->key_count; i++) {
        enum status status = slot_index(b, event, fields[i], t->key_kinds[i], &ret_slots[i]);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The touch by which an event, fed under type `number`, reaches an entity of a table. */
static enum status touch_index(struct builder *b, uint16_t event, uint16_t number, uint8_t table,
                               const struct view *names, uint8_t *ret_touch)
{
    struct feature_event_type *type = &b->plan->feature.event_types[number];
    uint8_t slots[FEATURE_KEYS_MAX] = {0};
    enum status status = touch_slots(b, event, table, names, slots);
    if (status != STATUS_OK)
        return status;
    for (uint8_t i = 0; i < type->touch_count; i++) {
        if (type->touches[i].table == table &&
            memcmp(type->touches[i].key_slots, slots, sizeof slots) == 0) {
            *ret_touch = i;
            return STATUS_OK;
        }
    }
    if (type->touch_count == FEATURE_TOUCHES_MAX)
        return too_many(b, "combinations of keys", b->policy->events[event].name,
                        FEATURE_TOUCHES_MAX);
    struct feature_touch *touch = &type->touches[type->touch_count];
    touch->table = table;
    memcpy(touch->key_slots, slots, sizeof slots);
    *ret_touch = type->touch_count++;
    return STATUS_OK;
}

/* Windows that events read: one touch for each way to name the entity. */
static enum status add_reads(struct builder *b, uint16_t event)
{
    const struct policy_event *e = &b->policy->events[event];
    struct feature_event_type *type = &b->plan->feature.event_types[event];
    uint16_t *lists[FEATURE_TOUCHES_MAX] = {NULL};
    for (uint16_t i = 0; i < e->window_count; i++) {
        uint16_t number = e->windows[i];
        uint8_t table = b->plan->feature.windows[number].table;
        uint8_t at = 0;
        enum status status = touch_index(b, event, event, table, b->policy->windows[number].keys,
                                         &at);
        if (status != STATUS_OK)
            return status;
        if (lists[at] == NULL)
            lists[at] = arena_array(b->arena, e->window_count, sizeof(uint16_t));
        if (lists[at] == NULL)
            return STATUS_NO_MEMORY;
        struct feature_touch *touch = &type->touches[at];
        lists[at][touch->window_count++] = number;
        touch->windows = lists[at];
        touch->reads = true;
    }
    return STATUS_OK;
}

/* Behind the last rule of the same filter; at the end when it is the first. */
static void insert_class_rule(struct class_rule *rules, uint16_t count, struct class_rule rule)
{
    uint16_t at = count;
    uint16_t same = at;
    while (same > 0 && rules[same - 1].filter != rule.filter)
        same--;
    for (; same > 0 && at > same; at--)
        rules[at] = rules[at - 1];
    rules[at] = rule;
}

static enum status push_class_rule(struct builder *b, struct class_rule **rules, uint16_t *count,
                                   struct class_rule rule)
{
    if (*rules == NULL)
        *rules = arena_array(b->arena, FEATURE_TABLES_MAX * FEATURE_CLASSES_MAX, sizeof rule);
    if (*rules == NULL)
        return STATUS_NO_MEMORY;
    ASSERT(*count < FEATURE_TABLES_MAX * FEATURE_CLASSES_MAX);
    insert_class_rule(*rules, (*count)++, rule);
    return STATUS_OK;
}

static enum status push_label_rule(struct builder *b, uint16_t event, struct label_rule rule)
{
    struct event_plan *plan = &b->plan->events[event];
    if (plan->label_rules == NULL)
        plan->label_rules = arena_array(b->arena, FEATURE_TABLES_MAX * FEATURE_CLASSES_MAX,
                                        sizeof rule);
    if (plan->label_rules == NULL)
        return STATUS_NO_MEMORY;
    plan->label_rules[plan->label_rule_count++] = rule;
    plan->remembers_symbols = true;
    return STATUS_OK;
}

static enum status add_class_rule(struct builder *b, const struct class_source *source,
                                  uint8_t touch, uint8_t number)
{
    struct event_plan *plan = &b->plan->events[source->event];
    struct class_rule rule = {touch, number, source->filter, source->needs_field, source->let,
                              source->truth_field, source->truth};
    return source->let == NO_FIELD
           ? push_class_rule(b, &plan->class_rules, &plan->class_rule_count, rule)
           : push_class_rule(b, &plan->let_rules, &plan->let_rule_count, rule);
}

/* Where the events of a class come in. */
static enum status add_class_feeds(struct builder *b, uint8_t table, uint8_t number)
{
    const struct class *class = &b->tables[table].classes[number];
    for (uint16_t i = 0; i < class->source_count; i++) {
        const struct class_source *source = &class->sources[i];
        uint8_t touch = 0;
        uint16_t type = source_type(b, source->event, source->let);
        enum status status = touch_index(b, source->event, type, table, class->window->fed_by,
                                         &touch);
        if (status != STATUS_OK)
            return status;
        b->plan->feature.event_types[type].touches[touch].feeds = true;
        if (class->label >= 0)
            status = push_label_rule(b, source->event,
                                     (struct label_rule){(uint16_t)class->label, touch, number});
        else
            status = add_class_rule(b, source, touch, number);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Which of the inputs of an event's lets a let is. */
static enum status let_input(struct builder *b, uint16_t event, uint16_t let, int16_t *ret_input)
{
    struct event_plan *plan = &b->plan->events[event];
    if (plan->let_inputs == NULL)
        plan->let_inputs = arena_array(b->arena, b->policy->let_count, sizeof(uint16_t));
    if (plan->let_inputs == NULL)
        return STATUS_NO_MEMORY;
    uint16_t at = 0;
    while (at < plan->let_input_count && plan->let_inputs[at] != let)
        at++;
    if (at == plan->let_input_count)
        plan->let_inputs[plan->let_input_count++] = let;
    *ret_input = (int16_t)at;
    return STATUS_OK;
}

/* Where each column of a table that is touched by an event's lets gets its value from. */
static enum status add_let_inputs(struct builder *b, uint16_t event)
{
    uint16_t number = b->plan->events[event].let_type;
    struct feature_event_type *type = &b->plan->feature.event_types[number];
    for (uint8_t i = 0; i < type->touch_count; i++) {
        const struct column *columns = b->tables[type->touches[i].table].columns;
        int16_t *inputs = arena_array(b->arena, FEATURE_COLUMNS_MAX, sizeof *inputs);
        enum status status = inputs == NULL ? STATUS_NO_MEMORY : STATUS_OK;
        for (uint8_t c = 0; c < FEATURE_COLUMNS_MAX && status == STATUS_OK; c++) {
            bool used = c < b->plan->feature.tables[type->touches[i].table].column_count &&
                        columns[c].inputs[number] != NO_FIELD;
            inputs[c] = -1;
            if (used)
                status = let_input(b, event, columns[c].inputs[number], &inputs[c]);
        }
        if (status != STATUS_OK)
            return status;
        type->touches[i].column_inputs = inputs;
    }
    return STATUS_OK;
}

/* The lets of an event have the keys that the event has. */
static enum status complete_let_type(struct builder *b, uint16_t event)
{
    uint16_t number = b->plan->events[event].let_type;
    if (number == 0)
        return STATUS_OK;
    struct feature_event_type *types = b->plan->feature.event_types;
    types[number].key_count = types[event].key_count;
    memcpy(types[number].key_kinds, types[event].key_kinds, sizeof types[event].key_kinds);
    return add_let_inputs(b, event);
}

/* Where each column of a touched table gets its value from. */
static enum status add_inputs(struct builder *b, uint16_t event)
{
    struct feature_event_type *type = &b->plan->feature.event_types[event];
    for (uint8_t i = 0; i < type->touch_count; i++) {
        const struct feature_table *table = &b->plan->feature.tables[type->touches[i].table];
        const struct column *columns = b->tables[type->touches[i].table].columns;
        int16_t *inputs = arena_array(b->arena, FEATURE_COLUMNS_MAX, sizeof *inputs);
        if (inputs == NULL)
            return STATUS_NO_MEMORY;
        for (uint8_t c = 0; c < table->column_count; c++) {
            uint16_t field = columns[c].inputs[event];
            inputs[c] = field == NO_FIELD ? (int16_t)-1 : (int16_t)field;
            if (field == NO_FIELD || table->columns[c].type != FEATURE_SYMBOL)
                continue;
            uint8_t slot = 0;
            enum status status = slot_index(b, event, field, table->columns[c].kind, &slot);
            if (status != STATUS_OK)
                return status;
            inputs[c] = slot;
        }
        type->touches[i].column_inputs = inputs;
    }
    return STATUS_OK;
}

static enum status build(struct builder *b)
{
    enum status status = STATUS_OK;
    for (uint16_t i = 0; i < b->policy->window_count && status == STATUS_OK; i++)
        status = add_window(b, &b->policy->windows[i]);
    for (uint16_t e = 0; e < b->policy->event_count && status == STATUS_OK; e++)
        status = add_reads(b, e);
    for (uint8_t t = 0; t < b->plan->feature.table_count && status == STATUS_OK; t++)
        for (uint8_t c = 0; c < b->tables[t].class_count && status == STATUS_OK; c++)
            status = add_class_feeds(b, t, c);
    for (uint16_t e = 0; e < b->policy->event_count && status == STATUS_OK; e++)
        status = add_inputs(b, e);
    for (uint16_t e = 0; e < b->policy->event_count && status == STATUS_OK; e++)
        status = complete_let_type(b, e);
    return status;
}

enum status plan_build(const struct policy *policy, struct arena *arena, struct plan **ret_plan,
                       struct diag *diag)
{
    struct builder b = {.policy = policy, .arena = arena, .diag = diag};
    b.plan = arena_alloc(arena, sizeof *b.plan);
    b.tables = mem_zeroed(arena->mem, FEATURE_TABLES_MAX * sizeof *b.tables);
    if (b.plan == NULL || b.tables == NULL) {
        mem_free(arena->mem, b.tables, FEATURE_TABLES_MAX * sizeof *b.tables);
        return STATUS_NO_MEMORY;
    }
    b.plan->feature.event_type_count = (uint8_t)policy->event_count;
    b.plan->feature.late_ms = policy->late_ms;
    enum status status = build(&b);
    mem_free(arena->mem, b.tables, FEATURE_TABLES_MAX * sizeof *b.tables);
    if (status == STATUS_OK)
        status = feature_plan_check(&b.plan->feature, diag);
    if (status == STATUS_OK)
        *ret_plan = b.plan;
    return status;
}
