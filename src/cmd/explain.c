/* One idea: the stream is replayed up to one event, and all that the engine has in hand then is
 * laid open. */
#include "cmd/explain.h"

#include "cmd/commands.h"
#include "cmd/loop.h"
#include "cmd/suggest.h"

enum { OPTION_ID, OPTION_EVENT, OPTION_JSON, OPTION_INPUT, OPTION_SEPARATOR, OPTION_COUNT };

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_ID] = {.name = "id", .value = "ID", .type = CMD_TEXT,
                   .summary = "id of the event to explain"},
    [OPTION_EVENT] = {.name = "event", .value = "NAME", .type = CMD_TEXT,
                      .summary = "kind of that event, when several kinds may have this id"},
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG, .summary = "write one JSON object"},
    CMD_INPUT_OPTIONS(OPTION_INPUT, OPTION_SEPARATOR),
};

/* ---- what both forms ask ---- */

bool cmd_explain_has_let(const struct cmd_explanation *explanation, uint16_t number)
{
    const struct policy_let *let = &explanation->policy->lets[number];
    const struct policy_event *event = &explanation->policy->events[explanation->outcome->event];
    if (let->window == POLICY_NO_SLOT)
        return let->code[explanation->outcome->event] != POLICY_NO_CODE;
    for (uint16_t i = 0; i < event->window_count; i++) {
        if (event->windows[i] == let->window)
            return true;
    }
    return false;
}

static const struct engine_fired *find_fired(const struct engine_fired *fired, uint16_t count,
                                             uint16_t rule)
{
    for (uint16_t i = 0; i < count; i++) {
        if (fired[i].rule == rule)
            return &fired[i];
    }
    return NULL;
}

enum cmd_rule_state cmd_explain_rule(const struct cmd_explanation *explanation, uint16_t rule,
                                     const struct engine_fired **ret_fired)
{
    const struct engine_outcome *outcome = explanation->outcome;
    *ret_fired = find_fired(outcome->fired, outcome->fired_count, rule);
    if (*ret_fired != NULL)
        return CMD_RULE_FIRED;
    *ret_fired = find_fired(outcome->shadow, outcome->shadow_count, rule);
    if (*ret_fired != NULL)
        return CMD_RULE_SHADOW;
    return outcome->at_ms >= explanation->policy->rules[rule].until_ms ? CMD_RULE_ENDED
                                                                       : CMD_RULE_QUIET;
}

/* The rule that gave the verdict, as the engine chooses it; NULL: none has one. */
static const struct policy_rule *strongest_rule(const struct cmd_explanation *explanation)
{
    const struct policy_rule *best = NULL;
    for (uint16_t i = 0; i < explanation->outcome->fired_count; i++) {
        const struct policy_rule *rule =
            &explanation->policy->rules[explanation->outcome->fired[i].rule];
        if (rule->has_verdict &&
            (best == NULL || rule->verdict > best->verdict ||
             (rule->verdict == best->verdict && view_compare(rule->name, best->name) < 0)))
            best = rule;
    }
    return best;
}

/* A model without a score for which the policy asks for the verdict and reason there are. */
static const struct policy_model *fallen_model(const struct cmd_explanation *explanation)
{
    const struct engine_outcome *outcome = explanation->outcome;
    for (uint16_t i = 0; i < outcome->model_count; i++) {
        const struct policy_model *model = &explanation->policy->models[outcome->models[i].model];
        if (outcome->models[i].scoring != ENGINE_SCORED && !model->error_rules &&
            model->error_verdict == outcome->verdict &&
            view_equal(model->error_reason, outcome->reason))
            return model;
    }
    return NULL;
}

void cmd_explain_why(const struct cmd_explanation *explanation, struct buf *out)
{
    const struct engine_outcome *outcome = explanation->outcome;
    const struct policy *policy = explanation->policy;
    const struct policy_model *model = fallen_model(explanation);
    const struct policy_rule *rule = strongest_rule(explanation);
    enum policy_verdict by_rules = rule == NULL ? POLICY_ALLOW : rule->verdict;
    if (outcome->diag != NULL && outcome->verdict == policy->error_verdict &&
        view_equal(outcome->reason, policy->error_reason))
        buf_printf(out, "on error: %s", outcome->diag->message);
    else if (model != NULL)
        buf_printf(out, "on error: model `%.*s` has no score", VIEW_ARG(model->name));
    else if (outcome->verdict > by_rules)
        buf_printf(out, "the score, %lld, is in a band that asks for it",
                   (long long)outcome->score);
    else if (rule != NULL)
        buf_printf(out, "rule `%.*s`", VIEW_ARG(rule->name));
    else
        buf_put_text(out, "no rule that fired has a verdict");
}

const char *cmd_explain_truth_word(enum policy_explain_truth truth)
{
    static const char *const words[] = {
        [POLICY_PART_FALSE] = "false", [POLICY_PART_TRUE] = "true",
        [POLICY_PART_NOT_ASKED] = "not asked", [POLICY_PART_OVERFLOW] = "overflow",
    };
    return words[truth];
}

/* ---- the run ---- */

struct run {
    struct cmd_context *context;
    struct cmd_session session;
    struct cmd_input input;
    struct engine_sink sink;
    struct cmd_loop loop;
    struct view id;
    uint16_t event;             /* UINT16_MAX: of any kind */
    bool json;
    bool explained;
    enum cmd_exit exit;
    uint64_t refused_line;      /* the last with this id that was not decided; 0: none */
    struct diag refused;
};

/* The parts that the longest rule of an event has. */
static size_t most_parts(const struct policy_explain *parts, const struct policy_event *event)
{
    size_t most = 1;
    for (uint16_t i = 0; i < event->rule_count; i++) {
        uint16_t count;
        policy_explain_parts(parts, event->rules[i], &count);
        most = count > most ? count : most;
    }
    return most;
}

