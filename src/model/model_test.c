/* One idea: whatever form a model comes in, its margins are those of its maker, an envelope changes
 * nothing but what is in it, and what is not as it should be is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/ensemble.h"
#include "model/isolation.h"
#include "model/model.h"
#include "model/model_write.h"

#define FEATURES 3
#define ROWS 5

/* What sha256sum says of lightgbm.txt. */
#define LIGHTGBM_HASH "5d8f0299143f89dbcdfb86932ec6c859" \
                      "47b482c4fefa913128b2922eb7a5ed2e"

static const double rows[ROWS][FEATURES] = {
    {0.5, 1, 2}, {NAN, 0.1, 1}, {-1, NAN, 3}, {2, -1, NAN}, {0.1, 0.2, 0}};

/* Files with what their makers say of the rows: XGBoost 1.7.6, LightGBM 4.7.0. */
static const struct maker {
    const char *file;
    enum model_kind kind;
    bool named;
    bool category;          /* the last feature is one */
    double margins[ROWS];
} makers[] = {
    {"xgboost.json", MODEL_XGBOOST, true, true,
     {0.9397701025009155, -1.2025471925735474, -1.2025471925735474, 0.5855255126953125,
      -0.8126404285430908}},
    {"xgboost.ubj", MODEL_XGBOOST, true, true,
     {0.9397701025009155, -1.2025471925735474, -1.2025471925735474, 0.5855255126953125,
      -0.8126404285430908}},
    {"xgboost_unnamed.json", MODEL_XGBOOST, false, false,
     {0.2774529457092285, -0.7750065326690674, -0.7750065326690674, 0.8102833032608032,
      -0.5071277618408203}},
    {"lightgbm.txt", MODEL_LIGHTGBM, true, true,
     {-0.09054574917803385, -0.7070092731583671, -0.9555187501385312, -0.09054574917803385,
      -0.7070092731583671}},
};
#define MAKERS (sizeof makers / sizeof *makers)

static const struct model_file_feature features[FEATURES] = {
    {{"amount", 6}, false}, {{"spent_1h", 8}, false}, {{"channel", 7}, true}};

static const char SCORECARD[] =
    "{\"scale\":{\"points\":660,\"odds\":15,\"double\":40,\"least\":300,\"most\":850},"
    "\"base\":{\"log_odds\":-3.5,\"points\":683},\"features\":["
    "{\"below\":[0.25],\"bins\":[{\"log_odds\":-0.5,\"points\":29,\"rows\":90,\"positives\":2},"
    "{\"log_odds\":0.75,\"points\":-43,\"rows\":10,\"positives\":5}],"
    "\"missing\":{\"log_odds\":0.125,\"points\":-7,\"rows\":1,\"positives\":0},\"special\":[]},"
    "{\"below\":[],\"bins\":[{\"log_odds\":0,\"points\":0,\"rows\":9,\"positives\":1}],"
    "\"missing\":{\"log_odds\":0,\"points\":0,\"rows\":0,\"positives\":0},\"special\":[]},"
    "{\"categories\":[0,1],\"bins\":[{\"log_odds\":1,\"points\":-58,\"rows\":9,\"positives\":8},"
    "{\"log_odds\":-1,\"points\":58,\"rows\":9,\"positives\":0}],"
    "\"missing\":{\"log_odds\":0,\"points\":0,\"rows\":0,\"positives\":0},\"special\":[]}]}";

static const char ISOLATION[] =
    "{\"sample_rows\":4,\"trees\":[{\"features\":[1,-1,0,-1,-1],\"thresholds\":[0.5,1.5],"
    "\"missing_left\":[0,1],\"rows\":[2,1,1]}]}";

/* Reads a file of the corpus. */
static void read_file(const char *name, struct buf *ret_bytes)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/../corpus/model/%s", getenv("WEIR_GOLDEN"), name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    buf_init(ret_bytes, mem_libc());
    for (int c; (c = fgetc(file)) != EOF;)
        buf_put_char(ret_bytes, (char)c);
    fclose(file);
    assert_true(ret_bytes->size_bytes > 0);
}

