/* One idea: one good ensemble, and for each promise of a checked one a change that breaks it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/ensemble.h"

#define LEAF(v) {.left = ENSEMBLE_LEAF, .value = (v), .cover = 1}
#define CHAIN_NODES (2 * (ENSEMBLE_DEPTH_MAX + 1) + 1)

/* Two trees over a number (0) and a category (1), and everything that the check looks at. */
struct sample {
    struct ensemble ensemble;
    struct ensemble_tree trees[2];
    struct ensemble_node nodes[8];
    uint32_t sets[2];
    bool categorical[2];
};

static void make(struct sample *sample)
{
    const struct ensemble_node nodes[8] = {
        {.left = 1, .right = 2, .threshold = 0.5, .cover = 4, .feature = 0,
         .test = ENSEMBLE_LESS, .default_left = true},
        LEAF(1),
        {.left = 3, .right = 4, .cover = 3, .feature = 1, .test = ENSEMBLE_IN_SET_RIGHT,
         .set_first = 0, .set_word_count = 2},
        LEAF(2), LEAF(4),
        {.left = 6, .right = 7, .threshold = 0.5, .cover = 4, .feature = 0,
         .test = ENSEMBLE_LESS_EQUAL, .missing = ENSEMBLE_MISSING_ZERO, .default_left = false},
        LEAF(8), LEAF(16),
    };
    memset(sample, 0, sizeof *sample);
    memcpy(sample->nodes, nodes, sizeof nodes);
    sample->trees[0] = (struct ensemble_tree){0, 5, 99};
    sample->trees[1] = (struct ensemble_tree){5, 3, 99};
    sample->sets[0] = 1u << 3;
    sample->sets[1] = 1u << 1;
    sample->categorical[1] = true;
    sample->ensemble = (struct ensemble){
        .feature_count = 2, .categorical = sample->categorical,
        .tree_count = 2, .trees = sample->trees, .node_count = 8, .nodes = sample->nodes,
        .set_word_count = 2, .sets = sample->sets, .base_margin = 32, .divisor = 1,
        .link = ENSEMBLE_LOGISTIC, .slope = 1};
}

static enum status check(struct sample *sample, struct diag *diag)
{
    return ensemble_check(&sample->ensemble, sample->trees, sample->nodes, mem_libc(), diag);
}

