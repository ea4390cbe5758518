#ifndef ENGINE_TEST_HELP_H
#define ENGINE_TEST_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/csv.h"
#include "codec/json.h"
#include "engine/engine.h"
#include "engine/render.h"

/* What the room's tests share: policies from text, and an engine whose outcomes are rendered. */

#define HELP_SEED ((struct hash_seed){0x1234, 0x5678})

/* Compiles what must compile; the caller frees. */
static inline struct policy *help_compile(const char *text)
{
    struct policy_report report;
    struct policy *policy = NULL;
    policy_report_init(&report, mem_libc());
    enum status status =
        policy_compile(VIEW("test.weir"), view_of(text), mem_libc(), &report, &policy);
    for (size_t i = 0; i < report.count && status != STATUS_OK; i++)
        print_error("%u:%u %s\n", report.diags[i].line, report.diags[i].column,
                    report.diags[i].message);
    policy_report_done(&report);
    assert_int_equal(status, STATUS_OK);
    return policy;
}

/* An engine, and what it said. The sink comes first, so that it can be cast back. */
struct help_run {
    struct engine_sink sink;
    const struct policy *policy;
    struct mem *mem;
    struct engine *engine;
    struct render render;
    struct buf out;         /* every outcome so far, rendered */
    uint64_t line_count;    /* lines given so far */
    uint64_t outcome_count;
    enum status status;     /* of the last outcome, and so on */
    char code[64];
    char field[64];
    uint64_t ordinal;
};

/* Keeps what an outcome said, and its rendered line. */
static inline void help_take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct help_run *run = (struct help_run *)sink;
    run->outcome_count++;
    assert_int_equal(outcome->line, run->outcome_count);
    run->status = outcome->status;
    run->ordinal = outcome->ordinal;
    run->code[0] = run->field[0] = '\0';
    if (outcome->diag != NULL) {
        memcpy(run->code, outcome->diag->code, strlen(outcome->diag->code) + 1);
        memcpy(run->field, outcome->diag->field, sizeof run->field);
    }
    render_outcome(&run->render, outcome, &run->out);
}

/* Starts a run over a policy; ends the test when it cannot. */
static inline void help_open_as(struct help_run *run, const struct policy *policy,
                                struct mem *mem, struct hash_seed seed, bool features)
{
    struct engine_options options = {policy, mem, seed, features};
    struct diag diag = {.code = ""};
    *run = (struct help_run){.sink = {help_take}, .policy = policy, .mem = mem};
    if (engine_new(&options, &run->engine, &diag) != STATUS_OK)
        fail_msg("%s: %s", diag.code, diag.message);
    assert_int_equal(render_init(&run->render, policy, ENGINE_NDJSON, features, mem_libc()),
                     STATUS_OK);
    buf_init(&run->out, mem_libc());
}

/* As help_open_as, in the plainest way. */
static inline void help_open(struct help_run *run, const struct policy *policy)
{
    help_open_as(run, policy, mem_libc(), HELP_SEED, true);
}

/* Frees what help_open made. */
static inline void help_close(struct help_run *run)
{
    engine_free(run->engine);
    render_done(&run->render);
    buf_done(&run->out);
}

/* Whether a line is blank, as codec/lines.h has it. */
static inline bool help_is_blank(struct view text)
{
    for (size_t i = 0; i < text.size_bytes; i++)
        if (text.data[i] != ' ' && text.data[i] != '\t')
            return false;
    return true;
}

/* Gives every line of `text`, `batch` at a time; text that does not end in LF has one more. */
static inline enum status help_feed_as(struct help_run *run, enum engine_format format,
                                       struct view text, size_t batch)
{
    struct line lines[LINES_BATCH_MAX];
    enum status status = STATUS_OK;
    char *copy = calloc(text.size_bytes + JSON_PADDING_BYTES, 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.size_bytes);
    for (size_t at = 0; at < text.size_bytes && status == STATUS_OK;) {
        size_t count = 0;
        for (; count < batch && at < text.size_bytes; count++) {
            const char *end = memchr(copy + at, '\n', text.size_bytes - at);
            size_t size = end == NULL ? text.size_bytes - at : (size_t)(end - (copy + at));
            struct view line = {copy + at, size};
            lines[count] = (struct line){line, ++run->line_count, STATUS_OK, help_is_blank(line)};
            at += size + 1;
        }
        status = engine_decide(run->engine, format, lines, count, &run->sink);
    }
    free(copy);
    return status;
}

/* Gives lines of NDJSON and returns what was answered to them. */
static inline const char *help_feed(struct help_run *run, const char *text)
{
    size_t before = run->out.size_bytes;
    assert_int_equal(help_feed_as(run, ENGINE_NDJSON, view_of(text), LINES_BATCH_MAX), STATUS_OK);
    assert_int_equal(run->outcome_count, run->line_count);
    buf_put_char(&run->out, '\0');
    assert_int_equal(buf_status(&run->out), STATUS_OK);
    run->out.size_bytes--;
    return run->out.data + before;
}

/* Gives one line, which is decided, and looks for `part` in the answer. */
static inline void help_expect(struct help_run *run, const char *line, const char *part)
{
    const char *answer = help_feed(run, line);
    if (run->status != STATUS_OK || strstr(answer, part) == NULL)
        fail_msg("%s\nanswers %sand not %s", line, answer, part);
}

/* Gives one line, which is refused with a code and a field, and changes nothing. */
static inline void help_refuse(struct help_run *run, const char *line, const char *code,
                               const char *field)
{
    uint64_t before[2];
    uint64_t after[2];
    engine_digest(run->engine, before);
    const char *answer = help_feed(run, line);
    engine_digest(run->engine, after);
    if (run->status == STATUS_OK || strcmp(run->code, code) != 0 ||
        strcmp(run->field, field) != 0)
        fail_msg("%s\nanswers %sand not %s on '%s'", line, answer, code, field);
    assert_memory_equal(before, after, sizeof before);
}

#endif
