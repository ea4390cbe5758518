#ifndef CMD_LOOP_H
#define CMD_LOOP_H

#include "cmd/session.h"

/* The run through a stream of events that decide, backtest and diff have in common. */

struct cmd_loop {
    struct cmd_context *context;
    struct cmd_input *input;
    struct cmd_stream *out;  /* where `decide` writes; NULL: nowhere */
    /* Decides the next lines, 1 to LINES_BATCH_MAX. STATUS_OK or STATUS_NO_MEMORY. */
    enum status (*decide)(void *self, const struct line *batch, size_t count);
    void *self;
    bool enough;             /* set by `decide`: no more lines are wanted */
    bool cut_short;          /* set when `out` could not be written, or its reader has gone */
};

/* Reads the input to its end, or until nothing more is wanted or can be written, under a progress
 * bar. Complains of what fails, but for `out`, whose owner does. */
MUST_CHECK enum cmd_exit cmd_loop_run(struct cmd_loop *loop);

#endif
