/* One idea: rows that lie apart are found as well as other implementations find them, the same
 * forest comes of the same rows, and a file gives the forest back to the bit or is refused. */
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
#include "codec/tree.h"
#include "model/isolation.h"
#include "model/measure.h"

#define COUNT 600
#define FEATURES 5
#define LINE_BYTES_MAX 256

static double matrix[COUNT][FEATURES];
static bool odd[COUNT];
static double area_least, area_most;

static void fill_row(const void *self, size_t index, double *ret_row)
{
    memcpy(ret_row, (const double *)self + index * FEATURES, FEATURES * sizeof *ret_row);
}

static const struct isolation_rows planted = {COUNT, FEATURES, fill_row, matrix};
static const struct isolation_settings usual = {ISOLATION_TREES_DEFAULT, ISOLATION_SAMPLE_DEFAULT,
                                                1};

static int read_fixture(void **state)
{
    (void)state;
    static char path[512];
    char line[LINE_BYTES_MAX];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/measures/isolation.txt", getenv("WEIR_GOLDEN"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = strchr(line, ' ');
        if (strncmp(line, "row", 3) == 0) {
            assert_true(count < COUNT);
            for (size_t f = 0; f < FEATURES; f++)
                matrix[count][f] = strtod(at, &at);
            odd[count++] = strtol(at, &at, 10) != 0;
        } else if (strncmp(line, "auc", 3) == 0) {
            area_least = strtod(at, &at);
            area_least = strtod(at, &at);
            area_most = strtod(at, &at);
        }
    }
    fclose(file);
    assert_int_equal(count, COUNT);
    return 0;
}

static struct isolation trained(const struct isolation_rows *rows,
                                const struct isolation_settings *settings, struct arena *arena)
{
    struct isolation forest;
    struct diag diag = {0};
    if (isolation_train(rows, settings, mem_libc(), arena, &forest, &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    return forest;
}

static void outliers_are_found_as_others_find_them(void **state)
{
    (void)state;
    double sum = 0;
    static double margins[COUNT];
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct arena arena;
        struct measure *measure;
        struct measure_rows rows = {COUNT, margins, odd, NULL};
        struct isolation_settings settings = usual;
        arena_init(&arena, mem_libc(), 0);
        settings.seed = seed;
        struct isolation forest = trained(&planted, &settings, &arena);
        for (size_t i = 0; i < COUNT; i++)
            margins[i] = ensemble_margin(&forest.ensemble, matrix[i]);
        assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
        double area = measure_auc(measure);
        assert_true(area > area_least - 0.02 && area < area_most + 0.02);
        sum += area;
        measure_free(measure);
        arena_done(&arena);
    }
    print_message("# mean AUC %.4f, scikit-learn's %.4f to %.4f\n", sum / 20, area_least,
                  area_most);
    assert_true(sum / 20 > area_least && sum / 20 < area_most);
}

/* Every promise of the header about trees, leaves and covers. */
static void check_forest(const struct isolation *forest)
{
    const struct ensemble *ensemble = &forest->ensemble;
    struct ensemble checked = *ensemble;
    struct ensemble_tree trees[ISOLATION_TREES_DEFAULT];
    assert_true(ensemble->tree_count <= ISOLATION_TREES_DEFAULT);
    memcpy(trees, ensemble->trees, ensemble->tree_count * sizeof *trees);
    assert_int_equal(ensemble_check(&checked, trees, ensemble->nodes, mem_libc(), NULL), STATUS_OK);
    assert_memory_equal(trees, ensemble->trees, ensemble->tree_count * sizeof *trees);
    for (uint32_t t = 0; t < ensemble->tree_count; t++) {
        const struct ensemble_tree *tree = &ensemble->trees[t];
        double covers = 0;
        assert_true(tree->depth <= ISOLATION_DEPTH_MAX);
        assert_true(ensemble->nodes[tree->first_node].cover == forest->sample_rows);
        for (uint32_t i = 0; i < tree->node_count; i++) {
            const struct ensemble_node *node = &ensemble->nodes[tree->first_node + i];
            if (node->left == ENSEMBLE_LEAF) {
                covers += node->cover;
                assert_true(node->value <= 0 && isfinite(node->value));
                continue;
            }
            assert_true(node->left > tree->first_node + i && node->right == node->left + 1);
            assert_true(node->right < tree->first_node + tree->node_count);
            assert_true(node->feature < ensemble->feature_count);
            assert_true(node->cover == ensemble->nodes[node->left].cover +
                                           ensemble->nodes[node->right].cover);
        }
        assert_true(covers == forest->sample_rows);
    }
}

/* Harmonic numbers in long double. */
static double path(unsigned n)
{
    long double harmonic = 0;
    for (unsigned i = 1; i < n; i++)
        harmonic += 1.0L / i;
    return n < 2 ? 0 : (double)(2 * harmonic - 2.0L * (n - 1) / n);
}

static void leaves_hold_path_lengths(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, mem_libc(), 0);
    struct isolation forest = trained(&planted, &usual, &arena);
    assert_int_equal(forest.ensemble.tree_count, usual.tree_count);
    assert_int_equal(forest.sample_rows, usual.sample_rows);
    check_forest(&forest);
    for (size_t row = 0; row < 5; row++) {
        double sum = 0;
        for (uint32_t t = 0; t < forest.ensemble.tree_count; t++) {
            unsigned depth = 0;
            uint32_t at = forest.ensemble.trees[t].first_node;
            const struct ensemble_node *nodes = forest.ensemble.nodes;
            for (; nodes[at].left != ENSEMBLE_LEAF; depth++)
                at = (float)matrix[row][nodes[at].feature] < (float)nodes[at].threshold
                         ? nodes[at].left : nodes[at].right;
            sum += depth + path((unsigned)nodes[at].cover);
        }
        double expected = -sum / usual.tree_count / path(usual.sample_rows);
        assert_true(fabs(ensemble_margin(&forest.ensemble, matrix[row]) - expected) < 1e-12);
    }
    arena_done(&arena);
}

