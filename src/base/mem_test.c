/* One idea: the meter over an allocator that records what reaches it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"

/* Counts what is asked of it and refuses what no machine has. */
struct recorder {
    struct mem mem;
    size_t asked_count;
};

static void *record(struct mem *mem, void *block, size_t size_old, size_t size_new)
{
    ((struct recorder *)mem)->asked_count++;
    if (size_new > SIZE_MAX / 4)
        return NULL;
    return mem_libc()->resize(mem_libc(), block, size_old, size_new);
}

static void the_meter_counts(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    char *a = meter.mem.resize(&meter.mem, NULL, 0, 100);
    char *b = mem_array(&meter.mem, NULL, 0, 10, 5);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(meter.calls, 2);
    assert_int_equal(meter.used_bytes, 150);
    memset(a, 7, 100);
    a = meter.mem.resize(&meter.mem, a, 100, 300);
    assert_int_equal(meter.calls, 3);
    assert_int_equal(meter.used_bytes, 350);
    assert_int_equal(a[0] + a[99], 14);
    a = meter.mem.resize(&meter.mem, a, 300, 20);
    assert_int_equal(meter.calls, 3);
    assert_int_equal(meter.used_bytes, 70);
    assert_int_equal(meter.used_bytes_peak, 350);
    mem_free(&meter.mem, a, 20);
    assert_null(mem_array(&meter.mem, b, 10, 0, 5));
    assert_int_equal(meter.used_bytes, 0);
    assert_int_equal(meter.calls, 3);
    mem_free(&meter.mem, NULL, 0);
    assert_int_equal(meter.used_bytes, 0);
}

static void the_call_chosen_to_fail_fails_and_changes_nothing(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.fail_at = 2;
    char *block = mem_zeroed(&meter.mem, 8);
    assert_non_null(block);
    block[7] = 1;
    assert_null(meter.mem.resize(&meter.mem, block, 8, 16));
    assert_int_equal(meter.used_bytes, 8);
    assert_int_equal(block[7], 1);
    block = meter.mem.resize(&meter.mem, block, 8, 16);
    assert_non_null(block);
    assert_int_equal(meter.calls, 3);
    mem_free(&meter.mem, block, 16);
    assert_int_equal(meter.used_bytes, 0);
}

static void all_calls_from_one_on_fail(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.fail_from = 2;
    void *block = mem_zeroed(&meter.mem, 8);
    assert_non_null(block);
    for (int i = 0; i < 5; i++)
        assert_null(mem_zeroed(&meter.mem, 1));
    assert_int_equal(meter.calls, 6);
    mem_free(&meter.mem, block, 8);
    assert_int_equal(meter.used_bytes, 0);
}

static void the_cap_is_exact(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.used_bytes_max = 100;
    void *block = mem_zeroed(&meter.mem, 60);
    assert_null(mem_zeroed(&meter.mem, 41));
    void *other = mem_zeroed(&meter.mem, 40);
    assert_non_null(other);
    assert_null(meter.mem.resize(&meter.mem, other, 40, 41));
    mem_free(&meter.mem, block, 60);
    other = meter.mem.resize(&meter.mem, other, 40, 100);
    assert_non_null(other);
    assert_int_equal(meter.used_bytes_peak, 100);
    mem_free(&meter.mem, other, 100);
}

static void a_size_that_wraps_round_does_not_pass_the_cap(void **state)
{
    (void)state;
    struct recorder recorder = {{record}, 0};
    struct mem_meter meter;
    mem_meter_init(&meter, &recorder.mem);
    meter.used_bytes_max = 1000;
    void *block = mem_zeroed(&meter.mem, 500);
    assert_non_null(block);
    assert_int_equal(recorder.asked_count, 1);
    assert_null(meter.mem.resize(&meter.mem, NULL, 0, SIZE_MAX - 100));
    assert_null(meter.mem.resize(&meter.mem, NULL, 0, SIZE_MAX));
    assert_int_equal(recorder.asked_count, 1);
    meter.used_bytes_max = 100; /* lowered below what is in use */
    assert_null(mem_zeroed(&meter.mem, 1));
    assert_int_equal(recorder.asked_count, 1);
    mem_free(&meter.mem, block, 500);
    assert_int_equal(meter.used_bytes, 0);
}

static void a_refusal_from_below_is_passed_on(void **state)
{
    (void)state;
    struct recorder recorder = {{record}, 0};
    struct mem_meter meter;
    mem_meter_init(&meter, &recorder.mem);
    assert_null(meter.mem.resize(&meter.mem, NULL, 0, SIZE_MAX / 2));
    assert_int_equal(meter.used_bytes, 0);
    assert_int_equal(meter.used_bytes_peak, 0);
    assert_int_equal(meter.calls, 1);
}

static void arrays_that_overflow_ask_for_nothing(void **state)
{
    (void)state;
    struct recorder recorder = {{record}, 0};
    assert_null(mem_array(&recorder.mem, NULL, 0, SIZE_MAX / 8 + 1, 8));
    assert_null(mem_array(&recorder.mem, NULL, 0, SIZE_MAX, 2));
    assert_null(mem_array(&recorder.mem, NULL, 0, 2, SIZE_MAX));
    assert_int_equal(recorder.asked_count, 0);
    assert_null(mem_zeroed(&recorder.mem, 0));
    mem_free(&recorder.mem, NULL, 0);
    assert_int_equal(recorder.asked_count, 0);
}

static void zeroed_is_zeroed(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        unsigned char *block = mem_zeroed(mem_libc(), 1000);
        assert_non_null(block);
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xff, 1000);
        mem_free(mem_libc(), block, 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_meter_counts),
        cmocka_unit_test(the_call_chosen_to_fail_fails_and_changes_nothing),
        cmocka_unit_test(all_calls_from_one_on_fail),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(a_size_that_wraps_round_does_not_pass_the_cap),
        cmocka_unit_test(a_refusal_from_below_is_passed_on),
        cmocka_unit_test(arrays_that_overflow_ask_for_nothing),
        cmocka_unit_test(zeroed_is_zeroed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
