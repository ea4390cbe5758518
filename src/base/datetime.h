#ifndef BASE_DATETIME_H
#define BASE_DATETIME_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Times are milliseconds since 1970-01-01T00:00:00Z without leap seconds, in an int64_t named
 * ..._ms, between the years 1 and 9999. Nothing here reads a clock. */
#define DATETIME_MS_MIN ((int64_t)-62135596800000)
#define DATETIME_MS_MAX ((int64_t)253402300799999)

#define DATETIME_MS_SECOND ((int64_t)1000)
#define DATETIME_MS_MINUTE ((int64_t)60 * DATETIME_MS_SECOND)
#define DATETIME_MS_HOUR ((int64_t)60 * DATETIME_MS_MINUTE)
#define DATETIME_MS_DAY ((int64_t)24 * DATETIME_MS_HOUR)

/* Bytes that datetime_format and duration_format may write. */
#define DATETIME_TEXT_BYTES_MAX 24
#define DURATION_TEXT_BYTES_MAX 32

/* A calendar date and time of day, proleptic Gregorian, UTC. */
struct datetime {
    int year;         /* 1 to 9999 */
    int month;        /* 1 to 12 */
    int day;          /* 1 to 31 */
    int hour;         /* 0 to 23 */
    int minute;       /* 0 to 59 */
    int second;       /* 0 to 59 */
    int millisecond;  /* 0 to 999 */
};

/* Reads RFC 3339 ("2026-11-22T15:52:16.123Z", any offset, 'T' or 't' or a space between date and
 * time). Digits beyond the millisecond, however many, are cut off; a leap second (:60) counts as
 * :59.999. STATUS_INVALID: not such a time, or outside the range above. About 15 ns. Any thread. */
MUST_CHECK enum status datetime_parse(struct view text, int64_t *ret_ms);

/* Reads a time laid out as `pattern` says: YYYY, MM, DD, hh, mm, ss stand for that many digits,
 * SSS for one to nine digits of a second's fraction, every other byte for itself; UTC. Parts that
 * the pattern lacks are the smallest (January, first, midnight). STATUS_INVALID as above. */
MUST_CHECK enum status datetime_parse_as(struct view pattern, struct view text, int64_t *ret_ms);

/* STATUS_INVALID unless `pattern` has YYYY, no part twice, every part only below the larger, and no
 * digit or part right behind SSS, whose digits could not be told from its own. */
MUST_CHECK enum status datetime_pattern_check(struct view pattern);

/* The calendar form of a time in range. */
struct datetime datetime_of(int64_t ms);

/* The time of a calendar form; STATUS_INVALID when a part is out of range (30 February). */
MUST_CHECK enum status datetime_to_ms(const struct datetime *datetime, int64_t *ret_ms);

/* 1 for Monday to 7 for Sunday, as ISO 8601 numbers them. */
int datetime_weekday(int64_t ms);

/* Writes RFC 3339 UTC, "2026-11-22T15:52:16Z", with ".123" before the Z unless it is ".000"; no
 * NUL, at most DATETIME_TEXT_BYTES_MAX bytes; returns how many. ms: in range. */
size_t datetime_format(char *to, int64_t ms);

/* Writes a time as datetime_parse_as would read it back: pattern.size_bytes bytes, no NUL; SSS is
 * the millisecond. ms: in range; pattern: as datetime_pattern_check allows. */
void datetime_format_as(char *to, struct view pattern, int64_t ms);

/* Writes a duration as the policy language does, the largest units first, zeros left out: "1h30m",
 * "7d", "250ms", "0s", a minus in front when negative; no NUL; returns how many bytes. */
size_t duration_format(char *to, int64_t ms);

/* The longest duration that duration_parse reads: ten years of 366 days. */
#define DURATION_MS_MAX ((int64_t)3660 * DATETIME_MS_DAY)

/* Reads what duration_format writes, without a minus: whole numbers each with a unit of d, h, m, s
 * or ms, larger units first, none twice ("1h30m", "90m", "0s").
 * STATUS_INVALID: not such a duration; STATUS_OVERFLOW: above DURATION_MS_MAX. Any thread. */
MUST_CHECK enum status duration_parse(struct view text, int64_t *ret_ms);

#endif
