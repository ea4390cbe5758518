/* One idea: rows are sorted by 64-bit keys with counting passes, which are stable and need nothing
 * from the C library, so that the order of equal rows is the same everywhere. */
#include "model/sort_int.h"

#include <stdbool.h>

#include "base/assert.h"

#define DIGITS 256

enum status sort_init(struct sort_table *table, struct mem *mem, size_t count)
{
    struct sort_item *items =
        count > SIZE_MAX / 2 ? NULL : mem_array(mem, NULL, 0, 2 * count, sizeof *items);
    if (items == NULL && count > 0)
        return STATUS_NO_MEMORY;
    *table = (struct sort_table){mem, items, count};
    return STATUS_OK;
}

void sort_done(struct sort_table *table)
{
    if (table->items != NULL)
        mem_free(table->mem, table->items, 2 * table->count * sizeof *table->items);
    *table = (struct sort_table){0};
}

/* Counts a digit of all keys, as where its items begin; false when all keys share it. */
static bool begin_digit(const struct sort_item *items, size_t count, unsigned shift,
                        size_t begins[DIGITS])
{
    memset(begins, 0, DIGITS * sizeof *begins);
    for (size_t i = 0; i < count; i++)
        begins[items[i].key >> shift & (DIGITS - 1)]++;
    if (begins[items[0].key >> shift & (DIGITS - 1)] == count)
        return false;
    size_t begin = 0;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t here = begins[digit];
        begins[digit] = begin;
        begin += here;
    }
    return true;
}

void sort_slice(struct sort_table *table, size_t first, size_t count)
{
    ASSERT(first <= table->count && count <= table->count - first);
    size_t begins[DIGITS];
    if (count < 2)
        return;
    struct sort_item *from = table->items + first;
    struct sort_item *to = table->items + table->count + first;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (!begin_digit(from, count, shift, begins))
            continue;
        for (size_t i = 0; i < count; i++)
            to[begins[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
        struct sort_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != table->items + first)
        memcpy(table->items + first, from, count * sizeof *from);
}
