#ifndef FEATURE_SAVE_INT_H
#define FEATURE_SAVE_INT_H

#include "feature/state_int.h"

/* What the writer and the reader of a saved state agree on; save.c gives the bytes. */
#define SAVE_MAGIC VIEW("weirFEA1")
#define SAVE_DIGEST_BYTES 16u

/* The digest of what decides a state's shape. */
void save_plan_digest(const struct feature_plan *plan, uint64_t ret_digest[2]);

#endif
