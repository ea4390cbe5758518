#ifndef CMD_TERM_H
#define CMD_TERM_H

#include <stdbool.h>

#include "cmd/options.h"
#include "os/os.h"

#define CMD_TERM_BOLD "\x1b[1m"
#define CMD_TERM_DIM "\x1b[2m"
#define CMD_TERM_RED "\x1b[31m"
#define CMD_TERM_GREEN "\x1b[32m"
#define CMD_TERM_YELLOW "\x1b[33m"
#define CMD_TERM_RESET "\x1b[0m"
#define CMD_TERM_CLEAR_LINE "\r\x1b[K"

/* Whether to colour what goes to `file`: as --color says; when that is auto, only on a terminal
 * that is not "dumb", and never when NO_COLOR is set to anything (no-color.org). */
bool cmd_term_colour(struct os *os, const struct os_file *file, enum cmd_colour wish);

/* `sequence` when `colour`, else "": for printf. */
const char *cmd_term_paint(bool colour, const char *sequence);

#endif
