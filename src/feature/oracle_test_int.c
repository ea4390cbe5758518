/* One idea: the definition of every window, written down as plainly as it can be: keep all events,
 * look at each of them, compute with more precision than is asked for. */
#include "feature/oracle_test_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define BUCKETS 4096u

struct event {
    int64_t at_ms;
    uint32_t classes;
    union feature_value values[8];
    uint32_t keys[8];
};

struct entity {
    struct entity *next;
    uint8_t table;
    uint32_t keys[FEATURE_KEYS_MAX];
    struct event *events;
    size_t count;
    size_t room;
};

struct oracle {
    const struct feature_plan *plan;
    struct entity *buckets[BUCKETS];
    int64_t *ints;   /* scratch */
    double *numbers;
    size_t room;
};

struct oracle *oracle_new(const struct feature_plan *plan)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);
    ASSERT(oracle != NULL);
    oracle->plan = plan;
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (oracle->buckets[i] != NULL) {
            struct entity *entity = oracle->buckets[i];
            oracle->buckets[i] = entity->next;
            free(entity->events);
            free(entity);
        }
    }
    free(oracle->ints);
    free(oracle->numbers);
    free(oracle);
}

static struct entity *entity_of(struct oracle *oracle, const struct feature_touch *touch,
                                const uint32_t *keys, bool make)
{
    const struct feature_table *table = &oracle->plan->tables[touch->table];
    struct entity want = {.table = touch->table};
    uint32_t sum = touch->table;
    for (uint8_t i = 0; i < table->key_count; i++) {
        want.keys[i] = keys[touch->key_slots[i]];
        if (want.keys[i] == ORACLE_NO_KEY)
            return NULL;
        sum = sum * 31 + want.keys[i];
    }
    struct entity **bucket = &oracle->buckets[sum % BUCKETS];
    for (struct entity *e = *bucket; e != NULL; e = e->next)
        if (e->table == want.table && memcmp(e->keys, want.keys, sizeof e->keys) == 0)
            return e;
    if (!make)
        return NULL;
    struct entity *entity = malloc(sizeof *entity);
    ASSERT(entity != NULL);
    *entity = want;
    entity->next = *bucket;
    *bucket = entity;
    return entity;
}

void oracle_insert(struct oracle *oracle, uint16_t type, uint8_t touch_index, int64_t at_ms,
                   const uint32_t *keys, const union feature_value *inputs, uint32_t classes)
{
    const struct feature_touch *touch = &oracle->plan->event_types[type].touches[touch_index];
    const struct feature_table *table = &oracle->plan->tables[touch->table];
    if (!touch->feeds || classes == 0)
        return;
    struct entity *entity = entity_of(oracle, touch, keys, true);
    if (entity == NULL)
        return;
    if (entity->count == entity->room) {
        entity->room = entity->room * 2 + 8;
        entity->events = realloc(entity->events, entity->room * sizeof *entity->events);
        ASSERT(entity->events != NULL);
    }
    struct event event = {.at_ms = at_ms, .classes = classes};
    for (uint8_t c = 0; c < table->column_count; c++) {
        int16_t input = touch->column_inputs[c];
        if (table->columns[c].type == FEATURE_SYMBOL)
            event.keys[c] = input < 0 ? ORACLE_NO_KEY : keys[input];
        else if (input >= 0 && inputs != NULL)
            event.values[c] = inputs[input];
    }
    entity->events[entity->count++] = event;
}

struct query {
    struct oracle *oracle;
    const struct feature_window *window;
    enum feature_type type;
    const struct entity *entity;
    int64_t begin_ms; /* events in (begin, end] */
    int64_t end_ms;
    bool ever;
};

static bool inside(const struct query *q, const struct event *e)
{
    return e->at_ms <= q->end_ms && (q->ever || e->at_ms > q->begin_ms);
}

