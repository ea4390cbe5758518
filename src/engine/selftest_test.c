/* One idea: the tests in a policy are themselves run on policies that keep and break them. */
#include "engine/test_help.h"

#include <stdio.h>

#include "engine/selftest.h"

struct reports {
    struct selftest_sink sink;
    size_t count;
    size_t failed;
    char text[4096];   /* all failures */
};

static void take(struct selftest_sink *sink, const struct selftest_report *report)
{
    struct reports *reports = (struct reports *)sink;
    reports->count++;
    reports->failed += report->failure.size_bytes > 0;
    size_t used = strlen(reports->text);
    assert_true(used + report->failure.size_bytes < sizeof reports->text);
    if (report->failure.size_bytes > 0)
        memcpy(reports->text + used, report->failure.data, report->failure.size_bytes);
}

static void run(const struct policy *policy, struct selftest_coverage *coverage,
                struct reports *ret)
{
    struct selftest_options options = {.policy = policy, .mem = mem_libc(), .seed = HELP_SEED};
    struct diag diag = {.code = ""};
    *ret = (struct reports){.sink = {take}};
    assert_int_equal(selftest_run(&options, coverage, &ret->sink, &diag), STATUS_OK);
    assert_int_equal(ret->count, policy->test_count);
}

#define HEAD                                                                                       \
    "policy tested\ncurrency CNY\n"                                                                \
    "event payment {\n"                                                                            \
    "  id: id   at: time   card: entity from \"CARD\"   device: entity?   amount: money\n"         \
    "  n: int   x: number   ok: bool   c: country   i: ip   k: one of web, app   d: duration\n"    \
    "  t: text   r: ref payment   u: time as unix ms   v: time as unix seconds\n"                  \
    "  w: time as \"YYYY-MM-DD hh:mm:ss\"\n"                                                       \
    "}\n"                                                                                          \
    "let cards = distinct(payment.card) per device over 7d\n"                                      \
    "rule ring \"{cards}\" on payment when cards >= 3 then review \"RING\"\n"                      \
    "  shadow until 2027-01-01\n"                                                                  \
    "rule large \"{amount}\" on payment when amount > CNY 10.00 then challenge 1 \"LARGE\", "      \
    "score 40\n"                                                                                   \
    "score 40 review\n"

/* Times that are laid out without an offset are written in the timezone that they are read in. */
static void local_times_come_back(void **state)
{
    (void)state;
    static const char *const zones[] = {"+14:00", "+01:00", "-05:30"};
    char text[1024];
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        snprintf(text, sizeof text,
                 "policy local\ntimezone %s\n"
                 "event e { id: id  at: time as \"DD.MM.YYYY hh:mm\"\n"
                 "  u: time as \"YYYYMMDDhhmmZ\" }\n"
                 "rule early \"E\" on e when hour(at) == 1 and u == at then review \"E\"\n"
                 "test \"t\" when e {} at \"2026-03-01T01:30:00%s\" expect review\n"
                 "test \"n\" when e {} at \"2026-03-01T02:30:00%s\" expect allow\n",
                 zones[i], zones[i], zones[i]);
        struct policy *policy = help_compile(text);
        struct reports reports;
        run(policy, NULL, &reports);
        assert_string_equal(reports.text, "");
        policy_free(policy);
    }
}

static void expectations_that_hold_say_nothing(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HEAD
        "test \"watched\" given 3 payment { device: \"d\", card: \"c{n}\" } every 1h\n"
        "  when payment { device: \"d\", card: \"c1\" } expect allow, shadow ring, score 0,\n"
        "  no rule large\n"
        "test \"decides\" given 3 payment { device: \"d\", card: \"c{n}\" }\n"
        "  at \"2027-02-01T00:00:00Z\"\n"
        "  when payment { device: \"d\", card: \"x\" } after 1d expect review, rule ring,\n"
        "  reason \"RING\"\n"
        "test \"forgotten\" given 3 payment { device: \"d\", card: \"c{n}\" }\n"
        "  at \"2027-02-01T00:00:00Z\"\n"
        "  when payment { device: \"d\", card: \"x\" } after 7d1s expect allow, no rule ring\n"
        "test \"sum\" when payment { amount: CNY 10.01 } expect review, rule large, score 40,\n"
        "  reason \"SCORE\", reason \"LARGE\"\n"
        "test \"defaults\" when payment expect allow\n");
    struct reports reports;
    uint32_t fired[2] = {0};
    uint32_t shadow[2] = {0};
    struct selftest_coverage coverage = {fired, shadow};
    run(policy, &coverage, &reports);
    assert_string_equal(reports.text, "");
    assert_int_equal(reports.failed, 0);
    assert_int_equal(fired[0], 1);
    assert_int_equal(fired[1], 1);
    assert_int_equal(shadow[0], 1);
    assert_int_equal(shadow[1], 0);
    policy_free(policy);
}

