#ifndef CMD_LEARN_H
#define CMD_LEARN_H

#include "cmd/session.h"
#include "cmd/tally.h"
#include "engine/rows.h"
#include "model/fold.h"
#include "model/model.h"
#include "model/train.h"

/* What train and evaluate have in common: one pass over a history that leaves the rows of a model,
 * and the command line's words for times. All of these complain by themselves and return the exit
 * code to end with. */

/* What --kind and --method take; the first in the order of cmd_learn_kind_values, the second in
 * that of enum train_method. */
extern const char *const cmd_learn_kinds[];
extern const enum model_kind cmd_learn_kind_values[];
extern const char *const cmd_learn_methods[];
#define CMD_LEARN_KIND_SUMMARY                                                                    \
    "what to train: xgboost (boosted trees), scorecard (points that add up), or isolation (a "     \
    "forest that asks for no labels)"

/* What --tune tries where no --grid is given. */
#define CMD_LEARN_GRID "depth=3|4|6,rounds=100|200,eta=0.05|0.1"

/* The names on the command line; NULL: not given. */
struct cmd_learn_names {
    const char *model;   /* may be left out where the policy has one */
    const char *label;
    bool label_optional; /* without `label` none is used: for kinds that ask for none */
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

/* Opens a history of which the rows of events from from_ms on and before until_ms will be kept.
 * path, values: as cmd_input_open. What the command reads is noted then, so that outputs can be
 * claimed. */
MUST_CHECK enum cmd_exit cmd_learn_begin(struct cmd_learn *learn, const char *path,
                                         const struct cmd_value *values, int64_t from_ms,
                                         int64_t until_ms);

/* Decides it and keeps the rows. Complains when there are no events. */
MUST_CHECK enum cmd_exit cmd_learn_read(struct cmd_learn *learn);

/* Frees; a zeroed object is allowed. */
void cmd_learn_close(struct cmd_learn *learn);

/* The event that gives rows. */
const struct policy_event *cmd_learn_event(const struct cmd_learn *learn);

/* The model that rows are made for. */
const struct policy_model *cmd_learn_model(const struct cmd_learn *learn);

/* Complains when the history does not reach a time. what: what needs it, "the test of 2018-07-25",
 * or with more and commas around it, "the test, with its wait,";
 * from_ms to until_ms: the stretch that it needs. */
MUST_CHECK enum cmd_exit cmd_learn_check(const struct cmd_learn *learn, const char *what,
                                         int64_t from_ms, int64_t until_ms);

/* The same for rows that are judged: where their label is an event that may come within a time of
 * theirs (`exists`), the history must reach so much further, or rows whose label was still to come
 * would count as good. */
MUST_CHECK enum cmd_exit cmd_learn_check_judged(const struct cmd_learn *learn, const char *what,
                                                int64_t from_ms, int64_t until_ms);

/* Where time plays no part: warns of rows at the end of the history whose label may still come. */
void cmd_learn_warn_open(const struct cmd_learn *learn);

/* Reads --params and --grid; NULL: the defaults. */
MUST_CHECK enum cmd_exit cmd_learn_settings(struct cmd_context *context, const char *params_text,
                                            const char *grid_text, struct train_params *ret_params,
                                            struct train_grid *ret_grid);

/* Reads --delay: how long labels are waited for; unless given, as long as the label itself takes. A
 * shorter wait for a label that is `known after` a time is refused: its bad rows would count as
 * good. Without a label as given. */
MUST_CHECK enum cmd_exit cmd_learn_delay(const struct cmd_learn *learn,
                                         const struct cmd_value *delay, int64_t *ret_ms);

/* Reads --capacity (100 unless given) and --cost. */
MUST_CHECK enum cmd_exit cmd_learn_judging(const struct cmd_learn *learn,
                                           const struct cmd_value *capacity,
                                           const struct cmd_value *cost,
                                           struct fold_judging *judging);

/* A progress bar over the rounds of many trainings. Does not move once started. */
struct cmd_learn_bar {
    struct train_listener listener;
    struct cmd_progress progress;
    uint64_t done;      /* rounds of the trainings that have ended */
};

/* Starts one over `total` rounds; cmd_progress_end ends its progress. */
void cmd_learn_bar_start(struct cmd_learn_bar *bar, struct cmd_context *context, uint64_t total);

/* Tells that a training has ended. */
void cmd_learn_bar_add(struct cmd_learn_bar *bar, const struct train_params *params);

/* How many rounds a training by these settings has at most. */
uint64_t cmd_learn_rounds(const struct train_params *params);

/* Reads a date or a time as options do. option: "--folds", for messages. */
MUST_CHECK enum cmd_exit cmd_learn_time(struct cmd_context *context, const char *option,
                                        struct view text, int64_t *ret_ms);

/* Tells the lines that were not decided and why, after whatever else is said. exit: what is ended
 * with otherwise. Returns the larger of it and what the lines make. */
enum cmd_exit cmd_learn_tell(const struct cmd_learn *learn, enum cmd_exit exit);

/* "2018-07-25", or with the time of day where that is not midnight; a time beyond the calendar is
 * its end. `to` has room for DATETIME_TEXT_BYTES_MAX and gets no NUL. */
struct view cmd_learn_date(int64_t ms, char *to);

#endif
