/* One idea: all measures of one ranking are sums over its distinct scores, highest first, so rows
 * are sorted once, added up to one point per score, and forgotten.
 *
 * 1. points[0] has no row; points[i] counts all rows scored points[i].score or more; the last
 *    counts all, and holds at least one positive and one negative.
 * 2. Rows are at most 2^31, so twice the pairs of a positive and a negative fit in 64 bits. */
#include "model/measure.h"

#include <math.h>

#include "base/assert.h"
#include "model/measure_int.h"
#include "model/real.h"
#include "model/sort_int.h"

__extension__ typedef __int128 i128;

#define LOG_LOSS_SCORE_MIN 0x1p-52

struct measure {
    struct mem *mem;
    struct measure_point *points;
    size_t point_count;
};

enum status measure_check_rows(const struct measure_rows *rows, struct diag *diag)
{
    if (rows->row_count == 0) {
        diag_set(diag, "measure-no-rows", "there are no rows to measure");
        return STATUS_INVALID;
    }
    if (rows->row_count > MEASURE_ROWS_MAX) {
        diag_set(diag, "measure-rows", "%zu rows are more than the %zu that can be measured",
                 rows->row_count, MEASURE_ROWS_MAX);
        return STATUS_LIMIT;
    }
    for (size_t i = 0; i < rows->row_count; i++)
        if (isnan(rows->scores[i])) {
            diag_set(diag, "measure-nan", "the score of row %zu is not a number", i);
            return STATUS_INVALID;
        }
    return STATUS_OK;
}

enum status measure_check_classes(const struct measure_rows *rows, struct diag *diag)
{
    size_t positives = 0;
    int64_t sum = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        positives += rows->truths[i];
        if (rows->truths[i] && rows->amounts_minor != NULL &&
            __builtin_add_overflow(sum, rows->amounts_minor[i], &sum)) {
            diag_set(diag, "measure-amounts", "the amounts of the positive rows add up beyond 64 "
                     "bits");
            return STATUS_OVERFLOW;
        }
    }
    if (positives > 0 && positives < rows->row_count)
        return STATUS_OK;
    diag_set(diag, "measure-one-class", "%s of the %zu rows is positive: there is nothing to tell "
             "apart", positives == 0 ? "none" : "each", rows->row_count);
    return STATUS_INVALID;
}

void measure_sort(const struct measure_rows *rows, struct sort_table *table)
{
    for (size_t i = 0; i < rows->row_count; i++)
        table->items[i] = (struct sort_item){sort_key_falling(rows->scores[i]), (uint32_t)i};
    sort_slice(table, 0, rows->row_count);
}

static size_t count_distinct(const struct sort_table *table)
{
    size_t count = 1;
    for (size_t i = 1; i < table->count; i++)
        count += table->items[i].key != table->items[i - 1].key;
    return count;
}

static void fill_points(struct measure *measure, const struct measure_rows *rows,
                        const struct sort_table *table)
{
    struct measure_point sum = {.score = INFINITY};
    size_t last = 0;
    measure->points[0] = sum;
    for (size_t i = 0; i < table->count; i++) {
        uint32_t row = table->items[i].row;
        last += i == 0 || table->items[i].key != table->items[i - 1].key;
        sum.score = rows->scores[row] + 0.0;
        sum.row_count++;
        sum.hit_count += rows->truths[row];
        if (rows->truths[row] && rows->amounts_minor != NULL)
            sum.hit_minor += rows->amounts_minor[row];
        measure->points[last] = sum;
    }
}

enum status measure_new(const struct measure_rows *rows, struct mem *mem,
                        struct measure **ret_measure, struct diag *diag)
{
    struct sort_table table = {0};
    struct measure *measure = NULL;
    enum status status = measure_check_rows(rows, diag);
    if (status == STATUS_OK)
        status = measure_check_classes(rows, diag);
    if (status == STATUS_OK)
        status = sort_init(&table, mem, rows->row_count);
    if (status != STATUS_OK)
        return status;
    measure_sort(rows, &table);
    measure = mem_zeroed(mem, sizeof *measure);
    if (measure == NULL)
        goto fail;
    measure->mem = mem;
    measure->point_count = 1 + count_distinct(&table);
    measure->points = mem_array(mem, NULL, 0, measure->point_count, sizeof *measure->points);
    if (measure->points == NULL)
        goto fail;
    fill_points(measure, rows, &table);
    sort_done(&table);
    *ret_measure = measure;
    return STATUS_OK;

fail:
    sort_done(&table);
    measure_free(measure);
    return STATUS_NO_MEMORY;
}

void measure_free(struct measure *measure)
{
    if (measure == NULL)
        return;
    if (measure->points != NULL)
        mem_free(measure->mem, measure->points, measure->point_count * sizeof *measure->points);
    mem_free(measure->mem, measure, sizeof *measure);
}

struct measure_point measure_total(const struct measure *measure)
{
    return measure->points[measure->point_count - 1];
}

double measure_auc(const struct measure *measure)
{
    struct measure_point total = measure_total(measure);
    uint64_t negatives = total.row_count - total.hit_count;
    uint64_t twice = 0;
    for (size_t i = 1; i < measure->point_count; i++) {
        const struct measure_point *above = &measure->points[i - 1];
        const struct measure_point *point = &measure->points[i];
        uint64_t fewer = above->row_count - above->hit_count;
        uint64_t more = point->row_count - point->hit_count;
        twice += (point->hit_count - above->hit_count) * (2 * negatives - fewer - more);
    }
    return (double)twice / (double)(2 * negatives * total.hit_count);
}

