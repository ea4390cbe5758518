/* One idea: all parsing cases of JSONTestSuite, read from their packed archive by our own
 * reader: y_ must be accepted, n_ refused, and for each i_, where RFC 8259 leaves the choice,
 * the table below says what weir does and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "codec/inflate.h"
#include "codec/json.h"
#include "codec/tree.h"

#define CASES 318
#define TAR_BLOCK_BYTES 512
#define FOLDER "jsontestsuite/test_parsing/"

#define AS_TEXT "the grammar holds; a number stays text until its reader says what range it allows"
#define SURROGATE "half of a surrogate pair is no character and could not be written as UTF-8"
#define NOT_UTF8 "RFC 8259 section 8.1: text between systems is UTF-8"

struct decision {
    const char *name;
    bool accepted;
    const char *reason;
};

static const struct decision decisions[] = {
    {"i_number_double_huge_neg_exp.json", true, AS_TEXT},
    {"i_number_huge_exp.json", true, AS_TEXT},
    {"i_number_neg_int_huge_exp.json", true, AS_TEXT},
    {"i_number_pos_double_huge_exp.json", true, AS_TEXT},
    {"i_number_real_neg_overflow.json", true, AS_TEXT},
    {"i_number_real_pos_overflow.json", true, AS_TEXT},
    {"i_number_real_underflow.json", true, AS_TEXT},
    {"i_number_too_big_neg_int.json", true, AS_TEXT},
    {"i_number_too_big_pos_int.json", true, AS_TEXT},
    {"i_number_very_big_negative_int.json", true, AS_TEXT},
    {"i_object_key_lone_2nd_surrogate.json", false, SURROGATE},
    {"i_string_1st_surrogate_but_2nd_missing.json", false, SURROGATE},
    {"i_string_1st_valid_surrogate_2nd_invalid.json", false, SURROGATE},
    {"i_string_UTF-16LE_with_BOM.json", false, NOT_UTF8},
    {"i_string_UTF-8_invalid_sequence.json", false, NOT_UTF8},
    {"i_string_UTF8_surrogate_U+D800.json", false, NOT_UTF8},
    {"i_string_incomplete_surrogate_and_escape_valid.json", false, SURROGATE},
    {"i_string_incomplete_surrogate_pair.json", false, SURROGATE},
    {"i_string_incomplete_surrogates_escape_valid.json", false, SURROGATE},
    {"i_string_invalid_lonely_surrogate.json", false, SURROGATE},
    {"i_string_invalid_surrogate.json", false, SURROGATE},
    {"i_string_invalid_utf-8.json", false, NOT_UTF8},
    {"i_string_inverted_surrogates_U+1D11E.json", false, SURROGATE},
    {"i_string_iso_latin_1.json", false, NOT_UTF8},
    {"i_string_lone_second_surrogate.json", false, SURROGATE},
    {"i_string_lone_utf8_continuation_byte.json", false, NOT_UTF8},
    {"i_string_not_in_unicode_range.json", false, NOT_UTF8},
    {"i_string_overlong_sequence_2_bytes.json", false, NOT_UTF8},
    {"i_string_overlong_sequence_6_bytes.json", false, NOT_UTF8},
    {"i_string_overlong_sequence_6_bytes_null.json", false, NOT_UTF8},
    {"i_string_truncated-utf-8.json", false, NOT_UTF8},
    {"i_string_utf16BE_no_BOM.json", false, NOT_UTF8},
    {"i_string_utf16LE_no_BOM.json", false, NOT_UTF8},
    {"i_structure_500_nested_arrays.json", false, "deeper than JSON_DEPTH_MAX"},
    {"i_structure_UTF-8_BOM_empty_object.json", false,
     "RFC 8259 section 8.1: no byte order mark; a stream's first one is taken off by lines.h"},
};

static enum status read_file(void *context, char *to, size_t max, size_t *ret_size,
                             struct diag *diag)
{
    *ret_size = fread(to, 1, max, context);
    if (ferror(context) == 0)
        return STATUS_OK;
    diag_set(diag, "test-file", "the archive cannot be read");
    return STATUS_IO;
}

/* Unpacks the archive; false when there is none. */
static bool read_archive(const char *path, struct buf *archive)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    struct inflate *stream = inflate_new(mem_libc(), (struct source){read_file, file});
    assert_non_null(stream);
    size_t size = 0;
    do {
        char *to = buf_reserve(archive, 65536);
        assert_non_null(to);
        assert_int_equal(inflate_read(stream, to, 65536, &size, NULL), STATUS_OK);
        archive->size_bytes += size;
    } while (size > 0);
    inflate_free(stream);
    fclose(file);
    return true;
}