static struct model *must_read(struct view bytes)
{
    struct model *model = NULL;
    struct diag diag = {0};
    if (model_read(bytes, mem_libc(), &model, &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    return model;
}

static struct model *read_written(const struct model_file *file)
{
    struct buf out;
    buf_init(&out, mem_libc());
    assert_int_equal(model_write(file, &out), STATUS_OK);
    struct model *model = must_read(buf_view(&out));
    buf_done(&out);
    return model;
}

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-5))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* Contributions add up to the margin of every row. */
static void check_explained(struct model *model)
{
    for (size_t i = 0; i < ROWS; i++) {
        double contributions[FEATURES + 1];
        double sum = 0;
        model_explain(model, rows[i], contributions);
        for (size_t f = 0; f <= FEATURES; f++)
            sum += contributions[f];
        assert_true(fabs(sum - model_margin(model, rows[i])) < 1e-9);
    }
}

static void files_of_every_maker_are_read(void **state)
{
    (void)state;
    for (size_t m = 0; m < MAKERS; m++) {
        struct buf bytes;
        read_file(makers[m].file, &bytes);
        struct model *model = must_read(buf_view(&bytes));
        buf_done(&bytes);
        assert_int_equal(model_kind(model), makers[m].kind);
        assert_int_equal(model_name(model).size_bytes, 0);
        assert_int_equal(model_feature_count(model), FEATURES);
        for (uint32_t f = 0; f < FEATURES; f++)
            assert_true(view_equal(model_feature_name(model, f),
                                   makers[m].named ? features[f].name : VIEW("")));
        assert_int_equal(model_feature_is_category(model, 2), makers[m].category);
        assert_false(model_feature_is_category(model, 0));
        for (size_t i = 0; i < ROWS; i++) {
            double margin = model_margin(model, rows[i]);
            near(margin, makers[m].margins[i]);
            near(model_score_of(model, margin), 1 / (1 + exp(-margin)));
        }
        assert_true(isnan(model_score_of(model, NAN)));
        check_explained(model);
        model_free(model);
    }
}

static void the_hash_is_of_the_bytes(void **state)
{
    (void)state;
    struct buf bytes;
    read_file("lightgbm.txt", &bytes);
    struct model *model = must_read(buf_view(&bytes));
    assert_string_equal(model_hash(model), LIGHTGBM_HASH);
    model_free(model);
    buf_put_char(&bytes, '\n');
    model = must_read(buf_view(&bytes));
    assert_string_not_equal(model_hash(model), LIGHTGBM_HASH);
    model_free(model);
    buf_done(&bytes);
}

static void an_envelope_changes_no_margin(void **state)
{
    (void)state;
    double margins[] = {-2, -0x1.921fb54442d18p-3, 0x1p-1074, 1.25};
    double scores[] = {0, 0x1.23456789abcdep-4, 0x1.23456789abcdfp-4, 0.9};
    const struct calibration isotonic = {.method = CALIBRATION_ISOTONIC, .point_count = 4,
                                         .margins = margins, .scores = scores};
    const struct calibration platt = {.method = CALIBRATION_PLATT,
                                      .slope = 0x1.8p-1, .intercept = 0x1.999999999999ap-4};
    const struct calibration *const calibrations[] = {NULL, &isotonic, &platt};
    for (size_t m = 0; m < MAKERS; m++)
        for (size_t c = 0; c < 3; c++) {
            struct buf body;
            if (strstr(makers[m].file, ".ubj") != NULL)
                continue;
            read_file(makers[m].file, &body);
            struct model *bare = must_read(buf_view(&body));
            struct model *model = read_written(&(struct model_file){
                .kind = makers[m].kind, .name = VIEW("risk \"1\""), .features = features,
                .feature_count = FEATURES, .calibration = calibrations[c],
                .trained = VIEW("{\"rows\": [1, {}]}"), .body = buf_view(&body)});
            buf_done(&body);
            assert_int_equal(model_kind(model), makers[m].kind);
            assert_true(view_equal(model_name(model), VIEW("risk \"1\"")));
            assert_true(view_equal(model_feature_name(model, 1), VIEW("spent_1h")));
            assert_true(model_feature_is_category(model, 2));
            for (size_t i = 0; i < ROWS; i++) {
                double margin = model_margin(model, rows[i]);
                assert_true(margin == model_margin(bare, rows[i]));
                assert_true(model_score_of(model, margin) ==
                            (c == 0 ? model_score_of(bare, margin)
                                    : calibration_apply(calibrations[c], margin)));
            }
            for (size_t i = 0; i < 4; i++)
                assert_true(c != 1 || model_score_of(model, margins[i]) == scores[i]);
            check_explained(model);
            model_free(model);
            model_free(bare);
        }
}

