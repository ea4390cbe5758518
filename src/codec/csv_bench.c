/* One idea: rows like those of the handbook's file, through lines and into fields; the least
 * time of many short slices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/csv.h"
#include "codec/lines.h"

#define SLICES 300
#define ROWS 10000
#define FIELDS_MAX 16

struct text {
    struct view left;
};

static double now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static enum status read_text(void *context, char *to, size_t max, size_t *ret_size,
                             struct diag *diag)
{
    (void)diag;
    struct text *text = context;
    size_t size = text->left.size_bytes < max ? text->left.size_bytes : max;
    if (size > 0)
        memcpy(to, text->left.data, size);
    text->left.data += size;
    text->left.size_bytes -= size;
    *ret_size = size;
    return STATUS_OK;
}

/* Reads all rows; the number of fields, or 0 when one is bad. */
static size_t read_rows(struct view rows)
{
    struct text text = {rows};
    struct line batch[LINES_BATCH_MAX];
    struct view fields[FIELDS_MAX];
    size_t count = 0;
    size_t field_count = 0;
    size_t total = 0;
    struct lines *lines = lines_new(mem_libc(), LINES_CSV, ',', (struct source){read_text, &text});
    struct csv_reader *reader = csv_reader_new(mem_libc(), ',');
    enum status status = lines == NULL || reader == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    while (status == STATUS_OK) {
        status = lines_read(lines, batch, LINES_BATCH_MAX, &count, NULL);
        if (status != STATUS_OK)
            break;
        csv_reader_begin(reader);
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            status = csv_record_read(reader, batch[i].text, fields, FIELDS_MAX, &field_count, NULL);
            total += field_count;
        }
    }
    csv_reader_free(reader);
    lines_free(lines);
    return status == STATUS_END ? total : 0;
}

int main(void)
{
    struct buf rows;
    buf_init(&rows, mem_libc());
    for (int i = 0; i < ROWS; i++)
        buf_printf(&rows, "%d,2018-04-01 %02d:%02d:31,%d,%d,%d.%02d,%d,%d,0,0\n", 1000000 + i,
                   i / 3600 % 24, i / 60 % 60, i % 4990, i % 9973, i % 300, i % 100, i * 7,
                   i / 500);
    double least_ns = 1e18;
    size_t fields = 0;
    for (int i = 0; i < SLICES; i++) {
        double from_ns = now_ns();
        fields = read_rows(buf_view(&rows));
        double slice_ns = now_ns() - from_ns;
        least_ns = slice_ns < least_ns ? slice_ns : least_ns;
    }
    printf("csv: %zu bytes and %zu fields a row, %.0f ns a row\n", rows.size_bytes / ROWS,
           fields / ROWS, least_ns / ROWS);
    buf_done(&rows);
    return fields == 0;
}
