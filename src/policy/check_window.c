/* One idea: an aggregate becomes a window, and windows are told apart by a canonical text, so that
 * two aggregates of one meaning share one window however they were written. */
#include "policy/check_int.h"

#include "base/hash.h"
#include "codec/number.h"
#include "policy/print.h"

static const struct hash_seed bucket_seed = {0x77696e646f77u, 0x6275636b6574u};

/* ---- what each function wants ---- */

enum wants { ARGUMENT_NONE, ARGUMENT_MAYBE, ARGUMENT_NEEDED };

static enum wants wants_argument(enum policy_window_fn fn)
{
    if (fn == POLICY_COUNT || fn == POLICY_RATE)
        return ARGUMENT_NONE;
    return fn == POLICY_AGE || fn == POLICY_SINCE ? ARGUMENT_MAYBE : ARGUMENT_NEEDED;
}

static bool needs_over(enum policy_window_fn fn)
{
    return fn == POLICY_DISTINCT || fn == POLICY_ENTROPY || fn == POLICY_QUANTILE ||
           fn == POLICY_RATE;
}

static bool number_like(const struct policy_type *type)
{
    return type->base == POLICY_INT || type->base == POLICY_NUMBER || type->base == POLICY_MONEY;
}

/* NULL when the function takes such an argument, else what it takes. */
static const char *argument_wanted(enum policy_window_fn fn, const struct policy_type *type)
{
    if (fn == POLICY_SUM)
        return number_like(type) || type->base == POLICY_DURATION
               ? NULL : "an int, number, money or duration";
    if (fn == POLICY_MEAN || fn == POLICY_STD || fn == POLICY_DECAYED)
        return number_like(type) ? NULL : "an int, number or money";
    if (fn == POLICY_MIN || fn == POLICY_MAX || fn == POLICY_QUANTILE)
        return type_ordered(type) ? NULL : "values that have an order";
    if (fn == POLICY_DISTINCT || fn == POLICY_ENTROPY)
        return type->base != POLICY_NUMBER ? NULL : "values that repeat, not numbers";
    if (fn == POLICY_AGE || fn == POLICY_SINCE)
        return policy_type_is_text(type) ? NULL : "an entity, text, id or address";
    return NULL;
}

static struct policy_type result_type(enum policy_window_fn fn, struct policy_type argument)
{
    struct policy_type type = argument;
    type.optional = true;
    if (fn == POLICY_COUNT || fn == POLICY_DISTINCT)
        return type_of(POLICY_INT);
    if (fn == POLICY_AGE || fn == POLICY_SINCE)
        return (struct policy_type){.base = POLICY_DURATION, .optional = true};
    if (fn == POLICY_RATE || fn == POLICY_ENTROPY)
        return (struct policy_type){.base = POLICY_NUMBER, .optional = true};
    if (fn == POLICY_SUM)
        type.optional = false;
    if (fn == POLICY_MEAN || fn == POLICY_STD || fn == POLICY_DECAYED) {
        bool money = argument.base == POLICY_MONEY;
        type = (struct policy_type){.base = money ? POLICY_MONEY : POLICY_NUMBER,
                                    .optional = fn != POLICY_DECAYED, .fractional = money};
    }
    return type;
}

/* ---- sources ---- */

/* What an aggregate is of: a field of its events, or a let that exists on them, or neither. */
struct argument {
    const struct ast_field *field;
    const struct ast_let *let;
    struct policy_type type;
};

struct build {
    struct ast_aggregate *aggregate;
    struct policy_window window;
    struct policy_source sources[POLICY_SOURCES_MAX];
    struct ast_expr *filters[POLICY_SOURCES_MAX];
    struct argument arguments[POLICY_SOURCES_MAX];
    const struct ast_label *labels[POLICY_SOURCES_MAX];
    bool poisoned;
};

