/* One idea: few events are one run; many are an array of runs, the leaves, each of which knows the
 * tally of everything before it, so that any range of ranks is a difference of two tallies.
 *
 * 1. Leaves are in order of time; only the last may be empty, and then the one before it is not.
 * 2. A leaf's tally is that of all events of smaller rank since the row became big, dropped ones
 *    included, modulo 2^n.
 * 3. Least and greatest of a leaf are exact but in the first leaf, which may have lost events. */
#include "feature/sequence_int.h"

#include "base/assert.h"
#include "feature/cache_int.h"
#include "feature/fold_int.h"

#define LEAF_EVENTS_FIRST 128u /* events of a leaf while the row is not huge */
#define LEAVES_PER_EVENT 16u   /* while there are at most so many leaves per event in one */
#define LEAVES_FIRST 4u
#define SMALL_AGAIN (SMALL_EVENTS_MAX / 4)
#define IDLE_LEAVES_MAX 64u /* a larger one is freed when it is emptied */
#define IDLE_CACHE_BYTES_MAX 65536u

static struct mem *memory(const struct table *table)
{
    return table->pool->units.mem;
}

/* Leaves grow with the square root of the row, so that walking them is O(sqrt n). */
static uint32_t leaf_limit(const struct big *big)
{
    uint32_t limit = LEAF_EVENTS_FIRST;
    while (limit < LEAF_EVENTS_MAX && (uint64_t)limit * limit * LEAVES_PER_EVENT < big->count)
        limit *= 2;
    return limit;
}

/* The last leaf whose first event is at or before at_ms, or the first leaf. */
static uint32_t leaf_at_time(const struct table *table, const struct big *big, int64_t at_ms)
{
    uint32_t low = 0;
    uint32_t count = big->leaf_count;
    if (big_leaf(table, big, count - 1)->first_ms <= at_ms)
        return count - 1;
    while (count > 1) {
        uint32_t half = count / 2;
        bool right = big_leaf(table, big, low + half)->first_ms <= at_ms;
        low = right ? low + half : low;
        count = right ? count - half : half;
    }
    return low;
}

uint32_t big_leaf_of(const struct table *table, const struct big *big, uint32_t rank)
{
    uint32_t low = 0;
    uint32_t count = big->leaf_count;
    if (big_leaf(table, big, count - 1)->position - big->first <= rank)
        return count - 1;
    while (count > 1) {
        uint32_t half = count / 2;
        bool right = big_leaf(table, big, low + half)->position - big->first <= rank;
        low = right ? low + half : low;
        count = right ? count - half : half;
    }
    return low;
}

uint32_t row_upper(const struct table *table, const struct row *row, int64_t at_ms)
{
    if (row->big == NULL)
        return run_upper(table, &row->run, at_ms);
    struct place place = big_place(table, row->big, at_ms);
    return big_leaf(table, row->big, place.leaf)->position - row->big->first + place.i;
}

struct place big_place(const struct table *table, const struct big *big, int64_t at_ms)
{
    uint32_t at = leaf_at_time(table, big, at_ms);
    return (struct place){at, run_upper(table, &big_leaf(table, big, at)->run, at_ms)};
}

static bool big_piece(const struct table *table, const struct big *big, struct span *span,
                      struct piece *ret_piece)
{
    if (span->leaf == NONE)
        span->leaf = big_leaf_of(table, big, span->rank);
    const struct leaf *leaf = big_leaf(table, big, span->leaf);
    uint32_t from = leaf->position - big->first;
    uint32_t to = from + leaf->run.count < span->end ? from + leaf->run.count : span->end;
    *ret_piece = (struct piece){
        .run = &leaf->run, .leaf = leaf, .i = span->rank - from, .j = to - from,
        .whole = span->leaf > 0 && span->rank == from && to - from == leaf->run.count};
    span->rank = to;
    span->leaf++;
    return true;
}

bool row_piece(const struct table *table, const struct row *row, struct span *span,
               struct piece *ret_piece)
{
    if (span->rank >= span->end)
        return false;
    if (row->big != NULL)
        return big_piece(table, row->big, span, ret_piece);
    *ret_piece = (struct piece){.run = &row->run, .i = span->rank, .j = span->end};
    span->rank = span->end;
    return true;
}

