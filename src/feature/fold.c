/* One idea: a dropped event lives on in a few words per class and column.
 *
 * 1. Events are folded in order of time and arrival; one that comes later still (a label) is newer
 *    by arrival than any folded one of its time. */
#include "feature/fold_int.h"

#include "feature/decay_int.h"
#include "feature/tally_int.h"

void fold_init(const struct table *table, uint64_t *words)
{
    memset(words, 0, 8u * table->fold_words);
    for (uint16_t i = 0; i < table->fold_count; i++) {
        const struct fold *fold = &table->folds[i];
        if (fold->least_at != NO_PART)
            words[fold->least_at] = (uint64_t)INT64_MAX;
        if (fold->greatest_at != NO_PART)
            words[fold->greatest_at] = (uint64_t)INT64_MIN;
        if (fold->first_ms_at != NO_PART)
            words[fold->first_ms_at] = (uint64_t)INT64_MAX;
        if (fold->last_ms_at != NO_PART)
            words[fold->last_ms_at] = (uint64_t)INT64_MIN;
    }
    decay_init(table, words);
}

static void fold_extremes(const struct fold *fold, int64_t order, uint64_t *words)
{
    if (fold->least_at != NO_PART && order < (int64_t)words[fold->least_at])
        words[fold->least_at] = (uint64_t)order;
    if (fold->greatest_at != NO_PART && order > (int64_t)words[fold->greatest_at])
        words[fold->greatest_at] = (uint64_t)order;
}

static void fold_ends(const struct fold *fold, int64_t at_ms, uint64_t value, uint64_t *words)
{
    if (fold->first_ms_at != NO_PART && at_ms < (int64_t)words[fold->first_ms_at]) {
        words[fold->first_ms_at] = (uint64_t)at_ms;
        if (fold->first_at != NO_PART)
            words[fold->first_at] = value;
    }
    if (fold->last_ms_at != NO_PART && at_ms >= (int64_t)words[fold->last_ms_at]) {
        words[fold->last_ms_at] = (uint64_t)at_ms;
        if (fold->last_at != NO_PART)
            words[fold->last_at] = value;
    }
}

void fold_event(const struct table *table, struct row *row, const struct item *item)
{
    uint64_t *words = row_fold(row);
    for (uint16_t i = 0; i < table->fold_count; i++) {
        const struct fold *fold = &table->folds[i];
        bool column = fold->column != NO_COLUMN;
        uint64_t value = column ? item->values[fold->column] : 0;
        enum feature_type type = column ? table->spec->columns[fold->column].type : FEATURE_I64;
        if ((item->classes >> fold->class_index & 1) == 0 ||
            (type == FEATURE_SYMBOL && value == NONE))
            continue;
        if (fold->tally_at != NO_PART) {
            words[fold->tally_at]++;
            struct measure sums = fold_measure(fold, type);
            if (column)
                tally_add_value(&sums, value, words + fold->tally_at + 1);
        }
        fold_extremes(fold, value_order(type, value), words);
        fold_ends(fold, item->at_ms, value, words);
    }
}
