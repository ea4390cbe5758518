/* One idea: what goes in comes out, in single precision, wherever its block lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "model/matrix.h"

static void rows_stay_where_they_are(void **state)
{
    struct matrix matrix;
    double values[3] = {0, 0, 0};
    (void)state;
    matrix_init(&matrix, mem_libc(), 3);
    const size_t count = 2 * MATRIX_BLOCK_ROWS + 1;
    const float *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct matrix_row row = {.at_ms = (int64_t)i, .known_ms = MATRIX_NEVER, .ordinal = 2 * i};
        values[0] = (double)i;
        values[2] = -(double)i;
        assert_int_equal(matrix_add(&matrix, &row, values), STATUS_OK);
        first = i == 0 ? matrix_values(&matrix, 0) : first;
    }
    assert_ptr_equal(matrix_values(&matrix, 0), first);
    assert_int_equal(matrix.row_count, count);
    assert_int_equal(matrix.block_count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(matrix_row(&matrix, i)->ordinal, 2 * i);
        assert_true(matrix_values(&matrix, i)[0] == (float)i);
        assert_true(matrix_values(&matrix, i)[2] == -(float)i);
    }
    matrix_done(&matrix);
    matrix_done(&matrix);
}

static void numbers_fit_in_single_precision(void **state)
{
    struct matrix matrix;
    struct matrix_row row = {.at_ms = 0};
    const double values[] = {1e300, -1e300, INFINITY, -INFINITY, NAN, 0.1};
    const float expected[] = {FLT_MAX, -FLT_MAX, FLT_MAX, -FLT_MAX};
    (void)state;
    matrix_init(&matrix, mem_libc(), 6);
    assert_int_equal(matrix_add(&matrix, &row, values), STATUS_OK);
    const float *found = matrix_values(&matrix, 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(found[i] == expected[i]);
    assert_true(isnan(found[4]));
    assert_true(found[5] == 0.1f);
    matrix_done(&matrix);
}

static void a_label_is_true_from_when_it_is_known(void **state)
{
    struct matrix matrix;
    const double value = 1;
    struct matrix_row bad = {.at_ms = 5, .known_ms = 10};
    struct matrix_row good = {.at_ms = 5, .known_ms = MATRIX_NEVER};
    (void)state;
    matrix_init(&matrix, mem_libc(), 1);
    assert_int_equal(matrix_add(&matrix, &bad, &value), STATUS_OK);
    assert_int_equal(matrix_add(&matrix, &good, &value), STATUS_OK);
    assert_false(matrix_is_positive(&matrix, 0, 10));
    assert_true(matrix_is_positive(&matrix, 0, 11));
    assert_true(matrix_is_positive(&matrix, 0, MATRIX_NEVER));
    assert_false(matrix_is_positive(&matrix, 1, MATRIX_NEVER));
    matrix_done(&matrix);
}

static void no_memory_changes_nothing(void **state)
{
    const double value = 1;
    struct matrix_row row = {.at_ms = 0};
    (void)state;
    for (size_t fail_at = 1; fail_at <= 4; fail_at++) {
        struct mem_meter meter;
        struct matrix matrix;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        matrix_init(&matrix, &meter.mem, 1);
        enum status status = matrix_add(&matrix, &row, &value);
        assert_int_equal(status, fail_at <= 3 ? STATUS_NO_MEMORY : STATUS_OK);
        assert_int_equal(matrix.row_count, status == STATUS_OK);
        assert_int_equal(matrix_add(&matrix, &row, &value), STATUS_OK);
        matrix_done(&matrix);
        assert_int_equal(meter.used_bytes, 0);
    }
}

static void there_is_a_last_row(void **state)
{
    const double value = 1;
    struct matrix_row row = {.at_ms = 0};
    struct matrix matrix;
    (void)state;
    matrix_init(&matrix, mem_libc(), 1);
    matrix.row_count = MATRIX_ROWS_MAX;
    assert_int_equal(matrix_add(&matrix, &row, &value), STATUS_LIMIT);
    matrix_done(&matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stay_where_they_are),
        cmocka_unit_test(numbers_fit_in_single_precision),
        cmocka_unit_test(a_label_is_true_from_when_it_is_known),
        cmocka_unit_test(no_memory_changes_nothing),
        cmocka_unit_test(there_is_a_last_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