static bool counted(const struct query *q, const struct event *e)
{
    bool column = q->window->fn != FEATURE_COUNT && q->window->fn != FEATURE_AGE &&
                  q->window->fn != FEATURE_SINCE && q->window->fn != FEATURE_RATE;
    return inside(q, e) && (e->classes >> q->window->class_index & 1) != 0 &&
           (!column || q->type != FEATURE_SYMBOL || e->keys[q->window->column] != ORACLE_NO_KEY);
}

static size_t count_of(const struct query *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->entity->count; i++)
        n += counted(q, &q->entity->events[i]);
    return n;
}

static long double number(const struct query *q, const struct event *e)
{
    const union feature_value *v = &e->values[q->window->column];
    return q->type == FEATURE_F64 ? (long double)v->f64 : (long double)v->i64;
}

static struct oracle_answer answer_sums(const struct query *q)
{
    size_t n = 0;
    long double sum = 0;
    long double size = 0;
    __extension__ __int128 whole = 0;
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        if (!counted(q, e))
            continue;
        n++;
        sum += number(q, e);
        size += fabsl(number(q, e));
        if (q->type == FEATURE_I64)
            whole += e->values[q->window->column].i64;
    }
    struct oracle_answer a = {.present = true, .is_f64 = true};
    a.slack = (double)(size * 1e-13L);
    if (q->window->fn == FEATURE_SUM && q->type == FEATURE_I64) {
        a.is_f64 = false;
        a.value.i64 = whole > INT64_MAX ? INT64_MAX : whole < INT64_MIN ? INT64_MIN
                                                                        : (int64_t)whole;
        return a;
    }
    a.value.f64 = (double)sum;
    if (q->window->fn == FEATURE_SUM)
        return a;
    a.present = n >= (q->window->fn == FEATURE_STD ? 2 : 1);
    if (!a.present)
        return a;
    long double mean = sum / (long double)n;
    a.value.f64 = (double)mean;
    if (q->window->fn == FEATURE_MEAN)
        return a;
    long double squares = 0;
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        if (counted(q, e))
            squares += (number(q, e) - mean) * (number(q, e) - mean);
    }
    a.value.f64 = (double)sqrtl(squares / (long double)(n - 1));
    return a;
}

/* The counted event that comes first or last by time and then by arrival. */
static const struct event *end_event(const struct query *q, bool last)
{
    const struct event *best = NULL;
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        if (counted(q, e) &&
            (best == NULL || (last ? e->at_ms >= best->at_ms : e->at_ms < best->at_ms)))
            best = e;
    }
    return best;
}

static struct oracle_answer answer_end(const struct query *q, int64_t at_ms)
{
    enum feature_fn fn = q->window->fn;
    const struct event *e = end_event(q, fn == FEATURE_LAST || fn == FEATURE_SINCE);
    struct oracle_answer a = {.present = e != NULL};
    if (e == NULL)
        return a;
    if (fn == FEATURE_AGE || fn == FEATURE_SINCE) {
        a.value.i64 = at_ms - e->at_ms;
    } else if (q->type == FEATURE_SYMBOL) {
        a.is_key = true;
        a.value.i64 = e->keys[q->window->column];
    } else {
        a.is_f64 = q->type == FEATURE_F64;
        a.value = e->values[q->window->column];
    }
    return a;
}

static struct oracle_answer answer_peak(const struct query *q)
{
    struct oracle_answer a = {.is_f64 = q->type == FEATURE_F64};
    long double best = 0;
    bool most = q->window->fn == FEATURE_MAX;
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        if (!counted(q, e))
            continue;
        long double x = number(q, e);
        if (!a.present || (most ? x > best : x < best)) {
            best = x;
            a.value = e->values[q->window->column];
        }
        a.present = true;
    }
    return a;
}

