/* One idea: what a model says is in the decision, word for word, and without it holds what the
 * policy says. Margins and contributions are worked out by hand from trees of one split. */
#include "engine/test_model.h"

#include <math.h>

static const char POLICY[] =
    "policy served\n"
    "currency EUR\n"
    "on error challenge 1 \"ENGINE\"\n"
    "event payment {\n"
    "  id: id   at: time   account: entity   amount: money   n: int?   age: duration?\n"
    "  kind: one of card, bank   flag: bool\n"
    "}\n"
    "event login { id: id   at: time   account: entity }\n"
    "let spent_1h = sum(payment.amount) per account over 1h\n"
    "let big = if n is present then n * 1000000000000000 else 0\n"
    "model risk = \"risk.json\" (amount rising, spent_1h rising, age, kind, flag excluded)\n"
    "model next = \"next.json\" (amount, flag) challenges risk\n"
    "model quiet = \"quiet.json\" (spent_1h, payment.flag) on error rules\n"
    "model strict = \"strict.json\" (payment.amount, big) on error block \"STRICT\"\n"
    "rule sure \"Risk {risk} of {account}\" on payment when risk >= 0.8 then review \"RISK\"\n"
    "  explain 3\n"
    "rule some \"some\" on payment when risk >= 0.5 then score 10 explain 1\n"
    "rule unsure \"not unlike {quiet}\" on payment when amount > EUR 1.00 then score 1\n"
    "rule watched \"watched\" on payment when quiet < 0.5 then block explain 1 shadow\n"
    "rule stern \"stern\" on payment when strict < 0.0001 then review\n"
    "rule plain \"plain\" on payment when amount > EUR 500.00 then challenge 1 \"PLAIN\"\n";

enum { RISK, NEXT, QUIET, STRICT, MODELS };

/* Not in the order of the policy. Contributions: the leaf less what all rows got on average. */
static const char *const risk_names[] = {"spent_1h", "amount", "kind", "age", NULL};
static const struct help_stump risk_stumps[] = {
    {0, 1000, -1, 1.5, false},      /* -1 or 1.5 */
    {1, 500, -0.5, 1.25, false},    /* -0.7 or 1.05 */
    {2, 1, 0.25, -0.25, false},     /* bank goes right: 0.2 or -0.3 */
    {3, 3600, 0.75, -0.75, false},  /* 0.6 or -0.9 */
};
static const struct help_forest risk = {risk_names, 4, 2, risk_stumps, 4};

static const char *const next_names[] = {"flag", "amount", NULL};
static const struct help_stump next_stumps[] = {{0, 0.5, -3, 3, true}, {1, 1e6, 0.001, 0, true}};
static const struct help_forest next = {next_names, 2, -1, next_stumps, 2};

static const char *const quiet_names[] = {"spent_1h", "flag", NULL};
static const struct help_stump quiet_stumps[] = {{0, 5000, 1, 1, true}, {1, 0.5, -4, 4, true}};
static const struct help_forest quiet = {quiet_names, 2, -1, quiet_stumps, 2};

/* Without names: the arguments in their order. */
static const struct help_stump strict_stumps[] = {{1, 1e18, 2, 2, true}};
static const struct help_forest strict = {NULL, 2, -1, strict_stumps, 1};

static const struct help_forest *const files[MODELS] = {&risk, &next, &quiet, &strict};

#define PAY(id, amount, more)                                                                      \
    "{\"event\":\"payment\",\"id\":\"" id "\",\"at\":\"2026-01-20T00:00:00Z\",\"account\":\"" id   \
    "\",\"amount\":" amount ",\"kind\":\"bank\",\"flag\":true" more "}"

static void load(struct engine *engine, uint16_t number)
{
    struct diag diag = {.code = ""};
    if (help_load(engine, number, files[number], &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
}

/* A run with those models whose bits are set in `loaded`. */
static void open_with(struct help_run *run, unsigned loaded)
{
    help_open(run, help_compile(POLICY));
    for (uint16_t i = 0; i < MODELS; i++) {
        if ((loaded >> i & 1) != 0)
            load(run->engine, i);
    }
}

static void close_run(struct help_run *run)
{
    const struct policy *policy = run->policy;
    help_close(run);
    policy_free((struct policy *)(uintptr_t)policy);
}

/* The number behind `key` in an answer. */
static double number_behind(const char *answer, const char *key)
{
    const char *at = strstr(answer, key);
    if (at == NULL)
        fail_msg("no %s in %s", key, answer);
    return strtod(at + strlen(key), NULL);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-6))
        fail_msg("%.9g is not %.9g", value, expected);
}