/* The run that holds a rank, and the rank of its first event. */
static const struct run *run_of(const struct table *table, const struct row *row, uint32_t rank,
                                uint32_t *first)
{
    *first = 0;
    if (row->big == NULL)
        return &row->run;
    const struct leaf *leaf = big_leaf(table, row->big, big_leaf_of(table, row->big, rank));
    *first = leaf->position - row->big->first;
    return &leaf->run;
}

int64_t row_time(const struct table *table, const struct row *row, uint32_t rank)
{
    uint32_t first;
    const struct run *run = run_of(table, row, rank, &first);
    return run_time(table, run, rank - first);
}

uint64_t row_value(const struct table *table, const struct row *row, uint32_t rank, uint8_t column)
{
    uint32_t first;
    const struct run *run = run_of(table, row, rank, &first);
    return run_value(table, run, column, rank - first);
}

static bool qualifies(const struct table *table, const struct run *run, uint32_t i,
                      uint8_t class_index, uint8_t column)
{
    return run_in_class(table, run, i, class_index) &&
           (column == NO_COLUMN ||
            run_has_value(table, column, run_value(table, run, column, i)));
}

/* Whether every event counts, whatever its class and value. */
static bool all_qualify(const struct table *table, uint8_t column)
{
    return table->mask_bytes == 0 &&
           (column == NO_COLUMN || table->spec->columns[column].type != FEATURE_SYMBOL);
}

uint32_t row_first(const struct table *table, const struct row *row, uint32_t begin, uint32_t end,
                   uint8_t class_index, uint8_t column)
{
    if (all_qualify(table, column))
        return begin < end ? begin : NONE;
    struct span span = {begin, end, NONE};
    struct piece piece;
    uint32_t rank = begin;
    for (; row_piece(table, row, &span, &piece); rank = span.rank) {
        if (piece.leaf != NULL && (piece.leaf->classes >> class_index & 1) == 0)
            continue;
        for (uint32_t k = piece.i; k < piece.j; k++)
            if (qualifies(table, piece.run, k, class_index, column))
                return rank + (k - piece.i);
    }
    return NONE;
}

uint32_t row_last(const struct table *table, const struct row *row, uint32_t begin, uint32_t end,
                  uint8_t class_index, uint8_t column)
{
    if (all_qualify(table, column))
        return begin < end ? end - 1 : NONE;
    while (end > begin) {
        uint32_t first;
        const struct run *run = run_of(table, row, end - 1, &first);
        uint32_t low = first > begin ? first : begin;
        for (uint32_t rank = end; rank > low; rank--)
            if (qualifies(table, run, rank - 1 - first, class_index, column))
                return rank - 1;
        end = low;
    }
    return NONE;
}

/* From the leaf's own tally on, or from the next one's back, whichever is nearer. */
struct tally big_before(const struct table *table, const struct big *big, struct place place,
                        const struct measure *measure)
{
    struct leaf *leaf = big_leaf(table, big, place.leaf);
    uint32_t count = leaf->run.count;
    struct tally tally;
    if (place.i <= count / 2 || place.leaf + 1 == big->leaf_count) {
        tally = tally_load(measure, leaf_tally(leaf) + measure->at);
        tally_add(table, measure, &leaf->run, 0, place.i, &tally);
        return tally;
    }
    struct leaf *next = big_leaf(table, big, place.leaf + 1);
    struct tally rest = {.count = 0};
    tally = tally_load(measure, leaf_tally(next) + measure->at);
    tally_add(table, measure, &leaf->run, place.i, count, &rest);
    return tally_minus(tally, rest);
}

static void widen_extremes(const struct table *table, struct leaf *leaf, const struct item *item)
{
    int64_t *pairs = leaf_extremes(table, leaf);
    for (uint16_t i = 0; i < table->extreme_count; i++) {
        const struct extreme *x = &table->extremes[i];
        if ((item->classes >> x->class_index & 1) == 0)
            continue;
        int64_t order = value_order(table->spec->columns[x->column].type, item->values[x->column]);
        pairs[2 * i] = order < pairs[2 * i] ? order : pairs[2 * i];
        pairs[2 * i + 1] = order > pairs[2 * i + 1] ? order : pairs[2 * i + 1];
    }
}

