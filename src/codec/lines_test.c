/* One idea: whatever the source's reads look like, the same bytes give the same lines; and those
 * are the ones that a splitter with all bytes before it finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/random.h"
#include "codec/json.h"
#include "codec/lines.h"

#define SEED 7464u

/* A source over memory that gives pieces of random size, or all it can. */
struct pieces {
    struct view left;
    size_t piece_max;    /* 0: no bound */
    enum status status;  /* reported where the end would be */
    size_t reads;
    struct random random;
};

static enum status read_piece(void *context, char *to, size_t max, size_t *ret_size,
                              struct diag *diag)
{
    struct pieces *pieces = context;
    size_t size = pieces->left.size_bytes < max ? pieces->left.size_bytes : max;
    pieces->reads++;
    if (pieces->piece_max != 0 && size > pieces->piece_max)
        size = 1 + random_below(&pieces->random, pieces->piece_max);
    if (size == 0 && pieces->status != STATUS_OK) {
        diag_set(diag, "test-source", "the source is broken");
        return pieces->status;
    }
    if (size > 0)
        memcpy(to, pieces->left.data, size);
    pieces->left.data += size;
    pieces->left.size_bytes -= size;
    *ret_size = size;
    return STATUS_OK;
}

static void pieces_init(struct pieces *pieces, struct view text, size_t piece_max)
{
    *pieces = (struct pieces){.left = text, .piece_max = piece_max};
    random_init(&pieces->random, SEED);
}

static struct lines *open_lines(struct pieces *pieces, enum lines_format format)
{
    struct lines *lines =
        lines_new(mem_libc(), format, ',', (struct source){read_piece, pieces});
    assert_non_null(lines);
    return lines;
}

/* Appends a description of every line to `out`; returns what the lines ended with. */
static enum status describe(struct lines *lines, size_t batch_max, struct buf *out)
{
    struct line batch[LINES_BATCH_MAX];
    size_t count;
    struct diag diag;
    enum status status;
    while ((status = lines_read(lines, batch, batch_max, &count, &diag)) == STATUS_OK) {
        assert_in_range(count, 1, batch_max);
        for (size_t i = 0; i < count; i++) {
            volatile char padding = 0;
            for (size_t j = 0; j < JSON_PADDING_BYTES; j++)
                padding = batch[i].text.data[batch[i].text.size_bytes + j];
            (void)padding;
            buf_printf(out, "%u%s%s:", (unsigned)batch[i].number, batch[i].blank ? "b" : "",
                       batch[i].status == STATUS_OK ? ""
                       : batch[i].status == STATUS_LIMIT ? "L" : "I");
            buf_put_view(out, batch[i].text);
            buf_put_char(out, '|');
        }
    }
    return status;
}

static void assert_lines(enum lines_format format, struct view text, struct view wanted)
{
    struct buf out;
    buf_init(&out, mem_libc());
    for (size_t piece_max = 0; piece_max <= 3; piece_max++) {
        struct pieces pieces;
        pieces_init(&pieces, text, piece_max);
        struct lines *lines = open_lines(&pieces, format);
        buf_clear(&out);
        assert_int_equal(describe(lines, piece_max == 2 ? 1 : LINES_BATCH_MAX, &out), STATUS_END);
        if (!view_equal(buf_view(&out), wanted))
            fail_msg("pieces of %zu: got '%.*s', wanted '%.*s'", piece_max,
                     VIEW_ARG(buf_view(&out)), VIEW_ARG(wanted));
        lines_free(lines);
    }
    buf_done(&out);
}

static void cuts_lines(void **state)
{
    (void)state;
    assert_lines(LINES_NDJSON, VIEW(""), VIEW(""));
    assert_lines(LINES_NDJSON, VIEW("\n"), VIEW("1b:|"));
    assert_lines(LINES_NDJSON, VIEW("a"), VIEW("1:a|"));
    assert_lines(LINES_NDJSON, VIEW("a\nbc\r\n \t\n\nd\r"), VIEW("1:a|2:bc|3b: \t|4b:|5:d|"));
    assert_lines(LINES_NDJSON, VIEW("a\0b\n\0\n"), VIEW("1:a\0b|2:\0|"));
    assert_lines(LINES_NDJSON, VIEW("\"a\n\"b\n"), VIEW("1:\"a|2:\"b|"));
    assert_lines(LINES_NDJSON, VIEW("\xef\xbb\xbfx\n\xef\xbb\xbfy\n"),
                 VIEW("1:x|2:\xef\xbb\xbfy|"));
    assert_lines(LINES_NDJSON, VIEW("\xef\xbb\xbf"), VIEW(""));
    assert_lines(LINES_NDJSON, VIEW("\xef\xbb"), VIEW("1:\xef\xbb|"));
    assert_lines(LINES_NDJSON, VIEW("\xefx\n"), VIEW("1:\xefx|"));
}

