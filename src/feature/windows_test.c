/* One idea: random plans and random streams, every answer held against the oracle. WEIR_SEED sets
 * the seed, WEIR_EVENTS how many events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "feature/feature.h"
#include "feature/oracle_test_int.h"

#define EVENTS_DEFAULT 1000000u
#define ROUND_EVENTS_MAX 4000u
#define INPUTS 6
#define PAST 64u /* earlier events that may be labelled */

struct past {
    uint16_t type;
    int64_t at_ms;
    uint32_t keys[FEATURE_SLOTS_MAX];
    uint32_t symbols[FEATURE_SLOTS_MAX];
};

struct names { /* of the symbols of one kind */
    uint32_t *keys;
    size_t room;
};

struct stream {
    struct random random;
    struct plan_box box;
    struct feature_state *state;
    struct oracle *oracle;
    struct names names[FEATURE_KINDS_MAX];
    struct past past[PAST];
    size_t past_count;
    int64_t now_ms;
    uint32_t keys_max;   /* how many different keys */
    uint64_t values_max; /* and values */
    uint64_t compared;
    char texts[FEATURE_SLOTS_MAX][FEATURE_KEY_BYTES_MAX + 1];
};

static uint64_t seed_of_run(void)
{
    const char *text = getenv("WEIR_SEED");
    return text == NULL ? 20261122 : strtoull(text, NULL, 10);
}

static uint64_t events_of_run(void)
{
    const char *text = getenv("WEIR_EVENTS");
    return text == NULL ? EVENTS_DEFAULT : strtoull(text, NULL, 10);
}

/* Some keys are short, some longer than what lies inline. */
static struct view key_text(char *to, uint32_t key)
{
    int size = key % 5 == 0
                   ? snprintf(to, FEATURE_KEY_BYTES_MAX, "a much longer key than others %u", key)
                            : snprintf(to, FEATURE_KEY_BYTES_MAX, "k%u", key);
    return (struct view){to, (size_t)size};
}

static void learn_name(struct stream *s, uint8_t kind, uint32_t symbol, uint32_t key)
{
    struct names *names = &s->names[kind];
    if (symbol >= names->room) {
        names->room = symbol * 2u + 64;
        names->keys = realloc(names->keys, names->room * sizeof *names->keys);
        assert_non_null(names->keys);
    }
    names->keys[symbol] = key;
}

static int64_t random_step(struct stream *s)
{
    switch (random_below(&s->random, 12)) {
    case 0:
    case 1:
        return 0;
    case 2:
        return random_between(&s->random, 0, 600000);
    case 3:
        return random_below(&s->random, 40) != 0
                   ? random_between(&s->random, 0, 86400000)
                   : random_between(&s->random, 0, (int64_t)120 * 86400000);
    default:
        return random_between(&s->random, 0, 3000);
    }
}

static int64_t random_time(struct stream *s)
{
    int64_t late_ms = s->box.plan.late_ms;
    if (late_ms > 0 && random_below(&s->random, 40) == 0)
        return s->now_ms - late_ms; /* as late as may be */
    if (late_ms > 0 && random_below(&s->random, 4) == 0) {
        int64_t back = random_below(&s->random, 2) != 0 && late_ms > 1000 ? 1000 : late_ms;
        return s->now_ms - random_between(&s->random, 0, back);
    }
    s->now_ms += random_step(s);
    return s->now_ms;
}

static int64_t random_integer(struct stream *s)
{
    switch (random_below(&s->random, 10)) {
    case 0:
        return random_between(&s->random, -FEATURE_VALUE_MAX, FEATURE_VALUE_MAX);
    case 1:
        return random_between(&s->random, -3000000000, 3000000000);
    default:
        return (int64_t)random_below(&s->random, s->values_max);
    }
}

static double random_number(struct stream *s)
{
    switch (random_below(&s->random, 10)) {
    case 0:
        return (random_unit(&s->random) - 0.5) * 2 * FEATURE_NUMBER_MAX;
    case 1:
        return -0.0;
    default:
        return (double)random_below(&s->random, s->values_max) / 7;
    }
}

/* Inputs as integers or doubles, by what the touches that use them say; each input is used as one
 * type at a time, so a touch of the other type gets a class of none. */
