/* One idea: the key is genuine, the curiosity is not. An operator asks about people who never
 * applied anywhere, in a burst at night or a few a day among honest work, and sells the answers. */
#include "sim/world_int.h"

#define SUBJECTS_MIN 12
#define SUBJECTS_MAX 48
#define SLOW_PERCENT 40u      /* a few a day in office hours */
#define FORGED_PERCENT 25u    /* enters a consent that nobody gave */

/* At night, local time of the largest country, or spread over the working day. */
static int64_t next_ms(struct random *random, bool slow, int64_t at_ms)
{
    if (!slow)
        return at_ms + draw_delay(random, 50 * SECOND);
    at_ms += draw_delay(random, 3 * HOUR);
    int64_t hour = at_ms / HOUR % 24;
    return hour >= 1 && hour < 10 ? at_ms : at_ms - at_ms % DAY + DAY + at_ms % (8 * HOUR) + HOUR;
}

void crime_insider_lookup(struct sim *sim, struct random *random, int64_t at_ms)
{
    bool slow = random_below(random, 100) < SLOW_PERCENT;
    bool forged = random_below(random, 100) < FORGED_PERCENT;
    uint32_t operator = (uint32_t)random_below(random, INSTITUTIONS * INSTITUTION_OPERATORS);
    if (!slow)
        at_ms = at_ms - at_ms % DAY + 13 * HOUR + at_ms % (6 * HOUR) + DAY;
    for (int64_t left = random_between(random, SUBJECTS_MIN, SUBJECTS_MAX); left > 0; left--) {
        uint32_t subject = (uint32_t)random_below(random, sim->config.customers);
        struct event event = {
            .at_ms = at_ms, .type = SIM_CREDIT_QUERY, .scenario = SIM_INSIDER_LOOKUP};
        event.as.credit_query = (struct credit_query){
            .subject = subject,
            .operator = operator,
            .purpose = forged ? QUERY_CARD : QUERY_REVIEW,
            .consent = forged,
        };
        world_push(sim, &event);
        at_ms = next_ms(random, slow, at_ms);
    }
}
