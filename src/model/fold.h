#ifndef MODEL_FOLD_H
#define MODEL_FOLD_H

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "model/train.h"

/*
 * A fold: some rows of a matrix to train on, and others, later, to judge the model by.
 *
 * The split of Le Borgne et al. ("Reproducible Machine Learning for Credit Card Fraud Detection",
 * 2022, chapter 5): train on a stretch of time, leave out another in which its labels become known,
 * test on the next. Labels for training are those known when the test begins. Entities known to be
 * bad leave the test: on each of its days, counted from its start, those of a row since the
 * training's start whose label is known to be true before that day.
 */

#define FOLD_DAY_MS ((int64_t)86400000)
#define FOLD_COUNT_MAX 10000 /* of fold_make_nth */

struct fold_times {
    int64_t train_from_ms;  /* rows from this time on ... */
    int64_t train_until_ms; /* ... and before this one are trained on */
    int64_t test_from_ms;   /* not before train_until_ms */
    int64_t test_until_ms;
};

struct fold {
    struct mem *mem;
    struct train_rows fit;    /* the arrays are owned */
    struct train_rows test;   /* as_of_ms: MATRIX_NEVER, the whole truth */
    int32_t *days;            /* of the test rows, from 0; owned */
    size_t known_count;       /* rows left out of the test because of what was known */
};

/* Makes a fold of the split above. entity_count: the rows' entities are below it; 0: no row leaves
 * the test for what is known of its entity. STATUS_NO_MEMORY. O(rows of the matrix). */
MUST_CHECK enum status fold_make(const struct matrix *matrix, const struct fold_times *times,
                                 size_t entity_count, struct mem *mem, struct fold *ret_fold);

/* Makes fold `index` of `count` where time plays no part: rows whose ordinal is `index` modulo
 * `count` are tested, all others trained on, and the test counts as one day. count: 2 to
 * FOLD_COUNT_MAX. STATUS_NO_MEMORY. O(rows). */
MUST_CHECK enum status fold_make_nth(const struct matrix *matrix, size_t count, size_t index,
                                     struct mem *mem, struct fold *ret_fold);

/* Frees; does nothing on a zeroed fold. */
void fold_done(struct fold *fold);

/* What a model is judged by. */
struct fold_judging {
    size_t entity_count;      /* as fold_make; 0: no precision by entity */
    size_t capacity;          /* rows, and entities, that can be looked at in a day; at least 1 */
    int64_t cost_minor;       /* of looking at a row */
};

/* How good scores are on the test rows of a fold; definitions in model/measure.h. */
struct fold_figures {
    double auc;
    double average_precision;
    double entity_precision;  /* NAN without entities */
    double entity_precision_best; /* what a perfect scorer would have */
    double precision;         /* at the capacity */
    double recall;
    int64_t saved_minor;      /* at the capacity */
    double brier;
    double calibration_error;
};

/* Judges. margins, scores: of each test row, as model_margin and model_score_of give them; scores
 * from 0 to 1. STATUS_INVALID with a diag: no rows, one class only, a NAN; STATUS_OVERFLOW: amounts
 * beyond int64_t; STATUS_NO_MEMORY. */
MUST_CHECK enum status fold_judge(const struct fold *fold, const struct matrix *matrix,
                                  const struct fold_judging *judging, const double *margins,
                                  const double *scores, struct mem *mem,
                                  struct fold_figures *ret_figures, struct diag *diag);

#endif
