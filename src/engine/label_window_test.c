/* One idea: whatever counts by a label, or takes the lets of earlier events, must answer as a slow
 * look through all of them does, and may not know a label before its time. */
#include "engine/test_help.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/random.h"

#define PAYMENTS 1500u
#define SHOPS 6u
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define BEFORE (-1) /* as ending_ms */
#define FIRST_MS INT64_C(1767225600000) /* 2026-01-01 */

static const char POLICY[] =
    "policy labelled\n"
    "currency CNY\n"
    "event pay {\n"
    "  id: id   at: time as unix ms   shop: entity   amount: int   bad: bool?\n"
    "}\n"
    "event report { id: id   at: time as unix ms   of: ref pay }\n"
    "label fraud on pay = bad known after 7d\n"
    "label told on pay = exists report within 5d\n"
    "let count_bad = count(fraud) per shop over 20d ending 7d ago\n"
    "let count_good = count(not fraud) per shop over 20d ending 7d ago\n"
    "let age_bad = age(fraud) per shop over 20d ending 7d ago\n"
    "let since_good = since(not fraud) per shop over 30d ending 8d ago\n"
    "let sum_bad = sum(fraud.amount where amount > 5) per shop over 20d ending 7d ago\n"
    "let last_bad = last(fraud.amount) per shop over 20d ending 7d ago\n"
    "let rate_large = rate(fraud where amount > 5) per shop over 20d ending 7d ago\n"
    "let above = if amount > 3 then amount - seen_before else seen_before - amount\n"
    "let seen_before = count(pay) per shop over 2d before\n"
    "let ratio = amount / seen_before\n"
    "let sum_above = sum(pay.above where amount > 5) per shop over 3d before\n"
    "let last_ratio = last(fraud.ratio) per shop over 20d ending 7d ago\n"
    "let max_ratio = max(pay.ratio) per shop over 5d before\n"
    "let told_count = count(told) per shop over 20d\n"
    "let told_since = since(told) per shop over 20d\n";

struct payment {
    int64_t at_ms;
    uint32_t shop;
    int64_t amount;
    bool bad;
    bool told;
    int64_t seen_before; /* of the shop in two days */
};

struct history {
    struct payment payments[PAYMENTS];
    size_t count;
    int64_t newest_ms;
};

/* What the window (t - ending - over, t - ending] holds of a shop's payments, by hand. */
struct answer {
    int64_t count;
    int64_t sum;
    int64_t last;
    int64_t above;      /* sums of the lets */
    double last_ratio;
    int64_t last_ratio_ms;
    double max_ratio;
    bool has_ratio;
    int64_t oldest_ms;
    int64_t newest_ms;
};

enum choose { ALL, BAD, GOOD, BAD_LARGE, LARGE, TOLD, BAD_WITH_RATIO };

static bool chosen(const struct payment *payment, enum choose choose)
{
    switch (choose) {
    case ALL: return true;
    case BAD_WITH_RATIO: return payment->bad && payment->seen_before > 0;
    case BAD: return payment->bad;
    case GOOD: return !payment->bad;
    case BAD_LARGE: return payment->bad && payment->amount > 5;
    case LARGE: return payment->amount > 5;
    case TOLD: break;
    }
    return payment->told;
}

/* amount / seen_before, which is missing where nothing was seen. */
static void take_ratio(const struct payment *past, struct answer *answer)
{
    if (past->seen_before == 0)
        return;
    double ratio = (double)past->amount / (double)past->seen_before;
    if (!answer->has_ratio || past->at_ms >= answer->last_ratio_ms) {
        answer->last_ratio = ratio;
        answer->last_ratio_ms = past->at_ms;
    }
    answer->max_ratio = answer->has_ratio ? fmax(answer->max_ratio, ratio) : ratio;
    answer->has_ratio = true;
}

/* With BEFORE it leaves out the newest payment, which is the one that asks. */
static struct answer look(const struct history *history, enum choose choose, int64_t over_ms,
                          int64_t ending_ms)
{
    const struct payment *now = &history->payments[history->count - 1];
    struct answer answer = {0};
    size_t count = history->count - (ending_ms < 0);
    ending_ms = ending_ms < 0 ? 0 : ending_ms;
    for (size_t i = 0; i < count; i++) {
        const struct payment *past = &history->payments[i];
        int64_t age_ms = now->at_ms - past->at_ms;
        if (past->shop != now->shop || age_ms < ending_ms || age_ms >= ending_ms + over_ms ||
            !chosen(past, choose))
            continue;
        bool first = answer.count == 0;
        bool newest = first || past->at_ms >= answer.newest_ms;
        answer.oldest_ms = first || past->at_ms < answer.oldest_ms ? past->at_ms
                                                                   : answer.oldest_ms;
        answer.newest_ms = newest ? past->at_ms : answer.newest_ms;
        answer.last = newest ? past->amount : answer.last;
        answer.sum += past->amount;
        answer.above += past->amount > 3 ? past->amount - past->seen_before
                                         : past->seen_before - past->amount;
        take_ratio(past, &answer);
        answer.count++;
    }
    return answer;
}

static void expect_number(const char *line, const char *name, bool present, double expected)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(line, key);
    assert_non_null(at);
    at += strlen(key);
    if (!present) {
        assert_memory_equal(at, "null", 4);
        return;
    }
    double got = strtod(at, NULL);
    if (fabs(got - expected) > 1e-9)
        fail_msg("%s: %g and not %g in %s", name, got, expected, line);
}

