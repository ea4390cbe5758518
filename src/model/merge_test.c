/* One idea: two copies of a model are together that model, so of each model that a version of the
 * library wrote the mean with itself must have its trees twice, each leaf halved and all else to
 * the bit. */
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
#include "model/merge.h"

#define PATH_BYTES_MAX 1024
#define MODELS 12 /* of each version, JSON and UBJ */

/* A model of one tree, with what stands in its "model". */
#define DOCUMENT(model)                                                                           \
    "{\"learner\":{\"attributes\":{},\"gradient_booster\":{\"model\":{" model "},"                \
    "\"name\":\"gbtree\"},\"learner_model_param\":"                                              \
    "{\"base_score\":\"5E-1\",\"num_feature\":\"1\"},"                                            \
    "\"objective\":{\"name\":\"binary:logistic\"}},\"version\":[3,1,2]}"
#define PARAMETERS "\"gbtree_model_param\":{\"num_parallel_tree\":\"1\",\"num_trees\":\"1\"}"
#define INDPTR "\"iteration_indptr\":[0,1]"
#define INFO "\"tree_info\":[0]"
#define TREE                                                                                      \
    "{\"categories\":[],\"categories_nodes\":[],\"categories_segments\":[],"                      \
    "\"categories_sizes\":[],\"default_left\":[1,0,0],\"id\":0,\"left_children\":[1,-1,-1],"      \
    "\"right_children\":[2,-1,-1],\"split_conditions\":[1.1754944E-38,3E-1,-5E0],"                \
    "\"split_indices\":[0,0,0],\"split_type\":[0,0,0],\"sum_hessian\":[3E0,1E0,2E0],"             \
    "\"tree_param\":{\"num_deleted\":\"0\",\"num_nodes\":\"3\",\"size_leaf_vector\":\"1\"}}"
#define TREES "\"trees\":[" TREE "]"

static enum status merge_texts(const struct view *texts, unsigned count, struct mem *mem,
                               struct buf *out, struct diag *diag)
{
    struct merge merge;
    enum status status = STATUS_OK;
    merge_init(&merge, count, mem);
    for (unsigned i = 0; i < count && status == STATUS_OK; i++) {
        struct buf *document = merge_begin_member(&merge);
        buf_put_view(document, texts[i]);
        status = buf_status(document);
        if (status == STATUS_OK)
            status = merge_add_member(&merge, diag);
    }
    if (status == STATUS_OK)
        status = merge_end(&merge, out, diag);
    merge_done(&merge);
    return status;
}

static void read_ensemble(struct view text, struct arena *arena, struct ensemble *ret_ensemble)
{
    struct diag diag = {0};
    arena_init(arena, mem_libc(), 0);
    if (ensemble_read_xgboost_json(text, arena, ret_ensemble, &diag) != STATUS_OK)
        fail_msg("%s in %.*s", diag.message, VIEW_ARG(text));
}

/* Trees `first` and on of the mean are those of the member. */
static void check_trees(const struct ensemble *member, const struct ensemble *mean,
                        uint32_t first, unsigned member_count)
{
    for (uint32_t t = 0; t < member->tree_count; t++) {
        const struct ensemble_tree *from = &member->trees[t];
        const struct ensemble_tree *to = &mean->trees[first + t];
        assert_int_equal(from->node_count, to->node_count);
        for (uint32_t n = 0; n < from->node_count; n++) {
            const struct ensemble_node *a = &member->nodes[from->first_node + n];
            const struct ensemble_node *b = &mean->nodes[to->first_node + n];
            double value = (double)(float)(a->value / member_count);
            assert_true((a->left == ENSEMBLE_LEAF) == (b->left == ENSEMBLE_LEAF));
            assert_memory_equal(&a->threshold, &b->threshold, sizeof a->threshold);
            assert_memory_equal(&value, &b->value, sizeof value);
            assert_memory_equal(&a->cover, &b->cover, sizeof a->cover);
            assert_int_equal(a->feature, b->feature);
            assert_int_equal(a->set_word_count, b->set_word_count);
            assert_int_equal(a->default_left, b->default_left);
        }
    }
}

static void check_mean_of_two(struct view text)
{
    struct ensemble member, mean;
    struct arena member_arena, mean_arena;
    struct diag diag = {0};
    struct buf out;
    buf_init(&out, mem_libc());
    if (merge_texts((const struct view[]){text, text}, 2, mem_libc(), &out, &diag) != STATUS_OK)
        fail_msg("%s", diag.message);
    read_ensemble(text, &member_arena, &member);
    read_ensemble(buf_view(&out), &mean_arena, &mean);
    assert_int_equal(mean.tree_count, 2 * member.tree_count);
    assert_memory_equal(&mean.base_margin, &member.base_margin, sizeof mean.base_margin);
    check_trees(&member, &mean, 0, 2);
    check_trees(&member, &mean, member.tree_count, 2);
    arena_done(&member_arena);
    arena_done(&mean_arena);
    buf_done(&out);
}

/* The file, or false when there is none of the name. */
static bool read_file(const char *version, unsigned number, struct buf *ret_text)
{
    char path[PATH_BYTES_MAX];
    char part[4096];
    snprintf(path, sizeof path, "%s/models/xgboost-%s-%03u.json", getenv("WEIR_GOLDEN"), version,
             number);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    buf_init(ret_text, mem_libc());
    for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
        buf_put(ret_text, part, size);
    fclose(file);
    assert_int_equal(buf_status(ret_text), STATUS_OK);
    return true;
}

