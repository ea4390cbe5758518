/* One idea: an engine that is saved and read back at any point goes on as if nothing had happened;
 * whatever else stands in the bytes is refused. */
#include "engine/test_help.h"

#include "base/random.h"

static const char POLICY[] =
    "policy saved\n"
    "currency CNY\n"
    "late up to 10m\n"
    "remember ids 1h\n"
    "event payment {\n"
    "  id: id   at: time as unix seconds   account: entity   device: entity?   amount: money\n"
    "  note: text?\n"
    "}\n"
    "event chargeback { id: id   at: time as unix seconds   payment: ref payment }\n"
    "label fraud on payment = exists chargeback within 1h\n"
    "let spent = sum(payment.amount) per account over 10m\n"
    "let devices = distinct(payment.device) per account over 20m\n"
    "let pair = count(payment) per account, device over 10m\n"
    "let latest = last(payment.note) per account before\n"
    "let top = max(payment.amount) per device over 30m\n"
    "let fraud_rate = rate(fraud) per account over 30m\n"
    "let pair_rate = rate(fraud) per account, device over 30m\n"
    "rule large \"{account} pays {amount}, {spent}\" on payment when amount > CNY 900.00\n"
    "  then challenge 1 \"LARGE\", score 30, case \"large {account}\"\n"
    "rule seen \"{fraud_rate}\" on payment when (fraud_rate ?? 0.0) > 0.2\n"
    "  then review \"F\" shadow\n";

static void make_stream(struct random *random, size_t count, struct buf *out)
{
    size_t again = 0; /* where a line begins that may come again */
    for (size_t i = 0; i < count; i++) {
        unsigned id = (unsigned)(random_below(random, 16) == 0 ? random_below(random, i + 1) : i);
        if (i > 0 && random_below(random, 16) == 0) {
            const char *end = memchr(out->data + again, '\n', out->size_bytes - again);
            size_t size = (size_t)(end - (out->data + again)) + 1;
            if (buf_reserve(out, size) != NULL)
                memcpy(out->data + out->size_bytes, out->data + again, size);
            out->size_bytes += size;
            continue;
        }
        if (random_below(random, 20) == 0)
            again = out->size_bytes;
        unsigned second = (unsigned)(1000000 + 20 * i + random_below(random, 400));
        if (random_below(random, 6) == 0)
            buf_printf(out, "{\"event\":\"chargeback\",\"id\":\"c%u\",\"at\":%u,"
                            "\"payment\":\"p%u\"}\n",
                       id, second, (unsigned)(i > 100 ? i - random_below(random, 100) : 3));
        else
            buf_printf(out, "{\"event\":\"payment\",\"id\":\"p%u\",\"at\":%u,\"account\":\"a%u\","
                            "\"amount\":%u%s%u\"}\n",
                       id, second, (unsigned)random_below(random, 20),
                       (unsigned)random_below(random, 1000),
                       random_below(random, 3) == 0 ? ",\"note\":\"a longer text, no symbol fits: "
                                                    : ",\"device\":\"d",
                       (unsigned)random_below(random, 30));
    }
    assert_int_equal(buf_status(out), STATUS_OK);
}

static size_t after_lines(struct view text, size_t count)
{
    size_t at = 0;
    for (; count > 0; count--)
        at = (size_t)((const char *)memchr(text.data + at, '\n', text.size_bytes - at) -
                      text.data) + 1;
    return at;
}

/* Saves `run` and puts an engine that was read back, under another seed, in its place. */
static void save_and_load(struct help_run *run, uint64_t seed)
{
    struct buf saved;
    struct buf again;
    struct engine *loaded = NULL;
    struct diag diag = {.code = ""};
    struct engine_options options = {run->policy, run->mem, {seed, seed * 3}, true};
    uint64_t digests[2][2];
    buf_init(&saved, mem_libc());
    buf_init(&again, mem_libc());
    engine_digest(run->engine, digests[0]);
    assert_int_equal(engine_save(run->engine, &saved), STATUS_OK);
    assert_int_equal(engine_new(&options, &loaded, &diag), STATUS_OK);
    if (engine_load(loaded, buf_view(&saved), &diag) != STATUS_OK)
        fail_msg("%s: %s", diag.code, diag.message);
    engine_digest(loaded, digests[1]);
    assert_memory_equal(digests[0], digests[1], sizeof digests[0]);
    assert_int_equal(engine_save(loaded, &again), STATUS_OK);
    assert_true(view_equal(buf_view(&saved), buf_view(&again)));
    engine_free(run->engine);
    run->engine = loaded;
    buf_done(&saved);
    buf_done(&again);
}

