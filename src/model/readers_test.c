/* One idea: a small good model of each format, and for each thing that can be wrong with one the
 * change of its text that makes it so, with the words that must be said of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "model/ensemble.h"

#define PATH_BYTES_MAX 1024

#define LONE                                                                                      \
    "{\"categories\":[],\"categories_nodes\":[],\"categories_segments\":[],"                      \
    "\"categories_sizes\":[],\"default_left\":[0],\"id\":1,\"left_children\":[-1],"               \
    "\"right_children\":[-1],\"split_conditions\":[8E0],\"split_indices\":[0],"                   \
    "\"split_type\":[0],\"sum_hessian\":[4E0],"                                                   \
    "\"tree_param\":{\"num_deleted\":\"0\",\"num_nodes\":\"1\",\"size_leaf_vector\":\"0\"}}"

static const char XGBOOST[] =
    "{\"learner\":{\"attributes\":{\"best_iteration\":\"0\"},"
    "\"feature_names\":[\"a\",\"b \\u00e9\"],"
    "\"feature_types\":[\"float\",\"c\"],\"gradient_booster\":{\"model\":{\"gbtree_model_param\":"
    "{\"num_parallel_tree\":\"1\",\"num_trees\":\"2\"},\"tree_info\":[0,0],\"trees\":["
    "{\"categories\":[0,33],\"categories_nodes\":[2],\"categories_segments\":[0],"
    "\"categories_sizes\":[2],\"default_left\":[1,0,0,0,0],\"id\":0,"
    "\"left_children\":[1,-1,3,-1,-1],\"right_children\":[2,-1,4,-1,-1],"
    "\"split_conditions\":[5E-1,1E0,NaN,2E0,4E0],\"split_indices\":[0,0,1,0,0],"
    "\"split_type\":[0,0,1,0,0],\"sum_hessian\":[4E0,1E0,3E0,2E0,1E0],"
    "\"tree_param\":{\"num_deleted\":\"0\",\"num_nodes\":\"5\",\"size_leaf_vector\":\"1\"}}," LONE
    "]},\"name\":\"gbtree\"},\"learner_model_param\":{\"base_score\":\"2.5E-1\","
    "\"num_class\":\"0\",\"num_feature\":\"2\",\"num_target\":\"1\"},"
    "\"objective\":{\"name\":\"binary:logistic\"}},\"version\":[3,0,5]}";

static const char LIGHTGBM[] =
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n"
    "objective=binary sigmoid:2\nfeature_names=a b\nfeature_infos=[0:1] 0:1:33\n\n"
    "Tree=0\nnum_leaves=3\nnum_cat=1\nsplit_feature=0 1\nsplit_gain=1 1\nthreshold=0.5 0\n"
    "decision_type=10 1\nleft_child=-1 -2\nright_child=1 -3\nleaf_value=1 2 4\n"
    "leaf_weight=1 1 1\nleaf_count=1 2 1\ninternal_value=0 0\ninternal_weight=0 0\n"
    "internal_count=4 3\ncat_boundaries=0 2\ncat_threshold=1 2\nis_linear=0\nshrinkage=1\n\n\n"
    "Tree=1\r\nnum_leaves=1\r\nnum_cat=0\nleaf_value=8\nshrinkage=1\n\n\n"
    "end of trees\n\nfeature_importances:\n";

typedef enum status reader_fn(struct view bytes, struct arena *arena, struct ensemble *ret_ensemble,
                              struct diag *diag);

struct world {
    struct arena arena;
    struct ensemble ensemble;
    struct diag diag;
};

/* The text with the first `find` replaced, to be freed. */
static char *replaced(const char *text, const char *find, const char *with)
{
    const char *at = strstr(text, find);
    if (at == NULL)
        fail_msg("%s is not in the text", find);
    size_t before = (size_t)(at - text);
    size_t size = strlen(text) + strlen(with) + 1;
    char *result = malloc(size);
    assert_non_null(result);
    snprintf(result, size, "%.*s%s%s", (int)before, text, with, at + strlen(find));
    return result;
}

static enum status read_text(struct world *world, reader_fn *reader, struct view text)
{
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, mem_libc(), 0);
    return reader(text, &world->arena, &world->ensemble, &world->diag);
}

struct change {
    const char *find, *with;
    enum status status;
    const char *message; /* which begins so */
};

