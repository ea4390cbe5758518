/* One idea: a decayed sum ages as a whole, so one number and its time are all it needs.
 *
 * The words: base, base_ms, sum, sum_ms; a time of INT64_MIN means that there is none yet.
 * 1. sum is the decayed sum at sum_ms of every event so far.
 * 2. base is the decayed sum at base_ms of the events at or before base_ms; later ones are all
 *    still retained, and no read comes before base_ms. So a late read starts from base.
 * 3. Both depend on the calls alone and are saved as they are: replay gives the same bits. */
#include "feature/decay_int.h"

#define FRACTION_STEPS 64

/* 2^-(i/64), correctly rounded. */
static const double POWERS[FRACTION_STEPS] = {
    0x1.0000000000000p+0, 0x1.fa7c1819e90d8p-1, 0x1.f50765b6e4540p-1, 0x1.efa1bee615a27p-1,
    0x1.ea4afa2a490dap-1, 0x1.e502ee78b3ff6p-1, 0x1.dfc97337b9b5fp-1, 0x1.da9e603db3285p-1,
    0x1.d5818dcfba487p-1, 0x1.d072d4a07897cp-1, 0x1.cb720dcef9069p-1, 0x1.c67f12e57d14bp-1,
    0x1.c199bdd85529cp-1, 0x1.bcc1e904bc1d2p-1, 0x1.b7f76f2fb5e47p-1, 0x1.b33a2b84f15fbp-1,
    0x1.ae89f995ad3adp-1, 0x1.a9e6b5579fdbfp-1, 0x1.a5503b23e255dp-1, 0x1.a0c667b5de565p-1,
    0x1.9c49182a3f090p-1, 0x1.97d829fde4e50p-1, 0x1.93737b0cdc5e5p-1, 0x1.8f1ae99157736p-1,
    0x1.8ace5422aa0dbp-1, 0x1.868d99b4492edp-1, 0x1.82589994cce13p-1, 0x1.7e2f336cf4e62p-1,
    0x1.7a11473eb0187p-1, 0x1.75feb564267c9p-1, 0x1.71f75e8ec5f74p-1, 0x1.6dfb23c651a2fp-1,
    0x1.6a09e667f3bcdp-1, 0x1.6623882552225p-1, 0x1.6247eb03a5585p-1, 0x1.5e76f15ad2148p-1,
    0x1.5ab07dd485429p-1, 0x1.56f4736b527dap-1, 0x1.5342b569d4f82p-1, 0x1.4f9b2769d2ca7p-1,
    0x1.4bfdad5362a27p-1, 0x1.486a2b5c13cd0p-1, 0x1.44e086061892dp-1, 0x1.4160a21f72e2ap-1,
    0x1.3dea64c123422p-1, 0x1.3a7db34e59ff7p-1, 0x1.371a7373aa9cbp-1, 0x1.33c08b26416ffp-1,
    0x1.306fe0a31b715p-1, 0x1.2d285a6e4030bp-1, 0x1.29e9df51fdee1p-1, 0x1.26b4565e27cddp-1,
    0x1.2387a6e756238p-1, 0x1.2063b88628cd6p-1, 0x1.1d4873168b9aap-1, 0x1.1a35beb6fcb75p-1,
    0x1.172b83c7d517bp-1, 0x1.1429aaea92de0p-1, 0x1.11301d0125b51p-1, 0x1.0e3ec32d3d1a2p-1,
    0x1.0b5586cf9890fp-1, 0x1.0874518759bc8p-1, 0x1.059b0d3158574p-1, 0x1.02c9a3e778061p-1,
};

/* (-ln 2)^k / k! for k = 1 .. 6: with |x| < 1/64 the next term is below 2^-64. */
static const double TERMS[] = {
    -0x1.62e42fefa39efp-1, 0x1.ebfbdff82c58fp-3, -0x1.c6b08d704a0c0p-5,
    0x1.3b2ab6fba4e77p-7, -0x1.5d87fe78a6731p-10, 0x1.430912f86c787p-13,
};

double decay_factor(double x)
{
    if (!(x < 1020))
        return 0;
    if (!(x > 0))
        return 1;
    int32_t steps = (int32_t)(x * FRACTION_STEPS);
    double rest = x - (double)steps / FRACTION_STEPS;
    double series = 0;
    for (int k = (int)(sizeof TERMS / sizeof *TERMS) - 1; k >= 0; k--)
        series = (series + TERMS[k]) * rest;
    uint64_t bits = (uint64_t)(1023 - steps / FRACTION_STEPS) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    double power = POWERS[steps % FRACTION_STEPS];
    return (power + power * series) * scale;
}

