#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/* A seeded world of customers and criminals that tells what happens in it as a stream of events.
 * The same configuration gives the same bytes on every machine and compiler. docs/simulator/ has
 * the fields of every event and a page for every scenario. */

/* What a configuration may ask for. */
#define SIM_CUSTOMERS_MIN 50u
#define SIM_CUSTOMERS_MAX 5000000u
#define SIM_DAYS_MAX 3660u
#define SIM_EVENTS_MAX ((uint64_t)4000000000u)
#define SIM_FRAUD_PPM_MAX 100000u                 /* one judged event in ten */
#define SIM_START_MS_MIN ((int64_t)0)             /* 1970-01-01 */
#define SIM_START_MS_MAX ((int64_t)4102444800000) /* 2100-01-01 */

/* A line is never longer than this, its newline included. */
#define SIM_LINE_BYTES_MAX 576

/* A world allocates once, when it is made, and at most
 * SIM_BYTES_FIXED_MAX + customers * SIM_BYTES_PER_CUSTOMER_MAX. */
#define SIM_BYTES_FIXED_MAX ((size_t)2 * 1024 * 1024)
#define SIM_BYTES_PER_CUSTOMER_MAX ((size_t)208)

/* The six businesses: name, sentence. */
#define SIM_BUSINESS_TABLE(X)                                                                     \
    X(PAYMENTS, "payments", "Third-party payments: sign-ins, card payments and chargebacks")      \
    X(BANKING, "banking", "Online banking: sign-ins, new payees, transfers and payrolls")         \
    X(LOANS, "loans", "P2P loans: applications, repayments and defaults")                         \
    X(CROWDFUNDING, "crowdfunding", "Crowdfunding: projects, pledges and payouts")                \
    X(CREDIT, "credit", "Credit checks: queries of institutions about people")                    \
    X(WEALTH, "wealth", "Wealth products: sign-ins, investments and redemptions")

enum sim_business {
#define SIM_BUSINESS_ENUM(name, text, sentence) SIM_##name,
    SIM_BUSINESS_TABLE(SIM_BUSINESS_ENUM)
#undef SIM_BUSINESS_ENUM
    SIM_BUSINESS_COUNT
};

#define SIM_BUSINESS_ALL ((1u << SIM_BUSINESS_COUNT) - 1u)

/* The types of events: name, the "event" field, the letter that its ids begin with, and whether
 * it is judged, which is to say counted in the share of fraud. */
#define SIM_EVENT_TABLE(X)                                                                        \
    X(LOGIN, "login", 'n', false)                                                                 \
    X(PAYMENT, "payment", 'p', true)                                                              \
    X(CHARGEBACK, "chargeback", 'k', false)                                                       \
    X(PAYEE_ADDED, "payee_added", 'y', false)                                                     \
    X(TRANSFER, "transfer", 't', true)                                                            \
    X(LOAN_APPLICATION, "loan_application", 'l', true)                                            \
    X(LOAN_REPAYMENT, "loan_repayment", 'r', false)                                               \
    X(LOAN_DEFAULT, "loan_default", 'f', false)                                                   \
    X(PROJECT_CREATED, "project_created", 'j', false)                                             \
    X(PLEDGE, "pledge", 'g', true)                                                                \
    X(PAYOUT, "payout", 'o', true)                                                                \
    X(CREDIT_QUERY, "credit_query", 'q', true)                                                    \
    X(INVESTMENT, "investment", 'i', true)                                                        \
    X(REDEMPTION, "redemption", 'z', true)

enum sim_event {
#define SIM_EVENT_ENUM(name, text, letter, judged) SIM_##name,
    SIM_EVENT_TABLE(SIM_EVENT_ENUM)
#undef SIM_EVENT_ENUM
    SIM_EVENT_COUNT
};

/* What criminals do: name, its name in lower case, the businesses it can happen in (any of them is
 * enough), its share among the scenarios of a business, the judged events that one crime of it
 * makes on average, sentence. */
#define SIM_SCENARIO_TABLE(X)                                                                     \
    X(STOLEN_CARD, stolen_card, 1u << SIM_PAYMENTS, 40, 6,                                        \
      "A stolen card number is tried with small payments and then emptied")                       \
    X(ACCOUNT_TAKEOVER, account_takeover,                                                         \
      1u << SIM_PAYMENTS | 1u << SIM_BANKING | 1u << SIM_WEALTH, 30, 3,                           \
      "Failed sign-ins, a new device, a new payee, and the money goes out")                \
    X(COMPROMISED_MERCHANT, compromised_merchant, 1u << SIM_PAYMENTS, 30, 40,                     \
      "Cards used at one merchant for some days are abused elsewhere weeks later")                \
    X(MULE_CHAIN, mule_chain, 1u << SIM_BANKING, 20, 8,                                           \
      "A victim's money hurries through a row of mule accounts and abroad")                       \
    X(FAN_IN, fan_in, 1u << SIM_BANKING, 20, 28,                                                  \
      "Many victims pay one collector, who empties the account")                                  \
    X(FAN_OUT, fan_out, 1u << SIM_BANKING, 15, 24,                                                \
      "One account scatters a large sum over many others within hours")                           \
    X(STRUCTURING, structuring, 1u << SIM_BANKING, 15, 14,                                        \
      "A large sum moves in pieces that stay just below the reporting limit")                     \
    X(IDENTITY_FARM, identity_farm, 1u << SIM_LOANS, 100, 16,                                     \
      "Loan applications of invented people share devices, phones and addresses")                 \
    X(CROWDFUNDING_PONZI, crowdfunding_ponzi, 1u << SIM_CROWDFUNDING, 100, 110,                   \
      "A project pays its early backers with the money of the late ones")                         \
    X(INSIDER_LOOKUP, insider_lookup, 1u << SIM_CREDIT, 100, 30,                                  \
      "An employee of an institution looks up people who never applied")                          \
    X(MIS_SELLING, mis_selling, 1u << SIM_WEALTH, 100, 12,                                        \
      "An adviser sells risky products to cautious investors to make a quota")

