/* One idea: every command meets a policy the same way: read, compile, and when it is wrong, all of
 * what is wrong at once. */
#include "cmd/policy_file.h"

#include <string.h>

struct view cmd_policy_path(const struct cmd_policy *policy)
{
    return strcmp(policy->path, "-") == 0 ? VIEW("standard input") : view_of(policy->path);
}

enum cmd_exit cmd_policy_read(struct cmd_context *context, const char *path,
                              struct cmd_policy *policy)
{
    struct diag diag = {0};
    memset(policy, 0, sizeof *policy);
    policy->path = path;
    buf_init(&policy->source, context->mem);
    policy_report_init(&policy->report, context->mem);
    enum status status = cmd_read_all(context, path, POLICY_SOURCE_BYTES_MAX, &policy->source,
                                      &diag);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_fail(context, NULL, status, &diag);
}

enum cmd_exit cmd_policy_compile(struct cmd_context *context, const char *path,
                                 struct cmd_policy *policy)
{
    enum cmd_exit code = cmd_policy_read(context, path, policy);
    if (code != CMD_EXIT_OK)
        return code;
    enum status status = policy_compile(cmd_policy_path(policy), buf_view(&policy->source),
                                        context->mem, &policy->report, &policy->policy);
    if (status == STATUS_OK || policy->report.error_count > 0)
        return cmd_exit_of(status);
    struct diag diag = {0};
    return cmd_fail(context, path, status, &diag);
}

void cmd_policy_print_report(struct cmd_context *context, const struct cmd_policy *policy)
{
    const struct policy_report *report = &policy->report;
    struct buf *err = &context->err.buf;
    for (size_t i = 0; i < report->count; i++)
        policy_report_print(report, i, cmd_policy_path(policy), buf_view(&policy->source),
                            context->colour_err, err);
    if (report->error_count > POLICY_DIAGS_MAX)
        buf_printf(err, "and more: %zu errors in all\n", report->error_count);
}

void cmd_policy_done(struct cmd_policy *policy)
{
    policy_free(policy->policy);
    policy_report_done(&policy->report);
    buf_done(&policy->source);
    memset(policy, 0, sizeof *policy);
}
