/* One idea: the canonical form replaces the file in one step, so that an editor or a crash never
 * sees half of it. A policy that does not parse is left alone. */
#include "cmd/commands.h"

#include <string.h>

#include "cmd/policy_file.h"
#include "cmd/term.h"
#include "os/os_file.h"

enum { OPTION_CHECK, OPTION_STDOUT, OPTION_COUNT };

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_CHECK] = {.name = "check", .type = CMD_FLAG,
                      .summary = "change nothing; show what would change, exit with 1 if any"},
    [OPTION_STDOUT] = {.name = "stdout", .type = CMD_FLAG,
                       .summary = "write the canonical form to standard output instead"},
};

/* Lines that a difference shows at most, per file. */
#define SHOWN_LINES_MAX 40u

/* Takes the next line of `text`, without its newline. */
static struct view take_line(struct view *text)
{
    const char *end = memchr(text->data, '\n', text->size_bytes);
    struct view line = {text->data, end == NULL ? text->size_bytes : (size_t)(end - text->data)};
    size_t taken = line.size_bytes + (end == NULL ? 0 : 1);
    text->data += taken;
    text->size_bytes -= taken;
    return line;
}

static size_t count_lines(struct view text)
{
    size_t count = 0;
    for (; text.size_bytes > 0; count++)
        (void)take_line(&text);
    return count;
}

/* How many whole lines both texts begin with. */
static size_t common_head(struct view a, struct view b)
{
    size_t count = 0;
    while (a.size_bytes > 0 && b.size_bytes > 0 && view_equal(take_line(&a), take_line(&b)))
        count++;
    return count;
}

static void skip_lines(struct view *text, size_t count)
{
    for (; count > 0; count--)
        (void)take_line(text);
}

/* Takes the last line off `text`. */
static struct view take_last_line(struct view *text)
{
    size_t end = text->size_bytes;
    if (end > 0 && text->data[end - 1] == '\n')
        end--;
    size_t start = end;
    while (start > 0 && text->data[start - 1] != '\n')
        start--;
    text->size_bytes = start;
    return (struct view){text->data + start, end - start};
}

/* Cuts off what both texts end with. */
static void trim_common_tail(struct view *a, struct view *b)
{
    while (a->size_bytes > 0 && b->size_bytes > 0) {
        struct view a_rest = *a;
        struct view b_rest = *b;
        if (!view_equal(take_last_line(&a_rest), take_last_line(&b_rest)))
            break;
        *a = a_rest;
        *b = b_rest;
    }
}

static void show_lines(struct cmd_context *context, const char *mark, const char *colour,
                       struct view text)
{
    struct buf *out = &context->out.buf;
    for (unsigned shown = 0; text.size_bytes > 0; shown++) {
        if (shown == SHOWN_LINES_MAX) {
            buf_printf(out, "  ... %zu more lines\n", count_lines(text));
            return;
        }
        struct view line = take_line(&text);
        buf_printf(out, "%s%s ", cmd_term_paint(context->colour_out, colour), mark);
        buf_put_view(out, line);
        buf_printf(out, "%s\n", cmd_term_paint(context->colour_out, CMD_TERM_RESET));
    }
}

/* Shows the one stretch from the first line that differs to the last. */
static void show_difference(struct cmd_context *context, const struct cmd_policy *policy,
                            struct view canonical)
{
    struct view source = buf_view(&policy->source);
    size_t same = common_head(source, canonical);
    skip_lines(&source, same);
    skip_lines(&canonical, same);
    trim_common_tail(&source, &canonical);
    buf_put_view(&context->out.buf, cmd_policy_path(policy));
    buf_printf(&context->out.buf, ":%zu: not in canonical form\n", same + 1);
    show_lines(context, "-", CMD_TERM_RED, source);
    show_lines(context, "+", CMD_TERM_GREEN, canonical);
}

static enum cmd_exit replace(struct cmd_context *context, const struct cmd_policy *policy,
                             struct view canonical)
{
    struct diag diag = {0};
    enum status status = os_file_write(context->os, policy->path, canonical, &diag);
    if (status != STATUS_OK)
        return cmd_fail(context, NULL, status, &diag);
    buf_printf(&context->out.buf, "%s\n", policy->path);
    return CMD_EXIT_OK;
}

static enum cmd_exit deliver(struct cmd_context *context, const struct cmd_args *args,
                             const struct cmd_policy *policy, struct view canonical)
{
    bool same = view_equal(buf_view(&policy->source), canonical);
    if (args->values[OPTION_CHECK].given) {
        if (!same)
            show_difference(context, policy, canonical);
        return same ? CMD_EXIT_OK : CMD_EXIT_FINDINGS;
    }
    if (args->values[OPTION_STDOUT].given || strcmp(policy->path, "-") == 0) {
        buf_put_view(&context->out.buf, canonical);
        return CMD_EXIT_OK;
    }
    return same ? CMD_EXIT_OK : replace(context, policy, canonical);
}

static enum cmd_exit format(struct cmd_context *context, const struct cmd_args *args,
                            struct cmd_policy *policy)
{
    struct diag diag = {0};
    struct buf canonical;
    buf_init(&canonical, context->mem);
    enum cmd_exit code = CMD_EXIT_OK;
    enum status status = policy_format(cmd_policy_path(policy), buf_view(&policy->source),
                                       context->mem, &policy->report, &canonical);
    if (status == STATUS_OK)
        status = buf_status(&canonical);
    if (status == STATUS_OK)
        code = deliver(context, args, policy, buf_view(&canonical));
    else if (policy->report.error_count == 0)
        code = cmd_fail(context, policy->path, status, &diag);
    else
        code = cmd_exit_of(status);
    cmd_policy_print_report(context, policy);
    buf_done(&canonical);
    return code;
}

static enum cmd_exit run(struct cmd_context *context, const struct cmd_args *args)
{
    enum cmd_exit worst = CMD_EXIT_OK;
    for (size_t i = 0; i < args->operand_count; i++) {
        struct cmd_policy policy;
        enum cmd_exit code = cmd_policy_read(context, args->operands[i], &policy);
        if (code == CMD_EXIT_OK)
            code = format(context, args, &policy);
        cmd_policy_done(&policy);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static const char *const examples[] = {
    "weir fmt policies/*.weir",
    "weir fmt --check policies/*.weir",
    "weir fmt - < draft.weir",
    NULL,
};

const struct cmd_command cmd_fmt = {
    .name = "fmt",
    .summary = "put policies into their canonical form",
    .operands = "POLICY...",
    .operand_count_min = 1,
    .operand_count_max = CMD_OPERANDS_ANY,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Rewrites each policy in the one canonical form and lists the files that changed. Comments "
        "are kept; formatting twice changes nothing more. A file is replaced in one step, or not "
        "at all when it cannot be parsed. A policy given as - is read from standard input and "
        "written to standard output.",
    .examples = examples,
    .run = run,
};