/* Sets what a leaf knows of its own events. */
static void survey(const struct table *table, struct leaf *leaf)
{
    int64_t *pairs = leaf_extremes(table, leaf);
    for (uint16_t i = 0; i < table->extreme_count; i++) {
        pairs[2 * i] = INT64_MAX;
        pairs[2 * i + 1] = INT64_MIN;
    }
    leaf->classes = 0;
    leaf->first_ms = leaf->run.count == 0 ? INT64_MAX : run_time(table, &leaf->run, 0);
    for (uint32_t i = 0; i < leaf->run.count; i++) {
        struct item item;
        run_get(table, &leaf->run, i, &item);
        leaf->classes |= item.classes;
        widen_extremes(table, leaf, &item);
    }
}

/* Sets position and tally of leaf i from the leaf before it. */
static void chain(const struct table *table, struct big *big, uint32_t i)
{
    struct leaf *before = big_leaf(table, big, i - 1);
    struct leaf *leaf = big_leaf(table, big, i);
    leaf->position = before->position + before->run.count;
    memcpy(leaf_tally(leaf), leaf_tally(before), 8u * table->tally_words);
    for (uint16_t k = 0; k < table->measure_count; k++) {
        const struct measure *m = &table->measures[k];
        tally_add_run(table, m, &before->run, 0, before->run.count, leaf_tally(leaf) + m->at);
    }
}

/* Room for one more leaf at the end of the array. */
static bool reserve_leaf(const struct table *table, struct big *big)
{
    if (big->leaf_first + big->leaf_count < big->leaf_room)
        return true;
    size_t bytes = table->leaf_bytes;
    if (big->leaf_first > big->leaf_room / 2) {
        memmove(big->leaves, big->leaves + big->leaf_first * bytes, big->leaf_count * bytes);
        big->leaf_first = 0;
        return true;
    }
    char *leaves = mem_array(memory(table), big->leaves, big->leaf_room,
                             (size_t)big->leaf_room * 2, bytes);
    if (leaves == NULL)
        return false;
    big->leaves = leaves;
    big->leaf_room *= 2;
    return true;
}

static void big_free(const struct table *table, struct big *big)
{
    cache_done(table, big);
    mem_free(memory(table), big->leaves, (size_t)big->leaf_room * table->leaf_bytes);
    mem_free(memory(table), big, table->big_bytes);
}

static struct big *big_new(const struct table *table)
{
    struct big *big = *table->idle;
    if (big != NULL) {
        *table->idle = big->next;
        big->next = NULL;
        return big;
    }
    big = mem_zeroed(memory(table), table->big_bytes);
    if (big == NULL)
        return NULL;
    big->leaves = mem_zeroed(memory(table), (size_t)LEAVES_FIRST * table->leaf_bytes);
    if (big->leaves == NULL) {
        big_free(table, big);
        return NULL;
    }
    big->leaf_room = LEAVES_FIRST;
    return big;
}

/* Puts an emptied one aside, or frees it when it has grown large. */
static void big_retire(const struct table *table, struct big *big)
{
    for (uint32_t i = 0; i < big->leaf_count; i++)
        run_done(table, &big_leaf(table, big, i)->run);
    big->count = 0;
    big->first = 0;
    big->leaf_first = 0;
    big->leaf_count = 0;
    if (big->leaf_room > IDLE_LEAVES_MAX || cache_bytes(table, big) > IDLE_CACHE_BYTES_MAX) {
        big_free(table, big);
        return;
    }
    cache_clear(table, big);
    big->next = *table->idle;
    *table->idle = big;
}

void row_free_idle(const struct table *table)
{
    while (*table->idle != NULL) {
        struct big *big = *table->idle;
        *table->idle = big->next;
        big_free(table, big);
    }
}

/* Turns a row of one run into one of leaves. */
static bool grow_big(const struct table *table, struct row *row)
{
    struct big *big = big_new(table);
    if (big == NULL)
        return false;
    big->count = row->run.count;
    struct leaf *leaf = big_leaf(table, big, 0);
    memset(leaf, 0, table->leaf_bytes);
    leaf->run = row->run;
    big->leaf_count = 1;
    survey(table, leaf);
    row->run = (struct run){.live = row->run.live};
    row->big = big;
    cache_start(table, row);
    return true;
}

