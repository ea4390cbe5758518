/* One idea: a line on a terminal that overwrites itself ten times a second at most, and is nothing
 * at all anywhere else. The rate is the mean since the start; so is the time left. */
#include "cmd/progress.h"

#include <string.h>

#include "cmd/term.h"

#define NS_PER_MS ((uint64_t)1000000)
#define BAR_COLUMNS 24u

void cmd_progress_start(struct cmd_progress *progress, struct cmd_context *context,
                        const char *unit, uint64_t total, const struct cmd_stream *output)
{
    struct os *os = context->os;
    memset(progress, 0, sizeof *progress);
    progress->context = context;
    progress->unit = unit;
    progress->total = total;
    const char *term = os_getenv(os, "TERM");
    progress->shown = os_is_terminal(os, &context->err.file) &&
                      (output == NULL || !os_is_terminal(os, &output->file)) &&
                      (term == NULL || strcmp(term, "dumb") != 0);
    if (progress->shown)
        progress->started_ns = os_monotonic_ns(os);
}

/* "1234567" as "1,234,567". */
static void put_grouped(struct buf *out, uint64_t value)
{
    char digits[20];
    size_t size = decimal_put_u64(digits, value);
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            buf_put_char(out, ',');
        buf_put_char(out, digits[i]);
    }
}

static void put_bar(struct buf *out, double share)
{
    unsigned full = (unsigned)(share * BAR_COLUMNS);
    buf_put_char(out, '[');
    for (unsigned i = 0; i < BAR_COLUMNS; i++)
        buf_put_char(out, i < full ? '#' : '.');
    buf_printf(out, "] %3u %%  ", (unsigned)(share * 100));
}

static void put_time_left(struct buf *out, double seconds)
{
    uint64_t left = seconds < 360000 ? (uint64_t)seconds + 1 : 360000;
    buf_printf(out, "  %u:%02u left", (unsigned)(left / 60), (unsigned)(left % 60));
}

static void draw(struct cmd_progress *progress, uint64_t items, uint64_t done, uint64_t now_ns)
{
    struct cmd_stream *err = &progress->context->err;
    struct os *os = progress->context->os;
    double seconds = (double)(now_ns - progress->started_ns) / 1e9;
    double share = 0;
    if (progress->total > 0)
        share = done < progress->total ? (double)done / (double)progress->total : 1;
    size_t start = err->buf.size_bytes;
    if (progress->total > 0)
        put_bar(&err->buf, share);
    put_grouped(&err->buf, items);
    buf_printf(&err->buf, " %s  ", progress->unit);
    put_grouped(&err->buf, (uint64_t)((double)items / seconds));
    buf_put_text(&err->buf, "/s");
    if (share > 0.01)
        put_time_left(&err->buf, seconds / share * (1 - share));
    unsigned columns = os_terminal_columns(os, &err->file);
    if (columns > 1 && err->buf.size_bytes > start + columns - 1)
        err->buf.size_bytes = start + columns - 1;
}

void cmd_progress_tell(struct cmd_progress *progress, uint64_t items, uint64_t done)
{
    if (!progress->shown)
        return;
    uint64_t now_ns = os_monotonic_ns(progress->context->os);
    uint64_t due_ns = progress->drawn_ns == 0
                          ? progress->started_ns + CMD_PROGRESS_DELAY_MS * NS_PER_MS
                          : progress->drawn_ns + CMD_PROGRESS_INTERVAL_MS * NS_PER_MS;
    if (now_ns < due_ns)
        return;
    progress->drawn_ns = now_ns;
    buf_put_text(&progress->context->err.buf, CMD_TERM_CLEAR_LINE);
    draw(progress, items, done, now_ns);
    /* A terminal that cannot be written to is no reason to stop the work. */
    progress->shown = cmd_stream_flush(&progress->context->err) == STATUS_OK;
}

void cmd_progress_end(struct cmd_progress *progress)
{
    if (progress->shown && progress->drawn_ns != 0) {
        buf_put_text(&progress->context->err.buf, CMD_TERM_CLEAR_LINE);
        progress->shown = cmd_stream_flush(&progress->context->err) == STATUS_OK;
    }
    progress->shown = false;
}
