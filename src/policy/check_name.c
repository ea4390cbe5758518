/* One idea: a bare name is a field of the events at hand, or a let, or a model, in that order; no
 * two of them can share a name, so the order never decides. */
#include "policy/check_int.h"

static bool plain(const struct ast_expr *expr)
{
    return expr->kind == EXPR_NAME && expr->event.name == NULL && expr->word.name != NULL;
}

bool check_name_resolves(const struct checker *checker, const struct ast_expr *expr)
{
    if (!plain(expr))
        return true;
    const struct ast_name *name = expr->word.name;
    return (name->field_events & checker->scope.events) != 0 || name->let != NULL ||
           name->model != NULL;
}

static void guess_names(const struct checker *checker, struct guess *guess)
{
    const struct ast_policy *ast = checker->ast;
    if (!guess_wants(guess))
        return;
    for (struct ast_event *event = ast->first_event; event != NULL; event = event->next) {
        if ((checker->scope.events >> event->index & 1) == 0)
            continue;
        for (uint16_t i = 0; i < event->field_count; i++)
            guess_try(guess, check_word(&event->fields[i]->name));
    }
    if (checker->scope.kind == SCOPE_FILTER)
        return;
    for (struct ast_let *let = ast->first_let; let != NULL; let = let->next)
        guess_try(guess, check_word(&let->name));
    for (struct ast_model *model = ast->first_model; model != NULL; model = model->next)
        guess_try(guess, check_word(&model->name));
}

static void unknown(struct checker *checker, struct ast_expr *expr)
{
    struct ast_name *name = expr->word.name;
    check_poison(expr);
    if (name == NULL || name->doubtful)
        return;
    const struct ast_event *event = checker->ast->events[check_first_event(checker->scope.events)];
    if (name->fields != NULL) {
        struct view other = check_word(&checker->ast->events[name->fields->event]->name);
        diag_hint(sink_add(checker->sink, CODE_UNKNOWN_FIELD, expr->place,
                           "%.*s has no field `%.*s`", VIEW_ARG(check_word(&event->name)),
                           VIEW_ARG(name->text)),
                  "%.*s has one; to look at those events write an aggregate such as "
                  "last(%.*s.%.*s)",
                  VIEW_ARG(other), VIEW_ARG(other), VIEW_ARG(name->text));
        return;
    }
    struct guess guess;
    guess_init(&guess, checker->sink, name->text);
    guess_names(checker, &guess);
    check_unknown(checker, CODE_UNKNOWN_NAME, expr->word, "field or let", &guess);
}

/* The events at hand may have fields of different types under one name. */
static bool types_agree(struct checker *checker, struct ast_expr *expr,
                        const struct ast_field *field)
{
    for (struct ast_event *event = checker->ast->first_event; event != NULL; event = event->next) {
        if ((checker->scope.events >> event->index & 1) == 0)
            continue;
        const struct ast_field *other = ast_field_of(expr->word.name, event->index);
        if (other == NULL || other->poisoned) {
            check_poison(expr);
            return false;
        }
        if (type_same(&field->type, &other->type) && field->optional == other->optional)
            continue;
        char a[TYPE_TEXT_BYTES_MAX], b[TYPE_TEXT_BYTES_MAX];
        const struct ast_event *first = checker->ast->events[field->event];
        diag_hint(sink_add(checker->sink, CODE_FIELD_TYPES_DIFFER, expr->place,
                           "`%.*s` is %s on %.*s and %s on %.*s", VIEW_ARG(expr->word.name->text),
                           type_text(&field->type, a), VIEW_ARG(check_word(&first->name)),
                           type_text(&other->type, b), VIEW_ARG(check_word(&event->name))),
                  "say which one: %.*s.%.*s", VIEW_ARG(check_word(&first->name)),
                  VIEW_ARG(expr->word.name->text));
        check_poison(expr);
        return false;
    }
    return true;
}

static void use_field(struct checker *checker, struct ast_expr *expr)
{
    struct ast_name *name = expr->word.name;
    struct ast_field *field = ast_field_of(name, check_first_event(checker->scope.events));
    if (field == NULL || field->poisoned) {
        check_poison(expr);
        return;
    }
    if (field->label_only) {
        diag_hint(sink_add(checker->sink, CODE_LABEL_FIELD, expr->place,
                           "`%.*s` is known only afterwards, through its label",
                           VIEW_ARG(name->text)),
                  "use rate(LABEL) over events that are old enough");
        check_poison(expr);
        return;
    }
    if (!types_agree(checker, expr, field))
        return;
    expr->meaning = MEANING_FIELD;
    expr->type = field->type;
    if (name->present_count > 0)
        expr->type.optional = false;
}

