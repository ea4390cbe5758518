/* One idea: each line's answer is looked at as it leaves the process, rendered, and the digest
 * tells whether a line that was refused has left a trace. */
#include "engine/test_help.h"

#include <stdio.h>

#include "base/random.h"
#include "base/utf8.h"

static const char POLICY[] =
    "policy judged\n"
    "currency CNY\n"
    "on error challenge 2 \"BROKEN\"\n"
    "late up to 1h\n"
    "event payment {\n"
    "  id: id   at: time   account: entity   payee: entity account   device: entity?\n"
    "  amount: money   n: int?   note: text?   country: country?   is_bad: bool?\n"
    "}\n"
    "event login { id: id   at: time   account: entity   device: entity?   ok: bool }\n"
    "event chargeback { id: id   at: time   payment: ref payment }\n"
    "label fraud on payment = exists chargeback within 2d\n"
    "label bad on payment = is_bad known after 1d\n"
    "list embargoed : country\n"
    "list trusted : payee per account\n"
    "let spent = sum(payment.amount) per account over 1h\n"
    "let events = count(payment or login) per account over 1h\n"
    "let received = sum(payment.amount) per account fed by payee over 1h\n"
    "let pair = count(payment) per account, payee over 1h\n"
    "let earliest = first(payment.note) per account before\n"
    "let latest = last(payment.note) per account before\n"
    "let fraud_rate = rate(fraud) per payee over 10d\n"
    "let bad_rate = rate(bad) per payee over 10d ending 1d ago\n"
    "let big = if n is present then n * 1000000000000000 else 0\n"
    "rule large \"{account} pays {amount}, {spent} in an hour, \\\"{note}\\\"\"\n"
    "  on payment when amount > CNY 1000.00 and payee not in trusted\n"
    "  then challenge 1 \"LARGE\", score 30, case \"large {account}\"\n"
    "rule watched \"watched\" on payment when amount > CNY 500.00 then block \"WATCHED\"\n"
    "  shadow until 2026-02-01\n"
    "rule ended \"ended\" on payment when amount > CNY 700.00 then review \"ENDED\", score 5\n"
    "  until 2026-01-15\n"
    "rule embargo \"embargo\" on payment when (country ?? \"DE\") in embargoed then block \"EMB\"\n"
    "rule many \"many\" on payment when pair >= 3 then score 40\n"
    "score 40 review, 70 block\n";

#define PAY(id, at, account, payee, more)                                                          \
    "{\"event\":\"payment\",\"id\":\"" id "\",\"at\":\"2026-01-" at "Z\",\"account\":\"" account   \
    "\",\"payee\":\"" payee "\"," more "}"
#define LOGIN(id, at, account)                                                                     \
    "{\"event\":\"login\",\"id\":\"" id "\",\"at\":\"2026-01-" at "Z\",\"account\":\"" account     \
    "\",\"ok\":true}"
#define SIMPLE(id, at) PAY(id, at, "a", "b", "\"amount\":\"1\"")

static int set_up(void **state)
{
    struct help_run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    help_open(run, help_compile(POLICY));
    *state = run;
    return 0;
}

static int tear_down(void **state)
{
    struct help_run *run = *state;
    const struct policy *policy = run->policy;
    help_close(run);
    policy_free((struct policy *)(uintptr_t)policy);
    free(run);
    return 0;
}

static void what_is_allowed_is_said_so(void **state)
{
    struct help_run *run = *state;
    help_expect(run, SIMPLE("p1", "20T00:00:00"),
                "{\"line\":1,\"id\":\"p1\",\"event\":\"payment\",\"at\":\"2026-01-20T00:00:00Z\","
                "\"verdict\":\"allow\",\"level\":0,\"score\":0,\"rules\":[],\"shadow\":[],"
                "\"features\":{\"spent\":1.00,\"events\":1,\"received\":0.00,\"pair\":1,"
                "\"earliest\":null,\"latest\":null,\"fraud_rate\":0,\"bad_rate\":null,\"big\":0},"
                "\"policy\":\"");
    assert_int_equal(run->ordinal, 0);
    help_feed(run, SIMPLE("p2", "20T00:00:00"));
    assert_int_equal(run->ordinal, 1);
}

static void rules_shadows_and_ends(void **state)
{
    struct help_run *run = *state;
    help_expect(run, PAY("p1", "14T23:59:59", "a", "b", "\"amount\":1500,\"note\":\"x\\ny\""),
                "\"verdict\":\"review\",\"level\":0,\"score\":35,\"reason\":\"ENDED\",\"rules\":["
                "{\"rule\":\"large\",\"reason\":\"LARGE\",\"verdict\":\"challenge 1\",\"score\":30,"
                "\"case\":\"large a\",\"sentence\":\"a pays CNY 1,500.00, CNY 1,500.00 in an hour, "
                "\\\"x\\ny\\\"\"},{\"rule\":\"ended\",\"reason\":\"ENDED\",\"verdict\":\"review\","
                "\"score\":5,\"sentence\":\"ended\"}],\"shadow\":[{\"rule\":\"watched\",");
    help_expect(run, PAY("p2", "15T00:00:00", "a", "b", "\"amount\":1500"),
                "\"verdict\":\"challenge 1\",\"level\":1,\"score\":30,\"reason\":\"LARGE\"");
    help_expect(run, PAY("p3", "31T23:59:59", "a", "b", "\"amount\":600"),
                "\"verdict\":\"allow\",\"level\":0,\"score\":0,\"rules\":[],\"shadow\":[{");
    help_expect(run,
                "{\"event\":\"payment\",\"id\":\"p4\",\"at\":\"2026-02-01T00:00:00Z\","
                "\"account\":\"a\",\"payee\":\"b\",\"amount\":600}",
                "\"verdict\":\"block\",\"level\":0,\"score\":0,\"reason\":\"WATCHED\"");
}

