#ifndef ENGINE_ENGINE_INT_H
#define ENGINE_ENGINE_INT_H

/* Shared inside the room. Reading order: plan (policy -> windows), reader (line -> values), engine
 * (values -> outcome), decision, list, seen, render. */

#include "base/arena.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "engine/engine.h"
#include "engine/list.h"
#include "engine/model_set.h"
#include "engine/seen.h"
#include "engine/value.h"
#include "feature/feature.h"

#define NO_FIELD UINT16_MAX

/* The field whose value, a text, names an entity or is kept through this slot. */
struct key_source {
    uint16_t field;
};

/* One way for an event to belong to a class. */
struct class_rule {
    uint8_t touch;
    uint8_t class_index;
    uint32_t filter;      /* code, or POLICY_NO_CODE */
    uint16_t needs_field; /* optional argument that must be present, or NO_FIELD */
    uint16_t needs_let;   /* let that must be present, or NO_FIELD */
    uint16_t truth_field; /* bool field of a label known after a delay, or NO_FIELD; missing is
                             false ... */
    bool truth;           /* ... and what it must be */
};

/* A class that a label event adds an earlier event to. */
struct label_rule {
    uint16_t label;
    uint8_t touch;
    uint8_t class_index;
};

struct event_plan {
    uint8_t slot_count;
    struct key_source slots[FEATURE_SLOTS_MAX];
    uint16_t class_rule_count;
    struct class_rule *class_rules;
    uint16_t label_rule_count;
    struct label_rule *label_rules;
    bool remembers_symbols;   /* some label event may come for it */
    /* What windows take of its lets goes in when these are known, as an event of its own type that
     * has the same keys and reads nothing. */
    uint16_t let_type;        /* of the feature plan; 0: nothing does, for 0 is an event's */
    uint16_t let_rule_count;
    struct class_rule *let_rules;
    uint16_t let_input_count;
    uint16_t *let_inputs;     /* the lets that its inputs are */
};

/* The feature plan of a policy and what the engine needs to feed it. */
struct plan {
    struct feature_plan feature;
    struct event_plan events[POLICY_EVENTS_MAX];
};

/* Builds the plan in `arena`. STATUS_LIMIT with a diag, STATUS_NO_MEMORY. */
MUST_CHECK enum status plan_build(const struct policy *policy, struct arena *arena,
                                  struct plan **ret_plan, struct diag *diag);

/* One input line, read: either a status with a diag, or an event with its field values. */
struct record {
    uint64_t line;
    enum status status;
    uint16_t event;           /* UINT16_MAX until known */
    bool id_known;
    struct view id;
    int64_t at_ms;
    uint64_t id_hash;
    uint64_t content[2];
    struct feature_handle handle;
    struct view keys[FEATURE_SLOTS_MAX];
    bool present[POLICY_FIELDS_MAX];
    union policy_value values[POLICY_FIELDS_MAX]; /* texts point to the array below */
    struct view texts[POLICY_FIELDS_MAX];
    char scratch[POLICY_FIELDS_MAX][16]; /* bytes of addresses */
    struct diag diag;
};

/* What reading a field needs to know of it at every line. */
struct reader_field {
    uint16_t text_bytes_max;         /* value_text_bytes_max */
    bool is_text;                    /* its value is kept in a record's texts */
    bool optional;
};

/* An event's fields, and where they stand in the input. */
struct reader_event {
    struct reader_field *fields;
    uint16_t *field_of;              /* per name of the JSON reader: the field, or NO_FIELD */
    uint16_t *columns;               /* per field: CSV column, or UINT16_MAX */
};
struct reader {
    const struct policy *policy;
    struct value_rules rules;
    struct json_reader *json;
    struct csv_reader *csv;
    struct json_field *json_fields;  /* JSON_FIELDS_MAX */
    struct view *csv_fields;         /* CSV_FIELDS_MAX */
    struct reader_event *events;
    size_t type_guess;               /* position of the "event" key last time */
    uint16_t type_column;            /* UINT16_MAX: none, the policy has one event */
    size_t column_count;
    struct hash_seed content_seed;   /* secret; a loaded state brings its own */
};

MUST_CHECK enum status reader_init(struct reader *reader, const struct policy *policy,
                                   struct arena *arena, struct mem *mem);
void reader_done(struct reader *reader);
MUST_CHECK enum status reader_csv_header(struct reader *reader, const struct view *names,
                                         size_t count, struct diag *diag);

/* Forgets the strings of earlier lines; call before each batch. */
void reader_begin(struct reader *reader);

/* Reads one line into `record`; never fails, errors are in the record. */
void reader_read(struct reader *reader, enum engine_format format, const struct line *line,
                 struct record *record);

/* Room for what an outcome points to. */
struct outcome_store {
    struct engine_fired *fired;      /* rule_count of the policy */
    struct engine_fired *shadow;
    struct engine_score *models;     /* model_count of the policy */
    struct engine_reason *reasons;   /* model_count * POLICY_EXPLAIN_MAX */
    struct engine_feature *features; /* let_count of the policy */
    struct diag diag;
};

