/* One idea: first the card is tried, then it is emptied; the brash do it within the hour from the
 * other end of the world, the careful stay near the victim and below what would surprise him, and
 * some have a copy of the plastic. */
#include "sim/world_int.h"

#define CLONE_PERCENT 20u
#define CAREFUL_PERCENT 30u
#define SPREE_MIN 2
#define SPREE_MAX 7
#define TRIALS_MAX 3
#define LOOT_MINOR 180000 /* the median of a brash payment */

struct thief {
    struct person victim;
    struct payment payment;  /* what every payment of this thief shares */
    bool careful;
};

static struct thief draw_thief(struct sim *sim, struct random *random)
{
    struct thief thief = {.victim = world_person(sim, people_draw(&sim->people, random))};
    bool clone = random_below(random, 100) < CLONE_PERCENT;
    thief.careful = random_below(random, 100) < CAREFUL_PERCENT;
    uint8_t country = thief.careful ? thief.victim.country
                                    : crime_country(random, thief.victim.country);
    struct seat seat = crime_seat(random, country);
    if (clone)
        seat = (struct seat){.country = country, .channel = CHANNEL_POS};
    thief.payment = (struct payment){.seat = seat, .account = thief.victim.number};
    return thief;
}

static void spend(struct sim *sim, struct random *random, const struct thief *thief,
                  struct merchant merchant, int64_t amount_minor, int64_t at_ms)
{
    struct payment payment = thief->payment;
    payment.merchant = merchant.number;
    payment.merchant_country = merchant.country;
    payment.category = merchant.category;
    payment.amount_minor = amount_minor;
    crime_payment(sim, random, SIM_STOLEN_CARD, at_ms, &payment);
}

/* One to twenty yuan for a song or a good cause, to see whether the card still works. */
static int64_t try_card(struct sim *sim, struct random *random, const struct thief *thief,
                        int64_t at_ms)
{
    static const uint8_t categories[] = {CATEGORY_GAMES, CATEGORY_CHARITY, CATEGORY_TELECOM,
                                         CATEGORY_TRANSPORT};
    for (int64_t left = random_between(random, 0, TRIALS_MAX); left > 0; left--) {
        uint8_t category = categories[random_below(random, sizeof categories)];
        double unit = random_unit(random);
        struct merchant merchant =
            places_merchant(&sim->places, thief->payment.seat.country, category, unit);
        int64_t amount_minor = random_between(random, 100, 2000);
        spend(sim, random, thief, merchant, amount_minor, at_ms);
        at_ms += draw_delay(random, 90 * SECOND);
    }
    return at_ms;
}

void crime_stolen_card(struct sim *sim, struct random *random, int64_t at_ms)
{
    struct thief thief = draw_thief(sim, random);
    at_ms = try_card(sim, random, &thief, at_ms);
    for (int64_t left = random_between(random, SPREE_MIN, SPREE_MAX); left > 0; left--) {
        at_ms += draw_delay(random, thief.careful ? 9 * HOUR : 12 * MINUTE);
        struct merchant merchant = crime_fence(sim, random, thief.payment.seat.country);
        int64_t amount_minor = draw_amount(random, LOOT_MINOR, 80);
        if (thief.careful)
            amount_minor = payments_amount(sim, random, merchant, thief.victim.wealth_permille);
        spend(sim, random, &thief, merchant, amount_minor, at_ms);
    }
}
