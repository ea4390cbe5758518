/* One idea: a tree is made from its type downwards, so that it is well typed by construction, and
 * printed with no more parentheses than the language asks for, and now and then one more. */
#include "policy/oracle_test_int.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct oracle oracle;

static uint64_t below(uint64_t bound)
{
    return random_below(&oracle.random, bound);
}

static bool chance(unsigned percent)
{
    return below(100) < percent;
}

/* ---- the world: what names and values there are ---- */

static const char *const texts[] = {"", "a", "ab", "b", "abc", "ba", "\xC3\xA9", "a\xE6\xB1\x89"};
static const char *const countries[] = {"CN", "US", "HK"};
const char *const oracle_choices[ORACLE_CHOICES] = {"red", "green", "blue"};

const struct oracle_address oracle_addresses[ORACLE_ADDRESSES] = {
    {"10.0.0.1", {10, 0, 0, 1}, 4},
    {"10.1.0.1", {10, 1, 0, 1}, 4},
    {"127.127.3.4", {127, 127, 3, 4}, 4},
    {"2001:db8::1", {0x20, 0x01, 0x0d, (char)0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 16},
    {"::1", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 16},
};

/* Fields: a name ending in o may be missing. */
static const struct {
    const char *text;
    const char *written;
    enum type type;
} fields[] = {
    {"b", "bool", BOOL}, {"c", "bool", BOOL}, {"bo", "bool?", BOOL},
    {"i", "int", INT}, {"j", "int", INT}, {"io", "int?", INT},
    {"n", "number", NUMBER}, {"no", "number?", NUMBER},
    {"m", "money", MONEY}, {"mm", "money", MONEY}, {"mo", "money?", MONEY},
    {"t", "text", TEXT}, {"tt", "text", TEXT}, {"to", "text?", TEXT},
    {"w", "time", TIME}, {"wo", "time?", TIME},
    {"d", "duration", DURATION}, {"dio", "duration?", DURATION},
    {"l", "country", COUNTRY}, {"lo", "country?", COUNTRY},
    {"k", "one of red, green, blue", CHOICE}, {"ko", "one of red, green, blue?", CHOICE},
    {"p", "ip", IP}, {"po", "ip?", IP},
    {"e", "entity", ENTITY}, {"ee", "entity e", ENTITY}, {"eo", "entity e?", ENTITY},
};

/* Aggregates: their answers are whatever the frame says. */
static const struct {
    const char *text;
    const char *written;
    enum type type;
    bool optional;
} windows[] = {
    {"v_count", "count(x) per e over 1h", INT, false},
    {"v_mean", "mean(x.m) per e over 1d before", FRACTION, true},
    {"v_decay", "decayed(x.m, half 1h) per e", FRACTION, false},
    {"v_last", "last(x.t) per e", TEXT, true},
    {"v_age", "age(x) per e", DURATION, true},
};

static const struct {
    const char *written;
    enum type type;
    bool keyed;
} lists[] = {
    {"list l_text: text", TEXT, false},       {"list l_country: country", COUNTRY, false},
    {"list l_int: int per eo", INT, true},    {"list l_ip: ip", IP, false},
    {"list l_choice: k per ee", CHOICE, true}, {"list l_entity: entity e", ENTITY, false},
};
const char *const oracle_list_keys[6] = {NULL, NULL, "eo", NULL, "ee", NULL};

bool oracle_listed(unsigned list, struct view key, struct view value)
{
    uint32_t hash = 2166136261u + list;
    for (size_t i = 0; i < key.size_bytes; i++)
        hash = (hash ^ (unsigned char)key.data[i]) * 16777619u;
    hash *= 31;
    for (size_t i = 0; i < value.size_bytes; i++)
        hash = (hash ^ (unsigned char)value.data[i]) * 16777619u;
    return (hash >> 7 & 1) != 0;
}

static void add_name(const char *text, enum type type, bool optional, bool is_let)
{
    struct name *name = &oracle.names[oracle.name_count++];
    assert_true(oracle.name_count < NAMES_MAX);
    *name = (struct name){.type = type, .optional = optional, .is_let = is_let};
    snprintf(name->text, sizeof name->text, "%s", text);
}

static void add_names(void)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        add_name(fields[i].text, fields[i].type, strchr(fields[i].written, '?') != NULL, false);
    oracle.field_count = oracle.name_count;
    for (size_t i = 0; i < COUNT(windows); i++)
        add_name(windows[i].text, windows[i].type, windows[i].optional, true);
}