static void fill_row(const void *self, size_t index, double *ret_row)
{
    memcpy(ret_row, (const double *)self + index * FEATURES, FEATURES * sizeof *ret_row);
}

static void an_isolation_forest_is_served(void **state)
{
    (void)state;
    static double matrix[1000][FEATURES];
    static double margins[1000];
    struct random random;
    struct arena arena;
    struct isolation forest;
    struct calibration ranks;
    struct buf body;
    random_init(&random, 51);
    for (size_t i = 0; i < 1000; i++)
        for (size_t f = 0; f < FEATURES; f++)
            matrix[i][f] = i == 7 ? 5 : random_unit(&random) + random_unit(&random);
    arena_init(&arena, mem_libc(), 0);
    buf_init(&body, mem_libc());
    struct isolation_rows training = {1000, FEATURES, fill_row, matrix};
    struct isolation_settings settings = {ISOLATION_TREES_DEFAULT, ISOLATION_SAMPLE_DEFAULT, 3};
    assert_int_equal(isolation_train(&training, &settings, mem_libc(), &arena, &forest, NULL),
                     STATUS_OK);
    for (size_t i = 0; i < 1000; i++)
        margins[i] = ensemble_margin(&forest.ensemble, matrix[i]);
    assert_int_equal(isolation_rank(margins, 1000, mem_libc(), &ranks), STATUS_OK);
    isolation_put_json(&forest, &body);
    struct model *model = read_written(&(struct model_file){
        .kind = MODEL_ISOLATION, .name = VIEW("odd"), .features = features,
        .feature_count = FEATURES, .calibration = &ranks, .body = buf_view(&body)});
    for (size_t i = 0; i < 1000; i++)
        assert_true(model_margin(model, matrix[i]) == margins[i]);
    assert_true(model_score_of(model, margins[7]) == 0.999);
    assert_true(model_feature_is_category(model, 2));
    check_explained(model);
    model_free(model);
    calibration_done(&ranks, mem_libc());
    buf_done(&body);
    arena_done(&arena);
}

static void a_scorecard_is_served(void **state)
{
    (void)state;
    struct model *model = read_written(&(struct model_file){
        .kind = MODEL_SCORECARD, .name = VIEW("credit"), .features = features,
        .feature_count = FEATURES, .body = view_of(SCORECARD)});
    const int points[ROWS] = {683 - 43, 683 - 7 + 58, 683 + 29, 683 - 43, 683 + 29 - 58};
    for (size_t i = 0; i < ROWS; i++) {
        double margin = (660 - points[i]) / (40 / log(2)) - log(15);
        near(model_margin(model, rows[i]), margin);
        near(model_score_of(model, margin), 1 / (1 + exp(-margin)));
        int32_t found = 0;
        assert_true(model_points(model, model_margin(model, rows[i]), &found));
        assert_int_equal(found, points[i]);
    }
    check_explained(model);
    model_free(model);
}

