/* One idea: each instruction through the policies that need it: a let is computed, its value and
 * presence are compared with what the language says. */
#include "policy/test_help.h"

#include "policy/op.h"

#define SLOTS 64
#define VALUES 1024

struct world {
    struct policy *policy;
    union policy_value values[VALUES];
    bool present[SLOTS];
    struct policy_lists lists;
    struct policy_frame frame;
    struct view texts[SLOTS];
};

static bool contains(const struct policy_lists *lists, uint16_t list, int64_t at_ms,
                     struct view key, struct view value)
{
    (void)lists;
    (void)at_ms;
    bool known = view_equal(value, VIEW("CN")) || view_equal(value, VIEW("10.1.2.3")) ||
                 view_equal(value, VIEW("-7")) || view_equal(value, VIEW("app"));
    return list == 0 ? known : view_equal(key, VIEW("acc")) && view_equal(value, VIEW("pay"));
}

static void set_text(struct world *world, uint16_t slot, struct view text)
{
    world->texts[slot] = text;
    world->values[slot].text = &world->texts[slot];
    world->present[slot] = true;
}

static uint16_t slot_of(const struct world *world, const char *name)
{
    for (uint16_t i = 0; i < world->policy->events[0].field_count; i++) {
        if (view_equal(world->policy->events[0].fields[i].name, view_of(name)))
            return world->policy->events[0].fields[i].slot;
    }
    fail_msg("no field %s", name);
    return 0;
}

static void set_i64(struct world *world, const char *name, int64_t value)
{
    uint16_t slot = slot_of(world, name);
    world->values[slot].i64 = value;
    world->present[slot] = true;
}

/* One payment: amount 100.00, n -7, ratio 2.5, m and tip and device missing. */
static void world_init(struct world *world, struct policy *policy)
{
    memset(world, 0, sizeof *world);
    world->policy = policy;
    assert_true(policy->slot_count <= SLOTS && policy->value_count <= VALUES);
    policy_frame_init(policy, world->values);
    world->lists.contains = contains;
    world->frame = (struct policy_frame){world->values, world->present, 0, &world->lists};
    set_i64(world, "amount", 10000);
    set_i64(world, "n", -7);
    set_i64(world, "at", 1772366400000 + 3723004); /* 2026-03-01T13:02:03.004Z, a Sunday */
    set_i64(world, "took", 90000);
    set_i64(world, "country", 'C' * 256 + 'N');
    set_i64(world, "channel", 1);
    set_i64(world, "flag", 1);
    set_i64(world, "ratio", 0);
    world->values[slot_of(world, "ratio")].f64 = 2.5;
    set_text(world, slot_of(world, "id"), VIEW("p1"));
    set_text(world, slot_of(world, "account"), VIEW("acc"));
    set_text(world, slot_of(world, "payee"), VIEW("pay"));
    set_text(world, slot_of(world, "note"), VIEW("caf\xC3\xA9 noir"));
    set_text(world, slot_of(world, "ip"), VIEW("\x0A\x01\x02\x03"));
}

static void world_done(struct world *world)
{
    policy_free(world->policy);
}

static enum status derive(struct world *world, const char *expression)
{
    char text[4096];
    snprintf(text, sizeof text,
             "%slist some : %s\nlist trusted : payee per account\nlet x = %s\n"
             "rule r \"S\" on payment when flag and (x is present or flag) then block\n"
             "%s",
             HELP_HEAD, strstr(expression, "ip in some") != NULL ? "ip"
                        : strstr(expression, "n in some") != NULL ? "int"
                        : strstr(expression, "channel in some") != NULL ? "channel" : "country",
             expression, "");
    struct policy *policy = help_compile(text);
    world_init(world, policy);
    for (uint16_t i = 0; i < policy->let_count; i++) {
        if (policy->lets[i].code != NULL && policy->lets[i].code[0] != POLICY_NO_CODE)
            return policy_derive(policy, i, 0, &world->frame);
    }
    fail_msg("nothing is derived for %s", expression);
    return STATUS_INVALID;
}

static void expect_i64(const char *expression, int64_t expected)
{
    struct world world;
    enum status status = derive(&world, expression);
    uint16_t slot = world.policy->lets[0].slot;
    if (status != STATUS_OK || !world.present[slot] || world.values[slot].i64 != expected)
        fail_msg("%s gives %lld (status %d, present %d), not %lld", expression,
                 (long long)world.values[slot].i64, (int)status, world.present[slot],
                 (long long)expected);
    world_done(&world);
}