/* ---- making trees ---- */

static struct node *make(enum op op, enum type type)
{
    struct node *node = &oracle.nodes[oracle.node_count++];
    assert_true(oracle.node_count < NODES_MAX);
    *node = (struct node){.op = op, .type = type, .bits = -1};
    return node;
}

static struct node *make2(enum op op, enum type type, struct node *a, struct node *b)
{
    struct node *node = make(op, type);
    node->count = b == NULL ? 1 : 2;
    node->children[0] = a;
    node->children[1] = b;
    return node;
}

static struct node *gen(enum type type, int depth);

static struct node *literal(enum type type)
{
    static const double numbers[] = {0, 0.5, 1, 2, 2.25, 3, 10.125, 1e12};
    static const int64_t ints[] = {0, 1, 2, 3, 5, 7, 100, 1000000000000000};
    struct node *node = make(LITERAL, type);
    size_t at = below(chance(90) ? 6 : 8);
    size_t ip = below(COUNT(oracle_addresses));
    node->value.i = ints[at];
    if (type == BOOL)
        node->value.i = chance(50);
    else if (type == NUMBER)
        node->value.f = numbers[at];
    else if (type == DURATION)
        node->value.i = (int64_t)at * 1800000;
    else if (type == TIME)
        node->value.i = (int64_t)(20000 + at) * 86400000 - oracle.timezone_ms;
    else if (type == TEXT || type == ENTITY)
        node->value.text = view_of(node->spelling = texts[below(COUNT(texts))]);
    else if (type == COUNTRY)
        node->spelling = countries[below(COUNT(countries))];
    else if (type == CHOICE)
        node->value.i = (int64_t)below(COUNT(oracle_choices));
    else if (type == IP)
        node->value.text = (struct view){oracle_addresses[ip].bytes, oracle_addresses[ip].size};
    if (type == COUNTRY)
        node->value.i = node->spelling[0] * 256 + node->spelling[1];
    if (type == IP)
        node->spelling = oracle_addresses[ip].text;
    return node;
}

static struct node *named(enum type type, bool must_exist)
{
    unsigned found[NAMES_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < oracle.name_count; i++) {
        const struct name *name = &oracle.names[i];
        bool optional = name->optional && (oracle.known >> i & 1) == 0;
        if (name->type == type && !(must_exist && optional))
            found[count++] = i;
    }
    if (count == 0)
        return NULL;
    struct node *node = make(NAME, type);
    node->name = found[below(count)];
    node->optional = oracle.names[node->name].optional && (oracle.known >> node->name & 1) == 0;
    return node;
}

/* Types whose literals are texts or choices until something of the type stands beside them. */
static bool adapts(enum type type)
{
    return type >= COUNTRY;
}

static bool is_money(enum type type)
{
    return type == MONEY || type == FRACTION;
}

static struct node *leaf(enum type type, bool must_exist)
{
    bool write = !adapts(type) && type != FRACTION && chance(40);
    struct node *node = write ? NULL : named(type, must_exist);
    return node != NULL ? node : literal(type);
}

/* What stands beside a value of a type: a literal may adapt to it. */
static struct node *beside(enum type type, int depth)
{
    return adapts(type) && chance(60) ? literal(type) : gen(type, depth);
}

static struct node *present(struct node *node)
{
    if (!node->optional)
        return node;
    enum type other = node->type == FRACTION && chance(50) ? MONEY : node->type;
    return make2(DEFAULT, node->type, node,
                 adapts(other) ? literal(other) : leaf(other, true));
}

static struct node *need(enum type type, int depth)
{
    return present(gen(type, depth));
}

static struct node *money(int depth)
{
    return need(chance(50) ? MONEY : FRACTION, depth);
}

