/* One idea: decide a history, and when all of it is known, count what was caught and what was
 * missed, for the whole policy, each rule, each day and each value of a field. */
#include "cmd/commands.h"

#include <math.h>
#include <string.h>

#include "base/datetime.h"
#include "base/utf8.h"
#include "cmd/amount.h"
#include "cmd/json.h"
#include "cmd/latency.h"
#include "cmd/loop.h"
#include "cmd/subject.h"
#include "cmd/tally.h"
#include "cmd/term.h"
#include "engine/backtest.h"

enum { OPTION_LABEL, OPTION_AMOUNT, OPTION_BY, OPTION_DAYS, OPTION_FROM, OPTION_UNTIL,
       OPTION_FLAG, OPTION_INPUT, OPTION_SEPARATOR, OPTION_LATENCY, OPTION_JSON, OPTION_COUNT };

static const char *const flag_choices[] = {"challenge", "challenge1", "challenge2", "challenge3",
                                           "review", "block", NULL};
static const enum policy_verdict flag_verdicts[] = {POLICY_CHALLENGE_1, POLICY_CHALLENGE_1,
                                                    POLICY_CHALLENGE_2, POLICY_CHALLENGE_3,
                                                    POLICY_REVIEW,      POLICY_BLOCK};

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_LABEL] = {.name = "label", .value = "NAME", .type = CMD_TEXT,
                      .summary = "the label that tells the truth (default: the policy's first)"},
    [OPTION_AMOUNT] = {.name = "amount", .value = "FIELD", .type = CMD_TEXT,
                       .summary = "the money at stake (default: the first money field)"},
    [OPTION_BY] = {.name = "by", .value = "FIELD", .type = CMD_TEXT,
                   .summary = "also count for each value of this field"},
    [OPTION_DAYS] = {.name = "days", .type = CMD_FLAG, .summary = "also count for each day"},
    [OPTION_FROM] = {.name = "from", .value = "TIME", .type = CMD_TIME,
                     .summary = "judge only events from this date or time on; those before still "
                                "fill the windows"},
    [OPTION_UNTIL] = {.name = "until", .value = "TIME", .type = CMD_TIME,
                      .summary = "judge only events before this date or time; what becomes known "
                                 "of them later counts"},
    [OPTION_FLAG] = {.name = "flag", .value = "VERDICT", .type = CMD_CHOICE,
                     .choices = flag_choices,
                     .summary = "the weakest verdict that counts as flagged (default: challenge)"},
    CMD_INPUT_OPTIONS(OPTION_INPUT, OPTION_SEPARATOR),
    [OPTION_LATENCY] = {.name = "latency", .type = CMD_FLAG,
                        .summary = "decide one event at a time and time each"},
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG, .summary = "write one JSON object"},
};

struct run {
    struct cmd_context *context;
    struct cmd_session session;
    struct cmd_input input;
    struct backtest_options options;
    struct backtest *backtest;
    struct engine_sink sink;
    struct cmd_latency *latency;  /* NULL: not asked for */
    struct cmd_tally tally;
    uint64_t decide_ns;           /* reading the input not counted */
    bool failed;
    unsigned exponent;
    const char *currency;
};

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct run *run = (struct run *)((char *)sink - offsetof(struct run, sink));
    cmd_tally_take(&run->tally, outcome);
    if (backtest_take(run->backtest, outcome) != STATUS_OK)
        run->failed = true;
}

static enum status decide_timed(struct run *run, const struct line *batch, size_t count)
{
    uint64_t before = os_monotonic_ns(run->context->os);
    uint64_t start = before;
    for (size_t i = 0; i < count; i++) {
        enum status status =
            engine_decide(run->session.engine, run->input.format, &batch[i], 1, &run->sink);
        if (status != STATUS_OK)
            return status;
        uint64_t now = os_monotonic_ns(run->context->os);
        cmd_latency_add(run->latency, now - before);
        before = now;
    }
    run->decide_ns += before - start;
    return STATUS_OK;
}

