#ifndef FEATURE_FEATURE_H
#define FEATURE_FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

/*
 * Exact sliding windows over the recent events of entities, in event time.
 *
 * An *entity* is a row of a *table*: an account, a card, or a pair such as (account, device). An
 * event *touches* entities: it is inserted into those it feeds and the windows of those it reads
 * are answered. A *class* is what a window counts: "payments", "logins that failed"; the caller
 * says which classes an event belongs to. A window is (t - ending - over, t - ending], t being
 * the reading event's own time; events at equal times count in the order they were applied.
 *
 * The state is a pure function of the plan and of the sequence of successful calls. It depends on
 * no clock, no address and not on the hash seed.
 */

#define FEATURE_KINDS_MAX 64         /* value namespaces: account, card, ... */
#define FEATURE_TABLES_MAX 64
#define FEATURE_KEYS_MAX 4           /* parts of a composite key */
#define FEATURE_COLUMNS_MAX 32       /* per table */
#define FEATURE_CLASSES_MAX 32       /* per table */
#define FEATURE_WINDOWS_MAX 1024     /* per plan */
#define FEATURE_TOUCHES_MAX 32       /* per event type */
#define FEATURE_EVENT_TYPES_MAX 128
#define FEATURE_KEY_BYTES_MAX 256    /* a key's text; longer ones are refused */
#define FEATURE_OVER_MS_MAX ((int64_t)3660 * 86400000) /* over and ending: ten years */
#define FEATURE_ENTITY_EVENTS_MAX ((uint32_t)1 << 22)  /* retained by one entity */
#define FEATURE_VALUE_MAX ((int64_t)1000000000000000)  /* size of an integer in a column */
#define FEATURE_NUMBER_MAX 1e12                        /* size of a number in a column */
#define FEATURE_AT_MS_MAX ((int64_t)1 << 53)           /* size of a time */
#define FEATURE_EVER ((int64_t)-1)   /* over_ms of a window without a beginning */

enum feature_fn {
    FEATURE_COUNT,    /* i64 */
    FEATURE_SUM,      /* i64 (saturated at the ends of int64_t) or f64, as its column */
    FEATURE_MEAN,     /* f64, missing when empty */
    FEATURE_STD,      /* f64: square root of the sample variance (n - 1), missing below 2 */
    FEATURE_MIN,      /* as its column, missing when empty; so are max, first and last */
    FEATURE_MAX,
    FEATURE_FIRST,    /* the value at the earliest time */
    FEATURE_LAST,     /* the value at the latest time */
    FEATURE_DISTINCT, /* i64: how many different values */
    FEATURE_AGE,      /* i64, ms since the earliest event of the class, missing when none */
    FEATURE_SINCE,    /* i64, ms since the latest event of the class, missing when none */
    FEATURE_RATE,     /* f64: events of class_hit per event of class, missing when none of class */
    FEATURE_ENTROPY,  /* f64, bits: Shannon entropy of the values, missing when empty */
    FEATURE_QUANTILE, /* as its column: the smallest value with at least q of all at or below it */
    FEATURE_DECAYED,  /* f64: sum of value * 2^-(age / half_life) over all events up to t */
};

/* What a column holds, and how wide: FEATURE_SYMBOL the identity of a text or entity value (only
 * for distinct, entropy, first, last), FEATURE_I64 integers (money in minor units, durations,
 * enumerations, countries), FEATURE_F64 finite doubles. */
enum feature_type { FEATURE_SYMBOL, FEATURE_I64, FEATURE_F64 };

struct feature_column {
    enum feature_type type;
    uint8_t kind; /* of a FEATURE_SYMBOL: its namespace */
};

struct feature_table {
    const char *name;                       /* for messages: "account" or "account, device" */
    uint8_t key_count;                      /* 0 is allowed: one entity for the whole stream */
    uint8_t key_kinds[FEATURE_KEYS_MAX];
    uint8_t column_count;
    struct feature_column columns[FEATURE_COLUMNS_MAX];
    uint8_t class_count;                    /* at least 1 */
};

