/* One idea: the first pass says only that something is wrong; what and where is looked for
 * slowly, in the text itself, so that a message does not depend on the processor. */
#include "base/diag.h"
#include "base/utf8.h"
#include "base/view.h"
#include "codec/json_int.h"

void json_diag_place(struct diag *diag, size_t offset, size_t size_bytes)
{
    if (diag == NULL)
        return;
    diag->column = (uint32_t)offset + 1;
    diag->span = size_bytes == 0 ? 1 : (uint32_t)size_bytes;
}

/* The offset of the first control character in a string, or of the quote of a string that does not
 * end, or the size. As in the first pass, a backslash hides a quote outside of strings too. */
static size_t find_bad_string(struct view text)
{
    size_t quote = text.size_bytes;
    for (size_t at = 0; at < text.size_bytes; at++) {
        bool inside = quote != text.size_bytes;
        char c = text.data[at];
        if (c == '"')
            quote = inside ? text.size_bytes : at;
        else if (c == '\\')
            at++;
        else if (inside && (unsigned char)c < 0x20)
            return at;
    }
    return quote;
}

void json_fault_explain(enum json_fault fault, const char *data, size_t size_bytes,
                        struct diag *diag)
{
    struct view text = {data, size_bytes};
    if (fault == JSON_FAULT_EMPTY) {
        diag_set(diag, "json-end", "there is nothing but white space");
        json_diag_place(diag, text.size_bytes, 1);
        return;
    }
    size_t bad = utf8_valid_prefix(text.data, text.size_bytes);
    if (bad < text.size_bytes) {
        diag_set(diag, "json-utf8", "these bytes are not UTF-8");
        json_diag_place(diag, bad, 1);
        return;
    }
    bad = find_bad_string(text);
    if (bad < text.size_bytes && text.data[bad] == '"') {
        diag_set(diag, "json-string", "this string does not end");
    } else {
        diag_set(diag, "json-control", "a control character stands in a string");
        diag_hint(diag, "%s", "control characters are written \\n, \\t or \\uXXXX");
    }
    json_diag_place(diag, bad, 1);
}
