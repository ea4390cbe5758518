/* One idea: a loan is decided by luck when it is applied for (granted or not, paid or not), and
 * tells its story in monthly steps, each planned when the one before has happened. */
#include "sim/world_int.h"

#define GRANTED_PPM 620000u
#define DEFAULTS_PPM 45000u      /* of honest people who got a loan */
#define HOUSEHOLD_PHONE_PPM 60000u
#define KIOSK_PPM 40000u         /* applied for at a shop's terminal, which many share */
#define CUSTOMERS_PER_KIOSK 300u
#define MONTH (30 * DAY)
#define INTEREST_PERCENT_MONTH 1

static const uint8_t terms_months[] = {3, 6, 12};

/* The terminal of a shop near the applicant: one device, one address, many applicants. */
static struct seat kiosk_seat(const struct sim *sim, const struct person *person)
{
    uint64_t bits = draw_mix(sim->people.key, SALT_KIOSK, person->number / CUSTOMERS_PER_KIOSK);
    struct person shop = {.number = (uint32_t)(bits >> 40), .country = person->country};
    return (struct seat){
        .device = (bits & 0xffffffffffffu) | 1,
        .ip = people_home_ip(&sim->people, &shop),
        .country = person->country,
        .channel = CHANNEL_BRANCH,
    };
}

static uint8_t draw_missed(struct random *random, uint8_t term_months)
{
    if (!draw_chance(random, DEFAULTS_PPM))
        return 0;
    return (uint8_t)random_between(random, 1, term_months);
}

static void arrive(struct sim *sim, const struct person *person, int64_t at_ms)
{
    static const uint8_t purposes[] = {45, 15, 20, 10, 10};
    struct random *random = &sim->honest;
    struct seat seat = session_seat(sim, random, person, at_ms);
    if (draw_chance(random, KIOSK_PPM))
        seat = kiosk_seat(sim, person);
    bool family_phone = draw_chance(random, HOUSEHOLD_PHONE_PPM);
    int64_t income_minor = draw_amount(random, 850 * (int64_t)person->wealth_permille, 15);
    int64_t amount_minor = draw_amount(random, income_minor * 3 / 2, 70);
    uint8_t term_months = terms_months[random_below(random, sizeof terms_months)];
    uint8_t missed = draw_missed(random, term_months);
    uint8_t purpose = (uint8_t)draw_weighted(random, purposes, sizeof purposes);
    bool granted = draw_chance(random, GRANTED_PPM);
    uint32_t household = person->number / HOUSEHOLD_PEOPLE;
    struct event event = {.at_ms = at_ms, .type = SIM_LOAN_APPLICATION, .scenario = HONEST};
    event.as.loan_application = (struct loan_application){
        .seat = seat,
        .amount_minor = (amount_minor / 50000 + 1) * 50000,
        .income_minor = (income_minor / 10000 + 1) * 10000,
        .applicant = person->number,
        .phone = family_phone ? household * HOUSEHOLD_PEOPLE : person->number,
        .household = household,
        .employer = person->number / EMPLOYER_PEOPLE,
        .term_months = term_months,
        .purpose = purpose,
        .missed = missed,
        .granted = granted,
    };
    world_push(sim, &event);
}

/* Plans the default of a loan whose repayment number `missed` never comes. */
static void push_default(struct sim *sim, const struct event *last,
                         const struct loan_repayment *due)
{
    struct random *random = world_luck(sim, last->scenario);
    struct event event = {.type = SIM_LOAN_DEFAULT, .scenario = last->scenario};
    event.at_ms = last->at_ms + MONTH + random_between(random, 15 * DAY, 45 * DAY);
    event.as.loan_default = (struct loan_default){
        .amount_minor = due->amount_minor * (due->term_months - due->step + 1),
        .loan = due->loan,
        .applicant = due->applicant,
    };
    world_push(sim, &event);
}

/* Plans what comes after `last`: the repayment `due`, the default in its place, or nothing. */
static void push_next(struct sim *sim, const struct event *last, const struct loan_repayment *due)
{
    if (due->step > due->term_months)
        return;
    if (due->step == due->missed) {
        push_default(sim, last, due);
        return;
    }
    struct random *random = world_luck(sim, last->scenario);
    struct event event = {.type = SIM_LOAN_REPAYMENT, .scenario = last->scenario};
    event.at_ms = last->at_ms + MONTH + random_between(random, -DAY, DAY);
    event.as.loan_repayment = *due;
    world_push(sim, &event);
}

static void follow_application(struct sim *sim, const struct event *event, uint32_t number)
{
    const struct loan_application *loan = &event->as.loan_application;
    if (world_has(sim, SIM_CREDIT) && world_room(sim, ARRIVAL_EVENTS_MAX))
        credit_check_applicant(sim, world_luck(sim, event->scenario), loan->applicant,
                               event->at_ms);
    if (!loan->granted || !world_room(sim, 1))
        return;
    int64_t interest = loan->amount_minor * INTEREST_PERCENT_MONTH * loan->term_months / 100;
    struct loan_repayment first = {
        .amount_minor = (loan->amount_minor + interest) / loan->term_months,
        .loan = number,
        .applicant = loan->applicant,
        .step = 1,
        .term_months = loan->term_months,
        .missed = loan->missed,
    };
    push_next(sim, event, &first);
}

static void follow(struct sim *sim, const struct event *event, uint32_t number)
{
    if (event->type == SIM_LOAN_APPLICATION)
        follow_application(sim, event, number);
    if (event->type != SIM_LOAN_REPAYMENT)
        return;
    struct loan_repayment next = event->as.loan_repayment;
    next.step++;
    push_next(sim, event, &next);
}

const struct business business_loans = {
    .arrivals = 6,
    .events = 8,
    .judged = 6,
    .arrive = arrive,
    .follow = follow,
};
