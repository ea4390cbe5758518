/* One idea: a processor waits for memory and for branches it guessed wrong, not for arithmetic, so
 * eight trees are walked at once and none of their steps is a branch.
 *
 * 1. The two children of a split lie side by side, the one for the answer yes first: the next node
 *    is child + 1 minus the answer.
 * 2. A leaf asks the column behind all for a key below 0, which no key is, and its child is the
 *    node before it: so it is its own next node, and eight trees go on until the deepest has
 *    arrived.
 * 3. The leaves' values are added one by one in the order of the trees, as ensemble_margin does. */
#include "model/scorer.h"

#include <string.h>

#include "base/assert.h"
#include "model/columns_int.h"

#define LANES 8
#define STEPS 8 /* between two looks at whether all have arrived */

struct node {
    uint64_t key;
    uint32_t child;
    uint32_t column;
};

/* Trees that are walked together. */
struct group {
    uint32_t roots[LANES]; /* of the last group some are the lone leaf behind all nodes */
    uint32_t depth;
    bool has_sets;
};

struct scorer {
    struct mem *mem;
    struct columns columns;
    uint32_t tree_count;
    uint32_t group_count;
    uint32_t node_count;       /* the lone leaf included */
    uint32_t set_column_first; /* columns from here on are categories */
    struct group *groups;
    struct node *nodes;
    double *values;            /* of leaves */
    uint32_t *sources;         /* each node's index in the ensemble */
    double base_margin;
    double divisor;
};

/* Lays out a tree breadth first from node `at` on; returns the node behind it. */
static uint32_t lay_out(struct scorer *scorer, const struct ensemble *ensemble, uint32_t tree,
                        uint32_t at, struct group *group)
{
    uint32_t end = at + 1;
    scorer->sources[at] = ensemble->trees[tree].first_node;
    for (; at < end; at++) {
        const struct ensemble_node *source = &ensemble->nodes[scorer->sources[at]];
        struct node *node = &scorer->nodes[at];
        if (source->left == ENSEMBLE_LEAF) {
            *node = (struct node){.child = at - 1, .column = scorer->columns.count};
            scorer->values[at] = source->value;
            continue;
        }
        struct columns_question question = columns_question(&scorer->columns, source);
        *node = (struct node){question.key, end, question.column};
        group->has_sets |= question.in_set;
        scorer->sources[end++] = question.yes_is_left ? source->left : source->right;
        scorer->sources[end++] = question.yes_is_left ? source->right : source->left;
    }
    return end;
}

static void lay_out_all(struct scorer *scorer, const struct ensemble *ensemble)
{
    uint32_t at = 0;
    uint32_t lone_leaf = scorer->node_count - 1;
    for (uint32_t g = 0; g < scorer->group_count; g++) {
        struct group *group = &scorer->groups[g];
        for (uint32_t lane = 0; lane < LANES; lane++) {
            uint32_t tree = g * LANES + lane;
            group->roots[lane] = tree < scorer->tree_count ? at : lone_leaf;
            if (tree >= scorer->tree_count)
                continue;
            at = lay_out(scorer, ensemble, tree, at, group);
            ASSERT(at <= lone_leaf);
            if (group->depth < ensemble->trees[tree].depth)
                group->depth = ensemble->trees[tree].depth;
        }
    }
    scorer->nodes[lone_leaf] =
        (struct node){.child = lone_leaf - 1, .column = scorer->columns.count};
}

static enum status take_memory(struct scorer *scorer)
{
    struct mem *mem = scorer->mem;
    size_t nodes = scorer->node_count;
    scorer->nodes = mem_array(mem, NULL, 0, nodes, sizeof *scorer->nodes);
    scorer->values = mem_zeroed(mem, nodes * sizeof *scorer->values);
    scorer->sources = mem_zeroed(mem, nodes * sizeof *scorer->sources);
    scorer->groups = mem_zeroed(mem, scorer->group_count * sizeof *scorer->groups);
    if (scorer->nodes == NULL || scorer->values == NULL || scorer->sources == NULL ||
        (scorer->groups == NULL && scorer->group_count > 0))
        return STATUS_NO_MEMORY;
    return STATUS_OK;
}

enum status scorer_new(const struct ensemble *ensemble, struct mem *mem,
                       struct scorer **ret_scorer)
{
    struct scorer *scorer = mem_zeroed(mem, sizeof *scorer);
    if (scorer == NULL)
        return STATUS_NO_MEMORY;
    scorer->mem = mem;
    scorer->tree_count = ensemble->tree_count;
    scorer->group_count = (ensemble->tree_count + LANES - 1) / LANES;
    scorer->node_count = ensemble->node_count + 1;
    scorer->base_margin = ensemble->base_margin;
    scorer->divisor = ensemble->divisor;
    enum status status = columns_init(&scorer->columns, ensemble, mem);
    if (status == STATUS_OK)
        status = take_memory(scorer);
    if (status != STATUS_OK)
        goto fail;
    scorer->set_column_first = columns_sets_first(&scorer->columns);
    lay_out_all(scorer, ensemble);
    columns_forget(&scorer->columns);
    *ret_scorer = scorer;
    return STATUS_OK;
fail:
    scorer_free(scorer);
    return status;
}

