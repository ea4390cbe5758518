#ifndef MODEL_SHAP_INT_H
#define MODEL_SHAP_INT_H

#include "model/columns_int.h"
#include "model/shap.h"

/* How shap.c has an ensemble before it; shap_layout.c lays it out. */

#define SHAP_LANES 4

/* A split between anything but two leaves has two splits below it: a leaf beside a split is made a
 * split between two equal leaves. Answers count from 0, no, to 1, yes; 2 is none, of a split behind
 * another one on the same feature that sends the row elsewhere. Places are counted in doubles. */
struct shap_split {
    uint64_t key;           /* of its question */
    double pulls[2];        /* by answer: minus the share of rows that answer yes; the share of the
                               others. Between leaves: times value of yes minus value of no */
    double still;           /* what there is without a pull: the share of rows that answer yes;
                               between leaves their mean */
    uint32_t below[2];      /* by answer: places of slots */
    uint32_t column;
    uint32_t sum;           /* place of its feature's sum */
    uint32_t curve;         /* place of its curve among those of its tree */
};

/* A split behind another one on the same feature; parents before children. */
struct shap_again {
    double passed;          /* the share of rows that all before it let by */
    uint32_t split;         /* index in the tree, */
    uint32_t before;        /* and that of the nearest before it, */
    uint8_t side;           /* and the answer that leads from there to here */
};

struct shap_tree {
    uint32_t first_split;
    uint32_t inner_count;   /* splits with two splits below: first, parents before children */
    uint32_t split_count;   /* the others are between two leaves */
    uint32_t rule_count;    /* how many times SHAP_LANES points its integrals take */
    uint32_t first_again;
    uint32_t again_count;
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

/* What is known of a split for the row at hand: a slot of four times SHAP_LANES doubles. */
enum shap_slot {
    SHAP_GAP = 0,                 /* value of yes minus value of no */
    SHAP_SHARE = SHAP_LANES,      /* what goes to yes */
    SHAP_VALUE = 2 * SHAP_LANES,
    SHAP_WEIGHT = 3 * SHAP_LANES, /* what comes here */
    SHAP_SLOT = 4 * SHAP_LANES,
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
    uint32_t again_count;
    uint32_t curve_count;      /* of all trees with one rule: the first, and one per again */
    uint32_t bend_count;       /* the same, the most of a tree with several rules */
    bool wide;                 /* the processor has vectors of four doubles */
    struct shap_tree *trees;
    struct shap_split *splits;
    struct shap_again *agains;
    struct shap_rule *rules;   /* those of trees with n rules begin at n * (n - 1) / 2 */
    struct shap_curve *curves; /* of trees with one rule */
    struct shap_curve *bends;  /* of the tree with several rules at hand */
    double *slots;             /* of the splits of the tree at hand, */
    double *pulls;             /* and what the row's answers make of them, */
    uint8_t *answers;          /* and these */
    double *sums;              /* SHAP_LANES per feature */
    double expected;           /* the margin over the training rows */
    double divisor;
};

/* Fills in trees, splits, rules and curves of a shap of which nothing but mem is set; takes all
 * memory. STATUS_NO_MEMORY: to be given to shap_free. O(nodes * depth). */
MUST_CHECK enum status shap_lay_out(struct shap *shap, const struct ensemble *ensemble);

/* The curve of a split behind others on its feature that let by the share `passed`. */
void shap_curve_fill(struct shap_curve *curve, const struct shap_rule *rule, double passed);

/* The rules of a tree: rule_count of them. */
static inline const struct shap_rule *shap_rules(const struct shap *shap, uint32_t rule_count)
{
    return &shap->rules[(size_t)rule_count * (rule_count - 1) / 2];
}

#endif
