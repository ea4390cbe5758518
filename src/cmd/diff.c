/* One idea: the same lines through two engines, and a table of what became of what. */
#include "cmd/commands.h"

#include "cmd/amount.h"
#include "cmd/json.h"
#include "cmd/loop.h"
#include "cmd/tally.h"
#include "engine/compare.h"

enum { OPTION_SAMPLES, OPTION_INPUT, OPTION_SEPARATOR, OPTION_JSON, OPTION_COUNT };

#define SAMPLES_DEFAULT 10

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_SAMPLES] = {.name = "samples", .value = "N", .type = CMD_U64, .u64_min = 0,
                        .u64_max = COMPARE_SAMPLES_MAX,
                        .summary = "how many differing lines to show (default: 10)"},
    CMD_INPUT_OPTIONS(OPTION_INPUT, OPTION_SEPARATOR),
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG, .summary = "write one JSON object"},
};

/* One policy's lines that were not decided. */
struct watch {
    struct engine_sink sink;
    struct cmd_tally tally;
};

struct run {
    struct cmd_context *context;
    struct cmd_session old_session;
    struct cmd_session new_session;
    struct cmd_input input;
    struct compare *compare;
    struct watch old_watch;
    struct watch new_watch;
};

static void watch(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct watch *self = (struct watch *)((char *)sink - offsetof(struct watch, sink));
    cmd_tally_take(&self->tally, outcome);
}

static const char *verdict_word(uint8_t verdict)
{
    return verdict == COMPARE_ERROR ? "error" : policy_verdict_text((enum policy_verdict)verdict);
}

static enum status decide_lines(void *self, const struct line *batch, size_t count)
{
    struct run *run = self;
    return compare_lines(run->compare, run->input.format, batch, count);
}

static enum cmd_exit run_lines(struct run *run)
{
    struct cmd_loop loop = {.context = run->context, .input = &run->input,
                            .decide = decide_lines, .self = run};
    return cmd_loop_run(&loop);
}

static void put_money(struct run *run, struct buf *out, int64_t minor)
{
    const struct policy *policy = run->new_session.policy;
    char text[CMD_AMOUNT_BYTES_MAX];
    size_t size = cmd_amount_format(text, minor, money_currency_exponent(policy->currency), 0);
    buf_printf(out, "  %s %.*s", money_currency_code(policy->currency), (int)size, text);
}

/* Says how many of a cell's events a label of the new policy called bad; nothing without labels. */
static void put_bad(struct run *run, struct buf *out, const struct compare_cell *cell)
{
    const struct policy *policy = run->new_session.policy;
    struct view name = policy->label_count == 1 ? policy->labels[0].name : VIEW("bad");
    if (policy->label_count > 0)
        buf_printf(out, ", %llu of them %.*s", (unsigned long long)cell->bad, VIEW_ARG(name));
}

static void put_sample(struct buf *out, const struct compare_sample *sample)
{
    size_t start = out->size_bytes;
    buf_printf(out, "line %llu  %.*s  %s", (unsigned long long)sample->line, VIEW_ARG(sample->id),
               verdict_word(sample->verdict_old));
    if (sample->reason_old.size_bytes > 0)
        buf_printf(out, " (%.*s)", VIEW_ARG(sample->reason_old));
    buf_printf(out, " -> %s", verdict_word(sample->verdict_new));
    if (sample->reason_new.size_bytes > 0)
        buf_printf(out, " (%.*s)", VIEW_ARG(sample->reason_new));
    cmd_tame(out, start); /* ids are what strangers wrote */
    buf_put_char(out, '\n');
}

static void put_text(struct run *run, const struct compare_result *result)
{
    struct buf *out = &run->context->out.buf;
    buf_printf(out, "%llu of %llu lines are decided otherwise\n",
               (unsigned long long)result->flips, (unsigned long long)result->lines);
    for (int old = 0; old < COMPARE_VERDICTS; old++) {
        for (int new = 0; new < COMPARE_VERDICTS; new ++) {
            const struct compare_cell *cell = &result->cells[old][new];
            if (old == new || cell->count == 0)
                continue;
            buf_printf(out, "%10llu  %s -> %s", (unsigned long long)cell->count,
                       verdict_word((uint8_t)old), verdict_word((uint8_t)new));
            put_bad(run, out, cell);
            put_money(run, out, cell->amount_minor);
            buf_put_char(out, '\n');
        }
    }
    for (size_t i = 0; i < result->sample_count; i++) {
        if (i == 0)
            buf_put_char(out, '\n');
        put_sample(out, &result->samples[i]);
    }
}

static void json_flips(struct run *run, struct cmd_json *json, const struct compare_result *result)
{
    unsigned exponent = money_currency_exponent(run->new_session.policy->currency);
    cmd_json_array(json, "flips");
    for (int old = 0; old < COMPARE_VERDICTS; old++) {
        for (int new = 0; new < COMPARE_VERDICTS; new ++) {
            const struct compare_cell *cell = &result->cells[old][new];
            if (old == new || cell->count == 0)
                continue;
            cmd_json_item(json);
            cmd_json_text(json, "old", verdict_word((uint8_t)old));
            cmd_json_text(json, "new", verdict_word((uint8_t)new));
            cmd_json_u64(json, "count", cell->count);
            if (run->new_session.policy->label_count > 0)
                cmd_json_u64(json, "bad", cell->bad);
            cmd_json_money(json, "amount", cell->amount_minor, exponent);
            cmd_json_end(json);
        }
    }
    cmd_json_end(json);
}

