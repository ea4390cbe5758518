#ifndef FEATURE_FOLD_INT_H
#define FEATURE_FOLD_INT_H

#include "feature/row_int.h"

/* What a row keeps of events that were dropped, for windows without a beginning. */

/* An empty fold. */
void fold_init(const struct table *table, uint64_t *words);

/* Folds in an event that is about to be dropped; events come in order of time, or later. */
void fold_event(const struct table *table, struct row *row, const struct item *item);

#endif