static struct ast_event *label_event(struct checker *checker, const struct ast_source *source)
{
    struct ast_name *name = source->event.name;
    if (name == NULL)
        return NULL;
    if (name->label == NULL) {
        struct guess guess;
        guess_init(&guess, checker->sink, name->text);
        for (struct ast_label *label = checker->ast->first_label; label != NULL;
             label = label->next)
            guess_try(&guess, check_word(&label->name));
        check_unknown(checker, CODE_UNKNOWN_LABEL, source->event, "label", &guess);
        return NULL;
    }
    return name->label->poisoned ? NULL : checker->ast->events[name->label->event_index];
}

/* A name that is both an event's and a label's is the event's. */
static bool is_of_label(const struct ast_source *source, enum policy_window_fn fn)
{
    const struct ast_name *name = source->event.name;
    return fn == POLICY_RATE || source->negated ||
           (name != NULL && name->event == NULL && name->label != NULL);
}

/* A label that an event brings is told of an event without its fields, and may come at any time. */
static void check_brought(struct checker *checker, const struct ast_source *source,
                          struct build *build)
{
    const struct view name = check_word(&source->event);
    struct diag *diag = NULL;
    if (source->negated)
        diag_hint(diag = sink_add(checker->sink, CODE_LABEL_BROUGHT, source->place,
                                  "an event may come that says %.*s", VIEW_ARG(name)),
                  "`not` is for labels that are known after a time");
    else if (source->filter != NULL || build->window.source_count > 1)
        diag_hint(diag = sink_add(checker->sink, CODE_LABEL_BROUGHT, source->place,
                                  "%.*s, which an event brings, is counted whole and alone",
                                  VIEW_ARG(name)),
                  "leave out `where` and `or`");
    else if (build->window.fn != POLICY_RATE && wants_argument(build->window.fn) == ARGUMENT_NEEDED)
        diag_hint(diag = sink_add(checker->sink, CODE_LABEL_BROUGHT, source->place,
                                  "%.*s, which an event brings, has no fields here",
                                  VIEW_ARG(name)),
                  "count, age, since and rate take it");
    build->poisoned |= diag != NULL;
}

static void check_filter(struct checker *checker, struct ast_source *source,
                         const struct ast_event *event, struct build *build)
{
    struct check_scope outer = checker->scope;
    size_t count = checker->fact_count;
    /* What is known about the reading event says nothing about the counted ones. */
    for (size_t i = 0; i < count; i++)
        checker->facts[i]->present_count--;
    checker->scope = (struct check_scope){(uint64_t)1 << event->index, SCOPE_FILTER};
    check_condition(checker, source->filter, "what follows `where`");
    checker->scope = outer;
    for (size_t i = 0; i < count; i++)
        checker->facts[i]->present_count++;
    build->poisoned |= source->filter->poisoned;
}

/* A let as an argument: a number, since it is worth what it was, not what it names. */
static bool let_argument(struct checker *checker, const struct ast_source *source,
                         const struct ast_event *event, struct argument *ret_argument)
{
    struct ast_let *let = source->field.name->let;
    struct view name = check_word(&source->field);
    char text[TYPE_TEXT_BYTES_MAX];
    let->used = true;
    if (let->poisoned)
        return false;
    if ((let->events >> event->index & 1) == 0) {
        check_lacking(checker, let, event->index,
                      sink_add(checker->sink, CODE_LET_NOT_HERE, source->field.place,
                               "`%.*s` does not exist on %.*s", VIEW_ARG(name),
                               VIEW_ARG(check_word(&event->name))));
        return false;
    }
    if (!number_like(&let->type) && let->type.base != POLICY_DURATION) {
        diag_hint(sink_add(checker->sink, CODE_BAD_ARGUMENT, source->field.place,
                           "`%.*s` is %s", VIEW_ARG(name), type_text(&let->type, text)),
                  "a let that is aggregated is an int, number, money or duration");
        return false;
    }
    *ret_argument = (struct argument){NULL, let, let->type};
    return true;
}

