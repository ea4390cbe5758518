/* One idea: two small policies over the same lines, counted by hand. */
#include "engine/test_help.h"

#include <stdio.h>

#include "engine/compare.h"

#define HEAD                                                                                       \
    "policy compared\ncurrency CNY\n"                                                              \
    "event payment { id: id   at: time as unix seconds   tip: money?   amount: money }\n"

static const char OLD[] =
    HEAD "rule large \"l\" on payment when amount > CNY 100.00 then review \"OLD\"\n";
static const char NEW[] =
    HEAD "rule large \"l\" on payment when amount > CNY 50.00 then challenge 1 \"NEW\"\n"
         "rule huge \"h\" on payment when amount > CNY 1000.00 then block \"HUGE\"\n";
static const char STRICT[] =
    "policy strict\ncurrency CNY\n"
    "event payment { id: id   at: time as unix seconds   note: text   amount: money }\n"
    "rule r \"r\" on payment when note == \"x\" then review \"R\"\n";

struct pair {
    struct policy *policies[2];
    struct engine *engines[2];
    struct compare *compare;
    uint64_t lines;
};

static void open_pair(struct pair *p, const char *old_text, const char *new_text, size_t samples)
{
    const char *texts[] = {old_text, new_text};
    struct diag diag;
    *p = (struct pair){.lines = 0};
    for (size_t i = 0; i < 2; i++) {
        p->policies[i] = help_compile(texts[i]);
        struct engine_options options = {p->policies[i], mem_libc(), HELP_SEED, false};
        assert_int_equal(engine_new(&options, &p->engines[i], &diag), STATUS_OK);
    }
    assert_int_equal(compare_new(mem_libc(), p->engines[0], p->engines[1], p->policies[1], samples,
                                 &p->compare), STATUS_OK);
}

static void close_pair(struct pair *p)
{
    compare_free(p->compare);
    for (size_t i = 0; i < 2; i++) {
        engine_free(p->engines[i]);
        policy_free(p->policies[i]);
    }
}

static void give(struct pair *p, const char *text)
{
    char padded[256 + JSON_PADDING_BYTES] = "";
    struct line line = {.text = {padded, strlen(text)}, .number = ++p->lines};
    assert_true(line.text.size_bytes <= 256);
    memcpy(padded, text, line.text.size_bytes);
    assert_int_equal(compare_lines(p->compare, ENGINE_NDJSON, &line, 1), STATUS_OK);
}

static void check(const struct pair *p, uint8_t was, uint8_t is, uint64_t count, int64_t minor)
{
    const struct compare_cell *cell = &compare_result(p->compare)->cells[was][is];
    assert_int_equal(cell->count, count);
    assert_int_equal(cell->amount_minor, minor);
}

static void check_sample(const struct pair *p, size_t index, uint64_t line, const char *id,
                         const char *reason_old, const char *reason_new)
{
    const struct compare_sample *sample = &compare_result(p->compare)->samples[index];
    assert_int_equal(sample->line, line);
    assert_true(view_equal(sample->id, view_of(id)));
    assert_true(view_equal(sample->reason_old, view_of(reason_old)));
    assert_true(view_equal(sample->reason_new, view_of(reason_new)));
}

static void flips_are_counted_with_their_money(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, OLD, NEW, 2);
    give(&p, "{\"id\":1,\"at\":1,\"amount\":10}");
    give(&p, "{\"id\":2,\"at\":2,\"amount\":60}");
    give(&p, "{\"id\":3,\"at\":3,\"amount\":500}");
    give(&p, "{\"id\":4,\"at\":4,\"amount\":5000,\"tip\":3}");
    give(&p, "{\"id\":5,\"at\":5,\"amount\":70.50}");
    give(&p, "{\"id\":6,\"at\":6,\"amount\":\"x\"}");
    give(&p, "{\"id\":5,\"at\":5,\"amount\":70.50}"); /* again: no new money */
    const struct compare_result *r = compare_result(p.compare);
    assert_int_equal(r->lines, 7);
    assert_int_equal(r->flips, 5);
    check(&p, POLICY_ALLOW, POLICY_ALLOW, 1, 0);
    check(&p, POLICY_ALLOW, POLICY_CHALLENGE_1, 3, 0);
    check(&p, POLICY_REVIEW, POLICY_CHALLENGE_1, 1, 0);
    check(&p, POLICY_REVIEW, POLICY_BLOCK, 1, 300); /* the first money field is the tip */
    check(&p, COMPARE_ERROR, COMPARE_ERROR, 1, 0);
    assert_int_equal(r->sample_count, 2);
    check_sample(&p, 0, 2, "2", "", "NEW");
    check_sample(&p, 1, 3, "3", "OLD", "NEW");
    close_pair(&p);
    compare_free(NULL);
}

#define LABELLED                                                                                   \
    "policy labelled\ncurrency CNY\n"                                                              \
    "event payment { id: id   at: time as unix seconds   amount: money   stolen: bool? }\n"        \
    "event chargeback { id: id   at: time as unix seconds   payment: ref payment }\n"              \
    "label known on payment = stolen known after 1d\n"                                             \
    "label told on payment = exists chargeback within 30d\n"
