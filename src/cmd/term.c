/* One idea: colours are for people; one function decides, everything else asks it. */
#include "cmd/term.h"

#include <string.h>

static bool is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

bool cmd_term_colour(struct os *os, const struct os_file *file, enum cmd_colour wish)
{
    if (wish != CMD_COLOUR_AUTO)
        return wish == CMD_COLOUR_ALWAYS;
    const char *term = os_getenv(os, "TERM");
    if (is_set(os_getenv(os, "NO_COLOR")) || (term != NULL && strcmp(term, "dumb") == 0))
        return false;
    return os_is_terminal(os, file);
}

const char *cmd_term_paint(bool colour, const char *sequence)
{
    return colour ? sequence : "";
}
