/* One idea: weights of evidence make every column speak log-odds, so one coefficient for each is
 * all there is to fit, and what a cell is worth is its weight times that coefficient.
 *
 * 1. The weight of evidence of a cell is the log of its odds over the average odds (Good, 1950), of
 *    which the average over the rows is taken off: the base is the average row.
 * 2. Points are rounded cell by cell, halves up, and so is the base: the score is the sum of whole
 *    numbers, and at most half a point for each of them from the exact one. */
#include <math.h>

#include "base/assert.h"
#include "codec/number.h"
#include "model/real.h"
#include "model/scorecard_int.h"

#define RIDGE_LEAST 1e-9
#define RIDGE_MOST 1e9
#define SMOOTHING_LEAST 1e-3
#define SMOOTHING_MOST 1e6

/* A card being made. */
struct making {
    const struct scorecard_job *job;
    struct mem *mem;
    struct arena arena;
    struct scorecard_rows rows;
    uint8_t *labels;               /* owned, as the three below */
    uint8_t *places;
    struct sort_table table;
    uint32_t feature_count;
    struct scorecard_draft *drafts; /* in the arena, as what follows */
    double *weights;
    double *coefficients;
    double intercept;
};

struct scorecard_options scorecard_options_default(void)
{
    return (struct scorecard_options){
        .bins_max = 20,
        .share_min = 0.005,
        .chi2_min = 6.63,
        .smoothing = 5,
        .ridge = 1,
        .scale = {.points = 660, .odds = 15, .to_double = 40, .least = 300, .most = 850},
    };
}

static bool within(double x, double least, double most)
{
    return x >= least && x <= most;
}

static enum status check_options(const struct scorecard_options *options, struct diag *diag)
{
    const struct scorecard_scale *scale = &options->scale;
    const char *wrong = NULL;
    if (!within(options->bins_max, 2, SCORECARD_BINS_MAX))
        wrong = "the most bins of a feature";
    else if (!within(options->share_min, 1e-9, 0.5))
        wrong = "the least share of the rows in a bin";
    else if (!within(options->chi2_min, 0, 1e9))
        wrong = "the least chi-squared of neighbours";
    else if (!within(options->smoothing, SMOOTHING_LEAST, SMOOTHING_MOST))
        wrong = "the smoothing";
    else if (!within(options->ridge, RIDGE_LEAST, RIDGE_MOST))
        wrong = "the ridge";
    else if (options->special_count > SCORECARD_SPECIAL_MAX)
        wrong = "the number of special values";
    else if (!within(scale->points, -SCORECARD_CELL_POINTS_MAX, SCORECARD_CELL_POINTS_MAX) ||
             !within(scale->odds, SCORECARD_ODDS_MIN, SCORECARD_ODDS_MAX) ||
             !within(scale->to_double, 1, SCORECARD_DOUBLE_MAX))
        wrong = "the scale of the points";
    else if (!within(scale->least, -SCORECARD_CELL_POINTS_MAX, scale->most - 1.0) ||
             scale->most > SCORECARD_CELL_POINTS_MAX)
        wrong = "the least and the most of a score";
    if (wrong == NULL)
        return STATUS_OK;
    diag_set(diag, "scorecard-options", "%s: out of range", wrong);
    return STATUS_INVALID;
}

/* The labels of the rows, of both kinds. */
static enum status take_rows(struct making *making, struct diag *diag)
{
    const struct train_rows *fit = &making->job->fit;
    if (fit->count == 0) {
        diag_set(diag, "no-rows", "there are no rows to make a scorecard of");
        return STATUS_INVALID;
    }
    making->labels = mem_array(making->mem, NULL, 0, fit->count, 1);
    if (making->labels == NULL)
        return STATUS_NO_MEMORY;
    size_t positives = 0;
    for (size_t row = 0; row < fit->count; row++) {
        making->labels[row] =
            matrix_is_positive(making->job->matrix, fit->rows[row], fit->as_of_ms);
        positives += making->labels[row];
    }
    making->rows = (struct scorecard_rows){making->job->matrix, fit->rows, fit->count,
                                           making->labels, positives};
    if (positives > 0 && positives < fit->count)
        return STATUS_OK;
    diag_set(diag, "one-class", "all %zu rows have the label %s; a scorecard needs both",
             fit->count, positives > 0 ? "true" : "false");
    return STATUS_INVALID;
}

