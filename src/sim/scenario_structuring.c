/* One idea: what is reported at a limit moves below it. A large sum goes out over days in pieces
 * of just under 50,000, from a few accounts to a few accounts. */
#include "sim/world_int.h"

#define LIMIT_MINOR 5000000  /* CNY 50,000.00, at which large transactions are reported */
#define PIECES_MIN 7
#define PIECES_MAX 20
#define ACCOUNTS_MAX 3
#define TIMID_PERCENT 35u    /* stay well below the limit: from 60 % of it on */

struct ring {
    uint32_t from[ACCOUNTS_MAX];
    uint32_t to[ACCOUNTS_MAX];
    struct seat seats[ACCOUNTS_MAX];
    uint64_t from_count;
    uint64_t to_count;
};

static struct ring draw_ring(struct sim *sim, struct random *random)
{
    struct ring ring = {.from_count = 1 + random_below(random, ACCOUNTS_MAX)};
    ring.to_count = 1 + random_below(random, ACCOUNTS_MAX);
    uint8_t country = world_draw_country(sim, random);
    for (int i = 0; i < ACCOUNTS_MAX; i++) {
        ring.from[i] = crime_mule(sim, random);
        ring.to[i] = crime_mule(sim, random);
        ring.seats[i] = crime_seat(random, country);
    }
    return ring;
}

static int64_t draw_piece(struct random *random, bool timid)
{
    int64_t low = timid ? 60 : 88;
    int64_t minor = LIMIT_MINOR / 1000 * random_between(random, low * 10, 999);
    return minor / 10000 * 10000;
}

void crime_structuring(struct sim *sim, struct random *random, int64_t at_ms)
{
    struct ring ring = draw_ring(sim, random);
    bool timid = random_below(random, 100) < TIMID_PERCENT;
    for (int64_t left = random_between(random, PIECES_MIN, PIECES_MAX); left > 0; left--) {
        uint64_t from = random_below(random, ring.from_count);
        uint64_t to = random_below(random, ring.to_count);
        int64_t amount_minor = draw_piece(random, timid);
        crime_transfer(sim, SIM_STRUCTURING, at_ms, ring.from[from], ring.to[to],
                       ring.seats[from], amount_minor);
        at_ms += draw_delay(random, 6 * HOUR);
    }
}
