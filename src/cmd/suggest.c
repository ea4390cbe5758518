/* One idea: a typo is few edits away from what was meant; the optimal string alignment distance
 * counts them (Damerau 1964), row by row over three rows. */
#include "cmd/suggest.h"

#include <stdint.h>
#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t cmd_suggest_distance(const char *a, const char *b)
{
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    if (a_size > CMD_SUGGEST_BYTES_MAX || b_size > CMD_SUGGEST_BYTES_MAX)
        return SIZE_MAX;
    size_t rows[3][CMD_SUGGEST_BYTES_MAX + 1] = {0};
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = smaller(change, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
    }
    return row[b_size];
}

void cmd_suggest_offer(struct cmd_suggestion *suggestion, const char *candidate)
{
    size_t third = strlen(suggestion->word) / 3;
    size_t distance = cmd_suggest_distance(suggestion->word, candidate);
    if (distance > (third > 0 ? third : 1))
        return;
    if (suggestion->nearest == NULL || distance < suggestion->distance) {
        suggestion->nearest = candidate;
        suggestion->distance = distance;
    }
}
