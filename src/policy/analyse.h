#ifndef POLICY_ANALYSE_H
#define POLICY_ANALYSE_H

#include "policy/policy.h"

/*
 * What can be said about a sound policy without running it. Only what is certain is said: a rule
 * that is reported can do nothing on any event whatsoever. What is not reported may still be odd.
 */

#define ANALYSE_STEPS_MAX 2000       /* parts of conditions looked at to answer one question */
#define ANALYSE_FACTS_MAX 48         /* values known about at one time */
#define ANALYSE_EXCLUDED_MAX 32      /* values known not to be, at one time */
#define ANALYSE_NEST_MAX 8           /* alternatives inside alternatives */
#define ANALYSE_LET_DEPTH_MAX 16     /* lets made of lets that are followed */
#define ANALYSE_PAIRS_MAX 4000        /* pairs of rules compared in full */

/* Adds to a report what is found (the last four of codes.h, all warnings), in the order of places.
 * policy: compiled from `source`, without errors; report: initialised, with what policy_compile
 * said or empty. STATUS_NO_MEMORY: some of it may have been added. Linear in the policy, beside
 * one comparison of two words for each pair of rules of an event; any thread. */
MUST_CHECK enum status policy_analyse(const struct policy *policy, struct view source,
                                      struct policy_report *report);

#endif
