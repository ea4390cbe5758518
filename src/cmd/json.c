/* One idea: a stack of closing brackets and one bit for the comma. */
#include "cmd/json.h"

#include <math.h>

#include "base/assert.h"
#include "base/money.h"
#include "codec/json.h"
#include "codec/number.h"

static void separate(struct cmd_json *json)
{
    if (!json->first)
        buf_put_char(json->out, ',');
    json->first = false;
}

static void put_name(struct cmd_json *json, struct view name)
{
    separate(json);
    json_put_string(json->out, name);
    buf_put_char(json->out, ':');
}

static void open(struct cmd_json *json, char opener, char closer)
{
    ASSERT(json->depth < sizeof json->closers);
    buf_put_char(json->out, opener);
    json->closers[json->depth++] = closer;
    json->first = true;
}

struct cmd_json cmd_json_begin(struct buf *out)
{
    struct cmd_json json = {.out = out};
    open(&json, '{', '}');
    return json;
}

void cmd_json_object(struct cmd_json *json, const char *name)
{
    put_name(json, view_of(name));
    open(json, '{', '}');
}

void cmd_json_array(struct cmd_json *json, const char *name)
{
    put_name(json, view_of(name));
    open(json, '[', ']');
}

void cmd_json_item(struct cmd_json *json)
{
    separate(json);
    open(json, '{', '}');
}

void cmd_json_end(struct cmd_json *json)
{
    ASSERT(json->depth > 0);
    buf_put_char(json->out, json->closers[--json->depth]);
    json->first = false;
}

void cmd_json_u64_named(struct cmd_json *json, struct view name, uint64_t value)
{
    put_name(json, name);
    buf_put_u64(json->out, value);
}

void cmd_json_u64(struct cmd_json *json, const char *name, uint64_t value)
{
    cmd_json_u64_named(json, view_of(name), value);
}

void cmd_json_f64(struct cmd_json *json, const char *name, double value)
{
    put_name(json, view_of(name));
    if (isfinite(value))
        number_put_f64(json->out, value);
    else
        buf_put_text(json->out, "null");
}

void cmd_json_text(struct cmd_json *json, const char *name, const char *value)
{
    cmd_json_view(json, name, view_of(value));
}

void cmd_json_view(struct cmd_json *json, const char *name, struct view value)
{
    put_name(json, view_of(name));
    json_put_string(json->out, value);
}

void cmd_json_bool(struct cmd_json *json, const char *name, bool value)
{
    put_name(json, view_of(name));
    buf_put_text(json->out, value ? "true" : "false");
}

void cmd_json_raw(struct cmd_json *json, struct view name, struct view value)
{
    put_name(json, name);
    buf_put_view(json->out, value);
}

void cmd_json_money(struct cmd_json *json, const char *name, int64_t minor, unsigned exponent)
{
    char text[MONEY_TEXT_BYTES_MAX];
    put_name(json, view_of(name));
    buf_put(json->out, text, money_format(text, minor, exponent));
}
