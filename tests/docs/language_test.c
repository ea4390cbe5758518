/* One idea: docs/language.md is read as a list of fenced blocks, and each is held to what its info
 * string promises:
 *
 *     weir              a complete policy: no error, no warning, canonical, its own tests pass
 *     weir prelude      the policy that the other kinds continue
 *     weir fragment     statements: no error, only `unused` as a warning, canonical
 *     weir expressions  on each line an expression, and behind # its type
 *     weir errors       statements; a line with # CODE: MESSAGE ends a group that has exactly this
 *                       diagnostic
 *     weir error        a whole policy; the next block is what weir prints about it
 *     weir check        likewise, the analysis included; canonical
 *
 * The document must also name every diagnostic code and every limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "engine/selftest.h"
#include "policy/analyse.h"
#include "policy/codes.h"
#include "policy/policy.h"

#define BLOCKS_MAX 256
#define PATH VIEW("policy.weir")

struct block {
    struct view info;
    struct view text;
    unsigned line;      /* of its first line in the document */
};

static struct buf document;
static struct block blocks[BLOCKS_MAX];
static size_t block_count;
static const struct block *prelude;
static uint32_t prelude_lines;
static const char *document_path;
static size_t complaints;   /* of the test at work: all are printed before it fails */

/* ---- reading ---- */

static struct view next_line(struct view *rest)
{
    const char *end = memchr(rest->data, '\n', rest->size_bytes);
    size_t size = end == NULL ? rest->size_bytes : (size_t)(end - rest->data);
    struct view line = {rest->data, size};
    size_t step = end == NULL ? size : size + 1;
    rest->data += step;
    rest->size_bytes -= step;
    return line;
}

static bool begins_with(struct view text, const char *start)
{
    size_t size = strlen(start);
    return text.size_bytes >= size && memcmp(text.data, start, size) == 0;
}

static void find_blocks(void)
{
    struct view rest = buf_view(&document);
    struct block *open = NULL;
    for (unsigned number = 1; rest.size_bytes > 0; number++) {
        struct view line = next_line(&rest);
        if (!begins_with(line, "```")) {
            if (open != NULL)
                open->text.size_bytes = (size_t)(line.data + line.size_bytes + 1 -
                                                 open->text.data);
        } else if (open != NULL) {
            open = NULL;
        } else {
            assert_true(block_count < BLOCKS_MAX);
            open = &blocks[block_count++];
            *open = (struct block){{line.data + 3, line.size_bytes - 3}, {rest.data, 0},
                                   number + 1};
            if (view_equal(open->info, VIEW("weir prelude")))
                prelude = open;
        }
    }
    assert_null(open);
}

static int read_document(void **state)
{
    (void)state;
    buf_init(&document, mem_libc());
    FILE *file = fopen(document_path, "rb");
    assert_non_null(file);
    char bytes[4096];
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_put(&document, bytes, size);
    fclose(file);
    assert_false(document.failed);
    find_blocks();
    assert_non_null(prelude);
    for (struct view rest = prelude->text; rest.size_bytes > 0; next_line(&rest))
        prelude_lines++;
    return 0;
}

static int free_document(void **state)
{
    (void)state;
    buf_done(&document);
    return 0;
}

/* ---- compiling ---- */

struct result {
    struct policy *policy;
    struct policy_report report;
    struct buf source;
};

/* Compiles the concatenation of up to three pieces. */
static void compile(struct result *result, struct view a, struct view b, struct view c)
{
    result->policy = NULL;
    policy_report_init(&result->report, mem_libc());
    buf_init(&result->source, mem_libc());
    buf_put_view(&result->source, a);
    buf_put_view(&result->source, b);
    buf_put_view(&result->source, c);
    enum status status = policy_compile(PATH, buf_view(&result->source), mem_libc(),
                                        &result->report, &result->policy);
    assert_int_equal(status == STATUS_OK, result->report.error_count == 0);
    assert_true(status == STATUS_OK || status == STATUS_INVALID);
}

static void done(struct result *result)
{
    policy_free(result->policy);
    policy_report_done(&result->report);
    buf_done(&result->source);
}

static bool is_unused(const struct result *result, size_t index)
{
    return result->report.warnings[index] &&
           strcmp(result->report.diags[index].code, "unused") == 0;
}

static void complain(const struct result *result, size_t index, unsigned line)
{
    struct buf text;
    buf_init(&text, mem_libc());
    policy_report_print(&result->report, index, PATH, buf_view(&result->source), false, &text);
    buf_put_char(&text, '\0');
    print_error("docs/language.md:%u:\n%s", line, text.data);
    buf_done(&text);
    complaints++;
}

