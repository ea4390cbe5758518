#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/status.h"
#include "base/view.h"

/*
 * A policy: read, checked and compiled, immutable afterwards. This header is what the engine and
 * the command line see of it. Everything hangs in one arena and is freed at once; all views and
 * arrays below are owned by the policy. docs/language.md is the language's reference.
 *
 * Values live in *slots*, numbered from 0 for the whole policy: one per event field, window,
 * derived let, label field and model. An event fills the slots of its fields, the windows fill
 * theirs, then code fills the derived lets and answers the rules.
 */

#define POLICY_SOURCE_BYTES_MAX ((size_t)4 << 20)
#define POLICY_NAME_BYTES_MAX 64         /* of any identifier */
#define POLICY_TEXT_BYTES_MAX 1024       /* of a string literal */
#define POLICY_DIAGS_MAX 100             /* reported in one run; then "and more" */
#define POLICY_DEPTH_MAX 64              /* nesting of expressions */
#define POLICY_EVENTS_MAX 64
#define POLICY_FIELDS_MAX 64             /* per event */
#define POLICY_KEYS_MAX 4                /* of a composite key */
#define POLICY_WINDOWS_MAX 1024
#define POLICY_LETS_MAX 4096
#define POLICY_RULES_MAX 4096
#define POLICY_LISTS_MAX 64
#define POLICY_LABELS_MAX 16
#define POLICY_MODELS_MAX 16
#define POLICY_BANDS_MAX 5
#define POLICY_TESTS_MAX 1024
#define POLICY_TEST_STEPS_MAX 64
#define POLICY_EXPECTS_MAX 32            /* of a test */
#define POLICY_SLOTS_MAX 8192
#define POLICY_REASON_BYTES_MAX 64
#define POLICY_SCORE_MAX 1000000         /* size of one rule's score */
#define POLICY_INT_MAX ((int64_t)1000000000000000) /* size of an int read from outside */
#define POLICY_SOURCES_MAX 16            /* kinds of events in one aggregate */
#define POLICY_CHOICES_MAX 256           /* of `one of` */
#define POLICY_MEMBERS_MAX 100000        /* of `in (...)` */
#define POLICY_ARGUMENTS_MAX 256         /* of a model */
#define POLICY_EXPLAIN_MAX 64
#define POLICY_NODES_MAX 1000000         /* parts of all expressions together */
#define POLICY_CODE_MAX 4000000          /* instructions */
#define POLICY_NO_SLOT UINT16_MAX
#define POLICY_NO_MODEL UINT16_MAX

enum policy_base {
    POLICY_BOOL,     /* i64 0 or 1 */
    POLICY_INT,      /* i64 */
    POLICY_NUMBER,   /* f64, finite */
    POLICY_MONEY,    /* i64 minor units, or f64 minor units where `fractional` (a mean) */
    POLICY_TEXT,     /* text */
    POLICY_TIME,     /* i64 ms since the epoch */
    POLICY_DURATION, /* i64 ms */
    POLICY_COUNTRY,  /* i64: two capital ASCII letters, first * 256 + second */
    POLICY_IP,       /* text: 4 or 16 bytes, network order */
    POLICY_ONE_OF,   /* i64: index of the choice */
    POLICY_ENTITY,   /* text */
    POLICY_ID,       /* text */
    POLICY_REF,      /* text: the id of an earlier event */
};

struct policy_type {
    enum policy_base base;
    bool optional;
    bool fractional;            /* of POLICY_MONEY: f64 */
    uint16_t choice_count;      /* of POLICY_ONE_OF */
    const struct view *choices;
    uint16_t event;             /* of POLICY_REF: the event it names */
    struct view kind;           /* of POLICY_ENTITY: the namespace of its values */
};

union policy_value {
    int64_t i64;
    double f64;
    const struct view *text;
};

/* Whether values of a type are texts in a frame; the bytes of addresses are. */
static inline bool policy_type_is_text(const struct policy_type *type)
{
    const unsigned texts = 1u << POLICY_TEXT | 1u << POLICY_IP | 1u << POLICY_ENTITY |
                           1u << POLICY_ID | 1u << POLICY_REF;
    return (texts >> type->base & 1) != 0;
}

/* How the text of an input field becomes a time. */
enum policy_time_format { POLICY_TIME_RFC3339, POLICY_TIME_PATTERN, POLICY_TIME_UNIX_S,
                          POLICY_TIME_UNIX_MS };

