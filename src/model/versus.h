#ifndef MODEL_VERSUS_H
#define MODEL_VERSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/*
 * What a model adds over rules, at the same work: on each day as many alerts as the rules raised,
 * given to the highest scores instead, or, for both together, to what the rules are sure of and
 * then to the highest scores.
 */

#define VERSUS_POINTS 41        /* of the curve: 0 to 2 times the alerts of the rules */
#define VERSUS_STRENGTHS_MAX 8

struct versus_rows {
    size_t count;
    const int32_t *days;        /* each row's day, any numbering */
    const uint8_t *strengths;   /* how strongly the rules flagged each row: 0: not at all; below
                                   VERSUS_STRENGTHS_MAX */
    const double *scores;       /* no NAN */
    const bool *truths;
    const int64_t *amounts_minor; /* what each row is worth, or NULL */
};

/* What some choice of alerts catches. */
struct versus_side {
    uint64_t alerts;
    uint64_t caught;            /* bad rows among them */
    int64_t caught_minor;       /* their amounts, held within int64_t */
};

struct versus {
    struct versus_side all;     /* an alert for every row: caught is all that is bad */
    struct versus_side rules;   /* rows of strength 1 and more */
    struct versus_side model;   /* of each day as many, by score */
    struct versus_side both;    /* likewise, but rows of strength `keep` and more come first */
    struct versus_side threshold; /* as many alerts over all days together, by score: what one
                                     threshold gives */
    struct versus_side matching;  /* the fewest by score, over all days together, that catch as
                                     many as the rules */
    struct versus_side at_least[VERSUS_STRENGTHS_MAX]; /* rows of at least this strength */
    struct versus_side curve[VERSUS_POINTS]; /* by score, point i: on each day i / 20 times the
                                                alerts of the rules, rounded; all rows at most */
};

/* Counts all of this. Of equal scores the row that comes first is alerted first. keep: 1 or more.
 * mem: 48 bytes a row while it runs. STATUS_NO_MEMORY. Linear. */
MUST_CHECK enum status versus_count(const struct versus_rows *rows, uint8_t keep, struct mem *mem,
                                    struct versus *ret_versus);

/* What a page about it says beside the counts. All borrowed. */
struct versus_page {
    const struct versus *versus;
    size_t row_count;
    struct view model;          /* what the model is called, any text */
    struct view policy;
    struct view label;
    struct view currency;       /* empty: no money */
    unsigned currency_exponent;
};

/* Appends a page of HTML that shows it: a table, and the curve with the rules as points; like that
 * of card.h it needs nothing else. Same input, same bytes. O(1). */
void versus_html(const struct versus_page *page, struct buf *out);

#endif
