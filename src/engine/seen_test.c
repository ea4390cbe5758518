/* One idea: the memory of ids beside a plain array of what was put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "engine/seen.h"

#define HOUR ((int64_t)3600000)
#define SEED ((struct hash_seed){7, 11})

static struct view text_of(char text[32], uint64_t number)
{
    int size = snprintf(text, 32, "id-%llu", (unsigned long long)number);
    return (struct view){text, (size_t)size};
}

static struct view body_of(char body[64], uint64_t number)
{
    memset(body, (int)(number % 251), 64);
    return (struct view){body, (size_t)(number % 64)};
}

/* Adds event `number` of type number % 3 at `at_ms`. */
static void add(struct seen *seen, uint64_t number, int64_t at_ms)
{
    char text[32];
    char body[64];
    uint32_t symbols[SEEN_SYMBOLS_MAX];
    for (uint32_t i = 0; i < SEEN_SYMBOLS_MAX; i++)
        symbols[i] = (uint32_t)number + i;
    struct seen_entry entry = {
        .event = (uint16_t)(number % 3),
        .id = text_of(text, number),
        .at_ms = at_ms,
        .ordinal = number,
        .content = {number * 3, ~number},
        .symbol_count = (uint8_t)(number % (SEEN_SYMBOLS_MAX + 1)),
        .symbols = symbols,
        .body = body_of(body, number),
    };
    assert_int_equal(seen_reserve(seen, entry.body.size_bytes), STATUS_OK);
    seen_add(seen, seen_hash(seen, entry.event, entry.id), &entry);
}

static uint64_t find(const struct seen *seen, uint64_t number)
{
    char text[32];
    uint16_t event = (uint16_t)(number % 3);
    struct view id = text_of(text, number);
    return seen_find(seen, seen_hash(seen, event, id), event, id);
}

static void check(const struct seen *seen, uint64_t number, int64_t at_ms)
{
    char text[32];
    char body[64];
    uint64_t place = find(seen, number);
    assert_int_not_equal(place, SEEN_NONE);
    struct seen_entry entry = seen_at(seen, place);
    assert_int_equal(entry.event, number % 3);
    assert_true(view_equal(entry.id, text_of(text, number)));
    assert_int_equal(entry.at_ms, at_ms);
    assert_int_equal(entry.ordinal, number);
    assert_int_equal(entry.content[0], number * 3);
    assert_int_equal(entry.content[1], ~number);
    assert_int_equal(entry.symbol_count, number % (SEEN_SYMBOLS_MAX + 1));
    for (uint32_t i = 0; i < entry.symbol_count; i++)
        assert_int_equal(entry.symbols[i], (uint32_t)number + i);
    assert_true(view_equal(entry.body, body_of(body, number)));
}

static void what_was_added_is_found(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    assert_non_null(seen);
    assert_int_equal(find(seen, 1), SEEN_NONE);
    assert_int_equal(seen_count(seen), 0);
    for (uint64_t i = 0; i < 1000; i++)
        add(seen, i, (int64_t)i);
    for (uint64_t i = 0; i < 1000; i++)
        check(seen, i, (int64_t)i);
    assert_int_equal(find(seen, 1000), SEEN_NONE);
    assert_int_equal(seen_count(seen), 1000);
    seen_free(seen);
    seen_free(NULL);
}

static void ids_of_different_types_are_different(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    for (uint16_t event = 0; event < 5; event += 2) {
        struct seen_entry entry = {.event = event, .id = VIEW("same"), .ordinal = event};
        assert_int_equal(seen_reserve(seen, 0), STATUS_OK);
        seen_add(seen, seen_hash(seen, event, entry.id), &entry);
    }
    for (uint16_t event = 0; event < 5; event++) {
        uint64_t place = seen_find(seen, seen_hash(seen, event, VIEW("same")), event, VIEW("same"));
        assert_int_equal(place == SEEN_NONE, event % 2);
        if (place != SEEN_NONE)
            assert_int_equal(seen_at(seen, place).ordinal, event);
    }
    seen_free(seen);
}

