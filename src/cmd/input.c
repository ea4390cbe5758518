/* One idea: bytes are pulled through decompression, a peek at their beginning, and a splitter; each
 * stage knows only the one before it. */
#include <string.h>

#include "cmd/session.h"

const char *const cmd_input_formats[] = {"auto", "ndjson", "csv", NULL};

/* Words, because shells and people may read the characters themselves as something else. */
const char *const cmd_input_separators[] = {"comma", "semicolon", "tab", "pipe", NULL};
const char *const cmd_input_separator_chars[] = {",", ";", "\t", "|", NULL};
static const char separators[] = ",;\t|";

static enum status read_file(void *context, char *to, size_t max, size_t *ret_size,
                             struct diag *diag)
{
    struct cmd_input *input = context;
    return os_read(input->context->os, &input->file, to, max, ret_size, diag);
}

static enum status read_peeked(void *context, char *to, size_t max, size_t *ret_size,
                               struct diag *diag)
{
    struct cmd_input *input = context;
    size_t left = input->peeked_bytes - input->peeked_at;
    if (left == 0)
        return inflate_read(input->inflate, to, max, ret_size, diag);
    size_t size = left < max ? left : max;
    memcpy(to, input->peeked + input->peeked_at, size);
    input->peeked_at += size;
    *ret_size = size;
    return STATUS_OK;
}

static bool has_ending(const char *path, const char *ending)
{
    static const char *const packed[] = {"", ".gz", ".zst"};
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        size_t rest = strlen(ending) + strlen(packed[i]);
        if (size > rest && strncmp(path + size - rest, ending, strlen(ending)) == 0 &&
            strcmp(path + size - strlen(packed[i]), packed[i]) == 0)
            return true;
    }
    return false;
}

/* An object begins with a brace; everything else that is not blank is taken for a header row. */
static enum engine_format guess_format(const struct cmd_input *input, const char *path)
{
    if (has_ending(path, ".csv"))
        return ENGINE_CSV;
    if (has_ending(path, ".ndjson") || has_ending(path, ".jsonl") || has_ending(path, ".json"))
        return ENGINE_NDJSON;
    size_t at = 0;
    while (at < input->peeked_bytes && strchr(" \t\r\n\xef\xbb\xbf", input->peeked[at]) != NULL &&
           input->peeked[at] != '\0')
        at++;
    return at == input->peeked_bytes || input->peeked[at] == '{' ? ENGINE_NDJSON : ENGINE_CSV;
}

static enum cmd_exit complain(struct cmd_input *input, enum status status,
                              const struct diag *diag)
{
    return cmd_fail(input->context, diag->line > 0 ? input->file.path : NULL, status, diag);
}

/* Reads the first record and keeps its names. */
static enum status read_header(struct cmd_input *input, struct diag *diag)
{
    struct line line;
    size_t count = 0;
    enum status status = lines_read(input->lines, &line, 1, &count, diag);
    if (status == STATUS_END) {
        diag_set(diag, "no-header", "%s is empty: a CSV input needs a header row",
                 input->file.path);
        return STATUS_INVALID;
    }
    if (status != STATUS_OK)
        return status;
    struct csv_reader *csv = csv_reader_new(input->context->mem, input->separator);
    if (csv == NULL)
        return STATUS_NO_MEMORY;
    status = line.status;
    if (status != STATUS_OK)
        diag_set(diag, "bad-header", "the header row is too long or has a quote never closed");
    else
        status = csv_record_read(csv, line.text, input->header, CSV_FIELDS_MAX,
                                 &input->header_count, diag);
    for (size_t i = 0; status == STATUS_OK && i < input->header_count; i++) {
        size_t start = input->header_text.size_bytes;
        buf_put_view(&input->header_text, input->header[i]);
        input->header[i].data = NULL;
        input->header[i].size_bytes = input->header_text.size_bytes - start;
    }
    csv_reader_free(csv);
    if (status == STATUS_OK)
        status = buf_status(&input->header_text);
    const char *data = input->header_text.data;
    for (size_t i = 0; status == STATUS_OK && i < input->header_count; i++) {
        input->header[i].data = data;
        data += input->header[i].size_bytes;
    }
    if (status == STATUS_INVALID && strcmp(diag->code, "csv-utf8") == 0)
        diag_hint(diag, "if it is Latin-1, convert it: `iconv -f ISO-8859-1 -t UTF-8`");
    if (status != STATUS_OK)
        diag->line = 1;
    return status;
}

/* Besides its mark UTF-16 has bytes of zero, in every line break at least. */
static enum status refuse_utf16(const struct cmd_input *input, struct diag *diag)
{
    const char *s = input->peeked;
    if (input->peeked_bytes < 2 || memchr(s, '\0', input->peeked_bytes) == NULL ||
        (memcmp(s, "\xff\xfe", 2) != 0 && memcmp(s, "\xfe\xff", 2) != 0))
        return STATUS_OK;
    diag_set(diag, "utf-16", "%s is UTF-16, not UTF-8", input->file.path);
    diag_hint(diag, "convert it: `iconv -f UTF-16 -t UTF-8`");
    return STATUS_INVALID;
}

