/* One idea: a log of records in blocks, written at one end and dropped a whole block at a time at
 * the other, with an index from the id's hash to the record's place.
 *
 * A place is block number * BLOCK_BYTES + offset; block numbers only grow. A record:
 *
 *     0  u64  content, first half
 *     8  u64  content, second half
 *    16  u32  bytes of the record, a multiple of 8
 *    20  u16  event type
 *    22  u16  bytes of the id
 *    24  i64  event time
 *    32  u32  labels that have become true
 *    36  u32  bytes of the body
 *    40  u64  ordinal
 *    48  u8   symbols, 7 bytes zero
 *    56  u32  each symbol, then the id, then the body, then zeros up to a multiple of 8
 *
 * 1. An event older than remember_ms is not found any more. A block is dropped when every event in
 *    it is that old; the index forgets by place, so that dropping costs nothing per record.
 * 2. Records never cross blocks; one block is always big enough for the largest record, and a new
 *    one is begun only by a record that the last one has no room for. */
#include "engine/seen.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash_index.h"

#define BLOCK_BYTES ((size_t)2 << 20)
#define HEAD_BYTES ((size_t)56)

_Static_assert(SEEN_BODY_BYTES_MAX + SEEN_ID_BYTES_MAX + HEAD_BYTES +
                       SEEN_SYMBOLS_MAX * sizeof(uint32_t) + 8 <= BLOCK_BYTES,
               "the largest record fits a block");

struct head {
    uint64_t content[2];
    uint32_t size_bytes;
    uint16_t event;
    uint16_t id_bytes;
    int64_t at_ms;
    uint32_t labels;
    uint32_t body_bytes;
    uint64_t ordinal;
    uint8_t symbol_count;
    uint8_t zero[7];
};
_Static_assert(sizeof(struct head) == HEAD_BYTES, "no padding");

struct block {
    char *data;         /* BLOCK_BYTES, owned */
    size_t size_bytes;
    uint32_t count;
    int64_t newest_ms;
};

struct seen {
    struct mem *mem;
    struct hash_seed seed;
    int64_t remember_ms;
    int64_t newest_ms;
    uint64_t first_block;   /* number of blocks[0] */
    struct block *blocks;   /* owned */
    size_t block_count;
    size_t block_capacity;
    char *spare;            /* a block for the next time one is needed, or NULL; owned */
    uint64_t count;
    struct hash_index index;
};

struct seen *seen_new(struct mem *mem, struct hash_seed seed, int64_t remember_ms)
{
    struct seen *seen = mem_zeroed(mem, sizeof *seen);
    if (seen == NULL)
        return NULL;
    seen->mem = mem;
    seen->seed = seed;
    seen->remember_ms = remember_ms;
    seen->newest_ms = INT64_MIN;
    hash_index_init(&seen->index, mem);
    return seen;
}

void seen_free(struct seen *seen)
{
    if (seen == NULL)
        return;
    for (size_t i = 0; i < seen->block_count; i++)
        mem_free(seen->mem, seen->blocks[i].data, BLOCK_BYTES);
    mem_free(seen->mem, seen->spare, BLOCK_BYTES);
    mem_free(seen->mem, seen->blocks, seen->block_capacity * sizeof seen->blocks[0]);
    hash_index_done(&seen->index);
    mem_free(seen->mem, seen, sizeof *seen);
}

uint64_t seen_hash(const struct seen *seen, uint16_t event, struct view id)
{
    struct hash_seed seed = {seen->seed.k0 ^ event, seen->seed.k1};
    return hash_bytes(seed, id);
}

void seen_prefetch(const struct seen *seen, uint64_t hash)
{
    hash_index_prefetch(&seen->index, hash);
}

static char *record_at(const struct seen *seen, uint64_t place)
{
    uint64_t number = place / BLOCK_BYTES - seen->first_block;
    ASSERT(number < seen->block_count);
    return seen->blocks[number].data + place % BLOCK_BYTES;
}

static struct view record_id(const char *record, const struct head *head)
{
    size_t offset = HEAD_BYTES + head->symbol_count * sizeof(uint32_t);
    return (struct view){record + offset, head->id_bytes};
}

int64_t seen_oldest_ms(const struct seen *seen)
{
    return seen->count == 0 ? INT64_MIN : seen->newest_ms - seen->remember_ms;
}

uint64_t seen_find(const struct seen *seen, uint64_t hash, uint16_t event, struct view id)
{
    struct hash_index_walk walk = hash_index_walk(&seen->index, hash);
    uint64_t place = 0;
    while (hash_index_walk_next(&walk, &place)) {
        const char *record = record_at(seen, place);
        const struct head *head = (const struct head *)record;
        if (head->at_ms < seen_oldest_ms(seen))
            continue; /* its block is still there, the memory of it is not */
        if (head->event == event && view_equal(record_id(record, head), id))
            return place;
    }
    return SEEN_NONE;
}