void scorer_free(struct scorer *scorer)
{
    if (scorer == NULL)
        return;
    struct mem *mem = scorer->mem;
    size_t nodes = scorer->node_count;
    mem_free(mem, scorer->nodes, nodes * sizeof *scorer->nodes);
    mem_free(mem, scorer->values, nodes * sizeof *scorer->values);
    mem_free(mem, scorer->sources, nodes * sizeof *scorer->sources);
    mem_free(mem, scorer->groups, scorer->group_count * sizeof *scorer->groups);
    columns_done(&scorer->columns);
    mem_free(mem, scorer, sizeof *scorer);
}

static inline uint32_t step(const struct node *nodes, const uint64_t *keys, uint32_t at)
{
    const struct node *node = &nodes[at];
    return node->child + (keys[node->column] >= node->key ? 1u : 0u);
}

/* Eight names rather than an array, so that they stay in registers. */
static void walk_numbers(const struct scorer *scorer, uint32_t at[LANES], uint32_t steps)
{
    const struct node *nodes = scorer->nodes;
    const uint64_t *keys = scorer->columns.keys;
    uint32_t a = at[0], b = at[1], c = at[2], d = at[3];
    uint32_t e = at[4], f = at[5], g = at[6], h = at[7];
    for (; steps > 0; steps--) {
        a = step(nodes, keys, a);
        b = step(nodes, keys, b);
        c = step(nodes, keys, c);
        d = step(nodes, keys, d);
        e = step(nodes, keys, e);
        f = step(nodes, keys, f);
        g = step(nodes, keys, g);
        h = step(nodes, keys, h);
    }
    at[0] = a, at[1] = b, at[2] = c, at[3] = d;
    at[4] = e, at[5] = f, at[6] = g, at[7] = h;
}

static void walk_sets(const struct scorer *scorer, uint32_t at[LANES], uint32_t steps)
{
    const struct columns *columns = &scorer->columns;
    for (; steps > 0; steps--) {
        for (uint32_t lane = 0; lane < LANES; lane++) {
            const struct node *node = &scorer->nodes[at[lane]];
            uint64_t key = columns->keys[node->column];
            bool yes = key < node->key;
            if (node->column >= scorer->set_column_first)
                yes = columns_in_set(columns->sets, node->key, key);
            at[lane] = node->child + (yes ? 0u : 1u);
        }
    }
}

static bool all_arrived(const struct scorer *scorer, const uint32_t at[LANES])
{
    for (uint32_t lane = 0; lane < LANES; lane++)
        if (scorer->nodes[at[lane]].child + 1 != at[lane])
            return false;
    return true;
}

static inline void walk(const struct scorer *scorer, const struct group *group, uint32_t at[LANES])
{
    memcpy(at, group->roots, sizeof group->roots);
    for (uint32_t left = group->depth; left > 0;) {
        uint32_t steps = left < STEPS ? left : STEPS;
        if (group->has_sets)
            walk_sets(scorer, at, steps);
        else
            walk_numbers(scorer, at, steps);
        left -= steps;
        if (left > 0 && all_arrived(scorer, at))
            break;
    }
}

static uint32_t lanes_used(const struct scorer *scorer, uint32_t group)
{
    uint32_t rest = scorer->tree_count - group * LANES;
    return rest < LANES ? rest : LANES;
}

double scorer_margin(struct scorer *scorer, const double *row)
{
    double sum = 0;
    columns_fill(&scorer->columns, row);
    for (uint32_t g = 0; g < scorer->group_count; g++) {
        uint32_t at[LANES];
        walk(scorer, &scorer->groups[g], at);
        uint32_t used = lanes_used(scorer, g);
        for (uint32_t lane = 0; lane < used; lane++)
            sum += scorer->values[at[lane]];
    }
    return scorer->base_margin + sum / scorer->divisor;
}

void scorer_leaves(struct scorer *scorer, const double *row, uint32_t *ret_leaves)
{
    columns_fill(&scorer->columns, row);
    for (uint32_t g = 0; g < scorer->group_count; g++) {
        uint32_t at[LANES];
        walk(scorer, &scorer->groups[g], at);
        uint32_t used = lanes_used(scorer, g);
        for (uint32_t lane = 0; lane < used; lane++)
            ret_leaves[g * LANES + lane] = scorer->sources[at[lane]];
    }
}
