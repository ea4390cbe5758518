/* One idea: an index that is asked at every step, through clearing, moving and forgetting, against
 * a list of pairs per hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash_index.h"
#include "base/random.h"

#define HASH_COUNT 700
#define PLACES_PER_HASH_MAX 400

/* The places inserted under each of HASH_COUNT hashes, in the order of their insertion. */
struct model {
    uint64_t hashes[HASH_COUNT];
    uint64_t places[HASH_COUNT][PLACES_PER_HASH_MAX];
    size_t counts[HASH_COUNT];
    uint64_t place_min;
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t walk_all(const struct hash_index *index, uint64_t hash, uint64_t *found, size_t max)
{
    struct hash_index_walk walk = hash_index_walk(index, hash);
    size_t count = 0;
    uint64_t place = 0;
    while (hash_index_walk_next(&walk, &place)) {
        assert_true(count < max);
        found[count++] = place;
    }
    return count;
}

/* The walk under hash number `which` gives each live insertion exactly once. */
static void check_hash(const struct hash_index *index, const struct model *model, size_t which)
{
    static uint64_t wanted[PLACES_PER_HASH_MAX];
    static uint64_t found[PLACES_PER_HASH_MAX];
    size_t wanted_count = 0;
    for (size_t i = 0; i < model->counts[which]; i++)
        if (model->places[which][i] >= model->place_min)
            wanted[wanted_count++] = model->places[which][i];
    size_t count = walk_all(index, model->hashes[which], found, PLACES_PER_HASH_MAX);
    assert_int_equal(count, wanted_count);
    qsort(wanted, count, sizeof wanted[0], by_value);
    qsort(found, count, sizeof found[0], by_value);
    assert_memory_equal(wanted, found, count * sizeof found[0]);
}

/* One insertion, whose share of clearing and moving is bounded. */
static void insert_watched(struct hash_index *index, uint64_t hash, uint64_t place)
{
    assert_int_equal(hash_index_reserve(index), STATUS_OK);
    const struct hash_index before = *index;
    hash_index_insert(index, hash, place);
    if (before.next.slots != NULL && index->next.slots != NULL) {
        assert_in_range(index->cleared_bytes - before.cleared_bytes, 0, 512);
        assert_in_range(index->moved_count - before.moved_count, 0, 16);
    }
    assert_true(index->now.used_count <= index->now.slot_count / 4 * 3);
    assert_true(index->next.used_count <= index->next.slot_count / 4 * 3);
}

static void model_init(struct model *model, struct random *random)
{
    memset(model, 0, sizeof *model);
    for (size_t i = 0; i < HASH_COUNT; i++)
        model->hashes[i] = random_u64(random);
    model->hashes[0] = 0;
    model->hashes[1] = UINT64_MAX;
    model->hashes[2] = 63; /* the last slot of the first table: its neighbours wrap round */
    model->hashes[3] = 63 + 128;
}

static void random_steps_agree_with_a_plain_list(void **state)
{
    (void)state;
    static struct model model;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        print_message("# seed %llu\n", (unsigned long long)seed);
        struct random random;
        random_init(&random, seed);
        model_init(&model, &random);
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        struct hash_index index;
        hash_index_init(&index, &meter.mem);
        uint64_t newest = 0;
        size_t clearing_count = 0;
        size_t moving_count = 0;
        for (int step = 0; step < 12000; step++) {
            size_t which = (size_t)random_below(&random, HASH_COUNT);
            size_t *count = &model.counts[which];
            if (*count < PLACES_PER_HASH_MAX) {
                uint64_t place = random_between(&random, 0, 9) == 0 && *count > 0
                                     ? model.places[which][*count - 1] : ++newest;
                if (place >= model.place_min) {
                    insert_watched(&index, model.hashes[which], place);
                    model.places[which][(*count)++] = place;
                }
            }
            if (seed % 2 == 0 && random_below(&random, 50) == 0) {
                uint64_t span = newest - model.place_min;
                model.place_min += random_below(&random, span / 8 + 1);
                hash_index_forget_below(&index, model.place_min);
            }
            clearing_count += index.next.slots != NULL && index.moved_count == 0;
            moving_count += index.next.slots != NULL && index.moved_count != 0;
            check_hash(&index, &model, (size_t)random_below(&random, HASH_COUNT));
            if (step % 1000 == 0)
                for (size_t i = 0; i < HASH_COUNT; i++)
                    check_hash(&index, &model, i);
        }
        assert_true(clearing_count > 0 && moving_count > 0);
        hash_index_done(&index);
        assert_int_equal(meter.used_bytes, 0);
    }
}

static void a_pair_is_met_once_while_its_table_is_moved(void **state)
{
    (void)state;
    struct hash_index index;
    hash_index_init(&index, mem_libc());
    bool moving_seen = false;
    for (uint64_t place = 0; place < 6000; place++) {
        insert_watched(&index, place * 0x9e3779b97f4a7c15u, place);
        moving_seen = moving_seen || (index.next.slots != NULL && index.moved_count > 0);
        for (uint64_t i = place < 200 ? 0 : place - 200; i <= place; i++) {
            uint64_t found[2];
            assert_int_equal(walk_all(&index, i * 0x9e3779b97f4a7c15u, found, 2), 1);
            assert_true(found[0] == i);
        }
    }
    assert_true(moving_seen);
    hash_index_done(&index);
}

