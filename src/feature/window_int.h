#ifndef FEATURE_WINDOW_INT_H
#define FEATURE_WINDOW_INT_H

#include "feature/state_int.h"

/* A row as it is seen at one time: where its bounds are, and what lies before them. */
struct glance {
    const struct feature_state *state;
    const struct table *table;
    struct row *row;
    int64_t at_ms;
};

/* Finds all bounds, in the state's scratch: valid until the next glance or change. */
struct glance glance_at(const struct feature_state *state, const struct table *table,
                        struct row *row, int64_t at_ms);

/* Answers one window; false when its value is missing. Groups must be ready, see group_int.h. */
bool window_read(const struct glance *glance, const struct reading *reading,
                 union feature_value *ret_value);

#endif