/* Even under one hash, which a seed makes unlikely, ids are told apart. */
static void ids_under_one_hash_are_told_apart(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    struct view ids[] = {VIEW("a"), VIEW("b"), VIEW("ab"), VIEW("")};
    for (size_t i = 0; i < 4; i++) {
        struct seen_entry entry = {.id = ids[i], .ordinal = i};
        assert_int_equal(seen_reserve(seen, 0), STATUS_OK);
        seen_add(seen, 42, &entry);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(seen_at(seen, seen_find(seen, 42, 0, ids[i])).ordinal, i);
    assert_int_equal(seen_find(seen, 42, 0, VIEW("c")), SEEN_NONE);
    assert_int_equal(seen_find(seen, 42, 1, VIEW("a")), SEEN_NONE);
    seen_free(seen);
}

static void labels_are_bits_of_an_event(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    add(seen, 1, 0);
    add(seen, 2, 0);
    assert_int_equal(seen_labels(seen, find(seen, 1)), 0);
    seen_set_label(seen, find(seen, 1), 0);
    seen_set_label(seen, find(seen, 1), 31);
    seen_set_label(seen, find(seen, 1), 31);
    assert_int_equal(seen_labels(seen, find(seen, 1)), 0x80000001u);
    assert_int_equal(seen_labels(seen, find(seen, 2)), 0);
    seen_free(seen);
}

/* An event is known for the promised time at least, and not for ever: memory is bounded by time. */
static void events_are_forgotten_by_time(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct seen *seen = seen_new(&meter.mem, SEED, HOUR);
    const uint64_t count = 600000; /* ten an hour's second: many blocks */
    for (uint64_t i = 0; i < count; i++) {
        add(seen, i, (int64_t)i * 100);
        uint64_t kept = (uint64_t)HOUR / 100;
        if (i % 5000 == 0 && i >= kept)
            check(seen, i - kept, (int64_t)(i - kept) * 100);
    }
    assert_int_equal(find(seen, 0), SEEN_NONE);
    assert_int_equal(find(seen, count / 2), SEEN_NONE);
    assert_true(seen_count(seen) >= 36000 && seen_count(seen) < 72000);
    assert_true(seen_bytes(seen) < (size_t)24 << 20);
    assert_true(meter.used_bytes_peak < (size_t)32 << 20);
    seen_free(seen);
    assert_int_equal(meter.used_bytes, 0);
}

/* A late event in a block keeps nothing longer, and an early one does not forget it sooner. */
static void a_late_event_is_known_as_long_as_its_block(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    add(seen, 0, 10 * HOUR);
    add(seen, 1, 9 * HOUR); /* late by as much as is remembered */
    check(seen, 1, 9 * HOUR);
    for (uint64_t i = 2; i < 50000; i++)
        add(seen, i, 10 * HOUR);
    check(seen, 0, 10 * HOUR);
    check(seen, 1, 9 * HOUR);
    for (uint64_t i = 50000; i < 100000; i++)
        add(seen, i, 11 * HOUR + 1);
    assert_int_equal(find(seen, 0), SEEN_NONE);
    assert_int_equal(find(seen, 1), SEEN_NONE);
    check(seen, 99999, 11 * HOUR + 1);
    seen_free(seen);
}

static void the_largest_record_fits(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    char *body = malloc(SEEN_BODY_BYTES_MAX);
    char id[SEEN_ID_BYTES_MAX];
    uint32_t symbols[SEEN_SYMBOLS_MAX] = {1, 2, 3};
    assert_non_null(body);
    memset(body, 'b', SEEN_BODY_BYTES_MAX);
    for (uint64_t i = 0; i < 5; i++) {
        memset(id, (int)('a' + i), sizeof id);
        struct seen_entry entry = {.id = {id, sizeof id}, .ordinal = i, .symbols = symbols,
                                   .symbol_count = SEEN_SYMBOLS_MAX,
                                   .body = {body, SEEN_BODY_BYTES_MAX}};
        assert_int_equal(seen_reserve(seen, SEEN_BODY_BYTES_MAX), STATUS_OK);
        seen_add(seen, seen_hash(seen, 0, entry.id), &entry);
    }
    for (uint64_t i = 0; i < 5; i++) {
        memset(id, (int)('a' + i), sizeof id);
        struct view view = {id, sizeof id};
        struct seen_entry entry = seen_at(seen, seen_find(seen, seen_hash(seen, 0, view), 0, view));
        assert_int_equal(entry.ordinal, i);
        assert_int_equal(entry.body.size_bytes, SEEN_BODY_BYTES_MAX);
        assert_memory_equal(entry.body.data, body, SEEN_BODY_BYTES_MAX);
    }
    free(body);
    seen_free(seen);
}

static void digest(const struct seen *seen, uint64_t ret[2])
{
    struct hash_digest running;
    struct buf saved;
    buf_init(&saved, mem_libc());
    seen_save(seen, &saved);
    assert_int_equal(buf_status(&saved), STATUS_OK);
    hash_digest_init(&running);
    hash_digest_add(&running, buf_view(&saved));
    hash_digest_result(&running, ret);
    buf_done(&saved);
}

/* What was saved and loaded answers and forgets as the original does, under another seed too. */
static void a_loaded_memory_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    struct seen *one = seen_new(mem_libc(), SEED, HOUR);
    for (uint64_t i = 0; i < 60000; i++)
        add(one, i, (int64_t)i * 200);
    seen_set_label(one, find(one, 59000), 3);
    struct buf saved;
    buf_init(&saved, mem_libc());
    seen_save(one, &saved);
    assert_int_equal(buf_status(&saved), STATUS_OK);
    struct seen *two = seen_new(mem_libc(), (struct hash_seed){99, 1}, HOUR);
    struct diag diag;
    assert_int_equal(seen_load(two, buf_view(&saved), &diag), STATUS_OK);
    assert_int_equal(seen_labels(two, find(two, 59000)), 8);
    for (uint64_t i = 60000; i < 120000; i++) {
        add(one, i, (int64_t)i * 200);
        add(two, i, (int64_t)i * 200);
        if (i % 1000 != 0)
            continue;
        uint64_t digests[2][2];
        digest(one, digests[0]);
        digest(two, digests[1]);
        assert_memory_equal(digests[0], digests[1], sizeof digests[0]);
        assert_int_equal(seen_count(one), seen_count(two));
    }
    for (uint64_t i = 0; i < 120000; i += 7) {
        assert_int_equal(find(one, i) == SEEN_NONE, find(two, i) == SEEN_NONE);
        if (find(two, i) != SEEN_NONE)
            check(two, i, (int64_t)i * 200);
    }
    seen_free(one);
    seen_free(two);
    buf_done(&saved);
}

