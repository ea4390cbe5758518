#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/view.h"

/* The secret that keeps strangers from choosing keys that collide. It decides only where things
 * lie in memory, never what is answered, so replay does not depend on it. */
struct hash_seed {
    uint64_t k0;
    uint64_t k1;
};

/* SipHash-1-3 of the bytes (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012).
 * About 1 ns per 8 bytes after 6 ns. Any thread. */
uint64_t hash_bytes(struct hash_seed seed, struct view bytes);

/* SipHash-2-4, the same function with the paper's rounds; here for its published test vectors and
 * where a value leaves the process. */
uint64_t hash_bytes_strong(struct hash_seed seed, struct view bytes);

/* SipHash-1-3 of two words, for keys made of small integers. About 6 ns. Any thread. */
uint64_t hash_words(struct hash_seed seed, uint64_t a, uint64_t b);

/* 128 bits that stand for the bytes' content: SipHash-1-3 under the seed and under its complement.
 * Equal for equal bytes under one seed; whoever does not know the seed cannot make two contents
 * that agree. About 2.5 ns per 8 bytes. Any thread. */
void hash_content(struct hash_seed seed, struct view bytes, uint64_t ret[2]);

/* A running 128-bit digest of a byte stream, for comparing states and contents: two SipHash-2-4
 * with fixed, public and different keys. Finds every accident; a signature it is not. */
struct hash_digest {
    uint64_t v[8];
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
