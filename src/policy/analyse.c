/* One idea: a rule can never fire when assuming that it does is a contradiction, and one rule is
 * hidden by another when assuming that it fires without the other is one. */
#include "policy/analyse_int.h"

#include <string.h>

#include "policy/build_int.h"
#include "policy/sink.h"

#define BOUNDS_MAX 4

/* A comparison with a constant, on which a condition insists. */
struct bound {
    const struct term *term;
    enum ast_kind op;
    struct constant value;
};

/* What is known of one rule. */
struct judged {
    const struct ast_rule *rule;
    struct bound bounds[BOUNDS_MAX];
    uint32_t bound_count;
    uint32_t fact_count;
    struct fact *facts;     /* what holds when it fires; NULL: more than can be said so */
    uint64_t mentions;      /* a bit for each term of its conditions, by number */
    uint64_t needs;         /* likewise, of the comparisons that must all hold */
    bool dead;              /* it can never fire */
    bool frail;             /* its arithmetic may overflow; then it does not fire */
};

struct analysis {
    const struct ast_policy *ast;
    struct terms terms;
    struct arena arena;
    struct sink sink;
    struct assumer assumer;
    struct judged *rules;   /* of one event after the other */
    uint32_t rule_count;
    uint32_t pairs;         /* compared in full */
    const struct fact **facts_by_term; /* of the rule at hand, by number */
    uint64_t *let_mentions; /* per let index: as judged.mentions, of its expression */
};

/* ---- lets ---- */

static void tell_same_let(struct analysis *analysis, const struct ast_let *let,
                          const struct ast_let *first)
{
    diag_hint(sink_add(&analysis->sink, CODE_SAME_LET, let->name.place,
                       "`%.*s` and `%.*s` mean the same", VIEW_ARG(first->name.name->text),
                       VIEW_ARG(let->name.name->text)),
              "keep one of them");
}

/* Lets in the order of the source; a let that is only another name for one is left alone. */
static bool find_same_lets(struct analysis *analysis)
{
    struct terms *terms = &analysis->terms;
    const struct ast_let **first = arena_array(&analysis->arena, terms->count,
                                               sizeof(struct ast_let *));
    if (first == NULL)
        return false;
    for (const struct ast_let *let = analysis->ast->first_let; let != NULL; let = let->next) {
        uint32_t term = terms->lets[let->index]->id;
        if (let->expr->kind == EXPR_NAME)
            continue;
        if (first[term] == NULL)
            first[term] = let;
        else
            tell_same_let(analysis, let, first[term]);
    }
    return true;
}

/* ---- rules that never fire ---- */

static bool contradicts(struct analysis *analysis, const struct ast_rule *rule,
                        const struct ast_expr *denied, bool truth)
{
    const struct assumption items[3] = {
        {denied, truth}, {rule->when, true}, {rule->unless, false},
    };
    return assume_contradicts(&analysis->assumer, items, 3);
}

static void tell_dead(struct analysis *analysis, const struct ast_rule *rule)
{
    const struct ast_expr *culprit = analysis->assumer.culprit;
    diag_hint(sink_add(&analysis->sink, CODE_NEVER_FIRES,
                       culprit == NULL ? rule->when->place : culprit->place,
                       "rule `%.*s` can never fire: this contradicts the rest",
                       VIEW_ARG(rule->name.name->text)),
              "correct the condition, or remove the rule");
}

static uint64_t bit_of(struct terms *terms, const struct ast_expr *expr)
{
    const struct term *term = term_of(terms, expr);
    return term == NULL ? 0 : (uint64_t)1 << term->id % 64;
}

/* The terms of what is compared, asked and looked up, lets followed. */
static uint64_t mentions(struct analysis *analysis, const struct ast_expr *expr)
{
    bool let = expr->kind == EXPR_NAME && expr->meaning == MEANING_LET;
    bool inner = expr->type.base == POLICY_BOOL && expr->first != NULL;
    uint64_t bits = inner ? 0 : bit_of(&analysis->terms, expr);
    if (let)
        bits |= analysis->let_mentions[expr->word.name->let->index];
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        bits |= mentions(analysis, child);
    return bits;
}

