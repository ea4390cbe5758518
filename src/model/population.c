/* One idea: bins of equal counts say nothing by their heights, so their counts are spread over
 * columns of equal width again. */
#include "model/population_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "model/html.h"
#include "model/plot.h"
#include "model/real.h"

_Static_assert(POPULATION_COLUMNS >= HISTOGRAM_BINS_MAX, "each value may have a column");

/* The whole spread may be this many times that of the inner half of the bins before logarithms are
 * taken; normal values reach 7. */
#define TAIL_FACTOR 10

/* How values are laid out from left to right. */
struct layout {
    double unit;   /* of the logarithms; 0: none are taken */
    double first;
    double last;
};

static double lay(const struct layout *layout, double x)
{
    if (layout->unit <= 0)
        return x;
    double size = real_log(1 + fabs(x) / layout->unit);
    return x < 0 ? -size : size;
}

static double upper(const struct histogram *histogram, uint32_t bin)
{
    return bin + 1 < histogram->bin_count ? fmin(histogram->edges[bin], histogram->max)
                                          : histogram->max;
}

static double lower(const struct histogram *histogram, uint32_t bin)
{
    return bin > 0 ? fmax(histogram->edges[bin - 1], histogram->min) : histogram->min;
}

/* Whether every value lies at the upper end of its bin: then the mean does too. */
static bool is_discrete(const struct histogram *histogram)
{
    double sum = 0;
    double count = 0;
    for (uint32_t i = 0; i < histogram->bin_count; i++) {
        sum += (double)histogram->counts[i] * upper(histogram, i);
        count += (double)histogram->counts[i];
    }
    return fabs(sum / count - histogram->mean) <= 1e-9 * (histogram->max - histogram->min);
}

static struct layout find_layout(const struct histogram *histogram)
{
    struct layout layout = {.unit = 0};
    uint32_t edge_count = histogram->bin_count - 1;
    if (edge_count >= 2) {
        double inner = histogram->edges[(3 * edge_count) / 4] - histogram->edges[edge_count / 4];
        if (histogram->max - histogram->min > TAIL_FACTOR * inner)
            layout.unit = fmax(fabs(histogram->edges[edge_count / 2]), inner);
    }
    layout.first = lay(&layout, histogram->min);
    layout.last = lay(&layout, histogram->max);
    return layout;
}

/* Spreads a count evenly between two places, which are given in columns. */
static void spread(double count, double from, double to, double *columns)
{
    size_t first = from < POPULATION_COLUMNS - 1 ? (size_t)from : POPULATION_COLUMNS - 1;
    if (!(to > from)) {
        columns[first] += count;
        return;
    }
    for (size_t i = first; i < POPULATION_COLUMNS && (double)i < to; i++) {
        double part = fmin(to, (double)i + 1) - fmax(from, (double)i);
        columns[i] += count * part / (to - from);
    }
}

size_t population_columns(const struct histogram *histogram,
                          double ret_columns[POPULATION_COLUMNS])
{
    if (histogram->finite_count == 0)
        return 0;
    memset(ret_columns, 0, POPULATION_COLUMNS * sizeof *ret_columns);
    if (is_discrete(histogram)) {
        for (uint32_t i = 0; i < histogram->bin_count; i++)
            ret_columns[i] = (double)histogram->counts[i];
        return histogram->bin_count;
    }
    struct layout layout = find_layout(histogram);
    double scale = POPULATION_COLUMNS / (layout.last - layout.first);
    if (!(scale > 0) || !isfinite(scale))
        return 0;
    for (uint32_t i = 0; i < histogram->bin_count; i++)
        spread((double)histogram->counts[i],
               (lay(&layout, lower(histogram, i)) - layout.first) * scale,
               (lay(&layout, upper(histogram, i)) - layout.first) * scale, ret_columns);
    return POPULATION_COLUMNS;
}

uint64_t population_rows(const struct histogram *histogram)
{
    uint64_t rows = histogram->missing_count;
    for (uint32_t i = 0; i < histogram->bin_count; i++)
        rows += histogram->counts[i];
    return rows;
}

void population_put_thumbnail(const struct histogram *histogram, struct buf *out)
{
    double columns[POPULATION_COLUMNS];
    char words[160];
    size_t count = population_columns(histogram, columns);
    int size = snprintf(words, sizeof words, "from %.4g to %.4g, mean %.4g", histogram->min,
                        histogram->max, histogram->mean);
    ASSERT(size > 0 && (size_t)size < sizeof words);
    plot_thumbnail(out, columns, count,
                   count > 0 ? (struct view){words, (size_t)size} : VIEW("no values"));
}
