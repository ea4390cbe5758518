/* One idea: whatever aggregate the language accepts, the windows accept and answer, through an
 * engine that is made of it. */
#include "engine/test_help.h"

#include <stdio.h>

#define EVENTS                                                                                     \
    "policy planned\ncurrency CNY\n"                                                               \
    "event e {\n"                                                                                  \
    "  id: id   at: time   who: entity   other: entity who   n: int   x: number   m: money\n"      \
    "  t: text   d: duration   c: country   i: ip   k: one of web, app   b: bool   r: ref e\n"     \
    "  u: time as unix ms   no: int?   nt: text?\n"                                                \
    "}\n"                                                                                          \
    "event f { id: id   at: time   who: entity   e: ref e }\n"                                     \
    "label l on e = exists f within 1d\n"

static const char LINE[] =
    "{\"event\":\"e\",\"id\":\"%d\",\"at\":\"2026-01-01T00:00:0%dZ\",\"who\":\"a\",\"other\":\"b\","
    "\"n\":%d,\"x\":0.%d,\"m\":\"%d.50\",\"t\":\"text %d\",\"d\":\"%ds\",\"c\":\"CN\","
    "\"i\":\"10.0.0.%d\",\"k\":\"app\",\"b\":true,\"r\":\"%d\",\"u\":%d}";

/* Compiles `let v = <aggregate>`; false when the language does not have it. */
static bool compiles(const char *aggregate, struct policy **ret_policy)
{
    char text[2048];
    struct policy_report report;
    int size = snprintf(text, sizeof text, EVENTS "let v = %s\n", aggregate);
    policy_report_init(&report, mem_libc());
    enum status status = policy_compile(VIEW("p"), (struct view){text, (size_t)size}, mem_libc(),
                                        &report, ret_policy);
    policy_report_done(&report);
    return status == STATUS_OK;
}

static void every_aggregate_of_every_type_is_answered(void **state)
{
    (void)state;
    static const char *const fns[] = {
        "sum(e.%s)", "mean(e.%s)", "std(e.%s)", "min(e.%s)", "max(e.%s)", "first(e.%s)",
        "last(e.%s)", "distinct(e.%s)", "entropy(e.%s)", "quantile(e.%s, 0.5)",
        "decayed(e.%s, half 1h)", "age(e.%s)", "since(e.%s)", "count(e where e.%s is present)",
    };
    static const char *const fields[] = {"id", "at", "who", "n", "x", "m", "t", "d", "c",
                                         "i",  "k",  "b",   "r", "u", "no", "nt"};
    static const char *const tails[] = {
        "", " over 1h", " per who over 1h", " per who, other before",
        " per who fed by other over 1h", " per t", " per i, r",
    };
    char aggregate[256];
    char line[512];
    size_t made = 0;
    for (size_t fn = 0; fn < sizeof fns / sizeof *fns; fn++)
        for (size_t field = 0; field < sizeof fields / sizeof *fields; field++)
            for (size_t tail = 0; tail < sizeof tails / sizeof *tails; tail++) {
                struct policy *policy = NULL;
                char head[64];
                size_t mark = (size_t)(strchr(fns[fn], '%') - fns[fn]);
                memcpy(head, fns[fn], mark);
                head[mark] = '\0';
                snprintf(aggregate, sizeof aggregate, "%s%s%s%s", head, fields[field],
                         fns[fn] + mark + 2, tails[tail]);
                if (!compiles(aggregate, &policy))
                    continue;
                struct help_run run;
                help_open(&run, policy);
                for (int i = 1; i < 4; i++) {
                    snprintf(line, sizeof line, LINE, i, i, i, i, i, i, i, i, i, i);
                    const char *answer = help_feed(&run, line);
                    if (run.status != STATUS_OK || strstr(answer, "\"features\":{\"v\":") == NULL)
                        fail_msg("%s: %s", aggregate, answer);
                }
                help_close(&run);
                policy_free(policy);
                made++;
            }
    print_message("# %zu aggregates\n", made);
    assert_true(made > 300);
}

/* Lets of each kind, all together, and what they say of the third event. */
static void windows_share_what_they_can(void **state)
{
    (void)state;
    struct policy *policy = help_compile(EVENTS
        "let va = count(e) per who over 1h\n"
        "let vb = sum(e.n) per who over 1h\n"
        "let vc = sum(e.n where b) per who over 1h\n"
        "let vd = count(e or f) per who over 1h\n"
        "let vg = sum(e.no) per who over 1h\n"
        "let vh = sum(e.n) per who fed by other over 1h\n"
        "let vi = sum(e.n) per who, other over 1h\n"
        "let vj = sum(e.n) over 1h\n"
        "let vk = rate(l) per who over 1h\n");
    struct help_run run;
    char line[512];
    help_open(&run, policy);
    for (int i = 1; i < 4; i++) {
        snprintf(line, sizeof line, LINE, i, i, i, i, i, i, i, i, i, i);
        help_feed(&run, line);
        assert_int_equal(run.status, STATUS_OK);
    }
    help_expect(&run, "{\"event\":\"f\",\"id\":\"1\",\"at\":\"2026-01-01T00:00:04Z\",\"who\":\"b\","
                      "\"e\":\"2\"}", "\"vd\":1,");
    snprintf(line, sizeof line, LINE, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5);
    help_expect(&run, line, "\"va\":4,\"vb\":11,\"vc\":11,\"vd\":4,\"vg\":0,\"vh\":0,"
                            "\"vi\":11,\"vj\":11,\"vk\":0.25}");
    help_close(&run);
    policy_free(policy);
}

