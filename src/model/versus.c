/* One idea: rows sorted by day and then by falling score, so that every budget of alerts is a
 * prefix of each day. */
#include "model/versus.h"

#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "model/sort_int.h"

/* The curve's points per multiple of the rules' alerts. */
#define POINTS_PER_MULTIPLE ((VERSUS_POINTS - 1) / 2)

static void alert(struct versus_side *side, const struct versus_rows *rows, size_t row)
{
    side->alerts++;
    if (!rows->truths[row])
        return;
    side->caught++;
    if (rows->amounts_minor != NULL)
        side->caught_minor = money_add(side->caught_minor, rows->amounts_minor[row]);
}

static void count_strengths(const struct versus_rows *rows, struct versus *versus)
{
    for (size_t i = 0; i < rows->count; i++) {
        ASSERT(rows->strengths[i] < VERSUS_STRENGTHS_MAX);
        for (unsigned s = 0; s <= rows->strengths[i]; s++)
            alert(&versus->at_least[s], rows, i);
    }
    versus->all = versus->at_least[0];
    versus->rules = versus->at_least[1];
}

/* All rows, by falling score: as if there were one long day. */
static void count_all(const struct versus_rows *rows, const struct sort_item *items,
                      struct versus *versus)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (i < versus->rules.alerts)
            alert(&versus->threshold, rows, items[i].row);
        if (versus->matching.caught < versus->rules.caught)
            alert(&versus->matching, rows, items[i].row);
    }
}

/* One day's rows, by falling score. */
static void count_day(const struct versus_rows *rows, const struct sort_item *items, size_t count,
                      uint8_t keep, struct versus *versus)
{
    size_t budget = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        budget += rows->strengths[items[i].row] > 0;
        kept += rows->strengths[items[i].row] >= keep;
    }
    size_t free_alerts = budget - kept;
    for (size_t i = 0; i < count; i++) {
        size_t row = items[i].row;
        if (i < budget)
            alert(&versus->model, rows, row);
        if (rows->strengths[row] >= keep) {
            alert(&versus->both, rows, row);
        } else if (free_alerts > 0) {
            alert(&versus->both, rows, row);
            free_alerts--;
        }
        /* Rounded: point p takes the first (p * budget + half) / POINTS_PER_MULTIPLE rows. */
        for (size_t p = VERSUS_POINTS; p-- > 0;) {
            if (i >= (p * budget + POINTS_PER_MULTIPLE / 2) / POINTS_PER_MULTIPLE)
                break;
            alert(&versus->curve[p], rows, row);
        }
    }
}

enum status versus_count(const struct versus_rows *rows, uint8_t keep, struct mem *mem,
                         struct versus *ret_versus)
{
    struct sort_table table;
    struct versus versus;
    memset(&versus, 0, sizeof versus);
    ASSERT(keep >= 1);
    enum status status = sort_init(&table, mem, rows->count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < rows->count; i++)
        table.items[i] = (struct sort_item){sort_key_falling(rows->scores[i]), (uint32_t)i};
    sort_slice(&table, 0, rows->count);
    count_strengths(rows, &versus);
    count_all(rows, table.items, &versus);
    for (size_t i = 0; i < rows->count; i++)
        table.items[i].key = (uint64_t)((int64_t)rows->days[table.items[i].row] - INT32_MIN);
    sort_slice(&table, 0, rows->count);
    for (size_t first = 0, end; first < rows->count; first = end) {
        for (end = first + 1; end < rows->count && table.items[end].key == table.items[first].key;)
            end++;
        count_day(rows, table.items + first, end - first, keep, &versus);
    }
    sort_done(&table);
    *ret_versus = versus;
    return STATUS_OK;
}