static void keeps_quoted_newlines_together(void **state)
{
    (void)state;
    assert_lines(LINES_CSV, VIEW("a,\"b\nc\"\r\nd\n"), VIEW("1:a,\"b\nc\"|3:d|"));
    assert_lines(LINES_CSV, VIEW("\"\n\n\"\n\nx"), VIEW("1:\"\n\n\"|4b:|5:x|"));
    assert_lines(LINES_CSV, VIEW("a\"b\nc\"\n"), VIEW("1:a\"b|2:c\"|"));
    assert_lines(LINES_CSV, VIEW("\"a\"\"\n\"\nb\n"), VIEW("1:\"a\"\"\n\"|3:b|"));
}

static void confines_a_quote_that_never_closes(void **state)
{
    (void)state;
    assert_lines(LINES_CSV, VIEW("a\n\"b\nc\nd\n"), VIEW("1:a|2I:\"b|3:c|4:d|"));
    assert_lines(LINES_CSV, VIEW("x,\"b\nc"), VIEW("1I:x,\"b|2:c|"));
    assert_lines(LINES_CSV, VIEW("\"b"), VIEW("1I:\"b|"));
}

/* What the lines must be, from all bytes at once, one by one. */
static void split_slowly(struct view text, struct buf *out)
{
    unsigned number = 1;
    size_t start = 0;
    for (size_t i = 0; i <= text.size_bytes; i++) {
        bool last = i == text.size_bytes;
        if ((last && start == i) || (!last && text.data[i] != '\n'))
            continue;
        size_t size = i - start - (i > start && text.data[i - 1] == '\r');
        size_t spaces = 0;
        while (spaces < size && strchr(" \t", text.data[start + spaces]) != NULL)
            spaces++;
        buf_printf(out, "%u%s:", number++, spaces == size ? "b" : "");
        buf_put(out, text.data + start, size);
        buf_put_char(out, '|');
        start = i + 1;
    }
}

static void agrees_with_a_slow_splitter(void **state)
{
    (void)state;
    static char text[4096];
    struct random random;
    struct buf wanted;
    random_init(&random, SEED);
    buf_init(&wanted, mem_libc());
    for (int round = 0; round < 200; round++) {
        size_t size = random_below(&random, sizeof text);
        for (size_t i = 0; i < size; i++)
            text[i] = "\n\r ab{}\"\t"[random_below(&random, 9)];
        buf_clear(&wanted);
        split_slowly((struct view){text, size}, &wanted);
        assert_lines(LINES_NDJSON, (struct view){text, size}, buf_view(&wanted));
    }
    buf_done(&wanted);
}

/* Puts lines of the given sizes, 0 ending the list, and what must come of them. */
static void put_long_lines(const size_t *sizes, const char *line_end, struct buf *text,
                           struct buf *wanted)
{
    for (unsigned i = 0; sizes[i] != 0; i++) {
        bool good = sizes[i] <= LINES_LINE_BYTES_MAX;
        buf_printf(wanted, "%u%s:", i + 1, good ? "" : "L");
        for (size_t j = 0; j < sizes[i]; j++) {
            char c = (char)('a' + (i + j) % 26);
            buf_put_char(text, c);
            if (good)
                buf_put_char(wanted, c);
        }
        buf_put_char(wanted, '|');
        if (sizes[i + 1] != 0)
            buf_put_text(text, line_end);
    }
}

