/* One idea: XGBoost writes a model as one tree of values, in JSON or in UBJ; one walk over that
 * tree reads both. Each decision tree has parallel arrays, one item per node:
 *
 *     left_children, right_children   numbers of nodes; -1: a leaf
 *     split_indices                   the feature
 *     split_conditions                the threshold; of a leaf, its value; a float
 *     split_type                      1: a category is asked for
 *     default_left                    1: missing values go left
 *     sum_hessian                     the cover
 *     categories                      of all categorical splits, one behind the other; of split
 *     categories_nodes/_segments/_sizes   i: its node, its first category and how many
 *
 * Nodes that pruning took away stay in the arrays, as nobody's children; tree_param.num_deleted
 * says how many. */
#include "codec/number.h"
#include "model/ensemble_int.h"
#include "model/real.h"

/* Memory that the document's tree of values may take: so many times its bytes, and a start. Nearly
 * all of a model are runs of numbers, which take four times their text at most. */
#define DOCUMENT_FACTOR ((size_t)8)
#define DOCUMENT_BYTES_MIN ((size_t)1 << 20)

/* What is read of a file, besides the trees. */
struct head {
    const struct tree_value *trees;   /* their list */
    const struct tree_value *weights; /* of a dart booster's trees, or NULL */
    double base_score;
};

struct xgboost_tree {
    struct build_source source; /* first, so that it can be cast back */
    const struct tree_value *left, *right, *feature, *threshold, *is_set, *default_left, *cover;
    const struct tree_value *categories, *set_nodes, *set_starts, *set_sizes;
    double weight;
};

static enum status wrong(struct diag *diag, const char *field, const char *what)
{
    diag_set(diag, "xgboost-field", "%s %s", field, what);
    diag_field(diag, "%s", field);
    return STATUS_INVALID;
}

static enum status unfit(struct diag *diag, const char *what)
{
    diag_set(diag, "xgboost-kind", "%s", what);
    return STATUS_INVALID;
}

/* A whole number, which XGBoost writes as a string, from 0 to UINT32_MAX. */
static bool parameter(const struct tree_value *value, uint32_t *ret_value)
{
    struct view text;
    int64_t number;
    bool good = tree_text(value, &text) ? number_parse_i64(text, &number) == STATUS_OK
                                        : tree_i64(value, &number);
    if (!good || number < 0 || number > UINT32_MAX)
        return false;
    *ret_value = (uint32_t)number;
    return true;
}

/* A parameter that may be absent, which says as much as 0. */
static bool parameter_or_0(const struct tree_value *object, struct view key, uint32_t *ret_value)
{
    const struct tree_value *value = tree_field(object, key);
    *ret_value = 0;
    return value == NULL || parameter(value, ret_value);
}

/* Reads base_score: "5E-1", or since 3.1 "[5E-1]" with one number per output. */
static enum status read_base_score(const struct tree_value *parameters, struct diag *diag,
                                   double *ret_score)
{
    struct view text;
    double score;
    if (!tree_text(tree_field(parameters, VIEW("base_score")), &text))
        return wrong(diag, "base_score", "must be a number in quotes");
    if (text.size_bytes >= 2 && text.data[0] == '[' && text.data[text.size_bytes - 1] == ']')
        text = (struct view){text.data + 1, text.size_bytes - 2};
    if (number_parse_f64(text, &score) != STATUS_OK)
        return wrong(diag, "base_score", "must be one number in quotes");
    *ret_score = score;
    return STATUS_OK;
}

/* The objectives that struct ensemble can say. Where the prediction is a probability, base_score is
 * one too; else it is a margin, for logitraw also. */
static const struct objective {
    struct view name;
    bool logistic;
} objectives[] = {
    {{"binary:logistic", 15}, true},
    {{"binary:logitraw", 15}, false},
    {{"rank:map", 8}, false},
    {{"rank:ndcg", 9}, false},
    {{"rank:pairwise", 13}, false},
    {{"reg:absoluteerror", 17}, false},
    {{"reg:expectileerror", 18}, false},
    {{"reg:linear", 10}, false},
    {{"reg:logistic", 12}, true},
    {{"reg:pseudohubererror", 20}, false},
    {{"reg:quantileerror", 17}, false},
    {{"reg:squarederror", 16}, false},
    {{"reg:squaredlogerror", 19}, false},
};

