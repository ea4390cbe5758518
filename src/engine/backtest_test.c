/* One idea: a history small enough to count by hand. */
#include "engine/test_help.h"

#include <math.h>
#include <stdio.h>

#include "base/datetime.h"
#include "engine/backtest.h"

static const char POLICY[] =
    "policy history\n"
    "currency CNY\n"
    "event payment {\n"
    "  id: id   at: time   kind: one of web, app   amount: money   fee: money?   is_bad: bool?\n"
    "  shop: text?   country: country?\n"
    "}\n"
    "event chargeback { id: id   at: time   payment: ref payment }\n"
    "label fraud on payment = exists chargeback within 30d\n"
    "label bad on payment = is_bad known after 1d\n"
    "rule large \"l\" on payment when amount >= CNY 100.00 then review \"L\"\n"
    "rule app_only \"a\" on payment when kind == app then challenge 1 \"A\"\n"
    "rule watch \"w\" on payment when amount >= CNY 500.00 then block \"W\" shadow\n";

enum { FRAUD, BAD };
enum { LARGE, APP_ONLY, WATCH };
enum { KIND = 2, AMOUNT, FEE, IS_BAD, SHOP, COUNTRY };

/* An engine whose outcomes go to a backtest. */
struct history {
    struct engine_sink sink;
    struct policy *policy;
    struct engine *engine;
    struct backtest *backtest;
    const struct backtest_result *result;
};

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct history *h = (struct history *)sink;
    assert_int_equal(backtest_take(h->backtest, outcome), STATUS_OK);
}

static void open_history(struct history *h, struct mem *mem, uint16_t label, uint16_t group)
{
    *h = (struct history){.sink = {take}, .policy = help_compile(POLICY)};
    struct engine_options options = {h->policy, mem_libc(), HELP_SEED, false};
    struct backtest_options choice = {h->policy, mem, label, AMOUNT, group, POLICY_REVIEW,
                                      INT64_MIN, INT64_MAX};
    struct diag diag;
    assert_int_equal(engine_new(&options, &h->engine, &diag), STATUS_OK);
    assert_int_equal(backtest_new(&choice, &h->backtest), STATUS_OK);
    engine_label_listen(h->engine, backtest_label_sink(h->backtest));
}

static void close_history(struct history *h)
{
    backtest_free(h->backtest);
    engine_free(h->engine);
    policy_free(h->policy);
}

static void decide(struct history *h, const char *text)
{
    char padded[512 + JSON_PADDING_BYTES] = "";
    struct line line = {.text = {padded, strlen(text)}, .number = 1};
    assert_true(line.text.size_bytes <= 512);
    memcpy(padded, text, line.text.size_bytes);
    assert_int_equal(engine_decide(h->engine, ENGINE_NDJSON, &line, 1, &h->sink), STATUS_OK);
}

static void pay(struct history *h, const char *id, const char *at, const char *kind,
                const char *amount, const char *more)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"event\":\"payment\",\"id\":\"%s\",\"at\":\"2026-01-%sZ\",\"kind\":\"%s\","
             "\"amount\":%s%s}", id, at, kind, amount, more);
    decide(h, text);
}

static void charge_back(struct history *h, const char *id, const char *at, const char *payment)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"event\":\"chargeback\",\"id\":\"%s\",\"at\":\"2026-01-%sZ\",\"payment\":\"%s\"}",
             id, at, payment);
    decide(h, text);
}

static void check(const struct backtest_counts *counts, uint64_t judged, uint64_t bad,
                  uint64_t flagged, uint64_t caught)
{
    assert_int_equal(counts->judged, judged);
    assert_int_equal(counts->bad, bad);
    assert_int_equal(counts->flagged, flagged);
    assert_int_equal(counts->caught, caught);
}

static void check_money(const struct backtest_counts *counts, int64_t bad, int64_t flagged,
                        int64_t caught)
{
    assert_int_equal(counts->bad_minor, bad);
    assert_int_equal(counts->flagged_minor, flagged);
    assert_int_equal(counts->caught_minor, caught);
}

