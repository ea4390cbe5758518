#ifndef CMD_LATENCY_H
#define CMD_LATENCY_H

#include <stdint.h>

/* A histogram of times from 1 ns to 18 s, exact to 1/32 of the value: 32 steps per power of two. */
#define CMD_LATENCY_BUCKETS (35 * 32)

struct cmd_latency {
    uint64_t counts[CMD_LATENCY_BUCKETS];
    uint64_t count;
    uint64_t max_ns;
};

/* Adds one time; longer ones than the last bucket go into it. About 2 ns. */
void cmd_latency_add(struct cmd_latency *latency, uint64_t ns);

/* The time that a share of all is at or below, as the upper end of its bucket. share: 0 to 1; with
 * nothing added, 0. */
uint64_t cmd_latency_at(const struct cmd_latency *latency, double share);

#endif
