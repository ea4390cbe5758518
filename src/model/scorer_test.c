/* One idea: the scorer against the plain walk, to the bit, on ensembles and rows of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "model/random_test_int.h"
#include "model/scorer.h"

#define FEATURES_MAX 64
#define TREES_MAX 64

static void check_row(const struct ensemble *ensemble, struct scorer *scorer, const double *row)
{
    double expected = ensemble_margin(ensemble, row);
    double margin = scorer_margin(scorer, row);
    assert_memory_equal(&expected, &margin, sizeof expected);
    uint32_t leaves[TREES_MAX];
    scorer_leaves(scorer, row, leaves);
    for (uint32_t tree = 0; tree < ensemble->tree_count; tree++)
        assert_int_equal(leaves[tree], ensemble_leaf(ensemble, tree, row));
}

static void check_shape(struct random *random, const struct random_shape *shape, uint32_t rows)
{
    struct arena arena;
    struct mem_meter meter;
    arena_init(&arena, mem_libc(), 0);
    mem_meter_init(&meter, mem_libc());
    struct ensemble ensemble = random_ensemble(random, shape, &arena);
    struct scorer *scorer;
    assert_int_equal(scorer_new(&ensemble, &meter.mem, &scorer), STATUS_OK);
    size_t calls = meter.calls;
    for (uint32_t i = 0; i < rows; i++) {
        double row[FEATURES_MAX];
        random_row(random, &ensemble, row);
        check_row(&ensemble, scorer, row);
    }
    assert_int_equal(meter.calls, calls);
    scorer_free(scorer);
    assert_int_equal(meter.used_bytes, 0);
    arena_done(&arena);
}

static void test_equals_plain_walk(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, random_seed("scorer", 20261122));
    for (uint32_t round = 0; round < 840; round++) {
        struct random_shape shape = random_shape(&random, round);
        check_shape(&random, &shape, 200);
    }
}

static void test_each_test_alone(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, random_seed("scorer, each test alone", 1));
    for (uint32_t test = 0; test < 4; test++)
        for (uint32_t any_missing = 0; any_missing < 2; any_missing++) {
            struct random_shape shape = {
                .feature_count = 3, .tree_count = 17, .depth_max = 5, .splits_max = 31,
                .grow = 0.95, .tests = 1u << test, .any_missing = any_missing == 1};
            check_shape(&random, &shape, 2000);
        }
}

/* A chain of splits as deep as trees may be, between lone leaves. */
static void test_deepest(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, random_seed("scorer, deepest", 2));
    for (uint32_t depth = ENSEMBLE_DEPTH_MAX - 20; depth <= ENSEMBLE_DEPTH_MAX; depth += 4) {
        struct random_shape shape = {.feature_count = 5, .tree_count = 9, .depth_max = depth,
                                     .splits_max = depth, .grow = 1, .tests = 15};
        check_shape(&random, &shape, 300);
    }
}

static void test_no_trees(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 3);
    struct random_shape shape = {.feature_count = 1, .tests = 1};
    check_shape(&random, &shape, 10);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 4);
    struct arena arena;
    arena_init(&arena, mem_libc(), 0);
    struct random_shape shape = {.feature_count = 4, .tree_count = 10, .depth_max = 4,
                                 .splits_max = 15, .grow = 1, .tests = 15};
    struct ensemble ensemble = random_ensemble(&random, &shape, &arena);
    enum status status = STATUS_NO_MEMORY;
    size_t fail_at = 0;
    while (status != STATUS_OK) {
        struct mem_meter meter;
        struct scorer *scorer = NULL;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++fail_at;
        status = scorer_new(&ensemble, &meter.mem, &scorer);
        assert_true(status == STATUS_OK || (status == STATUS_NO_MEMORY && scorer == NULL));
        scorer_free(scorer);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_true(fail_at > 5);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_plain_walk),
        cmocka_unit_test(test_each_test_alone),
        cmocka_unit_test(test_deepest),
        cmocka_unit_test(test_no_trees),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
