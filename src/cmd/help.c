/* One idea: help, manual page and completion are three renderings of the list of commands, so that
 * none of them can say something else than the parser does. */
#include "cmd/help.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/term.h"

#define HELP_COLUMNS 80u
#define NAME_COLUMNS 24u /* of the left column of a list */

static const char tagline[] = "decide events of internet finance by a policy";

static const char *const overview_examples[] = {
    "weir check examples/payments/policy.weir",
    "weir simulate --events 200000 -o events.ndjson",
    NULL,
};

/* Appends `text` in lines of at most HELP_COLUMNS, each behind `indent` spaces; the first starts at
 * `column`. Paragraphs are kept. */
static void put_wrapped(struct buf *out, const char *text, size_t column, size_t indent)
{
    bool line_empty = true;
    while (*text != '\0') {
        size_t gap = strspn(text, " \n");
        bool paragraph = gap > 1 && text[0] == '\n' && text[1] == '\n';
        text += gap;
        size_t word = strcspn(text, " \n");
        if (paragraph)
            buf_put_char(out, '\n');
        if (!line_empty && (paragraph || column + 1 + word > HELP_COLUMNS)) {
            buf_put_char(out, '\n');
            column = 0;
            line_empty = true;
        }
        if (line_empty)
            buf_printf(out, "%*s", column < indent ? (int)(indent - column) : 0, "");
        else
            buf_put_char(out, ' ');
        column = line_empty ? (column < indent ? indent : column) + word : column + 1 + word;
        buf_put(out, text, word);
        text += word;
        line_empty = false;
    }
    buf_put_char(out, '\n');
}

static void put_heading(struct buf *out, bool colour, const char *text)
{
    buf_printf(out, "\n%s%s%s\n", cmd_term_paint(colour, CMD_TERM_BOLD), text,
               cmd_term_paint(colour, CMD_TERM_RESET));
}

/* Appends a row of a list: a name, and what it means in the right column. */
static void put_row(struct buf *out, const char *name, size_t name_size, const char *meaning)
{
    buf_put_text(out, "  ");
    buf_put(out, name, name_size);
    size_t column = 2 + name_size;
    if (column + 1 >= NAME_COLUMNS) {
        buf_put_char(out, '\n');
        column = 0;
    }
    put_wrapped(out, meaning, column, NAME_COLUMNS);
}

/* "-o, --output FILE" */
static void put_option_name(struct buf *out, const struct cmd_option *option)
{
    if (option->letter != '\0')
        buf_printf(out, "-%c, --%s", option->letter, option->name);
    else
        buf_printf(out, "    --%s", option->name);
    if (option->value != NULL)
        buf_printf(out, " %s", option->value);
}

static void put_option_row(struct buf *out, const struct cmd_option *option)
{
    size_t start = out->size_bytes;
    buf_put_text(out, "  ");
    put_option_name(out, option);
    size_t column = out->size_bytes - start;
    if (column + 1 >= NAME_COLUMNS) {
        buf_put_char(out, '\n');
        column = 0;
    }
    put_wrapped(out, option->summary, column, NAME_COLUMNS);
}

static void put_examples(struct buf *out, bool colour, const char *const *examples)
{
    if (examples == NULL)
        return;
    put_heading(out, colour, "Examples:");
    for (size_t i = 0; examples[i] != NULL; i++)
        buf_printf(out, "  %s\n", examples[i]);
}

static void put_usage(struct buf *out, const struct cmd_command *command)
{
    buf_printf(out, "weir %s [OPTION...]%s%s", command->name,
               command->operands[0] != '\0' ? " " : "", command->operands);
}

void cmd_help_command(const struct cmd_command *command, bool colour, struct buf *out)
{
    buf_put_text(out, "Usage: ");
    put_usage(out, command);
    buf_put_text(out, "\n\n");
    put_wrapped(out, command->description, 0, 0);
    put_heading(out, colour, "Options:");
    for (size_t i = 0; i < command->option_count; i++)
        put_option_row(out, &command->options[i]);
    for (size_t i = 0; i < cmd_common_option_count; i++)
        put_option_row(out, &cmd_common_options[i]);
    put_examples(out, colour, command->examples);
}

