/* One idea: the checked tree is copied into the flat arrays that the engine reads; the tree keeps
 * the source's shape, the arrays the order in which things are done. */
#include "policy/build_int.h"

#include "base/datetime.h"

#define LATE_MS DATETIME_MS_DAY
#define REMEMBER_MS (7 * DATETIME_MS_DAY)

static void build_header(const struct checker *checker, struct policy *policy)
{
    const struct ast_policy *ast = checker->ast;
    bool told = ast->given[STATEMENT_ON_ERROR];
    policy->name = check_word(&ast->name);
    policy->currency = checker->currency;
    policy->error_verdict = told ? ast->error_verdict : POLICY_REVIEW;
    policy->error_reason = told ? ast->error_reason.text : VIEW("ENGINE");
    policy->late_ms = ast->late.given ? ast->late.value : LATE_MS;
    policy->remember_ms = ast->remember.given ? ast->remember.value : REMEMBER_MS;
    policy->timezone_ms = ast->timezone_ms;
}

static struct policy_field plain_field(const struct ast_field *field)
{
    return (struct policy_field){
        .name = check_word(&field->name), .type = field->type,
        .input_name = field->has_from ? field->from.text : check_word(&field->name),
        .mapped = field->has_from,
        .time_format = field->has_format ? field->format : POLICY_TIME_RFC3339,
        .time_pattern = field->has_format ? field->pattern.text : VIEW(""),
        .pii = check_word(&field->pii), .slot = field->slot, .rounded = field->rounded,
        .label_only = field->label_only};
}

static const struct policy_field *build_fields(struct checker *checker,
                                               const struct ast_event *event)
{
    struct policy_field *fields = check_make(checker, event->field_count, sizeof *fields);
    for (uint16_t i = 0; fields != NULL && i < event->field_count; i++)
        fields[i] = plain_field(event->fields[i]);
    return fields;
}

static void build_labels(struct checker *checker, struct policy *policy)
{
    struct policy_label *labels = check_make(checker, checker->ast->label_count, sizeof *labels);
    policy->labels = labels;
    policy->label_count = (uint16_t)checker->ast->label_count;
    for (const struct ast_label *at = checker->ast->first_label; labels != NULL && at != NULL;
         at = at->next)
        labels[at->index] = (struct policy_label){check_word(&at->name), at->event_index,
                                                  at->by_event, at->truth_event, at->truth_field,
                                                  at->delay.value};
}

static void build_lists(struct checker *checker, struct policy *policy)
{
    struct policy_list *lists = check_make(checker, checker->ast->list_count, sizeof *lists);
    policy->lists = lists;
    policy->list_count = (uint16_t)checker->ast->list_count;
    for (const struct ast_list *at = checker->ast->first_list; lists != NULL && at != NULL;
         at = at->next)
        lists[at->index] = (struct policy_list){check_word(&at->name), at->value_type,
                                                check_word(&at->key),
                                                at->has_path ? at->path.text : VIEW("")};
}

static struct policy_argument plain_argument(const struct ast_argument *argument, uint16_t event)
{
    const struct ast_expr *expr = argument->expr;
    const struct ast_name *name = expr->word.name;
    uint16_t slot = expr->meaning == MEANING_LET ? name->let->slot
                                                 : ast_field_of(name, event)->slot;
    return (struct policy_argument){name->text, slot, expr->type, argument->direction,
                                    argument->excluded};
}

static const struct policy_argument *build_arguments(struct checker *checker,
                                                     const struct ast_model *model)
{
    struct policy_argument *arguments =
        check_make(checker, model->argument_count, sizeof *arguments);
    uint16_t count = 0;
    for (const struct ast_argument *at = model->first_argument; arguments != NULL && at != NULL;
         at = at->next)
        arguments[count++] = plain_argument(at, check_first_event(model->events));
    return arguments;
}

/* A model that says nothing of errors does what the policy says. */
static struct policy_model plain_model(struct checker *checker, const struct policy *policy,
                                       const struct ast_model *model)
{
    const struct ast_name *champion = model->challenges.name;
    return (struct policy_model){
        .name = check_word(&model->name), .path = model->path.text,
        .argument_count = model->argument_count, .arguments = build_arguments(checker, model),
        .slot = model->slot, .events = model->events,
        .challenges = champion == NULL ? POLICY_NO_MODEL : champion->model->index,
        .error_rules = model->error_rules || champion != NULL,
        .error_verdict = model->has_error ? model->error_verdict : policy->error_verdict,
        .error_reason = model->has_error_reason ? model->error_reason.text : policy->error_reason,
    };
}

static void build_models(struct checker *checker, struct policy *policy)
{
    struct policy_model *models = check_make(checker, checker->ast->model_count, sizeof *models);
    policy->models = models;
    policy->model_count = (uint16_t)checker->ast->model_count;
    for (const struct ast_model *at = checker->ast->first_model; models != NULL && at != NULL;
         at = at->next)
        models[at->index] = plain_model(checker, policy, at);
}

