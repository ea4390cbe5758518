/* One idea: a let exists on every event that has all it reads. Lets are put in an order where each
 * reads only earlier ones; then each is looked at once: where it exists, what its type is. */
#include "policy/check_int.h"

/* ---- where an expression may run ---- */

static const struct policy_type *type_before(const struct ast_expr *expr)
{
    if (expr->kind == EXPR_DEFAULT)
        expr = expr->first;
    if (expr->kind != EXPR_NAME || expr->word.name == NULL)
        return NULL;
    const struct ast_name *name = expr->word.name;
    if (name->fields != NULL && !name->fields->poisoned)
        return &name->fields->type;
    return name->let != NULL && !name->let->poisoned ? &name->let->type : NULL;
}

/* A choice may have the name of some other event's field; beside a value of that type it is the
 * choice. */
static void mark_choices(struct ast_expr *expr)
{
    bool compares = expr->kind == EXPR_EQ || expr->kind == EXPR_NE || expr->kind == EXPR_IN_SET;
    for (struct ast_expr *a = expr->first; compares && a != NULL; a = a->next) {
        for (struct ast_expr *b = expr->first; b != NULL; b = b->next) {
            const struct policy_type *type = a == b ? NULL : type_before(a);
            if (type != NULL && type->base == POLICY_ONE_OF && b->kind == EXPR_NAME &&
                b->event.name == NULL && b->word.name != NULL &&
                type_choice(type, b->word.name->text) >= 0)
                b->meaning = MEANING_CHOICE;
        }
        if (expr->kind == EXPR_IN_SET)
            break;
    }
}

static uint64_t name_needs(const struct ast_expr *expr)
{
    const struct ast_name *name = expr->word.name;
    if (name == NULL || expr->meaning == MEANING_CHOICE)
        return UINT64_MAX;
    if (expr->event.name != NULL)
        return expr->event.name->event == NULL ? UINT64_MAX
                                               : (uint64_t)1 << expr->event.name->event->index;
    if (name->fields != NULL)
        return name->field_events;
    if (name->let != NULL && !name->let->poisoned)
        return name->let->events;
    return UINT64_MAX;
}

static uint64_t key_needs(struct ast_word key)
{
    return key.name == NULL || key.name->fields == NULL ? UINT64_MAX : key.name->field_events;
}

static bool keyed_by_argument(const struct ast_aggregate *aggregate)
{
    return (aggregate->fn == POLICY_AGE || aggregate->fn == POLICY_SINCE) &&
           aggregate->sources[0].field.name != NULL;
}

static uint64_t aggregate_needs(const struct ast_aggregate *aggregate)
{
    uint64_t events = UINT64_MAX;
    for (uint8_t i = 0; i < aggregate->key_count; i++)
        events &= key_needs(aggregate->keys[i]);
    if (keyed_by_argument(aggregate))
        events &= key_needs(aggregate->sources[0].field);
    return events;
}

uint64_t check_needs(struct checker *checker, struct ast_expr *expr, uint64_t events)
{
    if (expr->kind == EXPR_NAME)
        events &= name_needs(expr);
    else if (expr->kind == EXPR_AGGREGATE)
        events &= aggregate_needs(expr->aggregate);
    else if (expr->kind == EXPR_IN_LIST && expr->word.name != NULL &&
             expr->word.name->list != NULL)
        events &= key_needs(expr->word.name->list->key);
    mark_choices(expr);
    for (struct ast_expr *child = expr->first; child != NULL; child = child->next)
        events = check_needs(checker, child, events);
    return events;
}

/* ---- what a let lacks on an event ---- */

struct lack {
    uint64_t event;                 /* its bit */
    const struct ast_let *let;      /* a let that does not exist there, to be followed */
    struct view text;               /* or a field that it does not have */
    bool other_event;               /* `text` is an event */
};

static bool lacks_word(struct lack *lack, struct ast_word word)
{
    if ((key_needs(word) & lack->event) != 0)
        return false;
    lack->text = word.name->text;
    return true;
}