/* Each let reads only earlier ones. */
static bool find_let_mentions(struct analysis *analysis)
{
    const struct ast_policy *ast = analysis->ast;
    analysis->let_mentions = arena_array(&analysis->arena, ast->let_count, sizeof(uint64_t));
    if (analysis->let_mentions == NULL)
        return false;
    for (uint32_t i = 0; i < ast->let_count; i++)
        analysis->let_mentions[i] = mentions(analysis, ast->lets[i]->expr);
    return true;
}

/* Equality goes first: it is what fewest other rules say, too. */
static void add_bound(struct judged *judged, struct bound bound)
{
    judged->bounds[judged->bound_count++] = bound;
    if (bound.op != EXPR_EQ)
        return;
    judged->bounds[judged->bound_count - 1] = judged->bounds[0];
    judged->bounds[0] = bound;
}

/* Finds the terms that a condition which implies this one must mention, and what it must say. */
static void find_needs(struct terms *terms, const struct ast_expr *expr, struct judged *judged)
{
    struct constant value;
    if (expr->kind == EXPR_AND) {
        for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
            find_needs(terms, child, judged);
        return;
    }
    const struct ast_expr *compared = expr->first;
    if (expr->kind < EXPR_EQ || expr->kind > EXPR_GE || compared->type.base == POLICY_BOOL ||
        !term_constant(terms, compared->next, &value))
        return;
    const struct term *term = term_of(terms, compared);
    if (compared->kind != EXPR_DEFAULT && judged->bound_count < BOUNDS_MAX && term != NULL)
        add_bound(judged, (struct bound){term, expr->kind, value});
    while (compared->kind == EXPR_DEFAULT)
        compared = compared->first;
    judged->needs |= bit_of(terms, compared);
}

/* Keeps the facts of a rule that was just found able to fire, when they say all there is. */
static void keep_facts(struct analysis *analysis, struct judged *judged)
{
    const struct facts *facts = analysis->assumer.facts;
    if (analysis->assumer.open || analysis->assumer.steps == 0 ||
        facts->count == ANALYSE_FACTS_MAX)
        return;
    judged->facts = arena_array(&analysis->arena, facts->count, sizeof *judged->facts);
    if (judged->facts == NULL)
        return;
    memcpy(judged->facts, facts->items, facts->count * sizeof *judged->facts);
    judged->fact_count = facts->count;
}

/* -5 is a literal, too. */
static bool is_negative_literal(const struct ast_expr *expr)
{
    const struct ast_expr *first = expr->first;
    return expr->kind == EXPR_NEGATE && first->first == NULL && first->kind != EXPR_NAME &&
           first->kind != EXPR_AGGREGATE;
}

/* Whether asking this may overflow. The lets it reads are known by then. */
static bool is_frail(const struct ast_expr *expr)
{
    bool safe_call = expr->kind == EXPR_CALL &&
                     (expr->function == FUNCTION_MIN || expr->function == FUNCTION_MAX ||
                      expr->function == FUNCTION_NUMBER || expr->function == FUNCTION_TEXT ||
                      expr->function == FUNCTION_LENGTH);
    if ((expr->kind >= EXPR_ADD && expr->kind <= EXPR_DIV) ||
        (expr->kind == EXPR_NEGATE && !is_negative_literal(expr)) ||
        (expr->kind == EXPR_CALL && !safe_call))
        return true;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (is_frail(child))
            return true;
    }
    return false;
}

static void judge(struct analysis *analysis, const struct ast_rule *rule, struct judged *judged)
{
    struct terms *terms = &analysis->terms;
    *judged = (struct judged){.rule = rule};
    judged->mentions = mentions(analysis, rule->when);
    find_needs(terms, rule->when, judged);
    if (rule->unless != NULL)
        judged->mentions |= mentions(analysis, rule->unless);
    judged->frail = is_frail(rule->when) || (rule->unless != NULL && is_frail(rule->unless));
    judged->dead = contradicts(analysis, rule, NULL, false);
    if (judged->dead)
        tell_dead(analysis, rule);
    else
        keep_facts(analysis, judged);
}

/* ---- rules hidden by another ---- */

