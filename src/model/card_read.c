/* One idea: a card is read field by field, and the first that is not as it should be is named; what
 * comes out is as safe to draw as what card_build makes. */
#include "model/card.h"

#include <math.h>

#include "base/datetime.h"
#include "codec/tree.h"

/* Whole numbers that are told as real ones are below this. */
#define WHOLE_MAX 9007199254740992.0

struct reader {
    struct arena *arena;
    struct diag *diag;
    enum status status;
};

static bool refuse(struct reader *reader, const char *key, const char *wanted)
{
    diag_set(reader->diag, "card-field", "\"%s\" is not %s", key, wanted);
    diag_field(reader->diag, "%s", key);
    reader->status = STATUS_INVALID;
    return false;
}

static bool lack_memory(struct reader *reader)
{
    reader->status = STATUS_NO_MEMORY;
    return false;
}

/* ---- single fields ---- */

static bool keep_text(struct reader *reader, const struct tree_value *value, const char *key,
                      struct view *ret_text)
{
    struct view text;
    if (!tree_text(value, &text) || text.size_bytes > CARD_NAME_BYTES_MAX)
        return refuse(reader, key, "a text of at most 4096 bytes");
    *ret_text = arena_copy(reader->arena, text);
    return ret_text->data != NULL || lack_memory(reader);
}

static bool read_text(struct reader *reader, const struct tree_value *object, const char *key,
                      struct view *ret_text)
{
    return keep_text(reader, tree_field(object, view_of(key)), key, ret_text);
}

static bool read_i64(struct reader *reader, const struct tree_value *object, const char *key,
                     int64_t min, int64_t max, int64_t *ret_value)
{
    int64_t value;
    if (!tree_i64(tree_field(object, view_of(key)), &value) || value < min || value > max)
        return refuse(reader, key, "a whole number in its range");
    *ret_value = value;
    return true;
}

static bool read_count(struct reader *reader, const struct tree_value *object, const char *key,
                       uint64_t *ret_count)
{
    int64_t value;
    if (!read_i64(reader, object, key, 0, INT64_MAX, &value))
        return false;
    *ret_count = (uint64_t)value;
    return true;
}

static bool read_u32(struct reader *reader, const struct tree_value *object, const char *key,
                     uint32_t *ret_count)
{
    int64_t value;
    if (!read_i64(reader, object, key, 0, UINT32_MAX, &value))
        return false;
    *ret_count = (uint32_t)value;
    return true;
}

/* A number, or NAN for null. */
static bool read_real(struct reader *reader, const struct tree_value *object, const char *key,
                      double *ret_value)
{
    const struct tree_value *value = tree_field(object, view_of(key));
    if (value != NULL && value->kind == TREE_NULL) {
        *ret_value = NAN;
        return true;
    }
    return tree_f64(value, ret_value) || refuse(reader, key, "a number or null");
}

static bool read_time(struct reader *reader, const struct tree_value *object, const char *key,
                      int64_t *ret_ms)
{
    struct view text;
    if (tree_text(tree_field(object, view_of(key)), &text) &&
        datetime_parse(text, ret_ms) == STATUS_OK)
        return true;
    return refuse(reader, key, "a time such as 2026-07-01T00:00:00Z");
}

static bool read_window(struct reader *reader, const struct tree_value *object,
                        struct card_window *ret_window)
{
    return read_time(reader, object, "from", &ret_window->from_ms) &&
           read_time(reader, object, "until", &ret_window->until_ms);
}

/* Room for the values of a list, zeroed; NULL with the reason said. */
static void *open_list(struct reader *reader, const struct tree_value *object, const char *key,
                       size_t count_max, size_t item_size, const struct tree_value **ret_list)
{
    const struct tree_value *list = tree_field(object, view_of(key));
    bool is_list = list != NULL && list->kind == TREE_ARRAY &&
                   (list->run == TREE_RUN_NONE || list->count == 0);
    if (!is_list || list->count > count_max) {
        (void)refuse(reader, key, "a list in its range");
        return NULL;
    }
    void *items = arena_array(reader->arena, list->count, item_size);
    if (items == NULL)
        (void)lack_memory(reader);
    *ret_list = list;
    return items;
}

/* ---- parts ---- */

static bool read_head(struct reader *reader, const struct tree_value *root, struct card *card)
{
    const struct tree_value *model = tree_field(root, VIEW("model"));
    const struct tree_value *policy = tree_field(root, VIEW("policy"));
    return read_text(reader, model, "name", &card->model_name) &&
           read_text(reader, model, "kind", &card->model_kind) &&
           read_text(reader, model, "sha256", &card->model_hash) &&
           read_text(reader, policy, "name", &card->policy_name) &&
           read_text(reader, policy, "sha256", &card->policy_hash) &&
           read_text(reader, root, "made_by", &card->made_by) &&
           read_text(reader, root, "label", &card->label);
}