struct policy_field {
    struct view name;
    struct policy_type type;
    struct view input_name;               /* the JSON key or CSV column: `name` unless mapped */
    bool mapped;                          /* `from` says input_name */
    enum policy_time_format time_format;
    struct view time_pattern;             /* of POLICY_TIME_PATTERN, as datetime_parse_as has it */
    struct view pii;                      /* kind of personal data, or empty */
    uint16_t slot;
    bool rounded;                         /* of POLICY_MONEY: decimals beyond the currency's are
                                             rounded away, not refused */
    bool label_only;                      /* known only afterwards: no rule or let may read it */
};

struct policy_event {
    struct view name;
    uint16_t field_count;
    const struct policy_field *fields;
    uint16_t id_field;                    /* indexes into fields */
    uint16_t at_field;
    uint16_t let_count;                   /* derived lets to compute, in this order */
    const uint16_t *lets;
    uint16_t rule_count;
    const uint16_t *rules;
    uint16_t window_count;                /* windows that can be read on this event */
    const uint16_t *windows;
};

enum policy_window_fn {
    POLICY_COUNT, POLICY_SUM, POLICY_MEAN, POLICY_STD, POLICY_MIN, POLICY_MAX, POLICY_FIRST,
    POLICY_LAST, POLICY_DISTINCT, POLICY_AGE, POLICY_SINCE, POLICY_RATE, POLICY_ENTROPY,
    POLICY_QUANTILE, POLICY_DECAYED,
};

/* Which of a source's events count: all, those that its label is true of, or the others. */
enum policy_truth { POLICY_ANY, POLICY_TRUE, POLICY_FALSE };

/* One kind of event that a window counts. */
struct policy_source {
    uint16_t event;
    uint16_t label;        /* that `truth` is about; of POLICY_RATE: whose share is asked for */
    enum policy_truth truth; /* POLICY_ANY for POLICY_RATE; POLICY_FALSE only of a label by field */
    uint16_t field;        /* its argument: index into the event's fields, or POLICY_NO_SLOT */
    uint16_t let;          /* or a let that exists on the event, as it was when that was decided;
                              or POLICY_NO_SLOT. Then the window leaves the reading event out */
    uint32_t filter;       /* code of its `where`, or POLICY_NO_CODE; equal filters of one event
                              have one code. An event whose argument is missing is not counted,
                              which is not in the code */
};
#define POLICY_NO_CODE UINT32_MAX

/* An aggregate. Two of the same meaning are one. */
struct policy_window {
    enum policy_window_fn fn;
    uint16_t source_count;
    const struct policy_source *sources;
    uint8_t key_count;                     /* 0: one window for the whole stream */
    struct view keys[POLICY_KEYS_MAX];     /* field names that the reading event must have */
    struct view fed_by[POLICY_KEYS_MAX];   /* field names in the sources; keys unless said */
    int64_t over_ms;                       /* -1: ever */
    int64_t ending_ms;
    bool before;
    double parameter;                      /* quantile: q in (0, 1]; decayed: half-life in ms */
    struct policy_type type;               /* of the value */
    uint16_t slot;
    struct view text;                      /* canonical source text */
};

/* A named value. Derived lets have code per event; a let that is just a window has none. */
struct policy_let {
    struct view name;
    struct policy_type type;
    uint16_t slot;
    uint16_t window;            /* POLICY_NO_SLOT for derived ones */
    const uint32_t *code;       /* per event of the policy: entry, or POLICY_NO_CODE */
    uint32_t line;
};

struct policy_label {
    struct view name;
    uint16_t event;             /* the event it judges */
    bool by_event;              /* true: `exists E within D`; false: a field known after a delay */
    uint16_t truth_event;       /* by_event: E */
    uint16_t truth_field;       /* by_event: E's ref field; else: the bool field of `event` */
    int64_t delay_ms;           /* within D, or known after D */
};

struct policy_list {
    struct view name;
    struct policy_type type;    /* of its values */
    struct view key;            /* `payee per account`: "account"; empty for a plain list */
    struct view path;           /* of its CSV file, as written; empty: starts empty */
};

/* The order is the order of strength; the strongest that fired wins. */
enum policy_verdict { POLICY_ALLOW, POLICY_CHALLENGE_1, POLICY_CHALLENGE_2, POLICY_CHALLENGE_3,
                      POLICY_REVIEW, POLICY_BLOCK };

/* How a score may follow an argument while all others stay: what training is bound to. */
enum policy_direction { POLICY_EITHER_WAY, POLICY_RISING, POLICY_FALLING };

