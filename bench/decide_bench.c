/* One idea: events from a generator that is not timed, in blocks, each decided from NDJSON bytes to
 * decision bytes in one timed slice; what is quoted is the best and the median slice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/datetime.h"
#include "base/random.h"
#include "bench/forest.h"
#include "codec/lines.h"
#include "engine/model_row.h"
#include "engine/render.h"
#include "os/os.h"
#include "os/os_file.h"

#define BLOCK_EVENTS 65536
#define KINDS 5
#define START_MS ((int64_t)1767225600000) /* 2026-01-01 */

struct world {
    struct random random;
    uint64_t per_kind;   /* entities of each kind */
    int64_t step_us;     /* mean time between events */
    int64_t at_us;       /* since START_MS */
    uint64_t serial;
    struct buf text;
};

static void put_event(struct world *w)
{
    static const char *const kinds[KINDS] = {"account", "card", "device", "payee", "network"};
    static const char *const channels[] = {"web", "app", "pos"};
    struct buf *out = &w->text;
    char at[DATETIME_TEXT_BYTES_MAX];
    w->at_us += (int64_t)random_below(&w->random, (uint64_t)w->step_us * 2);
    size_t at_size = datetime_format(at, START_MS + w->at_us / 1000);
    buf_printf(out, "{\"event\":\"payment\",\"id\":\"p%010llu\",\"at\":\"%.*s\"",
               (unsigned long long)w->serial++, (int)at_size, at);
    for (int k = 0; k < KINDS; k++)
        buf_printf(out, ",\"%s\":\"%c%011llu\"", kinds[k], kinds[k][0],
                   (unsigned long long)random_below(&w->random, w->per_kind));
    uint64_t cents = 100 + random_below(&w->random, 500000);
    buf_printf(out, ",\"amount\":%llu.%02llu,\"country\":\"CN\",\"channel\":\"%s\"}\n",
               (unsigned long long)(cents / 100), (unsigned long long)(cents % 100),
               channels[random_below(&w->random, 3)]);
}

struct cut {
    struct view rest;
};

static enum status read_cut(void *context, char *to, size_t max, size_t *ret_size,
                            struct diag *diag)
{
    struct cut *cut = context;
    (void)diag;
    size_t size = cut->rest.size_bytes < max ? cut->rest.size_bytes : max;
    memcpy(to, cut->rest.data, size);
    cut->rest.data += size;
    cut->rest.size_bytes -= size;
    *ret_size = size;
    return STATUS_OK;
}

struct bench {
    struct engine *engine;
    struct render render;
    struct buf out;
    struct engine_sink sink;
    uint64_t errors;
    const struct policy *policy;
    double *rows;        /* of the policy's model, of the first events; NULL: not asked for */
    size_t row_count;
};

#define ROWS_MAX 4096

/* What `make bench` adds to the policy for the case with a model: 30 of its windows, and a rule. */
static const char MODEL[] =
    "model risk = \"risk.json\" (\n"
    "  account_count_1h, account_count_24h, account_sum_1h, account_sum_24h, account_mean_7d,\n"
    "  account_max_7d, account_payees_24h, account_since, card_count_1h, card_count_24h,\n"
    "  card_sum_1h, card_sum_24h, card_mean_7d, card_min_24h, device_count_1h, device_count_24h,\n"
    "  device_sum_24h, device_cards_7d, device_web_24h, device_first, payee_count_1h,\n"
    "  payee_count_24h, payee_sum_1h, payee_sum_24h, payee_mean_7d, payee_last,\n"
    "  network_count_1h, network_count_24h, network_sum_1h, amount)\n"
    "rule r21 \"The model says {risk}\" on payment when risk >= 0.7 then review \"R21\"\n";

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct bench *bench = (struct bench *)((char *)sink - offsetof(struct bench, sink));
    bench->errors += outcome->status != STATUS_OK;
    if (bench->rows != NULL && bench->row_count < ROWS_MAX && outcome->frame != NULL) {
        const struct policy_model *model = &bench->policy->models[0];
        model_row_fill(bench->policy, model, outcome->frame,
                       bench->rows + bench->row_count++ * model->argument_count);
    }
    render_outcome(&bench->render, outcome, &bench->out);
}

static void must(enum status status, const char *what)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "decide_bench: %s: %s\n", what, status_text(status));
    exit(4);
}

