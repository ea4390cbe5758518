/* One idea: LightGBM writes a model as lines of key=value; those of a tree are gathered first, as
 * views, and then read as arrays of numbers, when it is known how many each must have.
 *
 *     tree                             the first line
 *     version=v4  num_class=1  num_tree_per_iteration=1  max_feature_idx=5  ...
 *     average_output                   only in a forest: the leaves' mean counts, not their sum
 *     Tree=0                           and so on, up to
 *     end of trees                     behind which nothing is read
 *
 * A tree has num_leaves leaves, and one split less. Of each split: split_feature, threshold,
 * decision_type, left_child, right_child, internal_count; a child below 0 is the leaf of number
 * -1 - child. Of each leaf: leaf_value, leaf_count. decision_type has bit 0: a category is asked;
 * bit 1: missing values go left; bits 2 and 3: which values are missing: none, zeros or NANs.
 *
 * A categorical split's threshold is the number s of its set: words cat_boundaries[s] up to
 * cat_boundaries[s + 1] of cat_threshold. Missing values and negative ones go right.
 *
 * LightGBM takes a value whose size is at most kZeroThreshold for 0 before it asks a tree. Here the
 * thresholds of that range move to its ends instead, which answers the same for every value. */
#include <math.h>
#include <string.h>

#include "codec/number.h"
#include "model/ensemble_int.h"

#define IS_SET 1
#define DEFAULT_LEFT 2
#define MISSING_SHIFT 2
#define DECISION_MAX 15

/* The text, and the line that was read last. */
struct lines {
    struct view rest;
    uint32_t number;     /* 1-based */
    struct view key;     /* up to the equals sign, or the whole line */
    struct view value;   /* behind it; empty when there is none */
};

struct field {
    struct view text;
    uint32_t line;       /* 0 when it is absent; then the text is empty */
};

/* What is read of a tree, and of the head of the file. */
enum { NUM_LEAVES, NUM_CAT, IS_LINEAR, SPLIT_FEATURE, THRESHOLD, DECISION_TYPE, LEFT_CHILD,
       RIGHT_CHILD, INTERNAL_COUNT, LEAF_VALUE, LEAF_COUNT, CAT_BOUNDARIES, CAT_THRESHOLD,
       TREE_FIELDS };

static const struct view tree_keys[TREE_FIELDS] = {
    {"num_leaves", 10}, {"num_cat", 7}, {"is_linear", 9}, {"split_feature", 13},
    {"threshold", 9}, {"decision_type", 13}, {"left_child", 10}, {"right_child", 11},
    {"internal_count", 14}, {"leaf_value", 10}, {"leaf_count", 10}, {"cat_boundaries", 14},
    {"cat_threshold", 13},
};

enum { VERSION, NUM_CLASS, TREES_PER_ITERATION, MAX_FEATURE, OBJECTIVE, FEATURE_NAMES,
       FEATURE_INFOS, AVERAGE_OUTPUT, HEAD_FIELDS };

static const struct view head_keys[HEAD_FIELDS] = {
    {"version", 7}, {"num_class", 9}, {"num_tree_per_iteration", 22}, {"max_feature_idx", 15},
    {"objective", 9}, {"feature_names", 13}, {"feature_infos", 13}, {"average_output", 14},
};

struct lightgbm_tree {
    struct build_source source; /* first, so that it can be cast back */
    uint32_t leaf_count;
    uint32_t split_count;
    const double *threshold, *split_cover, *leaf_value, *leaf_cover;
    const int64_t *feature, *decision, *left, *right, *boundaries;
    uint32_t set_count;
    uint32_t first_word;        /* of the tree's sets, in those of the ensemble */
    uint32_t word_count;
};

struct reader {
    struct lines lines;
    struct build build;
    struct arena scratch;       /* the numbers of the tree at hand: 4 times their text at most */
    struct arena *arena;
    struct diag *diag;
};

static enum status wrong(struct diag *diag, uint32_t line, const char *field, const char *what)
{
    diag_set(diag, "lightgbm-field", "%s %s", field, what);
    diag_field(diag, "%s", field);
    if (diag != NULL)
        diag->line = line;
    return STATUS_INVALID;
}