static bool expect_sound(const struct result *result, bool strict, unsigned line)
{
    for (size_t i = 0; i < result->report.count; i++) {
        if (strict || !is_unused(result, i))
            complain(result, i, line);
    }
    return result->policy != NULL;
}

static void expect_canonical(const struct result *result, unsigned line)
{
    struct policy_report report;
    struct buf text;
    policy_report_init(&report, mem_libc());
    buf_init(&text, mem_libc());
    assert_int_equal(policy_format(PATH, buf_view(&result->source), mem_libc(), &report, &text),
                     STATUS_OK);
    struct view is = buf_view(&result->source);
    struct view should = buf_view(&text);
    while (is.size_bytes > 0 || should.size_bytes > 0) {
        struct view line_is = next_line(&is);
        struct view line_should = next_line(&should);
        if (view_equal(line_is, line_should))
            continue;
        print_error("docs/language.md:%u: not canonical:\n%.*s\nshould be:\n%.*s\n", line,
                    VIEW_ARG(line_is), VIEW_ARG(line_should));
        complaints++;
        break;
    }
    buf_done(&text);
    policy_report_done(&report);
}

/* ---- kinds of blocks ---- */

static void on_blocks(const char *info, void (*check)(const struct block *block))
{
    size_t count = 0;
    complaints = 0;
    for (size_t i = 0; i < block_count; i++) {
        if (!view_equal(blocks[i].info, view_of(info)))
            continue;
        check(&blocks[i]);
        count++;
    }
    assert_true(count > 0);
    assert_int_equal(complaints, 0);
}

static void take_report(struct selftest_sink *sink, const struct selftest_report *report)
{
    (void)sink;
    if (report->failure.size_bytes == 0)
        return;
    print_error("test \"%.*s\" failed: %.*s", VIEW_ARG(report->test->name),
                VIEW_ARG(report->failure));
    complaints++;
}

static void check_policy(const struct block *block)
{
    struct result result;
    struct diag diag;
    struct selftest_sink sink = {take_report};
    compile(&result, block->text, VIEW(""), VIEW(""));
    if (expect_sound(&result, true, block->line)) {
        expect_canonical(&result, block->line);
        struct selftest_options options = {.policy = result.policy, .mem = mem_libc()};
        assert_int_equal(selftest_run(&options, NULL, &sink, &diag), STATUS_OK);
    }
    done(&result);
}

static void check_prelude(const struct block *block)
{
    struct result result;
    compile(&result, block->text, VIEW(""), VIEW(""));
    if (expect_sound(&result, false, block->line))
        expect_canonical(&result, block->line);
    done(&result);
}

static void check_fragment(const struct block *block)
{
    struct result result;
    compile(&result, prelude->text, VIEW("\n"), block->text);
    if (expect_sound(&result, false, block->line))
        expect_canonical(&result, block->line);
    done(&result);
}

/* ---- expressions ---- */

static void put_type(struct buf *out, const struct policy_type *type)
{
    static const char *const words[] = {
        [POLICY_BOOL] = "bool", [POLICY_INT] = "int", [POLICY_NUMBER] = "number",
        [POLICY_MONEY] = "money", [POLICY_TEXT] = "text", [POLICY_TIME] = "time",
        [POLICY_DURATION] = "duration", [POLICY_COUNTRY] = "country", [POLICY_IP] = "ip",
        [POLICY_ONE_OF] = "one of", [POLICY_ENTITY] = "entity ", [POLICY_ID] = "id",
        [POLICY_REF] = "ref",
    };
    buf_put_text(out, type->fractional ? "fractional " : "");
    buf_put_text(out, words[type->base]);
    if (type->base == POLICY_ENTITY)
        buf_put_view(out, type->kind);
    buf_put_text(out, type->optional ? "?" : "");
}

static struct view trimmed(struct view text)
{
    while (text.size_bytes > 0 && text.data[text.size_bytes - 1] == ' ')
        text.size_bytes--;
    while (text.size_bytes > 0 && text.data[0] == ' ') {
        text.data++;
        text.size_bytes--;
    }
    return text;
}

/* Cuts a line at its last #; false when there is none. */
static bool cut_note(struct view line, struct view *ret_code, struct view *ret_note)
{
    size_t at = line.size_bytes;
    while (at > 0 && line.data[at - 1] != '#')
        at--;
    if (at == 0)
        return false;
    *ret_note = trimmed((struct view){line.data + at, line.size_bytes - at});
    *ret_code = trimmed((struct view){line.data, at - 1});
    return true;
}

static const struct policy_let *find_let(const struct policy *policy, struct view name)
{
    uint16_t i = 0;
    while (!view_equal(policy->lets[i].name, name))
        i++;
    return &policy->lets[i];
}

