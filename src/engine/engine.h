#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/view.h"
#include "codec/lines.h"
#include "policy/policy.h"

/*
 * The engine: a line of input in, exactly one outcome out, in the same order. A deterministic
 * state machine: the outcomes and the digest of the state depend on the policy, its lists, its
 * models and the lines, on nothing else. One engine per thread.
 */

#define ENGINE_ID_BYTES_MAX 256
#define ENGINE_ENTITY_BYTES_MAX 256
#define ENGINE_TEXT_BYTES_MAX 4096
#define ENGINE_SENTENCE_BYTES_MAX 4096   /* a sentence with its values, cut beyond */
#define ENGINE_SENTENCES_BYTES_MAX ((size_t)256 << 10) /* the sentences of a policy's rules: where
                                            the equal share of each is less than the above,
                                            sentences are cut beyond that share */
#define ENGINE_CASE_BYTES_MAX 512        /* a case key with its values, cut beyond */
#define ENGINE_CASES_BYTES_MAX ((size_t)512 << 10) /* the case keys of a policy's rules, likewise:
                                            at least 128 bytes for each */
#define ENGINE_FEATURE_BYTES_MAX 256     /* a feature that is a text, cut beyond */
#define ENGINE_LIST_ENTRIES_MAX ((size_t)1 << 26)

struct engine;

struct engine_options {
    const struct policy *policy; /* borrowed, outlives the engine */
    struct mem *mem;             /* all memory of the engine */
    struct hash_seed seed;       /* any; secret against strangers who choose ids */
    bool features;               /* outcomes carry the value of every let; decides nothing */
};

/* An engine that has seen nothing; its lists are empty.
 * STATUS_LIMIT with a diag: the policy needs more tables, classes or columns than there can be;
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_new(const struct engine_options *options, struct engine **ret_engine,
                                  struct diag *diag);

/* Frees; NULL is allowed. */
void engine_free(struct engine *engine);

/* Replaces the entries of a list by those of a CSV text with a header row: column `value` (or the
 * list's name), column `key` (or the name of its key) for a keyed list, optional column `expires`
 * (RFC 3339; the entry holds before that time; of two equal entries the later time counts). list:
 * index; text: borrowed for the call.
 * STATUS_INVALID with line and column; STATUS_LIMIT; STATUS_NO_MEMORY: the list is as before. */
MUST_CHECK enum status engine_list_load(struct engine *engine, uint16_t list, struct view text,
                                        struct diag *diag);

/* What the columns of a CSV input are called. names: of the header row, copied.
 * STATUS_INVALID with a diag: a column that the policy needs, for a field without `?` or by `from`,
 * is not there, or one is there twice. */
MUST_CHECK enum status engine_csv_header(struct engine *engine, const struct view *names,
                                         size_t count, struct diag *diag);

/* What separates the fields of a CSV input, as csv_reader_new takes it; a comma until then. */
void engine_csv_separator(struct engine *engine, char separator);

/* Serves a model of the policy from the bytes of its file (model/model.h says which are understood)
 * from the next event on. Features find the arguments of their names; those of a file without names
 * are the arguments that are not excluded, in their order.
 * model: index; bytes: borrowed for the call, hostile. STATUS_INVALID, STATUS_LIMIT with a diag: no
 * such file, or a feature that the policy does not have, excludes, or has as another kind of value;
 * STATUS_NO_MEMORY. The model is as before then: until one is loaded it gives no score, and what
 * the policy says for that case holds. */
MUST_CHECK enum status engine_model_load(struct engine *engine, uint16_t model, struct view bytes,
                                         struct diag *diag);

/* Lower-case hex SHA-256 of the file of a model, or NULL when none is loaded. Lives until the next
 * load of this model. */
const char *engine_model_hash(const struct engine *engine, uint16_t model);

#define ENGINE_HASH_HEX 16 /* of a model's file, in decisions: the first characters of its hash */

/* Whether a model has scored an event, or why not. */
enum engine_scoring {
    ENGINE_SCORED,
    ENGINE_NOT_LOADED,        /* no file, or one that could not be loaded */
    ENGINE_NO_SCORE,          /* the model gave no number */
    ENGINE_ARGUMENT_OVERFLOW, /* the arithmetic of an argument failed */
};

#define ENGINE_NO_POINTS INT32_MIN /* of a model that is no scorecard */

/* What an argument of a model adds to a decision. */
struct engine_reason {
    uint16_t argument;        /* index into the model's arguments */
    bool present;
    union policy_value value; /* of the argument's type, when present */
    double contribution;      /* to the margin: in log-odds, for a model that gives a probability */
    int32_t points;           /* of a scorecard: what it adds to them, below 0 where it costs some;
                                 else ENGINE_NO_POINTS */
};

/* A model on an event on which it exists. */
struct engine_score {
    uint16_t model;           /* index into policy->models */
    enum engine_scoring scoring;
    double score;             /* when ENGINE_SCORED */
    int32_t points;           /* those of a scorecard that has scored; else ENGINE_NO_POINTS */
    char hash[ENGINE_HASH_HEX + 1]; /* of the file that was asked; empty: ENGINE_NOT_LOADED */
    uint16_t reason_count;    /* the largest, as many as a rule that fired asked for */
    const struct engine_reason *reasons; /* from the largest contribution to the smallest */
};

/* A rule that fired. */
struct engine_fired {
    uint16_t rule;          /* index into policy->rules */
    struct view sentence;   /* with its values */
    struct view case_key;   /* empty: opens no case */
};

/* The value of a let, of the let's type. */
struct engine_feature {
    bool present;
    union policy_value value; /* of a text: points to `text` */
    struct view text;
};

