#ifndef FEATURE_TABLE_INT_H
#define FEATURE_TABLE_INT_H

#include "base/arena.h"
#include "feature/feature.h"
#include "feature/store_int.h"

/* A plan's tables as the room uses them: what is stored of each event, and what all the windows of
 * a table share. Made once by tables_new, immutable afterwards. */

#define NO_COLUMN UINT8_MAX
#define NO_PART UINT16_MAX

/* The two things about a run that decide how wide its fields are. */
#define WIDE_INTS 1u  /* integers take 8 bytes, not 4 */
#define WIDE_TIMES 2u /* times are 8 bytes from the base, not 4 */
#define SHAPES 4u

/* What is added up over the events of a class: shared by count, sum, mean, std and rate. Its words
 * are a count, or a sum (2) and maybe squares (4). */
struct measure {
    uint8_t class_index;
    uint8_t column;         /* NO_COLUMN: counted */
    bool square;
    enum feature_type type; /* of the column */
    uint16_t at;            /* its first word in a leaf's tally */
};

static inline uint16_t measure_words(const struct measure *measure)
{
    return measure->column == NO_COLUMN ? 1 : measure->square ? 6 : 2;
}

/* A measure that the cursor of a bound keeps. */
struct term {
    uint16_t measure;
    uint16_t at; /* its first word behind the cursor */
};

/* A bound: some time before the reading event. */
struct bound {
    uint32_t cursor_at;  /* its cursor, in bytes from a row's struct big */
    uint16_t term_first; /* in the table's terms: the measures that windows ask for there */
    uint16_t term_count;
    uint16_t words;      /* of all its terms */
};

/* Where the cursors of a window's two bounds keep a measure. */
struct ends {
    uint16_t begin;
    uint16_t end;
};

/* A class and column whose least and greatest value every leaf keeps. */
struct extreme {
    uint8_t class_index;
    uint8_t column;
};

/* A cached least or greatest value: its windows share bounds. */
struct peak {
    uint16_t begin;
    uint16_t end;
    uint16_t extreme;
    bool greatest;
};

/* The values between two bounds, counted by value or kept in order. */
struct group {
    uint16_t begin;
    uint16_t end;
    uint8_t class_index;
    uint8_t column;
    bool ordered; /* for quantiles; else counted, for distinct and entropy */
    bool entropy;
};

/* What is kept of dropped events for windows without a beginning. Word offsets into the row's
 * fold; NO_PART where not needed. */
struct fold {
    uint8_t class_index;
    uint8_t column;
    bool square;
    uint16_t tally_at; /* a count, then the words of a measure of the column */
    uint16_t least_at; /* least, greatest: ordered values; valid when the tally counts any */
    uint16_t greatest_at;
    uint16_t first_ms_at; /* INT64_MAX: none */
    uint16_t first_at;
    uint16_t last_ms_at; /* INT64_MIN: none */
    uint16_t last_at;
};

/* A decayed sum: four words of the row's fold, see decay.c. */
struct decay {
    uint8_t class_index;
    uint8_t column;
    double half_life_ms;
    uint16_t at;
};

/* What windows of a small row ask of: the events of a class, or their values in a column. */
struct strand {
    uint8_t class_index;
    uint8_t column; /* NO_COLUMN: only the events */
    bool summed;    /* some window adds the values up */
};

/* A window, compiled: which parts of its table answer it. */
struct reading {
    enum feature_fn fn;
    enum feature_type type; /* of its column */
    uint8_t class_index;
    uint8_t class_hit;
    uint8_t column;
    bool before;
    bool ever;
    bool counts_all; /* between two bounds, whatever their class */
    bool plain;      /* a count, or a sum or mean of integers, between two bounds */
    uint16_t begin; /* indexes of bounds; NO_PART: no beginning */
    uint16_t end;
    uint16_t hit_end;     /* NO_PART: no hit can be known */
    uint16_t counter;     /* measures; NO_PART: not needed, as for counts where one class is all */
    uint16_t hit_counter;
    uint16_t measure;
    struct ends counter_at;
    struct ends hit_counter_at;
    struct ends measure_at;
    uint16_t peak;
    uint16_t group;
    uint16_t fold;
    uint16_t decay;
    uint16_t strand;     /* NO_PART: a small row answers it as a big one does */
    uint16_t hit_strand;
    double parameter;
};

struct table {
    const struct feature_table *spec;
    struct pool *pool;
    uint32_t used_classes;
    uint32_t column_classes[FEATURE_COLUMNS_MAX]; /* classes whose windows need the column */
    uint8_t column_count;
    uint8_t stored_count;
    uint8_t stored[FEATURE_COLUMNS_MAX];          /* the columns that some window needs */
    uint8_t mask_bytes;                           /* 0 when there is only one class */
    /* Where the arrays of a block begin, in bytes per event of capacity. */
    uint16_t event_bytes[SHAPES];
    uint16_t time_at[SHAPES];
    uint16_t mask_at[SHAPES];
    uint16_t column_at[SHAPES][FEATURE_COLUMNS_MAX];
    uint8_t column_bytes[SHAPES][FEATURE_COLUMNS_MAX]; /* of one field; 0: not stored */
    struct big **idle; /* emptied ones, to be used again: rows come and go without allocations */
    const int64_t *power_logs; /* see census_int.h */
    uint64_t salt;
    int64_t reach_ms;  /* the farthest that a bounded window looks back */
    int64_t late_ms;
    int64_t keep_ms;   /* the two together: how long an event is retained */
    bool ever;         /* its rows are never forgotten */
    uint16_t bound_count;
    uint16_t bound_now; /* the bound of 0 ms ago; NO_PART: none */
    uint16_t measure_count;
    uint16_t term_count;
    uint16_t extreme_count;
    uint16_t peak_count;
    uint16_t group_count;
    uint16_t fold_count;
    uint16_t decay_count;
    uint16_t strand_count;
    uint16_t window_count;
    uint16_t tally_words;
    uint16_t fold_words;
    uint32_t row_bytes;
    uint32_t leaf_bytes;
    uint32_t big_bytes;  /* of a struct big with the cursors, peaks and groups behind it */
    uint32_t peaks_at;
    uint32_t groups_at;
    int64_t *bounds_ms;  /* how long ago */
    struct bound *bounds;
    struct term *terms;
    struct measure *measures;
    struct extreme *extremes;
    struct peak *peaks;
    struct group *groups;
    struct fold *folds;
    struct decay *decays;
    struct strand *strands;
};

/* Compiles all tables and windows of a checked plan into the arena; false without memory.
 * ret_tables: table_count items; ret_readings: window_count items. */
bool tables_new(const struct feature_plan *plan, struct arena *arena, struct pool *pool,
                struct hash_seed seed, struct table **ret_tables, struct reading **ret_readings);

#endif
