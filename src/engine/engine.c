/* One idea: a batch of lines passes through stages, each of which starts the memory fetches of the
 * next, and the last of which decides strictly in order.
 *
 *     read all -> hash keys and ids -> find entities -> fetch their events -> decide one by one
 *
 * 1. Only the last stage changes state, one record at a time; the others change nothing that can
 *    be seen, so that the size of a batch makes no difference.
 * 2. A record that is not decided has changed nothing (but one that comes upon a value in a damaged
 *    saved state: what was damaged has no right state).
 * 3. Reading order inside the last stage: ids seen before, classes, windows, derived lets, models,
 *    rules, labels, memory of ids. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/datetime.h"
#include "engine/engine_int.h"

#define BATCH_MAX 32

static int64_t remember_ms(const struct policy *policy)
{
    int64_t most = policy->remember_ms > policy->late_ms ? policy->remember_ms : policy->late_ms;
    for (uint16_t i = 0; i < policy->label_count; i++)
        if (policy->labels[i].by_event && policy->labels[i].delay_ms > most)
            most = policy->labels[i].delay_ms;
    return most;
}

static enum status allocate_frame(struct engine *engine)
{
    const struct policy *policy = engine->policy;
    struct arena *arena = &engine->arena;
    engine->records = arena_array(arena, BATCH_MAX, sizeof *engine->records);
    engine->values = arena_array(arena, policy->value_count, sizeof *engine->values);
    engine->answers = arena_array(arena, policy->rule_count, sizeof *engine->answers);
    engine->present = arena_array(arena, policy->slot_count, sizeof *engine->present);
    engine->failed = arena_array(arena, policy->slot_count, sizeof *engine->failed);
    engine->window_values =
        arena_array(arena, policy->window_count, sizeof *engine->window_values);
    engine->let_inputs = arena_array(arena, policy->let_count, sizeof *engine->let_inputs);
    engine->window_present =
        arena_array(arena, policy->window_count, sizeof *engine->window_present);
    engine->window_texts = arena_array(arena, policy->window_count, sizeof *engine->window_texts);
    engine->store.fired = arena_array(arena, policy->rule_count, sizeof(struct engine_fired));
    engine->store.shadow = arena_array(arena, policy->rule_count, sizeof(struct engine_fired));
    engine->store.features = arena_array(arena, policy->let_count, sizeof(struct engine_feature));
    engine->store.models = arena_array(arena, policy->model_count, sizeof(struct engine_score));
    engine->store.reasons = arena_array(arena, (size_t)policy->model_count * POLICY_EXPLAIN_MAX,
                                        sizeof(struct engine_reason));
    engine->scores = arena_array(arena, policy->model_count, sizeof *engine->scores);
    bool whole = engine->records != NULL && engine->values != NULL && engine->present != NULL &&
                 engine->failed != NULL && engine->answers != NULL &&
                 engine->window_values != NULL && engine->let_inputs != NULL &&
                 engine->window_present != NULL && engine->window_texts != NULL &&
                 engine->store.fired != NULL && engine->store.shadow != NULL &&
                 engine->store.features != NULL && engine->store.models != NULL &&
                 engine->store.reasons != NULL && engine->scores != NULL;
    return whole ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status init(struct engine *engine, const struct engine_options *options,
                        struct diag *diag)
{
    const struct policy *policy = options->policy;
    enum status status = allocate_frame(engine);
    if (status == STATUS_OK)
        status = plan_build(policy, &engine->arena, &engine->plan, diag);
    if (status == STATUS_OK) {
        engine->works = work_build(policy, engine->plan, &engine->arena);
        status = engine->works == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    }
    if (status == STATUS_OK)
        status = list_set_init(&engine->lists, policy, options->mem, options->seed);
    if (status == STATUS_OK)
        status = model_set_init(&engine->models, policy, &engine->arena, options->mem);
    if (status == STATUS_OK)
        status = reader_init(&engine->reader, policy, &engine->arena, options->mem);
    engine->reader.content_seed = options->seed;
    if (status == STATUS_OK)
        status = feature_new(&engine->plan->feature, options->mem, options->seed, &engine->state);
    if (status != STATUS_OK)
        return status;
    engine->seen = seen_new(options->mem, options->seed, remember_ms(policy));
    engine->frame = (struct policy_frame){engine->values, engine->present, 0, &engine->lists.lists};
    policy_frame_init(policy, engine->values);
    engine->body_bytes_max = decision_bytes_max(policy, engine->features);
    return engine->seen == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status engine_new(const struct engine_options *options, struct engine **ret_engine,
                       struct diag *diag)
{
    struct engine *engine = mem_zeroed(options->mem, sizeof *engine);
    if (engine == NULL)
        return STATUS_NO_MEMORY;
    engine->policy = options->policy;
    engine->mem = options->mem;
    engine->features = options->features;
    engine->newest_ms = INT64_MIN;
    arena_init(&engine->arena, options->mem, 0);
    buf_init(&engine->scratch, options->mem);
    buf_init(&engine->body, options->mem);
    enum status status = init(engine, options, diag);
    if (status != STATUS_OK) {
        engine_free(engine);
        return status;
    }
    *ret_engine = engine;
    return STATUS_OK;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    seen_free(engine->seen);
    feature_free(engine->state);
    reader_done(&engine->reader);
    list_set_done(&engine->lists);
    model_set_done(&engine->models);
    buf_done(&engine->scratch);
    buf_done(&engine->body);
    arena_done(&engine->arena);
    mem_free(engine->mem, engine, sizeof *engine);
}

enum status engine_list_load(struct engine *engine, uint16_t list, struct view text,
                             struct diag *diag)
{
    return list_set_load(&engine->lists, list, text, diag);
}

enum status engine_model_load(struct engine *engine, uint16_t model, struct view bytes,
                              struct diag *diag)
{
    return model_set_load(&engine->models, model, bytes, diag);
}

const char *engine_model_hash(const struct engine *engine, uint16_t model)
{
    return model_set_hash(&engine->models, model);
}

uint16_t engine_model_explain(struct engine *engine, uint16_t model,
                              struct engine_reason *ret_reasons, double *ret_start)
{
    return model_set_explain(&engine->models, model, &engine->frame, POLICY_ARGUMENTS_MAX,
                             ret_reasons, ret_start);
}

int32_t engine_model_base_points(const struct engine *engine, uint16_t model)
{
    return model_set_base_points(&engine->models, model);
}

enum status engine_csv_header(struct engine *engine, const struct view *names, size_t count,
                              struct diag *diag)
{
    return reader_csv_header(&engine->reader, names, count, diag);
}

void engine_csv_separator(struct engine *engine, char separator)
{
    csv_reader_separate(engine->reader.csv, separator);
}

void engine_label_listen(struct engine *engine, struct engine_label_sink *sink)
{
    engine->label_sink = sink;
}

/* The text by which a field names an entity; its data is NULL when the field is missing. */
static struct view key_text(const struct record *record, uint16_t field)
{
    if (!record->present[field])
        return (struct view){NULL, 0};
    return record->texts[field].size_bytes > 0 ? record->texts[field] : VIEW("");
}

