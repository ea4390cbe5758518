#ifndef POLICY_ORACLE_TEST_INT_H
#define POLICY_ORACLE_TEST_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "policy/policy.h"

/* The trees of random policies, what makes and prints them, and what they mean. */

#define NODES_MAX 4000
#define NAMES_MAX 64
#define LETS_MAX 8
#define RULES_MAX 10
#define CHILDREN_MAX 6
#define ORACLE_SLOTS_MAX 256
#define ORACLE_VALUES_MAX 4096   /* slots, temporaries and constants */

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum type { BOOL, INT, NUMBER, MONEY, FRACTION, TEXT, TIME, DURATION, COUNTRY, CHOICE, IP, ENTITY,
            TYPE_COUNT };

enum op { LITERAL, NAME, NOT, AND, OR, EQ, NE, LT, LE, GT, GE, ADD, SUB, MUL, DIV, NEGATE, DEFAULT,
          PRESENT, MISSING, IN_LIST, IN_SET, IF, STARTS, ENDS, CONTAINS, ABS, MIN, MAX, ROUND,
          FLOOR, CEIL, TO_NUMBER, TO_TEXT, LENGTH, HOUR, MINUTE, WEEKDAY, DAY, MONTH, YEAR };

struct value {
    bool missing;
    bool overflow;
    int64_t i;
    double f;
    struct view text;
};

struct node {
    enum op op;
    enum type type;
    bool optional;
    bool negated;               /* not in */
    bool as_int;                /* a number written like an int */
    int bits;                   /* of a range of addresses; -1: none */
    unsigned name;              /* of NAME: which; of IN_LIST: the list */
    unsigned count;
    struct node *children[CHILDREN_MAX];
    struct value value;         /* of LITERAL */
    const char *spelling;
};

struct name {
    char text[16];
    enum type type;
    bool optional;
    bool is_let;
    bool is_model;              /* comes last: only rules read it */
    uint16_t slot;
};

struct rule {
    struct node *when;
    struct node *unless;        /* or NULL */
    unsigned verdict;           /* 1 to 5 */
    bool scores;
    bool dead;                  /* what the analysis says of it */
    int hidden_by;              /* -1: nothing */
};

struct oracle {
    struct random random;
    struct node nodes[NODES_MAX];
    unsigned node_count;
    struct name names[NAMES_MAX];
    unsigned name_count;
    unsigned field_count;       /* fields and windows come first */
    struct node *lets[LETS_MAX];
    unsigned let_count;
    struct rule rules[RULES_MAX];
    unsigned rule_count;
    uint64_t known;             /* bit n: name n is present here */
    int64_t timezone_ms;
    struct buf source;
    union policy_value slot_values[ORACLE_VALUES_MAX];
    bool slot_present[ORACLE_SLOTS_MAX];
    struct view slot_texts[ORACLE_SLOTS_MAX];
    struct value let_values[LETS_MAX];
};


/* The one policy at work, with one frame of values. */
extern struct oracle oracle;

/* ---- the world (oracle_make_test_int.c) ---- */

#define ORACLE_WINDOWS 5        /* names behind the fields */
#define ORACLE_CHOICES 3
#define ORACLE_ADDRESSES 5
struct oracle_address {
    const char *text;
    char bytes[16];
    size_t size;
};
extern const char *const oracle_choices[ORACLE_CHOICES];
extern const struct oracle_address oracle_addresses[ORACLE_ADDRESSES];
extern const char *const oracle_list_keys[6];

/* Whether a list holds a value: anything, but always the same. */
bool oracle_listed(unsigned list, struct view key, struct view value);

/* Makes the policy of a seed, and its source. */
void oracle_make(uint64_t seed);

/* Fills the slots of fields and windows with the next values. */
void oracle_fill_frame(void);

/* ---- the plain walk (oracle_walk_test_int.c) ---- */

/* What a tree gives on the frame, its lets having their values. */
struct value oracle_walk(const struct node *node);

/* A value of one node where another type is wanted: money becomes a fraction. */
struct value oracle_as_type(enum type type, const struct node *node, struct value value);

bool oracle_is_real(enum type type);

#endif
