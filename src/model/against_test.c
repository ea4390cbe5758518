/* One idea: comparisons with rules and with other models, against what can be counted by hand, and
 * against a slow count of random rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/agree.h"
#include "model/versus.h"

/* Two days; the rules flag two rows on the first and one on the second. */
static const int32_t days[] = {7, 7, 7, 7, 9, 9, 9};
static const uint8_t strengths[] = {5, 1, 0, 0, 0, 2, 0};
static const double scores[] = {0.1, 0.2, 0.9, 0.8, 0.3, 0.2, 0.3};
static const bool truths[] = {true, false, true, false, true, false, false};
static const int64_t amounts[] = {100, 200, 300, 400, 500, 600, 700};

static void near(double found, double expected, double margin)
{
    if (!(fabs(found - expected) <= margin))
        fail_msg("%.17g, expected %.17g", found, expected);
}

static void check_side(struct versus_side side, uint64_t alerts, uint64_t caught, int64_t minor)
{
    assert_int_equal(side.alerts, alerts);
    assert_int_equal(side.caught, caught);
    assert_int_equal(side.caught_minor, minor);
}

static void a_model_gets_the_alerts_of_each_day(void **state)
{
    (void)state;
    struct versus versus;
    const struct versus_rows rows = {7, days, strengths, scores, truths, amounts};
    assert_int_equal(versus_count(&rows, 5, mem_libc(), &versus), STATUS_OK);
    check_side(versus.all, 7, 3, 900);
    check_side(versus.rules, 3, 1, 100);
    check_side(versus.model, 3, 2, 800);  /* rows 2, 3; of the equal 4 and 6 the first */
    check_side(versus.both, 3, 3, 900);   /* row 0 is kept, then row 2; row 4 */
    check_side(versus.threshold, 3, 2, 800); /* rows 2, 3 and 4 */
    check_side(versus.matching, 1, 1, 300);  /* row 2 is enough */
    check_side(versus.at_least[2], 2, 1, 100);
    check_side(versus.at_least[5], 1, 1, 100);
    check_side(versus.at_least[6], 0, 0, 0);
    check_side(versus.curve[0], 0, 0, 0);
    check_side(versus.curve[20], 3, 2, 800);
    check_side(versus.curve[10], 2, 2, 800); /* half of 2, and half of 1 rounded up */
    check_side(versus.curve[40], 6, 3, 900);
}

static void random_budgets_are_prefixes_of_each_day(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    struct random random;
    const uint64_t seed = 20260701;
    int32_t day[COUNT];
    uint8_t strength[COUNT];
    double score[COUNT];
    bool truth[COUNT];
    print_message("seed %llu\n", (unsigned long long)seed);
    random_init(&random, seed);
    for (size_t i = 0; i < COUNT; i++) {
        day[i] = (int32_t)random_below(&random, 9) - 4;
        strength[i] = (uint8_t)(random_below(&random, 5) == 0 ? 1 + random_below(&random, 5) : 0);
        score[i] = (double)random_below(&random, 20) / 20;
        truth[i] = random_below(&random, 4) == 0;
    }
    struct versus versus;
    const struct versus_rows rows = {COUNT, day, strength, score, truth, NULL};
    assert_int_equal(versus_count(&rows, 3, mem_libc(), &versus), STATUS_OK);
    uint64_t model_caught = 0;
    for (size_t i = 0; i < COUNT; i++) {
        size_t before = 0;
        size_t budget = 0;
        for (size_t j = 0; j < COUNT; j++) {
            if (day[j] != day[i])
                continue;
            budget += strength[j] > 0;
            before += score[j] > score[i] || (score[j] == score[i] && j < i);
        }
        model_caught += before < budget && truth[i];
    }
    assert_int_equal(versus.model.caught, model_caught);
    assert_int_equal(versus.curve[20].caught, model_caught);
    assert_int_equal(versus.model.alerts, versus.rules.alerts);
    assert_int_equal(versus.threshold.alerts, versus.rules.alerts);
    assert_int_equal(versus.matching.caught, versus.rules.caught);
    assert_int_equal(versus.both.alerts, versus.rules.alerts);
    assert_true(versus.both.caught >= versus.at_least[3].caught);
    assert_int_equal(versus.model.caught_minor, 0);
}

static void nothing_is_compared_without_memory(void **state)
{
    (void)state;
    struct mem_meter meter;
    struct versus versus;
    struct agree agree;
    const struct versus_rows rows = {7, days, strengths, scores, truths, amounts};
    const struct agree_rows pairs = {7, scores, scores, truths};
    for (size_t n = 1; n <= 3; n++) {
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = n;
        assert_int_equal(agree_measure(&pairs, 0.5, &meter.mem, &agree), STATUS_NO_MEMORY);
        assert_int_equal(meter.used_bytes, 0);
    }
    mem_meter_init(&meter, mem_libc());
    meter.fail_at = 1;
    assert_int_equal(versus_count(&rows, 5, &meter.mem, &versus), STATUS_NO_MEMORY);
    assert_int_equal(meter.used_bytes, 0);
}

static void correlations_are_those_of_textbooks(void **state)
{
    (void)state;
    /* scipy.stats: pearsonr 0.7745966692414834, spearmanr 0.7378647873726218 */
    const double a[] = {1, 2, 3, 4, 5};
    const double b[] = {2, 4, 5, 4, 5};
    const bool bad[] = {false, true, false, true, true};
    const struct agree_rows rows = {5, a, b, bad};
    struct agree agree;
    assert_int_equal(agree_measure(&rows, 4, mem_libc(), &agree), STATUS_OK);
    near(agree.correlation, 0.7745966692414834, 1e-12);
    near(agree.rank_correlation, 0.7378647873726218, 1e-12);
    assert_int_equal(agree.rows[0][0], 1);
    assert_int_equal(agree.rows[0][1], 2);
    assert_int_equal(agree.rows[1][0], 0);
    assert_int_equal(agree.rows[1][1], 2);
    assert_int_equal(agree.bad[0][1], 1);
    assert_int_equal(agree.bad[1][1], 2);
}

static void equal_scores_agree(void **state)
{
    (void)state;
    const struct agree_rows same = {7, scores, scores, truths};
    const double flat[7] = {0};
    const struct agree_rows flattened = {7, scores, flat, truths};
    const struct agree_rows none = {0, scores, scores, truths};
    struct agree agree;
    assert_int_equal(agree_measure(&same, 0.5, mem_libc(), &agree), STATUS_OK);
    near(agree.correlation, 1, 1e-12);
    near(agree.rank_correlation, 1, 1e-12);
    assert_true(agree.psi == 0);
    assert_int_equal(agree_measure(&flattened, 0.5, mem_libc(), &agree), STATUS_OK);
    assert_true(isnan(agree.correlation) && isnan(agree.rank_correlation));
    assert_true(agree.psi > 0.25);
    assert_int_equal(agree_measure(&none, 0.5, mem_libc(), &agree), STATUS_OK);
    assert_true(isnan(agree.correlation));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_gets_the_alerts_of_each_day),
        cmocka_unit_test(random_budgets_are_prefixes_of_each_day),
        cmocka_unit_test(nothing_is_compared_without_memory),
        cmocka_unit_test(correlations_are_those_of_textbooks),
        cmocka_unit_test(equal_scores_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