static bool field_argument(struct checker *checker, const struct ast_source *source,
                           const struct ast_event *event, struct argument *ret_argument)
{
    const struct ast_field *field = ast_field_of(source->field.name, event->index);
    if (field == NULL) {
        struct guess guess;
        guess_init(&guess, checker->sink, check_word(&source->field));
        for (uint16_t i = 0; i < event->field_count; i++)
            guess_try(&guess, check_word(&event->fields[i]->name));
        check_unknown(checker, CODE_UNKNOWN_FIELD, source->field, "field", &guess);
        return false;
    }
    if (field->poisoned)
        return false;
    if (field->label_only) {
        diag_hint(sink_add(checker->sink, CODE_LABEL_FIELD, source->field.place,
                           "`%.*s` is known only afterwards, through its label",
                           VIEW_ARG(check_word(&source->field))),
                  "use rate(LABEL) over events that are old enough");
        return false;
    }
    *ret_argument = (struct argument){field, NULL, field->type};
    return true;
}

/* Fields and lets share one namespace. */
static bool find_argument(struct checker *checker, const struct ast_source *source,
                          const struct ast_event *event, struct build *build,
                          struct argument *ret_argument)
{
    const struct ast_name *name = source->field.name;
    if (!(name->let != NULL ? let_argument : field_argument)(checker, source, event, ret_argument))
        return false;
    const char *wanted = argument_wanted(build->window.fn, &ret_argument->type);
    char text[TYPE_TEXT_BYTES_MAX];
    if (wanted != NULL)
        sink_add(checker->sink, CODE_BAD_ARGUMENT, source->field.place, "%s takes %s, not %s",
                 ast_window_word(build->window.fn), wanted,
                 type_text(&ret_argument->type, text));
    return wanted == NULL;
}

static bool check_argument(struct checker *checker, struct ast_source *source,
                           const struct ast_event *event, struct build *build, uint16_t index)
{
    enum wants wants = wants_argument(build->window.fn);
    const char *word = ast_window_word(build->window.fn);
    build->arguments[index] = (struct argument){NULL, NULL, type_of(POLICY_INT)};
    if (source->field.name == NULL) {
        if (wants == ARGUMENT_NEEDED)
            diag_hint(sink_add(checker->sink, CODE_NO_ARGUMENT, source->place,
                               "%s needs a field of %.*s", word,
                               VIEW_ARG(check_word(&event->name))),
                      "write %s(%.*s.FIELD)", word, VIEW_ARG(check_word(&event->name)));
        return wants != ARGUMENT_NEEDED;
    }
    if (wants == ARGUMENT_NONE) {
        diag_hint(sink_add(checker->sink, CODE_NEEDLESS_ARGUMENT, source->field.place,
                           "%s takes no field", word),
                  build->window.fn == POLICY_COUNT
                  ? "write count(%.*s), or distinct(...) for how many different values"
                  : "write the name of a label",
                  VIEW_ARG(check_word(&event->name)));
        return false;
    }
    return find_argument(checker, source, event, build, &build->arguments[index]);
}

static void check_source(struct checker *checker, struct build *build, uint16_t index)
{
    struct ast_source *source = &build->aggregate->sources[index];
    bool of_label = is_of_label(source, build->window.fn);
    struct ast_event *event = of_label ? label_event(checker, source)
                                       : check_event_named(checker, source->event);
    if (event == NULL) {
        build->poisoned = true;
        return;
    }
    const struct ast_label *label = of_label ? source->event.name->label : NULL;
    if (of_label && label->by_event)
        check_brought(checker, source, build);
    for (uint16_t i = 0; i < index; i++) {
        if (build->sources[i].event != event->index || build->poisoned)
            continue;
        diag_hint(sink_add(checker->sink, CODE_SOURCE_TWICE, source->place,
                           "%.*s is already counted here", VIEW_ARG(check_word(&event->name))),
                  "join the two conditions with or: EVENT where (a or b)");
        build->poisoned = true;
    }
    if (!check_argument(checker, source, event, build, index))
        build->poisoned = true;
    if (source->filter != NULL)
        check_filter(checker, source, event, build);
    const struct argument *argument = &build->arguments[index];
    bool column = wants_argument(build->window.fn) == ARGUMENT_NEEDED;
    build->sources[index] = (struct policy_source){
        .event = event->index,
        .label = of_label ? label->index : POLICY_NO_SLOT,
        .truth = !of_label || build->window.fn == POLICY_RATE ? POLICY_ANY
               : source->negated ? POLICY_FALSE : POLICY_TRUE,
        .field = column && argument->field != NULL ? argument->field->index : POLICY_NO_SLOT,
        .let = argument->let != NULL ? argument->let->index : POLICY_NO_SLOT,
        .filter = POLICY_NO_CODE,
    };
    build->filters[index] = source->filter;
    build->labels[index] = label;
}