/* p1 large, bad; p2 small app; p3 large app, good; p4 small, bad; p5 very large, bad. */
static void play(struct history *h)
{
    pay(h, "p1", "10T23:59:59.999", "web", "100", ",\"shop\":\"s1\"");
    pay(h, "p2", "11T00:00:00", "app", "5", ",\"shop\":\"s2\"");
    pay(h, "p3", "11T12:00:00", "app", "200", ",\"shop\":\"s1\"");
    pay(h, "p4", "13T00:00:00", "web", "7.50", "");
    pay(h, "p5", "13T00:00:01", "web", "500", ",\"shop\":\"s2\"");
    charge_back(h, "c1", "13T00:00:02", "p1");
    charge_back(h, "c4", "13T00:00:03", "p4");
    charge_back(h, "c5", "13T00:00:04", "p5");
    pay(h, "p5", "13T00:00:01", "web", "500", ",\"shop\":\"s2\""); /* the same again */
    pay(h, "p5", "13T00:00:01", "web", "501", "");                 /* a conflict */
    charge_back(h, "c6", "13T00:00:05", "nobody");
    charge_back(h, "c7", "13T00:00:06", "p5"); /* told before */
    assert_int_equal(backtest_result(h->backtest, &h->result), STATUS_OK);
}

static void events_bring_the_truth_and_all_is_counted(void **state)
{
    (void)state;
    struct history h;
    open_history(&h, mem_libc(), FRAUD, UINT16_MAX);
    play(&h);
    for (int pass = 0; pass < 2; pass++) { /* a result may be asked for twice */
        const struct backtest_result *r = h.result;
        check(&r->whole, 5, 3, 3, 2);
        check_money(&r->whole, 60750, 80000, 60000);
        assert_int_equal(r->skips.undecided, 1);
        assert_int_equal(r->skips.repeated, 1);
        assert_int_equal(r->skips.other_events, 5);
        assert_int_equal(r->skips.outside, 0);
        assert_int_equal(r->verdicts[POLICY_ALLOW], 1);
        assert_int_equal(r->verdicts[POLICY_CHALLENGE_1], 1);
        assert_int_equal(r->verdicts[POLICY_REVIEW], 3);
        assert_int_equal(r->verdicts[POLICY_BLOCK], 0);
        check(&r->rules[LARGE].counts, 5, 3, 3, 2);
        assert_int_equal(r->rules[LARGE].alone, 1);
        assert_int_equal(r->rules[LARGE].alone_caught, 1);
        check(&r->rules[APP_ONLY].counts, 5, 3, 2, 0);
        check_money(&r->rules[APP_ONLY].counts, 60750, 20500, 0);
        assert_int_equal(r->rules[APP_ONLY].alone, 1);
        assert_int_equal(r->rules[APP_ONLY].alone_caught, 0);
        check(&r->rules[WATCH].counts, 5, 3, 1, 1);
        check_money(&r->rules[WATCH].counts, 60750, 50000, 50000);
        assert_int_equal(r->rules[WATCH].alone, 0);
        assert_int_equal(r->day_count, 3);
        check(&r->days[0].counts, 1, 1, 1, 1);
        check(&r->days[1].counts, 2, 0, 1, 0);
        check(&r->days[2].counts, 2, 2, 1, 1);
        assert_int_equal(r->days[1].start_ms - r->days[0].start_ms, 86400000);
        assert_int_equal(r->days[2].start_ms - r->days[1].start_ms, 2 * 86400000);
        assert_int_equal(r->days[0].start_ms % 86400000, 0);
        assert_int_equal(r->group_count, 0);
        assert_false(r->groups_cut);
        assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    }
    close_history(&h);
}

static void a_field_has_the_truth(void **state)
{
    (void)state;
    struct history h;
    open_history(&h, mem_libc(), BAD, UINT16_MAX);
    pay(&h, "p1", "10T00:00:00", "web", "100", ",\"is_bad\":true");
    pay(&h, "p2", "10T00:00:01", "web", "1", ",\"is_bad\":true");
    pay(&h, "p3", "10T00:00:02", "web", "100", ",\"is_bad\":false");
    pay(&h, "p4", "10T00:00:03", "web", "1", "");
    charge_back(&h, "c4", "13T00:00:03", "p4"); /* another label */
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    check(&h.result->whole, 4, 2, 2, 1);
    assert_true(backtest_precision(&h.result->whole) == 0.5);
    assert_true(backtest_recall(&h.result->whole) == 0.5);
    close_history(&h);
}

