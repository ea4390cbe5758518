#ifndef MODEL_MATRIX_H
#define MODEL_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"

/*
 * What models are trained on: rows of numbers in single precision, each with what is known of its
 * event. Grows in blocks, so that no row ever moves and no more than a block is wasted: a row of f
 * features takes 4 f + 40 bytes.
 *
 * What a label says depends on when one asks: a row is positive as of a time when its label became
 * known as true before that time.
 */

#define MATRIX_BLOCK_ROWS ((size_t)8192)
#define MATRIX_ROWS_MAX ((size_t)1 << 31)
#define MATRIX_FEATURES_MAX 4096
#define MATRIX_NEVER INT64_MAX

/* An event of which a row was made. */
struct matrix_row {
    int64_t at_ms;          /* its time */
    int64_t known_ms;       /* from when on its label is known as true; MATRIX_NEVER: it is not */
    int64_t amount_minor;   /* what is at stake; 0 where nothing is known of money */
    uint64_t ordinal;       /* as in its outcome */
    uint32_t entity;        /* whom it is about: a small index; 0 where nobody asks */
};

struct matrix_block {
    struct matrix_row *rows;  /* MATRIX_BLOCK_ROWS; owned, as the values */
    float *values;            /* MATRIX_BLOCK_ROWS * feature_count, row by row */
};

struct matrix {
    struct mem *mem;
    size_t feature_count;
    size_t row_count;
    struct matrix_block *blocks; /* owned */
    size_t block_count;
    size_t block_capacity;
};

/* An empty matrix over `mem`; allocates nothing. feature_count: 1 to MATRIX_FEATURES_MAX. */
void matrix_init(struct matrix *matrix, struct mem *mem, size_t feature_count);

/* Frees; does nothing on a zeroed matrix. */
void matrix_done(struct matrix *matrix);

/* Adds a row. values: feature_count, NAN where missing; each is rounded to single precision, and
 * what is larger than that can hold becomes the largest that it can (infinities too).
 * STATUS_NO_MEMORY, STATUS_LIMIT: there are MATRIX_ROWS_MAX; nothing has changed. O(features). */
MUST_CHECK enum status matrix_add(struct matrix *matrix, const struct matrix_row *row,
                                  const double *values);

/* A row by its number, below row_count; stays where it is until matrix_done. O(1). */
struct matrix_row *matrix_row(const struct matrix *matrix, size_t number);

/* The values of a row: feature_count of them. As matrix_row. */
const float *matrix_values(const struct matrix *matrix, size_t number);

/* Whether a row's label is known to be true before `as_of_ms`; MATRIX_NEVER asks for the whole
 * truth, whenever it becomes known. */
bool matrix_is_positive(const struct matrix *matrix, size_t number, int64_t as_of_ms);

#endif
