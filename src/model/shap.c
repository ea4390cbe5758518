/* One idea: a Shapley value is the integral over t from 0 to 1 of what a feature adds when each of
 * the others is known with probability t (Owen, "Multilinear extensions of games", 1972). On a
 * path of a tree this is a polynomial in t of a degree below the number of features on it, so a few
 * points of Gauss and Legendre give it exactly: four for eight features. No table over subsets is
 * needed, and nothing grows faster than the nodes. Four trees are explained at once.
 *
 * At a point t, every split turns from how the training rows were shared among its sides (t = 0) to
 * where the row goes (t = 1):
 *
 * 1. share = r + t * pull goes to yes, the rest to no; r is the share of training rows that
 *    answered yes; pull = 1 - r when the row answers yes, else -r.
 * 2. Downwards: weight(yes) = weight * share, weight(no) = weight - weight(yes); weight(root) = 1.
 * 3. Upwards: value = value(no) + share * gap, with gap = value(yes) - value(no).
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

#include "base/assert.h"
#include "model/shap_int.h"

#define DOES_NOT_COME 2 /* added to an answer, which is 0 or -1 */

#define VECTOR __attribute__((vector_size(SHAP_LANES * sizeof(double)), aligned(8)))

typedef double lanes VECTOR;
typedef int64_t masks VECTOR;
typedef uint64_t words VECTOR;

static const lanes ALL_ONE = {1, 1, 1, 1};

#define AT(type, array) (*(type *)(array))
#define OF(type, array) (*(const type *)(array))
#define UNROLLED _Pragma("GCC unroll 4")
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* No pull where a split before on the same feature has sent the row elsewhere; no branches. */
static ALWAYS_INLINE void stop_all(const struct shap *shap, const struct shap_group *group)
{
    const struct shap_again *again = &shap->agains[group->first_again];
    int64_t *restrict answers = shap->answers;
    double *restrict pulls = shap->pulls;
    for (uint32_t i = group->again_count; i > 0; i--, again++) {
        size_t split = again->split;
        int64_t comes = -(int64_t)(answers[again->before] == again->side);
        answers[split] += ~comes & DOES_NOT_COME;
        AT(int64_t, &pulls[split]) &= comes;
    }
}

/* The row's answers to all splits of a group, and their pulls. */
static ALWAYS_INLINE void answer_all(const struct shap *shap, const struct shap_group *group,
                                     bool has_sets)
{
    const struct shap_split *splits = &shap->splits[group->first_split];
    const uint64_t *keys = shap->columns.keys;
    int64_t *restrict answers = shap->answers;
    double *restrict pulls = shap->pulls;
    size_t count = group->split_count;
    for (size_t at = 0; at < count; at++) {
        const struct shap_split *split = &splits[at];
        const uint32_t *columns = split->columns;
        words row = {keys[columns[0]], keys[columns[1]], keys[columns[2]], keys[columns[3]]};
        masks yes = row < OF(words, split->keys);
        for (int lane = 0; has_sets && lane < SHAP_LANES; lane++)
            if (columns[lane] >= shap->set_column_first)
                yes[lane] =
                    -(int64_t)columns_in_set(shap->columns.sets, split->keys[lane], row[lane]);
        AT(masks, &answers[at * SHAP_LANES]) = yes;
        AT(lanes, &pulls[at * SHAP_LANES]) =
            (lanes)((masks)ALL_ONE & yes) - OF(lanes, split->shares);
    }
    stop_all(shap, group);
}

static ALWAYS_INLINE void go_down(const struct shap_group *group, const struct shap_split *splits,
                                  const double *curves, const double *pulls,
                                  double *restrict slots, uint32_t points)
{
    size_t inner_count = group->inner_count;
    for (size_t at = 0; at < inner_count; at++) {
        const struct shap_split *split = &splits[at];
        const double *turned = &curves[split->curve];
        const double *slot = &slots[at * SHAP_VECTORS];
        double *nos = &slots[split->below[0]];
        double *yeses = &slots[split->below[1]];
        lanes pull = OF(lanes, &pulls[at * SHAP_LANES]);
        lanes still = OF(lanes, split->shares);
        UNROLLED
        for (uint32_t p = 0; p < points * SHAP_LANES; p += SHAP_LANES) {
            lanes weight = OF(lanes, &slot[p]);
            lanes yes = weight * (OF(lanes, &turned[p]) * pull + still);
            AT(lanes, &yeses[p]) = yes;
            AT(lanes, &nos[p]) = weight - yes;
        }
    }
}

