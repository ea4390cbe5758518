#ifndef CMD_LEARN_H
#define CMD_LEARN_H

#include "cmd/session.h"
#include "cmd/tally.h"
#include "engine/rows.h"
#include "model/train.h"

/* What train and evaluate have in common: one pass over a history that leaves the rows of a model,
 * and the command line's words for times. All of these complain by themselves and return the exit
 * code to end with. */

/* The names on the command line; NULL: not given. */
struct cmd_learn_names {
    const char *model;   /* may be left out where the policy has one */
    const char *label;
    const char *amount;
    const char *entity;
};

struct cmd_learn {
    struct cmd_context *context;
    struct cmd_session session;
    struct cmd_input input;
    struct engine_sink sink;
    struct cmd_tally tally;
    struct rows_options options;
    struct rows *rows;
    struct train_feature *features; /* of the model's arguments; owned */
    size_t feature_count;
    enum status status;             /* of taking rows */
    int64_t first_ms;               /* of all events, once read */
    int64_t covered_ms;             /* the end of the UTC day in which the last event was */
};

/* Compiles the policy and finds what the names mean in it. cmd_learn_close is due in any case. */
MUST_CHECK enum cmd_exit cmd_learn_open(struct cmd_learn *learn, struct cmd_context *context,
                                        const char *policy_path,
                                        const struct cmd_learn_names *names);

/* Decides a history and keeps the rows of events from from_ms on and before until_ms. path, values:
 * as cmd_input_open. Complains when there are no events. */
MUST_CHECK enum cmd_exit cmd_learn_read(struct cmd_learn *learn, const char *path,
                                        const struct cmd_value *values, int64_t from_ms,
                                        int64_t until_ms);

/* Frees; a zeroed object is allowed. */
void cmd_learn_close(struct cmd_learn *learn);

/* The model that rows are made for. */
const struct policy_model *cmd_learn_model(const struct cmd_learn *learn);

/* Complains when the history does not reach a time. what: what needs it, "the test of 2018-07-25";
 * from_ms to until_ms: the stretch that it needs. */
MUST_CHECK enum cmd_exit cmd_learn_check(const struct cmd_learn *learn, const char *what,
                                         int64_t from_ms, int64_t until_ms);

/* Reads a date or a time as options do. option: "--folds", for messages. */
MUST_CHECK enum cmd_exit cmd_learn_time(struct cmd_context *context, const char *option,
                                        struct view text, int64_t *ret_ms);

/* "2018-07-25", or with the time of day where that is not midnight; `to` has room for
 * DATETIME_TEXT_BYTES_MAX and gets no NUL. */
struct view cmd_learn_date(int64_t ms, char *to);

#endif
