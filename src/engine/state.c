/* One idea: a saved state is a header that says what it belongs to, the windows, and the memory of
 * ids, under one checksum.
 *
 *      0  8 bytes  "weirstat"
 *      8  u32      version of this layout, 4
 *     12  u32      1 when decisions carry features
 *     16  64 bytes policy hash
 *     80  u64      events decided
 *     88  u64      label events that named no remembered event
 *     96  u64      bytes of the windows
 *    104  u64      bytes of the memory of ids
 *    112  2 x u64  the secret that contents are hashed under
 *    128  the windows, the memory of ids
 *    end  2 x u64  hash_digest of all before */
#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "engine/engine_int.h"

#define HEAD_BYTES 136
#define FOOT_BYTES 16
#define VERSION 4

struct head {
    char magic[8];
    uint32_t version;
    uint32_t features;
    char policy_hash[64];
    uint64_t decided_count;
    uint64_t labels_unmatched;
    uint64_t lets_unfed;
    uint64_t window_bytes;
    uint64_t id_bytes;
    struct hash_seed content_seed;
};
_Static_assert(sizeof(struct head) == HEAD_BYTES, "no padding");

static struct head make_head(const struct engine *engine)
{
    struct head head = {.magic = {'w', 'e', 'i', 'r', 's', 't', 'a', 't'},
                        .version = VERSION,
                        .features = engine->features,
                        .decided_count = engine->decided_count,
                        .labels_unmatched = engine->labels_unmatched,
                        .lets_unfed = engine->lets_unfed};
    memcpy(head.policy_hash, engine->policy->hash, sizeof head.policy_hash);
    return head;
}

static void digest_of(struct view bytes, uint64_t ret[2])
{
    struct hash_digest digest;
    hash_digest_init(&digest);
    hash_digest_add(&digest, bytes);
    hash_digest_result(&digest, ret);
}

enum status engine_save(const struct engine *engine, struct buf *out)
{
    struct head head = make_head(engine);
    head.content_seed = engine->reader.content_seed;
    size_t start = out->size_bytes;
    buf_put(out, &head, sizeof head);
    enum status status = feature_save(engine->state, out);
    if (status != STATUS_OK)
        return status;
    head.window_bytes = out->size_bytes - start - sizeof head;
    seen_save(engine->seen, out);
    if (buf_status(out) != STATUS_OK)
        return STATUS_NO_MEMORY;
    head.id_bytes = out->size_bytes - start - sizeof head - head.window_bytes;
    memcpy(out->data + start, &head, sizeof head);
    uint64_t foot[2];
    digest_of((struct view){out->data + start, out->size_bytes - start}, foot);
    buf_put(out, foot, sizeof foot);
    return buf_status(out);
}

static enum status damaged(struct diag *diag, const char *what)
{
    diag_set(diag, "state-damaged", "the saved state %s", what);
    return STATUS_CORRUPT;
}

static enum status check_head(const struct engine *engine, struct view bytes, struct head *ret_head,
                              struct diag *diag)
{
    if (bytes.size_bytes < HEAD_BYTES + FOOT_BYTES)
        return damaged(diag, "is cut short");
    struct head head;
    memcpy(&head, bytes.data, sizeof head);
    if (memcmp(head.magic, "weirstat", sizeof head.magic) != 0 || head.version != VERSION)
        return damaged(diag, "is not one, or of another version");
    uint64_t foot[2];
    uint64_t digest[2];
    size_t body_bytes = bytes.size_bytes - FOOT_BYTES;
    memcpy(foot, bytes.data + body_bytes, sizeof foot);
    digest_of((struct view){bytes.data, body_bytes}, digest);
    if (foot[0] != digest[0] || foot[1] != digest[1])
        return damaged(diag, "has been changed or damaged");
    if (memcmp(head.policy_hash, engine->policy->hash, sizeof head.policy_hash) != 0)
        return damaged(diag, "belongs to another policy");
    if (head.features != (engine->features ? 1u : 0u))
        return damaged(diag, "was made with another choice about features");
    size_t payload = body_bytes - HEAD_BYTES;
    if (head.window_bytes > payload || head.id_bytes != payload - head.window_bytes)
        return damaged(diag, "has parts that do not fit");
    *ret_head = head;
    return STATUS_OK;
}

