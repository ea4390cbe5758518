/* One idea: a field's type is resolved once, with everything that the outside world needs to fill
 * it: its input name, how its time is written, whether it is the event's id or time. */
#include "policy/check_int.h"

#include "base/datetime.h"

static void resolve_kind(struct checker *checker, struct ast_field *field)
{
    if (field->base == POLICY_ENTITY) {
        field->type.kind = field->kind.name == NULL ? check_word(&field->name)
                                                    : field->kind.name->text;
    } else if (field->base == POLICY_REF) {
        struct ast_event *event = check_event_named(checker, field->kind);
        if (event == NULL)
            field->poisoned = true;
        else
            field->type.event = event->index;
    } else if (field->base == POLICY_MONEY) {
        check_currency(checker, field->name.place);
    }
}

static void resolve_choices(struct checker *checker, struct ast_field *field)
{
    struct view *choices = check_make(checker, field->choice_count, sizeof *choices);
    if (choices == NULL)
        return;
    for (uint16_t i = 0; i < field->choice_count; i++) {
        choices[i] = check_word(&field->choices[i]);
        for (uint16_t j = 0; j < i; j++) {
            if (view_equal(choices[i], choices[j]))
                sink_add(checker->sink, CODE_DUPLICATE_CHOICE, field->choices[i].place,
                         "`%.*s` is already a choice", VIEW_ARG(choices[i]));
        }
    }
    field->type.choice_count = field->choice_count;
    field->type.choices = choices;
}

static void check_mapping(struct checker *checker, struct ast_field *field)
{
    if (field->has_from && field->from.text.size_bytes == 0)
        sink_add(checker->sink, CODE_EMPTY_TEXT, field->from.place, "an input's name is not empty");
    if (field->has_format && field->base != POLICY_TIME)
        diag_hint(sink_add(checker->sink, CODE_FORMAT_NOT_TIME, field->name.place,
                           "`as` says how a time is written, and `%.*s` is not a time",
                           VIEW_ARG(check_word(&field->name))),
                  "drop it, or make the field a time");
    if (field->has_format && field->format == POLICY_TIME_PATTERN &&
        datetime_pattern_check(field->pattern.text) != STATUS_OK) {
        field->poisoned = true;
        diag_hint(sink_add(checker->sink, CODE_BAD_TIME_PATTERN, field->pattern.place,
                           "this does not say how a time is written"),
                  "use YYYY, MM, DD, hh, mm, ss and SSS, each once, the larger before the smaller");
    }
}

static void check_field(struct checker *checker, struct ast_field *field)
{
    field->type = (struct policy_type){.base = field->base, .optional = field->optional};
    if (field->poisoned)
        return;
    resolve_kind(checker, field);
    if (field->base == POLICY_ONE_OF)
        resolve_choices(checker, field);
    check_mapping(checker, field);
}

static void check_id(struct checker *checker, struct ast_event *event)
{
    struct ast_field *found = NULL;
    bool poisoned = false;
    for (uint16_t i = 0; i < event->field_count; i++) {
        struct ast_field *field = event->fields[i];
        poisoned |= field->poisoned;
        if (field->poisoned || field->base != POLICY_ID)
            continue;
        if (found != NULL)
            diag_hint(sink_add(checker->sink, CODE_TWO_IDS, field->name.place,
                               "an event has one field of type id"),
                      "make this one text, or `ref EVENT` when it names another event");
        else
            found = field;
    }
    if (found == NULL && !poisoned && !event->broken)
        diag_hint(sink_add(checker->sink, CODE_NO_ID, event->name.place, "event %.*s has no id",
                           VIEW_ARG(check_word(&event->name))),
                  "add a field such as `id: id`; it tells repeated events apart");
    if (found != NULL && found->optional)
        sink_add(checker->sink, CODE_OPTIONAL_ID, found->name.place,
                 "the id and the time of an event are never missing");
    event->id_field = found == NULL ? 0 : found->index;
}

static void check_at(struct checker *checker, struct ast_event *event)
{
    struct ast_field *at = NULL;
    for (uint16_t i = 0; i < event->field_count; i++) {
        if (view_equal(check_word(&event->fields[i]->name), VIEW("at")))
            at = event->fields[i];
    }
    if (at == NULL && event->broken)
        return;
    if (at == NULL) {
        diag_hint(sink_add(checker->sink, CODE_NO_TIME, event->name.place,
                           "event %.*s does not say when it happened",
                           VIEW_ARG(check_word(&event->name))),
                  "add the field `at: time`, with from \"NAME\" when the input calls it otherwise");
        return;
    }
    event->at_field = at->index;
    if (at->poisoned)
        return;
    if (at->base != POLICY_TIME)
        diag_hint(sink_add(checker->sink, CODE_NO_TIME, at->name.place,
                           "`at` is the time of the event and has the type time"),
                  "give another field another name");
    else if (at->optional)
        sink_add(checker->sink, CODE_OPTIONAL_ID, at->name.place,
                 "the id and the time of an event are never missing");
}

static struct view input_name(const struct ast_field *field)
{
    return field->has_from ? field->from.text : check_word(&field->name);
}

static void check_inputs(struct checker *checker, const struct ast_event *event)
{
    for (uint16_t i = 0; i < event->field_count; i++) {
        for (uint16_t j = 0; j < i; j++) {
            const struct ast_field *field = event->fields[i];
            if (view_equal(input_name(field), input_name(event->fields[j])))
                diag_hint(sink_add(checker->sink, CODE_INPUT_TWICE, field->name.place,
                                   "the input `%.*s` already fills another field",
                                   VIEW_ARG(input_name(field))),
                          "each input fills one field");
        }
    }
}

void check_fields(struct checker *checker)
{
    for (struct ast_event *event = checker->ast->first_event; event != NULL; event = event->next) {
        for (uint16_t i = 0; i < event->field_count; i++)
            check_field(checker, event->fields[i]);
        check_id(checker, event);
        check_at(checker, event);
        check_inputs(checker, event);
    }
}
