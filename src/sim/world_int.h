#ifndef SIM_WORLD_INT_H
#define SIM_WORLD_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/datetime.h"
#include "base/random.h"
#include "sim/draw_int.h"
#include "sim/event_int.h"
#include "sim/people_int.h"
#include "sim/places_int.h"
#include "sim/queue_int.h"
#include "sim/sim.h"

/* The world, and what the businesses and the criminals may do to it. */

#define SECOND DATETIME_MS_SECOND
#define MINUTE DATETIME_MS_MINUTE
#define HOUR DATETIME_MS_HOUR
#define DAY DATETIME_MS_DAY

/* The most events that one arrival, or one crime, or one thing that follows may plan at once. */
#define ARRIVAL_EVENTS_MAX 16u
#define CRIME_EVENTS_MAX 1024u

/* Merchants whose terminals copy cards at the moment, and cards copied by one. */
#define SKIMMERS_MAX 16u
#define SKIMMED_MAX 64u

/* People have 26-bit numbers, so that the ids made of them stay unique; after 62 million strangers
 * criminals use old names again. */
#define PERSON_BITS 26

/* Things of a world that do not grow with it. */
#define BILLERS 40u
#define PRODUCTS 40u
#define INSTITUTIONS 30u
#define INSTITUTION_OPERATORS 20u
#define CUSTOMERS_PER_ADVISER 200u

struct skimmer {
    uint32_t merchant;
    uint32_t count;
    uint32_t accounts[SKIMMED_MAX];
    uint8_t cards[SKIMMED_MAX];
    bool active;
};

struct sim {
    struct mem *mem;
    struct sim_config config;        /* as checked, customers filled in */
    struct people people;
    struct places places;
    struct queue queue;
    struct random honest;            /* honest people's luck: criminals never draw from it */
    struct random crime[SIM_SCENARIO_COUNT];
    int64_t now_ms;                  /* of the last event given out */
    int64_t end_ms;                  /* nothing happens then or later */
    double clock_ms;                 /* since the start: when the next arrival may happen */
    int64_t arrival_ms;              /* the same as a time */
    double gap_ms;                   /* the mean between two chances to arrive */
    uint32_t arrivals_sum;           /* of the businesses' rates */
    uint32_t strangers;              /* accounts opened by criminals so far */
    uint32_t projects;
    int64_t budget[SIM_SCENARIO_COUNT];                     /* judged frauds that are due, 1e-9 */
    int64_t budget_step[SIM_BUSINESS_COUNT][SIM_SCENARIO_COUNT]; /* per judged event */
    uint32_t planned;                /* judged frauds pushed by the crime now being planned */
    struct skimmer skimmers[SKIMMERS_MAX];
    struct sim_totals totals;
};

/* A business: what a customer who turns to it does, and what comes of it. */
struct business {
    uint32_t arrivals;               /* per 1000 customers and day */
    uint32_t events;                 /* per 1000 customers and day, measured over 60 days */
    uint32_t judged;                 /* of these */
    void (*arrive)(struct sim *sim, const struct person *person, int64_t at_ms);
    /* What an event leads to; `number` is that of its id. May be NULL. */
    void (*follow)(struct sim *sim, const struct event *event, uint32_t number);
    void (*day)(struct sim *sim, int64_t at_ms);  /* at every midnight; may be NULL */
};

extern const struct business business_payments, business_banking, business_loans,
    business_crowdfunding, business_credit, business_wealth;

/* Whether a business is part of this world. */
bool world_has(const struct sim *sim, enum sim_business business);

/* The person of that number. */
struct person world_person(const struct sim *sim, uint32_t number);

/* The luck that an event's consequences draw from: its scenario's, or honest people's. */
struct random *world_luck(struct sim *sim, uint8_t scenario);

/* Plans an event; its time must not be in the past. The caller has asked for room. */
void world_push(struct sim *sim, const struct event *event);

/* Whether `count` more events fit. */
bool world_room(const struct sim *sim, uint32_t count);

/* A home country, by where the customers are. */
uint8_t world_draw_country(const struct sim *sim, struct random *random);

/* A person signs in, mistyping now and then, and pushes what that looks like.
 * ret_seat: where he now sits. Returns when he is in, or -1 when he gave up. */
