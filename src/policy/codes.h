#ifndef POLICY_CODES_H
#define POLICY_CODES_H

#include <stdbool.h>

/* Everything that can be said about a policy's source: one line per diagnostic, with the code that
 * scripts may match and whether it is an error or only a warning. Each has a golden test of its
 * name in tests/golden/diagnostics. */
#define POLICY_CODE_TABLE(X)                                                                      \
    /* bytes and words */                                                                         \
    X(CODE_NOT_UTF8, "not-utf8", ERROR)                                                           \
    X(CODE_SOURCE_TOO_LARGE, "limit-source", ERROR)                                               \
    X(CODE_BAD_CHARACTER, "bad-character", ERROR)                                                 \
    X(CODE_NAME_TOO_LONG, "limit-name", ERROR)                                                    \
    X(CODE_TEXT_TOO_LONG, "limit-text", ERROR)                                                    \
    X(CODE_TEXT_NOT_CLOSED, "text-not-closed", ERROR)                                             \
    X(CODE_BAD_ESCAPE, "bad-escape", ERROR)                                                       \
    X(CODE_BAD_DURATION, "bad-duration", ERROR)                                                   \
    X(CODE_BAD_NUMBER, "bad-number", ERROR)                                                       \
    X(CODE_BAD_DATE, "bad-date", ERROR)                                                           \
    X(CODE_OUT_OF_RANGE, "out-of-range", ERROR)                                                   \
    /* grammar */                                                                                 \
    X(CODE_SYNTAX, "syntax", ERROR)                                                               \
    X(CODE_RESERVED_WORD, "reserved-word", ERROR)                                                 \
    X(CODE_STATEMENT_TWICE, "statement-twice", ERROR)                                             \
    X(CODE_CLAUSE_TWICE, "clause-twice", ERROR)                                                   \
    X(CODE_ACTION_TWICE, "action-twice", ERROR)                                                   \
    X(CODE_CHAINED_COMPARISON, "chained-comparison", ERROR)                                       \
    /* names */                                                                                   \
    X(CODE_UNKNOWN_NAME, "unknown-name", ERROR)                                                   \
    X(CODE_UNKNOWN_FIELD, "unknown-field", ERROR)                                                 \
    X(CODE_UNKNOWN_EVENT, "unknown-event", ERROR)                                                 \
    X(CODE_UNKNOWN_LABEL, "unknown-label", ERROR)                                                 \
    X(CODE_UNKNOWN_LIST, "unknown-list", ERROR)                                                   \
    X(CODE_UNKNOWN_RULE, "unknown-rule", ERROR)                                                   \
    X(CODE_UNKNOWN_TYPE, "unknown-type", ERROR)                                                   \
    X(CODE_UNKNOWN_CHOICE, "unknown-choice", ERROR)                                               \
    X(CODE_UNKNOWN_FUNCTION, "unknown-function", ERROR)                                           \
    X(CODE_UNKNOWN_CURRENCY, "unknown-currency", ERROR)                                           \
    X(CODE_DUPLICATE_NAME, "duplicate-name", ERROR)                                               \
    X(CODE_DUPLICATE_CHOICE, "duplicate-choice", ERROR)                                           \
    X(CODE_UNUSED, "unused", WARNING)                                                             \
    /* the header, events, labels, lists */                                                       \
    X(CODE_NO_POLICY_NAME, "no-policy-name", ERROR)                                               \
    X(CODE_NO_CURRENCY, "no-currency", ERROR)                                                     \
    X(CODE_NO_EVENT, "no-event", ERROR)                                                           \
    X(CODE_NO_ID, "no-id", ERROR)                                                                 \
    X(CODE_TWO_IDS, "two-ids", ERROR)                                                             \
    X(CODE_NO_TIME, "no-time", ERROR)                                                             \
    X(CODE_OPTIONAL_ID, "optional-id", ERROR)                                                     \
    X(CODE_FORMAT_NOT_TIME, "format-not-time", ERROR)                                             \
    X(CODE_BAD_TIME_PATTERN, "bad-time-pattern", ERROR)                                           \
    X(CODE_INPUT_TWICE, "input-twice", ERROR)                                                     \
    X(CODE_EMPTY_TEXT, "empty-text", ERROR)                                                       \
    X(CODE_LABEL_REF, "label-ref", ERROR)                                                         \
    X(CODE_LABEL_NOT_BOOL, "label-not-bool", ERROR)                                               \
    X(CODE_LABEL_FIELD, "label-field", ERROR)                                                     \
    X(CODE_LIST_TYPE, "list-type", ERROR)                                                         \
    X(CODE_LIST_KEY, "list-key", ERROR)                                                           \
    X(CODE_BAND_ORDER, "band-order", ERROR)                                                       \
    /* types */                                                                                   \
    X(CODE_TYPE_MISMATCH, "type-mismatch", ERROR)                                                 \
    X(CODE_BAD_OPERANDS, "bad-operands", ERROR)                                                   \
    X(CODE_MAY_BE_MISSING, "may-be-missing", ERROR)                                               \
    X(CODE_NEVER_MISSING, "never-missing", WARNING)                                               \
    X(CODE_NOT_BOOL, "not-bool", ERROR)                                                           \
    X(CODE_NOT_TEXT, "not-text", ERROR)                                                           \
    X(CODE_NO_ORDER, "no-order", ERROR)                                                           \
    X(CODE_BAD_COUNTRY, "bad-country", ERROR)                                                     \
    X(CODE_BAD_IP, "bad-ip", ERROR)                                                               \
    X(CODE_OTHER_CURRENCY, "other-currency", ERROR)                                               \
    X(CODE_MONEY_DECIMALS, "money-decimals", ERROR)                                               \
    X(CODE_DIVISION_BY_ZERO, "division-by-zero", ERROR)                                           \
    X(CODE_ARGUMENT_COUNT, "argument-count", ERROR)                                               \
    X(CODE_BAD_ARGUMENT, "bad-argument", ERROR)                                                   \
    X(CODE_FIELD_TYPES_DIFFER, "field-types-differ", ERROR)                                       \
    X(CODE_OTHER_EVENT, "other-event", ERROR)                                                     \
    /* aggregates */                                                                              \
    X(CODE_NO_ARGUMENT, "no-argument", ERROR)                                                     \
    X(CODE_NEEDLESS_ARGUMENT, "needless-argument", ERROR)                                         \
    X(CODE_BAD_PARAMETER, "bad-parameter", ERROR)                                                 \
    X(CODE_SOURCE_TWICE, "source-twice", ERROR)                                                   \
    X(CODE_FILTER_READS_LET, "filter-reads-let", ERROR)                                           \
    X(CODE_NESTED_AGGREGATE, "nested-aggregate", ERROR)                                           \
    X(CODE_KEY_NOT_HERE, "key-not-here", ERROR)                                                   \
    X(CODE_KEY_NOT_IN_SOURCE, "key-not-in-source", ERROR)                                         \
    X(CODE_KEY_TYPE, "key-type", ERROR)                                                           \
    X(CODE_KEY_KIND, "key-kind", ERROR)                                                           \
    X(CODE_KEY_TWICE, "key-twice", ERROR)                                                         \
    X(CODE_FED_COUNT, "fed-count", ERROR)                                                         \
    X(CODE_EMPTY_WINDOW, "empty-window", ERROR)                                                   \
    X(CODE_NO_OVER, "no-over", ERROR)                                                             \
    X(CODE_DECAYED_OVER, "decayed-over", ERROR)                                                   \
    X(CODE_ENDING_ALONE, "ending-alone", ERROR)                                                   \
    X(CODE_NEEDLESS_BEFORE, "needless-before", WARNING)                                           \
    X(CODE_RATE_TOO_FRESH, "rate-too-fresh", WARNING)                                             \
    /* lets, models, rules, tests */                                                              \
    X(CODE_LET_CYCLE, "let-cycle", ERROR)                                                         \
    X(CODE_LET_NOWHERE, "let-nowhere", ERROR)                                                     \
    X(CODE_LET_NOT_HERE, "let-not-here", ERROR)                                                   \
    X(CODE_MODEL_NOWHERE, "model-nowhere", ERROR)                                                 \
    X(CODE_MODEL_NOT_HERE, "model-not-here", ERROR)                                               \
    X(CODE_MODEL_AMBIGUOUS, "model-ambiguous", ERROR)                                             \
    X(CODE_MODEL_ARGUMENT, "model-argument", ERROR)                                               \
    X(CODE_MODEL_IN_LET, "model-in-let", ERROR)                                                   \
    X(CODE_BAD_TEMPLATE, "bad-template", ERROR)                                                   \
    X(CODE_NO_ACTION, "no-action", ERROR)                                                         \
    X(CODE_REASON_TOO_LONG, "limit-reason", ERROR)                                                \
    X(CODE_EXPLAIN_NOTHING, "explain-nothing", WARNING)                                           \
    X(CODE_ENDS_IN_SHADOW, "ends-in-shadow", ERROR)                                               \
    X(CODE_TEST_STEPS, "test-steps", ERROR)                                                       \
    X(CODE_TEST_VALUE, "test-value", ERROR)                                                       \
    X(CODE_TEST_TIME, "test-time", ERROR)                                                         \
    X(CODE_TEST_RULE, "test-rule", ERROR)                                                         \
    /* limits */                                                                                  \
    X(CODE_LIMIT_DEPTH, "limit-depth", ERROR)                                                     \
    X(CODE_LIMIT_NODES, "limit-nodes", ERROR)                                                     \
    X(CODE_LIMIT_CODE, "limit-code", ERROR)                                                       \
    X(CODE_LIMIT_EVENTS, "limit-events", ERROR)                                                   \
    X(CODE_LIMIT_FIELDS, "limit-fields", ERROR)                                                   \
    X(CODE_LIMIT_CHOICES, "limit-choices", ERROR)                                                 \
    X(CODE_LIMIT_MEMBERS, "limit-members", ERROR)                                                 \
    X(CODE_LIMIT_KEYS, "limit-keys", ERROR)                                                       \
    X(CODE_LIMIT_SOURCES, "limit-sources", ERROR)                                                 \
    X(CODE_LIMIT_WINDOWS, "limit-windows", ERROR)                                                 \
    X(CODE_LIMIT_LETS, "limit-lets", ERROR)                                                       \
    X(CODE_LIMIT_SLOTS, "limit-slots", ERROR)                                                     \
    X(CODE_LIMIT_LABELS, "limit-labels", ERROR)                                                   \
    X(CODE_LIMIT_LISTS, "limit-lists", ERROR)                                                     \
    X(CODE_LIMIT_MODELS, "limit-models", ERROR)                                                   \
    X(CODE_LIMIT_ARGUMENTS, "limit-arguments", ERROR)                                             \
    X(CODE_LIMIT_RULES, "limit-rules", ERROR)                                                     \
    X(CODE_LIMIT_BANDS, "limit-bands", ERROR)                                                     \
    X(CODE_LIMIT_TESTS, "limit-tests", ERROR)                                                     \
    X(CODE_LIMIT_STEPS, "limit-steps", ERROR)                                                     \
    X(CODE_LIMIT_EXPECTS, "limit-expects", ERROR)

enum policy_diag {
    CODE_NONE,
#define POLICY_CODE_ENUM(name, text, kind) name,
    POLICY_CODE_TABLE(POLICY_CODE_ENUM)
#undef POLICY_CODE_ENUM
    POLICY_CODE_COUNT
};

/* The code as scripts see it ("unknown-name"), static. code: not CODE_NONE. */
const char *policy_code_text(enum policy_diag code);

/* Whether it is only a warning. */
bool policy_code_warns(enum policy_diag code);

#endif
