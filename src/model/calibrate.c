/* One idea: a calibration is a curve that never falls; it is either as free as the data let it be
 * (isotonic) or has two numbers (Platt).
 *
 * Isotonic: blocks lie on a stack with rising means; a block whose mean is not above that of the
 * one below is poured into it.
 * Platt: margins are moved and scaled into [-1, 1] first, so that neither their squares overflow
 * nor the Newton steps depend on their unit. */
#include "model/calibrate.h"

#include <math.h>

#include "model/real.h"
#include "model/sort_int.h"

#define NEWTON_STEPS_MAX 100
#define NEWTON_RIDGE 1e-12      /* sigma of Lin, Lin and Weng, here for a row */
#define NEWTON_STEP_MIN 1e-10   /* a shorter one gains nothing */
#define NEWTON_GRADIENT 1e-13   /* this small, for a row, it is the maximum */

/* Rows in one step of the isotonic curve. */
struct block {
    double first;    /* margins of its first and last row */
    double last;
    double weight;
    double positive; /* weight of the positives */
};

static double weight_of(const struct calibration_rows *rows, size_t row)
{
    return rows->weights == NULL ? 1 : rows->weights[row];
}

static enum status check_row(const struct calibration_rows *rows, size_t i, struct diag *diag)
{
    double weight = weight_of(rows, i);
    if (!isfinite(rows->margins[i])) {
        diag_set(diag, "calibration-margin", "the margin of row %zu is not finite", i);
        return STATUS_INVALID;
    }
    if (!(weight > 0 && isfinite(weight))) {
        diag_set(diag, "calibration-weight", "the weight of row %zu is not above 0", i);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status check_rows(const struct calibration_rows *rows, struct diag *diag)
{
    size_t positives = 0;
    if (rows->count > CALIBRATION_ROWS_MAX) {
        diag_set(diag, "calibration-rows", "%zu rows are more than the %zu that can be calibrated",
                 rows->count, CALIBRATION_ROWS_MAX);
        return STATUS_LIMIT;
    }
    for (size_t i = 0; i < rows->count; i++) {
        enum status status = check_row(rows, i, diag);
        if (status != STATUS_OK)
            return status;
        positives += rows->truths[i];
    }
    if (positives > 0 && positives < rows->count)
        return STATUS_OK;
    diag_set(diag, "calibration-one-class", "%s of the %zu rows to calibrate on is positive",
             positives == 0 ? "none" : "each", rows->count);
    diag_hint(diag, "choose a longer window for the calibration");
    return STATUS_INVALID;
}

/* Pours the block on top into the one below as long as their means do not rise. */
static size_t pool(struct block *blocks, size_t count)
{
    while (count > 1) {
        struct block *below = &blocks[count - 2];
        const struct block *top = &blocks[count - 1];
        if (below->positive / below->weight < top->positive / top->weight)
            break;
        below->last = top->last;
        below->weight += top->weight;
        below->positive += top->positive;
        count--;
    }
    return count;
}

/* Makes blocks of the sorted rows, which never are more than they. Returns how many. */
static size_t make_blocks(const struct calibration_rows *rows, const struct sort_table *table,
                          struct block *blocks)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        uint32_t row = table->items[i].row;
        double weight = weight_of(rows, row);
        bool same = i > 0 && table->items[i].key == table->items[i - 1].key;
        if (!same) {
            count = pool(blocks, count);
            blocks[count++] = (struct block){.first = rows->margins[row] + 0.0,
                                             .last = rows->margins[row] + 0.0};
        }
        blocks[count - 1].weight += weight;
        blocks[count - 1].positive += rows->truths[row] ? weight : 0;
    }
    return pool(blocks, count);
}

/* The blocks' first and last margins with their means. */
static enum status keep_points(const struct block *blocks, size_t block_count, struct mem *mem,
                               struct calibration *ret_calibration, struct diag *diag)
{
    size_t point_count = 0;
    for (size_t i = 0; i < block_count; i++)
        point_count += blocks[i].first == blocks[i].last ? 1 : 2;
    if (point_count > CALIBRATION_POINTS_MAX) {
        diag_set(diag, "calibration-points", "the curve has %zu points, which is more than %zu",
                 point_count, CALIBRATION_POINTS_MAX);
        return STATUS_LIMIT;
    }
    double *margins = mem_array(mem, NULL, 0, 2 * point_count, sizeof *margins);
    if (margins == NULL)
        return STATUS_NO_MEMORY;
    double *scores = margins + point_count;
    size_t at = 0;
    for (size_t i = 0; i < block_count; i++) {
        double mean = blocks[i].positive / blocks[i].weight;
        margins[at] = blocks[i].first;
        scores[at++] = mean;
        if (blocks[i].first != blocks[i].last) {
            margins[at] = blocks[i].last;
            scores[at++] = mean;
        }
    }
    *ret_calibration = (struct calibration){.method = CALIBRATION_ISOTONIC, .margins = margins,
                                            .scores = scores, .point_count = point_count};
    return STATUS_OK;
}