static struct feature_event feature_event(struct engine *engine, const struct record *record)
{
    return (struct feature_event){.type = record->event,
                                  .at_ms = record->at_ms,
                                  .keys = record->keys,
                                  .inputs = (const union feature_value *)record->values,
                                  .classes = engine->classes};
}

static void prepare(struct engine *engine, struct record *record)
{
    if (record->status != STATUS_OK)
        return;
    const struct event_plan *plan = &engine->plan->events[record->event];
    for (uint8_t i = 0; i < plan->slot_count; i++) {
        uint16_t field = plan->slots[i].field;
        record->keys[i] = key_text(record, field);
    }
    struct feature_event feature = feature_event(engine, record);
    feature_hash(engine->state, &feature, &record->handle);
    record->id_hash = seen_hash(engine->seen, record->event, record->id);
    seen_prefetch(engine->seen, record->id_hash);
}

static void fill_frame(struct engine *engine, const struct record *record)
{
    const struct policy_event *event = &engine->policy->events[record->event];
    memset(engine->present, 0, engine->policy->slot_count * sizeof engine->present[0]);
    for (uint16_t i = 0; i < event->field_count; i++) {
        uint16_t slot = event->fields[i].slot;
        engine->values[slot] = record->values[i];
        engine->present[slot] = record->present[i];
    }
    engine->frame.at_ms = record->at_ms;
}

