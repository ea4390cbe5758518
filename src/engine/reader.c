/* One idea: the lines of a stream look alike, so each position of a line first tries the field
 * that stood there last time, and searches only when that fails.
 *
 * 1. A record is either an error, with a diag, or has every field of its event: present, or
 *    missing where the policy allows it.
 * 2. What a record's content is does not depend on the order, spacing or spelling of the line, nor
 *    on fields that the policy does not name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "engine/engine_int.h"
#include "engine/value.h"

#define NO_COLUMN UINT16_MAX
#define SHOWN_BYTES_MAX 64

static int compare_names(const void *a, const void *b)
{
    return view_compare(((const struct reader_field *)a)->name,
                        ((const struct reader_field *)b)->name);
}

static enum status event_init(struct reader_event *e, const struct policy_event *event,
                              struct arena *arena)
{
    e->guess = arena_array(arena, JSON_FIELDS_MAX, sizeof *e->guess);
    e->by_name = arena_array(arena, event->field_count, sizeof *e->by_name);
    e->columns = arena_array(arena, event->field_count, sizeof *e->columns);
    if (e->guess == NULL || e->by_name == NULL || e->columns == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < JSON_FIELDS_MAX; i++)
        e->guess[i] = NO_FIELD;
    for (uint16_t i = 0; i < event->field_count; i++) {
        e->by_name[i] = (struct reader_field){event->fields[i].input_name, i};
        e->columns[i] = NO_COLUMN;
    }
    qsort(e->by_name, event->field_count, sizeof *e->by_name, compare_names);
    return STATUS_OK;
}

enum status reader_init(struct reader *reader, const struct policy *policy, struct arena *arena,
                        struct mem *mem)
{
    *reader = (struct reader){.policy = policy, .type_column = NO_COLUMN};
    reader->json = json_reader_new(mem);
    reader->csv = csv_reader_new(mem, ',');
    reader->json_fields = arena_array(arena, JSON_FIELDS_MAX, sizeof *reader->json_fields);
    reader->csv_fields = arena_array(arena, CSV_FIELDS_MAX, sizeof *reader->csv_fields);
    reader->events = arena_array(arena, policy->event_count, sizeof *reader->events);
    if (reader->json == NULL || reader->csv == NULL || reader->json_fields == NULL ||
        reader->csv_fields == NULL || reader->events == NULL)
        return STATUS_NO_MEMORY;
    enum status status = STATUS_OK;
    for (uint16_t e = 0; e < policy->event_count && status == STATUS_OK; e++)
        status = event_init(&reader->events[e], &policy->events[e], arena);
    return status;
}

void reader_done(struct reader *reader)
{
    json_reader_free(reader->json);
    csv_reader_free(reader->csv);
    *reader = (struct reader){.policy = NULL};
}

void reader_begin(struct reader *reader)
{
    json_reader_begin(reader->json);
    csv_reader_begin(reader->csv);
}

/* The field that an event reads from the input name `name`, or NO_FIELD. */
static uint16_t field_by_name(const struct reader_event *e, size_t count, struct view name)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(name, e->by_name[middle].name);
        if (order == 0)
            return e->by_name[middle].field;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NO_FIELD;
}

static uint16_t event_by_name(const struct policy *policy, struct view name)
{
    for (uint16_t e = 0; e < policy->event_count; e++)
        if (view_equal(policy->events[e].name, name))
            return e;
    return UINT16_MAX;
}

static void fail(struct record *record, enum status status)
{
    record->status = status;
}

static void fail_unknown_event(const struct reader *reader, struct record *record,
                               struct view name)
{
    diag_set(&record->diag, "unknown-event", "the policy has no event \"%.*s\"",
             (int)(name.size_bytes > SHOWN_BYTES_MAX ? utf8_whole_prefix(name.data, SHOWN_BYTES_MAX)
                                                     : name.size_bytes),
             name.data);
    diag_field(&record->diag, "event");
    if (reader->policy->event_count > 0)
        diag_hint(&record->diag, "its events begin with %.*s",
                  VIEW_ARG(reader->policy->events[0].name));
    fail(record, STATUS_INVALID);
}

