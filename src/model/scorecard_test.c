/* One idea: a card says what another implementation says of the same rows, serves what it was
 * trained on, and is refused when it was not made like this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/measure.h"
#include "model/model_write.h"
#include "model/scorecard.h"

#define COLUMNS_MAX 8
#define LINE_BYTES_MAX 256
#define CASES 3

/* Rows, and the card made of them. */
struct world {
    struct matrix matrix;
    struct train_feature features[COLUMNS_MAX];
    uint32_t *numbers;
    struct scorecard_options options;
    struct scorecard_result result;
    struct buf body;
    struct arena arena;
    struct scorecard card;
    struct diag diag;
};

static void world_init(struct world *world, size_t feature_count)
{
    memset(world, 0, sizeof *world);
    matrix_init(&world->matrix, mem_libc(), feature_count);
    buf_init(&world->body, mem_libc());
    arena_init(&world->arena, mem_libc(), 0);
    world->options = scorecard_options_default();
    for (size_t feature = 0; feature < feature_count; feature++)
        world->features[feature].name = VIEW("x");
}

static void world_done(struct world *world)
{
    matrix_done(&world->matrix);
    buf_done(&world->body);
    arena_done(&world->arena);
    free(world->numbers);
}

static void add(struct world *world, bool positive, const double *values)
{
    struct matrix_row row = {.known_ms = positive ? 1000 : MATRIX_NEVER};
    assert_int_equal(matrix_add(&world->matrix, &row, values), STATUS_OK);
}

static enum status train_with(struct world *world, struct mem *mem, size_t count)
{
    free(world->numbers);
    world->numbers = calloc(count + 1, sizeof *world->numbers);
    assert_non_null(world->numbers);
    for (size_t row = 0; row < count; row++)
        world->numbers[row] = (uint32_t)row;
    struct scorecard_job job = {&world->matrix, world->features,
                                {world->numbers, count, MATRIX_NEVER}, world->options};
    buf_clear(&world->body);
    return scorecard_train(&job, mem, &world->body, &world->result, &world->diag);
}

static enum status read_text(struct world *world, struct view text, uint32_t feature_count)
{
    const struct tree_value *root;
    enum status status = tree_read_json(text, false, &world->arena, &root, &world->diag);
    if (status != STATUS_OK)
        return status;
    return scorecard_read(root, feature_count, &world->arena, &world->card, &world->diag);
}

/* Trains on all rows and reads the card. */
static void make(struct world *world)
{
    enum status status = train_with(world, mem_libc(), world->matrix.row_count);
    if (status != STATUS_OK)
        fail_msg("%s", world->diag.message);
    status = read_text(world, buf_view(&world->body), world->result.feature_count);
    if (status != STATUS_OK)
        fail_msg("%s", world->diag.message);
}

static void near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* ---- the fixtures ---- */

static void begin_case(struct world *world, char *at)
{
    at = strchr(at, ' ');
    assert_non_null(at);
    size_t feature_count = strtoul(at, &at, 10);
    assert_in_range(feature_count, 1, COLUMNS_MAX);
    world_init(world, feature_count);
    world->options.ridge = strtod(at, &at);
    world->options.smoothing = strtod(at, &at);
    world->options.special_count = 1;
    world->options.special_values[0] = strtod(at, &at);
    world->options.share_min = 1e-9;
    world->options.chi2_min = 0;
    for (size_t feature = 0; feature < feature_count; feature++)
        world->features[feature].category = at[1 + feature] == 'c';
}

static void take_rows(struct world *world, char *at)
{
    double values[COLUMNS_MAX];
    bool positive = strtol(at, &at, 10) != 0;
    long count = strtol(at, &at, 10);
    for (size_t feature = 0; feature < world->matrix.feature_count; feature++)
        values[feature] = strtod(at, &at);
    for (long row = 0; row < count; row++)
        add(world, positive, values);
}

static void check_cell(const struct world *world, char *at)
{
    uint32_t feature = (uint32_t)strtoul(at, &at, 10);
    double value = strtod(at, &at);
    double log_odds = strtod(at, &at);
    const struct scorecard_cell *cell = scorecard_cell(&world->card, feature, value);
    near(cell->log_odds, log_odds, 1e-6);
    assert_int_equal(cell->points, strtol(at, &at, 10));
}

