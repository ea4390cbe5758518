/* One idea: one token in hand, one message per statement, and after a mistake on to the next line
 * that begins a statement. */
#include "policy/parse_int.h"

#include <stdio.h>

#include "base/datetime.h"
#include "policy/foreign.h"

/* Objects handed out when memory is gone must fit in the scrap. */
_Static_assert(sizeof(struct ast_aggregate) <= sizeof(((struct parser *)0)->scrap), "scrap");
_Static_assert(sizeof(struct ast_rule) <= sizeof(((struct parser *)0)->scrap), "scrap");

/* ---- tokens ---- */

static struct diag *token_error(struct parser *parser, const struct token *token)
{
    struct ast_place place = {token->offset, (uint32_t)token->text.size_bytes};
    struct sink *sink = parser->sink;
    enum policy_diag code = token->error;
    if (code == CODE_NAME_TOO_LONG)
        return sink_add(sink, code, place, "a name has at most %d bytes", POLICY_NAME_BYTES_MAX);
    if (code == CODE_TEXT_TOO_LONG)
        return sink_add(sink, code, place, "a text has at most %d bytes", POLICY_TEXT_BYTES_MAX);
    if (code == CODE_BAD_ESCAPE)
        return sink_add(sink, code, place, "only \\\", \\\\, \\n and \\t may follow a backslash");
    if (code == CODE_BAD_DURATION) {
        struct diag *diag = sink_add(sink, code, place, "this is not a duration");
        diag_hint(diag, "write 90s, 15m, 1h30m or 30d: whole numbers, larger units first, at most "
                        "3660d");
        return diag;
    }
    if (code == CODE_TEXT_NOT_CLOSED) {
        struct diag *diag = sink_add(sink, code, place, "this text does not end on its line");
        diag_hint(diag, "close it with a quote; write \\\" for a quote inside");
        return diag;
    }
    if (code == CODE_BAD_NUMBER) {
        struct diag *diag = sink_add(sink, code, place, "a number has no exponent");
        diag_hint(diag, "write its digits: 1000 or 0.001");
        return diag;
    }
    struct diag *diag = sink_add(sink, code, place, "this character has no meaning here");
    if (token->text.data[0] == '\'')
        diag_hint(diag, "texts stand in double quotes");
    else if (token->text.data[0] == '$')
        diag_hint(diag, "an amount begins with its currency: USD 100.00");
    return diag;
}

/* Wrong tokens are reported once, here, and bytes without meaning are left out. */
static struct token next(struct parser *parser)
{
    for (;;) {
        struct token token = lexer_next(&parser->lexer);
        if (token.error != CODE_NONE)
            token_error(parser, &token);
        if (token.kind != TOKEN_BAD)
            return token;
        parser->muted = true;
    }
}

void parse_advance(struct parser *parser)
{
    parser->last_end = parser->token.offset + (uint32_t)parser->token.text.size_bytes;
    parser->token = parser->ahead;
    parser->ahead = next(parser);
}

static bool token_is(const struct token *token, enum token_kind kind, const char *text)
{
    return token->kind == kind && view_equal(token->text, view_of(text));
}

bool parse_is_sign(const struct parser *parser, const char *sign)
{
    return token_is(&parser->token, TOKEN_SIGN, sign);
}

bool parse_is_word(const struct parser *parser, const char *word)
{
    return token_is(&parser->token, TOKEN_NAME, word);
}

bool parse_ahead_is(const struct parser *parser, const char *text)
{
    return view_equal(parser->ahead.text, view_of(text)) && parser->ahead.kind != TOKEN_TEXT;
}

bool parse_take_sign(struct parser *parser, const char *sign)
{
    bool there = parse_is_sign(parser, sign) && !parser->panic;
    if (there)
        parse_advance(parser);
    return there;
}

bool parse_take_word(struct parser *parser, const char *word)
{
    bool there = parse_is_word(parser, word) && !parser->panic;
    if (there)
        parse_advance(parser);
    return there;
}