static bool input_is_double(const struct stream *s, uint16_t type, int16_t input, bool *used)
{
    const struct feature_event_type *t = &s->box.plan.event_types[type];
    *used = false;
    for (uint8_t i = 0; i < t->touch_count; i++) {
        const struct feature_table *table = &s->box.plan.tables[t->touches[i].table];
        for (uint8_t c = 0; c < table->column_count; c++) {
            if (t->touches[i].column_inputs[c] != input || table->columns[c].type == FEATURE_SYMBOL)
                continue;
            *used = true;
            return table->columns[c].type == FEATURE_F64;
        }
    }
    return false;
}

static bool touch_fits(const struct stream *s, uint16_t type, uint8_t touch)
{
    const struct feature_touch *t = &s->box.plan.event_types[type].touches[touch];
    const struct feature_table *table = &s->box.plan.tables[t->table];
    for (uint8_t c = 0; c < table->column_count; c++) {
        bool used;
        if (table->columns[c].type != FEATURE_SYMBOL && t->column_inputs[c] >= 0 &&
            input_is_double(s, type, t->column_inputs[c], &used) !=
                (table->columns[c].type == FEATURE_F64))
            return false;
    }
    return true;
}

static bool near(double a, double b, double slack)
{
    double size = fabs(b) > 1e-300 ? fabs(b) : 0;
    return fabs(a - b) <= 1e-9 * size + slack;
}

static void compare(struct stream *s, uint16_t window, struct oracle_answer want,
                    union feature_value got, bool present)
{
    const struct feature_window *w = &s->box.plan.windows[window];
    bool right = present == want.present;
    if (right && present && want.is_key) {
        uint8_t kind = s->box.plan.tables[w->table].columns[w->column].kind;
        right = s->names[kind].keys[got.i64] == (uint32_t)want.value.i64;
    } else if (right && present && want.is_f64) {
        right = near(got.f64, want.value.f64, want.slack);
    } else if (right && present) {
        right = got.i64 == want.value.i64;
    }
    s->compared++;
    if (right)
        return;
    print_error("window %u fn %d over %lld ending %lld before %d: present %d, want %d; "
                "%.17g or %lld, want %.17g or %lld\n",
                window, (int)w->fn, (long long)w->over_ms, (long long)w->ending_ms, w->before,
                present, want.present, got.f64, (long long)got.i64, want.value.f64,
                (long long)want.value.i64);
    fail();
}

struct event_box {
    struct feature_event event;
    struct view views[FEATURE_SLOTS_MAX];
    uint32_t keys[FEATURE_SLOTS_MAX];
    union feature_value inputs[INPUTS];
    uint32_t classes[FEATURE_TOUCHES_MAX];
};

static void random_event(struct stream *s, struct event_box *e)
{
    const struct feature_plan *plan = &s->box.plan;
    e->event = (struct feature_event){.keys = e->views, .inputs = e->inputs, .classes = e->classes};
    e->event.type = (uint16_t)random_below(&s->random, plan->event_type_count);
    e->event.at_ms = random_time(s);
    const struct feature_event_type *type = &plan->event_types[e->event.type];
    for (uint8_t i = 0; i < type->key_count; i++) {
        e->keys[i] = (uint32_t)random_below(&s->random, s->keys_max);
        if (random_below(&s->random, 3) == 0)
            e->keys[i] = 0;
        e->views[i] = key_text(s->texts[i], e->keys[i]);
        if (random_below(&s->random, 12) == 0) {
            e->keys[i] = ORACLE_NO_KEY;
            e->views[i] = (struct view){NULL, 0};
        }
    }
    for (int16_t i = 0; i < INPUTS; i++) {
        bool used;
        if (input_is_double(s, e->event.type, i, &used))
            e->inputs[i].f64 = random_number(s);
        else
            e->inputs[i].i64 = used ? random_integer(s) : INT64_MIN;
    }
    for (uint8_t i = 0; i < type->touch_count; i++) {
        uint8_t classes = plan->tables[type->touches[i].table].class_count;
        uint32_t all = classes == 32 ? UINT32_MAX : (1u << classes) - 1;
        e->classes[i] = (uint32_t)random_u64(&s->random) & all;
        if (!touch_fits(s, e->event.type, i))
            e->classes[i] = 0;
    }
}

