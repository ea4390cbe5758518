#ifndef BASE_SIP_H
#define BASE_SIP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* SipHash-c-d (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) in pieces, for those
 * that hash what never lies in one place: begin, a word for every eight bytes, end. Everything is
 * folded into its caller, so that the four words of state stay in registers; that, and not a loop
 * in one shared copy, is what makes it worth being a header. base/hash.h is for all other uses. */

/* How a message is cut into words: the bytes little-endian, in a last word what is left, the number
 * of all bytes modulo 256 on top of it. Compression rounds are c, those at the end d. */
struct sip {
    uint64_t v[4];
};

#define SIP_INLINE static inline __attribute__((always_inline))

/* The bits of `x` moved `bits` up (1 to 63), those that fall off below. */
SIP_INLINE uint64_t sip_rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* Mixes the state `count` times, count <= 4. */
SIP_INLINE void sip_rounds(struct sip *sip, int count)
{
    uint64_t *v = sip->v;
#pragma GCC unroll 4
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[1] = sip_rotate(v[1], 13) ^ v[0];
        v[0] = sip_rotate(v[0], 32);
        v[2] += v[3];
        v[3] = sip_rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = sip_rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = sip_rotate(v[1], 17) ^ v[2];
        v[2] = sip_rotate(v[2], 32);
    }
}

/* Starts under a key of two words. */
SIP_INLINE void sip_begin(struct sip *sip, uint64_t k0, uint64_t k1)
{
    sip->v[0] = k0 ^ 0x736f6d6570736575u;
    sip->v[1] = k1 ^ 0x646f72616e646f6du;
    sip->v[2] = k0 ^ 0x6c7967656e657261u;
    sip->v[3] = k1 ^ 0x7465646279746573u;
}

/* Starts a hash of 128 bits, as in the authors' reference code; ends by sip_end_wide. */
SIP_INLINE void sip_begin_wide(struct sip *sip, uint64_t k0, uint64_t k1)
{
    sip_begin(sip, k0, k1);
    sip->v[1] ^= 0xee;
}

/* Takes the next word with c rounds. */
SIP_INLINE void sip_word(struct sip *sip, uint64_t word, int c)
{
    sip->v[3] ^= word;
    sip_rounds(sip, c);
    sip->v[0] ^= word;
}

/* The hash of all words so far, with d rounds; `sip` is used up. */
SIP_INLINE uint64_t sip_end(struct sip *sip, int d)
{
    sip->v[2] ^= 0xff;
    sip_rounds(sip, d);
    return sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3];
}

/* As sip_end, 128 bits after sip_begin_wide. */
SIP_INLINE void sip_end_wide(struct sip *sip, int d, uint64_t ret[2])
{
    sip->v[2] ^= 0xee;
    sip_rounds(sip, d);
    ret[0] = sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3];
    sip->v[1] ^= 0xdd;
    sip_rounds(sip, d);
    ret[1] = sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3];
}

/* Eight bytes as a word. */
SIP_INLINE uint64_t sip_load8(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word); /* little-endian machines only, as meson.build checks */
    return word;
}

/* Four bytes as the lower half of a word. */
SIP_INLINE uint64_t sip_load4(const char *data)
{
    uint32_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* The last size_bytes % 8 of `size_bytes` bytes as a word, zeros above; reads no byte beyond them
 * and needs no loop. */
SIP_INLINE uint64_t sip_load_tail(const char *data, size_t size_bytes)
{
    size_t count = size_bytes % 8;
    if (count == 0)
        return 0;
    if (size_bytes > 8)
        return sip_load8(data + size_bytes - 8) >> (64 - 8 * count);
    if (count >= 4)
        return sip_load4(data) | sip_load4(data + count - 4) << (8 * (count - 4));
    return (uint64_t)(unsigned char)data[0] |
           (uint64_t)(unsigned char)data[count / 2] << (8 * (count / 2)) |
           (uint64_t)(unsigned char)data[count - 1] << (8 * (count - 1));
}

#endif
