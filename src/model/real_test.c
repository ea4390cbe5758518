/* One idea: the functions are held against the C library's in long double, which is far more exact,
 * at random places and at every seam. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "base/random.h"
#include "model/real.h"

#define ROUNDS 300000
#define SEED 5

/* How many units in the last place `found` is off. */
static double ulps(double found, long double expected)
{
    double rounded = (double)expected;
    double unit = nextafter(fabs(rounded), INFINITY) - fabs(rounded);
    return (double)(fabsl((long double)found - expected) / (long double)unit);
}

static void exp_is_within_its_bound(void **state)
{
    (void)state;
    struct random random;
    double worst = 0;
    random_init(&random, SEED);
    print_message("# seed %d\n", SEED);
    for (int i = 0; i < ROUNDS; i++) {
        double x = (random_unit(&random) - 0.5) * (i % 3 == 0 ? 1400 : i % 3 == 1 ? 40 : 1);
        worst = fmax(worst, ulps(real_exp(x), expl((long double)x)));
    }
    for (int i = -1000; i <= 1000; i++) {
        double seam = i * 0.34657359027997264;
        worst = fmax(worst, ulps(real_exp(seam), expl((long double)seam)));
    }
    print_message("# at most %.3f units off\n", worst);
    assert_true(worst < 1);
}

static void exp_keeps_its_ends(void **state)
{
    (void)state;
    assert_true(real_exp(0) == 1 && real_exp(-0.0) == 1);
    assert_true(isinf(real_exp(709.79)) && isinf(real_exp(INFINITY)));
    assert_true(isfinite(real_exp(709.78)));
    assert_true(real_exp(-746) == 0 && real_exp(-INFINITY) == 0 && real_exp(-745.2) == 0);
    assert_true(real_exp(-745) > 0);
    assert_true(isnan(real_exp(NAN)));
    for (double x = -745; x < -708; x += 0x1p-8)
        assert_true(ulps(real_exp(x), expl((long double)x)) < 1.5);
    for (double x = -1; x < 0; x += 0x1p-10)
        assert_true(real_exp(x) <= 1);
    assert_true(real_exp(-0x1p-60) <= 1 && real_exp(-DBL_TRUE_MIN) <= 1);
}

static void log_is_within_its_bound(void **state)
{
    (void)state;
    struct random random;
    double worst = 0;
    random_init(&random, SEED);
    for (int i = 0; i < ROUNDS; i++) {
        double x = i % 3 == 0 ? ldexp(0.5 + random_unit(&random), (int)random_between(
                                &random, -1070, 1020))
                 : i % 3 == 1 ? 0.5 + random_unit(&random)
                              : 1 + (random_unit(&random) - 0.5) * 0x1p-20;
        worst = fmax(worst, ulps(real_log(x), logl((long double)x)));
    }
    print_message("# at most %.3f units off\n", worst);
    assert_true(worst < 1);
}

static void log_keeps_its_ends(void **state)
{
    (void)state;
    assert_true(real_log(1) == 0);
    assert_true(isinf(real_log(0)) && real_log(0) < 0 && real_log(-0.0) < 0);
    assert_true(isinf(real_log(INFINITY)) && isnan(real_log(-1)) && isnan(real_log(NAN)));
    assert_true(ulps(real_log(DBL_TRUE_MIN), logl((long double)DBL_TRUE_MIN)) < 2);
    assert_true(ulps(real_log(DBL_MAX), logl((long double)DBL_MAX)) < 2);
}

static void logistic_is_symmetric_and_rises(void **state)
{
    (void)state;
    double last = 0;
    assert_true(real_logistic(0) == 0.5);
    assert_true(real_logistic(INFINITY) == 1 && real_logistic(-INFINITY) == 0);
    assert_true(isnan(real_logistic(NAN)));
    for (double x = -800; x < 800; x += 0.37) {
        double y = real_logistic(x);
        assert_true(y >= last && y <= 1);
        assert_true(ulps(y, 1 / (1 + expl((long double)-x))) < 4);
        assert_true(fabs(y + real_logistic(-x) - 1) < 1e-15);
        last = y;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_its_bound),
        cmocka_unit_test(exp_keeps_its_ends),
        cmocka_unit_test(log_is_within_its_bound),
        cmocka_unit_test(log_keeps_its_ends),
        cmocka_unit_test(logistic_is_symmetric_and_rises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
