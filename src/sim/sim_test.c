/* One idea: the stream is judged from outside, as its readers see it: line by line, with a reader
 * of its own that accepts only the flat JSON objects that the simulator promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/datetime.h"
#include "base/hash.h"
#include "base/money.h"
#include "base/utf8.h"
#include "sim/sim.h"
#include "sim/sim_testing.h"

#define FIELDS_MAX 24
#define EVENTS_DIGESTED 100000

static const char *const type_names[SIM_EVENT_COUNT] = {
#define TEST_NAME(name, text, letter, judged) text,
    SIM_EVENT_TABLE(TEST_NAME)
#undef TEST_NAME
};

static const char type_letters[SIM_EVENT_COUNT] = {
#define TEST_LETTER(name, text, letter, judged) letter,
    SIM_EVENT_TABLE(TEST_LETTER)
#undef TEST_LETTER
};

static const bool type_judged[SIM_EVENT_COUNT] = {
#define TEST_JUDGED(name, text, letter, judged) judged,
    SIM_EVENT_TABLE(TEST_JUDGED)
#undef TEST_JUDGED
};

/* A flat JSON object: views of names and values, strings without their quotes. */
struct object {
    size_t count;
    struct view names[FIELDS_MAX];
    struct view values[FIELDS_MAX];
    bool quoted[FIELDS_MAX];
};

static const char *read_string(const char *at, struct view *ret_text)
{
    assert_int_equal(*at, '"');
    const char *start = ++at;
    for (; *at != '"'; at++)
        assert_true(*at >= ' ' && *at != '\\');
    *ret_text = (struct view){start, (size_t)(at - start)};
    return at + 1;
}

/* true, false, or a number of RFC 8259 without an exponent. */
static const char *read_bare(const char *at, struct view *ret_text)
{
    const char *start = at;
    while ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '.')
        at++;
    *ret_text = (struct view){start, (size_t)(at - start)};
    if (view_equal(*ret_text, VIEW("true")) || view_equal(*ret_text, VIEW("false")))
        return at;
    int64_t minor = 0;
    assert_int_equal(money_parse(*ret_text, 2, &minor), STATUS_OK);
    assert_true(*start != '0' || ret_text->size_bytes == 1 || start[1] == '.');
    return at;
}

