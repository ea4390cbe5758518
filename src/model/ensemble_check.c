/* One idea: children lie behind their parent, so a tree has no cycles; it is a tree when each node
 * but its root is the child of exactly one node, which is noted with one bit a node. */
#include <math.h>
#include <string.h>

#include "model/ensemble_int.h"

struct check {
    const struct ensemble *ensemble;
    const struct ensemble_node *nodes;
    uint32_t tree;
    uint32_t first;     /* node of the tree */
    uint32_t end;       /* behind its last node */
    uint64_t *seen;     /* nodes of the tree that have a parent: a bit each */
    struct diag *diag;
};

static size_t words_of(uint32_t node_count)
{
    return (size_t)node_count / 64 + 1;
}

/* Says what is wrong with a node of the tree at hand; always STATUS_INVALID. */
static enum status refuse(const struct check *check, uint32_t node, const char *what)
{
    diag_set(check->diag, "model-node", "tree %u, node %u: %s", check->tree, node - check->first,
             what);
    return STATUS_INVALID;
}

bool node_is_set(const struct ensemble_node *node)
{
    return node->test == ENSEMBLE_IN_SET_LEFT || node->test == ENSEMBLE_IN_SET_RIGHT;
}

const char *node_fault(const struct ensemble_node *node, uint32_t feature_count)
{
    if (!(node->cover >= 0) || !isfinite(node->cover))
        return "the cover is negative or not finite";
    if (node->left == ENSEMBLE_LEAF)
        return isfinite(node->value) ? NULL : "the leaf's value is not finite";
    if (node->feature >= feature_count)
        return "asks for a feature that the model does not have";
    if (node->missing > ENSEMBLE_MISSING_NONE || node->test > ENSEMBLE_IN_SET_RIGHT)
        return "a kind of split or of missing values that is not known";
    if (!node_is_set(node) && isnan(node->threshold))
        return "the threshold is not a number";
    return NULL;
}

static enum status check_set(const struct check *check, const struct ensemble_node *node,
                             uint32_t at)
{
    const struct ensemble *ensemble = check->ensemble;
    if (node->set_word_count > ENSEMBLE_CATEGORIES_MAX / 32) {
        diag_set(check->diag, "model-categories", "tree %u, node %u: a category above %d",
                 check->tree, at - check->first, ENSEMBLE_CATEGORIES_MAX - 1);
        return STATUS_LIMIT;
    }
    if (node->set_first > ensemble->set_word_count ||
        node->set_word_count > ensemble->set_word_count - node->set_first)
        return refuse(check, at, "its set of categories lies outside of the model's");
    return STATUS_OK;
}

static enum status check_node(const struct check *check, uint32_t at)
{
    const struct ensemble_node *node = &check->nodes[at];
    const char *fault = node_fault(node, check->ensemble->feature_count);
    if (fault != NULL)
        return refuse(check, at, fault);
    if (node->left == ENSEMBLE_LEAF)
        return STATUS_OK;
    if (node->left <= at || node->left >= check->end || node->right <= at ||
        node->right >= check->end)
        return refuse(check, at, "a child lies outside of its tree, or before its parent");
    if (check->ensemble->categorical[node->feature] != node_is_set(node))
        return refuse(check, at, "a feature is asked as a number and as a category");
    return node_is_set(node) ? check_set(check, node, at) : STATUS_OK;
}

/* Checks that each node but the root is the child of exactly one node. */
static enum status check_parents(const struct check *check)
{
    uint64_t *seen = check->seen;
    memset(seen, 0, words_of(check->end - check->first) * sizeof *seen);
    for (uint32_t at = check->first; at < check->end; at++) {
        const struct ensemble_node *node = &check->nodes[at];
        uint32_t children[] = {node->left, node->right};
        for (size_t i = 0; node->left != ENSEMBLE_LEAF && i < 2; i++) {
            uint32_t child = children[i] - check->first;
            if ((seen[child / 64] >> child % 64 & 1) != 0)
                return refuse(check, children[i], "is the child of two nodes");
            seen[child / 64] |= UINT64_C(1) << child % 64;
        }
    }
    for (uint32_t at = check->first + 1; at < check->end; at++) {
        uint32_t child = at - check->first;
        if ((seen[child / 64] >> child % 64 & 1) == 0)
            return refuse(check, at, "is nobody's child");
    }
    return STATUS_OK;
}

