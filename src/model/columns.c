/* One idea: integers keep the order of doubles when the sign is turned around, and have room below
 * minus infinity and above infinity, where a missing value goes to be answered as its split wishes.
 *
 *     key 0 < keys of -inf ... -0 = +0 ... +inf < UINT64_MAX
 *
 * x < t is key(x) < key(t), x <= t is key(x) < key(t) + 1; key 0 is below every threshold and
 * UINT64_MAX below none. So NAN, infinities, zeros and denormals need no case of their own. */
#include "model/columns_int.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

#define UNUSED UINT32_MAX
#define USED 0

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static uint64_t key_of(double x)
{
    uint64_t bits = bits_of(x + 0.0); /* -0 becomes +0 */
    uint64_t sign = 0 - (bits >> 63);
    return bits ^ (sign | (uint64_t)1 << 63);
}

static bool is_set_test(const struct ensemble_node *node)
{
    return node->test == ENSEMBLE_IN_SET_LEFT || node->test == ENSEMBLE_IN_SET_RIGHT;
}

static enum columns_type type_of(const struct ensemble_node *node)
{
    if (is_set_test(node))
        return node->test == ENSEMBLE_IN_SET_LEFT ? COLUMNS_CATEGORY : COLUMNS_FLOAT_CATEGORY;
    return node->test == ENSEMBLE_LESS ? COLUMNS_FLOAT : COLUMNS_DOUBLE;
}

/* Kinds count through types, kinds of missing and answers: type * 6 + missing * 2 + answer. */
static uint32_t kind_of(const struct ensemble_node *node)
{
    bool yes_is_left = node->test != ENSEMBLE_IN_SET_RIGHT;
    bool answer = node->default_left == yes_is_left && node->missing != ENSEMBLE_MISSING_NONE;
    return (uint32_t)type_of(node) * 6 + node->missing * 2u + (answer ? 1 : 0);
}

static void number_columns(struct columns *columns)
{
    uint32_t at = 0;
    for (uint32_t kind = 0; kind < COLUMNS_KINDS; kind++) {
        for (uint32_t f = 0; f < columns->feature_count; f++) {
            uint32_t *number = &columns->numbers[kind * columns->feature_count + f];
            if (*number == UNUSED)
                continue;
            columns->features[at] = (uint16_t)f;
            *number = at++;
        }
        columns->ends[kind] = at;
    }
}

static void mark_used(struct columns *columns, const struct ensemble *ensemble)
{
    for (uint32_t i = 0; i < ensemble->node_count; i++) {
        const struct ensemble_node *node = &ensemble->nodes[i];
        if (node->left == ENSEMBLE_LEAF)
            continue;
        uint32_t *number =
            &columns->numbers[kind_of(node) * columns->feature_count + node->feature];
        columns->count += *number == UNUSED ? 1 : 0;
        *number = USED;
    }
}

enum status columns_init(struct columns *columns, const struct ensemble *ensemble, struct mem *mem)
{
    memset(columns, 0, sizeof *columns);
    columns->mem = mem;
    columns->feature_count = ensemble->feature_count;
    columns->set_word_count = ensemble->set_word_count;
    size_t numbers = (size_t)COLUMNS_KINDS * ensemble->feature_count;
    if (numbers > 0) {
        columns->numbers = mem_array(mem, NULL, 0, numbers, sizeof *columns->numbers);
        if (columns->numbers == NULL)
            return STATUS_NO_MEMORY;
        memset(columns->numbers, 0xff, numbers * sizeof *columns->numbers);
    }
    mark_used(columns, ensemble);
    /* One key more, always 0: for what asks nothing, such as a leaf. */
    columns->keys = mem_zeroed(mem, ((size_t)columns->count + 1) * sizeof *columns->keys);
    columns->features = mem_zeroed(mem, ((size_t)columns->count + 1) * sizeof *columns->features);
    if (columns->keys == NULL || columns->features == NULL)
        return STATUS_NO_MEMORY;
    number_columns(columns);
    if (columns->set_word_count == 0)
        return STATUS_OK;
    columns->sets = mem_array(mem, NULL, 0, columns->set_word_count, sizeof *columns->sets);
    if (columns->sets == NULL)
        return STATUS_NO_MEMORY;
    memcpy(columns->sets, ensemble->sets, columns->set_word_count * sizeof *columns->sets);
    return STATUS_OK;
}

void columns_forget(struct columns *columns)
{
    mem_free(columns->mem, columns->numbers,
             (size_t)COLUMNS_KINDS * columns->feature_count * sizeof *columns->numbers);
    columns->numbers = NULL;
}

