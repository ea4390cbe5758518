/* One idea: the values of a window are kept as a multiset that slides along with its
 * window, forth and, for a late read, back.
 *
 * 1. A group holds exactly the values of its class at positions [begin, end), symbols that are
 *    missing left out. */
#include "feature/group_int.h"

#include "base/assert.h"

static const int64_t *logs_of(const struct table *table, uint16_t group)
{
    return table->groups[group].entropy ? table->power_logs : NULL;
}

void groups_init(const struct table *table, struct big *big)
{
    for (uint16_t i = 0; i < table->group_count; i++) {
        struct group_cache *cache = &big->groups[i];
        *cache = (struct group_cache){.begin = 0};
        census_init(&cache->census, table->pool->units.mem, table->salt);
        order_init(&cache->order, table->pool);
    }
}

void groups_start(const struct table *table, struct row *row)
{
    for (uint16_t i = 0; i < table->group_count; i++)
        row->big->groups[i].begin = row->big->groups[i].end = row->big->first;
}

static void reset(const struct table *table, struct big *big, uint16_t group, uint32_t position)
{
    struct group_cache *cache = &big->groups[group];
    if (table->groups[group].ordered)
        order_clear(&cache->order);
    else
        census_clear(&cache->census);
    cache->values = 0;
    cache->begin = position;
    cache->end = position;
}

void groups_clear(const struct table *table, struct big *big)
{
    for (uint16_t i = 0; i < table->group_count; i++)
        reset(table, big, i, 0);
}

void groups_done(const struct table *table, struct big *big)
{
    for (uint16_t i = 0; i < table->group_count; i++) {
        census_done(&big->groups[i].census);
        order_done(&big->groups[i].order);
    }
}

static bool reserve(const struct table *table, struct big *big, uint16_t group, uint32_t extra)
{
    struct group_cache *cache = &big->groups[group];
    return table->groups[group].ordered ? order_reserve(&cache->order, extra)
                                        : census_reserve(&cache->census, extra);
}

bool groups_reserve(const struct table *table, struct big *big, uint32_t extra)
{
    for (uint16_t i = 0; i < table->group_count; i++)
        if (!reserve(table, big, i, extra))
            return false;
    return true;
}

uint64_t groups_bytes(const struct table *table, const struct big *big)
{
    uint64_t sum = table->group_count * sizeof(struct group_cache);
    for (uint16_t i = 0; i < table->group_count; i++)
        sum += big->groups[i].census.room * sizeof(struct census_slot) +
               order_bytes(&big->groups[i].order);
    return sum;
}

static bool belongs(const struct table *table, const struct group *group, uint32_t classes,
                    uint64_t value)
{
    return (classes >> group->class_index & 1) != 0 && run_has_value(table, group->column, value);
}

static void add(const struct table *table, struct big *big, uint16_t group, uint64_t value)
{
    struct group_cache *cache = &big->groups[group];
    const struct group *g = &table->groups[group];
    cache->values++;
    if (g->ordered)
        order_add(&cache->order, value_order(table->spec->columns[g->column].type, value));
    else
        census_add(&cache->census, logs_of(table, group), value);
}

static void drop(const struct table *table, struct big *big, uint16_t group, uint64_t value)
{
    struct group_cache *cache = &big->groups[group];
    const struct group *g = &table->groups[group];
    cache->values--;
    if (g->ordered)
        order_remove(&cache->order, value_order(table->spec->columns[g->column].type, value));
    else
        census_remove(&cache->census, logs_of(table, group), value);
}

void groups_insert(const struct table *table, struct row *row, uint32_t rank,
                   const struct item *item)
{
    struct big *big = row->big;
    for (uint16_t i = 0; i < table->group_count; i++) {
        struct group_cache *cache = &big->groups[i];
        const struct group *g = &table->groups[i];
        if (rank >= cache->end - big->first)
            continue;
        cache->end++;
        if (rank < cache->begin - big->first)
            cache->begin++;
        else if (belongs(table, g, item->classes, item->values[g->column]))
            add(table, big, i, item->values[g->column]);
    }
}

