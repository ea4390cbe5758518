/* One idea: a model is trained on a stretch of time and judged on a later one, of which it uses
 * only what was known of the labels by then; what chooses, what calibrates and what judges are
 * three parts of it, so that no figure comes from rows that shaped the model. */
#include "cmd/train.h"

#include <math.h>
#include <string.h>

#include "base/datetime.h"
#include "cmd/commands.h"

enum { OPTION_MODEL, OPTION_LABEL, OPTION_TRAIN, OPTION_DELAY, OPTION_VALIDATE, OPTION_ENTITY,
       OPTION_AMOUNT, OPTION_CAPACITY, OPTION_COST, OPTION_KIND, OPTION_PARAMS, OPTION_TUNE,
       OPTION_GRID, OPTION_STOP, OPTION_METRIC, OPTION_CALIBRATE, OPTION_METHOD, OPTION_SEED,
       OPTION_OUT, OPTION_INPUT, OPTION_SEPARATOR, OPTION_COUNT };

static const char *const metrics[] = {"ap", "logloss", NULL};
static const char *const calibrations[] = {"auto", "isotonic", "platt", "none", NULL};

static const struct cmd_option options[OPTION_COUNT] = {
    [OPTION_MODEL] = {.name = "model", .value = "NAME", .type = CMD_TEXT,
                      .summary = "the policy's model to train (default: its only one)"},
    [OPTION_LABEL] = {.name = "label", .value = "NAME", .type = CMD_TEXT,
                      .summary = "the label that tells the truth (default: the policy's first)"},
    [OPTION_TRAIN] = {.name = "train", .value = "FROM..TO", .type = CMD_TEXT,
                      .summary = "train on events from a date on and before another (default: all, "
                                 "with the whole truth)"},
    [OPTION_DELAY] = {.name = "delay", .value = "TIME", .type = CMD_DURATION,
                      .summary = "how long to wait for labels (default: the label's own delay)"},
    [OPTION_VALIDATE] = {.name = "validate", .value = "TIME", .type = CMD_DURATION,
                         .summary = "the later stretch, behind training and delay: a third "
                                    "chooses and stops, a third calibrates, a third judges "
                                    "(default: 7d; 0s: none)"},
    [OPTION_ENTITY] = {.name = "entity", .value = "FIELD", .type = CMD_TEXT,
                       .summary = "whom events are about: those known to be bad leave the later "
                                  "stretch"},
    [OPTION_AMOUNT] = {.name = "amount", .value = "FIELD", .type = CMD_TEXT,
                       .summary = "the money at stake (default: the first money field)"},
    [OPTION_CAPACITY] = {.name = "capacity", .value = "N", .type = CMD_U64, .u64_min = 1,
                         .u64_max = 1000000000,
                         .summary = "how many can be reviewed in a day, for the card "
                                    "(default: 100)"},
    [OPTION_COST] = {.name = "cost", .value = "AMOUNT", .type = CMD_TEXT,
                     .summary = "what one review costs, for the card (default: 0)"},
    [OPTION_KIND] = {.name = "kind", .value = "KIND", .type = CMD_CHOICE,
                     .choices = cmd_learn_kinds, .summary = CMD_LEARN_KIND_SUMMARY},
    [OPTION_PARAMS] = {.name = "params", .value = "SETTINGS", .type = CMD_TEXT,
                       .summary = "settings of the training, such as rounds=300,depth=4,eta=0.1"},
    [OPTION_TUNE] = {.name = "tune", .type = CMD_FLAG,
                     .summary = "try all of --grid and keep what does best on the first third of "
                                "the later stretch"},
    [OPTION_GRID] = {.name = "grid", .value = "SETTINGS", .type = CMD_TEXT,
                     .summary = "what --tune tries, such as depth=4|6|8,eta=0.1|0.3 "
                                "(default: " CMD_LEARN_GRID ")"},
    [OPTION_STOP] = {.name = "stop", .value = "N", .type = CMD_U64, .u64_min = 1,
                     .u64_max = 10000,
                     .summary = "end when the first third of the later stretch has not become "
                                "better for N rounds (default: 50)"},
    [OPTION_METRIC] = {.name = "metric", .value = "MEASURE", .type = CMD_CHOICE,
                       .choices = metrics,
                       .summary = "what better is there: ap (average precision) or logloss"},
    [OPTION_CALIBRATE] = {.name = "calibrate", .value = "METHOD", .type = CMD_CHOICE,
                          .choices = calibrations,
                          .summary = "how scores become probabilities: auto (isotonic from 200 bad "
                                     "rows on, else platt), isotonic, platt, none"},
    [OPTION_METHOD] = {.name = "method", .value = "METHOD", .type = CMD_CHOICE,
                       .choices = cmd_learn_methods,
                       .summary = "how splits are found: auto, exact, hist (bins, for much data)"},
    [OPTION_SEED] = {.name = "seed", .value = "N", .type = CMD_U64, .u64_max = 1000000000,
                     .summary = "what chance in training starts from (default: 0)"},
    [OPTION_OUT] = {.letter = 'o', .name = "output", .value = "MODEL.json", .type = CMD_PATH,
                    .summary = "write the model there, and MODEL.card.json and MODEL.card.html "
                               "beside it"},
    CMD_INPUT_OPTIONS(OPTION_INPUT, OPTION_SEPARATOR),
};

