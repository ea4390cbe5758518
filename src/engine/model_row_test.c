/* One idea: the numbers of a row are those that are written of the same values, checked kind by
 * kind. */
#include "engine/test_help.h"

#include <math.h>

#include "engine/model_row.h"

static double number(enum policy_base base, bool fractional, unsigned exponent,
                     union policy_value value)
{
    struct policy_type type = {.base = base, .fractional = fractional};
    return model_number(&type, exponent, value);
}

static void each_kind_of_value_is_a_number(void **state)
{
    (void)state;
    assert_true(number(POLICY_INT, false, 2, (union policy_value){.i64 = -7}) == -7.0);
    assert_true(number(POLICY_NUMBER, false, 2, (union policy_value){.f64 = 0.1}) == 0.1);
    assert_true(number(POLICY_BOOL, false, 2, (union policy_value){.i64 = 1}) == 1.0);
    assert_true(number(POLICY_ONE_OF, false, 2, (union policy_value){.i64 = 3}) == 3.0);
    assert_true(number(POLICY_DURATION, false, 2, (union policy_value){.i64 = 1500}) == 1.5);
    assert_true(number(POLICY_MONEY, false, 2, (union policy_value){.i64 = 421001}) == 4210.01);
    assert_true(number(POLICY_MONEY, false, 0, (union policy_value){.i64 = 421}) == 421.0);
    assert_true(number(POLICY_MONEY, false, 3, (union policy_value){.i64 = -1}) == -0.001);
    assert_true(number(POLICY_MONEY, true, 2, (union policy_value){.f64 = 12.5}) == 0.125);
}

static void a_row_has_every_argument_in_its_order(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy rows\ncurrency JPY\n"
        "event e { id: id   at: time   a: money   b: int?   c: duration   d: one of x, y }\n"
        "let f = b ?? 5\n"
        "model m = \"m.json\" (d, f, b, a, c excluded)\n"
        "rule r \"R\" on e when m > 0.5 then review\n");
    union policy_value values[64] = {{0}};
    bool present[64] = {false};
    struct policy_frame frame = {values, present, 0, NULL};
    const struct policy_model *model = &policy->models[0];
    for (uint16_t i = 0; i < model->argument_count; i++) {
        values[model->arguments[i].slot].i64 = 1000 + i;
        present[model->arguments[i].slot] = i != 2;
    }
    double row[5];
    model_row_fill(policy, model, &frame, row);
    assert_true(row[0] == 1000.0 && row[1] == 1001.0 && row[3] == 1003.0 && row[4] == 1.004);
    assert_true(isnan(row[2]));
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_value_is_a_number),
        cmocka_unit_test(a_row_has_every_argument_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
