/* One idea: each finding by the smallest policy that has it, and beside it the nearest one that has
 * it not. That nothing false is ever said is the business of oracle_test.c. */
#include "policy/test_help.h"

#include "policy/analyse.h"

static void analysed(struct view source, struct mem *mem, struct policy_report *report)
{
    struct policy *policy = help_compile(source.data);
    policy_report_init(report, mem);
    enum status status = policy_analyse(policy, source, report);
    policy_free(policy);
    assert_int_equal(status, STATUS_OK);
}

/* Whether the statements, behind HELP_HEAD, get exactly this finding; NULL: none. */
static void finds(const char *statements, const char *code)
{
    struct policy_report report;
    char source[8192];
    int size = snprintf(source, sizeof source, "%s%s", HELP_HEAD, statements);
    assert_true(size > 0 && (size_t)size < sizeof source);
    analysed(view_of(source), mem_libc(), &report);
    bool right = code == NULL ? report.count == 0
                              : report.count == 1 && strcmp(report.diags[0].code, code) == 0;
    if (!right) {
        help_print(&report, view_of(source));
        fail_msg("expected %s of %s", code == NULL ? "nothing" : code, statements);
    }
    for (size_t i = 0; i < report.count; i++)
        assert_true(report.warnings[i]);
    policy_report_done(&report);
}

/* The finding of one rule's condition. */
static void when(const char *condition, const char *code)
{
    char rule[4096];
    int size = snprintf(rule, sizeof rule, "rule r \"R\" on payment when %s then review\n",
                        condition);
    assert_true(size > 0 && (size_t)size < sizeof rule);
    finds(rule, code);
}

static void dead(const char *condition)
{
    when(condition, "never-fires");
}

static void alive(const char *condition)
{
    when(condition, NULL);
}

/* ---- rules that never fire ---- */

static void bounds_contradict(void **state)
{
    (void)state;
    dead("n > 5 and n < 6");
    alive("n > 5 and n < 7");
    dead("ratio > 0.5 and ratio <= 0.5");
    alive("ratio > 0.5 and ratio < 0.6");
    dead("amount >= CNY 5.00 and CNY 4.99 >= amount");
    alive("amount >= CNY 5.00 and CNY 5.00 >= amount");
    dead("took > 1h and took < 30m");
    dead("at < 2026-01-01 and at >= 2026-01-01");
    dead("n >= 5 and n <= 6 and n != 5 and n != 6");
    dead("n == -3 and n > 0");
    dead("not (n > 5) and not (n <= 5)");
    dead("1 > 2");
}

static void choices_and_texts_contradict(void **state)
{
    (void)state;
    dead("channel == web and channel != web");
    dead("channel not in (web, app) and channel != pos");
    alive("channel not in (web, app)");
    dead("country == \"CN\" and country in (\"US\", \"HK\")");
    dead("note == \"a\" and note == \"b\"");
    dead("note in (\"a\", \"b\") and note not in (\"b\", \"a\")");
    alive("note in (\"a\", \"b\") and note != \"b\"");
    dead("text(account) == \"a\" and account == \"b\"");
    alive("text(account) == \"a\" and account == \"a\"");
    dead("ip == \"10.0.0.1\" and ip == \"10.0.0.2\"");
    alive("ip == \"10.0.0.1\" and ip in \"10.0.0.0/8\"");
    dead("ip in \"10.0.0.0/8\" and ip not in \"10.0.0.0/8\"");
}

static void missing_values_contradict(void **state)
{
    (void)state;
    dead("device is present and device is missing");
    dead("(m ?? 0) > 3 and m is missing");
    alive("(m ?? 4) > 3 and m is missing");
    dead("(m ?? 0) > 3 and (m ?? 9) < 2");
    dead("m is present and m > 5 and (m ?? 0) < 5");
}

static void ranges_are_known(void **state)
{
    (void)state;
    dead("count(payment) per account over 1h < 0");
    alive("count(payment) per account over 1h <= 0");
    dead("hour(at) == 24");
    alive("hour(at) == 0");
    dead("weekday(at) == 0");
    dead("length(note) < 0");
    dead("abs(n) < 0");
    alive("sum(payment.n) per account over 1h < 0");
}

