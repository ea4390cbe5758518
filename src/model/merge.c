/* One idea: trees are added up, so the mean of models is the model of all their trees with every
 * leaf divided by their number. The documents come from the library, whose keys are in the order of
 * their bytes; texts in them have their quotes escaped, so that a key with its quotes and colon is
 * found nowhere else.
 *
 * Changed are, in a tree, its number and the values of its leaves; in the document the number of
 * trees, tree_info (the class of each tree: 0) and iteration_indptr (which later versions of the
 * library write, and make up where it is missing). A lone member stays as it is. */
#include "model/merge_int.h"

#include <string.h>

#include "base/assert.h"
#include "codec/number.h"

void merge_init(struct merge *merge, unsigned member_count, struct mem *mem)
{
    ASSERT(member_count > 0);
    *merge = (struct merge){.member_count = member_count};
    buf_init(&merge->document, mem);
    buf_init(&merge->head, mem);
    buf_init(&merge->tail, mem);
    buf_init(&merge->trees, mem);
}

void merge_done(struct merge *merge)
{
    buf_done(&merge->document);
    buf_done(&merge->head);
    buf_done(&merge->tail);
    buf_done(&merge->trees);
}

struct buf *merge_begin_member(struct merge *merge)
{
    buf_clear(&merge->document);
    return &merge->document;
}

static enum status odd(struct diag *diag, const char *key)
{
    diag_set(diag, "xgboost-document", "XGBoost wrote a document without %s where it was looked "
             "for", key);
    return STATUS_INVALID;
}

/* Moves `rest` behind the first place where `key` stands; *ret_before is what was before it. */
static bool skip_past(struct view *rest, const char *key, struct view *ret_before)
{
    const char *at = memmem(rest->data, rest->size_bytes, key, strlen(key));
    if (at == NULL)
        return false;
    *ret_before = (struct view){rest->data, (size_t)(at - rest->data)};
    const char *behind = at + strlen(key);
    rest->size_bytes -= (size_t)(behind - rest->data);
    rest->data = behind;
    return true;
}

/* The number at the front of a list, which is moved behind it and its comma. */
static bool next_number(struct view *list, struct view *ret_number)
{
    const char *comma = memchr(list->data, ',', list->size_bytes);
    size_t size = comma == NULL ? list->size_bytes : (size_t)(comma - list->data);
    *ret_number = (struct view){list->data, size};
    size_t skipped = comma == NULL ? size : size + 1;
    list->data += skipped;
    list->size_bytes -= skipped;
    return size > 0;
}

/* Writes a leaf's share of the mean, with the exponent by which the library tells fractions from
 * whole numbers. */
static bool put_leaf(struct merge *merge, struct view text)
{
    struct buf *out = &merge->trees;
    double value;
    if (number_parse_f64(text, &value) != STATUS_OK)
        return false;
    size_t start = out->size_bytes;
    number_put_f64(out, (double)(float)(value / merge->member_count));
    if (!out->failed && memchr(out->data + start, 'e', out->size_bytes - start) == NULL)
        buf_put_text(out, "E0");
    return true;
}

/* Copies the split conditions of a tree, which for a leaf (a node without a left child) are its
 * value. */
static bool put_conditions(struct merge *merge, struct view children, struct view conditions)
{
    struct view child;
    struct view condition;
    bool first = true;
    while (next_number(&children, &child)) {
        if (!next_number(&conditions, &condition))
            return false;
        if (!first)
            buf_put_char(&merge->trees, ',');
        first = false;
        if (!view_equal(child, VIEW("-1")))
            buf_put_view(&merge->trees, condition);
        else if (!put_leaf(merge, condition))
            return false;
    }
    return conditions.size_bytes == 0;
}

