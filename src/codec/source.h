#ifndef CODEC_SOURCE_H
#define CODEC_SOURCE_H

#include <stddef.h>

#include "base/diag.h"
#include "base/status.h"

/* Where bytes are pulled from: a file, a pipe, another stage. Plain data; the context is
 * borrowed. */
struct source {
    /* Writes 1 to `max` bytes at `to` and their number to *ret_size, or 0 at the end and ever
     * after. Any other status is final: whoever pulls passes it on and does not call again. */
    enum status (*read)(void *context, char *to, size_t max, size_t *ret_size, struct diag *diag);
    void *context;
};

#endif
