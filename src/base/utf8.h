#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `size_bytes` bytes at `data` are well-formed UTF-8 (RFC 3629: no surrogates, no overlong
 * forms, nothing above U+10FFFF). O(n), eight bytes at a time while they are ASCII. Any thread. */
bool utf8_valid(const char *data, size_t size_bytes);

/* The length of the longest prefix that is well-formed UTF-8: where to point when it is not all of
 * it. As fast as utf8_valid. */
size_t utf8_valid_prefix(const char *data, size_t size_bytes);

/* The length of the longest prefix of `data` that does not end inside a character. For bytes that
 * are not UTF-8 any prefix may be returned, at most 3 bytes shorter than `size_bytes`. O(1). */
size_t utf8_whole_prefix(const char *data, size_t size_bytes);

#endif
