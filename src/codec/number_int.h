#ifndef CODEC_NUMBER_INT_H
#define CODEC_NUMBER_INT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the shortest decimal that reads back as `value` (finite) at `to`, where `room` bytes are
 * enough; returns how many. */
size_t number_shortest(char *to, size_t room, double value);

/* The double nearest to a text that number_valid has accepted; false when it is beyond the largest
 * or below half the smallest one in size. */
bool number_convert(const char *text, size_t size_bytes, double *ret_value);

#ifdef __cplusplus
}
#endif

#endif
