/* One idea: every type is given each form of input, good, bad and at its limits. */
#include "engine/test_help.h"

#include "base/datetime.h"
#include "base/utf8.h"
#include "engine/value.h"

static struct value_rules rules = {.exponent = 2};

static const struct view CHOICES[] = {{"web", 3}, {"app", 3}};

struct reading {
    enum status status;
    union policy_value value;
    struct view text;
    char scratch[16];
    struct diag diag;
};

static struct policy_field field_of(enum policy_base base)
{
    return (struct policy_field){.name = VIEW("f"),
                                 .type = {.base = base, .choice_count = 2, .choices = CHOICES}};
}

static void read_as(const struct policy_field *field, enum value_form form, struct view text,
                    bool truth, struct reading *r)
{
    struct value_input input = {text, form, truth};
    *r = (struct reading){.value = {.i64 = -77}};
    r->status = value_read(field, &rules, &input, &r->text, r->scratch, &r->value, &r->diag);
    if (r->status == STATUS_OK)
        return;
    assert_int_equal(r->value.i64, -77);
    assert_string_equal(r->diag.field, "f");
}

static void accept_i64(const struct policy_field *field, enum value_form form, const char *text,
                       int64_t want)
{
    struct reading r;
    read_as(field, form, view_of(text), false, &r);
    if (r.status != STATUS_OK)
        fail_msg("'%s': %s", text, r.diag.message);
    assert_int_equal(r.value.i64, want);
}

static void accept_text(const struct policy_field *field, enum value_form form, const char *text,
                        struct view want)
{
    struct reading r;
    read_as(field, form, view_of(text), false, &r);
    if (r.status != STATUS_OK)
        fail_msg("'%s': %s", text, r.diag.message);
    assert_ptr_equal(r.value.text, &r.text);
    assert_true(view_equal(r.text, want));
}

static void refuse(const struct policy_field *field, enum value_form form, const char *text,
                   enum status status, const char *code)
{
    struct reading r;
    read_as(field, form, view_of(text), false, &r);
    if (r.status != status || strcmp(r.diag.code, code) != 0)
        fail_msg("'%s' is not refused as %s", text, code);
}

/* What is said of a cell that cannot be read. */
static void says(const struct policy_field *field, const char *text, const char *message,
                 const char *hint)
{
    struct reading r;
    read_as(field, VALUE_CSV, view_of(text), false, &r);
    assert_int_equal(r.status, STATUS_INVALID);
    assert_string_equal(r.diag.message, message);
    assert_string_equal(r.diag.hint, hint);
}

static void wrong(const struct policy_field *field, enum value_form form, const char *text)
{
    refuse(field, form, text, STATUS_INVALID, "wrong-type");
}

static void booleans(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_BOOL);
    struct reading r;
    read_as(&f, VALUE_BOOL, VIEW("true"), true, &r);
    assert_int_equal(r.value.i64, 1);
    read_as(&f, VALUE_BOOL, VIEW("false"), false, &r);
    assert_int_equal(r.value.i64, 0);
    accept_i64(&f, VALUE_CSV, "true", 1);
    accept_i64(&f, VALUE_CSV, "1", 1);
    accept_i64(&f, VALUE_CSV, "false", 0);
    accept_i64(&f, VALUE_CSV, "0", 0);
    wrong(&f, VALUE_STRING, "true");
    wrong(&f, VALUE_NUMBER, "1");
    wrong(&f, VALUE_OTHER, "[]");
    wrong(&f, VALUE_CSV, "TRUE");
    wrong(&f, VALUE_CSV, "2");
}

static void integers(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_INT);
    static const enum value_form forms[] = {VALUE_NUMBER, VALUE_CSV};
    for (size_t i = 0; i < 2; i++) {
        enum value_form form = forms[i];
        accept_i64(&f, form, "0", 0);
        accept_i64(&f, form, "-5", -5);
        accept_i64(&f, form, "1000000000000000", POLICY_INT_MAX);
        accept_i64(&f, form, "-1000000000000000", -POLICY_INT_MAX);
        refuse(&f, form, "1000000000000001", STATUS_OVERFLOW, "out-of-range");
        refuse(&f, form, "-1000000000000001", STATUS_OVERFLOW, "out-of-range");
        refuse(&f, form, "99999999999999999999", STATUS_OVERFLOW, "out-of-range");
        wrong(&f, form, "1.0");
        wrong(&f, form, "1e3");
    }
    wrong(&f, VALUE_CSV, "x");
    wrong(&f, VALUE_CSV, " 1");
    wrong(&f, VALUE_STRING, "1");
    wrong(&f, VALUE_BOOL, "true");
    wrong(&f, VALUE_OTHER, "{}");
}

