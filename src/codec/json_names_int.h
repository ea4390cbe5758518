#ifndef CODEC_JSON_NAMES_INT_H
#define CODEC_JSON_NAMES_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "codec/json.h"

/* Names of one object seen so far, as bits; two names may share one. */
#define JSON_MARKS 256

struct json_marks {
    uint64_t bits[JSON_MARKS / 64];
};

/* A number from the size, the first and the last bytes of a name. Behind the name
 * lie at least 8 readable bytes. No branch: lengths of names are hard to foresee. */
static inline uint64_t json_key_mix(struct view key)
{
    uint64_t head;
    uint64_t tail;
    size_t size = key.size_bytes < sizeof head ? key.size_bytes : sizeof head;
    size_t back = key.size_bytes - size;
    memcpy(&head, key.data, sizeof head);
    memcpy(&tail, key.data + back, sizeof tail);
    uint64_t unused = 64 - 8 * size;
    head = head << (unused / 2) << (unused - unused / 2);
    tail = tail << (unused / 2) << (unused - unused / 2);
    return (head ^ (tail << 23 | tail >> 41) ^ key.size_bytes) * 0x9e3779b97f4a7c15u;
}

/* Sets the mark of a name by its mix; true when it was set before. */
static inline bool json_marks_set(struct json_marks *marks, uint64_t mix)
{
    unsigned mark = (unsigned)(mix >> 56);
    uint64_t bit = (uint64_t)1 << (mark % 64);
    bool was_set = (marks->bits[mark / 64] & bit) != 0;
    marks->bits[mark / 64] |= bit;
    return was_set;
}

/* A name that objects are likely to have. */
struct json_name {
    struct view text;
    uint64_t words[2];  /* the first 16 bytes of the name and its closing quote, then zeros */
    uint64_t masks[2];  /* all bits of those bytes */
    uint64_t stamp;     /* the object that had it last, as json_quick_read counts them */
    uint16_t next;      /* the name behind it then */
};

/* The names that json_reader_learn was told, and a table of slots to find them in. */
struct json_names {
    struct mem *mem;
    struct json_name *names; /* of which `count` are in use */
    size_t name_room;
    uint16_t count;
    uint16_t *slots;    /* slot_count, a power of two, at least twice the names; or NULL */
    size_t slot_count;
    uint16_t first;     /* the name at the start of the last object */
    uint64_t stamp;
};

/* Takes `count` names, those given twice once; the texts are borrowed and outlive it.
 * STATUS_NO_MEMORY: fit for json_names_done only. */
MUST_CHECK enum status json_names_init(struct json_names *names, struct mem *mem,
                                       const struct view *texts, size_t count);

/* Frees; all zero is allowed. */
void json_names_done(struct json_names *names);

/* The name's number, or JSON_NAME_UNKNOWN. mix: json_key_mix of it. */
uint16_t json_names_find(const struct json_names *names, struct view key, uint64_t mix);

/* As json_names_find, for a name with nothing readable around it. */
uint16_t json_names_find_alone(const struct json_names *names, struct view key);

/* Reads an object that is plain: no arrays or objects in it, no escapes, nothing wrong.
 * line, fields, ret_count: as for json_object_read. False when the object is not plain, or not
 * found to be; then nothing is said about the line and `fields` holds nothing of use. */
bool json_quick_read(struct json_names *names, struct view line, struct json_field *fields,
                     size_t field_count_max, size_t *ret_count);

#endif
