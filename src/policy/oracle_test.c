/* One idea: random policies are made as trees of our own, printed as source, and judged twice: by
 * policy_compile with policy_derive and policy_ask, and by the plain walk below, which shares
 * nothing with them but the language's definition in docs/language.md. What policy_analyse says of
 * the same policies is held against what their rules then do.
 *
 * WEIR_SEED chooses the policies, WEIR_POLICIES how many; both are printed. */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/analyse.h"
#include "policy/oracle_test_int.h"

#define POLICIES 20000
#define FRAMES 12       /* per policy */

static uint64_t rules_fired, overflows, dead_found, hidden_found, frames_judged;

static bool contains(const struct policy_lists *self, uint16_t list, int64_t at_ms,
                     struct view key, struct view value)
{
    (void)self;
    (void)at_ms;
    return oracle_listed(list, key, value);
}

static uint64_t policy_seed;

static void __attribute__((format(printf, 1, 2))) differ(const char *format, ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fprintf(stderr, "WEIR_SEED=%" PRIu64 " WEIR_POLICIES=1: %s\n%.*s\n", policy_seed, message,
            (int)oracle.source.size_bytes, oracle.source.data);
    fail();
}

static enum policy_base base_of(enum type type)
{
    static const enum policy_base bases[] = {
        [BOOL] = POLICY_BOOL, [INT] = POLICY_INT, [NUMBER] = POLICY_NUMBER, [MONEY] = POLICY_MONEY,
        [FRACTION] = POLICY_MONEY, [TEXT] = POLICY_TEXT, [TIME] = POLICY_TIME,
        [DURATION] = POLICY_DURATION, [COUNTRY] = POLICY_COUNTRY, [CHOICE] = POLICY_ONE_OF,
        [IP] = POLICY_IP, [ENTITY] = POLICY_ENTITY,
    };
    return bases[type];
}

static uint16_t let_number(const struct policy *policy, const char *text)
{
    for (uint16_t i = 0; i < policy->let_count; i++) {
        if (view_equal(policy->lets[i].name, view_of(text)))
            return i;
    }
    differ("there is no let %s", text);
    return 0;
}

/* Finds the slots of all names, and checks the types of lets on the way. */
static void find_slots(const struct policy *policy)
{
    assert_true(policy->slot_count <= ORACLE_SLOTS_MAX);
    assert_true(policy->value_count <= ORACLE_VALUES_MAX);
    for (unsigned i = 0; i < oracle.name_count; i++) {
        struct name *name = &oracle.names[i];
        if (name->is_model) {
            name->slot = policy->models[0].slot;
            continue;
        }
        if (!name->is_let) {
            name->slot = policy->events[0].fields[i + 2].slot;
            continue;
        }
        const struct policy_let *let = &policy->lets[let_number(policy, name->text)];
        name->slot = let->slot;
        if (let->type.base != base_of(name->type) || let->type.optional != name->optional ||
            let->type.fractional != (name->type == FRACTION))
            differ("%s has another type: base %d, optional %d, fractional %d", name->text,
                   (int)let->type.base, let->type.optional, let->type.fractional);
    }
}

static bool same_value(enum type type, struct value value, uint16_t slot)
{
    if (value.missing != !oracle.slot_present[slot])
        return false;
    if (value.missing)
        return true;
    if (oracle_is_real(type))
        return value.f == oracle.slot_values[slot].f64;
    if (type == TEXT || type == IP || type == ENTITY)
        return view_equal(value.text, *oracle.slot_values[slot].text);
    return value.i == oracle.slot_values[slot].i64;
}

/* False when the arithmetic of a let overflowed, as it should. */
static bool judge_lets(const struct policy *policy, struct policy_frame *frame)
{
    for (unsigned i = 0; i < oracle.let_count; i++) {
        const struct name *name = &oracle.names[oracle.field_count + ORACLE_WINDOWS + i];
        uint16_t number = let_number(policy, name->text);
        const struct node *node = oracle.lets[i];
        struct value value = oracle_as_type(name->type, node, oracle_walk(node));
        oracle.let_values[i] = value;
        if (policy->lets[number].code == NULL ||
            policy->lets[number].code[0] == POLICY_NO_CODE) {
            assert_int_equal(node->op, NAME);
            continue;
        }
        enum status status = policy_derive(policy, number, 0, frame);
        if ((status == STATUS_OVERFLOW) != value.overflow)
            differ("%s: overflow is %d, should be %d", name->text, status == STATUS_OVERFLOW,
                   value.overflow);
        if (value.overflow)
            return false;
        if (!same_value(name->type, value, name->slot)) {
            union policy_value is = oracle.slot_values[name->slot];
            differ("%s: present %d, %" PRId64 " or %.17g; should be present %d, %" PRId64
                   " or %.17g", name->text, oracle.slot_present[name->slot], is.i64, is.f64,
                   !value.missing, value.i, value.f);
        }
    }
    return true;
}

static struct value expected(const struct rule *rule)
{
    struct value value = oracle_walk(rule->when);
    if (value.overflow || value.i == 0 || rule->unless == NULL)
        return value;
    value = oracle_walk(rule->unless);
    value.i = !value.i;
    return value;
}

