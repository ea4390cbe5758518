/* One idea: a value is what its type says or it is an error; nothing is guessed, rounded or cut
 * but the part of a second below the millisecond. */
#include "engine/value.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "base/ip.h"
#include "base/money.h"
#include "base/utf8.h"
#include "codec/number.h"
#include "engine/engine.h"
#include "feature/feature.h"

_Static_assert(ENGINE_ENTITY_BYTES_MAX == FEATURE_KEY_BYTES_MAX, "every name can be a key");
_Static_assert(POLICY_INT_MAX == FEATURE_VALUE_MAX, "every int can be in a window");
_Static_assert(MONEY_MINOR_MAX == FEATURE_VALUE_MAX, "every amount can be in a window");

#define SHOWN_BYTES_MAX 40
#define SHOWN_CHOICES_MAX 8
#define SHOWN_CHOICES_BYTES_MAX 112 /* so that the longest name and value fit beside them */

static enum status wrong(const struct policy_field *field, const struct value_input *input,
                         struct diag *diag, const char *expected)
{
    struct view shown = input->text;
    if (shown.size_bytes > SHOWN_BYTES_MAX)
        shown.size_bytes = utf8_whole_prefix(shown.data, SHOWN_BYTES_MAX);
    diag_set(diag, "wrong-type", "%.*s must be %s, not `%s%.*s%s`", VIEW_ARG(field->name),
             expected, input->form == VALUE_STRING ? "\"" : "", VIEW_ARG(shown),
             input->form == VALUE_STRING ? "\"" : "");
    diag_field(diag, "%.*s", VIEW_ARG(field->name));
    return STATUS_INVALID;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether this is an amount as "49,90" or "1.234,56"; "1,234" may also be a thousand. */
static bool has_comma(struct view text)
{
    size_t commas = 0;
    size_t digits = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        char c = text.data[i];
        commas += c == ',';
        digits += is_digit(c);
        if (c != ',' && c != '.' && !is_digit(c) && (i > 0 || (c != '-' && c != '+')))
            return false;
    }
    return commas > 0 && digits > 0;
}

static enum status wrong_amount(const struct policy_field *field, const struct value_input *input,
                                struct diag *diag, const char *expected)
{
    enum status status = wrong(field, input, diag, expected);
    if (has_comma(input->text))
        diag_hint(diag, "write the decimal point as `.`, and nothing between thousands");
    return status;
}

static enum status out_of_range(const struct policy_field *field, struct diag *diag)
{
    diag_set(diag, "out-of-range", "%.*s is too large", VIEW_ARG(field->name));
    diag_field(diag, "%.*s", VIEW_ARG(field->name));
    return STATUS_OVERFLOW;
}

static enum status too_long(const struct policy_field *field, size_t most, struct diag *diag)
{
    diag_set(diag, "too-long", "%.*s is longer than %zu bytes", VIEW_ARG(field->name), most);
    diag_field(diag, "%.*s", VIEW_ARG(field->name));
    return STATUS_LIMIT;
}

static bool is_text_form(const struct value_input *input)
{
    return input->form == VALUE_STRING || input->form == VALUE_CSV;
}

static bool is_number_form(const struct value_input *input)
{
    return input->form == VALUE_NUMBER || input->form == VALUE_CSV;
}

size_t value_text_bytes_max(const struct policy_field *field)
{
    switch (field->type.base) {
    case POLICY_TEXT:
        return ENGINE_TEXT_BYTES_MAX;
    case POLICY_ENTITY:
        return ENGINE_ENTITY_BYTES_MAX;
    case POLICY_ID:
    case POLICY_REF:
        return ENGINE_ID_BYTES_MAX;
    case POLICY_BOOL: case POLICY_INT: case POLICY_NUMBER: case POLICY_MONEY: case POLICY_TIME:
    case POLICY_DURATION: case POLICY_COUNTRY: case POLICY_IP: case POLICY_ONE_OF:
        return 0;
    }
    return 0;
}

/* Names may be written as whole numbers too: many systems count their customers. */
static enum status read_name(const struct policy_field *field, const struct value_input *input,
                             struct view *text, struct diag *diag)
{
    size_t size_max = value_text_bytes_max(field);
    int64_t number;
    bool whole = input->form == VALUE_NUMBER &&
                 number_parse_i64(input->text, &number) == STATUS_OK;
    if (!is_text_form(input) && !whole)
        return wrong(field, input, diag, "a text or a whole number");
    if (input->text.size_bytes == 0 && field->type.base != POLICY_TEXT)
        return wrong(field, input, diag, "a text that is not empty");
    if (input->text.size_bytes > size_max)
        return too_long(field, size_max, diag);
    *text = input->text;
    return STATUS_OK;
}