/* Reads an envelope around `body` with the text `from` replaced by `to`. */
static void damaged(enum model_kind kind, const char *from, const char *to, enum status expected)
{
    double margins[] = {-1, 0.5};
    double scores[] = {0.125, 0.75};
    const struct calibration isotonic = {.method = CALIBRATION_ISOTONIC, .point_count = 2,
                                         .margins = margins, .scores = scores};
    struct model_file file = {.kind = kind, .name = VIEW("risk"), .features = features,
                              .feature_count = FEATURES, .calibration = &isotonic,
                              .body = view_of(kind == MODEL_ISOLATION ? ISOLATION : SCORECARD)};
    struct buf whole, text;
    struct model *model = NULL;
    struct diag diag = {0};
    buf_init(&whole, mem_libc());
    buf_init(&text, mem_libc());
    assert_int_equal(model_write(&file, &whole), STATUS_OK);
    buf_put_char(&whole, '\0');
    const char *at = strstr(whole.data, from);
    if (at == NULL)
        fail_msg("no %s in %s", from, whole.data);
    buf_put(&text, whole.data, (size_t)(at - whole.data));
    buf_put_text(&text, to);
    buf_put_text(&text, at + strlen(from));
    enum status status = model_read(buf_view(&text), mem_libc(), &model, &diag);
    if (status != expected)
        fail_msg("%s for %s: %s, %s", to, from, status_text(status), diag.message);
    if (status != STATUS_OK)
        assert_true(diag.code[0] != '\0' && diag.message[0] != '\0' && model == NULL);
    model_free(model);
    buf_done(&whole);
    buf_done(&text);
}

static void bad_envelopes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"\"weir_model\": 1", "\"weir_model\": 2"},
        {"\"weir_model\": 1", "\"weir_model\": \"1\""},
        {"\"weir_model\"", "\"model\""},
        {"\"isolation\"", "\"forest\""},
        {"\"isolation\"", "\"xgboost\""},
        {"\"isolation\"", "\"lightgbm\""},
        {"\"isolation\"", "\"scorecard\""},
        {"\"kind\"", "\"sort\""},
        {"\"risk\"", "\"\""},
        {"\"risk\"", "7"},
        {"\"features\": [", "\"features\": [1, "},
        {"\"features\"", "\"fields\""},
        {"\"spent_1h\"", "\"amount\""},
        {"\"spent_1h\"", "\"\""},
        {"\"spent_1h\"", "3"},
        {"\"number\"", "\"integer\""},
        {"\"number\"", "null"},
        {"\"isotonic\"", "\"sigmoid\""},
        {"\"isotonic\"", "\"platt\""},
        {"\"method\"", "\"way\""},
        {"[-1,0.5]", "[-1]"},
        {"[-1,0.5]", "[]"},
        {"[-1,0.5]", "[0.5,-1]"},
        {"[-1,0.5]", "[0.5,0.5]"},
        {"[-1,0.5]", "[-1,NaN]"},
        {"[-1,0.5]", "[-1,Infinity]"},
        {"[-1,0.5]", "[-1,\"0.5\"]"},
        {"[0.125,0.75]", "[0.75,0.125]"},
        {"[0.125,0.75]", "[0.125,NaN]"},
        {"[0.125,0.75]", "[0.125,1.5]"},
        {"[0.125,0.75]", "[-0.125,0.75]"},
        {"{\"method\": \"isotonic\",\n  \"margins\": [-1,0.5],\n  \"scores\": [0.125,0.75]}",
         "null"},
        {"{\"method\": \"isotonic\",\n  \"margins\": [-1,0.5],\n  \"scores\": [0.125,0.75]}",
         "{\"method\": \"platt\", \"slope\": NaN, \"intercept\": 0}"},
        {"\"body\"", "\"model\""},
        {"\"missing_left\"", "\"missing\""},
        {"[1,-1,0,-1,-1]", "[1,-1,3,-1,-1]"},
        {"\n\"body\"", "\n\"body\": {}, \"body\""},
        {"]}}\n", "]}\n"},
        {"]}}\n", "]}} {}\n"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        damaged(MODEL_ISOLATION, bad[i][0], bad[i][1], STATUS_INVALID);
    damaged(MODEL_ISOLATION, "risk", "risk 2", STATUS_OK);
    damaged(MODEL_ISOLATION, "{}", "[NaN, {\"a\": [[]]}]", STATUS_OK);
    damaged(MODEL_SCORECARD, "[0.25]", "[0.25, 0.5]", STATUS_INVALID);
    damaged(MODEL_SCORECARD, "{\"name\": \"amount\", \"type\": \"number\"},", "", STATUS_INVALID);
}

