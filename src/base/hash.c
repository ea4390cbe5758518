/* One idea: one SipHash with the numbers of rounds as parameters, folded away by each function. */
#include "base/hash.h"

/* Not left to the compiler, which keeps one shared copy with loops over the rounds: twice the
 * instructions. */
SIP_INLINE uint64_t hash(struct hash_seed seed, struct view bytes, int c, int d)
{
    struct sip sip;
    sip_begin(&sip, seed.k0, seed.k1);
    for (size_t at = 0; bytes.size_bytes - at >= 8; at += 8)
        sip_word(&sip, sip_load8(bytes.data + at), c);
    uint64_t tail = sip_load_tail(bytes.data, bytes.size_bytes);
    sip_word(&sip, tail | (uint64_t)bytes.size_bytes << 56, c);
    return sip_end(&sip, d);
}

uint64_t hash_bytes(struct hash_seed seed, struct view bytes)
{
    return hash(seed, bytes, 1, 3);
}

uint64_t hash_bytes_strong(struct hash_seed seed, struct view bytes)
{
    return hash(seed, bytes, 2, 4);
}

uint64_t hash_words(struct hash_seed seed, uint64_t a, uint64_t b)
{
    struct sip sip;
    sip_begin(&sip, seed.k0, seed.k1);
    sip_word(&sip, a, 1);
    sip_word(&sip, b, 1);
    sip_word(&sip, (uint64_t)16 << 56, 1);
    return sip_end(&sip, 3);
}

void hash_digest_init(struct hash_digest *digest)
{
    *digest = (struct hash_digest){.tail = 0};
    sip_begin(&digest->sips[0], 1, 2);
    sip_begin(&digest->sips[1], 3, 4);
}

static void digest_word(struct hash_digest *digest, uint64_t word)
{
    sip_word(&digest->sips[0], word, 2);
    sip_word(&digest->sips[1], word, 2);
}

void hash_digest_add(struct hash_digest *digest, struct view bytes)
{
    size_t at = 0;
    while (at < bytes.size_bytes) {
        size_t filled = digest->size_bytes % 8;
        if (filled == 0 && bytes.size_bytes - at >= 8) {
            digest_word(digest, sip_load8(bytes.data + at));
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
    ret[0] = sip_end(&copy.sips[0], 4);
    ret[1] = sip_end(&copy.sips[1], 4);
}
