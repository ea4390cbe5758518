/* One idea: the one list of subcommands, in the order in which help shows them. */
#include "cmd/commands.h"

#include <string.h>

static const struct cmd_command *const commands[] = {
    &cmd_check, &cmd_fmt, &cmd_test, &cmd_decide, &cmd_explain, &cmd_backtest, &cmd_diff,
    &cmd_train, &cmd_evaluate, &cmd_model, &cmd_simulate, &cmd_help, &cmd_version,
};

const struct cmd_command *cmd_command_at(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? commands[index] : NULL;
}

const struct cmd_command *cmd_command_find(const char *name)
{
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++) {
        if (strcmp(command->name, name) == 0)
            break;
    }
    return command;
}
