/* One idea: everything about a split that does not depend on the row is worked out once. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "model/quadrature_int.h"
#include "model/shap_int.h"

#define NONE UINT32_MAX

/* Where a split of the tree that is being laid out comes from. */
struct place {
    uint32_t source;   /* node of the ensemble: a split, or a leaf to be made one */
    uint32_t parent;   /* index in the tree, or NONE */
    uint32_t distinct; /* features asked from the root to here */
    double passed;     /* what earlier splits on its feature let by */
    uint8_t side;      /* the answer of the parent behind which it lies */
};

static bool is_leaf(const struct ensemble *ensemble, uint32_t node)
{
    return ensemble->nodes[node].left == ENSEMBLE_LEAF;
}

static bool is_inner(const struct ensemble *ensemble, uint32_t node)
{
    return !is_leaf(ensemble, node) && (!is_leaf(ensemble, ensemble->nodes[node].left) ||
                                        !is_leaf(ensemble, ensemble->nodes[node].right));
}

/* How many splits a tree has when it is laid out. */
static void count_splits(const struct ensemble *ensemble, const struct ensemble_tree *from,
                         struct shap_tree *tree)
{
    uint32_t end = from->first_node + from->node_count;
    for (uint32_t i = from->first_node; i < end; i++)
        tree->inner_count += is_inner(ensemble, i) ? 1 : 0;
    if (tree->inner_count > 0)
        tree->split_count = 2 * tree->inner_count + 1;
    else
        tree->split_count = is_leaf(ensemble, from->first_node) ? 0 : 1;
}

static uint32_t yes_node(const struct ensemble *ensemble, uint32_t node)
{
    const struct ensemble_node *from = &ensemble->nodes[node];
    return from->test == ENSEMBLE_IN_SET_RIGHT ? from->right : from->left;
}

static uint32_t no_node(const struct ensemble *ensemble, uint32_t node)
{
    const struct ensemble_node *from = &ensemble->nodes[node];
    return from->test == ENSEMBLE_IN_SET_RIGHT ? from->left : from->right;
}

/* Rows that nobody has seen are shared evenly. */
static double share_of(double cover, double cover_of_other)
{
    double both = cover + cover_of_other;
    return both > 0 && isfinite(both) ? cover / both : 0.5;
}

/* Finds the nearest split above on the same feature, and what they all let by. */
static void look_back(struct shap *shap, struct shap_tree *tree, struct place *places, uint32_t at)
{
    const struct shap_split *splits = &shap->splits[tree->first_split];
    uint32_t before = places[at].parent;
    uint8_t side = places[at].side;
    places[at].distinct = before == NONE ? 1 : places[before].distinct + 1;
    while (before != NONE && splits[before].sum != splits[at].sum) {
        side = places[before].side;
        before = places[before].parent;
    }
    if (before == NONE)
        return;
    places[at].distinct--;
    places[at].passed =
        places[before].passed * (side == 1 ? splits[before].still : 1 - splits[before].still);
    shap->agains[tree->first_again + tree->again_count++] =
        (struct shap_again){places[at].passed, at, before, side};
}

static void lay_out_split(struct shap *shap, const struct ensemble *ensemble,
                          struct shap_tree *tree, struct place *places, uint32_t at)
{
    struct shap_split *split = &shap->splits[tree->first_split + at];
    const struct ensemble_node *from = &ensemble->nodes[places[at].source];
    *split = (struct shap_split){.column = shap->columns.count, .still = from->value};
    places[at].passed = 1;
    if (from->left == ENSEMBLE_LEAF)
        return;
    struct columns_question question = columns_question(&shap->columns, from);
    const struct ensemble_node *yes = &ensemble->nodes[yes_node(ensemble, places[at].source)];
    const struct ensemble_node *no = &ensemble->nodes[no_node(ensemble, places[at].source)];
    tree->has_sets |= question.in_set;
    split->key = question.key;
    split->column = question.column;
    split->sum = from->feature * (uint32_t)SHAP_LANES;
    split->still = share_of(yes->cover, no->cover);
    split->pulls[0] = -split->still;
    split->pulls[1] = 1 - split->still;
    look_back(shap, tree, places, at);
    if (at < tree->inner_count)
        return;
    double gap = yes->value - no->value;
    split->still = no->value + gap * split->still;
    split->pulls[0] *= gap;
    split->pulls[1] *= gap;
}

