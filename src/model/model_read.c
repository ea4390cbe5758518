/* One idea: a file is read into a tree and an ensemble that live only as long as the reading; what
 * the model keeps of it is copied, and every field is checked before it counts. */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "codec/hex.h"
#include "codec/tree.h"
#include "model/isolation.h"
#include "model/matrix.h"
#include "model/model_int.h"
#include "model/outline.h"
#include "model/sort_int.h"

_Static_assert(MODEL_FEATURES_MAX == ENSEMBLE_FEATURES_MAX &&
                   MODEL_FEATURES_MAX == MATRIX_FEATURES_MAX,
               "a row that is trained on is one that can be asked");
_Static_assert(MODEL_FILE_BYTES_MAX == ENSEMBLE_FILE_BYTES_MAX &&
                   MODEL_FILE_BYTES_MAX == TREE_BYTES_MAX,
               "a file is refused by one limit in every form");

/* What a file may make of itself: its tree takes up to 48 bytes for one of its own, and an ensemble
 * about as much again. */
#define WORK_BYTES_PER_BYTE 128
#define WORK_BYTES_MORE ((size_t)16 << 20)

/* A model while it is read. */
struct reading {
    struct model *model;
    struct arena work;           /* the document's tree and the ensemble */
    struct ensemble ensemble;
    const struct tree_value *features; /* of the envelope; NULL: another form of file */
    struct diag *diag;
};

static enum status bad(const struct reading *r, const char *field, const char *what)
{
    diag_set(r->diag, "model-field", "\"%s\" of the model file %s", field, what);
    diag_field(r->diag, "%s", field);
    return STATUS_INVALID;
}

static enum status bad_feature(const struct reading *r, uint32_t index, const char *what)
{
    diag_set(r->diag, "model-feature", "feature %u of the model file %s", index, what);
    diag_field(r->diag, "features[%u]", index);
    return STATUS_INVALID;
}

/* ---- features ---- */

/* Refuses two features of one name; those without a name are no matter. The hashes are seeded by
 * the whole file's, so that nobody can choose names whose hashes are alike. */
static enum status check_unique(const struct reading *r)
{
    const struct view *names = r->model->names;
    struct hash_seed seed;
    struct sort_table table;
    size_t count = 0;
    enum status status = sort_init(&table, r->model->mem, r->model->feature_count);
    if (status != STATUS_OK)
        return status;
    _Static_assert(sizeof r->model->hash >= sizeof seed, "the seed is a part of the hash");
    memcpy(&seed, r->model->hash, sizeof seed);
    for (uint32_t i = 0; i < r->model->feature_count; i++)
        if (names[i].size_bytes > 0)
            table.items[count++] = (struct sort_item){hash_bytes(seed, names[i]), i};
    sort_slice(&table, 0, count);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        for (size_t j = i + 1; j < count && table.items[j].key == table.items[i].key; j++) {
            uint32_t row = table.items[j].row;
            if (!view_equal(names[row], names[table.items[i].row]))
                continue;
            status = bad_feature(r, row, "has the name of another one");
            break;
        }
    sort_done(&table);
    return status;
}

