/* One idea: what the reader must say of one text each, then limits, lifetimes and failing
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/random.h"
#include "base/utf8.h"
#include "codec/json.h"

#define SEED 20260314u

static struct json_field fields[JSON_FIELDS_MAX];
static size_t count;
static struct diag diag;

static enum status read_copy(struct json_reader *reader, struct view text)
{
    json_reader_begin(reader);
    return json_object_read_copy(reader, text, fields, JSON_FIELDS_MAX, &count, &diag);
}

static void assert_view(struct view got, struct view wanted)
{
    if (!view_equal(got, wanted))
        fail_msg("got '%.*s', wanted '%.*s'", VIEW_ARG(got), VIEW_ARG(wanted));
}

static void assert_field(size_t i, struct view key, enum json_kind kind, struct view text)
{
    assert_true(i < count);
    assert_view(fields[i].key, key);
    assert_int_equal(fields[i].kind, kind);
    assert_view(fields[i].text, text);
}

static int open_reader(void **state)
{
    *state = json_reader_new(mem_libc());
    return *state == NULL;
}

static int close_reader(void **state)
{
    json_reader_free(*state);
    return 0;
}

static void gives_every_kind_of_value_in_source_order(void **state)
{
    assert_int_equal(read_copy(*state, VIEW(" {\"s\": \"x y\" ,\"n\":-12.50e+3, \"t\":true,\"f\" : "
                                            "false,\"z\":null,\"a\":[1, {\"b\" : []}] ,"
                                            "\"o\":{ },\"\":\"\"}\t\r\n")),
                     STATUS_OK);
    assert_int_equal(count, 8);
    assert_field(0, VIEW("s"), JSON_STRING, VIEW("x y"));
    assert_field(1, VIEW("n"), JSON_NUMBER, VIEW("-12.50e+3"));
    assert_field(2, VIEW("t"), JSON_BOOL, VIEW("true"));
    assert_true(fields[2].truth);
    assert_field(3, VIEW("f"), JSON_BOOL, VIEW("false"));
    assert_false(fields[3].truth);
    assert_field(4, VIEW("z"), JSON_NULL, VIEW("null"));
    assert_field(5, VIEW("a"), JSON_ARRAY, VIEW("[1, {\"b\" : []}]"));
    assert_field(6, VIEW("o"), JSON_OBJECT, VIEW("{ }"));
    assert_field(7, VIEW(""), JSON_STRING, VIEW(""));
    assert_int_equal(read_copy(*state, VIEW("{}")), STATUS_OK);
    assert_int_equal(count, 0);
}

static void unescapes_names_and_strings(void **state)
{
    assert_int_equal(
        read_copy(*state, VIEW("{\"\\u0061\\/\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
                               "\"b\":\"\\u00e9\\u20AC\\ud83d\\ude00 \\u0000!\",\"c\":\"no\"}")),
        STATUS_OK);
    assert_field(0, VIEW("a/"), JSON_STRING, VIEW("\"\\/\b\f\n\r\t"));
    assert_field(1, VIEW("b"), JSON_STRING, VIEW("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \0!"));
    assert_field(2, VIEW("c"), JSON_STRING, VIEW("no"));
}

static void reads_padded_lines_in_place(void **state)
{
    char line[64 + JSON_PADDING_BYTES];
    int size = snprintf(line, 64, "{\"a\":\"b\"}\"}}");
    memset(line + size, '"', JSON_PADDING_BYTES);
    struct view text = {line, (size_t)size - 3};
    json_reader_begin(*state);
    assert_int_equal(json_object_read(*state, text, fields, 1, &count, &diag), STATUS_OK);
    assert_ptr_equal(fields[0].text.data, line + 6);
    text.size_bytes++;
    assert_int_equal(json_object_read(*state, text, fields, 1, &count, &diag), STATUS_INVALID);
}

struct bad_text {
    const char *text;
    const char *code;
    unsigned column;
};

static void says_what_is_wrong_and_where(void **state)
{
    static const struct bad_text bad[] = {
        {"", "json-end", 1},
        {"  \n", "json-end", 4},
        {"[]", "json-syntax", 1},
        {"12", "json-syntax", 1},
        {"{", "json-end", 2},
        {"{\"a\"", "json-end", 5},
        {"{\"a\":", "json-end", 6},
        {"{\"a\":1", "json-end", 7},
        {"{\"a\":1,", "json-end", 8},
        {"{\"a\":1}}", "json-syntax", 8},
        {"{\"a\":1} {}", "json-syntax", 9},
        {"{\"a\":1,}", "json-syntax", 8},
        {"{,\"a\":1}", "json-syntax", 2},
        {"{\"a\" 1}", "json-syntax", 6},
        {"{\"a\":1 \"b\":2}", "json-syntax", 8},
        {"{\"a\":\"b\":1}", "json-syntax", 9},
        {"{\"a\":\"b\"c}", "json-syntax", 9},
        {"{a:1}", "json-syntax", 2},
        {"{'a':1}", "json-syntax", 2},
        {"{\"a\":tru}", "json-syntax", 6},
        {"{\"a\":truex}", "json-syntax", 6},
        {"{\"a\":nul\001}", "json-syntax", 6},
        {"{\"a\":01}", "json-syntax", 6},
        {"{\"a\":+1}", "json-syntax", 6},
        {"{\"a\":1.}", "json-syntax", 6},
        {"{\"a\":.5}", "json-syntax", 6},
        {"{\"a\":1e}", "json-syntax", 6},
        {"{\"a\":-}", "json-syntax", 6},
        {"{\"a\":0x10}", "json-syntax", 6},
        {"{\"a\":NaN}", "json-syntax", 6},
        {"{\"a\":1\"b\"}", "json-syntax", 6},
        {"{\"a\":[1,]}", "json-syntax", 9},
        {"{\"a\":[1}", "json-syntax", 8},
        {"{\"a\":[1,2}]", "json-syntax", 10},
        {"{\"a\":{\"b\":[{]}}", "json-syntax", 13},
        {"{\"a\":{\"b\":tru}}", "json-syntax", 11},
        {"{\"a\":[01]}", "json-syntax", 7},
        {"{\"a\":[\"\\x\"]}", "json-escape", 8},
        {"{\"a\":\"\\u12g4\"}", "json-escape", 7},
        {"{\"a\":\"x\\ud800\"}", "json-escape", 8},
        {"{\"a\":\"\\udc00\\ud800\"}", "json-escape", 7},
        {"{\"a\":\"\\ud800\\u0041\"}", "json-escape", 7},
        {"{\"\\q\":1}", "json-escape", 3},
        {"{\"a\":\"b\tc\"}", "json-control", 8},
        {"{\"a\":\"b}", "json-string", 6},
        {"{\"a\":\"b\\\"}", "json-string", 6},
        {"\\\"a\"", "json-string", 4},
        {"{\"a\":\"\xff\"}", "json-utf8", 7},
        {"{\"a\":\"\xc3\xa9\xed\xa0\x80\"}", "json-utf8", 9},
        {"{\"a\":\"\xe2\x82\"}", "json-utf8", 7},
        {"{\"a\":1,\"b\":2,\"a\":3}", "json-duplicate", 14},
        {"{\"a\":1,\"\\u0061\":3}", "json-duplicate", 8},
        {"{\"\":1,\"\":3}", "json-duplicate", 7},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        count = 77;
        enum status status = read_copy(*state, view_of(bad[i].text));
        if (status != STATUS_INVALID || strcmp(diag.code, bad[i].code) != 0 ||
            diag.column != bad[i].column)
            fail_msg("'%s': status %d, %s at %u: %s", bad[i].text, (int)status, diag.code,
                     diag.column, diag.message);
        assert_int_equal(count, 77);
    }
    assert_int_equal(read_copy(*state, VIEW("{\"a\":1,\"pay\":[1,2")), STATUS_INVALID);
    assert_string_equal(diag.field, "pay");
}

static void quotes_bad_bytes_fit_to_be_shown(void **state)
{
    assert_int_equal(read_copy(*state, VIEW("{\"a\":\033[31m\0red}")), STATUS_INVALID);
    assert_string_equal(diag.message, "a value must stand here, not ?");
    assert_int_equal(read_copy(*state, VIEW("{\"a\":x\033\0\x7fy}")), STATUS_INVALID);
    assert_string_equal(diag.message, "a value must stand here, not x???y");
    assert_int_equal(read_copy(*state, VIEW("{\"a\":abcdefghijklmnopqrstuvwxyz}")), STATUS_INVALID);
    assert_string_equal(diag.message, "a value must stand here, not abcdefghijklmnopqrstuvwx...");
}

/* Every pair of names in a full object, also those that share a mark and those that differ late. */
static void finds_each_duplicate_among_many_names(void **state)
{
    struct buf buf;
    buf_init(&buf, mem_libc());
    for (int twice = -1; twice < JSON_FIELDS_MAX - 1; twice++) {
        buf_clear(&buf);
        for (int i = 0; i < JSON_FIELDS_MAX; i++) {
            int name = i == JSON_FIELDS_MAX - 1 && twice >= 0 ? twice : i;
            buf_printf(&buf, "%c\"terminal_%03d_window%s\":%d", i == 0 ? '{' : ',', name,
                       name % 3 == 0 ? "" : "_of_days", i);
        }
        buf_put_char(&buf, '}');
        assert_int_equal(read_copy(*state, buf_view(&buf)),
                         twice < 0 ? STATUS_OK : STATUS_INVALID);
    }
    buf_done(&buf);
}