/* Where the sums of a group's lanes are. */
struct sums {
    double *lane[SHAP_LANES];
};

static ALWAYS_INLINE void add(const struct sums *sums, const struct shap_split *split,
                              const lanes *what)
{
    sums->lane[0][split->columns[0]] += (*what)[0];
    sums->lane[1][split->columns[1]] += (*what)[1];
    sums->lane[2][split->columns[2]] += (*what)[2];
    sums->lane[3][split->columns[3]] += (*what)[3];
}

static ALWAYS_INLINE void go_up(const struct shap_group *group, const struct shap_split *splits,
                                const double *curves, const double *pulls,
                                double *restrict slots, const struct shap_ends *ends,
                                const struct sums *sums, uint32_t points)
{
    size_t inner_count = group->inner_count;
    size_t at = group->split_count;
    while (at > inner_count) {
        const struct shap_split *split = &splits[--at];
        const double *turned = &curves[split->curve];
        double *slot = &slots[at * SHAP_VECTORS];
        const struct shap_ends *end = &ends[at - inner_count];
        lanes pull = OF(lanes, &pulls[at * SHAP_LANES]) * OF(lanes, end->gaps);
        lanes mean = OF(lanes, end->means);
        lanes sum = {0};
        UNROLLED
        for (uint32_t p = 0; p < points * SHAP_LANES; p += SHAP_LANES) {
            sum += OF(lanes, &slot[p]) * OF(lanes, &turned[SHAP_VECTORS + p]);
            AT(lanes, &slot[p]) = OF(lanes, &turned[p]) * pull + mean;
        }
        sum *= pull;
        add(sums, split, &sum);
    }
    while (at > 0) {
        const struct shap_split *split = &splits[--at];
        const double *turned = &curves[split->curve];
        const double *nos = &slots[split->below[0]];
        const double *yeses = &slots[split->below[1]];
        double *slot = &slots[at * SHAP_VECTORS];
        lanes pull = OF(lanes, &pulls[at * SHAP_LANES]);
        lanes still = OF(lanes, split->shares);
        lanes sum = {0};
        UNROLLED
        for (uint32_t p = 0; p < points * SHAP_LANES; p += SHAP_LANES) {
            lanes no = OF(lanes, &nos[p]);
            lanes gap = OF(lanes, &yeses[p]) - no;
            lanes share = OF(lanes, &turned[p]) * pull + still;
            sum += OF(lanes, &slot[p]) * gap * OF(lanes, &turned[SHAP_VECTORS + p]);
            AT(lanes, &slot[p]) = no + share * gap;
        }
        sum *= pull;
        add(sums, split, &sum);
    }
}

static void bend(const struct shap *shap, const struct shap_group *group,
                 const struct shap_rule *rule)
{
    const struct shap_late *late = &shap->lates[group->first_late];
    shap_curve_fill(&shap->bends[0], rule, SHAP_POINTS, (const double *)&ALL_ONE);
    for (uint32_t i = 0; i < group->late_count; i++)
        shap_curve_fill(&shap->bends[1 + i], rule, SHAP_POINTS, late[i].passed);
}

/* Inlined for each count of points, so that these are no loop. */
static ALWAYS_INLINE void integrate(const struct shap *shap, const struct shap_group *group,
                                    uint32_t points)
{
    const struct shap_split *splits = &shap->splits[group->first_split];
    const struct shap_ends *ends = &shap->ends[group->first_ends];
    size_t stride = (size_t)shap->columns.count + 1;
    const struct sums sums = {
        {shap->sums, shap->sums + stride, shap->sums + 2 * stride, shap->sums + 3 * stride}};
    const struct shap_rule *rules =
        &shap->rules[shap_rule_first(group->rule_count, group->point_count)];
    const double *curves = (group->rule_count == 1 ? shap->curves : shap->bends)->turned[0];
    for (uint32_t i = 0; i < group->rule_count; i++) {
        if (group->rule_count > 1)
            bend(shap, group, &rules[i]);
        for (uint32_t p = 0; p < points; p++)
            AT(lanes, &shap->slots[p * SHAP_LANES]) = rules[i].weights[p] + (lanes){0};
        go_down(group, splits, curves, shap->pulls, shap->slots, points);
        go_up(group, splits, curves, shap->pulls, shap->slots, ends, &sums, points);
    }
}

