/* One idea: what the engine sees of a policy is what its source says. */
#include "policy/test_help.h"

#define SAMPLE                                                                                    \
    "policy sample\ncurrency CNY\non error block \"ENGINE\"\nlate up to 2h\nremember ids 3d\n"    \
    "timezone -01:30\n"                                                                           \
    "event payment {\n"                                                                           \
    "  id: id   at: time from \"T\" as \"YYYY-MM-DD hh:mm:ss\"   account: entity\n"               \
    "  card: entity, pii pan from \"CARD\"   device: entity?   payee: entity account\n"           \
    "  amount: money   good: bool?   channel: one of web, app\n"                                  \
    "}\n"                                                                                         \
    "event login { id: id   at: time as unix ms   account: entity   ok: bool }\n"                 \
    "event chargeback { id: id   at: time   payment: ref payment }\n"                             \
    "label fraud on payment = exists chargeback within 30d\n"                                     \
    "label bad on payment = good known after 7d\n"                                                \
    "list known : account per card from \"known.csv\"\n"                                          \
    "list countries : country\n"                                                                  \
    "let spent = sum(payment.amount) per account over 1h\n"                                       \
    "let spent_too = sum(payment.amount) per account over 60m before ending 0s ago\n"             \
    "let got = sum(payment.amount) per account fed by payee over 1d\n"                            \
    "let seen = age(payment.device) per account\n"                                                \
    "let both = count(login where ok or payment where amount > CNY 5) per account over 1h\n"      \
    "let both2 = count(payment where payment.amount > CNY 5.00 or login where login.ok) "         \
    "per account over 3600s\n"                                                                    \
    "let half = spent / 2\n"                                                                      \
    "let limit = CNY 500.00\n"                                                                    \
    "let bad_rate = rate(bad) per account over 30d ending 7d ago\n"                               \
    "model risk = \"risk.json\" (payment.amount rising, spent, half falling, channel excluded)\n"  \
    "model next = \"next.json\" (amount, channel) challenges risk\n"                              \
    "model other = \"other.json\" (spent) on error challenge 2 \"NO_MODEL\"\n"                    \
    "model quiet = \"quiet.json\" (spent) on error rules\n"                                       \
    "rule big \"{{Paid}} {amount} by {account}, {spent} so far\"\n"                               \
    "  on payment when amount > limit and account in known\n"                                     \
    "  then challenge 2 \"BIG\", score 25, case \"c {account}\"\n  shadow until 2026-03-01\n"     \
    "  until 2027-03-01\n"                                                                        \
    "rule sure \"S\" on payment when risk > 0.5 then score -5 \"SURE\" explain 3 shadow\n"        \
    "rule failed \"S\" on login when half > limit and not ok then review\n"                       \
    "score 40 review, 80 block\n"                                                                 \
    "test \"t\"\n"                                                                                \
    "  given 3 payment { card: \"c{n}\", amount: CNY 1_000, channel: app } every 1h\n"            \
    "  given login { ok: true } after 2d\n"                                                       \
    "  when payment { device: \"d\" } at \"2026-05-01T00:00:00Z\"\n"                              \
    "  expect challenge 1, rule sure, no rule big, shadow big, score -5, reason \"SURE\"\n"

static const struct policy_let *let_named(const struct policy *policy, const char *name)
{
    for (uint16_t i = 0; i < policy->let_count; i++) {
        if (view_equal(policy->lets[i].name, view_of(name)))
            return &policy->lets[i];
    }
    fail_msg("no let %s", name);
    return NULL;
}

static const struct policy_window *window_named(const struct policy *policy, const char *name)
{
    return &policy->windows[let_named(policy, name)->window];
}

static void assert_view(struct view view, const char *text)
{
    if (!view_equal(view, view_of(text)))
        fail_msg("\"%.*s\" is not \"%s\"", VIEW_ARG(view), text);
}

