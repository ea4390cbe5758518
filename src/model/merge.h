#ifndef MODEL_MERGE_H
#define MODEL_MERGE_H

#include "base/buf.h"
#include "base/diag.h"
#include "codec/tree.h"

/* Several of XGBoost's JSON documents made one, whose margin is the mean of theirs. */
struct merge {
    unsigned member_count;
    unsigned members_added;
    size_t tree_count;
    struct buf document;            /* of the newest member */
    struct buf first;               /* the document of the first, when there are others */
    struct buf trees;               /* of all, separated by commas */
    const struct tree_value *tree;  /* while it is written: the tree at hand */
};

/* Nothing yet. member_count: how many there will be, at least 1. mem: borrowed, outlives it.
 * Allocates nothing. One thread at a time, as all below. */
void merge_init(struct merge *merge, unsigned member_count, struct mem *mem);

/* Frees it, after failures too. */
void merge_done(struct merge *merge);

/* Where the next member's document goes: empty, and owned by `merge`. */
struct buf *merge_begin_member(struct merge *merge);

/* Takes it: a document of a gbtree booster whose base_score is that of all members. STATUS_INVALID
 * with a diag: it has another form; STATUS_LIMIT, STATUS_NO_MEMORY; then nothing but merge_done may
 * follow. Linear in the document. */
MUST_CHECK enum status merge_add_member(struct merge *merge, struct diag *diag);

/* Appends the one document, when all members are there. STATUS_INVALID with a diag: the first
 * member's has another form; STATUS_NO_MEMORY. `out` may hold parts of it after a failure. */
MUST_CHECK enum status merge_end(struct merge *merge, struct buf *out, struct diag *diag);

#endif
