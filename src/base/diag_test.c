/* One idea: sentences of every length around each limit, with characters of several bytes lying
 * across the place where they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/diag.h"
#include "base/utf8.h"

static void setting_empties_what_was_there(void **state)
{
    (void)state;
    struct diag diag;
    memset(&diag, 0x55, sizeof diag);
    diag_set(&diag, "bad-number", "'%s' is no number below %d", "x", 7);
    assert_string_equal(diag.code, "bad-number");
    assert_string_equal(diag.message, "'x' is no number below 7");
    assert_string_equal(diag.hint, "");
    assert_string_equal(diag.field, "");
    assert_int_equal(diag.line, 0);
    assert_int_equal(diag.column, 0);
    assert_int_equal(diag.span, 0);
}

static void hint_and_field_leave_the_rest_alone(void **state)
{
    (void)state;
    struct diag diag;
    diag_set(&diag, "unknown-field", "no such field");
    diag.line = 3;
    diag.column = 9;
    diag.span = 2;
    diag_hint(&diag, "did you mean '%s'?", "amount");
    diag_field(&diag, "payment.%s", "amuont");
    assert_string_equal(diag.code, "unknown-field");
    assert_string_equal(diag.message, "no such field");
    assert_string_equal(diag.hint, "did you mean 'amount'?");
    assert_string_equal(diag.field, "payment.amuont");
    assert_int_equal(diag.line, 3);
    assert_int_equal(diag.column, 9);
    assert_int_equal(diag.span, 2);
}

static void no_diag_is_no_error(void **state)
{
    (void)state;
    diag_set(NULL, "code", "%d", 1);
    diag_hint(NULL, "%d", 1);
    diag_field(NULL, "%d", 1);
}

/* `text` is `whole` as far as it fits into `size_max` - 1 bytes, cut between characters. */
static void check_cut(const char *text, const char *whole, size_t size_max)
{
    size_t size = strlen(text);
    assert_memory_equal(text, whole, size);
    assert_true(utf8_valid(text, size));
    if (strlen(whole) < size_max)
        assert_int_equal(size, strlen(whole));
    else
        assert_in_range(size, size_max - 4, size_max - 1);
}

static void sentences_are_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe5\x85\x83", "\xf0\x9f\x92\xb0"};
    struct diag diag;
    for (size_t which = 0; which < 4; which++)
        for (size_t shift = 0; shift < 8; shift++)
            for (size_t count = 0; count < 256; count++) {
                char whole[8 + 4 * 256 + 1] = "-------";
                whole[shift == 0 ? 0 : shift - 1] = '\0';
                size_t size = strlen(whole);
                for (size_t i = 0; i < count; i++, size += strlen(characters[which]))
                    memcpy(whole + size, characters[which], strlen(characters[which]) + 1);
                diag_set(&diag, "c", "%s", whole);
                diag_hint(&diag, "%s", whole);
                diag_field(&diag, "%s", whole);
                check_cut(diag.message, whole, DIAG_MESSAGE_BYTES_MAX);
                check_cut(diag.hint, whole, DIAG_HINT_BYTES_MAX);
                check_cut(diag.field, whole, DIAG_FIELD_BYTES_MAX);
            }
}

static void bytes_that_are_no_text_are_cut_in_bounds(void **state)
{
    (void)state;
    char bytes[300];
    memset(bytes, 0xbf, sizeof bytes);
    struct diag diag;
    diag_set(&diag, "c", "%.*s", (int)sizeof bytes, bytes);
    assert_in_range(strlen(diag.message), DIAG_MESSAGE_BYTES_MAX - 4, DIAG_MESSAGE_BYTES_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_empties_what_was_there),
        cmocka_unit_test(hint_and_field_leave_the_rest_alone),
        cmocka_unit_test(no_diag_is_no_error),
        cmocka_unit_test(sentences_are_cut_between_characters),
        cmocka_unit_test(bytes_that_are_no_text_are_cut_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
