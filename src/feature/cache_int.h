#ifndef FEATURE_CACHE_INT_H
#define FEATURE_CACHE_INT_H

#include "feature/sequence_int.h"

/* What a big row remembers between reads: where each bound was and the tally before it. */

void cache_done(const struct table *table, struct big *big);
void cache_clear(const struct table *table, struct big *big); /* as new, memory kept */
void cache_start(const struct table *table, struct row *row); /* when the row has become big */
bool cache_reserve(const struct table *table, struct big *big, uint32_t extra);
void cache_insert(const struct table *table, struct row *row, uint32_t rank,
                  const struct item *item);
/* Whether something must hear that the event of rank 0, at or before line_ms, is dropped, before it
 * is. */
bool cache_waits(const struct table *table, const struct big *big, int64_t line_ms);
void cache_drop(const struct table *table, struct row *row, const struct item *item);
/* Besides what lies in the struct big. */
uint64_t cache_bytes(const struct table *table, const struct big *big);

#endif