static bool append_leaf(const struct table *table, struct big *big)
{
    if (!reserve_leaf(table, big))
        return false;
    struct leaf *leaf = big_leaf(table, big, big->leaf_count);
    memset(leaf, 0, table->leaf_bytes);
    big->leaf_count++;
    chain(table, big, big->leaf_count - 1);
    survey(table, leaf);
    return true;
}

static bool split_leaf(const struct table *table, struct big *big, uint32_t i)
{
    struct run tail;
    if (!reserve_leaf(table, big))
        return false;
    struct leaf *leaf = big_leaf(table, big, i);
    if (!run_split(table, &leaf->run, leaf->run.count / 2u, &tail))
        return false;
    struct leaf *next = big_leaf(table, big, i + 1);
    memmove((char *)next + table->leaf_bytes, next,
            (size_t)(big->leaf_count - i - 1) * table->leaf_bytes);
    memset(next, 0, table->leaf_bytes);
    next->run = tail;
    big->leaf_count++;
    survey(table, leaf);
    chain(table, big, i + 1);
    survey(table, next);
    return true;
}

static bool big_reserve(const struct table *table, struct big *big, const struct item *item,
                        uint32_t extra)
{
    for (;;) {
        uint32_t at = leaf_at_time(table, big, item->at_ms);
        struct leaf *leaf = big_leaf(table, big, at);
        uint32_t limit = leaf_limit(big);
        if (leaf->run.count + extra <= limit)
            return run_reserve(table, &leaf->run, item, extra);
        if (run_upper(table, &leaf->run, item->at_ms) < leaf->run.count) {
            if (!split_leaf(table, big, at))
                return false;
            continue;
        }
        if (at + 1 == big->leaf_count && !append_leaf(table, big))
            return false;
        leaf = big_leaf(table, big, at);
        struct leaf *next = big_leaf(table, big, at + 1);
        if (next->run.count + extra <= limit)
            return run_reserve(table, &leaf->run, item, 0) &&
                   run_reserve(table, &next->run, item,
                               next->run.count == 0 ? limit / 2 : extra);
        if (!split_leaf(table, big, at + 1))
            return false;
    }
}

bool row_reserve(const struct table *table, struct row *row, const struct item *item,
                 uint32_t extra)
{
    if (row->big == NULL && row->run.count + extra <= SMALL_EVENTS_MAX)
        return run_reserve(table, &row->run, item, extra);
    if (row->big == NULL && !grow_big(table, row))
        return false;
    return big_reserve(table, row->big, item, extra) && cache_reserve(table, row->big, extra);
}

/* Counts an event into what the leaves from `at` on know of those before them. */
static void shift_leaves(const struct table *table, struct big *big, uint32_t at,
                         const struct item *item)
{
    for (; at < big->leaf_count; at++) {
        struct leaf *leaf = big_leaf(table, big, at);
        leaf->position++;
        for (uint16_t k = 0; k < table->measure_count; k++)
            tally_add_item(&table->measures[k], item, leaf_tally(leaf) + table->measures[k].at);
    }
}

static void big_insert(const struct table *table, struct row *row, const struct item *item)
{
    struct big *big = row->big;
    struct place place = big_place(table, big, item->at_ms);
    struct leaf *leaf = big_leaf(table, big, place.leaf);
    if (place.i == leaf->run.count && (uint32_t)leaf->run.start + place.i == leaf->run.capacity) {
        leaf = big_leaf(table, big, ++place.leaf);
        place.i = 0;
    }
    run_insert(table, &leaf->run, place.i, item);
    if (place.i == 0)
        leaf->first_ms = item->at_ms;
    leaf->classes |= item->classes;
    widen_extremes(table, leaf, item);
    shift_leaves(table, big, place.leaf + 1, item);
    big->count++;
    cache_insert(table, row, leaf->position - big->first + place.i, item);
}

void row_insert(const struct table *table, struct row *row, const struct item *item)
{
    struct run *run = &row->run;
    if (row->big != NULL)
        big_insert(table, row, item);
    else if (run->count != 0 && run_time(table, run, run->count - 1u) <= item->at_ms)
        run_insert(table, run, run->count, item);
    else
        run_insert(table, run, run_upper(table, run, item->at_ms), item);
    row->run.live = true;
}

/* Tells those that must hear of it that the first event of a big row is about to be dropped. */
static void tell_drop(const struct table *table, struct row *row, const struct run *run,
                      int64_t line_ms)
{
    struct item item;
    if (table->fold_count == 0 && !cache_waits(table, row->big, line_ms))
        return;
    run_get(table, run, 0, &item);
    fold_event(table, row, &item);
    cache_drop(table, row, &item);
}