static void scores_add_up_to_bands(void **state)
{
    struct help_run *run = *state;
    help_feed(run, SIMPLE("p1", "20T00:00:00") "\n" SIMPLE("p2", "20T00:00:01"));
    help_expect(run, SIMPLE("p3", "20T00:00:02"),
                "\"verdict\":\"review\",\"level\":0,\"score\":40,\"reason\":\"SCORE\"");
    help_expect(run, PAY("p4", "20T00:00:03", "a", "b", "\"amount\":1000.01"),
                "\"verdict\":\"block\",\"level\":0,\"score\":70,\"reason\":\"SCORE\"");
}

static void arithmetic_that_overflows_gets_the_error_verdict(void **state)
{
    struct help_run *run = *state;
    help_expect(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":5000,\"n\":10000"),
                "\"verdict\":\"challenge 2\",\"level\":2,\"score\":30,\"reason\":\"BROKEN\","
                "\"rules\":[{\"rule\":\"large\",");
    assert_string_equal(run->code, "arithmetic-overflow");
    assert_string_equal(run->field, "big");
    help_expect(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":5000,\"n\":10000"),
                "\"duplicate\":true");
    assert_string_equal(run->code, "arithmetic-overflow");
    help_expect(run, PAY("p2", "20T00:00:00", "a", "b", "\"amount\":5000,\"n\":5"),
                "\"big\":5000000000000000}");
}

static void every_bad_line_is_an_error_that_changes_nothing(void **state)
{
    struct help_run *run = *state;
    help_feed(run, SIMPLE("p1", "20T00:00:00"));
    help_refuse(run, "{\"event\":\"payment\",", "json-end", "");
    help_refuse(run, "[]", "json-syntax", "");
    help_refuse(run, " \t", "blank-line", "");
    help_refuse(run, "{\"event\":\"payment\",\"id\":\"\xff\"}", "json-utf8", "");
    help_refuse(run, "{\"event\":\"payment\",\"id\":\"1\",\"id\":\"2\"}", "json-duplicate", "id");
    help_refuse(run, "{\"event\":\"refund\",\"id\":\"x\"}", "unknown-event", "event");
    help_refuse(run, "{\"event\":7,\"id\":\"x\"}", "wrong-type", "event");
    help_refuse(run, "{\"event\":null,\"id\":\"x\"}", "wrong-type", "event");
    help_refuse(run, "{\"id\":\"x\"}", "missing-field", "event");
    help_refuse(run, PAY("x", "20T00:00:00", "a", "b", "\"note\":\"no amount\""), "missing-field",
                "amount");
    assert_non_null(strstr(run->out.data, "\"hint\":\"where it may be missing, write `?` "
                                          "behind its type, as in `int?`\""));
    assert_null(strstr(help_feed(run, "{\"event\":\"payment\"}"), "\"hint\""));
    help_refuse(run, PAY("x", "20T00:00:00", "a", "b", "\"amount\":null"), "missing-field",
                "amount");
    help_refuse(run, PAY("x", "20T00:00:00", "a", "b", "\"amount\":true"), "wrong-type", "amount");
    help_refuse(run, PAY("x", "20T00:00:00", "a", "b", "\"amount\":1.234"), "too-many-decimals",
                "amount");
    help_refuse(run, PAY("x", "20T00:00:00", "a", "b", "\"amount\":99999999999999999"),
                "out-of-range", "amount");
    help_refuse(run, PAY("x", "20T00:00:00", "a", "b", "\"amount\":1,\"n\":\"7\""), "wrong-type",
                "n");
    help_refuse(run, PAY("x", "20T25:00:00", "a", "b", "\"amount\":1"), "wrong-type", "at");
    help_refuse(run, PAY("", "20T00:00:00", "a", "b", "\"amount\":1"), "wrong-type", "id");
    help_refuse(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":2"), "id-conflict", "id");
    help_refuse(run, PAY("x", "19T22:59:59", "a", "b", "\"amount\":1"), "late", "at");
    const char *late = help_feed(run, PAY("x", "19T22:59:59", "a", "b", "\"amount\":1"));
    assert_non_null(strstr(late, ": the newest so far is of "));
    assert_non_null(strstr(late, "Z, line "));
    help_expect(run, PAY("x", "19T23:00:00", "a", "b", "\"amount\":1"), "\"verdict\":\"allow\"");
}

/* A text that a window keeps is a name, and as long as a name at most. */
static void a_text_too_long_for_a_window_is_refused(void **state)
{
    struct help_run *run = *state;
    char line[1024];
    char note[300];
    memset(note, 'n', sizeof note);
    for (int size = 256; size < 258; size++) {
        snprintf(line, sizeof line,
                 PAY("p%d", "20T00:00:00", "a", "b", "\"amount\":1,\"note\":\"%.*s\""), size,
                 size, note);
        if (size == 256)
            help_expect(run, line, "\"verdict\":\"allow\"");
        else
            help_refuse(run, line, "too-long", "note");
    }
}

static void an_error_line_says_where_and_what(void **state)
{
    struct help_run *run = *state;
    const char *answer =
        help_feed(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":1.234,\"n\":\"x\""));
    const char *start = "{\"line\":1,\"id\":\"p1\",\"event\":\"payment\","
                        "\"verdict\":\"challenge 2\",\"level\":2,\"reason\":\"BROKEN\","
                        "\"error\":{\"code\":\"too-many-decimals\","
                        "\"field\":\"amount\",\"message\":\"";
    assert_memory_equal(answer, start, strlen(start));
    answer = help_feed(run, "{\"a\":tru}");
    assert_non_null(strstr(answer, "{\"line\":2,\"verdict\":\"challenge 2\",\"level\":2,"));
    assert_non_null(strstr(answer, "\"column\":"));
}

