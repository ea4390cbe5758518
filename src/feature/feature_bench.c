/* One idea: the goals of the design, each measured in the way a decision uses the room, printed
 * beside the goal. Nothing is asserted. An argument chooses among few, many, cold and late. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/random.h"
#include "feature/feature.h"

#define HOUR ((int64_t)3600000)
#define DAY (24 * HOUR)
#define TABLES 5
#define WINDOWS 32
#define BATCH 16

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Large blocks on huge pages. */
static void *huge_resize(struct mem *mem, void *block, size_t size_old, size_t size_new)
{
    const size_t huge = (size_t)1 << 21;
    (void)mem;
    if (size_new == 0) {
        free(block);
        return NULL;
    }
    if (size_new < huge)
        return realloc(block, size_new);
    void *fresh = aligned_alloc(huge, (size_new + huge - 1) / huge * huge);
    if (fresh == NULL)
        return NULL;
    madvise(fresh, size_new, MADV_HUGEPAGE);
    if (block != NULL) {
        memcpy(fresh, block, size_old < size_new ? size_old : size_new);
        free(block);
    }
    return fresh;
}

static struct mem huge_mem = {huge_resize};

/* 32 windows of every function over 5 entities of an event, as a payment policy would have. */
static uint16_t lists[TABLES][WINDOWS];
static uint16_t counts[TABLES];
static const int16_t INPUTS[TABLES][2] = {{0, 1}, {0, 0}, {0, 0}, {0, 0}, {0, 0}};

static void add(struct feature_plan *plan, uint8_t table, struct feature_window window)
{
    window.table = table;
    lists[table][counts[table]++] = plan->window_count;
    plan->windows[plan->window_count++] = window;
}

static void plan_make(struct feature_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    memset(counts, 0, sizeof counts);
    plan->kind_count = TABLES;
    plan->table_count = TABLES;
    plan->event_type_count = 1;
    plan->late_ms = HOUR;
    struct feature_event_type *type = &plan->event_types[0];
    type->key_count = TABLES;
    type->touch_count = TABLES;
    for (uint8_t t = 0; t < TABLES; t++) {
        uint8_t other = t == 0 ? 1 : 0;
        plan->tables[t] = (struct feature_table){
            .name = "bench", .key_count = 1, .key_kinds = {t}, .class_count = 1,
            .column_count = 2, .columns = {{FEATURE_I64, 0}, {FEATURE_SYMBOL, other}}};
        add(plan, t, (struct feature_window){.fn = FEATURE_COUNT, .over_ms = HOUR});
        add(plan, t, (struct feature_window){.fn = FEATURE_SUM, .over_ms = DAY});
        add(plan, t,
            (struct feature_window){.fn = FEATURE_MEAN, .over_ms = 30 * DAY, .before = true});
        add(plan, t, (struct feature_window){.fn = FEATURE_DISTINCT, .column = 1, .over_ms = DAY});
        add(plan, t, (struct feature_window){.fn = FEATURE_COUNT, .over_ms = 7 * DAY});
        add(plan, t, (struct feature_window){.fn = FEATURE_SUM, .over_ms = HOUR});
        type->key_kinds[t] = t;
    }
    add(plan, 0, (struct feature_window){.fn = FEATURE_MAX, .over_ms = 7 * DAY});
    add(plan, 0, (struct feature_window){.fn = FEATURE_SINCE, .over_ms = 30 * DAY, .before = true});
    for (uint8_t t = 0; t < TABLES; t++)
        type->touches[t] = (struct feature_touch){
            .table = t, .key_slots = {t}, .feeds = true, .reads = true,
            .window_count = counts[t], .windows = lists[t], .column_inputs = INPUTS[t]};
}

struct slot {
    struct feature_event event;
    struct feature_handle handle;
    struct view keys[TABLES];
    union feature_value inputs[1];
    uint32_t classes[TABLES];
    char texts[TABLES][24];
};

static struct feature_plan plan;
static struct slot slots[BATCH];
static union feature_value values[FEATURE_WINDOWS_MAX];
static bool present[FEATURE_WINDOWS_MAX];

static void fill(struct slot *slot, struct random *random, uint32_t per_table, int64_t at_ms)
{
    slot->event = (struct feature_event){.at_ms = at_ms, .keys = slot->keys,
                                         .inputs = slot->inputs, .classes = slot->classes};
    for (uint8_t t = 0; t < TABLES; t++) {
        char *text = slot->texts[t];
        uint32_t key = (uint32_t)random_below(random, per_table);
        int size = 0;
        text[size++] = (char)('a' + t);
        do {
            text[size++] = (char)('0' + key % 10);
            key /= 10;
        } while (key > 0);
        slot->keys[t] = (struct view){text, (size_t)size};
        slot->classes[t] = 1;
    }
    slot->inputs[0].i64 = (int64_t)random_below(random, 1000000);
}

static double run(struct feature_state *state, struct random *random, uint32_t per_table,
                  uint32_t events, int64_t *at_ms, int64_t step_us)
{
    static int64_t clock_us;
    struct diag diag;
    double spent = 0;
    for (uint32_t done = 0; done < events; done += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            clock_us += step_us;
            fill(&slots[i], random, per_table, *at_ms + clock_us / 1000);
        }
        double begin = now_ns();
        for (uint32_t i = 0; i < BATCH; i++)
            feature_hash(state, &slots[i].event, &slots[i].handle);
        for (uint32_t i = 0; i < BATCH; i++)
            feature_find(state, &slots[i].event, &slots[i].handle);
        for (uint32_t i = 0; i < BATCH; i++)
            feature_fetch(state, &slots[i].event, &slots[i].handle);
        for (uint32_t i = 0; i < BATCH; i++)
            if (feature_apply(state, &slots[i].event, &slots[i].handle, values, present, &diag) !=
                STATUS_OK)
                printf("refused: %s\n", diag.message);
        spent += now_ns() - begin;
    }
    return spent;
}

