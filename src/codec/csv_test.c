/* One idea: the fast reader against one that looks at each byte once, on random records and on
 * those that people get wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/random.h"
#include "codec/csv.h"

#define SEED 4180u

static struct view fields[CSV_FIELDS_MAX];
static size_t count;
static struct diag diag;

static int open_reader(void **state)
{
    *state = csv_reader_new(mem_libc(), ',');
    return *state == NULL;
}

static int close_reader(void **state)
{
    csv_reader_free(*state);
    return 0;
}

static enum status read_record(struct csv_reader *reader, struct view record)
{
    csv_reader_begin(reader);
    return csv_record_read(reader, record, fields, CSV_FIELDS_MAX, &count, &diag);
}

static void assert_fields(const struct view *wanted, size_t wanted_count)
{
    assert_int_equal(count, wanted_count);
    for (size_t i = 0; i < count; i++)
        if (!view_equal(fields[i], wanted[i]))
            fail_msg("field %zu: got '%.*s', wanted '%.*s'", i, VIEW_ARG(fields[i]),
                     VIEW_ARG(wanted[i]));
}

#define ASSERT_FIELDS(...)                                                                        \
    assert_fields((const struct view[]){__VA_ARGS__},                                             \
                  sizeof((const struct view[]){__VA_ARGS__}) / sizeof(struct view))

static void cuts_records_into_fields(void **state)
{
    assert_int_equal(read_record(*state, VIEW("0,2018-04-01 00:00:31,596,3156,57.16,31,0,0,0")),
                     STATUS_OK);
    ASSERT_FIELDS(VIEW("0"), VIEW("2018-04-01 00:00:31"), VIEW("596"), VIEW("3156"), VIEW("57.16"),
                  VIEW("31"), VIEW("0"), VIEW("0"), VIEW("0"));
    assert_int_equal(read_record(*state, VIEW("")), STATUS_OK);
    ASSERT_FIELDS(VIEW(""));
    assert_int_equal(read_record(*state, (struct view){NULL, 0}), STATUS_OK);
    ASSERT_FIELDS(VIEW(""));
    assert_int_equal(read_record(*state, VIEW(",,")), STATUS_OK);
    ASSERT_FIELDS(VIEW(""), VIEW(""), VIEW(""));
    assert_int_equal(read_record(*state, VIEW("a,\"b,\n\"\"c\"\"\",\"\", d ,\"\"\"\"")), STATUS_OK);
    ASSERT_FIELDS(VIEW("a"), VIEW("b,\n\"c\""), VIEW(""), VIEW(" d "), VIEW("\""));
    assert_int_equal(read_record(*state, VIEW("\"a\",")), STATUS_OK);
    ASSERT_FIELDS(VIEW("a"), VIEW(""));
}

static void keeps_fields_of_a_batch(void **state)
{
    struct view first[2];
    struct view second[2];
    csv_reader_begin(*state);
    assert_int_equal(csv_record_read(*state, VIEW("\"a\"\"1\",x"), first, 2, &count, NULL),
                     STATUS_OK);
    assert_int_equal(csv_record_read(*state, VIEW("\"b\"\"2\",y"), second, 2, &count, NULL),
                     STATUS_OK);
    assert_true(view_equal(first[0], VIEW("a\"1")));
    assert_true(view_equal(second[0], VIEW("b\"2")));
}

static void takes_any_separator(void **state)
{
    (void)state;
    struct csv_reader *reader = csv_reader_new(mem_libc(), '\t');
    assert_non_null(reader);
    assert_int_equal(read_record(reader, VIEW("a,b\t\"c\td\"\t;")), STATUS_OK);
    ASSERT_FIELDS(VIEW("a,b"), VIEW("c\td"), VIEW(";"));
    csv_reader_free(reader);
}

static void says_what_is_wrong_and_where(void **state)
{
    static const struct { const char *text; const char *code; unsigned column; } bad[] = {
        {"ab\"c", "csv-quote", 3},       {"x,a\"\",y", "csv-quote", 4},
        {"\"abc", "csv-quote", 1},       {"x,\"abc\"\"", "csv-quote", 3},
        {"\"abc\"d,e", "csv-quote", 6},  {"a, \"b\"", "csv-quote", 4},
        {"a,b\xff", "csv-utf8", 4},      {"\"\xc3\"", "csv-utf8", 2},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        count = 77;
        enum status status = read_record(*state, view_of(bad[i].text));
        if (status != STATUS_INVALID || strcmp(diag.code, bad[i].code) != 0 ||
            diag.column != bad[i].column)
            fail_msg("%s: status %d, %s at %u", bad[i].text, (int)status, diag.code, diag.column);
        assert_int_equal(count, 77);
    }
}

static void keeps_to_its_limits(void **state)
{
    static char text[CSV_RECORD_BYTES_MAX + 1];
    memset(text, ',', sizeof text);
    assert_int_equal(read_record(*state, (struct view){text, CSV_FIELDS_MAX - 1}), STATUS_OK);
    assert_int_equal(count, CSV_FIELDS_MAX);
    assert_int_equal(read_record(*state, (struct view){text, CSV_FIELDS_MAX}), STATUS_LIMIT);
    assert_string_equal(diag.code, "csv-fields");
    assert_int_equal(diag.column, CSV_FIELDS_MAX + 1);
    text[0] = '"';
    text[1] = '"';
    assert_int_equal(read_record(*state, (struct view){text, CSV_FIELDS_MAX + 1}), STATUS_OK);
    assert_int_equal(read_record(*state, (struct view){text, CSV_FIELDS_MAX + 2}), STATUS_LIMIT);
    assert_int_equal(diag.column, CSV_FIELDS_MAX + 3);
    memset(text, 'x', sizeof text);
    assert_int_equal(read_record(*state, (struct view){text, CSV_RECORD_BYTES_MAX}), STATUS_OK);
    assert_int_equal(read_record(*state, (struct view){text, sizeof text}), STATUS_LIMIT);
    assert_string_equal(diag.code, "csv-size");
}

/* A record reader that looks at each byte once: fields into `out`, ended by 0x01; false when the
 * record is not one. `size` goes to where the record ends: its LF or the end of the text. */