static int by_number(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static int by_int(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* The counted values, sorted: in ints, or in numbers for doubles. */
static size_t sort_values(const struct query *q)
{
    struct oracle *o = q->oracle;
    size_t n = 0;
    if (o->room < q->entity->count) {
        o->room = q->entity->count * 2;
        o->ints = realloc(o->ints, o->room * sizeof *o->ints);
        o->numbers = realloc(o->numbers, o->room * sizeof *o->numbers);
        ASSERT(o->ints != NULL && o->numbers != NULL);
    }
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        if (!counted(q, e))
            continue;
        if (q->type == FEATURE_F64)
            o->numbers[n++] = e->values[q->window->column].f64;
        else
            o->ints[n++] = q->type == FEATURE_SYMBOL ? (int64_t)e->keys[q->window->column]
                                                     : e->values[q->window->column].i64;
    }
    if (n != 0 && q->type == FEATURE_F64)
        qsort(o->numbers, n, sizeof *o->numbers, by_number);
    else if (n != 0)
        qsort(o->ints, n, sizeof *o->ints, by_int);
    return n;
}

static bool same(const struct query *q, size_t i, size_t k)
{
    const struct oracle *o = q->oracle;
    return q->type == FEATURE_F64
               ? !(o->numbers[i] < o->numbers[k] || o->numbers[k] < o->numbers[i])
                                  : o->ints[i] == o->ints[k];
}

static struct oracle_answer answer_values(const struct query *q)
{
    size_t n = sort_values(q);
    struct oracle_answer a = {.present = true};
    int64_t different = 0;
    long double entropy = 0;
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && same(q, i, k))
            k++;
        long double share = (long double)(k - i) / (long double)n;
        entropy -= share * log2l(share);
        different++;
        i = k;
    }
    a.value.i64 = different;
    if (q->window->fn == FEATURE_DISTINCT)
        return a;
    a.present = n != 0;
    if (q->window->fn == FEATURE_ENTROPY) {
        a.is_f64 = true;
        a.value.f64 = (double)entropy;
        a.slack = 1e-11;
        return a;
    }
    size_t rank = 0;
    while (rank + 1 < n && (double)(rank + 1) < q->window->parameter * (double)n)
        rank++;
    a.is_f64 = q->type == FEATURE_F64;
    if (n != 0 && a.is_f64)
        a.value.f64 = q->oracle->numbers[rank];
    else if (n != 0)
        a.value.i64 = q->oracle->ints[rank];
    return a;
}

static struct oracle_answer answer_rate(const struct query *q, int64_t at_ms)
{
    size_t all = count_of(q);
    size_t hits = 0;
    int64_t known_ms = at_ms - q->window->hit_ending_ms;
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        hits += inside(q, e) && e->at_ms <= known_ms &&
                (e->classes >> q->window->class_hit & 1) != 0;
    }
    struct oracle_answer a = {.present = all != 0, .is_f64 = true};
    a.value.f64 = all == 0 ? 0 : (double)hits / (double)all;
    return a;
}

static struct oracle_answer answer_decayed(const struct query *q, int64_t at_ms)
{
    long double sum = 0;
    long double size = 0;
    for (size_t i = 0; i < q->entity->count; i++) {
        const struct event *e = &q->entity->events[i];
        if (!counted(q, e))
            continue;
        long double age = (long double)(at_ms - e->at_ms) / (long double)q->window->parameter;
        long double part = number(q, e) * exp2l(-age);
        sum += part;
        size += fabsl(part);
    }
    struct oracle_answer a = {.present = true, .is_f64 = true};
    a.value.f64 = (double)sum;
    a.slack = (double)size * 1e-11 + 1e-250;
    return a;
}

