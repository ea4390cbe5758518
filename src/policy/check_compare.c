/* One idea: wherever two values must be of one type, literals and choices take the type of the
 * other side, and nothing else is ever converted. */
#include "base/ip.h"
#include "policy/check_int.h"
#include "policy/foreign.h"

static bool plain_name(const struct ast_expr *expr)
{
    return expr->kind == EXPR_NAME && expr->event.name == NULL && expr->word.name != NULL;
}

static bool take_choice(struct ast_expr *expr, const struct policy_type *type)
{
    if (!plain_name(expr) || type->base != POLICY_ONE_OF)
        return false;
    int choice = type_choice(type, expr->word.name->text);
    if (choice < 0)
        return false;
    expr->meaning = MEANING_CHOICE;
    expr->type = *type;
    expr->type.optional = false;
    expr->value.i64 = choice;
    return true;
}

static void unknown_choice(struct checker *checker, struct ast_expr *expr,
                           const struct policy_type *type)
{
    struct guess guess;
    guess_init(&guess, checker->sink, expr->word.name->text);
    for (uint16_t i = 0; i < type->choice_count; i++)
        guess_try(&guess, type->choices[i]);
    char text[TYPE_TEXT_BYTES_MAX];
    struct diag *diag = sink_add(checker->sink, CODE_UNKNOWN_CHOICE, expr->place,
                                 "`%.*s` is not a choice of %s", VIEW_ARG(expr->word.name->text),
                                 type_text(type, text));
    diag_hint(diag, "the first choice is `%.*s`", VIEW_ARG(type->choices[0]));
    guess_hint(&guess, diag);
    check_poison(expr);
}

/* Checks an expression whose type should be `lead`'s. */
static void check_follow(struct checker *checker, struct ast_expr *expr,
                         const struct ast_expr *lead)
{
    bool choices = !lead->poisoned && lead->type.base == POLICY_ONE_OF;
    if (choices && take_choice(expr, &lead->type))
        return;
    if (!check_name_resolves(checker, expr) && lead->poisoned)
        check_poison(expr);
    else if (!check_name_resolves(checker, expr) && choices && !expr->word.name->doubtful)
        unknown_choice(checker, expr, &lead->type);
    else
        check_expr(checker, expr);
}

/* ---- literals that adapt ---- */

static void make_number(struct ast_expr *expr)
{
    expr->type.base = POLICY_NUMBER;
    expr->flexible = false;
    if (expr->kind == EXPR_INT)
        expr->value.f64 = (double)expr->value.i64;
    struct ast_expr *child = expr->first;
    if (expr->kind == EXPR_IF)
        child = child->next;
    for (; child != NULL; child = child->next)
        make_number(child);
}

static void bad_literal(struct checker *checker, struct ast_expr *expr, enum policy_diag code,
                        const char *message, const char *hint)
{
    diag_hint(sink_add(checker->sink, code, expr->place, "%s", message), "%s", hint);
    check_poison(expr);
}

static void adapt_country(struct checker *checker, struct ast_expr *expr)
{
    struct view text = *expr->value.text;
    bool fits = text.size_bytes == 2;
    for (size_t i = 0; i < text.size_bytes && fits; i++)
        fits = text.data[i] >= 'A' && text.data[i] <= 'Z';
    if (!fits) {
        bad_literal(checker, expr, CODE_BAD_COUNTRY, "a country is two capital letters",
                    "write an ISO 3166 code such as \"CN\"");
        return;
    }
    expr->type = type_of(POLICY_COUNTRY);
    expr->value.i64 = text.data[0] * 256 + text.data[1];
}

static void adapt_ip(struct checker *checker, struct ast_expr *expr)
{
    char bytes[IP_BYTES_MAX];
    size_t size = 0;
    struct view *value = check_make(checker, 1, sizeof *value);
    if (value == NULL)
        return;
    if (ip_parse(*expr->value.text, bytes, &size) != STATUS_OK) {
        bad_literal(checker, expr, CODE_BAD_IP, "this is not an address",
                    "write \"10.0.0.1\" or \"2001:db8::1\"; for a range: ip in \"10.0.0.0/8\"");
        return;
    }
    *value = arena_copy(checker->arena, (struct view){bytes, size});
    checker->failed |= value->data == NULL;
    expr->type = type_of(POLICY_IP);
    expr->value.text = value;
    expr->bytes = *value;
    expr->prefix_bits = (uint8_t)(size * 8);
}

void check_adapt(struct checker *checker, struct ast_expr *expr, const struct policy_type *type)
{
    if (expr->poisoned)
        return;
    if (expr->flexible && type->base == POLICY_NUMBER) {
        make_number(expr);
    } else if (expr->kind == EXPR_TEXT && expr->type.base == POLICY_TEXT) {
        if (type->base == POLICY_COUNTRY)
            adapt_country(checker, expr);
        else if (type->base == POLICY_IP)
            adapt_ip(checker, expr);
        else if (type->base == POLICY_ENTITY || type->base == POLICY_ID ||
                 type->base == POLICY_REF)
            expr->type = *type;
        expr->type.optional = false;
    }
}

