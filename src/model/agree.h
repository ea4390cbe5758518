#ifndef MODEL_AGREE_H
#define MODEL_AGREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"

/* How far two models say the same of the same rows. */

struct agree_rows {
    size_t count;
    const double *a;      /* scores of the one, no NAN */
    const double *b;      /* of the other */
    const bool *truths;
};

struct agree {
    double correlation;       /* Pearson's, of the scores; NAN where one of them never changes */
    double rank_correlation;  /* Spearman's: Pearson's of the ranks, equal scores sharing the mean
                                 of theirs (Spearman: "The proof and measurement of association
                                 between two things", American Journal of Psychology 15, 1904) */
    double psi;               /* of the scores, in bins made from those of `a` (histogram.h) */
    uint64_t rows[2][2];      /* [a flags][b flags]: rows at or above the threshold */
    uint64_t bad[2][2];       /* of them, those that are bad */
};

/* Compares two columns of scores. threshold: what both flag by.
 * mem: 96 bytes a row while it runs. STATUS_LIMIT: more rows than histogram.h takes;
 * STATUS_NO_MEMORY. Linear. */
MUST_CHECK enum status agree_measure(const struct agree_rows *rows, double threshold,
                                     struct mem *mem, struct agree *ret_agree);

#endif
