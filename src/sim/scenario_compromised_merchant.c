/* One idea: the shop is honest, its terminal is not. For some days it copies the cards that really
 * pay there; weeks later those cards are used elsewhere, and only their past has the shop in
 * common. */
#include "sim/world_int.h"

#define COPIES_MIN (6 * DAY)
#define COPIES_MAX (14 * DAY)
#define USED_PERCENT 60u      /* of the copied cards */
#define PAYMENTS_MAX 4
#define FIRST_USE (6 * DAY)   /* the median wait in the dark market */

void skimmer_see(struct sim *sim, const struct payment *payment)
{
    for (size_t i = 0; i < SKIMMERS_MAX; i++) {
        struct skimmer *skimmer = &sim->skimmers[i];
        if (!skimmer->active || skimmer->merchant != payment->merchant ||
            skimmer->count == SKIMMED_MAX)
            continue;
        skimmer->accounts[skimmer->count] = payment->account;
        skimmer->cards[skimmer->count] = payment->card;
        skimmer->count++;
    }
}

static struct skimmer *find_idle(struct sim *sim)
{
    for (size_t i = 0; i < SKIMMERS_MAX; i++)
        if (!sim->skimmers[i].active)
            return &sim->skimmers[i];
    return NULL;
}

/* Popular shops of an everyday kind are worth the trouble. The frauds to come are paid for with
 * the scenario's usual size; the harvest settles the difference. */
void crime_compromised_merchant(struct sim *sim, struct random *random, int64_t at_ms)
{
    static const uint8_t categories[] = {CATEGORY_GROCERY, CATEGORY_RESTAURANT, CATEGORY_FUEL,
                                         CATEGORY_PHARMACY, CATEGORY_MARKETPLACE};
    struct skimmer *skimmer = find_idle(sim);
    uint8_t country = world_draw_country(sim, random);
    uint8_t category = categories[random_below(random, sizeof categories)];
    double unit = random_unit(random) * 0.5;
    int64_t lasts_ms = random_between(random, COPIES_MIN, COPIES_MAX);
    if (skimmer == NULL)
        return;
    struct merchant merchant = places_merchant(&sim->places, country, category, unit);
    *skimmer = (struct skimmer){.merchant = merchant.number, .active = true};
    struct event event = {.at_ms = at_ms + lasts_ms, .type = EVENT_WAKE,
                          .scenario = SIM_COMPROMISED_MERCHANT};
    event.as.wake.argument = (uint32_t)(skimmer - sim->skimmers);
    world_push(sim, &event);
    sim->planned += COMPROMISED_MERCHANT_SIZE;
}

static void use_card(struct sim *sim, struct random *random, uint32_t account, uint8_t card,
                     int64_t at_ms)
{
    struct person owner = world_person(sim, account);
    uint8_t country = crime_country(random, owner.country);
    struct payment payment = {.account = account, .card = card};
    payment.seat = crime_seat(random, country);
    at_ms += draw_delay(random, FIRST_USE);
    for (int64_t left = random_between(random, 1, PAYMENTS_MAX); left > 0; left--) {
        struct merchant merchant = crime_fence(sim, random, country);
        payment.merchant = merchant.number;
        payment.merchant_country = merchant.country;
        payment.category = merchant.category;
        payment.amount_minor = draw_amount(random, 70000, 80);
        crime_payment(sim, random, SIM_COMPROMISED_MERCHANT, at_ms, &payment);
        at_ms += draw_delay(random, 5 * HOUR);
    }
}

void crime_compromised_merchant_harvest(struct sim *sim, uint32_t index, int64_t at_ms)
{
    struct random *random = &sim->crime[SIM_COMPROMISED_MERCHANT];
    struct skimmer *skimmer = &sim->skimmers[index];
    skimmer->active = false;
    sim->planned = 0;
    for (uint32_t i = 0; i < skimmer->count; i++)
        if (random_below(random, 100) < USED_PERCENT && world_room(sim, PAYMENTS_MAX))
            use_card(sim, random, skimmer->accounts[i], skimmer->cards[i], at_ms);
    crime_settle(sim, SIM_COMPROMISED_MERCHANT,
                 (int64_t)sim->planned - COMPROMISED_MERCHANT_SIZE);
}
