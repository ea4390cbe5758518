/* One idea: the history is decided once, without the models, and every model is then asked about
 * the same rows. */
#include "cmd/model_rows.h"

#include <math.h>
#include <string.h>

#include "base/datetime.h"
#include "cmd/model.h"

#define CAPACITY_MIN 1024

/* Notes the verdict of the row that learn has just taken. */
static enum status note(struct cmd_model_rows *rows, enum policy_verdict verdict)
{
    if (rows->count == rows->capacity) {
        size_t wanted = rows->capacity == 0 ? CAPACITY_MIN : rows->capacity * 2;
        uint8_t *moved = mem_array(rows->context->mem, rows->strengths, rows->capacity, wanted,
                                   sizeof *moved);
        if (moved == NULL)
            return STATUS_NO_MEMORY;
        rows->strengths = moved;
        rows->capacity = wanted;
    }
    rows->strengths[rows->count++] = (uint8_t)verdict;
    return STATUS_OK;
}

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct cmd_learn *learn = (struct cmd_learn *)((char *)sink - offsetof(struct cmd_learn, sink));
    struct cmd_model_rows *rows =
        (struct cmd_model_rows *)((char *)learn - offsetof(struct cmd_model_rows, learn));
    rows->sink_inner.take(sink, outcome);
    if (learn->status == STATUS_OK && rows_matrix(learn->rows)->row_count > rows->count)
        learn->status = note(rows, outcome->verdict);
}

static void *make_array(const struct cmd_model_rows *rows, size_t item_size)
{
    return mem_array(rows->context->mem, NULL, 0, rows->count, item_size);
}

static enum cmd_exit gather(struct cmd_model_rows *rows)
{
    const struct matrix *matrix = rows_matrix(rows->learn.rows);
    bool money = rows->learn.options.amount_field != UINT16_MAX;
    rows->truths = make_array(rows, sizeof *rows->truths);
    rows->days = make_array(rows, sizeof *rows->days);
    rows->amounts_minor = money ? make_array(rows, sizeof *rows->amounts_minor) : NULL;
    if (rows->truths == NULL || rows->days == NULL || (money && rows->amounts_minor == NULL))
        return cmd_complain_memory(rows->context);
    for (size_t i = 0; i < rows->count; i++) {
        const struct matrix_row *row = matrix_row(matrix, i);
        int64_t day = row->at_ms / DATETIME_MS_DAY - (row->at_ms % DATETIME_MS_DAY < 0);
        rows->truths[i] = matrix_is_positive(matrix, i, MATRIX_NEVER);
        rows->positives += rows->truths[i];
        rows->days[i] = (int32_t)day;
        if (money)
            rows->amounts_minor[i] = row->amount_minor;
    }
    return CMD_EXIT_OK;
}

/* Whether there is a row at all. */
static enum cmd_exit check_stretch(const struct cmd_model_rows *rows)
{
    const struct cmd_learn *learn = &rows->learn;
    char texts[2][DATETIME_TEXT_BYTES_MAX];
    if (rows->count > 0)
        return CMD_EXIT_OK;
    cmd_complain(rows->context, "there is no %.*s to judge in that stretch; the events are from "
                 "%.*s to before %.*s", VIEW_ARG(cmd_learn_event(learn)->name),
                 VIEW_ARG(cmd_learn_date(learn->first_ms, texts[0])),
                 VIEW_ARG(cmd_learn_date(learn->covered_ms, texts[1])));
    return CMD_EXIT_INPUT;
}

static enum cmd_exit check_classes(const struct cmd_model_rows *rows)
{
    if (rows->positives == 0 || rows->positives == rows->count)
        cmd_complain(rows->context, "the label is %s for all of the %zu events, so there is "
                     "nothing to tell apart", rows->positives == 0 ? "false" : "true",
                     rows->count);
    else
        return CMD_EXIT_OK;
    return CMD_EXIT_INPUT;
}

