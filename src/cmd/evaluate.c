/* One idea: what is chosen is chosen on folds that are not reported, and what is reported was
 * trained by settings that have never seen it. */
#include "cmd/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "model/make.h"

enum { OPTION_MODEL, OPTION_LABEL, OPTION_FOLDS, OPTION_TRAIN, OPTION_DELAY, OPTION_TEST,
       OPTION_KFOLD, OPTION_ENTITY, OPTION_AMOUNT, OPTION_CAPACITY, OPTION_COST, OPTION_PARAMS,
       OPTION_TUNE, OPTION_GRID, OPTION_CHOOSE, OPTION_KIND, OPTION_METHOD, OPTION_SEED,
       OPTION_INPUT, OPTION_SEPARATOR, OPTION_JSON, OPTION_COUNT };

static const char *const choices[] = {"ap", "auc", "entity", "rank", NULL};

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_MODEL] = {.name = "model", .value = "NAME", .type = CMD_TEXT,
                      .summary = "the policy's model to evaluate (default: its only one)"},
    [OPTION_LABEL] = {.name = "label", .value = "NAME", .type = CMD_TEXT,
                      .summary = "the label that tells the truth (default: the policy's first)"},
    [OPTION_FOLDS] = {.name = "folds", .value = "DATES", .type = CMD_TEXT,
                      .summary = "where training starts in each fold: dates with commas between"},
    [OPTION_TRAIN] = {.name = "train", .value = "TIME", .type = CMD_DURATION,
                      .summary = "how long a stretch to train on (default: 7d)"},
    [OPTION_DELAY] = {.name = "delay", .value = "TIME", .type = CMD_DURATION,
                      .summary = "how long to wait for labels between training and test "
                                 "(default: the label's own delay)"},
    [OPTION_TEST] = {.name = "test", .value = "TIME", .type = CMD_DURATION,
                     .summary = "how long a stretch to test on (default: 7d)"},
    [OPTION_KFOLD] = {.name = "kfold", .value = "N", .type = CMD_U64, .u64_min = 2,
                      .u64_max = CMD_EVALUATE_FOLDS_MAX,
                      .summary = "for data without time: N folds, every Nth event tested"},
    [OPTION_ENTITY] = {.name = "entity", .value = "FIELD", .type = CMD_TEXT,
                       .summary = "whom events are about: those known to be bad leave the test, "
                                  "and precision counts each once"},
    [OPTION_AMOUNT] = {.name = "amount", .value = "FIELD", .type = CMD_TEXT,
                       .summary = "the money at stake (default: the first money field)"},
    [OPTION_CAPACITY] = {.name = "capacity", .value = "N", .type = CMD_U64, .u64_min = 1,
                         .u64_max = 1000000000,
                         .summary = "how many can be reviewed in a day (default: 100)"},
    [OPTION_COST] = {.name = "cost", .value = "AMOUNT", .type = CMD_TEXT,
                     .summary = "what one review costs, in the policy's currency (default: 0)"},
    [OPTION_PARAMS] = {.name = "params", .value = "SETTINGS", .type = CMD_TEXT,
                       .summary = "settings of the training, such as rounds=300,depth=4,eta=0.1"},
    [OPTION_TUNE] = {.name = "tune", .value = "DATES", .type = CMD_TEXT,
                     .summary = "choose the settings on these folds, of which none is reported"},
    [OPTION_GRID] = {.name = "grid", .value = "SETTINGS", .type = CMD_TEXT,
                     .summary = "what --tune tries, such as depth=4|6|8,eta=0.1|0.3 "
                                "(default: " CMD_LEARN_GRID ")"},
    [OPTION_CHOOSE] = {.name = "choose", .value = "MEASURE", .type = CMD_CHOICE,
                       .choices = choices,
                       .summary = "what --tune chooses by: ap (average precision), auc, entity "
                                  "(precision), or rank (mean place by all three)"},
    [OPTION_KIND] = {.name = "kind", .value = "KIND", .type = CMD_CHOICE,
                     .choices = cmd_learn_kinds, .summary = CMD_LEARN_KIND_SUMMARY},
    [OPTION_METHOD] = {.name = "method", .value = "METHOD", .type = CMD_CHOICE,
                       .choices = cmd_learn_methods,
                       .summary = "how splits are found: auto, exact, hist (bins, for much data)"},
    [OPTION_SEED] = {.name = "seed", .value = "N", .type = CMD_U64, .u64_max = 1000000000,
                     .summary = "what chance in training starts from (default: 0)"},
    CMD_INPUT_OPTIONS(OPTION_INPUT, OPTION_SEPARATOR),
    [OPTION_JSON] = {.name = "json", .type = CMD_FLAG, .summary = "write one JSON object"},
};

