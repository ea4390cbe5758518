/* One idea: time passes in one place. Arrivals of honest people are one Poisson process of the
 * whole population, thinned by each one's waking hours; whatever they and the criminals plan waits
 * in a queue; the next line is the earlier of the two.
 *
 * Invariants:
 * 1. nothing is planned before the event that is being given out, so lines are in order of time;
 * 2. honest people's luck comes from one random stream that criminals never draw from, so the
 *    honest events of a world are the same with and without its criminals;
 * 3. ids are numbered when events are given out, so an event can only name an earlier one. */
#include "sim/sim.h"

#include "base/assert.h"
#include "sim/world_int.h"

#define PENDING_FIXED 16384u
#define PENDING_PER_CUSTOMER 2u
#define PER_MILLE 1000u

_Static_assert(PENDING_FIXED * (sizeof(struct event) + sizeof(struct queue_key)) +
                   sizeof(struct sim) <= SIM_BYTES_FIXED_MAX, "the header's promise");
_Static_assert(PENDING_PER_CUSTOMER * (sizeof(struct event) + sizeof(struct queue_key)) <=
                   SIM_BYTES_PER_CUSTOMER_MAX, "the header's promise");
_Static_assert(CRIME_EVENTS_MAX < PENDING_FIXED, "a crime fits into an empty world");

static const struct business *const businesses[SIM_BUSINESS_COUNT] = {
    [SIM_PAYMENTS] = &business_payments,         [SIM_BANKING] = &business_banking,
    [SIM_LOANS] = &business_loans,               [SIM_CROWDFUNDING] = &business_crowdfunding,
    [SIM_CREDIT] = &business_credit,             [SIM_WEALTH] = &business_wealth,
};

/* Which business an event belongs to: whose share of fraud it counts in, and who follows it up. */
static const uint8_t business_of[SIM_EVENT_COUNT] = {
    [SIM_LOGIN] = SIM_PAYMENTS,              [SIM_PAYMENT] = SIM_PAYMENTS,
    [SIM_CHARGEBACK] = SIM_PAYMENTS,         [SIM_PAYEE_ADDED] = SIM_BANKING,
    [SIM_TRANSFER] = SIM_BANKING,            [SIM_LOAN_APPLICATION] = SIM_LOANS,
    [SIM_LOAN_REPAYMENT] = SIM_LOANS,        [SIM_LOAN_DEFAULT] = SIM_LOANS,
    [SIM_PROJECT_CREATED] = SIM_CROWDFUNDING, [SIM_PLEDGE] = SIM_CROWDFUNDING,
    [SIM_PAYOUT] = SIM_CROWDFUNDING,         [SIM_CREDIT_QUERY] = SIM_CREDIT,
    [SIM_INVESTMENT] = SIM_WEALTH,           [SIM_REDEMPTION] = SIM_WEALTH,
};

static const bool judged[SIM_EVENT_COUNT] = {
#define EVENT_JUDGED(name, text, letter, is_judged) [SIM_##name] = is_judged,
    SIM_EVENT_TABLE(EVENT_JUDGED)
#undef EVENT_JUDGED
};

bool world_has(const struct sim *sim, enum sim_business business)
{
    return (sim->config.businesses >> business & 1u) != 0;
}

struct person world_person(const struct sim *sim, uint32_t number)
{
    return people_person(&sim->people, &sim->places, number);
}

struct random *world_luck(struct sim *sim, uint8_t scenario)
{
    return scenario == HONEST ? &sim->honest : &sim->crime[scenario];
}

void world_push(struct sim *sim, const struct event *event)
{
    if (event->scenario != HONEST && event->type != EVENT_WAKE && judged[event->type])
        sim->planned++;
    queue_push(&sim->queue, event);
}

bool world_room(const struct sim *sim, uint32_t count)
{
    return queue_room(&sim->queue) >= count;
}