static void accept_f64(const struct policy_field *field, const char *text, double want)
{
    struct reading r;
    read_as(field, VALUE_NUMBER, view_of(text), false, &r);
    assert_int_equal(r.status, STATUS_OK);
    assert_memory_equal(&r.value.f64, &want, sizeof want);
    read_as(field, VALUE_CSV, view_of(text), false, &r);
    assert_int_equal(r.status, STATUS_OK);
    assert_memory_equal(&r.value.f64, &want, sizeof want);
}

static void numbers(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_NUMBER);
    accept_f64(&f, "0.5", 0.5);
    accept_f64(&f, "-1e3", -1000);
    accept_f64(&f, "7", 7);
    accept_f64(&f, "1e12", 1e12);
    accept_f64(&f, "-1e12", -1e12);
    accept_f64(&f, "0", 0.0);
    accept_f64(&f, "-0.0", 0.0); /* the same number, so the same bytes */
    accept_f64(&f, "-1e-999", 0.0);
    refuse(&f, VALUE_NUMBER, "1.000001e12", STATUS_OVERFLOW, "out-of-range");
    refuse(&f, VALUE_NUMBER, "1e999", STATUS_OVERFLOW, "out-of-range");
    refuse(&f, VALUE_CSV, "-1e13", STATUS_OVERFLOW, "out-of-range");
    wrong(&f, VALUE_CSV, "nan");
    wrong(&f, VALUE_CSV, "inf");
    wrong(&f, VALUE_CSV, "0x10");
    wrong(&f, VALUE_CSV, "1,5");
    wrong(&f, VALUE_STRING, "0.5");
    wrong(&f, VALUE_BOOL, "true");
}

static void money(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_MONEY);
    static const enum value_form forms[] = {VALUE_NUMBER, VALUE_CSV, VALUE_STRING};
    for (size_t i = 0; i < 3; i++) {
        accept_i64(&f, forms[i], "12.50", 1250);
        accept_i64(&f, forms[i], "12.5", 1250);
        accept_i64(&f, forms[i], "-3", -300);
        accept_i64(&f, forms[i], "10000000000000.00", POLICY_INT_MAX);
        accept_i64(&f, forms[i], "-10000000000000", -POLICY_INT_MAX);
        refuse(&f, forms[i], "10000000000000.01", STATUS_OVERFLOW, "out-of-range");
        refuse(&f, forms[i], "12.505", STATUS_LIMIT, "too-many-decimals");
        wrong(&f, forms[i], "1e3");
    }
    wrong(&f, VALUE_STRING, "CNY 5");
    wrong(&f, VALUE_STRING, "1,000.00");
    wrong(&f, VALUE_STRING, "");
    wrong(&f, VALUE_BOOL, "true");
    wrong(&f, VALUE_OTHER, "[1]");
}

/* A pattern that says no offset is read in the policy's timezone. */
static void local_times(struct policy_field *f)
{
    const struct view plain = f->time_pattern;
    static const struct {
        const char *pattern;
        const char *text;
        int64_t ahead_minutes;
    } own[] = {
        {"YYYY-MM-DDThh:mm:ssZ", "1970-01-02T00:00:00Z", 0},
        {"YYYY-MM-DD hh:mm:ss UTC", "1970-01-02 00:00:00 UTC", 0},
        {"YYYYMMDD GMT", "19700102 GMT", 0},
        {"YYYY-MM-DDThh:mm:ss+05:30", "1970-01-02T00:00:00+05:30", 330},
        {"YYYY-MM-DDThh:mm:ss-08:00", "1970-01-02T00:00:00-08:00", -480},
    };
    for (int hours = -14; hours <= 14; hours += 7) {
        rules.timezone_ms = hours * DATETIME_MS_HOUR;
        f->time_pattern = plain;
        accept_i64(f, VALUE_CSV, "1970-01-02 00:00:00", DATETIME_MS_DAY - rules.timezone_ms);
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
            f->time_pattern = view_of(own[i].pattern);
            accept_i64(f, VALUE_CSV, own[i].text,
                       DATETIME_MS_DAY - own[i].ahead_minutes * DATETIME_MS_MINUTE);
        }
    }
    f->time_pattern = plain;
    rules.timezone_ms = DATETIME_MS_HOUR;
    refuse(f, VALUE_CSV, "0001-01-01 00:59:59", STATUS_OVERFLOW, "out-of-range");
    accept_i64(f, VALUE_CSV, "0001-01-01 01:00:00", DATETIME_MS_MIN);
    rules.timezone_ms = -DATETIME_MS_HOUR;
    refuse(f, VALUE_CSV, "9999-12-31 23:00:00", STATUS_OVERFLOW, "out-of-range");
    accept_i64(f, VALUE_CSV, "9999-12-31 22:59:59", DATETIME_MS_MAX - 999);
    rules.timezone_ms = 0;
}

