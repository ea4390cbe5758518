/* One idea: the library's context is the object; after its first failure it is not asked again. */
#include "codec/sha256.h"

#include <openssl/evp.h>

static EVP_MD_CTX *context_of(struct sha256 *sha256)
{
    return (EVP_MD_CTX *)sha256;
}

static bool start(EVP_MD_CTX *context)
{
    return EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
}

struct sha256 *sha256_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && !start(context)) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    return (struct sha256 *)context;
}

void sha256_free(struct sha256 *sha256)
{
    EVP_MD_CTX_free(context_of(sha256));
}

/* A context that failed is left without a digest, in which every further call fails. */
void sha256_add(struct sha256 *sha256, struct view bytes)
{
    EVP_MD_CTX *context = context_of(sha256);
    if (EVP_MD_CTX_get0_md(context) != NULL &&
        EVP_DigestUpdate(context, bytes.data, bytes.size_bytes) != 1)
        EVP_MD_CTX_reset(context);
}

enum status sha256_result(struct sha256 *sha256, unsigned char ret[SHA256_BYTES])
{
    EVP_MD_CTX *context = context_of(sha256);
    bool good = EVP_MD_CTX_get0_md(context) != NULL &&
                EVP_DigestFinal_ex(context, ret, NULL) == 1;
    return start(context) && good ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status sha256_of(struct view bytes, unsigned char ret[SHA256_BYTES])
{
    bool good = EVP_Digest(bytes.data, bytes.size_bytes, ret, NULL, EVP_sha256(), NULL) == 1;
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}