/* ---- the command line ---- */

static enum cmd_exit read_window(struct cmd_train *t, const struct cmd_args *args)
{
    const char *text = args->values[OPTION_TRAIN].text;
    const char *dots = text == NULL ? NULL : strstr(text, "..");
    const struct cmd_value *validate = &args->values[OPTION_VALIDATE];
    bool labelled = t->learn.options.label != UINT16_MAX;
    t->timed = text != NULL;
    if (!t->timed && (validate->given || args->values[OPTION_DELAY].given))
        return cmd_complain_usage(t->context, "--delay and --validate are about the times of "
                                  "--train FROM..TO");
    enum cmd_exit exit = cmd_learn_delay(&t->learn, &args->values[OPTION_DELAY], &t->delay_ms);
    if (exit != CMD_EXIT_OK || !t->timed)
        return exit;
    if (dots == NULL)
        return cmd_complain_usage(t->context, "--train takes two dates such as "
                                  "2026-06-01..2026-07-01, not '%s'", text);
    struct fold_times *times = &t->times;
    exit = cmd_learn_time(t->context, "--train", (struct view){text, (size_t)(dots - text)},
                          &times->train_from_ms);
    if (exit == CMD_EXIT_OK)
        exit = cmd_learn_time(t->context, "--train", view_of(dots + 2), &times->train_until_ms);
    if (exit != CMD_EXIT_OK)
        return exit;
    if (times->train_from_ms >= times->train_until_ms)
        return cmd_complain_usage(t->context, "--train %s is no stretch of time: it ends before "
                                  "it begins", text);
    int64_t later_ms = validate->given ? validate->duration_ms : 7 * DATETIME_MS_DAY;
    times->test_from_ms = times->train_until_ms + t->delay_ms;
    times->test_until_ms = times->test_from_ms + (labelled ? later_ms : 0);
    return CMD_EXIT_OK;
}