static void times(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_TIME);
    accept_i64(&f, VALUE_STRING, "1970-01-01T00:00:01Z", 1000);
    accept_i64(&f, VALUE_CSV, "1970-01-01T01:00:00+01:00", 0);
    accept_i64(&f, VALUE_STRING, "1970-01-01T00:00:00.0019Z", 1);
    wrong(&f, VALUE_STRING, "1970-01-01");
    says(&f, "1.2.1970", "f must be a time such as 2026-11-22T15:52:16Z, not `1.2.1970`",
         "a field says how its times are written: `time as \"DD.MM.YYYY hh:mm\"`, "
         "`time as unix seconds`");
    wrong(&f, VALUE_STRING, "1970-02-30T00:00:00Z");
    wrong(&f, VALUE_NUMBER, "1000");
    f.time_format = POLICY_TIME_PATTERN;
    f.time_pattern = VIEW("YYYY-MM-DD hh:mm:ss");
    accept_i64(&f, VALUE_CSV, "1970-01-02 00:00:00", DATETIME_MS_DAY);
    wrong(&f, VALUE_CSV, "1970-01-02T00:00:00");
    says(&f, "1.2.1970", "f must be a time laid out as YYYY-MM-DD hh:mm:ss, not `1.2.1970`", "");
    wrong(&f, VALUE_NUMBER, "1970");
    local_times(&f);
    f.time_format = POLICY_TIME_UNIX_S;
    accept_i64(&f, VALUE_NUMBER, "-5", -5000);
    accept_i64(&f, VALUE_CSV, "1700000000", 1700000000000);
    refuse(&f, VALUE_NUMBER, "253402300800", STATUS_OVERFLOW, "out-of-range");
    refuse(&f, VALUE_NUMBER, "99999999999999999999", STATUS_OVERFLOW, "out-of-range");
    wrong(&f, VALUE_NUMBER, "1.5");
    wrong(&f, VALUE_STRING, "1700000000");
    f.time_format = POLICY_TIME_UNIX_MS;
    accept_i64(&f, VALUE_NUMBER, "253402300799999", DATETIME_MS_MAX);
    refuse(&f, VALUE_NUMBER, "253402300800000", STATUS_OVERFLOW, "out-of-range");
    accept_i64(&f, VALUE_NUMBER, "-62135596800000", DATETIME_MS_MIN);
    refuse(&f, VALUE_NUMBER, "-62135596800001", STATUS_OVERFLOW, "out-of-range");
}

static void durations(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_DURATION);
    accept_i64(&f, VALUE_STRING, "1h30m", 5400000);
    accept_i64(&f, VALUE_CSV, "250ms", 250);
    accept_i64(&f, VALUE_STRING, "3660d", DURATION_MS_MAX);
    refuse(&f, VALUE_STRING, "3661d", STATUS_OVERFLOW, "out-of-range");
    wrong(&f, VALUE_STRING, "5");
    wrong(&f, VALUE_NUMBER, "5");
    wrong(&f, VALUE_STRING, "-1h");
}

static void countries_and_choices(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_COUNTRY);
    accept_i64(&f, VALUE_STRING, "CN", 'C' * 256 + 'N');
    accept_i64(&f, VALUE_CSV, "DE", 'D' * 256 + 'E');
    wrong(&f, VALUE_STRING, "cn");
    wrong(&f, VALUE_STRING, "CHN");
    wrong(&f, VALUE_STRING, "C1");
    wrong(&f, VALUE_STRING, "");
    wrong(&f, VALUE_NUMBER, "86");
    f = field_of(POLICY_ONE_OF);
    accept_i64(&f, VALUE_STRING, "web", 0);
    accept_i64(&f, VALUE_CSV, "app", 1);
    wrong(&f, VALUE_STRING, "Web");
    wrong(&f, VALUE_STRING, "pos");
    wrong(&f, VALUE_OTHER, "web");
}

