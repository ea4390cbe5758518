/* One idea: the C library reads and writes the text; an IPv4 address has one form here, whichever
 * way it was written. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/assert.h"

static const char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (char)0xff, (char)0xff};

enum status ip_parse(struct view text, char bytes[IP_BYTES_MAX], size_t *ret_size_bytes)
{
    char copy[IP_TEXT_BYTES_MAX];
    char parsed[IP_BYTES_MAX];
    if (text.size_bytes == 0 || text.size_bytes >= sizeof copy ||
        memchr(text.data, '\0', text.size_bytes) != NULL)
        return STATUS_INVALID;
    memcpy(copy, text.data, text.size_bytes);
    copy[text.size_bytes] = '\0';
    size_t size = 4;
    if (inet_pton(AF_INET, copy, parsed) != 1) {
        size = 16;
        if (inet_pton(AF_INET6, copy, parsed) != 1)
            return STATUS_INVALID;
    }
    if (size == 16 && memcmp(parsed, mapped_prefix, sizeof mapped_prefix) == 0) {
        memmove(parsed, parsed + sizeof mapped_prefix, 4);
        size = 4;
    }
    memcpy(bytes, parsed, size);
    *ret_size_bytes = size;
    return STATUS_OK;
}

size_t ip_format(char to[IP_TEXT_BYTES_MAX], struct view address)
{
    ASSERT(address.size_bytes == 4 || address.size_bytes == 16);
    int family = address.size_bytes == 4 ? AF_INET : AF_INET6;
    const char *text = inet_ntop(family, address.data, to, IP_TEXT_BYTES_MAX);
    ASSERT(text != NULL);
    return strlen(text);
}

bool ip_in_network(struct view address, struct view network, unsigned bits)
{
    ASSERT(bits <= network.size_bytes * 8);
    if (address.size_bytes != network.size_bytes)
        return false;
    size_t whole = bits / 8;
    if (memcmp(address.data, network.data, whole) != 0)
        return false;
    unsigned rest = bits % 8;
    if (rest == 0)
        return true;
    unsigned differ = (unsigned char)address.data[whole] ^ (unsigned char)network.data[whole];
    return (differ & 0xff) >> (8 - rest) == 0;
}
