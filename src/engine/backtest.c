/* One idea: keep a row per judged event, let labels that come later find their row by its ordinal,
 * and count only at the end, when the truth is known. */
#include "engine/backtest.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/datetime.h"
#include "engine/engine_int.h"
#include "policy/value.h"

struct row {
    uint64_t ordinal;
    int64_t at_ms;
    int64_t amount_minor;
    uint64_t rules;         /* index of its first in the pool */
    uint16_t fired_count;   /* then shadow_count more */
    uint16_t shadow_count;
    uint16_t group;
    uint8_t verdict;
    bool bad;
};

struct backtest {
    struct backtest_options options;
    struct engine_label_sink label_sink;
    struct row *rows;       /* ascending by ordinal; owned */
    size_t row_count;
    size_t row_capacity;
    uint16_t *pool;         /* owned */
    size_t pool_count;
    size_t pool_capacity;
    struct arena arena;     /* names of groups */
    struct backtest_group *groups; /* BACKTEST_GROUPS_MAX + 1; owned */
    size_t group_count;
    bool groups_cut;
    struct backtest_group *sorted; /* as many: what the result shows; owned */
    struct backtest_rule *rules;   /* owned */
    struct backtest_day *days;     /* owned */
    size_t day_count;
    size_t day_capacity;
    struct backtest_skips skips;
    struct backtest_result result;
};

static void take_label(struct engine_label_sink *sink, uint16_t label, uint64_t ordinal)
{
    struct backtest *b =
        (struct backtest *)((char *)sink - offsetof(struct backtest, label_sink));
    if (label != b->options.label)
        return;
    size_t low = 0;
    size_t high = b->row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->rows[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < b->row_count && b->rows[low].ordinal == ordinal)
        b->rows[low].bad = true;
}

enum status backtest_new(const struct backtest_options *options, struct backtest **ret_backtest)
{
    struct backtest *b = mem_zeroed(options->mem, sizeof *b);
    if (b == NULL)
        return STATUS_NO_MEMORY;
    b->options = *options;
    b->label_sink.take = take_label;
    arena_init(&b->arena, options->mem, 0);
    b->groups = mem_zeroed(options->mem, (BACKTEST_GROUPS_MAX + 1) * sizeof *b->groups);
    b->sorted = mem_zeroed(options->mem, (BACKTEST_GROUPS_MAX + 1) * sizeof *b->sorted);
    b->rules = mem_zeroed(options->mem, (options->policy->rule_count + 1u) * sizeof *b->rules);
    if (b->groups == NULL || b->sorted == NULL || b->rules == NULL) {
        backtest_free(b);
        return STATUS_NO_MEMORY;
    }
    *ret_backtest = b;
    return STATUS_OK;
}

void backtest_free(struct backtest *b)
{
    if (b == NULL)
        return;
    struct mem *mem = b->options.mem;
    mem_free(mem, b->rows, b->row_capacity * sizeof *b->rows);
    mem_free(mem, b->pool, b->pool_capacity * sizeof *b->pool);
    mem_free(mem, b->groups, (BACKTEST_GROUPS_MAX + 1) * sizeof *b->groups);
    mem_free(mem, b->sorted, (BACKTEST_GROUPS_MAX + 1) * sizeof *b->sorted);
    mem_free(mem, b->rules, (b->options.policy->rule_count + 1u) * sizeof *b->rules);
    mem_free(mem, b->days, b->day_capacity * sizeof *b->days);
    arena_done(&b->arena);
    mem_free(mem, b, sizeof *b);
}

struct engine_label_sink *backtest_label_sink(struct backtest *b)
{
    return &b->label_sink;
}

/* Makes room for `extra` more items behind `count`; doubles. */
static enum status grow(struct mem *mem, void **items, size_t *capacity, size_t count,
                        size_t extra, size_t item_size)
{
    if (*capacity - count >= extra)
        return STATUS_OK;
    size_t wanted = *capacity == 0 ? 1024 : *capacity * 2;
    while (wanted - count < extra)
        wanted *= 2;
    void *moved = mem_array(mem, *items, *capacity, wanted, item_size);
    if (moved == NULL)
        return STATUS_NO_MEMORY;
    *items = moved;
    *capacity = wanted;
    return STATUS_OK;
}

