/* One idea: a column is cut into many groups of about equal size, and neighbours are then joined
 * as long as they are too small, go the wrong way or do not differ (Kerber, "ChiMerge:
 * Discretization of Numeric Attributes", AAAI 1992; pooling of violators: Ayer and others, 1955).
 *
 * 1. Equal values are never apart: the groups depend on the values and not on the order of rows.
 * 2. Categories have no order of their own: they are put in the order of their rates first, and
 *    then they are joined as values are.
 * 3. A bound is the decimal of the fewest digits that parts two groups, since people read it. */
#include <math.h>
#include <stdio.h>

#include "base/assert.h"
#include "codec/number.h"
#include "model/scorecard_int.h"

#define GROUPS 100                    /* at first, and up to twice as many beside heavy values */
#define GROUPS_MAX SCORECARD_CATEGORIES_MAX
#define CLASS_ROWS_MIN 3              /* of either label in a bin */

_Static_assert(GROUPS_MAX >= 2 * GROUPS + 2, "room for the groups of a column");

/* Neighbouring values, or categories, that are one bin. */
struct group {
    double first;
    double last;
    double row_count;
    double positive_count;
    uint32_t category;                /* of a category, before any are joined */
};

struct binning {
    const struct scorecard_rows *rows;
    const struct scorecard_options *options;
    struct sort_table *table;         /* rows of the column whose values are quantities, sorted */
    size_t column;
    size_t value_count;
    struct group groups[GROUPS_MAX];
    uint32_t group_count;
    uint32_t group_sizes[GROUPS_MAX]; /* of categories: how many were joined */
    uint32_t order[GROUPS_MAX];       /* of categories: by rising rate */
};

static double value_of(const struct binning *binning, size_t row)
{
    uint32_t number = binning->rows->numbers[row];
    return (double)matrix_values(binning->rows->matrix, number)[binning->column];
}

static uint32_t special_of(const struct scorecard_options *options, double x)
{
    for (uint32_t special = 0; special < options->special_count; special++) {
        if (x == options->special_values[special])
            return special;
    }
    return UINT32_MAX;
}

/* Sorts the rows that have a quantity, and notes which special values occur. */
static void collect(struct binning *binning, struct scorecard_draft *draft)
{
    bool occurs[SCORECARD_SPECIAL_MAX] = {false};
    size_t count = 0;
    for (size_t row = 0; row < binning->rows->count; row++) {
        double x = value_of(binning, row);
        uint32_t special = special_of(binning->options, x);
        if (special != UINT32_MAX)
            occurs[special] = true;
        else if (!isnan(x))
            binning->table->items[count++] =
                (struct sort_item){sort_key_rising(x), (uint32_t)row};
    }
    for (uint32_t special = 0; special < binning->options->special_count; special++) {
        if (occurs[special])
            draft->special_values[draft->special_count++] =
                binning->options->special_values[special];
    }
    binning->value_count = count;
    sort_slice(binning->table, 0, count);
}

/* The group of all rows that have the value of row `at` in the order; returns where it ends. */
static size_t run_at(const struct binning *binning, size_t at, struct group *ret_group)
{
    const struct sort_item *items = binning->table->items;
    double x = value_of(binning, items[at].row);
    struct group group = {.first = x, .last = x};
    size_t end = at;
    for (; end < binning->value_count && items[end].key == items[at].key; end++)
        group.positive_count += binning->rows->labels[items[end].row];
    group.row_count = (double)(end - at);
    *ret_group = group;
    return end;
}

static void join(struct group *group, const struct group *next)
{
    group->last = next->last;
    group->row_count += next->row_count;
    group->positive_count += next->positive_count;
}

/* Groups of a hundredth of the rows each; a value that has as many alone is a group alone. */
static void group_values(struct binning *binning)
{
    double size = (double)binning->value_count / GROUPS;
    bool open = false;
    for (size_t at = 0; at < binning->value_count;) {
        struct group run;
        at = run_at(binning, at, &run);
        struct group *last = &binning->groups[binning->group_count];
        if (open && last[-1].row_count < size && run.row_count < size) {
            join(&last[-1], &run);
        } else {
            ASSERT(binning->group_count < GROUPS_MAX);
            *last = run;
            binning->group_count++;
        }
        open = true;
    }
}

