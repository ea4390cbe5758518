/* One idea: the trees are counted from the plain ensemble, as they are served; only the gains,
 * which no decision needs, are read from where each maker keeps them. */
#include "model/outline.h"

#include <math.h>
#include <string.h>

#include "codec/number.h"

struct reader {
    struct arena *arena;
    struct diag *diag;
    struct outline outline;
    struct outline_feature *features;
};

static enum status refuse(struct reader *reader, const char *field, const char *what)
{
    diag_set(reader->diag, "model-field", "%s %s", field, what);
    diag_field(reader->diag, "%s", field);
    return STATUS_INVALID;
}

/* ---- forms ---- */

static bool begins_with(struct view text, struct view start)
{
    return text.size_bytes >= start.size_bytes &&
           memcmp(text.data, start.data, start.size_bytes) == 0;
}

static size_t spaces_from(struct view bytes, size_t at)
{
    while (at < bytes.size_bytes && memchr(" \t\r\n", bytes.data[at], 4) != NULL)
        at++;
    return at;
}

bool outline_form_of(struct view bytes, enum outline_form *ret_form)
{
    size_t start = spaces_from(bytes, 0);
    struct view rest = {bytes.data + start, bytes.size_bytes - start};
    if (begins_with(rest, VIEW("tree"))) {
        *ret_form = OUTLINE_LIGHTGBM;
        return true;
    }
    if (!begins_with(rest, VIEW("{")))
        return false;
    /* Behind the brace JSON has a key's quote, UBJ the letter of its length. */
    size_t at = spaces_from(rest, 1);
    bool json = at == rest.size_bytes || rest.data[at] == '"' || rest.data[at] == '}';
    *ret_form = json ? OUTLINE_XGBOOST_JSON : OUTLINE_XGBOOST_UBJ;
    return true;
}

/* ---- gains ---- */

static void add_split(struct reader *reader, int64_t feature, double gain)
{
    if (feature < 0 || feature >= reader->outline.feature_count)
        return;
    struct outline_feature *at = &reader->features[feature];
    at->gain = isnan(at->gain) ? gain : at->gain + gain;
}

/* XGBoost: parallel arrays of each tree's nodes; inner ones have a left child. */
static void add_xgboost_tree(struct reader *reader, const struct tree_value *tree)
{
    const struct tree_value *left = tree_field(tree, VIEW("left_children"));
    const struct tree_value *feature = tree_field(tree, VIEW("split_indices"));
    const struct tree_value *gain = tree_field(tree, VIEW("loss_changes"));
    if (!tree_is_whole_run(left) || !tree_is_whole_run(feature) || !tree_is_run(gain) ||
        left->count != feature->count || left->count != gain->count)
        return;
    for (uint32_t i = 0; i < left->count; i++)
        if (tree_run_i64(left, i) >= 0)
            add_split(reader, tree_run_i64(feature, i), tree_run_f64(gain, i));
}

static void add_xgboost_gains(struct reader *reader, const struct tree_value *root)
{
    const struct tree_value *booster =
        tree_field(tree_field(root, VIEW("learner")), VIEW("gradient_booster"));
    const struct tree_value *inner = tree_field(booster, VIEW("gbtree")); /* of dart */
    const struct tree_value *model =
        tree_field(inner != NULL ? inner : booster, VIEW("model"));
    for (const struct tree_value *tree = tree_first(tree_field(model, VIEW("trees")));
         tree != NULL; tree = tree->next)
        add_xgboost_tree(reader, tree);
}

/* Takes the first word of a list with spaces between; empty at its end. */
static struct view next_word(struct view *list)
{
    while (list->size_bytes > 0 && list->data[0] == ' ') {
        list->data++;
        list->size_bytes--;
    }
    const char *end =
        list->size_bytes > 0 ? memchr(list->data, ' ', list->size_bytes) : NULL;
    size_t size = end != NULL ? (size_t)(end - list->data) : list->size_bytes;
    struct view word = {list->data, size};
    *list = (struct view){list->data + size, list->size_bytes - size};
    return word;
}

