#ifndef MODEL_MODEL_INT_H
#define MODEL_MODEL_INT_H

#include "base/arena.h"
#include "codec/sha256.h"
#include "model/calibrate.h"
#include "model/ensemble.h"
#include "model/model.h"
#include "model/scorecard.h"
#include "model/scorer.h"
#include "model/shap.h"

#define MODEL_VERSION 1
#define MODEL_KINDS 4

struct model {
    struct mem *mem;
    struct arena arena;             /* names, calibration */
    enum model_kind kind;
    struct view name;
    char hash[2 * SHA256_BYTES + 1];
    uint32_t feature_count;
    struct view *names;             /* feature_count, each maybe empty */
    bool *categories;               /* feature_count */
    bool calibrated;
    struct calibration calibration; /* in the arena */
    enum ensemble_link link;
    double slope;                   /* of the link */
    struct scorecard *card;         /* in the arena; NULL: an ensemble, of which are ... */
    struct scorer *scorer;
    struct shap *shap;
};

#endif