static struct seen_entry entry_of(const char *record)
{
    const struct head *head = (const struct head *)record;
    struct view id = record_id(record, head);
    return (struct seen_entry){
        .event = head->event,
        .id = id,
        .at_ms = head->at_ms,
        .ordinal = head->ordinal,
        .content = {head->content[0], head->content[1]},
        .labels = head->labels,
        .symbol_count = head->symbol_count,
        .symbols = (const uint32_t *)(const void *)(record + HEAD_BYTES),
        .body = {id.data + id.size_bytes, head->body_bytes},
    };
}

struct seen_entry seen_at(const struct seen *seen, uint64_t place)
{
    return entry_of(record_at(seen, place));
}

struct seen_walk seen_walk(const struct seen *seen)
{
    return (struct seen_walk){.seen = seen};
}

bool seen_walk_next(struct seen_walk *walk)
{
    while (walk->block < walk->seen->block_count) {
        const struct block *block = &walk->seen->blocks[walk->block];
        if (walk->at < block->size_bytes) {
            const char *record = block->data + walk->at;
            walk->entry = entry_of(record);
            walk->at += ((const struct head *)record)->size_bytes;
            return true;
        }
        walk->block++;
        walk->at = 0;
    }
    return false;
}

uint32_t seen_labels(const struct seen *seen, uint64_t place)
{
    return ((const struct head *)record_at(seen, place))->labels;
}

void seen_set_label(struct seen *seen, uint64_t place, uint32_t label)
{
    ((struct head *)record_at(seen, place))->labels |= (uint32_t)1 << label;
}

static size_t record_bytes(size_t symbol_count, size_t id_bytes, size_t body_bytes)
{
    size_t size = HEAD_BYTES + symbol_count * sizeof(uint32_t) + id_bytes + body_bytes;
    return (size + 7) / 8 * 8;
}

static bool has_room(const struct seen *seen, size_t size)
{
    return seen->block_count > 0 &&
           BLOCK_BYTES - seen->blocks[seen->block_count - 1].size_bytes >= size;
}

/* Room for one more entry in the array of blocks. */
static enum status reserve_block_array(struct seen *seen)
{
    if (seen->block_count < seen->block_capacity)
        return STATUS_OK;
    size_t capacity = seen->block_capacity == 0 ? 16 : seen->block_capacity * 2;
    struct block *blocks = mem_array(seen->mem, seen->blocks, seen->block_capacity, capacity,
                                     sizeof *blocks);
    if (blocks == NULL)
        return STATUS_NO_MEMORY;
    seen->blocks = blocks;
    seen->block_capacity = capacity;
    return STATUS_OK;
}