/* Spreadsheets tell each other the separator in a line `sep=;` before the header. */
static enum status refuse_sep_line(const struct cmd_input *input, struct diag *diag)
{
    struct view text = {input->peeked, input->peeked_bytes};
    size_t bom = text.size_bytes >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    const char *s = text.data + bom;
    size_t left = text.size_bytes - bom;
    if (left < 5 || memcmp(s, "sep=", 4) != 0 || (left > 5 && s[5] != '\n' && s[5] != '\r'))
        return STATUS_OK;
    const char *found = s[4] == '\0' ? NULL : strchr(separators, s[4]);
    if (found == NULL)
        return STATUS_OK;
    diag_set(diag, "bad-header", "the first line only says `sep=`, it is not the header");
    diag_hint(diag, "remove that line and give --separator %s",
              cmd_input_separators[found - separators]);
    diag->line = 1;
    return STATUS_INVALID;
}

static enum status open_stages(struct cmd_input *input, const char *path,
                               enum cmd_input_format format, struct diag *diag)
{
    struct mem *mem = input->context->mem;
    input->inflate = inflate_new(mem, (struct source){read_file, input});
    if (input->inflate == NULL)
        return STATUS_NO_MEMORY;
    enum status status = inflate_read(input->inflate, input->peeked, sizeof input->peeked,
                                      &input->peeked_bytes, diag);
    if (status == STATUS_OK)
        status = refuse_utf16(input, diag);
    if (status != STATUS_OK)
        return status;
    input->format = format == CMD_INPUT_AUTO  ? guess_format(input, path)
                    : format == CMD_INPUT_CSV ? ENGINE_CSV
                                              : ENGINE_NDJSON;
    if (input->format == ENGINE_CSV)
        status = refuse_sep_line(input, diag);
    if (status != STATUS_OK)
        return status;
    input->lines = lines_new(mem, input->format == ENGINE_CSV ? LINES_CSV : LINES_NDJSON,
                             input->separator, (struct source){read_peeked, input});
    if (input->lines == NULL)
        return STATUS_NO_MEMORY;
    return input->format == ENGINE_CSV ? read_header(input, diag) : STATUS_OK;
}

enum cmd_exit cmd_input_open(struct cmd_input *input, struct cmd_context *context,
                             const char *path, const struct cmd_value *options)
{
    struct diag diag = {0};
    enum cmd_input_format format = (enum cmd_input_format)options[0].choice;
    *input = (struct cmd_input){.context = context, .file = OS_FILE_CLOSED,
                                .separator = separators[options[1].choice]};
    buf_init(&input->header_text, context->mem);
    input->is_stdin = path == NULL || strcmp(path, "-") == 0;
    enum status status = STATUS_OK;
    if (input->is_stdin)
        input->file = os_stdin();
    else
        status = os_open(context->os, path, OS_READ, &input->file, &diag);
    if (status == STATUS_OK && os_size(context->os, &input->file, &input->size_bytes, NULL) !=
                                   STATUS_OK)
        input->size_bytes = 0;
    if (status == STATUS_OK)
        status = open_stages(input, input->is_stdin ? "" : path, format, &diag);
    return status == STATUS_OK ? cmd_files_note(context, &input->file, "the events")
                               : complain(input, status, &diag);
}

void cmd_input_close(struct cmd_input *input)
{
    if (input->context == NULL)
        return;
    lines_free(input->lines);
    inflate_free(input->inflate);
    buf_done(&input->header_text);
    if (!input->is_stdin) {
        /* Nothing was written: a failing close loses nothing. */
        enum status ignored = os_close(input->context->os, &input->file, NULL);
        (void)ignored;
    }
    input->context = NULL;
}

/* A header of one column that holds other separators was most likely cut at the wrong ones. */
static void suggest_separator(const struct cmd_input *input, struct diag *diag)
{
    if (input->header_count != 1)
        return;
    struct view name = input->header[0];
    for (size_t i = 0; separators[i] != '\0'; i++)
        if (separators[i] != input->separator && name.size_bytes > 0 &&
            memchr(name.data, separators[i], name.size_bytes) != NULL)
            diag_hint(diag, "its fields look separated otherwise: add --separator %s",
                      cmd_input_separators[i]);
}

enum cmd_exit cmd_input_header(struct cmd_input *input, const struct cmd_session *session)
{
    if (input->format != ENGINE_CSV)
        return CMD_EXIT_OK;
    struct diag diag = {0};
    engine_csv_separator(session->engine, input->separator);
    enum status status =
        engine_csv_header(session->engine, input->header, input->header_count, &diag);
    if (status == STATUS_OK) {
        cmd_columns_warn(input, session);
        return CMD_EXIT_OK;
    }
    diag.line = 1;
    if (strcmp(diag.code, "missing-column") == 0)
        cmd_columns_suggest(input, session->policy, &diag);
    suggest_separator(input, &diag);
    return complain(input, status, &diag);
}

enum cmd_exit cmd_input_read(struct cmd_input *input, struct line *batch, size_t count_max,
                             size_t *ret_count)
{
    struct diag diag = {0};
    enum status status = lines_read(input->lines, batch, count_max, ret_count, &diag);
    if (status == STATUS_OK)
        return CMD_EXIT_OK;
    *ret_count = 0;
    return status == STATUS_END ? CMD_EXIT_OK : complain(input, status, &diag);
}

uint64_t cmd_input_done_bytes(const struct cmd_input *input)
{
    return inflate_input_bytes(input->inflate);
}