static bool read_parameters(struct reader *reader, const struct tree_value *training,
                            struct card *card)
{
    const struct tree_value *list;
    struct card_parameter *parameters = open_list(reader, training, "parameters",
                                                  CARD_PARAMETERS_MAX, sizeof *parameters, &list);
    if (parameters == NULL)
        return false;
    card->parameters = parameters;
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next) {
        struct card_parameter *parameter = &parameters[card->parameter_count++];
        if (!read_text(reader, at, "name", &parameter->name) ||
            !read_text(reader, at, "value", &parameter->value))
            return false;
    }
    return true;
}

static bool read_training(struct reader *reader, const struct tree_value *root, struct card *card)
{
    const struct tree_value *training = tree_field(root, VIEW("training"));
    return read_window(reader, training, &card->train) &&
           read_i64(reader, training, "delay_ms", 0, INT64_MAX, &card->delay_ms) &&
           read_count(reader, training, "rows", &card->train_rows) &&
           read_count(reader, training, "positives", &card->train_positives) &&
           read_count(reader, training, "seed", &card->seed) &&
           read_parameters(reader, training, card);
}

static bool read_settings(struct reader *reader, const struct tree_value *root, struct card *card)
{
    const struct tree_value *settings = tree_field(root, VIEW("settings"));
    return read_text(reader, settings, "entity", &card->entity) &&
           read_u32(reader, settings, "precision_at", &card->precision_at) &&
           read_u32(reader, settings, "reviews_per_day", &card->reviews_per_day) &&
           read_real(reader, settings, "review_cost", &card->review_cost) &&
           read_text(reader, settings, "currency", &card->currency);
}

static bool read_population(struct reader *reader, const struct tree_value *object,
                            struct histogram *ret_population)
{
    reader->status = histogram_read(tree_field(object, VIEW("population")), ret_population,
                                    reader->diag);
    return reader->status == STATUS_OK;
}

static bool read_feature(struct reader *reader, const struct tree_value *object,
                         struct card_feature *ret_feature)
{
    int64_t direction;
    if (!read_text(reader, object, "name", &ret_feature->name) ||
        !read_text(reader, object, "type", &ret_feature->type) ||
        !read_i64(reader, object, "direction", -1, 1, &direction))
        return false;
    ret_feature->direction = (int8_t)direction;
    return read_real(reader, object, "importance", &ret_feature->importance) &&
           read_real(reader, object, "gain", &ret_feature->gain) &&
           read_population(reader, object, &ret_feature->population);
}

static bool read_features(struct reader *reader, const struct tree_value *root, struct card *card)
{
    const struct tree_value *list;
    struct card_feature *features =
        open_list(reader, root, "features", MODEL_FEATURES_MAX, sizeof *features, &list);
    if (features == NULL)
        return false;
    card->features = features;
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next)
        if (!read_feature(reader, at, &features[card->feature_count++]))
            return false;
    struct view *excluded =
        open_list(reader, root, "excluded", MODEL_FEATURES_MAX, sizeof *excluded, &list);
    if (excluded == NULL)
        return false;
    card->excluded = excluded;
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next)
        if (!keep_text(reader, at, "excluded", &excluded[card->excluded_count++]))
            return false;
    return true;
}

static bool read_role(struct reader *reader, const struct tree_value *object,
                      enum card_role *ret_role)
{
    struct view text;
    if (tree_text(tree_field(object, VIEW("role")), &text)) {
        for (int role = CARD_UNSEEN; role <= CARD_TRAINING; role++) {
            *ret_role = (enum card_role)role;
            if (view_equal(text, view_of(card_role_text(*ret_role))))
                return true;
        }
    }
    return refuse(reader, "role", "\"unseen\" or \"training\"");
}

static bool read_fold(struct reader *reader, const struct tree_value *object,
                      struct card_fold *ret_fold)
{
    return read_text(reader, object, "name", &ret_fold->name) &&
           read_role(reader, object, &ret_fold->role) &&
           read_window(reader, object, &ret_fold->window) &&
           read_count(reader, object, "rows", &ret_fold->rows) &&
           read_count(reader, object, "positives", &ret_fold->positives) &&
           read_real(reader, object, "auc", &ret_fold->auc) &&
           read_real(reader, object, "average_precision", &ret_fold->average_precision) &&
           read_real(reader, object, "entity_precision", &ret_fold->entity_precision) &&
           read_real(reader, object, "review_precision", &ret_fold->review_precision) &&
           read_real(reader, object, "review_recall", &ret_fold->review_recall) &&
           read_real(reader, object, "saved", &ret_fold->saved) &&
           read_real(reader, object, "brier_raw", &ret_fold->brier_raw) &&
           read_real(reader, object, "brier", &ret_fold->brier) &&
           read_real(reader, object, "calibration_error_raw",
                     &ret_fold->calibration_error_raw) &&
           read_real(reader, object, "calibration_error", &ret_fold->calibration_error);
}

