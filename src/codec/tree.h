#ifndef CODEC_TREE_H
#define CODEC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/status.h"
#include "base/view.h"

/*
 * A whole document as a tree of values, read from JSON or from UBJ (Universal Binary JSON): for
 * files such as models, of which many parts are looked at in no certain order. For lines of events
 * see json.h.
 *
 * An array of nothing but numbers is a run: its numbers lie side by side, 8 bytes or less each, and
 * are asked for by index. All other arrays, and objects, are lists of values.
 */

#define TREE_BYTES_MAX ((size_t)1 << 30) /* a longer document is STATUS_LIMIT */
#define TREE_DEPTH_MAX 64                /* arrays and objects inside one another */

enum tree_kind {
    TREE_NULL,
    TREE_BOOL,
    TREE_I64,    /* a number written without point and exponent that fits */
    TREE_F64,    /* any other number */
    TREE_STRING,
    TREE_ARRAY,
    TREE_OBJECT,
};

/* How the numbers of a run lie: in this machine's order, or as the UBJ file has them. */
enum tree_run {
    TREE_RUN_NONE, /* a list of values */
    TREE_RUN_I64, TREE_RUN_F64,
    TREE_RUN_UBJ_I8, TREE_RUN_UBJ_U8, TREE_RUN_UBJ_I16, TREE_RUN_UBJ_I32, TREE_RUN_UBJ_I64,
    TREE_RUN_UBJ_F32, TREE_RUN_UBJ_F64,
};

struct tree_value {
    struct view key;         /* in an object: unescaped, and no other field there has it */
    struct tree_value *next; /* behind it in its list, or NULL */
    uint32_t offset;         /* of its first byte in the document */
    uint32_t count;          /* values of an array or object, bytes of a string */
    uint8_t kind;            /* enum tree_kind */
    uint8_t run;             /* of an array: enum tree_run */
    union {
        bool truth;
        int64_t whole;
        double real;
        const char *text;         /* UTF-8, unescaped; not NUL-terminated */
        struct tree_value *first; /* of a list, or NULL */
        const void *numbers;      /* of a run */
    };
};

/* Reads a JSON document (RFC 8259; fields that stand twice in one object are refused).
 * bytes: borrowed for as long as the tree, which points into them; hostile.
 * number_words: NaN, Infinity and -Infinity count as numbers, which JSON does not have and XGBoost
 * writes.
 * arena: receives the tree; its bound limits what a document can make of itself (at most 48 bytes
 * for one of the document), and it may hold parts of the tree after a failure.
 * STATUS_INVALID, and STATUS_LIMIT for one of the limits above or the arena's bound, with a diag
 * (may be NULL) that names the byte, counted from 0; STATUS_NO_MEMORY. Linear in the bytes (times
 * the logarithm of the largest object's fields). Any thread. */
MUST_CHECK enum status tree_read_json(struct view bytes, bool number_words, struct arena *arena,
                                      const struct tree_value **ret_root, struct diag *diag);

/* Reads a UBJ document (Universal Binary JSON, draft 12, ubjson.org; big-endian numbers, any of its
 * types except that a typed container's items must be numbers, strings or containers). Numbers may
 * be NAN or infinite. Otherwise as tree_read_json. */
MUST_CHECK enum status tree_read_ubj(struct view bytes, struct arena *arena,
                                     const struct tree_value **ret_root, struct diag *diag);

/* The field of an object, or NULL when it has none of that key, or is no object, or is NULL.
 * O(fields). */
const struct tree_value *tree_field(const struct tree_value *object, struct view key);

/* The first value of an array that is no run or of an object, else NULL; go on by `next`. `value`
 * may be NULL. */
const struct tree_value *tree_first(const struct tree_value *value);

/* The text of a string; false when it is none, or is NULL. */
bool tree_text(const struct tree_value *value, struct view *ret_text);

/* A number as a double: a whole one rounded where it has more than 53 bits; false when it is no
 * number, or is NULL. */
bool tree_f64(const struct tree_value *value, double *ret_value);

/* A whole number; false when it is none, or is NULL. 1.0 is not one. */
bool tree_i64(const struct tree_value *value, int64_t *ret_value);

/* Whether this is an array of numbers, that is a run or empty; `value` may be NULL. */
bool tree_is_run(const struct tree_value *value);

/* Whether this is a run of whole numbers, or an empty array; `value` may be NULL. */
bool tree_is_whole_run(const struct tree_value *value);

/* Number `index` of a run, below its count. O(1). */
double tree_run_f64(const struct tree_value *run, uint32_t index);

/* Number `index`, below its count, of a run of whole numbers. O(1). */
int64_t tree_run_i64(const struct tree_value *run, uint32_t index);

#endif
