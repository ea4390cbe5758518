/* One idea: a calendar that counts its days one by one, and tables of what RFC 3339 and patterns
 * allow and do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/datetime.h"
#include "base/random.h"

/* Sakamoto's formula; 1 for Monday to 7 for Sunday. */
static int slow_weekday(int year, int month, int day)
{
    static const int shifts[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    int y = month < 3 ? year - 1 : year;
    int since_sunday = (y + y / 4 - y / 100 + y / 400 + shifts[month - 1] + day) % 7;
    return since_sunday == 0 ? 7 : since_sunday;
}

static int slow_month_days(int year, int month)
{
    if (month == 2)
        return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Midnight, the last millisecond and one between of one day, there and back. */
static bool day_is_right(int year, int month, int day, int64_t midnight_ms)
{
    struct datetime date = {.year = year, .month = month, .day = day};
    struct datetime last = {year, month, day, 23, 59, 59, 999};
    int64_t ms = 0;
    int64_t last_ms = 0;
    struct datetime back = datetime_of(midnight_ms);
    struct datetime back_last = datetime_of(midnight_ms + DATETIME_MS_DAY - 1);
    return datetime_to_ms(&date, &ms) == STATUS_OK && ms == midnight_ms &&
           datetime_to_ms(&last, &last_ms) == STATUS_OK &&
           last_ms == midnight_ms + DATETIME_MS_DAY - 1 &&
           memcmp(&back, &date, sizeof date) == 0 && memcmp(&back_last, &last, sizeof last) == 0 &&
           datetime_weekday(midnight_ms) == slow_weekday(year, month, day) &&
           datetime_weekday(last_ms) == slow_weekday(year, month, day);
}

static void every_day_from_year_1_to_9999_comes_back(void **state)
{
    (void)state;
    int64_t ms = DATETIME_MS_MIN;
    for (int year = 1; year <= 9999; year++)
        for (int month = 1; month <= 12; month++) {
            int count = slow_month_days(year, month);
            for (int day = 1; day <= count; day++, ms += DATETIME_MS_DAY) {
                if (!day_is_right(year, month, day, ms))
                    fail_msg("%04d-%02d-%02d is wrong", year, month, day);
                if (year == 1970 && month == 1 && day == 1)
                    assert_int_equal(ms, 0);
            }
            struct datetime beyond = {.year = year, .month = month, .day = count + 1};
            int64_t untouched = 5;
            assert_int_equal(datetime_to_ms(&beyond, &untouched), STATUS_INVALID);
            assert_int_equal(untouched, 5);
        }
    assert_true(ms == DATETIME_MS_MAX + 1);
}

static void parts_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct datetime cases[] = {
        {0, 1, 1, 0, 0, 0, 0}, {-1, 1, 1, 0, 0, 0, 0}, {10000, 1, 1, 0, 0, 0, 0},
        {2026, 0, 1, 0, 0, 0, 0}, {2026, 13, 1, 0, 0, 0, 0}, {2026, 1, 0, 0, 0, 0, 0},
        {2026, 1, 1, -1, 0, 0, 0}, {2026, 1, 1, 24, 0, 0, 0}, {2026, 1, 1, 0, -1, 0, 0},
        {2026, 1, 1, 0, 60, 0, 0}, {2026, 1, 1, 0, 0, -1, 0}, {2026, 1, 1, 0, 0, 60, 0},
        {2026, 1, 1, 0, 0, 0, -1}, {2026, 1, 1, 0, 0, 0, 1000},
        {INT32_MAX, INT32_MAX, INT32_MAX, 0, 0, 0, 0},
        {INT32_MIN, INT32_MIN, INT32_MIN, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 5;
        assert_int_equal(datetime_to_ms(&cases[i], &ms), STATUS_INVALID);
        assert_int_equal(ms, 5);
    }
}

#define MS_2026_11_22_15_52_16 ((int64_t)1795362736000)

static void rfc_3339_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0}, {"1969-12-31T23:59:59.999Z", -1},
        {"2026-11-22T15:52:16Z", MS_2026_11_22_15_52_16},
        {"2026-11-22t15:52:16z", MS_2026_11_22_15_52_16},
        {"2026-11-22 15:52:16Z", MS_2026_11_22_15_52_16},
        {"2026-11-22T15:52:16+00:00", MS_2026_11_22_15_52_16},
        {"2026-11-22T15:52:16-00:00", MS_2026_11_22_15_52_16},
        {"2026-11-22T23:52:16+08:00", MS_2026_11_22_15_52_16},
        {"2026-11-22T05:22:16-10:30", MS_2026_11_22_15_52_16},
        {"2026-11-23T15:51:16+23:59", MS_2026_11_22_15_52_16},
        {"2026-11-22T15:52:16.1Z", MS_2026_11_22_15_52_16 + 100},
        {"2026-11-22T15:52:16.12Z", MS_2026_11_22_15_52_16 + 120},
        {"2026-11-22T15:52:16.123Z", MS_2026_11_22_15_52_16 + 123},
        {"2026-11-22T15:52:16.1239Z", MS_2026_11_22_15_52_16 + 123},
        {"2026-11-22T15:52:16.123999999Z", MS_2026_11_22_15_52_16 + 123},
        {"2026-11-22T15:52:16.1239999999999999999999999Z", MS_2026_11_22_15_52_16 + 123},
        {"2026-11-22T15:52:16.000000000001+00:00", MS_2026_11_22_15_52_16},
        {"1985-04-12T23:20:50.52Z", 482196050520}, {"1996-12-19T16:39:57-08:00", 851042397000},
        {"1990-12-31T23:59:60Z", 662687999999}, {"1990-12-31T15:59:60.25-08:00", 662687999999},
        {"1937-01-01T12:00:27.87+00:20", -1041337172130}, {"2000-02-29T00:00:00Z", 951782400000},
        {"0001-01-01T00:00:00Z", DATETIME_MS_MIN}, {"9999-12-31T23:59:59.999Z", DATETIME_MS_MAX},
        {"9999-12-31T23:59:60Z", DATETIME_MS_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 5;
        if (datetime_parse(view_of(cases[i].text), &ms) != STATUS_OK || ms != cases[i].ms)
            fail_msg("%s is read as %lld", cases[i].text, (long long)ms);
    }
}

