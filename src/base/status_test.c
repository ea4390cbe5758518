/* One idea: every row of the table has its sentence, and no two have the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/status.h"

static void every_status_has_a_sentence_of_its_own(void **state)
{
    (void)state;
    static const enum status all[] = {
#define STATUS_NAME(name, text) name,
        STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
    };
    const size_t count = sizeof all / sizeof all[0];
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all[i], i);
        assert_true(strlen(status_text(all[i])) > 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(status_text(all[i]), status_text(all[k]));
    }
    assert_string_equal(status_text(STATUS_OK), "ok");
    assert_string_equal(status_text(STATUS_NO_MEMORY), "out of memory");
    assert_string_equal(status_text(STATUS_END), "the end of the input");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_sentence_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
