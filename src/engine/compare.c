/* One idea: each batch goes through the old engine, which leaves its verdicts in an array, and then
 * through the new one, which is compared line by line with them. */
#include "engine/compare.h"

#include <string.h>

#include "base/arena.h"
#include "base/assert.h"
#include "engine/engine_int.h"

struct verdict {
    uint8_t verdict;
    size_t reason_bytes;
    char reason[POLICY_REASON_BYTES_MAX];
};

/* A flip of an event that a later one may show to be bad. */
struct flip {
    uint64_t ordinal;
    uint8_t verdict_old;
    uint8_t verdict_new;
    bool bad;
};

struct compare {
    struct mem *mem;
    struct arena arena;    /* ids and reasons of samples */
    struct engine *engines[2];
    const struct policy *new_policy;
    struct engine_sink old_sink;
    struct engine_sink new_sink;
    struct verdict verdicts[LINES_BATCH_MAX];
    struct engine_label_sink label_sink;
    struct flip *flips;    /* ascending by ordinal; owned */
    size_t flip_count;
    size_t flip_capacity;
    struct engine_sink *listeners[2]; /* old, new; or NULL */
    size_t taken;          /* outcomes of this batch seen by the sink at work */
    struct compare_sample *samples;
    size_t samples_max;
    bool failed;
    struct compare_result result;
};

static uint8_t verdict_of(const struct engine_outcome *outcome)
{
    return outcome->status == STATUS_OK ? (uint8_t)outcome->verdict : COMPARE_ERROR;
}

static void show(struct engine_sink *listener, const struct engine_outcome *outcome)
{
    if (listener != NULL)
        listener->take(listener, outcome);
}

static struct view keep(struct compare *compare, struct view text)
{
    struct view copy = arena_copy(&compare->arena, text);
    compare->failed = compare->failed || copy.data == NULL;
    return copy;
}

static void take_old(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct compare *compare =
        (struct compare *)((char *)sink - offsetof(struct compare, old_sink));
    ASSERT(compare->taken < LINES_BATCH_MAX);
    show(compare->listeners[0], outcome);
    struct verdict *verdict = &compare->verdicts[compare->taken++];
    verdict->verdict = verdict_of(outcome);
    ASSERT(outcome->reason.size_bytes <= sizeof verdict->reason);
    verdict->reason_bytes = outcome->reason.size_bytes;
    if (verdict->reason_bytes > 0)
        memcpy(verdict->reason, outcome->reason.data, verdict->reason_bytes);
}

/* The first money field of the event, 0 when there is none. */
static int64_t amount_of(const struct compare *compare, const struct engine_outcome *outcome)
{
    if (outcome->frame == NULL)
        return 0;
    const struct policy_event *event = &compare->new_policy->events[outcome->event];
    for (uint16_t i = 0; i < event->field_count; i++) {
        uint16_t slot = event->fields[i].slot;
        if (event->fields[i].type.base == POLICY_MONEY)
            return outcome->frame->present[slot] ? outcome->frame->values[slot].i64 : 0;
    }
    return 0;
}

static void add_sample(struct compare *compare, const struct engine_outcome *outcome,
                       const struct verdict *old)
{
    if (compare->result.sample_count == compare->samples_max)
        return;
    compare->samples[compare->result.sample_count++] = (struct compare_sample){
        .line = outcome->line,
        .id = keep(compare, outcome->id),
        .verdict_old = old->verdict,
        .verdict_new = verdict_of(outcome),
        .reason_old = keep(compare, (struct view){old->reason, old->reason_bytes}),
        .reason_new = keep(compare, outcome->reason),
    };
}

/* Marks a flip as bad, once, when its label comes. */
static void take_label(struct engine_label_sink *sink, uint16_t label, uint64_t ordinal)
{
    struct compare *compare =
        (struct compare *)((char *)sink - offsetof(struct compare, label_sink));
    (void)label; /* any will do */
    size_t low = 0;
    size_t high = compare->flip_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare->flips[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == compare->flip_count || compare->flips[low].ordinal != ordinal)
        return;
    struct flip *flip = &compare->flips[low];
    compare->result.cells[flip->verdict_old][flip->verdict_new].bad += !flip->bad;
    flip->bad = true;
}

/* Whether a field of the event says that it was bad, and whether another event may say so later. */
static bool bad_now(const struct compare *compare, const struct engine_outcome *outcome,
                    bool *ret_may_come)
{
    const struct policy *policy = compare->new_policy;
    bool bad = false;
    *ret_may_come = false;
    for (uint16_t i = 0; i < policy->label_count; i++) {
        const struct policy_label *label = &policy->labels[i];
        if (label->event != outcome->event)
            continue;
        if (label->by_event) {
            *ret_may_come = true;
            continue;
        }
        uint16_t slot = policy->events[label->event].fields[label->truth_field].slot;
        bad = bad || (outcome->frame->present[slot] && outcome->frame->values[slot].i64 != 0);
    }
    return bad;
}

