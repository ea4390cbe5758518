/* One idea: a page that a risk committee can print: first what the model is and how well it does,
 * then the plots with their numbers beside them, then every feature. */
#include "model/card.h"

#include <math.h>
#include <string.h>

#include "model/html.h"
#include "model/page_int.h"
#include "model/plot.h"
#include "model/population_int.h"

#define TOP_FEATURES 20
#define PLOT_WIDTH 460
#define PLOT_HEIGHT 300
#define BAR_HEIGHT 20
#define TABLE_ROWS_MAX 11 /* of a table beside a plot */

static const struct card_fold *last_fold(const struct card *card)
{
    return &card->folds[card->fold_count - 1];
}

/* ---- what it is ---- */

static void open_fact(struct buf *out, const char *name)
{
    buf_printf(out, "<div><dt>%s</dt><dd>", name);
}

static void close_fact(struct buf *out)
{
    buf_put_text(out, "</dd></div>\n");
}

static void put_fact(struct buf *out, const char *name, struct view text)
{
    open_fact(out, name);
    html_put_name(out, text);
    close_fact(out);
}

static void put_hash(struct buf *out, const char *name, struct view hash)
{
    open_fact(out, name);
    buf_put_text(out, "<code>");
    html_put_text(out, hash);
    buf_put_text(out, "</code>");
    close_fact(out);
}

static void put_window(struct buf *out, const struct card_window *window)
{
    html_put_time(out, window->from_ms);
    buf_put_text(out, " until ");
    html_put_time(out, window->until_ms);
}

static void put_positives(struct buf *out, uint64_t rows, uint64_t positives)
{
    html_put_count(out, rows);
    buf_put_text(out, " rows, ");
    html_put_count(out, positives);
    buf_put_text(out, " of them bad (");
    html_put_percent(out, rows > 0 ? (double)positives / (double)rows : NAN, 3);
    buf_put_char(out, ')');
}

static void put_facts(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<section aria-labelledby=\"what\"><h2 id=\"what\">What it is</h2>\n"
                      "<dl class=\"facts\">\n");
    put_fact(out, "Kind", card->model_kind);
    put_fact(out, "Judged by label", card->label);
    put_fact(out, "Policy", card->policy_name);
    open_fact(out, "Trained on events");
    put_window(out, &card->train);
    close_fact(out);
    open_fact(out, "Training rows");
    put_positives(out, card->train_rows, card->train_positives);
    close_fact(out);
    open_fact(out, "Delay behind the training");
    html_put_short(out, (double)card->delay_ms / 86400000.0);
    buf_put_text(out, " days");
    close_fact(out);
    open_fact(out, "Features");
    html_put_count(out, card->feature_count);
    if (card->excluded_count > 0) {
        buf_put_text(out, ", ");
        html_put_count(out, card->excluded_count);
        buf_put_text(out, " more excluded");
    }
    close_fact(out);
    put_fact(out, "Made by", card->made_by);
    put_hash(out, "Model file, SHA-256", card->model_hash);
    put_hash(out, "Policy, SHA-256", card->policy_hash);
    buf_put_text(out, "</dl></section>\n");
}

/* ---- how well it does ---- */

static void put_tile(struct buf *out, const char *name, double value, unsigned decimals)
{
    if (isnan(value))
        return;
    buf_put_text(out, "<div class=\"tile\"><b>");
    html_put_fixed(out, value, decimals);
    buf_printf(out, "</b><span>%s</span></div>\n", name);
}

static void put_tiles(const struct card *card, struct buf *out)
{
    const struct card_fold *fold = last_fold(card);
    buf_put_text(out, "<div class=\"tiles\">\n");
    put_tile(out, "AUC ROC", fold->auc, 3);
    put_tile(out, "average precision", fold->average_precision, 3);
    put_tile(out, "precision at the top of the day", fold->entity_precision, 3);
    put_tile(out, "recall within the reviews", fold->review_recall, 3);
    put_tile(out, "Brier score", fold->brier, 5);
    put_tile(out, "calibration error", fold->calibration_error, 5);
    buf_put_text(out, "</div>\n");
}