static void many_places_under_one_hash_are_all_kept(void **state)
{
    (void)state;
    static const uint64_t hashes[] = {0, 0x400, UINT64_MAX, 0xfe00};
    static uint64_t found[6000];
    for (size_t k = 0; k < sizeof hashes / sizeof hashes[0]; k++) {
        struct hash_index index;
        hash_index_init(&index, mem_libc());
        for (uint64_t place = 0; place < 6000; place++)
            insert_watched(&index, hashes[k], place);
        assert_int_equal(walk_all(&index, hashes[k], found, 6000), 6000);
        qsort(found, 6000, sizeof found[0], by_value);
        for (uint64_t place = 0; place < 6000; place++)
            assert_true(found[place] == place);
        assert_int_equal(walk_all(&index, hashes[k] + 1, found, 0), 0);
        hash_index_done(&index);
    }
}

static void forgotten_places_make_room_so_that_memory_stays(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct hash_index index;
    hash_index_init(&index, &meter.mem);
    for (uint64_t place = 0; place < 400000; place++) {
        insert_watched(&index, place * 0x9e3779b97f4a7c15u, place);
        if (place % 100 == 0 && place >= 1000)
            hash_index_forget_below(&index, place - 1000);
    }
    assert_in_range(index.now.slot_count, 1024, 8192);
    assert_in_range(meter.used_bytes_peak, 1, 2 * 8192 * 16);
    uint64_t found[1];
    assert_int_equal(walk_all(&index, 399999 * 0x9e3779b97f4a7c15u, found, 1), 1);
    assert_int_equal(walk_all(&index, 1000 * 0x9e3779b97f4a7c15u, found, 1), 0);
    hash_index_forget_below(&index, UINT64_MAX);
    assert_int_equal(walk_all(&index, 399999 * 0x9e3779b97f4a7c15u, found, 1), 0);
    hash_index_done(&index);
    assert_int_equal(meter.used_bytes, 0);
}

static void tables_double_so_that_remakings_are_few(void **state)
{
    (void)state;
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct hash_index index;
    hash_index_init(&index, &meter.mem);
    for (uint64_t place = 0; place < 100000; place++)
        insert_watched(&index, place * 0x9e3779b97f4a7c15u, place);
    assert_int_equal(index.now.slot_count, 64 << 12);
    assert_int_equal(meter.calls, 1 + 12);
    hash_index_done(&index);
    assert_int_equal(meter.used_bytes, 0);
}

static void the_largest_place_is_kept(void **state)
{
    (void)state;
    struct hash_index index;
    hash_index_init(&index, mem_libc());
    insert_watched(&index, 5, HASH_INDEX_PLACE_MAX);
    insert_watched(&index, 5, 0);
    hash_index_forget_below(&index, HASH_INDEX_PLACE_MAX);
    uint64_t found[2] = {0};
    assert_int_equal(walk_all(&index, 5, found, 2), 1);
    assert_true(found[0] == HASH_INDEX_PLACE_MAX);
    hash_index_done(&index);
}

static void a_failed_reserve_changes_nothing(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at <= 6; fail_at++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = fail_at;
        struct hash_index index;
        hash_index_init(&index, &meter.mem);
        int refused_count = 0;
        for (uint64_t place = 0; place < 2000; place++) {
            const struct hash_index before = index;
            if (hash_index_reserve(&index) != STATUS_OK) {
                refused_count++;
                assert_memory_equal(&index, &before, sizeof index);
                assert_int_equal(hash_index_reserve(&index), STATUS_OK);
            }
            const struct hash_index reserved = index;
            assert_int_equal(hash_index_reserve(&index), STATUS_OK);
            assert_memory_equal(&index, &reserved, sizeof index);
            hash_index_insert(&index, place * 0x9e3779b97f4a7c15u, place);
        }
        assert_int_equal(refused_count, 1);
        for (uint64_t place = 0; place < 2000; place++) {
            uint64_t found[1];
            assert_int_equal(walk_all(&index, place * 0x9e3779b97f4a7c15u, found, 1), 1);
            assert_true(found[0] == place);
        }
        hash_index_done(&index);
        assert_int_equal(meter.used_bytes, 0);
    }
}

static void an_empty_index_gives_nothing(void **state)
{
    (void)state;
    struct hash_index zeroed = {.mem = NULL};
    hash_index_done(&zeroed);
    struct hash_index index;
    hash_index_init(&index, mem_libc());
    uint64_t place = 42;
    struct hash_index_walk walk = hash_index_walk(&index, 1);
    assert_false(hash_index_walk_next(&walk, &place));
    assert_true(place == 42);
    hash_index_prefetch(&index, 1);
    hash_index_forget_below(&index, 10);
    insert_watched(&index, 1, 10);
    hash_index_prefetch(&index, 1);
    hash_index_done(&index);
    hash_index_done(&index);
    insert_watched(&index, 1, 0); /* empty again, with nothing forgotten */
    uint64_t found[1];
    assert_int_equal(walk_all(&index, 1, found, 1), 1);
    hash_index_done(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_steps_agree_with_a_plain_list),
        cmocka_unit_test(a_pair_is_met_once_while_its_table_is_moved),
        cmocka_unit_test(many_places_under_one_hash_are_all_kept),
        cmocka_unit_test(forgotten_places_make_room_so_that_memory_stays),
        cmocka_unit_test(tables_double_so_that_remakings_are_few),
        cmocka_unit_test(the_largest_place_is_kept),
        cmocka_unit_test(a_failed_reserve_changes_nothing),
        cmocka_unit_test(an_empty_index_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