static void features_of_envelope_and_body_agree(void **state)
{
    (void)state;
    struct buf body;
    struct buf out;
    struct diag diag;
    struct model *model = NULL;
    struct model_file_feature more[] = {features[0], features[1], features[2], {VIEW("x"), false}};
    read_file("xgboost.json", &body);
    buf_init(&out, mem_libc());
    struct model_file file = {.kind = MODEL_XGBOOST, .name = VIEW("risk"), .features = more,
                              .feature_count = 4, .body = buf_view(&body)};
    assert_int_equal(model_write(&file, &out), STATUS_OK);
    assert_int_equal(model_read(buf_view(&out), mem_libc(), &model, &diag), STATUS_INVALID);
    assert_string_equal(diag.code, "model-features");
    more[2].category = false;
    file.feature_count = 3;
    buf_clear(&out);
    assert_int_equal(model_write(&file, &out), STATUS_OK);
    assert_int_equal(model_read(buf_view(&out), mem_libc(), &model, &diag), STATUS_INVALID);
    assert_string_equal(diag.code, "model-feature");
    buf_done(&out);
    buf_done(&body);
}

static void names_and_features_are_bounded(void **state)
{
    (void)state;
    char name[MODEL_NAME_BYTES_MAX + 2];
    struct buf text;
    struct diag diag;
    struct model *model = NULL;
    memset(name, 'n', sizeof name);
    name[MODEL_NAME_BYTES_MAX] = '\0';
    damaged(MODEL_ISOLATION, "risk", name, STATUS_OK);
    damaged(MODEL_ISOLATION, "spent_1h", name, STATUS_OK);
    name[MODEL_NAME_BYTES_MAX] = 'n';
    name[MODEL_NAME_BYTES_MAX + 1] = '\0';
    damaged(MODEL_ISOLATION, "risk", name, STATUS_LIMIT);
    damaged(MODEL_ISOLATION, "spent_1h", name, STATUS_LIMIT);
    for (unsigned count = MODEL_FEATURES_MAX; count <= MODEL_FEATURES_MAX + 1; count++) {
        buf_init(&text, mem_libc());
        buf_put_text(&text, "{\"weir_model\":1,\"kind\":\"isolation\",\"name\":\"x\","
                            "\"calibration\":{\"method\":\"platt\",\"slope\":1,\"intercept\":0},"
                            "\"features\":[");
        for (unsigned i = 0; i < count; i++)
            buf_printf(&text, "%s{\"name\":\"f%u\",\"type\":\"number\"}", i > 0 ? "," : "", i);
        buf_printf(&text, "],\"body\":%s}", ISOLATION);
        assert_int_equal(model_read(buf_view(&text), mem_libc(), &model, &diag),
                         count <= MODEL_FEATURES_MAX ? STATUS_OK : STATUS_LIMIT);
        if (count <= MODEL_FEATURES_MAX)
            model_free(model);
        buf_done(&text);
    }
    static const char byte[1] = {'{'};
    assert_int_equal(model_read((struct view){byte, MODEL_FILE_BYTES_MAX + 1}, mem_libc(), &model,
                                &diag), STATUS_LIMIT);
}