static void nothing_divided_by_nothing_is_nothing(void **state)
{
    (void)state;
    struct history h;
    open_history(&h, mem_libc(), FRAUD, KIND);
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    check(&h.result->whole, 0, 0, 0, 0);
    assert_int_equal(h.result->day_count, 0);
    assert_int_equal(h.result->group_count, 0);
    assert_true(isnan(backtest_precision(&h.result->whole)));
    assert_true(isnan(backtest_recall(&h.result->whole)));
    close_history(&h);
}

static void groups_stand_in_the_order_of_their_names(void **state)
{
    (void)state;
    struct history h;
    open_history(&h, mem_libc(), FRAUD, SHOP);
    play(&h);
    assert_int_equal(h.result->group_count, 3);
    assert_true(view_equal(h.result->groups[0].name, VIEW("")));
    assert_true(view_equal(h.result->groups[1].name, VIEW("s1")));
    assert_true(view_equal(h.result->groups[2].name, VIEW("s2")));
    check(&h.result->groups[0].counts, 1, 1, 0, 0);
    check(&h.result->groups[1].counts, 2, 1, 2, 1);
    check(&h.result->groups[2].counts, 2, 1, 1, 1);
    close_history(&h);
    open_history(&h, mem_libc(), FRAUD, KIND);
    play(&h);
    assert_int_equal(h.result->group_count, 2);
    assert_true(view_equal(h.result->groups[0].name, VIEW("app")));
    assert_true(view_equal(h.result->groups[1].name, VIEW("web")));
    close_history(&h);
    open_history(&h, mem_libc(), FRAUD, COUNTRY);
    pay(&h, "p1", "10T00:00:00", "web", "1", ",\"country\":\"CN\"");
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    assert_true(view_equal(h.result->groups[0].name, VIEW("CN")));
    close_history(&h);
}

static int64_t ms_of(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(datetime_parse(view_of(text), &ms), STATUS_OK);
    return ms;
}

/* The same history, judged from p2 on and before p5: p1 and p5 are decided and not judged. */
static void only_a_stretch_of_time_is_judged(void **state)
{
    (void)state;
    struct history h;
    open_history(&h, mem_libc(), FRAUD, SHOP);
    backtest_free(h.backtest);
    struct backtest_options choice = {h.policy, mem_libc(), FRAUD, AMOUNT, SHOP, POLICY_REVIEW,
                                      ms_of("2026-01-11T00:00:00Z"),
                                      ms_of("2026-01-13T00:00:01Z")};
    assert_int_equal(backtest_new(&choice, &h.backtest), STATUS_OK);
    engine_label_listen(h.engine, backtest_label_sink(h.backtest));
    play(&h);
    check(&h.result->whole, 3, 1, 1, 0);
    check_money(&h.result->whole, 750, 20000, 0);
    check(&h.result->rules[LARGE].counts, 3, 1, 1, 0);
    check(&h.result->rules[WATCH].counts, 3, 1, 0, 0);
    assert_int_equal(h.result->day_count, 2);
    assert_int_equal(h.result->group_count, 3);
    assert_int_equal(h.result->verdicts[POLICY_REVIEW], 1);
    close_history(&h);
}

static void too_many_groups_share_the_last_one(void **state)
{
    (void)state;
    struct history h;
    char id[16];
    char more[32];
    open_history(&h, mem_libc(), FRAUD, SHOP);
    for (int i = 0; i < BACKTEST_GROUPS_MAX + 5; i++) {
        snprintf(id, sizeof id, "p%d", i);
        snprintf(more, sizeof more, ",\"shop\":\"s%d\"", i);
        pay(&h, id, "10T00:00:00", "web", "1", more);
        if (i != BACKTEST_GROUPS_MAX - 1)
            continue;
        assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
        assert_int_equal(h.result->group_count, BACKTEST_GROUPS_MAX);
        assert_false(h.result->groups_cut);
    }
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    assert_true(h.result->groups_cut);
    assert_int_equal(h.result->group_count, BACKTEST_GROUPS_MAX + 1);
    assert_int_equal(h.result->groups[BACKTEST_GROUPS_MAX].counts.judged, 5);
    assert_int_equal(h.result->groups[BACKTEST_GROUPS_MAX - 1].counts.judged, 1);
    close_history(&h);
}