static void lines_that_were_cut_badly_are_errors(void **state)
{
    struct help_run *run = *state;
    struct line lines[] = {
        {.text = VIEW(""), .number = 1, .status = STATUS_LIMIT},
        {.text = VIEW("\"a"), .number = 2, .status = STATUS_INVALID},
        {.text = VIEW(""), .number = 3, .blank = true},
    };
    static const char *const codes[] = {"line-too-long", "bad-csv", "blank-line"};
    for (size_t i = 0; i < 3; i++) {
        run->line_count++;
        assert_int_equal(engine_decide(run->engine, ENGINE_CSV, &lines[i], 1, &run->sink),
                         STATUS_OK);
        assert_string_equal(run->code, codes[i]);
    }
    assert_int_equal(run->outcome_count, 3);
}

/* Whatever a name is made of, what is said about it is UTF-8. */
static void an_unknown_event_is_quoted_whole_characters_at_a_time(void **state)
{
    struct help_run *run = *state;
    char line[256];
    for (int shift = 0; shift < 3; shift++) {
        int size = snprintf(line, sizeof line, "{\"event\":\"%.*s", shift, "xxx");
        for (int i = 0; i < 40; i++)
            size += snprintf(line + size, sizeof line - (size_t)size, "\xe4\xbd\xa0");
        snprintf(line + size, sizeof line - (size_t)size, "\"}");
        const char *answer = help_feed(run, line);
        assert_true(utf8_valid(answer, strlen(answer)));
        assert_string_equal(run->code, "unknown-event");
    }
}

/* The answer without its line number and the mark of a repeated one. */
static void strip(const char *answer, struct buf *out)
{
    static const char mark[] = "\"duplicate\":true,";
    const char *at = strchr(answer, ',');
    const char *found = strstr(at, mark);
    size_t before = found == NULL ? strlen(at) : (size_t)(found - at);
    buf_put(out, at, before);
    if (found != NULL)
        buf_put_text(out, found + sizeof mark - 1);
    buf_put_char(out, '\0');
}

static void a_line_that_comes_again_gets_the_same_answer(void **state)
{
    struct help_run *run = *state;
    static const char *const lines[] = {
        PAY("p1", "20T00:00:00", "a", "b", "\"amount\":1500,\"note\":\"\\u00e9\\\"\""),
        PAY("p2", "20T00:00:00", "a", "b", "\"amount\":\"2\",\"n\":3,\"note\":\"z\""),
        LOGIN("p1", "20T00:00:00", "a"),
    };
    struct buf answers[2][3];
    for (size_t pass = 0; pass < 2; pass++) {
        uint64_t before[2];
        uint64_t after[2];
        engine_digest(run->engine, before);
        for (size_t i = 0; i < 3; i++) {
            buf_init(&answers[pass][i], mem_libc());
            const char *answer = help_feed(run, lines[i]);
            assert_int_equal(run->status, STATUS_OK);
            assert_int_equal(run->ordinal, i);
            assert_int_equal(strstr(answer, "\"duplicate\":true") != NULL, pass);
            strip(answer, &answers[pass][i]);
        }
        engine_digest(run->engine, after);
        assert_int_equal(memcmp(before, after, sizeof before) == 0, pass);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(answers[0][i].data, answers[1][i].data);
        buf_done(&answers[0][i]);
        buf_done(&answers[1][i]);
    }
}

/* Order, spacing, spelling and fields that the policy does not name are no part of the content. */
static void content_is_what_the_fields_say(void **state)
{
    struct help_run *run = *state;
    help_feed(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":1500,\"note\":\"e\""));
    help_expect(run, " { \"note\" : \"\\u0065\", \"amount\":\"1500.00\", \"more\":[1], \"n\":null, "
                     "\"payee\":\"b\",\"account\":\"a\",\"at\":\"2026-01-20T08:00:00+08:00\","
                     "\"id\":\"p1\",\"event\":\"payment\"}", "\"duplicate\":true");
    help_refuse(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":1500,\"note\":\"\""),
                "id-conflict", "id");
    help_refuse(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":1500"), "id-conflict", "id");
    help_refuse(run, PAY("p1", "20T00:00:01", "a", "b", "\"amount\":1500,\"note\":\"e\""),
                "id-conflict", "id");
}

static void several_events_feed_one_entity(void **state)
{
    struct help_run *run = *state;
    help_feed(run, SIMPLE("p1", "20T00:00:00"));
    help_feed(run, LOGIN("l1", "20T00:00:01", "a"));
    help_expect(run, SIMPLE("p2", "20T00:00:02"), "\"events\":3,");
    /* b, who was paid, pays; then a pays a third one. */
    help_expect(run, PAY("p3", "20T00:00:03", "b", "c", "\"amount\":\"0.5\""),
                "\"spent\":0.50,\"events\":1,\"received\":2.00,\"pair\":1,");
    help_expect(run, PAY("p4", "20T00:00:04", "a", "c", "\"amount\":7"), "\"pair\":1,");
    help_expect(run, PAY("p5", "20T00:00:05", "a", "b", "\"amount\":7"), "\"pair\":3,");
    /* Windows are half open: at one hour p1 is out. */
    help_expect(run, PAY("p6", "20T01:00:00", "a", "b", "\"amount\":7"), "\"spent\":22.00,");
}

static void first_and_last_are_texts(void **state)
{
    struct help_run *run = *state;
    help_feed(run, PAY("p1", "20T00:00:01", "a", "b", "\"amount\":1,\"note\":\"one\""));
    help_feed(run, PAY("p2", "20T00:00:02", "a", "b", "\"amount\":1,\"note\":\"\\\"two\\\"\""));
    help_feed(run, PAY("p3", "20T00:00:03", "a", "b", "\"amount\":1"));
    help_expect(run, PAY("p4", "20T00:00:04", "a", "b", "\"amount\":1,\"note\":\"\""),
                "\"earliest\":\"one\",\"latest\":\"\\\"two\\\"\",");
    help_feed(run, PAY("p5", "20T00:00:00", "a", "b", "\"amount\":1,\"note\":\"zero\""));
    help_expect(run, PAY("p6", "20T00:00:05", "a", "b", "\"amount\":1"),
                "\"earliest\":\"zero\",\"latest\":\"\",");
}

