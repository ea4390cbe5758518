/* One idea: one random value, written as JSON and as UBJ by writers that know nothing of the
 * readers, must come back as itself from both; and tables of what must be refused, and where. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/random.h"
#include "codec/json.h"
#include "codec/tree.h"

#define ARENA_BYTES_MAX ((size_t)16 << 20)
#define SEED 20261122
#define ROUNDS 3000

struct world {
    struct arena arena;
    const struct tree_value *root;
    struct diag diag;
};

static enum status read_json(struct world *world, struct view text, bool number_words)
{
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, mem_libc(), ARENA_BYTES_MAX);
    return tree_read_json(text, number_words, &world->arena, &world->root, &world->diag);
}

static enum status read_ubj(struct world *world, struct view bytes)
{
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, mem_libc(), ARENA_BYTES_MAX);
    return tree_read_ubj(bytes, &world->arena, &world->root, &world->diag);
}

static void values_are_found_and_typed(void **state)
{
    (void)state;
    struct world world;
    struct view text;
    double real;
    int64_t whole;
    assert_int_equal(read_json(&world, VIEW(" {\"z\" : null, \"b\":true,\"t\":\"a\\u00e9\\n\","
        "\"i\":-7,\"big\":9223372036854775808,\"r\":1.0,\"w\":[1, -2 ,3],\"f\":[1,2.5,1e2],"
        "\"wide\":[1,9223372036854775808],\"m\":[1,\"x\",[]],\"e\":[ ],\"o\":{},\"\":0} "), false),
        STATUS_OK);
    const struct tree_value *root = world.root;
    assert_int_equal(root->count, 13);
    assert_int_equal(tree_field(root, VIEW("z"))->kind, TREE_NULL);
    assert_true(tree_field(root, VIEW("b"))->truth);
    assert_true(tree_text(tree_field(root, VIEW("t")), &text));
    assert_true(view_equal(text, VIEW("a\xc3\xa9\n")));
    assert_true(tree_i64(tree_field(root, VIEW("i")), &whole) && whole == -7);
    assert_true(tree_f64(tree_field(root, VIEW("i")), &real) && real == -7);
    assert_false(tree_i64(tree_field(root, VIEW("big")), &whole));
    assert_true(tree_f64(tree_field(root, VIEW("big")), &real) && real == 0x1p63);
    assert_false(tree_i64(tree_field(root, VIEW("r")), &whole));
    assert_true(tree_is_whole_run(tree_field(root, VIEW("w"))));
    assert_int_equal(tree_run_i64(tree_field(root, VIEW("w")), 1), -2);
    assert_false(tree_is_whole_run(tree_field(root, VIEW("f"))));
    assert_true(tree_run_f64(tree_field(root, VIEW("f")), 2) == 100);
    assert_true(tree_run_f64(tree_field(root, VIEW("wide")), 0) == 1);
    assert_true(tree_run_f64(tree_field(root, VIEW("wide")), 1) == 0x1p63);
    assert_false(tree_is_run(tree_field(root, VIEW("m"))));
    assert_int_equal(tree_first(tree_field(root, VIEW("m")))->next->next->kind, TREE_ARRAY);
    assert_true(tree_is_whole_run(tree_field(root, VIEW("e"))));
    assert_null(tree_first(tree_field(root, VIEW("o"))));
    assert_true(tree_i64(tree_field(root, VIEW("")), &whole) && whole == 0);
    assert_null(tree_field(root, VIEW("absent")));
    assert_null(tree_field(tree_field(root, VIEW("w")), VIEW("i")));
    assert_null(tree_first(NULL));
    assert_false(tree_is_run(NULL) || tree_text(NULL, &text) || tree_f64(NULL, &real));
    arena_done(&world.arena);
}

static void number_words_are_numbers_where_allowed(void **state)
{
    (void)state;
    struct world world;
    struct view text = VIEW("{\"a\":[NaN,1,-Infinity],\"b\":Infinity}");
    assert_int_equal(read_json(&world, text, true), STATUS_OK);
    const struct tree_value *run = tree_field(world.root, VIEW("a"));
    assert_true(isnan(tree_run_f64(run, 0)) && tree_run_f64(run, 1) == 1);
    assert_true(tree_run_f64(run, 2) == -(double)INFINITY);
    assert_true(tree_field(world.root, VIEW("b"))->real == (double)INFINITY);
    arena_done(&world.arena);
    assert_int_equal(read_json(&world, text, false), STATUS_INVALID);
    assert_string_equal(world.diag.message, "byte 6: a number must stand here, not N");
    arena_done(&world.arena);
}

static void bad_json_is_refused_where_it_is(void **state)
{
    (void)state;
    static const struct { const char *text, *message; } cases[] = {
        {"", "byte 0: the document ends where a value must stand"},
        {"  ", "byte 2: the document ends where a value must stand"},
        {"nul", "byte 0: a value must stand here, not n"},
        {"[1 2]", "byte 3: a comma or ] must stand here, not 2"},
        {"[1,]", "byte 3: a number must stand here, not ]"},
        {"[,1]", "byte 1: a number must stand here, not ,"},
        {"[\"a\",]", "byte 5: a value must stand here, not ]"},
        {"[01]", "byte 2: a comma or ] must stand here, not 1"},
        {"[1.]", "byte 1: a number must stand here, not 1"},
        {"[1e999]", "byte 1: this number is beyond the largest double"},
        {"[1", "byte 2: the document ends where a comma or ] must stand"},
        {"{\"a\"}", "byte 4: a colon must stand here, not }"},
        {"{a:1}", "byte 1: a name in quotes must stand here, not a"},
        {"{\"a\":1,}", "byte 7: a name in quotes must stand here, not }"},
        {"{\"b\":1,\"a\":2,\"b\":3}", "byte 17: the field whose value this is stands twice in one "
         "object"},
        {"\"a", "byte 0: this string does not end"},
        {"\"a\\", "byte 0: this string does not end"},
        {"\"a\nb\"", "byte 2: a control character stands in a string"},
        {"\"\\ud800\"", "byte 1: this escape stands for no character"},
        {"\"\xff\"", "byte 1: these bytes are not UTF-8"},
        {"[] \x01", "byte 3: the end of the document must stand here, not the byte 0x01"},
        {"1 2", "byte 2: the end of the document must stand here, not 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        assert_int_equal(read_json(&world, view_of(cases[i].text), false), STATUS_INVALID);
        assert_string_equal(world.diag.message, cases[i].message);
        arena_done(&world.arena);
    }
}

static void bad_ubj_is_refused_where_it_is(void **state)
{
    (void)state;
#define CASE(bytes, message) {{bytes, sizeof bytes - 1}, message}
    static const struct { struct view bytes; const char *message; } cases[] = {
        CASE("", "byte 0: the document ends where a value must stand"),
        CASE("l\0\0", "byte 3: the document ends where a number must stand"),
        CASE("x", "byte 0: 0x78 is no type of UBJ"),
        CASE("[", "byte 1: the document ends where a value must stand"),
        CASE("[ZZ", "byte 3: the document ends where a value must stand"),
        CASE("[i\1", "byte 3: the document ends where a closing bracket must stand"),
        CASE("[#i\3i\1i\2", "byte 8: the document ends where a value must stand"),
        CASE("[#i\xff", "byte 2: a length of -1, where 0 bytes are left"),
        CASE("[#U\xff", "byte 2: a length of 255, where 0 bytes are left"),
        CASE("[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff", "byte 4: a length of 9223372036854775807, "
             "where 0 bytes are left"),
        CASE("[$d#i\2\1\2\3\4\5", "byte 11: the document ends where a number must stand"),
        CASE("[$d", "byte 3: a typed container must say how many items it has"),
        CASE("[$Z#i\0", "byte 2: items of a typed container cannot be of the type 0x5a"),
        CASE("[#d\0\0\0\0", "byte 2: a length must stand here"),
        CASE("Si\2a", "byte 1: a length of 2, where 1 bytes are left"),
        CASE("Si\1\xff", "byte 3: these bytes are not UTF-8"),
        CASE("C\x80", "byte 1: this character is not ASCII"),
        CASE("Hi\2x1", "byte 1: this text is no number of a double"),
        CASE("{i\1aZi\1aZ}", "byte 8: the field whose value this is stands twice in one object"),
        CASE("{i\1a", "byte 4: the document ends where a value must stand"),
        CASE("TT", "byte 1: bytes follow behind the document"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        assert_int_equal(read_ubj(&world, cases[i].bytes), STATUS_INVALID);
        assert_string_equal(world.diag.message, cases[i].message);
        arena_done(&world.arena);
    }
}

static void types_of_ubj_are_read(void **state)
{
    (void)state;
    struct world world;
    static const char bytes[] =
        "{U\1bT" "i\1cCx" "I\0\1hHi\4-2.5" "l\0\0\0\1nNZ" "L\0\0\0\0\0\0\0\1DD\x3f\xf8\0\0\0\0\0\0"
        "i\1f[$d#i\2\x3f\xc0\0\0\x7f\xc0\0\0" "i\1I[$I#i\2\xff\xfe\0\2" "i\1U[$U#i\1\xff"
        "i\1s[$S#i\2i\1ai\0" "i\1o{$i#i\1i\1k\x80" "i\1x[NU\xff" "d\x3f\xc0\0\0]}";
    double real;
    int64_t whole;
    struct view text;
    assert_int_equal(read_ubj(&world, (struct view){bytes, sizeof bytes - 1}), STATUS_OK);
    const struct tree_value *root = world.root;
    assert_true(tree_field(root, VIEW("b"))->truth);
    assert_true(tree_text(tree_field(root, VIEW("c")), &text) && view_equal(text, VIEW("x")));
    assert_true(tree_f64(tree_field(root, VIEW("h")), &real) && real == -2.5);
    assert_int_equal(tree_field(root, VIEW("n"))->kind, TREE_NULL);
    assert_true(tree_f64(tree_field(root, VIEW("D")), &real) && real == 1.5);
    assert_true(tree_run_f64(tree_field(root, VIEW("f")), 0) == 1.5);
    assert_true(isnan(tree_run_f64(tree_field(root, VIEW("f")), 1)));
    assert_int_equal(tree_run_i64(tree_field(root, VIEW("I")), 0), -2);
    assert_int_equal(tree_run_i64(tree_field(root, VIEW("U")), 0), 255);
    const struct tree_value *strings = tree_field(root, VIEW("s"));
    assert_true(tree_text(tree_first(strings), &text) && view_equal(text, VIEW("a")));
    assert_true(tree_text(tree_first(strings)->next, &text) && text.size_bytes == 0);
    assert_true(tree_i64(tree_field(tree_field(root, VIEW("o")), VIEW("k")), &whole));
    assert_int_equal(whole, -128);
    assert_int_equal(tree_field(root, VIEW("x"))->count, 2);
    arena_done(&world.arena);
}

static void limits_are_kept(void **state)
{
    (void)state;
    struct world world;
    char text[2 * TREE_DEPTH_MAX + 3];
    for (int extra = 0; extra < 2; extra++) {
        int depth = TREE_DEPTH_MAX + extra;
        enum status wanted = extra == 0 ? STATUS_OK : STATUS_LIMIT;
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        struct view nested = {text, 2 * (size_t)depth};
        assert_int_equal(read_json(&world, nested, false), wanted);
        arena_done(&world.arena);
        assert_int_equal(read_ubj(&world, nested), wanted);
        if (extra == 1)
            assert_string_equal(world.diag.message,
                                "byte 65: arrays and objects stand more than 64 deep");
        arena_done(&world.arena);
    }
    struct view long_text = {text, TREE_BYTES_MAX + 1};
    assert_int_equal(read_json(&world, long_text, false), STATUS_LIMIT);
    arena_done(&world.arena);
    assert_int_equal(read_ubj(&world, long_text), STATUS_LIMIT);
    assert_string_equal(world.diag.message, "the document is longer than 1073741824 bytes");
    arena_done(&world.arena);
}

static void arena_bound_is_a_limit(void **state)
{
    (void)state;
    struct arena arena;
    struct diag diag;
    const struct tree_value *root;
    arena_init(&arena, mem_libc(), 1000);
    assert_int_equal(tree_read_json(VIEW("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
                                         "[],[],[]]"), false, &arena, &root, &diag), STATUS_LIMIT);
    assert_string_equal(diag.message,
                        "byte 58: the document would take more than 1000 bytes of memory");
    arena_done(&arena);
    assert_int_equal(tree_read_json(VIEW("[1,2,3]"), false, &arena, &root, NULL), STATUS_OK);
    arena_done(&arena);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct mem_meter meter;
    size_t fail_at = 0;
    enum status status = STATUS_NO_MEMORY;
    struct buf text;
    buf_init(&text, mem_libc());
    buf_put_text(&text, "[\"\\n\"");
    for (int i = 0; i < 5000; i++)
        buf_put_text(&text, ",[1],{\"a\":2}");
    buf_put_text(&text, "]");
    while (status == STATUS_NO_MEMORY) {
        struct arena arena;
        const struct tree_value *root = NULL;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++fail_at;
        arena_init(&arena, &meter.mem, 0);
        status = tree_read_json(buf_view(&text), false, &arena, &root, NULL);
        assert_true((status == STATUS_OK) == (root != NULL));
        arena_done(&arena);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_int_equal(status, STATUS_OK);
    assert_true(fail_at > 5);
    buf_done(&text);
}

/* The text or bytes of one random value, as JSON and as UBJ. */
struct pair {
    struct buf json;
    struct buf ubj;
    struct random random;
};

