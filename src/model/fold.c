/* One idea: what is trained on and what is tested is decided by time alone, a row at a time, from
 * when it happened and when its label became known. */
#include "model/fold.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "model/judge.h"

void fold_done(struct fold *fold)
{
    if (fold->mem == NULL)
        return;
    uint32_t *fit = (uint32_t *)(uintptr_t)fold->fit.rows;
    uint32_t *test = (uint32_t *)(uintptr_t)fold->test.rows;
    mem_free(fold->mem, fit, fold->fit.count * sizeof *fit);
    mem_free(fold->mem, test, fold->test.count * sizeof *test);
    mem_free(fold->mem, fold->days, fold->test.count * sizeof *fold->days);
    memset(fold, 0, sizeof *fold);
}

/* Which part of a fold a row is in. */
enum part { PART_NONE, PART_FIT, PART_TEST, PART_KNOWN };

/* Says of each row where it belongs. */
struct splitter {
    const struct matrix *matrix;
    const struct fold_times *times;   /* NULL: by number */
    const int64_t *known_ms;          /* by entity; NULL: entities play no part */
    size_t count;
    size_t index;
};

static int32_t day_of(const struct splitter *splitter, const struct matrix_row *row)
{
    return splitter->times == NULL
               ? 0
               : (int32_t)((row->at_ms - splitter->times->test_from_ms) / FOLD_DAY_MS);
}

static enum part part_of(const struct splitter *splitter, const struct matrix_row *row)
{
    const struct fold_times *times = splitter->times;
    if (times == NULL)
        return row->ordinal % splitter->count == splitter->index ? PART_TEST : PART_FIT;
    if (row->at_ms >= times->train_from_ms && row->at_ms < times->train_until_ms)
        return PART_FIT;
    if (row->at_ms < times->test_from_ms || row->at_ms >= times->test_until_ms)
        return PART_NONE;
    int64_t day_ms = times->test_from_ms + day_of(splitter, row) * FOLD_DAY_MS;
    bool known = splitter->known_ms != NULL && splitter->known_ms[row->entity] < day_ms;
    return known ? PART_KNOWN : PART_TEST;
}

static enum status split(const struct splitter *splitter, struct mem *mem, struct fold *ret_fold)
{
    const struct matrix *matrix = splitter->matrix;
    size_t counts[PART_KNOWN + 1] = {0};
    for (size_t i = 0; i < matrix->row_count; i++)
        counts[part_of(splitter, matrix_row(matrix, i))]++;
    size_t fit_count = counts[PART_FIT];
    size_t test_count = counts[PART_TEST];
    uint32_t *fit = mem_array(mem, NULL, 0, fit_count, sizeof *fit);
    uint32_t *test = mem_array(mem, NULL, 0, test_count, sizeof *test);
    struct fold fold = {.mem = mem, .known_count = counts[PART_KNOWN]};
    fold.days = mem_array(mem, NULL, 0, test_count, sizeof *fold.days);
    fold.fit = (struct train_rows){fit, fit_count, MATRIX_NEVER};
    fold.test = (struct train_rows){test, test_count, MATRIX_NEVER};
    if ((fit_count > 0 && fit == NULL) ||
        (test_count > 0 && (test == NULL || fold.days == NULL))) {
        fold.fit.count = fit == NULL ? 0 : fit_count;
        fold_done(&fold);
        return STATUS_NO_MEMORY;
    }
    size_t fit_at = 0;
    size_t test_at = 0;
    for (size_t i = 0; i < matrix->row_count; i++) {
        const struct matrix_row *row = matrix_row(matrix, i);
        enum part part = part_of(splitter, row);
        if (part == PART_FIT)
            fit[fit_at++] = (uint32_t)i;
        if (part != PART_TEST)
            continue;
        fold.days[test_at] = day_of(splitter, row);
        test[test_at++] = (uint32_t)i;
    }
    *ret_fold = fold;
    return STATUS_OK;
}