static void lists_are_asked(void **state)
{
    struct help_run *run = *state;
    struct diag diag;
    assert_int_equal(engine_list_load(run->engine, 0,
                                      VIEW("value,expires\nCN,2026-01-20T00:00:01Z\n"), &diag),
                     STATUS_OK);
    assert_int_equal(engine_list_load(run->engine, 1, VIEW("key,value\na,friend\n"), &diag),
                     STATUS_OK);
    assert_int_equal(engine_list_load(run->engine, 0, VIEW("value\ncn\n"), &diag), STATUS_INVALID);
    assert_int_equal(diag.line, 2);
    help_expect(run, PAY("p1", "20T00:00:00", "a", "b", "\"amount\":1,\"country\":\"CN\""),
                "\"verdict\":\"block\"");
    help_expect(run, PAY("p2", "20T00:00:01", "a", "b", "\"amount\":1,\"country\":\"CN\""),
                "\"verdict\":\"allow\"");
    help_expect(run, PAY("p3", "20T00:00:02", "a", "friend", "\"amount\":5000"),
                "\"verdict\":\"allow\"");
    help_expect(run, PAY("p4", "20T00:00:03", "c", "friend", "\"amount\":5000"),
                "\"verdict\":\"challenge 1\"");
}

#define CHARGEBACK(id, at, payment)                                                                \
    "{\"event\":\"chargeback\",\"id\":\"" id "\",\"at\":\"2026-01-" at                             \
    "Z\",\"payment\":\"" payment "\"}"

struct label_log {
    struct engine_label_sink sink;
    size_t count;
    uint16_t label;
    uint64_t ordinal;
};

static void take_label(struct engine_label_sink *sink, uint16_t label, uint64_t ordinal)
{
    struct label_log *log = (struct label_log *)sink;
    log->count++;
    log->label = label;
    log->ordinal = ordinal;
}

static void a_later_event_brings_the_truth(void **state)
{
    struct help_run *run = *state;
    struct label_log log = {.sink = {take_label}};
    struct engine_stats stats;
    engine_label_listen(run->engine, &log.sink);
    help_feed(run, SIMPLE("p1", "10T00:00:00") "\n" SIMPLE("p2", "10T00:00:01"));
    help_feed(run, CHARGEBACK("c1", "12T00:00:01", "p2")); /* two days later, to the second */
    assert_int_equal(log.count, 1);
    assert_int_equal(log.ordinal, 1);
    help_feed(run, CHARGEBACK("c2", "12T00:00:02", "p2")); /* told already */
    help_feed(run, CHARGEBACK("c3", "12T00:00:03", "p1")); /* too late */
    help_feed(run, CHARGEBACK("c1", "12T00:00:01", "p2")); /* the same again */
    assert_int_equal(log.count, 1);
    help_feed(run, CHARGEBACK("c4", "12T00:00:03", "nobody"));
    engine_stats(run->engine, &stats);
    assert_int_equal(stats.labels_unmatched, 1);
    assert_int_equal(stats.decided, 6);
    assert_int_equal(stats.remembered_ids, 6);
    help_expect(run, SIMPLE("p3", "12T00:00:04"), "\"fraud_rate\":0.3333333333333333,");
    help_feed(run, CHARGEBACK("c5", "12T00:00:05", "p3"));
    assert_int_equal(log.count, 2);
    help_expect(run, SIMPLE("p4", "12T00:00:06"), "\"fraud_rate\":0.5,");
    engine_label_listen(run->engine, NULL);
    help_feed(run, CHARGEBACK("c6", "12T00:00:07", "p4"));
    assert_int_equal(log.count, 2);
}

/* Files of chargebacks often have a date alone, which is the midnight before the payment. */
static void truth_dated_before_its_event_is_truth(void **state)
{
    struct help_run *run = *state;
    struct label_log log = {.sink = {take_label}};
    engine_label_listen(run->engine, &log.sink);
    help_feed(run, SIMPLE("p1", "10T00:30:00") "\n" SIMPLE("p2", "10T00:30:01"));
    help_expect(run, CHARGEBACK("c1", "10T00:00:00", "p2"), "\"verdict\":\"allow\"");
    assert_int_equal(log.count, 1);
    assert_int_equal(log.ordinal, 1);
    help_expect(run, SIMPLE("p3", "10T00:30:02"), "\"fraud_rate\":0.3333333333333333,");
    engine_label_listen(run->engine, NULL);
}

/* 2^63 minor units are 9,224 of the largest payments. A sum stays at the end, on the right side of
 * every limit, and arithmetic that goes beyond says so. */
static void a_sum_stays_at_the_ends_of_its_range(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy saturated\ncurrency CNY\non error block \"BROKEN\"\n"
        "event e { id: id   at: time   amount: money }\n"
        "let all = sum(e.amount)\n"
        "let hour = sum(e.amount) over 1h\n"
        "let more = all + CNY 0.01\n"
        "rule much \"{all}\" on e when all > CNY 10_000_000_000_000.00 then review \"MUCH\"\n");
    struct help_run run;
    help_open(&run, policy);
    char line[160];
    for (int i = 0; i < 9223; i++) {
        snprintf(line, sizeof line, "{\"id\":\"%d\",\"at\":\"2026-01-01T00:00:00Z\","
                                    "\"amount\":\"10000000000000.00\"}", i);
        help_feed(&run, line);
        assert_int_equal(run.status, STATUS_OK);
    }
    assert_string_equal(run.code, "");
    static const char LAST[] =
        "{\"id\":\"%s\",\"at\":\"2026-01-01T00:00:00Z\",\"amount\":\"%s\"}";
    snprintf(line, sizeof line, LAST, "x", "3720368547758.06");
    help_expect(&run, line,
                "\"all\":92233720368547758.06,\"hour\":92233720368547758.06,\"more\":"
                "92233720368547758.07}");
    snprintf(line, sizeof line, LAST, "y", "0.02");
    help_expect(&run, line, "\"verdict\":\"block\"");
    assert_string_equal(run.field, "more");
    snprintf(line, sizeof line, LAST, "z", "10000000000000.00");
    help_expect(&run, line,
                "\"all\":92233720368547758.07,\"hour\":92233720368547758.07,\"more\":null}");
    /* The true sum was kept: what leaves a window takes it back into the range. */
    help_expect(&run, "{\"id\":\"later\",\"at\":\"2026-01-01T01:00:00Z\",\"amount\":\"1.00\"}",
                "\"all\":92233720368547758.07,\"hour\":1.00,");
    help_close(&run);
    policy_free(policy);
}

