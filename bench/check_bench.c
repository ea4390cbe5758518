/* One idea: a policy of 1,000 rules over 200 windows, compiled again and again. */
#include <stdio.h>
#include <stdlib.h>

#include "os/os.h"
#include "policy/analyse.h"
#include "policy/policy.h"

#define RULES 1000
#define WINDOWS 200
#define RUNS 15

static void write_policy(struct buf *out)
{
    buf_put_text(out, "policy large\ncurrency CNY\nevent payment {\n  id: id\n  at: time\n"
                      "  account: entity\n  payee: entity\n  amount: money\n"
                      "  channel: one of web, app, pos\n}\n");
    for (int i = 0; i < WINDOWS; i++)
        buf_printf(out, "let w%d = %s per %s over %dm\n", i,
                   i % 3 == 0 ? "count(payment)"
                   : i % 3 == 1 ? "sum(payment.amount)"
                                : "distinct(payment.payee)",
                   i % 3 == 2 || i % 2 == 0 ? "account" : "payee", 10 + i);
    for (int i = 0; i < RULES; i++) {
        int w = i % WINDOWS;
        buf_printf(out, "rule r%d \"Rule %d at {amount}\"\n  on payment when w%d %s%d%s and ", i, i,
                   w, w % 3 == 1 ? "> CNY " : "> ", 5 + i, w % 3 == 1 ? ".00" : "");
        buf_printf(out, "amount > CNY %d.00 and channel == web\n  then review \"R%d\", score %d\n",
                   100 + i, i, 1 + i % 50);
    }
    buf_put_text(out, "score 40 review, 80 block\n");
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    struct buf source;
    uint64_t spent[RUNS];
    buf_init(&source, os_mem());
    write_policy(&source);
    for (int i = 0; i < RUNS; i++) {
        struct policy_report report;
        struct policy *policy = NULL;
        policy_report_init(&report, os_mem());
        uint64_t start = os_cpu_ns(os_real());
        enum status status =
            policy_compile(VIEW("large.weir"), buf_view(&source), os_mem(), &report, &policy);
        if (status == STATUS_OK)
            status = policy_analyse(policy, buf_view(&source), &report);
        spent[i] = os_cpu_ns(os_real()) - start;
        if (status != STATUS_OK) {
            fprintf(stderr, "check_bench: %s: %s\n", status_text(status),
                    report.count > 0 ? report.diags[0].message : "");
            return 4;
        }
        policy_free(policy);
        policy_report_done(&report);
    }
    qsort(spent, RUNS, sizeof spent[0], compare_u64);
    printf("check a policy of %d rules and %d windows, %zu bytes: median %.1f ms  best %.1f ms  "
           "goal 50 ms\n",
           RULES, WINDOWS, source.size_bytes, (double)spent[RUNS / 2] / 1e6,
           (double)spent[0] / 1e6);
    buf_done(&source);
    return 0;
}
