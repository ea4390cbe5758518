/* One idea: the least time of many short slices, for one payment of 400 bytes read whole. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "codec/json.h"

#define SLICES 20000
#define ROUNDS 50

static const char event[] =
    "{\"type\":\"payment\",\"id\":\"b7c1d1c2-2f0c-4d44-9c2e-6f6a3a0d1c11\","
    "\"at\":\"2026-03-14T09:26:53.589Z\",\"account\":\"acc_000000192837\","
    "\"card\":\"tok_4929-8813-1127-0042\",\"device\":\"dev_88f1c2aa90e14b7d\","
    "\"payee\":\"merchant_000045120\",\"amount\":\"1250.75\",\"currency\":\"CNY\","
    "\"country\":\"CN\",\"channel\":\"app\",\"ip\":\"203.0.113.77\","
    "\"note\":\"monthly rent for the flat by the river, third floor\","
    "\"risk\":0.125,\"first\":false}";

static double now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static int read_events(struct json_reader *reader, struct view line)
{
    struct json_field fields[32];
    size_t count;
    for (int i = 0; i < ROUNDS; i++) {
        json_reader_begin(reader);
        if (json_object_read(reader, line, fields, 32, &count, NULL) != STATUS_OK)
            return 1;
    }
    return 0;
}

int main(void)
{
    static char padded[sizeof event + JSON_PADDING_BYTES];
    memcpy(padded, event, sizeof event);
    struct view line = {padded, sizeof event - 1};
    struct json_reader *reader = json_reader_new(mem_libc());
    if (reader == NULL)
        return 1;
    double least_ns = 1e18;
    for (int i = 0; i < SLICES; i++) {
        double from_ns = now_ns();
        if (read_events(reader, line) != 0)
            return 1;
        double slice_ns = (now_ns() - from_ns) / ROUNDS;
        least_ns = slice_ns < least_ns ? slice_ns : least_ns;
    }
    printf("json: %zu bytes, %.0f ns an event\n", line.size_bytes, least_ns);
    json_reader_free(reader);
    return 0;
}
