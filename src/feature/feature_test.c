/* One idea: the promises that random streams do not reach: limits, failing memory, no allocation
 * once warm, a hot entity, damaged bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "feature/feature.h"

#define HOUR ((int64_t)3600000)
#define DAY (24 * HOUR)
#define START ((int64_t)1700000000000)

#define UNREAD 1 /* the event type of which nothing is asked */

/* One event type with an account and a device, feeding account, device and their pair. */
static const uint16_t ACCOUNT_WINDOWS[] = {0, 1, 2, 3, 4, 5, 6, 7};
static const uint16_t DEVICE_WINDOWS[] = {8, 9, 10};
static const uint16_t PAIR_WINDOWS[] = {11, 12, 13};
static const int16_t ACCOUNT_INPUTS[] = {0, 1}; /* an amount, and the device's key */
static const int16_t DEVICE_INPUTS[] = {0};     /* the account's key */
static const int16_t PAIR_INPUTS[] = {0};

static void touch(struct feature_touch *t, uint8_t table, const uint16_t *windows, size_t count,
                  const int16_t *inputs)
{
    *t = (struct feature_touch){.table = table, .key_slots = {(uint8_t)(table == 1), 1},
                                .feeds = true, .reads = true, .window_count = (uint16_t)count,
                                .windows = windows, .column_inputs = inputs};
}

static void plan_make(struct feature_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->kind_count = 2;
    plan->table_count = 3;
    plan->event_type_count = 2;
    plan->late_ms = HOUR;
    plan->tables[0] = (struct feature_table){
        .name = "account", .key_count = 1, .class_count = 2, .column_count = 2,
        .columns = {{FEATURE_I64, 0}, {FEATURE_SYMBOL, 1}}};
    plan->tables[1] = (struct feature_table){
        .name = "device", .key_count = 1, .key_kinds = {1}, .class_count = 1, .column_count = 1,
        .columns = {{FEATURE_SYMBOL, 0}}};
    plan->tables[2] = (struct feature_table){
        .name = "account, device", .key_count = 2, .key_kinds = {0, 1}, .class_count = 1,
        .column_count = 1, .columns = {{FEATURE_I64, 0}}};
    const struct feature_window windows[] = {
        {.fn = FEATURE_COUNT, .over_ms = DAY},
        {.fn = FEATURE_SUM, .over_ms = DAY},
        {.fn = FEATURE_STD, .over_ms = 7 * DAY, .before = true},
        {.fn = FEATURE_MAX, .over_ms = 7 * DAY},
        {.fn = FEATURE_DISTINCT, .column = 1, .over_ms = DAY},
        {.fn = FEATURE_QUANTILE, .over_ms = 7 * DAY, .parameter = 0.9},
        {.fn = FEATURE_RATE, .over_ms = 7 * DAY, .class_hit = 1},
        {.fn = FEATURE_ENTROPY, .column = 1, .over_ms = 7 * DAY},
        {.fn = FEATURE_DISTINCT, .table = 1, .over_ms = DAY},
        {.fn = FEATURE_COUNT, .table = 1, .over_ms = DAY, .ending_ms = DAY},
        {.fn = FEATURE_LAST, .table = 1, .over_ms = DAY},
        {.fn = FEATURE_COUNT, .table = 2, .over_ms = HOUR},
        {.fn = FEATURE_SINCE, .table = 2, .over_ms = DAY, .before = true},
        {.fn = FEATURE_MIN, .table = 2, .over_ms = DAY},
    };
    plan->window_count = sizeof windows / sizeof *windows;
    memcpy(plan->windows, windows, sizeof windows);
    struct feature_event_type *type = &plan->event_types[0];
    type->key_count = 2;
    type->key_kinds[1] = 1;
    type->touch_count = 3;
    touch(&type->touches[0], 0, ACCOUNT_WINDOWS, 8, ACCOUNT_INPUTS);
    touch(&type->touches[1], 1, DEVICE_WINDOWS, 3, DEVICE_INPUTS);
    touch(&type->touches[2], 2, PAIR_WINDOWS, 3, PAIR_INPUTS);
    plan->event_types[UNREAD] = *type;
    for (uint8_t i = 0; i < type->touch_count; i++)
        plan->event_types[UNREAD].touches[i].reads = false;
    struct diag diag;
    assert_int_equal(feature_plan_check(plan, &diag), STATUS_OK);
}

