/* One idea: most objects of a stream are flat, have no escapes, and have the names of the one
 * before; those are read in one pass over their bytes, and every other is left to the careful walk.
 *
 * 1. Whatever is not as expected ends the pass with false, never with an answer: json.c alone says
 *    what is wrong with a line.
 * 2. No step looks further than 32 bytes beyond the end of the line, and what was read there, which
 *    may be anything, comes to nothing: the last bracket must lie before the end.
 * 3. A byte is stepped over only if it is white space, part of a token that is checked whole, or
 *    inside a string; bytes above 127 can only be there, and are checked at the end. */
#if defined(__SSE2__) && !defined(WEIR_PORTABLE)
#include <emmintrin.h>
#endif

#include "base/utf8.h"
#include "codec/json_names_int.h"
#include "codec/number.h"

_Static_assert(JSON_PADDING_BYTES >= 32, "invariant 2");

#if defined(__SSE2__) && !defined(WEIR_PORTABLE)

/* The first quote, backslash or control character from `at` on, or somewhere behind the end.
 * *high: becomes other than 0 when a byte above 127 lies on the way, or close by. */
static inline const char *skip_string(const char *at, const char *end, uint64_t *high)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    for (; at < end; at += sizeof(__m128i)) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i stops = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
            _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        unsigned found = (unsigned)_mm_movemask_epi8(stops);
        *high |= (unsigned)_mm_movemask_epi8(bytes);
        if (found != 0)
            return at + __builtin_ctz(found);
    }
    return at;
}

#else

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))

/* The high bit of the first byte of `word` below `bound`, and of others behind it perhaps. */
static inline uint64_t below(uint64_t word, unsigned char bound)
{
    return (word - BYTES(bound)) & ~word & BYTES(0x80);
}

/* As above, by words. */
static inline const char *skip_string(const char *at, const char *end, uint64_t *high)
{
    for (uint64_t bytes; at < end; at += sizeof bytes) {
        memcpy(&bytes, at, sizeof bytes);
        uint64_t stops = below(bytes ^ BYTES('"'), 1) | below(bytes ^ BYTES('\\'), 1) |
                         below(bytes, 0x20);
        *high |= bytes & BYTES(0x80);
        if (stops != 0)
            return at + __builtin_ctzll(stops) / 8;
    }
    return at;
}

#endif

/* White space of which there is some, or a byte that belongs nowhere. */
static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

static inline const char *skip_space(const char *at, const char *end)
{
    return __builtin_expect((unsigned char)*at > ' ', 1) ? at : skip_spaces(at, end);
}

/* The functions below take what stands at `at` and return where it ends, or NULL. */

/* A string, of which `at` is the quote. */
static inline const char *take_string(const char *at, const char *end, uint64_t *high,
                                      struct view *ret)
{
    const char *stop = skip_string(at + 1, end, high);
    *ret = (struct view){at + 1, (size_t)(stop - at - 1)};
    return *stop == '"' ? stop + 1 : NULL;
}

/* Whether a name and a quote stand at `at`. */
static inline bool is_name(const struct json_name *name, const char *at, const char *end)
{
    uint64_t words[2];
    memcpy(words, at, sizeof words);
    if ((((words[0] ^ name->words[0]) & name->masks[0]) |
         ((words[1] ^ name->words[1]) & name->masks[1])) != 0)
        return false;
    size_t size = name->text.size_bytes;
    return size < sizeof words || (end - at > (ptrdiff_t)size && at[size] == '"' &&
                                   memcmp(at, name->text.data, size) == 0);
}

static bool has_key(const struct json_field *fields, size_t count, struct view key)
{
    for (size_t i = 0; i < count; i++)
        if (view_equal(fields[i].key, key))
            return true;
    return false;
}

/* Looks up the name of fields[count]; false when it is unknown and stands twice. */
static bool find_name(const struct json_names *names, struct json_marks *marks,
                      struct json_field *fields, size_t count)
{
    struct json_field *field = &fields[count];
    uint64_t mix = json_key_mix(field->key);
    field->name = json_names_find(names, field->key, mix);
    return field->name != JSON_NAME_UNKNOWN || !json_marks_set(marks, mix) ||
           !has_key(fields, count, field->key);
}