static void put_key(struct pair *pair, uint32_t index)
{
    char key[16];
    int size = snprintf(key, sizeof key, "k%u", index * 7919 % 1000);
    json_put_string(&pair->json, (struct view){key, (size_t)size});
    buf_put_char(&pair->json, ':');
    buf_put_char(&pair->ubj, 'i');
    buf_put_char(&pair->ubj, (char)size);
    buf_put(&pair->ubj, key, (size_t)size);
}

static void put_big_endian(struct buf *buf, uint64_t bits, int size_bytes)
{
    for (int i = size_bytes - 1; i >= 0; i--)
        buf_put_char(buf, (char)(bits >> 8 * i));
}

static void put_number(struct pair *pair)
{
    if (random_below(&pair->random, 2) == 0) {
        int64_t whole = (int64_t)random_u64(&pair->random) >> random_below(&pair->random, 64);
        buf_put_i64(&pair->json, whole);
        buf_put_char(&pair->ubj, 'L');
        put_big_endian(&pair->ubj, (uint64_t)whole, 8);
        return;
    }
    double real = (random_unit(&pair->random) - 0.5) * 1e9;
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    buf_printf(&pair->json, "%.17e", real);
    buf_put_char(&pair->ubj, 'D');
    put_big_endian(&pair->ubj, bits, 8);
}