static enum cmd_exit read_settings(struct cmd_train *t, const struct cmd_args *args,
                                   struct train_grid *grid)
{
    struct train_job *job = &t->job.train;
    const struct cmd_value *values = args->values;
    bool later = t->timed && t->times.test_until_ms > t->times.test_from_ms;
    if (values[OPTION_GRID].given && !values[OPTION_TUNE].given)
        return cmd_complain_usage(t->context, "--grid is what --tune tries");
    if (values[OPTION_TUNE].given && !later)
        return cmd_complain_usage(t->context, "--tune needs a later stretch: --train FROM..TO and "
                                  "a --validate of more than no time");
    enum cmd_exit exit = cmd_learn_settings(t->context, values[OPTION_PARAMS].text,
                                            values[OPTION_GRID].text, &job->params, grid);
    if (exit != CMD_EXIT_OK)
        return exit;
    if (t->job.kind != MODEL_XGBOOST && (values[OPTION_PARAMS].given || values[OPTION_TUNE].given))
        return cmd_complain_usage(t->context, "only --kind xgboost has settings");
    job->method = (enum train_method)values[OPTION_METHOD].choice;
    job->metric = (enum train_metric)values[OPTION_METRIC].choice;
    job->stop_rounds = values[OPTION_STOP].given ? (unsigned)values[OPTION_STOP].u64 : 50;
    job->seed = values[OPTION_SEED].u64;
    t->job.calibration = (enum make_calibration)values[OPTION_CALIBRATE].choice;
    return cmd_learn_judging(&t->learn, &values[OPTION_CAPACITY], &values[OPTION_COST],
                             &t->judging);
}

static enum cmd_exit read_command(struct cmd_train *t, const struct cmd_args *args,
                                  struct train_grid *grid)
{
    t->job.kind = cmd_learn_kind_values[args->values[OPTION_KIND].choice];
    struct cmd_learn_names names = {
        .model = args->values[OPTION_MODEL].text,
        .label = args->values[OPTION_LABEL].text,
        .label_optional = t->job.kind == MODEL_ISOLATION,
        .amount = args->values[OPTION_AMOUNT].text,
        .entity = args->values[OPTION_ENTITY].text,
    };
    if (!args->values[OPTION_OUT].given)
        return cmd_complain_usage(t->context, "say where the model goes: -o MODEL.json");
    enum cmd_exit exit = cmd_learn_open(&t->learn, t->context, args->operands[0], &names);
    if (exit == CMD_EXIT_OK)
        exit = read_window(t, args);
    return exit == CMD_EXIT_OK ? read_settings(t, args, grid) : exit;
}

/* ---- rows ---- */

/* Labels of the last rows are known their delay later, and events are needed up to then. */
static enum cmd_exit check_reach(struct cmd_train *t)
{
    const struct fold_times *times = &t->times;
    bool later = times->test_until_ms > times->test_from_ms;
    enum cmd_exit exit = cmd_learn_check(&t->learn, "the training, with the wait for its labels,",
                                         times->train_from_ms, times->test_from_ms);
    if (exit == CMD_EXIT_OK && later)
        exit = cmd_learn_check(&t->learn, "the later stretch, with the wait for its labels,",
                               times->test_from_ms, times->test_until_ms + t->delay_ms);
    if (times->train_until_ms <= t->learn.first_ms || times->train_from_ms >= t->learn.covered_ms)
        cmd_remark(t->context, "  hint: train on a stretch of those dates");
    else if (exit != CMD_EXIT_OK && later)
        cmd_remark(t->context, "  hint: train earlier, or give a shorter --validate (0s: none)");
    return exit;
}

/* Takes the rows before a time from the front of some. */
static struct train_rows take_until(const struct matrix *matrix, struct train_rows *rows,
                                    int64_t until_ms)
{
    struct train_rows taken = *rows;
    taken.count = 0;
    while (taken.count < rows->count &&
           matrix_row(matrix, rows->rows[taken.count])->at_ms < until_ms)
        taken.count++;
    rows->rows += taken.count;
    rows->count -= taken.count;
    return taken;
}

/* Parts the later stretch in three, at whole days of it where it is long enough. Nothing is chosen
 * for other kinds than boosted trees, and those have nothing to calibrate. */