static void fill(struct buf *buf, const char *before, const char *item, size_t times,
                 const char *after)
{
    buf_clear(buf);
    buf_put_text(buf, before);
    for (size_t i = 0; i < times; i++)
        buf_put_text(buf, item);
    buf_put_text(buf, after);
    assert_int_equal(buf_status(buf), STATUS_OK);
}

static void keeps_to_its_limits(void **state)
{
    struct buf buf;
    buf_init(&buf, mem_libc());
    fill(&buf, "{\"a\":\"", "x", JSON_LINE_BYTES_MAX - 8, "\"}");
    assert_int_equal(read_copy(*state, buf_view(&buf)), STATUS_OK);
    fill(&buf, "{\"a\":\"", "x", JSON_LINE_BYTES_MAX - 7, "\"}");
    assert_int_equal(read_copy(*state, buf_view(&buf)), STATUS_LIMIT);
    assert_string_equal(diag.code, "json-size");

    for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX; depth++) {
        fill(&buf, "{\"a\":", "[", depth, "1");
        for (size_t i = 0; i < depth; i++)
            buf_put_char(&buf, ']');
        buf_put_char(&buf, '}');
        assert_int_equal(read_copy(*state, buf_view(&buf)),
                         depth < JSON_DEPTH_MAX ? STATUS_OK : STATUS_LIMIT);
    }
    assert_string_equal(diag.code, "json-depth");
    assert_string_equal(diag.field, "a");

    for (int extra = 0; extra <= 1; extra++) {
        buf_clear(&buf);
        for (int i = 0; i < JSON_FIELDS_MAX + extra; i++)
            buf_printf(&buf, "%c\"%d\":0", i == 0 ? '{' : ',', i);
        buf_put_char(&buf, '}');
        assert_int_equal(read_copy(*state, buf_view(&buf)), extra ? STATUS_LIMIT : STATUS_OK);
    }
    assert_string_equal(diag.code, "json-fields");
    buf_done(&buf);
}