static void header_events_and_labels(void **state)
{
    (void)state;
    struct policy *policy = help_compile(SAMPLE);
    assert_view(policy->name, "sample");
    assert_string_equal(money_currency_code(policy->currency), "CNY");
    assert_int_equal(policy->error_verdict, POLICY_BLOCK);
    assert_int_equal(policy->late_ms, 7200000);
    assert_int_equal(policy->remember_ms, 3 * 86400000);
    assert_int_equal(policy->timezone_ms, -5400000);
    assert_int_equal(policy->event_count, 3);
    const struct policy_event *payment = &policy->events[0];
    assert_int_equal(payment->field_count, 9);
    assert_int_equal(payment->id_field, 0);
    assert_int_equal(payment->at_field, 1);
    assert_view(payment->fields[1].input_name, "T");
    assert_int_equal(payment->fields[1].time_format, POLICY_TIME_PATTERN);
    assert_view(payment->fields[3].pii, "pan");
    assert_view(payment->fields[3].type.kind, "card");
    assert_view(payment->fields[5].type.kind, "account");
    assert_true(payment->fields[4].type.optional);
    assert_true(payment->fields[7].label_only);
    assert_int_equal(payment->fields[8].type.choice_count, 2);
    assert_int_equal(policy->events[1].fields[1].time_format, POLICY_TIME_UNIX_MS);
    assert_true(policy->labels[0].by_event);
    assert_int_equal(policy->labels[0].truth_event, 2);
    assert_int_equal(policy->labels[0].truth_field, 2);
    assert_false(policy->labels[1].by_event);
    assert_int_equal(policy->labels[1].truth_field, 7);
    assert_view(policy->lists[0].type.kind, "account");
    assert_view(policy->lists[0].key, "card");
    assert_view(policy->lists[0].path, "known.csv");
    policy_free(policy);
}

static void windows_of_one_meaning_are_one(void **state)
{
    (void)state;
    struct policy *policy = help_compile(SAMPLE);
    assert_int_equal(let_named(policy, "both")->window, let_named(policy, "both2")->window);
    assert_int_not_equal(let_named(policy, "spent")->window,
                         let_named(policy, "spent_too")->window);
    assert_view(window_named(policy, "spent_too")->text,
                "sum(payment.amount) per account over 1h before");
    assert_view(window_named(policy, "both")->text,
                "count(payment where amount > CNY 5.00 or login where ok) per account over 1h");
    const struct policy_window *got = window_named(policy, "got");
    assert_view(got->keys[0], "account");
    assert_view(got->fed_by[0], "payee");
    const struct policy_window *seen = window_named(policy, "seen");
    assert_int_equal(seen->key_count, 2);
    assert_view(seen->keys[1], "device");
    assert_int_equal(seen->over_ms, -1);
    assert_int_equal(seen->sources[0].field, POLICY_NO_SLOT);
    assert_int_equal(window_named(policy, "bad_rate")->sources[0].label, 1);
    assert_int_equal(window_named(policy, "bad_rate")->ending_ms, 7 * 86400000);
    policy_free(policy);
}

static bool holds(const uint16_t *items, uint16_t count, uint16_t item)
{
    for (uint16_t i = 0; i < count; i++) {
        if (items[i] == item)
            return true;
    }
    return false;
}

/* The text is what a person would write, and one however it was written. */
static void parameters_are_written_in_few_digits(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HELP_HEAD
        "let a = quantile(payment.n, 0.95) over 1d\n"
        "let b = quantile(payment.n, 0.9500) over 24h\n"
        "let c = quantile(payment.n, 1) over 1d\n"
        "let d = quantile(payment.n, 0.1) over 1d\n");
    assert_int_equal(policy->window_count, 3);
    assert_view(policy->windows[0].text, "quantile(payment.n, 0.95) over 1d");
    assert_view(policy->windows[1].text, "quantile(payment.n, 1) over 1d");
    assert_view(policy->windows[2].text, "quantile(payment.n, 0.1) over 1d");
    policy_free(policy);
}

static void lets_exist_where_all_they_read_exists(void **state)
{
    (void)state;
    struct policy *policy = help_compile(SAMPLE);
    const struct policy_let *half = let_named(policy, "half");
    uint16_t index = (uint16_t)(half - policy->lets);
    assert_true(half->code[0] != POLICY_NO_CODE && half->code[1] != POLICY_NO_CODE);
    assert_true(half->code[2] == POLICY_NO_CODE);
    assert_true(holds(policy->events[1].lets, policy->events[1].let_count, index));
    assert_false(holds(policy->events[2].lets, policy->events[2].let_count, index));
    uint16_t spent = let_named(policy, "spent")->window;
    uint16_t seen = let_named(policy, "seen")->window;
    assert_true(holds(policy->events[1].windows, policy->events[1].window_count, spent));
    assert_false(holds(policy->events[1].windows, policy->events[1].window_count, seen));
    assert_true(half->type.fractional);
    assert_false(half->type.optional);
    policy_free(policy);
}