static void expect_since(const struct history *history, const char *line, const char *name,
                         struct answer answer, int64_t event_ms)
{
    int64_t now_ms = history->payments[history->count - 1].at_ms;
    expect_number(line, name, answer.count > 0, (double)(now_ms - event_ms) / 1000.0);
}

static void expect_lets(const struct history *history, const char *line)
{
    struct answer recent = look(history, LARGE, 3 * DAY_MS, BEFORE);
    expect_number(line, "sum_above", true, (double)recent.above);
    struct answer ratios = look(history, ALL, 5 * DAY_MS, BEFORE);
    expect_number(line, "max_ratio", ratios.has_ratio, ratios.max_ratio);
    struct answer bad_ratio = look(history, BAD_WITH_RATIO, 20 * DAY_MS, 7 * DAY_MS);
    expect_number(line, "last_ratio", bad_ratio.has_ratio, bad_ratio.last_ratio);
}

static void expect_all(const struct history *history, const char *line)
{
    expect_lets(history, line);
    struct answer bad = look(history, BAD, 20 * DAY_MS, 7 * DAY_MS);
    expect_number(line, "count_bad", true, (double)bad.count);
    expect_since(history, line, "age_bad", bad, bad.oldest_ms);
    expect_number(line, "last_bad", bad.count > 0, (double)bad.last);
    struct answer good = look(history, GOOD, 20 * DAY_MS, 7 * DAY_MS);
    expect_number(line, "count_good", true, (double)good.count);
    struct answer older = look(history, GOOD, 30 * DAY_MS, 8 * DAY_MS);
    expect_since(history, line, "since_good", older, older.newest_ms);
    struct answer bad_large = look(history, BAD_LARGE, 20 * DAY_MS, 7 * DAY_MS);
    expect_number(line, "sum_bad", true, (double)bad_large.sum);
    struct answer large = look(history, LARGE, 20 * DAY_MS, 7 * DAY_MS);
    expect_number(line, "rate_large", large.count > 0,
                  (double)bad_large.count / (double)large.count);
    struct answer told = look(history, TOLD, 20 * DAY_MS, 0);
    expect_number(line, "told_count", true, (double)told.count);
    expect_since(history, line, "told_since", told, told.newest_ms);
}

/* A report of a payment of the last days; within five days it counts. */
static void report_one(struct help_run *run, struct random *random, struct history *history)
{
    char line[256];
    size_t back = (size_t)random_below(random, 20) + 1;
    if (back > history->count)
        return;
    struct payment *past = &history->payments[history->count - back];
    int64_t now_ms = history->payments[history->count - 1].at_ms;
    snprintf(line, sizeof line,
             "{\"event\":\"report\",\"id\":\"r%zu\",\"at\":%" PRId64 ",\"of\":\"p%zu\"}",
             history->count, now_ms, history->count - back);
    help_feed(run, line);
    past->told |= now_ms - past->at_ms <= 5 * DAY_MS;
}

/* A payment that comes twice counts once. */
static void say_again(struct help_run *run, const char *line)
{
    help_feed(run, line);
    assert_non_null(strstr(help_feed(run, line), "\"duplicate\":true"));
}

static void pay_one(struct help_run *run, struct random *random, struct history *history)
{
    char line[256];
    struct payment *payment = &history->payments[history->count];
    int64_t step_ms = (int64_t)random_below(random, 3) * HOUR_MS;
    history->newest_ms += step_ms;
    payment->at_ms = history->newest_ms;
    if (random_below(random, 6) == 0)
        payment->at_ms -= (int64_t)random_below(random, 20) * HOUR_MS;
    payment->shop = (uint32_t)random_below(random, SHOPS);
    payment->amount = (int64_t)random_below(random, 12);
    payment->bad = random_below(random, 4) == 0;
    bool missing = !payment->bad && random_below(random, 3) == 0;
    snprintf(line, sizeof line,
             "{\"event\":\"pay\",\"id\":\"p%zu\",\"at\":%" PRId64 ",\"shop\":\"s%u\",\"amount\":%d,"
             "\"bad\":%s}",
             history->count, payment->at_ms, payment->shop, (int)payment->amount,
             missing ? "null" : payment->bad ? "true" : "false");
    if (random_below(random, 8) == 0)
        say_again(run, line);
    history->count++;
    payment->seen_before = look(history, ALL, 2 * DAY_MS, BEFORE).count;
    expect_all(history, help_feed(run, line));
}

static void aggregates_by_label_answer_as_a_slow_look_does(void **state)
{
    (void)state;
    struct random random;
    uint64_t seed = 20260103;
    print_message("# seed %" PRIu64 "\n", seed);
    random_init(&random, seed);
    struct policy *policy = help_compile(POLICY);
    struct history *history = calloc(1, sizeof *history);
    struct help_run run;
    assert_non_null(history);
    history->newest_ms = FIRST_MS;
    help_open(&run, policy);
    while (history->count < PAYMENTS) {
        pay_one(&run, &random, history);
        if (random_below(&random, 5) == 0)
            report_one(&run, &random, history);
    }
    free(history);
    help_close(&run);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregates_by_label_answer_as_a_slow_look_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