static void put_json(struct run *run, const struct compare_result *result)
{
    struct cmd_json json = cmd_json_begin(&run->context->out.buf);
    cmd_json_text(&json, "old_policy_hash", run->old_session.policy->hash);
    cmd_json_text(&json, "new_policy_hash", run->new_session.policy->hash);
    cmd_json_text(&json, "currency",
                  money_currency_code(run->new_session.policy->currency));
    cmd_json_u64(&json, "lines", result->lines);
    cmd_json_u64(&json, "changed", result->flips);
    cmd_json_u64(&json, "old_errors", result->errors_old);
    cmd_json_u64(&json, "new_errors", result->errors_new);
    cmd_tally_json(&json, "old_errors_by", &run->old_watch.tally);
    cmd_tally_json(&json, "new_errors_by", &run->new_watch.tally);
    json_flips(run, &json, result);
    cmd_json_array(&json, "samples");
    for (size_t i = 0; i < result->sample_count; i++) {
        const struct compare_sample *sample = &result->samples[i];
        cmd_json_item(&json);
        cmd_json_u64(&json, "line", sample->line);
        cmd_json_view(&json, "id", sample->id);
        cmd_json_text(&json, "old", verdict_word(sample->verdict_old));
        cmd_json_view(&json, "old_reason", sample->reason_old);
        cmd_json_text(&json, "new", verdict_word(sample->verdict_new));
        cmd_json_view(&json, "new_reason", sample->reason_new);
        cmd_json_end(&json);
    }
    cmd_json_end(&json);
    cmd_json_end(&json);
    buf_put_char(&run->context->out.buf, '\n');
}

static enum cmd_exit open_all(struct run *run, const struct cmd_args *args)
{
    enum cmd_exit exit = cmd_session_open(&run->old_session, run->context, args->operands[0]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_open(&run->new_session, run->context, args->operands[1]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_engine(&run->old_session, false);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_engine(&run->new_session, false);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_open(&run->input, run->context,
                              args->operand_count > 2 ? args->operands[2] : NULL,
                              &args->values[OPTION_INPUT]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_header(&run->input, &run->old_session);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_header(&run->input, &run->new_session);
    if (exit != CMD_EXIT_OK)
        return exit;
    size_t samples = args->values[OPTION_SAMPLES].given ? args->values[OPTION_SAMPLES].u64
                                                        : SAMPLES_DEFAULT;
    if (compare_new(run->context->mem, run->old_session.engine, run->new_session.engine,
                    run->new_session.policy, samples, &run->compare) != STATUS_OK)
        return cmd_complain_memory(run->context);
    compare_listen(run->compare, &run->old_watch.sink, &run->new_watch.sink);
    return CMD_EXIT_OK;
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    struct run run = {.context = context, .old_watch = {.sink = {watch}},
                      .new_watch = {.sink = {watch}}};
    enum cmd_exit exit = open_all(&run, args);
    if (exit == CMD_EXIT_OK)
        exit = run_lines(&run);
    if (exit == CMD_EXIT_OK) {
        const struct compare_result *result = compare_result(run.compare);
        if (args->values[OPTION_JSON].given)
            put_json(&run, result);
        else
            put_text(&run, result);
        cmd_tally_tell_models(context, &run.old_watch.tally, run.old_session.policy,
                              " of the old policy");
        cmd_tally_tell_models(context, &run.new_watch.tally, run.new_session.policy,
                              " of the new policy");
        enum cmd_exit told_old =
            cmd_tally_tell(context, &run.old_watch.tally, " by the old policy");
        enum cmd_exit told_new =
            cmd_tally_tell(context, &run.new_watch.tally, " by the new policy");
        exit = result->flips > 0 ? CMD_EXIT_FINDINGS : told_old > told_new ? told_old : told_new;
    }
    compare_free(run.compare);
    cmd_input_close(&run.input);
    cmd_session_close(&run.new_session);
    cmd_session_close(&run.old_session);
    return exit;
}

static const char *const examples[] = {
    "weir diff policy.weir policy-new.weir history.ndjson",
    NULL,
};

const struct cmd_command cmd_diff = {
    .name = "diff",
    .summary = "show what changes between two policies on the same history",
    .operands = "OLD NEW [EVENTS]",
    .operand_count_min = 2,
    .operand_count_max = 3,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Decides the same events with both policies and counts, for each change of verdict, the "
        "lines and their money (the first money field of the event), and shows the first lines "
        "that differ. When the new policy has labels it also counts for how many of the lines one "
        "of them is true; with several labels these are called bad. Exits with 1 when some line "
        "differs.",
    .examples = examples,
    .run = run_command,
};
