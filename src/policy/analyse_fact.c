/* One idea: for every term a set that surely holds all values it may still have: an interval, less
 * a few points, or a set of bits. A set too large costs a finding; one too small would be a lie. */
#include "policy/analyse_int.h"

#include <string.h>

void facts_copy(struct facts *to, const struct facts *from)
{
    to->count = from->count;
    to->excluded_count = from->excluded_count;
    memcpy(to->items, from->items, from->count * sizeof from->items[0]);
    memcpy(to->excluded, from->excluded, from->excluded_count * sizeof from->excluded[0]);
}

static struct fact *fact_of(struct facts *facts, const struct term *term)
{
    for (uint32_t i = 0; i < facts->count; i++) {
        if (facts->items[i].term == term)
            return &facts->items[i];
    }
    if (facts->count == ANALYSE_FACTS_MAX)
        return NULL;
    struct fact *fact = &facts->items[facts->count++];
    *fact = (struct fact){.term = term, .least = term->least, .most = term->most,
                          .least_real = term->least_real, .most_real = term->most_real,
                          .few = term->few};
    return fact;
}

static bool is_excluded(const struct facts *facts, const struct fact *fact, int64_t value)
{
    for (uint32_t i = 0; i < facts->excluded_count; i++) {
        if (facts->excluded[i].term == fact->term->id && facts->excluded[i].value.i64 == value)
            return true;
    }
    return false;
}

static bool real_excluded(const struct facts *facts, const struct fact *fact, double value)
{
    for (uint32_t i = 0; i < facts->excluded_count; i++) {
        if (facts->excluded[i].term == fact->term->id && facts->excluded[i].value.f64 == value)
            return true;
    }
    return false;
}

/* Whether a value is left; ends of an interval that are excluded are cut off. */
static bool possible(const struct facts *facts, struct fact *fact)
{
    if (fact->term->class == TERM_FEW)
        return fact->few != 0;
    if (fact->term->class == TERM_REAL) {
        if (fact->least_real < fact->most_real)
            return true;
        return fact->least_real == fact->most_real && !fact->least_open && !fact->most_open &&
               !real_excluded(facts, fact, fact->least_real);
    }
    while (fact->least < fact->most && is_excluded(facts, fact, fact->least))
        fact->least++;
    while (fact->least < fact->most && is_excluded(facts, fact, fact->most))
        fact->most--;
    return fact->least < fact->most ||
           (fact->least == fact->most && !is_excluded(facts, fact, fact->least));
}

static void exclude(struct facts *facts, const struct term *term, struct constant value)
{
    if (facts->excluded_count == ANALYSE_EXCLUDED_MAX)
        return;
    facts->excluded[facts->excluded_count].term = term->id;
    facts->excluded[facts->excluded_count].value = value;
    facts->excluded_count++;
}

static void at_most_real(struct fact *fact, double value, bool open)
{
    if (value < fact->most_real || (value == fact->most_real && open)) {
        fact->most_open = open;
        fact->most_real = value;
    }
}

static void at_least_real(struct fact *fact, double value, bool open)
{
    if (value > fact->least_real || (value == fact->least_real && open)) {
        fact->least_open = open;
        fact->least_real = value;
    }
}

static void bound_real(struct fact *fact, enum ast_kind op, double value)
{
    bool open = op == EXPR_LT || op == EXPR_GT;
    if (op == EXPR_EQ || op == EXPR_LT || op == EXPR_LE)
        at_most_real(fact, value, open);
    if (op == EXPR_EQ || op == EXPR_GT || op == EXPR_GE)
        at_least_real(fact, value, open);
}

/* False when there is no int64 on that side. */
static bool bound_whole(struct fact *fact, enum ast_kind op, int64_t value)
{
    if ((op == EXPR_LT && value == INT64_MIN) || (op == EXPR_GT && value == INT64_MAX))
        return false;
    int64_t most = op == EXPR_LT ? value - 1 : value;
    int64_t least = op == EXPR_GT ? value + 1 : value;
    if ((op == EXPR_EQ || op == EXPR_LT || op == EXPR_LE) && most < fact->most)
        fact->most = most;
    if ((op == EXPR_EQ || op == EXPR_GT || op == EXPR_GE) && least > fact->least)
        fact->least = least;
    return true;
}

