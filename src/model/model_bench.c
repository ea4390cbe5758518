/* One idea: one row at a time, weir beside XGBoost on the same model and rows, slice by slice in
 * turn, so that a busy machine slows both. No row comes twice within millions of branches, so that
 * no predictor learns them. Prints the best and the median slice; asserts nothing. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xgboost/c_api.h>

#include "base/random.h"
#include "model/scorer.h"
#include "model/shap.h"

#define FEATURES 30
#define TREES 100
#define TRAIN_ROWS 50000
#define ROWS 10000
#define SLICES 50
#define SLICE_SCORES 200
#define SLICE_EXPLAINED 50
#define SLICE_EXPLAINED_XGBOOST 5
#define JSON_BYTES 160

static float train_rows[TRAIN_ROWS][FEATURES];
static float labels[TRAIN_ROWS];
static float rows[ROWS][FEATURES];
static double rows_double[ROWS][FEATURES];

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void check(int result)
{
    if (result == 0)
        return;
    fprintf(stderr, "XGBoost: %s\n", XGBGetLastError());
    exit(1);
}

/* A tenth of the values is missing; the label takes something of every feature. */
static void make_row(struct random *random, float *row, float *label)
{
    double margin = 0;
    for (int f = 0; f < FEATURES; f++) {
        double x = random_unit(random);
        row[f] = random_below(random, 10) == 0 ? NAN : (float)x;
        double other = f == 0 || isnan(row[f - 1]) ? 0.5 : (double)row[f - 1];
        margin += (x - 0.5) * (other - 0.3) * (f % 7 + 1);
    }
    *label = margin + random_unit(random) - 0.5 > 0.5 ? 1 : 0;
}

static BoosterHandle train(void)
{
    static const char *const params[][2] = {
        {"objective", "binary:logistic"}, {"max_depth", "6"}, {"eta", "0.1"}, {"nthread", "1"},
        {"tree_method", "hist"}, {"min_child_weight", "0"}, {"seed", "1"}};
    DMatrixHandle matrix;
    BoosterHandle booster;
    check(XGDMatrixCreateFromMat(train_rows[0], TRAIN_ROWS, FEATURES, NAN, &matrix));
    check(XGDMatrixSetFloatInfo(matrix, "label", labels, TRAIN_ROWS));
    check(XGBoosterCreate(&matrix, 1, &booster));
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        check(XGBoosterSetParam(booster, params[i][0], params[i][1]));
    for (int round = 0; round < TREES; round++)
        check(XGBoosterUpdateOneIter(booster, round, matrix));
    check(XGDMatrixFree(matrix));
    return booster;
}

static void read_model(BoosterHandle booster, struct arena *arena, struct ensemble *ensemble)
{
    const char *bytes;
    bst_ulong size;
    struct diag diag;
    check(XGBoosterSaveModelToBuffer(booster, "{\"format\":\"json\"}", &size, &bytes));
    if (ensemble_read_xgboost_json((struct view){bytes, size}, arena, ensemble, &diag) ==
        STATUS_OK)
        return;
    fprintf(stderr, "%s\n", diag.message);
    exit(1);
}

/* Four figures, a slice of each in turn. */
enum figure { OUR_SCORE, THEIR_SCORE, OUR_SHAP, THEIR_SHAP, FIGURES };

struct bench {
    BoosterHandle booster;
    struct scorer *scorer;
    struct shap *shap;
    uint32_t at[FIGURES]; /* the next row */
    double sum;           /* so that nothing is left out */
    double worst_margin;  /* the largest difference from XGBoost */
    double worst_contribution;
};

static uint32_t next_row(struct bench *bench, enum figure figure)
{
    uint32_t row = bench->at[figure];
    bench->at[figure] = (row + 1) % ROWS;
    return row;
}

static double our_scores(struct bench *bench)
{
    double begin = now_ns();
    for (int i = 0; i < SLICE_SCORES; i++)
        bench->sum += scorer_margin(bench->scorer, rows_double[next_row(bench, OUR_SCORE)]);
    return (now_ns() - begin) / SLICE_SCORES / TREES;
}