static double logistic(double margin)
{
    return 1 / (1 + exp(-margin));
}

static void scores_hashes_and_reasons_are_in_the_decision(void **state)
{
    (void)state;
    struct help_run run;
    open_with(&run, 15);
    const char *answer = help_feed(&run, PAY("p1", "4210", ""));
    assert_near(number_behind(answer, "\"models\":{\"risk\":{\"score\":"), logistic(1.75));
    assert_near(number_behind(answer, "\"next\":{\"score\":"), logistic(3.001));
    char part[400];
    snprintf(part, sizeof part, ",\"hash\":\"%.16s\",\"reasons\":[{\"feature\":\"spent_1h\","
             "\"value\":4210.00,\"contribution\":", engine_model_hash(run.engine, RISK));
    assert_near(number_behind(answer, part), 1.5);
    assert_near(number_behind(answer, ",\"sentence\":\"spent_1h is 4,210.00, raises the risk by "
                              "1.50\"},{\"feature\":\"amount\",\"value\":4210.00,"
                              "\"contribution\":"), 1.05);
    assert_near(number_behind(answer, ",\"sentence\":\"amount is 4,210.00, raises the risk by "
                              "1.05\"},{\"feature\":\"age\",\"value\":null,"
                              "\"contribution\":"), -0.9);
    assert_non_null(strstr(answer, ",\"sentence\":\"age is missing, lowers the risk by 0.90\"}]}"));
    snprintf(part, sizeof part, ",\"hash\":\"%.16s\",\"challenges\":\"risk\"}",
             engine_model_hash(run.engine, NEXT));
    assert_non_null(strstr(answer, part));
    assert_non_null(strstr(answer, "\"verdict\":\"review\",\"level\":0,\"score\":11,"
                                   "\"reason\":\"RISK\""));
    assert_non_null(strstr(answer, "\"sentence\":\"Risk 0.85195"));
    close_run(&run);
}

static void values_of_all_kinds_are_told(void **state)
{
    (void)state;
    struct help_run run;
    open_with(&run, 1u << RISK | 1u << QUIET | 1u << STRICT);
    const char *answer = help_feed(&run, PAY("p1", "999.99", ",\"age\":\"1h\""));
    assert_near(number_behind(answer, "\"risk\":{\"score\":"), logistic(-1 + 1.25 - 0.25 - 0.75));
    close_run(&run);
    open_with(&run, 1u << RISK | 1u << QUIET | 1u << STRICT);
    answer = help_feed(&run, "{\"event\":\"payment\",\"id\":\"p\",\"at\":\"2026-01-20T00:00:00Z\","
                             "\"account\":\"a\",\"amount\":1000,\"kind\":\"card\",\"flag\":false,"
                             "\"age\":\"59m59s\"}");
    assert_near(number_behind(answer, "\"risk\":{\"score\":"), logistic(1.5 + 1.25 + 0.25 + 0.75));
    assert_non_null(strstr(answer, "age is 59m59s, raises the risk by 0.60"));
    assert_non_null(strstr(answer, "flag is false, lowers the risk by 3.20"));
    close_run(&run);
}

static void without_a_file_the_policy_says_what_holds(void **state)
{
    (void)state;
    struct help_run run;
    open_with(&run, 1u << STRICT | 1u << QUIET);
    help_expect(&run, PAY("p1", "100", ""), "\"verdict\":\"challenge 1\",\"level\":1,\"score\":1,"
                                            "\"reason\":\"ENGINE\",\"rules\":[{\"rule\":"
                                            "\"unsure\",");
    help_expect(&run, PAY("p2", "600", ""), "\"models\":{\"risk\":{\"error\":"
                                            "\"model-not-loaded\"},\"next\":{\"error\":"
                                            "\"model-not-loaded\",\"challenges\":\"risk\"},"
                                            "\"quiet\":{\"score\":");
    close_run(&run);
    open_with(&run, 1u << RISK | 1u << STRICT);
    help_expect(&run, PAY("p1", "100", ""), "\"verdict\":\"allow\",\"level\":0,\"score\":0,"
                                            "\"rules\":[],\"shadow\":[]");
    close_run(&run);
    open_with(&run, 1u << RISK);
    help_expect(&run, PAY("p1", "4210", ""), "\"verdict\":\"block\",\"level\":0,\"score\":10,"
                                             "\"reason\":\"STRICT\",\"rules\":[{\"rule\":"
                                             "\"sure\",");
    close_run(&run);
}

