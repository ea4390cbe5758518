/* One idea: a model changes its form, never its trees: the maker's document is carried whole, in an
 * envelope or out of it, and what is written is read back before it is kept. */
#include "cmd/model.h"

#include <string.h>

#include "cmd/model_file.h"
#include "codec/tree_put.h"
#include "model/model_write.h"

#define NAME_DEFAULT "model"

/* ---- into weir's own form ---- */

struct import {
    struct cmd_context *context;
    struct cmd_model_file file;
    struct model_file_feature *features; /* feature_count of the outline; in its arena */
    struct buf body;
    struct buf out;
};

static enum cmd_exit take_names(struct import *import, const char *names)
{
    uint32_t count = import->file.outline.feature_count;
    uint32_t at = 0;
    for (const char *name = names;;) {
        size_t size = strcspn(name, ",");
        if (size == 0 || size > MODEL_NAME_BYTES_MAX)
            return cmd_complain_usage(import->context, "--names has a name of %zu bytes; names "
                                      "have 1 to %d", size, MODEL_NAME_BYTES_MAX);
        if (at < count)
            import->features[at].name = (struct view){name, size};
        at++;
        if (name[size] == '\0')
            break;
        name += size + 1;
    }
    if (at == count)
        return CMD_EXIT_OK;
    return cmd_complain_usage(import->context, "--names has %u names, and the model has %u "
                              "features", at, count);
}

/* Complains of names that a policy could not tell apart. */
static enum cmd_exit check_names(struct import *import)
{
    uint32_t count = import->file.outline.feature_count;
    for (uint32_t i = 0; i < count; i++) {
        struct view name = import->features[i].name;
        if (name.size_bytes == 0) {
            cmd_complain(import->context, "%s names no features; give their names in order, such "
                         "as --names amount,spent_1h", import->file.path);
            return CMD_EXIT_INPUT;
        }
        for (uint32_t j = 0; j < i; j++) {
            if (view_equal(name, import->features[j].name)) {
                cmd_complain(import->context, "two features are called '%.*s'; give other names "
                             "with --names", VIEW_ARG(name));
                return CMD_EXIT_INPUT;
            }
        }
    }
    return CMD_EXIT_OK;
}

static enum cmd_exit name_features(struct import *import, const struct cmd_args *args)
{
    const struct outline *outline = &import->file.outline;
    import->features = arena_array(&import->file.arena, outline->feature_count,
                                   sizeof *import->features);
    if (import->features == NULL)
        return cmd_complain_memory(import->context);
    for (uint32_t i = 0; i < outline->feature_count; i++)
        import->features[i] = (struct model_file_feature){outline->features[i].name,
                                                          outline->features[i].category};
    enum cmd_exit exit = CMD_EXIT_OK;
    if (args->values[CMD_MODEL_NAMES].given)
        exit = take_names(import, args->values[CMD_MODEL_NAMES].text);
    return exit == CMD_EXIT_OK ? check_names(import) : exit;
}

/* Makes the file and reads it again. */
static enum cmd_exit make(struct import *import, const char *name)
{
    const struct outline *outline = &import->file.outline;
    struct model *model = NULL;
    struct diag diag = {0};
    if (outline->text.size_bytes == 0)
        tree_put_json(outline->body, &import->body);
    const struct model_file file = {
        .kind = outline->kind, .name = view_of(name), .features = import->features,
        .feature_count = outline->feature_count,
        .body = outline->text.size_bytes > 0 ? outline->text : buf_view(&import->body)};
    enum status status = buf_status(&import->body);
    if (status == STATUS_OK)
        status = model_write(&file, &import->out);
    if (status == STATUS_OK)
        status = model_read(buf_view(&import->out), import->context->mem, &model, &diag);
    model_free(model);
    return status == STATUS_OK ? CMD_EXIT_OK
                               : cmd_fail(import->context, import->file.path, status, &diag);
}

