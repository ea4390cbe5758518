/* One idea: everything a big row remembers between reads hears of every insertion and of every
 * drop, and may forget nothing else. */
#include "feature/cache_int.h"

#include "feature/cursor_int.h"
#include "feature/group_int.h"
#include "feature/peak_int.h"

static struct mem *memory(const struct table *table)
{
    return table->pool->units.mem;
}

static size_t cursors_bytes(const struct table *table)
{
    return (size_t)table->bound_count * table->cursor_bytes;
}

static size_t peaks_bytes(const struct table *table)
{
    return table->peak_count * sizeof(struct peak_cache);
}

static size_t group_array_bytes(const struct table *table)
{
    return table->group_count * sizeof(struct group_cache);
}

bool cache_init(const struct table *table, struct big *big)
{
    big->cursors = mem_zeroed(memory(table), cursors_bytes(table));
    big->peaks = mem_zeroed(memory(table), peaks_bytes(table));
    big->groups = mem_zeroed(memory(table), group_array_bytes(table));
    if (big->groups != NULL)
        groups_init(table, big);
    return (big->cursors != NULL || table->bound_count == 0) &&
           (big->peaks != NULL || table->peak_count == 0) &&
           (big->groups != NULL || table->group_count == 0);
}

void cache_done(const struct table *table, struct big *big)
{
    if (big->groups != NULL)
        groups_done(table, big);
    mem_free(memory(table), big->cursors, cursors_bytes(table));
    mem_free(memory(table), big->peaks, peaks_bytes(table));
    mem_free(memory(table), big->groups, group_array_bytes(table));
}

void cache_clear(const struct table *table, struct big *big)
{
    if (big->peaks != NULL)
        memset(big->peaks, 0, peaks_bytes(table));
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
    cursors_insert(table, row->big, rank, item);
    peaks_insert(table, row, rank, item);
    groups_insert(table, row, rank, item);
}

void cache_drop(const struct table *table, struct row *row, const struct item *item)
{
    cursors_drop(table, row, item);
    peaks_drop(table, row, item);
    groups_drop(table, row, item);
}

uint64_t cache_bytes(const struct table *table, const struct big *big)
{
    return cursors_bytes(table) + peaks_bytes(table) + groups_bytes(table, big);
}
