#ifndef POLICY_AST_H
#define POLICY_AST_H

#include "base/arena.h"
#include "policy/policy.h"

/*
 * The tree of a policy. The parser builds it in source order; the checker fills what is marked
 * "checked". Everything lies in one arena and lives as long as the policy, so that whoever walks
 * the tree later (the compiler, the analysis, the oracle of the tests) finds every name resolved
 * and every expression typed.
 *
 * Identifiers are interned: two uses of one name point to the same struct ast_name, which also
 * says what the name stands for. Fields, lets and models share one namespace; events, lists,
 * labels and rules have one each, because the grammar always knows which of them it expects.
 */

/* Where something stands in the source, in bytes. */
struct ast_place {
    uint32_t offset;
    uint32_t span;
};

struct ast_name {
    struct view text;
    struct ast_name *next_in_bucket;
    /* What it names, each NULL when nothing of that kind. */
    struct ast_event *event;
    struct ast_field *fields;     /* of any event, chained by next_same_name */
    struct ast_let *let;
    struct ast_model *model;
    struct ast_list *list;
    struct ast_label *label;
    struct ast_rule *rule;
    uint64_t field_events;        /* bit e: event e has a field of this name */
    bool doubtful;                /* stands in a part that could not be parsed */
    uint32_t present_count;       /* while checking: how many conditions say it is present */
};

/* One use of a name; `name` is NULL where the parser found none. */
struct ast_word {
    struct ast_name *name;
    struct ast_place place;
};

/* A string literal, its escapes resolved. */
struct ast_text {
    struct view text;
    struct ast_place place;
};

/* A duration, date or count of the source: its value, and its spelling for the formatter. */
struct ast_amount {
    bool given;
    int64_t value;
    struct view text;
    struct ast_place place;
};

/* ---- expressions ---- */

enum ast_kind {
    EXPR_BAD,       /* could not be parsed */
    /* Literals: `text` is the spelling, `value` the value. */
    EXPR_BOOL, EXPR_INT, EXPR_DECIMAL, EXPR_MONEY, EXPR_TEXT, EXPR_DURATION, EXPR_DATE,
    EXPR_NAME,      /* `word`, or `event`.`word`; checked: see enum ast_meaning */
    EXPR_AGGREGATE, /* `aggregate` */
    /* Operands are the children, in order. */
    EXPR_NOT, EXPR_NEGATE,
    EXPR_AND, EXPR_OR, /* two or more children */
    EXPR_EQ, EXPR_NE, EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE,
    EXPR_ADD, EXPR_SUB, EXPR_MUL, EXPR_DIV,
    EXPR_DEFAULT,   /* a ?? b */
    EXPR_PRESENT, EXPR_MISSING,
    EXPR_IN_LIST,   /* a [not] in LIST: one child, `word` is the list, `negated` */
    EXPR_IN_SET,    /* a [not] in (b, c): the value, then the members; also ip in "10.0.0.0/8" */
    EXPR_IF,        /* condition, then, else */
    EXPR_STARTS, EXPR_ENDS, EXPR_CONTAINS,
    EXPR_CALL,      /* `function` of the children */
};

#define AST_FUNCTION_TABLE(X)                                                                     \
    X(FUNCTION_ABS, "abs", 1, 1)                                                                  \
    X(FUNCTION_MIN, "min", 2, 16)                                                                 \
    X(FUNCTION_MAX, "max", 2, 16)                                                                 \
    X(FUNCTION_ROUND, "round", 1, 1)                                                              \
    X(FUNCTION_FLOOR, "floor", 1, 1)                                                              \
    X(FUNCTION_CEIL, "ceil", 1, 1)                                                                \
    X(FUNCTION_NUMBER, "number", 1, 1)                                                            \
    X(FUNCTION_TEXT, "text", 1, 1)                                                                \
    X(FUNCTION_LENGTH, "length", 1, 1)                                                            \
    X(FUNCTION_HOUR, "hour", 1, 1)                                                                \
    X(FUNCTION_MINUTE, "minute", 1, 1)                                                            \
    X(FUNCTION_WEEKDAY, "weekday", 1, 1)                                                          \
    X(FUNCTION_DAY, "day", 1, 1)                                                                  \
    X(FUNCTION_MONTH, "month", 1, 1)                                                              \
    X(FUNCTION_YEAR, "year", 1, 1)

enum ast_function {
#define AST_FUNCTION_ENUM(name, word, least, most) name,
    AST_FUNCTION_TABLE(AST_FUNCTION_ENUM)
#undef AST_FUNCTION_ENUM
    AST_FUNCTION_COUNT
};

/* What an EXPR_NAME stands for; checked. */
enum ast_meaning {
    MEANING_NONE,   /* not resolved, an error was reported */
    MEANING_FIELD,  /* the field `word` of whichever event is at hand (ast_field_of) */
    MEANING_LET,    /* word.name->let */
    MEANING_MODEL,  /* word.name->model */
    MEANING_CHOICE, /* value.i64 is the index in type.choices */
};

