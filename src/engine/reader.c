/* One idea: the JSON reader is told the names of all fields, a CSV file tells its own in the
 * header; after that a name is a number, and a field is found by looking into an array.
 *
 * 1. A record is either an error, with a diag, or has every field of its event: present, or
 *    missing where the policy allows it.
 * 2. What a record's content is does not depend on the order, spacing or spelling of the line, nor
 *    on fields that the policy does not name. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "engine/engine_int.h"
#include "engine/value.h"

#define NO_COLUMN UINT16_MAX
#define EVENT_NAME 0 /* what the JSON reader calls "event" */
#define SHOWN_BYTES_MAX 64

static enum status event_init(struct reader *reader, struct reader_event *e,
                              const struct policy_event *event, size_t name_count,
                              struct arena *arena)
{
    e->field_of = arena_array(arena, name_count, sizeof *e->field_of);
    e->columns = arena_array(arena, event->field_count, sizeof *e->columns);
    e->fields = arena_array(arena, event->field_count, sizeof *e->fields);
    if (e->field_of == NULL || e->columns == NULL || e->fields == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < name_count; i++)
        e->field_of[i] = NO_FIELD;
    for (uint16_t i = 0; i < event->field_count; i++) {
        e->field_of[json_reader_name(reader->json, event->fields[i].input_name)] = i;
        e->columns[i] = NO_COLUMN;
        size_t text_bytes_max = value_text_bytes_max(&event->fields[i]);
        e->fields[i] = (struct reader_field){
            .text_bytes_max = (uint16_t)text_bytes_max,
            .is_text = text_bytes_max > 0 || event->fields[i].type.base == POLICY_IP,
            .optional = event->fields[i].type.optional};
    }
    return STATUS_OK;
}

_Static_assert((size_t)POLICY_EVENTS_MAX * POLICY_FIELDS_MAX + 1 <= JSON_NAMES_MAX,
               "one JSON reader can be told every field");

/* Tells the JSON reader the names of all fields, "event" as number EVENT_NAME. */
static enum status events_init(struct reader *reader, struct arena *arena)
{
    const struct policy *policy = reader->policy;
    size_t count = 1;
    for (uint16_t e = 0; e < policy->event_count; e++)
        count += policy->events[e].field_count;
    struct view *names = arena_array(arena, count, sizeof *names);
    if (names == NULL)
        return STATUS_NO_MEMORY;
    names[EVENT_NAME] = VIEW("event");
    size_t at = 1;
    for (uint16_t e = 0; e < policy->event_count; e++)
        for (uint16_t i = 0; i < policy->events[e].field_count; i++)
            names[at++] = policy->events[e].fields[i].input_name;
    enum status status = json_reader_learn(reader->json, names, count);
    for (uint16_t e = 0; e < policy->event_count && status == STATUS_OK; e++)
        status = event_init(reader, &reader->events[e], &policy->events[e], count, arena);
    return status;
}

