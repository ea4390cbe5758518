/* One idea: ensembles of every shape that a checked one may have, and rows made to fall beside
 * their thresholds. */
#include "model/random_test_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

#define SET_WORDS 3 /* at most, so that some categories lie beyond them */

struct growth {
    struct random *random;
    const struct random_shape *shape;
    struct ensemble_node *nodes;
    uint32_t node_count;
    uint32_t *sets;
    uint32_t set_word_count;
    uint32_t splits; /* of the tree at hand */
    uint32_t depth;
};

static bool chance(struct random *random, double p)
{
    return random_unit(random) < p;
}

static double some_threshold(struct random *random)
{
    static const double odd[] = {0, -0.0, INFINITY, -INFINITY, 1e-35, -1e-35, 5e-324, -5e-324,
                                 1e-40, 1e300, -1e300, 0.1, 16777217};
    if (chance(random, 0.1))
        return odd[random_below(random, sizeof odd / sizeof odd[0])];
    double x = random_unit(random) * 4 - 2;
    return chance(random, 0.3) ? (float)x : x;
}

static enum ensemble_test some_test(struct growth *growth, uint32_t feature)
{
    uint32_t of_sets = 1u << ENSEMBLE_IN_SET_LEFT | 1u << ENSEMBLE_IN_SET_RIGHT;
    uint32_t tests = growth->shape->tests;
    bool is_category = (tests & ~of_sets) == 0 || (feature % 2 == 1 && (tests & of_sets) != 0);
    uint32_t allowed = tests & (is_category ? of_sets : ~of_sets);
    uint32_t test;
    do
        test = (uint32_t)random_below(growth->random, 4);
    while ((allowed >> test & 1) == 0);
    return (enum ensemble_test)test;
}

static void split(struct growth *growth, struct ensemble_node *node)
{
    struct random *random = growth->random;
    node->feature = (uint16_t)random_below(random, growth->shape->feature_count);
    node->test = (uint8_t)some_test(growth, node->feature);
    node->missing = growth->shape->any_missing ? (uint8_t)random_below(random, 3)
                                               : (uint8_t)ENSEMBLE_MISSING_NAN;
    node->default_left = chance(random, 0.5);
    if (node->test == ENSEMBLE_LESS || node->test == ENSEMBLE_LESS_EQUAL) {
        node->threshold = some_threshold(random);
        return;
    }
    node->set_first = growth->set_word_count;
    node->set_word_count = (uint32_t)random_below(random, SET_WORDS + 1);
    for (uint32_t i = 0; i < node->set_word_count; i++)
        growth->sets[growth->set_word_count++] = (uint32_t)random_u64(random);
}

static uint32_t grow(struct growth *growth, uint32_t depth)
{
    const struct random_shape *shape = growth->shape;
    uint32_t at = growth->node_count++;
    struct ensemble_node *node = &growth->nodes[at];
    if (growth->depth < depth)
        growth->depth = depth;
    if (depth == shape->depth_max || growth->splits == shape->splits_max ||
        !chance(growth->random, shape->grow)) {
        node->left = ENSEMBLE_LEAF;
        node->value = random_unit(growth->random) * 2 - 1;
        bool is_empty = chance(growth->random, shape->cover_zero);
        node->cover = is_empty ? 0 : (double)(1 + random_below(growth->random, 1000));
        return at;
    }
    growth->splits++;
    split(growth, node);
    /* The deeper side first is now left, now right: splits_max cuts off the other. */
    bool left_first = chance(growth->random, 0.5);
    uint32_t first = grow(growth, depth + 1);
    uint32_t second = grow(growth, depth + 1);
    node->left = left_first ? first : second;
    node->right = left_first ? second : first;
    node->cover = growth->nodes[first].cover + growth->nodes[second].cover;
    return at;
}

static void *take(struct arena *arena, size_t count, size_t item_size)
{
    void *block = arena_array(arena, count, item_size);
    ASSERT(block != NULL);
    return block;
}

