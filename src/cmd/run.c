/* One idea: the frame around every command: find it, parse its options, run it, flush, and turn
 * what went wrong into one message and one exit code. */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/suggest.h"
#include "cmd/term.h"
#include "os/os_file.h"

/* Bytes of one message; longer ones are cut. */
#define MESSAGE_BYTES_MAX 1024

static void begin_message(struct cmd_context *context)
{
    struct buf *err = &context->err.buf;
    buf_put_text(err, "weir");
    if (context->command != NULL)
        buf_printf(err, " %s", context->command->name);
    buf_put_text(err, ": ");
}

void cmd_tame(struct buf *buf, size_t start)
{
    for (size_t at = start; !buf->failed && at < buf->size_bytes; at++)
        if ((unsigned char)buf->data[at] < 0x20 || buf->data[at] == 0x7f)
            buf->data[at] = '?';
}

__attribute__((format(printf, 2, 0)))
static void put_message(struct cmd_context *context, const char *format, va_list args)
{
    struct buf *err = &context->err.buf;
    char *to = buf_reserve(err, MESSAGE_BYTES_MAX);
    if (to == NULL)
        return;
    int size = vsnprintf(to, MESSAGE_BYTES_MAX, format, args);
    size_t start = err->size_bytes;
    if (size > 0)
        err->size_bytes += size < MESSAGE_BYTES_MAX ? (size_t)size : MESSAGE_BYTES_MAX - 1;
    cmd_tame(err, start);
    buf_put_char(err, '\n');
}

void cmd_complain(struct cmd_context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    begin_message(context);
    put_message(context, format, args);
    va_end(args);
}

void cmd_remark(struct cmd_context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_message(context, format, args);
    va_end(args);
}

static void put_place(struct buf *err, const char *subject, const struct diag *diag)
{
    buf_put_text(err, strcmp(subject, "-") == 0 ? "standard input" : subject);
    if (diag->line > 0)
        buf_printf(err, ":%u", diag->line);
    if (diag->line > 0 && diag->column > 0)
        buf_printf(err, ":%u", diag->column);
    buf_put_text(err, ": ");
}

void cmd_complain_diag(struct cmd_context *context, const char *subject, const struct diag *diag)
{
    begin_message(context);
    size_t start = context->err.buf.size_bytes;
    if (subject != NULL)
        put_place(&context->err.buf, subject, diag);
    buf_put_text(&context->err.buf, diag->message);
    cmd_tame(&context->err.buf, start);
    buf_put_char(&context->err.buf, '\n');
    cmd_complain_hint(context, diag);
}

void cmd_complain_hint(struct cmd_context *context, const struct diag *diag)
{
    if (diag->hint[0] == '\0')
        return;
    size_t start = context->err.buf.size_bytes;
    buf_printf(&context->err.buf, "  hint: %s", diag->hint);
    cmd_tame(&context->err.buf, start);
    buf_put_char(&context->err.buf, '\n');
}

enum cmd_exit cmd_fail(struct cmd_context *context, const char *subject, enum status status,
                       const struct diag *diag)
{
    struct diag said = *diag;
    if (status == STATUS_NO_MEMORY)
        return cmd_complain_memory(context);
    if (said.message[0] == '\0')
        diag_set(&said, "status", "%s", status_text(status));
    cmd_complain_diag(context, subject, &said);
    return cmd_exit_of(status);
}

enum cmd_exit cmd_complain_memory(struct cmd_context *context)
{
    cmd_complain(context, "out of memory; shorter windows, fewer remembered ids or a larger "
                          "machine would help");
    return CMD_EXIT_MACHINE;
}

enum cmd_exit cmd_complain_usage(struct cmd_context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    begin_message(context);
    put_message(context, format, args);
    va_end(args);
    if (context->command != NULL)
        buf_printf(&context->err.buf, "Try 'weir %s --help'.\n", context->command->name);
    else
        buf_put_text(&context->err.buf, "Try 'weir help'.\n");
    return CMD_EXIT_USAGE;
}

enum cmd_exit cmd_exit_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return CMD_EXIT_OK;
    case STATUS_NO_MEMORY:
    case STATUS_IO:
        return CMD_EXIT_MACHINE;
    case STATUS_LIMIT:
    case STATUS_INVALID:
    case STATUS_OVERFLOW:
    case STATUS_NOT_FOUND:
    case STATUS_CONFLICT:
    case STATUS_LATE:
    case STATUS_CORRUPT:
    case STATUS_END:
        break;
    }
    return CMD_EXIT_INPUT;
}

