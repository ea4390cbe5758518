/* One idea: a reader that was told names must read every text as one that was not, and that only
 * ever takes the careful walk: the same fields, or the same words about what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "codec/json.h"

#define FIELDS 24

static const struct view names[] = {
    {"id", 2}, {"at", 2}, {"amount", 6}, {"terminal_at_risk", 16}, {"amoun", 5}, {"id", 2},
    {"fifteen_letters", 15}, {"terminal_of_the_merchant_7", 26}, {"event", 5}, {"", 0}};
#define NAMES (sizeof names / sizeof names[0])

/* Two readers, and what each said of the last text. */
struct pair {
    struct json_reader *told;
    struct json_reader *plain;
    struct json_field fields[2][FIELDS];
    size_t count[2];
    struct diag diag[2];
};

static struct pair pair;

static int open_pair(void **state)
{
    *state = &pair;
    pair.told = json_reader_new(mem_libc());
    pair.plain = json_reader_new(mem_libc());
    return pair.told == NULL || pair.plain == NULL ||
           json_reader_learn(pair.told, names, NAMES) != STATUS_OK;
}

static int close_pair(void **state)
{
    (void)state;
    json_reader_free(pair.told);
    json_reader_free(pair.plain);
    return 0;
}

static void check_same_field(const struct json_field *told, const struct json_field *plain)
{
    assert_true(view_equal(told->key, plain->key));
    assert_true(view_equal(told->text, plain->text));
    assert_int_equal(told->kind, plain->kind);
    assert_int_equal(told->truth, plain->truth);
    assert_int_equal(told->name, json_reader_name(pair.told, plain->key));
    assert_int_equal(plain->name, JSON_NAME_UNKNOWN);
}

/* Reads a text with both, padded by a byte that might seem to go on with it; true when it was
 * accepted. */
static bool reads_alike(struct view text, char padding)
{
    char *line = malloc(text.size_bytes + JSON_PADDING_BYTES); /* a sanitizer sees its end */
    assert_non_null(line);
    memcpy(line, text.data, text.size_bytes);
    memset(line + text.size_bytes, padding, JSON_PADDING_BYTES);
    memset(pair.diag, 0, sizeof pair.diag);
    json_reader_begin(pair.told);
    json_reader_begin(pair.plain);
    struct view view = {line, text.size_bytes};
    enum status told = json_object_read(pair.told, view, pair.fields[0], FIELDS, &pair.count[0],
                                        &pair.diag[0]);
    enum status plain = json_object_read(pair.plain, view, pair.fields[1], FIELDS, &pair.count[1],
                                         &pair.diag[1]);
    if (told != plain)
        fail_msg("%s, not %s: %.*s", status_text(told), status_text(plain), VIEW_ARG(text));
    if (plain == STATUS_OK) {
        assert_int_equal(pair.count[0], pair.count[1]);
        for (size_t i = 0; i < pair.count[0]; i++)
            check_same_field(&pair.fields[0][i], &pair.fields[1][i]);
    } else {
        assert_memory_equal(&pair.diag[0], &pair.diag[1], sizeof pair.diag[0]);
    }
    free(line);
    return plain == STATUS_OK;
}

static void numbers_names_and_says_which_a_field_has(void **state)
{
    (void)state;
    assert_int_equal(json_reader_name(pair.told, VIEW("id")), 0);
    assert_int_equal(json_reader_name(pair.told, VIEW("at")), 1);
    assert_int_equal(json_reader_name(pair.told, VIEW("ID")), JSON_NAME_UNKNOWN);
    assert_int_equal(json_reader_name(pair.told, VIEW("terminal_of_the_merchant_")),
                     JSON_NAME_UNKNOWN);
    for (size_t i = 0; i < NAMES; i++) {
        uint16_t number = json_reader_name(pair.told, names[i]);
        assert_true(number < NAMES - 1); /* one is there twice */
        for (size_t j = 0; j < i; j++)
            assert_true(view_equal(names[i], names[j]) ==
                        (number == json_reader_name(pair.told, names[j])));
    }
    for (int escaped = 0; escaped <= 1; escaped++) {
        struct view text = escaped ? VIEW("{\"\\u0061t\":1,\"x\":2,\"amount\":\"\\n\"}")
                                   : VIEW("{\"at\":1,\"x\":2,\"amount\":\"n\"}");
        assert_true(reads_alike(text, '}'));
        assert_int_equal(pair.fields[0][0].name, 1);
        assert_int_equal(pair.fields[0][1].name, JSON_NAME_UNKNOWN);
        assert_int_equal(pair.fields[0][2].name, json_reader_name(pair.told, VIEW("amount")));
    }
}