struct world {
    struct feature_plan plan;
    struct mem_meter meter;
    struct feature_state *state;
    uint16_t type; /* of the events to come */
    struct random random;
    union feature_value values[FEATURE_WINDOWS_MAX];
    bool present[FEATURE_WINDOWS_MAX];
    struct feature_handle handle;
    struct diag diag;
};

static const struct hash_seed SEED = {11, 12};

static void world_init(struct world *w)
{
    plan_make(&w->plan);
    w->type = 0;
    mem_meter_init(&w->meter, mem_libc());
    random_init(&w->random, 5);
    assert_int_equal(feature_new(&w->plan, &w->meter.mem, SEED, &w->state), STATUS_OK);
}

static void world_done(struct world *w)
{
    feature_free(w->state);
    assert_true(w->meter.used_bytes == 0);
}

static enum status apply_classes(struct world *w, int64_t at_ms, uint32_t account,
                                 uint32_t device, int64_t amount, const uint32_t *classes)
{
    char texts[2][64];
    int sizes[2] = {snprintf(texts[0], 64, "account number %u of the bank", account),
                    snprintf(texts[1], 64, "d%u", device)};
    struct view keys[2] = {{texts[0], (size_t)sizes[0]}, {texts[1], (size_t)sizes[1]}};
    union feature_value inputs[2] = {{.i64 = amount}, {.i64 = 0}};
    struct feature_event event = {.type = w->type, .at_ms = at_ms, .keys = keys, .inputs = inputs,
                                  .classes = classes};
    feature_hash(w->state, &event, &w->handle);
    return feature_apply(w->state, &event, &w->handle, w->values, w->present, &w->diag);
}

static enum status apply(struct world *w, int64_t at_ms, uint32_t account, uint32_t device,
                         int64_t amount)
{
    const uint32_t classes[3] = {1u | (uint32_t)(amount % 3 == 0) << 1, 1, 1};
    return apply_classes(w, at_ms, account, device, amount, classes);
}

static enum status apply_random(struct world *w, int64_t at_ms)
{
    uint32_t account = (uint32_t)random_below(&w->random, 40);
    uint32_t device = (uint32_t)random_below(&w->random, 10);
    return apply(w, at_ms, account, device, random_between(&w->random, 0, 1 << 20));
}

static void a_failed_allocation_changes_nothing(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    struct random events = w.random;
    size_t failures = 0;
    for (int i = 0; i < 3000; i++) {
        int64_t at_ms = START + i * 20000;
        uint64_t before[2];
        uint64_t after[2];
        feature_digest(w.state, before);
        for (size_t nth = 1;; nth++) {
            events = w.random;
            w.meter.fail_at = w.meter.calls + nth;
            enum status status = apply_random(&w, at_ms);
            w.meter.fail_at = 0;
            if (status == STATUS_OK)
                break;
            assert_int_equal(status, STATUS_NO_MEMORY);
            feature_digest(w.state, after);
            assert_true(before[0] == after[0] && before[1] == after[1]);
            w.random = events;
            failures++;
        }
    }
    assert_true(failures > 50);
    world_done(&w);
}

static void new_and_load_survive_a_failed_allocation(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(apply_random(&w, START + i * 20000), STATUS_OK);
    struct buf bytes;
    buf_init(&bytes, mem_libc());
    assert_int_equal(feature_save(w.state, &bytes), STATUS_OK);
    struct mem_meter meter;
    struct feature_state *copy = NULL;
    enum status status = STATUS_NO_MEMORY;
    for (size_t nth = 1; status != STATUS_OK; nth++) {
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = nth;
        status = feature_load(&w.plan, &meter.mem, SEED, buf_view(&bytes), &copy, &w.diag);
        if (status != STATUS_OK) {
            assert_int_equal(status, STATUS_NO_MEMORY);
            assert_true(meter.used_bytes == 0 && copy == NULL);
        }
    }
    uint64_t a[2];
    uint64_t b[2];
    feature_digest(w.state, a);
    feature_digest(copy, b);
    assert_true(a[0] == b[0] && a[1] == b[1]);
    feature_free(copy);
    buf_done(&bytes);
    world_done(&w);
}

static void nothing_is_allocated_once_warm(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    int64_t at_ms = START;
    for (int i = 0; i < 200000; i++)
        assert_int_equal(apply_random(&w, at_ms += 5000), STATUS_OK);
    size_t calls = w.meter.calls;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(apply_random(&w, at_ms += 5000), STATUS_OK);
    assert_int_equal(w.meter.calls - calls, 0);
    world_done(&w);
}