static double rate_of(const struct group *group)
{
    return group->positive_count / group->row_count;
}

/* One group for each category, by rising rates. */
static bool group_categories(struct binning *binning, const struct train_feature *feature,
                             struct diag *diag)
{
    for (size_t at = 0; at < binning->value_count;) {
        struct group run;
        at = run_at(binning, at, &run);
        if (!(run.first >= 0 && run.first < SCORECARD_CATEGORIES_MAX)) {
            diag_set(diag, "categories", "%.*s has a category %g; a scorecard takes %d, from 0",
                     VIEW_ARG(feature->name), run.first, SCORECARD_CATEGORIES_MAX);
            return false;
        }
        run.category = (uint32_t)run.first;
        uint32_t to = binning->group_count++;
        for (; to > 0 && rate_of(&run) < rate_of(&binning->groups[to - 1]); to--)
            binning->groups[to] = binning->groups[to - 1];
        binning->groups[to] = run;
    }
    for (uint32_t group = 0; group < binning->group_count; group++) {
        binning->order[group] = binning->groups[group].category;
        binning->group_sizes[group] = 1;
    }
    return true;
}

/* Joins a group with the next. */
static void join_at(struct binning *binning, uint32_t at)
{
    join(&binning->groups[at], &binning->groups[at + 1]);
    binning->group_sizes[at] += binning->group_sizes[at + 1];
    binning->group_count--;
    for (uint32_t group = at + 1; group < binning->group_count; group++) {
        binning->groups[group] = binning->groups[group + 1];
        binning->group_sizes[group] = binning->group_sizes[group + 1];
    }
}

/* Joins neighbours whose rates go against the direction, until none do. */
static void join_violators(struct binning *binning, enum train_direction direction)
{
    double sign = direction == TRAIN_RISING ? 1 : -1;
    for (uint32_t at = 0; at + 1 < binning->group_count;) {
        double rise = rate_of(&binning->groups[at + 1]) - rate_of(&binning->groups[at]);
        if (sign * rise >= 0) {
            at++;
            continue;
        }
        join_at(binning, at);
        at -= at > 0;
    }
}

/* Pearson's chi-squared of two groups' rates. */
static double chi2(const struct group *a, const struct group *b)
{
    double rate = (a->positive_count + b->positive_count) / (a->row_count + b->row_count);
    if (rate <= 0 || rate >= 1)
        return 0;
    double gap = rate_of(a) - rate_of(b);
    return gap * gap / (rate * (1 - rate) * (1 / a->row_count + 1 / b->row_count));
}

static bool is_small(const struct binning *binning, const struct group *group)
{
    return group->row_count < binning->options->share_min * (double)binning->rows->count ||
           group->positive_count < CLASS_ROWS_MIN ||
           group->row_count - group->positive_count < CLASS_ROWS_MIN;
}

/* Joins the neighbours that differ least: first those of which one is too small. */
static void join_alike(struct binning *binning)
{
    while (binning->group_count > 1) {
        uint32_t best = 0;
        double best_chi2 = INFINITY;
        bool best_small = false;
        for (uint32_t at = 0; at + 1 < binning->group_count; at++) {
            const struct group *group = &binning->groups[at];
            bool small = is_small(binning, &group[0]) || is_small(binning, &group[1]);
            double distance = chi2(&group[0], &group[1]);
            if (small < best_small || (small == best_small && distance >= best_chi2))
                continue;
            best = at;
            best_chi2 = distance;
            best_small = small;
        }
        if (!best_small && best_chi2 >= binning->options->chi2_min &&
            binning->group_count <= binning->options->bins_max)
            break;
        join_at(binning, best);
    }
}

/* `x` rounded to so many digits. */
static double rounded(double x, int digits)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    double value = x;
    int size_bytes = snprintf(text, sizeof text, "%.*e", digits - 1, x);
    if (number_parse_f64((struct view){text, (size_t)size_bytes}, &value) != STATUS_OK)
        return x;
    return value;
}

