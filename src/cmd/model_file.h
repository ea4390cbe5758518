#ifndef CMD_MODEL_FILE_H
#define CMD_MODEL_FILE_H

#include "base/arena.h"
#include "cmd/cmd.h"
#include "model/card.h"
#include "model/model.h"
#include "model/outline.h"

/* A model file as a command meets it: its bytes, the model that they make, what they say of
 * themselves, and the card beside it. */

#define CMD_MODEL_CARD_JSON ".card.json"
#define CMD_MODEL_CARD_HTML ".card.html"

struct cmd_model_file {
    struct cmd_context *context;  /* NULL: not open */
    const char *path;             /* borrowed */
    struct buf bytes;
    struct model *model;
    struct arena arena;           /* of what follows */
    struct outline outline;
    bool has_card;
    struct card card;
};

/* Reads and checks a model file; complains by itself and returns the exit code to end with. path:
 * borrowed. cmd_model_file_close is due in either case. */
MUST_CHECK enum cmd_exit cmd_model_file_open(struct cmd_model_file *file,
                                             struct cmd_context *context, const char *path);

/* Reads the card beside an open model, when there is one that is of this model; warns of one that
 * is not, or cannot be read. */
void cmd_model_file_card(struct cmd_model_file *file);

/* Frees; a zeroed object is allowed. */
void cmd_model_file_close(struct cmd_model_file *file);

/* Where the card of a model lies: the model's path without ".json", and `suffix`, one of the two
 * above. Writes a C string to `out`. */
void cmd_model_card_path(const char *model_path, const char *suffix, struct buf *out);

#endif