static void a_loaded_engine_goes_on_as_the_saved_one(void **state)
{
    (void)state;
    const uint64_t seed = 4711;
    const size_t line_count = 6000;
    struct policy *policy = help_compile(POLICY);
    struct random random;
    struct buf text;
    struct help_run whole;
    struct help_run pieces;
    print_message("# seed %llu\n", (unsigned long long)seed);
    random_init(&random, seed);
    buf_init(&text, mem_libc());
    make_stream(&random, line_count, &text);
    help_open(&whole, policy);
    help_open(&pieces, policy);
    assert_int_equal(help_feed_as(&whole, ENGINE_NDJSON, buf_view(&text), 64), STATUS_OK);
    struct view rest = buf_view(&text);
    for (size_t left = line_count, number = 1; left > 0; number++) {
        size_t count = (size_t)random_below(&random, 400);
        count = count > left ? left : count;
        size_t at = after_lines(rest, count);
        assert_int_equal(help_feed_as(&pieces, ENGINE_NDJSON, (struct view){rest.data, at}, 64),
                         STATUS_OK);
        rest = (struct view){rest.data + at, rest.size_bytes - at};
        left -= count;
        save_and_load(&pieces, number);
    }
    struct engine_stats stats;
    engine_stats(pieces.engine, &stats);
    assert_true(stats.decided > 4000 && stats.labels_unmatched > 0);
    assert_true(view_equal(buf_view(&whole.out), buf_view(&pieces.out)));
    assert_non_null(strstr(help_feed(&whole, "{}"), "error"));
    assert_non_null(memmem(whole.out.data, whole.out.size_bytes, "\"fraud_rate\":0.", 15));
    assert_non_null(memmem(whole.out.data, whole.out.size_bytes, "\"duplicate\":true", 16));
    help_close(&whole);
    help_close(&pieces);
    buf_done(&text);
    policy_free(policy);
}

/* Loads bytes into a fresh engine, which must be refused with this code. */
static void refuse(const struct policy *policy, bool features, struct view bytes)
{
    struct engine_options options = {policy, mem_libc(), HELP_SEED, features};
    struct engine *engine = NULL;
    struct diag diag = {.code = ""};
    assert_int_equal(engine_new(&options, &engine, &diag), STATUS_OK);
    assert_int_equal(engine_load(engine, bytes, &diag), STATUS_CORRUPT);
    assert_string_equal(diag.code, "state-damaged");
    engine_free(engine);
}

static void damaged_bytes_are_refused(void **state)
{
    (void)state;
    struct policy *policy = help_compile(
        "policy small\nevent tick { id: id   at: time as unix ms   n: int }\n"
        "let c = count(tick) over 1h\nrule r \"{c}\" on tick when c > 1 then review \"R\"\n");
    struct help_run run;
    struct buf saved;
    help_open(&run, policy);
    buf_init(&saved, mem_libc());
    help_feed(&run, "{\"id\":1,\"at\":1,\"n\":1}\n{\"id\":2,\"at\":2,\"n\":2}");
    assert_int_equal(engine_save(run.engine, &saved), STATUS_OK);
    struct view whole = buf_view(&saved);
    for (size_t at = 0; at < whole.size_bytes; at++) {
        saved.data[at] = (char)~saved.data[at];
        refuse(policy, true, whole);
        saved.data[at] = (char)~saved.data[at];
        refuse(policy, true, (struct view){whole.data, at});
    }
    buf_put_char(&saved, 0);
    refuse(policy, true, buf_view(&saved));
    save_and_load(&run, 5);
    help_close(&run);
    buf_done(&saved);
    policy_free(policy);
}

static void a_state_belongs_to_one_policy_and_choice_of_features(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    struct policy *other = help_compile("policy other\nevent tick { id: id   at: time }\n"
                                        "rule r \"r\" on tick when true then score 1\n");
    struct help_run run;
    struct buf saved;
    help_open(&run, policy);
    buf_init(&saved, mem_libc());
    assert_int_equal(engine_save(run.engine, &saved), STATUS_OK);
    refuse(other, true, buf_view(&saved));
    refuse(policy, false, buf_view(&saved));
    help_close(&run);
    buf_done(&saved);
    policy_free(policy);
    policy_free(other);
}

