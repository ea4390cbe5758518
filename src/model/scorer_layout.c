/* One idea: trees that are nearly complete are made complete, so that a node's place tells its
 * children's; the others are laid out breadth first. Either takes memory linear in the nodes. */
#include <string.h>

#include "base/assert.h"
#include "model/scorer_int.h"

static uint32_t yes_of(const struct ensemble_node *node, bool yes_is_left)
{
    return yes_is_left ? node->left : node->right;
}

static uint32_t no_of(const struct ensemble_node *node, bool yes_is_left)
{
    return yes_is_left ? node->right : node->left;
}

/* Lays out a tree breadth first from node `at` on; returns the node behind it. */
static uint32_t lay_out_nodes(struct scorer *scorer, const struct ensemble *ensemble, uint32_t tree,
                              uint32_t at)
{
    uint32_t end = at + 1;
    scorer->sources[at] = ensemble->trees[tree].first_node;
    for (; at < end; at++) {
        const struct ensemble_node *source = &ensemble->nodes[scorer->sources[at]];
        struct scorer_node *node = &scorer->nodes[at];
        if (source->left == ENSEMBLE_LEAF) {
            *node = (struct scorer_node){.child = at - 1, .column = scorer->columns.count};
            scorer->values[at] = source->value;
            continue;
        }
        struct columns_question question = columns_question(&scorer->columns, source);
        *node = (struct scorer_node){question.key, end, question.column};
        scorer->sources[end++] = yes_of(source, question.yes_is_left);
        scorer->sources[end++] = no_of(source, question.yes_is_left);
    }
    return end;
}

/* Lays out the part of a tree below `source` in its heap of 2^depth slots from first_slot on: place
 * 2 is the root, 2 * place - 1 the answer yes, 2 * place no. A leaf above the bottom becomes splits
 * that everything answers no, down to copies of itself. */
static void lay_out_heap(struct scorer *scorer, const struct ensemble *ensemble,
                         uint32_t first_slot, uint32_t depth, uint32_t place, uint32_t source)
{
    const struct ensemble_node *node = &ensemble->nodes[source];
    uint32_t size = (uint32_t)1 << depth;
    if (place > size) {
        uint32_t at = scorer->node_count + first_slot + place - size - 1;
        ASSERT(node->left == ENSEMBLE_LEAF);
        scorer->values[at] = node->value;
        scorer->sources[at] = source;
        return;
    }
    struct columns_question question = {.column = scorer->columns.count};
    uint32_t yes = source;
    uint32_t no = source;
    if (node->left != ENSEMBLE_LEAF) {
        question = columns_question(&scorer->columns, node);
        yes = yes_of(node, question.yes_is_left);
        no = no_of(node, question.yes_is_left);
    }
    scorer->slot_keys[first_slot + place - 2] = question.key;
    scorer->slot_columns[first_slot + place - 2] = question.column;
    lay_out_heap(scorer, ensemble, first_slot, depth, 2 * place - 1, yes);
    lay_out_heap(scorer, ensemble, first_slot, depth, 2 * place, no);
}

static bool has_sets(const struct ensemble *ensemble, const struct ensemble_tree *tree)
{
    for (uint32_t i = tree->first_node; i < tree->first_node + tree->node_count; i++) {
        const struct ensemble_node *node = &ensemble->nodes[i];
        if (node->left != ENSEMBLE_LEAF && (node->test == ENSEMBLE_IN_SET_LEFT ||
                                            node->test == ENSEMBLE_IN_SET_RIGHT))
            return true;
    }
    return false;
}

/* Decides how a group is laid out, and counts what it takes. */
static void plan_group(struct scorer *scorer, const struct ensemble *ensemble, uint32_t group_index)
{
    struct scorer_group *group = &scorer->groups[group_index];
    uint32_t first = group_index * SCORER_LANES;
    uint32_t nodes = 0;
    for (uint32_t t = first; t < first + SCORER_LANES && t < scorer->tree_count; t++) {
        const struct ensemble_tree *tree = &ensemble->trees[t];
        nodes += tree->node_count;
        group->depth = group->depth < tree->depth ? tree->depth : group->depth;
        group->has_sets = group->has_sets || has_sets(ensemble, tree);
    }
    group->is_heap = !group->has_sets && group->depth <= SCORER_HEAP_DEPTH_MAX &&
                     (uint64_t)SCORER_LANES << group->depth <= 2 * (uint64_t)nodes;
    if (group->is_heap) {
        group->first_slot = scorer->slot_count;
        scorer->slot_count += (uint32_t)SCORER_LANES << group->depth;
    } else {
        scorer->node_count += nodes;
    }
}

