/* One idea: a text with {names} is cut into literals and slots when the policy is read, so that
 * filling it in is copying. {{ and }} stand for the braces themselves. */
#include "policy/check_int.h"

struct cutter {
    struct checker *checker;
    const struct ast_text *text;
    uint16_t event;
    uint32_t *models;
    struct policy_part *parts;
    uint16_t part_count;
    char *literal;          /* of the part being read, in the arena */
    size_t literal_size;
    bool poisoned;
};

static void wrong(struct cutter *cutter, const char *message)
{
    diag_hint(sink_add(cutter->checker->sink, CODE_BAD_TEMPLATE, cutter->text->place, "%s",
                       message),
              "write {name}; {{ and }} stand for braces");
    cutter->poisoned = true;
}

static uint16_t slot_of(const struct cutter *cutter, const struct ast_expr *expr)
{
    const struct ast_name *name = expr->word.name;
    if (expr->meaning == MEANING_FIELD)
        return ast_field_of(name, cutter->event)->slot;
    return expr->meaning == MEANING_LET ? name->let->slot : name->model->slot;
}

static void close_part(struct cutter *cutter, uint16_t slot, struct policy_type type)
{
    cutter->parts[cutter->part_count++] = (struct policy_part){
        {cutter->literal, cutter->literal_size}, slot, type};
    cutter->literal += cutter->literal_size;
    cutter->literal_size = 0;
}

static void add_name(struct cutter *cutter, struct view word)
{
    struct checker *checker = cutter->checker;
    struct ast_name *name = ast_name_find(checker->ast, word);
    if (name == NULL) {
        name = ast_name_intern(checker->ast, word);
        checker->failed |= name == NULL;
    }
    struct ast_expr expr = {.kind = EXPR_NAME, .place = cutter->text->place,
                            .word = {name, cutter->text->place}};
    if (name == NULL)
        return;
    check_expr(checker, &expr);
    if (expr.poisoned) {
        cutter->poisoned = true;
        return;
    }
    if (expr.meaning == MEANING_MODEL)
        *cutter->models |= (uint32_t)1 << name->model->index;
    close_part(cutter, slot_of(cutter, &expr), expr.type);
}

static size_t name_size(struct view text, size_t at)
{
    size_t size = 0;
    for (; at + size < text.size_bytes; size++) {
        char c = text.data[at + size];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(size > 0 && c >= '0' && c <= '9'))
            break;
    }
    return size > POLICY_NAME_BYTES_MAX ? 0 : size;
}

static void cut(struct cutter *cutter, struct view text)
{
    for (size_t i = 0; i < text.size_bytes && !cutter->poisoned && !cutter->checker->failed; i++) {
        char c = text.data[i];
        bool twice = i + 1 < text.size_bytes && text.data[i + 1] == c;
        if ((c != '{' && c != '}') || twice) {
            cutter->literal[cutter->literal_size++] = c;
            i += (c == '{' || c == '}') && twice;
            continue;
        }
        size_t size = name_size(text, i + 1);
        if (c == '}')
            wrong(cutter, "there is a } without a {");
        else if (size == 0 || i + 1 + size >= text.size_bytes || text.data[i + 1 + size] != '}')
            wrong(cutter, "a { is followed by a name and }");
        else
            add_name(cutter, (struct view){text.data + i + 1, size});
        i += size + 1;
    }
}

bool check_template(struct checker *checker, const struct ast_text *text, uint16_t event,
                    uint32_t *models, struct policy_template *ret_template)
{
    struct cutter cutter = {.checker = checker, .text = text, .event = event, .models = models};
    size_t slots = 0;
    for (size_t i = 0; i < text->text.size_bytes; i++)
        slots += text->text.data[i] == '{';
    cutter.parts = check_make(checker, slots + 1, sizeof *cutter.parts);
    cutter.literal = check_make(checker, text->text.size_bytes + 1, 1);
    if (checker->failed)
        return false;
    cut(&cutter, text->text);
    if (cutter.poisoned || checker->failed)
        return false;
    close_part(&cutter, POLICY_NO_SLOT, type_of(POLICY_TEXT));
    *ret_template = (struct policy_template){cutter.part_count, cutter.parts};
    return true;
}
