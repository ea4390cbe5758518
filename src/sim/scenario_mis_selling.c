/* One idea: the quota comes first. Towards its end an adviser moves cautious clients, the old above
 * all, into products far beyond their risk capacity, for more than they ever invested. */
#include "sim/world_int.h"

#define CLIENTS_MIN 6
#define CLIENTS_MAX 18
#define CAUTIOUS_MAX 2        /* of risk capacity 1 to 5 */
#define SPAN_MIN (2 * DAY)
#define SPAN_MAX (12 * DAY)
#define LOOKS_MAX 40          /* clients looked through for the next victim */

/* Finds a cautious client of the adviser; false when there seems to be none. */
static bool find_client(struct sim *sim, struct random *random, uint32_t adviser,
                        struct person *ret_client)
{
    for (int i = 0; i < LOOKS_MAX; i++) {
        uint64_t client = random_below(random, CUSTOMERS_PER_ADVISER);
        uint64_t number = (uint64_t)adviser * CUSTOMERS_PER_ADVISER + client;
        struct person person = world_person(sim, (uint32_t)(number % sim->config.customers));
        if (person.risk_capacity > CAUTIOUS_MAX)
            continue;
        *ret_client = person;
        return true;
    }
    return false;
}

static void sell(struct sim *sim, struct random *random, const struct person *client,
                 uint32_t adviser, uint8_t product, int64_t at_ms)
{
    int64_t amount_minor = draw_amount(random, 2500 * (int64_t)client->wealth_permille, 60);
    struct event event = {.at_ms = at_ms, .type = SIM_INVESTMENT, .scenario = SIM_MIS_SELLING};
    event.as.holding = (struct holding){
        .seat = {.country = client->country, .channel = CHANNEL_BRANCH},
        .amount_minor = (amount_minor / 10000 + 1) * 10000,
        .investor = client->number,
        .adviser = adviser,
        .product = product,
        .risk_capacity = client->risk_capacity,
    };
    world_push(sim, &event);
}

void crime_mis_selling(struct sim *sim, struct random *random, int64_t at_ms)
{
    uint64_t advisers = sim->config.customers / CUSTOMERS_PER_ADVISER + 1;
    uint32_t adviser = (uint32_t)random_below(random, advisers);
    uint8_t product = (uint8_t)(random_below(random, PRODUCTS / 5) * 5 + 3);
    int64_t span_ms = random_between(random, SPAN_MIN, SPAN_MAX);
    for (int64_t left = random_between(random, CLIENTS_MIN, CLIENTS_MAX); left > 0; left--) {
        struct person client;
        int64_t when_ms = at_ms + random_between(random, 0, span_ms);
        uint8_t worse = (uint8_t)random_below(random, 2);
        if (find_client(sim, random, adviser, &client))
            sell(sim, random, &client, adviser, (uint8_t)(product + worse), when_ms);
    }
}
