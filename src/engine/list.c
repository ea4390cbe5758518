/* One idea: a list is an array of entries and an index from the hash of (key, value) to them; it is
 * built whole and then swapped in, so that a bad file leaves the old entries. */
#include "engine/list.h"

#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/ip.h"
#include "codec/csv.h"
#include "codec/number.h"
#include "engine/engine.h"
#include "policy/value.h"

static uint64_t entry_hash(const struct list_set *set, struct view key, struct view value)
{
    struct hash_seed seed = {set->seed.k0 ^ hash_bytes(set->seed, key), set->seed.k1};
    return hash_bytes(seed, value);
}

/* The entry of a (key, value), or NULL. */
static struct list_entry *find(const struct list *list, uint64_t hash, struct view key,
                               struct view value)
{
    struct hash_index_walk walk = hash_index_walk(&list->index, hash);
    uint64_t place = 0;
    while (hash_index_walk_next(&walk, &place))
        if (view_equal(list->entries[place].key, key) &&
            view_equal(list->entries[place].value, value))
            return &list->entries[place];
    return NULL;
}

static bool contains(const struct policy_lists *lists, uint16_t number, int64_t at_ms,
                     struct view key, struct view value)
{
    const struct list_set *set = (const struct list_set *)lists;
    ASSERT(number < set->policy->list_count);
    const struct list *list = &set->items[number];
    const struct list_entry *entry = find(list, entry_hash(set, key, value), key, value);
    return entry != NULL && at_ms < entry->expires_ms;
}

