/* One idea: the tree is printed line by line; each line knows where its part of the source ends,
 * and takes along the comments up to there.
 *
 * Invariants:
 *  1. without comments the text depends on the tree alone, so equal trees have equal hashes;
 *  2. what is printed parses to the same tree, and printing that gives the same text.
 */
#include "policy/format_int.h"

#include "policy/parse_int.h"
#include "policy/print.h"

#define LINE_WIDTH_MAX 100
#define COMMENT_COLUMN_MAX 72   /* beyond it, comments are not aligned */

struct writer {
    struct buf *out;
    struct comments *comments;  /* NULL: none */
    size_t line_start;          /* in out */
    bool started;               /* something stands in this block; blank lines may follow */
    size_t passed;              /* comments that `apart` has looked at */
};

static const struct print_style as_written = {.bare = false};

/* ---- lines and comments ---- */

static size_t characters(struct view text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size_bytes; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static size_t column(const struct writer *writer)
{
    struct view out = buf_view(writer->out);
    if (out.size_bytes <= writer->line_start)
        return 0;
    return characters((struct view){out.data + writer->line_start,
                                    out.size_bytes - writer->line_start});
}

static void pad_to(struct writer *writer, size_t wanted)
{
    for (size_t at = column(writer); at < wanted && !writer->out->failed; at++)
        buf_put_char(writer->out, ' ');
}

static void new_line(struct writer *writer)
{
    buf_put_char(writer->out, '\n');
    writer->line_start = writer->out->size_bytes;
    writer->started = true;
}

static void indent(struct writer *writer, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        buf_put_text(writer->out, "  ");
}

static const struct comment *pending(const struct writer *writer, uint32_t before)
{
    const struct comments *comments = writer->comments;
    if (comments == NULL || comments->at == comments->count ||
        comments->items[comments->at].offset >= before)
        return NULL;
    return &comments->items[comments->at];
}

/* Writes the comments that stand before an offset, each on its own line. */
static void put_comments(struct writer *writer, uint32_t before, size_t depth)
{
    const struct comment *comment;
    while ((comment = pending(writer, before)) != NULL) {
        if (comment->blank_before && writer->started)
            new_line(writer);
        indent(writer, depth);
        buf_put_view(writer->out, comment->text);
        new_line(writer);
        writer->comments->at++;
    }
}

/* The same for comments inside what is printed next: no empty lines among them, as those would be
 * read differently the next time. */
static void put_inner(struct writer *writer, uint32_t before, size_t depth)
{
    writer->started = false;
    while (pending(writer, before) != NULL) {
        put_comments(writer, pending(writer, before)->offset + 1, depth);
        writer->started = false;
    }
    writer->started = true;
}

/* The comment behind the line that ends at `end`, or NULL. */
static const struct comment *trailing(const struct writer *writer, uint32_t end)
{
    const struct comment *comment = pending(writer, UINT32_MAX);
    if (comment == NULL || comment->own_line ||
        !comments_same_line(writer->comments, end, comment->offset))
        return NULL;
    return comment;
}

/* Ends a line; its trailing comment goes to column `at`, or two spaces behind the line. */
static void end_line(struct writer *writer, uint32_t end, size_t at)
{
    const struct comment *comment = trailing(writer, end);
    if (comment != NULL) {
        buf_put_text(writer->out, "  ");
        pad_to(writer, at);
        buf_put_view(writer->out, comment->text);
        writer->comments->at++;
    }
    new_line(writer);
}

static uint32_t end_of(struct ast_place place)
{
    return place.offset + place.span;
}

static void put_word(struct writer *writer, const char *before, struct ast_word word)
{
    buf_printf(writer->out, "%s%.*s", before, VIEW_ARG(word.name->text));
}

static void put_quoted(struct writer *writer, const char *before, struct view text)
{
    buf_put_text(writer->out, before);
    print_text(writer->out, text);
}

static void put_amount(struct writer *writer, const char *before, const struct ast_amount *amount)
{
    if (!amount->given)
        return;
    buf_put_text(writer->out, before);
    buf_put_view(writer->out, amount->text);
}

static void put_int(struct writer *writer, const char *before, const struct ast_amount *amount)
{
    buf_printf(writer->out, "%s%s", before, amount->value < 0 ? "-" : "");
    print_digits(writer->out, amount->text);
}

static void put_verdict(struct writer *writer, const char *before, enum policy_verdict verdict)
{
    buf_printf(writer->out, "%s%s", before, policy_verdict_text(verdict));
}

/* ---- rows that are aligned ---- */

/* Each row has up to three cells; the second and third start in one column. */
#define CELLS 3

struct table {
    size_t starts[CELLS];
    size_t comment_column;
};

static void field_type(struct writer *writer, const struct ast_field *field)
{
    buf_put_text(writer->out, ast_base_word(field->base));
    for (uint16_t i = 0; i < field->choice_count; i++)
        put_word(writer, i == 0 ? " " : ", ", field->choices[i]);
    if (field->kind.name != NULL)
        put_word(writer, " ", field->kind);
    buf_put_text(writer->out, field->rounded ? " rounded" : "");
    buf_put_text(writer->out, field->optional ? "?" : "");
    if (field->pii.name != NULL)
        put_word(writer, ", pii ", field->pii);
    if (field->has_from)
        put_quoted(writer, " from ", field->from.text);
    if (!field->has_format)
        return;
    if (field->format == POLICY_TIME_PATTERN)
        put_quoted(writer, " as ", field->pattern.text);
    else
        buf_put_text(writer->out, field->format == POLICY_TIME_UNIX_MS ? " as unix ms"
                                                                        : " as unix seconds");
}

static void list_type(struct writer *writer, const struct ast_list *list)
{
    put_word(writer, ": ", list->type);
    if (list->kind.name != NULL)
        put_word(writer, " ", list->kind);
    if (list->key.name != NULL)
        put_word(writer, " per ", list->key);
}

/* One cell of a statement's row. */
static void put_cell(struct writer *writer, const struct ast_statement *statement, size_t cell)
{
    if (statement->kind == STATEMENT_LET) {
        if (cell == 0) {
            put_word(writer, "let ", statement->of.let->name);
        } else if (cell == 1) {
            buf_put_text(writer->out, "= ");
            print_expr(writer->out, statement->of.let->expr, as_written);
        }
        return;
    }
    const struct ast_list *list = statement->of.list;
    if (cell == 0)
        put_word(writer, "list ", list->name);
    else if (cell == 1)
        list_type(writer, list);
    else if (list->has_path)
        put_quoted(writer, "from ", list->path.text);
}

static bool has_rows(enum ast_statement_kind kind)
{
    return kind == STATEMENT_LET || kind == STATEMENT_LIST;
}

static void put_row(struct writer *writer, const struct ast_statement *statement,
                    const struct table *table)
{
    for (size_t cell = 0; cell < CELLS; cell++) {
        size_t before = writer->out->size_bytes;
        size_t at = column(writer);
        if (cell > 0)
            pad_to(writer, table->starts[cell]);
        size_t padded = writer->out->size_bytes;
        put_cell(writer, statement, cell);
        /* An empty cell leaves no spaces behind. */
        if (writer->out->size_bytes == padded && column(writer) > at)
            writer->out->size_bytes = before;
    }
}

/* ---- expressions over several lines ---- */

static bool has_comment_inside(const struct writer *writer, const struct ast_expr *expr)
{
    return pending(writer, end_of(expr->place)) != NULL;
}

/* Writes `before` and the expression; when the line gets too long or holds comments, a chain of
 * and/or goes on with one operand per line. */
static void put_condition(struct writer *writer, const char *before, const struct ast_expr *expr)
{
    bool chain = expr->kind == EXPR_AND || expr->kind == EXPR_OR;
    bool inside = has_comment_inside(writer, expr);
    size_t size = writer->out->size_bytes;
    buf_put_text(writer->out, before);
    print_expr(writer->out, expr, as_written);
    if (!chain || (column(writer) <= LINE_WIDTH_MAX && !inside)) {
        end_line(writer, end_of(expr->place), 0);
        return;
    }
    writer->out->size_bytes = writer->out->failed ? writer->out->size_bytes : size;
    buf_put_text(writer->out, before);
    for (const struct ast_expr *child = expr->first; child != NULL; child = child->next) {
        if (child != expr->first) {
            put_inner(writer, child->place.offset, 2);
            indent(writer, 2);
            buf_put_text(writer->out, expr->kind == EXPR_AND ? "and " : "or ");
        }
        print_operand(writer->out, child, print_level(expr) + 1, as_written);
        end_line(writer, end_of(child->place), 0);
    }
}

/* ---- statements ---- */

static void put_header(struct writer *writer, const struct ast_policy *ast,
                       const struct ast_statement *statement)
{
    if (statement->kind == STATEMENT_POLICY)
        put_word(writer, "policy ", ast->name);
    else if (statement->kind == STATEMENT_CURRENCY)
        put_word(writer, "currency ", ast->currency);
    else if (statement->kind == STATEMENT_LATE)
        put_amount(writer, "late up to ", &ast->late);
    else if (statement->kind == STATEMENT_REMEMBER)
        put_amount(writer, "remember ids ", &ast->remember);
    else if (statement->kind == STATEMENT_TIMEZONE) {
        buf_put_text(writer->out, "timezone ");
        buf_put_view(writer->out, ast->timezone_text);
    } else {
        put_verdict(writer, "on error ", ast->error_verdict);
        put_quoted(writer, " ", ast->error_reason.text);
    }
}

static void put_label(struct writer *writer, const struct ast_label *label)
{
    put_word(writer, "label ", label->name);
    put_word(writer, " on ", label->event);
    put_word(writer, label->by_event ? " = exists " : " = ", label->truth);
    put_amount(writer, label->by_event ? " within " : " known after ", &label->delay);
}

static void put_argument(struct writer *writer, const struct ast_argument *argument)
{
    static const char *const directions[] = {
        [POLICY_EITHER_WAY] = "", [POLICY_RISING] = " rising", [POLICY_FALLING] = " falling",
    };
    print_expr(writer->out, argument->expr, as_written);
    buf_put_text(writer->out, directions[argument->direction]);
    buf_put_text(writer->out, argument->excluded ? " excluded" : "");
}

/* Ends a line of several that the source may have on one: only what stands last there owns the
 * comment behind it. */
static void end_part(struct writer *writer, struct ast_place place, const struct ast_argument *next)
{
    bool last = next == NULL || writer->comments == NULL ||
                !comments_same_line(writer->comments, end_of(place), next->place.offset);
    if (last)
        end_line(writer, end_of(place), 0);
    else
        new_line(writer);
}

/* One argument per line, as they are when they do not fit on one or have comments between them. */
static void put_argument_lines(struct writer *writer, const struct ast_model *model)
{
    end_part(writer, model->path.place, model->first_argument);
    for (const struct ast_argument *at = model->first_argument; at != NULL; at = at->next) {
        put_inner(writer, at->place.offset, 1);
        indent(writer, 1);
        put_argument(writer, at);
        buf_put_text(writer->out, at->next != NULL ? "," : "");
        end_part(writer, at->place, at->next);
    }
    put_inner(writer, model->arguments_end, 1);
}

static void put_model_head(struct writer *writer, const struct ast_model *model)
{
    put_word(writer, "model ", model->name);
    put_quoted(writer, " = ", model->path.text);
    buf_put_text(writer->out, " (");
    size_t mark = writer->out->size_bytes;
    for (const struct ast_argument *at = model->first_argument; at != NULL; at = at->next) {
        buf_put_text(writer->out, at == model->first_argument ? "" : ", ");
        put_argument(writer, at);
    }
    if (column(writer) >= LINE_WIDTH_MAX || pending(writer, model->arguments_end) != NULL) {
        writer->out->size_bytes = writer->out->failed ? writer->out->size_bytes : mark;
        put_argument_lines(writer, model);
    }
    buf_put_char(writer->out, ')');
    end_line(writer, model->arguments_end, 0);
}

static void put_model(struct writer *writer, const struct ast_statement *statement)
{
    const struct ast_model *model = statement->of.model;
    put_inner(writer, model->path.place.offset, 0);
    put_model_head(writer, model);
    if (model->challenges.name != NULL) {
        put_inner(writer, model->challenges_end, 1);
        put_word(writer, "  challenges ", model->challenges);
        end_line(writer, model->challenges_end, 0);
    }
    if (!model->has_error)
        return;
    put_inner(writer, end_of(model->error_place), 1);
    if (model->error_rules)
        buf_put_text(writer->out, "  on error rules");
    else
        put_verdict(writer, "  on error ", model->error_verdict);
    if (model->has_error_reason)
        put_quoted(writer, " ", model->error_reason.text);
    end_line(writer, end_of(model->error_place), 0);
}

static void put_bands(struct writer *writer, const struct ast_policy *ast)
{
    for (uint32_t i = 0; i < ast->band_count; i++) {
        put_int(writer, i == 0 ? "score " : ", ", &ast->bands[i].score);
        put_verdict(writer, " ", ast->bands[i].verdict);
    }
}

static void event_table(struct writer *writer, const struct ast_event *event, struct table *table)
{
    size_t mark = writer->out->size_bytes;
    for (const struct ast_field *field = event->first_field; field != NULL; field = field->next) {
        size_t width = 4 + field->name.name->text.size_bytes;
        if (table->starts[1] < width)
            table->starts[1] = width;
    }
    for (const struct ast_field *field = event->first_field; field != NULL; field = field->next) {
        field_type(writer, field);
        size_t width = table->starts[1] + 2 +
            characters((struct view){writer->out->data + mark, writer->out->size_bytes - mark});
        if (width <= COMMENT_COLUMN_MAX && table->comment_column < width)
            table->comment_column = width;
        writer->out->size_bytes = writer->out->failed ? writer->out->size_bytes : mark;
    }
}

static void put_event(struct writer *writer, const struct ast_statement *statement)
{
    const struct ast_event *event = statement->of.event;
    struct table table = {{0}, 0};
    event_table(writer, event, &table);
    put_word(writer, "event ", event->name);
    buf_put_text(writer->out, " {");
    end_line(writer, end_of(event->name.place), 0);
    writer->started = false;
    for (const struct ast_field *field = event->first_field; field != NULL; field = field->next) {
        put_comments(writer, field->place.offset, 1);
        if (writer->comments != NULL && writer->started &&
            comments_blank_before(writer->comments, field->place.offset))
            new_line(writer);
        put_inner(writer, end_of(field->place), 1);
        put_word(writer, "  ", field->name);
        buf_put_char(writer->out, ':');
        pad_to(writer, table.starts[1]);
        field_type(writer, field);
        /* Only the last field of a source line owns the comment behind that line. */
        bool last = field->next == NULL || writer->comments == NULL ||
                    !comments_same_line(writer->comments, field->place.offset,
                                        field->next->place.offset);
        if (last)
            end_line(writer, end_of(field->place), table.comment_column);
        else
            new_line(writer);
    }
    put_comments(writer, event->end - 1, 1);
    buf_put_char(writer->out, '}');
    end_line(writer, event->end, 0);
}

static void put_actions(struct writer *writer, const struct ast_rule *rule)
{
    const char *before = "  then ";
    if (rule->has_verdict) {
        put_verdict(writer, before, rule->verdict);
        if (rule->has_reason && !rule->score_has_reason)
            put_quoted(writer, " ", rule->reason.text);
        before = ", ";
    }
    if (rule->has_score) {
        buf_put_text(writer->out, before);
        put_int(writer, "score ", &rule->score);
        if (rule->score_has_reason)
            put_quoted(writer, " ", rule->reason.text);
        before = ", ";
    }
    if (rule->has_case) {
        buf_put_text(writer->out, before);
        put_quoted(writer, "case ", rule->case_key.text);
        before = ", ";
    }
    if (rule->explain.given) {
        buf_put_text(writer->out, before[0] == ',' ? " " : before);
        put_int(writer, "explain ", &rule->explain);
    }
}

static void put_rule(struct writer *writer, const struct ast_statement *statement)
{
    const struct ast_rule *rule = statement->of.rule;
    put_word(writer, "rule ", rule->name);
    put_quoted(writer, " ", rule->sentence.text);
    end_line(writer, end_of(rule->sentence.place), 0);
    put_inner(writer, rule->when->place.offset, 1);
    put_word(writer, "  on ", rule->event);
    put_condition(writer, " when ", rule->when);
    if (rule->unless != NULL) {
        put_inner(writer, rule->unless->place.offset, 1);
        put_condition(writer, "  unless ", rule->unless);
    }
    put_inner(writer, rule->actions_end, 1);
    put_actions(writer, rule);
    if (!rule->shadow && !rule->until.given) {
        end_line(writer, rule->actions_end, 0);
        return;
    }
    end_line(writer, rule->actions_end, 0);
    put_inner(writer, end_of(statement->place), 1);
    buf_put_text(writer->out, rule->shadow ? "  shadow" : "");
    put_amount(writer, " until ", &rule->shadow_until);
    if (rule->shadow && rule->until.given)
        new_line(writer);
    put_amount(writer, "  until ", &rule->until);
    end_line(writer, end_of(statement->place), 0);
}

static void put_step(struct writer *writer, const struct ast_step *step)
{
    buf_put_text(writer->out, step->judged ? "  when " : "  given ");
    if (step->count.given) {
        put_int(writer, "", &step->count);
        buf_put_char(writer->out, ' ');
    }
    put_word(writer, "", step->event);
    for (const struct ast_value *value = step->first_value; value != NULL; value = value->next) {
        put_word(writer, value == step->first_value ? " { " : ", ", value->field);
        buf_put_text(writer->out, ": ");
        print_expr(writer->out, value->expr, as_written);
    }
    buf_put_text(writer->out, step->first_value != NULL ? " }" : "");
    put_amount(writer, " every ", &step->every);
    put_amount(writer, " after ", &step->after);
    if (step->has_at)
        put_quoted(writer, " at ", step->at.text);
    end_line(writer, end_of(step->place), 0);
}

static void put_expect(struct writer *writer, const struct ast_expect *item)
{
    switch (item->expect.what) {
    case POLICY_EXPECT_VERDICT: put_verdict(writer, "", item->expect.verdict); break;
    case POLICY_EXPECT_RULE: put_word(writer, "rule ", item->rule); break;
    case POLICY_EXPECT_NO_RULE: put_word(writer, "no rule ", item->rule); break;
    case POLICY_EXPECT_SHADOW: put_word(writer, "shadow ", item->rule); break;
    case POLICY_EXPECT_SCORE: put_int(writer, "score ", &item->score); break;
    case POLICY_EXPECT_REASON: put_quoted(writer, "reason ", item->reason.text); break;
    }
}

static void put_test(struct writer *writer, const struct ast_statement *statement)
{
    const struct ast_test *test = statement->of.test;
    put_quoted(writer, "test ", test->name.text);
    end_line(writer, end_of(test->name.place), 0);
    for (const struct ast_step *step = test->first_step; step != NULL; step = step->next) {
        put_inner(writer, end_of(step->place), 1);
        put_step(writer, step);
    }
    put_inner(writer, end_of(statement->place), 1);
    buf_put_text(writer->out, "  expect ");
    for (const struct ast_expect *item = test->first_expect; item != NULL; item = item->next) {
        buf_put_text(writer->out, item == test->first_expect ? "" : ", ");
        put_expect(writer, item);
    }
    end_line(writer, end_of(statement->place), 0);
}

/* ---- the whole ---- */

static bool is_block(enum ast_statement_kind kind)
{
    return kind == STATEMENT_EVENT || kind == STATEMENT_RULE || kind == STATEMENT_TEST ||
           kind == STATEMENT_MODEL;
}

static int group_of(enum ast_statement_kind kind)
{
    return kind <= STATEMENT_TIMEZONE ? 0 : (int)kind;
}

/* Whether an empty line separates two neighbours, before the second's comments. Asked once for
 * each pair, in order, so that the comments are passed once. */
static bool apart(struct writer *writer, const struct ast_statement *a,
                  const struct ast_statement *b)
{
    const struct comments *comments = writer->comments;
    bool blank = comments != NULL && comments_blank_before(comments, b->place.offset);
    while (comments != NULL && writer->passed < comments->count &&
           comments->items[writer->passed].offset < b->place.offset) {
        const struct comment *comment = &comments->items[writer->passed++];
        blank |= comment->offset > end_of(a->place) && comment->blank_before;
    }
    return blank || is_block(a->kind) || is_block(b->kind) ||
           group_of(a->kind) != group_of(b->kind);
}

/* The statement behind those that are laid out together with `first`. */
static const struct ast_statement *group_end(struct writer *writer,
                                             const struct ast_statement *first, bool *ret_apart)
{
    *ret_apart = false;
    for (const struct ast_statement *at = first; at->next != NULL; at = at->next) {
        *ret_apart = apart(writer, at, at->next);
        if (*ret_apart || !has_rows(first->kind))
            return at->next;
    }
    return NULL;
}

static struct table row_table(struct writer *writer, const struct ast_statement *first,
                              const struct ast_statement *end)
{
    struct table table = {{0}, 0};
    struct buf *out = writer->out;
    size_t mark = out->size_bytes;
    for (size_t cell = 0; cell + 1 < CELLS; cell++) {
        size_t before = cell == 0 ? 0 : table.starts[cell];
        for (const struct ast_statement *at = first; at != end; at = at->next) {
            put_cell(writer, at, cell);
            size_t width = characters((struct view){out->data + mark, out->size_bytes - mark});
            if (!out->failed && before + width + 1 > table.starts[cell + 1])
                table.starts[cell + 1] = before + width + 1;
            out->size_bytes = out->failed ? out->size_bytes : mark;
        }
    }
    for (const struct ast_statement *at = first; at != end; at = at->next) {
        put_row(writer, at, &table);
        size_t width = column(writer) + 2;
        if (width <= COMMENT_COLUMN_MAX && width > table.comment_column)
            table.comment_column = width;
        out->size_bytes = out->failed ? out->size_bytes : mark;
    }
    return table;
}

static void put_rows(struct writer *writer, const struct ast_statement *first,
                     const struct ast_statement *end)
{
    struct table table = row_table(writer, first, end);
    for (const struct ast_statement *at = first; at != end; at = at->next) {
        if (at != first)
            put_comments(writer, at->place.offset, 0);
        put_inner(writer, end_of(at->place), 0);
        put_row(writer, at, &table);
        end_line(writer, end_of(at->place), table.comment_column);
    }
}

static void put_statement(struct writer *writer, const struct ast_policy *ast,
                          const struct ast_statement *statement)
{
    if (statement->kind == STATEMENT_EVENT) {
        put_event(writer, statement);
    } else if (statement->kind == STATEMENT_RULE) {
        put_rule(writer, statement);
    } else if (statement->kind == STATEMENT_TEST) {
        put_test(writer, statement);
    } else if (statement->kind == STATEMENT_MODEL) {
        put_model(writer, statement);
    } else {
        put_inner(writer, end_of(statement->place), 0);
        if (statement->kind == STATEMENT_LABEL)
            put_label(writer, statement->of.label);
        else if (statement->kind == STATEMENT_SCORE)
            put_bands(writer, ast);
        else
            put_header(writer, ast, statement);
        end_line(writer, end_of(statement->place), 0);
    }
}

static void put_group(struct writer *writer, const struct ast_policy *ast,
                      const struct ast_statement *first, const struct ast_statement *end,
                      bool blank)
{
    if (blank)
        new_line(writer);
    writer->started = false;
    put_comments(writer, first->place.offset, 0);
    if (writer->started && comments_blank_before(writer->comments, first->place.offset))
        new_line(writer);
    if (has_rows(first->kind))
        put_rows(writer, first, end);
    else
        put_statement(writer, ast, first);
}

void format_ast(struct buf *out, const struct ast_policy *ast, struct comments *comments)
{
    struct writer writer = {.out = out, .comments = comments, .line_start = out->size_bytes};
    bool blank = false;
    for (const struct ast_statement *first = ast->first; first != NULL && !out->failed;) {
        bool blank_after;
        const struct ast_statement *end = group_end(&writer, first, &blank_after);
        put_group(&writer, ast, first, end, blank);
        blank = blank_after;
        first = end;
    }
    writer.started = ast->first != NULL;
    put_comments(&writer, UINT32_MAX, 0);
}

enum status policy_format(struct view path, struct view source, struct mem *mem,
                          struct policy_report *report, struct buf *out)
{
    (void)path; /* places in the report are relative to whatever the caller names */
    struct arena arena;
    struct sink sink;
    struct ast_policy ast;
    struct comments comments;
    size_t errors = report->error_count;
    enum status status = policy_parse(source, mem, report, &arena, &sink, &ast);
    if (status == STATUS_OK && report->error_count > errors)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = comments_find(&comments, sink.source, &arena);
    if (status == STATUS_OK) {
        format_ast(out, &ast, &comments);
        status = buf_status(out);
    }
    if (sink.report != NULL)
        sink_sort(&sink);
    arena_done(&arena);
    return status;
}
