/* One idea: days since the epoch by arithmetic on 400-year eras that start in March, so that the
 * leap day comes last (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
#include "base/datetime.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"

#define PATTERN_FRACTION_DIGITS_MAX ((size_t)9)
#define DAYS_PER_ERA 146097
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

/* Of a year from 1 on: without signs a division by a constant is half as long. */
static int64_t days_from_civil(unsigned year, unsigned month, unsigned day)
{
    unsigned y = year - (month <= 2);
    unsigned era = y / 400;
    unsigned year_of_era = y - era * 400;
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static int days_in_month(int year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month != 2)
        return days[month - 1];
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
}

struct datetime datetime_of(int64_t ms)
{
    ASSERT(ms >= DATETIME_MS_MIN && ms <= DATETIME_MS_MAX);
    int64_t days = floor_div(ms, DATETIME_MS_DAY);
    int64_t rest = ms - days * DATETIME_MS_DAY;
    int64_t z = days + DAYS_TO_EPOCH;
    int64_t era = floor_div(z, DAYS_PER_ERA);
    int64_t day_of_era = z - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return (struct datetime){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = (int)month,
        .day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1),
        .hour = (int)(rest / DATETIME_MS_HOUR),
        .minute = (int)(rest / DATETIME_MS_MINUTE % 60),
        .second = (int)(rest / DATETIME_MS_SECOND % 60),
        .millisecond = (int)(rest % DATETIME_MS_SECOND),
    };
}

static bool in_range(const struct datetime *t)
{
    return t->year >= 1 && t->year <= 9999 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in_month(t->year, t->month) && t->hour >= 0 && t->hour <= 23 &&
           t->minute >= 0 && t->minute <= 59 && t->second >= 0 && t->second <= 59 &&
           t->millisecond >= 0 && t->millisecond <= 999;
}

enum status datetime_to_ms(const struct datetime *t, int64_t *ret_ms)
{
    if (!in_range(t))
        return STATUS_INVALID;
    *ret_ms = days_from_civil((unsigned)t->year, (unsigned)t->month, (unsigned)t->day) *
                  DATETIME_MS_DAY +
              t->hour * DATETIME_MS_HOUR + t->minute * DATETIME_MS_MINUTE +
              t->second * DATETIME_MS_SECOND + t->millisecond;
    return STATUS_OK;
}

int datetime_weekday(int64_t ms)
{
    int64_t days = floor_div(ms, DATETIME_MS_DAY);
    int64_t since_monday = (days + 3) - floor_div(days + 3, 7) * 7;
    return (int)since_monday + 1;
}

/* Reading goes left to right over a cursor that remembers the first thing that did not fit. */
struct reader {
    struct view text;
    size_t at;
    bool failed;
};

static int take_digits(struct reader *r, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, r->at++) {
        if (r->at >= r->text.size_bytes || r->text.data[r->at] < '0' || r->text.data[r->at] > '9') {
            r->failed = true;
            return 0;
        }
        value = value * 10 + (r->text.data[r->at] - '0');
    }
    return value;
}

static char take(struct reader *r)
{
    if (r->at >= r->text.size_bytes) {
        r->failed = true;
        return '\0';
    }
    return r->text.data[r->at++];
}

static void expect(struct reader *r, char wanted)
{
    if (take(r) != wanted)
        r->failed = true;
}

/* One to `count_max` digits of a fraction, as whole milliseconds. */
static int take_fraction(struct reader *r, size_t count_max)
{
    int value = 0;
    size_t count = 0;
    for (; r->at < r->text.size_bytes && count < count_max; r->at++, count++) {
        char c = r->text.data[r->at];
        if (c < '0' || c > '9')
            break;
        if (count < 3)
            value = value * 10 + (c - '0');
    }
    if (count == 0)
        r->failed = true;
    for (; count < 3; count++)
        value *= 10;
    return value;
}