static void addresses(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_IP);
    accept_text(&f, VALUE_STRING, "10.0.0.255", (struct view){"\x0a\0\0\xff", 4});
    accept_text(&f, VALUE_CSV, "::1", (struct view){"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16});
    accept_text(&f, VALUE_CSV, "::ffff:1.2.3.4", (struct view){"\1\2\3\4", 4});
    wrong(&f, VALUE_STRING, "10.0.0");
    wrong(&f, VALUE_STRING, "10.0.0.256");
    wrong(&f, VALUE_STRING, "10.0.0.1 ");
    wrong(&f, VALUE_NUMBER, "10.0");
}

static void names(void **state)
{
    (void)state;
    static const enum policy_base bases[] = {POLICY_ENTITY, POLICY_ID, POLICY_REF};
    char text[ENGINE_ID_BYTES_MAX + 2] = "";
    for (size_t i = 0; i < 3; i++) {
        struct policy_field f = field_of(bases[i]);
        accept_text(&f, VALUE_STRING, "a 1", VIEW("a 1"));
        accept_text(&f, VALUE_CSV, "007", VIEW("007"));
        accept_text(&f, VALUE_NUMBER, "42", VIEW("42"));
        wrong(&f, VALUE_NUMBER, "4.2");
        wrong(&f, VALUE_NUMBER, "1e2");
        wrong(&f, VALUE_STRING, "");
        wrong(&f, VALUE_BOOL, "true");
        wrong(&f, VALUE_OTHER, "{}");
        memset(text, 'x', ENGINE_ID_BYTES_MAX + 1);
        refuse(&f, VALUE_STRING, text, STATUS_LIMIT, "too-long");
        text[ENGINE_ID_BYTES_MAX] = '\0';
        accept_text(&f, VALUE_STRING, text, view_of(text));
    }
}

static void texts(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_TEXT);
    char text[ENGINE_TEXT_BYTES_MAX + 2] = "";
    accept_text(&f, VALUE_STRING, "", VIEW(""));
    accept_text(&f, VALUE_CSV, "a,b", VIEW("a,b"));
    wrong(&f, VALUE_NUMBER, "5");
    wrong(&f, VALUE_OTHER, "[]");
    memset(text, 'x', ENGINE_TEXT_BYTES_MAX + 1);
    refuse(&f, VALUE_STRING, text, STATUS_LIMIT, "too-long");
    text[ENGINE_TEXT_BYTES_MAX] = '\0';
    accept_text(&f, VALUE_STRING, text, view_of(text));
}

/* A message quotes the value, but never half a character of it. */
static void messages_are_utf8(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_INT);
    struct reading r;
    char text[64];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t at = shift; at + 3 < 60; at += 3)
            memcpy(text + at, "\xe4\xbd\xa0", 3);
        read_as(&f, VALUE_STRING, (struct view){text, shift + 54}, false, &r);
        assert_int_equal(r.status, STATUS_INVALID);
        assert_true(utf8_valid(r.diag.message, strlen(r.diag.message)));
        assert_true(strlen(r.diag.message) < 80);
    }
}

/* Which words a bool and a `one of` take is said, as many of them as there is room for. */
static void messages_say_what_is_read(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_BOOL);
    struct reading r;
    says(&f, " yes ", "f must be true, false, 1 or 0, not ` yes `", "");
    read_as(&f, VALUE_STRING, VIEW("true"), false, &r);
    assert_string_equal(r.diag.message, "f must be true or false without quotes, not `\"true\"`");
    read_as(&f, VALUE_NUMBER, VIEW("1"), false, &r);
    assert_string_equal(r.diag.message, "f must be true or false, not `1`");
    f = field_of(POLICY_ONE_OF);
    says(&f, "telefon", "f must be one of web, app, not `telefon`", "");
    static const struct view nine[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1},
                                       {"f", 1}, {"g", 1}, {"h", 1}, {"i", 1}};
    f.type.choices = nine;
    f.type.choice_count = 8;
    says(&f, "A", "f must be one of a, b, c, d, e, f, g, h, not `A`", "");
    f.type.choice_count = 9;
    says(&f, "A", "f must be one of a, b, c, d, e, f, g, h, ..., not `A`", "");
}

