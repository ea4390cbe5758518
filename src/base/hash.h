#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/sip.h"
#include "base/view.h"

/* The secret that keeps strangers from choosing keys that collide. It decides only where things
 * lie in memory, never what is answered, so replay does not depend on it. */
struct hash_seed {
    uint64_t k0;
    uint64_t k1;
};

/* SipHash-1-3 of the bytes (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012).
 * About 1 ns per 8 bytes after 5 ns. Any thread. */
uint64_t hash_bytes(struct hash_seed seed, struct view bytes);

/* SipHash-2-4, the same function with the paper's rounds; here for its published test vectors and
 * where a value leaves the process. */
uint64_t hash_bytes_strong(struct hash_seed seed, struct view bytes);

/* SipHash-1-3 of two words, for keys made of small integers. About 6 ns. Any thread. */
uint64_t hash_words(struct hash_seed seed, uint64_t a, uint64_t b);

/* 128 bits that stand for a content which is given piece by piece: SipHash-1-3 with 128 bits out,
 * of the words given. Equal for equal words under one seed; whoever does not know the seed cannot
 * make two contents that agree. About 1 ns a word and 6 ns at the end. */
struct hash_content {
    struct sip sip;
    uint64_t word_count;
};

/* The longest text that hash_content_text takes. */
#define HASH_CONTENT_TEXT_BYTES_MAX ((size_t)UINT16_MAX)

/* Starts a content. */
SIP_INLINE void hash_content_begin(struct hash_content *content, struct hash_seed seed)
{
    sip_begin_wide(&content->sip, seed.k0, seed.k1);
    content->word_count = 0;
}

/* Adds a word. */
SIP_INLINE void hash_content_word(struct hash_content *content, uint64_t word)
{
    sip_word(&content->sip, word, 1);
    content->word_count++;
}

/* Adds a text of at most HASH_CONTENT_TEXT_BYTES_MAX bytes, in words that say where it ends: its
 * size in the upper 16 bits of the first, and its bytes from there on, zeros behind the last. */
SIP_INLINE void hash_content_text(struct hash_content *content, struct view text)
{
    const uint64_t six_bytes = 0xffffffffffffu;
    uint64_t size = (uint64_t)text.size_bytes << 48;
    if (text.size_bytes < 8) {
        uint64_t word = sip_load_tail(text.data, text.size_bytes);
        hash_content_word(content, size | (word & six_bytes));
        if (text.size_bytes == 7)
            hash_content_word(content, word >> 48);
        return;
    }
    hash_content_word(content, size | (sip_load8(text.data) & six_bytes));
    const char *at = text.data + 6;
    const char *end = text.data + text.size_bytes;
    for (; end - at >= 8; at += 8)
        hash_content_word(content, sip_load8(at));
    if (at < end)
        hash_content_word(content, sip_load8(end - 8) >> (64 - 8 * (end - at)));
}

/* Writes the 128 bits; `content` is used up. */
SIP_INLINE void hash_content_end(struct hash_content *content, uint64_t ret[2])
{
    sip_word(&content->sip, content->word_count << 59, 1);
    sip_end_wide(&content->sip, 3, ret);
}

/* A running 128-bit digest of a byte stream, for comparing states and contents: two SipHash-2-4
 * with fixed, public and different keys. Finds every accident; a signature it is not. */
struct hash_digest {
    struct sip sips[2];
    uint64_t tail;
    uint64_t size_bytes;
};

/* Starts a digest. */
void hash_digest_init(struct hash_digest *digest);

/* Adds bytes; how they are cut into calls makes no difference. */
void hash_digest_add(struct hash_digest *digest, struct view bytes);

/* Writes the 128-bit result of all bytes so far to ret[0] and ret[1]; `digest` may go on. */
void hash_digest_result(const struct hash_digest *digest, uint64_t ret[2]);

#endif
