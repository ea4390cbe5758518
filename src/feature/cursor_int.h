#ifndef FEATURE_CURSOR_INT_H
#define FEATURE_CURSOR_INT_H

#include "feature/sequence_int.h"

/* The cursors of a big row's bounds; big_bound in sequence_int.h reads them. */

void cursors_start(const struct table *table, struct row *row);
void cursors_insert(const struct table *table, struct big *big, uint32_t rank,
                    const struct item *item);
/* Before the event of rank 0, `item`, is dropped. */
void cursors_drop(const struct table *table, struct row *row, const struct item *item);

/* Starts the memory fetches of what the cursors will step over. */
void cursors_prefetch(const struct table *table, const struct big *big);

#endif
