/* One idea: output gathers in a buffer that is written out when it is full; the first failure is
 * remembered, so that writers need not look after each line. */
#include "cmd/stream.h"

#include <string.h>

#include "base/assert.h"

void cmd_stream_init(struct cmd_stream *stream, struct os *os, struct mem *mem,
                     struct os_file file)
{
    memset(stream, 0, sizeof *stream);
    stream->os = os;
    stream->file = file;
    buf_init(&stream->buf, mem);
}

static void fail(struct cmd_stream *stream, enum status status)
{
    ASSERT(status != STATUS_OK);
    if (stream->status == STATUS_OK)
        stream->status = status;
}

enum status cmd_stream_flush(struct cmd_stream *stream)
{
    if (stream->buf.failed && stream->status == STATUS_OK) {
        diag_set(&stream->diag, "no-memory", "%s: no memory to write with", stream->file.path);
        fail(stream, STATUS_NO_MEMORY);
    }
    if (stream->status == STATUS_OK && stream->buf.size_bytes > 0) {
        enum status status = os_write(stream->os, &stream->file, buf_view(&stream->buf),
                                      &stream->diag);
        if (status != STATUS_OK) {
            stream->reader_gone = strcmp(stream->diag.code, OS_BROKEN_PIPE) == 0;
            fail(stream, status);
        }
    }
    buf_clear(&stream->buf);
    return stream->status;
}

enum status cmd_stream_spill(struct cmd_stream *stream)
{
    if (stream->buf.size_bytes < CMD_STREAM_BYTES && !stream->buf.failed)
        return stream->status;
    return cmd_stream_flush(stream);
}

enum status cmd_stream_close(struct cmd_stream *stream, struct diag *diag)
{
    if (stream->os == NULL)
        return STATUS_OK;
    enum status status = cmd_stream_flush(stream);
    buf_done(&stream->buf);
    if (status != STATUS_OK && diag != NULL)
        *diag = stream->diag;
    return status;
}
