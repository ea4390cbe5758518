/* One idea: what other implementations say of fixed rankings is what these measures say. */
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
#include "model/measure.h"

#define ROWS_MAX 2000
#define POINTS_MAX (ROWS_MAX + 1)
#define LINE_BYTES_MAX 256
#define CASES 11
#define TOLERANCE 1e-12

/* One case of the file, as far as it was read. */
struct fixture {
    char name[64];
    size_t row_count;
    double scores[ROWS_MAX];
    bool truths[ROWS_MAX];
    int64_t amounts[ROWS_MAX];
    uint32_t entities[ROWS_MAX];
    int32_t days[ROWS_MAX];
    struct measure *measure;
    struct measure_point points[POINTS_MAX];
    size_t point_count;
    size_t roc_count;
    size_t precision_recall_count;
    size_t facts;
};

static struct measure_rows rows_of(const struct fixture *f)
{
    return (struct measure_rows){f->row_count, f->scores, f->truths, f->amounts};
}

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= TOLERANCE * fmax(1, fabs(expected))))
        fail_msg("%.17g, expected %.17g", found, expected);
}

static void take_row(struct fixture *f, const char *at)
{
    char *end;
    size_t i = f->row_count++;
    assert_true(i < ROWS_MAX);
    f->scores[i] = strtod(at, &end);
    f->truths[i] = strtol(end, &end, 10) != 0;
    f->entities[i] = (uint32_t)strtoul(end, &end, 10);
    f->days[i] = (int32_t)strtol(end, &end, 10);
    f->amounts[i] = strtoll(end, &end, 10);
}

static void check_capacity(const struct fixture *f, size_t k, char *at)
{
    struct measure_rows rows = rows_of(f);
    struct measure_review review;
    size_t hits = measure_total(f->measure).hit_count;
    assert_int_equal(measure_at_capacity(&rows, f->days, k, mem_libc(), &review, NULL), STATUS_OK);
    assert_int_equal(review.review_count, strtoull(at, &at, 10));
    assert_int_equal(review.hit_count, strtoull(at, &at, 10));
    assert_int_equal(review.hit_minor, strtoll(at, &at, 10));
    near(review.precision, (double)review.hit_count / (double)review.review_count);
    near(review.recall, (double)review.hit_count / (double)hits);
}

static void check_entities(const struct fixture *f, size_t k, double expected)
{
    struct measure_rows rows = rows_of(f);
    struct measure_entities about = {f->entities, f->days};
    double precision;
    assert_int_equal(measure_entity_precision(&rows, &about, k, mem_libc(), &precision, NULL),
                     STATUS_OK);
    near(precision, expected);
}

static void check_best(const struct fixture *f, int64_t cost, char *at)
{
    struct measure_point best = measure_best(f->measure, cost);
    assert_int_equal(measure_saved_minor(&best, cost), strtoll(at, &at, 10));
    assert_int_equal(best.row_count, strtoull(at, &at, 10));
    struct measure_point again = measure_at(f->measure, best.score);
    assert_memory_equal(&again, &best, sizeof best);
}

static void check_fit(const struct fixture *f, const char *name, double expected)
{
    struct measure_bin bins[MEASURE_BINS_DEFAULT];
    struct measure_fit fit;
    assert_int_equal(measure_probabilities(f->measure, MEASURE_BINS_DEFAULT, bins, &fit, NULL),
                     STATUS_OK);
    near(name[0] == 'b' ? fit.brier : name[0] == 'l' ? fit.log_loss : fit.calibration_error,
         expected);
    size_t row_count = 0;
    for (size_t i = 0; i < MEASURE_BINS_DEFAULT; i++)
        row_count += bins[i].row_count;
    assert_int_equal(row_count, f->row_count);
}

static void check_curve_point(struct fixture *f, bool roc, double x, double y)
{
    struct measure_point total = measure_total(f->measure);
    const struct measure_point *point =
        &f->points[roc ? f->roc_count++ : f->precision_recall_count++];
    double recall = (double)point->hit_count / (double)total.hit_count;
    double alarms = (double)(point->row_count - point->hit_count);
    if (roc) {
        near(alarms / (double)(total.row_count - total.hit_count), x);
        near(recall, y);
    } else {
        near(recall, x);
        near(point->row_count == 0 ? 1 : (double)point->hit_count / (double)point->row_count, y);
    }
}

