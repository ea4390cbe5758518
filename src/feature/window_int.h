#ifndef FEATURE_WINDOW_INT_H
#define FEATURE_WINDOW_INT_H

#include "feature/sequence_int.h"

/* A row as it is seen at one time: where its bounds are, and what lies before them. */
struct glance {
    const struct table *table;
    struct row *row;
    int64_t at_ms;
    uint32_t *ranks;      /* per bound */
    struct place *places; /* per bound, of a big row */
    struct strip *strips; /* per strand, of a small row; shared by all glances */
    uint64_t stamp;       /* no other glance has the same */
    uint32_t shared_classes; /* of a small row: every event belongs to them */
};

/* Finds all bounds. table, row, at_ms, ranks and places are set; valid until the row changes. */
void glance_find(struct glance *glance);

/* The same after one event at the glance's time has gone into a big row, `dropped` events out of
 * reach have left it, and it has stayed big. */
void glance_move(struct glance *glance, uint32_t dropped);

/* Answers one window; false when its value is missing. Groups must be ready, see group_int.h. */
bool window_read(const struct glance *glance, const struct reading *reading,
                 union feature_value *ret_value);

/* Answers windows of a big row: ret_values[w] and ret_present[w] for each w in `windows`. */
void windows_read(const struct glance *glance, const struct reading *readings,
                  const uint16_t *windows, uint32_t count, union feature_value *ret_values,
                  bool *ret_present);

#endif