static enum status decide_batch(struct run *run, const struct line *batch, size_t count)
{
    uint64_t start = os_monotonic_ns(run->context->os);
    enum status status =
        engine_decide(run->session.engine, run->input.format, batch, count, &run->sink);
    run->decide_ns += os_monotonic_ns(run->context->os) - start;
    return status;
}

static enum status decide_lines(void *self, const struct line *batch, size_t count)
{
    struct run *run = self;
    enum status status = run->latency != NULL ? decide_timed(run, batch, count)
                                              : decide_batch(run, batch, count);
    return run->failed ? STATUS_NO_MEMORY : status;
}

static enum cmd_exit run_lines(struct run *run)
{
    struct cmd_loop loop = {.context = run->context, .input = &run->input,
                            .decide = decide_lines, .self = run};
    return cmd_loop_run(&loop);
}

/* ---- what to judge by ---- */

static enum cmd_exit find_stretch(struct run *run, const struct cmd_args *args)
{
    const struct cmd_value *from = &args->values[OPTION_FROM];
    const struct cmd_value *until = &args->values[OPTION_UNTIL];
    run->options.from_ms = from->given ? from->time_ms : INT64_MIN;
    run->options.until_ms = until->given ? until->time_ms : INT64_MAX;
    if (run->options.from_ms < run->options.until_ms)
        return CMD_EXIT_OK;
    return cmd_complain_usage(run->context, "nothing is from %s on and before %s", from->text,
                              until->text);
}

static const struct policy_event *judged_event(const struct run *run)
{
    return cmd_label_event(&run->session, run->options.label);
}

static bool can_group(enum policy_base base)
{
    return base == POLICY_TEXT || base == POLICY_ENTITY || base == POLICY_COUNTRY ||
           base == POLICY_ONE_OF || base == POLICY_REF;
}

static enum cmd_exit find_group(struct run *run, const char *name)
{
    const struct policy_event *event = judged_event(run);
    run->options.group_field = UINT16_MAX;
    if (name == NULL)
        return CMD_EXIT_OK;
    uint16_t field = cmd_field_find(event, name);
    if (field == UINT16_MAX || !can_group(event->fields[field].type.base))
        return cmd_complain_usage(run->context,
                                  "%.*s has no text, entity, country or choice field '%s'",
                                  VIEW_ARG(event->name), name);
    run->options.group_field = field;
    return CMD_EXIT_OK;
}

/* ---- the report for people ---- */

static void put_share(struct buf *out, double share)
{
    if (isnan(share))
        buf_put_text(out, "      -");
    else
        buf_printf(out, " %5.1f%%", share * 100);
}

/* Of the column that an amount stands in. */
#define AMOUNT_COLUMNS 16

/* Writes an amount right-aligned; one too long for its column in thousands (k), millions (M) or
 * thousands of millions (G), cut. */
static void put_money(struct run *run, struct buf *out, int64_t minor)
{
    static const char *const units[] = {"", " k", " M", " G"};
    char grouped[CMD_AMOUNT_BYTES_MAX];
    size_t unit = 0;
    size_t size = cmd_amount_format(grouped, minor, run->exponent, 0);
    while (size + strlen(units[unit]) > AMOUNT_COLUMNS && unit < 3)
        size = cmd_amount_format(grouped, minor, run->exponent, 3 * ++unit);
    buf_printf(out, " %*.*s%s", AMOUNT_COLUMNS - (int)strlen(units[unit]), (int)size, grouped,
               units[unit]);
}

static void put_counts(struct run *run, struct buf *out, const struct backtest_counts *counts)
{
    buf_printf(out, " %8llu %7llu %7llu", (unsigned long long)counts->flagged,
               (unsigned long long)counts->caught,
               (unsigned long long)(counts->bad - counts->caught));
    put_share(out, backtest_precision(counts));
    put_share(out, backtest_recall(counts));
    if (run->options.amount_field != UINT16_MAX) {
        put_money(run, out, counts->caught_minor);
        put_money(run, out, counts->bad_minor - counts->caught_minor);
    }
    buf_put_char(out, '\n');
}