static void decimal_commas(void **state)
{
    (void)state;
    static const char *const commas[] = {"49,90", "1.234,56", "-0,5", "1,234.56", "1,234"};
    static const char *const others[] = {",", "-,", "a,5", "4 9", "1,5e3", "5,-"};
    static const char hint[] = "write the decimal point as `.`, and nothing between thousands";
    static const enum policy_base bases[] = {POLICY_MONEY, POLICY_NUMBER};
    struct reading r;
    for (size_t b = 0; b < 2; b++) {
        struct policy_field f = field_of(bases[b]);
        for (size_t i = 0; i < sizeof commas / sizeof commas[0]; i++) {
            read_as(&f, VALUE_CSV, view_of(commas[i]), false, &r);
            assert_string_equal(r.diag.hint, hint);
        }
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            read_as(&f, VALUE_CSV, view_of(others[i]), false, &r);
            assert_int_equal(r.status, STATUS_INVALID);
            assert_string_equal(r.diag.hint, "");
        }
    }
    struct policy_field f = field_of(POLICY_MONEY);
    says(&f, "49,90", "f must be an amount such as 12.50, not `49,90`", hint);
}

/* A hint only where leading zeros are all that a time lacks. */
static void leading_zeros(void **state)
{
    (void)state;
    struct policy_field f = field_of(POLICY_TIME);
    f.time_format = POLICY_TIME_PATTERN;
    f.time_pattern = VIEW("DD.MM.YYYY hh:mm");
    static const struct {
        const char *text;
        const char *hint;
    } cases[] = {
        {"1.02.2026 09:05", "DD is two digits: write `01.02.2026 09:05`"},
        {"01.2.2026 09:05", "MM is two digits: write `01.02.2026 09:05`"},
        {"1.2.2026 9:5", "DD is two digits: write `01.02.2026 09:05`"},
        {"11.12.2026 9:05", "hh is two digits: write `11.12.2026 09:05`"},
        {"30.2.2026 09:05", ""}, {"1.2.26 09:05", ""}, {"1.2.2026", ""}, {"1", ""}, {"", ""},
        {"1.2.2026 09:05:07", ""}, {".2.2026 09:05", ""}, {"24.12.2026  9:05", ""},
    };
    struct reading r;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_as(&f, VALUE_STRING, view_of(cases[i].text), false, &r);
        assert_int_equal(r.status, STATUS_INVALID);
        assert_string_equal(r.diag.hint, cases[i].hint);
    }
    f.time_pattern = VIEW("a pattern of more than forty bytes: DD.MM.YYYY");
    read_as(&f, VALUE_STRING, VIEW("a pattern of more than forty bytes: 1.2.2026"), false, &r);
    assert_int_equal(r.status, STATUS_INVALID);
    assert_string_equal(r.diag.hint, "");
}

/* The longest names leave room for the value that was refused. */
static void messages_have_room(void **state)
{
    (void)state;
    char name[POLICY_NAME_BYTES_MAX + 1];
    memset(name, 'n', POLICY_NAME_BYTES_MAX);
    name[POLICY_NAME_BYTES_MAX] = '\0';
    for (size_t size = 1; size <= POLICY_NAME_BYTES_MAX; size++) {
        struct view choices[9];
        for (size_t i = 0; i < 9; i++)
            choices[i] = (struct view){name, size};
        struct policy_field f = {.name = view_of(name),
                                 .type = {.base = POLICY_ONE_OF, .choice_count = 9,
                                          .choices = choices}};
        struct value_input input = {VIEW("0123456789012345678901234567890123456789"),
                                    VALUE_STRING, false};
        struct reading r = {.diag = {.code = ""}};
        assert_int_equal(value_read(&f, &rules, &input, &r.text, r.scratch, &r.value, &r.diag),
                         STATUS_INVALID);
        assert_non_null(strstr(r.diag.message,
                               ", ..., not `\"0123456789012345678901234567890123456789\"`"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans),
        cmocka_unit_test(integers),
        cmocka_unit_test(numbers),
        cmocka_unit_test(money),
        cmocka_unit_test(times),
        cmocka_unit_test(durations),
        cmocka_unit_test(countries_and_choices),
        cmocka_unit_test(addresses),
        cmocka_unit_test(names),
        cmocka_unit_test(texts),
        cmocka_unit_test(messages_are_utf8),
        cmocka_unit_test(messages_say_what_is_read),
        cmocka_unit_test(messages_have_room),
        cmocka_unit_test(decimal_commas),
        cmocka_unit_test(leading_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
