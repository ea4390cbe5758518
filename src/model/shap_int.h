#ifndef MODEL_SHAP_INT_H
#define MODEL_SHAP_INT_H

#include "model/columns_int.h"
#include "model/shap.h"

/* How shap.c has an ensemble before it; shap_layout.c lays it out. */

#define SHAP_LANES 4  /* trees that are explained together, a group */
#define SHAP_POINTS 4 /* most points of an integral that are worked out together */

/* What the trees of a group ask at one place: there is one wherever one of them has a split, and a
 * tree that has come to a leaf asks nothing there: all goes to no, and all below has the leaf's
 * value. A split between anything but two leaves, an inner one, has two splits below it; the others
 * are outer. Places in arrays are counted in doubles. */
struct shap_split {
    uint64_t keys[SHAP_LANES];    /* of the questions */
    double shares[SHAP_LANES];    /* of the training rows that answered yes */
    uint32_t columns[SHAP_LANES];
    uint32_t below[2];            /* of inner ones, by answer: places of slots */
    uint32_t curve;               /* place of the curve */
};

/* What is behind an outer split. */
struct shap_ends {
    double means[SHAP_LANES];     /* of the values, over the training rows */
    double gaps[SHAP_LANES];      /* the value of yes minus the value of no */
};

/* A split behind another one on the same feature; parents before children. Splits are counted in
 * lanes. */
struct shap_again {
    uint32_t split;  /* counted in the group, */
    uint32_t before; /* and the nearest before it, */
    int64_t side;    /* and the answer that leads from there to here: 0 no, -1 yes */
};

/* A split that some tree of a group has behind another one on its feature. */
struct shap_late {
    double passed[SHAP_LANES]; /* the share of rows that all before it let by; 1 without any */
    uint32_t split;            /* index in the group */
};

struct shap_group {
    uint32_t first_split;
    uint32_t first_ends;
    uint32_t inner_count;   /* first, parents before children */
    uint32_t split_count;
    uint32_t rule_count;    /* that its integrals take, */
    uint32_t point_count;   /* and points in each: SHAP_POINTS when there are several rules */
    uint32_t first_again;
    uint32_t again_count;
    uint32_t first_late;
    uint32_t late_count;
    bool has_sets;
};

/* At points t: how far a split has turned from the shares to the row's own answer, and the slope of
 * that. */
struct shap_curve {
    double turned[SHAP_POINTS][SHAP_LANES];
    double slope[SHAP_POINTS][SHAP_LANES];
};

struct shap_rule {
    double points[SHAP_POINTS];
    double weights[SHAP_POINTS];
};

#define SHAP_VECTORS (SHAP_POINTS * SHAP_LANES) /* doubles: a vector per point */
#define SHAP_CURVE (2 * SHAP_VECTORS)           /* and of a curve */

struct shap {
    struct mem *mem;
    struct columns columns;
    uint32_t feature_count;
    uint32_t group_count;
    uint32_t split_count;
    uint32_t split_count_max; /* of one group */
    uint32_t ends_count;
    uint32_t set_column_first;
    uint32_t rule_count;      /* the most of a group */
    uint32_t again_room;
    uint32_t curve_count;     /* of groups with one rule: one per count of points, one per late */
    uint32_t bend_count;      /* of groups with several rules: the first, one per late of a group */
    bool wide;                /* the processor has vectors of four doubles */
    struct shap_group *groups;
    struct shap_split *splits;
    struct shap_ends *ends;    /* of outer splits */
    struct shap_again *agains;
    struct shap_late *lates;   /* room for one per split */
    struct shap_rule *rules;
    struct shap_curve *curves; /* of groups with one rule */
    struct shap_curve *bends;  /* of the group with several rules at hand */
    double *slots;             /* SHAP_VECTORS for each split of the group at hand: on the way down
                                  the weights of what comes to it, on the way up its values */
    double *pulls;             /* SHAP_LANES for each: what the row's answers make of it */
    int64_t *answers;          /* as many: 0 no, -1 yes, above 0: does not come here */
    double *sums;              /* for each lane, of each column */
    double expected;          /* the margin over the training rows */
    double divisor;
};

/* Fills in groups, splits, rules and curves of a shap of which nothing but mem is set; takes all
 * memory. STATUS_NO_MEMORY: to be given to shap_free. O(nodes * depth). */
MUST_CHECK enum status shap_lay_out(struct shap *shap, const struct ensemble *ensemble);

/* The curve of a split in a group at the first `count` points of a rule. */
void shap_curve_fill(struct shap_curve *curve, const struct shap_rule *rule, uint32_t count,
                     const double passed[SHAP_LANES]);

/* Where the rules of integrals begin that take `rule_count` rules of `point_count` points: single
 * rules of less points first. */
static inline uint32_t shap_rule_first(uint32_t rule_count, uint32_t point_count)
{
    if (point_count < SHAP_POINTS)
        return point_count - 1;
    return SHAP_POINTS - 1 + rule_count * (rule_count - 1) / 2;
}

#endif