static void a_label_is_known_after_its_delay(void **state)
{
    struct help_run *run = *state;
    help_feed(run, PAY("p1", "10T00:00:00", "a", "b", "\"amount\":1,\"is_bad\":true"));
    help_feed(run, PAY("p2", "10T12:00:00", "a", "b", "\"amount\":1,\"is_bad\":false"));
    help_expect(run, SIMPLE("p3", "10T23:59:59"), "\"bad_rate\":null,");
    help_expect(run, SIMPLE("p4", "11T00:00:00"), "\"bad_rate\":1,");
    help_expect(run, SIMPLE("p5", "11T12:00:00"), "\"bad_rate\":0.5,");
}

/* A stream with everything in it, bad lines too. */
static void make_stream(struct random *random, size_t count, struct buf *out)
{
    size_t again = 0; /* where a line begins that may come again */
    for (size_t i = 0; i < count; i++) {
        unsigned kind = (unsigned)random_below(random, 20);
        if (i > 0 && kind == 19) {
            const char *end = memchr(out->data + again, '\n', out->size_bytes - again);
            size_t size = (size_t)(end - (out->data + again)) + 1;
            if (buf_reserve(out, size) != NULL)
                memcpy(out->data + out->size_bytes, out->data + again, size);
            out->size_bytes += size;
            continue;
        }
        if (kind == 8)
            again = out->size_bytes;
        unsigned id = (unsigned)(random_below(random, 10) == 0 ? random_below(random, i + 1) : i);
        unsigned second = (unsigned)(i + random_below(random, 60));
        unsigned account = (unsigned)random_below(random, 8);
        unsigned other = (unsigned)random_below(random, 8);
        if (kind == 0)
            buf_printf(out, "{\"event\":\"pay");
        else if (kind == 1)
            buf_printf(out, "{\"event\":\"chargeback\",\"id\":\"c%u\",\"at\":"
                            "\"2026-01-20T%02u:%02u:%02uZ\",\"payment\":\"p%u\"}",
                       id, second / 3600, second / 60 % 60, second % 60, other * 40);
        else if (kind < 5)
            buf_printf(out, "{\"event\":\"login\",\"id\":\"l%u\",\"at\":"
                            "\"2026-01-20T%02u:%02u:%02uZ\",\"account\":\"a%u\",\"ok\":%s}",
                       id, second / 3600, second / 60 % 60, second % 60, account,
                       kind == 2 ? "true" : "false");
        else
            buf_printf(out, "{\"event\":\"payment\",\"id\":\"p%u\",\"at\":"
                            "\"2026-01-20T%02u:%02u:%02uZ\",\"account\":\"a%u\",\"payee\":\"a%u\","
                            "\"amount\":%u.%u,\"note\":\"n%u\"%s}",
                       id, second / 3600, second / 60 % 60, second % 60, account, other,
                       (unsigned)random_below(random, 2000), (unsigned)random_below(random, 10),
                       other, kind == 6 ? ",\"n\":5" : kind == 7 ? ",\"is_bad\":true" : "");
        buf_put_char(out, '\n');
    }
    assert_int_equal(buf_status(out), STATUS_OK);
}

struct trace {
    struct buf out;
    uint64_t digest[2];
};

static void run_stream(const struct policy *policy, struct hash_seed seed, struct view text,
                       size_t batch, struct trace *ret)
{
    struct help_run run;
    help_open_as(&run, policy, mem_libc(), seed, true);
    assert_int_equal(help_feed_as(&run, ENGINE_NDJSON, text, batch), STATUS_OK);
    assert_int_equal(run.outcome_count, run.line_count);
    engine_digest(run.engine, ret->digest);
    ret->out = run.out;
    buf_init(&run.out, mem_libc());
    help_close(&run);
}

static void batches_and_seeds_cannot_be_observed(void **state)
{
    struct help_run *run = *state;
    struct random random;
    struct buf text;
    random_init(&random, 20260120);
    buf_init(&text, mem_libc());
    make_stream(&random, 4000, &text);
    struct trace first;
    run_stream(run->policy, HELP_SEED, buf_view(&text), 64, &first);
    assert_true(first.out.size_bytes > 1000000);
    assert_non_null(memmem(first.out.data, first.out.size_bytes, "\"duplicate\":true", 16));
    assert_non_null(memmem(first.out.data, first.out.size_bytes, "id-conflict", 11));
    assert_non_null(memmem(first.out.data, first.out.size_bytes, "\"fraud_rate\":0.", 15));
    static const size_t batches[] = {1, 2, 31, 33, 63, 64};
    for (size_t i = 0; i < 6; i++) {
        struct trace other;
        struct hash_seed seed = {i % 2 == 0 ? HELP_SEED.k0 : i * 7919, HELP_SEED.k1};
        run_stream(run->policy, seed, buf_view(&text), batches[i], &other);
        assert_true(view_equal(buf_view(&first.out), buf_view(&other.out)));
        assert_memory_equal(first.digest, other.digest, sizeof first.digest);
        buf_done(&other.out);
    }
    buf_done(&first.out);
    buf_done(&text);
}