/* The field of age(E.f) is a part of the key of its own, whatever else is called so. */
static void age_and_since_keep_every_part_of_their_key(void **state)
{
    (void)state;
    struct policy *policy = help_compile(EVENTS
        "let va = age(e.other) per other fed by who\n"
        "let vb = since(e.other) per who, other fed by other, who\n"
        "let vc = age(e.other) per who\n"
        "let vd = since(e.other) per who\n");
    assert_int_equal(policy->windows[0].key_count, 2);
    assert_int_equal(policy->windows[1].key_count, 3);
    struct help_run run;
    help_open(&run, policy);
    static const char *const pairs[][3] = {
        {"a", "b", "\"va\":null,\"vb\":null,\"vc\":0,\"vd\":null"},
        {"c", "a", "\"va\":null,\"vb\":null,\"vc\":0,\"vd\":null"},
        {"b", "a", "\"va\":null,\"vb\":null,\"vc\":0,\"vd\":null"},
        {"a", "b", "\"va\":null,\"vb\":null,\"vc\":3,\"vd\":3"},
        {"d", "d", "\"va\":0,\"vb\":null,\"vc\":0,\"vd\":null"},
        {"e", "d", "\"va\":1,\"vb\":null,\"vc\":0,\"vd\":null"},
    };
    for (int i = 0; i < 6; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "{\"event\":\"e\",\"id\":\"%d\",\"at\":\"2026-01-01T00:00:0%dZ\",\"who\":\"%s\","
                 "\"other\":\"%s\",\"n\":1,\"x\":0,\"m\":\"1.00\",\"t\":\"t\",\"d\":\"1s\","
                 "\"c\":\"CN\",\"i\":\"::1\",\"k\":\"app\",\"b\":true,\"r\":\"1\",\"u\":1}",
                 i, i, pairs[i][0], pairs[i][1]);
        help_expect(&run, line, pairs[i][2]);
    }
    help_close(&run);
    policy_free(policy);
}

/* `count` windows, each of one of two filters. */
static struct policy *many_windows(int count)
{
    struct buf text;
    buf_init(&text, mem_libc());
    buf_put_text(&text, EVENTS);
    for (int i = 0; i < count; i++)
        buf_printf(&text, "let v%02d = %s where %s) per who over %dh\n", i,
                   i % 4 < 2 ? "count(e" : "mean(e.no", i % 2 == 0 ? "n > 1" : "b and n<=1", i + 1);
    buf_put_char(&text, '\0');
    assert_int_equal(buf_status(&text), STATUS_OK);
    struct policy *policy = help_compile(text.data);
    buf_done(&text);
    return policy;
}

/* 60 windows of two filters and two arguments are four classes and two questions. */
static void windows_of_one_filter_share_it(void **state)
{
    (void)state;
    struct policy *policy = many_windows(60);
    struct policy *few = many_windows(2);
    assert_true(policy_event_cost(few, 0) > 0);
    assert_int_equal(policy_event_cost(policy, 0), policy_event_cost(few, 0));
    struct help_run run;
    char line[512];
    help_open(&run, policy);
    for (int i = 1; i < 4; i++) {
        snprintf(line, sizeof line, LINE, i, i, i, i, i, i, i, i, i, i);
        help_feed(&run, line);
        assert_int_equal(run.status, STATUS_OK);
    }
    /* Those whose argument is missing are not counted by whoever needs it. */
    help_expect(&run, "{\"event\":\"e\",\"id\":\"4\",\"at\":\"2026-01-01T00:00:04Z\",\"who\":\"a\","
                      "\"other\":\"b\",\"n\":4,\"x\":0,\"m\":\"1.00\",\"t\":\"t\",\"d\":\"1s\","
                      "\"c\":\"CN\",\"i\":\"::1\",\"k\":\"app\",\"b\":true,\"r\":\"1\",\"u\":1,"
                      "\"no\":7}",
                "\"v00\":3,\"v01\":1,\"v02\":7,\"v03\":null,\"v04\":3,\"v05\":1,\"v06\":7,");
    help_close(&run);
    policy_free(policy);
    policy_free(few);
}

/* A policy that needs more than there can be is told so, and what. */
static void a_policy_that_is_too_large_is_refused(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, mem_libc());
    buf_put_text(&text, EVENTS);
    for (int i = 0; i < 33; i++)
        buf_printf(&text, "let v%d = count(e where n == %d) per who over 1h\n", i, i);
    buf_put_char(&text, '\0');
    assert_int_equal(buf_status(&text), STATUS_OK);
    struct policy *policy = help_compile(text.data);
    struct engine_options options = {policy, mem_libc(), HELP_SEED, false};
    struct engine *engine = NULL;
    struct diag diag = {.code = ""};
    assert_int_equal(engine_new(&options, &engine, &diag), STATUS_LIMIT);
    assert_string_equal(diag.code, "policy-too-large");
    assert_null(engine);
    buf_done(&text);
    policy_free(policy);
}

static void a_policy_without_windows_is_an_engine_too(void **state)
{
    (void)state;
    struct policy *policy = help_compile("policy bare\nevent tick { id: id   at: time }\n");
    struct help_run run;
    help_open(&run, policy);
    help_expect(&run, "{\"id\":\"1\",\"at\":\"2026-01-01T00:00:00Z\"}", "\"verdict\":\"allow\"");
    help_close(&run);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_aggregate_of_every_type_is_answered),
        cmocka_unit_test(windows_share_what_they_can),
        cmocka_unit_test(age_and_since_keep_every_part_of_their_key),
        cmocka_unit_test(windows_of_one_filter_share_it),
        cmocka_unit_test(a_policy_that_is_too_large_is_refused),
        cmocka_unit_test(a_policy_without_windows_is_an_engine_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