/* The group of an event; the one behind the last when there are too many. */
static enum status group_index(struct backtest *b, const struct policy_frame *frame,
                               uint16_t *ret_group)
{
    *ret_group = 0;
    if (b->options.group_field == UINT16_MAX)
        return STATUS_OK;
    const struct policy_label *label = &b->options.policy->labels[b->options.label];
    const struct policy_field *field =
        &b->options.policy->events[label->event].fields[b->options.group_field];
    char scratch[VALUE_KEY_BYTES_MAX];
    struct view name = VIEW("");
    if (frame->present[field->slot])
        name = value_key(&field->type, frame->values[field->slot], scratch);
    size_t at = 0;
    while (at < b->group_count && !view_equal(b->groups[at].name, name))
        at++;
    if (at == BACKTEST_GROUPS_MAX) {
        b->groups_cut = true;
    } else if (at == b->group_count) {
        b->groups[at].name = arena_copy(&b->arena, name);
        if (b->groups[at].name.data == NULL)
            return STATUS_NO_MEMORY;
        b->group_count++;
    }
    *ret_group = (uint16_t)at;
    return STATUS_OK;
}

static bool truth_now(const struct backtest *b, const struct policy_frame *frame)
{
    const struct policy_label *label = &b->options.policy->labels[b->options.label];
    if (label->by_event)
        return false;
    uint16_t slot = b->options.policy->events[label->event].fields[label->truth_field].slot;
    return frame->present[slot] && frame->values[slot].i64 != 0;
}

static int64_t amount_of(const struct backtest *b, const struct policy_frame *frame)
{
    if (b->options.amount_field == UINT16_MAX)
        return 0;
    const struct policy_label *label = &b->options.policy->labels[b->options.label];
    uint16_t slot = b->options.policy->events[label->event].fields[b->options.amount_field].slot;
    return frame->present[slot] ? frame->values[slot].i64 : 0;
}

/* What an outcome that is not judged is counted as; NULL: it is judged. */
static uint64_t *skip_of(struct backtest *b, const struct engine_outcome *outcome)
{
    if (outcome->status != STATUS_OK)
        return &b->skips.undecided;
    if (outcome->duplicate)
        return &b->skips.repeated;
    if (outcome->event != b->options.policy->labels[b->options.label].event)
        return &b->skips.other_events;
    bool outside = outcome->at_ms < b->options.from_ms || outcome->at_ms >= b->options.until_ms;
    return outside ? &b->skips.outside : NULL;
}

enum status backtest_take(struct backtest *b, const struct engine_outcome *outcome)
{
    uint64_t *skip = skip_of(b, outcome);
    if (skip != NULL) {
        (*skip)++;
        return STATUS_OK;
    }
    size_t rules = (size_t)outcome->fired_count + outcome->shadow_count;
    struct mem *mem = b->options.mem;
    uint16_t group = 0;
    enum status status =
        grow(mem, (void **)&b->rows, &b->row_capacity, b->row_count, 1, sizeof *b->rows);
    if (status == STATUS_OK)
        status = grow(mem, (void **)&b->pool, &b->pool_capacity, b->pool_count, rules,
                      sizeof *b->pool);
    if (status == STATUS_OK)
        status = group_index(b, outcome->frame, &group);
    if (status != STATUS_OK)
        return status;
    b->rows[b->row_count++] = (struct row){
        .ordinal = outcome->ordinal,
        .at_ms = outcome->at_ms,
        .amount_minor = amount_of(b, outcome->frame),
        .rules = b->pool_count,
        .fired_count = outcome->fired_count,
        .shadow_count = outcome->shadow_count,
        .group = group,
        .verdict = (uint8_t)outcome->verdict,
        .bad = truth_now(b, outcome->frame),
    };
    for (uint16_t i = 0; i < outcome->fired_count; i++)
        b->pool[b->pool_count++] = outcome->fired[i].rule;
    for (uint16_t i = 0; i < outcome->shadow_count; i++)
        b->pool[b->pool_count++] = outcome->shadow[i].rule;
    return STATUS_OK;
}

static void count(struct backtest_counts *counts, const struct row *row, bool flagged)
{
    int64_t bad_minor = row->bad ? row->amount_minor : 0;
    counts->judged++;
    counts->bad += row->bad;
    counts->bad_minor = money_add(counts->bad_minor, bad_minor);
    if (!flagged)
        return;
    counts->flagged++;
    counts->flagged_minor = money_add(counts->flagged_minor, row->amount_minor);
    counts->caught += row->bad;
    counts->caught_minor = money_add(counts->caught_minor, bad_minor);
}

