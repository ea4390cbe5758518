/* One idea: the body stays as its maker wrote it, and all around it is written in one fixed order,
 * so that files can be compared by their bytes. */
#include "model/model_write.h"

#include "codec/json.h"
#include "codec/number.h"
#include "model/model_int.h"

static void put_features(const struct model_file *file, struct buf *out)
{
    buf_put_text(out, "\"features\": [");
    for (uint32_t i = 0; i < file->feature_count; i++) {
        buf_put_text(out, i > 0 ? ",\n  {\"name\": " : "\n  {\"name\": ");
        json_put_string(out, file->features[i].name);
        buf_printf(out, ", \"type\": \"%s\"}",
                   file->features[i].category ? "category" : "number");
    }
    buf_put_text(out, "],\n");
}

static void put_numbers(const double *numbers, size_t count, struct buf *out)
{
    buf_put_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_char(out, ',');
        number_put_f64(out, numbers[i]);
    }
    buf_put_char(out, ']');
}

static void put_calibration(const struct calibration *calibration, struct buf *out)
{
    buf_put_text(out, "\"calibration\": ");
    if (calibration == NULL) {
        buf_put_text(out, "null,\n");
        return;
    }
    if (calibration->method == CALIBRATION_PLATT) {
        buf_put_text(out, "{\"method\": \"platt\", \"slope\": ");
        number_put_f64(out, calibration->slope);
        buf_put_text(out, ", \"intercept\": ");
        number_put_f64(out, calibration->intercept);
    } else {
        buf_put_text(out, "{\"method\": \"isotonic\",\n  \"margins\": ");
        put_numbers(calibration->margins, calibration->point_count, out);
        buf_put_text(out, ",\n  \"scores\": ");
        put_numbers(calibration->scores, calibration->point_count, out);
    }
    buf_put_text(out, "},\n");
}

enum status model_write(const struct model_file *file, struct buf *out)
{
    buf_printf(out, "{\"weir_model\": %d,\n\"kind\": \"%s\",\n\"name\": ", MODEL_VERSION,
               model_kind_text(file->kind));
    json_put_string(out, file->name);
    buf_put_text(out, ",\n");
    put_features(file, out);
    put_calibration(file->calibration, out);
    buf_put_text(out, "\"trained\": ");
    if (file->trained.size_bytes == 0)
        buf_put_text(out, "{}");
    else
        buf_put_view(out, file->trained);
    buf_put_text(out, ",\n\"body\": ");
    if (file->kind == MODEL_LIGHTGBM)
        json_put_string(out, file->body);
    else
        buf_put_view(out, file->body);
    buf_put_text(out, "}\n");
    return buf_status(out);
}