static void memory_comes_back_when_keys_are_forgotten(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    size_t peak_first = 0;
    for (uint32_t i = 0; i < 600000; i++) {
        assert_int_equal(apply(&w, START + (int64_t)i * 60000, i, i, 1), STATUS_OK);
        if (i == 200000)
            peak_first = w.meter.used_bytes_peak;
    }
    struct feature_stats stats;
    feature_stats(w.state, &stats);
    assert_true(w.meter.used_bytes_peak <= peak_first + peak_first / 8);
    assert_true(stats.symbols < 60000 && stats.entities < 90000);
    world_done(&w);
}

static void a_hot_entity_is_bounded_and_refuses_more(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    const uint32_t most = FEATURE_ENTITY_EVENTS_MAX;
    w.plan.event_types[0].touch_count = 1;
    for (uint32_t i = 0; i < most; i++)
        assert_int_equal(apply(&w, START + i / 16, 1, 1, i % 1000), STATUS_OK);
    assert_true(w.values[0].i64 == most && w.values[5].i64 == 899);
    struct feature_stats stats;
    feature_stats(w.state, &stats);
    uint64_t bytes_full = stats.event_bytes;
    assert_int_equal(apply(&w, START + most / 16, 1, 1, 1), STATUS_LIMIT);
    feature_stats(w.state, &stats);
    assert_true(stats.events == most && stats.event_bytes == bytes_full);
    assert_int_equal(apply(&w, START + 30 * DAY, 1, 1, 1), STATUS_OK);
    assert_int_equal(w.values[0].i64, 1);
    feature_stats(w.state, &stats);
    assert_true(stats.events == 1 && stats.event_bytes < bytes_full / 1000);
    world_done(&w);
}

/* Seconds of the processor for `count` events of a hot account that nobody asks about, after some
 * that were asked about. */
static double feed_unread(uint32_t count)
{
    struct world w;
    world_init(&w);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(apply(&w, START + i, 1, i % 7, 5), STATUS_OK);
    clock_t start = clock();
    w.type = UNREAD;
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(apply(&w, START + 64 + i, 1, i % 7, 5), STATUS_OK);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    w.type = 0;
    assert_int_equal(apply(&w, START + 64 + count, 1, 1, 5), STATUS_OK);
    assert_true(w.values[4].i64 == 7);
    world_done(&w);
    return seconds;
}

/* Four times the events cost about four times as much; sixteen would mean that each looks at all
 * the others. */
static void events_that_nobody_asks_about_stay_cheap(void **unused)
{
    (void)unused;
    double few = feed_unread(15000);
    double many = feed_unread(60000);
    assert_true(many < 10 * few + 0.05);
}

static void values_and_keys_out_of_range_are_refused(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    assert_int_equal(apply(&w, START, 1, 1, FEATURE_VALUE_MAX), STATUS_OK);
    assert_int_equal(apply(&w, START, 1, 1, -FEATURE_VALUE_MAX), STATUS_OK);
    assert_int_equal(apply(&w, START, 1, 1, FEATURE_VALUE_MAX + 1), STATUS_OVERFLOW);
    assert_int_equal(apply(&w, START, 1, 1, INT64_MIN), STATUS_OVERFLOW);
    assert_int_equal(apply(&w, START - HOUR - 1, 1, 1, 1), STATUS_LATE);
    assert_int_equal(apply(&w, START - HOUR, 1, 1, 1), STATUS_OK);
    assert_int_equal(apply(&w, FEATURE_AT_MS_MAX + 1, 1, 1, 1), STATUS_OVERFLOW);
    char text[FEATURE_KEY_BYTES_MAX + 1];
    memset(text, 'x', sizeof text);
    for (size_t size = sizeof text - 1; size <= sizeof text; size++) {
        struct view keys[2] = {{text, size}, {"", 0}};
        union feature_value inputs[2] = {{.i64 = 1}, {.i64 = 0}};
        uint32_t classes[3] = {1, 1, 1};
        struct feature_event event = {.at_ms = START, .keys = keys, .inputs = inputs,
                                      .classes = classes};
        feature_hash(w.state, &event, &w.handle);
        assert_int_equal(
            feature_apply(w.state, &event, &w.handle, w.values, w.present, &w.diag),
            size <= FEATURE_KEY_BYTES_MAX ? STATUS_OK : STATUS_LIMIT);
    }
    world_done(&w);
}

