#ifndef ENGINE_SEEN_H
#define ENGINE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/* The memory of ids: which events were decided, with what content and how, for as long as the
 * policy says, so that an event that comes again gets its old answer and changes nothing. */

#define SEEN_ID_BYTES_MAX 256
#define SEEN_BODY_BYTES_MAX ((size_t)15 << 17) /* a decision's stored form */
#define SEEN_SYMBOLS_MAX 16

/* One remembered event. Views point into the memory and live until the next seen_add. */
struct seen_entry {
    uint16_t event;       /* type; ids of different types are different */
    struct view id;
    int64_t at_ms;
    uint64_t ordinal;     /* how many events were decided before it */
    uint64_t content[2];  /* hash_content of what the event said, under a secret */
    uint32_t labels;      /* those set since; 0 when it is added */
    uint8_t symbol_count; /* for labels that arrive later; 0 when the type has none */
    const uint32_t *symbols;
    struct view body;     /* the decision, as the engine packs it */
};

struct seen;

/* An empty memory that finds an event again until one comes that is more than `remember_ms` newer.
 * NULL: no memory. */
struct seen *seen_new(struct mem *mem, struct hash_seed seed, int64_t remember_ms);

/* Frees; NULL is allowed. */
void seen_free(struct seen *seen);

/* The hash under which an id is kept; pass it on to the functions below. */
uint64_t seen_hash(const struct seen *seen, uint16_t event, struct view id);

/* Starts fetching what seen_find will read. */
void seen_prefetch(const struct seen *seen, uint64_t hash);

#define SEEN_NONE UINT64_MAX

/* Finds an event by type and id. Returns its place, or SEEN_NONE. About 60 ns when not in cache. */
uint64_t seen_find(const struct seen *seen, uint64_t hash, uint16_t event, struct view id);

/* What lies at a place that seen_find returned. */
struct seen_entry seen_at(const struct seen *seen, uint64_t place);

/* The bits that labels set on an event, one per label of the policy; all 0 at first. */
uint32_t seen_labels(const struct seen *seen, uint64_t place);

/* Sets one of them. */
void seen_set_label(struct seen *seen, uint64_t place, uint32_t label);

/* Makes sure that a seen_add of a body of at most `body_bytes` cannot fail.
 * STATUS_NO_MEMORY: nothing observable has changed. */
MUST_CHECK enum status seen_reserve(struct seen *seen, size_t body_bytes);

/* Remembers an event that is not there yet, after seen_reserve, and forgets those too old now.
 * All views are copied. O(1), but for a block of 2 MiB that is dropped now and then. */
void seen_add(struct seen *seen, uint64_t hash, const struct seen_entry *entry);

/* How many events are remembered. */
uint64_t seen_count(const struct seen *seen);

/* In how many bytes. */
uint64_t seen_bytes(const struct seen *seen);

/* Appends all that is remembered, oldest first, to `out`. */
void seen_save(const struct seen *seen, struct buf *out);

/* Adds what seen_save wrote to an empty memory; bytes: exactly those, hostile.
 * STATUS_CORRUPT with a diag, STATUS_NO_MEMORY: `seen` is fit only for seen_free then. */
MUST_CHECK enum status seen_load(struct seen *seen, struct view bytes, struct diag *diag);

struct seen_walk {
    const struct seen *seen;
    size_t block;
    size_t at;
    struct seen_entry entry;
};

/* Starts a walk over all that is remembered, oldest first; invalid after seen_add. */
struct seen_walk seen_walk(const struct seen *seen);

/* Moves to the next entry; false behind the last. */
bool seen_walk_next(struct seen_walk *walk);

/* The time below which events are not found any more, whether or not a walk still meets them. */
int64_t seen_oldest_ms(const struct seen *seen);

#endif