static enum status read_objective(const struct tree_value *learner, double base_score,
                                  struct ensemble *ensemble, struct diag *diag)
{
    struct view name;
    if (!tree_text(tree_field(tree_field(learner, VIEW("objective")), VIEW("name")), &name))
        return wrong(diag, "objective", "must have a name");
    const struct objective *objective = NULL;
    for (size_t i = 0; i < sizeof objectives / sizeof objectives[0]; i++)
        if (view_equal(name, objectives[i].name))
            objective = &objectives[i];
    if (objective == NULL) {
        diag_set(diag, "xgboost-objective", "the objective %.*s predicts neither a margin nor the "
                 "logistic function of one", VIEW_ARG(name));
        diag_hint(diag, "binary:logistic and reg:squarederror are among those that do");
        return STATUS_INVALID;
    }
    ensemble->link = objective->logistic ? ENSEMBLE_LOGISTIC : ENSEMBLE_IDENTITY;
    ensemble->base_margin = base_score;
    if (!objective->logistic)
        return STATUS_OK;
    if (!(base_score > 0 && base_score < 1))
        return wrong(diag, "base_score", "must lie between 0 and 1 for this objective");
    float odds = 1.0f / (float)base_score - 1.0f; /* in floats, as XGBoost does */
    if (!(odds > 0))
        return wrong(diag, "base_score", "is too near to 0 or 1");
    ensemble->base_margin = -(double)(float)real_log((double)odds);
    return STATUS_OK;
}

/* Reads a list of strings, one per feature, or an empty one: then *ret_names stays NULL. */
static enum status read_names(const struct tree_value *list, uint32_t feature_count,
                              struct arena *arena, const struct view **ret_names,
                              struct diag *diag)
{
    if (list == NULL || (list->kind == TREE_ARRAY && list->count == 0))
        return STATUS_OK;
    if (list->kind != TREE_ARRAY || list->count != feature_count)
        return wrong(diag, "feature_names", "must name all features or none");
    struct view *names = arena_array(arena, feature_count, sizeof *names);
    if (names == NULL)
        return STATUS_NO_MEMORY;
    uint32_t count = 0;
    for (const struct tree_value *item = tree_first(list); item != NULL; item = item->next) {
        struct view text;
        if (!tree_text(item, &text))
            return wrong(diag, "feature_names", "must be strings");
        names[count] = arena_copy(arena, text);
        if (names[count++].data == NULL)
            return STATUS_NO_MEMORY;
    }
    if (count != feature_count)
        return wrong(diag, "feature_names", "must be strings");
    *ret_names = names;
    return STATUS_OK;
}

/* Marks the features of the type "c". */
static enum status read_types(const struct tree_value *list, struct build *build)
{
    if (list == NULL || (list->kind == TREE_ARRAY && list->count == 0))
        return STATUS_OK;
    if (list->kind != TREE_ARRAY || list->count != build->ensemble.feature_count)
        return wrong(build->diag, "feature_types", "must name the types of all features or none");
    uint32_t count = 0;
    for (const struct tree_value *item = tree_first(list); item != NULL; item = item->next) {
        struct view text;
        if (!tree_text(item, &text))
            return wrong(build->diag, "feature_types", "must be strings");
        build->categorical[count++] = view_equal(text, VIEW("c"));
    }
    if (count != list->count)
        return wrong(build->diag, "feature_types", "must be strings");
    return STATUS_OK;
}

/* Reads which trees there are, and their weights. */
static enum status read_booster(const struct tree_value *learner, struct head *head,
                                struct diag *diag)
{
    struct view name = {NULL, 0};
    const struct tree_value *booster = tree_field(learner, VIEW("gradient_booster"));
    if (!tree_text(tree_field(booster, VIEW("name")), &name))
        return wrong(diag, "gradient_booster", "must have a name");
    if (view_equal(name, VIEW("dart"))) {
        head->weights = tree_field(booster, VIEW("weight_drop"));
        if (!tree_is_run(head->weights))
            return wrong(diag, "weight_drop", "must be an array of numbers");
        booster = tree_field(booster, VIEW("gbtree"));
    } else if (view_equal(name, VIEW("gblinear"))) {
        return unfit(diag, "a linear booster (gblinear) has no trees");
    } else if (!view_equal(name, VIEW("gbtree"))) {
        return wrong(diag, "gradient_booster", "must be gbtree or dart");
    }
    uint32_t tree_count;
    const struct tree_value *model = tree_field(booster, VIEW("model"));
    const struct tree_value *parameters = tree_field(model, VIEW("gbtree_model_param"));
    head->trees = tree_field(model, VIEW("trees"));
    if (head->trees == NULL || head->trees->kind != TREE_ARRAY)
        return wrong(diag, "trees", "must be an array of trees");
    if (!parameter(tree_field(parameters, VIEW("num_trees")), &tree_count) ||
        tree_count != head->trees->count)
        return wrong(diag, "num_trees", "must be the number of the trees that are there");
    if (head->weights != NULL && head->weights->count != tree_count)
        return wrong(diag, "weight_drop", "must have one number for each tree");
    return count_check(diag, tree_count, "trees", ENSEMBLE_TREES_MAX);
}

