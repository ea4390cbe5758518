#ifndef MODEL_SCORER_INT_H
#define MODEL_SCORER_INT_H

#include "model/columns_int.h"
#include "model/scorer.h"

/* How scorer.c has an ensemble before it; scorer_layout.c lays it out. */

#define SCORER_LANES 8          /* trees that are walked together */
#define SCORER_HEAP_DEPTH_MAX 8 /* deeper ones are never made complete */

struct scorer_node {
    uint64_t key;
    uint32_t child;
    uint32_t column;
};

/* Trees that are walked together: as heaps of one depth, or node by node. */
struct scorer_group {
    uint32_t roots[SCORER_LANES]; /* node by node; of the last group some are the lone leaf */
    uint32_t first_slot;          /* as heaps: of 2^depth slots each */
    uint32_t depth;
    bool is_heap;
    bool has_sets;
};

struct scorer {
    struct mem *mem;
    struct columns columns;
    uint32_t tree_count;
    uint32_t group_count;
    uint32_t node_count;       /* of trees that are walked node by node, and the lone leaf */
    uint32_t slot_count;
    uint32_t set_column_first; /* columns from here on are categories */
    struct scorer_group *groups;
    struct scorer_node *nodes;
    uint64_t *slot_keys;       /* of splits */
    uint32_t *slot_columns;
    double *values;            /* of leaves: of the nodes, then of the slots */
    uint32_t *sources;         /* of the same, their index in the ensemble */
    double base_margin;
    double divisor;
};

#endif
