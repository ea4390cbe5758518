/* One idea: every limit that is too large for a golden file is met here exactly: what is allowed
 * compiles, one more is reported by name. */
#include "policy/test_help.h"

#include <time.h>

#include "policy/analyse.h"

static struct buf head(const char *text)
{
    struct buf out;
    buf_init(&out, mem_libc());
    buf_put_text(&out, text);
    return out;
}

static void expect_limit(struct buf *text, const char *code, bool reported)
{
    assert_false(text->failed);
    if (help_reports(buf_view(text), code) != reported)
        fail_msg("%s is %sreported", code, reported ? "not " : "");
    buf_done(text);
}

static void source_bytes(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct buf text = head(HELP_HEAD "#");
        size_t fill = POLICY_SOURCE_BYTES_MAX - text.size_bytes + more;
        char *at = buf_reserve(&text, fill);
        assert_non_null(at);
        memset(at, 'x', fill);
        text.size_bytes += fill;
        expect_limit(&text, "limit-source", more == 1);
    }
}

static void expression_nodes(void **state)
{
    (void)state;
    struct buf text = head(HELP_HEAD "rule r \"S\" on payment when n in (1");
    for (int i = 0; i < POLICY_NODES_MAX; i++)
        buf_put_text(&text, i % 1000 == 0 ? ") or n in (1" : ",1");
    buf_put_text(&text, ") then block\n");
    expect_limit(&text, "limit-nodes", true);
}

/* `before` (a0b,a1b,...) with `a` and `b` around each number. */
static void put_set(struct buf *text, const char *before, const char *a, const char *b, int count)
{
    buf_put_text(text, before);
    for (int i = 0; i < count; i++)
        buf_printf(text, "%s%s%d%s", i == 0 ? "(" : ",", a, i, b);
    buf_put_text(text, ")\n");
}

static void members_of_a_set(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct buf text = head(HELP_HEAD);
        put_set(&text, "let x = n in ", "", "", POLICY_MEMBERS_MAX + more);
        expect_limit(&text, "limit-members", more == 1);
    }
}

#define READERS 300

/* Sets as large as they may be, of literals of every kind, read by many rules: looking at each of
 * them again for each rule, or at each pair of members, takes minutes. */
static void large_sets_are_looked_at_once(void **state)
{
    (void)state;
    struct policy_report report;
    struct policy *policy = NULL;
    struct buf text = head(HELP_HEAD);
    put_set(&text, "let x0 = n in ", "", "", POLICY_MEMBERS_MAX);
    put_set(&text, "let x1 = note not in ", "\"", "\"", POLICY_MEMBERS_MAX);
    put_set(&text, "let x2 = ip in ", "\"10.", ".0.0/16\"", 200);
    for (int i = 0; i < READERS; i++)
        buf_printf(&text, "rule r%d \"S\" on payment when x%d and amount > CNY %d.00 then review\n",
                   i, i % 3, i);
    policy_report_init(&report, mem_libc());
    clock_t start = clock();
    assert_int_equal(policy_compile(VIEW("p"), buf_view(&text), mem_libc(), &report, &policy),
                     STATUS_OK);
    assert_int_equal(policy_analyse(policy, buf_view(&text), &report), STATUS_OK);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("# %d members, %d rules: %.2f s\n", POLICY_MEMBERS_MAX * 2, READERS, seconds);
    assert_true(seconds < 5);
    policy_free(policy);
    policy_report_done(&report);
    buf_done(&text);
}

/* "Did you mean" is looked for only while it can be told: 400 million comparisons otherwise. */
static void unknown_names_are_guessed_at_while_it_helps(void **state)
{
    (void)state;
    struct buf text = head(HELP_HEAD);
    for (int i = 0; i < POLICY_LETS_MAX; i++)
        buf_printf(&text, "let x%d = n + %d\n", i, i);
    put_set(&text, "rule r \"S\" on payment when n in ", "y", "", POLICY_MEMBERS_MAX - 1);
    buf_put_text(&text, "then review");
    clock_t start = clock();
    expect_limit(&text, "unknown-name", true);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
}

