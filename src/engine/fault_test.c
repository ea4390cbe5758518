/* One idea: each allocation fails once, at every point of a life, and what was said before it is
 * what is said without it. */
#include "engine/test_help.h"

static const char POLICY[] =
    "policy starved\n"
    "currency CNY\n"
    "late up to 1m\n"
    "remember ids 10m\n"
    "event payment {\n"
    "  id: id   at: time as unix seconds   account: entity   device: entity?   amount: money\n"
    "  note: text?\n"
    "}\n"
    "event chargeback { id: id   at: time as unix seconds   payment: ref payment }\n"
    "label fraud on payment = exists chargeback within 5m\n"
    "list blocked : entity account\n"
    "let spent = sum(payment.amount) per account over 10m\n"
    "let devices = distinct(payment.device) per account over 5m\n"
    "let pair = count(payment) per account, device over 10m\n"
    "let latest = last(payment.note) per account over 10m before\n"
    "let top = max(payment.amount) per device over 10m\n"
    "let middle = quantile(payment.amount, 0.5) per account over 10m\n"
    "let fraud_rate = rate(fraud) per account over 10m\n"
    "rule large \"{account} pays {amount}, {spent}\" on payment when amount > CNY 5.00\n"
    "  then challenge 1 \"LARGE\", score 30, case \"large {account}\"\n"
    "rule listed \"{account} is listed\" on payment when account in blocked then block \"L\"\n";

/* `count` lines from number `first` on: `accounts` accounts, an event every second. */
static void put_lines(struct buf *out, unsigned first, unsigned count, unsigned accounts)
{
    for (unsigned i = first; i < first + count; i++) {
        unsigned at = 1000000 + i;
        if (i % 10 == 9)
            buf_printf(out, "{\"event\":\"chargeback\",\"id\":\"c%u\",\"at\":%u,"
                            "\"payment\":\"p%u\"}\n",
                       i, at, i - 8);
        else if (i % 10 == 8)
            buf_printf(out, "{\"event\":\"payment\",\"id\":\"p%u\"}\n", i);
        else
            buf_printf(out, "{\"event\":\"payment\",\"id\":\"p%u\",\"at\":%u,\"account\":\"a%u\","
                            "\"device\":\"d%u\",\"amount\":%u,"
                            "\"note\":\"note number %u of those that are long\"}\n",
                       i, at - i % 3, i % accounts, i % 7, i % 11, i % 5);
    }
    assert_int_equal(buf_status(out), STATUS_OK);
}

static void every_allocation_of_a_run_may_fail(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    struct buf lines;
    struct help_run whole;
    buf_init(&lines, mem_libc());
    put_lines(&lines, 0, 200, 13);
    help_open(&whole, policy);
    struct diag diag = {.code = ""};
    assert_int_equal(engine_list_load(whole.engine, 0, VIEW("value\na3\n"), &diag), STATUS_OK);
    assert_int_equal(help_feed_as(&whole, ENGINE_NDJSON, buf_view(&lines), 50), STATUS_OK);
    size_t failures = 0;
    size_t failures_of_runs = 0;
    for (bool finished = false; !finished; failures++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = failures + 1;
        struct engine_options options = {policy, &meter.mem, HELP_SEED, true};
        struct help_run run = {.sink = {help_take}, .policy = policy};
        assert_int_equal(render_init(&run.render, policy, ENGINE_NDJSON, true, mem_libc()),
                         STATUS_OK);
        buf_init(&run.out, mem_libc());
        enum status status = engine_new(&options, &run.engine, &diag);
        if (status == STATUS_OK)
            status = engine_list_load(run.engine, 0, VIEW("value\na3\n"), &diag);
        if (status == STATUS_OK) {
            status = help_feed_as(&run, ENGINE_NDJSON, buf_view(&lines), 50);
            failures_of_runs += status != STATUS_OK;
            assert_true(run.out.size_bytes <= whole.out.size_bytes);
            assert_true(run.out.size_bytes == 0 ||
                        memcmp(run.out.data, whole.out.data, run.out.size_bytes) == 0);
            finished = status == STATUS_OK;
            assert_int_equal(run.out.size_bytes == whole.out.size_bytes, finished);
        }
        if (!finished) {
            assert_int_equal(status, STATUS_NO_MEMORY);
            meter.fail_at = 0;
            if (failures_of_runs > 0) /* broken for good */
                assert_int_equal(help_feed_as(&run, ENGINE_NDJSON, VIEW("{}\n"), 1),
                                 STATUS_NO_MEMORY);
        }
        help_close(&run);
        assert_int_equal(meter.used_bytes, 0);
    }
    print_message("# %zu allocations failed, %zu of them in the run\n", failures - 1,
                  failures_of_runs);
    assert_true(failures_of_runs > 20);
    help_close(&whole);
    buf_done(&lines);
    policy_free(policy);
}