/* The area under the curve of the log-odds that the points were rounded from. */
static double area_of(const struct world *world)
{
    size_t count = world->matrix.row_count;
    double *scores = calloc(count, sizeof *scores);
    bool *truths = calloc(count, sizeof *truths);
    struct measure *measure;
    for (size_t row = 0; row < count; row++) {
        const float *values = matrix_values(&world->matrix, row);
        scores[row] = world->card.base_log_odds;
        for (uint32_t feature = 0; feature < world->card.feature_count; feature++)
            scores[row] +=
                scorecard_cell(&world->card, feature, (double)values[feature])->log_odds;
        truths[row] = matrix_is_positive(&world->matrix, row, MATRIX_NEVER);
    }
    struct measure_rows rows = {.row_count = count, .scores = scores, .truths = truths};
    assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
    double area = measure_auc(measure);
    measure_free(measure);
    free(scores);
    free(truths);
    return area;
}

static void check_fact(struct world *world, const char *name, char *at)
{
    if (strcmp(name, "rows") == 0) {
        take_rows(world, at);
    } else if (strcmp(name, "base") == 0) {
        make(world);
        near(world->card.base_log_odds, strtod(at, &at), 1e-6);
        assert_int_equal(world->card.base_points, strtol(at, &at, 10));
    } else if (strcmp(name, "cell") == 0) {
        check_cell(world, at);
    } else {
        assert_string_equal(name, "auc");
        near(area_of(world), strtod(at, &at), 1e-9);
        world_done(world);
    }
}

static void the_fixtures_agree(void **state)
{
    (void)state;
    static char path[512];
    static struct world world;
    char line[LINE_BYTES_MAX];
    int cases = 0;
    snprintf(path, sizeof path, "%s/scorecard/cases.txt", getenv("WEIR_GOLDEN"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = strchr(line, ' ');
        assert_non_null(at);
        *at++ = '\0';
        if (strcmp(line, "case") == 0) {
            begin_case(&world, at);
            cases++;
        } else if (line[0] != '#') {
            check_fact(&world, line, at);
        }
    }
    fclose(file);
    assert_int_equal(cases, CASES);
}

/* ---- properties ---- */

/* Rows of a rising risk, one that has a hump, noise, and categories; some values are missing. */
static void fill(struct world *world, struct random *random, size_t count)
{
    world_init(world, 4);
    world->features[3].category = true;
    for (size_t row = 0; row < count; row++) {
        double x = random_unit(random) * 10 - 5;
        double hump = random_unit(random);
        double category = (double)random_below(random, 6);
        double margin = -2 + 0.4 * x + (hump > 0.3 && hump < 0.6 ? 1.5 : 0) +
                        (category > 3 ? 1 : 0);
        double values[] = {x, hump, random_unit(random), category};
        for (size_t feature = 0; feature < 4; feature++) {
            if (random_below(random, 20) == 0)
                values[feature] = NAN;
        }
        add(world, random_unit(random) < 1 / (1 + exp(-margin)), values);
    }
}

static void check_counts(const struct world *world, uint32_t feature)
{
    const struct scorecard_feature *f = &world->card.features[feature];
    uint32_t cell_count = f->bin_count + f->special_count + 1;
    uint64_t *rows = calloc(cell_count, sizeof *rows);
    for (size_t row = 0; row < world->matrix.row_count; row++) {
        float x = matrix_values(&world->matrix, row)[feature];
        rows[scorecard_cell(&world->card, feature, (double)x) - f->cells]++;
    }
    for (uint32_t cell = 0; cell < cell_count; cell++)
        assert_int_equal(rows[cell], f->cells[cell].row_count);
    for (uint32_t bin = 0; bin < f->bin_count; bin++)
        assert_true(f->bin_count == 1 || (double)rows[bin] >= world->options.share_min *
                                                                  (double)world->matrix.row_count);
    free(rows);
}

static void bins_count_the_rows_they_serve(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 20260105);
    print_message("# seed 20260105\n");
    for (int round = 0; round < 20; round++) {
        struct world world;
        fill(&world, &random, 200 + random_below(&random, 4000));
        world.options.bins_max = (uint32_t)random_between(&random, 2, 20);
        make(&world);
        assert_int_equal(world.card.feature_count, 4);
        for (uint32_t feature = 0; feature < 4; feature++) {
            check_counts(&world, feature);
            assert_true(world.card.features[feature].bin_count <= world.options.bins_max);
        }
        world_done(&world);
    }
}

