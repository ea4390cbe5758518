/* One idea: each file of the room through its public header, with vectors from outside where there are any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/utf8.h"

static void siphash_agrees_with_the_papers_vector(void **state)
{
    (void)state;
    char bytes[15];
    for (int i = 0; i < 15; i++)
        bytes[i] = (char)i;
    struct hash_seed seed = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    assert_true(hash_bytes_strong(seed, (struct view){bytes, 15}) == 0xa129ca6149be45e5u);
}

static void well_formed_utf8_ends_where_the_standard_says(void **state)
{
    (void)state;
    static const struct { const char *text; size_t prefix; } cases[] = {
        {"", 0}, {"ascii only, longer than a word", 30}, {"0123456789\xff", 10},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9}, {"a\xc3", 1}, {"a\xe2\x82", 1},
        {"\xc0\x80", 0}, {"x\xe0\x9f\xbf", 1}, {"x\xed\xa0\x80", 1}, {"\xed\x9f\xbf", 3},
        {"\xf0\x8f\xbf\xbf", 0}, {"\xf4\x8f\xbf\xbf", 4}, {"\xf4\x90\x80\x80", 0}, {"ab\x80", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = strlen(cases[i].text);
        assert_int_equal(utf8_valid_prefix(cases[i].text, size), cases[i].prefix);
        assert_int_equal(utf8_valid(cases[i].text, size), cases[i].prefix == size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_utf8_ends_where_the_standard_says),
        cmocka_unit_test(siphash_agrees_with_the_papers_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