static double their_scores(struct bench *bench)
{
    static char values[SLICE_SCORES][JSON_BYTES];
    float margins[SLICE_SCORES];
    uint32_t first = bench->at[THEIR_SCORE];
    for (int i = 0; i < SLICE_SCORES; i++)
        snprintf(values[i], JSON_BYTES, "{\"data\":[%llu,true],\"shape\":[1,%d],"
                 "\"typestr\":\"<f4\",\"version\":3}",
                 (unsigned long long)(uintptr_t)rows[next_row(bench, THEIR_SCORE)], FEATURES);
    double begin = now_ns();
    for (int i = 0; i < SLICE_SCORES; i++) {
        const bst_ulong *shape;
        bst_ulong dimensions;
        const float *result;
        check(XGBoosterPredictFromDense(
            bench->booster, values[i],
            "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
            "\"strict_shape\":false,\"missing\":NaN,\"cache_id\":0}",
            NULL, &shape, &dimensions, &result));
        margins[i] = result[0];
    }
    double spent = now_ns() - begin;
    for (uint32_t i = 0; i < SLICE_SCORES; i++) {
        double ours = scorer_margin(bench->scorer, rows_double[(first + i) % ROWS]);
        bench->worst_margin = fmax(bench->worst_margin, fabs(ours - (double)margins[i]));
    }
    return spent / SLICE_SCORES / TREES;
}

static double our_explanations(struct bench *bench)
{
    double contributions[FEATURES + 1];
    double begin = now_ns();
    for (int i = 0; i < SLICE_EXPLAINED; i++) {
        shap_explain(bench->shap, rows_double[next_row(bench, OUR_SHAP)], contributions);
        bench->sum += contributions[0];
    }
    return (now_ns() - begin) / SLICE_EXPLAINED / 1000;
}

/* Making the matrix of one row is not counted. */
static double their_explanations(struct bench *bench)
{
    double spent = 0;
    for (int i = 0; i < SLICE_EXPLAINED_XGBOOST; i++) {
        uint32_t row = next_row(bench, THEIR_SHAP);
        DMatrixHandle matrix;
        const bst_ulong *shape;
        bst_ulong dimensions;
        const float *result;
        double ours[FEATURES + 1];
        check(XGDMatrixCreateFromMat(rows[row], 1, FEATURES, NAN, &matrix));
        double begin = now_ns();
        check(XGBoosterPredictFromDMatrix(
            bench->booster, matrix,
            "{\"type\":2,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
            "\"strict_shape\":false}", &shape, &dimensions, &result));
        spent += now_ns() - begin;
        shap_explain(bench->shap, rows_double[row], ours);
        for (int f = 0; f <= FEATURES; f++)
            bench->worst_contribution =
                fmax(bench->worst_contribution, fabs(ours[f] - (double)result[f]));
        check(XGDMatrixFree(matrix));
    }
    return spent / SLICE_EXPLAINED_XGBOOST / 1000;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void line(const char *what, double *slices, const char *unit, const char *goal)
{
    qsort(slices, SLICES, sizeof *slices, by_value);
    printf("%-44s %8.2f best %8.2f median %-3s goal %s\n", what, slices[0], slices[SLICES / 2],
           unit, goal);
}

static void measure(struct bench *bench)
{
    static double slices[FIGURES][SLICES];
    for (int i = 0; i < SLICES; i++) {
        slices[OUR_SCORE][i] = our_scores(bench);
        slices[THEIR_SCORE][i] = their_scores(bench);
        slices[OUR_SHAP][i] = our_explanations(bench);
        slices[THEIR_SHAP][i] = their_explanations(bench);
    }
    line("score of one row, per tree", slices[OUR_SCORE], "ns", "9");
    line("  XGBoost, in place", slices[THEIR_SCORE], "ns", "-");
    line("SHAP values of one row", slices[OUR_SHAP], "us", "15");
    line("  XGBoost, pred_contribs", slices[THEIR_SHAP], "us", "-");
    printf("largest difference from XGBoost: margin %.1e, contribution %.1e (checksum %.6g)\n",
           bench->worst_margin, bench->worst_contribution, bench->sum);
}

int main(void)
{
    struct random random;
    struct arena arena;
    struct ensemble ensemble;
    struct bench bench = {0};
    float label;
    random_init(&random, 1);
    arena_init(&arena, mem_libc(), 0);
    for (int i = 0; i < TRAIN_ROWS; i++)
        make_row(&random, train_rows[i], &labels[i]);
    for (int i = 0; i < ROWS; i++) {
        make_row(&random, rows[i], &label);
        for (int f = 0; f < FEATURES; f++)
            rows_double[i][f] = (double)rows[i][f];
    }
    bench.booster = train();
    read_model(bench.booster, &arena, &ensemble);
    if (scorer_new(&ensemble, mem_libc(), &bench.scorer) != STATUS_OK ||
        shap_new(&ensemble, mem_libc(), &bench.shap) != STATUS_OK)
        return 1;
    printf("%d trees of depth 6 on %d features, %u nodes; CPU time of %d slices of each in turn\n",
           TREES, FEATURES, ensemble.node_count, SLICES);
    measure(&bench);
    shap_free(bench.shap);
    scorer_free(bench.scorer);
    XGBoosterFree(bench.booster);
    arena_done(&arena);
    return 0;
}
