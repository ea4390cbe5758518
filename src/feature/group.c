/* One idea: the values of a short window are looked through; those of a long one are kept as a
 * multiset that slides along with it, forth and, for a late read, back.
 *
 * 1. A group holds exactly the values of its class at positions [begin, end), symbols that are
 *    missing left out.
 * 2. A range gets its census when it is made ready for a read, and loses it so: what happens in
 *    between cannot fail. */
#include "feature/group_int.h"

#include "base/assert.h"

#define SCAN_EVENTS_MAX 128u /* a longer range gets a census */
#define SCAN_EVENTS_AGAIN 32u /* so short a range loses it */

static struct mem *memory(const struct table *table)
{
    return table->pool->units.mem;
}

static const int64_t *logs_of(const struct table *table, uint16_t group)
{
    return table->groups[group].entropy ? table->power_logs : NULL;
}

static void reset(const struct table *table, struct big *big, uint16_t group, uint32_t position)
{
    struct group_cache *cache = &big_groups(table, big)[group];
    if (cache->order != NULL)
        order_clear(cache->order);
    if (cache->mapped)
        census_clear(cache->census);
    cache->values = 0;
    cache->distinct = 0;
    cache->log_sum = 0;
    cache->begin = position;
    cache->end = position;
}

void groups_clear(const struct table *table, struct big *big)
{
    for (uint16_t i = 0; i < table->group_count; i++)
        reset(table, big, i, 0);
}

void groups_start(const struct table *table, struct row *row)
{
    for (uint16_t i = 0; i < table->group_count; i++)
        reset(table, row->big, i, row->big->first);
}

static void drop_census(const struct table *table, struct group_cache *cache)
{
    if (cache->census == NULL)
        return;
    census_done(cache->census);
    mem_free(memory(table), cache->census, sizeof *cache->census);
    cache->census = NULL;
    cache->mapped = false;
}

static void drop_order(const struct table *table, struct group_cache *cache)
{
    if (cache->order == NULL)
        return;
    order_done(cache->order);
    mem_free(memory(table), cache->order, sizeof *cache->order);
    cache->order = NULL;
}

void groups_done(const struct table *table, struct big *big)
{
    for (uint16_t i = 0; i < table->group_count; i++) {
        drop_census(table, &big_groups(table, big)[i]);
        drop_order(table, &big_groups(table, big)[i]);
    }
}

static bool reserve_order(const struct table *table, struct group_cache *cache, uint32_t extra)
{
    if (cache->order == NULL) {
        cache->order = mem_zeroed(memory(table), sizeof *cache->order);
        if (cache->order == NULL)
            return false;
        order_init(cache->order, table->pool);
    }
    return order_reserve(cache->order, extra);
}

/* Room for `extra` more values, as they are kept now. */
static bool reserve(const struct table *table, struct big *big, uint16_t group, uint32_t extra)
{
    struct group_cache *cache = &big_groups(table, big)[group];
    if (table->groups[group].ordered)
        return reserve_order(table, cache, extra);
    return !cache->mapped || census_reserve(cache->census, extra);
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
    uint64_t sum = 0;
    for (uint16_t i = 0; i < table->group_count; i++) {
        const struct group_cache *cache = &big_groups(table, big)[i];
        if (cache->census != NULL)
            sum += sizeof *cache->census + cache->census->room * sizeof(struct census_slot);
        if (cache->order != NULL)
            sum += sizeof *cache->order + order_bytes(cache->order);
    }
    return sum;
}

static bool belongs(const struct table *table, const struct group *group, uint32_t classes,
                    uint64_t value)
{
    return (classes >> group->class_index & 1) != 0 && run_has_value(table, group->column, value);
}

/* How many of the events [i, j) of a run have a value and are of the group's class. */
static uint32_t equal_in_class(const struct table *table, const struct run *run,
                               const struct group *g, uint32_t i, uint32_t j, uint64_t value)
{
    uint32_t equal = tally_equal(table, run, g->column, i, j, value);
    if (table->mask_bytes == 0)
        return equal;
    uint32_t n = 0;
    for (uint32_t k = i; equal > 0; k++) {
        bool same = run_value(table, run, g->column, k) == value;
        equal -= same;
        n += same && run_in_class(table, run, k, g->class_index);
    }
    return n;
}

