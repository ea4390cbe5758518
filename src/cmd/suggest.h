#ifndef CMD_SUGGEST_H
#define CMD_SUGGEST_H

#include <stddef.h>

/* A word longer than this is never near another. */
#define CMD_SUGGEST_BYTES_MAX 32u

/* How many single-letter changes, insertions, deletions and swaps of neighbours turn `a` into `b`
 * (optimal string alignment); SIZE_MAX when either is longer than CMD_SUGGEST_BYTES_MAX. */
size_t cmd_suggest_distance(const char *a, const char *b);

/* Keeps the nearest of the words it is shown. Start with {word, NULL, 0}. */
struct cmd_suggestion {
    const char *word;    /* what was typed */
    const char *nearest; /* near enough to be meant, or NULL */
    size_t distance;     /* of nearest */
};

/* Shows one word that could have been meant: it replaces the nearest when it is nearer, and at most
 * a third of the typed word's letters (but one in any case) are different. */
void cmd_suggest_offer(struct cmd_suggestion *suggestion, const char *candidate);

#endif