static void relations_contradict(void **state)
{
    (void)state;
    dead("account == payee and account != payee");
    dead("n < n");
    alive("n <= n");
    dead("amount > 2 * amount and 2 * amount > amount");
    dead("n < length(note) and not (length(note) > n)");
    dead("n == length(note) and n < length(note)");
    dead("note starts with \"a\" and not (note starts with \"a\")");
    alive("note starts with \"a\" and not (note ends with \"a\")");
}

static void alternatives_are_tried(void **state)
{
    (void)state;
    dead("(n == 1 or n == 2) and n > 2");
    dead("n > 2 and (n == 1 or (n == 2 and flag))");
    alive("(n == 1 or n == 3) and n > 2");
    dead("(if flag then n > 5 else n > 7) and n < 5");
    alive("(if flag then n > 5 else n > 1) and n < 5");
    dead("flag and not flag");
    dead("flag == true and flag == false");
}

static void unless_and_lets_count(void **state)
{
    (void)state;
    finds("rule r \"R\" on payment when n > 5 unless n > 3 then review\n", "never-fires");
    finds("rule r \"R\" on payment when n > 3 unless n > 5 then review\n", NULL);
    finds("let big = n > 9\nlet huge = big and n > 99\n"
          "rule r \"R\" on payment when huge and n < 50 then review\n", "never-fires");
    finds("let twice = n * 2\n"
          "rule r \"R\" on payment when twice > 5 and n * 2 < 5 then review\n",
          "never-fires");
    finds("let twice = n * 2\n"
          "rule r \"R\" on payment when twice > 5 and n * 3 < 5 then review\n", NULL);
    finds("list l: account\n"
          "rule r \"R\" on payment when payee in l unless payee in l then review\n",
          "never-fires");
}

static uint32_t head_lines(void)
{
    uint32_t lines = 0;
    for (const char *at = HELP_HEAD; *at != '\0'; at++)
        lines += *at == '\n';
    return lines;
}

static void finding_points_at_the_contradiction(void **state)
{
    struct policy_report report;
    const char *source = HELP_HEAD "rule r \"R\" on payment when n > 5 and flag and n < 3 "
                                   "then review\n";
    (void)state;
    analysed(view_of(source), mem_libc(), &report);
    assert_int_equal(report.count, 1);
    assert_int_equal(report.diags[0].line, head_lines() + 1);
    assert_int_equal(report.diags[0].column, 47);
    assert_int_equal(report.diags[0].span, 5);
    assert_string_not_equal(report.diags[0].hint, "");
    policy_report_done(&report);
}

/* ---- rules hidden by another ---- */

#define A "rule a \"A\" on payment when n > 5 and flag then challenge 1\n"
#define B "rule b \"B\" on payment when n > 3 then "

static void stronger_rules_hide(void **state)
{
    (void)state;
    finds(A B "review\n", "hidden-rule");
    finds(B "review\n" A, "hidden-rule");
    finds(A B "challenge 1\n", "hidden-rule");
    finds(A "rule b \"B\" on payment when n > 6 then review\n", NULL);
    finds("rule a \"A\" on payment when n > 5 then block\n" B "review\n", NULL);
    finds(A B "review shadow until 2027-01-01\n", NULL);
    finds(A B "review until 2027-01-01\n", NULL);
    finds("rule a \"A\" on payment when n > 5 then challenge 1 until 2026-06-01\n" B
          "review until 2027-01-01\n", "hidden-rule");
    finds(A "rule b \"B\" on login when n > 3 then review\n", NULL);
}

static void what_does_more_is_not_hidden(void **state)
{
    (void)state;
    finds("rule a \"A\" on payment when n > 5 then challenge 1, score 5\n" B "review\n", NULL);
    finds("rule a \"A\" on payment when n > 5 then challenge 1, case \"{account}\"\n" B
          "review\n", NULL);
    finds("rule a \"A\" on payment when n > 5 then score 5\n" B "review\n", NULL);
    finds("rule a \"A\" on payment when n > 5 then review shadow until 2027-01-01\n" B
          "review\n", NULL);
}

static void exceptions_count(void **state)
{
    (void)state;
    finds(A "rule b \"B\" on payment when n > 3 unless flag then review\n", NULL);
    finds("rule a \"A\" on payment when n > 5 unless flag then review\n"
          "rule b \"B\" on payment when n > 3 unless flag and n > 4 then review\n",
          "hidden-rule");
    finds("rule a \"A\" on payment when n == 1 or n == 2 then review\n"
          "rule b \"B\" on payment when n < 3 then review\n", "hidden-rule");
}