/* One of a tree's arrays, which has an item for each node. */
static enum status read_array(const struct build *build, const struct tree_value *object,
                              const char *key, bool whole, uint32_t count,
                              const struct tree_value **ret_run)
{
    const struct tree_value *run = tree_field(object, view_of(key));
    if (whole ? tree_is_whole_run(run) : tree_is_run(run)) {
        *ret_run = run;
        if (run->count == count)
            return STATUS_OK;
    }
    diag_set(build->diag, "xgboost-array", "tree %u: %s must be an array of %u %snumbers",
             build->ensemble.tree_count, key, count, whole ? "whole " : "");
    diag_field(build->diag, "%s", key);
    return STATUS_INVALID;
}

/* Reads the arrays of all nodes. */
static enum status read_node_arrays(const struct build *build, const struct tree_value *object,
                                    struct xgboost_tree *tree)
{
    const struct { const char *key; bool whole; const struct tree_value **to; } arrays[] = {
        {"left_children", true, &tree->left}, {"right_children", true, &tree->right},
        {"split_indices", true, &tree->feature}, {"split_conditions", false, &tree->threshold},
        {"default_left", true, &tree->default_left}, {"sum_hessian", false, &tree->cover},
        {"split_type", true, &tree->is_set},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof arrays / sizeof arrays[0]; i++)
        status = read_array(build, object, arrays[i].key, arrays[i].whole,
                            tree->source.node_count, arrays[i].to);
    return status;
}

/* Reads the arrays of the categorical splits, and checks that nodes ascend and that their
 * categories lie one behind the other. */
static enum status read_set_arrays(const struct build *build, const struct tree_value *object,
                                   struct xgboost_tree *tree)
{
    const struct tree_value *categories = tree_field(object, VIEW("categories"));
    const struct tree_value *nodes = tree_field(object, VIEW("categories_nodes"));
    uint32_t count = nodes == NULL ? 0 : nodes->count;
    uint32_t category_count = categories == NULL ? 0 : categories->count;
    enum status status =
        read_array(build, object, "categories", true, category_count, &tree->categories);
    if (status == STATUS_OK)
        status = read_array(build, object, "categories_nodes", true, count, &tree->set_nodes);
    if (status == STATUS_OK)
        status = read_array(build, object, "categories_segments", true, count, &tree->set_starts);
    if (status == STATUS_OK)
        status = read_array(build, object, "categories_sizes", true, count, &tree->set_sizes);
    int64_t start = 0;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        int64_t size = tree_run_i64(tree->set_sizes, i);
        if (tree_run_i64(tree->set_starts, i) != start || size < 0 ||
            size > category_count - start ||
            (i > 0 && tree_run_i64(tree->set_nodes, i - 1) >= tree_run_i64(tree->set_nodes, i))) {
            diag_set(build->diag, "xgboost-array", "tree %u: categories_nodes must ascend, and "
                     "categories_segments and _sizes follow on one another",
                     build->ensemble.tree_count);
            return STATUS_INVALID;
        }
        start += size;
    }
    if (status == STATUS_OK && start != category_count) {
        diag_set(build->diag, "xgboost-array", "tree %u: categories has %u, of which "
                 "categories_sizes counts %lld", build->ensemble.tree_count, category_count,
                 (long long)start);
        return STATUS_INVALID;
    }
    return status;
}

