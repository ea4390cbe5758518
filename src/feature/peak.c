/* One idea: an extreme stays what it is until it leaves; only then are the events asked again,
 * whole leaves by the extreme that each keeps.
 *
 * 1. A known cache holds the extreme of exactly the positions [begin, end). */
#include "feature/peak_int.h"

static bool beats(const struct peak *peak, int64_t a, int64_t b)
{
    return peak->greatest ? a > b : a < b;
}

static int64_t worst(const struct peak *peak)
{
    return peak->greatest ? INT64_MIN : INT64_MAX;
}

static bool scan_run(const struct table *table, const struct peak *peak, const struct piece *piece,
                     int64_t *order)
{
    const struct extreme *x = &table->extremes[peak->extreme];
    enum feature_type type = table->spec->columns[x->column].type;
    bool any = false;
    for (uint32_t k = piece->i; k < piece->j; k++) {
        if (!run_in_class(table, piece->run, k, x->class_index))
            continue;
        int64_t value = value_order(type, run_value(table, piece->run, x->column, k));
        *order = beats(peak, value, *order) ? value : *order;
        any = true;
    }
    return any;
}

/* An untouched pair (INT64_MAX, INT64_MIN) marks a leaf without such values: no value of an integer
 * column is that large, and no finite double has those bits. */
static bool scan(const struct table *table, const struct row *row, const struct peak *peak,
                 uint32_t begin, uint32_t end, int64_t *order)
{
    struct span span = {begin, end, NONE};
    struct piece piece;
    bool any = false;
    while (row_piece(table, row, &span, &piece)) {
        if (!piece.whole) {
            any = scan_run(table, peak, &piece, order) || any;
            continue;
        }
        const int64_t *pairs =
            (const int64_t *)(const void *)((const char *)(piece.leaf + 1) +
                                            8u * table->tally_words);
        int64_t value = pairs[2 * peak->extreme + (peak->greatest ? 1 : 0)];
        any = any || value != worst(peak);
        *order = beats(peak, value, *order) ? value : *order;
    }
    return any;
}

/* Whether a range of positions [begin, end) takes in an event that has come in at `position`. At
 * its very end, it does where windows end now. */
static bool takes(const struct table *table, const struct peak *peak,
                  const struct peak_cache *cache, uint32_t position)
{
    int32_t behind = (int32_t)(position - cache->end);
    return cache->known && (behind < 0 || (behind == 0 && peak->end == table->bound_now));
}

void peaks_insert(const struct table *table, struct big *big, uint32_t rank,
                  const struct item *item)
{
    uint32_t position = big->first + rank;
    for (uint16_t i = 0; i < table->peak_count; i++) {
        const struct peak *peak = &table->peaks[i];
        struct peak_cache *cache = &big_peaks(table, big)[i];
        const struct extreme *x = &table->extremes[peak->extreme];
        if (!takes(table, peak, cache, position))
            continue;
        cache->end++;
        if ((int32_t)(position - cache->begin) < 0) {
            cache->begin++;
        } else if ((item->classes >> x->class_index & 1) != 0) {
            int64_t value =
                value_order(table->spec->columns[x->column].type, item->values[x->column]);
            if (!cache->any || beats(peak, value, cache->order))
                cache->order = value;
            cache->any = true;
        }
    }
}

bool peaks_wait(const struct table *table, const struct big *big)
{
    bool wait = false;
    for (uint16_t i = 0; i < table->peak_count; i++)
        wait = wait || (big_peaks(table, big)[i].known &&
                        big_peaks(table, big)[i].begin == big->first);
    return wait;
}

void peaks_drop(const struct table *table, struct big *big, const struct item *item)
{
    for (uint16_t i = 0; i < table->peak_count; i++) {
        struct peak_cache *cache = &big_peaks(table, big)[i];
        const struct extreme *x = &table->extremes[table->peaks[i].extreme];
        if (!cache->known || cache->begin != big->first)
            continue;
        enum feature_type type = table->spec->columns[x->column].type;
        if (cache->end == cache->begin)
            cache->end++;
        else if ((item->classes >> x->class_index & 1) != 0 &&
                 value_order(type, item->values[x->column]) == cache->order)
            cache->known = false;
        cache->begin++;
    }
}

/* Whether what has left, [cache->begin, begin), was all short of the extreme. */
static bool survives(const struct table *table, const struct row *row, const struct peak *peak,
                     const struct peak_cache *cache, uint32_t from, uint32_t begin)
{
    int64_t gone = worst(peak);
    bool any = scan(table, row, peak, from, begin, &gone);
    return !any || (cache->any && beats(peak, cache->order, gone));
}

static void refresh(const struct table *table, const struct row *row, const struct peak *peak,
                    struct peak_cache *cache, uint32_t begin, uint32_t end)
{
    const struct big *big = row->big;
    uint32_t from = cache->begin - big->first;
    uint32_t to = cache->end - big->first;
    bool moves_on = cache->known && begin >= from && begin <= to && end >= to;
    if (moves_on && survives(table, row, peak, cache, from, begin)) {
        int64_t order = cache->any ? cache->order : worst(peak);
        cache->any = scan(table, row, peak, to, end, &order) || cache->any;
        cache->order = order;
    } else {
        int64_t order = worst(peak);
        cache->any = scan(table, row, peak, begin, end, &order);
        cache->order = order;
        cache->known = true;
    }
    cache->begin = big->first + begin;
    cache->end = big->first + end;
}

bool peak_between(const struct table *table, const struct row *row, uint16_t peak, uint32_t begin,
                  uint32_t end, int64_t *order)
{
    const struct peak *p = &table->peaks[peak];
    if (begin >= end)
        return false;
    int64_t found = worst(p);
    bool any;
    if (row->big == NULL) {
        any = scan(table, row, p, begin, end, &found);
    } else {
        struct peak_cache *cache = &big_peaks(table, row->big)[peak];
        bool back = cache->known && end < cache->end - row->big->first;
        if (back) {
            any = scan(table, row, p, begin, end, &found);
        } else {
            refresh(table, row, p, cache, begin, end);
            any = cache->any;
            found = cache->order;
        }
    }
    if (any && beats(p, found, *order))
        *order = found;
    return any;
}