#define NAME_COLUMNS 26

static void put_head(struct run *run, struct buf *out, const char *title)
{
    const char *bold = cmd_term_paint(run->context->colour_out, CMD_TERM_BOLD);
    const char *reset = cmd_term_paint(run->context->colour_out, CMD_TERM_RESET);
    buf_printf(out, "\n%s%-*s  flagged  caught  missed  prec. recall", bold, NAME_COLUMNS, title);
    if (run->options.amount_field != UINT16_MAX)
        buf_printf(out, "%13s %s%13s %s", "caught", run->currency, "missed", run->currency);
    buf_printf(out, "%s\n", reset);
}

/* Writes a name over its column, with `mark` behind it. */
static void put_name(struct buf *out, struct view name, const char *mark)
{
    size_t start = out->size_bytes;
    size_t columns = strlen(mark);
    if (name.size_bytes > NAME_COLUMNS - columns)
        name.size_bytes = utf8_whole_prefix(name.data, NAME_COLUMNS - columns);
    for (size_t i = 0; i < name.size_bytes; i++)
        columns += (name.data[i] & 0xc0) != 0x80; /* those behind a character's first take none */
    buf_put_view(out, name);
    cmd_tame(out, start);
    buf_put_text(out, mark);
    for (; columns < NAME_COLUMNS; columns++)
        buf_put_char(out, ' ');
}

static void put_latency(const struct run *run, struct buf *out)
{
    buf_printf(out, "One event at a time: p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us.\n",
               (double)cmd_latency_at(run->latency, 0.5) / 1e3,
               (double)cmd_latency_at(run->latency, 0.99) / 1e3,
               (double)cmd_latency_at(run->latency, 0.999) / 1e3,
               (double)run->latency->max_ns / 1e3);
}

static void put_speed(struct run *run, struct buf *out)
{
    double seconds = (double)run->decide_ns / 1e9;
    buf_printf(out, "\nDecided %llu events in %.2f s, %.0f events per second.\n",
               (unsigned long long)run->tally.lines, seconds,
               seconds > 0 ? (double)run->tally.lines / seconds : 0.0);
    if (run->latency != NULL)
        put_latency(run, out);
}

static void put_verdicts(struct buf *out, const struct backtest_result *result)
{
    const char *before = "Verdicts: ";
    for (int v = POLICY_ALLOW; v <= POLICY_BLOCK; v++) {
        if (result->verdicts[v] == 0)
            continue;
        buf_printf(out, "%s%llu %s", before, (unsigned long long)result->verdicts[v],
                   policy_verdict_text((enum policy_verdict)v));
        before = ", ";
    }
    if (before[0] == ',')
        buf_put_text(out, ".\n");
}

static struct view group_name(const struct backtest_group *group)
{
    return group->name.size_bytes > 0 ? group->name : VIEW("(none)");
}

static void put_groups(struct run *run, struct buf *out, const struct backtest_result *result)
{
    if (result->group_count > 0)
        put_head(run, out, "group");
    for (size_t i = 0; i < result->group_count; i++) {
        put_name(out, group_name(&result->groups[i]), "");
        put_counts(run, out, &result->groups[i].counts);
    }
}

static void put_rules(struct run *run, struct buf *out, const struct backtest_result *result)
{
    const struct policy *policy = run->session.policy;
    bool any_shadow = false;
    put_head(run, out, "rule");
    for (uint16_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].event != policy->labels[run->options.label].event)
            continue;
        any_shadow = any_shadow || policy->rules[i].shadow;
        put_name(out, policy->rules[i].name, policy->rules[i].shadow ? " *" : "");
        put_counts(run, out, &result->rules[i].counts);
    }
    if (any_shadow)
        buf_put_text(out, "* in shadow: flagged is what it would have flagged\n");
}

