/* One idea: one pass over the arguments, each either an option with its value or an operand, which
 * moves to the front; types are checked where the value is read, so commands see only good ones. */
#include "cmd/options.h"

#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "cmd/suggest.h"

static const char *const colour_choices[] = {"auto", "always", "never", NULL};

enum { COMMON_HELP, COMMON_COLOUR, COMMON_COUNT };

const struct cmd_option cmd_common_options[] = {
    [COMMON_COLOUR] = {.name = "color", .value = "WHEN", .type = CMD_CHOICE,
                       .choices = colour_choices,
                       .summary = "use colours: auto (on a terminal), always or never"},
    [COMMON_HELP] = {.letter = 'h', .name = "help", .type = CMD_FLAG,
                     .summary = "show this help and end"},
};
const size_t cmd_common_option_count = COMMON_COUNT;

/* The state of one pass. Values of the common options stand behind those of the command. */
struct parser {
    const struct cmd_command *command;
    char **argv;
    int argc;
    int next;
    size_t operand_count;
    struct cmd_value values[CMD_OPTIONS_MAX];
    struct cmd_value common[COMMON_COUNT];
    struct diag *diag;
};

/* An option found by name or letter, and where its value goes. */
struct target {
    const struct cmd_option *option;
    struct cmd_value *value;
};

/* How the user wrote an option, for messages: "--name" or "-o". */
struct spelling {
    char text[CMD_SUGGEST_BYTES_MAX + 8];
};

static struct spelling spell(const struct cmd_option *option, bool is_long)
{
    struct spelling spelling = {{'-', option->letter, '\0'}};
    if (is_long) {
        size_t size = strlen(option->name);
        ASSERT(size + 3 <= sizeof spelling.text);
        spelling.text[1] = '-';
        memcpy(spelling.text + 2, option->name, size + 1);
    }
    return spelling;
}

static struct target option_at(struct parser *parser, size_t index)
{
    size_t own = parser->command->option_count;
    if (index < own)
        return (struct target){&parser->command->options[index], &parser->values[index]};
    if (index < own + COMMON_COUNT)
        return (struct target){&cmd_common_options[index - own], &parser->common[index - own]};
    return (struct target){NULL, NULL};
}

static struct target find_name(struct parser *parser, const char *name, size_t size)
{
    struct target target;
    for (size_t i = 0; (target = option_at(parser, i)).option != NULL; i++) {
        if (strlen(target.option->name) == size && memcmp(target.option->name, name, size) == 0)
            break;
    }
    return target;
}

static struct target find_letter(struct parser *parser, char letter)
{
    struct target target;
    for (size_t i = 0; (target = option_at(parser, i)).option != NULL; i++) {
        if (target.option->letter == letter)
            break;
    }
    return target;
}

static enum status unknown_option(struct parser *parser, const char *argument, size_t size)
{
    diag_set(parser->diag, "unknown-option", "unknown option '%.*s'", (int)size, argument);
    char word[CMD_SUGGEST_BYTES_MAX + 1] = {0};
    if (size < 2 || size - 2 > CMD_SUGGEST_BYTES_MAX || argument[1] != '-')
        return STATUS_INVALID;
    memcpy(word, argument + 2, size - 2);
    struct cmd_suggestion suggestion = {word, NULL, 0};
    struct target target;
    for (size_t i = 0; (target = option_at(parser, i)).option != NULL; i++)
        cmd_suggest_offer(&suggestion, target.option->name);
    if (suggestion.nearest != NULL)
        diag_hint(parser->diag, "did you mean '--%s'?", suggestion.nearest);
    return STATUS_INVALID;
}

/* Digits only, so that neither signs nor spaces nor bases slip in. */
static enum status parse_u64(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (*text == '\0')
        return STATUS_INVALID;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return STATUS_INVALID;
        unsigned digit = (unsigned)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return STATUS_OVERFLOW;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return STATUS_OK;
}

static enum status read_u64(struct parser *parser, struct target target, const char *spelling)
{
    uint64_t value = 0;
    if (parse_u64(target.value->text, &value) == STATUS_OK && value >= target.option->u64_min &&
        value <= target.option->u64_max) {
        target.value->u64 = value;
        return STATUS_OK;
    }
    diag_set(parser->diag, "option-value", "%s takes a whole number from %llu to %llu, not '%s'",
             spelling, (unsigned long long)target.option->u64_min,
             (unsigned long long)target.option->u64_max, target.value->text);
    return STATUS_INVALID;
}

static enum status read_duration(struct parser *parser, struct target target, const char *spelling)
{
    if (duration_parse(view_of(target.value->text), &target.value->duration_ms) == STATUS_OK)
        return STATUS_OK;
    diag_set(parser->diag, "option-value", "%s takes a duration, not '%s'", spelling,
             target.value->text);
    diag_hint(parser->diag, "write it like 30d, 1h30m or 250ms");
    return STATUS_INVALID;
}

static enum status read_time(struct parser *parser, struct target target, const char *spelling)
{
    struct view text = view_of(target.value->text);
    if (datetime_parse(text, &target.value->time_ms) == STATUS_OK ||
        datetime_parse_as(VIEW("YYYY-MM-DD"), text, &target.value->time_ms) == STATUS_OK)
        return STATUS_OK;
    diag_set(parser->diag, "option-value", "%s takes a date or a time, not '%s'", spelling,
             target.value->text);
    diag_hint(parser->diag, "write it like 2026-07-01 or 2026-07-01T12:00:00Z");
    return STATUS_INVALID;
}

/* "challenge 2" is how a policy writes what a command line calls challenge2. */
static bool same_but_for_spaces(const char *choice, const char *text)
{
    while (*text != '\0') {
        if (*text != ' ' && *text != *choice++)
            return false;
        text++;
    }
    return *choice == '\0';
}