struct policy_argument {
    struct view name;           /* of its field or let; no two of a model have one name */
    uint16_t slot;
    struct policy_type type;    /* int, number, money, duration, bool, or one of: a category */
    enum policy_direction direction; /* POLICY_EITHER_WAY for a category */
    bool excluded;              /* part of the row, for reports; never trained on */
};

struct policy_model {
    struct view name;
    struct view path;           /* of its file, as written */
    uint16_t argument_count;
    const struct policy_argument *arguments; /* at least one is not excluded */
    uint16_t slot;
    uint64_t events;            /* bit e: it exists on event e of the policy */
    uint16_t challenges;        /* index of the model that this one challenges, of the same events,
                                   which is no challenger; no rule reads this one then.
                                   POLICY_NO_MODEL: it is no challenger */
    bool error_rules;           /* when it gives no score, the rules that read it do not fire, and
                                   that is all; else what follows holds too */
    enum policy_verdict error_verdict; /* the event's verdict is at least this, with this reason */
    struct view error_reason;
};

/* Text with values in it: the literal before each slot, then the rest with POLICY_NO_SLOT. */
struct policy_part {
    struct view literal;
    uint16_t slot;
    struct policy_type type;    /* of the slot */
};
struct policy_template {
    uint16_t part_count;
    const struct policy_part *parts;
};

struct policy_rule {
    struct view name;
    struct policy_template sentence;
    uint16_t event;
    uint32_t code;              /* answers a bool: `when` and not `unless` */
    bool has_verdict;
    enum policy_verdict verdict;
    struct view reason;         /* code; may be empty */
    int32_t score;
    bool has_case;
    struct policy_template case_key;
    uint8_t explain;            /* top k contributions, 0: none */
    bool shadow;                /* never decides... */
    int64_t shadow_until_ms;    /* ...before this time; INT64_MAX: for good */
    int64_t until_ms;           /* ends at this time; INT64_MAX: never */
    uint32_t models;            /* bit m: needs model m's value */
    uint32_t line;
};

struct policy_band {
    int32_t score;              /* from this sum on */
    enum policy_verdict verdict;
};

/* A policy's own test. Events are given as JSON text ready for the engine, so that a test goes the
 * same way as live input. */
struct policy_test_step {
    bool judged;                /* `when`: its decision is what `expect` is about */
    uint16_t event;
    uint32_t count;             /* `given 5 payment` */
    int64_t every_ms;
    int64_t at_ms;              /* of the first, assigned by the policy's rules for tests */
    /* Field values; "{n}" in a text counts from 1. A field not named gets a default. */
    struct policy_template_fields {
        uint16_t field;
        struct view json;       /* JSON source with {n} unreplaced */
    } const *values;
    uint16_t value_count;
};
struct policy_expect {
    enum { POLICY_EXPECT_VERDICT, POLICY_EXPECT_RULE, POLICY_EXPECT_NO_RULE, POLICY_EXPECT_SHADOW,
           POLICY_EXPECT_SCORE, POLICY_EXPECT_REASON } what;
    enum policy_verdict verdict;
    uint16_t rule;
    int32_t score;
    struct view reason;
    uint32_t line;
};
struct policy_test {
    struct view name;
    uint16_t step_count;
    const struct policy_test_step *steps;
    uint16_t expect_count;
    const struct policy_expect *expects;
    uint32_t line;
};

struct policy {
    struct view path;
    struct view name;
    char hash[65];              /* lower-case hex SHA-256 of the canonical source */
    money_currency currency;
    enum policy_verdict error_verdict;
    struct view error_reason;
    int64_t late_ms;            /* `late up to`: how much older than the newest an event may be */
    int64_t remember_ms;        /* `remember ids`: how long an id is known again */
    int64_t timezone_ms;        /* `timezone`: what hour, weekday, day, month and year add to UTC */
    uint16_t event_count;   const struct policy_event *events;
    uint16_t window_count;  const struct policy_window *windows;
    uint16_t let_count;     const struct policy_let *lets;
    uint16_t label_count;   const struct policy_label *labels;
    uint16_t list_count;    const struct policy_list *lists;
    uint16_t model_count;   const struct policy_model *models;
    uint16_t rule_count;    const struct policy_rule *rules;
    uint16_t band_count;    const struct policy_band *bands;   /* ascending by score */
    uint16_t test_count;    const struct policy_test *tests;
    uint16_t slot_count;
    uint32_t value_count;       /* of a frame: the slots, then what code needs beside them */
    struct policy_code *code;   /* opaque: the instructions */
    struct policy_body *body;   /* opaque: the arena and the rest */
};

