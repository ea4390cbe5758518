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

#define NO_ANSWER 2 /* and 3 */

static const double COMES[2] = {0, 1};

typedef double lanes __attribute__((vector_size(SHAP_LANES * sizeof(double)), aligned(8)));

#define LANES(array) (*(lanes *)(array))
#define LANES_OF(array) (*(const lanes *)(array))
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* The row's answers to all splits of a tree, and their pulls. */
static ALWAYS_INLINE void answer_all(const struct shap *shap, const struct shap_tree *tree,
                                     bool has_sets)
{
    const struct shap_split *splits = &shap->splits[tree->first_split];
    const uint64_t *keys = shap->columns.keys;
    uint8_t *restrict answers = shap->answers;
    double *restrict pulls = shap->pulls;
    uint32_t count = tree->split_count;
    for (uint32_t at = 0; at < count; at++) {
        const struct shap_split *split = &splits[at];
        uint64_t key = keys[split->column];
        bool yes = key < split->key;
        if (has_sets && split->column >= shap->set_column_first)
            yes = columns_in_set(shap->columns.sets, split->key, key);
        answers[at] = yes;
        pulls[at] = split->pulls[yes];
    }
    const struct shap_again *again = &shap->agains[tree->first_again];
    for (uint32_t i = tree->again_count; i > 0; i--, again++) {
        bool comes = answers[again->before] == again->side;
        answers[again->split] |= comes ? 0 : NO_ANSWER;
        pulls[again->split] *= COMES[comes]; /* no branch */
    }
}

static ALWAYS_INLINE void go_up(const struct shap_tree *tree, const struct shap_split *splits,
                                const double *curves, const double *pulls, double *restrict slots)
{
    uint32_t at = tree->split_count;
    while (at > tree->inner_count) {
        const struct shap_split *split = &splits[--at];
        LANES(&slots[(size_t)at * SHAP_SLOT + SHAP_VALUE]) =
            LANES_OF(&curves[split->curve]) * pulls[at] + split->still;
    }
    while (at > 0) {
        const struct shap_split *split = &splits[--at];
        double *slot = &slots[(size_t)at * SHAP_SLOT];
        lanes share = LANES_OF(&curves[split->curve]) * pulls[at] + split->still;
        lanes no = LANES_OF(&slots[split->below[0] + SHAP_VALUE]);
        lanes gap = LANES_OF(&slots[split->below[1] + SHAP_VALUE]) - no;
        LANES(&slot[SHAP_SHARE]) = share;
        LANES(&slot[SHAP_GAP]) = gap;
        LANES(&slot[SHAP_VALUE]) = no + share * gap;
    }
}

static ALWAYS_INLINE void go_down(const struct shap_tree *tree, const struct shap_split *splits,
                                  const double *curves, const double *pulls,
                                  double *restrict slots, double *restrict sums)
{
    const double *slopes = curves + SHAP_LANES;
    uint32_t at = 0;
    for (; at < tree->inner_count; at++) {
        const struct shap_split *split = &splits[at];
        const double *slot = &slots[(size_t)at * SHAP_SLOT];
        lanes weight = LANES_OF(&slot[SHAP_WEIGHT]);
        lanes yes = weight * LANES_OF(&slot[SHAP_SHARE]);
        lanes turn = weight * LANES_OF(&slot[SHAP_GAP]) * LANES_OF(&slopes[split->curve]);
        LANES(&slots[split->below[1] + SHAP_WEIGHT]) = yes;
        LANES(&slots[split->below[0] + SHAP_WEIGHT]) = weight - yes;
        LANES(&sums[split->sum]) += turn * pulls[at];
    }
    for (; at < tree->split_count; at++) {
        const struct shap_split *split = &splits[at];
        lanes weight = LANES_OF(&slots[(size_t)at * SHAP_SLOT + SHAP_WEIGHT]);
        LANES(&sums[split->sum]) += weight * LANES_OF(&slopes[split->curve]) * pulls[at];
    }
}

