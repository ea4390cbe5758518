/* One idea: windows of one table share whatever they can, found once when the plan is compiled.
 *
 * 1. A bound is an offset back from the reading event; each distinct offset of a table exists once.
 * 2. A column is stored when a window needs it, and only its value for events of a class that does.
 * 3. Fields lie widest first in a block whose capacity is even, so every array is aligned. */
#include "feature/table_int.h"

#include "base/assert.h"
#include "feature/group_int.h"
#include "feature/peak_int.h"

#define PARTS_PER_WINDOW 3u /* bounds */
#define TERMS_PER_WINDOW 4u

static uint16_t bound_of(struct table *table, int64_t ago_ms)
{
    for (uint16_t i = 0; i < table->bound_count; i++)
        if (table->bounds_ms[i] == ago_ms)
            return i;
    table->bounds_ms[table->bound_count] = ago_ms;
    return table->bound_count++;
}

static uint16_t measure_of(struct table *table, uint8_t class_index, uint8_t column, bool square)
{
    for (uint16_t i = 0; i < table->measure_count; i++) {
        struct measure *m = &table->measures[i];
        if (m->class_index == class_index && m->column == column) {
            m->square = m->square || square;
            return i;
        }
    }
    table->measures[table->measure_count] = (struct measure){
        .class_index = class_index, .column = column, .square = square,
        .type = column == NO_COLUMN ? FEATURE_I64 : table->spec->columns[column].type};
    return table->measure_count++;
}

/* Where all events are of one class, ranks count them. */
static uint16_t counter_of(struct table *table, uint8_t class_index)
{
    return table->spec->class_count == 1 ? NO_PART
                                         : measure_of(table, class_index, NO_COLUMN, false);
}

static uint16_t extreme_of(struct table *table, uint8_t class_index, uint8_t column)
{
    for (uint16_t i = 0; i < table->extreme_count; i++) {
        const struct extreme *x = &table->extremes[i];
        if (x->class_index == class_index && x->column == column)
            return i;
    }
    table->extremes[table->extreme_count] = (struct extreme){class_index, column};
    return table->extreme_count++;
}

static uint16_t peak_of(struct table *table, const struct reading *reading)
{
    struct peak want = {reading->begin, reading->end,
                        extreme_of(table, reading->class_index, reading->column),
                        reading->fn == FEATURE_MAX};
    for (uint16_t i = 0; i < table->peak_count; i++) {
        const struct peak *p = &table->peaks[i];
        if (p->begin == want.begin && p->end == want.end && p->extreme == want.extreme &&
            p->greatest == want.greatest)
            return i;
    }
    table->peaks[table->peak_count] = want;
    return table->peak_count++;
}

static uint16_t group_of(struct table *table, const struct reading *reading)
{
    bool ordered = reading->fn == FEATURE_QUANTILE;
    for (uint16_t i = 0; i < table->group_count; i++) {
        struct group *g = &table->groups[i];
        if (g->begin == reading->begin && g->end == reading->end && g->ordered == ordered &&
            g->class_index == reading->class_index && g->column == reading->column) {
            g->entropy = g->entropy || reading->fn == FEATURE_ENTROPY;
            return i;
        }
    }
    table->groups[table->group_count] =
        (struct group){reading->begin, reading->end, reading->class_index, reading->column,
                       ordered, reading->fn == FEATURE_ENTROPY};
    return table->group_count++;
}

/* Marks a part of a fold as needed; offsets are given out later. */
static void need(uint16_t *at)
{
    *at = 0;
}

