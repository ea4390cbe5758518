/* One idea: each writer against the C library's formatting, and every allocation failing once. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/random.h"

static void write_everything(struct buf *buf)
{
    buf_put(buf, "a\0b", 3);
    buf_put(buf, NULL, 0);
    buf_put_view(buf, VIEW("-view-"));
    buf_put_view(buf, (struct view){NULL, 0});
    buf_put_text(buf, "text");
    buf_put_text(buf, "");
    buf_put_char(buf, '\n');
    buf_put_u64(buf, UINT64_MAX);
    buf_put_char(buf, ' ');
    buf_put_i64(buf, INT64_MIN);
    buf_printf(buf, " %s=%d%%", "x", -5);
}

static const struct view everything =
    VIEW("a\0b-view-text\n18446744073709551615 -9223372036854775808 x=-5%");

static void every_writer_writes(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct buf buf;
    buf_init(&buf, &meter.mem);
    assert_int_equal(meter.calls, 0);
    assert_int_equal(buf_view(&buf).size_bytes, 0);
    assert_int_equal(buf_status(&buf), STATUS_OK);
    write_everything(&buf);
    assert_true(view_equal(buf_view(&buf), everything));
    buf_clear(&buf);
    assert_int_equal(buf_view(&buf).size_bytes, 0);
    size_t calls = meter.calls;
    write_everything(&buf);
    assert_true(view_equal(buf_view(&buf), everything));
    assert_int_equal(meter.calls, calls);
    buf_done(&buf);
    assert_int_equal(meter.used_bytes, 0);
    write_everything(&buf); /* usable again */
    assert_true(view_equal(buf_view(&buf), everything));
    buf_done(&buf);
    buf_done(&buf);
    assert_int_equal(meter.used_bytes, 0);
}

static void numbers_read_as_printf_writes_them(void **state)
{
    (void)state;
    const uint64_t seed = 4711;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct buf buf;
    buf_init(&buf, mem_libc());
    for (int i = 0; i < 100000; i++) {
        static const uint64_t edges[] = {0, 1, 9, 10, 99, 100, INT64_MAX, (uint64_t)INT64_MAX + 1,
                                         UINT64_MAX, UINT64_MAX - 1, 10000000000000000000u};
        uint64_t value = i < 11 ? edges[i] : random_u64(&random) >> random_below(&random, 64);
        char wanted[64];
        int size = snprintf(wanted, sizeof wanted, "%" PRIu64 " %" PRId64, value, (int64_t)value);
        buf_clear(&buf);
        buf_put_u64(&buf, value);
        buf_put_char(&buf, ' ');
        buf_put_i64(&buf, (int64_t)value);
        assert_true(view_equal(buf_view(&buf), (struct view){wanted, (size_t)size}));
    }
    buf_done(&buf);
}

static void padded_numbers_have_the_size_asked_for(void **state)
{
    (void)state;
    char text[8];
    static const struct {
        uint64_t value;
        const char *wanted;
    } cases[] = {{7, "7"}, {7, "007"}, {0, "0000"}, {12345, "12345"}, {12345, "345"}, {99, "099"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = strlen(cases[i].wanted);
        memset(text, '?', sizeof text);
        decimal_put_padded(text + 1, cases[i].value, size);
        assert_memory_equal(text + 1, cases[i].wanted, size);
        assert_true(text[0] == '?' && text[size + 1] == '?');
    }
}

static void growth_keeps_bytes_and_doubles(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct buf buf;
    buf_init(&buf, &meter.mem);
    for (size_t i = 0; i < 1000000; i++)
        buf_put_char(&buf, (char)('a' + i % 26));
    assert_int_equal(buf_status(&buf), STATUS_OK);
    struct view all = buf_view(&buf);
    assert_int_equal(all.size_bytes, 1000000);
    for (size_t i = 0; i < all.size_bytes; i++)
        assert_int_equal(all.data[i], 'a' + i % 26);
    assert_in_range(meter.calls, 2, 20);
    assert_in_range(buf.capacity_bytes, 1000000, 2000000);
    buf_done(&buf);
    assert_int_equal(meter.used_bytes, 0);
}

static void reserved_room_may_be_written_in_full(void **state)
{
    (void)state;
    static const size_t extras[] = {0, 1, 255, 256, 257, 4096, 100000};
    struct buf buf;
    buf_init(&buf, mem_libc());
    size_t size = 0;
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        char *to = buf_reserve(&buf, extras[i]);
        assert_non_null(to);
        assert_int_equal(buf.size_bytes, size);
        memset(to, 'x', extras[i]);
        buf.size_bytes += extras[i];
        size += extras[i];
    }
    assert_int_equal(buf_view(&buf).size_bytes, size);
    buf_done(&buf);
}