struct diag *parse_fail(struct parser *parser, enum policy_diag code, const char *format, ...)
{
    if (parser->panic)
        return NULL;
    parser->panic = true;
    if (parser->muted)
        return NULL;
    char message[DIAG_MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return sink_add(parser->sink, code, parse_here(parser), "%s", message);
}

static bool is_currency(const struct token *token)
{
    money_currency currency;
    return token->kind == TOKEN_NAME && money_currency_find(token->text, &currency) == STATUS_OK;
}

struct diag *parse_expected(struct parser *parser, const char *what)
{
    const struct token *token = &parser->token;
    if (token->kind == TOKEN_END)
        return parse_fail(parser, CODE_SYNTAX, "expected %s, found the end of the file", what);
    int shown = token->text.size_bytes > 40 ? 40 : (int)token->text.size_bytes;
    struct diag *diag = parse_fail(parser, CODE_SYNTAX, "expected %s, found `%.*s`", what, shown,
                                   token->text.data);
    const char *hint = token->kind == TOKEN_TEXT ? NULL : foreign_sign(token->text);
    if (hint != NULL)
        diag_hint(diag, "%s", hint);
    else if (is_currency(token))
        diag_hint(diag, "an amount begins with its currency: %.*s 100.00", VIEW_ARG(token->text));
    return diag;
}

static void need(struct parser *parser, bool there, const char *text, const char *after)
{
    char what[96];
    if (there) {
        parse_advance(parser);
        return;
    }
    snprintf(what, sizeof what, "`%s` %s", text, after);
    parse_expected(parser, what);
}

void parse_need_sign(struct parser *parser, const char *sign, const char *after)
{
    if (!parser->panic)
        need(parser, parse_is_sign(parser, sign), sign, after);
}

void parse_need_word(struct parser *parser, const char *word, const char *after)
{
    if (!parser->panic)
        need(parser, parse_is_word(parser, word), word, after);
}

/* ---- pieces ---- */

void *parse_make(struct parser *parser, size_t size_bytes)
{
    void *made = arena_alloc(parser->arena, size_bytes);
    if (made != NULL)
        return made;
    parser->failed = true;
    parser->panic = true;
    memset(parser->scrap, 0, sizeof parser->scrap);
    return parser->scrap;
}

struct ast_place parse_here(const struct parser *parser)
{
    return (struct ast_place){parser->token.offset, (uint32_t)parser->token.text.size_bytes};
}

struct ast_place parse_since(const struct parser *parser, uint32_t offset)
{
    uint32_t end = parser->last_end > offset ? parser->last_end : offset + 1;
    return (struct ast_place){offset, end - offset};
}

bool parse_reserved(struct view word)
{
    static const char *const reserved[] = {
        "and", "or", "not", "in", "is", "if", "then", "else", "true", "false", "where", "when",
        "unless", "per", "over", "before",
    };
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (view_equal(word, view_of(reserved[i])))
            return true;
    }
    return false;
}

struct ast_word parse_word(struct parser *parser, const char *what)
{
    struct ast_word word = {NULL, parse_here(parser)};
    if (parser->panic)
        return word;
    if (parser->token.kind != TOKEN_NAME) {
        parse_expected(parser, what);
        return word;
    }
    if (parse_reserved(parser->token.text)) {
        diag_hint(parse_fail(parser, CODE_RESERVED_WORD, "`%.*s` is a word of the language and "
                             "cannot be %s", VIEW_ARG(parser->token.text), what),
                  "choose another name");
        return word;
    }
    word.name = ast_name_intern(parser->ast, parser->token.text);
    if (word.name == NULL) {
        parser->failed = true;
        parser->panic = true;
    }
    parse_advance(parser);
    return word;
}