/* Takes part in nothing but the verdict. */
static bool only_decides(const struct ast_rule *rule)
{
    bool scores = rule->has_score && rule->score.value != 0;
    return rule->has_verdict && !scores && !rule->has_case && !rule->explain.given &&
           !rule->shadow && rule->models == 0;
}

/* Whether `by` is in force whenever `rule` is, and gives as much. */
static bool as_strong(const struct ast_rule *by, const struct ast_rule *rule)
{
    bool lasts = !by->until.given ||
                 (rule->until.given && rule->until.value <= by->until.value);
    return by->has_verdict && by->verdict >= rule->verdict && lasts && !by->shadow &&
           by->models == 0;
}

/* Whether one part of `condition` after the other must be so whenever the rule fires. */
static bool implies(struct analysis *analysis, const struct ast_rule *rule,
                    const struct ast_expr *condition)
{
    if (condition->kind != EXPR_AND)
        return contradicts(analysis, rule, condition, false);
    for (const struct ast_expr *child = condition->first; child != NULL; child = child->next) {
        if (!implies(analysis, rule, child))
            return false;
    }
    return true;
}

/* A quick look at whether the rule at hand could show what another insists on. */
static bool may_show(const struct analysis *analysis, const struct bound *bound)
{
    const struct fact *fact = analysis->facts_by_term[bound->term->id];
    return fact != NULL && fact_may_show(fact, bound->op, bound->value);
}

static bool may_cover(const struct analysis *analysis, const struct judged *by,
                      const struct judged *rule)
{
    for (uint32_t i = 0; i < by->bound_count && rule->facts != NULL; i++) {
        if (!may_show(analysis, &by->bounds[i]))
            return false;
    }
    return true;
}

/* Whether `by` fires whenever `rule` does. */
static bool covers(struct analysis *analysis, const struct judged *by, const struct judged *rule)
{
    if (by->dead || by->frail || analysis->pairs == ANALYSE_PAIRS_MAX)
        return false;
    analysis->pairs++;
    return implies(analysis, rule->rule, by->rule->when) &&
           (by->rule->unless == NULL || contradicts(analysis, rule->rule, by->rule->unless, true));
}

/* Of two rules that hide each other the later one is told of. */
static bool hides(struct analysis *analysis, const struct judged *by, const struct judged *rule)
{
    if (by == rule || !may_cover(analysis, by, rule) || !as_strong(by->rule, rule->rule) ||
        !covers(analysis, by, rule))
        return false;
    return by < rule || !only_decides(by->rule) || !as_strong(rule->rule, by->rule) ||
           !covers(analysis, rule, by);
}

static void tell_hidden(struct analysis *analysis, const struct ast_rule *rule,
                        const struct ast_rule *by)
{
    diag_hint(sink_add(&analysis->sink, CODE_HIDDEN_RULE, rule->name.place,
                       "rule `%.*s` decides nothing: whenever it fires, `%.*s` gives %s",
                       VIEW_ARG(rule->name.name->text), VIEW_ARG(by->name.name->text),
                       policy_verdict_text(by->verdict)),
              "remove it, or give it a stronger verdict or a score");
}

/* A rule that might hide others; what is looked at first lies in one cache line. */
struct candidate {
    uint64_t needs;
    enum policy_verdict verdict;
    bool bounded;
    struct bound bound;         /* the first, when bounded */
    const struct judged *judged;
};

static bool passes(const struct analysis *analysis, const struct candidate *candidate,
                   const struct judged *rule)
{
    return (candidate->needs & ~rule->mentions) == 0 &&
           candidate->verdict >= rule->rule->verdict &&
           (!candidate->bounded || rule->facts == NULL || may_show(analysis, &candidate->bound));
}

static uint32_t find_candidates(const struct judged *rules, uint32_t count,
                                struct candidate *candidates)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ast_rule *rule = rules[i].rule;
        if (!rules[i].dead && !rules[i].frail && as_strong(rule, rule))
            candidates[found++] = (struct candidate){rules[i].needs, rule->verdict,
                                                     rules[i].bound_count > 0,
                                                     rules[i].bounds[0], &rules[i]};
    }
    return found;
}