struct feature_window {
    enum feature_fn fn;
    uint8_t table;
    uint8_t class_index;  /* the events it is about */
    uint8_t class_hit;    /* FEATURE_RATE: the numerator's class, of the same table */
    uint8_t column;       /* its argument; unused by count, age, since and rate */
    bool before;          /* leaves the reading event itself out */
    int64_t over_ms;      /* length, or FEATURE_EVER (not for distinct, entropy, quantile, rate) */
    int64_t ending_ms;    /* how long ago it ends; 0: now. 0 for decayed and for FEATURE_EVER */
    int64_t hit_ending_ms;/* FEATURE_RATE: hits later than this long ago are not known and do not
                             count; 0: all are */
    double parameter;     /* FEATURE_QUANTILE: q in (0, 1]; FEATURE_DECAYED: half-life in ms, > 0 */
};

/* One entity that events of a type touch. An event whose key slot is missing skips the touch: it
 * feeds nothing there, and its reads are those of an entity never seen. */
struct feature_touch {
    uint8_t table;
    uint8_t key_slots[FEATURE_KEYS_MAX]; /* indexes into feature_event.keys */
    bool feeds;                          /* events of this type may belong to classes here */
    bool reads;                          /* the windows below are answered */
    uint16_t window_count;
    const uint16_t *windows;             /* indexes into feature_plan.windows; borrowed */
    const int16_t *column_inputs;        /* per column of the table: index into
                                            feature_event.inputs, or -1; borrowed; for a
                                            FEATURE_SYMBOL column: index into feature_event.keys */
};

struct feature_event_type {
    uint8_t key_count;    /* slots; each belongs to a kind */
    uint8_t key_kinds[FEATURE_KINDS_MAX];
    uint8_t touch_count;
    struct feature_touch touches[FEATURE_TOUCHES_MAX];
};

/* Everything the room needs to know of a policy. Borrowed by the state made from it; immutable. */
struct feature_plan {
    uint8_t kind_count;
    uint8_t table_count;
    uint16_t window_count;
    uint8_t event_type_count;
    int64_t late_ms;      /* an event this much older than the newest applied one is still exact */
    struct feature_table tables[FEATURE_TABLES_MAX];
    struct feature_window windows[FEATURE_WINDOWS_MAX];
    struct feature_event_type event_types[FEATURE_EVENT_TYPES_MAX];
};

/* Checks every index, range and combination of a plan built by hand or from a policy.
 * STATUS_INVALID with a diag that names the table or window. Pure. */
MUST_CHECK enum status feature_plan_check(const struct feature_plan *plan, struct diag *diag);

union feature_value {
    int64_t i64;
    double f64;
};

struct feature_event {
    uint16_t type;                 /* index into plan->event_types */
    int64_t at_ms;
    const struct view *keys;       /* key_count views; data NULL where missing */
    const union feature_value *inputs; /* column values; those no fed class needs may be garbage */
    const uint32_t *classes;       /* per touch: bit c set when the event belongs to class c */
};

#define FEATURE_SLOTS_MAX 16       /* key slots that one handle can carry */

/* Where an event's entities are expected, between the stages of a pipeline. Plain data. */
struct feature_handle {
    uint64_t hashes[FEATURE_SLOTS_MAX];
    uint32_t symbols[FEATURE_SLOTS_MAX]; /* UINT32_MAX: not known yet, or missing */
};

struct feature_state; /* opaque */

/* A new, empty state. plan: checked, borrowed, outlives it; mem: all its memory; seed: any.
 * STATUS_NO_MEMORY. One state per thread. */
MUST_CHECK enum status feature_new(const struct feature_plan *plan, struct mem *mem,
                                   struct hash_seed seed, struct feature_state **ret_state);

/* Frees; NULL is allowed. */
void feature_free(struct feature_state *state);

/* The stages of a pipeline over a batch of events, each starting the memory fetches that the next
 * one needs: hash keys, find symbols, find entities, fetch their retained events. Optional, in
 * this order, any number of events apart; they change nothing. */
void feature_hash(const struct feature_state *state, const struct feature_event *event,
                  struct feature_handle *ret_handle);
void feature_find(const struct feature_state *state, const struct feature_event *event,
                  struct feature_handle *handle);
