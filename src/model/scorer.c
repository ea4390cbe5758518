/* One idea: a processor waits for memory and for branches it guessed wrong, not for arithmetic, so
 * eight trees are walked at once and none of their steps is a branch.
 *
 * 1. Nearly complete trees are heaps: from place p the answer yes leads to 2 p - 1, no to 2 p, the
 *    root is place 2, and after as many steps as the group is deep every walk is at a leaf.
 * 2. In other trees the two children of a split lie side by side, the one for yes first: the next
 *    node is child + 1 minus the answer.
 * 3. There a leaf asks the column behind all for a key below 0, which no key is, and its child is
 *    the node before it: so it is its own next node, and eight trees go on until the deepest has
 *    arrived.
 * 4. The leaves' values are added one by one in the order of the trees, as ensemble_margin does. */
#include <string.h>

#include "base/assert.h"
#include "model/scorer_int.h"

#define LANES SCORER_LANES
#define STEPS 8 /* between two looks at whether all have arrived */

static inline size_t fall(const uint64_t *keys, const uint64_t *slot_keys,
                          const uint32_t *slot_columns, size_t place)
{
    return 2 * place - (keys[slot_columns[place - 2]] < slot_keys[place - 2] ? 1 : 0);
}

/* Eight names rather than an array, so that they stay in registers; inlined for each depth, so that
 * the heaps lie at constant distances. */
static inline __attribute__((always_inline)) void walk_heaps(const struct scorer *scorer,
                                                             uint32_t first_slot, uint32_t depth,
                                                             uint32_t at[LANES])
{
    const uint64_t *keys = scorer->columns.keys;
    const uint64_t *k = &scorer->slot_keys[first_slot];
    const uint32_t *m = &scorer->slot_columns[first_slot];
    const size_t size = (size_t)1 << depth;
    size_t a = 2, b = 2, c = 2, d = 2, e = 2, f = 2, g = 2, h = 2;
    for (uint32_t level = 0; level < depth; level++) {
        a = fall(keys, k, m, a);
        b = fall(keys, k + size, m + size, b);
        c = fall(keys, k + 2 * size, m + 2 * size, c);
        d = fall(keys, k + 3 * size, m + 3 * size, d);
        e = fall(keys, k + 4 * size, m + 4 * size, e);
        f = fall(keys, k + 5 * size, m + 5 * size, f);
        g = fall(keys, k + 6 * size, m + 6 * size, g);
        h = fall(keys, k + 7 * size, m + 7 * size, h);
    }
    const size_t end = scorer->node_count + first_slot - 1 - size;
    at[0] = (uint32_t)(end + a), at[1] = (uint32_t)(end + size + b);
    at[2] = (uint32_t)(end + 2 * size + c), at[3] = (uint32_t)(end + 3 * size + d);
    at[4] = (uint32_t)(end + 4 * size + e), at[5] = (uint32_t)(end + 5 * size + f);
    at[6] = (uint32_t)(end + 6 * size + g), at[7] = (uint32_t)(end + 7 * size + h);
}

static void walk_heaps_of(const struct scorer *scorer, uint32_t first, uint32_t depth,
                          uint32_t at[LANES])
{
    switch (depth) {
    case 0: walk_heaps(scorer, first, 0, at); return;
    case 1: walk_heaps(scorer, first, 1, at); return;
    case 2: walk_heaps(scorer, first, 2, at); return;
    case 3: walk_heaps(scorer, first, 3, at); return;
    case 4: walk_heaps(scorer, first, 4, at); return;
    case 5: walk_heaps(scorer, first, 5, at); return;
    case 6: walk_heaps(scorer, first, 6, at); return;
    case 7: walk_heaps(scorer, first, 7, at); return;
    default: break;
    }
    ASSERT(depth == SCORER_HEAP_DEPTH_MAX);
    walk_heaps(scorer, first, SCORER_HEAP_DEPTH_MAX, at);
}

static inline uint32_t step(const struct scorer_node *nodes, const uint64_t *keys, uint32_t at)
{
    const struct scorer_node *node = &nodes[at];
    return node->child + (keys[node->column] >= node->key ? 1u : 0u);
}

static void walk_numbers(const struct scorer *scorer, uint32_t at[LANES], uint32_t steps)
{
    const struct scorer_node *nodes = scorer->nodes;
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
            const struct scorer_node *node = &scorer->nodes[at[lane]];
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

static void walk_nodes(const struct scorer *scorer, const struct scorer_group *group,
                       uint32_t at[LANES])
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

/* Where a row ends in the trees of a group: indices into values and sources. Returns how many of
 * them are trees. */
static inline uint32_t walk(const struct scorer *scorer, uint32_t group_index, uint32_t at[LANES])
{
    const struct scorer_group *group = &scorer->groups[group_index];
    if (group->is_heap)
        walk_heaps_of(scorer, group->first_slot, group->depth, at);
    else
        walk_nodes(scorer, group, at);
    uint32_t rest = scorer->tree_count - group_index * LANES;
    return rest < LANES ? rest : LANES;
}

static inline double add_all(double sum, const double *values, const uint32_t at[LANES])
{
    sum = sum + values[at[0]] + values[at[1]] + values[at[2]] + values[at[3]];
    return sum + values[at[4]] + values[at[5]] + values[at[6]] + values[at[7]];
}

double scorer_margin(struct scorer *scorer, const double *row)
{
    double sum = 0;
    columns_fill(&scorer->columns, row);
    for (uint32_t g = 0; g < scorer->group_count; g++) {
        uint32_t at[LANES];
        uint32_t used = walk(scorer, g, at);
        if (used == LANES) {
            sum = add_all(sum, scorer->values, at);
            continue;
        }
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
        uint32_t used = walk(scorer, g, at);
        for (uint32_t lane = 0; lane < used; lane++)
            ret_leaves[g * LANES + lane] = scorer->sources[at[lane]];
    }
}
