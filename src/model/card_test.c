/* One idea: a card says of a model what can be counted again from its rows, survives being written
 * and read, and no name in it can be markup. */
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
#include "model/card.h"
#include "model/outline.h"
#include "model/real.h"

#define FEATURES 3
#define ROWS 3000
#define PER_DAY 300

static struct model *model;
static double rows_of[ROWS][FEATURES];
static double margins[ROWS];
static bool truths[ROWS];
static int32_t days[ROWS];
static int64_t amounts[ROWS];
static uint32_t entities[ROWS];

static void near(double found, double expected, double margin)
{
    if (!(fabs(found - expected) <= margin))
        fail_msg("%.17g, expected %.17g", found, expected);
}

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
}

static int setup(void **state)
{
    (void)state;
    struct random random;
    struct buf bytes;
    struct diag diag = {0};
    random_init(&random, 11);
    read_file("xgboost.json", &bytes);
    if (model_read(buf_view(&bytes), mem_libc(), &model, &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    buf_done(&bytes);
    assert_int_equal(model_feature_count(model), FEATURES);
    for (size_t i = 0; i < ROWS; i++) {
        rows_of[i][0] = random_unit(&random) * 4 - 2;
        rows_of[i][1] = random_below(&random, 10) == 0 ? NAN : random_unit(&random);
        rows_of[i][2] = (double)random_below(&random, 4);
        margins[i] = model_margin(model, rows_of[i]);
        truths[i] = random_unit(&random) < real_logistic(margins[i]);
        days[i] = (int32_t)(i / PER_DAY);
        amounts[i] = (int64_t)random_below(&random, 100000);
        entities[i] = (uint32_t)random_below(&random, 500);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    model_free(model);
    return 0;
}

static void fill(const void *self, size_t index, double *ret_row)
{
    (void)self;
    memcpy(ret_row, rows_of[index], sizeof rows_of[index]);
}

static const struct card_input_feature features[FEATURES] = {
    {{"amount", 6}, {"money", 5}, 1, 12.5},
    {{"<script>", 8}, {"number", 6}, 0, NAN},
    {{"channel", 7}, {"one of", 6}, 0, 3},
};
static const struct card_parameter parameters[] = {{{"depth", 5}, {"6", 1}}};
static const struct view excluded[] = {{"sex\xff", 4}};

static struct card_rows fold(const char *name)
{
    return (struct card_rows){.name = view_of(name), .window = {0, 864000000}, .count = ROWS,
                              .margins = margins, .truths = truths, .days = days,
                              .amounts_minor = amounts, .entities = entities, .fill = fill};
}

static struct card_input input_of(const struct card_rows *folds, size_t count)
{
    return (struct card_input){
        .model = model, .model_name = VIEW("risk & \"more\""), .policy_name = VIEW("small"),
        .policy_hash = VIEW("00ff"), .made_by = VIEW("weir test"), .label = VIEW("fraud"),
        .train = {-864000000, 0}, .delay_ms = 604800000, .train_rows = 10, .train_positives = 3,
        .seed = 42, .parameters = parameters, .parameter_count = 1, .features = features,
        .excluded = excluded, .excluded_count = 1, .entity = VIEW("card"), .precision_at = 10,
        .reviews_per_day = 20, .review_cost_minor = 500, .currency = VIEW("EUR"),
        .currency_exponent = 2, .folds = folds, .fold_count = count};
}

static struct card build(const struct card_input *input, struct arena *arena)
{
    struct card card;
    struct diag diag = {0};
    if (card_build(input, mem_libc(), arena, &card, &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    return card;
}

/* Measures counted pair by pair and day by day. */
static void a_card_says_what_can_be_counted(void **state)
{
    (void)state;
    struct arena arena;
    const struct card_rows folds[] = {fold("first"), fold("last")};
    const struct card_input input = input_of(folds, 2);
    arena_init(&arena, mem_libc(), 0);
    struct card card = build(&input, &arena);
    double wins = 0, pairs = 0, squares = 0, importance[FEATURES] = {0};
    uint64_t positives = 0, scored = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double contributions[FEATURES + 1];
        double error = real_logistic(margins[i]) - truths[i];
        positives += truths[i];
        squares += error * error;
        for (size_t j = 0; truths[i] && j < ROWS; j++) {
            pairs += !truths[j];
            if (!truths[j] && margins[i] >= margins[j])
                wins += margins[i] > margins[j] ? 1 : 0.5;
        }
        model_explain(model, rows_of[i], contributions);
        for (size_t f = 0; f < FEATURES; f++)
            importance[f] += fabs(contributions[f]) / ROWS;
    }
    assert_int_equal(card.fold_count, 2);
    assert_int_equal(card.folds[1].rows, ROWS);
    assert_int_equal(card.folds[1].positives, positives);
    near(card.folds[1].auc, wins / pairs, 1e-12);
    near(card.folds[1].brier, squares / ROWS, 1e-12);
    near(card.folds[1].brier_raw, card.folds[1].brier, 1e-12);
    assert_true(card.folds[1].review_precision > card.folds[1].review_recall);
    assert_true(card.folds[1].entity_precision > 0);
    for (size_t f = 0; f < FEATURES; f++) {
        size_t at = 0;
        while (!view_equal(card.features[at].name, features[f].name))
            at++;
        near(card.features[at].importance, importance[f], 1e-9);
        assert_true(at == 0 || card.features[at - 1].importance >= card.features[at].importance);
    }
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; i < CARD_SCORE_BINS; i++)
            scored += card.scores[t][i];
    assert_int_equal(scored, ROWS);
    assert_true(view_equal(card.excluded[0], VIEW("sex?")));
    arena_done(&arena);
}

/* The chance that a bad row is above a good one; equals count half. */
static double area(const double *values)
{
    double wins = 0;
    double pairs = 0;
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; truths[i] && j < ROWS; j++) {
            pairs += !truths[j];
            if (!truths[j] && values[i] >= values[j])
                wins += values[i] > values[j] ? 1 : 0.5;
        }
    }
    return wins / pairs;
}

static void rows_of_one_score_are_ranked_by_margin(void **state)
{
    (void)state;
    static double scores[ROWS];
    struct model *own = model;
    struct arena arena;
    struct buf bytes;
    struct diag diag = {0};
    const struct card_rows folds[] = {fold("only")};
    const struct card_input own_input = input_of(folds, 1);
    read_file("weir_lightgbm.json", &bytes);
    assert_int_equal(model_read(buf_view(&bytes), mem_libc(), &model, &diag), STATUS_OK);
    for (size_t i = 0; i < ROWS; i++)
        scores[i] = model_score_of(model, margins[i]);
    const struct card_input input = input_of(folds, 1);
    arena_init(&arena, mem_libc(), 0);
    struct card usual = build(&own_input, &arena);
    struct card card = build(&input, &arena);
    assert_true(fabs(area(scores) - area(margins)) > 1e-3);
    near(card.folds[0].auc, area(margins), 1e-12);
    assert_int_equal(card.gains.count, usual.gains.count); /* not a point for each step */
    arena_done(&arena);
    buf_done(&bytes);
    model_free(model);
    model = own;
}

static void money_saved_is_that_of_the_reviewed(void **state)
{
    (void)state;
    struct arena arena;
    const struct card_rows folds[] = {fold("only")};
    const struct card_input input = input_of(folds, 1);
    arena_init(&arena, mem_libc(), 0);
    struct card card = build(&input, &arena);
    int64_t saved_minor = 0;
    uint64_t hits = 0;
    for (size_t i = 0; i < ROWS; i++) {
        size_t before = 0;
        for (size_t j = i / PER_DAY * PER_DAY; j < (i / PER_DAY + 1) * PER_DAY; j++)
            before += margins[j] > margins[i] || (margins[j] == margins[i] && j < i);
        if (before >= 20)
            continue;
        hits += truths[i];
        saved_minor += (truths[i] ? amounts[i] : 0) - 500;
    }
    near(card.folds[0].saved, (double)saved_minor / 100, 1e-6);
    near(card.folds[0].review_precision, (double)hits / (ROWS / PER_DAY * 20), 1e-12);
    arena_done(&arena);
}

static void a_card_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct arena arena;
    struct buf first, second;
    struct card again;
    struct diag diag = {0};
    const struct card_rows folds[] = {fold("a"), fold("b")};
    const struct card_input input = input_of(folds, 2);
    arena_init(&arena, mem_libc(), 0);
    buf_init(&first, mem_libc());
    buf_init(&second, mem_libc());
    struct card card = build(&input, &arena);
    card_json(&card, &first);
    if (card_read(buf_view(&first), mem_libc(), &arena, &again, &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    card_json(&again, &second);
    assert_true(view_equal(buf_view(&first), buf_view(&second)));
    assert_true(view_equal(again.model_hash, view_of(model_hash(model))));
    buf_clear(&first);
    buf_clear(&second);
    card_html(&card, &first);
    card_html(&again, &second);
    assert_true(view_equal(buf_view(&first), buf_view(&second)));
    buf_done(&first);
    buf_done(&second);
    arena_done(&arena);
}

static void a_damaged_card_is_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct buf text;
    const struct card_rows folds[] = {fold("a")};
    const struct card_input input = input_of(folds, 1);
    arena_init(&arena, mem_libc(), 0);
    buf_init(&text, mem_libc());
    struct card card = build(&input, &arena);
    card_json(&card, &text);
    for (size_t size = 0; size + 1 < text.size_bytes; size += 1 + size / 64) {
        struct card none;
        struct diag diag = {0};
        assert_int_equal(card_read((struct view){text.data, size}, mem_libc(), &arena, &none,
                                   &diag), STATUS_INVALID);
        assert_true(diag.message[0] != '\0');
    }
    char *version = strstr(text.data, "\"weir_card\":1");
    version[strlen("\"weir_card\":")] = '2';
    struct diag diag = {0};
    assert_int_equal(card_read(buf_view(&text), mem_libc(), &arena, &card, &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "the card is of version 2; this program reads 1");
    buf_done(&text);
    arena_done(&arena);
}

static void a_page_has_no_markup_of_strangers(void **state)
{
    (void)state;
    struct arena arena;
    struct buf page;
    const struct card_rows folds[] = {fold("<b>")};
    const struct card_input input = input_of(folds, 1);
    arena_init(&arena, mem_libc(), 0);
    buf_init(&page, mem_libc());
    struct card card = build(&input, &arena);
    card_html(&card, &page);
    buf_put_char(&page, '\0');
    assert_null(strstr(page.data, "<script"));
    assert_null(strstr(page.data, "<b><"));
    assert_null(strstr(page.data, "http://"));
    assert_null(strstr(page.data, "https://"));
    assert_non_null(strstr(page.data, "<bdi>&lt;script&gt;</bdi>"));
    assert_non_null(strstr(page.data, "risk &amp; &quot;more&quot;"));
    assert_non_null(strstr(page.data, "prefers-color-scheme:dark"));
    assert_non_null(strstr(page.data, "took no part in making it"));
    const char *const plots[] = {"pr-t", "gains-t", "reliability-t", "scores-t", "top-t"};
    for (size_t i = 0; i < sizeof plots / sizeof plots[0]; i++)
        assert_non_null(strstr(page.data, plots[i]));
    buf_done(&page);
    arena_done(&arena);
}

static void one_class_leaves_measures_out(void **state)
{
    (void)state;
    static const bool none[ROWS];
    struct arena arena;
    struct buf text;
    struct card_rows folds[] = {fold("all good")};
    const struct card_input input = input_of(folds, 1);
    folds[0].truths = none;
    arena_init(&arena, mem_libc(), 0);
    buf_init(&text, mem_libc());
    struct card card = build(&input, &arena);
    assert_true(isnan(card.folds[0].auc) && isnan(card.folds[0].brier));
    assert_int_equal(card.gains.count, 0);
    card_json(&card, &text);
    buf_put_char(&text, '\0');
    assert_non_null(strstr(text.data, "\"auc\":null"));
    card_html(&card, &text);
    assert_int_equal(buf_status(&text), STATUS_OK);
    buf_done(&text);
    arena_done(&arena);
}

static void bad_rows_and_limits_are_told(void **state)
{
    (void)state;
    struct arena arena;
    struct card card;
    struct diag diag = {0};
    static double holed[ROWS];
    struct card_rows folds[CARD_FOLDS_MAX + 1];
    memcpy(holed, margins, sizeof holed);
    holed[7] = NAN;
    for (size_t i = 0; i <= CARD_FOLDS_MAX; i++)
        folds[i] = fold("f");
    arena_init(&arena, mem_libc(), 0);
    struct card_input input = input_of(folds, CARD_FOLDS_MAX + 1);
    assert_int_equal(card_build(&input, mem_libc(), &arena, &card, &diag), STATUS_LIMIT);
    input.fold_count = 0;
    assert_int_equal(card_build(&input, mem_libc(), &arena, &card, &diag), STATUS_INVALID);
    input.fold_count = 1;
    folds[0].margins = holed;
    assert_int_equal(card_build(&input, mem_libc(), &arena, &card, &diag), STATUS_INVALID);
    assert_string_equal(diag.message,
                        "the model gives no score for row 8 of those that it is judged by");
    folds[0].count = 0;
    assert_int_equal(card_build(&input, mem_libc(), &arena, &card, &diag), STATUS_INVALID);
    arena_done(&arena);
}

static void missing_memory_is_told_and_nothing_is_kept(void **state)
{
    (void)state;
    const struct card_rows folds[] = {fold("a")};
    const struct card_input input = input_of(folds, 1);
    enum status status = STATUS_NO_MEMORY;
    size_t n = 1;
    for (; status != STATUS_OK; n++) {
        struct mem_meter meter;
        struct arena arena;
        struct card card;
        struct diag diag = {0};
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = n;
        arena_init(&arena, &meter.mem, 0);
        status = card_build(&input, &meter.mem, &arena, &card, &diag);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        arena_done(&arena);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_true(n > 10);
}

/* The gains are those that XGBoost and LightGBM themselves tell of the files. */
static void an_outline_counts_trees_and_gains(void **state)
{
    (void)state;
    static const char *const names[] = {"xgboost.json", "xgboost.ubj", "weir_xgboost.json",
                                        "lightgbm.txt", "weir_lightgbm.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena arena;
        struct buf bytes;
        struct outline outline;
        struct diag diag = {0};
        arena_init(&arena, mem_libc(), 0);
        read_file(names[i], &bytes);
        if (outline_read(buf_view(&bytes), &arena, &outline, &diag) != STATUS_OK)
            fail_msg("%s: %s", names[i], diag.message);
        assert_int_equal(outline.kind, i < 3 ? MODEL_XGBOOST : MODEL_LIGHTGBM);
        assert_int_equal(outline.leaf_count, (outline.node_count + outline.tree_count) / 2);
        uint32_t splits = 0;
        for (uint32_t f = 0; f < outline.feature_count; f++) {
            assert_true(outline.features[f].name.size_bytes > 0);
            assert_true((outline.features[f].split_count > 0) == (outline.features[f].gain > 0));
            splits += outline.features[f].split_count;
        }
        assert_int_equal(splits + outline.leaf_count, outline.node_count);
        buf_done(&bytes);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_says_what_can_be_counted),
        cmocka_unit_test(rows_of_one_score_are_ranked_by_margin),
        cmocka_unit_test(money_saved_is_that_of_the_reviewed),
        cmocka_unit_test(a_card_is_read_as_it_was_written),
        cmocka_unit_test(a_damaged_card_is_refused),
        cmocka_unit_test(a_page_has_no_markup_of_strangers),
        cmocka_unit_test(one_class_leaves_measures_out),
        cmocka_unit_test(bad_rows_and_limits_are_told),
        cmocka_unit_test(missing_memory_is_told_and_nothing_is_kept),
        cmocka_unit_test(an_outline_counts_trees_and_gains),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