static void use_let(struct checker *checker, struct ast_expr *expr, struct ast_let *let)
{
    let->used = true;
    if (let->poisoned) {
        check_poison(expr);
        return;
    }
    uint64_t absent = checker->scope.events & ~let->events;
    if (absent != 0) {
        uint16_t event = check_first_event(absent);
        struct diag *diag = sink_add(checker->sink, CODE_LET_NOT_HERE, expr->place,
            "`%.*s` does not exist on %.*s", VIEW_ARG(expr->word.name->text),
            VIEW_ARG(check_word(&checker->ast->events[event]->name)));
        check_lacking(checker, let, event, diag);
        check_poison(expr);
        return;
    }
    expr->meaning = MEANING_LET;
    expr->type = let->type;
    if (expr->word.name->present_count > 0)
        expr->type.optional = false;
}

static void use_model(struct checker *checker, struct ast_expr *expr, struct ast_model *model)
{
    model->used = true;
    if (model->poisoned) {
        check_poison(expr);
        return;
    }
    if (checker->scope.kind != SCOPE_RULE) {
        diag_hint(sink_add(checker->sink, CODE_MODEL_IN_LET, expr->place,
                           "only rules read models"),
                  "a model is asked after the lets, which may be its arguments");
        check_poison(expr);
        return;
    }
    if (model->challenges.name != NULL) {
        diag_hint(sink_add(checker->sink, CODE_CHALLENGER_READ, expr->place,
                           "`%.*s` is a challenger, which decides nothing",
                           VIEW_ARG(expr->word.name->text)),
                  "read `%.*s`, which it challenges, or leave out `challenges`",
                  VIEW_ARG(model->challenges.name->text));
        check_poison(expr);
        return;
    }
    uint64_t absent = checker->scope.events & ~model->events;
    if (absent != 0) {
        sink_add(checker->sink, CODE_MODEL_NOT_HERE, expr->place,
                 "the arguments of `%.*s` do not all exist on %.*s",
                 VIEW_ARG(expr->word.name->text),
                 VIEW_ARG(check_word(&checker->ast->events[check_first_event(absent)]->name)));
        check_poison(expr);
        return;
    }
    expr->meaning = MEANING_MODEL;
    expr->type = type_of(POLICY_NUMBER);
}

static void check_qualified(struct checker *checker, struct ast_expr *expr)
{
    struct ast_event *event = check_event_named(checker, expr->event);
    struct ast_name *name = expr->word.name;
    if (event == NULL || name == NULL) {
        check_poison(expr);
        return;
    }
    uint64_t bit = (uint64_t)1 << event->index;
    if ((checker->scope.events & ~bit) != 0) {
        const char *what = checker->scope.kind == SCOPE_FILTER ? "a filter reads only the events "
                                                                 "it filters"
                                                               : "a rule reads only its own event";
        diag_hint(sink_add(checker->sink, CODE_OTHER_EVENT, expr->place, "%s", what),
                  "to look at other events write an aggregate such as last(%.*s.%.*s)",
                  VIEW_ARG(check_word(&event->name)), VIEW_ARG(name->text));
        check_poison(expr);
        return;
    }
    if ((name->field_events & bit) != 0) {
        use_field(checker, expr);
        return;
    }
    struct guess guess;
    guess_init(&guess, checker->sink, name->text);
    for (uint16_t i = 0; i < event->field_count; i++)
        guess_try(&guess, check_word(&event->fields[i]->name));
    check_unknown(checker, CODE_UNKNOWN_FIELD, expr->word, "field", &guess);
    check_poison(expr);
}

void check_name(struct checker *checker, struct ast_expr *expr)
{
    struct ast_name *name = expr->word.name;
    if (expr->event.name != NULL) {
        check_qualified(checker, expr);
    } else if (name == NULL || !check_name_resolves(checker, expr)) {
        unknown(checker, expr);
    } else if ((name->field_events & checker->scope.events) != 0) {
        use_field(checker, expr);
    } else if (checker->scope.kind == SCOPE_FILTER) {
        diag_hint(sink_add(checker->sink, CODE_FILTER_READS_LET, expr->place,
                           "a filter reads only fields of the events it filters"),
                  "`%.*s` belongs to the event that reads the aggregate", VIEW_ARG(name->text));
        check_poison(expr);
    } else if (name->let != NULL) {
        use_let(checker, expr, name->let);
    } else {
        use_model(checker, expr, name->model);
    }
}