static void put_days(struct run *run, struct buf *out, const struct backtest_result *result)
{
    put_head(run, out, "day");
    for (size_t i = 0; i < result->day_count; i++) {
        char text[DATETIME_TEXT_BYTES_MAX];
        datetime_format(text, result->days[i].start_ms);
        put_name(out, (struct view){text, strlen("2026-11-22")}, "");
        put_counts(run, out, &result->days[i].counts);
    }
}

/* A share of undecided lines, in percent, from which the figures may say something else than those
 * of the whole history would. */
#define UNDECIDED_PERCENT_MAX 5

static void put_warning(struct run *run, struct buf *out)
{
    uint64_t errors = run->tally.errors;
    if (errors * 100 > run->tally.lines * UNDECIDED_PERCENT_MAX)
        buf_printf(out, "Careful: %llu of %llu lines (%.1f%%) were not decided and count nowhere "
                   "below.\n", (unsigned long long)errors, (unsigned long long)run->tally.lines,
                   (double)errors * 100 / (double)run->tally.lines);
}

static void put_skips(struct buf *out, const struct backtest_skips *skips)
{
    const struct {
        uint64_t count;
        const char *words;
    } kinds[] = {{skips->undecided, "not decided"},
                 {skips->repeated, "repeated"},
                 {skips->outside, "outside --from and --until"}};
    const char *before = "\n";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].count == 0)
            continue;
        buf_printf(out, "%s%llu %s", before, (unsigned long long)kinds[i].count, kinds[i].words);
        before = ", ";
    }
    if (before[0] == ',')
        buf_put_text(out, ": not judged\n");
}

static void put_report(struct run *run, const struct backtest_result *result, bool with_days)
{
    const struct policy *policy = run->session.policy;
    struct buf *out = &run->context->out.buf;
    const struct policy_label *label = &policy->labels[run->options.label];
    buf_printf(out, "%.*s on %llu events of %.*s, %llu of them %.*s.\n", VIEW_ARG(policy->name),
               (unsigned long long)result->whole.judged, VIEW_ARG(judged_event(run)->name),
               (unsigned long long)result->whole.bad, VIEW_ARG(label->name));
    put_verdicts(out, result);
    put_warning(run, out);
    if (with_days)
        put_days(run, out, result);
    put_groups(run, out, result);
    put_rules(run, out, result);
    put_head(run, out, "whole policy");
    put_name(out, policy->name, "");
    put_counts(run, out, &result->whole);
    put_skips(out, &result->skips);
    put_speed(run, out);
}

/* ---- the report for programs ---- */

static void json_counts(struct run *run, struct cmd_json *json,
                        const struct backtest_counts *counts)
{
    cmd_json_u64(json, "flagged", counts->flagged);
    cmd_json_u64(json, "caught", counts->caught);
    cmd_json_u64(json, "missed", counts->bad - counts->caught);
    cmd_json_f64(json, "precision", backtest_precision(counts));
    cmd_json_f64(json, "recall", backtest_recall(counts));
    if (run->options.amount_field == UINT16_MAX)
        return;
    cmd_json_money(json, "flagged_amount", counts->flagged_minor, run->exponent);
    cmd_json_money(json, "caught_amount", counts->caught_minor, run->exponent);
    cmd_json_money(json, "missed_amount", counts->bad_minor - counts->caught_minor, run->exponent);
}

static void json_rules(struct run *run, struct cmd_json *json,
                       const struct backtest_result *result)
{
    const struct policy *policy = run->session.policy;
    cmd_json_array(json, "rules");
    for (uint16_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].event != policy->labels[run->options.label].event)
            continue;
        cmd_json_item(json);
        cmd_json_view(json, "rule", policy->rules[i].name);
        cmd_json_bool(json, "shadow", policy->rules[i].shadow);
        json_counts(run, json, &result->rules[i].counts);
        cmd_json_u64(json, "alone", result->rules[i].alone);
        cmd_json_u64(json, "alone_caught", result->rules[i].alone_caught);
        cmd_json_end(json);
    }
    cmd_json_end(json);
}

