/* One idea: a plan that passes here can be compiled and run without another check. */
#include "feature/feature.h"

#include <math.h>

static enum status refuse_table(struct diag *diag, const struct feature_plan *plan, uint8_t table,
                                const char *why)
{
    const char *name = plan->tables[table].name;
    diag_set(diag, "feature-table", "table %u (%s): %s", (unsigned)table,
             name == NULL ? "no name" : name, why);
    return STATUS_INVALID;
}

static const char *table_fault(const struct feature_plan *plan, const struct feature_table *table)
{
    if (table->key_count > FEATURE_KEYS_MAX)
        return "too many keys";
    if (table->column_count > FEATURE_COLUMNS_MAX)
        return "too many columns";
    if (table->class_count < 1 || table->class_count > FEATURE_CLASSES_MAX)
        return "the number of classes is out of range";
    for (uint8_t i = 0; i < table->key_count; i++)
        if (table->key_kinds[i] >= plan->kind_count)
            return "a key of a kind that does not exist";
    for (uint8_t i = 0; i < table->column_count; i++) {
        const struct feature_column *column = &table->columns[i];
        if (column->type != FEATURE_SYMBOL && column->type != FEATURE_I64 &&
            column->type != FEATURE_F64)
            return "a column of an unknown type";
        if (column->type == FEATURE_SYMBOL && column->kind >= plan->kind_count)
            return "a column of a kind that does not exist";
    }
    return NULL;
}

static bool bounded_only(enum feature_fn fn)
{
    return fn == FEATURE_DISTINCT || fn == FEATURE_ENTROPY || fn == FEATURE_QUANTILE ||
           fn == FEATURE_RATE;
}

static bool needs_column(enum feature_fn fn)
{
    return fn != FEATURE_COUNT && fn != FEATURE_AGE && fn != FEATURE_SINCE && fn != FEATURE_RATE;
}

static bool takes_symbols(enum feature_fn fn)
{
    return fn == FEATURE_DISTINCT || fn == FEATURE_ENTROPY || fn == FEATURE_FIRST ||
           fn == FEATURE_LAST;
}

static const char *time_fault(const struct feature_window *window)
{
    bool ever = window->over_ms == FEATURE_EVER;
    if (window->fn == FEATURE_DECAYED)
        return window->ending_ms != 0 ? "a decayed sum cannot end in the past" : NULL;
    if (ever && bounded_only(window->fn))
        return "this function needs a window with a beginning";
    if (ever && window->ending_ms != 0)
        return "a window without a beginning must end now";
    if (!ever && (window->over_ms < 1 || window->over_ms > FEATURE_OVER_MS_MAX))
        return "the length is out of range";
    if (window->ending_ms < 0 || window->ending_ms > FEATURE_OVER_MS_MAX)
        return "the end is out of range";
    if (window->fn == FEATURE_RATE &&
        (window->hit_ending_ms < 0 || window->hit_ending_ms > FEATURE_OVER_MS_MAX))
        return "the end of its hits is out of range";
    return NULL;
}

static const char *window_fault(const struct feature_plan *plan,
                                const struct feature_window *window)
{
    if ((unsigned)window->fn > FEATURE_DECAYED)
        return "an unknown function";
    if (window->table >= plan->table_count)
        return "a table that does not exist";
    const struct feature_table *table = &plan->tables[window->table];
    if (window->class_index >= table->class_count ||
        (window->fn == FEATURE_RATE && window->class_hit >= table->class_count))
        return "a class that does not exist";
    if (needs_column(window->fn)) {
        if (window->column >= table->column_count)
            return "a column that does not exist";
        if (table->columns[window->column].type == FEATURE_SYMBOL && !takes_symbols(window->fn))
            return "this function needs numbers";
    }
    if (window->fn == FEATURE_QUANTILE && !(window->parameter > 0 && window->parameter <= 1))
        return "the quantile must be above 0 and at most 1";
    if (window->fn == FEATURE_DECAYED &&
        !(window->parameter > 0 && window->parameter <= (double)FEATURE_OVER_MS_MAX))
        return "the half-life is out of range";
    return time_fault(window);
}

