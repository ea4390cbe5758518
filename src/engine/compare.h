#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine/engine.h"

/* Two policies over the same lines: which decisions differ, how, and what money they move. Each
 * line is decided by both, by its own engine with its own state, and counted once, in the cell of
 * the two verdicts. Not thread safe: one at a time, on the thread of its engines. */

#define COMPARE_SAMPLES_MAX 1000             /* lines told one by one */
#define COMPARE_ERROR (POLICY_BLOCK + 1)     /* a line that was not decided, as a verdict */
#define COMPARE_VERDICTS (COMPARE_ERROR + 1)

/* The lines that the old policy gave one verdict and the new one another, or the same. */
struct compare_cell {
    uint64_t count;
    uint64_t bad;         /* of them, those for whose event a label of the new policy is true: when
                             verdicts differ and the new policy decided; a line that came again is
                             none */
    int64_t amount_minor; /* the sum, held within int64_t, of the events' amounts: the first money
                             field that the new policy gives an event, in minor units
                             of the new policy's currency. Only lines that both decided; a line
                             that came again, or without an amount, adds 0 */
};

/* One line whose verdict differs. Verdicts: enum policy_verdict, or COMPARE_ERROR when the line was
 * not decided. Texts are copies that live as long as the comparison. */
struct compare_sample {
    uint64_t line;          /* 1-based */
    struct view id;         /* as the new policy reads it; empty when not known */
    uint8_t verdict_old;
    uint8_t verdict_new;
    struct view reason_old; /* of an error: that of `on error`; empty when there is none */
    struct view reason_new;
};

struct compare_result {
    uint64_t lines;       /* that compare_lines was given */
    uint64_t flips;       /* lines whose verdict differs, not being decided counting as one */
    uint64_t errors_old;  /* lines that the old policy did not decide */
    uint64_t errors_new;
    struct compare_cell cells[COMPARE_VERDICTS][COMPARE_VERDICTS]; /* [old][new] */
    size_t sample_count;
    const struct compare_sample *samples; /* the first flips, in the order of the lines */
};

struct compare;

/* A comparison of no lines so far. mem: for the samples and about 16 bytes of each flip that a
 * label may still find, outlives it; old_engine, new_engine: fresh, with lists loaded and CSV
 * headers given, borrowed, outlive it, and used by nobody else meanwhile, labels included;
 * new_policy: that of new_engine, borrowed; samples_max: at most COMPARE_SAMPLES_MAX.
 * STATUS_NO_MEMORY: there is none. */
MUST_CHECK enum status compare_new(struct mem *mem, struct engine *old_engine,
                                   struct engine *new_engine, const struct policy *new_policy,
                                   size_t samples_max, struct compare **ret_compare);

/* Frees the comparison with its result, not the engines; NULL is allowed. */
void compare_free(struct compare *compare);

/* Sets who is shown every outcome of the old engine, and of the new; each may be NULL: nobody.
 * Borrowed. */
void compare_listen(struct compare *compare, struct engine_sink *old_sink,
                    struct engine_sink *new_sink);

/* Decides up to LINES_BATCH_MAX lines with both, as engine_decide does, and adds them to the
 * result. A batch is given whole to the old engine, then to the new one. STATUS_NO_MEMORY:
 * comparison and engines are fit only for being freed. Costs what deciding twice costs. */
MUST_CHECK enum status compare_lines(struct compare *compare, enum engine_format format,
                                     const struct line *lines, size_t count);

/* The result so far; owned by `compare`, changed by compare_lines, dead after compare_free. */
const struct compare_result *compare_result(const struct compare *compare);

#endif
