/* One idea: an oracle that works on strings of digits judges what integers were read, and ISO's few
 * exceptions to two decimals are listed apart. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/money.h"
#include "base/random.h"

#define CURRENCY_COUNT 167

static unsigned iso_exponent(const char *code)
{
    static const char none[] =
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
    static const char four[] = "CLF UYW";
    if (strstr(none, code) != NULL)
        return 0;
    if (strstr(three, code) != NULL)
        return 3;
    return strstr(four, code) != NULL ? 4 : 2;
}

static void every_code_of_the_table_is_found_and_no_other(void **state)
{
    (void)state;
    int count = 0;
    for (int n = 0; n < 26 * 26 * 26; n++) {
        char code[4] = {(char)('A' + n / 676), (char)('A' + n / 26 % 26), (char)('A' + n % 26), 0};
        money_currency currency = 255;
        if (money_currency_find(view_of(code), &currency) != STATUS_OK) {
            assert_int_equal(currency, 255);
            continue;
        }
        assert_int_equal(currency, count++);
        assert_string_equal(money_currency_code(currency), code);
        if (money_currency_exponent(currency) != iso_exponent(code))
            fail_msg("%s has not %u decimals", code, money_currency_exponent(currency));
    }
    assert_int_equal(count, CURRENCY_COUNT);
}

static void currencies_in_use_are_there(void **state)
{
    (void)state;
    static const char *const codes[] = {
        "CNY", "USD", "EUR", "JPY", "GBP", "HKD", "KWD", "CLF", "ZWG", "SLE", "VED", "UYW",
        "XCG", "XAD", "BIF", "KMF", "GNF", "DJF", "RWF", "UGX", "UYI", "AED",
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        money_currency currency = 0;
        if (money_currency_find(view_of(codes[i]), &currency) != STATUS_OK)
            fail_msg("%s is missing", codes[i]);
    }
}

static void what_is_no_currency_is_not_found(void **state)
{
    (void)state;
    static const struct view codes[] = {
        VIEW(""), VIEW("U"), VIEW("US"), VIEW("USDX"), VIEW("usd"), VIEW("Usd"), VIEW("XX" "X"),
        VIEW("XTS"), VIEW("XAU"), VIEW("XDR"), VIEW("HRK"), VIEW("DEM"), VIEW("AAA"), VIEW("ZZZ"),
        VIEW("USD\0"), VIEW("\0\0\0"), VIEW("\xff\xff\xff"), VIEW(" USD"), {NULL, 0},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        money_currency currency = 77;
        assert_int_equal(money_currency_find(codes[i], &currency), STATUS_NOT_FOUND);
        assert_int_equal(currency, 77);
    }
}

/* As money_parse says, by arranging digits: `ret_digits` receives the minor units' digits. */
static enum status slow_parse(const char *text, size_t exponent, char *ret_digits)
{
    const char *at = text + (text[0] == '-');
    size_t whole = strspn(at, "0123456789");
    const char *fraction = at[whole] == '.' ? at + whole + 1 : "";
    size_t size = strspn(fraction, "0123456789");
    if (whole == 0 || (at[whole] == '.' && size == 0) ||
        (at[whole] == '.' ? fraction[size] : at[whole]) != '\0')
        return STATUS_INVALID;
    if (size > exponent && strspn(fraction + exponent, "0") != size - exponent)
        return STATUS_LIMIT;
    size_t kept = size < exponent ? size : exponent;
    snprintf(ret_digits, 256, "%.*s%.*s%.*s", (int)whole, at, (int)kept, fraction,
             (int)(exponent - kept), "0000");
    ret_digits += strspn(ret_digits, "0");
    size_t count = strlen(ret_digits);
    return count > 16 || (count == 16 && strcmp(ret_digits, "1000000000000000") > 0)
               ? STATUS_OVERFLOW : STATUS_OK;
}

