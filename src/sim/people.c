/* One idea: nobody is stored. What is asked about a person is computed from the seed, the number
 * and the time, so that a world of millions fits in a few tables and never contradicts itself. */
#include "sim/people_int.h"

#include "base/datetime.h"
#include "base/random.h"
#include "sim/draw_int.h"

#define WEALTH_SPREAD 0.55
#define DEVICE_BITS 0x0000ffffffffffffu
#define DEVICE_DAYS_MIN 200u
#define DEVICE_DAYS_SPAN 700u
#define TRIP_PERMILLE 22u       /* weeks with a trip */
#define SHARED_IPS 200u
#define IP_HOST_BITS 23
#define IP_V6 0x80000000u
#define IP_V6_PERCENT 15u

/* How much people do in each local hour, by profile, on weekdays and on weekends. */
static const uint8_t hours[PROFILE_COUNT][2][24] = {
    [PROFILE_WORKER] = {{4, 2, 1, 1, 1, 2, 8, 18, 20, 12, 12, 18,
                         32, 20, 12, 13, 15, 20, 32, 36, 36, 32, 22, 10},
                        {10, 5, 3, 2, 1, 2, 4, 8, 16, 26, 32, 34,
                         34, 30, 28, 28, 30, 32, 34, 34, 32, 28, 22, 14}},
    [PROFILE_STUDENT] = {{16, 8, 4, 2, 1, 1, 4, 12, 12, 12, 16, 24,
                          34, 18, 14, 16, 20, 30, 34, 34, 36, 38, 34, 26},
                         {24, 16, 8, 4, 2, 1, 2, 4, 8, 16, 24, 32,
                          34, 32, 30, 30, 32, 34, 36, 36, 36, 36, 34, 30}},
    [PROFILE_RETIRED] = {{1, 1, 0, 0, 1, 4, 16, 28, 36, 38, 36, 28,
                          20, 16, 22, 26, 24, 20, 16, 14, 10, 6, 3, 1},
                         {1, 1, 0, 0, 1, 4, 14, 26, 34, 36, 34, 28,
                          22, 18, 22, 24, 24, 20, 18, 14, 10, 6, 3, 1}},
    [PROFILE_NIGHT] = {{34, 32, 28, 24, 20, 18, 16, 14, 8, 4, 3, 3,
                        5, 8, 12, 16, 18, 20, 24, 24, 26, 28, 32, 34},
                       {36, 32, 26, 20, 14, 10, 8, 6, 4, 4, 6, 8,
                        12, 16, 18, 20, 22, 26, 28, 30, 32, 34, 36, 38}},
    [PROFILE_SHOPKEEPER] = {{1, 1, 1, 1, 4, 12, 24, 32, 36, 32, 30, 30,
                             28, 28, 30, 32, 32, 30, 26, 22, 18, 12, 6, 2},
                            {2, 1, 1, 1, 4, 10, 22, 30, 34, 34, 34, 34,
                             32, 32, 34, 34, 34, 32, 28, 24, 18, 12, 6, 3}},
    [PROFILE_OFFICE] = {{0, 0, 0, 0, 0, 0, 0, 1, 10, 34, 38, 34,
                         14, 24, 36, 36, 34, 22, 8, 4, 2, 1, 1, 0},
                        {0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4, 3,
                         2, 2, 3, 3, 2, 1, 1, 0, 0, 0, 0, 0}},
};

static const uint8_t profile_percent[PROFILE_OFFICE] = {54, 16, 14, 6, 10};

/* What a risk questionnaire makes of people: the usual answer of each profile. */
static const uint8_t capacity_usual[PROFILE_OFFICE] = {3, 4, 1, 3, 4};

static uint32_t week_sum(const uint8_t day[2][24])
{
    uint32_t sum = 0;
    for (int hour = 0; hour < 24; hour++)
        sum += 5u * day[0][hour] + 2u * day[1][hour];
    return sum;
}