static void put_forest(const struct isolation *forest, struct buf *out)
{
    buf_init(out, mem_libc());
    isolation_put_json(forest, out);
    assert_int_equal(buf_status(out), STATUS_OK);
}

static enum status read_forest(struct view text, uint32_t feature_count, struct arena *arena,
                               struct isolation *ret_forest, struct diag *diag)
{
    const struct tree_value *root;
    assert_int_equal(tree_read_json(text, false, arena, &root, diag), STATUS_OK);
    return isolation_read(root, feature_count, arena, ret_forest, diag);
}

static void a_file_gives_the_forest_back(void **state)
{
    (void)state;
    struct arena arena;
    struct isolation again;
    struct buf first, second, other;
    struct diag diag;
    arena_init(&arena, mem_libc(), 0);
    struct isolation forest = trained(&planted, &usual, &arena);
    struct isolation same = trained(&planted, &usual, &arena);
    struct isolation_settings settings = usual;
    settings.seed++;
    struct isolation different = trained(&planted, &settings, &arena);
    put_forest(&forest, &first);
    put_forest(&same, &second);
    put_forest(&different, &other);
    assert_true(view_equal(buf_view(&first), buf_view(&second)));
    assert_false(view_equal(buf_view(&first), buf_view(&other)));
    buf_done(&second);
    assert_int_equal(read_forest(buf_view(&first), FEATURES, &arena, &again, &diag), STATUS_OK);
    check_forest(&again);
    put_forest(&again, &second);
    assert_true(view_equal(buf_view(&first), buf_view(&second)));
    for (size_t i = 0; i < COUNT; i++)
        assert_true(ensemble_margin(&forest.ensemble, matrix[i]) ==
                    ensemble_margin(&again.ensemble, matrix[i]));
    buf_done(&first);
    buf_done(&second);
    buf_done(&other);
    arena_done(&arena);
}

static void missing_values_are_neither_odd_nor_in_the_way(void **state)
{
    (void)state;
    static double holes[COUNT][FEATURES];
    const double none[FEATURES] = {NAN, NAN, NAN, NAN, NAN};
    static double margins[COUNT];
    struct random random;
    struct arena arena;
    size_t below = 0;
    random_init(&random, 41);
    memcpy(holes, matrix, sizeof holes);
    for (size_t i = 0; i < COUNT; i++) {
        if (random_below(&random, 3) == 0)
            holes[i][random_below(&random, FEATURES)] = NAN;
        if (random_below(&random, 50) == 0)
            holes[i][1] = random_below(&random, 2) == 0 ? INFINITY : -DBL_MAX;
    }
    arena_init(&arena, mem_libc(), 0);
    struct isolation_rows rows = {COUNT, FEATURES, fill_row, holes};
    struct isolation forest = trained(&rows, &usual, &arena);
    check_forest(&forest);
    for (size_t i = 0; i < COUNT; i++)
        margins[i] = ensemble_margin(&forest.ensemble, holes[i]);
    double all_missing = ensemble_margin(&forest.ensemble, none);
    for (size_t i = 0; i < COUNT; i++)
        below += margins[i] < all_missing;
    assert_true(below < COUNT / 10);
    arena_done(&arena);
}