/* Puts the digest right again behind bytes that were changed. */
static void seal(struct buf *saved)
{
    struct hash_digest digest;
    uint64_t foot[2];
    saved->size_bytes -= sizeof foot;
    hash_digest_init(&digest);
    hash_digest_add(&digest, buf_view(saved));
    hash_digest_result(&digest, foot);
    buf_put(saved, foot, sizeof foot);
}

/* The digest is no signature: what is sealed but impossible is refused too. The offsets are those
 * of the formats in state.c and seen.c. */
static void impossible_memories_are_refused(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    struct help_run run;
    struct buf saved;
    help_open(&run, policy);
    buf_init(&saved, mem_libc());
    help_feed(&run, "{\"event\":\"payment\",\"id\":\"p\",\"at\":1000000,\"account\":\"a\","
                    "\"amount\":1}");
    assert_int_equal(engine_save(run.engine, &saved), STATUS_OK);
    uint64_t id_bytes;
    memcpy(&id_bytes, saved.data + 112, sizeof id_bytes);
    size_t record = saved.size_bytes - 16 - (size_t)id_bytes + 8;
    static const struct {
        size_t offset;
        uint64_t value;
        size_t size;
    } changes[] = {
        {20, 7, 2},                       /* an event that the policy does not have */
        {24, (uint64_t)INT64_MIN, 8},     /* a time before all times */
        {24, (uint64_t)INT64_MAX, 8},     /* or after the newest */
        {40, 1, 8},                       /* an ordinal that no event has had */
        {48, 1, 1},                       /* other symbols than such an event has */
        {56, 1u << 30, 4},                /* a symbol that is not there */
        {56, 1, 4},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char old[8];
        char *at = saved.data + record + changes[i].offset;
        memcpy(old, at, sizeof old);
        memcpy(at, &changes[i].value, changes[i].size);
        seal(&saved);
        refuse(policy, true, buf_view(&saved));
        memcpy(saved.data + record + changes[i].offset, old, sizeof old);
        seal(&saved);
    }
    save_and_load(&run, 5);
    help_close(&run);
    buf_done(&saved);
    policy_free(policy);
}

static const char EVERY_TYPE[] =
    "policy types\ncurrency CNY\n"
    "event e {\n"
    "  id: id   at: time as unix seconds   who: entity   note: text   addr: ip   land: country\n"
    "  by: one of web, app   yes: bool   n: int   x: number   amount: money   took: duration\n"
    "}\n"
    "let l_note = last(e.note) per who before\n"
    "let l_who = last(e.who) per who before\n"
    "let l_from = last(e.addr) per who before\n"
    "let l_land = last(e.land) per who before\n"
    "let l_by = last(e.by) per who before\n"
    "let l_yes = last(e.yes) per who before\n"
    "let l_at = last(e.at) per who before\n"
    "let l_n = last(e.n) per who before\n"
    "let l_x = last(e.x) per who before\n"
    "let l_took = last(e.took) per who before\n"
    "let mean = mean(e.amount) per who over 1h\n"
    "let later = at + 1000d\n"
    "rule r \"{note} {l_note} {l_from} {l_land} {l_by} {l_yes} {l_at} {l_took} {later}\"\n"
    "  on e when n >= 0 then review \"R\", case \"{who} {l_by}\"\n";

#define EVERY(id)                                                                                  \
    "{\"id\":\"" id "\",\"at\":1000,\"who\":\"w\xc3\xa9\",\"note\":\"n\xc3\xbc\\\"\","             \
    "\"addr\":\"1.2.3.4\",\"land\":\"DE\",\"by\":\"app\",\"yes\":true,\"n\":7,\"x\":0.25,"         \
    "\"amount\":1.5,\"took\":\"3s\"}"

/* What an engine says of a line it has decided before and of a new one, all of it JSON. */
static void say_json(struct help_run *run, struct json_reader *reader)
{
    const char *answers = help_feed(run, EVERY("1") "\n" EVERY("2") "\n" EVERY("3"));
    for (int i = 0; i < 3; i++) {
        struct json_field fields[32];
        size_t count = 0;
        struct diag diag = {.code = ""};
        const char *end = strchr(answers, '\n');
        assert_non_null(end);
        struct view line = {answers, (size_t)(end - answers)};
        json_reader_begin(reader);
        if (json_object_read_copy(reader, line, fields, 32, &count, &diag) != STATUS_OK)
            fail_msg("%.*s: %s", VIEW_ARG(line), diag.message);
        answers = end + 1;
    }
}

