/* One idea: one SipHash with the number of rounds as a parameter that the compiler folds away. */
#include "base/hash.h"

#include <string.h>

#define LANE 4

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(uint64_t v[LANE])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void sip_init(uint64_t v[LANE], struct hash_seed seed)
{
    v[0] = seed.k0 ^ 0x736f6d6570736575u;
    v[1] = seed.k1 ^ 0x646f72616e646f6du;
    v[2] = seed.k0 ^ 0x6c7967656e657261u;
    v[3] = seed.k1 ^ 0x7465646279746573u;
}

static inline void sip_word(uint64_t v[LANE], uint64_t word, int rounds)
{
    v[3] ^= word;
    for (int i = 0; i < rounds; i++)
        sip_round(v);
    v[0] ^= word;
}

static inline uint64_t sip_final(uint64_t v[LANE], int rounds)
{
    v[2] ^= 0xff;
    for (int i = 0; i < rounds; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Up to 8 bytes, little-endian. */
static inline uint64_t load(const char *data, size_t size_bytes)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size_bytes; i++)
        word |= (uint64_t)(unsigned char)data[i] << (8 * i);
    return word;
}

static inline uint64_t load8(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word); /* little-endian machines only, as meson.build checks */
    return word;
}

static inline uint64_t sip(struct hash_seed seed, struct view bytes, int c, int d)
{
    uint64_t v[LANE];
    sip_init(v, seed);
    size_t at = 0;
    for (; bytes.size_bytes - at >= 8; at += 8)
        sip_word(v, load8(bytes.data + at), c);
    uint64_t last = (uint64_t)bytes.size_bytes << 56;
    if (at < bytes.size_bytes)
        last |= load(bytes.data + at, bytes.size_bytes - at);
    sip_word(v, last, c);
    return sip_final(v, d);
}

uint64_t hash_bytes(struct hash_seed seed, struct view bytes)
{
    return sip(seed, bytes, 1, 3);
}

uint64_t hash_bytes_strong(struct hash_seed seed, struct view bytes)
{
    return sip(seed, bytes, 2, 4);
}

uint64_t hash_words(struct hash_seed seed, uint64_t a, uint64_t b)
{
    uint64_t v[LANE];
    sip_init(v, seed);
    sip_word(v, a, 1);
    sip_word(v, b, 1);
    sip_word(v, (uint64_t)16 << 56, 1);
    return sip_final(v, 3);
}

void hash_content(struct hash_seed seed, struct view bytes, uint64_t ret[2])
{
    ret[0] = sip(seed, bytes, 1, 3);
    ret[1] = sip((struct hash_seed){~seed.k0, ~seed.k1}, bytes, 1, 3);
}

void hash_digest_init(struct hash_digest *digest)
{
    *digest = (struct hash_digest){.tail = 0};
    sip_init(digest->v, (struct hash_seed){1, 2});
    sip_init(digest->v + LANE, (struct hash_seed){3, 4});
}

static void digest_word(struct hash_digest *digest, uint64_t word)
{
    sip_word(digest->v, word, 2);
    sip_word(digest->v + LANE, word, 2);
}

void hash_digest_add(struct hash_digest *digest, struct view bytes)
{
    size_t at = 0;
    while (at < bytes.size_bytes) {
        size_t filled = digest->size_bytes % 8;
        if (filled == 0 && bytes.size_bytes - at >= 8) {
            digest_word(digest, load8(bytes.data + at));
            digest->size_bytes += 8;
            at += 8;
            continue;
        }
        digest->tail |= (uint64_t)(unsigned char)bytes.data[at++] << (8 * filled);
        digest->size_bytes++;
        if (filled == 7) {
            digest_word(digest, digest->tail);
            digest->tail = 0;
        }
    }
}

void hash_digest_result(const struct hash_digest *digest, uint64_t ret[2])
{
    struct hash_digest copy = *digest;
    digest_word(&copy, copy.tail | copy.size_bytes << 56);
    ret[0] = sip_final(copy.v, 4);
    ret[1] = sip_final(copy.v + LANE, 4);
}