static void add_lightgbm_tree(struct reader *reader, struct view features, struct view gains)
{
    for (;;) {
        struct view feature_word = next_word(&features);
        struct view gain_word = next_word(&gains);
        int64_t feature;
        double gain;
        if (number_parse_i64(feature_word, &feature) != STATUS_OK ||
            number_parse_f64(gain_word, &gain) != STATUS_OK)
            return;
        add_split(reader, feature, gain);
    }
}

/* LightGBM: lines split_feature=... and, behind it, split_gain=... of each tree. */
static void add_lightgbm_gains(struct reader *reader, struct view text)
{
    const struct view feature_key = VIEW("split_feature=");
    const struct view gain_key = VIEW("split_gain=");
    struct view features = VIEW("");
    while (text.size_bytes > 0) {
        const char *end = memchr(text.data, '\n', text.size_bytes);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size_bytes;
        struct view line = {text.data, size};
        size_t step = end != NULL ? size + 1 : size;
        text = (struct view){text.data + step, text.size_bytes - step};
        if (line.size_bytes > 0 && line.data[line.size_bytes - 1] == '\r')
            line.size_bytes--;
        if (begins_with(line, feature_key)) {
            features = (struct view){line.data + feature_key.size_bytes,
                                     line.size_bytes - feature_key.size_bytes};
        } else if (begins_with(line, gain_key)) {
            add_lightgbm_tree(reader, features,
                              (struct view){line.data + gain_key.size_bytes,
                                            line.size_bytes - gain_key.size_bytes});
        }
    }
}

/* ---- trees ---- */

static enum status make_features(struct reader *reader, uint32_t count)
{
    reader->features = arena_array(reader->arena, count, sizeof *reader->features);
    if (reader->features == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        reader->features[i].gain = NAN;
    reader->outline.features = reader->features;
    reader->outline.feature_count = count;
    return STATUS_OK;
}

static enum status count_trees(struct reader *reader, const struct ensemble *ensemble)
{
    struct outline *outline = &reader->outline;
    enum status status = make_features(reader, ensemble->feature_count);
    if (status != STATUS_OK)
        return status;
    outline->has_trees = true;
    outline->tree_count = ensemble->tree_count;
    outline->node_count = ensemble->node_count;
    for (uint32_t i = 0; i < ensemble->tree_count; i++)
        if (ensemble->trees[i].depth > outline->depth)
            outline->depth = ensemble->trees[i].depth;
    for (uint32_t i = 0; i < ensemble->node_count; i++) {
        if (ensemble->nodes[i].left == ENSEMBLE_LEAF)
            outline->leaf_count++;
        else
            reader->features[ensemble->nodes[i].feature].split_count++;
    }
    for (uint32_t i = 0; i < ensemble->feature_count; i++) {
        if (ensemble->feature_names != NULL)
            reader->features[i].name = ensemble->feature_names[i];
        reader->features[i].category = ensemble->categorical[i];
        if (reader->features[i].split_count == 0)
            reader->features[i].gain = 0;
    }
    return STATUS_OK;
}

static enum status read_xgboost(struct reader *reader, const struct tree_value *root)
{
    struct ensemble ensemble;
    enum status status = ensemble_read_xgboost(root, reader->arena, &ensemble, reader->diag);
    if (status == STATUS_OK)
        status = count_trees(reader, &ensemble);
    if (status == STATUS_OK)
        add_xgboost_gains(reader, root);
    reader->outline.kind = MODEL_XGBOOST;
    reader->outline.body = root;
    return status;
}

static enum status read_lightgbm(struct reader *reader, struct view text)
{
    struct ensemble ensemble;
    enum status status = ensemble_read_lightgbm(text, reader->arena, &ensemble, reader->diag);
    if (status == STATUS_OK)
        status = count_trees(reader, &ensemble);
    if (status == STATUS_OK)
        add_lightgbm_gains(reader, text);
    reader->outline.kind = MODEL_LIGHTGBM;
    reader->outline.text = text;
    return status;
}

/* ---- weir's own ---- */

/* The names of a weir file: those of the body, or in their place. */
static enum status read_names(struct reader *reader, const struct tree_value *root)
{
    const struct tree_value *list = tree_field(root, VIEW("features"));
    if (list == NULL || list->kind != TREE_ARRAY)
        return refuse(reader, "features", "is no list");
    if (!reader->outline.has_trees) {
        enum status status = make_features(reader, list->count);
        if (status != STATUS_OK)
            return status;
    }
    if (list->count != reader->outline.feature_count)
        return refuse(reader, "features", "has another length than the model has features");
    struct outline_feature *feature = reader->features;
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next, feature++) {
        struct view type;
        if (!tree_text(tree_field(at, VIEW("name")), &feature->name))
            return refuse(reader, "features", "has one without a name");
        feature->category = tree_text(tree_field(at, VIEW("type")), &type) &&
                            view_equal(type, VIEW("category"));
    }
    return STATUS_OK;
}