static void a_walk_gives_all_in_order(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    struct seen_walk none = seen_walk(seen);
    assert_false(seen_walk_next(&none));
    for (uint64_t i = 0; i < 50000; i++)
        add(seen, i, 0);
    uint64_t next = 0;
    for (struct seen_walk walk = seen_walk(seen); seen_walk_next(&walk); next++)
        assert_int_equal(walk.entry.ordinal, next);
    assert_int_equal(next, 50000);
    seen_free(seen);
}

static enum status load(struct view bytes)
{
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    struct diag diag = {.code = ""};
    enum status status = seen_load(seen, bytes, &diag);
    assert_true(status == STATUS_OK || strcmp(diag.code, "state-damaged") == 0);
    if (status == STATUS_OK)
        for (struct seen_walk walk = seen_walk(seen); seen_walk_next(&walk);)
            assert_true(walk.entry.id.size_bytes <= SEEN_ID_BYTES_MAX);
    seen_free(seen);
    return status;
}

static void damaged_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    struct buf saved;
    buf_init(&saved, mem_libc());
    for (uint64_t i = 0; i < 4; i++)
        add(seen, i, (int64_t)i);
    seen_save(seen, &saved);
    seen_free(seen);
    struct view whole = buf_view(&saved);
    assert_int_equal(load(whole), STATUS_OK);
    assert_int_equal(load((struct view){whole.data, 0}), STATUS_OK);
    for (size_t size = 1; size < whole.size_bytes; size++)
        assert_int_equal(load((struct view){whole.data, size}), STATUS_CORRUPT);
    size_t refused = 0;
    for (size_t at = 0; at < whole.size_bytes; at++) {
        for (int bit = 0; bit < 8; bit++) {
            saved.data[at] = (char)(saved.data[at] ^ 1 << bit);
            refused += load(whole) != STATUS_OK;
            saved.data[at] = (char)(saved.data[at] ^ 1 << bit);
        }
    }
    assert_true(refused > 8 * 4 * 8); /* at least all sizes */
    buf_done(&saved);
}

