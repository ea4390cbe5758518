#ifndef CMD_SUBJECT_H
#define CMD_SUBJECT_H

#include "cmd/session.h"

/* What a history is judged by, found by the names on the command line. Those that can fail complain
 * by themselves and return the exit code to end with. */

/* The label of that name, or the policy's first when it is NULL. */
MUST_CHECK enum cmd_exit cmd_label_find(struct cmd_session *session, const char *name,
                                        uint16_t *ret_label);

/* The event that a label judges. */
const struct policy_event *cmd_label_event(const struct cmd_session *session, uint16_t label);

/* The index of an event's field, or UINT16_MAX. */
uint16_t cmd_field_find(const struct policy_event *event, const char *name);

/* The money field of that name of an event, or its first one when it is NULL, or UINT16_MAX when it
 * has none. */
MUST_CHECK enum cmd_exit cmd_amount_find(struct cmd_session *session,
                                         const struct policy_event *event, const char *name,
                                         uint16_t *ret_field);

#endif
