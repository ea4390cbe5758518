#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdarg.h>
#include <stdint.h>

#define DIAG_MESSAGE_BYTES_MAX 240
#define DIAG_HINT_BYTES_MAX 160
#define DIAG_FIELD_BYTES_MAX 64

/* What a user wrote wrong, where, and what to write instead. Filled by the function that found
 * it, printed by whoever faces the user. Plain data, no owner, copied by assignment. */
struct diag {
    const char *code;  /* static, kebab-case, stable: scripts may match it; "" when unset */
    uint32_t line;     /* 1-based; 0 when there is no line */
    uint32_t column;   /* 1-based, in bytes; 0 when there is no column */
    uint32_t span;     /* bytes that the caret underlines; at least 1 when column is set */
    char field[DIAG_FIELD_BYTES_MAX];     /* the field concerned, or "" */
    char message[DIAG_MESSAGE_BYTES_MAX]; /* one sentence, no full stop, always NUL-terminated */
    char hint[DIAG_HINT_BYTES_MAX];       /* what to do instead, or "" */
};

/* Sets code and message and empties the rest. `diag` may be NULL: nothing happens. The message is
 * cut at DIAG_MESSAGE_BYTES_MAX - 1 bytes. */
void diag_set(struct diag *diag, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets the hint; `diag` may be NULL. Cut at DIAG_HINT_BYTES_MAX - 1 bytes. */
void diag_hint(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the field; `diag` may be NULL. Cut at DIAG_FIELD_BYTES_MAX - 1 bytes. */
void diag_field(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
