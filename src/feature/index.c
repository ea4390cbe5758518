/* One idea: 256 small open-addressing tables chosen by the top bits of the hash.
 *
 * 1. Linear probing from the low 32 bits of the hash, which are kept as the tag, so that growing
 *    a part reads no item.
 * 2. A part is at most three quarters full, so probing meets an empty slot.
 * 3. Removal shifts back what follows; there are no tombstones. */
#include "feature/store_int.h"

#include <string.h>

#include "base/assert.h"

#define PART_SLOTS_MIN 8u

void index_init(struct index *index, struct mem *mem)
{
    *index = (struct index){.mem = mem};
}

void index_done(struct index *index)
{
    for (uint32_t i = 0; i < INDEX_PARTS; i++) {
        struct index_part *part = &index->parts[i];
        if (part->slots != NULL)
            mem_free(index->mem, part->slots, ((size_t)part->mask + 1) * sizeof *part->slots);
        *part = (struct index_part){.slots = NULL};
    }
    index->slot_count = 0;
}

static void place(struct index_part *part, uint32_t tag, uint32_t item)
{
    uint32_t at = tag & part->mask;
    while (part->slots[at].item != NONE)
        at = (at + 1) & part->mask;
    part->slots[at] = (struct index_slot){tag, item};
}

bool index_reserve(struct index *index, uint64_t hash)
{
    struct index_part *part = &index->parts[hash >> 56];
    uint32_t count = part->slots == NULL ? 0 : part->mask + 1;
    if ((uint64_t)part->used + 1 <= (uint64_t)count * 3 / 4)
        return true;
    uint32_t count_new = count == 0 ? PART_SLOTS_MIN : count * 2;
    if (count_new == 0)
        return false;
    struct index_part grown = {.mask = count_new - 1, .used = part->used};
    grown.slots = mem_array(index->mem, NULL, 0, count_new, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    memset(grown.slots, 0xff, (size_t)count_new * sizeof *grown.slots);
    for (uint32_t i = 0; i < count; i++)
        if (part->slots[i].item != NONE)
            place(&grown, part->slots[i].tag, part->slots[i].item);
    mem_free(index->mem, part->slots, (size_t)count * sizeof *part->slots);
    *part = grown;
    index->slot_count += count_new - count;
    return true;
}

void index_put(struct index *index, uint64_t hash, uint32_t item)
{
    struct index_part *part = &index->parts[hash >> 56];
    place(part, (uint32_t)hash, item);
    part->used++;
}

void index_remove(struct index *index, uint64_t hash, uint32_t item)
{
    struct index_part *part = &index->parts[hash >> 56];
    ASSERT(part->used > 0);
    uint32_t hole = (uint32_t)hash & part->mask;
    while (part->slots[hole].item != item) {
        ASSERT(part->slots[hole].item != NONE);
        hole = (hole + 1) & part->mask;
    }
    for (uint32_t at = hole;;) {
        at = (at + 1) & part->mask;
        if (part->slots[at].item == NONE)
            break;
        uint32_t from_home = (at - part->slots[at].tag) & part->mask;
        if (from_home >= ((at - hole) & part->mask)) {
            part->slots[hole] = part->slots[at];
            hole = at;
        }
    }
    part->slots[hole].item = NONE;
    part->used--;
}