static void a_direction_holds(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 7);
    for (int rising = 0; rising < 2; rising++) {
        fill(&world, &random, 5000);
        for (uint32_t feature = 0; feature < 3; feature++)
            world.features[feature].direction = rising ? TRAIN_RISING : TRAIN_FALLING;
        make(&world);
        for (uint32_t feature = 0; feature < 3; feature++) {
            const struct scorecard_feature *f = &world.card.features[feature];
            for (uint32_t bin = 0; bin + 1 < f->bin_count; bin++) {
                double rise = f->cells[bin + 1].log_odds - f->cells[bin].log_odds;
                assert_true(rising ? rise >= 0 : rise <= 0);
            }
        }
        assert_int_equal(world.card.features[0].bin_count > 4, rising);
        world_done(&world);
    }
}

static void margin_points_and_reasons_agree(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 3);
    fill(&world, &random, 3000);
    make(&world);
    double factor = world.card.scale.to_double / log(2);
    for (int i = 0; i < 2000; i++) {
        double row[] = {random_unit(&random) * 30 - 15, random_unit(&random), NAN,
                        (double)random_below(&random, 9)};
        double contributions[5];
        struct scorecard_reason reasons[4];
        scorecard_explain(&world.card, row, contributions);
        double sum = contributions[4];
        double exact = world.card.base_log_odds;
        int32_t points = world.card.base_points;
        int32_t lost = 0;
        for (uint32_t feature = 0; feature < 4; feature++) {
            int32_t cell = scorecard_cell(&world.card, feature, row[feature])->points;
            sum += contributions[feature];
            exact += scorecard_cell(&world.card, feature, row[feature])->log_odds;
            points += cell;
            lost += cell < 0 ? cell : 0;
            near(cell, -factor * contributions[feature], 1e-9);
            assert_int_equal(scorecard_points_of_part(&world.card, contributions[feature]), cell);
        }
        double margin = scorecard_margin(&world.card, row);
        near(sum, margin, 1e-12);
        near(exact, margin, 2.5 / factor);
        near(points, 660 - factor * (margin + log(15)), 1e-9);
        assert_int_equal(scorecard_points(&world.card, margin),
                         points < 300 ? 300 : points > 850 ? 850 : points);
        uint32_t count = scorecard_reasons(&world.card, row, 4, reasons);
        for (uint32_t at = 0; at < count; at++) {
            lost -= reasons[at].points;
            assert_true(at == 0 || reasons[at - 1].points <= reasons[at].points);
        }
        assert_int_equal(lost, 0);
        struct scorecard_reason first[1];
        assert_int_equal(scorecard_reasons(&world.card, row, 1, first), count > 0);
        assert_true(count == 0 || first[0].feature == reasons[0].feature);
        assert_int_equal(scorecard_reasons(&world.card, row, 0, first), 0);
    }
    world_done(&world);
}

static void extremes_have_a_cell(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 5);
    fill(&world, &random, 2000);
    make(&world);
    const double extremes[] = {INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, DBL_MIN, 4.9e-324, -0.0,
                               -1, 0.5, 1e18, NAN};
    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        double row[] = {extremes[i], extremes[i], extremes[i], extremes[i]};
        assert_true(isfinite(scorecard_margin(&world.card, row)));
        assert_in_range(scorecard_points(&world.card, scorecard_margin(&world.card, row)), 300,
                        850);
    }
    assert_int_equal(scorecard_points(&world.card, NAN), 300);
    assert_int_equal(scorecard_points(&world.card, INFINITY), 300);
    assert_int_equal(scorecard_points(&world.card, -INFINITY), 850);
    assert_int_equal(scorecard_cell(&world.card, 3, 77)->points, 0);
    assert_int_equal(scorecard_cell(&world.card, 3, -1)->row_count, 0);
    world_done(&world);
}

