#ifndef FEATURE_ORACLE_TEST_INT_H
#define FEATURE_ORACLE_TEST_INT_H

#include "base/random.h"
#include "feature/feature.h"

/* For tests: what the windows must answer, from every event ever applied and the definitions in
 * feature.h. Shares no code with the room. Keys are numbers here; their texts are key_text. */

#define ORACLE_NO_KEY UINT32_MAX

struct oracle;

struct oracle_answer {
    bool present;
    bool is_key;             /* i64 is a key's number */
    bool is_f64;
    union feature_value value;
    double slack;            /* how far off an f64 may be */
};

struct oracle *oracle_new(const struct feature_plan *plan);
void oracle_free(struct oracle *oracle);

/* One call: the windows of touch `touch` that are or are not `before`. */
void oracle_insert(struct oracle *oracle, uint16_t type, uint8_t touch, int64_t at_ms,
                   const uint32_t *keys, const union feature_value *inputs, uint32_t classes);
struct oracle_answer oracle_read(struct oracle *oracle, uint16_t type, uint8_t touch,
                                 uint16_t window, int64_t at_ms, const uint32_t *keys);

/* A random plan that passes its check; its lists live as long as the returned memory (free it). */
struct plan_box {
    struct feature_plan plan;
    uint16_t windows[FEATURE_EVENT_TYPES_MAX][FEATURE_TOUCHES_MAX][64];
    int16_t inputs[FEATURE_EVENT_TYPES_MAX][FEATURE_TOUCHES_MAX][FEATURE_COLUMNS_MAX];
};
void plan_random(struct random *random, struct plan_box *box);

#endif