static bool has_argument(const struct argument *argument)
{
    return argument->field != NULL || argument->let != NULL;
}

static void check_sources(struct checker *checker, struct build *build)
{
    const struct ast_aggregate *aggregate = build->aggregate;
    for (uint16_t i = 0; i < aggregate->source_count; i++)
        check_source(checker, build, i);
    if (build->poisoned)
        return;
    if (build->window.fn == POLICY_RATE &&
        (aggregate->source_count > 1 || aggregate->sources[0].negated)) {
        const struct ast_source *source = &aggregate->sources[aggregate->source_count > 1];
        sink_add(checker->sink, CODE_SOURCE_TWICE, source->place, "a rate is of one label");
        build->poisoned = true;
    }
    for (uint16_t i = 1; i < aggregate->source_count && has_argument(&build->arguments[0]); i++) {
        const struct argument *argument = &build->arguments[i];
        char a[TYPE_TEXT_BYTES_MAX], b[TYPE_TEXT_BYTES_MAX];
        if (has_argument(argument) && type_same(&argument->type, &build->arguments[0].type))
            continue;
        build->poisoned = true;
        sink_add(checker->sink, CODE_TYPE_MISMATCH, aggregate->sources[i].place,
                 "the events of one aggregate need arguments of one type: %s here, %s before",
                 has_argument(argument) ? type_text(&argument->type, b) : "none",
                 type_text(&build->arguments[0].type, a));
    }
}

/* ---- keys ---- */

/* The field by which the events at hand read; they must all have it, and of one kind. */
static const struct ast_field *reading_key(struct checker *checker, struct ast_word key)
{
    const struct ast_field *found = NULL;
    for (const struct ast_event *event = checker->ast->first_event; event != NULL;
         event = event->next) {
        if ((checker->scope.events >> event->index & 1) == 0)
            continue;
        const struct ast_field *field = ast_field_of(key.name, event->index);
        char a[TYPE_TEXT_BYTES_MAX], b[TYPE_TEXT_BYTES_MAX];
        if (field == NULL && !key.name->doubtful)
            sink_add(checker->sink, CODE_KEY_NOT_HERE, key.place, "%.*s has no field `%.*s`",
                     VIEW_ARG(check_word(&event->name)), VIEW_ARG(key.name->text));
        if (field == NULL || field->poisoned)
            return NULL;
        if (found != NULL && !type_same(&field->type, &found->type)) {
            const struct ast_event *first = checker->ast->events[found->event];
            sink_add(checker->sink, CODE_KEY_KIND, key.place, "`%.*s` is %s on %.*s and %s on %.*s",
                     VIEW_ARG(key.name->text), type_text(&found->type, a),
                     VIEW_ARG(check_word(&first->name)), type_text(&field->type, b),
                     VIEW_ARG(check_word(&event->name)));
            return NULL;
        }
        found = found == NULL ? field : found;
    }
    return found;
}

/* One part of the key in one kind of counted event. */
static bool check_fed(struct checker *checker, const struct ast_event *event, struct ast_word fed,
                      const struct ast_field *reader)
{
    const struct ast_field *field = ast_field_of(fed.name, event->index);
    struct view name = fed.name->text;
    char a[TYPE_TEXT_BYTES_MAX], b[TYPE_TEXT_BYTES_MAX];
    if (field == NULL && !fed.name->doubtful)
        diag_hint(sink_add(checker->sink, CODE_KEY_NOT_IN_SOURCE, fed.place,
                           "%.*s, which is aggregated, has no field `%.*s`",
                           VIEW_ARG(check_word(&event->name)), VIEW_ARG(name)),
                  "say which of its fields holds it: fed by FIELD");
    if (field == NULL || field->poisoned)
        return false;
    if (!policy_type_is_text(&field->type))
        diag_hint(sink_add(checker->sink, CODE_KEY_TYPE, fed.place,
                           "`%.*s` is %s and cannot be a key", VIEW_ARG(name),
                           type_text(&field->type, a)),
                  "keys are entities, texts, ids and addresses");
    else if (!type_same(&field->type, &reader->type))
        diag_hint(sink_add(checker->sink, CODE_KEY_KIND, fed.place,
                           "the key is %s on the reading event and %s on %.*s",
                           type_text(&reader->type, a), type_text(&field->type, b),
                           VIEW_ARG(check_word(&event->name))),
                  "both must name one kind of thing, as in payee: entity account");
    else
        return true;
    return false;
}

