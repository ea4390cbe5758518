/* One idea: before an honest person does something online, he signs in, as people do: mostly at
 * once, now and then after a typo, seldom not at all. */
#include "sim/world_int.h"

#define GIVES_UP_AFTER 4u
#define GIVES_UP_PPM 400000u
#define BORROWED_DEVICE_PPM 9000u  /* a friend's, a hotel's, or his own not recognised */
#define MOBILE_PPM 450000u         /* phones away from the line at home */

/* Which of his devices: the phone most of the time. */
static unsigned draw_slot(struct random *random, unsigned count)
{
    uint64_t percent = random_below(random, 100);
    unsigned slot = percent < 74 ? 0 : percent < 94 ? 1 : 2;
    return slot < count ? slot : 0;
}

struct seat session_seat(struct sim *sim, struct random *random, const struct person *person,
                         int64_t at_ms)
{
    struct seat seat = {.country = people_country(&sim->people, person, at_ms)};
    unsigned slot = draw_slot(random, person->device_count);
    bool borrowed = draw_chance(random, BORROWED_DEVICE_PPM);
    bool mobile = draw_chance(random, MOBILE_PPM) && slot == 0;
    seat.device = borrowed ? people_new_device(random)
                           : people_device(&sim->people, person, slot, at_ms);
    seat.channel = slot == 1 || borrowed ? CHANNEL_WEB : CHANNEL_APP;
    seat.ip = mobile || borrowed || seat.country != person->country
                  ? people_shared_ip(random, seat.country)
                  : people_home_ip(&sim->people, person);
    return seat;
}

static unsigned draw_typos(struct random *random)
{
    uint64_t permille = random_below(random, 1000);
    if (permille < 945)
        return 0;
    return permille < 987 ? 1 : permille < 994 ? 2 : 3 + (unsigned)random_below(random, 3);
}

int64_t session_open(struct sim *sim, struct random *random, const struct person *person,
                     int64_t at_ms, struct seat *ret_seat)
{
    struct seat seat = session_seat(sim, random, person, at_ms);
    struct event event = {.type = SIM_LOGIN, .scenario = HONEST};
    event.as.login = (struct login){.seat = seat, .account = person->number};
    unsigned typos = draw_typos(random);
    for (unsigned i = 0; i < typos; i++) {
        event.at_ms = at_ms;
        world_push(sim, &event);
        at_ms += random_between(random, 4 * SECOND, 40 * SECOND);
    }
    if (typos >= GIVES_UP_AFTER && draw_chance(random, GIVES_UP_PPM))
        return -1;
    event.at_ms = at_ms;
    event.as.login.ok = true;
    world_push(sim, &event);
    *ret_seat = seat;
    return at_ms;
}
