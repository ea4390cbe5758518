/* One idea: the processor's own instruction where there is one, else four bits at a time from a
 * table of 16 words. */
#include "codec/crc32c.h"

#include <string.h>

uint32_t crc32c_portable(uint32_t crc, struct view bytes)
{
    /* table[i]: i times x^28 modulo the polynomial 0x1edc6f41, bits reversed. */
    static const uint32_t table[16] = {
        0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u,
        0x61c69362u, 0x7198540du, 0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u,
        0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u,
    };
    crc = ~crc;
    for (size_t i = 0; i < bytes.size_bytes; i++) {
        crc ^= (unsigned char)bytes.data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

#ifdef __x86_64__

#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, struct view bytes)
{
    uint64_t word = (uint32_t)~crc;
    const char *at = bytes.data;
    size_t left = bytes.size_bytes;
    for (uint64_t next; left >= sizeof next; at += sizeof next, left -= sizeof next) {
        memcpy(&next, at, sizeof next);
        word = _mm_crc32_u64(word, next);
    }
    uint32_t tail = (uint32_t)word;
    for (; left > 0; at++, left--)
        tail = _mm_crc32_u8(tail, (unsigned char)*at);
    return ~tail;
}

uint32_t crc32c(uint32_t crc, struct view bytes)
{
    return __builtin_cpu_supports("sse4.2") ? by_instruction(crc, bytes)
                                            : crc32c_portable(crc, bytes);
}

#else

uint32_t crc32c(uint32_t crc, struct view bytes)
{
    return crc32c_portable(crc, bytes);
}

#endif
