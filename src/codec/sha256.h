#ifndef CODEC_SHA256_H
#define CODEC_SHA256_H

#include "base/status.h"
#include "base/view.h"

#define SHA256_BYTES 32

/* A running SHA-256 (FIPS 180-4), by OpenSSL. One thread at a time. */
struct sha256;

/* Starts one, or NULL when there is no memory (which is the library's own). */
struct sha256 *sha256_new(void);

/* Frees; `sha256` may be NULL. */
void sha256_free(struct sha256 *sha256);

/* Adds bytes; how they are cut into calls makes no difference. A failure shows in the result. */
void sha256_add(struct sha256 *sha256, struct view bytes);

/* Writes the digest of all bytes added and starts anew. STATUS_NO_MEMORY when something failed. */
MUST_CHECK enum status sha256_result(struct sha256 *sha256, unsigned char ret[SHA256_BYTES]);

/* The digest of `bytes` in one call. STATUS_NO_MEMORY as above. About 0.7 us and 0.9 ns a byte. */
MUST_CHECK enum status sha256_of(struct view bytes, unsigned char ret[SHA256_BYTES]);

#endif