static void put_cell(struct buf *out, double value, unsigned decimals)
{
    buf_put_text(out, "<td>");
    html_put_fixed(out, value, decimals);
    buf_put_text(out, "</td>");
}

/* A row of the table of measures: one measure of every fold. member: its offset in the fold. */
static void put_measure(const struct card *card, const char *name, size_t member,
                        unsigned decimals, struct buf *out)
{
    buf_printf(out, "<tr><th scope=\"row\">%s</th>", name);
    for (size_t i = 0; i < card->fold_count; i++) {
        double value;
        memcpy(&value, (const char *)&card->folds[i] + member, sizeof value);
        put_cell(out, value, decimals);
    }
    buf_put_text(out, "</tr>\n");
}

static void put_fold_heads(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<thead><tr><th scope=\"col\">Measure</th>");
    for (size_t i = 0; i < card->fold_count; i++) {
        buf_put_text(out, "<th scope=\"col\">");
        html_put_name(out, card->folds[i].name);
        buf_put_text(out, "<br><small>");
        put_window(out, &card->folds[i].window);
        buf_put_text(out, "</small></th>");
    }
    buf_put_text(out, "</tr></thead><tbody>\n<tr><th scope=\"row\">Rows</th>");
    for (size_t i = 0; i < card->fold_count; i++) {
        buf_put_text(out, "<td>");
        html_put_count(out, card->folds[i].rows);
        buf_put_text(out, "</td>");
    }
    buf_put_text(out, "</tr>\n<tr><th scope=\"row\">Bad rows</th>");
    for (size_t i = 0; i < card->fold_count; i++) {
        buf_put_text(out, "<td>");
        html_put_count(out, card->folds[i].positives);
        buf_put_text(out, "</td>");
    }
    buf_put_text(out, "</tr>\n");
}

#define FOLD(member) offsetof(struct card_fold, member)

static void put_folds(const struct card *card, struct buf *out)
{
    static const struct {
        const char *name;
        size_t member;
        unsigned decimals;
    } measures[] = {
        {"AUC ROC", FOLD(auc), 4},
        {"Average precision", FOLD(average_precision), 4},
        {"Precision at the top of the day", FOLD(entity_precision), 4},
        {"Precision within the reviews", FOLD(review_precision), 4},
        {"Recall within the reviews", FOLD(review_recall), 4},
        {"Money saved by the reviews", FOLD(saved), 0},
        {"Brier score, before calibration", FOLD(brier_raw), 5},
        {"Brier score", FOLD(brier), 5},
        {"Calibration error, before calibration", FOLD(calibration_error_raw), 5},
        {"Calibration error", FOLD(calibration_error), 5},
    };
    buf_put_text(out, "<div class=\"wide\"><table class=\"folds\">");
    put_fold_heads(card, out);
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
        put_measure(card, measures[i].name, measures[i].member, measures[i].decimals, out);
    buf_put_text(out, "</tbody></table></div>\n");
}

/* Says by what settings the last columns were counted. */
static void put_settings(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<p class=\"note\">");
    if (card->precision_at > 0 && card->entity.size_bytes > 0) {
        buf_put_text(out, "Precision at the top: of the ");
        html_put_count(out, card->precision_at);
        buf_put_text(out, " highest-scored of each day by ");
        html_put_name(out, card->entity);
        buf_put_text(out, ", each counted once. ");
    }
    if (card->reviews_per_day > 0) {
        buf_put_text(out, "Reviews: the ");
        html_put_count(out, card->reviews_per_day);
        buf_put_text(out, " highest-scored rows of each day");
        if (card->currency.size_bytes > 0) {
            buf_put_text(out, ", each review costing ");
            html_put_text(out, card->currency);
            buf_put_char(out, ' ');
            html_put_short(out, card->review_cost);
            buf_put_text(out, "; money saved is what was at stake in the bad ones less that cost");
        }
        buf_put_text(out, ". ");
    }
    buf_put_text(out, "A dash: not defined, or not asked for.");
    if (last_fold(card)->role == CARD_TRAINING)
        buf_put_text(out, " Rows that a model was trained on make its figures too good; weir "
                          "evaluate judges on rows that took no part.");
    buf_put_text(out, "</p>\n");
}