struct oracle_answer oracle_read(struct oracle *oracle, uint16_t type, uint8_t touch,
                                 uint16_t window, int64_t at_ms, const uint32_t *keys)
{
    static const struct entity nobody;
    const struct feature_window *w = &oracle->plan->windows[window];
    const struct feature_touch *t = &oracle->plan->event_types[type].touches[touch];
    struct query q = {.oracle = oracle, .window = w};
    q.entity = entity_of(oracle, t, keys, false);
    if (q.entity == NULL)
        q.entity = &nobody;
    q.ever = w->over_ms == FEATURE_EVER || w->fn == FEATURE_DECAYED;
    q.end_ms = at_ms - (w->fn == FEATURE_DECAYED ? 0 : w->ending_ms);
    q.begin_ms = q.ever ? 0 : q.end_ms - w->over_ms;
    q.type = oracle->plan->tables[w->table].columns[w->column].type;
    switch (w->fn) {
    case FEATURE_COUNT:
        return (struct oracle_answer){.present = true, .value.i64 = (int64_t)count_of(&q)};
    case FEATURE_SUM:
    case FEATURE_MEAN:
    case FEATURE_STD:
        return answer_sums(&q);
    case FEATURE_MIN:
    case FEATURE_MAX:
        return answer_peak(&q);
    case FEATURE_FIRST:
    case FEATURE_LAST:
    case FEATURE_AGE:
    case FEATURE_SINCE:
        return answer_end(&q, at_ms);
    case FEATURE_DISTINCT:
    case FEATURE_ENTROPY:
    case FEATURE_QUANTILE:
        return answer_values(&q);
    case FEATURE_RATE:
        return answer_rate(&q, at_ms);
    case FEATURE_DECAYED:
        return answer_decayed(&q, at_ms);
    }
    return (struct oracle_answer){.present = false};
}

static uint8_t below(struct random *random, uint64_t bound)
{
    return (uint8_t)random_below(random, bound);
}

static void random_table(struct random *random, const struct feature_plan *plan,
                         struct feature_table *table)
{
    *table = (struct feature_table){.name = "random"};
    table->key_count = 0;
    if (below(random, 8) != 0)
        table->key_count = (uint8_t)(below(random, 3) != 0 ? 1 : 2 + below(random, 2));
    for (uint8_t i = 0; i < table->key_count; i++)
        table->key_kinds[i] = below(random, plan->kind_count);
    table->column_count = (uint8_t)(1 + below(random, 5));
    for (uint8_t i = 0; i < table->column_count; i++) {
        uint8_t type = below(random, 4);
        table->columns[i].type = type == 0 ? FEATURE_SYMBOL : type == 1 ? FEATURE_F64 : FEATURE_I64;
        table->columns[i].kind = below(random, plan->kind_count);
    }
    static const uint8_t CLASSES[] = {1, 1, 2, 3, 8, 9, 17, 32};
    table->class_count = CLASSES[below(random, sizeof CLASSES)];
}

static int64_t random_length(struct random *random)
{
    static const int64_t LENGTHS[] = {1, 10, 1000, 60000, 600000, 3600000, 86400000,
                                      (int64_t)7 * 86400000, (int64_t)60 * 86400000};
    return LENGTHS[random_below(random, sizeof LENGTHS / sizeof *LENGTHS)];
}

/* endless: bit t set when no window of table t has a beginning. */
static void random_window(struct random *random, const struct feature_plan *plan,
                          uint32_t endless, struct feature_window *window)
{
    do {
        *window = (struct feature_window){
            .fn = (enum feature_fn)random_below(random, FEATURE_DECAYED + 1)};
        window->table = below(random, plan->table_count);
        const struct feature_table *table = &plan->tables[window->table];
        uint8_t classes = table->class_count < 4 ? table->class_count : 4;
        window->class_index = (uint8_t)(table->class_count - 1 - below(random, classes));
        window->class_hit = (uint8_t)(table->class_count - 1 - below(random, classes));
        window->column = below(random, table->column_count);
        window->before = below(random, 3) == 0;
        bool ever = (endless >> window->table & 1) != 0 || below(random, 8) == 0;
        window->over_ms = ever ? FEATURE_EVER : random_length(random);
        window->ending_ms = !ever && below(random, 4) == 0 ? random_length(random) : 0;
        window->hit_ending_ms = below(random, 2) == 0 ? random_length(random) : 0;
        window->parameter = window->fn == FEATURE_QUANTILE
                                ? (double)(1 + below(random, 100)) / 100
                                : (double)random_length(random);
    } while (window->fn == FEATURE_DECAYED && below(random, 2) == 0);
}

