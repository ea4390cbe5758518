/* One idea: trees are added up, so the mean of models is the model of all their trees with every
 * leaf divided by their number. The documents are read and written as trees of values, so that the
 * order of their fields, which is another in each version of the library, does not matter; a number
 * is written as the decimal that it was read from.
 *
 * Changed are, in a tree, its number and the values of its leaves; in the document, which is the
 * first member's, the trees, their number, tree_info (the class of each tree: 0) and
 * iteration_indptr (which later versions of the library write, and make up where it is missing). A
 * lone member stays as it is. */
#include "model/merge.h"

#include "base/assert.h"
#include "codec/json.h"
#include "codec/tree_put.h"

/* What is written in place of one field of an object. */
struct change {
    struct view key;
    /* NULL: the field, which may be missing, is left out. */
    enum status (*put)(struct merge *merge, const struct tree_value *value, struct buf *out,
                       struct diag *diag);
};

#define CHANGES_MAX 4

void merge_init(struct merge *merge, unsigned member_count, struct mem *mem)
{
    ASSERT(member_count > 0);
    *merge = (struct merge){.member_count = member_count};
    buf_init(&merge->document, mem);
    buf_init(&merge->first, mem);
    buf_init(&merge->trees, mem);
}

void merge_done(struct merge *merge)
{
    buf_done(&merge->document);
    buf_done(&merge->first);
    buf_done(&merge->trees);
}

struct buf *merge_begin_member(struct merge *merge)
{
    buf_clear(&merge->document);
    return &merge->document;
}

static enum status odd(struct diag *diag, struct view key)
{
    diag_set(diag, "xgboost-document", "XGBoost wrote a document without %.*s where it was looked "
             "for", VIEW_ARG(key));
    return STATUS_INVALID;
}

/* Writes an object with other values in the fields that `changes` names. */
static enum status put_object(struct merge *merge, const struct tree_value *object,
                              const struct change *changes, size_t change_count, struct buf *out,
                              struct diag *diag)
{
    bool found[CHANGES_MAX] = {false};
    bool first = true;
    ASSERT(change_count <= CHANGES_MAX);
    buf_put_char(out, '{');
    for (const struct tree_value *at = tree_first(object); at != NULL; at = at->next) {
        size_t i = 0;
        while (i < change_count && !view_equal(at->key, changes[i].key))
            i++;
        if (i < change_count)
            found[i] = true;
        if (i < change_count && changes[i].put == NULL)
            continue;
        if (!first)
            buf_put_char(out, ',');
        first = false;
        json_put_string(out, at->key);
        buf_put_char(out, ':');
        enum status status = STATUS_OK;
        if (i < change_count)
            status = changes[i].put(merge, at, out, diag);
        else
            tree_put_json(at, out);
        if (status != STATUS_OK)
            return status;
    }
    buf_put_char(out, '}');
    for (size_t i = 0; i < change_count; i++)
        if (!found[i] && changes[i].put != NULL)
            return odd(diag, changes[i].key);
    return buf_status(out);
}

/* ---- a tree ---- */

static enum status put_number(struct merge *merge, const struct tree_value *value, struct buf *out,
                              struct diag *diag)
{
    (void)value;
    (void)diag;
    buf_printf(out, "%zu", merge->tree_count);
    return buf_status(out);
}

/* Writes the split conditions of a tree, which for a leaf (a node without a left child) are its
 * value: of that its share of the mean. */
static enum status put_conditions(struct merge *merge, const struct tree_value *value,
                                  struct buf *out, struct diag *diag)
{
    const struct tree_value *left = tree_field(merge->tree, VIEW("left_children"));
    if (!tree_is_whole_run(left))
        return odd(diag, VIEW("left_children"));
    if (!tree_is_run(value) || value->count != left->count)
        return odd(diag, VIEW("split_conditions"));
    for (uint32_t i = 0; i < value->count; i++) {
        double number = tree_run_f64(value, i);
        if (tree_run_i64(left, i) == -1)
            number = (double)(float)(number / merge->member_count);
        buf_put_char(out, i == 0 ? '[' : ',');
        tree_put_json(&(struct tree_value){.kind = TREE_F64, .real = number}, out);
    }
    buf_put_text(out, value->count == 0 ? "[]" : "]");
    return buf_status(out);
}