static void check_parse(const char *text, unsigned exponent)
{
    char digits[256] = "";
    enum status wanted = slow_parse(text, exponent, digits);
    int64_t minor = 4242;
    enum status status = money_parse(view_of(text), exponent, &minor);
    if (status != wanted)
        fail_msg("'%s' with %u decimals: %s", text, exponent, status_text(status));
    int64_t value = 0;
    for (const char *at = digits; wanted == STATUS_OK && *at != '\0'; at++)
        value = value * 10 + (*at - '0');
    if (text[0] == '-')
        value = -value;
    if (minor != (wanted == STATUS_OK ? value : 4242))
        fail_msg("'%s' with %u decimals gives %" PRId64, text, exponent, minor);
}

static void random_texts_are_read_as_their_digits_say(void **state)
{
    (void)state;
    static const char letters[] = "0123456789000999..--+e ,";
    const uint64_t seed = 2026;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 400000; round++) {
        char text[40];
        size_t size = (size_t)random_below(&random, round % 3 == 0 ? 8 : 30);
        size_t kinds = round % 4 == 0 ? sizeof letters - 1 : 17;
        for (size_t i = 0; i < size; i++)
            text[i] = letters[random_below(&random, kinds)];
        if (size > 4 && round % 2 == 0)
            text[size - 1 - random_below(&random, 4)] = '.';
        text[size] = '\0';
        check_parse(text, (unsigned)random_below(&random, 5));
    }
}

static void edges_are_read_as_their_digits_say(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0", "-0", "00", "-0.00", "007", "-000000000000000000000000000012.50", ".5", "-.5", "1.",
        "-", "--1", "+1", "", ".", "-.", "1e5", "1E5", "0x10", " 1", "1 ", "1,000", "1.2.3", "1-",
        "12.50", "12.5", "12.500000000000000000000000000000000000000000", "12.5000000000000000001",
        "0.00000000000000000000000000000000000000000000", "1000000000000000",
        "1000000000000001", "10000000000000.00", "10000000000000.01", "9999999999999.99",
        "-10000000000000.00", "-10000000000000.01", "100000000000.0000", "100000000000.0001",
        "99999999999.9999", "1000000000000.000", "1000000000000.001", "100000000000000.0",
        "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "99999999999999999999999999999999999999", "100000000000000.000000000000000000000000",
        "99999999999999999999.001", "nan", "inf", "1_000", "\xd9\xa1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (unsigned exponent = 0; exponent <= 4; exponent++)
            check_parse(texts[i], exponent);
}

static void each_error_has_its_status(void **state)
{
    (void)state;
    int64_t minor = 5;
    assert_int_equal(money_parse(VIEW("12.505"), 2, &minor), STATUS_LIMIT);
    assert_int_equal(money_parse(VIEW("99999999999999999999.001"), 2, &minor), STATUS_LIMIT);
    assert_int_equal(money_parse(VIEW("10000000000000.01"), 2, &minor), STATUS_OVERFLOW);
    assert_int_equal(money_parse(VIEW("1."), 2, &minor), STATUS_INVALID);
    assert_int_equal(money_parse(VIEW(".5"), 2, &minor), STATUS_INVALID);
    assert_int_equal(money_parse(VIEW("1.005x"), 2, &minor), STATUS_INVALID);
    assert_int_equal(money_parse(VIEW("7\0"), 2, &minor), STATUS_INVALID);
    assert_int_equal(money_parse((struct view){NULL, 0}, 2, &minor), STATUS_INVALID);
    assert_int_equal(minor, 5);
    assert_int_equal(money_parse(VIEW("-0"), 2, &minor), STATUS_OK);
    assert_int_equal(minor, 0);
    assert_int_equal(money_parse(VIEW("-10000000000000"), 2, &minor), STATUS_OK);
    assert_true(minor == -MONEY_MINOR_MAX);
    /* 9,000 amounts of the largest size fit into 64 bits, as money.h promises. */
    assert_true(MONEY_MINOR_MAX <= INT64_MAX / 9000);
}

