#ifndef MODEL_MODEL_WRITE_H
#define MODEL_MODEL_WRITE_H

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"
#include "model/calibrate.h"
#include "model/model.h"

struct model_file_feature {
    struct view name;     /* UTF-8, 1 to MODEL_NAME_BYTES_MAX bytes, of no other feature */
    bool category;
};

/* What a model file in weir's own form (model.h) is written from. All borrowed. */
struct model_file {
    enum model_kind kind;
    struct view name;                             /* UTF-8, 1 to MODEL_NAME_BYTES_MAX bytes */
    const struct model_file_feature *features;    /* as many as the body has, in its order */
    uint32_t feature_count;
    const struct calibration *calibration;        /* checked; NULL: none. An isolation forest
                                                     has one: its ranks */
    struct view trained;                          /* a JSON object, or empty */
    struct view body;                             /* a JSON object; of LightGBM its text */
};

/* Appends the file, a line break at its end. Its numbers read back to the bit, and the same
 * arguments give the same bytes. Whether the body is one is found out by model_read, which whoever
 * writes a file can call on the result. STATUS_NO_MEMORY: `out` is of no use. */
MUST_CHECK enum status model_write(const struct model_file *file, struct buf *out);

#endif