/* The shortest number that is above `last` and not above `first`. */
static double bound_between(double last, double first)
{
    if (last < 0 && first >= 0)
        return 0;
    for (int digits = 1; digits <= 17; digits++) {
        double near_first = rounded(first, digits);
        double between = rounded(last / 2 + first / 2, digits);
        if (near_first > last && near_first <= first)
            return near_first;
        if (between > last && between <= first)
            return between;
    }
    return first;
}

static void put_bounds(const struct binning *binning, struct scorecard_draft *draft)
{
    for (uint32_t bin = 0; bin + 1 < draft->bin_count; bin++)
        draft->below[bin] =
            bound_between(binning->groups[bin].last, binning->groups[bin + 1].first);
}

static bool put_categories(const struct binning *binning, struct arena *arena,
                           struct scorecard_draft *draft)
{
    uint32_t bin = 0;
    uint32_t left = binning->group_sizes[0];
    uint32_t total = 0;
    for (uint32_t group = 0; group < binning->group_count; group++)
        total += binning->group_sizes[group];
    for (uint32_t at = 0; at < total; at++) {
        if (binning->order[at] >= draft->category_count)
            draft->category_count = binning->order[at] + 1;
    }
    draft->category_bins = arena_array(arena, draft->category_count, sizeof(uint16_t));
    if (draft->category_bins == NULL)
        return false;
    for (uint32_t category = 0; category < draft->category_count; category++)
        draft->category_bins[category] = SCORECARD_NO_BIN;
    for (uint32_t at = 0; at < total; at++) {
        if (left == 0)
            left = binning->group_sizes[++bin];
        draft->category_bins[binning->order[at]] = (uint16_t)bin;
        left--;
    }
    return true;
}

/* Counts the rows of each cell, as they will be asked when they are served. */
static void count_cells(const struct binning *binning, struct scorecard_draft *draft)
{
    const struct scorecard_feature feature = scorecard_draft_feature(draft);
    for (size_t row = 0; row < binning->rows->count; row++) {
        uint32_t place = scorecard_place(&feature, value_of(binning, row));
        ASSERT(place <= draft->bin_count + draft->special_count);
        draft->cells[place].row_count++;
        draft->cells[place].positive_count += binning->rows->labels[row];
    }
}

struct scorecard_feature scorecard_draft_feature(const struct scorecard_draft *draft)
{
    return (struct scorecard_feature){
        .category = draft->category,
        .bin_count = draft->bin_count,
        .below = draft->below,
        .category_count = draft->category_count,
        .category_bins = draft->category_bins,
        .special_count = draft->special_count,
        .special_values = draft->special_values,
        .cells = draft->cells,
    };
}

static enum status make_bins(struct binning *binning, const struct train_feature *feature,
                             struct arena *arena, struct scorecard_draft *draft, struct diag *diag)
{
    draft->category = feature->category;
    collect(binning, draft);
    if (!feature->category)
        group_values(binning);
    else if (!group_categories(binning, feature, diag))
        return STATUS_LIMIT;
    if (!feature->category && feature->direction != TRAIN_EITHER_WAY)
        join_violators(binning, feature->direction);
    join_alike(binning);
    draft->bin_count = binning->group_count > 0 ? binning->group_count : 1;
    if (!feature->category)
        put_bounds(binning, draft);
    else if (!put_categories(binning, arena, draft))
        return STATUS_NO_MEMORY;
    count_cells(binning, draft);
    return STATUS_OK;
}

enum status scorecard_bin(const struct scorecard_rows *rows, size_t column,
                          const struct train_feature *feature,
                          const struct scorecard_options *options, struct sort_table *table,
                          struct arena *arena, struct scorecard_draft *ret_draft,
                          struct diag *diag)
{
    struct binning *binning = mem_zeroed(table->mem, sizeof *binning);
    if (binning == NULL)
        return STATUS_NO_MEMORY;
    binning->rows = rows;
    binning->options = options;
    binning->table = table;
    binning->column = column;
    enum status status = make_bins(binning, feature, arena, ret_draft, diag);
    mem_free(table->mem, binning, sizeof *binning);
    return status;
}