static void check_changes(reader_fn *reader, const char *good, const struct change *changes,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct world world;
        char *text = replaced(good, changes[i].find, changes[i].with);
        enum status status = read_text(&world, reader, view_of(text));
        if (status != changes[i].status ||
            strncmp(world.diag.message, changes[i].message, strlen(changes[i].message)) != 0)
            fail_msg("%s for %s: status %d: %s", changes[i].with, changes[i].find, (int)status,
                     world.diag.message);
        arena_done(&world.arena);
        free(text);
    }
}

static void check_margins(const struct ensemble *ensemble, double base)
{
    const struct { double row[2]; double leaf; } cases[] = {
        {{0.25, 0}, 1}, {{(double)NAN, 0}, 1}, {{0.75, 1}, 2}, {{0.75, 0}, 4}, {{0.75, 33}, 4},
        {{0.75, 34}, 2}, {{0.75, 1e9}, 2}, {{0.75, -1}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(ensemble_margin(ensemble, cases[i].row) == base + (cases[i].leaf + 8));
}

static void xgboost_model_is_read(void **state)
{
    (void)state;
    struct world world;
    const struct ensemble *ensemble = &world.ensemble;
    const double missing[] = {0.75, (double)NAN};
    assert_int_equal(read_text(&world, ensemble_read_xgboost_json, view_of(XGBOOST)), STATUS_OK);
    assert_int_equal(ensemble->tree_count, 2);
    assert_int_equal(ensemble->trees[0].depth, 2);
    assert_int_equal(ensemble->link, ENSEMBLE_LOGISTIC);
    assert_true(view_equal(ensemble->feature_names[1], VIEW("b \xc3\xa9")));
    assert_true(!ensemble->categorical[0] && ensemble->categorical[1]);
    assert_true(ensemble->nodes[0].cover == 4);
    assert_true(ensemble->base_margin == (double)-1.0986123f);
    check_margins(ensemble, ensemble->base_margin);
    assert_true(ensemble_margin(ensemble, missing) == ensemble->base_margin + 12);
    arena_done(&world.arena);
}

static void xgboost_variants_are_read(void **state)
{
    (void)state;
    static const struct { const char *find, *with; double margin; } cases[] = {
        {"\"2.5E-1\"", "\"[5E-1]\"", 12}, {"\"2.5E-1\"", "\"5E-1\"", 12},
        {"binary:logistic", "binary:logitraw", 12.25},
        {"binary:logistic", "reg:squarederror", 12.25},
        {"\"name\":\"gbtree\"", "\"name\":\"gbtree\"},\"name\":\"dart\",\"weight_drop\":[2,5E-1]",
         12},
    };
    const double row[] = {0.75, 0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        char *text = replaced(XGBOOST, cases[i].find, cases[i].with);
        if (strstr(text, "weight_drop") != NULL) {
            char *dart = replaced(text, "\"gradient_booster\":{",
                                  "\"gradient_booster\":{\"gbtree\":{");
            free(text);
            text = replaced(dart, "2.5E-1", "5E-1");
            free(dart);
        }
        enum status status = read_text(&world, ensemble_read_xgboost_json, view_of(text));
        if (status != STATUS_OK || ensemble_margin(&world.ensemble, row) != cases[i].margin)
            fail_msg("%s: %s: %g", cases[i].with, world.diag.message,
                     ensemble_margin(&world.ensemble, row));
        arena_done(&world.arena);
        free(text);
    }
}

static void nodes_that_pruning_took_away_are_left_out(void **state)
{
    (void)state;
    struct world world;
    char *pruned = replaced(XGBOOST, "[1,-1,3,-1,-1]", "[1,-1,-1,-1,-1]");
    char *text = replaced(pruned, "\"num_deleted\":\"0\"", "\"num_deleted\":\"2\"");
    char *leaf = replaced(text, "NaN", "1.6E1");
    const double row[] = {0.75, 0};
    assert_int_equal(read_text(&world, ensemble_read_xgboost_json, view_of(leaf)), STATUS_OK);
    assert_int_equal(world.ensemble.trees[0].node_count, 3);
    assert_true(ensemble_margin(&world.ensemble, row) == world.ensemble.base_margin + 24);
    arena_done(&world.arena);
    assert_int_equal(read_text(&world, ensemble_read_xgboost_json, view_of(pruned)),
                     STATUS_INVALID);
    assert_string_equal(world.diag.message, "tree 0, node 2: the leaf's value is not finite");
    arena_done(&world.arena);
    free(pruned);
    free(text);
    free(leaf);
}

static void wrong_xgboost_models_are_refused(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"\"learner\"", "\"lerner\"", STATUS_INVALID, "learner must be there"},
        {"\"2.5E-1\"", "0.25", STATUS_INVALID, "base_score must be a number in quotes"},
        {"\"2.5E-1\"", "\"[1E-1,2E-1]\"", STATUS_INVALID, "base_score must be one number"},
        {"\"2.5E-1\"", "\"1E0\"", STATUS_INVALID, "base_score must lie between 0 and 1"},
        {"\"num_class\":\"0\"", "\"num_class\":\"3\"", STATUS_INVALID, "the model tells several"},
        {"\"num_target\":\"1\"", "\"num_target\":\"2\"", STATUS_INVALID, "the model has several"},
        {"\"num_feature\":\"2\"", "\"num_feature\":\"-2\"", STATUS_INVALID, "num_feature must be"},
        {"\"num_feature\":\"2\"", "\"num_feature\":\"4097\"", STATUS_LIMIT,
         "the model has 4097 features, where 4096 are allowed"},
        {"binary:logistic", "multi:softprob", STATUS_INVALID, "the objective multi:softprob"},
        {"binary:logistic", "count:poisson", STATUS_INVALID, "the objective count:poisson"},
        {"\"gbtree\"}", "\"gblinear\"}", STATUS_INVALID, "a linear booster (gblinear)"},
        {"\"gbtree\"}", "\"forest\"}", STATUS_INVALID, "gradient_booster must be"},
        {"\"gbtree\"}", "\"dart\"}", STATUS_INVALID, "weight_drop must be an array"},
        {"\"num_trees\":\"2\"", "\"num_trees\":\"3\"", STATUS_INVALID, "num_trees must be"},
        {"[\"a\",\"b \\u00e9\"]", "[\"a\"]", STATUS_INVALID, "feature_names must name all"},
        {"[\"a\",\"b \\u00e9\"]", "[1,2]", STATUS_INVALID, "feature_names must be strings"},
        {"[\"float\",\"c\"]", "[\"float\"]", STATUS_INVALID, "feature_types must name"},
        {"[\"float\",\"c\"]", "[1,2]", STATUS_INVALID, "feature_types must be strings"},
        {"[\"float\",\"c\"]", "[\"c\",\"c\"]", STATUS_INVALID,
         "tree 0, node 0: a feature is asked as a number and as a category"},
        {"\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"2\"", STATUS_INVALID, "leaves with"},
        {"\"num_nodes\":\"5\"", "\"num_nodes\":\"4\"", STATUS_INVALID,
         "tree 0: left_children must be an array of 4 whole numbers"},
        {"\"num_nodes\":\"5\"", "\"num_nodes\":\"0\"", STATUS_INVALID, "tree 0, node 0: num_nodes"},
        {"\"num_nodes\":\"5\"", "\"num_nodes\":\"16777217\"", STATUS_LIMIT,
         "the model has 16777217 nodes, where 16777216 are allowed"},
        {"\"num_deleted\":\"0\"", "\"num_deleted\":\"5\"", STATUS_INVALID,
         "tree 0, node 0: num_deleted must"},
        {"\"num_deleted\":\"0\"", "\"num_deleted\":\"1\"", STATUS_INVALID,
         "tree 0: 0 of its 5 nodes are nobody's child, and it says that 1 are"},
        {"[1,-1,3,-1,-1]", "[1,-1,0,-1,-1]", STATUS_INVALID,
         "tree 0, node 0: is the child of two nodes, or of itself"},
        {"[1,-1,3,-1,-1]", "[1,-1,2,-1,-1]", STATUS_INVALID,
         "tree 0, node 2: is the child of two nodes, or of itself"},
        {"[1,-1,3,-1,-1]", "[1,-1,4,-1,-1]", STATUS_INVALID,
         "tree 0, node 4: is the child of two nodes, or of itself"},
        {"[1,-1,3,-1,-1]", "[1,-1,5,-1,-1]", STATUS_INVALID,
         "tree 0, node 5: is a child, and there is no node of that number"},
        {"[1,-1,3,-1,-1]", "[1,-1,-2,-1,-1]", STATUS_INVALID,
         "tree 0, node 4294967294: is a child, and there is no node"},
        {"[2,-1,4,-1,-1]", "[2,-1,4294967295,-1,-1]", STATUS_INVALID,
         "tree 0, node 4294967294: is a child, and there is no node"},
        {"[1,-1,3,-1,-1]", "[1,-1,3.0,-1,-1]", STATUS_INVALID, "tree 0: left_children must be"},
        {"[5E-1,1E0", "[NaN,1E0", STATUS_INVALID, "tree 0, node 0: the threshold is not a number"},
        {"[5E-1,1E0", "[5E-1,Infinity", STATUS_INVALID, "tree 0, node 1: the leaf's value is not"},
        {"[5E-1,1E0", "[5E-1,1E99", STATUS_INVALID, "tree 0, node 1: the leaf's value is not"},
        {"[4E0,1E0,3E0", "[4E0,-1E0,3E0", STATUS_INVALID, "tree 0, node 1: the cover is negative"},
        {"[4E0,1E0,3E0", "[4E0,NaN,3E0", STATUS_INVALID, "tree 0, node 1: the cover is negative"},
        {"[0,0,1,0,0],\"split_type\"", "[0,0,2,0,0],\"split_type\"", STATUS_INVALID,
         "tree 0, node 2: asks for a feature that the model does not have"},
        {"[0,33]", "[0,-1]", STATUS_INVALID, "tree 0, node 2: a category is negative"},
        {"[0,33]", "[0,65536]", STATUS_LIMIT, "tree 0, node 2: a category is above"},
        {"\"categories_nodes\":[2]", "\"categories_nodes\":[1]", STATUS_INVALID,
         "tree 0, node 2: asks for a category, and categories_nodes lacks it"},
        {"\"categories_nodes\":[2]", "\"categories_nodes\":[2,3]", STATUS_INVALID,
         "tree 0: categories_segments must be an array of 2"},
        {"\"categories_sizes\":[2]", "\"categories_sizes\":[3]", STATUS_INVALID,
         "tree 0: categories_nodes must ascend"},
        {"[0,33]", "[0,33,7]", STATUS_INVALID, "tree 0: categories has 3, of which"},
        {"\"categories_segments\":[0]", "\"categories_segments\":[1]", STATUS_INVALID,
         "tree 0: categories_nodes must ascend"},
        {"\"id\":0,", "\"id\":0,\"id\":0,", STATUS_INVALID, "byte 362: the field whose value"},
        {"\"tree_info\":[0,0]", "\"tree_info\":[0,0", STATUS_INVALID, "byte 227: "},
    };
    check_changes(ensemble_read_xgboost_json, XGBOOST, changes, sizeof changes / sizeof changes[0]);
}