/* The name of fields[count], which must not be that of a field before it. *guess: where the name
 * that is expected is noted, which becomes where the one behind this is. */
static inline const char *take_name(struct json_names *names, const char *at, const char *end,
                                    uint64_t *high, struct json_marks *marks,
                                    struct json_field *fields, size_t count, uint16_t **guess)
{
    struct json_field *field = &fields[count];
    struct json_name *name = &names->names[**guess];
    if (*at != '"')
        return NULL;
    if (is_name(name, at + 1, end)) {
        field->key = (struct view){at + 1, name->text.size_bytes};
        field->name = **guess;
        at += name->text.size_bytes + 2;
    } else {
        at = take_string(at, end, high, &field->key);
        if (at == NULL || !find_name(names, marks, fields, count))
            return NULL;
        if (field->name == JSON_NAME_UNKNOWN)
            return at;
        **guess = field->name;
        name = &names->names[field->name];
    }
    if (name->stamp == names->stamp)
        return NULL;
    name->stamp = names->stamp;
    *guess = &name->next;
    return at;
}

static inline const char *take_word(const char *at, struct json_field *field, enum json_kind kind,
                                    struct view word)
{
    field->kind = kind;
    field->text = word;
    return memcmp(at, word.data, word.size_bytes) == 0 ? at + word.size_bytes : NULL;
}

static inline const char *take_number(const char *at, const char *end, struct json_field *field)
{
    if (at >= end)
        return NULL;
    size_t size = number_prefix((struct view){at, (size_t)(end - at)});
    field->kind = JSON_NUMBER;
    field->text = (struct view){at, size};
    return size > 0 ? at + size : NULL;
}

static inline const char *take_value(const char *at, const char *end, uint64_t *high,
                                     struct json_field *field)
{
    field->truth = false;
    if (*at == '"') {
        field->kind = JSON_STRING;
        return take_string(at, end, high, &field->text);
    }
    if (*at == 't') {
        field->truth = true;
        return take_word(at, field, JSON_BOOL, VIEW("true"));
    }
    if (*at == 'f')
        return take_word(at, field, JSON_BOOL, VIEW("false"));
    if (*at == 'n')
        return take_word(at, field, JSON_NULL, VIEW("null"));
    return take_number(at, end, field);
}

/* A byte and the white space around it. */
static inline const char *take_byte(const char *at, const char *end, char byte)
{
    at = skip_space(at, end);
    return *at == byte ? skip_space(at + 1, end) : NULL;
}

/* Fields, up to the bracket that ends the object. */
static inline const char *take_fields(struct json_names *names, const char *at, const char *end,
                                      uint64_t *high, struct json_field *fields, size_t count_max,
                                      size_t *ret_count)
{
    struct json_marks marks = {{0}};
    uint16_t *guess = &names->first;
    for (size_t count = 0; count < count_max && at < end;) {
        at = take_name(names, at, end, high, &marks, fields, count, &guess);
        at = at == NULL ? NULL : take_byte(at, end, ':');
        at = at == NULL ? NULL : take_value(at, end, high, &fields[count]);
        if (at == NULL)
            return NULL;
        count++;
        at = skip_space(at, end);
        if (*at != ',') {
            *ret_count = count;
            return at < end && *at == '}' ? at + 1 : NULL;
        }
        at = skip_space(at + 1, end);
    }
    return NULL;
}

bool json_quick_read(struct json_names *names, struct view line, struct json_field *fields,
                     size_t field_count_max, size_t *ret_count)
{
    const char *end = line.data + line.size_bytes;
    uint64_t high = 0;
    size_t count = 0;
    names->stamp++;
    const char *at = names->count == 0 || line.size_bytes == 0 ? NULL
                                                               : take_byte(line.data, end, '{');
    if (at != NULL)
        at = take_fields(names, at, end, &high, fields, field_count_max, &count);
    if (at == NULL || skip_space(at, end) != end ||
        (high != 0 && !utf8_valid(line.data, line.size_bytes)))
        return false;
    *ret_count = count;
    return true;
}