/* Reads a line; false at the end. */
static bool next_line(struct lines *lines)
{
    if (lines->rest.size_bytes == 0)
        return false;
    const char *start = lines->rest.data;
    const char *end = memchr(start, '\n', lines->rest.size_bytes);
    size_t size = end == NULL ? lines->rest.size_bytes : (size_t)(end - start);
    size_t taken = size + (end != NULL);
    lines->rest = (struct view){start + taken, lines->rest.size_bytes - taken};
    size -= size > 0 && start[size - 1] == '\r';
    const char *equals = memchr(start, '=', size);
    lines->key = (struct view){start, equals == NULL ? size : (size_t)(equals - start)};
    lines->value = (struct view){start + size, 0};
    if (equals != NULL)
        lines->value = (struct view){equals + 1, (size_t)(start + size - equals - 1)};
    lines->number++;
    return true;
}

static bool is_mark(const struct lines *lines)
{
    return view_equal(lines->key, VIEW("Tree")) || view_equal(lines->key, VIEW("end of trees"));
}

/* Gathers the fields that `keys` names, up to the next tree or the end of the trees. */
static enum status gather(struct reader *reader, const struct view *keys, size_t key_count,
                          struct field *ret_fields)
{
    struct lines *lines = &reader->lines;
    for (size_t i = 0; i < key_count; i++)
        ret_fields[i] = (struct field){VIEW(""), 0};
    while (next_line(lines)) {
        if (is_mark(lines))
            return STATUS_OK;
        for (size_t i = 0; i < key_count; i++) {
            if (!view_equal(lines->key, keys[i]))
                continue;
            if (ret_fields[i].line != 0)
                return wrong(reader->diag, lines->number, keys[i].data, "stands twice");
            ret_fields[i] = (struct field){lines->value, lines->number};
        }
    }
    return wrong(reader->diag, lines->number, "end of trees",
                 "must stand behind the last tree; the file is cut off");
}

/* Takes the next word of a text of words with blanks between them; empty at the end. */
static struct view next_word(struct view *text)
{
    if (text->size_bytes == 0)
        return VIEW("");
    while (text->size_bytes > 0 && text->data[0] == ' ')
        *text = (struct view){text->data + 1, text->size_bytes - 1};
    struct view word = {text->data, 0};
    while (word.size_bytes < text->size_bytes && word.data[word.size_bytes] != ' ')
        word.size_bytes++;
    *text = (struct view){text->data + word.size_bytes, text->size_bytes - word.size_bytes};
    return word;
}

/* Reads a field that is one whole number from 0 to UINT32_MAX. */
static enum status read_count(const struct reader *reader, const struct field *field,
                              struct view key, uint32_t *ret_count)
{
    int64_t number;
    if (number_parse_i64(field->text, &number) != STATUS_OK || number < 0 || number > UINT32_MAX)
        return wrong(reader->diag, field->line == 0 ? reader->lines.number : field->line, key.data,
                     "must be a whole number, not negative");
    *ret_count = (uint32_t)number;
    return STATUS_OK;
}

static enum status not_so_many(const struct reader *reader, const struct field *field,
                               struct view key, uint32_t count, const char *what)
{
    diag_set(reader->diag, "lightgbm-array", "tree %u: %s must be %u %s",
             reader->build.ensemble.tree_count, key.data, count, what);
    diag_field(reader->diag, "%s", key.data);
    if (reader->diag != NULL)
        reader->diag->line = field->line == 0 ? reader->lines.number : field->line;
    return STATUS_INVALID;
}

/* Reads a number as C++ writes doubles: infinities too, and NAN, which no field may have. */
static bool parse_real(struct view word, double *ret_value)
{
    static const struct { struct view word; double value; } words[] = {
        {{"inf", 3}, (double)INFINITY}, {{"-inf", 4}, -(double)INFINITY},
        {{"nan", 3}, (double)NAN}, {{"-nan", 4}, (double)NAN},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (view_equal(word, words[i].word)) {
            *ret_value = words[i].value;
            return true;
        }
    }
    return number_parse_f64(word, ret_value) == STATUS_OK;
}

/* Whether a text is too short for so many words, so that no memory is taken for what a small file
 * only says that it has. */
static bool too_short(struct view text, uint32_t word_count)
{
    return word_count > (text.size_bytes + 1) / 2;
}