/* How often a value occurs in the group's class at ranks [from, to). */
static uint32_t occurrences(const struct table *table, const struct row *row,
                            const struct group *g, uint32_t from, uint32_t to, uint64_t value)
{
    const struct big *big = row->big;
    uint32_t at = big_leaf_near(table, big, from, big_cursor(table, big, g->begin)->leaf);
    uint32_t n = 0;
    for (; from < to; at++) {
        const struct leaf *leaf = big_leaf(table, big, at);
        uint32_t first = leaf->position - big->first;
        uint32_t end = first + leaf->run.count < to ? first + leaf->run.count : to;
        n += equal_in_class(table, &leaf->run, g, from - first, end - first, value);
        from = end;
    }
    return n;
}

/* One value more or less in a range that is looked through; with it there are n of its kind. */
static void recount(const struct table *table, struct group_cache *cache, uint16_t group,
                    uint32_t n, bool adds)
{
    uint32_t one = n == 1;
    cache->distinct = adds ? cache->distinct + one : cache->distinct - one;
    if (!table->groups[group].entropy)
        return;
    int64_t step = power_log(table->power_logs, n) - power_log(table->power_logs, n - 1);
    cache->log_sum = adds ? cache->log_sum + step : cache->log_sum - step;
}

/* Counts a value in; it lies, as all others of the range then do, at ranks [from, to). */
static void add(const struct table *table, const struct row *row, uint16_t group, uint32_t from,
                uint32_t to, uint64_t value)
{
    struct group_cache *cache = &big_groups(table, row->big)[group];
    const struct group *g = &table->groups[group];
    cache->values++;
    if (g->ordered)
        order_add(cache->order, value_order(table->spec->columns[g->column].type, value));
    else if (cache->mapped)
        census_add(cache->census, logs_of(table, group), value);
    else
        recount(table, cache, group, occurrences(table, row, g, from, to, value), true);
}

/* Counts a value out; it still lies, as all others of the range do, at ranks [from, to). */
static void drop(const struct table *table, const struct row *row, uint16_t group, uint32_t from,
                 uint32_t to, uint64_t value)
{
    struct group_cache *cache = &big_groups(table, row->big)[group];
    const struct group *g = &table->groups[group];
    cache->values--;
    if (g->ordered)
        order_remove(cache->order, value_order(table->spec->columns[g->column].type, value));
    else if (cache->mapped)
        census_remove(cache->census, logs_of(table, group), value);
    else
        recount(table, cache, group, occurrences(table, row, g, from, to, value), false);
}

/* A range that ends where the event came in takes it in if its windows end now. One that is looked
 * through must not grow while nobody reads it: it starts afresh, and its next read decides. */
void groups_insert(const struct table *table, struct row *row, uint32_t rank,
                   const struct item *item)
{
    struct big *big = row->big;
    for (uint16_t i = 0; i < table->group_count; i++) {
        struct group_cache *cache = &big_groups(table, big)[i];
        const struct group *g = &table->groups[i];
        uint32_t from = cache->begin - big->first;
        uint32_t to = cache->end - big->first;
        if (rank > to || (rank == to && g->end != table->bound_now))
            continue;
        cache->end++;
        if (rank < from)
            cache->begin++;
        else if (!g->ordered && !cache->mapped && to - from >= SCAN_EVENTS_MAX)
            reset(table, big, i, cache->end);
        else if (belongs(table, g, item->classes, item->values[g->column]))
            add(table, row, i, from, to + 1, item->values[g->column]);
    }
}

bool groups_wait(const struct table *table, const struct big *big)
{
    bool wait = false;
    for (uint16_t i = 0; i < table->group_count; i++)
        wait = wait || big_groups(table, big)[i].begin == big->first;
    return wait;
}

void groups_drop(const struct table *table, struct row *row, const struct item *item)
{
    struct big *big = row->big;
    for (uint16_t i = 0; i < table->group_count; i++) {
        struct group_cache *cache = &big_groups(table, big)[i];
        const struct group *g = &table->groups[i];
        if (cache->begin != big->first)
            continue;
        if (cache->end == cache->begin)
            cache->end++;
        else if (belongs(table, g, item->classes, item->values[g->column]))
            drop(table, row, i, 0, cache->end - big->first, item->values[g->column]);
        cache->begin++;
    }
}

/* Events at ranks [from, to) that come to a range or leave it; its other end is at rank `other`,
 * behind or before them. */
