#ifndef SIM_SIM_TESTING_H
#define SIM_SIM_TESTING_H

#include <stdio.h>

#include "base/view.h"

/* Reading lines of the stream, for tests: the lines are flat, without spaces or escapes, as
 * sim_test.c makes sure of. */

/* The value of `name` in a line, quotes included, borrowed; data is NULL when there is none. */
static inline struct view testing_value(struct view line, struct view name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%.*s\":", VIEW_ARG(name));
    const char *at = memmem(line.data, line.size_bytes, key, strlen(key));
    if (at == NULL)
        return (struct view){NULL, 0};
    at += strlen(key);
    return (struct view){at, *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ",}")};
}

/* Takes the first line off `text`, newline included, borrowed; data is NULL at the end. */
static inline struct view testing_take_line(struct view *text)
{
    const char *newline =
        text->size_bytes == 0 ? NULL : memchr(text->data, '\n', text->size_bytes);
    if (newline == NULL)
        return (struct view){NULL, 0};
    struct view line = {text->data, (size_t)(newline + 1 - text->data)};
    *text = (struct view){newline + 1, text->size_bytes - line.size_bytes};
    return line;
}

#endif
