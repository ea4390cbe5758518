/* One idea: outcomes made by hand, written, and compared byte by byte. */
#include "engine/test_help.h"

static const char POLICY[] =
    "policy rendered\ncurrency CNY\n"
    "event payment { id: id   at: time   account: entity   amount: money   note: text }\n"
    "let spent = sum(payment.amount) per account over 1h\n"
    "let latest = last(payment.note) per account before\n"
    "rule large \"large\" on payment when amount > CNY 1.00\n"
    "  then challenge 2 \"L\\\"G\", score -5, case \"c\"\n"
    "rule scored \"scored\" on payment when amount > CNY 2.00 then score 7\n";

struct fixture {
    struct policy *policy;
    struct render render;
    struct buf out;
};

static void open_fixture(struct fixture *f, enum engine_format format, bool features)
{
    f->policy = help_compile(POLICY);
    assert_int_equal(render_init(&f->render, f->policy, format, features, mem_libc()), STATUS_OK);
    buf_init(&f->out, mem_libc());
}

static void close_fixture(struct fixture *f)
{
    render_done(&f->render);
    buf_done(&f->out);
    policy_free(f->policy);
}

/* Looks at what was written since the last time; %s in `want` is the policy's hash. */
static void check(struct fixture *f, const char *want)
{
    char text[2048];
    const char *hash = strstr(want, "%s");
    size_t before = hash == NULL ? strlen(want) : (size_t)(hash - want);
    memcpy(text, want, before);
    text[before] = '\0';
    if (hash != NULL) {
        memcpy(text + before, f->policy->hash, 64);
        memcpy(text + before + 64, hash + 2, strlen(hash + 2) + 1);
    }
    buf_put_char(&f->out, '\0');
    assert_int_equal(buf_status(&f->out), STATUS_OK);
    assert_string_equal(f->out.data, text);
    buf_clear(&f->out);
}

static const struct engine_fired FIRED[] = {
    {0, {"says \"so\"\n\x01", 11}, {"case \\ 1", 8}},
    {1, {"", 0}, {NULL, 0}},
};
static const struct engine_feature FEATURES[] = {
    {.present = true, .value = {1250}},
    {.present = true, .text = {"a \"b\",\tc", 8}},
};
static const struct engine_feature MISSING[] = {{.present = true, .value = {0}},
                                                {.present = false}};

static struct engine_outcome decided(void)
{
    return (struct engine_outcome){
        .line = 7, .id = VIEW("p\"1\""), .at_ms = 1767225600001, .verdict = POLICY_CHALLENGE_2,
        .reason = VIEW("L\"G"), .score = -3, .fired_count = 2, .fired = FIRED, .shadow_count = 1,
        .shadow = FIRED + 1, .feature_count = 2, .features = FEATURES};
}

static struct engine_outcome allowed(void)
{
    return (struct engine_outcome){.line = UINT64_MAX, .id = VIEW("p2"), .at_ms = 0,
                                   .duplicate = true, .verdict = POLICY_ALLOW,
                                   .feature_count = 2, .features = MISSING};
}

static void decisions_as_json(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, ENGINE_NDJSON, true);
    struct engine_outcome outcome = decided();
    render_header(&f.render, &f.out);
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "{\"line\":7,\"id\":\"p\\\"1\\\"\",\"event\":\"payment\","
              "\"at\":\"2026-01-01T00:00:00.001Z\",\"verdict\":\"challenge 2\",\"level\":2,"
              "\"score\":-3,\"reason\":\"L\\\"G\",\"rules\":[{\"rule\":\"large\","
              "\"reason\":\"L\\\"G\",\"verdict\":\"challenge 2\",\"score\":-5,"
              "\"case\":\"case \\\\ 1\",\"sentence\":\"says \\\"so\\\"\\n\\u0001\"},"
              "{\"rule\":\"scored\",\"score\":7,\"sentence\":\"\"}],"
              "\"shadow\":[{\"rule\":\"scored\",\"score\":7,\"sentence\":\"\"}],"
              "\"features\":{\"spent\":12.50,\"latest\":\"a \\\"b\\\",\\tc\"},"
              "\"policy\":\"%s\"}\n");
    outcome = allowed();
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "{\"line\":18446744073709551615,\"id\":\"p2\",\"event\":\"payment\","
              "\"at\":\"1970-01-01T00:00:00Z\",\"verdict\":\"allow\",\"level\":0,\"score\":0,"
              "\"duplicate\":true,\"rules\":[],\"shadow\":[],"
              "\"features\":{\"spent\":0.00,\"latest\":null},\"policy\":\"%s\"}\n");
    close_fixture(&f);
    open_fixture(&f, ENGINE_NDJSON, false);
    outcome.feature_count = 0;
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "{\"line\":18446744073709551615,\"id\":\"p2\",\"event\":\"payment\","
              "\"at\":\"1970-01-01T00:00:00Z\",\"verdict\":\"allow\",\"level\":0,\"score\":0,"
              "\"duplicate\":true,\"rules\":[],\"shadow\":[],\"policy\":\"%s\"}\n");
    close_fixture(&f);
}

