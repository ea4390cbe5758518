/* One idea: someone else signs in. Guessers fail first, phishers do not, some steer the victim's
 * own device from afar; then the money leaves by whatever door the platform has: a transfer to a
 * new payee, things worth cash, sold holdings. */
#include "sim/world_int.h"

#define PHISHED_PERCENT 40u    /* the password is known: at most one failure */
#define REMOTE_PERCENT 15u     /* a trojan on the victim's device: nothing about it is new */
#define PATIENT_PERCENT 25u    /* signs in, and comes back a day or two later */
#define HURRY (3 * MINUTE)

enum door { DOOR_TRANSFER, DOOR_SHOP, DOOR_REDEEM, DOOR_COUNT };

/* One of the ways out that this world has. */
static enum door draw_door(const struct sim *sim, struct random *random)
{
    uint8_t weights[DOOR_COUNT] = {
        [DOOR_TRANSFER] = world_has(sim, SIM_BANKING) ? 50 : 0,
        [DOOR_SHOP] = world_has(sim, SIM_PAYMENTS) ? 45 : 0,
        [DOOR_REDEEM] = world_has(sim, SIM_WEALTH) ? 5 : 0,
    };
    return (enum door)draw_weighted(random, weights, DOOR_COUNT);
}

static int64_t sign_in(struct sim *sim, struct random *random, uint32_t account,
                       struct seat seat, int64_t at_ms)
{
    bool known = random_below(random, 100) < PHISHED_PERCENT;
    int64_t failures = random_between(random, known ? 0 : 3, known ? 1 : 9);
    for (; failures > 0; failures--) {
        crime_login(sim, SIM_ACCOUNT_TAKEOVER, at_ms, account, seat, false);
        at_ms += draw_delay(random, 20 * SECOND);
    }
    crime_login(sim, SIM_ACCOUNT_TAKEOVER, at_ms, account, seat, true);
    if (random_below(random, 100) >= PATIENT_PERCENT)
        return at_ms;
    at_ms += draw_delay(random, 30 * HOUR);
    crime_login(sim, SIM_ACCOUNT_TAKEOVER, at_ms, account, seat, true);
    return at_ms;
}

static void transfer_out(struct sim *sim, struct random *random, const struct person *victim,
                         struct seat seat, int64_t at_ms)
{
    uint32_t mule = crime_mule(sim, random);
    at_ms += draw_delay(random, HURRY);
    crime_payee(sim, SIM_ACCOUNT_TAKEOVER, at_ms, victim->number, mule, seat);
    int64_t median_minor = 500 * (int64_t)(600 + victim->wealth_permille);
    for (int64_t left = random_between(random, 1, 4); left > 0; left--) {
        at_ms += draw_delay(random, HURRY);
        int64_t amount_minor = draw_amount(random, median_minor, 60) / 10000 * 10000 + 10000;
        crime_transfer(sim, SIM_ACCOUNT_TAKEOVER, at_ms, victim->number, mule, seat,
                       amount_minor);
    }
}

static void shop(struct sim *sim, struct random *random, const struct person *victim,
                 struct seat seat, int64_t at_ms)
{
    for (int64_t left = random_between(random, 1, 4); left > 0; left--) {
        at_ms += draw_delay(random, HURRY);
        struct merchant merchant = crime_fence(sim, random, victim->country);
        struct payment payment = {
            .seat = seat,
            .account = victim->number,
            .merchant = merchant.number,
            .merchant_country = merchant.country,
            .category = merchant.category,
        };
        payment.amount_minor = draw_amount(random, 150000, 70);
        crime_payment(sim, random, SIM_ACCOUNT_TAKEOVER, at_ms, &payment);
    }
}

static void redeem(struct sim *sim, struct random *random, const struct person *victim,
                   struct seat seat, int64_t at_ms)
{
    for (int64_t left = random_between(random, 1, 3); left > 0; left--) {
        at_ms += draw_delay(random, HURRY);
        struct event event = {
            .at_ms = at_ms, .type = SIM_REDEMPTION, .scenario = SIM_ACCOUNT_TAKEOVER};
        uint8_t product = (uint8_t)random_below(random, PRODUCTS);
        int64_t amount_minor = draw_amount(random, 1500 * (int64_t)victim->wealth_permille, 60);
        event.as.holding = (struct holding){
            .seat = seat,
            .amount_minor = (amount_minor / 10000 + 1) * 10000,
            .investor = victim->number,
            .adviser = ADVISER_NONE,
            .product = product,
            .risk_capacity = victim->risk_capacity,
        };
        world_push(sim, &event);
    }
}

void crime_account_takeover(struct sim *sim, struct random *random, int64_t at_ms)
{
    struct person victim = world_person(sim, people_draw(&sim->people, random));
    uint8_t country = crime_country(random, victim.country);
    struct seat seat = crime_seat(random, country);
    if (random_below(random, 100) < REMOTE_PERCENT)
        seat = session_seat(sim, random, &victim, at_ms);
    enum door door = draw_door(sim, random);
    at_ms = sign_in(sim, random, victim.number, seat, at_ms);
    if (door == DOOR_TRANSFER)
        transfer_out(sim, random, &victim, seat, at_ms);
    else if (door == DOOR_SHOP)
        shop(sim, random, &victim, seat, at_ms);
    else
        redeem(sim, random, &victim, seat, at_ms);
}
