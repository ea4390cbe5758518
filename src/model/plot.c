/* One idea: values are mapped to tenths of a pixel before they are written, so that no digit
 * depends on how a machine rounds the last bit of a logarithm. */
#include "model/plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/utf8.h"
#include "codec/number.h"
#include "model/html.h"
#include "model/real.h"

#define TICKS_WANTED 6
#define MARGIN_TOP 10.0
#define MARGIN_RIGHT 18.0
#define MARGIN_BOTTOM 40.0
#define MARGIN_LEFT 54.0
#define MARGIN_BARE 6.0       /* where an axis has no ticks */
#define CHARACTER_WIDTH 6.6   /* of the small letters, on average */
#define DECADES_MAX 640       /* of doubles */

#define THUMBNAIL_WIDTH 120.0
#define THUMBNAIL_HEIGHT 26.0

static double scale_max(const struct plot_scale *scale)
{
    if (scale->max > scale->min)
        return scale->max;
    return scale->logarithmic ? scale->min * 10 : scale->min + 1;
}

/* 10^exponent, the nearest double for exponents that matter: powers up to 10^22 are exact. */
static double power_of_ten(int exponent)
{
    double power = 1;
    for (int i = 0; i < abs(exponent); i++)
        power *= 10;
    return exponent < 0 ? 1 / power : power;
}

/* The largest power of ten that is at most x. x: above 0, finite. */
static int exponent_below(double x)
{
    int exponent = 0;
    while (exponent < DECADES_MAX && power_of_ten(exponent + 1) <= x)
        exponent++;
    while (exponent > -DECADES_MAX / 2 && power_of_ten(exponent) > x)
        exponent--;
    return exponent;
}

static size_t decade_ticks(double min, double max, double ret_ticks[PLOT_TICKS_MAX])
{
    int first = exponent_below(min);
    int last = exponent_below(max);
    size_t count = 0;
    int step = 1 + (last - first) / TICKS_WANTED;
    for (int e = last; e >= first; e -= step)
        count += power_of_ten(e) >= min;
    size_t at = count;
    for (int e = last; at > 0; e -= step)
        ret_ticks[--at] = power_of_ten(e);
    return count;
}

size_t plot_ticks(const struct plot_scale *scale, double ret_ticks[PLOT_TICKS_MAX])
{
    static const double mantissas[] = {1, 2, 5, 10};
    double min = scale->min;
    double max = scale_max(scale);
    if (scale->logarithmic)
        return decade_ticks(min, max, ret_ticks);
    int exponent = exponent_below((max - min) / TICKS_WANTED);
    double power = power_of_ten(abs(exponent));
    size_t m = 0;
    double unit = exponent < 0 ? 1 / power : power;
    while (m < 3 && (max - min) / (mantissas[m] * unit) > TICKS_WANTED + 1e-9)
        m++;
    double step = mantissas[m] * unit;
    double first = ceil(min / step - 1e-9);
    size_t count = 0;
    for (; count < PLOT_TICKS_MAX; count++) {
        double steps = (first + (double)count) * mantissas[m];
        double tick = exponent < 0 ? steps / power : steps * power;
        if (tick > max + step * 1e-9)
            break;
        ret_ticks[count] = tick + 0.0;
    }
    return count;
}

/* ---- pixels ---- */

/* Where a value lies between the ends of its scale: 0 to 1. */
static double place(const struct plot_scale *scale, double value)
{
    double min = scale->min;
    double max = scale_max(scale);
    if (!(value > min))
        return 0;
    if (value >= max)
        return 1;
    if (scale->logarithmic)
        return (real_log(value) - real_log(min)) / (real_log(max) - real_log(min));
    return (value - min) / (max - min);
}

static double x_pixel(const struct plot *plot, double x)
{
    return plot->left + place(&plot->frame.x, x) * plot->width;
}

static double y_pixel(const struct plot *plot, double y)
{
    return plot->top + (1 - place(&plot->frame.y, y)) * plot->height;
}

static double to_tenths(double pixel)
{
    return floor(pixel * 10 + 0.5);
}

static void put_pixel(struct buf *out, double pixel)
{
    number_put_f64(out, to_tenths(pixel) / 10);
}