static enum cmd_exit part_later(struct cmd_train *t)
{
    const struct fold_times *times = &t->times;
    int64_t part_ms = (times->test_until_ms - times->test_from_ms) / 3;
    bool chooses = t->job.kind == MODEL_XGBOOST;
    bool calibrates = chooses && t->job.calibration != MAKE_CALIBRATE_NONE;
    part_ms -= part_ms >= DATETIME_MS_DAY ? part_ms % DATETIME_MS_DAY : 0;
    t->chosen_until_ms = times->test_from_ms + (chooses ? part_ms : 0);
    t->calibrated_until_ms = t->chosen_until_ms + (calibrates ? part_ms : 0);
    t->judged = t->fold.test;
    t->job.train.later = take_until(t->job.train.matrix, &t->judged, t->chosen_until_ms);
    t->job.calibrate = take_until(t->job.train.matrix, &t->judged, t->calibrated_until_ms);
    const char *empty = chooses && t->job.train.later.count == 0  ? "first"
                        : calibrates && t->job.calibrate.count == 0 ? "second"
                        : t->judged.count == 0                      ? "last" : NULL;
    if (empty == NULL || times->test_until_ms == times->test_from_ms)
        return CMD_EXIT_OK;
    cmd_complain(t->context, "there are no rows in the %s part of the later stretch, of which one "
                 "chooses, one calibrates and one judges", empty);
    cmd_remark(t->context, "  hint: give a longer --validate, or none: 0s");
    return CMD_EXIT_INPUT;
}

static enum cmd_exit make_rows(struct cmd_train *t)
{
    const struct matrix *matrix = rows_matrix(t->learn.rows);
    struct mem *mem = t->context->mem;
    struct fold_times all = {INT64_MIN, INT64_MAX, INT64_MAX, INT64_MAX};
    size_t entity_count =
        t->learn.options.entity_field == UINT16_MAX ? 0 : rows_entity_count(t->learn.rows);
    enum cmd_exit exit = t->timed ? check_reach(t) : CMD_EXIT_OK;
    if (exit != CMD_EXIT_OK)
        return exit;
    if (fold_make(matrix, t->timed ? &t->times : &all, entity_count, mem, &t->fold) != STATUS_OK)
        return cmd_complain_memory(t->context);
    t->fold.test.as_of_ms = t->times.test_until_ms + t->delay_ms;
    if (!t->timed)
        t->fold.fit.as_of_ms = MATRIX_NEVER;
    t->job.train.matrix = matrix;
    t->job.train.features = t->learn.features;
    t->job.train.fit = t->fold.fit;
    if (t->timed)
        return part_later(t);
    cmd_learn_warn_open(&t->learn);
    return CMD_EXIT_OK;
}

static enum cmd_exit open_history(struct cmd_train *t, const struct cmd_args *args)
{
    return cmd_learn_begin(&t->learn, args->operand_count > 1 ? args->operands[1] : NULL,
                           &args->values[OPTION_INPUT],
                           t->timed ? t->times.train_from_ms : INT64_MIN,
                           t->timed ? t->times.test_until_ms : INT64_MAX);
}

/* ---- training ---- */

/* Tries all of a grid, and keeps the settings with the highest metric on the rows that choose. */
static enum status tune(struct cmd_train *t, const struct train_grid *grid,
                        struct cmd_learn_bar *bar, struct diag *diag)
{
    struct train_params best = t->job.train.params;
    double best_metric = -INFINITY;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < train_grid_count(grid) && status == STATUS_OK; i++) {
        struct train_result result;
        struct buf body;
        buf_init(&body, t->context->mem);
        t->job.train.params = train_grid_at(grid, i);
        status = train_xgboost(&t->job.train, t->context->mem, &body, &result, diag);
        cmd_learn_bar_add(bar, &t->job.train.params);
        if (status == STATUS_OK && result.metric > best_metric) {
            best = t->job.train.params;
            best_metric = result.metric;
        }
        buf_done(&body);
        if (status != STATUS_OK)
            break;
        buf_printf(&t->context->out.buf, "tried %9.6f  ", result.metric);
        train_params_put(&t->job.train.params, NULL, &t->context->out.buf);
        buf_printf(&t->context->out.buf, ": %u rounds\n", result.rounds_max);
    }
    t->job.train.params = best;
    return status;
}

