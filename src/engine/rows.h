#ifndef ENGINE_ROWS_H
#define ENGINE_ROWS_H

#include "engine/engine.h"
#include "model/matrix.h"

/* The rows of a model, collected while a history is decided: the values that the model would be
 * given at each event, with what became known of the event later. */

struct rows_options {
    const struct policy *policy;
    struct mem *mem;
    struct hash_seed seed;  /* any: where things lie, nothing else */
    uint16_t model;         /* index */
    uint16_t event;         /* index of the event that gives rows; the model exists on it */
    uint16_t label;         /* index: the truth about that event; UINT16_MAX: none is known */
    uint16_t amount_field;  /* of the event: what is at stake, or UINT16_MAX */
    uint16_t entity_field;  /* of the event: whom it is about, a text; or UINT16_MAX */
    int64_t from_ms;        /* only events at these times give rows: from the one on, and before */
    int64_t until_ms;       /* the other; INT64_MIN and INT64_MAX: all */
};

struct rows;

/* A collection that has seen nothing. STATUS_NO_MEMORY. */
MUST_CHECK enum status rows_new(const struct rows_options *options, struct rows **ret_rows);

/* Frees; NULL is allowed. */
void rows_free(struct rows *rows);

/* Where the engine's label sink for this collection is; give it to engine_label_listen. */
struct engine_label_sink *rows_label_sink(struct rows *rows);

/* Takes one outcome; those that were not decided, came again or are of other events give no row.
 * STATUS_NO_MEMORY, STATUS_LIMIT: the collection is fit only for rows_free. */
MUST_CHECK enum status rows_take(struct rows *rows, const struct engine_outcome *outcome);

/* The rows so far, in the order of their ordinals, one column per argument of the model. A label of
 * a field is known to be true its delay after the event; one of an event when that event came.
 * Events without an entity are each about one of their own. Lives until rows_free. */
const struct matrix *rows_matrix(const struct rows *rows);

/* How many entities the rows are about. */
size_t rows_entity_count(const struct rows *rows);

/* When the first and the last of all events decided were; false: there was none. */
bool rows_span(const struct rows *rows, int64_t *ret_first_ms, int64_t *ret_last_ms);

#endif