static void check_key(struct checker *checker, struct build *build, struct ast_word key,
                      struct ast_word fed)
{
    const struct ast_field *reader = key.name == NULL || fed.name == NULL
                                     ? NULL : reading_key(checker, key);
    build->poisoned |= reader == NULL;
    for (uint16_t i = 0; i < build->aggregate->source_count && !build->poisoned; i++)
        build->poisoned = !check_fed(checker, checker->ast->events[build->sources[i].event], fed,
                                     reader);
}

/* The same field fed by the same field says nothing more; fed by two it asks for both. */
static void check_key_again(struct checker *checker, struct build *build, uint8_t index)
{
    const struct ast_aggregate *aggregate = build->aggregate;
    const struct ast_word *key = &aggregate->keys[index];
    const struct ast_word *fed = aggregate->fed_count > 0 ? aggregate->fed : aggregate->keys;
    for (uint8_t i = 0; i < index && !build->poisoned; i++) {
        if (aggregate->keys[i].name != key->name || fed[i].name != fed[index].name)
            continue;
        diag_hint(sink_add(checker->sink, CODE_KEY_TWICE, key->place,
                           "`%.*s` is already a part of this key", VIEW_ARG(check_word(key))),
                  aggregate->fed_count > 0 ? "leave it out, and the field that feeds it"
                                           : "leave it out");
        build->poisoned = true;
    }
}

static void check_keys(struct checker *checker, struct build *build)
{
    struct ast_aggregate *aggregate = build->aggregate;
    if (aggregate->fed_count > 0 && aggregate->fed_count != aggregate->key_count) {
        diag_hint(sink_add(checker->sink, CODE_FED_COUNT, aggregate->fed[0].place,
                           "`fed by` names as many fields as `per`"),
                  "write per a, b fed by x, y");
        build->poisoned = true;
        return;
    }
    for (uint8_t i = 0; i < aggregate->key_count; i++) {
        check_key(checker, build, aggregate->keys[i],
                  aggregate->fed_count > 0 ? aggregate->fed[i] : aggregate->keys[i]);
        check_key_again(checker, build, i);
    }
    bool paired = wants_argument(aggregate->fn) == ARGUMENT_MAYBE &&
                  aggregate->sources[0].field.name != NULL;
    if (paired)
        check_key(checker, build, aggregate->sources[0].field, aggregate->sources[0].field);
    if (paired && aggregate->key_count == POLICY_KEYS_MAX) {
        sink_add(checker->sink, CODE_LIMIT_KEYS, aggregate->place, "a key has at most %d parts",
                 POLICY_KEYS_MAX);
        build->poisoned = true;
    }
}

static bool comes_before(struct view key, struct view fed, struct view other_key,
                         struct view other_fed)
{
    int order = view_compare(key, other_key);
    return order != 0 ? order < 0 : view_compare(fed, other_fed) < 0;
}

static void add_key(struct policy_window *window, struct view key, struct view fed)
{
    uint8_t at = window->key_count;
    for (uint8_t i = 0; i < window->key_count; i++) {
        if (view_equal(window->keys[i], key) && view_equal(window->fed_by[i], fed))
            return;
    }
    for (; at > 0 && comes_before(key, fed, window->keys[at - 1], window->fed_by[at - 1]); at--) {
        window->keys[at] = window->keys[at - 1];
        window->fed_by[at] = window->fed_by[at - 1];
    }
    window->keys[at] = key;
    window->fed_by[at] = fed;
    window->key_count++;
}