/* Puts the categories from `start` on into a set of the node. */
static enum status read_set(const struct xgboost_tree *tree, struct build *build, uint32_t id,
                            int64_t start, int64_t size, struct ensemble_node *node)
{
    int64_t largest = -1;
    for (int64_t i = 0; i < size; i++) {
        int64_t category = tree_run_i64(tree->categories, (uint32_t)(start + i));
        if (category < 0)
            return build_refuse(build, id, "a category is negative");
        if (category >= ENSEMBLE_CATEGORIES_MAX) {
            (void)build_refuse(build, id, "a category is above the largest that is allowed, 65535");
            return STATUS_LIMIT;
        }
        largest = category > largest ? category : largest;
    }
    node->set_word_count = (uint32_t)(largest + 32) / 32;
    enum status status = build_words(build, node->set_word_count, &node->set_first);
    for (int64_t i = 0; status == STATUS_OK && i < size; i++) {
        int64_t category = tree_run_i64(tree->categories, (uint32_t)(start + i));
        build->sets[node->set_first + category / 32] |= UINT32_C(1) << category % 32;
    }
    return status;
}

/* Finds the categories of a node by halving. */
static enum status find_set(const struct xgboost_tree *tree, struct build *build, uint32_t id,
                            struct ensemble_node *node)
{
    uint32_t low = 0;
    uint32_t high = tree->set_nodes->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tree_run_i64(tree->set_nodes, middle) < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == tree->set_nodes->count || tree_run_i64(tree->set_nodes, low) != id)
        return build_refuse(build, id, "asks for a category, and categories_nodes lacks it");
    return read_set(tree, build, id, tree_run_i64(tree->set_starts, low),
                    tree_run_i64(tree->set_sizes, low), node);
}

/* A child's number for struct build: one that cannot be is beyond all nodes, and no leaf's mark. */
static uint32_t child(int64_t number)
{
    return number < 0 || number >= ENSEMBLE_LEAF ? ENSEMBLE_LEAF - 1 : (uint32_t)number;
}

static enum status read_node(const struct build_source *source, struct build *build, uint32_t id,
                             struct ensemble_node *ret_node)
{
    const struct xgboost_tree *tree = (const struct xgboost_tree *)source;
    struct ensemble_node node = {.left = ENSEMBLE_LEAF, .test = ENSEMBLE_LESS};
    float number = (float)tree_run_f64(tree->threshold, id);
    int64_t feature = tree_run_i64(tree->feature, id);
    node.cover = tree_run_f64(tree->cover, id);
    enum status status = STATUS_OK;
    if (tree_run_i64(tree->left, id) == -1) {
        node.value = (double)number * tree->weight;
    } else {
        node.left = child(tree_run_i64(tree->left, id));
        node.right = child(tree_run_i64(tree->right, id));
        node.threshold = (double)number;
        node.default_left = tree_run_i64(tree->default_left, id) != 0;
        if (feature < 0 || feature >= build->ensemble.feature_count)
            return build_refuse(build, id, "asks for a feature that the model does not have");
        node.feature = (uint16_t)feature;
        if (tree_run_i64(tree->is_set, id) != 0) {
            node.test = ENSEMBLE_IN_SET_RIGHT;
            node.threshold = 0;
            status = find_set(tree, build, id, &node);
        }
    }
    if (status == STATUS_OK)
        *ret_node = node;
    return status;
}

static enum status read_tree(struct build *build, const struct tree_value *object, double weight)
{
    struct xgboost_tree tree = {.source.read = read_node, .weight = weight};
    const struct tree_value *parameters = tree_field(object, VIEW("tree_param"));
    uint32_t leaf_size;
    if (!parameter_or_0(parameters, VIEW("size_leaf_vector"), &leaf_size) || leaf_size > 1)
        return unfit(build->diag, "leaves with several outputs (size_leaf_vector above 1)");
    if (!parameter(tree_field(parameters, VIEW("num_nodes")), &tree.source.node_count) ||
        tree.source.node_count == 0)
        return build_refuse(build, 0, "num_nodes must be the number of the nodes");
    if (!parameter_or_0(parameters, VIEW("num_deleted"), &tree.source.unused_count) ||
        tree.source.unused_count >= tree.source.node_count)
        return build_refuse(build, 0, "num_deleted must be below num_nodes");
    enum status status =
        count_check(build->diag, tree.source.node_count, "nodes", ENSEMBLE_NODES_MAX);
    if (status == STATUS_OK)
        status = read_node_arrays(build, object, &tree);
    if (status == STATUS_OK)
        status = read_set_arrays(build, object, &tree);
    return status == STATUS_OK ? build_tree(build, &tree.source) : status;
}