static void models(void **state)
{
    (void)state;
    struct policy *policy = help_compile(SAMPLE);
    assert_int_equal(policy->model_count, 4);
    const struct policy_model *risk = &policy->models[0];
    assert_int_equal(risk->argument_count, 4);
    assert_view(risk->arguments[0].name, "amount");
    assert_int_equal(risk->arguments[0].direction, POLICY_RISING);
    assert_int_equal(risk->arguments[1].slot, let_named(policy, "spent")->slot);
    assert_int_equal(risk->arguments[1].direction, POLICY_EITHER_WAY);
    assert_int_equal(risk->arguments[2].direction, POLICY_FALLING);
    assert_false(risk->arguments[2].excluded);
    assert_true(risk->arguments[3].excluded);
    assert_int_equal(risk->arguments[3].type.base, POLICY_ONE_OF);
    assert_int_equal(risk->challenges, POLICY_NO_MODEL);
    assert_int_equal(risk->events, 1);
    assert_false(risk->error_rules);
    assert_int_equal(risk->error_verdict, POLICY_BLOCK);
    assert_view(risk->error_reason, "ENGINE");
    assert_int_equal(policy->models[1].challenges, 0);
    assert_true(policy->models[1].error_rules);
    assert_int_equal(policy->models[2].events, 3);
    assert_false(policy->models[2].error_rules);
    assert_int_equal(policy->models[2].error_verdict, POLICY_CHALLENGE_2);
    assert_view(policy->models[2].error_reason, "NO_MODEL");
    assert_true(policy->models[3].error_rules);
    policy_free(policy);
}

static void rules_and_tests(void **state)
{
    (void)state;
    struct policy *policy = help_compile(SAMPLE);
    const struct policy_rule *big = &policy->rules[0];
    assert_int_equal(big->verdict, POLICY_CHALLENGE_2);
    assert_view(big->reason, "BIG");
    assert_int_equal(big->score, 25);
    assert_true(big->has_case && big->shadow);
    /* Midnight in a zone one and a half hours west of UTC. */
    assert_int_equal(big->shadow_until_ms, 1772323200000 + 5400000);
    assert_int_equal(big->until_ms, 1803859200000 + 5400000);
    assert_int_equal(big->sentence.part_count, 4);
    assert_view(big->sentence.parts[0].literal, "{Paid} ");
    assert_view(big->sentence.parts[3].literal, " so far");
    assert_int_equal(big->sentence.parts[3].slot, POLICY_NO_SLOT);
    assert_int_equal(big->models, 0);
    assert_int_equal(policy->rules[1].models, 1);
    assert_int_equal(policy->rules[1].explain, 3);
    assert_int_equal(policy->rules[1].shadow_until_ms, INT64_MAX);
    assert_int_equal(policy->events[0].rule_count, 2);
    assert_int_equal(policy->bands[1].score, 80);
    const struct policy_test *test = &policy->tests[0];
    assert_int_equal(test->step_count, 3);
    assert_int_equal(test->steps[0].count, 3);
    assert_int_equal(test->steps[0].at_ms, 1767225600000);
    assert_view(test->steps[0].values[0].json, "\"c{n}\"");
    assert_view(test->steps[0].values[1].json, "1000.00");
    assert_view(test->steps[0].values[2].json, "\"app\"");
    assert_int_equal(test->steps[1].at_ms, 1767225600000 + 2 * 3600000 + 2 * 86400000);
    assert_true(test->steps[2].judged);
    assert_int_equal(test->steps[2].at_ms, 1777593600000);
    assert_int_equal(test->expects[3].what, POLICY_EXPECT_SHADOW);
    assert_int_equal(test->expects[4].score, -5);
    policy_free(policy);
}

/* ---- values for people ---- */

static void expect_printed(const struct policy *policy, struct policy_type type,
                           union policy_value value, const char *text)
{
    struct buf out;
    buf_init(&out, mem_libc());
    policy_value_print(policy, &type, value, true, &out);
    assert_view(buf_view(&out), text);
    buf_done(&out);
}