static bool find_lack(const struct ast_expr *expr, struct lack *lack)
{
    if (expr->kind == EXPR_NAME && (name_needs(expr) & lack->event) == 0) {
        lack->other_event = expr->event.name != NULL;
        lack->text = lack->other_event ? expr->event.name->text : expr->word.name->text;
        if (!lack->other_event && expr->word.name->fields == NULL)
            lack->let = expr->word.name->let;
        return true;
    }
    if (expr->kind == EXPR_AGGREGATE) {
        for (uint8_t i = 0; i < expr->aggregate->key_count; i++) {
            if (lacks_word(lack, expr->aggregate->keys[i]))
                return true;
        }
        if (keyed_by_argument(expr->aggregate) &&
            lacks_word(lack, expr->aggregate->sources[0].field))
            return true;
    }
    if (expr->kind == EXPR_IN_LIST && expr->word.name != NULL && expr->word.name->list != NULL &&
        lacks_word(lack, expr->word.name->list->key))
        return true;
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (find_lack(child, lack))
            return true;
    }
    return false;
}

void check_lacking(const struct checker *checker, const struct ast_let *let, uint16_t event,
                   struct diag *diag)
{
    struct lack lack = {.event = (uint64_t)1 << event, .let = let};
    struct view name = check_word(&checker->ast->events[event]->name);
    while (lack.let != NULL) {
        const struct ast_let *at = lack.let;
        lack.let = NULL;
        lack.text = (struct view){NULL, 0};
        if (!find_lack(at->expr, &lack))
            return;
    }
    if (lack.other_event)
        diag_hint(diag, "it reads fields of %.*s itself", VIEW_ARG(lack.text));
    else
        diag_hint(diag, "it needs `%.*s`, which %.*s does not have", VIEW_ARG(lack.text),
                  VIEW_ARG(name));
}

/* ---- the order ---- */

enum { LET_NEW, LET_OPEN, LET_DONE };

struct visit {
    struct ast_let *let;
    struct ast_let **reads;     /* what it reads, its part of `order.edges` */
    size_t read_count;
    size_t at;
};

struct order {
    struct checker *checker;
    struct ast_let **edges;     /* scratch, grows as lets are opened */
    size_t edge_count;
    size_t edge_capacity;
    struct visit *stack;
    uint8_t *states;            /* by ast_let.index, which is the order of the source here */
    uint32_t done_count;
};

static void add_edge(struct order *order, struct ast_let *let)
{
    struct checker *checker = order->checker;
    if (order->edge_count == order->edge_capacity) {
        size_t capacity = order->edge_capacity * 2 + 256;
        struct ast_let **edges = mem_array(checker->mem, order->edges, order->edge_capacity,
                                           capacity, sizeof *edges);
        if (edges == NULL) {
            checker->failed = true;
            return;
        }
        order->edges = edges;
        order->edge_capacity = capacity;
    }
    order->edges[order->edge_count++] = let;
}

/* Lets that an aggregate is of; a name that is a field of any event is taken for that. */
static void find_source_lets(struct order *order, const struct ast_aggregate *aggregate)
{
    for (uint16_t i = 0; i < aggregate->source_count; i++) {
        const struct ast_name *name = aggregate->sources[i].field.name;
        if (name != NULL && name->let != NULL)
            add_edge(order, name->let);
    }
}

static void find_reads(struct order *order, const struct ast_expr *expr)
{
    if (expr->kind == EXPR_NAME && expr->event.name == NULL && expr->word.name != NULL &&
        expr->word.name->let != NULL)
        add_edge(order, expr->word.name->let);
    if (expr->kind == EXPR_AGGREGATE)
        find_source_lets(order, expr->aggregate);
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next)
        find_reads(order, child);
}

