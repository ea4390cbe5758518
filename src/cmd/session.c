/* One idea: what can go wrong before the first event is decided is put into words here, once for
 * all commands. */
#include "cmd/session.h"

#include <string.h>

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

static void put_list_path(const struct cmd_session *session, uint16_t number, struct buf *out)
{
    put_beside(out, session->path, session->policy->lists[number].path);
}

/* Columns of a path in a message, which has no room for a long one. */
#define SHOWN_PATH_MAX 80

/* Puts the file and the line before what is wrong in it. */
static void put_place(struct view path, struct diag *diag)
{
    struct diag placed = *diag;
    int size = path.size_bytes < SHOWN_PATH_MAX ? (int)path.size_bytes : SHOWN_PATH_MAX;
    diag_set(&placed, diag->code, "%.*s:%u: %s", size, path.data, diag->line, diag->message);
    diag_hint(&placed, "%s", diag->hint);
    *diag = placed;
}

enum status cmd_session_list(const struct cmd_session *session, struct engine *engine,
                             uint16_t number, struct diag *diag)
{
    struct cmd_context *context = session->context;
    if (session->policy->lists[number].path.size_bytes == 0)
        return STATUS_OK;
    struct buf path;
    struct buf text;
    buf_init(&path, context->mem);
    buf_init(&text, context->mem);
    put_list_path(session, number, &path);
    enum status status = buf_status(&path);
    if (status == STATUS_OK)
        status = os_file_read_regular(context->os, path.data, CMD_LIST_BYTES_MAX, &text, diag);
    if (status == STATUS_OK) {
        status = engine_list_load(engine, number, buf_view(&text), diag);
        if (status == STATUS_INVALID || status == STATUS_LIMIT)
            put_place(session->policy->lists[number].path, diag);
    }
    buf_done(&path);
    buf_done(&text);
    return status;
}

enum status cmd_session_lists(struct cmd_session *session, struct engine *engine,
                              struct diag *diag)
{
    enum status status = STATUS_OK;
    for (uint16_t i = 0; i < session->policy->list_count && status == STATUS_OK; i++)
        status = cmd_session_list(session, engine, i, diag);
    return status;
}

static enum cmd_exit note_list(struct cmd_session *session, uint16_t number)
{
    struct buf path;
    buf_init(&path, session->context->mem);
    put_list_path(session, number, &path);
    enum cmd_exit exit =
        buf_status(&path) == STATUS_OK
            ? cmd_files_note_path(session->context, path.data, "a list of the policy")
            : cmd_complain_memory(session->context);
    buf_done(&path);
    return exit;
}

/* Notes the files that were read, so that no output destroys them. */
static enum cmd_exit note_files(struct cmd_session *session)
{
    enum cmd_exit exit = cmd_files_note_path(session->context, session->path, "the policy");
    for (uint16_t i = 0; i < session->policy->list_count && exit == CMD_EXIT_OK; i++)
        if (session->policy->lists[i].path.size_bytes > 0)
            exit = note_list(session, i);
    return exit;
}

/* Models are trained and read by a later version; rules that ask one do not run without it. */
static void warn_of_models(struct cmd_session *session)
{
    for (uint16_t i = 0; i < session->policy->model_count; i++)
        cmd_complain(session->context,
                     "warning: model %.*s is not loaded; rules that need it do not fire",
                     VIEW_ARG(session->policy->models[i].name));
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
        status = cmd_session_lists(session, session->engine, &diag);
    if (status == STATUS_OK) {
        if (!session->learns)
            warn_of_models(session);
        return note_files(session);
    }
    return cmd_fail(context, NULL, status, &diag);
}