bool check_pair(struct checker *checker, struct ast_expr *a, struct ast_expr *b)
{
    bool swapped = !check_name_resolves(checker, a) && check_name_resolves(checker, b);
    struct ast_expr *lead = swapped ? b : a;
    struct ast_expr *follow = swapped ? a : b;
    if (plain_name(lead) && lead->meaning == MEANING_CHOICE && !swapped) {
        lead = b;
        follow = a;
    }
    check_expr(checker, lead);
    check_follow(checker, follow, lead);
    if (a->poisoned || b->poisoned)
        return false;
    check_adapt(checker, a, &b->type);
    check_adapt(checker, b, &a->type);
    return !a->poisoned && !b->poisoned;
}

/* ---- comparisons ---- */

static void mismatch(struct checker *checker, struct ast_place place, const struct policy_type *a,
                     const struct policy_type *b, const char *verb)
{
    char text_a[TYPE_TEXT_BYTES_MAX], text_b[TYPE_TEXT_BYTES_MAX];
    struct diag *diag = sink_add(checker->sink, CODE_TYPE_MISMATCH, place, "cannot %s %s and %s",
                                 verb, type_text(a, text_a), type_text(b, text_b));
    bool money = a->base == POLICY_MONEY || b->base == POLICY_MONEY;
    bool plain = a->base == POLICY_INT || b->base == POLICY_INT || a->base == POLICY_NUMBER ||
                 b->base == POLICY_NUMBER;
    if (money && plain && checker->has_currency)
        diag_hint(diag, "write an amount with its currency: %s 100.00",
                  money_currency_code(checker->currency));
    else if (a->base + b->base == POLICY_INT + POLICY_NUMBER && plain && a->base != b->base)
        diag_hint(diag, "convert the int: number(x)");
    else if (policy_type_is_text(a) && policy_type_is_text(b))
        diag_hint(diag, "if they mean the same, compare text(x) with text(y)");
    else if ((a->base == POLICY_DURATION && b->base == POLICY_INT) ||
             (b->base == POLICY_DURATION && a->base == POLICY_INT))
        diag_hint(diag, "write a duration with its unit: 90s, 15m, 1h, 30d");
    else if (a->base == POLICY_ONE_OF && b->base == POLICY_TEXT)
        diag_hint(diag, "write the choice without quotes");
}

/* NAME == null: told of null alone, not of what may be missing, which is just what it asks. */
static bool compares_null(struct checker *checker, const struct ast_expr *a, struct ast_expr *b)
{
    if (a->kind != EXPR_NAME || !plain_name(b) || !foreign_null(b->word.name->text) ||
        check_name_resolves(checker, b) || !check_name_resolves(checker, a))
        return false;
    const struct ast_field *field = a->word.name->fields;
    if (field != NULL && field->base == POLICY_ONE_OF)
        return false;
    check_expr(checker, b);
    return true;
}

void check_compare(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *a = expr->first;
    struct ast_expr *b = a->next;
    expr->type = type_of(POLICY_BOOL);
    if (compares_null(checker, a, b)) {
        check_poison(expr);
        return;
    }
    bool sound = check_pair(checker, a, b);
    check_present(checker, a);
    check_present(checker, b);
    if (!sound || check_poisoned(expr)) {
        check_poison(expr);
        return;
    }
    if (!type_same(&a->type, &b->type)) {
        mismatch(checker, expr->place, &a->type, &b->type, "compare");
        check_poison(expr);
    } else if (expr->kind != EXPR_EQ && expr->kind != EXPR_NE && !type_ordered(&a->type)) {
        char text[TYPE_TEXT_BYTES_MAX];
        diag_hint(sink_add(checker->sink, CODE_NO_ORDER, expr->place, "%s has no order",
                           type_text(&a->type, text)),
                  "compare it with == or !=");
        check_poison(expr);
    }
}

/* ---- sets and lists ---- */

/* ip in "10.0.0.0/8": an address, a slash, how many bits count. */
static bool adapt_range(struct checker *checker, struct ast_expr *expr)
{
    struct view text = *expr->value.text;
    const char *slash = memchr(text.data, '/', text.size_bytes);
    size_t host = slash == NULL ? 0 : (size_t)(slash - text.data);
    if (slash == NULL)
        return false;
    struct view address = {text.data, host};
    struct view bits = {slash + 1, text.size_bytes - host - 1};
    unsigned count = 0;
    bool fits = bits.size_bytes >= 1 && bits.size_bytes <= 3;
    for (size_t i = 0; i < bits.size_bytes && fits; i++) {
        fits = bits.data[i] >= '0' && bits.data[i] <= '9';
        count = count * 10 + (unsigned)(bits.data[i] - '0');
    }
    char bytes[IP_BYTES_MAX];
    size_t size = 0;
    fits = fits && ip_parse(address, bytes, &size) == STATUS_OK && count <= size * 8;
    if (!fits) {
        bad_literal(checker, expr, CODE_BAD_IP, "this is not a range of addresses",
                    "write \"10.0.0.0/8\" or \"2001:db8::/32\"");
        return true;
    }
    expr->bytes = arena_copy(checker->arena, (struct view){bytes, size});
    checker->failed |= expr->bytes.data == NULL;
    expr->prefix_bits = (uint8_t)count;
    expr->type = type_of(POLICY_IP);
    return true;
}