/* What became of one line. Views live until the sink returns. */
struct engine_outcome {
    uint64_t line;             /* 1-based */
    enum status status;        /* OK: decided. Otherwise nothing has changed, and `diag` says why */
    const struct diag *diag;   /* of a status other than OK, or of a decision in which arithmetic
                                  failed (then the verdict is at least that of `on error`, unless
                                  it was a shadow rule's); else NULL */
    uint16_t event;            /* index into policy->events; UINT16_MAX: not known */
    struct view id;            /* empty when not known */
    int64_t at_ms;             /* valid when decided */
    uint64_t ordinal;          /* of a decided event: how many were decided before it */
    bool duplicate;            /* decided before: this is that decision */
    enum policy_verdict verdict; /* also of errors: the `on error` verdict */
    struct view reason;        /* code of the strongest rule that fired, of the band, or on error */
    int64_t score;
    uint16_t fired_count;
    const struct engine_fired *fired;    /* in the order of the policy */
    uint16_t shadow_count;
    const struct engine_fired *shadow;
    uint16_t model_count;      /* those that exist on the event, in the order of the policy */
    const struct engine_score *models;
    uint16_t feature_count;    /* of all lets of the policy; 0: not asked for, or not decided */
    const struct engine_feature *features;
    const struct policy_frame *frame;    /* of fields and lets; NULL for duplicates and errors */
};

/* Receives outcomes. */
struct engine_sink {
    void (*take)(struct engine_sink *sink, const struct engine_outcome *outcome);
};

enum engine_format { ENGINE_NDJSON, ENGINE_CSV };

/* Decides up to LINES_BATCH_MAX lines, in order, exactly one outcome each (a blank line is an error
 * like any other). lines: as codec/lines.h gives them; for ENGINE_CSV the header has been given.
 * STATUS_NO_MEMORY: the lines before have been decided and given to the sink, this one not, and the
 * engine is fit only for engine_free. No other error. No allocation once warm. */
MUST_CHECK enum status engine_decide(struct engine *engine, enum engine_format format,
                                     const struct line *lines, size_t count,
                                     struct engine_sink *sink);

/* Tells all that a model found in the event of an outcome: every argument that adds to the margin,
 * the largest contribution first. Only while the sink is shown that outcome, which has a frame, and
 * whose model this is, with a score. ret_reasons: POLICY_ARGUMENTS_MAX; ret_start: what every event
 * starts from: it and the contributions sum to the margin. Returns how many reasons there are.
 * Allocates nothing. */
uint16_t engine_model_explain(struct engine *engine, uint16_t model,
                              struct engine_reason *ret_reasons, double *ret_start);

/* The points of a scorecard's base, which those of the reasons are added to: what a start of
 * engine_model_explain stands for. The sum is kept within the card's scale. model: as there,
 * loaded.
 * Returns ENGINE_NO_POINTS for all other kinds. O(1). */
int32_t engine_model_base_points(const struct engine *engine, uint16_t model);

/* Told when a label becomes true for an earlier event, that of the outcome with this ordinal. */
struct engine_label_sink {
    void (*take)(struct engine_label_sink *sink, uint16_t label, uint64_t ordinal);
};

/* Sets who is told; NULL: nobody. Borrowed. */
void engine_label_listen(struct engine *engine, struct engine_label_sink *sink);

/* Counts, for reports. */
struct engine_stats {
    uint64_t entities;
    uint64_t retained_events;
    uint64_t window_bytes;
    uint64_t event_bytes;
    uint64_t key_bytes;
    uint64_t remembered_ids;
    uint64_t remembered_bytes;
    uint64_t decided;          /* events, those that came again not counted */
    uint64_t labels_unmatched; /* label events that named no remembered event, or one of an entity
                                  that is full: windows never count those */
    uint64_t lets_unfed;       /* events whose entity was full, so that windows over lets go
                                  without them */
};

/* Counts what the engine holds now. O(entities): for reports, not for every event. */
void engine_stats(const struct engine *engine, struct engine_stats *ret_stats);

/* What one kind of entity costs in memory. */
struct engine_cost {
    const char *entity;      /* its key fields: "account, device"; "" for the stream as a whole */
    uint16_t window_count;
    uint32_t entity_bytes;   /* of an entity with its key, its events aside */
    uint32_t event_bytes;    /* of each retained event whose integers fit in 32 bits */
    int64_t kept_ms;         /* how long an event is retained at least */
    bool ever;               /* entities are never forgotten */
};

/* Tells what the `index`th kind of entity costs; false behind the last. O(1). */
bool engine_cost(const struct engine *engine, size_t index, struct engine_cost *ret_cost);

/* Appends the whole state: windows and remembered decisions with their features, not policy, lists
 * and models. O(state). STATUS_NO_MEMORY: `out` holds nothing of use. */
MUST_CHECK enum status engine_save(const struct engine *engine, struct buf *out);

/* Replaces the state of a fresh engine (same policy and choice of features, any seed; lists and
 * models as they are loaded into this one) by a saved one. bytes: hostile: damage that cannot be
 * seen here gives error lines ("state-damaged") later, never output that is not what render.h says.
 * STATUS_CORRUPT with a diag: damaged, or of another policy, version or choice of features;
 * STATUS_NO_MEMORY; either way the engine is fit only for engine_free then. */
MUST_CHECK enum status engine_load(struct engine *engine, struct view bytes, struct diag *diag);

/* The 128-bit digest of all that later decisions depend on: the policy, its lists and models, the
 * windows, the counts, and the remembered decisions that may still be asked for, without their
 * features. Equal for equal policies, lists, models and lines that were decided, whatever the seed
 * and the size of batches, with features or without, and after a save and a load. O(state): for
 * reports. */
void engine_digest(const struct engine *engine, uint64_t ret_digest[2]);

#endif