/* Lays out a tree breadth first: inner splits in front, the others behind all of them. */
static void lay_out_tree(struct shap *shap, const struct ensemble *ensemble, uint32_t root,
                         struct shap_tree *tree, struct place *places)
{
    struct shap_split *splits = &shap->splits[tree->first_split];
    uint32_t inner_end = tree->inner_count > 0 ? 1 : 0;
    uint32_t end = tree->inner_count + 1 - inner_end;
    uint32_t distinct = 1;
    places[0] = (struct place){.source = root, .parent = NONE};
    for (uint32_t at = 0; at < tree->split_count; at++) {
        lay_out_split(shap, ensemble, tree, places, at);
        distinct = distinct < places[at].distinct ? places[at].distinct : distinct;
        for (uint8_t side = 0; at < tree->inner_count && side < 2; side++) {
            uint32_t source = places[at].source;
            uint32_t node = side == 1 ? yes_node(ensemble, source) : no_node(ensemble, source);
            uint32_t below = is_inner(ensemble, node) ? inner_end++ : end++;
            ASSERT(below < tree->split_count);
            splits[at].below[side] = below * SHAP_SLOT;
            places[below] = (struct place){.source = node, .parent = at, .side = side};
        }
    }
    /* n points are exact up to a degree of 2 n - 1; what is integrated has one of distinct - 1. */
    tree->rule_count = (distinct + 2 * SHAP_LANES - 1) / (2 * SHAP_LANES);
}

/* The mean of a tree over the training rows, worked out in the slots. */
static double mean_of(const struct shap *shap, const struct shap_tree *tree)
{
    const struct shap_split *splits = &shap->splits[tree->first_split];
    double *values = &shap->slots[SHAP_VALUE];
    for (uint32_t at = tree->split_count; at-- > 0;) {
        const struct shap_split *split = &splits[at];
        double mean = split->still;
        if (at < tree->inner_count) {
            double no = values[split->below[0]];
            mean = no + (values[split->below[1]] - no) * split->still;
        }
        values[(size_t)at * SHAP_SLOT] = mean;
    }
    return values[0];
}

void shap_curve_fill(struct shap_curve *curve, const struct shap_rule *rule, double passed)
{
    for (int lane = 0; lane < SHAP_LANES; lane++) {
        double t = rule->points[lane];
        double inverse = 1 / (passed + t * (1 - passed));
        curve->turned[lane] = t * inverse;
        curve->slope[lane] = passed * inverse * inverse;
    }
}

static void fill_rules(struct shap *shap)
{
    struct shap_rule *rule = shap->rules;
    for (uint32_t count = 1; count <= shap->rule_count; count++) {
        double points[QUADRATURE_POINTS_MAX];
        double weights[QUADRATURE_POINTS_MAX];
        quadrature_unit(count * SHAP_LANES, points, weights);
        for (uint32_t i = 0; i < count; i++, rule++) {
            memcpy(rule->points, &points[i * SHAP_LANES], sizeof rule->points);
            memcpy(rule->weights, &weights[i * SHAP_LANES], sizeof rule->weights);
        }
    }
}

/* Gives each split that comes again its curve; those of trees with one rule are kept. */
static void number_curves(struct shap *shap)
{
    uint32_t kept = 1;
    shap_curve_fill(&shap->curves[0], shap->rules, 1);
    for (uint32_t t = 0; t < shap->tree_count; t++) {
        const struct shap_tree *tree = &shap->trees[t];
        bool keep = tree->rule_count == 1;
        for (uint32_t i = 0; i < tree->again_count; i++) {
            const struct shap_again *again = &shap->agains[tree->first_again + i];
            uint32_t curve = keep ? kept++ : 1 + i;
            shap->splits[tree->first_split + again->split].curve = curve * 2 * SHAP_LANES;
            if (keep)
                shap_curve_fill(&shap->curves[curve], shap->rules, again->passed);
        }
    }
}

