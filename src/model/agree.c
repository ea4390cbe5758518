/* One idea: ranks are scores of another kind, so one correlation serves for both. */
#include "model/agree.h"

#include <math.h>
#include <string.h>

#include "model/histogram.h"
#include "model/sort_int.h"

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static double correlate(const double *a, const double *b, size_t count)
{
    double mean_a = mean_of(a, count);
    double mean_b = mean_of(b, count);
    double square_a = 0;
    double square_b = 0;
    double product = 0;
    for (size_t i = 0; i < count; i++) {
        square_a += (a[i] - mean_a) * (a[i] - mean_a);
        square_b += (b[i] - mean_b) * (b[i] - mean_b);
        product += (a[i] - mean_a) * (b[i] - mean_b);
    }
    if (!(square_a > 0) || !(square_b > 0))
        return NAN;
    return product / (sqrt(square_a) * sqrt(square_b));
}

/* The rank of each value from 1 on; equal ones share the mean of theirs. */
static enum status rank(const double *values, size_t count, struct mem *mem, double *ret_ranks)
{
    struct sort_table table;
    enum status status = sort_init(&table, mem, count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        table.items[i] = (struct sort_item){sort_key_rising(values[i]), (uint32_t)i};
    sort_slice(&table, 0, count);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && table.items[end].key == table.items[first].key;)
            end++;
        for (size_t i = first; i < end; i++)
            ret_ranks[table.items[i].row] = ((double)first + 1 + (double)end) / 2;
    }
    sort_done(&table);
    return STATUS_OK;
}

static enum status correlate_ranks(const struct agree_rows *rows, struct mem *mem, double *ret)
{
    size_t size = rows->count * 2;
    double *ranks = mem_array(mem, NULL, 0, size, sizeof *ranks);
    if (ranks == NULL)
        return STATUS_NO_MEMORY;
    enum status status = rank(rows->a, rows->count, mem, ranks);
    if (status == STATUS_OK)
        status = rank(rows->b, rows->count, mem, ranks + rows->count);
    if (status == STATUS_OK)
        *ret = correlate(ranks, ranks + rows->count, rows->count);
    mem_free(mem, ranks, size * sizeof *ranks);
    return status;
}

enum status agree_measure(const struct agree_rows *rows, double threshold, struct mem *mem,
                          struct agree *ret_agree)
{
    struct agree agree;
    struct histogram expected;
    struct histogram actual;
    memset(&agree, 0, sizeof agree);
    agree.correlation = NAN;
    agree.rank_correlation = NAN;
    enum status status = histogram_make(rows->a, rows->count, mem, &expected);
    if (status == STATUS_OK && rows->count > 0)
        status = correlate_ranks(rows, mem, &agree.rank_correlation);
    if (status != STATUS_OK)
        return status;
    histogram_count(&expected, rows->b, rows->count, &actual);
    agree.psi = histogram_psi(&expected, &actual);
    if (rows->count > 0)
        agree.correlation = correlate(rows->a, rows->b, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        bool a = rows->a[i] >= threshold;
        bool b = rows->b[i] >= threshold;
        agree.rows[a][b]++;
        agree.bad[a][b] += rows->truths[i];
    }
    *ret_agree = agree;
    return STATUS_OK;
}