uint8_t world_draw_country(const struct sim *sim, struct random *random)
{
    return sim->places.country_of_permille[random_below(random, PER_MILLE)];
}

/* Events per 1000 customers and day, all businesses of the mask together. */
static uint64_t events_rate(uint32_t mask)
{
    uint64_t rate = 0;
    for (int b = 0; b < SIM_BUSINESS_COUNT; b++)
        rate += (mask >> b & 1u) != 0 ? businesses[b]->events : 0;
    return rate;
}

/* Fills in what a configuration leaves to us, once it is known to be within the limits. */
static void complete(struct sim_config *config)
{
    if (config->scenarios == SIM_SCENARIO_ALL) {
        config->scenarios = 0;
        for (size_t s = 0; s < SIM_SCENARIO_COUNT; s++)
            if ((sim_scenario_at(s)->businesses & config->businesses) != 0)
                config->scenarios |= 1u << s;
    }
    if (config->customers != 0)
        return;
    uint64_t per_day = events_rate(config->businesses);
    uint64_t customers = config->events_max * PER_MILLE / (config->days * per_day) + 1;
    customers = customers < SIM_CUSTOMERS_MIN ? SIM_CUSTOMERS_MIN : customers;
    customers = customers > SIM_CUSTOMERS_MAX ? SIM_CUSTOMERS_MAX : customers;
    config->customers = (uint32_t)customers;
}

static enum status refuse(struct diag *diag, const char *field, const char *message)
{
    diag_set(diag, "sim-config", "%s", message);
    diag_field(diag, "%s", field);
    return STATUS_INVALID;
}

