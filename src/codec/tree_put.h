#ifndef CODEC_TREE_PUT_H
#define CODEC_TREE_PUT_H

#include "base/buf.h"
#include "codec/tree.h"

/* Appends a document as JSON in one line: fields and values in their order, texts escaped, whole
 * numbers as such, all others with a point or an exponent, so that what reads them again tells them
 * apart as the document did; NaN, Infinity and -Infinity as words, which JSON does not have. Read
 * again by tree_read_json it is the same tree. Linear. */
void tree_put_json(const struct tree_value *value, struct buf *out);

#endif