static void expect_f64(const char *expression, double expected)
{
    struct world world;
    enum status status = derive(&world, expression);
    uint16_t slot = world.policy->lets[0].slot;
    if (status != STATUS_OK || !world.present[slot] || world.values[slot].f64 != expected)
        fail_msg("%s gives %g (status %d, present %d), not %g", expression,
                 world.values[slot].f64, (int)status, world.present[slot], expected);
    world_done(&world);
}

static void expect_missing(const char *expression)
{
    struct world world;
    assert_int_equal(derive(&world, expression), STATUS_OK);
    assert_false(world.present[world.policy->lets[0].slot]);
    world_done(&world);
}

static void expect_overflow(const char *expression)
{
    struct world world;
    enum status status = derive(&world, expression);
    if (status != STATUS_OVERFLOW)
        fail_msg("%s does not overflow", expression);
    world_done(&world);
}

/* Conditions are computed as values and as jumps of both kinds. */
static void expect_bool(const char *expression, bool expected)
{
    char text[1024];
    expect_i64(expression, expected);
    snprintf(text, sizeof text, "if %s then 1 else 2", expression);
    expect_i64(text, expected ? 1 : 2);
    snprintf(text, sizeof text, "not (%s)", expression);
    expect_i64(text, !expected);
    snprintf(text, sizeof text, "flag and (%s)", expression);
    expect_i64(text, expected);
    snprintf(text, sizeof text, "not flag or (%s)", expression);
    expect_i64(text, expected);
}

static void integers(void **state)
{
    (void)state;
    expect_i64("n + 3", -4);
    expect_i64("n - 3", -10);
    expect_i64("n * 3", -21);
    expect_i64("-n", 7);
    expect_i64("abs(n)", 7);
    expect_i64("min(n, 3, 5)", -7);
    expect_i64("max(n, 3, 5)", 5);
    expect_i64("n", -7);
    expect_i64("amount + CNY 0.01", 10001);
    expect_i64("amount * 3 - amount", 20000);
    expect_i64("took * 2 + 1s", 181000);
    expect_i64("at - 2026-03-01", 13 * 3600000 + 2 * 60000 + 3004);
    expect_i64("2026-03-01 + 1h", 1772323200000 + 3600000);
    expect_i64("if n < 0 then n * n * n else 0", -343);
}

static void numbers(void **state)
{
    (void)state;
    expect_f64("ratio + 1", 3.5);
    expect_f64("ratio - 1", 1.5);
    expect_f64("ratio * 4", 10);
    expect_f64("ratio / 2", 1.25);
    expect_f64("-ratio", -2.5);
    expect_f64("abs(-ratio)", 2.5);
    expect_f64("min(ratio, 1, 2.75)", 1);
    expect_f64("max(1, ratio)", 2.5);
    expect_f64("number(n)", -7);
    expect_f64("(n / 2)", -3.5);
    expect_f64("amount * 0.5", 5000);
    expect_f64("amount / CNY 40.00", 2.5);
    expect_f64("amount / 3", 10000.0 / 3);
    expect_f64("took / 1m", 1.5);
    expect_i64("round(ratio)", 3);
    expect_i64("round(-ratio)", -3);
    expect_i64("floor(-ratio)", -3);
    expect_i64("ceil(-ratio)", -2);
    expect_i64("round(amount / 3)", 3333);
}

static void missing_values(void **state)
{
    (void)state;
    expect_missing("m");
    expect_missing("n / (n + 7)");
    expect_missing("amount / (tip ?? CNY 0.00)");
    expect_missing("if flag then m else n");
    expect_i64("m ?? 5", 5);
    expect_i64("m ?? n", -7);
    expect_i64("m ?? m ?? n * 2", -14);
    expect_f64("(tip ?? CNY 1.00) * 1.5", 150);
    expect_f64("n / (n + 7) ?? 2", 2);
    expect_f64("ratio / (ratio - 2.5) ?? ratio", 2.5);
    expect_bool("m is present", false);
    expect_bool("m is missing", true);
    expect_bool("n / (n + 7) is missing", true);
    expect_bool("n / (n + 8) is present", true);
    expect_bool("m is present and m > 5", false);
    expect_bool("m is missing or m > 5", true);
    expect_i64("if m is present then m else 4", 4);
    expect_bool("device is present and device == \"d\"", false);
}

static void comparisons(void **state)
{
    (void)state;
    expect_bool("n < -6", true);
    expect_bool("n <= -7", true);
    expect_bool("n > -7", false);
    expect_bool("n >= -7", true);
    expect_bool("n == -7", true);
    expect_bool("n != -7", false);
    expect_bool("ratio < 2.5", false);
    expect_bool("ratio <= 2.5", true);
    expect_bool("ratio > 2.4", true);
    expect_bool("ratio >= 2.6", false);
    expect_bool("ratio == 2.5", true);
    expect_bool("ratio != 2.5", false);
    expect_bool("flag == true", true);
    expect_bool("took < 2m", true);
    expect_bool("at > 2026-03-01", true);
    expect_bool("channel == app", true);
    expect_bool("channel != app", false);
    expect_bool("country == \"CN\"", true);
    expect_bool("flag", true);
    expect_bool("true", true);
    expect_bool("false", false);
}