void check_set(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *value = expr->first;
    expr->type = type_of(POLICY_BOOL);
    check_expr(checker, value);
    check_present(checker, value);
    for (struct ast_expr *member = value->next; member != NULL; member = member->next) {
        check_follow(checker, member, value);
        if (value->poisoned || member->poisoned)
            continue;
        if (value->type.base == POLICY_IP && member->kind == EXPR_TEXT &&
            adapt_range(checker, member))
            continue;
        check_adapt(checker, member, &value->type);
        check_adapt(checker, value, &member->type);
        check_present(checker, member);
        if (member->poisoned || type_same(&value->type, &member->type))
            continue;
        mismatch(checker, member->place, &value->type, &member->type, "compare");
        check_poison(member);
    }
    check_poisoned(expr);
}

static bool list_named(struct checker *checker, struct ast_expr *expr)
{
    struct ast_name *name = expr->word.name;
    if (name == NULL)
        return false;
    if (name->list != NULL) {
        name->list->used = true;
        return !name->list->poisoned;
    }
    struct guess guess;
    guess_init(&guess, checker->sink, name->text);
    for (struct ast_list *list = checker->ast->first_list; list != NULL; list = list->next)
        guess_try(&guess, check_word(&list->name));
    check_unknown(checker, CODE_UNKNOWN_LIST, expr->word, "list", &guess);
    return false;
}

static void check_list_key(struct checker *checker, struct ast_expr *expr,
                           const struct ast_list *list)
{
    if (list->key.name == NULL || (checker->scope.events & ~list->key.name->field_events) == 0)
        return;
    uint16_t event = check_first_event(checker->scope.events & ~list->key.name->field_events);
    sink_add(checker->sink, CODE_LIST_KEY, expr->word.place,
             "`%.*s` is kept per %.*s, which %.*s does not have", VIEW_ARG(check_word(&list->name)),
             VIEW_ARG(check_word(&list->key)),
             VIEW_ARG(check_word(&checker->ast->events[event]->name)));
    check_poison(expr);
}

void check_in_list(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *value = expr->first;
    expr->type = type_of(POLICY_BOOL);
    check_expr(checker, value);
    check_present(checker, value);
    if (!list_named(checker, expr)) {
        check_poison(expr);
        return;
    }
    const struct ast_list *list = expr->word.name->list;
    check_adapt(checker, value, &list->value_type);
    if (check_poisoned(expr))
        return;
    if (!type_same(&value->type, &list->value_type)) {
        char a[TYPE_TEXT_BYTES_MAX], b[TYPE_TEXT_BYTES_MAX];
        sink_add(checker->sink, CODE_TYPE_MISMATCH, expr->place,
                 "`%.*s` is a list of %s, and this is %s", VIEW_ARG(check_word(&list->name)),
                 type_text(&list->value_type, a), type_text(&value->type, b));
        check_poison(expr);
        return;
    }
    check_list_key(checker, expr, list);
}

/* ---- values with two sources ---- */

static bool join(struct checker *checker, struct ast_expr *expr, struct ast_expr *a,
                 struct ast_expr *b, const char *verb)
{
    if (a->poisoned || b->poisoned) {
        check_poison(expr);
        return false;
    }
    if (!type_same(&a->type, &b->type)) {
        mismatch(checker, expr->place, &a->type, &b->type, verb);
        check_poison(expr);
        return false;
    }
    expr->type = a->type;
    expr->type.fractional = a->type.fractional || b->type.fractional;
    expr->flexible = a->flexible && b->flexible;
    return true;
}

void check_default(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *a = expr->first;
    struct ast_expr *b = a->next;
    check_pair(checker, a, b);
    if (!join(checker, expr, a, b, "choose between"))
        return;
    expr->type.optional = b->type.optional;
    if (!a->type.optional)
        diag_hint(sink_add(checker->sink, CODE_NEVER_MISSING, a->place,
                           "this is never missing here"),
                  "leave out `??` and what follows it");
}

void check_branches(struct checker *checker, struct ast_expr *expr)
{
    struct ast_expr *condition = expr->first;
    struct ast_expr *yes = condition->next;
    struct ast_expr *no = yes->next;
    check_condition(checker, condition, "the condition of `if`");
    size_t mark = check_mark(checker);
    bool swapped = !check_name_resolves(checker, yes);
    struct ast_expr *lead = swapped ? no : yes;
    struct ast_expr *follow = swapped ? yes : no;
    check_learn(checker, condition, !swapped);
    check_expr(checker, lead);
    check_forget(checker, mark);
    check_learn(checker, condition, swapped);
    check_follow(checker, follow, lead);
    check_forget(checker, mark);
    check_adapt(checker, yes, &no->type);
    check_adapt(checker, no, &yes->type);
    if (join(checker, expr, yes, no, "choose between"))
        expr->type.optional = yes->type.optional || no->type.optional;
    check_poisoned(expr);
}
