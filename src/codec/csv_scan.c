/* One idea: a line without quotes is a record, found by memchr; only lines with quotes are walked
 * field by field, and inside quotes memchr leads again. */
#include "codec/csv.h"

#include <string.h>

enum scan_state {
    FIELD_START, /* a quote here opens */
    UNQUOTED,
    QUOTED,
    QUOTE_SEEN, /* inside quotes, a quote just before: the end of them, or one of two */
};

/* The state behind a byte that is neither quoted nor a newline. */
static int state_behind(char c, char separator, int state)
{
    if (c == separator)
        return FIELD_START;
    return c == '"' && state != UNQUOTED ? QUOTED : UNQUOTED;
}

/* Moves to the next quote, or to the end, and counts the newlines on the way. */
static void skip_quoted(struct csv_scan *scan, struct view data)
{
    const char *at = data.data + scan->at;
    const char *end = data.data + data.size_bytes;
    const char *quote = memchr(at, '"', (size_t)(end - at));
    const char *stop = quote == NULL ? end : quote + 1;
    while ((at = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
        scan->newlines++;
        at++;
    }
    scan->at = (size_t)(stop - data.data);
    if (quote != NULL)
        scan->state = QUOTE_SEEN;
}

/* Goes on byte by byte until the record ends or the data does. */
static bool walk(struct csv_scan *scan, char separator, struct view data, size_t *ret_end)
{
    while (scan->at < data.size_bytes) {
        if (scan->state == QUOTED) {
            skip_quoted(scan, data);
            continue;
        }
        char c = data.data[scan->at++];
        if (c == '\n') {
            *ret_end = scan->at - 1;
            return true;
        }
        scan->state = state_behind(c, separator, scan->state);
    }
    return false;
}

bool csv_record_end(struct csv_scan *scan, char separator, struct view data, size_t *ret_end)
{
    size_t left = data.size_bytes - scan->at;
    if (left == 0)
        return false;
    if (scan->state == QUOTED || scan->state == QUOTE_SEEN)
        return walk(scan, separator, data, ret_end);
    const char *start = data.data + scan->at;
    const char *newline = memchr(start, '\n', left);
    size_t size = newline == NULL ? left : (size_t)(newline - start);
    if (size > 0 && memchr(start, '"', size) != NULL)
        return walk(scan, separator, data, ret_end);
    scan->at += size;
    if (newline != NULL) {
        *ret_end = scan->at++;
        return true;
    }
    scan->state = data.data[data.size_bytes - 1] == separator ? FIELD_START : UNQUOTED;
    return false;
}

bool csv_scan_in_quotes(const struct csv_scan *scan)
{
    return scan->state == QUOTED;
}
