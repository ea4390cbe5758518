/* One idea: settings are a table; what a user writes, what is tried and what is printed are all
 * read from it. */
#include "model/train.h"

#include "base/assert.h"
#include "codec/number.h"

struct param {
    const char *name;
    double fallback;
    double least;
    double most;
    bool whole;
};

static const struct param table[TRAIN_PARAM_COUNT] = {
#define TRAIN_PARAM_ROW(id, name, library_name, fallback, least, most, whole)                     \
    [id] = {name, fallback, least, most, whole},
    TRAIN_PARAM_TABLE(TRAIN_PARAM_ROW)
#undef TRAIN_PARAM_ROW
};

struct train_params train_params_default(void)
{
    struct train_params params;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++)
        params.values[i] = table[i].fallback;
    return params;
}

const char *train_param_name(enum train_param param)
{
    return table[param].name;
}

/* Cuts the text before the first `separator` off the front of `rest`, both without the separator;
 * false when nothing is left. */
static bool next_part(struct view *rest, char separator, struct view *ret_part)
{
    if (rest->data == NULL)
        return false;
    const char *end = rest->size_bytes > 0 ? memchr(rest->data, separator, rest->size_bytes) : NULL;
    *ret_part = *rest;
    if (end == NULL) {
        *rest = (struct view){NULL, 0};
        return true;
    }
    ret_part->size_bytes = (size_t)(end - rest->data);
    rest->data = end + 1;
    rest->size_bytes -= ret_part->size_bytes + 1;
    return true;
}

static enum status find_param(struct view word, size_t *ret_param, struct diag *diag)
{
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++) {
        if (view_equal(word, view_of(table[i].name))) {
            *ret_param = i;
            return STATUS_OK;
        }
    }
    diag_set(diag, "unknown-setting", "there is no setting '%.*s'", VIEW_ARG(word));
    diag_hint(diag, "settings: rounds, depth, eta, min_child_weight, subsample, colsample, gamma, "
              "lambda, alpha, scale_pos_weight, trees, bins, members");
    return STATUS_INVALID;
}

static enum status read_value(size_t number, struct view text, double *ret_value,
                              struct diag *diag)
{
    const struct param *param = &table[number];
    double value;
    if (number_parse_f64(text, &value) == STATUS_OK && value >= param->least &&
        value <= param->most && (!param->whole || value == (double)(int64_t)value)) {
        *ret_value = value;
        return STATUS_OK;
    }
    diag_set(diag, "setting-value", "%s takes a %s from %.9g to %.9g, not '%.*s'", param->name,
             param->whole ? "whole number" : "number", param->least, param->most,
             VIEW_ARG(text));
    return STATUS_INVALID;
}

static enum status read_values(size_t number, struct view text, struct train_grid *grid,
                               struct diag *diag)
{
    struct view word;
    size_t count = 0;
    while (next_part(&text, '|', &word)) {
        if (count == TRAIN_GRID_VALUES_MAX) {
            diag_set(diag, "grid-limit", "%s has more than %d values", table[number].name,
                     TRAIN_GRID_VALUES_MAX);
            return STATUS_LIMIT;
        }
        enum status status = read_value(number, word, &grid->values[number][count], diag);
        if (status != STATUS_OK)
            return status;
        count++;
    }
    grid->value_counts[number] = count;
    return STATUS_OK;
}

static enum status check_count(const struct train_grid *grid, struct diag *diag)
{
    size_t count = 1;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++) {
        count *= grid->value_counts[i];
        if (count > TRAIN_GRID_POINTS_MAX) {
            diag_set(diag, "grid-limit", "the grid has more than %d combinations",
                     TRAIN_GRID_POINTS_MAX);
            return STATUS_LIMIT;
        }
    }
    return STATUS_OK;
}

enum status train_grid_parse(struct view text, const struct train_params *base,
                             struct train_grid *ret_grid, struct diag *diag)
{
    struct train_grid grid;
    bool seen[TRAIN_PARAM_COUNT] = {false};
    struct view setting;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++) {
        grid.value_counts[i] = 1;
        grid.values[i][0] = base->values[i];
    }
    while (next_part(&text, ',', &setting)) {
        struct view rest = setting;
        struct view name;
        size_t number = 0;
        if (!next_part(&rest, '=', &name) || rest.data == NULL) {
            diag_set(diag, "setting-form", "'%.*s' is not a setting", VIEW_ARG(setting));
            diag_hint(diag, "write it like depth=6");
            return STATUS_INVALID;
        }
        enum status status = find_param(name, &number, diag);
        if (status == STATUS_OK && seen[number]) {
            diag_set(diag, "setting-twice", "%s is set twice", table[number].name);
            status = STATUS_INVALID;
        }
        if (status == STATUS_OK)
            status = read_values(number, rest, &grid, diag);
        if (status != STATUS_OK)
            return status;
        seen[number] = true;
    }
    enum status status = check_count(&grid, diag);
    if (status == STATUS_OK)
        *ret_grid = grid;
    return status;
}

enum status train_params_parse(struct view text, struct train_params *params, struct diag *diag)
{
    struct train_grid grid;
    enum status status = train_grid_parse(text, params, &grid, diag);
    if (status == STATUS_LIMIT || (status == STATUS_OK && train_grid_count(&grid) != 1)) {
        diag_set(diag, "setting-value", "each setting takes one value here, not several");
        diag_hint(diag, "several values are for a grid");
        status = STATUS_INVALID;
    }
    if (status == STATUS_OK)
        *params = train_grid_at(&grid, 0);
    return status;
}

void train_params_put(const struct train_params *params, const struct train_params *usual,
                      struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++) {
        if (usual != NULL && usual->values[i] == params->values[i])
            continue;
        if (!first)
            buf_put_char(out, ',');
        buf_put_text(out, table[i].name);
        buf_put_char(out, '=');
        number_put_f64(out, params->values[i]);
        first = false;
    }
}

size_t train_grid_count(const struct train_grid *grid)
{
    size_t count = 1;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++)
        count *= grid->value_counts[i];
    return count;
}

struct train_params train_grid_at(const struct train_grid *grid, size_t index)
{
    ASSERT(index < train_grid_count(grid));
    struct train_params params;
    for (size_t i = TRAIN_PARAM_COUNT; i-- > 0;) {
        params.values[i] = grid->values[i][index % grid->value_counts[i]];
        index /= grid->value_counts[i];
    }
    return params;
}