static void keeps_strings_of_a_whole_batch(void **state)
{
    enum { LINES = 64 };
    static struct json_field batch[LINES][2];
    size_t batch_count;
    char text[64];
    json_reader_begin(*state);
    for (int i = 0; i < LINES; i++) {
        snprintf(text, sizeof text, "{\"a\\n%d\":\"b\\t%d\",\"n\":[\"\\\\\"]}", i, i);
        assert_int_equal(
            json_object_read_copy(*state, view_of(text), batch[i], 2, &batch_count, &diag),
            STATUS_OK);
    }
    for (int i = 0; i < LINES; i++) {
        snprintf(text, sizeof text, "a\n%d", i);
        assert_view(batch[i][0].key, view_of(text));
        snprintf(text, sizeof text, "b\t%d", i);
        assert_view(batch[i][0].text, view_of(text));
        assert_view(batch[i][1].text, VIEW("[\"\\\\\"]"));
    }
}

static void validates_documents_of_any_kind(void **state)
{
    static const char *const good[] = {"1", " \"a\" ", "null", "[]", "[[],{}]",
                                       "{\"a\":{\"b\":[]}}",
                                       "[1,\"\\u0000\",{\"a\":1,\"a\":1}]"};
    static const char *const bad[] = {"", "1 2", "[1 2]", "[]]", "[", "{\"a\"}", "nulll", "\"",
                                      "[\"a\":1]", "{1:2}", "[,1]", "{\"a\":1,\"b\"]"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        json_reader_begin(*state);
        if (json_validate(*state, view_of(good[i]), &diag) != STATUS_OK)
            fail_msg("%s: %s", good[i], diag.message);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_reader_begin(*state);
        if (json_validate(*state, view_of(bad[i]), &diag) != STATUS_INVALID)
            fail_msg("%s was accepted", bad[i]);
    }
}

