/* One idea: pull input, give it to the library that its first bytes name, hand on what comes
 * out, and insist that the last member or frame is whole.
 *
 * 1. input[start, end) is pulled and not yet used.
 * 2. in_frame: a member or frame has begun and not ended; the input may end only outside of one.
 * 3. Once `final` is set or the end was reported, neither the source nor a library is called. */
#include "codec/inflate.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/assert.h"

/* Bytes that tell the format. */
#define MAGIC_BYTES 4

/* The libraries count in 32 bits; more is given in several calls. */
#define OUTPUT_BYTES_MAX ((size_t)1 << 30)

/* Asks zlib for the gzip header and trailer, with any window. */
#define GZIP_WINDOW_BITS (16 + 15)

struct inflate {
    struct mem *mem;
    struct source source;
    enum inflate_format format;
    z_stream gzip;       /* open when `gzip_open` */
    ZSTD_DCtx *zstd;     /* NULL unless the format is zstd */
    bool gzip_open;
    bool in_frame;
    bool input_ended;
    enum status final;
    struct diag diag;    /* of `final` */
    size_t start;
    size_t end;
    uint64_t input_bytes;
    char input[INFLATE_INPUT_BYTES];
};

struct inflate *inflate_new(struct mem *mem, struct source source)
{
    struct inflate *stream = mem->resize(mem, NULL, 0, sizeof *stream);
    if (stream == NULL)
        return NULL;
    memset(stream, 0, offsetof(struct inflate, input));
    stream->mem = mem;
    stream->source = source;
    return stream;
}

void inflate_free(struct inflate *stream)
{
    if (stream == NULL)
        return;
    if (stream->gzip_open)
        inflateEnd(&stream->gzip);
    ZSTD_freeDCtx(stream->zstd);
    mem_free(stream->mem, stream, sizeof *stream);
}

static enum status fail(struct inflate *stream, enum status status, const char *reason)
{
    static const char *const names[] = {"", "plain", "gzip", "zstd"};
    diag_set(&stream->diag, "inflate", "the %s data near byte %llu of the input %s",
             names[stream->format],
             (unsigned long long)(stream->input_bytes - (stream->end - stream->start)), reason);
    stream->final = status;
    return status;
}

/* Pulls bytes to `to`, or learns that there are no more. */
static enum status pull(struct inflate *stream, char *to, size_t max, size_t *ret_size)
{
    enum status status =
        stream->source.read(stream->source.context, to, max, ret_size, &stream->diag);
    if (status != STATUS_OK) {
        stream->final = status;
        return status;
    }
    stream->input_ended = *ret_size == 0;
    stream->input_bytes += *ret_size;
    return STATUS_OK;
}

/* Pulls more behind what is in the buffer. */
static enum status refill(struct inflate *stream)
{
    size_t size = 0;
    if (stream->start == stream->end)
        stream->start = stream->end = 0;
    enum status status = pull(stream, stream->input + stream->end,
                              INFLATE_INPUT_BYTES - stream->end, &size);
    if (status == STATUS_OK)
        stream->end += size;
    return status;
}

/* Whether the first `size` bytes of the input agree with `magic`; a 0 bit in `mask` may be
 * either. */
static bool agrees(const struct inflate *stream, uint32_t magic, uint32_t mask, size_t size)
{
    uint32_t first = 0;
    memcpy(&first, stream->input, size);
    uint32_t seen = size == MAGIC_BYTES ? UINT32_MAX : ((uint32_t)1 << (8 * size)) - 1;
    return ((first ^ magic) & mask & seen) == 0;
}

/* What the bytes pulled so far can still be; *ret_sure: more of them would not change it. */
static enum inflate_format guess(const struct inflate *stream, bool *ret_sure)
{
    static const struct {
        uint32_t magic; /* little-endian */
        uint32_t mask;
        enum inflate_format format;
    } table[] = {
        {0x00088b1fu, 0x00ffffffu, INFLATE_GZIP}, /* RFC 1952: ID1, ID2, CM = deflate */
        {0xfd2fb528u, 0xffffffffu, INFLATE_ZSTD}, /* RFC 8878: a frame */
        {0x184d2a50u, 0xfffffff0u, INFLATE_ZSTD}, /* RFC 8878: a frame to be skipped */
    };
    size_t size = stream->end < MAGIC_BYTES ? stream->end : MAGIC_BYTES;
    *ret_sure = true;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!agrees(stream, table[i].magic, table[i].mask, size))
            continue;
        *ret_sure = size == MAGIC_BYTES;
        return *ret_sure ? table[i].format : INFLATE_PLAIN;
    }
    return INFLATE_PLAIN;
}

static enum status open_gzip(struct inflate *stream)
{
    stream->gzip_open = inflateInit2(&stream->gzip, GZIP_WINDOW_BITS) == Z_OK;
    if (!stream->gzip_open)
        return fail(stream, STATUS_NO_MEMORY, "cannot be read: out of memory");
    stream->in_frame = true;
    return STATUS_OK;
}

static enum status open_zstd(struct inflate *stream)
{
    stream->zstd = ZSTD_createDCtx();
    if (stream->zstd == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax,
                                            INFLATE_ZSTD_WINDOW_LOG_MAX)))
        return fail(stream, STATUS_NO_MEMORY, "cannot be read: out of memory");
    stream->in_frame = true;
    return STATUS_OK;
}

