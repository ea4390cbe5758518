#ifndef FEATURE_PEAK_INT_H
#define FEATURE_PEAK_INT_H

#include "feature/sequence_int.h"

/* The least or greatest value of a big row's window as it was last read. */
struct peak_cache {
    uint32_t begin; /* positions */
    uint32_t end;
    int64_t order;
    bool known;     /* false: nothing is known of the range */
    bool any;       /* the range has a value */
};

void peaks_insert(const struct table *table, struct big *big, uint32_t rank,
                  const struct item *item);
/* Whether the event of rank 0 lies in some known range, and its drop must be heard of. */
bool peaks_wait(const struct table *table, const struct big *big);
void peaks_drop(const struct table *table, struct big *big, const struct item *item);

/* Puts into *order the least or greatest value of ranks [begin, end) where it exceeds *order;
 * false when the range has no value. O(1) amortised while the range moves on, O(sqrt(events)) when
 * the extreme has left it. */
bool peak_between(const struct table *table, const struct row *row, uint16_t peak, uint32_t begin,
                  uint32_t end, int64_t *order);

#endif
