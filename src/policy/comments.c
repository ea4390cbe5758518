/* One idea: comments are no part of the grammar, so they are found by their own walk over the
 * tokens and put back by position. */
#include "policy/format_int.h"

#include "policy/lex.h"

static bool blank_line_above(struct view source, size_t at)
{
    size_t newlines = 0;
    while (at > 0) {
        char c = source.data[--at];
        newlines += c == '\n';
        if (newlines == 2)
            return true;
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return false;
    }
    return false;
}

static bool starts_line(struct view source, size_t at)
{
    while (at > 0 && (source.data[at - 1] == ' ' || source.data[at - 1] == '\t'))
        at--;
    return at == 0 || source.data[at - 1] == '\n';
}

bool comments_blank_before(const struct comments *comments, uint32_t offset)
{
    return starts_line(comments->source, offset) && blank_line_above(comments->source, offset);
}

bool comments_same_line(const struct comments *comments, uint32_t from, uint32_t to)
{
    return from >= to || memchr(comments->source.data + from, '\n', to - from) == NULL;
}

/* Adds the comments between two tokens; counts only when items is NULL. */
static void scan_gap(struct comments *comments, size_t from, size_t to)
{
    struct view source = comments->source;
    for (size_t at = from; at < to; at++) {
        if (source.data[at] != '#')
            continue;
        const char *end = memchr(source.data + at, '\n', source.size_bytes - at);
        size_t stop = end == NULL ? source.size_bytes : (size_t)(end - source.data);
        size_t size = stop - at;
        while (size > 0 && (source.data[at + size - 1] == ' ' ||
                            source.data[at + size - 1] == '\t' ||
                            source.data[at + size - 1] == '\r'))
            size--;
        if (comments->items != NULL)
            comments->items[comments->count] = (struct comment){
                {source.data + at, size}, (uint32_t)at, starts_line(source, at),
                starts_line(source, at) && blank_line_above(source, at)};
        comments->count++;
        at = stop;
    }
}

static void scan(struct comments *comments)
{
    struct lexer lexer;
    struct token token;
    size_t end = 0;
    comments->count = 0;
    lexer_init(&lexer, comments->source);
    do {
        token = lexer_next(&lexer);
        scan_gap(comments, end, token.offset);
        end = token.offset + token.text.size_bytes;
    } while (token.kind != TOKEN_END);
}

enum status comments_find(struct comments *comments, struct view source, struct arena *arena)
{
    *comments = (struct comments){.source = source};
    scan(comments);
    struct comment *items = arena_array(arena, comments->count, sizeof *items);
    if (items == NULL)
        return STATUS_NO_MEMORY;
    comments->items = items;
    scan(comments);
    return STATUS_OK;
}