enum status calibration_fit_isotonic(const struct calibration_rows *rows, struct mem *mem,
                                     struct calibration *ret_calibration, struct diag *diag)
{
    struct sort_table table;
    enum status status = check_rows(rows, diag);
    if (status == STATUS_OK)
        status = sort_init(&table, mem, rows->count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < rows->count; i++)
        table.items[i] = (struct sort_item){sort_key_rising(rows->margins[i]), (uint32_t)i};
    sort_slice(&table, 0, rows->count);
    struct block *blocks = mem_array(mem, NULL, 0, rows->count, sizeof *blocks);
    if (blocks == NULL)
        status = STATUS_NO_MEMORY;
    else
        status = keep_points(blocks, make_blocks(rows, &table, blocks), mem, ret_calibration, diag);
    mem_free(mem, blocks, rows->count * sizeof *blocks);
    sort_done(&table);
    return status;
}

/* Platt's problem: minimise over a and b the sum of -t log p - (1 - t) log(1 - p), where
 * p = 1 / (1 + e^-(a x + b)) and x = (margin - middle) / scale. */
struct platt {
    const struct calibration_rows *rows;
    double middle;
    double scale;
    double weight;   /* of all rows */
    double high;     /* target of a positive */
    double low;      /* target of a negative */
    double prior;    /* where b starts */
};

/* Loss, gradient and Hessian at one place. */
struct slope {
    double loss;
    double g_a, g_b;
    double h_aa, h_ab, h_bb;
};

static struct platt platt_of(const struct calibration_rows *rows)
{
    struct platt platt = {.rows = rows, .scale = 1};
    double least = rows->margins[0];
    double most = rows->margins[0];
    double positive = 0;
    for (size_t i = 0; i < rows->count; i++) {
        least = fmin(least, rows->margins[i]);
        most = fmax(most, rows->margins[i]);
        platt.weight += weight_of(rows, i);
        positive += rows->truths[i] ? weight_of(rows, i) : 0;
    }
    platt.middle = least * 0.5 + most * 0.5;
    if (most > platt.middle)
        platt.scale = most * 0.5 - least * 0.5;
    platt.high = (positive + 1) / (positive + 2);
    platt.low = 1 / (platt.weight - positive + 2);
    platt.prior = real_log((positive + 1) / (platt.weight - positive + 1));
    return platt;
}

static struct slope slope_at(const struct platt *platt, double a, double b)
{
    struct slope at = {0};
    for (size_t i = 0; i < platt->rows->count; i++) {
        double x = (platt->rows->margins[i] - platt->middle) / platt->scale;
        double weight = weight_of(platt->rows, i);
        double target = platt->rows->truths[i] ? platt->high : platt->low;
        double z = a * x + b;
        double e = real_exp(-fabs(z));
        double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
        double q = z >= 0 ? e / (1 + e) : 1 / (1 + e);
        at.loss += weight * ((z >= 0 ? (1 - target) * z : -target * z) + real_log(1 + e));
        at.g_a += weight * x * (p - target);
        at.g_b += weight * (p - target);
        at.h_aa += weight * x * x * p * q;
        at.h_ab += weight * x * p * q;
        at.h_bb += weight * p * q;
    }
    at.h_aa += NEWTON_RIDGE * platt->weight;
    at.h_bb += NEWTON_RIDGE * platt->weight;
    return at;
}

static double steepness(const struct slope *at)
{
    return fmax(fabs(at->g_a), fabs(at->g_b));
}

/* One Newton step, shortened until the loss falls as it should, or the gradient halves, which still
 * shows near the minimum where losses differ no more; false where no step helps. */
