#ifndef CODEC_JSON_INT_H
#define CODEC_JSON_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the first pass over a text found wrong with it. */
enum json_fault {
    JSON_FAULT_NONE,
    JSON_FAULT_EMPTY,    /* nothing but white space */
    JSON_FAULT_UTF8,     /* not UTF-8 */
    JSON_FAULT_CONTROL,  /* a control character inside a string */
    JSON_FAULT_UNCLOSED, /* a string that does not end */
};

/* simdjson's first pass, on the best instructions this processor has. */
struct json_indexer;

/* For texts of at most `size_bytes_max`; NULL when there is no memory. */
struct json_indexer *json_indexer_new(size_t size_bytes_max);

/* Frees; `indexer` may be NULL. */
void json_indexer_free(struct json_indexer *indexer);

/* Finds where each token of a text starts. On JSON_FAULT_NONE the text is UTF-8, its strings end
 * and hold no control characters, and *ret_offsets has *ret_count offsets of tokens in order and
 * the size of the text behind them; borrowed until the next call. A token is one of []{}:, or a
 * run of other bytes; behind a string's closing quote a new one begins. Between tokens lies
 * white space. Faults are not told apart reliably when a text has several. */
enum json_fault json_indexer_run(struct json_indexer *indexer, const char *data, size_t size_bytes,
                                 const uint32_t **ret_offsets, size_t *ret_count);

struct diag;

/* Sets the place of a diag (may be NULL) to `size_bytes` bytes at `offset` of the text. */
void json_diag_place(struct diag *diag, size_t offset, size_t size_bytes);

/* Puts a fault into words, with its place. `diag` may be NULL. */
void json_fault_explain(enum json_fault fault, const char *data, size_t size_bytes,
                        struct diag *diag);

/* Replaces the escapes in what stands between the quotes of a string. `to` has room for
 * `size_bytes` bytes. Returns how many were written, or -1 with *ret_bad the index of an escape
 * that is not one, or that is half of a surrogate pair. */
int64_t json_unescape(const char *from, size_t size_bytes, char *to, size_t *ret_bad);

#ifdef __cplusplus
}
#endif

#endif
