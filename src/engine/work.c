/* One idea: what is the same for every event of a type is looked up once: which windows go to which
 * slots, which rules and which models are asked. */
#include "engine/engine_int.h"

/* The column whose symbols a window answers with, or NULL when it answers with a number. */
static const struct feature_column *symbol_column(const struct plan *plan, uint16_t number)
{
    const struct feature_window *window = &plan->feature.windows[number];
    if (window->fn != FEATURE_FIRST && window->fn != FEATURE_LAST)
        return NULL;
    const struct feature_column *column =
        &plan->feature.tables[window->table].columns[window->column];
    return column->type == FEATURE_SYMBOL ? column : NULL;
}

static void lay_windows(const struct policy *policy, const struct plan *plan,
                        const struct policy_event *event, struct event_work *work)
{
    for (uint16_t i = 0; i < event->window_count; i++) {
        uint16_t number = event->windows[i];
        const struct policy_window *window = &policy->windows[number];
        const struct feature_column *column = symbol_column(plan, number);
        enum policy_base base = window->type.base;
        if (column != NULL || base == POLICY_BOOL || base == POLICY_COUNTRY ||
            base == POLICY_ONE_OF || base == POLICY_TIME)
            work->checks[work->check_count++] = (struct window_check){
                number, window->slot, column != NULL, column != NULL ? column->kind : 0,
                &window->type};
        else
            work->takes[work->take_count++] = (struct window_take){number, window->slot};
    }
}

static void lay_rules(const struct policy *policy, const struct policy_event *event,
                      struct event_work *work)
{
    work->rules = event->rules;
    for (; work->rule_count < event->rule_count; work->rule_count++)
        work->rule_codes[work->rule_count] = policy->rules[event->rules[work->rule_count]].code;
}

static void lay_models(const struct policy *policy, uint16_t event, struct event_work *work)
{
    for (uint16_t i = 0; i < policy->model_count; i++) {
        if ((policy->models[i].events >> event & 1) != 0)
            work->models[work->model_count++] = i;
    }
}

struct event_work *work_build(const struct policy *policy, const struct plan *plan,
                              struct arena *arena)
{
    struct event_work *works = arena_array(arena, policy->event_count, sizeof *works);
    for (uint16_t i = 0; i < policy->event_count && works != NULL; i++) {
        const struct policy_event *event = &policy->events[i];
        struct event_work *work = &works[i];
        work->takes = arena_array(arena, event->window_count, sizeof *work->takes);
        work->checks = arena_array(arena, event->window_count, sizeof *work->checks);
        work->rule_codes = arena_array(arena, event->rule_count, sizeof *work->rule_codes);
        work->models = arena_array(arena, policy->model_count, sizeof *work->models);
        if (work->takes == NULL || work->checks == NULL || work->rule_codes == NULL ||
            work->models == NULL)
            return NULL;
        lay_windows(policy, plan, event, work);
        lay_rules(policy, event, work);
        lay_models(policy, i, work);
    }
    return works;
}
