#ifndef CMD_LOOP_H
#define CMD_LOOP_H

#include "cmd/session.h"

/* The run through a stream of events that decide, backtest and diff have in common, and the count
 * of what could not be decided. */

/* Lines decided and not. Zeroed at first. */
struct cmd_tally {
    uint64_t lines;
    uint64_t errors;
    uint64_t error_line; /* the first, and what it said */
    struct diag error;
};

/* Counts an outcome. */
void cmd_tally_take(struct cmd_tally *tally, const struct engine_outcome *outcome);

/* Says on standard error how many lines were not decided and what the first of them was; nothing
 * when there is none. Returns CMD_EXIT_FINDINGS or CMD_EXIT_OK. */
enum cmd_exit cmd_tally_tell(struct cmd_context *context, const struct cmd_tally *tally);

struct cmd_loop {
    struct cmd_context *context;
    struct cmd_input *input;
    struct cmd_stream *out;  /* where `decide` writes; NULL: nowhere */
    /* Decides the next lines, 1 to LINES_BATCH_MAX. STATUS_OK or STATUS_NO_MEMORY. */
    enum status (*decide)(void *self, const struct line *batch, size_t count);
    void *self;
    bool cut_short;          /* set when `out` could not be written, or its reader has gone */
};

/* Reads the input to its end, or until nothing more can be written, under a progress bar. Complains
 * of what fails, but for `out`, whose owner does. */
MUST_CHECK enum cmd_exit cmd_loop_run(struct cmd_loop *loop);

#endif
