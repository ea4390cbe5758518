/* One idea: node i of a complete tree has the children 2i + 1 and 2i + 2, so a tree is arrays of
 * which each is written by one loop. */
#include "bench/forest.h"

#include <math.h>

#define NODES ((2u << FOREST_DEPTH) - 1)
#define INNER ((1u << FOREST_DEPTH) - 1)

/* The value of a random row; 0 where that is missing. */
static double sample(struct random *random, const double *rows, size_t row_count,
                     size_t feature_count, size_t feature)
{
    double value = rows[random_below(random, row_count) * feature_count + feature];
    return isnan(value) ? 0 : value;
}

static void put_children(struct buf *out, const char *name, unsigned offset)
{
    buf_printf(out, ",\"%s\":[", name);
    for (unsigned i = 0; i < NODES; i++)
        buf_printf(out, "%s%d", i == 0 ? "" : ",", i < INNER ? (int)(2 * i + offset) : -1);
    buf_put_char(out, ']');
}

static void put_zeros(struct buf *out, const char *name)
{
    buf_printf(out, ",\"%s\":[", name);
    for (unsigned i = 0; i < NODES; i++)
        buf_put_text(out, i == 0 ? "0" : ",0");
    buf_put_char(out, ']');
}

static void put_tree(struct buf *out, unsigned number, struct random *random, const double *rows,
                     size_t row_count, size_t feature_count)
{
    size_t features[NODES];
    buf_printf(out, "{\"id\":%u,\"categories\":[],\"categories_nodes\":[],"
                    "\"categories_segments\":[],\"categories_sizes\":[]", number);
    put_children(out, "left_children", 1);
    put_children(out, "right_children", 2);
    put_zeros(out, "default_left");
    put_zeros(out, "split_type");
    buf_put_text(out, ",\"split_indices\":[");
    for (unsigned i = 0; i < NODES; i++) {
        features[i] = i < INNER ? (size_t)random_below(random, feature_count) : 0;
        buf_printf(out, "%s%zu", i == 0 ? "" : ",", features[i]);
    }
    buf_put_text(out, "],\"split_conditions\":[");
    for (unsigned i = 0; i < NODES; i++)
        buf_printf(out, "%s%.9g", i == 0 ? "" : ",",
                   i < INNER ? sample(random, rows, row_count, feature_count, features[i])
                             : random_unit(random) / FOREST_TREES - 0.5 / FOREST_TREES);
    buf_put_text(out, "],\"sum_hessian\":[");
    for (unsigned i = 0; i < NODES; i++)
        buf_printf(out, "%s%u", i == 0 ? "" : ",", 1u + NODES / (i + 1));
    buf_printf(out, "],\"tree_param\":{\"num_deleted\":\"0\",\"num_feature\":\"%zu\","
                    "\"num_nodes\":\"%u\",\"size_leaf_vector\":\"0\"}}", feature_count, NODES);
}

void forest_put(struct buf *out, struct random *random, const double *rows, size_t row_count,
                size_t feature_count)
{
    buf_printf(out, "{\"learner\":{\"attributes\":{},\"feature_names\":[],\"feature_types\":[],"
                    "\"gradient_booster\":{\"model\":{\"gbtree_model_param\":{"
                    "\"num_parallel_tree\":\"1\",\"num_trees\":\"%d\",\"size_leaf_vector\":\"0\"},"
                    "\"tree_info\":[", FOREST_TREES);
    for (unsigned i = 0; i < FOREST_TREES; i++)
        buf_put_text(out, i == 0 ? "0" : ",0");
    buf_put_text(out, "],\"trees\":[");
    for (unsigned i = 0; i < FOREST_TREES; i++) {
        buf_put_text(out, i == 0 ? "" : ",");
        put_tree(out, i, random, rows, row_count, feature_count);
    }
    buf_printf(out, "]},\"name\":\"gbtree\"},\"learner_model_param\":{\"base_score\":\"5E-1\","
                    "\"boost_from_average\":\"1\",\"num_class\":\"0\",\"num_feature\":\"%zu\","
                    "\"num_target\":\"1\"},\"objective\":{\"name\":\"binary:logistic\","
                    "\"reg_loss_param\":{\"scale_pos_weight\":\"1\"}}},\"version\":[1,7,6]}",
               feature_count);
}