static enum cmd_exit write_out(struct cmd_context *context, const char *path, struct view bytes)
{
    struct cmd_output output = {0};
    if (path == NULL || strcmp(path, "-") == 0) {
        enum cmd_exit exit = cmd_output_check_stdout(context);
        if (exit == CMD_EXIT_OK)
            buf_put_view(&context->out.buf, bytes);
        return exit;
    }
    enum cmd_exit exit = cmd_output_claim(&output, context, path);
    if (exit == CMD_EXIT_OK)
        exit = cmd_output_open(&output);
    if (exit == CMD_EXIT_OK)
        buf_put_view(&output.stream.buf, bytes);
    enum cmd_exit closed = cmd_output_close(&output, exit == CMD_EXIT_OK);
    return exit != CMD_EXIT_OK ? exit : closed;
}

static enum cmd_exit to_weir(struct import *import, const struct cmd_args *args)
{
    const struct cmd_value *name = &args->values[CMD_MODEL_NAME];
    if (name->given && (name->text[0] == '\0' || strlen(name->text) > MODEL_NAME_BYTES_MAX))
        return cmd_complain_usage(import->context, "a model's name has 1 to %d bytes",
                                  MODEL_NAME_BYTES_MAX);
    if (import->file.outline.form == OUTLINE_WEIR) {
        cmd_complain(import->context, "%s is in weir's own form already", import->file.path);
        return CMD_EXIT_INPUT;
    }
    enum cmd_exit exit = name_features(import, args);
    if (exit == CMD_EXIT_OK)
        exit = make(import, name->given ? name->text : NAME_DEFAULT);
    if (exit == CMD_EXIT_OK)
        exit = write_out(import->context, args->values[CMD_MODEL_OUTPUT].text,
                         buf_view(&import->out));
    return exit;
}

static enum cmd_exit open_import(struct import *import, struct cmd_context *context,
                                 const struct cmd_args *args)
{
    *import = (struct import){.context = context};
    buf_init(&import->body, context->mem);
    buf_init(&import->out, context->mem);
    return cmd_model_file_open(&import->file, context, args->operands[0]);
}

static void close_import(struct import *import)
{
    buf_done(&import->body);
    buf_done(&import->out);
    cmd_model_file_close(&import->file);
}

enum cmd_exit cmd_model_import(struct cmd_context *context, const struct cmd_args *args)
{
    struct import import;
    enum cmd_exit exit = open_import(&import, context, args);
    if (exit == CMD_EXIT_OK)
        exit = to_weir(&import, args);
    close_import(&import);
    return exit;
}

/* ---- into the maker's form ---- */

static void tell_loss(struct import *import)
{
    const struct outline *outline = &import->file.outline;
    if (outline->calibration != NULL)
        cmd_complain(import->context, "the calibration is not part of this form: its scores are "
                     "those before calibration");
    if (tree_first(outline->trained) != NULL)
        cmd_complain(import->context, "what weir knows of the training is not part of this form");
}

static enum cmd_exit to_maker(struct import *import, const struct cmd_args *args, size_t form)
{
    const struct outline *outline = &import->file.outline;
    enum model_kind wanted = form == CMD_MODEL_TO_XGBOOST ? MODEL_XGBOOST : MODEL_LIGHTGBM;
    if (outline->kind != wanted) {
        cmd_complain(import->context, "%s is a model of kind %s, which cannot be written as %s",
                     import->file.path, model_kind_text(outline->kind), model_kind_text(wanted));
        return CMD_EXIT_INPUT;
    }
    tell_loss(import);
    struct view bytes = outline->text;
    if (bytes.size_bytes == 0) {
        tree_put_json(outline->body, &import->body);
        bytes = buf_view(&import->body);
        if (buf_status(&import->body) != STATUS_OK)
            return cmd_complain_memory(import->context);
    }
    return write_out(import->context, args->values[CMD_MODEL_OUTPUT].text, bytes);
}

enum cmd_exit cmd_model_convert(struct cmd_context *context, const struct cmd_args *args)
{
    struct import import;
    enum cmd_exit exit = open_import(&import, context, args);
    if (exit == CMD_EXIT_OK) {
        size_t form = import.file.outline.kind == MODEL_LIGHTGBM ? CMD_MODEL_TO_LIGHTGBM
                                                                 : CMD_MODEL_TO_XGBOOST;
        if (args->values[CMD_MODEL_TO].given)
            form = args->values[CMD_MODEL_TO].choice;
        exit = form == CMD_MODEL_TO_WEIR ? to_weir(&import, args)
                                         : to_maker(&import, args, form);
    }
    close_import(&import);
    return exit;
}