static enum cmd_exit train(struct cmd_train *t, const struct train_grid *grid, bool tuned)
{
    struct cmd_learn_bar bar;
    struct diag diag = {0};
    uint64_t total = 0;
    uint64_t most = cmd_learn_rounds(&t->job.train.params);
    for (size_t i = 0; tuned && i < train_grid_count(grid); i++) {
        struct train_params params = train_grid_at(grid, i);
        uint64_t rounds = cmd_learn_rounds(&params);
        total += rounds;
        most = rounds > most ? rounds : most;
    }
    cmd_learn_bar_start(&bar, t->context, total + most);
    t->job.train.listener = &bar.listener;
    t->job.name = cmd_learn_model(&t->learn)->name;
    t->job.put_trained = cmd_train_put_trained;
    t->job.self = t;
    enum status status = tuned ? tune(t, grid, &bar, &diag) : STATUS_OK;
    if (status == STATUS_OK)
        status = make_model(&t->job, t->context->mem, &t->file, &t->result, &diag);
    cmd_progress_end(&bar.progress);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_fail(t->context, NULL, status, &diag);
}

/* ---- files ---- */

/* The model and what lies beside it. */
enum { FILE_MODEL, FILE_CARD, FILE_PAGE, FILE_COUNT };

struct files {
    struct cmd_output outputs[FILE_COUNT];
    struct buf paths[FILE_COUNT];
};

/* "models/risk.json" has "models/risk.card.json" beside it. */
static enum cmd_exit claim_files(struct cmd_train *t, const char *path, struct files *files)
{
    static const char *const endings[FILE_COUNT] = {".json", ".card.json", ".card.html"};
    struct view stem = view_of(path);
    size_t size = strlen(endings[FILE_MODEL]);
    if (stem.size_bytes > size &&
        memcmp(stem.data + stem.size_bytes - size, endings[FILE_MODEL], size) == 0)
        stem.size_bytes -= size;
    enum cmd_exit exit = CMD_EXIT_OK;
    for (size_t i = 0; i < FILE_COUNT && exit == CMD_EXIT_OK; i++) {
        buf_init(&files->paths[i], t->context->mem);
        buf_put_view(&files->paths[i], i == FILE_MODEL ? view_of(path) : stem);
        buf_put_text(&files->paths[i], i == FILE_MODEL ? "" : endings[i]);
        buf_put_char(&files->paths[i], '\0');
        exit = buf_status(&files->paths[i]) != STATUS_OK
                   ? cmd_complain_memory(t->context)
                   : cmd_output_claim(&files->outputs[i], t->context, files->paths[i].data);
    }
    return exit;
}

static enum cmd_exit write_files(struct cmd_train *t, struct files *files)
{
    struct diag diag = {0};
    enum cmd_exit exit = CMD_EXIT_OK;
    for (size_t i = 0; i < FILE_COUNT && exit == CMD_EXIT_OK; i++)
        exit = cmd_output_open(&files->outputs[i]);
    if (exit != CMD_EXIT_OK)
        return exit;
    buf_put_view(&files->outputs[FILE_MODEL].stream.buf, buf_view(&t->file));
    enum status status = cmd_train_card(t, &files->outputs[FILE_CARD].stream.buf,
                                        &files->outputs[FILE_PAGE].stream.buf, &diag);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_fail(t->context, NULL, status, &diag);
}

static enum cmd_exit close_files(struct files *files, bool keep)
{
    enum cmd_exit exit = CMD_EXIT_OK;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        enum cmd_exit closed = cmd_output_close(&files->outputs[i], keep);
        exit = closed > exit ? closed : exit;
        buf_done(&files->paths[i]);
    }
    return exit;
}

/* ---- the command ---- */