static void bend(const struct shap *shap, const struct shap_tree *tree,
                 const struct shap_rule *rule)
{
    const struct shap_again *again = &shap->agains[tree->first_again];
    shap_curve_fill(&shap->bends[0], rule, 1);
    for (uint32_t i = 0; i < tree->again_count; i++)
        shap_curve_fill(&shap->bends[1 + i], rule, again[i].passed);
}

static ALWAYS_INLINE void explain_tree(const struct shap *shap, const struct shap_tree *tree)
{
    const struct shap_split *splits = &shap->splits[tree->first_split];
    const struct shap_rule *rules = shap_rules(shap, tree->rule_count);
    const double *curves = (tree->rule_count == 1 ? shap->curves : shap->bends)->turned;
    if (tree->has_sets)
        answer_all(shap, tree, true);
    else
        answer_all(shap, tree, false);
    for (uint32_t i = 0; i < tree->rule_count; i++) {
        if (tree->rule_count > 1)
            bend(shap, tree, &rules[i]);
        memcpy(&shap->slots[SHAP_WEIGHT], rules[i].weights, sizeof rules[i].weights);
        go_up(tree, splits, curves, shap->pulls, shap->slots);
        go_down(tree, splits, curves, shap->pulls, shap->slots, shap->sums);
    }
}

static ALWAYS_INLINE void explain_trees(const struct shap *shap)
{
    for (uint32_t t = 0; t < shap->tree_count; t++)
        if (shap->trees[t].split_count > 0)
            explain_tree(shap, &shap->trees[t]);
}

static void explain_narrow(const struct shap *shap)
{
    explain_trees(shap);
}

/* The same operations on the same doubles, four at a time: the same results to the bit. A test sets
 * SHAP_NARROW to see to those of older processors. */
#if defined(__x86_64__) && !defined(SHAP_NARROW)
__attribute__((target("avx2"))) static void explain_wide(const struct shap *shap)
{
    explain_trees(shap);
}

static bool has_wide_vectors(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#else
static void explain_wide(const struct shap *shap)
{
    explain_trees(shap);
}

static bool has_wide_vectors(void)
{
    return false;
}
#endif

enum status shap_new(const struct ensemble *ensemble, struct mem *mem, struct shap **ret_shap)
{
    struct shap *shap = mem_zeroed(mem, sizeof *shap);
    if (shap == NULL)
        return STATUS_NO_MEMORY;
    shap->mem = mem;
    shap->wide = has_wide_vectors();
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
    mem_free(mem, shap->slots, slots * SHAP_SLOT * sizeof *shap->slots);
    mem_free(mem, shap->pulls, slots * sizeof *shap->pulls);
    mem_free(mem, shap->answers, slots);
    mem_free(mem, shap->splits, shap->split_count * sizeof *shap->splits);
    mem_free(mem, shap->agains, shap->again_count * sizeof *shap->agains);
    mem_free(mem, shap->rules, rules * sizeof *shap->rules);
    mem_free(mem, shap->curves, shap->curve_count * sizeof *shap->curves);
    mem_free(mem, shap->bends, shap->bend_count * sizeof *shap->bends);
    columns_done(&shap->columns);
    mem_free(mem, shap, sizeof *shap);
}

void shap_explain(struct shap *shap, const double *row, double *ret_contributions)
{
    uint32_t features = shap->feature_count;
    columns_fill(&shap->columns, row);
    if (features > 0)
        memset(shap->sums, 0, (size_t)features * SHAP_LANES * sizeof *shap->sums);
    if (shap->wide)
        explain_wide(shap);
    else
        explain_narrow(shap);
    for (uint32_t f = 0; f < features; f++) {
        const double *sum = &shap->sums[f * SHAP_LANES];
        ret_contributions[f] = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / shap->divisor;
    }
    ret_contributions[features] = shap->expected;
}