/* A bound is what a person would write. */
static void bounds_are_short(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    world.options.share_min = 1e-9;
    world.options.chi2_min = 0;
    const double values[] = {-7.25, -0.5, 0.123456789, 0.4987654321, 27, 28, 1234.5678};
    const double bounds[] = {-7, 0, 0.2, 1, 28, 1000};
    for (size_t value = 0; value < 7; value++) {
        for (int row = 0; row < 40; row++)
            add(&world, row % 8 < (int)value, &values[value]);
    }
    for (int row = 0; row < 40; row++)
        add(&world, row % 8 < 1, &values[0]);
    make(&world);
    const struct scorecard_feature *f = &world.card.features[0];
    assert_int_equal(f->bin_count, 7);
    for (uint32_t bin = 1; bin < 7; bin++) {
        assert_true(f->below[bin - 1] <= (double)(float)values[bin]);
        assert_true(f->below[bin - 1] > (double)(float)values[bin - 1]);
    }
    near(f->below[1], bounds[1], 0);
    near(f->below[4], bounds[4], 0);
    near(f->below[5], bounds[5], 0);
    world_done(&world);
}

static void the_same_rows_give_the_same_bytes(void **state)
{
    (void)state;
    struct random random;
    struct world worlds[2];
    for (int i = 0; i < 2; i++) {
        random_init(&random, 11);
        fill(&worlds[i], &random, 2000);
        make(&worlds[i]);
    }
    assert_true(view_equal(buf_view(&worlds[0].body), buf_view(&worlds[1].body)));
    world_done(&worlds[0]);
    world_done(&worlds[1]);
}

static void an_excluded_feature_is_not_there(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 13);
    fill(&world, &random, 3000);
    world.features[0].excluded = true;
    make(&world);
    assert_int_equal(world.result.feature_count, 3);
    assert_true(world.card.features[2].category);
    world_done(&world);
}

/* A file around a card is a model whose score is a probability, and whose points are the card's. */
static void a_card_is_a_model(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    struct buf text;
    struct model *model;
    const struct model_file_feature features[] = {
        {VIEW("a"), false}, {VIEW("b"), false}, {VIEW("c"), false}, {VIEW("d"), true}};
    random_init(&random, 29);
    fill(&world, &random, 3000);
    make(&world);
    buf_init(&text, mem_libc());
    struct model_file file = {.kind = MODEL_SCORECARD, .name = VIEW("score"), .features = features,
                              .feature_count = 4, .body = buf_view(&world.body)};
    assert_int_equal(model_write(&file, &text), STATUS_OK);
    enum status status = model_read(buf_view(&text), mem_libc(), &model, &world.diag);
    if (status != STATUS_OK)
        fail_msg("%s", world.diag.message);
    assert_int_equal(model_kind(model), MODEL_SCORECARD);
    for (int i = 0; i < 100; i++) {
        double row[] = {random_unit(&random) * 10 - 5, random_unit(&random), NAN, i % 7};
        double parts[5];
        int32_t points;
        double margin = model_margin(model, row);
        near(margin, scorecard_margin(&world.card, row), 0);
        near(model_score_of(model, margin), 1 / (1 + exp(-margin)), 1e-12);
        assert_true(model_points(model, margin, &points));
        assert_int_equal(points, scorecard_points(&world.card, margin));
        model_explain(model, row, parts);
        assert_true(model_points_of_part(model, parts[0], &points));
        assert_int_equal(points, scorecard_cell(&world.card, 0, row[0])->points);
    }
    model_free(model);
    struct model_file_feature wrong[4];
    memcpy(wrong, features, sizeof wrong);
    wrong[3].category = false;
    file.features = wrong;
    buf_clear(&text);
    assert_int_equal(model_write(&file, &text), STATUS_OK);
    assert_int_equal(model_read(buf_view(&text), mem_libc(), &model, &world.diag), STATUS_INVALID);
    assert_string_equal(world.diag.code, "model-feature");
    buf_done(&text);
    world_done(&world);
}

/* ---- what is refused ---- */

