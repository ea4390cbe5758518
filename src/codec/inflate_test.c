/* One idea: zlib and zstd pack random bytes; they must come back whatever the sizes of reads and
 * writes are, and every cut or flipped bit must be noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/random.h"
#include "codec/inflate.h"

#define SEED 1952u
#define TEXT_BYTES_MAX 300000

static struct diag diag;

struct pieces {
    struct view left;
    size_t piece_max; /* 0: no bound */
    enum status status;
    size_t reads;
    struct random random;
};

static enum status read_piece(void *context, char *to, size_t max, size_t *ret_size,
                              struct diag *source_diag)
{
    struct pieces *pieces = context;
    size_t size = pieces->left.size_bytes < max ? pieces->left.size_bytes : max;
    pieces->reads++;
    if (pieces->piece_max != 0 && size > pieces->piece_max)
        size = 1 + random_below(&pieces->random, pieces->piece_max);
    if (size == 0 && pieces->status != STATUS_OK) {
        diag_set(source_diag, "test-source", "the source is broken");
        return pieces->status;
    }
    if (size > 0)
        memcpy(to, pieces->left.data, size);
    pieces->left.data += size;
    pieces->left.size_bytes -= size;
    *ret_size = size;
    return STATUS_OK;
}

static struct inflate *open_pieces(struct pieces *pieces, struct view packed, size_t piece_max)
{
    *pieces = (struct pieces){.left = packed, .piece_max = piece_max};
    random_init(&pieces->random, SEED);
    struct inflate *stream = inflate_new(mem_libc(), (struct source){read_piece, pieces});
    assert_non_null(stream);
    return stream;
}

/* Unpacks everything into `out`, in outputs of at most `output_max` bytes. */
static enum status unpack(struct view packed, size_t piece_max, size_t output_max, struct buf *out)
{
    struct pieces pieces;
    struct inflate *stream = open_pieces(&pieces, packed, piece_max);
    struct source source = inflate_source(stream);
    enum status status;
    size_t size = 0;
    buf_clear(out);
    do {
        char *to = buf_reserve(out, output_max);
        assert_non_null(to);
        status = source.read(source.context, to, output_max, &size, &diag);
        if (status == STATUS_OK)
            out->size_bytes += size;
    } while (status == STATUS_OK && size > 0);
    if (status == STATUS_OK) {
        assert_int_equal(inflate_input_bytes(stream), packed.size_bytes);
        assert_int_equal(inflate_read(stream, &(char){0}, 1, &size, NULL), STATUS_OK);
        assert_int_equal(size, 0);
    }
    inflate_free(stream);
    return status;
}

static void put_gzip(struct buf *buf, struct view text)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t max = deflateBound(&stream, text.size_bytes) + 64;
    char *to = buf_reserve(buf, max);
    assert_non_null(to);
    stream.next_in = (const unsigned char *)text.data;
    stream.avail_in = (unsigned)text.size_bytes;
    stream.next_out = (unsigned char *)to;
    stream.avail_out = (unsigned)max;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    buf->size_bytes += max - stream.avail_out;
    deflateEnd(&stream);
}

static void put_zstd(struct buf *buf, struct view text)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    assert_non_null(zstd);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    size_t max = ZSTD_compressBound(text.size_bytes);
    char *to = buf_reserve(buf, max);
    assert_non_null(to);
    size_t size = ZSTD_compress2(zstd, to, max, text.data, text.size_bytes);
    assert_false(ZSTD_isError(size));
    buf->size_bytes += size;
    ZSTD_freeCCtx(zstd);
}

static void put_skippable(struct buf *buf)
{
    buf_put(buf, "\x53\x2a\x4d\x18\x05\0\0\0hello", 13);
}

/* Letters that pack a little, or zeros that pack a lot. */
static struct view random_text(struct random *random, size_t size_max)
{
    static char text[TEXT_BYTES_MAX];
    size_t size = random_below(random, 4) == 0 ? random_below(random, 10)
                                                : random_below(random, size_max);
    bool zeros = random_below(random, 4) == 0;
    for (size_t i = 0; i < size; i++)
        text[i] = zeros ? 0 : (char)('a' + random_below(random, 20));
    return (struct view){text, size};
}

static void put_packed(struct buf *buf, enum inflate_format format, struct view text)
{
    if (format == INFLATE_GZIP)
        put_gzip(buf, text);
    else if (format == INFLATE_ZSTD)
        put_zstd(buf, text);
    else
        buf_put_view(buf, text);
}

