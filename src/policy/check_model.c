/* One idea: a model exists on every event that has all its arguments, and what stands behind its
 * arguments is checked against the other models once all of them are known. */
#include "policy/check_int.h"

static bool may_be_argument(enum policy_base base)
{
    const unsigned all = 1u << POLICY_INT | 1u << POLICY_NUMBER | 1u << POLICY_MONEY |
                         1u << POLICY_DURATION | 1u << POLICY_BOOL | 1u << POLICY_ONE_OF;
    return (all >> base & 1) != 0;
}

static void check_direction(struct checker *checker, const struct ast_argument *argument)
{
    if (argument->direction == POLICY_EITHER_WAY)
        return;
    const char *word = argument->direction == POLICY_RISING ? "rising" : "falling";
    if (argument->expr->type.base == POLICY_ONE_OF)
        diag_hint(sink_add(checker->sink, CODE_ARGUMENT_DIRECTION, argument->place,
                           "choices have no order, so a score cannot be %s with them", word),
                  "leave out `%s`", word);
    else if (argument->excluded)
        diag_hint(sink_add(checker->sink, CODE_NEEDLESS_DIRECTION, argument->place,
                           "an excluded argument is never trained on, so `%s` means nothing",
                           word),
                  "leave out `%s`", word);
}

/* Only words that mean the same argument are one: all arguments are of one event. */
static bool stands_before(const struct ast_model *model, const struct ast_argument *argument)
{
    for (const struct ast_argument *at = model->first_argument; at != argument; at = at->next) {
        if (at->expr->word.name == argument->expr->word.name)
            return true;
    }
    return false;
}

static void check_argument(struct checker *checker, struct ast_model *model,
                           struct ast_argument *argument)
{
    struct ast_expr *expr = argument->expr;
    check_expr(checker, expr);
    model->poisoned |= expr->poisoned;
    if (expr->poisoned)
        return;
    if (!may_be_argument(expr->type.base)) {
        char text[TYPE_TEXT_BYTES_MAX];
        diag_hint(sink_add(checker->sink, CODE_MODEL_ARGUMENT, expr->place,
                           "a model's argument is a number or a choice, not %s",
                           type_text(&expr->type, text)),
                  "give it an int, number, money, duration, bool or one of");
        model->poisoned = true;
    } else if (stands_before(model, argument)) {
        diag_hint(sink_add(checker->sink, CODE_ARGUMENT_TWICE, expr->place,
                           "`%.*s` is already an argument of this model",
                           VIEW_ARG(expr->word.name->text)),
                  "leave out the second");
        model->poisoned = true;
    }
    check_direction(checker, argument);
}

static bool names_fields(const struct ast_model *model)
{
    for (const struct ast_argument *at = model->first_argument; at != NULL; at = at->next) {
        const struct ast_expr *expr = at->expr;
        if (expr->event.name == NULL && expr->word.name != NULL && expr->word.name->fields != NULL)
            return true;
    }
    return false;
}

static void check_arguments(struct checker *checker, struct ast_model *model)
{
    bool trains = false;
    checker->scope = (struct check_scope){model->events, SCOPE_LET};
    for (struct ast_argument *at = model->first_argument; at != NULL; at = at->next) {
        check_argument(checker, model, at);
        trains |= !at->excluded;
    }
    if (!trains)
        diag_hint(sink_add(checker->sink, CODE_MODEL_ARGUMENT, model->name.place,
                           "all arguments of `%.*s` are excluded",
                           VIEW_ARG(check_word(&model->name))),
                  "a model needs at least one that it is trained on");
}