/* "Z" or "+08:00", as minutes east of UTC. */
static int take_offset(struct reader *r)
{
    char sign = take(r);
    if (sign == 'Z' || sign == 'z')
        return 0;
    int hours = take_digits(r, 2);
    expect(r, ':');
    int minutes = take_digits(r, 2);
    if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59)
        r->failed = true;
    return (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
}

static void clamp_leap_second(struct datetime *t)
{
    if (t->second != 60)
        return;
    t->second = 59;
    t->millisecond = 999;
}

/* What most times begin with, whatever byte stands at LAYOUT_BETWEEN. */
#define LAYOUT "YYYY-MM-DD hh:mm:ss"
#define LAYOUT_BYTES (sizeof LAYOUT - 1)
#define LAYOUT_BETWEEN 10

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))

/* Turns eight bytes into what they hold beyond `zeros`, a text of as many bytes with a 0 for each
 * digit; each byte of `room` is 0x76 where a digit stands and 0x7f where a byte stands for itself:
 * then the highest bit is set by every other. False when one is. */
static inline bool subtract_zeros(const char *at, const char *zeros, uint64_t room, uint64_t *ret)
{
    uint64_t bytes;
    uint64_t wanted;
    memcpy(&bytes, at, sizeof bytes);
    memcpy(&wanted, zeros, sizeof wanted);
    bytes ^= wanted;
    *ret = bytes;
    return (((bytes + room) | bytes) & BYTES(0x80)) == 0;
}

/* The two digits in byte `at` and the next of a word. */
static inline int two_digits(uint64_t word, unsigned at)
{
    return (int)((word >> (8 * at) & 0xff) * 10 + (word >> (8 * at + 8) & 0xff));
}

/* Reads LAYOUT, all of it in three words that overlap; the byte between is not looked at. */
static bool read_layout(const char *text, struct datetime *ret)
{
    uint64_t date;
    uint64_t middle;
    uint64_t time;
    char around[8];
    memcpy(around, text + LAYOUT_BETWEEN - 2, sizeof around);
    around[2] = ' ';
    bool good = subtract_zeros(text, "0000-00-", UINT64_C(0x7f76767f76767676), &date);
    good &= subtract_zeros(around, "00 00:00", UINT64_C(0x76767f76767f7676), &middle);
    good &= subtract_zeros(text + 11, "00:00:00", UINT64_C(0x76767f76767f7676), &time);
    *ret = (struct datetime){.year = two_digits(date, 0) * 100 + two_digits(date, 2),
                             .month = two_digits(date, 5),
                             .day = two_digits(middle, 0),
                             .hour = two_digits(time, 0),
                             .minute = two_digits(time, 3),
                             .second = two_digits(time, 6)};
    return good;
}

enum status datetime_parse(struct view text, int64_t *ret_ms)
{
    struct reader r = {text, LAYOUT_BYTES, false};
    struct datetime t;
    if (text.size_bytes <= LAYOUT_BYTES || !read_layout(text.data, &t))
        return STATUS_INVALID;
    char between = text.data[LAYOUT_BETWEEN];
    if (between != 'T' && between != 't' && between != ' ')
        return STATUS_INVALID;
    if (r.at < text.size_bytes && text.data[r.at] == '.') {
        r.at++;
        t.millisecond = take_fraction(&r, SIZE_MAX);
    }
    int offset_minutes = take_offset(&r);
    clamp_leap_second(&t);
    int64_t ms = 0;
    if (r.failed || r.at != text.size_bytes || datetime_to_ms(&t, &ms) != STATUS_OK)
        return STATUS_INVALID;
    ms -= offset_minutes * DATETIME_MS_MINUTE;
    if (ms < DATETIME_MS_MIN || ms > DATETIME_MS_MAX)
        return STATUS_INVALID;
    *ret_ms = ms;
    return STATUS_OK;
}

enum part { PART_YEAR, PART_MONTH, PART_DAY, PART_HOUR, PART_MINUTE, PART_SECOND, PART_FRACTION,
            PART_COUNT };

