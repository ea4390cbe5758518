#ifndef POLICY_CODES_H
#define POLICY_CODES_H

#include <stdbool.h>

/* Everything that can be said about a policy's source: one line per diagnostic, with the code that
 * scripts may match, whether it is an error or only a warning, and what it means. Each has a golden
 * test of its name in tests/golden/diagnostics and stands in the table of docs/language.md. */
#define POLICY_CODE_TABLE(X)                                                                      \
    /* bytes and words */                                                                         \
    X(CODE_NOT_UTF8, "not-utf8", ERROR, "bytes that are not UTF-8")                               \
    X(CODE_SOURCE_TOO_LARGE, "limit-source", ERROR, "the file is too large")                      \
    X(CODE_BAD_CHARACTER, "bad-character", ERROR, "a character that means nothing here")          \
    X(CODE_NAME_TOO_LONG, "limit-name", ERROR, "a name is too long")                              \
    X(CODE_TEXT_TOO_LONG, "limit-text", ERROR, "a text literal is too long")                      \
    X(CODE_TEXT_NOT_CLOSED, "text-not-closed", ERROR, "a text has no quote at its end")           \
    X(CODE_BAD_ESCAPE, "bad-escape", ERROR, "a backslash before a character that has no escape")  \
    X(CODE_BAD_DURATION, "bad-duration", ERROR, "a duration that is none, or is too long")        \
    X(CODE_BAD_NUMBER, "bad-number", ERROR, "a number with an exponent")                          \
    X(CODE_BAD_DATE, "bad-date", ERROR, "a day that does not exist")                              \
    X(CODE_OUT_OF_RANGE, "out-of-range", ERROR, "a number outside its range")                     \
    /* grammar */                                                                                 \
    X(CODE_SYNTAX, "syntax", ERROR, "the grammar expects something else")                         \
    X(CODE_RESERVED_WORD, "reserved-word", ERROR, "a word of the language as a name")             \
    X(CODE_STATEMENT_TWICE, "statement-twice", ERROR, "a statement of the header stands twice")   \
    X(CODE_CLAUSE_TWICE, "clause-twice", ERROR, "a clause of an aggregate stands twice")          \
    X(CODE_ACTION_TWICE, "action-twice", ERROR, "an action of a rule stands twice")               \
    X(CODE_CHAINED_COMPARISON, "chained-comparison", ERROR, "a < b < c")                          \
    /* names */                                                                                   \
    X(CODE_UNKNOWN_NAME, "unknown-name", ERROR, "no field, let or model of this name")            \
    X(CODE_UNKNOWN_FIELD, "unknown-field", ERROR, "the event has no such field")                  \
    X(CODE_UNKNOWN_EVENT, "unknown-event", ERROR, "no event of this name")                        \
    X(CODE_UNKNOWN_LABEL, "unknown-label", ERROR, "no label of this name")                        \
    X(CODE_UNKNOWN_LIST, "unknown-list", ERROR, "no list of this name")                           \
    X(CODE_UNKNOWN_RULE, "unknown-rule", ERROR, "no rule of this name")                           \
    X(CODE_UNKNOWN_TYPE, "unknown-type", ERROR, "no type of this name")                           \
    X(CODE_UNKNOWN_CHOICE, "unknown-choice", ERROR, "not a choice of its one of")                 \
    X(CODE_UNKNOWN_FUNCTION, "unknown-function", ERROR, "no function of this name")               \
    X(CODE_UNKNOWN_CURRENCY, "unknown-currency", ERROR, "no currency of ISO 4217")                \
    X(CODE_UNKNOWN_MODEL, "unknown-model", ERROR, "no model of this name")                        \
    X(CODE_DUPLICATE_NAME, "duplicate-name", ERROR, "two of one kind with one name")              \
    X(CODE_DUPLICATE_CHOICE, "duplicate-choice", ERROR, "a one of with one choice twice")         \
    X(CODE_UNUSED, "unused", WARNING, "something that nothing reads")                             \
    /* the header, events, labels, lists */                                                       \
    X(CODE_NO_POLICY_NAME, "no-policy-name", ERROR, "the policy has no name")                     \
    X(CODE_NO_CURRENCY, "no-currency", ERROR, "money without a currency")                         \
    X(CODE_NO_EVENT, "no-event", ERROR, "the policy describes no event")                          \
    X(CODE_NO_ID, "no-id", ERROR, "an event without a field of type id")                          \
    X(CODE_TWO_IDS, "two-ids", ERROR, "an event with two fields of type id")                      \
    X(CODE_NO_TIME, "no-time", ERROR, "an event without the field at")                            \
    X(CODE_OPTIONAL_ID, "optional-id", ERROR, "an id or a time that may be missing")              \
    X(CODE_FORMAT_NOT_TIME, "format-not-time", ERROR, "a time's format at a field that is none")  \
    X(CODE_BAD_TIME_PATTERN, "bad-time-pattern", ERROR, "a pattern that does not say a time")     \
    X(CODE_INPUT_TWICE, "input-twice", ERROR, "one input fills two fields")                       \
    X(CODE_EMPTY_TEXT, "empty-text", ERROR, "a name or path that is empty")                       \
    X(CODE_LABEL_REF, "label-ref", ERROR, "a label's event does not name the event it judges")    \
    X(CODE_LABEL_NOT_BOOL, "label-not-bool", ERROR, "a label from a field that is not bool")      \
    X(CODE_LABEL_FIELD, "label-field", ERROR, "a field that is known only afterwards is read")    \
    X(CODE_LIST_TYPE, "list-type", ERROR, "a list of a type that cannot be listed")               \
    X(CODE_LIST_KEY, "list-key", ERROR, "a list asked on an event without its key")               \
    X(CODE_BAND_ORDER, "band-order", ERROR, "score bands that do not rise")                       \
    /* types */                                                                                   \
    X(CODE_TYPE_MISMATCH, "type-mismatch", ERROR, "two types where there must be one")            \
    X(CODE_BAD_OPERANDS, "bad-operands", ERROR, "arithmetic that does not exist for these types") \
    X(CODE_MAY_BE_MISSING, "may-be-missing", ERROR,                                               \
      "a value that may be missing, where it must not")                                           \
    X(CODE_NEVER_MISSING, "never-missing", WARNING,                                               \
      "a question about a value that is never missing")                                           \
    X(CODE_NOT_BOOL, "not-bool", ERROR, "a condition that is not true or false")                  \
    X(CODE_NOT_TEXT, "not-text", ERROR, "a text was needed")                                      \
    X(CODE_NO_ORDER, "no-order", ERROR, "an order of values that have none")                      \
    X(CODE_BAD_COUNTRY, "bad-country", ERROR, "a country that is not two capital letters")        \
    X(CODE_BAD_IP, "bad-ip", ERROR, "not an address or a range of addresses")                     \
    X(CODE_OTHER_CURRENCY, "other-currency", ERROR,                                               \
      "an amount in another currency than the policy's")                                          \
    X(CODE_MONEY_DECIMALS, "money-decimals", ERROR, "more decimals than the currency has")        \
    X(CODE_DIVISION_BY_ZERO, "division-by-zero", ERROR, "a division by the literal zero")         \
    X(CODE_ARGUMENT_COUNT, "argument-count", ERROR, "too few or too many arguments")              \
    X(CODE_BAD_ARGUMENT, "bad-argument", ERROR,                                                   \
      "a function or aggregate of a type it does not take")                                       \
    X(CODE_FIELD_TYPES_DIFFER, "field-types-differ", ERROR,                                       \
      "a field has different types on the events at hand")                                        \
    X(CODE_OTHER_EVENT, "other-event", ERROR, "a rule reads a field of another event")            \
    /* aggregates */                                                                              \
    X(CODE_NO_ARGUMENT, "no-argument", ERROR, "an aggregate without the field it needs")          \
    X(CODE_NEEDLESS_ARGUMENT, "needless-argument", ERROR,                                         \
      "an aggregate with a field it does not take")                                               \
    X(CODE_BAD_PARAMETER, "bad-parameter", ERROR, "a quantile or half-life outside its range")    \
    X(CODE_SOURCE_TWICE, "source-twice", ERROR, "an aggregate counts one event twice")            \
    X(CODE_FILTER_READS_LET, "filter-reads-let", ERROR, "a where reads a let")                    \
    X(CODE_NESTED_AGGREGATE, "nested-aggregate", ERROR, "a where aggregates")                     \
    X(CODE_KEY_NOT_HERE, "key-not-here", ERROR, "the reading event lacks a field of the key")     \
    X(CODE_KEY_NOT_IN_SOURCE, "key-not-in-source", ERROR,                                         \
      "a counted event lacks a field of the key")                                                 \
    X(CODE_KEY_TYPE, "key-type", ERROR, "a key of a type that cannot be one")                     \
    X(CODE_KEY_KIND, "key-kind", ERROR, "a key of two kinds")                                     \
    X(CODE_KEY_TWICE, "key-twice", ERROR, "a key names one field twice")                          \
    X(CODE_FED_COUNT, "fed-count", ERROR, "fed by and per name different numbers of fields")      \
    X(CODE_EMPTY_WINDOW, "empty-window", ERROR, "a window over no time")                          \
    X(CODE_NO_OVER, "no-over", ERROR, "an aggregate that would keep everything")                  \
    X(CODE_DECAYED_OVER, "decayed-over", ERROR, "decayed with over")                              \
    X(CODE_ENDING_ALONE, "ending-alone", ERROR, "ending without over")                            \
    X(CODE_NEEDLESS_BEFORE, "needless-before", WARNING,                                           \
      "before with a window that ends earlier anyway")                                            \
    X(CODE_RATE_TOO_FRESH, "rate-too-fresh", WARNING,                                             \
      "a rate over events that have no label yet")                                                \
    X(CODE_LABEL_TOO_FRESH, "label-too-fresh", ERROR,                                             \
      "an aggregate of a label that is not known yet")                                            \
    X(CODE_LET_SOURCE_NOW, "let-source-now", ERROR,                                               \
      "an aggregate of a let that counts the reading event itself")                               \
    X(CODE_LABEL_BROUGHT, "label-brought", ERROR,                                                 \
      "more asked of a label that an event brings than it can say")                               \
    /* lets, models, rules, tests */                                                              \
    X(CODE_LET_CYCLE, "let-cycle", ERROR, "a let reads itself")                                   \
    X(CODE_LET_NOWHERE, "let-nowhere", ERROR, "no event has all that a let reads")                \
    X(CODE_LET_NOT_HERE, "let-not-here", ERROR, "a let does not exist on this event")             \
    X(CODE_MODEL_NOWHERE, "model-nowhere", ERROR, "no event has all arguments of a model")        \
    X(CODE_MODEL_NOT_HERE, "model-not-here", ERROR, "a model does not exist on this event")       \
    X(CODE_MODEL_AMBIGUOUS, "model-ambiguous", ERROR,                                             \
      "several events have all arguments of a model")                                             \
    X(CODE_MODEL_ARGUMENT, "model-argument", ERROR,                                               \
      "a model's argument is no number or choice, or all are excluded")                           \
    X(CODE_ARGUMENT_TWICE, "argument-twice", ERROR, "a model has an argument twice")              \
    X(CODE_ARGUMENT_DIRECTION, "argument-direction", ERROR, "rising or falling with a choice")    \
    X(CODE_NEEDLESS_DIRECTION, "needless-direction", WARNING,                                     \
      "rising or falling with what is never trained on")                                          \
    X(CODE_CHALLENGER_READ, "challenger-read", ERROR, "a rule reads a challenger")                \
    X(CODE_CHALLENGER_CHAIN, "challenger-chain", ERROR,                                           \
      "a model challenges a challenger, or itself")                                               \
    X(CODE_CHALLENGER_EVENTS, "challenger-events", ERROR,                                         \
      "a challenger exists on other events than its champion")                                    \
    X(CODE_CHALLENGER_ON_ERROR, "challenger-on-error", ERROR, "a challenger with `on error`")     \
    X(CODE_MODEL_IN_LET, "model-in-let", ERROR, "a let reads a model")                            \
    X(CODE_BAD_TEMPLATE, "bad-template", ERROR, "a sentence whose braces are wrong")              \
    X(CODE_NO_ACTION, "no-action", ERROR, "a rule that does nothing")                             \
    X(CODE_REASON_TOO_LONG, "limit-reason", ERROR, "a reason code is too long")                   \
    X(CODE_EXPLAIN_NOTHING, "explain-nothing", WARNING, "explain without a model")                \
    X(CODE_ENDS_IN_SHADOW, "ends-in-shadow", ERROR, "a rule ends before its shadow")              \
    X(CODE_TEST_STEPS, "test-steps", ERROR, "a test judges no event, or several")                 \
    X(CODE_TEST_VALUE, "test-value", ERROR, "a test's value does not fit its field")              \
    X(CODE_TEST_TIME, "test-time", ERROR, "a test's time is none, or goes back")                  \
    X(CODE_TEST_RULE, "test-rule", ERROR, "a test expects what the rule cannot do")               \
    /* limits */                                                                                  \
    X(CODE_LIMIT_DEPTH, "limit-depth", ERROR, "an expression nested too deep")                    \
    X(CODE_LIMIT_NODES, "limit-nodes", ERROR, "expressions of too many parts")                    \
    X(CODE_LIMIT_CODE, "limit-code", ERROR, "too many instructions")                              \
    X(CODE_LIMIT_EVENTS, "limit-events", ERROR, "too many events")                                \
    X(CODE_LIMIT_FIELDS, "limit-fields", ERROR, "too many fields of an event")                    \
    X(CODE_LIMIT_CHOICES, "limit-choices", ERROR, "too many choices of a one of")                 \
    X(CODE_LIMIT_MEMBERS, "limit-members", ERROR, "too many members of a set")                    \
    X(CODE_LIMIT_KEYS, "limit-keys", ERROR, "a key of too many parts")                            \
    X(CODE_LIMIT_SOURCES, "limit-sources", ERROR, "too many events in an aggregate")              \
    X(CODE_LIMIT_WINDOWS, "limit-windows", ERROR, "too many different aggregates")                \
    X(CODE_LIMIT_LETS, "limit-lets", ERROR, "too many lets")                                      \
    X(CODE_LIMIT_SLOTS, "limit-slots", ERROR, "too many values together")                         \
    X(CODE_LIMIT_LABELS, "limit-labels", ERROR, "too many labels")                                \
    X(CODE_LIMIT_LISTS, "limit-lists", ERROR, "too many lists")                                   \
    X(CODE_LIMIT_MODELS, "limit-models", ERROR, "too many models")                                \
    X(CODE_LIMIT_ARGUMENTS, "limit-arguments", ERROR, "too many arguments of a model")            \
    X(CODE_LIMIT_RULES, "limit-rules", ERROR, "too many rules")                                   \
    X(CODE_LIMIT_BANDS, "limit-bands", ERROR, "too many score bands")                             \
    X(CODE_LIMIT_TESTS, "limit-tests", ERROR, "too many tests")                                   \
    X(CODE_LIMIT_STEPS, "limit-steps", ERROR, "too many steps of a test")                         \
    X(CODE_LIMIT_EXPECTS, "limit-expects", ERROR, "too many expectations of a test")              \
    /* found in policies without errors */                                                        \
    X(CODE_NEVER_FIRES, "never-fires", WARNING,                                                   \
      "a rule whose conditions contradict each other, unless included")                           \
    X(CODE_HIDDEN_RULE, "hidden-rule", WARNING,                                                   \
      "another rule always fires with this one, as strong, and this one adds nothing")            \
    X(CODE_SHADOW_FOREVER, "shadow-forever", WARNING, "a rule in shadow without an end")          \
    X(CODE_SAME_LET, "same-let", WARNING, "two lets of one meaning")

enum policy_diag {
    CODE_NONE,
#define POLICY_CODE_ENUM(name, text, kind, meaning) name,
    POLICY_CODE_TABLE(POLICY_CODE_ENUM)
#undef POLICY_CODE_ENUM
    POLICY_CODE_COUNT
};

/* The code as scripts see it ("unknown-name"), static. code: not CODE_NONE. */
const char *policy_code_text(enum policy_diag code);

/* What it means, in a few words, static. code: not CODE_NONE. */
const char *policy_code_meaning(enum policy_diag code);

/* Whether it is only a warning. */
bool policy_code_warns(enum policy_diag code);

#endif
