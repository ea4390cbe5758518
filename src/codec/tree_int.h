#ifndef CODEC_TREE_INT_H
#define CODEC_TREE_INT_H

#include "codec/tree.h"

/* A document while it is read. */
struct tree_parse {
    const char *data;
    size_t size_bytes;
    size_t at;
    struct arena *arena;
    struct diag *diag;
    enum status status;  /* why a function returned NULL or false */
    unsigned depth;      /* of containers that are open */
    bool number_words;
};

/* Sets up a parse; STATUS_LIMIT with its diag when the document is too long. */
MUST_CHECK enum status tree_parse_init(struct tree_parse *parse, struct view bytes,
                                       struct arena *arena, struct diag *diag);

/* Says what is wrong at a byte, and returns false. The message is followed by the place. */
bool tree_refuse(struct tree_parse *parse, size_t at, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Memory of the arena, or NULL with the reason said. */
void *tree_array(struct tree_parse *parse, size_t count, size_t item_size);

/* A value of a kind that starts at a byte, or NULL. */
struct tree_value *tree_new(struct tree_parse *parse, enum tree_kind kind, size_t offset);

/* Counts one container more that is open; false when they are too many. */
bool tree_enter(struct tree_parse *parse);

/* Checks that no two fields of an object have one key. */
bool tree_check_keys(struct tree_parse *parse, struct tree_value *object);

#endif