static void expect_refusal(struct world *world, size_t count, enum status status, const char *code)
{
    assert_int_equal(train_with(world, mem_libc(), count), status);
    assert_string_equal(world->diag.code, code);
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 2);
    double values[] = {1, NAN};
    double missing[] = {NAN, NAN};
    expect_refusal(&world, 0, STATUS_INVALID, "no-rows");
    add(&world, true, missing);
    add(&world, true, missing);
    expect_refusal(&world, 2, STATUS_INVALID, "one-class");
    add(&world, false, missing);
    expect_refusal(&world, 3, STATUS_INVALID, "no-values");
    world.features[0].excluded = world.features[1].excluded = true;
    expect_refusal(&world, 3, STATUS_INVALID, "features");
    world.features[0].excluded = world.features[1].excluded = false;
    add(&world, false, values);
    make(&world);
    world.features[0].category = true;
    values[0] = SCORECARD_CATEGORIES_MAX;
    add(&world, false, values);
    expect_refusal(&world, 5, STATUS_LIMIT, "categories");
    world_done(&world);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1);
    struct scorecard_options usual = world.options;
#define REFUSED(change)                                                                           \
    do {                                                                                          \
        world.options = usual;                                                                    \
        world.options.change;                                                                     \
        expect_refusal(&world, 0, STATUS_INVALID, "scorecard-options");                           \
    } while (0)
    REFUSED(bins_max = 1);
    REFUSED(bins_max = SCORECARD_BINS_MAX + 1);
    REFUSED(share_min = 0);
    REFUSED(share_min = NAN);
    REFUSED(chi2_min = -1);
    REFUSED(smoothing = 0);
    REFUSED(ridge = 0);
    REFUSED(special_count = SCORECARD_SPECIAL_MAX + 1);
    REFUSED(scale.odds = 0);
    REFUSED(scale.to_double = SCORECARD_DOUBLE_MAX + 1);
    REFUSED(scale.least = 850);
    world_done(&world);
}

static void too_many_features_are_refused(void **state)
{
    (void)state;
    static struct train_feature features[SCORECARD_FEATURES_MAX + 1];
    static double values[SCORECARD_FEATURES_MAX + 1];
    struct world world;
    world_init(&world, 1);
    matrix_init(&world.matrix, mem_libc(), SCORECARD_FEATURES_MAX + 1);
    add(&world, true, values);
    add(&world, false, values);
    const uint32_t numbers[] = {0, 1};
    struct scorecard_job job = {&world.matrix, features, {numbers, 2, MATRIX_NEVER},
                                world.options};
    assert_int_equal(
        scorecard_train(&job, mem_libc(), &world.body, &world.result, &world.diag), STATUS_LIMIT);
    features[3].excluded = true;
    assert_int_equal(
        scorecard_train(&job, mem_libc(), &world.body, &world.result, &world.diag), STATUS_OK);
    world_done(&world);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 17);
    fill(&world, &random, 500);
    struct mem_meter meter;
    for (size_t at = 1;; at++) {
        buf_done(&world.body);
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = at;
        buf_init(&world.body, &meter.mem);
        enum status status = train_with(&world, &meter.mem, 500);
        if (status == STATUS_OK) {
            assert_true(at > 8);
            break;
        }
        assert_int_equal(status, STATUS_NO_MEMORY);
    }
    buf_done(&world.body);
    assert_int_equal(meter.used_bytes, 0);
    world_done(&world);
}

/* What is worked with for a feature is not kept until the end. */
static void memory_is_what_the_header_says(void **state)
{
    (void)state;
    enum { ROWS = 300 };
    struct random random;
    struct world world;
    struct mem_meter meter;
    random_init(&random, 23);
    world_init(&world, COLUMNS_MAX);
    for (size_t row = 0; row < ROWS; row++) {
        double values[COLUMNS_MAX];
        for (size_t feature = 0; feature < COLUMNS_MAX; feature++)
            values[feature] = (double)random_below(&random, 1000);
        add(&world, values[0] + (double)random_below(&random, 1000) > 1000, values);
    }
    mem_meter_init(&meter, mem_libc());
    assert_int_equal(train_with(&world, &meter.mem, ROWS), STATUS_OK);
    print_message("# %zu bytes\n", meter.used_bytes_peak);
    assert_true(meter.used_bytes_peak < ROWS * (COLUMNS_MAX + 34) + COLUMNS_MAX * 4096 + 131072);
    world_done(&world);
}

