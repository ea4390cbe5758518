/* One idea: a model is declared like a function: a name, where it comes from, what it is given, and
 * what happens when it has no answer.
 *
 *   model    = "model" NAME "=" TEXT "(" argument { "," argument } ")"
 *              [ "challenges" NAME ] [ "on" "error" ( "rules" | verdict [ TEXT ] ) ]
 *   argument = name [ "rising" | "falling" ] [ "excluded" ]
 *
 * An `on error` right behind a model is the model's, on whichever line it stands.
 */
#include "policy/parse_int.h"

static struct ast_argument *parse_argument(struct parser *parser)
{
    struct ast_argument *argument = parse_make(parser, sizeof *argument);
    uint32_t start = parser->token.offset;
    argument->expr = parse_name(parser);
    if (parse_take_word(parser, "rising"))
        argument->direction = POLICY_RISING;
    else if (parse_take_word(parser, "falling"))
        argument->direction = POLICY_FALLING;
    argument->excluded = parse_take_word(parser, "excluded");
    argument->place = parse_since(parser, start);
    if (!parser->panic && parser->token.kind == TOKEN_NAME)
        diag_hint(parse_expected(parser, "`,` or `)` behind the argument"),
                  "an argument is a name, then perhaps rising or falling, then perhaps excluded");
    return argument;
}

static void parse_arguments(struct parser *parser, struct ast_model *model)
{
    struct ast_argument **tail = &model->first_argument;
    parse_need_sign(parser, "(", "and the model's arguments");
    while (!parser->panic) {
        struct ast_argument *argument = parse_argument(parser);
        if (parser->panic)
            break;
        *tail = argument;
        tail = &argument->next;
        if (++model->argument_count > POLICY_ARGUMENTS_MAX)
            parse_fail(parser, CODE_LIMIT_ARGUMENTS, "a model has at most %d arguments",
                       POLICY_ARGUMENTS_MAX);
        if (!parse_take_sign(parser, ","))
            break;
    }
    parse_need_sign(parser, ")", "at the end of the model's arguments");
    model->arguments_end = parser->last_end;
}

static void parse_on_error(struct parser *parser, struct ast_model *model)
{
    uint32_t start = parser->token.offset;
    parse_advance(parser);
    parse_advance(parser);
    model->has_error = true;
    model->error_rules = parse_take_word(parser, "rules");
    if (!model->error_rules && parse_is_word(parser, "allow")) {
        diag_hint(parse_expected(parser, "`rules` or a verdict"),
                  "`on error rules` leaves the event to the rules that do not read the model");
    } else if (!model->error_rules) {
        model->error_verdict = parse_verdict(parser, false, "`rules` or a verdict");
        model->has_error_reason = parser->token.kind == TOKEN_TEXT;
        if (model->has_error_reason)
            model->error_reason = parse_text(parser, "a reason code");
    }
    model->error_place = parse_since(parser, start);
}

struct ast_model *parse_model(struct parser *parser)
{
    struct ast_model *model = parse_make(parser, sizeof *model);
    model->name = parse_word(parser, "the model's name");
    parse_need_sign(parser, "=", "and the path of the model's file");
    model->path = parse_text(parser, "the path of the model's file in quotes");
    parse_arguments(parser, model);
    if (!parser->panic && parse_take_word(parser, "challenges")) {
        model->challenges = parse_word(parser, "the model that this one challenges");
        model->challenges_end = parser->last_end;
    }
    if (!parser->panic && parse_is_word(parser, "on") && parse_ahead_is(parser, "error"))
        parse_on_error(parser, model);
    model->broken = parser->panic;
    return model;
}