/* Sums of hostile amounts stay at the end of their range. */
static void money_does_not_overflow(void **state)
{
    (void)state;
    struct history h;
    char id[16];
    open_history(&h, mem_libc(), BAD, UINT16_MAX);
    for (int i = 0; i < 9300; i++) {
        snprintf(id, sizeof id, "p%d", i);
        pay(&h, id, "10T00:00:00", "web", "10000000000000", ",\"is_bad\":true");
    }
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    check_money(&h.result->whole, INT64_MAX, INT64_MAX, INT64_MAX);
    close_history(&h);
}

static void days_come_in_order_however_events_do(void **state)
{
    (void)state;
    struct history h;
    open_history(&h, mem_libc(), FRAUD, UINT16_MAX);
    pay(&h, "p1", "12T00:00:00", "web", "1", "");
    pay(&h, "p2", "11T12:00:00", "web", "1", "");
    pay(&h, "p3", "12T00:00:01", "web", "1", "");
    decide(&h, "{\"event\":\"payment\",\"id\":\"p4\",\"at\":\"1969-12-31T23:00:00Z\","
               "\"kind\":\"web\",\"amount\":1}"); /* too late */
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    assert_int_equal(h.result->day_count, 2);
    assert_int_equal(h.result->days[0].counts.judged, 1);
    assert_int_equal(h.result->days[1].counts.judged, 2);
    close_history(&h);
    open_history(&h, mem_libc(), FRAUD, UINT16_MAX);
    decide(&h, "{\"event\":\"payment\",\"id\":\"p4\",\"at\":\"1969-12-31T23:00:00Z\","
               "\"kind\":\"web\",\"amount\":1}");
    assert_int_equal(backtest_result(h.backtest, &h.result), STATUS_OK);
    assert_int_equal(h.result->days[0].start_ms, -86400000);
    close_history(&h);
}

static void take_what_fits(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct history *h = (struct history *)sink;
    if (h->backtest != NULL && backtest_take(h->backtest, outcome) != STATUS_OK) {
        backtest_free(h->backtest);
        h->backtest = NULL;
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    for (size_t n = 1;; n++) {
        struct history h = {.sink = {take_what_fits}, .policy = help_compile(POLICY)};
        struct engine_options options = {h.policy, mem_libc(), HELP_SEED, false};
        struct backtest_options choice = {h.policy, &meter.mem, BAD, AMOUNT, SHOP, POLICY_REVIEW,
                                          INT64_MIN, INT64_MAX};
        struct diag diag;
        assert_int_equal(engine_new(&options, &h.engine, &diag), STATUS_OK);
        meter.fail_at = meter.calls + n;
        enum status status = backtest_new(&choice, &h.backtest);
        pay(&h, "p1", "10T00:00:00", "web", "1000", ",\"shop\":\"s1\"");
        bool done = h.backtest != NULL &&
                    backtest_result(h.backtest, &h.result) == STATUS_OK;
        assert_true(status == STATUS_OK || h.backtest == NULL);
        close_history(&h);
        assert_int_equal(meter.used_bytes, 0);
        if (done)
            break;
        assert_true(n < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_bring_the_truth_and_all_is_counted),
        cmocka_unit_test(a_field_has_the_truth),
        cmocka_unit_test(nothing_divided_by_nothing_is_nothing),
        cmocka_unit_test(groups_stand_in_the_order_of_their_names),
        cmocka_unit_test(only_a_stretch_of_time_is_judged),
        cmocka_unit_test(too_many_groups_share_the_last_one),
        cmocka_unit_test(money_does_not_overflow),
        cmocka_unit_test(days_come_in_order_however_events_do),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
