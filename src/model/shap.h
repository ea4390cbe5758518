#ifndef MODEL_SHAP_H
#define MODEL_SHAP_H

#include "base/mem.h"
#include "base/status.h"
#include "model/ensemble.h"

/* Why a margin is what it is: exact path-dependent SHAP values of a tree ensemble (Lundberg, Erion
 * and Lee, arXiv 1802.03888), in microseconds. A feature that is not known goes to both sides of
 * its splits, as the training rows did: by the covers of the two sides, evenly where both are 0. */

struct shap;

/* Lays out a checked ensemble, of which nothing is kept. STATUS_NO_MEMORY. O(nodes * depth) time,
 * O(nodes) memory. */
MUST_CHECK enum status shap_new(const struct ensemble *ensemble, struct mem *mem,
                                struct shap **ret_shap);

/* Frees; NULL is allowed. */
void shap_free(struct shap *shap);

/* How much each feature adds to the margin of a row.
 * row: feature_count doubles, NAN where missing. ret_contributions: feature_count + 1 doubles: of
 * each feature, and last the expected margin over the training rows; they sum to the margin.
 * Allocates nothing; one thread at a time per shap. O(nodes), times the number of different
 * features on a path / 8. */
void shap_explain(struct shap *shap, const double *row, double *ret_contributions);

#endif