struct sums {
    double base;
    int64_t base_ms;
    double sum;
    int64_t sum_ms;
};

static struct sums load(const struct row *row, const struct decay *decay)
{
    struct sums sums;
    const uint64_t *words = (const uint64_t *)(const void *)(row + 1);
    memcpy(&sums, words + decay->at, sizeof sums);
    return sums;
}

static void store(struct row *row, const struct decay *decay, struct sums sums)
{
    memcpy(row_fold(row) + decay->at, &sums, sizeof sums);
}

void decay_init(const struct table *table, uint64_t *words)
{
    const struct sums empty = {0, INT64_MIN, 0, INT64_MIN};
    for (uint16_t i = 0; i < table->decay_count; i++)
        memcpy(words + table->decays[i].at, &empty, sizeof empty);
}

static double aged(const struct decay *decay, double sum, int64_t ms)
{
    return ms == 0 ? sum : sum * decay_factor((double)ms / decay->half_life_ms);
}

static double number_of(const struct table *table, const struct decay *decay, uint64_t value)
{
    if (table->spec->columns[decay->column].type != FEATURE_F64)
        return (double)(int64_t)value;
    double number;
    memcpy(&number, &value, sizeof number);
    return number;
}

/* Ages a sum forth to a time. */
static void age_to(const struct decay *decay, double *sum, int64_t *sum_ms, int64_t at_ms)
{
    if (*sum_ms != INT64_MIN)
        *sum = aged(decay, *sum, at_ms - *sum_ms);
    *sum_ms = at_ms;
}

void decay_insert(const struct table *table, struct row *row, const struct item *item)
{
    for (uint16_t i = 0; i < table->decay_count; i++) {
        const struct decay *decay = &table->decays[i];
        if ((item->classes >> decay->class_index & 1) == 0)
            continue;
        double value = number_of(table, decay, item->values[decay->column]);
        struct sums sums = load(row, decay);
        if (item->at_ms >= sums.sum_ms)
            age_to(decay, &sums.sum, &sums.sum_ms, item->at_ms);
        sums.sum += aged(decay, value, sums.sum_ms - item->at_ms);
        if (item->at_ms <= sums.base_ms)
            sums.base += aged(decay, value, sums.base_ms - item->at_ms);
        store(row, decay, sums);
    }
}

/* Adds the retained events in (*base_ms, at_ms] to *base, which ends up at the latest of them. */
static void add_events(const struct table *table, const struct row *row, const struct decay *decay,
                       double *base, int64_t *base_ms, int64_t at_ms)
{
    uint32_t from = *base_ms == INT64_MIN ? 0 : row_upper(table, row, *base_ms);
    struct span span = {from, row_upper(table, row, at_ms), NONE};
    struct piece piece;
    while (row_piece(table, row, &span, &piece)) {
        for (uint32_t k = piece.i; k < piece.j; k++) {
            if (!run_in_class(table, piece.run, k, decay->class_index))
                continue;
            age_to(decay, base, base_ms, run_time(table, piece.run, k));
            *base += number_of(table, decay, run_value(table, piece.run, decay->column, k));
        }
    }
}

void decay_settle(const struct table *table, struct row *row, int64_t settled_ms, int64_t line_ms)
{
    if (table->late_ms == 0)
        return;
    for (uint16_t i = 0; i < table->decay_count; i++) {
        const struct decay *decay = &table->decays[i];
        struct sums sums = load(row, decay);
        bool due = sums.base_ms == INT64_MIN || line_ms > sums.base_ms ||
                   settled_ms - sums.base_ms > table->late_ms;
        if (!due)
            continue;
        add_events(table, row, decay, &sums.base, &sums.base_ms, settled_ms);
        age_to(decay, &sums.base, &sums.base_ms, settled_ms);
        store(row, decay, sums);
    }
}

double decay_read(const struct table *table, const struct row *row, uint16_t decay, int64_t at_ms)
{
    const struct decay *d = &table->decays[decay];
    struct sums sums = load(row, d);
    if (sums.sum_ms == INT64_MIN)
        return 0;
    if (at_ms >= sums.sum_ms)
        return aged(d, sums.sum, at_ms - sums.sum_ms);
    add_events(table, row, d, &sums.base, &sums.base_ms, at_ms);
    return sums.base_ms == INT64_MIN ? 0 : aged(d, sums.base, at_ms - sums.base_ms);
}