void feature_fetch(const struct feature_state *state, const struct feature_event *event,
                   const struct feature_handle *handle);

/* Applies one event: answers `before` windows, inserts it where it feeds, answers the others.
 * handle: from feature_hash (the later stages are optional), for this event and this state; on
 * success its symbols are those of the event's keys (for feature_label).
 * ret_values, ret_present: window_count items each; those of windows not read are left alone.
 * STATUS_LATE: older than late_ms before the newest; STATUS_LIMIT: an entity is full or a key too
 * long; STATUS_OVERFLOW: a value out of range; STATUS_NO_MEMORY: in all four nothing has changed.
 * Cost: O(1) amortised per window when in order, O(distance) at worst when late, O(sqrt(events of
 * the entity)) at worst for min and max, O(log) for quantile. No allocation once warm. */
MUST_CHECK enum status feature_apply(struct feature_state *state, const struct feature_event *event,
                                     struct feature_handle *handle, union feature_value *ret_values,
                                     bool *ret_present, struct diag *diag);

/* Inserts what became known later about an earlier event: classes at that event's own time.
 * type, symbols: of the earlier event, its handle's symbols; at_ms: its time; classes: per touch.
 * Errors as feature_apply's; an entity that has been forgotten since is left alone. */
MUST_CHECK enum status feature_label(struct feature_state *state, uint16_t type, int64_t at_ms,
                                     const uint32_t *symbols, const uint32_t *classes,
                                     struct diag *diag);

/* Whether feature_label can be given these of an earlier event: each symbol is in use and was named
 * at its time or later, or is missing, or has been forgotten as it should. For symbols that were
 * read from outside; type: of the plan; at_ms, symbols: hostile. Pure. */
bool feature_symbols_possible(const struct feature_state *state, uint16_t type, int64_t at_ms,
                              const uint32_t *symbols);

/* The text of a symbol, for windows whose value is a FEATURE_SYMBOL. symbol: as feature_apply
 * returned it. Empty for one that has been forgotten since. Borrowed until the next
 * feature_apply. */
struct view feature_symbol_text(const struct feature_state *state, uint8_t kind, int64_t symbol);

/* What the state holds now, for reports and tests. */
struct feature_stats {
    uint64_t entities;            /* rows of all tables */
    uint64_t entity_windows;      /* entities times the windows of their table */
    uint64_t events;              /* retained */
    uint64_t symbols;
    uint64_t window_bytes;        /* cursors and aggregates */
    uint64_t event_bytes;         /* retained events, unused capacity included */
    uint64_t key_bytes;           /* symbols, keys and indexes */
    int64_t newest_ms;            /* the newest time applied; INT64_MIN before the first event */
};

/* Counts what the state holds. O(entities): for reports, not for every event. */
void feature_stats(const struct feature_state *state, struct feature_stats *ret_stats);

/* What a table's entities and events take, before any have come. */
struct feature_cost {
    const char *name;        /* the table's, borrowed from the plan */
    uint16_t window_count;
    uint32_t entity_bytes;   /* of an entity with its key, its events aside */
    uint32_t event_bytes;    /* of a retained event whose integers fit in 32 bits */
    int64_t reach_ms;        /* how far back its windows look */
    bool ever;               /* some window has no beginning: entities are never forgotten */
};

/* Tells what table `table` of the plan costs. O(1); any thread. */
void feature_cost(const struct feature_state *state, uint8_t table, struct feature_cost *ret_cost);

/* Appends the whole state to `out`: a pure function of plan and history. */
MUST_CHECK enum status feature_save(const struct feature_state *state, struct buf *out);

/* Reads a saved state back; afterwards it answers exactly as the saved one would have.
 * bytes: hostile. STATUS_CORRUPT with a diag: not a state, damaged, or of another plan;
 * STATUS_NO_MEMORY. Nothing is returned then. */
MUST_CHECK enum status feature_load(const struct feature_plan *plan, struct mem *mem,
                                    struct hash_seed seed, struct view bytes,
                                    struct feature_state **ret_state, struct diag *diag);

/* The 128-bit digest of what feature_save would write, without writing it. */
void feature_digest(const struct feature_state *state, uint64_t ret_digest[2]);

#endif