static void values_are_printed_for_people(void **state)
{
    (void)state;
    struct policy *policy = help_compile(SAMPLE);
    struct policy_type fractional = {.base = POLICY_MONEY, .fractional = true};
    struct view address = VIEW("\x7F\0\0\x01");
    struct view name = VIEW("d1");
#define PRINTED(kind, member, what, text)                                                         \
    expect_printed(policy, (struct policy_type){.base = kind},                                    \
                   (union policy_value){.member = what}, text)
    PRINTED(POLICY_BOOL, i64, 1, "true");
    PRINTED(POLICY_INT, i64, -1234567, "-1,234,567");
    PRINTED(POLICY_INT, i64, INT64_MIN, "-9,223,372,036,854,775,808");
    PRINTED(POLICY_INT, i64, 123, "123");
    PRINTED(POLICY_NUMBER, f64, 0.93, "0.93");
    PRINTED(POLICY_MONEY, i64, 5000000, "CNY 50,000.00");
    PRINTED(POLICY_MONEY, i64, -99, "CNY -0.99");
    PRINTED(POLICY_TIME, i64, 1772366400000, "2026-03-01T10:30:00-01:30");
    PRINTED(POLICY_DURATION, i64, 5400000, "1h30m");
    PRINTED(POLICY_COUNTRY, i64, 'C' * 256 + 'N', "CN");
    PRINTED(POLICY_IP, text, &address, "127.0.0.1");
    PRINTED(POLICY_ENTITY, text, &name, "d1");
#undef PRINTED
    expect_printed(policy, fractional, (union policy_value){.f64 = 333333.5}, "CNY 3,333.34");
    expect_printed(policy, policy->events[0].fields[8].type, (union policy_value){.i64 = 1},
                   "app");
    struct buf out;
    buf_init(&out, mem_libc());
    policy_value_print(policy, &fractional, (union policy_value){.i64 = 0}, false, &out);
    assert_view(buf_view(&out), "-");
    buf_done(&out);
    for (int i = POLICY_ALLOW; i <= POLICY_BLOCK; i++)
        assert_true(strlen(policy_verdict_text((enum policy_verdict)i)) >= 5);
    policy_free(policy);
}

/* ---- memory ---- */

/* Fails allocation 1, 2, ... until a run has no failure; nothing may leak on the way. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const char *const sources[] = {
        SAMPLE, "policy broken\nlet x = \nlet y = nothing\nevent e {\n", ""};
    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++) {
        bool complete = false;
        for (size_t fail_at = 1; !complete; fail_at++) {
            struct mem_meter meter;
            struct policy_report report;
            struct policy *policy = NULL;
            struct buf out;
            mem_meter_init(&meter, mem_libc());
            meter.fail_at = fail_at;
            policy_report_init(&report, &meter.mem);
            buf_init(&out, &meter.mem);
            enum status first = policy_compile(VIEW("p"), view_of(sources[s]), &meter.mem,
                                               &report, &policy);
            complete = meter.calls < fail_at;
            if (!complete)
                assert_int_equal(first, STATUS_NO_MEMORY);
            enum status second = policy_format(VIEW("p"), view_of(sources[s]), &meter.mem,
                                               &report, &out);
            complete = meter.calls < fail_at;
            assert_true(complete || first == STATUS_NO_MEMORY || second == STATUS_NO_MEMORY);
            assert_true((policy != NULL) == (first == STATUS_OK));
            policy_free(policy);
            policy_report_done(&report);
            buf_done(&out);
            assert_int_equal(meter.used_bytes, 0);
        }
    }
}

/* Truncations and flipped bytes of a whole policy: each must end with an answer. */
static void damaged_policies_are_refused_or_read(void **state)
{
    (void)state;
    char text[sizeof SAMPLE];
    size_t size = sizeof SAMPLE - 1;
    memcpy(text, SAMPLE, sizeof text);
    for (size_t i = 0; i < size; i += 3) {
        help_reports((struct view){text, i}, "");
        char kept = text[i];
        text[i] = "{}(),:\"\\ #5x\n\0\xff"[i % 15];
        help_reports((struct view){text, size}, "");
        text[i] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_events_and_labels),
        cmocka_unit_test(windows_of_one_meaning_are_one),
        cmocka_unit_test(parameters_are_written_in_few_digits),
        cmocka_unit_test(lets_exist_where_all_they_read_exists),
        cmocka_unit_test(models),
        cmocka_unit_test(rules_and_tests),
        cmocka_unit_test(values_are_printed_for_people),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(damaged_policies_are_refused_or_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
