/* One idea: everything about an honest project follows from its key: its kind, its success, who
 * its backers are and what each gives. So nobody needs to be remembered until he is paid back. */
#include "sim/world_int.h"

#define BACKERS_MAX 400u
#define RETURN_ROUNDS 2u
#define RETURN_PERMILLE 8        /* of a pledge, each month */
#define FEE_PERCENT 5
#define GOAL_REACHED_PERCENT 70u /* of projects ask for less than they will get */
#define LENDING_PERCENT 35u

struct plan {
    uint8_t kind;
    uint8_t days;
    uint8_t promised_percent;
    uint32_t backers;
    int64_t pledge_minor;  /* the median */
    int64_t goal_minor;
};

static struct plan plan_of(uint64_t key)
{
    uint64_t bits = draw_mix(key, SALT_PROJECT, 0);
    uint64_t more = draw_mix(key, SALT_PROJECT, 1);
    struct plan plan = {.kind = bits % 100 < LENDING_PERCENT ? PROJECT_LENDING : PROJECT_REWARD};
    plan.days = (uint8_t)(20 + (bits >> 8) % 26);
    if (plan.kind == PROJECT_LENDING)
        plan.promised_percent = (uint8_t)(4 + (bits >> 16) % 9);
    double z = (__builtin_popcountll(more) - 32) / 4.0;
    uint32_t backers = (uint32_t)(26.0 * draw_exp(0.9 * z));
    plan.backers = backers < 2 ? 2 : backers > BACKERS_MAX ? BACKERS_MAX : backers;
    plan.pledge_minor = 3000 + (int64_t)((bits >> 24) % 200) * 100;
    bool reached = (bits >> 40) % 100 < GOAL_REACHED_PERCENT;
    plan.goal_minor = plan.backers * plan.pledge_minor * (reached ? 6 : 20) / 10;
    plan.goal_minor = (plan.goal_minor / 100000 + 1) * 100000;
    return plan;
}

uint32_t crowdfunding_backer(const struct sim *sim, uint64_t key, uint32_t step)
{
    return (uint32_t)(draw_mix(key, SALT_BACKER, step) % sim->config.customers);
}

static int64_t pledge_amount(const struct plan *plan, uint64_t key, uint32_t step)
{
    int ones = __builtin_popcountll(draw_mix(key, SALT_PLEDGE, step));
    double factor = draw_exp(0.7 * (ones - 32) / 4.0);
    return ((int64_t)((double)plan->pledge_minor * factor) / 1000 + 1) * 1000;
}

static void arrive(struct sim *sim, const struct person *person, int64_t at_ms)
{
    struct random *random = &sim->honest;
    uint64_t key = random_u64(random);
    struct seat seat = session_seat(sim, random, person, at_ms);
    struct plan plan = plan_of(key);
    struct event event = {.at_ms = at_ms, .type = SIM_PROJECT_CREATED, .scenario = HONEST};
    event.as.project_created = (struct project_created){
        .seat = seat,
        .key = key,
        .goal_minor = plan.goal_minor,
        .project = sim->projects++,
        .owner = person->number,
        .kind = plan.kind,
        .promised_percent = plan.promised_percent,
        .days = plan.days,
    };
    world_push(sim, &event);
}

static void push_payout(struct sim *sim, int64_t at_ms, const struct payout *payout)
{
    struct event event = {.at_ms = at_ms, .type = SIM_PAYOUT, .scenario = HONEST};
    event.as.payout = *payout;
    world_push(sim, &event);
}

/* The time is up: the owner gets the money, or the backers get theirs back. */
static void close_project(struct sim *sim, const struct pledge *last)
{
    struct plan plan = plan_of(last->key);
    struct payout payout = {
        .key = last->key, .project = last->project, .to = last->owner, .steps = 1};
    bool reached = last->raised_minor >= plan.goal_minor;
    payout.amount_minor = last->raised_minor * (100 - FEE_PERCENT) / 100;
    if (!reached) {
        payout.purpose = PAYOUT_REFUND;
        payout.steps = last->step;
        payout.to = crowdfunding_backer(sim, last->key, 0);
        payout.amount_minor = pledge_amount(&plan, last->key, 0);
    } else if (plan.kind == PROJECT_LENDING) {
        payout.steps = last->step;
    }
    uint64_t days = reached ? 3 + last->key % 5 : 1;
    push_payout(sim, last->close_ms + (int64_t)days * DAY + (int64_t)(last->key >> 32) % DAY,
                &payout);
}