static void fail_missing(struct record *record, const struct policy_event *event, uint16_t number)
{
    const struct policy_field *field = &event->fields[number];
    diag_set(&record->diag, "missing-field", "%.*s is missing", VIEW_ARG(field->name));
    diag_field(&record->diag, "%.*s", VIEW_ARG(field->name));
    if (field->type.base != POLICY_ID && number != event->at_field)
        diag_hint(&record->diag,
                  "where it may be missing, write `?` behind its type, as in `int?`");
    fail(record, STATUS_INVALID);
}

static void read_field(const struct reader *reader, struct record *record, uint16_t number,
                       const struct value_input *input)
{
    const struct policy_event *event = &reader->policy->events[record->event];
    const struct policy_field *field = &event->fields[number];
    struct diag *diag = record->status == STATUS_OK ? &record->diag : NULL;
    enum status status =
        value_read(field, money_currency_exponent(reader->policy->currency), input,
                   &record->texts[number], record->scratch[number], &record->values[number], diag);
    if (status == STATUS_OK) {
        record->present[number] = true;
        if (number == event->id_field) {
            record->id_known = true;
            record->id = record->texts[number];
        }
    } else if (record->status == STATUS_OK) {
        fail(record, status);
    }
}

/* Checks that nothing needed is missing, and gives what is missing a fixed value. */
static void settle_fields(const struct reader *reader, struct record *record)
{
    const struct policy_event *event = &reader->policy->events[record->event];
    for (uint16_t i = 0; i < event->field_count; i++) {
        if (record->present[i])
            continue;
        record->values[i].i64 = 0;
        record->texts[i] = (struct view){NULL, 0};
        if (!event->fields[i].type.optional && record->status == STATUS_OK)
            fail_missing(record, event, i);
    }
}

static bool is_text(const struct policy_type *type)
{
    return type->base == POLICY_TEXT || type->base == POLICY_ENTITY || type->base == POLICY_ID ||
           type->base == POLICY_REF || type->base == POLICY_IP;
}

/* The content: the event's type, which fields are present, and each of those in order. */
static void digest_content(const struct reader *reader, struct record *record)
{
    const struct policy_event *event = &reader->policy->events[record->event];
    uint64_t present = 0;
    for (uint16_t i = 0; i < event->field_count; i++)
        present |= (uint64_t)record->present[i] << i;
    struct hash_content content;
    hash_content_begin(&content, reader->content_seed);
    hash_content_word(&content, record->event);
    hash_content_word(&content, present);
    for (uint16_t i = 0; i < event->field_count; i++) {
        if (!record->present[i])
            continue;
        if (is_text(&event->fields[i].type))
            hash_content_text(&content, record->texts[i]);
        else
            hash_content_word(&content, (uint64_t)record->values[i].i64);
    }
    hash_content_end(&content, record->content);
}

_Static_assert(POLICY_FIELDS_MAX <= 64, "which are present is a word");
_Static_assert(ENGINE_TEXT_BYTES_MAX <= HASH_CONTENT_TEXT_BYTES_MAX, "every text can be digested");

static void finish(const struct reader *reader, struct record *record)
{
    settle_fields(reader, record);
    if (record->status != STATUS_OK)
        return;
    const struct policy_event *event = &reader->policy->events[record->event];
    record->at_ms = record->values[event->at_field].i64;
    digest_content(reader, record);
}

static struct value_input json_input(const struct json_field *field)
{
    struct value_input input = {field->text, VALUE_OTHER, field->truth};
    if (field->kind == JSON_STRING)
        input.form = VALUE_STRING;
    else if (field->kind == JSON_NUMBER)
        input.form = VALUE_NUMBER;
    else if (field->kind == JSON_BOOL)
        input.form = VALUE_BOOL;
    return input;
}