/* Decides one block; returns processor time in ns. */
static uint64_t run_block(struct bench *bench, struct world *w)
{
    buf_clear(&w->text);
    for (int i = 0; i < BLOCK_EVENTS; i++)
        put_event(w);
    must(buf_status(&w->text), "events");
    struct cut cut = {buf_view(&w->text)};
    struct lines *lines = lines_new(os_mem(), LINES_NDJSON, ',', (struct source){read_cut, &cut});
    struct line batch[LINES_BATCH_MAX];
    size_t count = 0;
    uint64_t start = os_cpu_ns(os_real());
    while (lines_read(lines, batch, LINES_BATCH_MAX, &count, NULL) == STATUS_OK) {
        must(engine_decide(bench->engine, ENGINE_NDJSON, batch, count, &bench->sink), "decide");
        if (bench->out.size_bytes > ((size_t)256 << 10))
            buf_clear(&bench->out);
    }
    uint64_t spent = os_cpu_ns(os_real()) - start;
    lines_free(lines);
    return spent;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Gives the engine a forest that asks what the first events' rows had. */
static void load_forest(struct bench *bench, struct world *w)
{
    size_t feature_count = bench->policy->models[0].argument_count;
    struct buf file;
    struct diag diag = {0};
    buf_init(&file, os_mem());
    bench->rows = calloc(ROWS_MAX * feature_count, sizeof *bench->rows);
    must(bench->rows == NULL ? STATUS_NO_MEMORY : STATUS_OK, "rows");
    run_block(bench, w);
    forest_put(&file, &w->random, bench->rows, bench->row_count, feature_count);
    must(buf_status(&file), "forest");
    must(engine_model_load(bench->engine, 0, buf_view(&file), &diag), diag.message);
    free(bench->rows);
    bench->rows = NULL;
    buf_done(&file);
}

static void run_case(const struct policy *policy, const char *name, uint64_t entities,
                     int64_t step_us, unsigned warm_blocks, unsigned blocks, double goal)
{
    struct engine_options options = {policy, os_mem(), {1, 2}, false};
    struct bench bench = {.sink = {take}, .policy = policy};
    struct world w = {.per_kind = entities / KINDS, .step_us = step_us};
    struct diag diag = {0};
    random_init(&w.random, 1);
    buf_init(&w.text, os_mem());
    buf_init(&bench.out, os_mem());
    must(engine_new(&options, &bench.engine, &diag), diag.message);
    must(render_init(&bench.render, policy, ENGINE_NDJSON, false, os_mem()), "render");
    for (unsigned i = 0; i < warm_blocks; i++)
        run_block(&bench, &w);
    if (policy->model_count > 0)
        load_forest(&bench, &w);
    uint64_t *spent = calloc(blocks, sizeof *spent);
    for (unsigned i = 0; i < blocks; i++)
        spent[i] = run_block(&bench, &w);
    qsort(spent, blocks, sizeof *spent, compare_u64);
    struct engine_stats stats;
    engine_stats(bench.engine, &stats);
    printf("%-34s median %7.0f k/s  best %7.0f k/s  goal %4.0f k/s  (%llu entities, %llu retained, "
           "%llu errors)\n",
           name, BLOCK_EVENTS * 1e6 / (double)spent[blocks / 2],
           BLOCK_EVENTS * 1e6 / (double)spent[0], goal / 1e3, (unsigned long long)stats.entities,
           (unsigned long long)stats.retained_events, (unsigned long long)bench.errors);
    fflush(stdout);
    free(spent);
    engine_free(bench.engine);
    render_done(&bench.render);
    buf_done(&bench.out);
    buf_done(&w.text);
}

int main(int argc, char **argv)
{
    struct buf source;
    struct diag diag = {0};
    struct policy_report report;
    struct policy *policy = NULL;
    const char *path = argc > 1 ? argv[1] : "bench/policy.weir";
    buf_init(&source, os_mem());
    policy_report_init(&report, os_mem());
    must(os_file_read_all(os_real(), path, POLICY_SOURCE_BYTES_MAX, &source, &diag), diag.message);
    must(policy_compile(view_of(path), buf_view(&source), os_mem(), &report, &policy), path);
    printf("decide, in process, NDJSON to NDJSON, 32 windows over 5 entities, 20 rules, "
           "one core\n");
    run_case(policy, "2,000,000 live entities (cold)", 2000000, 100000, 96, 24, 400e3);
    run_case(policy, "2,000 hot entities", 2000, 100000000, 4, 24, 700e3);
    policy_free(policy);
    buf_put_text(&source, MODEL);
    must(policy_compile(view_of(path), buf_view(&source), os_mem(), &report, &policy), "model");
    printf("the same with a model of %d trees of depth %d over 30 features\n", FOREST_TREES,
           FOREST_DEPTH);
    run_case(policy, "2,000,000 live entities, model", 2000000, 100000, 96, 24, 300e3);
    run_case(policy, "2,000 hot entities, model", 2000, 100000000, 4, 24, 300e3);
    policy_free(policy);
    policy_report_done(&report);
    buf_done(&source);
    return 0;
}