static void instructions(void **state)
{
    (void)state;
    struct buf text = head("policy p\n");
    for (int i = 0; i < POLICY_EVENTS_MAX; i++)
        buf_printf(&text, "event e%d { id: id   at: time   n: int }\n", i);
    buf_put_text(&text, "let x = n in (1");
    for (int i = 0; i < POLICY_CODE_MAX / POLICY_EVENTS_MAX; i++)
        buf_put_text(&text, i % 1000 == 0 ? ") or n in (1" : ",1");
    buf_put_text(&text, ")\nrule r \"S\" on e0 when x then block\n");
    expect_limit(&text, "limit-code", true);
}

static void windows(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct buf text = head(HELP_HEAD);
        for (int i = 0; i < POLICY_WINDOWS_MAX + more; i++)
            buf_printf(&text, "let x%d = count(payment) per account over %ds\n", i, i + 1);
        expect_limit(&text, "limit-windows", more == 1);
    }
}

static void lets(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct buf text = head(HELP_HEAD);
        for (int i = 0; i < POLICY_LETS_MAX + more; i++)
            buf_printf(&text, "let x%d = %d\n", i, i);
        expect_limit(&text, "limit-lets", more == 1);
    }
}

static void slots(void **state)
{
    (void)state;
    struct buf text = head("policy p\n");
    for (int i = 0; i < POLICY_EVENTS_MAX; i++) {
        buf_printf(&text, "event e%d {\n  id: id\n  at: time\n", i);
        for (int j = 2; j < POLICY_FIELDS_MAX; j++)
            buf_printf(&text, "  f%d: int\n", j);
        buf_put_text(&text, "}\n");
    }
    for (int i = 0; i < POLICY_LETS_MAX; i++)
        buf_printf(&text, "let x%d = %d\n", i, i);
    struct buf one_more = head("");
    buf_put_view(&one_more, buf_view(&text));
    buf_put_text(&one_more, "rule r \"S\" on e0 when count(e0) > 3 then block\n");
    expect_limit(&text, "limit-slots", false);
    expect_limit(&one_more, "limit-slots", true);
}

static void rules(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct buf text = head(HELP_HEAD);
        for (int i = 0; i < POLICY_RULES_MAX + more; i++)
            buf_printf(&text, "rule r%d \"S\" on payment when n > %d then block\n", i, i);
        expect_limit(&text, "limit-rules", more == 1);
    }
}

static void tests_of_a_policy(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct buf text = head(HELP_HEAD);
        for (int i = 0; i < POLICY_TESTS_MAX + more; i++)
            buf_put_text(&text, "test \"t\"\n  when payment\n  expect allow\n");
        expect_limit(&text, "limit-tests", more == 1);
    }
}

static void exactly_at_the_small_limits(void **state)
{
    (void)state;
    struct buf text = head("policy p\nevent e {\n  id: id\n  at: time\n");
    for (int j = 2; j < POLICY_FIELDS_MAX - 1; j++)
        buf_printf(&text, "  f%d: entity\n", j);
    buf_put_text(&text, "  c: one of c0");
    for (int i = 1; i < POLICY_CHOICES_MAX; i++)
        buf_printf(&text, ", c%d", i);
    buf_put_text(&text, "\n}\n"
                        "score 1 challenge 1, 2 challenge 2, 3 challenge 3, 4 review, 5 block\n"
                        "let x = count(e) per f2, f3, f4, f5 over 3660d\n"
                        "rule r \"S\" on e when x > 3 and f2 == \"");
    for (int i = 0; i < POLICY_TEXT_BYTES_MAX; i++)
        buf_put_char(&text, 't');
    buf_put_text(&text, "\" then score 1_000_000 \"");
    for (int i = 0; i < POLICY_REASON_BYTES_MAX; i++)
        buf_put_char(&text, 'R');
    buf_put_text(&text, "\"\nrule ");
    for (int i = 0; i < POLICY_NAME_BYTES_MAX; i++)
        buf_put_char(&text, 'n');
    buf_put_text(&text, " \"S\" on e when ");
    for (int i = 0; i < POLICY_DEPTH_MAX - 1; i++)
        buf_put_char(&text, '(');
    buf_put_text(&text, "true");
    for (int i = 0; i < POLICY_DEPTH_MAX - 1; i++)
        buf_put_char(&text, ')');
    buf_put_text(&text, " then score 1\ntest \"t\"\n");
    for (int i = 1; i < POLICY_TEST_STEPS_MAX; i++)
        buf_put_text(&text, "  given e\n");
    buf_put_text(&text, "  when e\n  expect allow");
    for (int i = 1; i < POLICY_EXPECTS_MAX; i++)
        buf_put_text(&text, ", allow");
    buf_put_char(&text, '\n');
    buf_put_char(&text, '\0');
    assert_false(text.failed);
    policy_free(help_compile(text.data));
    buf_done(&text);
}

