#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* A seeded, reproducible source of randomness for simulation and tests: xoshiro256**, filled by
 * splitmix64 (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2021). Never for
 * secrets. One stream per object; not for threads to share. */
struct random {
    uint64_t s[4];
};

/* Starts the stream that belongs to `seed`; every seed is allowed. */
void random_init(struct random *random, uint64_t seed);

/* 64 random bits. About 1 ns. */
uint64_t random_u64(struct random *random);

/* An integer in [0, bound), without bias (Lemire 2019). `bound` is at least 1. */
uint64_t random_below(struct random *random, uint64_t bound);

/* An integer in [low, high], both included; low <= high. */
int64_t random_between(struct random *random, int64_t low, int64_t high);

/* A double in [0, 1), a multiple of 2^-53. */
double random_unit(struct random *random);

#endif
