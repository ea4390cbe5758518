#ifndef POLICY_PARSE_INT_H
#define POLICY_PARSE_INT_H

#include <stddef.h>

#include "policy/lex.h"
#include "policy/sink.h"

/*
 * What the files of the parser share. The parser always has one token in hand. The first mistake
 * of a statement (or of an event's field) is reported and sets `panic`; until the parser has found
 * the next statement nothing more is reported and every loop ends, so functions go on without
 * checking and return something harmless.
 */

struct parser {
    struct arena *arena;
    struct sink *sink;
    struct lexer lexer;
    struct token token;         /* in hand */
    struct token ahead;         /* the one after it */
    uint32_t last_end;          /* offset behind the token before */
    struct ast_policy *ast;
    uint32_t depth;
    size_t node_count;
    bool panic;
    bool muted;                 /* meaningless bytes were left out: what does not fit is their
                                   fault and has been reported */
    bool failed;                /* no memory: `scrap` is handed out instead of objects */
    max_align_t scrap[64];
};

/* ---- tokens ---- */

void parse_advance(struct parser *parser);
bool parse_is_sign(const struct parser *parser, const char *sign);
bool parse_is_word(const struct parser *parser, const char *word);
bool parse_ahead_is(const struct parser *parser, const char *text);
bool parse_take_sign(struct parser *parser, const char *sign);   /* advances when it is there */
bool parse_take_word(struct parser *parser, const char *word);
void parse_need_sign(struct parser *parser, const char *sign, const char *after); /* or reports */
void parse_need_word(struct parser *parser, const char *word, const char *after);

/* Reports at the token in hand, unless in panic, and panics. Returns the diag or NULL. */
struct diag *parse_fail(struct parser *parser, enum policy_diag code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports "expected WHAT, found TOKEN". */
struct diag *parse_expected(struct parser *parser, const char *what);

/* Advances while recovering: a name passed over may have been meant as a definition, so nobody
 * is told later that it is unknown. */
void parse_skip(struct parser *parser);

/* Whether the token in hand begins a line and a statement. */
bool parse_begins_statement(const struct parser *parser);

/* ---- pieces ---- */

/* A zeroed object in the arena, never NULL. */
void *parse_make(struct parser *parser, size_t size_bytes);
struct ast_place parse_here(const struct parser *parser);        /* of the token in hand */
struct ast_place parse_since(const struct parser *parser, uint32_t offset); /* to the last token */
bool parse_reserved(struct view word);
struct ast_word parse_word(struct parser *parser, const char *what);
struct ast_text parse_text(struct parser *parser, const char *what);
struct ast_amount parse_duration(struct parser *parser, const char *what);
struct ast_amount parse_date(struct parser *parser); /* midnight UTC; timezone comes later */
struct ast_amount parse_int(struct parser *parser, const char *what, int64_t least, int64_t most);
enum policy_verdict parse_verdict(struct parser *parser, bool allow_too, const char *what);
bool parse_verdict_ahead(const struct parser *parser, bool allow_too);

/* ---- expressions and statements, one file each ---- */

struct ast_expr *parse_expr(struct parser *parser);
struct ast_expr *parse_filter(struct parser *parser);            /* an expression without `or` */
struct ast_expr *parse_literal(struct parser *parser);           /* for the values of tests */
struct ast_expr *parse_name(struct parser *parser);
void parse_aggregate(struct parser *parser, enum policy_window_fn fn, struct ast_expr *expr);
struct ast_expr *parse_node(struct parser *parser, enum ast_kind kind);

struct ast_event *parse_event(struct parser *parser);
struct ast_label *parse_label(struct parser *parser);
struct ast_list *parse_list(struct parser *parser);
struct ast_model *parse_model(struct parser *parser);
struct ast_rule *parse_rule(struct parser *parser);
void parse_score(struct parser *parser);
struct ast_test *parse_test(struct parser *parser);

/* Reads a whole source into `ast` (zeroed but for its arena); source: UTF-8, lives as long as the
 * arena. Mistakes go to the sink. STATUS_NO_MEMORY, else STATUS_OK. */
MUST_CHECK enum status parse_source(struct view source, struct sink *sink, struct ast_policy *ast);

/* Starts the arena (which the caller ends, whatever is returned), copies the source into it, makes
 * sure it is UTF-8 and reads it. STATUS_INVALID: it cannot be read at all, the report says why;
 * STATUS_OK: there is a tree, and what is wrong in it is in the report. */
MUST_CHECK enum status policy_parse(struct view source, struct mem *mem,
                                    struct policy_report *report, struct arena *arena,
                                    struct sink *sink, struct ast_policy *ast);

#endif