static void what_is_no_model_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " \n", "{", "{}", "{ }", "[]", "null", "{\"a\":1}",
                                        "{i\x01", "{L", "tree", "tree\n", "PK\x03\x04", "1",
                                        "{\"learner\":{}}", "{\"weir_model\":1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct model *model = NULL;
        struct diag diag = {0};
        if (model_read(view_of(texts[i]), mem_libc(), &model, &diag) != STATUS_INVALID)
            fail_msg("\"%s\": %s", texts[i], diag.message);
        assert_true(diag.message[0] != '\0');
    }
}

/* No beginning of a file is a model, except of LightGBM's text, which ends in what nobody reads. */
static void files_that_break_off_are_refused(void **state)
{
    (void)state;
    for (size_t m = 0; m < MAKERS; m++) {
        struct buf bytes;
        size_t read_count = 0;
        read_file(makers[m].file, &bytes);
        while (bytes.data[bytes.size_bytes - 1] == '\n')
            bytes.size_bytes--;
        for (size_t size = 0; size < bytes.size_bytes; size++) {
            char *exact = malloc(size + (size == 0));
            struct model *model = NULL;
            struct diag diag = {0};
            assert_non_null(exact);
            memcpy(exact, bytes.data, size);
            enum status status =
                model_read((struct view){exact, size}, mem_libc(), &model, &diag);
            assert_true(status != STATUS_NO_MEMORY);
            assert_true(status == STATUS_OK || diag.message[0] != '\0');
            read_count += status == STATUS_OK;
            model_free(model);
            free(exact);
        }
        assert_true(read_count == 0 || makers[m].kind == MODEL_LIGHTGBM);
        buf_done(&bytes);
    }
}

static void missing_memory_is_reported(void **state)
{
    (void)state;
    static const char *const files[] = {"xgboost.json", "xgboost.ubj", "lightgbm.txt",
                                        "weir_isolation.json", "weir_scorecard.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct buf bytes;
        enum status status;
        size_t nth = 0;
        read_file(files[i], &bytes);
        do {
            struct mem_meter meter;
            struct model *model = NULL;
            mem_meter_init(&meter, mem_libc());
            meter.fail_at = ++nth;
            status = model_read(buf_view(&bytes), &meter.mem, &model, NULL);
            assert_true(status == STATUS_OK || model == NULL);
            model_free(model);
            assert_int_equal(meter.used_bytes, 0);
        } while (status == STATUS_NO_MEMORY);
        assert_int_equal(status, STATUS_OK);
        assert_true(nth > 4);
        buf_done(&bytes);
    }
}

static void scoring_allocates_nothing(void **state)
{
    (void)state;
    for (size_t m = 0; m < MAKERS; m++) {
        struct buf bytes;
        struct mem_meter meter;
        struct model *model;
        double contributions[FEATURES + 1];
        read_file(makers[m].file, &bytes);
        mem_meter_init(&meter, mem_libc());
        assert_int_equal(model_read(buf_view(&bytes), &meter.mem, &model, NULL), STATUS_OK);
        size_t calls = meter.calls;
        for (size_t i = 0; i < ROWS; i++) {
            model_score_of(model, model_margin(model, rows[i]));
            model_explain(model, rows[i], contributions);
        }
        assert_int_equal(meter.calls, calls);
        model_free(model);
        buf_done(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_every_maker_are_read),
        cmocka_unit_test(the_hash_is_of_the_bytes),
        cmocka_unit_test(an_envelope_changes_no_margin),
        cmocka_unit_test(an_isolation_forest_is_served),
        cmocka_unit_test(a_scorecard_is_served),
        cmocka_unit_test(bad_envelopes_are_refused),
        cmocka_unit_test(features_of_envelope_and_body_agree),
        cmocka_unit_test(names_and_features_are_bounded),
        cmocka_unit_test(what_is_no_model_is_refused),
        cmocka_unit_test(files_that_break_off_are_refused),
        cmocka_unit_test(missing_memory_is_reported),
        cmocka_unit_test(scoring_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
