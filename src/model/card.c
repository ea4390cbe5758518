/* One idea: a card is counted from the rows alone, through the model as it will be served, so that
 * what it says of the model is what users of the model will see. */
#include "model/card.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "model/judge.h"
#include "model/real.h"
#include "model/sort_int.h"

/* Values of features that are held at a time to be summarised; at least the rows of one. */
#define POPULATION_CELLS ((size_t)4 << 20)
_Static_assert(POPULATION_CELLS >= CARD_POPULATION_ROWS_MAX, "one feature at least");

struct builder {
    const struct card_input *input;
    struct mem *mem;
    struct arena *arena;
    struct diag *diag;
    struct card card;
    bool probabilities;  /* scores are such, so that they can be held against what came */
};

/* ---- what is copied ---- */

/* Copies a text, '?' for bytes that are no UTF-8: JSON cannot hold them. */
static enum status copy_text(struct builder *builder, struct view text, struct view *ret_copy)
{
    char *copy = arena_alloc(builder->arena, text.size_bytes);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    if (text.size_bytes > 0)
        memcpy(copy, text.data, text.size_bytes);
    for (size_t at = 0; at < text.size_bytes; at++) {
        at += utf8_valid_prefix(copy + at, text.size_bytes - at);
        if (at < text.size_bytes)
            copy[at] = '?';
    }
    *ret_copy = (struct view){copy, text.size_bytes};
    return STATUS_OK;
}

static enum status copy_texts(struct builder *builder)
{
    const struct card_input *input = builder->input;
    struct card *card = &builder->card;
    const struct {
        struct view from;
        struct view *to;
    } texts[] = {
        {input->model_name, &card->model_name},
        {view_of(model_hash(input->model)), &card->model_hash},
        {input->policy_name, &card->policy_name},
        {input->policy_hash, &card->policy_hash},
        {input->made_by, &card->made_by},
        {input->label, &card->label},
        {input->entity, &card->entity},
        {input->currency, &card->currency},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof texts / sizeof texts[0]; i++)
        status = copy_text(builder, texts[i].from, texts[i].to);
    card->model_kind = view_of(model_kind_text(model_kind(input->model)));
    return status;
}

static enum status copy_parameters(struct builder *builder)
{
    const struct card_input *input = builder->input;
    struct card_parameter *parameters =
        arena_array(builder->arena, input->parameter_count, sizeof *parameters);
    struct view *excluded =
        arena_array(builder->arena, input->excluded_count, sizeof *excluded);
    if (parameters == NULL || excluded == NULL)
        return STATUS_NO_MEMORY;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < input->parameter_count; i++) {
        status = copy_text(builder, input->parameters[i].name, &parameters[i].name);
        if (status == STATUS_OK)
            status = copy_text(builder, input->parameters[i].value, &parameters[i].value);
    }
    for (size_t i = 0; status == STATUS_OK && i < input->excluded_count; i++)
        status = copy_text(builder, input->excluded[i], &excluded[i]);
    builder->card.parameters = parameters;
    builder->card.parameter_count = input->parameter_count;
    builder->card.excluded = excluded;
    builder->card.excluded_count = input->excluded_count;
    return status;
}

static double major_units(const struct builder *builder, int64_t minor)
{
    double unit = 1;
    for (unsigned i = 0; i < builder->input->currency_exponent; i++)
        unit *= 10;
    return (double)minor / unit;
}

static void copy_numbers(struct builder *builder)
{
    const struct card_input *input = builder->input;
    struct card *card = &builder->card;
    card->train = input->train;
    card->delay_ms = input->delay_ms;
    card->train_rows = input->train_rows;
    card->train_positives = input->train_positives;
    card->seed = input->seed;
    card->precision_at = input->precision_at;
    card->reviews_per_day = input->reviews_per_day;
    card->review_cost = major_units(builder, input->review_cost_minor);
}

/* ---- folds ---- */

static size_t count_positives(const struct card_rows *rows)
{
    size_t positives = 0;
    for (size_t i = 0; i < rows->count; i++)
        positives += rows->truths[i];
    return positives;
}

static enum status copy_curve(struct builder *builder, const struct card_point *points,
                              size_t count, struct card_curve *ret_curve)
{
    struct card_point *copy = arena_array(builder->arena, count, sizeof *copy);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    if (count > 0)
        memcpy(copy, points, count * sizeof *copy);
    *ret_curve = (struct card_curve){count, copy};
    return STATUS_OK;
}

