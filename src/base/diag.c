/* One idea: fixed-size sentences, so that reporting an error can never fail. */
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Cuts at a character boundary: a message that ends in half a character is not UTF-8. */
__attribute__((format(printf, 3, 0)))
static void print(char *to, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(to, size, format, args);
    if (length < 0)
        to[0] = '\0';
    else if ((size_t)length >= size)
        to[utf8_whole_prefix(to, size - 1)] = '\0';
}

void diag_set(struct diag *diag, const char *code, const char *format, ...)
{
    if (diag == NULL)
        return;
    memset(diag, 0, sizeof *diag);
    diag->code = code;
    va_list args;
    va_start(args, format);
    print(diag->message, sizeof diag->message, format, args);
    va_end(args);
}

void diag_hint(struct diag *diag, const char *format, ...)
{
    if (diag == NULL)
        return;
    va_list args;
    va_start(args, format);
    print(diag->hint, sizeof diag->hint, format, args);
    va_end(args);
}

void diag_field(struct diag *diag, const char *format, ...)
{
    if (diag == NULL)
        return;
    va_list args;
    va_start(args, format);
    print(diag->field, sizeof diag->field, format, args);
    va_end(args);
}
