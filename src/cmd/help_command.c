/* One idea: everything `weir help` can write is made from the list of commands. */
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/suggest.h"

enum { OPTION_MAN, OPTION_COMPLETION, OPTION_COUNT };

static const char *const shells[] = {"bash", NULL};

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_MAN] = {.name = "man", .type = CMD_FLAG, .summary = "write the manual page"},
    [OPTION_COMPLETION] = {.name = "completion", .value = "SHELL", .type = CMD_CHOICE,
                           .choices = shells,
                           .summary = "write a completion script for a shell: bash"},
};

static enum cmd_exit help_about(struct cmd_context *context, const char *name)
{
    const struct cmd_command *command = cmd_command_find(name);
    if (command == NULL)
        return cmd_complain_usage(context, "there is no command '%s'", name);
    cmd_help_command(command, context->colour_out, &context->out.buf);
    return CMD_EXIT_OK;
}

static enum cmd_exit run(struct cmd_context *context, const struct cmd_args *args)
{
    if (args->operand_count > 0)
        return help_about(context, args->operands[0]);
    if (args->values[OPTION_MAN].given)
        cmd_help_man(&context->out.buf);
    else if (args->values[OPTION_COMPLETION].given)
        cmd_help_bash(&context->out.buf);
    else
        cmd_help_overview(context->colour_out, &context->out.buf);
    return CMD_EXIT_OK;
}

const struct cmd_command cmd_help = {
    .name = "help",
    .summary = "show what there is, or one command",
    .operands = "[COMMAND]",
    .operand_count_max = 1,
    .options = options,
    .option_count = OPTION_COUNT,
    .description = "Shows all commands, or what one of them does. Also writes the manual page and "
                   "the shell completion, which are made from the same list.",
    .run = run,
};
