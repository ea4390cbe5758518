/* One idea: names that are known beforehand become small numbers, so that who reads an object
 * compares numbers. */
#include "codec/json_names_int.h"

#include "base/assert.h"

/* Bytes of the longest name that is compared as two words, with its quote. */
#define WORDS_BYTES 16

_Static_assert(JSON_NAMES_MAX < JSON_NAME_UNKNOWN, "a number for each name");

/* Where a name is in the table, or the free slot where it would be. */
static size_t slot_of(const struct json_names *names, struct view key, uint64_t mix)
{
    size_t slot = (size_t)(mix >> 32) & (names->slot_count - 1);
    while (names->slots[slot] != JSON_NAME_UNKNOWN &&
           !view_equal(names->names[names->slots[slot]].text, key))
        slot = (slot + 1) & (names->slot_count - 1);
    return slot;
}

uint16_t json_names_find(const struct json_names *names, struct view key, uint64_t mix)
{
    return names->count == 0 ? JSON_NAME_UNKNOWN : names->slots[slot_of(names, key, mix)];
}

static void put_words(struct json_name *name)
{
    char bytes[WORDS_BYTES] = {0};
    char masks[WORDS_BYTES] = {0};
    size_t size = name->text.size_bytes < WORDS_BYTES ? name->text.size_bytes : WORDS_BYTES;
    if (size > 0)
        memcpy(bytes, name->text.data, size);
    memset(masks, 0xff, size);
    if (size < WORDS_BYTES) {
        bytes[size] = '"';
        masks[size] = (char)0xff;
    }
    memcpy(name->words, bytes, sizeof bytes);
    memcpy(name->masks, masks, sizeof masks);
}

/* json_key_mix of a name that nothing is known to stand around. */
static uint64_t mix_alone(struct view text)
{
    char padded[16] = {0};
    if (text.size_bytes >= sizeof padded)
        return json_key_mix(text);
    if (text.size_bytes > 0)
        memcpy(padded, text.data, text.size_bytes);
    return json_key_mix((struct view){padded, text.size_bytes});
}

uint16_t json_names_find_alone(const struct json_names *names, struct view key)
{
    return json_names_find(names, key, mix_alone(key));
}

static void add(struct json_names *names, struct view text)
{
    size_t slot = slot_of(names, text, mix_alone(text));
    if (names->slots[slot] != JSON_NAME_UNKNOWN)
        return;
    struct json_name *name = &names->names[names->count];
    *name = (struct json_name){.text = text};
    put_words(name);
    names->slots[slot] = names->count++;
}

enum status json_names_init(struct json_names *names, struct mem *mem, const struct view *texts,
                            size_t count)
{
    ASSERT(count >= 1 && count <= JSON_NAMES_MAX);
    *names = (struct json_names){.mem = mem, .name_room = count, .slot_count = 2};
    while (names->slot_count < 2 * count)
        names->slot_count *= 2;
    names->names = mem_zeroed(mem, count * sizeof *names->names);
    names->slots = mem_zeroed(mem, names->slot_count * sizeof *names->slots);
    if (names->names == NULL || names->slots == NULL)
        return STATUS_NO_MEMORY;
    memset(names->slots, 0xff, names->slot_count * sizeof *names->slots);
    for (size_t i = 0; i < count; i++)
        add(names, texts[i]);
    return STATUS_OK;
}

void json_names_done(struct json_names *names)
{
    mem_free(names->mem, names->names, names->name_room * sizeof *names->names);
    mem_free(names->mem, names->slots, names->slot_count * sizeof *names->slots);
    *names = (struct json_names){.mem = NULL};
}