_Static_assert(sizeof(union policy_value) == sizeof(union feature_value), "one for the other");

/* Whether a let has a value that windows take. */
static bool let_fits(const struct engine *engine, uint16_t number)
{
    const struct policy_let *let = &engine->policy->lets[number];
    union policy_value value = engine->values[let->slot];
    if (!engine->present[let->slot])
        return false;
    if (let->type.base == POLICY_NUMBER || let->type.fractional)
        return value.f64 >= -FEATURE_NUMBER_MAX && value.f64 <= FEATURE_NUMBER_MAX;
    return value.i64 >= -FEATURE_VALUE_MAX && value.i64 <= FEATURE_VALUE_MAX;
}

/* Which classes the event belongs to by these rules, touch by touch; STATUS_OVERFLOW of a filter.
 * lets_known: the frame has the event's lets; before that, none of the classes that need one. */
static enum status find_classes(struct engine *engine, const struct record *record,
                                const struct class_rule *rules, uint16_t rule_count,
                                bool lets_known)
{
    memset(engine->classes, 0, sizeof engine->classes);
    uint32_t asked = POLICY_NO_CODE;
    bool passes = true;
    for (uint16_t i = 0; i < rule_count; i++) {
        const struct class_rule *rule = &rules[i];
        if ((rule->needs_field != NO_FIELD && !record->present[rule->needs_field]) ||
            (rule->truth_field != NO_FIELD &&
             (record->present[rule->truth_field] &&
              record->values[rule->truth_field].i64 != 0) != rule->truth))
            continue;
        if (rule->filter != POLICY_NO_CODE && rule->filter != asked) {
            enum status status = policy_ask(engine->policy, rule->filter, &engine->frame, &passes);
            if (status != STATUS_OK)
                return status;
            asked = rule->filter;
        }
        if ((rule->filter == POLICY_NO_CODE || passes) &&
            (rule->needs_let == NO_FIELD ||
             (lets_known && let_fits(engine, rule->needs_let))))
            engine->classes[rule->touch] |= (uint32_t)1 << rule->class_index;
    }
    return STATUS_OK;
}

static bool take_checked(struct engine *engine, const struct window_check *check)
{
    union policy_value *value = &engine->values[check->slot];
    if (!check->is_text)
        return decision_value_is_sound(check->type, *value);
    struct view *text = &engine->window_texts[check->window];
    *text = feature_symbol_text(engine->state, check->kind, value->i64);
    value->text = text;
    return decision_text_is_sound(check->type, *text);
}

static void take_window(struct engine *engine, uint16_t window, uint16_t slot)
{
    engine->present[slot] = engine->window_present[window];
    memcpy(&engine->values[slot], &engine->window_values[window], sizeof engine->values[0]);
}

/* Puts the answers of the windows into the frame; false when a saved state was damaged and brought
 * what is no value. */
static bool take_windows(struct engine *engine, const struct event_work *work)
{
    for (uint16_t i = 0; i < work->take_count; i++)
        take_window(engine, work->takes[i].window, work->takes[i].slot);
    for (uint16_t i = 0; i < work->check_count; i++) {
        const struct window_check *check = &work->checks[i];
        take_window(engine, check->window, check->slot);
        if (engine->present[check->slot] && !take_checked(engine, check))
            return false;
    }
    return true;
}

static enum policy_verdict band_verdict(const struct policy *policy, int64_t score)
{
    enum policy_verdict verdict = POLICY_ALLOW;
    for (uint16_t i = 0; i < policy->band_count; i++)
        if (score >= policy->bands[i].score && policy->bands[i].verdict > verdict)
            verdict = policy->bands[i].verdict;
    return verdict;
}

/* Whether a rule is in force at the event's time, and then whether it decides or only watches. */
static bool rule_is_live(const struct policy_rule *rule, int64_t at_ms, bool *ret_shadow)
{
    *ret_shadow = rule->shadow && at_ms < rule->shadow_until_ms;
    return at_ms < rule->until_ms;
}

/* Whether a rule gives the reason rather than the one found so far: by its verdict, and between
 * equals by its name, since the order of rules means nothing. */
