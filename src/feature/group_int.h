#ifndef FEATURE_GROUP_INT_H
#define FEATURE_GROUP_INT_H

#include "feature/census_int.h"
#include "feature/order_int.h"
#include "feature/sequence_int.h"

/* The values of a big row's window, for the positions [begin, end). A quantile keeps them in order.
 * The others count them: by looking at the events themselves while the range is short, with a
 * census when it is long. */
struct group_cache {
    uint32_t begin;
    uint32_t end;
    uint32_t values;   /* how many there are in the range */
    uint32_t distinct; /* different ones, and the sum of power_log of how often: while not mapped */
    int64_t log_sum;
    struct census *census; /* NULL: not needed yet */
    struct order *order;
    bool mapped;       /* the census counts the values */
};

void groups_clear(const struct table *table, struct big *big);
void groups_start(const struct table *table, struct row *row);
void groups_done(const struct table *table, struct big *big);
bool groups_reserve(const struct table *table, struct big *big, uint32_t extra);
void groups_insert(const struct table *table, struct row *row, uint32_t rank,
                   const struct item *item);
/* Whether the event of rank 0 lies in some range, and its drop must be heard of. */
bool groups_wait(const struct table *table, const struct big *big);
void groups_drop(const struct table *table, struct row *row, const struct item *item);
uint64_t groups_bytes(const struct table *table, const struct big *big);

/* Moves a window's group to ranks [begin, end), with room for `extra` more values; false without
 * memory: the group is then somewhere on the way, and whole. */
bool group_prepare(const struct table *table, struct row *row, const struct reading *reading,
                   uint32_t begin, uint32_t end, uint32_t extra);

/* The least rank whose share of `count` values is at least q. */
uint32_t quantile_rank(double q, uint32_t count);

/* The entropy in bits of `count` values; log_sum: the sum of power_log over how often each is. */
double entropy_of(const int64_t *power_logs, uint32_t count, int64_t log_sum);

/* Distinct, entropy or quantile over ranks [begin, end) of a big row, after group_prepare. */
bool group_read(const struct table *table, struct row *row, const struct reading *reading,
                uint32_t begin, uint32_t end,
                union feature_value *ret_value);

#endif
