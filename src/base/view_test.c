/* One idea: comparing views is an order, and the order is the one of a byte-by-byte oracle. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/view.h"

#define LETTER_COUNT 4
#define LENGTH_MAX 3

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static int slow_compare(struct view a, struct view b)
{
    for (size_t i = 0;; i++) {
        int x = i < a.size_bytes ? (unsigned char)a.data[i] : -1;
        int y = i < b.size_bytes ? (unsigned char)b.data[i] : -1;
        if (x != y)
            return x < y ? -1 : 1;
        if (x == -1)
            return 0;
    }
}

/* View number n of all that have up to LENGTH_MAX of four telling bytes. */
static struct view numbered(size_t n, char *to)
{
    static const char letters[LETTER_COUNT] = {'\0', 'a', '\x7f', '\x80'};
    size_t size = n % (LENGTH_MAX + 1);
    n /= LENGTH_MAX + 1;
    for (size_t i = 0; i < size; i++, n /= LETTER_COUNT)
        to[i] = letters[n % LETTER_COUNT];
    return (struct view){to, size};
}

static void views_compare_as_unsigned_bytes_then_by_length(void **state)
{
    (void)state;
    const size_t count = (LENGTH_MAX + 1) * LETTER_COUNT * LETTER_COUNT * LETTER_COUNT;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            char a[LENGTH_MAX];
            char b[LENGTH_MAX];
            struct view x = numbered(i, a);
            struct view y = numbered(k, b);
            assert_int_equal(sign(view_compare(x, y)), slow_compare(x, y));
            assert_int_equal(view_equal(x, y), slow_compare(x, y) == 0);
        }
}

static void the_empty_view_needs_no_bytes(void **state)
{
    (void)state;
    const struct view none = {NULL, 0};
    assert_true(view_equal(none, VIEW("")));
    assert_int_equal(view_compare(none, VIEW("")), 0);
    assert_true(view_compare(none, VIEW("a")) < 0);
    assert_true(view_compare(VIEW("a"), none) > 0);
    assert_false(view_equal(none, VIEW("\0")));
}

static void views_of_texts_leave_out_the_nul(void **state)
{
    (void)state;
    assert_int_equal(VIEW("a\0b").size_bytes, 3);
    assert_int_equal(view_of("a\0b").size_bytes, 1);
    assert_true(view_equal(view_of("abc"), VIEW("abc")));
}

static int precision_of(int size, const char *data)
{
    (void)data;
    return size;
}

static void the_precision_of_a_huge_view_is_not_negative(void **state)
{
    (void)state;
    struct view view = {"", 7};
    assert_int_equal(precision_of(VIEW_ARG(view)), 7);
    view.size_bytes = INT_MAX;
    assert_int_equal(precision_of(VIEW_ARG(view)), INT_MAX);
    view.size_bytes = (size_t)INT_MAX + 1;
    assert_int_equal(precision_of(VIEW_ARG(view)), INT_MAX);
    view.size_bytes = SIZE_MAX;
    assert_int_equal(precision_of(VIEW_ARG(view)), INT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_as_unsigned_bytes_then_by_length),
        cmocka_unit_test(the_empty_view_needs_no_bytes),
        cmocka_unit_test(views_of_texts_leave_out_the_nul),
        cmocka_unit_test(the_precision_of_a_huge_view_is_not_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