static bool is_stronger(const struct policy_rule *rule, const struct decision *decision)
{
    if (rule->verdict != decision->verdict)
        return rule->verdict > decision->verdict;
    return decision->rule_name.size_bytes > 0 && view_compare(rule->name, decision->rule_name) < 0;
}

/* Asks the rules; what reads a let whose arithmetic failed, or a model without a score, does not
 * fire. Whether any answer is other than no. */
static bool ask_rules(struct engine *engine, const struct event_work *work,
                      const struct decision *decision)
{
    const struct policy *policy = engine->policy;
    bool some = false;
    if (work->rule_count == 0)
        return false;
    if (!decision->marked)
        return policy_ask_all(policy, work->rule_codes, work->rule_count, &engine->frame,
                              engine->answers);
    for (uint16_t i = 0; i < work->rule_count; i++) {
        if ((policy->rules[work->rules[i]].models & decision->unscored) != 0 ||
            policy_reads(policy, work->rule_codes[i], engine->failed))
            engine->answers[i] = POLICY_NO;
        else if (policy_ask_all(policy, &work->rule_codes[i], 1, &engine->frame,
                                &engine->answers[i]))
            some = true;
    }
    return some;
}

static void add_fired(const struct policy_rule *rule, struct decision *decision)
{
    decision->score += rule->score;
    if (rule->has_verdict && is_stronger(rule, decision)) {
        decision->verdict = rule->verdict;
        decision->reason = rule->reason;
        decision->rule_name = rule->name;
    }
}

static void ask_reasons(const struct policy_rule *rule, struct decision *decision)
{
    for (uint16_t i = 0; i < POLICY_MODELS_MAX; i++) {
        if ((rule->models >> i & 1) != 0 && rule->explain > decision->explain[i])
            decision->explain[i] = rule->explain;
    }
}

/* Packs the rules that fired and watch (`shadow`) or decide. One whose arithmetic failed did not
 * fire, and all others were asked, since their order decides nothing; false when there was one. */
static bool put_rules(struct engine *engine, const struct event_work *work, bool shadow,
                      struct decision *decision)
{
    const struct policy *policy = engine->policy;
    bool whole = true;
    for (uint16_t i = 0; i < work->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[work->rules[i]];
        bool watches;
        if (engine->answers[i] == POLICY_NO ||
            !rule_is_live(rule, engine->frame.at_ms, &watches) || watches != shadow)
            continue;
        if (engine->answers[i] == POLICY_OVERFLOW) {
            if (!decision->failed) {
                decision->failed_slot = work->rules[i];
                decision->failed_in_rule = true;
            }
            decision->failed = true;
            whole = false;
            continue;
        }
        decision_put_fired(&engine->body, policy, work->rules[i], &engine->frame,
                           &engine->scratch);
        if (rule->explain > 0)
            ask_reasons(rule, decision);
        if (shadow) {
            decision->shadow_count++;
            continue;
        }
        decision->fired_count++;
        add_fired(rule, decision);
    }
    return whole;
}

/* Marks a slot that has no value because something failed. */
static void mark_failed(struct engine *engine, struct decision *decision, uint16_t slot)
{
    if (!decision->marked)
        memset(engine->failed, 0, engine->policy->slot_count * sizeof engine->failed[0]);
    decision->marked = true;
    engine->failed[slot] = true;
    engine->present[slot] = false;
}

/* Computes the derived lets. One whose arithmetic fails is marked; so are those that read it. */
static void derive_lets(struct engine *engine, const struct policy_event *event, uint16_t number,
                        struct decision *decision)
{
    const struct policy *policy = engine->policy;
    for (uint16_t i = 0; i < event->let_count; i++) {
        const struct policy_let *let = &policy->lets[event->lets[i]];
        bool reads_failed =
            decision->failed && policy_reads(policy, let->code[number], engine->failed);
        if (!reads_failed &&
            policy_derive(policy, event->lets[i], number, &engine->frame) == STATUS_OK)
            continue;
        if (!decision->failed)
            decision->failed_slot = event->lets[i];
        decision->failed = true;
        mark_failed(engine, decision, let->slot);
    }
}

