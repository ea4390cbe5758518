/* One idea: a token is found by its first byte and carries its own error, so that reading on after
 * a mistake needs no special case. Comments and space are skipped here and nowhere else. */
#include "policy/lex.h"

#include "base/datetime.h"
#include "policy/policy.h"

void lexer_init(struct lexer *lexer, struct view source)
{
    *lexer = (struct lexer){.source = source, .line_first = true};
    if (source.size_bytes >= 3 && memcmp(source.data, "\xEF\xBB\xBF", 3) == 0)
        lexer->at = 3;
}

static int peek(const struct lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->source.size_bytes ? (unsigned char)lexer->source.data[at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void skip_space(struct lexer *lexer)
{
    for (;;) {
        int c = peek(lexer, 0);
        if (c == '\n') {
            lexer->line_first = true;
            lexer->at++;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            lexer->at++;
        } else if (c == '#') {
            while (peek(lexer, 0) != -1 && peek(lexer, 0) != '\n')
                lexer->at++;
        } else {
            return;
        }
    }
}

static void lex_name(struct lexer *lexer, struct token *token)
{
    size_t start = lexer->at;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    token->kind = TOKEN_NAME;
    if (lexer->at - start > POLICY_NAME_BYTES_MAX)
        token->error = CODE_NAME_TOO_LONG;
}

static void skip_digits(struct lexer *lexer)
{
    while (is_digit(peek(lexer, 0)) || (peek(lexer, 0) == '_' && is_digit(peek(lexer, 1))))
        lexer->at++;
}

static bool lex_date(struct lexer *lexer, struct token *token)
{
    static const char shape[] = "dddd-dd-dd";
    for (size_t i = 0; i < 10; i++) {
        int c = peek(lexer, i);
        if (shape[i] == 'd' ? !is_digit(c) : c != '-')
            return false;
    }
    if (is_digit(peek(lexer, 10)))
        return false;
    lexer->at += 10;
    token->kind = TOKEN_DATE;
    return true;
}

/* 1e3: `e` and digits that may have a sign. Not a duration: no unit begins with e. */
static bool lex_exponent(struct lexer *lexer, struct token *token)
{
    bool sign = peek(lexer, 1) == '-' || peek(lexer, 1) == '+';
    if ((peek(lexer, 0) != 'e' && peek(lexer, 0) != 'E') || !is_digit(peek(lexer, sign ? 2 : 1)))
        return false;
    lexer->at += sign ? 2 : 1;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    token->kind = TOKEN_BAD;
    token->error = CODE_BAD_NUMBER;
    return true;
}

static void lex_number(struct lexer *lexer, struct token *token)
{
    if (lex_date(lexer, token))
        return;
    size_t start = lexer->at;
    token->kind = TOKEN_INT;
    skip_digits(lexer);
    if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
        token->kind = TOKEN_DECIMAL;
        lexer->at++;
        skip_digits(lexer);
    }
    if (!is_letter(peek(lexer, 0)) || lex_exponent(lexer, token))
        return;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    int64_t ms;
    token->kind = TOKEN_DURATION;
    if (duration_parse((struct view){lexer->source.data + start, lexer->at - start}, &ms) !=
        STATUS_OK)
        token->error = CODE_BAD_DURATION;
}

static void lex_text(struct lexer *lexer, struct token *token)
{
    size_t start = lexer->at++;
    token->kind = TOKEN_TEXT;
    for (;;) {
        int c = peek(lexer, 0);
        if (c == -1 || c == '\n') {
            token->error = CODE_TEXT_NOT_CLOSED;
            return;
        }
        lexer->at++;
        if (c == '"')
            break;
        if (c == '\\') {
            int escaped = peek(lexer, 0);
            if (escaped != '"' && escaped != '\\' && escaped != 'n' && escaped != 't')
                token->error = CODE_BAD_ESCAPE;
            else
                lexer->at++;
        } else if (c < 0x20 && c != '\t') {
            token->error = CODE_BAD_CHARACTER;
        }
    }
    if (token->error == CODE_NONE && lexer->at - start - 2 > POLICY_TEXT_BYTES_MAX)
        token->error = CODE_TEXT_TOO_LONG;
}

static bool lex_sign(struct lexer *lexer, struct token *token)
{
    static const char two[][3] = {"==", "!=", "<=", ">=", "??", "&&", "||", "<>", "=>", "=<"};
    int c = peek(lexer, 0);
    token->kind = TOKEN_SIGN;
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        if (c == two[i][0] && peek(lexer, 1) == two[i][1]) {
            lexer->at += 2;
            return true;
        }
    }
    if (c <= 0 || strchr("{}()[]:,.=<>+-*/?!&|%;", c) == NULL)
        return false;
    lexer->at++;
    return true;
}

/* 'abc': one mistake, up to the quote that ends it, where there is one. */
static void skip_quoted(struct lexer *lexer)
{
    size_t size = 1;
    while (peek(lexer, size) >= 0x20 && peek(lexer, size) != '\'')
        size++;
    if (peek(lexer, size) == '\'')
        lexer->at += size;
}

/* One token for a whole run of bytes that begin nothing: one mistake, one message. */
static void lex_bad(struct lexer *lexer, struct token *token)
{
    token->kind = TOKEN_BAD;
    token->error = CODE_BAD_CHARACTER;
    if (peek(lexer, 0) == '\'')
        skip_quoted(lexer);
    do
        lexer->at++;
    while (peek(lexer, 0) >= 0x80 || (peek(lexer, 0) >= 0 && peek(lexer, 0) < 0x20 &&
                                      strchr("\n\t\r", peek(lexer, 0)) == NULL));
}

struct token lexer_next(struct lexer *lexer)
{
    skip_space(lexer);
    struct token token = {.line_first = lexer->line_first, .offset = (uint32_t)lexer->at};
    size_t start = lexer->at;
    int c = peek(lexer, 0);
    lexer->line_first = false;
    if (c == -1)
        token.kind = TOKEN_END;
    else if (is_letter(c))
        lex_name(lexer, &token);
    else if (is_digit(c))
        lex_number(lexer, &token);
    else if (c == '"')
        lex_text(lexer, &token);
    else if (!lex_sign(lexer, &token))
        lex_bad(lexer, &token);
    token.text = (struct view){lexer->source.data + start, lexer->at - start};
    return token;
}
