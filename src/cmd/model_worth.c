/* One idea: rules and a model are compared at the same work, or not at all. */
#include "cmd/model.h"

#include <math.h>
#include <string.h>

#include "cmd/amount.h"
#include "cmd/json.h"
#include "cmd/model_file.h"
#include "cmd/model_rows.h"
#include "cmd/term.h"
#include "model/versus.h"

/* The text plot. */
#define PLOT_COLUMNS 61  /* 0 to 2 times the rules' alerts */
#define PLOT_LINES 12

struct worth {
    struct cmd_context *context;
    struct cmd_model_file file;
    struct cmd_model_rows rows;
    double *scores;          /* owned */
    struct versus versus;
};

static enum cmd_exit count(struct worth *worth)
{
    const struct cmd_model_rows *rows = &worth->rows;
    enum cmd_exit exit = cmd_model_rows_score(rows, &worth->file, &worth->scores);
    if (exit != CMD_EXIT_OK)
        return exit;
    const struct versus_rows judged = {
        .count = rows->count, .days = rows->days, .strengths = rows->strengths,
        .scores = worth->scores, .truths = rows->truths, .amounts_minor = rows->amounts_minor};
    if (versus_count(&judged, POLICY_BLOCK, worth->context->mem, &worth->versus) != STATUS_OK)
        return cmd_complain_memory(worth->context);
    if (worth->versus.rules.alerts > 0)
        return CMD_EXIT_OK;
    cmd_complain(worth->context, "the rules flag none of these events, so there is no number of "
                 "alerts to compare at");
    return CMD_EXIT_INPUT;
}

/* ---- for people ---- */

static void put_side(const struct worth *worth, const char *name, const struct versus_side *side,
                     struct buf *out)
{
    const struct versus_side *all = &worth->versus.all;
    char amount[CMD_AMOUNT_BYTES_MAX];
    buf_printf(out, "%-24s %8llu %8llu %6.1f%% %6.1f%%", name, (unsigned long long)side->alerts,
               (unsigned long long)side->caught,
               side->alerts > 0 ? (double)side->caught * 100 / (double)side->alerts : 0.0,
               (double)side->caught * 100 / (double)all->caught);
    if (worth->rows.amounts_minor != NULL) {
        size_t size = cmd_amount_format(amount, side->caught_minor,
                                        cmd_model_rows_exponent(&worth->rows), 0);
        buf_printf(out, " %18.*s %6.1f%%", (int)size, amount,
                   (double)side->caught_minor * 100 / (double)all->caught_minor);
    }
    buf_put_char(out, '\n');
}

static void put_table(const struct worth *worth, struct buf *out)
{
    const struct versus *versus = &worth->versus;
    const struct policy *policy = worth->rows.learn.session.policy;
    bool colour = worth->context->colour_out;
    buf_printf(out, "%s%-24s %8s %8s %7s %7s", cmd_term_paint(colour, CMD_TERM_BOLD),
               "at the same work", "alerts", "caught", "prec.", "recall");
    if (worth->rows.amounts_minor != NULL)
        buf_printf(out, " %14s %s %7s", "caught", money_currency_code(policy->currency), "of it");
    buf_printf(out, "%s\n", cmd_term_paint(colour, CMD_TERM_RESET));
    put_side(worth, "rules", &versus->rules, out);
    put_side(worth, "model", &versus->model, out);
    put_side(worth, "rules' blocks and model", &versus->both, out);
    put_side(worth, "model, one threshold", &versus->threshold, out);
    put_side(worth, "model, to catch as many", &versus->matching, out);
}

/* The curve's share of the bad at a column, between its points. */
static double curve_at(const struct versus *versus, size_t column)
{
    double at = (double)column * (VERSUS_POINTS - 1) / (PLOT_COLUMNS - 1);
    size_t point = (size_t)at;
    double low = (double)versus->curve[point].caught;
    double high = (double)versus->curve[point + 1 < VERSUS_POINTS ? point + 1 : point].caught;
    return (low + (high - low) * (at - (double)point)) / (double)versus->all.caught;
}

static size_t line_of(double share)
{
    return (size_t)(share * PLOT_LINES + 0.5);
}

/* Where the rules stand with verdicts of at least this strength; false: as with a weaker one. */
static bool rule_point(const struct versus *versus, int strength, size_t *ret_column,
                       size_t *ret_line)
{
    const struct versus_side *side = &versus->at_least[strength];
    if (side->alerts == 0)
        return false;
    double share = (double)side->alerts / (double)versus->rules.alerts;
    *ret_column = (size_t)(share * ((PLOT_COLUMNS - 1) / 2.0) + 0.5);
    *ret_line = line_of((double)side->caught / (double)versus->all.caught);
    return true;
}

