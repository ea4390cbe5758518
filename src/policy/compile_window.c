/* One idea: filters of one meaning on one kind of event are one piece of code, told apart by their
 * canonical text, so that windows that count the same events can be seen to.
 *
 * 1. Filters are laid down in the order in which the windows name them first; a filter whose entry
 *    is above all before it is new. */
#include "policy/compile_int.h"

#include "base/hash.h"
#include "policy/print.h"

static const struct hash_seed bucket_seed = {0x66696c746572u, 0x6275636b6574u};

#define FILTER_BUCKETS 1024

struct filter {
    uint16_t event;
    struct view text;
    uint32_t entry;
    struct filter *next_in_bucket;
};

struct filters {
    struct compiler *compiler;
    struct filter *buckets[FILTER_BUCKETS];
};

/* The code of a filter on the compiler's event, laid down when it is the first of its text. */
static uint32_t intern(struct filters *filters, const struct ast_expr *expr, struct view text)
{
    struct compiler *compiler = filters->compiler;
    struct filter **bucket = &filters->buckets[hash_bytes(bucket_seed, text) % FILTER_BUCKETS];
    for (const struct filter *at = *bucket; at != NULL; at = at->next_in_bucket) {
        if (at->event == compiler->event && view_equal(at->text, text))
            return at->entry;
    }
    struct filter *filter = check_make(compiler->checker, 1, sizeof *filter);
    struct view kept = arena_copy(compiler->checker->arena, text);
    if (filter == NULL || kept.data == NULL) {
        compiler->failed = true;
        return POLICY_NO_CODE;
    }
    *filter = (struct filter){compiler->event, kept, compile_question(compiler, expr, NULL),
                              *bucket};
    *bucket = filter;
    return filter->entry;
}

static uint32_t compile_filter(struct filters *filters, const struct ast_expr *expr)
{
    uint32_t entry = POLICY_NO_CODE;
    struct buf text;
    buf_init(&text, filters->compiler->checker->mem);
    print_expr(&text, expr, (struct print_style){.bare = true});
    if (text.failed)
        filters->compiler->failed = true;
    else
        entry = intern(filters, expr, buf_view(&text));
    buf_done(&text);
    return entry;
}

void compile_windows(struct compiler *compiler, struct policy *policy)
{
    struct checker *checker = compiler->checker;
    struct filters filters = {.compiler = compiler};
    struct policy_window *windows = check_make(checker, checker->window_count, sizeof *windows);
    policy->window_count = (uint16_t)checker->window_count;
    policy->windows = windows;
    for (uint32_t i = 0; i < checker->window_count && !checker->failed; i++) {
        const struct check_window *from = &checker->windows[i];
        struct policy_source *sources = check_make(checker, from->window.source_count,
                                                   sizeof *sources);
        if (sources == NULL)
            return;
        for (uint16_t j = 0; j < from->window.source_count; j++) {
            sources[j] = from->window.sources[j];
            compiler->event = sources[j].event;
            if (from->filters[j] != NULL)
                sources[j].filter = compile_filter(&filters, from->filters[j]);
        }
        windows[i] = from->window;
        windows[i].sources = sources;
    }
}