static bool read_folds(struct reader *reader, const struct tree_value *root, struct card *card)
{
    const struct tree_value *list;
    struct card_fold *folds =
        open_list(reader, root, "folds", CARD_FOLDS_MAX, sizeof *folds, &list);
    if (folds == NULL)
        return false;
    card->folds = folds;
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next)
        if (!read_fold(reader, at, &folds[card->fold_count++]))
            return false;
    return card->fold_count > 0 || refuse(reader, "folds", "a list of at least one fold");
}

static bool read_scores(struct reader *reader, const struct tree_value *root, struct card *card)
{
    static const char *const names[] = {"negative", "positive"};
    const struct tree_value *scores = tree_field(root, VIEW("scores"));
    for (int truth = 0; truth < 2; truth++) {
        const struct tree_value *run = tree_field(scores, view_of(names[truth]));
        if (!tree_is_whole_run(run) || run->count != CARD_SCORE_BINS)
            return refuse(reader, names[truth], "50 whole numbers");
        for (uint32_t i = 0; i < CARD_SCORE_BINS; i++) {
            int64_t count = tree_run_i64(run, i);
            if (count < 0)
                return refuse(reader, names[truth], "50 whole numbers of at least 0");
            card->scores[truth][i] = (uint64_t)count;
        }
    }
    return read_population(reader, scores, &card->score_population);
}

/* Reads points of `width` numbers, 2 or 3; the third is a count. */
static bool read_curve(struct reader *reader, const struct tree_value *curves, const char *key,
                       uint32_t width, struct card_curve *ret_curve)
{
    const struct tree_value *list;
    struct card_point *points =
        open_list(reader, curves, key, CARD_CURVE_POINTS_MAX, sizeof *points, &list);
    size_t count = 0;
    if (points == NULL)
        return false;
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next) {
        if (!tree_is_run(at) || at->count != width)
            return refuse(reader, key, "a list of points");
        double weight = width > 2 ? tree_run_f64(at, 2) : 0;
        if (!(weight >= 0 && weight <= WHOLE_MAX))
            return refuse(reader, key, "a list of points with counts of rows");
        points[count++] =
            (struct card_point){tree_run_f64(at, 0), tree_run_f64(at, 1), weight};
    }
    *ret_curve = (struct card_curve){count, points};
    return true;
}

static bool read_curves(struct reader *reader, const struct tree_value *root, struct card *card)
{
    const struct tree_value *curves = tree_field(root, VIEW("curves"));
    return read_curve(reader, curves, "precision_recall", 2, &card->precision_recall) &&
           read_curve(reader, curves, "gains", 2, &card->gains) &&
           read_curve(reader, curves, "gains_money", 2, &card->gains_money) &&
           read_curve(reader, curves, "reliability", 3, &card->reliability);
}

static bool check_version(struct reader *reader, const struct tree_value *root)
{
    int64_t version;
    if (!tree_i64(tree_field(root, VIEW("weir_card")), &version)) {
        diag_set(reader->diag, "card-form", "this is not a model card: it has no \"weir_card\"");
        reader->status = STATUS_INVALID;
        return false;
    }
    if (version == CARD_VERSION)
        return true;
    diag_set(reader->diag, "card-version", "the card is of version %lld; this program reads %d",
             (long long)version, CARD_VERSION);
    reader->status = STATUS_INVALID;
    return false;
}

enum status card_read(struct view bytes, struct mem *mem, struct arena *arena,
                      struct card *ret_card, struct diag *diag)
{
    struct reader reader = {.arena = arena, .diag = diag};
    struct card card = {0};
    struct arena work;
    const struct tree_value *root;
    if (bytes.size_bytes > CARD_FILE_BYTES_MAX) {
        diag_set(diag, "card-size", "a card has at most %zu bytes", CARD_FILE_BYTES_MAX);
        return STATUS_LIMIT;
    }
    arena_init(&work, mem, 0);
    reader.status = tree_read_json(bytes, false, &work, &root, diag);
    if (reader.status == STATUS_OK && check_version(&reader, root) &&
        read_head(&reader, root, &card) && read_training(&reader, root, &card) &&
        read_settings(&reader, root, &card) && read_features(&reader, root, &card) &&
        read_folds(&reader, root, &card) && read_scores(&reader, root, &card) &&
        read_curves(&reader, root, &card))
        *ret_card = card;
    arena_done(&work);
    return reader.status;
}
