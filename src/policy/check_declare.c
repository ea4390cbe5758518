/* One idea: before anything is read, every name learns what it stands for; of two definitions the
 * first counts. */
#include "policy/check_int.h"

static struct diag *duplicate(struct checker *checker, struct ast_word word, struct ast_word first,
                              const char *what)
{
    struct diag *diag = sink_add(checker->sink, CODE_DUPLICATE_NAME, word.place,
                                 "`%.*s` is already the name of %s", VIEW_ARG(word.name->text),
                                 what);
    diag_hint(diag, "the first one is on line %u; choose another name",
              sink_line(checker->sink, first.place.offset));
    return diag;
}

/* Whether one more may be counted; reports the first that may not. */
static bool count_one(struct checker *checker, struct ast_place place, enum policy_diag code,
                      uint32_t *count, uint32_t most, const char *what)
{
    if (*count < most) {
        ++*count;
        return true;
    }
    if (*count == most)
        sink_add(checker->sink, code, place, "a policy has at most %u %s", most, what);
    *count = most + 1;
    return false;
}

/* Lets and models share their names with fields. */
static bool value_taken(struct checker *checker, struct ast_word word)
{
    struct ast_name *name = word.name;
    if (name->fields != NULL) {
        duplicate(checker, word, name->fields->name, "a field");
        return true;
    }
    if (name->let != NULL)
        duplicate(checker, word, name->let->name, "a let");
    else if (name->model != NULL)
        duplicate(checker, word, name->model->name, "a model");
    return name->let != NULL || name->model != NULL;
}

/* Fields get their index and know their event here; their types are looked at later. A second
 * field of a name stays in the tree for the formatter, outside everything else. */
static void declare_fields(struct checker *checker, struct ast_event *event)
{
    event->fields = check_make(checker, event->field_count, sizeof *event->fields);
    uint16_t count = 0;
    for (struct ast_field *field = event->first_field; field != NULL && event->fields != NULL;
         field = field->next) {
        struct ast_name *name = field->name.name;
        if (name == NULL || count == POLICY_FIELDS_MAX)
            continue;
        struct ast_field *same = ast_field_of(name, event->index);
        if (same != NULL) {
            duplicate(checker, field->name, same->name, "a field of this event");
            continue;
        }
        field->event = event->index;
        field->index = count;
        event->fields[count++] = field;
        field->slot = check_slot(checker);
        field->next_same_name = name->fields;
        name->fields = field;
        name->field_events |= (uint64_t)1 << event->index;
    }
    event->field_count = count;
}

static void declare_event(struct checker *checker, struct ast_event *event,
                          struct ast_event ***tail)
{
    struct ast_policy *ast = checker->ast;
    struct ast_name *name = event->name.name;
    if (name == NULL)
        return;
    if (name->event != NULL) {
        duplicate(checker, event->name, name->event->name, "an event");
        return;
    }
    if (!count_one(checker, event->name.place, CODE_LIMIT_EVENTS, &ast->event_count,
                   POLICY_EVENTS_MAX, "events"))
        return;
    event->index = (uint16_t)(ast->event_count - 1);
    name->event = event;
    **tail = event;
    *tail = &event->next;
    declare_fields(checker, event);
}

static void declare_events(struct checker *checker)
{
    struct ast_policy *ast = checker->ast;
    struct ast_event **tail = &ast->first_event;
    for (struct ast_statement *at = ast->first; at != NULL; at = at->next) {
        if (at->kind == STATEMENT_EVENT)
            declare_event(checker, at->of.event, &tail);
    }
    if (ast->event_count > POLICY_EVENTS_MAX)
        ast->event_count = POLICY_EVENTS_MAX;
    ast->events = check_make(checker, ast->event_count, sizeof *ast->events);
    if (ast->events == NULL)
        return;
    for (struct ast_event *event = ast->first_event; event != NULL; event = event->next)
        ast->events[event->index] = event;
}

/* The tails of the chains that are being built. */
struct tails {
    struct ast_let **let;
    struct ast_label **label;
    struct ast_list **list;
    struct ast_model **model;
    struct ast_rule **rule;
    struct ast_test **test;
};