static enum status take_curves(struct shap *shap)
{
    struct mem *mem = shap->mem;
    shap->rules = mem_array(mem, NULL, 0, (size_t)shap->rule_count * (shap->rule_count + 1) / 2,
                            sizeof *shap->rules);
    shap->curves = mem_array(mem, NULL, 0, shap->curve_count, sizeof *shap->curves);
    if (shap->bend_count > 0)
        shap->bends = mem_array(mem, NULL, 0, shap->bend_count, sizeof *shap->bends);
    if (shap->rules == NULL || shap->curves == NULL ||
        (shap->bends == NULL && shap->bend_count > 0))
        return STATUS_NO_MEMORY;
    fill_rules(shap);
    number_curves(shap);
    return STATUS_OK;
}

static enum status take_memory(struct shap *shap, const struct ensemble *ensemble)
{
    struct mem *mem = shap->mem;
    shap->feature_count = ensemble->feature_count;
    shap->tree_count = ensemble->tree_count;
    shap->sums = mem_zeroed(mem, (size_t)shap->feature_count * SHAP_LANES * sizeof *shap->sums);
    shap->trees = mem_zeroed(mem, ensemble->tree_count * sizeof *shap->trees);
    if ((shap->sums == NULL && shap->feature_count > 0) ||
        (shap->trees == NULL && ensemble->tree_count > 0))
        return STATUS_NO_MEMORY;
    for (uint32_t t = 0; t < ensemble->tree_count; t++) {
        struct shap_tree *tree = &shap->trees[t];
        count_splits(ensemble, &ensemble->trees[t], tree);
        tree->first_split = shap->split_count;
        shap->split_count += tree->split_count;
        if (shap->split_count_max < tree->split_count)
            shap->split_count_max = tree->split_count;
    }
    size_t slots = (size_t)shap->split_count_max + 1;
    shap->slots = mem_zeroed(mem, slots * SHAP_SLOT * sizeof *shap->slots);
    shap->pulls = mem_zeroed(mem, slots * sizeof *shap->pulls);
    shap->answers = mem_zeroed(mem, slots);
    shap->again_count = shap->split_count;
    shap->agains = mem_zeroed(mem, shap->again_count * sizeof *shap->agains);
    shap->splits = mem_zeroed(mem, shap->split_count * sizeof *shap->splits);
    if (shap->slots == NULL || shap->pulls == NULL || shap->answers == NULL ||
        ((shap->splits == NULL || shap->agains == NULL) && shap->split_count > 0))
        return STATUS_NO_MEMORY;
    return columns_init(&shap->columns, ensemble, mem);
}

static void lay_out_trees(struct shap *shap, const struct ensemble *ensemble,
                          struct place *places)
{
    double sum = 0;
    uint32_t agains = 0;
    shap->rule_count = 1;
    shap->curve_count = 1;
    for (uint32_t t = 0; t < shap->tree_count; t++) {
        struct shap_tree *tree = &shap->trees[t];
        uint32_t root = ensemble->trees[t].first_node;
        tree->first_again = agains;
        if (tree->split_count == 0) {
            sum += ensemble->nodes[root].value;
            continue;
        }
        lay_out_tree(shap, ensemble, root, tree, places);
        agains += tree->again_count;
        sum += mean_of(shap, tree);
        if (shap->rule_count < tree->rule_count)
            shap->rule_count = tree->rule_count;
        if (tree->rule_count == 1)
            shap->curve_count += tree->again_count;
        else if (shap->bend_count < tree->again_count + 1)
            shap->bend_count = tree->again_count + 1;
    }
    shap->divisor = ensemble->divisor;
    shap->expected = ensemble->base_margin + sum / ensemble->divisor;
}

enum status shap_lay_out(struct shap *shap, const struct ensemble *ensemble)
{
    enum status status = take_memory(shap, ensemble);
    if (status != STATUS_OK)
        return status;
    shap->set_column_first = columns_sets_first(&shap->columns);
    size_t places_size = ((size_t)shap->split_count_max + 1) * sizeof(struct place);
    struct place *places = mem_zeroed(shap->mem, places_size);
    if (places == NULL)
        return STATUS_NO_MEMORY;
    lay_out_trees(shap, ensemble, places);
    mem_free(shap->mem, places, places_size);
    columns_forget(&shap->columns);
    return take_curves(shap);
}
