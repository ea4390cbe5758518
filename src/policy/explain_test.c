/* One idea: the parts of a condition come to what the whole comes to, whatever is missing. */
#include "policy/test_help.h"

#include "policy/explain.h"

#define SOURCE                                                                                    \
    "policy parts\ncurrency CNY\n"                                                                \
    "event other { id: id   at: time   ok: bool }\n"                                              \
    "event payment { id: id   at: time   account: entity   device: entity?   n: int   m: int?\n"  \
    "  amount: money }\n"                                                                         \
    "let spent = sum(payment.amount) per account over 1h\n"                                       \
    "model risk = \"m.json\" (payment.n)\n"                                                       \
    "rule elsewhere \"R\" on other when ok then review\n"                                         \
    "rule all \"R\" on payment when n > 1 and device is present and device == \"d\" and "         \
    "n * 9 > 20\n  unless m is missing or m > 3\n  then review\n"                                 \
    "rule any \"R\" on payment when n > 5 or (m ?? 7) > n or spent > CNY 3.00 then review\n"      \
    "rule one \"R\" on payment when not (n > 5 and spent > CNY 3.00) then review\n"               \
    "rule sure \"R\" on payment when risk > 0.5 and n > 0 then review\n"                          \
    "rule counted \"R\" on payment when count(payment) per account over 1d > n then review\n"

enum { ELSEWHERE, ALL, ANY, ONE, SURE, COUNTED };

struct fixture {
    struct policy *policy;
    struct policy_explain *explain;
    union policy_value *values;
    bool *present;
    struct policy_frame frame;
    struct view device;
};

static uint16_t slot_of(const struct fixture *f, const char *name)
{
    const struct policy_event *event = &f->policy->events[1];
    for (uint16_t i = 0; i < event->field_count; i++) {
        if (view_equal(event->fields[i].name, view_of(name)))
            return event->fields[i].slot;
    }
    return strcmp(name, "risk") == 0 ? f->policy->models[0].slot : f->policy->lets[0].slot;
}

static void set(struct fixture *f, const char *name, int64_t value)
{
    f->values[slot_of(f, name)].i64 = value;
    f->present[slot_of(f, name)] = true;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->policy = help_compile(SOURCE);
    f->values = calloc(f->policy->value_count, sizeof *f->values);
    f->present = calloc(f->policy->slot_count, sizeof *f->present);
    f->frame = (struct policy_frame){f->values, f->present, 0, NULL};
    policy_frame_init(f->policy, f->values);
    assert_int_equal(policy_explain_new(f->policy, 1, mem_libc(), &f->explain), STATUS_OK);
    set(f, "n", 3);
    set(f, "spent", 100);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    policy_explain_free(f->explain);
    policy_free(f->policy);
    free(f->values);
    free(f->present);
    free(f);
    return 0;
}

/* Compares the truths of a rule, written F, T, - for what was not asked, O. */
static void expect(struct fixture *f, uint16_t rule, const char *truths)
{
    enum policy_explain_truth found[16];
    char text[17] = "";
    uint16_t count;
    policy_explain_parts(f->explain, rule, &count);
    assert_int_equal(count, strlen(truths));
    policy_explain_ask(f->explain, rule, &f->frame, found);
    for (uint16_t i = 0; i < count; i++)
        text[i] = "FT-O"[found[i]];
    assert_string_equal(text, truths);
}

static void conditions_have_parts(void **state)
{
    struct fixture *f = *state;
    uint16_t count;
    policy_explain_parts(f->explain, ELSEWHERE, &count);
    assert_int_equal(count, 0);
    const struct policy_explain_part *parts = policy_explain_parts(f->explain, ALL, &count);
    assert_int_equal(count, 6);
    assert_true(view_equal(parts[2].text, VIEW("device == \"d\"")));
    assert_true(!parts[3].unless && parts[4].unless && parts[5].unless);
    assert_int_equal(parts[2].operand_count, 1);
    assert_true(parts[2].operands[0].type.optional);
    parts = policy_explain_parts(f->explain, ONE, &count);
    assert_int_equal(count, 1);
    assert_int_equal(parts[0].operand_count, 2);
    assert_true(view_equal(parts[0].operands[1].name, VIEW("spent")));
    parts = policy_explain_parts(f->explain, COUNTED, &count);
    assert_true(view_equal(parts[0].operands[0].name,
                           VIEW("count(payment) per account over 1d")));
    assert_int_equal(parts[0].operands[0].slot, f->policy->windows[1].slot);
}

static void parts_rely_on_those_before_them(void **state)
{
    struct fixture *f = *state;
    expect(f, ALL, "TF-TT-"); /* what decides nothing is told where it can be */
    f->device = VIEW("x");
    f->values[slot_of(f, "device")].text = &f->device;
    f->present[slot_of(f, "device")] = true;
    expect(f, ALL, "TTFTT-");
    f->device = VIEW("d");
    expect(f, ALL, "TTTTT-");
    set(f, "m", 4);
    expect(f, ALL, "TTTTFT");
    set(f, "n", 0);
    expect(f, ALL, "FTTFFT");
}

static void chains_of_or_end_where_one_is_true(void **state)
{
    struct fixture *f = *state;
    expect(f, ANY, "FTF");
    set(f, "m", 0);
    expect(f, ANY, "FFF");
    set(f, "n", 6);
    set(f, "spent", 301);
    expect(f, ANY, "TFT");
    expect(f, ONE, "F");
}

static void what_overflows_or_has_no_score_is_said(void **state)
{
    struct fixture *f = *state;
    set(f, "n", INT64_MAX);
    expect(f, ALL, "TF-OT-");
    expect(f, SURE, "-T");
    f->values[slot_of(f, "risk")].f64 = 0.75;
    f->present[slot_of(f, "risk")] = true;
    expect(f, SURE, "TT");
}

static void every_allocation_may_fail(void **state)
{
    struct fixture *f = *state;
    struct mem_meter meter;
    enum status status = STATUS_NO_MEMORY;
    size_t failures = 0;
    for (; status != STATUS_OK; failures++) {
        struct policy_explain *explain = NULL;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = failures + 1;
        status = policy_explain_new(f->policy, 1, &meter.mem, &explain);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        policy_explain_free(explain);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_true(failures > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conditions_have_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_rely_on_those_before_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chains_of_or_end_where_one_is_true, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_overflows_or_has_no_score_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