static void fold_needs(struct fold *fold, enum feature_fn fn)
{
    switch (fn) {
    case FEATURE_COUNT:
    case FEATURE_SUM:
    case FEATURE_MEAN:
    case FEATURE_STD:
        need(&fold->tally_at);
        fold->square = fold->square || fn == FEATURE_STD;
        break;
    case FEATURE_MIN:
        need(&fold->tally_at);
        need(&fold->least_at);
        break;
    case FEATURE_MAX:
        need(&fold->tally_at);
        need(&fold->greatest_at);
        break;
    case FEATURE_FIRST:
        need(&fold->first_at);
        need(&fold->first_ms_at);
        break;
    case FEATURE_LAST:
        need(&fold->last_at);
        need(&fold->last_ms_at);
        break;
    case FEATURE_AGE:
        need(&fold->first_ms_at);
        break;
    case FEATURE_SINCE:
        need(&fold->last_ms_at);
        break;
    case FEATURE_DISTINCT:
    case FEATURE_RATE:
    case FEATURE_ENTROPY:
    case FEATURE_QUANTILE:
    case FEATURE_DECAYED:
        ASSERT(fn == FEATURE_COUNT); /* plan.c refuses these without a beginning */
    }
}

static uint16_t fold_of(struct table *table, const struct reading *reading)
{
    uint16_t i = 0;
    while (i < table->fold_count && (table->folds[i].class_index != reading->class_index ||
                                     table->folds[i].column != reading->column))
        i++;
    if (i == table->fold_count)
        table->folds[table->fold_count++] = (struct fold){
            .class_index = reading->class_index, .column = reading->column, .tally_at = NO_PART,
            .least_at = NO_PART, .greatest_at = NO_PART, .first_ms_at = NO_PART,
            .first_at = NO_PART, .last_ms_at = NO_PART, .last_at = NO_PART};
    fold_needs(&table->folds[i], reading->fn);
    return i;
}

static uint16_t decay_of(struct table *table, const struct reading *reading)
{
    for (uint16_t i = 0; i < table->decay_count; i++) {
        const struct decay *d = &table->decays[i];
        if (d->class_index == reading->class_index && d->column == reading->column &&
            d->half_life_ms == reading->parameter)
            return i;
    }
    table->decays[table->decay_count] =
        (struct decay){reading->class_index, reading->column, reading->parameter, 0};
    return table->decay_count++;
}

static bool takes_column(enum feature_fn fn)
{
    return fn != FEATURE_COUNT && fn != FEATURE_AGE && fn != FEATURE_SINCE && fn != FEATURE_RATE;
}

static void compile_bounds(struct table *table, const struct feature_window *window,
                           struct reading *reading)
{
    if (reading->fn == FEATURE_DECAYED)
        return;
    reading->end = bound_of(table, window->ending_ms);
    if (reading->ever)
        return;
    int64_t ago_ms = window->ending_ms + window->over_ms;
    reading->begin = bound_of(table, ago_ms);
    if (table->reach_ms < ago_ms)
        table->reach_ms = ago_ms;
    if (reading->fn != FEATURE_RATE)
        return;
    int64_t hit_ms = window->hit_ending_ms > window->ending_ms ? window->hit_ending_ms
                                                               : window->ending_ms;
    if (hit_ms < ago_ms)
        reading->hit_end = bound_of(table, hit_ms);
}

static void compile_parts(struct table *table, const struct feature_window *window,
                          struct reading *reading)
{
    switch (reading->fn) {
    case FEATURE_COUNT:
    case FEATURE_SUM:
    case FEATURE_MEAN:
    case FEATURE_STD:
        if (reading->fn != FEATURE_SUM)
            reading->counter = counter_of(table, reading->class_index);
        reading->plain = !reading->ever && reading->fn != FEATURE_STD &&
                         reading->type == FEATURE_I64;
        if (reading->fn != FEATURE_COUNT)
            reading->measure = measure_of(table, reading->class_index, reading->column,
                                          reading->fn == FEATURE_STD);
        break;
    case FEATURE_RATE:
        reading->counter = counter_of(table, reading->class_index);
        reading->hit_counter = counter_of(table, window->class_hit);
        break;
    case FEATURE_MIN:
    case FEATURE_MAX:
        reading->peak = peak_of(table, reading);
        break;
    case FEATURE_DISTINCT:
    case FEATURE_ENTROPY:
    case FEATURE_QUANTILE:
        reading->group = group_of(table, reading);
        break;
    case FEATURE_DECAYED:
        reading->decay = decay_of(table, reading);
        break;
    case FEATURE_FIRST:
    case FEATURE_LAST:
    case FEATURE_AGE:
    case FEATURE_SINCE:
        break;
    }
    if (reading->ever && reading->fn != FEATURE_DECAYED)
        reading->fold = fold_of(table, reading);
}

