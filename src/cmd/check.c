/* One idea: everything there is to say about a policy before it runs: what is wrong, what is odd,
 * and what deciding will cost. */
#include "cmd/commands.h"

#include "base/datetime.h"
#include "base/utf8.h"
#include "cmd/policy_file.h"
#include "cmd/session.h"
#include "cmd/term.h"
#include "codec/json.h"
#include "engine/engine.h"
#include "policy/analyse.h"

enum { OPTION_JSON, OPTION_COUNT };

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG,
                     .summary = "write one JSON object per policy to standard output"},
};

/* Columns of the first column of a table. */
#define NAME_COLUMNS_MIN 16

static size_t warning_count(const struct policy_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->warnings[i] ? 1 : 0;
    return count;
}

static int name_columns(const struct policy *policy)
{
    size_t columns = NAME_COLUMNS_MIN;
    for (size_t i = 0; i < policy->event_count; i++) {
        size_t size = policy->events[i].name.size_bytes;
        columns = size > columns ? size : columns;
    }
    return (int)columns;
}

static void put_count(struct buf *out, size_t count, const char *noun)
{
    buf_printf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

static void put_cost(const struct policy *policy, bool colour, struct buf *out)
{
    int width = name_columns(policy);
    buf_printf(out, "  %s%-*s %8s %8s %8s %13s%s\n", cmd_term_paint(colour, CMD_TERM_DIM), width,
               "on event", "windows", "lets", "rules", "instructions",
               cmd_term_paint(colour, CMD_TERM_RESET));
    for (uint16_t i = 0; i < policy->event_count; i++) {
        const struct policy_event *event = &policy->events[i];
        buf_printf(out, "  %-*.*s %8u %8u %8u %13u\n", width, VIEW_ARG(event->name),
                   event->window_count, event->let_count, event->rule_count,
                   policy_event_cost(policy, i));
    }
}

/* Paths may be any bytes, JSON may not. */
static void put_json_path(struct buf *out, struct view path)
{
    json_put_string(out, utf8_valid(path.data, path.size_bytes) ? path : VIEW("?"));
}

/* An engine of the policy, to ask what its windows cost. Its lists are empty. */
static enum status cost_engine(struct cmd_context *context, const struct policy *policy,
                               struct engine **ret_engine, struct diag *diag)
{
    struct engine_options wanted = {.policy = policy, .mem = context->mem};
    return engine_new(&wanted, ret_engine, diag);
}

/* What reading the files that a policy names needs. */
static struct cmd_session session_of(struct cmd_context *context, const struct cmd_policy *checked)
{
    return (struct cmd_session){.context = context, .path = checked->path,
                                .policy = checked->policy};
}

/* Reads one list's file; what is wrong with it is in `diag`. */
static enum status read_list(struct cmd_context *context, const struct cmd_policy *checked,
                             struct engine *engine, uint16_t list, struct diag *diag)
{
    struct cmd_session session = session_of(context, checked);
    *diag = (struct diag){.code = ""};
    return cmd_session_list(&session, engine, list, diag);
}

/* Warns of every model whose file is missing or wrong: the policy says what holds without it. False
 * without memory. */
static bool tell_models(struct cmd_context *context, const struct cmd_policy *checked,
                        struct engine *engine)
{
    struct cmd_session session = session_of(context, checked);
    for (uint16_t i = 0; i < checked->policy->model_count; i++) {
        struct diag diag = {.code = ""};
        enum status status = cmd_session_model(&session, engine, i, &diag);
        if (status == STATUS_NO_MEMORY)
            return false;
        if (status != STATUS_OK)
            cmd_session_warn_of_model(&session, i, &diag);
    }
    return true;
}

/* Tells of every list whose file is missing or wrong. */
static enum cmd_exit tell_lists(struct cmd_context *context, const struct cmd_policy *checked,
                                struct engine *engine)
{
    enum cmd_exit worst = CMD_EXIT_OK;
    for (uint16_t i = 0; i < checked->policy->list_count; i++) {
        struct diag diag;
        enum status status = read_list(context, checked, engine, i, &diag);
        if (status == STATUS_NO_MEMORY)
            return cmd_complain_memory(context);
        if (status != STATUS_OK)
            cmd_complain_diag(context, NULL, &diag);
        worst = cmd_exit_of(status) > worst ? cmd_exit_of(status) : worst;
    }
    return worst;
}

static enum cmd_exit put_memory(struct cmd_context *context, const struct cmd_policy *checked)
{
    const struct policy *policy = checked->policy;
    struct buf *out = &context->out.buf;
    struct diag diag = {0};
    struct engine *engine = NULL;
    struct engine_cost cost;
    int width = name_columns(policy);
    enum status status = cost_engine(context, policy, &engine, &diag);
    if (status == STATUS_NO_MEMORY)
        return cmd_complain_memory(context);
    if (status != STATUS_OK) {
        cmd_complain(context, "%.*s: %s", VIEW_ARG(policy->name), diag.message);
        return CMD_EXIT_INPUT;
    }
    for (size_t i = 0; engine_cost(engine, i, &cost); i++) {
        char kept[DURATION_TEXT_BYTES_MAX];
        if (i == 0)
            buf_printf(out, "  %s%-*s %8s %14s %15s %12s%s\n",
                       cmd_term_paint(context->colour_out, CMD_TERM_DIM), width, "per entity",
                       "windows", "bytes an entity", "bytes an event", "kept for",
                       cmd_term_paint(context->colour_out, CMD_TERM_RESET));
        int kept_size = (int)duration_format(kept, cost.kept_ms);
        buf_printf(out, "  %-*s %8u %15u %15u %12.*s%s\n", width,
                   cost.entity[0] != '\0' ? cost.entity : "(all events)", cost.window_count,
                   cost.entity_bytes, cost.event_bytes, kept_size, kept,
                   cost.ever ? "  and entities for ever" : "");
    }
    enum cmd_exit code = tell_lists(context, checked, engine);
    if (code != CMD_EXIT_MACHINE && !tell_models(context, checked, engine))
        code = cmd_complain_memory(context);
    engine_free(engine);
    return code;
}

/* Ends the object of a file that was read. */
static void put_json_read(struct buf *out, enum status status, const struct diag *diag)
{
    buf_printf(out, ",\"ok\":%s", status == STATUS_OK ? "true" : "false");
    if (status != STATUS_OK) {
        buf_put_text(out, ",\"message\":");
        put_json_path(out, view_of(status == STATUS_NO_MEMORY ? status_text(status)
                                                              : diag->message));
    }
    buf_put_char(out, '}');
}

static enum cmd_exit put_json_models(struct cmd_context *context, const struct cmd_policy *checked,
                                     struct engine *engine)
{
    struct cmd_session session = session_of(context, checked);
    struct buf *out = &context->out.buf;
    bool whole = true;
    buf_put_text(out, ",\"models\":[");
    for (uint16_t i = 0; i < checked->policy->model_count; i++) {
        struct diag diag = {.code = ""};
        enum status status = cmd_session_model(&session, engine, i, &diag);
        const char *hash = engine_model_hash(engine, i);
        whole = whole && status != STATUS_NO_MEMORY;
        buf_put_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_put_string(out, checked->policy->models[i].name);
        if (hash != NULL)
            buf_printf(out, ",\"hash\":\"%s\"", hash);
        put_json_read(out, status, &diag);
    }
    buf_put_char(out, ']');
    return whole ? CMD_EXIT_OK : cmd_complain_memory(context);
}

static enum cmd_exit put_json_lists(struct cmd_context *context, const struct cmd_policy *checked,
                                    struct engine *engine)
{
    struct buf *out = &context->out.buf;
    enum cmd_exit worst = CMD_EXIT_OK;
    buf_put_text(out, ",\"lists\":[");
    for (uint16_t i = 0; i < checked->policy->list_count; i++) {
        struct diag diag;
        enum status status = read_list(context, checked, engine, i, &diag);
        buf_put_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_put_string(out, checked->policy->lists[i].name);
        put_json_read(out, status, &diag);
        enum cmd_exit code = status == STATUS_NO_MEMORY ? cmd_complain_memory(context)
                                                        : cmd_exit_of(status);
        worst = code > worst ? code : worst;
    }
    buf_put_char(out, ']');
    return worst;
}

static enum cmd_exit put_json_memory(struct cmd_context *context, const struct cmd_policy *checked)
{
    const struct policy *policy = checked->policy;
    struct buf *out = &context->out.buf;
    struct diag diag = {0};
    struct engine *engine = NULL;
    struct engine_cost cost;
    enum status status = cost_engine(context, policy, &engine, &diag);
    buf_put_text(out, ",\"entities\":[");
    for (size_t i = 0; engine != NULL && engine_cost(engine, i, &cost); i++) {
        buf_put_text(out, i > 0 ? ",{\"key\":" : "{\"key\":");
        json_put_string(out, view_of(cost.entity));
        buf_printf(out, ",\"windows\":%u,\"entity_bytes\":%u,\"event_bytes\":%u,"
                        "\"kept_seconds\":%lld,\"for_ever\":%s}",
                   cost.window_count, cost.entity_bytes, cost.event_bytes,
                   (long long)(cost.kept_ms / DATETIME_MS_SECOND), cost.ever ? "true" : "false");
    }
    buf_put_char(out, ']');
    if (engine == NULL) {
        buf_put_text(out, ",\"refused\":");
        json_put_string(out, view_of(status == STATUS_NO_MEMORY ? status_text(status)
                                                                : diag.message));
    }
    enum cmd_exit code = status == STATUS_NO_MEMORY ? cmd_complain_memory(context)
                         : status != STATUS_OK     ? cmd_exit_of(status)
                                                   : put_json_lists(context, checked, engine);
    if (status == STATUS_OK && code != CMD_EXIT_MACHINE) {
        enum cmd_exit read = put_json_models(context, checked, engine);
        code = read > code ? read : code;
    }
    engine_free(engine);
    return code;
}

/* Adds what the analysis finds to the report of a policy that compiled. */
static enum status analyse(struct cmd_policy *checked)
{
    if (checked->policy == NULL)
        return STATUS_OK;
    return policy_analyse(checked->policy, buf_view(&checked->source), &checked->report);
}

static enum cmd_exit tell(struct cmd_context *context, const struct cmd_policy *checked)
{
    struct buf *out = &context->out.buf;
    const struct policy *policy = checked->policy;
    cmd_policy_print_report(context, checked);
    if (policy == NULL)
        return CMD_EXIT_INPUT;
    buf_put_view(out, cmd_policy_path(checked));
    buf_printf(out, ": %sok%s, ", cmd_term_paint(context->colour_out, CMD_TERM_GREEN),
               cmd_term_paint(context->colour_out, CMD_TERM_RESET));
    put_count(out, policy->rule_count, "rule");
    buf_put_text(out, ", ");
    put_count(out, policy->window_count, "window");
    buf_put_text(out, ", ");
    put_count(out, policy->test_count, "test");
    buf_put_text(out, ", ");
    put_count(out, warning_count(&checked->report), "warning");
    buf_put_char(out, '\n');
    put_cost(policy, context->colour_out, out);
    return put_memory(context, checked);
}

static void put_json_diag(struct buf *out, const struct diag *diag, bool warning)
{
    buf_printf(out, "{\"severity\":\"%s\",\"code\":\"%s\",\"line\":%u,\"column\":%u,\"span\":%u,"
                    "\"message\":",
               warning ? "warning" : "error", diag->code, diag->line, diag->column, diag->span);
    json_put_string(out, view_of(diag->message));
    buf_put_text(out, ",\"hint\":");
    json_put_string(out, view_of(diag->hint));
    buf_put_char(out, '}');
}

static void put_json_policy(struct buf *out, const struct policy *policy)
{
    buf_put_text(out, ",\"name\":");
    json_put_string(out, policy->name);
    buf_printf(out, ",\"hash\":\"%s\",\"rules\":%u,\"windows\":%u,\"tests\":%u,\"events\":[",
               policy->hash, policy->rule_count, policy->window_count, policy->test_count);
    for (uint16_t i = 0; i < policy->event_count; i++) {
        const struct policy_event *event = &policy->events[i];
        buf_put_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_put_string(out, event->name);
        buf_printf(out, ",\"windows\":%u,\"lets\":%u,\"rules\":%u,\"instructions\":%u}",
                   event->window_count, event->let_count, event->rule_count,
                   policy_event_cost(policy, i));
    }
    buf_put_char(out, ']');
}

static enum cmd_exit tell_json(struct cmd_context *context, const struct cmd_policy *checked)
{
    enum cmd_exit exit = CMD_EXIT_INPUT;
    struct buf *out = &context->out.buf;
    const struct policy_report *report = &checked->report;
    buf_put_text(out, "{\"path\":");
    put_json_path(out, cmd_policy_path(checked));
    buf_printf(out, ",\"ok\":%s,\"errors\":%zu,\"warnings\":%zu,\"diagnostics\":[",
               checked->policy != NULL ? "true" : "false", report->error_count,
               warning_count(report));
    for (size_t i = 0; i < report->count; i++) {
        buf_put_text(out, i > 0 ? "," : "");
        put_json_diag(out, &report->diags[i], report->warnings[i]);
    }
    buf_put_char(out, ']');
    if (checked->policy != NULL) {
        put_json_policy(out, checked->policy);
        exit = put_json_memory(context, checked);
    }
    buf_put_text(out, "}\n");
    return exit;
}

static enum cmd_exit run(struct cmd_context *context, const struct cmd_args *args)
{
    enum cmd_exit worst = CMD_EXIT_OK;
    for (size_t i = 0; i < args->operand_count; i++) {
        struct cmd_policy checked;
        enum cmd_exit code = cmd_policy_compile(context, args->operands[i], &checked);
        if (analyse(&checked) != STATUS_OK)
            code = cmd_complain_memory(context);
        bool judged = code == CMD_EXIT_OK || checked.report.error_count > 0;
        enum cmd_exit told = CMD_EXIT_OK;
        if (judged && args->values[OPTION_JSON].given)
            told = tell_json(context, &checked);
        else if (judged)
            told = tell(context, &checked);
        code = told > code ? told : code;
        cmd_policy_done(&checked);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static const char *const examples[] = {
    "weir check examples/payments/policy.weir",
    "weir check --json policies/*.weir",
    NULL,
};

const struct cmd_command cmd_check = {
    .name = "check",
    .summary = "find what is wrong with policies, and what they cost",
    .operands = "POLICY...",
    .operand_count_min = 1,
    .operand_count_max = CMD_OPERANDS_ANY,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Reads and checks each policy. Errors and warnings are shown all at once, each with its "
        "place, the line and what to write instead; they go to standard error. For a policy "
        "without errors, shows what deciding an event costs at most, and reads the files of its "
        "lists and models; a model that cannot be loaded is a warning, since the policy says what "
        "holds without it. A policy given as - is read from standard input.",
    .examples = examples,
    .run = run,
};
