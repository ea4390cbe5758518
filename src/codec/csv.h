#ifndef CODEC_CSV_H
#define CODEC_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"

#define CSV_FIELDS_MAX 1024
#define CSV_RECORD_BYTES_MAX ((size_t)1 << 20)

/* Bytes of all records read between two calls of csv_reader_begin. */
#define CSV_BATCH_BYTES_MAX ((size_t)2 << 20)

/* Reads records of RFC 4180 with any one-byte separator; text is UTF-8. One thread at a time. */
struct csv_reader;

/* A reader, or NULL when there is no memory. `mem` is borrowed and outlives it. `separator` is any
 * byte but the quote, CR, LF and those above 127. */
struct csv_reader *csv_reader_new(struct mem *mem, char separator);

/* Reads with another separator from now on; as csv_reader_new takes it. O(1). */
void csv_reader_separate(struct csv_reader *reader, char separator);

/* Frees; `reader` may be NULL. */
void csv_reader_free(struct csv_reader *reader);

/* Gives back the room taken by fields with doubled quotes: views from earlier reads are dead after
 * it. Call it before each record, or before each batch of records wanted at the same time; more
 * than CSV_BATCH_BYTES_MAX read without it is the caller's bug. O(1). */
void csv_reader_begin(struct csv_reader *reader);

/* Splits one record into its fields.
 * record: without its line end; quoted fields may hold newlines; borrowed.
 * fields: receives at most `field_count_max` (<= CSV_FIELDS_MAX) views without their quotes, which
 * live as long as `record` and until csv_reader_begin. An empty record is one empty field.
 * STATUS_INVALID: a quote inside an unquoted field, bytes behind a closing quote, a quote never
 * closed, or not UTF-8; STATUS_LIMIT: too many fields or bytes. `diag` (may be NULL) has the
 * column, 1-based in bytes. About 0.7 ns a byte; allocates nothing. */
MUST_CHECK enum status csv_record_read(struct csv_reader *reader, struct view record,
                                       struct view *fields, size_t field_count_max,
                                       size_t *ret_count, struct diag *diag);

/* Checks the names in a header row: none empty, none twice. STATUS_INVALID with the name in the
 * field of `diag`. O(count squared), count <= CSV_FIELDS_MAX. */
MUST_CHECK enum status csv_header_check(const struct view *names, size_t count, struct diag *diag);

/* How far the search for the end of a record has come; all zero at its start. */
struct csv_scan {
    size_t at;       /* bytes looked at */
    size_t newlines; /* LF inside quotes so far: the record's lines but for one */
    int state;       /* inside the scanner */
};

/* Searches `data`, which starts where a record starts, for the LF that ends the record; goes on
 * where `scan` stands, so that more data may be appended between calls. True when found, and then
 * *ret_end is its index; false: all of `data` belongs to the record. O(new bytes), by memchr. */
bool csv_record_end(struct csv_scan *scan, char separator, struct view data, size_t *ret_end);

/* True when all data scanned so far ends inside quotes. */
bool csv_scan_in_quotes(const struct csv_scan *scan);

/* Appends one field, quoted when it holds the separator, a quote, CR or LF, or starts or ends with
 * a space. Separators and line ends between fields are the caller's. */
void csv_put_field(struct buf *buf, char separator, struct view field);

#endif
