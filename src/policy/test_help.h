#ifndef POLICY_TEST_HELP_H
#define POLICY_TEST_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

/* What the room's tests share: policies from text, files, and readable failures. */

#define HELP_HEAD                                                                                 \
    "policy test\n"                                                                               \
    "currency CNY\n"                                                                              \
    "event payment {\n"                                                                           \
    "  id: id   at: time   account: entity   payee: entity account   device: entity?\n"           \
    "  amount: money   tip: money?   n: int   m: int?   ratio: number   note: text\n"             \
    "  country: country   ip: ip   took: duration   channel: one of web, app, pos\n"              \
    "  flag: bool\n"                                                                              \
    "}\n"                                                                                         \
    "event login { id: id   at: time   account: entity   ok: bool   n: int }\n"

/* Shows what was reported, for a test that fails. */
static inline void help_print(const struct policy_report *report, struct view source)
{
    struct buf out;
    buf_init(&out, mem_libc());
    for (size_t i = 0; i < report->count; i++)
        policy_report_print(report, i, VIEW("test.weir"), source, false, &out);
    print_error("%.*s", VIEW_ARG(buf_view(&out)));
    buf_done(&out);
}

/* Compiles what must compile; the caller frees. */
static inline struct policy *help_compile(const char *text)
{
    struct policy_report report;
    struct policy *policy = NULL;
    policy_report_init(&report, mem_libc());
    enum status status = policy_compile(VIEW("test.weir"), view_of(text), mem_libc(), &report,
                                        &policy);
    if (status != STATUS_OK)
        help_print(&report, view_of(text));
    policy_report_done(&report);
    assert_int_equal(status, STATUS_OK);
    return policy;
}

/* Whether compiling reports this code. */
static inline bool help_reports(struct view text, const char *code)
{
    struct policy_report report;
    struct policy *policy = NULL;
    bool found = false;
    policy_report_init(&report, mem_libc());
    enum status status = policy_compile(VIEW("test.weir"), text, mem_libc(), &report, &policy);
    for (size_t i = 0; i < report.count; i++)
        found |= strcmp(report.diags[i].code, code) == 0;
    assert_true((status == STATUS_OK) == (report.error_count == 0));
    policy_report_done(&report);
    policy_free(policy);
    return found;
}

/* A whole file, allocated with malloc; data NULL when it cannot be read. */
static inline struct view help_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return (struct view){NULL, 0};
    size_t capacity = (size_t)5 << 20;
    char *data = malloc(capacity);
    assert_non_null(data);
    size_t size = fread(data, 1, capacity, file);
    fclose(file);
    return (struct view){data, size};
}

/* Frees what help_read gave. */
static inline void help_forget(struct view file)
{
    free((void *)(uintptr_t)file.data);
}

#endif
