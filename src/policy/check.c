/* One idea: definitions first, then what reads them, so that each expression is looked at once and
 * everything it may name is already known. */
#include "policy/check_int.h"

#include "policy/foreign.h"

void *check_make(struct checker *checker, size_t count, size_t item_size)
{
    void *made = arena_array(checker->arena, count, item_size);
    if (made == NULL)
        checker->failed = true;
    return made;
}

uint16_t check_slot(struct checker *checker)
{
    uint32_t slot = checker->slot_count++;
    if (slot == POLICY_SLOTS_MAX)
        sink_add(checker->sink, CODE_LIMIT_SLOTS, (struct ast_place){0, 1},
                 "fields, aggregates, lets and models together are more than %d",
                 POLICY_SLOTS_MAX);
    return slot < POLICY_SLOTS_MAX ? (uint16_t)slot : 0;
}

struct view check_word(const struct ast_word *word)
{
    return word->name == NULL ? VIEW("") : word->name->text;
}

uint64_t check_all_events(const struct checker *checker)
{
    uint32_t count = checker->ast->event_count;
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

uint16_t check_first_event(uint64_t events)
{
    uint16_t event = 0;
    while (event < 63 && (events >> event & 1) == 0)
        event++;
    return event;
}

void check_unknown(struct checker *checker, enum policy_diag code, struct ast_word word,
                   const char *what, const struct guess *guess)
{
    if (word.name == NULL || word.name->doubtful)
        return;
    struct diag *diag = sink_add(checker->sink, code, word.place, "there is no %s `%.*s`", what,
                                 VIEW_ARG(word.name->text));
    if (guess != NULL)
        guess_hint(guess, diag);
    const char *hint = code == CODE_UNKNOWN_NAME ? foreign_value(word.name->text) : NULL;
    if (hint != NULL)
        diag_hint(diag, "%s", hint);
}

struct ast_event *check_event_named(struct checker *checker, struct ast_word word)
{
    if (word.name == NULL)
        return NULL;
    if (word.name->event != NULL) {
        word.name->event->used = true;
        return word.name->event;
    }
    struct guess guess;
    guess_init(&guess, checker->sink, word.name->text);
    for (struct ast_event *event = checker->ast->first_event; event != NULL; event = event->next)
        guess_try(&guess, check_word(&event->name));
    check_unknown(checker, CODE_UNKNOWN_EVENT, word, "event", &guess);
    return NULL;
}

bool check_currency(struct checker *checker, struct ast_place place)
{
    if (!checker->has_currency && !checker->currency_missed &&
        !checker->ast->given[STATEMENT_CURRENCY]) {
        checker->currency_missed = true;
        diag_hint(sink_add(checker->sink, CODE_NO_CURRENCY, place,
                           "money needs the policy's currency"),
                  "write `currency CNY` below the policy's name");
    }
    return checker->has_currency;
}

static void check_header(struct checker *checker)
{
    struct ast_policy *ast = checker->ast;
    if (!ast->given[STATEMENT_POLICY])
        diag_hint(sink_add(checker->sink, CODE_NO_POLICY_NAME, (struct ast_place){0, 1},
                           "the policy has no name"),
                  "begin with `policy NAME`");
    if (ast->currency.name != NULL) {
        struct view code = ast->currency.name->text;
        checker->has_currency = money_currency_find(code, &checker->currency) == STATUS_OK;
        if (!checker->has_currency)
            diag_hint(sink_add(checker->sink, CODE_UNKNOWN_CURRENCY, ast->currency.place,
                               "there is no currency `%.*s`", VIEW_ARG(code)),
                      "use a code of ISO 4217, such as CNY, EUR or USD");
    }
    if (ast->event_count == 0 && checker->sink->report->error_count == 0)
        diag_hint(sink_add(checker->sink, CODE_NO_EVENT, (struct ast_place){0, 1},
                           "the policy describes no event"),
                  "write event payment { id: id   at: time }");
    if (ast->error_reason.text.size_bytes > POLICY_REASON_BYTES_MAX)
        sink_add(checker->sink, CODE_REASON_TOO_LONG, ast->error_reason.place,
                 "a reason has at most %d bytes", POLICY_REASON_BYTES_MAX);
}

enum status check_policy(struct checker *checker)
{
    static void (*const steps[])(struct checker *) = {
        check_declarations, check_header, check_fields, check_labels, check_lists, check_lets,
        check_models, check_rules, check_bands, check_tests, check_unused,
    };
    checker->windows = check_make(checker, POLICY_WINDOWS_MAX, sizeof *checker->windows);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (checker->failed || checker->sink->failed)
            return STATUS_NO_MEMORY;
        steps[i](checker);
    }
    return checker->failed || checker->sink->failed ? STATUS_NO_MEMORY : STATUS_OK;
}
