/* One idea: the bucket is the position of the highest bit and the five bits below it. */
#include "cmd/latency.h"

#include <stddef.h>

static size_t bucket_of(uint64_t ns)
{
    if (ns < 32)
        return (size_t)ns;
    unsigned shift = 58u - (unsigned)__builtin_clzll(ns);
    size_t bucket = (size_t)(shift + 1) * 32 + (size_t)((ns >> shift) & 31);
    return bucket < CMD_LATENCY_BUCKETS ? bucket : CMD_LATENCY_BUCKETS - 1;
}

static uint64_t bucket_end(size_t bucket)
{
    if (bucket < 32)
        return bucket;
    unsigned shift = (unsigned)(bucket / 32) - 1;
    return ((uint64_t)(32 + bucket % 32 + 1) << shift) - 1;
}

void cmd_latency_add(struct cmd_latency *latency, uint64_t ns)
{
    latency->counts[bucket_of(ns)]++;
    latency->count++;
    if (ns > latency->max_ns)
        latency->max_ns = ns;
}

uint64_t cmd_latency_at(const struct cmd_latency *latency, double share)
{
    uint64_t wanted = (uint64_t)((double)latency->count * share);
    uint64_t seen = 0;
    for (size_t i = 0; i < CMD_LATENCY_BUCKETS; i++) {
        seen += latency->counts[i];
        if (seen > wanted || (seen == latency->count && seen > 0)) {
            uint64_t end = bucket_end(i);
            return end < latency->max_ns ? end : latency->max_ns;
        }
    }
    return 0;
}
