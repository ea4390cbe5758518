#ifndef FEATURE_CENSUS_INT_H
#define FEATURE_CENSUS_INT_H

#include "feature/store_int.h"

/* How often each value occurs: a map from 64-bit values to counts. */

struct census_slot {
    uint64_t value;
    uint32_t count; /* 0: empty */
};

struct census {
    struct mem *mem;
    uint64_t salt;
    struct census_slot *slots;
    uint32_t room;   /* slots, a power of two or 0 */
    uint32_t used;   /* different values */
    int64_t log_sum; /* sum of power_log(count) over the values */
};

void census_init(struct census *census, struct mem *mem, uint64_t salt);
void census_done(struct census *census);
bool census_reserve(struct census *census, uint32_t extra); /* room for new values */
/* power_logs: NULL when log_sum is not wanted. */
void census_add(struct census *census, const int64_t *power_logs, uint64_t value);
void census_remove(struct census *census, const int64_t *power_logs, uint64_t value);
void census_clear(struct census *census);

/* c * log2(c) in units of 2^-36, for c up to FEATURE_ENTITY_EVENTS_MAX: exact to half a unit and
 * 2^-50 of the value, with nothing but IEEE 754 basic operations. */
#define POWER_LOG_UNIT 0x1p36
#define POWER_LOGS 1024u /* this many come from a table */
int64_t power_log_compute(uint32_t count);

static inline int64_t power_log(const int64_t *power_logs, uint32_t count)
{
    return count < POWER_LOGS ? power_logs[count] : power_log_compute(count);
}

#endif
