/* One idea: distinct values and their entropy follow from how often each occurs, and both change
 * by a whole number when one value comes or goes, so nothing drifts.
 *
 * 1. Linear probing, at most three quarters full; removal shifts back what follows. */
#include "feature/census_int.h"

#include <string.h>

#include "base/assert.h"

#define ROOM_FIRST 16u
#define LOG_TERMS 12

int64_t power_log_compute(uint32_t count)
{
    if (count < 2)
        return 0;
    int exponent = 31 - __builtin_clz(count);
    double m = (double)count / (double)(1u << exponent);
    if (m > 1.5) {
        m /= 2;
        exponent++;
    }
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double series = 0;
    for (int k = LOG_TERMS; k >= 0; k--)
        series = series * square + 1.0 / (2 * k + 1);
    double log2 = exponent + 2 * s * series * 0x1.71547652b82fep+0; /* 1 / ln 2 */
    return (int64_t)(count * log2 * POWER_LOG_UNIT + 0.5);
}

void census_init(struct census *census, struct mem *mem, uint64_t salt)
{
    *census = (struct census){.mem = mem, .salt = salt};
}

void census_done(struct census *census)
{
    if (census->slots != NULL)
        mem_free(census->mem, census->slots, census->room * sizeof *census->slots);
    census->slots = NULL;
    census->room = 0;
    census->used = 0;
    census->log_sum = 0;
}

void census_clear(struct census *census)
{
    if (census->slots != NULL)
        memset(census->slots, 0, census->room * sizeof *census->slots);
    census->used = 0;
    census->log_sum = 0;
}

static uint32_t home(const struct census *census, uint64_t value)
{
    uint64_t x = (value ^ census->salt) * 0x9e3779b97f4a7c15u;
    x ^= x >> 32;
    x = (x ^ (census->salt >> 17)) * 0xd6e8feb86659fd93u;
    return (uint32_t)(x >> 32) & (census->room - 1);
}

static struct census_slot *find(const struct census *census, uint64_t value)
{
    uint32_t at = home(census, value);
    while (census->slots[at].count != 0 && census->slots[at].value != value)
        at = (at + 1) & (census->room - 1);
    return &census->slots[at];
}

bool census_reserve(struct census *census, uint32_t extra)
{
    uint64_t want = (uint64_t)census->used + extra;
    if (want * 4 <= (uint64_t)census->room * 3)
        return true;
    struct census old = *census;
    uint32_t room = old.room == 0 ? ROOM_FIRST : old.room * 2;
    while (want * 4 > (uint64_t)room * 3)
        room *= 2;
    struct census_slot *slots = mem_zeroed(census->mem, room * sizeof *slots);
    if (slots == NULL)
        return false;
    census->slots = slots;
    census->room = room;
    for (uint32_t i = 0; i < old.room; i++)
        if (old.slots[i].count != 0)
            *find(census, old.slots[i].value) = old.slots[i];
    if (old.slots != NULL)
        mem_free(census->mem, old.slots, old.room * sizeof *old.slots);
    return true;
}

void census_add(struct census *census, const int64_t *power_logs, uint64_t value)
{
    struct census_slot *slot = find(census, value);
    if (slot->count == 0) {
        ASSERT(census->used + 1 < census->room);
        slot->value = value;
        census->used++;
    }
    slot->count++;
    if (power_logs != NULL)
        census->log_sum += power_log(power_logs, slot->count) -
                           power_log(power_logs, slot->count - 1);
}

static void close_gap(struct census *census, uint32_t hole)
{
    uint32_t mask = census->room - 1;
    for (uint32_t at = hole;;) {
        at = (at + 1) & mask;
        if (census->slots[at].count == 0)
            break;
        uint32_t from_home = (at - home(census, census->slots[at].value)) & mask;
        if (from_home >= ((at - hole) & mask)) {
            census->slots[hole] = census->slots[at];
            hole = at;
        }
    }
    census->slots[hole].count = 0;
}

void census_remove(struct census *census, const int64_t *power_logs, uint64_t value)
{
    struct census_slot *slot = find(census, value);
    ASSERT(slot->count > 0);
    if (power_logs != NULL)
        census->log_sum -= power_log(power_logs, slot->count) -
                           power_log(power_logs, slot->count - 1);
    if (--slot->count > 0)
        return;
    census->used--;
    close_gap(census, (uint32_t)(slot - census->slots));
}