/* Scores the models of the event into their slots, for the rules. */
static void score_models(struct engine *engine, const struct event_work *work,
                         struct decision *decision)
{
    const bool *failed = decision->failed ? engine->failed : NULL;
    for (uint16_t i = 0; i < work->model_count; i++) {
        uint16_t number = work->models[i];
        uint16_t slot = engine->policy->models[number].slot;
        struct engine_score *score = &engine->scores[i];
        const char *hash = model_set_hash(&engine->models, number);
        *score = (struct engine_score){.model = number, .points = ENGINE_NO_POINTS};
        if (hash != NULL)
            memcpy(score->hash, hash, ENGINE_HASH_HEX);
        score->scoring = model_set_score(&engine->models, number, &engine->frame, failed,
                                         &score->score, &score->points);
        engine->present[slot] = score->scoring == ENGINE_SCORED;
        engine->values[slot].f64 = score->score;
        if (score->scoring == ENGINE_SCORED)
            continue;
        decision->unscored |= (uint32_t)1 << number;
        mark_failed(engine, decision, slot);
    }
}

/* Packs the models of the event, with the reasons that rules asked for. */
static void put_models(struct engine *engine, const struct event_work *work,
                       struct decision *decision)
{
    for (uint16_t i = 0; i < work->model_count; i++) {
        struct engine_score *score = &engine->scores[i];
        uint8_t most = decision->explain[score->model];
        score->reasons = engine->store.reasons;
        if (most > 0 && score->scoring == ENGINE_SCORED)
            score->reason_count = model_set_explain(&engine->models, score->model, &engine->frame,
                                                    most, engine->store.reasons, NULL);
        decision_put_model(&engine->body, score);
        decision->model_count++;
    }
}

/* Lets the verdict be at least what the models without a score ask for: the strongest, and between
 * equals that of the model whose name comes first. */
static void fall_back(const struct policy *policy, struct decision *decision)
{
    const struct policy_model *chosen = NULL;
    for (uint16_t i = 0; i < policy->model_count; i++) {
        const struct policy_model *model = &policy->models[i];
        if ((decision->unscored >> i & 1) == 0 || model->error_rules)
            continue;
        if (chosen == NULL || model->error_verdict > chosen->error_verdict ||
            (model->error_verdict == chosen->error_verdict &&
             view_compare(model->name, chosen->name) < 0))
            chosen = model;
    }
    if (chosen == NULL || chosen->error_verdict < decision->verdict)
        return;
    decision->verdict = chosen->error_verdict;
    decision->reason = chosen->error_reason;
}

/* Adds what the scores, and what failed, make of the verdict of the rules. whole: no arithmetic
 * failed that decides. */
static void settle(const struct policy *policy, bool whole, struct decision *decision)
{
    enum policy_verdict band = band_verdict(policy, decision->score);
    if (band > decision->verdict) {
        decision->verdict = band;
        decision->reason = VIEW("SCORE");
    }
    if (decision->unscored != 0)
        fall_back(policy, decision);
    if (!whole && policy->error_verdict >= decision->verdict) {
        decision->verdict = policy->error_verdict;
        decision->reason = policy->error_reason;
    }
}

/* Turns the frame into a packed decision. */
static void judge(struct engine *engine, uint16_t number)
{
    const struct policy *policy = engine->policy;
    const struct policy_event *event = &policy->events[number];
    const struct event_work *work = &engine->works[number];
    struct decision decision = {.verdict = POLICY_ALLOW};
    decision_begin(&engine->body);
    derive_lets(engine, event, number, &decision);
    bool whole = !decision.failed;
    if (work->model_count > 0)
        score_models(engine, work, &decision);
    if (ask_rules(engine, work, &decision)) {
        whole = put_rules(engine, work, false, &decision) && whole;
        put_rules(engine, work, true, &decision); /* failing, it decides nothing either */
    }
    if (work->model_count > 0)
        put_models(engine, work, &decision);
    settle(policy, whole, &decision);
    decision_end(&engine->body, &decision, policy, engine->features ? &engine->frame : NULL);
}