/* A character of any length, special ones often. */
static size_t put_character(char *to, struct random *random)
{
    uint32_t point;
    switch (random_below(random, 8)) {
    case 0: point = (uint32_t)random_below(random, 0x20); break;
    case 1: point = random_below(random, 2) ? '"' : '\\'; break;
    case 2: point = (uint32_t)random_between(random, 0x80, 0x7ff); break;
    case 3: point = (uint32_t)random_between(random, 0x800, 0xd7ff); break;
    case 4: point = (uint32_t)random_between(random, 0x10000, 0x10ffff); break;
    default: point = (uint32_t)random_between(random, 0x20, 0x7f); break;
    }
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    to[0] = (char)((0xf00u >> size) | point >> (6 * (size - 1)));
    for (size_t i = 1; i < size; i++)
        to[i] = (char)(0x80 | (point >> (6 * (size - 1 - i)) & 0x3f));
    return size;
}

static void writes_strings_that_read_back(void **state)
{
    struct random random;
    struct buf buf;
    char text[200];
    random_init(&random, SEED);
    buf_init(&buf, mem_libc());
    for (int round = 0; round < 20000; round++) {
        size_t size = 0;
        size_t wanted = random_below(&random, 40);
        bool plain = random_below(&random, 2);
        while (wanted-- > 0) {
            if (plain)
                text[size++] = (char)('a' + random_below(&random, 26));
            else
                size += put_character(text + size, &random);
        }
        assert_true(utf8_valid(text, size));
        buf_clear(&buf);
        buf_put_text(&buf, "{\"k\":");
        json_put_string(&buf, (struct view){text, size});
        buf_put_char(&buf, '}');
        assert_true(utf8_valid(buf.data, buf.size_bytes));
        if (read_copy(*state, buf_view(&buf)) != STATUS_OK)
            fail_msg("seed %u, round %d: %s", SEED, round, diag.message);
        assert_view(fields[0].text, (struct view){text, size});
    }
    buf_done(&buf);
}

static void writes_the_shortest_escapes(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, mem_libc());
    json_put_string(&buf, VIEW("\"\\/\b\f\n\r\t\v\001\x1f\x7f \xc3\xa9"));
    json_put_string(&buf, VIEW(""));
    json_put_string(&buf, VIEW("0123456\n"));
    assert_view(buf_view(&buf),
                VIEW("\"\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\\u0001\\u001f\x7f \xc3\xa9\""
                     "\"\"\"0123456\\n\""));
    buf_done(&buf);
}