static void put_measures(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<section aria-labelledby=\"how\"><h2 id=\"how\">How well it does</h2>\n"
                      "<p>");
    buf_put_text(out, last_fold(card)->role == CARD_UNSEEN
                          ? "On rows that took no part in making it: "
                          : "On the very rows that it was trained on, which says little of "
                            "others: ");
    put_positives(out, last_fold(card)->rows, last_fold(card)->positives);
    buf_put_text(out, ".</p>\n");
    put_tiles(card, out);
    put_folds(card, out);
    put_settings(card, out);
    buf_put_text(out, "</section>\n");
}

/* ---- plots ---- */

static void open_figure(struct buf *out, const char *title, const char *text)
{
    buf_printf(out, "<figure><figcaption><b>%s</b> %s</figcaption>\n", title, text);
}

static void close_figure(struct buf *out)
{
    buf_put_text(out, "</figure>\n");
}

/* A curve's numbers, thinned evenly to a table. */
static void put_curve_table(const struct card_curve *curve, const char *x, const char *y,
                            struct buf *out)
{
    size_t count = curve->count < TABLE_ROWS_MAX ? curve->count : TABLE_ROWS_MAX;
    buf_printf(out, "<details><summary>The numbers</summary><table><thead><tr>"
               "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>\n", x, y);
    for (size_t i = 0; i < count; i++) {
        size_t at = count > 1 ? i * (curve->count - 1) / (count - 1) : 0;
        buf_put_text(out, "<tr><td>");
        html_put_percent(out, curve->points[at].x, 2);
        buf_put_text(out, "</td><td>");
        html_put_percent(out, curve->points[at].y, 2);
        buf_put_text(out, "</td></tr>\n");
    }
    buf_put_text(out, "</tbody></table></details>\n");
}

static void draw_curve(struct plot *plot, const struct card_curve *curve, const char *name)
{
    struct plot_point points[CARD_CURVE_POINTS_MAX];
    for (size_t i = 0; i < curve->count; i++)
        points[i] = (struct plot_point){curve->points[i].x, curve->points[i].y};
    plot_line(plot, points, curve->count, name);
}

static struct plot_scale share_scale(const char *title)
{
    return (struct plot_scale){.max = 1, .percent = true, .title = title};
}

static void put_precision_recall(const struct card *card, struct buf *out)
{
    const struct card_fold *fold = last_fold(card);
    const struct plot_frame frame = {
        .id = "pr", .title = "Precision and recall",
        .description = VIEW("Precision falls as a lower threshold catches more of the bad rows."),
        .width = PLOT_WIDTH, .height = PLOT_HEIGHT,
        .x = share_scale("recall: share of the bad that is caught"),
        .y = share_scale("precision")};
    double rate = (double)fold->positives / (double)fold->rows;
    struct plot plot;
    open_figure(out, "Precision and recall.", "Of what is flagged, how much is bad; of the bad, "
                "how much is flagged. The dashed line is flagging at random.");
    plot_begin(&plot, &frame, out);
    plot_line(&plot, (const struct plot_point[]){{0, rate}, {1, rate}}, 2, "chance");
    draw_curve(&plot, &card->precision_recall, "l1");
    plot_end(&plot);
    put_curve_table(&card->precision_recall, "Recall", "Precision", out);
    close_figure(out);
}

