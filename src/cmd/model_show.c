/* One idea: what a risk officer asks of a model file before it is promoted, on one screen. */
#include "cmd/model.h"

#include <math.h>

#include "base/datetime.h"
#include "cmd/json.h"
#include "cmd/model_file.h"
#include "cmd/term.h"
#include "codec/tree_put.h"

#define SHOWN_FEATURES_MAX 40
#define NAME_COLUMNS 28
#define WAIT_SECONDS_MAX ((double)(DURATION_MS_MAX / DATETIME_MS_SECOND))

static const char *form_text(enum outline_form form)
{
    switch (form) {
    case OUTLINE_WEIR: return "weir";
    case OUTLINE_XGBOOST_JSON: return "XGBoost's JSON";
    case OUTLINE_XGBOOST_UBJ: return "XGBoost's UBJ";
    case OUTLINE_LIGHTGBM: return "LightGBM's text";
    }
    return "";
}

/* The word for how margins become scores. */
static struct view calibration_text(const struct outline *outline)
{
    struct view method;
    return tree_text(tree_field(outline->calibration, VIEW("method")), &method) ? method
                                                                                 : VIEW("none");
}

/* The importance of a feature by the card, or NAN. */
static double importance_of(const struct cmd_model_file *file, struct view name)
{
    for (size_t i = 0; file->has_card && i < file->card.feature_count; i++)
        if (view_equal(file->card.features[i].name, name))
            return file->card.features[i].importance;
    return NAN;
}

/* ---- for people ---- */

static void put_real(struct buf *out, int columns, double value)
{
    if (isnan(value))
        buf_printf(out, " %*s", columns, "-");
    else
        buf_printf(out, " %*.4g", columns, value);
}

static void put_feature(struct cmd_model_file *file, uint32_t index, struct buf *out)
{
    const struct outline_feature *feature = &file->outline.features[index];
    size_t start = out->size_bytes;
    if (feature->name.size_bytes > 0)
        buf_printf(out, "  %-*.*s", NAME_COLUMNS, VIEW_ARG(feature->name));
    else
        buf_printf(out, "  %-*u", NAME_COLUMNS, index);
    cmd_tame(out, start);
    buf_printf(out, " %-8s", feature->category ? "category" : "number");
    put_real(out, 10, importance_of(file, feature->name));
    put_real(out, 10, feature->gain);
    if (file->outline.has_trees)
        buf_printf(out, " %8u", feature->split_count);
    buf_put_char(out, '\n');
}

/* Features in the order of the card, when there is one, else of falling gain. */
static void put_features(struct cmd_model_file *file, struct buf *out)
{
    const struct outline *outline = &file->outline;
    bool *told = arena_array(&file->arena, outline->feature_count, sizeof *told);
    uint32_t shown = 0;
    buf_printf(out, "\n  %s%-*s %-8s %10s %10s %8s%s\n",
               cmd_term_paint(file->context->colour_out, CMD_TERM_BOLD), NAME_COLUMNS, "feature",
               "type", "importance", "gain", outline->has_trees ? "splits" : "",
               cmd_term_paint(file->context->colour_out, CMD_TERM_RESET));
    for (; told != NULL && shown < outline->feature_count && shown < SHOWN_FEATURES_MAX; shown++) {
        uint32_t best = UINT32_MAX;
        double best_weight = 0;
        for (uint32_t i = 0; i < outline->feature_count; i++) {
            const struct outline_feature *feature = &outline->features[i];
            double weight =
                file->has_card ? importance_of(file, feature->name) : feature->gain;
            if (!told[i] && (best == UINT32_MAX || weight > best_weight)) {
                best = i;
                best_weight = weight;
            }
        }
        told[best] = true;
        put_feature(file, best, out);
    }
    if (shown < outline->feature_count)
        buf_printf(out, "  and %u more; --json has them all\n", outline->feature_count - shown);
}