static void declare_let(struct checker *checker, struct ast_let *let, struct tails *tails)
{
    if (let->name.name == NULL || value_taken(checker, let->name) ||
        !count_one(checker, let->name.place, CODE_LIMIT_LETS, &checker->ast->let_count,
                   POLICY_LETS_MAX, "lets"))
        return;
    let->name.name->let = let;
    let->window = POLICY_NO_SLOT;
    *tails->let = let;
    tails->let = &let->next;
}

static void declare_model(struct checker *checker, struct ast_model *model, struct tails *tails)
{
    if (model->name.name == NULL || value_taken(checker, model->name) ||
        !count_one(checker, model->name.place, CODE_LIMIT_MODELS, &checker->ast->model_count,
                   POLICY_MODELS_MAX, "models"))
        return;
    model->index = (uint16_t)(checker->ast->model_count - 1);
    model->name.name->model = model;
    *tails->model = model;
    tails->model = &model->next;
}

static void declare_label(struct checker *checker, struct ast_label *label, struct tails *tails)
{
    struct ast_name *name = label->name.name;
    if (name == NULL)
        return;
    if (name->label != NULL) {
        duplicate(checker, label->name, name->label->name, "a label");
        return;
    }
    if (!count_one(checker, label->name.place, CODE_LIMIT_LABELS, &checker->ast->label_count,
                   POLICY_LABELS_MAX, "labels"))
        return;
    label->index = (uint16_t)(checker->ast->label_count - 1);
    name->label = label;
    *tails->label = label;
    tails->label = &label->next;
}

static void declare_list(struct checker *checker, struct ast_list *list, struct tails *tails)
{
    struct ast_name *name = list->name.name;
    if (name == NULL)
        return;
    if (name->list != NULL) {
        duplicate(checker, list->name, name->list->name, "a list");
        return;
    }
    if (!count_one(checker, list->name.place, CODE_LIMIT_LISTS, &checker->ast->list_count,
                   POLICY_LISTS_MAX, "lists"))
        return;
    list->index = (uint16_t)(checker->ast->list_count - 1);
    name->list = list;
    *tails->list = list;
    tails->list = &list->next;
}

static void declare_rule(struct checker *checker, struct ast_rule *rule, struct tails *tails)
{
    struct ast_name *name = rule->name.name;
    if (name == NULL)
        return;
    if (name->rule != NULL) {
        duplicate(checker, rule->name, name->rule->name, "a rule");
        return;
    }
    if (!count_one(checker, rule->name.place, CODE_LIMIT_RULES, &checker->ast->rule_count,
                   POLICY_RULES_MAX, "rules"))
        return;
    rule->index = (uint16_t)(checker->ast->rule_count - 1);
    name->rule = rule;
    *tails->rule = rule;
    tails->rule = &rule->next;
}

static void declare_test(struct checker *checker, struct ast_test *test, struct tails *tails)
{
    if (!count_one(checker, test->name.place, CODE_LIMIT_TESTS, &checker->ast->test_count,
                   POLICY_TESTS_MAX, "tests"))
        return;
    *tails->test = test;
    tails->test = &test->next;
}

void check_declarations(struct checker *checker)
{
    struct ast_policy *ast = checker->ast;
    struct tails tails = {&ast->first_let, &ast->first_label, &ast->first_list,
                          &ast->first_model, &ast->first_rule, &ast->first_test};
    declare_events(checker);
    for (struct ast_statement *at = ast->first; at != NULL && !checker->failed; at = at->next) {
        if (at->kind == STATEMENT_LET)
            declare_let(checker, at->of.let, &tails);
        else if (at->kind == STATEMENT_MODEL)
            declare_model(checker, at->of.model, &tails);
        else if (at->kind == STATEMENT_LABEL)
            declare_label(checker, at->of.label, &tails);
        else if (at->kind == STATEMENT_LIST)
            declare_list(checker, at->of.list, &tails);
        else if (at->kind == STATEMENT_RULE)
            declare_rule(checker, at->of.rule, &tails);
        else if (at->kind == STATEMENT_TEST)
            declare_test(checker, at->of.test, &tails);
    }
}