static void put_plot(const struct versus *versus, struct buf *out)
{
    char cells[PLOT_LINES + 1][PLOT_COLUMNS];
    memset(cells, ' ', sizeof cells);
    for (size_t column = 0; column < PLOT_COLUMNS; column++)
        cells[line_of(curve_at(versus, column))][column] = '*';
    for (int strength = 1; strength <= POLICY_BLOCK; strength++) {
        size_t column, line;
        if (rule_point(versus, strength, &column, &line))
            cells[line][column] = 'R';
    }
    buf_put_text(out, "\nshare of the bad that is caught: * the model, R the rules\n");
    for (size_t line = PLOT_LINES + 1; line-- > 0;) {
        size_t width = PLOT_COLUMNS;
        while (width > 0 && cells[line][width - 1] == ' ')
            width--;
        if (line % 3 == 0)
            buf_printf(out, "%4zu%% |", line * 100 / PLOT_LINES);
        else
            buf_put_text(out, "      |");
        buf_put(out, cells[line], width);
        buf_put_char(out, '\n');
    }
    buf_put_text(out, "      +");
    for (size_t column = 0; column < PLOT_COLUMNS; column++)
        buf_put_char(out, column % 15 == 0 && column > 0 ? '+' : '-');
    buf_put_text(out, "\n       0             0.5             1             1.5             2\n"
                      "       alerts of each day, in multiples of those of the rules\n");
}

static void put_text(const struct worth *worth, struct buf *out)
{
    const struct cmd_model_rows *rows = &worth->rows;
    size_t start = out->size_bytes;
    buf_printf(out, "%s on %zu events, %zu of them ", worth->file.path, rows->count,
               rows->positives);
    buf_put_view(out, rows->learn.session.policy->labels[rows->learn.options.label].name);
    cmd_tame(out, start);
    buf_put_text(out, ".\n\n");
    put_table(worth, out);
    put_plot(&worth->versus, out);
}

/* ---- for programs ---- */

static void json_side(const struct worth *worth, const char *name, const struct versus_side *side,
                      struct cmd_json *json)
{
    cmd_json_object(json, name);
    cmd_json_u64(json, "alerts", side->alerts);
    cmd_json_u64(json, "caught", side->caught);
    if (worth->rows.amounts_minor != NULL)
        cmd_json_money(json, "caught_amount", side->caught_minor,
                       cmd_model_rows_exponent(&worth->rows));
    cmd_json_end(json);
}

static void put_json(const struct worth *worth, struct buf *out)
{
    const struct versus *versus = &worth->versus;
    struct cmd_json json = cmd_json_begin(out);
    cmd_json_text(&json, "sha256", model_hash(worth->file.model));
    cmd_json_text(&json, "policy_hash", worth->rows.learn.session.policy->hash);
    cmd_json_u64(&json, "rows", worth->rows.count);
    json_side(worth, "all", &versus->all, &json);
    json_side(worth, "rules", &versus->rules, &json);
    json_side(worth, "model", &versus->model, &json);
    json_side(worth, "both", &versus->both, &json);
    json_side(worth, "threshold", &versus->threshold, &json);
    json_side(worth, "matching", &versus->matching, &json);
    cmd_json_array(&json, "curve");
    for (size_t i = 0; i < VERSUS_POINTS; i++) {
        cmd_json_item(&json);
        cmd_json_f64(&json, "times", (double)i * 2 / (VERSUS_POINTS - 1));
        cmd_json_u64(&json, "alerts", versus->curve[i].alerts);
        cmd_json_u64(&json, "caught", versus->curve[i].caught);
        cmd_json_end(&json);
    }
    cmd_json_end(&json);
    cmd_json_end(&json);
    buf_put_char(out, '\n');
}

static enum cmd_exit put_page(const struct worth *worth, struct cmd_output *output)
{
    enum cmd_exit exit = cmd_output_open(output);
    if (exit != CMD_EXIT_OK)
        return exit;
    const struct policy *policy = worth->rows.learn.session.policy;
    const struct versus_page page = {
        .versus = &worth->versus, .row_count = worth->rows.count,
        .model = worth->file.outline.name.size_bytes > 0 ? worth->file.outline.name
                                                         : view_of(worth->file.path),
        .policy = policy->name, .label = policy->labels[worth->rows.learn.options.label].name,
        .currency = worth->rows.amounts_minor != NULL
                        ? view_of(money_currency_code(policy->currency))
                        : VIEW(""),
        .currency_exponent = cmd_model_rows_exponent(&worth->rows)};
    versus_html(&page, &output->stream.buf);
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_model_worth(struct cmd_context *context, const struct cmd_args *args)
{
    struct worth worth = {.context = context};
    struct cmd_output page = {0};
    const char *path = args->values[CMD_MODEL_HTML].text;
    enum cmd_exit exit = cmd_model_file_open(&worth.file, context, args->operands[0]);
    if (exit == CMD_EXIT_OK)
        exit = cmd_model_rows_read(&worth.rows, context, args, 1);
    if (exit == CMD_EXIT_OK && path != NULL)
        exit = cmd_output_claim(&page, context, path);
    if (exit == CMD_EXIT_OK)
        exit = count(&worth);
    if (exit == CMD_EXIT_OK && path != NULL)
        exit = put_page(&worth, &page);
    if (exit == CMD_EXIT_OK) {
        if (args->values[CMD_MODEL_JSON].given)
            put_json(&worth, &context->out.buf);
        else
            put_text(&worth, &context->out.buf);
    }
    enum cmd_exit closed = cmd_output_close(&page, exit == CMD_EXIT_OK);
    mem_free(context->mem, worth.scores, worth.rows.count * sizeof *worth.scores);
    exit = cmd_learn_tell(&worth.rows.learn, exit != CMD_EXIT_OK ? exit : closed);
    cmd_model_rows_done(&worth.rows);
    cmd_model_file_close(&worth.file);
    return exit;
}
