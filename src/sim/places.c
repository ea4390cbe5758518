/* One idea: a merchant's number says where it is, what it sells and how popular it is. */
#include "sim/places_int.h"

#include "sim/draw_int.h"

#define PER_CATEGORY_MIN 4u
#define CUSTOMERS_PER_MERCHANT 20u

static const struct {
    char code[3];
    int16_t minutes_east;
    uint16_t share_permille;
} countries[COUNTRY_COUNT] = {
#define COUNTRY_ROW(code, minutes, share) {#code, minutes, share},
    COUNTRY_TABLE(COUNTRY_ROW)
#undef COUNTRY_ROW
};

#define COUNTRY_SHARE(code, minutes, share) +share
_Static_assert(0 COUNTRY_TABLE(COUNTRY_SHARE) == 1000, "every customer has a home");
#undef COUNTRY_SHARE

static const struct category_info categories[CATEGORY_COUNT] = {
#define CATEGORY_ROW(name, text, mcc, share, pos, median, spread, round)                          \
    {#text, share, pos, median, spread, round},
    CATEGORY_TABLE(CATEGORY_ROW)
#undef CATEGORY_ROW
};

void places_init(struct places *places, uint32_t customers)
{
    uint32_t number = 0;
    uint32_t home = 0;
    for (uint8_t c = 0; c < COUNTRY_COUNT; c++) {
        uint32_t share = countries[c].share_permille;
        uint64_t merchants = (uint64_t)customers * share / 1000 / CUSTOMERS_PER_MERCHANT;
        uint32_t per_category = PER_CATEGORY_MIN + (uint32_t)(merchants / CATEGORY_COUNT);
        places->first[c] = number;
        places->per_category[c] = per_category;
        number += per_category * CATEGORY_COUNT;
        for (uint32_t i = 0; i < share; i++)
            places->country_of_permille[home++] = c;
    }
    places->first[COUNTRY_COUNT] = number;
}

const char *places_country_code(uint8_t country)
{
    return countries[country].code;
}

int places_minutes_east(uint8_t country)
{
    return countries[country].minutes_east;
}

const struct category_info *places_category(uint8_t category)
{
    return &categories[category];
}

struct merchant places_merchant(const struct places *places, uint8_t country, uint8_t category,
                                double unit)
{
    uint32_t rank = draw_zipf(unit, places->per_category[country]);
    uint32_t number = places->first[country] + rank * CATEGORY_COUNT + category;
    return (struct merchant){number, country, category};
}
