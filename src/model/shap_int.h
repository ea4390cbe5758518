#ifndef MODEL_SHAP_INT_H
#define MODEL_SHAP_INT_H

#include "model/columns_int.h"
#include "model/shap.h"

/* How shap.c has an ensemble before it; shap_layout.c lays it out. */

#define SHAP_LANES 4
#define SHAP_CURVE_PLAIN 0 /* of a feature that was not asked before on the path */
#define SHAP_CURVE_STILL 1 /* of one that was, and sent the row elsewhere */
#define SHAP_CURVES_FIXED 2

/* A split between anything but two leaves has two splits below it: a leaf beside a split is made a
 * split between two equal leaves. Answers count from 0, no, to 1, yes. */
struct shap_split {
    uint64_t key;           /* of its question */
    double pulls[2];        /* minus the share of rows that answer yes; the share of the others */
    union {
        uint32_t below[2];                   /* by answer: splits of the same tree */
        struct { double gap, low; } leaves;  /* value of yes minus value of no; value of no */
    };
    double shrunk;          /* share of rows that all splits before it on the same feature let by */
    uint32_t before;        /* the nearest of them, its index in the tree + 1; 0: none */
    uint32_t curve;         /* index into the curves of its tree */
    uint32_t column;
    uint16_t feature;
    uint8_t side;           /* the answer of `before` behind which it lies; 1 when there is none */
};

struct shap_tree {
    uint32_t first_split;
    uint32_t inner_count;   /* splits with two splits below: first, parents before children */
    uint32_t split_count;   /* the others are between two leaves */
    uint32_t rule_count;    /* how many times SHAP_LANES points its integrals take */
    uint32_t curve_count;   /* SHAP_CURVES_FIXED more than splits with one before */
    bool has_sets;
};

/* At SHAP_LANES points t: how far a split has turned from the shares to the row's own answer, and
 * the slope of that. */
struct shap_curve {
    double turned[SHAP_LANES];
    double slope[SHAP_LANES];
};

struct shap_rule {
    double points[SHAP_LANES];
    double weights[SHAP_LANES];
};

/* What is known of a split for the row at hand. */
struct shap_slot {
    double gap[SHAP_LANES];    /* value of yes minus value of no */
    double share[SHAP_LANES];  /* what goes to yes */
    double value[SHAP_LANES];
    double weight[SHAP_LANES]; /* what comes here */
    double pull;
    uint32_t curve;
};

struct shap {
    struct mem *mem;
    struct columns columns;
    uint32_t feature_count;
    uint32_t tree_count;
    uint32_t split_count;
    uint32_t split_count_max;  /* of one tree */
    uint32_t set_column_first;
    uint32_t rule_count;       /* the most of a tree */
    uint32_t curve_count;      /* of all trees with one rule, the fixed ones once */
    uint32_t bend_count;       /* the most of a tree with several rules */
    struct shap_tree *trees;
    struct shap_split *splits;
    struct shap_rule *rules;   /* those of trees with n rules begin at n * (n - 1) / 2 */
    struct shap_curve *curves; /* of trees with one rule */
    struct shap_curve *bends;  /* of the tree with several rules at hand */
    struct shap_slot *slots;   /* of the tree at hand */
    uint8_t *states;           /* of splits + 1: 0, 1, or 2 when an earlier one on the same feature
                                  sends the row elsewhere; before them a 1 for those without */
    double *sums;              /* SHAP_LANES per feature */
    double expected;           /* the margin over the training rows */
    double divisor;
};

/* Fills in trees, splits, rules and curves of a shap of which nothing but mem is set; takes all
 * memory. STATUS_NO_MEMORY: to be given to shap_free. O(nodes * depth). */
MUST_CHECK enum status shap_lay_out(struct shap *shap, const struct ensemble *ensemble);

/* The curve of a split behind others on its feature that let by the share `shrunk`. */
void shap_curve_fill(struct shap_curve *curve, const struct shap_rule *rule, double shrunk);

/* The first two curves of a rule. */
void shap_curves_fixed(struct shap_curve *curves, const struct shap_rule *rule);

/* The rules of a tree: rule_count of them. */
static inline const struct shap_rule *shap_rules(const struct shap *shap, uint32_t rule_count)
{
    return &shap->rules[(size_t)rule_count * (rule_count - 1) / 2];
}

#endif
