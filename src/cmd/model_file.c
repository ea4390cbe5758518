/* One idea: whatever a command does with a model file, it has been checked as the engine checks
 * it. */
#include "cmd/model_file.h"

#include <string.h>

/* What a file of n bytes may take as trees of values and in plain form, and a start. */
#define ARENA_FACTOR ((size_t)64)
#define ARENA_BYTES_MIN ((size_t)16 << 20)

enum cmd_exit cmd_model_file_open(struct cmd_model_file *file, struct cmd_context *context,
                                  const char *path)
{
    struct diag diag = {0};
    *file = (struct cmd_model_file){.context = context, .path = path};
    buf_init(&file->bytes, context->mem);
    enum cmd_exit exit = cmd_files_note_path(context, path, "the model");
    if (exit != CMD_EXIT_OK)
        return exit;
    enum status status =
        cmd_read_all(context, path, MODEL_FILE_BYTES_MAX, &file->bytes, &diag);
    if (status != STATUS_OK)
        return cmd_fail(context, NULL, status, &diag);
    struct view bytes = buf_view(&file->bytes);
    arena_init(&file->arena, context->mem, ARENA_BYTES_MIN + ARENA_FACTOR * bytes.size_bytes);
    status = model_read(bytes, context->mem, &file->model, &diag);
    if (status == STATUS_OK)
        status = outline_read(bytes, &file->arena, &file->outline, &diag);
    return status == STATUS_OK ? CMD_EXIT_OK : cmd_fail(context, path, status, &diag);
}

void cmd_model_card_path(const char *model_path, const char *suffix, struct buf *out)
{
    size_t size = strlen(model_path);
    if (size > 5 && strcmp(model_path + size - 5, ".json") == 0)
        size -= 5;
    buf_put(out, model_path, size);
    buf_put_text(out, suffix);
    buf_put_char(out, '\0');
}

static enum status read_card(struct cmd_model_file *file, const char *path, struct diag *diag)
{
    struct buf bytes;
    buf_init(&bytes, file->context->mem);
    enum status status = cmd_read_all(file->context, path, CARD_FILE_BYTES_MAX, &bytes, diag);
    if (status == STATUS_OK)
        status = card_read(buf_view(&bytes), file->context->mem, &file->arena, &file->card, diag);
    buf_done(&bytes);
    return status;
}

void cmd_model_file_card(struct cmd_model_file *file)
{
    struct diag diag = {0};
    struct buf path;
    if (strcmp(file->path, "-") == 0)
        return;
    buf_init(&path, file->context->mem);
    cmd_model_card_path(file->path, CMD_MODEL_CARD_JSON, &path);
    enum status status = buf_status(&path);
    if (status == STATUS_OK)
        status = read_card(file, path.data, &diag);
    if (status == STATUS_OK &&
        !view_equal(file->card.model_hash, view_of(model_hash(file->model))))
        cmd_complain(file->context, "%s is the card of another model and is left aside",
                     path.data);
    else if (status == STATUS_OK)
        file->has_card = true;
    else if (status != STATUS_NOT_FOUND)
        cmd_complain_diag(file->context, path.data, &diag);
    buf_done(&path);
}

void cmd_model_file_close(struct cmd_model_file *file)
{
    if (file->context == NULL)
        return;
    model_free(file->model);
    arena_done(&file->arena);
    buf_done(&file->bytes);
    *file = (struct cmd_model_file){0};
}
