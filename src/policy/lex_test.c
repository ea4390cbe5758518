/* One idea: a line of source is a list of tokens; each is compared with what it must be. */
#include "policy/test_help.h"

#include "policy/lex.h"

struct expected {
    enum token_kind kind;
    const char *text;
    enum policy_diag error;
};

static void expect_tokens(const char *source, const struct expected *expected, size_t count)
{
    struct lexer lexer;
    lexer_init(&lexer, view_of(source));
    for (size_t i = 0; i < count; i++) {
        struct token token = lexer_next(&lexer);
        if (token.kind != expected[i].kind || token.error != expected[i].error ||
            !view_equal(token.text, view_of(expected[i].text)))
            fail_msg("token %zu of `%s` is kind %d, error %d, `%.*s`", i, source, token.kind,
                     token.error, VIEW_ARG(token.text));
        assert_true(token.text.data == source + token.offset);
    }
    assert_int_equal(lexer_next(&lexer).kind, TOKEN_END);
    assert_int_equal(lexer_next(&lexer).kind, TOKEN_END);
}

#define EXPECT(source, ...)                                                                       \
    do {                                                                                          \
        const struct expected expected[] = {__VA_ARGS__};                                         \
        expect_tokens(source, expected, sizeof expected / sizeof expected[0]);                    \
    } while (0)

static void names_and_signs(void **state)
{
    (void)state;
    EXPECT("let x_1=a.b??c", {TOKEN_NAME, "let", 0}, {TOKEN_NAME, "x_1", 0},
           {TOKEN_SIGN, "=", 0}, {TOKEN_NAME, "a", 0}, {TOKEN_SIGN, ".", 0},
           {TOKEN_NAME, "b", 0}, {TOKEN_SIGN, "??", 0}, {TOKEN_NAME, "c", 0});
    EXPECT("a<=b<c==d!=-e", {TOKEN_NAME, "a", 0}, {TOKEN_SIGN, "<=", 0}, {TOKEN_NAME, "b", 0},
           {TOKEN_SIGN, "<", 0}, {TOKEN_NAME, "c", 0}, {TOKEN_SIGN, "==", 0},
           {TOKEN_NAME, "d", 0}, {TOKEN_SIGN, "!=", 0}, {TOKEN_SIGN, "-", 0},
           {TOKEN_NAME, "e", 0});
}

static void numbers_durations_and_dates(void **state)
{
    (void)state;
    EXPECT("1 50_000.25 0.5 7.x", {TOKEN_INT, "1", 0}, {TOKEN_DECIMAL, "50_000.25", 0},
           {TOKEN_DECIMAL, "0.5", 0}, {TOKEN_INT, "7", 0}, {TOKEN_SIGN, ".", 0},
           {TOKEN_NAME, "x", 0});
    EXPECT("1h30m 90s 250ms 30d 0s", {TOKEN_DURATION, "1h30m", 0}, {TOKEN_DURATION, "90s", 0},
           {TOKEN_DURATION, "250ms", 0}, {TOKEN_DURATION, "30d", 0}, {TOKEN_DURATION, "0s", 0});
    EXPECT("30m1h 5x 3661d 1.5h", {TOKEN_DURATION, "30m1h", CODE_BAD_DURATION},
           {TOKEN_DURATION, "5x", CODE_BAD_DURATION},
           {TOKEN_DURATION, "3661d", CODE_BAD_DURATION},
           {TOKEN_DURATION, "1.5h", CODE_BAD_DURATION});
    EXPECT("2027-03-31 2027 - 3 2027-03-311", {TOKEN_DATE, "2027-03-31", 0},
           {TOKEN_INT, "2027", 0}, {TOKEN_SIGN, "-", 0}, {TOKEN_INT, "3", 0},
           {TOKEN_INT, "2027", 0}, {TOKEN_SIGN, "-", 0}, {TOKEN_INT, "03", 0},
           {TOKEN_SIGN, "-", 0}, {TOKEN_INT, "311", 0});
}

static void texts_and_comments(void **state)
{
    (void)state;
    EXPECT("\"a # b\" # c \"d\"\n\"\\\"\\\\\"", {TOKEN_TEXT, "\"a # b\"", 0},
           {TOKEN_TEXT, "\"\\\"\\\\\"", 0});
    EXPECT("\"open\nx", {TOKEN_TEXT, "\"open", CODE_TEXT_NOT_CLOSED}, {TOKEN_NAME, "x", 0});
    EXPECT("\"open", {TOKEN_TEXT, "\"open", CODE_TEXT_NOT_CLOSED});
    EXPECT("\"a\\q\"", {TOKEN_TEXT, "\"a\\q\"", CODE_BAD_ESCAPE});
    EXPECT("\"a\x01\"", {TOKEN_TEXT, "\"a\x01\"", CODE_BAD_CHARACTER});
    EXPECT("a \x01\x02\xE4\xB8\xAD b", {TOKEN_NAME, "a", 0},
           {TOKEN_BAD, "\x01\x02\xE4\xB8\xAD", CODE_BAD_CHARACTER}, {TOKEN_NAME, "b", 0});
}

static void lines_are_known(void **state)
{
    (void)state;
    struct lexer lexer;
    lexer_init(&lexer, VIEW("\xEF\xBB\xBF" "a b\r\n  c # d\n\n\te"));
    const bool first[] = {true, false, true, true};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(lexer_next(&lexer).line_first, first[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_signs),
        cmocka_unit_test(numbers_durations_and_dates),
        cmocka_unit_test(texts_and_comments),
        cmocka_unit_test(lines_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
