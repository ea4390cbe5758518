/* One idea: say what was violated and where, then stop. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void assert_failed(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "weir: internal error: %s does not hold in %s (%s:%d); please report this\n",
            condition, function, file, line);
    abort();
}