static void check_model(struct checker *checker, struct ast_model *model)
{
    uint64_t events = check_all_events(checker);
    for (struct ast_argument *at = model->first_argument; at != NULL; at = at->next)
        events = check_needs(checker, at->expr, events);
    model->events = events;
    model->slot = check_slot(checker);
    if (events == 0) {
        model->poisoned = true;
        sink_add(checker->sink, CODE_MODEL_NOWHERE, model->name.place,
                 "no event has all arguments of `%.*s`", VIEW_ARG(check_word(&model->name)));
        return;
    }
    if ((events & (events - 1)) != 0 && names_fields(model)) {
        diag_hint(sink_add(checker->sink, CODE_MODEL_AMBIGUOUS, model->name.place,
                           "several events have all arguments of `%.*s`",
                           VIEW_ARG(check_word(&model->name))),
                  "say whose fields they are: %.*s.FIELD",
                  VIEW_ARG(check_word(&checker->ast->events[check_first_event(events)]->name)));
        model->poisoned = true;
        return;
    }
    check_arguments(checker, model);
}

static void check_error_reason(struct checker *checker, const struct ast_model *model)
{
    if (!model->has_error_reason)
        return;
    if (model->error_reason.text.size_bytes > POLICY_REASON_BYTES_MAX)
        sink_add(checker->sink, CODE_REASON_TOO_LONG, model->error_reason.place,
                 "a reason has at most %d bytes", POLICY_REASON_BYTES_MAX);
    if (model->error_reason.text.size_bytes == 0)
        diag_hint(sink_add(checker->sink, CODE_EMPTY_TEXT, model->error_reason.place,
                           "a reason is not empty"),
                  "write a short code such as \"NO_MODEL\", or leave it out");
}

/* The model that `model` challenges, or NULL when there is none, which is reported. */
static struct ast_model *find_champion(struct checker *checker, const struct ast_model *model)
{
    struct ast_name *name = model->challenges.name;
    if (name->model != NULL)
        return name->model;
    struct guess guess;
    guess_init(&guess, checker->sink, name->text);
    for (struct ast_model *at = checker->ast->first_model; at != NULL; at = at->next) {
        if (at != model)
            guess_try(&guess, check_word(&at->name));
    }
    check_unknown(checker, CODE_UNKNOWN_MODEL, model->challenges, "model", &guess);
    return NULL;
}

static void check_challenger(struct checker *checker, const struct ast_model *model)
{
    struct view name = check_word(&model->name);
    const struct ast_model *champion = find_champion(checker, model);
    if (champion == model)
        diag_hint(sink_add(checker->sink, CODE_CHALLENGER_CHAIN, model->challenges.place,
                           "`%.*s` challenges itself", VIEW_ARG(name)),
                  "a challenger names the model whose place it may take");
    else if (champion != NULL && champion->challenges.name != NULL)
        diag_hint(sink_add(checker->sink, CODE_CHALLENGER_CHAIN, model->challenges.place,
                           "`%.*s` is a challenger itself",
                           VIEW_ARG(check_word(&champion->name))),
                  "let both challenge `%.*s`", VIEW_ARG(champion->challenges.name->text));
    else if (champion != NULL && !champion->poisoned && !model->poisoned &&
             champion->events != model->events)
        diag_hint(sink_add(checker->sink, CODE_CHALLENGER_EVENTS, model->challenges.place,
                           "`%.*s` and `%.*s` do not exist on the same events", VIEW_ARG(name),
                           VIEW_ARG(check_word(&champion->name))),
                  "a challenger is scored beside its champion: give it arguments of the same "
                  "event");
    if (model->has_error)
        diag_hint(sink_add(checker->sink, CODE_CHALLENGER_ON_ERROR, model->error_place,
                           "a challenger decides nothing, also on an error"),
                  "leave out `on error`");
}

void check_models(struct checker *checker)
{
    struct ast_model *first = checker->ast->first_model;
    for (struct ast_model *model = first; model != NULL; model = model->next) {
        model->poisoned = model->broken;
        if (model->broken)
            continue;
        if (model->path.text.size_bytes == 0)
            sink_add(checker->sink, CODE_EMPTY_TEXT, model->path.place, "a path is not empty");
        check_error_reason(checker, model);
        if (checker->ast->event_count > 0)
            check_model(checker, model);
        else
            model->poisoned = true;
    }
    for (struct ast_model *model = first; model != NULL; model = model->next) {
        if (!model->broken && model->challenges.name != NULL)
            check_challenger(checker, model);
    }
}