static void collect_keys(struct build *build)
{
    const struct ast_aggregate *aggregate = build->aggregate;
    for (uint8_t i = 0; i < aggregate->key_count; i++)
        add_key(&build->window, check_word(&aggregate->keys[i]),
                check_word(aggregate->fed_count > 0 ? &aggregate->fed[i] : &aggregate->keys[i]));
    const struct ast_word *field = &aggregate->sources[0].field;
    if (wants_argument(aggregate->fn) == ARGUMENT_MAYBE && field->name != NULL)
        add_key(&build->window, check_word(field), check_word(field));
}

/* ---- time ---- */

static void check_range(struct checker *checker, struct build *build)
{
    const struct ast_aggregate *aggregate = build->aggregate;
    struct policy_window *window = &build->window;
    const char *word = ast_window_word(window->fn);
    window->over_ms = aggregate->over.given ? aggregate->over.value : -1;
    window->ending_ms = aggregate->ending.value;
    window->before = aggregate->before && window->ending_ms == 0;
    struct diag *diag = NULL;
    if (aggregate->over.given && aggregate->over.value == 0)
        diag = sink_add(checker->sink, CODE_EMPTY_WINDOW, aggregate->over.place,
                        "a window over 0s holds nothing");
    else if (!aggregate->over.given && needs_over(window->fn))
        diag_hint(diag = sink_add(checker->sink, CODE_NO_OVER, aggregate->place,
                                  "%s would keep every event for ever", word),
                  "say how far back it looks: over 7d");
    else if (aggregate->over.given && window->fn == POLICY_DECAYED)
        diag_hint(diag = sink_add(checker->sink, CODE_DECAYED_OVER, aggregate->over.place,
                                  "decayed has no `over`: what is old counts less by itself"),
                  "leave out `over`");
    else if (window->ending_ms > 0 && !aggregate->over.given)
        diag_hint(diag = sink_add(checker->sink, CODE_ENDING_ALONE, aggregate->ending.place,
                                  "`ending` shifts a window and needs `over`"),
                  "write over 7d ending %.*s ago", VIEW_ARG(aggregate->ending.text));
    build->poisoned |= diag != NULL ||
        (aggregate->over.given && aggregate->over.value == 0) ||
        (!aggregate->over.given && (needs_over(window->fn) || window->ending_ms > 0)) ||
        (aggregate->over.given && window->fn == POLICY_DECAYED);
    if (aggregate->before && window->ending_ms > 0)
        diag_hint(sink_add(checker->sink, CODE_NEEDLESS_BEFORE, aggregate->before_place,
                           "this window ends before the event anyway"),
                  "leave out `before`");
}

/* What a let is worth on the reading event itself may depend on this very window. */
static void check_let_source(struct checker *checker, struct build *build)
{
    const struct ast_aggregate *aggregate = build->aggregate;
    for (uint16_t i = 0; i < aggregate->source_count && !build->poisoned; i++) {
        if (build->arguments[i].let == NULL || build->window.before || build->window.ending_ms > 0)
            continue;
        diag_hint(sink_add(checker->sink, CODE_LET_SOURCE_NOW, aggregate->sources[i].field.place,
                           "`%.*s` of this very event is not known to its windows",
                           VIEW_ARG(check_word(&aggregate->sources[i].field))),
                  "leave the event out: before");
        build->poisoned = true;
    }
}

/* Nothing may count a label before it is known. Of a rate the newest events count as not labelled,
 * which is a warning; of what is counted by the label alone it is an error. */
