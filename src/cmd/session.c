/* One idea: what can go wrong before the first event is decided is put into words here, once for
 * all commands. */
#include "cmd/session.h"

#include <string.h>

#include "model/model.h"
#include "os/os_file.h"

enum cmd_exit cmd_session_open(struct cmd_session *session, struct cmd_context *context,
                               const char *path)
{
    *session = (struct cmd_session){.context = context, .path = path};
    enum cmd_exit exit = cmd_policy_compile(context, path, &session->source);
    session->policy = session->source.policy;
    if (session->source.report.error_count > 0)
        cmd_policy_print_report(context, &session->source);
    return exit;
}

void cmd_session_close(struct cmd_session *session)
{
    engine_free(session->engine);
    cmd_policy_done(&session->source);
    session->engine = NULL;
    session->policy = NULL;
}

enum cmd_exit cmd_session_seed(struct cmd_context *context, struct hash_seed *ret_seed)
{
    struct diag diag = {0};
    struct hash_seed seed;
    enum status status = os_entropy(context->os, &seed, sizeof seed, &diag);
    if (status != STATUS_OK)
        return cmd_fail(context, NULL, status, &diag);
    *ret_seed = seed;
    return CMD_EXIT_OK;
}

/* Appends `path` as seen from the file `from`, and a NUL. */
static void put_beside(struct buf *out, const char *from, struct view path)
{
    const char *slash = strrchr(from, '/');
    bool absolute = path.size_bytes > 0 && path.data[0] == '/';
    if (slash != NULL && !absolute)
        buf_put(out, from, (size_t)(slash - from) + 1);
    buf_put_view(out, path);
    buf_put_char(out, '\0');
}

/* Columns of a path in a message, which has no room for a long one. */
#define SHOWN_PATH_MAX 80

/* Puts the file, and the line if there is one, before what is wrong in it. */
static void put_place(struct view path, struct diag *diag)
{
    struct diag placed = *diag;
    int size = path.size_bytes < SHOWN_PATH_MAX ? (int)path.size_bytes : SHOWN_PATH_MAX;
    if (diag->line > 0)
        diag_set(&placed, diag->code, "%.*s:%u: %s", size, path.data, diag->line, diag->message);
    else
        diag_set(&placed, diag->code, "%.*s: %s", size, path.data, diag->message);
    diag_hint(&placed, "%s", diag->hint);
    *diag = placed;
}

/* Reads a file that the policy names; nothing to be done when it is an empty path. */
static enum status read_beside(const struct cmd_session *session, struct view name,
                               size_t size_max, struct buf *text, struct diag *diag)
{
    struct buf path;
    buf_init(&path, session->context->mem);
    put_beside(&path, session->path, name);
    enum status status = buf_status(&path);
    if (status == STATUS_OK)
        status = os_file_read_regular(session->context->os, path.data, size_max, text, diag);
    buf_done(&path);
    return status;
}

enum status cmd_session_list(const struct cmd_session *session, struct engine *engine,
                             uint16_t number, struct diag *diag)
{
    struct view name = session->policy->lists[number].path;
    if (name.size_bytes == 0)
        return STATUS_OK;
    struct buf text;
    buf_init(&text, session->context->mem);
    enum status status = read_beside(session, name, CMD_LIST_BYTES_MAX, &text, diag);
    if (status == STATUS_OK) {
        status = engine_list_load(engine, number, buf_view(&text), diag);
        if (status == STATUS_INVALID || status == STATUS_LIMIT)
            put_place(name, diag);
    }
    buf_done(&text);
    return status;
}

enum status cmd_session_model(const struct cmd_session *session, struct engine *engine,
                              uint16_t number, struct diag *diag)
{
    struct view name = session->policy->models[number].path;
    struct buf bytes;
    buf_init(&bytes, session->context->mem);
    enum status status = read_beside(session, name, MODEL_FILE_BYTES_MAX, &bytes, diag);
    if (status == STATUS_OK) {
        status = engine_model_load(engine, number, buf_view(&bytes), diag);
        if (status == STATUS_INVALID || status == STATUS_LIMIT)
            put_place(name, diag);
    }
    buf_done(&bytes);
    return status;
}

void cmd_session_warn_of_model(const struct cmd_session *session, uint16_t number,
                               const struct diag *diag)
{
    const struct policy_model *model = &session->policy->models[number];
    cmd_complain(session->context, "warning: model %.*s is not loaded: %s", VIEW_ARG(model->name),
                 diag->message);
    cmd_complain_hint(session->context, diag);
    if (model->challenges != POLICY_NO_MODEL)
        cmd_remark(session->context, "  it is a challenger, so it decides nothing");
    else if (model->error_rules)
        cmd_remark(session->context, "  rules that read it do not fire");
    else
        cmd_remark(session->context, "  rules that read it do not fire, and its events get at "
                   "least %s, \"%.*s\"", policy_verdict_text(model->error_verdict),
                   VIEW_ARG(model->error_reason));
}

static enum status fill_models(struct cmd_session *session, struct engine *engine)
{
    enum status status = STATUS_OK;
    for (uint16_t i = 0; i < session->policy->model_count && status != STATUS_NO_MEMORY; i++) {
        struct diag diag = {.code = ""};
        status = cmd_session_model(session, engine, i, &diag);
        if (status != STATUS_OK && status != STATUS_NO_MEMORY && !session->warned_of_models)
            cmd_session_warn_of_model(session, i, &diag);
    }
    session->warned_of_models = true;
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

enum status cmd_session_fill(struct cmd_session *session, struct engine *engine,
                             struct diag *diag)
{
    enum status status = STATUS_OK;
    for (uint16_t i = 0; i < session->policy->list_count && status == STATUS_OK; i++)
        status = cmd_session_list(session, engine, i, diag);
    return status == STATUS_OK && !session->learns ? fill_models(session, engine) : status;
}

static enum cmd_exit note_file(struct cmd_session *session, struct view name, const char *what)
{
    struct buf path;
    buf_init(&path, session->context->mem);
    put_beside(&path, session->path, name);
    enum cmd_exit exit = buf_status(&path) == STATUS_OK
                             ? cmd_files_note_path(session->context, path.data, what)
                             : cmd_complain_memory(session->context);
    buf_done(&path);
    return exit;
}

/* Notes the files that were read, so that no output destroys them. */
static enum cmd_exit note_files(struct cmd_session *session)
{
    const struct policy *policy = session->policy;
    enum cmd_exit exit = cmd_files_note_path(session->context, session->path, "the policy");
    for (uint16_t i = 0; i < policy->list_count && exit == CMD_EXIT_OK; i++)
        if (policy->lists[i].path.size_bytes > 0)
            exit = note_file(session, policy->lists[i].path, "a list of the policy");
    for (uint16_t i = 0; i < policy->model_count && exit == CMD_EXIT_OK; i++)
        if (engine_model_hash(session->engine, i) != NULL)
            exit = note_file(session, policy->models[i].path, "a model of the policy");
    return exit;
}

enum cmd_exit cmd_session_engine(struct cmd_session *session, bool features)
{
    struct cmd_context *context = session->context;
    struct engine_options options = {session->policy, context->mem, {0, 0}, features};
    struct diag diag = {0};
    enum cmd_exit exit = cmd_session_seed(context, &options.seed);
    if (exit != CMD_EXIT_OK)
        return exit;
    enum status status = engine_new(&options, &session->engine, &diag);
    if (status == STATUS_OK)
        status = cmd_session_fill(session, session->engine, &diag);
    if (status == STATUS_OK)
        return note_files(session);
    return cmd_fail(context, NULL, status, &diag);
}