enum cmd_exit cmd_model_rows_read(struct cmd_model_rows *rows, struct cmd_context *context,
                                  const struct cmd_args *args, size_t first)
{
    const struct cmd_value *from = &args->values[CMD_MODEL_FROM];
    const struct cmd_value *until = &args->values[CMD_MODEL_UNTIL];
    const struct cmd_learn_names names = {.model = args->values[CMD_MODEL_MODEL].text,
                                          .label = args->values[CMD_MODEL_LABEL].text,
                                          .amount = args->values[CMD_MODEL_AMOUNT].text};
    int64_t from_ms = from->given ? from->time_ms : INT64_MIN;
    int64_t until_ms = until->given ? until->time_ms : INT64_MAX;
    if (from_ms >= until_ms)
        return cmd_complain_usage(context, "nothing is from %s on and before %s", from->text,
                                  until->text);
    rows->context = context;
    enum cmd_exit exit = cmd_learn_open(&rows->learn, context, args->operands[first], &names);
    if (exit != CMD_EXIT_OK)
        return exit;
    rows->sink_inner = rows->learn.sink;
    rows->learn.sink.take = take;
    exit = cmd_learn_begin(&rows->learn,
                           args->operand_count > first + 1 ? args->operands[first + 1] : NULL,
                           &args->values[CMD_MODEL_INPUT], from_ms, until_ms);
    if (exit == CMD_EXIT_OK)
        exit = cmd_learn_read(&rows->learn);
    if (exit == CMD_EXIT_OK)
        exit = check_stretch(rows);
    if (exit == CMD_EXIT_OK)
        exit = gather(rows);
    return exit == CMD_EXIT_OK ? check_classes(rows) : exit;
}

/* Which argument each feature of a file is. places: one for each feature. */
static enum cmd_exit place_features(const struct cmd_model_rows *rows,
                                    const struct cmd_model_file *file, uint32_t *places)
{
    const struct policy_model *model = cmd_learn_model(&rows->learn);
    uint32_t count = model_feature_count(file->model);
    for (uint32_t i = 0; i < count; i++) {
        struct view name = model_feature_name(file->model, i);
        uint32_t at = 0;
        if (name.size_bytes == 0)
            at = count == model->argument_count ? i : model->argument_count;
        while (name.size_bytes > 0 && at < model->argument_count &&
               !view_equal(model->arguments[at].name, name))
            at++;
        if (at == model->argument_count) {
            cmd_complain(rows->context, "%s has feature %u '%.*s', which model %.*s of the policy "
                         "does not name", file->path, i, VIEW_ARG(name), VIEW_ARG(model->name));
            return CMD_EXIT_INPUT;
        }
        places[i] = at;
    }
    return CMD_EXIT_OK;
}

static enum cmd_exit score_rows(const struct cmd_model_rows *rows,
                                const struct cmd_model_file *file, const uint32_t *places,
                                double *room, double *scores)
{
    const struct matrix *matrix = rows_matrix(rows->learn.rows);
    uint32_t count = model_feature_count(file->model);
    for (size_t i = 0; i < rows->count; i++) {
        const float *values = matrix_values(matrix, i);
        for (uint32_t f = 0; f < count; f++)
            room[f] = (double)values[places[f]];
        scores[i] = model_score_of(file->model, model_margin(file->model, room));
        if (isnan(scores[i])) {
            cmd_complain(rows->context, "%s gives no score for event %zu of those judged",
                         file->path, i + 1);
            return CMD_EXIT_INPUT;
        }
    }
    return CMD_EXIT_OK;
}

enum cmd_exit cmd_model_rows_score(const struct cmd_model_rows *rows,
                                   const struct cmd_model_file *file, double **ret_scores)
{
    struct mem *mem = rows->context->mem;
    uint32_t count = model_feature_count(file->model);
    double *scores = mem_array(mem, NULL, 0, rows->count, sizeof *scores);
    double *room = mem_array(mem, NULL, 0, count, sizeof *room);
    uint32_t *places = mem_array(mem, NULL, 0, count, sizeof *places);
    enum cmd_exit exit = CMD_EXIT_OK;
    if (scores == NULL || room == NULL || places == NULL)
        exit = cmd_complain_memory(rows->context);
    if (exit == CMD_EXIT_OK)
        exit = place_features(rows, file, places);
    if (exit == CMD_EXIT_OK)
        exit = score_rows(rows, file, places, room, scores);
    mem_free(mem, places, count * sizeof *places);
    mem_free(mem, room, count * sizeof *room);
    if (exit == CMD_EXIT_OK)
        *ret_scores = scores;
    else
        mem_free(mem, scores, rows->count * sizeof *scores);
    return exit;
}

unsigned cmd_model_rows_exponent(const struct cmd_model_rows *rows)
{
    return money_currency_exponent(rows->learn.session.policy->currency);
}

void cmd_model_rows_done(struct cmd_model_rows *rows)
{
    if (rows->context == NULL)
        return;
    struct mem *mem = rows->context->mem;
    mem_free(mem, rows->strengths, rows->capacity * sizeof *rows->strengths);
    mem_free(mem, rows->truths, rows->count * sizeof *rows->truths);
    mem_free(mem, rows->days, rows->count * sizeof *rows->days);
    mem_free(mem, rows->amounts_minor, rows->count * sizeof *rows->amounts_minor);
    cmd_learn_close(&rows->learn);
    *rows = (struct cmd_model_rows){0};
}
