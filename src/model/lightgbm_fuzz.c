/* One idea: any bytes are given to the reader of LightGBM's text; see fuzz_test_int.c. */
#include "model/fuzz_test_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    return fuzz_read(ensemble_read_lightgbm, data, size_bytes);
}