static struct node *binary(enum op op, enum type type, struct node *a, struct node *b)
{
    struct node *node = make2(op, type, a, b);
    node->optional = op == DIV && b->op != LITERAL;
    if (op == DIV && b->op == LITERAL && b->value.i == 0 && b->value.f == 0) {
        if (b->type == NUMBER)
            b->value.f = 4;
        else
            b->value.i = 3600000;
    }
    /* An int literal beside a number is a number. */
    if (a->type == NUMBER && b->type == NUMBER && b->op == LITERAL && a->op != LITERAL &&
        b->value.f == floor(b->value.f))
        b->as_int = chance(50);
    return node;
}

/* What a condition shows to be present when it is `truth`. */
static void learn(const struct node *node, bool truth)
{
    if (node->op == (truth ? PRESENT : MISSING)) {
        if (node->children[0]->op == NAME)
            oracle.known |= (uint64_t)1 << node->children[0]->name;
    } else if (node->op == NOT) {
        learn(node->children[0], !truth);
    } else if (node->op == (truth ? AND : OR)) {
        learn(node->children[0], truth);
        learn(node->children[1], truth);
    }
}

static struct node *gen_if(enum type type, int depth)
{
    struct node *node = make(IF, type);
    uint64_t known = oracle.known;
    node->count = 3;
    node->children[0] = need(BOOL, depth);
    learn(node->children[0], true);
    node->children[1] = gen(type, depth);
    oracle.known = known;
    learn(node->children[0], false);
    /* One branch decides the type; money joins fractions. */
    node->children[2] = type == FRACTION && chance(30) ? gen(MONEY, depth) : beside(type, depth);
    oracle.known = known;
    node->optional = node->children[1]->optional || node->children[2]->optional;
    return node;
}

static struct node *gen_default(enum type type, int depth)
{
    struct node *first = gen(type, depth);
    if (!first->optional)
        return first;
    struct node *second = type == FRACTION && chance(30) ? gen(MONEY, depth)
                                                         : beside(type, depth);
    struct node *node = make2(DEFAULT, type, first, second);
    node->optional = second->optional;
    return node;
}

static struct node *gen_extreme(enum type type, int depth)
{
    struct node *node = make(chance(50) ? MIN : MAX, type);
    node->count = (unsigned)(2 + below(2));
    for (unsigned i = 0; i < node->count; i++)
        node->children[i] = need(type == FRACTION && i > 0 && chance(30) ? MONEY : type, depth);
    return node;
}

static struct node *gen_compare(int depth)
{
    static const enum type types[] = {BOOL, INT, INT, NUMBER, NUMBER, MONEY, MONEY, FRACTION, TEXT,
                                      TIME, DURATION, COUNTRY, CHOICE, IP, ENTITY};
    enum type type = types[below(COUNT(types))];
    bool ordered = type != BOOL && type <= FRACTION;
    ordered |= type == TIME || type == DURATION;
    enum op op = (enum op)(EQ + below(ordered ? 6 : 2));
    struct node *a = need(type, depth);
    struct node *b = is_money(type) ? money(depth) : present(beside(type, depth));
    if (chance(20)) {
        struct node *swap = a;
        a = b;
        b = swap;
    }
    return binary(op, BOOL, a, b);
}

static struct node *gen_set(int depth)
{
    static const enum type types[] = {INT, NUMBER, MONEY, TEXT, COUNTRY, CHOICE, IP, ENTITY};
    enum type type = types[below(COUNT(types))];
    struct node *node = make(IN_SET, BOOL);
    node->negated = chance(30);
    node->count = (unsigned)(2 + below(3));
    node->children[0] = need(type, depth);
    for (unsigned i = 1; i < node->count; i++) {
        struct node *member = present(beside(type, depth - 1));
        if (type == IP && member->op == LITERAL && chance(50))
            member->bits = (int)below(member->value.text.size_bytes * 8 + 1);
        node->children[i] = member;
    }
    return node;
}

static struct node *gen_list(int depth)
{
    unsigned list = (unsigned)below(COUNT(lists));
    struct node *node = make2(IN_LIST, BOOL, need(lists[list].type, depth), NULL);
    node->name = list;
    node->negated = chance(30);
    return node;
}

