/* One idea: contributions against Shapley's formula, summed over all subsets of the features, on
 * small ensembles of every kind; against their sum where there are too many subsets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "model/random_test_int.h"
#include "model/shap.h"

#define FEATURES_MAX 128
#define SUBSET_FEATURES_MAX 14
#define ERROR_MAX 1e-12

/* The way of a row through one split, by the definition in ensemble.c. */
static bool goes_left(const struct ensemble *ensemble, uint32_t node, const double *row)
{
    struct ensemble_node nodes[3] = {ensemble->nodes[node], {.left = ENSEMBLE_LEAF},
                                     {.left = ENSEMBLE_LEAF}};
    struct ensemble_tree tree = {.node_count = 3, .depth = 1};
    struct ensemble stump = *ensemble;
    nodes[0].left = 1;
    nodes[0].right = 2;
    stump.trees = &tree;
    stump.nodes = nodes;
    return ensemble_leaf(&stump, 0, row) == 1;
}

/* What a tree gives when only the features of `known` (a bit each) are known. */
static double value_of(const struct ensemble *ensemble, uint32_t at, const double *row,
                       uint32_t known)
{
    const struct ensemble_node *node = &ensemble->nodes[at];
    if (node->left == ENSEMBLE_LEAF)
        return node->value;
    double left = value_of(ensemble, node->left, row, known);
    double right = value_of(ensemble, node->right, row, known);
    if ((known >> node->feature & 1) != 0)
        return goes_left(ensemble, at, row) ? left : right;
    double covers[2] = {ensemble->nodes[node->left].cover, ensemble->nodes[node->right].cover};
    if (covers[0] + covers[1] == 0)
        return (left + right) / 2;
    return (left * covers[0] + right * covers[1]) / (covers[0] + covers[1]);
}

static double factorial(uint32_t n)
{
    return n == 0 ? 1 : n * factorial(n - 1);
}

static void shapley(const struct ensemble *ensemble, const double *row, double *contributions)
{
    static double values[1 << SUBSET_FEATURES_MAX];
    uint32_t count = ensemble->feature_count;
    for (uint32_t known = 0; known < 1u << count; known++) {
        values[known] = 0;
        for (uint32_t t = 0; t < ensemble->tree_count; t++)
            values[known] += value_of(ensemble, ensemble->trees[t].first_node, row, known);
    }
    memset(contributions, 0, (count + 1) * sizeof *contributions);
    for (uint32_t f = 0; f < count; f++)
        for (uint32_t known = 0; known < 1u << count; known++) {
            uint32_t size = (uint32_t)__builtin_popcount(known);
            if ((known >> f & 1) == 0)
                contributions[f] += factorial(size) * factorial(count - size - 1) /
                                    factorial(count) *
                                    (values[known | 1u << f] - values[known]) / ensemble->divisor;
        }
    contributions[count] = ensemble->base_margin + values[0] / ensemble->divisor;
}

static void check_sum(const struct ensemble *ensemble, const double *row,
                      const double *contributions)
{
    double sum = 0;
    for (uint32_t f = 0; f <= ensemble->feature_count; f++)
        sum += contributions[f];
    assert_true(fabs(sum - ensemble_margin(ensemble, row)) < ERROR_MAX);
}

static void check_shape(struct random *random, const struct random_shape *shape, uint32_t rows,
                        bool by_subsets)
{
    struct arena arena;
    struct mem_meter meter;
    arena_init(&arena, mem_libc(), 0);
    mem_meter_init(&meter, mem_libc());
    struct ensemble ensemble = random_ensemble(random, shape, &arena);
    struct shap *shap;
    assert_int_equal(shap_new(&ensemble, &meter.mem, &shap), STATUS_OK);
    size_t calls = meter.calls;
    for (uint32_t i = 0; i < rows; i++) {
        double row[FEATURES_MAX];
        double contributions[FEATURES_MAX + 1];
        double expected[FEATURES_MAX + 1];
        random_row(random, &ensemble, row);
        shap_explain(shap, row, contributions);
        check_sum(&ensemble, row, contributions);
        if (!by_subsets)
            continue;
        shapley(&ensemble, row, expected);
        for (uint32_t f = 0; f <= ensemble.feature_count; f++)
            assert_true(fabs(contributions[f] - expected[f]) < ERROR_MAX);
    }
    assert_int_equal(meter.calls, calls);
    shap_free(shap);
    assert_int_equal(meter.used_bytes, 0);
    arena_done(&arena);
}

