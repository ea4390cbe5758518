/* One idea: each typed instruction jumps straight to the next one's code (computed goto, a GNU
 * extension of gcc and clang, predicts better than one switch in a loop); everything about types
 * and missing values was decided when the policy was compiled. No allocation, no recursion, only
 * forward jumps. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/ip.h"
#include "policy/op.h"
#include "policy/value.h"

/* -2^63 and 2^63: the doubles between which (the second excluded) every double fits an int64. */
#define I64_LEAST (-9223372036854775808.0)
#define I64_BEYOND 9223372036854775808.0

/* Compares exactly, without rounding the integer to a double: negative, 0 or positive. */
static int order_if(int64_t a, double b)
{
    if (b >= I64_BEYOND)
        return -1;
    if (b < I64_LEAST)
        return 1;
    double whole = trunc(b);
    int64_t other = (int64_t)whole;
    if (a != other)
        return a < other ? -1 : 1;
    return (b < whole) - (b > whole);
}

static bool fits(double value, int64_t *ret)
{
    if (!(value >= I64_LEAST && value < I64_BEYOND))
        return false;
    *ret = (int64_t)value;
    return true;
}

static int64_t length(struct view text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.size_bytes; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static bool starts(struct view a, struct view b)
{
    return b.size_bytes <= a.size_bytes && view_equal((struct view){a.data, b.size_bytes}, b);
}

static bool ends(struct view a, struct view b)
{
    return b.size_bytes <= a.size_bytes &&
           view_equal((struct view){a.data + (a.size_bytes - b.size_bytes), b.size_bytes}, b);
}

static bool contains(struct view a, struct view b)
{
    return b.size_bytes == 0 ||
           (a.size_bytes > 0 && memmem(a.data, a.size_bytes, b.data, b.size_bytes) != NULL);
}

static bool in_range(const struct policy_code *code, uint32_t range, struct view address)
{
    return ip_in_network(address, code->ranges[range].bytes, code->ranges[range].bits);
}

static bool in_list(const struct policy *policy, const struct policy_frame *frame, uint16_t list,
                    union policy_value value, uint32_t key)
{
    const struct policy_type *type = &policy->lists[list].type;
    char text[VALUE_KEY_BYTES_MAX];
    struct view key_text = {NULL, 0};
    if (key != OPERAND_NONE) {
        if (!frame->present[key])
            return false;
        key_text = *frame->values[key].text;
    }
    return frame->lists->contains(frame->lists, list, frame->at_ms, key_text,
                                  value_key(type, value, text));
}

/* What hour, weekday and so on give of a time in range. */
static int64_t calendar(enum policy_op op, int64_t ms)
{
    if (op == OP_WEEKDAY)
        return datetime_weekday(ms);
    struct datetime t = datetime_of(ms);
    return op == OP_HOUR ? t.hour : op == OP_MINUTE ? t.minute : op == OP_DAY ? t.day
         : op == OP_MONTH ? t.month : t.year;
}

static bool in_calendar(int64_t at_ms, int64_t timezone_ms, int64_t *ret_ms)
{
    return !__builtin_add_overflow(at_ms, timezone_ms, ret_ms) && *ret_ms >= DATETIME_MS_MIN &&
           *ret_ms <= DATETIME_MS_MAX;
}

/* The operands of the instruction at hand, and how an instruction ends: each of the macros below
 * that has to do with control ends in a jump, so no label is ever fallen into. */
#define A (values[at->a])
#define B (values[at->b])
#define D (temps[at->dst])
#define DISPATCH goto *labels[at->op]
#define NEXT at++; DISPATCH
#define GO at = first + at->to; DISPATCH
/* The end of a piece of code: on to the next one, or back when it was the last. */
#define END(answer)                                                                               \
    *ret_answers++ = (answer);                                                                    \
    said |= (answer);                                                                             \
    if (--left == 0)                                                                              \
        return said != POLICY_NO;                                                                 \
    at = first + *++codes;                                                                        \
    DISPATCH
/* A branch, not a select: the next instruction must not wait for the operands of this one. */
#define GO_IF(condition)                                                                          \
    if (condition) {                                                                              \
        GO;                                                                                       \
    }                                                                                             \
    NEXT
#define COMPARISONS(kind, member)                                                                 \
    L_OP_JUMP_LT_##kind: GO_IF(A.member < B.member);                                              \
    L_OP_JUMP_LE_##kind: GO_IF(A.member <= B.member);                                             \
    L_OP_JUMP_EQ_##kind: GO_IF(A.member == B.member);                                             \
    L_OP_JUMP_NE_##kind: GO_IF(A.member != B.member);
#define CHECKED_I(builtin, a, b)                                                                  \
    if (builtin(a, b, &D.i64))                                                                    \
        goto overflow;                                                                            \
    NEXT
#define CHECKED_F(expression)                                                                     \
    D.f64 = (expression);                                                                         \
    if (!isfinite(D.f64))                                                                         \
        goto overflow;                                                                            \
    NEXT
#define WHOLE(function)                                                                           \
    if (!fits(function(A.f64), &D.i64))                                                           \
        goto overflow;                                                                            \
    NEXT

/* codes: entries made by the compiler, so every operand, target and end is in range. */
static bool run(const struct policy *policy, const uint32_t *codes, size_t left,
                struct policy_frame *frame, uint8_t *ret_answers)
{
    const struct policy_instruction *first = policy->code->instructions;
    const struct policy_instruction *at = first + *codes;
    union policy_value *values = frame->values;
    union policy_value *temps = values + policy->code->first_temp;
    unsigned said = POLICY_NO;
    int64_t ms;
#define LABEL(name, word, operands, meaning) &&L_##name,
    static const void *const labels[] = {POLICY_OP_TABLE(LABEL)};
#undef LABEL
    DISPATCH;
    L_OP_MOVE: D = A; NEXT;
    L_OP_OR_ELSE: D = frame->present[at->a] ? A : B; NEXT;
    L_OP_FLOAT: D.f64 = (double)A.i64; NEXT;
    L_OP_ADD_I: CHECKED_I(__builtin_add_overflow, A.i64, B.i64);
    L_OP_SUB_I: CHECKED_I(__builtin_sub_overflow, A.i64, B.i64);
    L_OP_MUL_I: CHECKED_I(__builtin_mul_overflow, A.i64, B.i64);
    L_OP_NEG_I: CHECKED_I(__builtin_sub_overflow, 0, A.i64);
    L_OP_ABS_I: CHECKED_I(__builtin_mul_overflow, A.i64, A.i64 < 0 ? -1 : 1);
    L_OP_MIN_I: D.i64 = A.i64 < B.i64 ? A.i64 : B.i64; NEXT;
    L_OP_MAX_I: D.i64 = A.i64 > B.i64 ? A.i64 : B.i64; NEXT;
    L_OP_ADD_F: CHECKED_F(A.f64 + B.f64);
    L_OP_SUB_F: CHECKED_F(A.f64 - B.f64);
    L_OP_MUL_F: CHECKED_F(A.f64 * B.f64);
    L_OP_DIV_F:
        if (B.f64 == 0) {
            GO;
        }
        CHECKED_F(A.f64 / B.f64);
    L_OP_NEG_F: D.f64 = -A.f64; NEXT;
    L_OP_ABS_F: D.f64 = fabs(A.f64); NEXT;
    L_OP_MIN_F: D.f64 = A.f64 < B.f64 ? A.f64 : B.f64; NEXT;
    L_OP_MAX_F: D.f64 = A.f64 > B.f64 ? A.f64 : B.f64; NEXT;
    L_OP_ROUND: WHOLE(round);
    L_OP_FLOOR: WHOLE(floor);
    L_OP_CEIL: WHOLE(ceil);
    L_OP_LENGTH: D.i64 = length(*A.text); NEXT;
    L_OP_HOUR: L_OP_MINUTE: L_OP_WEEKDAY: L_OP_DAY: L_OP_MONTH: L_OP_YEAR:
        if (!in_calendar(A.i64, policy->code->timezone_ms, &ms))
            goto overflow;
        D.i64 = calendar((enum policy_op)at->op, ms);
        NEXT;
    L_OP_JUMP: GO_IF(true);
    L_OP_JUMP_MISSING: GO_IF(!frame->present[at->a]);
    L_OP_JUMP_PRESENT: GO_IF(frame->present[at->a]);
    L_OP_JUMP_TRUE: GO_IF(A.i64 != 0);
    L_OP_JUMP_FALSE: GO_IF(A.i64 == 0);
    COMPARISONS(I, i64)
    COMPARISONS(F, f64)
    L_OP_JUMP_LT_IF: GO_IF(order_if(A.i64, B.f64) < 0);
    L_OP_JUMP_LE_IF: GO_IF(order_if(A.i64, B.f64) <= 0);
    L_OP_JUMP_LT_FI: GO_IF(order_if(B.i64, A.f64) > 0);
    L_OP_JUMP_LE_FI: GO_IF(order_if(B.i64, A.f64) >= 0);
    L_OP_JUMP_EQ_IF: GO_IF(order_if(A.i64, B.f64) == 0);
    L_OP_JUMP_NE_IF: GO_IF(order_if(A.i64, B.f64) != 0);
    L_OP_JUMP_EQ_T: GO_IF(view_equal(*A.text, *B.text));
    L_OP_JUMP_NE_T: GO_IF(!view_equal(*A.text, *B.text));
    L_OP_JUMP_STARTS: GO_IF(starts(*A.text, *B.text) == (at->dst != 0));
    L_OP_JUMP_ENDS: GO_IF(ends(*A.text, *B.text) == (at->dst != 0));
    L_OP_JUMP_CONTAINS: GO_IF(contains(*A.text, *B.text) == (at->dst != 0));
    L_OP_JUMP_RANGE: GO_IF(in_range(policy->code, at->b, *A.text) == (at->dst != 0));
    L_OP_JUMP_LIST:
        GO_IF(in_list(policy, frame, at->dst / 2, A, at->b) == (at->dst % 2 != 0));
    L_OP_STORE: B = A; frame->present[at->b] = true; END(POLICY_YES);
    L_OP_STORE_MISSING: frame->present[at->b] = false; END(POLICY_NO);
    L_OP_YES: END(POLICY_YES);
    L_OP_NO: END(POLICY_NO);
    overflow: END(POLICY_OVERFLOW);
}

void policy_frame_init(const struct policy *policy, union policy_value *values)
{
    const struct policy_code *code = policy->code;
    if (code->constant_count > 0)
        memcpy(values + code->first_constant, code->constants,
               code->constant_count * sizeof *values);
}

bool policy_ask_all(const struct policy *policy, const uint32_t *codes, size_t count,
                    struct policy_frame *frame, uint8_t *ret_answers)
{
    ASSERT(count > 0);
    return run(policy, codes, count, frame, ret_answers);
}

enum status policy_ask(const struct policy *policy, uint32_t code, struct policy_frame *frame,
                       bool *ret_answer)
{
    uint8_t answer;
    ASSERT(code < policy->code->instruction_count);
    run(policy, &code, 1, frame, &answer);
    if (answer == POLICY_OVERFLOW)
        return STATUS_OVERFLOW;
    *ret_answer = answer == POLICY_YES;
    return STATUS_OK;
}

enum status policy_derive(const struct policy *policy, uint16_t let, uint16_t event,
                          struct policy_frame *frame)
{
    uint8_t answer;
    ASSERT(let < policy->let_count && event < policy->event_count &&
           policy->lets[let].code != NULL && policy->lets[let].code[event] != POLICY_NO_CODE);
    run(policy, &policy->lets[let].code[event], 1, frame, &answer);
    return answer == POLICY_OVERFLOW ? STATUS_OVERFLOW : STATUS_OK;
}

#define OP_TEXT(name, word, operands, meaning) word,
#define OP_OPERANDS(name, word, operands, meaning) operands,

const char *policy_op_text(enum policy_op op)
{
    static const char *const words[] = {POLICY_OP_TABLE(OP_TEXT)};
    return words[op];
}

const char *policy_op_operands(enum policy_op op)
{
    static const char *const operands[] = {POLICY_OP_TABLE(OP_OPERANDS)};
    return operands[op];
}
