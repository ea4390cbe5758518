/* One idea: a tree's nodes are made level by level, so that the k-th split's children are nodes
 * 2k + 1 and 2k + 2 and the tree's shape is a list of which nodes split.
 *
 * While a tree grows, each node has a span of the sample's rows; a split parts its span in two. */
#include "model/isolation.h"

#include <float.h>
#include <math.h>

#include "base/assert.h"
#include "base/random.h"
#include "model/isolation_int.h"
#include "model/sort_int.h"

#define RANK_STEPS 64 /* a point of the ranks stands for this part of the rows still above */

/* Rows of the sample that a node holds. */
struct span {
    uint32_t first;
    uint32_t count;
};

/* What growing a tree works with. */
struct grower {
    const struct isolation_rows *rows;
    struct mem *mem;
    struct random random;
    uint32_t sample_rows;
    uint32_t node_count_max;  /* of a tree */
    uint32_t *all;            /* every row's index: the sample is drawn from it */
    double *row;              /* one row */
    float *sample;            /* sample_rows times feature_count */
    uint32_t *order;          /* of the sample, parted by spans */
    struct span *spans;       /* of each node */
    uint8_t *depths;          /* of each node */
    double *paths;            /* c(n) of each n up to sample_rows */
    uint32_t *features;       /* all of them, in the order in which they were tried last */
};

void isolation_fill_paths(double *paths, uint32_t row_count)
{
    double harmonic = 0;
    paths[0] = paths[1] = 0;
    for (uint32_t n = 2; n <= row_count; n++) {
        harmonic += 1.0 / (n - 1);
        paths[n] = 2 * harmonic - 2 * (double)(n - 1) / n;
    }
}

void isolation_finish_tree(struct ensemble_tree *tree, struct ensemble_node *nodes,
                           const double *paths, double path_all, uint8_t *depths)
{
    struct ensemble_node *root = nodes + tree->first_node;
    uint32_t child = 1;
    depths[0] = 0;
    tree->depth = 0;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        if (root[i].left == ENSEMBLE_LEAF) {
            root[i].value = -(depths[i] + paths[(uint32_t)root[i].cover]) / path_all;
            continue;
        }
        root[i].left = tree->first_node + child;
        root[i].right = tree->first_node + child + 1;
        depths[child] = depths[child + 1] = (uint8_t)(depths[i] + 1);
        tree->depth = depths[child] > tree->depth ? depths[child] : tree->depth;
        child += 2;
    }
    for (uint32_t i = tree->node_count; i-- > 0;)
        if (root[i].left != ENSEMBLE_LEAF)
            root[i].cover = nodes[root[i].left].cover + nodes[root[i].right].cover;
}

/* A value as trees compare it, and finite. */
static float narrow(double x)
{
    return isnan(x) ? NAN : (float)fmin(fmax(x, -(double)FLT_MAX), (double)FLT_MAX);
}

/* Draws the sample of a tree, without a row twice. */
static void draw_sample(struct grower *g)
{
    uint32_t feature_count = g->rows->feature_count;
    for (uint32_t i = 0; i < g->sample_rows; i++) {
        size_t other = i + (size_t)random_below(&g->random, g->rows->count - i);
        uint32_t row = g->all[other];
        g->all[other] = g->all[i];
        g->all[i] = row;
        g->rows->fill(g->rows->self, row, g->row);
        for (uint32_t f = 0; f < feature_count; f++)
            g->sample[(size_t)i * feature_count + f] = narrow(g->row[f]);
        g->order[i] = i;
    }
}

static float value_of(const struct grower *g, uint32_t at, uint32_t feature)
{
    return g->sample[(size_t)g->order[at] * g->rows->feature_count + feature];
}

