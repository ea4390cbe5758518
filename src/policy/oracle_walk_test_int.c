/* One idea: each construct of docs/language.md in the plainest words there are: no instructions, no
 * jumps, whole numbers in 128 bits, the calendar counted by hand. */
#include "policy/oracle_test_int.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct value whole(int64_t i)
{
    return (struct value){.i = i};
}

static struct value real(double f)
{
    return (struct value){.f = f, .overflow = !isfinite(f)};
}

static struct value overflowed(void)
{
    return (struct value){.overflow = true};
}

bool oracle_is_real(enum type type)
{
    return type == NUMBER || type == FRACTION;
}

static double as_real(const struct node *node, struct value value)
{
    return oracle_is_real(node->type) ? value.f : (double)value.i;
}

/* A value of one node where the type of another is wanted: money becomes a fraction. */
struct value oracle_as_type(enum type type, const struct node *node, struct value value)
{
    if (oracle_is_real(type) && !value.missing && !value.overflow)
        value.f = as_real(node, value);
    return value;
}

static struct value walk_name(const struct node *node)
{
    const struct name *name = &oracle.names[node->name];
    if (node->name >= oracle.field_count + ORACLE_WINDOWS && !name->is_model)
        return oracle.let_values[node->name - oracle.field_count - ORACLE_WINDOWS];
    if (!oracle.slot_present[name->slot])
        return (struct value){.missing = true};
    struct value value = {.i = oracle.slot_values[name->slot].i64};
    if (oracle_is_real(name->type))
        value = (struct value){.f = oracle.slot_values[name->slot].f64};
    else if (name->type == TEXT || name->type == IP || name->type == ENTITY)
        value = (struct value){.text = *oracle.slot_values[name->slot].text};
    return value;
}

static int order(const struct node *a, struct value x, const struct node *b, struct value y)
{
    if (a->type == TEXT || a->type == IP || a->type == ENTITY)
        return view_equal(x.text, y.text) ? 0 : 1;
    /* A long double holds every int64 and every double exactly. */
    long double left = oracle_is_real(a->type) ? (long double)x.f : (long double)x.i;
    long double right = oracle_is_real(b->type) ? (long double)y.f : (long double)y.i;
    return (left > right) - (left < right);
}

static struct value walk_compare(const struct node *node)
{
    struct value a = oracle_walk(node->children[0]);
    if (a.overflow)
        return a;
    struct value b = oracle_walk(node->children[1]);
    if (b.overflow)
        return b;
    int found = order(node->children[0], a, node->children[1], b);
    if (node->op == EQ || node->op == NE)
        return whole((found == 0) == (node->op == EQ));
    if (node->op == LT || node->op == GE)
        return whole((found < 0) == (node->op == LT));
    return whole((found > 0) == (node->op == GT));
}

/* Whole arithmetic, in 128 bits, then cut. */
static struct value fitted(__int128 wide)
{
    return wide > INT64_MAX || wide < INT64_MIN ? overflowed() : whole((int64_t)wide);
}

static struct value walk_arithmetic(const struct node *node)
{
    struct value a = oracle_walk(node->children[0]);
    if (a.overflow)
        return a;
    struct value b = oracle_walk(node->children[1]);
    if (b.overflow)
        return b;
    __int128 x = a.i, y = b.i;
    double left = as_real(node->children[0], a), right = as_real(node->children[1], b);
    bool reals = oracle_is_real(node->type);
    if (node->op == ADD)
        return reals ? real(left + right) : fitted(x + y);
    if (node->op == SUB)
        return reals ? real(left - right) : fitted(x - y);
    if (node->op == MUL)
        return reals ? real(left * right) : fitted(x * y);
    return right == 0 ? (struct value){.missing = true} : real(left / right);
}