void columns_done(struct columns *columns)
{
    if (columns->mem == NULL)
        return;
    columns_forget(columns);
    mem_free(columns->mem, columns->keys, ((size_t)columns->count + 1) * sizeof *columns->keys);
    mem_free(columns->mem, columns->features,
             ((size_t)columns->count + 1) * sizeof *columns->features);
    mem_free(columns->mem, columns->sets, columns->set_word_count * sizeof *columns->sets);
    memset(columns, 0, sizeof *columns);
}

struct columns_question columns_question(const struct columns *columns,
                                         const struct ensemble_node *node)
{
    struct columns_question question = {
        .column = columns->numbers[kind_of(node) * columns->feature_count + node->feature],
        .in_set = is_set_test(node),
        .yes_is_left = node->test != ENSEMBLE_IN_SET_RIGHT,
    };
    ASSERT(question.column < columns->count);
    if (question.in_set)
        question.key = (uint64_t)node->set_first << 32 | node->set_word_count;
    else if (node->test == ENSEMBLE_LESS)
        question.key = key_of((float)node->threshold);
    else
        question.key = key_of(node->threshold) + 1;
    return question;
}

/* What is missing in a kind, and what becomes of it: all x of which the bits without the sign, less
 * `first`, are more than `last`. */
struct gap {
    uint64_t first;
    uint64_t last;
    uint64_t key;
};

static struct gap gap_of(uint32_t kind)
{
    bool in_sets = kind >= COLUMNS_NUMBER_KINDS;
    uint64_t yes = in_sets ? COLUMNS_IN_ALL_SETS : 0;
    uint64_t no = in_sets ? COLUMNS_IN_NO_SET : UINT64_MAX;
    struct gap gap = {0, bits_of(INFINITY), kind % 2 == 1 ? yes : no};
    switch ((enum ensemble_missing)(kind % 6 / 2)) {
    case ENSEMBLE_MISSING_NAN:
        break;
    case ENSEMBLE_MISSING_ZERO: /* zeros wrap around to beyond NAN */
        gap.first = bits_of(ENSEMBLE_ZERO_MAX) + 1;
        gap.last -= gap.first;
        break;
    case ENSEMBLE_MISSING_NONE: /* NAN counts as 0 */
        gap.key = in_sets ? 0 : key_of(0);
        break;
    }
    return gap;
}

static uint64_t category_of(double x)
{
    if (!(x > -1 && x < 4294967296.0))
        return COLUMNS_IN_NO_SET;
    return (uint64_t)x;
}

static inline uint64_t value_key(enum columns_type type, double x)
{
    switch (type) {
    case COLUMNS_FLOAT:
        return key_of((float)x);
    case COLUMNS_DOUBLE:
        return key_of(x);
    case COLUMNS_CATEGORY:
        return category_of(x);
    case COLUMNS_FLOAT_CATEGORY:
        break;
    }
    x = (float)x;
    return x < 0 ? COLUMNS_IN_NO_SET : category_of(x);
}

/* Inlined with a constant type, and without a branch that NANs here and there would mislead. */
static inline void fill(struct columns *columns, uint32_t kind, enum columns_type type,
                        const double *row)
{
    const uint16_t *features = columns->features;
    uint64_t *keys = columns->keys;
    uint32_t i = kind == 0 ? 0 : columns->ends[kind - 1];
    uint32_t end = columns->ends[kind];
    if (i == end)
        return;
    struct gap gap = gap_of(kind);
    for (; i < end; i++) {
        double x = row[features[i]];
        uint64_t key = value_key(type, x);
        uint64_t magnitude = bits_of(x) & INT64_MAX;
        uint64_t is_missing = 0 - (uint64_t)(magnitude - gap.first > gap.last);
        keys[i] = key ^ ((key ^ gap.key) & is_missing);
    }
}

void columns_fill(struct columns *columns, const double *row)
{
    for (uint32_t kind = 0; kind < 6; kind++)
        fill(columns, kind, COLUMNS_FLOAT, row);
    for (uint32_t kind = 6; kind < COLUMNS_NUMBER_KINDS; kind++)
        fill(columns, kind, COLUMNS_DOUBLE, row);
    for (uint32_t kind = COLUMNS_NUMBER_KINDS; kind < 18; kind++)
        fill(columns, kind, COLUMNS_CATEGORY, row);
    for (uint32_t kind = 18; kind < COLUMNS_KINDS; kind++)
        fill(columns, kind, COLUMNS_FLOAT_CATEGORY, row);
}