/* Resolves escapes; the lexer has reported the wrong ones. */
static struct view decoded(struct parser *parser, struct view raw)
{
    size_t end = raw.size_bytes;
    if (end >= 2 && raw.data[end - 1] == '"')
        end--;
    char *to = parse_make(parser, raw.size_bytes > sizeof parser->scrap ? 1 : raw.size_bytes);
    if (parser->failed || raw.size_bytes > sizeof parser->scrap)
        return (struct view){to, 0};
    size_t size = 0;
    for (size_t i = 1; i < end; i++) {
        char c = raw.data[i];
        if (c == '\\' && i + 1 < end) {
            c = raw.data[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        to[size++] = c;
    }
    return (struct view){to, size};
}

struct ast_text parse_text(struct parser *parser, const char *what)
{
    struct ast_text text = {{"", 0}, parse_here(parser)};
    if (parser->panic)
        return text;
    if (parser->token.kind != TOKEN_TEXT) {
        parse_expected(parser, what);
        return text;
    }
    text.text = decoded(parser, parser->token.text);
    parse_advance(parser);
    return text;
}

struct ast_amount parse_duration(struct parser *parser, const char *what)
{
    struct ast_amount amount = {.place = parse_here(parser), .text = parser->token.text};
    if (parser->panic)
        return amount;
    if (parser->token.kind != TOKEN_DURATION) {
        diag_hint(parse_expected(parser, what), "a duration is one word: 90s, 15m, 1h30m or 30d");
        return amount;
    }
    amount.given = true;
    if (duration_parse(parser->token.text, &amount.value) != STATUS_OK)
        amount.value = DATETIME_MS_DAY;
    parse_advance(parser);
    return amount;
}

struct ast_amount parse_date(struct parser *parser)
{
    struct ast_amount amount = {.place = parse_here(parser), .text = parser->token.text};
    if (parser->panic)
        return amount;
    if (parser->token.kind != TOKEN_DATE) {
        diag_hint(parse_expected(parser, "a date"), "write it as 2027-03-31");
        return amount;
    }
    amount.given = true;
    if (datetime_parse_as(VIEW("YYYY-MM-DD"), amount.text, &amount.value) != STATUS_OK)
        parse_fail(parser, CODE_BAD_DATE, "there is no such day");
    parse_advance(parser);
    return amount;
}

/* Digits with underscores; false above POLICY_INT_MAX. */
static bool int_value(struct view text, int64_t *ret_value)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (text.data[i] == '_')
            continue;
        value = value * 10 + (text.data[i] - '0');
        if (value > POLICY_INT_MAX)
            return false;
    }
    *ret_value = value;
    return true;
}

struct ast_amount parse_int(struct parser *parser, const char *what, int64_t least, int64_t most)
{
    uint32_t start = parser->token.offset;
    struct ast_amount amount = {.place = parse_here(parser)};
    bool negative = parse_take_sign(parser, "-");
    if (parser->panic)
        return amount;
    if (parser->token.kind != TOKEN_INT) {
        parse_expected(parser, what);
        return amount;
    }
    int64_t value = 0;
    bool fits = int_value(parser->token.text, &value);
    value = negative ? -value : value;
    if (!fits || value < least || value > most)
        parse_fail(parser, CODE_OUT_OF_RANGE, "%s is a whole number from %lld to %lld", what,
                   (long long)least, (long long)most);
    amount.given = true;
    amount.value = value;
    amount.text = parser->token.text;
    parse_advance(parser);
    amount.place = parse_since(parser, start);
    return amount;
}

bool parse_verdict_ahead(const struct parser *parser, bool allow_too)
{
    return parse_is_word(parser, "challenge") || parse_is_word(parser, "review") ||
           parse_is_word(parser, "block") || (allow_too && parse_is_word(parser, "allow"));
}

enum policy_verdict parse_verdict(struct parser *parser, bool allow_too, const char *what)
{
    if (allow_too && parse_take_word(parser, "allow"))
        return POLICY_ALLOW;
    if (parse_take_word(parser, "review"))
        return POLICY_REVIEW;
    if (parse_take_word(parser, "block"))
        return POLICY_BLOCK;
    if (parse_take_word(parser, "challenge")) {
        if (!parser->panic && parser->token.kind != TOKEN_INT && !parse_is_sign(parser, "-"))
            diag_hint(parse_expected(parser, "the level of a challenge"),
                      "write challenge 1, challenge 2 or challenge 3, the strongest");
        struct ast_amount level = parse_int(parser, "the level of a challenge", 1, 3);
        return (enum policy_verdict)(POLICY_CHALLENGE_1 + (level.given ? level.value - 1 : 0));
    }
    diag_hint(parse_expected(parser, what), allow_too
              ? "a verdict is allow, challenge 1, challenge 2, challenge 3, review or block"
              : "a verdict is challenge 1, challenge 2, challenge 3, review or block");
    return POLICY_REVIEW;
}