/* ---- the command line ---- */

static void name_fold(struct cmd_evaluate_fold *fold, int64_t ms)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    struct view date = cmd_learn_date(ms, text);
    memcpy(fold->name, date.data, date.size_bytes);
    fold->name[date.size_bytes] = '\0';
}

static enum cmd_exit read_folds(struct cmd_evaluate *e, const char *option, const char *dates,
                                struct cmd_evaluate_folds *folds)
{
    while (dates != NULL) {
        size_t size = strcspn(dates, ",");
        int64_t from_ms;
        enum cmd_exit exit =
            cmd_learn_time(e->context, option, (struct view){dates, size}, &from_ms);
        if (exit != CMD_EXIT_OK)
            return exit;
        if (folds->count == CMD_EVALUATE_FOLDS_MAX)
            return cmd_complain_usage(e->context, "%s takes at most %d dates", option,
                                      CMD_EVALUATE_FOLDS_MAX);
        struct cmd_evaluate_fold *fold = &folds->items[folds->count++];
        name_fold(fold, from_ms);
        fold->times.train_from_ms = from_ms;
        fold->times.train_until_ms = from_ms + e->train_ms;
        fold->times.test_from_ms = fold->times.train_until_ms + e->delay_ms;
        fold->times.test_until_ms = fold->times.test_from_ms + e->test_ms;
        dates = dates[size] == ',' ? dates + size + 1 : NULL;
    }
    return CMD_EXIT_OK;
}

/* Nothing may be chosen on what it is judged by, nor on what came after: whoever chose settings for
 * the first week of the report had seen no week behind its start. */
static enum cmd_exit check_order(struct cmd_evaluate *e)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; i < e->report.count; i++)
        if (e->report.items[i].times.test_from_ms < first_ms)
            first_ms = e->report.items[i].times.test_from_ms;
    for (size_t i = 0; i < e->tune.count; i++) {
        if (e->tune.items[i].times.test_until_ms <= first_ms)
            continue;
        enum cmd_exit exit =
            cmd_complain_usage(e->context, "the test of --tune %s ends after the first test of "
                               "--folds begins: what is chosen is judged by later weeks only",
                               e->tune.items[i].name);
        int64_t latest_ms = first_ms - (e->train_ms + e->delay_ms + e->test_ms);
        cmd_remark(e->context, "  hint: give --tune dates up to %.*s, or later --folds",
                   VIEW_ARG(cmd_learn_date(latest_ms, text)));
        return exit;
    }
    return CMD_EXIT_OK;
}

static int64_t duration_of(const struct cmd_args *args, size_t option, int64_t fallback_ms)
{
    return args->values[option].given ? args->values[option].duration_ms : fallback_ms;
}

