/* One idea: bins hold what their definition says, and drift is 0 where nothing changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "codec/tree.h"
#include "model/histogram.h"

#define COUNT 5000

static double values[COUNT];

static struct histogram made(const double *of, size_t count)
{
    struct histogram histogram;
    assert_int_equal(histogram_make(of, count, mem_libc(), &histogram), STATUS_OK);
    return histogram;
}

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g, expected %.17g", found, expected);
}

static void few_values_have_a_bin_each(void **state)
{
    (void)state;
    const double few[] = {3, 1, NAN, 1, 2, 1, -0.0, 0, NAN};
    struct histogram histogram = made(few, 9);
    const double edges[] = {0, 1, 2};
    const uint64_t counts[] = {2, 3, 1, 1};
    assert_int_equal(histogram.bin_count, 4);
    assert_memory_equal(histogram.edges, edges, sizeof edges);
    assert_memory_equal(histogram.counts, counts, sizeof counts);
    assert_int_equal(histogram.missing_count, 2);
    assert_int_equal(histogram.finite_count, 7);
    near(histogram.mean, 8.0 / 7);
    near(histogram.std, sqrt(16.0 / 7 - 64.0 / 49));
    assert_true(histogram.min == 0 && histogram.max == 3);
}

static void many_values_are_spread_evenly(void **state)
{
    (void)state;
    struct random random;
    double sum = 0;
    double squares = 0;
    random_init(&random, 31);
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = random_unit(&random) * random_unit(&random) * 100;
        sum += values[i];
    }
    for (size_t i = 0; i < COUNT; i++)
        squares += (values[i] - sum / COUNT) * (values[i] - sum / COUNT);
    struct histogram histogram = made(values, COUNT);
    assert_int_equal(histogram.bin_count, HISTOGRAM_BINS_MAX);
    for (size_t i = 0; i < HISTOGRAM_BINS_MAX; i++)
        assert_int_equal(histogram.counts[i], COUNT / HISTOGRAM_BINS_MAX);
    near(histogram.mean, sum / COUNT);
    near(histogram.std, sqrt(squares / COUNT));
}

static void a_frequent_value_takes_one_bin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        values[i] = i < COUNT * 9 / 10 ? 0 : (double)i;
    struct histogram histogram = made(values, COUNT);
    assert_int_equal(histogram.bin_count, 3);
    assert_int_equal(histogram.counts[0], COUNT * 9 / 10);
    assert_int_equal(histogram.counts[1] + histogram.counts[2], COUNT / 10);
}

static void odd_values_do_no_harm(void **state)
{
    (void)state;
    const double odd[] = {INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, NAN, DBL_MAX};
    struct histogram histogram = made(odd, 6);
    assert_int_equal(histogram.finite_count, 3);
    assert_int_equal(histogram.counts[0], 2);
    assert_true(isfinite(histogram.mean) && isfinite(histogram.std));
    assert_true(histogram.min == -DBL_MAX && histogram.max == DBL_MAX);
    histogram = made(odd + 4, 1);
    assert_int_equal(histogram.bin_count, 1);
    assert_int_equal(histogram.missing_count, 1);
    assert_true(histogram.mean == 0 && histogram.std == 0);
    histogram = made(odd, 0);
    assert_int_equal(histogram.bin_count, 1);
    assert_int_equal(histogram.counts[0], 0);
    histogram = made(odd, 2);
    assert_int_equal(histogram.finite_count, 0);
    assert_int_equal(histogram_make(values, HISTOGRAM_ROWS_MAX + 1, mem_libc(), &histogram),
                     STATUS_LIMIT);
}

static void other_rows_are_counted_in_the_same_bins(void **state)
{
    (void)state;
    const double train[] = {1, 2, 3};
    const double later[] = {0, 1, 1.5, 2, 2.5, 3, 4, NAN};
    const uint64_t counts[] = {2, 2, 3};
    struct histogram a = made(train, 3);
    struct histogram b;
    histogram_count(&a, later, 8, &b);
    assert_true(histogram_same_bins(&a, &b));
    assert_memory_equal(b.counts, counts, sizeof counts);
    assert_int_equal(b.missing_count, 1);
    assert_true(b.max == 4);
    struct histogram other = made(train, 2);
    assert_false(histogram_same_bins(&a, &other));
    other = a;
    other.edges[1] = 2.5;
    assert_false(histogram_same_bins(&a, &other));
}

static void drift_is_what_its_formula_says(void **state)
{
    (void)state;
    const double before[] = {1, 1, 1, 2, 2, 3, NAN, 3, 3, 3};
    const double after[] = {1, 2, 2, 2, 2, 3, 3, NAN, NAN, NAN};
    struct histogram a = made(before, 10);
    struct histogram b;
    histogram_count(&a, before, 10, &b);
    assert_true(histogram_psi(&a, &b) == 0 && histogram_ks(&a, &b) == 0);
    histogram_count(&a, after, 10, &b);
    near(histogram_psi(&a, &b), (2.0 / 12) * log(3.5 / 1.5) + (-2.0 / 12) * log(2.5 / 4.5) +
                                (2.0 / 12) * log(4.5 / 2.5) + (-2.0 / 12) * log(1.5 / 3.5));
    near(histogram_psi(&a, &b), histogram_psi(&b, &a));
    near(histogram_ks(&a, &b), 3.0 / 9 - 1.0 / 7);
    histogram_count(&a, after, 0, &b);
    assert_true(histogram_ks(&a, &b) == 0);
    assert_true(histogram_psi(&a, &b) > 0 && isfinite(histogram_psi(&a, &b)));
}

static void ks_is_at_most_that_of_the_values(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 32);
    for (int round = 0; round < 20; round++) {
        double *a = values;
        double *b = values + COUNT / 2;
        double most = 0;
        for (size_t i = 0; i < COUNT / 2; i++) {
            a[i] = random_unit(&random);
            b[i] = random_unit(&random) + 0.01 * round;
        }
        struct histogram of_a = made(a, COUNT / 2);
        struct histogram of_b;
        histogram_count(&of_a, b, COUNT / 2, &of_b);
        for (double x = 0; x < 1.3; x += 0.002) {
            int difference = 0;
            for (size_t i = 0; i < COUNT / 2; i++)
                difference += (a[i] <= x) - (b[i] <= x);
            most = fmax(most, abs(difference) / (COUNT / 2.0));
        }
        double ks = histogram_ks(&of_a, &of_b);
        assert_true(ks <= most + 0.005 && ks >= most - 0.06);
    }
}

static void it_is_written_as_json(void **state)
{
    (void)state;
    const double few[] = {0.75, 0.25, NAN, 0.25, 0.75};
    struct histogram histogram = made(few, 5);
    struct buf out;
    buf_init(&out, mem_libc());
    histogram_put_json(&histogram, &out);
    buf_put_char(&out, '\0');
    assert_string_equal(out.data,
                        "{\"edges\":[0.25],\"counts\":[2,2],\"missing\":1,\"finite\":4,"
                        "\"mean\":0.5,\"std\":0.25,\"min\":0.25,\"max\":0.75}");
    buf_done(&out);
}

/* Reads a histogram from text; what comes of it. */
static enum status read_text(struct view text, struct histogram *ret_histogram)
{
    struct arena arena;
    const struct tree_value *root;
    struct diag diag = {0};
    arena_init(&arena, mem_libc(), 0);
    assert_int_equal(tree_read_json(text, true, &arena, &root, NULL), STATUS_OK);
    enum status status = histogram_read(root, ret_histogram, &diag);
    assert_true(status == STATUS_OK || (diag.message[0] != '\0' && diag.field[0] != '\0'));
    arena_done(&arena);
    return status;
}

