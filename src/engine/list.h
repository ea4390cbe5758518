#ifndef ENGINE_LIST_H
#define ENGINE_LIST_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/hash_index.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "policy/policy.h"

/* The lists of a policy: sets of values, or of (key, value) pairs, with an optional end of each. */

struct list_entry {
    struct view key;
    struct view value;
    int64_t expires_ms; /* holds before this time; INT64_MAX: for good */
};

struct list {
    struct arena arena;          /* the entries' bytes */
    struct list_entry *entries;  /* owned */
    size_t entry_count;
    size_t entry_capacity;
    struct hash_index index;
};

struct list_set {
    struct policy_lists lists;   /* what policy code asks; first, so that it can be cast back */
    struct mem *mem;
    struct hash_seed seed;
    const struct policy *policy;
    struct list *items;          /* policy->list_count, owned */
};

/* Empty lists for a policy. STATUS_NO_MEMORY. */
MUST_CHECK enum status list_set_init(struct list_set *set, const struct policy *policy,
                                     struct mem *mem, struct hash_seed seed);

/* Frees; does nothing on a zeroed set. */
void list_set_done(struct list_set *set);

/* As engine_list_load. */
MUST_CHECK enum status list_set_load(struct list_set *set, uint16_t list, struct view text,
                                     struct diag *diag);

/* Adds the entries, in the order in which they were loaded, to a digest. */
void list_set_digest(const struct list_set *set, struct hash_digest *digest);

#endif
