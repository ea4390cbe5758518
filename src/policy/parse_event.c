/* One idea: what describes the outside world (events, labels, lists) names things and
 * holds no expressions.
 *
 *   event  = "event" NAME "{" { field } "}"
 *   field  = NAME ":" type ["rounded"] ["?"] ["," "pii" NAME] ["from" TEXT] ["as" format] [","]
 *   type   = base | "entity" [KIND] | "ref" EVENT | "one" "of" NAME { "," NAME }
 *   format = TEXT | "unix" ("seconds" | "ms")
 *   label  = "label" NAME "on" EVENT "=" ("exists" EVENT "within" D | FIELD "known" "after" D)
 *   list   = "list" NAME ":" type ["per" KEY] ["from" TEXT]
 */
#include "policy/parse_int.h"

/* With a comma in hand and a name ahead: whether the name is the next field's. */
static bool comma_ends_choices(const struct parser *parser)
{
    struct lexer lexer = parser->lexer;
    return view_equal(lexer_next(&lexer).text, VIEW(":"));
}

static void parse_choices(struct parser *parser, struct ast_field *field)
{
    struct ast_word choices[POLICY_CHOICES_MAX];
    uint16_t count = 0;
    parse_need_word(parser, "of", "behind `one`");
    do {
        if (count == POLICY_CHOICES_MAX) {
            parse_fail(parser, CODE_LIMIT_CHOICES, "`one of` has at most %d choices",
                       POLICY_CHOICES_MAX);
            return;
        }
        choices[count++] = parse_word(parser, "a choice");
        /* A comma may also stand before `pii` or the next field. */
    } while (parser->ahead.kind == TOKEN_NAME && !view_equal(parser->ahead.text, VIEW("pii")) &&
             !comma_ends_choices(parser) && parse_take_sign(parser, ","));
    if (parser->panic)
        return;
    size_t size = (size_t)count * sizeof choices[0];
    struct ast_word *kept = arena_alloc(parser->arena, size);
    if (kept == NULL) {
        parser->failed = true;
        parser->panic = true;
        return;
    }
    memcpy(kept, choices, size);
    field->choices = kept;
    field->choice_count = count;
}

static bool word_ahead_is_field(const struct parser *parser)
{
    return view_equal(parser->ahead.text, VIEW(":"));
}

static void parse_type(struct parser *parser, struct ast_field *field)
{
    if (parser->panic)
        return;
    if (parse_take_word(parser, "one")) {
        field->base = POLICY_ONE_OF;
        parse_choices(parser, field);
        return;
    }
    if (parser->token.kind != TOKEN_NAME || !ast_base_find(parser->token.text, &field->base)) {
        struct guess guess;
        guess_init(&guess, parser->sink, parser->token.text);
        for (size_t i = 0; i <= POLICY_REF; i++)
            guess_try(&guess, view_of(ast_base_word((enum policy_base)i)));
        bool word = parser->token.kind == TOKEN_NAME;
        struct diag *diag = word ? parse_fail(parser, CODE_UNKNOWN_TYPE, "there is no type `%.*s`",
                                              VIEW_ARG(parser->token.text))
                                 : parse_expected(parser, "a type");
        diag_hint(diag, "types are bool, int, number, money, text, time, duration, country, ip, "
                        "one of, entity, id and ref");
        guess_hint(&guess, diag);
        return;
    }
    parse_advance(parser);
    bool named = parser->token.kind == TOKEN_NAME && !word_ahead_is_field(parser) &&
                 !parse_is_word(parser, "from") && !parse_is_word(parser, "as");
    if (field->base == POLICY_REF)
        field->kind = parse_word(parser, "the event it names");
    else if (field->base == POLICY_ENTITY && named)
        field->kind = parse_word(parser, "the kind of entity");
    else if (field->base == POLICY_MONEY && named)
        field->rounded = parse_take_word(parser, "rounded");
}

static void parse_format(struct parser *parser, struct ast_field *field)
{
    field->has_format = true;
    if (parser->token.kind == TOKEN_TEXT) {
        field->format = POLICY_TIME_PATTERN;
        field->pattern = parse_text(parser, "a time pattern");
    } else if (parse_take_word(parser, "unix")) {
        field->format = parse_is_word(parser, "ms") ? POLICY_TIME_UNIX_MS : POLICY_TIME_UNIX_S;
        if (!parse_take_word(parser, "ms") && !parse_take_word(parser, "seconds"))
            parse_expected(parser, "`seconds` or `ms`");
    } else {
        diag_hint(parse_expected(parser, "how the time is written"),
                  "write \"YYYY-MM-DD hh:mm:ss\", unix seconds or unix ms");
    }
}

