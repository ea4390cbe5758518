#ifndef CMD_EXPLAIN_H
#define CMD_EXPLAIN_H

#include "cmd/session.h"
#include "engine/engine.h"
#include "policy/explain.h"

/* What the two forms of `weir explain` share: one decision, with all that it came from. */

/* What became of a rule. */
enum cmd_rule_state { CMD_RULE_FIRED, CMD_RULE_SHADOW, CMD_RULE_QUIET, CMD_RULE_ENDED };

struct cmd_explanation {
    struct engine *engine;
    const struct policy *policy;
    const struct engine_outcome *outcome; /* decided, with a frame; its sink is being shown it */
    struct policy_explain *parts;         /* of the rules of its event */
    enum policy_explain_truth *truths;    /* room for those of any rule */
    struct buf scratch;
};

/* Whether a let has a value on the event. */
bool cmd_explain_has_let(const struct cmd_explanation *explanation, uint16_t let);

/* What became of a rule of the event. ret_fired: what it said, or NULL when it did not fire. */
enum cmd_rule_state cmd_explain_rule(const struct cmd_explanation *explanation, uint16_t rule,
                                     const struct engine_fired **ret_fired);

/* Appends why the verdict is what it is: "rule `sure`", "the score, 80", ... */
void cmd_explain_why(const struct cmd_explanation *explanation, struct buf *out);

/* The words for a part that came to something, static: "true", "false", ... */
const char *cmd_explain_truth_word(enum policy_explain_truth truth);

/* Appends the whole as people read it, as columns and with colours when wanted. */
void cmd_explain_text(struct cmd_explanation *explanation, bool colour, struct buf *out);

/* Appends the whole as one JSON object and a newline. */
void cmd_explain_json(struct cmd_explanation *explanation, struct buf *out);

#endif
