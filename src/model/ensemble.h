#ifndef MODEL_ENSEMBLE_H
#define MODEL_ENSEMBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/status.h"
#include "base/view.h"
#include "codec/tree.h"

/*
 * A tree ensemble in its plain form: what every reader of a model file produces, and what the
 * scorer, the explanation and the report of a model are built from. A row is one double per
 * feature; NAN is a missing value.
 *
 * In a checked ensemble every index is in range, the nodes of a tree form a tree whose root is its
 * first node, children lie behind their parent, thresholds are no NAN, leaves are finite, and all
 * limits below hold. Readers give checked ensembles only; whoever reads one need not check again.
 */

#define ENSEMBLE_FEATURES_MAX 4096
#define ENSEMBLE_TREES_MAX 100000
#define ENSEMBLE_NODES_MAX ((uint32_t)1 << 24)   /* of all trees together */
#define ENSEMBLE_DEPTH_MAX 128                   /* splits between root and leaf */
#define ENSEMBLE_CATEGORIES_MAX 65536            /* of one feature */
#define ENSEMBLE_SET_WORDS_MAX ((uint32_t)1 << 24) /* of all sets of categories together */
#define ENSEMBLE_FILE_BYTES_MAX ((size_t)1 << 30)
#define ENSEMBLE_ZERO_MAX ((double)1e-35f)       /* LightGBM's kZeroThreshold */
#define ENSEMBLE_LEAF UINT32_MAX                 /* `left` of a leaf */

/* How a split asks a value that is not missing. */
enum ensemble_test {
    ENSEMBLE_LESS,          /* left when (float)x < (float)threshold: XGBoost */
    ENSEMBLE_LESS_EQUAL,    /* left when x <= threshold, in doubles: LightGBM */
    ENSEMBLE_IN_SET_LEFT,   /* left when x without its fraction is in the set: LightGBM */
    ENSEMBLE_IN_SET_RIGHT,  /* right when (float)x without its fraction is: XGBoost, to which all
                               below 0 are in no set */
};

/* Which values a split sends its default way: LightGBM has three kinds of missing. */
enum ensemble_missing {
    ENSEMBLE_MISSING_NAN,   /* NAN */
    ENSEMBLE_MISSING_ZERO,  /* NAN and all |x| <= ENSEMBLE_ZERO_MAX */
    ENSEMBLE_MISSING_NONE,  /* nothing; NAN counts as 0 */
};

struct ensemble_node {
    double threshold;        /* of a numeric split */
    double value;            /* of a leaf: its output, shrinkage and weights included */
    double cover;            /* weight of the training rows that came here: at least 0 */
    uint32_t left;           /* index into ensemble.nodes, or ENSEMBLE_LEAF */
    uint32_t right;
    uint32_t set_first;      /* of a categorical split: its first word in ensemble.sets ... */
    uint32_t set_word_count; /* ... and how many; a category beyond them is not in the set */
    uint16_t feature;
    uint8_t test;            /* enum ensemble_test */
    uint8_t missing;         /* enum ensemble_missing */
    bool default_left;
};

struct ensemble_tree {
    uint32_t first_node;     /* its root; its nodes lie together */
    uint32_t node_count;
    uint32_t depth;          /* 0: a lone leaf */
};

/* What turns the margin into what the model predicts. */
enum ensemble_link {
    ENSEMBLE_IDENTITY,
    ENSEMBLE_LOGISTIC,       /* 1 / (1 + e^(-slope * margin)) */
};

struct ensemble {
    uint32_t feature_count;
    const struct view *feature_names; /* feature_count, or NULL when the file names none */
    const bool *categorical;          /* feature_count: asked as a category */
    uint32_t tree_count;
    const struct ensemble_tree *trees;
    uint32_t node_count;
    const struct ensemble_node *nodes;
    uint32_t set_word_count;
    const uint32_t *sets;             /* bit c % 32 of word c / 32: category c */
    double base_margin;               /* the margin is this plus the leaves' values, in order of
                                         the trees, in doubles */
    double divisor;                   /* the leaves' sum is divided by it: 1, or the number of
                                         trees of an averaging forest, whose library gives its raw
                                         margin undivided */
    enum ensemble_link link;
    double slope;                     /* of the logistic link; 1 but for LightGBM's `sigmoid` */
};

/* Checks everything that the head of this file promises of a checked ensemble, and fills in the
 * trees' depths (trees and nodes are writable while an ensemble is being read).
 * mem: lends a bit for each node.
 * STATUS_INVALID or STATUS_LIMIT with a diag that names tree and node; trees are counted from 0,
 * nodes from 0 in their tree. STATUS_NO_MEMORY. Cost: O(nodes). */
MUST_CHECK enum status ensemble_check(struct ensemble *ensemble, struct ensemble_tree *trees,
                                      const struct ensemble_node *nodes, struct mem *mem,
                                      struct diag *diag);

/* Which leaf of tree `tree` a row falls into: an index into ensemble.nodes. row: feature_count
 * doubles. The definition that faster code is tested against. O(depth); pure; any thread. */
uint32_t ensemble_leaf(const struct ensemble *ensemble, uint32_t tree, const double *row);

/* The margin of a row: base_margin + (sum of the leaves) / divisor. O(trees * depth); pure. */
double ensemble_margin(const struct ensemble *ensemble, const double *row);

/* Readers of model files. bytes: the file, hostile; everything of the ensemble is copied to
 * `arena`, whose bound limits what a file can make of itself. STATUS_INVALID: not such a file, or
 * a model that has no place in struct ensemble (several classes or outputs, linear boosters, linear
 * leaves), with a diag that names the byte, field, tree or node and the reason; STATUS_LIMIT;
 * STATUS_NO_MEMORY. The arena may hold parts of it after a failure. Linear in the bytes. */

/* XGBoost's JSON, of versions 1.7 to 3.x; gbtree and dart boosters. All trees of the file count, as
 * in XGBoost's own Booster.predict, also behind the `best_iteration` of early stopping: who wants
 * those before it only saves booster[:best_iteration + 1]. */
MUST_CHECK enum status ensemble_read_xgboost_json(struct view bytes, struct arena *arena,
                                                  struct ensemble *ret_ensemble,
                                                  struct diag *diag);

/* XGBoost's JSON as part of a document: `root` is the object that would be the whole file. */
MUST_CHECK enum status ensemble_read_xgboost(const struct tree_value *root, struct arena *arena,
                                             struct ensemble *ret_ensemble, struct diag *diag);

/* XGBoost's UBJ (Universal Binary JSON), of versions 1.7 to 3.x. */
MUST_CHECK enum status ensemble_read_xgboost_ubj(struct view bytes, struct arena *arena,
                                                 struct ensemble *ret_ensemble, struct diag *diag);

/* LightGBM's text, versions v3 and v4. */
MUST_CHECK enum status ensemble_read_lightgbm(struct view bytes, struct arena *arena,
                                              struct ensemble *ret_ensemble, struct diag *diag);

#endif
