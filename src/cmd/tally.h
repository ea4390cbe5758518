#ifndef CMD_TALLY_H
#define CMD_TALLY_H

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "engine/engine.h"

/* How many lines of a stream were not decided, and why: by the code of the error and the field
 * concerned. */

#define CMD_TALLY_KINDS_MAX 64 /* kinds of errors told apart; further ones are counted together */
#define CMD_TALLY_SHOWN_MAX 10 /* of them shown to people */

/* The errors with one code in one field. */
struct cmd_error_kind {
    const char *code;        /* static */
    char field[DIAG_FIELD_BYTES_MAX]; /* or "" */
    uint64_t count;
    uint64_t first_line;
};

/* The events on which a model exists, those that came again not counted. */
struct cmd_model_tally {
    uint64_t events;
    uint64_t unscored[ENGINE_ARGUMENT_OVERFLOW + 1]; /* by why; none for ENGINE_SCORED */
};

/* Lines decided and not. Zeroed at first; plain data. */
struct cmd_tally {
    uint64_t lines;
    uint64_t errors;
    uint64_t error_line;     /* the first, and what it said */
    struct diag error;
    struct cmd_model_tally models[POLICY_MODELS_MAX];
    size_t kind_count;
    struct cmd_error_kind kinds[CMD_TALLY_KINDS_MAX + 1]; /* in the order of their first lines; the
                                                             last has all that had no place left */
};

/* Counts an outcome. O(CMD_TALLY_KINDS_MAX) for an error. */
void cmd_tally_take(struct cmd_tally *tally, const struct engine_outcome *outcome);

/* Says on standard error how many lines were not decided, what the first of them was, and how many
 * there were of each of the CMD_TALLY_SHOWN_MAX most common kinds; nothing when there is none.
 * by: "", or who did not decide them: " by the old policy". Returns CMD_EXIT_FINDINGS or
 * CMD_EXIT_OK. */
enum cmd_exit cmd_tally_tell(struct cmd_context *context, const struct cmd_tally *tally,
                             const char *by);

/* Says on standard error how many decisions each model without a score on some has fallen back on,
 * and why; nothing when all gave scores. by: as above. */
void cmd_tally_tell_models(struct cmd_context *context, const struct cmd_tally *tally,
                           const struct policy *policy, const char *by);

/* Writes an array of the policy's models: name, hash of the file when one is loaded, how many
 * events were scored and not. name: of the array; engine: that was tallied. */
void cmd_tally_json_models(struct cmd_json *json, const char *name, const struct cmd_tally *tally,
                           const struct policy *policy, const struct engine *engine);

/* Writes an array of all kinds, the most common first. name: of the array. */
void cmd_tally_json(struct cmd_json *json, const char *name, const struct cmd_tally *tally);

#endif