static void the_digest_depends_on_policy_lists_and_history(void **state)
{
    struct help_run *run = *state;
    uint64_t digests[4][2];
    struct diag diag;
    engine_digest(run->engine, digests[0]);
    help_feed(run, SIMPLE("p1", "20T00:00:00"));
    engine_digest(run->engine, digests[1]);
    assert_int_equal(engine_list_load(run->engine, 0, VIEW("value\nCN\n"), &diag), STATUS_OK);
    engine_digest(run->engine, digests[2]);
    help_feed(run, CHARGEBACK("c1", "20T00:00:01", "nobody"));
    engine_digest(run->engine, digests[3]);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(digests[i], digests[j], sizeof digests[i]);
}

static const char CSV_POLICY[] =
    "policy cells\n"
    "currency CNY\n"
    "event payment {\n"
    "  id: id from \"TX\"   at: time as unix seconds   account: entity   amount: money\n"
    "  note: text?   ok: bool?   n: int?\n"
    "}\n"
    "event login { id: id from \"TX\"   at: time as unix seconds   account: entity }\n"
    "let spent = sum(payment.amount) per account over 1h\n"
    "rule r \"{note} {amount}\" on payment when ok is present and ok then review \"R\"\n";

static void header(struct help_run *run, const char *const *names, size_t count,
                   enum status want, const char *code)
{
    struct view views[16];
    struct diag diag = {.code = ""};
    for (size_t i = 0; i < count; i++)
        views[i] = view_of(names[i]);
    assert_int_equal(engine_csv_header(run->engine, views, count, &diag), want);
    if (want != STATUS_OK)
        assert_string_equal(diag.code, code);
}

static void cells_and_fields_mean_the_same(void **state)
{
    (void)state;
    static const char *const names[] = {"event", "n",  "more", "note", "account",
                                        "at",    "ok", "TX",   "amount"};
    struct policy *policy = help_compile(CSV_POLICY);
    struct help_run json;
    struct help_run csv;
    help_open(&json, policy);
    help_open(&csv, policy);
    header(&csv, names, 9, STATUS_OK, "");
    assert_int_equal(help_feed_as(&csv, ENGINE_CSV,
                                  VIEW("payment,7,x,\"a \"\"b\"\", c\",acc,100,true,p1,12.50\n"
                                       "payment,,x,,acc,101,1,p2,1\n"
                                       "login,,,,acc,102,,p1,\n"
                                       "payment,,x,,acc,101,1,p2,1.00\n"
                                       "payment,,x,,,101,0,p4,1\n"
                                       "payment,,x,,acc,1x1,0,p5,1\n"
                                       "refund,,x,,acc,1x1,0,p5,1\n"), 64), STATUS_OK);
    help_feed(&json,
              "{\"event\":\"payment\",\"n\":7,\"note\":\"a \\\"b\\\", c\",\"account\":\"acc\","
              "\"at\":100,\"ok\":true,\"TX\":\"p1\",\"amount\":12.50}\n"
              "{\"event\":\"payment\",\"account\":\"acc\",\"at\":101,\"ok\":true,\"TX\":\"p2\","
              "\"amount\":1}\n"
              "{\"event\":\"login\",\"account\":\"acc\",\"at\":102,\"TX\":\"p1\"}\n"
              "{\"event\":\"payment\",\"account\":\"acc\",\"at\":101,\"ok\":true,\"TX\":\"p2\","
              "\"amount\":1}\n"
              "{\"event\":\"payment\",\"at\":101,\"ok\":false,\"TX\":\"p4\",\"amount\":1}\n");
    uint64_t digests[2][2];
    engine_digest(json.engine, digests[0]);
    engine_digest(csv.engine, digests[1]);
    assert_memory_equal(digests[0], digests[1], sizeof digests[0]);
    assert_memory_equal(csv.out.data, json.out.data, json.out.size_bytes);
    assert_string_equal(csv.code, "unknown-event");
    assert_int_equal(csv.outcome_count, 7);
    assert_int_equal(help_feed_as(&csv, ENGINE_CSV, VIEW("payment,7\n"), 1), STATUS_OK);
    assert_string_equal(csv.code, "wrong-columns");
    assert_int_equal(help_feed_as(&csv, ENGINE_CSV, VIEW("login,\"a\"b,,,,,,,\n"), 1), STATUS_OK);
    assert_string_equal(csv.code, "csv-quote");
    assert_int_equal(help_feed_as(&csv, ENGINE_CSV, VIEW("login,\xff,,,,,,,\n"), 1), STATUS_OK);
    assert_string_equal(csv.code, "csv-utf8");
    help_close(&json);
    help_close(&csv);
    policy_free(policy);
}

static void a_header_has_what_the_policy_needs(void **state)
{
    (void)state;
    static const char *const names[] = {"event", "TX", "at", "account", "amount", "event"};
    struct policy *policy = help_compile(CSV_POLICY);
    struct help_run run;
    help_open(&run, policy);
    header(&run, names, 5, STATUS_OK, "");
    header(&run, names + 1, 4, STATUS_INVALID, "missing-column");
    header(&run, names, 4, STATUS_INVALID, "missing-column");
    header(&run, names, 6, STATUS_INVALID, "csv-header");
    engine_csv_separator(run.engine, ';');
    assert_int_equal(help_feed_as(&run, ENGINE_CSV, VIEW("payment;p0;99;a,b;1\n"), 1), STATUS_OK);
    assert_string_equal(run.code, "");
    engine_csv_separator(run.engine, ',');
    /* A header that was refused changes nothing. */
    assert_int_equal(help_feed_as(&run, ENGINE_CSV, VIEW("payment,p1,100,acc,1\n"), 1), STATUS_OK);
    assert_int_equal(run.outcome_count, 2);
    assert_string_equal(run.code, "");
    help_close(&run);
    policy_free(policy);
}

