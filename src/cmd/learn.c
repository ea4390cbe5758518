/* One idea: a history is read once, whatever is made of it afterwards: rows are kept, and every
 * split of them is a matter of numbers. */
#include "cmd/learn.h"

#include <stdio.h>
#include <string.h>

#include "base/datetime.h"
#include "cmd/loop.h"
#include "cmd/subject.h"

const char *const cmd_learn_kinds[] = {"xgboost", "scorecard", "isolation", NULL};
const enum model_kind cmd_learn_kind_values[] = {MODEL_XGBOOST, MODEL_SCORECARD,
                                                 MODEL_ISOLATION};
const char *const cmd_learn_methods[] = {"auto", "exact", "hist", NULL};

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct cmd_learn *learn = (struct cmd_learn *)((char *)sink - offsetof(struct cmd_learn, sink));
    cmd_tally_take(&learn->tally, outcome);
    if (learn->status == STATUS_OK)
        learn->status = rows_take(learn->rows, outcome);
}

static enum status decide(void *self, const struct line *batch, size_t count)
{
    struct cmd_learn *learn = self;
    enum status status = engine_decide(learn->session.engine, learn->input.format, batch, count,
                                       &learn->sink);
    return status != STATUS_OK ? status : learn->status;
}

/* ---- what the names mean ---- */

static enum cmd_exit find_model(struct cmd_learn *learn, const char *name)
{
    const struct policy *policy = learn->session.policy;
    if (policy->model_count == 0) {
        cmd_complain(learn->context, "%s has no model; write one, such as: model risk = "
                     "\"models/risk.json\" (amount, spent_1h)", learn->session.path);
        return CMD_EXIT_INPUT;
    }
    if (name == NULL && policy->model_count > 1)
        return cmd_complain_usage(learn->context, "the policy has %u models; say which: --model "
                                  "%.*s", policy->model_count, VIEW_ARG(policy->models[0].name));
    for (uint16_t i = 0; i < policy->model_count; i++) {
        if (name == NULL || view_equal(policy->models[i].name, view_of(name))) {
            learn->options.model = i;
            return CMD_EXIT_OK;
        }
    }
    return cmd_complain_usage(learn->context, "the policy has no model '%s'; its first is '%.*s'",
                              name, VIEW_ARG(policy->models[0].name));
}

static enum cmd_exit find_event(struct cmd_learn *learn, const struct cmd_learn_names *names)
{
    const struct policy_model *model = cmd_learn_model(learn);
    learn->options.label = UINT16_MAX;
    learn->options.event = 0;
    while (names->label_optional && (model->events >> learn->options.event & 1) == 0)
        learn->options.event++;
    if (names->label_optional && names->label == NULL)
        return CMD_EXIT_OK;
    enum cmd_exit exit = cmd_label_find(&learn->session, names->label, &learn->options.label);
    if (exit != CMD_EXIT_OK)
        return exit;
    const struct policy_label *label = &learn->session.policy->labels[learn->options.label];
    learn->options.event = label->event;
    if ((model->events >> label->event & 1) != 0)
        return CMD_EXIT_OK;
    cmd_complain(learn->context, "model %.*s has no value on %.*s, which label %.*s is about",
                 VIEW_ARG(model->name), VIEW_ARG(cmd_learn_event(learn)->name),
                 VIEW_ARG(label->name));
    return CMD_EXIT_INPUT;
}

static enum cmd_exit find_entity(struct cmd_learn *learn, const char *name)
{
    const struct policy_event *event = cmd_learn_event(learn);
    learn->options.entity_field = UINT16_MAX;
    if (name == NULL)
        return CMD_EXIT_OK;
    uint16_t field = cmd_field_find(event, name);
    if (field == UINT16_MAX || event->fields[field].type.base != POLICY_ENTITY)
        return cmd_complain_usage(learn->context, "%.*s has no entity field '%s'",
                                  VIEW_ARG(event->name), name);
    learn->options.entity_field = field;
    return CMD_EXIT_OK;
}