static void an_argument_that_overflows_is_no_score(void **state)
{
    (void)state;
    struct help_run run;
    open_with(&run, 15);
    help_expect(&run, PAY("p1", "1", ",\"n\":10000"), "\"verdict\":\"block\",\"level\":0,"
                                                      "\"score\":0,\"reason\":\"STRICT\"");
    help_expect(&run, PAY("p2", "1", ",\"n\":10000"),
                "\"strict\":{\"error\":\"arithmetic-overflow\",\"hash\":\"");
    assert_string_equal(run.code, "arithmetic-overflow");
    help_expect(&run, PAY("p3", "1", ",\"n\":10000"), "\"risk\":{\"score\":0");
    close_run(&run);
}

/* Two trees of LightGBM whose leaves are finite and whose sum is not. */
#define HUGE_TREE(number, value)                                                                   \
    "Tree=" number "\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nsplit_gain=1\nthreshold=0.5\n"     \
    "decision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=0 " value "\nleaf_weight=60 40\n"  \
    "leaf_count=60 40\ninternal_value=0\ninternal_weight=100\ninternal_count=100\nis_linear=0\n"   \
    "shrinkage=1\n\n\n"
static const char HUGE_SUM[] =
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"
    "max_feature_idx=0\nobjective=regression\nfeature_names=amount\nfeature_infos=[0:1]\n\n"
    HUGE_TREE("0", "1.7e308") HUGE_TREE("1", "1.7e308") "end of trees\n\n";

