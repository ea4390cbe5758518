#ifndef POLICY_SINK_H
#define POLICY_SINK_H

#include "policy/ast.h"
#include "policy/codes.h"

/* Where the lexer, parser and checker report to: knows the source, so that a place in bytes
 * becomes a line and a column, and remembers when memory ran out. */
struct sink {
    struct policy_report *report;
    struct view source;
    uint32_t *line_starts;  /* offsets, in the arena */
    size_t line_count;
    bool failed;            /* a diagnostic could not be stored: no memory */
};

/* Starts; source: at most POLICY_SOURCE_BYTES_MAX, borrowed. STATUS_NO_MEMORY. O(source). */
MUST_CHECK enum status sink_init(struct sink *sink, struct policy_report *report,
                                 struct view source, struct arena *arena);

/* Reports; whether it is an error or a warning is the code's. Returns the diagnostic for
 * diag_hint, or NULL when it was not kept; valid until the next report. */
struct diag *sink_add(struct sink *sink, enum policy_diag code, struct ast_place place,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The 1-based line of an offset. O(log lines). */
uint32_t sink_line(const struct sink *sink, uint32_t offset);

/* Sorts the report by place, keeping the order of what stands at one place. */
void sink_sort(struct sink *sink);

/* ---- "did you mean" ---- */

/* Looks for the candidate nearest to a word that names nothing. */
struct guess {
    struct view word;
    struct view best;       /* empty: nothing near enough */
    size_t best_distance;
};

/* Starts with no candidate seen; there will be none when the report keeps no more diagnostics. */
void guess_init(struct guess *guess, const struct sink *sink, struct view word);
/* Whether a candidate could still be of use. */
bool guess_wants(const struct guess *guess);

/* Considers one candidate; of equally near ones the first stays. O(size). */
void guess_try(struct guess *guess, struct view candidate);

/* Sets the hint to "did you mean `best`?" when something is near enough. diag may be NULL. */
void guess_hint(const struct guess *guess, struct diag *diag);

#endif
