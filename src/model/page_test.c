/* One idea: pages and plots are judged by what a browser and a reader would make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "model/html.h"
#include "model/plot.h"

static const char *text_of(struct buf *out)
{
    buf_put_char(out, '\0');
    assert_int_equal(buf_status(out), STATUS_OK);
    return out->data;
}

#define CHECK_TEXT(put, expected)                                                                 \
    do {                                                                                          \
        struct buf out;                                                                           \
        buf_init(&out, mem_libc());                                                               \
        put;                                                                                      \
        assert_string_equal(text_of(&out), expected);                                             \
        buf_done(&out);                                                                           \
    } while (0)

static void markup_is_escaped(void **state)
{
    (void)state;
    CHECK_TEXT(html_put_text(&out, VIEW("<script a=\"b\" c='d'>&amp;")),
               "&lt;script a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;amp;");
    CHECK_TEXT(html_put_name(&out, VIEW("a<b")), "<bdi>a&lt;b</bdi>");
}

static void what_is_no_text_is_replaced(void **state)
{
    (void)state;
    CHECK_TEXT(html_put_text(&out, VIEW("a\x01" "b\x7f" "c")),
               "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c");
    CHECK_TEXT(html_put_text(&out, VIEW("a\xff\xe4\xbd\xa0\xe4\xbd")),
               "a\xef\xbf\xbd\xe4\xbd\xa0\xef\xbf\xbd\xef\xbf\xbd");
    CHECK_TEXT(html_put_text(&out, VIEW("\xc2\x85z\xc2\xa9")), "\xef\xbf\xbdz\xc2\xa9");
    CHECK_TEXT(html_put_text(&out, ((struct view){"a\0b", 3})), "a\xef\xbf\xbd" "b");
}

static void numbers_have_the_digits_that_help(void **state)
{
    (void)state;
    CHECK_TEXT(html_put_count(&out, 0), "0");
    CHECK_TEXT(html_put_count(&out, 999), "999");
    CHECK_TEXT(html_put_count(&out, 1234567), "1,234,567");
    CHECK_TEXT(html_put_fixed(&out, 1234.5, 2), "1,234.50");
    CHECK_TEXT(html_put_fixed(&out, -1234567, 0), "-1,234,567");
    CHECK_TEXT(html_put_fixed(&out, -0.001, 2), "0.00");
    CHECK_TEXT(html_put_fixed(&out, NAN, 2), "\xe2\x80\x93");
    CHECK_TEXT(html_put_fixed(&out, 1e20, 2), "1e+20");
    CHECK_TEXT(html_put_percent(&out, 0.0123, 1), "1.2%");
    CHECK_TEXT(html_put_percent(&out, NAN, 1), "\xe2\x80\x93");
    CHECK_TEXT(html_put_short(&out, 12300), "12,300");
    CHECK_TEXT(html_put_short(&out, 0.25), "0.25");
    CHECK_TEXT(html_put_short(&out, 100), "100");
    CHECK_TEXT(html_put_short(&out, 3e-7), "3e-07");
    CHECK_TEXT(html_put_short(&out, 0), "0");
    CHECK_TEXT(html_put_short(&out, -INFINITY), "-inf");
}

static void times_are_dates_where_they_can_be(void **state)
{
    (void)state;
    CHECK_TEXT(html_put_time(&out, INT64_C(1782864000000)), "2026-07-01");
    CHECK_TEXT(html_put_time(&out, INT64_C(1782864001000)), "2026-07-01T00:00:01Z");
    CHECK_TEXT(html_put_time(&out, INT64_MIN), "\xe2\x80\x93");
}

static void check_ticks(struct plot_scale scale, size_t count, const double *expected)
{
    double ticks[PLOT_TICKS_MAX];
    assert_int_equal(plot_ticks(&scale, ticks), count);
    for (size_t i = 0; i < count; i++)
        assert_true(ticks[i] == expected[i]);
}

static void ticks_are_round(void **state)
{
    (void)state;
    check_ticks((struct plot_scale){.min = 0, .max = 1}, 6,
                (const double[]){0, 0.2, 0.4, 0.6, 0.8, 1});
    check_ticks((struct plot_scale){.min = 0, .max = 0.26}, 6,
                (const double[]){0, 0.05, 0.1, 0.15, 0.2, 0.25});
    check_ticks((struct plot_scale){.min = -3, .max = 12345}, 3,
                (const double[]){0, 5000, 10000});
    check_ticks((struct plot_scale){.min = 5, .max = 5}, 6,
                (const double[]){5, 5.2, 5.4, 5.6, 5.8, 6});
    check_ticks((struct plot_scale){.min = 0.0003, .max = 1, .logarithmic = true}, 4,
                (const double[]){0.001, 0.01, 0.1, 1});
}

static void ticks_lie_on_their_scale(void **state)
{
    (void)state;
    for (int e = -300; e <= 300; e += 7) {
        for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
            double size = 1;
            for (int i = 0; i < (e < 0 ? -e : e); i++)
                size = e < 0 ? size / 10 : size * 10;
            const struct plot_scale scale = {.min = size, .max = size * 37.5,
                                             .logarithmic = logarithmic == 1};
            double ticks[PLOT_TICKS_MAX];
            size_t count = plot_ticks(&scale, ticks);
            assert_true(count >= 1 && count <= PLOT_TICKS_MAX);
            for (size_t i = 0; i < count; i++) {
                assert_true(ticks[i] >= scale.min * (1 - 1e-8));
                assert_true(ticks[i] <= scale.max * (1 + 1e-8));
                assert_true(i == 0 || ticks[i] > ticks[i - 1]);
            }
        }
    }
}

static const struct plot_frame frame = {
    .id = "p", .title = "A <title>", .description = {"what \"it\" shows", 15},
    .width = 400, .height = 300,
    .x = {.max = 1, .percent = true, .title = "x"}, .y = {.max = 10, .title = "y"}};

static void a_plot_tells_what_it_shows(void **state)
{
    (void)state;
    struct buf out;
    struct plot plot;
    buf_init(&out, mem_libc());
    plot_begin(&plot, &frame, &out);
    plot_line(&plot, (const struct plot_point[]){{0, 0}, {1, 10}, {2, -5}}, 3, "l1");
    plot_bar(&plot, (struct plot_point){0, 0}, (struct plot_point){0.5, 5}, "c1", VIEW("<h>"));
    plot_bar(&plot, (struct plot_point){0.5, 0}, (struct plot_point){0.5, 5}, "none", VIEW(""));
    plot_end(&plot);
    const char *text = text_of(&out);
    assert_non_null(strstr(text, "role=\"img\" aria-labelledby=\"p-t p-d\""));
    assert_non_null(strstr(text, "<title id=\"p-t\">A &lt;title&gt;</title>"));
    assert_non_null(strstr(text, "<desc id=\"p-d\">what &quot;it&quot; shows</desc>"));
    assert_non_null(strstr(text, ">40%</text>"));
    /* The third point lies outside and is held at the corner. */
    assert_non_null(strstr(text, "points=\"54,260 382,10 382,260\""));
    assert_non_null(strstr(text, "<title>&lt;h&gt;</title></rect>"));
    assert_null(strstr(text, "none"));
    buf_done(&out);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    struct buf out;
    struct plot plot;
    buf_init(&out, mem_libc());
    plot_begin(&plot, &frame, &out);
    plot_row_name(&plot, 1, VIEW("abcde\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"));
    const char *text = text_of(&out);
    assert_non_null(strstr(text, ">abcde\xe2\x80\xa6</text>"));
    buf_done(&out);
}

static void a_thumbnail_stands_on_its_highest_bar(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, mem_libc());
    plot_thumbnail(&out, (const double[]){0, 1, 1e-9, 2}, 4, VIEW("a \"population\""));
    const char *text = text_of(&out);
    size_t bars = 0;
    for (const char *at = text; (at = strstr(at, "<rect")) != NULL; at++)
        bars++;
    assert_int_equal(bars, 3);
    assert_non_null(strstr(text, "aria-label=\"a &quot;population&quot;\""));
    assert_non_null(strstr(text, "height=\"25\""));
    assert_non_null(strstr(text, "height=\"1\""));
    buf_clear(&out);
    plot_thumbnail(&out, NULL, 0, VIEW(""));
    assert_null(strstr(text_of(&out), "<rect"));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_is_escaped),
        cmocka_unit_test(what_is_no_text_is_replaced),
        cmocka_unit_test(numbers_have_the_digits_that_help),
        cmocka_unit_test(times_are_dates_where_they_can_be),
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(ticks_lie_on_their_scale),
        cmocka_unit_test(a_plot_tells_what_it_shows),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
        cmocka_unit_test(a_thumbnail_stands_on_its_highest_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
