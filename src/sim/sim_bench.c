/* One idea: how fast a world is told, formatting included, in processor time, the best of some
 * slices, since the machine has other guests. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/sim.h"

#define SLICE 200000
#define SLICES 10

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

/* One world's table row; returns whether it could be made. */
static int bench(const char *name, uint32_t businesses, uint32_t customers)
{
    struct sim_config config = sim_config_default();
    config.businesses = businesses;
    config.customers = customers;
    config.days = SIM_DAYS_MAX;
    struct sim *sim = NULL;
    struct buf line;
    double ns[SLICES];
    uint64_t bytes = 0;
    if (sim_new(&config, mem_libc(), &sim, NULL) != STATUS_OK)
        return 0;
    buf_init(&line, mem_libc());
    for (int slice = 0; slice < SLICES; slice++) {
        double start_s = cpu_s();
        for (int i = 0; i < SLICE; i++) {
            buf_clear(&line);
            if (sim_next(sim, &line) != STATUS_OK)
                break;
            bytes += line.size_bytes;
        }
        ns[slice] = (cpu_s() - start_s) * 1e9 / SLICE;
    }
    qsort(ns, SLICES, sizeof ns[0], compare);
    printf("%-22s %9u %12.0f %12.0f %10.0f %9.0f\n", name, customers, 1e9 / ns[0],
           1e9 / ns[SLICES / 2], ns[0], (double)bytes / (SLICE * SLICES));
    buf_done(&line);
    sim_free(sim);
    return 1;
}

int main(void)
{
    printf("simulated events, one core (goal 300000 events/s)\n");
    printf("%-22s %9s %12s %12s %10s %9s\n", "world", "customers", "best ev/s", "median ev/s",
           "ns/event", "bytes");
    int made = bench("payments", 1u << SIM_PAYMENTS, 2000) &&
               bench("payments", 1u << SIM_PAYMENTS, 1000000) &&
               bench("all six businesses", SIM_BUSINESS_ALL, 2000) &&
               bench("all six businesses", SIM_BUSINESS_ALL, 1000000);
    return made ? EXIT_SUCCESS : EXIT_FAILURE;
}
