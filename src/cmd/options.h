#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "base/diag.h"
#include "base/status.h"
#include "cmd/cmd.h"

/* When to use colours. */
enum cmd_colour { CMD_COLOUR_AUTO, CMD_COLOUR_ALWAYS, CMD_COLOUR_NEVER };

/* What every command understands beside its own options. */
struct cmd_common {
    bool help;
    enum cmd_colour colour;
};

/* The common options, for help and completion. */
extern const struct cmd_option cmd_common_options[];
extern const size_t cmd_common_option_count;

/* Reads the arguments behind the command's name: --name value, --name=value, -o value, -ovalue; --
 * ends the options, a lone - is an operand, options may stand behind operands.
 * argv, argc: without program and command; argv's order is changed: operands come first.
 * STATUS_INVALID with a diag: the usage is wrong, the hint has the nearest option. When --help was
 * given the operands are not counted. O(argc). */
MUST_CHECK enum status cmd_options_parse(const struct cmd_command *command, int argc,
                                         char **argv, struct cmd_args *ret_args,
                                         struct cmd_common *ret_common, struct diag *diag);

#endif