static void put_gains(const struct card *card, struct buf *out)
{
    const struct plot_frame frame = {
        .id = "gains", .title = "Gains",
        .description = VIEW("The share of the bad rows among the highest scored."),
        .width = PLOT_WIDTH, .height = PLOT_HEIGHT,
        .x = share_scale("share of all rows, highest scores first"),
        .y = share_scale("share of the bad")};
    struct plot plot;
    open_figure(out, "Gains.", "How much of the bad lies among the highest scores. "
                "<span class=\"k1\">in number</span>, <span class=\"k2\">in money</span>.");
    plot_begin(&plot, &frame, out);
    plot_line(&plot, (const struct plot_point[]){{0, 0}, {1, 1}}, 2, "chance");
    draw_curve(&plot, &card->gains_money, "l2");
    draw_curve(&plot, &card->gains, "l1");
    plot_end(&plot);
    put_curve_table(&card->gains, "Rows", "Of the bad", out);
    close_figure(out);
}

static void put_reliability_table(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<details><summary>The numbers</summary><table><thead><tr>"
                      "<th scope=\"col\">Mean score</th><th scope=\"col\">Share that was bad</th>"
                      "<th scope=\"col\">Rows</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < card->reliability.count; i++) {
        const struct card_point *point = &card->reliability.points[i];
        buf_put_text(out, "<tr><td>");
        html_put_percent(out, point->x, 2);
        buf_put_text(out, "</td><td>");
        html_put_percent(out, point->y, 2);
        buf_put_text(out, "</td><td>");
        html_put_count(out, (uint64_t)point->weight);
        buf_put_text(out, "</td></tr>\n");
    }
    buf_put_text(out, "</tbody></table></details>\n");
}

static void put_reliability(const struct card *card, struct buf *out)
{
    const struct plot_frame frame = {
        .id = "reliability", .title = "Calibration",
        .description = VIEW("What was bad against what was said, in ten bins of scores."),
        .width = PLOT_WIDTH, .height = PLOT_HEIGHT,
        .x = share_scale("score: what was said"),
        .y = share_scale("share that was bad: what came")};
    struct plot plot;
    if (card->reliability.count == 0)
        return;
    open_figure(out, "Calibration.", "Whether a score of 20% is bad in 20 of 100 cases: on the "
                "dashed line it is.");
    plot_begin(&plot, &frame, out);
    plot_line(&plot, (const struct plot_point[]){{0, 0}, {1, 1}}, 2, "chance");
    draw_curve(&plot, &card->reliability, "l1");
    for (size_t i = 0; i < card->reliability.count; i++)
        plot_dot(&plot, (struct plot_point){card->reliability.points[i].x,
                                            card->reliability.points[i].y}, 4, "c1");
    plot_end(&plot);
    put_reliability_table(card, out);
    close_figure(out);
}

static uint64_t sum_counts(const uint64_t counts[CARD_SCORE_BINS])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < CARD_SCORE_BINS; i++)
        sum += counts[i];
    return sum;
}

/* The scale of the shares of two distributions: down to the smallest that is not 0. */
static double smallest_share(const struct card *card)
{
    double smallest = 1;
    for (int truth = 0; truth < 2; truth++) {
        double sum = (double)sum_counts(card->scores[truth]);
        for (size_t i = 0; i < CARD_SCORE_BINS; i++)
            if (card->scores[truth][i] > 0)
                smallest = fmin(smallest, (double)card->scores[truth][i] / sum);
    }
    return smallest;
}

static void draw_scores(struct plot *plot, const uint64_t counts[CARD_SCORE_BINS],
                        const char *name, double lowest)
{
    double sum = (double)sum_counts(counts);
    double width = 1.0 / CARD_SCORE_BINS;
    for (size_t i = 0; i < CARD_SCORE_BINS; i++)
        if (counts[i] > 0)
            plot_bar(plot, (struct plot_point){(double)i * width, lowest},
                     (struct plot_point){(double)(i + 1) * width, (double)counts[i] / sum}, name,
                     VIEW(""));
}

