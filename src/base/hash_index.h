#ifndef BASE_HASH_INDEX_H
#define BASE_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"

/* An index from 64-bit hashes to places (offsets, row numbers) that grows without a pause: the
 * next table is cleared and filled a few slots at each insertion. Keys themselves are compared by
 * the owner, who knows what lies at a place. One thread at a time. */

#define HASH_INDEX_PLACE_MAX (UINT64_MAX - 1)

struct hash_index_table {
    struct hash_index_slot *slots; /* owned; a power of two of them */
    size_t slot_count;
    size_t used_count;        /* slots that are not empty, stale ones included */
};

struct hash_index {
    struct mem *mem;
    struct hash_index_table now;
    struct hash_index_table next;  /* being made; slots NULL when there is none */
    size_t cleared_bytes;     /* of next */
    size_t moved_count;       /* slots of now that next has seen */
    uint64_t place_min;       /* places below are stale: forgotten by their owner */
};

/* An empty index over `mem`; allocates nothing. */
void hash_index_init(struct hash_index *index, struct mem *mem);

/* Frees; the index is empty and usable again. Does nothing on a zeroed index. */
void hash_index_done(struct hash_index *index);

/* Makes sure that the next hash_index_insert cannot fail. STATUS_NO_MEMORY: nothing has changed. */
MUST_CHECK enum status hash_index_reserve(struct hash_index *index);

/* Adds a place under a hash, after a successful hash_index_reserve. The same pair may be there
 * already. place: at most HASH_INDEX_PLACE_MAX and not below place_min. About 10 ns, at most
 * 0.3 us. */
void hash_index_insert(struct hash_index *index, uint64_t hash, uint64_t place);

/* Forgets all places below `place_min`, which never falls. Their slots are used again. O(1). */
void hash_index_forget_below(struct hash_index *index, uint64_t place_min);

/* A walk over the places under one hash. */
struct hash_index_walk {
    const struct hash_index *index;
    uint64_t hash;
    size_t at;
    bool in_next;
    bool started;
};

/* Starts a walk; invalid after the next insertion. */
struct hash_index_walk hash_index_walk(const struct hash_index *index, uint64_t hash);

/* Gives the next place under the walk's hash; false when there is none. Each insertion whose place
 * is not forgotten is given exactly once, in no order. */
bool hash_index_walk_next(struct hash_index_walk *walk, uint64_t *ret_place);

/* Starts fetching what hash_index_walk will look at. */
void hash_index_prefetch(const struct hash_index *index, uint64_t hash);

#endif