static void begin_facts(struct fixture *f)
{
    struct measure_rows rows = rows_of(f);
    struct diag diag;
    assert_int_equal(measure_new(&rows, mem_libc(), &f->measure, &diag), STATUS_OK);
    measure_curve(f->measure, POINTS_MAX, f->points, &f->point_count);
}

static void check_fact(struct fixture *f, const char *name, char *at)
{
    char *after;
    double first = strtod(at, &after);
    if (f->measure == NULL)
        begin_facts(f);
    f->facts++;
    if (strcmp(name, "auc") == 0)
        near(measure_auc(f->measure), first);
    else if (strcmp(name, "average_precision") == 0)
        near(measure_average_precision(f->measure), first);
    else if (strcmp(name, "entity_precision") == 0)
        check_entities(f, (size_t)first, strtod(after, NULL));
    else if (strcmp(name, "capacity") == 0)
        check_capacity(f, (size_t)first, after);
    else if (strcmp(name, "best") == 0)
        check_best(f, (int64_t)first, after);
    else if (strcmp(name, "gain") == 0)
        near(measure_gain(f->measure, first), strtod(after, NULL));
    else if (strcmp(name, "roc") == 0 || strcmp(name, "precision_recall") == 0)
        check_curve_point(f, name[0] == 'r', first, strtod(after, NULL));
    else
        check_fit(f, name, first);
}

static void end_case(struct fixture *f)
{
    if (f->name[0] == '\0')
        return;
    assert_true(f->facts >= 14);
    assert_true(f->roc_count == 0 || f->roc_count == f->point_count);
    assert_int_equal(f->roc_count, f->precision_recall_count);
    measure_free(f->measure);
}

static void the_fixtures_agree(void **state)
{
    (void)state;
    static struct fixture f;
    static char path[512];
    char line[LINE_BYTES_MAX];
    size_t cases = 0;
    snprintf(path, sizeof path, "%s/measures/cases.txt", getenv("WEIR_GOLDEN"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = strchr(line, ' ');
        assert_non_null(at);
        *at++ = '\0';
        if (strcmp(line, "case") == 0) {
            end_case(&f);
            memset(&f, 0, sizeof f);
            snprintf(f.name, sizeof f.name, "%.*s", (int)strcspn(at, "\n"), at);
            print_message("# %s\n", f.name);
            cases++;
        } else if (strcmp(line, "row") == 0) {
            take_row(&f, at);
        } else if (line[0] != '#') {
            check_fact(&f, line, at);
        }
    }
    end_case(&f);
    fclose(file);
    assert_int_equal(cases, CASES);
}

/* Pairs counted one by one. */
static void area_counts_pairs(void **state)
{
    (void)state;
    static double scores[400];
    static bool truths[400];
    struct random random;
    random_init(&random, 11);
    for (int round = 0; round < 50; round++) {
        size_t count = 2 + (size_t)random_below(&random, 398);
        struct measure_rows rows = {count, scores, truths, NULL};
        uint64_t twice = 0;
        uint64_t pairs = 0;
        for (size_t i = 0; i < count; i++) {
            scores[i] = (double)random_between(&random, -20, 20);
            truths[i] = random_below(&random, 3) == 0;
        }
        truths[0] = true;
        truths[1] = false;
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < count; j++)
                if (truths[i] && !truths[j]) {
                    twice += scores[i] > scores[j] ? 2 : scores[i] == scores[j];
                    pairs++;
                }
        struct measure *measure;
        assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
        assert_true(measure_auc(measure) == (double)twice / (double)(2 * pairs));
        measure_free(measure);
    }
}