static void put_exit_row(struct buf *out, int number, const char *text)
{
    char digits[20];
    put_row(out, digits, decimal_put_u64(digits, (uint64_t)number), text);
}

void cmd_help_overview(bool colour, struct buf *out)
{
    buf_printf(out, "weir %s: %s\n\nUsage: weir COMMAND [OPTION...] [ARGUMENT...]\n", WEIR_VERSION,
               tagline);
    put_heading(out, colour, "Commands:");
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++)
        put_row(out, command->name, strlen(command->name), command->summary);
    put_heading(out, colour, "Options of every command:");
    for (size_t i = 0; i < cmd_common_option_count; i++)
        put_option_row(out, &cmd_common_options[i]);
    put_heading(out, colour, "Exit codes:");
#define EXIT_ROW(name, number, text) put_exit_row(out, number, text);
    CMD_EXIT_TABLE(EXIT_ROW)
#undef EXIT_ROW
    put_examples(out, colour, overview_examples);
    buf_put_text(out, "\n'weir COMMAND --help' says more about a command.\n");
}

/* Appends text for troff: backslashes, hyphens and leading dots mean something there. */
static void put_troff(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        bool line_start = out->size_bytes > 0 && out->data[out->size_bytes - 1] == '\n';
        if (text[0] == '\n' && text[1] == '\n') {
            buf_put_text(out, "\n.PP\n");
            text++;
        } else if (*text == '\\') {
            buf_put_text(out, "\\e");
        } else if (*text == '-') {
            buf_put_text(out, "\\-");
        } else {
            if (line_start && (*text == '.' || *text == '\''))
                buf_put_text(out, "\\&");
            buf_put_char(out, *text);
        }
    }
}

static void put_man_option(struct buf *out, const struct cmd_option *option)
{
    buf_put_text(out, ".TP\n.B ");
    if (option->letter != '\0')
        buf_printf(out, "\\-%c, ", option->letter);
    buf_put_text(out, "\\-\\-");
    put_troff(out, option->name);
    if (option->value != NULL)
        buf_printf(out, " \\fI%s\\fR", option->value);
    buf_put_char(out, '\n');
    put_troff(out, option->summary);
    buf_put_text(out, ".\n");
}

static void put_man_examples(struct buf *out, const char *const *examples)
{
    buf_put_text(out, ".PP\n.nf\n.RS 4\n");
    for (size_t i = 0; examples[i] != NULL; i++) {
        put_troff(out, examples[i]);
        buf_put_char(out, '\n');
    }
    buf_put_text(out, ".RE\n.fi\n");
}

static void put_man_command(struct buf *out, const struct cmd_command *command)
{
    buf_put_text(out, ".SS ");
    put_troff(out, command->name);
    buf_put_text(out, "\n.B weir ");
    put_troff(out, command->name);
    buf_put_text(out, "\n[\\fIOPTION\\fR...] ");
    put_troff(out, command->operands);
    buf_put_text(out, "\n.PP\n");
    put_troff(out, command->description);
    buf_put_char(out, '\n');
    for (size_t i = 0; i < command->option_count; i++)
        put_man_option(out, &command->options[i]);
    if (command->examples != NULL)
        put_man_examples(out, command->examples);
}

void cmd_help_man(struct buf *out)
{
    buf_printf(out, ".TH WEIR 1 \"\" \"weir %s\" \"User Commands\"\n.SH NAME\nweir \\- ",
               WEIR_VERSION);
    put_troff(out, tagline);
    buf_put_text(out, "\n.SH SYNOPSIS\n.B weir\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] "
                      "[\\fIARGUMENT\\fR...]\n.SH COMMANDS\n");
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++)
        put_man_command(out, command);
    buf_put_text(out, ".SH OPTIONS OF EVERY COMMAND\n");
    for (size_t i = 0; i < cmd_common_option_count; i++)
        put_man_option(out, &cmd_common_options[i]);
    buf_put_text(out, ".SH EXIT STATUS\n");