static void test_equals_shapley(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, random_seed("shap", 20261122));
    for (uint32_t round = 0; round < 420; round++) {
        struct random_shape shape = random_shape(&random, round);
        shape.feature_count = 1 + (uint32_t)random_below(&random, 7);
        shape.splits_max = 60;
        shape.tree_count %= 4;
        check_shape(&random, &shape, 5, true);
    }
}

/* More than eight features on a path take more than four points, more than sixteen more rules. */
static void test_many_features_on_a_path(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, random_seed("shap, many features on a path", 1));
    for (uint32_t round = 0; round < 10; round++) {
        struct random_shape shape = {
            .feature_count = 9 + round % 6, .tree_count = 1, .depth_max = 40, .splits_max = 40,
            .grow = 1, .tests = 15, .any_missing = true, .cover_zero = round % 2 == 0 ? 0 : 0.1};
        check_shape(&random, &shape, 1, true);
    }
}

static void test_sums_to_margin(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, random_seed("shap, sums", 2));
    for (uint32_t round = 0; round < 210; round++) {
        struct random_shape shape = random_shape(&random, round);
        shape.feature_count = 1 + (uint32_t)random_below(&random, FEATURES_MAX);
        check_shape(&random, &shape, 20, false);
    }
    for (uint32_t features = 1; features <= FEATURES_MAX; features += 21) {
        struct random_shape deepest = {
            .feature_count = features, .tree_count = 3, .depth_max = ENSEMBLE_DEPTH_MAX,
            .splits_max = 2 * ENSEMBLE_DEPTH_MAX, .grow = 1, .tests = 15};
        check_shape(&random, &deepest, 20, false);
    }
}

/* A chain over as many features as a path can have: the row takes the only leaf that is not 0, all
 * features matter alike, and share what there is more than without them. */
static void test_deepest_chain(void **state)
{
    (void)state;
    static struct ensemble_node nodes[2 * ENSEMBLE_DEPTH_MAX + 1];
    const double share = 0.9;
    double cover = 1e9;
    for (uint32_t d = 0; d < ENSEMBLE_DEPTH_MAX; d++) {
        nodes[2 * d] = (struct ensemble_node){.left = 2 * d + 2, .right = 2 * d + 1, .cover = cover,
                                              .threshold = 1, .feature = (uint16_t)d};
        nodes[2 * d + 1] =
            (struct ensemble_node){.left = ENSEMBLE_LEAF, .cover = cover * (1 - share)};
        cover *= share;
    }
    nodes[2 * ENSEMBLE_DEPTH_MAX] =
        (struct ensemble_node){.left = ENSEMBLE_LEAF, .cover = cover, .value = 5};
    struct ensemble_tree tree = {.node_count = 2 * ENSEMBLE_DEPTH_MAX + 1,
                                 .depth = ENSEMBLE_DEPTH_MAX};
    struct ensemble ensemble = {.feature_count = ENSEMBLE_DEPTH_MAX, .tree_count = 1,
                                .trees = &tree, .node_count = tree.node_count, .nodes = nodes,
                                .divisor = 1};
    struct shap *shap;
    double row[ENSEMBLE_DEPTH_MAX] = {0};
    double contributions[ENSEMBLE_DEPTH_MAX + 1];
    assert_int_equal(shap_new(&ensemble, mem_libc(), &shap), STATUS_OK);
    shap_explain(shap, row, contributions);
    double mean = 5;
    for (uint32_t d = 0; d < ENSEMBLE_DEPTH_MAX; d++)
        mean *= share;
    for (uint32_t d = 0; d < ENSEMBLE_DEPTH_MAX; d++)
        assert_true(fabs(contributions[d] - (5 - mean) / ENSEMBLE_DEPTH_MAX) < ERROR_MAX);
    assert_true(fabs(contributions[ENSEMBLE_DEPTH_MAX] - mean) < ERROR_MAX);
    shap_free(shap);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 4);
    struct arena arena;
    arena_init(&arena, mem_libc(), 0);
    struct random_shape shape = {.feature_count = 20, .tree_count = 10, .depth_max = 14,
                                 .splits_max = 60, .grow = 1, .tests = 15};
    struct ensemble ensemble = random_ensemble(&random, &shape, &arena);
    enum status status = STATUS_NO_MEMORY;
    size_t fail_at = 0;
    while (status != STATUS_OK) {
        struct mem_meter meter;
        struct shap *shap = NULL;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++fail_at;
        status = shap_new(&ensemble, &meter.mem, &shap);
        assert_true(status == STATUS_OK || (status == STATUS_NO_MEMORY && shap == NULL));
        shap_free(shap);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_true(fail_at > 10);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_shapley),
        cmocka_unit_test(test_many_features_on_a_path),
        cmocka_unit_test(test_sums_to_margin),
        cmocka_unit_test(test_deepest_chain),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
