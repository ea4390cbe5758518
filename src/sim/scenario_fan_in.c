/* One idea: one fraud sold to many. Victims of the same false shop or fund pay one collector
 * within days, much the same amount each; then the account is emptied in a few large transfers. */
#include "sim/world_int.h"

#define VICTIMS_MIN 12
#define VICTIMS_MAX 36
#define PRICE_MINOR_MIN 80000
#define PRICE_MINOR_MAX 900000
#define SPAN_MIN (12 * HOUR)
#define SPAN_MAX (6 * DAY)
#define NEW_PAYEE_PERCENT 75u

/* One victim pays from his own device; returns what he paid. */
static int64_t collect(struct sim *sim, struct random *random, uint32_t collector,
                       int64_t price_minor, int64_t at_ms)
{
    struct person victim = world_person(sim, people_draw(&sim->people, random));
    struct seat seat = session_seat(sim, random, &victim, at_ms);
    int64_t amount_minor = price_minor * random_between(random, 85, 115) / 100 / 100 * 100;
    if (random_below(random, 100) < NEW_PAYEE_PERCENT)
        crime_payee(sim, SIM_FAN_IN, at_ms, victim.number, collector, seat);
    at_ms += draw_delay(random, 3 * MINUTE);
    crime_transfer(sim, SIM_FAN_IN, at_ms, victim.number, collector, seat, amount_minor);
    return amount_minor;
}

static void empty(struct sim *sim, struct random *random, uint32_t collector,
                  int64_t amount_minor, int64_t at_ms)
{
    uint8_t country = world_draw_country(sim, random);
    struct seat seat = crime_seat(random, country);
    int64_t parts = random_between(random, 1, 4);
    crime_login(sim, SIM_FAN_IN, at_ms, collector, seat, true);
    for (int64_t i = 0; i < parts; i++) {
        at_ms += draw_delay(random, 20 * MINUTE);
        uint32_t to = ACCOUNT_OF(ACCOUNT_ABROAD, (uint32_t)random_below(random, 5000));
        if (random_below(random, 2) == 0)
            to = crime_stranger(sim);
        crime_transfer(sim, SIM_FAN_IN, at_ms, collector, to, seat, amount_minor / parts);
    }
}

void crime_fan_in(struct sim *sim, struct random *random, int64_t at_ms)
{
    uint32_t collector = crime_mule(sim, random);
    int64_t price_minor = random_between(random, PRICE_MINOR_MIN, PRICE_MINOR_MAX);
    int64_t span_ms = random_between(random, SPAN_MIN, SPAN_MAX);
    int64_t collected_minor = 0;
    for (int64_t left = random_between(random, VICTIMS_MIN, VICTIMS_MAX); left > 0; left--) {
        int64_t when_ms = at_ms + random_between(random, 0, span_ms);
        collected_minor += collect(sim, random, collector, price_minor, when_ms);
    }
    int64_t rest_ms = draw_delay(random, 4 * HOUR);
    empty(sim, random, collector, collected_minor * 96 / 100, at_ms + span_ms + HOUR + rest_ms);
}