struct ensemble random_ensemble(struct random *random, const struct random_shape *shape,
                                struct arena *arena)
{
    size_t splits = (size_t)shape->tree_count * shape->splits_max;
    struct ensemble_tree *trees = take(arena, shape->tree_count, sizeof *trees);
    bool *categorical = take(arena, shape->feature_count, sizeof *categorical);
    struct growth growth = {.random = random, .shape = shape};
    growth.nodes = take(arena, 2 * splits + shape->tree_count, sizeof *growth.nodes);
    growth.sets = take(arena, splits * SET_WORDS, sizeof *growth.sets);
    for (uint32_t t = 0; t < shape->tree_count; t++) {
        trees[t].first_node = growth.node_count;
        growth.splits = 0;
        growth.depth = 0;
        grow(&growth, 0);
        trees[t].node_count = growth.node_count - trees[t].first_node;
        trees[t].depth = growth.depth;
    }
    for (uint32_t i = 0; i < growth.node_count; i++)
        if (growth.nodes[i].left != ENSEMBLE_LEAF && growth.nodes[i].test > ENSEMBLE_LESS_EQUAL)
            categorical[growth.nodes[i].feature] = true;
    return (struct ensemble){
        .feature_count = shape->feature_count, .categorical = categorical,
        .tree_count = shape->tree_count, .trees = trees,
        .node_count = growth.node_count, .nodes = growth.nodes,
        .set_word_count = growth.set_word_count, .sets = growth.sets,
        .base_margin = random_unit(random),
        .divisor = shape->any_missing && shape->tree_count > 0 ? shape->tree_count : 1,
        .link = ENSEMBLE_LOGISTIC, .slope = 1};
}

static double some_number(struct random *random, const struct ensemble *ensemble)
{
    static const double odd[] = {0, -0.0, INFINITY, -INFINITY, 1e-35, -1e-35, 1.1e-35, 5e-324,
                                 -5e-324, 1e-40, -1e-46, 1e300, -1e300, 3.5e38, -3.5e38};
    if (chance(random, 0.1))
        return odd[random_below(random, sizeof odd / sizeof odd[0])];
    if (ensemble->node_count == 0 || chance(random, 0.5))
        return random_unit(random) * 4 - 2;
    double x = ensemble->nodes[random_below(random, ensemble->node_count)].threshold;
    switch (random_below(random, 5)) {
    case 0: return nextafter(x, INFINITY);
    case 1: return nextafter(x, -INFINITY);
    case 2: return nextafterf((float)x, INFINITY);
    case 3: return nextafterf((float)x, -INFINITY);
    default: return x;
    }
}

static double some_category(struct random *random)
{
    static const double odd[] = {-1, -0.5, -0.0, 31.9, 95.5, 1e18, -1e18, INFINITY, -INFINITY,
                                 4294967296.0, 4294967295.0, 1e-36, -1e-36};
    if (chance(random, 0.1))
        return odd[random_below(random, sizeof odd / sizeof odd[0])];
    return (double)random_below(random, SET_WORDS * 32 + 10);
}

void random_row(struct random *random, const struct ensemble *ensemble, double *row)
{
    for (uint32_t f = 0; f < ensemble->feature_count; f++) {
        if (chance(random, 0.1))
            row[f] = chance(random, 0.5) ? (double)NAN : copysign(NAN, -1);
        else
            row[f] = ensemble->categorical[f] ? some_category(random)
                                              : some_number(random, ensemble);
    }
}

struct random_shape random_shape(struct random *random, uint32_t round)
{
    uint32_t depth = round % 21;
    return (struct random_shape){
        .feature_count = 1 + (uint32_t)random_below(random, 12),
        .tree_count = (uint32_t)random_below(random, 20),
        .depth_max = depth,
        .splits_max = 200,
        .grow = depth > 7 ? 0.9 : chance(random, 0.5) ? 1 : 0.8,
        .tests = 1 + (uint32_t)random_below(random, 15),
        .any_missing = chance(random, 0.5),
        .cover_zero = chance(random, 0.3) ? 0.2 : 0,
    };
}

uint64_t random_seed(const char *test, uint64_t seed)
{
    const char *text = getenv("WEIR_SEED");
    if (text != NULL)
        seed = strtoull(text, NULL, 10);
    printf("# %s: WEIR_SEED=%llu\n", test, (unsigned long long)seed);
    return seed;
}