/* A decision in the making: its packed form, which is what the memory of ids keeps and what the
 * outcome is read from, so that the first answer and a repeated one cannot differ. */
struct decision {
    enum policy_verdict verdict;
    struct view reason;
    struct view rule_name;   /* of the rule that gave the verdict, or empty */
    int64_t score;
    uint16_t fired_count;
    uint16_t shadow_count;
    uint16_t model_count;
    uint16_t failed_slot;    /* slot or rule whose arithmetic failed, when `failed` */
    bool failed;
    bool failed_in_rule;
    bool marked;             /* some slot is marked in engine.failed */
    uint32_t unscored;       /* bit m: model m, which exists here, has no score */
    uint8_t explain[POLICY_MODELS_MAX]; /* how many reasons of each model a rule asked for */
};

/* The bytes that a packed decision of this policy has at most. */
size_t decision_bytes_max(const struct policy *policy, bool features);

/* Packing, in this order: begin; each rule that fired, then each that did in shadow; each model of
 * the event; end, with the frame whose lets are the features, or NULL for none. */
void decision_begin(struct buf *body);
void decision_put_fired(struct buf *body, const struct policy *policy, uint16_t rule,
                        const struct policy_frame *frame, struct buf *scratch);
void decision_put_model(struct buf *body, const struct engine_score *score);
void decision_end(struct buf *body, const struct decision *decision, const struct policy *policy,
                  const struct policy_frame *features);

/* Reads a packed decision into an outcome's fields from `verdict` to `features` and `diag`. Looks
 * only at the structure, not at what texts and values say. STATUS_CORRUPT when it is not a
 * decision. */
MUST_CHECK enum status decision_read(const struct policy *policy, struct view body,
                                     struct outcome_store *store, struct engine_outcome *outcome);

/* Whether what decision_read gave from a saved state is something that can be written out: texts
 * are UTF-8, addresses have the size of one, numbers are finite, and so on. */
bool decision_is_sound(const struct policy *policy, const struct engine_outcome *outcome);

/* The beginning of a body that decision_read has read into `outcome`: all but the features. */
struct view decision_without_features(const struct engine_outcome *outcome, struct view body);

/* Whether a value, of a type that is no text, can be written out. */
bool decision_value_is_sound(const struct policy_type *type, union policy_value value);

/* Whether bytes can be a value of a type that is a text. */
bool decision_text_is_sound(const struct policy_type *type, struct view text);

/* What deciding an event of one type goes through, laid out in arrays. */
struct window_take {
    uint16_t window;
    uint16_t slot;
};
struct window_check {
    uint16_t window;
    uint16_t slot;
    bool is_text;
    uint8_t kind;                   /* of a text: of its symbols */
    const struct policy_type *type;
};
struct event_work {
    uint16_t rule_count;
    const uint16_t *rules;
    uint32_t *rule_codes;
    uint16_t model_count;           /* those that exist on the event */
    uint16_t *models;
    uint16_t take_count;            /* windows that can give any number there is */
    struct window_take *takes;
    uint16_t check_count;           /* windows that cannot, so that a saved state may be wrong */
    struct window_check *checks;
};

/* Lays out the work of all events in `arena`; NULL: no memory. */
struct event_work *work_build(const struct policy *policy, const struct plan *plan,
                              struct arena *arena);

struct engine {
    const struct policy *policy;
    struct mem *mem;
    bool features;
    struct arena arena;
    struct plan *plan;
    struct reader reader;
    struct feature_state *state;
    struct seen *seen;
    struct list_set lists;
    struct model_set models;
    struct record *records;          /* BATCH_MAX */
    struct event_work *works;        /* per event */
    size_t body_bytes_max;
    uint8_t *answers;                /* rule_count */
    union policy_value *values;      /* value_count: the frame of the event being decided */
    bool *present;
    struct policy_frame frame;
    bool *failed;                    /* slot_count: lets whose arithmetic failed this time, and
                                        models without a score */
    struct engine_score *scores;     /* model_count: those of the event, as its work lists them */
    union feature_value *window_values;
    bool *window_present;
    struct view *window_texts;       /* of windows whose value is a text */
    uint32_t classes[FEATURE_TOUCHES_MAX];
    union feature_value *let_inputs; /* let_count: what windows take of the lets */
    struct outcome_store store;
    struct buf scratch;              /* one sentence or text at a time */
    struct buf body;                 /* the packed decision */
    struct diag diag;
    struct engine_label_sink *label_sink;
    uint64_t decided_count;
    int64_t newest_ms;               /* of all that was decided; INT64_MIN before the first */
    uint64_t newest_line;            /* where that stood; 0: in an input before a saved state */
    uint64_t labels_unmatched;
    uint64_t lets_unfed;
    bool broken;                     /* out of memory half way: nothing more is decided */
};

#endif