static void every_allocation_of_a_load_may_fail(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    struct buf lines;
    struct buf saved;
    struct help_run run;
    buf_init(&lines, mem_libc());
    put_lines(&lines, 0, 200, 13);
    help_open(&run, policy);
    assert_int_equal(help_feed_as(&run, ENGINE_NDJSON, buf_view(&lines), 50), STATUS_OK);
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    for (size_t failures = 0;; failures++) {
        buf_init(&saved, &meter.mem);
        meter.fail_at = meter.calls + failures + 1;
        enum status status = engine_save(run.engine, &saved);
        meter.fail_at = 0;
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
        buf_done(&saved);
        assert_int_equal(meter.used_bytes, 0);
    }
    size_t failures = 0;
    for (enum status status = STATUS_NO_MEMORY; status != STATUS_OK; failures++) {
        struct mem_meter inner;
        struct engine *engine = NULL;
        struct diag diag;
        mem_meter_init(&inner, mem_libc());
        struct engine_options options = {policy, &inner.mem, HELP_SEED, true};
        assert_int_equal(engine_new(&options, &engine, &diag), STATUS_OK);
        inner.fail_at = inner.calls + failures + 1;
        status = engine_load(engine, buf_view(&saved), &diag);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        engine_free(engine);
        assert_int_equal(inner.used_bytes, 0);
    }
    assert_true(failures > 20);
    help_close(&run);
    buf_done(&saved);
    assert_int_equal(meter.used_bytes, 0);
    buf_done(&lines);
    policy_free(policy);
}

/* Counts outcomes and renders them over each other. */
struct counter {
    struct engine_sink sink;
    struct render render;
    struct buf out;
    size_t decided;
};

static void count(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct counter *counter = (struct counter *)sink;
    counter->decided += outcome->status == STATUS_OK;
    buf_clear(&counter->out);
    render_outcome(&counter->render, outcome, &counter->out);
}

static void decide(struct engine *engine, struct view text, struct counter *counter)
{
    struct line lines[LINES_BATCH_MAX];
    uint64_t number = 0;
    for (size_t at = 0; at < text.size_bytes;) {
        size_t size = 0;
        size_t filled = 0;
        for (; filled < LINES_BATCH_MAX && at < text.size_bytes; filled++, at += size + 1) {
            const char *start = text.data + at;
            size = (size_t)((const char *)memchr(start, '\n', text.size_bytes - at) - start);
            lines[filled] = (struct line){{start, size}, ++number, STATUS_OK, false};
        }
        assert_int_equal(engine_decide(engine, ENGINE_NDJSON, lines, filled, &counter->sink),
                         STATUS_OK);
    }
}

static void a_warm_engine_allocates_nothing(void **state)
{
    (void)state;
    const unsigned warm = 30000;
    const unsigned steady = 20000;
    struct policy *policy = help_compile(POLICY);
    struct mem_meter meter;
    struct engine *engine = NULL;
    struct diag diag;
    struct counter counter = {.sink = {count}};
    struct buf lines;
    buf_init(&lines, mem_libc());
    mem_meter_init(&meter, mem_libc());
    struct engine_options options = {policy, &meter.mem, HELP_SEED, true};
    assert_int_equal(engine_new(&options, &engine, &diag), STATUS_OK);
    assert_int_equal(render_init(&counter.render, policy, ENGINE_NDJSON, true, &meter.mem),
                     STATUS_OK);
    buf_init(&counter.out, &meter.mem);
    put_lines(&lines, 0, warm, 97);
    size_t middle = lines.size_bytes;
    put_lines(&lines, warm, steady, 97);
    assert_non_null(buf_reserve(&lines, JSON_PADDING_BYTES));
    decide(engine, (struct view){lines.data, middle}, &counter);
    size_t calls = meter.calls;
    decide(engine, (struct view){lines.data + middle, lines.size_bytes - middle}, &counter);
    assert_int_equal(meter.calls - calls, 0);
    assert_int_equal(counter.decided, (warm + steady) / 10 * 9);
    engine_free(engine);
    render_done(&counter.render);
    buf_done(&counter.out);
    assert_int_equal(meter.used_bytes, 0);
    buf_done(&lines);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_run_may_fail),
        cmocka_unit_test(every_allocation_of_a_load_may_fail),
        cmocka_unit_test(a_warm_engine_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