static void every_verdict_has_its_level(void **state)
{
    (void)state;
    static const char *const parts[] = {
        ",allow,0,", ",challenge 1,1,", ",challenge 2,2,", ",challenge 3,3,", ",review,0,",
        ",block,0,",
    };
    struct fixture f;
    open_fixture(&f, ENGINE_CSV, false);
    for (int i = POLICY_ALLOW; i <= POLICY_BLOCK; i++) {
        struct engine_outcome outcome = allowed();
        outcome.verdict = (enum policy_verdict)i;
        buf_clear(&f.out);
        render_outcome(&f.render, &outcome, &f.out);
        buf_put_char(&f.out, '\0');
        assert_non_null(strstr(f.out.data, parts[i]));
    }
    close_fixture(&f);
}

static struct engine_outcome refused(struct diag *diag)
{
    diag_set(diag, "bad-thing", "a \"thing\", bad");
    diag_field(diag, "amount");
    diag_hint(diag, "be good\\");
    diag->column = 12;
    return (struct engine_outcome){.line = 3, .status = STATUS_INVALID, .diag = diag,
                                   .event = UINT16_MAX, .verdict = POLICY_REVIEW,
                                   .reason = VIEW("ENGINE")};
}

static void errors_as_json(void **state)
{
    (void)state;
    struct fixture f;
    struct diag diag;
    open_fixture(&f, ENGINE_NDJSON, true);
    struct engine_outcome outcome = refused(&diag);
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "{\"line\":3,\"verdict\":\"review\",\"level\":0,\"reason\":\"ENGINE\","
              "\"error\":{\"code\":\"bad-thing\",\"field\":\"amount\",\"column\":12,"
              "\"message\":\"a \\\"thing\\\", bad\",\"hint\":\"be good\\\\\"},"
              "\"policy\":\"%s\"}\n");
    diag_set(&diag, "plain", "plain");
    outcome.event = 0;
    outcome.id = VIEW("x");
    outcome.reason = (struct view){NULL, 0};
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "{\"line\":3,\"id\":\"x\",\"event\":\"payment\",\"verdict\":\"review\",\"level\":0,"
              "\"error\":{\"code\":\"plain\",\"message\":\"plain\"},\"policy\":\"%s\"}\n");
    close_fixture(&f);
}

static void decisions_and_errors_as_csv(void **state)
{
    (void)state;
    struct fixture f;
    struct diag diag;
    open_fixture(&f, ENGINE_CSV, true);
    render_header(&f.render, &f.out);
    check(&f, "line,id,event,at,verdict,level,score,reason,rules,sentences,shadow,error,"
              "spent,latest\n");
    struct engine_outcome outcome = decided();
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "7,\"p\"\"1\"\"\",payment,2026-01-01T00:00:00.001Z,challenge 2,2,-3,\"L\"\"G\","
              "large; scored,\"says \"\"so\"\"\n\x01" "; \",scored,,12.50,\"a \"\"b\"\",\tc\"\n");
    outcome = allowed();
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "18446744073709551615,p2,payment,1970-01-01T00:00:00Z,allow,0,0,,,,,,0.00,\n");
    outcome = refused(&diag);
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "3,,,,review,0,,ENGINE,,,,\"a \"\"thing\"\", bad\",,\n");
    close_fixture(&f);
    open_fixture(&f, ENGINE_CSV, false);
    render_header(&f.render, &f.out);
    check(&f, "line,id,event,at,verdict,level,score,reason,rules,sentences,shadow,error\n");
    close_fixture(&f);
}

/* A spreadsheet must not see a null in a text that says null. */
static void a_text_that_says_null_is_not_missing(void **state)
{
    (void)state;
    static const struct engine_feature said[] = {{.present = false},
                                                 {.present = true, .text = {"null", 4}}};
    struct fixture f;
    open_fixture(&f, ENGINE_CSV, true);
    struct engine_outcome outcome = allowed();
    outcome.features = said;
    render_outcome(&f.render, &outcome, &f.out);
    check(&f, "18446744073709551615,p2,payment,1970-01-01T00:00:00Z,allow,0,0,,,,,,,null\n");
    close_fixture(&f);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    for (int format = ENGINE_NDJSON; format <= ENGINE_CSV; format++) {
        for (size_t n = 1;; n++) {
            struct render render;
            struct buf out;
            struct engine_outcome outcome = decided();
            buf_init(&out, &meter.mem);
            meter.fail_at = meter.calls + n;
            enum status status =
                render_init(&render, policy, (enum engine_format)format, true, &meter.mem);
            if (status == STATUS_OK) {
                render_header(&render, &out);
                render_outcome(&render, &outcome, &out);
                status = buf_status(&out);
            }
            render_done(&render);
            buf_done(&out);
            assert_int_equal(meter.used_bytes, 0);
            if (status == STATUS_OK)
                break;
            assert_int_equal(status, STATUS_NO_MEMORY);
            assert_true(n < 100);
        }
    }
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_as_json),
        cmocka_unit_test(every_verdict_has_its_level),
        cmocka_unit_test(errors_as_json),
        cmocka_unit_test(decisions_and_errors_as_csv),
        cmocka_unit_test(a_text_that_says_null_is_not_missing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