static struct node *gen_logic(int depth)
{
    enum op op = chance(50) ? AND : OR;
    uint64_t known = oracle.known;
    struct node *a = need(BOOL, depth);
    learn(a, op == AND);
    struct node *b = need(BOOL, depth);
    oracle.known = known;
    return binary(op, BOOL, a, b);
}

static struct node *gen_presence(int depth)
{
    struct node *child = gen((enum type)below(TYPE_COUNT), chance(70) ? 0 : depth);
    if (!child->optional)
        return literal(BOOL);
    return make2(chance(50) ? PRESENT : MISSING, BOOL, child, NULL);
}

static struct node *text_like(int depth)
{
    enum type type = chance(70) ? TEXT : ENTITY;
    return need(type, depth);
}

static struct node *gen_bool(int depth)
{
    switch (below(8)) {
    case 0: return make2(NOT, BOOL, need(BOOL, depth), NULL);
    case 1: case 2: return gen_logic(depth);
    case 3: return gen_set(depth);
    case 4: return gen_list(depth);
    case 5: return gen_presence(depth);
    case 6: return make2((enum op)(STARTS + below(3)), BOOL, text_like(depth), text_like(depth));
    default: return gen_compare(depth);
    }
}

static struct node *gen_int(int depth)
{
    switch (below(5)) {
    case 0: return make2((enum op)(ROUND + below(3)), INT, need(NUMBER, depth), NULL);
    case 1: return make2(LENGTH, INT, text_like(depth), NULL);
    case 2: return make2((enum op)(HOUR + below(6)), INT, need(TIME, depth), NULL);
    default:
        return binary((enum op)(ADD + below(3)), INT, need(INT, depth), need(INT, depth));
    }
}

static struct node *gen_number(int depth)
{
    switch (below(6)) {
    case 0: return make2(TO_NUMBER, NUMBER, need(INT, depth), NULL);
    case 1: return binary(DIV, NUMBER, need(INT, depth), need(INT, depth));
    case 2: return binary(DIV, NUMBER, money(depth), money(depth));
    case 3: return binary(DIV, NUMBER, need(DURATION, depth), need(DURATION, depth));
    default:
        return binary((enum op)(ADD + below(4)), NUMBER, need(NUMBER, depth),
                      need(NUMBER, depth));
    }
}

static struct node *gen_money(int depth)
{
    switch (below(4)) {
    case 0: return make2((enum op)(ROUND + below(3)), MONEY, need(FRACTION, depth), NULL);
    case 1: return binary(MUL, MONEY, need(MONEY, depth), need(INT, depth));
    case 2: return binary(MUL, MONEY, need(INT, depth), need(MONEY, depth));
    default:
        return binary(chance(50) ? ADD : SUB, MONEY, need(MONEY, depth), need(MONEY, depth));
    }
}

static struct node *gen_fraction(int depth)
{
    switch (below(6)) {
    case 0: return binary(MUL, FRACTION, money(depth), need(NUMBER, depth));
    case 1: return binary(MUL, FRACTION, need(NUMBER, depth), money(depth));
    case 2: return binary(DIV, FRACTION, money(depth), need(INT, depth));
    case 3: return binary(DIV, FRACTION, money(depth), need(NUMBER, depth));
    case 4: return binary(MUL, FRACTION, need(FRACTION, depth), need(INT, depth));
    default:
        return binary(chance(50) ? ADD : SUB, FRACTION, need(FRACTION, depth), money(depth));
    }
}

static struct node *gen_time(int depth)
{
    if (chance(30))
        return binary(ADD, TIME, need(DURATION, depth), need(TIME, depth));
    return binary(chance(50) ? ADD : SUB, TIME, need(TIME, depth), need(DURATION, depth));
}