enum status reader_init(struct reader *reader, const struct policy *policy, struct arena *arena,
                        struct mem *mem)
{
    *reader = (struct reader){.policy = policy, .type_column = NO_COLUMN};
    reader->rules = (struct value_rules){money_currency_exponent(policy->currency),
                                         policy->timezone_ms};
    reader->json = json_reader_new(mem);
    reader->csv = csv_reader_new(mem, ',');
    reader->json_fields = arena_array(arena, JSON_FIELDS_MAX, sizeof *reader->json_fields);
    reader->csv_fields = arena_array(arena, CSV_FIELDS_MAX, sizeof *reader->csv_fields);
    reader->events = arena_array(arena, policy->event_count, sizeof *reader->events);
    if (reader->json == NULL || reader->csv == NULL || reader->json_fields == NULL ||
        reader->csv_fields == NULL || reader->events == NULL)
        return STATUS_NO_MEMORY;
    return events_init(reader, arena);
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

/* Keeps what the codec says of a line, with a hint for text of another encoding. */
static void fail_codec(struct record *record, enum status status)
{
    const char *code = record->diag.code;
    if (status == STATUS_INVALID &&
        (strcmp(code, "csv-utf8") == 0 || strcmp(code, "json-utf8") == 0))
        diag_hint(&record->diag, "if it is Latin-1, convert it: `iconv -f ISO-8859-1 -t UTF-8`");
    fail(record, status);
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

/* Takes a string that needs no reading, as most fields are; false when it does. */
static inline bool take_text(const struct reader_field *fields, struct record *record,
                             uint16_t number, struct view text)
{
    if (text.size_bytes - 1 >= fields[number].text_bytes_max)
        return false;
    record->texts[number] = text;
    record->values[number].text = &record->texts[number];
    record->present[number] = true;
    return true;
}

static void read_field(const struct reader *reader, struct record *record, uint16_t number,
                       const struct value_input *input)
{
    const struct policy_field *field = &reader->policy->events[record->event].fields[number];
    struct diag *diag = record->status == STATUS_OK ? &record->diag : NULL;
    enum status status =
        value_read(field, &reader->rules, input, &record->texts[number],
                   record->scratch[number], &record->values[number], diag);
    record->present[number] = status == STATUS_OK;
    if (status != STATUS_OK && record->status == STATUS_OK)
        fail(record, status);
}

/* Digests the content, that is the event's type, each field that is present, and which those are;
 * checks that nothing needed is missing, and gives what is missing a fixed value. */
static void finish(const struct reader *reader, struct record *record)
{
    const struct policy_event *event = &reader->policy->events[record->event];
    const struct reader_field *fields = reader->events[record->event].fields;
    uint16_t field_count = event->field_count;
    uint64_t present = 0;
    struct hash_content content;
    hash_content_begin(&content, reader->content_seed);
    hash_content_word(&content, record->event);
    for (uint16_t i = 0; i < field_count; i++) {
        if (!record->present[i]) {
            record->values[i].i64 = 0;
            record->texts[i] = (struct view){NULL, 0};
            if (!fields[i].optional && record->status == STATUS_OK)
                fail_missing(record, event, i);
            continue;
        }
        present |= (uint64_t)1 << i;
        if (fields[i].is_text)
            hash_content_text(&content, record->texts[i]);
        else
            hash_content_word(&content, (uint64_t)record->values[i].i64);
    }
    hash_content_word(&content, present);
    hash_content_end(&content, record->content);
    record->id_known = record->present[event->id_field];
    record->id = record->texts[event->id_field];
    record->at_ms = record->values[event->at_field].i64;
}

_Static_assert(POLICY_FIELDS_MAX <= 64, "which are present is a word");
_Static_assert(ENGINE_TEXT_BYTES_MAX <= HASH_CONTENT_TEXT_BYTES_MAX, "every text can be digested");

/* Finds which event a JSON line is: by its "event" key, which may be absent in a policy of one. */
static void find_json_event(struct reader *reader, struct record *record, size_t count)
{
    const struct json_field *fields = reader->json_fields;
    size_t at = reader->type_guess;
    if (at >= count || fields[at].name != EVENT_NAME)
        for (at = 0; at < count && fields[at].name != EVENT_NAME; at++)
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
        fail_codec(record, status);
        return;
    }
    find_json_event(reader, record, count);
    if (record->event == UINT16_MAX)
        return;
    static const unsigned char forms[] = {
        [JSON_NULL] = VALUE_OTHER,    [JSON_BOOL] = VALUE_BOOL,   [JSON_NUMBER] = VALUE_NUMBER,
        [JSON_STRING] = VALUE_STRING, [JSON_ARRAY] = VALUE_OTHER, [JSON_OBJECT] = VALUE_OTHER};
    const struct reader_event *e = &reader->events[record->event];
    const uint16_t *field_of = e->field_of;
    const struct reader_field *fields = e->fields;
    const struct json_field *end = reader->json_fields + count;
    for (const struct json_field *json = reader->json_fields; json < end; json++) {
        uint16_t field = json->name == JSON_NAME_UNKNOWN ? NO_FIELD : field_of[json->name];
        if (field == NO_FIELD || json->kind == JSON_NULL ||
            (json->kind == JSON_STRING && take_text(fields, record, field, json->text)))
            continue;
        struct value_input input = {json->text, (enum value_form)forms[json->kind], json->truth};
        read_field(reader, record, field, &input);
    }
    finish(reader, record);
}

static void fail_column_count(const struct reader *reader, struct record *record, size_t count)
{
    diag_set(&record->diag, "wrong-columns", "the line has %zu column%s, the header has %zu", count,
             count == 1 ? "" : "s", reader->column_count);
    fail(record, STATUS_INVALID);
}

static void read_csv(struct reader *reader, struct view text, struct record *record)
{
    size_t count = 0;
    enum status status = csv_record_read(reader->csv, text, reader->csv_fields, CSV_FIELDS_MAX,
                                         &count, &record->diag);
    if (status != STATUS_OK) {
        fail_codec(record, status);
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
        if (input.text.size_bytes > 0 && !take_text(e->fields, record, i, input.text))
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

/* A column that `from` names must be there even where its cells may be empty: were it misspelt, the
 * field would be missing on every line and nobody would know. */
static bool needs_column(const struct policy_field *field)
{
    return !field->type.optional || field->mapped;
}

/* Whether an event before `e`, or a field of it before `i`, reads the same column. */
static bool listed_before(const struct policy *policy, uint16_t e, uint16_t i)
{
    struct view name = policy->events[e].fields[i].input_name;
    for (uint16_t before = 0; before <= e; before++) {
        const struct policy_event *event = &policy->events[before];
        for (uint16_t j = 0; j < (before < e ? event->field_count : i); j++)
            if (needs_column(&event->fields[j]) && view_equal(event->fields[j].input_name, name))
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
            if (needs_column(&event->fields[i]) &&
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