static bool is_choice(const struct cmd_option *option, size_t index, const char *text)
{
    return same_but_for_spaces(option->choices[index], text) ||
           (option->aliases != NULL && strcmp(option->aliases[index], text) == 0);
}

static enum status read_choice(struct parser *parser, struct target target, const char *spelling)
{
    const char *const *choices = target.option->choices;
    struct cmd_suggestion suggestion = {target.value->text, NULL, 0};
    char list[DIAG_HINT_BYTES_MAX] = "";
    size_t used = 0;
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (is_choice(target.option, i, target.value->text)) {
            target.value->choice = i;
            return STATUS_OK;
        }
        cmd_suggest_offer(&suggestion, choices[i]);
        size_t size = strlen(choices[i]);
        ASSERT(used + size + 3 <= sizeof list);
        memcpy(list + used, used == 0 ? "" : ", ", used == 0 ? 0 : 2);
        used += used == 0 ? 0 : 2;
        memcpy(list + used, choices[i], size + 1);
        used += size;
    }
    diag_set(parser->diag, "option-value", "%s takes one of %s, not '%s'", spelling, list,
             target.value->text);
    if (suggestion.nearest != NULL)
        diag_hint(parser->diag, "did you mean '%s'?", suggestion.nearest);
    return STATUS_INVALID;
}

static enum status read_value(struct parser *parser, struct target target, const char *spelling)
{
    switch (target.option->type) {
    case CMD_U64:
        return read_u64(parser, target, spelling);
    case CMD_DURATION:
        return read_duration(parser, target, spelling);
    case CMD_TIME:
        return read_time(parser, target, spelling);
    case CMD_CHOICE:
        return read_choice(parser, target, spelling);
    case CMD_FLAG:
    case CMD_TEXT:
    case CMD_PATH:
        break;
    }
    if (target.value->text[0] != '\0')
        return STATUS_OK;
    diag_set(parser->diag, "option-value", "%s needs a value that is not empty", spelling);
    return STATUS_INVALID;
}

/* Takes an option whose value, if any, was written in the same argument as `attached`. */
static enum status take_option(struct parser *parser, struct target target, const char *spelling,
                               const char *attached)
{
    target.value->given = true;
    if (target.option->type == CMD_FLAG) {
        if (attached == NULL)
            return STATUS_OK;
        diag_set(parser->diag, "option-value", "%s takes no value", spelling);
        return STATUS_INVALID;
    }
    if (attached == NULL && parser->next == parser->argc) {
        diag_set(parser->diag, "option-value", "%s needs a value: %s %s", spelling, spelling,
                 target.option->value);
        return STATUS_INVALID;
    }
    target.value->text = attached != NULL ? attached : parser->argv[parser->next++];
    return read_value(parser, target, spelling);
}

static enum status take_long(struct parser *parser, const char *argument)
{
    const char *name = argument + 2;
    size_t size = strcspn(name, "=");
    struct target target = find_name(parser, name, size);
    if (target.option == NULL)
        return unknown_option(parser, argument, size + 2);
    struct spelling spelling = spell(target.option, true);
    return take_option(parser, target, spelling.text, name[size] == '=' ? name + size + 1 : NULL);
}

static enum status take_short(struct parser *parser, const char *argument)
{
    struct target target = find_letter(parser, argument[1]);
    if (target.option == NULL)
        return unknown_option(parser, argument, strlen(argument));
    struct spelling spelling = spell(target.option, false);
    return take_option(parser, target, spelling.text, argument[2] == '\0' ? NULL : argument + 2);
}

static enum status take_arguments(struct parser *parser)
{
    bool options = true;
    while (parser->next < parser->argc) {
        char *argument = parser->argv[parser->next++];
        enum status status = STATUS_OK;
        if (options && strcmp(argument, "--") == 0)
            options = false;
        else if (options && argument[0] == '-' && argument[1] == '-')
            status = take_long(parser, argument);
        else if (options && argument[0] == '-' && argument[1] != '\0')
            status = take_short(parser, argument);
        else
            parser->argv[parser->operand_count++] = argument;
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status count_operands(const struct parser *parser)
{
    const struct cmd_command *command = parser->command;
    if (parser->operand_count < command->operand_count_min) {
        diag_set(parser->diag, "operands", "an argument is missing");
        diag_hint(parser->diag, "usage: weir %s %s", command->name, command->operands);
        return STATUS_INVALID;
    }
    if (parser->operand_count > command->operand_count_max) {
        diag_set(parser->diag, "operands", "'%s' is one too many",
                 parser->argv[command->operand_count_max]);
        diag_hint(parser->diag, "usage: weir %s %s", command->name, command->operands);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status cmd_options_parse(const struct cmd_command *command, int argc, char **argv,
                              struct cmd_args *ret_args, struct cmd_common *ret_common,
                              struct diag *diag)
{
    ASSERT(command->option_count <= CMD_OPTIONS_MAX);
    struct parser parser = {.command = command, .argv = argv, .argc = argc, .diag = diag};
    enum status status = take_arguments(&parser);
    if (status == STATUS_OK && !parser.common[COMMON_HELP].given)
        status = count_operands(&parser);
    if (status != STATUS_OK)
        return status;
    memcpy(ret_args->values, parser.values, sizeof parser.values);
    ret_args->operands = argv;
    ret_args->operand_count = parser.operand_count;
    ret_common->help = parser.common[COMMON_HELP].given;
    ret_common->colour = (enum cmd_colour)parser.common[COMMON_COLOUR].choice;
    return STATUS_OK;
}