/* A body in which `from` is replaced by `to`. */
static void expect_refused_body(struct world *world, const char *from, const char *to,
                                const char *said)
{
    struct view text = buf_view(&world->body);
    buf_put_char(&world->body, '\0');
    text = buf_view(&world->body);
    const char *at = strstr(text.data, from);
    assert_non_null(at);
    struct buf changed;
    buf_init(&changed, mem_libc());
    buf_put(&changed, text.data, (size_t)(at - text.data));
    buf_put_text(&changed, to);
    buf_put_text(&changed, at + strlen(from));
    world->body.size_bytes--;
    assert_int_equal(read_text(world, buf_view(&changed), 4), STATUS_INVALID);
    if (strstr(world->diag.message, said) == NULL)
        fail_msg("'%s' does not say '%s'", world->diag.message, said);
    buf_done(&changed);
}

static void bad_bodies_are_refused(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 19);
    fill(&world, &random, 2000);
    make(&world);
    expect_refused_body(&world, "\"odds\":15", "\"odds\":0", "odds");
    expect_refused_body(&world, "\"double\":40", "\"double\":1e9", "double");
    expect_refused_body(&world, "\"least\":300", "\"least\":900", "least");
    expect_refused_body(&world, "\"base\"", "\"bass\"", "log_odds");
    expect_refused_body(&world, "\"below\":[", "\"below\":[-1e9,", "one number less");
    expect_refused_body(&world, "\"below\":[", "\"below\":[1e9,-1e9,0],\"other\":[", "less");
    expect_refused_body(&world, "\"bins\":[{", "\"bins\":[7,{", "bin");
    expect_refused_body(&world, "\"special\":[]", "\"special\":[0]", "special");
    expect_refused_body(&world, "\"special\":[]", "\"special\":{}", "special");
    expect_refused_body(&world, "\"missing\":{", "\"missing\":null,\"m\":{", "missing");
    expect_refused_body(&world, "\"points\":", "\"points\":1e3,\"p\":", "points");
    expect_refused_body(&world, "\"categories\":[", "\"categories\":[64,", "category 0");
    expect_refused_body(&world, "\"categories\":[", "\"categories\":[0.5,", "categories");
    expect_refused_body(&world, "\"features\":[", "\"features\":[1,", "features");
    expect_refused_body(&world, "\"features\":[", "\"features\":null,\"f\":[", "features");
    assert_int_equal(read_text(&world, VIEW("[]"), 4), STATUS_INVALID);
    assert_int_equal(read_text(&world, buf_view(&world.body), 3), STATUS_INVALID);
    assert_int_equal(read_text(&world, buf_view(&world.body), SCORECARD_FEATURES_MAX + 1),
                     STATUS_LIMIT);
    world_done(&world);
}

/* Whatever bytes change, a card that is read has a cell for everything. */
static void damaged_bodies_do_no_harm(void **state)
{
    (void)state;
    struct random random;
    struct world world;
    random_init(&random, 23);
    print_message("# seed 23\n");
    fill(&world, &random, 500);
    make(&world);
    size_t read_count = 0;
    for (int round = 0; round < 5000; round++) {
        struct buf changed;
        buf_init(&changed, mem_libc());
        buf_put_view(&changed, buf_view(&world.body));
        size_t at = random_below(&random, changed.size_bytes);
        changed.data[at] = "0123456789-.,:{}[]\"ex"[random_below(&random, 21)];
        arena_done(&world.arena);
        if (read_text(&world, buf_view(&changed), 4) == STATUS_OK) {
            double row[] = {random_unit(&random) * 10, 0.5, NAN, 2};
            assert_true(isfinite(scorecard_margin(&world.card, row)));
            read_count++;
        }
        buf_done(&changed);
    }
    assert_true(read_count > 100 && read_count < 4900);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixtures_agree),
        cmocka_unit_test(bins_count_the_rows_they_serve),
        cmocka_unit_test(a_direction_holds),
        cmocka_unit_test(margin_points_and_reasons_agree),
        cmocka_unit_test(extremes_have_a_cell),
        cmocka_unit_test(bounds_are_short),
        cmocka_unit_test(the_same_rows_give_the_same_bytes),
        cmocka_unit_test(an_excluded_feature_is_not_there),
        cmocka_unit_test(a_card_is_a_model),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(too_many_features_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(memory_is_what_the_header_says),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(damaged_bodies_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