static struct node *gen_duration(int depth)
{
    switch (below(4)) {
    case 0: return binary(SUB, DURATION, need(TIME, depth), need(TIME, depth));
    case 1: return binary(MUL, DURATION, need(DURATION, depth), need(INT, depth));
    case 2: return binary(MUL, DURATION, need(INT, depth), need(DURATION, depth));
    default:
        return binary(chance(50) ? ADD : SUB, DURATION, need(DURATION, depth),
                      need(DURATION, depth));
    }
}

static bool is_signed(enum type type)
{
    return type == INT || type == NUMBER || is_money(type) || type == DURATION;
}

/* A tree of this type, whose value may be missing when `optional`. */
static struct node *gen(enum type type, int depth)
{
    if (depth <= 0 || chance(15))
        return leaf(type, false);
    depth--;
    if (chance(12))
        return gen_if(type, depth);
    if (chance(15))
        return gen_default(type, depth);
    if (is_signed(type) && chance(10))
        return make2(chance(50) ? NEGATE : ABS, type, need(type, depth), NULL);
    if ((is_signed(type) || type == TIME) && chance(12))
        return gen_extreme(type, depth);
    switch (type) {
    case BOOL: return gen_bool(depth);
    case INT: return gen_int(depth);
    case NUMBER: return gen_number(depth);
    case MONEY: return gen_money(depth);
    case FRACTION: return gen_fraction(depth);
    case TIME: return gen_time(depth);
    case DURATION: return gen_duration(depth);
    case TEXT: return make2(TO_TEXT, TEXT, text_like(depth), NULL);
    case COUNTRY: case CHOICE: case IP: case ENTITY: case TYPE_COUNT: return leaf(type, false);
    }
    return NULL;
}

/* Conditions as people write them, over few values, so that they contradict and imply each other
 * often. */
static struct node *small_literal(enum type type)
{
    struct node *node = literal(type);
    if (type == INT)
        node->value.i = (int64_t)below(3);
    else if (type == MONEY)
        node->value.i = (int64_t)below(3) * 100;
    else if (type == NUMBER)
        node->value.f = (double)below(3);
    return node;
}

static struct node *simple_atom(void)
{
    static const enum type types[] = {INT, INT, MONEY, NUMBER, TEXT, COUNTRY, CHOICE, CHOICE};
    enum type type = types[below(COUNT(types))];
    if (chance(10))
        return gen_presence(0);
    if (chance(10))
        return make2(NOT, BOOL, need(BOOL, 0), NULL);
    if (chance(10))
        return gen_list(0);
    if (chance(10))
        return need(BOOL, 1);
    bool ordered = type <= MONEY;
    struct node *value = chance(80) ? present(leaf(type, false)) : need(type, 1);
    if (value->op == LITERAL)
        value = named(type, true);
    if (!ordered && chance(40)) {
        struct node *set = make(IN_SET, BOOL);
        set->negated = chance(30);
        set->count = 3;
        set->children[0] = value;
        set->children[1] = literal(type);
        set->children[2] = literal(type);
        return set;
    }
    return binary((enum op)(EQ + below(ordered ? 6 : 2)), BOOL, value, small_literal(type));
}

static struct node *simple_condition(int parts)
{
    uint64_t known = oracle.known;
    struct node *node = simple_atom();
    for (int i = 1; i < parts; i++) {
        enum op op = chance(75) ? AND : OR;
        uint64_t outer = oracle.known;
        learn(node, op == AND);
        struct node *right = chance(20) ? simple_condition(2) : simple_atom();
        oracle.known = outer;
        node = binary(op, BOOL, node, right);
    }
    oracle.known = known;
    return node;
}

/* ---- printing ---- */

static int level(const struct node *node)
{
    switch (node->op) {
    case IF: return 0;
    case OR: return 1;
    case AND: return 2;
    case NOT: return 3;
    case EQ: case NE: case LT: case LE: case GT: case GE: case PRESENT: case MISSING: case IN_LIST:
    case IN_SET: case STARTS: case ENDS: case CONTAINS: return 4;
    case DEFAULT: return 5;
    case ADD: case SUB: return 6;
    case MUL: case DIV: return 7;
    case NEGATE: return 8;
    case LITERAL: case NAME: case ABS: case MIN: case MAX: case ROUND: case FLOOR: case CEIL:
    case TO_NUMBER: case TO_TEXT: case LENGTH: case HOUR: case MINUTE: case WEEKDAY: case DAY:
    case MONTH: case YEAR: return 9;
    }
    return 9;
}

