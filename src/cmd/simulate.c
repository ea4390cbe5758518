/* One idea: a world from sim/sim.h, told line by line into a file. What happened goes to standard
 * output, or nowhere when the events themselves go there (with --json: to standard error). */
#include "cmd/commands.h"
#include "cmd/progress.h"

#include <string.h>

#include "base/money.h"
#include "codec/json.h"
#include "sim/sim.h"

enum { OPTION_SEED, OPTION_CUSTOMERS, OPTION_DAYS, OPTION_EVENTS, OPTION_BUSINESS,
       OPTION_SCENARIO, OPTION_FRAUD_PPM, OPTION_OUTPUT, OPTION_JSON, OPTION_COUNT };

#define BUSINESS_NAME(name, text, sentence) text,
static const char *const businesses[] = {"all", SIM_BUSINESS_TABLE(BUSINESS_NAME) NULL};
#define SCENARIO_NAME(name, text, businesses, share, size, sentence) #text,
static const char *const scenarios[] = {"all", "none", SIM_SCENARIO_TABLE(SCENARIO_NAME) NULL};

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_SEED] = {.name = "seed", .value = "N", .type = CMD_U64, .u64_max = UINT64_MAX,
                     .summary = "which world: the same number gives the same bytes (default: 1)"},
    [OPTION_CUSTOMERS] = {.name = "customers", .value = "N", .type = CMD_U64,
                          .u64_min = SIM_CUSTOMERS_MIN, .u64_max = SIM_CUSTOMERS_MAX,
                          .summary = "how many people live in it (default: 2000, or as many "
                                     "as --events takes)"},
    [OPTION_DAYS] = {.name = "days", .value = "N", .type = CMD_U64, .u64_min = 1,
                     .u64_max = SIM_DAYS_MAX, .summary = "how many days pass (default: 60)"},
    [OPTION_EVENTS] = {.name = "events", .value = "N", .type = CMD_U64, .u64_min = 1,
                       .u64_max = SIM_EVENTS_MAX, .summary = "stop after exactly N events"},
    [OPTION_BUSINESS] = {.name = "business", .value = "A,B", .type = CMD_TEXT,
                         .choices = businesses,
                         .summary = "which businesses run in it (default: all)"},
    [OPTION_SCENARIO] = {.name = "scenario", .value = "A,B", .type = CMD_TEXT,
                         .choices = scenarios,
                         .summary = "what criminals do: a list, all, or none (default: all)"},
    [OPTION_FRAUD_PPM] = {.name = "fraud-ppm", .value = "N", .type = CMD_U64,
                          .u64_max = SIM_FRAUD_PPM_MAX,
                          .summary = "frauds among a million judged events (default: 8000)"},
    [OPTION_OUTPUT] = {.letter = 'o', .name = "output", .value = "FILE", .type = CMD_PATH,
                       .summary = "where to write the events; - is standard output"},
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG,
                     .summary = "write the summary as one JSON object"},
};

/* A run: the world and where it is told. */
struct telling {
    struct cmd_context *context;
    struct cmd_output file;  /* of -o FILE; zero when the events go to standard output */
    struct cmd_stream *to;
    struct sim *sim;
};

static enum status read_config(const struct cmd_args *args, struct sim_config *config,
                               struct diag *diag)
{
    const struct cmd_value *values = args->values;
    enum status status = STATUS_OK;
    *config = sim_config_default();
    if (values[OPTION_SEED].given)
        config->seed = values[OPTION_SEED].u64;
    if (values[OPTION_CUSTOMERS].given)
        config->customers = (uint32_t)values[OPTION_CUSTOMERS].u64;
    else if (values[OPTION_EVENTS].given)
        config->customers = 0;
    if (values[OPTION_DAYS].given)
        config->days = (uint32_t)values[OPTION_DAYS].u64;
    if (values[OPTION_EVENTS].given)
        config->events_max = values[OPTION_EVENTS].u64;
    if (values[OPTION_FRAUD_PPM].given)
        config->fraud_ppm = (uint32_t)values[OPTION_FRAUD_PPM].u64;
    if (values[OPTION_BUSINESS].given)
        status = sim_businesses_parse(view_of(values[OPTION_BUSINESS].text), &config->businesses,
                                      diag);
    if (status == STATUS_OK && values[OPTION_SCENARIO].given)
        status = sim_scenarios_parse(view_of(values[OPTION_SCENARIO].text), &config->scenarios,
                                     diag);
    return status;
}

/* Tells the world to its end, or until nothing more can be written. */
static enum status tell(struct telling *telling, uint64_t expected)
{
    struct cmd_progress progress;
    cmd_progress_start(&progress, telling->context, "events", expected, telling->to);
    enum status status = STATUS_OK;
    for (uint64_t count = 0; status == STATUS_OK; count++) {
        status = sim_next(telling->sim, &telling->to->buf);
        if (status == STATUS_OK)
            status = cmd_stream_spill(telling->to);
        if (count % 4096 == 0)
            cmd_progress_tell(&progress, count, count);
    }
    cmd_progress_end(&progress);
    return status == STATUS_END ? cmd_stream_flush(telling->to) : status;
}