static enum status keep_name(const struct reading *r, uint32_t index, struct view name)
{
    if (name.size_bytes > MODEL_NAME_BYTES_MAX) {
        bad_feature(r, index, "has a name that is too long");
        return STATUS_LIMIT;
    }
    if (!utf8_valid(name.data, name.size_bytes))
        return bad_feature(r, index, "has a name that is not UTF-8");
    r->model->names[index] = arena_copy(&r->model->arena, name);
    return r->model->names[index].data == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status make_features(const struct reading *r, uint32_t feature_count)
{
    struct model *model = r->model;
    if (feature_count > MODEL_FEATURES_MAX) {
        diag_set(r->diag, "model-features", "the model has %u features, more than %u",
                 feature_count, (unsigned)MODEL_FEATURES_MAX);
        return STATUS_LIMIT;
    }
    model->feature_count = feature_count;
    model->names = arena_array(&model->arena, feature_count, sizeof *model->names);
    model->categories = arena_array(&model->arena, feature_count, sizeof *model->categories);
    return model->names == NULL || model->categories == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The features of the envelope: every one has a name and a type. */
static enum status read_features(struct reading *r, const struct tree_value *list)
{
    if (list == NULL || list->kind != TREE_ARRAY || list->count == 0 || tree_is_run(list))
        return bad(r, "features", "is no list of features");
    enum status status = make_features(r, list->count);
    uint32_t index = 0;
    for (const struct tree_value *at = tree_first(list); at != NULL && status == STATUS_OK;
         at = at->next, index++) {
        struct view name, type;
        if (!tree_text(tree_field(at, VIEW("name")), &name) || name.size_bytes == 0)
            return bad_feature(r, index, "has no name");
        if (!tree_text(tree_field(at, VIEW("type")), &type))
            return bad_feature(r, index, "has no type");
        r->model->categories[index] = view_equal(type, VIEW("category"));
        if (!r->model->categories[index] && !view_equal(type, VIEW("number")))
            return bad_feature(r, index, "is of a type that is neither number nor category");
        status = keep_name(r, index, name);
    }
    r->features = list;
    return status == STATUS_OK ? check_unique(r) : status;
}

/* Holds the envelope's features against those that the body asks for. */
static enum status match_features(const struct reading *r)
{
    const struct ensemble *ensemble = &r->ensemble;
    if (ensemble->feature_count != r->model->feature_count) {
        diag_set(r->diag, "model-features", "the model file names %u features, but its body has %u",
                 r->model->feature_count, ensemble->feature_count);
        diag_field(r->diag, "features");
        return STATUS_INVALID;
    }
    for (uint32_t i = 0; i < ensemble->feature_count; i++)
        if (ensemble->categorical[i] && !r->model->categories[i])
            return bad_feature(r, i, "is a number, but the body asks for a category");
    return STATUS_OK;
}

/* The features of a file that is not in an envelope, which may have no names. */
static enum status take_features(const struct reading *r)
{
    const struct ensemble *ensemble = &r->ensemble;
    enum status status = make_features(r, ensemble->feature_count);
    for (uint32_t i = 0; i < ensemble->feature_count && status == STATUS_OK; i++) {
        r->model->categories[i] = ensemble->categorical[i];
        if (ensemble->feature_names != NULL)
            status = keep_name(r, i, ensemble->feature_names[i]);
    }
    return status == STATUS_OK ? check_unique(r) : status;
}

/* ---- calibration ---- */

static enum status read_isotonic(const struct reading *r, const struct tree_value *value,
                                 struct calibration *calibration)
{
    const struct tree_value *margins = tree_field(value, VIEW("margins"));
    const struct tree_value *scores = tree_field(value, VIEW("scores"));
    if (!tree_is_run(margins) || !tree_is_run(scores) || margins->count != scores->count)
        return bad(r, "calibration", "has no margins and scores, as many of each");
    calibration->method = CALIBRATION_ISOTONIC;
    calibration->point_count = margins->count;
    calibration->margins = arena_array(&r->model->arena, margins->count, sizeof(double));
    calibration->scores = arena_array(&r->model->arena, margins->count, sizeof(double));
    if (calibration->margins == NULL || calibration->scores == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < margins->count; i++) {
        calibration->margins[i] = tree_run_f64(margins, i);
        calibration->scores[i] = tree_run_f64(scores, i);
    }
    return STATUS_OK;
}

static enum status read_calibration(struct reading *r, const struct tree_value *value)
{
    struct calibration *calibration = &r->model->calibration;
    struct view method;
    enum status status = STATUS_OK;
    if (value == NULL || value->kind == TREE_NULL) {
        if (r->model->kind == MODEL_ISOLATION)
            return bad(r, "calibration", "is missing, which holds an isolation forest's ranks");
        return STATUS_OK;
    }
    if (!tree_text(tree_field(value, VIEW("method")), &method))
        return bad(r, "calibration", "has no method");
    if (view_equal(method, VIEW("isotonic"))) {
        status = read_isotonic(r, value, calibration);
    } else if (view_equal(method, VIEW("platt"))) {
        calibration->method = CALIBRATION_PLATT;
        if (!tree_f64(tree_field(value, VIEW("slope")), &calibration->slope) ||
            !tree_f64(tree_field(value, VIEW("intercept")), &calibration->intercept))
            return bad(r, "calibration", "has no slope and intercept");
    } else {
        return bad(r, "calibration", "is of a method that is neither isotonic nor platt");
    }
    if (status == STATUS_OK)
        status = calibration_check(calibration, r->diag);
    r->model->calibrated = status == STATUS_OK;
    return status;
}

/* ---- the envelope ---- */

static enum status read_kind(struct reading *r, const struct tree_value *value)
{
    struct view text;
    if (!tree_text(value, &text))
        return bad(r, "kind", "is missing");
    for (unsigned kind = 0; kind < MODEL_KINDS; kind++)
        if (view_equal(text, view_of(model_kind_text((enum model_kind)kind)))) {
            r->model->kind = (enum model_kind)kind;
            return STATUS_OK;
        }
    return bad(r, "kind", "is none of xgboost, lightgbm, scorecard and isolation");
}

static enum status read_name(struct reading *r, const struct tree_value *value)
{
    struct view name;
    if (!tree_text(value, &name) || name.size_bytes == 0)
        return bad(r, "name", "is missing");
    if (name.size_bytes > MODEL_NAME_BYTES_MAX) {
        bad(r, "name", "is too long");
        return STATUS_LIMIT;
    }
    r->model->name = arena_copy(&r->model->arena, name);
    return r->model->name.data == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* A card says of each feature whether it is asked as a category, as the envelope does. */
static enum status read_scorecard(const struct reading *r, const struct tree_value *body)
{
    struct model *model = r->model;
    struct scorecard *card = arena_alloc(&model->arena, sizeof *card);
    if (card == NULL)
        return STATUS_NO_MEMORY;
    enum status status =
        scorecard_read(body, model->feature_count, &model->arena, card, r->diag);
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < card->feature_count; i++)
        if (card->features[i].category != model->categories[i])
            return bad_feature(r, i, "is of another type in its body");
    model->card = card;
    model->link = ENSEMBLE_LOGISTIC;
    model->slope = 1;
    return STATUS_OK;
}

static enum status read_body(struct reading *r, const struct tree_value *body)
{
    struct isolation isolation;
    struct view text;
    enum status status = STATUS_OK;
    if (body == NULL)
        return bad(r, "body", "is missing");
    switch (r->model->kind) {
    case MODEL_XGBOOST:
        return ensemble_read_xgboost(body, &r->work, &r->ensemble, r->diag);
    case MODEL_LIGHTGBM:
        if (!tree_text(body, &text))
            return bad(r, "body", "is no text, which it is of a model of this kind");
        return ensemble_read_lightgbm(text, &r->work, &r->ensemble, r->diag);
    case MODEL_ISOLATION:
        status = isolation_read(body, r->model->feature_count, &r->work, &isolation, r->diag);
        if (status == STATUS_OK)
            r->ensemble = isolation.ensemble;
        return status;
    case MODEL_SCORECARD:
        break;
    }
    return read_scorecard(r, body);
}

static enum status read_envelope(struct reading *r, const struct tree_value *root)
{
    int64_t version;
    if (!tree_i64(tree_field(root, VIEW("weir_model")), &version) || version != MODEL_VERSION)
        return bad(r, "weir_model", "is not 1, the version that this weir reads");
    enum status status = read_kind(r, tree_field(root, VIEW("kind")));
    if (status == STATUS_OK)
        status = read_name(r, tree_field(root, VIEW("name")));
    if (status == STATUS_OK)
        status = read_features(r, tree_field(root, VIEW("features")));
    if (status == STATUS_OK)
        status = read_calibration(r, tree_field(root, VIEW("calibration")));
    if (status == STATUS_OK)
        status = read_body(r, tree_field(root, VIEW("body")));
    return status == STATUS_OK && r->model->card == NULL ? match_features(r) : status;
}

/* ---- files ---- */

static enum status read_json(struct reading *r, struct view bytes)
{
    const struct tree_value *root;
    enum status status = tree_read_json(bytes, true, &r->work, &root, r->diag);
    if (status != STATUS_OK)
        return status;
    if (tree_field(root, VIEW("weir_model")) != NULL)
        return read_envelope(r, root);
    if (tree_field(root, VIEW("learner")) != NULL) {
        r->model->kind = MODEL_XGBOOST;
        return ensemble_read_xgboost(root, &r->work, &r->ensemble, r->diag);
    }
    diag_set(r->diag, "model-unknown", "this JSON is no model: it has neither \"weir_model\" nor "
             "XGBoost's \"learner\"");
    return STATUS_INVALID;
}

static enum status read_form(struct reading *r, struct view bytes)
{
    enum outline_form form;
    if (!outline_form_of(bytes, &form)) {
        diag_set(r->diag, "model-unknown", "this is no model file");
        diag_hint(r->diag, "weir reads its own model files, XGBoost's JSON and UBJ, and LightGBM's "
                  "text");
        return STATUS_INVALID;
    }
    if (form == OUTLINE_XGBOOST_UBJ) {
        r->model->kind = MODEL_XGBOOST;
        return ensemble_read_xgboost_ubj(bytes, &r->work, &r->ensemble, r->diag);
    }
    if (form == OUTLINE_LIGHTGBM) {
        r->model->kind = MODEL_LIGHTGBM;
        return ensemble_read_lightgbm(bytes, &r->work, &r->ensemble, r->diag);
    }
    return read_json(r, bytes);
}

static enum status put_hash(struct model *model, struct view bytes)
{
    unsigned char digest[SHA256_BYTES];
    struct buf text;
    enum status status = sha256_of(bytes, digest);
    if (status != STATUS_OK)
        return status;
    buf_init(&text, model->mem);
    hex_put(&text, (struct view){(const char *)digest, sizeof digest});
    status = buf_status(&text);
    if (status == STATUS_OK)
        memcpy(model->hash, text.data, sizeof model->hash - 1);
    buf_done(&text);
    return status;
}

/* Makes of the ensemble what scores and explains. */
static enum status lay_out(struct reading *r)
{
    struct model *model = r->model;
    if (model->card != NULL)
        return STATUS_OK;
    enum status status = r->features == NULL ? take_features(r) : STATUS_OK;
    model->link = r->ensemble.link;
    model->slope = r->ensemble.slope;
    if (status == STATUS_OK)
        status = scorer_new(&r->ensemble, model->mem, &model->scorer);
    if (status == STATUS_OK)
        status = shap_new(&r->ensemble, model->mem, &model->shap);
    return status;
}

enum status model_read(struct view bytes, struct mem *mem, struct model **ret_model,
                       struct diag *diag)
{
    struct reading r = {.diag = diag};
    if (bytes.size_bytes > MODEL_FILE_BYTES_MAX) {
        diag_set(diag, "model-size", "the model file has %zu bytes, more than %zu",
                 bytes.size_bytes, MODEL_FILE_BYTES_MAX);
        return STATUS_LIMIT;
    }
    r.model = mem_zeroed(mem, sizeof *r.model);
    if (r.model == NULL)
        return STATUS_NO_MEMORY;
    size_t work_bytes_max = bytes.size_bytes * WORK_BYTES_PER_BYTE + WORK_BYTES_MORE;
    r.model->mem = mem;
    arena_init(&r.model->arena, mem, work_bytes_max);
    arena_init(&r.work, mem, work_bytes_max);
    enum status status = put_hash(r.model, bytes);
    if (status == STATUS_OK)
        status = read_form(&r, bytes);
    if (status == STATUS_OK)
        status = lay_out(&r);
    arena_done(&r.work);
    if (status == STATUS_OK)
        *ret_model = r.model;
    else
        model_free(r.model);
    return status;
}