static void count_rules(struct backtest *b, const struct row *row)
{
    size_t number = (size_t)row->fired_count + row->shadow_count;
    for (size_t i = 0; i < number; i++) {
        struct backtest_rule *rule = &b->rules[b->pool[row->rules + i]];
        count(&rule->counts, row, true);
        if (number > 1)
            continue;
        rule->alone++;
        rule->alone_caught += row->bad;
    }
}

/* Rules only saw the rows that they fired on; what is judged and bad is the same for all. */
static void complete_rules(struct backtest *b)
{
    const struct backtest_counts *whole = &b->result.whole;
    for (uint16_t i = 0; i < b->options.policy->rule_count; i++) {
        b->rules[i].counts.judged = whole->judged;
        b->rules[i].counts.bad = whole->bad;
        b->rules[i].counts.bad_minor = whole->bad_minor;
    }
}

/* The day of a row: days are kept ascending, and rows come nearly in order. */
static struct backtest_day *day_of(struct backtest *b, int64_t at_ms)
{
    int64_t offset_ms = at_ms % DATETIME_MS_DAY;
    int64_t start_ms = at_ms - (offset_ms < 0 ? offset_ms + DATETIME_MS_DAY : offset_ms);
    size_t at = b->day_count;
    while (at > 0 && b->days[at - 1].start_ms > start_ms)
        at--;
    if (at > 0 && b->days[at - 1].start_ms == start_ms)
        return &b->days[at - 1];
    if (grow(b->options.mem, (void **)&b->days, &b->day_capacity, b->day_count, 1,
             sizeof *b->days) != STATUS_OK)
        return NULL;
    memmove(b->days + at + 1, b->days + at, (b->day_count - at) * sizeof *b->days);
    b->days[at] = (struct backtest_day){.start_ms = start_ms};
    b->day_count++;
    return &b->days[at];
}

static void forget_counts(struct backtest *b)
{
    b->result = (struct backtest_result){.rules = b->rules, .skips = b->skips};
    b->day_count = 0;
    memset(b->rules, 0, b->options.policy->rule_count * sizeof *b->rules);
    for (size_t i = 0; i <= BACKTEST_GROUPS_MAX; i++)
        b->groups[i].counts = (struct backtest_counts){0};
}

/* Sorts by insertion: the groups are few, and rows know them by the place they have. */
static void sort_groups(struct backtest *b)
{
    for (size_t i = 0; i < b->group_count; i++) {
        size_t at = i;
        while (at > 0 && view_compare(b->sorted[at - 1].name, b->groups[i].name) > 0) {
            b->sorted[at] = b->sorted[at - 1];
            at--;
        }
        b->sorted[at] = b->groups[i];
    }
    b->sorted[b->group_count] = b->groups[BACKTEST_GROUPS_MAX];
    b->sorted[b->group_count].name = VIEW("(others)");
}

enum status backtest_result(struct backtest *b, const struct backtest_result **ret_result)
{
    forget_counts(b);
    for (size_t i = 0; i < b->row_count; i++) {
        const struct row *row = &b->rows[i];
        bool flagged = row->verdict >= b->options.flags_from;
        struct backtest_day *day = day_of(b, row->at_ms);
        if (day == NULL)
            return STATUS_NO_MEMORY;
        count(&day->counts, row, flagged);
        count(&b->result.whole, row, flagged);
        count(&b->groups[row->group].counts, row, flagged);
        b->result.verdicts[row->verdict]++;
        count_rules(b, row);
    }
    complete_rules(b);
    sort_groups(b);
    b->result.days = b->days;
    b->result.day_count = b->day_count;
    b->result.groups = b->sorted;
    b->result.group_count = b->options.group_field == UINT16_MAX ? 0 : b->group_count;
    b->result.group_count += b->groups_cut;
    b->result.groups_cut = b->groups_cut;
    *ret_result = &b->result;
    return STATUS_OK;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? (double)NAN : (double)part / (double)whole;
}

double backtest_precision(const struct backtest_counts *counts)
{
    return share(counts->caught, counts->flagged);
}

double backtest_recall(const struct backtest_counts *counts)
{
    return share(counts->caught, counts->bad);
}