/* Goes to the next plain file of a tar archive (POSIX ustar: 512-byte header, name at 0, size in
 * octal at 124, kind at 156, then the content in whole blocks); false at the end. */
static bool next_file(struct view *archive, const char **ret_name, struct view *ret_content)
{
    while (archive->size_bytes >= TAR_BLOCK_BYTES && archive->data[0] != '\0') {
        const char *header = archive->data;
        size_t size = strtoul(header + 124, NULL, 8);
        size_t blocks = 1 + (size + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES;
        assert_true(blocks * TAR_BLOCK_BYTES <= archive->size_bytes);
        archive->data += blocks * TAR_BLOCK_BYTES;
        archive->size_bytes -= blocks * TAR_BLOCK_BYTES;
        if (header[156] != '0' && header[156] != '\0')
            continue;
        *ret_name = header;
        *ret_content = (struct view){header + TAR_BLOCK_BYTES, size};
        return true;
    }
    return false;
}

/* What must become of a case; counts the decisions used. */
static bool must_accept(const char *name, size_t *decisions_used)
{
    if (name[0] == 'y' || name[0] == 'n')
        return name[0] == 'y';
    for (size_t i = 0; i < sizeof decisions / sizeof decisions[0]; i++) {
        if (strcmp(decisions[i].name, name) == 0) {
            (*decisions_used)++;
            return decisions[i].accepted;
        }
    }
    fail_msg("%s: undecided", name);
    return false;
}

/* The tree's reader must say the same, but that it knows fields that stand twice in an object, and
 * numbers beyond the largest double. */
static void check_tree(const char *name, struct view content, enum status status)
{
    struct arena arena;
    struct diag diag;
    const struct tree_value *root;
    arena_init(&arena, mem_libc(), 0);
    enum status said = tree_read_json(content, false, &arena, &root, &diag);
    arena_done(&arena);
    bool stricter = said == STATUS_INVALID && (strcmp(diag.code, "document-duplicate") == 0 ||
                                               strcmp(diag.code, "json-number") == 0);
    if ((said == STATUS_OK) != (status == STATUS_OK) && !stricter)
        fail_msg("%s: the tree's reader says %d: %s", name, (int)said, diag.message);
}

static size_t run_cases(struct json_reader *reader, struct view archive, size_t *decisions_used)
{
    size_t cases = 0;
    const char *name;
    struct view content;
    struct diag diag;
    while (next_file(&archive, &name, &content)) {
        if (strncmp(name, FOLDER, strlen(FOLDER)) != 0)
            continue;
        name += strlen(FOLDER);
        cases++;
        json_reader_begin(reader);
        enum status status = json_validate(reader, content, &diag);
        if ((status == STATUS_OK) != must_accept(name, decisions_used))
            fail_msg("%s: status %d: %s", name, (int)status, diag.message);
        assert_true(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_LIMIT);
        check_tree(name, content, status);
    }
    return cases;
}

static void decides_every_case(void **state)
{
    (void)state;
    struct buf archive;
    buf_init(&archive, mem_libc());
    if (!read_archive(WEIR_DATA "/vectors/jsontestsuite.tar.zst", &archive)) {
        print_message("# skipped: %s/vectors/jsontestsuite.tar.zst is not there\n", WEIR_DATA);
        skip();
    }
    size_t decisions_used = 0;
    struct json_reader *reader = json_reader_new(mem_libc());
    assert_non_null(reader);
    assert_int_equal(run_cases(reader, buf_view(&archive), &decisions_used), CASES);
    assert_int_equal(decisions_used, sizeof decisions / sizeof decisions[0]);
    json_reader_free(reader);
    buf_done(&archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_every_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
