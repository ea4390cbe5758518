#ifndef MODEL_SHAP_H
#define MODEL_SHAP_H

#include "base/mem.h"
#include "base/status.h"
#include "model/ensemble.h"

/* Why a margin is what it is: exact path-dependent SHAP values of a tree ensemble (Lundberg, Erion
 * and Lee, arXiv 1802.03888), in microseconds by tables built once (Yang, "Fast TreeSHAP", arXiv
 * 2109.09847, and DESIGN section 7). */

struct shap;

/* Builds the tables of a checked ensemble, of which nothing is kept.
 * STATUS_LIMIT with a diag: the tables would take more memory than `table_bytes_max` (0: as many as
 * they need); STATUS_NO_MEMORY. */
MUST_CHECK enum status shap_new(const struct ensemble *ensemble, struct mem *mem,
                                struct shap **ret_shap, struct diag *diag);

/* Frees; NULL is allowed. */
void shap_free(struct shap *shap);

/* How much each feature adds to the margin of a row.
 * row: feature_count doubles, NAN where missing. ret_contributions: feature_count + 1 doubles: of
 * each feature, and last the expected margin over the training rows; they sum to the margin.
 * Allocates nothing; one thread at a time per shap. */
void shap_explain(struct shap *shap, const double *row, double *ret_contributions);

#endif