static enum cmd_exit read_times(struct cmd_evaluate *e, const struct cmd_args *args)
{
    enum cmd_exit exit = cmd_learn_delay(&e->learn, &args->values[OPTION_DELAY], &e->delay_ms);
    if (exit != CMD_EXIT_OK)
        return exit;
    e->train_ms = duration_of(args, OPTION_TRAIN, 7 * DATETIME_MS_DAY);
    e->test_ms = duration_of(args, OPTION_TEST, 7 * DATETIME_MS_DAY);
    e->kfold = args->values[OPTION_KFOLD].u64;
    if (args->values[OPTION_FOLDS].given == (e->kfold > 0))
        return cmd_complain_usage(e->context, "give either --folds with dates, or --kfold for "
                                  "data without time");
    if (e->train_ms == 0 || e->test_ms == 0)
        return cmd_complain_usage(e->context, "--train and --test take more than no time");
    if (e->kfold > 0 && args->values[OPTION_TUNE].given)
        return cmd_complain_usage(e->context, "--tune takes dates, which --kfold has none of");
    exit = read_folds(e, "--folds", args->values[OPTION_FOLDS].text, &e->report);
    if (exit == CMD_EXIT_OK)
        exit = read_folds(e, "--tune", args->values[OPTION_TUNE].text, &e->tune);
    for (size_t i = 0; i < e->kfold; i++)
        snprintf(e->report.items[e->report.count++].name, sizeof e->report.items[0].name, "%zu",
                 i);
    return exit == CMD_EXIT_OK ? check_order(e) : exit;
}

static enum cmd_exit read_settings(struct cmd_evaluate *e, const struct cmd_args *args)
{
    const char *params = args->values[OPTION_PARAMS].text;
    const char *grid = args->values[OPTION_GRID].text;
    if (grid != NULL && !args->values[OPTION_TUNE].given)
        return cmd_complain_usage(e->context, "--grid is what --tune tries; say on which dates");
    enum cmd_exit exit = cmd_learn_settings(e->context, params, grid, &e->params, &e->grid);
    if (exit != CMD_EXIT_OK)
        return exit;
    e->method = (enum train_method)args->values[OPTION_METHOD].choice;
    e->choice = (enum cmd_evaluate_choice)args->values[OPTION_CHOOSE].choice;
    e->seed = args->values[OPTION_SEED].u64;
    e->kind = cmd_learn_kind_values[args->values[OPTION_KIND].choice];
    if (e->kind != MODEL_XGBOOST && (params != NULL || e->tune.count > 0))
        return cmd_complain_usage(e->context, "only --kind xgboost has settings");
    return CMD_EXIT_OK;
}

static enum cmd_exit read_judging(struct cmd_evaluate *e, const struct cmd_args *args)
{
    if (e->choice == CMD_CHOOSE_ENTITY && !args->values[OPTION_ENTITY].given)
        return cmd_complain_usage(e->context, "--choose entity needs --entity");
    return cmd_learn_judging(&e->learn, &args->values[OPTION_CAPACITY],
                             &args->values[OPTION_COST], &e->judging);
}

/* ---- training and judging ---- */

/* Trains on a fold and asks the model, read back as it would be served, of its test rows. */
static enum status train_fold(struct cmd_evaluate *e, const struct train_params *params,
                              struct cmd_learn_bar *bar, struct cmd_evaluate_fold *fold,
                              double *margins, struct diag *diag)
{
    struct mem *mem = e->context->mem;
    const struct matrix *matrix = rows_matrix(e->learn.rows);
    struct model *model = NULL;
    struct buf file;
    struct make_job job = {
        .train = {.matrix = matrix, .features = e->learn.features, .fit = fold->fold.fit,
                  .params = *params, .method = e->method, .seed = e->seed,
                  .listener = &bar->listener},
        .kind = e->kind,
        .name = cmd_learn_model(&e->learn)->name,
    };
    buf_init(&file, mem);
    enum status status = make_model(&job, mem, &file, &fold->result, diag);
    if (status == STATUS_OK)
        status = model_read(buf_view(&file), mem, &model, diag);
    if (status == STATUS_OK)
        status = make_margins(model, matrix, e->learn.features, &fold->fold.test, mem, margins,
                              margins + fold->fold.test.count);
    model_free(model);
    buf_done(&file);
    cmd_learn_bar_add(bar, params);
    return status;
}

