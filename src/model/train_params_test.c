/* One idea: settings read what they write, and say which word is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "model/train.h"

static void expect_text(const struct train_params *params, const struct train_params *usual,
                        const char *text)
{
    struct buf out;
    buf_init(&out, mem_libc());
    train_params_put(params, usual, &out);
    buf_put_char(&out, '\0');
    assert_int_equal(buf_status(&out), STATUS_OK);
    assert_string_equal(out.data, text);
    buf_done(&out);
}

static void defaults_are_those_of_the_book(void **state)
{
    struct train_params usual = train_params_default();
    (void)state;
    expect_text(&usual, NULL,
                "rounds=100,depth=4,eta=0.1,min_child_weight=1,subsample=1,colsample=1,gamma=0,"
                "lambda=1,alpha=0,scale_pos_weight=1,trees=1,bins=256,members=1");
    expect_text(&usual, &usual, "");
}

static void what_is_written_is_read(void **state)
{
    const char *text = "rounds=300,eta=0.05,subsample=0.7,scale_pos_weight=0,members=5";
    struct train_params usual = train_params_default();
    struct train_params params = usual;
    (void)state;
    assert_int_equal(train_params_parse(view_of(text), &params, NULL), STATUS_OK);
    assert_true(params.values[TRAIN_ROUNDS] == 300);
    assert_true(params.values[TRAIN_DEPTH] == usual.values[TRAIN_DEPTH]);
    expect_text(&params, &usual, text);
}

static void wrong_settings_are_named(void **state)
{
    static const char *const cases[][3] = {
        {"round=300", "unknown-setting", "there is no setting 'round'"},
        {"", "setting-form", "'' is not a setting"},
        {"depth", "setting-form", "'depth' is not a setting"},
        {"depth=4,", "setting-form", "'' is not a setting"},
        {"depth=4,depth=5", "setting-twice", "depth is set twice"},
        {"depth=0", "setting-value", "depth takes a whole number from 1 to 16, not '0'"},
        {"depth=17", "setting-value", "depth takes a whole number from 1 to 16, not '17'"},
        {"depth=4.5", "setting-value", "depth takes a whole number from 1 to 16, not '4.5'"},
        {"depth=", "setting-value", "depth takes a whole number from 1 to 16, not ''"},
        {"eta=nan", "setting-value", "eta takes a number from 0.0001 to 1, not 'nan'"},
        {"eta=0.1|0.3", "setting-value", "each setting takes one value here, not several"},
    };
    struct train_params usual = train_params_default();
    struct train_params params = usual;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct diag diag;
        assert_int_equal(train_params_parse(view_of(cases[i][0]), &params, &diag),
                         STATUS_INVALID);
        assert_string_equal(diag.code, cases[i][1]);
        assert_string_equal(diag.message, cases[i][2]);
        assert_memory_equal(&params, &usual, sizeof params);
    }
}

static void a_grid_is_all_combinations(void **state)
{
    struct train_params usual = train_params_default();
    struct train_grid grid;
    (void)state;
    assert_int_equal(train_grid_parse(VIEW("eta=0.1|0.3,depth=4|6|8,rounds=50"), &usual, &grid,
                                      NULL), STATUS_OK);
    assert_int_equal(train_grid_count(&grid), 6);
    const double expected[6][2] = {{4, 0.1}, {4, 0.3}, {6, 0.1}, {6, 0.3}, {8, 0.1}, {8, 0.3}};
    for (size_t i = 0; i < 6; i++) {
        struct train_params params = train_grid_at(&grid, i);
        assert_true(params.values[TRAIN_DEPTH] == expected[i][0]);
        assert_true(params.values[TRAIN_ETA] == expected[i][1]);
        assert_true(params.values[TRAIN_ROUNDS] == 50);
        assert_true(params.values[TRAIN_LAMBDA] == 1);
    }
}

/* Writes "NAME=1|2|...|count". */
static void put_values(struct buf *out, const char *name, unsigned count)
{
    buf_printf(out, "%s=1", name);
    for (unsigned i = 2; i <= count; i++)
        buf_printf(out, "|%u", i);
}

static void grids_have_bounds(void **state)
{
    struct train_params usual = train_params_default();
    struct train_grid grid;
    struct diag diag;
    struct buf text;
    (void)state;
    buf_init(&text, mem_libc());
    put_values(&text, "rounds", TRAIN_GRID_VALUES_MAX);
    assert_int_equal(train_grid_parse(buf_view(&text), &usual, &grid, &diag), STATUS_OK);
    buf_put_text(&text, "|99");
    assert_int_equal(train_grid_parse(buf_view(&text), &usual, &grid, &diag), STATUS_LIMIT);
    assert_string_equal(diag.message, "rounds has more than 32 values");
    buf_clear(&text);
    put_values(&text, "rounds", 16);
    buf_put_char(&text, ',');
    put_values(&text, "depth", 16);
    buf_put_char(&text, ',');
    put_values(&text, "trees", 16);
    assert_int_equal(train_grid_parse(buf_view(&text), &usual, &grid, &diag), STATUS_OK);
    assert_int_equal(train_grid_count(&grid), TRAIN_GRID_POINTS_MAX);
    buf_put_text(&text, ",eta=0.1|0.2");
    assert_int_equal(train_grid_parse(buf_view(&text), &usual, &grid, &diag), STATUS_LIMIT);
    assert_string_equal(diag.message, "the grid has more than 4096 combinations");
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_book),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(a_grid_is_all_combinations),
        cmocka_unit_test(grids_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