/* How often which letter names each part. */
static const struct {
    char letter;
    unsigned char size;
} part_letters[PART_COUNT] = {{'Y', 4}, {'M', 2}, {'D', 2}, {'h', 2}, {'m', 2}, {'s', 2}, {'S', 3}};

/* The part that `pattern` names at `at`, or PART_COUNT for a byte that stands for itself. */
static enum part part_at(struct view pattern, size_t at)
{
    size_t run = 1;
    while (run < 4 && at + run < pattern.size_bytes && pattern.data[at + run] == pattern.data[at])
        run++;
    for (enum part part = PART_YEAR; run > 1 && part < PART_COUNT; part++)
        if (pattern.data[at] == part_letters[part].letter && run >= part_letters[part].size)
            return part;
    return PART_COUNT;
}

/* Whether what stands at `at` of a pattern is read from digits. */
static bool reads_digits(struct view pattern, size_t at)
{
    return at < pattern.size_bytes && (part_at(pattern, at) != PART_COUNT ||
                                       (pattern.data[at] >= '0' && pattern.data[at] <= '9'));
}

enum status datetime_pattern_check(struct view pattern)
{
    bool seen[PART_COUNT] = {false};
    for (size_t at = 0; at < pattern.size_bytes;) {
        enum part part = part_at(pattern, at);
        if (part == PART_COUNT) {
            at++;
            continue;
        }
        if (seen[part])
            return STATUS_INVALID;
        seen[part] = true;
        at += part_letters[part].size;
        if (part == PART_FRACTION && reads_digits(pattern, at))
            return STATUS_INVALID;
    }
    for (enum part part = PART_MONTH; part < PART_COUNT; part++)
        if (seen[part] && !seen[part - 1])
            return STATUS_INVALID;
    return seen[PART_YEAR] ? STATUS_OK : STATUS_INVALID;
}

/* Whether a pattern is LAYOUT with any byte between, which then stands for itself: an h there
 * would be the first of the hour. */
static bool is_layout(struct view pattern)
{
    return pattern.size_bytes == LAYOUT_BYTES && pattern.data[LAYOUT_BETWEEN] != 'h' &&
           memcmp(pattern.data, LAYOUT, LAYOUT_BETWEEN) == 0 &&
           memcmp(pattern.data + LAYOUT_BETWEEN + 1, &LAYOUT[LAYOUT_BETWEEN + 1],
                  LAYOUT_BYTES - LAYOUT_BETWEEN - 1) == 0;
}

static enum status parse_as_layout(char between, struct view text, int64_t *ret_ms)
{
    struct datetime t;
    if (text.size_bytes != LAYOUT_BYTES || text.data[LAYOUT_BETWEEN] != between ||
        !read_layout(text.data, &t))
        return STATUS_INVALID;
    clamp_leap_second(&t);
    return datetime_to_ms(&t, ret_ms);
}

enum status datetime_parse_as(struct view pattern, struct view text, int64_t *ret_ms)
{
    if (is_layout(pattern))
        return parse_as_layout(pattern.data[LAYOUT_BETWEEN], text, ret_ms);
    struct reader r = {text, 0, false};
    int parts[PART_COUNT] = {[PART_MONTH] = 1, [PART_DAY] = 1};
    for (size_t at = 0; at < pattern.size_bytes && !r.failed;) {
        enum part part = part_at(pattern, at);
        if (part == PART_COUNT) {
            expect(&r, pattern.data[at++]);
            continue;
        }
        size_t size = part_letters[part].size;
        parts[part] = part == PART_FRACTION ? take_fraction(&r, PATTERN_FRACTION_DIGITS_MAX)
                                            : take_digits(&r, (int)size);
        at += size;
    }
    if (r.failed || r.at != text.size_bytes)
        return STATUS_INVALID;
    struct datetime t = {parts[PART_YEAR],   parts[PART_MONTH],  parts[PART_DAY],
                         parts[PART_HOUR],   parts[PART_MINUTE], parts[PART_SECOND],
                         parts[PART_FRACTION]};
    clamp_leap_second(&t);
    return datetime_to_ms(&t, ret_ms);
}

