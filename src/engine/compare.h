#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine/engine.h"

/* Two policies over the same lines: which decisions differ, how, and what money they move. */

#define COMPARE_SAMPLES_MAX 1000
#define COMPARE_ERROR (POLICY_BLOCK + 1)     /* a line that was not decided, as a verdict */
#define COMPARE_VERDICTS (COMPARE_ERROR + 1)

struct compare_cell {
    uint64_t count;
    int64_t amount_minor; /* of lines that both decided; where the new policy has the amount */
};

/* One line whose verdict differs. */
struct compare_sample {
    uint64_t line;
    struct view id;
    uint8_t verdict_old;  /* enum policy_verdict or COMPARE_ERROR */
    uint8_t verdict_new;
    struct view reason_old;
    struct view reason_new;
};

struct compare_result {
    uint64_t lines;
    uint64_t flips;
    uint64_t errors_old;  /* lines that the old policy did not decide */
    uint64_t errors_new;
    struct compare_cell cells[COMPARE_VERDICTS][COMPARE_VERDICTS]; /* [old][new] */
    size_t sample_count;
    const struct compare_sample *samples; /* the first ones */
};

struct compare;

/* mem: for samples and scratch; old_engine, new_engine: fresh, borrowed; samples_max: at most
 * COMPARE_SAMPLES_MAX. STATUS_NO_MEMORY. */
MUST_CHECK enum status compare_new(struct mem *mem, struct engine *old_engine,
                                   struct engine *new_engine, const struct policy *new_policy,
                                   size_t samples_max, struct compare **ret_compare);
void compare_free(struct compare *compare);

/* Decides a batch with both, as engine_decide does. Money is the sum of the first money field of
 * each event. STATUS_NO_MEMORY: fit only for compare_free. */
MUST_CHECK enum status compare_lines(struct compare *compare, enum engine_format format,
                                     const struct line *lines, size_t count);

/* The result so far; owned by `compare`. */
const struct compare_result *compare_result(const struct compare *compare);

#endif
