#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "model/measure.h"

/*
 * How good a model is on some rows, the same wherever it is told. Rows are ranked by the margin,
 * not by the score: a calibration by steps gives one score to rows that the margin tells apart.
 * Only what is about probabilities is of the scores.
 */

/* Rows of both classes, in order of time. */
struct judge_rows {
    size_t count;
    const double *margins;         /* model_margin of each; no NAN */
    const double *scores;          /* as probabilities, from 0 to 1; NULL: they are none */
    const bool *truths;
    const int32_t *days;           /* each row's day, rising */
    const int64_t *amounts_minor;  /* NULL: no money */
    const uint32_t *entities;      /* small indexes (measure.h); NULL: none asked for */
};

struct judge_capacity {
    size_t rows;                   /* that can be looked at in a day; 0: not asked for */
    size_t entities;               /* the same; 0: not asked for */
    int64_t cost_minor;            /* of looking at a row */
};

/* NAN: not to be had. */
struct judge_figures {
    double auc;
    double average_precision;
    double precision;              /* at the capacity */
    double recall;
    int64_t saved_minor;           /* at the capacity; 0 without one or without money */
    double entity_precision;
    double brier;
    double calibration_error;
    struct measure_bin bins[MEASURE_BINS_DEFAULT]; /* of the scores; without rows if NULL */
};

/* Judges; definitions in model/measure.h. STATUS_INVALID with a diag: one class only, a NAN, a
 * score beyond 0 to 1; STATUS_OVERFLOW: amounts beyond int64_t; STATUS_NO_MEMORY. O(rows). */
MUST_CHECK enum status judge(const struct judge_rows *rows, const struct judge_capacity *capacity,
                             struct mem *mem, struct judge_figures *ret_figures,
                             struct diag *diag);

#endif
