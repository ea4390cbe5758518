/* One idea: the rows of a history small enough to say of each what it must hold. */
#include "engine/test_help.h"

#include <math.h>

#include "base/datetime.h"
#include "engine/rows.h"

static const char POLICY[] =
    "policy history\n"
    "currency CNY\n"
    "event payment {\n"
    "  id: id   at: time   card: entity?   amount: money   is_bad: bool?\n"
    "}\n"
    "event chargeback { id: id   at: time   payment: ref payment }\n"
    "label fraud on payment = exists chargeback within 30d\n"
    "label bad on payment = is_bad known after 1d\n"
    "let usual = mean(payment.amount) per card over 1d\n"
    "model risk = \"risk.json\" (amount, usual)\n";

enum { PAYMENT };
enum { FRAUD, BAD, NO_LABEL = UINT16_MAX };
enum { CARD = 2, AMOUNT };

/* An engine whose outcomes become rows. */
struct history {
    struct engine_sink sink;
    struct policy *policy;
    struct engine *engine;
    struct rows *rows;
    enum status status;
};

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct history *h = (struct history *)sink;
    if (h->status == STATUS_OK)
        h->status = rows_take(h->rows, outcome);
}

static enum status open_history(struct history *h, struct mem *mem, uint16_t label,
                                int64_t from_ms, int64_t until_ms)
{
    *h = (struct history){.sink = {take}, .policy = help_compile(POLICY)};
    struct engine_options options = {h->policy, mem_libc(), HELP_SEED, false};
    struct rows_options choice = {h->policy, mem, HELP_SEED, 0, PAYMENT, label, AMOUNT, CARD,
                                  from_ms, until_ms};
    struct diag diag;
    assert_int_equal(engine_new(&options, &h->engine, &diag), STATUS_OK);
    enum status status = rows_new(&choice, &h->rows);
    if (status == STATUS_OK)
        engine_label_listen(h->engine, rows_label_sink(h->rows));
    return status;
}

static void close_history(struct history *h)
{
    rows_free(h->rows);
    engine_free(h->engine);
    policy_free(h->policy);
}

static void decide(struct history *h, const char *text)
{
    static char room[4096];
    static uint64_t number;
    size_t size = strlen(text);
    assert_true(size + JSON_PADDING_BYTES <= sizeof room);
    memset(room, 0, sizeof room);
    memcpy(room, text, size);
    struct line line = {.text = {room, size}, .number = ++number};
    assert_int_equal(engine_decide(h->engine, ENGINE_NDJSON, &line, 1, &h->sink), STATUS_OK);
}

static int64_t ms_of(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(datetime_parse(view_of(text), &ms), STATUS_OK);
    return ms;
}

#define PAY(id, day, more)                                                                        \
    "{\"event\":\"payment\",\"id\":\"" id "\",\"at\":\"2026-03-" day "T12:00:00Z\"," more "}"
#define BACK(id, day, payment)                                                                    \
    "{\"event\":\"chargeback\",\"id\":\"" id "\",\"at\":\"2026-03-" day "T00:00:00Z\","           \
    "\"payment\":\"" payment "\"}"

static const char *const EVENTS[] = {
    PAY("p1", "01", "\"card\":\"a\",\"amount\":\"1.50\",\"is_bad\":true"),
    PAY("p2", "01", "\"card\":\"b\",\"amount\":\"2\""),
    PAY("p1", "01", "\"card\":\"a\",\"amount\":\"1.50\",\"is_bad\":true"),
    PAY("p3", "01", "\"card\":\"a\",\"amount\":\"3\",\"is_bad\":false"),
    PAY("p4", "02", "\"amount\":\"4\""),
    PAY("p5", "02", "\"amount\":\"nonsense\",\"card\":\"a\""),
    PAY("p6", "03", "\"amount\":\"5\""),
    BACK("c1", "05", "p3"),
    BACK("c2", "06", "p3"),
    BACK("c3", "06", "p4"),
};
#define EVENT_COUNT (sizeof EVENTS / sizeof EVENTS[0])

static void decide_all(struct history *h)
{
    for (size_t i = 0; i < EVENT_COUNT; i++)
        decide(h, EVENTS[i]);
}