/* 9007199254740993 is the first integer that no double holds. */
static void money_with_fractions_is_exact(void **state)
{
    (void)state;
    expect_bool("amount < amount * 1.00001", true);
    expect_bool("amount <= amount * 1.0", true);
    expect_bool("amount == amount * 1.0", true);
    expect_bool("amount != amount * 1.0", false);
    expect_bool("amount * 1.0 < amount", false);
    expect_bool("amount * 1.0 <= amount", true);
    expect_bool("amount * 1.0 == amount", true);
    expect_bool("amount * 0.99999 < amount", true);
    expect_bool("amount * 1.0 > amount", false);
    expect_bool("amount + CNY 0.01 > amount * 1.0", true);
    const char *large = "(amount * 900719925474 + CNY 9.93)";
    char text[512];
    snprintf(text, sizeof text, "%s > %s * 1.0", large, large);
    expect_bool(text, true);
    snprintf(text, sizeof text, "%s - CNY 0.01 == %s * 1.0", large, large);
    expect_bool(text, true);
    snprintf(text, sizeof text, "%s * 1.0 < %s", large, large);
    expect_bool(text, true);
}

static void texts(void **state)
{
    (void)state;
    expect_bool("note == \"caf\xC3\xA9 noir\"", true);
    expect_bool("note != \"cafe\"", true);
    expect_bool("note starts with \"caf\"", true);
    expect_bool("note starts with \"noir\"", false);
    expect_bool("note ends with \"noir\"", true);
    expect_bool("note ends with \"a longer text than the note itself\"", false);
    expect_bool("note contains \" no\"", true);
    expect_bool("note contains \"\"", true);
    expect_bool("note contains \"xyz\"", false);
    expect_i64("length(note)", 9);
    expect_bool("account == payee", false);
    expect_bool("text(account) == \"acc\"", true);
    expect_bool("account in (\"x\", \"acc\")", true);
    expect_bool("note not in (\"x\", \"acc\")", true);
}

static void sets_and_lists(void **state)
{
    (void)state;
    expect_bool("n in (1, 2, -7)", true);
    expect_bool("n not in (1, 2, -7)", false);
    expect_bool("n in (1, 2)", false);
    expect_bool("channel in (web, app)", true);
    expect_bool("channel not in (web, app)", false);
    expect_bool("country in some", true);
    expect_bool("country not in some", false);
    expect_bool("ip in some", true);
    expect_bool("n in some", true);
    expect_bool("channel in some", true);
    expect_bool("payee in trusted", true);
    expect_bool("account in trusted", false);
    expect_bool("ip in \"10.0.0.0/8\"", true);
    expect_bool("ip in \"10.1.2.0/31\"", false);
    expect_bool("ip in \"10.1.2.2/31\"", true);
    expect_bool("ip not in (\"::/0\", \"10.1.2.3\")", false);
    expect_bool("ip == \"10.1.2.3\"", true);
}

static void calendar(void **state)
{
    (void)state;
    expect_i64("hour(at)", 13);
    expect_i64("minute(at)", 2);
    expect_i64("weekday(at)", 7);
    expect_i64("day(at)", 1);
    expect_i64("month(at)", 3);
    expect_i64("year(at)", 2026);
    struct policy *policy = help_compile("timezone +12:00\n" HELP_HEAD "let x = day(at)\n"
                                         "rule r \"S\" on payment when x > 1 then block\n");
    struct world world;
    world_init(&world, policy);
    assert_int_equal(policy_derive(policy, 0, 0, &world.frame), STATUS_OK);
    assert_int_equal(world.values[policy->lets[0].slot].i64, 2);
    assert_int_equal(policy->timezone_ms, 12 * 3600000);
    world_done(&world);
}

