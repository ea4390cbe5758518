/* One idea: what is right must check without a word, and what differs from it by one detail must
 * not. Each diagnostic's own wording is in tests/golden/diagnostics. */
#include "policy/test_help.h"

#define USE_LOGIN "rule used \"S\" on login when ok then review\n"

/* Everything that was reported, the codes one behind the other. */
static void expect_codes(const char *body, const char *codes)
{
    char source[8192], found[512] = "";
    struct policy_report report;
    struct policy *policy = NULL;
    snprintf(source, sizeof source, "%s%s%s", HELP_HEAD, body, USE_LOGIN);
    policy_report_init(&report, mem_libc());
    enum status status = policy_compile(VIEW("p"), view_of(source), mem_libc(), &report, &policy);
    for (size_t i = 0; i < report.count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                 i == 0 ? "" : " ", report.diags[i].code);
    if (strcmp(found, codes) != 0) {
        help_print(&report, view_of(source));
        fail_msg("`%s` reports `%s`, not `%s`", body, found, codes);
    }
    assert_int_equal(status, report.error_count == 0 ? STATUS_OK : STATUS_INVALID);
    policy_free(policy);
    policy_report_done(&report);
}

static void expect_condition(const char *condition, const char *codes)
{
    char body[2048];
    snprintf(body, sizeof body, "rule r \"S\" on payment when %s then block\n", condition);
    expect_codes(body, codes);
}

static void conditions_narrow(void **state)
{
    (void)state;
    expect_condition("device is present and device == \"d\"", "");
    expect_condition("device is missing or device == \"d\"", "");
    expect_condition("not (device is missing) and device == \"d\"", "");
    expect_condition("not (device is missing or m is missing) and device == \"d\" and m > 3", "");
    expect_condition("(if device is present then device else \"x\") == \"d\"", "");
    expect_condition("(if m is missing then 0 else m) > 3", "");
    expect_condition("device is present and (flag or device == \"d\")", "");
    expect_condition("payment.device is present and device == \"d\"", "");
    expect_condition("device == \"d\" and device is present", "may-be-missing");
    expect_condition("device is present or device == \"d\"", "may-be-missing");
    expect_condition("device is missing and device == \"d\"", "may-be-missing");
    expect_condition("(device is present and flag) or device == \"d\"", "may-be-missing");
    expect_condition("(if m is present then 0 else m) > 3", "may-be-missing");
    expect_condition("device is present and "
                     "count(payment where device == \"x\") per account over 1h > 3",
                     "may-be-missing");
    expect_codes("rule r \"S\" on payment when device is present unless device == \"d\" "
                 "then block\n", "");
    expect_codes("let usual = mean(payment.amount) per account over 1d before\n"
                 "rule r \"S\" on payment when usual is present and amount > usual then block\n",
                 "");
}

static void literals_take_the_type_beside_them(void **state)
{
    (void)state;
    expect_condition("ratio > 2 and 2 < ratio and ratio * 2 > 3 * (1 + 1)", "");
    expect_condition("max(1, 2, ratio) > 2 and (if flag then 1 else ratio) > 0", "");
    expect_condition("(m ?? 3) > 2 and (tip ?? CNY 0) > CNY 1", "");
    expect_condition("country == \"CN\" and \"US\" != country and payee == \"x\"", "");
    expect_condition("channel == web and app != channel and channel in (web, pos)", "");
    expect_condition("(if flag then channel else web) == app", "");
    expect_condition("(if flag then web else channel) == app", "");
    expect_condition("account == payee and text(account) == note", "");
    expect_condition("n > ratio", "type-mismatch");
    expect_condition("number(n) > ratio and n * 2 > 1", "");
    expect_condition("channel == \"web\"", "type-mismatch");
    expect_condition("web == app", "unknown-name");
}

static void choices_may_share_their_name_with_fields(void **state)
{
    (void)state;
    expect_codes("event visit { id: id   at: time   web: bool }\n"
                 "let by_web = channel == web or channel in (web, pos)\n"
                 "rule r \"S\" on payment when by_web then block\n"
                 "rule v \"S\" on visit when web then block\n", "");
}

