/* One idea: <charconv> rounds exactly both ways and knows no locale, which the C library's
 * functions cannot promise. */
#include "codec/number_int.h"

#include <charconv>
#include <system_error>

size_t number_shortest(char *to, size_t room, double value)
{
    return static_cast<size_t>(std::to_chars(to, to + room, value).ptr - to);
}

bool number_convert(const char *text, size_t size_bytes, double *ret_value)
{
    return std::from_chars(text, text + size_bytes, *ret_value).ec == std::errc();
}
