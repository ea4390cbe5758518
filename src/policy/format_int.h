#ifndef POLICY_FORMAT_INT_H
#define POLICY_FORMAT_INT_H

#include "policy/ast.h"

/* A comment, from its `#` to the end of its line without trailing space. */
struct comment {
    struct view text;
    uint32_t offset;
    bool own_line;      /* nothing else on its line */
    bool blank_before;  /* an empty line stands before it */
};

/* The comments of a source in order, and which of them are still to be written. */
struct comments {
    struct view source;
    struct comment *items;
    size_t count;
    size_t at;
};

/* Finds all comments of a source; items lie in the arena. STATUS_NO_MEMORY. O(source). */
MUST_CHECK enum status comments_find(struct comments *comments, struct view source,
                                     struct arena *arena);

/* Whether an empty line stands before the line of `offset`. */
bool comments_blank_before(const struct comments *comments, uint32_t offset);

/* Whether no line ends between two offsets. */
bool comments_same_line(const struct comments *comments, uint32_t from, uint32_t to);

/* Appends the canonical form of a tree that was read without errors. comments: NULL for the form
 * that is hashed: no comments, no empty lines but the prescribed ones. */
void format_ast(struct buf *out, const struct ast_policy *ast, struct comments *comments);

#endif
