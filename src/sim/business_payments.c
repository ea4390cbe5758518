/* One idea: a purchase is a category first, then a merchant of it (mostly a favourite one), then an
 * amount that this category, merchant and person are used to; online it needs a sign-in. */
#include "sim/world_int.h"

#define FAVOURITE_PPM 650000u
#define FAVOURITES 3u
#define ABROAD_PPM 40000u       /* online purchases from a merchant of another country */
#define BROWSES_PPM 180000u     /* signs in and buys nothing */
#define DEAR_PPM 4000u          /* once in 250: a sofa, a ring, a holiday */
#define DISPUTE_PPM 250u        /* honest payments that are disputed: the goods never came */
#define SECOND_CARD_PPM 180000u

#define CATEGORY_SHARE(name, text, mcc, share, pos, median, spread, round) share,
static const uint8_t category_shares[CATEGORY_COUNT] = {CATEGORY_TABLE(CATEGORY_SHARE)};
#undef CATEGORY_SHARE

int64_t payments_amount(const struct sim *sim, struct random *random, struct merchant merchant,
                        uint32_t wealth_permille)
{
    const struct category_info *category = places_category(merchant.category);
    uint64_t price = 60 + draw_mix(sim->people.key, SALT_PRICE, merchant.number) % 90;
    int64_t median_minor = category->median_minor * (int64_t)price / 100;
    median_minor = median_minor * (int64_t)(500 + wealth_permille / 2) / 1000;
    int64_t minor = draw_amount(random, median_minor, category->spread_percent);
    int64_t step = category->round_minor;
    minor = (minor + step - 1) / step * step;
    return minor < 20000000 ? minor : 20000000 - 1;
}

/* Half a year of habit: three places of each kind that a person returns to. */
static struct merchant draw_merchant(struct sim *sim, const struct person *person,
                                     uint8_t category, uint8_t country)
{
    struct random *random = &sim->honest;
    double unit = random_unit(random);
    if (draw_chance(random, FAVOURITE_PPM)) {
        uint64_t which = (uint64_t)person->number << 8 | (uint64_t)category << 2 |
                         random_below(random, FAVOURITES);
        unit = draw_unit_of(draw_mix(sim->people.key, SALT_FAVOURITE, which));
    }
    return places_merchant(&sim->places, country, category, unit);
}

static uint32_t draw_dispute(struct random *random)
{
    if (!draw_chance(random, DISPUTE_PPM))
        return 0;
    return (uint32_t)(draw_delay(random, 14 * DAY) / SECOND);
}

static void push_payment(struct sim *sim, const struct person *person, struct merchant merchant,
                         struct seat seat, int64_t at_ms)
{
    struct random *random = &sim->honest;
    int64_t amount_minor = payments_amount(sim, random, merchant, person->wealth_permille);
    if (draw_chance(random, DEAR_PPM))
        amount_minor *= random_between(random, 5, 20);
    bool second = draw_chance(random, SECOND_CARD_PPM) && person->number % 2 == 0;
    uint32_t dispute_after_s = draw_dispute(random);
    struct event event = {.at_ms = at_ms, .type = SIM_PAYMENT, .scenario = HONEST};
    event.as.payment = (struct payment){
        .seat = seat,
        .amount_minor = amount_minor,
        .account = person->number,
        .merchant = merchant.number,
        .dispute_after_s = dispute_after_s,
        .merchant_country = merchant.country,
        .category = merchant.category,
        .card = second,
    };
    world_push(sim, &event);
}

static void shop_online(struct sim *sim, const struct person *person, uint8_t category,
                        int64_t at_ms)
{
    struct random *random = &sim->honest;
    struct seat seat;
    at_ms = session_open(sim, random, person, at_ms, &seat);
    if (at_ms < 0 || draw_chance(random, BROWSES_PPM))
        return;
    uint64_t percent = random_below(random, 100);
    for (int left = percent < 80 ? 1 : percent < 95 ? 2 : 3; left > 0; left--) {
        uint8_t country = person->country;
        if (draw_chance(random, ABROAD_PPM))
            country = (uint8_t)random_below(random, COUNTRY_HOME_COUNT);
        at_ms += draw_delay(random, 3 * MINUTE);
        struct merchant merchant = draw_merchant(sim, person, category, country);
        push_payment(sim, person, merchant, seat, at_ms);
    }
}

static void arrive(struct sim *sim, const struct person *person, int64_t at_ms)
{
    struct random *random = &sim->honest;
    uint8_t category = (uint8_t)draw_weighted(random, category_shares, CATEGORY_COUNT);
    uint64_t percent = random_below(random, 100);
    if (percent >= places_category(category)->counter_percent) {
        shop_online(sim, person, category, at_ms);
        return;
    }
    uint8_t country = people_country(&sim->people, person, at_ms);
    struct merchant merchant = draw_merchant(sim, person, category, country);
    push_payment(sim, person, merchant, (struct seat){.country = country, .channel = CHANNEL_POS},
                 at_ms);
}

static void follow(struct sim *sim, const struct event *event, uint32_t number)
{
    if (event->type != SIM_PAYMENT)
        return;
    const struct payment *payment = &event->as.payment;
    skimmer_see(sim, payment);
    if (payment->dispute_after_s == 0)
        return;
    struct event dispute = {
        .at_ms = event->at_ms + (int64_t)payment->dispute_after_s * SECOND,
        .type = SIM_CHARGEBACK,
        .scenario = event->scenario,
    };
    dispute.as.chargeback = (struct chargeback){
        .payment = number,
        .fraud = event->scenario != HONEST,
        .amount_minor = payment->amount_minor,
    };
    world_push(sim, &dispute);
}

const struct business business_payments = {
    .arrivals = 1000,
    .events = 1600,
    .judged = 1020,
    .arrive = arrive,
    .follow = follow,
};
