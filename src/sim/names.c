/* One idea: one list of names, read here by people's spelling and everywhere else by number. */
#include "sim/sim.h"

#define NONE VIEW("none")
#define ALL VIEW("all")

static const struct sim_choice businesses[SIM_BUSINESS_COUNT] = {
#define BUSINESS_ROW(name, text, sentence) {text, sentence, 1u << SIM_##name},
    SIM_BUSINESS_TABLE(BUSINESS_ROW)
#undef BUSINESS_ROW
};

static const struct sim_choice scenarios[SIM_SCENARIO_COUNT] = {
#define SCENARIO_ROW(name, text, businesses, share, size, sentence) {#text, sentence, businesses},
    SIM_SCENARIO_TABLE(SCENARIO_ROW)
#undef SCENARIO_ROW
};

#define BUSINESS_NAME(name, text, sentence) text " "
#define SCENARIO_NAME(name, text, businesses, share, size, sentence) #text " "

static const char business_names[] = "the names: " SIM_BUSINESS_TABLE(BUSINESS_NAME) "all";
static const char scenario_names[] = SIM_SCENARIO_TABLE(SCENARIO_NAME) "all none";

_Static_assert(sizeof business_names <= DIAG_HINT_BYTES_MAX, "the hint shows every name");
_Static_assert(sizeof scenario_names <= DIAG_HINT_BYTES_MAX, "the hint shows every name");

struct sim_config sim_config_default(void)
{
    return (struct sim_config){
        .seed = 1,
        .customers = 2000,
        .days = 60,
        .start_ms = 1767225600000, /* 2026-01-01T00:00:00Z */
        .businesses = SIM_BUSINESS_ALL,
        .scenarios = SIM_SCENARIO_ALL,
        .fraud_ppm = 8000,
    };
}

const struct sim_choice *sim_business_at(size_t index)
{
    return index < SIM_BUSINESS_COUNT ? &businesses[index] : NULL;
}

const struct sim_choice *sim_scenario_at(size_t index)
{
    return index < SIM_SCENARIO_COUNT ? &scenarios[index] : NULL;
}

/* The bit of a name, or 0. */
static uint32_t find(struct view name, const struct sim_choice *choices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (view_equal(name, view_of(choices[i].name)))
            return 1u << i;
    return 0;
}

/* Takes the text up to the next comma off `list`; its data is NULL when there is no more. */
static struct view take(struct view *list)
{
    const char *comma = list->size_bytes == 0 ? NULL : memchr(list->data, ',', list->size_bytes);
    struct view name = *list;
    if (comma == NULL) {
        *list = (struct view){NULL, 0};
        return name;
    }
    name.size_bytes = (size_t)(comma - list->data);
    *list = (struct view){comma + 1, list->size_bytes - name.size_bytes - 1};
    return name;
}

static enum status parse(struct view list, const struct sim_choice *choices, size_t count,
                         uint32_t *ret_mask, struct diag *diag)
{
    uint32_t mask = 0;
    if (list.data == NULL)
        list = VIEW("");
    while (list.data != NULL) {
        struct view name = take(&list);
        uint32_t bit = find(name, choices, count);
        if (bit == 0) {
            int shown = name.size_bytes < 64 ? (int)name.size_bytes : 64;
            diag_set(diag, "sim-name", "there is no %s called '%.*s'",
                     choices == businesses ? "business" : "scenario", shown, name.data);
            diag_hint(diag, "%s", choices == businesses ? business_names : scenario_names);
            return STATUS_INVALID;
        }
        mask |= bit;
    }
    *ret_mask = mask;
    return STATUS_OK;
}

enum status sim_businesses_parse(struct view list, uint32_t *ret_mask, struct diag *diag)
{
    if (view_equal(list, ALL)) {
        *ret_mask = SIM_BUSINESS_ALL;
        return STATUS_OK;
    }
    return parse(list, businesses, SIM_BUSINESS_COUNT, ret_mask, diag);
}

enum status sim_scenarios_parse(struct view list, uint32_t *ret_mask, struct diag *diag)
{
    if (view_equal(list, ALL) || view_equal(list, NONE)) {
        *ret_mask = view_equal(list, ALL) ? SIM_SCENARIO_ALL : 0;
        return STATUS_OK;
    }
    return parse(list, scenarios, SIM_SCENARIO_COUNT, ret_mask, diag);
}