static void set_facts(struct analysis *analysis, const struct judged *rule, bool known)
{
    for (uint32_t i = 0; i < rule->fact_count; i++)
        analysis->facts_by_term[rule->facts[i].term->id] = known ? &rule->facts[i] : NULL;
}

static void look_for_hiding(struct analysis *analysis, const struct candidate *candidates,
                            uint32_t count, const struct judged *rule)
{
    uint32_t at = 0;
    set_facts(analysis, rule, true);
    while (at < count && analysis->pairs < ANALYSE_PAIRS_MAX &&
           !(passes(analysis, &candidates[at], rule) &&
             hides(analysis, candidates[at].judged, rule)))
        at++;
    if (at < count && analysis->pairs < ANALYSE_PAIRS_MAX)
        tell_hidden(analysis, rule->rule, candidates[at].judged->rule);
    set_facts(analysis, rule, false);
}

static void find_hidden(struct analysis *analysis, const struct judged *rules, uint32_t count)
{
    struct candidate *candidates = arena_array(&analysis->arena, count, sizeof *candidates);
    analysis->facts_by_term = arena_array(&analysis->arena, analysis->terms.count,
                                          sizeof(struct fact *));
    analysis->terms.failed |= candidates == NULL || analysis->facts_by_term == NULL;
    if (analysis->terms.failed)
        return;
    uint32_t candidate_count = find_candidates(rules, count, candidates);
    for (uint32_t i = 0; i < count; i++) {
        if (!rules[i].dead && only_decides(rules[i].rule))
            look_for_hiding(analysis, candidates, candidate_count, &rules[i]);
    }
}

/* ---- rules ---- */

static void look_at_life(struct analysis *analysis, const struct ast_rule *rule)
{
    if (!rule->shadow || rule->shadow_until.given || rule->until.given)
        return;
    diag_hint(sink_add(&analysis->sink, CODE_SHADOW_FOREVER, rule->name.place,
                       "rule `%.*s` stays in shadow for ever", VIEW_ARG(rule->name.name->text)),
              "say when it begins to decide: shadow until DATE");
}

static void look_at_event(struct analysis *analysis, uint16_t event)
{
    struct judged *rules = analysis->rules;
    uint32_t count = 0;
    for (const struct ast_rule *rule = analysis->ast->first_rule; rule != NULL;
         rule = rule->next) {
        if (rule->event_index != event)
            continue;
        judge(analysis, rule, &rules[count++]);
        look_at_life(analysis, rule);
    }
    find_hidden(analysis, rules, count);
}

static enum status look(struct analysis *analysis)
{
    struct assumer *assumer = &analysis->assumer;
    assumer->terms = &analysis->terms;
    assumer->facts = arena_alloc(&analysis->arena, sizeof *assumer->facts);
    assumer->saved = arena_array(&analysis->arena, ANALYSE_NEST_MAX * 2, sizeof *assumer->saved);
    analysis->rules = arena_array(&analysis->arena, analysis->ast->rule_count,
                                  sizeof *analysis->rules);
    if (assumer->facts == NULL || assumer->saved == NULL || analysis->rules == NULL ||
        !find_same_lets(analysis) || !find_let_mentions(analysis))
        return STATUS_NO_MEMORY;
    for (uint16_t event = 0; event < analysis->ast->event_count; event++)
        look_at_event(analysis, event);
    return analysis->terms.failed || analysis->sink.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status policy_analyse(const struct policy *policy, struct view source,
                           struct policy_report *report)
{
    struct mem *mem = report->mem;
    struct analysis *analysis = mem_zeroed(mem, sizeof *analysis);
    if (analysis == NULL)
        return STATUS_NO_MEMORY;
    analysis->ast = &policy->body->ast;
    arena_init(&analysis->arena, mem, 0);
    enum status status = sink_init(&analysis->sink, report, source, &analysis->arena);
    if (status == STATUS_OK)
        status = terms_init(&analysis->terms, analysis->ast, mem);
    if (status == STATUS_OK)
        status = look(analysis);
    if (status == STATUS_OK)
        sink_sort(&analysis->sink);
    terms_done(&analysis->terms);
    arena_done(&analysis->arena);
    mem_free(mem, analysis, sizeof *analysis);
    return status;
}
