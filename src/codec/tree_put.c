/* One idea: what a reader could tell apart it can tell apart again: 1 is written 1, and 1.0 is
 * written 1.0. */
#include "codec/tree_put.h"

#include <math.h>
#include <string.h>

#include "codec/json.h"
#include "codec/number.h"

static void put_real(struct buf *out, double value)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    if (isnan(value)) {
        buf_put_text(out, "NaN");
    } else if (isinf(value)) {
        buf_put_text(out, value < 0 ? "-Infinity" : "Infinity");
    } else {
        size_t size = number_format_f64(text, value);
        buf_put(out, text, size);
        if (memchr(text, '.', size) == NULL && memchr(text, 'e', size) == NULL)
            buf_put_text(out, ".0");
    }
}

static void put_run(const struct tree_value *run, struct buf *out)
{
    bool whole = tree_is_whole_run(run);
    for (uint32_t i = 0; i < run->count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        if (whole)
            buf_put_i64(out, tree_run_i64(run, i));
        else
            put_real(out, tree_run_f64(run, i));
    }
}

static void put_list(const struct tree_value *list, bool keys, struct buf *out)
{
    for (const struct tree_value *at = tree_first(list); at != NULL; at = at->next) {
        if (keys) {
            json_put_string(out, at->key);
            buf_put_char(out, ':');
        }
        tree_put_json(at, out);
        if (at->next != NULL)
            buf_put_char(out, ',');
    }
}

/* Recurses as deep as the document is, at most TREE_DEPTH_MAX. */
void tree_put_json(const struct tree_value *value, struct buf *out)
{
    switch ((enum tree_kind)value->kind) {
    case TREE_NULL:
        buf_put_text(out, "null");
        break;
    case TREE_BOOL:
        buf_put_text(out, value->truth ? "true" : "false");
        break;
    case TREE_I64:
        buf_put_i64(out, value->whole);
        break;
    case TREE_F64:
        put_real(out, value->real);
        break;
    case TREE_STRING:
        json_put_string(out, (struct view){value->text, value->count});
        break;
    case TREE_ARRAY:
        buf_put_char(out, '[');
        if (value->run != TREE_RUN_NONE)
            put_run(value, out);
        else
            put_list(value, false, out);
        buf_put_char(out, ']');
        break;
    case TREE_OBJECT:
        buf_put_char(out, '{');
        put_list(value, true, out);
        buf_put_char(out, '}');
        break;
    }
}
