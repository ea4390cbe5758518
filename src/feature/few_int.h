#ifndef FEATURE_FEW_INT_H
#define FEATURE_FEW_INT_H

#include "feature/window_int.h"

/* Answers windows of a small row: ret_values[w] and ret_present[w] for each w in `windows`. */
void few_read(const struct glance *glance, const struct reading *readings,
              const uint16_t *windows, uint32_t count, union feature_value *ret_values,
              bool *ret_present);

#endif
