#ifndef MODEL_CARD_H
#define MODEL_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "model/histogram.h"
#include "model/measure.h"
#include "model/model.h"

/*
 * The card of a model: what it is, what it was made of, how well it did on the rows that it is
 * judged by, what those took part in, and what they looked like (Mitchell and others, "Model Cards
 * for Model Reporting", 2019, arXiv 1810.03993).
 * Beside MODEL.json lie MODEL.card.json, which is read again by programs, and MODEL.card.html, one
 * page that needs nothing else.
 *
 * The JSON is one object; numbers that do not exist are null; times are RFC 3339 in UTC:
 *
 *   {"weir_card": 1,
 *    "model": {"name", "kind", "sha256"},
 *    "policy": {"name", "sha256"},
 *    "made_by": "weir 1.2.0",
 *    "label": "fraud",
 *    "training": {"from", "until", "delay_ms", "rows", "positives", "seed",
 *                 "parameters": [{"name", "value"}, ...]},
 *    "settings": {"entity", "precision_at", "reviews_per_day", "review_cost", "currency"},
 *    "features": [{"name", "type", "direction", "importance", "gain", "population"}, ...],
 *                                          of falling importance
 *    "excluded": ["name", ...],
 *    "folds": [{"name", "role", "from", "until", "rows", "positives", "auc", "average_precision",
 *               "entity_precision", "review_precision", "review_recall", "saved",
 *               "brier_raw", "brier", "calibration_error_raw", "calibration_error"}, ...],
 *    "scores": {"negative": [counts], "positive": [counts], "population"},  of CARD_SCORE_BINS
 *                                          equal parts of 0 to 1, on the last fold, as are the
 *                                          curves and populations (histogram_put_json)
 *    "curves": {"precision_recall": [[recall, precision], ...],
 *               "gains": [[share of rows, share of positives], ...],
 *               "gains_money": [[share of rows, share of their money], ...],
 *               "reliability": [[mean score, share of positives, rows], ...]}}
 */

#define CARD_VERSION 1
#define CARD_FOLDS_MAX 64
#define CARD_PARAMETERS_MAX 64
#define CARD_EXPLAINED_MAX 5000      /* rows whose contributions make the importance */
#define CARD_POPULATION_ROWS_MAX 100000 /* rows that populations are of; evenly spaced if more */
#define CARD_CURVE_POINTS_MAX 201    /* of each curve */
#define CARD_RELIABILITY_BINS MEASURE_BINS_DEFAULT /* those of the calibration error */
#define CARD_SCORE_BINS 50
#define CARD_NAME_BYTES_MAX 4096     /* of each text in a card that is read */
#define CARD_FILE_BYTES_MAX ((size_t)64 << 20)

/* ---- what a card is made of ---- */

/* From from_ms on and before until_ms. */
struct card_window {
    int64_t from_ms;
    int64_t until_ms;
};

/* A setting of the training, as the user would write it. */
struct card_parameter {
    struct view name;
    struct view value;
};

/* What judged rows have to do with the model. UNSEEN: they took no part in making it. TRAINING:
 * they are the ones that it was trained on. The texts of the JSON are "unseen" and "training". */
enum card_role { CARD_UNSEEN, CARD_TRAINING };

/* Judged rows: events of one window, in order of time. */
struct card_rows {
    struct view name;              /* "judging", "2026-07-01" */
    enum card_role role;
    struct card_window window;
    size_t count;
    const double *margins;         /* count: model_margin of each row */
    const bool *truths;            /* count */
    const int32_t *days;           /* count: each row's day, rising (UTC days since 1970) */
    const int64_t *amounts_minor;  /* count, or NULL: no money */
    const uint32_t *entities;      /* count: each row's entity as a small index (measure.h), or
                                      NULL: none asked for */
    /* Fills the row of that index, feature_count doubles. Only of the last of the folds. */
    void (*fill)(const void *self, size_t index, double *ret_row);
    const void *self;
};

/* What is known of one feature beside the rows, in the order of the model's rows. */
struct card_input_feature {
    struct view name;
    struct view type;              /* as a policy writes it: "money", "int", "one of" */
    int8_t direction;              /* 1: more never lowers the risk; -1: never raises it; 0: free */
    double gain;                   /* of all its splits; NAN: not known */
};