static void good_ensemble_is_measured_and_walked(void **state)
{
    (void)state;
    struct sample sample;
    struct diag diag;
    make(&sample);
    assert_int_equal(check(&sample, &diag), STATUS_OK);
    assert_int_equal(sample.trees[0].depth, 2);
    assert_int_equal(sample.trees[1].depth, 1);
    const struct { double row[2]; double margin; } cases[] = {
        {{0.25, 3}, 32 + 1 + 8}, {{0.5, 3}, 32 + 4 + 8}, {{0.75, 33}, 32 + 4 + 16},
        {{0.75, 34}, 32 + 2 + 16}, {{0.75, 2.999999999}, 32 + 4 + 16}, {{0.75, -0.5}, 32 + 2 + 16},
        {{(double)NAN, 3}, 32 + 1 + 16}, {{0, 3}, 32 + 1 + 16}, {{1, (double)NAN}, 32 + 4 + 16},
        {{1e300, 1e300}, 32 + 2 + 16}, {{-(double)INFINITY, -(double)INFINITY}, 32 + 1 + 8},
        {{-1e-36, 0}, 32 + 1 + 16}, {{-2e-35, 0}, 32 + 1 + 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(ensemble_margin(&sample.ensemble, cases[i].row) == cases[i].margin);
    sample.ensemble.divisor = 2;
    assert_true(ensemble_margin(&sample.ensemble, cases[0].row) == 32 + 9 / 2.0);
}

/* Says that a change of the sample must be refused with these words. */
#define REFUSED(change, wanted_status, words)                                                     \
    do {                                                                                          \
        struct sample sample;                                                                     \
        struct diag diag = {0};                                                                   \
        make(&sample);                                                                            \
        change;                                                                                   \
        assert_int_equal(check(&sample, &diag), wanted_status);                                   \
        if (strstr(diag.message, words) == NULL)                                                  \
            fail_msg("%s", diag.message);                                                         \
    } while (0)

static void broken_trees_are_refused(void **state)
{
    (void)state;
    REFUSED(sample.nodes[0].left = 2, STATUS_INVALID, "tree 0, node 2: is the child of two");
    REFUSED(sample.nodes[2].right = 3, STATUS_INVALID, "tree 0, node 3: is the child of two");
    REFUSED(sample.nodes[2].left = 0, STATUS_INVALID, "tree 0, node 2: a child");
    REFUSED(sample.nodes[2].left = 2, STATUS_INVALID, "tree 0, node 2: a child");
    REFUSED(sample.nodes[2].right = 5, STATUS_INVALID, "tree 0, node 2: a child");
    REFUSED(sample.nodes[5].right = 8, STATUS_INVALID, "tree 1, node 0: a child");
    REFUSED(sample.nodes[5].left = ENSEMBLE_LEAF, STATUS_INVALID, "node 1: is nobody's child");
    REFUSED(sample.trees[0].node_count = 0, STATUS_INVALID, "tree 0: its nodes");
    REFUSED(sample.trees[1].first_node = 4, STATUS_INVALID, "tree 1: its nodes");
    REFUSED(sample.trees[1].node_count = 4, STATUS_INVALID, "tree 1: its nodes");
    REFUSED(sample.ensemble.tree_count = 1, STATUS_INVALID, "3 nodes belong to no tree");
}

static void broken_nodes_are_refused(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const double inf = (double)INFINITY;
    REFUSED(sample.nodes[0].threshold = nan, STATUS_INVALID, "tree 0, node 0: the threshold");
    REFUSED(sample.nodes[7].value = inf, STATUS_INVALID, "tree 1, node 2: the leaf");
    REFUSED(sample.nodes[7].value = nan, STATUS_INVALID, "tree 1, node 2: the leaf");
    REFUSED(sample.nodes[7].cover = -1, STATUS_INVALID, "tree 1, node 2: the cover");
    REFUSED(sample.nodes[7].cover = nan, STATUS_INVALID, "tree 1, node 2: the cover");
    REFUSED(sample.nodes[7].cover = inf, STATUS_INVALID, "tree 1, node 2: the cover");
    REFUSED(sample.nodes[5].feature = 2, STATUS_INVALID, "tree 1, node 0: asks for a feature");
    REFUSED(sample.nodes[5].missing = 3, STATUS_INVALID, "tree 1, node 0: a kind");
    REFUSED(sample.nodes[5].test = 4, STATUS_INVALID, "tree 1, node 0: a kind");
    REFUSED(sample.nodes[5].feature = 1, STATUS_INVALID, "as a number and as a category");
    REFUSED(sample.nodes[2].feature = 0, STATUS_INVALID, "as a number and as a category");
    REFUSED(sample.nodes[2].set_first = 1, STATUS_INVALID, "its set of categories");
    REFUSED(sample.nodes[2].set_first = UINT32_MAX, STATUS_INVALID, "its set of categories");
    REFUSED(sample.ensemble.base_margin = nan, STATUS_INVALID, "the margin that");
    REFUSED(sample.ensemble.divisor = 0, STATUS_INVALID, "the divisor");
    REFUSED(sample.ensemble.divisor = inf, STATUS_INVALID, "the divisor");
    REFUSED(sample.ensemble.slope = 0, STATUS_INVALID, "the slope");
    REFUSED(sample.ensemble.slope = inf, STATUS_INVALID, "the slope");
    REFUSED(sample.ensemble.link = (enum ensemble_link)2, STATUS_INVALID, "a link");
}

static void limits_are_kept(void **state)
{
    (void)state;
    REFUSED(sample.nodes[2].set_word_count = ENSEMBLE_CATEGORIES_MAX / 32 + 1, STATUS_LIMIT,
            "tree 0, node 2: a category above 65535");
    REFUSED(sample.ensemble.feature_count = ENSEMBLE_FEATURES_MAX + 1, STATUS_LIMIT,
            "4097 features, where 4096 are");
    REFUSED(sample.ensemble.tree_count = ENSEMBLE_TREES_MAX + 1, STATUS_LIMIT, "100001 trees");
    REFUSED(sample.ensemble.node_count = ENSEMBLE_NODES_MAX + 1, STATUS_LIMIT, "16777217 nodes");
    REFUSED(sample.ensemble.set_word_count = ENSEMBLE_SET_WORDS_MAX + 1, STATUS_LIMIT,
            "16777217 words");
}

/* A chain of `depth` splits, each with a leaf on its left. */
static enum status check_chain(uint32_t depth, uint32_t *ret_depth, struct diag *diag)
{
    static struct ensemble_node nodes[CHAIN_NODES];
    bool categorical = false;
    struct ensemble_tree tree = {0, 2 * depth + 1, 0};
    for (uint32_t i = 0; i < tree.node_count; i++)
        nodes[i] = (struct ensemble_node){
            .left = i % 2 == 1 || i + 1 == tree.node_count ? ENSEMBLE_LEAF : i + 1,
            .right = i + 2};
    struct ensemble ensemble = {
        .feature_count = 1, .categorical = &categorical, .tree_count = 1, .trees = &tree,
        .node_count = tree.node_count, .nodes = nodes, .divisor = 1, .slope = 1};
    enum status status = ensemble_check(&ensemble, &tree, nodes, mem_libc(), diag);
    *ret_depth = tree.depth;
    return status;
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct diag diag = {0};
    uint32_t depth;
    assert_int_equal(check_chain(ENSEMBLE_DEPTH_MAX, &depth, &diag), STATUS_OK);
    assert_int_equal(depth, ENSEMBLE_DEPTH_MAX);
    assert_int_equal(check_chain(ENSEMBLE_DEPTH_MAX + 1, &depth, &diag), STATUS_LIMIT);
    assert_string_equal(diag.message, "tree 0, node 256: the tree is deeper than 128");
}

/* A full tree in the order of its levels. */
static void large_trees_are_checked_whole(void **state)
{
    (void)state;
    enum { NODES = (1 << 19) - 1 };
    struct ensemble_node *nodes = calloc(NODES, sizeof *nodes);
    bool categorical = false;
    struct ensemble_tree tree = {0, NODES, 0};
    struct diag diag = {0};
    assert_non_null(nodes);
    for (uint32_t i = 0; i < NODES; i++)
        nodes[i] = (struct ensemble_node){
            .left = 2 * i + 1 < NODES ? 2 * i + 1 : ENSEMBLE_LEAF, .right = 2 * i + 2};
    struct ensemble ensemble = {
        .feature_count = 1, .categorical = &categorical, .tree_count = 1, .trees = &tree,
        .node_count = NODES, .nodes = nodes, .divisor = 1, .slope = 1};
    assert_int_equal(ensemble_check(&ensemble, &tree, nodes, mem_libc(), &diag), STATUS_OK);
    assert_int_equal(tree.depth, 18);
    nodes[262142].left = ENSEMBLE_LEAF;
    assert_int_equal(ensemble_check(&ensemble, &tree, nodes, mem_libc(), &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "tree 0, node 524285: is nobody's child");
    nodes[200000].right = NODES - 2;
    nodes[200001].right = NODES - 2;
    assert_int_equal(ensemble_check(&ensemble, &tree, nodes, mem_libc(), &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "tree 0, node 524285: is the child of two nodes");
    free(nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ensemble_is_measured_and_walked),
        cmocka_unit_test(broken_trees_are_refused),
        cmocka_unit_test(broken_nodes_are_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(large_trees_are_checked_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
