/* One idea: whatever bytes come, reading them ends, frees everything, and says something when it
 * refuses; and what can be formatted stays what it is. */
#include "base/assert.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static struct policy *compiled(struct view source, struct policy_report *report)
{
    struct policy *policy = NULL;
    struct buf out;
    buf_init(&out, mem_libc());
    policy_report_init(report, mem_libc());
    enum status status = policy_compile(VIEW("fuzz"), source, mem_libc(), report, &policy);
    ASSERT(status == STATUS_OK || status == STATUS_INVALID);
    ASSERT((status == STATUS_OK) == (report->error_count == 0));
    for (size_t i = 0; i < report->count; i++)
        policy_report_print(report, i, VIEW("fuzz"), source, i % 2 == 0, &out);
    ASSERT(!out.failed && (report->count == 0) == (out.size_bytes == 0));
    buf_done(&out);
    return policy;
}

/* What was formatted is formatted to itself, and means what its source meant. */
static void check_format(struct view source, const struct policy *policy)
{
    struct policy_report report;
    struct buf once, twice;
    buf_init(&once, mem_libc());
    buf_init(&twice, mem_libc());
    policy_report_init(&report, mem_libc());
    enum status status = policy_format(VIEW("fuzz"), source, mem_libc(), &report, &once);
    ASSERT(policy == NULL || status == STATUS_OK);
    if (status == STATUS_OK) {
        status = policy_format(VIEW("fuzz"), buf_view(&once), mem_libc(), &report, &twice);
        ASSERT(status == STATUS_OK && view_equal(buf_view(&once), buf_view(&twice)));
    }
    policy_report_done(&report);
    if (policy != NULL) {
        struct policy *again = compiled(buf_view(&once), &report);
        ASSERT(again != NULL && strcmp(again->hash, policy->hash) == 0);
        policy_free(again);
        policy_report_done(&report);
    }
    buf_done(&once);
    buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct policy_report report;
    struct view source = {(const char *)data, size_bytes};
    struct policy *policy = compiled(source, &report);
    check_format(source, policy);
    policy_free(policy);
    policy_report_done(&report);
    return 0;
}
