/* One idea: what is written is only what cannot be computed: which nodes split and how, and how
 * many rows each leaf has; children, depths and values follow from it, so a file cannot contradict
 * itself. */
#include <math.h>

#include "base/assert.h"
#include "codec/number.h"
#include "codec/tree.h"
#include "model/isolation_int.h"

/* One tree of the file, its four arrays. */
struct body {
    uint32_t number;                  /* of the tree, for messages */
    const struct tree_value *features;
    const struct tree_value *thresholds;
    const struct tree_value *missing_left;
    const struct tree_value *rows;
};

/* Appends a number of each node of a tree that is a leaf or a split, as `leaves` says. */
static void put_numbers(const struct ensemble_tree *tree, const struct ensemble_node *nodes,
                        bool leaves, double (*number)(const struct ensemble_node *),
                        struct buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        const struct ensemble_node *node = &nodes[tree->first_node + i];
        if ((node->left == ENSEMBLE_LEAF) != leaves)
            continue;
        if (!first)
            buf_put_char(out, ',');
        number_put_f64(out, number(node));
        first = false;
    }
}

static double threshold_of(const struct ensemble_node *node)
{
    return node->threshold;
}

static double missing_left_of(const struct ensemble_node *node)
{
    return node->default_left;
}

static double cover_of(const struct ensemble_node *node)
{
    return node->cover;
}

static void put_features(const struct ensemble_tree *tree, const struct ensemble_node *nodes,
                         struct buf *out)
{
    for (uint32_t i = 0; i < tree->node_count; i++) {
        const struct ensemble_node *node = &nodes[tree->first_node + i];
        if (i > 0)
            buf_put_char(out, ',');
        buf_put_i64(out, node->left == ENSEMBLE_LEAF ? -1 : node->feature);
    }
}

void isolation_put_json(const struct isolation *isolation, struct buf *out)
{
    const struct ensemble *forest = &isolation->ensemble;
    buf_printf(out, "{\"sample_rows\":%u,\"trees\":[", isolation->sample_rows);
    for (uint32_t i = 0; i < forest->tree_count; i++) {
        buf_put_text(out, i > 0 ? ",\n{\"features\":[" : "\n{\"features\":[");
        put_features(&forest->trees[i], forest->nodes, out);
        buf_put_text(out, "],\"thresholds\":[");
        put_numbers(&forest->trees[i], forest->nodes, false, threshold_of, out);
        buf_put_text(out, "],\"missing_left\":[");
        put_numbers(&forest->trees[i], forest->nodes, false, missing_left_of, out);
        buf_put_text(out, "],\"rows\":[");
        put_numbers(&forest->trees[i], forest->nodes, true, cover_of, out);
        buf_put_text(out, "]}");
    }
    buf_put_text(out, "]}");
}

static enum status bad(struct diag *diag, const char *field, const char *what)
{
    diag_set(diag, "isolation-field", "\"%s\" of the isolation forest %s", field, what);
    diag_field(diag, "%s", field);
    return STATUS_INVALID;
}

static enum status bad_tree(struct diag *diag, const struct body *body, const char *field,
                            const char *what)
{
    diag_set(diag, "isolation-tree", "\"%s\" of tree %u of the isolation forest %s", field,
             body->number, what);
    diag_field(diag, "trees[%u].%s", body->number, field);
    return STATUS_INVALID;
}

/* Reads one split: node `at` of its tree. */
static enum status read_split(const struct body *body, uint32_t at, uint32_t split,
                              uint32_t feature_count, struct ensemble_node *node,
                              struct diag *diag)
{
    int64_t feature = tree_run_i64(body->features, at);
    double threshold = tree_run_f64(body->thresholds, split);
    int64_t left = tree_run_i64(body->missing_left, split);
    if (feature < 0 || feature >= feature_count)
        return bad_tree(diag, body, "features", "names a feature that the model does not have");
    if (2 * (uint64_t)split + 1 <= at)
        return bad_tree(diag, body, "features", "has a node that no split leads to");
    if (!isfinite(threshold) || !isfinite((float)threshold))
        return bad_tree(diag, body, "thresholds", "has a number that is no float");
    if (left < 0 || left > 1)
        return bad_tree(diag, body, "missing_left", "has a number that is neither 0 nor 1");
    *node = (struct ensemble_node){.feature = (uint16_t)feature, .threshold = threshold,
                                   .default_left = left == 1};
    return STATUS_OK;
}

/* Reads the nodes of a tree, of which sizes are right. */
static enum status read_nodes(const struct body *body, uint32_t feature_count,
                              uint32_t sample_rows, struct ensemble_node *nodes, struct diag *diag)
{
    uint32_t split = 0;
    int64_t sum = 0;
    for (uint32_t at = 0; at < body->features->count; at++) {
        if (tree_run_i64(body->features, at) != -1) {
            if (split == body->thresholds->count)
                return bad_tree(diag, body, "thresholds", "has too few numbers");
            enum status status =
                read_split(body, at, split++, feature_count, &nodes[at], diag);
            if (status != STATUS_OK)
                return status;
            continue;
        }
        if (at - split == body->rows->count)
            return bad_tree(diag, body, "rows", "has too few numbers");
        int64_t rows = tree_run_i64(body->rows, at - split);
        if (rows < 1 || rows > sample_rows)
            return bad_tree(diag, body, "rows", "has a number that is not from 1 to the sample's");
        nodes[at] = (struct ensemble_node){.left = ENSEMBLE_LEAF, .right = ENSEMBLE_LEAF,
                                           .cover = (double)rows};
        sum += rows;
    }
    if (sum != sample_rows)
        return bad_tree(diag, body, "rows", "does not add up to the sample");
    return STATUS_OK;
}

