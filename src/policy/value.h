#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "base/ip.h"
#include "policy/policy.h"

#define VALUE_KEY_BYTES_MAX IP_TEXT_BYTES_MAX

/* The canonical text by which a value stands in a list: texts as they are, "CN", addresses and
 * ints in their usual form, a choice's word. `to` is room for what must be written. */
struct view value_key(const struct policy_type *type, union policy_value value,
                      char to[VALUE_KEY_BYTES_MAX]);

#endif