/* All that is missing is named at once, each column once, however many there are. */
static void a_header_is_told_all_that_it_lacks(void **state)
{
    (void)state;
    struct policy *policy = help_compile(CSV_POLICY);
    struct view names[] = {VIEW("account"), VIEW("note")};
    struct help_run run;
    struct diag diag;
    help_open(&run, policy);
    assert_int_equal(engine_csv_header(run.engine, names, 2, &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "the header has no column \"event\", \"TX\", \"at\", "
                                      "\"amount\", which the policy needs");
    assert_string_equal(diag.hint, "it has \"account\", \"note\"; name yours with `from`");
    help_close(&run);
    policy_free(policy);

    policy = help_compile("policy few\nevent e { id: id  at: time  a: int?  b: int? from \"b\" "
                          "c: int? from \"b2\" }");
    struct view few[] = {VIEW("id"), VIEW("at"), VIEW("b")};
    help_open(&run, policy);
    assert_int_equal(engine_csv_header(run.engine, few, 2, &diag), STATUS_INVALID);
    assert_string_equal(diag.message,
                        "the header has no column \"b\", \"b2\", which the policy needs");
    few[0] = VIEW("b2");
    assert_int_equal(engine_csv_header(run.engine, few, 3, &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "the header has no column \"id\", which the policy needs");
    help_close(&run);
    policy_free(policy);

    char text[4096] = "policy many\nevent e { id: id   at: time";
    for (size_t i = 0; i < 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "   column_with_a_long_name_%zu: int", i);
    snprintf(text + strlen(text), sizeof text - strlen(text),
             " }\nrule r \"r\" on e when true then score 1\n");
    policy = help_compile(text);
    help_open(&run, policy);
    assert_int_equal(engine_csv_header(run.engine, names, 1, &diag), STATUS_INVALID);
    assert_non_null(strstr(diag.message, "\"id\", \"at\", \"column_with_a_long_name_0\""));
    assert_non_null(strstr(diag.message, " more, which the policy needs"));
    help_close(&run);
    policy_free(policy);
}

static void a_policy_of_one_event_needs_no_event_key(void **state)
{
    (void)state;
    struct policy *policy = help_compile("policy one\nevent tick { id: id   at: time }\n"
                                         "rule r \"r\" on tick when true then score 1\n");
    struct help_run run;
    help_open(&run, policy);
    help_expect(&run, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\"}", "\"id\":\"1\"");
    help_expect(&run, "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"tick\"}",
                "\"score\":1");
    help_refuse(&run, "{\"id\":3,\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"tock\"}",
                "unknown-event", "event");
    help_close(&run);
    policy_free(policy);
}

/* A rule in shadow decides nothing, not even when its arithmetic fails. */
static void a_shadow_rule_that_overflows_decides_nothing(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy shadows\n"
        "event tick { id: id   at: time   n: int }\n"
        "rule s \"s\" on tick when n * 1000000000000000 > 0 then block \"S\" shadow\n"
        "rule r \"r\" on tick when n > 5 then challenge 1 \"R\"\n");
    struct help_run run;
    help_open(&run, policy);
    help_expect(&run, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"n\":-10000}",
                "\"verdict\":\"allow\",\"level\":0,\"score\":0,\"rules\":[]");
    assert_string_equal(run.code, "arithmetic-overflow");
    assert_string_equal(run.field, "s");
    help_expect(&run, "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"n\":6}",
                "\"verdict\":\"challenge 1\",\"level\":1,\"score\":0,\"reason\":\"R\"");
    help_close(&run);
    policy_free(policy);
}

/* Whatever the order of rules, one that overflows hides no other. */
static void a_rule_that_overflows_hides_no_other(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "rule o \"o\" on tick when n * 1000000000000000 > 0 then score 50\n",
        "rule b \"b\" on tick when n > 5 then block \"B\", score 7\n",
    };
    for (size_t first = 0; first < 2; first++) {
        char text[512];
        snprintf(text, sizeof text, "policy order\nevent tick { id: id   at: time   n: int }\n%s%s",
                 rules[first], rules[1 - first]);
        struct policy *policy = help_compile(text);
        struct help_run run;
        help_open(&run, policy);
        help_expect(&run, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"n\":10000}",
                    "\"verdict\":\"block\",\"level\":0,\"score\":7,\"reason\":\"B\"");
        assert_string_equal(run.field, "o");
        help_expect(&run, "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"n\":-10000}",
                    "\"verdict\":\"review\",\"level\":0,\"score\":0,\"reason\":\"ENGINE\"");
        help_close(&run);
        policy_free(policy);
    }
}

static void a_where_that_overflows_refuses_the_event(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy filters\n"
        "event tick { id: id   at: time   n: int }\n"
        "let big = count(tick where n * 1000000000000000 > 0) over 1h\n"
        "rule r \"r\" on tick when big > 5 then review \"R\"\n");
    struct help_run run;
    help_open(&run, policy);
    help_expect(&run, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"n\":1}", "\"big\":1");
    help_refuse(&run, "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"n\":10000}",
                "arithmetic-overflow", "");
    help_close(&run);
    policy_free(policy);
}

/* A let that has no value because something is divided by zero is missing, and rules may ask; one
 * whose arithmetic left its range failed, and what asks for it, however, does not fire. */
static void a_let_that_fails_is_neither_present_nor_missing(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy fails\n"
        "on error review \"BROKEN\"\n"
        "event tick { id: id   at: time   n: int   d: int }\n"
        "let ratio = n / d\n"
        "let big = if ratio is present then n * 1000000000000000 else 0\n"
        "let bigger = big + 1\n"
        "rule has_ratio \"s\" on tick when ratio is present then score 1\n"
        "rule no_ratio \"s\" on tick when ratio is missing then score 2\n"
        "rule large \"s\" on tick when big > 5 or n == 1 or n == 100000 then score 4\n"
        "rule larger \"s\" on tick when (if bigger > 5 then 1 else 0) == 0 then score 8\n"
        "rule any \"s\" on tick when n != 0 then score 16\n");
    struct help_run run;
    help_open(&run, policy);
    help_expect(&run, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"n\":100000,\"d\":0}",
                "\"verdict\":\"allow\",\"level\":0,\"score\":30,");
    help_expect(&run, "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"n\":1,\"d\":2}",
                "\"verdict\":\"allow\",\"level\":0,\"score\":21,");
    help_expect(&run, "{\"id\":3,\"at\":\"2026-01-01T00:00:00Z\",\"n\":100000,\"d\":2}",
                "\"verdict\":\"review\",\"level\":0,\"score\":17,\"reason\":\"BROKEN\"");
    assert_string_equal(run.field, "big");
    assert_non_null(strstr(help_feed(&run, "{\"id\":3,\"at\":\"2026-01-01T00:00:00Z\","
                                           "\"n\":100000,\"d\":2}"),
                    "\"features\":{\"ratio\":50000,\"big\":null,\"bigger\":null}"));
    help_close(&run);
    policy_free(policy);
}