static void put_attribute(struct buf *out, const char *name, double pixel)
{
    buf_printf(out, " %s=\"", name);
    put_pixel(out, pixel);
    buf_put_char(out, '"');
}

static void put_line(struct buf *out, const char *name, struct plot_point a, struct plot_point b)
{
    buf_printf(out, "<line class=\"%s\"", name);
    put_attribute(out, "x1", a.x);
    put_attribute(out, "y1", a.y);
    put_attribute(out, "x2", b.x);
    put_attribute(out, "y2", b.y);
    buf_put_text(out, "/>\n");
}

static void open_text(struct buf *out, struct plot_point at, const char *name)
{
    buf_printf(out, "<text class=\"%s\"", name);
    put_attribute(out, "x", at.x);
    put_attribute(out, "y", at.y);
    buf_put_char(out, '>');
}

/* ---- the frame ---- */

static void put_tick(struct buf *out, const struct plot_scale *scale, double value)
{
    if (scale->percent) {
        html_put_short(out, value * 100);
        buf_put_char(out, '%');
    } else {
        html_put_short(out, value);
    }
}

static void draw_x_axis(struct plot *plot)
{
    struct buf *out = plot->out;
    double ticks[PLOT_TICKS_MAX];
    double bottom = plot->top + plot->height;
    size_t count = plot->frame.x.title != NULL ? plot_ticks(&plot->frame.x, ticks) : 0;
    for (size_t i = 0; i < count; i++) {
        double x = x_pixel(plot, ticks[i]);
        put_line(out, "grid", (struct plot_point){x, plot->top}, (struct plot_point){x, bottom});
        open_text(out, (struct plot_point){x, bottom + 15}, "tick mid");
        put_tick(out, &plot->frame.x, ticks[i]);
        buf_put_text(out, "</text>\n");
    }
    put_line(out, "axis", (struct plot_point){plot->left, bottom},
             (struct plot_point){plot->left + plot->width, bottom});
    if (plot->frame.x.title == NULL)
        return;
    open_text(out, (struct plot_point){plot->left + plot->width / 2, bottom + 33}, "name mid");
    html_put_text(out, view_of(plot->frame.x.title));
    buf_put_text(out, "</text>\n");
}

static void draw_y_axis(struct plot *plot)
{
    struct buf *out = plot->out;
    double ticks[PLOT_TICKS_MAX];
    size_t count = plot->frame.y.title != NULL ? plot_ticks(&plot->frame.y, ticks) : 0;
    for (size_t i = 0; i < count; i++) {
        double y = y_pixel(plot, ticks[i]);
        put_line(out, "grid", (struct plot_point){plot->left, y},
                 (struct plot_point){plot->left + plot->width, y});
        open_text(out, (struct plot_point){plot->left - 6, y + 4}, "tick end");
        put_tick(out, &plot->frame.y, ticks[i]);
        buf_put_text(out, "</text>\n");
    }
    put_line(out, "axis", (struct plot_point){plot->left, plot->top},
             (struct plot_point){plot->left, plot->top + plot->height});
    if (plot->frame.y.title == NULL)
        return;
    double middle = plot->top + plot->height / 2;
    buf_put_text(out, "<text class=\"name mid\" transform=\"translate(12 ");
    put_pixel(out, middle);
    buf_put_text(out, ") rotate(-90)\">");
    html_put_text(out, view_of(plot->frame.y.title));
    buf_put_text(out, "</text>\n");
}

void plot_begin(struct plot *plot, const struct plot_frame *frame, struct buf *out)
{
    double left = frame->left > 0           ? frame->left
                  : frame->y.title != NULL ? MARGIN_LEFT
                                           : MARGIN_BARE;
    double bottom = frame->x.title != NULL ? MARGIN_BOTTOM : MARGIN_BARE;
    *plot = (struct plot){.out = out, .frame = *frame, .left = left, .top = MARGIN_TOP};
    plot->width = frame->width - left - MARGIN_RIGHT;
    plot->height = frame->height - MARGIN_TOP - bottom;
    ASSERT(plot->width > 0 && plot->height > 0);
    buf_printf(out, "<svg viewBox=\"0 0 %u %u\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n",
               frame->width, frame->height, frame->id, frame->id);
    buf_printf(out, "<title id=\"%s-t\">", frame->id);
    html_put_text(out, view_of(frame->title));
    buf_printf(out, "</title>\n<desc id=\"%s-d\">", frame->id);
    html_put_text(out, frame->description);
    buf_put_text(out, "</desc>\n");
    draw_x_axis(plot);
    draw_y_axis(plot);
}

