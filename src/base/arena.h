#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/mem.h"
#include "base/view.h"

/* Memory with one lifetime: allocated piece by piece, freed all at once. Not for threads to
 * share. */
struct arena {
    struct mem *mem;
    struct arena_block *block;  /* the newest; older ones hang behind it */
    size_t used_bytes;          /* handed out, padding included */
    size_t used_bytes_max;      /* more than this is refused; 0: no bound */
};

/* An empty arena over `mem` that hands out at most `used_bytes_max` bytes (0: no bound). */
void arena_init(struct arena *arena, struct mem *mem, size_t used_bytes_max);

/* Frees everything; the arena is empty and usable again. Does nothing on a zeroed arena. */
void arena_done(struct arena *arena);

/* `size` zeroed bytes aligned for any type, or NULL when memory or the bound is exhausted (the
 * arena is unchanged). Size 0 gives a unique valid pointer. O(size). */
void *arena_alloc(struct arena *arena, size_t size);

/* An array of `count` zeroed items; NULL also when count * item_size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t item_size);

/* Copies bytes into the arena with a NUL behind them; data is NULL when there is no memory. */
struct view arena_copy(struct arena *arena, struct view text);

#endif