static void space(void)
{
    struct buf *out = &oracle.source;
    if (chance(97))
        buf_put_char(out, ' ');
    else
        buf_put_text(out, chance(50) ? "\n    " : "  # and so on\n\t");
}

static void word(const char *text)
{
    space();
    buf_put_text(&oracle.source, text);
    space();
}

static void print(const struct node *node, int least);

static void print_text(const char *text)
{
    buf_printf(&oracle.source, "\"%s\"", text);
}

static void print_date(int64_t ms)
{
    /* The days of literals all lie in the autumn of 2024, the 20000th day being 4 October. */
    int64_t day = (ms + oracle.timezone_ms) / 86400000 - 20000;
    buf_printf(&oracle.source, "2024-10-%02d", (int)(4 + day));
}

static void print_literal(const struct node *node)
{
    struct buf *out = &oracle.source;
    int64_t i = node->value.i;
    switch (node->type) {
    case BOOL: buf_put_text(out, i != 0 ? "true" : "false"); break;
    case INT: buf_printf(out, "%" PRId64, i); break;
    case NUMBER: buf_printf(out, node->as_int ? "%.0f" : "%.3f", node->value.f); break;
    case MONEY: case FRACTION:
        buf_printf(out, "CNY %" PRId64 ".%02d", i / 100, (int)(i % 100));
        break;
    case DURATION:
        if (chance(50))
            buf_printf(out, "%" PRId64 "ms", i);
        else
            buf_printf(out, "%" PRId64 "h%" PRId64 "m", i / 3600000, i / 60000 % 60);
        break;
    case TIME: print_date(i); break;
    case CHOICE: buf_put_text(out, oracle_choices[i]); break;
    case TEXT: case ENTITY: case COUNTRY: print_text(node->spelling); break;
    case IP:
        if (node->bits < 0)
            print_text(node->spelling);
        else
            buf_printf(out, "\"%s/%d\"", node->spelling, node->bits);
        break;
    case TYPE_COUNT: break;
    }
}

static void print_call(const struct node *node)
{
    static const char *const words[] = {
        [ABS] = "abs", [MIN] = "min", [MAX] = "max", [ROUND] = "round", [FLOOR] = "floor",
        [CEIL] = "ceil", [TO_NUMBER] = "number", [TO_TEXT] = "text", [LENGTH] = "length",
        [HOUR] = "hour", [MINUTE] = "minute", [WEEKDAY] = "weekday", [DAY] = "day",
        [MONTH] = "month", [YEAR] = "year",
    };
    buf_printf(&oracle.source, "%s(", words[node->op]);
    for (unsigned i = 0; i < node->count; i++) {
        buf_put_text(&oracle.source, i == 0 ? "" : ", ");
        print(node->children[i], 0);
    }
    buf_put_char(&oracle.source, ')');
}

static void print_set(const struct node *node)
{
    print(node->children[0], 5);
    word(node->negated ? "not in" : "in");
    const struct node *member = node->children[1];
    if (node->count == 2 && member->bits >= 0) {
        print_literal(member);
        return;
    }
    buf_put_char(&oracle.source, '(');
    for (unsigned i = 1; i < node->count; i++) {
        buf_put_text(&oracle.source, i == 1 ? "" : ", ");
        print(node->children[i], 5);
    }
    buf_put_char(&oracle.source, ')');
}

static void print_if(const struct node *node)
{
    buf_put_text(&oracle.source, "if");
    space();
    print(node->children[0], 0);
    word("then");
    print(node->children[1], 0);
    word("else");
    print(node->children[2], 0);
}

static void print_binary(const struct node *node)
{
    static const char *const words[] = {
        [AND] = "and", [OR] = "or", [EQ] = "==", [NE] = "!=", [LT] = "<", [LE] = "<=", [GT] = ">",
        [GE] = ">=", [ADD] = "+", [SUB] = "-", [MUL] = "*", [DIV] = "/", [DEFAULT] = "??",
        [STARTS] = "starts with", [ENDS] = "ends with", [CONTAINS] = "contains",
    };
    int own = level(node);
    print(node->children[0], own == 4 ? 5 : own);
    word(words[node->op]);
    print(node->children[1], own + 1);
}