static void a_curve_is_thinned_to_the_points_asked_for(void **state)
{
    (void)state;
    enum { COUNT = 1900 };
    static double scores[COUNT];
    static bool truths[COUNT];
    struct measure_point points[50];
    struct measure *measure;
    size_t count;
    struct random random;
    random_init(&random, 12);
    for (size_t i = 0; i < COUNT; i++) {
        truths[i] = random_below(&random, 10) == 0;
        scores[i] = random_unit(&random) + truths[i];
    }
    struct measure_rows rows = {COUNT, scores, truths, NULL};
    assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
    for (size_t most = 2; most <= 50; most++) {
        measure_curve(measure, most, points, &count);
        assert_true(count <= most && count >= 2 && count + 4 >= most);
        assert_int_equal(points[0].row_count, 0);
        assert_true(isinf(points[0].score));
        assert_int_equal(points[count - 1].row_count, COUNT);
        for (size_t i = 1; i < count; i++) {
            struct measure_point same = measure_at(measure, points[i].score);
            assert_true(points[i].row_count > points[i - 1].row_count);
            assert_memory_equal(&same, &points[i], sizeof same);
        }
    }
    measure_free(measure);
}

static void a_threshold_between_scores_counts_what_lies_above(void **state)
{
    (void)state;
    const double scores[] = {0.1, 0.9, 0.5, 0.5};
    const bool truths[] = {false, true, true, false};
    const int64_t amounts[] = {1, 20, 300, 4000};
    struct measure_rows rows = {4, scores, truths, amounts};
    struct measure *measure;
    assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
    struct measure_point point = measure_at(measure, 0.4);
    assert_int_equal(point.row_count, 3);
    assert_int_equal(point.hit_count, 2);
    assert_int_equal(point.hit_minor, 320);
    assert_int_equal(measure_saved_minor(&point, 100), 20);
    assert_int_equal(measure_at(measure, 0.91).row_count, 0);
    assert_int_equal(measure_at(measure, -INFINITY).row_count, 4);
    point = (struct measure_point){0, SIZE_MAX >> 1, 0, 0};
    assert_true(measure_saved_minor(&point, INT64_MAX) == INT64_MIN);
    measure_free(measure);
}

static void without_days_all_rows_share_the_capacity(void **state)
{
    (void)state;
    const double scores[] = {0.5, 0.9, 0.5, 0.5};
    const bool truths[] = {true, true, false, false};
    const int32_t days[] = {INT32_MAX, INT32_MIN, -1, 0};
    struct measure_rows rows = {4, scores, truths, NULL};
    struct measure_review review;
    assert_int_equal(measure_at_capacity(&rows, NULL, 2, mem_libc(), &review, NULL), STATUS_OK);
    assert_int_equal(review.day_count, 1);
    assert_int_equal(review.review_count, 2);
    assert_int_equal(review.hit_count, 2);
    assert_true(review.precision == 1 && review.recall == 1 && review.hit_minor == 0);
    assert_int_equal(measure_at_capacity(&rows, days, SIZE_MAX, mem_libc(), &review, NULL),
                     STATUS_OK);
    assert_int_equal(review.day_count, 4);
    assert_int_equal(review.review_count, 4);
}

static void an_entity_that_was_caught_makes_room_for_the_next(void **state)
{
    (void)state;
    const double scores[] = {0.9, 0.8, 0.9, 0.8, 0.9};
    const bool truths[] = {true, true, true, true, false};
    const uint32_t entities[] = {7, 3, 7, 3, 1};
    const int32_t days[] = {-5, -5, 0, 0, 0};
    struct measure_rows rows = {5, scores, truths, NULL};
    struct measure_entities about = {entities, days};
    double precision;
    assert_int_equal(measure_entity_precision(&rows, &about, 1, mem_libc(), &precision, NULL),
                     STATUS_OK);
    assert_true(precision == 0.5); /* day 0 ranks entity 1, without a positive, before 3 */
    rows.row_count = 4;
    assert_int_equal(measure_entity_precision(&rows, &about, 1, mem_libc(), &precision, NULL),
                     STATUS_OK);
    assert_true(precision == 1);
}

static void refused(const struct measure_rows *rows, enum status expected, const char *code)
{
    struct measure *measure = NULL;
    struct measure_review review;
    struct diag diag = {0};
    assert_int_equal(measure_new(rows, mem_libc(), &measure, &diag), expected);
    assert_string_equal(diag.code, code);
    assert_null(measure);
    diag.code = "";
    assert_int_equal(measure_at_capacity(rows, NULL, 1, mem_libc(), &review, &diag), expected);
    assert_string_equal(diag.code, code);
}