static void a_failure_is_remembered_until_cleared(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct buf buf;
    buf_init(&buf, &meter.mem);
    buf_put_text(&buf, "kept");
    meter.fail_at = 2;
    char *big = mem_zeroed(mem_libc(), 1000);
    assert_non_null(big);
    buf_put(&buf, big, 1000);
    assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
    write_everything(&buf); /* would fit, but what came before is missing */
    assert_null(buf_reserve(&buf, 1));
    assert_true(view_equal(buf_view(&buf), VIEW("kept")));
    assert_int_equal(meter.calls, 2);
    buf_clear(&buf);
    assert_int_equal(buf_status(&buf), STATUS_OK);
    buf_put(&buf, big, 1000);
    assert_int_equal(buf_status(&buf), STATUS_OK);
    assert_int_equal(buf_view(&buf).size_bytes, 1000);
    mem_free(mem_libc(), big, 1000);
    buf_done(&buf);
    assert_int_equal(meter.used_bytes, 0);
}

static void each_writer_reports_having_no_memory(void **state)
{
    (void)state;
    for (int writer = 0; writer < 7; writer++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.fail_from = 1;
        struct buf buf;
        buf_init(&buf, &meter.mem);
        switch (writer) {
        case 0: buf_put(&buf, "x", 1); break;
        case 1: buf_put_view(&buf, VIEW("x")); break;
        case 2: buf_put_text(&buf, "x"); break;
        case 3: buf_put_char(&buf, 'x'); break;
        case 4: buf_put_u64(&buf, 1); break;
        case 5: buf_put_i64(&buf, -1); break;
        default: buf_printf(&buf, "%d", 1); break;
        }
        assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
        assert_int_equal(buf_view(&buf).size_bytes, 0);
        buf_done(&buf);
    }
}

static void sizes_beyond_memory_are_refused(void **state)
{
    (void)state;
    static const size_t extras[] = {SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2, SIZE_MAX / 4 + 1};
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.used_bytes_max = 1u << 20;
        struct buf buf;
        buf_init(&buf, &meter.mem);
        buf_put_text(&buf, "four");
        assert_null(buf_reserve(&buf, extras[i]));
        assert_int_equal(buf_status(&buf), STATUS_NO_MEMORY);
        assert_true(view_equal(buf_view(&buf), VIEW("four")));
        buf_done(&buf);
        assert_int_equal(meter.used_bytes, 0);
    }
}

static void long_prints_are_whole(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, mem_libc());
    for (int width = 250; width < 260; width++) {
        buf_clear(&buf);
        buf_printf(&buf, "%*d", width, 7);
        assert_int_equal(buf_view(&buf).size_bytes, width);
        assert_int_equal(buf_view(&buf).data[width - 1], '7');
    }
    buf_printf(&buf, "%s", "");
    assert_int_equal(buf_view(&buf).size_bytes, 259);
    buf_done(&buf);
    struct buf zeroed = {.mem = NULL};
    buf_done(&zeroed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_writer_writes),
        cmocka_unit_test(numbers_read_as_printf_writes_them),
        cmocka_unit_test(padded_numbers_have_the_size_asked_for),
        cmocka_unit_test(growth_keeps_bytes_and_doubles),
        cmocka_unit_test(reserved_room_may_be_written_in_full),
        cmocka_unit_test(a_failure_is_remembered_until_cleared),
        cmocka_unit_test(each_writer_reports_having_no_memory),
        cmocka_unit_test(sizes_beyond_memory_are_refused),
        cmocka_unit_test(long_prints_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