/* The C++ allocator by its names in the Itanium C++ ABI, whole, so that no block goes from one
 * allocator to another. Those functions that may fail count, and fail when told to. */
void *cxx_new_or_die(size_t size) __asm__("_Znwm");
void *cxx_new(size_t size, const void *tag) __asm__("_ZnwmRKSt9nothrow_t");
void *cxx_new_array(size_t size, const void *tag) __asm__("_ZnamRKSt9nothrow_t");
void cxx_delete(void *block) __asm__("_ZdlPv");
void cxx_delete_sized(void *block, size_t size) __asm__("_ZdlPvm");
void cxx_delete_array(void *block) __asm__("_ZdaPv");

static size_t cxx_calls;
static size_t cxx_fail_at;

void *cxx_new_or_die(size_t size)
{
    void *block = malloc(size);
    if (block == NULL)
        abort();
    return block;
}

void *cxx_new(size_t size, const void *tag)
{
    (void)tag;
    return ++cxx_calls == cxx_fail_at ? NULL : malloc(size);
}

void *cxx_new_array(size_t size, const void *tag)
{
    return cxx_new(size, tag);
}

void cxx_delete(void *block)
{
    free(block);
}

void cxx_delete_sized(void *block, size_t size)
{
    (void)size;
    free(block);
}

void cxx_delete_array(void *block)
{
    free(block);
}

static void survives_without_memory_for_its_parser(void **state)
{
    (void)state;
    struct json_reader *reader = NULL;
    cxx_fail_at = 0;
    do {
        cxx_calls = 0;
        cxx_fail_at++;
        reader = json_reader_new(mem_libc());
    } while (reader == NULL && cxx_fail_at < 100);
    assert_non_null(reader);
    assert_true(cxx_fail_at > 2);
    size_t calls = cxx_calls;
    assert_int_equal(read_copy(reader, VIEW("{\"a\\n\":[\"\\t\"]}")), STATUS_OK);
    assert_int_equal(cxx_calls, calls);
    cxx_fail_at = 0;
    json_reader_free(reader);
}

static void survives_without_memory(void **state)
{
    (void)state;
    struct mem_meter meter;
    size_t fail_at = 0;
    struct json_reader *reader;
    do {
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++fail_at;
        reader = json_reader_new(&meter.mem);
        if (reader == NULL)
            assert_int_equal(meter.used_bytes, 0);
    } while (reader == NULL && fail_at < 100);
    assert_true(fail_at > 2);
    assert_non_null(reader);
    size_t calls = meter.calls;
    assert_int_equal(read_copy(reader, VIEW("{\"a\\n\":[\"\\t\"]}")), STATUS_OK);
    assert_int_equal(meter.calls, calls);
    json_reader_free(reader);
    json_reader_free(NULL);
    assert_int_equal(meter.used_bytes, 0);

    struct buf buf;
    mem_meter_init(&meter, mem_libc());
    meter.fail_from = 1;
    buf_init(&buf, &meter.mem);
    json_put_string(&buf, VIEW("a\nb"));
    assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
    buf_done(&buf);
}

#define WITH_READER(test) cmocka_unit_test_setup_teardown(test, open_reader, close_reader)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_READER(gives_every_kind_of_value_in_source_order),
        WITH_READER(unescapes_names_and_strings),
        WITH_READER(reads_padded_lines_in_place),
        WITH_READER(says_what_is_wrong_and_where),
        WITH_READER(quotes_bad_bytes_fit_to_be_shown),
        WITH_READER(finds_each_duplicate_among_many_names),
        WITH_READER(keeps_to_its_limits),
        WITH_READER(keeps_strings_of_a_whole_batch),
        WITH_READER(validates_documents_of_any_kind),
        WITH_READER(writes_strings_that_read_back),
        cmocka_unit_test(writes_the_shortest_escapes),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(survives_without_memory_for_its_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
