#ifndef MODEL_MEASURE_INT_H
#define MODEL_MEASURE_INT_H

#include "model/measure.h"
#include "model/sort_int.h"

/* Refuses no rows, too many, and scores that are NAN. */
MUST_CHECK enum status measure_check_rows(const struct measure_rows *rows, struct diag *diag);

/* Refuses one class only, and amounts of positives that do not add up in 64 bits. */
MUST_CHECK enum status measure_check_classes(const struct measure_rows *rows, struct diag *diag);

/* Puts all rows in the order of falling scores, equal ones as they come. */
void measure_sort(const struct measure_rows *rows, struct sort_table *table);

#endif
