#ifndef ENGINE_VALUE_H
#define ENGINE_VALUE_H

#include "base/diag.h"
#include "base/status.h"
#include "base/view.h"
#include "policy/policy.h"

enum value_form { VALUE_STRING, VALUE_NUMBER, VALUE_BOOL, VALUE_OTHER, VALUE_CSV };

/* One field's value as the input has it. */
struct value_input {
    struct view text;   /* a string's characters, a number's digits, a CSV field */
    enum value_form form;
    bool truth;         /* of a VALUE_BOOL */
};

/* The most bytes that a text of this field's type may have; 0 when the type is more than its bytes.
 * A string of 1 to so many bytes needs no reading: it is the value. */
size_t value_text_bytes_max(const struct policy_field *field);

/* What a policy says of all its values. */
struct value_rules {
    unsigned exponent;    /* decimals of its currency */
    int64_t timezone_ms;  /* what local times are ahead of UTC */
};

/* What the times of a field are ahead of UTC: what its pattern says, when it ends in Z, UTC, GMT
 * or an offset such as +01:00, else the policy's timezone; 0 when they are not laid out by a
 * pattern. O(1). */
int64_t value_ahead_ms(const struct policy_field *field, int64_t timezone_ms);

/* Reads a value of a field's type.
 * field: its type, time format and name.
 * ret_value: of texts, points to *text, which then borrows `input` or `scratch` (16 bytes).
 * STATUS_INVALID, STATUS_LIMIT or STATUS_OVERFLOW with a diag that names the field. About 15 ns. */
MUST_CHECK enum status value_read(const struct policy_field *field, const struct value_rules *rules,
                                  const struct value_input *input, struct view *text, char *scratch,
                                  union policy_value *ret_value, struct diag *diag);

#endif