static void it_reads_back_to_the_bit(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 33);
    for (int round = 0; round < 50; round++) {
        struct histogram again;
        struct buf out;
        size_t count = (size_t)random_below(&random, 200);
        for (size_t i = 0; i < count; i++)
            values[i] = i % 7 == 0 ? NAN : i % 5 == 0 ? INFINITY : random_unit(&random) * 1e9;
        struct histogram histogram = made(values, count);
        buf_init(&out, mem_libc());
        histogram_put_json(&histogram, &out);
        assert_int_equal(read_text(buf_view(&out), &again), STATUS_OK);
        assert_memory_equal(&again, &histogram, sizeof again);
        buf_done(&out);
    }
}

static void bad_histograms_are_refused(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"edges\":[1,2],\"counts\":[3,4,5],\"missing\":6,\"finite\":7,"
                               "\"mean\":8,\"std\":9,\"min\":10,\"max\":11}";
    static const char *const bad[][2] = {
        {"[1,2]", "[1]"}, {"[1,2]", "[2,1]"}, {"[1,2]", "[1,1]"}, {"[1,2]", "[1,NaN]"},
        {"[1,2]", "[1,Infinity]"}, {"[1,2]", "[1,2,3]"}, {"[1,2]", "7"},
        {"[3,4,5]", "[3,4]"}, {"[3,4,5]", "[]"}, {"[3,4,5]", "[3,4,-5]"}, {"[3,4,5]", "[3,4,0.5]"},
        {"[3,4,5]", "[3,4,9999999999]"}, {"[3,4,5]", "[1,1,1]"}, {"6", "-6"}, {"6", "\"6\""},
        {"7", "13"}, {"8", "null"}, {"8", "NaN"}, {"9", "-9"}, {"10", "Infinity"}, {"11", "[]"},
        {"\"max\"", "\"most\""}, {"[3,4,5]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"},
    };
    struct histogram histogram;
    char text[512];
    assert_int_equal(read_text(view_of(TEXT), &histogram), STATUS_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *at = strstr(TEXT, bad[i][0]);
        int size = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - TEXT), TEXT, bad[i][1],
                            at + strlen(bad[i][0]));
        if (read_text((struct view){text, (size_t)size}, &histogram) != STATUS_INVALID)
            fail_msg("%s", text);
    }
}

static void missing_memory_is_reported(void **state)
{
    (void)state;
    const double few[] = {1, 2};
    struct histogram histogram;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.fail_at = 1;
    assert_int_equal(histogram_make(few, 2, &meter.mem, &histogram), STATUS_NO_MEMORY);
    assert_int_equal(histogram_make(few, 2, &meter.mem, &histogram), STATUS_OK);
    assert_int_equal(meter.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_values_have_a_bin_each),
        cmocka_unit_test(many_values_are_spread_evenly),
        cmocka_unit_test(a_frequent_value_takes_one_bin),
        cmocka_unit_test(odd_values_do_no_harm),
        cmocka_unit_test(other_rows_are_counted_in_the_same_bins),
        cmocka_unit_test(drift_is_what_its_formula_says),
        cmocka_unit_test(ks_is_at_most_that_of_the_values),
        cmocka_unit_test(it_is_written_as_json),
        cmocka_unit_test(it_reads_back_to_the_bit),
        cmocka_unit_test(bad_histograms_are_refused),
        cmocka_unit_test(missing_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