/* Trains by some settings on a fold and judges the model. */
static enum cmd_exit run_fold(struct cmd_evaluate *e, const struct train_params *params,
                              struct cmd_learn_bar *bar, struct cmd_evaluate_fold *fold)
{
    struct mem *mem = e->context->mem;
    struct diag diag = {0};
    size_t count = fold->fold.test.count;
    double *margins = mem_array(mem, NULL, 0, 2 * count, sizeof *margins);
    enum status status = margins == NULL && count > 0 ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK)
        status = train_fold(e, params, bar, fold, margins, &diag);
    if (status == STATUS_OK)
        status = fold_judge(&fold->fold, rows_matrix(e->learn.rows), &e->judging, margins,
                            margins + count, mem, &fold->figures, &diag);
    mem_free(mem, margins, 2 * count * sizeof *margins);
    if (e->kind == MODEL_ISOLATION) /* its score is a rank and no probability */
        fold->figures.brier = fold->figures.calibration_error = NAN;
    if (status == STATUS_OK)
        return CMD_EXIT_OK;
    cmd_progress_end(&bar->progress);
    cmd_complain(e->context, "in the fold %s:", fold->name);
    return cmd_fail(e->context, NULL, status, &diag);
}

static enum cmd_exit run_folds(struct cmd_evaluate *e, const struct train_params *params,
                               struct cmd_learn_bar *bar, struct cmd_evaluate_folds *folds)
{
    enum cmd_exit exit = CMD_EXIT_OK;
    for (size_t i = 0; i < folds->count && exit == CMD_EXIT_OK; i++)
        exit = run_fold(e, params, bar, &folds->items[i]);
    return exit;
}

static enum cmd_exit make_folds(struct cmd_evaluate *e, struct cmd_evaluate_folds *folds)
{
    const struct matrix *matrix = rows_matrix(e->learn.rows);
    struct mem *mem = e->context->mem;
    for (size_t i = 0; i < folds->count; i++) {
        struct cmd_evaluate_fold *fold = &folds->items[i];
        enum cmd_exit exit = CMD_EXIT_OK;
        if (e->kfold == 0)
            exit = cmd_learn_check_judged(&e->learn, fold->name, fold->times.train_from_ms,
                                          fold->times.test_until_ms);
        if (exit != CMD_EXIT_OK)
            return exit;
        enum status status =
            e->kfold > 0
                ? fold_make_nth(matrix, e->kfold, i, mem, &fold->fold)
                : fold_make(matrix, &fold->times, e->judging.entity_count, mem, &fold->fold);
        if (status != STATUS_OK)
            return cmd_complain_memory(e->context);
    }
    return CMD_EXIT_OK;
}

static void free_folds(struct cmd_evaluate_folds *folds)
{
    for (size_t i = 0; i < folds->count; i++)
        fold_done(&folds->items[i].fold);
}

/* ---- choosing ---- */

struct cmd_evaluate_mean cmd_evaluate_mean(const struct cmd_evaluate_folds *folds, size_t offset)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < folds->count; i++)
        sum += *(const double *)((const char *)&folds->items[i].figures + offset);
    double mean = sum / (double)folds->count;
    for (size_t i = 0; i < folds->count; i++) {
        double apart = *(const double *)((const char *)&folds->items[i].figures + offset) - mean;
        squares += apart * apart;
    }
    return (struct cmd_evaluate_mean){mean, sqrt(squares / (double)folds->count)};
}

static double figure_of(const struct cmd_evaluate_point *point, enum cmd_evaluate_choice choice)
{
    switch (choice) {
    case CMD_CHOOSE_AP: return point->average_precision;
    case CMD_CHOOSE_AUC: return point->auc;
    case CMD_CHOOSE_ENTITY: return point->entity_precision;
    case CMD_CHOOSE_RANK: break;
    }
    return -point->rank;
}

/* The mean of a point's places by each measure that there is; 1 is the best, equals share. */
static double rank_of(const struct cmd_evaluate *e, size_t index)
{
    double places = 0;
    double measures = 0;
    for (int m = CMD_CHOOSE_AP; m <= CMD_CHOOSE_ENTITY; m++) {
        double own = figure_of(&e->points[index], (enum cmd_evaluate_choice)m);
        if (isnan(own))
            continue;
        measures++;
        places++;
        for (size_t i = 0; i < e->point_count; i++) {
            double other = figure_of(&e->points[i], (enum cmd_evaluate_choice)m);
            places += other > own ? 1 : i != index && other == own ? 0.5 : 0;
        }
    }
    return places / measures;
}

