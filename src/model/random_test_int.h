#ifndef MODEL_RANDOM_TEST_INT_H
#define MODEL_RANDOM_TEST_INT_H

#include "base/arena.h"
#include "base/random.h"
#include "model/ensemble.h"

/* Random ensembles and rows for tests. */

struct random_shape {
    uint32_t feature_count;
    uint32_t tree_count;
    uint32_t depth_max;
    uint32_t splits_max;  /* per tree */
    double grow;          /* chance that a node above depth_max is split */
    uint32_t tests;       /* bit t: enum ensemble_test t may occur; sets on odd features only */
    bool any_missing;     /* kinds of missing other than NAN too */
    double cover_zero;    /* chance that a leaf has seen no row */
};

/* A checked ensemble, all of it in `arena`. Ends the test when there is no memory. */
struct ensemble random_ensemble(struct random *random, const struct random_shape *shape,
                                struct arena *arena);

/* A row of values of every kind: missing, infinite, denormal, at and beside thresholds; categories
 * known, unknown, negative, fractional and huge. row: feature_count. */
void random_row(struct random *random, const struct ensemble *ensemble, double *row);

/* The shape of round `round` of a property test: depths from 0 to 20, every kind of test. */
struct random_shape random_shape(struct random *random, uint32_t round);

/* The seed of a run: WEIR_SEED, or else `seed`; printed with the test's name. */
uint64_t random_seed(const char *test, uint64_t seed);

#endif
