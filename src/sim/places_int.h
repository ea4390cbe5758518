#ifndef SIM_PLACES_INT_H
#define SIM_PLACES_INT_H

#include <stdint.h>

/* Where things are: countries and merchants. Merchants take no memory: a merchant's number is
 * first[country] + rank * CATEGORY_COUNT + category, and all else follows from it. */

/* Code, minutes east of UTC, customers at home there per thousand, risk: see docs. */
#define COUNTRY_TABLE(X)                                                                          \
    X(CN, 480, 620) X(HK, 480, 60) X(SG, 480, 50) X(JP, 540, 50) X(KR, 540, 40) X(MY, 480, 40)    \
    X(TH, 420, 40) X(VN, 420, 30) X(ID, 420, 20) X(AU, 600, 15) X(US, -300, 15) X(GB, 0, 10)      \
    X(DE, 60, 5) X(FR, 60, 5) X(AE, 240, 0) X(BR, -180, 0) X(KH, 420, 0) X(NG, 60, 0)             \
    X(IR, 210, 0) X(KP, 540, 0)

enum country {
#define COUNTRY_ENUM(code, minutes, share) COUNTRY_##code,
    COUNTRY_TABLE(COUNTRY_ENUM)
#undef COUNTRY_ENUM
    COUNTRY_COUNT
};

/* The first COUNTRY_HOME_COUNT countries have customers. */
#define COUNTRY_HOME_COUNT COUNTRY_AE

/* Name, merchant category code (ISO 18245), share of payments in percent, payments made at a
 * counter in percent, usual amount, spread in percent, what amounts are rounded to. */
#define CATEGORY_TABLE(X)                                                                         \
    X(GROCERY, grocery, 5411, 22, 85, 6800, 70, 1)                                                \
    X(RESTAURANT, restaurant, 5812, 17, 75, 4800, 60, 50)                                         \
    X(TRANSPORT, transport, 4121, 11, 10, 2200, 60, 10)                                           \
    X(FUEL, fuel, 5541, 5, 95, 28000, 30, 1)                                                      \
    X(PHARMACY, pharmacy, 5912, 4, 80, 5600, 70, 10)                                              \
    X(FASHION, fashion, 5651, 6, 45, 22000, 80, 100)                                              \
    X(ELECTRONICS, electronics, 5732, 3, 35, 89000, 110, 100)                                     \
    X(JEWELLERY, jewellery, 5944, 1, 80, 180000, 100, 1000)                                       \
    X(MARKETPLACE, marketplace, 5262, 14, 0, 9900, 100, 10)                                       \
    X(GAMES, games, 5816, 4, 0, 3000, 80, 100)                                                    \
    X(GIFT_CARDS, gift_cards, 5815, 1, 0, 20000, 70, 5000)                                        \
    X(TRAVEL, travel, 4722, 2, 5, 120000, 90, 100)                                                \
    X(TELECOM, telecom, 4814, 4, 5, 5000, 40, 1000)                                               \
    X(UTILITIES, utilities, 4900, 3, 10, 18000, 50, 1)                                            \
    X(HEALTH, health, 8011, 2, 70, 30000, 90, 100)                                                \
    X(CHARITY, charity, 8398, 1, 5, 5000, 80, 500)

enum category {
#define CATEGORY_ENUM(name, text, mcc, share, pos, median, spread, round) CATEGORY_##name,
    CATEGORY_TABLE(CATEGORY_ENUM)
#undef CATEGORY_ENUM
    CATEGORY_COUNT
};

struct category_info {
    const char *name;
    uint8_t share_percent;
    uint8_t counter_percent;
    int64_t median_minor;
    int spread_percent;
    int64_t round_minor;
};

/* How many merchants there are where. */
struct places {
    uint32_t first[COUNTRY_COUNT + 1];           /* the number of a country's first merchant */
    uint32_t per_category[COUNTRY_COUNT];        /* merchants of one category in it */
    uint8_t country_of_permille[1000];           /* the home of a customer by share */
};

struct merchant {
    uint32_t number;
    uint8_t country;
    uint8_t category;
};

/* Sizes the world's places for so many customers; allocates nothing. */
void places_init(struct places *places, uint32_t customers);

/* Two letters, ISO 3166-1. */
const char *places_country_code(uint8_t country);

/* Minutes east of UTC; summer time is left out. */
int places_minutes_east(uint8_t country);

/* What is known of a category. */
const struct category_info *places_category(uint8_t category);

/* The merchant of that category whose place in its popularity `unit`, uniform in [0, 1), picks. */
struct merchant places_merchant(const struct places *places, uint8_t country, uint8_t category,
                                double unit);

#endif
