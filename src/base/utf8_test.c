/* One idea: a slow decoder that accepts a character only if encoding it again gives the same bytes
 * judges every sequence of up to three bytes and every boundary of the four-byte ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "base/utf8.h"

static size_t encode(uint32_t c, unsigned char to[4])
{
    if (c < 0x80) {
        to[0] = (unsigned char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        to[i] = (unsigned char)(0x80 | (c & 0x3f));
    to[0] = (unsigned char)((0xf00u >> size) | c);
    return size;
}

/* The size of the one character at `s`, or 0. */
static size_t slow_character(const unsigned char *s, size_t left)
{
    for (size_t size = 1; size <= 4 && size <= left; size++) {
        uint32_t c = size == 1 ? s[0] : s[0] & (0x7fu >> size);
        for (size_t i = 1; i < size; i++)
            c = c << 6 | (s[i] & 0x3f);
        unsigned char again[4];
        if (c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) && encode(c, again) == size &&
            memcmp(again, s, size) == 0)
            return size;
    }
    return 0;
}

static size_t slow_prefix(const unsigned char *s, size_t size_bytes)
{
    size_t at = 0;
    size_t size = 1;
    while (at < size_bytes && size > 0) {
        size = slow_character(s + at, size_bytes - at);
        at += size;
    }
    return at;
}

static bool agrees(const unsigned char *s, size_t size_bytes)
{
    size_t prefix = slow_prefix(s, size_bytes);
    return utf8_valid_prefix((const char *)s, size_bytes) == prefix &&
           utf8_valid((const char *)s, size_bytes) == (prefix == size_bytes);
}

static void every_sequence_of_up_to_three_bytes_is_judged_rightly(void **state)
{
    (void)state;
    uint32_t wrong = 0;
    for (uint32_t n = 0; n < 1u << 24; n++) {
        unsigned char s[3] = {(unsigned char)(n >> 16), (unsigned char)(n >> 8),
                              (unsigned char)n};
        wrong += !agrees(s, 3);
        wrong += n < 1u << 16 && !agrees(s + 1, 2);
        wrong += n < 1u << 8 && !agrees(s + 2, 1);
    }
    assert_int_equal(wrong, 0);
}

static void every_boundary_of_four_bytes_is_judged_rightly(void **state)
{
    (void)state;
    static const unsigned char edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                          0xa0, 0xbf, 0xc0, 0xff};
    uint32_t wrong = 0;
    uint32_t valid = 0;
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++)
            for (size_t i = 0; i < sizeof edges * sizeof edges; i++) {
                unsigned char s[4] = {(unsigned char)first, (unsigned char)second,
                                      edges[i / sizeof edges], edges[i % sizeof edges]};
                wrong += !agrees(s, 4);
                valid += slow_character(s, 4) == 4;
            }
    assert_int_equal(wrong, 0);
    assert_int_equal(valid, (0x30 + 3 * 0x40 + 0x10) * 6 * 6);
}

static void the_table_of_rfc_3629_holds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true}, {"A\xe2\x89\xa2\xce\x91.", true},
        {"\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4", true},
        {"\xef\xbb\xbf\xf0\xa3\x8e\xb4", true}, {"\xf4\x8f\xbf\xbf", true}, {"\xc2\x80", true},
        {"\xdf\xbf", true}, {"\xe0\xa0\x80", true}, {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true}, {"\xf0\x90\x80\x80", true}, {"\x7f", true},
        {"\x80", false}, {"\xbf", false}, {"\xc0\x80", false}, {"\xc1\xbf", false},
        {"\xe0\x80\xaf", false}, {"\xe0\x9f\xbf", false}, {"\xf0\x80\x80\x80", false},
        {"\xf0\x8f\xbf\xbf", false}, {"\xed\xa0\x80", false}, {"\xed\xbf\xbf", false},
        {"\xed\xa0\x81\xed\xb0\x80", false}, {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false}, {"\xfe", false}, {"\xff", false}, {"\xc2", false},
        {"\xe2\x89", false}, {"\xf0\xa3\x8e", false}, {"\xc2" "A", false}, {"\xe2\x89" "A", false},
        {"\xf8\x88\x80\x80\x80", false}, {"\xfc\x84\x80\x80\x80\x80", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (utf8_valid(cases[i].text, strlen(cases[i].text)) != cases[i].valid)
            fail_msg("case %zu is judged wrongly", i);
    assert_true(utf8_valid(NULL, 0));
    assert_true(utf8_valid("a\0b", 3));
}

/* A string of `count` random characters; marks[i] says whether a character starts at byte i. */
static size_t random_text(struct random *random, size_t count, unsigned char *to, bool *marks)
{
    static const uint32_t bounds[] = {0x80, 0x800, 0xd800, 0x110000};
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = (uint32_t)random_below(random, bounds[random_below(random, 4)]);
        if (c >= 0xd800 && c <= 0xdfff)
            c = 'x';
        marks[size] = true;
        size += encode(c, to + size);
    }
    marks[size] = true;
    return size;
}

static void damage_is_found_wherever_it_lies_among_ascii(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 40; size++)
        for (size_t at = 0; at < size; at++) {
            char text[40];
            memset(text, 'a', sizeof text);
            assert_true(utf8_valid(text, size));
            text[at] = '\x80';
            assert_false(utf8_valid(text, size));
            assert_int_equal(utf8_valid_prefix(text, size), at);
            text[at] = '\xc3';
            assert_false(utf8_valid(text, size));
            assert_int_equal(utf8_valid_prefix(text, size), at);
            if (at + 1 < size) {
                text[at + 1] = '\xa9';
                assert_true(utf8_valid(text, size));
            }
        }
}

static void a_prefix_ends_at_the_last_whole_character(void **state)
{
    (void)state;
    const uint64_t seed = 20260101;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 2000; round++) {
        unsigned char text[128];
        bool marks[129] = {false};
        size_t size = random_text(&random, 30, text, marks);
        assert_true(utf8_valid((const char *)text, size));
        size_t whole = 0;
        for (size_t cut = 0; cut <= size; cut++) {
            whole = marks[cut] ? cut : whole;
            assert_int_equal(utf8_whole_prefix((const char *)text, cut), whole);
        }
    }
}

static void a_prefix_of_any_bytes_is_at_most_three_shorter(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 1u << 20; n++) {
        static const unsigned char bytes[] = {0x00, 0x41, 0x7f, 0x80, 0x9f, 0xbf, 0xc0, 0xc2,
                                              0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf8, 0xff};
        unsigned char s[5];
        for (unsigned i = 0; i < 5; i++)
            s[i] = bytes[n >> 4 * i & 15];
        size_t size = utf8_whole_prefix((const char *)s, 5);
        if (size > 5 || size < 2)
            fail_msg("%zu of 5 bytes are left", size);
    }
    assert_int_equal(utf8_whole_prefix(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_of_up_to_three_bytes_is_judged_rightly),
        cmocka_unit_test(every_boundary_of_four_bytes_is_judged_rightly),
        cmocka_unit_test(the_table_of_rfc_3629_holds),
        cmocka_unit_test(damage_is_found_wherever_it_lies_among_ascii),
        cmocka_unit_test(a_prefix_ends_at_the_last_whole_character),
        cmocka_unit_test(a_prefix_of_any_bytes_is_at_most_three_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
