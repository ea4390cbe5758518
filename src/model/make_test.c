/* One idea: what is made is asked as it would be served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/make.h"

#define ROWS 3000
#define FIT 1500
#define FEATURES 3

/* Bad rows are those high in column 0, by chance; column 1 is left out; column 2 is a category. */
struct world {
    struct matrix matrix;
    struct train_feature features[FEATURES];
    uint32_t rows[ROWS];
    struct make_job job;
};

static int make_world(void **state)
{
    static struct world world;
    static const char *const names[FEATURES] = {"height", "name", "kind"};
    struct random random;
    memset(&world, 0, sizeof world);
    random_init(&random, 3);
    matrix_init(&world.matrix, mem_libc(), FEATURES);
    for (size_t i = 0; i < ROWS; i++) {
        double height = random_unit(&random);
        double values[FEATURES] = {height, (double)i, (double)random_below(&random, 4)};
        struct matrix_row row = {
            .at_ms = (int64_t)i,
            .known_ms = random_unit(&random) < height * height ? 0 : MATRIX_NEVER,
        };
        assert_int_equal(matrix_add(&world.matrix, &row, values), STATUS_OK);
        world.rows[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < FEATURES; i++)
        world.features[i].name = view_of(names[i]);
    world.features[1].excluded = true;
    world.features[2].category = true;
    world.job = (struct make_job){
        .train = {
            .matrix = &world.matrix, .features = world.features,
            .fit = {world.rows, FIT, MATRIX_NEVER},
            .later = {world.rows + FIT, ROWS - FIT, MATRIX_NEVER},
            .params = train_params_default(), .stop_rounds = 5,
        },
        .calibrate = {world.rows + FIT, ROWS - FIT, MATRIX_NEVER},
        .kind = MODEL_XGBOOST, .name = VIEW("risk"),
    };
    *state = &world;
    return 0;
}

static int end_world(void **state)
{
    matrix_done(&((struct world *)*state)->matrix);
    return 0;
}

static struct model *make(const struct make_job *job, struct buf *file)
{
    struct train_result result;
    struct model *model = NULL;
    struct diag diag = {.code = ""};
    buf_init(file, mem_libc());
    if (make_model(job, mem_libc(), file, &result, &diag) != STATUS_OK ||
        model_read(buf_view(file), mem_libc(), &model, &diag) != STATUS_OK)
        fail_msg("%s: %s", diag.code, diag.message);
    return model;
}

/* The mean of |share of bad rows - mean score| over tenths of the later rows by score. */
static double miscalibration(struct model *model, const struct world *world)
{
    double margins[ROWS - FIT];
    double scores[ROWS - FIT];
    double sums[10] = {0};
    double bad[10] = {0};
    double error = 0;
    assert_int_equal(make_margins(model, &world->matrix, world->features, &world->job.train.later,
                                  mem_libc(), margins, scores), STATUS_OK);
    for (size_t i = 0; i < ROWS - FIT; i++) {
        size_t bin = (size_t)(scores[i] * 9.999);
        assert_true(scores[i] >= 0 && scores[i] <= 1);
        sums[bin] += scores[i];
        bad[bin] += matrix_is_positive(&world->matrix, FIT + i, MATRIX_NEVER);
    }
    for (size_t i = 0; i < 10; i++)
        error += fabs(sums[i] - bad[i]);
    return error / (ROWS - FIT);
}

static void scores_are_probabilities_of_the_later_rows(void **state)
{
    static const enum make_calibration ways[] = {MAKE_CALIBRATE_AUTO, MAKE_CALIBRATE_ISOTONIC,
                                                 MAKE_CALIBRATE_PLATT};
    static const char *const words[] = {"\"isotonic\"", "\"isotonic\"", "\"platt\""};
    struct world *world = *state;
    struct buf file;
    world->job.train.params.values[TRAIN_SCALE_POS_WEIGHT] = 9;   /* scores far too high */
    world->job.calibration = MAKE_CALIBRATE_NONE;
    struct model *raw = make(&world->job, &file);
    assert_true(miscalibration(raw, world) > 0.1);
    model_free(raw);
    buf_done(&file);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        world->job.calibration = ways[i];
        struct model *model = make(&world->job, &file);
        assert_non_null(memmem(file.data, file.size_bytes, words[i], strlen(words[i])));
        assert_true(miscalibration(model, world) < (i == 2 ? 0.07 : 0.01));
        model_free(model);
        buf_done(&file);
    }
}