static void print_name(const struct node *node)
{
    const struct name *name = &oracle.names[node->name];
    bool is_field = !name->is_let && !name->is_model;
    buf_printf(&oracle.source, "%s%s", is_field && chance(20) ? "x." : "", name->text);
}

static void print_bare(const struct node *node)
{
    if (node->op == LITERAL) {
        print_literal(node);
    } else if (node->op == NAME) {
        print_name(node);
    } else if (node->op == IF) {
        print_if(node);
    } else if (node->op == NOT || node->op == NEGATE) {
        buf_put_text(&oracle.source, node->op == NOT ? "not " : "-");
        print(node->children[0], level(node));
    } else if (node->op == PRESENT || node->op == MISSING) {
        print(node->children[0], 5);
        word(node->op == PRESENT ? "is present" : "is missing");
    } else if (node->op == IN_LIST) {
        print(node->children[0], 5);
        word(node->negated ? "not in" : "in");
        buf_printf(&oracle.source, "%.*s", (int)strcspn(lists[node->name].written + 5, ":"),
                   lists[node->name].written + 5);
    } else if (node->op == IN_SET) {
        print_set(node);
    } else if (level(node) == 9) {
        print_call(node);
    } else {
        print_binary(node);
    }
}

static void print(const struct node *node, int least)
{
    bool group = level(node) < least || (level(node) < 9 && chance(3));
    if (group)
        buf_put_char(&oracle.source, '(');
    print_bare(node);
    if (group)
        buf_put_char(&oracle.source, ')');
}

/* ---- the policy ---- */

static void print_header(void)
{
    struct buf *out = &oracle.source;
    int64_t hours = (int64_t)below(5) - 2;
    oracle.timezone_ms = hours * 3600000;
    buf_printf(out, "policy random\ncurrency CNY\ntimezone %c%02d:00\n", hours < 0 ? '-' : '+',
               (int)(hours < 0 ? -hours : hours));
    buf_put_text(out, "event x {\n  id: id\n  at: time\n");
    for (size_t i = 0; i < COUNT(fields); i++)
        buf_printf(out, "  %s: %s\n", fields[i].text, fields[i].written);
    buf_put_text(out, "}\n");
    for (size_t i = 0; i < COUNT(lists); i++)
        buf_printf(out, "%s\n", lists[i].written);
    for (size_t i = 0; i < COUNT(windows); i++)
        buf_printf(out, "let %s = %s\n", windows[i].text, windows[i].written);
}

static void make_let(unsigned index)
{
    char text[16];
    enum type type = chance(35) ? BOOL : (enum type)below(TYPE_COUNT);
    struct node *node = gen(type, (int)(1 + below(4)));
    /* The choice or the country alone on a let would be a name or a text. */
    if (adapts(type) && node->op == LITERAL)
        node = named(type, false);
    oracle.lets[index] = node;
    snprintf(text, sizeof text, "a%u", index);
    buf_printf(&oracle.source, "let %s =", text);
    space();
    print(node, 0);
    buf_put_char(&oracle.source, '\n');
    add_name(text, type, node->optional, true);
}

static void make_rule(unsigned index)
{
    struct rule *rule = &oracle.rules[index];
    bool simple = chance(60);
    *rule = (struct rule){.verdict = (unsigned)(1 + below(5)), .scores = chance(20),
                          .hidden_by = -1};
    rule->when = simple ? simple_condition((int)(1 + below(4))) : need(BOOL, 4);
    learn(rule->when, true);
    if (chance(30))
        rule->unless = simple ? simple_condition(2) : need(BOOL, 3);
    oracle.known = 0;
    buf_printf(&oracle.source, "rule r%u \"R\" on x when ", index);
    print(rule->when, 0);
    if (rule->unless != NULL) {
        buf_put_text(&oracle.source, " unless ");
        print(rule->unless, 0);
    }
    buf_printf(&oracle.source, " then %s%s\n",
               policy_verdict_text((enum policy_verdict)rule->verdict),
               rule->scores ? ", score 5" : "");
}

