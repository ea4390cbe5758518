/* One idea: a histogram that is read has every promise of its header checked, since whoever
 * compares it later does not check again. */
#include <math.h>

#include "base/view.h"
#include "codec/tree.h"
#include "model/histogram.h"

static enum status bad(struct diag *diag, const char *name)
{
    diag_set(diag, "histogram-field", "\"%s\" of a histogram is missing or not as it should be",
             name);
    diag_field(diag, "%s", name);
    return STATUS_INVALID;
}

static bool read_count(const struct tree_value *value, const char *name, uint64_t *ret_count)
{
    int64_t whole;
    if (!tree_i64(tree_field(value, view_of(name)), &whole) || whole < 0 ||
        whole > (int64_t)HISTOGRAM_ROWS_MAX)
        return false;
    *ret_count = (uint64_t)whole;
    return true;
}

/* Reads the counts, which say how many bins there are. */
static bool read_counts(const struct tree_value *counts, struct histogram *histogram)
{
    if (!tree_is_whole_run(counts) || counts->count < 1 || counts->count > HISTOGRAM_BINS_MAX)
        return false;
    histogram->bin_count = counts->count;
    for (uint32_t i = 0; i < counts->count; i++) {
        int64_t count = tree_run_i64(counts, i);
        if (count < 0 || count > (int64_t)HISTOGRAM_ROWS_MAX)
            return false;
        histogram->counts[i] = (uint64_t)count;
    }
    return true;
}

static bool read_edges(const struct tree_value *edges, struct histogram *histogram)
{
    if (!tree_is_run(edges) || edges->count != histogram->bin_count - 1)
        return false;
    for (uint32_t i = 0; i < edges->count; i++) {
        double edge = tree_run_f64(edges, i);
        if (!isfinite(edge) || (i > 0 && edge <= histogram->edges[i - 1]))
            return false;
        histogram->edges[i] = edge;
    }
    return true;
}

/* Values in all bins. */
static uint64_t value_count(const struct histogram *histogram)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < histogram->bin_count; i++)
        sum += histogram->counts[i];
    return sum;
}

enum status histogram_read(const struct tree_value *value, struct histogram *ret_histogram,
                           struct diag *diag)
{
    struct histogram read = {0};
    static const char *const names[] = {"mean", "std", "min", "max"};
    double *const numbers[] = {&read.mean, &read.std, &read.min, &read.max};
    if (!read_counts(tree_field(value, VIEW("counts")), &read))
        return bad(diag, "counts");
    if (!read_edges(tree_field(value, VIEW("edges")), &read))
        return bad(diag, "edges");
    if (!read_count(value, "missing", &read.missing_count))
        return bad(diag, "missing");
    if (!read_count(value, "finite", &read.finite_count) ||
        read.finite_count > value_count(&read))
        return bad(diag, "finite");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!tree_f64(tree_field(value, view_of(names[i])), numbers[i]) || !isfinite(*numbers[i]))
            return bad(diag, names[i]);
    if (read.std < 0)
        return bad(diag, "std");
    *ret_histogram = read;
    return STATUS_OK;
}
