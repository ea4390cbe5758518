/* One idea: the curves that other implementations fit to fixed rows are those fitted here. */
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
#include "model/calibrate.h"

#define ROWS_MAX 1000
#define LINE_BYTES_MAX 256
#define CASES 9

struct fixture {
    char name[64];
    size_t row_count;
    double margins[ROWS_MAX];
    bool truths[ROWS_MAX];
    double weights[ROWS_MAX];
    struct calibration isotonic;
    size_t point_count;
    size_t facts;
};

static void near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%.17g, expected %.17g", found, expected);
}

static void begin_facts(struct fixture *f)
{
    struct calibration_rows rows = {f->row_count, f->margins, f->truths, f->weights};
    assert_int_equal(calibration_fit_isotonic(&rows, mem_libc(), &f->isotonic, NULL), STATUS_OK);
    assert_int_equal(calibration_check(&f->isotonic, NULL), STATUS_OK);
}

static void check_platt(const struct fixture *f, double slope, double intercept)
{
    struct calibration_rows rows = {f->row_count, f->margins, f->truths, f->weights};
    struct calibration platt;
    assert_int_equal(calibration_fit_platt(&rows, &platt, NULL), STATUS_OK);
    print_message("# %s: slope %.12g, intercept %.12g\n", f->name, platt.slope, platt.intercept);
    for (size_t i = 0; i < f->row_count; i++)
        near(calibration_apply(&platt, f->margins[i]),
             1 / (1 + exp(-(slope * f->margins[i] + intercept))), 1e-9);
}

static void check_fact(struct fixture *f, const char *name, char *at)
{
    double x = strtod(at, &at);
    double y = strtod(at, &at);
    if (f->facts++ == 0)
        begin_facts(f);
    if (strcmp(name, "point") == 0) {
        assert_true(f->point_count < f->isotonic.point_count);
        near(f->isotonic.margins[f->point_count], x, 0);
        near(f->isotonic.scores[f->point_count++], y, 1e-12);
    } else if (strcmp(name, "isotonic") == 0) {
        near(calibration_apply(&f->isotonic, x), y, 1e-12);
    } else {
        assert_string_equal(name, "platt");
        check_platt(f, x, y);
    }
}

static void take_row(struct fixture *f, char *at)
{
    size_t i = f->row_count++;
    assert_true(i < ROWS_MAX);
    f->margins[i] = strtod(at, &at);
    f->truths[i] = strtol(at, &at, 10) != 0;
    f->weights[i] = strtod(at, &at);
}

static void end_case(struct fixture *f)
{
    if (f->name[0] == '\0')
        return;
    assert_true(f->facts > 20);
    assert_int_equal(f->point_count, f->isotonic.point_count);
    calibration_done(&f->isotonic, mem_libc());
}