/* Adds the event that a label event names to the classes of that label. */
static enum status tell_label(struct engine *engine, uint16_t number, const struct record *record)
{
    const struct policy_label *label = &engine->policy->labels[number];
    if (!record->present[label->truth_field])
        return STATUS_OK;
    struct view id = record->texts[label->truth_field];
    uint64_t place = seen_find(engine->seen, seen_hash(engine->seen, label->event, id),
                               label->event, id);
    if (place == SEEN_NONE) {
        engine->labels_unmatched++;
        return STATUS_OK;
    }
    struct seen_entry entry = seen_at(engine->seen, place);
    bool told = (seen_labels(engine->seen, place) >> number & 1) != 0;
    /* Dated before the event it names it counts, too: a date alone is midnight. */
    if (told || record->at_ms - entry.at_ms > label->delay_ms)
        return STATUS_OK;
    const struct event_plan *plan = &engine->plan->events[label->event];
    memset(engine->classes, 0, sizeof engine->classes);
    for (uint16_t i = 0; i < plan->label_rule_count; i++)
        if (plan->label_rules[i].label == number)
            engine->classes[plan->label_rules[i].touch] |=
                (uint32_t)1 << plan->label_rules[i].class_index;
    enum status status = STATUS_OK;
    if (plan->remembers_symbols)
        status = feature_label(engine->state, label->event, entry.at_ms, entry.symbols,
                               engine->classes, NULL);
    if (status == STATUS_NO_MEMORY)
        return status;
    engine->labels_unmatched += status != STATUS_OK; /* an entity is full */
    seen_set_label(engine->seen, place, number);
    if (engine->label_sink != NULL)
        engine->label_sink->take(engine->label_sink, number, entry.ordinal);
    return STATUS_OK;
}