static void build_bands(struct checker *checker, struct policy *policy)
{
    struct policy_band *bands = check_make(checker, checker->ast->band_count, sizeof *bands);
    policy->bands = bands;
    policy->band_count = (uint16_t)checker->ast->band_count;
    for (uint16_t i = 0; bands != NULL && i < policy->band_count; i++)
        bands[i] = (struct policy_band){(int32_t)checker->ast->bands[i].score.value,
                                        checker->ast->bands[i].verdict};
}

static struct policy_test plain_test(struct checker *checker, const struct ast_test *test)
{
    struct policy_test_step *steps = check_make(checker, test->step_count, sizeof *steps);
    struct policy_expect *expects = check_make(checker, test->expect_count, sizeof *expects);
    uint16_t step_count = 0;
    uint16_t expect_count = 0;
    for (const struct ast_step *at = test->first_step; steps != NULL && at != NULL; at = at->next)
        steps[step_count++] = at->step;
    for (const struct ast_expect *at = test->first_expect; expects != NULL && at != NULL;
         at = at->next)
        expects[expect_count++] = at->expect;
    return (struct policy_test){test->name.text, step_count, steps, expect_count, expects,
                                sink_line(checker->sink, test->name.place.offset)};
}

static void build_tests(struct checker *checker, struct policy *policy)
{
    struct policy_test *tests = check_make(checker, checker->ast->test_count, sizeof *tests);
    policy->tests = tests;
    for (const struct ast_test *at = checker->ast->first_test; tests != NULL && at != NULL;
         at = at->next)
        tests[policy->test_count++] = plain_test(checker, at);
}

void build_plain(struct checker *checker, struct policy *policy)
{
    build_header(checker, policy);
    build_labels(checker, policy);
    build_lists(checker, policy);
    build_models(checker, policy);
    build_bands(checker, policy);
    build_tests(checker, policy);
    policy->slot_count = (uint16_t)checker->slot_count;
}

/* ---- what happens on an event ---- */

static void mark_windows(const struct ast_expr *expr, bool *used)
{
    if (expr->kind == EXPR_AGGREGATE)
        used[expr->aggregate->window] = true;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        mark_windows(child, used);
}

static const uint16_t *event_lets(struct checker *checker, uint16_t event, uint16_t *ret_count)
{
    const struct ast_policy *ast = checker->ast;
    uint16_t *lets = check_make(checker, ast->let_count, sizeof *lets);
    uint16_t count = 0;
    for (uint32_t i = 0; lets != NULL && i < ast->let_count; i++) {
        const struct ast_let *let = ast->lets[i];
        if (let->window == POLICY_NO_SLOT && (let->events >> event & 1) != 0)
            lets[count++] = (uint16_t)i;
    }
    *ret_count = count;
    return lets;
}

static const uint16_t *event_rules(struct checker *checker, uint16_t event, uint16_t *ret_count)
{
    uint16_t *rules = check_make(checker, checker->ast->rule_count, sizeof *rules);
    uint16_t count = 0;
    for (const struct ast_rule *rule = checker->ast->first_rule; rules != NULL && rule != NULL;
         rule = rule->next) {
        if (rule->event_index == event)
            rules[count++] = rule->index;
    }
    *ret_count = count;
    return rules;
}

static const uint16_t *event_windows(struct checker *checker, uint16_t event, uint16_t *ret_count)
{
    const struct ast_policy *ast = checker->ast;
    bool used[POLICY_WINDOWS_MAX] = {false};
    uint16_t *windows = check_make(checker, checker->window_count, sizeof *windows);
    uint16_t count = 0;
    for (uint32_t i = 0; i < ast->let_count; i++) {
        if ((ast->lets[i]->events >> event & 1) != 0)
            mark_windows(ast->lets[i]->expr, used);
    }
    for (const struct ast_rule *rule = ast->first_rule; rule != NULL; rule = rule->next) {
        if (rule->event_index != event)
            continue;
        mark_windows(rule->when, used);
        if (rule->unless != NULL)
            mark_windows(rule->unless, used);
    }
    for (uint32_t i = 0; windows != NULL && i < checker->window_count; i++) {
        if (used[i])
            windows[count++] = (uint16_t)i;
    }
    *ret_count = count;
    return windows;
}

void build_events(struct checker *checker, struct policy *policy)
{
    const struct ast_policy *ast = checker->ast;
    struct policy_event *events = check_make(checker, ast->event_count, sizeof *events);
    policy->events = events;
    policy->event_count = (uint16_t)ast->event_count;
    for (uint16_t i = 0; events != NULL && i < ast->event_count && !checker->failed; i++) {
        const struct ast_event *from = ast->events[i];
        struct policy_event *to = &events[i];
        to->name = check_word(&from->name);
        to->field_count = from->field_count;
        to->fields = build_fields(checker, from);
        to->id_field = from->id_field;
        to->at_field = from->at_field;
        to->lets = event_lets(checker, i, &to->let_count);
        to->rules = event_rules(checker, i, &to->rule_count);
        to->windows = event_windows(checker, i, &to->window_count);
    }
}
