#ifndef FEATURE_STATE_INT_H
#define FEATURE_STATE_INT_H

#include "base/arena.h"
#include "feature/window_int.h"

/* A key of a kind: 32 bytes, then one row for each table that has this kind as its only key. */
#define SYMBOL_INLINE_BYTES 22u
#define SYMBOL_FREE UINT16_MAX

struct symbol {
    int64_t last_ms;     /* the newest event that named it */
    uint16_t size_bytes; /* of its text; SYMBOL_FREE: unused */
    char text[SYMBOL_INLINE_BYTES]; /* or the handle of a longer one; or the next free symbol */
};

struct kind {
    struct vec records;
    struct index index;
    uint32_t count;      /* records in use or free */
    uint32_t live;
    uint32_t free_head;  /* NONE: none */
    uint32_t hand;       /* where the sweep goes on */
    bool ever;           /* never forgotten */
    int64_t horizon_ms;  /* how long after its last event a symbol may still matter */
    uint64_t text_bytes; /* of longer texts */
    uint8_t table_count; /* tables with rows in the records */
    uint8_t tables[FEATURE_TABLES_MAX];
};

/* The rows of a table whose key has no part or several: the symbols, then the row. */
struct key {
    uint32_t symbols[FEATURE_KEYS_MAX]; /* free: the next free one in the first */
};

struct rows {
    struct vec records;
    struct index index;
    uint32_t count;
    uint32_t live;
    uint32_t free_head;
    uint32_t hand;
};

/* A touch of the event being applied. */
struct touching {
    const struct feature_touch *touch;
    const struct table *table;
    struct row *row;     /* NULL: there is none */
    uint32_t index;      /* of its record; NONE: none */
    bool keyed;          /* all its keys are there */
    bool inserts;
    bool created;
    bool was_free;
    bool was_big;        /* the row, when the event went in */
    bool glanced;        /* the glance holds */
    bool small;          /* all its windows are read once the event has gone in */
    uint32_t dropped;    /* events that left the row */
    struct glance glance;
    struct item item;
};

/* The windows of a touch in the order in which they are read. */
struct menu {
    const uint16_t *windows; /* those that leave the event out come first */
    uint16_t before_count;
    uint16_t count;          /* 0 when the touch reads none */
    bool alone;              /* no other touch of the event is about the same table */
    bool early;              /* some window must be read before the event goes in */
};

struct feature_state {
    const struct feature_plan *plan;
    struct mem *mem;
    struct hash_seed seed;
    struct arena arena;
    struct pool pool;
    struct table *tables;
    struct reading *readings;
    struct row **blanks;      /* per table: an entity never seen */
    uint32_t *row_offsets;    /* per table: of its row in a record */
    const struct vec **row_records; /* per table: the records its rows are in */
    struct menu **menus;      /* per event type and touch */
    struct kind *kinds;
    struct rows *rows;        /* per table */
    int64_t newest_ms;
    uint64_t entities;
    uint64_t entity_windows;
    uint64_t events;
    /* Scratch of one call. */
    uint64_t stamp;           /* of the latest glance */
    struct touching *touchings;
};

/* symbol.c */
uint64_t symbol_hash(const struct feature_state *state, struct view text);
struct view symbol_text(const struct feature_state *state, const struct symbol *symbol);
/* guess: a symbol that may be it, or NONE. */
uint32_t symbol_find(const struct feature_state *state, uint8_t kind, struct view text,
                     uint64_t hash, uint32_t guess);
/* A new symbol; NONE without memory. */
uint32_t symbol_add(struct feature_state *state, uint8_t kind, struct view text, uint64_t hash);
/* Undoes the latest symbol_add that has not been undone; was_free: its number had been free. */
void symbol_undo(struct feature_state *state, uint8_t kind, uint32_t symbol, bool was_free);
/* Looks at the next `count` symbols and forgets those that nothing can reach. */
void symbol_sweep(struct feature_state *state, uint8_t kind, uint32_t count);

static inline struct symbol *symbol_at(const struct kind *kind, uint32_t index)
{
    return vec_at(&kind->records, index);
}

/* key.c */
uint64_t key_hash(const struct feature_state *state, uint8_t table, const uint32_t *symbols);
uint32_t key_find(const struct feature_state *state, uint8_t table, const uint32_t *symbols);
uint32_t key_add(struct feature_state *state, uint8_t table, const uint32_t *symbols);
void key_undo(struct feature_state *state, uint8_t table, uint32_t index, bool was_free);
void key_sweep(struct feature_state *state, uint8_t table, uint32_t count);

/* The row of a table in record `index` of its kind or of its rows. */
static inline struct row *state_row(const struct feature_state *state, uint8_t table,
                                    uint32_t index)
{
    char *record = vec_at(state->row_records[table], index);
    return (struct row *)(void *)(record + state->row_offsets[table]);
}

/* Empties a row and takes it out of the counts. */
void state_row_clear(struct feature_state *state, uint8_t table, struct row *row);

/* newest_ms - ago_ms, or INT64_MIN before the first event. */
static inline int64_t state_line(const struct feature_state *state, int64_t ago_ms)
{
    return state->newest_ms == INT64_MIN ? INT64_MIN : state->newest_ms - ago_ms;
}

#endif
