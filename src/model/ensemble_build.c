/* One idea: whatever order a file has its nodes in, a walk from the root writes them down in
 * preorder, so children lie behind their parents, and a node that is met twice is not a tree's. */
#include <string.h>

#include "model/ensemble_int.h"

#define NOBODY UINT32_MAX

/* A node that the walk has still to visit. */
struct open {
    uint32_t id;
    uint32_t parent;    /* index in build.nodes, or NOBODY */
    uint32_t depth;
    bool right;         /* of its parent */
};

struct walk {
    struct open open[ENSEMBLE_DEPTH_MAX + 1];
    uint32_t count;
};

enum status build_init(struct build *build, uint32_t feature_count, struct arena *arena,
                       struct diag *diag)
{
    *build = (struct build){.arena = arena, .diag = diag};
    build->ensemble = (struct ensemble){
        .feature_count = feature_count, .divisor = 1, .link = ENSEMBLE_IDENTITY, .slope = 1};
    enum status status = count_check(diag, feature_count, "features", ENSEMBLE_FEATURES_MAX);
    if (status != STATUS_OK)
        return status;
    build->categorical = arena_array(arena, feature_count, sizeof *build->categorical);
    return build->categorical == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void build_done(struct build *build)
{
    struct mem *mem = build->arena->mem;
    mem_free(mem, build->trees, build->tree_capacity * sizeof *build->trees);
    mem_free(mem, build->nodes, build->node_capacity * sizeof *build->nodes);
    mem_free(mem, build->sets, build->set_capacity * sizeof *build->sets);
    mem_free(mem, build->seen, build->seen_capacity * sizeof *build->seen);
}

enum status build_refuse(const struct build *build, uint32_t id, const char *what)
{
    diag_set(build->diag, "model-node", "tree %u, node %u: %s", build->ensemble.tree_count, id,
             what);
    return STATUS_INVALID;
}

/* Makes room for `count` items; NULL when there is no memory, and the array stays as it was. */
static void *grown(const struct build *build, void *items, size_t *capacity, size_t count,
                   size_t item_size)
{
    if (count <= *capacity)
        return items;
    size_t more = *capacity * 2 > count ? *capacity * 2 : count;
    void *larger = mem_array(build->arena->mem, items, *capacity, more, item_size);
    if (larger != NULL)
        *capacity = more;
    return larger;
}

enum status build_words(struct build *build, uint32_t count, uint32_t *ret_first)
{
    struct ensemble *ensemble = &build->ensemble;
    uint64_t total = (uint64_t)ensemble->set_word_count + count;
    enum status status = count_check(build->diag, total, "words in its sets of categories",
                                     ENSEMBLE_SET_WORDS_MAX);
    if (status != STATUS_OK)
        return status;
    uint32_t *sets = grown(build, build->sets, &build->set_capacity, total + 1, sizeof *sets);
    if (sets == NULL)
        return STATUS_NO_MEMORY;
    build->sets = sets;
    memset(sets + ensemble->set_word_count, 0, count * sizeof *sets);
    *ret_first = ensemble->set_word_count;
    ensemble->set_word_count += count;
    return STATUS_OK;
}

/* Makes room for one tree and its nodes, and forgets which nodes were seen. */
static enum status reserve(struct build *build, const struct build_source *source)
{
    const struct ensemble *ensemble = &build->ensemble;
    uint64_t node_count = (uint64_t)ensemble->node_count + source->node_count;
    enum status status = count_check(build->diag, ensemble->tree_count + UINT64_C(1), "trees",
                                     ENSEMBLE_TREES_MAX);
    if (status == STATUS_OK)
        status = count_check(build->diag, node_count, "nodes", ENSEMBLE_NODES_MAX);
    if (status != STATUS_OK)
        return status;
    size_t word_count = source->node_count / 64 + 1;
    void *trees = grown(build, build->trees, &build->tree_capacity, ensemble->tree_count + 1,
                        sizeof *build->trees);
    build->trees = trees == NULL ? build->trees : trees;
    void *nodes = grown(build, build->nodes, &build->node_capacity, node_count,
                        sizeof *build->nodes);
    build->nodes = nodes == NULL ? build->nodes : nodes;
    void *seen = grown(build, build->seen, &build->seen_capacity, word_count, sizeof *build->seen);
    build->seen = seen == NULL ? build->seen : seen;
    if (trees == NULL || nodes == NULL || seen == NULL)
        return STATUS_NO_MEMORY;
    memset(seen, 0, word_count * sizeof *build->seen);
    return STATUS_OK;
}

/* Notes that a node has a parent (or is the root); it must be its only one. */
static enum status claim(struct build *build, const struct build_source *source,
                         const struct open *open)
{
    if (open->id >= source->node_count)
        return build_refuse(build, open->id, "is a child, and there is no node of that number");
    uint64_t bit = UINT64_C(1) << open->id % 64;
    if ((build->seen[open->id / 64] & bit) != 0)
        return build_refuse(build, open->id, "is the child of two nodes, or of itself");
    build->seen[open->id / 64] |= bit;
    return STATUS_OK;
}

/* Plans a visit to both children of a node, left first. */
static enum status open_children(struct build *build, struct walk *walk, const struct open *parent,
                                 uint32_t index)
{
    const struct ensemble_node *node = &build->nodes[index];
    if (parent->depth == ENSEMBLE_DEPTH_MAX) {
        diag_set(build->diag, "model-depth", "tree %u, node %u: the tree is deeper than %d",
                 build->ensemble.tree_count, parent->id, ENSEMBLE_DEPTH_MAX);
        return STATUS_LIMIT;
    }
    walk->open[walk->count++] = (struct open){node->right, index, parent->depth + 1, true};
    walk->open[walk->count++] = (struct open){node->left, index, parent->depth + 1, false};
    return STATUS_OK;
}

/* Reads a node behind those that are there, and links it to its parent. */
static enum status visit(struct build *build, const struct build_source *source, struct walk *walk,
                         const struct open *open)
{
    struct ensemble_node node = {.left = ENSEMBLE_LEAF};
    uint32_t index = build->ensemble.node_count;
    enum status status = claim(build, source, open);
    if (status == STATUS_OK)
        status = source->read(source, build, open->id, &node);
    if (status != STATUS_OK)
        return status;
    const char *fault = node_fault(&node, build->ensemble.feature_count);
    if (fault != NULL)
        return build_refuse(build, open->id, fault);
    build->nodes[index] = node;
    build->ensemble.node_count++;
    if (open->parent != NOBODY && open->right)
        build->nodes[open->parent].right = index;
    else if (open->parent != NOBODY)
        build->nodes[open->parent].left = index;
    if (node.left == ENSEMBLE_LEAF)
        return STATUS_OK;
    build->categorical[node.feature] |= node_is_set(&node);
    return open_children(build, walk, open, index);
}

enum status build_tree(struct build *build, const struct build_source *source)
{
    struct walk walk = {.open = {{.parent = NOBODY}}, .count = 1};
    struct ensemble *ensemble = &build->ensemble;
    enum status status = reserve(build, source);
    uint32_t first = ensemble->node_count;
    while (status == STATUS_OK && walk.count > 0) {
        struct open open = walk.open[--walk.count];
        status = visit(build, source, &walk, &open);
    }
    if (status != STATUS_OK)
        return status;
    uint32_t count = ensemble->node_count - first;
    if (source->node_count - count != source->unused_count) {
        diag_set(build->diag, "model-tree", "tree %u: %u of its %u nodes are nobody's child, "
                 "and it says that %u are", ensemble->tree_count, source->node_count - count,
                 source->node_count, source->unused_count);
        return STATUS_INVALID;
    }
    build->trees[ensemble->tree_count++] = (struct ensemble_tree){first, count, 0};
    return STATUS_OK;
}

static void *copied(struct build *build, const void *items, size_t count, size_t item_size)
{
    void *copy = arena_array(build->arena, count, item_size);
    if (copy != NULL && count > 0)
        memcpy(copy, items, count * item_size);
    return copy;
}

enum status build_finish(struct build *build, struct ensemble *ret_ensemble)
{
    struct ensemble ensemble = build->ensemble;
    struct ensemble_tree *trees =
        copied(build, build->trees, ensemble.tree_count, sizeof *trees);
    ensemble.trees = trees;
    ensemble.nodes = copied(build, build->nodes, ensemble.node_count, sizeof *ensemble.nodes);
    ensemble.sets = copied(build, build->sets, ensemble.set_word_count, sizeof *ensemble.sets);
    ensemble.categorical = build->categorical;
    if (trees == NULL || ensemble.nodes == NULL || ensemble.sets == NULL)
        return STATUS_NO_MEMORY;
    enum status status = ensemble_check(&ensemble, trees, ensemble.nodes, build->arena->mem,
                                        build->diag);
    if (status == STATUS_OK)
        *ret_ensemble = ensemble;
    return status;
}