/* Reads field `index` of a tree as so many doubles. */
static enum status read_f64s(struct reader *reader, const struct field *fields, int index,
                             uint32_t count, const double **ret_numbers)
{
    struct view text = fields[index].text;
    if (too_short(text, count))
        return not_so_many(reader, &fields[index], tree_keys[index], count, "numbers");
    double *numbers = arena_array(&reader->scratch, count, sizeof *numbers);
    if (numbers == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        if (!parse_real(next_word(&text), &numbers[i]))
            return not_so_many(reader, &fields[index], tree_keys[index], count, "numbers");
    if (next_word(&text).size_bytes > 0)
        return not_so_many(reader, &fields[index], tree_keys[index], count, "numbers");
    *ret_numbers = numbers;
    return STATUS_OK;
}

/* Reads field `index` of a tree as so many whole numbers. */
static enum status read_i64s(struct reader *reader, const struct field *fields, int index,
                             uint32_t count, const int64_t **ret_numbers)
{
    struct view text = fields[index].text;
    if (too_short(text, count))
        return not_so_many(reader, &fields[index], tree_keys[index], count, "whole numbers");
    int64_t *numbers = arena_array(&reader->scratch, count, sizeof *numbers);
    if (numbers == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        if (number_parse_i64(next_word(&text), &numbers[i]) != STATUS_OK)
            return not_so_many(reader, &fields[index], tree_keys[index], count, "whole numbers");
    if (next_word(&text).size_bytes > 0)
        return not_so_many(reader, &fields[index], tree_keys[index], count, "whole numbers");
    *ret_numbers = numbers;
    return STATUS_OK;
}

/* Reads the arrays of the splits and leaves. */
static enum status read_arrays(struct reader *reader, const struct field *fields,
                               struct lightgbm_tree *tree)
{
    uint32_t splits = tree->split_count;
    bool lone = splits == 0; /* a lone leaf's count may be absent */
    enum status status = read_i64s(reader, fields, SPLIT_FEATURE, splits, &tree->feature);
    if (status == STATUS_OK)
        status = read_f64s(reader, fields, THRESHOLD, splits, &tree->threshold);
    if (status == STATUS_OK)
        status = read_i64s(reader, fields, DECISION_TYPE, splits, &tree->decision);
    if (status == STATUS_OK)
        status = read_i64s(reader, fields, LEFT_CHILD, splits, &tree->left);
    if (status == STATUS_OK)
        status = read_i64s(reader, fields, RIGHT_CHILD, splits, &tree->right);
    if (status == STATUS_OK)
        status = read_f64s(reader, fields, INTERNAL_COUNT, splits, &tree->split_cover);
    if (status == STATUS_OK)
        status = read_f64s(reader, fields, LEAF_VALUE, tree->leaf_count, &tree->leaf_value);
    if (status == STATUS_OK && !(lone && fields[LEAF_COUNT].text.size_bytes == 0))
        status = read_f64s(reader, fields, LEAF_COUNT, tree->leaf_count, &tree->leaf_cover);
    return status;
}

static uint32_t count_words(struct view text)
{
    uint32_t count = 0;
    while (next_word(&text).size_bytes > 0)
        count++;
    return count;
}

/* Reads the sets of categories of a tree, and appends their words to those of the ensemble. */
static enum status read_sets(struct reader *reader, const struct field *fields,
                             struct lightgbm_tree *tree)
{
    const int64_t *words;
    if (tree->set_count == 0)
        return STATUS_OK;
    tree->word_count = count_words(fields[CAT_THRESHOLD].text);
    enum status status =
        read_i64s(reader, fields, CAT_BOUNDARIES, tree->set_count + 1, &tree->boundaries);
    if (status == STATUS_OK)
        status = read_i64s(reader, fields, CAT_THRESHOLD, tree->word_count, &words);
    if (status == STATUS_OK)
        status = build_words(&reader->build, tree->word_count, &tree->first_word);
    for (uint32_t i = 0; status == STATUS_OK && i < tree->word_count; i++) {
        if (words[i] < 0 || words[i] > UINT32_MAX)
            return not_so_many(reader, &fields[CAT_THRESHOLD], tree_keys[CAT_THRESHOLD],
                               tree->word_count, "words of 32 bits");
        reader->build.sets[tree->first_word + i] = (uint32_t)words[i];
    }
    return status;
}

/* A child's number for struct build: splits first, leaves behind them. */
static uint32_t child(const struct lightgbm_tree *tree, int64_t number)
{
    uint64_t leaf = (uint64_t)(-1 - number);
    if (number >= 0)
        return number < tree->split_count ? (uint32_t)number : tree->source.node_count;
    return leaf < tree->leaf_count ? tree->split_count + (uint32_t)leaf : tree->source.node_count;
}

static enum status read_set(const struct lightgbm_tree *tree, struct build *build, uint32_t id,
                            struct ensemble_node *node)
{
    double set = tree->threshold[id];
    if (!(set >= 0 && set < tree->set_count))
        return build_refuse(build, id, "its threshold is the number of no set of categories");
    int64_t from = tree->boundaries[(uint32_t)set];
    int64_t to = tree->boundaries[(uint32_t)set + 1];
    if (from < 0 || to < from || to > tree->word_count)
        return build_refuse(build, id, "its set of categories is outside of cat_threshold");
    node->test = ENSEMBLE_IN_SET_LEFT;
    node->missing = ENSEMBLE_MISSING_NAN;
    node->default_left = false;
    node->threshold = 0;
    node->set_first = tree->first_word + (uint32_t)from;
    node->set_word_count = (uint32_t)(to - from);
    return STATUS_OK;
}

/* A threshold that divides values as `threshold` does after those near 0 have become 0. */
static double beside_zero(double threshold)
{
    if (!(fabs(threshold) <= ENSEMBLE_ZERO_MAX))
        return threshold;
    return threshold >= 0 ? ENSEMBLE_ZERO_MAX : nextafter(-ENSEMBLE_ZERO_MAX, -1);
}

static enum status read_split(const struct lightgbm_tree *tree, struct build *build, uint32_t id,
                              struct ensemble_node *node)
{
    static const uint8_t missing[] = {
        ENSEMBLE_MISSING_NONE, ENSEMBLE_MISSING_ZERO, ENSEMBLE_MISSING_NAN};
    int64_t decision = tree->decision[id];
    if (decision < 0 || decision > DECISION_MAX ||
        (size_t)(decision >> MISSING_SHIFT) >= sizeof missing)
        return build_refuse(build, id, "a decision_type that is not known");
    if (tree->feature[id] < 0 || tree->feature[id] >= build->ensemble.feature_count)
        return build_refuse(build, id, "asks for a feature that the model does not have");
    *node = (struct ensemble_node){
        .threshold = beside_zero(tree->threshold[id]),
        .cover = tree->split_cover[id],
        .left = child(tree, tree->left[id]),
        .right = child(tree, tree->right[id]),
        .feature = (uint16_t)tree->feature[id],
        .test = ENSEMBLE_LESS_EQUAL,
        .missing = missing[decision >> MISSING_SHIFT],
        .default_left = (decision & DEFAULT_LEFT) != 0,
    };
    return (decision & IS_SET) != 0 ? read_set(tree, build, id, node) : STATUS_OK;
}

static enum status read_node(const struct build_source *source, struct build *build, uint32_t id,
                             struct ensemble_node *ret_node)
{
    const struct lightgbm_tree *tree = (const struct lightgbm_tree *)source;
    if (id < tree->split_count)
        return read_split(tree, build, id, ret_node);
    uint32_t leaf = id - tree->split_count;
    *ret_node = (struct ensemble_node){
        .left = ENSEMBLE_LEAF,
        .value = tree->leaf_value[leaf],
        .cover = tree->leaf_cover == NULL ? 0 : tree->leaf_cover[leaf],
    };
    return STATUS_OK;
}

static enum status read_tree(struct reader *reader, const struct field *fields)
{
    struct lightgbm_tree tree = {.source.read = read_node};
    uint32_t linear = 0;
    enum status status =
        read_count(reader, &fields[NUM_LEAVES], tree_keys[NUM_LEAVES], &tree.leaf_count);
    if (status == STATUS_OK)
        status = read_count(reader, &fields[NUM_CAT], tree_keys[NUM_CAT], &tree.set_count);
    if (status == STATUS_OK && fields[IS_LINEAR].line != 0)
        status = read_count(reader, &fields[IS_LINEAR], tree_keys[IS_LINEAR], &linear);
    if (status != STATUS_OK)
        return status;
    if (linear != 0)
        return wrong(reader->diag, fields[IS_LINEAR].line, "is_linear",
                     "says that leaves are linear functions, which weir does not have");
    if (tree.leaf_count == 0)
        return wrong(reader->diag, fields[NUM_LEAVES].line, "num_leaves", "must be above 0");
    status = count_check(reader->diag, 2 * (uint64_t)tree.leaf_count - 1, "nodes",
                         ENSEMBLE_NODES_MAX);
    if (status == STATUS_OK)
        status = count_check(reader->diag, tree.set_count, "sets of categories in one tree",
                             ENSEMBLE_NODES_MAX);
    if (status != STATUS_OK)
        return status;
    tree.split_count = tree.leaf_count - 1;
    tree.source.node_count = tree.split_count + tree.leaf_count;
    status = read_arrays(reader, fields, &tree);
    if (status == STATUS_OK)
        status = read_sets(reader, fields, &tree);
    return status == STATUS_OK ? build_tree(&reader->build, &tree.source) : status;
}

/* Reads all trees; the line of the first, or of the end, is at hand. */
static enum status read_trees(struct reader *reader)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && view_equal(reader->lines.key, VIEW("Tree"))) {
        struct field fields[TREE_FIELDS];
        uint32_t number;
        struct field name = {reader->lines.value, reader->lines.number};
        status = read_count(reader, &name, VIEW("Tree"), &number);
        if (status == STATUS_OK && number != reader->build.ensemble.tree_count)
            return wrong(reader->diag, name.line, "Tree", "must be counted from 0");
        if (status == STATUS_OK)
            status = gather(reader, tree_keys, TREE_FIELDS, fields);
        if (status == STATUS_OK)
            status = read_tree(reader, fields);
        arena_done(&reader->scratch);
    }
    return status;
}