static void lightgbm_model_is_read(void **state)
{
    (void)state;
    struct world world;
    const struct ensemble *ensemble = &world.ensemble;
    assert_int_equal(read_text(&world, ensemble_read_lightgbm, view_of(LIGHTGBM)), STATUS_OK);
    assert_int_equal(ensemble->tree_count, 2);
    assert_int_equal(ensemble->link, ENSEMBLE_LOGISTIC);
    assert_true(ensemble->slope == 2 && ensemble->divisor == 1 && ensemble->base_margin == 0);
    assert_true(view_equal(ensemble->feature_names[1], VIEW("b")));
    assert_true(!ensemble->categorical[0] && ensemble->categorical[1]);
    assert_true(ensemble->nodes[0].cover == 4 && ensemble->nodes[1].cover == 1);
    const struct { double row[2]; double margin; } cases[] = {
        {{0.5, 0}, 9}, {{(double)NAN, 0}, 9}, {{0.75, 0}, 10}, {{0.75, -0.5}, 10},
        {{0.75, 33.9}, 10}, {{0.75, 1}, 12}, {{0.75, -1}, 12}, {{0.75, (double)NAN}, 12},
        {{0.75, (double)INFINITY}, 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(ensemble_margin(ensemble, cases[i].row) == cases[i].margin);
    arena_done(&world.arena);
}

static void lightgbm_variants_are_read(void **state)
{
    (void)state;
    static const struct { const char *find, *with; double row[2]; double margin; } cases[] = {
        {"label_index=0", "average_output", {0.5, 0}, 4.5},
        {"objective=binary sigmoid:2\n", "", {0.5, 0}, 9},
        {"decision_type=10", "decision_type=2", {(double)NAN, 0}, 9},
        {"decision_type=10", "decision_type=8", {(double)NAN, 1}, 12},
        {"decision_type=10", "decision_type=4", {1e-36, 1}, 12},
        {"threshold=0.5", "threshold=inf", {(double)INFINITY, 1}, 9},
        {"threshold=0.5", "threshold=-1.0000000180025095e-35", {-(double)1e-35f, 1}, 12},
        {"threshold=0.5", "threshold=-1.0000000180025095e-35", {-1.1e-35, 1}, 9},
        {"threshold=0.5", "threshold=0", {1e-35, 1}, 9},
        {"version=v4", "version=v3", {0.5, 1}, 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        char *text = replaced(LIGHTGBM, cases[i].find, cases[i].with);
        enum status status = read_text(&world, ensemble_read_lightgbm, view_of(text));
        if (status != STATUS_OK ||
            ensemble_margin(&world.ensemble, cases[i].row) != cases[i].margin)
            fail_msg("%s: %s", cases[i].with, world.diag.message);
        arena_done(&world.arena);
        free(text);
    }
}

static void wrong_lightgbm_models_are_refused(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"tree\n", "trees\n", STATUS_INVALID, "tree must be the first line"},
        {"version=v4", "version=v2", STATUS_INVALID, "version must be v3 or v4"},
        {"num_class=1", "num_class=3", STATUS_INVALID, "num_class says that the model tells"},
        {"_iteration=1", "_iteration=3", STATUS_INVALID, "num_class says that the model tells"},
        {"num_class=1\n", "", STATUS_INVALID, "num_class must be a whole number"},
        {"max_feature_idx=1", "max_feature_idx=4096", STATUS_LIMIT, "the model has 4097 features"},
        {"binary sigmoid:2", "poisson", STATUS_INVALID, "objective predicts neither"},
        {"binary sigmoid:2", "multiclass num_class:3", STATUS_INVALID, "objective predicts"},
        {"binary sigmoid:2", "regression sqrt", STATUS_INVALID, "objective predicts the square"},
        {"sigmoid:2", "sigmoid:-2", STATUS_INVALID, "objective has a sigmoid"},
        {"feature_names=a b", "feature_names=a", STATUS_INVALID, "feature_names must name all"},
        {"feature_names=a b", "feature_names=a b c", STATUS_INVALID, "feature_names names more"},
        {"feature_infos=[0:1] 0:1:33", "feature_infos=", STATUS_INVALID, "feature_infos must tell"},
        {"feature_infos=[0:1]", "feature_infos=0:1", STATUS_INVALID,
         "tree 0, node 0: a feature is asked as a number and as a category"},
        {"num_leaves=3", "num_leaves=0", STATUS_INVALID, "num_leaves must be above 0"},
        {"num_leaves=3", "num_leaves=x", STATUS_INVALID, "num_leaves must be a whole number"},
        {"num_leaves=3", "num_leaves=2", STATUS_INVALID, "tree 0: split_feature must be 1 whole"},
        {"num_leaves=3", "num_leaves=8388609", STATUS_LIMIT, "the model has 16777217 nodes"},
        {"num_cat=1", "num_cat=16777217", STATUS_LIMIT, "the model has 16777217 sets"},
        {"is_linear=0", "is_linear=1", STATUS_INVALID, "is_linear says that leaves are linear"},
        {"split_feature=0 1", "split_feature=0 2", STATUS_INVALID,
         "tree 0, node 1: asks for a feature that the model does not have"},
        {"split_feature=0 1", "split_feature=0 -1", STATUS_INVALID, "tree 0, node 1: asks for a"},
        {"threshold=0.5", "threshold=nan", STATUS_INVALID, "tree 0, node 0: the threshold is not"},
        {"threshold=0.5", "threshold=0,5", STATUS_INVALID, "tree 0: threshold must be 2 numbers"},
        {"threshold=0.5 0", "threshold=0.5 0 1", STATUS_INVALID, "tree 0: threshold must be 2"},
        {"threshold=0.5 0", "threshold=0.5 1", STATUS_INVALID,
         "tree 0, node 1: its threshold is the number of no set"},
        {"decision_type=10 1", "decision_type=12 1", STATUS_INVALID, "tree 0, node 0: a decision"},
        {"decision_type=10 1", "decision_type=-1 1", STATUS_INVALID, "tree 0, node 0: a decision"},
        {"left_child=-1", "left_child=0", STATUS_INVALID,
         "tree 0, node 0: is the child of two nodes, or of itself"},
        {"left_child=-1 -2", "left_child=-1 -1", STATUS_INVALID,
         "tree 0, node 2: is the child of two nodes, or of itself"},
        {"left_child=-1", "left_child=-4", STATUS_INVALID, "tree 0, node 5: is a child, and there"},
        {"left_child=-1", "left_child=2", STATUS_INVALID, "tree 0, node 5: is a child, and there"},
        {"left_child=-1", "left_child=-9223372036854775808", STATUS_INVALID, "tree 0, node 5: is"},
        {"right_child=1", "right_child=-2", STATUS_INVALID, "tree 0: 2 of its 5 nodes are"},
        {"leaf_value=1 2", "leaf_value=1 inf", STATUS_INVALID, "tree 0, node 3: the leaf's value"},
        {"leaf_count=1 2", "leaf_count=1 -2", STATUS_INVALID, "tree 0, node 3: the cover is"},
        {"leaf_count=1 2 1\n", "", STATUS_INVALID, "tree 0: leaf_count must be 3 numbers"},
        {"cat_boundaries=0 2", "cat_boundaries=0 3", STATUS_INVALID, "tree 0, node 1: its set of"},
        {"cat_boundaries=0 2", "cat_boundaries=1 0", STATUS_INVALID, "tree 0, node 1: its set of"},
        {"cat_boundaries=0 2", "cat_boundaries=0", STATUS_INVALID, "tree 0: cat_boundaries must"},
        {"cat_threshold=1 2", "cat_threshold=1 4294967296", STATUS_INVALID,
         "tree 0: cat_threshold must be 2 words of 32 bits"},
        {"shrinkage=1\n", "num_cat=1\n", STATUS_INVALID, "num_cat stands twice"},
        {"Tree=1", "Tree=2", STATUS_INVALID, "Tree must be counted from 0"},
        {"end of trees", "", STATUS_INVALID, "end of trees must stand behind the last tree"},
    };
    check_changes(ensemble_read_lightgbm, LIGHTGBM, changes, sizeof changes / sizeof changes[0]);
}

/* What a small file says that it has takes no memory before it is there. */
static void sizes_are_not_believed(void **state)
{
    (void)state;
    static const char *const claims[][2] = {
        {"num_leaves=3", "num_leaves=8000000"}, {"num_cat=1", "num_cat=16000000"}};
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        struct mem_meter meter;
        struct world world = {0};
        char *text = replaced(LIGHTGBM, claims[i][0], claims[i][1]);
        mem_meter_init(&meter, mem_libc());
        arena_init(&world.arena, &meter.mem, 0);
        assert_int_equal(ensemble_read_lightgbm(view_of(text), &world.arena, &world.ensemble,
                                                &world.diag), STATUS_INVALID);
        assert_true(meter.used_bytes_peak < 64 << 10);
        arena_done(&world.arena);
        free(text);
    }
}