static enum status tell_labels(struct engine *engine, const struct record *record)
{
    for (uint16_t i = 0; i < engine->policy->label_count; i++) {
        const struct policy_label *label = &engine->policy->labels[i];
        if (!label->by_event || label->truth_event != record->event)
            continue;
        enum status status = tell_label(engine, i, record);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void remember(struct engine *engine, const struct record *record)
{
    const struct event_plan *plan = &engine->plan->events[record->event];
    struct seen_entry entry = {
        .event = record->event,
        .id = record->id,
        .at_ms = record->at_ms,
        .ordinal = engine->decided_count++,
        .content = {record->content[0], record->content[1]},
        .symbol_count = plan->remembers_symbols ? plan->slot_count : 0,
        .symbols = record->handle.symbols,
        .body = buf_view(&engine->body),
    };
    seen_add(engine->seen, record->id_hash, &entry);
}

/* Gives the decision of an event that was decided before; CONFLICT when it says something else. */
static enum status repeat(struct engine *engine, struct record *record, uint64_t place,
                          struct engine_outcome *outcome)
{
    struct seen_entry entry = seen_at(engine->seen, place);
    if (entry.content[0] != record->content[0] || entry.content[1] != record->content[1]) {
        const struct policy_event *event = &engine->policy->events[record->event];
        diag_set(&record->diag, "id-conflict", "this id was seen before with other content");
        diag_field(&record->diag, "%.*s", VIEW_ARG(event->fields[event->id_field].name));
        diag_hint(&record->diag, "give every event an id of its own");
        return STATUS_CONFLICT;
    }
    outcome->duplicate = true;
    outcome->ordinal = entry.ordinal;
    return decision_read(engine->policy, entry.body, &engine->store, outcome);
}

/* Names the newest event: one with a wrong time makes all others late, and so does a history that
 * begins with its end. */
static void explain_late(const struct engine *engine, struct view at_name, struct diag *diag)
{
    char newest[DATETIME_TEXT_BYTES_MAX];
    char where[32] = "";
    struct view text = {newest, datetime_format(newest, engine->newest_ms)};
    if (engine->newest_line > 0)
        snprintf(where, sizeof where, ", line %llu", (unsigned long long)engine->newest_line);
    const char *line = where[0] != '\0' ? where + 2 : "the newest";
    diag_set(diag, "late", "the event is older than the policy allows: the newest so far is of "
             "%.*s%s", VIEW_ARG(text), where);
    diag_field(diag, "%.*s", VIEW_ARG(at_name));
    diag_hint(diag, "is the history in the order of time? or is %s's time a mistake? `late up to` "
              "says how much older events may be", line);
}

/* Says in the words of the policy why the windows would not take an event in. */
static void explain_refusal(const struct engine *engine, enum status status,
                            struct record *record)
{
    const struct policy_event *event = &engine->policy->events[record->event];
    const struct event_plan *plan = &engine->plan->events[record->event];
    if (status == STATUS_LATE) {
        explain_late(engine, event->fields[event->at_field].name, &record->diag);
        return;
    }
    for (uint8_t i = 0; i < plan->slot_count && status == STATUS_LIMIT; i++) {
        if (record->keys[i].size_bytes <= FEATURE_KEY_BYTES_MAX)
            continue;
        struct view name = event->fields[plan->slots[i].field].name;
        diag_set(&record->diag, "too-long", "a window needs %.*s, which is longer than %d bytes",
                 VIEW_ARG(name), FEATURE_KEY_BYTES_MAX);
        diag_field(&record->diag, "%.*s", VIEW_ARG(name));
        return;
    }
    if (status == STATUS_LIMIT)
        diag_set(&record->diag, "entity-full", "an entity of this event has more than %u events",
                 FEATURE_ENTITY_EVENTS_MAX);
}

/* Feeds what windows take of the event's lets. An entity that is full goes without, which is
 * counted: the event has been taken in, and cannot be refused any more. */
static enum status feed_lets(struct engine *engine, const struct record *record)
{
    const struct event_plan *plan = &engine->plan->events[record->event];
    if (plan->let_type == 0)
        return STATUS_OK;
    enum status status = find_classes(engine, record, plan->let_rules, plan->let_rule_count,
                                      true);
    if (status != STATUS_OK)
        return status;
    for (uint16_t i = 0; i < plan->let_input_count; i++)
        memcpy(&engine->let_inputs[i],
               &engine->values[engine->policy->lets[plan->let_inputs[i]].slot],
               sizeof engine->let_inputs[i]);
    struct feature_event event = feature_event(engine, record);
    struct feature_handle handle;
    event.type = plan->let_type;
    event.inputs = engine->let_inputs;
    feature_hash(engine->state, &event, &handle);
    status = feature_apply(engine->state, &event, &handle, engine->window_values,
                           engine->window_present, NULL);
    if (status != STATUS_LIMIT)
        return status;
    engine->lets_unfed++;
    return STATUS_OK;
}

/* Decides an event that is new. On NO_MEMORY after the windows took it in, the engine is broken. */
static enum status decide_new(struct engine *engine, struct record *record,
                              struct engine_outcome *outcome)
{
    fill_frame(engine, record);
    const struct event_plan *plan = &engine->plan->events[record->event];
    /* The rules of lets are asked here only for an overflow, while the event can be refused. */
    enum status status = find_classes(engine, record, plan->let_rules, plan->let_rule_count,
                                      false);
    if (status == STATUS_OK)
        status = find_classes(engine, record, plan->class_rules, plan->class_rule_count, false);
    if (status == STATUS_OVERFLOW)
        diag_set(&record->diag, "arithmetic-overflow",
                 "the arithmetic of a window's `where` went out of range");
    if (status == STATUS_OK)
        status = seen_reserve(engine->seen, engine->body_bytes_max);
    if (status != STATUS_OK)
        return status;
    struct feature_event event = feature_event(engine, record);
    status = feature_apply(engine->state, &event, &record->handle, engine->window_values,
                           engine->window_present, &record->diag);
    if (status != STATUS_OK) {
        explain_refusal(engine, status, record);
        return status;
    }
    if (record->at_ms > engine->newest_ms) {
        engine->newest_ms = record->at_ms;
        engine->newest_line = record->line;
    }
    if (!take_windows(engine, &engine->works[record->event])) {
        diag_set(&record->diag, "state-damaged", "a value from the saved state is none");
        return STATUS_CORRUPT;
    }
    judge(engine, record->event);
    status = buf_status(&engine->body);
    if (status == STATUS_OK)
        status = feed_lets(engine, record);
    if (status == STATUS_OK)
        status = tell_labels(engine, record);
    if (status != STATUS_OK) {
        engine->broken = true;
        return status;
    }
    outcome->ordinal = engine->decided_count;
    remember(engine, record);
    outcome->frame = &engine->frame;
    return decision_read(engine->policy, buf_view(&engine->body), &engine->store, outcome);
}

static void fail_outcome(const struct engine *engine, const struct record *record,
                         enum status status, struct engine_outcome *outcome)
{
    outcome->status = status;
    outcome->diag = &record->diag;
    outcome->verdict = engine->policy->error_verdict;
    outcome->reason = engine->policy->error_reason;
}

static enum status decide_one(struct engine *engine, struct record *record,
                              struct engine_sink *sink)
{
    struct engine_outcome outcome = {
        .line = record->line,
        .event = record->event,
        .id = record->id_known ? record->id : (struct view){NULL, 0},
        .at_ms = record->at_ms,
    };
    enum status status = record->status;
    if (status == STATUS_OK) {
        uint64_t place = seen_find(engine->seen, record->id_hash, record->event, record->id);
        status = place != SEEN_NONE ? repeat(engine, record, place, &outcome)
                                    : decide_new(engine, record, &outcome);
    }
    if (status == STATUS_NO_MEMORY) {
        engine->broken = true;
        return status;
    }
    if (status != STATUS_OK)
        fail_outcome(engine, record, status, &outcome);
    sink->take(sink, &outcome);
    return STATUS_OK;
}

static enum status decide_records(struct engine *engine, size_t count, struct engine_sink *sink)
{
    for (size_t i = 0; i < count; i++)
        prepare(engine, &engine->records[i]);
    for (size_t i = 0; i < count; i++) {
        struct feature_event event = feature_event(engine, &engine->records[i]);
        if (engine->records[i].status == STATUS_OK)
            feature_find(engine->state, &event, &engine->records[i].handle);
    }
    for (size_t i = 0; i < count; i++) {
        struct feature_event event = feature_event(engine, &engine->records[i]);
        if (engine->records[i].status == STATUS_OK)
            feature_fetch(engine->state, &event, &engine->records[i].handle);
    }
    for (size_t i = 0; i < count; i++) {
        enum status status = decide_one(engine, &engine->records[i], sink);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

_Static_assert(JSON_BATCH_BYTES_MAX == CSV_BATCH_BYTES_MAX, "one bound for both");
_Static_assert(LINES_LINE_BYTES_MAX <= JSON_BATCH_BYTES_MAX, "one line always fits a batch");

enum status engine_decide(struct engine *engine, enum engine_format format,
                          const struct line *lines, size_t count, struct engine_sink *sink)
{
    if (engine->broken)
        return STATUS_NO_MEMORY;
    for (size_t at = 0; at < count;) {
        size_t bytes = 0;
        size_t filled = 0;
        reader_begin(&engine->reader);
        for (; at < count && filled < BATCH_MAX; at++) {
            bytes += lines[at].text.size_bytes;
            if (filled > 0 && bytes > JSON_BATCH_BYTES_MAX)
                break;
            reader_read(&engine->reader, format, &lines[at], &engine->records[filled++]);
        }
        enum status status = decide_records(engine, filled, sink);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

void engine_stats(const struct engine *engine, struct engine_stats *ret_stats)
{
    struct feature_stats windows;
    feature_stats(engine->state, &windows);
    *ret_stats = (struct engine_stats){
        .entities = windows.entities,
        .retained_events = windows.events,
        .window_bytes = windows.window_bytes,
        .event_bytes = windows.event_bytes,
        .key_bytes = windows.key_bytes,
        .remembered_ids = seen_count(engine->seen),
        .remembered_bytes = seen_bytes(engine->seen),
        .decided = engine->decided_count,
        .labels_unmatched = engine->labels_unmatched,
        .lets_unfed = engine->lets_unfed,
    };
}

bool engine_cost(const struct engine *engine, size_t index, struct engine_cost *ret_cost)
{
    if (index >= engine->plan->feature.table_count)
        return false;
    struct feature_cost cost;
    feature_cost(engine->state, (uint8_t)index, &cost);
    *ret_cost = (struct engine_cost){
        .entity = cost.name,
        .window_count = cost.window_count,
        .entity_bytes = cost.entity_bytes,
        .event_bytes = cost.event_bytes,
        .kept_ms = cost.reach_ms + engine->policy->late_ms,
        .ever = cost.ever,
    };
    return true;
}