static void compare_touches(struct stream *s, const struct event_box *e,
                            const union feature_value *values, const bool *present, bool before)
{
    const struct feature_event_type *type = &s->box.plan.event_types[e->event.type];
    for (uint8_t i = 0; i < type->touch_count; i++) {
        const struct feature_touch *touch = &type->touches[i];
        for (uint16_t k = 0; touch->reads && k < touch->window_count; k++) {
            uint16_t w = touch->windows[k];
            bool again = false; /* a later touch of the same table has overwritten it */
            for (uint8_t j = (uint8_t)(i + 1); j < type->touch_count; j++)
                for (uint16_t m = 0;
                     type->touches[j].reads && m < type->touches[j].window_count; m++)
                    again = again || type->touches[j].windows[m] == w;
            if (again || s->box.plan.windows[w].before != before)
                continue;
            compare(s, w, oracle_read(s->oracle, e->event.type, i, w, e->event.at_ms, e->keys),
                    values[w], present[w]);
        }
    }
}

static void remember(struct stream *s, const struct event_box *e, const struct feature_handle *h)
{
    const struct feature_event_type *type = &s->box.plan.event_types[e->event.type];
    struct past *past = &s->past[s->past_count++ % PAST];
    past->type = e->event.type;
    past->at_ms = e->event.at_ms;
    for (uint8_t i = 0; i < type->key_count; i++) {
        past->keys[i] = e->keys[i];
        past->symbols[i] = h->symbols[i];
        if (h->symbols[i] != UINT32_MAX)
            learn_name(s, type->key_kinds[i], h->symbols[i], e->keys[i]);
    }
}

static void step(struct stream *s)
{
    struct event_box e;
    struct feature_handle handle;
    struct diag diag;
    union feature_value values[FEATURE_WINDOWS_MAX];
    bool present[FEATURE_WINDOWS_MAX];
    random_event(s, &e);
    feature_hash(s->state, &e.event, &handle);
    feature_find(s->state, &e.event, &handle);
    feature_fetch(s->state, &e.event, &handle);
    assert_int_equal(
        feature_apply(s->state, &e.event, &handle, values, present, &diag), STATUS_OK);
    remember(s, &e, &handle);
    compare_touches(s, &e, values, present, true);
    const struct feature_event_type *type = &s->box.plan.event_types[e.event.type];
    for (uint8_t i = 0; i < type->touch_count; i++)
        oracle_insert(s->oracle, e.event.type, i, e.event.at_ms, e.keys, e.inputs, e.classes[i]);
    compare_touches(s, &e, values, present, false);
}

static void label(struct stream *s)
{
    if (s->past_count == 0)
        return;
    size_t filled = s->past_count < PAST ? s->past_count : PAST;
    const struct past *past = &s->past[random_below(&s->random, filled)];
    const struct feature_event_type *type = &s->box.plan.event_types[past->type];
    uint32_t classes[FEATURE_TOUCHES_MAX];
    struct diag diag;
    for (uint8_t i = 0; i < type->touch_count; i++) {
        uint8_t count = s->box.plan.tables[type->touches[i].table].class_count;
        uint32_t all = count == 32 ? UINT32_MAX : (1u << count) - 1;
        classes[i] = (uint32_t)random_u64(&s->random) & all;
        oracle_insert(s->oracle, past->type, i, past->at_ms, past->keys, NULL, classes[i]);
    }
    assert_int_equal(
        feature_label(s->state, past->type, past->at_ms, past->symbols, classes, &diag),
        STATUS_OK);
}

static void assert_same_digest(const struct feature_state *a, const struct feature_state *b)
{
    uint64_t x[2];
    uint64_t y[2];
    feature_digest(a, x);
    feature_digest(b, y);
    assert_true(x[0] == y[0] && x[1] == y[1]);
}

static void assert_same_stats(const struct feature_state *a, const struct feature_state *b)
{
    struct feature_stats x;
    struct feature_stats y;
    feature_stats(a, &x);
    feature_stats(b, &y);
    assert_true(x.entities == y.entities && x.entity_windows == y.entity_windows);
    assert_true(x.events == y.events && x.symbols == y.symbols && x.newest_ms == y.newest_ms);
}