static bool slow_read(const char *text, size_t *size, char *out, size_t *out_size)
{
    enum { START, PLAIN, QUOTED, QUOTE, BAD } at = START;
    bool good = true;
    size_t i = 0;
    *out_size = 0;
    for (; i < *size; i++) {
        char c = text[i];
        if (c == '\n' && at != QUOTED)
            break;
        if (at == QUOTED) {
            if (c == '"')
                at = QUOTE;
            else
                out[(*out_size)++] = c;
        } else if (c == ',') {
            out[(*out_size)++] = 1;
            at = START;
        } else if (c == '"' && (at == START || at == QUOTE)) {
            if (at == QUOTE)
                out[(*out_size)++] = c;
            at = QUOTED;
        } else {
            good = good && c != '"' && at != QUOTE;
            out[(*out_size)++] = c;
            at = at == QUOTE ? BAD : at == START ? PLAIN : at;
        }
    }
    *size = i;
    out[(*out_size)++] = 1;
    return good && at != QUOTED;
}

static size_t random_text(struct random *random, char *text)
{
    static const char alphabet[] = "\"\",,\nabcdefgh \"0123456789";
    size_t size = random_below(random, 60);
    size_t kinds = random_below(random, 3) == 0 ? sizeof alphabet - 1 : 6;
    size_t from = random_below(random, 4) == 0 ? 2 : 0;
    for (size_t i = 0; i < size; i++)
        text[i] = alphabet[from + random_below(random, kinds - from)];
    return size;
}

static void agrees_with_a_slow_reader(void **state)
{
    struct random random;
    random_init(&random, SEED);
    for (int round = 0; round < 300000; round++) {
        char text[64];
        char wanted[70];
        char got[70];
        size_t size = random_text(&random, text);
        size_t record_size = size;
        size_t wanted_size;
        bool good = slow_read(text, &record_size, wanted, &wanted_size);
        struct view record = {text, record_size};
        enum status status = read_record(*state, record);
        size_t got_size = 0;
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            memcpy(got + got_size, fields[i].data, fields[i].size_bytes);
            got_size += fields[i].size_bytes;
            got[got_size++] = 1;
        }
        if (good != (status == STATUS_OK) ||
            (good && !view_equal((struct view){got, got_size}, (struct view){wanted, wanted_size})))
            fail_msg("seed %u, round %d: '%.*s'", SEED, round, VIEW_ARG(record));
    }
}

