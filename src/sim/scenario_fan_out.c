/* One idea: a sum too large for one account is scattered. It arrives at once and leaves within
 * hours to dozens of accounts, from one device, in parts that differ just enough. */
#include "sim/world_int.h"

#define PARTS_MIN 10
#define PARTS_MAX 36
#define SUM_MINOR_MIN 8000000
#define SUM_MINOR_MAX 90000000
#define BATCH_PERCENT 50u  /* as fast as a script, otherwise by hand over a day */

void crime_fan_out(struct sim *sim, struct random *random, int64_t at_ms)
{
    uint32_t hub = crime_mule(sim, random);
    uint8_t country = world_draw_country(sim, random);
    struct seat seat = crime_seat(random, country);
    int64_t sum_minor = random_between(random, SUM_MINOR_MIN, SUM_MINOR_MAX);
    int64_t parts = random_between(random, PARTS_MIN, PARTS_MAX);
    bool scripted = random_below(random, 100) < BATCH_PERCENT;
    uint32_t source = ACCOUNT_OF(ACCOUNT_ABROAD, (uint32_t)random_below(random, 5000));
    struct seat abroad = {.country = country, .channel = CHANNEL_BATCH};
    crime_transfer(sim, SIM_FAN_OUT, at_ms, source, hub, abroad, sum_minor);
    at_ms += draw_delay(random, 2 * HOUR);
    crime_login(sim, SIM_FAN_OUT, at_ms, hub, seat, true);
    for (int64_t i = 0; i < parts; i++) {
        at_ms += draw_delay(random, scripted ? 40 * SECOND : 25 * MINUTE);
        uint32_t to = crime_mule(sim, random);
        int64_t part_minor = sum_minor / parts * random_between(random, 80, 110) / 100;
        crime_transfer(sim, SIM_FAN_OUT, at_ms, hub, to, seat, part_minor / 100 * 100);
    }
}