static ALWAYS_INLINE void explain_group(const struct shap *shap, const struct shap_group *group)
{
    if (group->has_sets)
        answer_all(shap, group, true);
    else
        answer_all(shap, group, false);
    switch (group->point_count) {
    case 1: integrate(shap, group, 1); return;
    case 2: integrate(shap, group, 2); return;
    case 3: integrate(shap, group, 3); return;
    default: break;
    }
    ASSERT(group->point_count == SHAP_POINTS);
    integrate(shap, group, SHAP_POINTS);
}

static ALWAYS_INLINE void explain_groups(const struct shap *shap)
{
    for (uint32_t g = 0; g < shap->group_count; g++)
        explain_group(shap, &shap->groups[g]);
}

static void explain_narrow(const struct shap *shap)
{
    explain_groups(shap);
}

/* The same operations on the same doubles, four at a time: the same results to the bit. A test sets
 * SHAP_NARROW to see to those of older processors. */
#if defined(__x86_64__) && !defined(SHAP_NARROW)
__attribute__((target("avx2"))) static void explain_wide(const struct shap *shap)
{
    explain_groups(shap);
}

static bool has_wide_vectors(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#else
static void explain_wide(const struct shap *shap)
{
    explain_groups(shap);
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
    size_t splits = shap->split_count_max;
    size_t sums = ((size_t)shap->columns.count + 1) * SHAP_LANES;
    size_t rules = shap_rule_first(shap->rule_count + 1, SHAP_POINTS);
    mem_free(mem, shap->sums, sums * sizeof *shap->sums);
    mem_free(mem, shap->groups, shap->group_count * sizeof *shap->groups);
    mem_free(mem, shap->slots, splits * SHAP_VECTORS * sizeof *shap->slots);
    mem_free(mem, shap->pulls, splits * SHAP_LANES * sizeof *shap->pulls);
    mem_free(mem, shap->answers, splits * SHAP_LANES * sizeof *shap->answers);
    mem_free(mem, shap->splits, shap->split_count * sizeof *shap->splits);
    mem_free(mem, shap->ends, shap->ends_count * sizeof *shap->ends);
    mem_free(mem, shap->agains, shap->again_room * sizeof *shap->agains);
    mem_free(mem, shap->lates, shap->split_count * sizeof *shap->lates);
    mem_free(mem, shap->rules, rules * sizeof *shap->rules);
    mem_free(mem, shap->curves, shap->curve_count * sizeof *shap->curves);
    mem_free(mem, shap->bends, shap->bend_count * sizeof *shap->bends);
    columns_done(&shap->columns);
    mem_free(mem, shap, sizeof *shap);
}

void shap_explain(struct shap *shap, const double *row, double *ret_contributions)
{
    uint32_t features = shap->feature_count;
    size_t stride = (size_t)shap->columns.count + 1;
    columns_fill(&shap->columns, row);
    memset(shap->sums, 0, stride * SHAP_LANES * sizeof *shap->sums);
    if (shap->wide)
        explain_wide(shap);
    else
        explain_narrow(shap);
    for (uint32_t f = 0; f < features; f++)
        ret_contributions[f] = 0;
    for (uint32_t i = 0; i < shap->columns.count; i++) {
        const double *sum = &shap->sums[i];
        ret_contributions[shap->columns.features[i]] +=
            (sum[0] + sum[stride]) + (sum[2 * stride] + sum[3 * stride]);
    }
    for (uint32_t f = 0; f < features; f++)
        ret_contributions[f] /= shap->divisor;
    ret_contributions[features] = shap->expected;
}