#define LABELLED_OLD                                                                               \
    LABELLED "rule r \"r\" on payment when amount > CNY 100.00 then review \"R\"\n"
#define LABELLED_NEW                                                                               \
    LABELLED "rule r \"r\" on payment when amount > CNY 50.00 then block \"R\"\n"

static void pay(struct pair *p, unsigned id, const char *amount, const char *more)
{
    char text[200];
    snprintf(text, sizeof text, "{\"event\":\"payment\",\"id\":%u,\"at\":%u,\"amount\":%s%s}", id,
             id, amount, more);
    give(p, text);
}

static void charge_back(struct pair *p, unsigned id, unsigned payment)
{
    char text[200];
    snprintf(text, sizeof text,
             "{\"event\":\"chargeback\",\"id\":\"c%u\",\"at\":%u,\"payment\":%u}", id, id, payment);
    give(p, text);
}

static void flips_that_a_label_calls_bad_are_counted_once(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, LABELLED_OLD, LABELLED_NEW, 2);
    pay(&p, 1, "60", "");
    pay(&p, 2, "60", ",\"stolen\":true");
    pay(&p, 3, "60", ",\"stolen\":false");
    pay(&p, 4, "10", ",\"stolen\":true"); /* no flip */
    pay(&p, 5, "200", "");
    pay(&p, 6, "60", "");
    pay(&p, 2, "60", ",\"stolen\":true"); /* again */
    charge_back(&p, 10, 1);
    charge_back(&p, 11, 1);
    charge_back(&p, 12, 2); /* known before */
    charge_back(&p, 13, 4);
    charge_back(&p, 14, 5);
    const struct compare_result *r = compare_result(p.compare);
    assert_int_equal(r->cells[POLICY_ALLOW][POLICY_BLOCK].count, 5);
    assert_int_equal(r->cells[POLICY_ALLOW][POLICY_BLOCK].bad, 2);
    assert_int_equal(r->cells[POLICY_REVIEW][POLICY_BLOCK].bad, 1);
    assert_int_equal(r->cells[POLICY_ALLOW][POLICY_ALLOW].bad, 0);
    close_pair(&p);
}

static void a_line_that_one_of_them_refuses_is_a_flip_without_money(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, STRICT, OLD, 5);
    give(&p, "{\"id\":1,\"at\":1,\"amount\":500}");
    give(&p, "{\"id\":2,\"at\":2,\"amount\":5,\"note\":\"x\",\"tip\":1}");
    check(&p, COMPARE_ERROR, POLICY_REVIEW, 1, 0);
    check(&p, POLICY_REVIEW, POLICY_ALLOW, 1, 100);
    assert_int_equal(compare_result(p.compare)->flips, 2);
    check_sample(&p, 0, 1, "1", "ENGINE", "OLD");
    close_pair(&p);
    open_pair(&p, OLD, STRICT, 5);
    give(&p, "{\"id\":1,\"at\":1,\"amount\":500,\"tip\":2}");
    give(&p, "{}");
    check(&p, POLICY_REVIEW, COMPARE_ERROR, 1, 0);
    check(&p, COMPARE_ERROR, COMPARE_ERROR, 1, 0);
    check_sample(&p, 0, 1, "1", "OLD", "ENGINE");
    close_pair(&p);
}

static void only_what_both_decided_moves_money(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, STRICT, OLD, 0);
    give(&p, "{\"id\":1,\"at\":1,\"amount\":500,\"tip\":7}");
    check(&p, COMPARE_ERROR, POLICY_REVIEW, 1, 0);
    assert_int_equal(compare_result(p.compare)->sample_count, 0);
    close_pair(&p);
}

static void money_does_not_overflow(void **state)
{
    (void)state;
    struct pair p;
    char text[128];
    open_pair(&p, OLD, NEW, 0);
    for (int i = 0; i < 9300; i++) {
        snprintf(text, sizeof text, "{\"id\":%d,\"at\":1,\"amount\":1,\"tip\":-10000000000000}", i);
        give(&p, text);
    }
    check(&p, POLICY_ALLOW, POLICY_ALLOW, 9300, INT64_MIN);
    close_pair(&p);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct pair p;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    for (size_t n = 1;; n++) {
        open_pair(&p, LABELLED_OLD, LABELLED_NEW, 5);
        compare_free(p.compare);
        p.compare = NULL;
        meter.fail_at = meter.calls + n;
        enum status status = compare_new(&meter.mem, p.engines[0], p.engines[1], p.policies[1], 5,
                                         &p.compare);
        char padded[128] = "{\"event\":\"payment\",\"id\":1,\"at\":1,\"amount\":60}";
        struct line line = {.text = {padded, strlen(padded)}, .number = 1};
        if (status == STATUS_OK)
            status = compare_lines(p.compare, ENGINE_NDJSON, &line, 1);
        close_pair(&p);
        assert_int_equal(meter.used_bytes, 0);
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
        assert_true(n < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips_are_counted_with_their_money),
        cmocka_unit_test(flips_that_a_label_calls_bad_are_counted_once),
        cmocka_unit_test(a_line_that_one_of_them_refuses_is_a_flip_without_money),
        cmocka_unit_test(only_what_both_decided_moves_money),
        cmocka_unit_test(money_does_not_overflow),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