static bool inside(struct view ip, const struct node *range)
{
    struct view net = range->value.text;
    if (ip.size_bytes != net.size_bytes)
        return false;
    for (int bit = 0; bit < range->bits; bit++) {
        int mask = 128 >> (bit % 8);
        if (((ip.data[bit / 8] ^ net.data[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

static struct value walk_set(const struct node *node)
{
    struct value value = oracle_walk(node->children[0]);
    if (value.overflow)
        return value;
    for (unsigned i = 1; i < node->count; i++) {
        const struct node *member = node->children[i];
        struct value other = oracle_walk(member);
        if (other.overflow)
            return other;
        if (member->bits >= 0 ? inside(value.text, member)
                              : order(node->children[0], value, member, other) == 0)
            return whole(!node->negated);
    }
    return whole(node->negated);
}

static struct view listed_text(const struct node *node, struct value value, char to[32])
{
    if (node->type == COUNTRY)
        snprintf(to, 32, "%c%c", (char)(value.i / 256), (char)(value.i % 256));
    else if (node->type == INT)
        snprintf(to, 32, "%" PRId64, value.i);
    else if (node->type == CHOICE)
        return view_of(oracle_choices[value.i]);
    else if (node->type != IP)
        return value.text;
    for (size_t i = 0; i < COUNT(oracle_addresses) && node->type == IP; i++) {
        const struct oracle_address *address = &oracle_addresses[i];
        if (view_equal(value.text, (struct view){address->bytes, address->size}))
            return view_of(address->text);
    }
    return view_of(to);
}

static struct value walk_list(const struct node *node)
{
    char to[32];
    struct value value = oracle_walk(node->children[0]);
    struct view key = {NULL, 0};
    bool keyed = oracle_list_keys[node->name] != NULL;
    if (value.overflow)
        return value;
    for (unsigned i = 0; i < oracle.field_count && keyed; i++) {
        if (strcmp(oracle.names[i].text, oracle_list_keys[node->name]) != 0)
            continue;
        if (!oracle.slot_present[oracle.names[i].slot])
            return whole(node->negated);
        key = oracle.slot_texts[oracle.names[i].slot];
    }
    return whole(oracle_listed(node->name, key, listed_text(node->children[0], value, to)) !=
                 node->negated);
}

static bool has_at(struct view text, struct view part, size_t at)
{
    return at + part.size_bytes <= text.size_bytes &&
           memcmp(text.data + at, part.data, part.size_bytes) == 0;
}

static struct value walk_text(const struct node *node)
{
    struct value a = oracle_walk(node->children[0]);
    struct value b = a.overflow ? a : oracle_walk(node->children[1]);
    if (a.overflow || b.overflow)
        return overflowed();
    bool found = false;
    for (size_t at = 0; at <= a.text.size_bytes; at++) {
        bool counts = node->op == CONTAINS || (node->op == STARTS && at == 0) ||
                      (node->op == ENDS && at + b.text.size_bytes == a.text.size_bytes);
        found |= counts && has_at(a.text, b.text, at);
    }
    return whole(found);
}

static struct value rounded(const struct node *node, double f)
{
    double cut = trunc(f);
    double rest = f - cut;
    if (node->op == FLOOR && rest < 0)
        cut -= 1;
    else if (node->op == CEIL && rest > 0)
        cut += 1;
    else if (node->op == ROUND && (rest >= 0.5 || rest <= -0.5))
        cut += rest > 0 ? 1 : -1;
    bool fits = cut >= -9223372036854775808.0 && cut < 9223372036854775808.0;
    return fits ? whole((int64_t)cut) : overflowed();
}

static bool leaps(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Counts years and months one by one from the year 1, which has no tricks to get wrong. */
static struct value calendar(enum op op, int64_t ms)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    __int128 local = (__int128)ms + oracle.timezone_ms;
    if (local < -62135596800000 || local > 253402300799999)
        return overflowed();
    int64_t since = (int64_t)(local + 62135596800000);
    int64_t days = since / 86400000;
    int64_t minutes = since / 60000;
    if (op == HOUR || op == MINUTE)
        return whole(op == HOUR ? minutes / 60 % 24 : minutes % 60);
    if (op == WEEKDAY) /* 1 January of the year 1 was a Monday */
        return whole(days % 7 + 1);
    int64_t year = 1;
    year += days / 146097 * 400;
    days %= 146097;
    for (; days >= 365 + leaps(year); year++)
        days -= 365 + leaps(year);
    int month = 0;
    for (; days >= lengths[month] + (month == 1 && leaps(year)); month++)
        days -= lengths[month] + (month == 1 && leaps(year));
    return whole(op == DAY ? days + 1 : op == MONTH ? month + 1 : year);
}

static struct value walk_extreme(const struct node *node)
{
    struct value best = {0};
    for (unsigned i = 0; i < node->count; i++) {
        const struct node *child = node->children[i];
        struct value value = oracle_as_type(node->type, child, oracle_walk(child));
        if (value.overflow)
            return value;
        bool less = oracle_is_real(node->type) ? value.f < best.f : value.i < best.i;
        bool more = oracle_is_real(node->type) ? value.f > best.f : value.i > best.i;
        if (i == 0 || (node->op == MIN ? less : more))
            best = value;
    }
    return best;
}

static struct value walk_call(const struct node *node)
{
    const struct node *child = node->children[0];
    struct value value = oracle_walk(child);
    int64_t count = 0;
    if (value.overflow)
        return value;
    if (node->op == NEGATE)
        return oracle_is_real(node->type) ? real(-value.f) : fitted(-(__int128)value.i);
    if (node->op == ABS && oracle_is_real(node->type))
        return real(fabs(value.f));
    if (node->op == ABS)
        return fitted(value.i < 0 ? -(__int128)value.i : value.i);
    if (node->op == ROUND || node->op == FLOOR || node->op == CEIL)
        return rounded(node, value.f);
    if (node->op == TO_NUMBER)
        return real((double)value.i);
    if (node->op == TO_TEXT)
        return value;
    if (node->op != LENGTH)
        return calendar(node->op, value.i);
    for (size_t i = 0; i < value.text.size_bytes; i++) {
        unsigned char c = (unsigned char)value.text.data[i];
        count += c < 0x80 || c >= 0xC0;
    }
    return whole(count);
}

static struct value walk_logic(const struct node *node)
{
    struct value a = oracle_walk(node->children[0]);
    if (a.overflow || (a.i != 0) == (node->op == OR))
        return a;
    return oracle_walk(node->children[1]);
}

struct value oracle_walk(const struct node *node)
{
    struct value value;
    switch (node->op) {
    case LITERAL: return node->value;
    case NAME: return walk_name(node);
    case NOT:
        value = oracle_walk(node->children[0]);
        value.i = !value.i;
        return value;
    case AND: case OR: return walk_logic(node);
    case EQ: case NE: case LT: case LE: case GT: case GE: return walk_compare(node);
    case ADD: case SUB: case MUL: case DIV: return walk_arithmetic(node);
    case DEFAULT:
        value = oracle_as_type(node->type, node->children[0], oracle_walk(node->children[0]));
        if (value.overflow || !value.missing)
            return value;
        return oracle_as_type(node->type, node->children[1], oracle_walk(node->children[1]));
    case PRESENT: case MISSING:
        value = oracle_walk(node->children[0]);
        return value.overflow ? value : whole(value.missing == (node->op == MISSING));
    case IN_LIST: return walk_list(node);
    case IN_SET: return walk_set(node);
    case IF: {
        value = oracle_walk(node->children[0]);
        if (value.overflow)
            return value;
        const struct node *taken = node->children[value.i != 0 ? 1 : 2];
        return oracle_as_type(node->type, taken, oracle_walk(taken));
    }
    case STARTS: case ENDS: case CONTAINS: return walk_text(node);
    case MIN: case MAX: return walk_extreme(node);
    case NEGATE: case ABS: case ROUND: case FLOOR: case CEIL: case TO_NUMBER: case TO_TEXT:
    case LENGTH: case HOUR: case MINUTE: case WEEKDAY: case DAY: case MONTH: case YEAR:
        return walk_call(node);
    }
    return overflowed();
}
