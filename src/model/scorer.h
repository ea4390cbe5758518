#ifndef MODEL_SCORER_H
#define MODEL_SCORER_H

#include "base/mem.h"
#include "base/status.h"
#include "model/ensemble.h"

/* A tree ensemble laid out for one row at a time, in nanoseconds per tree. */

struct scorer;

/* Lays out a checked ensemble, of which nothing is kept. STATUS_NO_MEMORY. O(nodes). */
MUST_CHECK enum status scorer_new(const struct ensemble *ensemble, struct mem *mem,
                                  struct scorer **ret_scorer);

/* Frees; NULL is allowed. */
void scorer_free(struct scorer *scorer);

/* The margin of a row, equal to ensemble_margin to the bit. row: feature_count doubles, any values,
 * NAN where missing. Allocates nothing. One thread at a time per scorer (it has room for a row). */
double scorer_margin(struct scorer *scorer, const double *row);

/* The leaves of a row, one per tree, as ensemble_leaf gives them. ret_leaves: tree_count; else as
 * scorer_margin. */
void scorer_leaves(struct scorer *scorer, const double *row, uint32_t *ret_leaves);

#endif