static void put_scores_table(const struct card *card, struct buf *out)
{
    const size_t step = CARD_SCORE_BINS / 10;
    buf_put_text(out, "<details><summary>The numbers</summary><table><thead><tr>"
                      "<th scope=\"col\">Score up to</th><th scope=\"col\">Good rows</th>"
                      "<th scope=\"col\">Bad rows</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < CARD_SCORE_BINS; i += step) {
        uint64_t counts[2] = {0, 0};
        for (size_t j = i; j < i + step; j++) {
            counts[0] += card->scores[0][j];
            counts[1] += card->scores[1][j];
        }
        buf_put_text(out, "<tr><td>");
        html_put_percent(out, (double)(i + step) / CARD_SCORE_BINS, 0);
        buf_put_text(out, "</td><td>");
        html_put_count(out, counts[0]);
        buf_put_text(out, "</td><td>");
        html_put_count(out, counts[1]);
        buf_put_text(out, "</td></tr>\n");
    }
    buf_put_text(out, "</tbody></table></details>\n");
}

static void put_scores(const struct card *card, struct buf *out)
{
    double lowest = smallest_share(card) / 2;
    const struct plot_frame frame = {
        .id = "scores", .title = "Scores of good and bad rows",
        .description = VIEW("How the scores of either class are spread, on a logarithmic scale."),
        .width = PLOT_WIDTH, .height = PLOT_HEIGHT, .x = share_scale("score"),
        .y = {.min = lowest, .max = 1, .logarithmic = true, .percent = true,
              .title = "share of the class"}};
    struct plot plot;
    open_figure(out, "Scores.", "How the scores of the <span class=\"k1\">good</span> and the "
                "<span class=\"k2\">bad</span> are spread, each as shares of its class; the scale "
                "is logarithmic.");
    plot_begin(&plot, &frame, out);
    draw_scores(&plot, card->scores[0], "f1", lowest);
    draw_scores(&plot, card->scores[1], "f2", lowest);
    plot_end(&plot);
    put_scores_table(card, out);
    close_figure(out);
}

static void put_top_features(const struct card *card, struct buf *out)
{
    size_t count = card->feature_count < TOP_FEATURES ? card->feature_count : TOP_FEATURES;
    double largest = count > 0 ? card->features[0].importance : 0;
    const struct plot_frame frame = {
        .id = "top", .title = "Top features",
        .description = VIEW("Mean absolute contribution to the margin, largest first; the table "
                            "of features below has every number."),
        .width = 2 * PLOT_WIDTH, .height = (unsigned)(50 + BAR_HEIGHT * count), .left = 190,
        .x = {.max = largest, .title = "mean absolute contribution to the margin"},
        .y = {.max = (double)count}};
    struct plot plot;
    if (count == 0)
        return;
    buf_put_text(out, "<figure class=\"full\"><figcaption><b>Top features.</b> How far each "
                      "feature moves the margin of a row (the log-odds of a classifier), up or "
                      "down, on average over the judged rows (exact SHAP values).</figcaption>\n");
    plot_begin(&plot, &frame, out);
    for (size_t i = 0; i < count; i++) {
        double y = (double)(count - i) - 0.5;
        plot_row_name(&plot, y, card->features[i].name);
        plot_bar(&plot, (struct plot_point){0, y - 0.35},
                 (struct plot_point){card->features[i].importance, y + 0.35}, "c1",
                 card->features[i].name);
    }
    plot_end(&plot);
    close_figure(out);
}

static void put_plots(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<section aria-labelledby=\"plots\"><h2 id=\"plots\">In pictures</h2>\n"
                      "<div class=\"grid2\">\n");
    if (card->gains.count > 0) {
        put_precision_recall(card, out);
        put_gains(card, out);
    }
    put_reliability(card, out);
    put_scores(card, out);
    put_top_features(card, out);
    buf_put_text(out, "</div></section>\n");
}

/* ---- features ---- */

static const char *direction_text(int8_t direction)
{
    return direction > 0 ? "rising" : direction < 0 ? "falling" : "free";
}

