/* One idea: a row is made when its event is decided and never changes, but for the time from which
 * its label is known: that is filled in at once where a field tells it, and found by the event's
 * ordinal where a later event does. A label event's time is known only with its outcome, which
 * comes after its labels, so these wait for it. */
#include "engine/rows.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/hash_index.h"
#include "engine/model_row.h"

struct rows {
    struct rows_options options;
    const struct policy_model *model;
    const struct policy_label *label; /* NULL: none */
    struct engine_label_sink label_sink;
    struct matrix matrix;
    double *values;           /* argument_count; owned */
    uint64_t *waiting;        /* ordinals whose label has just become true; owned */
    size_t waiting_count;
    size_t waiting_capacity;
    struct arena arena;       /* names of entities */
    struct hash_index index;  /* of them */
    struct view *names;       /* by entity; owned */
    size_t entity_count;
    size_t name_capacity;
    int64_t first_ms;
    int64_t last_ms;
    bool failed;              /* a label found no room to wait in */
};

/* Makes room for one more item behind `count`; doubles. */
static enum status grow(struct mem *mem, void **items, size_t *capacity, size_t count,
                        size_t item_size)
{
    if (count < *capacity)
        return STATUS_OK;
    size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *moved = mem_array(mem, *items, *capacity, wanted, item_size);
    if (moved == NULL)
        return STATUS_NO_MEMORY;
    *items = moved;
    *capacity = wanted;
    return STATUS_OK;
}

static void take_label(struct engine_label_sink *sink, uint16_t label, uint64_t ordinal)
{
    struct rows *rows = (struct rows *)((char *)sink - offsetof(struct rows, label_sink));
    if (label != rows->options.label)
        return;
    if (grow(rows->options.mem, (void **)&rows->waiting, &rows->waiting_capacity,
             rows->waiting_count, sizeof *rows->waiting) != STATUS_OK) {
        rows->failed = true;
        return;
    }
    rows->waiting[rows->waiting_count++] = ordinal;
}

enum status rows_new(const struct rows_options *options, struct rows **ret_rows)
{
    struct rows *rows = mem_zeroed(options->mem, sizeof *rows);
    if (rows == NULL)
        return STATUS_NO_MEMORY;
    rows->options = *options;
    rows->model = &options->policy->models[options->model];
    if (options->label != UINT16_MAX)
        rows->label = &options->policy->labels[options->label];
    rows->label_sink.take = take_label;
    rows->first_ms = INT64_MAX;
    rows->last_ms = INT64_MIN;
    ASSERT((rows->model->events >> options->event & 1) != 0);
    ASSERT(rows->label == NULL || rows->label->event == options->event);
    matrix_init(&rows->matrix, options->mem, rows->model->argument_count);
    arena_init(&rows->arena, options->mem, 0);
    hash_index_init(&rows->index, options->mem);
    rows->values =
        mem_array(options->mem, NULL, 0, rows->model->argument_count, sizeof *rows->values);
    if (rows->values == NULL) {
        rows_free(rows);
        return STATUS_NO_MEMORY;
    }
    *ret_rows = rows;
    return STATUS_OK;
}

void rows_free(struct rows *rows)
{
    if (rows == NULL)
        return;
    struct mem *mem = rows->options.mem;
    matrix_done(&rows->matrix);
    mem_free(mem, rows->values, rows->model->argument_count * sizeof *rows->values);
    mem_free(mem, rows->waiting, rows->waiting_capacity * sizeof *rows->waiting);
    mem_free(mem, rows->names, rows->name_capacity * sizeof *rows->names);
    hash_index_done(&rows->index);
    arena_done(&rows->arena);
    mem_free(mem, rows, sizeof *rows);
}

struct engine_label_sink *rows_label_sink(struct rows *rows)
{
    return &rows->label_sink;
}

/* The row of that ordinal, or NULL: it has none. */
static struct matrix_row *find_row(struct rows *rows, uint64_t ordinal)
{
    size_t low = 0;
    size_t high = rows->matrix.row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (matrix_row(&rows->matrix, middle)->ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == rows->matrix.row_count || matrix_row(&rows->matrix, low)->ordinal != ordinal)
        return NULL;
    return matrix_row(&rows->matrix, low);
}

static void settle_labels(struct rows *rows, int64_t known_ms)
{
    for (size_t i = 0; i < rows->waiting_count; i++) {
        struct matrix_row *row = find_row(rows, rows->waiting[i]);
        if (row != NULL && known_ms < row->known_ms)
            row->known_ms = known_ms;
    }
    rows->waiting_count = 0;
}

