/* One idea: sorting is stable, so rows in the order of falling scores that are sorted once more by
 * their day, or by day and entity, give each day's ranking and each entity's highest score. */
#include "base/assert.h"
#include "model/measure_int.h"

/* Keys that rise as days do. */
static uint64_t day_key(int32_t day)
{
    return (uint32_t)day ^ (uint32_t)1 << 31;
}

enum status measure_at_capacity(const struct measure_rows *rows, const int32_t *days, size_t k,
                                struct mem *mem, struct measure_review *ret_review,
                                struct diag *diag)
{
    ASSERT(k >= 1);
    struct sort_table table;
    struct measure_review review = {0};
    enum status status = measure_check_rows(rows, diag);
    if (status == STATUS_OK)
        status = measure_check_classes(rows, diag);
    if (status == STATUS_OK)
        status = sort_init(&table, mem, rows->row_count);
    if (status != STATUS_OK)
        return status;
    measure_sort(rows, &table);
    for (size_t i = 0; i < table.count; i++)
        table.items[i].key = days == NULL ? 0 : day_key(days[table.items[i].row]);
    sort_slice(&table, 0, table.count);
    size_t positive_count = 0;
    size_t of_day = 0;
    for (size_t i = 0; i < table.count; i++) {
        uint32_t row = table.items[i].row;
        if (i == 0 || table.items[i].key != table.items[i - 1].key) {
            review.day_count++;
            of_day = 0;
        }
        positive_count += rows->truths[row];
        if (of_day++ >= k)
            continue;
        review.review_count++;
        review.hit_count += rows->truths[row];
        if (rows->truths[row] && rows->amounts_minor != NULL)
            review.hit_minor += rows->amounts_minor[row];
    }
    sort_done(&table);
    review.precision = (double)review.hit_count / (double)review.review_count;
    review.recall = (double)review.hit_count / (double)positive_count;
    *ret_review = review;
    return STATUS_OK;
}

/* The rows of one entity on one day become one item: the row of its highest score, and whether it
 * has a positive. Returns how many items there are, in the order of days and entities. */
static size_t merge_entities(const struct measure_rows *rows, struct sort_table *table,
                             bool *positive)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct sort_item item = table->items[i];
        if (i == 0 || item.key != table->items[count - 1].key) {
            table->items[count] = item;
            positive[item.row] = false;
            count++;
        }
        positive[table->items[count - 1].row] |= rows->truths[item.row];
    }
    return count;
}

/* Adds one day's hits among its k highest entities that were not caught before, and marks them. */
static size_t count_hits(const struct sort_item *items, size_t count, size_t k,
                         const uint32_t *entities, const bool *positive, bool *caught)
{
    size_t taken = 0;
    size_t hit_count = 0;
    for (size_t i = 0; i < count && taken < k; i++) {
        uint32_t entity = entities[items[i].row];
        if (caught[entity])
            continue;
        taken++;
        if (positive[items[i].row]) {
            caught[entity] = true;
            hit_count++;
        }
    }
    return hit_count;
}

/* The sum of all days' hits and the number of days. */
static size_t walk_days(const struct measure_rows *rows, const struct measure_entities *about,
                        size_t k, struct sort_table *table, bool *positive, bool *caught,
                        size_t *ret_day_count)
{
    size_t count = merge_entities(rows, table, positive);
    size_t hit_count = 0;
    size_t day_count = 0;
    for (size_t first = 0, end; first < count; first = end) {
        int32_t day = about->days[table->items[first].row];
        for (end = first; end < count && about->days[table->items[end].row] == day; end++)
            table->items[end].key = sort_key_falling(rows->scores[table->items[end].row]);
        sort_slice(table, first, end - first);
        hit_count += count_hits(table->items + first, end - first, k, about->entities, positive,
                                caught);
        day_count++;
    }
    *ret_day_count = day_count;
    return hit_count;
}

enum status measure_entity_precision(const struct measure_rows *rows,
                                     const struct measure_entities *about, size_t k,
                                     struct mem *mem, double *ret_precision, struct diag *diag)
{
    ASSERT(k >= 1);
    struct sort_table table;
    size_t entity_count = 0;
    size_t day_count = 0;
    enum status status = measure_check_rows(rows, diag);
    if (status == STATUS_OK)
        status = sort_init(&table, mem, rows->row_count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < rows->row_count; i++)
        if (about->entities[i] >= entity_count)
            entity_count = (size_t)about->entities[i] + 1;
    bool *positive = mem_zeroed(mem, rows->row_count);
    bool *caught = mem_zeroed(mem, entity_count);
    status = positive == NULL || caught == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK) {
        measure_sort(rows, &table);
        for (size_t i = 0; i < table.count; i++) {
            uint32_t row = table.items[i].row;
            table.items[i].key = day_key(about->days[row]) << 32 | about->entities[row];
        }
        sort_slice(&table, 0, table.count);
        size_t hit_count = walk_days(rows, about, k, &table, positive, caught, &day_count);
        *ret_precision = (double)hit_count / ((double)k * (double)day_count);
    }
    mem_free(mem, positive, rows->row_count);
    mem_free(mem, caught, entity_count);
    sort_done(&table);
    return status;
}