static void put_feature(const struct card_feature *feature, struct buf *out)
{
    const struct histogram *population = &feature->population;
    double rows = (double)population_rows(population);
    buf_put_text(out, "<tr><th scope=\"row\">");
    html_put_name(out, feature->name);
    buf_put_text(out, "</th><td class=\"left\">");
    html_put_text(out, feature->type);
    buf_printf(out, "</td><td class=\"left\">%s</td>", direction_text(feature->direction));
    put_cell(out, feature->importance, 4);
    buf_put_text(out, "<td>");
    html_put_short(out, feature->gain);
    buf_put_text(out, "</td><td>");
    html_put_percent(out, rows > 0 ? (double)population->missing_count / rows : NAN, 1);
    buf_put_text(out, "</td><td>");
    html_put_short(out, population->finite_count > 0 ? population->min : NAN);
    buf_put_text(out, "</td><td>");
    html_put_short(out, population->finite_count > 0 ? population->mean : NAN);
    buf_put_text(out, "</td><td>");
    html_put_short(out, population->finite_count > 0 ? population->max : NAN);
    buf_put_text(out, "</td><td>");
    population_put_thumbnail(population, out);
    buf_put_text(out, "</td></tr>\n");
}

static void put_features(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<section aria-labelledby=\"features\"><h2 id=\"features\">Features</h2>\n"
                      "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Name</th>"
                      "<th scope=\"col\" class=\"left\">Type</th>"
                      "<th scope=\"col\" class=\"left\">Direction</th>"
                      "<th scope=\"col\">Importance</th><th scope=\"col\">Gain</th>"
                      "<th scope=\"col\">Missing</th><th scope=\"col\">Least</th>"
                      "<th scope=\"col\">Mean</th><th scope=\"col\">Most</th>"
                      "<th scope=\"col\">Values</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < card->feature_count; i++)
        put_feature(&card->features[i], out);
    buf_put_text(out, "</tbody></table></div>\n<p class=\"note\">Rising: a larger value never "
                      "lowers the score; falling: it never raises it. Values: how they are spread "
                      "over the judged rows, on a scale of logarithms where the tail is long; a "
                      "column for each value where there are few.</p>\n");
    if (card->excluded_count > 0) {
        buf_put_text(out, "<p>Declared as not for this model: ");
        for (size_t i = 0; i < card->excluded_count; i++) {
            if (i > 0)
                buf_put_text(out, ", ");
            html_put_name(out, card->excluded[i]);
        }
        buf_put_text(out, ".</p>\n");
    }
    buf_put_text(out, "</section>\n");
}

static void put_parameters(const struct card *card, struct buf *out)
{
    buf_put_text(out, "<section aria-labelledby=\"settings\"><h2 id=\"settings\">How it was "
                      "trained</h2>\n<dl class=\"facts\">\n");
    for (size_t i = 0; i < card->parameter_count; i++) {
        buf_put_text(out, "<div><dt>");
        html_put_name(out, card->parameters[i].name);
        buf_put_text(out, "</dt><dd>");
        html_put_name(out, card->parameters[i].value);
        close_fact(out);
    }
    open_fact(out, "seed");
    buf_put_u64(out, card->seed);
    close_fact(out);
    buf_put_text(out, "</dl></section>\n");
}

void card_html(const struct card *card, struct buf *out)
{
    buf_put_text(out, page_head);
    buf_put_text(out, "<title>Model card: ");
    html_put_text(out, card->model_name);
    buf_put_text(out, "</title>\n<style>\n");
    buf_put_text(out, page_style);
    buf_put_text(out, "</style>\n</head>\n<body>\n<header><p>Model card</p><h1>");
    html_put_name(out, card->model_name);
    buf_put_text(out, "</h1></header>\n<main>\n");
    put_facts(card, out);
    put_measures(card, out);
    put_plots(card, out);
    put_features(card, out);
    put_parameters(card, out);
    buf_put_text(out, page_words);
    buf_put_text(out, "</main>\n</body>\n</html>\n");
}
