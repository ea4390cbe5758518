#ifndef MODEL_ISOLATION_INT_H
#define MODEL_ISOLATION_INT_H

#include "model/isolation.h"

/* Fills in c(n), the mean path length of a tree of n rows, for n from 0 to row_count: equation 1
 * of the paper, with its harmonic number summed exactly. paths: row_count + 1 of them; row_count: 1
 * or more. */
void isolation_fill_paths(double *paths, uint32_t row_count);

/* Fills in what follows from the splits of a tree and its leaves' covers: the children's indexes,
 * the splits' covers, the leaves' values and the depth.
 * nodes: all of the ensemble; `left` of a leaf is ENSEMBLE_LEAF, of a split anything else.
 * paths: by isolation_fill_paths, up to the sample; path_all: that of the sample.
 * depths: room for node_count. */
void isolation_finish_tree(struct ensemble_tree *tree, struct ensemble_node *nodes,
                           const double *paths, double path_all, uint8_t *depths);

#endif