static void sums_saturate_at_the_ends_of_int64(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(apply(&w, START + i, 1, 1, FEATURE_VALUE_MAX), STATUS_OK);
    assert_true(w.values[1].i64 == INT64_MAX);
    world_done(&w);
}

static void refuse_plan(void (*spoil)(struct feature_plan *))
{
    static struct feature_plan plan;
    struct diag diag;
    plan_make(&plan);
    spoil(&plan);
    assert_int_equal(feature_plan_check(&plan, &diag), STATUS_INVALID);
    assert_true(diag.message[0] != 0);
}

#define SPOIL(name, change)                                                                       \
    static void name(struct feature_plan *p)                                                      \
    {                                                                                             \
        change;                                                                                   \
    }
SPOIL(kinds, p->kind_count = FEATURE_KINDS_MAX + 1)
SPOIL(tables, p->table_count = FEATURE_TABLES_MAX + 1)
SPOIL(windows, p->window_count = FEATURE_WINDOWS_MAX + 1)
SPOIL(types, p->event_type_count = FEATURE_EVENT_TYPES_MAX + 1)
SPOIL(keys, p->tables[0].key_count = FEATURE_KEYS_MAX + 1)
SPOIL(columns, p->tables[0].column_count = FEATURE_COLUMNS_MAX + 1)
SPOIL(classes, p->tables[0].class_count = FEATURE_CLASSES_MAX + 1)
SPOIL(no_class, p->tables[0].class_count = 0)
SPOIL(late, p->late_ms = FEATURE_OVER_MS_MAX + 1)
SPOIL(early, p->late_ms = -1)
SPOIL(length, p->windows[0].over_ms = FEATURE_OVER_MS_MAX + 1)
SPOIL(no_length, p->windows[0].over_ms = 0)
SPOIL(ending, p->windows[0].ending_ms = FEATURE_OVER_MS_MAX + 1)
SPOIL(hit_ending, p->windows[6].hit_ending_ms = FEATURE_OVER_MS_MAX + 1)
SPOIL(ever_distinct, p->windows[4].over_ms = FEATURE_EVER)
SPOIL(quantile, p->windows[5].parameter = 1.5)
SPOIL(class_of, p->windows[0].class_index = 2)
SPOIL(column_of, p->windows[1].column = 2)
SPOIL(symbol_sum, p->windows[1].column = 1)
SPOIL(slots, p->event_types[0].key_count = FEATURE_SLOTS_MAX + 1)
SPOIL(touches, p->event_types[0].touch_count = FEATURE_TOUCHES_MAX + 1)
SPOIL(slot_kind, p->event_types[0].touches[0].key_slots[0] = 1)
SPOIL(foreign, p->event_types[0].touches[0].windows = DEVICE_WINDOWS)

static void plans_beyond_a_limit_are_refused(void **unused)
{
    (void)unused;
    void (*const spoils[])(struct feature_plan *) = {
        kinds, tables, windows, types, keys, columns, classes, no_class, late, early, length,
        no_length, ending, hit_ending, ever_distinct, quantile, class_of, column_of, symbol_sum,
        slots, touches, slot_kind, foreign};
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++)
        refuse_plan(spoils[i]);
}

static void damaged_states_are_refused(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    for (int i = 0; i < 200; i++)
        assert_int_equal(apply_random(&w, START + i * 20000), STATUS_OK);
    struct buf bytes;
    buf_init(&bytes, mem_libc());
    assert_int_equal(feature_save(w.state, &bytes), STATUS_OK);
    struct feature_state *copy = NULL;
    for (size_t i = 0; i < bytes.size_bytes; i++) {
        bytes.data[i] ^= 0x10;
        assert_int_equal(
            feature_load(&w.plan, mem_libc(), SEED, buf_view(&bytes), &copy, &w.diag),
            STATUS_CORRUPT);
        bytes.data[i] ^= 0x10;
        struct view cut = {bytes.data, i};
        assert_int_equal(feature_load(&w.plan, mem_libc(), SEED, cut, &copy, &w.diag),
                         STATUS_CORRUPT);
    }
    static struct feature_plan other;
    plan_make(&other);
    other.windows[0].over_ms += 1;
    assert_int_equal(feature_load(&other, mem_libc(), SEED, buf_view(&bytes), &copy, &w.diag),
                     STATUS_CORRUPT);
    assert_null(copy);
    buf_done(&bytes);
    world_done(&w);
}

