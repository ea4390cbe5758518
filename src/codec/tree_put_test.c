/* One idea: a document that is written and read again is the same tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "codec/tree_put.h"

/* Reads JSON and writes it again. */
static void rewrite(const char *text, struct buf *out)
{
    struct arena arena;
    const struct tree_value *root;
    struct diag diag;
    arena_init(&arena, mem_libc(), 0);
    assert_int_equal(tree_read_json(view_of(text), true, &arena, &root, &diag), STATUS_OK);
    buf_clear(out);
    tree_put_json(root, out);
    buf_put_char(out, '\0');
    assert_int_equal(buf_status(out), STATUS_OK);
    arena_done(&arena);
}

static void what_is_written_is_what_was_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null", "true", "false", "1", "-7", "1.0", "-0.0", "0.1", "\"a\\\"\\\\\\u0001\"", "[]",
        "{}", "[1,2,3]", "[1.0,2.5,NaN,-Infinity,Infinity]", "[1,\"a\",null]", "[[1],[2.0],[]]",
        "{\"a\":{\"b\":[true,{}]},\"\":1}", "9223372036854775807", "5e-324",
        "1.7976931348623157e+308",
    };
    struct buf out;
    buf_init(&out, mem_libc());
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rewrite(texts[i], &out);
        assert_string_equal(out.data, texts[i]);
    }
    buf_done(&out);
}

static void whole_and_real_stay_apart(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, mem_libc());
    rewrite(" [ 1E0 , 2 ] ", &out);
    assert_string_equal(out.data, "[1.0,2.0]"); /* a run is of one type */
    rewrite("{\"a\": 1e2, \"b\": 100}", &out);
    assert_string_equal(out.data, "{\"a\":100.0,\"b\":100}");
    buf_done(&out);
}

static void numbers_of_ubj_become_json(void **state)
{
    (void)state;
    /* {"a": [$d#i2 1.5 2], "b": [$U#i2 0 255], "c": -3} */
    static const unsigned char bytes[] = {
        '{', 'i', 1, 'a', '[', '$', 'd', '#', 'i', 2, 0x3f, 0xc0, 0, 0, 0x40, 0, 0, 0,
        'i', 1, 'b', '[', '$', 'U', '#', 'i', 2, 0, 255, 'i', 1, 'c', 'i', 0xfd, '}'};
    struct arena arena;
    const struct tree_value *root;
    struct diag diag;
    struct buf out;
    arena_init(&arena, mem_libc(), 0);
    buf_init(&out, mem_libc());
    assert_int_equal(tree_read_ubj((struct view){(const char *)bytes, sizeof bytes}, &arena, &root,
                                   &diag), STATUS_OK);
    tree_put_json(root, &out);
    buf_put_char(&out, '\0');
    assert_string_equal(out.data, "{\"a\":[1.5,2.0],\"b\":[0,255],\"c\":-3}");
    buf_done(&out);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_what_was_read),
        cmocka_unit_test(whole_and_real_stay_apart),
        cmocka_unit_test(numbers_of_ubj_become_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
