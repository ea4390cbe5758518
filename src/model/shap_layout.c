/* One idea: everything about a split that does not depend on the row is worked out once. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "model/quadrature_int.h"
#include "model/shap_int.h"

#define NONE UINT32_MAX

/* Where a split of the group that is being laid out comes from. */
struct place {
    uint32_t sources[SHAP_LANES];  /* nodes of the ensemble, or NONE where there is no tree */
    uint32_t parent;               /* index of a place, or NONE */
    uint32_t number;               /* of the split, in the group */
    uint32_t distinct[SHAP_LANES]; /* features asked from the root to here */
    double passed[SHAP_LANES];     /* what earlier splits on the feature let by */
    uint8_t side;                  /* the answer of the parent behind which it lies */
    bool inner;
};

/* What is being laid out. */
struct work {
    struct shap *shap;
    const struct ensemble *ensemble;
    struct shap_group *group;
    struct shap_split *splits;     /* the group's, */
    struct shap_ends *ends;        /* and what is behind the outer ones */
    struct place *places;
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

/* The node behind an answer; a leaf goes on as itself. */
static uint32_t node_behind(const struct ensemble *ensemble, uint32_t node, uint32_t side)
{
    if (node == NONE || is_leaf(ensemble, node))
        return node;
    const struct ensemble_node *from = &ensemble->nodes[node];
    bool left = (from->test != ENSEMBLE_IN_SET_RIGHT) == (side == 1);
    return left ? from->left : from->right;
}

static bool is_any_inner(const struct ensemble *ensemble, const struct place *place)
{
    for (uint32_t lane = 0; lane < SHAP_LANES; lane++)
        if (place->sources[lane] != NONE && is_inner(ensemble, place->sources[lane]))
            return true;
    return false;
}

/* Finds the places of a group, breadth first, and numbers them: inner ones in front. There are at
 * most as many as its trees have nodes: two more than at most one of them for each inner one. */
static void spread(const struct ensemble *ensemble, uint32_t first_tree, struct place *places,
                   struct shap_group *group)
{
    places[0].parent = NONE;
    for (uint32_t lane = 0; lane < SHAP_LANES; lane++) {
        bool exists = lane < ensemble->tree_count - first_tree;
        places[0].sources[lane] = exists ? ensemble->trees[first_tree + lane].first_node : NONE;
    }
    group->split_count = 1;
    group->inner_count = 0;
    for (uint32_t at = 0; at < group->split_count; at++) {
        places[at].inner = is_any_inner(ensemble, &places[at]);
        group->inner_count += places[at].inner ? 1 : 0;
        for (uint8_t side = 0; places[at].inner && side < 2; side++) {
            struct place *below = &places[group->split_count++];
            below->parent = at;
            below->side = side;
            for (uint32_t lane = 0; lane < SHAP_LANES; lane++)
                below->sources[lane] = node_behind(ensemble, places[at].sources[lane], side);
        }
    }
    uint32_t inner = 0;
    uint32_t outer = group->inner_count;
    for (uint32_t at = 0; at < group->split_count; at++)
        places[at].number = places[at].inner ? inner++ : outer++;
}

/* Rows that nobody has seen are shared evenly. */
static double share_of(double cover, double cover_of_other)
{
    double both = cover + cover_of_other;
    return both > 0 && isfinite(both) ? cover / both : 0.5;
}

static uint32_t feature_of(const struct work *work, uint32_t at, uint32_t lane)
{
    return work->ensemble->nodes[work->places[at].sources[lane]].feature;
}

/* Finds the nearest split above on the same feature in a tree, and what they all let by. Returns
 * whether there is one. */
static bool look_back(const struct work *work, uint32_t at, uint32_t lane)
{
    struct shap_group *group = work->group;
    struct place *places = work->places;
    uint32_t feature = feature_of(work, at, lane);
    uint32_t before = places[at].parent;
    uint8_t side = places[at].side;
    places[at].distinct[lane] = before == NONE ? 1 : places[before].distinct[lane] + 1;
    while (before != NONE && feature_of(work, before, lane) != feature) {
        side = places[before].side;
        before = places[before].parent;
    }
    if (before == NONE)
        return false;
    double share = work->splits[places[before].number].shares[lane];
    places[at].distinct[lane]--;
    places[at].passed[lane] = places[before].passed[lane] * (side == 1 ? share : 1 - share);
    work->shap->agains[group->first_again + group->again_count++] = (struct shap_again){
        places[at].number * SHAP_LANES + lane, places[before].number * SHAP_LANES + lane,
        side == 1 ? -1 : 0};
    return true;
}

static struct shap_ends *ends_of(const struct work *work, const struct place *place)
{
    return &work->ends[place->number - work->group->inner_count];
}

static void ask_nothing(const struct work *work, uint32_t at, uint32_t lane)
{
    struct place *place = &work->places[at];
    uint32_t source = place->sources[lane];
    work->splits[place->number].columns[lane] = work->shap->columns.count;
    place->distinct[lane] = place->parent == NONE ? 0 : work->places[place->parent].distinct[lane];
    if (!place->inner && source != NONE)
        ends_of(work, place)->means[lane] = work->ensemble->nodes[source].value;
}

/* Lays out what a tree asks at a place. Returns whether it has asked for the feature before. */
static bool ask(const struct work *work, uint32_t at, uint32_t lane)
{
    const struct ensemble *ensemble = work->ensemble;
    const struct place *place = &work->places[at];
    struct shap_split *split = &work->splits[place->number];
    uint32_t source = place->sources[lane];
    const struct ensemble_node *from = &ensemble->nodes[source];
    const struct ensemble_node *yes = &ensemble->nodes[node_behind(ensemble, source, 1)];
    const struct ensemble_node *no = &ensemble->nodes[node_behind(ensemble, source, 0)];
    struct columns_question question = columns_question(&work->shap->columns, from);
    work->group->has_sets |= question.in_set;
    split->keys[lane] = question.key;
    split->columns[lane] = question.column;
    split->shares[lane] = share_of(yes->cover, no->cover);
    if (!place->inner) {
        struct shap_ends *ends = ends_of(work, place);
        ends->gaps[lane] = yes->value - no->value;
        ends->means[lane] = no->value + ends->gaps[lane] * split->shares[lane];
    }
    return look_back(work, at, lane);
}

/* Returns the most features that one of the trees asks for from the root to here. */
static uint32_t lay_out_split(const struct work *work, uint32_t at)
{
    struct shap_group *group = work->group;
    struct place *place = &work->places[at];
    uint32_t distinct = 1;
    bool late = false;
    for (uint32_t lane = 0; lane < SHAP_LANES; lane++) {
        uint32_t source = place->sources[lane];
        place->passed[lane] = 1;
        if (source == NONE || is_leaf(work->ensemble, source))
            ask_nothing(work, at, lane);
        else
            late |= ask(work, at, lane);
        distinct = distinct < place->distinct[lane] ? place->distinct[lane] : distinct;
    }
    if (place->parent != NONE)
        work->splits[work->places[place->parent].number].below[place->side] =
            place->number * SHAP_VECTORS;
    if (late) {
        struct shap_late *to = &work->shap->lates[group->first_late + group->late_count++];
        to->split = place->number;
        memcpy(to->passed, place->passed, sizeof to->passed);
    }
    return distinct;
}

/* Lays out the group whose places are known. */
static void lay_out_group(const struct work *work)
{
    struct shap_group *group = work->group;
    uint32_t distinct = 1;
    for (uint32_t at = 0; at < group->split_count; at++) {
        uint32_t here = lay_out_split(work, at);
        distinct = distinct < here ? here : distinct;
    }
    /* n points are exact up to a degree of 2 n - 1; what is integrated has one of distinct - 1. */
    uint32_t points = (distinct + 1) / 2;
    group->rule_count = (points + SHAP_POINTS - 1) / SHAP_POINTS;
    group->point_count = points < SHAP_POINTS ? points : SHAP_POINTS;
}

/* The mean of a tree over the training rows, worked out in the slots. */
static double mean_of(const struct work *work, uint32_t lane)
{
    double *slots = &work->shap->slots[lane];
    uint32_t inner_count = work->group->inner_count;
    uint32_t at = work->group->split_count;
    while (at-- > inner_count)
        slots[(size_t)at * SHAP_VECTORS] = work->ends[at - inner_count].means[lane];
    for (at = inner_count; at-- > 0;) {
        const struct shap_split *split = &work->splits[at];
        double no = slots[split->below[0]];
        slots[(size_t)at * SHAP_VECTORS] =
            no + (slots[split->below[1]] - no) * split->shares[lane];
    }
    return slots[0];
}

void shap_curve_fill(struct shap_curve *curve, const struct shap_rule *rule, uint32_t count,
                     const double passed[SHAP_LANES])
{
    for (uint32_t i = 0; i < count; i++) {
        double t = rule->points[i];
        for (uint32_t lane = 0; lane < SHAP_LANES; lane++) {
            double inverse = 1 / (passed[lane] + t * (1 - passed[lane]));
            curve->turned[i][lane] = t * inverse;
            curve->slope[i][lane] = passed[lane] * inverse * inverse;
        }
    }
}

static void fill_rules(struct shap *shap, uint32_t rule_count, uint32_t point_count)
{
    struct shap_rule *rule = &shap->rules[shap_rule_first(rule_count, point_count)];
    double points[QUADRATURE_POINTS_MAX];
    double weights[QUADRATURE_POINTS_MAX];
    quadrature_unit(rule_count * point_count, points, weights);
    for (uint32_t i = 0; i < rule_count; i++, rule++) {
        memcpy(rule->points, &points[i * point_count], point_count * sizeof *points);
        memcpy(rule->weights, &weights[i * point_count], point_count * sizeof *weights);
    }
}

/* Gives each split that some tree has behind others its curve; those of groups with one rule are
 * kept. In front are those of splits that are first, one per count of points. */
static void number_curves(struct shap *shap)
{
    static const double first[SHAP_LANES] = {1, 1, 1, 1};
    uint32_t kept = 0;
    for (; kept < SHAP_POINTS; kept++)
        shap_curve_fill(&shap->curves[kept], &shap->rules[kept], kept + 1, first);
    for (uint32_t g = 0; g < shap->group_count; g++) {
        const struct shap_group *group = &shap->groups[g];
        struct shap_split *splits = &shap->splits[group->first_split];
        bool keep = group->rule_count == 1;
        for (uint32_t at = 0; at < group->split_count; at++)
            splits[at].curve = keep ? (group->point_count - 1) * SHAP_CURVE : 0;
        for (uint32_t i = 0; i < group->late_count; i++) {
            const struct shap_late *late = &shap->lates[group->first_late + i];
            uint32_t curve = keep ? kept++ : 1 + i;
            splits[late->split].curve = curve * SHAP_CURVE;
            if (keep)
                shap_curve_fill(&shap->curves[curve], &shap->rules[group->point_count - 1],
                                group->point_count, late->passed);
        }
    }
}

static enum status take_curves(struct shap *shap)
{
    struct mem *mem = shap->mem;
    size_t rules = shap_rule_first(shap->rule_count + 1, SHAP_POINTS);
    shap->rules = mem_zeroed(mem, rules * sizeof *shap->rules);
    shap->curves = mem_zeroed(mem, shap->curve_count * sizeof *shap->curves);
    if (shap->bend_count > 0)
        shap->bends = mem_array(mem, NULL, 0, shap->bend_count, sizeof *shap->bends);
    if (shap->rules == NULL || shap->curves == NULL ||
        (shap->bends == NULL && shap->bend_count > 0))
        return STATUS_NO_MEMORY;
    for (uint32_t points = 1; points < SHAP_POINTS; points++)
        fill_rules(shap, 1, points);
    for (uint32_t count = 1; count <= shap->rule_count; count++)
        fill_rules(shap, count, SHAP_POINTS);
    number_curves(shap);
    return STATUS_OK;
}

static enum status take_splits(struct shap *shap)
{
    struct mem *mem = shap->mem;
    size_t splits = shap->split_count_max;
    size_t sums = ((size_t)shap->columns.count + 1) * SHAP_LANES;
    shap->sums = mem_zeroed(mem, sums * sizeof *shap->sums);
    shap->slots = mem_zeroed(mem, splits * SHAP_VECTORS * sizeof *shap->slots);
    shap->pulls = mem_zeroed(mem, splits * SHAP_LANES * sizeof *shap->pulls);
    shap->answers = mem_zeroed(mem, splits * SHAP_LANES * sizeof *shap->answers);
    shap->splits = mem_zeroed(mem, shap->split_count * sizeof *shap->splits);
    shap->ends = mem_zeroed(mem, shap->ends_count * sizeof *shap->ends);
    shap->agains = mem_zeroed(mem, shap->again_room * sizeof *shap->agains);
    shap->lates = mem_zeroed(mem, shap->split_count * sizeof *shap->lates);
    bool has_all = shap->slots != NULL && shap->ends != NULL && shap->pulls != NULL &&
                   shap->answers != NULL && shap->splits != NULL && shap->agains != NULL &&
                   shap->lates != NULL;
    if (shap->sums == NULL || (!has_all && shap->group_count > 0))
        return STATUS_NO_MEMORY;
    return STATUS_OK;
}

static void lay_out_groups(struct work *work)
{
    struct shap *shap = work->shap;
    const struct ensemble *ensemble = work->ensemble;
    double sum = 0;
    uint32_t agains = 0;
    uint32_t lates = 0;
    shap->rule_count = 1;
    shap->curve_count = SHAP_POINTS;
    for (uint32_t g = 0; g < shap->group_count; g++) {
        struct shap_group *group = work->group = &shap->groups[g];
        uint32_t first_tree = g * SHAP_LANES;
        work->splits = &shap->splits[group->first_split];
        work->ends = &shap->ends[group->first_ends];
        group->first_again = agains;
        group->first_late = lates;
        spread(ensemble, first_tree, work->places, group);
        lay_out_group(work);
        agains += group->again_count;
        lates += group->late_count;
        for (uint32_t t = first_tree; t < ensemble->tree_count && t < first_tree + SHAP_LANES; t++)
            sum += mean_of(work, t - first_tree);
        if (shap->rule_count < group->rule_count)
            shap->rule_count = group->rule_count;
        if (group->rule_count == 1)
            shap->curve_count += group->late_count;
        else if (shap->bend_count < group->late_count + 1)
            shap->bend_count = group->late_count + 1;
    }
    shap->divisor = ensemble->divisor;
    shap->expected = ensemble->base_margin + sum / ensemble->divisor;
}

static uint32_t nodes_of_group(const struct ensemble *ensemble, uint32_t group)
{
    uint32_t nodes = 0;
    uint32_t first = group * SHAP_LANES;
    for (uint32_t t = first; t < ensemble->tree_count && t < first + SHAP_LANES; t++)
        nodes += ensemble->trees[t].node_count;
    return nodes;
}

/* Takes room for the places of any group. */
static enum status take_places(struct work *work, size_t *ret_size)
{
    uint32_t most = 1;
    for (uint32_t g = 0; g < work->shap->group_count; g++) {
        uint32_t nodes = nodes_of_group(work->ensemble, g);
        most = most < nodes ? nodes : most;
    }
    *ret_size = most * sizeof *work->places;
    work->places = mem_zeroed(work->shap->mem, *ret_size);
    return work->places == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Counts the splits of all groups. */
static void count_splits(const struct work *work)
{
    struct shap *shap = work->shap;
    for (uint32_t g = 0; g < shap->group_count; g++) {
        struct shap_group *group = &shap->groups[g];
        spread(work->ensemble, g * SHAP_LANES, work->places, group);
        group->first_split = shap->split_count;
        group->first_ends = shap->ends_count;
        shap->split_count += group->split_count;
        shap->ends_count += group->split_count - group->inner_count;
        if (shap->split_count_max < group->split_count)
            shap->split_count_max = group->split_count;
    }
}

enum status shap_lay_out(struct shap *shap, const struct ensemble *ensemble)
{
    struct work work = {.shap = shap, .ensemble = ensemble};
    size_t places_size;
    shap->feature_count = ensemble->feature_count;
    uint32_t groups = (ensemble->tree_count + SHAP_LANES - 1) / SHAP_LANES;
    shap->again_room = ensemble->node_count;
    shap->groups = mem_zeroed(shap->mem, groups * sizeof *shap->groups);
    if (shap->groups == NULL && groups > 0)
        return STATUS_NO_MEMORY;
    shap->group_count = groups;
    enum status status = columns_init(&shap->columns, ensemble, shap->mem);
    if (status != STATUS_OK)
        return status;
    shap->set_column_first = columns_sets_first(&shap->columns);
    status = take_places(&work, &places_size);
    if (status != STATUS_OK)
        return status;
    count_splits(&work);
    status = take_splits(shap);
    if (status == STATUS_OK)
        lay_out_groups(&work);
    mem_free(shap->mem, work.places, places_size);
    columns_forget(&shap->columns);
    return status == STATUS_OK ? take_curves(shap) : status;
}
