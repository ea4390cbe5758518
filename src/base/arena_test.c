/* One idea: pieces keep their bytes, their alignment and their distance from each other, and a
 * refusal leaves no trace. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/random.h"

#define PIECE_COUNT 3000

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    const uint64_t seed = 77;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    static unsigned char *pieces[PIECE_COUNT];
    static size_t sizes[PIECE_COUNT];
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct arena arena;
    arena_init(&arena, &meter.mem, 0);
    for (size_t i = 0; i < PIECE_COUNT; i++) {
        sizes[i] = (size_t)random_below(&random, i % 100 == 0 ? 20000 : 200);
        pieces[i] = arena_alloc(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 251 + 1), sizes[i]);
    }
    for (size_t i = 0; i < PIECE_COUNT; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(pieces[i][k], i % 251 + 1);
    assert_in_range(meter.calls, 2, 30);
    assert_true(meter.used_bytes >= arena.used_bytes);
    arena_done(&arena);
    assert_int_equal(meter.used_bytes, 0);
}

static void blocks_double_so_that_allocations_are_few(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct arena arena;
    arena_init(&arena, &meter.mem, 0);
    for (int i = 0; i < 1 << 18; i++)
        assert_non_null(arena_alloc(&arena, 16));
    assert_int_equal(arena.used_bytes, 4u << 20);
    assert_in_range(meter.calls, 1, 16);
    assert_in_range(meter.used_bytes, 4u << 20, 6u << 20);
    arena_done(&arena);
    assert_int_equal(meter.used_bytes, 0);
}

static void an_empty_piece_is_unique(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, mem_libc(), 0);
    void *a = arena_alloc(&arena, 0);
    void *b = arena_alloc(&arena, 0);
    void *c = arena_array(&arena, 0, 8);
    void *d = arena_array(&arena, 8, 0);
    assert_non_null(a);
    assert_ptr_not_equal(a, b);
    assert_ptr_not_equal(b, c);
    assert_ptr_not_equal(c, d);
    arena_done(&arena);
}

static void the_bound_is_exact(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, mem_libc(), 160);
    assert_null(arena_alloc(&arena, 161));
    assert_null(arena.block);
    assert_non_null(arena_alloc(&arena, 96));
    assert_null(arena_alloc(&arena, 65));
    assert_int_equal(arena.used_bytes, 96);
    assert_non_null(arena_alloc(&arena, 49)); /* 64 with its padding */
    assert_int_equal(arena.used_bytes, 160);
    assert_null(arena_alloc(&arena, 1));
    assert_null(arena_alloc(&arena, 0));
    arena_done(&arena);
    assert_int_equal(arena.used_bytes, 0);
    assert_non_null(arena_alloc(&arena, 160)); /* usable again, under the same bound */
    arena_done(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.used_bytes_max = 1u << 20;
    struct arena arena;
    arena_init(&arena, &meter.mem, 0);
    assert_non_null(arena_alloc(&arena, 1));
    const struct arena before = arena;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX / 2 + 1,
                                   SIZE_MAX / 2, SIZE_MAX / 2 - 64};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_null(arena_alloc(&arena, sizes[i]));
    assert_null(arena_array(&arena, SIZE_MAX / 16 + 1, 16));
    assert_null(arena_array(&arena, SIZE_MAX, SIZE_MAX));
    assert_null(arena_array(&arena, 2, SIZE_MAX / 2 + 1));
    assert_memory_equal(&arena, &before, sizeof arena);
    arena_done(&arena);
    assert_int_equal(meter.used_bytes, 0);
}

static void a_failed_allocation_leaves_the_arena_as_it_was(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at <= 8; fail_at++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        struct arena arena;
        arena_init(&arena, &meter.mem, 0);
        int refused_count = 0;
        for (int i = 0; i < 20000; i++) {
            const struct arena before = arena;
            if (arena_alloc(&arena, 64) != NULL)
                continue;
            refused_count++;
            assert_memory_equal(&arena, &before, sizeof arena);
            assert_non_null(arena_alloc(&arena, 64));
        }
        assert_int_equal(refused_count, 1);
        arena_done(&arena);
        assert_int_equal(meter.used_bytes, 0);
    }
}

static void copies_end_in_nul_and_stand_alone(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct arena arena;
    arena_init(&arena, &meter.mem, 0);
    char text[] = "a\0b";
    struct view copy = arena_copy(&arena, (struct view){text, 3});
    text[0] = 'x';
    assert_true(view_equal(copy, VIEW("a\0b")));
    assert_int_equal(copy.data[3], 0);
    struct view empty = arena_copy(&arena, (struct view){NULL, 0});
    assert_non_null(empty.data);
    assert_int_equal(empty.size_bytes, 0);
    assert_int_equal(empty.data[0], 0);
    arena_done(&arena);
    meter.fail_from = 1;
    struct view none = arena_copy(&arena, VIEW("text"));
    assert_null(none.data);
    assert_int_equal(none.size_bytes, 0);
}

static void done_is_harmless_twice_and_on_a_zeroed_arena(void **state)
{
    (void)state;
    struct arena zeroed = {.mem = NULL};
    arena_done(&zeroed);
    arena_done(&zeroed);
    struct arena arena;
    arena_init(&arena, mem_libc(), 0);
    assert_non_null(arena_alloc(&arena, 10));
    arena_done(&arena);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(blocks_double_so_that_allocations_are_few),
        cmocka_unit_test(an_empty_piece_is_unique),
        cmocka_unit_test(the_bound_is_exact),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_failed_allocation_leaves_the_arena_as_it_was),
        cmocka_unit_test(copies_end_in_nul_and_stand_alone),
        cmocka_unit_test(done_is_harmless_twice_and_on_a_zeroed_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
