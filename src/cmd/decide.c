/* One idea: read a batch, decide it, write a line for each line. */
#include "cmd/commands.h"

#include <string.h>

#include "cmd/json.h"
#include "cmd/loop.h"
#include "cmd/tally.h"
#include "codec/json.h"
#include "engine/render.h"

enum { OPTION_OUT, OPTION_FORMAT, OPTION_INPUT, OPTION_SEPARATOR, OPTION_FEATURES, OPTION_SUMMARY,
       OPTION_COUNT };

static const char *const output_formats[] = {"ndjson", "csv", NULL};

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_OUT] = {.letter = 'o', .name = "output", .value = "FILE", .type = CMD_PATH,
                    .summary = "write decisions there instead of standard output"},
    [OPTION_FORMAT] = {.name = "format", .value = "FORMAT", .type = CMD_CHOICE,
                       .choices = output_formats, .summary = "format of the output: ndjson or csv"},
    CMD_INPUT_OPTIONS(OPTION_INPUT, OPTION_SEPARATOR),
    [OPTION_FEATURES] = {.name = "features", .type = CMD_FLAG,
                         .summary = "add the value of every let to each decision"},
    [OPTION_SUMMARY] = {.name = "json-summary", .value = "FILE", .type = CMD_PATH,
                        .summary = "write counts, speed and the state's digest as JSON"},
};

struct decide {
    struct cmd_context *context;
    struct cmd_session session;
    struct cmd_input input;
    struct cmd_output file;      /* of -o */
    struct cmd_output summary;   /* of --json-summary */
    struct cmd_stream *out;
    struct render render;
    struct engine_sink sink;
    struct cmd_tally tally;
    uint64_t duplicates;
    uint64_t verdicts[POLICY_BLOCK + 1]; /* of decided lines */
    uint64_t *fired;             /* per rule; shadow rules count too */
    uint64_t started_ns;
    uint64_t started_cpu_ns;
};

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct decide *d = (struct decide *)((char *)sink - offsetof(struct decide, sink));
    cmd_tally_take(&d->tally, outcome);
    render_outcome(&d->render, outcome, &d->out->buf);
    if (outcome->status != STATUS_OK)
        return;
    d->verdicts[outcome->verdict]++;
    d->duplicates += outcome->duplicate;
    for (uint16_t i = 0; i < outcome->fired_count; i++)
        d->fired[outcome->fired[i].rule]++;
    for (uint16_t i = 0; i < outcome->shadow_count; i++)
        d->fired[outcome->shadow[i].rule]++;
}

static enum status decide_lines(void *self, const struct line *batch, size_t count)
{
    struct decide *d = self;
    return engine_decide(d->session.engine, d->input.format, batch, count, &d->sink);
}

