/* One idea: what a model was made of is written down while it is still known, by the names that
 * the command line has for it. */
#include "cmd/train.h"

#include "base/assert.h"
#include "base/datetime.h"
#include "cmd/json.h"
#include "codec/number.h"
#include "model/card.h"
#include "model/outline.h"

static void json_time(struct cmd_json *json, const char *name, int64_t ms)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    cmd_json_view(json, name, (struct view){text, datetime_format(text, ms)});
}

/* A part of the later stretch, unless it has no rows. */
static void json_part(struct cmd_json *json, const char *name, int64_t from_ms, int64_t until_ms,
                      size_t row_count)
{
    if (row_count == 0)
        return;
    cmd_json_object(json, name);
    json_time(json, "from", from_ms);
    json_time(json, "until", until_ms);
    cmd_json_u64(json, "rows", row_count);
    cmd_json_end(json);
}

void cmd_train_put_trained(const void *self, const struct train_result *result, struct buf *out)
{
    const struct cmd_train *t = self;
    const struct policy *policy = t->learn.session.policy;
    struct cmd_json json = cmd_json_begin(out);
    cmd_json_view(&json, "policy", policy->name);
    cmd_json_text(&json, "policy_hash", policy->hash);
    if (t->learn.options.label != UINT16_MAX)
        cmd_json_view(&json, "label", policy->labels[t->learn.options.label].name);
    if (t->timed) {
        json_time(&json, "from", t->times.train_from_ms);
        json_time(&json, "until", t->times.train_until_ms);
        cmd_json_f64(&json, "delay_s", (double)t->delay_ms / 1000);
    }
    cmd_json_u64(&json, "rows", t->job.train.fit.count);
    if (t->job.kind != MODEL_ISOLATION)
        cmd_json_u64(&json, "positives", result->positive_count);
    cmd_json_u64(&json, "seed", t->job.train.seed);
    if (t->job.kind == MODEL_XGBOOST) {
        cmd_json_text(&json, "method", cmd_learn_methods[result->method]);
        cmd_json_u64(&json, "rounds_kept", result->rounds_max);
        cmd_json_f64(&json, "scale_pos_weight_used", result->scale_pos_weight);
        cmd_json_object(&json, "settings");
        for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++)
            cmd_json_f64(&json, train_param_name((enum train_param)i),
                         t->job.train.params.values[i]);
        cmd_json_end(&json);
    }
    if (t->judged.count > 0) {
        json_part(&json, "chosen_on", t->times.test_from_ms, t->chosen_until_ms,
                  t->job.train.later.count);
        json_part(&json, "calibrated_on", t->chosen_until_ms, t->calibrated_until_ms,
                  t->job.calibrate.count);
        json_part(&json, "judged_on", t->calibrated_until_ms, t->times.test_until_ms,
                  t->judged.count);
    }
    cmd_json_end(&json);
}

/* ---- the card ---- */

/* Judged rows as the card wants them, and everything that it is made of, in one arena. */
struct making {
    struct cmd_train *t;
    struct arena arena;
    struct model *model;
    const struct train_rows *rows;   /* those judged */
    double *margins;
    bool *truths;
    int32_t *days;
    int64_t *amounts_minor;
    uint32_t *entities;
    struct card_rows fold;
    struct card_input input;
};

static void fill_row(const void *self, size_t index, double *ret_row)
{
    const struct making *m = self;
    make_row(m->t->job.train.matrix, m->t->job.train.features, m->rows->rows[index], ret_row);
}

static enum status take_rows(struct making *m)
{
    size_t count = m->rows->count;
    const struct matrix *matrix = m->t->job.train.matrix;
    m->margins = arena_array(&m->arena, count, sizeof *m->margins);
    m->truths = arena_array(&m->arena, count, sizeof *m->truths);
    m->days = arena_array(&m->arena, count, sizeof *m->days);
    m->amounts_minor = arena_array(&m->arena, count, sizeof *m->amounts_minor);
    m->entities = arena_array(&m->arena, count, sizeof *m->entities);
    if (m->margins == NULL || m->truths == NULL || m->days == NULL || m->amounts_minor == NULL ||
        m->entities == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct matrix_row *row = matrix_row(matrix, m->rows->rows[i]);
        int32_t day = (int32_t)((row->at_ms - (row->at_ms % DATETIME_MS_DAY + DATETIME_MS_DAY) %
                                                  DATETIME_MS_DAY) / DATETIME_MS_DAY);
        m->truths[i] = row->known_ms < m->rows->as_of_ms;
        m->amounts_minor[i] = row->amount_minor;
        m->entities[i] = row->entity;
        m->days[i] = i > 0 && m->days[i - 1] > day ? m->days[i - 1] : day; /* one may come late */
    }
    return make_margins(m->model, matrix, m->t->job.train.features, m->rows, m->t->context->mem,
                        m->margins, NULL);
}

static struct view type_name(const struct policy_type *type)
{
    switch (type->base) {
    case POLICY_BOOL: return VIEW("bool");
    case POLICY_INT: return VIEW("int");
    case POLICY_MONEY: return VIEW("money");
    case POLICY_DURATION: return VIEW("duration");
    case POLICY_ONE_OF: return VIEW("one of");
    case POLICY_NUMBER: case POLICY_TEXT: case POLICY_TIME: case POLICY_COUNTRY: case POLICY_IP:
    case POLICY_ENTITY: case POLICY_ID: case POLICY_REF: break;
    }
    return VIEW("number");
}