static enum status read_text(const struct policy_field *field, const struct value_input *input,
                             struct view *text, struct diag *diag)
{
    if (field->type.base == POLICY_TEXT && !is_text_form(input))
        return wrong(field, input, diag, "a text");
    return read_name(field, input, text, diag);
}

static enum status read_bool(const struct policy_field *field, const struct value_input *input,
                             int64_t *ret, struct diag *diag)
{
    if (input->form == VALUE_BOOL) {
        *ret = input->truth;
        return STATUS_OK;
    }
    bool yes = view_equal(input->text, VIEW("true")) || view_equal(input->text, VIEW("1"));
    bool no = view_equal(input->text, VIEW("false")) || view_equal(input->text, VIEW("0"));
    if (input->form != VALUE_CSV || (!yes && !no))
        return wrong(field, input, diag,
                     input->form == VALUE_CSV      ? "true, false, 1 or 0"
                     : input->form == VALUE_STRING ? "true or false without quotes"
                                                   : "true or false");
    *ret = yes;
    return STATUS_OK;
}

static enum status read_int(const struct policy_field *field, const struct value_input *input,
                            int64_t *ret, struct diag *diag)
{
    int64_t value = 0;
    enum status status =
        is_number_form(input) ? number_parse_i64(input->text, &value) : STATUS_INVALID;
    if (status == STATUS_INVALID)
        return wrong(field, input, diag, "a whole number");
    if (status != STATUS_OK || value > POLICY_INT_MAX || value < -POLICY_INT_MAX)
        return out_of_range(field, diag);
    *ret = value;
    return STATUS_OK;
}

static enum status read_number(const struct policy_field *field, const struct value_input *input,
                               double *ret, struct diag *diag)
{
    double value = 0;
    enum status status =
        is_number_form(input) ? number_parse_f64(input->text, &value) : STATUS_INVALID;
    if (status == STATUS_INVALID)
        return wrong_amount(field, input, diag, "a number");
    if (status != STATUS_OK || value > FEATURE_NUMBER_MAX || value < -FEATURE_NUMBER_MAX)
        return out_of_range(field, diag);
    *ret = value == 0 ? 0 : value; /* no negative zero: how a line spells 0 makes no difference */
    return STATUS_OK;
}

static enum status read_money(const struct policy_field *field, unsigned exponent,
                              const struct value_input *input, int64_t *ret, struct diag *diag)
{
    bool readable = is_text_form(input) || is_number_form(input);
    enum status status = STATUS_INVALID;
    if (readable && field->rounded)
        status = money_parse_rounded(input->text, exponent, ret);
    else if (readable)
        status = money_parse(input->text, exponent, ret);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (status == STATUS_OVERFLOW)
        return out_of_range(field, diag);
    if (status == STATUS_INVALID)
        return wrong_amount(field, input, diag, "an amount such as 12.50");
    diag_set(diag, "too-many-decimals", "%.*s has more than the %u decimals of its currency",
             VIEW_ARG(field->name), exponent);
    diag_field(diag, "%.*s", VIEW_ARG(field->name));
    diag_hint(diag, "declare the field as `money rounded` when its source computes in fractions");
    return STATUS_LIMIT;
}

static enum status read_unix(const struct value_input *input, int64_t unit_ms, int64_t *ret)
{
    int64_t value = 0;
    enum status status =
        is_number_form(input) ? number_parse_i64(input->text, &value) : STATUS_INVALID;
    if (status != STATUS_OK)
        return status;
    if (value < DATETIME_MS_MIN / unit_ms || value > DATETIME_MS_MAX / unit_ms)
        return STATUS_OVERFLOW;
    *ret = value * unit_ms;
    return STATUS_OK;
}

static const char *describe_pattern(const struct policy_field *field, char *to, size_t size)
{
    struct view shown = field->time_pattern;
    if (shown.size_bytes > SHOWN_BYTES_MAX)
        shown.size_bytes = utf8_whole_prefix(shown.data, SHOWN_BYTES_MAX);
    snprintf(to, size, "a time laid out as %.*s", VIEW_ARG(shown));
    return to;
}