/* Writes 8 bytes, and the digest anew. */
static void forge(struct buf *bytes, size_t at, uint64_t word)
{
    struct hash_digest running;
    uint64_t digest[2];
    size_t size_bytes = bytes->size_bytes - sizeof digest;
    memcpy(bytes->data + at, &word, sizeof word);
    hash_digest_init(&running);
    hash_digest_add(&running, (struct view){bytes->data, size_bytes});
    hash_digest_result(&running, digest);
    memcpy(bytes->data + size_bytes, digest, sizeof digest);
}

/* The only account there is must be what the device's symbol window answers, if anything. */
static void ask_for_symbol(struct world *w)
{
    apply_classes(w, START + 10 * DAY, 1, 1, 1, (const uint32_t[3]){0});
    if (!w->present[10])
        return;
    assert_int_equal(w->values[10].i64, 0);
    assert_int_equal(feature_symbol_text(w->state, 0, 0).size_bytes, 28);
}

/* Forges each place of a state in turn: with a number that no symbol has. */
static void forge_symbols(enum feature_fn fn, int64_t over_ms)
{
    static struct world w;
    world_init(&w);
    feature_free(w.state);
    w.plan.windows[10].fn = fn;
    w.plan.windows[10].over_ms = over_ms;
    assert_int_equal(feature_new(&w.plan, &w.meter.mem, SEED, &w.state), STATUS_OK);
    assert_int_equal(apply(&w, START, 1, 1, 1), STATUS_OK);
    assert_int_equal(apply(&w, START + 10 * DAY, 1, 1, 1), STATUS_OK);
    struct buf bytes;
    buf_init(&bytes, mem_libc());
    assert_int_equal(feature_save(w.state, &bytes), STATUS_OK);
    for (size_t at = 24; at + 24 <= bytes.size_bytes; at++) {
        uint64_t was;
        memcpy(&was, bytes.data + at, sizeof was);
        feature_free(w.state);
        w.state = NULL;
        forge(&bytes, at, 0x12345);
        if (feature_load(&w.plan, &w.meter.mem, SEED, buf_view(&bytes), &w.state, &w.diag) ==
            STATUS_OK)
            ask_for_symbol(&w);
        forge(&bytes, at, was);
    }
    buf_done(&bytes);
    world_done(&w);
}

static void a_stored_symbol_that_does_not_exist_is_refused(void **unused)
{
    (void)unused;
    forge_symbols(FEATURE_LAST, DAY);
    forge_symbols(FEATURE_FIRST, DAY);
    forge_symbols(FEATURE_FIRST, FEATURE_EVER);
    forge_symbols(FEATURE_LAST, FEATURE_EVER);
}

static void events_may_outlive_the_symbols_they_name(void **unused)
{
    (void)unused;
    static struct world w;
    world_init(&w);
    struct buf bytes;
    buf_init(&bytes, mem_libc());
    for (uint32_t i = 0; i < 2000; i++) {
        assert_int_equal(apply(&w, START + i * HOUR, i, i % 400, 1), STATUS_OK);
        buf_clear(&bytes);
        assert_int_equal(feature_save(w.state, &bytes), STATUS_OK);
        struct feature_state *copy;
        assert_int_equal(
            feature_load(&w.plan, mem_libc(), SEED, buf_view(&bytes), &copy, &w.diag), STATUS_OK);
        feature_free(copy);
    }
    buf_done(&bytes);
    world_done(&w);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_changes_nothing),
        cmocka_unit_test(new_and_load_survive_a_failed_allocation),
        cmocka_unit_test(nothing_is_allocated_once_warm),
        cmocka_unit_test(memory_comes_back_when_keys_are_forgotten),
        cmocka_unit_test(a_hot_entity_is_bounded_and_refuses_more),
        cmocka_unit_test(events_that_nobody_asks_about_stay_cheap),
        cmocka_unit_test(values_and_keys_out_of_range_are_refused),
        cmocka_unit_test(sums_saturate_at_the_ends_of_int64),
        cmocka_unit_test(plans_beyond_a_limit_are_refused),
        cmocka_unit_test(damaged_states_are_refused),
        cmocka_unit_test(a_stored_symbol_that_does_not_exist_is_refused),
        cmocka_unit_test(events_may_outlive_the_symbols_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
