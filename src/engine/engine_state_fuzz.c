/* One idea: the input is what a saved state holds between its heads and its digests, so that the
 * reader gets to see it. What is read must write itself back the same, and go on deciding.
 *
 *     0  u64  events decided
 *     8  u32  bytes of the windows
 *    12  the windows, without their own head and digest; the memory of ids */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "codec/json.h"
#include "engine/engine.h"
#include "engine/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

#define HEAD_BYTES 136u        /* of state.c */
#define DECIDED_AT 80u
#define WINDOW_BYTES_AT 96u
#define WINDOWS_HEAD_BYTES 24u /* the magic and the plan's digest, of the room feature */
#define DIGEST_BYTES 16u
#define INPUT_HEAD_BYTES 12u

static const char POLICY[] =
    "policy fuzzed\n"
    "event pay { id: id   at: time as unix seconds   who: entity   device: entity?   n: int }\n"
    "event back { id: id   at: time as unix seconds   pay: ref pay }\n"
    "label fraud on pay = exists back within 1h\n"
    "let total = sum(pay.n) per who over 10m\n"
    "let devices = distinct(pay.device) per who over 20m\n"
    "let pair = count(pay) per who, device over 10m\n"
    "let bad = rate(fraud) per who over 30m\n"
    "let bad_pair = rate(fraud) per who, device over 30m\n"
    "rule large \"{who} {total}\" on pay when n > 5 then review \"LARGE\", case \"c {who}\"\n"
    "rule shady \"{bad}\" on pay when (bad ?? 0.0) > 0.2 then score 7 shadow\n";

static const char *const LINES[] = {
    "{\"event\":\"pay\",\"id\":\"p0\",\"at\":1000000,\"who\":\"a\",\"device\":\"d\",\"n\":1}",
    "{\"event\":\"back\",\"id\":\"b0\",\"at\":1000001,\"pay\":\"p0\"}",
    "{\"event\":\"back\",\"id\":\"b1\",\"at\":1000002,\"pay\":\"p1\"}",
    "{\"event\":\"pay\",\"id\":\"p1\",\"at\":1000003,\"who\":\"b\",\"device\":\"d\",\"n\":9}",
    "{\"event\":\"pay\",\"id\":\"p2\",\"at\":1003600,\"who\":\"a\",\"n\":2}",
    "{\"event\":\"back\",\"id\":\"b2\",\"at\":1003601,\"pay\":\"p1\"}",
    "{\"event\":\"pay\",\"id\":\"p3\",\"at\":2000000,\"who\":\"a\",\"device\":\"e\",\"n\":9}",
};

struct watcher {
    struct engine_sink sink; /* first, so that it can be cast back */
    struct render render;
    struct buf out;
};

static void take(struct engine_sink *sink, const struct engine_outcome *outcome)
{
    struct watcher *watcher = (struct watcher *)sink;
    buf_clear(&watcher->out);
    render_outcome(&watcher->render, outcome, &watcher->out);
    ASSERT(buf_status(&watcher->out) == STATUS_OK);
}

static void decide_some(struct engine *engine, const struct policy *policy)
{
    struct watcher watcher = {.sink = {take}};
    char padded[256 + JSON_PADDING_BYTES] = "";
    ASSERT(render_init(&watcher.render, policy, ENGINE_NDJSON, true, mem_libc()) == STATUS_OK);
    buf_init(&watcher.out, mem_libc());
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        struct line line = {.text = {padded, strlen(LINES[i])}, .number = i + 1};
        memcpy(padded, LINES[i], line.text.size_bytes);
        ASSERT(engine_decide(engine, ENGINE_NDJSON, &line, 1, &watcher.sink) == STATUS_OK);
    }
    render_done(&watcher.render);
    buf_done(&watcher.out);
}

static void put_digest(struct buf *out, size_t start)
{
    struct hash_digest running;
    uint64_t digest[2];
    hash_digest_init(&running);
    hash_digest_add(&running, (struct view){out->data + start, out->size_bytes - start});
    hash_digest_result(&running, digest);
    buf_put(out, digest, sizeof digest);
}

/* Writes a state with the input's contents around those of a fresh engine. */
static void frame(const struct engine *engine, struct view input, struct buf *out)
{
    uint32_t windows_bytes;
    memcpy(&windows_bytes, input.data + 8, sizeof windows_bytes);
    struct view rest = {input.data + INPUT_HEAD_BYTES, input.size_bytes - INPUT_HEAD_BYTES};
    if (windows_bytes > rest.size_bytes)
        windows_bytes = (uint32_t)rest.size_bytes;
    ASSERT(engine_save(engine, out) == STATUS_OK);
    out->size_bytes = HEAD_BYTES + WINDOWS_HEAD_BYTES;
    buf_put(out, rest.data, windows_bytes);
    put_digest(out, HEAD_BYTES);
    uint64_t sizes[2] = {out->size_bytes - HEAD_BYTES, rest.size_bytes - windows_bytes};
    buf_put(out, rest.data + windows_bytes, (size_t)sizes[1]);
    memcpy(out->data + DECIDED_AT, input.data, sizeof(uint64_t));
    memcpy(out->data + WINDOW_BYTES_AT, sizes, sizeof sizes);
    put_digest(out, 0);
    ASSERT(buf_status(out) == STATUS_OK);
}

static struct engine *fresh(const struct policy *policy)
{
    struct engine_options options = {policy, mem_libc(), {1, 2}, true};
    struct engine *engine = NULL;
    ASSERT(engine_new(&options, &engine, NULL) == STATUS_OK);
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static struct policy *policy;
    if (policy == NULL) {
        struct policy_report report;
        policy_report_init(&report, mem_libc());
        ASSERT(policy_compile(VIEW("fuzzed"), view_of(POLICY), mem_libc(), &report, &policy) ==
               STATUS_OK);
        policy_report_done(&report);
    }
    if (size_bytes < INPUT_HEAD_BYTES)
        return 0;
    struct buf bytes;
    struct buf again;
    struct diag diag;
    struct engine *engine = fresh(policy);
    buf_init(&bytes, mem_libc());
    buf_init(&again, mem_libc());
    frame(engine, (struct view){(const char *)data, size_bytes}, &bytes);
    enum status status = engine_load(engine, buf_view(&bytes), &diag);
    ASSERT(status == STATUS_OK || status == STATUS_CORRUPT);
    if (status == STATUS_OK) {
        ASSERT(engine_save(engine, &again) == STATUS_OK);
        ASSERT(view_equal(buf_view(&bytes), buf_view(&again)));
        decide_some(engine, policy);
    }
    engine_free(engine);
    buf_done(&bytes);
    buf_done(&again);
    return 0;
}