struct ast_expr {
    enum ast_kind kind;
    enum ast_meaning meaning;   /* checked */
    enum ast_function function;
    bool negated;
    bool poisoned;              /* checked: wrong below here and already reported */
    bool flexible;              /* checked: made of int literals only, so may become a number */
    uint32_t depth;             /* 1 for a leaf; at most POLICY_DEPTH_MAX */
    struct ast_place place;     /* of the whole expression */
    struct ast_place mark;      /* of its operator, or of the whole */
    struct policy_type type;    /* checked */
    struct ast_expr *first;     /* children ... */
    struct ast_expr *next;      /* ... chained */
    uint32_t child_count;
    struct ast_word event;
    struct ast_word word;
    struct view text;
    union policy_value value;   /* of a literal, of its checked type; texts decoded */
    struct view bytes;          /* checked: of an ip literal: 4 or 16 bytes */
    uint8_t prefix_bits;        /* checked: of an ip literal: how many count */
    struct ast_aggregate *aggregate;
};

/* One kind of event that an aggregate counts. `event` may be a label's name instead. */
struct ast_source {
    bool negated;               /* `not LABEL` */
    struct ast_word event;
    struct ast_word field;      /* name NULL: none */
    struct ast_expr *filter;    /* `where`, or NULL */
    struct ast_place place;
};

struct ast_aggregate {
    enum policy_window_fn fn;
    struct ast_place place;         /* of the function's name */
    uint16_t source_count;
    struct ast_source sources[POLICY_SOURCES_MAX];
    struct ast_expr *parameter;     /* quantile: a decimal; decayed: a duration; else NULL */
    uint8_t key_count;
    struct ast_word keys[POLICY_KEYS_MAX];
    uint8_t fed_count;
    struct ast_word fed[POLICY_KEYS_MAX];
    struct ast_amount over;
    bool before;
    struct ast_place before_place;
    struct ast_amount ending;
    uint16_t window;                /* checked: index in policy.windows */
};

/* ---- statements ---- */

struct ast_field {
    struct ast_word name;
    bool poisoned;                  /* its type could not be parsed or resolved */
    bool optional;
    bool rounded;                   /* money rounded */
    enum policy_base base;
    struct ast_word kind;           /* entity KIND, ref EVENT */
    uint16_t choice_count;
    struct ast_word *choices;
    struct ast_word pii;
    bool has_from;
    struct ast_text from;
    bool has_format;
    enum policy_time_format format;
    struct ast_text pattern;
    struct ast_place place;
    struct ast_field *next;
    /* checked */
    struct ast_field *next_same_name;
    struct policy_type type;
    uint16_t event;
    uint16_t index;
    uint16_t slot;
    bool label_only;
};

struct ast_event {
    struct ast_word name;
    struct ast_field *first_field;
    uint16_t field_count;
    uint32_t end;                   /* offset behind the closing brace */
    bool broken;                    /* could not be parsed to its end */
    struct ast_event *next;
    /* checked */
    uint16_t index;
    uint16_t id_field;
    uint16_t at_field;
    struct ast_field **fields;
    bool used;
};

struct ast_let {
    struct ast_word name;
    struct ast_expr *expr;
    struct ast_let *next;
    /* checked */
    uint16_t index;
    uint16_t slot;
    uint16_t window;                /* POLICY_NO_SLOT for derived ones */
    uint64_t events;                /* bit e: it exists on event e */
    struct policy_type type;
    bool poisoned;
    bool used;
};

struct ast_label {
    struct ast_word name;
    struct ast_word event;
    bool by_event;                  /* `exists TRUTH within`, else `TRUTH known after` */
    struct ast_word truth;
    struct ast_amount delay;
    struct ast_label *next;
    /* checked */
    uint16_t index;
    uint16_t event_index;
    uint16_t truth_event;
    uint16_t truth_field;
    bool poisoned;
};

struct ast_list {
    bool broken;                    /* could not be parsed to its end */
    struct ast_word name;
    struct ast_word type;           /* a base type's name, or a field's or kind's */
    struct ast_word kind;           /* entity KIND */
    struct ast_word key;
    bool has_path;
    struct ast_text path;
    struct ast_list *next;
    /* checked */
    uint16_t index;
    struct policy_type value_type;
    bool poisoned;
    bool used;
};

struct ast_argument {
    struct ast_expr *expr;          /* an EXPR_NAME */
    enum policy_direction direction;
    bool excluded;
    struct ast_place place;         /* from its name to its last word */
    struct ast_argument *next;
};

struct ast_model {
    bool broken;                    /* could not be parsed to its end */
    struct ast_word name;
    struct ast_text path;
    struct ast_argument *first_argument;
    uint16_t argument_count;
    uint32_t arguments_end;         /* offset behind the closing parenthesis */
    struct ast_word challenges;     /* name NULL: it is no challenger */
    uint32_t challenges_end;
    bool has_error;                 /* `on error` */
    bool error_rules;
    enum policy_verdict error_verdict;
    bool has_error_reason;
    struct ast_text error_reason;
    struct ast_place error_place;   /* of the clause */
    struct ast_model *next;
    /* checked */
    uint16_t index;
    uint16_t slot;
    uint64_t events;
    bool poisoned;
    bool used;
};