static enum status take_features(struct making *making, struct diag *diag)
{
    const struct matrix *matrix = making->job->matrix;
    size_t count = 0;
    for (size_t column = 0; column < matrix->feature_count; column++)
        count += !making->job->features[column].excluded;
    if (count == 0 || count > SCORECARD_FEATURES_MAX) {
        diag_set(diag, "features", "a scorecard has 1 to %d features, not %zu",
                 SCORECARD_FEATURES_MAX, count);
        return count == 0 ? STATUS_INVALID : STATUS_LIMIT;
    }
    making->feature_count = (uint32_t)count;
    making->drafts = arena_array(&making->arena, count, sizeof *making->drafts);
    making->weights =
        arena_array(&making->arena, count * SCORECARD_CELLS_MAX, sizeof *making->weights);
    making->coefficients = arena_array(&making->arena, count, sizeof *making->coefficients);
    making->places = mem_array(making->mem, NULL, 0, making->rows.count, count);
    bool complete = making->drafts != NULL && making->weights != NULL &&
                    making->coefficients != NULL && making->places != NULL;
    return complete ? STATUS_OK : STATUS_NO_MEMORY;
}

static uint32_t cell_count(const struct scorecard_draft *draft)
{
    return draft->bin_count + draft->special_count + 1;
}

/* The cell of each row, for one column. */
static void place_rows(struct making *making, uint32_t feature, size_t column)
{
    struct scorecard_feature seen = scorecard_draft_feature(&making->drafts[feature]);
    for (size_t row = 0; row < making->rows.count; row++) {
        float x = matrix_values(making->job->matrix, making->rows.numbers[row])[column];
        making->places[row * making->feature_count + feature] =
            (uint8_t)scorecard_place(&seen, (double)x);
    }
}

/* Weights of evidence, about 0 on average. */
static void weigh(const struct making *making, uint32_t feature)
{
    const struct scorecard_draft *draft = &making->drafts[feature];
    double *weights = &making->weights[(size_t)feature * SCORECARD_CELLS_MAX];
    double count = (double)making->rows.count;
    double share = (double)making->rows.positive_count / count;
    double smoothing = making->job->options.smoothing;
    double mean = 0;
    for (uint32_t cell = 0; cell < cell_count(draft); cell++) {
        double rows = (double)draft->cells[cell].row_count;
        double positives = (double)draft->cells[cell].positive_count;
        weights[cell] = real_log((positives + smoothing * share) /
                                 (rows - positives + smoothing * (1 - share))) -
                        real_log(share / (1 - share));
        mean += weights[cell] * rows / count;
    }
    for (uint32_t cell = 0; cell < cell_count(draft); cell++)
        weights[cell] = draft->cells[cell].row_count == 0 ? 0 : weights[cell] - mean;
}

static enum status make_bins(struct making *making, struct diag *diag)
{
    const struct matrix *matrix = making->job->matrix;
    bool any_value = false;
    uint32_t feature = 0;
    enum status status = sort_init(&making->table, making->mem, making->rows.count);
    for (size_t column = 0; column < matrix->feature_count && status == STATUS_OK; column++) {
        const struct train_feature *asked = &making->job->features[column];
        if (asked->excluded)
            continue;
        struct scorecard_draft *draft = &making->drafts[feature];
        status = scorecard_bin(&making->rows, column, asked, &making->job->options,
                               &making->table, &making->arena, draft, diag);
        if (status != STATUS_OK)
            break;
        any_value = any_value ||
                    draft->cells[cell_count(draft) - 1].row_count < making->rows.count;
        place_rows(making, feature, column);
        weigh(making, feature++);
    }
    if (status != STATUS_OK || any_value)
        return status;
    diag_set(diag, "no-values", "all values of all features are missing");
    return STATUS_INVALID;
}

static double whole(double x)
{
    return fmax(-SCORECARD_CELL_POINTS_MAX, fmin(SCORECARD_CELL_POINTS_MAX, floor(x + 0.5)));
}

static void put_field(struct buf *body, const char *before, double value)
{
    buf_put_text(body, before);
    number_put_f64(body, value);
}

static void put_cell(const struct making *making, uint32_t feature, uint32_t at, struct buf *body)
{
    const struct scorecard_cell *cell = &making->drafts[feature].cells[at];
    double log_odds = making->coefficients[feature] *
                      making->weights[(size_t)feature * SCORECARD_CELLS_MAX + at];
    double factor = making->job->options.scale.to_double / SCORECARD_LN2;
    put_field(body, "{\"log_odds\":", log_odds + 0.0);
    put_field(body, ",\"points\":", whole(-factor * log_odds) + 0.0);
    buf_put_text(body, ",\"rows\":");
    buf_put_u64(body, cell->row_count);
    buf_put_text(body, ",\"positives\":");
    buf_put_u64(body, cell->positive_count);
    buf_put_char(body, '}');
}