static const struct tree_value *unless_null(const struct tree_value *value)
{
    return value != NULL && value->kind != TREE_NULL ? value : NULL;
}

static enum status read_body(struct reader *reader, const struct tree_value *root)
{
    const struct tree_value *body = tree_field(root, VIEW("body"));
    struct view kind;
    struct view text;
    if (body == NULL)
        return refuse(reader, "body", "is missing");
    if (!tree_text(tree_field(root, VIEW("kind")), &kind))
        return refuse(reader, "kind", "is no text");
    for (enum model_kind k = MODEL_XGBOOST; k <= MODEL_ISOLATION; k++) {
        if (!view_equal(kind, view_of(model_kind_text(k))))
            continue;
        reader->outline.kind = k;
        reader->outline.body = body;
        if (k == MODEL_XGBOOST)
            return read_xgboost(reader, body);
        if (k != MODEL_LIGHTGBM)
            return STATUS_OK;
        return tree_text(body, &text) ? read_lightgbm(reader, text)
                                      : refuse(reader, "body", "is no text");
    }
    return refuse(reader, "kind", "is none of xgboost, lightgbm, scorecard, isolation");
}

static enum status read_weir(struct reader *reader, const struct tree_value *root)
{
    enum status status = read_body(reader, root);
    if (status == STATUS_OK)
        status = read_names(reader, root);
    if (!tree_text(tree_field(root, VIEW("name")), &reader->outline.name))
        reader->outline.name = VIEW("");
    reader->outline.calibration = unless_null(tree_field(root, VIEW("calibration")));
    reader->outline.trained = unless_null(tree_field(root, VIEW("trained")));
    return status;
}

enum status outline_read(struct view bytes, struct arena *arena, struct outline *ret_outline,
                         struct diag *diag)
{
    struct reader reader = {.arena = arena, .diag = diag};
    const struct tree_value *root = NULL;
    enum status status = STATUS_OK;
    if (!outline_form_of(bytes, &reader.outline.form)) {
        diag_set(diag, "model-unknown", "this is no model file");
        return STATUS_INVALID;
    }
    if (reader.outline.form == OUTLINE_XGBOOST_UBJ)
        status = tree_read_ubj(bytes, arena, &root, diag);
    else if (reader.outline.form != OUTLINE_LIGHTGBM)
        status = tree_read_json(bytes, true, arena, &root, diag);
    if (status == STATUS_OK && tree_field(root, VIEW("weir_model")) != NULL)
        reader.outline.form = OUTLINE_WEIR;
    if (status == STATUS_OK && reader.outline.form == OUTLINE_WEIR)
        status = read_weir(&reader, root);
    else if (status == STATUS_OK && reader.outline.form == OUTLINE_LIGHTGBM)
        status = read_lightgbm(&reader, bytes);
    else if (status == STATUS_OK)
        status = read_xgboost(&reader, root);
    if (status == STATUS_OK)
        *ret_outline = reader.outline;
    return status;
}
