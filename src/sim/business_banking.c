/* One idea: honest transfers have the same shapes as criminal ones: employers fan out on payday,
 * landlords and billers are fanned in to, families pass money on; only habit tells them apart. */
#include "sim/world_int.h"

#define ONLY_LOOKS_PPM 150000u
#define FRIENDS 4u
#define TENANTS 8u
#define LARGE_PPM 5000u          /* a car, a flat, a wedding */
#define TIDY_PPM 250000u         /* of these stay at or just below the reporting limit */
#define ROUND_PPM 600000u        /* amounts in whole hundreds */
#define PAYDAYS 5u

enum reason { REASON_FRIEND, REASON_BILL, REASON_RENT, REASON_NEW, REASON_COUNT };

int64_t banking_amount(struct random *random, const struct person *person)
{
    int64_t median_minor = 30 * (int64_t)(500 + person->wealth_permille / 2);
    int64_t minor = draw_amount(random, median_minor, 110);
    if (draw_chance(random, LARGE_PPM)) {
        bool tidy = draw_chance(random, TIDY_PPM);
        minor = random_between(random, tidy ? 4600000 : 2000000, tidy ? 4999999 : 30000000);
    }
    if (draw_chance(random, ROUND_PPM))
        minor = (minor / 10000 + 1) * 10000;
    return minor;
}

static uint32_t friend_of(const struct sim *sim, const struct person *person, uint64_t which)
{
    uint64_t bits = draw_mix(sim->people.key, SALT_FRIEND, (uint64_t)person->number << 3 | which);
    return (uint32_t)(bits % sim->config.customers);
}

static uint32_t draw_payee(struct sim *sim, const struct person *person, enum reason reason)
{
    struct random *random = &sim->honest;
    switch (reason) {
    case REASON_FRIEND:
        return friend_of(sim, person, random_below(random, FRIENDS));
    case REASON_BILL:
        return ACCOUNT_OF(ACCOUNT_BILLER, draw_zipf(random_unit(random), BILLERS));
    case REASON_RENT:
        return person->number / TENANTS * TENANTS;
    case REASON_NEW:
    case REASON_COUNT:
        break;
    }
    return (uint32_t)random_below(random, sim->config.customers);
}

static int64_t draw_transfer(struct random *random, const struct person *person,
                             enum reason reason)
{
    if (reason == REASON_BILL)
        return draw_amount(random, 18000, 60);
    if (reason != REASON_RENT)
        return banking_amount(random, person);
    int64_t rent_minor = draw_amount(random, 250 * (int64_t)person->wealth_permille, 10);
    return (rent_minor / 10000 + 1) * 10000;
}

static void push_payee(struct sim *sim, const struct person *person, uint32_t payee,
                       struct seat seat, int64_t at_ms)
{
    struct event event = {.at_ms = at_ms, .type = SIM_PAYEE_ADDED, .scenario = HONEST};
    event.as.payee_added = (struct payee_added){seat, person->number, payee};
    world_push(sim, &event);
}

static void arrive(struct sim *sim, const struct person *person, int64_t at_ms)
{
    static const uint8_t weights[REASON_COUNT] = {45, 30, 13, 12};
    struct random *random = &sim->honest;
    struct seat seat;
    at_ms = session_open(sim, random, person, at_ms, &seat);
    if (at_ms < 0 || draw_chance(random, ONLY_LOOKS_PPM))
        return;
    enum reason reason = (enum reason)draw_weighted(random, weights, REASON_COUNT);
    uint32_t payee = draw_payee(sim, person, reason);
    int64_t amount_minor = draw_transfer(random, person, reason);
    if (payee == person->number)
        return;
    at_ms += draw_delay(random, MINUTE);
    if (reason == REASON_NEW) {
        push_payee(sim, person, payee, seat, at_ms);
        at_ms += draw_delay(random, 4 * MINUTE);
    }
    struct event event = {.at_ms = at_ms, .type = SIM_TRANSFER, .scenario = HONEST};
    event.as.transfer = (struct transfer){
        .seat = seat, .amount_minor = amount_minor, .account = person->number, .payee = payee};
    world_push(sim, &event);
}

static bool is_employed(const struct person *person)
{
    return person->profile == PROFILE_WORKER || person->profile == PROFILE_NIGHT;
}

/* Plans the salary of the employer's next employee, from `step` on, if there is one. */
static void push_salary(struct sim *sim, uint32_t employer, uint32_t step, int64_t at_ms)
{
    struct person person = {.number = 0};
    for (;; step++) {
        uint32_t number = employer * EMPLOYER_PEOPLE + step;
        if (step >= EMPLOYER_PEOPLE || number >= sim->config.customers)
            return;
        person = world_person(sim, number);
        if (is_employed(&person))
            break;
    }
    uint64_t bits = draw_mix(sim->people.key, SALT_SALARY, person.number);
    int64_t salary_minor = (int64_t)(person.wealth_permille * (700 + bits % 300));
    struct event event = {.at_ms = at_ms, .type = SIM_TRANSFER, .scenario = HONEST};
    event.as.transfer = (struct transfer){
        .seat = {.country = person.country, .channel = CHANNEL_BATCH},
        .amount_minor = salary_minor,
        .account = ACCOUNT_OF(ACCOUNT_EMPLOYER, employer),
        .payee = person.number,
        .step = step + 1,
    };
    world_push(sim, &event);
}

static void follow(struct sim *sim, const struct event *event, uint32_t number)
{
    (void)number;
    const struct transfer *transfer = &event->as.transfer;
    if (event->type == SIM_TRANSFER && transfer->step != 0)
        push_salary(sim, ACCOUNT_NUMBER(transfer->account), transfer->step,
                    event->at_ms + 2 * SECOND);
}

/* Every employer has one of five days of the month and pays in the morning of its country. */
static void day(struct sim *sim, int64_t at_ms)
{
    static const int paydays[PAYDAYS] = {5, 10, 15, 25, 28};
    int today = datetime_of(at_ms).day;
    uint32_t employers = (sim->config.customers + EMPLOYER_PEOPLE - 1) / EMPLOYER_PEOPLE;
    for (uint32_t e = 0; e < employers; e++) {
        uint64_t bits = draw_mix(sim->people.key, SALT_PAYDAY, e);
        if (paydays[bits % PAYDAYS] != today || !world_room(sim, ARRIVAL_EVENTS_MAX))
            continue;
        push_salary(sim, e, 0, at_ms + HOUR + (int64_t)(bits >> 32) % (3 * HOUR));
    }
}

const struct business business_banking = {
    .arrivals = 300,
    .events = 630,
    .judged = 270,
    .arrive = arrive,
    .follow = follow,
    .day = day,
};