static void a_model_that_gives_no_number_has_no_score(void **state)
{
    (void)state;
    struct help_run run;
    struct diag diag = {.code = ""};
    open_with(&run, 1u << QUIET | 1u << STRICT);
    if (engine_model_load(run.engine, RISK, view_of(HUGE_SUM), &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    help_expect(&run, PAY("p1", "0.1", ""), "\"risk\":{\"score\":0,");
    help_expect(&run, PAY("p2", "600", ""), "\"risk\":{\"error\":\"no-score\",\"hash\":\"");
    help_expect(&run, PAY("p2", "600", ""), "\"verdict\":\"challenge 1\",\"level\":1,\"score\":1,"
                                            "\"reason\":\"ENGINE\",\"duplicate\":true");
    close_run(&run);
}

static void an_event_without_models_says_nothing_of_them(void **state)
{
    (void)state;
    struct help_run run;
    open_with(&run, 15);
    const char *answer = help_feed(&run, "{\"event\":\"login\",\"id\":\"l\",\"at\":"
                                         "\"2026-01-20T00:00:00Z\",\"account\":\"a\"}");
    assert_int_equal(run.status, STATUS_OK);
    assert_null(strstr(answer, "models"));
    close_run(&run);
}

static void columns_of_csv(void **state)
{
    (void)state;
    struct help_run run;
    open_with(&run, 1u << RISK | 1u << QUIET | 1u << STRICT);
    render_done(&run.render);
    assert_int_equal(render_init(&run.render, run.policy, ENGINE_CSV, true, mem_libc()), STATUS_OK);
    render_header(&run.render, &run.out);
    assert_true(view_equal(buf_view(&run.out), VIEW(
        "line,id,event,at,verdict,level,score,reason,rules,sentences,shadow,error,"
        "risk,risk.points,risk.hash,risk.error,risk.reasons,"
        "next,next.points,next.hash,next.error,next.reasons,"
        "quiet,quiet.points,quiet.hash,quiet.error,quiet.reasons,"
        "strict,strict.points,strict.hash,strict.error,strict.reasons,spent_1h,big\n")));
    const char *answer = help_feed(&run, PAY("p1", "4210", ""));
    char part[300];
    snprintf(part, sizeof part, ",,%.16s,,\"spent_1h is 4,210.00, raises the risk by 1.50; amount "
             "is 4,210.00, raises the risk by 1.05; age is missing, lowers the risk by 0.90\""
             ",,,,model-not-loaded,,", engine_model_hash(run.engine, RISK));
    assert_non_null(strstr(answer, part));
    answer = help_feed(&run, "{\"event\":\"login\",\"id\":\"l\",\"at\":"
                             "\"2026-01-20T00:00:00Z\",\"account\":\"a\"}");
    assert_non_null(strstr(answer, ",allow,0,0,,,,,,,,,,,,,,,,,,,,,,,,,,0.00,"));
    close_run(&run);
}

static void a_repeated_id_says_the_same_of_other_files(void **state)
{
    (void)state;
    struct help_run run;
    struct help_run again;
    struct buf saved;
    struct diag diag;
    open_with(&run, 15);
    const char *part = ",\"rules\":[{\"rule\":\"sure\"";
    struct buf first;
    buf_init(&first, mem_libc());
    buf_put_text(&first, strstr(help_feed(&run, PAY("p1", "4210", "")), part));
    buf_put_char(&first, '\0');
    assert_int_equal(engine_model_load(run.engine, RISK, VIEW("nothing"), &diag), STATUS_INVALID);
    struct help_forest other = risk;
    other.stump_count = 3;
    assert_int_equal(help_load(run.engine, RISK, &other, &diag), STATUS_OK);
    const char *answer = help_feed(&run, PAY("p1", "4210", ""));
    assert_non_null(strstr(answer, "\"duplicate\":true"));
    assert_string_equal(strstr(answer, part), first.data);
    buf_init(&saved, mem_libc());
    assert_int_equal(engine_save(run.engine, &saved), STATUS_OK);
    help_open(&again, run.policy);
    assert_int_equal(engine_load(again.engine, buf_view(&saved), &diag), STATUS_OK);
    assert_string_equal(strstr(help_feed(&again, PAY("p1", "4210", "")), part), first.data);
    help_close(&again);
    buf_done(&saved);
    buf_done(&first);
    close_run(&run);
}

static void the_digest_is_of_the_files_too(void **state)
{
    (void)state;
    struct help_run run;
    uint64_t digests[4][2];
    open_with(&run, 0);
    engine_digest(run.engine, digests[0]);
    load(run.engine, QUIET);
    engine_digest(run.engine, digests[1]);
    struct help_forest other = quiet;
    struct diag diag;
    other.stump_count = 1;
    assert_int_equal(help_load(run.engine, QUIET, &other, &diag), STATUS_OK);
    engine_digest(run.engine, digests[2]);
    load(run.engine, QUIET);
    engine_digest(run.engine, digests[3]);
    assert_memory_equal(digests[1], digests[3], sizeof digests[1]);
    assert_memory_not_equal(digests[0], digests[1], sizeof digests[1]);
    assert_memory_not_equal(digests[2], digests[1], sizeof digests[1]);
    close_run(&run);
}

/* A card of two features: base 650, amounts from 1,000 on cost 54, a missing age gives 1. */
#define CELL(points) "{\"log_odds\":0,\"points\":" points ",\"rows\":1,\"positives\":0}"
static const char CARD[] =
    "{\"weir_model\":1,\"kind\":\"scorecard\",\"name\":\"risk\",\"features\":["
    "{\"name\":\"age\",\"type\":\"number\"},{\"name\":\"amount\",\"type\":\"number\"}],"
    "\"calibration\":null,\"trained\":{},\"body\":{"
    "\"scale\":{\"points\":660,\"odds\":15,\"double\":40,\"least\":300,\"most\":850},"
    "\"base\":{\"log_odds\":-2,\"points\":650},\"features\":["
    "{\"below\":[],\"bins\":[" CELL("-7") "],\"missing\":" CELL("1") ",\"special\":[]},"
    "{\"below\":[1000],\"bins\":[" CELL("240") "," CELL("-54") "],\"missing\":" CELL("0") ","
    "\"special\":[]}]}}";

/* The score that points stand for: 660 at 15 to 1, 40 more where the odds double. */
static double probability_of(double points)
{
    return 1 / (1 + 15 * exp2((points - 660) / 40));
}

static void a_scorecard_tells_its_points(void **state)
{
    (void)state;
    struct help_run run;
    struct diag diag = {.code = ""};
    open_with(&run, 15);
    if (engine_model_load(run.engine, RISK, view_of(CARD), &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    const char *answer = help_feed(&run, PAY("p1", "4210", ""));
    assert_near(number_behind(answer, "\"risk\":{\"score\":"), probability_of(650 + 1 - 54));
    assert_non_null(strstr(answer, ",\"points\":597,\"hash\":\""));
    assert_null(strstr(answer, "reasons"));
    assert_int_equal(number_behind(answer, "\"points\":"), 597);
    assert_null(strstr(strstr(answer, "\"next\":"), "\"points\""));
    answer = help_feed(&run, PAY("p2", "1", ",\"age\":\"1h\""));
    assert_non_null(strstr(answer, ",\"points\":850,\"hash\":\"")); /* 883, kept within the scale */
    close_run(&run);
}

/* A rule that asks for reasons of a scorecard. */
static const char POINTS_POLICY[] =
    "policy points\n"
    "event payment { id: id  at: time  account: entity  amount: number  age: duration? }\n"
    "model risk = \"card.json\" (amount, age)\n"
    "rule any \"{risk}\" on payment when risk >= 0.0 then score 1 explain 2\n";

static void points_of_reasons_are_in_every_output(void **state)
{
    (void)state;
    struct help_run run;
    struct help_run again;
    struct buf saved;
    struct diag diag = {.code = ""};
    help_open(&run, help_compile(POINTS_POLICY));
    if (engine_model_load(run.engine, 0, view_of(CARD), &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    const char *answer = help_feed(&run, PAY("p1", "4210", ""));
    assert_non_null(strstr(answer, ",\"points\":-54,\"sentence\":\"amount is 4210, costs 54 "
                                   "points\"},{\"feature\":\"age\",\"value\":null,"
                                   "\"contribution\":"));
    assert_non_null(strstr(answer, ",\"points\":1,\"sentence\":\"age is missing, gives 1 point\"}"
                                   "]"));
    buf_init(&saved, mem_libc());
    assert_int_equal(engine_save(run.engine, &saved), STATUS_OK);
    help_open(&again, run.policy);
    assert_int_equal(engine_load(again.engine, buf_view(&saved), &diag), STATUS_OK);
    answer = help_feed(&again, PAY("p1", "4210", ""));
    assert_non_null(strstr(answer, "\"duplicate\":true"));
    assert_non_null(strstr(answer, ",\"points\":597,"));
    assert_non_null(strstr(answer, "amount is 4210, costs 54 points"));
    render_done(&again.render);
    assert_int_equal(render_init(&again.render, run.policy, ENGINE_CSV, false, mem_libc()),
                     STATUS_OK);
    answer = help_feed(&again, PAY("p1", "4210", ""));
    char part[200];
    snprintf(part, sizeof part, ",597,%.16s,,\"amount is 4210, costs 54 points; age is missing, "
             "gives 1 point\"", engine_model_hash(run.engine, 0));
    if (strstr(answer, part) == NULL)
        fail_msg("no %s in %s", part, answer);
    help_close(&again);
    buf_done(&saved);
    close_run(&run);
}

/* ---- files that do not fit ---- */

static void refuse(const struct help_forest *forest, const char *message)
{
    struct help_run run;
    struct diag diag = {.code = ""};
    open_with(&run, 1u << RISK);
    char before[65];
    memcpy(before, engine_model_hash(run.engine, RISK), sizeof before);
    assert_int_equal(help_load(run.engine, RISK, forest, &diag), STATUS_INVALID);
    if (strstr(diag.message, message) == NULL)
        fail_msg("'%s' is not '%s'", diag.message, message);
    assert_string_equal(engine_model_hash(run.engine, RISK), before);
    close_run(&run);
}

static void files_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const char *const unknown[] = {"amount", "speed", NULL};
    const char *const twice[] = {"amount", "age", "amount", NULL};
    const char *const excluded[] = {"amount", "flag", NULL};
    const char *const amount[] = {"amount", NULL};
    const struct help_stump stump = {0, 1, -1, 1, true};
    refuse(&(struct help_forest){unknown, 2, -1, &stump, 1},
           "feature 1 of the file is `speed`, which is no argument of `risk`");
    refuse(&(struct help_forest){twice, 3, -1, &stump, 1},
           "feature 2 of the model file has the name of another one");
    refuse(&(struct help_forest){excluded, 2, -1, &stump, 1},
           "feature 1 of the file is `flag`, which the policy excludes");
    refuse(&(struct help_forest){amount, 1, 0, &stump, 1}, "takes `amount` as a category");
    refuse(&(struct help_forest){NULL, 5, -1, &stump, 1},
           "the file has 5 features without names, and `risk` has 4 arguments");
}

static void a_file_may_use_fewer_arguments(void **state)
{
    (void)state;
    struct help_run run;
    struct diag diag;
    const char *const amount[] = {"amount", NULL};
    const struct help_stump stump = {0, 1, -1, 1, true};
    open_with(&run, 1u << QUIET | 1u << STRICT);
    assert_int_equal(help_load(run.engine, RISK, &(struct help_forest){amount, 1, -1, &stump, 1},
                               &diag), STATUS_OK);
    assert_near(number_behind(help_feed(&run, PAY("p1", "1", "")), "\"risk\":{\"score\":"),
                logistic(1));
    close_run(&run);
}

/* ---- memory ---- */

static void put_pay(struct buf *out, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        buf_printf(out, "{\"event\":\"payment\",\"id\":\"p%u\",\"at\":\"2026-01-20T00:00:%02uZ\","
                        "\"account\":\"a%u\",\"amount\":%u,\"kind\":\"card\",\"flag\":%s}\n",
                   i, i / 100 % 60, i % 13, i % 900, i % 3 == 0 ? "true" : "false");
    assert_int_equal(buf_status(out), STATUS_OK);
}

static void scoring_allocates_nothing(void **state)
{
    (void)state;
    struct help_run run;
    struct mem_meter meter;
    struct buf lines;
    struct policy *policy = help_compile(POLICY);
    mem_meter_init(&meter, mem_libc());
    help_open_as(&run, policy, &meter.mem, HELP_SEED, false);
    for (uint16_t i = 0; i < MODELS; i++)
        load(run.engine, i);
    buf_init(&lines, mem_libc());
    put_pay(&lines, 0, 2000);
    assert_int_equal(help_feed_as(&run, ENGINE_NDJSON, buf_view(&lines), 50), STATUS_OK);
    uint64_t calls = meter.calls;
    buf_clear(&lines);
    put_pay(&lines, 2000, 30);
    assert_int_equal(help_feed_as(&run, ENGINE_NDJSON, buf_view(&lines), 30), STATUS_OK);
    assert_int_equal(meter.calls, calls);
    buf_done(&lines);
    close_run(&run);
    assert_int_equal(meter.used_bytes, 0);
}

static void every_allocation_of_a_load_may_fail(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    size_t failures = 0;
    for (enum status status = STATUS_NO_MEMORY; status != STATUS_OK; failures++) {
        struct mem_meter meter;
        struct engine *engine = NULL;
        struct diag diag;
        mem_meter_init(&meter, mem_libc());
        struct engine_options options = {policy, &meter.mem, HELP_SEED, false};
        assert_int_equal(engine_new(&options, &engine, &diag), STATUS_OK);
        meter.fail_at = meter.calls + failures + 1;
        status = help_load(engine, RISK, &risk, &diag);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        assert_true((engine_model_hash(engine, RISK) == NULL) == (status != STATUS_OK));
        engine_free(engine);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_true(failures > 1);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_hashes_and_reasons_are_in_the_decision),
        cmocka_unit_test(values_of_all_kinds_are_told),
        cmocka_unit_test(without_a_file_the_policy_says_what_holds),
        cmocka_unit_test(an_argument_that_overflows_is_no_score),
        cmocka_unit_test(a_model_that_gives_no_number_has_no_score),
        cmocka_unit_test(an_event_without_models_says_nothing_of_them),
        cmocka_unit_test(columns_of_csv),
        cmocka_unit_test(a_repeated_id_says_the_same_of_other_files),
        cmocka_unit_test(the_digest_is_of_the_files_too),
        cmocka_unit_test(a_scorecard_tells_its_points),
        cmocka_unit_test(points_of_reasons_are_in_every_output),
        cmocka_unit_test(files_that_do_not_fit_are_refused),
        cmocka_unit_test(a_file_may_use_fewer_arguments),
        cmocka_unit_test(scoring_allocates_nothing),
        cmocka_unit_test(every_allocation_of_a_load_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