static void finds_the_end_however_data_comes(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, SEED + 1);
    for (int round = 0; round < 300000; round++) {
        char text[64];
        char unused[70];
        size_t unused_size;
        size_t size = random_text(&random, text);
        size_t wanted = size;
        slow_read(text, &wanted, unused, &unused_size);
        struct csv_scan scan = {0};
        size_t given = 0;
        size_t end = size;
        bool found = false;
        while (!found && given < size) {
            given += 1 + random_below(&random, size - given);
            found = csv_record_end(&scan, ',', (struct view){text, given}, &end);
        }
        size_t newlines = 0;
        for (size_t i = 0; i < end; i++)
            newlines += text[i] == '\n';
        if (end != wanted || found != (wanted < size) || scan.newlines != newlines)
            fail_msg("seed %u, round %d: '%.*s' ends at %zu, not %zu", SEED + 1, round, (int)size,
                     text, wanted, end);
    }
}

static void writes_fields_that_read_back(void **state)
{
    struct random random;
    struct buf buf;
    random_init(&random, SEED + 2);
    buf_init(&buf, mem_libc());
    for (int round = 0; round < 100000; round++) {
        char text[2][64];
        struct view wanted[2];
        for (int i = 0; i < 2; i++)
            wanted[i] = (struct view){text[i], random_text(&random, text[i])};
        buf_clear(&buf);
        csv_put_field(&buf, ',', wanted[0]);
        buf_put_char(&buf, ',');
        csv_put_field(&buf, ',', wanted[1]);
        assert_int_equal(read_record(*state, buf_view(&buf)), STATUS_OK);
        assert_fields(wanted, 2);
    }
    buf_clear(&buf);
    csv_put_field(&buf, ';', VIEW("a,b"));
    csv_put_field(&buf, ';', VIEW(";"));
    csv_put_field(&buf, ';', VIEW(" x"));
    csv_put_field(&buf, ';', VIEW(""));
    assert_true(view_equal(buf_view(&buf), VIEW("a,b\";\"\" x\"")));
    buf_done(&buf);
}

static void checks_headers(void **state)
{
    (void)state;
    const struct view good[] = {VIEW("a"), VIEW("A"), VIEW(" ")};
    const struct view twice[] = {VIEW("id"), VIEW("a"), VIEW("id")};
    const struct view empty[] = {VIEW("id"), VIEW("")};
    assert_int_equal(csv_header_check(good, 3, &diag), STATUS_OK);
    assert_int_equal(csv_header_check(twice, 3, &diag), STATUS_INVALID);
    assert_string_equal(diag.field, "id");
    assert_string_equal(diag.message, "columns 1 and 3 of the header have one name");
    assert_int_equal(csv_header_check(empty, 2, &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "column 2 of the header has no name");
}

static void survives_without_memory(void **state)
{
    (void)state;
    struct mem_meter meter;
    for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        assert_null(csv_reader_new(&meter.mem, ','));
        assert_int_equal(meter.used_bytes, 0);
    }
    mem_meter_init(&meter, mem_libc());
    struct csv_reader *reader = csv_reader_new(&meter.mem, ',');
    assert_non_null(reader);
    assert_int_equal(meter.calls, 2);
    assert_int_equal(read_record(reader, VIEW("\"a\"\"b\",c")), STATUS_OK);
    assert_int_equal(meter.calls, 2);
    csv_reader_free(reader);
    csv_reader_free(NULL);
    assert_int_equal(meter.used_bytes, 0);
}

#define WITH_READER(test) cmocka_unit_test_setup_teardown(test, open_reader, close_reader)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_READER(cuts_records_into_fields),
        WITH_READER(keeps_fields_of_a_batch),
        cmocka_unit_test(takes_any_separator),
        WITH_READER(says_what_is_wrong_and_where),
        WITH_READER(keeps_to_its_limits),
        WITH_READER(agrees_with_a_slow_reader),
        cmocka_unit_test(finds_the_end_however_data_comes),
        WITH_READER(writes_fields_that_read_back),
        cmocka_unit_test(checks_headers),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