static enum status put_tree(struct merge *merge, struct view tree, struct diag *diag)
{
    struct view before;
    struct view children;
    struct view number;
    struct view conditions;
    struct buf *out = &merge->trees;
    if (merge->tree_count > 0)
        buf_put_char(out, ',');
    if (!skip_past(&tree, "\"id\":", &before))
        return odd(diag, "a tree's id");
    buf_put_view(out, before);
    buf_printf(out, "\"id\":%zu", merge->tree_count);
    if (!next_number(&tree, &number))
        return odd(diag, "a tree's id");
    buf_put_char(out, ',');
    if (!skip_past(&tree, "\"left_children\":[", &before))
        return odd(diag, "left_children");
    buf_put_view(out, before);
    buf_put_text(out, "\"left_children\":[");
    if (!skip_past(&tree, "]", &children))
        return odd(diag, "left_children");
    buf_put_view(out, children);
    buf_put_char(out, ']');
    if (!skip_past(&tree, "\"split_conditions\":[", &before))
        return odd(diag, "split_conditions");
    buf_put_view(out, before);
    buf_put_text(out, "\"split_conditions\":[");
    if (!skip_past(&tree, "]", &conditions) || !put_conditions(merge, children, conditions))
        return odd(diag, "split_conditions");
    buf_put_char(out, ']');
    buf_put_view(out, tree);
    merge->tree_count++;
    return STATUS_OK;
}

/* The size of the object that `text` begins with, from brace to brace; 0: it begins with none. */
static size_t object_size(struct view text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        depth += text.data[i] == '{';
        depth -= text.data[i] == '}' && depth > 0;
        if (depth == 0)
            return text.data[i] == '}' ? i + 1 : 0;
    }
    return 0;
}

enum status merge_add_member(struct merge *merge, struct diag *diag)
{
    struct view rest = buf_view(&merge->document);
    struct view head;
    size_t size;
    merge->members_added++;
    if (merge->member_count == 1)
        return STATUS_OK;
    if (!skip_past(&rest, "\"trees\":[", &head))
        return odd(diag, "trees");
    while ((size = object_size(rest)) > 0) {
        enum status status = put_tree(merge, (struct view){rest.data, size}, diag);
        if (status != STATUS_OK)
            return status;
        size += size < rest.size_bytes && rest.data[size] == ',';
        rest.data += size;
        rest.size_bytes -= size;
    }
    if (merge->members_added == 1) {
        buf_put_view(&merge->head, head);
        buf_put_view(&merge->tail, rest);
        if (memmem(head.data, head.size_bytes, "\"num_trees\":\"", 13) == NULL ||
            memmem(head.data, head.size_bytes, "\"tree_info\":[", 13) == NULL)
            return odd(diag, "num_trees and tree_info");
    }
    return buf_status(&merge->trees);
}

/* Writes the head with other numbers of trees. */
static void put_head(struct merge *merge, struct buf *out)
{
    struct view rest = buf_view(&merge->head);
    struct view before;
    struct view old;
    if (skip_past(&rest, "\"iteration_indptr\":[", &before) && skip_past(&rest, "],", &old))
        buf_put_view(out, before);
    else
        rest = buf_view(&merge->head);
    bool found = skip_past(&rest, "\"num_trees\":\"", &before) && skip_past(&rest, "\"", &old);
    ASSERT(found);
    buf_put_view(out, before);
    buf_printf(out, "\"num_trees\":\"%zu\"", merge->tree_count);
    found = skip_past(&rest, "\"tree_info\":[", &before) && skip_past(&rest, "]", &old);
    ASSERT(found);
    buf_put_view(out, before);
    buf_put_text(out, "\"tree_info\":[");
    for (size_t i = 0; i < merge->tree_count; i++)
        buf_put_text(out, i == 0 ? "0" : ",0");
    buf_put_char(out, ']');
    buf_put_view(out, rest);
}

enum status merge_end(struct merge *merge, struct buf *out)
{
    ASSERT(merge->members_added == merge->member_count);
    if (merge->member_count == 1) {
        buf_put_view(out, buf_view(&merge->document));
        return buf_status(out);
    }
    if (buf_status(&merge->head) != STATUS_OK || buf_status(&merge->tail) != STATUS_OK)
        return STATUS_NO_MEMORY;
    put_head(merge, out);
    buf_put_text(out, "\"trees\":[");
    buf_put_view(out, buf_view(&merge->trees));
    buf_put_view(out, buf_view(&merge->tail));
    return buf_status(out);
}