static void ranks_are_shares_of_rows_below(void **state)
{
    (void)state;
    static double margins[20000];
    struct random random;
    struct calibration ranks;
    random_init(&random, 42);
    for (int round = 0; round < 40; round++) {
        size_t count = round < 4 ? 1 + (size_t)round : 1 + (size_t)random_below(&random, 20000);
        uint64_t values = round % 2 == 0 ? 30 : (uint64_t)1 << 40;
        for (size_t i = 0; i < count; i++)
            margins[i] = -(double)(random_below(&random, values) + 1) / (double)values;
        assert_int_equal(isolation_rank(margins, count, mem_libc(), &ranks), STATUS_OK);
        assert_int_equal(calibration_check(&ranks, NULL), STATUS_OK);
        assert_true(ranks.point_count <= 1200);
        assert_true(calibration_apply(&ranks, 0.1) == 1);
        assert_true(calibration_apply(&ranks, -2) == 0);
        for (size_t i = 0; i < count; i += 1 + count / 50) {
            size_t below = 0;
            for (size_t j = 0; j < count; j++)
                below += margins[j] < margins[i];
            double share = (double)below / (double)count;
            double off = fabs(calibration_apply(&ranks, margins[i]) - share);
            assert_true(off <= (1 - share) / 60 + 1e-12);
        }
        calibration_done(&ranks, mem_libc());
    }
}

static void refused(struct isolation_rows rows, struct isolation_settings settings,
                    enum status expected, const char *code)
{
    struct arena arena;
    struct isolation forest;
    struct diag diag = {0};
    arena_init(&arena, mem_libc(), 0);
    assert_int_equal(isolation_train(&rows, &settings, mem_libc(), &arena, &forest, &diag),
                     expected);
    assert_string_equal(diag.code, code);
    arena_done(&arena);
}

static void what_cannot_be_trained_is_refused(void **state)
{
    (void)state;
    static const double flat[8][FEATURES] = {{0, 0, NAN, 0, 1}};
    struct isolation_rows rows = planted;
    rows.count = 1;
    refused(rows, usual, STATUS_INVALID, "isolation-rows");
    rows.count = ISOLATION_ROWS_MAX + 1;
    refused(rows, usual, STATUS_LIMIT, "isolation-rows");
    rows = planted;
    rows.feature_count = 0;
    refused(rows, usual, STATUS_LIMIT, "isolation-rows");
    rows.feature_count = ENSEMBLE_FEATURES_MAX + 1;
    refused(rows, usual, STATUS_LIMIT, "isolation-rows");
    refused((struct isolation_rows){7, FEATURES, fill_row, flat[1]}, usual, STATUS_INVALID,
            "isolation-constant");
    refused(planted, (struct isolation_settings){0, 256, 1}, STATUS_LIMIT, "isolation-settings");
    refused(planted, (struct isolation_settings){ISOLATION_TREES_MAX + 1, 2, 1}, STATUS_LIMIT,
            "isolation-settings");
    refused(planted, (struct isolation_settings){1, 1, 1}, STATUS_LIMIT, "isolation-settings");
    refused(planted, (struct isolation_settings){1, ISOLATION_SAMPLE_MAX + 1, 1}, STATUS_LIMIT,
            "isolation-settings");
    refused(planted, (struct isolation_settings){ISOLATION_TREES_MAX, ISOLATION_SAMPLE_MAX, 1},
            STATUS_LIMIT, "isolation-settings");
}

static void two_rows_make_a_forest(void **state)
{
    (void)state;
    static const double two[2][FEATURES] = {{1, 2, NAN, 4, 5}, {1, 2, 3, 4, 6}};
    struct arena arena;
    arena_init(&arena, mem_libc(), 0);
    struct isolation_rows rows = {2, FEATURES, fill_row, two};
    struct isolation forest = trained(&rows, &usual, &arena);
    check_forest(&forest);
    assert_int_equal(forest.sample_rows, 2);
    assert_int_equal(forest.ensemble.nodes[0].feature, 4);
    assert_true(ensemble_margin(&forest.ensemble, two[0]) == -1);
    arena_done(&arena);
}

