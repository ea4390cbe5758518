/* One idea: the records of a stream do not depend on how it is read, and a record that is accepted
 * comes back the same when it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "codec/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static struct view fields[CSV_FIELDS_MAX];
static struct view again[CSV_FIELDS_MAX];

/* An allocator that keeps the last large block it is given back: under a sanitizer a fresh one
 * costs more than everything else here. */
static void *keeping_resize(struct mem *mem, void *block, size_t size_old, size_t size_new)
{
    static void *kept;
    static size_t kept_bytes;
    (void)mem;
    if (size_new == 0 && kept == NULL && size_old >= LINES_BATCH_BYTES_MAX) {
        kept = block;
        kept_bytes = size_old;
        return NULL;
    }
    if (block == NULL && kept != NULL && size_new == kept_bytes) {
        block = kept;
        kept = NULL;
        return block;
    }
    return mem_libc()->resize(mem_libc(), block, size_old, size_new);
}

static struct mem keeping = {keeping_resize};

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

static void check_record(struct csv_reader *reader, struct view record)
{
    size_t count = 0;
    size_t count_again = 0;
    struct diag diag;
    struct buf buf;
    enum status status = csv_record_read(reader, record, fields, CSV_FIELDS_MAX, &count, &diag);
    if (status != STATUS_OK) {
        ASSERT(diag.column >= 1 && diag.column <= record.size_bytes + 1);
        return;
    }
    ASSERT(count >= 1);
    buf_init(&buf, mem_libc());
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_char(&buf, ',');
        csv_put_field(&buf, ',', fields[i]);
    }
    ASSERT(buf_status(&buf) == STATUS_OK);
    if (buf.size_bytes <= CSV_RECORD_BYTES_MAX) {
        status = csv_record_read(reader, buf_view(&buf), again, CSV_FIELDS_MAX, &count_again, NULL);
        ASSERT(status == STATUS_OK && count_again == count);
        for (size_t i = 0; i < count; i++)
            ASSERT(view_equal(fields[i], again[i]));
    }
    buf_done(&buf);
}

/* Reads the stream in pieces of at most `piece_max` bytes and digests its lines. */
static void run(struct view text, size_t piece_max, enum lines_format format, uint64_t digest[2])
{
    struct pieces pieces = {text, piece_max};
    static struct csv_reader *reader;
    struct line batch[LINES_BATCH_MAX];
    struct hash_digest hash;
    size_t count = 0;
    struct lines *lines =
        lines_new(&keeping, format, ',', (struct source){read_piece, &pieces});
    if (reader == NULL)
        reader = csv_reader_new(mem_libc(), ',');
    ASSERT(lines != NULL && reader != NULL);
    hash_digest_init(&hash);
    while (lines_read(lines, batch, LINES_BATCH_MAX, &count, NULL) == STATUS_OK) {
        for (size_t i = 0; i < count; i++) {
            uint64_t words[3] = {batch[i].number, batch[i].status, batch[i].blank};
            hash_digest_add(&hash, (struct view){(const char *)words, sizeof words});
            hash_digest_add(&hash, batch[i].text);
            csv_reader_begin(reader);
            check_record(reader, batch[i].text);
        }
    }
    hash_digest_result(&hash, digest);
    lines_free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    uint64_t whole[2];
    uint64_t pieces[2];
    if (size_bytes == 0 || size_bytes > CSV_RECORD_BYTES_MAX / 4)
        return 0;
    struct view text = {(const char *)data + 1, size_bytes - 1};
    enum lines_format format = data[0] & 1 ? LINES_CSV : LINES_NDJSON;
    run(text, SIZE_MAX, format, whole);
    run(text, 1 + data[0] / 2, format, pieces);
    ASSERT(whole[0] == pieces[0] && whole[1] == pieces[1]);
    return 0;
}
