#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

/* Writes JSON objects and arrays for programs to read: commas are its care, names and nesting the
 * caller's. Appends to a buffer, which remembers failures. */
struct cmd_json {
    struct buf *out;
    char closers[16];  /* how each level ends */
    unsigned depth;
    bool first;        /* nothing yet at this level */
};

struct cmd_json cmd_json_begin(struct buf *out);              /* starts an object */
void cmd_json_object(struct cmd_json *json, const char *name); /* an object in an object */
void cmd_json_array(struct cmd_json *json, const char *name);  /* an array in an object */
void cmd_json_item(struct cmd_json *json);                     /* an object in an array */
void cmd_json_end(struct cmd_json *json);                      /* ends the innermost */

/* A member of an object, each by its name; texts must be UTF-8. */
void cmd_json_u64(struct cmd_json *json, const char *name, uint64_t value);
/* As cmd_json_u64, for a name that is not a C string. */
void cmd_json_u64_named(struct cmd_json *json, struct view name, uint64_t value);
void cmd_json_f64(struct cmd_json *json, const char *name, double value); /* null unless finite */
void cmd_json_text(struct cmd_json *json, const char *name, const char *value);
void cmd_json_view(struct cmd_json *json, const char *name, struct view value);
void cmd_json_bool(struct cmd_json *json, const char *name, bool value);
/* A member whose value is JSON already. */
void cmd_json_raw(struct cmd_json *json, struct view name, struct view value);
/* An amount in major units, as a decimal number. */
void cmd_json_money(struct cmd_json *json, const char *name, int64_t minor, unsigned exponent);

#endif