/* Whatever byte of a saved state is another, and sealed: it is refused, or all that is said is
 * still JSON. */
static void no_byte_of_a_state_spoils_an_answer(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0xff, 0x80, 0x00, 0x01, '"', 0x7f};
    struct policy *policy = help_compile(EVERY_TYPE);
    struct json_reader *reader = json_reader_new(mem_libc());
    struct help_run run;
    struct buf saved;
    size_t refused = 0;
    size_t taken = 0;
    help_open(&run, policy);
    buf_init(&saved, mem_libc());
    help_feed(&run, EVERY("1") "\n" EVERY("2"));
    assert_int_equal(engine_save(run.engine, &saved), STATUS_OK);
    help_close(&run);
    for (size_t at = 136; at + 16 < saved.size_bytes; at++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            char old = saved.data[at];
            struct diag diag;
            saved.data[at] = (char)bytes[i];
            seal(&saved);
            help_open(&run, policy);
            enum status status = engine_load(run.engine, buf_view(&saved), &diag);
            assert_true(status == STATUS_OK || status == STATUS_CORRUPT);
            if (status == STATUS_OK)
                say_json(&run, reader);
            refused += status != STATUS_OK;
            taken += status == STATUS_OK;
            help_close(&run);
            saved.data[at] = old;
        }
    }
    print_message("# %zu states refused, %zu taken\n", refused, taken);
    assert_true(refused > 1000 && taken > 1000);
    json_reader_free(reader);
    buf_done(&saved);
    policy_free(policy);
}

/* Takes the features out of lines of output. */
static void without_features(struct buf *lines)
{
    static const char start[] = ",\"features\":{";
    size_t to = 0;
    for (size_t at = 0; at < lines->size_bytes;) {
        if (lines->size_bytes - at > sizeof start &&
            memcmp(lines->data + at, start, sizeof start - 1) == 0)
            at = (size_t)((const char *)memchr(lines->data + at, '}', lines->size_bytes - at) -
                          lines->data) + 1;
        lines->data[to++] = lines->data[at++];
    }
    lines->size_bytes = to;
}

/* For long enough that much is forgotten, at other times with features than without. */
static void features_change_neither_decisions_nor_digest(void **state)
{
    (void)state;
    struct policy *policy = help_compile(POLICY);
    struct random random;
    struct buf text;
    struct help_run with;
    struct help_run without;
    random_init(&random, 99);
    buf_init(&text, mem_libc());
    make_stream(&random, 40000, &text);
    help_open(&with, policy);
    help_open_as(&without, policy, mem_libc(), HELP_SEED, false);
    struct view rest = buf_view(&text);
    for (int quarter = 0; quarter < 4; quarter++) {
        uint64_t digests[2][2];
        size_t at = after_lines(rest, 10000);
        struct view lines = {rest.data, at};
        rest = (struct view){rest.data + at, rest.size_bytes - at};
        assert_int_equal(help_feed_as(&with, ENGINE_NDJSON, lines, 64), STATUS_OK);
        assert_int_equal(help_feed_as(&without, ENGINE_NDJSON, lines, 64), STATUS_OK);
        engine_digest(with.engine, digests[0]);
        engine_digest(without.engine, digests[1]);
        assert_memory_equal(digests[0], digests[1], sizeof digests[0]);
    }
    struct engine_stats stats[2];
    engine_stats(with.engine, &stats[0]);
    engine_stats(without.engine, &stats[1]);
    assert_int_equal(stats[0].decided, stats[1].decided);
    assert_int_not_equal(stats[0].remembered_ids, stats[1].remembered_ids);
    without_features(&with.out);
    assert_true(view_equal(buf_view(&with.out), buf_view(&without.out)));
    help_close(&with);
    help_close(&without);
    buf_done(&text);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_of_a_state_spoils_an_answer),
        cmocka_unit_test(features_change_neither_decisions_nor_digest),
        cmocka_unit_test(a_loaded_engine_goes_on_as_the_saved_one),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(a_state_belongs_to_one_policy_and_choice_of_features),
        cmocka_unit_test(impossible_memories_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