void plot_end(struct plot *plot)
{
    buf_put_text(plot->out, "</svg>\n");
}

/* ---- what is drawn in it ---- */

void plot_line(struct plot *plot, const struct plot_point *points, size_t count, const char *name)
{
    if (count == 0)
        return;
    buf_printf(plot->out, "<polyline class=\"line %s\" points=\"", name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_put_char(plot->out, ' ');
        put_pixel(plot->out, x_pixel(plot, points[i].x));
        buf_put_char(plot->out, ',');
        put_pixel(plot->out, y_pixel(plot, points[i].y));
    }
    buf_put_text(plot->out, "\"/>\n");
}

void plot_dot(struct plot *plot, struct plot_point at, double radius, const char *name)
{
    buf_printf(plot->out, "<circle class=\"%s\"", name);
    put_attribute(plot->out, "cx", x_pixel(plot, at.x));
    put_attribute(plot->out, "cy", y_pixel(plot, at.y));
    put_attribute(plot->out, "r", radius);
    buf_put_text(plot->out, "/>\n");
}

static void put_rectangle(struct buf *out, const char *name, struct plot_point corner,
                          struct plot_point size)
{
    buf_printf(out, "<rect class=\"%s\"", name);
    put_attribute(out, "x", corner.x);
    put_attribute(out, "y", corner.y);
    put_attribute(out, "width", size.x);
    put_attribute(out, "height", size.y);
}

void plot_bar(struct plot *plot, struct plot_point from, struct plot_point to, const char *name,
              struct view hint)
{
    struct plot_point corner = {fmin(x_pixel(plot, from.x), x_pixel(plot, to.x)),
                                fmin(y_pixel(plot, from.y), y_pixel(plot, to.y))};
    struct plot_point size = {fabs(x_pixel(plot, to.x) - x_pixel(plot, from.x)),
                              fabs(y_pixel(plot, to.y) - y_pixel(plot, from.y))};
    if (to_tenths(size.x) <= 0 || to_tenths(size.y) <= 0)
        return;
    put_rectangle(plot->out, name, corner, size);
    if (hint.size_bytes == 0) {
        buf_put_text(plot->out, "/>\n");
        return;
    }
    buf_put_text(plot->out, "><title>");
    html_put_text(plot->out, hint);
    buf_put_text(plot->out, "</title></rect>\n");
}

void plot_row_name(struct plot *plot, double y, struct view name)
{
    size_t room = (size_t)((plot->left - 6) / CHARACTER_WIDTH);
    struct view shown = name;
    if (name.size_bytes > room && room > 1)
        shown.size_bytes = utf8_whole_prefix(name.data, room - 1);
    open_text(plot->out, (struct plot_point){plot->left - 6, y_pixel(plot, y) + 4}, "row end");
    html_put_text(plot->out, shown);
    if (shown.size_bytes < name.size_bytes)
        buf_put_text(plot->out, "\xe2\x80\xa6");
    buf_put_text(plot->out, "</text>\n");
}

void plot_thumbnail(struct buf *out, const double *shares, size_t count, struct view description)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, shares[i]);
    buf_printf(out, "<svg class=\"thumb\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
               THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT);
    html_put_text(out, description);
    buf_put_text(out, "\">");
    double width = THUMBNAIL_WIDTH / (double)(count > 0 ? count : 1);
    for (size_t i = 0; i < count && largest > 0; i++) {
        double height = shares[i] / largest * (THUMBNAIL_HEIGHT - 1);
        if (shares[i] > 0 && height < 1)
            height = 1;
        if (height <= 0)
            continue;
        put_rectangle(out, "c1", (struct plot_point){(double)i * width, THUMBNAIL_HEIGHT - height},
                      (struct plot_point){fmax(width - 1, width * 0.6), height});
        buf_put_text(out, "/>");
    }
    buf_put_text(out, "</svg>");
}