/* A model: its number is whatever the frame says. */
static void make_model(void)
{
    buf_put_text(&oracle.source, "model risk = \"risk.json\" (i, mo, k excluded)\n");
    add_name("risk", NUMBER, false, false);
    oracle.names[oracle.name_count - 1].is_model = true;
}

void oracle_make(uint64_t seed)
{
    random_init(&oracle.random, seed);
    buf_clear(&oracle.source);
    oracle.node_count = 0;
    oracle.name_count = 0;
    oracle.known = 0;
    add_names();
    print_header();
    oracle.let_count = (unsigned)below(LETS_MAX + 1);
    oracle.rule_count = (unsigned)(1 + below(RULES_MAX));
    for (unsigned i = 0; i < oracle.let_count; i++)
        make_let(i);
    make_model();
    for (unsigned i = 0; i < oracle.rule_count; i++)
        make_rule(i);
}

/* ---- frames ---- */

static int64_t random_int(bool small)
{
    switch (small ? 0 : below(5)) {
    case 0: return (int64_t)below(7) - 2;
    case 1: return (int64_t)below(2000) - 1000;
    case 2: return (int64_t)random_u64(&oracle.random) >> below(60);
    case 3: return chance(50) ? INT64_MAX - (int64_t)below(3) : INT64_MIN + (int64_t)below(3);
    default: return (int64_t)below(2000000000000000) - 1000000000000000;
    }
}

static double random_number(bool small)
{
    switch (small ? below(2) : below(6)) {
    case 0: return (double)((int64_t)below(7) - 2);
    case 1: return (double)((int64_t)below(64) - 16) / 8;
    case 2: return chance(50) ? 9223372036854775808.0 : -9223372036854775808.0;
    case 3: return chance(50) ? 1e308 : -1e-300;
    default: return (random_unit(&oracle.random) - 0.5) * 1e6;
    }
}

static void fill_slot(const struct name *name, bool small)
{
    union policy_value *value = &oracle.slot_values[name->slot];
    struct view *text = &oracle.slot_texts[name->slot];
    size_t ip = below(COUNT(oracle_addresses));
    oracle.slot_present[name->slot] = !name->optional || chance(60);
    value->i64 = 0;
    switch (name->type) {
    case BOOL: value->i64 = chance(50); return;
    case INT: value->i64 = random_int(small); break;
    case MONEY: case DURATION: value->i64 = random_int(small) * (small ? 100 : 1); break;
    case TIME:
        value->i64 = chance(90) ? (int64_t)(20000 * 86400000LL) + random_int(true) * 5000000
                                : random_int(small);
        break;
    case NUMBER: value->f64 = random_number(small); return;
    case FRACTION: value->f64 = random_number(small) * (small ? 128 : 1); return;
    case COUNTRY: {
        const char *country = countries[below(COUNT(countries))];
        value->i64 = country[0] * 256 + country[1];
        return;
    }
    case CHOICE: value->i64 = (int64_t)below(COUNT(oracle_choices)); return;
    case IP:
        *text = (struct view){oracle_addresses[ip].bytes, oracle_addresses[ip].size};
        value->text = text;
        return;
    case TEXT: case ENTITY:
        *text = view_of(texts[below(COUNT(texts))]);
        value->text = text;
        return;
    case TYPE_COUNT: return;
    }
    /* What the windows promise: counts and ages are not negative. */
    if (name->is_let && value->i64 < 0)
        value->i64 = value->i64 == INT64_MIN ? 0 : -value->i64;
}

void oracle_fill_frame(void)
{
    bool small = chance(70);
    size_t count = oracle.field_count + COUNT(windows);
    memset(oracle.slot_present, 0, sizeof oracle.slot_present);
    for (size_t i = 0; i < count; i++)
        fill_slot(&oracle.names[i], small);
    fill_slot(&oracle.names[oracle.name_count - 1], small);
}