static bool newton_step(const struct platt *platt, struct slope *at, double *a, double *b)
{
    if (steepness(at) <= NEWTON_GRADIENT * platt->weight)
        return false;
    double det = at->h_aa * at->h_bb - at->h_ab * at->h_ab;
    double d_a = -(at->h_bb * at->g_a - at->h_ab * at->g_b) / det;
    double d_b = -(at->h_aa * at->g_b - at->h_ab * at->g_a) / det;
    double gain = at->g_a * d_a + at->g_b * d_b;
    for (double step = 1; step >= NEWTON_STEP_MIN; step /= 2) {
        struct slope there = slope_at(platt, *a + step * d_a, *b + step * d_b);
        if (there.loss < at->loss + 0.0001 * step * gain ||
            steepness(&there) < steepness(at) * 0.5) {
            *a += step * d_a;
            *b += step * d_b;
            *at = there;
            return true;
        }
    }
    return false;
}

enum status calibration_fit_platt(const struct calibration_rows *rows,
                                  struct calibration *ret_calibration, struct diag *diag)
{
    enum status status = check_rows(rows, diag);
    if (status != STATUS_OK)
        return status;
    struct platt platt = platt_of(rows);
    double a = 0;
    double b = platt.prior;
    struct slope at = slope_at(&platt, a, b);
    for (int step = 0; step < NEWTON_STEPS_MAX; step++)
        if (!newton_step(&platt, &at, &a, &b))
            break;
    struct calibration fit = {.method = CALIBRATION_PLATT, .slope = a / platt.scale,
                              .intercept = b - a * (platt.middle / platt.scale)};
    status = calibration_check(&fit, diag);
    if (status == STATUS_OK)
        *ret_calibration = fit;
    return status;
}

void calibration_done(struct calibration *calibration, struct mem *mem)
{
    if (calibration->margins != NULL)
        mem_free(mem, calibration->margins,
                 2 * calibration->point_count * sizeof *calibration->margins);
    *calibration = (struct calibration){0};
}

static enum status check_points(const struct calibration *calibration, struct diag *diag)
{
    for (size_t i = 0; i < calibration->point_count; i++) {
        double margin = calibration->margins[i];
        double score = calibration->scores[i];
        if (!isfinite(margin) || (i > 0 && margin <= calibration->margins[i - 1])) {
            diag_set(diag, "calibration-margins", "margin %zu of the calibration is not above the "
                     "one before it", i);
            return STATUS_INVALID;
        }
        if (!(score >= 0 && score <= 1) || (i > 0 && score < calibration->scores[i - 1])) {
            diag_set(diag, "calibration-scores", "score %zu of the calibration is below the one "
                     "before it, or not from 0 to 1", i);
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

enum status calibration_check(const struct calibration *calibration, struct diag *diag)
{
    if (calibration->method == CALIBRATION_PLATT) {
        if (isfinite(calibration->slope) && isfinite(calibration->intercept))
            return STATUS_OK;
        diag_set(diag, "calibration-platt", "slope or intercept of the calibration is not finite");
        return STATUS_INVALID;
    }
    if (calibration->point_count == 0) {
        diag_set(diag, "calibration-points", "the calibration has no points");
        return STATUS_INVALID;
    }
    if (calibration->point_count > CALIBRATION_POINTS_MAX) {
        diag_set(diag, "calibration-points", "the calibration has %zu points, which is more than "
                 "%zu", calibration->point_count, CALIBRATION_POINTS_MAX);
        return STATUS_LIMIT;
    }
    return check_points(calibration, diag);
}

/* Index of the first point whose margin is not below `margin`; point_count when there is none. */
static size_t find_point(const struct calibration *calibration, double margin)
{
    size_t low = 0;
    size_t high = calibration->point_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calibration->margins[middle] < margin)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How far x is from low to high; in halves where their distance is not finite. */
static double part_between(double low, double high, double x)
{
    double all = high - low;
    return isinf(all) ? (x * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5) : (x - low) / all;
}

double calibration_apply(const struct calibration *calibration, double margin)
{
    if (isnan(margin))
        return margin;
    if (calibration->method == CALIBRATION_PLATT) {
        double z = calibration->slope * margin + calibration->intercept;
        return real_logistic(isnan(z) ? calibration->intercept : z);
    }
    size_t at = find_point(calibration, margin);
    if (at == 0)
        return calibration->scores[0];
    if (at == calibration->point_count)
        return calibration->scores[at - 1];
    double low = calibration->scores[at - 1];
    double part = part_between(calibration->margins[at - 1], calibration->margins[at], margin);
    return fmin(low + part * (calibration->scores[at] - low), calibration->scores[at]);
}
