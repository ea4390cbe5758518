/* One idea: training by weir beside XGBoost alone on the same numbers, and the most memory that it
 * took. Arguments: rows (1000000), features (30), rounds (20), share of missing values in percent
 * (0), and "alone" to leave the library's own run out, so that the memory is weir's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <xgboost/c_api.h>

#include "base/random.h"
#include "codec/number.h"
#include "model/train.h"

struct bench {
    size_t rows;
    size_t features;
    unsigned rounds;
    unsigned missing_percent;
    struct matrix matrix;
    struct train_feature *columns;
    uint32_t *numbers;
};

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "train_bench: %s failed: %s\n", what, XGBGetLastError());
    exit(EXIT_FAILURE);
}

/* Rows of which a hundredth is bad, mostly those whose first two features are high. */
static void make_rows(struct bench *b)
{
    struct random random;
    double *values = calloc(b->features, sizeof *values);
    must(values != NULL, "memory");
    random_init(&random, 1);
    matrix_init(&b->matrix, mem_libc(), b->features);
    for (size_t i = 0; i < b->rows; i++) {
        for (size_t f = 0; f < b->features; f++)
            values[f] = random_below(&random, 100) < b->missing_percent ? (double)NAN
                                                                         : random_unit(&random);
        double odds = values[0] + values[1] > 1.7 ? 0.2 : 0.001;
        struct matrix_row row = {
            .at_ms = (int64_t)i,
            .known_ms = random_unit(&random) < odds ? 0 : MATRIX_NEVER,
        };
        must(matrix_add(&b->matrix, &row, values) == STATUS_OK, "matrix_add");
        b->numbers[i] = (uint32_t)i;
    }
    free(values);
}

static double train_here(struct bench *b)
{
    struct train_result result;
    struct diag diag = {.code = ""};
    struct train_job job = {
        .matrix = &b->matrix, .features = b->columns,
        .fit = {b->numbers, b->rows, MATRIX_NEVER},
        .params = train_params_default(), .method = TRAIN_HIST,
    };
    struct buf body;
    job.params.values[TRAIN_ROUNDS] = b->rounds;
    buf_init(&body, mem_libc());
    double start = now_s();
    must(train_xgboost(&job, mem_libc(), &body, &result, &diag) == STATUS_OK, diag.message);
    double seconds = now_s() - start;
    buf_done(&body);
    return seconds;
}

/* The library on a table of the same numbers, as its users call it. */
static double train_alone(struct bench *b)
{
    float *table = malloc(b->rows * b->features * sizeof *table);
    float *labels = malloc(b->rows * sizeof *labels);
    const char *const settings[][2] = {
        {"objective", "binary:logistic"}, {"base_score", "0.5"}, {"tree_method", "hist"},
        {"nthread", "1"}, {"max_depth", "6"}, {"eta", "0.3"}, {"verbosity", "0"},
    };
    DMatrixHandle matrix;
    BoosterHandle booster;
    must(table != NULL && labels != NULL, "memory");
    for (size_t i = 0; i < b->rows; i++) {
        memcpy(table + i * b->features, matrix_values(&b->matrix, i), b->features * sizeof *table);
        labels[i] = matrix_is_positive(&b->matrix, i, MATRIX_NEVER);
    }
    double start = now_s();
    must(XGDMatrixCreateFromMat_omp(table, b->rows, b->features, NAN, &matrix, 1) == 0, "matrix");
    must(XGDMatrixSetFloatInfo(matrix, "label", labels, b->rows) == 0, "labels");
    must(XGBoosterCreate(&matrix, 1, &booster) == 0, "booster");
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        must(XGBoosterSetParam(booster, settings[i][0], settings[i][1]) == 0, settings[i][0]);
    for (unsigned i = 0; i < b->rounds; i++)
        must(XGBoosterUpdateOneIter(booster, (int)i, matrix) == 0, "round");
    double seconds = now_s() - start;
    XGBoosterFree(booster);
    XGDMatrixFree(matrix);
    free(table);
    free(labels);
    return seconds;
}

static size_t argument(int argc, char **argv, int index, size_t fallback)
{
    int64_t value;
    if (argc <= index)
        return fallback;
    must(number_parse_i64(view_of(argv[index]), &value) == STATUS_OK && value >= 0, argv[index]);
    return (size_t)value;
}

int main(int argc, char **argv)
{
    struct bench b = {
        .rows = argument(argc, argv, 1, 1000000),
        .features = argument(argc, argv, 2, 30),
        .rounds = (unsigned)argument(argc, argv, 3, 20),
        .missing_percent = (unsigned)argument(argc, argv, 4, 0),
    };
    struct rusage usage;
    b.columns = calloc(b.features, sizeof *b.columns);
    b.numbers = calloc(b.rows, sizeof *b.numbers);
    must(b.columns != NULL && b.numbers != NULL && b.features >= 2, "memory");
    for (size_t i = 0; i < b.features; i++)
        b.columns[i].name = VIEW("feature");
    make_rows(&b);
    double here_s = train_here(&b);
    getrusage(RUSAGE_SELF, &usage);
    printf("train %zu rows of %zu features, %u rounds, %u %% missing: weir %.2f s, %.2f GiB",
           b.rows, b.features, b.rounds, b.missing_percent, here_s,
           (double)usage.ru_maxrss / 1048576);
    if (argc <= 5)
        printf("; XGBoost alone %.2f s", train_alone(&b));
    printf("\n");
    matrix_done(&b.matrix);
    free(b.columns);
    free(b.numbers);
    return EXIT_SUCCESS;
}
