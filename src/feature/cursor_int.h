#ifndef FEATURE_CURSOR_INT_H
#define FEATURE_CURSOR_INT_H

#include "feature/sequence_int.h"

/* The cursors of a big row's bounds. */

/* Finds all bounds of a big row for a reading time; the cursors move there unless it is earlier
 * than what they have seen. ret_places: a bound that is not at its cursor has its place there. */
void cursors_find(const struct table *table, struct row *row, int64_t at_ms, uint32_t *ret_ranks,
                  struct place *ret_places);

/* The same after an event at that time, earlier than what they have seen, has gone in; `dropped`:
 * and others have left. */
void cursors_find_again(const struct table *table, const struct row *row, int64_t at_ms,
                        bool dropped, uint32_t *ret_ranks, struct place *ret_places);

void cursors_start(const struct table *table, struct row *row);
void cursors_insert(const struct table *table, struct big *big, const struct item *item);
/* Whether some cursor may stand before events at or before line_ms, and must hear of their drop. */
static inline bool cursors_wait(const struct table *table, const struct big *big, int64_t line_ms)
{
    return line_ms > big->seen_ms - table->reach_ms;
}
/* Before the event of rank 0, `item`, is dropped. */
void cursors_drop(const struct table *table, struct big *big, const struct item *item);

/* Starts the memory fetches of what the cursors will step over. */
void cursors_prefetch(const struct table *table, const struct big *big);

#endif