static void broken_expectations_are_told_with_their_lines(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HEAD
        "test \"all wrong\"\n"
        "  when payment { amount: CNY 10.01 }\n"
        "  expect allow,\n"
        "    rule ring,\n"
        "    no rule large,\n"
        "    shadow ring,\n"
        "    score 41,\n"
        "    reason \"NO\"\n"
        "test \"right\" when payment expect allow\n");
    struct reports reports;
    run(policy, NULL, &reports);
    assert_int_equal(reports.failed, 1);
    assert_string_equal(reports.text, "expected allow, got review (line 16)\n"
                                      "rule ring did not fire (line 17)\n"
                                      "rule large fired (line 18)\n"
                                      "rule ring did not fire in shadow (line 19)\n"
                                      "expected score 41, got 40 (line 20)\n"
                                      "no reason \"NO\" (line 21)\n");
    policy_free(policy);
}

static void an_event_that_is_refused_fails_its_test(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HEAD
        "test \"late\" given payment at \"2026-01-10T00:00:00Z\"\n"
        "  when payment at \"2026-01-01T00:00:00Z\" expect allow\n");
    struct reports reports;
    run(policy, NULL, &reports);
    assert_int_equal(reports.failed, 1);
    assert_non_null(strstr(reports.text, "an event was refused: "));
    policy_free(policy);
}

/* A thousand events of one id are one event and one refusal to read, not 999. */
static void only_the_first_refusal_is_told(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HEAD
        "test \"conflicts\" given 1000 payment { id: \"same\", n: 1 } every 1s\n"
        "  when payment expect allow\n");
    struct reports reports;
    run(policy, NULL, &reports);
    assert_int_equal(reports.failed, 1);
    assert_ptr_equal(strstr(reports.text, "an event was refused: "), reports.text);
    assert_null(strstr(reports.text + 1, "an event was refused: "));
    policy_free(policy);
}

static void tests_begin_with_empty_windows(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HEAD
        "test \"one\" given 3 payment { device: \"d\", card: \"c{n}\" }\n"
        "  when payment { device: \"d\" } expect allow, shadow ring\n"
        "test \"two\" when payment { device: \"d\" } expect block\n");
    struct reports reports;
    run(policy, NULL, &reports);
    assert_string_equal(reports.text, "expected block, got allow (line 16)\n");
    policy_free(policy);
}

static enum status prepare_list(void *context, struct engine *engine, struct diag *diag)
{
    ++*(int *)context;
    return engine_list_load(engine, 0, VIEW("value\nc1\n"), diag);
}

static enum status prepare_nothing(void *context, struct engine *engine, struct diag *diag)
{
    (void)context;
    return engine_list_load(engine, 0, VIEW("other\n"), diag);
}

static void lists_are_filled_before_each_test(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy listed\nevent e { id: id   at: time   card: entity }\nlist bad : card\n"
        "rule r \"r\" on e when card in bad then block \"R\"\n"
        "test \"in\" when e { card: \"c1\" } expect block\n"
        "test \"out\" when e { card: \"c2\" } expect allow\n");
    struct reports reports = {.sink = {take}};
    struct diag diag;
    int prepared = 0;
    struct selftest_options options = {policy, mem_libc(), HELP_SEED, prepare_list, &prepared};
    assert_int_equal(selftest_run(&options, NULL, &reports.sink, &diag), STATUS_OK);
    assert_int_equal(prepared, 2);
    assert_int_equal(reports.count, 2);
    assert_int_equal(reports.failed, 0);
    options.prepare = prepare_nothing;
    assert_int_equal(selftest_run(&options, NULL, &reports.sink, &diag), STATUS_INVALID);
    assert_string_equal(diag.code, "missing-column");
    assert_int_equal(reports.count, 2);
    policy_free(policy);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HEAD
        "test \"one\" given 3 payment { device: \"d\", card: \"c{n}\" }\n"
        "  when payment { device: \"d\" } expect block\n");
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    for (size_t n = 1;; n++) {
        struct reports reports = {.sink = {take}};
        struct diag diag;
        struct selftest_options options = {.policy = policy, .mem = &meter.mem, .seed = HELP_SEED};
        meter.fail_at = meter.calls + n;
        enum status status = selftest_run(&options, NULL, &reports.sink, &diag);
        assert_int_equal(meter.used_bytes, 0);
        assert_int_equal(reports.count, status == STATUS_OK);
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
        assert_true(n < 1000);
    }
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_times_come_back),
        cmocka_unit_test(expectations_that_hold_say_nothing),
        cmocka_unit_test(broken_expectations_are_told_with_their_lines),
        cmocka_unit_test(an_event_that_is_refused_fails_its_test),
        cmocka_unit_test(only_the_first_refusal_is_told),
        cmocka_unit_test(tests_begin_with_empty_windows),
        cmocka_unit_test(lists_are_filled_before_each_test),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
