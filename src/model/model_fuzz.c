/* One idea: whatever bytes are accepted as a model score and explain any row, without a call for
 * memory, contributions sum to the margin, and an outline tells of the same features. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "model/model.h"
#include "model/outline.h"

#define MEMORY_BYTES_MAX ((size_t)256 << 20)
#define EXPLAINED_FEATURES_MAX 64 /* of larger models only the margin is asked for */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static double row[MODEL_FEATURES_MAX];
static double contributions[MODEL_FEATURES_MAX + 1];

static void score(struct model *model)
{
    double margin = model_margin(model, row);
    double score = model_score_of(model, margin);
    ASSERT(!isnan(margin) || isnan(score));
    if (model_feature_count(model) > EXPLAINED_FEATURES_MAX)
        return;
    double sum = 0;
    double size = 0;
    model_explain(model, row, contributions);
    for (uint32_t i = 0; i <= model_feature_count(model); i++) {
        sum += contributions[i];
        size += fabs(contributions[i]);
    }
    ASSERT(!isfinite(margin) || !(size < 1e6) || fabs(sum - margin) < 1e-5);
}

static void tell(const struct model *model)
{
    ASSERT(strlen(model_hash(model)) == 64);
    ASSERT(model_kind_text(model_kind(model)) != NULL);
    ASSERT(model_name(model).size_bytes <= MODEL_NAME_BYTES_MAX);
    ASSERT(model_feature_count(model) <= MODEL_FEATURES_MAX);
    for (uint32_t i = 0; i < model_feature_count(model); i++)
        ASSERT(model_feature_name(model, i).size_bytes <= MODEL_NAME_BYTES_MAX);
}

static void outline(const struct model *model, struct view bytes)
{
    struct arena arena;
    struct outline outline;
    struct diag diag = {0};
    arena_init(&arena, mem_libc(), MEMORY_BYTES_MAX);
    enum status status = outline_read(bytes, &arena, &outline, &diag);
    ASSERT(status == STATUS_OK || diag.message[0] != '\0');
    if (status == STATUS_OK) {
        ASSERT(outline.kind == model_kind(model));
        ASSERT(outline.feature_count == model_feature_count(model));
        for (uint32_t i = 0; i < outline.feature_count; i++)
            ASSERT(view_equal(outline.features[i].name, model_feature_name(model, i)));
    }
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static const double values[] = {0, NAN, INFINITY, -INFINITY, 1.5, -1e30, 3, 5e-324};
    struct mem_meter meter;
    struct model *model = NULL;
    struct diag diag = {0};
    mem_meter_init(&meter, mem_libc());
    meter.used_bytes_max = MEMORY_BYTES_MAX;
    enum status status =
        model_read((struct view){(const char *)data, size_bytes}, &meter.mem, &model, &diag);
    if (status == STATUS_OK) {
        size_t calls = meter.calls;
        tell(model);
        outline(model, (struct view){(const char *)data, size_bytes});
        for (size_t round = 0; round < sizeof values / sizeof *values; round++) {
            for (size_t i = 0; i < MODEL_FEATURES_MAX; i++)
                row[i] = values[(round + i * (round + 1)) % (sizeof values / sizeof *values)];
            score(model);
        }
        ASSERT(meter.calls == calls);
    } else {
        ASSERT(model == NULL && (status == STATUS_NO_MEMORY || diag.message[0] != '\0'));
    }
    model_free(model);
    ASSERT(meter.used_bytes == 0);
    return 0;
}
