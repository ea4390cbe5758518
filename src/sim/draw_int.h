#ifndef SIM_DRAW_INT_H
#define SIM_DRAW_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

/* Chance, with nothing but IEEE additions, multiplications and divisions, whose results are the
 * same everywhere. Draw once per statement: the order of draws within one is the compiler's. */

/* e^x for |x| <= 300, relative error below 1e-14. About 8 ns. */
double draw_exp(double x);

/* The natural logarithm of a normal x > 0, relative error below 1e-13. About 8 ns. */
double draw_ln(double x);

/* True `ppm` times in a million. */
bool draw_chance(struct random *random, uint32_t ppm);

/* A time between two events of a Poisson process of rate 1: exponential with mean 1. */
double draw_gap(struct random *random);

/* Mean 0, standard deviation 1: the bits set in a random word, binomial, smoothed by a uniform. */
double draw_normal(struct random *random);

/* Log-normal money of at least 1 minor unit: half the draws are below `median_minor`.
 * spread_percent: the standard deviation of its logarithm, in hundredths. */
int64_t draw_amount(struct random *random, int64_t median_minor, int spread_percent);

/* A duration around `median_ms`, log-normal with spread 0.8, between a tenth and ten times it. */
int64_t draw_delay(struct random *random, int64_t median_ms);

/* An index below `count` with probability weights[index] / their sum, which is not 0. O(count). */
size_t draw_weighted(struct random *random, const uint8_t *weights, size_t count);

/* A rank below `count` by Zipf's law with exponent 1 (its continuous form, uniform in the
 * logarithm), for `unit` uniform in [0, 1). */
uint32_t draw_zipf(double unit, uint32_t count);

/* 64 bits that look random and depend on nothing but the arguments. About 2 ns. */
uint64_t draw_mix(uint64_t key, uint64_t salt, uint64_t value);

/* The top 53 bits of a word as a number in [0, 1). */
double draw_unit_of(uint64_t bits);

#endif