int64_t session_open(struct sim *sim, struct random *random, const struct person *person,
                     int64_t at_ms, struct seat *ret_seat);

/* Where a person usually sits, without signing in. */
struct seat session_seat(struct sim *sim, struct random *random, const struct person *person,
                         int64_t at_ms);

/* What somebody pays a merchant of that category: the category's habit times the person's wealth,
 * rounded as such prices are. */
int64_t payments_amount(const struct sim *sim, struct random *random, struct merchant merchant,
                        uint32_t wealth_permille);

/* Notes the card of a payment at a merchant whose terminals copy cards. */
void skimmer_see(struct sim *sim, const struct payment *payment);

/* What an honest person transfers to a friend. */
int64_t banking_amount(struct random *random, const struct person *person);

/* The plans of credit queries that institutions make about an applicant. */
void credit_check_applicant(struct sim *sim, struct random *random, uint32_t applicant,
                            int64_t at_ms);

/* A pledge's backer and amount follow from its project's key. */
uint32_t crowdfunding_backer(const struct sim *sim, uint64_t key, uint32_t step);

/* The risk level of a wealth product, 1 to 5. */
uint8_t wealth_product_risk(uint8_t product);

/* The judged frauds that one crime makes on average: STOLEN_CARD_SIZE and so on. */
enum crime_size {
#define CRIME_SIZE(name, text, businesses, share, size, sentence) name##_SIZE = size,
    SIM_SCENARIO_TABLE(CRIME_SIZE)
#undef CRIME_SIZE
};

/* The scenarios: each plans one crime that begins at `at_ms`. */
#define CRIME_DECLARE(name, text, businesses, share, size, sentence)                              \
    void crime_##text(struct sim *sim, struct random *random, int64_t at_ms);
SIM_SCENARIO_TABLE(CRIME_DECLARE)
#undef CRIME_DECLARE

/* The skimmed cards of a compromised merchant come on the market. */
void crime_compromised_merchant_harvest(struct sim *sim, uint32_t index, int64_t at_ms);

/* Adds what a judged event of that business pays for, and starts the crimes that are due. */
void crime_account(struct sim *sim, enum sim_business business, int64_t at_ms);

/* Takes judged frauds that were planned, or not after all, from a scenario's budget. */
void crime_settle(struct sim *sim, enum sim_scenario scenario, int64_t frauds);

/* Shares the rate of fraud out among the scenarios of each business, and sets when each begins.
 * judged: events of each business that this world will probably judge. */
void crime_init(struct sim *sim, const uint64_t judged[SIM_BUSINESS_COUNT]);

/* An account opened for a crime, of a person whom nobody knows. */
uint32_t crime_stranger(struct sim *sim);

/* A mule: mostly a stranger, sometimes a customer who lends his account. */
uint32_t crime_mule(struct sim *sim, struct random *random);

/* A criminal's seat: a new device, on the web or in the app, somewhere in `country`. */
struct seat crime_seat(struct random *random, uint8_t country);

/* The home country of a victim two times in five, otherwise any country of the world. */
uint8_t crime_country(struct random *random, uint8_t home);

/* A sign-in by a criminal. */
void crime_login(struct sim *sim, enum sim_scenario scenario, int64_t at_ms, uint32_t account,
                 struct seat seat, bool ok);

/* A transfer that is part of a crime. */
void crime_transfer(struct sim *sim, enum sim_scenario scenario, int64_t at_ms, uint32_t from,
                    uint32_t to, struct seat seat, int64_t amount_minor);

/* A payee added as part of a crime. */
void crime_payee(struct sim *sim, enum sim_scenario scenario, int64_t at_ms, uint32_t account,
                 uint32_t payee, struct seat seat);

/* A fraudulent payment by card; most are disputed days later, if the owner reads his statement. */
void crime_payment(struct sim *sim, struct random *random, enum sim_scenario scenario,
                   int64_t at_ms, const struct payment *payment);

/* A merchant of one of the categories whose goods are as good as cash. */
struct merchant crime_fence(struct sim *sim, struct random *random, uint8_t country);

/* Writes the event as one line at `to` (SIM_LINE_BYTES_MAX bytes of room); returns the end. */
char *line_write(char *to, const struct event *event, uint32_t number, const struct sim *sim);

/* The money an event is about, or 0. */
int64_t line_amount(const struct event *event);

#endif