static const char *touch_fault(const struct feature_plan *plan,
                               const struct feature_event_type *type,
                               const struct feature_touch *touch)
{
    if (touch->table >= plan->table_count)
        return "touches a table that does not exist";
    const struct feature_table *table = &plan->tables[touch->table];
    for (uint8_t i = 0; i < table->key_count; i++) {
        if (touch->key_slots[i] >= type->key_count)
            return "touches with a key that does not exist";
        if (type->key_kinds[touch->key_slots[i]] != table->key_kinds[i])
            return "touches with a key of another kind";
    }
    if (touch->window_count != 0 && touch->windows == NULL)
        return "has no list of windows";
    for (uint16_t i = 0; i < touch->window_count; i++)
        if (touch->windows[i] >= plan->window_count ||
            plan->windows[touch->windows[i]].table != touch->table)
            return "reads a window of another table";
    if (touch->feeds && table->column_count != 0 && touch->column_inputs == NULL)
        return "has no list of inputs";
    for (uint8_t i = 0; touch->feeds && i < table->column_count; i++) {
        int16_t input = touch->column_inputs[i];
        if (input < -1)
            return "has an input out of range";
        if (table->columns[i].type == FEATURE_SYMBOL && input >= 0 &&
            (input >= type->key_count || type->key_kinds[input] != table->columns[i].kind))
            return "fills a column with a key of another kind";
    }
    return NULL;
}

static const char *type_fault(const struct feature_plan *plan,
                              const struct feature_event_type *type)
{
    if (type->key_count > FEATURE_SLOTS_MAX)
        return "has too many keys";
    if (type->touch_count > FEATURE_TOUCHES_MAX)
        return "touches too many entities";
    for (uint8_t i = 0; i < type->key_count; i++)
        if (type->key_kinds[i] >= plan->kind_count)
            return "has a key of a kind that does not exist";
    for (uint8_t i = 0; i < type->touch_count; i++) {
        const char *why = touch_fault(plan, type, &type->touches[i]);
        if (why != NULL)
            return why;
    }
    return NULL;
}

static const char *plan_fault(const struct feature_plan *plan)
{
    if (plan->kind_count > FEATURE_KINDS_MAX)
        return "too many kinds";
    if (plan->table_count > FEATURE_TABLES_MAX)
        return "too many tables";
    if (plan->window_count > FEATURE_WINDOWS_MAX)
        return "too many windows";
    if (plan->event_type_count > FEATURE_EVENT_TYPES_MAX)
        return "too many event types";
    if (plan->late_ms < 0 || plan->late_ms > FEATURE_OVER_MS_MAX)
        return "the lateness is out of range";
    return NULL;
}

enum status feature_plan_check(const struct feature_plan *plan, struct diag *diag)
{
    const char *why = plan_fault(plan);
    if (why != NULL) {
        diag_set(diag, "feature-plan", "%s", why);
        return STATUS_INVALID;
    }
    for (uint8_t i = 0; i < plan->table_count; i++)
        if ((why = table_fault(plan, &plan->tables[i])) != NULL)
            return refuse_table(diag, plan, i, why);
    for (uint16_t i = 0; i < plan->window_count; i++)
        if ((why = window_fault(plan, &plan->windows[i])) != NULL) {
            diag_set(diag, "feature-window", "window %u: %s", (unsigned)i, why);
            return STATUS_INVALID;
        }
    for (uint8_t i = 0; i < plan->event_type_count; i++)
        if ((why = type_fault(plan, &plan->event_types[i])) != NULL) {
            diag_set(diag, "feature-event", "event type %u %s", (unsigned)i, why);
            return STATUS_INVALID;
        }
    return STATUS_OK;
}
