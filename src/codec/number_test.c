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
    assert_text(0.001, "0.001");
    assert_text(0.002, "0.002");
    assert_text(0.0009999999999999998, "0.0009999999999999998");
    assert_text(0.0001, "1e-04");
    assert_text(0.5, "0.5");
    assert_text(2.0 / 3.0, "0.6666666666666666");
    assert_text(0.30000000000000004, "0.30000000000000004");
    assert_text(4503599627370495.5, "4503599627370495.5");
    assert_text(-1125899906842624.25, "-1125899906842624.2");
    assert_text(1125899906842624.75, "1125899906842624.8");
    assert_text(1.0000000000000002, "1.0000000000000002");
    assert_text(0.9999999999999999, "0.9999999999999999");
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

/* A value that is not whole, from 0.0001 up, of the kinds that means, rates and amounts are, and of
 * those whose neighbours or decimals lie close: few bits, one bit more or less than a decimal. */
static double random_fraction(struct random *random)
{
    double value = 0;
    while (value == trunc(value) || value < 0.0001) {
        double divisor = (double)random_between(random, 1, 100000);
        switch (random_below(random, 5)) {
        case 0: value = (double)random_between(random, 1, 100000000) / divisor; break;
        case 1: value = (double)random_between(random, 1, 1000000000) / 100; break;
        case 2: value = ldexp((double)(random_u64(random) >> 11), -(int)random_below(random, 67));
                break;
        case 3: value = ldexp((double)random_between(random, 1, 4096),
                              -(int)random_between(random, 1, 24));
                break;
        default: value = nextafter((double)random_between(random, 1, 10000000) / 1000,
                                   random_below(random, 2) == 0 ? 0 : 1e9);
        }
    }
    return value;
}

/* The digits of a text, without the zeros before and behind them, the point and the exponent. */
static size_t digits_of(const char *text, size_t size, char to[64])
{
    size_t count = 0;
    for (size_t i = 0; i < size && text[i] != 'e'; i++)
        if (text[i] != '.' && text[i] != '-' && (count > 0 || text[i] != '0'))
            to[count++] = text[i];
    while (count > 0 && to[count - 1] == '0')
        count--;
    to[count] = '\0';
    return count;
}

/* The fewest digits with which the C library reads the value back, rounded as it rounds. */
static void no_text_of_a_fraction_is_shorter_or_nearer(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, SEED + 2);
    for (int round = 0; round < 60000; round++) {
        double value = random_fraction(&random);
        char text[NUMBER_TEXT_BYTES_MAX];
        char wanted[64];
        char digits[64];
        char wanted_digits[64];
        size_t size = number_format_f64(text, value);
        int precision = 0;
        do
            snprintf(wanted, sizeof wanted, "%.*e", precision, value);
        while (bits_of(strtod(wanted, NULL)) != bits_of(value) && ++precision < 17);
        double back = 0;
        digits_of(text, size, digits);
        digits_of(wanted, strlen(wanted), wanted_digits);
        struct view view = {text, size};
        if (number_parse_f64(view, &back) != STATUS_OK || bits_of(back) != bits_of(value) ||
            strcmp(digits, wanted_digits) != 0)
            fail_msg("seed %u, round %d: %a became '%.*s', wanted %s", SEED + 2, round, value,
                     VIEW_ARG(view), wanted);
        assert_true(value < 0.001 || memchr(text, 'e', size) == NULL);
        size = number_format_f64(text, -value);
        assert_true(text[0] == '-' && size == view.size_bytes + 1);
    }
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
    assert_int_equal(number_parse_i64((struct view){NULL, 0}, &value), STATUS_INVALID);
    assert_int_equal(number_prefix((struct view){NULL, 0}), 0);
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
        assert_int_equal(number_parse_i64(view_of(large[i]), &value), STATUS_OVERFLOW);
    assert_int_equal(value, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_shortest_text),
        cmocka_unit_test(reads_back_every_double_it_writes),
        cmocka_unit_test(no_text_of_a_fraction_is_shorter_or_nearer),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(tells_too_large_from_too_small),
        cmocka_unit_test(knows_the_grammar),
        cmocka_unit_test(reads_whole_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