static enum status put_explanation(struct run *run, struct cmd_explanation *explanation)
{
    struct mem *mem = run->context->mem;
    const struct policy *policy = explanation->policy;
    uint16_t event = explanation->outcome->event;
    size_t most = most_parts(explanation->parts, &policy->events[event]);
    explanation->truths = mem_array(mem, NULL, 0, most, sizeof *explanation->truths);
    if (explanation->truths == NULL)
        return STATUS_NO_MEMORY;
    buf_init(&explanation->scratch, mem);
    if (run->json)
        cmd_explain_json(explanation, &run->context->out.buf);
    else
        cmd_explain_text(explanation, run->context->colour_out, &run->context->out.buf);
    enum status status = buf_status(&explanation->scratch);
    buf_done(&explanation->scratch);
    mem_free(mem, explanation->truths, most * sizeof *explanation->truths);
    return status;
}

static enum cmd_exit explain(struct run *run, const struct engine_outcome *outcome)
{
    struct cmd_explanation explanation = {.engine = run->session.engine,
                                          .policy = run->session.policy, .outcome = outcome};
    enum status status = policy_explain_new(run->session.policy, outcome->event,
                                            run->context->mem, &explanation.parts);
    if (status == STATUS_LIMIT) {
        cmd_complain(run->context, "the conditions of this policy are too large to be explained");
        return CMD_EXIT_INPUT;
    }
    if (status == STATUS_OK)
        status = put_explanation(run, &explanation);
    policy_explain_free(explanation.parts);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_complain_memory(run->context);
}

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct run *run = (struct run *)((char *)sink - offsetof(struct run, sink));
    if (run->explained || !view_equal(outcome->id, run->id) ||
        (run->event != UINT16_MAX && outcome->event != run->event))
        return;
    if (outcome->status != STATUS_OK) {
        run->refused_line = outcome->line;
        run->refused = *outcome->diag;
        return;
    }
    run->explained = true;
    run->loop.enough = true;
    run->exit = explain(run, outcome);
}

static enum status decide_lines(void *self, const struct line *batch, size_t count)
{
    struct run *run = self;
    return engine_decide(run->session.engine, run->input.format, batch, count, &run->sink);
}

static enum cmd_exit find_event(struct run *run, const char *name)
{
    const struct policy *policy = run->session.policy;
    run->event = UINT16_MAX;
    if (name == NULL)
        return CMD_EXIT_OK;
    for (uint16_t i = 0; i < policy->event_count; i++) {
        if (view_equal(policy->events[i].name, view_of(name)))
            run->event = i;
    }
    if (run->event != UINT16_MAX)
        return CMD_EXIT_OK;
    return cmd_complain_usage(run->context, "the policy has no event %s", name);
}

static enum cmd_exit open_all(struct run *run, const struct cmd_args *args)
{
    const char *events = args->operand_count > 1 ? args->operands[1] : NULL;
    enum cmd_exit exit = cmd_session_open(&run->session, run->context, args->operands[0]);
    if (exit == CMD_EXIT_OK)
        exit = find_event(run, args->values[OPTION_EVENT].text);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_engine(&run->session, false);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_open(&run->input, run->context, events, &args->values[OPTION_INPUT]);
    return exit == CMD_EXIT_OK ? cmd_input_header(&run->input, &run->session) : exit;
}

/* What there is to say when no event of this id was decided. */
static enum cmd_exit tell_none(struct run *run)
{
    if (run->refused_line == 0) {
        cmd_complain(run->context, "no event with the id %.*s in %s", VIEW_ARG(run->id),
                     run->input.file.path);
        return CMD_EXIT_INPUT;
    }
    cmd_complain(run->context, "the event with the id %.*s, on line %llu, was not decided: %s",
                 VIEW_ARG(run->id), (unsigned long long)run->refused_line, run->refused.message);
    cmd_complain_hint(run->context, &run->refused);
    return CMD_EXIT_FINDINGS;
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    struct run run = {.context = context, .sink = {take}, .json = args->values[OPTION_JSON].given};
    if (!args->values[OPTION_ID].given)
        return cmd_complain_usage(context, "which event? say --id ID");
    run.id = view_of(args->values[OPTION_ID].text);
    enum cmd_exit exit = open_all(&run, args);
    if (exit == CMD_EXIT_OK) {
        run.loop = (struct cmd_loop){.context = context, .input = &run.input,
                                     .decide = decide_lines, .self = &run};
        exit = cmd_loop_run(&run.loop);
    }
    if (exit == CMD_EXIT_OK)
        exit = run.explained ? run.exit : tell_none(&run);
    cmd_input_close(&run.input);
    cmd_session_close(&run.session);
    return exit;
}

static const char *const examples[] = {
    "weir explain policy.weir events.ndjson --id p17",
    "weir explain policy.weir history.csv.zst --id 4711 --event payment --json",
    NULL,
};

const struct cmd_command cmd_explain = {
    .name = "explain",
    .summary = "show one decision in full: every value, rule and contribution",
    .operands = "POLICY [EVENTS]",
    .operand_count_min = 1,
    .operand_count_max = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Replays a stream of events, from a file or standard input, up to the first decided event "
        "with this id, and shows its decision: the verdict and what gave it, every field, the "
        "value of every let, what each model found (its score, and how much every argument adds "
        "to the margin, in log-odds for a model that gives a probability), and every rule of the "
        "event: whether it fired, and what each part of its condition came to with the values that "
        "it read. A part is not asked when values that it needs are missing.\n\n"
        "The exit code is 1 when the event was found and not decided, and 3 when there is none.",
    .examples = examples,
    .run = run_command,
};
