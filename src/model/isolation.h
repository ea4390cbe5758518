#ifndef MODEL_ISOLATION_H
#define MODEL_ISOLATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "model/calibrate.h"
#include "model/ensemble.h"

/*
 * Isolation forest (Liu, Ting, Zhou: "Isolation forest", ICDM 2008): how odd a row is among others,
 * learned without labels, for the weeks before the first labels come. Each tree parts a small
 * sample of the rows at random thresholds of random features until every row is alone, but no
 * deeper than the paper's ceil(log2(sample)): odd rows are alone soon, and how deep the others
 * would come to lie is estimated.
 *
 * The forest is an ensemble (ensemble.h) whose leaves are -h / c(n), where h is the path length at
 * the leaf and c(n) the mean path length among n sampled rows (equation 1, its harmonic number
 * summed exactly); the margin, their mean, is log2 of
 * the paper's anomaly score s = 2^(-E(h) / c(n)): 0 at most, higher where a row is odder, and a sum
 * over features, so that it is explained as any other margin is. What it says to people is its
 * rank, the share of the training rows that were less odd (isolation_rank).
 *
 * A missing value goes the way that most of the sample's values went at a split, so it is neither
 * odd nor usual; where being missing matters, make it a feature of its own. Categories are split by
 * their index. Values count as floats; what a float cannot hold counts as the largest it can.
 */

#define ISOLATION_TREES_MAX 10000
#define ISOLATION_TREES_DEFAULT 200
#define ISOLATION_SAMPLE_MAX 65536
#define ISOLATION_SAMPLE_DEFAULT 256  /* the paper's */
#define ISOLATION_DEPTH_MAX 17        /* ceil(log2(ISOLATION_SAMPLE_MAX)), and one to spare */
#define ISOLATION_ROWS_MAX ((size_t)1 << 31)

struct isolation_settings {
    uint32_t tree_count;    /* 1 to ISOLATION_TREES_MAX */
    uint32_t sample_rows;   /* of each tree: 2 to ISOLATION_SAMPLE_MAX; all rows where fewer */
    uint64_t seed;
};

/* The rows to train on, asked for by index. */
struct isolation_rows {
    size_t count;                  /* 2 to ISOLATION_ROWS_MAX */
    uint32_t feature_count;        /* 1 to ENSEMBLE_FEATURES_MAX */
    /* Fills row `index`: feature_count doubles, NAN where missing. */
    void (*fill)(const void *self, size_t index, double *ret_row);
    const void *self;
};

struct isolation {
    uint32_t sample_rows;          /* n of c(n) */
    struct ensemble ensemble;      /* divisor: the number of trees; names none */
};

/* Trains a forest; the same rows and settings give the same forest.
 * mem: for work, 4 bytes a row; arena: receives the forest.
 * STATUS_INVALID with a diag: fewer than two rows, or no feature varies in any sample;
 * STATUS_LIMIT with a diag: settings or rows beyond the limits above, or more nodes than
 * ENSEMBLE_NODES_MAX; STATUS_NO_MEMORY. O(trees * sample * log(sample) * features). */
MUST_CHECK enum status isolation_train(const struct isolation_rows *rows,
                                       const struct isolation_settings *settings, struct mem *mem,
                                       struct arena *arena, struct isolation *ret_isolation,
                                       struct diag *diag);

/* Learns ranks: of a margin the share of `margins` below it, as a calibration, whose score that
 * share is: exact at its points, which lie a 64th of the rows still above apart, so that the
 * highest ranks are as fine as the rows; 1 above all of them.
 * margins: `count` (1 to ISOLATION_ROWS_MAX), finite: those of the training rows. mem: of the
 * result too (calibration_done), 32 bytes a margin while it runs. STATUS_NO_MEMORY. Linear. */
MUST_CHECK enum status isolation_rank(const double *margins, size_t count, struct mem *mem,
                                      struct calibration *ret_ranks);

/* Appends the forest as one JSON object, which reads back to the bit:
 *
 *   {"sample_rows": n, "trees": [
 *      {"features": [f, ...],      of each node, by levels from the root; -1: a leaf. The k-th
 *                                  split (from 0) has nodes 2k + 1 (left) and 2k + 2 as children
 *       "thresholds": [t, ...],    of each split: left when x < t, both as floats
 *       "missing_left": [0, ...],  of each split: 1: a missing value goes left
 *       "rows": [r, ...]}]}        of each leaf: rows of the sample that ended there
 */
void isolation_put_json(const struct isolation *isolation, struct buf *out);

struct tree_value;

/* Reads what isolation_put_json wrote from a document's tree (codec/tree.h), which is hostile.
 * feature_count: of the rows it will score. Everything is copied to `arena`.
 * STATUS_INVALID or STATUS_LIMIT with a diag that names tree and field; STATUS_NO_MEMORY. */
MUST_CHECK enum status isolation_read(const struct tree_value *value, uint32_t feature_count,
                                      struct arena *arena, struct isolation *ret_isolation,
                                      struct diag *diag);

#endif