static void put_summary(struct decide *d, struct buf *out)
{
    const struct policy *policy = d->session.policy;
    struct engine_stats stats;
    uint64_t digest[2];
    engine_stats(d->session.engine, &stats);
    engine_digest(d->session.engine, digest);
    double seconds = (double)(os_monotonic_ns(d->context->os) - d->started_ns) / 1e9;
    double cpu_seconds = (double)(os_cpu_ns(d->context->os) - d->started_cpu_ns) / 1e9;
    struct cmd_json json = cmd_json_begin(out);
    cmd_json_view(&json, "policy", policy->name);
    cmd_json_text(&json, "policy_hash", policy->hash);
    cmd_json_u64(&json, "lines", d->tally.lines);
    cmd_json_u64(&json, "decided", d->tally.lines - d->tally.errors);
    cmd_json_u64(&json, "duplicates", d->duplicates);
    cmd_json_u64(&json, "errors", d->tally.errors);
    cmd_tally_json(&json, "errors_by", &d->tally);
    cmd_json_object(&json, "verdicts");
    for (int v = POLICY_ALLOW; v <= POLICY_BLOCK; v++)
        cmd_json_u64(&json, policy_verdict_text((enum policy_verdict)v), d->verdicts[v]);
    cmd_json_end(&json);
    cmd_json_object(&json, "rules");
    for (uint16_t i = 0; i < policy->rule_count; i++)
        cmd_json_u64_named(&json, policy->rules[i].name, d->fired[i]);
    cmd_json_end(&json);
    cmd_tally_json_models(&json, "models", &d->tally, policy, d->session.engine);
    buf_put_text(out, ",\"digest\":");
    buf_printf(out, "\"%016llx%016llx\"", (unsigned long long)digest[0],
               (unsigned long long)digest[1]);
    cmd_json_object(&json, "state");
    cmd_json_u64(&json, "entities", stats.entities);
    cmd_json_u64(&json, "retained_events", stats.retained_events);
    cmd_json_u64(&json, "window_bytes", stats.window_bytes);
    cmd_json_u64(&json, "event_bytes", stats.event_bytes);
    cmd_json_u64(&json, "key_bytes", stats.key_bytes);
    cmd_json_u64(&json, "remembered_ids", stats.remembered_ids);
    cmd_json_u64(&json, "remembered_bytes", stats.remembered_bytes);
    cmd_json_u64(&json, "labels_unmatched", stats.labels_unmatched);
    cmd_json_u64(&json, "lets_unfed", stats.lets_unfed);
    cmd_json_end(&json);
    cmd_json_f64(&json, "seconds", seconds);
    cmd_json_f64(&json, "cpu_seconds", cpu_seconds);
    cmd_json_f64(&json, "events_per_second", seconds > 0 ? (double)d->tally.lines / seconds : 0);
    cmd_json_end(&json);
    buf_put_char(out, '\n');
}

static enum cmd_exit write_summary(struct decide *d)
{
    if (d->summary.context == NULL) {
        put_summary(d, &d->context->out.buf);
        return CMD_EXIT_OK;
    }
    enum cmd_exit exit = cmd_output_open(&d->summary);
    if (exit != CMD_EXIT_OK)
        return exit;
    put_summary(d, &d->summary.stream.buf);
    return cmd_output_close(&d->summary, true);
}