/* Asked together, they answer what they answered one by one. */
static void ask_all(const struct policy *policy, struct policy_frame *frame, const uint8_t *wanted)
{
    uint32_t codes[RULES_MAX];
    uint8_t answers[RULES_MAX];
    if (oracle.rule_count == 0)
        return;
    for (unsigned i = 0; i < oracle.rule_count; i++)
        codes[i] = policy->rules[i].code;
    bool some = policy_ask_all(policy, codes, oracle.rule_count, frame, answers);
    for (unsigned i = 0; i < oracle.rule_count; i++)
        if (answers[i] != wanted[i])
            differ("r%u: among all answers %d", i, answers[i]);
    static const uint8_t none[RULES_MAX];
    _Static_assert(POLICY_NO == 0, "as none has it");
    if (some != (memcmp(answers, none, oracle.rule_count) != 0))
        differ("of all rules %s", some ? "some are said to fire" : "none is said to fire");
}

static void judge_rules(const struct policy *policy, struct policy_frame *frame)
{
    uint8_t answers[RULES_MAX];
    for (unsigned i = 0; i < oracle.rule_count; i++) {
        bool answer = false;
        struct value value = expected(&oracle.rules[i]);
        enum status status = policy_ask(policy, policy->rules[i].code, frame, &answer);
        if ((status == STATUS_OVERFLOW) != value.overflow)
            differ("r%u: overflow is %d, should be %d", i, status == STATUS_OVERFLOW,
                   value.overflow);
        if (!value.overflow && answer != (value.i != 0))
            differ("r%u: answers %d", i, answer);
        answers[i] = value.overflow ? POLICY_OVERFLOW : value.i != 0 ? POLICY_YES : POLICY_NO;
        rules_fired += answers[i] == POLICY_YES;
        overflows += answers[i] == POLICY_OVERFLOW;
    }
    ask_all(policy, frame, answers);
    for (unsigned i = 0; i < oracle.rule_count; i++) {
        const struct rule *rule = &oracle.rules[i];
        if (answers[i] == POLICY_YES && rule->dead)
            differ("r%u fires, and the analysis said never", i);
        if (answers[i] == POLICY_YES && rule->hidden_by >= 0 &&
            answers[rule->hidden_by] != POLICY_YES)
            differ("r%u fires without r%d, which should hide it", i, rule->hidden_by);
    }
}

/* The number of the next rule that a message names, as in "rule `r7` ...". */
static unsigned next_rule(const char **message)
{
    const char *at = strstr(*message, "`r");
    assert_non_null(at);
    unsigned number = 0;
    for (at += 2; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (unsigned)(*at - '0');
    assert_true(number < oracle.rule_count);
    *message = at + 1;
    return number;
}

static void take_finding(const struct diag *diag)
{
    const char *message = diag->message;
    if (strcmp(diag->code, "never-fires") == 0) {
        oracle.rules[next_rule(&message)].dead = true;
        dead_found++;
    } else if (strcmp(diag->code, "hidden-rule") == 0) {
        unsigned rule = next_rule(&message);
        unsigned by = next_rule(&message);
        oracle.rules[rule].hidden_by = (int)by;
        if (oracle.rules[rule].scores || oracle.rules[by].verdict < oracle.rules[rule].verdict)
            differ("r%u does more than r%u", rule, by);
        hidden_found++;
    }
}

static void analyse(const struct policy *policy)
{
    struct policy_report report;
    policy_report_init(&report, mem_libc());
    assert_int_equal(policy_analyse(policy, buf_view(&oracle.source), &report), STATUS_OK);
    assert_int_equal(report.error_count, 0);
    for (size_t i = 0; i < report.count; i++)
        take_finding(&report.diags[i]);
    policy_report_done(&report);
}

static void judge_policy(void)
{
    struct policy_report report;
    struct policy *policy = NULL;
    const struct policy_lists held = {contains};
    struct policy_frame frame = {oracle.slot_values, oracle.slot_present, 0, &held};
    policy_report_init(&report, mem_libc());
    assert_false(oracle.source.failed);
    if (policy_compile(VIEW("random"), buf_view(&oracle.source), mem_libc(), &report, &policy) !=
        STATUS_OK) {
        struct buf text;
        buf_init(&text, mem_libc());
        for (size_t i = 0; i < report.count; i++) {
            if (!report.warnings[i])
                policy_report_print(&report, i, VIEW("random"), buf_view(&oracle.source), false,
                                    &text);
        }
        fprintf(stderr, "%.*s", (int)text.size_bytes, text.data);
        differ("it does not compile");
    }
    find_slots(policy);
    policy_frame_init(policy, oracle.slot_values);
    analyse(policy);
    for (int i = 0; i < FRAMES; i++) {
        oracle_fill_frame();
        frames_judged++;
        if (judge_lets(policy, &frame))
            judge_rules(policy, &frame);
    }
    policy_free(policy);
    policy_report_done(&report);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void policies_mean_what_they_say(void **state)
{
    (void)state;
    uint64_t seed = setting("WEIR_SEED", 1);
    uint64_t count = setting("WEIR_POLICIES", POLICIES);
    /* Thousands of policies come and go; their memory need not go back to the kernel each time. */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    buf_init(&oracle.source, mem_libc());
    for (uint64_t i = 0; i < count; i++) {
        policy_seed = seed + i;
        oracle_make(policy_seed);
        judge_policy();
    }
    buf_done(&oracle.source);
    printf("# WEIR_SEED=%" PRIu64 ": %" PRIu64 " policies, %" PRIu64 " frames, %" PRIu64
           " rules fired, %" PRIu64 " overflowed, %" PRIu64 " never fire, %" PRIu64 " hidden\n",
           seed, count, frames_judged, rules_fired, overflows, dead_found, hidden_found);
    if (count >= 1000) {
        assert_true(rules_fired > count && overflows > 0 && dead_found > 0 && hidden_found > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_mean_what_they_say),
    };
    return cmocka_run_group_tests_name("policy_oracle", tests, NULL, NULL);
}
