#ifndef POLICY_LEX_H
#define POLICY_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "policy/codes.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,     /* also every keyword: which words are special depends on where they stand */
    TOKEN_INT,      /* 50_000 */
    TOKEN_DECIMAL,  /* 0.95 */
    TOKEN_DURATION, /* 1h30m */
    TOKEN_DATE,     /* 2027-03-31 */
    TOKEN_TEXT,     /* "...", the quotes included */
    TOKEN_SIGN,     /* punctuation and operators */
    TOKEN_BAD,      /* bytes that begin nothing */
};

/* A word of the source. Plain data; `text` borrows the source. */
struct token {
    enum token_kind kind;
    bool line_first;        /* nothing but space before it on its line */
    uint32_t offset;        /* in bytes from the start of the source */
    struct view text;
    enum policy_diag error; /* what is wrong with it; CODE_NONE when nothing is */
};

/* A cursor over a source: copying it is looking ahead. */
struct lexer {
    struct view source;
    size_t at;
    bool line_first;
};

/* Starts at the first byte; source: UTF-8, borrowed, at most POLICY_SOURCE_BYTES_MAX. */
void lexer_init(struct lexer *lexer, struct view source);

/* The next token; TOKEN_END again and again at the end. Never fails: a wrong token carries its
 * error. O(its length). */
struct token lexer_next(struct lexer *lexer);

#endif