/* What a compilation had to say. Errors and warnings in the order of their places. */
struct policy_report {
    struct mem *mem;
    struct diag *diags;         /* owned */
    bool *warnings;             /* per diag: true when only a warning; owned */
    size_t count;
    size_t capacity;
    size_t error_count;         /* those beyond POLICY_DIAGS_MAX included */
};

/* An empty report over `mem`, which outlives it; allocates nothing. */
void policy_report_init(struct policy_report *report, struct mem *mem);

/* Frees; the report is empty and usable again. */
void policy_report_done(struct policy_report *report);

/* Appends one diagnostic as people read it: file:line:column, sentence, source line, caret, hint.
 * colour: with ANSI colours. */
void policy_report_print(const struct policy_report *report, size_t index, struct view path,
                         struct view source, bool colour, struct buf *out);

/* Reads, checks and compiles. path: for messages; source: any bytes; mem: all memory of the policy;
 * report: initialised; gets every error and warning. STATUS_INVALID when there was an error,
 * STATUS_NO_MEMORY; no policy then. Linear in the source but for sorting; any thread. */
MUST_CHECK enum status policy_compile(struct view path, struct view source, struct mem *mem,
                                      struct policy_report *report, struct policy **ret_policy);

/* Frees; NULL is allowed. */
void policy_free(struct policy *policy);

/* Appends the canonical form of a source: comments kept, idempotent. STATUS_INVALID with a report
 * when it cannot be parsed (types are not checked). */
MUST_CHECK enum status policy_format(struct view path, struct view source, struct mem *mem,
                                     struct policy_report *report, struct buf *out);

/* Membership in lists, answered by whoever holds them. list: index; key: of a keyed list, else
 * empty; value: canonical text of the value (countries "CN", entities as they are). */
struct policy_lists {
    bool (*contains)(const struct policy_lists *lists, uint16_t list, int64_t at_ms,
                     struct view key, struct view value);
};

/* Where code reads and writes, owned by the caller. A slot whose `present` is false is missing.
 * Behind the slots, `values` has the temporaries and the constants of all code, so that every
 * operand is an index into it. */
struct policy_frame {
    union policy_value *values;       /* value_count of the policy, after policy_frame_init */
    bool *present;                    /* slot_count */
    int64_t at_ms;
    const struct policy_lists *lists; /* may be NULL when the policy has no lists */
};

/* Makes `values` (value_count of the policy) ready to be a frame's; once, since code changes only
 * slots and temporaries. */
void policy_frame_init(const struct policy *policy, union policy_value *values);

/* Answers of policy_ask_all. OVERFLOW: arithmetic left its range. */
enum policy_answer { POLICY_NO, POLICY_YES, POLICY_OVERFLOW };

/* Runs `count` (at least 1) pieces of code, each of which answers a bool: filters or rules.
 * codes: their entries; ret_answers: an enum policy_answer for each, in a byte. Returns whether one
 * of them is not POLICY_NO. One call costs less than one of policy_ask for each, and all are run,
 * whatever some answer. No allocation; cost is the number of instructions. Any thread, one frame
 * each. */
bool policy_ask_all(const struct policy *policy, const uint32_t *codes, size_t count,
                    struct policy_frame *frame, uint8_t *ret_answers);

/* Runs one. STATUS_OVERFLOW: its arithmetic left its range; nothing returned. */
MUST_CHECK enum status policy_ask(const struct policy *policy, uint32_t code,
                                  struct policy_frame *frame, bool *ret_answer);

/* Runs the code of a derived let on event `event`: sets its slot and present flag, or neither and
 * gives STATUS_OVERFLOW. As above. */
MUST_CHECK enum status policy_derive(const struct policy *policy, uint16_t let, uint16_t event,
                                     struct policy_frame *frame);

/* Whether a piece of code reads any of the slots that are true in `slots` (slot_count items).
 * Cost is the number of its instructions. Any thread. */
bool policy_reads(const struct policy *policy, uint32_t code, const bool *slots);

/* The number of instructions that deciding an event runs at most: filters (each once, whatever the
 * number of its windows), lets and rules. */
uint32_t policy_event_cost(const struct policy *policy, uint16_t event);

/* "challenge 2" and so on: the word of a verdict, static. */
const char *policy_verdict_text(enum policy_verdict verdict);

/* Appends a value as people read it: money with its decimals and thousands separators, times,
 * durations, countries, choices; `-` when not present. */
void policy_value_print(const struct policy *policy, const struct policy_type *type,
                        union policy_value value, bool present, struct buf *out);

#endif