static struct object read_object(struct view line)
{
    struct object object = {.count = 0};
    const char *at = line.data;
    assert_true(utf8_valid(line.data, line.size_bytes));
    assert_int_equal(*at, '{');
    do {
        assert_true(object.count < FIELDS_MAX);
        size_t i = object.count++;
        at = read_string(at + 1, &object.names[i]);
        assert_int_equal(*at++, ':');
        object.quoted[i] = *at == '"';
        at = object.quoted[i] ? read_string(at, &object.values[i])
                              : read_bare(at, &object.values[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(view_equal(object.names[k], object.names[i]));
    } while (*at == ',');
    assert_int_equal(*at, '}');
    assert_int_equal(at[1], '\n');
    assert_int_equal(at + 2 - line.data, (ptrdiff_t)line.size_bytes);
    return object;
}

/* The field's value; data is NULL when there is none. */
static struct view field(const struct object *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (view_equal(object->names[i], view_of(name)))
            return object->values[i];
    return (struct view){NULL, 0};
}

static enum sim_event type_of(const struct object *object)
{
    for (int type = 0; type < SIM_EVENT_COUNT; type++)
        if (view_equal(field(object, "event"), view_of(type_names[type])))
            return (enum sim_event)type;
    fail_msg("an event of no known type");
    return SIM_EVENT_COUNT;
}

/* The number of an id like "p-000123", whose letter must be the type's. */
static uint64_t number_of(struct view id, enum sim_event type)
{
    assert_true(id.size_bytes >= 8);
    assert_int_equal(id.data[0], type_letters[type]);
    assert_int_equal(id.data[1], '-');
    uint64_t number = 0;
    for (size_t i = 2; i < id.size_bytes; i++) {
        assert_true(id.data[i] >= '0' && id.data[i] <= '9');
        number = number * 10 + (uint64_t)(id.data[i] - '0');
    }
    return number;
}

static struct sim *new_world(const struct sim_config *config)
{
    struct sim *sim = NULL;
    struct diag diag = {.code = ""};
    enum status status = sim_new(config, mem_libc(), &sim, &diag);
    if (status != STATUS_OK)
        fail_msg("%s: %s", status_text(status), diag.message);
    return sim;
}

/* The world's whole stream. */
static struct buf tell(const struct sim_config *config)
{
    struct buf all;
    buf_init(&all, mem_libc());
    struct sim *sim = new_world(config);
    enum status status = STATUS_OK;
    while (status == STATUS_OK)
        status = sim_next(sim, &all);
    assert_int_equal(status, STATUS_END);
    sim_free(sim);
    return all;
}

static void digest_of(const struct sim_config *config, uint64_t ret[2])
{
    struct buf all = tell(config);
    struct hash_digest digest;
    hash_digest_init(&digest);
    hash_digest_add(&digest, buf_view(&all));
    hash_digest_result(&digest, ret);
    buf_done(&all);
}

static struct sim_config small_world(void)
{
    struct sim_config config = sim_config_default();
    config.customers = 600;
    config.days = 45;
    return config;
}

/* The same on every machine and compiler: a change of these numbers is a change of every world
 * that anybody has made, and belongs in the release notes. */
static void seed_one_gives_the_committed_bytes(void **state)
{
    (void)state;
    struct sim_config config = sim_config_default();
    config.customers = 0;
    config.events_max = EVENTS_DIGESTED;
    uint64_t digest[2];
    digest_of(&config, digest);
    if (digest[0] != 0xabeca9c124a6c78eu || digest[1] != 0x79a9f1f13e6a3753u)
        fail_msg("the digest of seed 1 is 0x%016llx, 0x%016llx", (unsigned long long)digest[0],
                 (unsigned long long)digest[1]);
}

static void the_seed_alone_decides(void **state)
{
    (void)state;
    struct sim_config config = small_world();
    uint64_t first[2];
    uint64_t again[2];
    uint64_t other[2];
    digest_of(&config, first);
    digest_of(&config, again);
    config.seed = 2;
    digest_of(&config, other);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

struct reader {
    int64_t last_ms;
    uint64_t seen[SIM_EVENT_COUNT];
    uint64_t fraud[SIM_SCENARIO_COUNT];
    uint64_t marked[SIM_SCENARIO_COUNT][SIM_EVENT_COUNT];
    uint64_t judged;
    uint8_t *paid;      /* by number of payment: was there, is fraud, was disputed */
    size_t capacity;
};

static void check_ref(const struct object *object, const char *name, enum sim_event type,
                      const struct reader *reader)
{
    uint64_t number = number_of(field(object, name), type);
    assert_true(number < reader->seen[type]);
}

static void check_refs(const struct object *object, enum sim_event type, struct reader *reader)
{
    if (type == SIM_CHARGEBACK) {
        check_ref(object, "payment", SIM_PAYMENT, reader);
        uint64_t number = number_of(field(object, "payment"), SIM_PAYMENT);
        assert_int_equal(reader->paid[number] & 2, 0);
        assert_true(view_equal(field(object, "reason"),
                               (reader->paid[number] & 1) != 0 ? VIEW("fraud") : VIEW("dispute")));
        reader->paid[number] |= 2;
    }
    if (type == SIM_LOAN_REPAYMENT || type == SIM_LOAN_DEFAULT)
        check_ref(object, "loan", SIM_LOAN_APPLICATION, reader);
}

static int scenario_of(const struct object *object)
{
    struct view name = field(object, "scenario");
    for (int s = 0; s < SIM_SCENARIO_COUNT; s++)
        if (view_equal(name, view_of(sim_scenario_at((size_t)s)->name)))
            return s;
    return -1;
}

/* Where there is a truth it says is_fraud, and a scenario if and only if that is true. */
static void check_truth(const struct object *object, enum sim_event type, struct reader *reader)
{
    struct view fraud = field(object, "is_fraud");
    bool late = type == SIM_CHARGEBACK || type == SIM_LOAN_REPAYMENT || type == SIM_LOAN_DEFAULT;
    assert_int_equal(fraud.data == NULL, late);
    bool is_fraud = fraud.data != NULL && fraud.data[0] == 't';
    int s = scenario_of(object);
    assert_int_equal(s >= 0, is_fraud);
    assert_int_equal(field(object, "scenario").data != NULL, is_fraud);
    reader->judged += type_judged[type];
    if (is_fraud) {
        reader->fraud[s] += type_judged[type];
        reader->marked[s][type]++;
    }
    if (type == SIM_PAYMENT) {
        assert_true(reader->seen[type] < reader->capacity);
        reader->paid[reader->seen[type]] = is_fraud;
    }
}

static void read_line(struct view line, struct reader *reader)
{
    assert_true(line.size_bytes <= SIM_LINE_BYTES_MAX);
    struct object object = read_object(line);
    enum sim_event type = type_of(&object);
    int64_t at_ms = 0;
    assert_int_equal(datetime_parse(field(&object, "at"), &at_ms), STATUS_OK);
    assert_true(at_ms >= reader->last_ms);
    reader->last_ms = at_ms;
    assert_int_equal(number_of(field(&object, "id"), type), reader->seen[type]);
    check_refs(&object, type, reader);
    check_truth(&object, type, reader);
    reader->seen[type]++;
}

static struct reader read_all(struct view all)
{
    struct reader reader = {.capacity = all.size_bytes / 100};
    reader.paid = calloc(reader.capacity, 1);
    assert_non_null(reader.paid);
    struct view line = testing_take_line(&all);
    for (; line.data != NULL; line = testing_take_line(&all))
        read_line(line, &reader);
    return reader;
}

static void every_line_is_sound(void **state)
{
    (void)state;
    struct sim_config config = sim_config_default();
    config.seed = 7;
    config.customers = 1500;
    config.days = 90;
    struct buf all = tell(&config);
    struct reader reader = read_all(buf_view(&all));
    for (int type = 0; type < SIM_EVENT_COUNT; type++)
        assert_true(reader.seen[type] > 0);
    free(reader.paid);
    buf_done(&all);
}

static void totals_agree_with_the_stream(void **state)
{
    (void)state;
    struct sim_config config = small_world();
    struct buf all;
    buf_init(&all, mem_libc());
    struct sim *sim = new_world(&config);
    enum status status = STATUS_OK;
    while (status == STATUS_OK)
        status = sim_next(sim, &all);
    const struct sim_totals *totals = sim_totals(sim);
    struct reader reader = read_all(buf_view(&all));
    uint64_t events = 0;
    uint64_t fraud = 0;
    for (int type = 0; type < SIM_EVENT_COUNT; type++) {
        assert_true(totals->by_type[type] == reader.seen[type]);
        events += reader.seen[type];
    }
    for (int s = 0; s < SIM_SCENARIO_COUNT; s++) {
        assert_true(totals->fraud_by_scenario[s] == reader.fraud[s]);
        fraud += reader.fraud[s];
    }
    assert_true(totals->events == events);
    assert_true(totals->judged == reader.judged);
    assert_true(totals->fraud == fraud);
    assert_true(totals->left_out == 0);
    free(reader.paid);
    sim_free(sim);
    buf_done(&all);
}

/* The event whose mark shows that a scenario took place. */
static const uint8_t telling[SIM_SCENARIO_COUNT] = {
    [SIM_STOLEN_CARD] = SIM_PAYMENT,           [SIM_ACCOUNT_TAKEOVER] = SIM_LOGIN,
    [SIM_COMPROMISED_MERCHANT] = SIM_PAYMENT,  [SIM_MULE_CHAIN] = SIM_TRANSFER,
    [SIM_FAN_IN] = SIM_TRANSFER,               [SIM_FAN_OUT] = SIM_TRANSFER,
    [SIM_STRUCTURING] = SIM_TRANSFER,          [SIM_IDENTITY_FARM] = SIM_LOAN_APPLICATION,
    [SIM_CROWDFUNDING_PONZI] = SIM_PAYOUT,     [SIM_INSIDER_LOOKUP] = SIM_CREDIT_QUERY,
    [SIM_MIS_SELLING] = SIM_INVESTMENT,
};

/* Each scenario alone, in a world of the businesses that host it. */
static void each_scenario_can_be_had_alone(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIM_SCENARIO_COUNT; s++) {
        struct sim_config config = small_world();
        config.customers = 1000;
        config.businesses = sim_scenario_at(s)->businesses;
        config.scenarios = 1u << s;
        struct buf all = tell(&config);
        struct reader reader = read_all(buf_view(&all));
        for (size_t other = 0; other < SIM_SCENARIO_COUNT; other++)
            for (int type = 0; type < SIM_EVENT_COUNT; type++)
                assert_true(other == s || reader.marked[other][type] == 0);
        if (reader.marked[s][telling[s]] == 0)
            fail_msg("no %s", sim_scenario_at(s)->name);
        free(reader.paid);
        buf_done(&all);
    }
}

/* Which events each business may give. */
static const uint32_t given[SIM_BUSINESS_COUNT] = {
    [SIM_PAYMENTS] = 1u << SIM_LOGIN | 1u << SIM_PAYMENT | 1u << SIM_CHARGEBACK,
    [SIM_BANKING] = 1u << SIM_LOGIN | 1u << SIM_PAYEE_ADDED | 1u << SIM_TRANSFER,
    [SIM_LOANS] = 1u << SIM_LOAN_APPLICATION | 1u << SIM_LOAN_REPAYMENT | 1u << SIM_LOAN_DEFAULT,
    [SIM_CROWDFUNDING] = 1u << SIM_PROJECT_CREATED | 1u << SIM_PLEDGE | 1u << SIM_PAYOUT,
    [SIM_CREDIT] = 1u << SIM_CREDIT_QUERY,
    [SIM_WEALTH] = 1u << SIM_LOGIN | 1u << SIM_INVESTMENT | 1u << SIM_REDEMPTION,
};

static void each_business_can_be_switched_off(void **state)
{
    (void)state;
    for (int b = 0; b < SIM_BUSINESS_COUNT; b++) {
        struct sim_config config = small_world();
        config.businesses = SIM_BUSINESS_ALL & ~(1u << b);
        uint32_t allowed = 0;
        for (int other = 0; other < SIM_BUSINESS_COUNT; other++)
            allowed |= other == b ? 0 : given[other];
        struct buf all = tell(&config);
        struct reader reader = read_all(buf_view(&all));
        for (int type = 0; type < SIM_EVENT_COUNT; type++) {
            bool wanted = (allowed >> type & 1u) != 0;
            bool rare = type == SIM_LOAN_DEFAULT; /* months after the loan */
            assert_true(wanted || reader.seen[type] == 0);
            assert_true(!wanted || rare || reader.seen[type] > 0);
        }
        free(reader.paid);
        buf_done(&all);
    }
}

/* Fraud is counted over judged events; what is planned may still be ahead when a world ends. */
static void the_rate_of_fraud_is_as_asked(void **state)
{
    (void)state;
    static const uint32_t rates_ppm[] = {0, 2000, 8000, 50000};
    for (size_t i = 0; i < sizeof rates_ppm / sizeof rates_ppm[0]; i++) {
        struct sim_config config = sim_config_default();
        config.businesses = 1u << SIM_PAYMENTS | 1u << SIM_BANKING;
        config.customers = 3000;
        config.fraud_ppm = rates_ppm[i];
        struct sim *sim = new_world(&config);
        struct buf line;
        buf_init(&line, mem_libc());
        while (sim_next(sim, &line) == STATUS_OK)
            buf_clear(&line);
        const struct sim_totals *totals = sim_totals(sim);
        double ppm = (double)totals->fraud * 1e6 / (double)totals->judged;
        print_message("# asked %u, got %.0f frauds per million\n", rates_ppm[i], ppm);
        assert_true(ppm <= rates_ppm[i] * 1.2 && ppm >= rates_ppm[i] * 0.75);
        buf_done(&line);
        sim_free(sim);
    }
}

/* The line without what a criminal elsewhere may shift: numbers of events and projects. */
static void put_bare(struct buf *to, struct view line)
{
    static const char *const shifting[] = {"id", "payment", "loan", "project"};
    struct object object = read_object(line);
    for (size_t i = 0; i < object.count; i++) {
        bool shifts = false;
        for (size_t k = 0; k < sizeof shifting / sizeof shifting[0]; k++)
            shifts = shifts || view_equal(object.names[i], view_of(shifting[k]));
        if (shifts)
            continue;
        buf_put_view(to, object.values[i]);
        buf_put_char(to, ' ');
    }
}

/* Criminals add to the world and take nothing away: without them the stream is a subsequence. */
static void honest_people_live_the_same_without_criminals(void **state)
{
    (void)state;
    struct sim_config config = small_world();
    struct buf with = tell(&config);
    config.scenarios = 0;
    struct buf without = tell(&config);
    struct buf wanted;
    struct buf found;
    buf_init(&wanted, mem_libc());
    buf_init(&found, mem_libc());
    struct view rest = buf_view(&with);
    struct view honest = buf_view(&without);
    struct view line = testing_take_line(&honest);
    for (; line.data != NULL; line = testing_take_line(&honest)) {
        buf_clear(&wanted);
        put_bare(&wanted, line);
        do {
            struct view candidate = testing_take_line(&rest);
            assert_non_null(candidate.data);
            buf_clear(&found);
            put_bare(&found, candidate);
        } while (!view_equal(buf_view(&found), buf_view(&wanted)));
    }
    buf_done(&wanted);
    buf_done(&found);
    buf_done(&with);
    buf_done(&without);
}

static void events_are_as_many_as_expected(void **state)
{
    (void)state;
    for (uint32_t b = 0; b < SIM_BUSINESS_COUNT; b++) {
        struct sim_config config = sim_config_default();
        config.businesses = 1u << b;
        config.customers = b == SIM_PAYMENTS || b == SIM_BANKING ? 2000 : 20000;
        struct sim *sim = new_world(&config);
        struct buf line;
        buf_init(&line, mem_libc());
        while (sim_next(sim, &line) == STATUS_OK)
            buf_clear(&line);
        double ratio = (double)sim_totals(sim)->events / (double)sim_events_expected(&config);
        print_message("# %s: %.3f of the expected events\n", sim_business_at(b)->name, ratio);
        assert_true(ratio > 0.9 && ratio < 1.1);
        buf_done(&line);
        sim_free(sim);
    }
}

static void a_world_ends_at_its_days_or_events(void **state)
{
    (void)state;
    struct sim_config config = small_world();
    struct buf all = tell(&config);
    struct reader reader = read_all(buf_view(&all));
    assert_true(reader.last_ms < config.start_ms + config.days * DATETIME_MS_DAY);
    assert_true(reader.last_ms >= config.start_ms + (config.days - 1) * DATETIME_MS_DAY);
    free(reader.paid);
    buf_done(&all);
    config.events_max = 1000;
    struct sim *sim = new_world(&config);
    buf_init(&all, mem_libc());
    for (int i = 0; i < 1000; i++)
        assert_int_equal(sim_next(sim, &all), STATUS_OK);
    size_t size_bytes = all.size_bytes;
    assert_int_equal(sim_next(sim, &all), STATUS_END);
    assert_int_equal(sim_next(sim, &all), STATUS_END);
    assert_true(all.size_bytes == size_bytes);
    sim_free(sim);
    buf_done(&all);
}

/* As many customers as it takes: the number of events is exact, the days are about right. */
static void customers_follow_from_events_and_days(void **state)
{
    (void)state;
    struct sim_config config = sim_config_default();
    config.businesses = 1u << SIM_PAYMENTS | 1u << SIM_BANKING;
    config.customers = 0;
    config.events_max = 60000;
    struct sim *sim = new_world(&config);
    assert_true(sim_customers(sim) > 300 && sim_customers(sim) < 700);
    sim_free(sim);
    assert_true(sim_events_expected(&config) == 60000);
    struct buf all = tell(&config);
    struct reader reader = read_all(buf_view(&all));
    uint64_t events = 0;
    for (int type = 0; type < SIM_EVENT_COUNT; type++)
        events += reader.seen[type];
    assert_true(events == 60000);
    assert_true(reader.last_ms > config.start_ms + 50 * DATETIME_MS_DAY);
    assert_true(reader.last_ms < config.start_ms + 70 * DATETIME_MS_DAY);
    free(reader.paid);
    buf_done(&all);
}

static void assert_refused(struct sim_config config, const char *field_name)
{
    struct sim *sim = NULL;
    struct diag diag = {.code = ""};
    assert_int_equal(sim_new(&config, mem_libc(), &sim, &diag), STATUS_INVALID);
    assert_null(sim);
    assert_string_equal(diag.field, field_name);
    assert_true(diag.message[0] != '\0');
    assert_true(sim_events_expected(&config) == 0);
}

#define REFUSED(name, value, field_name)                                                          \
    do {                                                                                          \
        struct sim_config config = sim_config_default();                                          \
        config.name = value;                                                                      \
        assert_refused(config, field_name);                                                       \
    } while (0)

static void configurations_beyond_the_limits_are_refused(void **state)
{
    (void)state;
    REFUSED(customers, 0, "customers");
    REFUSED(customers, SIM_CUSTOMERS_MIN - 1, "customers");
    REFUSED(customers, SIM_CUSTOMERS_MAX + 1, "customers");
    REFUSED(days, 0, "days");
    REFUSED(days, SIM_DAYS_MAX + 1, "days");
    REFUSED(start_ms, SIM_START_MS_MIN - 1, "start");
    REFUSED(start_ms, SIM_START_MS_MAX + 1, "start");
    REFUSED(events_max, SIM_EVENTS_MAX + 1, "events");
    REFUSED(businesses, 0, "businesses");
    REFUSED(businesses, 1u << SIM_BUSINESS_COUNT, "businesses");
    REFUSED(scenarios, 1u << SIM_SCENARIO_COUNT, "scenarios");
    REFUSED(fraud_ppm, SIM_FRAUD_PPM_MAX + 1, "fraud_rate");
}

static void a_scenario_needs_its_business(void **state)
{
    (void)state;
    struct sim_config config = sim_config_default();
    config.businesses = 1u << SIM_PAYMENTS;
    config.scenarios = 1u << SIM_MULE_CHAIN;
    struct sim *sim = NULL;
    struct diag diag = {.code = ""};
    assert_int_equal(sim_new(&config, mem_libc(), &sim, &diag), STATUS_INVALID);
    assert_non_null(strstr(diag.message, "mule_chain"));
    assert_non_null(strstr(diag.hint, "banking"));
    config.scenarios = SIM_SCENARIO_ALL;
    sim = new_world(&config);
    sim_free(sim);
}

/* The corners of what is allowed can be made, and give a first line. */
static void the_limits_themselves_are_allowed(void **state)
{
    (void)state;
    static const uint32_t customers[] = {SIM_CUSTOMERS_MIN, SIM_CUSTOMERS_MAX};
    static const int64_t starts_ms[] = {SIM_START_MS_MIN, SIM_START_MS_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct sim_config config = sim_config_default();
        config.customers = customers[i];
        config.start_ms = starts_ms[i];
        config.days = i == 0 ? 1 : SIM_DAYS_MAX;
        config.events_max = SIM_EVENTS_MAX;
        config.fraud_ppm = SIM_FRAUD_PPM_MAX;
        config.seed = UINT64_MAX;
        struct sim *sim = new_world(&config);
        struct buf line;
        buf_init(&line, mem_libc());
        assert_int_equal(sim_next(sim, &line), STATUS_OK);
        read_object(buf_view(&line));
        buf_done(&line);
        sim_free(sim);
    }
}

/* A world run by criminals, for a year: it stays within its memory and its room. */
static void memory_is_bounded_as_stated(void **state)
{
    (void)state;
    static const uint32_t customers[] = {SIM_CUSTOMERS_MIN, 2000, 100000};
    for (size_t i = 0; i < 3; i++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        struct sim_config config = sim_config_default();
        config.customers = customers[i];
        config.days = 365;
        config.events_max = 200000;
        config.fraud_ppm = SIM_FRAUD_PPM_MAX;
        struct sim *sim = NULL;
        assert_int_equal(sim_new(&config, &meter.mem, &sim, NULL), STATUS_OK);
        size_t calls = meter.calls;
        struct buf line;
        buf_init(&line, mem_libc());
        while (sim_next(sim, &line) == STATUS_OK)
            buf_clear(&line);
        assert_true(meter.calls == calls);
        assert_true(meter.used_bytes_peak <=
                    SIM_BYTES_FIXED_MAX + customers[i] * SIM_BYTES_PER_CUSTOMER_MAX);
        buf_done(&line);
        sim_free(sim);
        assert_true(meter.used_bytes == 0);
    }
}

static void making_a_world_survives_each_failing_allocation(void **state)
{
    (void)state;
    struct sim_config config = small_world();
    for (size_t n = 1;; n++) {
        struct mem_meter meter;
        mem_meter_init(&meter, mem_libc());
        meter.fail_at = n;
        struct sim *sim = NULL;
        enum status status = sim_new(&config, &meter.mem, &sim, NULL);
        if (status == STATUS_OK) {
            sim_free(sim);
            assert_true(n > 2 && meter.used_bytes == 0);
            return;
        }
        assert_int_equal(status, STATUS_NO_MEMORY);
        assert_null(sim);
        assert_true(meter.used_bytes == 0);
    }
}

static void a_line_without_memory_is_not_lost(void **state)
{
    (void)state;
    struct sim_config config = small_world();
    config.events_max = 500;
    struct buf wanted = tell(&config);
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    struct sim *sim = new_world(&config);
    struct buf all;
    buf_init(&all, &meter.mem);
    size_t refused = 0;
    for (int i = 0; i < 500; i++) {
        meter.fail_at = meter.calls + 1;
        enum status status = sim_next(sim, &all);
        if (status == STATUS_NO_MEMORY) {
            refused++;
            meter.fail_at = 0;
            all.failed = false;
            status = sim_next(sim, &all);
        }
        assert_int_equal(status, STATUS_OK);
    }
    assert_true(refused > 0);
    assert_true(view_equal(buf_view(&all), buf_view(&wanted)));
    buf_done(&all);
    buf_done(&wanted);
    sim_free(sim);
}

static void names_are_read(void **state)
{
    (void)state;
    uint32_t mask = 77;
    struct diag diag = {.code = ""};
    assert_int_equal(sim_businesses_parse(VIEW("wealth,payments"), &mask, &diag), STATUS_OK);
    assert_int_equal(mask, 1u << SIM_WEALTH | 1u << SIM_PAYMENTS);
    assert_int_equal(sim_businesses_parse(VIEW("all"), &mask, &diag), STATUS_OK);
    assert_int_equal(mask, SIM_BUSINESS_ALL);
    assert_int_equal(sim_scenarios_parse(VIEW("fan_out"), &mask, &diag), STATUS_OK);
    assert_int_equal(mask, 1u << SIM_FAN_OUT);
    assert_int_equal(sim_scenarios_parse(VIEW("all"), &mask, &diag), STATUS_OK);
    assert_int_equal(mask, SIM_SCENARIO_ALL);
    assert_int_equal(sim_scenarios_parse(VIEW("none"), &mask, &diag), STATUS_OK);
    assert_int_equal(mask, 0);
}

static void wrong_names_are_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", ",", "fan_in,", ",fan_in", "fan_in,,fan_out", "fan",
                                        "FAN_IN", "fan_in fan_out", "fan_in,none"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint32_t mask = 77;
        struct diag diag = {.code = ""};
        assert_int_equal(sim_scenarios_parse(view_of(wrong[i]), &mask, &diag), STATUS_INVALID);
        assert_int_equal(mask, 77);
        assert_string_equal(diag.code, "sim-name");
        assert_non_null(strstr(diag.hint, "crowdfunding_ponzi"));
    }
    uint32_t mask = 77;
    struct diag diag = {.code = ""};
    assert_int_equal(sim_businesses_parse(VIEW("bank"), &mask, &diag), STATUS_INVALID);
    assert_non_null(strstr(diag.message, "'bank'"));
    assert_non_null(strstr(diag.hint, "banking"));
    assert_int_equal(sim_businesses_parse((struct view){NULL, 0}, &mask, &diag), STATUS_INVALID);
    assert_int_equal(mask, 77);
}