enum status fold_make(const struct matrix *matrix, const struct fold_times *times,
                      size_t entity_count, struct mem *mem, struct fold *ret_fold)
{
    ASSERT(times->train_until_ms <= times->test_from_ms);
    int64_t *known_ms = NULL;
    if (entity_count > 0) {
        known_ms = mem_array(mem, NULL, 0, entity_count, sizeof *known_ms);
        if (known_ms == NULL)
            return STATUS_NO_MEMORY;
        for (size_t i = 0; i < entity_count; i++)
            known_ms[i] = MATRIX_NEVER;
        for (size_t i = 0; i < matrix->row_count; i++) {
            const struct matrix_row *row = matrix_row(matrix, i);
            ASSERT(row->entity < entity_count);
            if (row->at_ms >= times->train_from_ms && row->known_ms < known_ms[row->entity])
                known_ms[row->entity] = row->known_ms;
        }
    }
    struct splitter splitter = {.matrix = matrix, .times = times, .known_ms = known_ms};
    enum status status = split(&splitter, mem, ret_fold);
    if (status == STATUS_OK)
        ret_fold->fit.as_of_ms = times->test_from_ms;
    mem_free(mem, known_ms, entity_count * sizeof *known_ms);
    return status;
}

enum status fold_make_nth(const struct matrix *matrix, size_t count, size_t index, struct mem *mem,
                          struct fold *ret_fold)
{
    ASSERT(count >= 2 && count <= FOLD_COUNT_MAX && index < count);
    struct splitter splitter = {.matrix = matrix, .count = count, .index = index};
    return split(&splitter, mem, ret_fold);
}

/* ---- judging ---- */

/* The test rows as measures want them. */
struct columns {
    bool *truths;
    int64_t *amounts_minor;
    uint32_t *entities;
    double *perfect;      /* the truths as scores */
};

static void free_columns(struct columns *columns, size_t count, struct mem *mem)
{
    mem_free(mem, columns->truths, count * sizeof *columns->truths);
    mem_free(mem, columns->amounts_minor, count * sizeof *columns->amounts_minor);
    mem_free(mem, columns->entities, count * sizeof *columns->entities);
    mem_free(mem, columns->perfect, count * sizeof *columns->perfect);
}

static enum status make_columns(const struct fold *fold, const struct matrix *matrix,
                                struct mem *mem, struct columns *columns)
{
    size_t count = fold->test.count;
    columns->truths = mem_array(mem, NULL, 0, count, sizeof *columns->truths);
    columns->amounts_minor = mem_array(mem, NULL, 0, count, sizeof *columns->amounts_minor);
    columns->entities = mem_array(mem, NULL, 0, count, sizeof *columns->entities);
    columns->perfect = mem_array(mem, NULL, 0, count, sizeof *columns->perfect);
    if (count > 0 && (columns->truths == NULL || columns->amounts_minor == NULL ||
                      columns->entities == NULL || columns->perfect == NULL))
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct matrix_row *row = matrix_row(matrix, fold->test.rows[i]);
        columns->truths[i] = row->known_ms < fold->test.as_of_ms;
        columns->perfect[i] = columns->truths[i];
        columns->amounts_minor[i] = row->amount_minor;
        columns->entities[i] = row->entity;
    }
    return STATUS_OK;
}

enum status fold_judge(const struct fold *fold, const struct matrix *matrix,
                       const struct fold_judging *judging, const double *margins,
                       const double *scores, struct mem *mem, struct fold_figures *ret_figures,
                       struct diag *diag)
{
    struct columns columns = {NULL, NULL, NULL, NULL};
    struct judge_figures figures;
    double best = NAN;
    size_t count = fold->test.count;
    bool entities = judging->entity_count > 0;
    enum status status = make_columns(fold, matrix, mem, &columns);
    const struct judge_rows rows = {count, margins, scores, columns.truths, fold->days,
                                    columns.amounts_minor, entities ? columns.entities : NULL};
    const struct judge_capacity capacity = {judging->capacity, judging->capacity,
                                            judging->cost_minor};
    const struct measure_rows perfect = {count, columns.perfect, columns.truths, NULL};
    const struct measure_entities about = {columns.entities, fold->days};
    if (status == STATUS_OK)
        status = judge(&rows, &capacity, mem, &figures, diag);
    if (status == STATUS_OK && entities)
        status = measure_entity_precision(&perfect, &about, judging->capacity, mem, &best, diag);
    if (status == STATUS_OK)
        *ret_figures = (struct fold_figures){
            figures.auc, figures.average_precision, figures.entity_precision, best,
            figures.precision, figures.recall, figures.saved_minor, figures.brier,
            figures.calibration_error};
    free_columns(&columns, count, mem);
    return status;
}
