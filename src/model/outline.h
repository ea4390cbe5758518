#ifndef MODEL_OUTLINE_H
#define MODEL_OUTLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/status.h"
#include "codec/tree.h"
#include "model/ensemble.h"
#include "model/model.h"

/*
 * What a model file says of itself, for people: of trees, their number and size and how much the
 * splits on each feature gained; and its parts, to write it in another form. What a model is worth
 * to a row is asked of model.h.
 */

/* The form of a file. */
enum outline_form { OUTLINE_WEIR, OUTLINE_XGBOOST_JSON, OUTLINE_XGBOOST_UBJ, OUTLINE_LIGHTGBM };

struct outline_feature {
    struct view name;        /* empty: the file names none */
    bool category;
    uint32_t split_count;
    double gain;             /* of all splits on it; NAN: not told */
};

/* Texts and trees of values lie in the arena or in the file's bytes, which outlive it. */
struct outline {
    enum outline_form form;
    enum model_kind kind;
    struct view name;        /* of the model; empty: none */
    uint32_t feature_count;
    const struct outline_feature *features;
    bool has_trees;          /* the next four are told */
    uint32_t tree_count;
    uint32_t node_count;
    uint32_t leaf_count;
    uint32_t depth;          /* of the deepest tree */
    const struct tree_value *calibration; /* as the file has it; NULL: none */
    const struct tree_value *trained;     /* likewise */
    const struct tree_value *body;        /* of a weir file and XGBoost's: the maker's document */
    struct view text;                     /* of LightGBM's: the maker's text; else empty */
};

/* Reads what a file says of itself. bytes: a file that model_read takes, borrowed as long as the
 * outline; hostile all the same; arena: for everything, works under its bound.
 * STATUS_INVALID or STATUS_LIMIT with a diag; STATUS_NO_MEMORY. Linear. */
MUST_CHECK enum status outline_read(struct view bytes, struct arena *arena,
                                    struct outline *ret_outline, struct diag *diag);

/* The form that a file seems to be of, by its first bytes: LightGBM's text begins with "tree"; a
 * '{' with a quote or a closing brace behind it is JSON, OUTLINE_WEIR not told from XGBoost's, and
 * any other '{' is UBJ, whose keys begin with their size. False: it is of none. Pure. */
bool outline_form_of(struct view bytes, enum outline_form *ret_form);

#endif
