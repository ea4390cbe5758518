/* One idea: a diagnostic is stored where it is found and ordered at the end; beyond
 * POLICY_DIAGS_MAX they are only counted. */
#include "policy/sink.h"

#include <stdio.h>

static bool grow(struct policy_report *report)
{
    size_t capacity = report->capacity == 0 ? 8 : report->capacity * 2;
    struct diag *diags = mem_array(report->mem, report->diags, report->capacity, capacity,
                                   sizeof *diags);
    if (diags == NULL)
        return false;
    report->diags = diags;
    bool *warnings = mem_array(report->mem, report->warnings, report->capacity, capacity,
                               sizeof *warnings);
    if (warnings == NULL) {
        /* Give back what the first array grew by, so that both have one capacity. */
        struct diag *back = mem_array(report->mem, diags, capacity, report->capacity,
                                      sizeof *diags);
        report->diags = report->capacity == 0 ? NULL : back;
        return false;
    }
    report->warnings = warnings;
    report->capacity = capacity;
    return true;
}

enum status sink_init(struct sink *sink, struct policy_report *report, struct view source,
                      struct arena *arena)
{
    *sink = (struct sink){.report = report, .source = source};
    const char *end = source.data + source.size_bytes;
    size_t count = 1;
    for (const char *at = source.data; at < end && (at = memchr(at, '\n', (size_t)(end - at)));
         at++)
        count++;
    uint32_t *starts = arena_array(arena, count, sizeof *starts);
    if (starts == NULL)
        return STATUS_NO_MEMORY;
    for (const char *at = source.data; at < end && (at = memchr(at, '\n', (size_t)(end - at)));
         at++)
        starts[++sink->line_count] = (uint32_t)(at - source.data) + 1;
    sink->line_starts = starts;
    sink->line_count++;
    return STATUS_OK;
}

uint32_t sink_line(const struct sink *sink, uint32_t offset)
{
    size_t low = 0;
    size_t high = sink->line_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (sink->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low + 1;
}

/* The caret stays on the first line of what is wrong. */
static uint32_t span_on_line(struct view source, struct ast_place place)
{
    uint32_t span = 0;
    while (span < place.span && place.offset + span < source.size_bytes &&
           source.data[place.offset + span] != '\n')
        span++;
    return span == 0 ? 1 : span;
}

struct diag *sink_add(struct sink *sink, enum policy_diag code, struct ast_place place,
                      const char *format, ...)
{
    struct policy_report *report = sink->report;
    bool warning = policy_code_warns(code);
    if (!warning)
        report->error_count++;
    if (report->count >= POLICY_DIAGS_MAX)
        return NULL;
    if (report->count == report->capacity && !grow(report)) {
        sink->failed = true;
        return NULL;
    }
    struct diag *diag = &report->diags[report->count];
    char message[DIAG_MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    diag_set(diag, policy_code_text(code), "%s", message);
    diag->line = sink_line(sink, place.offset);
    diag->column = place.offset - sink->line_starts[diag->line - 1] + 1;
    diag->span = span_on_line(sink->source, place);
    report->warnings[report->count++] = warning;
    return diag;
}

static bool later(const struct diag *a, const struct diag *b)
{
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

void sink_sort(struct sink *sink)
{
    struct policy_report *report = sink->report;
    for (size_t i = 1; i < report->count; i++) {
        struct diag diag = report->diags[i];
        bool warning = report->warnings[i];
        size_t at = i;
        for (; at > 0 && later(&report->diags[at - 1], &diag); at--) {
            report->diags[at] = report->diags[at - 1];
            report->warnings[at] = report->warnings[at - 1];
        }
        report->diags[at] = diag;
        report->warnings[at] = warning;
    }
}

/* ---- did you mean ---- */

#define GUESS_DISTANCE_MAX 3

void guess_init(struct guess *guess, const struct sink *sink, struct view word)
{
    *guess = (struct guess){.word = word};
    size_t third = (word.size_bytes + 2) / 3;
    guess->best_distance = (third > GUESS_DISTANCE_MAX ? GUESS_DISTANCE_MAX : third) + 1;
    if (sink->report->count >= POLICY_DIAGS_MAX)
        guess->best_distance = 0;
}

bool guess_wants(const struct guess *guess)
{
    return guess->best_distance > 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment (Levenshtein with neighbours swapped), case ignored. */
static size_t distance(struct view a, struct view b)
{
    size_t rows[3][POLICY_NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.size_bytes; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.size_bytes; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        row[0] = i;
        size_t row_least = i;
        for (size_t j = 1; j <= b.size_bytes; j++) {
            bool same = lower(a.data[i - 1]) == lower(b.data[j - 1]);
            row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a.data[i - 1]) == lower(b.data[j - 2]) &&
                lower(a.data[i - 2]) == lower(b.data[j - 1]))
                row[j] = least(row[j], rows[(i + 1) % 3][j - 2] + 1);
            row_least = least(row_least, row[j]);
        }
        if (row_least > GUESS_DISTANCE_MAX)
            return row_least;
    }
    return rows[a.size_bytes % 3][b.size_bytes];
}

void guess_try(struct guess *guess, struct view candidate)
{
    size_t a = guess->word.size_bytes;
    size_t b = candidate.size_bytes;
    if (a > POLICY_NAME_BYTES_MAX || b > POLICY_NAME_BYTES_MAX)
        return;
    if ((a > b ? a - b : b - a) >= guess->best_distance)
        return;
    size_t found = distance(guess->word, candidate);
    if (found < guess->best_distance) {
        guess->best_distance = found;
        guess->best = candidate;
    }
}

void guess_hint(const struct guess *guess, struct diag *diag)
{
    if (guess->best.size_bytes > 0)
        diag_hint(diag, "did you mean `%.*s`?", VIEW_ARG(guess->best));
}
