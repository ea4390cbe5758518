/* One idea: every duration that is written is read back, and what is read has one meaning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/datetime.h"
#include "base/random.h"

static void check_written(int64_t ms, struct view wanted)
{
    char text[DURATION_TEXT_BYTES_MAX];
    size_t size = duration_format(text, ms);
    assert_true(size <= DURATION_TEXT_BYTES_MAX);
    assert_true(view_equal((struct view){text, size}, wanted));
}

static void durations_are_written_largest_unit_first(void **state)
{
    (void)state;
    check_written(0, VIEW("0s"));
    check_written(1, VIEW("1ms"));
    check_written(250, VIEW("250ms"));
    check_written(1000, VIEW("1s"));
    check_written(59999, VIEW("59s999ms"));
    check_written(60000, VIEW("1m"));
    check_written(90 * DATETIME_MS_MINUTE, VIEW("1h30m"));
    check_written(7 * DATETIME_MS_DAY, VIEW("7d"));
    check_written(DATETIME_MS_DAY + 1, VIEW("1d1ms"));
    check_written(-DATETIME_MS_HOUR, VIEW("-1h"));
    check_written(DURATION_MS_MAX, VIEW("3660d"));
    check_written(INT64_MAX, VIEW("106751991167d7h12m55s807ms"));
    check_written(INT64_MIN, VIEW("-106751991167d7h12m55s808ms"));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static const int64_t units[] = {1, DATETIME_MS_SECOND, DATETIME_MS_MINUTE, DATETIME_MS_HOUR,
                                    DATETIME_MS_DAY};
    const uint64_t seed = 12;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200000; i++) {
        int64_t unit = units[random_below(&random, 5)];
        int64_t ms = random_between(&random, 0, DURATION_MS_MAX / unit) * unit;
        char text[DURATION_TEXT_BYTES_MAX];
        struct view view = {text, duration_format(text, ms)};
        int64_t again = -1;
        assert_int_equal(duration_parse(view, &again), STATUS_OK);
        assert_true(again == ms);
    }
}

static void durations_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0s", 0}, {"0d", 0}, {"0ms", 0}, {"1ms", 1}, {"90m", 5400000}, {"1h30m", 5400000},
        {"1m1ms", 60001}, {"1d2h3m4s5ms", 93784005}, {"007d", 604800000}, {"36h", 129600000},
        {"1000ms", 1000}, {"1d0h", 86400000}, {"3660d", DURATION_MS_MAX},
        {"3659d24h", DURATION_MS_MAX}, {"316224000000ms", DURATION_MS_MAX},
        {"00000000000000000000000000000000001s", 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        if (duration_parse(view_of(cases[i].text), &ms) != STATUS_OK || ms != cases[i].ms)
            fail_msg("%s is read as %lld", cases[i].text, (long long)ms);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct view text;
        enum status status;
    } cases[] = {
        {VIEW(""), STATUS_INVALID}, {{NULL, 0}, STATUS_INVALID}, {VIEW("1"), STATUS_INVALID},
        {VIEW("h"), STATUS_INVALID}, {VIEW("-1h"), STATUS_INVALID}, {VIEW("+1h"), STATUS_INVALID},
        {VIEW("1H"), STATUS_INVALID}, {VIEW("1 h"), STATUS_INVALID}, {VIEW("1h "), STATUS_INVALID},
        {VIEW(" 1h"), STATUS_INVALID}, {VIEW("1h1"), STATUS_INVALID},
        {VIEW("1.5h"), STATUS_INVALID},
        {VIEW("1h1h"), STATUS_INVALID}, {VIEW("1m1h"), STATUS_INVALID},
        {VIEW("1ms1s"), STATUS_INVALID}, {VIEW("1hm"), STATUS_INVALID},
        {VIEW("1w"), STATUS_INVALID}, {VIEW("1y"), STATUS_INVALID}, {VIEW("1msm"), STATUS_INVALID},
        {VIEW("1h\0"), STATUS_INVALID}, {VIEW("1d-1h"), STATUS_INVALID},
        {VIEW("99999999999999999999d1x"), STATUS_INVALID},
        {VIEW("3661d"), STATUS_OVERFLOW}, {VIEW("3660d1ms"), STATUS_OVERFLOW},
        {VIEW("316224000001ms"), STATUS_OVERFLOW}, {VIEW("213503982335d"), STATUS_OVERFLOW},
        {VIEW("18446744073709551616ms"), STATUS_OVERFLOW},
        {VIEW("18446744073709551617s"), STATUS_OVERFLOW},
        {VIEW("99999999999999999999999999999999999999d99999999999999999999h9m"), STATUS_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 321;
        if (duration_parse(cases[i].text, &ms) != cases[i].status)
            fail_msg("case %zu is judged wrongly", i);
        assert_int_equal(ms, 321);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_written_largest_unit_first),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(what_is_no_duration_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