static enum status draw_curves(struct builder *builder, const struct measure *measure)
{
    struct measure_point points[CARD_CURVE_POINTS_MAX];
    struct card_point curves[3][CARD_CURVE_POINTS_MAX];
    struct measure_point total = measure_total(measure);
    size_t count;
    measure_curve(measure, CARD_CURVE_POINTS_MAX, points, &count);
    for (size_t i = 0; i < count; i++) {
        double reviewed = (double)points[i].row_count;
        double share = reviewed / (double)total.row_count;
        double recall = (double)points[i].hit_count / (double)total.hit_count;
        curves[0][i] = (struct card_point){
            recall, reviewed > 0 ? (double)points[i].hit_count / reviewed : 1, 0};
        curves[1][i] = (struct card_point){share, recall, 0};
        curves[2][i] =
            (struct card_point){share, (double)points[i].hit_minor / (double)total.hit_minor, 0};
    }
    struct card *card = &builder->card;
    enum status status = copy_curve(builder, curves[0], count, &card->precision_recall);
    if (status == STATUS_OK)
        status = copy_curve(builder, curves[1], count, &card->gains);
    if (status == STATUS_OK)
        status = copy_curve(builder, curves[2], total.hit_minor > 0 ? count : 0,
                            &card->gains_money);
    return status;
}

static enum status draw_reliability(struct builder *builder, const struct measure_bin *bins)
{
    struct card_point points[CARD_RELIABILITY_BINS];
    size_t count = 0;
    for (size_t i = 0; i < CARD_RELIABILITY_BINS; i++) {
        double rows = (double)bins[i].row_count;
        if (rows > 0)
            points[count++] = (struct card_point){bins[i].score_mean,
                                                  (double)bins[i].hit_count / rows, rows};
    }
    return copy_curve(builder, points, count, &builder->card.reliability);
}

static void count_scores(struct card *card, const double *scores, const bool *truths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double bin = scores[i] * CARD_SCORE_BINS;
        size_t index = bin > 0 ? (size_t)bin : 0;
        card->scores[truths[i]][index < CARD_SCORE_BINS ? index : CARD_SCORE_BINS - 1]++;
    }
}

/* The curves of the last fold. */
static enum status draw(struct builder *builder, const struct judge_rows *rows,
                        const struct measure_bin *bins)
{
    const struct measure_rows ranked = {rows->count, rows->margins, rows->truths,
                                        rows->amounts_minor};
    struct measure *measure;
    enum status status = measure_new(&ranked, builder->mem, &measure, builder->diag);
    if (status != STATUS_OK)
        return status;
    status = draw_curves(builder, measure);
    if (status == STATUS_OK && rows->scores != NULL)
        status = draw_reliability(builder, bins);
    measure_free(measure);
    return status;
}

/* What the probabilities were worth before calibration. */
static enum status judge_raw(struct builder *builder, const struct card_rows *rows, double *scores,
                             struct card_fold *fold)
{
    struct measure *measure;
    struct measure_bin bins[CARD_RELIABILITY_BINS];
    struct measure_fit fit;
    for (size_t i = 0; i < rows->count; i++)
        scores[i] = real_logistic(rows->margins[i]);
    const struct measure_rows raw = {rows->count, scores, rows->truths, NULL};
    enum status status = measure_new(&raw, builder->mem, &measure, builder->diag);
    if (status != STATUS_OK)
        return status;
    status = measure_probabilities(measure, CARD_RELIABILITY_BINS, bins, &fit, builder->diag);
    if (status == STATUS_OK) {
        fold->brier_raw = fit.brier;
        fold->calibration_error_raw = fit.calibration_error;
    }
    measure_free(measure);
    return status;
}

/* Figures and, for the last fold, curves. scores: calibrated. */
static enum status judge_scores(struct builder *builder, const struct card_rows *rows,
                                const double *scores, bool last, struct card_fold *fold)
{
    const struct card_input *input = builder->input;
    const struct judge_capacity capacity = {input->reviews_per_day, input->precision_at,
                                            input->review_cost_minor};
    const struct judge_rows judged = {rows->count, rows->margins,
                                      builder->probabilities ? scores : NULL, rows->truths,
                                      rows->days, rows->amounts_minor, rows->entities};
    struct judge_figures figures;
    enum status status = judge(&judged, &capacity, builder->mem, &figures, builder->diag);
    if (status != STATUS_OK)
        return status;
    fold->auc = figures.auc;
    fold->average_precision = figures.average_precision;
    fold->entity_precision = figures.entity_precision;
    fold->review_precision = figures.precision;
    fold->review_recall = figures.recall;
    fold->brier = figures.brier;
    fold->calibration_error = figures.calibration_error;
    if (rows->amounts_minor != NULL && input->reviews_per_day > 0)
        fold->saved = major_units(builder, figures.saved_minor);
    return last ? draw(builder, &judged, figures.bins) : STATUS_OK;
}

