#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include <stddef.h>

#include "cmd/cmd.h"

/* The subcommands, each in the file of its name. */
extern const struct cmd_command cmd_check;
extern const struct cmd_command cmd_fmt;
extern const struct cmd_command cmd_test;
extern const struct cmd_command cmd_decide;
extern const struct cmd_command cmd_explain;
extern const struct cmd_command cmd_backtest;
extern const struct cmd_command cmd_diff;
extern const struct cmd_command cmd_evaluate;
extern const struct cmd_command cmd_model;
extern const struct cmd_command cmd_train;
extern const struct cmd_command cmd_simulate;
extern const struct cmd_command cmd_help;
extern const struct cmd_command cmd_version;

/* The command of that number in the order of help, or NULL behind the last. */
const struct cmd_command *cmd_command_at(size_t index);

/* The command of that name, or NULL. */
const struct cmd_command *cmd_command_find(const char *name);

#endif
