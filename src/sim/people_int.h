#ifndef SIM_PEOPLE_INT_H
#define SIM_PEOPLE_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/event_int.h"
#include "sim/places_int.h"

/* Who people are and what they have. A person is a pure function of the world's seed and the
 * person's number and takes no memory; strangers, whom criminals invent, have the numbers behind
 * the customers. */

#define HOUSEHOLD_PEOPLE 3u  /* neighbouring numbers live together */
#define EMPLOYER_PEOPLE 24u  /* and work together */

/* What the pure functions are keyed with, one for each thing to know. */
enum salt {
    SALT_PERSON = 1,
    SALT_HOUSEHOLD,
    SALT_WEALTH,
    SALT_PHONE,
    SALT_LAPTOP,
    SALT_TABLET,
    SALT_TRIP,
    SALT_HOME_IP,
    SALT_FAVOURITE,
    SALT_PRICE,
    SALT_FRIEND,
    SALT_PAYDAY,
    SALT_SALARY,
    SALT_PROJECT,
    SALT_BACKER,
    SALT_PLEDGE,
    SALT_KIOSK,
    SALT_BIRTH,
    SALT_CRIME
};

enum profile {
    PROFILE_WORKER,
    PROFILE_STUDENT,
    PROFILE_RETIRED,
    PROFILE_NIGHT,
    PROFILE_SHOPKEEPER,
    PROFILE_OFFICE,  /* nobody's life: when institutions work */
    PROFILE_COUNT
};

struct person {
    uint32_t number;
    uint8_t country;
    uint8_t profile;           /* enum profile */
    uint8_t device_count;      /* 1 to 3: phone, laptop, the household's tablet */
    uint8_t risk_capacity;     /* 1 (cautious) to 5, as a wealth adviser grades people */
    uint32_t wealth_permille;  /* what he spends beside the median person */
};

/* What people_init prepares from the seed. */
struct people {
    uint64_t key;
    uint32_t customers;
    uint32_t stride;           /* the rank of activity times this, modulo customers: the number */
    uint32_t wealth_permille[65];
    uint32_t awake_ppm[PROFILE_COUNT][2][24];  /* chance to act, by weekend and local hour */
    double peak;               /* the busiest hour of any profile over that profile's mean */
};

struct random;

/* Prepares; allocates nothing. customers: at least 1. */
void people_init(struct people *people, uint64_t seed, uint32_t customers);

/* The person of that number. About 10 ns. */
struct person people_person(const struct people *people, const struct places *places,
                            uint32_t number);

/* A customer by activity: few do much, many do little. */
uint32_t people_draw(const struct people *people, struct random *random);

/* The chance, in a million, that someone of this profile and country acts at `at_ms`, beside the
 * busiest hour of all. */
uint32_t people_awake_ppm(const struct people *people, uint8_t profile, uint8_t country,
                          int64_t at_ms);

/* The person's device number `slot` below device_count, at that time: phones are replaced. */
uint64_t people_device(const struct people *people, const struct person *person, unsigned slot,
                       int64_t at_ms);

/* Where the person is at that time: at home, or for a few days on a trip. */
uint8_t people_country(const struct people *people, const struct person *person, int64_t at_ms);

/* A device that nobody had before. */
uint64_t people_new_device(struct random *random);

/* The address of the household's line at home. */
uint32_t people_home_ip(const struct people *people, const struct person *person);

/* One of the few addresses that a country's mobile networks and hotels show for everybody. */
uint32_t people_shared_ip(struct random *random, uint8_t country);

/* Any address of a country. */
uint32_t people_any_ip(struct random *random, uint8_t country);

/* Writes an address as text at `to` (at most 40 bytes), no NUL; returns the end. IPv4 addresses
 * are of 240.0.0.0/4, which is reserved (RFC 1112), IPv6 of 2001:db8::/32 (RFC 3849). */
char *people_put_ip(char *to, uint32_t ip);

#endif