enum status seen_reserve(struct seen *seen, size_t body_bytes)
{
    ASSERT(body_bytes <= SEEN_BODY_BYTES_MAX);
    enum status status = hash_index_reserve(&seen->index);
    if (status == STATUS_OK)
        status = reserve_block_array(seen);
    if (status != STATUS_OK)
        return status;
    size_t size = record_bytes(SEEN_SYMBOLS_MAX, SEEN_ID_BYTES_MAX, body_bytes);
    if (!has_room(seen, size) && seen->spare == NULL) {
        seen->spare = seen->mem->resize(seen->mem, NULL, 0, BLOCK_BYTES);
        if (seen->spare == NULL)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* Drops the oldest block while all in it is too old; keeps one as the spare. */
static void forget(struct seen *seen)
{
    size_t gone = 0;
    while (gone + 1 < seen->block_count &&
           seen->blocks[gone].newest_ms < seen->newest_ms - seen->remember_ms) {
        struct block *block = &seen->blocks[gone++];
        seen->count -= block->count;
        if (seen->spare == NULL)
            seen->spare = block->data;
        else
            mem_free(seen->mem, block->data, BLOCK_BYTES);
    }
    if (gone == 0)
        return;
    seen->block_count -= gone;
    seen->first_block += gone;
    memmove(seen->blocks, seen->blocks + gone, seen->block_count * sizeof seen->blocks[0]);
    hash_index_forget_below(&seen->index, seen->first_block * BLOCK_BYTES);
}

static struct block *block_for(struct seen *seen, size_t size)
{
    if (!has_room(seen, size)) {
        ASSERT(seen->spare != NULL && seen->block_count < seen->block_capacity);
        seen->blocks[seen->block_count++] = (struct block){seen->spare, 0, 0, INT64_MIN};
        seen->spare = NULL;
    }
    return &seen->blocks[seen->block_count - 1];
}

static void copy(char **at, const void *data, size_t size_bytes)
{
    if (size_bytes > 0)
        memcpy(*at, data, size_bytes);
    *at += size_bytes;
}

void seen_add(struct seen *seen, uint64_t hash, const struct seen_entry *entry)
{
    ASSERT(entry->id.size_bytes <= SEEN_ID_BYTES_MAX && entry->symbol_count <= SEEN_SYMBOLS_MAX &&
           entry->body.size_bytes <= SEEN_BODY_BYTES_MAX);
    size_t size = record_bytes(entry->symbol_count, entry->id.size_bytes, entry->body.size_bytes);
    struct block *block = block_for(seen, size);
    uint64_t number = seen->first_block + seen->block_count - 1;
    uint64_t place = number * BLOCK_BYTES + block->size_bytes;
    char *record = block->data + block->size_bytes;
    *(struct head *)record = (struct head){
        .size_bytes = (uint32_t)size,
        .event = entry->event,
        .id_bytes = (uint16_t)entry->id.size_bytes,
        .at_ms = entry->at_ms,
        .ordinal = entry->ordinal,
        .content = {entry->content[0], entry->content[1]},
        .body_bytes = (uint32_t)entry->body.size_bytes,
        .symbol_count = entry->symbol_count,
    };
    char *at = record + HEAD_BYTES;
    copy(&at, entry->symbols, entry->symbol_count * sizeof(uint32_t));
    copy(&at, entry->id.data, entry->id.size_bytes);
    copy(&at, entry->body.data, entry->body.size_bytes);
    memset(at, 0, size - (size_t)(at - record));
    block->size_bytes += size;
    block->count++;
    seen->count++;
    if (entry->at_ms > block->newest_ms)
        block->newest_ms = entry->at_ms;
    if (entry->at_ms > seen->newest_ms)
        seen->newest_ms = entry->at_ms;
    hash_index_insert(&seen->index, hash, place);
    forget(seen);
}

uint64_t seen_count(const struct seen *seen)
{
    return seen->count;
}

uint64_t seen_bytes(const struct seen *seen)
{
    return seen->block_count * BLOCK_BYTES +
           (seen->index.now.slot_count + seen->index.next.slot_count) * 16;
}

/* A saved memory is, for each block: u64 bytes of its records, then those. Keeping the
 * blocks keeps what is forgotten when. */
void seen_save(const struct seen *seen, struct buf *out)
{
    for (size_t i = 0; i < seen->block_count; i++) {
        uint64_t size = seen->blocks[i].size_bytes;
        buf_put(out, &size, sizeof size);
        buf_put(out, seen->blocks[i].data, seen->blocks[i].size_bytes);
    }
}

/* Whether a whole, well-formed record starts at `data`; hostile bytes. */
static bool record_is_sound(const char *data, size_t left)
{
    struct head head;
    if (left < sizeof head)
        return false;
    memcpy(&head, data, sizeof head);
    if (head.symbol_count > SEEN_SYMBOLS_MAX || head.id_bytes > SEEN_ID_BYTES_MAX ||
        head.body_bytes > SEEN_BODY_BYTES_MAX)
        return false;
    size_t size = record_bytes(head.symbol_count, head.id_bytes, head.body_bytes);
    return head.size_bytes == size && size <= left;
}

/* Whether the record at `data` would have gone into the block before: then there was no reason for
 * a new one, and a few bytes could ask for a block each. */
static bool fits_block_before(const struct seen *seen, const char *data)
{
    const struct head *head = (const struct head *)data;
    return seen->block_count > 1 &&
           BLOCK_BYTES - seen->blocks[seen->block_count - 2].size_bytes >= head->size_bytes;
}

static enum status load_block(struct seen *seen, struct view bytes, struct diag *diag)
{
    enum status status = reserve_block_array(seen);
    char *data = status == STATUS_OK ? seen->mem->resize(seen->mem, NULL, 0, BLOCK_BYTES) : NULL;
    if (data == NULL)
        return STATUS_NO_MEMORY;
    memcpy(data, bytes.data, bytes.size_bytes);
    struct block *block = &seen->blocks[seen->block_count++];
    *block = (struct block){data, bytes.size_bytes, 0, INT64_MIN};
    uint64_t base = (seen->first_block + seen->block_count - 1) * BLOCK_BYTES;
    for (size_t at = 0; at < bytes.size_bytes;) {
        if (!record_is_sound(data + at, bytes.size_bytes - at) ||
            (at == 0 && fits_block_before(seen, data))) {
            diag_set(diag, "state-damaged", "a remembered decision is damaged");
            return STATUS_CORRUPT;
        }
        const struct head *head = (const struct head *)(data + at);
        status = hash_index_reserve(&seen->index);
        if (status != STATUS_OK)
            return status;
        hash_index_insert(&seen->index, seen_hash(seen, head->event, record_id(data + at, head)),
                     base + at);
        block->count++;
        seen->count++;
        if (head->at_ms > block->newest_ms)
            block->newest_ms = head->at_ms;
        at += head->size_bytes;
    }
    if (block->newest_ms > seen->newest_ms)
        seen->newest_ms = block->newest_ms;
    return STATUS_OK;
}

enum status seen_load(struct seen *seen, struct view bytes, struct diag *diag)
{
    ASSERT(seen->block_count == 0);
    size_t at = 0;
    while (at < bytes.size_bytes) {
        uint64_t size = 0;
        if (bytes.size_bytes - at >= sizeof size)
            memcpy(&size, bytes.data + at, sizeof size);
        at += sizeof size;
        if (size == 0 || size > BLOCK_BYTES || size > bytes.size_bytes - at) {
            diag_set(diag, "state-damaged", "the memory of ids is cut short");
            return STATUS_CORRUPT;
        }
        enum status status =
            load_block(seen, (struct view){bytes.data + at, (size_t)size}, diag);
        if (status != STATUS_OK)
            return status;
        at += (size_t)size;
    }
    return STATUS_OK;
}