static enum cmd_exit describe_features(struct cmd_learn *learn)
{
    static const enum train_direction directions[] = {
        [POLICY_EITHER_WAY] = TRAIN_EITHER_WAY,
        [POLICY_RISING] = TRAIN_RISING,
        [POLICY_FALLING] = TRAIN_FALLING,
    };
    const struct policy_model *model = cmd_learn_model(learn);
    learn->features = mem_array(learn->context->mem, NULL, 0, model->argument_count,
                                sizeof *learn->features);
    if (learn->features == NULL)
        return cmd_complain_memory(learn->context);
    learn->feature_count = model->argument_count;
    for (uint16_t i = 0; i < model->argument_count; i++) {
        const struct policy_argument *argument = &model->arguments[i];
        learn->features[i] = (struct train_feature){
            .name = argument->name,
            .direction = directions[argument->direction],
            .category = argument->type.base == POLICY_ONE_OF,
            .excluded = argument->excluded,
        };
    }
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_learn_open(struct cmd_learn *learn, struct cmd_context *context,
                             const char *policy_path, const struct cmd_learn_names *names)
{
    *learn = (struct cmd_learn){.context = context, .sink = {take}};
    enum cmd_exit exit = cmd_session_open(&learn->session, context, policy_path);
    if (exit != CMD_EXIT_OK)
        return exit;
    learn->session.learns = true;
    learn->options.policy = learn->session.policy;
    learn->options.mem = context->mem;
    exit = find_model(learn, names->model);
    if (exit == CMD_EXIT_OK)
        exit = find_event(learn, names);
    if (exit == CMD_EXIT_OK)
        exit = cmd_amount_find(&learn->session, cmd_learn_event(learn), names->amount,
                               &learn->options.amount_field);
    if (exit == CMD_EXIT_OK)
        exit = find_entity(learn, names->entity);
    if (exit == CMD_EXIT_OK)
        exit = describe_features(learn);
    return exit;
}

void cmd_learn_close(struct cmd_learn *learn)
{
    if (learn->context == NULL)
        return;
    cmd_input_close(&learn->input);
    rows_free(learn->rows);
    mem_free(learn->context->mem, learn->features, learn->feature_count * sizeof *learn->features);
    cmd_session_close(&learn->session);
    memset(learn, 0, sizeof *learn);
}

const struct policy_event *cmd_learn_event(const struct cmd_learn *learn)
{
    return &learn->session.policy->events[learn->options.event];
}

const struct policy_model *cmd_learn_model(const struct cmd_learn *learn)
{
    return &learn->session.policy->models[learn->options.model];
}

/* ---- reading ---- */

static enum cmd_exit prepare(struct cmd_learn *learn)
{
    enum cmd_exit exit = cmd_session_engine(&learn->session, false);
    if (exit == CMD_EXIT_OK)
        exit = cmd_session_seed(learn->context, &learn->options.seed);
    if (exit != CMD_EXIT_OK)
        return exit;
    if (rows_new(&learn->options, &learn->rows) != STATUS_OK)
        return cmd_complain_memory(learn->context);
    engine_label_listen(learn->session.engine, rows_label_sink(learn->rows));
    return CMD_EXIT_OK;
}

static enum cmd_exit find_span(struct cmd_learn *learn)
{
    int64_t last_ms;
    if (!rows_span(learn->rows, &learn->first_ms, &last_ms)) {
        cmd_complain(learn->context, "no events in %s", learn->input.file.path);
        return CMD_EXIT_INPUT;
    }
    int64_t offset_ms = last_ms % DATETIME_MS_DAY;
    offset_ms += offset_ms < 0 ? DATETIME_MS_DAY : 0;
    learn->covered_ms = last_ms - offset_ms + DATETIME_MS_DAY;
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_learn_begin(struct cmd_learn *learn, const char *path,
                              const struct cmd_value *values, int64_t from_ms, int64_t until_ms)
{
    learn->options.from_ms = from_ms;
    learn->options.until_ms = until_ms;
    enum cmd_exit exit = prepare(learn);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_open(&learn->input, learn->context, path, values);
    if (exit == CMD_EXIT_OK)
        exit = cmd_input_header(&learn->input, &learn->session);
    if (exit == CMD_EXIT_OK && learn->options.label != UINT16_MAX)
        exit = cmd_input_label(&learn->input, &learn->session, learn->options.label);
    return exit;
}

enum cmd_exit cmd_learn_read(struct cmd_learn *learn)
{
    struct cmd_loop loop = {.context = learn->context, .input = &learn->input, .decide = decide,
                            .self = learn};
    enum cmd_exit exit = cmd_loop_run(&loop);
    return exit == CMD_EXIT_OK ? find_span(learn) : exit;
}

enum cmd_exit cmd_learn_tell(const struct cmd_learn *learn, enum cmd_exit exit)
{
    enum cmd_exit told = cmd_tally_tell(learn->context, &learn->tally, "");
    return told > exit ? told : exit;
}

/* ---- settings ---- */

static enum cmd_exit usage_of(struct cmd_context *context, const char *option,
                              const struct diag *diag)
{
    enum cmd_exit exit = cmd_complain_usage(context, "%s: %s", option, diag->message);
    cmd_complain_hint(context, diag);
    return exit;
}

enum cmd_exit cmd_learn_settings(struct cmd_context *context, const char *params_text,
                                 const char *grid_text, struct train_params *ret_params,
                                 struct train_grid *ret_grid)
{
    struct diag diag = {0};
    struct train_params params = train_params_default();
    if (params_text != NULL &&
        train_params_parse(view_of(params_text), &params, &diag) != STATUS_OK)
        return usage_of(context, "--params", &diag);
    if (train_grid_parse(view_of(grid_text != NULL ? grid_text : CMD_LEARN_GRID), &params,
                         ret_grid, &diag) != STATUS_OK)
        return usage_of(context, "--grid", &diag);
    *ret_params = params;
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_learn_judging(const struct cmd_learn *learn, const struct cmd_value *capacity,
                                const struct cmd_value *cost, struct fold_judging *judging)
{
    unsigned exponent = money_currency_exponent(learn->session.policy->currency);
    judging->capacity = capacity->given ? capacity->u64 : 100;
    if (cost->given &&
        (money_parse(view_of(cost->text), exponent, &judging->cost_minor) != STATUS_OK ||
         judging->cost_minor < 0))
        return cmd_complain_usage(learn->context, "--cost takes an amount such as 2.50, not '%s'",
                                  cost->text);
    return CMD_EXIT_OK;
}

/* ---- progress ---- */

static void tell(struct train_listener *listener, uint64_t rounds_done)
{
    struct cmd_learn_bar *bar =
        (struct cmd_learn_bar *)((char *)listener - offsetof(struct cmd_learn_bar, listener));
    cmd_progress_tell(&bar->progress, bar->done + rounds_done, bar->done + rounds_done);
}

void cmd_learn_bar_start(struct cmd_learn_bar *bar, struct cmd_context *context, uint64_t total)
{
    bar->listener.tell = tell;
    bar->done = 0;
    cmd_progress_start(&bar->progress, context, "rounds", total, NULL);
}

uint64_t cmd_learn_rounds(const struct train_params *params)
{
    return (uint64_t)(params->values[TRAIN_ROUNDS] * params->values[TRAIN_MEMBERS]);
}

void cmd_learn_bar_add(struct cmd_learn_bar *bar, const struct train_params *params)
{
    bar->done += cmd_learn_rounds(params);
}

/* ---- times ---- */

struct view cmd_learn_date(int64_t ms, char *to)
{
    ms = ms < DATETIME_MS_MAX ? ms : DATETIME_MS_MAX;
    size_t size = ms % DATETIME_MS_DAY == 0 ? strlen("2018-07-25") : 0;
    size_t whole = datetime_format(to, ms);
    return (struct view){to, size > 0 ? size : whole};
}

enum cmd_exit cmd_learn_delay(const struct cmd_learn *learn, const struct cmd_value *delay,
                              int64_t *ret_ms)
{
    if (learn->options.label == UINT16_MAX) {
        *ret_ms = delay->given ? delay->duration_ms : 0;
        return CMD_EXIT_OK;
    }
    const struct policy_label *label = &learn->session.policy->labels[learn->options.label];
    if (delay->given && !label->by_event && delay->duration_ms < label->delay_ms) {
        cmd_complain_usage(learn->context, "--delay is shorter than %.*s takes to be known, so "
                           "that its bad rows would be learned as good", VIEW_ARG(label->name));
        cmd_remark(learn->context, "  hint: leave --delay out, or make it longer");
        return CMD_EXIT_USAGE;
    }
    *ret_ms = delay->given ? delay->duration_ms : label->delay_ms;
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_learn_check(const struct cmd_learn *learn, const char *what, int64_t from_ms,
                              int64_t until_ms)
{
    char texts[4][DATETIME_TEXT_BYTES_MAX];
    int64_t first_ms = learn->first_ms;
    size_t size = strlen(what);
    size -= size > 0 && what[size - 1] == ',';
    if (from_ms >= learn->covered_ms || until_ms <= first_ms)
        cmd_complain(learn->context, "there are no events for %.*s: it is from %.*s on and before "
                     "%.*s, the events are from %.*s to before %.*s", (int)size, what,
                     VIEW_ARG(cmd_learn_date(from_ms, texts[0])),
                     VIEW_ARG(cmd_learn_date(until_ms, texts[1])),
                     VIEW_ARG(cmd_learn_date(first_ms, texts[2])),
                     VIEW_ARG(cmd_learn_date(learn->covered_ms, texts[3])));
    else if (until_ms > learn->covered_ms)
        cmd_complain(learn->context, "%s needs events up to %.*s, but they end before %.*s", what,
                     VIEW_ARG(cmd_learn_date(until_ms, texts[1])),
                     VIEW_ARG(cmd_learn_date(learn->covered_ms, texts[3])));
    else
        return CMD_EXIT_OK;
    return CMD_EXIT_INPUT;
}

/* How long after an event another may come that makes its label true; 0: none does. */
static int64_t open_ms(const struct cmd_learn *learn)
{
    if (learn->options.label == UINT16_MAX)
        return 0;
    const struct policy_label *label = &learn->session.policy->labels[learn->options.label];
    return label->by_event ? label->delay_ms : 0;
}

enum cmd_exit cmd_learn_check_judged(const struct cmd_learn *learn, const char *what,
                                     int64_t from_ms, int64_t until_ms)
{
    char name[128];
    enum cmd_exit exit = cmd_learn_check(learn, what, from_ms, until_ms);
    if (exit != CMD_EXIT_OK || open_ms(learn) == 0)
        return exit;
    snprintf(name, sizeof name, "%s, with the time in which its labels may come,", what);
    exit = cmd_learn_check(learn, name, from_ms, until_ms + open_ms(learn));
    if (exit != CMD_EXIT_OK)
        cmd_remark(learn->context, "  hint: judge by an earlier or shorter stretch of time");
    return exit;
}

void cmd_learn_warn_open(const struct cmd_learn *learn)
{
    const struct matrix *matrix = rows_matrix(learn->rows);
    char text[DATETIME_TEXT_BYTES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < matrix->row_count; i++) {
        const struct matrix_row *row = matrix_row(matrix, i);
        count += row->known_ms == MATRIX_NEVER && row->at_ms > learn->covered_ms - open_ms(learn);
    }
    if (open_ms(learn) == 0 || count == 0)
        return;
    cmd_complain(learn->context, "warning: the label of %zu of %zu rows may still come, since the "
                 "events end before %.*s; they count as good", count, matrix->row_count,
                 VIEW_ARG(cmd_learn_date(learn->covered_ms, text)));
}

enum cmd_exit cmd_learn_time(struct cmd_context *context, const char *option, struct view text,
                             int64_t *ret_ms)
{
    if (datetime_parse(text, ret_ms) == STATUS_OK ||
        datetime_parse_as(VIEW("YYYY-MM-DD"), text, ret_ms) == STATUS_OK)
        return CMD_EXIT_OK;
    return cmd_complain_usage(context, "%s takes dates such as 2026-07-01, not '%.*s'", option,
                              VIEW_ARG(text));
}