struct crossing {
    uint32_t from;
    uint32_t to;
    uint32_t other;
    uint16_t bound; /* near whose cursor they lie */
    bool adds;
};

static bool cross_one(const struct table *table, struct row *row, uint16_t group,
                      const struct crossing *c, uint32_t rank, uint64_t value)
{
    uint32_t low = c->other < rank ? c->other : rank;
    uint32_t high = c->other > rank ? c->other : rank + 1;
    if (!c->adds)
        drop(table, row, group, low, high, value);
    else if (!table->groups[group].ordered || reserve(table, row->big, group, 1))
        add(table, row, group, low, high, value);
    else
        return false;
    return true;
}

/* What each value adds or takes, with those between it and the other end, does not depend on the
 * order in which they cross. */
static bool cross(const struct table *table, struct row *row, uint16_t group,
                  const struct crossing *c)
{
    const struct group *g = &table->groups[group];
    uint32_t hint = big_cursor(table, row->big, c->bound)->leaf;
    struct span span = {c->from, c->to, big_leaf_near(table, row->big, c->from, hint)};
    struct piece piece;
    for (uint32_t rank = c->from; row_piece(table, row, &span, &piece); rank = span.rank) {
        if (c->adds && !g->ordered && !reserve(table, row->big, group, piece.j - piece.i))
            return false;
        for (uint32_t k = piece.i; k < piece.j; k++) {
            uint64_t value = run_value(table, piece.run, g->column, k);
            if (belongs(table, g, run_classes(table, piece.run, k), value) &&
                !cross_one(table, row, group, c, rank + (k - piece.i), value))
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
    struct group_cache *cache = &big_groups(table, big)[group];
    const struct group *g = &table->groups[group];
    uint32_t from = cache->begin - big->first;
    uint32_t to = cache->end - big->first;
    if (begin == from && end == to)
        return true;
    if (begin >= to || end <= from) {
        reset(table, big, group, big->first + begin);
        from = begin;
        to = begin;
    }
    uint32_t low = begin < from ? begin : from;
    uint32_t high = end > to ? end : to;
    bool done =
        (begin >= from || cross(table, row, group, &(struct crossing){
            begin, from, to, g->begin, true})) &&
        (end <= to || cross(table, row, group, &(struct crossing){to, end, low, g->end, true})) &&
        (begin <= from || cross(table, row, group, &(struct crossing){
            from, begin, high, g->begin, false})) &&
        (end >= to || cross(table, row, group, &(struct crossing){
            end, to, begin, g->end, false}));
    if (!done) {
        reset(table, big, group, big->first + begin);
        return false;
    }
    cache->begin = big->first + begin;
    cache->end = big->first + end;
    return true;
}

/* Counts in the way that suits a range of this length; false without memory. */
static bool suit(const struct table *table, struct big *big, uint16_t group, uint32_t length)
{
    struct group_cache *cache = &big_groups(table, big)[group];
    if (table->groups[group].ordered ||
        (cache->mapped ? length >= SCAN_EVENTS_AGAIN : length <= SCAN_EVENTS_MAX))
        return true;
    reset(table, big, group, cache->begin);
    if (cache->mapped) {
        drop_census(table, cache);
        return true;
    }
    cache->census = mem_zeroed(memory(table), sizeof *cache->census);
    if (cache->census == NULL)
        return false;
    census_init(cache->census, memory(table), table->salt);
    cache->mapped = true;
    return true;
}

bool group_prepare(const struct table *table, struct row *row, const struct reading *reading,
                   uint32_t begin, uint32_t end, uint32_t extra)
{
    if (end < begin)
        end = begin;
    return suit(table, row->big, reading->group, end - begin) &&
           move(table, row, reading->group, begin, end) &&
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
    struct group_cache *cache = &big_groups(table, row->big)[reading->group];
    if (reading->fn == FEATURE_DISTINCT) {
        ret_value->i64 = cache->mapped ? cache->census->used : cache->distinct;
        return true;
    }
    if (cache->values == 0)
        return false;
    if (reading->fn == FEATURE_ENTROPY) {
        int64_t log_sum = cache->mapped ? cache->census->log_sum : cache->log_sum;
        ret_value->f64 = entropy_of(table->power_logs, cache->values, log_sum);
        return true;
    }
    int64_t order = order_at(cache->order, quantile_rank(reading->parameter, cache->values));
    *ret_value = value_of_order(reading->type, order);
    return true;
}
