#ifndef POLICY_CHECK_INT_H
#define POLICY_CHECK_INT_H

#include "policy/sink.h"
#include "policy/type.h"

/*
 * What the files of the checker share. Whatever is wrong is reported once; an expression below
 * which something was reported is `poisoned` and nobody says anything about it again.
 */

/* An aggregate as it is being collected; window.sources and the filters belong together. */
struct check_window {
    struct policy_window window;
    struct ast_expr **filters;      /* per source, NULL where there is none */
    struct check_window *next_in_bucket;
};

#define CHECK_WINDOW_BUCKETS 1024

/* Where an expression stands: which events it may run on and what it may read. */
struct check_scope {
    uint64_t events;                /* bit e: it runs on event e; at least one */
    enum { SCOPE_LET, SCOPE_RULE, SCOPE_FILTER } kind;
};

struct checker {
    struct arena *arena;
    struct mem *mem;
    struct sink *sink;
    struct ast_policy *ast;
    money_currency currency;
    bool has_currency;
    bool currency_missed;           /* its lack was reported */
    struct check_scope scope;
    struct ast_name **facts;        /* names known to be present here */
    size_t fact_count;
    size_t fact_capacity;
    struct check_window *windows;   /* POLICY_WINDOWS_MAX of room */
    uint32_t window_count;
    bool window_limit_reported;
    struct check_window *buckets[CHECK_WINDOW_BUCKETS];
    uint32_t slot_count;
    uint16_t *window_lets;          /* per window: a let that is just this window, or NO_SLOT */
    bool failed;                    /* no memory */
};

/* ---- shared pieces (check.c) ---- */

/* Memory in the policy's arena; NULL sets `failed`. */
void *check_make(struct checker *checker, size_t count, size_t item_size);
uint16_t check_slot(struct checker *checker);
struct view check_word(const struct ast_word *word);     /* its text, "" when there is none */
uint64_t check_all_events(const struct checker *checker);
uint16_t check_first_event(uint64_t events);
struct ast_event *check_event_named(struct checker *checker, struct ast_word word);
void check_unknown(struct checker *checker, enum policy_diag code, struct ast_word word,
                   const char *what, const struct guess *guess);
/* Places the currency's use: reports once when the policy has none. */
bool check_currency(struct checker *checker, struct ast_place place);

/* ---- declarations (check_declare.c, check_event.c, check_label.c) ---- */

void check_declarations(struct checker *checker);
void check_fields(struct checker *checker);
void check_labels(struct checker *checker);
void check_lists(struct checker *checker);
void check_bands(struct checker *checker);

/* ---- expressions ---- */

void check_expr(struct checker *checker, struct ast_expr *expr);
void check_name(struct checker *checker, struct ast_expr *expr);
bool check_name_resolves(const struct checker *checker, const struct ast_expr *expr);
void check_compare(struct checker *checker, struct ast_expr *expr);
void check_set(struct checker *checker, struct ast_expr *expr);
void check_in_list(struct checker *checker, struct ast_expr *expr);
void check_default(struct checker *checker, struct ast_expr *expr);
void check_branches(struct checker *checker, struct ast_expr *expr);
void check_arithmetic(struct checker *checker, struct ast_expr *expr);
void check_call(struct checker *checker, struct ast_expr *expr);
void check_aggregate(struct checker *checker, struct ast_expr *expr);

/* A condition: bool, never missing. what: "the condition of `if`". */
void check_condition(struct checker *checker, struct ast_expr *expr, const char *what);

/* Reports a value that may be missing where it must not, and goes on as if it were present. */
void check_present(struct checker *checker, struct ast_expr *expr);

/* Checks two expressions that must have one type, letting literals and choices take the other's.
 * False when either is poisoned. */
bool check_pair(struct checker *checker, struct ast_expr *a, struct ast_expr *b);

/* Lets a literal become what the other side is; reports a literal that cannot. */
void check_adapt(struct checker *checker, struct ast_expr *expr, const struct policy_type *type);

/* Names that `expr` being true (or false) shows to be present, until check_forget(mark). */
size_t check_mark(const struct checker *checker);
void check_learn(struct checker *checker, const struct ast_expr *expr, bool truth);
void check_forget(struct checker *checker, size_t mark);

/* Sets a poisoned type. */
void check_poison(struct ast_expr *expr);
/* Poisons the parent of a poisoned child; true when it did. */
bool check_poisoned(struct ast_expr *expr);

/* ---- statements with expressions ---- */

void check_lets(struct checker *checker);
void check_models(struct checker *checker);
void check_rules(struct checker *checker);
void check_tests(struct checker *checker);
void check_unused(struct checker *checker);

/* Which of `events` have everything that `expr` reads. */
uint64_t check_needs(struct checker *checker, struct ast_expr *expr, uint64_t events);
/* Sets the hint to what `let` needs that event `event` has not. */
void check_lacking(const struct checker *checker, const struct ast_let *let, uint16_t event,
                   struct diag *diag);

/* Checks the {names} of a text in the rule's scope and builds the template; poisoned: false
 * when something was reported. */
bool check_template(struct checker *checker, const struct ast_text *text, uint16_t event,
                    uint32_t *models, struct policy_template *ret_template);

/* Checks the whole tree. Everything wrong is in the sink. STATUS_NO_MEMORY, else STATUS_OK. */
MUST_CHECK enum status check_policy(struct checker *checker);

#endif