static struct view fixture(const char *name, struct buf *buf)
{
    char path[PATH_BYTES_MAX];
    char part[4096];
    snprintf(path, sizeof path, "%s/models/%s", getenv("WEIR_GOLDEN"), name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    buf_init(buf, mem_libc());
    for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
        buf_put(buf, part, size);
    fclose(file);
    assert_int_equal(buf_status(buf), STATUS_OK);
    return buf_view(buf);
}

/* Every file that ends too early is refused, and says so. `end`: what may be missing. */
static void check_cut(reader_fn *reader, struct view whole, size_t end)
{
    for (size_t size = 0; size < whole.size_bytes - end; size++) {
        struct world world;
        char *cut = malloc(size + 1);
        assert_non_null(cut);
        memcpy(cut, whole.data, size);
        assert_int_equal(read_text(&world, reader, (struct view){cut, size}), STATUS_INVALID);
        assert_true(world.diag.message[0] != '\0');
        arena_done(&world.arena);
        free(cut);
    }
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    struct buf buf;
    check_cut(ensemble_read_xgboost_json, view_of(XGBOOST), 0);
    check_cut(ensemble_read_xgboost_ubj, fixture("xgboost-1.7.6-003.ubj", &buf), 0);
    check_cut(ensemble_read_lightgbm, view_of(LIGHTGBM),
              strlen(strstr(LIGHTGBM, "\n\nfeature_importances")));
    buf_done(&buf);
}

static void check_faults(reader_fn *reader, struct view text)
{
    enum status status = STATUS_NO_MEMORY;
    size_t fail_at = 0;
    while (status == STATUS_NO_MEMORY) {
        struct mem_meter meter;
        struct world world = {0};
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++fail_at;
        arena_init(&world.arena, &meter.mem, 0);
        status = reader(text, &world.arena, &world.ensemble, &world.diag);
        assert_true((status == STATUS_OK) == (world.ensemble.nodes != NULL));
        arena_done(&world.arena);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_int_equal(status, STATUS_OK);
    assert_true(fail_at > 5);
    print_message("# %zu allocations failed, one at a time\n", fail_at - 1);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct buf buf;
    check_faults(ensemble_read_xgboost_json, view_of(XGBOOST));
    check_faults(ensemble_read_xgboost_ubj, fixture("xgboost-1.7.6-003.ubj", &buf));
    check_faults(ensemble_read_lightgbm, view_of(LIGHTGBM));
    buf_done(&buf);
}

static void arena_bound_holds(void **state)
{
    (void)state;
    struct arena arena;
    struct ensemble ensemble;
    arena_init(&arena, mem_libc(), 100);
    assert_int_equal(ensemble_read_xgboost_json(view_of(XGBOOST), &arena, &ensemble, NULL),
                     STATUS_NO_MEMORY);
    assert_int_equal(ensemble_read_lightgbm(view_of(LIGHTGBM), &arena, &ensemble, NULL),
                     STATUS_NO_MEMORY);
    arena_done(&arena);
}

static void files_too_long_are_refused(void **state)
{
    (void)state;
    reader_fn *const readers[] = {
        ensemble_read_xgboost_json, ensemble_read_xgboost_ubj, ensemble_read_lightgbm};
    for (size_t i = 0; i < 3; i++) {
        struct world world;
        struct view text = {XGBOOST, ENSEMBLE_FILE_BYTES_MAX + 1};
        assert_int_equal(read_text(&world, readers[i], text), STATUS_LIMIT);
        assert_non_null(strstr(world.diag.message, "bytes"));
        arena_done(&world.arena);
    }
}

static void too_many_trees_are_refused(void **state)
{
    (void)state;
    struct buf buf;
    struct world world;
    buf_init(&buf, mem_libc());
    const char *trees = strstr(LIGHTGBM, "Tree=0");
    buf_put(&buf, LIGHTGBM, (size_t)(trees - LIGHTGBM));
    for (int i = 0; i <= ENSEMBLE_TREES_MAX; i++)
        buf_printf(&buf, "Tree=%d\nnum_leaves=1\nnum_cat=0\nleaf_value=1\n", i);
    buf_put_text(&buf, "end of trees\n");
    assert_int_equal(read_text(&world, ensemble_read_lightgbm, buf_view(&buf)), STATUS_LIMIT);
    assert_string_equal(world.diag.message, "the model has 100001 trees, where 100000 are allowed");
    arena_done(&world.arena);
    buf_clear(&buf);
    buf_put_text(&buf, "{\"learner\":{\"gradient_booster\":{\"name\":\"gbtree\",\"model\":{"
                 "\"gbtree_model_param\":{\"num_trees\":\"1000000\"},\"trees\":[{}");
    for (int i = 1; i < 1000000; i++)
        buf_put_text(&buf, ",{  }");
    buf_put_text(&buf, "]}},\"learner_model_param\":{\"base_score\":\"0\","
                 "\"num_feature\":\"1\"}}}");
    assert_int_equal(read_text(&world, ensemble_read_xgboost_json, buf_view(&buf)), STATUS_LIMIT);
    assert_non_null(strstr(world.diag.message, "memory"));
    arena_done(&world.arena);
    buf_done(&buf);
}

static void put_numbers(struct buf *buf, const char *key, int count, const char *number)
{
    buf_printf(buf, "\"%s\":[", key);
    for (int i = 0; i < count; i++)
        buf_printf(buf, i == 0 ? "%s" : ",%s", number);
    buf_put_text(buf, "],");
}

/* A model of one tree: of `splits` splits, each on category 65535 or on a number; a chain, or full
 * in the order of its levels. */
static void put_tree(struct buf *buf, int splits, bool chain, bool set)
{
    int nodes = 2 * splits + 1;
    buf_put_text(buf, "{\"learner\":{\"objective\":{\"name\":\"reg:squarederror\"},"
                 "\"learner_model_param\":{\"base_score\":\"0\",\"num_feature\":\"1\"},"
                 "\"gradient_booster\":{\"name\":\"gbtree\",\"model\":{\"gbtree_model_param\":"
                 "{\"num_trees\":\"1\"},\"trees\":[{\"categories_nodes\":[");
    for (int i = 0; set && i < splits; i++)
        buf_printf(buf, i == 0 ? "%d" : ",%d", i);
    buf_put_text(buf, "],\"categories_segments\":[");
    for (int i = 0; set && i < splits; i++)
        buf_printf(buf, i == 0 ? "%d" : ",%d", i);
    buf_put_text(buf, "],");
    put_numbers(buf, "categories", set ? splits : 0, "65535");
    put_numbers(buf, "categories_sizes", set ? splits : 0, "1");
    put_numbers(buf, "split_conditions", nodes, "1E0");
    put_numbers(buf, "split_indices", nodes, "0");
    put_numbers(buf, "default_left", nodes, "0");
    put_numbers(buf, "split_type", nodes, set ? "1" : "0");
    put_numbers(buf, "sum_hessian", nodes, "1");
    for (int right = 0; right < 2; right++) {
        buf_put_text(buf, right == 1 ? "\"right_children\":[" : "\"left_children\":[");
        for (int i = 0; i < nodes; i++) {
            bool split = chain ? i % 2 == 0 && i < nodes - 1 : i < splits;
            int left = chain ? i + 1 : 2 * i + 1;
            buf_printf(buf, i == 0 ? "%d" : ",%d", split ? left + right : -1);
        }
        buf_put_text(buf, "],");
    }
    buf_printf(buf, "\"tree_param\":{\"num_nodes\":\"%d\"}}]}}}}", nodes);
}

static enum status read_tree(int splits, bool chain, bool set, struct diag *diag)
{
    struct buf buf;
    struct world world;
    buf_init(&buf, mem_libc());
    put_tree(&buf, splits, chain, set);
    enum status status = read_text(&world, ensemble_read_xgboost_json, buf_view(&buf));
    *diag = world.diag;
    arena_done(&world.arena);
    buf_done(&buf);
    return status;
}

static void depth_and_sets_are_limited(void **state)
{
    (void)state;
    struct diag diag;
    int depth = ENSEMBLE_DEPTH_MAX;
    int sets = (int)(ENSEMBLE_SET_WORDS_MAX / (ENSEMBLE_CATEGORIES_MAX / 32));
    assert_int_equal(read_tree(depth, true, false, &diag), STATUS_OK);
    assert_int_equal(read_tree(depth + 1, true, false, &diag), STATUS_LIMIT);
    assert_string_equal(diag.message, "tree 0, node 256: the tree is deeper than 128");
    assert_int_equal(read_tree(100000, true, false, &diag), STATUS_LIMIT);
    assert_int_equal(read_tree(sets, false, true, &diag), STATUS_OK);
    assert_int_equal(read_tree(sets + 1, false, true, &diag), STATUS_LIMIT);
    assert_non_null(strstr(diag.message, "16779264 words in its sets"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xgboost_model_is_read),
        cmocka_unit_test(xgboost_variants_are_read),
        cmocka_unit_test(nodes_that_pruning_took_away_are_left_out),
        cmocka_unit_test(wrong_xgboost_models_are_refused),
        cmocka_unit_test(lightgbm_model_is_read),
        cmocka_unit_test(lightgbm_variants_are_read),
        cmocka_unit_test(wrong_lightgbm_models_are_refused),
        cmocka_unit_test(sizes_are_not_believed),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(arena_bound_holds),
        cmocka_unit_test(files_too_long_are_refused),
        cmocka_unit_test(too_many_trees_are_refused),
        cmocka_unit_test(depth_and_sets_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
