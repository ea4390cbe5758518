#ifndef POLICY_FOREIGN_H
#define POLICY_FOREIGN_H

#include <stdbool.h>

#include "base/view.h"

/* What people write who know another language, and what the policy language has instead. All give
 * a hint, static, or NULL when the word is not known. */

/* For a word or sign where the grammar has no place for it. */
const char *foreign_sign(struct view text);

/* For the name of a function that does not exist. */
const char *foreign_function(struct view word);

/* For a name that names nothing. */
const char *foreign_value(struct view word);

/* Whether a name means "missing" elsewhere: null and the like. */
bool foreign_null(struct view word);

#endif