static void json_days(struct run *run, struct cmd_json *json, const struct backtest_result *result)
{
    cmd_json_array(json, "days");
    for (size_t i = 0; i < result->day_count; i++) {
        char text[DATETIME_TEXT_BYTES_MAX];
        datetime_format(text, result->days[i].start_ms);
        cmd_json_item(json);
        cmd_json_view(json, "day", (struct view){text, strlen("2026-11-22")});
        cmd_json_u64(json, "judged", result->days[i].counts.judged);
        cmd_json_u64(json, "bad", result->days[i].counts.bad);
        json_counts(run, json, &result->days[i].counts);
        cmd_json_end(json);
    }
    cmd_json_end(json);
    cmd_json_array(json, "groups");
    for (size_t i = 0; i < result->group_count; i++) {
        cmd_json_item(json);
        cmd_json_view(json, "group", group_name(&result->groups[i]));
        cmd_json_u64(json, "judged", result->groups[i].counts.judged);
        cmd_json_u64(json, "bad", result->groups[i].counts.bad);
        json_counts(run, json, &result->groups[i].counts);
        cmd_json_end(json);
    }
    cmd_json_end(json);
}

static void json_time(struct cmd_json *json, const char *name, int64_t ms)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    cmd_json_view(json, name, (struct view){text, datetime_format(text, ms)});
}

static void put_json(struct run *run, const struct backtest_result *result)
{
    const struct policy *policy = run->session.policy;
    struct cmd_json json = cmd_json_begin(&run->context->out.buf);
    cmd_json_view(&json, "policy", policy->name);
    cmd_json_text(&json, "policy_hash", policy->hash);
    cmd_json_view(&json, "label", policy->labels[run->options.label].name);
    if (run->options.from_ms != INT64_MIN)
        json_time(&json, "from", run->options.from_ms);
    if (run->options.until_ms != INT64_MAX)
        json_time(&json, "until", run->options.until_ms);
    cmd_json_text(&json, "currency", run->currency);
    cmd_json_u64(&json, "lines", run->tally.lines);
    cmd_json_u64(&json, "errors", run->tally.errors);
    cmd_tally_json(&json, "errors_by", &run->tally);
    cmd_json_object(&json, "not_judged");
    cmd_json_u64(&json, "undecided", result->skips.undecided);
    cmd_json_u64(&json, "repeated", result->skips.repeated);
    cmd_json_u64(&json, "other_events", result->skips.other_events);
    cmd_json_u64(&json, "outside", result->skips.outside);
    cmd_json_end(&json);
    cmd_json_u64(&json, "judged", result->whole.judged);
    cmd_json_u64(&json, "bad", result->whole.bad);
    json_counts(run, &json, &result->whole);
    cmd_json_object(&json, "verdicts");
    for (int v = POLICY_ALLOW; v <= POLICY_BLOCK; v++)
        cmd_json_u64(&json, policy_verdict_text((enum policy_verdict)v), result->verdicts[v]);
    cmd_json_end(&json);
    json_rules(run, &json, result);
    json_days(run, &json, result);
    cmd_json_f64(&json, "decide_seconds", (double)run->decide_ns / 1e9);
    if (run->latency != NULL) {
        cmd_json_object(&json, "latency_ns");
        cmd_json_u64(&json, "p50", cmd_latency_at(run->latency, 0.5));
        cmd_json_u64(&json, "p99", cmd_latency_at(run->latency, 0.99));
        cmd_json_u64(&json, "p999", cmd_latency_at(run->latency, 0.999));
        cmd_json_u64(&json, "max", run->latency->max_ns);
        cmd_json_end(&json);
    }
    cmd_json_end(&json);
    buf_put_char(&run->context->out.buf, '\n');
}

/* ---- the command ---- */