static void what_is_not_rfc_3339_is_refused(void **state)
{
    (void)state;
    static const struct view texts[] = {
        VIEW(""), {NULL, 0}, VIEW("2026"), VIEW("2026-11-22"), VIEW("2026-11-22T15:52:16"),
        VIEW("2026-11-22T15:52Z"), VIEW("2026-11-22T15Z"), VIEW("2026-11-22T15:52:16.Z"),
        VIEW("2026-11-22T15:52:16,5Z"), VIEW("2026-11-22T15:52:16.5"), VIEW("2026-11-22_15:52:16Z"),
        VIEW("2026-11-22T15:52:16+0800"), VIEW("2026-11-22T15:52:16+08"),
        VIEW("2026-11-22T15:52:16+8:00"), VIEW("2026-11-22T15:52:16+24:00"),
        VIEW("2026-11-22T15:52:16+08:60"), VIEW("2026-11-22T15:52:16 +08:00"),
        VIEW("2026-11-22T15:52:16*08:00"), VIEW("2026-11-22T15:52:16Z "),
        VIEW(" 2026-11-22T15:52:16Z"), VIEW("2026-11-22T15:52:16ZZ"),
        VIEW("2026-11-22T15:52:16Z\0"),
        VIEW("2026-11-22T24:00:00Z"), VIEW("2026-11-22T15:60:16Z"), VIEW("2026-11-22T15:52:61Z"),
        VIEW("2026-13-22T15:52:16Z"), VIEW("2026-00-22T15:52:16Z"), VIEW("2026-11-31T15:52:16Z"),
        VIEW("2026-11-00T15:52:16Z"), VIEW("2026-02-29T15:52:16Z"), VIEW("1900-02-29T00:00:00Z"),
        VIEW("0000-11-22T15:52:16Z"), VIEW("+2026-11-22T15:52:16Z"), VIEW("-2026-11-22T15:52:16Z"),
        VIEW("12026-11-22T15:52:16Z"), VIEW("26-11-22T15:52:16Z"), VIEW("2026-1-22T15:52:16Z"),
        VIEW("2026/11/22T15:52:16Z"), VIEW("20261122T155216Z"), VIEW("2026-11-22T15:52: 6Z"),
        VIEW("2026-11-22T1a:52:16Z"), VIEW("2026-11-22TT15:52:16Z"), VIEW("2026-W47-7T15:52:16Z"),
        VIEW("0001-01-01T00:00:00+00:01"), VIEW("9999-12-31T23:59:59-00:01"),
        VIEW("\xef\xbc\x92" "026-11-22T15:52:16Z"), VIEW("1795362736"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms = 5;
        if (datetime_parse(texts[i], &ms) != STATUS_INVALID)
            fail_msg("text %zu is accepted", i);
        assert_int_equal(ms, 5);
    }
}

static void every_prefix_of_a_time_is_refused(void **state)
{
    (void)state;
    const struct view text = VIEW("2026-11-22T15:52:16.123+08:00");
    int64_t ms = 5;
    for (size_t size = 0; size < text.size_bytes; size++)
        assert_int_equal(datetime_parse((struct view){text.data, size}, &ms), STATUS_INVALID);
    assert_int_equal(ms, 5);
    assert_int_equal(datetime_parse(text, &ms), STATUS_OK);
}

static void random_times_are_written_and_read_back(void **state)
{
    (void)state;
    const uint64_t seed = 1582;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 100000; i++) {
        int64_t ms = random_between(&random, DATETIME_MS_MIN, DATETIME_MS_MAX);
        if (i % 4 == 0)
            ms -= ms % 1000;
        struct datetime t = datetime_of(ms);
        char wanted[96];
        int size = snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02d", t.year, t.month,
                            t.day, t.hour, t.minute, t.second);
        if (t.millisecond != 0)
            size += snprintf(wanted + size, 16, ".%03d", t.millisecond);
        wanted[size++] = 'Z';
        char text[DATETIME_TEXT_BYTES_MAX];
        struct view view = {text, datetime_format(text, ms)};
        assert_true(view_equal(view, (struct view){wanted, (size_t)size}));
        int64_t again = 0;
        assert_int_equal(datetime_parse(view, &again), STATUS_OK);
        assert_true(again == ms);
    }
}

