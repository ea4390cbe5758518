/* One idea: the edges are chosen among the sorted values once; after that a value is only looked up
 * among the edges, so that any later rows are counted in the same bins. */
#include "model/histogram.h"

#include <float.h>
#include <math.h>

#include "base/assert.h"
#include "codec/number.h"
#include "model/real.h"
#include "model/sort_int.h"

#define HALF 0.5 /* added to each bin for the stability index */

static size_t bin_of(const struct histogram *histogram, double x)
{
    size_t low = 0;
    size_t high = histogram->bin_count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x > histogram->edges[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds a finite value to mean and spread (the sum of squared distances from the mean) by the
 * method of Welford, "Note on a method for calculating corrected sums of squares and products",
 * Technometrics 4, 1962; in halves, so that the mean never overflows. */
static void add_finite(struct histogram *histogram, double x, double *spread)
{
    double before = x - histogram->mean;
    bool first = histogram->finite_count++ == 0;
    histogram->mean += (x * 0.5 - histogram->mean * 0.5) * (2 / (double)histogram->finite_count);
    *spread += before * (x - histogram->mean);
    histogram->min = first ? x : fmin(histogram->min, x);
    histogram->max = first ? x : fmax(histogram->max, x);
}

/* Fills all but the edges. */
static void count_values(struct histogram *histogram, const double *values, size_t count)
{
    double spread = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            histogram->missing_count++;
            continue;
        }
        histogram->counts[bin_of(histogram, values[i])]++;
        if (isfinite(values[i]))
            add_finite(histogram, values[i] + 0.0, &spread);
    }
    if (histogram->finite_count > 0)
        histogram->std = fmin(sqrt(spread / (double)histogram->finite_count), DBL_MAX);
}

/* The values that are there, in rising order. */
static void sort_present(struct sort_table *table, const double *values, size_t count)
{
    table->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            table->items[table->count++] =
                (struct sort_item){sort_key_rising(values[i]), (uint32_t)i};
    sort_slice(table, 0, table->count);
}

/* Adds the value at `at` as an edge unless that would leave a bin without values. */
static void add_edge(struct histogram *histogram, const struct sort_table *table,
                     const double *values, size_t at)
{
    const struct sort_item *item = &table->items[at];
    double x = values[item->row] + 0.0;
    size_t edge_count = histogram->bin_count - 1;
    if (item->key == table->items[table->count - 1].key || isinf(x))
        return;
    if (edge_count > 0 && histogram->edges[edge_count - 1] >= x)
        return;
    histogram->edges[edge_count] = x;
    histogram->bin_count++;
}

static void choose_edges(struct histogram *histogram, const struct sort_table *table,
                         const double *values)
{
    size_t distinct = table->count > 0;
    for (size_t i = 1; i < table->count; i++)
        distinct += table->items[i].key != table->items[i - 1].key;
    histogram->bin_count = 1;
    if (distinct <= HISTOGRAM_BINS_MAX) {
        for (size_t i = 0; i < table->count; i++)
            add_edge(histogram, table, values, i);
        return;
    }
    for (size_t i = 1; i < HISTOGRAM_BINS_MAX; i++) {
        size_t until = (i * table->count + HISTOGRAM_BINS_MAX - 1) / HISTOGRAM_BINS_MAX;
        add_edge(histogram, table, values, until - 1);
    }
}

enum status histogram_make(const double *values, size_t count, struct mem *mem,
                           struct histogram *ret_histogram)
{
    struct histogram histogram = {0};
    struct sort_table table;
    if (count > HISTOGRAM_ROWS_MAX)
        return STATUS_LIMIT;
    enum status status = sort_init(&table, mem, count);
    if (status != STATUS_OK)
        return status;
    sort_present(&table, values, count);
    choose_edges(&histogram, &table, values);
    table.count = count;
    sort_done(&table);
    count_values(&histogram, values, count);
    *ret_histogram = histogram;
    return STATUS_OK;
}

void histogram_count(const struct histogram *like, const double *values, size_t count,
                     struct histogram *ret_histogram)
{
    *ret_histogram = (struct histogram){.bin_count = like->bin_count};
    memcpy(ret_histogram->edges, like->edges, sizeof like->edges);
    count_values(ret_histogram, values, count);
}

bool histogram_same_bins(const struct histogram *a, const struct histogram *b)
{
    return a->bin_count == b->bin_count &&
           memcmp(a->edges, b->edges, (a->bin_count - 1) * sizeof *a->edges) == 0;
}

/* Values in all bins. */
static double present(const struct histogram *histogram)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < histogram->bin_count; i++)
        sum += histogram->counts[i];
    return (double)sum;
}

double histogram_psi(const struct histogram *a, const struct histogram *b)
{
    ASSERT(histogram_same_bins(a, b));
    double bins = a->bin_count + 1.0;
    double all_a = present(a) + (double)a->missing_count + bins * HALF;
    double all_b = present(b) + (double)b->missing_count + bins * HALF;
    double sum = 0;
    for (size_t i = 0; i <= a->bin_count; i++) {
        bool missing = i == a->bin_count;
        double share_a = ((double)(missing ? a->missing_count : a->counts[i]) + HALF) / all_a;
        double share_b = ((double)(missing ? b->missing_count : b->counts[i]) + HALF) / all_b;
        sum += (share_a - share_b) * real_log(share_a / share_b);
    }
    return sum;
}

double histogram_ks(const struct histogram *a, const struct histogram *b)
{
    ASSERT(histogram_same_bins(a, b));
    double all_a = present(a);
    double all_b = present(b);
    double most = 0;
    uint64_t until_a = 0;
    uint64_t until_b = 0;
    if (all_a == 0 || all_b == 0)
        return 0;
    for (size_t i = 0; i < a->bin_count; i++) {
        until_a += a->counts[i];
        until_b += b->counts[i];
        most = fmax(most, fabs((double)until_a / all_a - (double)until_b / all_b));
    }
    return most;
}

static void put_number(struct buf *out, const char *name, double value)
{
    buf_printf(out, ",\"%s\":", name);
    number_put_f64(out, value);
}

void histogram_put_json(const struct histogram *histogram, struct buf *out)
{
    buf_put_text(out, "{\"edges\":[");
    for (size_t i = 0; i + 1 < histogram->bin_count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        number_put_f64(out, histogram->edges[i]);
    }
    buf_put_text(out, "],\"counts\":[");
    for (size_t i = 0; i < histogram->bin_count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        buf_put_u64(out, histogram->counts[i]);
    }
    buf_put_text(out, "],\"missing\":");
    buf_put_u64(out, histogram->missing_count);
    buf_put_text(out, ",\"finite\":");
    buf_put_u64(out, histogram->finite_count);
    put_number(out, "mean", histogram->mean);
    put_number(out, "std", histogram->std);
    put_number(out, "min", histogram->min);
    put_number(out, "max", histogram->max);
    buf_put_char(out, '}');
}
