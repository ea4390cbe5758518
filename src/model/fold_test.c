/* One idea: a history of a few days, small enough to say of each row where it belongs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "model/fold.h"

#define DAY FOLD_DAY_MS

/* Train on days 0 and 1, wait one day, test days 3 and 4. Labels are known after a day. */
static const struct fold_times TIMES = {0, 2 * DAY, 3 * DAY, 5 * DAY};

static void add(struct matrix *matrix, int64_t at_ms, uint32_t entity, bool bad)
{
    const double value = (double)at_ms;
    struct matrix_row row = {
        .at_ms = at_ms, .known_ms = bad ? at_ms + DAY : MATRIX_NEVER,
        .ordinal = matrix->row_count, .entity = entity, .amount_minor = 1000,
    };
    assert_int_equal(matrix_add(matrix, &row, &value), STATUS_OK);
}

static void make_history(struct matrix *matrix)
{
    matrix_init(matrix, mem_libc(), 1);
    add(matrix, -1, 0, true);              /* 0: before the training: nobody knows */
    add(matrix, 0, 1, false);              /* 1: fit */
    add(matrix, 2 * DAY - 1, 2, true);     /* 2: fit; known at day 3 - 1 ms */
    add(matrix, 2 * DAY, 3, true);         /* 3: in the delay; known at day 3, after its start */
    add(matrix, 3 * DAY - 1, 4, true);     /* 4: in the delay; known on day 4's eve */
    add(matrix, 3 * DAY, 0, false);        /* 5: test, day 0 */
    add(matrix, 3 * DAY, 2, true);         /* 6: known */
    add(matrix, 3 * DAY + 5, 3, true);     /* 7: test, day 0: not known at its start */
    add(matrix, 4 * DAY - 1, 4, false);    /* 8: test, day 0 */
    add(matrix, 4 * DAY, 3, false);        /* 9: known by now */
    add(matrix, 4 * DAY, 4, true);         /* 10: known by now */
    add(matrix, 4 * DAY + 7, 1, true);     /* 11: test, day 1 */
    add(matrix, 5 * DAY, 1, true);         /* 12: behind the test */
}

static void expect_rows(const struct train_rows *rows, const uint32_t *expected, size_t count)
{
    assert_int_equal(rows->count, count);
    assert_memory_equal(rows->rows, expected, count * sizeof *expected);
}

static void time_says_where_a_row_belongs(void **state)
{
    const uint32_t fit[] = {1, 2};
    const uint32_t test[] = {5, 7, 8, 11};
    const uint32_t all[] = {5, 6, 7, 8, 9, 10, 11};
    struct matrix matrix;
    struct fold fold;
    (void)state;
    make_history(&matrix);
    assert_int_equal(fold_make(&matrix, &TIMES, 5, mem_libc(), &fold), STATUS_OK);
    expect_rows(&fold.fit, fit, 2);
    expect_rows(&fold.test, test, 4);
    assert_int_equal(fold.fit.as_of_ms, 3 * DAY);
    assert_int_equal(fold.known_count, 3);
    assert_int_equal(fold.days[2], 0);
    assert_int_equal(fold.days[3], 1);
    fold_done(&fold);
    assert_int_equal(fold_make(&matrix, &TIMES, 0, mem_libc(), &fold), STATUS_OK);
    expect_rows(&fold.test, all, 7);
    assert_int_equal(fold.known_count, 0);
    fold_done(&fold);
    matrix_done(&matrix);
}

static void every_row_is_tested_once(void **state)
{
    struct matrix matrix;
    size_t tested = 0;
    (void)state;
    make_history(&matrix);
    for (size_t i = 0; i < 3; i++) {
        struct fold fold;
        assert_int_equal(fold_make_nth(&matrix, 3, i, mem_libc(), &fold), STATUS_OK);
        assert_int_equal(fold.fit.count + fold.test.count, matrix.row_count);
        for (size_t t = 0; t < fold.test.count; t++)
            assert_int_equal(fold.test.rows[t] % 3, i);
        tested += fold.test.count;
        fold_done(&fold);
    }
    assert_int_equal(tested, matrix.row_count);
    struct fold most;
    assert_int_equal(fold_make_nth(&matrix, FOLD_COUNT_MAX, FOLD_COUNT_MAX - 1, mem_libc(), &most),
                     STATUS_OK);
    assert_int_equal(most.fit.count, matrix.row_count);
    assert_int_equal(most.test.count, 0);
    fold_done(&most);
    matrix_done(&matrix);
}

static void judging_is_by_the_whole_truth(void **state)
{
    const struct fold_judging judging = {5, 1, 300};
    const double margins[] = {-1, 3, 2, 1};
    const double scores[] = {0.25, 0.95, 0.88, 0.73};
    struct fold_figures figures;
    struct matrix matrix;
    struct fold fold;
    struct diag diag;
    (void)state;
    make_history(&matrix);
    assert_int_equal(fold_make(&matrix, &TIMES, 5, mem_libc(), &fold), STATUS_OK);
    assert_int_equal(fold_judge(&fold, &matrix, &judging, margins, scores, mem_libc(), &figures,
                                &diag), STATUS_OK);
    /* Truths 0 1 0 1: of four pairs one is the wrong way round. */
    assert_true(figures.auc == 0.75);
    assert_true(fabs(figures.average_precision - (1 + 2.0 / 3) / 2) < 1e-15);
    /* One entity a day: 3 on the first, 1 on the second. */
    assert_true(figures.entity_precision == 1);
    assert_true(figures.entity_precision_best == 1);
    assert_true(figures.precision == 1);
    assert_true(figures.recall == 1);
    assert_int_equal(figures.saved_minor, 2 * (1000 - 300));
    double brier = (0.25 * 0.25 + 0.05 * 0.05 + 0.88 * 0.88 + 0.27 * 0.27) / 4;
    assert_true(fabs(figures.brier - brier) < 1e-12);
    fold_done(&fold);
    matrix_done(&matrix);
}

static void no_memory_leaves_nothing(void **state)
{
    struct matrix matrix;
    (void)state;
    make_history(&matrix);
    for (size_t fail_at = 1; fail_at <= 4; fail_at++) {
        struct mem_meter meter;
        struct fold fold;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        assert_int_equal(fold_make(&matrix, &TIMES, 5, &meter.mem, &fold), STATUS_NO_MEMORY);
        assert_int_equal(meter.used_bytes, 0);
    }
    matrix_done(&matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_says_where_a_row_belongs),
        cmocka_unit_test(every_row_is_tested_once),
        cmocka_unit_test(judging_is_by_the_whole_truth),
        cmocka_unit_test(no_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