static void check_known(struct checker *checker, struct build *build)
{
    const struct ast_aggregate *aggregate = build->aggregate;
    for (uint16_t i = 0; i < aggregate->source_count && !build->poisoned; i++) {
        if (build->sources[i].label == POLICY_NO_SLOT)
            continue;
        const struct ast_label *label = aggregate->sources[i].event.name->label;
        /* A label by event is counted as soon as its event arrives, whenever that is. */
        if (label->by_event || build->window.ending_ms >= label->delay.value)
            continue;
        bool rate = aggregate->fn == POLICY_RATE;
        diag_hint(sink_add(checker->sink, rate ? CODE_RATE_TOO_FRESH : CODE_LABEL_TOO_FRESH,
                           aggregate->place,
                           rate ? "the newest events of this window have no label yet and count "
                                  "as not %.*s"
                                : "nobody knows yet whether the newest events of this window are "
                                  "%.*s",
                           VIEW_ARG(check_word(&label->name))),
                  aggregate->over.given ? "leave them out: ending %.*s ago"
                                        : "say how far back it looks and leave them out: "
                                          "over 30d ending %.*s ago",
                  VIEW_ARG(label->delay.text));
        build->poisoned |= !rate;
    }
}

static void check_parameter(struct checker *checker, struct build *build)
{
    struct ast_expr *parameter = build->aggregate->parameter;
    if (parameter == NULL)
        return;
    if (build->window.fn == POLICY_DECAYED) {
        build->window.parameter = (double)parameter->value.i64;
        if (parameter->kind == EXPR_DURATION && parameter->value.i64 > 0)
            return;
        diag_hint(sink_add(checker->sink, CODE_BAD_PARAMETER, parameter->place,
                           "a half-life is a duration above zero"),
                  "write decayed(payment.amount, half 1h)");
    } else {
        bool whole = parameter->kind == EXPR_INT;
        double q = whole ? (double)parameter->value.i64 : parameter->value.f64;
        build->window.parameter = q;
        if ((whole || parameter->kind == EXPR_DECIMAL) && q > 0 && q <= 1)
            return;
        diag_hint(sink_add(checker->sink, CODE_BAD_PARAMETER, parameter->place,
                           "a quantile is a number above 0 and up to 1"),
                  "0.5 is the median, 0.95 is exceeded by one value in twenty");
    }
    build->poisoned = true;
}

/* ---- the window ---- */

static void put_list(struct buf *out, const char *before, const struct view *words, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        buf_printf(out, "%s%.*s", i == 0 ? before : ", ", VIEW_ARG(words[i]));
}

static void put_source(struct checker *checker, struct buf *out, const struct build *build,
                       uint16_t index)
{
    const struct policy_source *source = &build->sources[index];
    const struct ast_event *event = checker->ast->events[source->event];
    if (source->label != POLICY_NO_SLOT)
        buf_printf(out, "%s%.*s", source->truth == POLICY_FALSE ? "not " : "",
                   VIEW_ARG(check_word(&build->labels[index]->name)));
    else
        buf_put_view(out, check_word(&event->name));
    if (source->field != POLICY_NO_SLOT)
        buf_printf(out, ".%.*s", VIEW_ARG(check_word(&event->fields[source->field]->name)));
    if (source->let != POLICY_NO_SLOT)
        buf_printf(out, ".%.*s", VIEW_ARG(check_word(&build->arguments[index].let->name)));
    if (build->filters[index] != NULL) {
        buf_put_text(out, " where ");
        /* Level 2 is what stands on either side of `or` without parentheses. */
        print_operand(out, build->filters[index], 2, (struct print_style){.bare = true});
    }
}

static void put_window(struct checker *checker, struct buf *out, const struct build *build)
{
    const struct policy_window *window = &build->window;
    buf_printf(out, "%s(", ast_window_word(window->fn));
    for (uint16_t i = 0; i < window->source_count; i++) {
        buf_put_text(out, i == 0 ? "" : " or ");
        put_source(checker, out, build, i);
    }
    if (window->fn == POLICY_DECAYED) {
        buf_put_text(out, ", half ");
        print_duration(out, (int64_t)window->parameter);
    } else if (window->fn == POLICY_QUANTILE) {
        buf_put_text(out, ", ");
        number_put_f64(out, window->parameter);
    }
    buf_put_char(out, ')');
    put_list(out, " per ", window->keys, window->key_count);
    bool fed = false;
    for (uint8_t i = 0; i < window->key_count; i++)
        fed |= !view_equal(window->keys[i], window->fed_by[i]);
    put_list(out, " fed by ", window->fed_by, fed ? window->key_count : 0);
    if (window->over_ms >= 0) {
        buf_put_text(out, " over ");
        print_duration(out, window->over_ms);
    }
    buf_put_text(out, window->before ? " before" : "");
    if (window->ending_ms > 0) {
        buf_put_text(out, " ending ");
        print_duration(out, window->ending_ms);
        buf_put_text(out, " ago");
    }
}

