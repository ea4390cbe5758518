/* One idea: run what the policy's author wrote down as expected, and say which rules no test ever
 * made fire. */
#include "cmd/commands.h"

#include "cmd/json.h"
#include "cmd/session.h"
#include "cmd/term.h"
#include "engine/selftest.h"

enum { OPTION_COVERAGE, OPTION_JSON, OPTION_COUNT };

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_COVERAGE] = {.name = "coverage", .type = CMD_FLAG,
                         .summary = "list how often each rule fired, and fail when one never did"},
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG, .summary = "write one JSON object a policy"},
};

struct run {
    struct cmd_context *context;
    struct cmd_session session;
    struct selftest_sink sink;
    struct cmd_json *json;   /* NULL: text for people */
    uint64_t passed;
    uint64_t failed;
};

static enum status prepare(void *context, struct engine *engine, struct diag *diag)
{
    return cmd_session_fill(context, engine, diag);
}

static void json_test(struct run *run, const struct selftest_report *report)
{
    cmd_json_item(run->json);
    cmd_json_view(run->json, "test", report->test->name);
    cmd_json_u64(run->json, "line", report->test->line);
    cmd_json_bool(run->json, "passed", report->failure.size_bytes == 0);
    if (report->failure.size_bytes > 0)
        cmd_json_view(run->json, "failure", report->failure);
    cmd_json_end(run->json);
}

static void take(struct selftest_sink *sink, const struct selftest_report *report)
{
    struct run *run = (struct run *)((char *)sink - offsetof(struct run, sink));
    bool passed = report->failure.size_bytes == 0;
    if (passed)
        run->passed++;
    else
        run->failed++;
    if (run->json != NULL) {
        json_test(run, report);
        return;
    }
    bool colour = run->context->colour_out;
    struct buf *out = &run->context->out.buf;
    buf_printf(out, "%s%s%s %.*s\n",
               cmd_term_paint(colour, passed ? CMD_TERM_GREEN : CMD_TERM_RED),
               passed ? "pass" : "FAIL", cmd_term_paint(colour, CMD_TERM_RESET),
               VIEW_ARG(report->test->name));
    if (passed)
        return;
    for (size_t at = 0; at < report->failure.size_bytes;) {
        const char *line = report->failure.data + at;
        const char *end = memchr(line, '\n', report->failure.size_bytes - at);
        size_t size = end == NULL ? report->failure.size_bytes - at : (size_t)(end - line);
        buf_printf(out, "     %s: %.*s\n", run->session.path, (int)size, line);
        at += size + 1;
    }
}

/* Reports coverage; true when some rule never fired. */
static bool put_coverage(struct run *run, const struct selftest_coverage *coverage)
{
    const struct policy *policy = run->session.policy;
    bool missed = false;
    if (run->json != NULL)
        cmd_json_array(run->json, "coverage");
    for (uint16_t i = 0; i < policy->rule_count; i++) {
        uint64_t times = (uint64_t)coverage->fired[i] + coverage->shadow[i];
        missed = missed || times == 0;
        if (run->json != NULL) {
            cmd_json_item(run->json);
            cmd_json_view(run->json, "rule", policy->rules[i].name);
            cmd_json_u64(run->json, "line", policy->rules[i].line);
            cmd_json_u64(run->json, "fired", times);
            cmd_json_end(run->json);
            continue;
        }
        buf_printf(&run->context->out.buf, "%6llu  %.*s%s\n", (unsigned long long)times,
                   VIEW_ARG(policy->rules[i].name), times == 0 ? "  (no test makes it fire)" : "");
    }
    if (run->json != NULL)
        cmd_json_end(run->json);
    return missed;
}

static enum cmd_exit run_tests(struct run *run, struct selftest_coverage *coverage)
{
    struct diag diag = {0};
    struct selftest_options selftest = {.policy = run->session.policy,
                                        .mem = run->context->mem,
                                        .prepare = prepare,
                                        .context = &run->session};
    enum cmd_exit exit = cmd_session_seed(run->context, &selftest.seed);
    if (exit != CMD_EXIT_OK)
        return exit;
    enum status status = selftest_run(&selftest, coverage, &run->sink, &diag);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_fail(run->context, NULL, status, &diag);
}

static enum cmd_exit report(struct run *run, const struct selftest_coverage *coverage, bool wanted)
{
    bool missed = wanted && put_coverage(run, coverage);
    if (run->json != NULL) {
        cmd_json_u64(run->json, "passed", run->passed);
        cmd_json_u64(run->json, "failed", run->failed);
    } else {
        buf_printf(&run->context->out.buf, "%s: %llu passed, %llu failed\n", run->session.path,
                   (unsigned long long)run->passed, (unsigned long long)run->failed);
    }
    return run->failed > 0 || missed ? CMD_EXIT_FINDINGS : CMD_EXIT_OK;
}

static enum cmd_exit test_policy(struct cmd_context *context, const char *path,
                                 const struct cmd_args *args)
{
    struct run run = {.context = context, .sink = {take}};
    enum cmd_exit exit = cmd_session_open(&run.session, context, path);
    if (exit != CMD_EXIT_OK) {
        cmd_session_close(&run.session);
        return exit;
    }
    size_t size = (run.session.policy->rule_count + 1u) * sizeof(uint32_t);
    struct selftest_coverage coverage = {mem_zeroed(context->mem, size),
                                         mem_zeroed(context->mem, size)};
    struct cmd_json json;
    if (args->values[OPTION_JSON].given) {
        json = cmd_json_begin(&context->out.buf);
        cmd_json_text(&json, "policy", path);
        cmd_json_array(&json, "tests");
        run.json = &json;
    }
    if (coverage.fired != NULL && coverage.shadow != NULL)
        exit = run_tests(&run, &coverage);
    else
        exit = cmd_complain_memory(context);
    if (run.json != NULL)
        cmd_json_end(run.json);
    if (exit == CMD_EXIT_OK)
        exit = report(&run, &coverage, args->values[OPTION_COVERAGE].given);
    if (run.json != NULL) {
        cmd_json_end(run.json);
        buf_put_char(&context->out.buf, '\n');
    }
    mem_free(context->mem, coverage.fired, size);
    mem_free(context->mem, coverage.shadow, size);
    cmd_session_close(&run.session);
    return exit;
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    enum cmd_exit worst = CMD_EXIT_OK;
    for (size_t i = 0; i < args->operand_count; i++) {
        enum cmd_exit exit = test_policy(context, args->operands[i], args);
        worst = exit > worst ? exit : worst;
    }
    return worst;
}

static const char *const examples[] = {"weir test policy.weir", "weir test --coverage policy.weir",
                                       NULL};

const struct cmd_command cmd_test = {
    .name = "test",
    .summary = "run a policy's own tests",
    .operands = "POLICY...",
    .operand_count_min = 1,
    .operand_count_max = CMD_OPERANDS_ANY,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Runs the tests written in a policy. Each starts with empty windows and full lists and "
        "sends its events the way live ones go. Exits with 1 when a test failed, or, with "
        "--coverage, when some rule never fired.",
    .examples = examples,
    .run = run_command,
};