static void compile_window(struct table *table, const struct feature_window *window,
                           struct reading *reading)
{
    bool column = takes_column(window->fn);
    bool decayed = window->fn == FEATURE_DECAYED;
    *reading = (struct reading){
        .fn = window->fn, .class_index = window->class_index, .class_hit = window->class_hit,
        .type = column ? table->spec->columns[window->column].type : FEATURE_I64,
        .column = column ? window->column : NO_COLUMN, .before = window->before,
        .ever = decayed || window->over_ms == FEATURE_EVER,
        .begin = NO_PART, .end = NO_PART, .hit_end = NO_PART, .counter = NO_PART,
        .hit_counter = NO_PART, .measure = NO_PART, .peak = NO_PART, .group = NO_PART,
        .fold = NO_PART, .decay = NO_PART, .strand = NO_PART, .hit_strand = NO_PART,
        .parameter = window->parameter};
    table->ever = table->ever || reading->ever;
    table->window_count++;
    table->used_classes |= 1u << window->class_index;
    if (window->fn == FEATURE_RATE)
        table->used_classes |= 1u << window->class_hit;
    if (column)
        table->column_classes[window->column] |= 1u << window->class_index;
    compile_bounds(table, window, reading);
    compile_parts(table, window, reading);
}

static uint16_t strand_of(struct table *table, uint8_t class_index, uint8_t column, bool summed)
{
    for (uint16_t i = 0; i < table->strand_count; i++) {
        struct strand *s = &table->strands[i];
        if (s->class_index == class_index && s->column == column) {
            s->summed = s->summed || summed;
            return i;
        }
    }
    table->strands[table->strand_count] = (struct strand){class_index, column, summed};
    return table->strand_count++;
}

/* After the table is finished. Windows without a beginning need the fold, sums of doubles more
 * than 64 bits. */
static void compile_strands(struct table *table, struct reading *reading)
{
    bool sums = reading->fn == FEATURE_SUM || reading->fn == FEATURE_MEAN ||
                reading->fn == FEATURE_STD;
    if (reading->ever || (sums && reading->type == FEATURE_F64))
        return;
    reading->counts_all = reading->fn == FEATURE_COUNT && table->mask_bytes == 0;
    reading->strand = strand_of(table, reading->class_index, reading->column, sums);
    if (reading->fn == FEATURE_RATE)
        reading->hit_strand = strand_of(table, reading->class_hit, NO_COLUMN, false);
}

static uint16_t take(uint16_t *words, uint16_t count)
{
    uint16_t at = *words;
    *words = (uint16_t)(*words + count);
    return at;
}

static uint16_t fold_tally_words(const struct fold *fold)
{
    const struct measure sums = {.column = fold->column, .square = fold->square};
    return (uint16_t)(1 + (fold->column == NO_COLUMN ? 0 : measure_words(&sums)));
}

static void lay_fold(struct fold *fold, uint16_t *words)
{
    if (fold->tally_at != NO_PART)
        fold->tally_at = take(words, fold_tally_words(fold));
    uint16_t *const singles[] = {&fold->least_at, &fold->greatest_at, &fold->first_ms_at,
                                 &fold->first_at, &fold->last_ms_at,  &fold->last_at};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (*singles[i] != NO_PART)
            *singles[i] = take(words, 1);
}