/* Plans the pledge `next`, mostly at an hour when its backer is awake, or the end of the project
 * when its time is up before. */
static void push_pledge(struct sim *sim, const struct pledge *next, int64_t last_ms,
                        int64_t span_ms)
{
    struct plan plan = plan_of(next->key);
    struct random *random = &sim->honest;
    int64_t gap_ms = (int64_t)(draw_gap(random) * (double)span_ms / plan.backers);
    struct event event = {.at_ms = last_ms + gap_ms, .type = SIM_PLEDGE, .scenario = HONEST};
    struct person backer = world_person(sim, crowdfunding_backer(sim, next->key, next->step));
    uint32_t ppm = people_awake_ppm(&sim->people, backer.profile, backer.country, event.at_ms);
    if (!draw_chance(random, 4 * ppm))
        event.at_ms += random_between(random, 2 * HOUR, 9 * HOUR);
    if (event.at_ms >= next->close_ms || next->step >= BACKERS_MAX) {
        if (next->step > 0)
            close_project(sim, next);
        return;
    }
    event.as.pledge = *next;
    event.as.pledge.seat = session_seat(sim, random, &backer, event.at_ms);
    event.as.pledge.backer = backer.number;
    event.as.pledge.amount_minor = pledge_amount(&plan, next->key, next->step);
    world_push(sim, &event);
}

static void follow_created(struct sim *sim, const struct event *event)
{
    const struct project_created *created = &event->as.project_created;
    struct pledge first = {
        .key = created->key,
        .close_ms = event->at_ms + created->days * DAY,
        .project = created->project,
        .owner = created->owner,
    };
    push_pledge(sim, &first, event->at_ms, created->days * DAY);
}

static void follow_pledge(struct sim *sim, const struct event *event)
{
    struct pledge next = event->as.pledge;
    next.raised_minor += next.amount_minor;
    next.step++;
    push_pledge(sim, &next, event->at_ms, plan_of(next.key).days * DAY);
}

/* Refunds and monthly returns go from backer to backer. */
static void follow_payout(struct sim *sim, const struct event *event)
{
    struct payout next = event->as.payout;
    struct plan plan = plan_of(next.key);
    int64_t at_ms = event->at_ms + 3 * SECOND;
    bool round_over = next.purpose == PAYOUT_OWNER || next.step + 1 >= next.steps;
    if (round_over && (plan.kind != PROJECT_LENDING || next.purpose == PAYOUT_REFUND ||
                       next.round >= RETURN_ROUNDS || next.steps <= 1))
        return;
    next.step++;
    if (round_over) {
        at_ms += 30 * DAY;
        next.purpose = PAYOUT_RETURN;
        next.round++;
        next.step = 0;
    }
    next.to = crowdfunding_backer(sim, next.key, next.step);
    next.amount_minor = pledge_amount(&plan, next.key, next.step);
    if (next.purpose == PAYOUT_RETURN)
        next.amount_minor = next.amount_minor * RETURN_PERMILLE / 1000;
    push_payout(sim, at_ms, &next);
}

static void follow(struct sim *sim, const struct event *event, uint32_t number)
{
    (void)number;
    if (event->scenario != HONEST)
        return;
    if (event->type == SIM_PROJECT_CREATED)
        follow_created(sim, event);
    else if (event->type == SIM_PLEDGE)
        follow_pledge(sim, event);
    else
        follow_payout(sim, event);
}

const struct business business_crowdfunding = {
    .arrivals = 2,
    .events = 62,
    .judged = 60,
    .arrive = arrive,
    .follow = follow,
};
