#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/cmd.h"

#define CMD_PROGRESS_INTERVAL_MS 100u /* between two drawings */
#define CMD_PROGRESS_DELAY_MS 300u    /* shorter work shows no bar */

/* A bar on standard error with done, total, rate and time left. Shown only when standard error is a
 * terminal; then and otherwise it changes nothing else. */
struct cmd_progress {
    struct cmd_context *context;
    const char *unit;       /* "events" */
    uint64_t total;         /* 0: not known */
    uint64_t started_ns;
    uint64_t drawn_ns;      /* 0: not drawn yet */
    bool shown;             /* whether there is a terminal to draw on */
};

/* Starts. unit: borrowed; total: in the unit of `done`, 0 when it is not known; output: where the
 * command writes meanwhile: when that is a terminal too, no bar is drawn into it; NULL: it writes
 * only at the end. */
void cmd_progress_start(struct cmd_progress *progress, struct cmd_context *context,
                        const char *unit, uint64_t total, const struct cmd_stream *output);

/* Tells how much is done, and draws when the last drawing is long enough ago. `items`: counted in
 * `unit`; `done`: of `total`, the same as items unless total is counted in bytes. About 30 ns on a
 * terminal: call it per batch. */
void cmd_progress_tell(struct cmd_progress *progress, uint64_t items, uint64_t done);

/* Removes the bar. May be called twice. */
void cmd_progress_end(struct cmd_progress *progress);

#endif