static void mean_with_itself_is_the_model_in_every_version(void **state)
{
    (void)state;
    static const char *const versions[] = {"1.7.6", "2.1.4", "3.0.5", "3.1.2"};
    for (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++) {
        unsigned merged = 0;
        for (unsigned i = 0; i < MODELS; i++) {
            struct buf text;
            if (!read_file(versions[v], i, &text))
                continue;
            bool dart = memmem(text.data, text.size_bytes, "\"weight_drop\"", 13) != NULL;
            if (!dart)
                check_mean_of_two(buf_view(&text));
            merged += !dart;
            buf_done(&text);
        }
        print_message("# %s: %u models\n", versions[v], merged);
        assert_true(merged >= 3);
    }
}

static void fields_may_stand_in_any_order(void **state)
{
    (void)state;
    check_mean_of_two(VIEW(DOCUMENT(PARAMETERS "," INFO "," TREES)));
    check_mean_of_two(VIEW(DOCUMENT(PARAMETERS "," INDPTR "," INFO "," TREES)));
    check_mean_of_two(VIEW(DOCUMENT(INDPTR "," PARAMETERS "," INFO "," TREES)));
    check_mean_of_two(VIEW(DOCUMENT(TREES "," INFO "," PARAMETERS "," INDPTR)));
}

static void members_follow_one_another(void **state)
{
    (void)state;
    const struct view texts[] = {VIEW(DOCUMENT(PARAMETERS "," INFO "," TREES)),
                                 VIEW(DOCUMENT(INFO "," TREES "," PARAMETERS)),
                                 VIEW(DOCUMENT(TREES "," PARAMETERS "," INFO))};
    struct diag diag = {0};
    struct buf out;
    buf_init(&out, mem_libc());
    assert_int_equal(merge_texts(texts, 3, mem_libc(), &out, &diag), STATUS_OK);
    buf_put_char(&out, '\0');
    assert_non_null(strstr(out.data, "\"num_trees\":\"3\""));
    assert_non_null(strstr(out.data, "\"tree_info\":[0,0,0]"));
    assert_null(strstr(out.data, "iteration_indptr"));
    for (const char *id = "012"; *id != '\0'; id++) {
        char text[16];
        snprintf(text, sizeof text, "\"id\":%c,", *id);
        assert_non_null(strstr(out.data, text));
    }
    buf_done(&out);
    buf_init(&out, mem_libc());
    assert_int_equal(merge_texts(texts, 1, mem_libc(), &out, &diag), STATUS_OK);
    assert_true(view_equal(buf_view(&out), texts[0]));
    buf_done(&out);
}

static void other_documents_are_refused(void **state)
{
    (void)state;
    static const struct { const char *text, *missing; } cases[] = {
        {DOCUMENT(INFO "," TREES), "gbtree_model_param"},
        {DOCUMENT("\"gbtree_model_param\":{}," INFO "," TREES), "num_trees"},
        {DOCUMENT("\"gbtree_model_param\":1," INFO "," TREES), "num_trees"},
        {DOCUMENT(PARAMETERS "," TREES), "tree_info"},
        {DOCUMENT(PARAMETERS "," INFO), "trees"},
        {DOCUMENT(PARAMETERS "," INFO ",\"trees\":{}"), "trees"},
        {DOCUMENT(PARAMETERS "," INFO ",\"trees\":[{\"id\":0}]"), "split_conditions"},
        {DOCUMENT(PARAMETERS "," INFO ",\"trees\":[{\"id\":0,\"split_conditions\":[1E0]}]"),
         "left_children"},
        {DOCUMENT(PARAMETERS "," INFO ",\"trees\":[{\"id\":0,\"left_children\":[-1],"
                  "\"split_conditions\":[1E0,2E0]}]"), "split_conditions"},
        {DOCUMENT(PARAMETERS "," INFO ",\"trees\":[[{}]]"), "id"},
        {"{}", "trees"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view text = view_of(cases[i].text);
        struct diag diag = {0};
        struct buf out;
        char message[128];
        snprintf(message, sizeof message, "XGBoost wrote a document without %s where",
                 cases[i].missing);
        buf_init(&out, mem_libc());
        assert_int_equal(merge_texts((const struct view[]){text, text}, 2, mem_libc(), &out, &diag),
                         STATUS_INVALID);
        if (strncmp(diag.message, message, strlen(message)) != 0)
            fail_msg("%s: %s", cases[i].text, diag.message);
        buf_done(&out);
    }
}

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    const struct view text = VIEW(DOCUMENT(PARAMETERS "," INFO "," TREES));
    const struct view texts[] = {text, text};
    enum status status = STATUS_NO_MEMORY;
    size_t fail_at = 0;
    while (status == STATUS_NO_MEMORY) {
        struct mem_meter meter;
        struct diag diag = {0};
        struct buf out;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = ++fail_at;
        buf_init(&out, &meter.mem);
        status = merge_texts(texts, 2, &meter.mem, &out, &diag);
        buf_done(&out);
        assert_int_equal(meter.used_bytes, 0);
    }
    assert_int_equal(status, STATUS_OK);
    assert_true(fail_at > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_with_itself_is_the_model_in_every_version),
        cmocka_unit_test(fields_may_stand_in_any_order),
        cmocka_unit_test(members_follow_one_another),
        cmocka_unit_test(other_documents_are_refused),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