enum sim_scenario {
#define SIM_SCENARIO_ENUM(name, text, businesses, share, size, sentence) SIM_##name,
    SIM_SCENARIO_TABLE(SIM_SCENARIO_ENUM)
#undef SIM_SCENARIO_ENUM
    SIM_SCENARIO_COUNT
};

/* Every scenario that the chosen businesses can host. Any other set of scenarios is taken at its
 * word: one that no chosen business can host is refused. */
#define SIM_SCENARIO_ALL UINT32_MAX

/* Which world to make. Start from sim_config_default. */
struct sim_config {
    uint64_t seed;
    uint32_t customers;   /* 0: as many as it takes for events_max events in about `days` days,
                             and then the world ends at events_max only */
    uint32_t days;        /* of simulated time, 1 to SIM_DAYS_MAX */
    int64_t start_ms;     /* the first instant of the world */
    uint64_t events_max;  /* stop after exactly this many events; 0: after `days` */
    uint32_t businesses;  /* bits 1u << enum sim_business, at least one */
    uint32_t scenarios;   /* bits 1u << enum sim_scenario, none for an honest world */
    uint32_t fraud_ppm;   /* judged events that are fraud, per million of all judged ones */
};

/* What has happened so far. */
struct sim_totals {
    uint64_t events;                             /* lines given out */
    uint64_t by_type[SIM_EVENT_COUNT];
    uint64_t judged;
    uint64_t fraud;                              /* judged events that are fraud */
    uint64_t fraud_by_scenario[SIM_SCENARIO_COUNT];
    int64_t fraud_minor_by_scenario[SIM_SCENARIO_COUNT]; /* their money */
    uint64_t left_out;                           /* plans dropped for want of room */
};

/* A name that a user may choose: of a business or a scenario. Static. */
struct sim_choice {
    const char *name;
    const char *sentence;
    uint32_t businesses;  /* of a scenario: where it can happen; of a business: its own bit */
};

struct sim;

/* Seed 1, 2,000 customers, 60 days from 2026-01-01T00:00:00Z, all businesses and scenarios, 8,000
 * frauds per million judged events, no bound on events. */
struct sim_config sim_config_default(void);

/* The choice of that number, or NULL at and beyond the end of the list. O(1), any thread. */
const struct sim_choice *sim_business_at(size_t index);
const struct sim_choice *sim_scenario_at(size_t index);

/* Reads names separated by commas ("payments,banking"), "all", or for scenarios "none".
 * ret_mask: the bits for struct sim_config.
 * STATUS_INVALID with `diag`: an empty or unknown name; the hint lists the names. Any thread. */
MUST_CHECK enum status sim_businesses_parse(struct view list, uint32_t *ret_mask,
                                            struct diag *diag);
MUST_CHECK enum status sim_scenarios_parse(struct view list, uint32_t *ret_mask,
                                           struct diag *diag);

/* How many events this configuration is likely to give: within a tenth for 30 to 90 days. Of loans
 * and crowdfunding alone shorter worlds give fewer and longer ones more, since repayments, pledges
 * and payouts come late. 0 for a configuration that sim_new refuses. O(1), any thread. */
uint64_t sim_events_expected(const struct sim_config *config);

/* Makes a world.
 * config: copied. mem: borrowed until sim_free. ret_sim: to be freed with sim_free.
 * STATUS_INVALID with `diag`: a value out of the limits above, or a scenario that no chosen
 * business can host; STATUS_NO_MEMORY. O(customers / 24). */
MUST_CHECK enum status sim_new(const struct sim_config *config, struct mem *mem,
                               struct sim **ret_sim, struct diag *diag);

/* Frees a world; NULL is allowed. */
void sim_free(struct sim *sim);

/* Appends the next event as one line of JSON with its newline: at least "event", "id" and "at",
 * never earlier than the line before, events of one millisecond in the order they were planned.
 * line: grows by at most SIM_LINE_BYTES_MAX; the world itself allocates nothing.
 * STATUS_END: the world is over, `line` is as it was, and every later call says the same;
 * STATUS_NO_MEMORY: `line` could not grow; the event is not lost, the next call gives it.
 * Below 1 us. One thread at a time. */
MUST_CHECK enum status sim_next(struct sim *sim, struct buf *line);

/* What has been given out so far; borrowed, changes with every sim_next. */
const struct sim_totals *sim_totals(const struct sim *sim);

/* The customers of this world: as configured, or as derived. */
uint32_t sim_customers(const struct sim *sim);

#endif