/* Blocks that could have been one would let a few bytes ask for a block each. */
static void blocks_that_could_be_one_are_refused(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    struct buf saved;
    buf_init(&saved, mem_libc());
    add(seen, 1, 0);
    seen_save(seen, &saved);
    seen_save(seen, &saved);
    assert_int_equal(load(buf_view(&saved)), STATUS_CORRUPT);
    seen_free(seen);
    buf_done(&saved);
}

static void a_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.fail_at = 1;
    assert_null(seen_new(&meter.mem, SEED, HOUR));
    meter.fail_at = 0;
    struct seen *seen = seen_new(&meter.mem, SEED, HOUR);
    size_t failures = 0;
    for (uint64_t i = 0; i < 40000; i++) {
        meter.fail_at = meter.calls + 1;
        uint64_t before[2];
        uint64_t after[2];
        if (i % 100 == 0)
            digest(seen, before);
        enum status status = seen_reserve(seen, 64);
        failures += status != STATUS_OK;
        if (status != STATUS_OK)
            assert_int_equal(status, STATUS_NO_MEMORY);
        if (i % 100 == 0) {
            digest(seen, after);
            assert_memory_equal(before, after, sizeof before);
        }
        meter.fail_at = 0;
        add(seen, i, 0);
    }
    assert_true(failures > 10);
    for (uint64_t i = 0; i < 40000; i++)
        check(seen, i, 0);
    struct buf saved;
    buf_init(&saved, mem_libc());
    seen_save(seen, &saved);
    seen_free(seen);
    assert_int_equal(meter.used_bytes, 0);
    for (size_t n = 1;; n++) {
        struct diag diag;
        seen = seen_new(&meter.mem, SEED, HOUR);
        meter.fail_at = meter.calls + n;
        enum status status = seen_load(seen, buf_view(&saved), &diag);
        meter.fail_at = 0;
        seen_free(seen);
        assert_int_equal(meter.used_bytes, 0);
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
    }
    buf_done(&saved);
}

static void a_million_ids(void **state)
{
    (void)state;
    struct seen *seen = seen_new(mem_libc(), SEED, HOUR);
    for (uint64_t i = 0; i < 1000000; i++)
        add(seen, i, (int64_t)(i / 1000));
    assert_int_equal(seen_count(seen), 1000000);
    for (uint64_t i = 0; i < 1000000; i += 3)
        check(seen, i, (int64_t)(i / 1000));
    for (uint64_t i = 1000000; i < 1100000; i++)
        assert_int_equal(find(seen, i), SEEN_NONE);
    seen_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found),
        cmocka_unit_test(ids_of_different_types_are_different),
        cmocka_unit_test(ids_under_one_hash_are_told_apart),
        cmocka_unit_test(labels_are_bits_of_an_event),
        cmocka_unit_test(events_are_forgotten_by_time),
        cmocka_unit_test(a_late_event_is_known_as_long_as_its_block),
        cmocka_unit_test(the_largest_record_fits),
        cmocka_unit_test(a_loaded_memory_goes_on_as_the_saved_one),
        cmocka_unit_test(a_walk_gives_all_in_order),
        cmocka_unit_test(damaged_bytes_are_refused_or_harmless),
        cmocka_unit_test(blocks_that_could_be_one_are_refused),
        cmocka_unit_test(a_failed_allocation_changes_nothing),
        cmocka_unit_test(a_million_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