/* The words for what weir notes of a training; what others note keeps its name. */
static struct view fact_words(struct view key)
{
    static const struct {
        const char *key;
        const char *words;
    } facts[] = {
        {"policy_hash", "sha256 of the policy"},
        {"from", "trained from"},
        {"until", "trained until before"},
        {"delay_s", "wait for labels"},
        {"rows", "rows trained on"},
        {"positives", "bad among them"},
        {"method", "search for splits"},
        {"rounds_kept", "rounds kept"},
        {"scale_pos_weight_used", "weight of a bad row"},
        {"chosen_on", "chosen on"},
        {"calibrated_on", "calibrated on"},
        {"judged_on", "judged on"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (view_equal(key, view_of(facts[i].key)))
            return view_of(facts[i].words);
    return key;
}

static void put_value(const struct tree_value *value, struct buf *out)
{
    char text[DURATION_TEXT_BYTES_MAX];
    struct view words;
    double seconds;
    if (tree_text(value, &words))
        buf_put_view(out, words);
    else if (view_equal(value->key, VIEW("delay_s")) && tree_f64(value, &seconds) &&
             seconds >= 0 && seconds < WAIT_SECONDS_MAX)
        buf_put(out, text, duration_format(text, (int64_t)(seconds * 1000)));
    else
        tree_put_json(value, out);
}

/* The members of an object in a line: `depth 6, eta 0.3`. */
static void put_members(const struct tree_value *object, struct buf *out)
{
    for (const struct tree_value *at = tree_first(object); at != NULL; at = at->next) {
        buf_printf(out, "%.*s ", VIEW_ARG(at->key));
        put_value(at, out);
        buf_put_text(out, at->next != NULL ? ", " : "");
    }
}

static void put_trained(const struct outline *outline, struct buf *out)
{
    for (const struct tree_value *at = tree_first(outline->trained); at != NULL; at = at->next) {
        size_t start = out->size_bytes;
        struct view words = fact_words(at->key);
        buf_printf(out, "  %.*s: ", VIEW_ARG(words));
        if (at->kind == TREE_OBJECT)
            put_members(at, out);
        else
            put_value(at, out);
        cmd_tame(out, start);
        buf_put_char(out, '\n');
    }
}

static void put_measure(struct buf *out, const char *name, double value)
{
    if (!isnan(value))
        buf_printf(out, "  %-26s %.4f\n", name, value);
}

static void put_card(const struct cmd_model_file *file, struct buf *out)
{
    const struct card_fold *fold = &file->card.folds[file->card.fold_count - 1];
    size_t start = out->size_bytes + 1;
    buf_printf(out, "\nIts card is of %llu rows that %s", (unsigned long long)fold->rows,
               fold->role == CARD_TRAINING ? "it was trained on"
                                           : "took no part in making it");
    if (file->card.label.size_bytes == 0) {
        buf_put_text(out, ".\n");
        return;
    }
    buf_printf(out, ", %llu of them %.*s", (unsigned long long)fold->positives,
               VIEW_ARG(file->card.label));
    cmd_tame(out, start);
    buf_put_text(out, ":\n");
    put_measure(out, "AUC ROC", fold->auc);
    put_measure(out, "average precision", fold->average_precision);
    put_measure(out, "precision at the top", fold->entity_precision);
    put_measure(out, "precision within reviews", fold->review_precision);
    put_measure(out, "recall within reviews", fold->review_recall);
    put_measure(out, "Brier score", fold->brier);
    put_measure(out, "calibration error", fold->calibration_error);
}

static void put_text(struct cmd_model_file *file, struct buf *out)
{
    const struct outline *outline = &file->outline;
    size_t start = out->size_bytes;
    buf_printf(out, "%.*s", VIEW_ARG(outline->name.size_bytes > 0 ? outline->name
                                                                  : view_of(file->path)));
    cmd_tame(out, start);
    buf_printf(out, ": %s of %u features, in %s form, %zu bytes\n",
               model_kind_text(outline->kind), outline->feature_count, form_text(outline->form),
               file->bytes.size_bytes);
    buf_printf(out, "  sha256 %s\n", model_hash(file->model));
    if (outline->has_trees)
        buf_printf(out, "  %u trees of depth up to %u, %u nodes, %u of them leaves\n",
                   outline->tree_count, outline->depth, outline->node_count, outline->leaf_count);
    start = out->size_bytes;
    buf_printf(out, "  calibration: %.*s", VIEW_ARG(calibration_text(outline)));
    cmd_tame(out, start);
    buf_put_char(out, '\n');
    put_trained(outline, out);
    if (file->has_card)
        put_card(file, out);
    put_features(file, out);
}

/* ---- for programs ---- */

static void json_features(const struct cmd_model_file *file, struct cmd_json *json)
{
    cmd_json_array(json, "features");
    for (uint32_t i = 0; i < file->outline.feature_count; i++) {
        const struct outline_feature *feature = &file->outline.features[i];
        cmd_json_item(json);
        cmd_json_view(json, "name", feature->name);
        cmd_json_text(json, "type", feature->category ? "category" : "number");
        cmd_json_f64(json, "importance", importance_of(file, feature->name));
        cmd_json_f64(json, "gain", feature->gain);
        if (file->outline.has_trees)
            cmd_json_u64(json, "splits", feature->split_count);
        cmd_json_end(json);
    }
    cmd_json_end(json);
}

static void json_card(const struct cmd_model_file *file, struct cmd_json *json)
{
    const struct card_fold *fold = &file->card.folds[file->card.fold_count - 1];
    cmd_json_object(json, "measures");
    cmd_json_view(json, "label", file->card.label);
    cmd_json_u64(json, "rows", fold->rows);
    cmd_json_u64(json, "positives", fold->positives);
    cmd_json_f64(json, "auc", fold->auc);
    cmd_json_f64(json, "average_precision", fold->average_precision);
    cmd_json_f64(json, "entity_precision", fold->entity_precision);
    cmd_json_f64(json, "review_precision", fold->review_precision);
    cmd_json_f64(json, "review_recall", fold->review_recall);
    cmd_json_f64(json, "saved", fold->saved);
    cmd_json_f64(json, "brier", fold->brier);
    cmd_json_f64(json, "calibration_error", fold->calibration_error);
    cmd_json_end(json);
}

static void put_json(const struct cmd_model_file *file, struct buf *out)
{
    const struct outline *outline = &file->outline;
    struct cmd_json json = cmd_json_begin(out);
    cmd_json_view(&json, "name", outline->name);
    cmd_json_text(&json, "kind", model_kind_text(outline->kind));
    cmd_json_text(&json, "form", form_text(outline->form));
    cmd_json_text(&json, "sha256", model_hash(file->model));
    cmd_json_u64(&json, "bytes", file->bytes.size_bytes);
    if (outline->has_trees) {
        cmd_json_u64(&json, "trees", outline->tree_count);
        cmd_json_u64(&json, "depth", outline->depth);
        cmd_json_u64(&json, "nodes", outline->node_count);
        cmd_json_u64(&json, "leaves", outline->leaf_count);
    }
    cmd_json_view(&json, "calibration", calibration_text(outline));
    if (outline->trained != NULL) {
        buf_put_text(out, ",\"trained\":");
        tree_put_json(outline->trained, out);
    }
    if (file->has_card)
        json_card(file, &json);
    json_features(file, &json);
    cmd_json_end(&json);
    buf_put_char(out, '\n');
}

enum cmd_exit cmd_model_show(struct cmd_context *context, const struct cmd_args *args)
{
    struct cmd_model_file file;
    enum cmd_exit exit = cmd_model_file_open(&file, context, args->operands[0]);
    if (exit == CMD_EXIT_OK) {
        cmd_model_file_card(&file);
        if (args->values[CMD_MODEL_JSON].given)
            put_json(&file, &context->out.buf);
        else
            put_text(&file, &context->out.buf);
    }
    cmd_model_file_close(&file);
    return exit;
}
