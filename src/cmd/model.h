#ifndef CMD_MODEL_H
#define CMD_MODEL_H

#include "cmd/cmd.h"

/* The actions of `weir model`: each is one function over the command's options. */

enum {
    CMD_MODEL_JSON, CMD_MODEL_OUTPUT, CMD_MODEL_NAMES, CMD_MODEL_NAME, CMD_MODEL_TO,
    CMD_MODEL_LABEL, CMD_MODEL_MODEL, CMD_MODEL_AMOUNT, CMD_MODEL_FROM, CMD_MODEL_UNTIL,
    CMD_MODEL_THRESHOLD, CMD_MODEL_HTML, CMD_MODEL_INPUT, CMD_MODEL_SEPARATOR,
    CMD_MODEL_OPTIONS
};

/* Choices of --to, in their order. */
enum { CMD_MODEL_TO_XGBOOST, CMD_MODEL_TO_LIGHTGBM, CMD_MODEL_TO_WEIR };

/* Each does its work on the operands behind its name; complains by itself and returns the exit code
 * to end with. */
enum cmd_exit cmd_model_show(struct cmd_context *context, const struct cmd_args *args);
enum cmd_exit cmd_model_import(struct cmd_context *context, const struct cmd_args *args);
enum cmd_exit cmd_model_convert(struct cmd_context *context, const struct cmd_args *args);
enum cmd_exit cmd_model_compare(struct cmd_context *context, const struct cmd_args *args);
enum cmd_exit cmd_model_worth(struct cmd_context *context, const struct cmd_args *args);

#endif