static enum status read_body(const struct tree_value *value, struct body *body, struct diag *diag)
{
    body->features = tree_field(value, VIEW("features"));
    body->thresholds = tree_field(value, VIEW("thresholds"));
    body->missing_left = tree_field(value, VIEW("missing_left"));
    body->rows = tree_field(value, VIEW("rows"));
    if (!tree_is_whole_run(body->features) || body->features->count % 2 == 0)
        return bad_tree(diag, body, "features", "is no list of an odd number of whole numbers");
    uint32_t splits = body->features->count / 2;
    if (!tree_is_run(body->thresholds) || body->thresholds->count != splits)
        return bad_tree(diag, body, "thresholds", "is no list of a number for each split");
    if (!tree_is_whole_run(body->missing_left) || body->missing_left->count != splits)
        return bad_tree(diag, body, "missing_left", "is no list of 0 or 1 for each split");
    if (!tree_is_whole_run(body->rows) || body->rows->count != splits + 1)
        return bad_tree(diag, body, "rows", "is no list of a whole number for each leaf");
    return STATUS_OK;
}

/* Counts the nodes of all trees, and so checks their arrays' sizes. */
static enum status count_nodes(const struct tree_value *trees, uint32_t *ret_count,
                               struct diag *diag)
{
    uint32_t count = 0;
    struct body body = {0};
    for (const struct tree_value *tree = tree_first(trees); tree != NULL; tree = tree->next) {
        enum status status = read_body(tree, &body, diag);
        if (status != STATUS_OK)
            return status;
        if (body.features->count > ENSEMBLE_NODES_MAX - count) {
            bad_tree(diag, &body, "features", "makes too many nodes");
            return STATUS_LIMIT;
        }
        count += body.features->count;
        body.number++;
    }
    *ret_count = count;
    return STATUS_OK;
}

/* How many splits lie above the deepest leaf; the nodes are in order of levels. */
static bool depth_is_allowed(const struct ensemble_node *nodes, uint32_t count)
{
    uint32_t level_end = 1; /* of the nodes of this level */
    uint32_t seen_splits = 0;
    uint32_t depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i == level_end) {
            level_end = 2 * seen_splits + 1;
            depth++;
        }
        seen_splits += nodes[i].left != ENSEMBLE_LEAF;
    }
    return depth <= ISOLATION_DEPTH_MAX;
}

static enum status read_trees(const struct tree_value *value, struct isolation *isolation,
                              struct ensemble_tree *trees, struct ensemble_node *nodes,
                              const double *paths, uint8_t *depths, struct diag *diag)
{
    uint32_t first = 0;
    struct body body = {0};
    for (const struct tree_value *at = tree_first(value); at != NULL; at = at->next) {
        enum status status = read_body(at, &body, diag);
        if (status == STATUS_OK)
            status = read_nodes(&body, isolation->ensemble.feature_count, isolation->sample_rows,
                                nodes + first, diag);
        if (status != STATUS_OK)
            return status;
        if (!depth_is_allowed(nodes + first, body.features->count)) {
            bad_tree(diag, &body, "features", "makes the tree too deep");
            return STATUS_LIMIT;
        }
        struct ensemble_tree *tree = &trees[body.number++];
        *tree = (struct ensemble_tree){.first_node = first, .node_count = body.features->count};
        isolation_finish_tree(tree, nodes, paths, paths[isolation->sample_rows], depths);
        first += tree->node_count;
    }
    return STATUS_OK;
}

enum status isolation_read(const struct tree_value *value, uint32_t feature_count,
                           struct arena *arena, struct isolation *ret_isolation,
                           struct diag *diag)
{
    ASSERT(feature_count >= 1 && feature_count <= ENSEMBLE_FEATURES_MAX);
    struct isolation read = {.ensemble = {.feature_count = feature_count, .slope = 1}};
    const struct tree_value *list = tree_field(value, VIEW("trees"));
    int64_t sample_rows;
    if (!tree_i64(tree_field(value, VIEW("sample_rows")), &sample_rows) || sample_rows < 2 ||
        sample_rows > ISOLATION_SAMPLE_MAX)
        return bad(diag, "sample_rows", "is no whole number of rows that a tree can be made of");
    if (list == NULL || list->kind != TREE_ARRAY || list->count < 1 ||
        list->count > ISOLATION_TREES_MAX || tree_is_run(list))
        return bad(diag, "trees", "is no list of trees, or of too many");
    read.sample_rows = (uint32_t)sample_rows;
    enum status status = count_nodes(list, &read.ensemble.node_count, diag);
    if (status != STATUS_OK)
        return status;
    struct ensemble_tree *trees = arena_array(arena, list->count, sizeof *trees);
    struct ensemble_node *nodes = arena_array(arena, read.ensemble.node_count, sizeof *nodes);
    uint8_t *depths = arena_array(arena, read.ensemble.node_count, sizeof *depths);
    double *paths = arena_array(arena, (size_t)sample_rows + 1, sizeof *paths);
    bool *categorical = arena_array(arena, feature_count, sizeof *categorical);
    if (trees == NULL || nodes == NULL || depths == NULL || paths == NULL || categorical == NULL)
        return STATUS_NO_MEMORY;
    isolation_fill_paths(paths, read.sample_rows);
    read.ensemble.categorical = categorical;
    read.ensemble.tree_count = list->count;
    read.ensemble.divisor = list->count;
    read.ensemble.trees = trees;
    read.ensemble.nodes = nodes;
    status = read_trees(list, &read, trees, nodes, paths, depths, diag);
    if (status == STATUS_OK)
        *ret_isolation = read;
    return status;
}
