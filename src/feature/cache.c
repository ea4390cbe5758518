/* One idea: everything a big row remembers between reads hears of every insertion and of every
 * drop, and may forget nothing else. */
#include "feature/cache_int.h"

#include "feature/cursor_int.h"
#include "feature/group_int.h"
#include "feature/peak_int.h"

void cache_done(const struct table *table, struct big *big)
{
    groups_done(table, big);
}

void cache_clear(const struct table *table, struct big *big)
{
    memset(big_peaks(table, big), 0, table->peak_count * sizeof(struct peak_cache));
    groups_clear(table, big);
}

void cache_start(const struct table *table, struct row *row)
{
    cursors_start(table, row);
    groups_start(table, row);
}

bool cache_reserve(const struct table *table, struct big *big, uint32_t extra)
{
    return groups_reserve(table, big, extra);
}

void cache_insert(const struct table *table, struct row *row, uint32_t rank,
                  const struct item *item)
{
    cursors_insert(table, row->big, item);
    peaks_insert(table, row->big, rank, item);
    groups_insert(table, row, rank, item);
}

bool cache_waits(const struct table *table, const struct big *big, int64_t line_ms)
{
    return cursors_wait(table, big, line_ms) || peaks_wait(table, big) || groups_wait(table, big);
}

void cache_drop(const struct table *table, struct row *row, const struct item *item)
{
    cursors_drop(table, row->big, item);
    peaks_drop(table, row->big, item);
    groups_drop(table, row, item);
}

uint64_t cache_bytes(const struct table *table, const struct big *big)
{
    return groups_bytes(table, big);
}