static void lay_words(struct table *table)
{
    for (uint16_t i = 0; i < table->measure_count; i++) {
        struct measure *m = &table->measures[i];
        m->at = take(&table->tally_words, measure_words(m));
    }
    for (uint16_t i = 0; i < table->fold_count; i++)
        lay_fold(&table->folds[i], &table->fold_words);
    for (uint16_t i = 0; i < table->decay_count; i++)
        table->decays[i].at = take(&table->fold_words, 4);
    table->row_bytes = (uint32_t)sizeof(struct row) + 8u * table->fold_words;
    table->leaf_bytes = (uint32_t)sizeof(struct leaf) + 8u * table->tally_words +
                        16u * table->extreme_count;
}

/* The place of a measure among the terms of a bound that is being laid out. */
static uint16_t term_at(struct table *table, struct bound *bound, uint16_t measure)
{
    if (measure == NO_PART)
        return 0;
    struct term *terms = table->terms + bound->term_first;
    for (uint16_t i = 0; i < bound->term_count; i++)
        if (terms[i].measure == measure)
            return terms[i].at;
    uint16_t at = take(&bound->words, measure_words(&table->measures[measure]));
    terms[bound->term_count++] = (struct term){measure, at};
    table->term_count++;
    return at;
}

/* Gives a bound's cursor the terms that a window asks for there. */
static void lay_terms(struct table *table, struct bound *bound, uint16_t index,
                      struct reading *r)
{
    if (r->begin == index) {
        r->counter_at.begin = term_at(table, bound, r->counter);
        r->hit_counter_at.begin = term_at(table, bound, r->hit_counter);
        r->measure_at.begin = term_at(table, bound, r->measure);
    }
    if (r->end == index) {
        r->counter_at.end = term_at(table, bound, r->counter);
        r->measure_at.end = term_at(table, bound, r->measure);
    }
    if (r->hit_end == index)
        r->hit_counter_at.end = term_at(table, bound, r->hit_counter);
}

/* Lays out a struct big: cursors, each with its terms, then peaks and groups. */
static void lay_big(struct table *table, const struct feature_plan *plan, uint8_t index,
                    struct reading *readings)
{
    uint32_t at = sizeof(struct big);
    for (uint16_t b = 0; b < table->bound_count; b++) {
        struct bound *bound = &table->bounds[b];
        *bound = (struct bound){.cursor_at = at, .term_first = table->term_count};
        for (uint16_t i = 0; i < plan->window_count; i++)
            if (plan->windows[i].table == index)
                lay_terms(table, bound, b, &readings[i]);
        at += (uint32_t)sizeof(struct cursor) + 8u * bound->words;
    }
    table->peaks_at = at;
    at += table->peak_count * (uint32_t)sizeof(struct peak_cache);
    table->groups_at = at;
    table->big_bytes = at + table->group_count * (uint32_t)sizeof(struct group_cache);
}

/* The bytes of one event's field of a column, 0 when it is not stored. */
static uint8_t field_bytes(const struct table *table, uint8_t column, unsigned shape)
{
    if (table->column_classes[column] == 0)
        return 0;
    switch (table->spec->columns[column].type) {
    case FEATURE_SYMBOL:
        return 4;
    case FEATURE_I64:
        return (shape & WIDE_INTS) != 0 ? 8 : 4;
    case FEATURE_F64:
        return 8;
    }
    return 0;
}

static void lay_columns(struct table *table, unsigned shape, uint16_t width, uint16_t *at)
{
    for (uint8_t c = 0; c < table->column_count; c++)
        if (table->column_bytes[shape][c] == width)
            table->column_at[shape][c] = take(at, width);
}

static void lay_block(struct table *table, unsigned shape)
{
    uint16_t at = 0;
    bool wide = (shape & WIDE_TIMES) != 0;
    for (uint8_t c = 0; c < table->column_count; c++)
        table->column_bytes[shape][c] = field_bytes(table, c, shape);
    if (wide)
        table->time_at[shape] = take(&at, 8);
    lay_columns(table, shape, 8, &at);
    if (!wide)
        table->time_at[shape] = take(&at, 4);
    lay_columns(table, shape, 4, &at);
    table->mask_at[shape] = take(&at, table->mask_bytes);
    table->event_bytes[shape] = at;
}