static void a_few_bad_rows_give_a_curve_of_two_numbers(void **state)
{
    struct world *world = *state;
    struct buf file;
    world->job.calibrate.count = 300;
    model_free(make(&world->job, &file));
    assert_non_null(memmem(file.data, file.size_bytes, "\"platt\"", 7));
    buf_done(&file);
    world->job.calibrate.count = 0;
    model_free(make(&world->job, &file));
    assert_non_null(memmem(file.data, file.size_bytes, "\"calibration\": null", 19));
    buf_done(&file);
}

static void excluded_features_are_not_in_the_file(void **state)
{
    struct world *world = *state;
    for (int method = TRAIN_EXACT; method <= TRAIN_HIST; method++) {
        struct buf file;
        double row[FEATURES] = {0};
        world->job.train.method = (enum train_method)method;
        struct model *model = make(&world->job, &file);
        assert_int_equal(model_feature_count(model), 2);
        assert_true(view_equal(model_feature_name(model, 0), VIEW("height")));
        assert_true(view_equal(model_feature_name(model, 1), VIEW("kind")));
        assert_int_equal(model_feature_is_category(model, 1), method == TRAIN_HIST);
        assert_true(view_equal(model_name(model), VIEW("risk")));
        make_row(&world->matrix, world->features, 7, row);
        assert_true(row[0] == (double)matrix_values(&world->matrix, 7)[0]);
        assert_true(row[1] == (double)matrix_values(&world->matrix, 7)[2]);
        model_free(model);
        buf_done(&file);
    }
}

static void odd_rows_rank_high_without_labels(void **state)
{
    struct world *world = *state;
    struct buf file;
    struct buf again;
    const double usual[] = {0.5, 1};
    const double odd[] = {9, 40};
    world->job.kind = MODEL_ISOLATION;
    for (size_t i = 0; i < ROWS; i++)
        matrix_row(&world->matrix, i)->known_ms = MATRIX_NEVER;
    struct model *model = make(&world->job, &file);
    assert_int_equal(model_kind(model), MODEL_ISOLATION);
    assert_true(model_score_of(model, model_margin(model, odd)) > 0.99);
    assert_true(model_score_of(model, model_margin(model, usual)) < 0.7);
    model_free(model);
    model_free(make(&world->job, &again));
    assert_true(view_equal(buf_view(&file), buf_view(&again)));
    buf_done(&file);
    buf_done(&again);
}

static void a_scorecard_is_served_by_its_points(void **state)
{
    struct world *world = *state;
    struct buf file;
    const double low[] = {0.05, 1};
    const double high[] = {0.95, 1};
    world->job.kind = MODEL_SCORECARD;
    struct model *model = make(&world->job, &file);
    assert_int_equal(model_kind(model), MODEL_SCORECARD);
    assert_int_equal(model_feature_count(model), 2);
    assert_true(model_margin(model, high) > model_margin(model, low) + 2);
    assert_true(miscalibration(model, world) < 0.06);
    model_free(model);
    buf_done(&file);
}

static void no_memory_is_said(void **state)
{
    struct world *world = *state;
    enum status status = STATUS_NO_MEMORY;
    world->job.train.params.values[TRAIN_ROUNDS] = 1;
    world->job.train.params.values[TRAIN_DEPTH] = 1;
    for (size_t fail_at = 1; status != STATUS_OK; fail_at++) {
        struct train_result result;
        struct mem_meter meter;
        struct buf file;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        buf_init(&file, &meter.mem);
        status = make_model(&world->job, &meter.mem, &file, &result, NULL);
        assert_int_equal(status, meter.calls < fail_at ? STATUS_OK : STATUS_NO_MEMORY);
        buf_done(&file);
        assert_int_equal(meter.used_bytes, 0);
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(scores_are_probabilities_of_the_later_rows),
        WORLD_TEST(a_few_bad_rows_give_a_curve_of_two_numbers),
        WORLD_TEST(excluded_features_are_not_in_the_file),
        WORLD_TEST(odd_rows_rank_high_without_labels),
        WORLD_TEST(a_scorecard_is_served_by_its_points),
        WORLD_TEST(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
