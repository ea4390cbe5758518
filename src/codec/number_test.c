/* One idea: every double must come back from its text, the text must be JSON, and the C library, in
 * the C locale, is the oracle for the values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "base/random.h"
#include "codec/number.h"

#define SEED 754u

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void assert_text(double value, const char *wanted)
{
    char text[NUMBER_TEXT_BYTES_MAX + 1] = {0};
    size_t size = number_format_f64(text, value);
    assert_string_equal(text, wanted);
    assert_int_equal(size, strlen(wanted));
}

static void writes_the_shortest_text(void **state)
{
    (void)state;
    assert_text(0.0, "0");
    assert_text(-0.0, "-0");
    assert_text(1.0, "1");
    assert_text(-1.0, "-1");
    assert_text(100000.0, "100000");
    assert_text(1e15, "1000000000000000");
    assert_text(9007199254740992.0, "9007199254740992");
    assert_text(-9007199254740992.0, "-9007199254740992");
    assert_text(0.1, "0.1");
    assert_text(-12.5, "-12.5");
    assert_text(1.0 / 3.0, "0.3333333333333333");
    assert_text(57.16, "57.16");
    assert_text(1e22, "1e+22");
    assert_text(1e-7, "1e-07");
    assert_text(5e-324, "5e-324");
    assert_text(1.7976931348623157e308, "1.7976931348623157e+308");
    assert_text(-2.2250738585072014e-308, "-2.2250738585072014e-308");
}

/* A finite double of any kind: all bit patterns, small wholes, decimals. */
static double random_number(struct random *random)
{
    double value;
    do {
        uint64_t bits = random_u64(random);
        memcpy(&value, &bits, sizeof value);
        if (random_below(random, 3) == 0)
            value = (double)random_between(random, -100000000, 100000000) / 100;
        else if (random_below(random, 3) == 0)
            value = (double)((int64_t)random_u64(random) >> random_below(random, 63));
    } while (!isfinite(value));
    return value;
}

static void reads_back_every_double_it_writes(void **state)
{
    (void)state;
    struct random random;
    struct buf buf;
    random_init(&random, SEED);
    buf_init(&buf, mem_libc());
    for (int round = 0; round < 300000; round++) {
        double value = random_number(&random);
        double back = 0;
        buf_clear(&buf);
        number_put_f64(&buf, value);
        assert_true(buf.size_bytes <= NUMBER_TEXT_BYTES_MAX);
        struct view text = buf_view(&buf);
        enum status status = number_parse_f64(text, &back);
        if (!number_valid(text) || status != STATUS_OK || bits_of(back) != bits_of(value))
            fail_msg("seed %u, round %d: %a became '%.*s' and %a", SEED, round, value,
                     VIEW_ARG(text), back);
        bool whole = fabs(value) <= 9007199254740992.0 && value == trunc(value);
        assert_true(!whole || memchr(text.data, '.', text.size_bytes) == NULL);
        assert_true(!whole || memchr(text.data, 'e', text.size_bytes) == NULL);
    }
    buf_done(&buf);
}

static void agrees_with_the_c_library(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, SEED + 1);
    for (int round = 0; round < 200000; round++) {
        char text[64];
        double value = 0;
        int digits = (int)random_below(&random, 20);
        int size = snprintf(text, sizeof text, "%s%llu.%0*llue%d",
                            random_below(&random, 2) ? "-" : "",
                            (unsigned long long)(random_u64(&random) >> random_below(&random, 64)),
                            digits + 1, (unsigned long long)random_below(&random, 1000000),
                            (int)random_between(&random, -345, 325));
        double wanted = strtod(text, NULL);
        enum status status = number_parse_f64((struct view){text, (size_t)size}, &value);
        if (status != (isinf(wanted) ? STATUS_OVERFLOW : STATUS_OK) ||
            (status == STATUS_OK && bits_of(value) != bits_of(wanted)))
            fail_msg("seed %u, round %d: %s: status %d, %a, wanted %a", SEED + 1, round, text,
                     (int)status, value, wanted);
    }
}

static void tells_too_large_from_too_small(void **state)
{
    (void)state;
    static const char *const large[] = {"1e309", "-1e309", "1e99999999999999999999", "10e308",
                                        "0.0001e313", "1.8e308"};
    static const char *const zero[] = {"1e-400", "0e999999999999999999999", "0.0e-1",
                                       "0.000000001e-320", "100e-99999999999999999999",
                                       "2e-324", "1000.5e-330"};
    double value = 0;
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
        assert_int_equal(number_parse_f64(view_of(large[i]), &value), STATUS_OVERFLOW);
    for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++) {
        value = 1;
        assert_int_equal(number_parse_f64(view_of(zero[i]), &value), STATUS_OK);
        assert_true(bits_of(value) == bits_of(0.0));
    }
    assert_int_equal(number_parse_f64(VIEW("-1e-400"), &value), STATUS_OK);
    assert_true(bits_of(value) == bits_of(-0.0));
}

static void knows_the_grammar(void **state)
{
    (void)state;
    static const char *const good[] = {"0", "-0", "10", "0.0", "1e1", "1E+01", "-1.5e-10", "0e0"};
    static const char *const bad[] = {"", "-", "+1", "01", "-01", "1.", ".1", "1e", "1e+", "1.e1",
                                      "0x1", "1 ", " 1", "1_0", "inf", "nan", "NaN", "1e1.5",
                                      "--1", "1-", "1e1e1", "1.2.3"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(number_valid(view_of(good[i])));
        assert_int_equal(number_parse_f64(view_of(good[i]), &value), STATUS_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = 7;
        if (number_valid(view_of(bad[i])) ||
            number_parse_f64(view_of(bad[i]), &value) != STATUS_INVALID || value != 7)
            fail_msg("'%s' was accepted", bad[i]);
    }
    assert_false(number_valid((struct view){NULL, 0}));
    assert_false(number_valid((struct view){"1\0", 2}));
}

static void reads_whole_numbers(void **state)
{
    (void)state;
    static const struct { const char *text; int64_t value; } good[] = {
        {"0", 0}, {"-0", 0}, {"7", 7}, {"-12", -12}, {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {"", "-", "1.0", "1e3", "01", "-01", "+1", " 1", "1 ", "a",
                                      "0x1", "1a", "--1", "00000000000000000000001"};
    static const char *const large[] = {"9223372036854775808", "-9223372036854775809",
                                        "99999999999999999999999", "10000000000000000000"};
    int64_t value = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(number_parse_i64(view_of(good[i].text), &value), STATUS_OK);
        assert_true(value == good[i].value);
    }
    value = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(number_parse_i64(view_of(bad[i]), &value), STATUS_INVALID);
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
        assert_int_equal(number_parse_i64(view_of(large[i]), &value), STATUS_OVERFLOW);
    assert_int_equal(value, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_shortest_text),
        cmocka_unit_test(reads_back_every_double_it_writes),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(tells_too_large_from_too_small),
        cmocka_unit_test(knows_the_grammar),
        cmocka_unit_test(reads_whole_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