static char *put_digits(char *to, int value, int count)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + count;
}

size_t datetime_format(char *to, int64_t ms)
{
    struct datetime t = datetime_of(ms);
    char *at = put_digits(to, t.year, 4);
    *at++ = '-';
    at = put_digits(at, t.month, 2);
    *at++ = '-';
    at = put_digits(at, t.day, 2);
    *at++ = 'T';
    at = put_digits(at, t.hour, 2);
    *at++ = ':';
    at = put_digits(at, t.minute, 2);
    *at++ = ':';
    at = put_digits(at, t.second, 2);
    if (t.millisecond != 0) {
        *at++ = '.';
        at = put_digits(at, t.millisecond, 3);
    }
    *at++ = 'Z';
    return (size_t)(at - to);
}

void datetime_format_as(char *to, struct view pattern, int64_t ms)
{
    struct datetime t = datetime_of(ms);
    const int parts[PART_COUNT] = {t.year, t.month, t.day, t.hour, t.minute, t.second,
                                   t.millisecond};
    for (size_t at = 0; at < pattern.size_bytes;) {
        enum part part = part_at(pattern, at);
        if (part == PART_COUNT) {
            to[at] = pattern.data[at];
            at++;
            continue;
        }
        size_t size = part_letters[part].size;
        put_digits(to + at, parts[part], (int)size);
        at += size;
    }
}

/* From the largest to the smallest. */
static const struct {
    uint64_t ms;
    const char *name;
} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

#define UNIT_COUNT (sizeof units / sizeof units[0])

size_t duration_format(char *to, int64_t ms)
{
    char *at = to;
    uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    if (ms < 0)
        *at++ = '-';
    if (left == 0)
        return (size_t)((char *)memcpy(at, "0s", 2) + 2 - to);
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        uint64_t count = left / units[i].ms;
        left %= units[i].ms;
        if (count == 0)
            continue;
        at += decimal_put_u64(at, count);
        size_t size = strlen(units[i].name);
        memcpy(at, units[i].name, size);
        at += size;
    }
    return (size_t)(at - to);
}

/* The unit whose name is the letters at the start of `text`, or UNIT_COUNT. */
static size_t unit_at(struct view text, size_t *ret_size)
{
    size_t size = 0;
    while (size < text.size_bytes && text.data[size] >= 'a' && text.data[size] <= 'z')
        size++;
    *ret_size = size;
    size_t i = 0;
    while (i < UNIT_COUNT && !view_equal((struct view){text.data, size}, view_of(units[i].name)))
        i++;
    return i;
}

enum status duration_parse(struct view text, int64_t *ret_ms)
{
    uint64_t sum = 0;
    size_t next_unit = 0;
    size_t at = 0;
    if (text.size_bytes == 0)
        return STATUS_INVALID;
    while (at < text.size_bytes) {
        uint64_t count = 0;
        size_t start = at;
        for (; at < text.size_bytes && text.data[at] >= '0' && text.data[at] <= '9'; at++)
            if (count <= (uint64_t)DURATION_MS_MAX)
                count = count * 10 + (uint64_t)(text.data[at] - '0');
        size_t size = 0;
        size_t unit = unit_at((struct view){text.data + at, text.size_bytes - at}, &size);
        if (at == start || unit == UNIT_COUNT || unit < next_unit)
            return STATUS_INVALID;
        at += size;
        next_unit = unit + 1;
        sum += count > (uint64_t)DURATION_MS_MAX / units[unit].ms ? (uint64_t)DURATION_MS_MAX + 1
                                                                  : count * units[unit].ms;
        if (sum > (uint64_t)DURATION_MS_MAX)
            sum = (uint64_t)DURATION_MS_MAX + 1;
    }
    if (sum > (uint64_t)DURATION_MS_MAX)
        return STATUS_OVERFLOW;
    *ret_ms = (int64_t)sum;
    return STATUS_OK;
}