/* A rule whose arithmetic overflows does not fire, so it hides nothing. */
static void what_may_overflow_hides_nothing(void **state)
{
    (void)state;
    finds("rule a \"A\" on payment when n * n > 5 and flag then review\n"
          "rule b \"B\" on payment when n * n > 5 then review\n", NULL);
    finds("let square = n * n\n"
          "rule a \"A\" on payment when square > 5 and flag then review\n"
          "rule b \"B\" on payment when square > 5 then review\n", "hidden-rule");
    finds("rule a \"A\" on payment when n > -3 then review\n"
          "rule b \"B\" on payment when n > -5 then review\n", "hidden-rule");
}

static void of_equal_rules_the_later_is_told(void **state)
{
    struct policy_report report;
    const char *source = HELP_HEAD
        "rule a \"A\" on payment when n > 3 then review\n"
        "rule b \"B\" on payment when not (n <= 3) then review\n";
    (void)state;
    analysed(view_of(source), mem_libc(), &report);
    assert_int_equal(report.count, 1);
    assert_int_equal(report.diags[0].line, head_lines() + 2);
    assert_string_equal(report.diags[0].message,
                        "rule `b` decides nothing: whenever it fires, `a` gives review");
    policy_report_done(&report);
}

/* ---- the rest ---- */

static void endless_shadows_are_told(void **state)
{
    (void)state;
    finds("rule a \"A\" on payment when n > 5 then review shadow\n", "shadow-forever");
    finds("rule a \"A\" on payment when n > 5 then review shadow until 2027-01-01\n", NULL);
    finds("rule a \"A\" on payment when n > 5 then review shadow\n  until 2027-01-01\n", NULL);
}

#define USE "rule r \"R\" on payment when a > 1 and b > 2 then review\n"

static void lets_of_one_meaning_are_told(void **state)
{
    (void)state;
    finds("let a = count(payment) per account over 1h\n"
          "let b = count(payment) over 60m per account\n" USE, "same-let");
    finds("let a = n * 2\nlet b = payment.n * 2\n" USE, "same-let");
    finds("let a = n * 2\nlet b = 2 * n\n" USE, NULL);
    finds("let a = n * 2\nlet b = a\n" USE, NULL);
}

/* ---- limits: beyond them nothing is said, and nothing takes long ---- */

static void put_many(struct buf *out, size_t count, const char *format)
{
    for (size_t i = 0; i < count; i++) {
        char item[128];
        snprintf(item, sizeof item, "%s", format);
        for (char *at = item; *at != '\0'; at++) {
            if (*at == '#')
                buf_put_u64(out, i);
            else
                buf_put_char(out, *at);
        }
    }
}

static size_t findings(struct buf *source)
{
    struct policy_report report;
    buf_put_char(source, '\0');
    assert_false(source->failed);
    struct view text = {source->data, source->size_bytes - 1};
    analysed(text, mem_libc(), &report);
    size_t count = report.count;
    policy_report_done(&report);
    return count;
}

static void facts_are_bounded(void **state)
{
    struct buf source;
    (void)state;
    for (int fits = 0; fits < 2; fits++) {
        buf_init(&source, mem_libc());
        buf_put_text(&source, HELP_HEAD "rule r \"R\" on payment when flag");
        put_many(&source, fits ? ANALYSE_FACTS_MAX - 2 : ANALYSE_FACTS_MAX, " and n * # > 5");
        buf_put_text(&source, " and n > 5 and n < 5 then review\n");
        assert_int_equal(findings(&source), fits);
        buf_done(&source);
    }
}

static void excluded_values_are_bounded(void **state)
{
    struct buf source;
    (void)state;
    for (int fits = 0; fits < 2; fits++) {
        buf_init(&source, mem_libc());
        buf_put_text(&source, HELP_HEAD "rule r \"R\" on payment when flag");
        put_many(&source, fits ? ANALYSE_EXCLUDED_MAX - 1 : ANALYSE_EXCLUDED_MAX,
                 " and note != \"a#\"");
        buf_put_text(&source, " and note != \"z\" and note == \"z\" then review\n");
        assert_int_equal(findings(&source), fits);
        buf_done(&source);
    }
}