static void line(const char *what, double value, const char *unit, const char *goal)
{
    printf("%-52s %9.1f %-5s goal %s\n", what, value, unit, goal);
}

static void report_memory(const struct feature_state *state)
{
    struct feature_stats s;
    feature_stats(state, &s);
    line("  bytes per entity and window",
         (double)s.window_bytes / (double)s.entity_windows, "bytes", "16");
    line("  bytes per retained event", (double)s.event_bytes / (double)s.events, "bytes", "16");
    line("  bytes per symbol, key and index", (double)s.key_bytes / (double)s.symbols, "bytes",
         "-");
    printf("  %.1f events per entity, %.0f MB\n", (double)s.events / (double)s.entities,
           (double)(s.window_bytes + s.event_bytes + s.key_bytes) / 1e6);
}

static void measure(const char *what, uint32_t entities, uint32_t warm, uint32_t events,
                    int64_t step_us, const char *goal)
{
    struct feature_state *state;
    struct random random;
    struct hash_seed seed = {1, 2};
    int64_t at_ms = 1700000000000;
    random_init(&random, 1);
    plan_make(&plan);
    struct diag diag;
    if (feature_plan_check(&plan, &diag) != STATUS_OK ||
        feature_new(&plan, &huge_mem, seed, &state) != STATUS_OK) {
        printf("no state: %s\n", diag.message);
        return;
    }
    run(state, &random, entities / TABLES, warm, &at_ms, step_us);
    double best = 1e300;
    for (int slice = 0; slice < 10; slice++) {
        double spent = run(state, &random, entities / TABLES, events / 10, &at_ms, step_us);
        double each = spent / (events / 10) / WINDOWS;
        best = each < best ? each : best;
    }
    line(what, best, "ns", goal);
    report_memory(state);
    feature_free(state);
}

/* One key; late events land 1,000 events before the end. */
static void measure_late(void)
{
    static const uint16_t windows[] = {0};
    static const int16_t inputs[] = {0};
    struct feature_state *state;
    struct hash_seed seed = {1, 2};
    struct diag diag;
    memset(&plan, 0, sizeof plan);
    plan.kind_count = 1;
    plan.table_count = 1;
    plan.window_count = 1;
    plan.event_type_count = 1;
    plan.late_ms = HOUR;
    plan.tables[0] = (struct feature_table){.name = "late", .key_count = 1, .class_count = 1,
                                            .column_count = 1, .columns = {{FEATURE_I64, 0}}};
    plan.windows[0] = (struct feature_window){.fn = FEATURE_SUM, .over_ms = 10000};
    plan.event_types[0].key_count = 1;
    plan.event_types[0].touch_count = 1;
    plan.event_types[0].touches[0] = (struct feature_touch){
        .feeds = true, .reads = true, .window_count = 1, .windows = windows,
        .column_inputs = inputs};
    if (feature_new(&plan, &huge_mem, seed, &state) != STATUS_OK)
        return;
    struct view key = VIEW("k");
    union feature_value amount = {.i64 = 7};
    uint32_t classes = 1;
    struct feature_event event = {.keys = &key, .inputs = &amount, .classes = &classes};
    struct feature_handle handle;
    double spent[2] = {0, 0};
    const int pairs = 200000;
    for (int i = 0; i < pairs; i++) {
        int64_t at_ms = 1700000000000 + i;
        for (int late = 0; late < 2; late++) {
            event.at_ms = late == 0 ? at_ms : at_ms - 500; /* two events a millisecond */
            double begin = now_ns();
            for (int k = 0; k < 1; k++) {
                feature_hash(state, &event, &handle);
                if (feature_apply(state, &event, &handle, values, present, &diag) != STATUS_OK)
                    printf("refused: %s\n", diag.message);
            }
            spent[late] += now_ns() - begin;
        }
    }
    double begin = now_ns();
    double empty = 0;
    for (int i = 0; i < pairs; i++)
        empty += now_ns();
    double clock_ns = (now_ns() - begin) / pairs;
    line("in order, one window, everything included", spent[0] / pairs - clock_ns, "ns", "-");
    line("late at distance 1,000, inserted and read", spent[1] / pairs - clock_ns, "ns", "45");
    (void)empty;
    feature_free(state);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "few many cold late";
    printf("32 windows over 5 entities, prefetch pipeline of %d; CPU time, best of 10 slices\n",
           BATCH);
    if (strstr(only, "few") != NULL)
        measure("per window, 2,000 hot entities, few events each", 2000, 400000, 400000, 600000000,
                "15");
    if (strstr(only, "many") != NULL)
        measure("per window, 2,000 hot entities, many events each", 2000, 400000, 400000, 6000000,
                "15");
    if (strstr(only, "cold") != NULL)
        measure("per window, 2 M cold entities", 2000000, 4000000, 1000000, 600000, "35");
    if (strstr(only, "late") != NULL)
        measure_late();
    return 0;
}
