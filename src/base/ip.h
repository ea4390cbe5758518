#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/view.h"

/* Internet addresses as 4 (IPv4) or 16 (IPv6) bytes in network order. */
#define IP_BYTES_MAX 16
#define IP_TEXT_BYTES_MAX 46

/* Reads dotted-quad IPv4 or RFC 4291 IPv6 text; an IPv4-mapped IPv6 address becomes IPv4.
 * bytes: receives the address; ret_size: 4 or 16. STATUS_INVALID: not an address. Any thread. */
MUST_CHECK enum status ip_parse(struct view text, char bytes[IP_BYTES_MAX], size_t *ret_size_bytes);

/* Writes an address of 4 or 16 bytes as text (RFC 5952 for IPv6), at most IP_TEXT_BYTES_MAX bytes
 * with its NUL; returns the length without it. */
size_t ip_format(char to[IP_TEXT_BYTES_MAX], struct view address);

/* Whether the first `bits` bits of two addresses of the same family agree; false when the families
 * differ. bits: 0 to 8 times the size of `network`. */
bool ip_in_network(struct view address, struct view network, unsigned bits);

#endif