double measure_average_precision(const struct measure *measure)
{
    double sum = 0;
    for (size_t i = 1; i < measure->point_count; i++) {
        const struct measure_point *point = &measure->points[i];
        size_t more = point->hit_count - measure->points[i - 1].hit_count;
        sum += (double)more * ((double)point->hit_count / (double)point->row_count);
    }
    return sum / (double)measure_total(measure).hit_count;
}

void measure_curve(const struct measure *measure, size_t point_count_max,
                   struct measure_point *ret_points, size_t *ret_count)
{
    ASSERT(point_count_max >= 2);
    struct measure_point total = measure_total(measure);
    uint64_t positives = total.hit_count;
    uint64_t negatives = total.row_count - total.hit_count;
    bool thin = measure->point_count > point_count_max;
    size_t count = 0;
    size_t step_last = 0;
    for (size_t i = 0; i < measure->point_count; i++) {
        const struct measure_point *point = &measure->points[i];
        uint64_t gone = point->hit_count * negatives +
                        (point->row_count - point->hit_count) * positives;
        double part = (double)gone / (double)(2 * positives * negatives);
        size_t step = (size_t)(part * (double)(point_count_max - 1));
        if (thin && i > 0 && step == step_last)
            continue;
        step_last = step;
        ret_points[count++] = *point;
    }
    *ret_count = count;
}

/* The number of points with fewer rows than `row_count`. */
static size_t points_below(const struct measure *measure, double row_count)
{
    size_t low = 0;
    size_t high = measure->point_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((double)measure->points[middle].row_count < row_count)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct measure_point measure_at(const struct measure *measure, double score)
{
    size_t low = 1;
    size_t high = measure->point_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (measure->points[middle].score >= score)
            low = middle + 1;
        else
            high = middle;
    }
    struct measure_point point = measure->points[low - 1];
    point.score = score;
    return point;
}

double measure_gain(const struct measure *measure, double share)
{
    struct measure_point total = measure_total(measure);
    ASSERT(share >= 0 && share <= 1);
    double wanted = share * (double)total.row_count;
    size_t at = points_below(measure, wanted);
    const struct measure_point *point = &measure->points[at];
    double hits = (double)point->hit_count;
    if (at > 0) {
        const struct measure_point *above = point - 1;
        double part = (wanted - (double)above->row_count) /
                      (double)(point->row_count - above->row_count);
        hits = (double)above->hit_count + part * (double)(point->hit_count - above->hit_count);
    }
    return hits / (double)total.hit_count;
}

int64_t measure_saved_minor(const struct measure_point *point, int64_t cost_minor)
{
    i128 saved = (i128)point->hit_minor - (i128)cost_minor * (i128)point->row_count;
    return saved > INT64_MAX ? INT64_MAX : saved < INT64_MIN ? INT64_MIN : (int64_t)saved;
}

struct measure_point measure_best(const struct measure *measure, int64_t cost_minor)
{
    const struct measure_point *best = &measure->points[0];
    int64_t most = 0;
    for (size_t i = 1; i < measure->point_count; i++) {
        int64_t saved = measure_saved_minor(&measure->points[i], cost_minor);
        if (saved > most) {
            most = saved;
            best = &measure->points[i];
        }
    }
    return *best;
}

/* The bin that holds `score`. */
static size_t bin_of(double score, size_t bin_count)
{
    size_t bin = (size_t)(score * (double)bin_count);
    while (bin > 0 && score <= (double)bin / (double)bin_count)
        bin--;
    while (bin + 1 < bin_count && score > (double)(bin + 1) / (double)bin_count)
        bin++;
    return bin;
}

/* Adds the rows of one score to the sums; returns its bin. */
static void fit_point(const struct measure_point *point, const struct measure_point *above,
                      struct measure_bin *bin, struct measure_fit *sums)
{
    double score = point->score;
    double held = fmin(fmax(score, LOG_LOSS_SCORE_MIN), 1 - LOG_LOSS_SCORE_MIN);
    size_t row_count = point->row_count - above->row_count;
    size_t hit_count = point->hit_count - above->hit_count;
    double hits = (double)hit_count;
    double misses = (double)(row_count - hit_count);
    bin->row_count += row_count;
    bin->hit_count += hit_count;
    bin->score_mean += score * (double)row_count;
    sums->brier += hits * (1 - score) * (1 - score) + misses * score * score;
    sums->log_loss -= hits * real_log(held) + misses * real_log(1 - held);
}

enum status measure_probabilities(const struct measure *measure, size_t bin_count,
                                  struct measure_bin *ret_bins, struct measure_fit *ret_fit,
                                  struct diag *diag)
{
    ASSERT(bin_count >= 1 && bin_count <= MEASURE_BINS_MAX);
    struct measure_point total = measure_total(measure);
    double row_count = (double)total.row_count;
    if (total.score < 0 || measure->points[1].score > 1) {
        diag_set(diag, "measure-no-probability", "scores from %g to %g are not probabilities",
                 total.score, measure->points[1].score);
        return STATUS_INVALID;
    }
    struct measure_bin bins[MEASURE_BINS_MAX] = {0};
    struct measure_fit fit = {0};
    for (size_t i = 1; i < measure->point_count; i++)
        fit_point(&measure->points[i], &measure->points[i - 1],
                  &bins[bin_of(measure->points[i].score, bin_count)], &fit);
    for (size_t i = 0; i < bin_count; i++) {
        fit.calibration_error += fabs((double)bins[i].hit_count - bins[i].score_mean);
        if (bins[i].row_count > 0)
            bins[i].score_mean /= (double)bins[i].row_count;
        ret_bins[i] = bins[i];
    }
    fit.brier /= row_count;
    fit.log_loss /= row_count;
    fit.calibration_error /= row_count;
    *ret_fit = fit;
    return STATUS_OK;
}