/* The ends of a feature's values in a span; false when it has fewer than two values. */
static bool range_of(const struct grower *g, struct span span, uint32_t feature, float *ret_low,
                     float *ret_high)
{
    float low = INFINITY;
    float high = -INFINITY;
    for (uint32_t i = 0; i < span.count; i++) {
        float x = value_of(g, span.first + i, feature);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    *ret_low = low;
    *ret_high = high;
    return low < high;
}

/* Picks a feature that varies and a threshold that leaves a value on each side. */
static bool pick_split(struct grower *g, struct span span, struct ensemble_node *node)
{
    for (uint32_t i = 0; i < g->rows->feature_count; i++) {
        uint32_t other = i + (uint32_t)random_below(&g->random, g->rows->feature_count - i);
        uint32_t feature = g->features[other];
        float low, high;
        g->features[other] = g->features[i];
        g->features[i] = feature;
        if (!range_of(g, span, feature, &low, &high))
            continue;
        float at = (float)(low + random_unit(&g->random) * ((double)high - low));
        at = at > low ? at : nextafterf(low, high);
        node->feature = (uint16_t)feature;
        node->threshold = (double)(at < high ? at : high);
        return true;
    }
    return false;
}

/* Which way the missing values of a span go: where most of the others do. */
static bool is_left_usual(const struct grower *g, struct span span,
                          const struct ensemble_node *node)
{
    uint32_t left = 0;
    uint32_t right = 0;
    for (uint32_t i = 0; i < span.count; i++) {
        float x = value_of(g, span.first + i, node->feature);
        left += x < (float)node->threshold;
        right += x >= (float)node->threshold;
    }
    return left >= right;
}

/* Parts a span by a split; returns how many of its rows go left. */
static uint32_t part(struct grower *g, struct span span, const struct ensemble_node *node)
{
    uint32_t low = span.first;
    uint32_t high = span.first + span.count;
    while (low < high) {
        float x = value_of(g, low, node->feature);
        if (isnan(x) ? node->default_left : x < (float)node->threshold) {
            low++;
            continue;
        }
        uint32_t row = g->order[low];
        g->order[low] = g->order[--high];
        g->order[high] = row;
    }
    return low - span.first;
}

static void grow_tree(struct grower *g, struct ensemble_tree *tree, struct ensemble_node *root)
{
    unsigned depth_max = 0;
    while ((uint32_t)1 << depth_max < g->sample_rows)
        depth_max++;
    uint32_t count = 1;
    draw_sample(g);
    g->spans[0] = (struct span){0, g->sample_rows};
    g->depths[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ensemble_node *node = &root[i];
        struct span span = g->spans[i];
        *node = (struct ensemble_node){.left = ENSEMBLE_LEAF, .right = ENSEMBLE_LEAF,
                                       .cover = span.count};
        if (g->depths[i] >= depth_max || !pick_split(g, span, node))
            continue;
        node->left = 0;
        node->default_left = is_left_usual(g, span, node);
        uint32_t left = part(g, span, node);
        ASSERT(left > 0 && left < span.count && count + 2 <= g->node_count_max);
        g->spans[count] = (struct span){span.first, left};
        g->spans[count + 1] = (struct span){span.first + left, span.count - left};
        g->depths[count] = g->depths[count + 1] = (uint8_t)(g->depths[i] + 1);
        count += 2;
    }
    tree->node_count = count;
}

static void grower_done(struct grower *g)
{
    mem_free(g->mem, g->all, g->rows->count * sizeof *g->all);
    mem_free(g->mem, g->row, g->rows->feature_count * sizeof *g->row);
    mem_free(g->mem, g->sample,
             (size_t)g->sample_rows * g->rows->feature_count * sizeof *g->sample);
    mem_free(g->mem, g->order, g->sample_rows * sizeof *g->order);
    mem_free(g->mem, g->spans, g->node_count_max * sizeof *g->spans);
    mem_free(g->mem, g->depths, g->node_count_max * sizeof *g->depths);
    mem_free(g->mem, g->paths, (g->sample_rows + (size_t)1) * sizeof *g->paths);
    mem_free(g->mem, g->features, g->rows->feature_count * sizeof *g->features);
}

static enum status grower_init(struct grower *g, const struct isolation_rows *rows,
                               const struct isolation_settings *settings, struct mem *mem)
{
    uint32_t sample_rows =
        settings->sample_rows < rows->count ? settings->sample_rows : (uint32_t)rows->count;
    *g = (struct grower){.rows = rows, .mem = mem, .sample_rows = sample_rows,
                         .node_count_max = 2 * sample_rows - 1};
    random_init(&g->random, settings->seed);
    g->all = mem_array(mem, NULL, 0, rows->count, sizeof *g->all);
    g->row = mem_array(mem, NULL, 0, rows->feature_count, sizeof *g->row);
    g->sample = mem_array(mem, NULL, 0, (size_t)sample_rows * rows->feature_count,
                          sizeof *g->sample);
    g->order = mem_array(mem, NULL, 0, sample_rows, sizeof *g->order);
    g->spans = mem_array(mem, NULL, 0, g->node_count_max, sizeof *g->spans);
    g->depths = mem_array(mem, NULL, 0, g->node_count_max, sizeof *g->depths);
    g->paths = mem_array(mem, NULL, 0, sample_rows + (size_t)1, sizeof *g->paths);
    g->features = mem_array(mem, NULL, 0, rows->feature_count, sizeof *g->features);
    if (g->all == NULL || g->row == NULL || g->sample == NULL || g->order == NULL ||
        g->spans == NULL || g->depths == NULL || g->paths == NULL || g->features == NULL) {
        grower_done(g);
        return STATUS_NO_MEMORY;
    }
    isolation_fill_paths(g->paths, sample_rows);
    for (size_t i = 0; i < rows->count; i++)
        g->all[i] = (uint32_t)i;
    for (uint32_t i = 0; i < rows->feature_count; i++)
        g->features[i] = i;
    return STATUS_OK;
}

static enum status check_training(const struct isolation_rows *rows,
                                  const struct isolation_settings *settings, struct diag *diag)
{
    uint64_t sample = settings->sample_rows;
    if (rows->count < 2) {
        diag_set(diag, "isolation-rows", "an isolation forest needs at least two rows");
        return STATUS_INVALID;
    }
    if (rows->count > ISOLATION_ROWS_MAX || rows->feature_count < 1 ||
        rows->feature_count > ENSEMBLE_FEATURES_MAX) {
        diag_set(diag, "isolation-rows", "%zu rows of %u features are not what a forest can be "
                 "trained on: at most %zu rows, 1 to %u features", rows->count,
                 rows->feature_count, ISOLATION_ROWS_MAX, (unsigned)ENSEMBLE_FEATURES_MAX);
        return STATUS_LIMIT;
    }
    if (settings->tree_count < 1 || settings->tree_count > ISOLATION_TREES_MAX || sample < 2 ||
        sample > ISOLATION_SAMPLE_MAX || settings->tree_count * 2 * sample > ENSEMBLE_NODES_MAX) {
        diag_set(diag, "isolation-settings", "%u trees of %u rows each are not what a forest can "
                 "have", settings->tree_count, settings->sample_rows);
        diag_hint(diag, "at most %u trees, 2 to %u rows each, and both multiplied below %u",
                  (unsigned)ISOLATION_TREES_MAX, (unsigned)ISOLATION_SAMPLE_MAX,
                  (unsigned)ENSEMBLE_NODES_MAX / 2);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

/* Grows all trees into arrays that have room for them; their arrays and counts become the forest's.
 * False when none of them splits. */
static bool grow_forest(struct grower *g, struct ensemble_tree *trees, struct ensemble_node *nodes,
                        struct ensemble *forest)
{
    bool splits = false;
    for (uint32_t i = 0; i < forest->tree_count; i++) {
        trees[i].first_node = forest->node_count;
        grow_tree(g, &trees[i], nodes + forest->node_count);
        isolation_finish_tree(&trees[i], nodes, g->paths, g->paths[g->sample_rows], g->depths);
        forest->node_count += trees[i].node_count;
        splits |= trees[i].depth > 0;
    }
    forest->trees = trees;
    forest->nodes = nodes;
    return splits;
}

enum status isolation_train(const struct isolation_rows *rows,
                            const struct isolation_settings *settings, struct mem *mem,
                            struct arena *arena, struct isolation *ret_isolation,
                            struct diag *diag)
{
    struct grower g;
    enum status status = check_training(rows, settings, diag);
    if (status == STATUS_OK)
        status = grower_init(&g, rows, settings, mem);
    if (status != STATUS_OK)
        return status;
    struct isolation forest = {
        .sample_rows = g.sample_rows,
        .ensemble = {.feature_count = rows->feature_count, .tree_count = settings->tree_count,
                     .divisor = settings->tree_count, .slope = 1},
    };
    size_t node_count_max = (size_t)settings->tree_count * g.node_count_max;
    struct ensemble_tree *trees = arena_array(arena, settings->tree_count, sizeof *trees);
    struct ensemble_node *nodes = arena_array(arena, node_count_max, sizeof *nodes);
    bool *categorical = arena_array(arena, rows->feature_count, sizeof *categorical);
    forest.ensemble.categorical = categorical;
    if (trees == NULL || nodes == NULL || categorical == NULL) {
        status = STATUS_NO_MEMORY;
    } else if (!grow_forest(&g, trees, nodes, &forest.ensemble)) {
        diag_set(diag, "isolation-constant", "no feature varies among the rows");
        status = STATUS_INVALID;
    } else {
        *ret_isolation = forest;
    }
    grower_done(&g);
    return status;
}

/* Writes the points of the ranks and returns how many; only counts them when margins is NULL. */
static size_t put_ranks(const struct sort_table *table, const double *of, double *margins,
                        double *scores)
{
    size_t points = 0;
    size_t wanted = 0;
    for (size_t first = 0, end; first < table->count; first = end) {
        double margin = of[table->items[first].row] + 0.0;
        for (end = first + 1; end < table->count; end++)
            if (table->items[end].key != table->items[first].key)
                break;
        if (end <= wanted && end < table->count)
            continue;
        if (margins != NULL) {
            margins[points] = margin;
            scores[points] = (double)first / (double)table->count;
        }
        points++;
        wanted = first + 1 + (table->count - first) / RANK_STEPS;
        if (margins != NULL && end == table->count) {
            margins[points] = nextafter(margin, INFINITY);
            scores[points] = 1;
        }
    }
    return points + 1;
}

enum status isolation_rank(const double *margins, size_t count, struct mem *mem,
                           struct calibration *ret_ranks)
{
    struct sort_table table;
    ASSERT(count >= 1 && count <= ISOLATION_ROWS_MAX);
    enum status status = sort_init(&table, mem, count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        table.items[i] = (struct sort_item){sort_key_rising(margins[i]), (uint32_t)i};
    sort_slice(&table, 0, count);
    size_t point_count = put_ranks(&table, margins, NULL, NULL);
    double *points = mem_array(mem, NULL, 0, 2 * point_count, sizeof *points);
    if (points == NULL) {
        sort_done(&table);
        return STATUS_NO_MEMORY;
    }
    put_ranks(&table, margins, points, points + point_count);
    sort_done(&table);
    *ret_ranks = (struct calibration){.method = CALIBRATION_ISOTONIC, .point_count = point_count,
                                      .margins = points, .scores = points + point_count};
    return STATUS_OK;
}
