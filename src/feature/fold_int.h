#ifndef FEATURE_FOLD_INT_H
#define FEATURE_FOLD_INT_H

#include "feature/row_int.h"

/* What a row keeps of events that were dropped, for windows without a beginning. */

/* What a fold's words behind its count add up. */
static inline struct measure fold_measure(const struct fold *fold, enum feature_type type)
{
    return (struct measure){.class_index = fold->class_index, .column = fold->column,
                            .square = fold->square, .type = type};
}

/* An empty fold. */
void fold_init(const struct table *table, uint64_t *words);

/* Folds in an event that is about to be dropped; events come in order of time, or later. */
void fold_event(const struct table *table, struct row *row, const struct item *item);

#endif
