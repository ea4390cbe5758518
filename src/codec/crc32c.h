#ifndef CODEC_CRC32C_H
#define CODEC_CRC32C_H

#include <stdint.h>

#include "base/view.h"

/* CRC-32C (Castagnoli) of `bytes` behind bytes whose CRC is `crc`, 0 for none, as RFC 3720 B.4 has
 * it. Finds accidents, not intent. About 0.2 ns a byte on processors with SSE 4.2. Any thread. */
uint32_t crc32c(uint32_t crc, struct view bytes);

/* The same without special instructions, what crc32c falls back to. About 7 ns a byte. */
uint32_t crc32c_portable(uint32_t crc, struct view bytes);

#endif
