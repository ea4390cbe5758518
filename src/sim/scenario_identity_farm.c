/* One idea: people who do not exist cannot own much. One workshop applies for loans in many names
 * from few devices, phones and addresses; it pays at most an instalment or two. */
#include "sim/world_int.h"

#define NAMES_MIN 8
#define NAMES_MAX 24
#define THINGS_MAX 6
#define SPAN_MAX (12 * DAY)
#define GRANTED_PERCENT 65u
#define GOOD_STANDING_PERCENT 25u  /* pay the first instalments to get more */

/* What the names share: between one thing for all and one for every four. */
struct workshop {
    struct seat seats[THINGS_MAX];
    uint32_t phones[THINGS_MAX];
    uint32_t households[THINGS_MAX];
    uint32_t employers[THINGS_MAX];
    uint64_t things;
};

static struct workshop draw_workshop(struct sim *sim, struct random *random, int64_t names)
{
    struct workshop shop = {.things = 1 + random_below(random, (uint64_t)names / 4)};
    uint8_t country = world_draw_country(sim, random);
    uint32_t ip = people_any_ip(random, country);
    bool one_line = random_below(random, 2) == 0;
    for (int i = 0; i < THINGS_MAX; i++) {
        shop.seats[i] = crime_seat(random, country);
        if (one_line)
            shop.seats[i].ip = ip;
        shop.phones[i] = crime_stranger(sim);
        shop.households[i] = crime_stranger(sim);
        uint64_t employer = random_below(random, sim->config.customers / EMPLOYER_PEOPLE + 1);
        shop.employers[i] = (uint32_t)employer;
    }
    return shop;
}

static uint64_t draw_thing(struct random *random, const struct workshop *shop)
{
    return random_below(random, shop->things);
}

static void apply(struct sim *sim, struct random *random, const struct workshop *shop,
                  int64_t at_ms)
{
    static const uint8_t terms_months[] = {6, 12};
    uint32_t applicant = crime_stranger(sim);
    uint64_t seat = draw_thing(random, shop);
    uint64_t phone = draw_thing(random, shop);
    uint64_t household = draw_thing(random, shop);
    uint64_t employer = draw_thing(random, shop);
    int64_t income_minor = draw_amount(random, 950000, 20);
    int64_t amount_minor = draw_amount(random, 2200000, 50);
    uint8_t term_months = terms_months[random_below(random, sizeof terms_months)];
    bool granted = random_below(random, 100) < GRANTED_PERCENT;
    bool good = random_below(random, 100) < GOOD_STANDING_PERCENT;
    struct event event = {
        .at_ms = at_ms, .type = SIM_LOAN_APPLICATION, .scenario = SIM_IDENTITY_FARM};
    event.as.loan_application = (struct loan_application){
        .seat = shop->seats[seat],
        .amount_minor = (amount_minor / 50000 + 1) * 50000,
        .income_minor = (income_minor / 10000 + 1) * 10000,
        .applicant = applicant,
        .phone = shop->phones[phone],
        .household = shop->households[household],
        .employer = shop->employers[employer],
        .term_months = term_months,
        .purpose = LOAN_CONSUMPTION,
        .missed = good ? 3 : 1,
        .granted = granted,
    };
    world_push(sim, &event);
}

void crime_identity_farm(struct sim *sim, struct random *random, int64_t at_ms)
{
    int64_t names = random_between(random, NAMES_MIN, NAMES_MAX);
    struct workshop shop = draw_workshop(sim, random, names);
    int64_t span_ms = random_between(random, DAY, SPAN_MAX);
    for (; names > 0; names--) {
        int64_t when_ms = at_ms + random_between(random, 0, span_ms);
        apply(sim, random, &shop, when_ms);
    }
}
