/* One idea: institutions ask about people in office hours, for a purpose, and mostly with the
 * person's consent; a loan application makes some of them ask at once. */
#include "sim/world_int.h"

static uint32_t draw_operator(struct random *random)
{
    uint32_t institution = draw_zipf(random_unit(random), INSTITUTIONS);
    uint32_t desk = (uint32_t)random_below(random, INSTITUTION_OPERATORS);
    return institution * INSTITUTION_OPERATORS + desk;
}

static void push_query(struct sim *sim, int64_t at_ms, uint32_t subject, uint32_t operator,
                       enum query_purpose purpose)
{
    struct event event = {.at_ms = at_ms, .type = SIM_CREDIT_QUERY, .scenario = HONEST};
    event.as.credit_query = (struct credit_query){
        .subject = subject,
        .operator = operator,
        .purpose = (uint8_t)purpose,
        .consent = purpose != QUERY_REVIEW,
    };
    world_push(sim, &event);
}

static void arrive(struct sim *sim, const struct person *person, int64_t at_ms)
{
    static const uint8_t purposes[] = {25, 30, 10, 10, 25};
    struct random *random = &sim->honest;
    uint32_t operator = draw_operator(random);
    enum query_purpose purpose =
        (enum query_purpose)draw_weighted(random, purposes, sizeof purposes);
    push_query(sim, at_ms, person->number, operator, purpose);
}

void credit_check_applicant(struct sim *sim, struct random *random, uint32_t applicant,
                            int64_t at_ms)
{
    for (int64_t left = random_between(random, 1, 2); left > 0; left--) {
        at_ms += draw_delay(random, 20 * MINUTE);
        uint32_t operator = draw_operator(random);
        push_query(sim, at_ms, applicant, operator, QUERY_LOAN);
    }
}

const struct business business_credit = {
    .arrivals = 40,
    .events = 40,
    .judged = 40,
    .arrive = arrive,
};
