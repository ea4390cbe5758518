#ifndef ENGINE_SELFTEST_H
#define ENGINE_SELFTEST_H

#include "engine/engine.h"

/* A policy's own tests: each runs its events through a fresh engine as lines of input, exactly as
 * live events go, and compares the decision on the `when` event with what it expects. */

struct selftest_options {
    const struct policy *policy;
    struct mem *mem;
    struct hash_seed seed;
    /* Fills a fresh engine's lists; anything but OK ends the run. May be NULL. */
    enum status (*prepare)(void *context, struct engine *engine, struct diag *diag);
    void *context;
};

/* What came of one test: `failure` is empty when it passed, else a line for each
 * broken expectation. */
struct selftest_report {
    const struct policy_test *test;
    struct view failure;
};

struct selftest_sink {
    void (*take)(struct selftest_sink *sink, const struct selftest_report *report);
};

/* How often each rule fired in judged events, over all tests of a run: policy->rule_count items. */
struct selftest_coverage {
    uint32_t *fired;
    uint32_t *shadow;
};

/* Runs every test of the policy, in order. coverage: zeroed arrays, or NULL.
 * STATUS_NO_MEMORY; STATUS_LIMIT with a diag, as engine_new; whatever `prepare` said. */
MUST_CHECK enum status selftest_run(const struct selftest_options *options,
                                    struct selftest_coverage *coverage,
                                    struct selftest_sink *sink, struct diag *diag);

#endif
