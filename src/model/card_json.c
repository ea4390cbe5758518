/* One idea: the JSON form says everything that the card holds, so that the page can be made of it
 * again. */
#include "model/card.h"

#include <math.h>

#include "base/datetime.h"
#include "codec/json.h"
#include "codec/number.h"

/* Appends a comma unless something has just been opened. */
static void separate(struct buf *out)
{
    if (!out->failed && out->data[out->size_bytes - 1] != '{' &&
        out->data[out->size_bytes - 1] != '[')
        buf_put_char(out, ',');
}

static void put_key(struct buf *out, const char *name)
{
    separate(out);
    json_put_string(out, view_of(name));
    buf_put_char(out, ':');
}

static void put_text(struct buf *out, const char *name, struct view text)
{
    put_key(out, name);
    json_put_string(out, text);
}

static void put_count(struct buf *out, const char *name, uint64_t count)
{
    put_key(out, name);
    buf_put_u64(out, count);
}

static void put_bare(struct buf *out, double value)
{
    if (isfinite(value))
        number_put_f64(out, value);
    else
        buf_put_text(out, "null");
}

static void put_real(struct buf *out, const char *name, double value)
{
    put_key(out, name);
    put_bare(out, value);
}

static void put_window(struct buf *out, const struct card_window *window)
{
    char text[DATETIME_TEXT_BYTES_MAX];
    put_text(out, "from", (struct view){text, datetime_format(text, window->from_ms)});
    put_text(out, "until", (struct view){text, datetime_format(text, window->until_ms)});
}

static void put_head(const struct card *card, struct buf *out)
{
    put_count(out, "weir_card", CARD_VERSION);
    put_key(out, "model");
    buf_put_char(out, '{');
    put_text(out, "name", card->model_name);
    put_text(out, "kind", card->model_kind);
    put_text(out, "sha256", card->model_hash);
    buf_put_char(out, '}');
    put_key(out, "policy");
    buf_put_char(out, '{');
    put_text(out, "name", card->policy_name);
    put_text(out, "sha256", card->policy_hash);
    buf_put_char(out, '}');
    put_text(out, "made_by", card->made_by);
    put_text(out, "label", card->label);
}

static void put_training(const struct card *card, struct buf *out)
{
    put_key(out, "training");
    buf_put_char(out, '{');
    put_window(out, &card->train);
    put_key(out, "delay_ms");
    buf_put_i64(out, card->delay_ms);
    put_count(out, "rows", card->train_rows);
    put_count(out, "positives", card->train_positives);
    put_count(out, "seed", card->seed);
    put_key(out, "parameters");
    buf_put_char(out, '[');
    for (size_t i = 0; i < card->parameter_count; i++) {
        separate(out);
        buf_put_char(out, '{');
        put_text(out, "name", card->parameters[i].name);
        put_text(out, "value", card->parameters[i].value);
        buf_put_char(out, '}');
    }
    buf_put_text(out, "]}");
}

static void put_settings(const struct card *card, struct buf *out)
{
    put_key(out, "settings");
    buf_put_char(out, '{');
    put_text(out, "entity", card->entity);
    put_count(out, "precision_at", card->precision_at);
    put_count(out, "reviews_per_day", card->reviews_per_day);
    put_real(out, "review_cost", card->review_cost);
    put_text(out, "currency", card->currency);
    buf_put_char(out, '}');
}

static void put_features(const struct card *card, struct buf *out)
{
    put_key(out, "features");
    buf_put_char(out, '[');
    for (size_t i = 0; i < card->feature_count; i++) {
        const struct card_feature *feature = &card->features[i];
        separate(out);
        buf_put_char(out, '{');
        put_text(out, "name", feature->name);
        put_text(out, "type", feature->type);
        put_key(out, "direction");
        buf_put_i64(out, feature->direction);
        put_real(out, "importance", feature->importance);
        put_real(out, "gain", feature->gain);
        put_key(out, "population");
        histogram_put_json(&feature->population, out);
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
    put_key(out, "excluded");
    buf_put_char(out, '[');
    for (size_t i = 0; i < card->excluded_count; i++) {
        separate(out);
        json_put_string(out, card->excluded[i]);
    }
    buf_put_char(out, ']');
}

const char *card_role_text(enum card_role role)
{
    return role == CARD_UNSEEN ? "unseen" : "training";
}

static void put_folds(const struct card *card, struct buf *out)
{
    put_key(out, "folds");
    buf_put_char(out, '[');
    for (size_t i = 0; i < card->fold_count; i++) {
        const struct card_fold *fold = &card->folds[i];
        separate(out);
        buf_put_char(out, '{');
        put_text(out, "name", fold->name);
        put_text(out, "role", view_of(card_role_text(fold->role)));
        put_window(out, &fold->window);
        put_count(out, "rows", fold->rows);
        put_count(out, "positives", fold->positives);
        put_real(out, "auc", fold->auc);
        put_real(out, "average_precision", fold->average_precision);
        put_real(out, "entity_precision", fold->entity_precision);
        put_real(out, "review_precision", fold->review_precision);
        put_real(out, "review_recall", fold->review_recall);
        put_real(out, "saved", fold->saved);
        put_real(out, "brier_raw", fold->brier_raw);
        put_real(out, "brier", fold->brier);
        put_real(out, "calibration_error_raw", fold->calibration_error_raw);
        put_real(out, "calibration_error", fold->calibration_error);
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
}

static void put_scores(struct buf *out, const char *name, const uint64_t counts[CARD_SCORE_BINS])
{
    put_key(out, name);
    buf_put_char(out, '[');
    for (size_t i = 0; i < CARD_SCORE_BINS; i++) {
        separate(out);
        buf_put_u64(out, counts[i]);
    }
    buf_put_char(out, ']');
}

static void put_curve(struct buf *out, const char *name, const struct card_curve *curve,
                      bool weights)
{
    put_key(out, name);
    buf_put_char(out, '[');
    for (size_t i = 0; i < curve->count; i++) {
        separate(out);
        buf_put_char(out, '[');
        put_bare(out, curve->points[i].x);
        buf_put_char(out, ',');
        put_bare(out, curve->points[i].y);
        if (weights) {
            buf_put_char(out, ',');
            put_bare(out, curve->points[i].weight);
        }
        buf_put_char(out, ']');
    }
    buf_put_char(out, ']');
}

void card_json(const struct card *card, struct buf *out)
{
    buf_put_char(out, '{');
    put_head(card, out);
    put_training(card, out);
    put_settings(card, out);
    put_features(card, out);
    put_folds(card, out);
    put_key(out, "scores");
    buf_put_char(out, '{');
    put_scores(out, "negative", card->scores[0]);
    put_scores(out, "positive", card->scores[1]);
    put_key(out, "population");
    histogram_put_json(&card->score_population, out);
    buf_put_char(out, '}');
    put_key(out, "curves");
    buf_put_char(out, '{');
    put_curve(out, "precision_recall", &card->precision_recall, false);
    put_curve(out, "gains", &card->gains, false);
    put_curve(out, "gains_money", &card->gains_money, false);
    put_curve(out, "reliability", &card->reliability, true);
    buf_put_text(out, "}}\n");
}
