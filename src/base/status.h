#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* What the machine, a peer or a user can do wrong. Every function that returns one must be
 * checked by its caller; a function that returns anything but STATUS_OK has not touched its ret_
 * arguments. The list is a table so that names and docs cannot drift apart. */
#define STATUS_TABLE(X)                                                                           \
    X(STATUS_OK, "ok")                                                                            \
    X(STATUS_NO_MEMORY, "out of memory")                                                          \
    X(STATUS_LIMIT, "a limit was reached")                                                        \
    X(STATUS_INVALID, "the input is not valid")                                                   \
    X(STATUS_OVERFLOW, "a number is too large")                                                   \
    X(STATUS_NOT_FOUND, "not found")                                                              \
    X(STATUS_CONFLICT, "the same id with other content")                                          \
    X(STATUS_LATE, "an event later than the policy allows")                                       \
    X(STATUS_CORRUPT, "the bytes are damaged")                                                    \
    X(STATUS_IO, "the operating system reported an error")                                        \
    X(STATUS_END, "the end of the input")

enum status {
#define STATUS_ENUM(name, text) name,
    STATUS_TABLE(STATUS_ENUM)
#undef STATUS_ENUM
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Returns the sentence of a status, a static string. Any thread. */
const char *status_text(enum status status);

#endif
