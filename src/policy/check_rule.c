/* One idea: a rule runs on one event, so everything it names has one meaning and one slot. */
#include "policy/check_int.h"

/* ---- rules ---- */

static uint32_t models_read(const struct ast_expr *expr)
{
    uint32_t models = expr->meaning == MEANING_MODEL && expr->kind == EXPR_NAME
                      ? (uint32_t)1 << expr->word.name->model->index : 0;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        models |= models_read(child);
    return models;
}

static void check_life(struct checker *checker, struct ast_rule *rule)
{
    int64_t offset = checker->ast->timezone_ms;
    rule->until.value -= rule->until.given ? offset : 0;
    rule->shadow_until.value -= rule->shadow_until.given ? offset : 0;
    if (rule->until.given && rule->shadow_until.given &&
        rule->until.value <= rule->shadow_until.value)
        diag_hint(sink_add(checker->sink, CODE_ENDS_IN_SHADOW, rule->until.place,
                           "the rule ends before its shadow does, so it never decides"),
                  "let the shadow end first, or write `shadow` alone");
}

static void check_actions(struct checker *checker, struct ast_rule *rule)
{
    bool acts = rule->has_verdict || rule->has_score || rule->has_case;
    if (!acts)
        diag_hint(sink_add(checker->sink, CODE_NO_ACTION, rule->name.place,
                           "this rule does nothing"),
                  "give it a verdict, a score or a case");
    if (rule->has_reason && rule->reason.text.size_bytes > POLICY_REASON_BYTES_MAX)
        sink_add(checker->sink, CODE_REASON_TOO_LONG, rule->reason.place,
                 "a reason has at most %d bytes", POLICY_REASON_BYTES_MAX);
    if (rule->has_reason && rule->reason.text.size_bytes == 0)
        diag_hint(sink_add(checker->sink, CODE_EMPTY_TEXT, rule->reason.place,
                           "a reason is not empty"),
                  "write a short code such as \"LARGE\", or leave it out");
    if (acts && rule->explain.given && rule->models == 0 && !rule->poisoned)
        diag_hint(sink_add(checker->sink, CODE_EXPLAIN_NOTHING, rule->explain.place,
                           "this rule reads no model, so there is nothing to explain"),
                  "leave out `explain`");
}

static void check_rule(struct checker *checker, struct ast_rule *rule)
{
    struct ast_event *event = check_event_named(checker, rule->event);
    check_life(checker, rule);
    rule->poisoned = event == NULL;
    if (event == NULL)
        return;
    rule->event_index = event->index;
    checker->scope = (struct check_scope){(uint64_t)1 << event->index, SCOPE_RULE};
    check_needs(checker, rule->when, UINT64_MAX);
    check_condition(checker, rule->when, "a rule's condition");
    rule->poisoned |= rule->when->poisoned;
    rule->models = rule->when->poisoned ? 0 : models_read(rule->when);
    if (rule->unless != NULL) {
        size_t mark = check_mark(checker);
        check_learn(checker, rule->when, true);
        check_needs(checker, rule->unless, UINT64_MAX);
        check_condition(checker, rule->unless, "what follows `unless`");
        check_forget(checker, mark);
        rule->poisoned |= rule->unless->poisoned;
        rule->models |= rule->unless->poisoned ? 0 : models_read(rule->unless);
    }
    bool sound = check_template(checker, &rule->sentence, event->index, &rule->models,
                                &rule->sentence_template);
    if (rule->has_case)
        sound &= check_template(checker, &rule->case_key, event->index, &rule->models,
                                &rule->case_template);
    rule->poisoned |= !sound;
    check_actions(checker, rule);
}

void check_rules(struct checker *checker)
{
    for (struct ast_rule *rule = checker->ast->first_rule; rule != NULL && !checker->failed;
         rule = rule->next) {
        if (!rule->broken)
            check_rule(checker, rule);
    }
}

/* ---- what nobody uses ---- */

static void unused(struct checker *checker, struct ast_word word, bool used, const char *what)
{
    if (used || word.name == NULL || word.name->doubtful)
        return;
    diag_hint(sink_add(checker->sink, CODE_UNUSED, word.place, "%s `%.*s` is never used", what,
                       VIEW_ARG(word.name->text)),
              "remove it, or write a rule that reads it");
}

/* A label that no rate reads is what a policy is judged by, so it is never of no use. */
void check_unused(struct checker *checker)
{
    const struct ast_policy *ast = checker->ast;
    if (checker->sink->report->error_count > 0)
        return;
    for (const struct ast_event *event = ast->first_event; event != NULL; event = event->next)
        unused(checker, event->name, event->used, "event");
    for (const struct ast_list *list = ast->first_list; list != NULL; list = list->next)
        unused(checker, list->name, list->used, "list");
    for (const struct ast_let *let = ast->first_let; let != NULL; let = let->next)
        unused(checker, let->name, let->used, "let");
    for (const struct ast_model *model = ast->first_model; model != NULL; model = model->next)
        unused(checker, model->name, model->used || model->challenges.name != NULL, "model");
}