static void put_money(struct buf *out, int64_t minor)
{
    char text[MONEY_TEXT_BYTES_MAX];
    buf_put(out, text, money_format(text, minor, 2));
}

static void put_summary(const struct sim *sim, struct buf *out)
{
    const struct sim_totals *totals = sim_totals(sim);
    buf_printf(out, "%llu events of %u customers; %llu are judged, %llu of them fraud\n",
               (unsigned long long)totals->events, (unsigned)sim_customers(sim),
               (unsigned long long)totals->judged, (unsigned long long)totals->fraud);
    for (size_t i = 0; i < SIM_SCENARIO_COUNT; i++) {
        if (totals->fraud_by_scenario[i] == 0)
            continue;
        buf_printf(out, "  %-22s %8llu events  CNY ", sim_scenario_at(i)->name,
                   (unsigned long long)totals->fraud_by_scenario[i]);
        put_money(out, totals->fraud_minor_by_scenario[i]);
        buf_put_char(out, '\n');
    }
}

static void put_summary_json(const struct sim *sim, struct buf *out)
{
    const struct sim_totals *totals = sim_totals(sim);
    buf_printf(out, "{\"events\":%llu,\"customers\":%u,\"judged\":%llu,\"fraud\":%llu,"
                    "\"scenarios\":{",
               (unsigned long long)totals->events, (unsigned)sim_customers(sim),
               (unsigned long long)totals->judged, (unsigned long long)totals->fraud);
    for (size_t i = 0; i < SIM_SCENARIO_COUNT; i++) {
        buf_put_text(out, i > 0 ? "," : "");
        json_put_string(out, view_of(sim_scenario_at(i)->name));
        buf_printf(out, ":{\"events\":%llu,\"amount\":",
                   (unsigned long long)totals->fraud_by_scenario[i]);
        put_money(out, totals->fraud_minor_by_scenario[i]);
        buf_put_char(out, '}');
    }
    buf_put_text(out, "}}\n");
}

static enum cmd_exit simulate(struct telling *telling, const struct cmd_args *args,
                              const struct sim_config *config)
{
    struct cmd_context *context = telling->context;
    struct diag diag = {0};
    bool piped = telling->to == &context->out;
    enum status status = tell(telling, config->events_max != 0 ? config->events_max
                                                               : sim_events_expected(config));
    bool unwritten = telling->to->status != STATUS_OK;
    enum cmd_exit exit = cmd_output_close(&telling->file, status == STATUS_OK);
    if (unwritten) /* has been told, or is by the frame when it befell standard output */
        return piped ? cmd_exit_of(status) : exit;
    if (status != STATUS_OK)
        return cmd_fail(context, NULL, status, &diag);
    if (exit != CMD_EXIT_OK)
        return exit;
    if (args->values[OPTION_JSON].given)
        put_summary_json(telling->sim, piped ? &context->err.buf : &context->out.buf);
    else if (!piped)
        put_summary(telling->sim, &context->out.buf);
    return CMD_EXIT_OK;
}

static enum cmd_exit open_file(struct telling *telling, const char *path)
{
    telling->to = &telling->file.stream;
    enum cmd_exit exit = cmd_output_claim(&telling->file, telling->context, path);
    return exit == CMD_EXIT_OK ? cmd_output_open(&telling->file) : exit;
}

static enum cmd_exit run(struct cmd_context *context, const struct cmd_args *args)
{
    struct telling telling = {.context = context, .to = &context->out};
    const char *path = args->values[OPTION_OUTPUT].text;
    struct sim_config config;
    struct diag diag = {0};
    if (path == NULL)
        return cmd_complain_usage(context, "where to? Add -o FILE, or -o - for standard output");
    enum status status = read_config(args, &config, &diag);
    if (status == STATUS_OK)
        status = sim_new(&config, context->mem, &telling.sim, &diag);
    if (status == STATUS_INVALID) {
        cmd_complain_diag(context, NULL, &diag);
        return CMD_EXIT_USAGE;
    }
    enum cmd_exit code = CMD_EXIT_OK;
    if (status != STATUS_OK)
        code = cmd_fail(context, NULL, status, &diag);
    else if (strcmp(path, "-") != 0)
        code = open_file(&telling, path);
    if (code == CMD_EXIT_OK)
        code = simulate(&telling, args, &config);
    enum cmd_exit closed = cmd_output_close(&telling.file, false); /* open after a failure only */
    sim_free(telling.sim);
    code = closed > code ? closed : code;
    return code;
}

static const char *const examples[] = {
    "weir simulate --events 200000 -o events.ndjson",
    "weir simulate --seed 7 --days 90 --business banking --scenario mule_chain -o -",
    NULL,
};

const struct cmd_command cmd_simulate = {
    .name = "simulate",
    .summary = "make a stream of events with known criminals in it",
    .operands = "-o FILE",
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Tells what happens in an invented world of customers with habits, merchants, devices and "
        "criminals, as NDJSON, one event per line in the order of time. Every event that can be "
        "judged says whether it was fraud and of which scenario, so that a policy can be measured "
        "against the truth."
        "\n\n"
        "The same options give the same bytes on every machine. FILE appears when it is whole; "
        "until then it is FILE.partial, which stays when the run is interrupted and is removed "
        "when it fails.",
    .examples = examples,
    .run = run,
};