static enum status take_features(struct making *m, struct diag *diag)
{
    struct outline outline;
    const struct policy_model *model = cmd_learn_model(&m->t->learn);
    struct card_input_feature *features =
        arena_array(&m->arena, model->argument_count, sizeof *features);
    struct view *excluded = arena_array(&m->arena, model->argument_count, sizeof *excluded);
    size_t used = 0;
    if (features == NULL || excluded == NULL)
        return STATUS_NO_MEMORY;
    enum status status = outline_read(buf_view(&m->t->file), &m->arena, &outline, diag);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < model->argument_count; i++) {
        const struct policy_argument *argument = &model->arguments[i];
        if (argument->excluded) {
            excluded[m->input.excluded_count++] = argument->name;
            continue;
        }
        ASSERT(used < outline.feature_count);
        features[used] = (struct card_input_feature){
            .name = argument->name,
            .type = type_name(&argument->type),
            .direction = (int8_t)((argument->direction == POLICY_RISING) -
                                  (argument->direction == POLICY_FALLING)),
            .gain = outline.features[used].gain,
        };
        used++;
    }
    m->input.features = features;
    m->input.excluded = excluded;
    return STATUS_OK;
}

/* The settings as the user would write them. */
static enum status take_parameters(struct making *m)
{
    struct card_parameter *parameters =
        arena_array(&m->arena, TRAIN_PARAM_COUNT, sizeof *parameters);
    if (parameters == NULL)
        return STATUS_NO_MEMORY;
    m->input.parameters = parameters;
    if (m->t->job.kind != MODEL_XGBOOST)
        return STATUS_OK;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT; i++) {
        struct buf text;
        buf_init(&text, m->t->context->mem);
        number_put_f64(&text, m->t->job.train.params.values[i]);
        parameters[i] = (struct card_parameter){
            view_of(train_param_name((enum train_param)i)), arena_copy(&m->arena, buf_view(&text))};
        enum status status = buf_status(&text);
        buf_done(&text);
        if (status != STATUS_OK || parameters[i].value.data == NULL)
            return STATUS_NO_MEMORY;
    }
    m->input.parameter_count = TRAIN_PARAM_COUNT;
    return STATUS_OK;
}

/* The stretch of time that rows are from, from the first to behind the last. */
static struct card_window window_of(const struct making *m, const struct train_rows *rows)
{
    struct card_window window = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < rows->count; i++) {
        int64_t at_ms = matrix_row(m->t->job.train.matrix, rows->rows[i])->at_ms;
        window.from_ms = at_ms < window.from_ms ? at_ms : window.from_ms;
        window.until_ms = at_ms >= window.until_ms ? at_ms + 1 : window.until_ms;
    }
    return window;
}

static void take_story(struct making *m)
{
    struct cmd_train *t = m->t;
    const struct policy *policy = t->learn.session.policy;
    const struct rows_options *options = &t->learn.options;
    bool later = m->rows == &t->judged;
    m->input.train = t->timed
        ? (struct card_window){t->times.train_from_ms, t->times.train_until_ms}
        : window_of(m, &t->job.train.fit);
    m->fold = (struct card_rows){
        .name = later ? VIEW("later") : VIEW("training"),
        .role = later ? CARD_UNSEEN : CARD_TRAINING,
        .window = later ? (struct card_window){t->calibrated_until_ms, t->times.test_until_ms}
                        : m->input.train,
        .count = m->rows->count, .margins = m->margins, .truths = m->truths, .days = m->days,
        .amounts_minor = options->amount_field == UINT16_MAX ? NULL : m->amounts_minor,
        .entities = options->entity_field == UINT16_MAX ? NULL : m->entities,
        .fill = fill_row, .self = m,
    };
    m->input.model = m->model;
    m->input.model_name = t->job.name;
    m->input.policy_name = policy->name;
    m->input.policy_hash = view_of(policy->hash);
    m->input.made_by = VIEW("weir " WEIR_VERSION);
    m->input.delay_ms = t->delay_ms;
    m->input.train_rows = t->job.train.fit.count;
    m->input.train_positives = t->result.positive_count;
    m->input.seed = t->job.train.seed;
    m->input.reviews_per_day = (uint32_t)t->judging.capacity;
    m->input.review_cost_minor = t->judging.cost_minor;
    m->input.folds = &m->fold;
    m->input.fold_count = 1;
    if (options->label != UINT16_MAX)
        m->input.label = policy->labels[options->label].name;
    if (options->entity_field != UINT16_MAX) {
        m->input.entity = cmd_learn_event(&t->learn)->fields[options->entity_field].name;
        m->input.precision_at = (uint32_t)t->judging.capacity;
    }
    if (options->amount_field != UINT16_MAX) {
        m->input.currency = view_of(money_currency_code(policy->currency));
        m->input.currency_exponent = money_currency_exponent(policy->currency);
    }
}

enum status cmd_train_card(struct cmd_train *t, struct buf *json, struct buf *html,
                           struct diag *diag)
{
    struct making m = {.t = t};
    struct mem *mem = t->context->mem;
    struct card card;
    m.rows = t->judged.count > 0 ? &t->judged : &t->job.train.fit;
    arena_init(&m.arena, mem, 0);
    enum status status = model_read(buf_view(&t->file), mem, &m.model, diag);
    if (status == STATUS_OK)
        status = take_rows(&m);
    if (status == STATUS_OK)
        status = take_features(&m, diag);
    if (status == STATUS_OK)
        status = take_parameters(&m);
    if (status == STATUS_OK) {
        take_story(&m);
        status = card_build(&m.input, mem, &m.arena, &card, diag);
    }
    if (status == STATUS_OK) {
        card_json(&card, json);
        card_html(&card, html);
        status = buf_status(json) == STATUS_OK ? buf_status(html) : STATUS_NO_MEMORY;
    }
    model_free(m.model);
    arena_done(&m.arena);
    return status;
}
