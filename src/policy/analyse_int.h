#ifndef POLICY_ANALYSE_INT_H
#define POLICY_ANALYSE_INT_H

#include "base/arena.h"
#include "base/buf.h"
#include "policy/analyse.h"
#include "policy/ast.h"

/*
 * Inside the analysis. A *term* is a value that conditions speak about (a field, an aggregate, a
 * sum of two); equal expressions are one term. *Facts* are what is known about terms while a set of
 * conditions is assumed to hold; when a term has no value left, they cannot hold together.
 */

/* ---- terms (analyse_term.c) ---- */

enum term_class {
    TERM_WHOLE,     /* int64 from `least` to `most`; texts are numbered */
    TERM_FEW,       /* one of at most 64 values, as a set of bits */
    TERM_REAL,      /* finite doubles */
};

struct term {
    struct view key;            /* equal keys, equal values */
    uint32_t id;
    enum term_class class;
    int64_t least, most;        /* of TERM_WHOLE */
    double least_real, most_real;
    uint64_t few;               /* of TERM_FEW: all of them */
    struct term *next_in_bucket;
};

/* The answer for an expression, asked for once. */
struct known {
    const struct ast_expr *expr;
    bool negated;
    struct term *term;
    struct known *next_in_bucket;
};

struct terms {
    struct buf key;             /* being spelled; spellings nest */
    struct arena arena;
    struct term **lets;         /* per let index: of its expression; NULL: not yet */
    uint32_t count;
    struct term **buckets;      /* by key; as many as terms at least */
    size_t bucket_count;
    size_t known_count;
    struct known **known;       /* by expression; as many as are known at least */
    size_t known_bucket_count;
    bool failed;                /* no memory */
};

/* Starts; mem: for everything. The lets of `ast` become terms. STATUS_NO_MEMORY. */
MUST_CHECK enum status terms_init(struct terms *terms, const struct ast_policy *ast,
                                  struct mem *mem);
void terms_done(struct terms *terms);

/* The term of a checked expression of the tree; NULL sets `failed`. O(size of the expression). */
struct term *term_of(struct terms *terms, const struct ast_expr *expr);

/* The term of `x in SET` for an `x in SET` or `x not in SET`. */
struct term *term_inside(struct terms *terms, const struct ast_expr *expr);

/* The bool term of `a OP b`; op: EXPR_EQ or EXPR_LT. */
struct term *term_relation(struct terms *terms, const struct term *a, enum ast_kind op,
                           const struct term *b);

/* A value that is written down; whole values and texts are i64. */
struct constant {
    bool real;
    int64_t i64;
    double f64;
};

/* Whether an expression is a literal, its minus or a choice, and then its value. */
bool term_constant(struct terms *terms, const struct ast_expr *expr, struct constant *ret);

/* ---- facts (analyse_fact.c) ---- */

enum presence { PRESENCE_OPEN, PRESENCE_YES, PRESENCE_NO };

struct fact {
    const struct term *term;
    enum presence presence;
    int64_t least, most;
    double least_real, most_real;
    bool least_open, most_open; /* of a TERM_REAL: the bound itself is left out */
    uint64_t few;
};

struct facts {
    uint32_t count;
    uint32_t excluded_count;
    struct fact items[ANALYSE_FACTS_MAX];
    struct {
        uint32_t term;
        struct constant value;
    } excluded[ANALYSE_EXCLUDED_MAX];
};

void facts_copy(struct facts *to, const struct facts *from);

/* Takes in that `term OP value` holds; op: EXPR_EQ to EXPR_GE. False when it cannot. Forgets what
 * there is no room for. */
bool facts_bound(struct facts *facts, const struct term *term, enum ast_kind op,
                 struct constant value);

/* Takes in that a term is present or missing. False when it cannot be. */
bool facts_presence(struct facts *facts, const struct term *term, bool present);

/* Whether a fact alone shows that its term OP value holds; also true when it cannot be told. */
bool fact_may_show(const struct fact *fact, enum ast_kind op, struct constant value);

/* Whether a term is known to be present. */
bool facts_present(const struct facts *facts, const struct term *term);

/* Takes in that the term is one of the values, of which there is at least one. */
bool facts_among(struct facts *facts, const struct term *term, const struct constant *values,
                 size_t count);

/* ---- conditions (analyse_assume.c) ---- */

/* One condition and what it is assumed to be. */
struct assumption {
    const struct ast_expr *expr;    /* NULL: none */
    bool truth;
};

struct assumer {
    struct terms *terms;
    struct facts *facts;            /* those at hand */
    struct facts *saved;            /* 2 * ANALYSE_NEST_MAX of room */
    uint32_t nest;
    uint32_t let_depth;
    uint32_t steps;
    bool open;                      /* alternatives were left */
    const struct ast_expr *culprit; /* outside of lets: where it last became impossible */
};

/* Whether the assumptions cannot all be so on one event. False when it cannot be told. */
bool assume_contradicts(struct assumer *assumer, const struct assumption *items, size_t count);

#endif
