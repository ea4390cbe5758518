/* One idea: lists are asked as a policy asks them, after files of every shape. */
#include "engine/test_help.h"

#include <stdio.h>

#include "base/datetime.h"
#include "engine/list.h"

enum { COUNTRIES, DEVICES, HOURS, ADDRESSES, ACCOUNTS };

static const char POLICY[] =
    "policy listed\n"
    "event payment {\n"
    "  id: id   at: time   account: entity   device: entity   country: country   n: int\n"
    "  ip: ip\n"
    "}\n"
    "list countries : country\n"
    "list devices   : device per account\n"
    "list hours     : int\n"
    "list addresses : ip\n"
    "list accounts  : entity account\n"
    "rule r \"r\" on payment when country in countries or device in devices or n in hours\n"
    "  or ip in addresses or account in accounts then review \"R\"\n";

struct fixture {
    struct policy *policy;
    struct list_set set;
    struct diag diag;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->policy = help_compile(POLICY);
    assert_int_equal(list_set_init(&f->set, f->policy, mem_libc(), HELP_SEED), STATUS_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    list_set_done(&f->set);
    policy_free(f->policy);
    free(f);
    return 0;
}

static void load(struct fixture *f, uint16_t list, const char *text)
{
    if (list_set_load(&f->set, list, view_of(text), &f->diag) != STATUS_OK)
        fail_msg("%u: %s: %s", f->diag.line, f->diag.code, f->diag.message);
}

static void refuse(struct fixture *f, uint16_t list, const char *text, const char *code,
                   uint32_t line)
{
    assert_int_not_equal(list_set_load(&f->set, list, view_of(text), &f->diag), STATUS_OK);
    assert_string_equal(f->diag.code, code);
    assert_int_equal(f->diag.line, line);
}

static bool has_at(const struct fixture *f, uint16_t list, int64_t at_ms, const char *key,
                   const char *value)
{
    return f->set.lists.contains(&f->set.lists, list, at_ms, view_of(key), view_of(value));
}

static bool has(const struct fixture *f, uint16_t list, const char *key, const char *value)
{
    return has_at(f, list, 0, key, value);
}

static void a_list_without_a_file_is_empty(void **state)
{
    struct fixture *f = *state;
    assert_false(has(f, COUNTRIES, "", "CN"));
    load(f, COUNTRIES, "value\n");
    assert_false(has(f, COUNTRIES, "", "CN"));
}

static void values_stand_in_their_column(void **state)
{
    struct fixture *f = *state;
    load(f, COUNTRIES, "value\nCN\nDE\n");
    assert_true(has(f, COUNTRIES, "", "CN"));
    assert_true(has(f, COUNTRIES, "", "DE"));
    assert_false(has(f, COUNTRIES, "", "FR"));
    assert_false(has(f, COUNTRIES, "", "value"));
    load(f, COUNTRIES, "note,countries\r\nfirst,FR\r\n\r\n\"a, \"\"b\"\"\",IT");
    assert_true(has(f, COUNTRIES, "", "FR"));
    assert_true(has(f, COUNTRIES, "", "IT"));
    assert_false(has(f, COUNTRIES, "", "CN"));
}

static void a_byte_order_mark_is_no_part_of_a_name(void **state)
{
    struct fixture *f = *state;
    load(f, COUNTRIES, "\xEF\xBB\xBFvalue\nCN\n");
    assert_true(has(f, COUNTRIES, "", "CN"));
}

static void a_keyed_list_is_one_for_each_key(void **state)
{
    struct fixture *f = *state;
    load(f, DEVICES, "key,value\na1,d1\na1,d2\na2,d3\n");
    assert_true(has(f, DEVICES, "a1", "d1"));
    assert_true(has(f, DEVICES, "a1", "d2"));
    assert_true(has(f, DEVICES, "a2", "d3"));
    assert_false(has(f, DEVICES, "a2", "d1"));
    assert_false(has(f, DEVICES, "", "d1"));
    assert_false(has(f, DEVICES, "a1d", "1"));
    load(f, DEVICES, "devices,account\nd9,a9\n");
    assert_true(has(f, DEVICES, "a9", "d9"));
}

static void an_entry_holds_before_its_end(void **state)
{
    struct fixture *f = *state;
    int64_t end_ms = 0;
    assert_int_equal(datetime_parse(VIEW("2027-01-31T00:00:00Z"), &end_ms), STATUS_OK);
    load(f, COUNTRIES, "value,expires\nCN,2027-01-31T00:00:00Z\nDE,\nFR,2020-01-01T00:00:00Z\n"
                       "FR,2027-01-31T00:00:00Z\n");
    assert_true(has_at(f, COUNTRIES, end_ms - 1, "", "CN"));
    assert_false(has_at(f, COUNTRIES, end_ms, "", "CN"));
    assert_true(has_at(f, COUNTRIES, DATETIME_MS_MAX, "", "DE"));
    assert_true(has_at(f, COUNTRIES, end_ms - 1, "", "FR"));
    assert_false(has_at(f, COUNTRIES, end_ms, "", "FR"));
}

/* Entries are found by the one form in which events ask for them, however a file spells them. */
static void numbers_and_addresses_are_found_however_they_are_written(void **state)
{
    struct fixture *f = *state;
    load(f, HOURS, "value\n7\n-3\n-0\n");
    assert_true(has(f, HOURS, "", "7"));
    assert_true(has(f, HOURS, "", "-3"));
    assert_true(has(f, HOURS, "", "0"));
    load(f, ADDRESSES, "value\n10.0.0.1\n2001:DB8:0::1\n::ffff:10.0.0.2\n");
    assert_true(has(f, ADDRESSES, "", "10.0.0.1"));
    assert_true(has(f, ADDRESSES, "", "2001:db8::1"));
    assert_true(has(f, ADDRESSES, "", "10.0.0.2"));
}

static void a_bad_file_is_refused_with_its_line(void **state)
{
    struct fixture *f = *state;
    load(f, COUNTRIES, "value\nCN\n");
    load(f, DEVICES, "key,value\na1,d1\n");
    refuse(f, COUNTRIES, "", "missing-column", 1);
    refuse(f, COUNTRIES, "\n\n", "missing-column", 3);
    refuse(f, COUNTRIES, "name\nCN\n", "missing-column", 1);
    refuse(f, DEVICES, "value\nd1\n", "missing-column", 1);
    refuse(f, COUNTRIES, "value,value\nCN,DE\n", "csv-header", 1);
    refuse(f, COUNTRIES, "value\nCN\ncn\n", "bad-value", 3);
    refuse(f, COUNTRIES, "value\nCHN\n", "bad-value", 2);
    refuse(f, HOURS, "value\nseven\n", "bad-value", 2);
    refuse(f, HOURS, "value\n07\n", "bad-value", 2);
    refuse(f, ADDRESSES, "value\n10.0.0\n", "bad-value", 2);
    refuse(f, ACCOUNTS, "value,expires\n,\n", "bad-value", 2);
    refuse(f, COUNTRIES, "value\nCN\nDE,FR\n", "wrong-columns", 3);
    refuse(f, COUNTRIES, "value,expires\nCN,tomorrow\n", "bad-time", 2);
    refuse(f, COUNTRIES, "value\nCN\n\n\"DE\n", "csv-quote", 4);
    refuse(f, COUNTRIES, "value,note\nCN,\"two\nlines\"\nDE\n", "wrong-columns", 4);
    refuse(f, COUNTRIES, "value\n\xFF\xFE\n", "csv-utf8", 2);
    assert_true(has(f, COUNTRIES, "", "CN"));
    assert_false(has(f, COUNTRIES, "", "DE"));
    assert_true(has(f, DEVICES, "a1", "d1"));
}

static void digest(const struct fixture *f, uint64_t ret[2])
{
    struct hash_digest running;
    hash_digest_init(&running);
    list_set_digest(&f->set, &running);
    hash_digest_result(&running, ret);
}

static void equal_entries_are_one_and_end_last(void **state)
{
    struct fixture *f = *state;
    uint64_t once[2];
    uint64_t twice[2];
    load(f, DEVICES, "key,value,expires\na,bc,2027-01-31T00:00:00Z\n");
    digest(f, once);
    load(f, DEVICES,
         "key,value,expires\na,bc,2026-01-31T00:00:00Z\na,bc,2027-01-31T00:00:00Z\n"
         "a,bc,2025-01-31T00:00:00Z\n");
    digest(f, twice);
    assert_memory_equal(once, twice, sizeof once);
}

static void the_digest_tells_entries_apart(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "key,value\n", "key,value\na,bc\n", "key,value\nab,c\n", "key,value\na,bc\na,bd\n",
        "key,value,expires\na,bc,2027-01-31T00:00:00Z\n",
    };
    uint64_t digests[5][2];
    for (size_t i = 0; i < 5; i++) {
        load(f, DEVICES, texts[i]);
        digest(f, digests[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(digests[i], digests[j], sizeof digests[i]);
    }
    load(f, DEVICES, "note,value,key\nx,bc,a\n");
    uint64_t again[2];
    digest(f, again);
    assert_memory_equal(again, digests[1], sizeof again);
}

static void many_entries_are_all_found(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    buf_init(&text, mem_libc());
    buf_put_text(&text, "value\n");
    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "account-%d\n", i);
    assert_int_equal(list_set_load(&f->set, ACCOUNTS, buf_view(&text), &f->diag), STATUS_OK);
    char name[32];
    for (int i = 0; i < 101000; i++) {
        snprintf(name, sizeof name, "account-%d", i);
        assert_int_equal(has(f, ACCOUNTS, "", name), i < 100000);
    }
    buf_done(&text);
}

static void a_failed_allocation_keeps_the_old_entries(void **state)
{
    struct fixture *f = *state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct list_set set;
    struct buf text;
    buf_init(&text, mem_libc());
    buf_put_text(&text, "value\n");
    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "new-%d\n", i);
    meter.fail_at = 1;
    assert_int_equal(list_set_init(&set, f->policy, &meter.mem, HELP_SEED), STATUS_NO_MEMORY);
    meter.fail_at = 0;
    assert_int_equal(list_set_init(&set, f->policy, &meter.mem, HELP_SEED), STATUS_OK);
    assert_int_equal(list_set_load(&set, ACCOUNTS, VIEW("value\nold\n"), NULL), STATUS_OK);
    size_t failures = 0;
    for (;; failures++) {
        size_t used = meter.used_bytes;
        meter.fail_at = meter.calls + failures + 1;
        enum status status = list_set_load(&set, ACCOUNTS, buf_view(&text), NULL);
        meter.fail_at = 0;
        bool old = set.lists.contains(&set.lists, ACCOUNTS, 0, VIEW(""), VIEW("old"));
        bool new = set.lists.contains(&set.lists, ACCOUNTS, 0, VIEW(""), VIEW("new-2999"));
        assert_int_equal(old, status != STATUS_OK);
        assert_int_equal(new, status == STATUS_OK);
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
        assert_int_equal(meter.used_bytes, used);
    }
    assert_true(failures > 10);
    list_set_done(&set);
    list_set_done(&set);
    assert_int_equal(meter.used_bytes, 0);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_without_a_file_is_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_stand_in_their_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_is_no_part_of_a_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_keyed_list_is_one_for_each_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_entry_holds_before_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            numbers_and_addresses_are_found_however_they_are_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_file_is_refused_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_entries_are_one_and_end_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_digest_tells_entries_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_entries_are_all_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_allocation_keeps_the_old_entries, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