/* Each twice, the second time with the order of names known from the first. */
static void reads_what_is_plain_and_refuses_what_is_nearly(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{\"id\":\"a\",\"at\":\"b\"}", " {\t\"id\" :\r 1 ,\n\"at\": true}\t ", "{\"id\":null}",
        "{\"id\":false,\"x\":-0.5e+3,\"at\":\"\"}", "{}", "{ }", "{\"\":\"\"}",
        "{\"id\":\"0123456789abcdef\",\"at\":\"0123456789abcde\"}",
        "{\"id\":\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"}", "{\"\xc3\xa9\":1,\"id\":2}",
        "{\"terminal_of_the_merchant_7\":1,\"terminal_at_risk\":2,\"fifteen_letters\":3}",
        "{\"terminal_of_the_merchant_8\":1,\"terminal_at_rest\":2,\"fifteen_letterz\":3}",
        "{\"id\":[1],\"at\":{}}", "{\"id\":\"\\u0041\"}"};
    static const char *const bad[] = {
        "", " ", "{", "{\"id\"", "{\"id\":", "{\"id\":1", "{\"id\":\"a", "{\"id\":1}}",
        "{\"id\":1}x", "{\"id\":1,}", "{,\"id\":1}", "{\"id\":1 \"at\":2}", "{\"id\" 1}",
        "{\"id\":1,\"id\":2}", "{\"x\":1,\"x\":2}", "{\"id\":tru}",
        "{\"id\":truee}", "{\"id\":01}", "{\"id\":1.}",
        "{\"id\":+1}", "{\"id\":.5}", "{\"id\":1e}", "{\"id\":-}", "{\"id\":1\v}", "{\"id\":1\xff}",
        "{\"id\":\"a\tb\"}", "{\"id\":\"\x1f\"}", "{\"id\":\"\xff\"}", "{\"id\":\"\xed\xa0\x80\"}",
        "{\"\xc3\":1}", "{\"id\":\"\\x\"}", "[]", "1", "\"id\"", "{\"terminal_of_the_merchant_7",
        "{\"terminal_of_the_merchant_7:1}", "{id:1}", "{\"id\":}", "{\"id\"::1}", "\xef\xbb\xbf{}"};
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
            if (!reads_alike(view_of(good[i]), '"') || !reads_alike(view_of(good[i]), '}'))
                fail_msg("%s is refused", good[i]);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            if (reads_alike(view_of(bad[i]), '}') || reads_alike(view_of(bad[i]), '"') ||
                reads_alike(view_of(bad[i]), '1') || reads_alike(view_of(bad[i]), ' '))
                fail_msg("%s is accepted", bad[i]);
    }
}

static void keeps_to_the_room_for_fields(void **state)
{
    (void)state;
    char text[FIELDS * 16];
    for (int extra = 0; extra <= 1; extra++) {
        size_t size = 0;
        for (int i = 0; i < FIELDS + extra; i++)
            size += (size_t)snprintf(text + size, sizeof text - size, "%c\"f%d\":%d",
                                     i == 0 ? '{' : ',', i, i);
        text[size++] = '}';
        assert_true(reads_alike((struct view){text, size}, ' ') == (extra == 0));
    }
    assert_string_equal(pair.diag[0].code, "json-fields");
}

static void takes_as_many_names_as_it_says(void **state)
{
    (void)state;
    static char texts[JSON_NAMES_MAX][8];
    static struct view many[JSON_NAMES_MAX];
    struct json_reader *reader = json_reader_new(mem_libc());
    assert_non_null(reader);
    assert_int_equal(json_reader_name(reader, VIEW("n0")), JSON_NAME_UNKNOWN);
    for (size_t i = 0; i < JSON_NAMES_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "n%zu", i);
        many[i] = view_of(texts[i]);
    }
    assert_int_equal(json_reader_learn(reader, many, JSON_NAMES_MAX), STATUS_OK);
    for (size_t i = 0; i < JSON_NAMES_MAX; i++)
        assert_int_equal(json_reader_name(reader, many[i]), i);
    json_reader_free(reader);
}

