#ifndef MODEL_MERGE_INT_H
#define MODEL_MERGE_INT_H

#include "base/buf.h"
#include "base/diag.h"

/* Several of XGBoost's JSON documents made one, whose margin is the mean of theirs. */
struct merge {
    unsigned member_count;
    unsigned members_added;
    size_t tree_count;
    struct buf document;   /* of the newest member */
    struct buf head;       /* of the first, up to its trees */
    struct buf tail;       /* of the first, behind them */
    struct buf trees;      /* of all, separated by commas */
};

/* Nothing yet. member_count: how many there will be, at least 1. Allocates nothing. */
void merge_init(struct merge *merge, unsigned member_count, struct mem *mem);
void merge_done(struct merge *merge);

/* Where the next member's document goes. */
struct buf *merge_begin_member(struct merge *merge);

/* Takes it. A document of a booster of binary:logistic with base_score 0.5. STATUS_INVALID with a
 * diag: it has another form; STATUS_NO_MEMORY. */
MUST_CHECK enum status merge_add_member(struct merge *merge, struct diag *diag);

/* Appends the one document. STATUS_NO_MEMORY. */
MUST_CHECK enum status merge_end(struct merge *merge, struct buf *out);

#endif