static void nesting_is_bounded(void **state)
{
    struct buf source;
    (void)state;
    for (int fits = 0; fits < 2; fits++) {
        size_t depth = fits ? ANALYSE_NEST_MAX : ANALYSE_NEST_MAX + 1;
        buf_init(&source, mem_libc());
        buf_put_text(&source, HELP_HEAD "rule r \"R\" on payment when n > 1000 and ");
        for (size_t i = 0; i < depth; i++)
            buf_printf(&source, "(n == %zu or flag and ", i);
        buf_put_text(&source, "n == 99");
        put_many(&source, depth, ")");
        buf_put_text(&source, " then review\n");
        assert_int_equal(findings(&source), fits);
        buf_done(&source);
    }
}

static void followed_lets_are_bounded(void **state)
{
    struct buf source;
    (void)state;
    for (int fits = 0; fits < 2; fits++) {
        size_t depth = fits ? ANALYSE_LET_DEPTH_MAX : ANALYSE_LET_DEPTH_MAX + 1;
        buf_init(&source, mem_libc());
        buf_put_text(&source, HELP_HEAD "let a0 = n > 5\n");
        for (size_t i = 1; i < depth; i++)
            buf_printf(&source, "let a%zu = a%zu and ratio > %zu.0\n", i, i - 1, i);
        buf_printf(&source, "rule r \"R\" on payment when a%zu and n < 5 then review\n",
                   depth - 1);
        assert_int_equal(findings(&source), fits);
        buf_done(&source);
    }
}

/* Lets that each use the one before twice would be followed for ever. */
static void steps_are_bounded(void **state)
{
    struct buf source;
    (void)state;
    buf_init(&source, mem_libc());
    buf_put_text(&source, HELP_HEAD "let a0 = n > 5\n");
    for (size_t i = 1; i < 1000; i++)
        buf_printf(&source, "let a%zu = a%zu and (a%zu or ratio > %zu.0)\n", i, i - 1, i - 1, i);
    put_many(&source, 100, "rule r# \"R\" on payment when a999 and n < # then score 1\n");
    assert_int_equal(findings(&source), 0);
    buf_done(&source);
}

static void pairs_are_bounded(void **state)
{
    struct buf source;
    (void)state;
    buf_init(&source, mem_libc());
    buf_put_text(&source, HELP_HEAD);
    put_many(&source, POLICY_RULES_MAX, "rule r# \"R\" on payment when n == # then review\n");
    assert_int_equal(findings(&source), 0);
    buf_done(&source);
}

/* ---- memory ---- */

static void memory_may_end_anywhere(void **state)
{
    const char *source = HELP_HEAD A B "review\n"
        "let a = n * 2\nlet b = payment.n * 2\n" USE
        "rule c \"C\" on payment when note == \"a\" and note == \"b\" then review shadow\n";
    struct policy *policy = help_compile(source);
    enum status status = STATUS_NO_MEMORY;
    (void)state;
    for (size_t fail_at = 1; status != STATUS_OK; fail_at++) {
        struct mem_meter meter;
        struct policy_report report;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        policy_report_init(&report, &meter.mem);
        status = policy_analyse(policy, view_of(source), &report);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        assert_true(status != STATUS_OK || report.count == 4);
        policy_report_done(&report);
        assert_int_equal(meter.used_bytes, 0);
        assert_true(fail_at < 1000);
    }
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_contradict),
        cmocka_unit_test(choices_and_texts_contradict),
        cmocka_unit_test(missing_values_contradict),
        cmocka_unit_test(ranges_are_known),
        cmocka_unit_test(relations_contradict),
        cmocka_unit_test(alternatives_are_tried),
        cmocka_unit_test(unless_and_lets_count),
        cmocka_unit_test(finding_points_at_the_contradiction),
        cmocka_unit_test(stronger_rules_hide),
        cmocka_unit_test(what_does_more_is_not_hidden),
        cmocka_unit_test(exceptions_count),
        cmocka_unit_test(what_may_overflow_hides_nothing),
        cmocka_unit_test(of_equal_rules_the_later_is_told),
        cmocka_unit_test(endless_shadows_are_told),
        cmocka_unit_test(lets_of_one_meaning_are_told),
        cmocka_unit_test(facts_are_bounded),
        cmocka_unit_test(excluded_values_are_bounded),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(followed_lets_are_bounded),
        cmocka_unit_test(steps_are_bounded),
        cmocka_unit_test(pairs_are_bounded),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests_name("policy_analyse", tests, NULL, NULL);
}
