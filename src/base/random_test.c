/* One idea: the published outputs of both generators, and counts that a biased one would miss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/random.h"

static void seeding_gives_the_outputs_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t outputs[4] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u};
    struct random random;
    random_init(&random, 1234567);
    for (int i = 0; i < 4; i++)
        assert_true(random.s[i] == outputs[i]);
}

static void the_stream_is_xoshiro256_starstar(void **state)
{
    (void)state;
    static const uint64_t outputs[] = {
        11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u,
        607988272756665600u, 16172922978634559625u, 8476171486693032832u,
        10595114339597558777u, 2904607092377533576u,
    };
    struct random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        assert_true(random_u64(&random) == outputs[i]);
}

static void the_same_seed_gives_the_same_stream(void **state)
{
    (void)state;
    struct random a;
    struct random b;
    struct random c;
    random_init(&a, 0);
    random_init(&b, 0);
    random_init(&c, 1);
    int equal_count = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t value = random_u64(&a);
        assert_true(value == random_u64(&b));
        equal_count += value == random_u64(&c);
    }
    assert_int_equal(equal_count, 0);
}

static void below_stays_below_and_favours_nobody(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 5);
    for (int i = 0; i < 1000; i++)
        assert_true(random_below(&random, 1) == 0);
    for (uint64_t bound = 2; bound < 40; bound++) {
        uint64_t counts[40] = {0};
        for (int i = 0; i < 40000; i++) {
            uint64_t value = random_below(&random, bound);
            assert_true(value < bound);
            counts[value]++;
        }
        double chi_squared = 0;
        double wanted = 40000.0 / (double)bound;
        for (uint64_t i = 0; i < bound; i++)
            chi_squared += ((double)counts[i] - wanted) * ((double)counts[i] - wanted) / wanted;
        assert_true(chi_squared < 3 * (double)bound + 20);
    }
}

/* Without rejection, three quarters of 2^64 would give every third value twice as often. */
static void a_bound_near_the_whole_range_is_unbiased(void **state)
{
    (void)state;
    const uint64_t bound = 3 * ((uint64_t)1 << 62);
    uint64_t residues[3] = {0};
    struct random random;
    random_init(&random, 6);
    for (int i = 0; i < 90000; i++) {
        uint64_t value = random_below(&random, bound);
        assert_true(value < bound);
        residues[value % 3]++;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(residues[i], 29400, 30600);
}

static void between_reaches_both_ends(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 8);
    int counts[7] = {0};
    for (int i = 0; i < 7000; i++) {
        int64_t value = random_between(&random, -3, 3);
        assert_true(value >= -3 && value <= 3);
        counts[value + 3]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 850, 1150);
    assert_true(random_between(&random, INT64_MIN, INT64_MIN) == INT64_MIN);
    assert_true(random_between(&random, INT64_MAX, INT64_MAX) == INT64_MAX);
    int negative_count = 0;
    for (int i = 0; i < 10000; i++) {
        negative_count += random_between(&random, INT64_MIN, INT64_MAX) < 0;
        assert_true(random_between(&random, INT64_MAX - 1, INT64_MAX) >= INT64_MAX - 1);
        assert_true(random_between(&random, INT64_MIN, INT64_MIN + 1) <= INT64_MIN + 1);
    }
    assert_in_range(negative_count, 4700, 5300);
}

static void unit_is_spread_over_zero_to_one(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 9);
    double sum = 0;
    int counts[10] = {0};
    for (int i = 0; i < 100000; i++) {
        double value = random_unit(&random);
        assert_true(value >= 0 && value < 1);
        assert_true(value * 0x1p53 == (double)(uint64_t)(value * 0x1p53));
        sum += value;
        counts[(int)(value * 10)]++;
    }
    assert_true(sum > 49500 && sum < 50500);
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 9600, 10400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeding_gives_the_outputs_of_splitmix64),
        cmocka_unit_test(the_stream_is_xoshiro256_starstar),
        cmocka_unit_test(the_same_seed_gives_the_same_stream),
        cmocka_unit_test(below_stays_below_and_favours_nobody),
        cmocka_unit_test(a_bound_near_the_whole_range_is_unbiased),
        cmocka_unit_test(between_reaches_both_ends),
        cmocka_unit_test(unit_is_spread_over_zero_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