static void lets_exist_where_they_can(void **state)
{
    (void)state;
    expect_codes("let twice = n * 2\n"
                 "rule a \"S\" on payment when twice > 3 then block\n"
                 "rule b \"S\" on login when twice > 3 then block\n", "");
    expect_codes("let mine = payment.n * 2\n"
                 "rule b \"S\" on login when mine > 3 then block\n", "let-not-here");
    expect_codes("let many = count(payment) per account over 1h\n"
                 "rule b \"S\" on login when many > 3 then block\n", "");
    expect_codes("let many = count(login) per payee fed by account over 1h\n"
                 "rule a \"S\" on payment when many > 3 then block\n", "");
    expect_codes("let z = y + 1\nlet y = x + 1\nlet x = n\n"
                 "rule a \"S\" on payment when z > 3 then block\n", "");
}

static void aggregates_of_every_kind(void **state)
{
    (void)state;
    expect_condition("count(payment) > 3 and count(payment) over 1h > 3", "");
    expect_condition("sum(payment.n) per account > 3 and sum(payment.took) per account > 1h", "");
    expect_condition("(mean(payment.n) per account ?? 0) > 0.5", "");
    expect_condition("(mean(payment.amount) per account ?? CNY 0) > CNY 5", "");
    expect_condition("(std(payment.ratio) per account over 1d ?? 0.0) > 0.5", "");
    expect_condition("(max(payment.at) per account before ?? at) < at", "");
    expect_condition("(first(payment.country) per account ?? country) != country", "");
    expect_condition("(last(payment.channel) per account before ?? web) == web", "");
    expect_condition("distinct(payment.payee) per account, device over 1d > 3", "");
    expect_condition("(age(payment.device) per account ?? 0s) < 1d", "");
    expect_condition("(since(payment) per account ?? 9d) < 1m", "");
    expect_condition("(entropy(payment.payee) per account over 7d ?? 0) > 2", "");
    expect_condition("(quantile(payment.amount, 1) per account over 7d ?? CNY 0) > CNY 5", "");
    expect_condition("decayed(payment.amount, half 1h) per account > CNY 5", "");
    expect_condition("sum(payment.n or login.n where ok) per account over 1h > 5", "");
    expect_condition("count(payment where flag or n > 3) per account over 1h > 5", "syntax");
    expect_condition("count(payment where (flag or n > 3)) per account over 1h > 5", "");
    expect_condition("min(n, max(payment.n) per account ?? 3) > 2", "");
    expect_condition("sum(payment.tip) per account over 1h > CNY 5", "");
}

static void one_mistake_is_one_message(void **state)
{
    (void)state;
    expect_codes("let a = nothing\nlet b = a + 1\n"
                 "rule r \"{a} {b}\" on payment when a > b and not b then block\n",
                 "unknown-name");
    expect_codes("let a = (n\nlet b = a * 2\nrule r \"S\" on payment when b > 1 then block\n",
                 "syntax");
    expect_codes("lett a = n\nrule r \"S\" on payment when a > 1 then block\n", "syntax");
    expect_codes("event visit { id: id   at: time   x: nonsense   y: int }\n"
                 "rule r \"S\" on visit when x > 3 and y > x then block\n", "unknown-type");
    expect_codes("event visit {\n  id: id\n  at: time\n  x int\n  y: int\n}\n"
                 "rule r \"S\" on visit when x > 3 and y > 3 then block\n", "syntax");
    expect_codes("list l : nonsense\nrule r \"S\" on payment when payee in l then block\n",
                 "unknown-type");
    expect_codes("label l on payment = nonsense known after 1d\n"
                 "rule r \"S\" on payment when (rate(l) over 9d ending 1d ago ?? 0) > 1 "
                 "then block\n", "unknown-field");
    expect_codes("rule r \"S\" on payment when n > 1 then blok\n"
                 "test \"t\"\n  when payment\n  expect rule r\n", "syntax");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_narrow),
        cmocka_unit_test(literals_take_the_type_beside_them),
        cmocka_unit_test(choices_may_share_their_name_with_fields),
        cmocka_unit_test(lets_exist_where_they_can),
        cmocka_unit_test(aggregates_of_every_kind),
        cmocka_unit_test(one_mistake_is_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