static void patterns_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        int64_t ms;
    } cases[] = {
        {"YYYY-MM-DD hh:mm:ss", "2026-11-22 15:52:16", MS_2026_11_22_15_52_16},
        {"DD.MM.YYYY hh:mm:ss", "22.11.2026 15:52:16", MS_2026_11_22_15_52_16},
        {"YYYYMMDDhhmmss", "20261122155216", MS_2026_11_22_15_52_16},
        {"YYYYMMDDhhmmssSSS", "20261122155216789", MS_2026_11_22_15_52_16 + 789},
        {"YYYY/MM/DDThh:mm:ss.SSSZ", "2026/11/22T15:52:16.5Z", MS_2026_11_22_15_52_16 + 500},
        {"YYYY-MM-DD hh:mm:ss.SSS", "2026-11-22 15:52:16.123456789", MS_2026_11_22_15_52_16 + 123},
        {"YYYY-MM-DD hh:mm", "2026-11-22 15:52", MS_2026_11_22_15_52_16 - 16000},
        {"YYYY-MM-DD", "1970-01-02", DATETIME_MS_DAY}, {"YYYY-MM", "1970-02", 31 * DATETIME_MS_DAY},
        {"YYYY", "1971", 365 * DATETIME_MS_DAY}, {"year YYYY!", "year 1970!", 0},
        {"YYYY-MM-DD hh:mm:ss", "1990-12-31 23:59:60", 662687999999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view pattern = view_of(cases[i].pattern);
        int64_t ms = 5;
        assert_int_equal(datetime_pattern_check(pattern), STATUS_OK);
        if (datetime_parse_as(pattern, view_of(cases[i].text), &ms) != STATUS_OK ||
            ms != cases[i].ms)
            fail_msg("%s is read as %lld", cases[i].text, (long long)ms);
    }
}