#define EXIT_ROW(name, number, text) buf_put_text(out, ".TP\n.B " #number "\n" text ".\n");
    CMD_EXIT_TABLE(EXIT_ROW)
#undef EXIT_ROW
    buf_put_text(out, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhen set to anything, no colours are "
                      "used unless \\-\\-color=always asks for them.\n.TP\n.B TERM\nWhen \"dumb\", "
                      "neither colours nor progress bars are shown.\n.SH EXAMPLES\n");
    put_man_examples(out, overview_examples);
}

/* One line of the completion script: `words` after `option` of `command` ("*": of any). */
static void put_bash_values(struct buf *out, const char *command, const struct cmd_option *option)
{
    if (option->choices == NULL)
        return;
    buf_printf(out, "    %s:--%s", command, option->name);
    if (option->letter != '\0')
        buf_printf(out, " | %s:-%c", command, option->letter);
    buf_put_text(out, ") words=\"");
    for (size_t i = 0; option->choices[i] != NULL; i++)
        buf_printf(out, "%s%s", i > 0 ? " " : "", option->choices[i]);
    /* Of a list separated by commas the last word is completed. */
    bool is_list = strchr(option->value, ',') != NULL;
    buf_printf(out, "\"%s ;;\n", is_list ? " list=${word%,*}," : "");
}

/* The option names of one command, offered for a word that begins with a dash. */
static void put_bash_names(struct buf *out, const struct cmd_command *command)
{
    buf_printf(out, "    %s:-*) words=\"", command->name);
    for (size_t i = 0; i < command->option_count; i++)
        buf_printf(out, "--%s ", command->options[i].name);
    for (size_t i = 0; i < cmd_common_option_count; i++)
        buf_printf(out, "%s--%s", i > 0 ? " " : "", cmd_common_options[i].name);
    buf_put_text(out, "\" ;;\n");
}

static void put_bash_commands(struct buf *out)
{
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++)
        buf_printf(out, "%s%s", i > 0 ? " " : "", command->name);
}

void cmd_help_bash(struct buf *out)
{
    const struct cmd_command *command;
    buf_put_text(out, "# Completion of weir for bash, written by: weir help --completion bash\n"
                      "_weir()\n{\n"
                      "    local word=${COMP_WORDS[COMP_CWORD]}\n"
                      "    local before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                      "    local command=${COMP_WORDS[1]} words= list=\n"
                      "    COMPREPLY=()\n"
                      "    if [ \"$word\" = = ]; then\n        word=\n"
                      "    elif [ \"$before\" = = ]; then\n"
                      "        before=${COMP_WORDS[COMP_CWORD - 2]}\n    fi\n"
                      "    case $command:$before in\n");
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++) {
        for (size_t j = 0; j < command->option_count; j++)
            put_bash_values(out, command->name, &command->options[j]);
    }
    for (size_t i = 0; i < cmd_common_option_count; i++)
        put_bash_values(out, "*", &cmd_common_options[i]);
    buf_put_text(out, "    *) case $command:$word in\n");
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++)
        put_bash_names(out, command);
    buf_put_text(out, "    help:*) words=\"");
    put_bash_commands(out);
    buf_put_text(out, "\" ;;\n    esac ;;\n    esac\n"
                      "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    put_bash_commands(out);
    buf_put_text(out, "\"\n    fi\n"
                      "    if [ -n \"$list\" ] && [ \"$word\" != \"${word%,*}\" ]; then\n"
                      "        words=\" $words\"\n        words=${words// / $list}\n    fi\n"
                      "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                      "complete -o default -F _weir weir\n");
}