/* Everything that a card is made of. All borrowed for the call of card_build. */
struct card_input {
    struct model *model;           /* the model as it will be served, calibration included */
    struct view model_name;
    struct view policy_name;
    struct view policy_hash;       /* hex */
    struct view made_by;           /* "weir 1.2.0" */
    struct view label;
    struct card_window train;      /* of the events that it was trained on */
    int64_t delay_ms;              /* between the training's end and the first judged row */
    uint64_t train_rows;
    uint64_t train_positives;
    uint64_t seed;
    const struct card_parameter *parameters;
    size_t parameter_count;
    const struct card_input_feature *features;   /* model_feature_count(model) of them */
    const struct view *excluded;   /* features that the policy declares as not for training */
    size_t excluded_count;
    struct view entity;            /* what `entities` are: "card"; empty: none */
    uint32_t precision_at;         /* k of the precision at k entities a day; 0: not asked for */
    uint32_t reviews_per_day;      /* how many rows a day people can look at; 0: not stated */
    int64_t review_cost_minor;     /* what one review costs */
    struct view currency;          /* "EUR"; empty: no money */
    unsigned currency_exponent;
    const struct card_rows *folds; /* at least one; histograms, curves, importance: of the last */
    size_t fold_count;
};

/* ---- the card ---- */

/* How well the model did on one fold. NAN: not to be had (one class only, no entity, no money). */
struct card_fold {
    struct view name;
    enum card_role role;
    struct card_window window;
    uint64_t rows;
    uint64_t positives;
    double auc;
    double average_precision;
    double entity_precision;       /* at precision_at, days averaged */
    double review_precision;       /* at reviews_per_day */
    double review_recall;
    double saved;                  /* at reviews_per_day, major units */
    double brier_raw;              /* before calibration; NAN where there is no probability */
    double brier;
    double calibration_error_raw;  /* expected calibration error, CARD_RELIABILITY_BINS bins */
    double calibration_error;
};

struct card_feature {
    struct view name;
    struct view type;
    int8_t direction;
    double importance;             /* mean absolute contribution to the margin */
    double gain;                   /* NAN: not known */
    struct histogram population;   /* of its values on the last fold */
};

struct card_point {
    double x;
    double y;
    double weight;                 /* rows behind it, where that is told; else 0 */
};

struct card_curve {
    size_t count;                  /* at most CARD_CURVE_POINTS_MAX */
    const struct card_point *points;
};

/* A whole card, in one arena. */
struct card {
    struct view model_name;
    struct view model_kind;        /* "xgboost" */
    struct view model_hash;
    struct view policy_name;
    struct view policy_hash;
    struct view made_by;
    struct view label;
    struct card_window train;
    int64_t delay_ms;
    uint64_t train_rows;
    uint64_t train_positives;
    uint64_t seed;
    size_t parameter_count;
    const struct card_parameter *parameters;
    struct view entity;
    uint32_t precision_at;
    uint32_t reviews_per_day;
    double review_cost;            /* major units */
    struct view currency;
    size_t feature_count;
    const struct card_feature *features;   /* of falling importance */
    size_t excluded_count;
    const struct view *excluded;
    size_t fold_count;
    const struct card_fold *folds;
    struct histogram score_population;     /* of all scores of the last fold */
    uint64_t scores[2][CARD_SCORE_BINS];   /* [truth] */
    struct card_curve precision_recall;    /* x recall, y precision */
    struct card_curve gains;               /* x share of rows by falling score, y of positives */
    struct card_curve gains_money;         /* y: share of the positives' money; may be empty */
    struct card_curve reliability;         /* x mean score, y share of positives, weight rows */
};

/* The text of a role in the JSON; static. */
const char *card_role_text(enum card_role role);

/* Makes the card of a model from the rows that it is judged by.
 * input: borrowed for the call; its model is asked for scores and contributions. mem: for work;
 * arena: takes all that the card points to, texts included.
 * STATUS_INVALID with a diag: a fold without rows, or with a margin that is NAN; STATUS_LIMIT: more
 * folds or parameters than the limits above; STATUS_OVERFLOW: amounts that add up beyond int64_t;
 * STATUS_NO_MEMORY. The arena may hold parts of it after a failure. Linear in the rows. */
MUST_CHECK enum status card_build(const struct card_input *input, struct mem *mem,
                                  struct arena *arena, struct card *ret_card, struct diag *diag);

/* Appends the card as JSON, the form above, with a newline at its end. O(card). */
void card_json(const struct card *card, struct buf *out);

/* Appends the card as a page of HTML with plots in SVG: no script, nothing from elsewhere, light or
 * dark as the reader's system is. Same card, same bytes. O(card). */
void card_html(const struct card *card, struct buf *out);

/* Reads the JSON form. bytes: hostile; everything is copied to `arena`, whose bound limits it.
 * STATUS_INVALID with a diag that names the field: no such card, or of another version;
 * STATUS_LIMIT; STATUS_NO_MEMORY. The arena may hold parts of it after a failure. Linear. */
MUST_CHECK enum status card_read(struct view bytes, struct mem *mem, struct arena *arena,
                                 struct card *ret_card, struct diag *diag);

#endif