static enum status judge_with(struct builder *builder, const struct card_rows *rows, bool last,
                              double *scores, struct card_fold *fold)
{
    builder->probabilities = model_kind(builder->input->model) != MODEL_ISOLATION;
    for (size_t i = 0; i < rows->count; i++) {
        scores[i] = model_score_of(builder->input->model, rows->margins[i]);
        if (scores[i] < 0 || scores[i] > 1)
            builder->probabilities = false;
    }
    if (last) {
        count_scores(&builder->card, scores, rows->truths, rows->count);
        enum status made = histogram_make(scores, rows->count, builder->mem,
                                          &builder->card.score_population);
        if (made != STATUS_OK)
            return made;
    }
    if (fold->positives == 0 || fold->positives == fold->rows)
        return STATUS_OK;
    enum status status = judge_scores(builder, rows, scores, last, fold);
    if (status == STATUS_OK && builder->probabilities)
        status = judge_raw(builder, rows, scores, fold);
    return status;
}

static enum status check_rows(const struct card_rows *rows, struct diag *diag)
{
    if (rows->count == 0) {
        diag_set(diag, "card-rows", "there is no row to judge the model by");
        return STATUS_INVALID;
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (isnan(rows->margins[i])) {
            diag_set(diag, "card-margin", "the model gives no score for row %zu of those that it "
                     "is judged by", i + 1);
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

static enum status judge_fold(struct builder *builder, const struct card_rows *rows, bool last,
                              struct card_fold *fold)
{
    enum status status = check_rows(rows, builder->diag);
    if (status != STATUS_OK)
        return status;
    *fold = (struct card_fold){
        .role = rows->role, .window = rows->window, .rows = rows->count,
        .positives = count_positives(rows),
        .auc = NAN, .average_precision = NAN, .entity_precision = NAN, .review_precision = NAN,
        .review_recall = NAN, .saved = NAN, .brier_raw = NAN, .brier = NAN,
        .calibration_error_raw = NAN, .calibration_error = NAN};
    double *scores = mem_array(builder->mem, NULL, 0, rows->count, sizeof *scores);
    if (scores == NULL)
        return STATUS_NO_MEMORY;
    status = copy_text(builder, rows->name, &fold->name);
    if (status == STATUS_OK)
        status = judge_with(builder, rows, last, scores, fold);
    mem_free(builder->mem, scores, rows->count * sizeof *scores);
    return status;
}

static enum status judge_folds(struct builder *builder)
{
    const struct card_input *input = builder->input;
    struct card_fold *folds = arena_array(builder->arena, input->fold_count, sizeof *folds);
    if (folds == NULL)
        return STATUS_NO_MEMORY;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < input->fold_count; i++)
        status = judge_fold(builder, &input->folds[i], i + 1 == input->fold_count, &folds[i]);
    builder->card.folds = folds;
    builder->card.fold_count = input->fold_count;
    return status;
}

/* ---- features ---- */

/* Evenly spaced rows of the last fold, one at a time. */
static void fill_sample(const struct card_rows *rows, size_t index, size_t count, double *ret_row)
{
    size_t step = rows->count / count;
    size_t rest = rows->count % count;
    rows->fill(rows->self, index * step + index * rest / count, ret_row);
}

/* Sums the contributions' sizes over evenly spaced rows. sums: one per feature; room: a row and its
 * contributions. Returns how many rows that were. */
static size_t explain_rows(const struct builder *builder, double *sums, double *room)
{
    const struct card_input *input = builder->input;
    const struct card_rows *rows = &input->folds[input->fold_count - 1];
    size_t feature_count = model_feature_count(input->model);
    size_t count = rows->count < CARD_EXPLAINED_MAX ? rows->count : CARD_EXPLAINED_MAX;
    double *contributions = room + feature_count;
    for (size_t i = 0; i < count; i++) {
        fill_sample(rows, i, count, room);
        model_explain(input->model, room, contributions);
        for (size_t f = 0; f < feature_count; f++)
            sums[f] += fabs(contributions[f]);
    }
    return count;
}

/* Summarises `count` features from `first` on. columns: count times sample_count; row: one row. */
static enum status summarise(const struct builder *builder, size_t first, size_t count,
                             size_t sample_count, double *columns, double *row,
                             struct histogram *populations)
{
    const struct card_input *input = builder->input;
    const struct card_rows *rows = &input->folds[input->fold_count - 1];
    for (size_t i = 0; i < sample_count; i++) {
        fill_sample(rows, i, sample_count, row);
        for (size_t f = 0; f < count; f++)
            columns[f * sample_count + i] = row[first + f];
    }
    enum status status = STATUS_OK;
    for (size_t f = 0; status == STATUS_OK && f < count; f++)
        status = histogram_make(columns + f * sample_count, sample_count, builder->mem,
                                &populations[first + f]);
    return status;
}

/* Summarises all features, as many at a time as POPULATION_CELLS allows. */
static enum status count_populations(const struct builder *builder, double *row,
                                     struct histogram *populations)
{
    const struct card_input *input = builder->input;
    const struct card_rows *rows = &input->folds[input->fold_count - 1];
    size_t feature_count = model_feature_count(input->model);
    size_t sample_count =
        rows->count < CARD_POPULATION_ROWS_MAX ? rows->count : CARD_POPULATION_ROWS_MAX;
    size_t at_once = POPULATION_CELLS / sample_count;
    if (at_once > feature_count)
        at_once = feature_count;
    double *columns =
        mem_array(builder->mem, NULL, 0, at_once * sample_count, sizeof *columns);
    if (columns == NULL)
        return STATUS_NO_MEMORY;
    enum status status = STATUS_OK;
    for (size_t first = 0; status == STATUS_OK && first < feature_count; first += at_once) {
        size_t left = feature_count - first;
        status = summarise(builder, first, left < at_once ? left : at_once, sample_count, columns,
                           row, populations);
    }
    mem_free(builder->mem, columns, at_once * sample_count * sizeof *columns);
    return status;
}

static enum status list_features(struct builder *builder, const double *sums, size_t row_count,
                                 const struct histogram *populations)
{
    const struct card_input *input = builder->input;
    size_t count = model_feature_count(input->model);
    struct card_feature *features = arena_array(builder->arena, count, sizeof *features);
    struct sort_table order;
    if (features == NULL || sort_init(&order, builder->mem, count) != STATUS_OK)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        order.items[i] = (struct sort_item){sort_key_falling(sums[i]), (uint32_t)i};
    sort_slice(&order, 0, count);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        uint32_t index = order.items[i].row;
        const struct card_input_feature *from = &input->features[index];
        features[i] = (struct card_feature){.direction = from->direction, .gain = from->gain,
                                            .importance = sums[index] / (double)row_count,
                                            .population = populations[index]};
        status = copy_text(builder, from->name, &features[i].name);
        if (status == STATUS_OK)
            status = copy_text(builder, from->type, &features[i].type);
    }
    sort_done(&order);
    builder->card.features = features;
    builder->card.feature_count = count;
    return status;
}

static enum status weigh_features(struct builder *builder)
{
    size_t count = model_feature_count(builder->input->model);
    size_t size = (3 * count + 1) * sizeof(double); /* sums, a row, its contributions */
    double *room = mem_zeroed(builder->mem, size);
    if (room == NULL)
        return STATUS_NO_MEMORY;
    struct histogram *populations = mem_array(builder->mem, NULL, 0, count, sizeof *populations);
    enum status status = STATUS_NO_MEMORY;
    if (populations != NULL) {
        size_t row_count = explain_rows(builder, room, room + count);
        status = count_populations(builder, room + count, populations);
        if (status == STATUS_OK)
            status = list_features(builder, room, row_count, populations);
    }
    mem_free(builder->mem, populations, count * sizeof *populations);
    mem_free(builder->mem, room, size);
    return status;
}

static enum status check_limits(const struct card_input *input, struct diag *diag)
{
    if (input->fold_count == 0) {
        diag_set(diag, "card-rows", "there is no fold to judge the model by");
        return STATUS_INVALID;
    }
    if (input->fold_count > CARD_FOLDS_MAX || input->parameter_count > CARD_PARAMETERS_MAX) {
        diag_set(diag, "card-limit", "a card holds at most %d folds and %d parameters",
                 CARD_FOLDS_MAX, CARD_PARAMETERS_MAX);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

enum status card_build(const struct card_input *input, struct mem *mem, struct arena *arena,
                       struct card *ret_card, struct diag *diag)
{
    struct builder builder = {.input = input, .mem = mem, .arena = arena, .diag = diag};
    enum status status = check_limits(input, diag);
    if (status == STATUS_OK)
        status = copy_texts(&builder);
    if (status == STATUS_OK)
        status = copy_parameters(&builder);
    copy_numbers(&builder);
    if (status == STATUS_OK)
        status = judge_folds(&builder);
    if (status == STATUS_OK)
        status = weigh_features(&builder);
    if (status == STATUS_OK)
        *ret_card = builder.card;
    return status;
}