static enum status read_trees(struct build *build, const struct head *head)
{
    uint32_t count = 0;
    enum status status = STATUS_OK;
    for (const struct tree_value *tree = tree_first(head->trees);
         status == STATUS_OK && tree != NULL; tree = tree->next) {
        double weight = head->weights == NULL ? 1 : tree_run_f64(head->weights, count);
        status = read_tree(build, tree, weight);
        count++;
    }
    if (status == STATUS_OK && count != head->trees->count)
        return wrong(build->diag, "trees", "must be objects");
    return status;
}

/* Reads learner_model_param. */
static enum status read_parameters(const struct tree_value *learner, uint32_t *ret_feature_count,
                                   double *ret_base_score, struct diag *diag)
{
    const struct tree_value *parameters = tree_field(learner, VIEW("learner_model_param"));
    uint32_t class_count;
    uint32_t target_count;
    if (!parameter(tree_field(parameters, VIEW("num_feature")), ret_feature_count))
        return wrong(diag, "num_feature", "must be a whole number");
    if (!parameter_or_0(parameters, VIEW("num_class"), &class_count) || class_count > 1)
        return unfit(diag, "the model tells several classes apart (num_class)");
    if (!parameter_or_0(parameters, VIEW("num_target"), &target_count) || target_count > 1)
        return unfit(diag, "the model has several outputs (num_target)");
    return read_base_score(parameters, diag, ret_base_score);
}

static enum status read_model(struct build *build, const struct tree_value *learner,
                              double base_score, struct ensemble *ret_ensemble)
{
    struct head head = {.base_score = base_score};
    struct ensemble *ensemble = &build->ensemble;
    enum status status = read_booster(learner, &head, build->diag);
    if (status == STATUS_OK)
        status = read_objective(learner, base_score, ensemble, build->diag);
    if (status == STATUS_OK)
        status = read_names(tree_field(learner, VIEW("feature_names")), ensemble->feature_count,
                            build->arena, &ensemble->feature_names, build->diag);
    if (status == STATUS_OK)
        status = read_types(tree_field(learner, VIEW("feature_types")), build);
    if (status == STATUS_OK)
        status = read_trees(build, &head);
    return status == STATUS_OK ? build_finish(build, ret_ensemble) : status;
}

enum status ensemble_read_xgboost(const struct tree_value *root, struct arena *arena,
                                  struct ensemble *ret_ensemble, struct diag *diag)
{
    struct build build;
    uint32_t feature_count;
    double base_score;
    const struct tree_value *learner = tree_field(root, VIEW("learner"));
    if (learner == NULL)
        return wrong(diag, "learner", "must be there in a model of XGBoost");
    enum status status = read_parameters(learner, &feature_count, &base_score, diag);
    if (status != STATUS_OK)
        return status;
    status = build_init(&build, feature_count, arena, diag);
    if (status == STATUS_OK)
        status = read_model(&build, learner, base_score, ret_ensemble);
    build_done(&build);
    return status;
}

/* The document's own arena, with a bound that follows from its size. */
static void arena_for(struct view bytes, const struct arena *arena, struct arena *ret_document)
{
    arena_init(ret_document, arena->mem,
               bytes.size_bytes * DOCUMENT_FACTOR + DOCUMENT_BYTES_MIN);
}

enum status ensemble_read_xgboost_json(struct view bytes, struct arena *arena,
                                       struct ensemble *ret_ensemble, struct diag *diag)
{
    struct arena document;
    const struct tree_value *root = NULL;
    arena_for(bytes, arena, &document);
    enum status status = tree_read_json(bytes, true, &document, &root, diag);
    if (status == STATUS_OK)
        status = ensemble_read_xgboost(root, arena, ret_ensemble, diag);
    arena_done(&document);
    return status;
}

enum status ensemble_read_xgboost_ubj(struct view bytes, struct arena *arena,
                                      struct ensemble *ret_ensemble, struct diag *diag)
{
    struct arena document;
    const struct tree_value *root = NULL;
    arena_for(bytes, arena, &document);
    enum status status = tree_read_ubj(bytes, &document, &root, diag);
    if (status == STATUS_OK)
        status = ensemble_read_xgboost(root, arena, ret_ensemble, diag);
    arena_done(&document);
    return status;
}