/* The objectives that struct ensemble can say. */
static const struct objective {
    struct view name;
    bool logistic;
} objectives[] = {
    {{"binary", 6}, true}, {{"cross_entropy", 13}, true}, {{"custom", 6}, false},
    {{"fair", 4}, false}, {{"huber", 5}, false}, {{"lambdarank", 10}, false},
    {{"mape", 4}, false}, {{"none", 4}, false}, {{"quantile", 8}, false},
    {{"rank_xendcg", 11}, false}, {{"regression", 10}, false}, {{"regression_l1", 13}, false},
};

/* Reads the words behind an objective's name: sigmoid:S is the slope. */
static enum status read_options(struct view text, uint32_t line, struct ensemble *ensemble,
                                struct diag *diag)
{
    static const struct view sigmoid = {"sigmoid:", 8};
    for (struct view word; (word = next_word(&text)).size_bytes > 0;) {
        if (view_equal(word, VIEW("sqrt")))
            return wrong(diag, line, "objective", "predicts the square of the margin (sqrt)");
        if (word.size_bytes <= sigmoid.size_bytes ||
            memcmp(word.data, sigmoid.data, sigmoid.size_bytes) != 0)
            continue;
        struct view number = {word.data + sigmoid.size_bytes, word.size_bytes - sigmoid.size_bytes};
        if (number_parse_f64(number, &ensemble->slope) != STATUS_OK || !(ensemble->slope > 0))
            return wrong(diag, line, "objective", "has a sigmoid that is no number above 0");
    }
    return STATUS_OK;
}