static void lists_of_names_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIM_SCENARIO_COUNT; i++)
        assert_true(sim_scenario_at(i)->sentence[0] != '\0' && sim_scenario_at(i)->businesses != 0);
    assert_null(sim_scenario_at(SIM_SCENARIO_COUNT));
    assert_null(sim_business_at(SIM_BUSINESS_COUNT));
    sim_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_one_gives_the_committed_bytes),
        cmocka_unit_test(the_seed_alone_decides),
        cmocka_unit_test(every_line_is_sound),
        cmocka_unit_test(totals_agree_with_the_stream),
        cmocka_unit_test(each_scenario_can_be_had_alone),
        cmocka_unit_test(each_business_can_be_switched_off),
        cmocka_unit_test(the_rate_of_fraud_is_as_asked),
        cmocka_unit_test(honest_people_live_the_same_without_criminals),
        cmocka_unit_test(events_are_as_many_as_expected),
        cmocka_unit_test(a_world_ends_at_its_days_or_events),
        cmocka_unit_test(customers_follow_from_events_and_days),
        cmocka_unit_test(configurations_beyond_the_limits_are_refused),
        cmocka_unit_test(a_scenario_needs_its_business),
        cmocka_unit_test(the_limits_themselves_are_allowed),
        cmocka_unit_test(memory_is_bounded_as_stated),
        cmocka_unit_test(making_a_world_survives_each_failing_allocation),
        cmocka_unit_test(a_line_without_memory_is_not_lost),
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(wrong_names_are_told),
        cmocka_unit_test(lists_of_names_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