void groups_drop(const struct table *table, struct row *row, const struct item *item)
{
    struct big *big = row->big;
    for (uint16_t i = 0; i < table->group_count; i++) {
        struct group_cache *cache = &big->groups[i];
        const struct group *g = &table->groups[i];
        if (cache->begin != big->first)
            continue;
        if (cache->end == cache->begin)
            cache->end++;
        else if (belongs(table, g, item->classes, item->values[g->column]))
            drop(table, big, i, item->values[g->column]);
        cache->begin++;
    }
}

/* Adds or drops the values of ranks [from, to), moving *edge towards `to` as it goes. */
static bool cross(const struct table *table, struct row *row, uint16_t group, uint32_t from,
                  uint32_t to, bool adds)
{
    const struct group *g = &table->groups[group];
    struct span span = {from, to, NONE};
    struct piece piece;
    while (row_piece(table, row, &span, &piece)) {
        if (adds && table->groups[group].ordered == false &&
            !reserve(table, row->big, group, piece.j - piece.i))
            return false;
        for (uint32_t k = piece.i; k < piece.j; k++) {
            uint64_t value = run_value(table, piece.run, g->column, k);
            if (!belongs(table, g, run_classes(table, piece.run, k), value))
                continue;
            if (!adds)
                drop(table, row->big, group, value);
            else if (!g->ordered || reserve(table, row->big, group, 1))
                add(table, row->big, group, value);
            else
                return false;
        }
    }
    return true;
}

/* Moves to ranks [begin, end). When memory fails half way the group is emptied, which is whole. */
static bool move(const struct table *table, struct row *row, uint16_t group, uint32_t begin,
                 uint32_t end)
{
    struct big *big = row->big;
    struct group_cache *cache = &big->groups[group];
    uint32_t from = cache->begin - big->first;
    uint32_t to = cache->end - big->first;
    if (begin >= to || end <= from) {
        reset(table, big, group, big->first + begin);
        from = begin;
        to = begin;
    }
    bool done = (begin >= from || cross(table, row, group, begin, from, true)) &&
                (end <= to || cross(table, row, group, to, end, true)) &&
                (begin <= from || cross(table, row, group, from, begin, false)) &&
                (end >= to || cross(table, row, group, end, to, false));
    if (!done) {
        reset(table, big, group, big->first + begin);
        return false;
    }
    cache->begin = big->first + begin;
    cache->end = big->first + end;
    return true;
}

bool group_prepare(const struct table *table, struct row *row, const struct reading *reading,
                   uint32_t begin, uint32_t end, uint32_t extra)
{
    if (row->big == NULL)
        return true;
    return move(table, row, reading->group, begin, begin < end ? end : begin) &&
           reserve(table, row->big, reading->group, extra);
}

uint32_t quantile_rank(double q, uint32_t count)
{
    uint32_t rank = (uint32_t)(q * count);
    while (rank > 0 && (double)rank >= q * count)
        rank--;
    while ((double)(rank + 1) < q * count)
        rank++;
    return rank < count ? rank : count - 1;
}

double entropy_of(const int64_t *power_logs, uint32_t count, int64_t log_sum)
{
    int64_t spread = power_log(power_logs, count) - log_sum;
    return (double)spread / POWER_LOG_UNIT / (double)count;
}

bool group_read(const struct table *table, struct row *row, const struct reading *reading,
                uint32_t begin, uint32_t end,
                union feature_value *ret_value)
{
    bool ready = move(table, row, reading->group, begin, begin < end ? end : begin);
    ASSERT(ready);
    struct group_cache *cache = &row->big->groups[reading->group];
    if (reading->fn == FEATURE_DISTINCT) {
        ret_value->i64 = cache->census.used;
        return true;
    }
    if (cache->values == 0)
        return false;
    if (reading->fn == FEATURE_ENTROPY) {
        ret_value->f64 = entropy_of(table->power_logs, cache->values, cache->census.log_sum);
        return true;
    }
    int64_t order = order_at(&cache->order, quantile_rank(reading->parameter, cache->values));
    ret_value->i64 = reading->type == FEATURE_F64 ? value_order(reading->type, (uint64_t)order)
                                                  : order;
    return true;
}