static enum status read_objective(const struct field *field, struct ensemble *ensemble,
                                  struct diag *diag)
{
    struct view text = field->text;
    if (field->line == 0)
        return STATUS_OK; /* the caller's own function: the margin is the prediction */
    struct view name = next_word(&text);
    for (size_t i = 0; i < sizeof objectives / sizeof objectives[0]; i++) {
        if (!view_equal(name, objectives[i].name))
            continue;
        ensemble->link = objectives[i].logistic ? ENSEMBLE_LOGISTIC : ENSEMBLE_IDENTITY;
        return read_options(text, field->line, ensemble, diag);
    }
    (void)wrong(diag, field->line, "objective",
                "predicts neither a margin nor the logistic function of one");
    diag_hint(diag, "binary and regression are among those that do");
    return STATUS_INVALID;
}

static enum status read_names(struct reader *reader, const struct field *field)
{
    struct view text = field->text;
    uint32_t count = reader->build.ensemble.feature_count;
    struct view *names = arena_array(reader->arena, count, sizeof *names);
    if (names == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct view name = next_word(&text);
        if (name.size_bytes == 0)
            return wrong(reader->diag, field->line, "feature_names", "must name all features");
        names[i] = arena_copy(reader->arena, name);
        if (names[i].data == NULL)
            return STATUS_NO_MEMORY;
    }
    if (next_word(&text).size_bytes > 0)
        return wrong(reader->diag, field->line, "feature_names", "names more than all features");
    reader->build.ensemble.feature_names = names;
    return STATUS_OK;
}

