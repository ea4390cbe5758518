/* One idea: one picture says whether a model is worth its work: the rules are points, the model a
 * line, and above a point is better. */
#include "model/versus.h"

#include "model/html.h"
#include "model/page_int.h"
#include "model/plot.h"

#define PLOT_WIDTH 760
#define PLOT_HEIGHT 420

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void put_money(const struct versus_page *page, int64_t minor, struct buf *out)
{
    double major = (double)minor;
    for (unsigned i = 0; i < page->currency_exponent; i++)
        major /= 10;
    html_put_fixed(out, major, 0);
}

static void put_side(const struct versus_page *page, const char *name,
                     const struct versus_side *side, struct buf *out)
{
    const struct versus_side *all = &page->versus->all;
    buf_printf(out, "<tr><th scope=\"row\">%s</th><td>", name);
    html_put_count(out, side->alerts);
    buf_put_text(out, "</td><td>");
    html_put_count(out, side->caught);
    buf_put_text(out, "</td><td>");
    html_put_percent(out, share(side->caught, side->alerts), 1);
    buf_put_text(out, "</td><td>");
    html_put_percent(out, share(side->caught, all->caught), 1);
    buf_put_text(out, "</td>");
    if (page->currency.size_bytes > 0) {
        buf_put_text(out, "<td>");
        put_money(page, side->caught_minor, out);
        buf_put_text(out, "</td><td>");
        html_put_percent(
            out, all->caught_minor > 0 ? (double)side->caught_minor / (double)all->caught_minor : 0,
            1);
        buf_put_text(out, "</td>");
    }
    buf_put_text(out, "</tr>\n");
}

static void put_table(const struct versus_page *page, struct buf *out)
{
    buf_put_text(out, "<div class=\"wide\"><table class=\"folds\"><thead><tr>"
                      "<th scope=\"col\">Alerts given by</th><th scope=\"col\">Alerts</th>"
                      "<th scope=\"col\">Bad ones caught</th><th scope=\"col\">Precision</th>"
                      "<th scope=\"col\">Recall</th>");
    if (page->currency.size_bytes > 0) {
        buf_put_text(out, "<th scope=\"col\">Caught, ");
        html_put_text(out, page->currency);
        buf_put_text(out, "</th><th scope=\"col\">Of the money</th>");
    }
    buf_put_text(out, "</tr></thead><tbody>\n");
    put_side(page, "the rules", &page->versus->rules, out);
    put_side(page, "the model", &page->versus->model, out);
    put_side(page, "what the rules block, then the model", &page->versus->both, out);
    put_side(page, "the model, by one threshold for all days", &page->versus->threshold, out);
    put_side(page, "the model, to catch as many as the rules", &page->versus->matching, out);
    buf_put_text(out, "</tbody></table></div>\n");
}

static void put_plot(const struct versus_page *page, struct buf *out)
{
    const struct versus *versus = page->versus;
    const struct plot_frame frame = {
        .id = "worth", .title = "Bad rows caught by the number of alerts",
        .description = VIEW("The model is a line, the rules are points at each of their verdicts; "
                            "the table above has the numbers at equal work."),
        .width = PLOT_WIDTH, .height = PLOT_HEIGHT,
        .x = {.max = 2, .title = "alerts of each day, in multiples of those of the rules"},
        .y = {.max = 1, .percent = true, .title = "share of the bad that is caught"}};
    struct plot_point points[VERSUS_POINTS];
    struct plot plot;
    for (size_t i = 0; i < VERSUS_POINTS; i++)
        points[i] = (struct plot_point){2 * share(i, VERSUS_POINTS - 1),
                                        share(versus->curve[i].caught, versus->all.caught)};
    plot_begin(&plot, &frame, out);
    plot_line(&plot, (const struct plot_point[]){{1, 0}, {1, 1}}, 2, "chance");
    plot_line(&plot, points, VERSUS_POINTS, "l1");
    for (int s = 1; s < VERSUS_STRENGTHS_MAX; s++)
        if (versus->at_least[s].alerts > 0)
            plot_dot(&plot,
                     (struct plot_point){share(versus->at_least[s].alerts, versus->rules.alerts),
                                         share(versus->at_least[s].caught, versus->all.caught)},
                     5, "c2");
    plot_dot(&plot, (struct plot_point){1, share(versus->both.caught, versus->all.caught)}, 5,
             "ring");
    plot_end(&plot);
}

void versus_html(const struct versus_page *page, struct buf *out)
{
    buf_put_text(out, page_head);
    buf_put_text(out, "<title>Worth of a model: ");
    html_put_text(out, page->model);
    buf_put_text(out, "</title>\n<style>\n");
    buf_put_text(out, page_style);
    buf_put_text(out, "</style>\n</head>\n<body>\n<header><p>What a model adds to rules</p><h1>");
    html_put_name(out, page->model);
    buf_put_text(out, "</h1></header>\n<main>\n<p>Policy ");
    html_put_name(out, page->policy);
    buf_put_text(out, ", ");
    html_put_count(out, page->row_count);
    buf_put_text(out, " events, ");
    html_put_count(out, page->versus->all.caught);
    buf_put_text(out, " of them ");
    html_put_name(out, page->label);
    buf_put_text(out, ". On each day the model gets as many alerts as the rules raised.</p>\n");
    put_table(page, out);
    buf_put_text(out, "<figure class=\"full\"><figcaption><span class=\"k1\">Line: the "
                      "model.</span> <span class=\"k2\">Dots: the rules, by the weakest verdict "
                      "that counts as an alert.</span> Ring: both together. The dashed line is the "
                      "work of the rules.</figcaption>\n");
    put_plot(page, out);
    buf_put_text(out, "</figure>\n</main>\n</body>\n</html>\n");
}
