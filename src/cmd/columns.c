/* One idea: what a CSV header lacks is told once, before the first line, beside the names that it
 * has and that may be meant. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/session.h"
#include "cmd/suggest.h"

/* Bytes of one name in a message, and of all of them. */
#define SHOWN_NAME_MAX 40
#define SHOWN_NAMES_MAX (DIAG_HINT_BYTES_MAX - 20)
#define NEAREST_NAMES_MAX 16 /* names for which near ones are looked for: each costs the header */

/* What is said of one name after another; those that have no room are left out. */
struct told {
    char text[SHOWN_NAMES_MAX];
    size_t size_bytes;
    uint32_t sought; /* names for which a near one was looked for */
    bool cut;
};

static void tell(struct told *told, const char *item)
{
    size_t size = strlen(item);
    size_t between = told->size_bytes > 0 ? 2 : 0;
    told->cut = told->cut || told->size_bytes + between + size >= sizeof told->text;
    if (told->cut)
        return;
    memcpy(told->text + told->size_bytes, ", ", between);
    memcpy(told->text + told->size_bytes + between, item, size + 1);
    told->size_bytes += between + size;
}

static struct view shown(struct view name)
{
    if (name.size_bytes > SHOWN_NAME_MAX)
        name.size_bytes = utf8_whole_prefix(name.data, SHOWN_NAME_MAX);
    return name;
}

static bool has_column(const struct cmd_input *input, struct view name)
{
    for (size_t i = 0; i < input->header_count; i++)
        if (view_equal(input->header[i], name))
            return true;
    return false;
}

/* Calls `each` for every field whose column the header lacks, once for a column. */
static void each_missing(const struct cmd_input *input, const struct policy *policy,
                         void (*each)(const struct cmd_input *input, struct view name,
                                      struct told *told),
                         struct told *told)
{
    for (uint16_t e = 0; e < policy->event_count; e++) {
        const struct policy_event *event = &policy->events[e];
        for (uint16_t i = 0; i < event->field_count; i++) {
            struct view name = event->fields[i].input_name;
            bool before = false;
            for (uint16_t b = 0; b < e && !before; b++)
                for (uint16_t j = 0; j < policy->events[b].field_count; j++)
                    before = before || view_equal(policy->events[b].fields[j].input_name, name);
            if (!before && !has_column(input, name))
                each(input, name, told);
        }
    }
}

/* Copies a name, its capitals made small; one that is too long to be near another is left empty. */
static void fold(struct view name, char to[CMD_SUGGEST_BYTES_MAX + 1])
{
    size_t size = name.size_bytes <= CMD_SUGGEST_BYTES_MAX ? name.size_bytes : 0;
    for (size_t i = 0; i < size; i++) {
        char c = name.data[i];
        to[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    to[size] = '\0';
}

/* The header's name nearest to one that it lacks; empty: none is near. */
static struct view nearest(const struct cmd_input *input, struct view name)
{
    char word[CMD_SUGGEST_BYTES_MAX + 1];
    char candidate[CMD_SUGGEST_BYTES_MAX + 1];
    struct view best = {NULL, 0};
    fold(name, word);
    struct cmd_suggestion suggestion = {word, NULL, 0};
    for (size_t i = 0; i < input->header_count && word[0] != '\0'; i++) {
        size_t before = suggestion.nearest == NULL ? SIZE_MAX : suggestion.distance;
        fold(input->header[i], candidate);
        cmd_suggest_offer(&suggestion, candidate);
        if (suggestion.nearest != NULL && suggestion.distance < before)
            best = input->header[i];
    }
    return best;
}

static void tell_nearest(const struct cmd_input *input, struct view name, struct told *told)
{
    if (told->cut || told->sought == NEAREST_NAMES_MAX)
        return;
    told->sought++;
    struct view best = nearest(input, name);
    if (best.size_bytes == 0)
        return;
    char item[2 * SHOWN_NAME_MAX + 16];
    best = shown(best);
    name = shown(name);
    snprintf(item, sizeof item, "\"%.*s\" for \"%.*s\"", VIEW_ARG(best), VIEW_ARG(name));
    tell(told, item);
}

static void tell_name(const struct cmd_input *input, struct view name, struct told *told)
{
    (void)input;
    char item[SHOWN_NAME_MAX + 8];
    name = shown(name);
    snprintf(item, sizeof item, "\"%.*s\"", VIEW_ARG(name));
    tell(told, item);
}

void cmd_columns_suggest(const struct cmd_input *input, const struct policy *policy,
                         struct diag *diag)
{
    struct told told = {.text = ""};
    each_missing(input, policy, tell_nearest, &told);
    if (told.size_bytes > 0)
        diag_hint(diag, "is it %s%s?", told.text, told.cut ? ", ..." : "");
}

static const char *input_name(const struct cmd_input *input)
{
    return input->is_stdin ? "standard input" : input->file.path;
}

void cmd_columns_warn(const struct cmd_input *input, const struct cmd_session *session)
{
    struct told told = {.text = ""};
    struct diag diag = {0};
    each_missing(input, session->policy, tell_name, &told);
    if (told.size_bytes == 0)
        return;
    cmd_complain(session->context,
                 "warning: %s has no column %s%s: missing on every line for %s", input_name(input),
                 told.text, told.cut ? ", ..." : "", session->path);
    cmd_columns_suggest(input, session->policy, &diag);
    cmd_complain_hint(session->context, &diag);
}

enum cmd_exit cmd_input_label(const struct cmd_input *input, const struct cmd_session *session,
                              uint16_t label)
{
    const struct policy_label *judged = &session->policy->labels[label];
    uint16_t event = judged->by_event ? judged->truth_event : judged->event;
    const struct policy_field *field = &session->policy->events[event].fields[judged->truth_field];
    struct diag diag = {0};
    if (input->format != ENGINE_CSV || has_column(input, field->input_name))
        return CMD_EXIT_OK;
    struct view name = shown(field->input_name);
    diag_set(&diag, "missing-column", "%s has no column \"%.*s\", which tells the label %.*s",
             input_name(input), VIEW_ARG(name), VIEW_ARG(judged->name));
    diag_hint(&diag, "name the column with `from`, or judge by another label with --label");
    cmd_columns_suggest(input, session->policy, &diag);
    return cmd_fail(session->context, NULL, STATUS_INVALID, &diag);
}