/* Marks the categorical features: their info is a list of categories, c:c:c, where a number's is a
 * range, [a:b], and that of a feature without any use is `none`. */
static enum status read_infos(struct reader *reader, const struct field *field)
{
    struct view text = field->text;
    for (uint32_t i = 0; i < reader->build.ensemble.feature_count; i++) {
        struct view info = next_word(&text);
        if (info.size_bytes == 0)
            return wrong(reader->diag, field->line, "feature_infos", "must tell of all features");
        reader->build.categorical[i] = info.data[0] != '[' && !view_equal(info, VIEW("none"));
    }
    return STATUS_OK;
}

/* Refuses what struct ensemble cannot say. */
static enum status check_head(const struct reader *reader, const struct field *head)
{
    uint32_t class_count;
    uint32_t tree_count;
    if (!view_equal(head[VERSION].text, VIEW("v3")) && !view_equal(head[VERSION].text, VIEW("v4")))
        return wrong(reader->diag, head[VERSION].line, "version", "must be v3 or v4");
    enum status status =
        read_count(reader, &head[NUM_CLASS], head_keys[NUM_CLASS], &class_count);
    if (status == STATUS_OK)
        status = read_count(reader, &head[TREES_PER_ITERATION], head_keys[TREES_PER_ITERATION],
                            &tree_count);
    if (status == STATUS_OK && (class_count > 1 || tree_count > 1))
        return wrong(reader->diag, head[NUM_CLASS].line, "num_class",
                     "says that the model tells several classes apart");
    return status;
}

/* Reads everything in front of the trees. */
static enum status read_head(struct reader *reader, bool *ret_average)
{
    struct field head[HEAD_FIELDS];
    uint32_t last_feature;
    enum status status = gather(reader, head_keys, HEAD_FIELDS, head);
    if (status == STATUS_OK)
        status = check_head(reader, head);
    if (status == STATUS_OK)
        status = read_count(reader, &head[MAX_FEATURE], head_keys[MAX_FEATURE], &last_feature);
    if (status == STATUS_OK)
        status = count_check(reader->diag, last_feature + UINT64_C(1), "features",
                             ENSEMBLE_FEATURES_MAX);
    if (status == STATUS_OK)
        status = build_init(&reader->build, last_feature + 1, reader->arena, reader->diag);
    if (status == STATUS_OK)
        status = read_objective(&head[OBJECTIVE], &reader->build.ensemble, reader->diag);
    if (status == STATUS_OK)
        status = read_names(reader, &head[FEATURE_NAMES]);
    if (status == STATUS_OK)
        status = read_infos(reader, &head[FEATURE_INFOS]);
    if (status == STATUS_OK)
        *ret_average = head[AVERAGE_OUTPUT].line != 0;
    return status;
}

enum status ensemble_read_lightgbm(struct view bytes, struct arena *arena,
                                   struct ensemble *ret_ensemble, struct diag *diag)
{
    struct reader reader = {
        .lines.rest = bytes, .build.arena = arena, .arena = arena, .diag = diag};
    bool average = false;
    arena_init(&reader.scratch, arena->mem, 0);
    enum status status =
        count_check(diag, bytes.size_bytes, "bytes", (uint32_t)ENSEMBLE_FILE_BYTES_MAX);
    if (status != STATUS_OK)
        return status;
    if (!next_line(&reader.lines) || !view_equal(reader.lines.key, VIEW("tree")))
        return wrong(diag, 1, "tree", "must be the first line of a model of LightGBM");
    status = read_head(&reader, &average);
    if (status == STATUS_OK)
        status = read_trees(&reader);
    if (average && reader.build.ensemble.tree_count > 0)
        reader.build.ensemble.divisor = reader.build.ensemble.tree_count;
    if (status == STATUS_OK)
        status = build_finish(&reader.build, ret_ensemble);
    build_done(&reader.build);
    arena_done(&reader.scratch);
    return status;
}