static void choose(struct cmd_evaluate *e)
{
    for (size_t i = 0; i < e->point_count; i++)
        e->points[i].rank = rank_of(e, i);
    e->chosen = 0;
    for (size_t i = 1; i < e->point_count; i++)
        if (figure_of(&e->points[i], e->choice) > figure_of(&e->points[e->chosen], e->choice))
            e->chosen = i;
    e->params = e->points[e->chosen].params;
}

static enum cmd_exit tune(struct cmd_evaluate *e, struct cmd_learn_bar *bar)
{
    enum cmd_exit exit = CMD_EXIT_OK;
    for (size_t i = 0; i < e->point_count && exit == CMD_EXIT_OK; i++) {
        struct cmd_evaluate_point *point = &e->points[i];
        exit = run_folds(e, &point->params, bar, &e->tune);
        point->auc = cmd_evaluate_mean(&e->tune, offsetof(struct fold_figures, auc)).mean;
        point->average_precision =
            cmd_evaluate_mean(&e->tune, offsetof(struct fold_figures, average_precision)).mean;
        point->entity_precision =
            cmd_evaluate_mean(&e->tune, offsetof(struct fold_figures, entity_precision)).mean;
    }
    if (exit == CMD_EXIT_OK)
        choose(e);
    return exit;
}

/* ---- the command ---- */

static enum cmd_exit lay_out_points(struct cmd_evaluate *e)
{
    if (e->tune.count == 0)
        return CMD_EXIT_OK;
    size_t count = train_grid_count(&e->grid);
    e->points = mem_zeroed(e->context->mem, count * sizeof *e->points);
    if (e->points == NULL)
        return cmd_complain_memory(e->context);
    e->point_count = count;
    for (size_t i = 0; i < count; i++)
        e->points[i].params = train_grid_at(&e->grid, i);
    return CMD_EXIT_OK;
}

static enum cmd_exit run_all(struct cmd_evaluate *e)
{
    struct cmd_learn_bar bar;
    uint64_t total = 0;
    uint64_t most = cmd_learn_rounds(&e->params);
    for (size_t i = 0; i < e->point_count; i++) {
        uint64_t rounds = cmd_learn_rounds(&e->points[i].params);
        total += rounds * e->tune.count;
        most = i == 0 || rounds > most ? rounds : most;
    }
    cmd_learn_bar_start(&bar, e->context, total + most * e->report.count);
    enum cmd_exit exit = e->tune.count > 0 ? tune(e, &bar) : CMD_EXIT_OK;
    if (exit == CMD_EXIT_OK)
        exit = run_folds(e, &e->params, &bar, &e->report);
    cmd_progress_end(&bar.progress);
    return exit;
}

static enum cmd_exit read_history(struct cmd_evaluate *e, const struct cmd_args *args)
{
    const struct cmd_evaluate_folds *lists[] = {&e->report, &e->tune};
    int64_t from_ms = e->kfold > 0 ? INT64_MIN : INT64_MAX;
    int64_t until_ms = e->kfold > 0 ? INT64_MAX : INT64_MIN;
    for (size_t l = 0; l < 2 && e->kfold == 0; l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            const struct fold_times *times = &lists[l]->items[i].times;
            from_ms = times->train_from_ms < from_ms ? times->train_from_ms : from_ms;
            until_ms = times->test_until_ms > until_ms ? times->test_until_ms : until_ms;
        }
    }
    enum cmd_exit exit =
        cmd_learn_begin(&e->learn, args->operand_count > 1 ? args->operands[1] : NULL,
                        &args->values[OPTION_INPUT], from_ms, until_ms);
    if (exit == CMD_EXIT_OK)
        exit = cmd_learn_read(&e->learn);
    e->judging.entity_count =
        exit == CMD_EXIT_OK && args->values[OPTION_ENTITY].given
            ? rows_entity_count(e->learn.rows) : 0;
    return exit;
}