/* Every profile does the same in a week; the busiest hour of all of them is chance 1. */
static void init_hours(struct people *people)
{
    people->peak = 0.0;
    for (int p = 0; p < PROFILE_COUNT; p++)
        for (int i = 0; i < 48; i++) {
            double ratio = hours[p][i / 24][i % 24] * 168.0 / week_sum(hours[p]);
            people->peak = ratio > people->peak ? ratio : people->peak;
        }
    for (int p = 0; p < PROFILE_COUNT; p++)
        for (int i = 0; i < 48; i++) {
            double ratio = hours[p][i / 24][i % 24] * 168.0 / week_sum(hours[p]);
            people->awake_ppm[p][i / 24][i % 24] = (uint32_t)(ratio / people->peak * 1e6);
        }
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void people_init(struct people *people, uint64_t seed, uint32_t customers)
{
    people->key = draw_mix(seed, SALT_PERSON, 0);
    people->customers = customers;
    people->stride = (uint32_t)((uint64_t)customers * 618 / 1000) + 1;
    while (common_divisor(people->stride, customers) != 1)
        people->stride++;
    for (int ones = 0; ones <= 64; ones++)
        people->wealth_permille[ones] =
            (uint32_t)(1000.0 * draw_exp((ones - 32) / 4.0 * WEALTH_SPREAD));
    init_hours(people);
}

static uint8_t profile_of(uint32_t percent)
{
    uint8_t profile = 0;
    for (; percent >= profile_percent[profile]; profile++)
        percent -= profile_percent[profile];
    return profile;
}

static uint8_t capacity_of(uint8_t profile, uint32_t tenth)
{
    int capacity = capacity_usual[profile] + (tenth == 0 ? -1 : tenth >= 8 ? 1 : 0);
    return (uint8_t)(capacity < 1 ? 1 : capacity > 5 ? 5 : capacity);
}

struct person people_person(const struct people *people, const struct places *places,
                            uint32_t number)
{
    uint64_t bits = draw_mix(people->key, SALT_PERSON, number);
    uint64_t home = draw_mix(people->key, SALT_HOUSEHOLD, number / HOUSEHOLD_PEOPLE);
    uint64_t wealth = draw_mix(people->key, SALT_WEALTH, number);
    uint32_t devices = (uint32_t)(bits >> 8 & 0xff);
    uint8_t profile = profile_of((uint32_t)(bits >> 32) % 100);
    return (struct person){
        .number = number,
        .country = places->country_of_permille[home % 1000],
        .profile = profile,
        .device_count = devices < 128 ? 1 : devices < 205 ? 2 : 3,
        .risk_capacity = capacity_of(profile, (uint32_t)(bits >> 16 & 0xff) % 10),
        .wealth_permille = people->wealth_permille[__builtin_popcountll(wealth)],
    };
}

/* Half of what happens falls evenly on all; half by the square of a uniform, on the busy ones. */
uint32_t people_draw(const struct people *people, struct random *random)
{
    uint64_t bits = random_u64(random);
    double unit = draw_unit_of(bits);
    if ((bits & 1) != 0)
        unit *= unit;
    uint64_t rank = (uint64_t)(unit * people->customers);
    return (uint32_t)(rank * people->stride % people->customers);
}

uint32_t people_awake_ppm(const struct people *people, uint8_t profile, uint8_t country,
                          int64_t at_ms)
{
    int64_t local_ms = at_ms + DATETIME_MS_DAY +
                       places_minutes_east(country) * DATETIME_MS_MINUTE;
    uint64_t hour = (uint64_t)local_ms / (uint64_t)DATETIME_MS_HOUR;
    uint64_t weekday = (hour / 24 + 2) % 7;  /* 1970-01-01, day 1 here, was a Thursday: 3 */
    return people->awake_ppm[profile][weekday >= 5][hour % 24];
}

/* A device lasts 200 to 900 days; people began theirs at different times. */
static uint64_t generation(uint64_t bits, int64_t at_ms)
{
    uint64_t lasts_days = DEVICE_DAYS_MIN + bits % DEVICE_DAYS_SPAN;
    uint64_t shift_days = (bits >> 32) % lasts_days;
    return ((uint64_t)(at_ms / DATETIME_MS_DAY) + shift_days) / lasts_days;
}

uint64_t people_device(const struct people *people, const struct person *person, unsigned slot,
                       int64_t at_ms)
{
    static const uint8_t salts[] = {SALT_PHONE, SALT_LAPTOP, SALT_TABLET};
    uint32_t owner = slot == 2 ? person->number / HOUSEHOLD_PEOPLE : person->number;
    uint64_t bits = draw_mix(people->key, salts[slot], owner);
    uint64_t device = draw_mix(bits, salts[slot], generation(bits, at_ms)) & DEVICE_BITS;
    return device == DEVICE_NONE ? 1 : device;
}

uint8_t people_country(const struct people *people, const struct person *person, int64_t at_ms)
{
    uint64_t day = (uint64_t)(at_ms / DATETIME_MS_DAY);
    uint64_t week = (uint64_t)person->number << 16 | day / 7;
    uint64_t bits = draw_mix(people->key, SALT_TRIP, week);
    if (bits % 1000 >= TRIP_PERMILLE || day % 7 < (bits >> 16) % 5)
        return person->country;
    return (uint8_t)((bits >> 32) % COUNTRY_HOME_COUNT);
}

uint64_t people_new_device(struct random *random)
{
    return (random_u64(random) & DEVICE_BITS) | 1;
}

static uint32_t ip_of(uint8_t country, uint32_t host)
{
    return (uint32_t)country << IP_HOST_BITS | (host & ((1u << IP_HOST_BITS) - 1u));
}

uint32_t people_home_ip(const struct people *people, const struct person *person)
{
    uint64_t bits = draw_mix(people->key, SALT_HOME_IP, person->number / HOUSEHOLD_PEOPLE);
    uint32_t ip = ip_of(person->country, (uint32_t)(bits >> 32)) | 1;
    return bits % 100 < IP_V6_PERCENT ? ip | IP_V6 : ip;
}

uint32_t people_shared_ip(struct random *random, uint8_t country)
{
    return ip_of(country, 2u * (uint32_t)random_below(random, SHARED_IPS) + 2u);
}

uint32_t people_any_ip(struct random *random, uint8_t country)
{
    return ip_of(country, (uint32_t)random_u64(random)) | 1;
}

static char *put_decimal(char *to, uint32_t byte)
{
    if (byte >= 100)
        *to++ = (char)('0' + byte / 100);
    if (byte >= 10)
        *to++ = (char)('0' + byte / 10 % 10);
    *to++ = (char)('0' + byte % 10);
    return to;
}

static char *put_hex(char *to, uint32_t value)
{
    int shift = 12;
    while (shift > 0 && value >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[value >> shift & 15];
    return to;
}

static char *put_v6(char *to, uint32_t ip)
{
    static const char prefix[] = "2001:db8:";
    for (const char *from = prefix; *from != '\0'; from++)
        *to++ = *from;
    to = put_hex(to, (ip >> IP_HOST_BITS & 0x1f) + 1);
    *to++ = ':';
    to = put_hex(to, (ip >> 8 & 0x7fff) + 1);
    *to++ = ':';
    *to++ = ':';
    return put_hex(to, (ip & 0xff) + 1);
}

char *people_put_ip(char *to, uint32_t ip)
{
    if ((ip & IP_V6) != 0)
        return put_v6(to, ip);
    uint32_t address = 0xf0000000u | ip;
    for (int shift = 24; shift >= 0; shift -= 8) {
        to = put_decimal(to, address >> shift & 0xff);
        if (shift > 0)
            *to++ = '.';
    }
    return to;
}