static void keep_flip(struct compare *compare, struct flip flip)
{
    if (compare->flip_count == compare->flip_capacity) {
        size_t wanted = compare->flip_capacity == 0 ? 256 : compare->flip_capacity * 2;
        struct flip *moved = mem_array(compare->mem, compare->flips, compare->flip_capacity, wanted,
                                       sizeof *moved);
        compare->failed = compare->failed || moved == NULL;
        if (moved == NULL)
            return;
        compare->flips = moved;
        compare->flip_capacity = wanted;
    }
    compare->flips[compare->flip_count++] = flip;
}

static void judge_flip(struct compare *compare, const struct engine_outcome *outcome,
                       uint8_t verdict_old)
{
    if (outcome->frame == NULL)
        return;
    bool may_come;
    uint8_t verdict_new = verdict_of(outcome);
    bool bad = bad_now(compare, outcome, &may_come);
    compare->result.cells[verdict_old][verdict_new].bad += bad;
    if (may_come && !bad)
        keep_flip(compare, (struct flip){outcome->ordinal, verdict_old, verdict_new, false});
}

static void take_new(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct compare *compare =
        (struct compare *)((char *)sink - offsetof(struct compare, new_sink));
    const struct verdict *old = &compare->verdicts[compare->taken++];
    show(compare->listeners[1], outcome);
    struct compare_cell *cell = &compare->result.cells[old->verdict][verdict_of(outcome)];
    cell->count++;
    if (old->verdict != COMPARE_ERROR)
        cell->amount_minor = money_add(cell->amount_minor, amount_of(compare, outcome));
    compare->result.lines++;
    compare->result.errors_old += old->verdict == COMPARE_ERROR;
    compare->result.errors_new += outcome->status != STATUS_OK;
    if (old->verdict == verdict_of(outcome))
        return;
    compare->result.flips++;
    judge_flip(compare, outcome, old->verdict);
    add_sample(compare, outcome, old);
}

enum status compare_new(struct mem *mem, struct engine *old_engine, struct engine *new_engine,
                        const struct policy *new_policy, size_t samples_max,
                        struct compare **ret_compare)
{
    ASSERT(samples_max <= COMPARE_SAMPLES_MAX);
    struct compare *compare = mem_zeroed(mem, sizeof *compare);
    if (compare == NULL)
        return STATUS_NO_MEMORY;
    *compare = (struct compare){.mem = mem,
                                .engines = {old_engine, new_engine},
                                .new_policy = new_policy,
                                .old_sink = {take_old},
                                .new_sink = {take_new},
                                .label_sink = {take_label},
                                .samples_max = samples_max};
    arena_init(&compare->arena, mem, 0);
    compare->samples = mem_zeroed(mem, (samples_max + 1) * sizeof *compare->samples);
    if (compare->samples == NULL) {
        compare_free(compare);
        return STATUS_NO_MEMORY;
    }
    compare->result.samples = compare->samples;
    engine_label_listen(new_engine, &compare->label_sink);
    *ret_compare = compare;
    return STATUS_OK;
}

void compare_free(struct compare *compare)
{
    if (compare == NULL)
        return;
    engine_label_listen(compare->engines[1], NULL);
    mem_free(compare->mem, compare->flips, compare->flip_capacity * sizeof *compare->flips);
    mem_free(compare->mem, compare->samples,
             (compare->samples_max + 1) * sizeof *compare->samples);
    arena_done(&compare->arena);
    mem_free(compare->mem, compare, sizeof *compare);
}

void compare_listen(struct compare *compare, struct engine_sink *old_sink,
                    struct engine_sink *new_sink)
{
    compare->listeners[0] = old_sink;
    compare->listeners[1] = new_sink;
}

enum status compare_lines(struct compare *compare, enum engine_format format,
                          const struct line *lines, size_t count)
{
    compare->taken = 0;
    enum status status = engine_decide(compare->engines[0], format, lines, count,
                                       &compare->old_sink);
    compare->taken = 0;
    if (status == STATUS_OK)
        status = engine_decide(compare->engines[1], format, lines, count, &compare->new_sink);
    return status == STATUS_OK && compare->failed ? STATUS_NO_MEMORY : status;
}

const struct compare_result *compare_result(const struct compare *compare)
{
    return &compare->result;
}
