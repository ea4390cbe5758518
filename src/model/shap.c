/* One idea: a Shapley value is the integral over t from 0 to 1 of what a feature adds when each of
 * the others is known with probability t (Owen, "Multilinear extensions of games", 1972). On a
 * path of a tree this is a polynomial in t of a degree below the number of features on it, so a few
 * points of Gauss and Legendre give it exactly: four for eight features, in four lanes at once. No
 * table over subsets is needed, and nothing grows faster than the nodes.
 *
 * At a point t, every split turns from how the training rows were shared among its sides (t = 0) to
 * where the row goes (t = 1):
 *
 * 1. share = r + t * pull goes to yes, the rest to no; r is the share of training rows that
 *    answered yes; pull = 1 - r when the row answers yes, else -r.
 * 2. Upwards: value = value(no) + share * gap, with gap = value(yes) - value(no).
 * 3. Downwards: weight(yes) = weight * share, weight(no) = weight - weight(yes); weight(root) = 1.
 * 4. The split adds weight * gap * pull, the derivative of the tree's value by its own turning.
 * 5. Of several splits on one feature along a path, all turn together: the later one is asked of
 *    rows that the earlier ones let by. When these let by the share z of the training rows and the
 *    row itself, then of the weight that comes, t / (z + t (1 - z)) is the row's: this takes the
 *    place of t in 1, and its slope is a factor in 4. When they do not let the row by, then nothing
 *    that comes is the row's: it does not turn, and adds nothing.
 *
 * 4 summed over the splits of a feature and integrated is its contribution; over all features they
 * add up to value(root) at t = 1 less that at t = 0. The definition is that of Lundberg, Erion and
 * Lee (arXiv 1802.03888); that polynomials take the place of subsets is also the insight of Yu et
 * al. ("Linear TreeShap", 2022). */
#include "model/shap.h"

#include <string.h>

#include "model/shap_int.h"

#define ELSEWHERE 2 /* a state */

typedef double lanes __attribute__((vector_size(SHAP_LANES * sizeof(double)), aligned(8)));

enum status shap_new(const struct ensemble *ensemble, struct mem *mem, struct shap **ret_shap)
{
    struct shap *shap = mem_zeroed(mem, sizeof *shap);
    if (shap == NULL)
        return STATUS_NO_MEMORY;
    shap->mem = mem;
    enum status status = shap_lay_out(shap, ensemble);
    if (status != STATUS_OK) {
        shap_free(shap);
        return status;
    }
    *ret_shap = shap;
    return STATUS_OK;
}

void shap_free(struct shap *shap)
{
    if (shap == NULL)
        return;
    struct mem *mem = shap->mem;
    size_t slots = (size_t)shap->split_count_max + 1;
    size_t rules = (size_t)shap->rule_count * (shap->rule_count + 1) / 2;
    mem_free(mem, shap->sums, (size_t)shap->feature_count * SHAP_LANES * sizeof *shap->sums);
    mem_free(mem, shap->trees, shap->tree_count * sizeof *shap->trees);
    mem_free(mem, shap->slots, slots * sizeof *shap->slots);
    mem_free(mem, shap->states, slots * sizeof *shap->states);
    mem_free(mem, shap->splits, shap->split_count * sizeof *shap->splits);
    mem_free(mem, shap->rules, rules * sizeof *shap->rules);
    mem_free(mem, shap->curves, shap->curve_count * sizeof *shap->curves);
    mem_free(mem, shap->bends, shap->bend_count * sizeof *shap->bends);
    columns_done(&shap->columns);
    mem_free(mem, shap, sizeof *shap);
}

#define LANES(array) (*(lanes *)(array))
#define LANES_OF(array) (*(const lanes *)(array))

static inline void answer(const struct shap *shap, const struct shap_split *split, uint32_t at,
                          bool has_sets)
{
    uint64_t key = shap->columns.keys[split->column];
    bool yes = key < split->key;
    if (has_sets && split->column >= shap->set_column_first)
        yes = columns_in_set(shap->columns.sets, split->key, key);
    bool asked = shap->states[split->before] == split->side;
    shap->states[at + 1] = asked ? yes : ELSEWHERE;
    shap->slots[at].pull = split->pulls[yes];
    shap->slots[at].curve = asked ? split->curve : SHAP_CURVE_STILL;
}