static void lay_out_groups(struct scorer *scorer, const struct ensemble *ensemble)
{
    uint32_t at = 0;
    uint32_t lone_leaf = scorer->node_count - 1;
    for (uint32_t i = 0; i < scorer->group_count * SCORER_LANES; i++) {
        struct scorer_group *group = &scorer->groups[i / SCORER_LANES];
        uint32_t lane = i % SCORER_LANES;
        group->roots[lane] = lone_leaf;
        if (i >= scorer->tree_count)
            continue;
        if (group->is_heap) {
            uint32_t slot = group->first_slot + (lane << group->depth);
            lay_out_heap(scorer, ensemble, slot, group->depth, 2, ensemble->trees[i].first_node);
        } else {
            group->roots[lane] = at;
            at = lay_out_nodes(scorer, ensemble, i, at);
            ASSERT(at <= lone_leaf);
        }
    }
    scorer->nodes[lone_leaf] =
        (struct scorer_node){.child = lone_leaf - 1, .column = scorer->columns.count};
}

static enum status take_memory(struct scorer *scorer)
{
    struct mem *mem = scorer->mem;
    size_t leaves = (size_t)scorer->node_count + scorer->slot_count;
    scorer->nodes = mem_array(mem, NULL, 0, scorer->node_count, sizeof *scorer->nodes);
    scorer->slot_keys = mem_zeroed(mem, scorer->slot_count * sizeof *scorer->slot_keys);
    scorer->slot_columns = mem_zeroed(mem, scorer->slot_count * sizeof *scorer->slot_columns);
    scorer->values = mem_zeroed(mem, leaves * sizeof *scorer->values);
    scorer->sources = mem_zeroed(mem, leaves * sizeof *scorer->sources);
    if (scorer->nodes == NULL || scorer->values == NULL || scorer->sources == NULL)
        return STATUS_NO_MEMORY;
    if ((scorer->slot_keys == NULL || scorer->slot_columns == NULL) && scorer->slot_count > 0)
        return STATUS_NO_MEMORY;
    return STATUS_OK;
}

static enum status lay_out(struct scorer *scorer, const struct ensemble *ensemble)
{
    scorer->groups = mem_zeroed(scorer->mem, scorer->group_count * sizeof *scorer->groups);
    if (scorer->groups == NULL && scorer->group_count > 0)
        return STATUS_NO_MEMORY;
    for (uint32_t g = 0; g < scorer->group_count; g++)
        plan_group(scorer, ensemble, g);
    enum status status = columns_init(&scorer->columns, ensemble, scorer->mem);
    if (status == STATUS_OK)
        status = take_memory(scorer);
    if (status != STATUS_OK)
        return status;
    scorer->set_column_first = columns_sets_first(&scorer->columns);
    lay_out_groups(scorer, ensemble);
    columns_forget(&scorer->columns);
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
    scorer->group_count = (ensemble->tree_count + SCORER_LANES - 1) / SCORER_LANES;
    scorer->node_count = 1;
    scorer->base_margin = ensemble->base_margin;
    scorer->divisor = ensemble->divisor;
    enum status status = lay_out(scorer, ensemble);
    if (status != STATUS_OK) {
        scorer_free(scorer);
        return status;
    }
    *ret_scorer = scorer;
    return STATUS_OK;
}

void scorer_free(struct scorer *scorer)
{
    if (scorer == NULL)
        return;
    struct mem *mem = scorer->mem;
    size_t leaves = (size_t)scorer->node_count + scorer->slot_count;
    mem_free(mem, scorer->nodes, scorer->node_count * sizeof *scorer->nodes);
    mem_free(mem, scorer->slot_keys, scorer->slot_count * sizeof *scorer->slot_keys);
    mem_free(mem, scorer->slot_columns, scorer->slot_count * sizeof *scorer->slot_columns);
    mem_free(mem, scorer->values, leaves * sizeof *scorer->values);
    mem_free(mem, scorer->sources, leaves * sizeof *scorer->sources);
    mem_free(mem, scorer->groups, scorer->group_count * sizeof *scorer->groups);
    columns_done(&scorer->columns);
    mem_free(mem, scorer, sizeof *scorer);
}
