/* One idea: each scenario alone must show in the stream what its page says, and honest people must
 * have the habits that make crime hard to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/datetime.h"
#include "base/money.h"
#include "sim/sim.h"
#include "sim/sim_testing.h"

#define TEXTS_MAX 8192

/* How often each text was added. */
struct tally {
    size_t count;
    struct view texts[TEXTS_MAX];
    uint32_t times[TEXTS_MAX];
};

static struct tally tally;

static size_t tally_find(struct view text)
{
    size_t i = 0;
    while (i < tally.count && !view_equal(tally.texts[i], text))
        i++;
    return i;
}

static void tally_add(struct view text)
{
    size_t i = tally_find(text);
    assert_true(i < TEXTS_MAX);
    tally.texts[i] = text;
    tally.count += i == tally.count;
    tally.times[i]++;
}

static uint32_t tally_most(void)
{
    uint32_t most = 0;
    for (size_t i = 0; i < tally.count; i++)
        most = tally.times[i] > most ? tally.times[i] : most;
    return most;
}

static struct view get(struct view line, const char *name)
{
    return testing_value(line, view_of(name));
}

static bool is(struct view line, const char *name, const char *value)
{
    return view_equal(get(line, name), view_of(value));
}

static bool is_event(struct view line, const char *name)
{
    struct view event = get(line, "event");
    return event.size_bytes == strlen(name) + 2 &&
           memcmp(event.data + 1, name, strlen(name)) == 0;
}

static int64_t amount_of(struct view line)
{
    int64_t minor = 0;
    assert_int_equal(money_parse(get(line, "amount"), 2, &minor), STATUS_OK);
    return minor;
}

static int64_t time_of(struct view line)
{
    struct view at = get(line, "at");
    int64_t ms = 0;
    struct view bare = {at.data + 1, at.size_bytes - 2};
    assert_int_equal(datetime_parse(bare, &ms), STATUS_OK);
    return ms;
}

static struct buf tell(uint32_t businesses, uint32_t scenarios)
{
    struct sim_config config = sim_config_default();
    config.customers = 1000;
    config.businesses = businesses;
    config.scenarios = scenarios;
    struct sim *sim = NULL;
    struct buf all;
    buf_init(&all, mem_libc());
    assert_int_equal(sim_new(&config, mem_libc(), &sim, NULL), STATUS_OK);
    while (sim_next(sim, &all) == STATUS_OK)
        continue;
    assert_int_equal(buf_status(&all), STATUS_OK);
    sim_free(sim);
    tally.count = 0;
    memset(tally.times, 0, sizeof tally.times);
    return all;
}

static struct buf tell_scenario(enum sim_scenario scenario)
{
    return tell(sim_scenario_at(scenario)->businesses, 1u << scenario);
}

/* The next line that is marked as fraud; data is NULL at the end. */
static struct view take_marked(struct view *rest)
{
    struct view line = testing_take_line(rest);
    while (line.data != NULL && !is(line, "is_fraud", "true"))
        line = testing_take_line(rest);
    return line;
}

static void a_stolen_card_is_used_again_and_again(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_STOLEN_CARD);
    struct view rest = buf_view(&all);
    size_t payments = 0;
    size_t trials = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest), payments++) {
        assert_true(is_event(line, "payment"));
        tally_add(get(line, "card"));
        trials += amount_of(line) <= 2000;
    }
    assert_true(payments >= 3 * tally.count && payments <= 10 * tally.count);
    assert_true(trials * 10 > payments && trials * 2 < payments);
    buf_done(&all);
}

/* Whoever moves money has signed in before: in the tally are the accounts that were opened. */
static void a_taken_account_was_signed_into(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_ACCOUNT_TAKEOVER);
    struct view rest = buf_view(&all);
    size_t failures = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest)) {
        struct view owner = get(line, is_event(line, "redemption") ? "investor" : "account");
        if (is(line, "ok", "true"))
            tally_add(owner);
        else if (is(line, "ok", "false"))
            failures++;
        else
            assert_true(tally_find(owner) < tally.count);
    }
    assert_true(tally.count > 5 && failures > 2 * tally.count);
    buf_done(&all);
}

/* The first line that mentions an abused card is its owner's own. */
static void an_abused_card_was_used_honestly_before(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_COMPROMISED_MERCHANT);
    struct view rest = buf_view(&all);
    size_t abused = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest), abused++) {
        struct view card = get(line, "card");
        const char *at = memmem(all.data, all.size_bytes, card.data, card.size_bytes);
        struct view from = {at, (size_t)(all.data + all.size_bytes - at)};
        struct view first = testing_take_line(&from);
        assert_true(is(first, "is_fraud", "false"));
    }
    assert_true(abused > 10);
    buf_done(&all);
}

/* In the tally: who got criminal money, and victims, who added a payee. */
static void a_mule_passes_on_what_it_got(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_MULE_CHAIN);
    struct view rest = buf_view(&all);
    size_t abroad = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest)) {
        if (is_event(line, "payee_added")) {
            tally_add(get(line, "account"));
            continue;
        }
        assert_true(tally_find(get(line, "account")) < tally.count);
        tally_add(get(line, "payee"));
        abroad += get(line, "payee").data[1] == 'x';
    }
    assert_true(abroad > 2);
    buf_done(&all);
}

/* The tally of one field over the marked lines of one event. */
static void tally_marked(const struct buf *all, const char *event, const char *name)
{
    struct view rest = buf_view(all);
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest))
        if (is_event(line, event))
            tally_add(get(line, name));
}