static void report_cycle(struct order *order, size_t depth, struct ast_let *again)
{
    struct checker *checker = order->checker;
    size_t start = depth;
    while (order->stack[start].let != again)
        start--;
    char path[160] = "";
    size_t size = 0;
    for (size_t i = start; i <= depth + 1 && size < sizeof path - 80; i++) {
        struct view name = check_word(i > depth ? &again->name : &order->stack[i].let->name);
        if (i > start) {
            memcpy(path + size, " -> ", 4);
            size += 4;
        }
        memcpy(path + size, name.data, name.size_bytes);
        size += name.size_bytes;
    }
    diag_hint(sink_add(checker->sink, CODE_LET_CYCLE, again->name.place,
                       "this let reads itself: %.*s", (int)size, path),
              "a let can only be made of values that do not need it");
    for (size_t i = start; i <= depth; i++)
        order->stack[i].let->poisoned = true;
}

static void open_let(struct order *order, size_t depth, struct ast_let *let)
{
    size_t first = order->edge_count;
    order->states[let->index] = LET_OPEN;
    find_reads(order, let->expr);
    order->stack[depth] = (struct visit){let, NULL, order->edge_count - first, 0};
}

/* Depth first without recursion: a chain of lets may be as long as there are lets. The edges of
 * the open lets lie one behind the other, as the lets do on the stack. */
static void visit(struct order *order, struct ast_let *root)
{
    size_t depth = 0;
    open_let(order, 0, root);
    while (!order->checker->failed) {
        struct visit *top = &order->stack[depth];
        if (top->at == top->read_count) {
            order->states[top->let->index] = LET_DONE;
            order->checker->ast->lets[order->done_count++] = top->let;
            order->edge_count -= top->read_count;
            if (depth-- == 0)
                return;
            continue;
        }
        struct ast_let *read = order->edges[order->edge_count - top->read_count + top->at++];
        if (order->states[read->index] == LET_OPEN)
            report_cycle(order, depth, read);
        else if (order->states[read->index] == LET_NEW)
            open_let(order, ++depth, read);
    }
}

static void sort_lets(struct checker *checker)
{
    struct ast_policy *ast = checker->ast;
    uint32_t count = 0;
    for (struct ast_let *let = ast->first_let; let != NULL; let = let->next)
        let->index = (uint16_t)count++;
    ast->let_count = count;
    ast->lets = check_make(checker, count, sizeof *ast->lets);
    struct order order = {.checker = checker};
    order.stack = check_make(checker, count, sizeof *order.stack);
    order.states = check_make(checker, count, sizeof *order.states);
    for (struct ast_let *let = ast->first_let; let != NULL && !checker->failed; let = let->next) {
        if (order.states[let->index] == LET_NEW)
            visit(&order, let);
    }
    mem_free(checker->mem, order.edges, order.edge_capacity * sizeof *order.edges);
    for (uint32_t i = 0; i < count && !checker->failed; i++)
        ast->lets[i]->index = (uint16_t)i;
}

/* ---- one let ---- */

static void nowhere(struct checker *checker, struct ast_let *let)
{
    let->poisoned = true;
    struct diag *diag = sink_add(checker->sink, CODE_LET_NOWHERE, let->name.place,
                                 "no event has everything that `%.*s` reads",
                                 VIEW_ARG(check_word(&let->name)));
    if (checker->ast->event_count > 0)
        check_lacking(checker, let, 0, diag);
}

static void check_let(struct checker *checker, struct ast_let *let)
{
    let->events = check_needs(checker, let->expr, check_all_events(checker));
    if (let->poisoned)
        return;
    if (let->events == 0) {
        let->poisoned = true;
        if (checker->ast->event_count > 0)
            nowhere(checker, let);
        return;
    }
    checker->scope = (struct check_scope){let->events, SCOPE_LET};
    check_expr(checker, let->expr);
    let->type = let->expr->type;
    let->poisoned = let->expr->poisoned;
    if (!let->poisoned && let->expr->kind == EXPR_AGGREGATE) {
        let->window = let->expr->aggregate->window;
        let->slot = checker->windows[let->window].window.slot;
    } else {
        let->slot = check_slot(checker);
    }
}

void check_lets(struct checker *checker)
{
    sort_lets(checker);
    for (uint32_t i = 0; i < checker->ast->let_count && !checker->failed; i++)
        check_let(checker, checker->ast->lets[i]);
}
