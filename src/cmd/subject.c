/* One idea: where a name is left out, the first thing that can be meant is. */
#include "cmd/subject.h"

enum cmd_exit cmd_label_find(struct cmd_session *session, const char *name, uint16_t *ret_label)
{
    const struct policy *policy = session->policy;
    if (policy->label_count == 0) {
        cmd_complain(session->context, "%s has no label, so there is no truth to compare with; "
                     "write one, such as: label fraud on payment = is_fraud known after 7d",
                     session->path);
        return CMD_EXIT_INPUT;
    }
    for (uint16_t i = 0; i < policy->label_count; i++) {
        if (name == NULL || view_equal(policy->labels[i].name, view_of(name))) {
            *ret_label = i;
            return CMD_EXIT_OK;
        }
    }
    return cmd_complain_usage(session->context, "the policy has no label '%s'; its first is "
                              "'%.*s'", name, VIEW_ARG(policy->labels[0].name));
}

const struct policy_event *cmd_label_event(const struct cmd_session *session, uint16_t label)
{
    return &session->policy->events[session->policy->labels[label].event];
}

uint16_t cmd_field_find(const struct policy_event *event, const char *name)
{
    for (uint16_t i = 0; i < event->field_count; i++)
        if (view_equal(event->fields[i].name, view_of(name)))
            return i;
    return UINT16_MAX;
}

enum cmd_exit cmd_amount_find(struct cmd_session *session, const struct policy_event *event,
                              const char *name, uint16_t *ret_field)
{
    uint16_t field = UINT16_MAX;
    if (name != NULL) {
        field = cmd_field_find(event, name);
        if (field == UINT16_MAX || event->fields[field].type.base != POLICY_MONEY)
            return cmd_complain_usage(session->context, "%.*s has no money field '%s'",
                                      VIEW_ARG(event->name), name);
    }
    for (uint16_t i = event->field_count; name == NULL && i-- > 0;)
        if (event->fields[i].type.base == POLICY_MONEY)
            field = i;
    *ret_field = field;
    return CMD_EXIT_OK;
}
