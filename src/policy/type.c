/* One idea: types are plain values; two are the same when a value of one may stand for a value of
 * the other without conversion. */
#include "policy/type.h"

#include <stdio.h>

#include "policy/ast.h"

struct policy_type type_of(enum policy_base base)
{
    return (struct policy_type){.base = base};
}

static bool same_choices(const struct policy_type *a, const struct policy_type *b)
{
    if (a->choice_count != b->choice_count)
        return false;
    for (uint16_t i = 0; i < a->choice_count; i++) {
        if (!view_equal(a->choices[i], b->choices[i]))
            return false;
    }
    return true;
}

bool type_same(const struct policy_type *a, const struct policy_type *b)
{
    if (a->base != b->base)
        return false;
    if (a->base == POLICY_ONE_OF)
        return same_choices(a, b);
    if (a->base == POLICY_REF)
        return a->event == b->event;
    return a->base != POLICY_ENTITY || view_equal(a->kind, b->kind);
}

bool type_ordered(const struct policy_type *type)
{
    return type->base == POLICY_INT || type->base == POLICY_NUMBER || type->base == POLICY_MONEY ||
           type->base == POLICY_TIME || type->base == POLICY_DURATION;
}

const char *type_text(const struct policy_type *type, char to[TYPE_TEXT_BYTES_MAX])
{
    const char *optional = type->optional ? "?" : "";
    const char *word = ast_base_word(type->base);
    if (type->base == POLICY_ENTITY)
        snprintf(to, TYPE_TEXT_BYTES_MAX, "%s %.*s%s", word, VIEW_ARG(type->kind), optional);
    else if (type->base == POLICY_ONE_OF && type->choice_count > 0)
        snprintf(to, TYPE_TEXT_BYTES_MAX, "%s %.*s%s%s", word, VIEW_ARG(type->choices[0]),
                 type->choice_count > 1 ? ", ..." : "", optional);
    else
        snprintf(to, TYPE_TEXT_BYTES_MAX, "%s%s%s", type->fractional ? "fractional " : "", word,
                 optional);
    return to;
}

int type_choice(const struct policy_type *type, struct view word)
{
    for (uint16_t i = 0; i < type->choice_count; i++) {
        if (view_equal(type->choices[i], word))
            return i;
    }
    return -1;
}
