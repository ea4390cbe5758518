#ifndef ENGINE_TEST_MODEL_H
#define ENGINE_TEST_MODEL_H

#include <stdio.h>

#include "engine/test_help.h"

/* Model files for the room's tests: trees of one split each, as XGBoost writes them. */

/* A split: rows below the threshold, or of other categories than it, go left. */
struct help_stump {
    unsigned feature;
    double threshold;
    double left;            /* what 60 of 100 training rows got */
    double right;           /* what the other 40 got */
    bool missing_left;
};

struct help_forest {
    const char *const *names;   /* of features, ending in NULL; none: features without names */
    unsigned feature_count;
    int category;               /* the feature that is one; -1: none */
    const struct help_stump *stumps;
    size_t stump_count;
};

/* Appends the tree of one split. */
static inline void help_put_stump(struct buf *out, const struct help_forest *forest, size_t index)
{
    const struct help_stump *stump = &forest->stumps[index];
    bool set = (int)stump->feature == forest->category;
    char number[32] = "";
    if (set)
        snprintf(number, sizeof number, "%.0f", stump->threshold);
    buf_printf(out,
               "{\"base_weights\":[0E0,%.9E,%.9E],\"categories\":[%s],\"categories_nodes\":[%s],"
               "\"categories_segments\":[%s],\"categories_sizes\":[%s],",
               stump->left, stump->right, number, set ? "0" : "", set ? "0" : "", set ? "1" : "");
    buf_printf(out,
               "\"default_left\":[%d,0,0],\"id\":%zu,\"left_children\":[1,-1,-1],"
               "\"loss_changes\":[1E0,0E0,0E0],\"parents\":[2147483647,0,0],"
               "\"right_children\":[2,-1,-1],\"split_conditions\":[%.9E,%.9E,%.9E],"
               "\"split_indices\":[%u,0,0],\"split_type\":[%d,0,0],\"sum_hessian\":[1E2,6E1,4E1],"
               "\"tree_param\":{\"num_deleted\":\"0\",\"num_feature\":\"%u\",\"num_nodes\":\"3\","
               "\"size_leaf_vector\":\"0\"}}",
               stump->missing_left, index, set ? 0.0 : stump->threshold, stump->left, stump->right,
               stump->feature, set, forest->feature_count);
}

/* Appends names and types of the features. */
static inline void help_put_names(struct buf *out, const struct help_forest *forest)
{
    buf_put_text(out, "\"feature_names\":[");
    for (unsigned i = 0; forest->names != NULL && i < forest->feature_count; i++)
        buf_printf(out, "%s\"%s\"", i == 0 ? "" : ",", forest->names[i]);
    buf_put_text(out, "],\"feature_types\":[");
    for (unsigned i = 0; i < forest->feature_count; i++)
        buf_printf(out, "%s\"%s\"", i == 0 ? "" : ",",
                   (int)i == forest->category ? "c" : "float");
    buf_put_text(out, "],");
}

/* Appends the file: a logistic model whose margin is the sum of its leaves. */
static inline void help_put_forest(struct buf *out, const struct help_forest *forest)
{
    buf_put_text(out, "{\"learner\":{\"attributes\":{},");
    help_put_names(out, forest);
    buf_printf(out,
               "\"gradient_booster\":{\"model\":{\"gbtree_model_param\":{\"num_parallel_tree\":"
               "\"1\",\"num_trees\":\"%zu\",\"size_leaf_vector\":\"0\"},\"tree_info\":[",
               forest->stump_count);
    for (size_t i = 0; i < forest->stump_count; i++)
        buf_put_text(out, i == 0 ? "0" : ",0");
    buf_put_text(out, "],\"trees\":[");
    for (size_t i = 0; i < forest->stump_count; i++) {
        buf_put_text(out, i == 0 ? "" : ",");
        help_put_stump(out, forest, i);
    }
    buf_printf(out,
               "]},\"name\":\"gbtree\"},\"learner_model_param\":{\"base_score\":\"5E-1\","
               "\"boost_from_average\":\"1\",\"num_class\":\"0\",\"num_feature\":\"%u\","
               "\"num_target\":\"1\"},\"objective\":{\"name\":\"binary:logistic\","
               "\"reg_loss_param\":{\"scale_pos_weight\":\"1\"}}},\"version\":[1,7,6]}",
               forest->feature_count);
    assert_int_equal(buf_status(out), STATUS_OK);
}

/* Loads a forest as model `number` of an engine. */
static inline enum status help_load(struct engine *engine, uint16_t number,
                                    const struct help_forest *forest, struct diag *diag)
{
    struct buf file;
    buf_init(&file, mem_libc());
    help_put_forest(&file, forest);
    enum status status = engine_model_load(engine, number, buf_view(&file), diag);
    buf_done(&file);
    return status;
}

#endif