static enum cmd_exit prepare(struct run *run, const struct cmd_args *args)
{
    run->exponent = money_currency_exponent(run->session.policy->currency);
    run->currency = money_currency_code(run->session.policy->currency);
    run->options.policy = run->session.policy;
    run->options.mem = run->context->mem;
    run->options.flags_from = flag_verdicts[args->values[OPTION_FLAG].choice];
    enum cmd_exit exit = find_stretch(run, args);
    if (exit == CMD_EXIT_OK)
        exit = cmd_label_find(&run->session, args->values[OPTION_LABEL].text, &run->options.label);
    if (exit == CMD_EXIT_OK)
        exit = cmd_amount_find(&run->session, judged_event(run),
                               args->values[OPTION_AMOUNT].text, &run->options.amount_field);
    if (exit == CMD_EXIT_OK)
        exit = find_group(run, args->values[OPTION_BY].text);
    if (exit != CMD_EXIT_OK)
        return exit;
    if (args->values[OPTION_LATENCY].given) {
        run->latency = mem_zeroed(run->context->mem, sizeof *run->latency);
        if (run->latency == NULL)
            return cmd_complain_memory(run->context);
    }
    if (backtest_new(&run->options, &run->backtest) != STATUS_OK)
        return cmd_complain_memory(run->context);
    engine_label_listen(run->session.engine, backtest_label_sink(run->backtest));
    return CMD_EXIT_OK;
}

static enum cmd_exit report(struct run *run, const struct cmd_args *args)
{
    const struct backtest_result *result;
    if (run->tally.lines == 0) {
        cmd_complain(run->context, "no events in %s", run->input.file.path);
        return CMD_EXIT_INPUT;
    }
    if (backtest_result(run->backtest, &result) != STATUS_OK)
        return cmd_complain_memory(run->context);
    if (args->values[OPTION_JSON].given)
        put_json(run, result);
    else
        put_report(run, result, args->values[OPTION_DAYS].given);
    cmd_tally_tell_models(run->context, &run->tally, run->session.policy, "");
    return cmd_tally_tell(run->context, &run->tally, "");
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    struct run run = {.context = context, .sink = {take}};
    enum cmd_exit exit = cmd_session_open(&run.session, context, args->operands[0]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_engine(&run.session, false);
    if (exit == CMD_EXIT_OK)
        exit = prepare(&run, args);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_open(&run.input, context,
                              args->operand_count > 1 ? args->operands[1] : NULL,
                              &args->values[OPTION_INPUT]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_header(&run.input, &run.session);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_label(&run.input, &run.session, run.options.label);
    if (exit == CMD_EXIT_OK)
        exit = run_lines(&run);
    if (exit == CMD_EXIT_OK)
        exit = report(&run, args);
    cmd_input_close(&run.input);
    backtest_free(run.backtest);
    mem_free(context->mem, run.latency, sizeof *run.latency);
    cmd_session_close(&run.session);
    return exit;
}

static const char *const examples[] = {
    "weir backtest policy.weir history.ndjson --by scenario",
    "weir backtest policy.weir history.ndjson --from 2026-07-01 --until 2026-08-01",
    "weir backtest policy.weir history.csv.zst --flag challenge2 --json",
    NULL,
};

const struct cmd_command cmd_backtest = {
    .name = "backtest",
    .summary = "judge a policy by a history whose truth is known",
    .operands = "POLICY [EVENTS]",
    .operand_count_min = 1,
    .operand_count_max = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Decides a history and compares the decisions with a label of the policy. An event counts "
        "as flagged when its verdict is the one named by --flag or stronger. Precision is the "
        "share of the flagged that were bad, recall the share of the bad that were flagged. For a "
        "rule, flagged means that it fired, in shadow too.\n\n"
        "With --from, --until or both only a stretch of the history is judged: from a time on, and "
        "before a time. All of it is decided, so that windows are as full as they would have "
        "been.\n\n"
        "Lines that were not decided, events that came again and those outside the stretch are not "
        "judged; how many there were stands under the table. A history without events ends with "
        "exit code 3.",
    .examples = examples,
    .run = run_command,
};
