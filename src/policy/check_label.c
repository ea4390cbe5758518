/* One idea: what labels, lists and bands name is resolved to indexes here, so that whoever uses
 * them later sees only what is right. */
#include "policy/check_int.h"

/* ---- labels ---- */

static void label_by_event(struct checker *checker, struct ast_label *label)
{
    struct ast_event *truth = check_event_named(checker, label->truth);
    label->poisoned |= truth == NULL;
    if (label->poisoned)
        return;
    label->truth_event = truth->index;
    int found = 0;
    for (uint16_t i = 0; i < truth->field_count; i++) {
        const struct ast_field *field = truth->fields[i];
        if (field->poisoned || field->base != POLICY_REF || field->type.event != label->event_index)
            continue;
        label->truth_field = i;
        found++;
    }
    if (found == 1)
        return;
    label->poisoned = true;
    struct view event = check_word(&label->event);
    diag_hint(sink_add(checker->sink, CODE_LABEL_REF, label->truth.place,
                       "%.*s must have exactly one field that names a %.*s",
                       VIEW_ARG(check_word(&label->truth)), VIEW_ARG(event)),
              "add a field such as `%.*s: ref %.*s`", VIEW_ARG(event), VIEW_ARG(event));
}

static void label_by_field(struct checker *checker, struct ast_label *label)
{
    struct ast_field *field = label->truth.name == NULL ? NULL
        : ast_field_of(label->truth.name, label->event_index);
    if (field == NULL && label->truth.name != NULL) {
        struct ast_event *event = checker->ast->events[label->event_index];
        struct guess guess;
        guess_init(&guess, checker->sink, label->truth.name->text);
        for (uint16_t i = 0; i < event->field_count; i++)
            guess_try(&guess, check_word(&event->fields[i]->name));
        check_unknown(checker, CODE_UNKNOWN_FIELD, label->truth, "field", &guess);
    }
    label->poisoned |= field == NULL || field->poisoned;
    if (label->poisoned)
        return;
    if (field->base != POLICY_BOOL) {
        char text[TYPE_TEXT_BYTES_MAX];
        diag_hint(sink_add(checker->sink, CODE_LABEL_NOT_BOOL, label->truth.place,
                           "a label is true or false, and `%.*s` is %s",
                           VIEW_ARG(check_word(&label->truth)), type_text(&field->type, text)),
                  "use a bool field");
        label->poisoned = true;
        return;
    }
    label->truth_field = field->index;
    field->label_only = true;
}

void check_labels(struct checker *checker)
{
    for (struct ast_label *label = checker->ast->first_label; label != NULL; label = label->next) {
        struct ast_event *event = check_event_named(checker, label->event);
        label->poisoned = event == NULL || !label->delay.given;
        if (label->poisoned)
            continue;
        label->event_index = event->index;
        label->truth_event = event->index;
        if (label->by_event)
            label_by_event(checker, label);
        else
            label_by_field(checker, label);
    }
}

/* ---- lists ---- */

/* The entity field of this kind, or else any field of this name. */
static struct ast_field *field_meant(const struct checker *checker, const struct ast_name *name)
{
    for (struct ast_event *event = checker->ast->first_event; event != NULL; event = event->next) {
        for (uint16_t i = 0; i < event->field_count; i++) {
            struct ast_field *field = event->fields[i];
            if (!field->poisoned && field->base == POLICY_ENTITY &&
                view_equal(field->type.kind, name->text))
                return field;
        }
    }
    return name->fields;
}

static bool may_be_listed(const struct policy_type *type)
{
    return type->base == POLICY_TEXT || type->base == POLICY_ENTITY ||
           type->base == POLICY_COUNTRY || type->base == POLICY_IP || type->base == POLICY_INT ||
           type->base == POLICY_ONE_OF;
}

static bool list_base(const struct ast_list *list, struct policy_type *ret_type)
{
    enum policy_base base;
    if (list->kind.name != NULL) {
        *ret_type = (struct policy_type){.base = POLICY_ENTITY, .kind = list->kind.name->text};
        return true;
    }
    if (!ast_base_find(list->type.name->text, &base) || base == POLICY_ENTITY)
        return false;
    *ret_type = type_of(base);
    return true;
}

static void list_type(struct checker *checker, struct ast_list *list)
{
    if (list->type.name == NULL) {
        list->poisoned = true;
        return;
    }
    /* A field or kind may have the name of a base type, as `country: country` has; they agree. */
    if (!list_base(list, &list->value_type)) {
        const struct ast_field *field = field_meant(checker, list->type.name);
        list->poisoned = field == NULL || field->poisoned;
        if (field == NULL)
            check_unknown(checker, CODE_UNKNOWN_TYPE, list->type, "type, entity or field", NULL);
        if (list->poisoned)
            return;
        list->value_type = field->type;
    }
    list->value_type.optional = false;
    if (may_be_listed(&list->value_type))
        return;
    char text[TYPE_TEXT_BYTES_MAX];
    list->poisoned = true;
    diag_hint(sink_add(checker->sink, CODE_LIST_TYPE, list->type.place, "a list cannot hold %s",
                       type_text(&list->value_type, text)),
              "lists hold text, entities, countries, addresses, ints and choices");
}

static void list_key(struct checker *checker, struct ast_list *list)
{
    if (list->key.name == NULL)
        return;
    const struct ast_field *field = list->key.name->fields;
    if (field == NULL)
        check_unknown(checker, CODE_UNKNOWN_FIELD, list->key, "field", NULL);
    list->poisoned |= field == NULL || field->poisoned;
    if (field == NULL || field->poisoned || policy_type_is_text(&field->type))
        return;
    list->poisoned = true;
    diag_hint(sink_add(checker->sink, CODE_KEY_TYPE, list->key.place,
                       "`%.*s` cannot be a key", VIEW_ARG(check_word(&list->key))),
              "keys are entities, texts, ids and addresses");
}

void check_lists(struct checker *checker)
{
    for (struct ast_list *list = checker->ast->first_list; list != NULL; list = list->next) {
        list->poisoned = list->broken;
        if (list->broken)
            continue;
        list_type(checker, list);
        list_key(checker, list);
        if (list->has_path && list->path.text.size_bytes == 0)
            sink_add(checker->sink, CODE_EMPTY_TEXT, list->path.place, "a path is not empty");
    }
}

/* ---- bands ---- */

void check_bands(struct checker *checker)
{
    const struct ast_policy *ast = checker->ast;
    for (uint32_t i = 1; i < ast->band_count; i++) {
        const struct ast_band *band = &ast->bands[i];
        if (band->score.value <= band[-1].score.value)
            diag_hint(sink_add(checker->sink, CODE_BAND_ORDER, band->score.place,
                               "the scores of bands rise"),
                      "put %lld after a smaller score", (long long)band->score.value);
        else if (band->verdict <= band[-1].verdict)
            diag_hint(sink_add(checker->sink, CODE_BAND_ORDER, band->score.place,
                               "a higher score gives a stronger verdict"),
                      "verdicts rise from challenge 1 over review to block");
    }
}
