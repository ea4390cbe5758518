/* One idea: a policy is built in one arena from beginning to end; whatever fails on the way, the
 * arena goes as one. */
#include "policy/policy.h"

#include "base/utf8.h"
#include "codec/sha256.h"
#include "policy/build_int.h"
#include "policy/format_int.h"
#include "policy/parse_int.h"

static bool whole_utf8(struct sink *sink, struct view source)
{
    if (utf8_valid(source.data, source.size_bytes))
        return true;
    /* The first byte that breaks it: the longest valid prefix, by halves. */
    size_t low = 0;
    size_t high = source.size_bytes;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        size_t cut = utf8_whole_prefix(source.data, middle);
        if (cut > low && utf8_valid(source.data, cut))
            low = cut;
        else if (cut > low)
            high = cut;
        else
            break;
    }
    diag_hint(sink_add(sink, CODE_NOT_UTF8, (struct ast_place){(uint32_t)low, 1},
                       "this file is not UTF-8 from here on"),
              "save it as UTF-8");
    return false;
}

enum status policy_parse(struct view source, struct mem *mem, struct policy_report *report,
                         struct arena *arena, struct sink *sink, struct ast_policy *ast)
{
    arena_init(arena, mem, 0);
    *sink = (struct sink){0};
    bool large = source.size_bytes > POLICY_SOURCE_BYTES_MAX;
    struct view kept = arena_copy(arena, large ? VIEW("") : source);
    if (kept.data == NULL || sink_init(sink, report, kept, arena) != STATUS_OK)
        return STATUS_NO_MEMORY;
    *ast = (struct ast_policy){.arena = arena};
    if (large)
        diag_hint(sink_add(sink, CODE_SOURCE_TOO_LARGE, (struct ast_place){0, 1},
                           "this file has more than %zu bytes", POLICY_SOURCE_BYTES_MAX),
                  "split it into several policies");
    else if (whole_utf8(sink, kept))
        return parse_source(kept, sink, ast);
    return sink->failed ? STATUS_NO_MEMORY : STATUS_INVALID;
}

/* The hash is of the canonical form without comments, so that it changes only with the meaning or
 * the names. */
static enum status set_hash(struct policy *policy, const struct ast_policy *ast, struct mem *mem)
{
    struct buf canonical;
    unsigned char digest[SHA256_BYTES];
    buf_init(&canonical, mem);
    format_ast(&canonical, ast, NULL);
    enum status status = buf_status(&canonical);
    if (status == STATUS_OK)
        status = sha256_of(buf_view(&canonical), digest);
    for (size_t i = 0; i < sizeof digest && status == STATUS_OK; i++) {
        policy->hash[i * 2] = "0123456789abcdef"[digest[i] >> 4];
        policy->hash[i * 2 + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    buf_done(&canonical);
    return status;
}

static enum status finish(struct checker *checker, struct policy *policy)
{
    build_plain(checker, policy);
    if (checker->failed)
        return STATUS_NO_MEMORY;
    enum status status = compile_policy(checker, policy);
    if (status != STATUS_OK)
        return status;
    build_events(checker, policy);
    return checker->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Parsing reports what it finds and goes on, so that checking finds the rest in the same run. */
static enum status compile(struct policy *policy, struct view source, struct policy_report *report)
{
    struct policy_body *body = policy->body;
    struct sink sink;
    enum status status = policy_parse(source, body->mem, report, &body->arena, &sink, &body->ast);
    if (status != STATUS_OK)
        return status;
    struct checker *checker = arena_alloc(&body->arena, sizeof *checker);
    if (checker == NULL)
        return STATUS_NO_MEMORY;
    *checker = (struct checker){.arena = &body->arena, .mem = body->mem, .sink = &sink,
                                .ast = &body->ast};
    status = check_policy(checker);
    if (status == STATUS_OK && report->error_count > 0)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = finish(checker, policy);
    if (status == STATUS_OK)
        status = set_hash(policy, &body->ast, body->mem);
    mem_free(body->mem, checker->facts, checker->fact_capacity * sizeof *checker->facts);
    sink_sort(&sink);
    return status;
}

enum status policy_compile(struct view path, struct view source, struct mem *mem,
                           struct policy_report *report, struct policy **ret_policy)
{
    struct policy *policy = mem_zeroed(mem, sizeof *policy);
    if (policy == NULL)
        return STATUS_NO_MEMORY;
    policy->body = mem_zeroed(mem, sizeof *policy->body);
    if (policy->body == NULL) {
        mem_free(mem, policy, sizeof *policy);
        return STATUS_NO_MEMORY;
    }
    policy->body->mem = mem;
    enum status status = compile(policy, source, report);
    if (status == STATUS_OK) {
        policy->path = arena_copy(&policy->body->arena, path);
        status = policy->path.data == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    }
    if (status != STATUS_OK) {
        policy_free(policy);
        return status;
    }
    *ret_policy = policy;
    return STATUS_OK;
}

void policy_free(struct policy *policy)
{
    if (policy == NULL)
        return;
    struct mem *mem = policy->body->mem;
    arena_done(&policy->body->arena);
    mem_free(mem, policy->body, sizeof *policy->body);
    mem_free(mem, policy, sizeof *policy);
}
