/* One idea: what comes out, and how it ends, does not depend on the sizes of reads and writes. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "codec/inflate.h"

/* Where unpacking stops: a bomb must cost little here too. */
#define OUTPUT_BYTES_MAX ((size_t)1 << 20)
#define CHUNK_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

struct pieces {
    struct view left;
    size_t piece_max;
};

static enum status read_piece(void *context, char *to, size_t max, size_t *ret_size,
                              struct diag *diag)
{
    (void)diag;
    struct pieces *pieces = context;
    size_t size = pieces->left.size_bytes < max ? pieces->left.size_bytes : max;
    size = size < pieces->piece_max ? size : pieces->piece_max;
    if (size > 0)
        memcpy(to, pieces->left.data, size);
    pieces->left.data += size;
    pieces->left.size_bytes -= size;
    *ret_size = size;
    return STATUS_OK;
}

/* Unpacks up to OUTPUT_BYTES_MAX and digests it. */
static enum status run(struct view packed, size_t piece_max, size_t chunk, uint64_t digest[2])
{
    static char out[CHUNK_BYTES];
    struct pieces pieces = {packed, piece_max};
    struct hash_digest hash;
    struct inflate *stream = inflate_new(mem_libc(), (struct source){read_piece, &pieces});
    ASSERT(stream != NULL);
    hash_digest_init(&hash);
    enum status status = STATUS_OK;
    size_t total = 0;
    while (status == STATUS_OK && total < OUTPUT_BYTES_MAX) {
        size_t left = OUTPUT_BYTES_MAX - total;
        size_t size = 0;
        status = inflate_read(stream, out, chunk < left ? chunk : left, &size, NULL);
        if (status == STATUS_OK && size == 0)
            break;
        if (status == STATUS_OK)
            hash_digest_add(&hash, (struct view){out, size});
        total += size;
    }
    hash_digest_result(&hash, digest);
    inflate_free(stream);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    uint64_t whole[2];
    uint64_t pieces[2];
    if (size_bytes == 0)
        return 0;
    struct view packed = {(const char *)data + 1, size_bytes - 1};
    enum status status = run(packed, SIZE_MAX, CHUNK_BYTES, whole);
    ASSERT(status == STATUS_OK || status == STATUS_CORRUPT || status == STATUS_LIMIT);
    enum status again = run(packed, 1 + data[0] / 8, 1 + data[0] % 8, pieces);
    ASSERT(status == again);
    ASSERT(status != STATUS_OK || (whole[0] == pieces[0] && whole[1] == pieces[1]));
    return 0;
}
