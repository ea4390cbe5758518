#ifndef CMD_MODEL_ROWS_H
#define CMD_MODEL_ROWS_H

#include "cmd/learn.h"
#include "cmd/model_file.h"

/* The rows of a policy's model over a history, with the truth and with what the rules said, to ask
 * model files about. All complain by themselves and return the exit code to end with. */

struct cmd_model_rows {
    struct cmd_learn learn;
    struct engine_sink sink_inner; /* learn's own */
    struct cmd_context *context;   /* NULL: nothing to free */
    size_t count;
    size_t positives;
    uint8_t *strengths;     /* count: each row's verdict by the rules alone; owned, as the next */
    size_t capacity;
    bool *truths;           /* count: the whole truth, whenever it became known */
    int32_t *days;          /* count: UTC days */
    int64_t *amounts_minor; /* count, or NULL: no money at stake */
};

/* Decides the history of operands first and first + 1 (policy, events) without its models, and
 * keeps the rows from --from on and before --until. rows: zeroed; cmd_model_rows_done is due. */
MUST_CHECK enum cmd_exit cmd_model_rows_read(struct cmd_model_rows *rows,
                                             struct cmd_context *context,
                                             const struct cmd_args *args, size_t first);

/* The scores of all rows by a model file, whose features are found among the arguments of the
 * policy's model by their names, or by position where the file has none. ret_scores: rows->count,
 * allocated from the context's mem. */
MUST_CHECK enum cmd_exit cmd_model_rows_score(const struct cmd_model_rows *rows,
                                              const struct cmd_model_file *file,
                                              double **ret_scores);

/* The exponent of the policy's currency. */
unsigned cmd_model_rows_exponent(const struct cmd_model_rows *rows);

/* Frees; a zeroed object is allowed. */
void cmd_model_rows_done(struct cmd_model_rows *rows);

#endif