static void unpacks_any_format_however_it_comes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 1000, 100000};
    struct random random;
    struct buf packed;
    struct buf wanted;
    struct buf out;
    random_init(&random, SEED);
    buf_init(&packed, mem_libc());
    buf_init(&wanted, mem_libc());
    buf_init(&out, mem_libc());
    for (int round = 0; round < 300; round++) {
        enum inflate_format format = INFLATE_PLAIN + (unsigned)random_below(&random, 3);
        size_t parts = 1 + random_below(&random, 3);
        size_t piece_max = sizes[random_below(&random, 5)];
        size_t output_max = sizes[random_below(&random, 5)];
        buf_clear(&packed);
        buf_clear(&wanted);
        for (size_t i = 0; i < parts; i++) {
            struct view text = random_text(&random, piece_max < 10 ? 3000 : TEXT_BYTES_MAX);
            if (format == INFLATE_ZSTD && random_below(&random, 3) == 0)
                put_skippable(&packed);
            put_packed(&packed, format, text);
            buf_put_view(&wanted, text);
        }
        enum status status = unpack(buf_view(&packed), piece_max, output_max, &out);
        if (status != STATUS_OK || !view_equal(buf_view(&out), buf_view(&wanted)))
            fail_msg("seed %u, round %d: status %d, %s", SEED, round, (int)status, diag.message);
    }
    buf_done(&packed);
    buf_done(&wanted);
    buf_done(&out);
}

static void tells_formats_apart(void **state)
{
    (void)state;
    static const struct { struct view text; enum inflate_format format; } cases[] = {
        {{"", 0}, INFLATE_PLAIN},
        {{"\x1f", 1}, INFLATE_PLAIN},
        {{"\x1f\x8b", 2}, INFLATE_PLAIN},
        {{"\x1f\x8c\x08\x00", 4}, INFLATE_PLAIN},
        {{"\x28\xb5\x2f\xfc", 4}, INFLATE_PLAIN},
        {{"PAYMENT,1", 9}, INFLATE_PLAIN},
        {{"P*M", 3}, INFLATE_PLAIN},
        {{"\x5f\x2a\x4d\x18\0\0\0\0", 8}, INFLATE_ZSTD},
    };
    struct buf out;
    buf_init(&out, mem_libc());
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pieces pieces;
        size_t size;
        char byte;
        assert_int_equal(unpack(cases[i].text, 1, 100, &out), STATUS_OK);
        if (cases[i].format == INFLATE_PLAIN)
            assert_true(view_equal(buf_view(&out), cases[i].text));
        struct inflate *stream = open_pieces(&pieces, cases[i].text, 0);
        assert_int_equal(inflate_format_of(stream), INFLATE_UNKNOWN);
        assert_int_equal(inflate_read(stream, &byte, 1, &size, &diag), STATUS_OK);
        assert_int_equal(inflate_format_of(stream), cases[i].format);
        inflate_free(stream);
    }
    buf_done(&out);
}

static void does_not_wait_for_more_than_it_needs(void **state)
{
    (void)state;
    struct pieces pieces;
    char out[8];
    size_t size;
    struct inflate *stream = open_pieces(&pieces, VIEW("1\nP\n"), 2);
    pieces.left.size_bytes = 2;
    assert_int_equal(inflate_read(stream, out, sizeof out, &size, &diag), STATUS_OK);
    assert_int_equal(size, 2);
    assert_int_equal(pieces.reads, 1);
    inflate_free(stream);
}

static void notices_every_cut(void **state)
{
    (void)state;
    struct buf packed;
    struct buf out;
    buf_init(&packed, mem_libc());
    buf_init(&out, mem_libc());
    for (int zstd = 0; zstd <= 1; zstd++) {
        buf_clear(&packed);
        put_packed(&packed, zstd ? INFLATE_ZSTD : INFLATE_GZIP, VIEW("first part"));
        size_t boundary = packed.size_bytes;
        put_packed(&packed, zstd ? INFLATE_ZSTD : INFLATE_GZIP, VIEW("and the second part"));
        for (size_t size = 4; size <= packed.size_bytes; size++) {
            bool whole = size == boundary || size == packed.size_bytes;
            enum status status = unpack((struct view){packed.data, size}, 5, 4, &out);
            if (status != (whole ? STATUS_OK : STATUS_CORRUPT))
                fail_msg("%zu of %zu bytes: status %d", size, packed.size_bytes, (int)status);
        }
        assert_int_equal(unpack((struct view){packed.data, boundary - 1}, 0, 100, &out),
                         STATUS_CORRUPT);
        assert_non_null(strstr(diag.message, "is cut short"));
    }
    buf_done(&packed);
    buf_done(&out);
}

/* A flipped bit is noticed or, in a header, makes no difference; behind the bytes that tell the
 * format. */
