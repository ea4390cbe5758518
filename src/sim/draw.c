/* One idea: the world must be the same to the last bit on every machine, so nothing here calls the
 * C library's mathematics; series over IEEE basic operations are exact enough and reproducible. */
#include "sim/draw_int.h"

#include <string.h>

#include "base/assert.h"

#define LN_2 0.693147180559945309417
#define EXP_BOUND 300.0

/* 1 / k! and 1 / (2 k + 1), the highest power first. */
static const double exp_terms[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
                                   1.0 / 3628800.0,    1.0 / 362880.0,    1.0 / 40320.0,
                                   1.0 / 5040.0,       1.0 / 720.0,       1.0 / 120.0,
                                   1.0 / 24.0,         1.0 / 6.0,         1.0 / 2.0,
                                   1.0,                1.0};
static const double ln_terms[] = {1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0,
                                  1.0 / 9.0,  1.0 / 7.0,  1.0 / 5.0,  1.0 / 3.0,  1.0};

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* x = n ln 2 + f with |f| <= ln 2 / 2; the series of e^f, then 2^n as an exponent. */
double draw_exp(double x)
{
    ASSERT(x >= -EXP_BOUND && x <= EXP_BOUND);
    int n = (int)(x / LN_2 + (x < 0 ? -0.5 : 0.5));
    double f = x - n * LN_2;
    double sum = 0.0;
    for (size_t k = 0; k < sizeof exp_terms / sizeof exp_terms[0]; k++)
        sum = exp_terms[k] + sum * f;
    return sum * from_bits((uint64_t)(1023 + n) << 52);
}

/* x = m 2^e with m near 1; ln m = 2 artanh((m - 1) / (m + 1)), an odd series. */
double draw_ln(double x)
{
    uint64_t bits = to_bits(x);
    int e = (int)(bits >> 52) - 1023;
    ASSERT(e > -1023 && e < 1024);
    double m = from_bits((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        e++;
    }
    double t = (m - 1.0) / (m + 1.0);
    double square = t * t;
    double sum = 0.0;
    for (size_t k = 0; k < sizeof ln_terms / sizeof ln_terms[0]; k++)
        sum = ln_terms[k] + sum * square;
    return 2.0 * t * sum + e * LN_2;
}

bool draw_chance(struct random *random, uint32_t ppm)
{
    return random_below(random, 1000000) < ppm;
}

double draw_gap(struct random *random)
{
    return -draw_ln(1.0 - random_unit(random));
}

double draw_normal(struct random *random)
{
    int ones = __builtin_popcountll(random_u64(random));
    double unit = random_unit(random);
    return (ones - 32.5 + unit) * 0.249351; /* 1 / sqrt(64 / 4 + 1 / 12) */
}

int64_t draw_amount(struct random *random, int64_t median_minor, int spread_percent)
{
    double z = draw_normal(random);
    int64_t minor = (int64_t)((double)median_minor * draw_exp(z * spread_percent * 0.01));
    return minor < 1 ? 1 : minor;
}

int64_t draw_delay(struct random *random, int64_t median_ms)
{
    double factor = draw_exp(draw_normal(random) * 0.8);
    factor = factor < 0.1 ? 0.1 : factor > 10.0 ? 10.0 : factor;
    return (int64_t)((double)median_ms * factor);
}

size_t draw_weighted(struct random *random, const uint8_t *weights, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    uint64_t left = random_below(random, sum);
    size_t i = 0;
    for (; left >= weights[i]; i++)
        left -= weights[i];
    return i;
}

uint32_t draw_zipf(double unit, uint32_t count)
{
    double rank = draw_exp(unit * draw_ln((double)count + 1.0)) - 1.0;
    uint32_t whole = rank > 0.0 ? (uint32_t)rank : 0;
    return whole < count ? whole : count - 1;
}

uint64_t draw_mix(uint64_t key, uint64_t salt, uint64_t value)
{
    uint64_t x = (key ^ salt * 0x9e3779b97f4a7c15u) + value * 0xd1b54a32d192ed03u;
    x ^= x >> 32;
    x *= 0xaef17502108ef2d9u;
    x ^= x >> 29;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

double draw_unit_of(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}