struct ast_rule {
    bool broken;                    /* could not be parsed to its end */
    struct ast_word name;
    struct ast_text sentence;
    struct ast_word event;
    struct ast_expr *when;
    struct ast_expr *unless;        /* or NULL */
    uint32_t actions_end;           /* offset behind the last action */
    bool has_verdict;
    enum policy_verdict verdict;
    bool has_reason;
    struct ast_text reason;
    bool has_score;
    struct ast_amount score;
    bool score_has_reason;          /* the reason was written behind the score */
    bool has_case;
    struct ast_text case_key;
    struct ast_amount explain;
    bool shadow;
    struct ast_amount shadow_until;
    struct ast_amount until;
    struct ast_rule *next;
    /* checked */
    uint16_t index;
    uint16_t event_index;
    uint32_t models;                /* bit m: reads model m */
    struct policy_template sentence_template;
    struct policy_template case_template;
    bool poisoned;
};

struct ast_band {
    struct ast_amount score;
    enum policy_verdict verdict;
};

struct ast_value {
    struct ast_word field;
    struct ast_expr *expr;          /* a literal */
    struct ast_value *next;
};
struct ast_step {
    bool judged;
    struct ast_amount count;
    struct ast_word event;
    struct ast_value *first_value;
    struct ast_amount every;
    struct ast_amount after;
    bool has_at;
    struct ast_text at;
    struct ast_place place;
    struct ast_step *next;
    struct policy_test_step step;   /* checked */
};
struct ast_expect {
    struct policy_expect expect;    /* `rule` is checked */
    struct ast_word rule;
    struct ast_text reason;
    struct ast_amount score;
    struct ast_place place;
    struct ast_expect *next;
};
struct ast_test {
    bool broken;                    /* could not be parsed to its end */
    struct ast_text name;
    struct ast_step *first_step;
    uint16_t step_count;
    struct ast_expect *first_expect;
    uint16_t expect_count;
    struct ast_place expect_place;  /* of the word `expect` */
    struct ast_test *next;
};

enum ast_statement_kind {
    STATEMENT_POLICY, STATEMENT_CURRENCY, STATEMENT_ON_ERROR, STATEMENT_LATE, STATEMENT_REMEMBER,
    STATEMENT_TIMEZONE, STATEMENT_EVENT, STATEMENT_LABEL, STATEMENT_LIST, STATEMENT_LET,
    STATEMENT_MODEL, STATEMENT_RULE, STATEMENT_SCORE, STATEMENT_TEST,
};

struct ast_statement {
    enum ast_statement_kind kind;
    struct ast_place place;         /* from its first word to its last */
    union {
        struct ast_event *event;
        struct ast_label *label;
        struct ast_list *list;
        struct ast_let *let;
        struct ast_model *model;
        struct ast_rule *rule;
        struct ast_test *test;
    } of;
    struct ast_statement *next;
};

struct ast_policy {
    struct arena *arena;
    struct ast_statement *first;
    struct ast_statement *last;
    bool given[STATEMENT_TEST + 1]; /* of the statements that stand at most once */
    struct ast_word name;
    struct ast_word currency;
    enum policy_verdict error_verdict;
    struct ast_text error_reason;
    struct ast_amount late;
    struct ast_amount remember;
    int64_t timezone_ms;
    struct view timezone_text;
    uint32_t event_count, label_count, list_count, let_count, model_count, rule_count, band_count,
        test_count;
    struct ast_event *first_event;
    struct ast_label *first_label;
    struct ast_list *first_list;
    struct ast_let *first_let;
    struct ast_model *first_model;
    struct ast_rule *first_rule;
    struct ast_test *first_test;
    struct ast_band bands[POLICY_BANDS_MAX];
    struct ast_name **buckets;
    size_t bucket_count;
    size_t name_count;
    /* checked */
    struct ast_event **events;      /* by index */
    struct ast_let **lets;          /* by index, which is an order where each reads only earlier */
};

/* The field called `name` of event `event`, or NULL. O(events that have such a field). */
struct ast_field *ast_field_of(const struct ast_name *name, uint16_t event);

/* The name with this text (borrowed as long as the tree), made when it is new; NULL without
 * memory. O(1) expected. */
struct ast_name *ast_name_intern(struct ast_policy *ast, struct view text);

/* The name with this text, or NULL. */
struct ast_name *ast_name_find(const struct ast_policy *ast, struct view text);

/* The words of the language, static: of an aggregate, a function, a base type. */
const char *ast_window_word(enum policy_window_fn fn);
const char *ast_function_word(enum ast_function function);
const char *ast_base_word(enum policy_base base);

/* Finds them by their word; false when there is none. */
bool ast_window_find(struct view word, enum policy_window_fn *ret_fn);
bool ast_function_find(struct view word, enum ast_function *ret_function);
bool ast_base_find(struct view word, enum policy_base *ret_base);

/* How many arguments a function takes. */
void ast_function_arity(enum ast_function function, uint32_t *ret_least, uint32_t *ret_most);

#endif