static bool is_stdout(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

/* Claims both outputs before the first is opened: a run that is refused writes nothing. */
static enum cmd_exit claim_outputs(struct decide *d, const struct cmd_args *args)
{
    const char *out = args->values[OPTION_OUT].text;
    const char *summary = args->values[OPTION_SUMMARY].text;
    if (is_stdout(out) && summary != NULL && is_stdout(summary))
        return cmd_complain_usage(d->context, "decisions and summary cannot both go to standard "
                                              "output; add -o FILE");
    enum cmd_exit exit = is_stdout(out) ? cmd_output_check_stdout(d->context)
                                        : cmd_output_claim(&d->file, d->context, out);
    if (exit == CMD_EXIT_OK && !is_stdout(summary))
        exit = cmd_output_claim(&d->summary, d->context, summary);
    return exit;
}

static enum cmd_exit open_output(struct decide *d, const struct cmd_args *args)
{
    enum cmd_exit exit = claim_outputs(d, args);
    d->out = is_stdout(args->values[OPTION_OUT].text) ? &d->context->out : &d->file.stream;
    if (exit == CMD_EXIT_OK && d->file.context != NULL)
        exit = cmd_output_open(&d->file);
    if (exit != CMD_EXIT_OK)
        return exit;
    enum engine_format format =
        args->values[OPTION_FORMAT].choice == 1 ? ENGINE_CSV : ENGINE_NDJSON;
    bool features = args->values[OPTION_FEATURES].given;
    if (render_init(&d->render, d->session.policy, format, features, d->context->mem) != STATUS_OK)
        return cmd_complain_memory(d->context);
    render_header(&d->render, &d->out->buf);
    return CMD_EXIT_OK;
}

static enum cmd_exit open_all(struct decide *d, const struct cmd_args *args)
{
    const char *events = args->operand_count > 1 ? args->operands[1] : NULL;
    enum cmd_exit exit = cmd_session_open(&d->session, d->context, args->operands[0]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_engine(&d->session, args->values[OPTION_FEATURES].given);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_open(&d->input, d->context, events,
                              &args->values[OPTION_INPUT]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_header(&d->input, &d->session);
    if (exit == CMD_EXIT_OK)
        exit = open_output(d, args);
    if (exit != CMD_EXIT_OK)
        return exit;
    d->fired = mem_zeroed(d->context->mem, (d->session.policy->rule_count + 1u) * sizeof *d->fired);
    return d->fired == NULL ? cmd_complain_memory(d->context) : CMD_EXIT_OK;
}

/* Lines that could not be decided are in the output: it is whole, and gets its name. */
static enum cmd_exit finish_outputs(struct decide *d, bool with_summary)
{
    enum cmd_exit exit = cmd_output_close(&d->file, true);
    return exit == CMD_EXIT_OK && with_summary ? write_summary(d) : exit;
}

static enum cmd_exit close_all(struct decide *d, enum cmd_exit exit)
{
    enum cmd_exit closed = cmd_output_close(&d->file, false);
    exit = closed > exit ? closed : exit;
    closed = cmd_output_close(&d->summary, false);
    exit = closed > exit ? closed : exit;
    if (d->session.policy != NULL)
        mem_free(d->context->mem, d->fired,
                 (d->session.policy->rule_count + 1u) * sizeof *d->fired);
    render_done(&d->render);
    cmd_input_close(&d->input);
    cmd_session_close(&d->session);
    return exit;
}

static enum cmd_exit run_lines(struct decide *d, bool with_summary)
{
    struct cmd_loop loop = {.context = d->context, .input = &d->input, .out = d->out,
                            .decide = decide_lines, .self = d};
    enum cmd_exit exit = cmd_loop_run(&loop);
    if (loop.cut_short)
        return exit;
    cmd_tally_tell_models(d->context, &d->tally, d->session.policy, "");
    enum cmd_exit told = cmd_tally_tell(d->context, &d->tally, "");
    exit = told > exit ? told : exit;
    if (exit > CMD_EXIT_FINDINGS)
        return exit;
    enum cmd_exit written = finish_outputs(d, with_summary);
    return written > exit ? written : exit;
}

static enum cmd_exit run(struct cmd_context *context, const struct cmd_args *args)
{
    struct decide d = {.context = context, .sink = {take}};
    d.started_ns = os_monotonic_ns(context->os);
    d.started_cpu_ns = os_cpu_ns(context->os);
    enum cmd_exit exit = open_all(&d, args);
    if (exit == CMD_EXIT_OK)
        exit = run_lines(&d, args->values[OPTION_SUMMARY].given);
    return close_all(&d, exit);
}

static const char *const examples[] = {
    "weir decide policy.weir events.ndjson",
    "weir decide policy.weir history.csv.zst --features --format csv -o features.csv",
    "tail -f events.ndjson | weir decide policy.weir",
    NULL,
};

const struct cmd_command cmd_decide = {
    .name = "decide",
    .summary = "decide a stream of events",
    .operands = "POLICY [EVENTS]",
    .operand_count_min = 1,
    .operand_count_max = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Reads events from a file, or from standard input when there is none or it is -, and "
        "writes exactly one line for each line read, in the same order. The input may be NDJSON or "
        "CSV with a header, plain or compressed with gzip or zstd.\n\n"
        "A line that cannot be decided gives an error line with the policy's `on error` verdict, "
        "changes nothing, and makes the exit code 1. How many such lines there were of each kind "
        "is said at the end, and in `errors_by` of the summary.\n\n"
        "A file named by -o or --json-summary appears when it is whole: until then it is "
        "FILE.partial, which stays when the run is interrupted and is removed when it fails; what "
        "was at FILE before stays as it was. A policy, list, history or output that would be "
        "overwritten is refused. To follow decisions as they come, write to standard output. A "
        "reader of standard output who closes it ends the run with exit code 0 and no message; "
        "then there is no summary.",
    .examples = examples,
    .run = run,
};
