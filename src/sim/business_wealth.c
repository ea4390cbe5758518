/* One idea: an investor buys what suits him, mostly; some go beyond their risk capacity on their
 * own account, and advisers see a few hundred people each. */
#include "sim/world_int.h"

#define REDEEMS_PPM 260000u
#define ONLY_LOOKS_PPM 200000u
#define ADVISED_PPM 250000u
#define DARING_PPM 60000u
#define HABIT 4u  /* products a person knows */

uint8_t wealth_product_risk(uint8_t product)
{
    return (uint8_t)(1 + product % 5);
}

/* A product at or below the capacity, or any at all for the daring. */
static uint8_t draw_product(struct sim *sim, const struct person *person)
{
    struct random *random = &sim->honest;
    uint64_t which = (uint64_t)person->number * HABIT + random_below(random, HABIT);
    uint64_t bits = draw_mix(sim->people.key, SALT_FAVOURITE, which << 8 | 0xff);
    uint8_t product = (uint8_t)(bits % PRODUCTS);
    if (draw_chance(random, DARING_PPM) || wealth_product_risk(product) <= person->risk_capacity)
        return product;
    uint8_t level = (uint8_t)((bits >> 32) % person->risk_capacity);
    return (uint8_t)(product / 5 * 5 + level);
}

static int64_t draw_stake(struct random *random, const struct person *person)
{
    int64_t minor = draw_amount(random, 600 * (int64_t)person->wealth_permille, 90);
    return (minor / 10000 + 1) * 10000;
}

static void arrive(struct sim *sim, const struct person *person, int64_t at_ms)
{
    struct random *random = &sim->honest;
    struct seat seat = {.country = person->country, .channel = CHANNEL_BRANCH};
    bool advised = draw_chance(random, ADVISED_PPM);
    if (!advised) {
        at_ms = session_open(sim, random, person, at_ms, &seat);
        if (at_ms < 0 || draw_chance(random, ONLY_LOOKS_PPM))
            return;
        at_ms += draw_delay(random, 4 * MINUTE);
    }
    uint8_t product = draw_product(sim, person);
    int64_t amount_minor = draw_stake(random, person);
    bool redeems = draw_chance(random, REDEEMS_PPM);
    struct event event = {
        .at_ms = at_ms, .type = redeems ? SIM_REDEMPTION : SIM_INVESTMENT, .scenario = HONEST};
    event.as.holding = (struct holding){
        .seat = seat,
        .amount_minor = amount_minor,
        .investor = person->number,
        .adviser = advised ? person->number / CUSTOMERS_PER_ADVISER : ADVISER_NONE,
        .product = product,
        .risk_capacity = person->risk_capacity,
    };
    world_push(sim, &event);
}

const struct business business_wealth = {
    .arrivals = 45,
    .events = 76,
    .judged = 38,
    .arrive = arrive,
};
