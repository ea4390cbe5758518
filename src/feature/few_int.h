#ifndef FEATURE_FEW_INT_H
#define FEATURE_FEW_INT_H

#include "feature/window_int.h"

/* A strand of the row at hand: what belongs to it, in order and without gaps. */
struct strip {
    uint64_t stamp;                         /* of the glance it was laid out for */
    uint32_t count;
    bool dense;                             /* every event belongs; places and events are unset */
    uint8_t places[SMALL_EVENTS_MAX + 1];   /* how many of the first k events belong */
    uint8_t events[SMALL_EVENTS_MAX];       /* which event each is */
    int64_t orders[SMALL_EVENTS_MAX];       /* the values, see value_order */
    int64_t sums[SMALL_EVENTS_MAX + 1];     /* of the first k values */
};

/* Answers windows of a small row: ret_values[w] and ret_present[w] for each w in `windows`. */
void few_read(const struct glance *glance, const struct reading *readings,
              const uint16_t *windows, uint32_t count, union feature_value *ret_values,
              bool *ret_present);

#endif