/* A tree of one split, with the text `from` replaced by `to`. */
static void damaged(const char *from, const char *to, enum status expected)
{
    static const char TEXT[] =
        "{\"sample_rows\":4,\"trees\":[{\"features\":[1,-1,0,-1,-1],\"thresholds\":[0.5,1.5],"
        "\"missing_left\":[0,1],\"rows\":[2,1,1]}]}";
    char text[1024];
    struct arena arena;
    struct isolation forest;
    struct diag diag = {0};
    const char *at = strstr(TEXT, from);
    assert_non_null(at);
    int size = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - TEXT), TEXT, to,
                        at + strlen(from));
    arena_init(&arena, mem_libc(), 0);
    enum status status =
        read_forest((struct view){text, (size_t)size}, 2, &arena, &forest, &diag);
    if (status != expected)
        fail_msg("%s: %s, %s", text, status_text(status), diag.message);
    if (status == STATUS_OK)
        check_forest(&forest);
    else
        assert_true(diag.message[0] != '\0' && diag.field[0] != '\0');
    arena_done(&arena);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    damaged("0.5", "0.25", STATUS_OK);
    damaged("\"sample_rows\":4", "\"sample_rows\":5", STATUS_INVALID);
    damaged("\"sample_rows\":4", "\"sample_rows\":1", STATUS_INVALID);
    damaged("\"sample_rows\":4", "\"sample_rows\":70000", STATUS_INVALID);
    damaged("\"sample_rows\":4", "\"sample_rows\":4.5", STATUS_INVALID);
    damaged("\"sample_rows\"", "\"sample\"", STATUS_INVALID);
    damaged("\"trees\"", "\"tree\"", STATUS_INVALID);
    damaged("[{\"features\"", "[1,{\"features\"", STATUS_INVALID);
    damaged("{\"features\":[1,-1,0,-1,-1],\"thresholds\":[0.5,1.5],\"missing_left\":[0,1],"
            "\"rows\":[2,1,1]}", "", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,2,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,-2,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[-1,0,1,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,-1,-1,0]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,-1,0,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,0,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[0,0,0,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[-1,-1,-1,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[1,-1,0.5,-1,-1]", STATUS_INVALID);
    damaged("[1,-1,0,-1,-1]", "[]", STATUS_INVALID);
    damaged("[0.5,1.5]", "[0.5]", STATUS_INVALID);
    damaged("[0.5,1.5]", "[0.5,1e39]", STATUS_INVALID);
    damaged("[0.5,1.5]", "[0.5,\"1\"]", STATUS_INVALID);
    damaged("[0,1]", "[0,2]", STATUS_INVALID);
    damaged("[0,1]", "[0,-1]", STATUS_INVALID);
    damaged("[0,1]", "[0,1,1]", STATUS_INVALID);
    damaged("[2,1,1]", "[2,1]", STATUS_INVALID);
    damaged("[2,1,1]", "[4,0,0]", STATUS_INVALID);
    damaged("[2,1,1]", "[2,2,1]", STATUS_INVALID);
    damaged("[2,1,1]", "[5,-2,1]", STATUS_INVALID);
}

/* A tree that is one long path. */
static void trees_too_deep_are_refused(void **state)
{
    (void)state;
    for (unsigned depth = ISOLATION_DEPTH_MAX; depth <= ISOLATION_DEPTH_MAX + 1; depth++) {
        struct arena arena;
        struct isolation forest;
        struct buf text;
        struct diag diag;
        arena_init(&arena, mem_libc(), 0);
        buf_init(&text, mem_libc());
        buf_printf(&text, "{\"sample_rows\":%u,\"trees\":[{\"features\":[0", depth + 1);
        for (unsigned i = 1; i <= depth; i++)
            buf_put_text(&text, i < depth ? ",-1,0" : ",-1,-1");
        for (unsigned field = 0; field < 3; field++) {
            static const char *const names[] = {"thresholds", "missing_left", "rows"};
            buf_printf(&text, "],\"%s\":[1", names[field]);
            for (unsigned i = 1; i < depth + (field == 2); i++)
                buf_put_text(&text, ",1");
        }
        buf_put_text(&text, "]}]}");
        assert_int_equal(read_forest(buf_view(&text), 1, &arena, &forest, &diag),
                         depth <= ISOLATION_DEPTH_MAX ? STATUS_OK : STATUS_LIMIT);
        buf_done(&text);
        arena_done(&arena);
    }
}

static void missing_memory_is_reported(void **state)
{
    (void)state;
    const double margins[] = {-1, -0.5};
    struct isolation_settings small = {3, 4, 1};
    enum status status;
    size_t nth = 0;
    do {
        struct mem_meter meter;
        struct arena arena;
        struct isolation forest;
        struct calibration ranks = {0};
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++nth;
        arena_init(&arena, &meter.mem, 0);
        status = isolation_train(&planted, &small, &meter.mem, &arena, &forest, NULL);
        if (status == STATUS_OK)
            status = isolation_rank(margins, 2, &meter.mem, &ranks);
        calibration_done(&ranks, &meter.mem);
        arena_done(&arena);
        assert_int_equal(meter.used_bytes, 0);
    } while (status == STATUS_NO_MEMORY);
    assert_int_equal(status, STATUS_OK);
    assert_true(nth > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outliers_are_found_as_others_find_them),
        cmocka_unit_test(leaves_hold_path_lengths),
        cmocka_unit_test(a_file_gives_the_forest_back),
        cmocka_unit_test(missing_values_are_neither_odd_nor_in_the_way),
        cmocka_unit_test(ranks_are_shares_of_rows_below),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
        cmocka_unit_test(two_rows_make_a_forest),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(trees_too_deep_are_refused),
        cmocka_unit_test(missing_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, read_fixture, NULL);
}