static void put_list(struct pair *pair, bool object, unsigned depth);

static void put_value(struct pair *pair, unsigned depth)
{
    static const char *const words[] = {"null", "true", "false", "\"x\\\"\\u20ac\""};
    static const char *const same[] = {"Z", "T", "F", "Si\5x\"\xe2\x82\xac"};
    uint64_t kind = random_below(&pair->random, depth == 0 ? 6 : 10);
    if (kind < 4) {
        buf_put_text(&pair->json, words[kind]);
        buf_put_text(&pair->ubj, same[kind]);
    } else if (kind < 6) {
        put_number(pair);
    } else {
        put_list(pair, kind < 8, depth - 1);
    }
}

static void put_list(struct pair *pair, bool object, unsigned depth)
{
    uint32_t count = (uint32_t)random_below(&pair->random, 6);
    bool counted = random_below(&pair->random, 2) == 0;
    bool numbers = random_below(&pair->random, 2) == 0;
    buf_put_char(&pair->json, object ? '{' : '[');
    buf_put_char(&pair->ubj, object ? '{' : '[');
    if (counted) {
        buf_put_text(&pair->ubj, "#U");
        buf_put_char(&pair->ubj, (char)count);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_text(&pair->json, " , ");
        if (object)
            put_key(pair, i);
        if (numbers)
            put_number(pair);
        else
            put_value(pair, depth);
    }
    buf_put_char(&pair->json, object ? '}' : ']');
    if (!counted)
        buf_put_char(&pair->ubj, object ? '}' : ']');
}

