/* One idea: the library that trained is asked what the documents say, so that what was made of its
 * answers is checked against itself; and whatever may chance is tried twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "base/random.h"
#include "model/ensemble.h"
#include "model/train.h"

#define ROWS 1200
#define FEATURES 4
#define JUDGED 100

/* A bad row is likely where column 0 is high; column 1 says it too, with holes; column 2 is noise;
 * column 3 a category. */
struct world {
    struct matrix matrix;
    struct train_feature features[FEATURES];
    uint32_t rows[ROWS];
    struct train_job job;
};

static int make_world(void **state)
{
    static struct world world;
    static const char *const names[FEATURES] = {"height", "echo", "noise", "kind"};
    struct random random;
    memset(&world, 0, sizeof world);
    random_init(&random, 7);
    matrix_init(&world.matrix, mem_libc(), FEATURES);
    for (size_t i = 0; i < ROWS; i++) {
        double height = random_unit(&random);
        double kind = (double)random_below(&random, 5);
        bool bad = random_unit(&random) < height * height * (kind == 3 ? 0.9 : 0.3);
        double values[FEATURES] = {height, random_below(&random, 4) == 0 ? (double)NAN : height,
                                   random_unit(&random), kind};
        struct matrix_row row = {.at_ms = (int64_t)i, .known_ms = bad ? 0 : MATRIX_NEVER};
        assert_int_equal(matrix_add(&world.matrix, &row, values), STATUS_OK);
        world.rows[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < FEATURES; i++)
        world.features[i].name = view_of(names[i]);
    world.features[3].category = true;
    world.job = (struct train_job){
        .matrix = &world.matrix, .features = world.features,
        .fit = {world.rows, 800, MATRIX_NEVER},
        .params = train_params_default(),
    };
    world.job.params.values[TRAIN_ROUNDS] = 12;
    world.job.params.values[TRAIN_DEPTH] = 3;
    *state = &world;
    return 0;
}

static int end_world(void **state)
{
    matrix_done(&((struct world *)*state)->matrix);
    return 0;
}

static struct train_result train(const struct train_job *job, struct buf *body)
{
    struct train_result result;
    struct diag diag = {.code = ""};
    buf_init(body, mem_libc());
    if (train_xgboost(job, mem_libc(), body, &result, &diag) != STATUS_OK)
        fail_msg("%s: %s", diag.code, diag.message);
    return result;
}

/* The margins of rows 800 and on, as the library gives them for a document. */
static void ask_library(const struct buf *body, const struct matrix *matrix,
                        double margins[JUDGED])
{
    BoosterHandle booster;
    assert_int_equal(XGBoosterCreate(NULL, 0, &booster), 0);
    assert_int_equal(XGBoosterLoadModelFromBuffer(booster, body->data, body->size_bytes), 0);
    for (size_t i = 0; i < JUDGED; i++) {
        DMatrixHandle row;
        bst_ulong size;
        const float *margin;
        assert_int_equal(XGDMatrixCreateFromMat(matrix_values(matrix, 800 + i), 1, FEATURES, NAN,
                                                &row), 0);
        assert_int_equal(XGBoosterPredict(booster, row, 1, 0, 0, &size, &margin), 0);
        margins[i] = (double)margin[0];
        XGDMatrixFree(row);
    }
    XGBoosterFree(booster);
}

/* The same, as the reader of this room gives them. */
static void ask_reader(const struct buf *body, const struct matrix *matrix,
                       double margins[JUDGED])
{
    struct ensemble ensemble;
    struct arena arena;
    struct diag diag = {.code = ""};
    arena_init(&arena, mem_libc(), 0);
    if (ensemble_read_xgboost_json(buf_view(body), &arena, &ensemble, &diag) != STATUS_OK)
        fail_msg("%s: %s", diag.code, diag.message);
    for (size_t i = 0; i < JUDGED; i++) {
        double row[FEATURES];
        for (size_t f = 0; f < FEATURES; f++)
            row[f] = (double)matrix_values(matrix, 800 + i)[f];
        margins[i] = ensemble_margin(&ensemble, row);
    }
    arena_done(&arena);
}

static void expect_same(const struct buf *a, const struct buf *b, bool same)
{
    assert_int_equal(view_equal(buf_view(a), buf_view(b)), same);
}

static bool contains(const struct buf *body, const char *text)
{
    return memmem(body->data, body->size_bytes, text, strlen(text)) != NULL;
}

static void the_seed_decides_every_byte(void **state)
{
    struct train_job job = ((struct world *)*state)->job;
    job.params.values[TRAIN_SUBSAMPLE] = 0.6;
    job.params.values[TRAIN_COLSAMPLE] = 0.7;
    job.params.values[TRAIN_MEMBERS] = 2;
    for (int method = TRAIN_EXACT; method <= TRAIN_HIST; method++) {
        struct buf bodies[3];
        job.method = (enum train_method)method;
        for (size_t i = 0; i < 3; i++) {
            job.seed = i == 2 ? 8 : 5;
            train(&job, &bodies[i]);
        }
        expect_same(&bodies[0], &bodies[1], true);
        expect_same(&bodies[0], &bodies[2], false);
        for (size_t i = 0; i < 3; i++)
            buf_done(&bodies[i]);
    }
}

static void no_bit_of_a_large_seed_is_lost(void **state)
{
    struct train_job job = ((struct world *)*state)->job;
    struct buf bodies[2];
    job.params.values[TRAIN_SUBSAMPLE] = 0.6;
    for (size_t i = 0; i < 2; i++) {
        job.seed = ((uint64_t)1 << 53) + i;
        train(&job, &bodies[i]);
    }
    expect_same(&bodies[0], &bodies[1], false);
    buf_done(&bodies[0]);
    buf_done(&bodies[1]);
    job.seed = UINT64_MAX;
    train(&job, &bodies[0]);
    buf_done(&bodies[0]);
}

static void the_library_reads_what_it_is_said_to_have_written(void **state)
{
    struct world *world = *state;
    struct train_job job = world->job;
    double library[JUDGED];
    double reader[JUDGED];
    for (int method = TRAIN_EXACT; method <= TRAIN_HIST; method++) {
        for (int members = 1; members <= 3; members++) {
            struct buf body;
            job.method = (enum train_method)method;
            job.params.values[TRAIN_SUBSAMPLE] = 0.6;
            job.params.values[TRAIN_MEMBERS] = members;
            struct train_result result = train(&job, &body);
            assert_int_equal(result.method, method);
            assert_int_equal(result.rounds_min, 12);
            assert_int_equal(result.rounds_max, 12);
            assert_true(isnan(result.metric));
            ask_library(&body, &world->matrix, library);
            ask_reader(&body, &world->matrix, reader);
            for (size_t i = 0; i < JUDGED; i++)
                assert_true(fabs(library[i] - reader[i]) < 1e-5);
            buf_done(&body);
        }
    }
}

static void margins_of_members_are_averaged(void **state)
{
    struct world *world = *state;
    struct train_job job = world->job;
    double margins[JUDGED];
    double sums[JUDGED] = {0};
    struct buf body;
    job.params.values[TRAIN_SUBSAMPLE] = 0.6;
    for (uint64_t seed = 5; seed <= 6; seed++) {
        job.seed = seed;
        train(&job, &body);
        ask_reader(&body, &world->matrix, margins);
        buf_done(&body);
        for (size_t i = 0; i < JUDGED; i++)
            sums[i] += margins[i];
    }
    job.seed = 5;
    job.params.values[TRAIN_MEMBERS] = 2;
    train(&job, &body);
    assert_true(contains(&body, "\"num_trees\":\"24\""));
    ask_reader(&body, &world->matrix, margins);
    for (size_t i = 0; i < JUDGED; i++)
        assert_true(fabs(margins[i] - sums[i] / 2) < 1e-6);
    buf_done(&body);
}

static void later_rows_stop_the_training(void **state)
{
    struct world *world = *state;
    struct train_job job = world->job;
    struct buf body;
    char trees[40];
    job.params.values[TRAIN_ROUNDS] = 200;
    job.params.values[TRAIN_DEPTH] = 6;
    job.stop_rounds = 10;
    job.later = (struct train_rows){world->rows + 800, 400, MATRIX_NEVER};
    for (int metric = TRAIN_AVERAGE_PRECISION; metric <= TRAIN_LOG_LOSS; metric++) {
        job.metric = (enum train_metric)metric;
        struct train_result result = train(&job, &body);
        assert_in_range(result.rounds_max, 1, 100);
        snprintf(trees, sizeof trees, "\"num_trees\":\"%u\"", result.rounds_max);
        assert_true(contains(&body, trees));
        assert_true(metric == TRAIN_LOG_LOSS ? result.metric < 0 : result.metric > 0.3);
        buf_done(&body);
    }
}

static void margins_go_the_way_that_was_declared(void **state)
{
    struct world *world = *state;
    struct matrix ladder;
    struct train_job job = world->job;
    struct buf body;
    /* Labels turned round, so that nothing but the declaration keeps the margin from falling. */
    for (size_t i = 0; i < ROWS; i++) {
        struct matrix_row *row = matrix_row(&world->matrix, i);
        row->known_ms = matrix_values(&world->matrix, i)[0] < 0.5f ? 0 : MATRIX_NEVER;
    }
    matrix_init(&ladder, mem_libc(), FEATURES);
    for (size_t i = 0; i < JUDGED; i++) {
        double values[FEATURES] = {(double)i / JUDGED, NAN, 0.5, 1};
        struct matrix_row row = {.at_ms = 0, .known_ms = MATRIX_NEVER};
        assert_int_equal(matrix_add(&ladder, &row, values), STATUS_OK);
    }
    for (int method = TRAIN_EXACT; method <= TRAIN_HIST; method++) {
        struct train_feature features[FEATURES];
        memcpy(features, world->features, sizeof features);
        features[0].direction = TRAIN_RISING;
        features[1].excluded = true;
        job.method = (enum train_method)method;
        job.features = features;
        train(&job, &body);
        assert_false(contains(&body, "\"echo\""));
        assert_true(contains(&body, "[\"height\",\"noise\",\"kind\"]"));
        BoosterHandle booster;
        float before = -INFINITY;
        assert_int_equal(XGBoosterCreate(NULL, 0, &booster), 0);
        assert_int_equal(XGBoosterLoadModelFromBuffer(booster, body.data, body.size_bytes), 0);
        for (size_t i = 0; i < JUDGED; i++) {
            const float *values = matrix_values(&ladder, i);
            const float kept[] = {values[0], values[2], values[3]};
            DMatrixHandle row;
            bst_ulong size;
            const float *margin;
            assert_int_equal(XGDMatrixCreateFromMat(kept, 1, 3, NAN, &row), 0);
            assert_int_equal(XGBoosterPredict(booster, row, 1, 0, 0, &size, &margin), 0);
            assert_true(margin[0] >= before);
            before = margin[0];
            XGDMatrixFree(row);
        }
        XGBoosterFree(booster);
        buf_done(&body);
    }
    matrix_done(&ladder);
}

static void classes_can_weigh_the_same(void **state)
{
    struct train_job job = ((struct world *)*state)->job;
    struct buf body;
    job.params.values[TRAIN_SCALE_POS_WEIGHT] = 0;
    struct train_result result = train(&job, &body);
    double positives = (double)result.positive_count;
    assert_true(result.scale_pos_weight == (800 - positives) / positives);
    buf_done(&body);
}

static void expect_refusal(const struct train_job *job, enum status status, const char *code)
{
    struct train_result result;
    struct diag diag = {.code = ""};
    struct buf body;
    buf_init(&body, mem_libc());
    assert_int_equal(train_xgboost(job, mem_libc(), &body, &result, &diag), status);
    assert_string_equal(diag.code, code);
    assert_int_equal(body.size_bytes, 0);
    buf_done(&body);
}

static void what_cannot_be_trained_is_refused(void **state)
{
    struct world *world = *state;
    struct train_job job = world->job;
    job.fit.count = 0;
    expect_refusal(&job, STATUS_INVALID, "no-rows");
    job.fit.count = 800;
    job.fit.as_of_ms = 0;   /* before any label was known */
    expect_refusal(&job, STATUS_INVALID, "one-class");
    job.fit.as_of_ms = MATRIX_NEVER;
    job.later = (struct train_rows){world->rows, 400, 0};
    job.stop_rounds = 1;
    expect_refusal(&job, STATUS_INVALID, "one-class");
}

static void exact_splits_are_for_so_many_cells(void **state)
{
    enum { COLUMNS = MATRIX_FEATURES_MAX, COUNT = TRAIN_EXACT_CELLS_MAX / COLUMNS };
    static struct train_feature features[COLUMNS];
    static double values[COLUMNS];
    static uint32_t rows[COUNT + 1];
    struct matrix matrix;
    (void)state;
    matrix_init(&matrix, mem_libc(), COLUMNS);
    for (size_t i = 0; i < 2; i++) {
        struct matrix_row row = {.known_ms = i == 0 ? 0 : MATRIX_NEVER};
        values[0] = (double)i;
        assert_int_equal(matrix_add(&matrix, &row, values), STATUS_OK);
    }
    for (size_t i = 0; i <= COUNT; i++)
        rows[i] = i > 0;
    for (size_t i = 0; i < COLUMNS; i++)
        features[i].name = VIEW("f");
    struct train_job job = {
        .matrix = &matrix, .features = features, .fit = {rows, COUNT + 1, MATRIX_NEVER},
        .params = train_params_default(), .method = TRAIN_EXACT,
    };
    expect_refusal(&job, STATUS_LIMIT, "exact-limit");
    matrix_done(&matrix);
}

static void no_memory_is_said(void **state)
{
    struct train_job job = ((struct world *)*state)->job;
    job.params.values[TRAIN_ROUNDS] = 1;
    enum status status = STATUS_NO_MEMORY;
    for (size_t fail_at = 1; status != STATUS_OK; fail_at++) {
        struct train_result result;
        struct mem_meter meter;
        struct buf body;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        buf_init(&body, &meter.mem);
        status = train_xgboost(&job, &meter.mem, &body, &result, NULL);
        assert_true(status == STATUS_NO_MEMORY || meter.calls < fail_at);
        buf_done(&body);
        assert_int_equal(meter.used_bytes, 0);
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_seed_decides_every_byte),
        WORLD_TEST(no_bit_of_a_large_seed_is_lost),
        WORLD_TEST(the_library_reads_what_it_is_said_to_have_written),
        WORLD_TEST(margins_of_members_are_averaged),
        WORLD_TEST(later_rows_stop_the_training),
        WORLD_TEST(margins_go_the_way_that_was_declared),
        WORLD_TEST(classes_can_weigh_the_same),
        WORLD_TEST(what_cannot_be_trained_is_refused),
        cmocka_unit_test(exact_splits_are_for_so_many_cells),
        WORLD_TEST(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
