#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrowed bytes: never freed through the view, valid as long as their owner says. May hold any
 * byte, NUL included, and need not end in one. {NULL, 0} is the empty view. */
struct view {
    const char *data;
    size_t size_bytes;
};

/* A view of a string literal. */
#define VIEW(literal) ((struct view){"" literal, sizeof(literal) - 1})

/* printf arguments for "%.*s": at most INT_MAX bytes, since a negative precision means no bound. */
#define VIEW_ARG(view)                                                                            \
    (int)((view).size_bytes < INT_MAX ? (view).size_bytes : INT_MAX), (view).data

/* A view of the bytes of a C string, without its NUL; borrows `text`. */
static inline struct view view_of(const char *text)
{
    return (struct view){text, strlen(text)};
}

/* True when both hold the same bytes. */
static inline bool view_equal(struct view a, struct view b)
{
    return a.size_bytes == b.size_bytes &&
           (a.size_bytes == 0 || memcmp(a.data, b.data, a.size_bytes) == 0);
}

/* Orders by unsigned bytes, then by length: negative, 0 or positive, as memcmp. */
static inline int view_compare(struct view a, struct view b)
{
    size_t common = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

#endif