static void notices_flipped_bits(void **state)
{
    (void)state;
    struct random random;
    struct buf packed;
    struct buf out;
    random_init(&random, SEED + 1);
    buf_init(&packed, mem_libc());
    buf_init(&out, mem_libc());
    for (int zstd = 0; zstd <= 1; zstd++) {
        struct view text = random_text(&random, 2000);
        size_t noticed = 0;
        buf_clear(&packed);
        put_packed(&packed, zstd ? INFLATE_ZSTD : INFLATE_GZIP, text);
        for (size_t at = 4; at < packed.size_bytes; at++) {
            char flip = (char)(1 << random_below(&random, 8));
            packed.data[at] = (char)(packed.data[at] ^ flip);
            enum status status = unpack(buf_view(&packed), 0, 5000, &out);
            if (status == STATUS_OK)
                assert_true(view_equal(buf_view(&out), text));
            else
                assert_true(status == STATUS_CORRUPT || status == STATUS_LIMIT);
            noticed += status != STATUS_OK;
            packed.data[at] = (char)(packed.data[at] ^ flip);
        }
        assert_true(noticed + 16 > packed.size_bytes);
    }
    buf_done(&packed);
    buf_done(&out);
}

static void refuses_bytes_behind_the_end(void **state)
{
    (void)state;
    struct buf packed;
    struct buf out;
    buf_init(&packed, mem_libc());
    buf_init(&out, mem_libc());
    for (int zstd = 0; zstd <= 1; zstd++) {
        buf_clear(&packed);
        put_packed(&packed, zstd ? INFLATE_ZSTD : INFLATE_GZIP, VIEW("a"));
        buf_put_text(&packed, "garbage");
        assert_int_equal(unpack(buf_view(&packed), 0, 100, &out), STATUS_CORRUPT);
    }
    buf_done(&packed);
    buf_done(&out);
}

static void refuses_a_window_over_the_limit(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, mem_libc());
    /* RFC 8878, 3.1.1: magic, descriptor 0, window 2^(10 + exponent), one empty last raw block. */
    char frame[] = "\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00";
    frame[5] = (char)((INFLATE_ZSTD_WINDOW_LOG_MAX - 10) << 3);
    assert_int_equal(unpack((struct view){frame, 9}, 0, 10, &out), STATUS_OK);
    frame[5] = (char)((INFLATE_ZSTD_WINDOW_LOG_MAX + 1 - 10) << 3);
    assert_int_equal(unpack((struct view){frame, 9}, 0, 10, &out), STATUS_LIMIT);
    assert_non_null(strstr(diag.message, "128 MiB"));
    buf_done(&out);
}

static void passes_on_what_the_source_reports(void **state)
{
    (void)state;
    struct pieces pieces;
    struct buf packed;
    char out[100];
    size_t size = 77;
    buf_init(&packed, mem_libc());
    put_gzip(&packed, VIEW("text"));
    for (int i = 0; i < 3; i++) {
        struct view some = {packed.data, i == 0 ? 2 : i == 1 ? 15 : packed.size_bytes};
        struct inflate *stream = open_pieces(&pieces, some, 0);
        pieces.status = STATUS_IO;
        enum status status;
        while ((status = inflate_read(stream, out, sizeof out, &size, &diag)) == STATUS_OK)
            assert_true(size > 0);
        size_t reads = pieces.reads;
        assert_int_equal(status, STATUS_IO);
        diag.code = "";
        assert_int_equal(inflate_read(stream, out, sizeof out, &size, &diag), STATUS_IO);
        assert_string_equal(diag.code, "test-source");
        assert_int_equal(pieces.reads, reads);
        inflate_free(stream);
    }
    buf_done(&packed);
}

static void survives_without_memory(void **state)
{
    (void)state;
    struct mem_meter meter;
    struct pieces pieces;
    mem_meter_init(&meter, mem_libc());
    meter.fail_at = 1;
    assert_null(inflate_new(&meter.mem, (struct source){read_piece, &pieces}));
    struct inflate *stream = inflate_new(&meter.mem, (struct source){read_piece, &pieces});
    assert_non_null(stream);
    inflate_free(stream);
    inflate_free(NULL);
    assert_int_equal(meter.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_any_format_however_it_comes),
        cmocka_unit_test(tells_formats_apart),
        cmocka_unit_test(does_not_wait_for_more_than_it_needs),
        cmocka_unit_test(notices_every_cut),
        cmocka_unit_test(notices_flipped_bits),
        cmocka_unit_test(refuses_bytes_behind_the_end),
        cmocka_unit_test(refuses_a_window_over_the_limit),
        cmocka_unit_test(passes_on_what_the_source_reports),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