/* Reads as many bytes as it takes to know the format, no more: a pipe may be slow to give
 * others. */
static enum status detect(struct inflate *stream)
{
    bool sure = false;
    enum inflate_format format = INFLATE_PLAIN;
    while (!sure && !stream->input_ended) {
        enum status status = refill(stream);
        if (status != STATUS_OK)
            return status;
        format = guess(stream, &sure);
    }
    stream->format = format;
    if (format == INFLATE_GZIP)
        return open_gzip(stream);
    return format == INFLATE_ZSTD ? open_zstd(stream) : STATUS_OK;
}

static enum status read_plain(struct inflate *stream, char *to, size_t max, size_t *ret_size)
{
    size_t left = stream->end - stream->start;
    if (left == 0 && !stream->input_ended)
        return pull(stream, to, max, ret_size);
    size_t size = left < max ? left : max;
    memcpy(to, stream->input + stream->start, size);
    stream->start += size;
    *ret_size = size;
    return STATUS_OK;
}

/* One call of zlib. */
static enum status step_gzip(struct inflate *stream, char *to, size_t max, size_t *ret_size)
{
    z_stream *gzip = &stream->gzip;
    if (!stream->in_frame)
        inflateReset(gzip);
    stream->in_frame = true;
    gzip->next_in = (unsigned char *)stream->input + stream->start;
    gzip->avail_in = (unsigned)(stream->end - stream->start);
    gzip->next_out = (unsigned char *)to;
    gzip->avail_out = (unsigned)max;
    int result = inflate(gzip, Z_NO_FLUSH);
    stream->start = stream->end - gzip->avail_in;
    *ret_size = max - gzip->avail_out;
    if (result == Z_MEM_ERROR)
        return fail(stream, STATUS_NO_MEMORY, "cannot be read: out of memory");
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return fail(stream, STATUS_CORRUPT, "is damaged");
    stream->in_frame = result != Z_STREAM_END;
    return STATUS_OK;
}

/* One call of zstd. */
static enum status step_zstd(struct inflate *stream, char *to, size_t max, size_t *ret_size)
{
    ZSTD_inBuffer in = {stream->input, stream->end, stream->start};
    ZSTD_outBuffer out = {to, max, 0};
    size_t result = ZSTD_decompressStream(stream->zstd, &out, &in);
    stream->start = in.pos;
    *ret_size = out.pos;
    ZSTD_ErrorCode error = ZSTD_getErrorCode(result);
    if (error == ZSTD_error_frameParameter_windowTooLarge)
        return fail(stream, STATUS_LIMIT, "needs a window of more than 128 MiB");
    if (error == ZSTD_error_memory_allocation)
        return fail(stream, STATUS_NO_MEMORY, "cannot be read: out of memory");
    if (ZSTD_isError(result))
        return fail(stream, STATUS_CORRUPT, "is damaged");
    stream->in_frame = result != 0;
    return STATUS_OK;
}

/* Goes on until something comes out or the input ends. */
static enum status read_packed(struct inflate *stream, char *to, size_t max, size_t *ret_size)
{
    for (;;) {
        size_t size = 0;
        enum status status = STATUS_OK;
        if (stream->in_frame || stream->start < stream->end)
            status = stream->format == INFLATE_GZIP ? step_gzip(stream, to, max, &size)
                                                     : step_zstd(stream, to, max, &size);
        if (status != STATUS_OK)
            return status;
        *ret_size = size;
        if (size > 0)
            return STATUS_OK;
        if (stream->start < stream->end)
            continue;
        if (stream->input_ended)
            return stream->in_frame ? fail(stream, STATUS_CORRUPT, "is cut short") : STATUS_OK;
        status = refill(stream);
        if (status != STATUS_OK)
            return status;
    }
}

/* inflate_read without the memory of a failure. */
static enum status read_next(struct inflate *stream, char *to, size_t max, size_t *ret_size)
{
    if (stream->format == INFLATE_UNKNOWN) {
        enum status status = detect(stream);
        if (status != STATUS_OK)
            return status;
    }
    if (stream->format == INFLATE_PLAIN)
        return read_plain(stream, to, max, ret_size);
    return read_packed(stream, to, max < OUTPUT_BYTES_MAX ? max : OUTPUT_BYTES_MAX, ret_size);
}

enum status inflate_read(struct inflate *stream, char *to, size_t max, size_t *ret_size,
                         struct diag *diag)
{
    ASSERT(max > 0);
    size_t size = 0;
    enum status status = stream->final;
    if (status == STATUS_OK)
        status = read_next(stream, to, max, &size);
    if (status == STATUS_OK)
        *ret_size = size;
    else if (diag != NULL)
        *diag = stream->diag;
    return status;
}

static enum status read_source(void *context, char *to, size_t max, size_t *ret_size,
                               struct diag *diag)
{
    return inflate_read(context, to, max, ret_size, diag);
}

struct source inflate_source(struct inflate *stream)
{
    return (struct source){read_source, stream};
}

enum inflate_format inflate_format_of(const struct inflate *stream)
{
    return stream->format;
}

uint64_t inflate_input_bytes(const struct inflate *stream)
{
    return stream->input_bytes;
}