enum status list_set_init(struct list_set *set, const struct policy *policy, struct mem *mem,
                          struct hash_seed seed)
{
    *set = (struct list_set){.lists = {contains}, .mem = mem, .seed = seed, .policy = policy};
    if (policy->list_count == 0)
        return STATUS_OK;
    set->items = mem_zeroed(mem, policy->list_count * sizeof *set->items);
    return set->items == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static void list_done(struct list *list, struct mem *mem)
{
    arena_done(&list->arena);
    mem_free(mem, list->entries, list->entry_capacity * sizeof list->entries[0]);
    hash_index_done(&list->index);
    *list = (struct list){.entries = NULL};
}

void list_set_done(struct list_set *set)
{
    if (set->items == NULL)
        return;
    for (uint16_t i = 0; i < set->policy->list_count; i++)
        list_done(&set->items[i], set->mem);
    mem_free(set->mem, set->items, set->policy->list_count * sizeof *set->items);
    set->items = NULL;
}

static enum status list_add(struct list_set *set, struct list *list, struct list_entry entry)
{
    if (list->entry_count == list->entry_capacity) {
        if (list->entry_count >= ENGINE_LIST_ENTRIES_MAX)
            return STATUS_LIMIT;
        size_t capacity = list->entry_capacity == 0 ? 64 : list->entry_capacity * 2;
        struct list_entry *entries = mem_array(set->mem, list->entries, list->entry_capacity,
                                               capacity, sizeof *entries);
        if (entries == NULL)
            return STATUS_NO_MEMORY;
        list->entries = entries;
        list->entry_capacity = capacity;
    }
    uint64_t hash = entry_hash(set, entry.key, entry.value);
    struct list_entry *known = find(list, hash, entry.key, entry.value);
    if (known != NULL) {
        known->expires_ms =
            entry.expires_ms > known->expires_ms ? entry.expires_ms : known->expires_ms;
        return STATUS_OK;
    }
    entry.key = arena_copy(&list->arena, entry.key);
    entry.value = arena_copy(&list->arena, entry.value);
    enum status status = hash_index_reserve(&list->index);
    if (entry.key.data == NULL || entry.value.data == NULL || status != STATUS_OK)
        return STATUS_NO_MEMORY;
    list->entries[list->entry_count] = entry;
    hash_index_insert(&list->index, hash, list->entry_count++);
    return STATUS_OK;
}

/* Which column holds what; a column that is not there is at `count`. */
struct columns {
    size_t count;
    size_t key;
    size_t value;
    size_t expires;
};

static size_t find_column(const struct view *names, size_t count, struct view a, struct view b)
{
    size_t at = 0;
    while (at < count && !view_equal(names[at], a) && !view_equal(names[at], b))
        at++;
    return at;
}

static enum status read_header(const struct policy_list *policy_list, const struct view *names,
                               size_t count, struct columns *ret, struct diag *diag)
{
    enum status status = csv_header_check(names, count, diag);
    if (status != STATUS_OK)
        return status;
    struct columns columns = {
        .count = count,
        .key = find_column(names, count, VIEW("key"), policy_list->key),
        .value = find_column(names, count, VIEW("value"), policy_list->name),
        .expires = find_column(names, count, VIEW("expires"), VIEW("expires")),
    };
    if (columns.value == count || (policy_list->key.size_bytes > 0 && columns.key == count)) {
        diag_set(diag, "missing-column", "list %.*s: the header has no column \"%s\"",
                 VIEW_ARG(policy_list->name), columns.value == count ? "value" : "key");
        diag_hint(diag, "its columns are %svalue and, when entries end, expires",
                  policy_list->key.size_bytes > 0 ? "key, " : "");
        return STATUS_INVALID;
    }
    *ret = columns;
    return STATUS_OK;
}

/* Brings a value into the form in which events ask for it, or it would never match; false when no
 * event can ask for it. scratch: room for the form. */
static bool settle_value(const struct policy_type *type, struct view *value,
                         char scratch[VALUE_KEY_BYTES_MAX])
{
    char address[IP_BYTES_MAX];
    struct view bytes = {address, 0};
    union policy_value read = {.text = &bytes};
    switch (type->base) {
    case POLICY_COUNTRY:
        return value->size_bytes == 2 && value->data[0] >= 'A' && value->data[0] <= 'Z' &&
               value->data[1] >= 'A' && value->data[1] <= 'Z';
    case POLICY_ONE_OF:
        for (uint16_t i = 0; i < type->choice_count; i++)
            if (view_equal(type->choices[i], *value))
                return true;
        return false;
    case POLICY_INT:
        if (number_parse_i64(*value, &read.i64) != STATUS_OK)
            return false;
        break;
    case POLICY_IP:
        if (ip_parse(*value, address, &bytes.size_bytes) != STATUS_OK)
            return false;
        break;
    case POLICY_BOOL: case POLICY_NUMBER: case POLICY_MONEY: case POLICY_TEXT: case POLICY_TIME:
    case POLICY_DURATION: case POLICY_ENTITY: case POLICY_ID: case POLICY_REF:
        return value->size_bytes > 0;
    }
    *value = value_key(type, read, scratch);
    return true;
}

static enum status read_entry(const struct policy_list *policy_list, const struct view *fields,
                              const struct columns *columns, char scratch[VALUE_KEY_BYTES_MAX],
                              struct list_entry *ret, struct diag *diag)
{
    struct list_entry entry = {.value = fields[columns->value], .expires_ms = INT64_MAX};
    if (policy_list->key.size_bytes > 0)
        entry.key = fields[columns->key];
    if (!settle_value(&policy_list->type, &entry.value, scratch)) {
        diag_set(diag, "bad-value", "list %.*s: \"%.*s\" is not a possible value",
                 VIEW_ARG(policy_list->name), VIEW_ARG(entry.value));
        return STATUS_INVALID;
    }
    struct view expires =
        columns->expires < columns->count ? fields[columns->expires] : (struct view){NULL, 0};
    if (expires.size_bytes > 0 && datetime_parse(expires, &entry.expires_ms) != STATUS_OK) {
        diag_set(diag, "bad-time", "list %.*s: \"%.*s\" is not a time such as 2027-01-31T00:00:00Z",
                 VIEW_ARG(policy_list->name), VIEW_ARG(expires));
        return STATUS_INVALID;
    }
    *ret = entry;
    return STATUS_OK;
}

/* Where reading stands: the bytes left and the line that they start on. */
struct cursor {
    struct view rest;
    uint32_t line;
};

/* Takes the next record without its line end; the line that it starts on in *ret_line. */
static struct view next_record(struct cursor *cursor, uint32_t *ret_line)
{
    struct view record = cursor->rest;
    struct csv_scan scan = {0};
    size_t end = record.size_bytes;
    bool found = csv_record_end(&scan, ',', record, &end);
    size_t step = found ? end + 1 : record.size_bytes;
    cursor->rest = (struct view){record.data + step, record.size_bytes - step};
    *ret_line = cursor->line;
    cursor->line += (uint32_t)scan.newlines + 1;
    record.size_bytes = found ? end : record.size_bytes;
    if (record.size_bytes > 0 && record.data[record.size_bytes - 1] == '\r')
        record.size_bytes--;
    return record;
}

/* Adds what one record behind the header says. */
static enum status add_record(struct list_set *set, const struct policy_list *policy_list,
                              const struct columns *columns, const struct view *fields,
                              size_t count, struct list *list, struct diag *diag)
{
    if (count != columns->count) {
        diag_set(diag, "wrong-columns", "list %.*s: %zu columns, the header has %zu",
                 VIEW_ARG(policy_list->name), count, columns->count);
        return STATUS_INVALID;
    }
    char scratch[VALUE_KEY_BYTES_MAX];
    struct list_entry entry;
    enum status status = read_entry(policy_list, fields, columns, scratch, &entry, diag);
    return status == STATUS_OK ? list_add(set, list, entry) : status;
}

static enum status fill(struct list_set *set, uint16_t number, struct csv_reader *csv,
                        struct view *fields, struct view text, struct list *list,
                        struct diag *diag)
{
    const struct policy_list *policy_list = &set->policy->lists[number];
    struct columns columns = {0};
    struct cursor cursor = {text, 1};
    uint32_t line = 1;
    size_t count = 0;
    enum status status = STATUS_OK;
    while (cursor.rest.size_bytes > 0 && status == STATUS_OK) {
        struct view record = next_record(&cursor, &line);
        if (record.size_bytes == 0)
            continue;
        csv_reader_begin(csv);
        status = csv_record_read(csv, record, fields, CSV_FIELDS_MAX, &count, diag);
        if (status == STATUS_OK && columns.count == 0)
            status = read_header(policy_list, fields, count, &columns, diag);
        else if (status == STATUS_OK)
            status = add_record(set, policy_list, &columns, fields, count, list, diag);
    }
    if (status == STATUS_OK && columns.count == 0) {
        line = cursor.line;
        status = read_header(policy_list, fields, 0, &columns, diag);
    }
    if (status != STATUS_OK && diag != NULL)
        diag->line = line;
    return status;
}

/* The text without the mark that some programs put before UTF-8. */
static struct view skip_mark(struct view text)
{
    const struct view mark = VIEW("\xEF\xBB\xBF");
    if (text.size_bytes < mark.size_bytes ||
        !view_equal((struct view){text.data, mark.size_bytes}, mark))
        return text;
    return (struct view){text.data + mark.size_bytes, text.size_bytes - mark.size_bytes};
}

enum status list_set_load(struct list_set *set, uint16_t number, struct view text,
                          struct diag *diag)
{
    ASSERT(number < set->policy->list_count);
    diag_set(diag, "list-too-long", "list %.*s is too long",
             VIEW_ARG(set->policy->lists[number].name));
    struct csv_reader *csv = csv_reader_new(set->mem, ',');
    struct view *fields = mem_zeroed(set->mem, CSV_FIELDS_MAX * sizeof *fields);
    struct list fresh = {.entries = NULL};
    arena_init(&fresh.arena, set->mem, 0);
    hash_index_init(&fresh.index, set->mem);
    enum status status = STATUS_NO_MEMORY;
    if (csv != NULL && fields != NULL)
        status = fill(set, number, csv, fields, skip_mark(text), &fresh, diag);
    if (status == STATUS_OK) {
        list_done(&set->items[number], set->mem);
        set->items[number] = fresh;
    } else {
        list_done(&fresh, set->mem);
    }
    csv_reader_free(csv);
    mem_free(set->mem, fields, CSV_FIELDS_MAX * sizeof *fields);
    return status;
}

static void digest_view(struct hash_digest *digest, struct view text)
{
    uint64_t size = text.size_bytes;
    hash_digest_add(digest, (struct view){(const char *)&size, sizeof size});
    hash_digest_add(digest, text);
}

void list_set_digest(const struct list_set *set, struct hash_digest *digest)
{
    for (uint16_t i = 0; i < set->policy->list_count; i++) {
        const struct list *list = &set->items[i];
        uint64_t count = list->entry_count;
        hash_digest_add(digest, (struct view){(const char *)&count, sizeof count});
        for (size_t e = 0; e < list->entry_count; e++) {
            digest_view(digest, list->entries[e].key);
            digest_view(digest, list->entries[e].value);
            hash_digest_add(digest, (struct view){(const char *)&list->entries[e].expires_ms, 8});
        }
    }
}
