/* One idea: a body is read part by part, and each reader says with the byte what it did not like.
 * Sums cannot overflow: SCORECARD_FEATURES_MAX cells of SCORECARD_CELL_POINTS_MAX points fit in 32
 * bits, and as many log-odds of LOG_ODDS_MAX are far from infinity. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/real.h"
#include "model/scorecard_int.h"

#define LOG_ODDS_MAX 1e6

/* What reading needs everywhere. */
struct reading {
    struct arena *arena;
    struct diag *diag;
    uint32_t feature;   /* which one is being read, or UINT32_MAX outside of them */
    enum status status;
};

static bool refuse(struct reading *reading, const struct tree_value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Refuses the value, which may be NULL where it is what is missing; false. */
static bool refuse(struct reading *reading, const struct tree_value *value, const char *format, ...)
{
    char text[DIAG_MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char where[48] = "scorecard";
    if (reading->feature != UINT32_MAX)
        snprintf(where, sizeof where, "feature %u of the scorecard", (unsigned)reading->feature);
    if (value != NULL)
        diag_set(reading->diag, "scorecard", "byte %u, %s: %s", (unsigned)value->offset, where,
                 text);
    else
        diag_set(reading->diag, "scorecard", "%s: %s", where, text);
    reading->status = STATUS_INVALID;
    return false;
}

static void *room(struct reading *reading, size_t count, size_t item_size)
{
    void *memory = arena_array(reading->arena, count, item_size);
    if (memory == NULL)
        reading->status = STATUS_NO_MEMORY;
    return memory;
}

static bool read_number(struct reading *reading, const struct tree_value *object, const char *name,
                        double least, double most, double *ret_value)
{
    const struct tree_value *value = tree_field(object, view_of(name));
    double number;
    if (!tree_f64(value, &number) || !(number >= least && number <= most))
        return refuse(reading, value != NULL ? value : object,
                      "\"%s\" is to be a number from %g to %g", name, least, most);
    *ret_value = number;
    return true;
}

static bool read_whole(struct reading *reading, const struct tree_value *object, const char *name,
                       int64_t least, int64_t most, int64_t *ret_value)
{
    const struct tree_value *value = tree_field(object, view_of(name));
    int64_t whole;
    if (!tree_i64(value, &whole) || whole < least || whole > most)
        return refuse(reading, value != NULL ? value : object,
                      "\"%s\" is to be a whole number from %lld to %lld", name, (long long)least,
                      (long long)most);
    *ret_value = whole;
    return true;
}

static bool read_points(struct reading *reading, const struct tree_value *object, const char *name,
                        int32_t *ret_points)
{
    int64_t whole;
    if (!read_whole(reading, object, name, -SCORECARD_CELL_POINTS_MAX, SCORECARD_CELL_POINTS_MAX,
                    &whole))
        return false;
    *ret_points = (int32_t)whole;
    return true;
}

static bool read_cell(struct reading *reading, const struct tree_value *value,
                      struct scorecard_cell *ret_cell)
{
    int64_t rows;
    int64_t positives;
    if (value == NULL || value->kind != TREE_OBJECT)
        return refuse(reading, value, "a bin is to be an object, and one for missing values");
    if (!read_number(reading, value, "log_odds", -LOG_ODDS_MAX, LOG_ODDS_MAX,
                     &ret_cell->log_odds) ||
        !read_points(reading, value, "points", &ret_cell->points) ||
        !read_whole(reading, value, "rows", 0, INT64_MAX, &rows) ||
        !read_whole(reading, value, "positives", 0, rows, &positives))
        return false;
    ret_cell->row_count = (uint64_t)rows;
    ret_cell->positive_count = (uint64_t)positives;
    return true;
}

static bool read_bounds(struct reading *reading, const struct tree_value *value,
                        struct scorecard_feature *feature)
{
    if (!tree_is_run(value) || value->count + 1 != feature->bin_count)
        return refuse(reading, value, "\"below\" is to have one number less than there are bins");
    double *below = room(reading, value->count, sizeof *below);
    if (below == NULL)
        return false;
    for (uint32_t bound = 0; bound < value->count; bound++) {
        below[bound] = tree_run_f64(value, bound);
        if (!isfinite(below[bound]) || (bound > 0 && below[bound] <= below[bound - 1]))
            return refuse(reading, value, "\"below\" is to be finite and to rise");
    }
    feature->below = below;
    return true;
}

static bool read_categories(struct reading *reading, const struct tree_value *value,
                            struct scorecard_feature *feature)
{
    if (!tree_is_whole_run(value) || value->count > SCORECARD_CATEGORIES_MAX)
        return refuse(reading, value, "\"categories\" is to be up to %d whole numbers",
                      SCORECARD_CATEGORIES_MAX);
    uint16_t *bins = room(reading, value->count, sizeof *bins);
    if (bins == NULL)
        return false;
    for (uint32_t category = 0; category < value->count; category++) {
        int64_t bin = tree_run_i64(value, category);
        if (bin < -1 || bin >= feature->bin_count)
            return refuse(reading, value, "category %u has no bin %lld", (unsigned)category,
                          (long long)bin);
        bins[category] = bin < 0 ? SCORECARD_NO_BIN : (uint16_t)bin;
    }
    feature->category = true;
    feature->category_count = value->count;
    feature->category_bins = bins;
    return true;
}

/* The special values, whose cells go behind those of the bins. */
static bool read_special(struct reading *reading, const struct tree_value *list,
                         struct scorecard_cell *cells, struct scorecard_feature *feature)
{
    double *values = room(reading, feature->special_count, sizeof *values);
    if (values == NULL)
        return false;
    const struct tree_value *value = tree_first(list);
    for (uint32_t special = 0; special < feature->special_count; special++, value = value->next) {
        if (value == NULL)
            return refuse(reading, list, "a special value is to be an object");
        if (!read_number(reading, value, "value", -1e300, 1e300, &values[special]) ||
            !read_cell(reading, tree_field(value, VIEW("cell")), &cells[special]))
            return false;
    }
    feature->special_values = values;
    return true;
}

static bool is_list(const struct tree_value *value, uint32_t least, uint32_t most)
{
    return value != NULL && value->kind == TREE_ARRAY && value->count >= least &&
           value->count <= most;
}

static bool read_cells(struct reading *reading, const struct tree_value *value,
                       const struct tree_value *bins, const struct tree_value *special,
                       struct scorecard_feature *feature)
{
    feature->bin_count = bins->count;
    feature->special_count = special->count;
    struct scorecard_cell *cells =
        room(reading, (size_t)bins->count + special->count + 1, sizeof *cells);
    if (cells == NULL)
        return false;
    const struct tree_value *bin = tree_first(bins);
    for (uint32_t at = 0; at < bins->count; at++, bin = bin->next) {
        if (!read_cell(reading, bin, &cells[at]))
            return false;
    }
    feature->cells = cells;
    return read_special(reading, special, cells + bins->count, feature) &&
           read_cell(reading, tree_field(value, VIEW("missing")),
                     &cells[bins->count + special->count]);
}

static bool read_feature(struct reading *reading, const struct tree_value *value,
                         struct scorecard_feature *feature)
{
    const struct tree_value *bins = tree_field(value, VIEW("bins"));
    const struct tree_value *special = tree_field(value, VIEW("special"));
    const struct tree_value *categories = tree_field(value, VIEW("categories"));
    if (!is_list(bins, 1, SCORECARD_BINS_MAX))
        return refuse(reading, bins != NULL ? bins : value, "\"bins\" is to be 1 to %d bins",
                      SCORECARD_BINS_MAX);
    if (!is_list(special, 0, SCORECARD_SPECIAL_MAX))
        return refuse(reading, special != NULL ? special : value,
                      "\"special\" is to be up to %d values", SCORECARD_SPECIAL_MAX);
    if (!read_cells(reading, value, bins, special, feature))
        return false;
    return categories != NULL ? read_categories(reading, categories, feature)
                              : read_bounds(reading, tree_field(value, VIEW("below")), feature);
}

static bool read_scale(struct reading *reading, const struct tree_value *body,
                       struct scorecard *card)
{
    struct scorecard_scale *scale = &card->scale;
    const struct tree_value *value = tree_field(body, VIEW("scale"));
    if (!read_points(reading, value, "points", &scale->points) ||
        !read_number(reading, value, "odds", SCORECARD_ODDS_MIN, SCORECARD_ODDS_MAX,
                     &scale->odds) ||
        !read_number(reading, value, "double", 1, SCORECARD_DOUBLE_MAX, &scale->to_double) ||
        !read_points(reading, value, "least", &scale->least) ||
        !read_points(reading, value, "most", &scale->most))
        return false;
    if (scale->least >= scale->most)
        return refuse(reading, value, "\"least\" is not below \"most\"");
    card->factor = scale->to_double / SCORECARD_LN2;
    card->even_points = scale->points - card->factor * real_log(scale->odds);
    return true;
}

static bool read_features(struct reading *reading, const struct tree_value *list,
                          struct scorecard *card)
{
    struct scorecard_feature *features = room(reading, card->feature_count, sizeof *features);
    if (features == NULL)
        return false;
    const struct tree_value *value = tree_first(list);
    for (uint32_t at = 0; at < card->feature_count; at++, value = value->next) {
        if (value == NULL)
            return refuse(reading, list, "a feature is to be an object");
        reading->feature = at;
        if (!read_feature(reading, value, &features[at]))
            return false;
    }
    card->features = features;
    return true;
}

enum status scorecard_read(const struct tree_value *body, uint32_t feature_count,
                           struct arena *arena, struct scorecard *ret_card, struct diag *diag)
{
    struct reading reading = {arena, diag, UINT32_MAX, STATUS_OK};
    struct scorecard card = {.feature_count = feature_count};
    const struct tree_value *base = tree_field(body, VIEW("base"));
    const struct tree_value *features = tree_field(body, VIEW("features"));
    if (feature_count > SCORECARD_FEATURES_MAX) {
        diag_set(diag, "scorecard", "a scorecard has at most %d features", SCORECARD_FEATURES_MAX);
        return STATUS_LIMIT;
    }
    if (!is_list(features, feature_count, feature_count)) {
        refuse(&reading, features != NULL ? features : body,
               "\"features\" is to have the %u that the file names", (unsigned)feature_count);
        return reading.status;
    }
    if (!read_scale(&reading, body, &card) ||
        !read_number(&reading, base, "log_odds", -LOG_ODDS_MAX, LOG_ODDS_MAX,
                     &card.base_log_odds) ||
        !read_points(&reading, base, "points", &card.base_points) ||
        !read_features(&reading, features, &card))
        return reading.status;
    *ret_card = card;
    return STATUS_OK;
}
