/* One idea: money that must not be found does not rest. A talked-round victim pays the first mule;
 * each passes nearly all of it on within the hour, keeping his cut, until it is abroad. */
#include "sim/world_int.h"

#define HOPS_MIN 2
#define HOPS_MAX 6
#define WAVES_MAX 2            /* victims who feed one chain */
#define ONE_BOSS_PERCENT 45u   /* all mule accounts are run from one device */

struct chain {
    uint32_t mules[HOPS_MAX];
    struct seat seats[HOPS_MAX];
    int64_t hops;
};

static struct chain draw_chain(struct sim *sim, struct random *random)
{
    struct chain chain = {.hops = random_between(random, HOPS_MIN, HOPS_MAX)};
    uint8_t country = world_draw_country(sim, random);
    bool one_boss = random_below(random, 100) < ONE_BOSS_PERCENT;
    for (int64_t i = 0; i < chain.hops; i++) {
        chain.mules[i] = crime_mule(sim, random);
        chain.seats[i] = one_boss && i > 0 ? chain.seats[0] : crime_seat(random, country);
    }
    return chain;
}

/* The victim believes the caller and does it himself, from his own device. */
static int64_t lure(struct sim *sim, struct random *random, uint32_t mule, int64_t amount_minor,
                    int64_t at_ms)
{
    struct person victim = world_person(sim, people_draw(&sim->people, random));
    struct seat seat;
    int64_t in_ms = session_open(sim, random, &victim, at_ms, &seat);
    at_ms = (in_ms < 0 ? at_ms + HOUR : in_ms) + draw_delay(random, 5 * MINUTE);
    if (in_ms < 0)
        seat = session_seat(sim, random, &victim, at_ms);
    crime_payee(sim, SIM_MULE_CHAIN, at_ms, victim.number, mule, seat);
    at_ms += draw_delay(random, 4 * MINUTE);
    crime_transfer(sim, SIM_MULE_CHAIN, at_ms, victim.number, mule, seat, amount_minor);
    return at_ms;
}

static void pass_on(struct sim *sim, struct random *random, const struct chain *chain,
                    int64_t amount_minor, int64_t at_ms)
{
    for (int64_t i = 0; i < chain->hops; i++) {
        at_ms += draw_delay(random, 25 * MINUTE);
        amount_minor = amount_minor * random_between(random, 90, 98) / 100;
        uint32_t to = i + 1 < chain->hops
                          ? chain->mules[i + 1]
                          : ACCOUNT_OF(ACCOUNT_ABROAD, (uint32_t)random_below(random, 5000));
        crime_transfer(sim, SIM_MULE_CHAIN, at_ms, chain->mules[i], to, chain->seats[i],
                       amount_minor);
    }
}

void crime_mule_chain(struct sim *sim, struct random *random, int64_t at_ms)
{
    struct chain chain = draw_chain(sim, random);
    for (int64_t left = random_between(random, 1, WAVES_MAX); left > 0; left--) {
        int64_t amount_minor = draw_amount(random, 2400000, 60) / 10000 * 10000 + 10000;
        int64_t paid_ms = lure(sim, random, chain.mules[0], amount_minor, at_ms);
        pass_on(sim, random, &chain, amount_minor, paid_ms);
        at_ms = paid_ms + draw_delay(random, 20 * HOUR);
    }
}
