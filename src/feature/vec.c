/* One idea: an array in segments of 2 MiB, so that growing copies nothing but the first of them.
 *
 * 1. Only the first segment is ever smaller than a whole one, and only while it is alone. */
#include "feature/store_int.h"

#include <string.h>

#include "base/assert.h"

#define SEGMENT_BYTES ((uint32_t)1 << 21)
#define FIRST_ITEMS_MIN 16u

void vec_init(struct vec *vec, struct mem *mem, uint32_t item_bytes)
{
    ASSERT(item_bytes > 0 && item_bytes <= SEGMENT_BYTES / FIRST_ITEMS_MIN);
    *vec = (struct vec){.mem = mem, .item_bytes = item_bytes, .shift = 4};
    while (((uint64_t)item_bytes << (vec->shift + 1)) <= SEGMENT_BYTES)
        vec->shift++;
}

static size_t segment_bytes(const struct vec *vec, uint32_t index)
{
    uint32_t items = index == 0 ? vec->first_items : 1u << vec->shift;
    return (size_t)items * vec->item_bytes;
}

void vec_done(struct vec *vec)
{
    for (uint32_t i = 0; i < vec->segment_count; i++)
        mem_free(vec->mem, vec->segments[i], segment_bytes(vec, i));
    if (vec->mem != NULL)
        mem_free(vec->mem, vec->segments, vec->segment_count * sizeof *vec->segments);
    vec->segments = NULL;
    vec->segment_count = 0;
    vec->first_items = 0;
}

uint64_t vec_bytes(const struct vec *vec)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < vec->segment_count; i++)
        sum += segment_bytes(vec, i);
    return sum;
}

static bool add_segment(struct vec *vec)
{
    uint32_t count = vec->segment_count;
    uint32_t items = count == 0 ? FIRST_ITEMS_MIN : 1u << vec->shift;
    size_t size_bytes = (size_t)items * vec->item_bytes;
    char *segment = mem_zeroed(vec->mem, size_bytes);
    if (segment == NULL)
        return false;
    char **segments = mem_array(vec->mem, vec->segments, count, count + 1, sizeof *segments);
    if (segments == NULL) {
        mem_free(vec->mem, segment, size_bytes);
        return false;
    }
    segments[count] = segment;
    vec->segments = segments;
    vec->segment_count++;
    if (count == 0)
        vec->first_items = items;
    return true;
}

static bool grow_first(struct vec *vec)
{
    size_t size_bytes = segment_bytes(vec, 0);
    char *segment = vec->mem->resize(vec->mem, vec->segments[0], size_bytes, 2 * size_bytes);
    if (segment == NULL)
        return false;
    memset(segment + size_bytes, 0, size_bytes);
    vec->segments[0] = segment;
    vec->first_items *= 2;
    return true;
}

static uint64_t room(const struct vec *vec)
{
    if (vec->segment_count <= 1)
        return vec->first_items;
    return (uint64_t)vec->segment_count << vec->shift;
}

bool vec_reserve(struct vec *vec, uint32_t count)
{
    if (count == NONE)
        return false;
    while (room(vec) < count) {
        bool first = vec->segment_count == 1 && vec->first_items < 1u << vec->shift;
        if (!(first ? grow_first(vec) : add_segment(vec)))
            return false;
    }
    return true;
}