static void sort_sources(struct build *build)
{
    for (uint16_t i = 1; i < build->window.source_count; i++) {
        for (uint16_t j = i; j > 0 && build->sources[j - 1].event > build->sources[j].event; j--) {
            struct policy_source source = build->sources[j];
            struct ast_expr *filter = build->filters[j];
            const struct ast_label *label = build->labels[j];
            struct argument argument = build->arguments[j];
            build->sources[j] = build->sources[j - 1];
            build->filters[j] = build->filters[j - 1];
            build->labels[j] = build->labels[j - 1];
            build->arguments[j] = build->arguments[j - 1];
            build->sources[j - 1] = source;
            build->filters[j - 1] = filter;
            build->labels[j - 1] = label;
            build->arguments[j - 1] = argument;
        }
    }
}

static void keep_window(struct checker *checker, const struct build *build, struct view text,
                        uint16_t index)
{
    struct check_window *kept = &checker->windows[index];
    size_t count = build->window.source_count;
    struct policy_source *sources = check_make(checker, count, sizeof *sources);
    kept->filters = check_make(checker, count, sizeof(struct ast_expr *));
    if (sources == NULL || kept->filters == NULL)
        return;
    memcpy(sources, build->sources, count * sizeof *sources);
    memcpy(kept->filters, build->filters, count * sizeof(struct ast_expr *));
    kept->window = build->window;
    kept->window.sources = sources;
    kept->window.slot = check_slot(checker);
    kept->window.text = arena_copy(checker->arena, text);
    checker->failed |= kept->window.text.data == NULL;
}

static uint16_t intern_window(struct checker *checker, const struct build *build, struct view text)
{
    struct check_window **bucket =
        &checker->buckets[hash_bytes(bucket_seed, text) % CHECK_WINDOW_BUCKETS];
    for (const struct check_window *at = *bucket; at != NULL; at = at->next_in_bucket) {
        if (view_equal(at->window.text, text))
            return (uint16_t)(at - checker->windows);
    }
    if (checker->window_count == POLICY_WINDOWS_MAX) {
        if (!checker->window_limit_reported)
            sink_add(checker->sink, CODE_LIMIT_WINDOWS, build->aggregate->place,
                     "a policy has at most %d different aggregates", POLICY_WINDOWS_MAX);
        checker->window_limit_reported = true;
        return 0;
    }
    uint16_t index = (uint16_t)checker->window_count++;
    keep_window(checker, build, text, index);
    checker->windows[index].next_in_bucket = *bucket;
    *bucket = &checker->windows[index];
    return index;
}

void check_aggregate(struct checker *checker, struct ast_expr *expr)
{
    struct ast_aggregate *aggregate = expr->aggregate;
    struct build build = {.aggregate = aggregate};
    build.window.fn = aggregate->fn;
    build.window.source_count = aggregate->source_count;
    if (checker->scope.kind == SCOPE_FILTER) {
        diag_hint(sink_add(checker->sink, CODE_NESTED_AGGREGATE, expr->place,
                           "a filter cannot aggregate"),
                  "a filter reads only fields of the events it filters");
        check_poison(expr);
        return;
    }
    check_sources(checker, &build);
    check_range(checker, &build);
    check_parameter(checker, &build);
    check_known(checker, &build);
    check_let_source(checker, &build);
    if (!build.poisoned)
        check_keys(checker, &build);
    if (build.poisoned) {
        check_poison(expr);
        return;
    }
    collect_keys(&build);
    build.window.type = result_type(aggregate->fn, build.arguments[0].type);
    sort_sources(&build);
    struct buf text;
    buf_init(&text, checker->mem);
    put_window(checker, &text, &build);
    if (text.failed)
        checker->failed = true;
    else
        aggregate->window = intern_window(checker, &build, buf_view(&text));
    buf_done(&text);
    expr->type = build.window.type;
}
