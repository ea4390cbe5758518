/* One idea: the returns are other people's pledges. Backers come ever faster as the first ones are
 * paid and tell their friends; some pledge again; then the owner takes the rest and is gone. */
#include "sim/world_int.h"

#define BACKERS_MIN 40
#define BACKERS_MAX 110
#define LASTS_DAYS_MIN 20
#define LASTS_DAYS_MAX 50
#define PROMISED_PERCENT_MIN 14
#define PROMISED_PERCENT_MAX 36
#define FIRST_RETURN (5 * DAY)
#define PAID_PERCENT 40        /* of the backers, the early ones, see a return */
#define AGAIN_PERCENT 30u      /* of those pledge more */

struct scheme {
    uint64_t key;
    uint32_t project;
    uint32_t owner;
    int64_t promised_percent;
    int64_t median_minor;
    int64_t taken_minor;
};

static void push_project(struct sim *sim, struct random *random, const struct scheme *scheme,
                         int64_t at_ms)
{
    struct person owner = world_person(sim, scheme->owner);
    struct event event = {
        .at_ms = at_ms, .type = SIM_PROJECT_CREATED, .scenario = SIM_CROWDFUNDING_PONZI};
    uint64_t days = 30 + random_below(random, 16);
    event.as.project_created = (struct project_created){
        .seat = crime_seat(random, owner.country),
        .key = scheme->key,
        .goal_minor = scheme->median_minor * 100 / 100000 * 100000 + 100000,
        .project = scheme->project,
        .owner = scheme->owner,
        .kind = PROJECT_LENDING,
        .promised_percent = (uint8_t)scheme->promised_percent,
        .days = (uint8_t)days,
    };
    world_push(sim, &event);
}

static int64_t push_pledge(struct sim *sim, struct random *random, struct scheme *scheme,
                           uint32_t backer, int64_t median_minor, int64_t at_ms)
{
    struct person person = world_person(sim, backer);
    struct event event = {
        .at_ms = at_ms, .type = SIM_PLEDGE, .scenario = SIM_CROWDFUNDING_PONZI};
    event.as.pledge = (struct pledge){.project = scheme->project, .backer = backer};
    event.as.pledge.seat = session_seat(sim, random, &person, at_ms);
    int64_t amount_minor = draw_amount(random, median_minor, 60) / 1000 * 1000 + 1000;
    event.as.pledge.amount_minor = amount_minor;
    scheme->taken_minor += amount_minor;
    world_push(sim, &event);
    return amount_minor;
}

static void push_payout(struct sim *sim, struct scheme *scheme, uint32_t to,
                        enum payout_purpose purpose, int64_t amount_minor, int64_t at_ms)
{
    struct event event = {
        .at_ms = at_ms, .type = SIM_PAYOUT, .scenario = SIM_CROWDFUNDING_PONZI};
    event.as.payout = (struct payout){
        .amount_minor = amount_minor,
        .project = scheme->project,
        .to = to,
        .purpose = (uint8_t)purpose,
    };
    scheme->taken_minor -= amount_minor;
    world_push(sim, &event);
}

/* One backer comes; an early one is paid soon and often pledges again, more. */
static void recruit(struct sim *sim, struct random *random, struct scheme *scheme, bool early,
                    int64_t at_ms)
{
    uint32_t backer = (uint32_t)random_below(random, sim->config.customers);
    int64_t pledge_minor =
        push_pledge(sim, random, scheme, backer, scheme->median_minor, at_ms);
    if (!early)
        return;
    at_ms += FIRST_RETURN + draw_delay(random, 3 * DAY);
    int64_t return_minor = pledge_minor * scheme->promised_percent / 600 + 100;
    push_payout(sim, scheme, backer, PAYOUT_RETURN, return_minor, at_ms);
    if (random_below(random, 100) < AGAIN_PERCENT) {
        at_ms += draw_delay(random, 12 * HOUR);
        push_pledge(sim, random, scheme, backer, 2 * pledge_minor, at_ms);
    }
}

void crime_crowdfunding_ponzi(struct sim *sim, struct random *random, int64_t at_ms)
{
    struct scheme scheme = {.key = random_u64(random), .project = sim->projects++};
    scheme.owner = crime_mule(sim, random);
    scheme.promised_percent =
        random_between(random, PROMISED_PERCENT_MIN, PROMISED_PERCENT_MAX);
    scheme.median_minor = random_between(random, 20000, 120000);
    int64_t backers = random_between(random, BACKERS_MIN, BACKERS_MAX);
    int64_t lasts_ms = random_between(random, LASTS_DAYS_MIN, LASTS_DAYS_MAX) * DAY;
    push_project(sim, random, &scheme, at_ms);
    for (int64_t i = 0; i < backers; i++) {
        double part = (double)i / (double)backers;
        int64_t when_ms = at_ms + (int64_t)((double)lasts_ms * part * (2.0 - part));
        recruit(sim, random, &scheme, i * 100 < backers * PAID_PERCENT,
                when_ms + draw_delay(random, 3 * HOUR));
    }
    for (int64_t parts = random_between(random, 1, 3); parts > 0; parts--) {
        lasts_ms += draw_delay(random, 10 * HOUR);
        push_payout(sim, &scheme, scheme.owner, PAYOUT_OWNER,
                    scheme.taken_minor / parts, at_ms + lasts_ms);
    }
}
