#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* A bug in our own code ends the process, in release builds too: a risk engine that has lost an
 * invariant must not answer. What users, peers or the machine do wrong is never an ASSERT; it is
 * an enum status (base/status.h). */
#define ASSERT(condition)                                                                         \
    ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__, __func__))

/* Prints the condition and its place to standard error and aborts. Never returns. Any thread. */
_Noreturn void assert_failed(const char *condition, const char *file, int line,
                             const char *function);

#endif