static void many_pay_one_collector(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_FAN_IN);
    tally_marked(&all, "transfer", "payee");
    assert_true(tally_most() >= 12);
    buf_done(&all);
}

static void one_hub_pays_many(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_FAN_OUT);
    tally_marked(&all, "transfer", "account");
    assert_true(tally_most() >= 10);
    buf_done(&all);
}

static void pieces_stay_below_the_limit(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_STRUCTURING);
    struct view rest = buf_view(&all);
    size_t pieces = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest), pieces++)
        assert_true(amount_of(line) >= 3000000 && amount_of(line) < 5000000);
    assert_true(pieces >= 7);
    buf_done(&all);
}

static void a_workshop_shares_its_devices(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_IDENTITY_FARM);
    tally_marked(&all, "loan_application", "device");
    size_t devices = tally.count;
    tally_marked(&all, "loan_application", "applicant");
    size_t applicants = tally.count - devices;
    assert_true(applicants >= 8 && devices * 4 <= applicants);
    buf_done(&all);
}

/* Returns are paid while people still pledge, and no more is paid than came in. */
static void late_backers_pay_early_ones(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_CROWDFUNDING_PONZI);
    struct view rest = buf_view(&all);
    int64_t pool_minor = 0;
    size_t returns = 0;
    size_t pledges_after = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest)) {
        if (is_event(line, "pledge")) {
            pool_minor += amount_of(line);
            pledges_after += returns > 0;
        } else if (is_event(line, "payout")) {
            pool_minor -= amount_of(line);
            returns += is(line, "purpose", "\"return\"");
        }
        assert_true(pool_minor >= 0);
    }
    assert_true(returns >= 5 && pledges_after >= 5);
    buf_done(&all);
}

static void an_insider_looks_up_many(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_INSIDER_LOOKUP);
    tally_marked(&all, "credit_query", "operator");
    size_t operators = tally.count;
    assert_true(operators >= 1 && tally_most() >= 12);
    tally_marked(&all, "credit_query", "subject");
    assert_true(tally.count - operators >= 11);
    buf_done(&all);
}

static void risk_is_sold_to_the_cautious(void **state)
{
    (void)state;
    struct buf all = tell_scenario(SIM_MIS_SELLING);
    struct view rest = buf_view(&all);
    size_t sales = 0;
    struct view line = take_marked(&rest);
    for (; line.data != NULL; line = take_marked(&rest), sales++) {
        assert_true(is_event(line, "investment"));
        assert_true(get(line, "product_risk").data[0] >= '4');
        assert_true(get(line, "risk_capacity").data[0] <= '2');
        assert_non_null(get(line, "adviser").data);
    }
    assert_true(sales >= 6);
    buf_done(&all);
}

/* Counted over an honest world: who is asleep, mistypes, is dear, is abroad. */
static void honest_people_have_habits_and_break_them(void **state)
{
    (void)state;
    struct buf all = tell(1u << SIM_PAYMENTS, 0);
    struct view rest = buf_view(&all);
    double logins = 0;
    double failed = 0;
    double payments = 0;
    double night = 0;
    double abroad = 0;
    struct view line = testing_take_line(&rest);
    for (; line.data != NULL; line = testing_take_line(&rest)) {
        logins += is_event(line, "login");
        failed += is(line, "ok", "false");
        if (!is_event(line, "payment"))
            continue;
        int64_t hour_in_china = (time_of(line) / DATETIME_MS_HOUR + 8) % 24;
        payments++;
        night += hour_in_china >= 1 && hour_in_china < 5;
        abroad += !view_equal(get(line, "country"), get(line, "payee_country"));
    }
    print_message("# failed sign-ins %.4f, night %.4f, abroad %.4f\n", failed / logins,
                  night / payments, abroad / payments);
    assert_true(failed / logins > 0.03 && failed / logins < 0.12);
    assert_true(night / payments > 0.01 && night / payments < 0.08);
    assert_true(abroad / payments > 0.01 && abroad / payments < 0.06);
    buf_done(&all);
}

/* Favourites: an account returns to few payees; fame: few payees get most. */
static void payees_are_of_unequal_fame(void **state)
{
    (void)state;
    struct buf all = tell(1u << SIM_PAYMENTS, 0);
    struct view rest = buf_view(&all);
    uint32_t payments = 0;
    struct view line = testing_take_line(&rest);
    for (; line.data != NULL; line = testing_take_line(&rest)) {
        if (!is_event(line, "payment"))
            continue;
        tally_add(get(line, "payee"));
        payments++;
    }
    assert_true(tally.count > 500);
    assert_true(tally_most() > 20 * (payments / tally.count));
    buf_done(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stolen_card_is_used_again_and_again),
        cmocka_unit_test(a_taken_account_was_signed_into),
        cmocka_unit_test(an_abused_card_was_used_honestly_before),
        cmocka_unit_test(a_mule_passes_on_what_it_got),
        cmocka_unit_test(many_pay_one_collector),
        cmocka_unit_test(one_hub_pays_many),
        cmocka_unit_test(pieces_stay_below_the_limit),
        cmocka_unit_test(a_workshop_shares_its_devices),
        cmocka_unit_test(late_backers_pay_early_ones),
        cmocka_unit_test(an_insider_looks_up_many),
        cmocka_unit_test(risk_is_sold_to_the_cautious),
        cmocka_unit_test(honest_people_have_habits_and_break_them),
        cmocka_unit_test(payees_are_of_unequal_fame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