static void texts_that_do_not_fit_their_pattern_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        struct view text;
    } cases[] = {
        {"YYYY-MM-DD", VIEW("2026-11-2")}, {"YYYY-MM-DD", VIEW("2026-11-222")},
        {"YYYY-MM-DD", VIEW("2026-02-30")}, {"YYYY-MM-DD", VIEW("2026/11/22")},
        {"YYYY-MM-DD", VIEW("")}, {"YYYY-MM-DD", {NULL, 0}}, {"YYYY-MM-DD", VIEW("2026-11-22\0")},
        {"YYYY-MM-DD", VIEW("0000-01-01")}, {"YYYY-MM-DD", VIEW("2026-13-01")},
        {"YYYY-MM-DD hh", VIEW("2026-11-22 24")}, {"YYYY-MM-DD hh", VIEW("2026-11-22 ")},
        {"YYYY-MM-DD hh:mm:ss.SSS", VIEW("2026-11-22 15:52:16.")},
        {"YYYY-MM-DD hh:mm:ss.SSS", VIEW("2026-11-22 15:52:16")},
        {"YYYY-MM-DD hh:mm:ss.SSS", VIEW("2026-11-22 15:52:16.1234567890")},
        {"YYYY-MM-DD hh:mm:ss", VIEW("2026-11-22 15:52:61")}, {"YYYY x", VIEW("2026 X")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 5;
        if (datetime_parse_as(view_of(cases[i].pattern), cases[i].text, &ms) != STATUS_INVALID)
            fail_msg("case %zu is accepted", i);
        assert_int_equal(ms, 5);
    }
}

static void patterns_that_leave_a_time_open_are_refused(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "", "YYY", "MM-DD", "YYYY-DD", "YYYY-MM-DD mm", "YYYY-MM-DD hh:ss", "YYYY-MM-DD hh:mm.SSS",
        "YYYY-MM-DD-YYYY", "YYYY-MM-MM", "hh:mm:ss", "YYYY hh", "yyyy-mm-dd",
        "YYYY-MM-DD hh:mm:ss SSS SSS",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (datetime_pattern_check(view_of(patterns[i])) != STATUS_INVALID)
            fail_msg("%s is accepted", patterns[i]);
    assert_int_equal(datetime_pattern_check((struct view){NULL, 0}), STATUS_INVALID);
}

/* A fraction takes up to nine digits, so that digits right behind it would be taken for its own. */
static void a_fraction_is_not_followed_by_digits(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "SSSYYYY-MM-DD hh:mm:ss", "YYYYMMDD hhmm SSSss", "YYYY-MM-DD hh:mm:ss.SSS0",
        "DD hh:mm:ss.SSSMM.YYYY",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (datetime_pattern_check(view_of(refused[i])) != STATUS_INVALID)
            fail_msg("%s is accepted", refused[i]);
    const struct view pattern = VIEW("hh:mm:ss.SSS YYYY-MM-DD");
    int64_t ms = 5;
    assert_int_equal(datetime_pattern_check(pattern), STATUS_OK);
    assert_int_equal(datetime_parse_as(pattern, VIEW("00:00:00.25 1970-01-01"), &ms), STATUS_OK);
    assert_int_equal(ms, 250);
}