static enum status check_scenarios(const struct sim_config *config, struct diag *diag)
{
    if (config->scenarios == SIM_SCENARIO_ALL)
        return STATUS_OK;
    if (config->scenarios >> SIM_SCENARIO_COUNT != 0)
        return refuse(diag, "scenarios", "there is no scenario of that number");
    for (size_t s = 0; s < SIM_SCENARIO_COUNT; s++) {
        const struct sim_choice *scenario = sim_scenario_at(s);
        if ((config->scenarios >> s & 1u) == 0 || (scenario->businesses & config->businesses) != 0)
            continue;
        int host = __builtin_ctz(scenario->businesses);
        diag_set(diag, "sim-config", "the scenario %s happens in no business that was chosen",
                 scenario->name);
        diag_field(diag, "scenarios");
        diag_hint(diag, "choose the business %s too", sim_business_at((size_t)host)->name);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status check(const struct sim_config *config, struct diag *diag)
{
    if (config->customers == 0 && config->events_max == 0)
        return refuse(diag, "customers", "either customers or events must be given");
    if (config->customers != 0 &&
        (config->customers < SIM_CUSTOMERS_MIN || config->customers > SIM_CUSTOMERS_MAX))
        return refuse(diag, "customers", "customers must be 50 to 5,000,000");
    if (config->days < 1 || config->days > SIM_DAYS_MAX)
        return refuse(diag, "days", "days must be 1 to 3,660");
    if (config->start_ms < SIM_START_MS_MIN || config->start_ms > SIM_START_MS_MAX)
        return refuse(diag, "start", "the start must lie between 1970-01-01 and 2100-01-01");
    if (config->events_max > SIM_EVENTS_MAX)
        return refuse(diag, "events", "events must be at most 4,000,000,000");
    if (config->businesses == 0 || config->businesses >> SIM_BUSINESS_COUNT != 0)
        return refuse(diag, "businesses", "at least one of the six businesses must be chosen");
    if (config->fraud_ppm > SIM_FRAUD_PPM_MAX)
        return refuse(diag, "fraud_rate", "at most one event in ten can be fraud");
    return check_scenarios(config, diag);
}

uint64_t sim_events_expected(const struct sim_config *config)
{
    if (check(config, NULL) != STATUS_OK)
        return 0;
    if (config->customers == 0)
        return config->events_max;
    uint64_t rate = events_rate(config->businesses);
    uint64_t events = (uint64_t)config->customers * config->days * rate / PER_MILLE;
    uint64_t bound = config->events_max == 0 ? SIM_EVENTS_MAX : config->events_max;
    return events < bound ? events : bound;
}

static void push_midnight(struct sim *sim, int64_t at_ms)
{
    struct event event = {.at_ms = at_ms, .type = EVENT_WAKE, .scenario = HONEST};
    world_push(sim, &event);
}

/* When the next chance to arrive comes; most chances pass, since few are awake and busy. */
static void advance_clock(struct sim *sim)
{
    sim->clock_ms += draw_gap(&sim->honest) * sim->gap_ms;
    double left_ms = (double)(sim->end_ms - sim->config.start_ms);
    double capped_ms = sim->clock_ms < left_ms ? sim->clock_ms : left_ms;
    sim->arrival_ms = sim->config.start_ms + (int64_t)capped_ms;
}

/* Tells the criminals what to expect: what is judged in all the days, or in events_max events. */
static void start_crime(struct sim *sim)
{
    const struct sim_config *config = &sim->config;
    uint64_t days = (uint64_t)config->customers * config->days;
    uint64_t in_days = days * events_rate(config->businesses) / PER_MILLE + 1;
    uint64_t in_all = in_days < config->events_max ? in_days : config->events_max;
    uint64_t judged_in_all[SIM_BUSINESS_COUNT];
    for (int b = 0; b < SIM_BUSINESS_COUNT; b++) {
        double in_business = (double)days * businesses[b]->judged / PER_MILLE;
        judged_in_all[b] = (uint64_t)(in_business * (double)in_all / (double)in_days);
    }
    crime_init(sim, judged_in_all);
}

static void start_world(struct sim *sim)
{
    const struct sim_config *config = &sim->config;
    random_init(&sim->honest, draw_mix(config->seed, SALT_HOUSEHOLD, 0));
    for (uint64_t s = 0; s < SIM_SCENARIO_COUNT; s++)
        random_init(&sim->crime[s], draw_mix(config->seed, SALT_CRIME, s));
    people_init(&sim->people, config->seed, config->customers);
    places_init(&sim->places, config->customers);
    start_crime(sim);
    for (int b = 0; b < SIM_BUSINESS_COUNT; b++)
        sim->arrivals_sum += world_has(sim, (enum sim_business)b) ? businesses[b]->arrivals : 0;
    double per_day = (double)config->customers * sim->arrivals_sum / PER_MILLE;
    sim->gap_ms = (double)DAY / (per_day * sim->people.peak);
    push_midnight(sim, (config->start_ms / DAY + 1) * DAY);
    advance_clock(sim);
}

enum status sim_new(const struct sim_config *config, struct mem *mem, struct sim **ret_sim,
                    struct diag *diag)
{
    enum status status = check(config, diag);
    if (status != STATUS_OK)
        return status;
    struct sim *sim = mem_zeroed(mem, sizeof *sim);
    if (sim == NULL)
        return STATUS_NO_MEMORY;
    sim->mem = mem;
    sim->config = *config;
    complete(&sim->config);
    sim->end_ms = config->customers == 0 ? DATETIME_MS_MAX
                                         : config->start_ms + (int64_t)config->days * DAY;
    if (sim->config.events_max == 0)
        sim->config.events_max = SIM_EVENTS_MAX;
    status = queue_init(&sim->queue, mem,
                        PENDING_FIXED + sim->config.customers * PENDING_PER_CUSTOMER);
    if (status != STATUS_OK)
        goto fail;
    start_world(sim);
    *ret_sim = sim;
    return STATUS_OK;
fail:
    sim_free(sim);
    return status;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL)
        return;
    queue_done(&sim->queue);
    mem_free(sim->mem, sim, sizeof *sim);
}

static enum sim_business draw_business(struct sim *sim)
{
    uint64_t left = random_below(&sim->honest, sim->arrivals_sum);
    enum sim_business business = SIM_PAYMENTS;
    for (;; business++) {
        uint32_t arrivals = world_has(sim, business) ? businesses[business]->arrivals : 0;
        if (left < arrivals)
            return business;
        left -= arrivals;
    }
}

/* Someone may turn to a business now, if this is an hour of his. */
static void arrive(struct sim *sim)
{
    int64_t at_ms = sim->arrival_ms;
    uint32_t number = people_draw(&sim->people, &sim->honest);
    enum sim_business business = draw_business(sim);
    struct person person = world_person(sim, number);
    uint8_t profile = business == SIM_CREDIT ? PROFILE_OFFICE : person.profile;
    uint32_t ppm = people_awake_ppm(&sim->people, profile, person.country, at_ms);
    bool comes = draw_chance(&sim->honest, ppm);
    uint32_t room = queue_room(&sim->queue);
    if (comes && room >= ARRIVAL_EVENTS_MAX)
        businesses[business]->arrive(sim, &person, at_ms);
    else if (comes)
        sim->totals.left_out++;
    ASSERT(room - queue_room(&sim->queue) <= ARRIVAL_EVENTS_MAX);
    advance_clock(sim);
}

static void wake(struct sim *sim, const struct event *event)
{
    if (event->scenario == SIM_COMPROMISED_MERCHANT) {
        crime_compromised_merchant_harvest(sim, event->as.wake.argument, event->at_ms);
        return;
    }
    for (int b = 0; b < SIM_BUSINESS_COUNT; b++)
        if (world_has(sim, (enum sim_business)b) && businesses[b]->day != NULL)
            businesses[b]->day(sim, event->at_ms);
    push_midnight(sim, event->at_ms + DAY);
}

/* Lets time pass until something happens that has a line; false when the world is over. */
static bool next_event(struct sim *sim, struct event *ret_event)
{
    if (sim->totals.events >= sim->config.events_max)
        return false;
    for (;;) {
        int64_t due_ms = queue_due_ms(&sim->queue);
        if (due_ms >= sim->end_ms && sim->arrival_ms >= sim->end_ms)
            return false;
        if (due_ms > sim->arrival_ms) {
            arrive(sim);
            continue;
        }
        struct event event = queue_pop(&sim->queue);
        ASSERT(event.at_ms >= sim->now_ms);
        sim->now_ms = event.at_ms;
        if (event.type != EVENT_WAKE) {
            *ret_event = event;
            return true;
        }
        wake(sim, &event);
    }
}

static void count(struct sim *sim, const struct event *event)
{
    struct sim_totals *totals = &sim->totals;
    totals->events++;
    totals->by_type[event->type]++;
    if (!judged[event->type])
        return;
    totals->judged++;
    if (event->scenario == HONEST)
        return;
    totals->fraud++;
    totals->fraud_by_scenario[event->scenario]++;
    totals->fraud_minor_by_scenario[event->scenario] += line_amount(event);
}

enum status sim_next(struct sim *sim, struct buf *line)
{
    struct event event;
    char *to = buf_reserve(line, SIM_LINE_BYTES_MAX);
    if (to == NULL)
        return STATUS_NO_MEMORY;
    if (!next_event(sim, &event))
        return STATUS_END;
    enum sim_business business = business_of[event.type];
    uint32_t number = (uint32_t)sim->totals.by_type[event.type];
    char *end = line_write(to, &event, number, sim);
    ASSERT(end - to <= SIM_LINE_BYTES_MAX);
    line->size_bytes += (size_t)(end - to);
    count(sim, &event);
    if (businesses[business]->follow != NULL)
        businesses[business]->follow(sim, &event, number);
    if (judged[event.type])
        crime_account(sim, business, event.at_ms);
    return STATUS_OK;
}

const struct sim_totals *sim_totals(const struct sim *sim)
{
    return &sim->totals;
}

uint32_t sim_customers(const struct sim *sim)
{
    return sim->config.customers;
}