/* What parts the bins: bounds, or the bin of each category. */
static void put_parting(const struct scorecard_draft *draft, struct buf *body)
{
    buf_put_text(body, draft->category ? "{\"categories\":[" : "{\"below\":[");
    for (uint32_t at = 0; !draft->category && at + 1 < draft->bin_count; at++)
        put_field(body, at > 0 ? "," : "", draft->below[at]);
    for (uint32_t at = 0; at < draft->category_count; at++) {
        uint16_t bin = draft->category_bins[at];
        put_field(body, at > 0 ? "," : "", bin == SCORECARD_NO_BIN ? -1.0 : bin);
    }
    buf_put_char(body, ']');
}

static void put_feature(const struct making *making, uint32_t feature, struct buf *body)
{
    const struct scorecard_draft *draft = &making->drafts[feature];
    put_parting(draft, body);
    for (uint32_t bin = 0; bin < draft->bin_count; bin++) {
        buf_put_text(body, bin == 0 ? ",\"bins\":[" : ",");
        put_cell(making, feature, bin, body);
    }
    buf_put_text(body, "],\"special\":[");
    for (uint32_t special = 0; special < draft->special_count; special++) {
        put_field(body, special > 0 ? ",{\"value\":" : "{\"value\":",
                  draft->special_values[special]);
        buf_put_text(body, ",\"cell\":");
        put_cell(making, feature, draft->bin_count + special, body);
        buf_put_char(body, '}');
    }
    buf_put_text(body, "],\"missing\":");
    put_cell(making, feature, draft->bin_count + draft->special_count, body);
    buf_put_char(body, '}');
}

static void put_body(const struct making *making, struct buf *body)
{
    const struct scorecard_scale *scale = &making->job->options.scale;
    double factor = scale->to_double / SCORECARD_LN2;
    double base = scale->points - factor * (making->intercept + real_log(scale->odds));
    put_field(body, "{\"scale\":{\"points\":", scale->points);
    put_field(body, ",\"odds\":", scale->odds);
    put_field(body, ",\"double\":", scale->to_double);
    put_field(body, ",\"least\":", scale->least);
    put_field(body, ",\"most\":", scale->most);
    put_field(body, "},\"base\":{\"log_odds\":", making->intercept);
    put_field(body, ",\"points\":", whole(base) + 0.0);
    buf_put_text(body, "},\"features\":[");
    for (uint32_t feature = 0; feature < making->feature_count; feature++) {
        if (feature > 0)
            buf_put_char(body, ',');
        put_feature(making, feature, body);
    }
    buf_put_text(body, "]}");
}

static enum status make_card(struct making *making, struct diag *diag)
{
    enum status status = take_rows(making, diag);
    if (status == STATUS_OK)
        status = take_features(making, diag);
    if (status == STATUS_OK)
        status = make_bins(making, diag);
    if (status != STATUS_OK)
        return status;
    const struct scorecard_fit fit = {&making->rows, making->places, making->feature_count,
                                      making->weights, making->job->options.ridge};
    return scorecard_fit(&fit, making->mem, making->coefficients, &making->intercept);
}

static void making_done(struct making *making)
{
    size_t count = making->job->fit.count;
    sort_done(&making->table);
    mem_free(making->mem, making->places, count * making->feature_count);
    mem_free(making->mem, making->labels, count);
    arena_done(&making->arena);
}

enum status scorecard_train(const struct scorecard_job *job, struct mem *mem, struct buf *body,
                            struct scorecard_result *ret_result, struct diag *diag)
{
    enum status status = check_options(&job->options, diag);
    if (status != STATUS_OK)
        return status;
    struct making making = {.job = job, .mem = mem};
    arena_init(&making.arena, mem, 0);
    status = make_card(&making, diag);
    if (status == STATUS_OK) {
        put_body(&making, body);
        status = buf_status(body);
    }
    if (status == STATUS_OK) {
        uint32_t used_count = 0;
        for (uint32_t feature = 0; feature < making.feature_count; feature++)
            used_count += making.coefficients[feature] > 0;
        *ret_result = (struct scorecard_result){making.rows.count, making.rows.positive_count,
                                                making.feature_count, used_count};
    }
    making_done(&making);
    return status;
}