/* Whether a remembered decision can be given again, and a label can come for it. */
static bool entry_is_possible(struct engine *engine, const struct seen_entry *entry,
                              int64_t newest_ms)
{
    struct engine_outcome outcome = {.line = 0};
    if (entry->event >= engine->policy->event_count || entry->at_ms < DATETIME_MS_MIN ||
        entry->at_ms > newest_ms || entry->ordinal >= engine->decided_count)
        return false;
    const struct event_plan *plan = &engine->plan->events[entry->event];
    if (entry->symbol_count != (plan->remembers_symbols ? plan->slot_count : 0))
        return false;
    if (plan->remembers_symbols &&
        !feature_symbols_possible(engine->state, entry->event, entry->at_ms, entry->symbols))
        return false;
    return decision_read(engine->policy, entry->body, &engine->store, &outcome) == STATUS_OK &&
           outcome.feature_count == (engine->features ? engine->policy->let_count : 0) &&
           decision_is_sound(engine->policy, &outcome);
}

enum status engine_load(struct engine *engine, struct view bytes, struct diag *diag)
{
    struct head head;
    enum status status = check_head(engine, bytes, &head, diag);
    if (status != STATUS_OK)
        return status;
    struct view windows = {bytes.data + HEAD_BYTES, (size_t)head.window_bytes};
    struct view ids = {windows.data + windows.size_bytes, (size_t)head.id_bytes};
    feature_free(engine->state);
    engine->state = NULL;
    engine->broken = true;
    status = feature_load(&engine->plan->feature, engine->mem, engine->lists.seed, windows,
                          &engine->state, diag);
    if (status == STATUS_OK)
        status = seen_load(engine->seen, ids, diag);
    if (status != STATUS_OK)
        return status;
    engine->decided_count = head.decided_count;
    struct feature_stats stats;
    feature_stats(engine->state, &stats);
    engine->newest_ms = stats.newest_ms;
    for (struct seen_walk walk = seen_walk(engine->seen); seen_walk_next(&walk);) {
        if (!entry_is_possible(engine, &walk.entry, stats.newest_ms))
            return damaged(diag, "remembers what is not a decision");
    }
    engine->reader.content_seed = head.content_seed;
    engine->labels_unmatched = head.labels_unmatched;
    engine->lets_unfed = head.lets_unfed;
    engine->broken = false;
    return STATUS_OK;
}

/* Adds the remembered decisions that can still be asked for, features aside: what is kept beyond
 * that depends on how much room decisions take. */
static void digest_seen(const struct engine *engine, struct hash_digest *digest)
{
    struct outcome_store store = engine->store; /* scratch of the engine */
    int64_t oldest_ms = seen_oldest_ms(engine->seen);
    for (struct seen_walk walk = seen_walk(engine->seen); seen_walk_next(&walk);) {
        const struct seen_entry *entry = &walk.entry;
        struct engine_outcome outcome = {.line = 0};
        if (entry->at_ms < oldest_ms)
            continue;
        enum status status = decision_read(engine->policy, entry->body, &store, &outcome);
        ASSERT(status == STATUS_OK);
        struct view body = decision_without_features(&outcome, entry->body);
        uint64_t words[] = {(uint64_t)entry->at_ms, entry->ordinal,
                            (uint64_t)entry->labels << 32 | entry->event,
                            (uint64_t)entry->id.size_bytes << 32 | body.size_bytes};
        hash_digest_add(digest, (struct view){(const char *)words, sizeof words});
        hash_digest_add(digest, (struct view){(const char *)entry->symbols,
                                              entry->symbol_count * sizeof *entry->symbols});
        hash_digest_add(digest, entry->id);
        hash_digest_add(digest, body);
    }
}

void engine_digest(const struct engine *engine, uint64_t ret_digest[2])
{
    struct head head = make_head(engine);
    struct hash_digest digest;
    head.features = 0;
    hash_digest_init(&digest);
    hash_digest_add(&digest, (struct view){(const char *)&head, sizeof head});
    uint64_t windows[2];
    feature_digest(engine->state, windows);
    hash_digest_add(&digest, (struct view){(const char *)windows, sizeof windows});
    digest_seen(engine, &digest);
    list_set_digest(&engine->lists, &digest);
    model_set_digest(&engine->models, &digest);
    hash_digest_result(&digest, ret_digest);
}
