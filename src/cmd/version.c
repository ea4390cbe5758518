/* One idea: which weir this is, for bug reports and for scripts. */
#include "cmd/commands.h"

enum { OPTION_JSON, OPTION_COUNT };

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG, .summary = "write one JSON object"},
};

static enum cmd_exit run(struct cmd_context *context, const struct cmd_args *args)
{
    struct buf *out = &context->out.buf;
    if (args->values[OPTION_JSON].given)
        buf_printf(out, "{\"name\":\"weir\",\"version\":\"%s\",\"compiler\":\"%s\"}\n",
                   WEIR_VERSION, __VERSION__);
    else
        buf_printf(out, "weir %s\n", WEIR_VERSION);
    return CMD_EXIT_OK;
}

const struct cmd_command cmd_version = {
    .name = "version",
    .summary = "show which version this is",
    .operands = "",
    .options = options,
    .option_count = OPTION_COUNT,
    .description = "Prints the version. With --json also the compiler it was built with.",
    .run = run,
};
