/* One idea: every file read is noted and every file to be written is claimed before the first byte
 * goes out, so that one check sees each pair of them; and a file written gets its name last. */
#include "cmd/output.h"

#include <string.h>

#include "base/assert.h"
#include "cmd/cmd.h"

static enum cmd_exit note(struct cmd_context *context, const struct os_identity *identity,
                          const char *role)
{
    struct cmd_files *files = &context->files;
    if (files->read_count == files->read_capacity) {
        size_t wanted = files->read_capacity == 0 ? 8 : files->read_capacity * 2;
        struct cmd_read *moved = mem_array(context->mem, files->reads, files->read_capacity,
                                           wanted, sizeof *moved);
        if (moved == NULL)
            return cmd_complain_memory(context);
        files->reads = moved;
        files->read_capacity = wanted;
    }
    files->reads[files->read_count++] = (struct cmd_read){*identity, role};
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_files_note(struct cmd_context *context, const struct os_file *file,
                             const char *role)
{
    struct diag diag = {0};
    struct os_identity identity;
    enum status status = os_identify(context->os, file, &identity, &diag);
    return status == STATUS_OK ? note(context, &identity, role)
                               : cmd_fail(context, NULL, status, &diag);
}

enum cmd_exit cmd_files_note_path(struct cmd_context *context, const char *path, const char *role)
{
    struct diag diag = {0};
    struct os_identity identity;
    struct os_file file = os_stdin();
    if (strcmp(path, "-") == 0)
        return cmd_files_note(context, &file, role);
    enum status status = os_identify_path(context->os, path, &identity, &diag);
    return status == STATUS_OK ? note(context, &identity, role)
                               : cmd_fail(context, NULL, status, &diag);
}

void cmd_files_done(struct cmd_files *files, struct mem *mem)
{
    mem_free(mem, files->reads, files->read_capacity * sizeof *files->reads);
    memset(files, 0, sizeof *files);
}

enum cmd_exit cmd_output_check_stdout(struct cmd_context *context)
{
    struct os_identity identity;
    struct cmd_files *files = &context->files;
    /* What cannot be looked at cannot be written either, which is told when it is tried. */
    if (os_identify(context->os, &context->out.file, &identity, NULL) != STATUS_OK ||
        !identity.regular)
        return CMD_EXIT_OK;
    for (size_t i = 0; i < files->read_count; i++)
        if (os_identity_equal(&files->reads[i].identity, &identity))
            return cmd_complain_usage(context, "standard output would overwrite %s",
                                      files->reads[i].role);
    return CMD_EXIT_OK;
}

static enum cmd_exit check(const struct cmd_output *output)
{
    struct cmd_context *context = output->context;
    const struct cmd_files *files = &context->files;
    for (size_t i = 0; i < files->read_count; i++)
        if (os_replace_hits(&output->replace, &files->reads[i].identity))
            return cmd_complain_usage(context, "%s would overwrite %s", output->path,
                                      files->reads[i].role);
    for (const struct cmd_output *other = files->outputs; other != NULL; other = other->next)
        if (os_replace_clash(&output->replace, &other->replace))
            return cmd_complain_usage(context, "%s would overwrite %s, another output",
                                      output->path, other->path);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_output_claim(struct cmd_output *output, struct cmd_context *context,
                               const char *path)
{
    struct diag diag = {0};
    enum status status = os_replace_find(context->os, path, &output->replace, &diag);
    if (status != STATUS_OK)
        return cmd_fail(context, NULL, status, &diag);
    output->context = context;
    output->path = path;
    enum cmd_exit exit = check(output);
    if (exit != CMD_EXIT_OK) {
        output->context = NULL;
        return exit;
    }
    output->next = context->files.outputs;
    context->files.outputs = output;
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_output_open(struct cmd_output *output)
{
    struct cmd_context *context = output->context;
    struct diag diag = {0};
    enum status status = os_replace_create(context->os, &output->replace, &diag);
    if (status != STATUS_OK)
        return cmd_fail(context, NULL, status, &diag);
    cmd_stream_init(&output->stream, context->os, context->mem, output->replace.file);
    return CMD_EXIT_OK;
}

static void forget(struct cmd_output *output)
{
    struct cmd_output **at = &output->context->files.outputs;
    while (*at != output) {
        ASSERT(*at != NULL);
        at = &(*at)->next;
    }
    *at = output->next;
    output->context = NULL;
}

enum cmd_exit cmd_output_close(struct cmd_output *output, bool keep)
{
    struct cmd_context *context = output->context;
    struct diag diag = {0};
    if (context == NULL)
        return CMD_EXIT_OK;
    forget(output);
    if (output->stream.os == NULL)
        return CMD_EXIT_OK;
    if (!keep)
        buf_clear(&output->stream.buf);
    enum status status = cmd_stream_close(&output->stream, &diag);
    if (status == STATUS_OK && keep)
        status = os_replace_commit(context->os, &output->replace, &diag);
    else
        os_replace_abandon(context->os, &output->replace);
    if (status == STATUS_OK || output->stream.reader_gone)
        return CMD_EXIT_OK;
    return cmd_fail(context, NULL, status, &diag);
}