bool facts_bound(struct facts *facts, const struct term *term, enum ast_kind op,
                 struct constant value)
{
    struct fact *fact = fact_of(facts, term);
    if (fact == NULL)
        return true;
    if (term->class == TERM_REAL && !value.real)
        value = (struct constant){.real = true, .f64 = (double)value.i64};
    if (term->class == TERM_FEW)
        fact->few &= op == EXPR_EQ ? (uint64_t)1 << value.i64 : ~((uint64_t)1 << value.i64);
    else if (op == EXPR_NE)
        exclude(facts, term, value);
    else if (term->class == TERM_REAL)
        bound_real(fact, op, value.f64);
    else if (!bound_whole(fact, op, value.i64))
        return false;
    return possible(facts, fact);
}

bool fact_may_show(const struct fact *fact, enum ast_kind op, struct constant value)
{
    enum term_class class = fact->term->class;
    if (op == EXPR_NE || class == TERM_FEW)
        return true;
    bool real = class == TERM_REAL;
    double limit = value.real ? value.f64 : (double)value.i64;
    bool below = real ? fact->most_real < limit : fact->most < value.i64;
    bool above = real ? fact->least_real > limit : fact->least > value.i64;
    bool most = real ? fact->most_real == limit : fact->most == value.i64;
    bool least = real ? fact->least_real == limit : fact->least == value.i64;
    if (op == EXPR_EQ)
        return most && least;
    if (op == EXPR_LT || op == EXPR_LE)
        return below || (most && (op == EXPR_LE || (real && fact->most_open)));
    return above || (least && (op == EXPR_GE || (real && fact->least_open)));
}

bool facts_presence(struct facts *facts, const struct term *term, bool present)
{
    struct fact *fact = fact_of(facts, term);
    enum presence wanted = present ? PRESENCE_YES : PRESENCE_NO;
    if (fact == NULL)
        return true;
    if (fact->presence == PRESENCE_OPEN)
        fact->presence = wanted;
    return fact->presence == wanted;
}

bool facts_present(const struct facts *facts, const struct term *term)
{
    for (uint32_t i = 0; i < facts->count; i++) {
        if (facts->items[i].term == term)
            return facts->items[i].presence == PRESENCE_YES;
    }
    return false;
}

static bool may_be(const struct facts *facts, const struct fact *fact, struct constant value)
{
    if (fact->term->class == TERM_FEW)
        return (fact->few >> value.i64 & 1) != 0;
    if (fact->term->class == TERM_REAL)
        return value.f64 >= fact->least_real && value.f64 <= fact->most_real &&
               !(fact->least_open && value.f64 == fact->least_real) &&
               !(fact->most_open && value.f64 == fact->most_real) &&
               !real_excluded(facts, fact, value.f64);
    return value.i64 >= fact->least && value.i64 <= fact->most &&
           !is_excluded(facts, fact, value.i64);
}

/* Keeps the interval from the least to the largest value that may be. */
bool facts_among(struct facts *facts, const struct term *term, const struct constant *values,
                 size_t count)
{
    struct fact *fact = fact_of(facts, term);
    uint64_t few = 0;
    const struct constant *least = NULL;
    const struct constant *most = NULL;
    if (fact == NULL)
        return true;
    for (size_t i = 0; i < count; i++) {
        const struct constant *value = &values[i];
        if (!may_be(facts, fact, *value))
            continue;
        if (term->class == TERM_FEW)
            few |= (uint64_t)1 << value->i64;
        bool real = term->class == TERM_REAL;
        if (least == NULL || (real ? value->f64 < least->f64 : value->i64 < least->i64))
            least = value;
        if (most == NULL || (real ? value->f64 > most->f64 : value->i64 > most->i64))
            most = value;
    }
    if (least == NULL)
        return false;
    if (term->class == TERM_FEW)
        fact->few = few;
    else if (term->class == TERM_REAL) {
        bound_real(fact, EXPR_GE, least->f64);
        bound_real(fact, EXPR_LE, most->f64);
    } else if (!bound_whole(fact, EXPR_GE, least->i64) || !bound_whole(fact, EXPR_LE, most->i64)) {
        return false;
    }
    return possible(facts, fact);
}
