#ifndef MODEL_COLUMNS_INT_H
#define MODEL_COLUMNS_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"
#include "model/ensemble.h"

/* The values of a row turned into integers, so that every split of every kind is one comparison
 * or one bit. A column is a feature as some splits see it: rounded to float or not, as a category
 * or not, and with missing values replaced by what answers those splits their default way. */

enum columns_type { COLUMNS_FLOAT, COLUMNS_DOUBLE, COLUMNS_CATEGORY, COLUMNS_FLOAT_CATEGORY };

#define COLUMNS_NUMBER_KINDS 12 /* those of numbers, which lie before those of categories */
#define COLUMNS_KINDS 24 /* types x kinds of missing x the answer that missing values get */

struct columns {
    struct mem *mem;
    uint32_t count;
    uint32_t ends[COLUMNS_KINDS]; /* the columns of kind k lie before ends[k], after those of k-1 */
    uint16_t *features;           /* of each column */
    uint32_t *numbers;            /* of (kind, feature), while splits are being laid out */
    uint32_t feature_count;
    uint32_t *sets;               /* the ensemble's */
    uint32_t set_word_count;
    uint64_t *keys;               /* of the row at hand, one per column */
};

/* What a split asks of a column. Numbers: whether its key is below `key`, which is never 0. Sets:
 * whether its category is among the words that `key` tells, its first in the upper half and their
 * count in the lower. */
struct columns_question {
    uint64_t key;
    uint32_t column;
    bool in_set;
    bool yes_is_left; /* where the rows with the answer yes go */
};

#define COLUMNS_IN_ALL_SETS UINT64_MAX
#define COLUMNS_IN_NO_SET (UINT64_MAX - 1)

/* Finds the columns that the splits of a checked ensemble need. STATUS_NO_MEMORY: `columns` is
 * empty, or to be given to columns_done all the same. O(nodes). */
MUST_CHECK enum status columns_init(struct columns *columns, const struct ensemble *ensemble,
                                    struct mem *mem);

/* Frees; a zeroed or half-made one is allowed. */
void columns_done(struct columns *columns);

/* The question of a split of the ensemble that the columns were made of; not after
 * columns_forget. O(1). */
struct columns_question columns_question(const struct columns *columns,
                                         const struct ensemble_node *node);

/* The columns from here on are asked as categories, those before as numbers. */
static inline uint32_t columns_sets_first(const struct columns *columns)
{
    return columns->ends[COLUMNS_NUMBER_KINDS - 1];
}

/* Frees what only columns_question needs. */
void columns_forget(struct columns *columns);

/* Turns a row, feature_count doubles, into columns->keys. O(columns); allocates nothing. */
void columns_fill(struct columns *columns, const double *row);

/* The answer of a row's key to a question about a set: `key` as in struct columns_question. */
static inline bool columns_in_set(const uint32_t *sets, uint64_t key, uint64_t category)
{
    uint64_t word = category >> 5;
    if (word >= (uint32_t)key)
        return category == COLUMNS_IN_ALL_SETS;
    return (sets[(key >> 32) + word] >> (category & 31) & 1) != 0;
}

#endif
