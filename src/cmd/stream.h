#ifndef CMD_STREAM_H
#define CMD_STREAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "os/os.h"

/* Bytes gathered before they are written. */
#define CMD_STREAM_BYTES ((size_t)256 << 10)

/* Buffered output to a file or a standard stream. Append to `buf` with the functions of base/buf.h
 * and call cmd_stream_spill now and then. The first failure is kept, and what is written after it
 * goes nowhere, so that one check at the end is enough. */
struct cmd_stream {
    struct os *os;
    struct os_file file;
    struct buf buf;
    enum status status;  /* the first failure, or STATUS_OK */
    bool reader_gone;    /* the failure was a pipe whose reader has gone away */
    struct diag diag;    /* of the failure */
};

/* A stream on a file that the caller keeps open, and closes. Allocates nothing. */
void cmd_stream_init(struct cmd_stream *stream, struct os *os, struct mem *mem,
                     struct os_file file);

/* Writes out what has gathered once it is CMD_STREAM_BYTES or more; call it after each line or
 * batch. Returns the stream's first failure, so that long work can stop early. */
MUST_CHECK enum status cmd_stream_spill(struct cmd_stream *stream);

/* Writes out everything that has gathered. Returns the stream's first failure. */
MUST_CHECK enum status cmd_stream_flush(struct cmd_stream *stream);

/* Flushes and frees. Returns the first failure; `diag` (may be NULL) says which. A zeroed stream is
 * allowed. */
MUST_CHECK enum status cmd_stream_close(struct cmd_stream *stream, struct diag *diag);

#endif