static void each_event_gives_what_the_model_is_given(void **state)
{
    static const float expected[][2] = {{1.5f, 1.5f}, {2, 2}, {3, 2.25f}, {4, NAN}, {5, NAN}};
    struct history h;
    int64_t first_ms;
    int64_t last_ms;
    (void)state;
    assert_int_equal(open_history(&h, mem_libc(), FRAUD, INT64_MIN, INT64_MAX), STATUS_OK);
    assert_false(rows_span(h.rows, &first_ms, &last_ms));
    decide_all(&h);
    const struct matrix *matrix = rows_matrix(h.rows);
    assert_int_equal(matrix->row_count, 5);
    assert_int_equal(matrix->feature_count, 2);
    for (size_t i = 0; i < 5; i++) {
        const float *values = matrix_values(matrix, i);
        assert_true(values[0] == expected[i][0]);
        assert_true(values[1] == expected[i][1] || isnan(expected[i][1]));
        assert_int_equal(isnan(values[1]), isnan(expected[i][1]));
    }
    assert_int_equal(matrix_row(matrix, 0)->amount_minor, 150);
    assert_int_equal(matrix_row(matrix, 1)->at_ms, ms_of("2026-03-01T12:00:00Z"));
    assert_true(rows_span(h.rows, &first_ms, &last_ms));
    assert_int_equal(first_ms, ms_of("2026-03-01T12:00:00Z"));
    assert_int_equal(last_ms, ms_of("2026-03-06T00:00:00Z"));
    close_history(&h);
}

static void entities_are_numbered(void **state)
{
    static const uint32_t expected[] = {0, 1, 0, 2, 3};
    struct history h;
    (void)state;
    assert_int_equal(open_history(&h, mem_libc(), FRAUD, INT64_MIN, INT64_MAX), STATUS_OK);
    decide_all(&h);
    assert_int_equal(rows_entity_count(h.rows), 4);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(matrix_row(rows_matrix(h.rows), i)->entity, expected[i]);
    close_history(&h);
}

static void labels_are_known_from_when_they_came(void **state)
{
    struct history h;
    (void)state;
    const int64_t by_event[] = {MATRIX_NEVER, MATRIX_NEVER, ms_of("2026-03-05T00:00:00Z"),
                                ms_of("2026-03-06T00:00:00Z"), MATRIX_NEVER};
    assert_int_equal(open_history(&h, mem_libc(), FRAUD, INT64_MIN, INT64_MAX), STATUS_OK);
    decide_all(&h);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(matrix_row(rows_matrix(h.rows), i)->known_ms, by_event[i]);
    close_history(&h);
    assert_int_equal(open_history(&h, mem_libc(), BAD, INT64_MIN, INT64_MAX), STATUS_OK);
    decide_all(&h);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(matrix_row(rows_matrix(h.rows), i)->known_ms,
                         i == 0 ? ms_of("2026-03-02T12:00:00Z") : MATRIX_NEVER);
    close_history(&h);
    assert_int_equal(open_history(&h, mem_libc(), NO_LABEL, INT64_MIN, INT64_MAX), STATUS_OK);
    decide_all(&h);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(matrix_row(rows_matrix(h.rows), i)->known_ms, MATRIX_NEVER);
    close_history(&h);
}

static void a_stretch_of_time_gives_its_rows(void **state)
{
    struct history h;
    (void)state;
    assert_int_equal(open_history(&h, mem_libc(), FRAUD, ms_of("2026-03-02T12:00:00Z"),
                                  ms_of("2026-03-03T12:00:00Z")), STATUS_OK);
    decide_all(&h);
    assert_int_equal(rows_matrix(h.rows)->row_count, 1);
    assert_int_equal(matrix_row(rows_matrix(h.rows), 0)->amount_minor, 400);
    assert_int_equal(matrix_row(rows_matrix(h.rows), 0)->known_ms, ms_of("2026-03-06T00:00:00Z"));
    close_history(&h);
}

static void no_memory_is_said(void **state)
{
    enum status status = STATUS_NO_MEMORY;
    (void)state;
    for (size_t fail_at = 1; status != STATUS_OK; fail_at++) {
        struct mem_meter meter;
        struct history h;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        status = open_history(&h, &meter.mem, FRAUD, INT64_MIN, INT64_MAX);
        if (status == STATUS_OK)
            decide_all(&h);
        status = status == STATUS_OK ? h.status : status;
        assert_int_equal(status, meter.calls < fail_at ? STATUS_OK : STATUS_NO_MEMORY);
        close_history(&h);
        assert_int_equal(meter.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_gives_what_the_model_is_given),
        cmocka_unit_test(entities_are_numbered),
        cmocka_unit_test(labels_are_known_from_when_they_came),
        cmocka_unit_test(a_stretch_of_time_gives_its_rows),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
