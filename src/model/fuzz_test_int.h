#ifndef MODEL_FUZZ_TEST_INT_H
#define MODEL_FUZZ_TEST_INT_H

#include <stddef.h>
#include <stdint.h>

#include "model/ensemble.h"

typedef enum status fuzz_reader(struct view bytes, struct arena *arena,
                                struct ensemble *ret_ensemble, struct diag *diag);

/* Gives bytes to a reader of models, and asks a model that it makes of them about rows; ends the
 * program when something is wrong. Returns 0, as a fuzz target must. */
int fuzz_read(fuzz_reader *reader, const uint8_t *data, size_t size_bytes);

#endif
