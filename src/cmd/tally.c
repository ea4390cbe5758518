/* One idea: thousands of lines that cannot be decided usually have two or three reasons, and who
 * mends the history wants to know these and one line of each. */
#include "cmd/tally.h"

#include <string.h>

#include "base/utf8.h"
#include "engine/render_model.h"

static struct cmd_error_kind *kind_of(struct cmd_tally *tally, const struct engine_outcome *outcome)
{
    size_t at = 0;
    while (at < tally->kind_count && at < CMD_TALLY_KINDS_MAX &&
           (strcmp(tally->kinds[at].code, outcome->diag->code) != 0 ||
            strcmp(tally->kinds[at].field, outcome->diag->field) != 0))
        at++;
    struct cmd_error_kind *kind = &tally->kinds[at];
    if (at < tally->kind_count)
        return kind;
    tally->kind_count++;
    kind->first_line = outcome->line;
    kind->code = at < CMD_TALLY_KINDS_MAX ? outcome->diag->code : "others";
    if (at < CMD_TALLY_KINDS_MAX)
        memcpy(kind->field, outcome->diag->field, sizeof kind->field);
    return kind;
}

static void take_models(struct cmd_tally *tally, const struct engine_outcome *outcome)
{
    for (uint16_t i = 0; i < outcome->model_count && !outcome->duplicate; i++) {
        struct cmd_model_tally *model = &tally->models[outcome->models[i].model];
        enum engine_scoring scoring = outcome->models[i].scoring;
        model->events++;
        model->unscored[scoring] += scoring != ENGINE_SCORED;
    }
}

void cmd_tally_take(struct cmd_tally *tally, const struct engine_outcome *outcome)
{
    tally->lines++;
    if (outcome->status == STATUS_OK) {
        take_models(tally, outcome);
        return;
    }
    if (tally->errors++ == 0) {
        tally->error_line = outcome->line;
        tally->error = *outcome->diag;
    }
    kind_of(tally, outcome)->count++;
}

/* Writes into `order` the indexes of all kinds, the most common first, then those that came first.
 * By insertion: they are few. */
static void sort_kinds(const struct cmd_tally *tally, size_t order[CMD_TALLY_KINDS_MAX + 1])
{
    for (size_t i = 0; i < tally->kind_count; i++) {
        size_t at = i;
        while (at > 0 && tally->kinds[order[at - 1]].count < tally->kinds[i].count) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

/* What is shown of a field: a name cut in the middle of a character loses that. */
static struct view field_of(const struct cmd_error_kind *kind)
{
    return (struct view){kind->field, utf8_whole_prefix(kind->field, strlen(kind->field))};
}

static void tell_kinds(struct cmd_context *context, const struct cmd_tally *tally)
{
    size_t order[CMD_TALLY_KINDS_MAX + 1];
    uint64_t told = 0;
    sort_kinds(tally, order);
    for (size_t i = 0; i < tally->kind_count && i < CMD_TALLY_SHOWN_MAX; i++) {
        const struct cmd_error_kind *kind = &tally->kinds[order[i]];
        struct view field = field_of(kind);
        cmd_remark(context, "%10llu  %s%s%.*s, first on line %llu",
                   (unsigned long long)kind->count, kind->code, field.size_bytes > 0 ? " in " : "",
                   VIEW_ARG(field), (unsigned long long)kind->first_line);
        told += kind->count;
    }
    if (told < tally->errors)
        cmd_remark(context, "%10llu  of %zu other kinds",
                   (unsigned long long)(tally->errors - told),
                   tally->kind_count - CMD_TALLY_SHOWN_MAX);
}

enum cmd_exit cmd_tally_tell(struct cmd_context *context, const struct cmd_tally *tally,
                             const char *by)
{
    if (tally->errors == 0)
        return CMD_EXIT_OK;
    cmd_complain(context, "%llu of %llu lines were not decided%s; the first is line %llu: %s",
                 (unsigned long long)tally->errors, (unsigned long long)tally->lines, by,
                 (unsigned long long)tally->error_line, tally->error.message);
    cmd_complain_hint(context, &tally->error);
    if (tally->errors > 1)
        tell_kinds(context, tally);
    return CMD_EXIT_FINDINGS;
}

void cmd_tally_json(struct cmd_json *json, const char *name, const struct cmd_tally *tally)
{
    size_t order[CMD_TALLY_KINDS_MAX + 1];
    sort_kinds(tally, order);
    cmd_json_array(json, name);
    for (size_t i = 0; i < tally->kind_count; i++) {
        const struct cmd_error_kind *kind = &tally->kinds[order[i]];
        cmd_json_item(json);
        cmd_json_text(json, "code", kind->code);
        cmd_json_view(json, "field", field_of(kind));
        cmd_json_u64(json, "count", kind->count);
        cmd_json_u64(json, "first_line", kind->first_line);
        cmd_json_end(json);
    }
    cmd_json_end(json);
}

static uint64_t unscored_of(const struct cmd_model_tally *model)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sizeof model->unscored / sizeof model->unscored[0]; i++)
        count += model->unscored[i];
    return count;
}

void cmd_tally_tell_models(struct cmd_context *context, const struct cmd_tally *tally,
                           const struct policy *policy, const char *by)
{
    for (uint16_t i = 0; i < policy->model_count; i++) {
        const struct cmd_model_tally *model = &tally->models[i];
        if (unscored_of(model) == 0)
            continue;
        cmd_complain(context, "warning: model %.*s%s gave no score on %llu of %llu events",
                     VIEW_ARG(policy->models[i].name), by,
                     (unsigned long long)unscored_of(model), (unsigned long long)model->events);
        for (size_t why = 0; why < sizeof model->unscored / sizeof model->unscored[0]; why++) {
            if (model->unscored[why] > 0)
                cmd_remark(context, "%10llu  %s", (unsigned long long)model->unscored[why],
                           render_scoring((enum engine_scoring)why));
        }
    }
}

void cmd_tally_json_models(struct cmd_json *json, const char *name, const struct cmd_tally *tally,
                           const struct policy *policy, const struct engine *engine)
{
    cmd_json_array(json, name);
    for (uint16_t i = 0; i < policy->model_count; i++) {
        const char *hash = engine_model_hash(engine, i);
        uint64_t unscored = unscored_of(&tally->models[i]);
        cmd_json_item(json);
        cmd_json_view(json, "model", policy->models[i].name);
        if (hash != NULL)
            cmd_json_text(json, "hash", hash);
        cmd_json_u64(json, "scored", tally->models[i].events - unscored);
        cmd_json_u64(json, "unscored", unscored);
        cmd_json_end(json);
    }
    cmd_json_end(json);
}