static void parse_field(struct parser *parser, struct ast_field *field)
{
    uint32_t start = parser->token.offset;
    field->name = parse_word(parser, "a field's name");
    parse_need_sign(parser, ":", "and a type behind the field's name");
    parse_type(parser, field);
    field->poisoned = parser->panic;
    field->optional = parse_take_sign(parser, "?");
    bool more = true;
    while (more && !parser->panic) {
        bool comma = parse_is_sign(parser, ",") && parse_ahead_is(parser, "pii");
        more = true;
        if (comma) {
            parse_advance(parser);
            parse_advance(parser);
            field->pii = parse_word(parser, "the kind of personal data");
        } else if (parse_take_word(parser, "from")) {
            field->has_from = true;
            field->from = parse_text(parser, "the input's name in quotes");
        } else if (parse_take_word(parser, "as")) {
            parse_format(parser, field);
        } else {
            more = false;
        }
    }
    field->place = parse_since(parser, start);
    parse_take_sign(parser, ",");
}

/* After a mistake in the field that began at `start`: on to the next field or the end of the
 * event. Stays in panic where a statement begins: the brace is missing. */
static void skip_field(struct parser *parser, uint32_t start)
{
    if (parser->token.offset == start)
        parse_skip(parser);
    while (parser->token.kind != TOKEN_END && !parse_is_sign(parser, "}")) {
        if (parse_begins_statement(parser))
            return;
        if (parser->token.line_first && parser->token.kind == TOKEN_NAME &&
            word_ahead_is_field(parser))
            break;
        parse_skip(parser);
    }
    parser->panic = parser->failed;
}

static void add_field(struct parser *parser, struct ast_event *event, struct ast_field **last)
{
    uint32_t start = parser->token.offset;
    struct ast_field *field = parse_make(parser, sizeof *field);
    parse_field(parser, field);
    if (parser->failed)
        return;
    if (*last == NULL)
        event->first_field = field;
    else
        (*last)->next = field;
    *last = field;
    if (parser->panic)
        skip_field(parser, start);
    if (++event->field_count > POLICY_FIELDS_MAX)
        parse_fail(parser, CODE_LIMIT_FIELDS, "an event has at most %d fields", POLICY_FIELDS_MAX);
}

struct ast_event *parse_event(struct parser *parser)
{
    struct ast_event *event = parse_make(parser, sizeof *event);
    struct ast_field *last = NULL;
    event->name = parse_word(parser, "the event's name");
    parse_need_sign(parser, "{", "and the fields behind the event's name");
    while (!parser->panic && !parse_is_sign(parser, "}") && parser->token.kind != TOKEN_END) {
        if (parse_begins_statement(parser))
            break;
        add_field(parser, event, &last);
    }
    parse_need_sign(parser, "}", "at the end of the event");
    event->end = parser->last_end;
    event->broken = parser->panic;
    return event;
}

struct ast_label *parse_label(struct parser *parser)
{
    struct ast_label *label = parse_make(parser, sizeof *label);
    label->name = parse_word(parser, "the label's name");
    parse_need_word(parser, "on", "and the event that the label judges");
    label->event = parse_word(parser, "the event that the label judges");
    parse_need_sign(parser, "=", "and what makes the label true");
    label->by_event = parse_take_word(parser, "exists");
    if (label->by_event) {
        label->truth = parse_word(parser, "the event that brings the truth");
        parse_need_word(parser, "within", "and how late the truth may be");
    } else {
        label->truth = parse_word(parser, "a bool field, or `exists` and an event");
        parse_need_word(parser, "known", "`after` and a duration");
        parse_need_word(parser, "after", "and a duration");
    }
    label->delay = parse_duration(parser, "a duration");
    return label;
}

struct ast_list *parse_list(struct parser *parser)
{
    struct ast_list *list = parse_make(parser, sizeof *list);
    list->name = parse_word(parser, "the list's name");
    parse_need_sign(parser, ":", "and the type of the list's values");
    list->type = parse_word(parser, "the type of the list's values");
    bool entity = list->type.name != NULL && view_equal(list->type.name->text, VIEW("entity"));
    if (entity)
        list->kind = parse_word(parser, "the kind of entity");
    if (parse_take_word(parser, "per"))
        list->key = parse_word(parser, "the field that each list belongs to");
    if (parse_take_word(parser, "from")) {
        list->has_path = true;
        list->path = parse_text(parser, "the path of a CSV file in quotes");
    }
    list->broken = parser->panic;
    return list;
}