static void check_same(const struct tree_value *a, const struct tree_value *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->count, b->count);
    assert_int_equal(tree_is_run(a), tree_is_run(b));
    assert_int_equal(tree_is_whole_run(a), tree_is_whole_run(b));
    assert_true(view_equal(a->key, b->key));
    if (a->kind == TREE_BOOL)
        assert_int_equal(a->truth, b->truth);
    if (a->kind == TREE_I64)
        assert_true(a->whole == b->whole);
    if (a->kind == TREE_F64)
        assert_true(a->real == b->real);
    if (a->kind == TREE_STRING)
        assert_memory_equal(a->text, b->text, a->count);
    for (uint32_t i = 0; tree_is_run(a) && i < a->count; i++)
        assert_true(tree_run_f64(a, i) == tree_run_f64(b, i));
    a = tree_first(a);
    b = tree_first(b);
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        check_same(a, b);
    assert_true(a == NULL && b == NULL);
}

static void json_and_ubj_of_one_value_are_the_same_tree(void **state)
{
    (void)state;
    struct pair pair;
    buf_init(&pair.json, mem_libc());
    buf_init(&pair.ubj, mem_libc());
    random_init(&pair.random, SEED);
    print_message("# seed %d\n", SEED);
    for (int round = 0; round < ROUNDS; round++) {
        struct world json;
        struct world ubj;
        buf_clear(&pair.json);
        buf_clear(&pair.ubj);
        put_value(&pair, 5);
        assert_int_equal(read_json(&json, buf_view(&pair.json), false), STATUS_OK);
        assert_int_equal(read_ubj(&ubj, buf_view(&pair.ubj)), STATUS_OK);
        check_same(json.root, ubj.root);
        arena_done(&json.arena);
        arena_done(&ubj.arena);
    }
    buf_done(&pair.json);
    buf_done(&pair.ubj);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_and_typed),
        cmocka_unit_test(number_words_are_numbers_where_allowed),
        cmocka_unit_test(bad_json_is_refused_where_it_is),
        cmocka_unit_test(bad_ubj_is_refused_where_it_is),
        cmocka_unit_test(types_of_ubj_are_read),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(arena_bound_is_a_limit),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(json_and_ubj_of_one_value_are_the_same_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