/* A time beyond the calendar can be computed, not written. */
static void a_time_beyond_the_calendar_is_null(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy times\nevent tick { id: id   at: time   wait: duration   n: int }\n"
        "let later = at + wait * n\n"
        "rule r \"at {later}\" on tick when n > 0 then score 1\n");
    struct help_run run;
    help_open(&run, policy);
    help_expect(&run, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"wait\":\"1d\",\"n\":1}",
                "\"features\":{\"later\":\"2026-01-02T00:00:00Z\"}");
    help_expect(&run,
                "{\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"wait\":\"1000d\",\"n\":100000}",
                "\"features\":{\"later\":null}");
    help_close(&run);
    policy_free(policy);
}

/* Gives a decision in which all of `rule_count` rules fire with sentences that are too long, and
 * looks at how long sentences and case keys are. */
static void fire_all(unsigned rule_count, size_t sentence_bytes, size_t case_bytes)
{
    struct buf text;
    struct buf line;
    buf_init(&text, mem_libc());
    buf_init(&line, mem_libc());
    buf_put_text(&text, "policy long\n"
                        "event tick { id: id   at: time   note: text   who: entity }\n");
    for (unsigned i = 0; i < rule_count; i++)
        buf_printf(&text, "rule r%u \"{note}{note}\" on tick when note == note then score 1, "
                          "case \"%04u {who}{who}{who}\"\n", i, i);
    buf_put_text(&line, "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"note\":\"");
    for (size_t i = 0; i < ENGINE_TEXT_BYTES_MAX; i++)
        buf_put_char(&line, 'n');
    buf_put_text(&line, "\",\"who\":\"");
    for (size_t i = 0; i < ENGINE_ENTITY_BYTES_MAX; i++)
        buf_put_char(&line, 'w');
    buf_put(&line, "\"}", 3);
    buf_put_char(&text, '\0');
    struct policy *policy = help_compile(text.data);
    struct help_run run;
    help_open(&run, policy);
    const char *at = help_feed(&run, line.data);
    for (unsigned i = 0; i < rule_count; i++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "\"case\":\"%04u ", i);
        at = strstr(at, wanted);
        assert_non_null(at);
        at += strlen("\"case\":\"");
        assert_int_equal(strcspn(at, "\""), case_bytes);
        at = strstr(at, "\"sentence\":\"") + strlen("\"sentence\":\"");
        assert_int_equal(strspn(at, "n"), sentence_bytes);
    }
    help_close(&run);
    policy_free(policy);
    buf_done(&text);
    buf_done(&line);
}

static void sentences_and_case_keys_have_equal_shares(void **state)
{
    (void)state;
    _Static_assert(ENGINE_SENTENCES_BYTES_MAX == 262144 && ENGINE_CASES_BYTES_MAX == 524288,
                   "as the figures below have it");
    fire_all(1, ENGINE_SENTENCE_BYTES_MAX, ENGINE_CASE_BYTES_MAX);
    fire_all(64, ENGINE_SENTENCE_BYTES_MAX, ENGINE_CASE_BYTES_MAX);
    fire_all(100, 2621, ENGINE_CASE_BYTES_MAX);
    fire_all(POLICY_RULES_MAX, 64, 128);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_allowed_is_said_so),
        TEST(rules_shadows_and_ends),
        TEST(scores_add_up_to_bands),
        TEST(arithmetic_that_overflows_gets_the_error_verdict),
        TEST(every_bad_line_is_an_error_that_changes_nothing),
        TEST(a_text_too_long_for_a_window_is_refused),
        TEST(an_error_line_says_where_and_what),
        TEST(lines_that_were_cut_badly_are_errors),
        TEST(an_unknown_event_is_quoted_whole_characters_at_a_time),
        TEST(a_line_that_comes_again_gets_the_same_answer),
        TEST(content_is_what_the_fields_say),
        TEST(several_events_feed_one_entity),
        TEST(first_and_last_are_texts),
        TEST(lists_are_asked),
        TEST(a_later_event_brings_the_truth),
        TEST(truth_dated_before_its_event_is_truth),
        TEST(a_sum_stays_at_the_ends_of_its_range),
        TEST(a_label_is_known_after_its_delay),
        TEST(batches_and_seeds_cannot_be_observed),
        TEST(the_digest_depends_on_policy_lists_and_history),
        cmocka_unit_test(cells_and_fields_mean_the_same),
        cmocka_unit_test(a_header_has_what_the_policy_needs),
        cmocka_unit_test(a_header_is_told_all_that_it_lacks),
        cmocka_unit_test(a_policy_of_one_event_needs_no_event_key),
        cmocka_unit_test(a_shadow_rule_that_overflows_decides_nothing),
        cmocka_unit_test(a_rule_that_overflows_hides_no_other),
        cmocka_unit_test(a_where_that_overflows_refuses_the_event),
        cmocka_unit_test(a_let_that_fails_is_neither_present_nor_missing),
        cmocka_unit_test(a_time_beyond_the_calendar_is_null),
        cmocka_unit_test(sentences_and_case_keys_have_equal_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
