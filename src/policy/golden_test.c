/* One idea: what people read is kept in files beside what causes it: every diagnostic that exists
 * and every rule of formatting. With WEIR_GOLDEN_WRITE set the files are written, for review. */
#include "policy/test_help.h"

#include <dirent.h>

#include "policy/analyse.h"
#include "policy/codes.h"

#define PATH_SIZE 512

static const char *root(void)
{
    const char *path = getenv("WEIR_GOLDEN");
    assert_non_null(path);
    return path;
}

static bool writes(void)
{
    return getenv("WEIR_GOLDEN_WRITE") != NULL;
}

static void write_file(const char *path, struct view text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.size_bytes, file), text.size_bytes);
    assert_int_equal(fclose(file), 0);
}

static void compare(const char *path, struct view text)
{
    if (writes()) {
        write_file(path, text);
        return;
    }
    struct view expected = help_read(path);
    if (expected.data == NULL || !view_equal(expected, text))
        fail_msg("%s differs; this is what came:\n%.*s", path, VIEW_ARG(text));
    help_forget(expected);
}

/* Calls `check` for every NAME.weir of a folder; answers how many. */
static size_t each(const char *folder, void (*check)(const char *folder, const char *name))
{
    char path[PATH_SIZE];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", root(), folder);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        size_t size = strlen(entry->d_name);
        if (size < 6 || strcmp(entry->d_name + size - 5, ".weir") != 0)
            continue;
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%.*s", (int)(size - 5), entry->d_name);
        check(path, name);
        count++;
    }
    closedir(directory);
    return count;
}

static struct view source_of(const char *folder, const char *name)
{
    char path[PATH_SIZE * 2];
    snprintf(path, sizeof path, "%s/%s.weir", folder, name);
    struct view source = help_read(path);
    assert_non_null(source.data);
    return source;
}

static void check_diagnostic(const char *folder, const char *name)
{
    char path[PATH_SIZE * 2];
    struct view source = source_of(folder, name);
    struct policy_report report;
    struct policy *policy = NULL;
    struct buf out;
    snprintf(path, sizeof path, "%s.weir", name);
    policy_report_init(&report, mem_libc());
    buf_init(&out, mem_libc());
    enum status status = policy_compile(view_of(path), source, mem_libc(), &report, &policy);
    assert_true(status == (report.error_count == 0 ? STATUS_OK : STATUS_INVALID));
    if (status == STATUS_OK)
        assert_int_equal(policy_analyse(policy, source, &report), STATUS_OK);
    for (size_t i = 0; i < report.count; i++)
        policy_report_print(&report, i, view_of(path), source, false, &out);
    snprintf(path, sizeof path, "%s/%s.txt", folder, name);
    compare(path, buf_view(&out));
    buf_done(&out);
    policy_free(policy);
    policy_report_done(&report);
    help_forget(source);
}

static void diagnostics_are_as_reviewed(void **state)
{
    (void)state;
    assert_true(each("diagnostics", check_diagnostic) >= 60);
}

/* Too large for a file worth keeping; limit_test.c makes them. */
static bool is_generated(const char *code)
{
    static const char *const generated[] = {
        "limit-source", "limit-nodes", "limit-code", "limit-windows", "limit-lets", "limit-slots",
        "limit-rules", "limit-tests", "limit-members",
    };
    for (size_t i = 0; i < sizeof generated / sizeof generated[0]; i++) {
        if (strcmp(code, generated[i]) == 0)
            return true;
    }
    return false;
}

static void every_code_has_a_golden_file(void **state)
{
    (void)state;
    for (int i = CODE_NONE + 1; i < POLICY_CODE_COUNT; i++) {
        const char *code = policy_code_text((enum policy_diag)i);
        char path[PATH_SIZE];
        char tagged[80];
        if (is_generated(code))
            continue;
        snprintf(path, sizeof path, "%s/diagnostics/%s.txt", root(), code);
        snprintf(tagged, sizeof tagged, "[%s]", code);
        struct view text = help_read(path);
        if (text.data == NULL || memmem(text.data, text.size_bytes, tagged, strlen(tagged)) == NULL)
            fail_msg("no golden file shows %s", code);
        help_forget(text);
    }
}

/* ---- formatting ---- */

static struct buf formatted(struct view source)
{
    struct policy_report report;
    struct buf out;
    policy_report_init(&report, mem_libc());
    buf_init(&out, mem_libc());
    enum status status = policy_format(VIEW("f.weir"), source, mem_libc(), &report, &out);
    if (status != STATUS_OK)
        help_print(&report, source);
    assert_int_equal(status, STATUS_OK);
    policy_report_done(&report);
    return out;
}

static void same_hash(struct view a, struct view b)
{
    struct policy_report report;
    struct policy *policies[2] = {NULL, NULL};
    policy_report_init(&report, mem_libc());
    enum status status = policy_compile(VIEW("a"), a, mem_libc(), &report, &policies[0]);
    if (status == STATUS_OK) {
        assert_int_equal(policy_compile(VIEW("b"), b, mem_libc(), &report, &policies[1]),
                         STATUS_OK);
        assert_string_equal(policies[0]->hash, policies[1]->hash);
        assert_int_equal(strlen(policies[0]->hash), 64);
    }
    policy_free(policies[0]);
    policy_free(policies[1]);
    policy_report_done(&report);
}

static void check_stable(struct view source, struct buf *once)
{
    struct buf twice = formatted(buf_view(once));
    if (!view_equal(buf_view(once), buf_view(&twice)))
        fail_msg("formatting again changes it:\n%.*s\n----\n%.*s", VIEW_ARG(buf_view(once)),
                 VIEW_ARG(buf_view(&twice)));
    same_hash(source, buf_view(once));
    buf_done(&twice);
}

static void check_format(const char *folder, const char *name)
{
    char path[PATH_SIZE * 2];
    struct view source = source_of(folder, name);
    struct buf once = formatted(source);
    snprintf(path, sizeof path, "%s/%s.fmt", folder, name);
    compare(path, buf_view(&once));
    check_stable(source, &once);
    buf_done(&once);
    help_forget(source);
}

static void formats_are_as_reviewed(void **state)
{
    (void)state;
    assert_true(each("format", check_format) >= 5);
}

/* Sources of diagnostics that parse are formatting tests for free. */
static void check_stability(const char *folder, const char *name)
{
    struct view source = source_of(folder, name);
    struct policy_report report;
    struct buf out;
    policy_report_init(&report, mem_libc());
    buf_init(&out, mem_libc());
    if (policy_format(VIEW("f.weir"), source, mem_libc(), &report, &out) == STATUS_OK)
        check_stable(source, &out);
    buf_done(&out);
    policy_report_done(&report);
    help_forget(source);
}

static void formatting_is_idempotent_and_keeps_the_hash(void **state)
{
    (void)state;
    each("diagnostics", check_stability);
}

static void layout_and_comments_do_not_change_the_hash(void **state)
{
    (void)state;
    same_hash(view_of(HELP_HEAD "rule r \"S\"\non payment when n>5 then block\n"),
              view_of("# a comment\n" HELP_HEAD
                      "\n\nrule r \"S\"  # another\n  on payment\n  when (n > 5)\n then block"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diagnostics_are_as_reviewed),
        cmocka_unit_test(every_code_has_a_golden_file),
        cmocka_unit_test(formats_are_as_reviewed),
        cmocka_unit_test(formatting_is_idempotent_and_keeps_the_hash),
        cmocka_unit_test(layout_and_comments_do_not_change_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
