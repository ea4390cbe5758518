#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/buf.h"
#include "cmd/cmd.h"

/* Appends the help of one command, wrapped at 80 columns. */
void cmd_help_command(const struct cmd_command *command, bool colour, struct buf *out);

/* Appends the overview: usage, commands, common options, exit codes. */
void cmd_help_overview(bool colour, struct buf *out);

/* Appends the manual page weir(1) in man(7) macros. */
void cmd_help_man(struct buf *out);

/* Appends a completion script for bash. */
void cmd_help_bash(struct buf *out);

#endif