static void the_fixtures_agree(void **state)
{
    (void)state;
    static struct fixture f;
    static char path[512];
    char line[LINE_BYTES_MAX];
    size_t cases = 0;
    snprintf(path, sizeof path, "%s/measures/calibration.txt", getenv("WEIR_GOLDEN"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = strchr(line, ' ');
        assert_non_null(at);
        *at++ = '\0';
        if (strcmp(line, "case") == 0) {
            end_case(&f);
            memset(&f, 0, sizeof f);
            snprintf(f.name, sizeof f.name, "%.*s", (int)strcspn(at, "\n"), at);
            cases++;
        } else if (strcmp(line, "row") == 0) {
            take_row(&f, at);
        } else if (line[0] != '#') {
            check_fact(&f, line, at);
        }
    }
    end_case(&f);
    fclose(file);
    assert_int_equal(cases, CASES);
}

static void scores_never_fall(void **state)
{
    (void)state;
    static double margins[500];
    static bool truths[500];
    struct random random;
    random_init(&random, 21);
    print_message("# seed 21\n");
    for (int round = 0; round < 100; round++) {
        struct calibration_rows rows = {500, margins, truths, NULL};
        struct calibration isotonic;
        for (size_t i = 0; i < 500; i++) {
            margins[i] = round % 2 == 0 ? (double)random_between(&random, -30, 30)
                                        : ldexp(random_unit(&random) - 0.5, 1025);
            truths[i] = random_below(&random, 4) == 0;
        }
        truths[0] = true;
        truths[1] = false;
        assert_int_equal(calibration_fit_isotonic(&rows, mem_libc(), &isotonic, NULL), STATUS_OK);
        assert_int_equal(calibration_check(&isotonic, NULL), STATUS_OK);
        double last = 0;
        for (int i = -60; i <= 60; i++) {
            double score = calibration_apply(&isotonic, round % 2 == 0 ? i * 0.6 : i * 0x1p1018);
            assert_true(score >= last && score <= 1);
            last = score;
        }
        calibration_done(&isotonic, mem_libc());
    }
}

static void ends_are_held_and_nan_stays(void **state)
{
    (void)state;
    double margins[] = {-DBL_MAX, 0, DBL_TRUE_MIN, DBL_MAX};
    double scores[] = {0.1, 0.2, 0.3, 0.5};
    struct calibration isotonic = {.method = CALIBRATION_ISOTONIC, .point_count = 4,
                                   .margins = margins, .scores = scores};
    struct calibration platt = {.method = CALIBRATION_PLATT, .slope = 2, .intercept = -1};
    assert_true(calibration_apply(&isotonic, -INFINITY) == 0.1);
    assert_true(calibration_apply(&isotonic, INFINITY) == 0.5);
    for (size_t i = 0; i < 4; i++)
        near(calibration_apply(&isotonic, margins[i]), scores[i], 0);
    near(calibration_apply(&isotonic, DBL_MAX / 2), 0.4, 1e-15);
    assert_true(isnan(calibration_apply(&isotonic, NAN)) && isnan(calibration_apply(&platt, NAN)));
    assert_true(calibration_apply(&platt, 0.5) == 0.5);
    assert_true(calibration_apply(&platt, INFINITY) == 1);
    assert_true(calibration_apply(&platt, -INFINITY) == 0);
    platt.slope = 0;
    near(calibration_apply(&platt, INFINITY), 1 / (1 + exp(1)), 1e-15);
}

/* Both fits refuse the rows with this code. */
static void refused(const struct calibration_rows *rows, enum status expected, const char *code)
{
    struct calibration calibration;
    struct diag diag;
    assert_int_equal(calibration_fit_isotonic(rows, mem_libc(), &calibration, &diag), expected);
    assert_string_equal(diag.code, code);
    assert_int_equal(calibration_fit_platt(rows, &calibration, &diag), expected);
    assert_string_equal(diag.code, code);
}

static void rows_that_cannot_be_calibrated_are_refused(void **state)
{
    (void)state;
    const double margins[] = {1, 2, INFINITY};
    const double nans[] = {NAN, 2};
    const bool truths[] = {false, true, true};
    const double weights[] = {1, 0};
    const double endless[] = {1, INFINITY};
    refused(&(struct calibration_rows){0, margins, truths, NULL}, STATUS_INVALID,
            "calibration-one-class");
    refused(&(struct calibration_rows){1, margins, truths, NULL}, STATUS_INVALID,
            "calibration-one-class");
    refused(&(struct calibration_rows){1, margins, truths + 1, NULL}, STATUS_INVALID,
            "calibration-one-class");
    refused(&(struct calibration_rows){3, margins, truths, NULL}, STATUS_INVALID,
            "calibration-margin");
    refused(&(struct calibration_rows){2, nans, truths, NULL}, STATUS_INVALID,
            "calibration-margin");
    refused(&(struct calibration_rows){2, margins, truths, weights}, STATUS_INVALID,
            "calibration-weight");
    refused(&(struct calibration_rows){2, margins, truths, endless}, STATUS_INVALID,
            "calibration-weight");
    refused(&(struct calibration_rows){CALIBRATION_ROWS_MAX + 1, margins, truths, NULL},
            STATUS_LIMIT, "calibration-rows");
}

static void not_ok(struct calibration calibration, enum status expected, const char *code)
{
    struct diag diag;
    assert_int_equal(calibration_check(&calibration, &diag), expected);
    assert_string_equal(diag.code, code);
}

static void curves_that_are_none_are_refused(void **state)
{
    (void)state;
    double rising[] = {1, 2, 3};
    double flat[] = {1, 2, 2};
    double nan[] = {1, NAN, 3};
    double endless[] = {1, 2, INFINITY};
    double scores[] = {0, 0.5, 0.5};
    double falling[] = {0, 0.5, 0.4};
    double above[] = {0, 0.5, 1.1};
    double below[] = {-0.1, 0.5, 1};
    double unknown[] = {0, NAN, 1};
    double *const bad_margins[] = {flat, nan, endless};
    double *const bad_scores[] = {falling, above, below, unknown};
    for (size_t i = 0; i < 3; i++)
        not_ok((struct calibration){.point_count = 3, .margins = bad_margins[i], .scores = scores},
               STATUS_INVALID, "calibration-margins");
    for (size_t i = 0; i < 4; i++)
        not_ok((struct calibration){.point_count = 3, .margins = rising, .scores = bad_scores[i]},
               STATUS_INVALID, "calibration-scores");
    not_ok((struct calibration){.point_count = 0}, STATUS_INVALID, "calibration-points");
    not_ok((struct calibration){.point_count = CALIBRATION_POINTS_MAX + 1}, STATUS_LIMIT,
           "calibration-points");
    not_ok((struct calibration){.method = CALIBRATION_PLATT, .slope = NAN}, STATUS_INVALID,
           "calibration-platt");
    not_ok((struct calibration){.method = CALIBRATION_PLATT, .intercept = INFINITY},
           STATUS_INVALID, "calibration-platt");
}

static void missing_memory_is_reported(void **state)
{
    (void)state;
    const double margins[] = {1, 2, 3};
    const bool truths[] = {false, true, false};
    struct calibration_rows rows = {3, margins, truths, NULL};
    for (size_t nth = 1; nth <= 4; nth++) {
        struct calibration calibration = {0};
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = nth;
        assert_int_equal(calibration_fit_isotonic(&rows, &meter.mem, &calibration, NULL),
                         nth <= 3 ? STATUS_NO_MEMORY : STATUS_OK);
        calibration_done(&calibration, &meter.mem);
        assert_int_equal(meter.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixtures_agree),
        cmocka_unit_test(scores_never_fall),
        cmocka_unit_test(ends_are_held_and_nan_stays),
        cmocka_unit_test(rows_that_cannot_be_calibrated_are_refused),
        cmocka_unit_test(curves_that_are_none_are_refused),
        cmocka_unit_test(missing_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