/* The digits "hh:mm" of an offset as milliseconds; -1 when they are none. */
static int64_t offset_ms(const char *at)
{
    static const char room[] = "29:59";
    for (size_t i = 0; i < sizeof room - 1; i++)
        if (i == 2 ? at[i] != ':' : at[i] < '0' || at[i] > room[i])
            return -1;
    int hours = (at[0] - '0') * 10 + at[1] - '0';
    int minutes = (at[3] - '0') * 10 + at[4] - '0';
    return hours * DATETIME_MS_HOUR + minutes * DATETIME_MS_MINUTE;
}

int64_t value_ahead_ms(const struct policy_field *field, int64_t timezone_ms)
{
    static const struct view utc[] = {{"Z", 1}, {"UTC", 3}, {"GMT", 3}};
    const struct view pattern = field->time_pattern;
    if (field->time_format != POLICY_TIME_PATTERN)
        return 0;
    const char *end = pattern.data + pattern.size_bytes;
    for (size_t i = 0; i < sizeof utc / sizeof utc[0]; i++)
        if (pattern.size_bytes > utc[i].size_bytes &&
            memcmp(end - utc[i].size_bytes, utc[i].data, utc[i].size_bytes) == 0)
            return 0;
    if (pattern.size_bytes > 6 && (end[-6] == '+' || end[-6] == '-')) {
        int64_t offset = offset_ms(end - 5);
        if (offset >= 0)
            return end[-6] == '-' ? -offset : offset;
    }
    return timezone_ms;
}

static enum status read_pattern(const struct policy_field *field, int64_t timezone_ms,
                                struct view text, int64_t *ret)
{
    int64_t local_ms = 0;
    enum status status = datetime_parse_as(field->time_pattern, text, &local_ms);
    if (status != STATUS_OK)
        return status;
    int64_t ms = local_ms - value_ahead_ms(field, timezone_ms);
    if (ms < DATETIME_MS_MIN || ms > DATETIME_MS_MAX)
        return STATUS_OVERFLOW;
    *ret = ms;
    return STATUS_OK;
}

/* The part of two digits that begins at `at` of a pattern; NULL when none does. */
static const char *pair_at(struct view pattern, size_t at)
{
    static const char *const pairs[] = {"DD", "MM", "hh", "mm", "ss"};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pattern.size_bytes - at >= 2 && memcmp(pattern.data + at, pairs[i], 2) == 0)
            return pairs[i];
    return NULL;
}

/* Says how a time is written that lacks nothing but leading zeros, as "1.2.2026" for DD.MM.YYYY. */
static void hint_two_digits(struct view pattern, struct view text, struct diag *diag)
{
    char whole[SHOWN_BYTES_MAX];
    size_t size = 0;
    size_t from = 0;
    const char *first = NULL;
    for (size_t at = 0; at < pattern.size_bytes && from < text.size_bytes; at++) {
        const char *pair = pair_at(pattern, at);
        bool single = from + 1 == text.size_bytes || !is_digit(text.data[from + 1]);
        if (size + 2 > sizeof whole)
            return;
        if (pair != NULL) {
            at++;
            whole[size++] = '0';
            if (!single)
                whole[size - 1] = text.data[from++];
            else if (first == NULL)
                first = pair;
        }
        whole[size++] = text.data[from++];
    }
    int64_t ignored;
    if (first != NULL && from == text.size_bytes &&
        datetime_parse_as(pattern, (struct view){whole, size}, &ignored) == STATUS_OK)
        diag_hint(diag, "%s is two digits: write `%.*s`", first, (int)size, whole);
}

static enum status read_time(const struct policy_field *field, int64_t timezone_ms,
                             const struct value_input *input, int64_t *ret, struct diag *diag)
{
    enum status status = STATUS_INVALID;
    const char *expected = "a time such as 2026-11-22T15:52:16Z";
    char laid_out[SHOWN_BYTES_MAX + 32];
    switch (field->time_format) {
    case POLICY_TIME_RFC3339:
        status = is_text_form(input) ? datetime_parse(input->text, ret) : STATUS_INVALID;
        break;
    case POLICY_TIME_PATTERN:
        if (is_text_form(input))
            status = read_pattern(field, timezone_ms, input->text, ret);
        expected = describe_pattern(field, laid_out, sizeof laid_out);
        break;
    case POLICY_TIME_UNIX_S:
        expected = "whole seconds since 1970";
        status = read_unix(input, DATETIME_MS_SECOND, ret);
        break;
    case POLICY_TIME_UNIX_MS:
        expected = "whole milliseconds since 1970";
        status = read_unix(input, 1, ret);
        break;
    }
    if (status == STATUS_OVERFLOW)
        return out_of_range(field, diag);
    if (status == STATUS_OK)
        return STATUS_OK;
    status = wrong(field, input, diag, expected);
    if (field->time_format == POLICY_TIME_PATTERN)
        hint_two_digits(field->time_pattern, input->text, diag);
    else
        diag_hint(diag, "a field says how its times are written: `time as \"DD.MM.YYYY hh:mm\"`, "
                        "`time as unix seconds`");
    return status;
}