static enum cmd_exit read_command(struct cmd_evaluate *e, const struct cmd_args *args)
{
    struct cmd_learn_names names = {
        .model = args->values[OPTION_MODEL].text,
        .label = args->values[OPTION_LABEL].text,
        .amount = args->values[OPTION_AMOUNT].text,
        .entity = args->values[OPTION_ENTITY].text,
    };
    enum cmd_exit exit = cmd_learn_open(&e->learn, e->context, args->operands[0], &names);
    if (exit == CMD_EXIT_OK)
        exit = read_times(e, args);
    if (exit == CMD_EXIT_OK)
        exit = read_settings(e, args);
    if (exit == CMD_EXIT_OK)
        exit = read_judging(e, args);
    return exit;
}

static enum cmd_exit evaluate(struct cmd_evaluate *e, const struct cmd_args *args)
{
    enum cmd_exit exit = read_command(e, args);
    if (exit == CMD_EXIT_OK)
        exit = lay_out_points(e);
    if (exit == CMD_EXIT_OK)
        exit = read_history(e, args);
    if (exit == CMD_EXIT_OK)
        exit = make_folds(e, &e->tune);
    if (exit == CMD_EXIT_OK)
        exit = make_folds(e, &e->report);
    if (exit == CMD_EXIT_OK && e->kfold > 0)
        cmd_learn_warn_open(&e->learn);
    if (exit == CMD_EXIT_OK)
        exit = run_all(e);
    if (exit != CMD_EXIT_OK)
        return exit;
    if (args->values[OPTION_JSON].given)
        cmd_evaluate_json(e, &e->context->out.buf);
    else
        cmd_evaluate_report(e, &e->context->out.buf);
    return CMD_EXIT_OK;
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    struct cmd_evaluate *e = mem_zeroed(context->mem, sizeof *e);
    if (e == NULL)
        return cmd_complain_memory(context);
    e->context = context;
    enum cmd_exit exit = cmd_learn_tell(&e->learn, evaluate(e, args));
    free_folds(&e->report);
    free_folds(&e->tune);
    mem_free(context->mem, e->points, e->point_count * sizeof *e->points);
    cmd_learn_close(&e->learn);
    mem_free(context->mem, e, sizeof *e);
    return exit;
}

static const char *const examples[] = {
    "weir evaluate policy.weir history.csv.zst --folds 2026-06-01,2026-06-08 --entity card",
    "weir evaluate policy.weir history.csv.zst --folds 2026-06-01 --tune 2026-05-01,2026-05-08 "
    "--grid 'depth=4|6,rounds=200|400'",
    "weir evaluate loans.weir loans.csv --kfold 5 --json",
    NULL,
};

const struct cmd_command cmd_evaluate = {
    .name = "evaluate",
    .summary = "train a model on stretches of a history and measure it on later ones",
    .operands = "POLICY [EVENTS]",
    .operand_count_min = 1,
    .operand_count_max = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Decides a history, so that every event has the features that it had when it came, and for "
        "each fold trains a model on the stretch that starts at its date, leaves out a delay in "
        "which labels become known, and tests on the stretch behind it. Labels count in training "
        "as they were known when the test began, and in the test as they turned out: where they "
        "are events that may come within a time, the history must go on for that time behind the "
        "test. No file is written.\n\n"
        "With --entity, entities known to be bad leave the test from the day on at whose start "
        "they are known, and entity precision is the share of the --capacity entities with the "
        "highest scores of a day that have a bad event that day, each entity being caught once.\n\n"
        "With --tune all combinations of --grid are tried on other dates first, and the best is "
        "reported. Every test of --tune must end before the first test of --folds begins.\n\n"
        "Boosted trees are trained as by weir train with --validate 0s: all rounds of the settings "
        "are kept, since no rows behind the training stop it, and nothing is calibrated. Brier "
        "score and calibration error are therefore those before calibration. weir train, which "
        "stops early and calibrates by rows behind the training, may keep fewer rounds; its card "
        "has the figures with calibration.",
    .examples = examples,
    .run = run_command,
};