static enum status read_stdin(struct os *os, size_t size_max, struct buf *buf, struct diag *diag)
{
    struct os_file file = os_stdin();
    size_t start = buf->size_bytes;
    size_t got = 1;
    while (got > 0) {
        char *to = buf_reserve(buf, CMD_STREAM_BYTES);
        enum status status = buf_status(buf);
        if (status == STATUS_OK)
            status = os_read(os, &file, to, CMD_STREAM_BYTES, &got, diag);
        else
            diag_set(diag, "no-memory", "standard input: no memory to hold it");
        if (status != STATUS_OK)
            return status;
        buf->size_bytes += got;
        if (buf->size_bytes - start > size_max) {
            diag_set(diag, "too-large", "standard input has more than %zu bytes", size_max);
            return STATUS_LIMIT;
        }
    }
    return STATUS_OK;
}

enum status cmd_read_all(struct cmd_context *context, const char *path, size_t size_max,
                         struct buf *buf, struct diag *diag)
{
    if (strcmp(path, "-") == 0)
        return read_stdin(context->os, size_max, buf, diag);
    return os_file_read_all(context->os, path, size_max, buf, diag);
}

static void choose_colours(struct cmd_context *context, enum cmd_colour wish)
{
    context->colour_out = cmd_term_colour(context->os, &context->out.file, wish);
    context->colour_err = cmd_term_colour(context->os, &context->err.file, wish);
}

static enum cmd_exit unknown_command(struct cmd_context *context, const char *word)
{
    struct cmd_suggestion suggestion = {word, NULL, 0};
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++)
        cmd_suggest_offer(&suggestion, command->name);
    if (suggestion.nearest != NULL)
        return cmd_complain_usage(context, "there is no command '%s'; did you mean '%s'?", word,
                                  suggestion.nearest);
    return cmd_complain_usage(context, "there is no command '%s'", word);
}

static enum cmd_exit run_command(struct cmd_context *context, int argc, char **argv)
{
    struct cmd_args args = {0};
    struct cmd_common common = {0};
    struct diag diag = {0};
    enum status status = cmd_options_parse(context->command, argc, argv, &args, &common, &diag);
    choose_colours(context, common.colour);
    if (status != STATUS_OK)
        return cmd_complain_usage(context, "%s%s%s", diag.message, diag.hint[0] != '\0' ? "; " : "",
                                  diag.hint);
    if (!common.help)
        return context->command->run(context, &args);
    cmd_help_command(context->command, context->colour_out, &context->out.buf);
    return CMD_EXIT_OK;
}

/* `weir --help` and `weir --version` are what people try first. */
static const char *command_word(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

static enum cmd_exit option_first(struct cmd_context *context, const char *word)
{
    struct cmd_suggestion suggestion = {word, NULL, 0};
    cmd_suggest_offer(&suggestion, "--help");
    cmd_suggest_offer(&suggestion, "--version");
    if (suggestion.nearest != NULL)
        return cmd_complain_usage(context, "there is no '%s'; did you mean '%s'?", word,
                                  suggestion.nearest);
    return cmd_complain_usage(context, "options stand behind a command, '%s' does not", word);
}

static enum cmd_exit dispatch(struct cmd_context *context, int argc, char **argv)
{
    choose_colours(context, CMD_COLOUR_AUTO);
    if (argc < 2) {
        cmd_help_overview(context->colour_err, &context->err.buf);
        return CMD_EXIT_USAGE;
    }
    const char *word = command_word(argv[1]);
    if (word[0] == '-')
        return option_first(context, word);
    context->command = cmd_command_find(word);
    if (context->command == NULL)
        return unknown_command(context, word);
    return run_command(context, argc - 2, argv + 2);
}

/* A reader of our output who has seen enough is no failure. */
static enum cmd_exit finish(struct cmd_context *context, enum cmd_exit code)
{
    struct diag diag = {0};
    cmd_files_done(&context->files, context->mem);
    enum status status = cmd_stream_close(&context->out, &diag);
    if (context->out.reader_gone)
        code = code == CMD_EXIT_MACHINE ? CMD_EXIT_OK : code;
    else if (status != STATUS_OK)
        code = cmd_fail(context, NULL, status, &diag);
    /* When not even errors can be written, the exit code is all there is left. */
    status = cmd_stream_close(&context->err, NULL);
    if (status == STATUS_OK || context->err.reader_gone)
        return code;
    if (status == STATUS_NO_MEMORY)
        status = os_write(context->os, &context->err.file, VIEW("weir: out of memory\n"), NULL);
    return code == CMD_EXIT_OK || code == CMD_EXIT_FINDINGS ? CMD_EXIT_MACHINE : code;
}

enum cmd_exit cmd_run(struct os *os, struct mem *mem, int argc, char **argv)
{
    struct cmd_context context = {.os = os, .mem = mem};
    cmd_stream_init(&context.out, os, mem, os_stdout());
    cmd_stream_init(&context.err, os, mem, os_stderr());
    return finish(&context, dispatch(&context, argc, argv));
}