static void report(struct cmd_train *t, const char *path)
{
    struct buf *out = &t->context->out.buf;
    const struct train_job *job = &t->job.train;
    buf_printf(out, "%.*s: %s on %zu rows", VIEW_ARG(t->job.name), model_kind_text(t->job.kind),
               job->fit.count);
    if (t->job.kind != MODEL_ISOLATION) /* which looks at no label */
        buf_printf(out, ", %zu of them %.*s", t->result.positive_count,
                   VIEW_ARG(t->learn.session.policy->labels[t->learn.options.label].name));
    buf_put_text(out, ".\n");
    if (t->job.kind == MODEL_XGBOOST) {
        buf_put_text(out, "Settings: ");
        train_params_put(&job->params, NULL, out);
        buf_printf(out, ",seed=%llu; %s splits; %u rounds kept.\n", (unsigned long long)job->seed,
                   t->result.method == TRAIN_EXACT ? "exact" : "binned", t->result.rounds_max);
    }
    if (!isnan(t->result.metric) && job->later.count > 0 && t->job.kind == MODEL_XGBOOST)
        buf_printf(out, "%s on the %zu rows that chose: %.4f; the card judges %zu others.\n",
                   job->metric == TRAIN_LOG_LOSS ? "Log likelihood a row" : "Average precision",
                   job->later.count, t->result.metric, t->judged.count);
    buf_printf(out, "Written to %s, with its card beside it.\n", path);
}

static enum cmd_exit run_all(struct cmd_train *t, const struct cmd_args *args,
                             struct files *files)
{
    struct train_grid grid;
    enum cmd_exit exit = read_command(t, args, &grid);
    if (exit == CMD_EXIT_OK)
        exit = open_history(t, args);
    if (exit == CMD_EXIT_OK)
        exit = claim_files(t, args->values[OPTION_OUT].text, files);
    if (exit == CMD_EXIT_OK)
        exit = cmd_learn_read(&t->learn);
    if (exit == CMD_EXIT_OK)
        exit = make_rows(t);
    if (exit == CMD_EXIT_OK)
        exit = train(t, &grid, args->values[OPTION_TUNE].given);
    return exit == CMD_EXIT_OK ? write_files(t, files) : exit;
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    struct cmd_train t = {.context = context};
    struct files files = {.outputs = {{.context = NULL}}};
    buf_init(&t.file, context->mem);
    enum cmd_exit exit = run_all(&t, args, &files);
    enum cmd_exit closed = close_files(&files, exit == CMD_EXIT_OK);
    if (exit == CMD_EXIT_OK && closed == CMD_EXIT_OK)
        report(&t, args->values[OPTION_OUT].text);
    exit = cmd_learn_tell(&t.learn, closed > exit ? closed : exit);
    buf_done(&t.file);
    fold_done(&t.fold);
    cmd_learn_close(&t.learn);
    return exit;
}

static const char *const examples[] = {
    "weir train policy.weir history.csv.zst --model risk --train 2026-05-01..2026-06-01 "
    "-o models/risk.json",
    "weir train policy.weir history.csv.zst --train 2026-05-01..2026-06-01 --tune "
    "--grid 'depth=4|6,eta=0.05|0.1' --params rounds=1000 -o models/risk.json",
    "weir train policy.weir history.csv.zst --kind isolation -o models/odd.json",
    NULL,
};

const struct cmd_command cmd_train = {
    .name = "train",
    .summary = "train a model on the policy's own features, and write it with its card",
    .operands = "POLICY [EVENTS]",
    .operand_count_min = 1,
    .operand_count_max = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .description =
        "Decides a history, so that every event has the features that it had when it came, and "
        "trains a model on a stretch of it. Labels count as they were known when the delay behind "
        "the stretch was over. A later stretch, behind the delay, has three parts: the first tells "
        "when to stop and what --tune keeps, the second what a score means as a probability, and "
        "the last gives the figures of the card, since nothing was chosen or learned from it. "
        "Kinds that choose nothing are judged by all of it. Its labels too must have had their "
        "delay to become known, so the events must reach that far.\n\n"
        "Without --train all events are trained on, there is no later stretch, and the card says "
        "that its figures are of the training.\n\n"
        "The same events, settings and seed give the same file to the byte. How good a model is on "
        "weeks that it has never seen, weir evaluate tells.",
    .examples = examples,
    .run = run_command,
};