static void survives_without_memory_for_names(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        struct json_reader *reader = json_reader_new(&meter.mem);
        assert_non_null(reader);
        meter.fail_at = meter.calls + fail_at;
        assert_int_equal(json_reader_learn(reader, names, NAMES), STATUS_NO_MEMORY);
        assert_int_equal(json_reader_name(reader, VIEW("id")), JSON_NAME_UNKNOWN);
        json_reader_free(reader);
        assert_int_equal(meter.used_bytes, 0);
    }
}

/* A text that is put together by chance. */
struct scrap {
    char data[1200];
    size_t size;
};

static void put(struct scrap *scrap, const char *text)
{
    size_t size = strlen(text);
    memcpy(scrap->data + scrap->size, text, size);
    scrap->size += size;
}

static void put_one_of(struct scrap *scrap, struct random *random, const char *const *texts,
                       size_t count)
{
    put(scrap, texts[random_below(random, count)]);
}

#define PUT_ONE_OF(scrap, random, ...)                                                            \
    put_one_of(scrap, random, (const char *const[]){__VA_ARGS__},                                 \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void put_space(struct scrap *scrap, struct random *random)
{
    if (random_below(random, 6) == 0)
        PUT_ONE_OF(scrap, random, " ", "  ", "\t", "\n", "\r", " \t ");
}

static void put_characters(struct scrap *scrap, struct random *random)
{
    for (uint64_t left = random_below(random, 40); left > 0; left--)
        scrap->data[scrap->size++] = (char)('a' + random_below(random, 26));
    if (random_below(random, 12) == 0)
        PUT_ONE_OF(scrap, random, "\\n", "\\u00e9", "\xc3\xa9", "\xe4\xb8\xad", "{", "\x7f", ":");
}

static void put_value(struct scrap *scrap, struct random *random)
{
    if (random_below(random, 2) == 0) {
        put(scrap, "\"");
        put_characters(scrap, random);
        put(scrap, "\"");
    } else if (random_below(random, 12) == 0) {
        PUT_ONE_OF(scrap, random, "[1,2]", "{\"id\":1}", "[]", "01", "1.", "\"\\q\"");
    } else {
        PUT_ONE_OF(scrap, random, "1", "-0.25", "12.50", "1e9", "true", "false", "null", "0");
    }
}

static void put_field(struct scrap *scrap, struct random *random, size_t number)
{
    put_space(scrap, random);
    put(scrap, "\"");
    if (random_below(random, 5) != 0)
        put(scrap, names[number % NAMES].data);
    else
        put_characters(scrap, random);
    put(scrap, "\"");
    put_space(scrap, random);
    put(scrap, ":");
    put_space(scrap, random);
    put_value(scrap, random);
    put_space(scrap, random);
}

static void reads_random_texts_alike(void **state)
{
    (void)state;
    const uint64_t seed = 20261122;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    int good = 0;
    const int rounds = 300000;
    for (int round = 0; round < rounds; round++) {
        struct scrap scrap = {.size = 0};
        size_t first = (size_t)random_below(&random, 2) * random_below(&random, NAMES);
        size_t count = (size_t)random_below(&random, 7);
        put(&scrap, "{");
        for (size_t i = 0; i < count; i++) {
            put_field(&scrap, &random, random_below(&random, 20) == 0 ? first : first + i);
            put(&scrap, i + 1 < count ? "," : "");
        }
        put(&scrap, "}");
        if (random_below(&random, 3) == 0)
            scrap.data[random_below(&random, scrap.size)] = (char)random_below(&random, 256);
        if (random_below(&random, 8) == 0)
            scrap.size = (size_t)random_below(&random, scrap.size + 1);
        good += reads_alike((struct view){scrap.data, scrap.size},
                            "\"}:,1 {e"[random_below(&random, 8)]);
    }
    assert_true(good > rounds / 4 && good < rounds * 3 / 4);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, open_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(numbers_names_and_says_which_a_field_has),
        WITH_PAIR(reads_what_is_plain_and_refuses_what_is_nearly),
        WITH_PAIR(keeps_to_the_room_for_fields),
        WITH_PAIR(reads_random_texts_alike),
        cmocka_unit_test(takes_as_many_names_as_it_says),
        cmocka_unit_test(survives_without_memory_for_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