static void skips_lines_over_the_limit(void **state)
{
    (void)state;
    enum { MAX = LINES_LINE_BYTES_MAX };
    static const size_t sizes[] = {3, MAX, MAX + 1, 5, 3 * MAX, MAX, 1, MAX + 2, MAX + 1, 0};
    static const size_t pieces_max[] = {0, 1000, 70000};
    struct buf text;
    struct buf wanted;
    struct buf out;
    buf_init(&text, mem_libc());
    buf_init(&wanted, mem_libc());
    buf_init(&out, mem_libc());
    for (int crlf = 0; crlf <= 1; crlf++) {
        buf_clear(&text);
        buf_clear(&wanted);
        put_long_lines(sizes, crlf ? "\r\n" : "\n", &text, &wanted);
        for (size_t i = 0; i < 6; i++) {
            struct pieces pieces;
            pieces_init(&pieces, buf_view(&text), pieces_max[i % 3]);
            struct lines *lines = open_lines(&pieces, i < 3 ? LINES_NDJSON : LINES_CSV);
            buf_clear(&out);
            assert_int_equal(describe(lines, LINES_BATCH_MAX, &out), STATUS_END);
            assert_true(view_equal(buf_view(&out), buf_view(&wanted)));
            lines_free(lines);
        }
    }
    buf_done(&text);
    buf_done(&wanted);
    buf_done(&out);
}

/* A quoted record over the limit costs its first line, not those behind it. */
static void gives_back_lines_that_a_long_quote_swallowed(void **state)
{
    (void)state;
    struct buf text;
    struct buf wanted;
    buf_init(&text, mem_libc());
    buf_init(&wanted, mem_libc());
    buf_put_text(&text, "a,\"b\n");
    buf_put_text(&wanted, "1I:a,\"b|");
    for (unsigned i = 2; text.size_bytes <= LINES_LINE_BYTES_MAX; i++) {
        buf_put_text(&text, "one more line\n");
        buf_printf(&wanted, "%u:one more line|", i);
    }
    size_t lines_before = (text.size_bytes - 5) / 14 + 2;
    buf_put_text(&text, "c\",d\n");
    buf_printf(&wanted, "%zu:c\",d|", lines_before);
    assert_lines(LINES_CSV, buf_view(&text), buf_view(&wanted));
    buf_done(&text);
    buf_done(&wanted);
}

static void answers_before_it_waits(void **state)
{
    (void)state;
    struct pieces pieces;
    struct line batch[LINES_BATCH_MAX];
    size_t count;
    pieces_init(&pieces, VIEW("a\nb\n"), 2);
    pieces.piece_max = 0;
    struct lines *lines = open_lines(&pieces, LINES_NDJSON);
    assert_int_equal(lines_read(lines, batch, LINES_BATCH_MAX, &count, NULL), STATUS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(pieces.reads, 1);
    lines_free(lines);
}

static void passes_on_what_the_source_reports(void **state)
{
    (void)state;
    struct pieces pieces;
    struct buf out;
    struct diag diag;
    struct line line;
    size_t count;
    buf_init(&out, mem_libc());
    pieces_init(&pieces, VIEW("a\nb\ncut of"), 0);
    pieces.status = STATUS_CORRUPT;
    struct lines *lines = open_lines(&pieces, LINES_NDJSON);
    assert_int_equal(describe(lines, LINES_BATCH_MAX, &out), STATUS_CORRUPT);
    assert_true(view_equal(buf_view(&out), VIEW("1:a|2:b|")));
    size_t reads = pieces.reads;
    assert_int_equal(lines_read(lines, &line, 1, &count, &diag), STATUS_CORRUPT);
    assert_string_equal(diag.code, "test-source");
    assert_int_equal(pieces.reads, reads);
    lines_free(lines);
    buf_done(&out);
}

static void survives_without_memory(void **state)
{
    (void)state;
    struct mem_meter meter;
    struct pieces pieces;
    struct line line;
    size_t count;
    for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        assert_null(lines_new(&meter.mem, LINES_CSV, ',', (struct source){read_piece, &pieces}));
        assert_int_equal(meter.used_bytes, 0);
    }
    mem_meter_init(&meter, mem_libc());
    pieces_init(&pieces, VIEW("a\nb\n"), 0);
    struct lines *lines =
        lines_new(&meter.mem, LINES_CSV, ',', (struct source){read_piece, &pieces});
    assert_int_equal(lines_read(lines, &line, 1, &count, NULL), STATUS_OK);
    assert_int_equal(meter.calls, 2);
    lines_free(lines);
    lines_free(NULL);
    assert_int_equal(meter.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_lines),
        cmocka_unit_test(keeps_quoted_newlines_together),
        cmocka_unit_test(confines_a_quote_that_never_closes),
        cmocka_unit_test(agrees_with_a_slow_splitter),
        cmocka_unit_test(skips_lines_over_the_limit),
        cmocka_unit_test(gives_back_lines_that_a_long_quote_swallowed),
        cmocka_unit_test(answers_before_it_waits),
        cmocka_unit_test(passes_on_what_the_source_reports),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
