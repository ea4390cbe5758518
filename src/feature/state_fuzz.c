/* One idea: the input is what lies between a saved state's head and its digest, so that the reader
 * gets to see it. What is read must write itself back the same, and go on deciding. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "feature/feature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

#define HEAD_BYTES 24u /* the magic and the plan's digest, see save.c */
#define DAY ((int64_t)86400000)

static const uint16_t WINDOWS[3][8] = {{0, 1, 2, 3, 4, 5, 9, 10}, {6, 7, 11, 12}, {8}};
static const uint16_t COUNTS[3] = {8, 4, 1};
static const int16_t INPUTS[] = {0, 1};

static void plan_make(struct feature_plan *plan)
{
    static const struct feature_window windows[] = {
        {.fn = FEATURE_SUM, .over_ms = DAY},
        {.fn = FEATURE_STD, .over_ms = FEATURE_EVER},
        {.fn = FEATURE_AGE, .class_index = 1, .over_ms = FEATURE_EVER},
        {.fn = FEATURE_DISTINCT, .column = 1, .over_ms = DAY},
        {.fn = FEATURE_QUANTILE, .over_ms = DAY, .parameter = 0.5},
        {.fn = FEATURE_DECAYED, .parameter = 3600000},
        {.fn = FEATURE_COUNT, .table = 1, .over_ms = DAY},
        {.fn = FEATURE_MAX, .table = 1, .over_ms = DAY},
        {.fn = FEATURE_RATE, .table = 2, .over_ms = DAY},
        {.fn = FEATURE_FIRST, .column = 1, .over_ms = FEATURE_EVER},
        {.fn = FEATURE_LAST, .column = 1, .over_ms = FEATURE_EVER},
        {.fn = FEATURE_FIRST, .table = 1, .column = 1, .over_ms = DAY},
        {.fn = FEATURE_LAST, .table = 1, .column = 1, .over_ms = DAY},
    };
    memset(plan, 0, sizeof *plan);
    plan->kind_count = 2;
    plan->table_count = 3;
    plan->late_ms = DAY;
    plan->event_type_count = 1;
    for (uint8_t t = 0; t < 3; t++) {
        plan->tables[t] = (struct feature_table){
            .name = "fuzzed", .key_count = (uint8_t)(t == 0 ? 1 : t == 1 ? 2 : 0),
            .key_kinds = {0, 1}, .class_count = 2, .column_count = 2,
            .columns = {{t == 1 ? FEATURE_F64 : FEATURE_I64, 0}, {FEATURE_SYMBOL, 1}}};
        plan->event_types[0].touches[t] = (struct feature_touch){
            .table = t, .key_slots = {0, 1}, .feeds = true, .reads = true,
            .window_count = COUNTS[t], .windows = WINDOWS[t], .column_inputs = INPUTS};
    }
    plan->window_count = sizeof windows / sizeof *windows;
    memcpy(plan->windows, windows, sizeof windows);
    plan->event_types[0].key_count = 2;
    plan->event_types[0].key_kinds[1] = 1;
    plan->event_types[0].touch_count = 3;
    ASSERT(feature_plan_check(plan, NULL) == STATUS_OK);
}

static const struct hash_seed SEED = {1, 2};

/* Windows 9 to 12 answer with symbols of kind 1. */
static void read_symbols(const struct feature_state *state, const union feature_value *values,
                         const bool *present)
{
    for (int i = 9; i <= 12; i++)
        if (present[i])
            ASSERT(feature_symbol_text(state, 1, values[i].i64).size_bytes <=
                   FEATURE_KEY_BYTES_MAX);
}

static void apply_some(struct feature_state *state)
{
    static union feature_value values[FEATURE_WINDOWS_MAX];
    static bool present[FEATURE_WINDOWS_MAX];
    struct feature_stats stats;
    feature_stats(state, &stats);
    int64_t at_ms = stats.newest_ms == INT64_MIN ? 0 : stats.newest_ms;
    static const struct view keys[2] = {{"a", 1}, {"b", 1}};
    const union feature_value inputs[2] = {{.i64 = 5}, {.i64 = 0}};
    const uint32_t classes[3] = {3, 1, 1};
    for (int i = 0; i < 4; i++) {
        struct feature_event event = {.at_ms = at_ms - i * 1000, .keys = keys, .inputs = inputs,
                                      .classes = classes};
        struct feature_handle handle;
        struct diag diag;
        feature_hash(state, &event, &handle);
        enum status status = feature_apply(state, &event, &handle, values, present, &diag);
        ASSERT(status == STATUS_OK || status == STATUS_LIMIT || status == STATUS_OVERFLOW);
        if (status == STATUS_OK)
            read_symbols(state, values, present);
    }
}

static void frame(const struct feature_plan *plan, struct view body, struct buf *out)
{
    struct feature_state *state;
    struct hash_digest running;
    uint64_t digest[2];
    ASSERT(feature_new(plan, mem_libc(), SEED, &state) == STATUS_OK);
    ASSERT(feature_save(state, out) == STATUS_OK);
    feature_free(state);
    out->size_bytes = HEAD_BYTES;
    buf_put_view(out, body);
    hash_digest_init(&running);
    hash_digest_add(&running, buf_view(out));
    hash_digest_result(&running, digest);
    buf_put(out, digest, sizeof digest);
    ASSERT(buf_status(out) == STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static struct feature_plan plan;
    struct buf bytes;
    struct buf again;
    struct feature_state *state;
    struct diag diag;
    plan_make(&plan);
    buf_init(&bytes, mem_libc());
    buf_init(&again, mem_libc());
    frame(&plan, (struct view){(const char *)data, size_bytes}, &bytes);
    if (feature_load(&plan, mem_libc(), SEED, buf_view(&bytes), &state, &diag) == STATUS_OK) {
        ASSERT(feature_save(state, &again) == STATUS_OK);
        ASSERT(view_equal(buf_view(&bytes), buf_view(&again)));
        apply_some(state);
        feature_free(state);
    }
    buf_done(&bytes);
    buf_done(&again);
    return 0;
}