/* Finds which event a JSON line is: by its "event" key, which may be absent in a policy of one. */
static void find_json_event(struct reader *reader, struct record *record, size_t count)
{
    const struct json_field *fields = reader->json_fields;
    size_t at = reader->type_guess;
    if (at >= count || !view_equal(fields[at].key, VIEW("event")))
        for (at = 0; at < count && !view_equal(fields[at].key, VIEW("event")); at++)
            ;
    if (at < count && fields[at].kind == JSON_STRING) {
        reader->type_guess = at;
        record->event = event_by_name(reader->policy, fields[at].text);
        if (record->event == UINT16_MAX)
            fail_unknown_event(reader, record, fields[at].text);
    } else if (at == count && reader->policy->event_count == 1) {
        record->event = 0;
    } else {
        diag_set(&record->diag, at < count ? "wrong-type" : "missing-field",
                 "the line does not say which event it is");
        diag_field(&record->diag, "event");
        diag_hint(&record->diag, "add \"event\": \"%.*s\"",
                  VIEW_ARG(reader->policy->events[0].name));
        fail(record, STATUS_INVALID);
    }
}

static void read_json(struct reader *reader, struct view text, struct record *record)
{
    size_t count = 0;
    enum status status = json_object_read(reader->json, text, reader->json_fields,
                                          JSON_FIELDS_MAX, &count, &record->diag);
    if (status != STATUS_OK) {
        fail(record, status);
        return;
    }
    find_json_event(reader, record, count);
    if (record->event == UINT16_MAX)
        return;
    struct reader_event *e = &reader->events[record->event];
    const struct policy_event *event = &reader->policy->events[record->event];
    for (size_t i = 0; i < count; i++) {
        const struct json_field *json = &reader->json_fields[i];
        uint16_t field = e->guess[i];
        if (field == NO_FIELD || !view_equal(event->fields[field].input_name, json->key)) {
            field = field_by_name(e, event->field_count, json->key);
            if (field == NO_FIELD)
                continue;
            e->guess[i] = field;
        }
        if (json->kind == JSON_NULL)
            continue;
        struct value_input input = json_input(json);
        read_field(reader, record, field, &input);
    }
    finish(reader, record);
}

static void fail_column_count(const struct reader *reader, struct record *record, size_t count)
{
    diag_set(&record->diag, "wrong-columns", "the line has %zu columns, the header has %zu", count,
             reader->column_count);
    fail(record, STATUS_INVALID);
}

static void read_csv(struct reader *reader, struct view text, struct record *record)
{
    size_t count = 0;
    enum status status = csv_record_read(reader->csv, text, reader->csv_fields, CSV_FIELDS_MAX,
                                         &count, &record->diag);
    if (status != STATUS_OK) {
        fail(record, status);
        return;
    }
    if (count != reader->column_count) {
        fail_column_count(reader, record, count);
        return;
    }
    record->event = 0;
    if (reader->type_column != NO_COLUMN) {
        struct view name = reader->csv_fields[reader->type_column];
        record->event = event_by_name(reader->policy, name);
        if (record->event == UINT16_MAX) {
            fail_unknown_event(reader, record, name);
            return;
        }
    }
    const struct reader_event *e = &reader->events[record->event];
    uint16_t field_count = reader->policy->events[record->event].field_count;
    for (uint16_t i = 0; i < field_count; i++) {
        if (e->columns[i] == NO_COLUMN)
            continue;
        struct value_input input = {reader->csv_fields[e->columns[i]], VALUE_CSV, false};
        if (input.text.size_bytes > 0)
            read_field(reader, record, i, &input);
    }
    finish(reader, record);
}

void reader_read(struct reader *reader, enum engine_format format, const struct line *line,
                 struct record *record)
{
    record->line = line->number;
    record->status = STATUS_OK;
    record->event = UINT16_MAX;
    record->id_known = false;
    record->id = (struct view){NULL, 0};
    memset(record->present, 0, sizeof record->present);
    if (line->status == STATUS_LIMIT) {
        diag_set(&record->diag, "line-too-long", "the line is longer than %zu bytes",
                 LINES_LINE_BYTES_MAX);
        fail(record, STATUS_LIMIT);
    } else if (line->status != STATUS_OK) {
        diag_set(&record->diag, "bad-csv", "a quote opened on this line is never closed");
        fail(record, STATUS_INVALID);
    } else if (line->blank) {
        diag_set(&record->diag, "blank-line", "the line is blank");
        fail(record, STATUS_INVALID);
    } else if (format == ENGINE_NDJSON) {
        read_json(reader, line->text, record);
    } else {
        read_csv(reader, line->text, record);
    }
}

