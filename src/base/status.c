/* One idea: the sentences of base/status.h's table. */
#include "base/status.h"

#include "base/assert.h"

const char *status_text(enum status status)
{
    static const char *const texts[] = {
#define STATUS_TEXT(name, text) [name] = text,
        STATUS_TABLE(STATUS_TEXT)
#undef STATUS_TEXT
    };
    ASSERT((unsigned)status < sizeof texts / sizeof texts[0]);
    return texts[status];
}