/* Parts in any order with any byte between them: what the check allows reads what it writes. */
static void what_a_checked_pattern_writes_it_reads(void **state)
{
    (void)state;
    static const char *const parts[] = {"YYYY", "MM", "DD", "hh", "mm", "ss", "SSS"};
    static const char letters[] = "  -:./TZ09YMDhmsS\x80";
    const uint64_t seed = 1;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    int allowed_count = 0;
    for (int round = 0; round < 200000; round++) {
        char pattern[64];
        size_t size = 0;
        size_t part_count = 1 + (size_t)random_below(&random, 7);
        for (size_t i = 0; i < part_count; i++) {
            if (random_below(&random, 2) == 0)
                pattern[size++] = letters[random_below(&random, sizeof letters - 1)];
            const char *part = parts[round % 2 == 0 ? i : part_count - 1 - i];
            memcpy(pattern + size, part, strlen(part));
            size += strlen(part);
        }
        struct view view = {pattern, size};
        if (datetime_pattern_check(view) != STATUS_OK)
            continue;
        allowed_count++;
        int year = (int)random_between(&random, 1, 9999);
        struct datetime date = {.year = year, .month = 1, .day = 1};
        int *const fields[] = {&date.year,   &date.month,  &date.day, &date.hour,
                               &date.minute, &date.second, &date.millisecond};
        for (size_t i = 1; i < part_count; i++)
            *fields[i] = (int)random_between(&random, 1, 12);
        int64_t ms = 0;
        int64_t again = 0;
        char text[64];
        assert_int_equal(datetime_to_ms(&date, &ms), STATUS_OK);
        datetime_format_as(text, view, ms);
        if (datetime_parse_as(view, (struct view){text, size}, &again) != STATUS_OK || again != ms)
            fail_msg("%.*s writes %.*s", (int)size, pattern, (int)size, text);
    }
    assert_in_range(allowed_count, 50000, 200000);
}

/* The layout that is read by words, against patterns that say the same in another order or with
 * something behind and are read part by part; times are often spoilt by a byte. */
static void the_common_layout_is_read_as_its_parts_are(void **state)
{
    (void)state;
    const uint64_t seed = 11;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    int good = 0;
    for (int round = 0; round < 400000; round++) {
        char text[DATETIME_TEXT_BYTES_MAX + 1];
        int64_t ms = random_between(&random, DATETIME_MS_MIN, DATETIME_MS_MAX);
        const char between = "T t_h0D"[random_below(&random, 7)];
        datetime_format_as(text, VIEW("YYYY-MM-DD_hh:mm:ss"), ms);
        text[10] = between;
        text[19] = 'Z';
        if (random_below(&random, 4) != 0)
            text[random_below(&random, 19)] = (char)(random_below(&random, 2) == 0
                                                         ? '0' + random_below(&random, 10)
                                                         : random_below(&random, 256));
        char pattern[] = "YYYY-MM-DD_hh:mm:ssZ";
        pattern[10] = between;
        char turned[] = "hh:mm:ss YYYY-MM-DD";
        int64_t whole_ms = 0;
        int64_t parts_ms = 0;
        int64_t zone_ms = 0;
        enum status whole = datetime_parse_as((struct view){pattern, 19},
                                              (struct view){text, 19}, &whole_ms);
        enum status parts = datetime_parse_as((struct view){pattern, 20},
                                              (struct view){text, 20}, &parts_ms);
        assert_int_equal(whole, parts);
        assert_true(whole_ms == parts_ms);
        memcpy(turned, text + 11, 8);
        memcpy(turned + 9, text, 10);
        parts = datetime_parse_as(VIEW("hh:mm:ss YYYY-MM-DD"), view_of(turned), &parts_ms);
        if (text[10] != 'T' && text[10] != 't' && text[10] != ' ')
            parts = STATUS_INVALID;
        assert_int_equal(datetime_parse((struct view){text, 20}, &zone_ms), parts);
        assert_true(parts != STATUS_OK || zone_ms == parts_ms);
        good += parts == STATUS_OK;
    }
    assert_true(good > 50000 && good < 350000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_year_1_to_9999_comes_back),
        cmocka_unit_test(parts_out_of_range_are_refused),
        cmocka_unit_test(rfc_3339_is_read),
        cmocka_unit_test(what_is_not_rfc_3339_is_refused),
        cmocka_unit_test(every_prefix_of_a_time_is_refused),
        cmocka_unit_test(random_times_are_written_and_read_back),
        cmocka_unit_test(patterns_are_read),
        cmocka_unit_test(texts_that_do_not_fit_their_pattern_are_refused),
        cmocka_unit_test(patterns_that_leave_a_time_open_are_refused),
        cmocka_unit_test(a_fraction_is_not_followed_by_digits),
        cmocka_unit_test(what_a_checked_pattern_writes_it_reads),
        cmocka_unit_test(the_common_layout_is_read_as_its_parts_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