static void answer_all(const struct shap *shap, const struct shap_tree *tree)
{
    const struct shap_split *splits = &shap->splits[tree->first_split];
    if (tree->has_sets)
        for (uint32_t at = 0; at < tree->split_count; at++)
            answer(shap, &splits[at], at, true);
    else
        for (uint32_t at = 0; at < tree->split_count; at++)
            answer(shap, &splits[at], at, false);
}

static inline void go_up(const struct shap_tree *tree, const struct shap_split *splits,
                         const struct shap_curve *curves, struct shap_slot *slots)
{
    uint32_t at = tree->split_count;
    while (at > tree->inner_count) {
        const struct shap_split *split = &splits[--at];
        struct shap_slot *slot = &slots[at];
        lanes share = LANES_OF(curves[slot->curve].turned) * slot->pull - split->pulls[0];
        LANES(slot->value) = share * split->leaves.gap + split->leaves.low;
    }
    while (at > 0) {
        const struct shap_split *split = &splits[--at];
        struct shap_slot *slot = &slots[at];
        lanes share = LANES_OF(curves[slot->curve].turned) * slot->pull - split->pulls[0];
        lanes low = LANES_OF(slots[split->below[0]].value);
        lanes gap = LANES_OF(slots[split->below[1]].value) - low;
        LANES(slot->share) = share;
        LANES(slot->gap) = gap;
        LANES(slot->value) = low + share * gap;
    }
}

static inline void go_down(const struct shap_tree *tree, const struct shap_split *splits,
                           const struct shap_curve *curves, struct shap_slot *slots, double *sums)
{
    uint32_t at = 0;
    for (; at < tree->inner_count; at++) {
        const struct shap_split *split = &splits[at];
        const struct shap_slot *slot = &slots[at];
        lanes weight = LANES_OF(slot->weight);
        lanes yes = weight * LANES_OF(slot->share);
        LANES(slots[split->below[1]].weight) = yes;
        LANES(slots[split->below[0]].weight) = weight - yes;
        LANES(&sums[split->feature * SHAP_LANES]) +=
            weight * LANES_OF(slot->gap) * slot->pull * LANES_OF(curves[slot->curve].slope);
    }
    for (; at < tree->split_count; at++) {
        const struct shap_split *split = &splits[at];
        const struct shap_slot *slot = &slots[at];
        LANES(&sums[split->feature * SHAP_LANES]) +=
            LANES_OF(slot->weight) * (split->leaves.gap * slot->pull) *
            LANES_OF(curves[slot->curve].slope);
    }
}

static void bend(const struct shap *shap, const struct shap_tree *tree,
                 const struct shap_rule *rule)
{
    shap_curves_fixed(shap->bends, rule);
    for (uint32_t i = 0; i < tree->split_count; i++) {
        const struct shap_split *split = &shap->splits[tree->first_split + i];
        if (split->before > 0)
            shap_curve_fill(&shap->bends[split->curve], rule, split->shrunk);
    }
}

static void explain_tree(const struct shap *shap, const struct shap_tree *tree)
{
    const struct shap_split *splits = &shap->splits[tree->first_split];
    const struct shap_rule *rules = shap_rules(shap, tree->rule_count);
    const struct shap_curve *curves = tree->rule_count == 1 ? shap->curves : shap->bends;
    answer_all(shap, tree);
    for (uint32_t i = 0; i < tree->rule_count; i++) {
        if (tree->rule_count > 1)
            bend(shap, tree, &rules[i]);
        memcpy(shap->slots[0].weight, rules[i].weights, sizeof rules[i].weights);
        go_up(tree, splits, curves, shap->slots);
        go_down(tree, splits, curves, shap->slots, shap->sums);
    }
}

void shap_explain(struct shap *shap, const double *row, double *ret_contributions)
{
    uint32_t features = shap->feature_count;
    columns_fill(&shap->columns, row);
    if (features > 0)
        memset(shap->sums, 0, (size_t)features * SHAP_LANES * sizeof *shap->sums);
    for (uint32_t t = 0; t < shap->tree_count; t++)
        if (shap->trees[t].split_count > 0)
            explain_tree(shap, &shap->trees[t]);
    for (uint32_t f = 0; f < features; f++) {
        const double *sum = &shap->sums[f * SHAP_LANES];
        ret_contributions[f] = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / shap->divisor;
    }
    ret_contributions[features] = shap->expected;
}