static void check_format(int64_t minor, unsigned exponent)
{
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000};
    uint64_t size = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    char wanted[64];
    int wanted_size = snprintf(wanted, sizeof wanted, "%s%" PRIu64, minor < 0 ? "-" : "",
                               size / powers[exponent]);
    if (exponent > 0)
        wanted_size += snprintf(wanted + wanted_size, 32, ".%0*" PRIu64, (int)exponent,
                                size % powers[exponent]);
    char text[MONEY_TEXT_BYTES_MAX];
    size_t written = money_format(text, minor, exponent);
    assert_true(written <= MONEY_TEXT_BYTES_MAX);
    struct view view = {text, written};
    assert_true(view_equal(view, (struct view){wanted, (size_t)wanted_size}));
    int64_t again = 0;
    enum status status = money_parse(view, exponent, &again);
    if (size <= (uint64_t)MONEY_MINOR_MAX)
        assert_true(status == STATUS_OK && again == minor);
    else
        assert_int_equal(status, STATUS_OVERFLOW);
}

static void amounts_are_written_and_read_back(void **state)
{
    (void)state;
    static const int64_t edges[] = {
        0, 1, 5, 9, 10, 99, 100, 999, 1000, 9999, 10000, 10001, MONEY_MINOR_MAX - 1,
        MONEY_MINOR_MAX, MONEY_MINOR_MAX + 1, INT64_MAX,
    };
    const uint64_t seed = 10;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (unsigned exponent = 0; exponent <= 4; exponent++) {
        for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
            check_format(edges[i], exponent);
            check_format(-edges[i], exponent);
        }
        check_format(INT64_MIN, exponent);
        for (int i = 0; i < 50000; i++)
            check_format((int64_t)random_u64(&random) >> random_below(&random, 64), exponent);
    }
}

static void excess_decimals_are_rounded_when_asked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned exponent;
        int64_t minor;
    } cases[] = {
        {"85.64999999999999", 2, 8565}, {"52.300000000000004", 2, 5230}, {"0.005", 2, 1},
        {"-0.005", 2, -1},              {"0.00499999", 2, 0},            {"-1.994", 2, -199},
        {"9.5", 0, 10},                 {"9.4999", 0, 9},                {"12.5", 2, 1250},
        {"7", 3, 7000},                 {"9999999999999.994", 2, 999999999999999},
        {"9999999999999.995", 2, 1000000000000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t minor = 0;
        assert_int_equal(
            money_parse_rounded(view_of(cases[i].text), cases[i].exponent, &minor), STATUS_OK);
        assert_true(minor == cases[i].minor);
    }
    int64_t kept = 3;
    assert_int_equal(money_parse_rounded(VIEW("10000000000000.005"), 2, &kept), STATUS_OVERFLOW);
    assert_int_equal(money_parse_rounded(VIEW("1.5x"), 2, &kept), STATUS_INVALID);
    assert_int_equal(money_parse_rounded(VIEW("1."), 2, &kept), STATUS_INVALID);
    assert_int_equal(money_parse_rounded(VIEW(""), 2, &kept), STATUS_INVALID);
    assert_true(kept == 3);
}

static void totals_end_where_int64_ends(void **state)
{
    (void)state;
    assert_true(money_add(2, -5) == -3);
    assert_true(money_add(INT64_MAX, 1) == INT64_MAX);
    assert_true(money_add(INT64_MIN, -1) == INT64_MIN);
    int64_t sum = 0;
    for (int i = 0; i < 10000; i++)
        sum = money_add(sum, MONEY_MINOR_MAX);
    assert_true(sum == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_of_the_table_is_found_and_no_other),
        cmocka_unit_test(currencies_in_use_are_there),
        cmocka_unit_test(what_is_no_currency_is_not_found),
        cmocka_unit_test(random_texts_are_read_as_their_digits_say),
        cmocka_unit_test(edges_are_read_as_their_digits_say),
        cmocka_unit_test(each_error_has_its_status),
        cmocka_unit_test(excess_decimals_are_rounded_when_asked),
        cmocka_unit_test(totals_end_where_int64_ends),
        cmocka_unit_test(amounts_are_written_and_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