/* Measures the depth of what is known to be a tree. */
static enum status measure(const struct check *check, uint32_t *ret_depth)
{
    struct { uint32_t node, depth; } open[ENSEMBLE_DEPTH_MAX + 1] = {{check->first, 0}};
    uint32_t open_count = 1;
    uint32_t deepest = 0;
    while (open_count > 0) {
        uint32_t at = open[--open_count].node;
        uint32_t depth = open[open_count].depth;
        deepest = depth > deepest ? depth : deepest;
        if (check->nodes[at].left == ENSEMBLE_LEAF)
            continue;
        if (depth == ENSEMBLE_DEPTH_MAX) {
            diag_set(check->diag, "model-depth", "tree %u, node %u: the tree is deeper than %d",
                     check->tree, at - check->first, ENSEMBLE_DEPTH_MAX);
            return STATUS_LIMIT;
        }
        open[open_count].node = check->nodes[at].right;
        open[open_count++].depth = depth + 1;
        open[open_count].node = check->nodes[at].left;
        open[open_count++].depth = depth + 1;
    }
    *ret_depth = deepest;
    return STATUS_OK;
}

static enum status check_tree(const struct check *check, uint32_t *ret_depth)
{
    enum status status = STATUS_OK;
    for (uint32_t at = check->first; status == STATUS_OK && at < check->end; at++)
        status = check_node(check, at);
    if (status == STATUS_OK)
        status = check_parents(check);
    return status == STATUS_OK ? measure(check, ret_depth) : status;
}

enum status count_check(struct diag *diag, uint64_t count, const char *what, uint32_t count_max)
{
    if (count <= count_max)
        return STATUS_OK;
    diag_set(diag, "model-size", "the model has %llu %s, where %u are allowed",
             (unsigned long long)count, what, count_max);
    return STATUS_LIMIT;
}

static enum status check_counts(const struct ensemble *ensemble, struct diag *diag)
{
    enum status status =
        count_check(diag, ensemble->feature_count, "features", ENSEMBLE_FEATURES_MAX);
    if (status == STATUS_OK)
        status = count_check(diag, ensemble->tree_count, "trees", ENSEMBLE_TREES_MAX);
    if (status == STATUS_OK)
        status = count_check(diag, ensemble->node_count, "nodes", ENSEMBLE_NODES_MAX);
    if (status == STATUS_OK)
        status = count_check(diag, ensemble->set_word_count, "words in its sets of categories",
                             ENSEMBLE_SET_WORDS_MAX);
    return status;
}

static enum status check_whole(const struct ensemble *ensemble, struct diag *diag)
{
    const char *what = NULL;
    if (!isfinite(ensemble->base_margin))
        what = "the margin that all rows start from is not finite";
    else if (!isfinite(ensemble->divisor) || !(ensemble->divisor >= 1))
        what = "the divisor of the leaves' sum is below 1 or not finite";
    else if (ensemble->link != ENSEMBLE_IDENTITY && ensemble->link != ENSEMBLE_LOGISTIC)
        what = "a link that is not known";
    else if (!isfinite(ensemble->slope) || !(ensemble->slope > 0))
        what = "the slope of the link is not above 0, or not finite";
    if (what != NULL)
        diag_set(diag, "model-whole", "%s", what);
    return what == NULL ? STATUS_OK : STATUS_INVALID;
}

static enum status check_trees(struct check *check, struct ensemble_tree *trees)
{
    const struct ensemble *ensemble = check->ensemble;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < ensemble->tree_count; i++) {
        uint32_t left = ensemble->node_count - check->end;
        if (trees[i].first_node != check->end || trees[i].node_count == 0 ||
            trees[i].node_count > left) {
            diag_set(check->diag, "model-tree", "tree %u: its nodes do not lie behind those of the "
                     "tree before it, or there are none", i);
            return STATUS_INVALID;
        }
        check->tree = i;
        check->first = check->end;
        check->end += trees[i].node_count;
        status = check_tree(check, &trees[i].depth);
    }
    if (status == STATUS_OK && check->end != ensemble->node_count) {
        diag_set(check->diag, "model-tree", "%u nodes belong to no tree",
                 ensemble->node_count - check->end);
        return STATUS_INVALID;
    }
    return status;
}

enum status ensemble_check(struct ensemble *ensemble, struct ensemble_tree *trees,
                           const struct ensemble_node *nodes, struct mem *mem, struct diag *diag)
{
    struct check check = {.ensemble = ensemble, .nodes = nodes, .diag = diag};
    enum status status = check_counts(ensemble, diag);
    if (status == STATUS_OK)
        status = check_whole(ensemble, diag);
    if (status != STATUS_OK)
        return status;
    size_t word_count = words_of(ensemble->node_count);
    check.seen = mem_array(mem, NULL, 0, word_count, sizeof *check.seen);
    if (check.seen == NULL)
        return STATUS_NO_MEMORY;
    status = check_trees(&check, trees);
    mem_free(mem, check.seen, word_count * sizeof *check.seen);
    return status;
}
