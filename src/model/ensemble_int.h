#ifndef MODEL_ENSEMBLE_INT_H
#define MODEL_ENSEMBLE_INT_H

#include "model/ensemble.h"

/* An ensemble while a reader makes it. */
struct build {
    struct arena *arena;        /* receives the result */
    struct diag *diag;
    struct ensemble ensemble;   /* all but the arrays below, set by the reader */
    bool *categorical;          /* feature_count, in the arena; set by the reader or by splits */
    struct ensemble_tree *trees;
    struct ensemble_node *nodes;
    uint32_t *sets;
    uint64_t *seen;             /* nodes of the tree at hand that have a parent: a bit each */
    size_t tree_capacity;
    size_t node_capacity;
    size_t set_capacity;
    size_t seen_capacity;
};

/* A tree of a file, whose nodes have numbers there in any order; number 0 is the root. */
struct build_source {
    uint32_t node_count;
    uint32_t unused_count;     /* of them, those that are nobody's child */
    /* Reads node `id`; left and right are the file's numbers, or left is ENSEMBLE_LEAF. They need
     * not be in range. A failure has its diag. */
    enum status (*read)(const struct build_source *source, struct build *build, uint32_t id,
                        struct ensemble_node *ret_node);
};

/* Starts an ensemble of `feature_count` features with identity link, no base and no trees; frees
 * with build_done, after failures too. */
MUST_CHECK enum status build_init(struct build *build, uint32_t feature_count, struct arena *arena,
                                  struct diag *diag);

/* Frees what is not in the arena. */
void build_done(struct build *build);

/* Adds a tree: its nodes in preorder, those that are used. */
MUST_CHECK enum status build_tree(struct build *build, const struct build_source *source);

/* Adds `count` zeroed words to the sets and gives the index of the first. */
MUST_CHECK enum status build_words(struct build *build, uint32_t count, uint32_t *ret_first);

/* Copies everything to the arena and checks it. */
MUST_CHECK enum status build_finish(struct build *build, struct ensemble *ret_ensemble);

/* Says what is wrong with node `id` of the tree at hand; returns STATUS_INVALID. */
enum status build_refuse(const struct build *build, uint32_t id, const char *what);

/* What is wrong with a node as far as it can be said without the others, or NULL. */
const char *node_fault(const struct ensemble_node *node, uint32_t feature_count);

/* Whether a node asks for a category. */
bool node_is_set(const struct ensemble_node *node);

/* Refuses a count above its limit, with STATUS_LIMIT. */
MUST_CHECK enum status count_check(struct diag *diag, uint64_t count, const char *what,
                                   uint32_t count_max);

#endif