static const struct policy_field *field_at(const struct rows *rows, uint16_t field)
{
    return &rows->options.policy->events[rows->options.event].fields[field];
}

static enum status add_entity(struct rows *rows, struct view name, bool named,
                              uint32_t *ret_entity)
{
    uint64_t hash = hash_bytes(rows->options.seed, name);
    uint64_t place;
    struct hash_index_walk walk = hash_index_walk(&rows->index, hash);
    while (named && hash_index_walk_next(&walk, &place)) {
        if (view_equal(rows->names[place], name)) {
            *ret_entity = (uint32_t)place;
            return STATUS_OK;
        }
    }
    enum status status = grow(rows->options.mem, (void **)&rows->names, &rows->name_capacity,
                              rows->entity_count, sizeof *rows->names);
    if (status == STATUS_OK && named)
        status = hash_index_reserve(&rows->index);
    if (status != STATUS_OK)
        return status;
    struct view kept = named ? arena_copy(&rows->arena, name) : VIEW("");
    if (kept.data == NULL)
        return STATUS_NO_MEMORY;
    rows->names[rows->entity_count] = kept;
    if (named)
        hash_index_insert(&rows->index, hash, rows->entity_count);
    *ret_entity = (uint32_t)rows->entity_count++;
    return STATUS_OK;
}

static enum status find_entity(struct rows *rows, const struct policy_frame *frame,
                               uint32_t *ret_entity)
{
    *ret_entity = 0;
    if (rows->options.entity_field == UINT16_MAX)
        return STATUS_OK;
    uint16_t slot = field_at(rows, rows->options.entity_field)->slot;
    if (!frame->present[slot])
        return add_entity(rows, VIEW(""), false, ret_entity);
    return add_entity(rows, *frame->values[slot].text, true, ret_entity);
}

/* From when on the label is known, as far as the event itself tells. */
static int64_t known_from(const struct rows *rows, const struct engine_outcome *outcome)
{
    if (rows->label == NULL || rows->label->by_event)
        return MATRIX_NEVER;
    uint16_t slot = field_at(rows, rows->label->truth_field)->slot;
    bool truth = outcome->frame->present[slot] && outcome->frame->values[slot].i64 != 0;
    return truth ? outcome->at_ms + rows->label->delay_ms : MATRIX_NEVER;
}

static int64_t amount_of(const struct rows *rows, const struct policy_frame *frame)
{
    if (rows->options.amount_field == UINT16_MAX)
        return 0;
    uint16_t slot = field_at(rows, rows->options.amount_field)->slot;
    return frame->present[slot] ? frame->values[slot].i64 : 0;
}

enum status rows_take(struct rows *rows, const struct engine_outcome *outcome)
{
    if (outcome->status != STATUS_OK || outcome->duplicate)
        return STATUS_OK;
    if (rows->failed)
        return STATUS_NO_MEMORY;
    rows->first_ms = outcome->at_ms < rows->first_ms ? outcome->at_ms : rows->first_ms;
    rows->last_ms = outcome->at_ms > rows->last_ms ? outcome->at_ms : rows->last_ms;
    settle_labels(rows, outcome->at_ms);
    if (outcome->event != rows->options.event || outcome->at_ms < rows->options.from_ms ||
        outcome->at_ms >= rows->options.until_ms)
        return STATUS_OK;
    struct matrix_row row = {
        .at_ms = outcome->at_ms,
        .known_ms = known_from(rows, outcome),
        .amount_minor = amount_of(rows, outcome->frame),
        .ordinal = outcome->ordinal,
    };
    enum status status = find_entity(rows, outcome->frame, &row.entity);
    if (status != STATUS_OK)
        return status;
    model_row_fill(rows->options.policy, rows->model, outcome->frame, rows->values);
    return matrix_add(&rows->matrix, &row, rows->values);
}

const struct matrix *rows_matrix(const struct rows *rows)
{
    return &rows->matrix;
}

size_t rows_entity_count(const struct rows *rows)
{
    return rows->entity_count;
}

bool rows_span(const struct rows *rows, int64_t *ret_first_ms, int64_t *ret_last_ms)
{
    if (rows->first_ms > rows->last_ms)
        return false;
    *ret_first_ms = rows->first_ms;
    *ret_last_ms = rows->last_ms;
    return true;
}