static void check_expression(struct view code, struct view note, unsigned line)
{
    struct result result;
    struct buf let;
    struct buf type;
    buf_init(&let, mem_libc());
    buf_init(&type, mem_libc());
    buf_printf(&let, "\nlet it = %.*s\n", VIEW_ARG(code));
    compile(&result, prelude->text, buf_view(&let), VIEW(""));
    if (expect_sound(&result, false, line)) {
        expect_canonical(&result, line);
        put_type(&type, &find_let(result.policy, VIEW("it"))->type);
    }
    if (!view_equal(buf_view(&type), note)) {
        print_error("docs/language.md:%u: the type is %.*s\n", line, (int)type.size_bytes,
                    type.data);
        complaints++;
    }
    buf_done(&let);
    buf_done(&type);
    done(&result);
}

static void check_expressions(const struct block *block)
{
    struct view rest = block->text;
    for (unsigned line = block->line; rest.size_bytes > 0; line++) {
        struct view code;
        struct view note;
        assert_true(cut_note(next_line(&rest), &code, &note));
        check_expression(code, note, line);
    }
}

/* ---- errors ---- */

/* note: CODE: MESSAGE. The only diagnostic, besides names left unused, is this one. */
static void check_group(struct view statements, struct view note, unsigned line)
{
    struct result result;
    struct buf said;
    bool wants_unused = begins_with(note, "unused");
    const struct diag *found = NULL;
    compile(&result, prelude->text, VIEW("\n"), statements);
    for (size_t i = 0; i < result.report.count; i++) {
        const struct diag *diag = &result.report.diags[i];
        bool here = diag->line > prelude_lines;
        if (is_unused(&result, i) && !(wants_unused && here))
            continue;
        if (found != NULL)
            complain(&result, i, line);
        found = diag;
    }
    buf_init(&said, mem_libc());
    if (found != NULL)
        buf_printf(&said, "%s: %s", found->code, found->message);
    if (!view_equal(buf_view(&said), note)) {
        print_error("docs/language.md:%u: weir says # %.*s\n", line, (int)said.size_bytes,
                    said.data);
        complaints++;
    }
    buf_done(&said);
    done(&result);
}

static void check_errors(const struct block *block)
{
    struct view rest = block->text;
    struct view group = {rest.data, 0};
    for (unsigned line = block->line; rest.size_bytes > 0; line++) {
        struct view text = next_line(&rest);
        struct view code;
        struct view note;
        if (!cut_note(text, &code, &note))
            continue;
        group.size_bytes = (size_t)(code.data + code.size_bytes - group.data);
        check_group(group, note, line);
        group.data = rest.data;
    }
    assert_ptr_equal(group.data, rest.data);
}

/* The next block is the report. */
static void expect_report(const struct result *result, const struct block *block)
{
    struct buf text;
    assert_true(block + 1 < blocks + block_count);
    buf_init(&text, mem_libc());
    for (size_t i = 0; i < result->report.count; i++)
        policy_report_print(&result->report, i, PATH, buf_view(&result->source), false, &text);
    if (!view_equal(buf_view(&text), block[1].text)) {
        print_error("docs/language.md:%u: weir prints\n%.*s", block->line, (int)text.size_bytes,
                    text.data);
        complaints++;
    }
    buf_done(&text);
}

static void check_error(const struct block *block)
{
    struct result result;
    compile(&result, block->text, VIEW(""), VIEW(""));
    expect_report(&result, block);
    done(&result);
}

static void check_analysis(const struct block *block)
{
    struct result result;
    compile(&result, block->text, VIEW(""), VIEW(""));
    if (expect_sound(&result, true, block->line)) {
        expect_canonical(&result, block->line);
        assert_int_equal(policy_analyse(result.policy, block->text, &result.report), STATUS_OK);
        expect_report(&result, block);
    }
    done(&result);
}

/* ---- the tests ---- */

static void policies_run(void **state)
{
    (void)state;
    on_blocks("weir", check_policy);
}

static void prelude_is_sound(void **state)
{
    (void)state;
    on_blocks("weir prelude", check_prelude);
}

static void fragments_are_sound(void **state)
{
    (void)state;
    on_blocks("weir fragment", check_fragment);
}

static void expressions_have_their_types(void **state)
{
    (void)state;
    on_blocks("weir expressions", check_expressions);
}

static void wrong_lines_get_their_diagnostic(void **state)
{
    (void)state;
    on_blocks("weir errors", check_errors);
}

static void wrong_policies_get_their_report(void **state)
{
    (void)state;
    on_blocks("weir error", check_error);
}

static void findings_are_as_shown(void **state)
{
    (void)state;
    on_blocks("weir check", check_analysis);
}