static enum status put_tree(struct merge *merge, const struct tree_value *tree, struct diag *diag)
{
    static const struct change changes[] = {
        {{"id", 2}, put_number}, {{"split_conditions", 16}, put_conditions}};
    if (merge->tree_count > 0)
        buf_put_char(&merge->trees, ',');
    merge->tree = tree;
    enum status status = put_object(merge, tree, changes, sizeof changes / sizeof changes[0],
                                    &merge->trees, diag);
    merge->tree = NULL;
    merge->tree_count++;
    return status;
}

/* ---- the document ---- */

static enum status put_tree_count(struct merge *merge, const struct tree_value *value,
                                  struct buf *out, struct diag *diag)
{
    (void)value;
    (void)diag;
    buf_printf(out, "\"%zu\"", merge->tree_count);
    return buf_status(out);
}

static enum status put_parameters(struct merge *merge, const struct tree_value *value,
                                  struct buf *out, struct diag *diag)
{
    static const struct change changes[] = {{{"num_trees", 9}, put_tree_count}};
    return put_object(merge, value, changes, 1, out, diag);
}

static enum status put_classes(struct merge *merge, const struct tree_value *value,
                               struct buf *out, struct diag *diag)
{
    (void)value;
    (void)diag;
    buf_put_char(out, '[');
    for (size_t i = 0; i < merge->tree_count; i++)
        buf_put_text(out, i == 0 ? "0" : ",0");
    buf_put_char(out, ']');
    return buf_status(out);
}

static enum status put_trees(struct merge *merge, const struct tree_value *value, struct buf *out,
                             struct diag *diag)
{
    (void)value;
    (void)diag;
    buf_put_char(out, '[');
    buf_put_view(out, buf_view(&merge->trees));
    buf_put_char(out, ']');
    return buf_status(out);
}

static enum status put_model(struct merge *merge, const struct tree_value *value, struct buf *out,
                             struct diag *diag)
{
    static const struct change changes[] = {
        {{"gbtree_model_param", 18}, put_parameters}, {{"iteration_indptr", 16}, NULL},
        {{"tree_info", 9}, put_classes}, {{"trees", 5}, put_trees}};
    return put_object(merge, value, changes, sizeof changes / sizeof changes[0], out, diag);
}

static enum status put_booster(struct merge *merge, const struct tree_value *value,
                               struct buf *out, struct diag *diag)
{
    static const struct change changes[] = {{{"model", 5}, put_model}};
    return put_object(merge, value, changes, 1, out, diag);
}

static enum status put_learner(struct merge *merge, const struct tree_value *value,
                               struct buf *out, struct diag *diag)
{
    static const struct change changes[] = {{{"gradient_booster", 16}, put_booster}};
    return put_object(merge, value, changes, 1, out, diag);
}

static enum status add_trees(struct merge *merge, const struct tree_value *root, struct diag *diag)
{
    const struct tree_value *booster =
        tree_field(tree_field(root, VIEW("learner")), VIEW("gradient_booster"));
    const struct tree_value *trees =
        tree_field(tree_field(booster, VIEW("model")), VIEW("trees"));
    enum status status = STATUS_OK;
    if (trees == NULL || trees->kind != TREE_ARRAY)
        return odd(diag, VIEW("trees"));
    for (const struct tree_value *tree = tree_first(trees); tree != NULL && status == STATUS_OK;
         tree = tree->next)
        status = put_tree(merge, tree, diag);
    return status;
}

enum status merge_add_member(struct merge *merge, struct diag *diag)
{
    struct arena arena;
    const struct tree_value *root = NULL;
    merge->members_added++;
    if (merge->member_count == 1)
        return STATUS_OK;
    arena_init(&arena, merge->document.mem, 0);
    enum status status = tree_read_json(buf_view(&merge->document), true, &arena, &root, diag);
    if (status == STATUS_OK)
        status = add_trees(merge, root, diag);
    arena_done(&arena);
    if (status == STATUS_OK && merge->members_added == 1) {
        struct buf empty = merge->first;
        merge->first = merge->document;
        merge->document = empty;
    }
    return status;
}

enum status merge_end(struct merge *merge, struct buf *out, struct diag *diag)
{
    static const struct change changes[] = {{{"learner", 7}, put_learner}};
    struct arena arena;
    const struct tree_value *root = NULL;
    ASSERT(merge->members_added == merge->member_count);
    if (merge->member_count == 1) {
        buf_put_view(out, buf_view(&merge->document));
        return buf_status(out);
    }
    arena_init(&arena, merge->first.mem, 0);
    enum status status = tree_read_json(buf_view(&merge->first), true, &arena, &root, diag);
    if (status == STATUS_OK)
        status = put_object(merge, root, changes, 1, out, diag);
    arena_done(&arena);
    return status;
}
