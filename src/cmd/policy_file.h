#ifndef CMD_POLICY_FILE_H
#define CMD_POLICY_FILE_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "policy/policy.h"

/* A policy as a command meets it: its source, what the compiler had to say, and itself. */
struct cmd_policy {
    const char *path;            /* borrowed; "-" is standard input */
    struct buf source;
    struct policy_report report;
    struct policy *policy;       /* NULL when it is wrong */
};

/* Reads the source. Returns CMD_EXIT_OK, or says on context->err what is wrong and returns the exit
 * code. cmd_policy_done is due in either case. */
enum cmd_exit cmd_policy_read(struct cmd_context *context, const char *path,
                              struct cmd_policy *policy);

/* Reads and compiles. As cmd_policy_read, but what is wrong in the policy itself is not said: it is
 * in `report`, whose error_count is not 0 then. */
enum cmd_exit cmd_policy_compile(struct cmd_context *context, const char *path,
                                 struct cmd_policy *policy);

/* Writes every error and warning of the report to context->err as people read them. */
void cmd_policy_print_report(struct cmd_context *context, const struct cmd_policy *policy);

/* Frees. A zeroed object is allowed. */
void cmd_policy_done(struct cmd_policy *policy);

/* The path as messages show it. */
struct view cmd_policy_path(const struct cmd_policy *policy);

#endif