static void diagnostics_are_counted_beyond_their_limit(void **state)
{
    (void)state;
    struct buf text = head(HELP_HEAD);
    for (int i = 0; i < POLICY_DIAGS_MAX + 50; i++)
        buf_printf(&text, "rule r%d \"S\" on payment when nothing%d then block\n", i, i);
    struct policy_report report;
    struct policy *policy = NULL;
    policy_report_init(&report, mem_libc());
    assert_int_equal(policy_compile(VIEW("p"), buf_view(&text), mem_libc(), &report, &policy),
                     STATUS_INVALID);
    assert_int_equal(report.count, POLICY_DIAGS_MAX);
    assert_int_equal(report.error_count, POLICY_DIAGS_MAX + 50);
    policy_report_done(&report);
    buf_done(&text);
}

/* Depth is bounded however it is written: nothing here may recurse without end. */
static void nothing_nests_too_deep(void **state)
{
    (void)state;
    static const char *const openers[] = {"(", "-", "not ", "abs(", "if true then 1 else ",
                                          "if ", "n + (", "n in ((", "count(payment where ",
                                          "n ?? (", "1 * -", "n - 1 - "};
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
        struct buf text = head(HELP_HEAD "let x = ");
        for (int j = 0; j < 100000; j++)
            buf_put_text(&text, openers[i]);
        buf_put_text(&text, "1\n");
        print_message("# %s\n", openers[i]);
        expect_limit(&text, "limit-depth", true);
    }
}

/* Wide is allowed where deep is not. */
static void long_chains_compile(void **state)
{
    (void)state;
    struct buf text = head(HELP_HEAD "rule r \"S\" on payment when device is present");
    for (int i = 0; i < 20000; i++)
        buf_put_text(&text, " and device is present and device != \"x\"");
    buf_put_text(&text, " then block\n");
    for (int i = 0; i < POLICY_LETS_MAX; i++)
        buf_printf(&text, "let x%d = %s%d + n\n", i, i + 1 < POLICY_LETS_MAX ? "x" : "", i + 1);
    expect_limit(&text, "limit-depth", false);
}

static void a_thousand_rules(void **state)
{
    (void)state;
    struct buf text = head(HELP_HEAD);
    for (int i = 0; i < 200; i++)
        buf_printf(&text, "let w%d = sum(payment.amount where n > %d) per account over %dm\n"
                          "let d%d = w%d / 2\n", i, i, i + 1, i, i);
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "rule r%d \"Payment of {amount} after {w%d}\"\n"
                          "  on payment when amount > CNY %d.00 and d%d > CNY 5.00 and "
                          "country in (\"CN\", \"US\")\n  unless channel == web and n < %d\n"
                          "  then score %d, review \"R%d\"\n", i, i % 200, i, i % 200, i, i, i);
    struct policy_report report;
    struct policy *policy = NULL;
    policy_report_init(&report, mem_libc());
    clock_t start = clock();
    enum status status = policy_compile(VIEW("p"), buf_view(&text), mem_libc(), &report, &policy);
    double ms = (double)(clock() - start) * 1000 / CLOCKS_PER_SEC;
    print_message("# 1000 rules, %zu bytes: %.1f ms\n", text.size_bytes, ms);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(policy->rule_count, 1000);
    policy_free(policy);
    policy_report_done(&report);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_bytes),
        cmocka_unit_test(expression_nodes),
        cmocka_unit_test(members_of_a_set),
        cmocka_unit_test(large_sets_are_looked_at_once),
        cmocka_unit_test(unknown_names_are_guessed_at_while_it_helps),
        cmocka_unit_test(instructions),
        cmocka_unit_test(windows),
        cmocka_unit_test(lets),
        cmocka_unit_test(slots),
        cmocka_unit_test(rules),
        cmocka_unit_test(tests_of_a_policy),
        cmocka_unit_test(exactly_at_the_small_limits),
        cmocka_unit_test(diagnostics_are_counted_beyond_their_limit),
        cmocka_unit_test(nothing_nests_too_deep),
        cmocka_unit_test(long_chains_compile),
        cmocka_unit_test(a_thousand_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