/* Writes the state, reads it back under another hash seed, and goes on with the copy. */
static void reload(struct stream *s)
{
    struct buf first;
    struct buf second;
    struct feature_state *copy;
    struct diag diag;
    struct hash_seed hash = {random_u64(&s->random), random_u64(&s->random)};
    buf_init(&first, mem_libc());
    buf_init(&second, mem_libc());
    assert_int_equal(feature_save(s->state, &first), STATUS_OK);
    assert_int_equal(
        feature_load(&s->box.plan, mem_libc(), hash, buf_view(&first), &copy, &diag), STATUS_OK);
    assert_int_equal(feature_save(copy, &second), STATUS_OK);
    assert_true(view_equal(buf_view(&first), buf_view(&second)));
    assert_same_digest(s->state, copy);
    assert_same_stats(s->state, copy);
    buf_done(&first);
    buf_done(&second);
    feature_free(s->state);
    s->state = copy;
}

static void assert_refused(struct stream *s, struct event_box *e, enum status want)
{
    uint64_t before[2];
    uint64_t after[2];
    struct feature_handle handle;
    struct diag diag;
    union feature_value values[FEATURE_WINDOWS_MAX];
    bool present[FEATURE_WINDOWS_MAX];
    feature_digest(s->state, before);
    feature_hash(s->state, &e->event, &handle);
    assert_int_equal(feature_apply(s->state, &e->event, &handle, values, present, &diag), want);
    feature_digest(s->state, after);
    assert_true(before[0] == after[0] && before[1] == after[1]);
}

/* Events that must be refused, with fresh keys so that something would be left behind. */
static void try_bad_events(struct stream *s)
{
    struct event_box e;
    int64_t now_ms = s->now_ms;
    random_event(s, &e);
    s->now_ms = now_ms;
    const struct feature_event_type *type = &s->box.plan.event_types[e.event.type];
    for (uint8_t i = 0; i < type->key_count; i++)
        e.views[i] = key_text(s->texts[i], 1000000 + i);
    struct feature_stats stats;
    feature_stats(s->state, &stats);
    if (stats.newest_ms != INT64_MIN) {
        e.event.at_ms = stats.newest_ms - s->box.plan.late_ms - 1;
        assert_refused(s, &e, STATUS_LATE);
    }
    e.event.at_ms = FEATURE_AT_MS_MAX + 1;
    assert_refused(s, &e, STATUS_OVERFLOW);
    e.event.at_ms = now_ms;
    char text[FEATURE_KEY_BYTES_MAX + 1] = {0};
    e.views[type->key_count - 1] = (struct view){text, sizeof text};
    assert_refused(s, &e, STATUS_LIMIT);
}

static void open_stream(struct stream *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    random_init(&s->random, seed);
    plan_random(&s->random, &s->box);
    s->now_ms = 1500000000000;
    static const uint32_t KEYS[] = {1, 4, 30, 1000};
    static const uint64_t VALUES[] = {2, 12, 1000, 100000000};
    s->keys_max = KEYS[random_below(&s->random, 4)];
    s->values_max = VALUES[random_below(&s->random, 4)];
    s->oracle = oracle_new(&s->box.plan);
    struct hash_seed hash = {random_u64(&s->random), seed};
    assert_int_equal(feature_new(&s->box.plan, mem_libc(), hash, &s->state), STATUS_OK);
}

static void close_stream(struct stream *s)
{
    feature_free(s->state);
    oracle_free(s->oracle);
    for (size_t i = 0; i < FEATURE_KINDS_MAX; i++)
        free(s->names[i].keys);
}

static void windows_agree_with_the_oracle(void **unused)
{
    (void)unused;
    static struct stream stream;
    uint64_t seed = seed_of_run();
    uint64_t events = events_of_run();
    uint64_t compared = 0;
    uint64_t done = 0;
    for (uint64_t round = 0; done < events; round++) {
        print_message("# seed %llu\n", (unsigned long long)(seed + round));
        open_stream(&stream, seed + round);
        uint64_t count = 1 + random_below(&stream.random, ROUND_EVENTS_MAX);
        for (uint64_t i = 0; i < count; i++) {
            step(&stream);
            if (random_below(&stream.random, 20) == 0)
                label(&stream);
            if (random_below(&stream.random, 1000) == 0)
                reload(&stream);
            if (random_below(&stream.random, 500) == 0)
                try_bad_events(&stream);
        }
        done += count;
        compared += stream.compared;
        close_stream(&stream);
    }
    print_message("# seed %llu: %llu events, %llu answers, 0 mismatches\n",
                  (unsigned long long)seed, (unsigned long long)done, (unsigned long long)compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_agree_with_the_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
