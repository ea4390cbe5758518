/* One idea: rows lie in blocks of equal size, so that a row's number says where it is and growing
 * moves a list of blocks only. */
#include "model/matrix.h"

#include <float.h>
#include <string.h>

#include "base/assert.h"

void matrix_init(struct matrix *matrix, struct mem *mem, size_t feature_count)
{
    ASSERT(feature_count > 0 && feature_count <= MATRIX_FEATURES_MAX);
    *matrix = (struct matrix){.mem = mem, .feature_count = feature_count};
}

static size_t values_bytes(const struct matrix *matrix)
{
    return MATRIX_BLOCK_ROWS * matrix->feature_count * sizeof(float);
}

void matrix_done(struct matrix *matrix)
{
    for (size_t i = 0; i < matrix->block_count; i++) {
        mem_free(matrix->mem, matrix->blocks[i].rows,
                 MATRIX_BLOCK_ROWS * sizeof(struct matrix_row));
        mem_free(matrix->mem, matrix->blocks[i].values, values_bytes(matrix));
    }
    if (matrix->mem != NULL)
        mem_free(matrix->mem, matrix->blocks, matrix->block_capacity * sizeof *matrix->blocks);
    memset(matrix, 0, sizeof *matrix);
}

static enum status add_block(struct matrix *matrix)
{
    struct mem *mem = matrix->mem;
    if (matrix->block_count == matrix->block_capacity) {
        size_t wanted = matrix->block_capacity == 0 ? 16 : matrix->block_capacity * 2;
        struct matrix_block *moved =
            mem_array(mem, matrix->blocks, matrix->block_capacity, wanted, sizeof *moved);
        if (moved == NULL)
            return STATUS_NO_MEMORY;
        matrix->blocks = moved;
        matrix->block_capacity = wanted;
    }
    struct matrix_block block = {
        .rows = mem_array(mem, NULL, 0, MATRIX_BLOCK_ROWS, sizeof *block.rows),
        .values = mem->resize(mem, NULL, 0, values_bytes(matrix)),
    };
    if (block.rows == NULL || block.values == NULL) {
        mem_free(mem, block.rows, MATRIX_BLOCK_ROWS * sizeof *block.rows);
        mem_free(mem, block.values, values_bytes(matrix));
        return STATUS_NO_MEMORY;
    }
    matrix->blocks[matrix->block_count++] = block;
    return STATUS_OK;
}

static float single(double value)
{
    if (value > (double)FLT_MAX)
        return FLT_MAX;
    if (value < -(double)FLT_MAX)
        return -FLT_MAX;
    return (float)value;
}

enum status matrix_add(struct matrix *matrix, const struct matrix_row *row, const double *values)
{
    size_t number = matrix->row_count;
    if (number == MATRIX_ROWS_MAX)
        return STATUS_LIMIT;
    if (number == matrix->block_count * MATRIX_BLOCK_ROWS) {
        enum status status = add_block(matrix);
        if (status != STATUS_OK)
            return status;
    }
    struct matrix_block *block = &matrix->blocks[number / MATRIX_BLOCK_ROWS];
    float *to = block->values + number % MATRIX_BLOCK_ROWS * matrix->feature_count;
    block->rows[number % MATRIX_BLOCK_ROWS] = *row;
    for (size_t i = 0; i < matrix->feature_count; i++)
        to[i] = single(values[i]);
    matrix->row_count++;
    return STATUS_OK;
}

struct matrix_row *matrix_row(const struct matrix *matrix, size_t number)
{
    ASSERT(number < matrix->row_count);
    return &matrix->blocks[number / MATRIX_BLOCK_ROWS].rows[number % MATRIX_BLOCK_ROWS];
}

const float *matrix_values(const struct matrix *matrix, size_t number)
{
    ASSERT(number < matrix->row_count);
    return matrix->blocks[number / MATRIX_BLOCK_ROWS].values +
           number % MATRIX_BLOCK_ROWS * matrix->feature_count;
}

bool matrix_is_positive(const struct matrix *matrix, size_t number, int64_t as_of_ms)
{
    return matrix_row(matrix, number)->known_ms < as_of_ms;
}