static void drop_from_leaf(const struct table *table, struct big *big)
{
    struct leaf *leaf = big_leaf(table, big, 0);
    for (uint16_t k = 0; k < table->measure_count; k++) {
        const struct measure *m = &table->measures[k];
        tally_add_event(table, m, &leaf->run, 0, leaf_tally(leaf) + m->at);
    }
    run_drop(&leaf->run, 1);
    leaf->position++;
    big->first++;
    big->count--;
    if (leaf->run.count != 0) {
        leaf->first_ms = run_time(table, &leaf->run, 0);
    } else if (big->count != 0) {
        run_done(table, &leaf->run);
        big->leaf_first++;
        big->leaf_count--;
    }
}

/* Turns a row of one leaf back into one of one run. */
static void grow_small(const struct table *table, struct row *row)
{
    bool live = row->run.live;
    row->run = big_leaf(table, row->big, 0)->run;
    row->run.live = live;
    row->big->leaf_count = 0;
    big_retire(table, row->big);
    row->big = NULL;
}

/* Gives memory back when most of the leaves have gone. */
static void shrink_leaves(const struct table *table, struct big *big)
{
    uint32_t room = big->leaf_count * 2 > IDLE_LEAVES_MAX ? big->leaf_count * 2 : IDLE_LEAVES_MAX;
    if (room >= big->leaf_room / 4)
        return;
    size_t bytes = table->leaf_bytes;
    memmove(big->leaves, big->leaves + big->leaf_first * bytes, big->leaf_count * bytes);
    big->leaf_first = 0;
    char *leaves = mem_array(memory(table), big->leaves, big->leaf_room, room, bytes);
    if (leaves == NULL)
        return;
    big->leaves = leaves;
    big->leaf_room = room;
}

static uint32_t drop_small(const struct table *table, struct row *row, int64_t line_ms)
{
    struct run *run = &row->run;
    uint32_t stale = 0;
    for (; stale < run->count && run_time(table, run, stale) <= line_ms; stale++) {
        if (table->fold_count == 0)
            continue;
        struct item item;
        run_get(table, run, stale, &item);
        fold_event(table, row, &item);
    }
    run_drop(run, stale);
    return stale;
}

static uint32_t drop_big(const struct table *table, struct row *row, int64_t line_ms)
{
    uint32_t dropped = 0;
    for (; row->big->count > 0; dropped++) {
        const struct leaf *leaf = big_leaf(table, row->big, 0);
        if (leaf->first_ms > line_ms)
            break;
        tell_drop(table, row, &leaf->run, line_ms);
        drop_from_leaf(table, row->big);
    }
    return dropped;
}

uint32_t row_drop(const struct table *table, struct row *row, int64_t line_ms)
{
    if (row->big == NULL)
        return drop_small(table, row, line_ms);
    uint32_t dropped = drop_big(table, row, line_ms);
    if (row->big->count == 0) {
        big_retire(table, row->big);
        row->big = NULL;
    } else if (dropped != 0) {
        shrink_leaves(table, row->big);
        if (row->big->leaf_count == 1 && row->big->count <= SMALL_AGAIN)
            grow_small(table, row);
    }
    return dropped;
}

void row_clear(const struct table *table, struct row *row)
{
    if (row->big != NULL)
        big_retire(table, row->big);
    row->big = NULL;
    run_done(table, &row->run);
    row->run.live = false;
}

void row_bytes(const struct table *table, const struct row *row, uint64_t *window_bytes,
               uint64_t *event_bytes)
{
    *window_bytes += table->row_bytes;
    const struct big *big = row->big;
    if (big == NULL) {
        *event_bytes += (uint64_t)row->run.capacity * table->event_bytes[row->run.shape];
        return;
    }
    *window_bytes += table->big_bytes + cache_bytes(table, big);
    *event_bytes += (uint64_t)big->leaf_room * table->leaf_bytes;
    for (uint32_t i = 0; i < big->leaf_count; i++) {
        const struct run *run = &big_leaf(table, big, i)->run;
        *event_bytes += (uint64_t)run->capacity * table->event_bytes[run->shape];
    }
}