static void every_block_is_of_a_known_kind(void **state)
{
    static const char *const known[] = {"weir", "weir prelude", "weir fragment",
                                        "weir expressions", "weir errors", "weir error",
                                        "weir check", "text", "json", "csv", "ebnf"};
    (void)state;
    for (size_t i = 0; i < block_count; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            found |= view_equal(blocks[i].info, view_of(known[k]));
        if (!found)
            fail_msg("docs/language.md:%u: what is this block?", blocks[i].line);
    }
}

static bool document_has(const char *text)
{
    return memmem(document.data, document.size_bytes, text, strlen(text)) != NULL;
}

/* Too large for an example, or shown by the examples of weir check, or no text at all. */
static bool needs_no_example(const char *code)
{
    return strncmp(code, "limit-", 6) == 0 || strcmp(code, "not-utf8") == 0 ||
           strcmp(code, "shadow-forever") == 0 || strcmp(code, "same-let") == 0;
}

/* The table of codes is that of the compiler, row by row and word by word. */
static void every_code_is_told_with_an_example(void **state)
{
    (void)state;
    for (int i = CODE_NONE + 1; i < POLICY_CODE_COUNT; i++) {
        enum policy_diag code = (enum policy_diag)i;
        const char *text = policy_code_text(code);
        char row[256];
        char note[64];
        char printed[64];
        snprintf(row, sizeof row, "\n| `%s`%s | %s |\n", text, policy_code_warns(code) ? " *" : "",
                 policy_code_meaning(code));
        snprintf(note, sizeof note, "  # %s: ", text);
        snprintf(printed, sizeof printed, " [%s]\n", text);
        if (!document_has(row))
            fail_msg("docs/language.md lacks this row of the table of codes:%s", row);
        if (!needs_no_example(text) && !document_has(note) && !document_has(printed))
            fail_msg("docs/language.md has no example of %s", text);
    }
}

static void every_limit_is_stated(void **state)
{
#define LIMIT(name) {#name, (long long)(name)}
    static const struct {
        const char *name;
        long long value;
    } limits[] = {
        LIMIT(POLICY_SOURCE_BYTES_MAX), LIMIT(POLICY_NAME_BYTES_MAX),
        LIMIT(POLICY_TEXT_BYTES_MAX), LIMIT(POLICY_DIAGS_MAX), LIMIT(POLICY_DEPTH_MAX),
        LIMIT(POLICY_EVENTS_MAX), LIMIT(POLICY_FIELDS_MAX), LIMIT(POLICY_KEYS_MAX),
        LIMIT(POLICY_WINDOWS_MAX), LIMIT(POLICY_LETS_MAX), LIMIT(POLICY_RULES_MAX),
        LIMIT(POLICY_LISTS_MAX), LIMIT(POLICY_LABELS_MAX), LIMIT(POLICY_MODELS_MAX),
        LIMIT(POLICY_BANDS_MAX), LIMIT(POLICY_TESTS_MAX), LIMIT(POLICY_TEST_STEPS_MAX),
        LIMIT(POLICY_EXPECTS_MAX), LIMIT(POLICY_SLOTS_MAX), LIMIT(POLICY_REASON_BYTES_MAX),
        LIMIT(POLICY_SCORE_MAX), LIMIT(POLICY_INT_MAX), LIMIT(POLICY_SOURCES_MAX),
        LIMIT(POLICY_CHOICES_MAX), LIMIT(POLICY_ARGUMENTS_MAX), LIMIT(POLICY_EXPLAIN_MAX),
        LIMIT(POLICY_NODES_MAX), LIMIT(POLICY_CODE_MAX), LIMIT(DURATION_MS_MAX),
        LIMIT(ENGINE_SENTENCE_BYTES_MAX), LIMIT(ENGINE_SENTENCES_BYTES_MAX),
        LIMIT(ENGINE_CASE_BYTES_MAX), LIMIT(ENGINE_CASES_BYTES_MAX),
        LIMIT(ENGINE_FEATURE_BYTES_MAX),
    };
#undef LIMIT
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char row[96];
        snprintf(row, sizeof row, "| `%s` | %lld |", limits[i].name, limits[i].value);
        if (!document_has(row))
            fail_msg("docs/language.md lacks %s", row);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s docs/language.md\n", argv[0]);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_of_a_known_kind),
        cmocka_unit_test(prelude_is_sound),
        cmocka_unit_test(policies_run),
        cmocka_unit_test(fragments_are_sound),
        cmocka_unit_test(expressions_have_their_types),
        cmocka_unit_test(wrong_lines_get_their_diagnostic),
        cmocka_unit_test(wrong_policies_get_their_report),
        cmocka_unit_test(findings_are_as_shown),
        cmocka_unit_test(every_code_is_told_with_an_example),
        cmocka_unit_test(every_limit_is_stated),
    };
    document_path = argv[1];
    return cmocka_run_group_tests_name("docs_language", tests, read_document, free_document);
}
