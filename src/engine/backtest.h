#ifndef ENGINE_BACKTEST_H
#define ENGINE_BACKTEST_H

#include "engine/engine.h"

/* What a policy would have done on a history whose truth is known: for the whole policy, each rule,
 * each day and each value of a field, how many events it flagged and how many of those were bad. */

#define BACKTEST_GROUPS_MAX 1000

struct backtest_options {
    const struct policy *policy;
    struct mem *mem;
    uint16_t label;         /* index of the label that tells the truth */
    uint16_t amount_field;  /* of the label's event: what is at stake, or UINT16_MAX */
    uint16_t group_field;   /* of the label's event: results by its values; a text, entity, ref,
                               country or choice; or UINT16_MAX */
    enum policy_verdict flags_from; /* verdicts from this one on count as flagged */
    int64_t from_ms;        /* only events at these times are judged: from the one on, and before */
    int64_t until_ms;       /* the other; INT64_MIN and INT64_MAX: all */
};

/* Counts over a set of judged events. Money in minor units, at most the ends of int64_t. */
struct backtest_counts {
    uint64_t judged;
    uint64_t bad;            /* label true */
    uint64_t flagged;
    uint64_t caught;         /* bad and flagged */
    int64_t bad_minor;
    int64_t flagged_minor;
    int64_t caught_minor;
};

struct backtest_group {
    struct view name;        /* "" stands for missing */
    struct backtest_counts counts;
};

struct backtest_rule {
    struct backtest_counts counts; /* flagged: the rule fired, or would have (shadow) */
    uint64_t alone;          /* flagged by this rule and no other */
    uint64_t alone_caught;
};

struct backtest_day {
    int64_t start_ms;
    struct backtest_counts counts;
};

/* Outcomes that were not judged, each counted once, by the first of these that is true. */
struct backtest_skips {
    uint64_t undecided;
    uint64_t repeated;       /* the same event again */
    uint64_t other_events;   /* that the label does not judge */
    uint64_t outside;        /* before from_ms, or not before until_ms */
};

struct backtest_result {
    struct backtest_counts whole;
    struct backtest_skips skips;
    uint64_t verdicts[POLICY_BLOCK + 1];
    const struct backtest_rule *rules; /* policy->rule_count */
    size_t day_count;
    const struct backtest_day *days;   /* those with a judged event, ascending */
    size_t group_count;
    const struct backtest_group *groups; /* by their names' bytes; the rest last */
    bool groups_cut;         /* more than BACKTEST_GROUPS_MAX: the last one is the rest */
};

struct backtest;

/* A backtest that has seen nothing. STATUS_NO_MEMORY. */
MUST_CHECK enum status backtest_new(const struct backtest_options *options,
                                    struct backtest **ret_backtest);
void backtest_free(struct backtest *backtest);

/* Where the engine's label sink for this backtest is; give it to engine_label_listen. */
struct engine_label_sink *backtest_label_sink(struct backtest *backtest);

/* Takes one outcome. About 60 bytes are kept of each judged event, in its order.
 * STATUS_NO_MEMORY: the backtest is fit only for backtest_free. */
MUST_CHECK enum status backtest_take(struct backtest *backtest,
                                     const struct engine_outcome *outcome);

/* Sums up. The result is owned by the backtest and valid until its end or the next call.
 * STATUS_NO_MEMORY as above. */
MUST_CHECK enum status backtest_result(struct backtest *backtest,
                                       const struct backtest_result **ret_result);

/* Shares, with their definitions: precision is caught of flagged, recall is caught of bad; NAN when
 * there is nothing to divide by. */
double backtest_precision(const struct backtest_counts *counts);
double backtest_recall(const struct backtest_counts *counts);

#endif