static bool random_touch(struct random *random, struct plan_box *box, uint8_t type, uint8_t index)
{
    struct feature_plan *plan = &box->plan;
    struct feature_event_type *t = &plan->event_types[type];
    struct feature_touch *touch = &t->touches[index];
    touch->table = below(random, plan->table_count);
    const struct feature_table *table = &plan->tables[touch->table];
    for (uint8_t i = 0; i < table->key_count; i++) {
        uint8_t slot = below(random, t->key_count);
        for (uint8_t n = 0; n < t->key_count && t->key_kinds[slot] != table->key_kinds[i]; n++)
            slot = (uint8_t)((slot + 1) % t->key_count);
        if (t->key_kinds[slot] != table->key_kinds[i])
            return false;
        touch->key_slots[i] = slot;
    }
    touch->feeds = below(random, 4) != 0;
    touch->reads = below(random, 4) != 0;
    touch->windows = box->windows[type][index];
    touch->column_inputs = box->inputs[type][index];
    for (uint16_t w = 0; w < plan->window_count; w++)
        if (plan->windows[w].table == touch->table && below(random, 5) != 0)
            box->windows[type][index][touch->window_count++] = w;
    for (uint8_t c = 0; c < table->column_count; c++) {
        int16_t input = (int16_t)below(random, 6);
        if (table->columns[c].type == FEATURE_SYMBOL) {
            input = -1;
            for (uint8_t s = 0; s < t->key_count; s++)
                if (t->key_kinds[s] == table->columns[c].kind && (input < 0 || below(random, 2)))
                    input = s;
        } else if (below(random, 10) == 0) {
            input = -1;
        }
        box->inputs[type][index][c] = input;
    }
    return true;
}

static void random_type(struct random *random, struct plan_box *box, uint8_t type)
{
    struct feature_event_type *t = &box->plan.event_types[type];
    t->key_count = (uint8_t)(1 + below(random, 6));
    for (uint8_t i = 0; i < t->key_count; i++)
        t->key_kinds[i] = below(random, box->plan.kind_count);
    uint8_t touches = (uint8_t)(1 + below(random, 5));
    for (uint8_t i = 0; i < touches; i++) {
        if (random_touch(random, box, type, t->touch_count))
            t->touch_count++;
        else
            t->touches[t->touch_count] = (struct feature_touch){.table = 0};
    }
}

void plan_random(struct random *random, struct plan_box *box)
{
    do {
        memset(box, 0, sizeof *box);
        struct feature_plan *plan = &box->plan;
        plan->kind_count = (uint8_t)(1 + below(random, 3));
        plan->table_count = (uint8_t)(1 + below(random, 4));
        plan->late_ms = below(random, 3) == 0 ? 0 : random_length(random);
        for (uint8_t i = 0; i < plan->table_count; i++)
            random_table(random, plan, &plan->tables[i]);
        uint32_t endless = below(random, 2) == 0 ? 1u + below(random, 15) : 0;
        uint16_t windows = (uint16_t)(1 + below(random, 24));
        for (uint16_t i = 0; i < windows; i++) {
            plan->window_count = (uint16_t)(i + 1);
            do {
                random_window(random, plan, endless, &plan->windows[i]);
            } while (feature_plan_check(plan, NULL) != STATUS_OK);
        }
        plan->event_type_count = (uint8_t)(1 + below(random, 3));
        for (uint8_t i = 0; i < plan->event_type_count; i++)
            random_type(random, box, i);
    } while (feature_plan_check(&box->plan, NULL) != STATUS_OK);
}
