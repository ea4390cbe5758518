#ifndef ENGINE_RENDER_H
#define ENGINE_RENDER_H

#include "base/arena.h"
#include "base/datetime.h"
#include "engine/engine.h"

/* Writes outcomes as lines of output: NDJSON, or CSV with a header row. One per thread. */

/* How a feature is written. */
struct render_let {
    struct view key;                /* `"NAME":`, a comma before all but the first */
    const struct policy_type *type;
    bool is_text;                   /* that may need escaping */
};

#define RENDER_DAY_BYTES 11 /* YYYY-MM-DDT */

struct render {
    const struct policy *policy;
    enum engine_format format;
    bool features;
    unsigned exponent;        /* decimals of the policy's currency */
    struct arena arena;       /* what is the same on every line, written once: */
    struct view *event_keys;  /* `,"event":"NAME"`, by event */
    struct view *rule_heads;  /* `{"rule":"NAME",...`, by rule, up to the case or sentence */
    struct render_let *lets;  /* by let */
    struct view verdicts[POLICY_BLOCK + 1]; /* `,"verdict":"WORD","level":N` */
    struct view no_rules;     /* empty rules and shadow */
    struct view tail;         /* what every NDJSON line ends in */
    int64_t day_start_ms;     /* of the time written last */
    char day_text[DATETIME_TEXT_BYTES_MAX]; /* its date and the T in the first bytes */
    struct buf cell;          /* one CSV cell that is put together */
};

/* policy: borrowed; features: whether outcomes carry them. Owns small buffers over `mem`. */
MUST_CHECK enum status render_init(struct render *render, const struct policy *policy,
                                   enum engine_format format, bool features, struct mem *mem);
void render_done(struct render *render);

/* Appends the header row of a CSV output; nothing for NDJSON. */
void render_header(const struct render *render, struct buf *out);

/* Appends the line of an outcome, newline included.
 *
 * NDJSON, decided: {"line", "id", "event", "at", "verdict", "level", "score", "reason"?,
 * "duplicate"?, "rules": [{"rule", "reason"?, "verdict"?, "score"?, "case"?, "sentence"}],
 * "shadow": [the same], "models"?: {...}, "features"?: {...}, "error"?: {...}, "policy"}; level is
 * that of a challenge, else 0. Models by name, those of the event: {"score" or "error", "points"?,
 * "hash"?, "challenges"?, "reasons"?: [{"feature", "value", "contribution", "points"?,
 * "sentence"}]}.
 * Not decided: {"line", "id"?, "event"?, "verdict", "level", "reason", "error": {"code", "field"?,
 * "column"?, "message", "hint"?}, "policy"}.
 * CSV: line, id, event, at, verdict, level, score, reason, rules, sentences, shadow, error,
 * five columns for each model (NAME, NAME.points, NAME.hash, NAME.error, NAME.reasons),
 * features...; rules as names joined by "; ". About 50 ns for an event that no rule fired on. */
void render_outcome(struct render *render, const struct engine_outcome *outcome, struct buf *out);

#endif