static enum status read_country(const struct policy_field *field, const struct value_input *input,
                                int64_t *ret, struct diag *diag)
{
    const char *s = input->text.data;
    if (!is_text_form(input) || input->text.size_bytes != 2 || s[0] < 'A' || s[0] > 'Z' ||
        s[1] < 'A' || s[1] > 'Z')
        return wrong(field, input, diag, "a country such as CN, in capitals");
    *ret = s[0] * 256 + s[1];
    return STATUS_OK;
}

static const char *describe_choices(const struct policy_field *field, char *to, size_t size)
{
    static const char more[] = ", ...";
    size_t at = (size_t)snprintf(to, size, "one of ");
    for (uint16_t i = 0; i < field->type.choice_count; i++) {
        struct view choice = field->type.choices[i];
        if (i == SHOWN_CHOICES_MAX || at + choice.size_bytes + 2 + sizeof more > size) {
            memcpy(to + at, more, sizeof more);
            break;
        }
        at += (size_t)snprintf(to + at, size - at, "%s%.*s", i > 0 ? ", " : "", VIEW_ARG(choice));
    }
    return to;
}

static enum status read_choice(const struct policy_field *field, const struct value_input *input,
                               int64_t *ret, struct diag *diag)
{
    for (uint16_t i = 0; i < field->type.choice_count && is_text_form(input); i++) {
        if (view_equal(field->type.choices[i], input->text)) {
            *ret = i;
            return STATUS_OK;
        }
    }
    char choices[SHOWN_CHOICES_BYTES_MAX];
    return wrong(field, input, diag, describe_choices(field, choices, sizeof choices));
}

static enum status read_ip(const struct policy_field *field, const struct value_input *input,
                           struct view *text, char *scratch, struct diag *diag)
{
    size_t size = 0;
    if (!is_text_form(input) || ip_parse(input->text, scratch, &size) != STATUS_OK)
        return wrong(field, input, diag, "an internet address");
    *text = (struct view){scratch, size};
    return STATUS_OK;
}

static enum status read_duration(const struct policy_field *field, const struct value_input *input,
                                 int64_t *ret, struct diag *diag)
{
    enum status status =
        is_text_form(input) ? duration_parse(input->text, ret) : STATUS_INVALID;
    if (status == STATUS_OVERFLOW)
        return out_of_range(field, diag);
    return status == STATUS_OK ? STATUS_OK
                               : wrong(field, input, diag, "a duration such as 1h30m");
}

enum status value_read(const struct policy_field *field, const struct value_rules *rules,
                       const struct value_input *input, struct view *text, char *scratch,
                       union policy_value *ret_value, struct diag *diag)
{
    union policy_value value = {.i64 = 0};
    enum status status = STATUS_INVALID;
    switch (field->type.base) {
    case POLICY_BOOL:
        status = read_bool(field, input, &value.i64, diag);
        break;
    case POLICY_INT:
        status = read_int(field, input, &value.i64, diag);
        break;
    case POLICY_NUMBER:
        status = read_number(field, input, &value.f64, diag);
        break;
    case POLICY_MONEY:
        status = read_money(field, rules->exponent, input, &value.i64, diag);
        break;
    case POLICY_TIME:
        status = read_time(field, rules->timezone_ms, input, &value.i64, diag);
        break;
    case POLICY_DURATION:
        status = read_duration(field, input, &value.i64, diag);
        break;
    case POLICY_COUNTRY:
        status = read_country(field, input, &value.i64, diag);
        break;
    case POLICY_ONE_OF:
        status = read_choice(field, input, &value.i64, diag);
        break;
    case POLICY_IP:
        status = read_ip(field, input, text, scratch, diag);
        value.text = text;
        break;
    case POLICY_TEXT:
    case POLICY_ENTITY:
    case POLICY_ID:
    case POLICY_REF:
        status = read_text(field, input, text, diag);
        value.text = text;
        break;
    }
    if (status == STATUS_OK)
        *ret_value = value;
    return status;
}