static void finish(struct table *table)
{
    uint8_t classes = table->spec->class_count;
    table->mask_bytes = classes == 1 ? 0 : classes <= 8 ? 1 : classes <= 16 ? 2 : 4;
    for (unsigned shape = 0; shape < SHAPES; shape++)
        lay_block(table, shape);
    for (uint8_t c = 0; c < table->column_count; c++)
        if (table->column_classes[c] != 0)
            table->stored[table->stored_count++] = c;
    table->keep_ms = table->late_ms + table->reach_ms;
    table->bound_now = NO_PART;
    for (uint16_t i = 0; i < table->bound_count; i++)
        if (table->bounds_ms[i] == 0)
            table->bound_now = i;
    lay_words(table);
}

static bool begin(struct table *table, const struct feature_plan *plan, uint8_t index,
                  struct arena *arena, struct pool *pool)
{
    size_t windows = 1;
    for (uint16_t i = 0; i < plan->window_count; i++)
        windows += plan->windows[i].table == index;
    table->spec = &plan->tables[index];
    table->pool = pool;
    table->column_count = table->spec->column_count;
    table->late_ms = plan->late_ms;
    table->bounds_ms = arena_array(arena, PARTS_PER_WINDOW * windows, sizeof *table->bounds_ms);
    table->bounds = arena_array(arena, PARTS_PER_WINDOW * windows, sizeof *table->bounds);
    table->terms = arena_array(arena, TERMS_PER_WINDOW * windows, sizeof *table->terms);
    table->measures = arena_array(arena, 2 * windows, sizeof *table->measures);
    table->extremes = arena_array(arena, windows, sizeof *table->extremes);
    table->peaks = arena_array(arena, windows, sizeof *table->peaks);
    table->groups = arena_array(arena, windows, sizeof *table->groups);
    table->folds = arena_array(arena, windows, sizeof *table->folds);
    table->idle = arena_array(arena, 1, sizeof *table->idle);
    table->decays = arena_array(arena, windows, sizeof *table->decays);
    table->strands = arena_array(arena, 2 * windows, sizeof *table->strands);
    return table->bounds_ms != NULL && table->bounds != NULL && table->terms != NULL &&
           table->measures != NULL && table->extremes != NULL &&
           table->peaks != NULL && table->groups != NULL && table->folds != NULL &&
           table->decays != NULL && table->strands != NULL && table->idle != NULL;
}

bool tables_new(const struct feature_plan *plan, struct arena *arena, struct pool *pool,
                struct hash_seed seed, struct table **ret_tables, struct reading **ret_readings)
{
    struct table *tables = arena_array(arena, plan->table_count, sizeof *tables);
    struct reading *readings = arena_array(arena, plan->window_count, sizeof *readings);
    int64_t *power_logs = arena_array(arena, POWER_LOGS, sizeof *power_logs);
    if (tables == NULL || readings == NULL || power_logs == NULL)
        return false;
    for (uint32_t i = 0; i < POWER_LOGS; i++)
        power_logs[i] = power_log_compute(i);
    for (uint8_t i = 0; i < plan->table_count; i++)
        if (!begin(&tables[i], plan, i, arena, pool))
            return false;
    for (uint8_t i = 0; i < plan->table_count; i++) {
        tables[i].power_logs = power_logs;
        tables[i].salt = seed.k0 ^ seed.k1;
    }
    for (uint16_t i = 0; i < plan->window_count; i++)
        compile_window(&tables[plan->windows[i].table], &plan->windows[i], &readings[i]);
    for (uint8_t i = 0; i < plan->table_count; i++) {
        finish(&tables[i]);
        lay_big(&tables[i], plan, i, readings);
    }
    for (uint16_t i = 0; i < plan->window_count; i++)
        compile_strands(&tables[plan->windows[i].table], &readings[i]);
    *ret_tables = tables;
    *ret_readings = readings;
    return true;
}