static void what_cannot_be_measured_is_refused(void **state)
{
    (void)state;
    const double scores[] = {0.1, 0.2, NAN};
    const bool truths[] = {false, true, true};
    const int64_t amounts[] = {INT64_MAX, INT64_MAX, 1};
    const uint32_t entities[] = {0, 0, 0};
    const int32_t days[] = {0, 0, 0};
    refused(&(struct measure_rows){0, scores, truths, NULL}, STATUS_INVALID, "measure-no-rows");
    refused(&(struct measure_rows){3, scores, truths, NULL}, STATUS_INVALID, "measure-nan");
    refused(&(struct measure_rows){1, scores, truths, NULL}, STATUS_INVALID, "measure-one-class");
    refused(&(struct measure_rows){1, scores, truths + 1, NULL}, STATUS_INVALID,
            "measure-one-class");
    refused(&(struct measure_rows){MEASURE_ROWS_MAX + 1, scores, truths, NULL}, STATUS_LIMIT,
            "measure-rows");
    const double three[] = {1, 2, 3};
    refused(&(struct measure_rows){3, three, truths, amounts}, STATUS_OVERFLOW, "measure-amounts");
    struct measure_rows rows = {3, scores, truths, NULL};
    struct measure_entities about = {entities, days};
    struct diag diag;
    double precision;
    assert_int_equal(measure_entity_precision(&rows, &about, 1, mem_libc(), &precision, &diag),
                     STATUS_INVALID);
    assert_string_equal(diag.code, "measure-nan");
}

static void scores_beyond_0_and_1_are_no_probabilities(void **state)
{
    (void)state;
    const bool truths[] = {true, false};
    const double scores[][2] = {{-0x1p-60, 1}, {0, 1 + 0x1p-52}, {-INFINITY, 0}, {0, INFINITY}};
    for (size_t i = 0; i < 4; i++) {
        struct measure_rows rows = {2, scores[i], truths, NULL};
        struct measure_bin bins[1];
        struct measure_fit fit;
        struct measure *measure;
        struct diag diag;
        assert_int_equal(measure_new(&rows, mem_libc(), &measure, NULL), STATUS_OK);
        assert_int_equal(measure_probabilities(measure, 1, bins, &fit, &diag), STATUS_INVALID);
        assert_string_equal(diag.code, "measure-no-probability");
        measure_free(measure);
    }
}

static enum status measure_all(struct mem *mem)
{
    const double scores[] = {0.1, 0.2, 0.3};
    const bool truths[] = {false, true, true};
    const uint32_t entities[] = {0, 4, 1};
    const int32_t days[] = {3, 1, 3};
    struct measure_rows rows = {3, scores, truths, NULL};
    struct measure_entities about = {entities, days};
    struct measure_review review;
    struct measure *measure = NULL;
    double precision;
    enum status status = measure_new(&rows, mem, &measure, NULL);
    if (status == STATUS_OK)
        status = measure_at_capacity(&rows, days, 1, mem, &review, NULL);
    if (status == STATUS_OK)
        status = measure_entity_precision(&rows, &about, 1, mem, &precision, NULL);
    measure_free(measure);
    return status;
}

static void memory_that_is_missing_is_reported(void **state)
{
    (void)state;
    struct mem_meter meter;
    size_t nth = 0;
    enum status status;
    do {
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++nth;
        status = measure_all(&meter.mem);
        assert_int_equal(meter.used_bytes, 0);
    } while (status == STATUS_NO_MEMORY);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(nth, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixtures_agree),
        cmocka_unit_test(area_counts_pairs),
        cmocka_unit_test(a_curve_is_thinned_to_the_points_asked_for),
        cmocka_unit_test(a_threshold_between_scores_counts_what_lies_above),
        cmocka_unit_test(without_days_all_rows_share_the_capacity),
        cmocka_unit_test(an_entity_that_was_caught_makes_room_for_the_next),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
        cmocka_unit_test(scores_beyond_0_and_1_are_no_probabilities),
        cmocka_unit_test(memory_that_is_missing_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