static size_t find_column(const struct view *names, size_t count, struct view name)
{
    size_t at = 0;
    while (at < count && !view_equal(names[at], name))
        at++;
    return at;
}

/* Names in quotes with commas between them, cut when there are too many to be read. */
struct name_list {
    char text[DIAG_MESSAGE_BYTES_MAX / 2];
    size_t size_bytes;
    size_t count;
    size_t left_out;
};

static void list_name(struct name_list *list, struct view name)
{
    char item[2 * SHOWN_BYTES_MAX];
    if (name.size_bytes > SHOWN_BYTES_MAX)
        name.size_bytes = utf8_whole_prefix(name.data, SHOWN_BYTES_MAX);
    int size = snprintf(item, sizeof item, "%s\"%.*s\"", list->count > 0 ? ", " : "",
                        VIEW_ARG(name));
    list->count++;
    if (list->size_bytes + (size_t)size >= sizeof list->text || list->left_out > 0) {
        list->left_out++;
        return;
    }
    memcpy(list->text + list->size_bytes, item, (size_t)size + 1);
    list->size_bytes += (size_t)size;
}

/* Whether an event before `e`, or a field of it before `i`, reads the same column. */
static bool listed_before(const struct policy *policy, uint16_t e, uint16_t i)
{
    struct view name = policy->events[e].fields[i].input_name;
    for (uint16_t before = 0; before <= e; before++) {
        const struct policy_event *event = &policy->events[before];
        for (uint16_t j = 0; j < (before < e ? event->field_count : i); j++)
            if (!event->fields[j].type.optional && view_equal(event->fields[j].input_name, name))
                return true;
    }
    return false;
}

/* Lists every column that some event needs and `names` lacks. */
static void list_missing(const struct policy *policy, const struct view *names, size_t count,
                         struct name_list *list)
{
    if (policy->event_count > 1 && find_column(names, count, VIEW("event")) == count)
        list_name(list, VIEW("event"));
    for (uint16_t e = 0; e < policy->event_count; e++) {
        const struct policy_event *event = &policy->events[e];
        for (uint16_t i = 0; i < event->field_count; i++)
            if (!event->fields[i].type.optional &&
                find_column(names, count, event->fields[i].input_name) == count &&
                !listed_before(policy, e, i))
                list_name(list, event->fields[i].input_name);
    }
}

static enum status lacks_columns(const struct name_list *missing, const struct view *names,
                                 size_t count, struct diag *diag)
{
    char more[32] = "";
    struct name_list present = {.text = ""};
    if (missing->left_out > 0)
        snprintf(more, sizeof more, " and %zu more", missing->left_out);
    diag_set(diag, "missing-column", "the header has no column %s%s, which the policy needs",
             missing->text, more);
    for (size_t i = 0; i < count; i++)
        list_name(&present, names[i]);
    diag_hint(diag, "it has %s; name yours with `from`", present.text);
    return STATUS_INVALID;
}

enum status reader_csv_header(struct reader *reader, const struct view *names, size_t count,
                              struct diag *diag)
{
    struct name_list missing = {.text = ""};
    enum status status = csv_header_check(names, count, diag);
    if (status != STATUS_OK)
        return status;
    list_missing(reader->policy, names, count, &missing);
    if (missing.count > 0)
        return lacks_columns(&missing, names, count, diag);
    size_t type = find_column(names, count, VIEW("event"));
    reader->type_column = type < count ? (uint16_t)type : NO_COLUMN;
    reader->column_count = count;
    for (uint16_t e = 0; e < reader->policy->event_count; e++) {
        const struct policy_event *event = &reader->policy->events[e];
        for (uint16_t i = 0; i < event->field_count; i++) {
            size_t at = find_column(names, count, event->fields[i].input_name);
            reader->events[e].columns[i] = at < count ? (uint16_t)at : NO_COLUMN;
        }
    }
    return STATUS_OK;
}
