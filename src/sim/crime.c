/* One idea: crime is paid for. Every judged event adds the configured share of a fraud to the
 * budgets of the scenarios of its business; a scenario whose budget is not in debt begins a crime
 * and pays for its frauds in advance. So the rate holds over time, whatever a crime's size. */
#include "base/assert.h"
#include "sim/world_int.h"

#define FRAUD_UNIT ((int64_t)1000000000) /* one fraud, in the unit of the budgets */
#define UNIT_PER_PPM (FRAUD_UNIT / 1000000)
#define PREPARATION (12 * HOUR)
#define RECRUITED_PPM 300000u            /* mules who are customers of long standing */
#define HOME_COUNTRY_PPM 400000u
#define DISPUTED_PPM 700000u

struct trade {
    void (*plan)(struct sim *sim, struct random *random, int64_t at_ms);
    uint32_t businesses;
    uint32_t share;
    uint32_t size;
};

static const struct trade trades[SIM_SCENARIO_COUNT] = {
#define CRIME_TRADE(name, text, businesses, share, size, sentence)                                \
    {crime_##text, businesses, share, size},
    SIM_SCENARIO_TABLE(CRIME_TRADE)
#undef CRIME_TRADE
};

static bool practised(const struct sim *sim, int s, int b)
{
    return (sim->config.scenarios >> s & 1u) != 0 && (sim->config.businesses >> b & 1u) != 0 &&
           (trades[s].businesses >> b & 1u) != 0;
}

/* A crime begins when its budget is out of debt. The first debts are drawn so that the rate is
 * right from the start on average; in a world too small to pay for one crime of a scenario they
 * are smaller, so that whoever asks for it sees it. */
static void draw_debts(struct sim *sim, const uint64_t judged[SIM_BUSINESS_COUNT])
{
    for (int s = 0; s < SIM_SCENARIO_COUNT; s++) {
        double due = 0.0;
        for (int b = 0; b < SIM_BUSINESS_COUNT; b++)
            due += (double)judged[b] * (double)sim->budget_step[b][s] / FRAUD_UNIT;
        double debt = due < 2.0 * trades[s].size ? due / 2.0 : trades[s].size;
        sim->budget[s] = -(int64_t)(random_unit(&sim->crime[s]) * debt * FRAUD_UNIT);
    }
}

void crime_init(struct sim *sim, const uint64_t judged[SIM_BUSINESS_COUNT])
{
    for (int b = 0; b < SIM_BUSINESS_COUNT; b++) {
        int64_t shares = 0;
        for (int s = 0; s < SIM_SCENARIO_COUNT; s++)
            shares += practised(sim, s, b) ? trades[s].share : 0;
        for (int s = 0; s < SIM_SCENARIO_COUNT; s++)
            if (practised(sim, s, b))
                sim->budget_step[b][s] =
                    sim->config.fraud_ppm * UNIT_PER_PPM * trades[s].share / shares;
    }
    draw_debts(sim, judged);
}

void crime_settle(struct sim *sim, enum sim_scenario scenario, int64_t frauds)
{
    sim->budget[scenario] -= frauds * FRAUD_UNIT;
}

static void begin(struct sim *sim, enum sim_scenario s, int64_t at_ms)
{
    uint32_t room = queue_room(&sim->queue);
    if (room < CRIME_EVENTS_MAX) {
        sim->totals.left_out++;
        crime_settle(sim, s, trades[s].size);
        return;
    }
    struct random *random = &sim->crime[s];
    sim->planned = 0;
    trades[s].plan(sim, random, at_ms + random_between(random, MINUTE, PREPARATION));
    ASSERT(room - queue_room(&sim->queue) <= CRIME_EVENTS_MAX);
    crime_settle(sim, s, sim->planned == 0 ? 1 : sim->planned);
}

void crime_account(struct sim *sim, enum sim_business business, int64_t at_ms)
{
    for (int s = 0; s < SIM_SCENARIO_COUNT; s++) {
        int64_t step = sim->budget_step[business][s];
        if (step == 0)
            continue;
        sim->budget[s] += step;
        if (sim->budget[s] >= 0)
            begin(sim, (enum sim_scenario)s, at_ms);
    }
}

uint32_t crime_stranger(struct sim *sim)
{
    uint32_t names = (1u << PERSON_BITS) - sim->config.customers;
    return sim->config.customers + sim->strangers++ % names;
}

uint32_t crime_mule(struct sim *sim, struct random *random)
{
    if (draw_chance(random, RECRUITED_PPM))
        return people_draw(&sim->people, random);
    return crime_stranger(sim);
}

struct seat crime_seat(struct random *random, uint8_t country)
{
    struct seat seat = {.country = country};
    seat.device = people_new_device(random);
    seat.ip = people_any_ip(random, country);
    seat.channel = random_below(random, 2) == 0 ? CHANNEL_WEB : CHANNEL_APP;
    return seat;
}

uint8_t crime_country(struct random *random, uint8_t home)
{
    if (draw_chance(random, HOME_COUNTRY_PPM))
        return home;
    return (uint8_t)random_below(random, COUNTRY_COUNT);
}

void crime_login(struct sim *sim, enum sim_scenario scenario, int64_t at_ms, uint32_t account,
                 struct seat seat, bool ok)
{
    struct event event = {
        .at_ms = at_ms, .type = SIM_LOGIN, .scenario = (uint8_t)scenario};
    event.as.login = (struct login){.seat = seat, .account = account, .ok = ok};
    world_push(sim, &event);
}

void crime_transfer(struct sim *sim, enum sim_scenario scenario, int64_t at_ms, uint32_t from,
                    uint32_t to, struct seat seat, int64_t amount_minor)
{
    struct event event = {
        .at_ms = at_ms, .type = SIM_TRANSFER, .scenario = (uint8_t)scenario};
    event.as.transfer = (struct transfer){
        .seat = seat, .amount_minor = amount_minor, .account = from, .payee = to};
    world_push(sim, &event);
}

void crime_payee(struct sim *sim, enum sim_scenario scenario, int64_t at_ms, uint32_t account,
                 uint32_t payee, struct seat seat)
{
    struct event event = {
        .at_ms = at_ms, .type = SIM_PAYEE_ADDED, .scenario = (uint8_t)scenario};
    event.as.payee_added = (struct payee_added){seat, account, payee};
    world_push(sim, &event);
}

void crime_payment(struct sim *sim, struct random *random, enum sim_scenario scenario,
                   int64_t at_ms, const struct payment *payment)
{
    bool disputed = draw_chance(random, DISPUTED_PPM);
    int64_t delay_ms = draw_delay(random, 8 * DAY);
    struct event event = {
        .at_ms = at_ms, .type = SIM_PAYMENT, .scenario = (uint8_t)scenario};
    event.as.payment = *payment;
    event.as.payment.dispute_after_s = disputed ? (uint32_t)(delay_ms / SECOND) : 0;
    world_push(sim, &event);
}

struct merchant crime_fence(struct sim *sim, struct random *random, uint8_t country)
{
    static const uint8_t categories[] = {CATEGORY_ELECTRONICS, CATEGORY_GIFT_CARDS, CATEGORY_GAMES,
                                         CATEGORY_JEWELLERY,   CATEGORY_FASHION,    CATEGORY_TRAVEL,
                                         CATEGORY_MARKETPLACE};
    uint8_t category = categories[random_below(random, sizeof categories)];
    double unit = random_unit(random);
    return places_merchant(&sim->places, country, category, unit);
}