static void overflow_is_noticed(void **state)
{
    (void)state;
    const char *big = "1_000_000_000_000_000 * 9_000";
    char text[512];
    const char *const shapes[] = {"%s + %s", "-(%s) - %s", "(%s) * 2", "abs(-(%s) * 2)",
                                  "-(-(%s) - %s)"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t size = 0;
        for (const char *at = shapes[i]; *at != '\0' && size < 400; at++) {
            if (at[0] == '%') {
                size += (size_t)snprintf(text + size, sizeof text - size, "%s", big);
                at++;
            } else {
                text[size++] = *at;
            }
        }
        text[size] = '\0';
        expect_overflow(text);
    }
    expect_overflow("round(ratio * 10_000_000_000_000_000.0 * 10_000.0)");
    expect_overflow("floor(ratio * -10_000_000_000_000_000.0 * 10_000.0)");
    expect_overflow("ceil(ratio * 10_000_000_000_000_000.0 * 10_000.0)");
    expect_overflow("hour(at + 3660d * 100_000)");
    expect_overflow("year(at - 3660d * 100_000)");
    const char *huge = "10_000_000_000_000_000_000_000_000_000.0";
    char product[1024] = "ratio";
    for (int i = 0; i < 12; i++)
        snprintf(product + strlen(product), sizeof product - strlen(product), " * %s", huge);
    expect_overflow(product);
    snprintf(product, sizeof product, "ratio");
    for (int i = 0; i < 12; i++)
        snprintf(product + strlen(product), sizeof product - strlen(product),
                 " / 0.000000000000000000000000000001");
    expect_overflow(product);
}

static void rules_answer_when_and_not_unless(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HELP_HEAD
        "rule a \"S\" on payment when n < 0 unless channel == app then block\n"
        "rule b \"S\" on payment when n < 0 unless channel == pos then block\n"
        "rule c \"S\" on payment when device is present unless device == \"d\" then block\n");
    struct world world;
    world_init(&world, policy);
    const bool expected[] = {false, true, false};
    for (uint16_t i = 0; i < 3; i++) {
        bool answer = !expected[i];
        assert_int_equal(policy_ask(policy, policy->rules[i].code, &world.frame, &answer),
                         STATUS_OK);
        assert_int_equal(answer, expected[i]);
    }
    uint8_t answers[] = {9, 9, 9, 9};
    uint32_t codes[] = {policy->rules[1].code, policy->rules[0].code, policy->rules[1].code};
    assert_true(policy_ask_all(policy, codes, 3, &world.frame, answers));
    assert_false(policy_ask_all(policy, codes + 1, 1, &world.frame, answers + 3));
    const uint8_t together[] = {POLICY_YES, POLICY_NO, POLICY_YES, POLICY_NO};
    assert_memory_equal(answers, together, sizeof together);
    set_text(&world, slot_of(&world, "device"), VIEW("e"));
    bool answer = false;
    assert_int_equal(policy_ask(policy, policy->rules[2].code, &world.frame, &answer), STATUS_OK);
    assert_true(answer);
    world_done(&world);
}

static void equal_filters_are_one_piece_of_code(void **state)
{
    (void)state;
    struct policy *policy = help_compile(HELP_HEAD
        "let x = sum(payment.tip where n < 0) per account over 1h\n"
        "let y = sum(payment.amount) per account over 1h\n"
        "let z = count(payment where (payment.n<0) or login where n < 0) per account over 1d\n"
        "let u = mean(payment.amount where n < 1) per payee over 60m\n"
        "rule a \"S\" on payment when x > CNY 1.00 and y > CNY 1.00 then block\n");
    struct world world;
    world_init(&world, policy);
    assert_int_equal(policy->window_count, 4);
    bool answer = false;
    uint32_t filter = policy->windows[0].sources[0].filter;
    assert_int_not_equal(filter, POLICY_NO_CODE);
    assert_int_equal(policy->windows[1].sources[0].filter, POLICY_NO_CODE);
    assert_int_equal(policy->windows[2].sources[0].filter, filter);
    assert_true(policy->windows[2].sources[1].filter > filter); /* of login */
    assert_true(policy->windows[3].sources[0].filter > policy->windows[2].sources[1].filter);
    assert_int_equal(policy_ask(policy, filter, &world.frame, &answer), STATUS_OK);
    assert_true(answer);
    set_i64(&world, "n", 0);
    assert_int_equal(policy_ask(policy, filter, &world.frame, &answer), STATUS_OK);
    assert_false(answer);
    world_done(&world);
}

static void every_instruction_has_a_word(void **state)
{
    (void)state;
    for (int i = 0; i < OP_COUNT; i++) {
        assert_true(strlen(policy_op_text((enum policy_op)i)) > 1);
        assert_non_null(policy_op_operands((enum policy_op)i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(numbers),
        cmocka_unit_test(missing_values),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(money_with_fractions_is_exact),
        cmocka_unit_test(texts),
        cmocka_unit_test(sets_and_lists),
        cmocka_unit_test(calendar),
        cmocka_unit_test(overflow_is_noticed),
        cmocka_unit_test(rules_answer_when_and_not_unless),
        cmocka_unit_test(equal_filters_are_one_piece_of_code),
        cmocka_unit_test(every_instruction_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
